//! Questions to the gateway's own commands.

use serde_json::Value;

use super::bindings::codex_profiler::skill::gateway as commands;
use super::convert;
use crate::gateway::{self, GatewayError};
use crate::order::GatewayState;
use crate::profile::clean;

/// Asks for the gateway's version.
pub(super) fn version() -> Result<String, GatewayError> {
    let answer = commands::read(&[commands::Query::Version]).pop();
    let output = answer.map_or(Err(GatewayError::Failed), convert::output)?;
    if let Some(error) = output.error() {
        return Err(error);
    }
    let version = || {
        let json: Value = serde_json::from_str(&output.json?).ok()?;
        Some(clean(json.get("version")?.as_str()?, 24))
    };
    version().ok_or(GatewayError::NotUnderstood)
}

/// Asks for the profiles of a provider and their order.
pub(super) fn state(agent: &str, provider: &str) -> Result<GatewayState, GatewayError> {
    let queries =
        [commands::Query::ModelsStatus, commands::Query::AuthOrderGet(provider.to_owned())];
    let mut answers = commands::read(&queries).into_iter().map(convert::output);
    let mut next = || answers.next().unwrap_or(Err(GatewayError::Failed));
    let (status, order) = (next(), next());
    Ok(GatewayState {
        profiles: gateway::read_status(&status?, agent, provider)?,
        order: gateway::read_order(&order?, agent, provider)?,
    })
}

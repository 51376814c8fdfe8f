//! Questions to the gateway's own commands.

use serde_json_borrow::Value;

use crate::contract::gateway::{self as commands, Query};
use crate::gateway::{self, GatewayError};
use crate::order::GatewayState;
use crate::text::clean;

/// Asks for the gateway's version.
pub(super) fn version() -> Result<String, GatewayError> {
    let output = commands::read(&[Query::Version]).pop().ok_or(GatewayError::Failed)??;
    if let Some(error) = output.error() {
        return Err(error);
    }
    let version = || {
        let json: Value<'_> = serde_json::from_str(output.json.as_deref()?).ok()?;
        Some(clean(json.get("version").as_str()?, 24))
    };
    version().ok_or(GatewayError::NotUnderstood)
}

/// Asks for the profiles of a provider and their order.
pub(super) fn state(agent: &str, provider: &str) -> Result<GatewayState, GatewayError> {
    let queries = [Query::ModelsStatus, Query::AuthOrderGet(provider.to_owned())];
    let mut answers = commands::read(&queries).into_iter();
    let mut next = || answers.next().ok_or(GatewayError::Failed);
    Ok(GatewayState {
        profiles: gateway::read_status(&next()??, agent, provider)?,
        order: gateway::read_order(&next()??, agent, provider)?,
    })
}

//! The real world: the user's stores, chatgpt.com, and the `openclaw` on the path.

use std::path::PathBuf;

use anyhow::Result;

use super::sources::{Classes, Endpoint, Gateway, Store, World};
use crate::clock::Clock;
use crate::net::Client;
use crate::store::Place;

/// The requests that a command makes of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Usage, so that trusted certificates and proxies have to be known.
    Usage,
    /// Nothing.
    Nothing,
}

/// The real world: the user's stores, chatgpt.com, and the `openclaw` on the path.
///
/// # Errors
///
/// Returns an error if the user has no home, a proxy variable holds no address, or a variable moves
/// OpenClaw in a way that its store is not looked for.
pub fn live(auth_path: Option<PathBuf>, agent: &str, asks: Asks) -> Result<World> {
    let home = etcetera::home_dir().map_err(|_| anyhow::anyhow!("this user has no home folder"))?;
    for name in ["OPENCLAW_HOME", "OPENCLAW_PROFILE"] {
        let is_set = std::env::var_os(name).is_some_and(|value| !value.is_empty());
        anyhow::ensure!(
            !is_set,
            "{name} is set: unset it, and set OPENCLAW_STATE_DIR to the gateway's state folder"
        );
    }
    let state_dir = std::env::var_os("OPENCLAW_STATE_DIR").filter(|dir| !dir.is_empty());
    Ok(World {
        store: Store::Live(Place {
            home,
            state_dir: state_dir.map(PathBuf::from),
            auth_path,
            agent: agent.to_owned(),
        }),
        endpoint: match asks {
            Asks::Usage => Endpoint::Live(Client::system()?),
            Asks::Nothing => Endpoint::Nowhere,
        },
        gateway: Gateway::Live,
        clock: Clock::System,
        classes: Classes::default(),
        session: None,
        is_subscribable: false,
    })
}

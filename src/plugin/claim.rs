//! Claims against answering the same request twice.

use super::bindings::codex_profiler::skill::memory;
use super::bindings::exports::codex_profiler::skill::commands::{Origin, Request, Status};
use super::refusal::Refusal;
use crate::command::CheckOptions;
use crate::profile::Profile;
use crate::reply::{self, ReplyContext};

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
    pub(super) fn of_selector(
        request: &Request,
        context: &ReplyContext,
        key: &str,
    ) -> Result<Self, Refusal> {
        match request.origin {
            Origin::Button(_) => Ok(Self(None)),
            _ => Self::take(request, context, key),
        }
    }

    /// Fails where the same user asked the same a moment ago. A terminal is
    /// never suppressed.
    pub(super) fn take(
        request: &Request,
        context: &ReplyContext,
        key: &str,
    ) -> Result<Self, Refusal> {
        if matches!(request.origin, Origin::Terminal(_)) {
            return Ok(Self(None));
        }
        let text = match memory::take(key, DUPLICATE_SECONDS) {
            memory::Claim::Claimed => return Ok(Self(Some(key.to_owned()))),
            memory::Claim::Running => reply::refusal::still_running(context),
            memory::Claim::Recent => reply::refusal::just_answered(context),
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

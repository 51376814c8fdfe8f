//! Claims against answering the same request twice.

use super::call::Call;
use super::refusal::Refusal;
use crate::contract::commands::Status;
use crate::contract::memory;
use crate::profile::Profile;
use crate::reply;

/// Seconds in which a request counts as the same again.
const DUPLICATE_SECONDS: u32 = 20;

/// Returns the part of a claim's key that names these profiles: one id, or "all".
pub(super) fn claimed_profiles<'a>(profiles: &[&'a Profile]) -> &'a str {
    match profiles {
        [profile] => profile.id.as_str(),
        _ => "all",
    }
}

/// A request that is under way, so that the same one is not answered twice.
/// Gives the key back when the answer is made.
pub(super) struct Claim(Option<String>);

impl Claim {
    /// Fails where the same user asked the same a moment ago. A terminal is
    /// never suppressed.
    pub(super) fn take(call: &Call<'_>, key: String) -> Result<Self, Refusal> {
        if call.is_at_terminal() {
            return Ok(Self(None));
        }
        let text = match memory::take(&key, DUPLICATE_SECONDS) {
            memory::Claim::Claimed => return Ok(Self(Some(key))),
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

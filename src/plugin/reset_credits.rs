//! When banked resets expire: asked for where a profile has some and its usage answer
//! did not say.

use std::cell::LazyCell;

use super::convert::transport_error;
use super::fetch::Checked;
use crate::command::CheckOptions;
use crate::contract::https;
use crate::profile::Profile;
use crate::readings::{Known, Unreadable};
use crate::time::Instant;
use crate::usage::{ResetList, UsageError, read_reset_list};

/// The most lists that one check reads: a burst over five accounts has been answered with
/// 429.
const MOST_LISTS: usize = 8;

/// The time all of them may take together: a detail is not worth a long wait.
const PATIENCE_MS: u32 = 5000;

/// Reads the lists of those that need one, one after the other, unless an earlier check
/// did lately. A failure leaves the profile's answer as it is, but for a word in JSON.
pub(super) fn read_lists(
    checked: &mut [Checked<'_>],
    known: impl FnOnce() -> Known,
    now: Instant,
    options: &CheckOptions,
) {
    // Few profiles have any: without one, nothing is loaded.
    let known = LazyCell::new(known);
    let mut left_ms = PATIENCE_MS.min(options.timeout_ms);
    let mut lists = 0;
    for (profile, outcome, _) in checked {
        let Ok(usage) = outcome else { continue };
        let is_theirs = !profile.identity.contradicts(&usage.identity);
        let Some(banked) = usage.reset_credits.as_mut().filter(|one| is_theirs && one.needs_list())
        else {
            continue;
        };
        let reading = known.of(&profile.id);
        let earlier = reading.and_then(|reading| reading.reset_list(banked.counted, now));
        let read = match earlier {
            Some(Ok(list)) => {
                banked.keep(list);
                continue;
            }
            None if lists < MOST_LISTS && left_ms > 0 => {
                lists += 1;
                let (list, elapsed_ms) = read_list(profile, left_ms);
                left_ms = match &list {
                    // After that, this check reads no further list.
                    Err(UsageError::RateLimited(_) | UsageError::QuotaExhausted(_)) => 0,
                    Ok(_) | Err(_) => left_ms.saturating_sub(elapsed_ms),
                };
                list
            }
            Some(Err(Unreadable)) | None => Err(UsageError::NotChecked),
        };
        let last = reading.and_then(|reading| reading.last_reset_list(banked.counted, now));
        if let (Err(_), Some(last)) = (&read, last) {
            // What was read before holds where the list cannot be read now.
            banked.keep(last);
        }
        banked.take(read);
    }
}

/// One list, and how long it took.
fn read_list(profile: &Profile, timeout_ms: u32) -> (Result<ResetList, UsageError>, u32) {
    let request = https::Request {
        endpoint: https::Endpoint::ResetCredits,
        profile: profile.id.as_str().to_owned(),
        timeout_ms,
        delay_ms: 0,
    };
    match https::fetch_all(&[request]).pop() {
        Some(Ok(answer)) => (read_reset_list(&answer), answer.elapsed_ms),
        Some(Err(error)) => (Err(transport_error(&error, profile)), error.elapsed_ms),
        None => (Err(UsageError::RequestFailed), 0),
    }
}

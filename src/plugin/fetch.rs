//! Asks the endpoint, and tries again where that may help.

use super::bindings::codex_profiler::skill::https;
use super::call::Call;
use super::convert::{response, transport_error};
use crate::command::CheckOptions;
use crate::profile::{Access, Profile};
use crate::report::Tries;
use crate::usage::{self, LONGEST_RETRY_DELAY, Outcome, UsageError};

pub(super) type Checked<'a> = Vec<(&'a Profile, Outcome, Tries)>;

/// Returns the time a check may take: the host's own deadline, which ends it with what it has.
fn time_ms(call: &Call<'_>) -> u32 {
    if call.is_at_terminal() { 60_000 } else { 25_000 }
}

/// The slowest answer worth a second try: another one would take as long again.
const QUICK_MS: u32 = 5000;

/// Asks for all profiles in one batch, then once more for what is worth it. All of it
/// takes no longer than `time_ms`.
pub(super) fn check<'a>(
    call: &Call<'_>,
    profiles: &[&'a Profile],
    options: &CheckOptions,
) -> Checked<'a> {
    let time_ms = time_ms(call);
    let unasked = |profile: &&'a Profile| {
        let outcome = Err(UsageError::MissingAccessToken(profile.access));
        (*profile, outcome, Tries::default())
    };
    let mut checked: Checked<'a> = profiles.iter().map(unasked).collect();
    let ready = |checked: &Checked<'_>, index: &usize| checked[*index].0.access == Access::Ready;
    let first = (0..checked.len()).filter(|index| ready(&checked, index)).collect();
    fetch(&mut checked, first, options.timeout_ms.min(time_ms), |_| 0);
    let slowest = checked.iter().map(|(_, _, tries)| tries.elapsed_ms).max();
    let left_ms = time_ms.saturating_sub(slowest.unwrap_or(0));
    if options.retry {
        let again = |index: &usize| {
            let (_, outcome, tries) = &checked[*index];
            let is_quick = tries.attempt > 0 && tries.elapsed_ms <= QUICK_MS;
            let is_in_time = retry_delay_ms(outcome) < left_ms;
            let is_worth_it = outcome.as_ref().is_err_and(UsageError::is_worth_a_retry);
            is_quick && is_in_time && is_worth_it
        };
        let second = (0..checked.len()).filter(again).collect();
        let timeout_ms = options.timeout_ms.min(left_ms);
        fetch(&mut checked, second, timeout_ms, retry_delay_ms);
    }
    checked
}

fn fetch(
    checked: &mut Checked<'_>,
    indices: Vec<usize>,
    timeout_ms: u32,
    delay_ms: fn(&Outcome) -> u32,
) {
    if indices.is_empty() {
        return;
    }
    let request = |index: &usize| https::Request {
        endpoint: https::Endpoint::Usage,
        profile: checked[*index].0.id.as_str().to_owned(),
        timeout_ms,
        delay_ms: delay_ms(&checked[*index].1),
    };
    let requests: Vec<https::Request> = indices.iter().map(request).collect();
    for (index, result) in indices.into_iter().zip(https::fetch_all(&requests)) {
        let (profile, outcome, tries) = &mut checked[index];
        if let Err(error) = &result
            && is_untried(error)
        {
            // A second try that was not made leaves the first answer standing.
            if tries.attempt == 0 {
                *outcome = Err(transport_error(error, profile));
            }
            continue;
        }
        tries.attempt += 1;
        match result {
            Ok(answer) => {
                tries.elapsed_ms = answer.elapsed_ms;
                tries.status = Some(answer.status);
                tries.answered_at = Some(answer.received_at);
                *outcome = usage::read_response(&response(answer));
            }
            Err(error) => {
                tries.elapsed_ms = error.elapsed_ms;
                tries.status = None;
                tries.answered_at = None;
                *outcome = Err(transport_error(&error, profile));
            }
        }
    }
}

/// Whether nobody even tried to connect.
fn is_untried(error: &https::Error) -> bool {
    match error.failure {
        https::Failure::Denied | https::Failure::NoCredential => true,
        // It may have been spent by the answer.
        https::Failure::BudgetSpent => !error.sent,
        https::Failure::TimedOut
        | https::Failure::TooLarge
        | https::Failure::Unreachable
        | https::Failure::SecretEchoed => false,
    }
}

fn retry_delay_ms(outcome: &Outcome) -> u32 {
    match outcome {
        Err(UsageError::ServerError(after)) => {
            let seconds = after.unwrap_or(1).clamp(1, LONGEST_RETRY_DELAY);
            u32::try_from(seconds * 1000).unwrap_or(1000)
        }
        Err(UsageError::UpstreamChallenge) => 1000,
        Ok(_) | Err(_) => 250,
    }
}

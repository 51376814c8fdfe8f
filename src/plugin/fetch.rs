//! Asks the endpoint, and tries again where that may help.

use super::call::Call;
use super::convert::transport_error;
use crate::command::CheckOptions;
use crate::contract::https::{self, Failure};
use crate::profile::{Access, Profile};
use crate::report::Tries;
use crate::usage::{self, LONGEST_RETRY_DELAY, Outcome, UsageError};

pub(super) type Checked<'a> = (&'a Profile, Outcome, Tries);

/// The slowest answer worth a second try: another one would take as long again.
const QUICK_MS: u32 = 5000;

/// Asks for all profiles in one batch, then once more for what is worth it, all within
/// the host's own deadline, which ends a check with what it has.
pub(super) fn check<'a>(
    call: &Call<'_>,
    profiles: &[&'a Profile],
    options: &CheckOptions,
) -> Vec<Checked<'a>> {
    let time_ms = if call.is_at_terminal() { 60_000 } else { 25_000 };
    let unasked = |profile: &&'a Profile| {
        let outcome = Err(UsageError::MissingAccessToken(profile.access));
        (*profile, outcome, Tries::default())
    };
    let mut checked: Vec<Checked<'a>> = profiles.iter().map(unasked).collect();
    let is_ready = |(profile, ..): &Checked<'_>| profile.access == Access::Ready;
    fetch(&mut checked, &is_ready, options.timeout_ms.min(time_ms), |_| 0);
    let slowest = checked.iter().map(|(_, _, tries)| tries.elapsed_ms).max();
    let left_ms = time_ms.saturating_sub(slowest.unwrap_or(0));
    let is_worth_it = |(_, outcome, tries): &Checked<'_>| {
        let is_quick = tries.attempt > 0 && tries.elapsed_ms <= QUICK_MS;
        let is_in_time = retry_delay_ms(outcome) < left_ms;
        is_quick && is_in_time && outcome.as_ref().is_err_and(UsageError::is_worth_a_retry)
    };
    if options.retry {
        fetch(&mut checked, &is_worth_it, options.timeout_ms.min(left_ms), retry_delay_ms);
    }
    checked
}

fn fetch(
    checked: &mut [Checked<'_>],
    is_asked: &dyn Fn(&Checked<'_>) -> bool,
    timeout_ms: u32,
    delay_ms: fn(&Outcome) -> u32,
) {
    let asked: Vec<_> = checked.iter_mut().filter(|one| is_asked(one)).collect();
    let request = |(profile, outcome, _): &&mut Checked<'_>| https::Request {
        endpoint: https::Endpoint::Usage,
        profile: profile.id.as_str().to_owned(),
        timeout_ms,
        delay_ms: delay_ms(outcome),
    };
    let requests: Vec<_> = asked.iter().map(request).collect();
    if requests.is_empty() {
        return;
    }
    for ((profile, outcome, tries), result) in asked.into_iter().zip(https::fetch_all(&requests)) {
        let attempt = tries.attempt + 1;
        match result {
            Ok(answer) => {
                *tries = Tries {
                    attempt,
                    elapsed_ms: answer.elapsed_ms,
                    status: Some(answer.status),
                    answered_at: Some(answer.received_at),
                };
                *outcome = usage::read_response(&answer);
            }
            // A second try that was not made leaves the first answer standing.
            Err(error) if is_untried(&error) && attempt > 1 => {}
            Err(error) => {
                if !is_untried(&error) {
                    let elapsed_ms = error.elapsed_ms;
                    *tries = Tries { attempt, elapsed_ms, ..Tries::default() };
                }
                *outcome = Err(transport_error(&error, profile));
            }
        }
    }
}

/// Whether nobody even tried to connect. A budget may have been spent by the answer.
fn is_untried(error: &https::Error) -> bool {
    match error.failure {
        Failure::Denied | Failure::NoCredential => true,
        Failure::BudgetSpent => !error.sent,
        _ => false,
    }
}

fn retry_delay_ms(outcome: &Outcome) -> u32 {
    match outcome {
        Err(UsageError::ServerError(seconds)) => {
            seconds.unwrap_or(1).clamp(1, LONGEST_RETRY_DELAY) as u32 * 1000
        }
        Err(UsageError::UpstreamChallenge) => 1000,
        Ok(_) | Err(_) => 250,
    }
}

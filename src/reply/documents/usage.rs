//! A check, and what the endpoint said of each profile.

use serde::Serialize;

use super::Utc;
use super::advice::{Ahead, Next};
use super::history::ProfileHistory;
use super::profile::{FindingNote, StoredProfile};
use super::remote_usage::RemoteUsage;
use crate::decimal::Decimal;
use crate::report::Tries;
use crate::usage::{Reason, Verdict};

/// A check of one or more profiles.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Usage<'a> {
    /// Whether the endpoint answered for at least one profile, be it with a refusal.
    pub(crate) ok: bool,
    /// The store that was read.
    pub(crate) source: &'a str,
    /// The address that was asked.
    pub(crate) remote_endpoint: &'a str,
    /// When the check was made.
    pub(crate) checked_at: Utc,
    /// The user's time zone, which the messages are written in.
    pub(crate) zone: String,
    /// The message that a chat shows before the check.
    pub(crate) progress_message: &'a str,
    /// The check in numbers.
    pub(crate) summary: Summary,
    /// The line of each profile, as a person reads it, in the order of `profiles`.
    pub(crate) formatted_profiles: Vec<String>,
    /// The reply that a person reads.
    pub(crate) suggested_user_message: String,
    /// `usage_endpoint_rejected_available_oauth_tokens_401` where a token was rejected.
    pub(crate) remote_auth_note: Option<&'a str>,
    /// The ids whose token was rejected with status 401.
    pub(crate) remote_auth_affected_profiles: Vec<String>,
    /// The checked profiles, in the order they were asked.
    pub(crate) profiles: Vec<CheckedProfile<'a>>,
    /// Oddities of the store.
    pub(crate) findings: Vec<FindingNote>,
    /// The ids that are the same account and user, and so share one quota.
    pub(crate) duplicates: Vec<Vec<String>>,
    /// The profile to use next. Null where one profile was checked.
    pub(crate) advice: Option<Next<'a>>,
    /// The outlook over all profiles.
    pub(crate) outlook: Ahead<'a>,
    /// The use of the last days, by profile. Absent before there are readings of any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) history: Vec<ProfileHistory<'a>>,
}

/// A check in numbers.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Summary {
    /// The profiles that were checked.
    pub(crate) profiles_checked: usize,
    /// Those whose usage could be read.
    pub(crate) remote_ok_count: usize,
    /// Those whose usage could not be read.
    pub(crate) remote_failed_count: usize,
    /// The profiles by their verdict.
    pub(crate) verdicts: VerdictCounts,
    /// The profiles that one check had no room for.
    pub(crate) profiles_left_out: usize,
}

/// The number of profiles with each verdict.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct VerdictCounts {
    /// Ready.
    pub(crate) usable: usize,
    /// Ready, and it costs credits.
    pub(crate) usable_at_cost: usize,
    /// Ready again later.
    pub(crate) wait: usize,
    /// In need of a repair.
    pub(crate) broken: usize,
    /// Not known.
    pub(crate) unknown: usize,
}

/// A profile as it is stored, and what the endpoint said of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CheckedProfile<'a> {
    #[serde(flatten)]
    pub(crate) stored: StoredProfile<'a>,
    /// The conclusion: the server's permission first, then the gateway's pause.
    pub(crate) verdict: Verdict,
    /// A stable word for the reason: `allowed`, `blocked`, `gateway_cooldown`, or the code of
    /// `error`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) verdict_reason: Reason,
    /// The conclusion without the gateway's pause.
    pub(crate) server_verdict: Verdict,
    /// When it can be used again, where that is known.
    pub(crate) usable_at: Option<Utc>,
    /// Oddities of the answer: `blocked_despite_percent`, `reset_due`, `unstarted`,
    /// `reset_inconsistent`.
    pub(crate) notes: Vec<&'a str>,
    /// Differences from the last check that came to a conclusion.
    pub(crate) changes: Vec<Changed>,
    /// Whether its usage could be read.
    pub(crate) remote_usage_ok: bool,
    /// Its usage. Null where it could not be read. Without numbers where the answer was for
    /// another account.
    pub(crate) remote_usage: Option<RemoteUsage<'a>>,
    /// Why its usage could not be read.
    pub(crate) error: Option<ProfileError>,
    /// The requests that were made. Null without `--debug`.
    pub(crate) remote_debug: Option<Tries>,
}

/// Why the usage of a profile could not be read.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProfileError {
    /// A stable word: `auth_not_accepted_by_usage_endpoint`, `rate_limited`, `timeout` …
    pub(crate) code: &'static str,
    /// A stable word that says more: `expired`, `revoked`, `fenced`, `missing`, `unknown`.
    pub(crate) reason: Option<&'static str>,
    /// The status of the endpoint's answer. Null without an answer.
    pub(crate) status: Option<u16>,
    /// The next step, as a person reads it.
    pub(crate) hint: String,
    /// The time that the endpoint asked to wait, in seconds.
    pub(crate) retry_after_seconds: Option<i64>,
    /// When the used-up quota resets.
    pub(crate) resets_at: Option<Utc>,
}

/// A difference from the last check that came to a conclusion.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Changed {
    /// `usable_again`, `plan`, `reset_early`, `reset_moved`, `window_appeared`,
    /// `window_vanished` or `credits_dropped`.
    pub(crate) change: &'static str,
    /// The window that changed, by its length in seconds.
    pub(crate) limit_window_seconds: Option<i64>,
    /// By how much its reset moved, in seconds. Negative is earlier.
    pub(crate) moved_seconds: Option<i64>,
    /// The credits before.
    pub(crate) from: Option<Decimal>,
    /// The credits now.
    pub(crate) to: Option<Decimal>,
}

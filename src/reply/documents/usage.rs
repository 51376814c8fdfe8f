//! Profiles as they are stored and as they were checked, and the use of the last days.

use super::*;

/// A profile as it is stored, and its last check.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SignIn<'a> {
    #[serde(flatten)]
    pub(crate) stored: StoredProfile<'a>,
    /// The last check of the sign-in that is stored now. Null without one.
    pub(crate) last_check: Option<LastCheck>,
}

/// A profile as it is stored.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct StoredProfile<'a> {
    /// The id, masked where it holds an e-mail address: `openai:work`.
    pub(crate) profile: String,
    /// The name that people read: `work`.
    pub(crate) label: &'a str,
    /// A short name that never holds white space and can be typed in its place.
    pub(crate) handle: &'a str,
    /// The provider in the id: `openai` or `openai-codex`.
    pub(crate) provider: &'a str,
    /// Always `oauth`: keys and pasted tokens are not checked.
    pub(crate) r#type: &'a str,
    /// `ready`, `expired`, `fenced` (the gateway disabled it) or `missing`.
    pub(crate) token: &'a str,
    /// When the stored token expires.
    pub(crate) token_expiry: Option<Utc>,
    /// When the gateway last used it.
    pub(crate) last_used: Option<Utc>,
    /// When it last failed for the gateway.
    pub(crate) last_failure: Option<Utc>,
    /// Until when the gateway paused it.
    pub(crate) cooldown_until: Option<Utc>,
    /// The gateway's reason for that.
    pub(crate) cooldown_reason: Option<&'a str>,
    /// Failures in a row, as the gateway counts them.
    pub(crate) error_count: u32,
    /// Those by their reason.
    #[serde(serialize_with = "object")]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, u32>"))]
    pub(crate) failure_counts: &'a [(String, u32)],
    /// The place in the order in effect, from 1.
    pub(crate) order_position: Option<usize>,
    /// Whether the order in effect names it. Null where there is no order.
    pub(crate) in_order: Option<bool>,
}

/// An earlier check of the sign-in that is stored now.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LastCheck {
    /// When it was checked.
    pub(crate) checked_at: Utc,
    /// The verdict then.
    pub(crate) verdict: Verdict,
    /// The last time that a check came to a conclusion.
    pub(crate) conclusive_at: Option<Utc>,
    /// That conclusion.
    pub(crate) conclusive_verdict: Option<Verdict>,
    /// Whether nothing but signing in again helps.
    pub(crate) signed_out: bool,
}

/// The profile that the chat session uses.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SessionProfile {
    /// The name that people read.
    pub(crate) label: String,
    /// `auto` where the gateway chose it, `user` where the user pinned it.
    pub(crate) pin: &'static str,
}

/// An oddity of the store.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FindingNote {
    /// A stable word.
    pub(crate) code: Finding,
    /// The sentence that a person reads.
    pub(crate) message: String,
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

/// The use of a profile's longest window on the last days.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProfileHistory<'a> {
    /// Its name.
    pub(crate) profile: &'a str,
    /// The days with readings among the last 28, the oldest first.
    pub(crate) days: Vec<UsedOfDay>,
    /// The resets of the window on these days, the oldest first.
    pub(crate) resets: Vec<Utc>,
}

/// The use of one day.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UsedOfDay {
    /// The date in the user's zone, as `2026-11-28`.
    pub(crate) date: String,
    /// Percent of the window.
    pub(crate) used_percent: Decimal,
}

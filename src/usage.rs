//! What one profile's usage is at one instant, and the verdict on the profile.

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::profile::{Access, Identity, Profile};
use crate::time::Instant;

mod error_body;
mod plan;
mod pools;
mod reset_credits;
mod response;
mod spend;
mod value;
mod windows;

pub use plan::Plan;
pub use pools::Pool;
pub use reset_credits::{ResetCredits, ResetList, ResetSource, read_reset_list};
pub use response::{Answer, read_response};
pub use spend::{SpendControl, SpendKind, SpendLimit};
pub use windows::LONGEST_WINDOW;

/// How long a reading speaks for now.
pub const FRESH_SECONDS: i64 = 15 * 60;

/// Whether a reading of `at` speaks for `now`. Answers come a little after the `now` of
/// their check, so it may be as far ahead as it may be old. Further, a clock jumped.
pub fn is_fresh(at: Instant, now: Instant) -> bool {
    now.abs_diff(at) <= FRESH_SECONDS.unsigned_abs()
}

/// One profile's usage at one instant, as the endpoint reported it.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageSnapshot {
    /// When the answer was received.
    pub as_of: Instant,
    /// Whom the answer is about.
    pub identity: Identity,
    /// The plan.
    pub plan: Option<Plan>,
    /// Included quota: the permission and the windows.
    pub rate_limit: RateLimit,
    /// Why included use has ended, in the server's word.
    pub reached: Option<ReachedType>,
    /// Paid credits.
    pub credits: Option<Credits>,
    /// A cap on spending.
    pub spend: Option<SpendControl>,
    /// Banked resets.
    pub reset_credits: Option<ResetCredits>,
    /// Models whose availability was reported.
    pub models: Vec<ModelAvailability>,
    /// Pools beside the ordinary quota; they do not limit the profile.
    pub additional: Vec<Pool>,
    /// How many fields were reported that this reader does not know.
    pub unknown_fields: usize,
}

/// An answer in which nothing is said: what is known of somebody whom an answer is
/// not about.
pub static NOTHING: UsageSnapshot = UsageSnapshot {
    as_of: 0,
    identity: Identity {
        account_id: None,
        user_id: None,
    },
    plan: None,
    rate_limit: RateLimit::Absent,
    reached: None,
    credits: None,
    spend: None,
    reset_credits: None,
    models: Vec::new(),
    additional: Vec::new(),
    unknown_fields: 0,
};

/// The ordinary included quota.
#[derive(Debug, Clone, PartialEq)]
pub enum RateLimit {
    /// The answer did not say.
    Absent,
    /// There is none: a plan that runs on credits.
    None,
    /// As reported.
    Reported(Quota),
}

/// A permission and the windows that meter it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quota {
    /// The authority on whether included use is permitted.
    pub allowed: Option<bool>,
    /// The server's own flag.
    pub limit_reached: Option<bool>,
    /// Shortest first; of unknown length last.
    pub windows: Vec<UsageWindow>,
}

/// A usage window: how much of it is used, how long it is, when it resets.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageWindow {
    /// By length, never by the slot it was reported in.
    pub role: Role,
    /// 0 to 100, clamped.
    pub used_percent: Option<Decimal>,
    /// No percentage came, but the server says the limit is reached.
    pub reached: bool,
    /// When it resets.
    pub resets_at: Option<Instant>,
    /// Its length, reported or assumed.
    pub length_seconds: Option<i64>,
    /// Whether the length is the usual one of the slot and was not reported.
    pub is_assumed: bool,
    /// What its clock does.
    pub state: WindowState,
}

impl UsageWindow {
    /// 0 to 100. 99.6 used is 0.4 left, not exhausted.
    pub fn remaining_percent(&self) -> Option<Decimal> {
        let reached = self.reached.then_some(Decimal::ZERO);
        self.used_percent.map(Decimal::complement).or(reached)
    }

    /// Whether nothing is left of it.
    pub fn is_exhausted(&self) -> bool {
        self.reached || self.used_percent == Some(Decimal::HUNDRED)
    }

    /// Seconds from `now` to the reset; negative where it is due.
    pub fn resets_in(&self, now: Instant) -> Option<i64> {
        self.resets_at.map(|at| at - now)
    }

    /// The reset, where it lies ahead and can be believed.
    pub fn recovery_at(&self) -> Option<Instant> {
        match self.state {
            WindowState::Running | WindowState::NotStarted | WindowState::Assumed => self.resets_at,
            WindowState::Due | WindowState::Inconsistent => None,
        }
    }
}

/// What a window is for, by its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Five hours.
    Session,
    /// Seven days.
    Weekly,
    /// A month of 28 to 31 days.
    Monthly,
    /// Any other length, or unknown.
    Other,
}

impl Role {
    /// Five hours, in seconds.
    pub const SESSION_SECONDS: i64 = 18_000;
    /// Seven days, in seconds.
    pub const WEEK_SECONDS: i64 = 604_800;

    /// The role of a window of this length.
    pub fn of_length(length: i64) -> Self {
        if is_about(length, Self::SESSION_SECONDS) {
            Self::Session
        } else if is_about(length, Self::WEEK_SECONDS) {
            Self::Weekly
        } else if (2_419_200..=2_678_400).contains(&length) {
            Self::Monthly
        } else {
            Self::Other
        }
    }
}

/// Whether two lengths are the same for a person. Lengths have been reported a minute
/// short, so one percent is let pass.
pub fn is_about(length: i64, usual: i64) -> bool {
    length.abs_diff(usual) <= usual.unsigned_abs() / 100
}

/// What the clock of a window does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowState {
    /// It runs.
    Running,
    /// It starts on first use.
    NotStarted,
    /// The reset lies in the past: check again.
    Due,
    /// The reset lies beyond the window's length.
    Inconsistent,
    /// The length was not reported; the role is the usual one of the slot.
    Assumed,
}

impl WindowState {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::NotStarted => "not_started",
            Self::Due => "due",
            Self::Inconsistent => "inconsistent",
            Self::Assumed => "assumed",
        }
    }
}

/// Paid credits. The unit is credits, not a currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Credits {
    /// Whether the account has any.
    pub has_credits: bool,
    /// Whether they never end.
    pub unlimited: bool,
    /// Whether the cap on paid use is reached.
    pub overage_limit_reached: bool,
    /// How many are left, where reported.
    pub balance: Option<Amount>,
}

/// A number of credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// To compare and to show.
    pub value: Decimal,
    /// As reported, digit by digit.
    pub digits: String,
    /// Whether it is nothing at all, and not only less than a hundredth.
    pub is_zero: bool,
}

/// Whether a model can be used: a fact, not a meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelAvailability {
    /// The model's slug, cleaned.
    pub model: String,
    /// Whether it can be used now.
    pub available: Option<bool>,
    /// When it can be.
    pub available_at: Option<Instant>,
    /// Whether credits would make it available.
    pub credits_would_enable: Option<bool>,
}

/// Why included use has ended, in the server's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReachedType {
    /// `rate_limit_reached`
    RateLimit,
    /// `workspace_owner_credits_depleted`
    OwnerCreditsDepleted,
    /// `workspace_member_credits_depleted`
    MemberCreditsDepleted,
    /// `workspace_owner_usage_limit_reached`
    OwnerUsageLimit,
    /// `workspace_member_usage_limit_reached`
    MemberUsageLimit,
    /// Another `workspace_…`.
    OtherWorkspace,
    /// A word that this reader does not know.
    Other,
}

impl ReachedType {
    /// Whether the workspace itself stopped the use, whatever `allowed` says.
    pub fn is_workspace(self) -> bool {
        match self {
            Self::OwnerCreditsDepleted
            | Self::MemberCreditsDepleted
            | Self::OwnerUsageLimit
            | Self::MemberUsageLimit
            | Self::OtherWorkspace => true,
            Self::RateLimit | Self::Other => false,
        }
    }
}

impl UsageSnapshot {
    /// The windows of the ordinary quota.
    pub fn windows(&self) -> &[UsageWindow] {
        match &self.rate_limit {
            RateLimit::Reported(quota) => &quota.windows,
            RateLimit::Absent | RateLimit::None => &[],
        }
    }

    /// Whether the server said outright that included use is refused.
    pub fn is_refused(&self) -> bool {
        match &self.rate_limit {
            RateLimit::Reported(quota) => quota.is_refused(),
            RateLimit::Absent | RateLimit::None => false,
        }
    }

    fn is_stopped_hard(&self) -> bool {
        self.spend.as_ref().is_some_and(|spend| spend.reached) || self.reached.is_some()
    }

    fn has_open_spend_limit(&self) -> bool {
        let open = |spend: &SpendControl| spend.limit.is_some() && !spend.reached;
        self.spend.as_ref().is_some_and(open)
    }

    /// Whether paid credits would carry on where included use ends.
    pub fn has_usable_credits(&self) -> bool {
        let Some(credits) = &self.credits else {
            return false;
        };
        let balance = match &credits.balance {
            Some(balance) => balance.value >= Decimal::ZERO && !balance.is_zero,
            None => self.has_open_spend_limit(),
        };
        credits.unlimited || (credits.has_credits && !credits.overage_limit_reached && balance)
    }
}

impl Quota {
    fn is_refused(&self) -> bool {
        match self.allowed {
            Some(allowed) => !allowed,
            None => {
                self.limit_reached == Some(true)
                    || self.windows.iter().any(UsageWindow::is_exhausted)
            }
        }
    }
}

/// Why a profile's usage could not be read.
#[derive(Debug, Clone, PartialEq)]
pub enum UsageError {
    /// 401: the endpoint rejected this sign-in.
    AuthNotAccepted(Rejection),
    /// The workspace was deactivated.
    AccountDeactivated,
    /// 402 otherwise.
    BillingRequired,
    /// 403 with a reason in JSON.
    Forbidden,
    /// Stopped by the edge before the sign-in was judged.
    UpstreamChallenge,
    /// 404: the endpoint may have moved.
    EndpointMissing,
    /// 429, seconds to wait where said.
    RateLimited(Option<i64>),
    /// 429 that says the usage limit is reached, and until when.
    QuotaExhausted(Option<Instant>),
    /// 3xx, never followed.
    UnexpectedRedirect,
    /// 5xx, seconds to wait where said.
    ServerError(Option<i64>),
    /// Not a JSON object, cut, or over the cap: no partial numbers.
    BadContent,
    /// No answer in time.
    Timeout,
    /// Any other fault of the transport, or a status nobody expects.
    RequestFailed,
    /// The check ran out of time before this profile's turn.
    NotChecked,
    /// Nothing that could be sent.
    MissingAccessToken(Access),
}

/// Why a sign-in was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// The gateway refreshes it on next use.
    Expired,
    /// It needs a new sign-in.
    Revoked,
    /// The endpoint did not say.
    Unknown,
}

impl UsageError {
    /// The word for it in JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AuthNotAccepted(_) => "auth_not_accepted_by_usage_endpoint",
            Self::AccountDeactivated => "account_deactivated",
            Self::BillingRequired => "billing_required",
            Self::Forbidden => "forbidden_by_usage_endpoint",
            Self::UpstreamChallenge => "upstream_challenge",
            Self::EndpointMissing => "endpoint_missing",
            Self::RateLimited(_) => "rate_limited",
            Self::QuotaExhausted(_) => "quota_exhausted",
            Self::UnexpectedRedirect => "unexpected_redirect",
            Self::ServerError(_) => "server_error",
            Self::BadContent => "bad_content",
            Self::Timeout => "timeout",
            Self::RequestFailed => "request_failed",
            Self::NotChecked => "not_checked",
            Self::MissingAccessToken(_) => "missing_access_token",
        }
    }

    /// The reason within the code, where there is one.
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            Self::AuthNotAccepted(Rejection::Expired)
            | Self::MissingAccessToken(Access::Expired) => Some("expired"),
            Self::AuthNotAccepted(Rejection::Revoked) => Some("revoked"),
            Self::AuthNotAccepted(Rejection::Unknown) => Some("unknown"),
            Self::MissingAccessToken(Access::Fenced) => Some("fenced"),
            Self::MissingAccessToken(Access::Missing) => Some("missing"),
            _ => None,
        }
    }

    /// Whether one more try may help. A rate limit is not worth one: it asks for
    /// patience.
    pub fn is_worth_a_retry(&self) -> bool {
        match self {
            Self::UpstreamChallenge | Self::Timeout | Self::RequestFailed => true,
            Self::ServerError(retry_after) => retry_after.unwrap_or(0) <= LONGEST_RETRY_DELAY,
            _ => false,
        }
    }

    /// When an exhausted quota resets.
    pub fn resets_at(&self) -> Option<Instant> {
        match self {
            Self::QuotaExhausted(resets_at) => *resets_at,
            _ => None,
        }
    }

    /// Seconds the server asked to wait.
    pub fn retry_after(&self) -> Option<i64> {
        match self {
            Self::RateLimited(seconds) | Self::ServerError(seconds) => *seconds,
            _ => None,
        }
    }
}

/// The longest `retry-after` that a check waits for, in seconds.
pub const LONGEST_RETRY_DELAY: i64 = 5;

/// What a check of one profile brought.
pub type Outcome = Result<UsageSnapshot, UsageError>;

/// What a person may conclude about a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It works now.
    Usable,
    /// It works now and costs credits.
    UsableAtCost,
    /// It works again later.
    Wait,
    /// It needs somebody to repair it.
    Broken,
    /// Nothing certain is known.
    Unknown,
}

impl Verdict {
    /// Every verdict, the best first.
    pub const ALL: [Self; 5] = [
        Self::Usable,
        Self::UsableAtCost,
        Self::Wait,
        Self::Broken,
        Self::Unknown,
    ];

    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Usable => "usable",
            Self::UsableAtCost => "usable_at_cost",
            Self::Wait => "wait",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a verdict was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The server permits included use.
    Allowed,
    /// The plan has no included quota and its credits can be used.
    CreditsOnly,
    /// The server refuses included use.
    Blocked,
    /// The server refuses included use although percent are left.
    BlockedDespitePercent,
    /// A cap on spending is reached.
    SpendLimitReached,
    /// The server named the limit.
    Reached(ReachedType),
    /// The gateway skips the profile.
    GatewayCooldown,
    /// The answer did not report the quota.
    RateLimitAbsent,
    /// The plan has no included quota, and nothing says that credits can be used.
    NoQuotaReported,
    /// The answer is about somebody else.
    IdentityMismatch,
    /// The check failed: a code of the failure table.
    Failed(&'static str),
}

impl Reason {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::CreditsOnly => "credits_only",
            Self::Blocked => "blocked",
            Self::BlockedDespitePercent => "blocked_despite_percent",
            Self::SpendLimitReached => "spend_limit_reached",
            Self::Reached(ReachedType::RateLimit) => "rate_limit_reached",
            Self::Reached(ReachedType::OwnerCreditsDepleted) => "workspace_owner_credits_depleted",
            Self::Reached(ReachedType::MemberCreditsDepleted) => {
                "workspace_member_credits_depleted"
            }
            Self::Reached(ReachedType::OwnerUsageLimit) => "workspace_owner_usage_limit_reached",
            Self::Reached(ReachedType::MemberUsageLimit) => "workspace_member_usage_limit_reached",
            Self::Reached(ReachedType::OtherWorkspace) => "workspace_limit_reached",
            Self::Reached(ReachedType::Other) => "other_limit_reached",
            Self::GatewayCooldown => "gateway_cooldown",
            Self::RateLimitAbsent => "rate_limit_absent",
            Self::NoQuotaReported => "no_quota_reported",
            Self::IdentityMismatch => "identity_mismatch",
            Self::Failed(code) => code,
        }
    }
}

/// The verdict on one profile, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// What to conclude.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// What the server alone says, where the gateway's cooldown overrules it.
    pub server: Option<Verdict>,
    /// When it works again, where that is known.
    pub until: Option<Instant>,
}

/// Judges one profile by the server's permission first, then by the gateway.
pub fn judge(profile: &Profile, outcome: &Outcome, now: Instant) -> Judgement {
    let cooldown = profile.cooldown_at(now);
    match outcome {
        Err(error) => judge_failure(error, now),
        Ok(usage) => {
            let server = judge_usage(profile, usage);
            match (server.verdict, cooldown) {
                // A sign-in that is broken or blocked is not helped by the end
                // of a cooldown, and a missing quota stays unknown.
                (Verdict::Broken | Verdict::Wait | Verdict::UsableAtCost, _) | (_, None) => server,
                (Verdict::Unknown, Some(_)) if server.reason == Reason::RateLimitAbsent => server,
                (Verdict::Usable | Verdict::Unknown, Some(until)) => Judgement {
                    verdict: Verdict::Wait,
                    reason: Reason::GatewayCooldown,
                    server: Some(server.verdict),
                    until: Some(until),
                },
            }
        }
    }
}

fn judge_failure(error: &UsageError, now: Instant) -> Judgement {
    let (verdict, until) = match error {
        UsageError::AuthNotAccepted(Rejection::Revoked)
        | UsageError::AccountDeactivated
        | UsageError::MissingAccessToken(Access::Fenced) => (Verdict::Broken, None),
        UsageError::QuotaExhausted(resets_at) => (Verdict::Wait, resets_at.filter(|at| *at > now)),
        _ => (Verdict::Unknown, None),
    };
    Judgement {
        verdict,
        reason: Reason::Failed(error.code()),
        server: None,
        until,
    }
}

fn judge_usage(profile: &Profile, usage: &UsageSnapshot) -> Judgement {
    let plain = |verdict, reason| Judgement {
        verdict,
        reason,
        server: None,
        until: None,
    };
    if profile.identity.contradicts(&usage.identity) {
        return plain(Verdict::Broken, Reason::IdentityMismatch);
    }
    if usage.rate_limit == RateLimit::Absent {
        return plain(Verdict::Unknown, Reason::RateLimitAbsent);
    }
    if let Some(reason) = reason_blocked(usage) {
        let paid = usage.has_usable_credits() && !usage.is_stopped_hard();
        let verdict = if paid {
            Verdict::UsableAtCost
        } else {
            Verdict::Wait
        };
        // A cooldown ends the waiting, not the cost.
        let cooldown = profile.cooldown_at(usage.as_of).filter(|_| !paid);
        let until = recovery_at(usage, cooldown, reason);
        return Judgement {
            until,
            ..plain(verdict, reason)
        };
    }
    match usage.rate_limit {
        RateLimit::None if runs_on_credits(usage) => plain(Verdict::Usable, Reason::CreditsOnly),
        RateLimit::None => plain(Verdict::Unknown, Reason::NoQuotaReported),
        RateLimit::Reported(_) | RateLimit::Absent => plain(Verdict::Usable, Reason::Allowed),
    }
}

fn runs_on_credits(usage: &UsageSnapshot) -> bool {
    let Some(credits) = &usage.credits else {
        return false;
    };
    credits.unlimited || (credits.has_credits && usage.has_open_spend_limit())
}

fn reason_blocked(usage: &UsageSnapshot) -> Option<Reason> {
    if let Some(reached) = usage.reached.filter(|reached| reached.is_workspace()) {
        return Some(Reason::Reached(reached));
    }
    if usage.spend.as_ref().is_some_and(|spend| spend.reached) {
        return Some(Reason::SpendLimitReached);
    }
    if !usage.is_refused() {
        return None;
    }
    let windows = usage.windows();
    let percent_left = |window: &UsageWindow| window.remaining_percent().is_some();
    let despite =
        windows.iter().any(percent_left) && !windows.iter().any(UsageWindow::is_exhausted);
    match (despite, usage.reached) {
        (true, _) => Some(Reason::BlockedDespitePercent),
        (false, Some(reached)) => Some(Reason::Reached(reached)),
        (false, None) => Some(Reason::Blocked),
    }
}

/// When a blocked profile works again: the latest reset among what stops it and
/// the gateway's cooldown. Unknown where any of the resets is, or where nothing says
/// when the block ends: the end of a cooldown is not it.
fn recovery_at(
    usage: &UsageSnapshot,
    cooldown: Option<Instant>,
    reason: Reason,
) -> Option<Instant> {
    let windows = usage.windows().iter();
    let exhausted = windows.filter(|window| window.is_exhausted());
    let mut resets: Vec<Option<Instant>> = exhausted.map(UsageWindow::recovery_at).collect();
    if usage.spend.as_ref().is_some_and(|spend| spend.reached) {
        let limit = usage.spend.as_ref().and_then(|spend| spend.limit.as_ref());
        resets.push(
            limit
                .and_then(|limit| limit.resets_at)
                .filter(|at| *at > usage.as_of),
        );
    }
    if reason == Reason::BlockedDespitePercent {
        resets.push(scarcest(usage.windows()).and_then(UsageWindow::recovery_at));
    }
    let mut latest = None;
    for reset in resets {
        latest = latest.max(Some(reset?));
    }
    latest.map(|end| cooldown.map_or(end, |until| end.max(until)))
}

/// The window with the least left.
pub fn scarcest(windows: &[UsageWindow]) -> Option<&UsageWindow> {
    let known = windows
        .iter()
        .filter(|window| window.remaining_percent().is_some());
    known.min_by_key(|window| window.remaining_percent())
}

#[cfg(test)]
pub(crate) mod tests;

//! The verdict on one profile: the server's permission first, then the gateway.

use serde::{Deserialize, Serialize};

use super::{
    Outcome, RateLimit, ReachedType, Rejection, UsageError, UsageSnapshot, UsageWindow, scarcest,
};
use crate::profile::{Access, Profile};
use crate::time::Instant;

/// A conclusion about a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    pub const ALL: [Self; 5] =
        [Self::Usable, Self::UsableAtCost, Self::Wait, Self::Broken, Self::Unknown];

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
    /// The conclusion.
    pub verdict: Verdict,
    /// The reason for it.
    pub reason: Reason,
    /// The verdict of the server alone, where the gateway's cooldown overrules it.
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
    Judgement { verdict, reason: Reason::Failed(error.code()), server: None, until }
}

fn judge_usage(profile: &Profile, usage: &UsageSnapshot) -> Judgement {
    let plain = |verdict, reason| Judgement { verdict, reason, server: None, until: None };
    if profile.identity.contradicts(&usage.identity) {
        return plain(Verdict::Broken, Reason::IdentityMismatch);
    }
    if usage.rate_limit == RateLimit::Absent {
        return plain(Verdict::Unknown, Reason::RateLimitAbsent);
    }
    if let Some(reason) = reason_blocked(usage) {
        let paid = usage.has_usable_credits() && !usage.is_stopped_hard();
        let verdict = if paid { Verdict::UsableAtCost } else { Verdict::Wait };
        // A cooldown ends the waiting, not the cost.
        let cooldown = profile.cooldown_at(usage.as_of).filter(|_| !paid);
        let until = recovery_at(usage, cooldown, reason);
        return Judgement { until, ..plain(verdict, reason) };
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
        resets.push(limit.and_then(|limit| limit.resets_at).filter(|at| *at > usage.as_of));
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

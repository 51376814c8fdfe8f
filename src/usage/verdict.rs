//! The verdict on one profile: the server's permission first, then the gateway.

use serde::{Deserialize, Serialize};

use super::{
    Outcome, RateLimit, ReachedType, Rejection, UsageError, UsageSnapshot, UsageWindow,
    WindowState, scarcest,
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
}

/// Why a verdict was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
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
    /// The gateway skips the profile.
    GatewayCooldown,
    /// The answer did not report the quota.
    RateLimitAbsent,
    /// The plan has no included quota, and nothing says that credits can be used.
    NoQuotaReported,
    /// The answer is about somebody else.
    IdentityMismatch,
    /// The server named the limit.
    #[serde(untagged)]
    Reached(ReachedType),
    /// The check failed: a code of the failure table.
    #[serde(untagged)]
    Failed(&'static str),
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
    /// When included use is back, where that is known.
    pub until: Option<Instant>,
}

impl Judgement {
    /// The verdict of the server alone: only a cooldown of the gateway overrules it.
    pub fn server_verdict(&self) -> Verdict {
        self.server.filter(|_| self.verdict == Verdict::Wait).unwrap_or(self.verdict)
    }
}

/// Judges one profile by the server's permission first, then by the gateway.
pub fn judge(profile: &Profile, outcome: &Outcome, now: Instant) -> Judgement {
    let usage = match outcome {
        Ok(usage) => usage,
        Err(error) => return judge_failure(error, now),
    };
    let server = judge_usage(profile, usage);
    // A sign-in that is broken or blocked is not helped by the end of a cooldown, and a
    // missing quota stays unknown.
    let is_open = matches!(server.verdict, Verdict::Usable | Verdict::Unknown)
        && server.reason != Reason::RateLimitAbsent;
    match profile.cooldown_at(now).filter(|_| is_open) {
        None => server,
        Some(until) => Judgement {
            verdict: Verdict::Wait,
            reason: Reason::GatewayCooldown,
            server: Some(server.verdict),
            until: Some(until),
        },
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
        let is_stopped = usage.reached_spend().is_some() || usage.reached.is_some();
        let paid = usage.has_usable_credits() && !is_stopped;
        let verdict = if paid { Verdict::UsableAtCost } else { Verdict::Wait };
        // A cooldown ends the waiting, not the cost.
        let cooldown = profile.cooldown_at(usage.as_of).filter(|_| !paid);
        let until = recovery_at(usage, reason).map(|end| end.max(cooldown.unwrap_or(end)));
        return Judgement { until, ..plain(verdict, reason) };
    }
    match usage.rate_limit {
        RateLimit::None if runs_on_credits(usage) => plain(Verdict::Usable, Reason::CreditsOnly),
        RateLimit::None => plain(Verdict::Unknown, Reason::NoQuotaReported),
        RateLimit::Reported(_) | RateLimit::Absent => plain(Verdict::Usable, Reason::Allowed),
    }
}

fn runs_on_credits(usage: &UsageSnapshot) -> bool {
    usage.credits.as_ref().is_some_and(|credits| {
        let can_be_spent = credits.has_credits && !credits.overage_limit_reached;
        credits.unlimited || (can_be_spent && usage.has_open_spend_limit())
    })
}

fn reason_blocked(usage: &UsageSnapshot) -> Option<Reason> {
    if let Some(reached) = usage.reached.filter(|reached| reached.is_workspace()) {
        return Some(Reason::Reached(reached));
    }
    if usage.reached_spend().is_some() {
        return Some(Reason::SpendLimitReached);
    }
    if !usage.is_refused() {
        return None;
    }
    let windows = usage.windows();
    let has_percent = windows.iter().any(|window| window.remaining_percent().is_some());
    if has_percent && !windows.iter().any(UsageWindow::is_exhausted) {
        return Some(Reason::BlockedDespitePercent);
    }
    Some(usage.reached.map_or(Reason::Blocked, Reason::Reached))
}

/// When a blocked profile works again: the latest reset among what stops it. Unknown where
/// any of the resets is, or where nothing says when the block ends: the end of a cooldown
/// is not it.
fn recovery_at(usage: &UsageSnapshot, reason: Reason) -> Option<Instant> {
    // A window whose reset has passed holds nothing up any more.
    let stops = |window: &&UsageWindow| window.is_exhausted() && window.state != WindowState::Due;
    let exhausted = usage.windows().iter().filter(stops);
    let mut resets: Vec<Option<Instant>> = exhausted.map(UsageWindow::recovery_at).collect();
    if let Some(spend) = usage.reached_spend() {
        let resets_at = spend.limit.as_ref().and_then(|limit| limit.resets_at);
        resets.push(resets_at.filter(|at| *at > usage.as_of));
    }
    if reason == Reason::BlockedDespitePercent {
        resets.push(scarcest(usage.windows()).and_then(UsageWindow::recovery_at));
    }
    let resets: Option<Vec<Instant>> = resets.into_iter().collect();
    resets?.into_iter().max()
}

//! The state of a quota by a reading, and of a profile by the gateway.

use super::{Candidate, Earlier, NEVER, Tier};
use crate::decimal::Decimal;
use crate::time::{DAY, Instant};
use crate::usage::{UsageSnapshot, UsageWindow, Verdict, WindowState, is_fresh};

/// The long-window reset that a profile is ranked by: the soonest that lies ahead.
pub fn long_reset_at(usage: &UsageSnapshot, now: Instant) -> Option<Instant> {
    let long = usage.windows().iter().filter(|window| is_long(window, now));
    let resets = long.filter_map(|window| window.resets_at);
    resets.filter(|at| *at > now).min()
}

pub(super) fn is_short(window: &UsageWindow) -> bool {
    matches!(window.length_seconds, Some(1..DAY))
}

/// A day or longer. Of unknown length, a window is at least as long as the time to its
/// reset.
pub(super) fn is_long(window: &UsageWindow, now: Instant) -> bool {
    let is_far = |at| at > now.saturating_add(DAY);
    match window.length_seconds.filter(|length| *length > 0) {
        Some(length) => length >= DAY,
        None => window.resets_at.is_some_and(is_far),
    }
}

/// Whether a window is nearly used up. Under ten percent, one shorter than a day is
/// about to stop the work; under two percent, any is.
pub fn is_low(usage: &UsageSnapshot) -> bool {
    let is_low = |window: &UsageWindow| {
        let floor = Decimal::whole(if is_short(window) { 10 } else { 2 });
        window.remaining_percent().is_some_and(|left| left < floor)
    };
    usage.windows().iter().any(is_low)
}

impl Candidate<'_> {
    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        is_fresh(self.read_at, now)
    }

    /// The earlier check's finding, if it still speaks for now.
    pub(super) fn earlier(&self, now: Instant) -> Option<Earlier> {
        let is_of_now = |earlier: &Earlier| earlier.at <= now && is_fresh(earlier.at, now);
        let mut earlier = self.earlier.filter(is_of_now)?;
        if earlier.tier <= Tier::Low && self.is_cooling(now) {
            earlier.tier = Tier::Wait;
        }
        Some(earlier)
    }

    fn is_cooling(&self, now: Instant) -> bool {
        self.cooldown_until.is_some_and(|until| until > now)
    }

    /// The tier of the quota by its own reading: unknown where that does not speak for now.
    pub(super) fn quota_tier(&self, now: Instant) -> Tier {
        match (self.judgement.server_verdict(), self.usage) {
            (Verdict::Broken | Verdict::Unknown, _) | (Verdict::Usable, None) => Tier::Unknown,
            _ if !self.is_fresh(now) => Tier::Unknown,
            (Verdict::UsableAtCost, _) => Tier::Overage,
            (Verdict::Wait, _) => Tier::Wait,
            (Verdict::Usable, Some(usage)) if is_low(usage) => Tier::Low,
            (Verdict::Usable, Some(_)) => Tier::Ready,
        }
    }

    /// The tier of the profile, given the one of its quota.
    pub(super) fn tier(&self, quota: Tier, now: Instant) -> Tier {
        let is_cooling = self.is_cooling(now);
        // Without quota data, a cooldown alone makes the verdict "wait".
        let waits = self.judgement.verdict == Verdict::Wait && self.is_fresh(now);
        match (self.judgement.server_verdict(), quota) {
            (Verdict::Broken, _) => Tier::Broken,
            (_, Tier::Overage | Tier::Wait) => quota,
            (Verdict::Unknown, _) | (_, Tier::Unknown) if !(waits && is_cooling) => Tier::Unknown,
            _ if is_cooling => Tier::Wait,
            _ => quota,
        }
    }

    /// When a blocked quota is back: the latest reset of what is used up. [`NEVER`]
    /// where one of the resets is not known.
    pub(super) fn quota_back_at(&self) -> Option<Instant> {
        let Some(usage) = self.usage else {
            return self.judgement.until.or(Some(NEVER));
        };
        // A reset beyond the window's length is no time to wait for.
        let is_believed = |one: &UsageWindow| one.state != WindowState::Inconsistent;
        let windows = usage.windows().iter().filter(|one| one.is_exhausted());
        let resets = windows.map(|one| one.resets_at.filter(|_| is_believed(one)));
        // A cap that is reached stops everything, however early a window resets.
        let caps = usage.spend.iter().filter(|spend| spend.reached);
        let ends = caps.map(|spend| spend.limit.as_ref()?.resets_at);
        resets.chain(ends).map(|at| at.unwrap_or(NEVER)).max()
    }
}

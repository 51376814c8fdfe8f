//! The rank of one candidate, and the first field in which two differ.

use std::cmp::Reverse;

use serde::Serialize;

use super::quota::{is_long, is_short};
use super::{Candidate, Class, Earlier, NEVER, Tier, long_reset_at};
use crate::decimal::Decimal;
use crate::profile::ProfileId;
use crate::time::Instant;
use crate::usage::{UsageWindow, WindowState};

/// Long windows that reset in the same six hours reset together: a few minutes are
/// not worth a switch.
pub(super) const BUCKET: i64 = 6 * 3600;

/// The first thing in which two profiles differ: why one stands before the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// There is no other quota to compare with.
    Only,
    /// The tier.
    Tier,
    /// The earlier check's finding, of a moment ago.
    #[serde(rename = "earlier_reading")]
    Earlier,
    /// When included use is back.
    Recovery,
    /// The user's class.
    Class,
    /// A long window whose clock starts only when it is used.
    #[serde(rename = "untouched_window")]
    Untouched,
    /// When a long window resets.
    #[serde(rename = "long_window_reset")]
    LongReset,
    /// One is in use, and a switch would win too little.
    InUse,
    /// The rest of the windows shorter than a day.
    #[serde(rename = "short_window_left")]
    ShortLeft,
    /// The rest of the longer ones.
    #[serde(rename = "long_window_left")]
    LongLeft,
    /// The order has one and not the other.
    InOrder,
    /// Nothing but the id.
    #[serde(rename = "name")]
    Id,
    /// It is another label of the quota of one that stands before it.
    SameQuota,
}

/// Everything that decides the place of one candidate, the weightiest first: the lower, the
/// better. Where a tier does not ask for a field, all of that tier have it alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank<'a> {
    pub(super) tier: Tier,
    has_no_earlier: bool,
    earlier: Tier,
    recovers_at: Instant,
    class: Class,
    is_long_started: bool,
    /// In buckets of six hours.
    long_resets_at: i64,
    is_idle: bool,
    short_left: Reverse<Decimal>,
    long_left: Reverse<Decimal>,
    is_left_out: bool,
    id: &'a ProfileId,
}

impl<'a> Rank<'a> {
    fn of_tier(tier: Tier, id: &'a ProfileId) -> Self {
        Self {
            tier,
            has_no_earlier: true,
            earlier: Tier::Unknown,
            recovers_at: NEVER,
            class: Class::Normal,
            is_long_started: true,
            long_resets_at: NEVER,
            is_idle: true,
            // No window counts as a full one.
            short_left: Reverse(Decimal::HUNDRED),
            long_left: Reverse(Decimal::HUNDRED),
            is_left_out: false,
            id,
        }
    }

    fn count_in(&mut self, window: &UsageWindow, now: Instant) {
        // What was not reported promises less than any number.
        let unknown = Decimal::of_hundredths(-1);
        let left = Reverse(window.remaining_percent().unwrap_or(unknown));
        if is_short(window) {
            self.short_left = self.short_left.max(left);
        } else if is_long(window, now) {
            self.long_left = self.long_left.max(left);
            self.is_long_started &= window.state != WindowState::NotStarted;
        }
    }

    /// The first field that differs.
    pub(super) fn difference(&self, other: &Self) -> Why {
        let earlier = |rank: &Self| (rank.has_no_earlier, rank.earlier);
        let fields = [
            (self.tier != other.tier, Why::Tier),
            (earlier(self) != earlier(other), Why::Earlier),
            (self.recovers_at != other.recovers_at, Why::Recovery),
            (self.class != other.class, Why::Class),
            (self.is_long_started != other.is_long_started, Why::Untouched),
            (self.long_resets_at != other.long_resets_at, Why::LongReset),
            (self.is_idle != other.is_idle, Why::InUse),
            (self.short_left != other.short_left, Why::ShortLeft),
            (self.long_left != other.long_left, Why::LongLeft),
            (self.is_left_out != other.is_left_out, Why::InOrder),
        ];
        let differs = fields.into_iter().find(|(differs, _)| *differs);
        differs.map_or(Why::Id, |(_, why)| why)
    }
}

/// The rank of one candidate, and what is shown with it.
pub(super) struct Standing<'a> {
    pub(super) rank: Rank<'a>,
    pub(super) recovers_at: Option<Instant>,
    pub(super) earlier: Option<Earlier>,
}

impl<'a> Standing<'a> {
    /// Places `candidate` by what the reading of `source` says of its quota.
    pub(super) fn new(
        candidate: &Candidate<'a>,
        source: &Candidate<'_>,
        class: Class,
        now: Instant,
    ) -> Self {
        let quota = source.quota_tier(now);
        let tier = candidate.tier(quota, now);
        let mut recovers_at = None;
        let mut earlier = None;
        let mut rank = Rank::of_tier(tier, candidate.id);
        match (tier, source.usage) {
            (Tier::Ready | Tier::Low, Some(usage)) => {
                let reset = long_reset_at(usage, now);
                rank.class = class;
                rank.long_resets_at = reset.map_or(NEVER, |at| at.div_euclid(BUCKET));
                rank.is_idle = !candidate.is_in_use;
                // Of two labels of one quota, the one that the gateway can pick.
                rank.is_left_out = candidate.is_left_out;
                for window in usage.windows() {
                    rank.count_in(window, now);
                }
            }
            (Tier::Overage | Tier::Wait, _) => {
                let known = |at: &Instant| *at > now && *at < NEVER;
                let later = |end: Option<Instant>| end.max(candidate.cooldown_until).filter(known);
                // A quota that is not blocked waits for the gateway alone.
                let is_blocked = quota == tier;
                let back_at = source.quota_back_at().filter(|_| is_blocked);
                rank.recovers_at = later(back_at).unwrap_or(NEVER);
                // Where nothing is used up, a cooldown's end is not the block's.
                let end = back_at.or(source.judgement.until.filter(|_| is_blocked));
                recovers_at = later(end).filter(|_| end.is_some() || !is_blocked);
            }
            (Tier::Unknown, _) => {
                earlier = candidate.earlier(now);
                rank.has_no_earlier = earlier.is_none();
                rank.earlier = earlier.map_or(Tier::Unknown, |earlier| earlier.tier);
                // Such a profile may be the pick.
                if rank.earlier <= Tier::Low {
                    rank.class = class;
                    rank.is_idle = !candidate.is_in_use;
                    rank.is_left_out = candidate.is_left_out;
                }
            }
            (Tier::Ready | Tier::Low | Tier::Broken, _) => {}
        }
        Self { rank, recovers_at, earlier }
    }
}

//! Which profile next: every profile ranked, and why each stands where it does. A pure
//! function: the same profiles give the same order, in whatever order they come.
//!
//! A quota belongs to an identity, a sign-in to a profile. So the newest reading that
//! can be trusted speaks for every label of one account and user, while a broken
//! sign-in, a failed check and the gateway's cooldown stay with their own label: a
//! label is never better than its quota, nor better than its own sign-in.
//!
//! All that decides becomes a rank, whose fields are compared from the first: so the
//! order is total, and the first field that differs is the reason.

use std::cmp::Reverse;

use crate::decimal::Decimal;
use crate::profile::ProfileId;
use crate::time::{DAY, Instant};
use crate::usage::{Judgement, UsageSnapshot, UsageWindow, Verdict, WindowState, is_fresh};

/// Long windows that reset in the same six hours reset together: a few minutes are
/// not worth a switch.
const BUCKET: i64 = 6 * 3600;

/// Later than anything: what nobody knows comes last.
const NEVER: Instant = Instant::MAX;

/// How the user wants a profile's quota treated, the first to be used first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Before all others.
    BurnFirst,
    /// As the ranking finds best.
    Normal,
    /// Only when no other is ready.
    Preserve,
}

/// Which profiles the user wants treated otherwise than [`Class::Normal`].
#[derive(Debug, Default)]
pub struct Preferences<'a> {
    /// [`Class::BurnFirst`], unless they are to be preserved as well.
    pub burn_first: Vec<ProfileId>,
    /// [`Class::Preserve`].
    pub preserve: Vec<ProfileId>,
    /// Names that are nobody's, or more than one profile's.
    pub unknown: Vec<&'a str>,
}

impl Preferences<'_> {
    /// How this profile is to be treated.
    pub fn class(&self, id: &ProfileId) -> Class {
        match (self.preserve.contains(id), self.burn_first.contains(id)) {
            (true, _) => Class::Preserve,
            (false, true) => Class::BurnFirst,
            (false, false) => Class::Normal,
        }
    }
}

/// What can be expected of a profile, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// It works, with quota to spare.
    Ready,
    /// It works, and a window is nearly used up.
    Low,
    /// Nothing certain is known, or not of now.
    Unknown,
    /// It works and costs credits.
    Overage,
    /// It works again later.
    Wait,
    /// It needs somebody to repair it.
    Broken,
}

impl Tier {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Low => "low",
            Self::Unknown => "unknown",
            Self::Overage => "overage",
            Self::Wait => "wait",
            Self::Broken => "broken",
        }
    }
}

/// One profile as the ranking sees it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its id, which no other candidate has.
    pub id: &'a ProfileId,
    /// A key that is equal for the same account and user, where both are known.
    pub identity: Option<&'a str>,
    /// What the check concluded.
    pub judgement: Judgement,
    /// What was read, where the check succeeded.
    pub usage: Option<&'a UsageSnapshot>,
    /// When the check was answered, or failed.
    pub read_at: Instant,
    /// What an earlier check found of the same sign-in, where this one says nothing
    /// against it.
    pub earlier: Option<Earlier>,
    /// The gateway skips it until then.
    pub cooldown_until: Option<Instant>,
    /// How the user wants its quota treated.
    pub class: Class,
    /// Whether the gateway is using it now.
    pub is_in_use: bool,
    /// Whether an order leaves it out.
    pub is_left_out: bool,
}

/// The finding of an earlier check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// The tier that the profile had then.
    pub tier: Tier,
    /// When that was.
    pub at: Instant,
}

/// The first thing in which two profiles differ: why one stands before the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There is no other quota to compare with.
    Only,
    /// The tier.
    Tier,
    /// The earlier check's finding, of a moment ago.
    Earlier,
    /// When included use is back.
    Recovery,
    /// The user's class.
    Class,
    /// A long window whose clock starts only when it is used.
    Untouched,
    /// When a long window resets.
    LongReset,
    /// One is in use, and a switch would win too little.
    InUse,
    /// What is left of the windows shorter than a day.
    ShortLeft,
    /// What is left of the longer ones.
    LongLeft,
    /// The order has one and not the other.
    InOrder,
    /// Nothing but the id.
    Id,
    /// It is another label of the quota of this candidate, which stands before it.
    SameQuota(usize),
}

impl Why {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Only => "only",
            Self::Tier => "tier",
            Self::Earlier => "earlier_reading",
            Self::Recovery => "recovery",
            Self::Class => "class",
            Self::Untouched => "untouched_window",
            Self::LongReset => "long_window_reset",
            Self::InUse => "in_use",
            Self::ShortLeft => "short_window_left",
            Self::LongLeft => "long_window_left",
            Self::InOrder => "in_order",
            Self::Id => "name",
            Self::SameQuota(_) => "same_quota",
        }
    }
}

/// A profile in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranked {
    /// Which of the candidates.
    pub index: usize,
    /// What can be expected of it.
    pub tier: Tier,
    /// When included use is back, in the tiers overage and wait, where that is known.
    pub recovers_at: Option<Instant>,
    /// In the tier unknown, what a check of a moment ago found.
    pub earlier: Option<Earlier>,
    /// Of the first: what decided against the next best quota. Of every other: by what
    /// it lost against the first.
    pub why: Why,
    /// The candidate whose reading speaks for the quota: itself or another label.
    pub read_from: usize,
}

/// Ranks every candidate, the best first.
pub fn rank(candidates: &[Candidate<'_>], now: Instant) -> Vec<Ranked> {
    let leaders = leaders(candidates, now);
    let standings = standings(candidates, &leaders, now);
    let mut order: Vec<usize> = (0..standings.len()).collect();
    order.sort_by_key(|index| standings[*index].rank);
    explain(&order, &standings, &leaders)
}

/// The profile to use next: one that is ready, or else one that was a moment ago and
/// could not be checked since. None where nothing is known to work for free: then
/// [`next_recovery`] is worth waiting for, and what costs credits is only a fact.
pub fn pick(ranked: &[Ranked]) -> Option<&Ranked> {
    let tier = |one: &Ranked| one.earlier.map_or(one.tier, |earlier| earlier.tier);
    ranked.first().filter(|first| tier(first) <= Tier::Low)
}

/// The profile whose included use is back first, even if it works before that and
/// costs credits.
pub fn next_recovery<'a>(ranked: impl Iterator<Item = &'a Ranked>) -> Option<&'a Ranked> {
    let known = ranked.filter(|one| one.recovers_at.is_some());
    known.min_by_key(|one| one.recovers_at)
}

/// The long-window reset that a profile is ranked by: the soonest that lies ahead.
pub fn long_reset_at(usage: &UsageSnapshot, now: Instant) -> Option<Instant> {
    let long = usage.windows().iter().filter(|window| is_long(window, now));
    let resets = long.filter_map(|window| window.resets_at);
    resets.filter(|at| *at > now).min()
}

fn is_short(window: &UsageWindow) -> bool {
    matches!(window.length_seconds, Some(1..DAY))
}

/// A day or longer. Of unknown length, a window is at least as long as the time to its
/// reset.
fn is_long(window: &UsageWindow, now: Instant) -> bool {
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
    /// What the server alone says: only a cooldown overrules it.
    fn server_verdict(&self) -> Verdict {
        match self.judgement.server {
            Some(server) if self.judgement.verdict == Verdict::Wait => server,
            Some(_) | None => self.judgement.verdict,
        }
    }

    fn is_fresh(&self, now: Instant) -> bool {
        is_fresh(self.read_at, now)
    }

    /// The earlier check's finding, if it still speaks for now.
    fn earlier(&self, now: Instant) -> Option<Earlier> {
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

    /// What its own reading says of the quota: unknown where that is nothing of now.
    fn quota_tier(&self, now: Instant) -> Tier {
        match (self.server_verdict(), self.usage) {
            (Verdict::Broken | Verdict::Unknown, _) | (Verdict::Usable, None) => Tier::Unknown,
            _ if !self.is_fresh(now) => Tier::Unknown,
            (Verdict::UsableAtCost, _) => Tier::Overage,
            (Verdict::Wait, _) => Tier::Wait,
            (Verdict::Usable, Some(usage)) if is_low(usage) => Tier::Low,
            (Verdict::Usable, Some(_)) => Tier::Ready,
        }
    }

    /// The tier of the profile, given the one of its quota.
    fn tier(&self, quota: Tier, now: Instant) -> Tier {
        let is_cooling = self.is_cooling(now);
        // A plan of which nothing is known is judged to wait while it is in cooldown.
        let waits = self.judgement.verdict == Verdict::Wait && self.is_fresh(now);
        match (self.server_verdict(), quota) {
            (Verdict::Broken, _) => Tier::Broken,
            (_, Tier::Overage | Tier::Wait) => quota,
            (Verdict::Unknown, _) | (_, Tier::Unknown) if !(waits && is_cooling) => Tier::Unknown,
            _ if is_cooling => Tier::Wait,
            _ => quota,
        }
    }

    /// When a blocked quota is back: the latest reset of what is used up. [`NEVER`]
    /// where one of the resets is not known.
    fn quota_back_at(&self) -> Option<Instant> {
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

/// What decides the place of one candidate, the weightiest first: the lower, the
/// better. Where a tier does not ask for a field, all of that tier have it alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank<'a> {
    tier: Tier,
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
            // What is not limited cannot run out.
            short_left: Reverse(Decimal::HUNDRED),
            long_left: Reverse(Decimal::HUNDRED),
            is_left_out: false,
            id,
        }
    }

    /// The first field that differs.
    fn difference(&self, other: &Self) -> Why {
        if self.tier != other.tier {
            Why::Tier
        } else if (self.has_no_earlier, self.earlier) != (other.has_no_earlier, other.earlier) {
            Why::Earlier
        } else if self.recovers_at != other.recovers_at {
            Why::Recovery
        } else if self.class != other.class {
            Why::Class
        } else if self.is_long_started != other.is_long_started {
            Why::Untouched
        } else if self.long_resets_at != other.long_resets_at {
            Why::LongReset
        } else if self.is_idle != other.is_idle {
            Why::InUse
        } else if self.short_left != other.short_left {
            Why::ShortLeft
        } else if self.long_left != other.long_left {
            Why::LongLeft
        } else if self.is_left_out != other.is_left_out {
            Why::InOrder
        } else {
            Why::Id
        }
    }
}

/// The rank of one candidate, and what is said with it.
struct Standing<'a> {
    rank: Rank<'a>,
    recovers_at: Option<Instant>,
    earlier: Option<Earlier>,
}

impl<'a> Standing<'a> {
    /// Places `candidate` by what the reading of `speaker` says of its quota.
    fn new(candidate: &Candidate<'a>, speaker: &Candidate<'_>, class: Class, now: Instant) -> Self {
        let quota = speaker.quota_tier(now);
        let tier = candidate.tier(quota, now);
        let mut recovers_at = None;
        let mut earlier = None;
        let mut rank = Rank::of_tier(tier, candidate.id);
        match (tier, speaker.usage) {
            (Tier::Ready | Tier::Low, Some(usage)) => {
                let reset = long_reset_at(usage, now);
                rank.class = class;
                rank.long_resets_at = reset.map_or(NEVER, |at| at.div_euclid(BUCKET));
                rank.is_idle = !candidate.is_in_use;
                // Of two labels of one quota, the one that the gateway can pick.
                rank.is_left_out = candidate.is_left_out;
                for window in usage.windows() {
                    // What was not reported promises less than any number.
                    let unknown = Decimal::of_hundredths(-1);
                    let left = Reverse(window.remaining_percent().unwrap_or(unknown));
                    if is_short(window) {
                        rank.short_left = rank.short_left.max(left);
                    } else if is_long(window, now) {
                        rank.long_left = rank.long_left.max(left);
                        rank.is_long_started &= window.state != WindowState::NotStarted;
                    }
                }
            }
            (Tier::Overage | Tier::Wait, _) => {
                let known = |at: &Instant| *at > now && *at < NEVER;
                let later = |end: Option<Instant>| end.max(candidate.cooldown_until).filter(known);
                // A quota that is not blocked waits for the gateway alone.
                let is_blocked = quota == tier;
                let back_at = speaker.quota_back_at().filter(|_| is_blocked);
                rank.recovers_at = later(back_at).unwrap_or(NEVER);
                // Where nothing is used up, a cooldown's end is not the block's.
                let end = back_at.or(speaker.judgement.until.filter(|_| is_blocked));
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
        Self {
            rank,
            recovers_at,
            earlier,
        }
    }
}

/// For each candidate, the one whose reading speaks for its quota: of all labels of
/// the identity the newest that says anything of now.
fn leaders(candidates: &[Candidate<'_>], now: Instant) -> Vec<usize> {
    let speech = |index: usize| {
        let (candidate, tier) = (&candidates[index], candidates[index].quota_tier(now));
        // Of two readings of one second the worse is believed.
        (tier != Tier::Unknown, candidate.read_at, tier)
    };
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|index| {
        let candidate = &candidates[*index];
        (candidate.identity, Reverse(speech(*index)), candidate.id)
    });
    let mut leaders = vec![0; candidates.len()];
    let mut leader: Option<usize> = None;
    for index in order {
        // Who is not known to be the same is somebody else.
        let identity = candidates[index].identity;
        let is_same = |of: &usize| identity.is_some() && candidates[*of].identity == identity;
        leaders[index] = leader.filter(is_same).unwrap_or(index);
        leader = Some(leaders[index]);
    }
    leaders
}

fn standings<'a>(all: &[Candidate<'a>], leaders: &[usize], now: Instant) -> Vec<Standing<'a>> {
    let mut classes = vec![Class::Normal; all.len()];
    for (candidate, &leader) in all.iter().zip(leaders) {
        // A quota is treated alike under all its labels, or what is to be preserved
        // would be burnt through another.
        if candidate.class != Class::Normal && classes[leader] != Class::Preserve {
            classes[leader] = candidate.class;
        }
    }
    let pairs = all.iter().zip(leaders);
    let place = |(one, &leader)| Standing::new(one, &all[leader], classes[leader], now);
    pairs.map(place).collect()
}

fn explain(order: &[usize], standings: &[Standing<'_>], leaders: &[usize]) -> Vec<Ranked> {
    // The best label of each quota, by its leader.
    let mut bests: Vec<Option<usize>> = vec![None; order.len()];
    let mut ranked = Vec::with_capacity(order.len());
    for &index in order {
        let against = match order[0] {
            // Against another label of the same quota the first decides nothing.
            first if first == index => order.iter().find(|one| leaders[**one] != leaders[first]),
            _ => order.first(),
        };
        let standing = &standings[index];
        let mut why = against.map_or(Why::Only, |one| {
            standing.rank.difference(&standings[*one].rank)
        });
        match bests[leaders[index]] {
            // A worse tier says more than that it is the same quota.
            Some(best) if why != Why::Tier => why = Why::SameQuota(best),
            Some(_) => {}
            None => bests[leaders[index]] = Some(index),
        }
        ranked.push(Ranked {
            index,
            tier: standing.rank.tier,
            recovers_at: standing.recovers_at,
            earlier: standing.earlier,
            why,
            read_from: leaders[index],
        });
    }
    ranked
}

#[cfg(test)]
pub(crate) mod tests;

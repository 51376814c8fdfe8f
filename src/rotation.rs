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
use std::collections::BTreeMap;

use serde::Serialize;

use crate::profile::ProfileId;
use crate::time::Instant;
use crate::usage::{Judgement, UsageSnapshot};

mod quota;
mod rank;

pub use quota::{is_low, long_reset_at};
use rank::Standing;
pub use rank::Why;

/// Later than anything: what nobody knows comes last.
const NEVER: Instant = Instant::MAX;

/// The user's preference for a profile's quota, the first to be used first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Before all others.
    BurnFirst,
    /// As the ranking finds best.
    Normal,
    /// Only when no other is ready.
    Preserve,
}

/// Profiles whose class is not [`Class::Normal`].
#[derive(Debug, Default)]
pub struct Preferences<'a> {
    /// [`Class::BurnFirst`], unless they are to be preserved as well.
    pub burn_first: Vec<ProfileId>,
    /// [`Class::Preserve`].
    pub preserve: Vec<ProfileId>,
    /// Names that match no profile, or more than one.
    pub unknown: Vec<&'a str>,
}

impl Preferences<'_> {
    /// The class of this profile.
    pub fn class(&self, id: &ProfileId) -> Class {
        if self.preserve.contains(id) {
            Class::Preserve
        } else if self.burn_first.contains(id) {
            Class::BurnFirst
        } else {
            Class::Normal
        }
    }
}

/// The readiness of a profile, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
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

/// One profile as the ranking sees it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its id, which no other candidate has.
    pub id: &'a ProfileId,
    /// A key that is equal for the same account and user, where both are known.
    pub identity: Option<&'a str>,
    /// The conclusion of the check.
    pub judgement: Judgement,
    /// The answer, where the check succeeded.
    pub usage: Option<&'a UsageSnapshot>,
    /// When the check was answered, or failed.
    pub read_at: Instant,
    /// The finding of an earlier check of the same sign-in, where this one says nothing
    /// against it.
    pub earlier: Option<Earlier>,
    /// The gateway skips it until then.
    pub cooldown_until: Option<Instant>,
    /// The user's preference for its quota.
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

/// A profile in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranked {
    /// Which of the candidates.
    pub index: usize,
    /// Its readiness.
    pub tier: Tier,
    /// When included use is back, in the tiers overage and wait, where that is known.
    pub recovers_at: Option<Instant>,
    /// In the tier unknown, what a check of a moment ago found.
    pub earlier: Option<Earlier>,
    /// For the first, what decided against the next best quota; for every other, by what
    /// it lost against the first.
    pub why: Why,
    /// The candidate whose reading speaks for the quota: itself or another label.
    pub quota_source: usize,
}

/// Ranks every candidate, the best first.
pub fn rank(candidates: &[Candidate<'_>], now: Instant) -> Vec<Ranked> {
    let sources = quota_sources(candidates, now);
    let standings = standings(candidates, &sources, now);
    let mut order: Vec<usize> = (0..standings.len()).collect();
    order.sort_by_key(|index| standings[*index].rank);
    explain(&order, &standings, &sources)
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

/// For each candidate, the one whose reading speaks for its quota: of all labels of
/// the identity the newest that says anything of now.
fn quota_sources(candidates: &[Candidate<'_>], now: Instant) -> Vec<usize> {
    let evidence = |index: usize| {
        let candidate = &candidates[index];
        let tier = candidate.quota_tier(now);
        // Of two readings of one second the worse is believed.
        (tier != Tier::Unknown, candidate.read_at, tier, Reverse(candidate.id))
    };
    let mut sources: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, identity) in candidates.iter().map(|one| one.identity).enumerate() {
        if let Some(identity) = identity {
            let source = sources.entry(identity).or_insert(index);
            if evidence(index) > evidence(*source) {
                *source = index;
            }
        }
    }
    // Without a known identity, a profile speaks for itself only.
    let source =
        |(index, one): (usize, &Candidate<'_>)| one.identity.map_or(index, |of| sources[of]);
    candidates.iter().enumerate().map(source).collect()
}

fn standings<'a>(all: &[Candidate<'a>], sources: &[usize], now: Instant) -> Vec<Standing<'a>> {
    let mut classes = vec![Class::Normal; all.len()];
    for (candidate, &source) in all.iter().zip(sources) {
        // A quota is treated alike under all its labels, or what is to be preserved
        // would be burnt through another.
        if candidate.class != Class::Normal && classes[source] != Class::Preserve {
            classes[source] = candidate.class;
        }
    }
    let pairs = all.iter().zip(sources);
    let place = |(one, &source)| Standing::new(one, &all[source], classes[source], now);
    pairs.map(place).collect()
}

fn explain(order: &[usize], standings: &[Standing<'_>], sources: &[usize]) -> Vec<Ranked> {
    // Whether a label of the quota stands before, by the source of its quota.
    let mut has_label = vec![false; order.len()];
    let mut ranked = Vec::with_capacity(order.len());
    for &index in order {
        // Against another label of the same quota the first decides nothing.
        let is_rival = |one: &&usize| index != order[0] || sources[**one] != sources[index];
        let against = order.iter().find(is_rival);
        let standing = &standings[index];
        let mut why =
            against.map_or(Why::Only, |one| standing.rank.difference(&standings[*one].rank));
        let is_another_label = std::mem::replace(&mut has_label[sources[index]], true);
        // A worse tier says more than that it is the same quota.
        if is_another_label && why != Why::Tier {
            why = Why::SameQuota;
        }
        ranked.push(Ranked {
            index,
            tier: standing.rank.tier,
            recovers_at: standing.recovers_at,
            earlier: standing.earlier,
            why,
            quota_source: sources[index],
        });
    }
    ranked
}

#[cfg(test)]
pub(crate) mod tests;

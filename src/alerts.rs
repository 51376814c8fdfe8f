//! Alerts: the changes since what was told last. Pure: what was told, what a check finds
//! and the time go in; the changes and what is told from now on come out.
//!
//! # Rules
//!
//! - The first check of an agent, or of a profile, tells nothing: it is what later ones are
//!   compared with.
//! - A check that finds nothing certain of a profile changes nothing about it.
//! - A profile that becomes ready or breaks is told of at most once an hour. What it does
//!   meanwhile is not taken over, so that the state after the hour is told where it is
//!   another than the one told last. The same goes for a window that is nearly used up, and
//!   for the moment at which nobody is ready.
//! - A window is nearly used up below the percentage of the settings, and not any more from
//!   five percent above it.
//! - What lapses or runs out at an instant is told once for that instant.
//! - Labels that share a quota are told of once, by the one that ranks first.
//!
//! A time that lies ahead of now was written before a clock jumped back: it holds nothing up.
//!
//! # The format
//!
//! JSON, version 1, at most 64 KiB, the agent that was checked last first:
//!
//! ```json
//! {"version": 1, "agents": [{
//!     "key": "0123456789abcdef", "checked_at": 1795372800,
//!     "all_out": true, "all_out_at": 1795372800,
//!     "profiles": [{
//!         "key": "0123456789abcdef",
//!         "state": "ready", "said_at": 1795372800,
//!         "low": true, "low_at": 1795372800,
//!         "empty": [{"seconds": 18000, "resets_at": 1795379400}],
//!         "unused": 1795379400, "banked": [1795459200]
//!     }]
//! }]}
//! ```
//!
//! | Field | Meaning |
//! |---|---|
//! | `key` | the agent, or a profile's id, hashed with the salt of the installation |
//! | `checked_at` | when the agent was last checked for alerts |
//! | `all_out`, `all_out_at` | nobody is ready, and when that was told last |
//! | `state`, `said_at` | `ready`, `out` or `broken`, and when a change of it was told last |
//! | `low`, `low_at` | a window is nearly used up, and when that was told last |
//! | `empty` | the last window of each length that was told to be empty before its reset |
//! | `unused` | the reset before which a good part of the week was told to be unused |
//! | `banked` | the expiries of banked resets that were told |
//!
//! A field that is not known or never was is absent. Profiles that are not stored any more
//! go with the next check. A blob of another version counts as empty, as one does that is
//! corrupt.

use std::mem::{Discriminant, discriminant};
use std::ops::Not;

use serde::{Deserialize, Serialize};

/// Kinds of changes, in the order in which they are told.
pub use crate::contract::chat::AlertKind;
use crate::decimal::Decimal;
use crate::time::{HOUR, Instant};
use crate::usage::{is_about, is_same_reset};

mod facts;

pub use facts::{Facts, facts};

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Ready, Self::Low, Self::EmptySoon, Self::Broken, Self::Expiring, Self::AllOut];

    /// The kinds that are told where none is named.
    pub const USUAL: [Self; 5] =
        [Self::Ready, Self::Low, Self::Broken, Self::Expiring, Self::AllOut];

    /// The word that is typed for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Low => "low",
            Self::EmptySoon => "empty-soon",
            Self::Broken => "broken",
            Self::Expiring => "expiring",
            Self::AllOut => "all-out",
        }
    }
}

/// A change to tell. Profiles are given by their row in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is usable again.
    Ready(usize),
    /// A window of it is nearly used up.
    Low(usize),
    /// A window of it, of this length, is empty before its reset at this pace.
    EmptySoon(usize, i64),
    /// It needs a repair.
    Broken(usize),
    /// A good part of its week lapses unused.
    Unused(usize),
    /// A banked reset of it expires.
    Banked(usize),
    /// No profile is ready.
    AllOut,
}

impl Change {
    /// The kind that it is told as.
    pub fn kind(self) -> AlertKind {
        match self {
            Self::Ready(_) => AlertKind::Ready,
            Self::Low(_) => AlertKind::Low,
            Self::EmptySoon(..) => AlertKind::EmptySoon,
            Self::Broken(_) => AlertKind::Broken,
            Self::Unused(_) | Self::Banked(_) => AlertKind::Expiring,
            Self::AllOut => AlertKind::AllOut,
        }
    }

    /// The change itself, whichever row it is of.
    fn what(self) -> (Discriminant<Self>, i64) {
        let seconds = if let Self::EmptySoon(_, seconds) = self { seconds } else { 0 };
        (discriminant(&self), seconds)
    }
}

/// The state of a profile, as far as alerts tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It works at no cost.
    Ready,
    /// It has to wait, or costs credits.
    Out,
    /// Somebody has to repair it.
    Broken,
}

/// A window by its length and the end of its current run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its length.
    pub seconds: i64,
    /// Its reset.
    pub resets_at: Instant,
}

/// Percent above the threshold from which a window is not nearly used up any more.
const HYSTERESIS: i64 = 500;

/// Windows of a profile of which it is told that they will be empty too soon.
const MOST_RUNS: usize = 2;

/// Expiries of banked resets that are kept.
const MOST_BANKED: usize = 4;

/// Agents that are kept.
const MOST_AGENTS: usize = 50;

/// Bytes that the host's memory takes.
const MOST_BYTES: usize = 64 << 10;

const VERSION: u32 = 1;

/// The state that was told last, of all agents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told(Vec<ToldAgent>);

#[derive(Serialize, Deserialize)]
struct Blob<T> {
    version: u32,
    agents: T,
}

/// The state that was told last of one agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct ToldAgent {
    key: String,
    checked_at: Instant,
    #[serde(default, skip_serializing_if = "Not::not")]
    all_out: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    all_out_at: Option<Instant>,
    profiles: Vec<ToldProfile>,
}

/// The state that was told last of one profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct ToldProfile {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    #[serde(skip_serializing_if = "Option::is_none")]
    said_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Not::not")]
    low: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    low_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    empty: Vec<Run>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unused: Option<Instant>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    banked: Vec<Instant>,
}

impl Told {
    /// Reads what [`Told::to_bytes`] wrote. Anything else is nothing.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let blob = serde_json::from_slice::<Blob<Vec<ToldAgent>>>(bytes).ok();
        let blob = blob.filter(|blob| blob.version == VERSION);
        Self(blob.map_or_else(Vec::new, |blob| blob.agents))
    }

    /// Writes it as it is kept, without the agents that were checked longest ago where not
    /// all of it fits, and of a single one without the profiles that rank last.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut agents = self.0.clone();
        loop {
            let blob = Blob { version: VERSION, agents: &agents };
            let bytes = serde_json::to_vec(&blob).unwrap_or_default();
            if bytes.len() <= MOST_BYTES {
                return bytes;
            }
            match agents.as_mut_slice() {
                [only] => {
                    let fewer = only.profiles.len() * MOST_BYTES / bytes.len();
                    only.profiles.truncate(fewer);
                }
                _ => drop(agents.pop()),
            }
        }
    }

    /// Compares what a check found of an agent's profiles, the best first, with what was
    /// told. Returns the changes to tell, and what is told once they are. Below `low_percent`
    /// a window is nearly used up.
    pub fn with(
        &self,
        agent: &str,
        found: &[Facts],
        low_percent: u8,
        now: Instant,
    ) -> (Self, Vec<Change>) {
        let old = self.0.iter().find(|old| old.key == agent);
        let mut new = ToldAgent {
            key: agent.to_owned(),
            checked_at: now,
            ..old.cloned().unwrap_or_default()
        };
        let mut changes = Vec::new();
        let mut seen = Vec::new();
        let low = i64::from(low_percent) * 100;
        new.profiles = Vec::with_capacity(found.len());
        for facts in found {
            let known = old.and_then(|old| old.profiles.iter().find(|each| each.key == facts.key));
            let mut profile = known.cloned().unwrap_or_default();
            profile.key.clone_from(&facts.key);
            let mut told = profile.update(facts, low, now);
            // Another label may have told it.
            told.retain(|change| {
                let what = (facts.quota_source, change.what());
                let is_new = matches!(change, Change::Broken(_)) || !seen.contains(&what);
                seen.push(what);
                is_new
            });
            changes.extend(told);
            new.profiles.push(profile);
        }
        let is_known = |old: &ToldAgent| old.profiles.iter().any(|each| each.state.is_some());
        let told = new.update_all_out(!old.is_some_and(is_known), found, now);
        changes.extend(told.then_some(Change::AllOut));
        changes.sort_by_key(|change| change.kind());
        let others = self.0.iter().filter(|other| other.key != agent);
        let agents = std::iter::once(new).chain(others.cloned());
        (Self(agents.take(MOST_AGENTS).collect()), changes)
    }
}

impl ToldAgent {
    /// Updates whether nobody is ready, and returns whether that is to be told.
    fn update_all_out(&mut self, is_first: bool, found: &[Facts], now: Instant) -> bool {
        if found.iter().all(|facts| facts.state.is_none()) {
            return false;
        }
        // Where this check says nothing, the last one that did still holds.
        let states = found.iter().zip(&self.profiles);
        let is_out = states
            .map(|(facts, told)| facts.state.or(told.state))
            .all(|state| matches!(state, Some(State::Out | State::Broken)));
        let is_told = is_out && !self.all_out && !is_first && !is_held(self.all_out_at, now);
        self.all_out = is_out && (self.all_out || is_first || is_told);
        if is_told {
            self.all_out_at = Some(now);
        }
        is_told
    }
}

impl ToldProfile {
    /// Updates what was told by what was found, and returns what of it is to be told.
    fn update(&mut self, facts: &Facts, low: i64, now: Instant) -> Vec<Change> {
        let Some(state) = facts.state else {
            return vec![];
        };
        let is_first = self.state.is_none();
        let mut told = Vec::new();
        if is_first || (self.state != Some(state) && !is_held(self.said_at, now)) {
            self.state = Some(state);
            told.extend(match state {
                State::Ready => Some(Change::Ready(facts.row)),
                State::Broken => Some(Change::Broken(facts.row)),
                State::Out => None,
            });
            if !is_first && !told.is_empty() {
                self.said_at = Some(now);
            }
        }
        if state == State::Ready {
            if let Some(left) = facts.left {
                let is_new = self.update_low(left, low, is_first, now);
                told.extend(is_new.then_some(Change::Low(facts.row)));
            }
            for run in facts.empty.iter().take(MOST_RUNS) {
                let is_new = self.update_run(*run);
                told.extend(is_new.then_some(Change::EmptySoon(facts.row, run.seconds)));
            }
        }
        if let Some(at) = facts.unused {
            let is_new = self.unused.is_none_or(|old| !is_same_reset(old, at));
            self.unused = Some(at);
            told.extend(is_new.then_some(Change::Unused(facts.row)));
        }
        if let Some(at) = facts.banked
            && !self.banked.iter().any(|old| is_same_reset(*old, at))
        {
            self.banked.insert(0, at);
            self.banked.truncate(MOST_BANKED);
            told.push(Change::Banked(facts.row));
        }
        if is_first { vec![] } else { told }
    }

    fn update_low(&mut self, left: Decimal, low: i64, is_first: bool, now: Instant) -> bool {
        let left = left.hundredths();
        let is_new = left < low && !self.low && !is_held(self.low_at, now);
        self.low = is_new || (self.low && left < low + HYSTERESIS);
        if is_new && !is_first {
            self.low_at = Some(now);
        }
        is_new
    }

    /// Updates the run of a window, and returns whether it is another than the one told.
    fn update_run(&mut self, run: Run) -> bool {
        let is_length = |old: &Run| is_about(old.seconds, run.seconds);
        let told = self.empty.iter().position(is_length);
        let told = told.map(|index| self.empty.remove(index));
        self.empty.insert(0, run);
        self.empty.truncate(MOST_RUNS);
        told.is_none_or(|old| !is_same_reset(old.resets_at, run.resets_at))
    }
}

/// Whether it was told less than an hour ago.
fn is_held(at: Option<Instant>, now: Instant) -> bool {
    at.is_some_and(|at| (0..HOUR).contains(&now.saturating_sub(at)))
}

#[cfg(test)]
mod tests;

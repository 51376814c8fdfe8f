//! History: how much of its long window each profile used on each of the last days, and
//! when that window was reset. A check adds at most one reading in three hours, and what
//! was used between two readings is shared out over the days between them.
//!
//! # The format
//!
//! JSON, version 1, at most 256 KiB, the profile that was read last first:
//!
//! ```json
//! {"version": 1, "profiles": [{
//!     "key": "0123456789abcdef", "seconds": 604800,
//!     "last": {"at": 1795372800, "used": 4200, "resets_at": 1795459200},
//!     "days": [{"day": 20779, "used": 1100}],
//!     "resets": [1794854400]
//! }]}
//! ```
//!
//! | Field | Meaning |
//! |---|---|
//! | `key` | the profile and its identity, hashed with the salt of the installation |
//! | `seconds` | the length of the window |
//! | `last` | the last reading: when it was made, and when the window was to be reset |
//! | `used` | hundredths of a percent: at the reading, or on that day |
//! | `days` | the last 28 days with readings, the oldest first |
//! | `day` | days since 1 January 1970 in the user's zone |
//! | `resets` | the last 12 resets, the oldest first |
//!
//! A blob of another version counts as empty, as one does that is corrupt.

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::pace::Daily;
use crate::profile::Profile;
use crate::readings::{Found, fitting, profile_key};
use crate::time::{DAY, HOUR, Instant, LATEST, Zone};
use crate::usage::{LONGEST_WINDOW, UsageSnapshot, WindowState, is_about, is_fresh, is_same_reset};

/// Days that are kept and shown.
pub const DAYS: i64 = 28;

/// Seconds between two readings that are kept, unless the window was reset.
const EVERY: i64 = 3 * HOUR;

/// Use over a longer time than this is not shared out over its days.
const LONGEST_GAP: i64 = 7 * DAY;

/// Days of use before today without which there is no average.
const FEWEST_DAYS: usize = 3;

/// A fall of the use by so many hundredths of a percent is a reset.
const FALL: i64 = 500;

/// Resets that are kept of a profile.
const MOST_RESETS: usize = 12;

/// Hundredths of a percent that one day can have used, however often the window was reset.
const MOST_A_DAY: i64 = 1_000_000;

/// Profiles that are kept.
const MOST: usize = 200;

/// Bytes that the host's memory takes.
const MOST_BYTES: usize = 256 << 10;

const VERSION: u32 = 1;

/// The history of all profiles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History(Vec<Past>);

#[derive(Serialize, Deserialize)]
struct Blob<T> {
    version: u32,
    profiles: T,
}

/// The history of one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    key: String,
    /// The length of its window.
    pub seconds: i64,
    /// The last reading.
    pub last: Last,
    days: Vec<Day>,
    resets: Vec<Instant>,
}

/// A reading of the long window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    at: Instant,
    used: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    resets_at: Option<Instant>,
}

/// The use of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Days since 1 January 1970.
    pub day: i64,
    /// Hundredths of a percent of the window.
    used: i64,
}

impl Day {
    /// Percent of the window.
    pub fn used(self) -> Decimal {
        Decimal::of_hundredths(self.used)
    }
}

impl History {
    /// Reads what [`History::to_bytes`] wrote. Anything else is nothing.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let blob = serde_json::from_slice::<Blob<Vec<Past>>>(bytes).ok();
        let mut profiles =
            blob.filter(|blob| blob.version == VERSION).map_or(vec![], |blob| blob.profiles);
        profiles.retain(Past::is_sane);
        Self(profiles)
    }

    /// Writes it as it is kept, without the profiles that were read longest ago where not
    /// all of them fit.
    pub fn to_bytes(&self) -> Vec<u8> {
        fitting(&self.0, MOST_BYTES, |profiles| {
            serde_json::to_vec(&Blob { version: VERSION, profiles }).unwrap_or_default()
        })
    }

    /// Adds what a check found. None where nothing of it is worth keeping.
    pub fn with<'a>(
        &self,
        found: impl Iterator<Item = Found<'a>>,
        salt: &str,
        zone: &Zone,
        now: Instant,
    ) -> Option<Self> {
        let past = |found: Found<'a>| {
            let (seconds, reading) = reading(found.usage?, now)?;
            let key = profile_key(found.profile, salt);
            let Some(old) = self.find(&key).filter(|old| is_about(old.seconds, seconds)) else {
                return Some(Past { key, seconds, last: reading, days: vec![], resets: vec![] });
            };
            let is_due = !(0..EVERY).contains(&(reading.at - old.last.at));
            (is_due || old.reset_before(reading).is_some())
                .then(|| old.clone().taking(reading, zone))
        };
        let mut new: Vec<Past> = found.take(MOST).filter_map(past).collect();
        if new.is_empty() {
            return None;
        }
        let is_old = |past: &&Past| new.iter().all(|new| new.key != past.key);
        let old: Vec<Past> = self.0.iter().filter(is_old).cloned().collect();
        new.extend(old);
        new.truncate(MOST);
        Some(Self(new))
    }

    /// The history of a profile, where there is one.
    pub fn of(&self, profile: &Profile, salt: &str) -> Option<&Past> {
        // The first check has none, and needs no keys.
        if self.0.is_empty() { None } else { self.find(&profile_key(profile, salt)) }
    }

    /// Takes the history of a profile out of this.
    pub fn remove(&mut self, profile: &Profile, salt: &str) -> Option<Past> {
        let key = profile_key(profile, salt);
        let place = self.0.iter().position(|past| past.key == key)?;
        Some(self.0.swap_remove(place))
    }

    fn find(&self, key: &str) -> Option<&Past> {
        self.0.iter().find(|past| past.key == key)
    }
}

impl Past {
    /// The days with readings among the last [`DAYS`], the oldest first.
    pub fn days(&self, zone: &Zone, now: Instant) -> Vec<Day> {
        let today = zone.civil(now).day();
        let is_shown = |day: &&Day| (today - DAYS + 1..=today).contains(&day.day);
        self.days.iter().filter(is_shown).copied().collect()
    }

    /// The resets within the last [`DAYS`], the oldest first.
    pub fn resets(&self, now: Instant) -> Vec<Instant> {
        let is_shown = |at: &&Instant| (0..=DAYS * DAY).contains(&(now - **at));
        self.resets.iter().filter(is_shown).copied().collect()
    }

    /// The average use of the days that were read from their beginning to their end.
    pub fn daily(&self, zone: &Zone, now: Instant) -> Option<Daily> {
        let today = zone.civil(now).day();
        let mut days = self.days(zone, now);
        days.retain(|day| day.day != today);
        // Of the first day the readings may only tell the end.
        let whole = days.get(1..).filter(|whole| whole.len() >= FEWEST_DAYS)?;
        let used: i64 = whole.iter().map(|day| day.used).sum();
        let used = Decimal::of_hundredths(used / whole.len() as i64);
        Some(Daily { window_seconds: self.seconds, used, days: whole.len() })
    }

    /// When the window is used up or, if that is not before its reset, what is left then:
    /// both by the average use of a day. None where its reset is past, or it is used up by now.
    pub fn forecast(&self, daily: &Daily, now: Instant) -> Option<Forecast> {
        let resets_at = self.last.resets_at.filter(|at| *at > now)?;
        let left = 10_000 - self.last.used;
        let used = daily.used.hundredths();
        let by_reset = used.saturating_mul(resets_at - self.last.at) / DAY;
        if left <= by_reset && used > 0 {
            let empty_at = self.last.at + left * DAY / used;
            return (empty_at > now).then_some(Forecast::EmptyAt(empty_at));
        }
        Some(Forecast::Left(Decimal::of_hundredths(left - by_reset), resets_at))
    }

    /// Whether checks could have left this behind.
    fn is_sane(&self) -> bool {
        let is_day = |day: &Day| {
            (0..=LATEST / DAY).contains(&day.day) && (0..=MOST_A_DAY).contains(&day.used)
        };
        (DAY..=LONGEST_WINDOW).contains(&self.seconds)
            && (0..=10_000).contains(&self.last.used)
            && self.days.iter().all(is_day)
    }

    /// The reset between the last reading and this one.
    fn reset_before(&self, reading: Last) -> Option<Instant> {
        let last = self.last;
        let due = last.resets_at.filter(|at| *at <= reading.at);
        let resets = last.resets_at.zip(reading.resets_at);
        let is_moved = resets.is_some_and(|(one, other)| !is_same_reset(one, other));
        let fell = last.used - reading.used;
        let is_early = fell >= FALL || (is_moved && fell > 0);
        let at = due.or_else(|| is_early.then_some(reading.at))?;
        // The new run of the window tells its own beginning, also after several resets.
        let began = reading.resets_at.map(|resets_at| resets_at - self.seconds);
        let began = began.filter(|began| (last.at..=reading.at).contains(began));
        Some(began.unwrap_or(at))
    }

    /// This with one more reading.
    fn taking(mut self, reading: Last, zone: &Zone) -> Self {
        let last = self.last;
        let reset_at = self.reset_before(reading);
        self.last = reading;
        if reading.at < last.at {
            // A clock jumped back: what was read in that future is of no day.
            let today = zone.civil(reading.at).day();
            self.days.retain(|day| day.day <= today);
            self.resets.retain(|at| *at <= reading.at);
            return self;
        }
        self.resets.extend(reset_at);
        let (from, used) = match reset_at {
            Some(at) => (at, reading.used),
            None => (last.at, (reading.used - last.used).max(0)),
        };
        if reading.at - from <= LONGEST_GAP {
            self.share_out(used, from, reading.at, zone);
        }
        keep_last(&mut self.resets, MOST_RESETS);
        keep_last(&mut self.days, DAYS as usize);
        self
    }

    /// Shares out what was used over the days from one instant to another, by their time.
    fn share_out(&mut self, used: i64, from: Instant, until: Instant, zone: &Zone) {
        let whole = until - from;
        let (mut at, mut shared) = (from, 0);
        loop {
            let civil = zone.civil(at);
            at = (at + civil.seconds_to_midnight()).min(until);
            let so_far = if at < until { used * (at - from) / whole } else { used };
            self.add(civil.day(), so_far - shared);
            shared = so_far;
            if at == until {
                return;
            }
        }
    }

    fn add(&mut self, day: i64, used: i64) {
        let place = self.days.partition_point(|each| each.day < day);
        match self.days.get_mut(place).filter(|each| each.day == day) {
            Some(known) => known.used = (known.used + used).min(MOST_A_DAY),
            None => self.days.insert(place, Day { day, used }),
        }
    }
}

fn keep_last<T>(list: &mut Vec<T>, most: usize) {
    list.drain(..list.len().saturating_sub(most));
}

/// The end of a window by the average use of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forecast {
    /// It is used up then, before its reset.
    EmptyAt(Instant),
    /// So many percent are left at the reset, which is then.
    Left(Decimal, Instant),
}

/// The length of the longest window of more than a day, and how much of it is used. A clock
/// that is not believed tells no day.
fn reading(usage: &UsageSnapshot, now: Instant) -> Option<(i64, Last)> {
    let windows = usage.windows().iter().filter(|window| window.length_seconds > Some(DAY));
    let window = windows.max_by_key(|window| window.length_seconds)?;
    let resets_at = match window.state {
        WindowState::Running | WindowState::Assumed => window.resets_at,
        WindowState::NotStarted => None,
        WindowState::Due | WindowState::Inconsistent => return None,
    };
    let used = window.remaining_percent()?.complement().hundredths();
    is_fresh(usage.as_of, now)
        .then_some((window.length_seconds?, Last { at: now, used, resets_at }))
}

#[cfg(test)]
mod tests;

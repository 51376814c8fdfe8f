//! Readings of the last checks, kept in the host's memory: a few numbers for each
//! profile, under a key that does not reveal which. And the changes since.
//!
//! # The format
//!
//! JSON, version 3, at most 64 KiB, the newest readings first:
//!
//! ```json
//! {"version": 3, "readings": [{
//!     "key": "0123456789abcdef",
//!     "sign_in": 4503599627370496,
//!     "checked_at": 1795372800,
//!     "resets": {"at": 1795372800, "counted": 2, "available": 2, "next_expires_at": 1795459200},
//!     "certain": {
//!         "at": 1795372800, "verdict": "usable", "low": true,
//!         "plan": 4503599627370496, "credits": 41250,
//!         "windows": [{"seconds": 18000, "used": 9500, "resets_at": 1795379400}]
//!     }
//! }]}
//! ```
//!
//! | Field | Meaning |
//! |---|---|
//! | `key` | the profile and its identity, hashed with the salt of the installation |
//! | `sign_in` | a number that changes with the stored sign-in; absent in readings of version 2 |
//! | `checked_at` | when it was last checked |
//! | `resets` | when the list of banked resets was last asked for, and how many the usage answer counted then; without `available`, it could not be read |
//! | `of_codex` | how many of them reset the limits of Codex; absent where all do |
//! | `failed_at` | when the list could not be read since; absent where that did not happen |
//! | `certain` | the last check that was conclusive; absent where none was |
//! | `verdict` | `usable`, `usable_at_cost`, `wait` or `broken` |
//! | `low` | a window was nearly used up; absent where not |
//! | `signed_out` | only signing in again helps; absent where not |
//! | `former` | found of a sign-in that was stored before; absent where not |
//! | `plan` | a number that is the same for the same plan |
//! | `credits` | paid credits left, in hundredths |
//! | `windows` | the windows whose length was reported; absent without an answer |
//! | `used` | hundredths of a percent |
//!
//! Instants are seconds since the Unix epoch, and what is not known is absent. The hosts
//! keep a blob only where it has these fields and no others, written without white space,
//! and whole numbers of at most 2⁵³ − 1: `host-test/policy.json` lists them for both. A blob
//! of another version counts as empty. Version 2, of codex-profiler 0.1.0, is still read by
//! `version_2`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::profile::{Access, Profile, ProfileId, SignIns};
use crate::rotation::Tier;
use crate::time::{Instant, LATEST};
use crate::usage::{UsageSnapshot, Verdict, is_fresh};

mod certain;
mod key;
mod resets;
mod version_2;

pub use certain::{Certain, Difference, KnownWindow};
use key::{KEY_LENGTH, key, sign_in};
pub use key::{hashed, key as profile_key};
use resets::KnownResets;
pub use resets::Unreadable;

/// The version of the format that is written.
const VERSION: u32 = 3;

/// Readings kept at most, the newest first.
const MOST: usize = 200;

/// Bytes that the host's memory takes.
const MOST_BYTES: usize = 64 << 10;

/// The findings of the checks of one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in: Option<u64>,
    /// When it was last checked.
    pub checked_at: Instant,
    /// The list of banked resets.
    #[serde(skip_serializing_if = "Option::is_none")]
    resets: Option<KnownResets>,
    /// The last check that was conclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certain: Option<Certain>,
}

/// The findings of a check that has just been made.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The checked profile.
    pub profile: &'a Profile,
    /// The conclusion.
    pub verdict: Verdict,
    /// Whether only signing in again helps.
    pub is_signed_out: bool,
    /// The answer, where there is one and it is about this profile.
    pub usage: Option<&'a UsageSnapshot>,
}

/// The blob as it is kept.
#[derive(Serialize, Deserialize)]
struct Blob<T> {
    version: u32,
    readings: T,
}

/// The readings of one user's memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readings(Vec<Reading>);

impl Readings {
    /// Reads what [`Readings::to_bytes`] wrote, or version 2 did. Anything else is no
    /// readings.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let blob = || serde_json::from_slice::<Blob<Vec<Reading>>>(bytes).ok();
        let readings = || Some(blob().filter(|blob| blob.version == VERSION)?.readings);
        let mut readings = version_2::read(bytes).or_else(readings).unwrap_or_default();
        readings.retain(Reading::is_sane);
        readings.truncate(MOST);
        Self(readings)
    }

    /// The readings as they are kept, without the oldest where not all of them fit.
    pub fn to_bytes(&self) -> Vec<u8> {
        fitting(&self.0, MOST_BYTES, |readings| {
            serde_json::to_vec(&Blob { version: VERSION, readings }).unwrap_or_default()
        })
    }

    /// These with what was just found, in place of what was known of those profiles.
    pub fn with<'a>(
        &self,
        found: impl Iterator<Item = Found<'a>>,
        salt: &str,
        now: Instant,
    ) -> Self {
        let reading = |found: Found<'a>| {
            let key = key(found.profile, salt);
            let sign_in = sign_in(found.profile, salt);
            let old = self.find(&key);
            let before = || {
                let mut certain = old?.certain.clone()?;
                certain.is_former |= !old?.is_of(sign_in);
                Some(certain)
            };
            let resets = old.and_then(|old| old.resets);
            Reading {
                key,
                sign_in: Some(sign_in),
                checked_at: now,
                resets: KnownResets::of(&found, resets, now).or(resets),
                certain: Certain::of(&found, now).or_else(before),
            }
        };
        let mut new: Vec<Reading> = found.take(MOST).map(reading).collect();
        let is_old = |old: &&Reading| new.iter().all(|new| new.key != old.key);
        let old: Vec<Reading> = self.0.iter().filter(is_old).cloned().collect();
        new.extend(old);
        new.truncate(MOST);
        Self(new)
    }

    /// The reading of a profile, however old.
    pub fn of(&self, profile: &Profile, salt: &str) -> Option<&Reading> {
        // The first check has none, and needs no keys.
        if self.0.is_empty() { None } else { self.find(&key(profile, salt)) }
    }

    fn find(&self, key: &str) -> Option<&Reading> {
        self.0.iter().find(|reading| reading.key == key)
    }

    /// Finds the reading of each of these sign-ins. A reading from the future is left out: a
    /// clock jumped.
    pub fn known(&self, sign_ins: &SignIns, salt: &str, now: Instant) -> Known {
        let reading = |profile: &Profile| {
            let reading = self.of(profile, salt)?.current(profile, salt)?;
            (reading.checked_at <= now).then(|| (profile.id.clone(), reading))
        };
        Known { readings: sign_ins.profiles.iter().filter_map(reading).collect(), now }
    }
}

/// The findings of earlier checks about the sign-ins that are stored now.
#[derive(Debug, Default)]
pub struct Known {
    readings: BTreeMap<ProfileId, Reading>,
    now: Instant,
}

impl Known {
    /// The last reading of a profile, however old.
    pub fn of(&self, id: &ProfileId) -> Option<&Reading> {
        self.readings.get(id)
    }

    /// The verdict that still holds: that of a moment ago, and that of the last check where
    /// the profile was found broken.
    pub fn verdict(&self, id: &ProfileId) -> Option<Verdict> {
        let reading = self.of(id)?;
        if reading.is_signed_out() {
            return Some(Verdict::Broken);
        }
        let certain = reading.certain.as_ref().map(|certain| certain.verdict);
        let holds = certain == Some(Verdict::Broken) || is_fresh(reading.checked_at, self.now);
        holds.then(|| reading.verdict())
    }

    /// Concludes from the store, the gateway's pause and the last check together.
    pub fn tier(&self, profile: &Profile) -> Tier {
        let certain = || self.of(&profile.id)?.certain.as_ref();
        match self.verdict(&profile.id) {
            Some(Verdict::Broken) => Tier::Broken,
            _ if !profile.is_usable() => Tier::Broken,
            // The gateway's next use will tell.
            _ if profile.access != Access::Ready => Tier::Unknown,
            _ if profile.cooldown_at(self.now).is_some() => Tier::Wait,
            Some(Verdict::Unknown) => Tier::Unknown,
            Some(_) => certain().map_or(Tier::Ready, Certain::tier),
            None => Tier::Ready,
        }
    }

    /// Whether the gateway could use what is stored under this id, by the store and by
    /// what a check found.
    pub fn is_usable(&self, sign_ins: &SignIns, id: &ProfileId) -> bool {
        sign_ins.is_usable(id) && self.verdict(id) != Some(Verdict::Broken)
    }
}

impl Reading {
    /// Returns the verdict of the last check.
    pub fn verdict(&self) -> Verdict {
        let certain = self.certain.as_ref();
        let last = certain.filter(|certain| certain.at == self.checked_at);
        last.map_or(Verdict::Unknown, |certain| certain.verdict)
    }

    /// This reading without the findings of another sign-in than the stored one; none where
    /// all of it is of another.
    pub fn current(&self, profile: &Profile, salt: &str) -> Option<Self> {
        let mut reading = self.is_of(sign_in(profile, salt)).then(|| self.clone())?;
        reading.certain = reading.certain.filter(|certain| !certain.is_former);
        Some(reading)
    }

    fn is_of(&self, sign_in: u64) -> bool {
        self.sign_in.is_none_or(|of| of == sign_in)
    }

    /// Whether nothing but signing in again helps.
    pub fn is_signed_out(&self) -> bool {
        let certain = self.certain.as_ref();
        certain.is_some_and(|certain| certain.is_signed_out)
    }

    /// Whether a check could have left this behind.
    fn is_sane(&self) -> bool {
        let (resets, certain) = (self.resets.as_ref(), self.certain.as_ref());
        let of_resets =
            resets.map(|resets| [Some(resets.at), resets.next_expires_at, resets.failed_at]);
        let instants = of_resets.into_iter().flatten().flatten().chain(certain.map(|one| one.at));
        let mut windows = certain.into_iter().flat_map(|certain| certain.windows.iter().flatten());
        self.key.len() == KEY_LENGTH
            && instants.chain([self.checked_at]).all(|at| (0..=LATEST).contains(&at))
            && certain.is_none_or(|certain| certain.verdict != Verdict::Unknown)
            && windows.all(KnownWindow::is_sane)
    }
}

/// As many of these, from the first on, as are written in so many bytes.
pub fn fitting<T>(mut these: &[T], most_bytes: usize, write: impl Fn(&[T]) -> Vec<u8>) -> Vec<u8> {
    loop {
        let bytes = write(these);
        if bytes.len() <= most_bytes {
            return bytes;
        }
        these = &these[..these.len() * most_bytes / bytes.len()];
    }
}

#[cfg(test)]
mod tests;

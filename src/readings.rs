//! What the last checks found, kept in the host's memory: a few numbers for each
//! profile, under a key that tells nobody which. And what has changed since.
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
//! Instants are seconds since the Unix epoch, and what is not known is absent. Unknown
//! fields are ignored; a blob of another version counts as empty. Version 2, of
//! codex-profiler 0.1.0, is still read by `version_2`.

use std::collections::BTreeMap;
use std::ops::Not;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use crate::decimal::Decimal;
use crate::profile::{Access, Profile, ProfileId, SignIns};
use crate::rotation;
use crate::time::{HOUR, Instant, LATEST};
use crate::usage::{
    LONGEST_WINDOW, ResetList, ResetSource, UsageError, UsageSnapshot, UsageWindow, Verdict,
    WindowState, is_about, is_fresh,
};

mod version_2;

/// The version of the format that is written.
const VERSION: u32 = 3;

/// Readings kept at most, the newest first.
const MOST: usize = 200;

/// Bytes that the host's memory takes.
const MOST_BYTES: usize = 64 << 10;

/// Windows kept of one reading.
const MOST_WINDOWS: usize = 6;

/// Seconds before a list of banked resets is asked for again.
const LIST_SECONDS: i64 = 6 * HOUR;

/// Seconds before a list that could not be read is asked for again.
const UNREADABLE_SECONDS: i64 = HOUR / 4;

/// Resets that are reported this many seconds apart have not moved.
const SAME_RESET: u64 = 10 * 60;

/// What the checks of one profile found.
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

/// The outcome of asking for a list of banked resets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct KnownResets {
    at: Instant,
    counted: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_expires_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of_codex: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed_at: Option<Instant>,
}

/// The list of banked resets could not be read a moment ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// A verdict that was not [`Verdict::Unknown`], and the numbers behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certain {
    /// When the check was made.
    pub at: Instant,
    /// Its conclusion.
    pub verdict: Verdict,
    /// Whether a window was nearly used up.
    #[serde(rename = "low", default, skip_serializing_if = "Not::not")]
    pub is_low: bool,
    /// Whether only signing in again helps.
    #[serde(rename = "signed_out", default, skip_serializing_if = "Not::not")]
    pub is_signed_out: bool,
    /// Whether it was found of a sign-in that was stored before.
    #[serde(rename = "former", default, skip_serializing_if = "Not::not")]
    is_former: bool,
    /// A number that is the same for the same plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<u64>,
    /// Paid credits left.
    #[serde(default, with = "hundredths", skip_serializing_if = "Option::is_none")]
    credits: Option<Decimal>,
    /// The windows whose length was reported, where the endpoint answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows: Option<Vec<KnownWindow>>,
}

/// One window of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownWindow {
    /// Its length.
    #[serde(rename = "seconds")]
    pub length_seconds: i64,
    /// 0 to 100.
    #[serde(
        rename = "used",
        default,
        with = "hundredths",
        skip_serializing_if = "Option::is_none"
    )]
    pub used_percent: Option<Decimal>,
    /// When it resets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resets_at: Option<Instant>,
}

/// What a check has just found of a profile.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The checked profile.
    pub profile: &'a Profile,
    /// What was concluded.
    pub verdict: Verdict,
    /// Whether only signing in again helps.
    pub is_signed_out: bool,
    /// The answer, where there is one and it is about this profile.
    pub usage: Option<&'a UsageSnapshot>,
}

/// One thing that is otherwise than it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is usable and was not.
    UsableAgain,
    /// The plan is another.
    Plan,
    /// The window of this length began anew before its reset.
    ResetEarly(i64),
    /// The reset of the window of this length moved by so many seconds.
    ResetMoved(i64, i64),
    /// A window of this length was not reported before.
    WindowAppeared(i64),
    /// The window of this length is not reported any more.
    WindowVanished(i64),
    /// Paid credits dropped from so many to so many.
    CreditsDropped(Decimal, Decimal),
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
        let mut readings = match version_2::read(bytes) {
            Some(readings) => readings,
            None => match serde_json::from_slice::<Blob<Vec<Reading>>>(bytes) {
                Ok(blob) if blob.version == VERSION => blob.readings,
                Ok(_) | Err(_) => Vec::new(),
            },
        };
        readings.retain(Reading::is_sane);
        readings.truncate(MOST);
        Self(readings)
    }

    /// The readings as they are kept, without the oldest where not all of them fit.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut readings = self.0.as_slice();
        loop {
            let blob = Blob {
                version: VERSION,
                readings,
            };
            let bytes = serde_json::to_vec(&blob).unwrap_or_default();
            if bytes.len() <= MOST_BYTES {
                return bytes;
            }
            readings = &readings[..readings.len() * MOST_BYTES / bytes.len()];
        }
    }

    /// These with what was just found, in place of what was known of those profiles.
    pub fn with<'a>(
        &self,
        found: impl Iterator<Item = Found<'a>>,
        salt: &str,
        now: Instant,
    ) -> Self {
        let mut readings: Vec<Reading> = Vec::new();
        for found in found.take(MOST) {
            let sign_in = sign_in(found.profile, salt);
            let before = || {
                let reading = self.of(found.profile, salt)?;
                let mut certain = reading.certain.clone()?;
                certain.is_former |= !reading.is_of(sign_in);
                Some(certain)
            };
            let resets = self.of(found.profile, salt).and_then(|old| old.resets);
            readings.push(Reading {
                key: key(found.profile, salt),
                sign_in: Some(sign_in),
                checked_at: now,
                resets: KnownResets::of(&found, resets, now).or(resets),
                certain: Certain::of(&found, now).or_else(before),
            });
        }
        for old in &self.0 {
            let is_known = readings.iter().any(|new| new.key == old.key);
            if readings.len() < MOST && !is_known {
                readings.push(old.clone());
            }
        }
        Self(readings)
    }

    /// The reading of a profile, however old.
    pub fn of(&self, profile: &Profile, salt: &str) -> Option<&Reading> {
        let key = key(profile, salt);
        self.0.iter().find(|reading| reading.key == key)
    }

    /// The reading of a profile, unless it is of another sign-in than the stored one.
    pub fn current(&self, profile: &Profile, salt: &str) -> Option<Reading> {
        let sign_in = sign_in(profile, salt);
        let reading = self.of(profile, salt).filter(|one| one.is_of(sign_in))?;
        let mut reading = reading.clone();
        reading.certain = reading.certain.filter(|certain| !certain.is_former);
        Some(reading)
    }

    /// What is known of each of these sign-ins. A reading from the future is left out: a
    /// clock jumped.
    pub fn known(&self, sign_ins: &SignIns, salt: &str, now: Instant) -> Known {
        let reading = |profile: &Profile| {
            let reading = self.current(profile, salt)?;
            (reading.checked_at <= now).then(|| (profile.id.clone(), reading))
        };
        Known {
            readings: sign_ins.profiles.iter().filter_map(reading).collect(),
            now,
        }
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
        let certain = reading.certain.as_ref();
        let is_broken = certain.is_some_and(|certain| certain.verdict == Verdict::Broken);
        (is_broken || is_fresh(reading.checked_at, self.now)).then(|| reading.verdict())
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

    /// The list of banked resets, where it was asked for lately and the usage answer still
    /// counts as many.
    pub fn reset_list(&self, counted: u64, now: Instant) -> Option<Result<ResetList, Unreadable>> {
        let resets = self.resets.filter(|resets| resets.counted == counted)?;
        let asked_at = resets.failed_at.unwrap_or(resets.at);
        let age = now.checked_sub(asked_at).filter(|age| *age >= 0)?;
        match resets.available.filter(|_| resets.failed_at.is_none()) {
            Some(available) => {
                let has_expired = resets.next_expires_at.is_some_and(|at| at <= now);
                let list = ResetList {
                    available,
                    next_expires_at: resets.next_expires_at,
                    of_codex: resets.of_codex,
                };
                (age < LIST_SECONDS && !has_expired).then_some(Ok(list))
            }
            None => (age < UNREADABLE_SECONDS).then_some(Err(Unreadable)),
        }
    }

    /// The list that was read last, however long ago, while its first expiry lies ahead and
    /// the usage answer still counts as many.
    pub fn last_reset_list(&self, counted: u64, now: Instant) -> Option<ResetList> {
        self.resets?.last_list(counted, now)
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
        let is_instant = |at: Instant| (0..=LATEST).contains(&at);
        self.key.len() == KEY_LENGTH
            && is_instant(self.checked_at)
            && self.resets.is_none_or(|resets| {
                is_instant(resets.at)
                    && resets.next_expires_at.is_none_or(is_instant)
                    && resets.failed_at.is_none_or(is_instant)
            })
            && self.certain.as_ref().is_none_or(|certain| {
                let mut windows = certain.windows.iter().flatten();
                certain.verdict != Verdict::Unknown
                    && is_instant(certain.at)
                    && windows.all(KnownWindow::is_sane)
            })
    }
}

impl KnownResets {
    /// What a check has just been told, where it asked. A failure leaves the list that was
    /// known `before`.
    fn of(found: &Found<'_>, before: Option<Self>, now: Instant) -> Option<Self> {
        let banked = found.usage?.reset_credits?;
        let (available, next_expires_at, of_codex) = match banked.list {
            ResetSource::Endpoint => (
                Some(banked.available),
                banked.next_expires_at,
                banked.of_codex,
            ),
            ResetSource::Failed(code) if code != UsageError::NotChecked.code() => {
                let known = before.filter(|old| old.last_list(banked.counted, now).is_some());
                if let Some(known) = known {
                    let failed_at = Some(now);
                    return Some(Self { failed_at, ..known });
                }
                (None, None, None)
            }
            ResetSource::Unread
            | ResetSource::UsageAnswer
            | ResetSource::Kept
            | ResetSource::Failed(_) => return None,
        };
        Some(Self {
            at: now,
            counted: banked.counted,
            available,
            next_expires_at,
            of_codex,
            failed_at: None,
        })
    }

    fn last_list(&self, counted: u64, now: Instant) -> Option<ResetList> {
        let is_ahead = self.at <= now && self.next_expires_at.is_some_and(|at| at > now);
        let available = self
            .available
            .filter(|_| is_ahead && self.counted == counted)?;
        Some(ResetList {
            available,
            next_expires_at: self.next_expires_at,
            of_codex: self.of_codex,
        })
    }
}

impl KnownWindow {
    fn is_sane(&self) -> bool {
        let is_percent = |used: Decimal| (Decimal::ZERO..=Decimal::HUNDRED).contains(&used);
        // What no window of an answer is long, could not be told either.
        (1..=LONGEST_WINDOW).contains(&self.length_seconds)
            && self.used_percent.is_none_or(is_percent)
            && self.resets_at.is_none_or(|at| (1..=LATEST).contains(&at))
    }
}

impl Certain {
    /// What was found for certain.
    fn of(found: &Found<'_>, now: Instant) -> Option<Self> {
        let plan = found.usage.and_then(|usage| usage.plan.as_ref());
        let credits = found.usage.and_then(|usage| usage.credits.as_ref());
        let metered = credits.filter(|credits| !credits.unlimited);
        let balance = metered.and_then(|credits| credits.balance.as_ref());
        (found.verdict != Verdict::Unknown).then(|| Self {
            at: now,
            verdict: found.verdict,
            is_low: found.usage.is_some_and(rotation::is_low),
            is_signed_out: found.is_signed_out,
            is_former: false,
            plan: plan.map(|plan| number(&[&plan.name])),
            credits: balance.map(|balance| balance.value),
            windows: found.usage.map(known_windows),
        })
    }

    /// What was found otherwise. Nothing where that is nothing certain, or where this
    /// is from the future: a clock jumped.
    pub fn changes(&self, found: &Found<'_>, now: Instant) -> Vec<Change> {
        let mut changes = Vec::new();
        let Some(new) = Self::of(found, now).filter(|_| self.at <= now) else {
            return changes;
        };
        if new.verdict == Verdict::Usable && self.verdict != Verdict::Usable {
            changes.push(Change::UsableAgain);
        }
        if self.plan.is_some() && new.plan.is_some() && self.plan != new.plan {
            changes.push(Change::Plan);
        }
        if let (Some(old), Some(usage)) = (&self.windows, found.usage) {
            compare_windows(old, usage.windows(), now, &mut changes);
        }
        if let (Some(was), Some(is)) = (self.credits, new.credits)
            && is < was
        {
            changes.push(Change::CreditsDropped(was, is));
        }
        changes
    }
}

fn known_windows(usage: &UsageSnapshot) -> Vec<KnownWindow> {
    let known = |window: &UsageWindow| {
        // The reset of a clock that does not run moves by itself.
        let runs = window.state == WindowState::Running;
        Some(KnownWindow {
            length_seconds: reported_length(window)?,
            used_percent: window.remaining_percent().map(Decimal::complement),
            resets_at: window.resets_at.filter(|_| runs),
        })
    };
    let windows = usage.windows().iter().filter_map(known);
    windows.take(MOST_WINDOWS).collect()
}

fn reported_length(window: &UsageWindow) -> Option<i64> {
    window.length_seconds.filter(|_| !window.is_assumed)
}

fn compare_windows(
    old: &[KnownWindow],
    new: &[UsageWindow],
    now: Instant,
    changes: &mut Vec<Change>,
) {
    let reported = |window| Some((window, reported_length(window)?));
    // Of more than these nobody knows whether they were there.
    for (window, length) in new.iter().filter_map(reported).take(MOST_WINDOWS) {
        let is_same = |old: &&KnownWindow| is_about(length, old.length_seconds);
        let before: Vec<&KnownWindow> = old.iter().filter(is_same).collect();
        if before.is_empty() {
            changes.push(Change::WindowAppeared(length));
        }
        let Some(is) = window.recovery_at() else {
            continue;
        };
        // Any of one length may be this one, so the least that explains it is told. And
        // what has passed since has only come round.
        let moved_from = |was: &KnownWindow| was.resets_at.filter(|at| *at > now);
        let moves = before
            .iter()
            .map(|was| Some((is - moved_from(was)?, was.used_percent)));
        let moves: Option<Vec<(i64, Option<Decimal>)>> = moves.collect();
        let least = moves.and_then(|moves| moves.into_iter().min_by_key(|(by, _)| by.abs()));
        if let Some((by, used)) = least.filter(|(by, _)| by.unsigned_abs() >= SAME_RESET) {
            // What is used of a window only grows, until it begins anew.
            let is_new = window.used_percent < used && by > 0;
            changes.push(match is_new {
                true => Change::ResetEarly(length),
                false => Change::ResetMoved(length, by),
            });
        }
    }
    for before in old {
        let length = before.length_seconds;
        let is_same =
            |new: &UsageWindow| new.length_seconds.is_some_and(|new| is_about(new, length));
        if !new.iter().any(is_same) {
            changes.push(Change::WindowVanished(length));
        }
    }
}

/// Hex digits of a key.
const KEY_LENGTH: usize = 16;

/// Sixteen hex digits that only this installation can tie to a profile, and to whom it
/// signs in: another account under the same label has no past.
fn key(profile: &Profile, salt: &str) -> String {
    let identity = &profile.identity;
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let (account, user) = (part(&identity.account_id), part(&identity.user_id));
    let hash = siphash(&[salt, profile.id.as_str(), &account, &user]);
    format!("{hash:016x}")
}

/// A number that is another once somebody has signed in again, or the gateway has
/// refreshed or replaced the credential. A token that expires is still the same.
fn sign_in(profile: &Profile, salt: &str) -> u64 {
    let token = match profile.access {
        Access::Ready | Access::Expired => "stored",
        Access::Fenced => "fenced",
        Access::Missing => "missing",
    };
    let expiry = profile.expires_at.map(|at| at.to_string());
    let refresh = if profile.has_refresh { "refresh" } else { "" };
    number(&[salt, token, &expiry.unwrap_or_default(), refresh])
}

/// A hash that every reader of JSON takes for a whole number.
fn number(parts: &[&str]) -> u64 {
    siphash(parts) >> 11
}

/// SipHash-1-3 without a key: the same in every build, since its results are kept.
fn siphash(parts: &[&str]) -> u64 {
    SipHasher13::new().hash(parts.join("\n").as_bytes())
}

/// A decimal number, kept in hundredths.
mod hundredths {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::decimal::Decimal;

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Decimal>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Decimal::hundredths).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Decimal>, D::Error> {
        let hundredths = Option::<i64>::deserialize(deserializer)?;
        Ok(hundredths.map(Decimal::of_hundredths))
    }
}

#[cfg(test)]
mod tests;

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
//! Instants are seconds since the Unix epoch, and what is not known is absent. The hosts
//! keep a blob only where it has these fields and no others, written without white space,
//! and whole numbers of at most 2⁵³ − 1: `host-test/policy.json` lists them for both. A blob
//! of another version counts as empty. Version 2, of codex-profiler 0.1.0, is still read by
//! `version_2`.

use std::collections::BTreeMap;
use std::ops::Not;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use crate::clock::{HOUR, Instant, LATEST};
use crate::decimal::Decimal;
use crate::profile::{Access, Profile, ProfileId, SignIns};
use crate::rotation;
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
        if banked.counted.max(banked.available) > LARGEST {
            return None;
        }
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
            credits: balance.map(|balance| balance.value).filter(is_exact),
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

/// The largest whole number that every reader of JSON takes as it is.
const LARGEST: u64 = (1 << 53) - 1;

fn is_exact(value: &Decimal) -> bool {
    value.hundredths().unsigned_abs() <= LARGEST
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
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::clock::{DAY, HOUR};
    use crate::profile::tests::{profile, sign_ins};
    use crate::rotation::tests::Dice;
    use crate::usage::tests::answer;
    use crate::usage::{Answer, read_response};

    const NOW: Instant = 1_795_372_800;

    fn found<'a>(
        profile: &'a Profile,
        verdict: Verdict,
        usage: Option<&'a UsageSnapshot>,
    ) -> Found<'a> {
        Found {
            profile,
            verdict,
            is_signed_out: false,
            usage,
        }
    }

    fn with(readings: &Readings, name: &str, verdict: Verdict, now: Instant) -> Readings {
        let id = profile(name);
        readings.with(std::iter::once(found(&id, verdict, None)), "salt", now)
    }

    fn known(readings: &Readings, profile: &Profile, now: Instant) -> Known {
        let mut sign_ins = sign_ins(&[]);
        sign_ins.profiles.push(profile.clone());
        readings.known(&sign_ins, "salt", now)
    }

    fn verdict(readings: &Readings, name: &str, now: Instant) -> Option<Verdict> {
        let profile = profile(name);
        known(readings, &profile, now).verdict(&profile.id)
    }

    fn usage(body: Value, received_at: Instant) -> UsageSnapshot {
        let answer = Answer {
            received_at,
            ..answer(200, &body)
        };
        read_response(&answer).expect("a usage")
    }

    fn window(used: i64, length: i64, reset_at: Instant) -> Value {
        json!({ "used_percent": used, "limit_window_seconds": length, "reset_at": reset_at })
    }

    fn of_windows(windows: &[Value], received_at: Instant) -> UsageSnapshot {
        let mut quota = json!({ "allowed": true });
        for (index, window) in windows.iter().enumerate() {
            quota[format!("w{index}_window")] = window.clone();
        }
        usage(json!({ "rate_limit": quota }), received_at)
    }

    /// What `new` says otherwise than `old`, an hour later, by way of what is kept.
    fn changes(old: &UsageSnapshot, new: &UsageSnapshot) -> Vec<Change> {
        changed_verdict(
            (Verdict::Usable, Some(old)),
            (Verdict::Usable, Some(new)),
            NOW + HOUR,
        )
    }

    fn changed_verdict(
        old: (Verdict, Option<&UsageSnapshot>),
        new: (Verdict, Option<&UsageSnapshot>),
        now: Instant,
    ) -> Vec<Change> {
        let id = profile("a");
        let before = found(&id, old.0, old.1);
        let readings = Readings::default().with(std::iter::once(before), "salt", NOW);
        let readings = Readings::from_bytes(&readings.to_bytes());
        let certain = readings
            .of(&id, "salt")
            .and_then(|past| past.certain.as_ref());
        certain.map_or(vec![], |past| past.changes(&found(&id, new.0, new.1), now))
    }

    #[test]
    fn a_reading_speaks_for_a_quarter_of_an_hour() {
        let readings = with(&Readings::default(), "a", Verdict::Usable, NOW);
        let readings = with(&readings, "b", Verdict::Wait, NOW);
        let readings = with(&readings, "a", Verdict::Broken, NOW + 10);
        let readings = Readings::from_bytes(&readings.to_bytes());
        assert_eq!(verdict(&readings, "a", NOW + 10), Some(Verdict::Broken));
        assert_eq!(verdict(&readings, "b", NOW + 900), Some(Verdict::Wait));
        assert_eq!(verdict(&readings, "b", NOW + 901), None);
        assert_eq!(verdict(&readings, "a", NOW), None);
        assert_eq!(verdict(&readings, "c", NOW), None);
        assert_eq!(readings.of(&profile("a"), "other salt"), None);
    }

    #[test]
    fn a_reading_is_of_the_sign_in_that_was_stored_then() {
        let work = profile("work");
        let revoked = Found {
            is_signed_out: true,
            ..found(&work, Verdict::Broken, None)
        };
        let readings = Readings::default().with(std::iter::once(revoked), "salt", NOW);
        let broken = |profile: &Profile, now| {
            known(&readings, profile, now).verdict(&profile.id) == Some(Verdict::Broken)
        };
        // However long ago: nothing but signing in again helps.
        assert!(broken(&work, NOW) && broken(&work, NOW + 30 * DAY));
        assert!(!broken(&work, NOW - 1));
        let changed = |change: fn(&mut Profile)| {
            let mut work = work.clone();
            change(&mut work);
            work
        };
        // A token that expires is still the same.
        assert!(broken(&changed(|it| it.access = Access::Expired), NOW));
        for other in [
            changed(|it| it.expires_at = Some(NOW + 10 * DAY)),
            changed(|it| it.has_refresh = false),
            changed(|it| it.access = Access::Fenced),
            changed(|it| it.identity.user_id = Some("another".into())),
        ] {
            assert!(!broken(&other, NOW), "{other:?}");
        }
        // A check that says nothing of the new one brings the old one not back.
        let anew = changed(|it| it.expires_at = Some(NOW + 10 * DAY));
        let mut readings = readings.clone();
        for later in [1, 2] {
            let failed = found(&anew, Verdict::Unknown, None);
            readings = readings.with(std::iter::once(failed), "salt", NOW + later);
            readings = Readings::from_bytes(&readings.to_bytes());
            let known = known(&readings, &anew, NOW + later);
            assert_eq!(known.verdict(&anew.id), Some(Verdict::Unknown));
            let usable = found(&anew, Verdict::Usable, None);
            let past = readings.of(&anew, "salt").expect("a reading");
            let certain = past.certain.as_ref().expect("what was before");
            assert_eq!(certain.changes(&usable, NOW + 9), [Change::UsableAgain]);
        }
    }

    #[test]
    fn what_is_kept_names_nobody() {
        let mail = "openai:canary@example.invalid";
        let body = json!({
            "email": "canary@example.invalid",
            "account_id": "canary",
            "plan_type": "canary",
            "rate_limit": { "allowed": true, "primary_window": window(5, DAY, NOW + HOUR) },
        });
        let (id, usage) = (profile(mail), usage(body, NOW));
        let found = found(&id, Verdict::Usable, Some(&usage));
        let readings = Readings::default().with(std::iter::once(found), "salt", NOW);
        let kept = String::from_utf8(readings.to_bytes()).expect("text");
        assert!(!kept.contains("canary"), "{kept}");
    }

    /// `count` profiles with these windows and as much else as there can be.
    fn crowd(name: &str, count: usize, windows: &[Value]) -> Vec<(Profile, UsageSnapshot)> {
        let mut usage = of_windows(windows, NOW);
        usage.credits = usage_of_credits("123456789.25").credits;
        usage.plan = usage_of_plan("plus").plan;
        let one = |number| (profile(&format!("{name} {number}")), usage.clone());
        (0..count).map(one).collect()
    }

    fn with_crowd(readings: &Readings, crowd: &[(Profile, UsageSnapshot)]) -> Readings {
        let found = crowd
            .iter()
            .map(|(profile, usage)| found(profile, Verdict::Usable, Some(usage)));
        readings.with(found, "salt", NOW)
    }

    #[test]
    fn the_newest_two_hundred_are_kept_and_fit() {
        let windows = [window(99, DAY, NOW + HOUR), window(99, 7 * DAY, NOW + DAY)];
        let (old, new) = (crowd("old", 150, &windows), crowd("new", 150, &windows));
        let readings = with_crowd(&with_crowd(&Readings::default(), &old), &new);
        assert_eq!(readings.0.len(), 200);
        for (profile, _) in &new {
            assert!(readings.of(profile, "salt").is_some());
        }
        let bytes = readings.to_bytes();
        assert!(bytes.len() <= MOST_BYTES, "{}", bytes.len());
        assert_eq!(Readings::from_bytes(&bytes), readings);
    }

    #[test]
    fn where_not_all_readings_fit_the_oldest_go() {
        let windows: Vec<Value> = (1..=8)
            .map(|days| window(99, days * DAY, NOW + days * DAY - 1))
            .collect();
        let readings = with_crowd(&Readings::default(), &crowd("a", 200, &windows));
        let bytes = readings.to_bytes();
        assert!(bytes.len() <= MOST_BYTES, "{}", bytes.len());
        let kept = Readings::from_bytes(&bytes).0;
        assert!(kept.len() > 100, "{}", kept.len());
        assert_eq!(kept, readings.0[..kept.len()]);
    }

    fn usage_of_credits(balance: &str) -> UsageSnapshot {
        usage(
            json!({
                "rate_limit": { "allowed": true },
                "credits": { "has_credits": true, "balance": balance },
            }),
            NOW,
        )
    }

    fn usage_of_plan(plan: &str) -> UsageSnapshot {
        let quota = json!({ "allowed": true });
        usage(json!({ "plan_type": plan, "rate_limit": quota }), NOW)
    }

    /// A blob of one reading.
    fn blob() -> Value {
        json!({ "version": 3, "readings": [{
            "key": "0123456789abcdef",
            "sign_in": 7,
            "checked_at": NOW,
            "resets": { "at": NOW, "counted": 2, "available": 1, "next_expires_at": NOW + HOUR },
            "certain": {
                "at": NOW, "verdict": "usable", "low": true, "plan": 7, "credits": 41_250,
                "windows": [{ "seconds": 18_000, "used": 9500, "resets_at": NOW + HOUR }],
            },
        }]})
    }

    #[test]
    fn what_is_kept_has_the_documented_format() {
        let (work, spare) = (profile("work"), profile("spare"));
        let quota =
            json!({ "allowed": true, "primary_window": window(95, 5 * HOUR, NOW + 2 * HOUR) });
        let credits = json!({ "has_credits": true, "balance": "412.5" });
        let banked = json!({ "available_count": 2 });
        let mut usage = usage(
            json!({
                "plan_type": "plus", "rate_limit": quota, "credits": credits,
                "rate_limit_reset_credits": banked,
            }),
            NOW,
        );
        let banked = usage.reset_credits.as_mut().expect("banked resets");
        banked.take(Ok(ResetList {
            available: 1,
            next_expires_at: Some(NOW + HOUR),
            of_codex: None,
        }));
        let signed_out = Found {
            is_signed_out: true,
            ..found(&spare, Verdict::Broken, None)
        };
        let found = [found(&work, Verdict::Usable, Some(&usage)), signed_out];
        let readings = Readings::default().with(found.into_iter(), "salt", NOW);
        let kept: Value = serde_json::from_slice(&readings.to_bytes()).expect("JSON");
        let expected = json!({ "version": 3, "readings": [
            {
                "key": "7a09bff173cc560a", "sign_in": 5_735_369_873_115_367_u64, "checked_at": NOW,
                "resets": { "at": NOW, "counted": 2, "available": 1, "next_expires_at": NOW + HOUR },
                "certain": {
                    "at": NOW, "verdict": "usable", "low": true,
                    "plan": 8_527_445_431_150_624_u64, "credits": 41_250,
                    "windows": [{ "seconds": 18_000, "used": 9500, "resets_at": NOW + 2 * HOUR }],
                },
            },
            {
                "key": "abe555e0f015bfd1", "sign_in": 5_735_369_873_115_367_u64, "checked_at": NOW,
                "certain": { "at": NOW, "verdict": "broken", "signed_out": true },
            },
        ]});
        assert_eq!(kept, expected);
    }

    #[test]
    fn a_list_of_banked_resets_is_kept_for_six_hours() {
        let id = profile("work");
        let list = ResetList {
            available: 1,
            next_expires_at: Some(NOW + 9 * HOUR),
            of_codex: Some(0),
        };
        let with = |readings: &Readings, taken: Option<Result<ResetList, UsageError>>, now| {
            let body = json!({ "rate_limit_reset_credits": { "available_count": 2 } });
            let mut usage = usage(body, now);
            if let (Some(taken), Some(banked)) = (taken, &mut usage.reset_credits) {
                banked.take(taken);
            }
            let found = found(&id, Verdict::Usable, Some(&usage));
            let kept = readings.with(std::iter::once(found), "salt", now);
            Readings::from_bytes(&kept.to_bytes())
        };
        let kept = |readings: &Readings, counted: u64, now: Instant| {
            readings.of(&id, "salt")?.reset_list(counted, now)
        };
        let read = with(&Readings::default(), Some(Ok(list)), NOW);
        assert_eq!(kept(&read, 2, NOW + 6 * HOUR - 1), Some(Ok(list)));
        assert_eq!(kept(&read, 2, NOW + 6 * HOUR), None);
        assert_eq!(kept(&read, 2, NOW - 1), None, "a clock jumped");
        assert_eq!(kept(&read, 3, NOW), None, "one was earned since");
        // What did not ask leaves it as it is.
        for taken in [None, Some(Err(UsageError::NotChecked))] {
            let later = with(&read, taken, NOW + HOUR);
            assert_eq!(kept(&later, 2, NOW + 6 * HOUR - 1), Some(Ok(list)));
            assert_eq!(kept(&later, 2, NOW + 6 * HOUR), None);
        }
        let soon = ResetList {
            next_expires_at: Some(NOW + HOUR),
            ..list
        };
        let read = with(&read, Some(Ok(soon)), NOW);
        assert_eq!(kept(&read, 2, NOW + HOUR - 1), Some(Ok(soon)));
        assert_eq!(kept(&read, 2, NOW + HOUR), None, "one has expired since");
        let last = |readings: &Readings, counted: u64, now: Instant| {
            readings.of(&id, "salt")?.last_reset_list(counted, now)
        };
        let read = with(&read, Some(Ok(list)), NOW);
        for failed_at in [NOW + HOUR, NOW + 7 * HOUR] {
            let failed = with(&read, Some(Err(UsageError::Timeout)), failed_at);
            assert_eq!(kept(&failed, 2, failed_at + 899), Some(Err(Unreadable)));
            assert_eq!(kept(&failed, 2, failed_at + 900), None);
            assert_eq!(last(&failed, 2, failed_at + 900), Some(list));
            assert_eq!(last(&failed, 3, failed_at + 900), None);
            assert_eq!(last(&failed, 2, NOW + 9 * HOUR), None);
        }
        let failed = with(&Readings::default(), Some(Err(UsageError::Timeout)), NOW);
        assert_eq!(kept(&failed, 2, NOW + 899), Some(Err(Unreadable)));
        assert_eq!(kept(&failed, 2, NOW + 900), None);
    }

    #[test]
    fn what_is_broken_stays_so_until_a_check_finds_otherwise() {
        let broken = with(&Readings::default(), "work", Verdict::Broken, NOW);
        assert_eq!(verdict(&broken, "work", NOW + 5000), Some(Verdict::Broken));
        // An unclear check leaves it unclear, however old it grows.
        let unclear = with(&broken, "work", Verdict::Unknown, NOW + 60);
        for age in [0, 5000] {
            let found = verdict(&unclear, "work", NOW + 60 + age);
            assert_eq!(found, Some(Verdict::Unknown), "{age}");
        }
        let usable = with(&unclear, "work", Verdict::Usable, NOW + 120);
        assert_eq!(verdict(&usable, "work", NOW + 120), Some(Verdict::Usable));
        assert_eq!(verdict(&usable, "work", NOW + 5000), None);
    }

    #[test]
    fn what_is_no_memory_of_ours_is_an_empty_one() {
        let mut newer = blob();
        newer["version"] = 4.into();
        let newer = newer.to_string();
        for bytes in [&b""[..], b"\xff", b"[]", b"{}", newer.as_bytes()] {
            assert_eq!(Readings::from_bytes(bytes), Readings::default());
        }
    }

    #[test]
    fn what_no_check_could_have_left_behind_is_no_reading() {
        let read = |blob: &Value| Readings::from_bytes(blob.to_string().as_bytes()).0.len();
        assert_eq!(read(&blob()), 1);
        for (place, value) in [
            ("/key", json!("short")),
            ("/checked_at", json!(-1)),
            ("/resets/at", json!(-1)),
            ("/resets/available", json!(-1)),
            ("/resets/next_expires_at", json!(i64::MAX)),
            ("/certain/at", json!(i64::MAX)),
            ("/certain/verdict", json!("unknown")),
            ("/certain/verdict", json!("other")),
            ("/certain/windows/0/seconds", json!(0)),
            ("/certain/windows/0/seconds", json!(i64::MAX)),
            ("/certain/windows/0/used", json!(10_001)),
            ("/certain/windows/0/used", json!(-1)),
            ("/certain/windows/0/resets_at", json!(0)),
        ] {
            let mut blob = blob();
            *blob
                .pointer_mut(&format!("/readings/0{place}"))
                .expect("a field") = value;
            assert_eq!(read(&blob), 0, "{blob}");
        }
    }

    #[test]
    fn what_0_1_0_kept_is_still_read() {
        let (work, spare) = (profile("work"), profile("spare"));
        let usage = |reset_at| {
            let quota =
                json!({ "allowed": true, "primary_window": window(33, 5 * HOUR, reset_at) });
            let credits = json!({ "has_credits": true, "balance": "412.5" });
            let plus = json!({ "plan_type": "plus", "rate_limit": quota, "credits": credits });
            self::usage(plus, NOW)
        };
        // As that version wrote it.
        let kept = "codex-profiler readings 2\n\
            abe555e0f015bfd1 1795372800 4 1795369200 3 - - - \n\
            7a09bff173cc560a 1795369200 0 1795369200 0 8732104121498239337 41250 1 18000 3300 1795380000 \n";
        let readings = Readings::from_bytes(kept.as_bytes());
        let certain = |id| readings.of(id, "salt").expect("a reading").certain.clone();
        let work_was = certain(&work).expect("a conclusive check");
        let same = usage(NOW + 2 * HOUR);
        assert_eq!(
            work_was.changes(&found(&work, Verdict::Usable, Some(&same)), NOW),
            []
        );
        let moved = usage(NOW + 3 * HOUR);
        assert_eq!(
            work_was.changes(&found(&work, Verdict::Usable, Some(&moved)), NOW),
            [Change::ResetMoved(5 * HOUR, HOUR)]
        );
        assert_eq!(
            certain(&spare).map(|was| was.verdict),
            Some(Verdict::Broken)
        );
        assert_eq!(verdict(&readings, "spare", NOW), Some(Verdict::Unknown));
        assert_eq!(Readings::from_bytes(&readings.to_bytes()), readings);
    }

    #[test]
    fn a_reset_that_lies_ahead_may_have_moved() {
        let week = |reset_at| of_windows(&[window(40, 7 * DAY, reset_at)], NOW);
        let old = week(NOW + 2 * DAY);
        assert_eq!(changes(&old, &old), []);
        assert_eq!(changes(&old, &week(NOW + 2 * DAY + 599)), []);
        assert_eq!(
            changes(&old, &week(NOW + 2 * DAY + 2 * HOUR)),
            [Change::ResetMoved(7 * DAY, 2 * HOUR)]
        );
        assert_eq!(
            changes(&old, &week(NOW + DAY)),
            [Change::ResetMoved(7 * DAY, -DAY)]
        );
        // One that has passed since has only come round.
        assert_eq!(changes(&week(NOW + HOUR / 2), &week(NOW + 6 * DAY)), []);
    }

    #[test]
    fn the_reset_of_a_clock_that_does_not_run_moves_by_itself() {
        let untouched = |at: Instant| of_windows(&[window(0, 7 * DAY, at + 7 * DAY)], at);
        let later = untouched(NOW + HOUR);
        assert_eq!(changes(&untouched(NOW), &later), []);
        // A reset before its time shows in the same way, and is one.
        let running = of_windows(&[window(90, 7 * DAY, NOW + 2 * DAY)], NOW);
        assert_eq!(changes(&running, &later), [Change::ResetEarly(7 * DAY)]);
    }

    #[test]
    fn windows_come_and_go_by_their_length() {
        let week = window(10, 7 * DAY, NOW + 3 * DAY);
        let short = |length| window(10, length, NOW + 2 * HOUR);
        let one = of_windows(std::slice::from_ref(&week), NOW);
        let two = of_windows(&[week.clone(), short(5 * HOUR)], NOW);
        assert_eq!(changes(&one, &two), [Change::WindowAppeared(5 * HOUR)]);
        assert_eq!(changes(&two, &one), [Change::WindowVanished(5 * HOUR)]);
        // A minute short is the same window, and one without a length is none that
        // could be told apart.
        let about = of_windows(&[week, short(5 * HOUR - 60)], NOW);
        assert_eq!(changes(&two, &about), []);
        let unknown = of_windows(&[json!({ "used_percent": 3 })], NOW);
        assert_eq!(changes(&unknown, &unknown), []);
    }

    #[test]
    fn windows_of_one_length_and_more_than_are_kept_do_not_change_by_themselves() {
        let twin = |reset_at| window(10, 5 * HOUR, reset_at);
        let (soon, late) = (twin(NOW + 2 * HOUR), twin(NOW + 4 * HOUR));
        let twins = of_windows(&[soon.clone(), late], NOW);
        assert_eq!(changes(&twins, &twins), []);
        let moved = of_windows(&[soon, twin(NOW + 5 * HOUR)], NOW);
        assert_eq!(
            changes(&twins, &moved),
            [Change::ResetMoved(5 * HOUR, HOUR)]
        );
        let windows: Vec<Value> = (1..=9)
            .map(|days| window(10, days * DAY, NOW + days * DAY - HOUR))
            .collect();
        let many = of_windows(&windows, NOW);
        assert_eq!(changes(&many, &many), []);
    }

    #[test]
    fn a_plan_and_credits_are_compared_where_both_are_known() {
        let plan = usage_of_plan;
        assert_eq!(changes(&plan("plus"), &plan("plus")), []);
        assert_eq!(changes(&plan("plus"), &plan("pro")), [Change::Plan]);
        let (much, less) = (usage_of_credits("412.5"), usage_of_credits("300"));
        let dropped = Change::CreditsDropped(Decimal::of_hundredths(41_250), Decimal::whole(300));
        assert_eq!(changes(&much, &less), [dropped]);
        assert_eq!(changes(&less, &much), []);
        assert_eq!(changes(&much, &plan("plus")), []);
    }

    /// The hosts keep no blob with such a number.
    #[test]
    fn a_number_that_not_every_reader_takes_is_left_out() {
        let known = |balance: &str| {
            let usage = usage_of_credits(balance);
            let profile = profile("a");
            let found = found(&profile, Verdict::Usable, Some(&usage));
            Certain::of(&found, NOW).and_then(|certain| certain.credits)
        };
        assert!(known("90071992547409.91").is_some());
        assert_eq!(known("90071992547409.92"), None);
    }

    #[test]
    fn usable_again_is_said_of_what_was_known_not_to_be() {
        use Verdict::{Broken, Unknown, Usable, UsableAtCost, Wait};
        let said = |old, new| changed_verdict((old, None), (new, None), NOW + HOUR);
        for old in [UsableAtCost, Wait, Broken] {
            assert_eq!(said(old, Usable), [Change::UsableAgain]);
        }
        assert_eq!(said(Unknown, Usable), []);
        assert_eq!(said(Usable, Usable), []);
        assert_eq!(said(Usable, Wait), []);
        // A failed check in between is forgotten, and says nothing.
        let readings = with(&Readings::default(), "a", Wait, NOW);
        let readings = with(&readings, "a", Unknown, NOW + HOUR);
        let past = readings.of(&profile("a"), "salt").expect("a reading");
        let certain = past.certain.as_ref().expect("a certain one");
        assert_eq!(
            (past.verdict(), certain.verdict, certain.at),
            (Unknown, Wait, NOW)
        );
        assert_eq!(said(Wait, Unknown), []);
    }

    /// Whatever a disk or another program makes of what is kept, it is read without a
    /// panic, and what is read is kept as it is.
    #[test]
    fn what_is_read_of_any_bytes_is_kept_as_it_is() {
        let windows = [
            window(99, 5 * HOUR, NOW + HOUR),
            window(5, 7 * DAY, NOW + DAY),
            json!({ "limit_window_seconds": 30 * DAY }),
        ];
        let mut usage = of_windows(&windows, NOW);
        usage.credits = usage_of_credits("412.5").credits;
        let ids: Vec<Profile> = ["a", "b", "c"].map(profile).into();
        let found = |id| found(id, Verdict::Usable, Some(&usage));
        let whole = Readings::default().with(ids.iter().map(found), "salt", NOW);
        let mut dice = Dice(1);
        let mut read = 0;
        for number in 0..3000 {
            let mut bytes = whole.to_bytes();
            dice.mutate(&mut bytes);
            let readings = Readings::from_bytes(&bytes);
            let kept = Readings::from_bytes(&readings.to_bytes());
            assert_eq!(kept, readings, "{number}");
            for id in &ids {
                let past = readings.of(id, "salt");
                let Some(certain) = past.and_then(|past| past.certain.as_ref()) else {
                    continue;
                };
                read += 1;
                assert!((0..=LATEST).contains(&certain.at), "{number}");
                for known in certain.windows.iter().flatten() {
                    assert!(
                        (1..=LONGEST_WINDOW).contains(&known.length_seconds),
                        "{number}: {known:?}"
                    );
                }
                certain.changes(&found(id), NOW);
                certain.changes(&self::found(id, Verdict::Wait, None), i64::MIN);
                certain.changes(&found(id), i64::MAX);
            }
        }
        assert!(read > 200, "{read}");
    }

    #[test]
    fn a_reading_of_the_future_says_nothing() {
        let (old, new) = ((Verdict::Wait, None), (Verdict::Usable, None));
        assert_eq!(changed_verdict(old, new, NOW - 1), []);
    }
}

//! What the last checks found, kept in the host's memory: a few numbers for each
//! profile, under a key that tells nobody which. And what has changed since.

use siphasher::sip::SipHasher13;

use crate::clock::{Instant, LATEST};
use crate::decimal::Decimal;
use crate::profile::Profile;
use crate::usage::{
    LONGEST_WINDOW, UsageSnapshot, UsageWindow, Verdict, WindowState, is_about, is_fresh,
};

/// How many readings are kept, the newest first.
const MOST: usize = 200;

/// How many windows of a reading are kept.
const MOST_WINDOWS: usize = 6;

/// The first line of what is kept. A newer version writes another, and is as good as
/// none.
const HEADER: &str = "codex-profiler readings 2";

/// Resets that are reported this many seconds apart have not moved.
const SAME_RESET: u64 = 10 * 60;

/// What the checks of one profile found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    key: String,
    /// When it was last checked.
    pub at: Instant,
    /// What came of that.
    pub verdict: Verdict,
    /// The last time that anything certain was found.
    pub certain: Option<Certain>,
}

/// A verdict that was not [`Verdict::Unknown`], and the numbers behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certain {
    /// When.
    pub at: Instant,
    /// What was concluded.
    pub verdict: Verdict,
    /// A number that is the same for the same plan.
    plan: Option<i64>,
    /// Paid credits left.
    credits: Option<Decimal>,
    /// The windows whose length was reported, where the endpoint answered.
    pub windows: Option<Vec<KnownWindow>>,
}

/// One window of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownWindow {
    /// Its length.
    pub length_seconds: i64,
    /// 0 to 100.
    pub used_percent: Option<Decimal>,
    /// When it resets.
    pub resets_at: Option<Instant>,
}

/// What a check has just found of a profile.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// Whose.
    pub profile: &'a Profile,
    /// What was concluded.
    pub verdict: Verdict,
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

/// The readings of one user's memory.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Readings(Vec<Reading>);

impl Readings {
    /// Reads what [`Readings::to_bytes`] wrote. Anything else is no readings, and a
    /// line that is none of ours no reading.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            return Self::default();
        }
        Self(lines.filter_map(Reading::parse).take(MOST).collect())
    }

    /// The readings as they are kept: a line each.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = HEADER.to_owned();
        text.push('\n');
        for reading in &self.0 {
            reading.write(&mut text);
        }
        text.into_bytes()
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
            let known = self.of(found.profile, salt);
            let certain = Certain::of(&found, now);
            readings.push(Reading {
                key: key(found.profile, salt),
                at: now,
                verdict: found.verdict,
                certain: certain.or_else(|| known?.certain.clone()),
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

    /// The reading of a profile that still speaks for now. One from the future is
    /// none: a clock jumped.
    pub fn fresh(&self, profile: &Profile, salt: &str, now: Instant) -> Option<&Reading> {
        let reading = self.of(profile, salt)?;
        (reading.at <= now && is_fresh(reading.at, now)).then_some(reading)
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
            // A bit short, so that it can be kept like any other number.
            plan: plan.map(|plan| (siphash(plan.name.as_bytes()) >> 1) as i64),
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

/// What stands for a number that was not reported.
const NONE: &str = "-";

impl Reading {
    /// One line: the key, when and what; then, for certain, when and what, the plan, the
    /// credits, how many windows, and each of them.
    fn write(&self, to: &mut String) {
        let mut word = |word: &str| {
            to.push_str(word);
            to.push(' ');
        };
        word(&self.key);
        let mut number = |number: Option<i64>| match number {
            Some(number) => word(&number.to_string()),
            None => word(NONE),
        };
        let hundredths = |decimal: Option<Decimal>| decimal.map(Decimal::hundredths);
        number(Some(self.at));
        number(Some(self.verdict as i64));
        if let Some(certain) = &self.certain {
            number(Some(certain.at));
            number(Some(certain.verdict as i64));
            number(certain.plan);
            number(hundredths(certain.credits));
            let windows = certain.windows.as_deref();
            number(windows.and_then(|windows| i64::try_from(windows.len()).ok()));
            for window in windows.unwrap_or_default() {
                number(Some(window.length_seconds));
                number(hundredths(window.used_percent));
                number(window.resets_at);
            }
        }
        to.push('\n');
    }

    /// Nothing where it is no line of ours.
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let key = words.next().filter(|key| key.len() == KEY_LENGTH)?;
        let mut numbers: Vec<Option<i64>> = Vec::new();
        for word in words {
            numbers.push(match word {
                NONE => None,
                word => Some(word.parse().ok()?),
            });
        }
        let verdict = |place: i64| Verdict::ALL.into_iter().find(|each| *each as i64 == place);
        let (at, last, certain) = match numbers.as_slice() {
            [Some(at), Some(last)] => (*at, *last, None),
            [
                Some(at),
                Some(last),
                Some(then),
                Some(was),
                plan,
                credits,
                count,
                rest @ ..,
            ] => {
                let windows = match count {
                    Some(count) => Some(parse_windows(*count, rest)?),
                    None if rest.is_empty() => None,
                    None => return None,
                };
                let certain = Certain {
                    at: sane(*then)?,
                    verdict: verdict(*was)?,
                    plan: *plan,
                    credits: credits.map(Decimal::of_hundredths),
                    windows,
                };
                (*at, *last, Some(certain))
            }
            _ => return None,
        };
        Some(Self {
            key: key.to_owned(),
            at: sane(at)?,
            verdict: verdict(last)?,
            certain,
        })
    }
}

fn sane(at: i64) -> Option<Instant> {
    (0..=LATEST).contains(&at).then_some(at)
}

/// As many windows as `count` says.
fn parse_windows(count: i64, numbers: &[Option<i64>]) -> Option<Vec<KnownWindow>> {
    let (windows, []) = numbers.as_chunks::<3>() else {
        return None;
    };
    let parse = |[length, used, reset]: &[Option<i64>; 3]| {
        let used_percent = used.map(Decimal::of_hundredths);
        let is_percent = |used: Decimal| (Decimal::ZERO..=Decimal::HUNDRED).contains(&used);
        // What no window of an answer is long, could not be told either.
        let is_length = |length: i64| (1..=LONGEST_WINDOW).contains(&length);
        let is_sane = used_percent.is_none_or(is_percent)
            && reset.is_none_or(|at| (1..=LATEST).contains(&at));
        Some(KnownWindow {
            length_seconds: length.filter(|length| is_sane && is_length(*length))?,
            used_percent,
            resets_at: *reset,
        })
    };
    let is_whole = i64::try_from(windows.len()) == Ok(count);
    windows
        .iter()
        .map(parse)
        .collect::<Option<_>>()
        .filter(|_| is_whole)
}

/// How many hex digits a key has.
const KEY_LENGTH: usize = 16;

/// Sixteen hex digits that only this installation can tie to a profile, and to whom it
/// signs in: another account under the same label has no past.
fn key(profile: &Profile, salt: &str) -> String {
    let identity = &profile.identity;
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let (account, user) = (part(&identity.account_id), part(&identity.user_id));
    let salted = [salt, profile.id.as_str(), &account, &user].join("\n");
    format!("{:016x}", siphash(salted.as_bytes()))
}

/// SipHash-1-3 without a key: the same in every build, since its results are kept.
fn siphash(bytes: &[u8]) -> u64 {
    SipHasher13::new().hash(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::clock::{DAY, HOUR};
    use crate::profile::tests::profile;
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
            usage,
        }
    }

    fn with(readings: &Readings, name: &str, verdict: Verdict, now: Instant) -> Readings {
        let id = profile(name);
        readings.with(std::iter::once(found(&id, verdict, None)), "salt", now)
    }

    fn verdict(readings: &Readings, name: &str, now: Instant) -> Option<Verdict> {
        readings
            .fresh(&profile(name), "salt", now)
            .map(|reading| reading.verdict)
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
        assert_eq!(readings.fresh(&profile("a"), "other salt", NOW + 10), None);
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

    #[test]
    fn the_newest_two_hundred_are_kept_and_fit() {
        let windows: Vec<Value> = (1..=8)
            .map(|days| window(99, days * DAY, NOW + days * DAY - 1))
            .collect();
        let mut usage = of_windows(&windows, NOW);
        usage.credits = usage_of_credits("123456789.25").credits;
        let mut readings = Readings::default();
        let old: Vec<Profile> = (0..150).map(|n| profile(&format!("old {n}"))).collect();
        let new: Vec<Profile> = (0..150).map(|n| profile(&format!("new {n}"))).collect();
        for ids in [&old, &new] {
            let found = ids
                .iter()
                .map(|id| found(id, Verdict::Usable, Some(&usage)));
            readings = readings.with(found, "salt", NOW);
        }
        assert_eq!(readings.0.len(), 200);
        assert!(
            new.iter()
                .all(|id| readings.fresh(id, "salt", NOW).is_some())
        );
        let bytes = readings.to_bytes();
        assert!(bytes.len() < 64 << 10, "{}", bytes.len());
        assert_eq!(Readings::from_bytes(&bytes), readings);
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

    #[test]
    fn what_is_no_memory_of_ours_is_an_empty_one() {
        let of_a_newer_version = format!("{HEADER}1\n0123456789abcdef {NOW} 0\n");
        for bytes in [
            &b""[..],
            b"\xff",
            b"[]",
            br#"{"version":1,"readings":[]}"#,
            of_a_newer_version.as_bytes(),
        ] {
            assert_eq!(Readings::from_bytes(bytes), Readings::default());
        }
    }

    #[test]
    fn a_line_that_is_none_of_ours_is_no_reading() {
        let whole = format!("0123456789abcdef {NOW} 0 {NOW} 0 7 - 1 18000 3300 {NOW}");
        let read = |line: &str| Readings::from_bytes(format!("{HEADER}\n{line}\n").as_bytes());
        assert_eq!(read(&whole).0.len(), 1);
        for line in [
            "",
            "0123456789abcdef",
            "0123456789abcdef 1795372800",
            "0123456789abcdef 1795372800 5",
            "0123456789abcdef 1795372800 -1",
            "0123456789abcdef -1 0",
            "0123456789abcdef 99999999999999999999 0",
            "short 1795372800 0",
            "0123456789abcdef 1795372800 0 1795372800",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - 2 18000 3300 -",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - 1 18000 3300",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - 1 0 3300 -",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - 1 9223372036854775807 3300 -",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - 1 18000 10001 -",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - 1 18000 -1 -",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - - 18000 3300 -",
            "0123456789abcdef 1795372800 0 9223372036854775807 0 7 - -",
        ] {
            assert_eq!(read(line), Readings::default(), "{line}");
        }
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
        let plan = |plan: &str| {
            let quota = json!({ "allowed": true });
            usage(json!({ "plan_type": plan, "rate_limit": quota }), NOW)
        };
        assert_eq!(changes(&plan("plus"), &plan("plus")), []);
        assert_eq!(changes(&plan("plus"), &plan("pro")), [Change::Plan]);
        let (much, less) = (usage_of_credits("412.5"), usage_of_credits("300"));
        let dropped = Change::CreditsDropped(Decimal::of_hundredths(41_250), Decimal::whole(300));
        assert_eq!(changes(&much, &less), [dropped]);
        assert_eq!(changes(&less, &much), []);
        assert_eq!(changes(&much, &plan("plus")), []);
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
            (past.verdict, certain.verdict, certain.at),
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
        assert!(read > 1000, "{read}");
    }

    #[test]
    fn a_reading_of_the_future_says_nothing() {
        let (old, new) = ((Verdict::Wait, None), (Verdict::Usable, None));
        assert_eq!(changed_verdict(old, new, NOW - 1), []);
    }
}

use super::*;
use crate::profile::tests::profile;
use crate::usage::{Quota, RateLimit, UsageSnapshot, UsageWindow, Verdict};

/// A Sunday, 18:40.
const NOW: Instant = 1_795_372_800;
const WEEK: i64 = 7 * DAY;

fn utc() -> Zone {
    Zone { name: "UTC".into(), transitions: vec![] }
}

/// An answer at this time: so many hundredths of a percent of the week are used.
fn usage(at: Instant, used: i64, resets_at: Instant) -> UsageSnapshot {
    let window = UsageWindow {
        used_percent: Some(Decimal::of_hundredths(used)),
        reached: false,
        resets_at: Some(resets_at),
        length_seconds: Some(WEEK),
        is_assumed: false,
        state: if resets_at > at { WindowState::Running } else { WindowState::Due },
    };
    UsageSnapshot {
        as_of: at,
        rate_limit: RateLimit::Reported(Quota { windows: vec![window], ..Quota::default() }),
        ..UsageSnapshot::default()
    }
}

/// The history after these checks: when, what was used, and the reset ahead.
fn after(checks: &[(Instant, i64, Instant)]) -> (History, usize) {
    let (mut history, mut saves) = (History::default(), 0);
    for (at, used, resets_at) in checks {
        if let Some(new) = check(&history, "work", *at, *used, *resets_at) {
            history = History::from_bytes(&new.to_bytes());
            assert_eq!(history, new);
            saves += 1;
        }
    }
    (history, saves)
}

fn check(
    history: &History,
    name: &str,
    at: Instant,
    used: i64,
    resets_at: Instant,
) -> Option<History> {
    let (profile, usage) = (profile(name), usage(at, used, resets_at));
    let found = Found {
        profile: &profile,
        verdict: Verdict::Usable,
        is_signed_out: false,
        usage: Some(&usage),
    };
    history.with(std::iter::once(found), "salt", &utc(), at)
}

fn days(history: &History, now: Instant) -> Vec<(i64, i64)> {
    let past = history.of(&profile("work"), "salt").expect("a history");
    let today = utc().civil(now).day();
    let days = past.days(&utc(), now).into_iter();
    days.map(|day| (day.day - today, day.used)).collect()
}

fn past(history: &History) -> &Past {
    history.of(&profile("work"), "salt").expect("a history")
}

#[test]
fn use_is_shared_out_over_the_days_between_two_readings() {
    let reset = NOW + 3 * DAY;
    let midnight = NOW + utc().civil(NOW).seconds_to_midnight();
    // Six hours before and after midnight.
    let (history, _) =
        after(&[(midnight - 6 * HOUR, 1000, reset), (midnight + 6 * HOUR, 2000, reset)]);
    assert_eq!(days(&history, midnight + 6 * HOUR), [(-1, 500), (0, 500)]);
    // Two days without a reading are told by their share.
    let (history, _) = after(&[(midnight, 1000, reset), (midnight + 2 * DAY, 3000, reset)]);
    assert_eq!(days(&history, midnight + 2 * DAY - 1), [(-1, 1000), (0, 1000)]);
}

#[test]
fn a_reset_is_seen_when_it_is_due_and_when_it_comes_early() {
    let reset = NOW + 6 * HOUR;
    let next = reset + WEEK;
    for (checks, resets, used) in [
        // What was used before it and after the last reading is nobody's.
        (vec![(NOW, 9000, reset), (NOW + 12 * HOUR, 300, next)], vec![reset], 300),
        // Early, by a banked reset: the window begins anew.
        (
            vec![(NOW, 9000, reset + DAY), (NOW + HOUR, 100, NOW + HOUR / 2 + WEEK)],
            vec![NOW + HOUR / 2],
            100,
        ),
        // A percent less is rounding.
        (vec![(NOW, 3300, next), (NOW + 4 * HOUR, 3200, next)], vec![], 0),
        // Two weeks without a check: only the last reset is known.
        (
            vec![(NOW, 9000, reset), (reset + 2 * WEEK + DAY, 700, reset + 3 * WEEK)],
            vec![reset + 2 * WEEK],
            700,
        ),
    ] {
        let (history, _) = after(&checks);
        let now = checks[checks.len() - 1].0;
        assert_eq!(past(&history).resets(now), resets, "{checks:?}");
        let sum: i64 = days(&history, now).iter().map(|(_, used)| used).sum();
        assert_eq!(sum, used, "{checks:?}");
    }
}

#[test]
fn a_few_readings_a_day_are_kept() {
    let reset = NOW + 3 * DAY;
    let every_ten_minutes: Vec<_> =
        (0..144).map(|turn| (NOW + turn * 600, 1000 + turn, reset)).collect();
    let (history, saves) = after(&every_ten_minutes);
    assert_eq!(saves, 8);
    let sum: i64 = days(&history, NOW + DAY).iter().map(|(_, used)| used).sum();
    assert_eq!(sum, 126, "up to the last reading");
}

#[test]
fn the_average_tells_how_long_the_window_lasts() {
    let midnight = NOW + utc().civil(NOW).seconds_to_midnight();
    let reset = midnight + 10 * DAY;
    let at = |day: i64, used: i64| (midnight + day * DAY, used, reset);
    let (history, _) = after(&[at(0, 0), at(1, 1000), at(2, 2000), at(3, 3000)]);
    let now = midnight + 3 * DAY;
    assert_eq!(past(&history).daily(&utc(), now), None, "two whole days");
    let (history, _) = after(&[at(0, 0), at(1, 900), at(2, 1800), at(3, 2900), at(4, 4000)]);
    let now = midnight + 4 * DAY;
    let daily = past(&history).daily(&utc(), now).expect("an average");
    assert_eq!((daily.used, daily.days), (Decimal::of_hundredths(1033), 3));
    let empty_at = now + 6000 * DAY / 1033;
    assert_eq!(past(&history).forecast(&daily, now), Some(Forecast::EmptyAt(empty_at)));
    let slow = Daily { used: Decimal::whole(5), ..daily };
    assert_eq!(
        past(&history).forecast(&slow, now),
        Some(Forecast::Left(Decimal::whole(30), reset))
    );
    assert_eq!(past(&history).forecast(&daily, empty_at), None);
    assert_eq!(past(&history).forecast(&slow, reset), None);
}

#[test]
fn a_clock_that_jumps_leaves_the_days_as_they_were() {
    let reset = NOW + 3 * DAY;
    let steady = [(NOW, 1000, reset), (NOW + 4 * HOUR, 1400, reset)];
    let (history, _) = after(&steady);
    let before = days(&history, NOW + 4 * HOUR);
    // A year ahead every window is due, which no reading is made of; and back.
    let year = 366 * DAY;
    let (history, saves) = after(&[steady[0], steady[1], (NOW + year, 1400, reset)]);
    assert_eq!((days(&history, NOW + 4 * HOUR), saves), (before.clone(), 2));
    // Two days ahead and back.
    let ahead = (NOW + 2 * DAY, 1500, reset);
    let (history, _) = after(&[steady[0], steady[1], ahead, (NOW + 5 * HOUR, 1500, reset)]);
    let now = NOW + 5 * HOUR;
    assert!(days(&history, now).iter().all(|(day, _)| *day <= 0));
    let (history, _) = after(&[(NOW, 1000, reset), (NOW - year, 1000, NOW - year + DAY)]);
    assert_eq!(days(&history, NOW), []);
}

#[test]
fn two_hundred_profiles_of_all_days_fit() {
    let mut history = History::default();
    let profiles: Vec<_> = (0..200).map(|index| profile(&format!("p{index}"))).collect();
    let mut largest = 0;
    for turn in 0..DAYS * 3 {
        let at = NOW + turn * 12 * HOUR;
        // Reset early every other day: more resets than are kept.
        let resets_at = NOW + (turn / 4 + 1) * 2 * DAY + WEEK;
        let used = (turn % 4) * 3333;
        let usages = usage(at, used.min(10_000), resets_at);
        let found = profiles.iter().map(|profile| Found {
            profile,
            verdict: Verdict::Usable,
            is_signed_out: false,
            usage: Some(&usages),
        });
        history = history.with(found, "salt", &utc(), at).expect("a reading");
        largest = largest.max(history.to_bytes().len());
    }
    assert!(largest <= MOST_BYTES, "{largest}");
    assert_eq!(History::from_bytes(&history.to_bytes()).0.len(), 200);
}

#[test]
fn what_no_check_leaves_behind_is_nothing() {
    let (history, _) = after(&[(NOW, 1000, NOW + DAY)]);
    let text = String::from_utf8(history.to_bytes()).expect("text");
    for (from, to) in [
        ("\"used\":1000", "\"used\":10001"),
        ("\"used\":1000", "\"used\":-1"),
        ("\"seconds\":604800", "\"seconds\":0"),
        ("\"days\":[]", "\"days\":[{\"day\":-1,\"used\":0}]"),
        ("\"days\":[]", "\"days\":[{\"day\":9007199254740991,\"used\":0}]"),
        ("\"version\":1", "\"version\":2"),
    ] {
        let bad = text.replace(from, to);
        assert_ne!(bad, text);
        assert_eq!(History::from_bytes(bad.as_bytes()), History::default(), "{bad}");
    }
}

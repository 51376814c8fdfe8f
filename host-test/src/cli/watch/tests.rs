#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::*;
use crate::cli::values::{interval, patience};
use crate::contract::commands::{self, Locale};

const SECOND: Duration = Duration::from_secs(1);

const USABLE: Check = check(1, 1, 0);
const BLOCKED: Check = check(1, 0, 0);
const UNKNOWN: Check = check(1, 0, 1);

/// A check of so many profiles, so many of them usable and so many unknown.
const fn check(profiles: u32, usable: u32, unknown: u32) -> Check {
    Check { profiles, usable, unknown, most_left: None, strain: None }
}

fn reading(check: Check) -> WatchedCheck {
    WatchedCheck {
        text: String::new(),
        document: String::new(),
        exit_code: 0,
        check: Some(check),
        strain: None,
    }
}

fn strained(retry_after: u64) -> WatchedCheck {
    WatchedCheck {
        strain: Some(Strain {
            kind: StrainKind::RateLimited,
            retry_after: Duration::from_secs(retry_after),
        }),
        ..reading(UNKNOWN)
    }
}

fn plan(every: u64, until: Option<Until>, patience: Option<Duration>) -> WatchPlan {
    WatchPlan { every: Duration::from_secs(every), until, patience }
}

/// Watches by a clock of its own, and tells how it ended and when it checked, in
/// seconds. A check takes 2 seconds.
fn watched(
    plan: &WatchPlan,
    mut check: impl FnMut(u64) -> WatchedCheck,
    mut oversleeps: impl FnMut(Duration) -> Duration,
) -> (End, Vec<u64>) {
    let clock = Cell::new(Duration::ZERO);
    let mut checked_at = Vec::new();
    let (end, _) = watch(
        plan,
        || clock.get(),
        || getrandom::u32().unwrap(),
        || {
            let now = clock.get().as_secs();
            checked_at.push(now);
            clock.set(clock.get() + 2 * SECOND);
            Ok(check(now))
        },
        |_, pause| {
            let end = pause.end().max(clock.get());
            clock.set(end + oversleeps(end));
            Ok(ControlFlow::Continue(()))
        },
    )
    .unwrap();
    (end, checked_at)
}

fn gaps(checked_at: &[u64]) -> Vec<u64> {
    checked_at.windows(2).map(|two| two[1] - two[0]).collect()
}

const IN_TIME: fn(Duration) -> Duration = |_| Duration::ZERO;

#[test]
fn eight_hours_are_watched_at_the_asked_interval() {
    let plan = plan(300, Some(Until::Usable), Some(8 * HOUR));
    let (end, checked_at) = watched(&plan, |_| reading(BLOCKED), IN_TIME);
    assert_eq!(end, End::TimeIsOver);
    assert!((86..=106).contains(&checked_at.len()), "{checked_at:?}");
    let gaps = gaps(&checked_at);
    assert!(gaps.iter().all(|gap| (270..=333).contains(gap)), "{gaps:?}");
    assert!(gaps.iter().any(|gap| gap != &gaps[0]));
}

#[test]
fn a_minute_is_the_shortest_interval() {
    let plan = plan(60, None, Some(8 * HOUR));
    let (end, checked_at) = watched(&plan, |_| reading(BLOCKED), IN_TIME);
    assert_eq!(end, End::TimeIsOver);
    let gaps = gaps(&checked_at);
    assert!(gaps.iter().all(|gap| (60..=75).contains(gap)), "{gaps:?}");
}

#[test]
fn an_endpoint_that_has_too_much_is_asked_less_often_and_then_as_before() {
    let plan = plan(300, Some(Until::Usable), Some(24 * HOUR));
    let answer = |now| match now {
        0..36_000 => strained(0),
        _ => reading(BLOCKED),
    };
    let (_, checked_at) = watched(&plan, answer, IN_TIME);
    let gaps = gaps(&checked_at);
    for (gap, minutes) in gaps.iter().zip([10, 20, 40, 60, 60, 60]) {
        let about = minutes * 54..=minutes * 66 + 3;
        assert!(about.contains(gap), "{gaps:?}");
    }
    let good = checked_at.iter().position(|at| *at >= 36_000).unwrap();
    assert!(gaps[good..].iter().all(|gap| (270..=333).contains(gap)));
}

#[test]
fn an_endpoint_is_left_alone_as_long_as_it_asks() {
    let plan = plan(60, None, Some(24 * HOUR));
    let answer = |now| match now {
        0 => strained(7_200),
        _ => reading(check(0, 0, 0)),
    };
    let (_, checked_at) = watched(&plan, answer, IN_TIME);
    assert!((7_200..8_700).contains(&checked_at[1]), "{checked_at:?}");
    assert!(checked_at[2] - checked_at[1] < 75);
}

#[test]
fn a_longer_interval_than_an_hour_is_not_shortened() {
    let two_hours = 2 * HOUR;
    let strain = strained(0).strain;
    assert_eq!(next_interval(two_hours, two_hours, strain), two_hours);
    assert_eq!(next_interval(two_hours, two_hours, None), two_hours);
}

#[test]
fn what_a_machine_slept_through_is_checked_once() {
    let plan = plan(60, Some(Until::Usable), Some(4 * HOUR));
    let mut slept = false;
    let oversleeps = |end: Duration| {
        if end > HOUR && !std::mem::replace(&mut slept, end > HOUR) {
            2 * HOUR
        } else {
            Duration::ZERO
        }
    };
    let (end, checked_at) = watched(&plan, |_| reading(BLOCKED), oversleeps);
    assert_eq!(end, End::TimeIsOver);
    let gaps = gaps(&checked_at);
    let long = gaps.iter().filter(|gap| **gap > 75);
    assert_eq!(long.count(), 1, "{gaps:?}");
    assert!(gaps.iter().all(|gap| *gap >= 60), "{gaps:?}");
}

#[test]
fn a_check_that_was_due_before_the_end_is_made_after_a_sleep_beyond_it() {
    let plan = plan(300, Some(Until::Usable), Some(HOUR));
    let answer = |now| if now > 3_600 { reading(USABLE) } else { reading(BLOCKED) };
    let (end, checked_at) = watched(&plan, answer, |_| 5 * HOUR);
    assert_eq!((end, checked_at.len()), (End::Reached, 2));
}

#[test]
fn an_outage_ends_nothing() {
    let plan = plan(300, Some(Until::Blocked), Some(8 * HOUR));
    let answer = |now| match now {
        0..7_200 => WatchedCheck::failed("no network"),
        7_200..14_400 => reading(check(2, 0, 1)),
        _ => reading(check(2, 0, 0)),
    };
    let (end, checked_at) = watched(&plan, answer, IN_TIME);
    assert_eq!(end, End::Reached);
    assert!((14_400..14_800).contains(checked_at.last().unwrap()));
}

#[test]
fn what_is_waited_for_goes_by_the_verdicts() {
    for (check, is_usable, is_blocked) in [
        (check(0, 0, 0), false, false),
        (check(1, 1, 0), true, false),
        (check(2, 1, 0), true, false),
        (check(1, 0, 0), false, true),
        (check(3, 0, 0), false, true),
        (check(1, 0, 1), false, false),
        (check(2, 0, 1), false, false),
        (check(2, 1, 1), true, false),
    ] {
        assert_eq!(Until::Usable.is_reached(&check), is_usable);
        assert_eq!(Until::Blocked.is_reached(&check), is_blocked);
    }
}

#[test]
fn nobody_is_left_alone_for_more_than_a_day() {
    let strained_for = |retry_after_seconds| {
        let strain = commands::Strain { kind: StrainKind::RateLimited, retry_after_seconds };
        Strain::of(&Check { strain: Some(strain), ..UNKNOWN })
    };
    assert_eq!(strained_for(90), strained(90).strain);
    assert_eq!(strained_for(u32::MAX), strained(86_400).strain);
    assert_eq!(Strain::of(&UNKNOWN), None);
}

#[test]
fn a_stopwatch_counts_sleep_and_is_not_turned_back() {
    let (instant, time) = (Instant::now(), SystemTime::now());
    let stopwatch =
        Stopwatch { at: Cell::new((instant, time)), elapsed: Cell::new(Duration::ZERO) };
    // The machine slept for an hour.
    assert_eq!(stopwatch.read(instant + SECOND, time + HOUR), HOUR);
    // Somebody set the clock back by a day.
    let (instant, time) = (instant + 3 * SECOND, time - DAY);
    assert_eq!(stopwatch.read(instant, time), HOUR + 2 * SECOND);
    let (instant, time) = (instant + SECOND, time + SECOND);
    assert_eq!(stopwatch.read(instant, time), HOUR + 3 * SECOND);
}

#[test]
fn a_time_of_another_day_has_its_date() {
    let now: Zoned = "2026-11-23T22:00:00[Europe/Berlin]".parse().unwrap();
    for (left, en, zh) in [
        (90 * MINUTE, "23:30:00", "23:30:00"),
        (8 * HOUR, "Tue 06:00:00", "周二 06:00:00"),
        (7 * DAY, "Mon 30 Nov", "11月30日"),
    ] {
        assert_eq!(shown_time(Locale::En, &now, left), en);
        assert_eq!(shown_time(Locale::Zh, &now, left), zh);
    }
}

#[test]
fn a_status_says_what_comes_and_what_ends_it() {
    let plan = plan(300, Some(Until::Usable), Some(8 * HOUR));
    let rest = says_rest(Locale::En, &plan, Some("22:00:00".to_owned()));
    assert_eq!(rest, "until one is ready · gives up 22:00:00 · Ctrl-C ends");
    let next = says_next(Locale::En, "14:32:10", strained(0).strain);
    assert_eq!(next, "next check 14:32:10, put off: rate limited");
    let said = says_gave_up(Locale::En, Until::Usable, 8 * HOUR);
    assert_eq!(said, "gave up after 8h: none is ready");
}

#[test]
fn intervals_and_durations_are_those_that_make_sense() {
    assert_eq!(interval("60"), Ok(MINUTE));
    assert_eq!(interval("86400"), Ok(DAY));
    for wrong in ["59", "0", "-60", "86401", "work", "", "60s", "99999999999999999999"] {
        assert!(interval(wrong).is_err(), "{wrong}");
    }
    assert_eq!(patience("90m"), Ok(90 * MINUTE));
    assert_eq!(patience("1h 30m"), Ok(90 * MINUTE));
    assert_eq!(patience("2d"), Ok(2 * DAY));
    for wrong in ["", "8", "-8h", "0s", "8x", "366d", "2 months", "999999999999h"] {
        assert!(patience(wrong).is_err(), "{wrong}");
    }
}

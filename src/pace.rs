//! The pace at which a window is used, beside even use: as much of it as of its time.

use serde::Serialize;

use crate::decimal::Decimal;
use crate::time::{DAY, HOUR, Instant};
use crate::usage::{UsageWindow, WindowState, is_about};

/// Nearer to even use than this, in percent, is on pace: the endpoint rounds to
/// whole percents, and nobody says which way.
const ON_PACE: i64 = 200;

/// The use of a window beside even use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Speed {
    /// Faster: it runs out before its reset.
    Ahead,
    /// Evenly, as far as whole percents tell.
    On,
    /// Slower: some of it is left over.
    Behind,
}

impl Speed {
    /// The speed of what is so many hundredths of a percent ahead of even use.
    fn of(ahead: i64) -> Self {
        match ahead {
            _ if ahead > ON_PACE => Self::Ahead,
            _ if ahead < -ON_PACE => Self::Behind,
            _ => Self::On,
        }
    }
}

/// The average use of a day, by the readings of the last days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Daily {
    /// The length of the window that it is of.
    pub window_seconds: i64,
    /// Percent of that window.
    pub used: Decimal,
    /// The days that were read.
    pub days: usize,
}

/// The pace at which a window is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Beside even use.
    pub speed: Speed,
    /// The rest that even use would have left by now, 0 to 100: the share of its time
    /// that is still to come.
    pub even_left: Decimal,
    /// When it runs out if it is used on as it was since it began, to ten minutes or,
    /// for a day or more, to the hour. Always before the reset. None where it does not,
    /// or where whole percents do not tell when.
    pub runs_out_at: Option<Instant>,
    /// The rest at its reset if it is used on so, 0 to 100.
    pub left_at_reset: Decimal,
    /// The days whose average it is, where the window itself is too young to tell.
    pub of_days: Option<usize>,
}

/// The pace of a window as it was read at `as_of`. None before a tenth of it has
/// passed, where its clock does not run or is not believed, and where it is used up.
pub fn pace(window: &UsageWindow, as_of: Instant) -> Option<Pace> {
    let length = window.length_seconds.filter(|length| *length > 0)?;
    let (used, resets_at) = running(window, as_of)?;
    let elapsed = length.checked_sub(resets_at.checked_sub(as_of)?)?;
    // Of all time, and in hundredths of a percent, nothing may overflow.
    let share_of = |seconds: i64, whole: i64| Some(seconds.checked_mul(10_000)? / whole);
    let even = share_of(elapsed, length).filter(|even| (1000..=10_000).contains(even))?;
    // Where the reading has a fraction it is finer than a whole percent.
    let blur = if used % 100 == 0 { 100 } else { 10 };
    let runs_out_after = |used: i64| elapsed.checked_mul(10_000)?.checked_div(used.max(1));
    let speed = Speed::of(used - even);
    let earliest = runs_out_after(used + blur)?;
    let latest = runs_out_after(used - blur)?;
    let is_known = speed == Speed::Ahead && latest < length && latest - earliest <= length / 10;
    let runs_out_at = runs_out_after(used).filter(|_| is_known).map(|after| {
        let step = if length < DAY { 600 } else { HOUR };
        rounded(resets_at - length + after, step).clamp(as_of, resets_at)
    });
    let used_at_reset = used.checked_mul(length)?.checked_div(elapsed)?;
    Some(Pace {
        speed,
        even_left: Decimal::of_hundredths(10_000 - even),
        runs_out_at: runs_out_at.filter(|at| *at < resets_at),
        left_at_reset: Decimal::of_hundredths(10_000 - used_at_reset.min(10_000)),
        of_days: None,
    })
}

/// The pace of a window by the average of the days before, where less than a tenth of it
/// has passed and a straight line tells nothing.
pub fn pace_of_days(window: &UsageWindow, daily: &Daily, as_of: Instant) -> Option<Pace> {
    let length = window.length_seconds.filter(|length| *length > DAY)?;
    let (used, resets_at) = running(window, as_of)?;
    let rest = resets_at - as_of;
    let even_left = rest.checked_mul(10_000)? / length;
    if !is_about(length, daily.window_seconds) || !(9001..=10_000).contains(&even_left) {
        return None;
    }
    let a_day = daily.used.hundredths();
    let used_at_reset = used + a_day.checked_mul(rest)? / DAY;
    let speed = Speed::of(used_at_reset - 10_000);
    let runs_out_at = (speed == Speed::Ahead).then(|| {
        let after = (10_000 - used) * DAY / a_day.max(1);
        rounded(as_of.saturating_add(after), HOUR)
    });
    Some(Pace {
        speed,
        even_left: Decimal::of_hundredths(even_left),
        runs_out_at: runs_out_at.filter(|at| *at < resets_at),
        left_at_reset: Decimal::of_hundredths(10_000 - used_at_reset.min(10_000)),
        of_days: Some(daily.days),
    })
}

/// The use of a window in hundredths of a percent, and its reset. None where its clock does
/// not run or is not believed, and where it is used up.
fn running(window: &UsageWindow, as_of: Instant) -> Option<(i64, Instant)> {
    let is_running = window.state == WindowState::Running && !window.is_exhausted();
    let used = window.used_percent.filter(|_| is_running)?;
    let resets_at = window.resets_at.filter(|at| *at > as_of)?;
    Some((used.hundredths(), resets_at))
}

fn rounded(at: Instant, step: i64) -> Instant {
    (at + step / 2).div_euclid(step) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: i64 = 7 * DAY;
    /// On the hour, so that what is rounded to it is seen.
    const NOW: Instant = 1_790_002_800;

    fn window(used: i64, length: i64, elapsed: i64) -> UsageWindow {
        UsageWindow {
            used_percent: Some(Decimal::of_hundredths(used)),
            reached: false,
            resets_at: Some(NOW + length - elapsed),
            length_seconds: Some(length),
            is_assumed: false,
            state: WindowState::Running,
        }
    }

    fn speed(window: &UsageWindow) -> Option<Speed> {
        pace(window, NOW).map(|pace| pace.speed)
    }

    #[test]
    fn use_is_told_beside_even_use() {
        for (used, said) in [
            (0, Speed::Behind),
            (4700, Speed::Behind),
            (4800, Speed::On),
            (5000, Speed::On),
            (5200, Speed::On),
            (5300, Speed::Ahead),
            (9900, Speed::Ahead),
        ] {
            assert_eq!(speed(&window(used, WEEK, WEEK / 2)), Some(said), "{used}");
        }
    }

    #[test]
    fn what_is_used_faster_runs_out_before_its_reset() {
        // Four fifths of five hours in two of them: the last fifth takes half an hour.
        let pace = pace(&window(8000, 5 * HOUR, 2 * HOUR), NOW).expect("a pace");
        assert_eq!(pace.runs_out_at, Some(NOW + 1800));
        assert_eq!(pace.left_at_reset, Decimal::ZERO);
        assert_eq!(pace.even_left, Decimal::whole(60));
    }

    #[test]
    fn what_is_used_slower_is_left_over() {
        let pace = pace(&window(2000, WEEK, WEEK / 2), NOW).expect("a pace");
        assert_eq!(pace.runs_out_at, None);
        assert_eq!(pace.left_at_reset, Decimal::whole(60));
    }

    #[test]
    fn whole_percents_may_not_tell_when() {
        // 13 % may be 12 or 14 of a tenth of the week: most of a day apart.
        let pace = pace(&window(1300, WEEK, WEEK / 10), NOW).expect("a pace");
        assert_eq!((pace.speed, pace.runs_out_at), (Speed::Ahead, None));
        // With a fraction they do.
        let finer = super::pace(&window(1350, WEEK, WEEK / 10), NOW).expect("a pace");
        assert!(finer.runs_out_at.is_some());
    }

    #[test]
    fn the_days_before_tell_what_a_young_window_does_not() {
        let daily =
            |percent| Daily { window_seconds: WEEK, used: Decimal::whole(percent), days: 5 };
        let young = window(500, WEEK, WEEK / 20);
        assert_eq!(speed(&young), None);
        let of_days = |percent| pace_of_days(&young, &daily(percent), NOW).expect("a pace");
        let fast = of_days(20);
        assert_eq!((fast.speed, fast.of_days), (Speed::Ahead, Some(5)));
        // 95 percent at 20 a day.
        assert_eq!(fast.runs_out_at, Some(NOW + 114 * HOUR));
        let slow = of_days(10);
        assert_eq!((slow.speed, slow.runs_out_at), (Speed::Behind, None));
        assert_eq!(slow.left_at_reset, Decimal::of_hundredths(2850));
        // An older window tells by itself, and another length is another quota.
        assert_eq!(pace_of_days(&window(5000, WEEK, WEEK / 2), &daily(20), NOW), None);
        let month = window(500, 30 * DAY, DAY);
        assert_eq!(pace_of_days(&month, &daily(20), NOW), None);
    }

    #[test]
    fn there_is_no_pace_before_a_tenth_has_passed_or_where_no_clock_is_believed() {
        assert_eq!(speed(&window(9000, WEEK, WEEK / 10 - 60)), None);
        assert_eq!(speed(&window(10_000, WEEK, WEEK / 2)), None);
        for state in [
            WindowState::NotStarted,
            WindowState::Due,
            WindowState::Inconsistent,
            WindowState::Assumed,
        ] {
            let mut stopped = window(9000, WEEK, WEEK / 2);
            stopped.state = state;
            assert_eq!(speed(&stopped), None, "{state:?}");
        }
        for change in [
            |window: &mut UsageWindow| window.used_percent = None,
            |window: &mut UsageWindow| window.resets_at = None,
            |window: &mut UsageWindow| window.resets_at = Some(NOW),
            |window: &mut UsageWindow| window.resets_at = Some(i64::MIN),
            |window: &mut UsageWindow| window.length_seconds = None,
            |window: &mut UsageWindow| window.length_seconds = Some(i64::MAX),
        ] {
            let mut absurd = window(9000, WEEK, WEEK / 2);
            change(&mut absurd);
            assert_eq!(speed(&absurd), None, "{absurd:?}");
        }
    }
}

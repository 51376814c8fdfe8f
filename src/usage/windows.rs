//! Usage windows: what each is for, what its clock does, and how an answer reports them.

use serde::Serialize;
use serde_json_borrow::Value;

use super::response::MOST_LISTED;
use super::value::{number, object, percent, resets_at, truth, whole};
use super::{Quota, RateLimit};
use crate::decimal::Decimal;
use crate::time::Instant;

/// A usage window: how much of it is used, how long it is, when it resets.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageWindow {
    /// 0 to 100, clamped.
    pub used_percent: Option<Decimal>,
    /// No percentage came, but the server says the limit is reached.
    pub reached: bool,
    /// When it resets.
    pub resets_at: Option<Instant>,
    /// Its length, reported or assumed.
    pub length_seconds: Option<i64>,
    /// Whether the length is the usual one of the slot and was not reported.
    pub is_assumed: bool,
    /// The state of its clock.
    pub state: WindowState,
}

impl UsageWindow {
    /// 0 to 100. 99.6 used is 0.4 left, not exhausted.
    pub fn remaining_percent(&self) -> Option<Decimal> {
        let reached = self.reached.then_some(Decimal::ZERO);
        self.used_percent.map(Decimal::complement).or(reached)
    }

    /// By length, never by the slot it was reported in.
    pub fn role(&self) -> Role {
        self.length_seconds.map_or(Role::Other, Role::of_length)
    }

    /// Whether nothing is left of it.
    pub fn is_exhausted(&self) -> bool {
        self.reached || self.used_percent == Some(Decimal::HUNDRED)
    }

    /// The reset, where it lies ahead and can be believed.
    pub fn recovery_at(&self) -> Option<Instant> {
        let is_off = matches!(self.state, WindowState::Due | WindowState::Inconsistent);
        self.resets_at.filter(|_| !is_off)
    }
}

/// The role of a window, by its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Five hours.
    Session,
    /// Seven days.
    Weekly,
    /// A month of 28 to 31 days.
    Monthly,
    /// Any other length, or unknown.
    Other,
}

impl Role {
    /// Five hours, in seconds.
    pub const SESSION_SECONDS: i64 = 18_000;
    /// Seven days, in seconds.
    pub const WEEK_SECONDS: i64 = 604_800;

    /// The role of a window of this length.
    pub fn of_length(length: i64) -> Self {
        if is_about(length, Self::SESSION_SECONDS) {
            Self::Session
        } else if is_about(length, Self::WEEK_SECONDS) {
            Self::Weekly
        } else if (2_419_200..=2_678_400).contains(&length) {
            Self::Monthly
        } else {
            Self::Other
        }
    }
}

/// Whether two lengths are the same for a person. Lengths have been reported a minute
/// short, so one percent is let pass.
pub fn is_about(length: i64, usual: i64) -> bool {
    length.abs_diff(usual) <= usual.unsigned_abs() / 100
}

/// Resets that are reported this many seconds apart are the same.
const SAME_RESET_SECONDS: u64 = 10 * 60;

/// Returns whether two reports are of the same reset.
pub fn is_same_reset(one: Instant, other: Instant) -> bool {
    one.abs_diff(other) <= SAME_RESET_SECONDS
}

/// States of a window's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowState {
    /// It runs.
    Running,
    /// It starts on first use.
    NotStarted,
    /// The reset lies in the past: check again.
    Due,
    /// The reset lies beyond the window's length.
    Inconsistent,
    /// The length was not reported; the role is the usual one of the slot.
    Assumed,
}

/// The window with the least left.
pub fn scarcest(windows: &[UsageWindow]) -> Option<&UsageWindow> {
    let known = windows.iter().filter(|window| window.remaining_percent().is_some());
    known.min_by_key(|window| window.remaining_percent())
}

/// Reads the ordinary quota.
pub(super) fn rate_limit(value: Option<&Value<'_>>, as_of: Instant) -> RateLimit {
    match value {
        Some(Value::Null) => RateLimit::None,
        Some(limits) if limits.is_object() => RateLimit::Reported(quota(limits, as_of)),
        Some(_) | None => RateLimit::Absent,
    }
}

/// Reads a permission and its windows.
pub(super) fn quota(limits: &Value<'_>, as_of: Instant) -> Quota {
    let read = |(key, value): (&str, &Value<'_>)| {
        window(key.strip_suffix("_window")?, object(value)?, as_of)
    };
    let mut windows: Vec<UsageWindow> = Vec::new();
    for window in limits.iter_object().into_iter().flatten().filter_map(read).take(MOST_LISTED) {
        let length = |window: &UsageWindow| window.length_seconds.unwrap_or(i64::MAX);
        let place = windows.partition_point(|other| length(other) <= length(&window));
        windows.insert(place, window);
    }
    let [allowed, limit_reached] = ["allowed", "limit_reached"].map(|key| truth(limits.get(key)));
    // A limit that is reached is some window's: where none reports it, it is the
    // one that reports no percentage.
    let is_over = limit_reached == Some(true) && allowed != Some(true);
    if is_over && !windows.iter().any(UsageWindow::is_exhausted) {
        let mut silent = windows.iter_mut().filter(|window| window.used_percent.is_none());
        if let (Some(only), None) = (silent.next(), silent.next()) {
            only.reached = true;
        }
    }
    Quota { allowed, limit_reached, windows }
}

/// Seconds that two clocks may be apart before a reset is called
/// inconsistent.
const SKEW: i64 = 60;

/// Returns nothing if the window is disabled, which a length of 0 says.
fn window(slot: &str, window: &Value<'_>, as_of: Instant) -> Option<UsageWindow> {
    let length = number(window.get("limit_window_seconds"));
    if length == Some(Decimal::ZERO) {
        return None;
    }
    let used_percent = percent(window.get("used_percent"));
    let reset_after = whole(window.get("reset_after_seconds"));
    let resets_at = resets_at(window, as_of);
    let resets_in = resets_at.map(|at| at - as_of);
    let length = length.map(Decimal::trunc);
    let reported = length.filter(|length| (1..=LONGEST_WINDOW).contains(length));
    let usual = match slot {
        "primary" => Some(Role::SESSION_SECONDS),
        "secondary" => Some(Role::WEEK_SECONDS),
        _ => None,
    };
    // The usual length of a slot is no more than a guess: a reset beyond it
    // proves the guess wrong.
    let assumed = usual.filter(|length| resets_in.is_none_or(|left| left <= length + SKEW));
    let length_seconds = reported.or(assumed);
    let is_whole = |length| {
        let is_left = resets_in.is_some_and(|left| left >= length - 5);
        used_percent == Some(Decimal::ZERO) && (is_left || reset_after == Some(length))
    };
    let state = match (resets_in, length_seconds) {
        (Some(..=0), _) => WindowState::Due,
        (Some(left), Some(length)) if left > length + SKEW => WindowState::Inconsistent,
        (_, Some(_)) if reported.is_none() => WindowState::Assumed,
        (_, Some(length)) if is_whole(length) => WindowState::NotStarted,
        (_, _) => WindowState::Running,
    };
    Some(UsageWindow {
        used_percent,
        reached: false,
        resets_at,
        length_seconds,
        is_assumed: reported.is_none() && length_seconds.is_some(),
        state,
    })
}

/// Ten years, in seconds: a longer window meters nothing.
pub const LONGEST_WINDOW: i64 = 315_360_000;

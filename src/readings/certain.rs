//! The last conclusive check of a profile, and what has changed since.

use std::ops::Not;

use serde::{Deserialize, Serialize};

use super::Found;
use super::key::{LARGEST, number};
use crate::decimal::Decimal;
use crate::rotation::{self, Tier};
use crate::time::{Instant, LATEST};
use crate::usage::{
    LONGEST_WINDOW, UsageSnapshot, UsageWindow, Verdict, WindowState, is_about, is_same_reset,
};

/// Windows kept of one reading.
const MOST_WINDOWS: usize = 6;

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
    pub(super) is_former: bool,
    /// A number that is the same for the same plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) plan: Option<u64>,
    /// Paid credits left, in hundredths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) credits: Option<i64>,
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
    /// Hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) used: Option<i64>,
    /// When it resets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resets_at: Option<Instant>,
}

/// One thing that is otherwise than it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
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

impl KnownWindow {
    pub(super) fn is_sane(&self) -> bool {
        // What no window of an answer is long, could not be told either.
        (1..=LONGEST_WINDOW).contains(&self.length_seconds)
            && self.used.is_none_or(|used| (0..=10_000).contains(&used))
            && self.resets_at.is_none_or(|at| (1..=LATEST).contains(&at))
    }
}

impl Certain {
    /// The readiness that was found.
    pub fn tier(&self) -> Tier {
        match self.verdict {
            Verdict::Usable if self.is_low => Tier::Low,
            Verdict::Usable => Tier::Ready,
            Verdict::UsableAtCost => Tier::Overage,
            Verdict::Wait => Tier::Wait,
            Verdict::Broken => Tier::Broken,
            Verdict::Unknown => Tier::Unknown,
        }
    }

    /// Keeps a finding that is conclusive.
    pub(super) fn of(found: &Found<'_>, now: Instant) -> Option<Self> {
        let credits = || {
            let credits = found.usage?.credits.as_ref().filter(|credits| !credits.unlimited)?;
            Some(credits.balance.as_ref()?.value.hundredths()).filter(is_exact)
        };
        (found.verdict != Verdict::Unknown).then(|| Self {
            at: now,
            verdict: found.verdict,
            is_low: found.usage.is_some_and(rotation::is_low),
            is_signed_out: found.is_signed_out,
            is_former: false,
            plan: found.usage.and_then(|usage| Some(number(&[&usage.plan.as_ref()?.name]))),
            credits: credits(),
            windows: found.usage.map(known_windows),
        })
    }

    /// Compares with what was found now. Empty where that is not conclusive, or where this
    /// is from the future: a clock jumped.
    pub fn changes(&self, found: &Found<'_>, now: Instant) -> Vec<Difference> {
        let mut changes = Vec::new();
        let Some(new) = Self::of(found, now).filter(|_| self.at <= now) else {
            return changes;
        };
        if new.verdict == Verdict::Usable && self.verdict != Verdict::Usable {
            changes.push(Difference::UsableAgain);
        }
        if self.plan.is_some() && new.plan.is_some() && self.plan != new.plan {
            changes.push(Difference::Plan);
        }
        if let (Some(old), Some(usage)) = (&self.windows, found.usage) {
            changes.extend(compare_windows(old, usage.windows(), now));
        }
        if let (Some(was), Some(is)) = (self.credits, new.credits)
            && is < was
        {
            let [was, is] = [was, is].map(Decimal::of_hundredths);
            changes.push(Difference::CreditsDropped(was, is));
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
            used: window.remaining_percent().map(|left| left.complement().hundredths()),
            resets_at: window.resets_at.filter(|_| runs),
        })
    };
    let windows = usage.windows().iter().filter_map(known);
    windows.take(MOST_WINDOWS).collect()
}

fn reported_length(window: &UsageWindow) -> Option<i64> {
    window.length_seconds.filter(|_| !window.is_assumed)
}

fn compare_windows(old: &[KnownWindow], new: &[UsageWindow], now: Instant) -> Vec<Difference> {
    let mut changes = Vec::new();
    let reported = |window| Some((window, reported_length(window)?));
    // Of more than these nobody knows whether they were there.
    for (window, length) in new.iter().filter_map(reported).take(MOST_WINDOWS) {
        let is_same = |old: &&KnownWindow| is_about(length, old.length_seconds);
        let before: Vec<&KnownWindow> = old.iter().filter(is_same).collect();
        if before.is_empty() {
            changes.push(Difference::WindowAppeared(length));
        }
        let Some(is) = window.recovery_at() else {
            continue;
        };
        // Any of one length may be this one, so the least that explains it counts. And
        // what has passed since has only come round.
        let moved_from = |was: &KnownWindow| was.resets_at.filter(|at| *at > now);
        let moves = before.iter().map(|was| Some((is - moved_from(was)?, was.used)));
        let moves: Option<Vec<(i64, Option<i64>)>> = moves.collect();
        let least = moves.and_then(|moves| moves.into_iter().min_by_key(|(by, _)| by.abs()));
        if let Some((by, used)) = least.filter(|(by, _)| !is_same_reset(0, *by)) {
            // What is used of a window only grows, until it begins anew.
            let is_new = window.used_percent.map(Decimal::hundredths) < used && by > 0;
            changes.push(if is_new {
                Difference::ResetEarly(length)
            } else {
                Difference::ResetMoved(length, by)
            });
        }
    }
    for before in old {
        let length = before.length_seconds;
        if !new.iter().filter_map(|new| new.length_seconds).any(|new| is_about(new, length)) {
            changes.push(Difference::WindowVanished(length));
        }
    }
    changes
}

/// Whether every reader of JSON takes it as it is.
pub(super) fn is_exact(number: &i64) -> bool {
    number.unsigned_abs() <= LARGEST
}

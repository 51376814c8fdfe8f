//! What lies ahead of all profiles together: who is back next, when included use would
//! end everywhere, and what would expire unused.

use crate::clock::Instant;
use crate::decimal::Decimal;
use crate::pace::{Pace, pace};
use crate::prelude::*;
use crate::report::{Report, Row};
use crate::rotation::{self, Ranked, Tier};
use crate::usage::{UsageWindow, Verdict};

const DAY: i64 = 86_400;

/// Less than this, in percent, is not worth a word when it expires.
const WORTH_TELLING: i64 = 10;

/// What lies ahead. Rows are given by their index in the report.
#[derive(Debug, PartialEq, Eq)]
pub struct Outlook {
    /// How many profiles are usable now.
    pub usable: usize,
    /// How many were checked.
    pub checked: usize,
    /// How many of them nothing certain is known of.
    pub unknown: usize,
    /// The row whose included use is back next, and when.
    pub next_recovery: Option<(usize, Instant)>,
    /// When included use would end everywhere, if all are used on as they were. None
    /// where it would not, and where nobody is usable now.
    pub ends_at: Option<Instant>,
    /// Quota that would expire unused within a day, the soonest first.
    pub expiring: Vec<Expiring>,
    /// Banked resets, with the row that has them.
    pub banked: Vec<(usize, u64)>,
}

/// Quota that would expire unused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    /// Whose.
    pub row: usize,
    /// Of the window of this length.
    pub length_seconds: i64,
    /// How much of it, 0 to 100.
    pub left: Decimal,
    /// When.
    pub at: Instant,
    /// Whether that is what is left at the present pace. Else it is what is left now.
    pub is_at_pace: bool,
}

impl Outlook {
    /// What lies ahead of `report`, whose rows are `ranked`.
    pub fn new(report: &Report<'_>, ranked: &[Ranked], now: Instant) -> Self {
        let next = rotation::next_recovery(ranked);
        let back = |next: &Ranked| Some((next.index, next.recovers_at?));
        let quotas = quotas(ranked);
        let mut expiring = Vec::new();
        for quota in &quotas {
            expiring.extend(expiring_of(report, quota, now));
        }
        sort_by_time(&mut expiring);
        let banked = |(index, row): (usize, &Row<'_>)| {
            let banked = row.answer()?.reset_credits?.available;
            (banked > 0).then_some((index, banked))
        };
        Self {
            usable: report.count(Verdict::Usable),
            checked: report.rows.len(),
            unknown: report.count(Verdict::Unknown),
            next_recovery: next.and_then(back),
            ends_at: ends_at(report, &quotas, now),
            expiring,
            banked: report.rows.iter().enumerate().filter_map(banked).collect(),
        }
    }
}

/// The pace of a window of a row: none where included use is refused anyway.
pub fn row_pace(row: &Row<'_>, window: &UsageWindow) -> Option<Pace> {
    let server = row.judgement.server.unwrap_or(row.judgement.verdict);
    let as_of = row.answer()?.as_of;
    pace(window, as_of).filter(|_| server == Verdict::Usable)
}

/// Of each quota, its best label: several labels of one identity share one.
fn quotas(ranked: &[Ranked]) -> Vec<Ranked> {
    let mut seen = vec![false; ranked.len()];
    let mut quotas = Vec::new();
    for one in ranked {
        if !core::mem::replace(&mut seen[one.read_from], true) {
            quotas.push(*one);
        }
    }
    quotas
}

/// When included use ends for all quotas at once, each of them used on at its own pace.
fn ends_at(report: &Report<'_>, quotas: &[Ranked], now: Instant) -> Option<Instant> {
    if quotas.iter().all(|quota| quota.tier > Tier::Low) {
        return None;
    }
    // In which spans of time none of the quotas so far works.
    let mut spans = vec![(now, Instant::MAX)];
    for quota in quotas {
        let blocked = match quota.tier {
            Tier::Ready | Tier::Low => run_out(&report.rows[quota.read_from]),
            Tier::Overage | Tier::Wait => vec![(now, quota.recovers_at.unwrap_or(Instant::MAX))],
            // They are no help at any time that is known.
            Tier::Unknown | Tier::Broken => continue,
        };
        let mut both = Vec::new();
        for (from, until) in spans {
            for (begin, end) in &blocked {
                let (from, until) = (from.max(*begin), until.min(*end));
                if from < until {
                    both.push((from, until));
                }
            }
        }
        spans = both;
    }
    spans.iter().map(|(from, _)| *from).min()
}

/// From when to when each window is used up, if it is used on as it was.
fn run_out(row: &Row<'_>) -> Vec<(Instant, Instant)> {
    let windows = row.answer().map(|usage| usage.windows());
    let span =
        |window: &UsageWindow| Some((row_pace(row, window)?.runs_out_at?, window.resets_at?));
    windows
        .unwrap_or_default()
        .iter()
        .filter_map(span)
        .collect()
}

fn expiring_of(report: &Report<'_>, quota: &Ranked, now: Instant) -> Vec<Expiring> {
    let row = &report.rows[quota.read_from];
    let usage = row.answer().filter(|_| quota.tier <= Tier::Low);
    let mut expiring = Vec::new();
    for window in usage.map(|usage| usage.windows()).unwrap_or_default() {
        let length = window.length_seconds.filter(|length| *length >= DAY);
        let is_soon = |at: &Instant| *at > now && *at <= now.saturating_add(DAY);
        let at = window.recovery_at().filter(is_soon);
        let pace = row_pace(row, window);
        let left = pace.map(|pace| pace.left_at_reset);
        let left = left.or_else(|| window.remaining_percent());
        if let (Some(length_seconds), Some(at), Some(left)) = (length, at, left)
            && left >= Decimal::whole(WORTH_TELLING)
        {
            expiring.push(Expiring {
                row: quota.index,
                length_seconds,
                left,
                at,
                is_at_pace: pace.is_some(),
            });
        }
    }
    expiring
}

/// Sorts a few: a fraction of the code of the standard library's sorts.
fn sort_by_time(list: &mut [Expiring]) {
    for index in 1..list.len() {
        let place = list[..index].partition_point(|other| other.at <= list[index].at);
        list[place..=index].rotate_right(1);
    }
}

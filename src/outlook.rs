//! The outlook of all profiles together: which is back next, when included use would
//! end everywhere, and which quota would expire unused.

use crate::decimal::Decimal;
use crate::pace::{Pace, pace, pace_of_days};
use crate::report::{Report, Row};
use crate::rotation::{self, Ranked, Tier};
use crate::time::{DAY, Instant};
use crate::usage::{ResetCredits, UsageWindow, Verdict};

/// Less than this, in percent, is not worth a word when it expires.
const WORTH_TELLING: i64 = 10;

/// The outlook of a report. Rows are given by their index in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The number of profiles that are usable now.
    pub usable: usize,
    /// The row whose included use is back next, and when.
    pub next_recovery: Option<(usize, Instant)>,
    /// When included use would end everywhere, if all are used on as they were. None
    /// where it would not, and where nobody is usable now.
    pub ends_at: Option<Instant>,
    /// Quota that would expire unused within a day, the soonest first.
    pub expiring: Vec<Expiring>,
    /// Banked resets, with the row that has them.
    pub banked: Vec<(usize, ResetCredits)>,
}

/// Quota that would expire unused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    /// The row that has it.
    pub row: usize,
    /// The length of its window.
    pub length_seconds: i64,
    /// The share that would expire, 0 to 100.
    pub left: Decimal,
    /// When it expires.
    pub at: Instant,
    /// Whether that is what is left at the present pace. Else it is what is left now.
    pub is_at_pace: bool,
}

impl Outlook {
    /// Looks ahead from `report`, whose rows are `ranked`.
    pub fn new(report: &Report<'_>, ranked: &[Ranked], now: Instant) -> Self {
        // The first to be back among those that the gateway can use; without any, among all.
        let is_in = |one: &&Ranked| !report.rows[one.index].is_left_out;
        let next = rotation::next_recovery(ranked.iter().filter(is_in));
        let next = next.or_else(|| rotation::next_recovery(ranked.iter()));
        // The best label of each quota: several labels of one identity share one.
        let mut seen = vec![false; ranked.len()];
        let is_first = |one: &&Ranked| !std::mem::replace(&mut seen[one.quota_source], true);
        let quotas: Vec<Ranked> = ranked.iter().filter(is_first).copied().collect();
        let mut expiring: Vec<Expiring> = Vec::new();
        for one in quotas.iter().flat_map(|quota| expiring_of(report, quota, now)) {
            expiring.insert(expiring.partition_point(|other| other.at <= one.at), one);
        }
        let banked = |quota: &Ranked| {
            let banked = report.rows[quota.quota_source].answer()?.reset_credits?;
            (banked.list.available > 0).then_some((quota.index, banked))
        };
        Self {
            usable: report.rows.iter().filter(|row| row.is_usable(now)).count(),
            next_recovery: next.and_then(|next| Some((next.index, next.recovers_at?))),
            ends_at: ends_at(report, &quotas, now),
            expiring,
            banked: quotas.iter().filter_map(banked).collect(),
        }
    }
}

/// The pace of a window of a row: none where included use is refused anyway, or the
/// answer is not of now.
pub fn row_pace(row: &Row<'_>, window: &UsageWindow, now: Instant) -> Option<Pace> {
    let is_of_now = row.server_verdict() == Verdict::Usable && row.stale_since(now).is_none();
    let as_of = row.answer()?.as_of;
    let of_days = || pace_of_days(window, row.daily.as_ref()?, as_of);
    pace(window, as_of).or_else(of_days).filter(|_| is_of_now)
}

/// When included use ends for all quotas at once, each of them used on at its own pace.
fn ends_at(report: &Report<'_>, quotas: &[Ranked], now: Instant) -> Option<Instant> {
    if quotas.iter().all(|quota| quota.tier > Tier::Low) {
        return None;
    }
    // In which spans of time none of the quotas so far works.
    let mut spans = vec![(now, Instant::MAX)];
    for quota in quotas {
        let mut blocked = run_out(&report.rows[quota.quota_source], now);
        match quota.tier {
            Tier::Ready | Tier::Low => {}
            Tier::Overage | Tier::Wait => {
                blocked.push((now, quota.recovers_at.unwrap_or(Instant::MAX)));
            }
            // They are no help at any time that is known.
            Tier::Unknown | Tier::Broken => continue,
        }
        let both = spans.iter().flat_map(|(from, until)| {
            let both = |(begin, end): &(Instant, Instant)| (*from.max(begin), *until.min(end));
            blocked.iter().map(both)
        });
        spans = joined(both.filter(|(from, until)| from < until));
    }
    spans.iter().map(|(from, _)| *from).min()
}

/// Joins the spans that overlap, so that there are never more of them than ends.
fn joined(spans: impl Iterator<Item = (Instant, Instant)>) -> Vec<(Instant, Instant)> {
    let mut joined: Vec<(Instant, Instant)> = Vec::new();
    for (mut from, mut until) in spans {
        joined.retain(|other| {
            let is_apart = other.1 < from || until < other.0;
            if !is_apart {
                (from, until) = (from.min(other.0), until.max(other.1));
            }
            is_apart
        });
        joined.push((from, until));
    }
    joined
}

/// From when to when each window is used up, if it is used on as it was.
pub fn run_out(row: &Row<'_>, now: Instant) -> Vec<(Instant, Instant)> {
    let span =
        |window: &UsageWindow| Some((row_pace(row, window, now)?.runs_out_at?, window.resets_at?));
    row.windows().iter().filter_map(span).collect()
}

fn expiring_of(report: &Report<'_>, quota: &Ranked, now: Instant) -> Vec<Expiring> {
    let row = &report.rows[quota.quota_source];
    // A cooldown of the gateway ends; a refusal of the server uses nothing up.
    let is_of_use = row.server_verdict() == Verdict::Usable && quota.tier != Tier::Broken;
    if !is_of_use || row.stale_since(now).is_some() {
        return vec![];
    }
    let expiring = |window: &UsageWindow| {
        // One of a day always ends within a day.
        let length_seconds = window.length_seconds.filter(|length| *length > DAY)?;
        let is_soon = |at: &Instant| *at > now && *at <= now.saturating_add(DAY);
        let at = window.recovery_at().filter(is_soon)?;
        let pace = row_pace(row, window, now);
        let left = pace.map(|pace| pace.left_at_reset).or_else(|| window.remaining_percent())?;
        let expiring =
            Expiring { row: quota.index, length_seconds, left, at, is_at_pace: pace.is_some() };
        (left >= Decimal::whole(WORTH_TELLING)).then_some(expiring)
    };
    row.windows().iter().filter_map(expiring).collect()
}

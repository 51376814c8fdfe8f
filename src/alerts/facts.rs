//! A check as alerts see it.

use super::{MOST_RUNS, Run, State};
use crate::decimal::Decimal;
use crate::outlook::{Outlook, row_pace};
use crate::readings::hashed;
use crate::report::Report;
use crate::rotation::{Ranked, Tier};
use crate::time::{HOUR, Instant};
use crate::usage::{Role, UsageWindow, scarcest};

/// A window that is empty at least this many seconds before its reset is so too soon.
const TOO_SOON: i64 = HOUR;

/// More than this share of a week, in percent, is worth telling before it lapses.
const UNUSED: i64 = 30;

/// A banked reset that expires within so many seconds is told of.
const EXPIRES_SOON: i64 = 48 * HOUR;

/// The findings about one profile.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The profile's id, hashed.
    pub key: String,
    /// Its row in the report.
    pub row: usize,
    /// The row whose reading speaks for its quota.
    pub quota_source: usize,
    /// Absent where nothing certain is known.
    pub state: Option<State>,
    /// The least that is left of a window.
    pub left: Option<Decimal>,
    /// Windows that are empty too soon at their pace.
    pub empty: Vec<Run>,
    /// The reset at which a good part of the week lapses.
    pub unused: Option<Instant>,
    /// The expiry of a banked reset, where it is near.
    pub banked: Option<Instant>,
}

/// Finds the facts of every profile of a report, the best first.
pub fn facts(
    report: &Report<'_>,
    ranked: &[Ranked],
    outlook: &Outlook,
    salt: &str,
    now: Instant,
) -> Vec<Facts> {
    let mut quota_of = vec![0; report.rows.len()];
    for one in ranked {
        quota_of[one.index] = one.quota_source;
    }
    let mut unused = vec![None; report.rows.len()];
    for expiring in &outlook.expiring {
        let is_week = Role::of_length(expiring.length_seconds) == Role::Weekly;
        if is_week && expiring.left > Decimal::whole(UNUSED) {
            unused[quota_of[expiring.row]] = Some(expiring.at);
        }
    }
    let mut banked = vec![None; report.rows.len()];
    for (row, resets) in &outlook.banked {
        let is_soon = |at: &Instant| (0..=EXPIRES_SOON).contains(&at.saturating_sub(now));
        if let Some(at) = resets.list.next_expires_at.filter(is_soon) {
            banked[quota_of[*row]] = Some(at);
        }
    }
    let of = |one: &Ranked| {
        let row = &report.rows[one.index];
        let source = &report.rows[one.quota_source];
        let windows = source.windows();
        let is_empty_soon = |window: &UsageWindow| {
            let empty_at = row_pace(source, window, now)?.runs_out_at?;
            let run = Run { seconds: window.length_seconds?, resets_at: window.resets_at? };
            (run.resets_at - empty_at >= TOO_SOON).then_some(run)
        };
        Facts {
            key: hashed(&[salt, "alerts", row.profile.id.as_str()]),
            row: one.index,
            quota_source: one.quota_source,
            state: match one.tier {
                Tier::Ready | Tier::Low => Some(State::Ready),
                Tier::Overage | Tier::Wait => Some(State::Out),
                Tier::Broken => Some(State::Broken),
                Tier::Unknown => None,
            },
            left: scarcest(windows).and_then(UsageWindow::remaining_percent),
            empty: windows.iter().filter_map(is_empty_soon).take(MOST_RUNS).collect(),
            unused: unused[one.quota_source],
            banked: banked[one.quota_source],
        }
    };
    ranked.iter().map(of).collect()
}

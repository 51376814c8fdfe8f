//! The time ahead, drawn for a terminal: a line for each profile from now on, where it
//! works, where it does not, and where a window resets.

use super::layout::{self, painted};
use super::words::say;
use super::{Screen, Voice};
use crate::clock::Instant;
use crate::outlook::row_pace;
use crate::prelude::*;
use crate::report::{Report, Row};
use crate::usage::{Verdict, WindowState};

/// From how many cells on there is room for it.
const NARROWEST: u16 = 80;

/// How many cells it takes at most.
const WIDEST: usize = 96;

/// How many profiles it shows at most: more is no glance.
const MOST_ROWS: usize = 24;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// What a profile does for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Works,
    Costs,
    Blocked,
}

impl Phase {
    /// The sign of one cell, and its colour.
    fn sign(self) -> (char, &'static str) {
        match self {
            Self::Works => ('━', layout::GREEN),
            Self::Costs => ('╍', layout::CYAN),
            Self::Blocked => ('┄', layout::YELLOW),
        }
    }
}

/// One profile's time ahead.
struct Track<'a> {
    name: &'a str,
    /// What it does apart from working, and from when to when.
    spans: Vec<(Instant, Instant, Phase)>,
    resets: Vec<Instant>,
}

impl<'a> Track<'a> {
    /// None where nothing certain is known, or nothing is ever going to happen.
    fn new(row: &'a Row<'_>, now: Instant) -> Option<Self> {
        let judgement = &row.judgement;
        let phase = match judgement.verdict {
            Verdict::Usable => Phase::Works,
            Verdict::UsableAtCost => Phase::Costs,
            Verdict::Wait => Phase::Blocked,
            Verdict::Broken | Verdict::Unknown => return None,
        };
        let mut spans = Vec::new();
        if phase != Phase::Works {
            spans.push((now, judgement.until.unwrap_or(Instant::MAX), phase));
        }
        let mut resets: Vec<Instant> = Vec::new();
        for window in row
            .answer()
            .map(|usage| usage.windows())
            .unwrap_or_default()
        {
            let runs = window.state == WindowState::Running;
            resets.extend(window.resets_at.filter(|at| runs && *at > now));
            let runs_out_at = row_pace(row, window).and_then(|pace| pace.runs_out_at);
            if let (Some(from), Some(until)) = (runs_out_at, window.resets_at) {
                spans.push((from, until, Phase::Blocked));
            }
        }
        let name = row.profile.name.as_str();
        (!spans.is_empty() || !resets.is_empty()).then_some(Self {
            name,
            spans,
            resets,
        })
    }

    fn phase_at(&self, at: Instant) -> Phase {
        let mut spans = self.spans.iter();
        let is_then = |(from, until, _): &&(Instant, Instant, Phase)| (*from..*until).contains(&at);
        spans
            .find(is_then)
            .map_or(Phase::Works, |(.., phase)| *phase)
    }

    fn latest(&self) -> Option<Instant> {
        let ends = self.spans.iter().map(|(_, until, _)| *until);
        ends.chain(self.resets.iter().copied())
            .filter(|at| *at < Instant::MAX)
            .max()
    }

    fn draw(&self, axis: &Axis, colour: bool) -> String {
        let mut marks = vec![false; axis.cells];
        for at in &self.resets {
            if let Some(mark) = marks.get_mut(axis.cell(*at)) {
                *mark = true;
            }
        }
        let mut drawn = String::new();
        let mut run = String::new();
        let mut last = Phase::Works;
        for (cell, is_marked) in marks.into_iter().enumerate() {
            let phase = self.phase_at(axis.middle(cell));
            if phase != last {
                drawn += &painted(&run, last.sign().1, colour && !run.is_empty());
                run.clear();
                last = phase;
            }
            run.push(if is_marked { '│' } else { phase.sign().0 });
        }
        drawn + &painted(&run, last.sign().1, colour)
    }
}

/// Time from now on, cut into cells.
struct Axis {
    now: Instant,
    step: i64,
    cells: usize,
}

impl Axis {
    fn new(now: Instant, until: Instant, cells: usize) -> Self {
        let span = (until - now).clamp(5 * HOUR, 32 * DAY);
        // The last reset still has a cell.
        let step = span / (cells as i64 - 1) + 1;
        Self { now, step, cells }
    }

    fn cell(&self, at: Instant) -> usize {
        usize::try_from((at - self.now) / self.step).unwrap_or(usize::MAX)
    }

    /// The middle of a cell; of the first one its beginning, which is now.
    fn middle(&self, cell: usize) -> Instant {
        let half = if cell == 0 { 0 } else { self.step / 2 };
        self.now + cell as i64 * self.step + half
    }

    /// The hours or days that the cells pass, where there is room for their names.
    fn labels(&self, voice: &Voice) -> String {
        let span = self.step * self.cells as i64;
        let room = self.step * 8;
        let steps = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY];
        let tick = steps
            .into_iter()
            .find(|tick| *tick >= room)
            .unwrap_or(7 * DAY);
        let mut line = say!(voice, "now", "现在");
        let offset = i64::from(voice.zone.offset_at(self.now));
        let mut at = (self.now + offset).div_euclid(tick) * tick + tick - offset;
        while at < self.now + span {
            let civil = voice.zone.civil(at);
            let label = match tick < DAY {
                true => civil.time(),
                false => civil.day_and_month(),
            };
            let gap = self.cell(at).saturating_sub(layout::width(&line));
            let fits = gap > 0 && self.cell(at) + label.len() <= self.cells;
            if fits {
                line += &" ".repeat(gap);
                line += &label;
            }
            at += tick;
        }
        line
    }
}

/// The time ahead of the profiles of which something is known, and what the signs mean.
/// None where there is no terminal wide enough, or nothing to compare.
pub fn timeline(voice: &Voice, report: &Report<'_>) -> Option<String> {
    let Screen { colour, columns } = voice.screen.filter(|screen| screen.columns >= NARROWEST)?;
    let rows = report.rows.iter();
    let tracks: Vec<Track<'_>> = rows.filter_map(|row| Track::new(row, voice.now)).collect();
    if !(2..=MOST_ROWS).contains(&tracks.len()) {
        return None;
    }
    let until = tracks.iter().filter_map(Track::latest).max()?;
    let names = tracks.iter().map(|track| layout::width(track.name)).max()?;
    // The sign of a verdict stands before a name elsewhere.
    let cells = usize::from(columns).saturating_sub(names + 6).min(WIDEST);
    if cells < 40 {
        return None;
    }
    let axis = Axis::new(voice.now, until, cells);
    let mut lines = vec![format!("   {}  {}", " ".repeat(names), axis.labels(voice))];
    for track in &tracks {
        let name = layout::padded(track.name, names);
        lines.push(format!("   {name}  {}", track.draw(&axis, colour)));
    }
    let is_there = |phase| {
        tracks
            .iter()
            .any(|track| track.spans.iter().any(|span| span.2 == phase))
    };
    let mut legend = vec![say!(voice, "━ works", "━ 可用")];
    legend.extend(is_there(Phase::Costs).then(|| say!(voice, "╍ costs credits", "╍ 消耗 credits")));
    legend.extend(is_there(Phase::Blocked).then(|| {
        say!(
            voice,
            "┄ blocked, or used up at the present pace",
            "┄ 受限或预计已用完"
        )
    }));
    legend.push(say!(voice, "│ resets", "│ 重置"));
    let legend = legend.join("  ");
    lines.push(format!("   {}  {legend}", " ".repeat(names)));
    Some(lines.join("\n"))
}

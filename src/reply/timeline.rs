//! The time ahead, drawn for a terminal: a line for each profile from now on, where it
//! works, where it does not, and where a window resets.

use super::advice::Advice;
use super::layout;
use super::profile_line::short_name;
use super::{ReplyContext, Screen};
use crate::outlook::run_out;
use crate::report::Row;
use crate::time::{DAY, HOUR, Instant};
use crate::usage::{Verdict, WindowState};

/// From how many cells on there is room for it.
const NARROWEST: u16 = 80;

/// The most cells that it takes.
const WIDEST: usize = 96;

/// The most cells of a name.
const LONGEST_NAME: usize = 16;

/// The most profiles that it shows: more is no glance.
const MOST_ROWS: usize = 24;

/// The state of a profile for a while, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Works,
    Costs,
    /// Used up, if it is used on as it was: a projection, all others are facts.
    Empty,
    Blocked,
}

impl Phase {
    /// The sign of one cell, and its colour.
    fn sign(self) -> (char, &'static str) {
        match self {
            Self::Works => ('━', layout::GREEN),
            Self::Costs => ('╍', layout::CYAN),
            Self::Empty => ('·', layout::YELLOW),
            Self::Blocked => ('┄', layout::YELLOW),
        }
    }
}

/// One profile's time ahead.
struct Track {
    name: String,
    /// Spans in which it does not simply work: begin, end and state.
    spans: Vec<(Instant, Instant, Phase)>,
    resets: Vec<Instant>,
}

impl Track {
    /// None where nothing certain is known of now, or nothing is going to happen.
    fn new(advice: &Advice<'_>, row: &Row<'_>, now: Instant) -> Option<Self> {
        let judgement = &row.judgement;
        let phase = match judgement.verdict {
            _ if row.stale_since(now).is_some() => return None,
            Verdict::Usable => Phase::Works,
            Verdict::UsableAtCost => Phase::Costs,
            Verdict::Wait => Phase::Blocked,
            Verdict::Broken | Verdict::Unknown => return None,
        };
        let until = judgement.until.unwrap_or(Instant::MAX);
        let mut spans = Vec::from_iter((phase != Phase::Works).then_some((now, until, phase)));
        let cooldown = row.profile.cooldown_at(now);
        spans.extend(cooldown.map(|until| (now, until, Phase::Blocked)));
        let run_out = run_out(row, now).into_iter();
        spans.extend(run_out.map(|(from, until)| (from, until, Phase::Empty)));
        let runs = row.windows().iter().filter(|window| window.state == WindowState::Running);
        let resets = runs.filter_map(|window| window.resets_at).filter(|at| *at > now);
        let resets: Vec<Instant> = resets.collect();
        let name = short_name(advice.report.profiles(), row.profile, LONGEST_NAME);
        (!spans.is_empty() || !resets.is_empty()).then_some(Self { name, spans, resets })
    }

    /// The worst of a span of time: a short block shows too.
    fn phase_in(&self, begin: Instant, end: Instant) -> Phase {
        let during = self.spans.iter().filter(|(from, until, _)| *from < end && *until > begin);
        during.map(|(.., phase)| *phase).max().unwrap_or(Phase::Works)
    }

    fn has_no_end(&self) -> bool {
        self.spans.iter().any(|(_, until, _)| *until == Instant::MAX)
    }

    fn latest(&self) -> Option<Instant> {
        let ends = self.spans.iter().map(|(_, until, _)| until).chain(&self.resets);
        ends.copied().filter(|at| *at < Instant::MAX).max()
    }

    fn draw(&self, axis: &Axis, screen: &Screen) -> String {
        let resets: Vec<usize> = self.resets.iter().map(|at| axis.cell(*at)).collect();
        let sign = |cell: usize| {
            // The first cell is now.
            let begin = axis.begin(cell);
            let end = if cell == 0 { begin + 1 } else { axis.begin(cell + 1) };
            let phase = self.phase_in(begin, end);
            (phase, if resets.contains(&cell) { '│' } else { phase.sign().0 })
        };
        let mut signs: Vec<(Phase, char)> = (0..axis.cells).map(sign).collect();
        if self.has_no_end() {
            signs.truncate(UNTIL_NOBODY_KNOWS);
            signs.extend(signs.last().map(|(phase, _)| (*phase, '?')));
        }
        let of_a_phase = signs.chunk_by(|one, other| one.0 == other.0);
        let runs = of_a_phase.map(|run| {
            let text: String = run.iter().map(|(_, sign)| sign).collect();
            screen.painted(&text, run[0].0.sign().1)
        });
        runs.collect()
    }
}

/// Cells that are drawn of a state whose end is unknown.
const UNTIL_NOBODY_KNOWS: usize = 4;

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

    fn begin(&self, cell: usize) -> Instant {
        self.now + cell as i64 * self.step
    }

    /// The hours or days that the cells pass, where there is room for their names.
    fn labels(&self, context: &ReplyContext) -> String {
        let span = self.step * self.cells as i64;
        let room = self.step * 8;
        let steps = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY];
        let tick = steps.into_iter().find(|tick| *tick >= room).unwrap_or(7 * DAY);
        let mut line = say!(context, "now", "现在");
        // On the wall clock, whose offset may change on the way.
        let offset_at = |at: Instant| i64::from(context.zone.offset_at(at).whole_seconds());
        let mut wall = (self.now + offset_at(self.now)).div_euclid(tick) * tick;
        loop {
            wall += tick;
            let at = wall - offset_at(wall - offset_at(self.now));
            if at >= self.now + span {
                break;
            }
            let civil = context.zone.civil(at);
            let label = if tick < DAY { civil.time() } else { context.short_day(&civil) };
            let gap = self.cell(at).saturating_sub(layout::width(&line));
            if gap > 0 && self.cell(at) + layout::width(&label) <= self.cells {
                line += &" ".repeat(gap);
                line += &label;
            }
        }
        line
    }
}

/// The time ahead of the profiles of which something is known, and what the signs mean.
/// Returns nothing for a terminal that is too narrow or has no room below `used` lines, and
/// if there is nothing to compare.
pub fn timeline(context: &ReplyContext, advice: &Advice<'_>, used: usize) -> Option<String> {
    let screen = context.screen.as_ref().filter(|screen| screen.columns >= NARROWEST)?;
    let ranked = advice.ranked.iter();
    let tracks: Vec<Track> =
        ranked.filter_map(|one| Track::new(advice, advice.row(one), context.now)).collect();
    if !(2..=MOST_ROWS).contains(&tracks.len()) {
        return None;
    }
    let until = tracks.iter().filter_map(Track::latest).max()?;
    let names = tracks.iter().map(|track| layout::width(&track.name)).max()?;
    // The sign of a verdict stands before a name elsewhere.
    let cells = usize::from(screen.columns).saturating_sub(names + 6).min(WIDEST);
    if cells < 40 {
        return None;
    }
    let axis = Axis::new(context.now, until, cells);
    let mut lines = vec![format!("   {}  {}", " ".repeat(names), axis.labels(context))];
    for track in &tracks {
        let name = layout::padded(&track.name, names);
        lines.push(format!("   {name}  {}", track.draw(&axis, screen)));
    }
    let blank = " ".repeat(names + 5);
    let room = usize::from(screen.columns) - blank.len();
    let mut signs = legend(context, &tracks).into_iter();
    let legend = layout::packed(&mut signs, "  ", room, layout::width);
    lines.extend(legend.iter().map(|line| format!("{blank}{line}")));
    // A blank line stands before it.
    (used + 1 + lines.len() <= screen.rows.into()).then(|| lines.join("\n"))
}

/// The meaning of each sign that is drawn.
fn legend(context: &ReplyContext, tracks: &[Track]) -> Vec<String> {
    let spans = tracks.iter().flat_map(|track| &track.spans);
    let is_there = |phase| spans.clone().any(|span| span.2 == phase);
    let signs = [
        (true, "━ ready", "━ 可用"),
        (is_there(Phase::Costs), "╍ costs credits", "╍ 会扣 credits"),
        (is_there(Phase::Blocked), "┄ waiting", "┄ 等待中"),
        (is_there(Phase::Empty), "· empty if used on at this pace", "· 照此速度用完后"),
        (true, "│ resets", "│ 重置"),
        (tracks.iter().any(Track::has_no_end), "? end unknown", "? 结束时间未知"),
    ];
    let drawn = signs.into_iter().filter(|(is_drawn, ..)| *is_drawn);
    drawn.map(|(_, en, zh)| context.say(en, zh)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Locale;
    use crate::time::Zone;

    /// Midnight in Berlin, a day before its clocks go back.
    const NOW: Instant = 1_792_792_800;

    fn context() -> ReplyContext {
        ReplyContext {
            locale: Locale::En,
            zone: Zone {
                name: "Europe/Berlin".to_owned(),
                transitions: vec![(0, 7200), (1_792_890_000, 3600)],
            },
            now: NOW,
            agent: "main".to_owned(),
            screen: None,
            ids: crate::profile::Ids::Masked,
            demo: false,
            wants_json: false,
            session: None,
        }
    }

    #[test]
    fn days_begin_at_midnight_of_their_own_clock() {
        let axis = Axis::new(NOW, NOW + 6 * DAY, 80);
        let labels = axis.labels(&context());
        let days: Vec<&str> = labels.split_whitespace().collect();
        assert_eq!(days, ["now", "25", "Oct", "26", "Oct", "27", "Oct", "28", "Oct", "29", "Oct"]);
        // The second of them has an hour more before it: the clocks went back.
        let cell = labels.find("26 Oct").expect("a label");
        assert_eq!(cell, axis.cell(NOW + 49 * HOUR));
    }

    fn track(spans: &[(Instant, Instant, Phase)], resets: &[Instant]) -> String {
        let track = Track { name: "a".to_owned(), spans: spans.to_vec(), resets: resets.to_vec() };
        track.draw(
            &Axis::new(NOW, NOW + 39 * HOUR, 40),
            &Screen { colour: false, columns: 80, rows: 24, options: String::new() },
        )
    }

    #[test]
    fn the_worst_of_a_cell_is_drawn_and_now_is_now() {
        let soon = [(NOW + 60, NOW + 600, Phase::Blocked)];
        assert!(track(&soon, &[]).starts_with("━━"));
        let short = [(NOW + 5 * HOUR + 1800, NOW + 5 * HOUR + 2400, Phase::Blocked)];
        assert_eq!(track(&short, &[]).matches('┄').count(), 1);
        let both = [(NOW, NOW + 20 * HOUR, Phase::Costs), (NOW, NOW + 3 * HOUR, Phase::Blocked)];
        assert!(track(&both, &[NOW + 20 * HOUR]).starts_with("┄┄┄╍"));
    }

    #[test]
    fn what_has_no_end_is_not_drawn_to_the_end() {
        let unknown = [(NOW, Instant::MAX, Phase::Blocked)];
        assert_eq!(track(&unknown, &[]), "┄┄┄┄?");
    }
}

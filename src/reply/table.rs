//! The profiles of a check in columns: for a terminal with what decides below each, and for
//! a chat that shows tables.

use super::advice::Advice;
use super::layout::{self, bar, colour_of, padded, painted, width, wrapped};
use super::profile_line::short_name;
use super::words::{say, tier_sign};
use super::{ReplyContext, Screen, Table, details, reason};
use crate::decimal::Decimal;
use crate::outlook::row_pace;
use crate::report::Row;
use crate::rotation::{Ranked, Tier};
use crate::time::DAY;
use crate::usage::{UsageWindow, WindowState};

/// Cells of a bar.
const BAR: usize = 10;

/// Cells of a bar where there is little room.
const SHORT_BAR: usize = 5;

/// From how many cells on there is room for the plan and the pace.
const WIDE: usize = 110;

/// Cells that the sign of a profile takes, and the space behind it.
const SIGN: usize = 3;

/// One window in a column.
struct Cell {
    /// `67%`, and before it the label where it is not the column's.
    left: String,
    percent: Option<Decimal>,
    /// The percentage that even use would have left, where there is a pace.
    even_left: Option<Decimal>,
    /// `→ 21:10`
    reset: String,
}

/// One profile.
struct Line {
    tier: Tier,
    name: String,
    plan: String,
    /// The short and the long window. Without any, the notes stand in their place.
    cells: Option<[Option<Cell>; 2]>,
    notes: String,
}

/// The lines of all profiles, `notes` of each at its end. None where there is no terminal,
/// or none that is wide enough.
pub(super) fn table(
    context: &ReplyContext,
    advice: &Advice<'_>,
    notes: impl Fn(&Row<'_>) -> Option<String>,
) -> Option<String> {
    let screen = context.screen.filter(|screen| screen.columns > 0)?;
    let columns = usize::from(screen.columns);
    let (heads, lines) = heads_and_lines(context, advice, notes);
    [BAR, SHORT_BAR, 0].into_iter().find_map(|bar| {
        let table = drawn(&lines, &heads, bar, screen);
        table.lines().all(|line| width(line) <= columns).then_some(table)
    })
}

/// The same for a chat, in place of this paragraph of the text. None where two columns would
/// look the same.
pub(super) fn chat_table(
    context: &ReplyContext,
    advice: &Advice<'_>,
    paragraph: u32,
) -> Option<Table> {
    let (heads, lines) = heads_and_lines(context, advice, |_| None);
    if heads[0] == heads[1] && heads[0].is_some() {
        return None;
    }
    let columns = [0, 1].into_iter().filter(|column| heads[*column].is_some());
    let columns: Vec<usize> = columns.collect();
    let cell_of = |line: &Line, column: usize| {
        let cell = line.cells.as_ref().and_then(|cells| cells[column].as_ref());
        cell.map_or("–".to_owned(), |cell| format!("{} {}", cell.left, cell.reset))
    };
    let row = |line: &Line| {
        let mut row = vec![format!("{} {}", tier_sign(line.tier), line.name)];
        row.extend(columns.iter().map(|column| cell_of(line, *column)));
        row.push(line.notes.clone());
        row
    };
    let mut headers = vec![say!(context, "profile", "profile")];
    headers.extend(heads.iter().flatten().cloned());
    headers.push(say!(context, "note", "说明"));
    Some(Table {
        caption: say!(context, "Profiles, the best first", "各 profile，推荐的在前"),
        headers,
        rows: lines.iter().map(row).collect(),
        paragraph,
    })
}

/// The heads of the two columns of windows, and the line of every profile.
fn heads_and_lines(
    context: &ReplyContext,
    advice: &Advice<'_>,
    notes: impl Fn(&Row<'_>) -> Option<String>,
) -> ([Option<String>; 2], Vec<Line>) {
    let heads = [Column::Short, Column::Long].map(|column| head(context, advice, column));
    let line = |one: &Ranked| line(context, advice, one, &heads, &notes);
    let lines = advice.ranked.iter().map(line).collect();
    (heads, lines)
}

/// The two columns of windows.
#[derive(Clone, Copy)]
enum Column {
    Short,
    Long,
}

fn windows<'a>(advice: &Advice<'a>, one: &Ranked) -> &'a [UsageWindow] {
    match one.tier {
        Tier::Ready | Tier::Low | Tier::Overage | Tier::Wait => {
            let usage = advice.speaker(one).answer();
            usage.map_or(&[], |usage| usage.windows())
        }
        Tier::Unknown | Tier::Broken => &[],
    }
}

/// The two windows a person asks for: the shortest under a day, and the first of
/// a day or more. Where there are two short ones, the second stands for the long.
pub(super) fn short_and_long(
    windows: &[UsageWindow],
) -> (Option<&UsageWindow>, Option<&UsageWindow>) {
    let is_short = |window: &&UsageWindow| window.length_seconds.is_some_and(|s| s < DAY);
    let short = windows.iter().find(is_short);
    let long = windows.iter().find(|window| !is_short(window));
    let second = || windows.iter().filter(is_short).nth(1);
    (short, long.or_else(second))
}

fn in_column(windows: &[UsageWindow], column: Column) -> Option<&UsageWindow> {
    let (short, long) = short_and_long(windows);
    match column {
        Column::Short => short,
        Column::Long => long,
    }
}

/// The label of a column: that of the first window in it.
fn head(context: &ReplyContext, advice: &Advice<'_>, column: Column) -> Option<String> {
    let mut ranked = advice.ranked.iter();
    let window = ranked.find_map(|one| in_column(windows(advice, one), column))?;
    Some(context.long_label(window))
}

fn line(
    context: &ReplyContext,
    advice: &Advice<'_>,
    one: &Ranked,
    heads: &[Option<String>; 2],
    notes: &impl Fn(&Row<'_>) -> Option<String>,
) -> Line {
    let (row, speaker) = (advice.row(one), advice.speaker(one));
    let columns = context.screen.map_or(0, |screen| usize::from(screen.columns));
    let windows = windows(advice, one);
    let (short, long) = short_and_long(windows);
    let cell = |window: Option<&UsageWindow>, head: &Option<String>| {
        window.map(|window| cell(context, speaker, window, head.as_deref()))
    };
    let mut said = reason::reasons(context, advice, one);
    for window in windows {
        let label = context.long_label(window);
        let pace = row_pace(speaker, window, context.now);
        let pace = pace.filter(|_| columns >= WIDE);
        let pace = pace.map(|pace| details::pace_in_words(context, &pace));
        let empty = reason::runs_out(context, speaker, window);
        let empty = empty.map(|at| {
            let beside = context.beside(&at);
            say!(context, "empty about {at}", "约{beside} 用完")
        });
        let pace: Vec<String> = pace.into_iter().chain(empty).collect();
        if !pace.is_empty() {
            let pace = context.list(&pace);
            said.push(say!(context, "{label} {pace}", "{label}{pace}"));
        }
        let is_in_column =
            |other: Option<&UsageWindow>| other.is_some_and(|other| std::ptr::eq(window, other));
        let is_other = !is_in_column(short) && !is_in_column(long);
        said.extend(is_other.then(|| reason::left(context, window)));
    }
    said.extend(row.is_left_out.then(|| reason::left_out(context)));
    said.extend(reason::besides(context, advice, one));
    said.extend(notes(row));
    let plan = row.answer().and_then(|usage| usage.plan.as_ref());
    let longest_name = if (1..WIDE).contains(&columns) { 16 } else { 24 };
    Line {
        tier: one.tier,
        name: short_name(advice.report.profiles(), row.profile, longest_name),
        plan: match plan.filter(|_| columns >= WIDE) {
            Some(plan) => plan.label.clone(),
            None => String::new(),
        },
        cells: (!windows.is_empty()).then(|| [cell(short, &heads[0]), cell(long, &heads[1])]),
        notes: context.joined(&said),
    }
}

fn cell(context: &ReplyContext, row: &Row<'_>, window: &UsageWindow, head: Option<&str>) -> Cell {
    let percent = window.remaining_percent();
    let label = context.long_label(window);
    let left = percent.map_or("?".to_owned(), |left| context.percent(left) + "%");
    let reset = match (window.state, window.resets_at) {
        (WindowState::NotStarted, _) => say!(context, "starts on first use", "首次使用后计时"),
        (WindowState::Due, _) => say!(context, "reset is due", "已到重置时间"),
        (WindowState::Running | WindowState::Assumed, Some(at)) => {
            let clock = context.clock_and_time(at);
            format!("→ {clock}")
        }
        (_, _) => "→ ?".to_owned(),
    };
    Cell {
        left: match head {
            Some(head) if head != label => format!("{label} {left}"),
            _ => left,
        },
        percent,
        even_left: row_pace(row, window, context.now).map(|pace| pace.even_left),
        reset,
    }
}

/// The table with bars of so many cells.
fn drawn(lines: &[Line], heads: &[Option<String>; 2], bar: usize, screen: Screen) -> String {
    let columns = usize::from(screen.columns);
    let name = widest(lines, |line| width(&line.name)) + 2;
    let plan = match widest(lines, |line| width(&line.plan)) {
        0 => 0,
        widest => widest + 2,
    };
    let indent = SIGN + name + plan;
    let cells = drawn_cells(lines, bar, screen);
    let drawn: Vec<&[String; 2]> = cells.iter().flatten().collect();
    let first = widest(&drawn, |cells| width(&cells[0]));
    let both = |short: &str, long: &str| match heads[0] {
        Some(_) => format!("{}   {long}", padded(short, first)),
        None => long.to_owned(),
    };
    let [short, long] = heads.each_ref().map(|head| head.as_deref().unwrap_or_default());
    let blank = " ".repeat(indent);
    let mut rows = vec![format!("{blank}{}", both(short, long))];
    for (line, cells) in lines.iter().zip(&cells) {
        let name = painted(&padded(&line.name, name), screen.ink(colour(line.tier)));
        let plan = padded(&line.plan, plan);
        let head = format!("{} {name}{plan}", tier_sign(line.tier));
        let notes = wrapped(&format!("{blank}{}", line.notes), columns, indent);
        match cells {
            None => rows.push(head + notes.trim_start()),
            Some([short, long]) => {
                rows.push(head + &both(short, long));
                rows.extend((!line.notes.is_empty()).then_some(notes));
            }
        }
    }
    let rows: Vec<&str> = rows.iter().map(|row| row.trim_end()).collect();
    rows.join("\n").trim_start_matches('\n').to_owned()
}

/// Both cells of each line that has windows, the percentages of a column below each other.
fn drawn_cells(lines: &[Line], bar: usize, screen: Screen) -> Vec<Option<[String; 2]>> {
    let cells: Vec<_> = lines.iter().map(|line| line.cells.as_ref()).collect();
    let lefts = [0, 1].map(|column| {
        widest(&cells, |cells| {
            let cell = cells.and_then(|cells| cells[column].as_ref());
            cell.map_or(0, |cell| width(&cell.left))
        })
    });
    let drawn = |cells: &[Option<Cell>; 2]| {
        [0, 1].map(|column| match &cells[column] {
            Some(cell) => cell.drawn(lefts[column], bar, screen),
            None => "–".to_owned(),
        })
    };
    cells.into_iter().map(|cells| cells.map(drawn)).collect()
}

fn widest<T>(all: &[T], width: impl Fn(&T) -> usize) -> usize {
    all.iter().map(width).max().unwrap_or(0)
}

impl Cell {
    fn drawn(&self, left: usize, cells: usize, screen: Screen) -> String {
        let blank = " ".repeat(left.saturating_sub(width(&self.left)));
        let bar = match self.percent {
            Some(percent) if cells > 0 => {
                let bar = bar(percent, self.even_left, cells);
                painted(&bar, screen.ink(colour_of(percent))) + " "
            }
            Some(_) | None => String::new(),
        };
        format!("{blank}{} {bar}{}", self.left, self.reset)
    }
}

fn colour(tier: Tier) -> &'static str {
    match tier {
        Tier::Ready => layout::GREEN,
        Tier::Low | Tier::Wait => layout::YELLOW,
        Tier::Overage => layout::CYAN,
        Tier::Broken => layout::RED,
        Tier::Unknown => layout::MAGENTA,
    }
}

/// ` ▓▓▓▓│▓▓░░░`, where there is a terminal to draw it on.
pub(super) fn bar_of(left: Decimal, mark: Option<Decimal>, screen: Screen) -> String {
    if screen.columns == 0 {
        return String::new();
    }
    let bar = bar(left, mark, BAR);
    format!(" {}", painted(&bar, screen.ink(colour_of(left))))
}

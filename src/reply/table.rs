//! The profiles of a check in columns: for a terminal with what decides below each, and for
//! a chat that shows tables.

use super::advice::Advice;
use super::layout::{self, bar, colour_of, padded, width, wrapped};
use super::profile_line::short_name;
use super::words::tier_sign;
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
    cells: [Option<Cell>; 2],
    notes: String,
}

/// The heads of the two columns of windows.
type Heads = [Option<String>; 2];

/// A note that a check adds to a row.
type LastNote<'a> = &'a dyn Fn(&Row<'_>) -> Option<String>;

/// The lines of all profiles. None where there is no terminal, or none that is wide enough.
pub(super) fn table(
    context: &ReplyContext,
    advice: &Advice<'_>,
    last_note: LastNote<'_>,
) -> Option<String> {
    let screen = context.screen.as_ref().filter(|screen| screen.columns > 0)?;
    let (heads, lines) = heads_and_lines(context, advice, last_note);
    [BAR, SHORT_BAR, 0].into_iter().find_map(|bar| {
        let table = drawn(&lines, &heads, bar, screen);
        table.lines().all(|line| width(line) <= context.columns()).then_some(table)
    })
}

/// The same for a chat, in place of this paragraph of the text. None where two columns would
/// look the same.
pub(super) fn chat_table(
    context: &ReplyContext,
    advice: &Advice<'_>,
    paragraph: u32,
) -> Option<Table> {
    let (heads, lines) = heads_and_lines(context, advice, &|_| None);
    if heads[0] == heads[1] && heads[0].is_some() {
        return None;
    }
    let row = |line: &Line| {
        let mut row = vec![format!("{} {}", tier_sign(line.tier), line.name)];
        let columns = heads.iter().zip(&line.cells).filter(|(head, _)| head.is_some());
        row.extend(columns.map(|(_, cell)| match cell {
            Some(cell) => format!("{} {}", cell.left, cell.reset),
            None => "–".to_owned(),
        }));
        row.push(line.notes.clone());
        row
    };
    let mut headers = vec!["profile".to_owned()];
    headers.extend(heads.iter().flatten().cloned());
    headers.push(context.say("note", "说明"));
    Some(Table {
        caption: context.say("Profiles, the best first", "各 profile，推荐的在前"),
        headers,
        rows: lines.iter().map(row).collect(),
        paragraph,
    })
}

/// The heads of the columns, each that of the first window in it, and the line of every
/// profile.
fn heads_and_lines(
    context: &ReplyContext,
    advice: &Advice<'_>,
    last_note: LastNote<'_>,
) -> (Heads, Vec<Line>) {
    let heads = [0, 1].map(|column| {
        let mut ranked = advice.ranked.iter();
        let window = ranked.find_map(|one| short_and_long(windows(advice, one))[column]);
        window.map(|window| context.long_label(window))
    });
    let columns = context.columns();
    let longest_name = if (1..WIDE).contains(&columns) { 16 } else { 24 };
    let line = |one: &Ranked| {
        let (row, source) = (advice.row(one), advice.quota_source(one));
        let shown = short_and_long(windows(advice, one));
        let mut notes = notes(context, advice, one);
        notes.extend(last_note(row));
        let plan = row.answer().filter(|_| columns >= WIDE).and_then(|usage| usage.plan.as_ref());
        Line {
            tier: one.tier,
            name: short_name(advice.report.profiles(), row.profile, longest_name),
            plan: plan.map_or(String::new(), |plan| plan.label.clone()),
            cells: [0, 1].map(|column| {
                Some(cell(context, source, shown[column]?, heads[column].as_deref()))
            }),
            notes: context.joined(&notes),
        }
    };
    let lines = advice.ranked.iter().map(line).collect();
    (heads, lines)
}

fn windows<'a>(advice: &Advice<'a>, one: &Ranked) -> &'a [UsageWindow] {
    match one.tier {
        Tier::Ready | Tier::Low | Tier::Overage | Tier::Wait => advice.quota_source(one).windows(),
        Tier::Unknown | Tier::Broken => &[],
    }
}

/// The two windows a person asks for: the shortest under a day, and the first of
/// a day or more. Where there are two short ones, the second stands for the long.
pub(super) fn short_and_long(windows: &[UsageWindow]) -> [Option<&UsageWindow>; 2] {
    let is_short = |window: &&UsageWindow| window.length_seconds.is_some_and(|s| s < DAY);
    let mut short = windows.iter().filter(is_short);
    let long = windows.iter().find(|window| !is_short(window));
    [short.next(), long.or_else(|| short.next())]
}

/// The facts that decide, and the windows for which there is no column.
fn notes(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> Vec<String> {
    let (source, windows) = (advice.quota_source(one), windows(advice, one));
    let shown = short_and_long(windows);
    let mut said = reason::reasons(context, advice, one);
    for window in windows {
        let pace = row_pace(source, window, context.now).filter(|_| context.columns() >= WIDE);
        let pace = pace.map(|pace| details::pace_in_words(context, &pace));
        let empty = reason::empty(context, source, window);
        let pace: Vec<String> = pace.into_iter().chain(empty).collect();
        if !pace.is_empty() {
            let (label, pace) = (context.long_label(window), context.list(&pace));
            said.push(say!(context, "{label} {pace}", "{label}{pace}"));
        }
        let is_shown = shown.into_iter().flatten().any(|one| std::ptr::eq(one, window));
        said.extend((!is_shown).then(|| reason::left(context, window)));
    }
    said.extend(advice.row(one).is_left_out.then(|| reason::left_out(context)));
    said.extend(reason::besides(context, advice, one));
    said
}

fn cell(context: &ReplyContext, row: &Row<'_>, window: &UsageWindow, head: Option<&str>) -> Cell {
    let percent = window.remaining_percent();
    let label = context.long_label(window);
    let left = percent.map_or("?".to_owned(), |left| context.percent(left) + "%");
    let reset = match window.state {
        WindowState::NotStarted => context.say("starts on first use", "首次使用后计时"),
        WindowState::Due => context.say("reset is due", "已到重置时间"),
        WindowState::Running | WindowState::Assumed | WindowState::Inconsistent => {
            let at = window.recovery_at().map(|at| context.clock_and_time(at));
            format!("→ {}", at.as_deref().unwrap_or("?"))
        }
    };
    Cell {
        left: if head == Some(label.as_str()) { left } else { format!("{label} {left}") },
        percent,
        even_left: row_pace(row, window, context.now).map(|pace| pace.even_left),
        reset,
    }
}

/// The table with bars of so many cells.
fn drawn(lines: &[Line], heads: &Heads, bar: usize, screen: &Screen) -> String {
    let name = widest(lines, |line| width(&line.name)) + 2;
    let plan = widest(lines, |line| width(&line.plan));
    let plan = if plan > 0 { plan + 2 } else { 0 };
    let indent = SIGN + name + plan;
    // The percentages of a column stand below each other.
    let lefts = [0, 1].map(|column| {
        widest(lines, |line| line.cells[column].as_ref().map_or(0, |cell| width(&cell.left)))
    });
    let cell = |line: &Line, column: usize| {
        let Some(cell) = &line.cells[column] else { return "–".to_owned() };
        let blank = " ".repeat(lefts[column].saturating_sub(width(&cell.left)));
        let bar = cell.percent.filter(|_| bar > 0).map_or(String::new(), |percent| {
            let bar = layout::bar(percent, cell.even_left, bar);
            screen.painted(&bar, colour_of(percent)) + " "
        });
        format!("{blank}{} {bar}{}", cell.left, cell.reset)
    };
    let first = widest(lines, |line| width(&cell(line, 0)));
    let both = |short: &str, long: &str| match heads[0] {
        Some(_) => format!("{}   {long}", padded(short, first)),
        None => long.to_owned(),
    };
    let [short, long] = heads.each_ref().map(|head| head.as_deref().unwrap_or_default());
    let blank = " ".repeat(indent);
    let mut rows = vec![format!("{blank}{}", both(short, long))];
    for line in lines {
        let name = screen.painted(&padded(&line.name, name), colour(line.tier));
        let plan = padded(&line.plan, plan);
        let head = format!("{} {name}{plan}", tier_sign(line.tier));
        let notes = wrapped(&format!("{blank}{}", line.notes), screen.columns.into(), indent);
        if line.cells.iter().all(Option::is_none) {
            rows.push(head + notes.trim_start());
        } else {
            rows.push(head + &both(&cell(line, 0), &cell(line, 1)));
            rows.extend((!line.notes.is_empty()).then_some(notes));
        }
    }
    let rows: Vec<&str> = rows.iter().map(|row| row.trim_end()).collect();
    rows.join("\n").trim_start_matches('\n').to_owned()
}

fn widest<T>(all: &[T], width: impl Fn(&T) -> usize) -> usize {
    all.iter().map(width).max().unwrap_or(0)
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
pub(super) fn bar_of(context: &ReplyContext, left: Decimal, mark: Option<Decimal>) -> String {
    let screen = context.screen.as_ref().filter(|screen| screen.columns > 0);
    screen.map_or(String::new(), |screen| {
        format!(" {}", screen.painted(&bar(left, mark, BAR), colour_of(left)))
    })
}

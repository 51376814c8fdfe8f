//! One line per profile: in columns on a terminal, flowing in chat, where fonts
//! are proportional. Also cuts a long reply into messages.

use unicode_width::UnicodeWidthStr;

use super::Screen;
use super::words::sign;
use crate::decimal::Decimal;
use crate::usage::Verdict;

/// Cells of a bar in chat.
const CHAT_BAR: usize = 5;

/// The parts of a profile's line, the important half first.
#[derive(Debug, Default)]
pub struct Line {
    verdict: Option<Verdict>,
    name: String,
    /// The plan's label.
    pub plan: Option<String>,
    /// Sentences to be read before any number.
    pub lead: Vec<String>,
    /// The short window.
    pub short: Option<Cell>,
    /// The long window.
    pub long: Option<Cell>,
    /// Windows beyond these two.
    pub others: Vec<Cell>,
    /// Sentences after the numbers.
    pub tail: Vec<String>,
}

/// One window, part by part.
#[derive(Debug, Default)]
pub struct Cell {
    /// `5h`
    pub label: String,
    /// `67% left`
    pub left: String,
    /// 0 to 100, where a bar can be drawn.
    pub percent: Option<Decimal>,
    /// The percentage that even use would have left, where there is a pace.
    pub even_left: Option<Decimal>,
    /// `resets 23:21, in 3h 41m, on pace`
    pub reset: String,
}

impl Cell {
    /// A cell of one sentence.
    pub(super) fn text(text: String) -> Self {
        Self {
            reset: text,
            ..Self::default()
        }
    }

    /// In one flow, with such a bar.
    fn flowing(&self, style: BarStyle) -> String {
        let bar = self.bar(style);
        spaced(&[&self.label, &self.left, &bar, &self.reset])
    }

    fn bar(&self, style: BarStyle) -> String {
        let Some(percent) = self.percent.filter(|_| style.cells > 0) else {
            return String::new();
        };
        let bar = bar(
            percent,
            self.even_left.filter(|_| style.is_marked),
            style.cells,
        );
        painted(&bar, style.ink(colour_of(percent)))
    }

    fn in_columns(&self, widths: &Widths, style: BarStyle) -> String {
        if self.left.is_empty() && self.label.is_empty() {
            return self.reset.clone();
        }
        let label = padded(&self.label, widths.label);
        let left = format!(
            "{}{}",
            " ".repeat(widths.left.saturating_sub(width(&self.left))),
            self.left
        );
        let bar = self.bar(style);
        spaced(&[&label, &left, &bar, &self.reset])
    }
}

/// The style of bars.
#[derive(Debug, Clone, Copy)]
struct BarStyle {
    cells: usize,
    /// Even use is marked: not in chat, where the mark is of another width.
    is_marked: bool,
    colour: bool,
}

impl Line {
    /// A line that so far has a verdict and a name.
    pub fn new(verdict: Verdict, name: &str) -> Self {
        Self {
            verdict: Some(verdict),
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// As chat shows it.
    pub(super) fn in_chat(&self) -> String {
        self.flowing(BarStyle {
            cells: CHAT_BAR,
            is_marked: false,
            colour: false,
        })
        .join(BETWEEN)
    }

    /// Name, plan, windows and all the rest.
    fn flowing(&self, style: BarStyle) -> Vec<String> {
        let name = painted(&self.name, style.ink(self.colour()));
        let mut parts = vec![format!("{} {name}", self.sign())];
        parts.extend(self.plan.clone());
        parts.extend(self.lead.iter().cloned());
        parts.extend(self.cells().map(|cell| cell.flowing(style)));
        parts.extend(self.tail.iter().cloned());
        parts
    }

    fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.short.iter().chain(&self.long).chain(&self.others)
    }

    fn sign(&self) -> &'static str {
        self.verdict.map_or("", sign)
    }

    fn colour(&self) -> &'static str {
        match self.verdict {
            Some(Verdict::Usable) => GREEN,
            Some(Verdict::UsableAtCost) => CYAN,
            Some(Verdict::Wait) => YELLOW,
            Some(Verdict::Broken) => RED,
            Some(Verdict::Unknown) | None => "35",
        }
    }

    fn widest_in_columns(&self, part: fn(&Cell) -> &str) -> usize {
        let mut widest = 0;
        if self.has_columns() {
            for cell in self.short.iter().chain(&self.long) {
                widest = widest.max(width(part(cell)));
            }
        }
        widest
    }

    /// Tells whether its windows stand in the columns, with nothing before them.
    fn has_columns(&self) -> bool {
        self.lead.is_empty() && self.short.is_some()
    }
}

struct Widths {
    name: usize,
    plan: usize,
    label: usize,
    left: usize,
}

/// The separator between the parts of a line.
const BETWEEN: &str = " · ";

/// Cells that the sign of a verdict takes, and the space behind it.
const SIGN: usize = 3;

/// The lines as the terminal shows them, or else as chat does.
pub fn shown(lines: &[Line], screen: Option<Screen>) -> Vec<String> {
    match screen {
        None => lines.iter().map(Line::in_chat).collect(),
        Some(screen) => on_screen(lines, screen),
    }
}

/// The lines as a terminal shows them: in columns, with bars as long as there is room
/// for; where there is none, one part after the other.
fn on_screen(lines: &[Line], screen: Screen) -> Vec<String> {
    let columns = usize::from(screen.columns);
    let bars: &[usize] = match columns {
        0 => &[0],
        _ => &[10, CHAT_BAR],
    };
    let mut aligned = bars.iter().map(|cells| aligned(lines, screen.bars(*cells)));
    let fits =
        |rows: &Vec<AlignedLine>| columns == 0 || rows.iter().all(|row| row.least <= columns);
    match aligned.find(fits) {
        Some(rows) => rows.into_iter().map(|row| row.fold(columns)).collect(),
        None => {
            let style = screen.bars(CHAT_BAR);
            let flowing = |line: &Line| folded(line.flowing(style), columns, SIGN);
            lines.iter().map(flowing).collect()
        }
    }
}

/// A line in columns.
struct AlignedLine {
    parts: Vec<String>,
    /// Cells that it takes without breaking a column.
    least: usize,
    /// Cells before the columns of the windows.
    indent: usize,
}

impl AlignedLine {
    fn fold(self, columns: usize) -> String {
        folded(self.parts, columns, self.indent)
    }
}

/// The parts side by side, and on a line of their own, below the first one, where the
/// terminal ends: it would break a word.
fn folded(parts: Vec<String>, columns: usize, indent: usize) -> String {
    let mut text = String::new();
    let mut used = 0;
    for part in parts {
        let cells = width(&part);
        if text.is_empty() {
            used = cells;
        } else if columns == 0 || used + BETWEEN.chars().count() + cells <= columns {
            text.push_str(BETWEEN);
            used += BETWEEN.chars().count() + cells;
        } else {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            used = indent + cells;
        }
        text.push_str(&part);
    }
    text
}

fn aligned(lines: &[Line], style: BarStyle) -> Vec<AlignedLine> {
    let widest = |of: fn(&Line) -> usize| lines.iter().map(of).max().unwrap_or(0);
    let widths = Widths {
        name: widest(|line| width(&line.name)),
        plan: widest(|line| line.plan.as_deref().map_or(1, width)),
        label: widest(|line| line.widest_in_columns(|cell| &cell.label)),
        left: widest(|line| line.widest_in_columns(|cell| &cell.left)),
    };
    let short = |line: &Line| match &line.short {
        Some(cell) => cell.in_columns(&widths, style),
        None => String::new(),
    };
    let shorts: Vec<String> = lines.iter().map(short).collect();
    let pairs = || lines.iter().zip(&shorts);
    let in_columns = pairs().filter(|(line, _)| line.has_columns());
    let short_width = in_columns.map(|(_, short)| width(short)).max().unwrap_or(0);
    let indent = SIGN + widths.name + 2 + widths.plan + 2;
    let row = |(line, short): (&Line, &String)| {
        let plan = line.plan.as_deref().unwrap_or("–");
        let (name, plan) = (padded(&line.name, widths.name), padded(plan, widths.plan));
        let head = painted(&format!("{name}  {plan}"), style.ink(line.colour()));
        let mut parts = Vec::new();
        if line.has_columns() {
            parts.push(match &line.long {
                Some(long) => {
                    let long = long.in_columns(&widths, style);
                    format!("{}   {long}", padded(short, short_width))
                }
                None => short.clone(),
            });
        } else {
            parts.extend(line.lead.iter().cloned());
            let windows = line.short.iter().chain(&line.long);
            parts.extend(windows.map(|cell| cell.flowing(style)));
        }
        parts.extend(line.others.iter().map(|cell| cell.flowing(style)));
        parts.extend(line.tail.iter().cloned());
        let least = if line.has_columns() {
            indent + parts.first().map_or(0, |windows| width(windows))
        } else {
            0
        };
        let first = parts.first().cloned().unwrap_or_default();
        let first = format!("{} {head}  {first}", line.sign())
            .trim_end()
            .to_owned();
        let rest = parts.into_iter().skip(1);
        AlignedLine {
            parts: std::iter::once(first).chain(rest).collect(),
            least,
            indent,
        }
    };
    pairs().map(row).collect()
}

impl BarStyle {
    fn ink(self, code: &str) -> Option<&str> {
        self.colour.then_some(code)
    }
}

impl Screen {
    /// This colour, where the terminal shows colours.
    pub(super) fn ink(self, code: &str) -> Option<&str> {
        self.colour.then_some(code)
    }

    fn bars(self, cells: usize) -> BarStyle {
        BarStyle {
            cells,
            is_marked: true,
            colour: self.colour,
        }
    }
}

const RED: &str = "31";
pub(super) const GREEN: &str = "32";
pub(super) const YELLOW: &str = "33";
pub(super) const CYAN: &str = "36";

/// The colour of what is left: a glance at the bars finds what ends soon.
fn colour_of(left: Decimal) -> &'static str {
    match left.trunc() {
        ..10 => RED,
        10..30 => YELLOW,
        _ => GREEN,
    }
}

/// A text in this colour, where it has one.
pub(super) fn painted(text: &str, ink: Option<&str>) -> String {
    match ink {
        Some(code) if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        Some(_) | None => text.to_owned(),
    }
}

/// `▓▓▓▓│▓▓░░░`: what is left, never empty while something is. The bar is the window's
/// time as well: what of it is still to come ends at the mark, so that a bar which
/// reaches over it is used slower than evenly.
pub(super) fn bar(left: Decimal, mark: Option<Decimal>, cells: usize) -> String {
    let share = |of: Decimal| usize::try_from(of.hundredths()).unwrap_or(0) * cells;
    let least = usize::from(left > Decimal::ZERO);
    let filled = ((share(left) + 5000) / 10_000).clamp(least, cells);
    let mark = mark.map(|mark| (share(mark) / 10_000).min(cells - 1));
    let cell = |index: usize| match index {
        index if Some(index) == mark => '│',
        index if index < filled => '▓',
        _ => '░',
    };
    (0..cells).map(cell).collect()
}

/// The parts that are not empty, one space between them.
fn spaced(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() && !part.is_empty() {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}

pub(super) fn padded(text: &str, cells: usize) -> String {
    format!("{text}{}", " ".repeat(cells.saturating_sub(width(text))))
}

/// Cells that a text takes on a terminal, its colours none.
pub fn width(text: &str) -> usize {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.len();
    }
    let mut pieces = text.split('\u{1b}');
    let first = pieces.next().unwrap_or_default();
    // Behind an escape character stands a colour that ends with `m`.
    let visible = pieces.map(|piece| piece.split_once('m').map_or("", |(_, text)| text));
    first.width() + visible.map(str::width).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_empty_only_when_nothing_is_left() {
        for (percent, cells, drawn) in [
            ("0", 5, "░░░░░"),
            ("0.4", 5, "▓░░░░"),
            ("67", 10, "▓▓▓▓▓▓▓░░░"),
            ("100", 5, "▓▓▓▓▓"),
        ] {
            let percent = Decimal::parse(percent).expect("a number");
            assert_eq!(bar(percent, None, cells), drawn);
        }
    }

    #[test]
    fn a_bar_is_marked_where_even_use_would_be() {
        for (left, mark, drawn) in [
            (67, 74, "▓▓▓▓▓▓▓│░░"),
            (67, 20, "▓▓│▓▓▓▓░░░"),
            (67, 100, "▓▓▓▓▓▓▓░░│"),
            (3, 0, "│░░░░░░░░░"),
        ] {
            let (left, mark) = (Decimal::whole(left), Decimal::whole(mark));
            assert_eq!(bar(left, Some(mark), 10), drawn);
        }
    }

    #[test]
    fn widths_count_cells_and_not_letters() {
        for (text, cells) in [
            ("abc", 3),
            ("默认", 4),
            ("é", 1),
            ("e\u{301}", 1),
            ("✅", 2),
            ("░▓", 2),
            ("\u{1b}[32m░▓\u{1b}[0m", 2),
        ] {
            assert_eq!(width(text), cells, "{text}");
        }
    }
}

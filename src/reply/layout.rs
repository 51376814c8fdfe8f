//! One line per profile: in columns on a terminal, flowing in chat, where fonts
//! are proportional. Also cuts a long reply into messages.

use super::{Screen, sign};
use crate::decimal::Decimal;
use crate::usage::Verdict;

/// How many cells a bar has in chat.
const CHAT_BAR: usize = 5;

/// The parts of a profile's line, the important half first.
#[derive(Debug, Default)]
pub struct Line {
    verdict: Option<Verdict>,
    name: String,
    /// The plan's label.
    pub plan: Option<String>,
    /// What has to be read before any number.
    pub lead: Vec<String>,
    /// The short window.
    pub short: Option<Cell>,
    /// The long window.
    pub long: Option<Cell>,
    /// Windows beyond these two.
    pub others: Vec<Cell>,
    /// What comes after the numbers.
    pub tail: Vec<String>,
}

/// What is said of one window.
#[derive(Debug, Default)]
pub struct Cell {
    /// `5h`
    pub label: String,
    /// `67% left`
    pub left: String,
    /// 0 to 100, where a bar can be drawn.
    pub percent: Option<Decimal>,
    /// What even use would have left, 0 to 100, where there is a pace.
    pub even_left: Option<Decimal>,
    /// `resets 23:21, in 3h 41m, on pace`
    pub reset: String,
}

impl Cell {
    /// A cell of one sentence.
    pub fn text(text: String) -> Self {
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
        painted(&bar, colour_of(percent), style.colour)
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

/// How bars are drawn.
#[derive(Debug, Clone, Copy)]
struct BarStyle {
    cells: usize,
    /// Whether even use is marked: not in chat, where the mark is of another width.
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
    pub fn in_chat(&self) -> String {
        self.flowing(BarStyle {
            cells: CHAT_BAR,
            is_marked: false,
            colour: false,
        })
        .join(BETWEEN)
    }

    /// Name, plan, windows and all the rest.
    fn flowing(&self, style: BarStyle) -> Vec<String> {
        let name = painted(&self.name, self.colour(), style.colour);
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

    /// Whether its windows stand in the columns, with nothing before them.
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

/// What stands between the parts of a line.
const BETWEEN: &str = " · ";

/// How many cells the sign of a verdict takes, and the space behind it.
const SIGN: usize = 3;

/// The lines as a terminal shows them: in columns, with bars as long as there is room
/// for; where there is none, one part after the other.
pub fn on_screen(lines: &[Line], screen: Screen) -> Vec<String> {
    let columns = usize::from(screen.columns);
    let bars: &[usize] = match columns {
        0 => &[0],
        _ => &[10, CHAT_BAR],
    };
    let mut aligned = bars.iter().map(|cells| aligned(lines, screen.bars(*cells)));
    let fits = |rows: &Vec<Row>| columns == 0 || rows.iter().all(|row| row.least <= columns);
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
struct Row {
    parts: Vec<String>,
    /// How many cells it takes without breaking a column.
    least: usize,
    /// Where the columns of the windows begin.
    indent: usize,
}

impl Row {
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

fn aligned(lines: &[Line], style: BarStyle) -> Vec<Row> {
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
        let head = painted(&format!("{name}  {plan}"), line.colour(), style.colour);
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
        let least = match line.has_columns() {
            true => indent + parts.first().map_or(0, |windows| width(windows)),
            false => 0,
        };
        let first = parts.first().cloned().unwrap_or_default();
        let first = format!("{} {head}  {first}", line.sign())
            .trim_end()
            .to_owned();
        let rest = parts.into_iter().skip(1);
        Row {
            parts: std::iter::once(first).chain(rest).collect(),
            least,
            indent,
        }
    };
    pairs().map(row).collect()
}

impl Screen {
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

pub(super) fn painted(text: &str, code: &str, colour: bool) -> String {
    match colour {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    }
}

/// `▓▓▓▓│▓▓░░░`: what is left, never empty while something is. The bar is the window's
/// time as well: what of it is still to come ends at the mark, so that a bar which
/// reaches over it is used slower than evenly.
pub fn bar(left: Decimal, mark: Option<Decimal>, cells: usize) -> String {
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

/// How many cells of a terminal a text takes, its colours none.
pub fn width(text: &str) -> usize {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.len();
    }
    let mut cells = 0;
    let mut in_colour = false;
    for c in text.chars() {
        match c {
            '\u{1b}' => in_colour = true,
            'm' if in_colour => in_colour = false,
            _ if in_colour => {}
            c => cells += char_width(c),
        }
    }
    cells
}

fn char_width(c: char) -> usize {
    match u32::from(c) {
        // Nearly every letter, and signs of bars and lines.
        0x20..=0x7E | 0x2500..=0x259F => 1,
        // Marks that stand over the letter before them.
        0x0300..=0x036F
        | 0x0483..=0x0489
        | 0x0591..=0x05BD
        | 0x064B..=0x065F
        | 0x20D0..=0x20FF
        | 0xFE00..=0xFE0F => 0,
        // East Asian wide and fullwidth, and emoji.
        0x1100..=0x115F
        | 0x231A..=0x231B
        | 0x23E9..=0x23F3
        | 0x2600..=0x26FF
        | 0x2705
        | 0x274C
        | 0x2753..=0x2755
        | 0x2757
        | 0x2795..=0x2797
        | 0x2E80..=0x303E
        | 0x3041..=0x33FF
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xA000..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE4F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1F64F
        | 0x1F680..=0x1F6FF
        | 0x1F900..=0x1F9FF
        | 0x1FA70..=0x1FAFF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

/// How many messages one reply may take.
const MOST_PARTS: usize = 12;

/// Cuts a text at line ends into messages of at most `length` characters,
/// counted as channels do, in UTF-16 units. `rest` says what was left out where
/// even so it takes too many, in one message more: as many of its lines as fit.
pub fn split(text: &str, length: usize, rest: impl Fn(usize) -> String) -> Vec<String> {
    let length = length.max(64);
    let lines = fold_lines(text, length);
    let (mut parts, packed) = pack(&lines, length, MOST_PARTS);
    if packed < lines.len() {
        let rest = fold_lines(&rest(lines.len() - packed), length);
        parts.extend(pack(&rest, length, 1).0);
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Puts lines into messages, as long as there are no more than `most`; and how many
/// lines that were.
fn pack(lines: &[String], length: usize, most: usize) -> (Vec<String>, usize) {
    let mut parts: Vec<String> = Vec::new();
    let mut used = 0;
    for (index, line) in lines.iter().enumerate() {
        let size = units(line) + 1;
        if parts.is_empty() || used + size > length {
            if parts.len() == most {
                return (parts, index);
            }
            parts.push(line.clone());
            used = size;
        } else if let Some(part) = parts.last_mut() {
            part.push('\n');
            part.push_str(line);
            used += size;
        }
    }
    (parts, lines.len())
}

fn fold_lines(text: &str, length: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        lines.extend(fold(line, length));
    }
    lines
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

fn fold(line: &str, length: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in line.chars() {
        if used + c.len_utf16() >= length {
            pieces.push(String::new());
            used = 0;
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
        used += c.len_utf16();
    }
    pieces
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
    fn parts_end_at_line_ends_and_keep_every_word() {
        let text = "aaaa bbbb\ncccc\n".repeat(20);
        let parts = split(&text, 70, |_| String::new());
        assert!(parts.iter().all(|part| units(part) <= 70));
        assert_eq!(parts.join("\n"), text.trim_end());
    }

    #[test]
    fn a_line_beyond_the_limit_is_folded_and_a_flood_is_closed_with_a_word() {
        let long = "💳".repeat(100);
        assert!(
            split(&long, 64, |_| String::new())
                .iter()
                .all(|part| units(part) <= 64)
        );
        let flood = "0123456789012345678901234567890123456789\n".repeat(100);
        let parts = split(&flood, 64, |left| format!("{left} more"));
        assert_eq!(parts.len(), MOST_PARTS + 1);
        assert_eq!(parts.last().map(String::as_str), Some("88 more"));
    }

    #[test]
    fn what_closes_a_flood_is_no_longer_than_any_message() {
        let flood = "0123456789012345678901234567890123456789\n".repeat(100);
        let closing = "what matters most\nand what follows it\n".repeat(5);
        let parts = split(&flood, 64, |left| format!("{left} more\n{closing}"));
        assert_eq!(parts.len(), MOST_PARTS + 1);
        assert_eq!(
            parts.last().map(String::as_str),
            Some("88 more\nwhat matters most\nand what follows it\nwhat matters most")
        );
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

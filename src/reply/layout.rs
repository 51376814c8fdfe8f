//! Layout of text in a terminal: bars, colours, widths and lines that end between
//! words.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Screen;
use crate::decimal::Decimal;

impl Screen {
    /// A text in this colour, where the terminal shows colours.
    pub(super) fn painted(&self, text: &str, colour: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

// Of the 256 colours, so that no palette makes them paler: each stands out from white and
// from black.
pub(super) const RED: &str = "38;5;160";
pub(super) const GREEN: &str = "38;5;28";
pub(super) const YELLOW: &str = "38;5;130";
pub(super) const MAGENTA: &str = "38;5;133";
pub(super) const CYAN: &str = "38;5;31";

/// The colour of what is left: a glance at the bars finds what ends soon.
pub(super) fn colour_of(left: Decimal) -> &'static str {
    match left.trunc() {
        ..10 => RED,
        10..30 => YELLOW,
        _ => GREEN,
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

/// A text whose lines fit into so many cells. The rest of one that was too long stands
/// three cells further in.
pub fn fitted(text: &str, columns: usize) -> String {
    let fitted = text.lines().map(|line| {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if width(line) > columns { wrapped(line, columns, indent + 3) } else { line.to_owned() }
    });
    fitted.collect::<Vec<_>>().join("\n")
}

/// Pieces side by side, a separator between them, as many on a line as there is room for.
pub(super) fn packed(
    pieces: &mut dyn Iterator<Item = String>,
    separator: &str,
    room: usize,
    size: fn(&str) -> usize,
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for piece in pieces {
        used += size(separator) + size(&piece);
        match lines.last_mut() {
            Some(line) if used <= room => {
                line.push_str(separator);
                line.push_str(&piece);
            }
            Some(_) | None => {
                used = size(&piece);
                lines.push(piece);
            }
        }
    }
    lines
}

/// A text in lines of at most so many cells, cut between words; `indent` cells stand
/// before all but the first. A command stays whole on a line that is long enough, so that it
/// can be copied. 0 cells are no limit.
pub(super) fn wrapped(text: &str, columns: usize, indent: usize) -> String {
    if columns == 0 {
        return text.to_owned();
    }
    let mut lines = String::new();
    let (mut used, mut rest) = (0, text);
    for word in words(text) {
        let whole = command(rest).map(width).filter(|cells| indent + cells <= columns);
        let cells = whole.unwrap_or_else(|| width(word.trim_end()));
        rest = &rest[word.len()..];
        if used > indent && used + cells > columns {
            lines.truncate(lines.trim_end().len());
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            used = indent;
        }
        lines.push_str(word);
        used += width(word);
    }
    lines.truncate(lines.trim_end().len());
    lines
}

/// The command that a text begins with, in backticks or with the mark behind it.
fn command(text: &str) -> Option<&str> {
    if let Some((quoted, _)) = text.strip_prefix('`').and_then(|text| text.split_once('`')) {
        return Some(&text[..quoted.len() + 2]);
    }
    let is_command = ["codex-profiler ", "openclaw "].iter().any(|name| text.starts_with(name));
    is_command.then(|| text.split_inclusive(['·', ')', ',', ';', '）', '，', '；', '。']).next())?
}

/// The words of a text, each with the space behind it. A Chinese character is a word, and
/// the punctuation behind it belongs to it; so does the dot between two facts.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut begin = 0;
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        let is_wide = |c: char| c.width() == Some(2);
        let is_mark = "，。：；、）！？·".contains(c);
        let ends = (last == ' ' && c != ' ' && c != '·')
            || (!is_mark && c != ' ' && (is_wide(c) || is_wide(last)) && last != '（');
        if at > begin && ends {
            words.push(&text[begin..at]);
            begin = at;
        }
        last = c;
    }
    words.push(&text[begin..]);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_empty_only_when_nothing_is_left() {
        for (percent, cells, drawn) in
            [("0", 5, "░░░░░"), ("0.4", 5, "▓░░░░"), ("67", 10, "▓▓▓▓▓▓▓░░░"), ("100", 5, "▓▓▓▓▓")]
        {
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

    /// The luminance that the Web Content Accessibility Guidelines give a colour of the cube.
    fn luminance(colour: &str) -> f64 {
        let index: usize = colour["38;5;".len()..].parse().expect("a number");
        let levels = [0.0, 95.0, 135.0, 175.0, 215.0, 255.0];
        let part = |of: usize| {
            let level: f64 = levels[(index - 16) / of % 6] / 255.0;
            if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(36) + 0.7152 * part(6) + 0.0722 * part(1)
    }

    #[test]
    fn colours_are_readable_on_white_and_on_black() {
        for colour in [RED, GREEN, YELLOW, MAGENTA, CYAN] {
            let luminance = luminance(colour);
            let (white, black) = (1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05);
            assert!(white > 3.5 && black > 3.5, "{colour}: {white} {black}");
        }
    }

    #[test]
    fn a_line_ends_between_words() {
        for (text, columns, lines) in [
            ("one two three", 0, "one two three"),
            ("one two three", 8, "one two\n  three"),
            ("one two three", 5, "one\n  two\n  three"),
            ("see codex-profiler auth · more", 23, "see\n  codex-profiler auth ·\n  more"),
            ("see codex-profiler auth · more", 21, "see codex-profiler\n  auth · more"),
            ("by `models status` it is", 17, "by\n  `models status`\n  it is"),
            ("周额度剩 32%（周六）", 10, "周额度剩\n  32%（周\n  六）"),
        ] {
            assert_eq!(wrapped(text, columns, 2), lines);
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

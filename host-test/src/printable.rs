//! Text of the component made fit for a terminal and for chat.

use invisible::is_invisible;

/// The codes for a verdict's colour, and the one that ends it.
const COLOURS: [&str; 6] = [
    "\u{1b}[38;5;160m",
    "\u{1b}[38;5;28m",
    "\u{1b}[38;5;130m",
    "\u{1b}[38;5;133m",
    "\u{1b}[38;5;31m",
    "\u{1b}[0m",
];

/// Returns `text` without anything that moves a terminal's cursor, turns the direction
/// of writing, or cannot be seen.
pub fn printable(text: &str) -> String {
    cleaned(text, &[])
}

/// Returns [`printable`] text in which the codes for a verdict's colour stay.
pub fn printable_in_colour(text: &str) -> String {
    cleaned(text, &COLOURS)
}

fn cleaned(text: &str, codes: &[&str]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        // Nearly everything is plain ASCII, copied a run at a time.
        let plain = rest.bytes().position(|byte| !is_plain(byte));
        let (run, behind) = rest.split_at(plain.unwrap_or(rest.len()));
        kept.push_str(run);
        rest = behind;
        let Some(c) = rest.chars().next() else {
            return kept;
        };
        if let Some(code) = codes.iter().find(|code| rest.starts_with(**code)) {
            kept.push_str(code);
            rest = &rest[code.len()..];
            continue;
        }
        // With U+FE0F a sign has its colour.
        if c == '\u{FE0F}' || !is_invisible(c) {
            kept.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\n' | b' '..=b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_colours_of_verdicts_reach_a_terminal() {
        let text = "\u{1b}[38;5;28mok\u{1b}[0m \u{1b}[2J\u{1b}]0;title\u{7}\r\u{202e}done\n";
        assert_eq!(printable_in_colour(text), "\u{1b}[38;5;28mok\u{1b}[0m [2J]0;titledone\n");
        assert_eq!(printable(text), "[38;5;28mok[0m [2J]0;titledone\n");
    }

    /// The same on the other host, `plugin/test/printable.test.ts`.
    #[test]
    fn what_cannot_be_seen_is_gone() {
        let unseen = "a\u{ad}\u{34f}\u{61c}\u{1160}\u{180e}\u{200b}\u{2029}\u{206f}\u{3164}\u{fe0e}\u{feff}\u{ffa0}\u{fff9}\u{e0041}\u{e0100}b";
        assert_eq!(printable(unseen), "ab");
        let seen = "é 完成 👍🏽 ⚠️ \u{2010}\u{202f}";
        assert_eq!(printable(seen), seen);
    }
}

//! Cuts a long reply into messages of the channel's length.

use super::ReplyContext;
use super::layout::packed;

/// The most messages that one reply may take.
const MOST_PARTS: usize = 12;

/// Cuts a text at line ends into messages of at most `length` characters, counted as
/// channels do, in UTF-16 units. A text that takes too many messages is cut short, and
/// `closing` is said all the same.
pub fn split(context: &ReplyContext, text: &str, closing: &str, length: usize) -> Vec<String> {
    cut(text, length, |lines| {
        let plural = if lines == 1 { "line" } else { "lines" };
        say!(
            context,
            "… {lines} more {plural}. Ask for one profile, or use codex-profiler in a terminal.\n{closing}",
            "……还有 {lines} 行。请查询单个 profile，或在终端使用 codex-profiler。\n{closing}"
        )
    })
}

/// `rest` ends a text that takes too many messages, in one message more: as many of its
/// lines as fit. It is told how many lines were left out.
fn cut(text: &str, length: usize, rest: impl Fn(usize) -> String) -> Vec<String> {
    let length = length.max(64);
    let mut parts = pack(text, length);
    if parts.len() > MOST_PARTS {
        let cut = parts.split_off(MOST_PARTS);
        let lines = cut.iter().map(|part| part.split('\n').count()).sum();
        parts.extend(pack(&rest(lines), length).into_iter().next());
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Puts lines into as few messages as they fit in.
fn pack(text: &str, length: usize) -> Vec<String> {
    let mut pieces = text.lines().flat_map(|line| {
        if line.len() < length {
            vec![line.to_owned()]
        } else {
            packed(&mut line.chars().map(String::from), "", length - 1, units)
        }
    });
    packed(&mut pieces, "\n", length - 1, units)
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_at_line_ends_and_keep_every_word() {
        let text = "aaaa bbbb\ncccc\n".repeat(20);
        let parts = cut(&text, 70, |_| String::new());
        assert!(parts.iter().all(|part| units(part) <= 70));
        assert_eq!(parts.join("\n"), text.trim_end());
    }

    #[test]
    fn a_line_beyond_the_limit_is_folded_and_a_flood_is_closed_with_a_word() {
        let long = "💳".repeat(100);
        assert!(cut(&long, 64, |_| String::new()).iter().all(|part| units(part) <= 64));
        let flood = "0123456789012345678901234567890123456789\n".repeat(100);
        let parts = cut(&flood, 64, |left| format!("{left} more"));
        assert_eq!(parts.len(), MOST_PARTS + 1);
        assert_eq!(parts.last().map(String::as_str), Some("88 more"));
    }

    #[test]
    fn what_closes_a_flood_is_no_longer_than_any_message() {
        let flood = "0123456789012345678901234567890123456789\n".repeat(100);
        let closing = "what matters most\nand what follows it\n".repeat(5);
        let parts = cut(&flood, 64, |left| format!("{left} more\n{closing}"));
        assert_eq!(parts.len(), MOST_PARTS + 1);
        assert_eq!(
            parts.last().map(String::as_str),
            Some("88 more\nwhat matters most\nand what follows it\nwhat matters most")
        );
    }
}

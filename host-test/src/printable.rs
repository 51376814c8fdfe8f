//! Text of the component made fit for a terminal and for chat.

/// `text` without what moves a terminal's cursor, turns the direction of writing,
/// or cannot be seen. With `colour` the few codes for a verdict's colour stay.
pub fn printable(text: &str, colour: bool) -> String {
    const COLOURS: [&str; 6] = [
        "\u{1b}[31m",
        "\u{1b}[32m",
        "\u{1b}[33m",
        "\u{1b}[35m",
        "\u{1b}[36m",
        "\u{1b}[0m",
    ];
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(code) = COLOURS
            .iter()
            .find(|code| colour && rest.starts_with(**code))
        {
            kept.push_str(code);
            rest = &rest[code.len()..];
            continue;
        }
        // With U+FE0F a sign has its colour.
        if matches!(c, '\n' | '\u{FE0F}') || !is_unseen(c) {
            kept.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    kept
}

/// Whether `c` takes no room, or breaks a line where no `\n` stands.
pub(crate) fn is_unseen(c: char) -> bool {
    let is_separator = matches!(c, '\u{2028}' | '\u{2029}' | '\u{FFF9}'..='\u{FFFB}');
    c.is_control() || is_separator || is_default_ignorable(c)
}

/// Unicode's `Default_Ignorable_Code_Point`, which keeps room for what is yet to come.
fn is_default_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::secret::is_passed_over;

    #[test]
    fn only_the_colours_of_verdicts_reach_a_terminal() {
        let text = "\u{1b}[32mok\u{1b}[0m \u{1b}[2J\u{1b}]0;title\u{7}\r\u{202e}done\n";
        assert_eq!(
            printable(text, true),
            "\u{1b}[32mok\u{1b}[0m [2J]0;titledone\n"
        );
        assert_eq!(printable(text, false), "[32mok[0m [2J]0;titledone\n");
    }

    /// The same on the other host, `plugin/test/printable.test.ts`.
    #[test]
    fn what_cannot_be_seen_is_gone() {
        let unseen = "a\u{ad}\u{34f}\u{61c}\u{1160}\u{180e}\u{200b}\u{2029}\u{206f}\u{3164}\u{fe0e}\u{feff}\u{ffa0}\u{fff9}\u{e0041}\u{e0100}b";
        assert_eq!(printable(unseen, false), "ab");
        let seen = "é 完成 👍🏽 ⚠️ \u{2010}\u{202f}";
        assert_eq!(printable(seen, false), seen);
    }

    /// Rows that the other host is tested with, too.
    #[test]
    fn every_character_is_seen_or_not_as_the_table_says() {
        let table: BTreeMap<String, Vec<(String, String)>> =
            serde_json::from_str(include_str!("../tables/unseen.json")).expect("a table");
        let is_in = |name: &str, c: char| {
            let number = |hex: &str| u32::from_str_radix(hex, 16).expect("a number");
            let mut ranges = table[name].iter();
            ranges.any(|(first, last)| (number(first)..=number(last)).contains(&u32::from(c)))
        };
        for c in '\0'..=char::MAX {
            let is_printed = !printable(c.encode_utf8(&mut [0; 4]), false).is_empty();
            assert_eq!(is_printed, !is_in("not printed", c), "{c:?}");
            assert_eq!(is_passed_over(c), is_in("passed over", c), "{c:?}");
        }
    }
}

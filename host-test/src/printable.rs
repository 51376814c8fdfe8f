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
        if c == '\n' || !(c.is_control() || is_unseen(c)) {
            kept.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    kept
}

fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{061C}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_colours_of_verdicts_reach_a_terminal() {
        let text = "\u{1b}[32mok\u{1b}[0m \u{1b}[2J\u{1b}]0;title\u{7}\r\u{202e}done\n";
        assert_eq!(
            printable(text, true),
            "\u{1b}[32mok\u{1b}[0m [2J]0;titledone\n"
        );
        assert_eq!(printable(text, false), "[32mok[0m [2J]0;titledone\n");
    }
}

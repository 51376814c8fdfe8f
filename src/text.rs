//! Text of others, made fit to print.

use invisible::is_invisible;

/// Returns text of others fit to print: no control characters, nothing that turns
/// the writing direction or joins invisibly, one space at a time, and at most
/// `most` characters.
pub fn clean(text: &str, most: usize) -> String {
    // Nearly every label is this plain already.
    if text.len() <= most && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text.to_owned();
    }
    // What has no agreed shape is drawn by every font as it likes.
    let is_private = |c: &char| matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}');
    let visible = |c: &char| !is_invisible(*c) && !is_private(c);
    let words: Vec<String> = text
        .split(char::is_whitespace)
        .map(|word| word.chars().filter(visible).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect();
    let line = words.join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{cut}…")
}

/// [`clean`] text with every e-mail address in it masked. Masked before it is cut: half
/// an address is not recognised as one.
pub fn clean_and_masked(text: &str, most: usize) -> String {
    clean(&masked(&clean(text, usize::MAX)), most)
}

/// `text` with every e-mail address in it masked: `us…2@ex….invalid`.
pub fn masked(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    let mask_word = |word: &str| match word.split_once('@') {
        Some((local, domain)) => format!("{}@{}", masked_local(local), masked_domain(domain)),
        None => word.to_owned(),
    };
    text.split(' ').map(mask_word).collect::<Vec<_>>().join(" ")
}

fn masked_local(local: &str) -> String {
    match local.rsplit_once(':') {
        Some((provider, name)) => format!("{provider}:{}", masked_name(name)),
        None => masked_name(local),
    }
}

fn masked_name(name: &str) -> String {
    let is_long = name.chars().count() > 3;
    let shown = if is_long { 2 } else { 1 };
    let mut masked: String = name.chars().take(shown).collect();
    masked.push('…');
    masked.extend(name.chars().next_back().filter(|_| is_long));
    masked
}

fn masked_domain(domain: &str) -> String {
    let head: String = domain.chars().take_while(|c| *c != '.').take(2).collect();
    match domain.rsplit_once('.') {
        Some((_, top)) if top.chars().all(|c| c.is_ascii_alphanumeric()) => {
            format!("{head}….{top}")
        }
        Some(_) | None => format!("{head}…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mails_are_masked_wherever_they_stand() {
        for (raw, shown) in [
            ("user42@example.invalid", "us…2@ex….invalid"),
            ("openai:user42@example.invalid", "openai:us…2@ex….invalid"),
            ("me@example.com", "m…@ex….com"),
            ("you@example.com", "y…@ex….com"),
            ("thou@example.com", "th…u@ex….com"),
            ("named user@example.com", "named us…r@ex….com"),
            ("a@b", "a…@b…"),
            ("@", "…@…"),
            ("x@y.z@evil", "x…@y…"),
            ("plain", "plain"),
        ] {
            assert_eq!(masked(raw), shown);
        }
    }

    #[test]
    fn a_text_is_cut_by_characters() {
        for long in ["é", "e"] {
            assert_eq!(clean(&long.repeat(50), 10), long.repeat(9) + "…");
            assert_eq!(clean(&long.repeat(10), 10), long.repeat(10));
        }
    }
}

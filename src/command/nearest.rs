//! Guesses what a word that names nothing was meant to be.

/// The longest word that is compared, in characters.
const LONGEST: usize = 64;

/// The one of these names that a misspelt word most likely means: one that it begins, or
/// one that differs in at most two letters, and in at most half of them.
pub fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed: Vec<char> = typed.to_lowercase().chars().collect();
    if typed.len() > LONGEST {
        return None;
    }
    let distance_to = |name: &str| {
        let name: Vec<char> = name.to_lowercase().chars().collect();
        if typed.len() > 1 && name.starts_with(&typed) {
            return Some(0);
        }
        let close = name.len().abs_diff(typed.len()) <= 2;
        let distance = close.then(|| distance(&typed, &name))?;
        (distance <= 2 && distance * 2 <= typed.len()).then_some(distance)
    };
    let close = names.filter_map(|name| Some((distance_to(name)?, name)));
    close.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// The letters to insert, delete or replace, by Levenshtein's recurrence.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

/// Whether these words are a sentence rather than a name. Chinese has no spaces.
pub fn is_a_sentence(typed: &str) -> bool {
    let is_chinese = |c: char| ('\u{2e80}'..='\u{9fff}').contains(&c);
    typed.contains([' ', '?', '？']) || typed.contains(is_chinese)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(typed: &str) -> Option<&'static str> {
        nearest(typed, ["work", "backup", "lab", "工作", "all"].into_iter())
    }

    #[test]
    fn a_misspelt_or_shortened_name_is_recognised() {
        for (typed, name) in [
            ("wrok", "work"),
            ("Wor", "work"),
            ("works", "work"),
            ("back", "backup"),
            ("bakcup", "backup"),
            ("lap", "lab"),
            ("工做", "工作"),
        ] {
            assert_eq!(meant(typed), Some(name), "{typed}");
        }
    }

    #[test]
    fn another_word_is_no_name() {
        for typed in ["w", "home", "l", "", "personal", "用哪个", "ba x"] {
            assert_eq!(meant(typed), None, "{typed}");
        }
        assert_eq!(meant(&"work".repeat(1000)), None);
    }

    #[test]
    fn a_sentence_is_told_from_a_name() {
        for sentence in ["用哪个", "which one", "why?", "为什么？"] {
            assert!(is_a_sentence(sentence), "{sentence}");
        }
        for name in ["work", "openai:work", "müller", "#3"] {
            assert!(!is_a_sentence(name), "{name}");
        }
    }
}

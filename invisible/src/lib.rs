//! Characters that nobody sees: one table for the component and for the harness.
//!
//! The standard library does not know Unicode's `Default_Ignorable_Code_Point`, and the
//! crates that do bring twenty others along for these few ranges. The property covers
//! ranges that are still unassigned, so new versions of Unicode leave it nearly alone.
//! The gateway adapter asks its JavaScript engine for the same property;
//! `host-test/tables/invisible.json` is tried on both sides, character by character.

/// Returns whether `c` takes no room, or breaks a line where no `\n` stands.
#[inline]
pub fn is_invisible(c: char) -> bool {
    if matches!(c, ' '..='~') {
        return false;
    }
    let is_separator = matches!(c, '\u{2028}' | '\u{2029}' | '\u{FFF9}'..='\u{FFFB}');
    c.is_control() || is_separator || is_default_ignorable(c)
}

/// Returns whether `c` is white space or invisible: a text with it in the middle still
/// reads the same.
#[inline]
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

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
    use std::ops::RangeInclusive;

    use super::*;

    /// The same on the other host, `plugin/test/invisible.test.ts`.
    #[test]
    fn every_character_is_seen_or_not_as_the_table_says() {
        let table = include_str!("../../host-test/tables/invisible.json");
        let table: BTreeMap<String, Vec<(String, String)>> =
            serde_json::from_str(table).expect("a table");
        let number = |hex: &String| u32::from_str_radix(hex, 16).expect("a number");
        let ranges = |name: &str| -> Vec<_> {
            let ranges = table[name].iter();
            ranges.map(|(first, last)| number(first)..=number(last)).collect()
        };
        let (invisible, blank) = (ranges("invisible"), ranges("blank"));
        for c in '\0'..=char::MAX {
            let is_in = |ranges: &[RangeInclusive<u32>]| {
                ranges.iter().any(|range| range.contains(&u32::from(c)))
            };
            assert_eq!(is_invisible(c), is_in(&invisible), "{c:?}");
            assert_eq!(is_blank(c), is_in(&blank), "{c:?}");
        }
    }
}

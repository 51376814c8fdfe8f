//! Tells names apart that a reader cannot. The tables of Unicode's own list would take
//! half as much room as the whole component, so these are the letters that pass for
//! Latin ones in a label.

/// Words of letters that look alike: a Latin one, and behind it those of other scripts.
const ALIKE: &str = "aаα bвьβ cсϲ dԁ eеεҽ gɡց hһнհ lіїιıӏℓⅼ jјϳ kкκ mм nпηո oоοσօ०๐ pрρ \
    qԛգ rгᴦ sѕꜱ tтτ uυսц vνѵ wԝωա xхχ yуγү zᴢ -‐‑‒–—− .·․•";

/// Returns a name as a reader sees it: the same for names that look alike.
pub(super) fn look(name: &str) -> String {
    // Accents that stand by themselves can lie over nothing.
    let is_accent = |c: &char| ('\u{300}'..='\u{36F}').contains(c);
    let plain = name.chars().map(unstyled).filter(|c| !is_accent(c));
    let lower: String = plain.flat_map(char::to_lowercase).map(latin).collect();
    lower.replace("rn", "m").replace("vv", "w")
}

/// Whether nothing of a clean label is seen. A braille cell without dots counts as a
/// letter and shows none.
pub(super) fn is_blank(label: &str) -> bool {
    label.chars().all(|c| c == '\u{2800}')
}

/// Returns the plain letter of a full-width or a mathematical one.
fn unstyled(c: char) -> char {
    let code = u32::from(c);
    let letter = match code {
        0xFF01..=0xFF5E => code - 0xFF01 + u32::from('!'),
        0x1D400..=0x1D6A3 => match (code - 0x1D400) % 52 {
            upper @ 0..26 => upper + u32::from('A'),
            lower => lower - 26 + u32::from('a'),
        },
        _ => code,
    };
    char::from_u32(letter).unwrap_or(c)
}

fn latin(c: char) -> char {
    if c.is_ascii() {
        return match c {
            'i' | '1' | '|' | '!' => 'l',
            '0' => 'o',
            '_' => '-',
            _ => c,
        };
    }
    let alike = ALIKE.split(' ').find(|letters| letters.contains(c));
    alike.and_then(|letters| letters.chars().next()).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_other_scripts_look_like_latin_ones() {
        for twin in ["w\u{43e}rk", "ｗｏｒｋ", "𝐰𝐨𝐫𝐤", "W0RK", "wor\u{301}k", "vvork", "ωοгк"]
        {
            assert_eq!(look(twin), look("work"), "{twin}");
        }
        for other in ["worker", "home", "工作", "wörk", "work2"] {
            assert_ne!(look(other), look("work"), "{other}");
        }
        assert_ne!(look("工作"), look("家庭"));
        assert_eq!(look("Il1"), look("lll"));
    }
}

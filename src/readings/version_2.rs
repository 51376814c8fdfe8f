//! The format of codex-profiler 0.1.0: a line for each reading, its numbers parted by
//! spaces, `-` for what is not known.
//!
//! ```text
//! codex-profiler readings 2
//! <key> <checked at> <verdict>
//! <key> <checked at> <verdict> <certain at> <verdict> <plan> <credits> <windows> …
//! ```
//!
//! `<windows>` counts the windows, and each of them is a length, what is used and a
//! reset. A verdict is its place in [`Verdict::ALL`].

use super::certain::is_exact;
use super::{Certain, KnownWindow, Reading};
use crate::usage::Verdict;

const HEADER: &str = "codex-profiler readings 2";

/// Reads a blob of this version. A line that is none of its lines is no reading.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Reading>> {
    let mut lines = std::str::from_utf8(bytes).ok()?.lines();
    (lines.next()? == HEADER).then(|| lines.filter_map(parse).collect())
}

fn parse(line: &str) -> Option<Reading> {
    let mut words = line.split_ascii_whitespace();
    let key = words.next()?.to_owned();
    let number = |word| match word {
        "-" => Some(None),
        word => word.parse::<i64>().ok().map(Some),
    };
    let numbers: Vec<Option<i64>> = words.map(number).collect::<Option<_>>()?;
    let verdict = |place: i64| Verdict::ALL.get(usize::try_from(place).ok()?).copied();
    let (checked_at, certain) = match numbers.as_slice() {
        [Some(checked_at), Some(last)] => {
            verdict(*last)?;
            (*checked_at, None)
        }
        [Some(checked_at), Some(_), Some(at), Some(then), plan, credits, count, windows @ ..] => {
            let certain = Certain {
                at: *at,
                verdict: verdict(*then)?,
                is_low: false,
                is_signed_out: false,
                is_former: false,
                // Version 2 kept 63 bits of the hash; version 3 keeps 53.
                plan: plan.and_then(|plan| u64::try_from(plan >> 10).ok()),
                credits: credits.filter(is_exact),
                windows: parse_windows(*count, windows)?,
            };
            (*checked_at, Some(certain))
        }
        _ => return None,
    };
    Some(Reading { key, sign_in: None, checked_at, resets: None, certain })
}

/// As many windows as `count` says.
fn parse_windows(count: Option<i64>, numbers: &[Option<i64>]) -> Option<Option<Vec<KnownWindow>>> {
    let (windows, []) = numbers.as_chunks::<3>() else {
        return None;
    };
    let Some(count) = count else {
        return windows.is_empty().then_some(None);
    };
    let parse = |[length, used, resets_at]: &[Option<i64>; 3]| {
        Some(KnownWindow { length_seconds: (*length)?, used: *used, resets_at: *resets_at })
    };
    let is_whole = i64::try_from(windows.len()) == Ok(count);
    let windows = windows.iter().map(parse).collect::<Option<Vec<_>>>()?;
    is_whole.then_some(Some(windows))
}

#[cfg(test)]
mod tests {
    use super::HEADER;
    use crate::readings::Readings;

    #[test]
    fn a_line_that_is_none_of_ours_is_no_reading() {
        let read = |line: &str| Readings::from_bytes(format!("{HEADER}\n{line}\n").as_bytes());
        let whole = "0123456789abcdef 1795372800 0 1795372800 0 7 - 1 18000 3300 1795372800";
        assert_ne!(read(whole), Readings::default());
        for line in [
            "",
            "0123456789abcdef",
            "0123456789abcdef 1795372800",
            "0123456789abcdef 1795372800 5",
            "0123456789abcdef 1795372800 -1",
            "0123456789abcdef -1 0",
            "0123456789abcdef 99999999999999999999 0",
            "short 1795372800 0",
            "0123456789abcdef 1795372800 0 1795372800",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - 2 18000 3300 -",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - 1 18000 3300",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - 1 0 3300 -",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - 1 9223372036854775807 3300 -",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - 1 18000 10001 -",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - 1 18000 -1 -",
            "0123456789abcdef 1795372800 0 1795372800 0 7 - - 18000 3300 -",
            "0123456789abcdef 1795372800 0 9223372036854775807 0 7 - -",
        ] {
            assert_eq!(read(line), Readings::default(), "{line}");
        }
    }
}

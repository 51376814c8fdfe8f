//! The formats in which the component's memory is kept, as the policy lists them: nothing
//! that a label, an account or a secret could be written in.

use serde_json::Value;

use crate::contract::memory::Key;
use crate::policy::policy;

/// The largest whole number that every reader of JSON takes as it is.
const LARGEST: u64 = (1 << 53) - 1;

/// The last second of the year 9999.
const LATEST: i64 = 253_402_300_799;

/// The first line of the readings of 0.1.0.
const VERSION_2: &str = "codex-profiler readings 2";

/// Returns whether a blob may be kept: compact JSON of its key's format.
pub(super) fn is_kept(key: Key, blob: &[u8]) -> bool {
    let value = serde_json::from_slice::<Value>(blob);
    value.is_ok_and(|value| {
        // White space, or a field that is there twice, could hold anything.
        fits(&policy().memory.rule(key).format, &value) && value.to_string().len() == blob.len()
    })
}

/// Returns whether a blob that was kept is lent: of its key's format, or of that of 0.1.0.
pub(super) fn is_lent(key: Key, blob: &[u8]) -> bool {
    is_kept(key, blob)
        || match key {
            Key::Readings => is_version_2(blob),
            Key::Alerts | Key::History => false,
        }
}

fn fits(format: &Value, value: &Value) -> bool {
    match (format, value) {
        (Value::Object(fields), Value::Object(object)) => {
            let is_listed = |name: &String| fields.keys().any(|key| plain(key) == name);
            object.keys().all(is_listed)
                && fields.iter().all(|(key, format)| match object.get(plain(key)) {
                    Some(value) => fits(format, value),
                    None => key.ends_with('?'),
                })
        }
        (Value::Array(one), Value::Array(items)) => {
            one.first().is_some_and(|format| items.iter().all(|item| fits(format, item)))
        }
        (Value::String(kind), value) => match kind.as_str() {
            "hash" => value.as_str().is_some_and(is_hash),
            "number" => value.as_i64().is_some_and(|number| number.unsigned_abs() <= LARGEST),
            "instant" => value.as_i64().is_some_and(|at| (0..=LATEST).contains(&at)),
            words => value.as_str().is_some_and(|word| words.split('|').any(|each| each == word)),
        },
        (exact, value) => exact == value,
    }
}

/// The name of a field, without the sign that it may be absent.
fn plain(key: &str) -> &str {
    key.trim_end_matches('?')
}

fn is_hash(text: &str) -> bool {
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 16 && text.bytes().all(is_digit)
}

/// A line for each reading: a hash, then numbers and `-` for what is not known.
fn is_version_2(blob: &[u8]) -> bool {
    let text = std::str::from_utf8(blob).unwrap_or_default();
    let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
    let is_number = |word: &str| {
        let digits = word.strip_prefix('-').unwrap_or(word);
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        word == "-" || ((1..=19).contains(&digits.len()) && is_plain)
    };
    let is_reading = |line: &str| {
        let mut words = line.split(' ');
        words.next().is_some_and(is_hash) && words.all(is_number)
    };
    lines.next() == Some(VERSION_2) && lines.all(is_reading)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// Blobs that another host is tried with, too.
    #[derive(Deserialize)]
    struct Table {
        readings: Blobs,
        alerts: Blobs,
        history: Blobs,
    }

    #[derive(Deserialize)]
    struct Blobs {
        kept: Vec<String>,
        only_lent: Vec<String>,
        refused: Vec<String>,
    }

    #[test]
    fn a_blob_is_of_its_format_or_not_there() {
        let table: Table =
            serde_json::from_str(include_str!("../../tables/blobs.json")).expect("a table");
        for (key, blobs) in [
            (Key::Readings, table.readings),
            (Key::Alerts, table.alerts),
            (Key::History, table.history),
        ] {
            let allowed = |blob: &String| {
                let blob = blob.as_bytes();
                (is_kept(key, blob), is_lent(key, blob))
            };
            for (blobs, expected) in [
                (blobs.kept, (true, true)),
                (blobs.only_lent, (false, true)),
                (blobs.refused, (false, false)),
            ] {
                for blob in blobs {
                    assert_eq!(allowed(&blob), expected, "{key:?} {blob}");
                }
            }
        }
        let not_text = b"{\"version\":3,\"readings\":[]}\xff";
        assert!(!is_lent(Key::Readings, not_text));
    }
}

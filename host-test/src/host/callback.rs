//! A callback that a user typed: its parameters are secrets of the call that they
//! were typed in.

use crate::contract::commands::Origin;
use crate::secret::Secret;

/// The secrets in what was typed behind `finish`, or is a callback without that word.
pub(super) fn secrets(origin: &Origin) -> Vec<Secret> {
    let words: Vec<&str> = match origin {
        Origin::Command(text) | Origin::Tool(text) => text.split_whitespace().collect(),
        Origin::Terminal(words) => words.iter().flat_map(|word| word.split_whitespace()).collect(),
        Origin::Button(_) | Origin::Schedule(_) => return vec![],
    };
    let [verb, typed @ ..] = words.as_slice() else {
        return vec![];
    };
    // Phones begin a message with a capital.
    let is_finish = matches!(verb.to_ascii_lowercase().as_str(), "finish" | "完成");
    let typed = if is_finish { typed } else { &words };
    // Chat programs break a long address into lines.
    let joined = typed.concat();
    if !is_finish && !readings(&joined).iter().any(|text| text.contains("code=")) {
        return vec![];
    }
    let mut secrets: Vec<Secret> = typed.iter().flat_map(|word| of_word(word)).collect();
    secrets.extend(of_word(&joined));
    if is_finish {
        // The first of several words is the profile's name.
        let bare = if typed.len() > 1 { &typed[1..] } else { typed };
        secrets.extend(bare.iter().map(|word| Secret::new(*word)));
    }
    // Everybody knows where a login waits, and a reply may say so.
    secrets.retain(|secret| !WAITS_AT.contains(secret.expose()));
    secrets
}

const WAITS_AT: &str = "http://localhost:1455/auth/callback";

/// Every value of a parameter in a word, as it is and decoded.
fn of_word(word: &str) -> Vec<Secret> {
    let texts = readings(word);
    let parameters = texts.iter().flat_map(|text| text.split(['?', '&', '#', ';']));
    let values = parameters.filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        // A word of the protocol, such as `access_denied`.
        (name != "error").then_some(value)
    });
    // Without the bracket, quote or full stop that was put around the address.
    let is_around = |c: char| !(c.is_ascii_alphanumeric() || "-_~+/=%".contains(c));
    let bare = |value: &'_ str| [value, value.trim_end_matches(is_around)].map(Secret::new);
    values.flat_map(bare).collect()
}

/// A text as it is, and decoded for as long as that changes it: some programs encode an
/// address twice.
fn readings(text: &str) -> Vec<String> {
    let mut texts = vec![text.to_owned()];
    for _ in 0..4 {
        let next = decoded(&texts[texts.len() - 1]);
        if texts.contains(&next) {
            break;
        }
        texts.push(next);
    }
    texts
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretScan;

    /// Cases that the other host is tried with, too.
    #[derive(serde::Deserialize)]
    struct Table {
        parameters: Vec<String>,
        shown: String,
        typed: Vec<String>,
        others: Vec<Typed>,
        decoded: Vec<Decoded>,
    }

    #[derive(serde::Deserialize)]
    struct Typed {
        typed: String,
        found: Vec<String>,
        passed: Vec<String>,
    }

    #[derive(serde::Deserialize)]
    struct Decoded {
        text: String,
        decoded: String,
    }

    fn table() -> Table {
        serde_json::from_str(include_str!("../../tables/callbacks.json")).expect("a table")
    }

    fn scan(text: &str) -> SecretScan {
        SecretScan::new(&secrets(&Origin::Command(text.into())))
    }

    #[test]
    fn the_parameters_of_a_callback_are_secrets_however_they_were_typed() {
        let table = table();
        for text in table.typed {
            let scan = scan(&text);
            for secret in &table.parameters {
                assert!(scan.finds(secret.as_bytes()), "{text}");
            }
            assert!(!scan.finds(table.shown.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_name_and_a_word_of_the_protocol_are_none() {
        for row in table().others {
            let scan = scan(&row.typed);
            let finds = |text: &String| scan.finds(text.as_bytes());
            assert!(row.found.iter().all(finds), "{}", row.typed);
            assert!(!row.passed.iter().any(finds), "{}", row.typed);
        }
    }

    #[test]
    fn what_cannot_be_decoded_stays_as_it_is() {
        for row in table().decoded {
            assert_eq!(decoded(&row.text), row.decoded);
        }
    }
}

//! Checks on everything that is shown, whatever it was made of.

use std::collections::BTreeSet;

use codex_profiler::reply::{ReplyContext, Table, messages};
use serde_json::Value;

use crate::CANARY;

/// The most messages that a reply may take, with the one that says what was left out.
const MOST_PARTS: usize = 13;

/// A text for a person: no control character but line ends and, where there are
/// colours, theirs; nothing that turns the writing direction; no canary.
pub fn check_text(text: &str, colour: bool) {
    assert!(!text.contains(CANARY), "a canary: {text}");
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\n' => {}
            '\u{1b}' if colour => {
                assert_eq!(rest.next(), Some('['), "an odd escape: {text:?}");
                let code = rest.by_ref().take_while(|c| *c != 'm');
                assert!(code.count() <= 8, "an odd escape: {text:?}");
            }
            c => assert!(!c.is_control() && !turns(c), "{c:?} in {text:?}"),
        }
    }
}

/// Whether a character turns the writing direction, or ends a line as some see it.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text cut into messages of this length: none longer, no flood of them.
pub fn check_parts(context: &ReplyContext, text: &str, closing: &str, length: usize) {
    let parts = messages::split(context, text, closing, length);
    assert!(parts.len() <= MOST_PARTS, "{} parts", parts.len());
    for part in &parts {
        let units = part.encode_utf16().count();
        assert!(units <= length.max(64), "{units} of {length}: {part:?}");
        assert!(!part.trim().is_empty(), "an empty part");
    }
    let last = parts.last().map_or("", String::as_str);
    let is_cut = ["… ", "……还有 "].iter().any(|start| last.starts_with(start));
    if !is_cut {
        // A message of nothing but spaces is not sent.
        let told = |text: &str| -> String { text.split_whitespace().collect() };
        let joined: String = parts.iter().map(|part| told(part)).collect();
        assert_eq!(joined, told(text), "not the whole text");
    }
}

/// A table: different heads, in every row a cell for each, one line in every cell, and a
/// paragraph of the text that it stands for, a line for each row.
pub fn check_table(text: &str, table: &Table) {
    let heads = table.headers.iter().collect::<BTreeSet<_>>().len();
    assert!(heads > 0 && heads == table.headers.len());
    let texts = std::iter::once(&table.caption).chain(&table.headers);
    for cell in texts.chain(table.rows.iter().flatten()) {
        check_text(cell, false);
        assert!(!cell.contains('\n'), "{cell:?}");
    }
    assert!(table.rows.iter().all(|row| row.len() == heads));
    let paragraph = text.split("\n\n").nth(table.paragraph as usize);
    let lines = paragraph.map_or(0, |paragraph| paragraph.lines().count());
    assert_eq!(lines, table.rows.len(), "{text}");
}

/// A document for programs: there, JSON, no canary, every percentage one.
pub fn check_document(document: Option<&str>) -> Value {
    let document = document.expect("it was asked for");
    assert!(!document.contains(CANARY), "a canary: {document}");
    let read = serde_json::from_str(document);
    let value: Value = read.unwrap_or_else(|error| panic!("{error}: {document}"));
    check_percents(&value);
    value
}

fn check_percents(value: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let Some(percent) = value.as_f64().filter(|_| name.contains("percent")) {
                    assert!((0.0..=100.0).contains(&percent), "{name}: {percent}");
                }
                check_percents(value);
            }
        }
        Value::Array(values) => values.iter().for_each(check_percents),
        _ => {}
    }
}

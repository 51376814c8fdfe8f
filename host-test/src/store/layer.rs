//! One store as it was found: its entries by id and what goes with them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::profile;

/// The longest id that is taken for one.
const LONGEST_ID: usize = 256;

/// The content of one store. Two are merged by [`Layer::over`].
#[derive(Default)]
pub(super) struct Layer {
    /// Every credential, of every provider, by its profile id.
    pub(super) entries: BTreeMap<String, Value>,
    /// Orders by provider; never empty lists.
    pub(super) order: BTreeMap<String, Vec<String>>,
    /// The profile that last worked, by provider.
    pub(super) last_good: BTreeMap<String, String>,
    /// The gateway's notes about each profile.
    pub(super) usage: BTreeMap<String, Value>,
    /// True if something was left out.
    pub(super) skipped: bool,
    /// Every secret in it, also of what was left out.
    pub(super) secrets: BTreeSet<String>,
}

impl Layer {
    /// Reads a store document. `None` if the text is not one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut document = document(text)?;
        let Some(Value::Object(profiles)) = document.remove("profiles") else {
            return None;
        };
        let mut layer = Self::default();
        for (id, entry) in profiles {
            profile::collect_secrets(&entry, &mut layer.secrets);
            if is_id(&id) && entry.is_object() {
                layer.entries.insert(id, entry);
            } else {
                layer.skipped = true;
            }
        }
        layer.add(document);
        Some(layer)
    }

    /// Adds what is kept beside the entries. It wins over what the store itself
    /// says; what cannot be understood is left out.
    pub(super) fn add_state(&mut self, text: &str) {
        match document(text) {
            Some(state) => self.add(state),
            None => self.skipped = true,
        }
    }

    fn add(&mut self, mut document: Map<String, Value>) {
        for (provider, ids) in self.section(&mut document, "order") {
            let Value::Array(ids) = ids else {
                self.skipped = true;
                continue;
            };
            let ids = distinct_ids(&ids);
            if !ids.is_empty() {
                self.order.insert(profile::folded(&provider), ids);
            }
        }
        for (provider, id) in self.section(&mut document, "lastGood") {
            if let Some(id) = id.as_str().filter(|id| is_id(id)) {
                self.last_good.insert(profile::folded(&provider), id.to_owned());
            }
        }
        let usage = self.section(&mut document, "usageStats");
        self.usage.extend(usage.into_iter().filter(|(_, stats)| stats.is_object()));
    }

    fn section(&mut self, document: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
        match document.remove(name) {
            Some(Value::Object(section)) => section,
            None | Some(Value::Null) => Map::new(),
            Some(_) => {
                self.skipped = true;
                Map::new()
            }
        }
    }

    /// This layer on top of a shared one: entry by entry and record by record,
    /// the upper one wins whole.
    pub(super) fn over(self, mut below: Self) -> Self {
        below.entries.extend(self.entries);
        below.order.extend(self.order);
        below.last_good.extend(self.last_good);
        below.usage.extend(self.usage);
        below.secrets.extend(self.secrets);
        below.skipped |= self.skipped;
        below
    }

    /// The id and the provider of every entry.
    pub(super) fn providers(&self) -> impl Iterator<Item = (String, String)> {
        let provider = |(id, entry): (&String, &Value)| (id.clone(), profile::provider(id, entry));
        self.entries.iter().map(provider)
    }
}

/// Values of a document at most. Ten thousand profiles have fewer; a file of nothing but
/// brackets and commas would grow to many times its size when it is read.
const MOST_VALUES: usize = 400_000;

fn document(text: &str) -> Option<Map<String, Value>> {
    // Editors on Windows put a byte order mark in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_one_more = |byte: &u8| matches!(byte, b'{' | b'[' | b',');
    if text.bytes().filter(is_one_more).count() > MOST_VALUES {
        return None;
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(document)) => Some(document),
        _ => None,
    }
}

fn distinct_ids(list: &[Value]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    list.iter()
        .filter_map(Value::as_str)
        .map(str::trim)
        .filter(|id| is_id(id) && seen.insert(*id))
        .map(str::to_owned)
        .collect()
}

fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && !id.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn a_document_of_countless_values_is_none() {
        let with = |values: usize| format!(r#"{{"profiles":{{}},"x":[0{}]}}"#, ",0".repeat(values));
        assert!(Layer::parse(&with(MOST_VALUES - 10)).is_some());
        assert!(Layer::parse(&with(MOST_VALUES)).is_none());
    }

    #[test]
    fn only_a_store_is_taken_for_one() {
        for text in ["", "null", "[]", "{", "{}", r#"{"profiles":[]}"#, "SQLite format 3\0"] {
            assert!(Layer::parse(text).is_none(), "{text}");
        }
        assert!(Layer::parse("\u{feff}{\"profiles\":{}}").is_some());
    }

    #[test]
    fn what_cannot_be_understood_is_left_out_and_said() {
        let long = "x".repeat(257);
        for entry in [r#""a": 1"#, r#""a\u0007b": {}"#, r#""": {}"#, &format!(r#""{long}": {{}}"#)]
        {
            let layer = Layer::parse(&format!(r#"{{"profiles":{{{entry},"ok":{{}}}}}}"#)).unwrap();
            assert!(layer.skipped, "{entry}");
            assert_eq!(layer.entries.len(), 1);
        }
        let odd = r#"{"profiles":{}, "order":7, "lastGood":null, "usageStats":[1]}"#;
        let layer = Layer::parse(odd).unwrap();
        assert!(layer.skipped && layer.order.is_empty() && layer.usage.is_empty());
    }

    #[test]
    fn orders_are_trimmed_distinct_and_never_empty() {
        let text = r#"{"profiles":{},"order":{" OpenAI ":[" a ","b","a",7,""],"x":[]}}"#;
        let layer = Layer::parse(text).unwrap();
        assert_eq!(layer.order.len(), 1);
        assert_eq!(layer.order["openai"], ["a", "b"]);
    }

    #[test]
    fn the_upper_layer_wins_entry_by_entry() {
        let below = r#"{"profiles":{"a":{"n":1},"b":{"n":1}},"order":{"p":["a"],"q":["b"]},
            "lastGood":{"p":"a"},"usageStats":{"a":{"errorCount":1,"lastUsed":1}}}"#;
        let above =
            r#"{"profiles":{"b":{"n":2}},"order":{"p":["b"]},"usageStats":{"a":{"errorCount":2}}}"#;
        let merged = Layer::parse(above).unwrap().over(Layer::parse(below).unwrap());
        assert_eq!(merged.entries["a"]["n"], 1);
        assert_eq!(merged.entries["b"]["n"], 2);
        assert_eq!(merged.order["p"], ["b"]);
        assert_eq!(merged.order["q"], ["b"]);
        assert_eq!(merged.last_good["p"], "a");
        assert_eq!(merged.usage["a"], serde_json::json!({"errorCount": 2}));
    }

    #[test]
    fn state_beside_the_store_wins() {
        let mut layer =
            Layer::parse(r#"{"profiles":{},"order":{"p":["a"]},"lastGood":{"p":"a"}}"#).unwrap();
        layer.add_state(r#"{"order":{"p":["b"]}}"#);
        assert_eq!(layer.order["p"], ["b"]);
        assert_eq!(layer.last_good["p"], "a");
        assert!(!layer.skipped);
        layer.add_state("not JSON");
        assert!(layer.skipped);
    }
}

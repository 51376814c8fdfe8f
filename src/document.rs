//! A JSON document as it is put together, and how it is written: fields keep
//! their order, and numbers keep their own digits.

use crate::decimal::Decimal;
use crate::usage::Amount;

/// A value of a document.
#[derive(Debug)]
pub enum Item<'a> {
    /// Not reported.
    Null,
    /// A truth.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A number in its own digits.
    Number(String),
    /// Text of the program, or of a value that outlives the document.
    Word(&'a str),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Item<'a>>),
    /// An object, its fields in this order.
    Object(Vec<(&'a str, Item<'a>)>),
}

impl Item<'_> {
    /// The document as JSON, indented for people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, 0);
        text
    }

    fn write(&self, to: &mut String, depth: usize) {
        match self {
            Self::Null => to.push_str("null"),
            Self::Bool(true) => to.push_str("true"),
            Self::Bool(false) => to.push_str("false"),
            Self::Whole(number) => to.push_str(&number.to_string()),
            Self::Number(digits) => to.push_str(digits),
            Self::Word(text) => write_text(to, text),
            Self::Text(text) => write_text(to, text),
            Self::List(items) => {
                to.push('[');
                for (index, item) in items.iter().enumerate() {
                    start_line(to, index, depth + 1);
                    item.write(to, depth + 1);
                }
                end(to, items.len(), depth, ']');
            }
            Self::Object(fields) => {
                to.push('{');
                for (index, (key, item)) in fields.iter().enumerate() {
                    start_line(to, index, depth + 1);
                    write_text(to, key);
                    to.push_str(": ");
                    item.write(to, depth + 1);
                }
                end(to, fields.len(), depth, '}');
            }
        }
    }
}

fn start_line(to: &mut String, index: usize, depth: usize) {
    if index > 0 {
        to.push(',');
    }
    to.push('\n');
    const INDENT: &str = "                        ";
    to.push_str(INDENT.get(..2 * depth).unwrap_or(INDENT));
}

fn end(to: &mut String, length: usize, depth: usize, bracket: char) {
    if length > 0 {
        start_line(to, 0, depth);
    }
    to.push(bracket);
}

fn write_text(to: &mut String, text: &str) {
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    let mut rest = text;
    to.push('"');
    while let Some(at) = rest.bytes().position(is_special) {
        // What is special is ASCII, so the text can be cut around it.
        to.push_str(rest.get(..at).unwrap_or_default());
        match rest.as_bytes()[at] {
            b'"' => to.push_str("\\\""),
            b'\\' => to.push_str("\\\\"),
            b'\n' => to.push_str("\\n"),
            b'\r' => to.push_str("\\r"),
            b'\t' => to.push_str("\\t"),
            0x08 => to.push_str("\\b"),
            0x0c => to.push_str("\\f"),
            control => to.push_str(&format!("\\u{control:04x}")),
        }
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    to.push_str(rest);
    to.push('"');
}

impl From<bool> for Item<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Item<'_> {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl From<usize> for Item<'_> {
    fn from(count: usize) -> Self {
        Self::Whole(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<Decimal> for Item<'_> {
    fn from(decimal: Decimal) -> Self {
        Self::Number(decimal.to_text())
    }
}

impl From<&Amount> for Item<'_> {
    fn from(amount: &Amount) -> Self {
        Self::Number(amount.digits.clone())
    }
}

impl<'a> From<&'a str> for Item<'a> {
    fn from(text: &'a str) -> Self {
        Self::Word(text)
    }
}

impl From<String> for Item<'_> {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<'a, T: Into<Item<'a>>> From<Option<T>> for Item<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a, T: Into<Item<'a>>> From<Vec<T>> for Item<'a> {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_indented_and_its_text_escaped() {
        let document = Item::Object(vec![
            ("ok", true.into()),
            ("none", Item::from(None::<bool>)),
            ("count", Item::Whole(-5)),
            ("share", Decimal::HUNDRED.into()),
            ("text", "\"\\/\u{8}\u{c}\n\r\t\u{1b}\u{7f}é💳".into()),
            (
                "empty",
                Item::List(vec![Item::List(vec![]), Item::Object(vec![])]),
            ),
        ]);
        let expected = concat!(
            "{\n  \"ok\": true,\n  \"none\": null,\n  \"count\": -5,\n  \"share\": 100,\n",
            "  \"text\": \"\\\"\\\\/\\b\\f\\n\\r\\t\\u001b\u{7f}é💳\",\n",
            "  \"empty\": [\n    [],\n    {}\n  ]\n}",
        );
        assert_eq!(document.to_text(), expected);
    }

    #[test]
    fn whatever_a_text_holds_it_is_read_back_as_it_was() {
        let every: String = (0..0x300).filter_map(char::from_u32).collect();
        let texts = [
            every.as_str(),
            "💳\u{202e}\u{ffff}\\\"",
            "",
            "\u{0}\"\u{1f}",
        ];
        for text in texts {
            let read: serde_json::Value =
                serde_json::from_str(&Item::Word(text).to_text()).expect("JSON");
            assert_eq!(read.as_str(), Some(text));
        }
        let deep = (0..40).fold(Item::Null, |inner, _| Item::List(vec![inner]));
        assert!(serde_json::from_str::<serde_json::Value>(&deep.to_text()).is_ok());
    }
}

//! A JSON document as it is put together: fields keep their order, and numbers
//! keep their own digits. One type for all documents, because one serialiser is
//! a quarter of the code of one for each.

use serde::{Serialize, Serializer};

use crate::decimal::Decimal;

/// A value of a document.
#[derive(Debug, Clone)]
pub enum Item<'a> {
    /// Not reported.
    Null,
    /// A truth.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A number in its own digits.
    Number(serde_json::Number),
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
        // Nothing here can fail to be written: keys are text, numbers are finite.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(truth) => to.serialize_bool(*truth),
            Self::Whole(number) => to.serialize_i64(*number),
            Self::Number(number) => number.serialize(to),
            Self::Word(text) => to.serialize_str(text),
            Self::Text(text) => to.serialize_str(text),
            Self::List(items) => to.collect_seq(items),
            Self::Object(fields) => to.collect_map(fields.iter().map(|(key, item)| (key, item))),
        }
    }
}

/// The number that these digits spell, or null.
pub fn number(digits: &str) -> Item<'static> {
    serde_json::from_slice(digits.as_bytes()).map_or(Item::Null, Item::Number)
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
        number(&decimal.to_text())
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

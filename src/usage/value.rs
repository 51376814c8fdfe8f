//! Reads single values as they have been seen: numbers in strings, instants in seconds,
//! milliseconds or RFC 3339. What fits no form is none.

use serde_json_borrow::Value;

use super::Amount;
use crate::decimal::Decimal;
use crate::time::{self, Instant};

/// The most values that an answer may hold. A real one has about a hundred; a body of
/// nothing but brackets would grow to eighty times its size when it is read.
const MOST_VALUES: usize = 10_000;

/// A body as JSON, where it is not absurdly large.
pub(super) fn json(body: &[u8]) -> Option<Value<'_>> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let starts_value = |byte: &&u8| matches!(byte, b'{' | b'[' | b',');
    // A small body cannot hold as many.
    if body.len() > MOST_VALUES && body.iter().filter(starts_value).count() > MOST_VALUES {
        return None;
    }
    serde_json::from_slice(body).ok()
}

/// This value, where it is an object.
pub(super) fn object<'a>(value: &'a Value<'a>) -> Option<&'a Value<'a>> {
    Some(value).filter(|value| value.is_object())
}

/// When something resets: at an instant, or in so many seconds.
pub(super) fn resets_at(object: &Value<'_>, as_of: Instant) -> Option<Instant> {
    instant(object.get("reset_at"))
        .or_else(|| instant(object.get("resets_at")))
        .or_else(|| in_seconds(object.get("reset_after_seconds"), as_of))
}

/// The word for a kind: plain, or in an object of its own. Not empty.
pub(super) fn type_word<'a>(value: &'a Value<'a>) -> Option<&'a str> {
    let word = if value.is_object() { value.get("type") } else { value };
    word.as_str().filter(|word| !word.is_empty())
}

/// A remote name that may be shown: short, plain, and nothing like a secret.
pub(super) fn word(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let fits = !text.is_empty() && text.len() <= 40 && text.chars().all(plain);
    (fits && !is_like_a_secret(text)).then(|| text.to_owned())
}

pub(super) fn is_like_a_secret(text: &str) -> bool {
    let beginnings = ["sk-", "sk_", "eyJ", "rt_"];
    beginnings.iter().any(|one| text.starts_with(one))
}

pub(super) fn truth(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => Some(number.as_u64()?).filter(|bit| *bit <= 1).map(|bit| bit == 1),
        Value::Str(word) => word.to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

/// A number, or a string that holds one.
pub(super) fn number(value: &Value<'_>) -> Option<Decimal> {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Some(Decimal::whole(whole)),
            None => Decimal::from_fraction(number.as_f64()?),
        },
        Value::Str(text) => Decimal::parse(text),
        _ => None,
    }
}

pub(super) fn amount(value: &Value<'_>) -> Option<Amount> {
    let number = number(value)?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let is_short_and_plain = |text: &&str| text.len() <= 40 && text.bytes().all(is_digit);
    let digits = value.as_str().filter(is_short_and_plain);
    Some(Amount {
        digits: digits.map_or_else(|| number.to_text(), str::to_owned),
        value: number,
        is_zero: match value {
            Value::Number(number) => number.as_f64() == Some(0.0),
            _ => !value.as_str()?.bytes().any(|byte| matches!(byte, b'1'..=b'9')),
        },
    })
}

pub(super) fn whole(value: &Value<'_>) -> Option<i64> {
    number(value).map(Decimal::trunc)
}

/// Cut, never rounded: 99.999 used is not yet all of it.
pub(super) fn percent(value: &Value<'_>) -> Option<Decimal> {
    Some(number(value)?.clamp(Decimal::ZERO, Decimal::HUNDRED))
}

/// An instant in seconds, in milliseconds, or as RFC 3339. Zero and less stand
/// for nothing.
pub(super) fn instant(value: &Value<'_>) -> Option<Instant> {
    sane(match whole(value) {
        Some(milliseconds @ 100_000_000_001..) => milliseconds / 1000,
        Some(seconds) => seconds,
        None => time::parse_rfc3339(value.as_str()?)?,
    })
}

/// The instant so many seconds after `as_of`.
pub(super) fn in_seconds(value: &Value<'_>, as_of: Instant) -> Option<Instant> {
    sane(as_of.checked_add(whole(value)?)?)
}

fn sane(instant: Instant) -> Option<Instant> {
    (1..=time::LATEST).contains(&instant).then_some(instant)
}

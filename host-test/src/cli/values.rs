//! Numbers and times of the command line. What is wrong with one says what to type.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;

pub(super) fn timeout(text: &str) -> Result<u32, String> {
    within(text, 1..=60, "use 1 to 60 seconds")
}

pub(super) fn retries(text: &str) -> Result<u32, String> {
    within(text, 0..=1, "use 0 or 1")
}

pub(super) fn percent(text: &str) -> Result<u8, String> {
    within(text, 1..=100, "use a percentage from 1 to 100")
}

pub(super) fn length(text: &str) -> Result<u32, String> {
    within(text, 64..=u32::MAX, "use at least 64 characters")
}

pub(super) fn interval(text: &str) -> Result<Duration, String> {
    let hint = "use at least 60 seconds, at most 86400; name a profile before --watch";
    within(text, MINUTE..=DAY, hint).map(Duration::from_secs)
}

pub(super) fn patience(text: &str) -> Result<Duration, String> {
    let span = text.parse::<Span>();
    let duration = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let duration = duration.ok().and_then(|all| Duration::try_from(all).ok());
    duration
        .filter(|all| (Duration::from_secs(1)..=Duration::from_secs(365 * DAY)).contains(all))
        .ok_or_else(|| "use a time such as 90m, 8h or 2d, at most 365d".to_owned())
}

fn within<T: FromStr + PartialOrd>(
    text: &str,
    range: RangeInclusive<T>,
    hint: &str,
) -> Result<T, String> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| hint.to_owned())
}

//! Tells what an answer other than a 200 stands for. Nothing of its body is kept.

use serde_json::{Map, Value};

use super::response::HttpResponse;
use super::value::{instant, json, sane, whole};
use super::{Rejection, UsageError};
use crate::time::{self, Instant};

/// The failure that an answer stands for before its body is read; none for a 200.
pub(super) fn failure(answer: &HttpResponse) -> Option<UsageError> {
    if answer.challenged {
        return Some(UsageError::UpstreamChallenge);
    }
    Some(match answer.status {
        200 if is_html(answer) => UsageError::BadContent,
        200 => return None,
        201..=299 => UsageError::BadContent,
        300..=399 => UsageError::UnexpectedRedirect,
        401 => UsageError::AuthNotAccepted(rejection(&error_body(answer))),
        402 if error_body(answer).is_deactivation() => UsageError::AccountDeactivated,
        402 => UsageError::BillingRequired,
        403 => read_forbidden(answer),
        404 => UsageError::EndpointMissing,
        429 => read_too_many(answer),
        500..=599 => UsageError::ServerError(retry_after(answer)),
        _ => UsageError::RequestFailed,
    })
}

fn is_html(answer: &HttpResponse) -> bool {
    let declared = answer.content_type.as_deref().unwrap_or_default();
    let first = answer.body.iter().find(|byte| !byte.is_ascii_whitespace());
    declared.to_ascii_lowercase().contains("text/html") || first == Some(&b'<')
}

fn read_forbidden(answer: &HttpResponse) -> UsageError {
    if is_html(answer) || is_block_page(&answer.body) {
        UsageError::UpstreamChallenge
    } else if error_body(answer).is_deactivation() {
        UsageError::AccountDeactivated
    } else {
        UsageError::Forbidden
    }
}

/// The edge also blocks in plain text: `error code: 1020`.
fn is_block_page(body: &[u8]) -> bool {
    let start = body[..body.len().min(4096)].to_ascii_lowercase();
    !start.trim_ascii_start().starts_with(b"{")
        && (says(&start, b"cloudflare") || says(&start, b"error code: 1"))
}

/// Whether `words` stand somewhere in `text`.
fn says(text: &[u8], words: &[u8]) -> bool {
    text.windows(words.len()).any(|window| window == words)
}

fn read_too_many(answer: &HttpResponse) -> UsageError {
    let error_body = error_body(answer);
    if !says(&answer.body, b"usage_limit_reached") {
        return UsageError::RateLimited(retry_after(answer));
    }
    let relative = || sane(answer.received_at.checked_add(error_body.resets_in?)?);
    UsageError::QuotaExhausted(error_body.resets_at.or_else(relative))
}

/// Seconds to wait, at most an hour: a longer wait is a person's decision.
fn retry_after(answer: &HttpResponse) -> Option<i64> {
    let text = answer.retry_after.as_deref()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => i64::try_from(seconds).unwrap_or(i64::MAX),
        Err(_) if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => i64::MAX,
        Err(_) => time::parse_imf_date(text)? - answer.received_at,
    };
    Some(seconds.clamp(0, 3600))
}

/// The machine-readable words of an error body, and its sentence.
#[derive(Default)]
struct ErrorBody {
    words: Vec<String>,
    sentence: String,
    /// When an exhausted quota resets, or in how many seconds.
    resets_at: Option<Instant>,
    resets_in: Option<i64>,
}

impl ErrorBody {
    fn add(&mut self, object: &Map<String, Value>) {
        let text = |key| object.get(key).and_then(Value::as_str);
        let words = ["code", "type"].into_iter().filter_map(text);
        self.words.extend(words.map(str::to_ascii_lowercase));
        self.add_sentence(text("message").unwrap_or_default());
        let resets_at = object.get("resets_at").and_then(instant);
        self.resets_at = self.resets_at.or(resets_at);
        let resets_in = object.get("resets_in_seconds").and_then(whole);
        self.resets_in = self.resets_in.or(resets_in);
    }

    fn add_sentence(&mut self, sentence: &str) {
        self.sentence.push_str(&sentence.to_ascii_lowercase());
    }

    fn is_deactivation(&self) -> bool {
        self.words.iter().any(|word| word == "deactivated_workspace")
            || self.sentence.contains("workspace has been deactivated")
    }
}

fn error_body(answer: &HttpResponse) -> ErrorBody {
    let mut error_body = ErrorBody::default();
    let Some(Value::Object(body)) = json(&answer.body) else {
        return error_body;
    };
    error_body.add(&body);
    for part in [body.get("error"), body.get("detail")] {
        match part {
            Some(Value::String(sentence)) => {
                error_body.words.push(sentence.to_ascii_lowercase());
                error_body.add_sentence(sentence);
            }
            Some(Value::Object(object)) => error_body.add(object),
            Some(_) | None => {}
        }
    }
    error_body
}

fn rejection(error_body: &ErrorBody) -> Rejection {
    let has_one_of =
        |known: &[&str]| error_body.words.iter().any(|word| known.contains(&word.as_str()));
    if has_one_of(&["token_expired"]) {
        Rejection::Expired
    } else if has_one_of(&[
        "token_invalidated",
        "token_revoked",
        "refresh_token_reused",
        "refresh_token_expired",
        "refresh_token_invalidated",
        "invalid_grant",
    ]) || error_body.sentence.contains("invalidated")
        || error_body.sentence.contains("revoked")
    {
        Rejection::Revoked
    } else if error_body.sentence.contains("expired") {
        Rejection::Expired
    } else {
        Rejection::Unknown
    }
}

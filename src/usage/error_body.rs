//! Classifies an answer by its status, headers and error body. Nothing of its body is kept.

use serde_json_borrow::Value;

use super::response::HttpResponse;
use super::value::{in_seconds, instant, json};
use super::{Rejection, UsageError};
use crate::time;

/// Fails with what an answer stands for before its body is read, unless it is a 200.
pub(super) fn failure(answer: &HttpResponse) -> Result<(), UsageError> {
    if answer.challenged {
        return Err(UsageError::UpstreamChallenge);
    }
    Err(match answer.status {
        200 if is_html(answer) => UsageError::BadContent,
        200 => return Ok(()),
        201..=299 => UsageError::BadContent,
        300..=399 => UsageError::UnexpectedRedirect,
        401 => UsageError::AuthNotAccepted(rejection(&ErrorBody::of(answer))),
        402 if ErrorBody::of(answer).is_deactivation() => UsageError::AccountDeactivated,
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
    } else if ErrorBody::of(answer).is_deactivation() {
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
    if !says(&answer.body, b"usage_limit_reached") {
        return UsageError::RateLimited(retry_after(answer));
    }
    let body = ErrorBody::of(answer);
    let resets_at = body.parts().find_map(|part| instant(part.get("resets_at")));
    let resets_in =
        |part: &Value<'_>| in_seconds(part.get("resets_in_seconds"), answer.received_at);
    UsageError::QuotaExhausted(resets_at.or_else(|| body.parts().find_map(resets_in)))
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

/// An error body; null where there is none.
struct ErrorBody<'a>(Value<'a>);

impl<'a> ErrorBody<'a> {
    fn of(answer: &'a HttpResponse) -> Self {
        Self(json(&answer.body).filter(Value::is_object).unwrap_or_default())
    }

    /// The places of a reason: the body itself, and what it calls its error or a detail, which
    /// may be a sentence alone.
    fn parts(&self) -> impl Iterator<Item = &Value<'_>> {
        [&self.0, self.0.get("error"), self.0.get("detail")].into_iter()
    }

    /// Whether one of these is its machine-readable word.
    fn has_one_of(&self, words: &[&str]) -> bool {
        let is_word = |text: &str| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        let texts = self.parts().flat_map(|part| [part, part.get("code"), part.get("type")]);
        texts.filter_map(Value::as_str).any(is_word)
    }

    /// Whether these words stand in its sentence.
    fn says(&self, words: &str) -> bool {
        let sentences = self.parts().flat_map(|part| [part, part.get("message")]);
        let mut sentences = sentences.filter_map(Value::as_str).map(str::to_ascii_lowercase);
        sentences.any(|sentence| sentence.contains(words))
    }

    fn is_deactivation(&self) -> bool {
        self.has_one_of(&["deactivated_workspace"]) || self.says("workspace has been deactivated")
    }
}

fn rejection(body: &ErrorBody<'_>) -> Rejection {
    const REVOKED: [&str; 6] = [
        "token_invalidated",
        "token_revoked",
        "refresh_token_reused",
        "refresh_token_expired",
        "refresh_token_invalidated",
        "invalid_grant",
    ];
    if body.has_one_of(&["token_expired"]) {
        Rejection::Expired
    } else if body.has_one_of(&REVOKED) || body.says("invalidated") || body.says("revoked") {
        Rejection::Revoked
    } else if body.says("expired") {
        Rejection::Expired
    } else {
        Rejection::Unknown
    }
}

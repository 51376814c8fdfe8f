//! Banked resets: how many there are and when the first expires. They are shown and
//! never redeemed.

use serde::Serialize;
use serde_json_borrow::Value;

use super::UsageError;
use super::error_body::failure;
use super::response::HttpResponse;
use super::value::{instant, json, whole};
use crate::time::Instant;

/// Banked resets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResetCredits {
    /// The count in the usage answer.
    pub counted: u64,
    /// The number that could be used now.
    pub applicable: Option<u64>,
    /// Those that the list holds, or as many as are counted.
    pub list: ResetList,
    /// The source of the list. None where only their number is known.
    pub source: Option<ResetSource>,
}

/// The source of a list of banked resets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetSource {
    /// In the usage answer itself.
    UsageAnswer,
    /// At the endpoint of its own.
    Endpoint,
    /// There, by an earlier check.
    Kept,
    /// There, where it could not be read: a code of the failure table.
    #[serde(untagged)]
    Failed(&'static str),
}

/// The banked resets that a list holds, those left out that were used or have expired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResetList {
    /// The number that can still be used.
    pub available: u64,
    /// When the first of them expires, where one does.
    pub next_expires_at: Option<Instant>,
    /// The number that reset the limits of Codex, where others reset something else.
    pub of_codex: Option<u64>,
}

impl ResetCredits {
    /// Whether there are any whose expiry was not reported.
    pub fn needs_list(&self) -> bool {
        self.list.available > 0 && self.source.is_none()
    }

    /// Takes over what the endpoint of the list answered. A failure changes nothing
    /// but where the list comes from.
    pub fn take(&mut self, answered: Result<ResetList, UsageError>) {
        match answered {
            Ok(list) => self.count(list, ResetSource::Endpoint),
            Err(error) => self.source = Some(ResetSource::Failed(error.code())),
        }
    }

    /// Takes over the list that an earlier check read.
    pub fn keep(&mut self, list: ResetList) {
        self.count(list, ResetSource::Kept);
    }

    fn count(&mut self, list: ResetList, source: ResetSource) {
        self.source = Some(source);
        let applicable = self.applicable.map(|count| count.min(list.available));
        self.applicable = applicable.into_iter().chain(list.of_codex).min();
        self.list = list;
    }
}

/// Reads what the usage answer says of banked resets.
pub(super) fn reset_credits(reported: &Value<'_>, as_of: Instant) -> Option<ResetCredits> {
    let listed = reported.get("credits").as_array();
    let list = listed.and_then(|credits| reset_list(credits, as_of));
    let available = count(reported.get("available_count")).or(list.map(|list| list.available))?;
    let mut banked = ResetCredits {
        counted: available,
        applicable: count(reported.get("applicable_available_count")),
        list: ResetList { available, ..ResetList::default() },
        source: None,
    };
    if let Some(list) = list {
        banked.count(list, ResetSource::UsageAnswer);
    }
    Some(banked)
}

/// Reads an answer of the endpoint that lists banked resets: an object with the list,
/// or the list alone.
pub fn read_reset_list(answer: &HttpResponse) -> Result<ResetList, UsageError> {
    failure(answer)?;
    let body = json(&answer.body).ok_or(UsageError::BadContent)?;
    let credits = body.get("credits").as_array().or(body.as_array());
    let credits = credits.ok_or(UsageError::BadContent)?;
    let empty = || {
        let available = count(body.get("available_count")).unwrap_or(0);
        credits.is_empty().then_some(ResetList { available, ..ResetList::default() })
    };
    reset_list(credits, answer.received_at).or_else(empty).ok_or(UsageError::BadContent)
}

fn count(value: &Value<'_>) -> Option<u64> {
    u64::try_from(whole(value)?).ok()
}

/// Returns nothing if the list says nothing about any reset.
fn reset_list(credits: &[Value<'_>], as_of: Instant) -> Option<ResetList> {
    if !credits.iter().any(Value::is_object) {
        return None;
    }
    let expires_at = |credit: &Value<'_>| instant(credit.get("expires_at"));
    let word = |value: &Value<'_>| value.as_str().map(str::to_ascii_lowercase);
    let is_available = |credit: &&Value<'_>| {
        word(credit.get("status")).as_deref() == Some("available")
            && expires_at(credit).is_none_or(|at| at > as_of)
    };
    let is_of_codex = |credit: &&&Value<'_>| {
        word(credit.get("reset_type")).is_none_or(|kind| kind == "codex_rate_limits")
    };
    let available: Vec<&Value<'_>> = credits.iter().filter(is_available).collect();
    let of_codex = available.iter().filter(is_of_codex).count();
    Some(ResetList {
        available: available.len() as u64,
        of_codex: (of_codex < available.len()).then_some(of_codex as u64),
        next_expires_at: available.into_iter().filter_map(expires_at).min(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::usage::tests::{NOW, answer, read};

    const HOUR: Instant = 3600;

    fn list(body: &Value) -> Result<(u64, Option<Instant>), &'static str> {
        let list = read_reset_list(&answer(200, body));
        list.map(|list| (list.available, list.next_expires_at)).map_err(|error| error.code())
    }

    fn available(expires_at: Value) -> Value {
        json!({ "id": "RateLimitResetCredit_FAKE", "status": "available", "expires_at": expires_at })
    }

    #[test]
    fn only_what_can_still_be_used_counts() {
        let with_status = |status: Value| json!({ "status": status, "expires_at": NOW + HOUR });
        let credits = json!([
            available(json!(NOW + 9 * HOUR)),
            available(json!(NOW + 2 * HOUR)),
            available(json!(null)),
            available(json!(NOW)),
            available(json!(NOW - HOUR)),
            with_status(json!("redeemed")),
            with_status(json!("expired")),
            with_status(json!(null)),
            "available",
        ]);
        let expected = Ok((3, Some(NOW + 2 * HOUR)));
        assert_eq!(list(&credits), expected);
        assert_eq!(list(&json!({ "credits": credits })), expected);
        let counted = json!({ "credits": credits, "available_count": 9, "total_earned_count": 9 });
        assert_eq!(list(&counted), expected);
    }

    #[test]
    fn an_expiry_is_read_in_every_form_that_was_seen() {
        for (form, expected) in [
            (json!(NOW + HOUR), Some(NOW + HOUR)),
            (json!((NOW + HOUR) * 1000), Some(NOW + HOUR)),
            (json!((NOW + HOUR).to_string()), Some(NOW + HOUR)),
            (json!("2026-09-21T15:13:20Z"), Some(NOW + HOUR)),
            (json!("2026-09-21T15:13:20.987654321Z"), Some(NOW + HOUR)),
            (json!("2026-09-21T17:13:20.5+02:00"), Some(NOW + HOUR)),
            (json!(null), None),
            (json!("soon"), None),
            (json!({}), None),
        ] {
            assert_eq!(list(&json!([available(form.clone())])), Ok((1, expected)), "{form}");
        }
    }

    #[test]
    fn what_is_no_list_is_bad_content() {
        for body in [
            json!({}),
            json!(null),
            json!("credits"),
            json!({ "available_count": 2 }),
            json!({ "credits": null, "available_count": 2 }),
            json!({ "credits": { "has_credits": true } }),
            json!(["available", 7]),
        ] {
            assert_eq!(list(&body), Err("bad_content"), "{body}");
        }
        assert_eq!(list(&json!([])), Ok((0, None)));
        assert_eq!(list(&json!({ "credits": [], "available_count": 0 })), Ok((0, None)));
        assert_eq!(list(&json!({ "credits": [], "available_count": 2 })), Ok((2, None)));
        for (status, code) in [
            (204, "bad_content"),
            (302, "unexpected_redirect"),
            (401, "auth_not_accepted_by_usage_endpoint"),
            (404, "endpoint_missing"),
            (429, "rate_limited"),
            (503, "server_error"),
        ] {
            let error = read_reset_list(&answer(status, &json!({}))).expect_err("a failure");
            assert_eq!(error.code(), code, "{status}");
        }
    }

    fn banked(body: Value) -> Option<ResetCredits> {
        read(&json!({ "rate_limit_reset_credits": body })).reset_credits
    }

    #[test]
    fn a_list_in_the_usage_answer_spares_the_second_request() {
        let credits = json!([available(json!(NOW + HOUR)), available(json!(NOW - HOUR))]);
        let body =
            json!({ "available_count": 2, "applicable_available_count": 2, "credits": credits });
        let expected = ResetCredits {
            counted: 2,
            applicable: Some(1),
            list: ResetList { available: 1, next_expires_at: Some(NOW + HOUR), of_codex: None },
            source: Some(ResetSource::UsageAnswer),
        };
        assert_eq!(banked(body), Some(expected));
        assert!(!expected.needs_list());
        assert_eq!(banked(json!({ "credits": credits })).map(|one| one.list.available), Some(1));
        for credits in [json!(null), json!([]), json!({}), json!([7])] {
            let body = json!({ "available_count": "2", "credits": credits });
            assert!(banked(body).is_some_and(|one| one.needs_list()), "{credits}");
        }
        for none in [json!(0), json!(-2), json!(null), json!("many")] {
            let body = banked(json!({ "available_count": none }));
            assert!(!body.is_some_and(|one| one.needs_list()), "{none}");
        }
    }

    #[test]
    fn a_reset_of_something_else_is_not_applicable() {
        let kind = |kind: Value| {
            let mut reset = available(json!(NOW + HOUR));
            reset["reset_type"] = kind;
            reset
        };
        let codex = kind(json!("codex_rate_limits"));
        let other = kind(json!("image_generation"));
        for (credits, applicable) in [
            (json!([codex, kind(json!(null))]), None),
            (json!([codex, other]), Some(1)),
            (json!([other, other]), Some(0)),
        ] {
            let body = json!({ "available_count": 2, "credits": credits });
            let banked = banked(body).expect("two");
            assert_eq!((banked.list.available, banked.applicable), (2, applicable));
        }
    }

    #[test]
    fn a_list_that_could_not_be_read_leaves_the_count() {
        let mut counted = banked(json!({ "available_count": 2 })).expect("two");
        counted.take(Err(UsageError::EndpointMissing));
        assert_eq!(counted.list, ResetList { available: 2, ..ResetList::default() });
        assert_eq!(counted.source, Some(ResetSource::Failed("endpoint_missing")));
        assert!(!counted.needs_list());
        let list = ResetList { available: 1, next_expires_at: Some(NOW + HOUR), of_codex: None };
        counted.take(Ok(list));
        assert_eq!((counted.list, counted.source), (list, Some(ResetSource::Endpoint)));
    }
}

//! Recorded answers, given one after the other.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::net::{self, Answer, BODY_CAP, Failure, Fault};

/// Recorded answers, given one after the other; the last one stays.
#[derive(Default)]
pub struct Recorded {
    now: i64,
    answers: Answers,
    given: Mutex<BTreeMap<(net::Endpoint, String), usize>>,
}

/// Recorded answers of both endpoints, by profile id.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) usage: BTreeMap<String, Vec<RecordedAnswer>>,
    pub(super) reset_credits: BTreeMap<String, Vec<RecordedAnswer>>,
}

/// One answer as it came over the wire.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RecordedAnswer {
    #[serde(default)]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    pub(super) body: Option<Value>,
    body_text: Option<String>,
    body_b64: Option<String>,
    /// Instead of an answer: `timeout` or `unreachable`.
    fault: Option<String>,
    /// The time the answer takes.
    #[serde(default)]
    takes_ms: u32,
    /// Its age, in seconds.
    #[serde(default)]
    age: i64,
}

impl Recorded {
    /// Answers as they are given at `now`, in epoch seconds.
    pub(super) fn new(now: i64, answers: Answers) -> Self {
        Self { now, answers, given: Mutex::default() }
    }

    /// Returns the next answer of an endpoint to this profile, under the rules of a real
    /// transport.
    pub(super) fn answer(
        &self,
        endpoint: net::Endpoint,
        profile: &str,
        timeout: Duration,
    ) -> Result<Answer, Fault> {
        let answer =
            self.next(endpoint, profile).ok_or(fault(Failure::Unreachable, Duration::ZERO))?;
        let takes = Duration::from_millis(answer.takes_ms.into());
        std::thread::sleep(takes.min(timeout));
        if takes > timeout {
            return Err(fault(Failure::TimedOut, timeout));
        }
        match answer.fault.as_deref() {
            Some("timeout") => return Err(fault(Failure::TimedOut, takes)),
            Some(_) => return Err(fault(Failure::Unreachable, takes)),
            None => {}
        }
        let header = |name: &str| {
            let named = |(key, _): &(&String, &String)| key.eq_ignore_ascii_case(name);
            answer.headers.iter().find(named).map(|(_, value)| value.clone())
        };
        let declared = header("content-length").and_then(|length| length.parse().ok());
        let mut body = answer.bytes();
        if declared.unwrap_or(body.len()).max(body.len()) > BODY_CAP {
            if answer.status == 200 {
                return Err(fault(Failure::TooLarge, takes));
            }
            body.clear();
        }
        Ok(Answer {
            status: answer.status,
            retry_after: header("retry-after"),
            content_type: header("content-type"),
            challenged: header("cf-mitigated")
                .is_some_and(|value| value.eq_ignore_ascii_case("challenge")),
            body,
            received_at: self.now.saturating_sub(answer.age),
            elapsed_ms: answer.takes_ms,
        })
    }

    /// Returns whether no answer takes time.
    pub(super) fn is_instant(&self) -> bool {
        let Answers { usage, reset_credits } = &self.answers;
        let mut all = usage.values().chain(reset_credits.values()).flatten();
        all.all(|answer| answer.takes_ms == 0)
    }

    fn next(&self, endpoint: net::Endpoint, profile: &str) -> Option<&RecordedAnswer> {
        let answers = match endpoint {
            net::Endpoint::Usage => &self.answers.usage,
            net::Endpoint::ResetCredits => &self.answers.reset_credits,
        };
        let answers = answers.get(profile)?;
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let count = given.entry((endpoint, profile.to_owned())).or_default();
        let answer = answers.get(*count).or(answers.last())?;
        *count += 1;
        Some(answer)
    }
}

fn fault(failure: Failure, after: Duration) -> Fault {
    Fault { failure, sent: true, elapsed_ms: u32::try_from(after.as_millis()).unwrap_or(u32::MAX) }
}

impl RecordedAnswer {
    pub(super) fn json(status: u16, body: Value) -> Self {
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        Self {
            status,
            headers: headers.into(),
            body: Some(body),
            body_text: None,
            body_b64: None,
            fault: None,
            takes_ms: 0,
            age: 0,
        }
    }

    /// No answer: `timeout` or `unreachable`.
    pub(super) fn fault(word: &str) -> Self {
        Self { fault: Some(word.to_owned()), ..Self::json(0, Value::Null) }
    }

    /// The same, come so many seconds before now.
    pub(super) fn received_before(self, age: i64) -> Self {
        Self { age, ..self }
    }

    pub(super) fn challenge() -> Self {
        let headers = [("content-type", "text/html"), ("cf-mitigated", "challenge")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            headers: headers.into(),
            body: None,
            body_text: Some("<!DOCTYPE html><title>Just a moment...</title>".to_owned()),
            ..Self::json(403, Value::Null)
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match (&self.body, &self.body_text, &self.body_b64) {
            (Some(body), _, _) => body.to_string().into_bytes(),
            (None, Some(text), _) => text.clone().into_bytes(),
            (None, None, Some(coded)) => BASE64_STANDARD.decode(coded).unwrap_or_default(),
            (None, None, None) => Vec::new(),
        }
    }
}

//! Worlds out of a file: one recorded answer, or several profiles with theirs, or a
//! fleet that is told in numbers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::fleet::{self, fleet};
use super::gateway::{RecordedGateway, Step, Stores};
use super::{Classes, Clock, Endpoint, Gateway, Session, Store, World};
use crate::digest;
use crate::net::{self, Answer, BODY_CAP, Failure, Fault};
use crate::store::{self, Era, SignIns, StoreError};

type Result<T, E = anyhow::Error> = std::result::Result<T, E>;

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
    body: Option<Value>,
    body_text: Option<String>,
    body_b64: Option<String>,
    /// Instead of an answer: `timeout` or `unreachable`.
    fault: Option<String>,
    /// The time the answer takes.
    #[serde(default)]
    takes_ms: u32,
    /// Its age in seconds.
    #[serde(default)]
    age: i64,
}

/// The file of `fixtures`: one answer, and whom the credential signs in. It is one of
/// the usage endpoint, unless its title names the request for banked resets; beside the
/// first, the second can stand under `reset_credits`.
#[derive(Deserialize)]
struct OneAnswer {
    now: i64,
    #[serde(default)]
    title: String,
    response: RecordedAnswer,
    reset_credits: Option<RecordedAnswer>,
    profile: Option<Value>,
    profiles: Option<Vec<Value>>,
}

/// A world of several profiles: a store as the gateway keeps it, and the answers.
#[derive(Deserialize)]
struct ManyAnswers {
    now: i64,
    store: Value,
    era: Option<String>,
    #[serde(default)]
    answers: BTreeMap<String, Vec<RecordedAnswer>>,
    /// Those of the endpoint that lists banked resets.
    #[serde(default)]
    reset_credits: BTreeMap<String, Vec<RecordedAnswer>>,
    /// The store that the agent inherits from.
    shared: Option<Value>,
    gateway: Option<String>,
    /// Steps in which the gateway differs from a healthy one.
    #[serde(default)]
    script: Vec<Step>,
    /// The profile that the chat session uses.
    session: Option<Session>,
}

/// The end of the year 9998: a later `now` leaves no room for a reset.
pub(super) const LATEST: i64 = 253_370_764_799;

/// The version that a recorded world's gateway has where none is said.
pub(super) const GATEWAY: &str = "2026.9.6";

/// The world in this file.
///
/// # Errors
///
/// Where the file cannot be read, or is not such a file.
pub fn replay(path: &Path) -> Result<World> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("could not read {shown}"))?;
    let file: Map<String, Value> =
        serde_json::from_str(&text).with_context(|| format!("{shown} is not a JSON object"))?;
    if fleet::is_fleet(&file) {
        return fleet(&file).with_context(|| format!("{shown} is not a fleet"));
    }
    let world = if file.contains_key("store") {
        many(Value::Object(file))
    } else {
        one(Value::Object(file))
    };
    world.with_context(|| format!("{shown} is not a recorded answer"))
}

/// Names the state of the world in this file: worlds that carry the same `name` share
/// it, as one world does at different times.
///
/// # Errors
///
/// Where the file cannot be read.
pub fn state_name(path: &Path) -> Result<String> {
    let bytes =
        std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    let file: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let name = file["name"].as_str().map(str::as_bytes);
    Ok(digest::short(name.unwrap_or(&bytes), 4))
}

fn one(file: Value) -> Result<World> {
    let mut file: OneAnswer = serde_json::from_value(file)?;
    ensure_instant(file.now)?;
    if is_reset_list(&file) {
        // Whoever has banked resets, and of whom no more is known.
        let usage = json!({ "rate_limit_reset_credits": { "available_count": 1 } });
        let usage = RecordedAnswer::json(200, usage);
        file.reset_credits = Some(std::mem::replace(&mut file.response, usage));
    }
    let body = file.response.body.clone().unwrap_or_default();
    let claimed = match (file.profile, file.profiles) {
        (Some(one), _) => vec![one],
        (None, Some(many)) if !many.is_empty() => many,
        (None, _) => vec![json!({})],
    };
    let mut profiles = Map::new();
    let mut answers = Answers::default();
    for claim in claimed {
        let id = claim.as_str().or_else(|| claim["id"].as_str());
        let id = id.unwrap_or("openai:default").to_owned();
        let own = |key: &str| {
            claim
                .get(key)
                .or_else(|| body.get(key))
                .and_then(Value::as_str)
        };
        let credential = credential(own("account_id"), own("user_id"), file.now);
        profiles.insert(id.clone(), credential);
        answers
            .usage
            .insert(id.clone(), vec![file.response.clone()]);
        let list = file.reset_credits.clone();
        answers
            .reset_credits
            .extend(list.map(|list| (id, vec![list])));
    }
    let store = json!({ "version": 1, "profiles": profiles });
    let state = RecordedState::new(store, None, Era::Sqlite, "replay");
    world(file.now, state, answers, GATEWAY, vec![])
}

/// Whether an answer came from the endpoint that lists banked resets.
fn is_reset_list(file: &OneAnswer) -> bool {
    let body = file.response.body.as_ref();
    let is_list = |body: &Value| {
        let is_usage = body.get("rate_limit").is_some() || body.get("plan_type").is_some();
        body.is_array() || (body["credits"].is_array() && !is_usage)
    };
    file.title.contains("rate-limit-reset-credits") || body.is_some_and(is_list)
}

fn many(file: Value) -> Result<World> {
    let file: ManyAnswers = serde_json::from_value(file)?;
    ensure_instant(file.now)?;
    let era = match file.era.as_deref() {
        None | Some("sqlite") => Era::Sqlite,
        Some("json") => Era::Json,
        Some(other) => bail!("`era` is sqlite or json, not {other:?}"),
    };
    let state = RecordedState::new(file.store, file.shared, era, "replay");
    // A store that is none is the world's fault, and not the guest's to tell.
    state.sign_ins(file.now)?;
    let version = file.gateway.as_deref().unwrap_or(GATEWAY);
    let answers = Answers {
        usage: file.answers,
        reset_credits: file.reset_credits,
    };
    let world = world(file.now, state, answers, version, file.script)?;
    Ok(World {
        session: file.session,
        ..world
    })
}

pub(super) fn ensure_instant(now: i64) -> Result<()> {
    let is_instant = (1..=LATEST).contains(&now);
    ensure!(is_instant, "`now` is an instant in epoch seconds");
    Ok(())
}

pub(super) fn world(
    now: i64,
    state: RecordedState,
    answers: Answers,
    version: &str,
    script: Vec<Step>,
) -> Result<World> {
    let gateway = state.gateway(version, script, now);
    Ok(World {
        store: Store::Recorded(state),
        endpoint: Endpoint::Recorded(Recorded {
            now,
            answers,
            given: Mutex::default(),
        }),
        gateway: Gateway::Recorded(gateway),
        clock: Clock::Fixed(now),
        classes: Classes::default(),
        session: None,
    })
}

/// The sign-ins of a recorded world, which its gateway changes.
#[derive(Clone)]
pub struct RecordedState {
    stores: Arc<Mutex<Stores>>,
    era: Era,
    source: String,
}

impl RecordedState {
    /// Documents as a JSON store holds them, whatever the era they play.
    pub fn new(own: Value, shared: Option<Value>, era: Era, source: &str) -> Self {
        Self {
            stores: Arc::new(Mutex::new(Stores { own, shared })),
            era,
            source: source.to_owned(),
        }
    }

    /// The sign-ins as they are now.
    ///
    /// # Errors
    ///
    /// Where a document is not a store.
    pub fn sign_ins(&self, now: i64) -> Result<SignIns, StoreError> {
        let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = stores.shared.as_ref().map(Value::to_string);
        let own = stores.own.to_string();
        store::parse(&own, shared.as_deref(), self.era, &self.source, now)
    }

    /// The agent's own store and the shared one as they are now, for another host to
    /// read in its own way.
    pub fn documents(&self) -> (Value, Option<Value>) {
        let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        (stores.own.clone(), stores.shared.clone())
    }

    /// Which era they play.
    pub fn era(&self) -> Era {
        self.era
    }

    /// The store as a person would name it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The gateway of this version that keeps them.
    pub fn gateway(&self, version: &str, script: Vec<Step>, now: i64) -> RecordedGateway {
        RecordedGateway::new(version, self.era, now, Arc::clone(&self.stores), script)
    }
}

/// A fake sign-in of these ids that is good for ten more days.
pub(super) fn credential(account_id: Option<&str>, user_id: Option<&str>, now: i64) -> Value {
    let expires = now + 864_000;
    let claims = json!({
        "exp": expires,
        "https://api.openai.com/auth": {
            "chatgpt_account_id": account_id,
            "chatgpt_user_id": user_id,
        },
    });
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(&json!({ "alg": "none" }));
    let access = format!(
        "{header}.{}.fake-signature-of-a-recorded-world",
        part(&claims)
    );
    json!({
        "type": "oauth",
        "provider": "openai",
        "access": access,
        "refresh": "fake-refresh-token-of-a-recorded-world",
        "expires": expires * 1000,
        "accountId": account_id,
    })
}

impl Recorded {
    /// Returns the next answer of an endpoint to this profile, under the rules of a real
    /// transport.
    pub(super) fn answer(
        &self,
        endpoint: net::Endpoint,
        profile: &str,
        timeout: Duration,
    ) -> Result<Answer, Fault> {
        let answer = self
            .next(endpoint, profile)
            .ok_or(fault(Failure::Unreachable, Duration::ZERO))?;
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
            answer
                .headers
                .iter()
                .find(named)
                .map(|(_, value)| value.clone())
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
        let Answers {
            usage,
            reset_credits,
        } = &self.answers;
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
    Fault {
        failure,
        sent: true,
        elapsed_ms: u32::try_from(after.as_millis()).unwrap_or(u32::MAX),
    }
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
        Self {
            fault: Some(word.to_owned()),
            ..Self::json(0, Value::Null)
        }
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

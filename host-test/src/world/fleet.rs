//! Worlds out of a fleet: profiles told in a few numbers each, as the ranking's policy
//! tells them, turned into the store and the answers that they would come from.
//!
//! ```text
//! {"now": 1790000000, "profiles": [
//!   {"id": "work", "allowed": true, "windows": [{"len": 604800, "left": 62, "reset": 1790259200}]},
//!   {"id": "spare", "auth": "reauth"}
//! ]}
//! ```
//!
//! A field that a profile leaves out is missing in its answer, too. A key that is not known
//! is refused, as the ranking would silently go without it; other keys beside `profiles`
//! are a person's own.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::credential::credential;
use super::recorded::{Answers, RecordedAnswer};
use super::sources::{Classes, GATEWAY, LATEST, World, ensure_instant, world};
use super::state::RecordedState;
use crate::store::Era;

/// Settings of the ranking, which a file may state but not change.
const SETTINGS: [(&str, i64); 4] =
    [("stale_after", 900), ("floor_burst", 10), ("floor_long", 2), ("bucket", 21_600)];

/// All that can be said of a profile.
const OF_A_PROFILE: [&str; 16] = [
    "id",
    "identity",
    "auth",
    "fetch_error",
    "reset",
    "age",
    "cooldown_until",
    "class",
    "in_use",
    "allowed",
    "limit_reached",
    "windows",
    "credits_usable",
    "spend_left",
    "note",
    "comment",
];

const OF_A_WINDOW: [&str; 3] = ["len", "left", "reset"];

/// Returns whether a file holds a fleet, and no world of another kind.
pub(super) fn is_fleet(file: &Map<String, Value>) -> bool {
    let has = |key| file.contains_key(key);
    has("profiles") && !has("store") && !has("response")
}

/// The world of a fleet.
///
/// # Errors
///
/// Returns an error if it holds something that a fleet cannot: the error names the key.
pub(super) fn fleet(file: &Map<String, Value>) -> Result<World> {
    let file = Fields::new(String::new(), file);
    let now = file.whole("now")?.context("`now` is missing")?;
    ensure_instant(now)?;
    ensure_settings(&file)?;
    let lines = file.list("profiles")?.unwrap_or_default();
    ensure!(!lines.is_empty(), "`profiles` is empty");
    let mut fleet = Fleet::default();
    for (index, line) in lines.iter().enumerate() {
        let line = Fields::of(format!("profiles[{index}]"), line)?;
        fleet.add(&line, index, now)?;
    }
    let store = json!({
        "version": 1,
        "profiles": fleet.profiles,
        "lastGood": fleet.last_good,
        "usageStats": fleet.stats,
    });
    let state = RecordedState::new(store, None, Era::Sqlite, "replay");
    let answers = Answers { usage: fleet.answers, ..Answers::default() };
    let world = world(now, state, answers, GATEWAY, vec![])?;
    Ok(World { classes: fleet.classes, ..world })
}

fn ensure_settings(file: &Fields<'_>) -> Result<()> {
    let Some(settings) = file.value("settings") else {
        return Ok(());
    };
    let settings = Fields::of("settings".to_owned(), settings)?;
    for (key, value) in SETTINGS {
        let stated = settings.number(key)?;
        #[expect(clippy::cast_precision_loss, reason = "they are small")]
        let is_so = stated.is_none_or(|stated| stated == value as f64);
        ensure!(is_so, "`settings.{key}` is always {value}");
    }
    Ok(())
}

/// The profiles put together so far.
#[derive(Default)]
struct Fleet {
    profiles: Map<String, Value>,
    /// By provider.
    last_good: Map<String, Value>,
    stats: Map<String, Value>,
    answers: BTreeMap<String, Vec<RecordedAnswer>>,
    classes: Classes,
}

impl Fleet {
    fn add(&mut self, line: &Fields<'_>, index: usize, now: i64) -> Result<()> {
        line.ensure_only(&OF_A_PROFILE)?;
        let name = line.text("id")?.filter(|id| !id.trim().is_empty());
        let name = name.with_context(|| format!("`{}` is missing", line.path("id")))?;
        let (provider, id) = full_id(name);
        ensure!(!self.profiles.contains_key(&id), "`{}` is {name:?} once more", line.path("id"));
        let person = match line.text("identity")? {
            Some(identity) => format!("shared-{identity}"),
            None => format!("own-{name}"),
        };
        let (account, user) = (format!("account-of-{person}"), format!("user-of-{person}"));
        let mut credential = credential(Some(&account), Some(&user), now);
        // Labels of one identity sign in on their own: a host may know them by the token.
        if let Some(access) = credential["access"].as_str() {
            credential["access"] = format!("{access}-{index}").into();
        }
        credential["provider"] = provider.into();
        if let Some(until) = line.whole("cooldown_until")? {
            let path = line.path("cooldown_until");
            ensure!((0..=LATEST).contains(&until), "`{path}` is an instant");
            let stats = json!({ "cooldownUntil": until * 1000 });
            self.stats.insert(id.clone(), stats);
        }
        if line.truth("in_use")? == Some(true) {
            let other = self.last_good.insert(provider.to_owned(), json!(id));
            let path = line.path("in_use");
            ensure!(other.is_none(), "`{path}` is true for a second profile");
        }
        match line.text("class")? {
            Some("burn_first") => self.classes.burn_first.push(id.clone()),
            Some("preserve") => self.classes.preserve.push(id.clone()),
            Some("normal") | None => {}
            Some(_) => bail!("`{}` is burn_first, normal or preserve", line.path("class")),
        }
        let answer = answer(line, &account, &user, now)?;
        self.profiles.insert(id.clone(), credential);
        self.answers.insert(id, vec![answer]);
        Ok(())
    }
}

/// The provider, and the id that begins with it.
fn full_id(name: &str) -> (&str, String) {
    match name.split_once(':') {
        Some((provider @ ("openai" | "openai-codex"), _)) => (provider, name.to_owned()),
        Some(_) | None => ("openai", format!("openai:{name}")),
    }
}

fn answer(line: &Fields<'_>, account: &str, user: &str, now: i64) -> Result<RecordedAnswer> {
    let age = line.whole("age")?.unwrap_or(0);
    let received_at = now.checked_sub(age);
    let is_instant = received_at.is_some_and(|at| (0..=LATEST).contains(&at));
    ensure!(is_instant, "`{}` must be a number of seconds, 0 or more", line.path("age"));
    let usage = usage(line, account, user)?;
    let reset = line.said_number("reset")?;
    let is_revoked = match line.text("auth")? {
        Some("reauth") => true,
        Some("ok") | None => false,
        Some(_) => bail!("`{}` must be reauth or ok", line.path("auth")),
    };
    let answer = match line.text("fetch_error")? {
        _ if is_revoked => refused(401, "token_revoked"),
        None => RecordedAnswer::json(200, usage),
        Some("quota_exhausted") => {
            let mut error = json!({ "type": "usage_limit_reached" });
            if let Some(reset) = reset {
                error["resets_at"] = reset.clone();
            }
            RecordedAnswer::json(429, json!({ "error": error }))
        }
        Some(code) => failed(code),
    };
    Ok(answer.received_before(age))
}

/// The answer that a failure's code stands for; the challenge for one that says nothing
/// of the profile, too.
fn failed(code: &str) -> RecordedAnswer {
    match code {
        "timeout" => RecordedAnswer::fault("timeout"),
        "request_failed" => RecordedAnswer::fault("unreachable"),
        "auth_not_accepted_by_usage_endpoint" => refused(401, "unauthorized"),
        "account_deactivated" => refused(402, "deactivated_workspace"),
        "billing_required" => refused(402, "billing_required"),
        "forbidden_by_usage_endpoint" => refused(403, "forbidden"),
        "endpoint_missing" => refused(404, "not_found"),
        "rate_limited" => refused(429, "rate_limited"),
        "unexpected_redirect" => refused(302, "moved"),
        "server_error" => refused(503, "unavailable"),
        "bad_content" => RecordedAnswer::json(200, Value::Null),
        _ => RecordedAnswer::challenge(),
    }
}

fn refused(status: u16, code: &str) -> RecordedAnswer {
    RecordedAnswer::json(status, json!({ "error": { "code": code } }))
}

fn usage(line: &Fields<'_>, account: &str, user: &str) -> Result<Value> {
    let mut quota = windows(line)?;
    for key in ["allowed", "limit_reached"] {
        if let Some(truth) = line.truth(key)? {
            quota.insert(key.to_owned(), truth.into());
        }
    }
    // A plan without included quota has none at all, and not one without contents.
    let quota = if quota.is_empty() { Value::Null } else { Value::Object(quota) };
    let mut body = json!({ "user_id": user, "account_id": account, "rate_limit": quota });
    let spend_left = line.number("spend_left")?;
    if let Some(left) = spend_left {
        body["credits"] = json!({ "has_credits": true, "balance": null });
        body["spend_control"] = json!({
            "reached": left <= 0.0,
            "individual_limit": { "remaining_percent": line.value("spend_left") },
        });
    }
    match line.truth("credits_usable")? {
        Some(true) => body["credits"] = json!({ "has_credits": true, "balance": "120" }),
        Some(false) if spend_left.is_none() => {
            body["credits"] = json!({ "has_credits": false, "balance": "0" });
        }
        Some(false) | None => {}
    }
    Ok(body)
}

fn windows(line: &Fields<'_>) -> Result<Map<String, Value>> {
    let mut quota = Map::new();
    for (index, window) in line.list("windows")?.unwrap_or_default().iter().enumerate() {
        let path = format!("{}[{index}]", line.path("windows"));
        let window = Fields::of(path, window)?;
        window.ensure_only(&OF_A_WINDOW)?;
        let mut told = Map::new();
        if let Some(left) = window.number("left")? {
            told.insert("used_percent".to_owned(), used(left).into());
        }
        for (key, name) in [("len", "limit_window_seconds"), ("reset", "reset_at")] {
            if let Some(number) = window.said_number(key)? {
                told.insert(name.to_owned(), number.clone());
            }
        }
        // In the usual slots a missing length would be taken for the usual one.
        let slot = match (index, told.contains_key("limit_window_seconds")) {
            (0, true) => "primary_window".to_owned(),
            (1, true) => "secondary_window".to_owned(),
            _ => format!("other_{index}_window"),
        };
        quota.insert(slot, Value::Object(told));
    }
    Ok(quota)
}

/// Used percent as the endpoint writes them: without the noise that a subtraction of
/// fractions leaves, such as 90.00999999999999.
fn used(left: f64) -> f64 {
    ((100.0 - left) * 1e6).round() / 1e6
}

/// An object of the file, and where in it that is.
struct Fields<'a> {
    at: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    fn new(at: String, fields: &'a Map<String, Value>) -> Self {
        Self { at, fields }
    }

    fn of(at: String, value: &'a Value) -> Result<Self> {
        match value.as_object() {
            Some(fields) => Ok(Self::new(at, fields)),
            None => bail!("`{at}` is not an object"),
        }
    }

    /// Returns the place of a key of it: `profiles[2].windows`.
    fn path(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) }
    }

    fn ensure_only(&self, known: &[&str]) -> Result<()> {
        let other = self.fields.keys().find(|key| !known.contains(&key.as_str()));
        match other {
            Some(key) => bail!("`{}` is not known; known are {}", self.path(key), known.join(", ")),
            None => Ok(()),
        }
    }

    /// Returns the value under a key; null is none.
    fn value(&self, key: &str) -> Option<&'a Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    fn read<T>(
        &self,
        key: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
        kind: &str,
    ) -> Result<Option<T>> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let read = read(value);
        let wrong = || format!("`{}` is not {kind}", self.path(key));
        read.with_context(wrong).map(Some)
    }

    fn text(&self, key: &str) -> Result<Option<&'a str>> {
        self.read(key, Value::as_str, "a text")
    }

    fn truth(&self, key: &str) -> Result<Option<bool>> {
        self.read(key, Value::as_bool, "true or false")
    }

    fn whole(&self, key: &str) -> Result<Option<i64>> {
        self.read(key, Value::as_i64, "a whole number")
    }

    fn number(&self, key: &str) -> Result<Option<f64>> {
        self.read(key, Value::as_f64, "a number")
    }

    /// A number as it is written.
    fn said_number(&self, key: &str) -> Result<Option<&'a Value>> {
        let as_written = |value: &'a Value| value.is_number().then_some(value);
        self.read(key, as_written, "a number")
    }

    fn list(&self, key: &str) -> Result<Option<&'a [Value]>> {
        let as_list = |value: &'a Value| value.as_array().map(Vec::as_slice);
        self.read(key, as_list, "a list")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::time::Duration;

    use super::*;
    use crate::net::{self, Failure};
    use crate::secret::Secret;
    use crate::world::sources::Store;

    const NOW: i64 = 1_790_000_000;

    fn of(profiles: Value) -> Result<World> {
        fleet(json!({ "now": NOW, "profiles": profiles }).as_object().unwrap())
    }

    /// The endpoint's answer to the first attempt: status, body and time.
    fn answered(world: &World, id: &str) -> (u16, Value, i64) {
        let (token, timeout) = (Secret::new(""), Duration::MAX);
        let answer = world.endpoint.get(net::Endpoint::Usage, id, &token, None, timeout).unwrap();
        let body = serde_json::from_slice(&answer.body).unwrap_or_default();
        (answer.status, body, answer.received_at)
    }

    #[test]
    fn a_line_becomes_the_answer_that_it_is_read_from() {
        let world = of(json!([
            {"id": "a", "age": 60, "allowed": true, "limit_reached": false, "credits_usable": true,
                "windows": [{"len": 18000, "left": 9.99, "reset": 1_790_000_600},
                    {"len": null, "left": null, "reset": null}]},
            {"id": "openai-codex:b", "allowed": null, "spend_left": 79, "windows": []},
        ]));
        let world = world.unwrap();
        let (status, body, received_at) = answered(&world, "openai:a");
        assert_eq!((status, received_at), (200, NOW - 60));
        assert_eq!(
            body,
            json!({
                "account_id": "account-of-own-a",
                "user_id": "user-of-own-a",
                "rate_limit": {
                    "allowed": true,
                    "limit_reached": false,
                    "primary_window": {
                        "used_percent": 90.01,
                        "limit_window_seconds": 18000,
                        "reset_at": 1_790_000_600,
                    },
                    "other_1_window": {},
                },
                "credits": {"has_credits": true, "balance": "120"},
            })
        );
        let (_, body, received_at) = answered(&world, "openai-codex:b");
        assert_eq!((&body["rate_limit"], received_at), (&Value::Null, NOW));
        let spend = json!({"reached": false, "individual_limit": {"remaining_percent": 79}});
        assert_eq!(body["spend_control"], spend);
    }

    #[test]
    fn what_went_wrong_is_answered_as_the_endpoint_would() {
        let world = of(json!([
            {"id": "revoked", "auth": "reauth", "allowed": true},
            {"id": "exhausted", "fetch_error": "quota_exhausted", "reset": NOW + 60},
            {"id": "edge", "fetch_error": "upstream_challenge"},
            {"id": "odd", "fetch_error": "of a kind that nobody knows"},
            {"id": "slow", "fetch_error": "timeout"},
        ]));
        let world = world.unwrap();
        let (status, body, _) = answered(&world, "openai:revoked");
        assert_eq!((status, &body["error"]["code"]), (401, &json!("token_revoked")));
        let (status, body, _) = answered(&world, "openai:exhausted");
        let error = json!({"type": "usage_limit_reached", "resets_at": NOW + 60});
        assert_eq!((status, &body["error"]), (429, &error));
        assert_eq!(answered(&world, "openai:edge").0, 403);
        assert_eq!(answered(&world, "openai:odd").0, 403);
        let (token, timeout) = (Secret::new(""), Duration::MAX);
        let slow = world.endpoint.get(net::Endpoint::Usage, "openai:slow", &token, None, timeout);
        assert_eq!(slow.unwrap_err().failure, Failure::TimedOut);
    }

    #[test]
    fn the_store_knows_who_is_who_and_what_the_gateway_found() {
        let world = of(json!([
            {"id": "a", "identity": "one", "cooldown_until": NOW + 60, "class": "preserve"},
            {"id": "b", "identity": "one", "in_use": true, "class": "burn_first"},
            {"id": "c", "class": "normal"},
        ]));
        let world = world.unwrap();
        assert_eq!(world.classes.preserve, ["openai:a"]);
        assert_eq!(world.classes.burn_first, ["openai:b"]);
        let Store::Recorded(state) = &world.store else {
            panic!("a recorded store");
        };
        let sign_ins = state.sign_ins(NOW).unwrap();
        assert_eq!(sign_ins.last_good.as_deref(), Some("openai:b"));
        assert_eq!((&sign_ins.order, &sign_ins.inherited_order), (&None, &None));
        let [a, b, c] = sign_ins.profiles.as_slice() else {
            panic!("three profiles");
        };
        assert_eq!(a.cooldown_until, Some(NOW + 60));
        assert_eq!((&a.account_id, &a.user_id), (&b.account_id, &b.user_id));
        assert_ne!(a.account_id, c.account_id);
        let token = |id: &str| state.documents().0["profiles"][id]["access"].clone();
        assert_ne!(token("openai:a"), token("openai:b"));
    }

    #[test]
    fn an_identity_is_nobodys_id() {
        let world =
            of(json!([{"id": "a"}, {"id": "b", "identity": "a"}, {"id": "shared-a"}])).unwrap();
        let account = |id: &str| answered(&world, id).1["account_id"].clone();
        assert_ne!(account("openai:a"), account("openai:b"));
        assert_ne!(account("openai:shared-a"), account("openai:b"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let line = |line: Value| json!({ "now": NOW, "profiles": [line] });
        for (file, expected) in [
            (json!({ "profiles": [] }), "`now` is missing"),
            (json!({ "now": "soon" }), "`now` is not a whole number"),
            (json!({ "now": 0 }), "`now` must be an instant in epoch seconds"),
            (json!({ "now": NOW, "profiles": {} }), "`profiles` is not a list"),
            (json!({ "now": NOW, "profiles": [] }), "`profiles` is empty"),
            (
                json!({ "now": NOW, "settings": {"bucket": 3600}, "profiles": [] }),
                "`settings.bucket` is always 21600",
            ),
            (line(json!("a")), "`profiles[0]` is not an object"),
            (line(json!({})), "`profiles[0].id` is missing"),
            (
                json!({ "now": NOW, "profiles": [{"id": "a"}, {"id": "openai:a"}] }),
                "`profiles[1].id` is \"openai:a\" once more",
            ),
            (
                json!({ "now": NOW, "profiles": [{"id": "a", "in_use": true}, {"id": "b", "in_use": true}] }),
                "`profiles[1].in_use` is true for a second profile",
            ),
            (line(json!({"id": "a", "auth": "?"})), "`profiles[0].auth` must be reauth or ok"),
            (
                line(json!({"id": "a", "class": "?"})),
                "`profiles[0].class` is burn_first, normal or preserve",
            ),
            (
                line(json!({"id": "a", "age": i64::MIN})),
                "`profiles[0].age` must be a number of seconds, 0 or more",
            ),
            (
                line(json!({"id": "a", "allowed": "yes"})),
                "`profiles[0].allowed` is not true or false",
            ),
            (
                line(json!({"id": "a", "windows": [{"left": 5}, {"left": "5"}]})),
                "`profiles[0].windows[1].left` is not a number",
            ),
            (
                line(json!({"id": "a", "windows": [{"length": 5}]})),
                "`profiles[0].windows[0].length` is not known; known are len, left, reset",
            ),
        ] {
            let failed = fleet(file.as_object().unwrap()).map(|_| ()).unwrap_err();
            assert_eq!(failed.to_string(), expected);
        }
        let misspelt = of(json!([{"id": "a", "cooldown": 5}])).map(|_| ());
        let told = misspelt.unwrap_err().to_string();
        assert!(told.starts_with("`profiles[0].cooldown` is not known; known are id, "));
    }
}

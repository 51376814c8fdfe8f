//! Worlds out of a file: one recorded answer, or several profiles with theirs, or a
//! fleet that is told in numbers.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::credential::credential;
use super::fleet::{self, fleet};
use super::gateway::ScriptStep;
use super::recorded::{Answers, RecordedAnswer};
use super::sources::{GATEWAY, Session, World, ensure_instant, world};
use super::state::RecordedState;
use crate::digest;
use crate::files::open_regular;
use crate::store::Era;

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
    /// The store that the agent inherits.
    shared: Option<Value>,
    gateway: Option<String>,
    /// Deviations from a healthy gateway.
    #[serde(default)]
    script: Vec<ScriptStep>,
    /// The profile that the chat session uses.
    session: Option<Session>,
}

/// The name in any of these files.
#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

/// The world in this file.
///
/// # Errors
///
/// Returns an error if the file cannot be read, or is not such a file.
pub fn replay(path: &Path) -> Result<World> {
    let shown = path.display();
    let text = read(path)?;
    let file: Map<String, Value> =
        serde_json::from_str(&text).with_context(|| format!("{shown} is not a JSON object"))?;
    let is_subscribable = file.get("subscribable") == Some(&Value::Bool(true));
    let world = if fleet::is_fleet(&file) {
        fleet(&file).with_context(|| format!("{shown} is not a fleet"))
    } else {
        let world = if file.contains_key("store") {
            many(Value::Object(file))
        } else {
            one(Value::Object(file))
        };
        world.with_context(|| format!("{shown} is not a recorded answer"))
    };
    Ok(World { is_subscribable, ..world? })
}

/// Returns the name of the state of the world in this file: worlds that carry the same
/// `name` share it, as one world does at different times.
///
/// # Errors
///
/// Returns an error if the file cannot be read.
pub fn state_name(path: &Path) -> Result<String> {
    let text = read(path)?;
    let named: Option<Named> = serde_json::from_str(&text).ok();
    let name = named.and_then(|file| file.name).unwrap_or(text);
    Ok(digest::short(name.as_bytes(), 4))
}

fn read(path: &Path) -> Result<String> {
    let text = open_regular(path).and_then(io::read_to_string);
    text.with_context(|| format!("could not read {}", path.display()))
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
        let own = |key: &str| claim.get(key).or_else(|| body.get(key)).and_then(Value::as_str);
        let credential = credential(own("account_id"), own("user_id"), file.now);
        profiles.insert(id.clone(), credential);
        answers.usage.insert(id.clone(), vec![file.response.clone()]);
        let list = file.reset_credits.clone();
        answers.reset_credits.extend(list.map(|list| (id, vec![list])));
    }
    let store = json!({ "version": 1, "profiles": profiles });
    let state = RecordedState::new(store, None, Era::Sqlite, "replay");
    world(file.now, state, answers, GATEWAY, vec![])
}

/// Returns whether an answer came from the endpoint that lists banked resets.
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
    let answers = Answers { usage: file.answers, reset_credits: file.reset_credits };
    let world = world(file.now, state, answers, version, file.script)?;
    Ok(World { session: file.session, ..world })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    /// Opening one to read it waits for a writer.
    #[cfg(unix)]
    #[test]
    fn a_pipe_is_no_recorded_world_and_is_not_waited_for() {
        use std::process::Command;
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("world.json");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(super::replay(&pipe).is_err());
        assert!(super::state_name(&pipe).is_err());
    }
}

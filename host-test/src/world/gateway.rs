//! The gateway of a recorded world: it answers `openclaw` command lines the way
//! recorded runs of two real versions did, over stores in memory, so that a case
//! needs no Node.
//!
//! [`Era::Json`] plays 2026.3.8, [`Era::Sqlite`] plays 2026.9.6; the version given with it only
//! decides which commands exist. The output comes from `gateway/*-answers.json`: recorded texts
//! without their ids. Three texts were not recorded but follow the program's source: a sign-in
//! that succeeds, the removal of the last profile, and a removal in the older era.

mod kept;
mod status;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};

pub(super) use self::kept::Stores;
use self::kept::object;
use super::credential::credential;
use crate::openclaw::{Failure, Output};
use crate::store::Era;

/// A gateway that was recorded.
pub struct RecordedGateway {
    version: String,
    era: Era,
    /// In epoch seconds.
    now: i64,
    stores: Arc<Mutex<Stores>>,
    script: Vec<ScriptStep>,
    /// The number of runs of each command.
    runs: Mutex<BTreeMap<CommandName, usize>>,
    answers: BTreeMap<String, Printed>,
}

/// A deviation from what a healthy gateway would do; read from the world
/// file. Where several steps are about one run, all of them happen, one after the
/// other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptStep {
    on: CommandName,
    /// Only this run of that command, counted from 1.
    nth: Option<usize>,
    /// A merge patch (RFC 7396) of the own store: somebody else's change just
    /// before the run.
    before: Option<Value>,
    /// The same just after it.
    after: Option<Value>,
    /// Instead of any output.
    fault: Option<RunFault>,
    /// True if a change takes effect. Without it: unless there is a `fault` or an
    /// `exit`.
    effect: Option<bool>,
    exit: Option<i32>,
    stdout: Option<String>,
    stderr: Option<String>,
    /// Put before what is on stdout.
    noise: Option<String>,
    /// Stdout is this many bytes instead.
    fill: Option<usize>,
    /// A merge patch of the JSON object on stdout.
    status: Option<Value>,
}

/// A command, as the world file names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum CommandName {
    Version,
    ModelsStatus,
    AuthOrderGet,
    AuthOrderSet,
    AuthOrderClear,
    AuthLogout,
    AuthLogin,
}

/// The reason for which a run has no output.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RunFault {
    NotFound,
    Failed,
    TimedOut,
}

/// The output of a run, with words in braces to be filled in.
#[derive(Deserialize)]
struct Printed {
    exit: i32,
    stdout: String,
    stderr: String,
}

impl RecordedGateway {
    /// A gateway of this version over these stores, at `now` in epoch seconds.
    pub(super) fn new(
        version: &str,
        era: Era,
        now: i64,
        stores: Arc<Mutex<Stores>>,
        script: Vec<ScriptStep>,
    ) -> Self {
        Self {
            version: version.to_owned(),
            era,
            now,
            stores,
            script,
            runs: Mutex::default(),
            answers: answers(era),
        }
    }

    /// Runs a command line, without the program's name.
    ///
    /// # Errors
    ///
    /// Returns an error if the script says that there is no output.
    pub(super) fn run(&self, argv: &[String]) -> Result<Output, Failure> {
        let Some(command) = Command::parse(argv) else {
            return Ok(unknown(argv));
        };
        let steps = self.steps(command.which);
        let mut stores = lock(&self.stores);
        for patch in steps.iter().filter_map(|step| step.before.as_ref()) {
            merge(&mut stores.own, patch);
        }
        let mut changed = stores.clone();
        let output = self.answer(&command, &mut changed);
        if steps.iter().all(|step| step.lets_change()) {
            *stores = changed;
        }
        for patch in steps.iter().filter_map(|step| step.after.as_ref()) {
            merge(&mut stores.own, patch);
        }
        steps.iter().try_fold(output, |said, step| step.apply(said))
    }

    /// Returns the steps of the script for the next run of this command.
    fn steps(&self, which: CommandName) -> Vec<&ScriptStep> {
        let mut runs = lock(&self.runs);
        let count = runs.entry(which).or_default();
        *count += 1;
        let due = |step: &&ScriptStep| step.on == which && step.nth.is_none_or(|nth| nth == *count);
        self.script.iter().filter(due).collect()
    }

    fn answer(&self, command: &Command<'_>, stores: &mut Stores) -> Output {
        let agent = command.agent;
        match command.which {
            CommandName::Version => self.say("version", &[("version", &self.version)]),
            CommandName::ModelsStatus if !stores.know(agent) => {
                self.say("status-unknown-agent", &[("agent", agent)])
            }
            CommandName::ModelsStatus => succeed(self.status(agent, stores)),
            CommandName::AuthOrderGet if !stores.know(agent) => {
                self.say("order-get-unknown-agent", &[("agent", agent)])
            }
            CommandName::AuthOrderGet => self.order_get(command, stores),
            CommandName::AuthOrderSet if command.ids.is_empty() => {
                self.say("order-set-missing", &[])
            }
            CommandName::AuthLogout if !self.is_from([2026, 8, 1]) => {
                self.say("logout-no-command", &[])
            }
            CommandName::AuthLogin if !command.ids.is_empty() && !self.is_from([2026, 5, 26]) => {
                self.say("login-no-profile-id", &[])
            }
            _ if !stores.know(agent) => self.say("change-unknown-agent", &[("agent", agent)]),
            CommandName::AuthOrderSet => self.order_set(command, stores),
            CommandName::AuthOrderClear => self.order_clear(command, stores),
            CommandName::AuthLogout => self.logout(command, stores),
            CommandName::AuthLogin => self.login(command, stores),
        }
    }

    fn order_get(&self, command: &Command<'_>, stores: &Stores) -> Output {
        let order = json!(stores.order(self.era, &command.provider)).to_string();
        let path = stores.database(command.agent);
        let words = [("path", path.as_str()), ("order", &order)];
        self.say("order-get", &[&command.words()[..], &words].concat())
    }

    fn order_set(&self, command: &Command<'_>, stores: &mut Stores) -> Output {
        let ids = kept::distinct(command.ids.iter().copied());
        if ids.is_empty() {
            return self.say("order-set-blank", &command.words());
        }
        let profiles = stores.profiles();
        for id in &ids {
            let stored = profiles.iter().find(|profile| profile.id == *id);
            let of = stored.map(|profile| profile.provider.as_str());
            let refusal = match of {
                None => "order-set-unknown-id",
                Some(of) if of != command.provider => "order-set-other-provider",
                Some(_) => continue,
            };
            let words = [("id", id.as_str()), ("of", of.unwrap_or_default())];
            return self.say(refusal, &[&command.words()[..], &words].concat());
        }
        stores.set_order(&command.provider, &ids);
        let ids = ids.join(", ");
        self.say("order-set", &[&command.words()[..], &[("ids", &ids)]].concat())
    }

    /// It says "cleared" also where nothing was, and an inherited order stays.
    fn order_clear(&self, command: &Command<'_>, stores: &mut Stores) -> Output {
        stores.clear_order(&command.provider);
        self.say("order-clear", &command.words())
    }

    fn logout(&self, command: &Command<'_>, stores: &mut Stores) -> Output {
        let id = command.ids.first().copied().unwrap_or_default();
        let words = [("agent", command.agent), ("id", id)];
        let profiles = stores.profiles();
        let Some(gone) = profiles.iter().find(|profile| profile.id == id) else {
            return self.say("logout-unknown-id", &words);
        };
        stores.forget(id);
        let of_same = |left: &kept::Profile| left.provider == gone.provider;
        let answer = if stores.profiles().iter().any(of_same) { "logout" } else { "logout-last" };
        let about = [("provider", gone.provider.as_str()), ("type", gone.kind.name())];
        self.say(answer, &[words, about].concat())
    }

    /// As if a person had signed in: without a terminal a real run refuses.
    fn login(&self, command: &Command<'_>, stores: &mut Stores) -> Output {
        let default = format!("{}:default", command.provider);
        let id = command.ids.first().copied().unwrap_or(&default);
        let store = stores.holder(id);
        let replaced = store["profiles"][id].clone();
        let mut signed_in = credential(replaced["accountId"].as_str(), None, self.now);
        signed_in["provider"] = json!(command.provider);
        if replaced["email"].is_string() {
            signed_in["email"] = replaced["email"].clone();
        }
        kept::set(store, "profiles", id, signed_in);
        self.say("login", &[&command.words()[..], &[("id", id)]].concat())
    }

    /// A recorded answer, with these words filled in.
    fn say(&self, name: &str, words: &[(&str, &str)]) -> Output {
        let answer = &self.answers[name];
        let fill = |text: &String| {
            let fill = |text: String, (name, word): &(&str, &str)| {
                text.replace(&format!("{{{name}}}"), word)
            };
            words.iter().fold(text.clone(), fill)
        };
        Output {
            exit_code: answer.exit,
            stdout: fill(&answer.stdout),
            stderr: fill(&answer.stderr),
        }
    }

    /// Returns whether it is at least this version.
    fn is_from(&self, version: [u32; 3]) -> bool {
        let number = |part: &str| part.parse().unwrap_or(0);
        let own: Vec<u32> = self.version.split(['.', '-']).map(number).collect();
        own.as_slice() >= version.as_slice()
    }
}

impl ScriptStep {
    /// Returns whether the run may change a store.
    fn lets_change(&self) -> bool {
        let overridden = self.fault.is_some() || self.exit.is_some();
        self.effect.unwrap_or(!overridden)
    }

    /// Applies a step to an output.
    fn apply(&self, mut output: Output) -> Result<Output, Failure> {
        match self.fault {
            None => {}
            Some(RunFault::NotFound) => return Err(Failure::NotFound),
            Some(RunFault::Failed) => return Err(Failure::Failed),
            Some(RunFault::TimedOut) => return Err(Failure::TimedOut),
        }
        if let Some(patch) = &self.status
            && let Ok(mut printed) = serde_json::from_str(&output.stdout)
        {
            merge(&mut printed, patch);
            output.stdout = pretty(&printed);
        }
        if let Some(stdout) = &self.stdout {
            output.stdout.clone_from(stdout);
        }
        if let Some(length) = self.fill {
            output.stdout = "x".repeat(length);
        }
        if let Some(noise) = &self.noise {
            output.stdout.insert_str(0, noise);
        }
        if let Some(stderr) = &self.stderr {
            output.stderr.clone_from(stderr);
        }
        output.exit_code = self.exit.unwrap_or(output.exit_code);
        Ok(output)
    }
}

/// A command line in one of the spellings that the host uses.
struct Command<'a> {
    which: CommandName,
    agent: &'a str,
    /// As the gateway compares it. Empty where the command names none.
    provider: String,
    ids: Vec<&'a str>,
}

impl<'a> Command<'a> {
    fn parse(argv: &'a [String]) -> Option<Self> {
        let words: Vec<&str> = argv.iter().map(String::as_str).collect();
        let (which, words) = match words.as_slice() {
            ["--version"] => (CommandName::Version, &[][..]),
            ["models", "status", "--json", rest @ ..] => (CommandName::ModelsStatus, rest),
            ["models", "auth", "order", "get", rest @ .., "--json"] => {
                (CommandName::AuthOrderGet, rest)
            }
            ["models", "auth", "order", "set", rest @ ..] => (CommandName::AuthOrderSet, rest),
            ["models", "auth", "order", "clear", rest @ ..] => (CommandName::AuthOrderClear, rest),
            ["models", "auth", "logout", rest @ ..] => (CommandName::AuthLogout, rest),
            ["models", "auth", "login", rest @ ..] => (CommandName::AuthLogin, rest),
            _ => return None,
        };
        let (provider, agent, ids) = match (which, words) {
            (CommandName::Version, []) => ("", "", vec![]),
            (CommandName::ModelsStatus, ["--agent", agent]) => ("", *agent, vec![]),
            (
                CommandName::AuthOrderGet | CommandName::AuthOrderClear | CommandName::AuthLogin,
                ["--provider", provider, "--agent", agent],
            ) => (*provider, *agent, vec![]),
            (CommandName::AuthOrderSet, ["--provider", provider, "--agent", agent, ids @ ..]) => {
                (*provider, *agent, ids.to_vec())
            }
            (CommandName::AuthLogout, ["--agent", agent, "--yes", id]) => ("", *agent, vec![*id]),
            (CommandName::AuthLogin, ["--provider", provider]) => (*provider, "main", vec![]),
            (CommandName::AuthLogin, ["--provider", provider, "--profile-id", id]) => {
                (*provider, "main", vec![*id])
            }
            (
                CommandName::AuthLogin,
                ["--provider", provider, "--profile-id", id, "--agent", agent],
            ) => (*provider, *agent, vec![*id]),
            _ => return None,
        };
        let provider = kept::folded(provider);
        Some(Self { which, agent, provider, ids })
    }

    /// The words of it that an answer repeats.
    fn words(&self) -> [(&str, &str); 2] {
        [("agent", self.agent), ("provider", &self.provider)]
    }
}

fn answers(era: Era) -> BTreeMap<String, Printed> {
    let text = match era {
        Era::Json => include_str!("gateway/json-answers.json"),
        Era::Sqlite => include_str!("gateway/sqlite-answers.json"),
    };
    serde_json::from_str(text)
        .unwrap_or_else(|error| panic!("recorded answers, part of this program: {error}"))
}

/// The answer to a command line that the recorded runs do not have.
fn unknown(argv: &[String]) -> Output {
    Output {
        exit_code: 1,
        stdout: String::new(),
        stderr: format!("error: unknown command '{}'\n", argv.join(" ")),
    }
}

fn succeed(stdout: String) -> Output {
    Output { exit_code: 0, stdout, stderr: String::new() }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// Merges as RFC 7396 has it: null removes, what is no object replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    let Some(target) = object(target) else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

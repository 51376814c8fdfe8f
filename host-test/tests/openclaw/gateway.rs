//! An installed OpenClaw and its home: what the real program does in it, and what
//! the program under test says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Permissions;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::SystemTime;
use std::{env, fs};

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::chatgpt::ChatGpt;
use crate::sign_in::{SignIn, store_of, three_sign_ins};

/// A version of OpenClaw, and what is particular to its era.
pub(super) struct Release {
    /// The variable that names the folder with its `openclaw`.
    pub(super) variable: &'static str,
    pub(super) version: &'static str,
    pub(super) provider: &'static str,
    /// Where it keeps its sign-ins, inside the state folder.
    pub(super) store: &'static str,
    /// Facts that its way of keeping them leaves to be told.
    pub(super) findings: &'static [&'static str],
    /// State folders with three sign-ins, without an order and with one, made once for all
    /// tests: each command of the real program takes seconds.
    signed_in: OnceLock<Snapshot>,
    ordered: OnceLock<Snapshot>,
}

pub(super) static CURRENT: Release = Release {
    variable: "CODEX_PROFILER_OPENCLAW_CURRENT",
    version: "2026.9.6",
    provider: "openai",
    store: SHARED_DATABASE,
    findings: &["migrated_plain_tokens"],
    signed_in: OnceLock::new(),
    ordered: OnceLock::new(),
};

/// The first era of databases: each agent has its own, and nothing is shared.
pub(super) static MIDDLE: Release = Release {
    variable: "CODEX_PROFILER_OPENCLAW_2026_6",
    version: "2026.6.11",
    provider: "openai",
    store: AGENT_DATABASE,
    findings: &["migrated_plain_tokens"],
    signed_in: OnceLock::new(),
    ordered: OnceLock::new(),
};

pub(super) static OLDER: Release = Release {
    variable: "CODEX_PROFILER_OPENCLAW_2026_3",
    version: "2026.3.8",
    provider: "openai-codex",
    store: JSON_STORE,
    findings: &[],
    signed_in: OnceLock::new(),
    ordered: OnceLock::new(),
};

/// The order of an agent that has one of its own.
pub(super) const ORDER: [&str; 3] = ["work", "backup", "default"];

pub(super) const JSON_STORE: &str = "agents/main/agent/auth-profiles.json";
pub(super) const SHARED_DATABASE: &str = "state/openclaw.sqlite";
const AGENT_DATABASE: &str = "agents/main/agent/openclaw-agent.sqlite";

/// An installed OpenClaw, with a home folder that ends with the test.
pub(super) struct Gateway {
    pub(super) release: &'static Release,
    folder: PathBuf,
    home: TempDir,
    /// Where the program under test keeps its own files.
    ours: TempDir,
    pub(super) state_dir: PathBuf,
    moved: bool,
    pub(super) sign_ins: Vec<SignIn>,
}

impl Gateway {
    /// A home where nobody is signed in yet.
    pub(super) fn new(release: &'static Release) -> Self {
        let folder = env::var_os(release.variable).unwrap_or_else(|| {
            panic!(
                "{} is not set: `.ci/openclaw.sh` installs OpenClaw {} and prints it",
                release.variable, release.version
            )
        });
        let home = tempfile::tempdir().unwrap();
        let gateway = Self {
            release,
            folder: PathBuf::from(folder),
            ours: tempfile::tempdir().unwrap(),
            state_dir: home.path().join(".openclaw"),
            moved: false,
            home,
            sign_ins: three_sign_ins(),
        };
        gateway.write("openclaw.json", &json!({}));
        gateway
    }

    /// A home with three sign-ins, stored as the real program stores them.
    pub(super) fn signed_in(release: &'static Release) -> Self {
        let snapshot = release.signed_in.get_or_init(|| {
            let gateway = Self::new(release);
            gateway.sign_in_all();
            Snapshot::of(&gateway)
        });
        Self::restored(release, snapshot)
    }

    /// The same home after the real program has set [`ORDER`].
    pub(super) fn ordered(release: &'static Release) -> Self {
        let snapshot = release.ordered.get_or_init(|| {
            let gateway = Self::signed_in(release);
            gateway.set_order("main", &ORDER);
            Snapshot::of(&gateway)
        });
        Self::restored(release, snapshot)
    }

    fn restored(release: &'static Release, snapshot: &Snapshot) -> Self {
        let mut gateway = Self::new(release);
        gateway.sign_ins.clone_from(&snapshot.sign_ins);
        snapshot.write(&gateway.state_dir);
        gateway
    }

    pub(super) fn sign_in_all(&self) {
        let store = store_of(&self.sign_ins, self.release.provider);
        self.write(JSON_STORE, &store);
        if self.release.store != JSON_STORE {
            self.migrate();
        }
    }

    pub(super) fn migrate(&self) {
        self.openclaw(&["doctor", "--fix", "--non-interactive", "--yes"]);
        assert!(!self.state_dir.join(JSON_STORE).exists());
    }

    pub(super) fn move_state_dir(&mut self, name: &str) {
        let dir = self.home().join(name);
        fs::rename(&self.state_dir, &dir).unwrap();
        self.state_dir = dir;
        self.moved = true;
    }

    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(super) fn write(&self, path: &str, value: &Value) {
        let path = self.state_dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value.to_string()).unwrap();
    }

    /// Adds the gateway's own settings to its configuration.
    pub(super) fn configure(&self, settings: &Value) {
        let text = fs::read_to_string(self.state_dir.join("openclaw.json")).unwrap();
        let mut config: Value = serde_json::from_str(&text).unwrap();
        config["gateway"] = settings.clone();
        self.write("openclaw.json", &config);
    }

    pub(super) fn sign_in(&self, label: &str) -> &SignIn {
        let mut named = self.sign_ins.iter().filter(|each| each.label == label);
        named.next().unwrap()
    }

    pub(super) fn id(&self, label: &str) -> String {
        format!("{}:{label}", self.release.provider)
    }

    pub(super) fn ids(&self, labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| self.id(label)).collect()
    }

    // What the real program does and says.

    pub(super) fn openclaw(&self, words: &[&str]) -> String {
        let output = self.try_openclaw(words);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {text}{errors}");
        text
    }

    /// It may look for updates and the like: nobody answers.
    pub(super) fn try_openclaw(&self, words: &[&str]) -> Output {
        let nobody = [("HTTPS_PROXY", "http://127.0.0.1:9".to_owned())];
        self.output(&self.folder.join("openclaw"), words, &nobody)
    }

    pub(super) fn json(&self, words: &[&str]) -> Value {
        let text = self.openclaw(words);
        // Warnings may come first.
        serde_json::from_str(&text[text.find('{').unwrap()..]).unwrap()
    }

    pub(super) fn set_order(&self, agent: &str, labels: &[&str]) {
        let ids = self.ids(labels);
        let ids = ids.iter().map(String::as_str);
        let words: Vec<&str> = self.order_words("set", agent).chain(ids).collect();
        self.openclaw(&words);
    }

    pub(super) fn order(&self, agent: &str) -> Vec<String> {
        let words = self.order_words("get", agent).chain(["--json"]);
        let order = self.json(&words.collect::<Vec<_>>())["order"].take();
        serde_json::from_value(order).unwrap()
    }

    pub(super) fn order_words<'a>(
        &self,
        verb: &'a str,
        agent: &'a str,
    ) -> impl Iterator<Item = &'a str> {
        let provider = self.release.provider;
        let words = ["models", "auth", "order", verb, "--provider", provider];
        words.into_iter().chain(["--agent", agent])
    }

    /// When each profile expires, by its id.
    pub(super) fn expiries(&self) -> BTreeMap<String, i64> {
        let expiry = |profile: &Value| {
            let id = profile["profileId"].as_str().unwrap().to_owned();
            (id, profile["expiresAt"].as_i64().unwrap() / 1000)
        };
        self.profiles().iter().map(expiry).collect()
    }

    pub(super) fn is_ok_for_the_gateway(&self, label: &str) -> bool {
        let id = self.id(label);
        let is_ok = |profile: &Value| profile["profileId"] == id && profile["status"] == "ok";
        self.profiles().iter().any(is_ok)
    }

    pub(super) fn profiles(&self) -> Vec<Value> {
        let mut status = self.json(&["models", "status", "--json", "--agent", "main"]);
        serde_json::from_value(status["auth"]["oauth"]["profiles"].take()).unwrap()
    }

    // What the program under test does and says.

    pub(super) fn status(&self) -> Value {
        let run = self.run(&["auth", "status"], &[]);
        assert_eq!(run.code, 0, "{:#}", run.json);
        run.json
    }

    pub(super) fn usage(&self, chatgpt: &ChatGpt) -> Value {
        let run = self.run(&["usage", "--profile", "all"], &chatgpt.ways());
        assert_eq!(run.code, 0, "{:#}", run.json);
        run.json
    }

    /// Runs it, and checks what holds for every run: it changes nothing in the
    /// home folder, and tells no secret.
    pub(super) fn run(&self, words: &[&str], environment: &[(&str, String)]) -> Run {
        let before = listing(self.home());
        let said = self.ask(&[words, &["--format", "json"]].concat(), environment);
        let after = listing(self.home());
        let paths = before.keys().chain(after.keys());
        let touched: BTreeSet<_> =
            paths.filter(|path| before.get(*path) != after.get(*path)).collect();
        assert!(touched.is_empty(), "{words:?} touched {touched:?}");
        Run {
            code: said.code,
            json: serde_json::from_str(&said.text)
                .unwrap_or_else(|error| panic!("{words:?}: {error}: {said:?}")),
        }
    }

    /// Runs it, and checks that it tells no secret, nor keeps one.
    pub(super) fn ask(&self, words: &[&str], environment: &[(&str, String)]) -> Said {
        let output = self.output(program(), words, environment);
        let said = Said {
            code: output.status.code().unwrap(),
            text: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        };
        self.assert_no_secret(&said.text);
        self.assert_no_secret(&said.errors);
        said
    }

    /// A chat turn of the gateway's owner.
    pub(super) fn chat(&self, user: &str, message: &str) -> Said {
        self.chat_through(&[], user, message)
    }

    /// A chat turn whose gateway commands are found with this environment.
    pub(super) fn chat_through(
        &self,
        environment: &[(&str, String)],
        user: &str,
        message: &str,
    ) -> Said {
        let message = format!("/codex_auth {message}");
        let words = ["chat", "--owner", "--user", user, &message];
        self.ask(&words, environment)
    }

    /// The program under test, not started yet.
    pub(super) fn program(&self, words: &[&str], environment: &[(&str, String)]) -> Command {
        self.command(program(), words, environment)
    }

    /// Neither a text nor what the program keeps may hold a secret.
    pub(super) fn assert_no_secret(&self, text: &str) {
        for secret in self.sign_ins.iter().flat_map(SignIn::secrets) {
            assert!(!text.contains(&secret), "tells {secret}: {text}");
            let keeper = file_with(self.ours.path(), &secret);
            assert_eq!(keeper, None, "keeps {secret}");
        }
    }

    fn output(&self, program: &Path, words: &[&str], environment: &[(&str, String)]) -> Output {
        let mut command = self.command(program, words, environment);
        command.output().unwrap()
    }

    /// The folder with its `openclaw`.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn command(
        &self,
        program: &Path,
        words: &[&str],
        environment: &[(&str, String)],
    ) -> Command {
        let path = format!("{}:/usr/bin:/bin", self.folder.display());
        let mut command = Command::new(program);
        command
            .args(words)
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", path)
            .env("XDG_STATE_HOME", self.ours.path().join("state"))
            .env("XDG_CACHE_HOME", self.ours.path().join("cache"))
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.ours.path())
            .stdin(Stdio::null());
        if self.moved {
            command.env("OPENCLAW_STATE_DIR", &self.state_dir);
        }
        command
    }

    // What is in its files.

    pub(super) fn shared_database(&self) -> Connection {
        Connection::open(self.state_dir.join(SHARED_DATABASE)).unwrap()
    }

    pub(super) fn shared_store(&self) -> Value {
        let query = "SELECT value_json FROM config_machine_state WHERE state_key = ?1";
        let row = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        let text = self.shared_database().query_row(query, [STORE_KEY], row).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    pub(super) fn replace_shared_store(&self, store: &Value) {
        self.replace_shared_store_by(&store.to_string());
    }

    /// Also by what is no store.
    pub(super) fn replace_shared_store_by(&self, text: &str) {
        let update = "UPDATE config_machine_state SET value_json = ?2 WHERE state_key = ?1";
        let database = self.shared_database();
        assert_eq!(database.execute(update, [STORE_KEY, text]).unwrap(), 1);
    }

    pub(super) fn some_file_holds(&self, text: &str) -> bool {
        file_with(self.home(), text).is_some()
    }

    /// The documents about sign-ins, by where they are.
    pub(super) fn documents(&self) -> Documents {
        if self.release.store == JSON_STORE {
            let text = fs::read_to_string(self.state_dir.join(JSON_STORE)).unwrap();
            return Documents::new([(JSON_STORE, text)]);
        }
        let shared = "SELECT value_json FROM config_machine_state WHERE state_key = ";
        let found = [
            (SHARED_DATABASE, format!("{shared}'{STORE_KEY}'")),
            (SHARED_DATABASE, format!("{shared}'{STATE_KEY}'")),
            (AGENT_DATABASE, OWN_STORE.to_owned()),
            (AGENT_DATABASE, OWN_STATE.to_owned()),
        ];
        let found = found.map(|(database, query)| {
            let text = self.text_in(database, &query).unwrap_or_default();
            (database, text)
        });
        Documents::new(found)
    }

    /// The main agent's own order, out of its store: the gateway takes seconds to tell it.
    /// `looking.rs` shows that it reads the same there, where one is set.
    pub(super) fn own_order(&self) -> Option<Vec<String>> {
        let order = self.documents().own_order(self.release.provider)?;
        Some(serde_json::from_value(order).unwrap())
    }

    /// Returns the result of a query of one text, where the database and its table are there.
    fn text_in(&self, database: &str, query: &str) -> Option<String> {
        let path = self.state_dir.join(database);
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        database.query_row(query, [], |row| row.get(0)).ok()
    }

    /// The agent's database, as another program opens it.
    pub(super) fn agent_database(&self) -> Connection {
        Connection::open(self.state_dir.join(AGENT_DATABASE)).unwrap()
    }

    /// The two headers of each request of a check of these sign-ins.
    pub(super) fn expected_requests(&self, sign_ins: &[SignIn]) -> BTreeSet<(String, String)> {
        let headers = |sign_in: &SignIn| {
            let bearer = format!("Bearer {}", sign_in.access());
            (bearer, sign_in.account_id())
        };
        sign_ins.iter().map(headers).collect()
    }
}

const STORE_KEY: &str = "authProfiles.store";
const STATE_KEY: &str = "authProfiles.state";
const OWN_STORE: &str = "SELECT store_json FROM auth_profile_store WHERE store_key = 'primary'";
const OWN_STATE: &str = "SELECT state_json FROM auth_profile_state WHERE state_key = 'primary'";

/// The stored sign-ins of a gateway.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Documents(Vec<(&'static str, Value)>);

impl Documents {
    fn new<const N: usize>(texts: [(&'static str, String); N]) -> Self {
        let parsed = texts.map(|(place, text)| {
            let document = serde_json::from_str(&text).unwrap_or_default();
            (place, document)
        });
        Self(parsed.into())
    }

    /// Every stored credential, by its profile.
    pub(super) fn credentials(&self) -> BTreeMap<String, Value> {
        let profiles = self.0.iter().filter_map(|(_, each)| each["profiles"].as_object());
        let entries = profiles.flatten();
        entries.map(|(id, credential)| (id.clone(), credential.clone())).collect()
    }

    fn own_order(&self, provider: &str) -> Option<Value> {
        let mut own = self.0.iter().filter(|(place, _)| *place != SHARED_DATABASE);
        own.find_map(|(_, document)| document.get("order")?.get(provider).cloned())
    }

    /// All but the agent's own order: what a change of the order leaves alone.
    pub(super) fn beside_the_order(mut self) -> Self {
        for (place, document) in &mut self.0 {
            if *place != SHARED_DATABASE && document.is_object() {
                document["order"].take();
            }
            // An empty document is as good as none, and `order set` writes one.
            let says_nothing = |(name, value): (&String, &Value)| {
                name == "version" || value.is_null() || *value == json!({})
            };
            if let Some(fields) = document.as_object()
                && fields.iter().all(says_nothing)
            {
                *document = Value::Null;
            }
        }
        self
    }
}

/// Every file of a state folder, to be copied like any backup.
struct Snapshot {
    sign_ins: Vec<SignIn>,
    files: Vec<(PathBuf, Permissions, Vec<u8>)>,
}

impl Snapshot {
    fn of(gateway: &Gateway) -> Self {
        let files = listing(&gateway.state_dir);
        let files = files.into_keys().filter(|path| path.is_file());
        let file = |path: PathBuf| {
            let bytes = fs::read(&path).unwrap();
            let permissions = fs::metadata(&path).unwrap().permissions();
            let path = path.strip_prefix(&gateway.state_dir).unwrap().to_owned();
            (path, permissions, bytes)
        };
        Self { sign_ins: gateway.sign_ins.clone(), files: files.map(file).collect() }
    }

    fn write(&self, folder: &Path) {
        for (path, permissions, bytes) in &self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, permissions.clone()).unwrap();
        }
    }
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_codex-profiler"))
}

/// The output of a run.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) code: i32,
    pub(super) text: String,
    pub(super) errors: String,
}

impl Said {
    /// The code that a plan is confirmed with.
    pub(super) fn code_of_plan(&self) -> &str {
        let found = || {
            let (_, behind) = self.text.split_once("/codex_auth confirm ")?;
            behind.split_whitespace().next()
        };
        found().unwrap_or_else(|| panic!("no plan: {self:?}"))
    }

    /// Everything that it has to hold, and how it has to end.
    pub(super) fn assert(&self, code: i32, texts: &[&str]) {
        for text in texts {
            assert!(self.text.contains(text), "no {text:?} in {self:?}");
        }
        assert_eq!(self.code, code, "{self:?}");
    }
}

/// The result of a run.
pub(super) struct Run {
    pub(super) code: i32,
    pub(super) json: Value,
}

/// Everything below a folder, with what would tell that it was written to.
pub(super) fn listing(folder: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = fs::symlink_metadata(&path).unwrap();
        if about.is_dir() {
            found.extend(listing(&path));
        }
        found.insert(path, (about.len(), about.modified().unwrap()));
    }
    found
}

/// The first file below a folder that holds a text.
fn file_with(folder: &Path, text: &str) -> Option<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap_or_default();
        let mut parts = bytes.windows(text.len());
        parts.any(|part| part == text.as_bytes())
    };
    listing(folder).into_keys().find(holds)
}

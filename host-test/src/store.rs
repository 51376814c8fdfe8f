//! The gateway's stored sign-ins, read and never written.
//!
//! OpenClaw kept them in two ways. Up to 2026.6.1 an agent's folder holds
//! `auth-profiles.json` and, from 2026.4 on, `auth-state.json` beside it.
//! Later ones keep rows of SQLite databases: the shared ones in
//! `state/openclaw.sqlite` (or, where its row `auth.sharedStore` does not say
//! `state-db`, in the database of the agent `main`), an agent's own in
//! `openclaw-agent.sqlite` of its folder. Which one a machine has is found by
//! looking, never assumed from a version.
//!
//! In both, an agent inherits what is shared: its own profile, usage record,
//! order of a provider or last good profile replaces the shared one of the same
//! name, whole. The modules below follow one way in: `json` and `sqlite` read a
//! `layer` each, `stored` merges two of them, `profile` turns an entry into what
//! the component may know. Profiles come out sorted by id.
//!
//! What may be here is a living gateway's: nothing is resolved, refreshed, locked
//! for longer than a read, or created.

mod json;
mod layer;
mod profile;
mod sqlite;
mod stored;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use self::stored::Stored;
use crate::digest;
use crate::policy;
use crate::secret::Secret;

/// No store that people have is near this. More is refused rather than parsed.
const LIMIT: u64 = 32 * 1024 * 1024;

/// Where the sign-ins are kept, which tells what the gateway can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// `auth-profiles.json`: OpenClaw up to 2026.6.1.
    Json,
    /// SQLite: later ones.
    Sqlite,
}

/// What could be sent for a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// An access token that has not expired, fit to be an HTTP header.
    Ready(Secret),
    /// Past its expiry. The gateway refreshes it on next use; nothing here does.
    Expired,
    /// The gateway replaced the credential after a failed refresh.
    Fenced,
    /// No token is stored, or none that could be sent.
    Missing,
}

/// Mixed state that explains odd behaviour of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finding {
    /// Both a JSON store and a SQLite store hold sign-ins. SQLite was read.
    BothStores,
    /// `auth.json` of an older version is still there. It is not read.
    LegacyAuthJson,
    /// `auth-profiles.json.migrated-…` or its like holds tokens in plain text.
    MigratedPlainTokens,
    /// A cooldown that has passed is still recorded.
    StaleCooldown,
    /// An order names a profile that is not stored.
    OrderNamesMissing,
    /// Profiles carry provider ids of both eras.
    MixedProviders,
    /// Part of the store could not be understood and was left out.
    SkippedEntries,
}

/// A stored ChatGPT/Codex sign-in. Instants are seconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// `provider:label`, as the gateway spells it.
    pub id: String,
    /// The first eight hex digits of the id's SHA-256.
    pub handle: String,
    /// The provider stored with it, or else the one its id begins with.
    pub provider: String,
    /// What could be sent for it.
    pub access: Access,
    /// The earlier of the stored expiry and the token's own `exp`.
    pub expires_at: Option<i64>,
    /// Whether the gateway could refresh it.
    pub has_refresh: bool,
    /// The upstream account: the stored id, or else the token's claim.
    pub account_id: Option<String>,
    /// The upstream user, out of the token's claims.
    pub user_id: Option<String>,
    /// When the gateway last used it.
    pub last_used_at: Option<i64>,
    /// When it last failed.
    pub last_failure_at: Option<i64>,
    /// The gateway skips the profile until then. Never in the past.
    pub cooldown_until: Option<i64>,
    /// The gateway's word for why: 1 to 40 of `a-z`, `0-9`, `_`, `-`.
    pub cooldown_reason: Option<String>,
    /// Failures in a row.
    pub error_count: u32,
    /// Failures by the gateway's word for them, sorted.
    pub failure_counts: Vec<(String, u32)>,
}

/// A profile of the same provider that is no ChatGPT/Codex sign-in, and can stand in
/// the order all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `provider:label`, as the gateway spells it.
    pub id: String,
    /// What is stored.
    pub kind: KeyKind,
}

/// What a profile holds that is no sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// An API key.
    ApiKey,
    /// A token that was pasted.
    Token,
}

/// What an agent of the gateway can sign in with.
#[derive(Debug, Clone)]
pub struct SignIns {
    /// Which kind of store they came from.
    pub era: Era,
    /// That store's path, the home folder shortened to `~`.
    pub source: String,
    /// The provider under which orders are kept.
    pub provider: String,
    /// Every ChatGPT/Codex sign-in, sorted by id.
    pub profiles: Vec<Profile>,
    /// What else the provider has, sorted by id.
    pub keys: Vec<Key>,
    /// The agent's own order.
    pub order: Option<Vec<String>>,
    /// The order that holds, or would hold, where the agent has none of its own.
    pub inherited_order: Option<Vec<String>>,
    /// The profile that last worked, if it is still stored.
    pub last_good: Option<String>,
    /// Sorted, each once.
    pub findings: Vec<Finding>,
    /// Every secret seen on the way, of every provider and kind: to find leaks
    /// by, never to send.
    pub secrets: Vec<Secret>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// There is no store.
    Missing,
    /// It is there and may not be read, or is not a file.
    Unreadable,
    /// It was read and is not a store.
    Malformed,
    /// A SQLite gateway without sign-ins beside a JSON store with some.
    Unmigrated,
    /// Another program holds it locked, or kept changing it while it was read.
    Locked,
    /// It is larger than 32 MiB.
    TooLarge,
    /// The agent's name is not one that can name a folder.
    BadAgent,
}

/// A failure, and where it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// What went wrong.
    pub failure: Failure,
    /// The path looked at, the home folder shortened to `~`; for
    /// [`Failure::BadAgent`] the folder of the agents.
    pub source: String,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = &self.source;
        match self.failure {
            Failure::Missing => write!(
                f,
                "no sign-ins are stored at {at}: sign in with `openclaw models auth login`"
            ),
            Failure::Unreadable => write!(
                f,
                "{at} could not be read: it must be a file that this user may read"
            ),
            Failure::Malformed => write!(
                f,
                "{at} is not a store of sign-ins: run `openclaw doctor --fix`"
            ),
            Failure::Unmigrated => write!(
                f,
                "the sign-ins at {at} were never taken over by this OpenClaw: run `openclaw doctor --fix`"
            ),
            Failure::Locked => write!(f, "{at} is in use by another program: try again"),
            Failure::TooLarge => write!(
                f,
                "{at} is larger than {} MiB: run `openclaw doctor --fix`",
                LIMIT >> 20
            ),
            Failure::BadAgent => write!(
                f,
                "that agent cannot have a folder in {at}: name one that `openclaw agents list` shows"
            ),
        }
    }
}

impl std::error::Error for StoreError {}

/// Where to look.
#[derive(Debug, Clone)]
pub struct Place {
    /// The user's home folder.
    pub home: PathBuf,
    /// `OPENCLAW_STATE_DIR`. Without it: `~/.openclaw`, or `~/.clawdbot` where
    /// only that exists.
    pub state_dir: Option<PathBuf>,
    /// One file, JSON or SQLite by its content, instead of all others.
    pub auth_path: Option<PathBuf>,
    /// The agent's name. Like the gateway, this folds it to lower case.
    pub agent: String,
}

/// Reads the sign-ins of an agent as they are at `now`, in epoch seconds.
///
/// # Errors
///
/// A [`StoreError`] says what is wrong with the store and where it is. Entries
/// that are wrong by themselves are left out and reported as
/// [`Finding::SkippedEntries`].
pub fn read(place: &Place, now: i64) -> Result<SignIns, StoreError> {
    let state_dir = state_dir(place);
    if !policy::is_agent(&place.agent) {
        return Err(place.error(Failure::BadAgent, &state_dir.join("agents")));
    }
    match &place.auth_path {
        Some(path) => read_file(place, path, now),
        None => read_state_dir(place, &state_dir, now),
    }
}

/// Takes store documents that are already in memory, for worlds that were
/// recorded: each is what a JSON store holds, whatever the era it plays. `shared` is
/// what the agent inherits.
///
/// # Errors
///
/// [`Failure::Malformed`] where one is not a store.
pub fn parse(
    own: &str,
    shared: Option<&str>,
    era: Era,
    source: &str,
    now: i64,
) -> Result<SignIns, StoreError> {
    let malformed = || StoreError {
        failure: Failure::Malformed,
        source: source.to_owned(),
    };
    let layer = |text: &str| {
        let layer = layer::Layer::parse(text).ok_or_else(malformed)?;
        Ok((layer, PathBuf::from(source)))
    };
    let own = layer(own)?;
    let shared = shared.map(layer).transpose()?;
    let stored = Stored::new(era, Some(own), shared).ok_or_else(malformed)?;
    Ok(stored.sign_ins(source.to_owned(), BTreeSet::new(), now))
}

impl SignIns {
    /// A digest of what a change is planned on: who is signed in under which name, and
    /// the orders. What moves by itself, as expiries and cooldowns do, is left out.
    pub fn digest(&self) -> String {
        let whom = |each: &Profile| {
            (
                each.id.clone(),
                each.account_id.clone(),
                each.user_id.clone(),
            )
        };
        let profiles: Vec<_> = self.profiles.iter().map(whom).collect();
        let keys: Vec<&str> = self.keys.iter().map(|key| key.id.as_str()).collect();
        let era = format!("{:?}", self.era);
        let state = serde_json::json!([
            era,
            self.source,
            self.provider,
            profiles,
            keys,
            self.order,
            self.inherited_order,
        ]);
        digest::short(state.to_string().as_bytes(), 32)
    }

    /// Whether a profile of this id is stored.
    pub fn has(&self, id: &str) -> bool {
        self.profiles.iter().any(|each| each.id == id) || self.keys.iter().any(|key| key.id == id)
    }
}

fn read_file(place: &Place, path: &Path, now: i64) -> Result<SignIns, StoreError> {
    let fail = |failure| place.error(failure, path);
    let (era, layer) = if sqlite::is_database(path).map_err(fail)? {
        (Era::Sqlite, sqlite::any(path))
    } else {
        (Era::Json, json::read(path))
    };
    let own = layer
        .map_err(fail)?
        .map(|layer| (layer, path.to_path_buf()));
    let stored = Stored::new(era, own, None).ok_or_else(|| fail(Failure::Missing))?;
    Ok(place.sign_ins(stored, leftovers(path.parent()), now))
}

fn read_state_dir(place: &Place, state_dir: &Path, now: i64) -> Result<SignIns, StoreError> {
    let folders = Folders::new(state_dir, &place.agent.to_ascii_lowercase());
    let fail = |failure: Failed| place.error(failure.0, &failure.1);
    let mut findings = leftovers(folders.all());
    let (stored, database) = databases(&folders).map_err(fail)?;
    match stored {
        Some(mut stored) if stored.has_entries() => {
            if let Ok(Some(left)) = files(&folders)
                && left.has_entries()
            {
                findings.insert(Finding::BothStores);
                stored.add_secrets_of(left);
            }
            Ok(place.sign_ins(stored, findings, now))
        }
        stored if let Some(database) = database => match (folders.file_there(), stored) {
            (Some(file), _) => Err(place.error(Failure::Unmigrated, &file)),
            (None, Some(stored)) => Ok(place.sign_ins(stored, findings, now)),
            (None, None) => Err(place.error(Failure::Missing, &database)),
        },
        _ => files(&folders)
            .map_err(fail)?
            .map(|stored| place.sign_ins(stored, findings, now))
            .ok_or_else(|| place.error(Failure::Missing, &json::path(&folders.own))),
    }
}

type Failed = (Failure, PathBuf);

/// What the SQLite databases hold for the agent, and the one that shows that
/// this gateway keeps its sign-ins so. The shared one alone does not: 2026.6.1
/// made it and went on reading JSON.
fn databases(folders: &Folders) -> Result<(Option<Stored>, Option<PathBuf>), Failed> {
    let path = &folders.shared_database;
    let state = sqlite::shared(path).map_err(|failure| (failure, path.clone()))?;
    let agent = |folder: &Path| {
        let path = sqlite::path(folder);
        match sqlite::agent(&path) {
            Ok(layer) => Ok(layer.map(|layer| (layer, path))),
            Err(failure) => Err((failure, path)),
        }
    };
    let own = agent(&folders.own)?;
    let main = match state.owner {
        sqlite::Owner::State => None,
        _ if folders.is_main() => None,
        _ => agent(&folders.main)?,
    };
    let in_state = state.layer.map(|layer| (layer, path.clone()));
    let shared = match state.owner {
        sqlite::Owner::State => in_state,
        sqlite::Owner::Main => main,
        // Nothing says who owns what is shared: the agent `main`, and below it the
        // shared database.
        sqlite::Owner::Unsaid => main.or(in_state),
    };
    let shows = [&folders.own, &folders.main]
        .map(|folder| sqlite::path(folder))
        .into_iter()
        .find(|path| path.exists())
        .or_else(|| state.has_table.then(|| path.clone()));
    Ok((Stored::new(Era::Sqlite, own, shared), shows))
}

/// What the JSON files hold for the agent.
fn files(folders: &Folders) -> Result<Option<Stored>, Failed> {
    let agent = |folder: &Path| {
        let path = json::path(folder);
        match json::read(&path) {
            Ok(layer) => Ok(layer.map(|layer| (layer, path))),
            Err(failure) => Err((failure, path)),
        }
    };
    let own = agent(&folders.own)?;
    let main = if folders.is_main() {
        None
    } else {
        agent(&folders.main)?
    };
    Ok(Stored::new(Era::Json, own, main))
}

/// The folders that matter to one agent.
struct Folders {
    shared_database: PathBuf,
    credentials: PathBuf,
    main: PathBuf,
    own: PathBuf,
}

impl Folders {
    fn new(state_dir: &Path, agent: &str) -> Self {
        let folder = |agent: &str| state_dir.join("agents").join(agent).join("agent");
        Self {
            shared_database: state_dir.join("state").join("openclaw.sqlite"),
            credentials: state_dir.join("credentials"),
            main: folder("main"),
            own: folder(agent),
        }
    }

    fn is_main(&self) -> bool {
        self.own == self.main
    }

    fn all(&self) -> impl Iterator<Item = &Path> {
        [&self.own, &self.main, &self.credentials]
            .into_iter()
            .map(PathBuf::as_path)
    }

    fn file_there(&self) -> Option<PathBuf> {
        [&self.own, &self.main]
            .map(|folder| json::path(folder))
            .into_iter()
            .find(|path| path.exists())
    }
}

impl Place {
    fn sign_ins(&self, stored: Stored, findings: BTreeSet<Finding>, now: i64) -> SignIns {
        let source = self.shorten(&stored.path);
        stored.sign_ins(source, findings, now)
    }

    fn error(&self, failure: Failure, path: &Path) -> StoreError {
        StoreError {
            failure,
            source: self.shorten(path),
        }
    }

    /// The path as a person would write it, on one line.
    fn shorten(&self, path: &Path) -> String {
        let text = match path.strip_prefix(&self.home) {
            Ok(rest) if !self.home.as_os_str().is_empty() => Path::new("~").join(rest),
            _ => path.to_path_buf(),
        };
        text.display()
            .to_string()
            .replace(|c: char| c.is_control(), "?")
    }
}

fn state_dir(place: &Place) -> PathBuf {
    match &place.state_dir {
        Some(dir) if !dir.as_os_str().is_empty() => match dir.strip_prefix("~") {
            Ok(rest) => place.home.join(rest),
            Err(_) => dir.clone(),
        },
        _ => {
            let dir = place.home.join(".openclaw");
            let older = place.home.join(".clawdbot");
            if !dir.exists() && older.exists() {
                older
            } else {
                dir
            }
        }
    }
}

/// What older versions and migrations left in these folders.
fn leftovers<'a>(folders: impl IntoIterator<Item = &'a Path>) -> BTreeSet<Finding> {
    let entries = folders
        .into_iter()
        .filter_map(|folder| fs::read_dir(folder).ok());
    let names = entries.flatten().flatten().map(|entry| entry.file_name());
    names
        .filter_map(|name| leftover(&name.to_string_lossy()))
        .collect()
}

fn leftover(name: &str) -> Option<Finding> {
    if name == "auth.json" {
        return Some(Finding::LegacyAuthJson);
    }
    ["auth-profiles.json", "auth.json", "oauth.json"]
        .iter()
        .filter_map(|store| name.strip_prefix(store))
        .any(|rest| {
            rest.starts_with(".migrated-")
                || rest.starts_with(".sqlite-import.") && rest.ends_with(".bak")
        })
        .then_some(Finding::MigratedPlainTokens)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use rusqlite::Connection;
    use serde_json::{Value, json};
    use tempfile::TempDir;

    use super::*;

    const NOW: i64 = 1_790_000_000;

    /// A home folder of its own, gone when dropped.
    struct Home(TempDir);

    impl Home {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn place(&self, agent: &str) -> Place {
            Place {
                home: self.0.path().to_path_buf(),
                state_dir: None,
                auth_path: None,
                agent: agent.to_owned(),
            }
        }

        fn read(&self, agent: &str) -> Result<SignIns, StoreError> {
            read(&self.place(agent), NOW)
        }

        fn failure(&self, agent: &str) -> Failure {
            self.read(agent).unwrap_err().failure
        }

        fn path(&self, path: &str) -> PathBuf {
            let path = self.0.path().join(".openclaw").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            path
        }

        fn write(&self, path: &str, content: impl AsRef<[u8]>) {
            fs::write(self.path(path), content).unwrap();
        }

        fn shared(&self, rows: &[(&str, Value)]) {
            let database = Connection::open(self.path("state/openclaw.sqlite")).unwrap();
            database
                .execute_batch(
                    "PRAGMA journal_mode = WAL;
                    CREATE TABLE config_machine_state(state_key TEXT PRIMARY KEY, value_json TEXT)",
                )
                .unwrap();
            for (key, value) in rows {
                let insert = "INSERT INTO config_machine_state VALUES (?1, ?2)";
                database
                    .execute(insert, [*key, &value.to_string()])
                    .unwrap();
            }
        }

        fn agent(&self, agent: &str, store: Option<Value>, state: Option<Value>) {
            let path = self.path(&format!("agents/{agent}/agent/openclaw-agent.sqlite"));
            let database = Connection::open(path).unwrap();
            database
                .execute_batch(
                    "PRAGMA journal_mode = WAL;
                    CREATE TABLE auth_profile_store(store_key TEXT PRIMARY KEY, store_json TEXT);
                    CREATE TABLE auth_profile_state(state_key TEXT PRIMARY KEY, state_json TEXT)",
                )
                .unwrap();
            for (table, row) in [("store", store), ("state", state)] {
                if let Some(row) = row {
                    let insert = format!("INSERT INTO auth_profile_{table} VALUES ('primary', ?1)");
                    database.execute(&insert, [row.to_string()]).unwrap();
                }
            }
        }
    }

    fn oauth(provider: &str, access: &str) -> Value {
        json!({"type": "oauth", "provider": provider, "access": access, "refresh": "FAKE-REFRESH"})
    }

    fn store(ids: &[&str]) -> Value {
        let entry = |id: &&str| ((*id).to_owned(), oauth(id.split(':').next().unwrap(), id));
        json!({"version": 1, "profiles": Value::Object(ids.iter().map(entry).collect())})
    }

    fn owner(location: &str) -> (&'static str, Value) {
        ("auth.sharedStore", json!({"location": location}))
    }

    fn ids(sign_ins: &SignIns) -> Vec<&str> {
        sign_ins
            .profiles
            .iter()
            .map(|profile| profile.id.as_str())
            .collect()
    }

    /// A store that an upgrade left half way, with fake tokens.
    const MIXED: &str = include_str!("store/mixed-eras.json");

    #[test]
    fn a_store_of_mixed_eras_is_read_as_the_gateway_reads_it() {
        let home = Home::new();
        home.write("agents/main/agent/auth-profiles.json", MIXED);
        let sign_ins = home.read("main").unwrap();

        assert_eq!(sign_ins.era, Era::Json);
        assert_eq!(
            sign_ins.source,
            "~/.openclaw/agents/main/agent/auth-profiles.json"
        );
        assert_eq!(sign_ins.provider, "openai-codex");
        assert_eq!(
            ids(&sign_ins),
            [
                "openai-codex:default",
                "openai-codex:user2@example.invalid",
                "openai:user3@example.invalid"
            ]
        );
        assert_eq!(
            sign_ins.order.as_deref(),
            Some(
                ["openai:user3@example.invalid", "openai-codex:default"]
                    .map(String::from)
                    .as_slice()
            )
        );
        assert_eq!(sign_ins.inherited_order, None);
        assert_eq!(sign_ins.last_good.as_deref(), Some("openai-codex:default"));
        assert_eq!(sign_ins.findings, [Finding::MixedProviders]);

        let [default, second, third] = sign_ins.profiles.as_slice() else {
            panic!("three profiles");
        };
        assert!(matches!(default.access, Access::Ready(_)));
        assert_eq!(default.expires_at, Some(1_790_259_200));
        assert_eq!(default.last_used_at, Some(1_789_999_950));
        assert_eq!(
            second.account_id.as_deref(),
            Some("00000000-0000-4000-8000-000000000002")
        );
        assert_eq!(second.user_id.as_deref(), Some("user-FAKE0002"));
        assert_eq!(third.access, Access::Expired);
        assert_eq!(
            (third.error_count, third.cooldown_until),
            (2, Some(1_790_432_000))
        );

        let secrets: Vec<&str> = sign_ins.secrets.iter().map(Secret::expose).collect();
        for secret in [
            "FAKE",
            "FAKE-API-KEY",
            "FAKE-REFRESH-1",
            "FAKE-REFRESH-2",
            "FAKE-REFRESH-3",
        ] {
            assert!(secrets.contains(&secret), "{secret}");
        }
        assert_eq!(
            secrets
                .iter()
                .filter(|secret| secret.starts_with("eyJ"))
                .count(),
            3
        );
    }

    #[test]
    fn a_store_may_be_given_as_one_file_of_either_kind() {
        let home = Home::new();
        home.write("elsewhere/store", MIXED);
        home.shared(&[("authProfiles.store", store(&["openai:a"]))]);
        home.agent("main", Some(store(&["openai:b"])), None);
        let read = |path: &str| {
            let mut place = home.place("main");
            place.auth_path = Some(home.path(path));
            read(&place, NOW)
        };
        assert_eq!(ids(&read("elsewhere/store").unwrap()).len(), 3);
        assert_eq!(ids(&read("state/openclaw.sqlite").unwrap()), ["openai:a"]);
        assert_eq!(
            ids(&read("agents/main/agent/openclaw-agent.sqlite").unwrap()),
            ["openai:b"]
        );
        assert_eq!(read("nowhere").unwrap_err().failure, Failure::Missing);
        assert_eq!(read("state").unwrap_err().failure, Failure::Unreadable);
        home.write("empty", "");
        assert_eq!(read("empty").unwrap_err().failure, Failure::Malformed);
        home.write("torn", "SQLite format 3\0 and no more");
        assert_eq!(read("torn").unwrap_err().failure, Failure::Malformed);
    }

    #[test]
    fn an_agents_own_rows_win_over_shared_ones() {
        let home = Home::new();
        let mut shared = store(&["openai:a", "openai:b"]);
        shared["profiles"]["anthropic:x"] = oauth("anthropic", "FAKE-OTHER");
        home.shared(&[
            owner("state-db"),
            ("authProfiles.store", shared),
            (
                "authProfiles.state",
                json!({"order": {"openai": ["openai:b", "openai:a"]},
                "lastGood": {"openai": "openai:b"},
                "usageStats": {"openai:a": {"errorCount": 1}, "openai:b": {"errorCount": 2}}}),
            ),
        ]);
        let mut own = store(&["openai:c"]);
        own["profiles"]["openai:b"] = oauth("openai", "FAKE-OWN");
        home.agent(
            "work",
            Some(own),
            Some(json!({"usageStats": {"openai:a": {"errorCount": 7}}})),
        );

        let main = home.read("main").unwrap();
        assert_eq!((main.era, main.provider.as_str()), (Era::Sqlite, "openai"));
        assert_eq!(main.source, "~/.openclaw/state/openclaw.sqlite");
        assert_eq!(ids(&main), ["openai:a", "openai:b"]);
        assert_eq!(main.order, None);
        assert_eq!(main.inherited_order.unwrap(), ["openai:b", "openai:a"]);

        let work = home.read("Work").unwrap();
        assert_eq!(ids(&work), ["openai:a", "openai:b", "openai:c"]);
        assert_eq!(
            work.profiles[1].access,
            Access::Ready(Secret::new("FAKE-OWN"))
        );
        assert_eq!(
            work.profiles
                .iter()
                .map(|p| p.error_count)
                .collect::<Vec<_>>(),
            [7, 2, 0]
        );
        assert_eq!(
            work.inherited_order.unwrap(),
            ["openai:b", "openai:c", "openai:a"]
        );
        assert_eq!(work.last_good.as_deref(), Some("openai:b"));
        assert!(work.secrets.contains(&Secret::new("FAKE-OTHER")));
        assert!(work.secrets.contains(&Secret::new("FAKE-OWN")));
    }

    #[test]
    fn an_own_order_leaves_the_inherited_one_to_be_seen() {
        let home = Home::new();
        home.shared(&[
            owner("state-db"),
            ("authProfiles.store", store(&["openai:a", "openai:b"])),
            (
                "authProfiles.state",
                json!({"order": {"openai": ["openai:a", "openai:gone"]}}),
            ),
        ]);
        home.agent(
            "main",
            Some(store(&[])),
            Some(json!({"order": {"openai": ["openai:b"]}})),
        );
        let main = home.read("main").unwrap();
        assert_eq!(main.order.unwrap(), ["openai:b"]);
        assert_eq!(main.inherited_order.unwrap(), ["openai:a", "openai:gone"]);
        assert_eq!(main.findings, [Finding::OrderNamesMissing]);
    }

    #[test]
    fn without_a_shared_owner_the_agent_main_shares() {
        let home = Home::new();
        home.shared(&[
            owner("legacy-main"),
            ("authProfiles.store", store(&["openai:old"])),
        ]);
        home.agent(
            "main",
            Some(store(&["openai:a"])),
            Some(json!({"order": {"openai": ["openai:a"]}})),
        );
        let main = home.read("main").unwrap();
        assert_eq!(
            (ids(&main), main.inherited_order.is_some()),
            (vec!["openai:a"], false)
        );
        assert_eq!(main.order.as_deref().unwrap(), ["openai:a"]);
        let work = home.read("work").unwrap();
        assert_eq!(
            (ids(&work), work.order.is_some()),
            (vec!["openai:a"], false)
        );
        assert_eq!(work.inherited_order.unwrap(), ["openai:a"]);
    }

    #[test]
    fn an_agent_of_the_json_era_inherits_from_main() {
        let home = Home::new();
        let mut main = store(&["openai-codex:a", "openai-codex:b"]);
        main["order"] = json!({"openai-codex": ["openai-codex:b"]});
        home.write("agents/main/agent/auth-profiles.json", main.to_string());
        let ops = home.read("ops").unwrap();
        assert_eq!(ids(&ops), ["openai-codex:a", "openai-codex:b"]);
        assert_eq!(
            (ops.order, ops.inherited_order.unwrap()),
            (None, vec!["openai-codex:b".to_owned()])
        );
        assert_eq!(
            ops.source,
            "~/.openclaw/agents/main/agent/auth-profiles.json"
        );

        home.write(
            "agents/ops/agent/auth-profiles.json",
            store(&["openai-codex:c"]).to_string(),
        );
        home.write(
            "agents/ops/agent/auth-state.json",
            json!({"order": {"openai-codex": ["openai-codex:c"]}}).to_string(),
        );
        let ops = home.read("ops").unwrap();
        assert_eq!(
            ids(&ops),
            ["openai-codex:a", "openai-codex:b", "openai-codex:c"]
        );
        assert_eq!(ops.order.unwrap(), ["openai-codex:c"]);
        assert_eq!(ops.inherited_order.unwrap(), ["openai-codex:b"]);
        assert_eq!(
            ops.source,
            "~/.openclaw/agents/ops/agent/auth-profiles.json"
        );
    }

    #[test]
    fn what_an_upgrade_left_is_found() {
        let home = Home::new();
        let path = "agents/main/agent/auth-profiles.json";
        home.write(
            path,
            json!({"profiles": {"openai-codex:x": oauth("openai-codex", "FAKE-LEFT")}}).to_string(),
        );
        home.shared(&[owner("state-db")]);
        assert_eq!(home.failure("main"), Failure::Unmigrated);

        home.agent("main", Some(store(&["openai:a"])), None);
        home.write("agents/main/agent/auth.json", "{}");
        home.write(
            "agents/main/agent/auth-profiles.json.migrated-2026-06-01",
            "{}",
        );
        let main = home.read("main").unwrap();
        assert_eq!((main.era, ids(&main)), (Era::Sqlite, vec!["openai:a"]));
        assert_eq!(
            main.findings,
            [
                Finding::BothStores,
                Finding::LegacyAuthJson,
                Finding::MigratedPlainTokens
            ]
        );
        assert!(main.secrets.contains(&Secret::new("FAKE-LEFT")));
    }

    #[test]
    fn what_is_missing_or_broken_is_said() {
        let home = Home::new();
        let error = home.read("main").unwrap_err();
        assert_eq!(
            error.to_string(),
            "no sign-ins are stored at ~/.openclaw/agents/main/agent/auth-profiles.json: \
             sign in with `openclaw models auth login`"
        );
        home.write("agents/main/agent/auth-profiles.json", "");
        assert_eq!(home.failure("main"), Failure::Malformed);
        home.write("state/openclaw.sqlite", "not a database");
        let error = home.read("main").unwrap_err();
        assert_eq!(
            error.to_string(),
            "~/.openclaw/state/openclaw.sqlite is not a store of sign-ins: run `openclaw doctor --fix`"
        );
        fs::remove_file(home.path("state/openclaw.sqlite")).unwrap();
        home.shared(&[owner("state-db"), ("authProfiles.store", json!("text"))]);
        assert_eq!(home.failure("main"), Failure::Malformed);
    }

    #[test]
    fn a_bare_database_is_not_yet_the_store() {
        let home = Home::new();
        Connection::open(home.path("state/openclaw.sqlite"))
            .unwrap()
            .execute_batch("CREATE TABLE auth_profile_stores(store_key TEXT)")
            .unwrap();
        let path = "agents/main/agent/auth-profiles.json";
        assert_eq!(home.failure("main"), Failure::Missing);
        home.write(path, store(&["openai:a"]).to_string());
        let main = home.read("main").unwrap();
        assert_eq!((main.era, main.provider.as_str()), (Era::Json, "openai"));

        home.agent("main", None, None);
        assert_eq!(home.failure("main"), Failure::Unmigrated);
        fs::remove_file(home.path(path)).unwrap();
        let error = home.read("main").unwrap_err();
        assert_eq!(error.failure, Failure::Missing);
        assert_eq!(
            error.source,
            "~/.openclaw/agents/main/agent/openclaw-agent.sqlite"
        );
    }

    #[test]
    fn a_gateway_without_profiles_is_no_failure() {
        let home = Home::new();
        home.shared(&[owner("state-db"), ("authProfiles.store", store(&[]))]);
        let main = home.read("main").unwrap();
        assert_eq!((main.profiles.len(), main.provider.as_str()), (0, "openai"));
        home.write("agents/main/agent/auth-profiles.json", "{}");
        assert_eq!(home.failure("main"), Failure::Unmigrated);
    }

    #[test]
    fn an_agent_cannot_name_a_path() {
        let home = Home::new();
        let long = "a".repeat(10_000);
        for agent in [
            "", ".", "..", "a/b", "../main", "a\\b", "-x", "a\0b", "a b", "ма", &long,
        ] {
            let error = home.read(agent).unwrap_err();
            assert_eq!(error.failure, Failure::BadAgent, "{agent}");
            assert_eq!(error.source, "~/.openclaw/agents");
        }
        for agent in ["main", "Work_2", "a.b-c", &long[..64]] {
            assert_eq!(home.failure(agent), Failure::Missing, "{agent}");
        }
    }

    #[test]
    fn the_state_folder_may_be_elsewhere() {
        let home = Home::new();
        let mut place = home.place("main");
        let at = |place: &Place| {
            state_dir(place)
                .strip_prefix(&place.home)
                .unwrap()
                .to_owned()
        };
        assert_eq!(at(&place), Path::new(".openclaw"));
        fs::create_dir(place.home.join(".clawdbot")).unwrap();
        assert_eq!(at(&place), Path::new(".clawdbot"));
        fs::create_dir(place.home.join(".openclaw")).unwrap();
        assert_eq!(at(&place), Path::new(".openclaw"));
        place.state_dir = Some("~/other".into());
        assert_eq!(at(&place), Path::new("other"));
        place.state_dir = Some(PathBuf::new());
        assert_eq!(at(&place), Path::new(".openclaw"));
        place.state_dir = Some("/elsewhere".into());
        assert_eq!(state_dir(&place), Path::new("/elsewhere"));
    }

    #[test]
    fn a_thousand_profiles_are_read() {
        let home = Home::new();
        let names: Vec<String> = (0..1000).map(|n| format!("openai:{n:04}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        home.shared(&[owner("state-db"), ("authProfiles.store", store(&names))]);
        assert_eq!(ids(&home.read("main").unwrap()), names);
    }

    #[test]
    fn no_failure_tells_what_a_store_holds() {
        let home = Home::new();
        home.write(
            "agents/main/agent/auth-profiles.json",
            r#"{"profiles": "FAKE-SECRET"}"#,
        );
        let error = home.read("main").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("FAKE-SECRET"));
        home.write("agents/main/agent/auth-profiles.json", MIXED);
        assert!(!format!("{:?}", home.read("main").unwrap()).contains("FAKE-REFRESH"));
    }
}

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::secret::Secret;

const NOW: i64 = 1_790_000_000;

/// A path as this system writes it.
fn native(path: &str) -> String {
    path.replace('/', std::path::MAIN_SEPARATOR_STR)
}

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
            database.execute(insert, [*key, &value.to_string()]).unwrap();
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
    sign_ins.profiles.iter().map(|profile| profile.id.as_str()).collect()
}

/// A store that an upgrade left half way, with fake tokens.
const MIXED: &str = include_str!("mixed-eras.json");

#[test]
fn a_store_of_mixed_eras_is_read_as_the_gateway_reads_it() {
    let home = Home::new();
    home.write("agents/main/agent/auth-profiles.json", MIXED);
    let sign_ins = home.read("main").unwrap();

    assert_eq!(sign_ins.era, Era::Json);
    assert_eq!(sign_ins.source, native("~/.openclaw/agents/main/agent/auth-profiles.json"));
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
        Some(["openai:user3@example.invalid", "openai-codex:default"].map(String::from).as_slice())
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
    assert_eq!(second.account_id.as_deref(), Some("00000000-0000-4000-8000-000000000002"));
    assert_eq!(second.user_id.as_deref(), Some("user-FAKE0002"));
    assert_eq!(third.access, Access::Expired);
    assert_eq!((third.error_count, third.cooldown_until), (2, Some(1_790_432_000)));

    let secrets: Vec<&str> = sign_ins.secrets.iter().map(Secret::expose).collect();
    for secret in ["FAKE", "FAKE-API-KEY", "FAKE-REFRESH-1", "FAKE-REFRESH-2", "FAKE-REFRESH-3"] {
        assert!(secrets.contains(&secret), "{secret}");
    }
    assert_eq!(secrets.iter().filter(|secret| secret.starts_with("eyJ")).count(), 3);
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
    assert_eq!(ids(&read("agents/main/agent/openclaw-agent.sqlite").unwrap()), ["openai:b"]);
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
    home.agent("work", Some(own), Some(json!({"usageStats": {"openai:a": {"errorCount": 7}}})));

    let main = home.read("main").unwrap();
    assert_eq!((main.era, main.provider.as_str()), (Era::Sqlite, "openai"));
    assert_eq!(main.source, native("~/.openclaw/state/openclaw.sqlite"));
    assert_eq!(ids(&main), ["openai:a", "openai:b"]);
    assert_eq!(main.order, None);
    assert_eq!(main.inherited_order.unwrap(), ["openai:b", "openai:a"]);

    let work = home.read("Work").unwrap();
    assert_eq!(ids(&work), ["openai:a", "openai:b", "openai:c"]);
    assert_eq!(work.profiles[1].access, Access::Ready(Secret::new("FAKE-OWN")));
    assert_eq!(work.profiles.iter().map(|p| p.error_count).collect::<Vec<_>>(), [7, 2, 0]);
    assert_eq!(work.inherited_order.unwrap(), ["openai:b", "openai:c", "openai:a"]);
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
        ("authProfiles.state", json!({"order": {"openai": ["openai:a", "openai:gone"]}})),
    ]);
    home.agent("main", Some(store(&[])), Some(json!({"order": {"openai": ["openai:b"]}})));
    let main = home.read("main").unwrap();
    assert_eq!(main.order.unwrap(), ["openai:b"]);
    assert_eq!(main.inherited_order.unwrap(), ["openai:a", "openai:gone"]);
    assert_eq!(main.findings, [Finding::OrderNamesMissing]);
}

#[test]
fn without_a_shared_owner_the_agent_main_shares() {
    let home = Home::new();
    home.shared(&[owner("legacy-main"), ("authProfiles.store", store(&["openai:old"]))]);
    home.agent(
        "main",
        Some(store(&["openai:a"])),
        Some(json!({"order": {"openai": ["openai:a"]}})),
    );
    let main = home.read("main").unwrap();
    assert_eq!((ids(&main), main.inherited_order.is_some()), (vec!["openai:a"], false));
    assert_eq!(main.order.as_deref().unwrap(), ["openai:a"]);
    let work = home.read("work").unwrap();
    assert_eq!((ids(&work), work.order.is_some()), (vec!["openai:a"], false));
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
    assert_eq!(ops.source, native("~/.openclaw/agents/main/agent/auth-profiles.json"));

    home.write("agents/ops/agent/auth-profiles.json", store(&["openai-codex:c"]).to_string());
    home.write(
        "agents/ops/agent/auth-state.json",
        json!({"order": {"openai-codex": ["openai-codex:c"]}}).to_string(),
    );
    let ops = home.read("ops").unwrap();
    assert_eq!(ids(&ops), ["openai-codex:a", "openai-codex:b", "openai-codex:c"]);
    assert_eq!(ops.order.unwrap(), ["openai-codex:c"]);
    assert_eq!(ops.inherited_order.unwrap(), ["openai-codex:b"]);
    assert_eq!(ops.source, native("~/.openclaw/agents/ops/agent/auth-profiles.json"));
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
    home.write("agents/main/agent/auth-profiles.json.migrated-2026-06-01", "{}");
    let main = home.read("main").unwrap();
    assert_eq!((main.era, ids(&main)), (Era::Sqlite, vec!["openai:a"]));
    assert_eq!(
        main.findings,
        [Finding::BothStores, Finding::LegacyAuthJson, Finding::MigratedPlainTokens]
    );
    assert!(main.secrets.contains(&Secret::new("FAKE-LEFT")));
}

#[test]
fn what_is_missing_or_broken_is_said() {
    let home = Home::new();
    let error = home.read("main").unwrap_err();
    assert_eq!(
        error.to_string(),
        native(
            "no sign-ins are stored at ~/.openclaw/agents/main/agent/auth-profiles.json: \
             sign in with `openclaw models auth login`"
        )
    );
    home.write("agents/main/agent/auth-profiles.json", "");
    assert_eq!(home.failure("main"), Failure::Malformed);
    home.write("state/openclaw.sqlite", "not a database");
    let error = home.read("main").unwrap_err();
    assert_eq!(
        error.to_string(),
        native(
            "~/.openclaw/state/openclaw.sqlite is not a store of sign-ins: run `openclaw doctor --fix`"
        )
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
    assert_eq!(error.source, native("~/.openclaw/agents/main/agent/openclaw-agent.sqlite"));
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
    for agent in ["", ".", "..", "a/b", "../main", "a\\b", "-x", "a\0b", "a b", "ма", &long] {
        let error = home.read(agent).unwrap_err();
        assert_eq!(error.failure, Failure::BadAgent, "{agent}");
        assert_eq!(error.source, native("~/.openclaw/agents"));
    }
    for agent in ["main", "Work_2", "a.b-c", &long[..64]] {
        assert_eq!(home.failure(agent), Failure::Missing, "{agent}");
    }
}

#[test]
fn the_state_folder_may_be_elsewhere() {
    let home = Home::new();
    let mut place = home.place("main");
    let at = |place: &Place| state_dir(place).strip_prefix(&place.home).unwrap().to_owned();
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
    home.write("agents/main/agent/auth-profiles.json", r#"{"profiles": "FAKE-SECRET"}"#);
    let error = home.read("main").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("FAKE-SECRET"));
    home.write("agents/main/agent/auth-profiles.json", MIXED);
    assert!(!format!("{:?}", home.read("main").unwrap()).contains("FAKE-REFRESH"));
}

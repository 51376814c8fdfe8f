//! The live world: real stores of both eras on disk, the real TLS client, and a
//! chatgpt.com on loopback. Each test looks for every secret everywhere.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Output};
use std::sync::{Arc, Barrier, LazyLock, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use host_test::contract::chat;
use host_test::contract::commands::{Delivery, Origin};
use host_test::harness::{Command, Harness, Turn};
use host_test::host::Host;
use host_test::net::Client;
use host_test::state::StateFolder;
use host_test::store::Place;
use host_test::world::{Classes, Clock, Endpoint, Store, World};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::loopback::{Loopback, Reply, Request};

mod crowd;
mod loopback;

/// One fake sign-in, every secret of which is findable.
struct SignIn {
    label: &'static str,
    expires_in: i64,
}

const WORK: SignIn = SignIn { label: "work", expires_in: 864_000 };
const HOME: SignIn = SignIn { label: "home", expires_in: 864_000 };
const STALE: SignIn = SignIn { label: "stale", expires_in: -60 };

impl SignIn {
    fn access(&self) -> String {
        let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({
            "exp": *BEGUN + self.expires_in,
            "https://api.openai.com/auth": {
                "chatgpt_account_id": self.account(), "chatgpt_user_id": self.user(),
            },
        });
        let header = part(json!({ "alg": "none" }));
        format!("{header}.{}.canary-signature-of-{}", part(claims), self.label)
    }

    fn refresh(&self) -> String {
        format!("canary-refresh-token-of-{}", self.label)
    }

    fn account(&self) -> String {
        format!("canary-account-of-{}", self.label)
    }

    fn user(&self) -> String {
        format!("user-canary-of-{}", self.label)
    }

    fn entry(&self, provider: &str) -> Value {
        json!({
            "type": "oauth", "provider": provider, "access": self.access(),
            "refresh": self.refresh(), "expires": (now() + self.expires_in) * 1000,
            "accountId": self.account(), "email": format!("canary-{}@example.invalid", self.label),
        })
    }

    fn answer(&self) -> String {
        json!({
            "user_id": self.user(), "account_id": self.account(),
            "email": format!("canary-{}@example.invalid", self.label), "plan_type": "plus",
            "rate_limit": {
                "allowed": true, "limit_reached": false,
                "primary_window": {
                    "used_percent": 25, "limit_window_seconds": 18_000, "reset_after_seconds": 600,
                },
            },
        })
        .to_string()
    }
}

/// The instant that all tokens of this run go by: one is the same whenever it is made.
static BEGUN: LazyLock<i64> = LazyLock::new(now);

fn now() -> i64 {
    Clock::System.now()
}

/// A home with an OpenClaw of this era, signed in three times and once fenced.
fn home(provider: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let agent = home.path().join(".openclaw/agents/main/agent");
    fs::create_dir_all(&agent).unwrap();
    let mut profiles = serde_json::Map::new();
    for sign_in in [&WORK, &HOME, &STALE] {
        profiles.insert(format!("{provider}:{}", sign_in.label), sign_in.entry(provider));
    }
    let fence = "openclaw-oauth-refresh-fence:v1:canary";
    let mut fenced = WORK.entry(provider);
    fenced["access"] = json!(fence);
    fenced["expires"] = json!(1);
    profiles.insert(format!("{provider}:fenced"), fenced);
    let order = [format!("{provider}:home"), format!("{provider}:work")];
    let store = json!({ "version": 1, "profiles": profiles, "order": { provider: order } });
    match provider {
        "openai-codex" => {
            fs::write(agent.join("auth-profiles.json"), store.to_string()).unwrap();
        }
        _ => write_sqlite(&agent.join("openclaw-agent.sqlite"), &store),
    }
    home
}

fn write_sqlite(path: &Path, store: &Value) {
    let database = Connection::open(path).unwrap();
    database
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             CREATE TABLE auth_profile_store(store_key TEXT PRIMARY KEY, store_json TEXT);
             CREATE TABLE auth_profile_state(state_key TEXT PRIMARY KEY, state_json TEXT);",
        )
        .unwrap();
    let profiles = json!({ "version": 1, "profiles": store["profiles"] }).to_string();
    let state = json!({ "order": store["order"] }).to_string();
    database.execute("INSERT INTO auth_profile_store VALUES ('primary', ?1)", [profiles]).unwrap();
    database.execute("INSERT INTO auth_profile_state VALUES ('primary', ?1)", [state]).unwrap();
}

/// Every file below a folder, with its size.
fn listing(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(listing(&path));
        } else {
            files.insert(path.clone(), fs::metadata(&path).unwrap().len());
        }
    }
    files
}

/// The messages to a user of a channel with a message path, and the reply.
struct Seen {
    turn: Turn,
    messages: Vec<String>,
}

impl Seen {
    fn document(&self) -> Value {
        serde_json::from_str(self.turn.reply.json.as_deref().unwrap()).unwrap()
    }

    fn row(&self, label: &str) -> Value {
        let document = self.document();
        let rows = document["profiles"].as_array().unwrap();
        rows.iter().find(|row| row["label"] == label).unwrap().clone()
    }

    /// Fails where anything that a user could see holds a canary.
    fn holds_no_secret(&self) {
        let mut texts = self.messages.clone();
        texts.extend(self.turn.reply.json.clone());
        if let Delivery::Parts(parts) = &self.turn.reply.delivery {
            texts.extend(parts.iter().map(|part| part.text.clone()));
        }
        for text in texts {
            assert!(!text.contains("canary"), "{text}");
            assert!(!text.contains("eyJ"), "{text}");
        }
    }
}

/// The stores of this home, and a chatgpt.com on loopback.
fn live_world(home: &Path, server: &Loopback) -> World {
    World {
        store: Store::Live(Place {
            home: home.to_owned(),
            state_dir: None,
            auth_path: None,
            agent: "main".into(),
        }),
        endpoint: Endpoint::Live(Client::for_loopback(server.roots.clone(), server.address, None)),
        gateway: crowd::gateway(),
        clock: Clock::System,
        classes: Classes::default(),
        session: None,
        is_subscribable: false,
    }
}

fn check_all(home: &Path, server: &Loopback) -> Seen {
    let world = live_world(home, server);
    let messages = Arc::new(Mutex::new(Vec::new()));
    let outbox = {
        let messages = Arc::clone(&messages);
        Box::new(move |message: &chat::Message| messages.lock().unwrap().push(message.text.clone()))
    };
    let host = Host::new(Arc::new(world), None).with_outbox(outbox);
    let mut request = crowd::request(Origin::Command("all --retries 0".into()), 4096);
    request.now = now();
    let turn = Harness::new().unwrap().call(Command::Usage, &request, host).unwrap();
    let messages = messages.lock().unwrap().clone();
    let seen = Seen { turn, messages };
    seen.holds_no_secret();
    seen
}

/// Answers each sign-in as itself, by the token it sends.
fn by_token(request: &Request) -> Reply {
    let token = request.header("authorization").unwrap_or_default();
    let known = [&WORK, &HOME].into_iter().find(|sign_in| token.ends_with(&sign_in.access()));
    match known {
        Some(sign_in) => Reply::json(200, sign_in.answer()),
        None => Reply::json(401, r#"{"detail":"Unauthorized"}"#),
    }
}

fn both_eras_are_checked(provider: &str) {
    let home = home(provider);
    let before = listing(home.path());
    let server = Loopback::start(by_token);
    let seen = check_all(home.path(), &server);
    assert_eq!(listing(home.path()), before);

    assert!(matches!(seen.turn.reply.delivery, Delivery::NoReply));
    assert_eq!(seen.messages[0], "Running Codex usage checks now…");
    let document = seen.document();
    assert_eq!(document["summary"]["profiles_checked"], 4);
    assert_eq!(document["summary"]["remote_ok_count"], 2);
    for label in ["work", "home"] {
        let row = seen.row(label);
        assert_eq!(row["verdict"], "usable", "{row}");
        assert_eq!(row["remote_usage"]["windows"][0]["remaining_percent"], 75);
    }
    assert_eq!(seen.row("home")["order_position"], 1);
    assert_eq!(seen.row("stale")["error"]["code"], "missing_access_token");
    assert_eq!(seen.row("stale")["verdict"], "unknown");
    assert_eq!(seen.row("fenced")["error"]["reason"], "fenced");
    assert_eq!(seen.row("fenced")["verdict"], "broken");

    let requests = server.requests();
    assert_eq!(requests.len(), 2, "what is expired or fenced is never sent");
    for request in requests {
        assert_eq!(request.line(), "GET /backend-api/wham/usage HTTP/1.1");
        assert!(request.header("chatgpt-account-id").unwrap().starts_with("canary-account-of-"));
    }
}

#[test]
fn sign_ins_of_the_json_era_are_checked() {
    both_eras_are_checked("openai-codex");
}

#[test]
fn sign_ins_of_the_sqlite_era_are_checked() {
    both_eras_are_checked("openai");
}

#[test]
fn an_answer_that_gives_a_secret_back_is_dropped_whole() {
    let home = home("openai");
    let server = Loopback::start(|request| {
        let token = request.header("authorization").unwrap_or_default();
        Reply::json(500, json!({ "error": { "message": format!("boom for {token}") } }).to_string())
    });
    let seen = check_all(home.path(), &server);
    assert_eq!(seen.row("work")["error"]["code"], "bad_content");
}

#[test]
fn another_profiles_secret_in_an_answer_is_dropped_too() {
    let home = home("openai");
    let server = Loopback::start(|_| {
        Reply::json(200, json!({ "rate_limit": {}, "leak": STALE.refresh() }).to_string())
    });
    assert_eq!(check_all(home.path(), &server).row("work")["error"]["code"], "bad_content");
}

#[test]
fn a_redirect_is_reported_and_not_followed() {
    let home = home("openai");
    let server = Loopback::start(|_| {
        Reply::new(302, &[("location", "https://chatgpt.com/backend-api/wham/usage")], "")
    });
    let seen = check_all(home.path(), &server);
    assert_eq!(seen.row("work")["error"]["code"], "unexpected_redirect");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_server_that_nobody_trusts_learns_nothing() {
    let home = home("openai");
    let trusted = Loopback::start(by_token);
    let impostor = Loopback::start(by_token);
    let trusting = Client::for_loopback(trusted.roots.clone(), impostor.address, None);
    let world = World { endpoint: Endpoint::Live(trusting), ..live_world(home.path(), &impostor) };
    let request = crowd::request(Origin::Command("work --retries 0".into()), 4096);
    let host = crowd::host(world);
    let turn = Harness::new().unwrap().call(Command::Usage, &request, host).unwrap();
    let document: Value = serde_json::from_str(turn.reply.json.as_deref().unwrap()).unwrap();
    assert_eq!(document["profiles"][0]["error"]["code"], "request_failed");
    assert!(impostor.requests().is_empty());
}

#[test]
fn of_two_at_once_one_checks_and_the_other_is_told_so() {
    let home = home("openai");
    let state = tempfile::tempdir().unwrap();
    // The endpoint answers the first once the second was told.
    let (arrived, told) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let server = Loopback::start({
        let (arrived, told) = (Arc::clone(&arrived), Arc::clone(&told));
        move |request| {
            arrived.wait();
            told.wait();
            by_token(request)
        }
    });
    let ask = || {
        let state = Some(StateFolder::at(state.path()));
        let world = Arc::new(live_world(home.path(), &server));
        let host = Host::new(world, state);
        let mut request = crowd::request(Origin::Command("work".into()), 4096);
        request.now = now();
        let turn = Harness::new().unwrap().call(Command::Usage, &request, host).unwrap();
        match &turn.reply.delivery {
            Delivery::Parts(parts) => parts[0].text.clone(),
            Delivery::NoReply | Delivery::Alerts(_) => String::new(),
        }
    };
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(ask);
        arrived.wait();
        let second = ask();
        told.wait();
        (first.join().unwrap(), second)
    });
    assert_eq!(second, "Already running – the answer is on its way.");
    assert!(first.contains("75% left"), "{first}");
    assert_eq!(ask(), "Just answered, see above. You can ask again in a few seconds.");
    assert_eq!(server.requests().len(), 1);
}

// ---- the real program on stores that are not as they should be

/// Runs the program on this store, with a proxy that nobody answers at: whatever
/// goes wrong, nothing leaves this machine.
fn on_store(path: &Path, words: &[&str]) -> (Output, String) {
    let home = tempfile::tempdir().unwrap();
    let output = Process::new(env!("CARGO_BIN_EXE_codex-profiler"))
        .args(words)
        .args(["--auth-path"])
        .arg(path)
        .env_clear()
        .env("HOME", home.path())
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .output()
        .unwrap();
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "nothing is written");
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    (output, said)
}

fn usage_fails_with(content: Option<&[u8]>, sentence: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth-profiles.json");
    if let Some(content) = content {
        fs::write(&path, content).unwrap();
    }
    let (output, said) = on_store(&path, &["usage"]);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(sentence), "{said:?} does not say {sentence:?}");
    let (output, said) = on_store(&path, &["usage", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(document["ok"], false);
}

#[test]
fn a_missing_store_is_named() {
    usage_fails_with(None, "No OpenClaw sign-ins found in");
}

#[test]
fn an_empty_store_is_no_store() {
    usage_fails_with(Some(b""), "is damaged or not a sign-in store");
}

#[test]
fn a_store_that_is_not_json_or_cut_is_no_store() {
    usage_fails_with(Some(b"hello"), "is damaged or not a sign-in store");
    usage_fails_with(
        Some(br#"{"version":1,"profiles":{"openai:a":{"type"#),
        "is damaged or not a sign-in store",
    );
    usage_fails_with(Some(b"\xff\xfe\x00"), "is damaged or not a sign-in store");
    usage_fails_with(Some(b"[]"), "is damaged or not a sign-in store");
}

#[test]
fn a_store_without_a_sign_in_says_how_to_get_one() {
    usage_fails_with(Some(br#"{"version":1,"profiles":{}}"#), "contains no ChatGPT/Codex sign-in");
}

#[test]
fn a_store_of_fifty_megabytes_is_not_read() {
    let mut store = br#"{"version":1,"profiles":{},"padding":""#.to_vec();
    store.resize(50 << 20, b'x');
    store.extend(br#""}"#);
    usage_fails_with(Some(&store), "too large to be a sign-in store");
}

#[test]
fn a_folder_is_not_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let (output, said) = on_store(folder.path(), &["usage"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("cannot be read"), "{said}");
}

#[test]
fn an_agent_that_cannot_be_a_folder_is_refused() {
    let long = "a".repeat(10_000);
    for agent in ["..", "a/b", "", "-x", &long] {
        let home = tempfile::tempdir().unwrap();
        let output = Process::new(env!("CARGO_BIN_EXE_codex-profiler"))
            .args(["usage", &format!("--agent={agent}")])
            .env_clear()
            .env("HOME", home.path())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("not a valid agent name"), "{said}");
    }
}

#[test]
fn the_progress_line_is_the_one_the_component_knows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth-profiles.json");
    let profiles = json!({ "openai:stale": STALE.entry("openai") });
    fs::write(&path, json!({ "version": 1, "profiles": profiles }).to_string()).unwrap();
    for locale in ["en", "zh"] {
        let (output, said) = on_store(&path, &["usage", "--format=json", "--locale", locale]);
        let document: Value = serde_json::from_str(&said).unwrap();
        let progress = document["progress_message"].as_str().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("{progress}\n"));
    }
}

#[test]
fn odd_expiries_and_missing_tokens_are_rows() {
    let entry = |access: Value, expires: Value| json!({ "type": "oauth", "provider": "openai-codex", "access": access, "expires": expires });
    let store = json!({ "version": 1, "profiles": {
        "openai-codex:seconds": entry(json!("fake-token-without-claims-1"), json!(now() + 9000)),
        "openai-codex:text": entry(json!("fake-token-without-claims-2"), json!("1")),
        "openai-codex:zero": entry(json!("fake-token-without-claims-3"), json!(0)),
        "openai-codex:negative": entry(json!("fake-token-without-claims-4"), json!(-5)),
        "openai-codex:absurd": entry(json!("fake-token-without-claims-5"), json!(1e300)),
        "openai-codex:number": entry(json!(42), json!(null)),
        "openai-codex:none": { "type": "oauth", "provider": "openai-codex" },
        "openai-codex:broken": "not an object",
    }});
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth-profiles.json");
    fs::write(&path, store.to_string()).unwrap();
    let (output, said) = on_store(&path, &["auth", "status", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let document: Value = serde_json::from_str(&said).unwrap();
    let token = |label: &str| {
        let rows = document["profiles"].as_array().unwrap();
        let row = rows.iter().find(|row| row["label"] == label).unwrap();
        row["token"].as_str().unwrap().to_owned()
    };
    for (label, state) in [
        ("seconds", "ready"),
        ("text", "expired"),
        ("zero", "ready"),
        ("negative", "ready"),
        ("absurd", "ready"),
        ("number", "missing"),
        ("none", "missing"),
    ] {
        assert_eq!(token(label), state, "{label}");
    }
    assert_eq!(document["findings"][0]["code"], "skipped_entries");
}

/// A home whose shared database holds two sign-ins and an order, and whose agent
/// has these rows of its own.
fn shared_home(own_store: Option<&str>, own_state: Option<&str>) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join(".openclaw");
    fs::create_dir_all(root.join("state")).unwrap();
    fs::create_dir_all(root.join("agents/main/agent")).unwrap();
    let shared = Connection::open(root.join("state/openclaw.sqlite")).unwrap();
    shared
        .execute_batch(
            "CREATE TABLE config_machine_state(
                 state_key TEXT PRIMARY KEY, value_json TEXT, updated_at_ms INTEGER);",
        )
        .unwrap();
    let profiles =
        json!({ "openai:work": WORK.entry("openai"), "openai:home": HOME.entry("openai") });
    let put = |key: &str, value: Value| {
        shared
            .execute(
                "INSERT INTO config_machine_state VALUES (?1, ?2, 0)",
                [key, &value.to_string()],
            )
            .unwrap();
    };
    put("authProfiles.store", json!({ "version": 1, "profiles": profiles }));
    put("authProfiles.state", json!({ "order": { "openai": ["openai:work", "openai:home"] } }));
    if own_store.is_some() || own_state.is_some() {
        let own = Connection::open(root.join("agents/main/agent/openclaw-agent.sqlite")).unwrap();
        own.execute_batch(
            "CREATE TABLE auth_profile_store(store_key TEXT PRIMARY KEY, store_json TEXT);
             CREATE TABLE auth_profile_state(state_key TEXT PRIMARY KEY, state_json TEXT);",
        )
        .unwrap();
        for (table, row) in [("store", own_store), ("state", own_state)] {
            if let Some(row) = row {
                let insert = format!("INSERT INTO auth_profile_{table} VALUES ('primary', ?1)");
                own.execute(&insert, [row]).unwrap();
            }
        }
    }
    home
}

fn order_in(home: &Path) -> (Value, Value) {
    let output = Process::new(env!("CARGO_BIN_EXE_codex-profiler"))
        .args(["auth", "status", "--format", "json"])
        .env_clear()
        .env("HOME", home)
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["profiles"].as_array().unwrap().len(), 2, "{document}");
    (document["order"].clone(), document["order_is_inherited"].clone())
}

#[test]
fn what_agents_share_is_seen_through_an_agent_that_has_nothing() {
    for own in [None, Some(r#"{"version":1,"profiles":{}}"#)] {
        let home = shared_home(own, None);
        assert_eq!(order_in(home.path()), (json!(["work", "home"]), json!(true)));
    }
}

#[test]
fn an_agents_own_order_wins_over_the_shared_one() {
    let state = r#"{"order":{"openai":["openai:home"]}}"#;
    for own in [None, Some(r#"{"version":1,"profiles":{}}"#)] {
        let home = shared_home(own, Some(state));
        assert_eq!(order_in(home.path()), (json!(["home"]), json!(false)));
    }
}

#[test]
fn bash_completes_options_commands_and_profiles_and_no_files() {
    let home = home("openai");
    let program = Path::new(env!("CARGO_BIN_EXE_codex-profiler"));
    let bin = program.parent().unwrap().to_str().unwrap();
    fs::write(home.path().join("a-file"), "").unwrap();
    let completed = |words: &str, last: &str| {
        let ask = format!(
            "source <(codex-profiler completions bash); \
             COMP_WORDS=(codex-profiler {words} '{last}'); \
             COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _clap_complete_codex_profiler codex-profiler '{last}' ''; echo ${{COMPREPLY[*]}}"
        );
        let bash = Process::new("bash")
            .args(["-c", &ask])
            .current_dir(home.path())
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", format!("{bin}:{}", std::env::var("PATH").unwrap()))
            .output();
        String::from_utf8(bash.unwrap().stdout).unwrap()
    };
    assert_eq!(completed("", "us"), "usage\n");
    assert!(completed("usage", "--f").contains("--format"));
    assert!(completed("auth", "s").contains("status"));
    let profiles = "fenced home stale work";
    for (words, names) in [
        ("usage", format!("all default best rotation history {profiles}\n")),
        ("auth status", format!("{profiles}\n")),
        ("auth order set work", format!("{profiles}\n")),
        ("auth start", format!("{profiles}\n")),
    ] {
        let mut offered = completed(words, "");
        // Options follow.
        offered.truncate(offered.find(" --").unwrap_or(offered.len()));
        assert_eq!(offered.trim_end(), names.trim_end(), "{words}");
    }
}

// ---- the real program where it trusts nobody

#[test]
fn where_no_certificate_can_be_read_that_is_said_and_nobody_is_asked() {
    let home = home("openai");
    let empty = home.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    let missing = home.path().join("missing");
    for (name, place) in
        [("SSL_CERT_FILE", &empty), ("SSL_CERT_FILE", &missing), ("SSL_CERT_DIR", &missing)]
    {
        let output = Process::new(env!("CARGO_BIN_EXE_codex-profiler"))
            .args(["usage", "--format", "json"])
            .env_clear()
            .env("HOME", home.path())
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .env(name, place)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["error"]["code"], "not_started", "{document}");
        let message = document["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("no trusted certificates"), "{message}");
        assert!(message.contains("SSL_CERT_FILE can name a PEM file of them"), "{message}");
        let is_named = message.contains(missing.to_str().unwrap());
        assert_eq!(is_named, place == &missing, "{message}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.ends_with(&format!("codex-profiler: {message}\n")), "{said}");
    }
}

// ---- the real program, interrupted

/// A terminal's Ctrl-C does not reach a command that has a group of its own.
#[cfg(unix)]
#[test]
fn who_interrupts_a_look_ends_the_gateways_command_and_what_it_started() {
    use std::os::unix::fs::PermissionsExt;

    use rustix::process::{Pid, Signal, kill_process, test_kill_process};
    let home = home("openai");
    let openclaw = home.path().join("openclaw");
    // It never answers, and leaves its word of who it is.
    let script = "#!/bin/sh\nsleep 600 &\necho $$ $! >\"$HOME/ids.new\"\nmv \"$HOME/ids.new\" \"$HOME/ids\"\nwait\n";
    fs::write(&openclaw, script).unwrap();
    fs::set_permissions(&openclaw, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut child = Process::new(env!("CARGO_BIN_EXE_codex-profiler"))
        .args(["auth", "status"])
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", format!("{}:{path}", home.path().display()))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let ids = home.path().join("ids");
    let started = until(|| fs::read_to_string(&ids).ok());
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    for id in started.split_whitespace() {
        let pid = Pid::from_raw(id.parse().unwrap()).unwrap();
        // Dead, even where nobody has asked yet what became of it.
        let stat = || fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let is_dead = || test_kill_process(pid).is_err() || stat().contains(") Z ");
        until(|| is_dead().then_some(()));
    }
}

/// Returns the value that is there within half a minute.
#[cfg(unix)]
fn until<T>(find: impl Fn() -> Option<T>) -> T {
    for _ in 0..1500 {
        if let Some(found) = find() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it did not come in time");
}

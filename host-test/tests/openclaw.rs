//! Stores that the real OpenClaw made, of both eras, read by the real program.
//! `.ci/openclaw.sh` installs the two versions and prints the variables that
//! name them. Each test has a home folder of its own; every sign-in is made up,
//! and the only chatgpt.com they reach is on this machine.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod loopback;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use loopback::{Loopback, LoopbackProxy, ProxyKind, Reply, Request};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

const DAY: i64 = 24 * 60 * 60;

/// A version of OpenClaw, and what is particular to its era.
struct Release {
    /// The variable that names the folder with its `openclaw`.
    variable: &'static str,
    version: &'static str,
    provider: &'static str,
    /// Where it keeps its sign-ins, inside the state folder.
    store: &'static str,
    /// What its way of keeping them leaves to be told.
    findings: &'static [&'static str],
}

const CURRENT: Release = Release {
    variable: "CODEX_PROFILER_OPENCLAW_CURRENT",
    version: "2026.9.6",
    provider: "openai",
    store: SHARED_DATABASE,
    findings: &["migrated_plain_tokens"],
};

const OLDER: Release = Release {
    variable: "CODEX_PROFILER_OPENCLAW_2026_3",
    version: "2026.3.8",
    provider: "openai-codex",
    store: JSON_STORE,
    findings: &[],
};

const JSON_STORE: &str = "agents/main/agent/auth-profiles.json";
const SHARED_DATABASE: &str = "state/openclaw.sqlite";

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn the_store_of_the_current_version_is_read_as_its_gateway_reads_it() {
    is_read_as_the_gateway_reads_it(&CURRENT);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn the_store_of_2026_3_is_read_as_its_gateway_reads_it() {
    is_read_as_the_gateway_reads_it(&OLDER);
}

fn is_read_as_the_gateway_reads_it(release: &'static Release) {
    let gateway = Gateway::signed_in(release);
    gateway.set_order("main", &["work", "backup", "default"]);
    let status = gateway.status();

    assert_eq!(status["ok"], true);
    assert_eq!(status["source"], format!("~/.openclaw/{}", release.store));
    assert_eq!(status["provider"], release.provider);
    assert_eq!(status["gateway_version"], release.version);
    assert_eq!(codes(&status), release.findings);

    assert_eq!(status["order"], json!(["work", "backup", "default"]));
    assert_eq!(status["order_is_inherited"], false);
    assert_eq!(
        gateway.order("main"),
        gateway.ids(&["work", "backup", "default"])
    );

    let found = status["profiles"].as_array().unwrap();
    assert_eq!(labels(found), ["work", "backup", "default"]);
    for (index, profile) in found.iter().enumerate() {
        let label = profile["label"].as_str().unwrap();
        assert_eq!(profile["profile"], gateway.id(label));
        assert_eq!(profile["provider"], release.provider);
        assert_eq!(profile["type"], "oauth");
        assert_eq!(profile["token"], "ready");
        assert_eq!(profile["order_position"], index + 1);
        assert_eq!(profile["in_order"], true);
        assert_eq!(profile["cooldown_until"], Value::Null);
        let expires_at = gateway.sign_in(label).expires_at;
        assert_eq!(seconds(&profile["token_expiry"]), expires_at, "{label}");
    }
    assert_eq!(expiries(found), gateway.expiries());
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_check_sends_each_profile_of_the_current_version_its_own_token() {
    sends_each_profile_its_own_token(&CURRENT);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_check_sends_each_profile_of_2026_3_its_own_token() {
    sends_each_profile_its_own_token(&OLDER);
}

fn sends_each_profile_its_own_token(release: &'static Release) {
    let gateway = Gateway::signed_in(release);
    let chatgpt = ChatGpt::start(&gateway.sign_ins);
    let usage = gateway.usage(&chatgpt);

    assert_eq!(usage["ok"], true);
    assert_eq!(usage["summary"]["profiles_checked"], 3);
    assert_eq!(usage["summary"]["remote_ok_count"], 3);
    let rows = usage["profiles"].as_array().unwrap();
    assert_eq!(sorted(labels(rows)), ["backup", "default", "work"]);
    for row in rows {
        let sign_in = gateway.sign_in(row["label"].as_str().unwrap());
        assert_eq!(row["profile"], gateway.id(sign_in.label));
        assert_eq!(row["remote_usage_ok"], true);
        assert_eq!(row["verdict"], "usable");
        assert_eq!(row["remote_usage"]["plan"], sign_in.plan);
        let session = &row["remote_usage"]["windows"][0];
        assert_eq!(session["role"], "session");
        assert_eq!(session["used_percent"], f64::from(sign_in.used_percent));
    }
    assert_eq!(codes(&usage), release.findings);
    assert_eq!(
        chatgpt.asked(),
        gateway.expected_requests(&gateway.sign_ins)
    );
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn an_upgrade_keeps_order_and_health_under_new_names() {
    let gateway = Gateway::new(&CURRENT);
    let now = now();
    let mut store = store_of(&gateway.sign_ins, OLDER.provider);
    store["order"] = json!({"openai-codex": ["openai-codex:backup", "openai-codex:work"]});
    store["lastGood"] = json!({"openai-codex": "openai-codex:work"});
    store["usageStats"] = json!({
        "openai-codex:work": {
            "lastUsed": (now - 2 * DAY) * 1000,
            "lastFailureAt": (now - DAY) * 1000,
            "errorCount": 2,
            "failureCounts": {"rate_limit": 2},
            "cooldownUntil": (now - DAY + 60) * 1000,
        },
        "openai-codex:backup": {"errorCount": 1, "cooldownUntil": (now + DAY) * 1000},
    });
    gateway.write(JSON_STORE, &store);
    gateway.migrate();

    let status = gateway.status();
    assert_eq!(status["provider"], "openai");
    assert_eq!(status["order"], json!(["backup", "work"]));
    assert_eq!(status["order_is_inherited"], true);
    assert_eq!(gateway.order("main"), gateway.ids(&["backup", "work"]));
    assert_eq!(
        sorted(codes(&status)),
        ["migrated_plain_tokens", "stale_cooldown"]
    );
    let profiles = status["profiles"].as_array().unwrap();
    assert_eq!(labels(profiles), ["backup", "work", "default"]);
    let [backup, work, default] = &profiles[..] else {
        panic!("three profiles: {status:#}");
    };
    assert_eq!(backup["profile"], "openai:backup");
    assert_eq!(seconds(&backup["cooldown_until"]), now + DAY);
    assert_eq!(work["cooldown_until"], Value::Null);
    assert_eq!(seconds(&work["last_used"]), now - 2 * DAY);
    assert_eq!(seconds(&work["last_failure"]), now - DAY);
    assert_eq!(work["error_count"], 2);
    assert_eq!(work["failure_counts"], json!({"rate_limit": 2}));
    assert_eq!(default["order_position"], Value::Null);
    assert_eq!(default["in_order"], false);

    // The agent's own order hides the inherited one, and `clear` cannot remove
    // more than the agent's own.
    gateway.set_order("main", &["default"]);
    let status = gateway.status();
    assert_eq!(status["order"], json!(["default"]));
    assert_eq!(status["order_is_inherited"], false);
    gateway.clear_order("main");
    let status = gateway.status();
    assert_eq!(status["order"], json!(["backup", "work"]));
    assert_eq!(status["order_is_inherited"], true);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn each_agent_has_an_order_of_its_own() {
    let gateway = Gateway::signed_in(&CURRENT);
    let workspace = gateway.home().join("workspace");
    let workspace = workspace.to_str().unwrap();
    let add = ["agents", "add", "ops", "--non-interactive", "--workspace"];
    gateway.openclaw(&[&add[..], &[workspace, "--json"]].concat());
    gateway.set_order("main", &["work", "default"]);
    gateway.set_order("ops", &["backup"]);

    assert_eq!(gateway.status()["order"], json!(["work", "default"]));
    let ops = gateway.run(&["auth", "status", "--live", "--agent", "ops"], &[]);
    assert_eq!(ops.code, 0);
    assert_eq!(ops.json["order"], json!(["backup"]));
    assert_eq!(ops.json["order_is_inherited"], false);
    let profiles = ops.json["profiles"].as_array().unwrap();
    assert_eq!(sorted(labels(profiles)), ["backup", "default", "work"]);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_store_that_was_never_migrated_is_not_read() {
    let gateway = Gateway::new(&CURRENT);
    gateway.write(JSON_STORE, &store_of(&gateway.sign_ins, OLDER.provider));
    // The gateway refuses as well, and has made its database by then.
    let refused = gateway.try_openclaw(&["models", "status", "--json", "--agent", "main"]);
    assert!(!refused.status.success());
    assert!(gateway.state_dir.join(SHARED_DATABASE).exists());

    let chatgpt = ChatGpt::start(&gateway.sign_ins);
    let usage = gateway.run(&["usage", "--live", "--profile", "all"], &chatgpt.ways());
    for run in [gateway.run(&["auth", "status", "--live"], &[]), usage] {
        assert_eq!(run.code, 1);
        assert_eq!(run.json["ok"], false);
        assert_eq!(run.json["error"]["code"], "store_unmigrated");
        assert_eq!(run.json["source"], format!("~/.openclaw/{JSON_STORE}"));
        let message = run.json["error"]["message"].as_str().unwrap();
        assert!(message.contains("openclaw doctor --fix"), "{message}");
    }
    assert!(chatgpt.asked().is_empty());
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_json_store_beside_a_migrated_one_is_told_and_not_read() {
    let gateway = Gateway::signed_in(&CURRENT);
    let stale = store_of(&gateway.sign_ins[..1], CURRENT.provider);
    gateway.write(JSON_STORE, &stale);

    let status = gateway.status();
    assert_eq!(status["source"], format!("~/.openclaw/{SHARED_DATABASE}"));
    assert_eq!(status["profiles"].as_array().unwrap().len(), 3);
    assert_eq!(
        sorted(codes(&status)),
        ["both_stores", "migrated_plain_tokens"]
    );
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn what_is_expired_or_fenced_is_never_sent() {
    let gateway = Gateway::signed_in(&CURRENT);
    let expired = SignIn {
        expires_at: now() - DAY,
        ..SignIn::new("work", "team", -1)
    };
    let mut store = store_of(&gateway.sign_ins, "openai");
    store["profiles"]["openai:work"] = expired.entry("openai");
    let fence = |kind: &str| format!("openclaw-oauth-refresh-fence:v1:00ff:failed:{kind}:00ff");
    let fenced = &mut store["profiles"]["openai:backup"];
    fenced["access"] = json!(fence("access"));
    fenced["refresh"] = json!(fence("refresh"));
    fenced["expires"] = json!(1);
    // Not by the gateway: it would try to refresh what has expired.
    gateway.replace_shared_store(&store);

    let status = gateway.status();
    let profiles = status["profiles"].as_array().unwrap();
    let of = |label: &str| profiles.iter().find(|each| each["label"] == label).unwrap();
    assert_eq!(of("default")["token"], "ready");
    assert_eq!(of("work")["token"], "expired");
    assert_eq!(seconds(&of("work")["token_expiry"]), expired.expires_at);
    assert_eq!(of("backup")["token"], "fenced");
    assert_eq!(of("backup")["token_expiry"], Value::Null);

    let chatgpt = ChatGpt::start(&gateway.sign_ins);
    let usage = gateway.usage(&chatgpt);
    assert_eq!(usage["summary"]["remote_ok_count"], 1);
    assert_eq!(usage["summary"]["remote_failed_count"], 2);
    for row in usage["profiles"].as_array().unwrap() {
        let is_ready = row["label"] == "default";
        assert_eq!(row["remote_usage_ok"], is_ready, "{row:#}");
        if !is_ready {
            assert_eq!(row["remote_error"], "missing_access_token");
            assert_eq!(row["remote_status"], Value::Null);
        }
    }
    let ready = &gateway.sign_ins[..1];
    assert_eq!(chatgpt.asked(), gateway.expected_requests(ready));
    assert_eq!(gateway.shared_store(), store);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn what_2026_3_still_calls_ok_is_known_to_have_expired() {
    let mut gateway = Gateway::new(&OLDER);
    gateway.sign_ins[1].expires_at = now() - DAY;
    gateway.sign_in_all();
    assert!(gateway.is_ok_for_the_gateway("work"));

    let chatgpt = ChatGpt::start(&gateway.sign_ins);
    let usage = gateway.usage(&chatgpt);
    assert_eq!(usage["summary"]["remote_ok_count"], 2);
    let rows = usage["profiles"].as_array().unwrap();
    let work = rows.iter().find(|row| row["label"] == "work").unwrap();
    assert_eq!(work["token"], "expired");
    assert_eq!(work["remote_error"], "missing_access_token");
    let ready = [&gateway.sign_ins[..1], &gateway.sign_ins[2..]].concat();
    assert_eq!(chatgpt.asked(), gateway.expected_requests(&ready));
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_state_folder_elsewhere_is_found_in_both_eras() {
    for release in [&OLDER, &CURRENT] {
        let mut gateway = Gateway::new(release);
        gateway.move_state_dir("elsewhere");
        gateway.sign_in_all();
        gateway.set_order("main", &["backup"]);
        assert!(!gateway.home().join(".openclaw").exists());

        let status = gateway.status();
        assert_eq!(status["source"], format!("~/elsewhere/{}", release.store));
        assert_eq!(status["order"], json!(["backup"]));
        let profiles = status["profiles"].as_array().unwrap();
        assert_eq!(sorted(labels(profiles)), ["backup", "default", "work"]);
    }
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_profile_that_was_logged_out_is_gone_but_for_the_migrations_copy() {
    let gateway = Gateway::signed_in(&CURRENT);
    gateway.set_order("main", &["work", "backup"]);
    let id = gateway.id("backup");
    gateway.openclaw(&["models", "auth", "logout", "--agent", "main", "--yes", &id]);

    let status = gateway.status();
    let profiles = status["profiles"].as_array().unwrap();
    assert_eq!(sorted(labels(profiles)), ["default", "work"]);
    assert_eq!(status["order"], json!(["work"]));
    assert_eq!(codes(&status), ["migrated_plain_tokens"]);
    // What the finding warns of is true.
    let token = gateway.sign_in("backup").access();
    assert!(gateway.some_file_holds(&token));
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn without_an_openclaw_on_the_path_only_its_version_is_unknown() {
    let gateway = Gateway::signed_in(&OLDER);
    let nowhere = [("PATH", "/nonexistent".to_owned())];
    let run = gateway.run(&["auth", "status", "--live"], &nowhere);
    assert_eq!(run.code, 0);
    assert_eq!(run.json["gateway_version"], Value::Null);
    assert_eq!(run.json["profiles"].as_array().unwrap().len(), 3);
}

// ---- made-up sign-ins

/// A ChatGPT sign-in that nobody has.
#[derive(Debug, Clone)]
struct SignIn {
    label: &'static str,
    plan: &'static str,
    used_percent: u8,
    expires_at: i64,
}

impl SignIn {
    fn new(label: &'static str, plan: &'static str, days: i64) -> Self {
        Self {
            label,
            plan,
            used_percent: label.len() as u8,
            expires_at: now() + days * DAY,
        }
    }

    fn account_id(&self) -> String {
        format!("acct-FAKE-{}", self.label)
    }

    fn user_id(&self) -> String {
        format!("user-FAKE-{}", self.label)
    }

    fn email(&self) -> String {
        format!("{}.person@example.invalid", self.label)
    }

    fn access(&self) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({
            "iss": "https://auth.openai.com",
            "aud": ["https://api.openai.com/v1"],
            "iat": self.expires_at - 10 * DAY,
            "exp": self.expires_at,
            "https://api.openai.com/auth": {
                "chatgpt_account_id": self.account_id(),
                "chatgpt_user_id": self.user_id(),
                "chatgpt_plan_type": self.plan,
            },
            "https://api.openai.com/profile": {"email": self.email(), "email_verified": true},
        });
        let head = part(json!({"alg": "none", "typ": "JWT"}));
        format!("{head}.{}.FAKE-SIGNATURE-{}", part(claims), self.label)
    }

    fn refresh(&self) -> String {
        format!("rt_FAKE-REFRESH-{}", self.label)
    }

    /// As the gateway stores it.
    fn entry(&self, provider: &str) -> Value {
        json!({
            "type": "oauth",
            "provider": provider,
            "access": self.access(),
            "refresh": self.refresh(),
            "expires": self.expires_at * 1000,
            "accountId": self.account_id(),
            "email": self.email(),
        })
    }

    /// As chatgpt.com would answer: about this very person.
    fn usage(&self) -> String {
        let now = now();
        let window = |percent: u8, length: i64| {
            json!({
                "used_percent": percent,
                "limit_window_seconds": length,
                "reset_after_seconds": length / 2,
                "reset_at": now + length / 2,
            })
        };
        let usage = json!({
            "user_id": self.user_id(),
            "account_id": self.account_id(),
            "email": self.email(),
            "plan_type": self.plan,
            "rate_limit": {
                "allowed": true,
                "limit_reached": false,
                "primary_window": window(self.used_percent, 5 * 60 * 60),
                "secondary_window": window(1, 7 * DAY),
            },
        });
        usage.to_string()
    }

    /// What nobody may ever read in an output.
    fn secrets(&self) -> [String; 4] {
        let access = self.access();
        let payload = access.split('.').nth(1).unwrap().to_owned();
        [access, payload, self.refresh(), self.email()]
    }
}

/// More than a day away, all of them: `openclaw doctor` tries to refresh what
/// expires sooner, and breaks what it cannot refresh.
fn three_sign_ins() -> Vec<SignIn> {
    vec![
        SignIn::new("default", "plus", 10),
        SignIn::new("work", "team", 5),
        SignIn::new("backup", "pro", 3),
    ]
}

fn store_of(sign_ins: &[SignIn], provider: &str) -> Value {
    let entry = |sign_in: &SignIn| {
        let id = format!("{provider}:{}", sign_in.label);
        (id, sign_in.entry(provider))
    };
    let profiles: BTreeMap<String, Value> = sign_ins.iter().map(entry).collect();
    json!({"version": 1, "profiles": profiles})
}

// ---- a gateway's home

/// An installed OpenClaw, with a home folder that ends with the test.
struct Gateway {
    release: &'static Release,
    folder: PathBuf,
    home: TempDir,
    /// Where the program under test keeps its own files.
    ours: TempDir,
    state_dir: PathBuf,
    moved: bool,
    sign_ins: Vec<SignIn>,
}

impl Gateway {
    /// A home where nobody is signed in yet.
    fn new(release: &'static Release) -> Self {
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

    /// A home with three sign-ins, stored by the real program in its own way.
    fn signed_in(release: &'static Release) -> Self {
        let gateway = Self::new(release);
        gateway.sign_in_all();
        gateway
    }

    fn sign_in_all(&self) {
        let store = store_of(&self.sign_ins, self.release.provider);
        self.write(JSON_STORE, &store);
        if self.release.store == SHARED_DATABASE {
            self.migrate();
        }
    }

    fn migrate(&self) {
        self.openclaw(&["doctor", "--fix", "--non-interactive", "--yes"]);
        assert!(!self.state_dir.join(JSON_STORE).exists());
    }

    fn move_state_dir(&mut self, name: &str) {
        let dir = self.home().join(name);
        fs::rename(&self.state_dir, &dir).unwrap();
        self.state_dir = dir;
        self.moved = true;
    }

    fn home(&self) -> &Path {
        self.home.path()
    }

    fn write(&self, path: &str, value: &Value) {
        let path = self.state_dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value.to_string()).unwrap();
    }

    fn sign_in(&self, label: &str) -> &SignIn {
        let mut named = self.sign_ins.iter().filter(|each| each.label == label);
        named.next().unwrap()
    }

    fn id(&self, label: &str) -> String {
        format!("{}:{label}", self.release.provider)
    }

    fn ids(&self, labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| self.id(label)).collect()
    }

    // What the real program does and says.

    fn openclaw(&self, words: &[&str]) -> String {
        let output = self.try_openclaw(words);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {text}{errors}");
        text
    }

    /// It may look for updates and the like: nobody answers.
    fn try_openclaw(&self, words: &[&str]) -> Output {
        let nobody = [("HTTPS_PROXY", "http://127.0.0.1:9".to_owned())];
        self.output(&self.folder.join("openclaw"), words, &nobody)
    }

    fn json(&self, words: &[&str]) -> Value {
        let text = self.openclaw(words);
        // Warnings may come first.
        serde_json::from_str(&text[text.find('{').unwrap()..]).unwrap()
    }

    fn set_order(&self, agent: &str, labels: &[&str]) {
        let ids = self.ids(labels);
        let ids = ids.iter().map(String::as_str);
        let words: Vec<&str> = self.order_words("set", agent).chain(ids).collect();
        self.openclaw(&words);
    }

    fn clear_order(&self, agent: &str) {
        let words: Vec<&str> = self.order_words("clear", agent).collect();
        self.openclaw(&words);
    }

    fn order(&self, agent: &str) -> Vec<String> {
        let words = self.order_words("get", agent).chain(["--json"]);
        let order = self.json(&words.collect::<Vec<_>>())["order"].take();
        serde_json::from_value(order).unwrap()
    }

    fn order_words<'a>(&self, verb: &'a str, agent: &'a str) -> impl Iterator<Item = &'a str> {
        let provider = self.release.provider;
        let words = ["models", "auth", "order", verb, "--provider", provider];
        words.into_iter().chain(["--agent", agent])
    }

    /// When each profile expires, by its id.
    fn expiries(&self) -> BTreeMap<String, i64> {
        let expiry = |profile: &Value| {
            let id = profile["profileId"].as_str().unwrap().to_owned();
            (id, profile["expiresAt"].as_i64().unwrap() / 1000)
        };
        self.profiles().iter().map(expiry).collect()
    }

    fn is_ok_for_the_gateway(&self, label: &str) -> bool {
        let id = self.id(label);
        let is_ok = |profile: &Value| profile["profileId"] == id && profile["status"] == "ok";
        self.profiles().iter().any(is_ok)
    }

    fn profiles(&self) -> Vec<Value> {
        let mut status = self.json(&["models", "status", "--json", "--agent", "main"]);
        serde_json::from_value(status["auth"]["oauth"]["profiles"].take()).unwrap()
    }

    // What the program under test does and says.

    fn status(&self) -> Value {
        let run = self.run(&["auth", "status", "--live"], &[]);
        assert_eq!(run.code, 0, "{:#}", run.json);
        run.json
    }

    fn usage(&self, chatgpt: &ChatGpt) -> Value {
        let run = self.run(&["usage", "--live", "--profile", "all"], &chatgpt.ways());
        assert_eq!(run.code, 0, "{:#}", run.json);
        run.json
    }

    /// Runs it, and checks what holds for every run: it changes nothing in the
    /// home folder, and tells no secret.
    fn run(&self, words: &[&str], environment: &[(&str, String)]) -> Run {
        let before = listing(self.home());
        let program = Path::new(env!("CARGO_BIN_EXE_codex-profiler"));
        let words = [words, &["--format", "json"]].concat();
        let output = self.output(program, &words, environment);
        let after = listing(self.home());
        let paths = before.keys().chain(after.keys());
        let touched: BTreeSet<_> = paths
            .filter(|path| before.get(*path) != after.get(*path))
            .collect();
        assert!(touched.is_empty(), "{words:?} touched {touched:?}");

        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        for secret in self.sign_ins.iter().flat_map(SignIn::secrets) {
            let tells = stdout.contains(&secret) || stderr.contains(&secret);
            assert!(!tells, "{words:?} tells {secret}: {stdout}{stderr}");
        }
        Run {
            code: output.status.code().unwrap(),
            json: serde_json::from_str(&stdout)
                .unwrap_or_else(|error| panic!("{words:?}: {error}: {stdout}{stderr}")),
        }
    }

    fn output(&self, program: &Path, words: &[&str], environment: &[(&str, String)]) -> Output {
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
        command.output().unwrap()
    }

    // What is in its files.

    fn shared_database(&self) -> Connection {
        Connection::open(self.state_dir.join(SHARED_DATABASE)).unwrap()
    }

    fn shared_store(&self) -> Value {
        let query = "SELECT value_json FROM config_machine_state WHERE state_key = ?1";
        let row = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        let text = self
            .shared_database()
            .query_row(query, [STORE_KEY], row)
            .unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn replace_shared_store(&self, store: &Value) {
        let update = "UPDATE config_machine_state SET value_json = ?2 WHERE state_key = ?1";
        let changed = self
            .shared_database()
            .execute(update, [STORE_KEY, &store.to_string()])
            .unwrap();
        assert_eq!(changed, 1);
    }

    fn some_file_holds(&self, text: &str) -> bool {
        let holds = |path: &PathBuf| {
            let bytes = fs::read(path).unwrap_or_default();
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        listing(self.home()).keys().any(holds)
    }

    /// The two headers of each request of a check of these sign-ins.
    fn expected_requests(&self, sign_ins: &[SignIn]) -> BTreeSet<(String, String)> {
        let headers = |sign_in: &SignIn| {
            let bearer = format!("Bearer {}", sign_in.access());
            (bearer, sign_in.account_id())
        };
        sign_ins.iter().map(headers).collect()
    }
}

const STORE_KEY: &str = "authProfiles.store";

/// What a run came to.
struct Run {
    code: i32,
    json: Value,
}

/// Everything below a folder, with what would tell that it was written to.
fn listing(folder: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
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

// ---- chatgpt.com on this machine

/// A chatgpt.com that knows these people, behind a proxy that leads to it.
struct ChatGpt {
    server: Loopback,
    proxy: LoopbackProxy,
    folder: TempDir,
}

impl ChatGpt {
    fn start(sign_ins: &[SignIn]) -> Self {
        let known: BTreeMap<String, SignIn> = sign_ins
            .iter()
            .map(|sign_in| (format!("Bearer {}", sign_in.access()), sign_in.clone()))
            .collect();
        let server = Loopback::start(move |request: &Request| {
            let bearer = request.header("authorization").unwrap_or_default();
            match known.get(bearer) {
                Some(sign_in) => Reply::json(200, sign_in.usage()),
                None => Reply::json(401, "{}"),
            }
        });
        let folder = tempfile::tempdir().unwrap();
        server.write_authority(&folder.path().join("roots.pem"));
        Self {
            proxy: LoopbackProxy::start(ProxyKind::Connect, server.address),
            server,
            folder,
        }
    }

    /// The environment of a program that reaches it.
    fn ways(&self) -> [(&'static str, String); 2] {
        let roots = self.folder.path().join("roots.pem");
        [
            ("SSL_CERT_FILE", roots.to_str().unwrap().to_owned()),
            ("HTTPS_PROXY", format!("http://{}", self.proxy.address)),
        ]
    }

    /// The token and the account of every request. None was sent twice.
    fn asked(&self) -> BTreeSet<(String, String)> {
        let requests = self.server.requests();
        let header = |request: &Request, name| request.header(name).unwrap_or_default().to_owned();
        let asked: BTreeSet<_> = requests
            .iter()
            .map(|request| {
                assert_eq!(request.line(), "GET /backend-api/wham/usage HTTP/1.1");
                (
                    header(request, "authorization"),
                    header(request, "chatgpt-account-id"),
                )
            })
            .collect();
        assert_eq!(asked.len(), requests.len());
        asked
    }
}

// ---- reading answers

fn labels(profiles: &[Value]) -> Vec<&str> {
    profiles
        .iter()
        .map(|profile| profile["label"].as_str().unwrap())
        .collect()
}

fn codes(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect()
}

fn sorted(mut words: Vec<&str>) -> Vec<&str> {
    words.sort_unstable();
    words
}

fn expiries(profiles: &[Value]) -> BTreeMap<String, i64> {
    let expiry = |profile: &Value| {
        let id = profile["profile"].as_str().unwrap().to_owned();
        (id, seconds(&profile["token_expiry"]))
    };
    profiles.iter().map(expiry).collect()
}

/// An instant as the JSON tells it, in epoch seconds.
fn seconds(instant: &Value) -> i64 {
    let text = instant.as_str().unwrap();
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs() as i64
}

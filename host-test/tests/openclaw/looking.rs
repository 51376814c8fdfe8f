//! Stores that the real OpenClaw made, of both eras, read by the real program.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use crate::chatgpt::ChatGpt;
use crate::gateway::{
    CURRENT, Gateway, JSON_STORE, MIDDLE, OLDER, ORDER, Release, SHARED_DATABASE,
};
use crate::sign_in::{DAY, SignIn, now, store_of};

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

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn the_store_of_2026_6_is_read_as_its_gateway_reads_it() {
    is_read_as_the_gateway_reads_it(&MIDDLE);
}

fn is_read_as_the_gateway_reads_it(release: &'static Release) {
    let gateway = Gateway::ordered(release);
    let status = gateway.status();

    assert_eq!(status["ok"], true);
    assert_eq!(status["source"], format!("~/.openclaw/{}", release.store));
    assert_eq!(status["provider"], release.provider);
    let version = status["gateway_version"].as_str().unwrap();
    assert!(gateway.openclaw(&["--version"]).contains(version));
    assert_eq!(codes(&status), release.findings);

    assert_eq!(status["order"], json!(ORDER));
    assert_eq!(status["order_is_inherited"], false);
    assert_eq!(gateway.order("main"), gateway.ids(&ORDER));
    assert_eq!(gateway.own_order(), Some(gateway.ids(&ORDER)));

    let found = status["profiles"].as_array().unwrap();
    assert_eq!(labels(found), ORDER);
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

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_check_sends_each_profile_of_2026_6_its_own_token() {
    sends_each_profile_its_own_token(&MIDDLE);
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
    assert_eq!(chatgpt.asked(), gateway.expected_requests(&gateway.sign_ins));
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
    assert_eq!(sorted(codes(&status)), ["migrated_plain_tokens", "stale_cooldown"]);
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
    let said = gateway.chat("ann", "order clear");
    said.assert(0, &["This agent has no order of its own.", "(inherited)"]);
    let before = gateway.documents().beside_the_order();
    gateway.set_order("main", &["default"]);
    let status = gateway.status();
    assert_eq!(status["order"], json!(["default"]));
    assert_eq!(status["order_is_inherited"], false);
    let said = gateway.change("bob", "order clear");
    said.assert(0, &["✅ Done, verified: this agent's own order is cleared."]);
    let status = gateway.status();
    assert_eq!(status["order"], json!(["backup", "work"]));
    assert_eq!(status["order_is_inherited"], true);
    assert_eq!(gateway.own_order(), None);
    assert_eq!(gateway.documents().beside_the_order(), before);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn each_agent_has_an_order_of_its_own() {
    let gateway = Gateway::ordered(&CURRENT);
    let workspace = gateway.home().join("workspace");
    let workspace = workspace.to_str().unwrap();
    let add = ["agents", "add", "ops", "--non-interactive", "--workspace"];
    gateway.openclaw(&[&add[..], &[workspace, "--json"]].concat());
    gateway.set_order("ops", &["backup"]);

    assert_eq!(gateway.status()["order"], json!(ORDER));
    let ops = gateway.run(&["auth", "status", "--agent", "ops"], &[]);
    assert_eq!(ops.code, 0);
    assert_eq!(ops.json["order"], json!(["backup"]));
    assert_eq!(ops.json["order_is_inherited"], false);
    let profiles = ops.json["profiles"].as_array().unwrap();
    assert_eq!(sorted(labels(profiles)), ["backup", "default", "work"]);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_store_that_was_never_migrated_is_not_read_and_not_changed() {
    let gateway = Gateway::new(&CURRENT);
    let store = store_of(&gateway.sign_ins, OLDER.provider);
    gateway.write(JSON_STORE, &store);
    let database = gateway.state_dir.join(SHARED_DATABASE);
    assert!(!database.exists());
    // The first plan is stopped by the command, which makes its database; the next
    // one by the two stores.
    for user in ["ann", "bob"] {
        let said = gateway.chat(user, "retire work");
        said.assert(1, &["openclaw doctor --fix"]);
        assert!(database.exists());
        let text = fs::read_to_string(gateway.state_dir.join(JSON_STORE)).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), store);
    }

    let chatgpt = ChatGpt::start(&gateway.sign_ins);
    let usage = gateway.run(&["usage", "--profile", "all"], &chatgpt.ways());
    for run in [gateway.run(&["auth", "status"], &[]), usage] {
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
    assert_eq!(sorted(codes(&status)), ["both_stores", "migrated_plain_tokens"]);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn what_is_expired_or_fenced_is_never_sent() {
    let gateway = Gateway::signed_in(&CURRENT);
    let expired = SignIn { expires_at: now() - DAY, ..SignIn::new("work", "team", -1) };
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
            assert_eq!(row["error"]["code"], "missing_access_token");
            assert_eq!(row["error"]["status"], Value::Null);
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
    assert_eq!(work["error"]["code"], "missing_access_token");
    let ready = [&gateway.sign_ins[..1], &gateway.sign_ins[2..]].concat();
    assert_eq!(chatgpt.asked(), gateway.expected_requests(&ready));
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_state_folder_elsewhere_is_found_in_both_eras() {
    for release in [&OLDER, &CURRENT] {
        let mut gateway = Gateway::signed_in(release);
        gateway.move_state_dir("elsewhere");
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
fn without_an_openclaw_on_the_path_only_its_version_is_unknown() {
    let gateway = Gateway::signed_in(&OLDER);
    let nowhere = [("PATH", "/nonexistent".to_owned())];
    let run = gateway.run(&["auth", "status"], &nowhere);
    assert_eq!(run.code, 0);
    assert_eq!(run.json["gateway_version"], Value::Null);
    assert_eq!(run.json["profiles"].as_array().unwrap().len(), 3);
}

// ---- reading answers

pub(super) fn labels(profiles: &[Value]) -> Vec<&str> {
    profiles.iter().map(|profile| profile["label"].as_str().unwrap()).collect()
}

pub(super) fn codes(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["code"].as_str().unwrap()).collect()
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

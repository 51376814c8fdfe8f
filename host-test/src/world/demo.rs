//! The world that a fresh clone shows: six sign-ins, one of each fate, as they
//! would be answered now. It reads no file and asks no network.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use super::credential::credential;
use super::past::{Week, history};
use super::recorded::{Answers, RecordedAnswer};
use super::sources::{World, world};
use super::state::RecordedState;
use crate::store::Era;

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

const DEFAULT: Week = Week { used: 5, resets_in: 6 * DAY + 81_000 };
const PERSONAL: Week = Week { used: 68, resets_in: 6 * DAY + 4500 };
const WORK: Week = Week { used: 100, resets_in: 12 * HOUR + 2760 };
const LAB: Week = Week { used: 62, resets_in: DAY + 13 * HOUR };

/// The component's keys of these profiles: hashes of the demo's salt, the agent `main`, the
/// id and whom it signs in.
const WEEKS: [(&str, Week); 4] = [
    ("8366db61aba7dfa6", DEFAULT),
    ("3c50719eea921927", PERSONAL),
    ("51ea9986d320657c", WORK),
    ("2b5ed6725dadd6a8", LAB),
];

/// The demo world at `now`, in epoch seconds.
///
/// # Errors
///
/// Never; the type is that of every world.
pub fn demo(now: i64) -> Result<World> {
    let names = ["default", "personal", "work", "lab", "backup", "spare"];
    let signed_in = |name: &&str| {
        let account = format!("account-of-{name}");
        let user = format!("user-of-{name}");
        (id(name), credential(Some(&account), Some(&user), now))
    };
    let profiles: serde_json::Map<String, Value> = names.iter().map(signed_in).collect();
    let store = json!({
        "version": 1,
        "profiles": profiles,
        "order": { "openai": names.map(id) },
        "lastGood": { "openai": id("default") },
        "usageStats": {
            id("default"): { "lastUsed": (now - 240) * 1000 },
            id("lab"): {
                "lastUsed": (now - 2 * HOUR) * 1000,
                "errorCount": 2,
                "cooldownUntil": (now + 30 * 60) * 1000,
                "cooldownReason": "rate_limit",
                "failureCounts": { "rate_limit": 2 },
                "lastFailureAt": (now - 600) * 1000,
            },
        },
    });
    let answers = Answers { usage: answers(), ..Answers::default() };
    let state = RecordedState::new(store, None, Era::Sqlite, "demo");
    let state = state.with_history(history(&WEEKS, now));
    world(now, state, answers, "2026.9.6", vec![])
}

/// The answer to each profile.
fn answers() -> BTreeMap<String, Vec<RecordedAnswer>> {
    let bodies = BTreeMap::from([
        (
            id("default"),
            usage("default", "plus", &[window(33, 5 * HOUR, 3 * HOUR + 2460), week(DEFAULT)]),
        ),
        (id("personal"), usage("personal", "pro", &[week(PERSONAL)])),
        (id("work"), on_credits(usage("work", "team", &[week(WORK)]))),
        (id("lab"), usage("lab", "plus", &[window(12, 5 * HOUR, 4 * HOUR + 600), week(LAB)])),
        (
            id("backup"),
            json!({ "error": { "code": "token_revoked", "message": "The token was revoked." } }),
        ),
    ]);
    let answer = |(id, body): (String, Value)| {
        let status = if body.get("error").is_some() { 401 } else { 200 };
        (id, vec![RecordedAnswer::json(status, body)])
    };
    let mut answers: BTreeMap<_, _> = bodies.into_iter().map(answer).collect();
    answers.insert(id("spare"), vec![RecordedAnswer::challenge()]);
    answers
}

fn id(name: &str) -> String {
    format!("openai:{name}")
}

fn window(used: i64, length: i64, resets_in: i64) -> Value {
    json!({
        "used_percent": used,
        "limit_window_seconds": length,
        "reset_after_seconds": resets_in,
    })
}

fn week(week: Week) -> Value {
    window(week.used, 7 * DAY, week.resets_in)
}

fn usage(name: &str, plan: &str, windows: &[Value]) -> Value {
    let blocked = windows.iter().any(|window| window["used_percent"] == 100);
    json!({
        "user_id": format!("user-of-{name}"),
        "account_id": format!("account-of-{name}"),
        "plan_type": plan,
        "rate_limit": {
            "allowed": !blocked,
            "limit_reached": blocked,
            "primary_window": windows.first(),
            "secondary_window": windows.get(1),
        },
        "credits": { "has_credits": false, "unlimited": false, "balance": "0" },
        "spend_control": { "reached": false },
    })
}

fn on_credits(mut usage: Value) -> Value {
    usage["credits"] = json!({ "has_credits": true, "unlimited": false, "balance": "412.50" });
    usage
}

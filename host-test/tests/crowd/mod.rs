//! A world of many profiles, and a call that asks for all of them.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "every test file uses a part of this module, and it may fail loudly"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use host_test::contract::commands::{self, Origin, Request};
use host_test::contract::plain_request;
use host_test::host::Host;
use host_test::store::Era;
use host_test::world::{Gateway, RecordedState, World};
use serde_json::{Value, json};

/// The instant at which the crowd is asked.
pub const NOW: i64 = 1_795_372_800;

/// A world of this many profiles, each answered with five hours and a week.
pub fn crowd(count: usize) -> Value {
    let mut profiles = BTreeMap::new();
    let mut answers = BTreeMap::new();
    for index in 0..count {
        let id = format!("openai:profile-{index:04}");
        profiles.insert(
            id.clone(),
            json!({
                "type": "oauth", "provider": "openai", "expires": (NOW + 864_000) * 1000,
                "access": format!("fake-access-token-number-{index:04}"),
                "refresh": format!("fake-refresh-token-number-{index:04}"),
            }),
        );
        answers.insert(id, json!([{ "status": 200, "body": answer(index) }]));
    }
    json!({ "now": NOW, "store": { "version": 1, "profiles": profiles }, "answers": answers })
}

/// The endpoint's answer about one of them.
pub fn answer(index: usize) -> Value {
    json!({
        "user_id": format!("user-{index}"), "account_id": format!("account-{index}"),
        "email": format!("user{index}@example.invalid"), "plan_type": "plus",
        "rate_limit": {
            "allowed": true, "limit_reached": false,
            "primary_window": {
                "used_percent": index % 100, "limit_window_seconds": 18_000,
                "reset_after_seconds": 9000, "reset_at": NOW + 9000,
            },
            "secondary_window": {
                "used_percent": index % 90, "limit_window_seconds": 604_800,
                "reset_after_seconds": 300_000, "reset_at": NOW + 300_000,
            },
        },
        "code_review_rate_limit": null, "additional_rate_limits": null,
        "model_usage": { "gpt-6-astra": { "available": true, "available_at": null } },
        "credits": { "has_credits": false, "unlimited": false, "balance": "0" },
        "spend_control": { "reached": false, "individual_limit": null },
        "rate_limit_reached_type": null, "promo": null,
    })
}

/// A host for one call, without a message path and without state.
pub fn host(world: World) -> Host {
    Host::new(Arc::new(world), None)
}

/// The sign-ins of a recorded world.
pub fn state(store: Value) -> RecordedState {
    RecordedState::new(store, None, Era::Sqlite, "crowd")
}

/// A gateway that answers for nobody.
pub fn gateway() -> Gateway {
    let nobody = state(json!({ "version": 1, "profiles": {} }));
    Gateway::Recorded(nobody.gateway("2026.9.6", vec![], NOW))
}

/// A request for English, UTC, a channel without buttons, and the JSON document beside
/// the text.
pub fn request(origin: Origin, length: u32) -> Request {
    let plain = plain_request(origin, NOW);
    Request {
        user: "somebody".into(),
        is_owner: true,
        channel: commands::Channel { length, ..plain.channel },
        wants_json: true,
        ..plain
    }
}

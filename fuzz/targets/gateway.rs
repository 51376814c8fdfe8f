//! Any output of a gateway command: cut down by the host, then read by the component.

#![no_main]

use codex_profiler::gateway::{self, Output, compare, read_order, read_status};
use codex_profiler::order::GatewayState;
use codex_profiler::profile::ProfileId;
use fuzz::{CANARY, parts};
use host::openclaw;
use host::policy::policy;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let mut parts = parts(input).into_iter();
    let output = openclaw::Output {
        exit_code: i32::from(input.first() == Some(&b'!')),
        stdout: parts.next().unwrap_or_default(),
        stderr: parts.next().unwrap_or_default(),
    };
    let message = openclaw::message(&output, policy().gateway.message_bytes);
    assert!(message.len() <= policy().gateway.message_bytes);
    let version = openclaw::version(&output.stdout);
    assert!(version.as_ref().is_none_or(|version| version.len() <= 24));
    for version in version.iter().chain([&output.stdout]) {
        let (deletes, names) = (
            gateway::is_at_least(version, gateway::DELETES_PROFILES),
            gateway::is_at_least(version, gateway::LOGIN_NAMES_PROFILES),
        );
        assert!(!deletes || names, "{version}");
        assert!(
            !gateway::is_at_least(version, gateway::HAS_CHAT_LOGIN)
                || gateway::is_at_least(version, gateway::CALLS_IT_OPENAI)
        );
    }
    let found = openclaw::json_object(&output.stdout);
    for query in ["version", "models-status", "auth-order-get"] {
        let keys = &policy().gateway.queries[query].keys;
        let cut = |found: &Value| policy().gateway.filtered(query, found);
        let json = found.as_ref().and_then(cut);
        if let (Some(json), Some(found)) = (&json, &found) {
            check_keys(keys, json);
            assert!(json.to_string().len() <= found.to_string().len());
            // Whatever else stands in it, the same is handed in.
            let mut leaky = found.clone();
            put_canaries(&mut leaky);
            assert_eq!(cut(&leaky).as_ref(), Some(json), "of {leaky}");
        }
        check(&Output {
            exit_code: output.exit_code,
            json: json.map(|json| json.to_string()),
            message: message.clone(),
        });
    }
    // And as a host that cuts nothing would hand it in.
    check(&Output { exit_code: output.exit_code, json: Some(output.stdout), message });
});

/// Only what the pattern names, and of that plain values only.
fn check_keys(pattern: &Value, value: &Value) {
    match (pattern, value) {
        (Value::Object(keys), Value::Object(object)) => {
            for (key, value) in object {
                check_keys(&keys[key], value);
            }
        }
        (Value::Array(one), Value::Array(items)) => {
            items.iter().for_each(|item| check_keys(&one[0], item));
        }
        (Value::Bool(true), Value::Array(items)) => assert!(items.iter().all(Value::is_string)),
        (Value::Bool(true), value) => assert!(!value.is_object(), "{value}"),
        (pattern, value) => panic!("{pattern} let in {value}"),
    }
}

fn put_canaries(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(put_canaries);
            object.insert("email".to_owned(), format!("{CANARY}@example.invalid").into());
            object.insert("access".to_owned(), CANARY.into());
        }
        Value::Array(items) => items.iter_mut().for_each(put_canaries),
        _ => {}
    }
}

fn check(output: &Output) {
    for provider in ["openai", "openai-codex"] {
        let status = read_status(output, "main", provider);
        let order = read_order(output, "main", provider);
        assert!(output.exit_code == 0 || (status.is_err() && order.is_err()));
        let Ok(profiles) = status else {
            continue;
        };
        assert!(!profiles.is_empty());
        assert!(profiles.windows(2).all(|two| two[0] < two[1]), "{profiles:?}");
        let state = GatewayState { profiles, order: order.clone().unwrap_or_default() };
        let stored: Vec<ProfileId> = state.profiles.clone();
        assert_eq!(compare(&state, &stored, state.order.as_deref()), Ok(()));
        assert!(!matches!(order, Ok(Some(ids)) if ids.is_empty()));
    }
    let error = output.error();
    assert_eq!(error.is_none(), output.exit_code == 0);
    assert!(error.is_none_or(|error| error.word().starts_with("gateway_")));
    output.is_unheard();
}

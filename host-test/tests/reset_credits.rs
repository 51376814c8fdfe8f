//! The list of banked resets: read from a chatgpt.com on loopback, and of no consequence
//! where it cannot be read.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use host_test::contract::commands::Origin;
use host_test::harness::{Command, Harness};
use host_test::host::Host;
use host_test::net::Client;
use host_test::state::StateFolder;
use host_test::world::{Classes, Clock, Endpoint, Store, World};
use serde_json::{Value, json};

use crate::loopback::{Loopback, Reply, Request};

mod crowd;
mod loopback;

const USAGE: &str = "GET /backend-api/wham/usage HTTP/1.1";
const LIST: &str = "GET /backend-api/wham/rate-limit-reset-credits HTTP/1.1";

fn now() -> i64 {
    Clock::System.now()
}

/// A chatgpt.com where everybody has two banked resets, and the list is this.
fn chatgpt(list: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Loopback {
    Loopback::start(move |request| match request.line() {
        USAGE => {
            let mut usage = crowd::answer(1);
            usage["user_id"] = Value::Null;
            usage["account_id"] = Value::Null;
            usage["rate_limit_reset_credits"] = json!({ "available_count": 2 });
            Reply::json(200, usage.to_string())
        }
        _ => list(request),
    })
}

/// Two resets, the first of which expires in an hour.
fn two(_: &Request) -> Reply {
    let credit = |at: Value| json!({ "id": "canary-id", "title": "canary", "status": "available", "expires_at": at });
    let credits = [credit(json!(now() + 3600)), credit(Value::Null)];
    Reply::json(200, json!({ "available_count": 2, "credits": credits }).to_string())
}

/// The document of a check of this many profiles.
fn check(count: usize, server: &Loopback, state: Option<StateFolder>) -> Value {
    let mut store = crowd::crowd(count)["store"].take();
    for profile in store["profiles"].as_object_mut().unwrap().values_mut() {
        profile["expires"] = json!(4_000_000_000_000_i64);
    }
    let client = Client::for_loopback(server.roots.clone(), server.address, None);
    let world = World {
        store: Store::Recorded(crowd::state(store)),
        endpoint: Endpoint::Live(client),
        gateway: crowd::gateway(),
        clock: Clock::System,
        classes: Classes::default(),
        session: None,
        is_subscribable: false,
    };
    let mut request = crowd::request(Origin::Terminal(vec!["all".into()]), 4096);
    request.now = now();
    let host = Host::new(Arc::new(world), state);
    let turn = Harness::new().unwrap().call(Command::Usage, &request, host);
    let json = turn.unwrap().reply.json.unwrap();
    assert!(!json.contains("canary"), "{json}");
    serde_json::from_str(&json).unwrap()
}

fn lists(document: &Value) -> Vec<&str> {
    let rows = document["profiles"].as_array().unwrap().iter();
    rows.map(|row| {
        assert_eq!((&row["verdict"], &row["remote_usage_ok"]), (&json!("usable"), &json!(true)));
        row["remote_usage"]["reset_credits"]["list"].as_str().unwrap()
    })
    .collect()
}

fn asked(server: &Loopback, line: &str) -> usize {
    let requests = server.requests();
    requests.iter().filter(|request| request.line() == line).count()
}

#[test]
fn the_first_expiry_is_read_with_the_same_headers() {
    let server = chatgpt(two);
    let document = check(1, &server, None);
    assert_eq!(lists(&document), ["endpoint"]);
    let banked = &document["profiles"][0]["remote_usage"]["reset_credits"];
    assert_eq!(banked["available"], 2);
    let expires_at: jiff::Timestamp = banked["next_expires_at"].as_str().unwrap().parse().unwrap();
    let from_now = expires_at.as_second() - now();
    assert!((3500..=3600).contains(&from_now), "{banked}");
    let message = document["suggested_user_message"].as_str().unwrap();
    assert!(message.contains("2 banked resets, the first expires "), "{message}");

    let requests = server.requests();
    let lines: Vec<&str> = requests.iter().map(Request::line).collect();
    assert_eq!(lines, [USAGE, LIST]);
    let behind = |request: &Request| request.head.split_once("\r\n").unwrap().1.to_owned();
    assert_eq!(behind(&requests[0]), behind(&requests[1]));
}

#[test]
fn a_list_that_cannot_be_read_is_one_quiet_word() {
    let body = |body: &'static str| Reply::json(200, body);
    let html = [("content-type", "text/html")];
    for (reply, word) in [
        (
            Reply::json(401, r#"{"error":{"code":"token_revoked"}}"#),
            "auth_not_accepted_by_usage_endpoint",
        ),
        (Reply::json(403, "{}"), "forbidden_by_usage_endpoint"),
        (Reply::json(404, "{}"), "endpoint_missing"),
        (Reply::json(429, "{}"), "rate_limited"),
        (Reply::json(503, "{}"), "server_error"),
        (Reply::new(302, &[("location", "/canary")], ""), "unexpected_redirect"),
        (Reply::new(200, &html, "<!DOCTYPE html>"), "bad_content"),
        (body("{}"), "bad_content"),
        (body("[7, \"canary\"]"), "bad_content"),
        (body("{\"credits\": \"canary\"}"), "bad_content"),
        (body("{\"credits\": [{\"status\":"), "bad_content"),
        (body(""), "bad_content"),
        (Reply::json(200, "a".repeat(300_000)), "bad_content"),
        (Reply::raw(""), "request_failed"),
    ] {
        let server = chatgpt(move |_| reply.clone());
        let document = check(1, &server, None);
        assert_eq!(lists(&document), [word]);
        let banked = &document["profiles"][0]["remote_usage"]["reset_credits"];
        assert_eq!((&banked["available"], &banked["next_expires_at"]), (&json!(2), &Value::Null));
        assert_eq!(asked(&server, LIST), 1, "{word}: no retry");
        let message = document["suggested_user_message"].as_str().unwrap();
        let told = message.lines().find(|line| line.contains("banked")).unwrap();
        assert!(told.ends_with("2 banked resets"), "{told}");
    }
}

#[test]
fn lists_are_read_one_after_the_other_and_eight_at_most() {
    let server = chatgpt(|request| two(request).after(Duration::from_millis(20)));
    let document = check(10, &server, None);
    let read = lists(&document);
    assert_eq!(read[..8], ["endpoint"; 8]);
    assert_eq!(read[8..], ["not_checked"; 2]);
    assert_eq!(asked(&server, USAGE), 10);
    assert_eq!(asked(&server, LIST), 8);
}

#[test]
fn whoever_has_too_much_is_asked_no_more() {
    let server = chatgpt(|_| Reply::json(429, "{}"));
    let document = check(4, &server, None);
    assert_eq!(lists(&document), ["rate_limited", "not_checked", "not_checked", "not_checked"]);
    assert_eq!(asked(&server, LIST), 1);
}

#[test]
fn slow_lists_take_five_seconds_together() {
    let server = chatgpt(|request| two(request).after(Duration::from_secs(3)));
    let started = Instant::now();
    let document = check(4, &server, None);
    assert_eq!(lists(&document), ["endpoint", "timeout", "not_checked", "not_checked"]);
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[test]
fn a_list_is_asked_for_once_in_six_hours() {
    let server = chatgpt(two);
    let folder = tempfile::tempdir().unwrap();
    for word in ["endpoint", "kept"] {
        let document = check(1, &server, Some(StateFolder::at(folder.path())));
        assert_eq!(lists(&document), [word]);
        let banked = &document["profiles"][0]["remote_usage"]["reset_credits"];
        assert!(banked["next_expires_at"].is_string(), "{banked}");
    }
    assert_eq!((asked(&server, USAGE), asked(&server, LIST)), (2, 1));

    let server = chatgpt(|_| Reply::json(404, "{}"));
    let folder = tempfile::tempdir().unwrap();
    for word in ["endpoint_missing", "not_checked"] {
        let document = check(1, &server, Some(StateFolder::at(folder.path())));
        assert_eq!(lists(&document), [word]);
    }
    assert_eq!(asked(&server, LIST), 1, "not at every check either");
}

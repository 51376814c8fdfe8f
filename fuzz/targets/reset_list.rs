//! Any answer of the endpoint that lists banked resets, and the same list inside an answer
//! of the usage endpoint.

#![no_main]

use codex_profiler::time::LATEST;
use codex_profiler::usage::{HttpResponse, ResetList, ResetSource, read_reset_list, read_response};
use fuzz::{CANARY, answer};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|input: &[u8]| {
    let answer = answer(input);
    let read = read_reset_list(&answer);
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf");
    let body = serde_json::from_slice::<Value>(body.unwrap_or(&answer.body));
    let Ok(list) = read else { return };
    assert_eq!(answer.status, 200);
    let body = body.expect("what was read is JSON");
    let credits = body.get("credits").unwrap_or(&body);
    let listed = credits.as_array().expect("a list");
    check(&list, listed.len(), &answer);
    if listed.iter().any(Value::is_object) {
        check_in_usage(&list, credits, &answer);
        check_more(&list, listed, &answer);
    }
});

fn check(list: &ResetList, listed: usize, answer: &HttpResponse) {
    if listed > 0 {
        assert!(list.available <= listed as u64, "{list:?}");
    }
    let is_ahead = |at: i64| answer.received_at < at && at <= LATEST;
    assert!(list.next_expires_at.is_none_or(is_ahead), "{list:?}");
    assert!(list.available > 0 || list.next_expires_at.is_none(), "{list:?}");
}

/// A usage answer that carries the list says the same.
fn check_in_usage(list: &ResetList, credits: &Value, answer: &HttpResponse) {
    let banked = json!({ "available_count": 5, "credits": credits });
    let body = json!({ "rate_limit_reset_credits": banked });
    let usage = read_response(&with_body(answer, &body)).expect("a usage");
    let banked = usage.reset_credits.expect("banked resets");
    assert_eq!((&banked.list, banked.source), (list, Some(ResetSource::UsageAnswer)));
}

/// Adds a reset that is used up, which changes nothing, and one that is not, which counts.
fn check_more(list: &ResetList, listed: &[Value], answer: &HttpResponse) {
    let mut more = listed.to_vec();
    more.push(json!({ "id": CANARY, "status": "redeemed", "expires_at": null }));
    more.push(json!({ "id": CANARY, "status": "available", "expires_at": 1 }));
    let read = |listed: &[Value]| read_reset_list(&with_body(answer, &json!(listed)));
    assert_eq!(read(&more), Ok(*list));
    more.push(json!({ "id": CANARY, "status": "available", "expires_at": null }));
    let one_more = ResetList {
        available: list.available + 1,
        of_codex: list.of_codex.map(|count| count + 1),
        ..*list
    };
    assert_eq!(read(&more), Ok(one_more));
}

fn with_body(answer: &HttpResponse, body: &Value) -> HttpResponse {
    HttpResponse { body: body.to_string().into_bytes(), content_type: None, ..answer.clone() }
}

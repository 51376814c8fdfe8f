#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::{Value, json};

use super::*;
use crate::profile::Profile;
use crate::profile::tests::profile;

pub(crate) const NOW: Instant = 1_790_000_000;

pub(crate) fn answer(status: u16, body: &Value) -> HttpResponse {
    HttpResponse {
        status,
        retry_after: None,
        content_type: Some("application/json".into()),
        challenged: false,
        body: body.to_string().into_bytes(),
        received_at: NOW,
        elapsed_ms: 0,
    }
}

fn text(status: u16, content_type: Option<&str>, body: &str) -> HttpResponse {
    HttpResponse {
        content_type: content_type.map(Into::into),
        body: body.as_bytes().to_vec(),
        ..answer(status, &Value::Null)
    }
}

pub(crate) fn read(body: &Value) -> UsageSnapshot {
    read_response(&answer(200, body)).unwrap()
}

fn error(status: u16, body: &Value) -> UsageError {
    read_response(&answer(status, body)).unwrap_err()
}

/// The only window of an answer with this one in the primary slot.
fn window(window: Value) -> UsageWindow {
    read(&json!({ "rate_limit": { "allowed": true, "primary_window": window } })).windows()[0]
        .clone()
}

#[test]
fn the_first_rule_that_matches_decides() {
    let credits = json!({ "has_credits": true, "balance": "5" });
    let blocked = json!({ "allowed": false });
    let half = json!({ "used_percent": 50, "limit_window_seconds": 18_000 });
    let full = json!({ "used_percent": 100, "limit_window_seconds": 18_000 });
    for (body, expected) in [
        (json!({}), (Verdict::Unknown, "rate_limit_absent")),
        (json!({ "rate_limit": "soon" }), (Verdict::Unknown, "rate_limit_absent")),
        // Absent is unknown before anything else is looked at.
        (json!({ "spend_control": { "reached": true } }), (Verdict::Unknown, "rate_limit_absent")),
        (json!({ "rate_limit": null }), (Verdict::Unknown, "no_quota_reported")),
        (
            json!({ "rate_limit": null, "credits": credits }),
            (Verdict::Unknown, "no_quota_reported"),
        ),
        (
            json!({ "rate_limit": null, "credits": { "unlimited": true } }),
            (Verdict::Usable, "credits_only"),
        ),
        (
            json!({ "rate_limit": null, "credits": credits, "spend_control": { "reached": false, "individual_limit": {} } }),
            (Verdict::Usable, "credits_only"),
        ),
        (
            json!({ "rate_limit": null, "credits": { "has_credits": true, "balance": "5", "overage_limit_reached": true }, "spend_control": { "individual_limit": {} } }),
            (Verdict::Unknown, "no_quota_reported"),
        ),
        (
            json!({ "rate_limit": null, "spend_control": { "reached": true } }),
            (Verdict::Wait, "spend_limit_reached"),
        ),
        (
            json!({ "rate_limit": { "allowed": true, "primary_window": full } }),
            (Verdict::Usable, "allowed"),
        ),
        (
            json!({ "rate_limit": { "allowed": "false", "primary_window": full } }),
            (Verdict::Wait, "blocked"),
        ),
        (
            json!({ "rate_limit": { "limit_reached": true, "primary_window": full } }),
            (Verdict::Wait, "blocked"),
        ),
        (json!({ "rate_limit": { "primary_window": full } }), (Verdict::Wait, "blocked")),
        (json!({ "rate_limit": { "primary_window": half } }), (Verdict::Usable, "allowed")),
        (
            json!({ "rate_limit": { "allowed": false, "primary_window": half } }),
            (Verdict::Wait, "blocked_despite_percent"),
        ),
        (json!({ "rate_limit": blocked, "credits": credits }), (Verdict::UsableAtCost, "blocked")),
        (
            json!({ "rate_limit": blocked, "credits": { "has_credits": true, "balance": 0 } }),
            (Verdict::Wait, "blocked"),
        ),
        (
            json!({ "rate_limit": blocked, "credits": { "has_credits": true, "balance": null } }),
            (Verdict::Wait, "blocked"),
        ),
        (
            json!({ "rate_limit": blocked, "credits": { "has_credits": true }, "spend_control": { "individual_limit": {} } }),
            (Verdict::UsableAtCost, "blocked"),
        ),
        // Any reached type is a hard stop.
        (
            json!({ "rate_limit": blocked, "credits": credits, "rate_limit_reached_type": "rate_limit_reached" }),
            (Verdict::Wait, "rate_limit_reached"),
        ),
        (
            json!({ "rate_limit": { "allowed": true }, "rate_limit_reached_type": { "type": "workspace_owner_credits_depleted" } }),
            (Verdict::Wait, "workspace_owner_credits_depleted"),
        ),
        (
            json!({ "rate_limit": { "allowed": true }, "rate_limit_reached_type": "workspace_new_thing" }),
            (Verdict::Wait, "workspace_limit_reached"),
        ),
        (
            json!({ "rate_limit": { "allowed": true }, "rate_limit_reached_type": "rate_limit_reached" }),
            (Verdict::Usable, "allowed"),
        ),
    ] {
        let judgement = judge(&profile("openai:a"), &read_response(&answer(200, &body)), NOW);
        let reason = serde_json::to_value(judgement.reason).unwrap();
        assert_eq!((judgement.verdict, reason.as_str().unwrap()), expected, "{body}");
    }
}

#[test]
fn a_cooldown_waits_unless_something_worse_is_known() {
    let mut cooling = profile("openai:a");
    cooling.cooldown_until = Some(NOW + 60);
    let judged = |outcome: &Outcome| {
        let judgement = judge(&cooling, outcome, NOW);
        (judgement.verdict, judgement.server, judgement.until)
    };
    let answered = |body: Value| read_response(&answer(200, &body));
    assert_eq!(
        judged(&answered(json!({ "rate_limit": { "allowed": true } }))),
        (Verdict::Wait, Some(Verdict::Usable), Some(NOW + 60))
    );
    assert_eq!(
        judged(&answered(json!({ "rate_limit": null }))),
        (Verdict::Wait, Some(Verdict::Unknown), Some(NOW + 60))
    );
    assert_eq!(judged(&answered(json!({}))), (Verdict::Unknown, None, None));
    assert_eq!(judged(&Err(UsageError::Timeout)), (Verdict::Unknown, None, None));
    let judgement = judge(&cooling, &answered(json!({ "rate_limit": {} })), NOW + 61);
    assert_eq!(judgement.verdict, Verdict::Usable, "a cooldown that has passed is none");
}

#[test]
fn a_blocked_profile_recovers_at_the_latest_of_what_stops_it() {
    let mut waiting = profile("openai:a");
    let body = |week: i64| {
        json!({ "rate_limit": { "allowed": false,
            "primary_window": { "used_percent": 100, "limit_window_seconds": 18_000, "reset_after_seconds": 600 },
            "secondary_window": { "used_percent": week, "limit_window_seconds": 604_800, "reset_after_seconds": 90_000 },
        } })
    };
    let until = |profile: &Profile, body: Value| {
        judge(profile, &read_response(&answer(200, &body)), NOW).until
    };
    assert_eq!(until(&waiting, body(10)), Some(NOW + 600));
    assert_eq!(until(&waiting, body(100)), Some(NOW + 90_000));
    let mut due = body(100);
    due["rate_limit"]["primary_window"]["reset_after_seconds"] = json!(-5);
    assert_eq!(until(&waiting, due), Some(NOW + 90_000), "a reset that has passed stops nothing");
    waiting.cooldown_until = Some(NOW + 700);
    assert_eq!(until(&waiting, body(10)), Some(NOW + 700));
}

#[test]
fn windows_are_named_by_length() {
    for (seconds, expected) in [
        (18_000, Role::Session),
        (17_940, Role::Session),
        (604_800, Role::Weekly),
        (2_592_000, Role::Monthly),
        (2_678_400, Role::Monthly),
        (10_800, Role::Other),
        (86_400, Role::Other),
        (1, Role::Other),
    ] {
        let window = window(json!({ "limit_window_seconds": seconds }));
        assert_eq!(window.role(), expected, "{seconds}");
    }
}

#[test]
fn a_missing_length_is_assumed_from_the_slot_until_the_reset_proves_it_wrong() {
    for length in [json!(null), json!(-5), json!(1e300), json!("soon")] {
        let near = window(json!({ "limit_window_seconds": length, "reset_after_seconds": 600 }));
        assert_eq!((near.role(), near.state), (Role::Session, WindowState::Assumed));
        let far = window(json!({ "limit_window_seconds": length, "reset_after_seconds": 400_000 }));
        assert_eq!(
            (far.role(), far.state, far.length_seconds),
            (Role::Other, WindowState::Running, None)
        );
    }
    let body =
        json!({ "rate_limit": { "secondary_window": { "used_percent": 1 }, "odd_window": {} } });
    let usage = read(&body);
    let roles: Vec<Role> = usage.windows().iter().map(|window| window.role()).collect();
    assert_eq!(roles, [Role::Weekly, Role::Other]);
}

#[test]
fn a_window_of_no_length_is_switched_off() {
    for length in [json!(0), json!(0.0), json!("0"), json!("0.00")] {
        let off = json!({ "used_percent": 100, "limit_window_seconds": length, "reset_at": NOW });
        let week = json!({ "used_percent": 23, "limit_window_seconds": 604_800 });
        for (primary, secondary) in [(&off, &week), (&week, &off)] {
            let usage = read(&json!({ "rate_limit": {
                "limit_reached": true, "primary_window": primary, "secondary_window": secondary,
            } }));
            let roles: Vec<Role> = usage.windows().iter().map(|window| window.role()).collect();
            assert_eq!(roles, [Role::Weekly], "{length}");
        }
        let pools = read(&json!({ "additional_rate_limits": [
            { "limit_name": "spark", "rate_limit": { "allowed": true, "primary_window": off } },
        ] }));
        assert_eq!(pools.additional[0].quota.windows, [], "{length}");
    }
}

#[test]
fn the_clock_of_a_window_is_told_from_its_reset() {
    let state = |used: i64, after: i64| {
        window(json!({ "used_percent": used, "limit_window_seconds": 18_000, "reset_after_seconds": after })).state
    };
    assert_eq!(state(0, 18_000), WindowState::NotStarted);
    assert_eq!(state(1, 18_000), WindowState::Running);
    assert_eq!(state(0, 17_000), WindowState::Running);
    assert_eq!(state(5, 0), WindowState::Due);
    assert_eq!(state(5, -120), WindowState::Due);
    assert_eq!(state(5, 18_030), WindowState::Running);
    assert_eq!(state(5, 19_000), WindowState::Inconsistent);
}

#[test]
fn resets_are_read_in_every_form_that_was_seen() {
    for (form, expected) in [
        (json!(NOW + 600), Some(NOW + 600)),
        (json!((NOW + 600) * 1000), Some(NOW + 600)),
        (json!((NOW + 600).to_string()), Some(NOW + 600)),
        (json!("2026-09-21T14:23:20Z"), Some(NOW + 600)),
        (json!(1_790_000_600.9), Some(NOW + 600)),
        (json!(0), None),
        (json!(-1), None),
        (json!("soon"), None),
        (json!(1e300), None),
        (json!([]), None),
    ] {
        assert_eq!(window(json!({ "reset_at": form })).resets_at, expected, "{form}");
    }
}

#[test]
fn a_401_is_told_apart_by_its_code_then_by_its_sentence() {
    let reason = |body: Value| error(401, &body).reason();
    for code in [
        "token_invalidated",
        "token_revoked",
        "refresh_token_reused",
        "refresh_token_expired",
        "refresh_token_invalidated",
        "invalid_grant",
    ] {
        assert_eq!(
            reason(json!({ "error": { "code": code, "message": "expired" } })),
            Some("revoked")
        );
    }
    assert_eq!(reason(json!({ "error": { "code": "token_expired" } })), Some("expired"));
    assert_eq!(reason(json!({ "detail": { "code": "token_expired" } })), Some("expired"));
    assert_eq!(
        reason(json!({ "error": { "message": "Your token has expired." } })),
        Some("expired")
    );
    assert_eq!(
        reason(
            json!({ "error": { "message": "Your authentication token has been invalidated." } })
        ),
        Some("revoked")
    );
    assert_eq!(reason(json!({ "detail": "Unauthorized" })), Some("unknown"));
    assert_eq!(reason(json!([1, 2])), Some("unknown"));
}

#[test]
fn statuses_stand_for_the_failures_of_the_table() {
    let code = |status, body: &Value| error(status, body).code();
    let none = json!({});
    let gone = json!({ "error": { "code": "deactivated_workspace" } });
    for (status, body, expected) in [
        (402, &none, "billing_required"),
        (402, &gone, "account_deactivated"),
        (403, &none, "forbidden_by_usage_endpoint"),
        (403, &gone, "account_deactivated"),
        (404, &none, "endpoint_missing"),
        (429, &none, "rate_limited"),
        (301, &none, "unexpected_redirect"),
        (304, &none, "unexpected_redirect"),
        (500, &none, "server_error"),
        (599, &none, "server_error"),
        (204, &none, "bad_content"),
        (418, &none, "request_failed"),
        (100, &none, "request_failed"),
    ] {
        assert_eq!(code(status, body), expected, "{status}");
    }
}

#[test]
fn what_the_edge_sends_says_nothing_about_the_sign_in() {
    for answer in [
        text(403, Some("text/html; charset=UTF-8"), "<title>Just a moment...</title>"),
        text(403, None, "  <!DOCTYPE html>"),
        text(403, Some("text/plain"), "error code: 1020"),
        HttpResponse { challenged: true, ..answer(403, &json!({})) },
        HttpResponse { challenged: true, ..answer(503, &json!({})) },
    ] {
        assert_eq!(read_response(&answer), Err(UsageError::UpstreamChallenge), "{answer:?}");
    }
    assert_eq!(read_response(&text(403, None, "")), Err(UsageError::Forbidden));
}

#[test]
fn only_a_json_object_is_an_answer() {
    for body in ["", "null", "[]", "3", "\"x\"", "{\"a\":1", "{} {}", "{\"a\":\u{1}}", "<html>"] {
        let answer = text(200, Some("application/json"), body);
        assert_eq!(read_response(&answer), Err(UsageError::BadContent), "{body:?}");
    }
    let deep = "[".repeat(100_000);
    let answer = text(200, None, &format!("{{\"a\":{deep}"));
    assert_eq!(read_response(&answer), Err(UsageError::BadContent));
    assert!(read_response(&text(200, None, "\u{feff}{\"plan_type\":\"plus\"}")).is_ok());
    let not_text = HttpResponse { body: vec![b'{', 0xff, b'}'], ..answer };
    assert_eq!(read_response(&not_text), Err(UsageError::BadContent));
}

#[test]
fn retry_after_is_read_in_both_forms_and_bounded() {
    let wait = |header: &str| {
        let answer = HttpResponse { retry_after: Some(header.into()), ..answer(429, &json!({})) };
        read_response(&answer).unwrap_err().retry_after()
    };
    assert_eq!(wait("120"), Some(120));
    assert_eq!(wait(" 0 "), Some(0));
    assert_eq!(wait("99999999999999999999999"), Some(3600));
    assert_eq!(wait("Mon, 21 Sep 2026 14:14:20 GMT"), Some(60));
    assert_eq!(wait("Mon, 21 Sep 2020 14:14:20 GMT"), Some(0));
    for bad in ["", "-5", "1.5", "soon", "½"] {
        assert_eq!(wait(bad), None, "{bad:?}");
    }
}

#[test]
fn an_exhausted_quota_tells_when_it_resets() {
    let reset = |body: Value| error(429, &body).resets_at();
    let typed = |field: &str, value: i64| json!({ "error": { "type": "usage_limit_reached", field: value } });
    assert_eq!(reset(typed("resets_at", NOW + 5)), Some(NOW + 5));
    assert_eq!(reset(typed("resets_in_seconds", 7)), Some(NOW + 7));
    assert_eq!(reset(typed("resets_in_seconds", i64::MAX)), None);
    assert_eq!(error(429, &typed("x", 1)).code(), "quota_exhausted");
}

#[test]
fn plans_are_open_and_clean() {
    let label = |plan: &str| read(&json!({ "plan_type": plan })).plan.map(|plan| plan.label);
    for (plan, expected) in [
        ("plus", Some("Plus")),
        ("pro", Some("Pro 20x")),
        ("prolite", Some("Pro 5x")),
        ("promax", Some("Pro Max")),
        ("Pro-Max", Some("Pro Max")),
        ("free", Some("Free")),
        ("go", Some("Go")),
        ("team", Some("Team")),
        ("edu", Some("Edu")),
        ("k12", Some("K-12")),
        ("business", Some("Business")),
        ("self_serve_business_usage_based", Some("Business (usage-based)")),
        ("enterprise", Some("Enterprise")),
        ("enterprise_cbp_automation", Some("Enterprise")),
        ("enterprise_cbp_usage_based", Some("Enterprise (usage-based)")),
        ("brand_new-plan", Some("Brand New Plan")),
        ("\u{1b}[31mred\n", Some("31mred")),
        ("pro+", Some("Pro")),
        ("plan✨ultra", Some("Plan Ultra")),
        ("<b>pro</b>", Some("B Pro B")),
        ("sky_plan", Some("Sky Plan")),
        ("sk-FAKE", None),
        ("sk_FAKE", None),
        ("", None),
        ("___", None),
        ("计划", None),
        ("someone@example.invalid", None),
        ("eyJhbGciOiJ", None),
    ] {
        assert_eq!(label(plan).as_deref(), expected, "{plan:?}");
    }
}

/// Every place of an answer holds, in turn, everything that it should not.
#[test]
fn no_value_in_any_place_of_an_answer_is_too_odd() {
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1e300),
        json!(-1e300),
        json!(i64::MAX),
        json!(0.000_001),
        json!("x"),
        json!("NaN"),
        json!("99999999999999999999"),
        json!([]),
        json!({}),
        json!([{}]),
        json!({ "type": 5 }),
    ];
    let full = json!({
        "user_id": "u", "account_id": "a", "plan_type": "plus",
        "rate_limit": { "allowed": false, "limit_reached": true,
            "primary_window": { "used_percent": 5, "limit_window_seconds": 18_000, "reset_after_seconds": 60, "reset_at": NOW + 60 },
            "secondary_window": { "used_percent": 100, "limit_window_seconds": 604_800, "reset_at": NOW + 600 } },
        "code_review_rate_limit": { "primary_window": { "used_percent": 1 } },
        "additional_rate_limits": [{ "metered_feature": "m", "normal_model_slug": "l", "rate_limit": { "primary_window": { "used_percent": 3 } } }],
        "model_usage": { "m": { "available": false, "available_at": NOW + 5, "credits_would_enable": true } },
        "credits": { "has_credits": true, "unlimited": false, "overage_limit_reached": false, "balance": "5.5" },
        "spend_control": { "reached": true, "reached_limit_type": "group_shared",
            "individual_limit": { "remaining_percent": 3, "limit": "5", "remaining": "4", "reset_at": NOW },
            "group_shared_limit": { "group_id": "g", "details": { "limit": "5", "used": "5", "resets_at": NOW } } },
        "rate_limit_reached_type": { "type": "rate_limit_reached" },
        "rate_limit_reset_credits": { "available_count": 1, "applicable_available_count": 1,
            "credits": [{ "id": "i", "status": "available", "expires_at": NOW + 5 }] },
    });
    let mut places = Vec::new();
    collect(&full, String::new(), &mut places);
    assert!(places.len() > 40);
    for place in &places {
        for value in &odd {
            let mut body = full.clone();
            *body.pointer_mut(place).unwrap() = value.clone();
            let outcome = read_response(&answer(200, &body));
            let usage = outcome.as_ref().unwrap();
            for window in usage.windows() {
                let left = window.remaining_percent().map(Decimal::hundredths);
                assert!(left.is_none_or(|left| (0..=10_000).contains(&left)), "{place} {value}");
            }
            judge(&profile("openai:a"), &outcome, NOW);
        }
    }
}

#[test]
fn models_come_by_name_and_of_two_fields_of_one_name_the_first_counts() {
    let models = r#""model_usage": { "b": { "available": true }, "a": { "available": false } }"#;
    let body = format!(r#"{{ {models}, "account_id": "one", "account_id": "other" }}"#);
    let answer = HttpResponse { body: body.into_bytes(), ..answer(200, &Value::Null) };
    let usage = read_response(&answer).expect("an answer");
    let names: Vec<&str> = usage.models.iter().map(|model| model.model.as_str()).collect();
    assert_eq!((names, usage.identity.account_id.as_deref()), (vec!["a", "b"], Some("one")));
}

fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                collect(inner, format!("{at}/{key}"), places);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                collect(inner, format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        places.push(at);
    }
}

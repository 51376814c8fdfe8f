//! The bounds of a call: many profiles are answered in full, and the work they take
//! stays where it was.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use host_test::contract::commands::{About, Delivery, Origin, Request, Status, StrainKind};
use host_test::harness::{Command, Harness, Turn};
use host_test::world;
use serde_json::{Value, json};

use crate::crowd::{crowd, host, request};

mod crowd;

fn ask(world: &Value, origin: Origin, length: u32) -> Turn {
    call(world, &request(origin, length))
}

fn call(world: &Value, request: &Request) -> Turn {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.json");
    std::fs::write(&path, world.to_string()).unwrap();
    let host = host(world::replay(&path).unwrap());
    Harness::new().unwrap().call(Command::Usage, request, host).unwrap()
}

fn all() -> Origin {
    Origin::Command("all".into())
}

fn document(turn: &Turn) -> Value {
    serde_json::from_str(turn.reply.json.as_deref().unwrap()).unwrap()
}

#[test]
fn a_thousand_profiles_are_a_thousand_rows() {
    let turn = ask(&crowd(1000), all(), u32::MAX);
    let document = document(&turn);
    assert_eq!(document["summary"]["remote_ok_count"], 1000);
    assert_eq!(document["profiles"].as_array().unwrap().len(), 1000);
    assert_eq!(document["formatted_profiles"].as_array().unwrap().len(), 1000);
    assert!(matches!(turn.reply.status, Status::Ok));
}

#[test]
fn a_document_is_made_only_where_it_is_asked_for() {
    let world = crowd(2);
    let asked = |text: &str, wants_json| {
        let origin = Origin::Command(text.into());
        let request = Request { wants_json, ..request(origin, u32::MAX) };
        call(&world, &request).reply
    };
    for text in ["all", "best", "rotation", "select", "nobody"] {
        assert!(asked(text, true).json.is_some(), "{text}");
        assert!(asked(text, false).json.is_none(), "{text}");
    }
    for text in ["all --format json", "best --format json"] {
        let Delivery::Parts(parts) = asked(text, false).delivery else {
            panic!("{text} has no reply");
        };
        let said: Value = serde_json::from_str(&parts[0].text).unwrap();
        assert_eq!(said["ok"], true, "{text}");
    }
}

#[test]
fn a_host_is_told_what_a_check_found() {
    let mut world = crowd(4);
    let profiles = world["answers"].as_object_mut().unwrap().values_mut();
    for (answers, seconds) in profiles.zip([None, Some("90"), Some("900"), Some("7")]) {
        if let Some(seconds) = seconds {
            answers[0] = json!({ "status": 429, "headers": { "retry-after": seconds } });
        }
    }
    for text in ["all", "best"] {
        let About::Check(check) = ask(&world, Origin::Command(text.into()), 4096).reply.about
        else {
            panic!("{text} is no check");
        };
        let strain = check.strain.unwrap();
        assert_eq!((check.profiles, check.usable, check.unknown), (4, 1, 3), "{text}");
        assert!(matches!(strain.kind, StrainKind::RateLimited), "{text}");
        assert_eq!(strain.retry_after_seconds, 900, "{text}");
    }
    let refused = ask(&world, Origin::Command("nobody".into()), 4096);
    assert!(matches!(refused.reply.about, About::Other));
}

#[test]
fn quotas_that_run_out_together_are_one_end() {
    let mut world = crowd(100);
    for answers in world["answers"].as_object_mut().unwrap().values_mut() {
        let limit = &mut answers[0]["body"]["rate_limit"];
        for (window, used, left) in
            [("primary_window", 90, 10_800), ("secondary_window", 98, 172_800)]
        {
            limit[window]["used_percent"] = json!(used);
            limit[window]["reset_after_seconds"] = json!(left);
            limit[window]["reset_at"] = json!(crowd::NOW + left);
        }
    }
    let document = document(&ask(&world, all(), u32::MAX));
    assert!(document["outlook"]["all_blocked_at"].is_string(), "{}", document["outlook"]);
}

#[test]
fn what_one_check_has_no_room_for_is_counted() {
    for command in ["all", "best", "rotation"] {
        let turn = ask(&crowd(5000), Origin::Command(command.into()), u32::MAX);
        assert!(matches!(turn.reply.status, Status::Ok), "{command}");
        let Delivery::Parts(parts) = &turn.reply.delivery else {
            panic!("{command} has no reply");
        };
        let text: String = parts.iter().map(|part| part.text.as_str()).collect();
        assert!(text.contains("3000 more were not checked"), "{command}");
    }
}

#[test]
fn bodies_beyond_the_budget_of_a_batch_are_rows_that_say_so() {
    let mut world = crowd(1000);
    let padding = "x".repeat(10_000);
    for (_, answers) in world["answers"].as_object_mut().unwrap() {
        answers[0]["body"]["promo"] = json!({ "padding": padding });
    }
    let document = document(&ask(&world, all(), u32::MAX));
    let rows = document["profiles"].as_array().unwrap();
    let unasked = rows.iter().filter(|row| row["error"]["code"] == "not_checked").count();
    let read = rows.iter().filter(|row| row["remote_usage_ok"] == true).count();
    assert_eq!(rows.len(), 1000);
    assert!(read > 300, "{read} read");
    assert_eq!(unasked + read, 1000);
}

#[test]
fn bodies_of_nothing_but_brackets_are_rows_too() {
    let fill = |piece: &str| format!("{{\"a\":[{}0]}}", piece.repeat(255_000 / piece.len()));
    for piece in ["1,", "[],", "{\"a\":1},", "\"\",", "1e9,"] {
        for status in [200, 401, 429] {
            let mut world = crowd(16);
            for (_, answers) in world["answers"].as_object_mut().unwrap() {
                answers[0] = json!({ "status": status, "body_text": fill(piece) });
            }
            let document = document(&ask(&world, all(), u32::MAX));
            let rows = document["profiles"].as_array().unwrap();
            assert_eq!(rows.len(), 16, "{piece} {status}");
            assert!(rows.iter().all(|row| row["remote_usage_ok"] == false));
        }
    }
}

#[test]
fn a_flood_of_lines_in_chat_ends_with_a_word() {
    let turn = ask(&crowd(1000), Origin::Command("all".into()), 4096);
    let Delivery::Parts(parts) = &turn.reply.delivery else {
        panic!("no reply");
    };
    assert!(parts.len() <= 13, "{} messages", parts.len());
    assert!(parts.iter().all(|part| part.text.encode_utf16().count() <= 4096));
    assert!(parts.last().unwrap().text.contains("more lines"), "{}", parts.last().unwrap().text);
}

/// The most that a profile may cost. Fuel counts instructions, so it is the same on every
/// machine.
const FUEL_A_PROFILE: u64 = 280_000;

#[test]
fn the_work_of_a_profile_is_small_and_does_not_grow_with_their_number() {
    let request = Request { wants_json: false, ..request(all(), u32::MAX) };
    let fuel = |count: usize| call(&crowd(count), &request).fuel;
    let (few, many, most) = (fuel(10), fuel(110), fuel(1010));
    let (of_hundred, of_thousand) = ((many - few) / 100, (most - few) / 1000);
    println!("fuel a profile: {of_hundred} of 100, {of_thousand} of 1000; 10 profiles {few}");
    assert!(of_hundred <= FUEL_A_PROFILE, "{of_hundred}");
    assert!(of_thousand <= of_hundred * 5 / 4, "{of_hundred} grows to {of_thousand}");
}

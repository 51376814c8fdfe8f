//! Changes in chat: planned, confirmed, applied by the real program and read back.

use std::thread;

use serde_json::json;

use crate::gateway::{CURRENT, Gateway, MIDDLE, OLDER, Said};
use crate::looking::{codes, labels};

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_profile_of_2026_6_is_retired_and_the_order_cleared_and_nothing_else_changes() {
    let gateway = Gateway::ordered(&MIDDLE);
    let before = gateway.documents().beside_the_order();
    let retired = gateway.change("ann", "retire default");
    retired.assert(0, &["✅ Done, verified: default is retired (no longer used, sign-in kept)."]);
    assert_eq!(gateway.own_order(), Some(gateway.ids(&["work", "backup"])));
    assert_eq!(gateway.documents().beside_the_order(), before);

    let cleared = gateway.change("ann", "order clear");
    cleared.assert(0, &["✅ Done, verified: this agent's own order is cleared."]);
    assert_eq!(gateway.own_order(), None);
    assert_eq!(gateway.documents().beside_the_order(), before);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_profile_is_deleted_by_its_code_and_its_name_but_for_the_migrations_copy() {
    let gateway = Gateway::ordered(&CURRENT);
    let before = gateway.documents();
    let plan = gateway.chat("ann", "delete backup permanently");
    plan.assert(0, &[ANNOUNCED, "Plan: delete backup permanently"]);
    let code = plan.code_of_plan();

    let nameless = gateway.chat("ann", &format!("confirm {code}"));
    nameless.assert(2, &["That code is not valid", "Nothing was changed."]);
    assert_eq!(gateway.documents(), before);

    let confirmed = gateway.chat("ann", &format!("confirm {code} backup"));
    confirmed.assert(0, &["✅ Done, verified: backup is deleted."]);
    assert_eq!(gateway.own_order(), Some(gateway.ids(&["work", "default"])));
    let mut others = before.credentials();
    others.remove(&gateway.id("backup")).unwrap();
    assert_eq!(gateway.documents().credentials(), others);

    let status = gateway.status();
    let profiles = status["profiles"].as_array().unwrap();
    assert_eq!(labels(profiles), ["work", "default"]);
    assert_eq!(status["order"], json!(["work", "default"]));
    assert_eq!(codes(&status), ["migrated_plain_tokens"]);
    // The finding is right about the copy.
    let token = gateway.sign_in("backup").access();
    assert!(gateway.some_file_holds(&token));
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn where_no_command_deletes_the_maintenance_window_is_told_and_nothing_done() {
    let gateway = Gateway::signed_in(&OLDER);
    let before = gateway.documents();
    let said = gateway.chat("ann", "delete backup permanently");
    said.assert(
        1,
        &[
            "Nothing was deleted: OpenClaw 2026.3.8 has no command that deletes a profile",
            "Operator: run openclaw gateway stop",
            "5. Both: check with openclaw models status --json",
        ],
    );
    assert_eq!(gateway.documents(), before);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_plan_that_was_overtaken_is_made_anew_and_of_two_confirmed_at_once_one_is_applied() {
    let gateway = Gateway::signed_in(&OLDER);
    let before = gateway.documents().beside_the_order();
    let anns = gateway.chat("ann", "order set backup");
    let bobs = gateway.chat("bob", "retire work");
    gateway.set_order("main", &["work", "default"]);

    // The same command would do for ann, and another one for bob.
    let anns_new = gateway.confirm("ann", &anns);
    anns_new.assert(1, &[MOVED, "Before: 1 work · 2 default", "After: 1 backup"]);
    let bobs_new = gateway.confirm("bob", &bobs);
    bobs_new.assert(1, &[MOVED, "Before: 1 work · 2 default", "After: 1 default"]);
    assert_eq!(gateway.own_order(), Some(gateway.ids(&["work", "default"])));
    // The same words within twenty seconds, for a code that is used up.
    gateway.confirm("bob", &bobs).assert(0, &["Just answered"]);

    let [anns, bobs] = thread::scope(|scope| {
        let plans = [("ann", &anns_new), ("bob", &bobs_new)];
        let turns = plans.map(|(user, plan)| scope.spawn(|| gateway.confirm(user, plan)));
        turns.map(|turn| turn.join().unwrap())
    });
    let (winner, other, order, told) = match anns.code {
        0 => (&anns, &bobs, "backup", "✅ Done, verified: the order is set."),
        _ => (&bobs, &anns, "default", "✅ Done, verified: work is retired"),
    };
    winner.assert(0, &[told]);
    assert_eq!(other.code, 1, "{other:?}");
    let waits = other.text.contains("another change for this agent is still running");
    assert!(waits || other.text.contains(MOVED), "{other:?}");
    assert_eq!(gateway.own_order(), Some(gateway.ids(&[order])));
    assert_eq!(gateway.documents().beside_the_order(), before);
}

pub(super) const ANNOUNCED: &str = "\
I will apply this via `openclaw models auth ...` and then verify with `models status` + `auth order get`.
I won't hand-edit auth files directly, because runtime state can drift or overwrite one-shot edits.
";

pub(super) const MOVED: &str = "Nothing was changed: the sign-ins changed after you saw this plan.";

impl Gateway {
    /// Plans a change and confirms it, in two turns.
    pub(super) fn change(&self, user: &str, wish: &str) -> Said {
        let plan = self.chat(user, wish);
        plan.assert(0, &[ANNOUNCED, "Plan: "]);
        self.confirm(user, &plan)
    }

    pub(super) fn confirm(&self, user: &str, plan: &Said) -> Said {
        self.chat(user, &format!("confirm {}", plan.code_of_plan()))
    }
}

//! Changes in chat: planned, confirmed, applied by the real program and read back.

use std::thread;

use crate::gateway::{CURRENT, Gateway, MIDDLE, OLDER, Said};

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn an_order_of_2026_3_is_set_and_cleared_and_nothing_else_changes() {
    let gateway = Gateway::signed_in(&OLDER);
    assert_changes_the_order(&gateway);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn an_order_of_2026_6_is_set_and_cleared_and_nothing_else_changes() {
    let gateway = Gateway::signed_in(&MIDDLE);
    assert_changes_the_order(&gateway);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn an_order_of_the_current_version_is_set_and_cleared_back_to_the_inherited_one() {
    let gateway = Gateway::upgraded(&["backup", "work"]);
    let said = gateway.chat("ann", "order clear");
    said.assert(0, &["This agent has no order of its own.", "(inherited)"]);
    assert_changes_the_order(&gateway);
    assert_eq!(gateway.order("main"), gateway.ids(&["backup", "work"]));
}

/// Sets, retires, restores and clears.
fn assert_changes_the_order(gateway: &Gateway) {
    let before = gateway.documents().beside_the_order();
    let changes: [(&str, Option<&[&str]>, &str); 4] = [
        (
            "order set work default backup",
            Some(&["work", "default", "backup"]),
            "✅ Done, verified: the order is set.",
        ),
        (
            "retire default",
            Some(&["work", "backup"]),
            "✅ Done, verified: default is retired (no longer used, sign-in kept).",
        ),
        (
            "restore default first",
            Some(&["default", "work", "backup"]),
            "✅ Done, verified: default is first in the order.",
        ),
        ("order clear", None, "✅ Done, verified: this agent's own order is cleared."),
    ];
    for (wish, order, confirmed) in changes {
        gateway.change("ann", wish).assert(0, &[confirmed]);
        let order = order.map(|labels| gateway.ids(labels));
        assert_eq!(gateway.own_order(), order, "{wish}");
        let now = gateway.documents().beside_the_order();
        assert_eq!(now, before, "{wish}");
    }
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_profile_is_deleted_for_good_by_its_code_and_its_name() {
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
fn what_somebody_else_changed_after_a_plan_makes_a_new_plan() {
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
    let confirmed = gateway.confirm("bob", &bobs_new);
    confirmed.assert(0, &["✅ Done, verified: work is retired"]);
    assert_eq!(gateway.own_order(), Some(gateway.ids(&["default"])));
    assert_eq!(gateway.documents().beside_the_order(), before);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn of_two_confirmations_at_once_one_is_applied() {
    let gateway = Gateway::signed_in(&OLDER);
    let before = gateway.documents().beside_the_order();
    let wishes = [("ann", "order set work"), ("bob", "order set backup")];
    let plans = wishes.map(|(user, wish)| (user, gateway.chat(user, wish)));
    let [anns, bobs] = thread::scope(|scope| {
        let turns =
            plans.each_ref().map(|(user, plan)| scope.spawn(|| gateway.confirm(user, plan)));
        turns.map(|turn| turn.join().unwrap())
    });

    let (winner, other) = match anns.code {
        0 => ("work", &bobs),
        _ => ("backup", &anns),
    };
    assert_eq!(anns.code + bobs.code, 1, "{anns:?} {bobs:?}");
    let waits = other.text.contains("another change for this agent is still running");
    assert!(waits || other.text.contains(MOVED), "{other:?}");
    assert_eq!(gateway.own_order(), Some(gateway.ids(&[winner])));
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

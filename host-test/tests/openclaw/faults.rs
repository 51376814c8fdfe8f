//! Changes that meet a fault: whatever it is, the order is as before or as planned,
//! nothing else has changed, and the reply says which.

use std::process::Stdio;
use std::{fs, process};

use serde_json::{Value, json};

use crate::gateway::{CURRENT, Gateway, JSON_STORE, OLDER, ORDER, Release, Said};
use crate::sign_in::{SignIn, store_of};
use crate::wrapper::Wrapper;

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_locked_store_is_told_and_stays_as_it_was() {
    let gateway = Gateway::ordered(&CURRENT);
    let before = gateway.documents();
    let plan = gateway.chat("ann", "retire backup");
    let database = gateway.agent_database();
    database.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let said = gateway.confirm("ann", &plan);
    database.execute_batch("ROLLBACK").unwrap();
    said.assert(1, &[NOT_APPLIED, LOCKED, NOT_REPEATED]);
    assert_eq!(gateway.documents(), before);
    assert_eq!(gateway.own_order(), Some(gateway.ids(&ORDER)));
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn the_lock_file_of_2026_3_is_waited_for() {
    let gateway = Gateway::ordered(&OLDER);
    let before = gateway.documents().beside_the_order();
    let plan = gateway.chat("ann", "restore default first");
    let lock = gateway.state_dir.join(format!("{JSON_STORE}.lock"));
    let holder = json!({"pid": process::id(), "createdAt": jiff::Timestamp::now().to_string()});
    fs::write(&lock, holder.to_string()).unwrap();
    let wrapper = Wrapper::otherwise(
        &gateway,
        &format!(
            r#""models auth order set"*) (sleep 4; rm '{}') & real "$@"; code=$?; wait; (exit $code) ;;"#,
            lock.display()
        ),
    );
    let said = gateway.confirm_through(&wrapper, "ann", &plan);
    said.assert(0, &["✅ Done, verified: default is first in the order."]);
    assert_eq!(gateway.own_order(), Some(gateway.ids(&["default", "work", "backup"])));
    assert_eq!(gateway.documents().beside_the_order(), before);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_killed_change_of_the_current_version_is_done_or_not_and_blocks_nothing() {
    let gateway = killed(&CURRENT, &[("start models auth order set", 1)]);
    // Whoever writes next gets the lock of either database at once.
    for database in [gateway.shared_database(), gateway.agent_database()] {
        database.execute_batch("BEGIN EXCLUSIVE; ROLLBACK").unwrap();
    }
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_killed_change_of_2026_3_is_done_or_not_and_blocks_nothing() {
    let moments = [
        ("start models status", 1),
        ("start models auth order set", 1),
        ("start models auth order get", 2),
    ];
    let gateway = killed(&OLDER, &moments);
    let beside = gateway.documents().beside_the_order();
    let said = gateway.change("zoe", "order set default");
    said.assert(0, &["✅ Done, verified: the order is set."]);
    assert_eq!(gateway.own_order(), Some(gateway.ids(&["default"])));
    assert_eq!(gateway.documents().beside_the_order(), beside);
}

/// Kills the program when so many commands have come to that, once for each moment. Each
/// time the change is done or not, and nothing else has changed.
fn killed(release: &'static Release, moments: &[(&str, usize)]) -> Gateway {
    let gateway = Gateway::signed_in(release);
    let beside = gateway.documents().beside_the_order();
    let mut before = None;
    for (index, (what, count)) in moments.iter().enumerate() {
        let planned = [["work", "backup"], ["backup", "work"]]
            .map(|labels| (labels.join(" "), gateway.ids(&labels)));
        let is_new = |(_, ids): &&(String, Vec<String>)| before.as_ref() != Some(ids);
        let (labels, planned) = planned.iter().find(is_new).unwrap();
        let user = format!("user{index}");
        let plan = gateway.chat(&user, &format!("order set {labels}"));
        let wrapper = Wrapper::new(&gateway);
        kill_when(&gateway, &wrapper, &user, &plan, (what, *count));

        let now = gateway.own_order();
        let is_one_of_both = now == before || now.as_ref() == Some(planned);
        assert!(is_one_of_both, "{what}: {before:?}, then {now:?}");
        assert_eq!(gateway.documents().beside_the_order(), beside, "{what}");
        let shown = gateway.run(&["auth", "order"], &[]);
        assert_eq!(shown.code, 0, "{what}: {:#}", shown.json);
        assert_eq!(ids_of(&gateway, &shown.json["order_in_effect"]), now, "{what}");
        before = now;
    }
    gateway
}

fn kill_when(
    gateway: &Gateway,
    wrapper: &Wrapper,
    user: &str,
    plan: &Said,
    (what, count): (&str, usize),
) {
    let message = format!("/codex_auth confirm {}", plan.code_of_plan());
    let words = ["chat", "--owner", "--user", user, &message];
    let mut program = gateway
        .program(&words, &wrapper.ways())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wrapper.wait_for(what, count);
    program.kill().unwrap();
    let output = program.wait_with_output().unwrap();
    assert!(!output.status.success(), "{what}: it had ended");
    for text in [output.stdout, output.stderr] {
        gateway.assert_no_secret(&String::from_utf8_lossy(&text));
    }
    // What it started goes on without it.
    wrapper.wait_for_all();
}

fn ids_of(gateway: &Gateway, labels: &Value) -> Option<Vec<String>> {
    let labels = labels.as_array()?.iter();
    let id = |label: &Value| gateway.id(label.as_str().unwrap());
    Some(labels.map(id).collect())
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_command_that_looks_at_another_home_changes_neither() {
    let gateway = Gateway::signed_in(&OLDER);
    let other = Gateway::new(&OLDER);
    let strangers = [SignIn::new("stranger", "plus", 9)];
    other.write(JSON_STORE, &store_of(&strangers, OLDER.provider));
    let elsewhere = Wrapper::otherwise(
        &gateway,
        &format!(r#"*) (export HOME='{}'; real "$@") ;;"#, other.home().display()),
    );
    let both = || (gateway.documents(), other.documents());
    let before = both();
    let refused = "`models status` and ~/.openclaw/";

    let said = gateway.chat_through(&elsewhere.ways(), "ann", "retire work");
    said.assert(1, &[STOPPED, refused]);
    let plan = gateway.chat("bob", "order set work");
    let said = gateway.confirm_through(&elsewhere, "bob", &plan);
    said.assert(1, &[STOPPED, refused]);
    assert_eq!(both(), before);

    let nowhere = [("PATH", "/usr/bin:/bin".to_owned())];
    let said = gateway.chat_through(&nowhere, "ann", "order clear");
    said.assert(0, &["This agent has no order of its own."]);
    let said = gateway.chat_through(&nowhere, "ann", "retire backup");
    said.assert(1, &[STOPPED, "The `openclaw` command was not found."]);
    assert_eq!(both(), before);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_store_that_cannot_be_read_is_not_changed() {
    let gateway = Gateway::signed_in(&CURRENT);
    gateway.replace_shared_store_by("{");
    let before = gateway.documents();
    let said = gateway.chat("ann", "retire work");
    said.assert(1, &["openclaw doctor --fix"]);
    assert_eq!(gateway.documents(), before);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn an_answer_that_is_none_stops_the_plan() {
    let gateway = Gateway::signed_in(&OLDER);
    let before = gateway.documents();
    // The other answers need no real program: see the cases
    // `a-gateway-that-does-not-answer-stops-the-plan` and
    // `a-gateway-that-explains-itself-is-understood`.
    for (user, answer, told) in [
        ("ann", r#"real "$@" | head -c 400"#, NOT_UNDERSTOOD),
        // What holds a secret does not get in, whatever else it says.
        (
            "bob",
            "echo work is at rt_FAKE-REFRESH-work >&2; (exit 3)",
            "Refused by codex-profiler's own safety rules.",
        ),
    ] {
        let wrapper = Wrapper::otherwise(&gateway, &format!(r#""models status"*) {answer} ;;"#));
        let said = gateway.chat_through(&wrapper.ways(), user, "retire work");
        said.assert(1, &[STOPPED, told]);
    }
    assert_eq!(gateway.documents(), before);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn what_is_read_back_decides_and_not_what_the_command_says() {
    let gateway = Gateway::signed_in(&OLDER);
    let beside = gateway.documents().beside_the_order();
    let again = "real models auth order set --provider openai-codex --agent main";
    for (index, (does, labels, there, told)) in [
        (
            // With log lines around every answer.
            r#"*--json*) echo '[warn] {not json}'; real "$@"; echo '[info] done' ;;
               "models auth order set"*) real "$@" >/dev/null; kill -KILL $$ ;;"#
                .to_owned(),
            "work backup",
            ["work", "backup"].as_slice(),
            [
                "✅ Done, verified: the order is set.",
                "The gateway command could not start, or was stopped.",
            ],
        ),
        (
            format!(r#""models auth order set"*) real "$@"; {again} openai-codex:backup ;;"#),
            "default",
            &["backup"],
            [
                "⚠️ Not verified: the result is not what was planned.",
                "Expected: 1 default\nFound: 1 backup\nLikely cause: someone else changed it",
            ],
        ),
        (
            r#""models auth order set"*) real "$@"; touch "$log.set" ;;
               "models auth order get"*) [ -e "$log.set" ] || real "$@" ;;"#
                .to_owned(),
            "work",
            &["work"],
            ["⚠️ Not verified: the current state could not be read.", NOT_UNDERSTOOD],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let user = format!("user{index}");
        let plan = gateway.chat(&user, &format!("order set {labels}"));
        let wrapper = Wrapper::otherwise(&gateway, &does);
        let said = gateway.confirm_through(&wrapper, &user, &plan);
        let is_confirmed = told[0].starts_with('✅');
        said.assert(if is_confirmed { 0 } else { 1 }, &told);
        assert_eq!(said.text.contains(NOT_REPEATED), !is_confirmed, "{said:?}");
        assert_eq!(wrapper.count("start models auth order set"), 1, "{does}");
        assert_eq!(gateway.own_order(), Some(gateway.ids(there)), "{does}");
        assert_eq!(gateway.documents().beside_the_order(), beside, "{does}");
    }
}

const STOPPED: &str = "Nothing was changed: ";
const NOT_APPLIED: &str = "❌ Not applied: everything is as before.";
const NOT_REPEATED: &str = "The command was not repeated, and no file was edited.";
const LOCKED: &str = "Another program has locked the sign-ins.";
const NOT_UNDERSTOOD: &str = "The gateway command returned something unreadable";

impl Gateway {
    fn confirm_through(&self, wrapper: &Wrapper, user: &str, plan: &Said) -> Said {
        let message = format!("confirm {}", plan.code_of_plan());
        self.chat_through(&wrapper.ways(), user, &message)
    }
}

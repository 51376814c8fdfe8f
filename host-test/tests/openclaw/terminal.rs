//! Changes at a terminal: asked by a question, and logins that run attached to it.

use std::path::Path;

use crate::changing::ANNOUNCED;
use crate::gateway::{CURRENT, Gateway, OLDER, Release, Said};
use crate::pty::{CTRL_C, Terminal};
use crate::wrapper::Wrapper;

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_change_at_a_terminal_is_announced_and_asked_first() {
    let gateway = Gateway::signed_in(&OLDER);
    let before = gateway.documents();
    let set = ["auth", "order", "set", "work", "backup"];

    let mut at = gateway.sit_at(&set, &[]);
    at.wait_for("Apply this? [y/N]");
    let shown = at.shown();
    let announced = shown.find(ANNOUNCED).unwrap();
    let first_command = shown.find("… openclaw ").unwrap();
    assert!(announced < first_command, "{shown}");
    at.press("n\n");
    let said = gateway.left(at);
    said.assert(1, &["After: 1 work · 2 backup", "Nothing was changed."]);
    assert_eq!(gateway.documents(), before);

    let mut at = gateway.sit_at(&set, &[]);
    at.wait_for("Apply this? [y/N]");
    at.press("y\n");
    let said = gateway.left(at);
    said.assert(0, &["✅ Done, verified: the order is set.", "… openclaw models auth order set"]);
    assert_eq!(gateway.own_order(), Some(gateway.ids(&["work", "backup"])));
    assert_eq!(gateway.documents().beside_the_order(), before.clone().beside_the_order());

    let at = gateway.sit_at(&["auth", "order", "clear", "--yes"], &[]);
    let said = gateway.left(at);
    said.assert(0, &[ANNOUNCED, "✅ Done, verified: this agent's own order is cleared."]);
    assert!(!said.text.contains("[y/N]"), "{said:?}");
    assert_eq!(gateway.own_order(), None);
    assert_eq!(gateway.documents().beside_the_order(), before.beside_the_order());
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_deletion_asks_for_the_name_whatever_was_said_before() {
    let gateway = Gateway::signed_in(&CURRENT);
    let before = gateway.documents();
    let delete = ["auth", "delete", "work", "permanently", "--yes"];
    let mut at = gateway.sit_at(&delete, &[]);
    at.wait_for("Type the profile's name to delete it permanently:");
    at.press("backup\n");
    let said = gateway.left(at);
    said.assert(1, &[ANNOUNCED, "That is not its name. Nothing was deleted."]);
    assert_eq!(gateway.documents(), before);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_login_of_the_current_version_that_is_ended_leaves_everything_as_it_was() {
    assert_login_can_be_ended(&CURRENT);
}

#[test]
#[ignore = "needs the real OpenClaw: .ci/run installs it"]
fn a_login_of_2026_3_that_is_ended_leaves_everything_as_it_was() {
    assert_login_can_be_ended(&OLDER);
}

fn assert_login_can_be_ended(release: &'static Release) {
    let gateway = Gateway::signed_in(release);
    let before = gateway.documents().beside_the_order();
    let wrapper = Wrapper::new(&gateway);
    for asks_for_the_callback in [true, false] {
        let mut at = gateway.sit_at(&["auth", "start", "work"], &wrapper.ways());
        at.wait_for("Run it now, here? [y/N]");
        at.press("y\n");
        let started = wrapper.count("end models auth login") + 1;
        wrapper.wait_for("start models auth login", started);
        if asks_for_the_callback {
            at.wait_for("https://auth.openai.com/oauth/authorize?");
            at.wait_for("Paste the ");
        }
        // At once it ends what has only just started, by a signal to both.
        at.press(CTRL_C);
        let said = gateway.left(at);
        said.assert(
            1,
            &[
                ANNOUNCED,
                "❌ No one signed in: no profile was added or overwritten.",
                "Verified with `models status` and `auth order get`: 3 profiles.",
            ],
        );
        assert_eq!(gateway.documents().beside_the_order(), before);
    }
}

impl Gateway {
    /// Runs the program at a terminal of its own.
    fn sit_at(&self, words: &[&str], environment: &[(&str, String)]) -> Terminal {
        let program = env!("CARGO_BIN_EXE_codex-profiler");
        let words = [&["--ctty", program], words].concat();
        Terminal::start(self.command(Path::new("setsid"), &words, environment))
    }

    /// Returns the text it showed, when it has ended.
    fn left(&self, terminal: Terminal) -> Said {
        let said = terminal.end();
        self.assert_no_secret(&said.text);
        said
    }
}

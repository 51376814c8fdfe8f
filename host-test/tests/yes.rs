//! Tests that a person still sees with `--yes` what runs.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::process::Command;

mod pty;

#[test]
fn the_command_line_is_shown_before_the_change_is_made() {
    let world = concat!(env!("CARGO_MANIFEST_DIR"), "/cases/worlds/auth.json");
    for (words, argv) in [
        (&["order", "clear"][..], "order clear --provider openai --agent main"),
        (
            &["retire", "work"],
            "order set --provider openai --agent main openai:default openai:backup",
        ),
    ] {
        let (mut owner, side) = pty::terminal();
        let mut command = Command::new(env!("CARGO_BIN_EXE_codex-profiler"));
        command
            .arg("auth")
            .args(words)
            .args(["--yes", "--replay", world, "--locale", "en"])
            .stdin(side.try_clone().unwrap())
            .stdout(side.try_clone().unwrap())
            .stderr(side);
        let mut child = command.spawn().unwrap();
        // It holds the program's ends of the terminal.
        drop(command);
        let shown = pty::read_until(&mut owner, "nothing of this kind");
        assert!(child.wait().unwrap().success(), "{shown}");
        let (before, _) = shown.split_once("✅ Done, verified").unwrap();
        let runs = format!("This runs: openclaw models auth {argv}\r\n");
        assert!(before.contains(&runs), "{shown}");
        assert!(!shown.contains("[y/N]"), "{shown}");
    }
}

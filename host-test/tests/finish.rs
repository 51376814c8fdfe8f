//! A callback that is pasted, typed or piped: whatever it is, none of it is seen again.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::io::Write;
use std::process::{Command, Stdio};

const CODE: &str = "ac_CANARY0123456789abcdef";
const STATE: &str = "CANARY-state-of-somebody";

/// The text on the screen, and the exit code. Checks that nothing of the callback is in it,
/// nor in any file that the program left.
fn finish(words: &[&str], piped: &str) -> (String, i32) {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_codex-profiler"))
        .args(["auth", "finish", "--demo"])
        .args(words)
        .env_clear()
        .env("HOME", home.path())
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who does not read does not mind.
    let _ = child.stdin.take().unwrap().write_all(piped.as_bytes());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    for part in ["CANARY", "ac_", "0123456789", "somebody"] {
        assert!(!said.contains(part), "{words:?}: {said}");
    }
    assert!(std::fs::read_dir(home.path()).unwrap().next().is_none());
    (said, output.status.code().unwrap())
}

fn callback() -> String {
    format!("http://localhost:1455/auth/callback?code={CODE}&state={STATE}")
}

const GOES_ON: &str = "into the terminal where `openclaw models auth login` is waiting";

#[test]
fn a_callback_may_come_from_standard_input() {
    for words in [&[][..], &["work"], &["-"], &["work", "-"]] {
        let (said, code) = finish(words, &format!("{}\n", callback()));
        assert!(said.contains(GOES_ON), "{words:?}: {said}");
        assert_eq!(code, 0);
    }
}

#[test]
fn a_callback_is_joined_where_it_was_wrapped() {
    let callback = callback();
    let (first, second) = callback.split_at(60);
    let (said, _) = finish(&["work"], &format!("{first}\n  {second}\n"));
    assert!(said.contains(GOES_ON), "{said}");
}

#[test]
fn a_callback_that_a_shell_cut_is_known_for_it() {
    let (cut, _) = callback().split_once('&').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let (said, _) = finish(&["work", &cut], "");
    assert!(said.contains("cut off before `state`"), "{said}");
}

#[test]
fn whatever_it_is_none_of_it_is_seen_again() {
    let long = format!("{}{}", callback(), "x".repeat(100_000));
    let token = format!("eyJhbGciOiJub25lIn0.{CODE}.{STATE}");
    for callback in [
        callback(),
        callback().replace("http:", "https:"),
        callback().replace("localhost", "CANARY.example"),
        callback().replace("1455", "80"),
        callback().replace('?', "#"),
        callback().replace('=', "%3D").replace('&', "%26"),
        format!("{0}&code={CODE}", callback()),
        format!("http://localhost:1455/auth/callback?error=CANARY&error_description={CODE}"),
        format!("http://localhost:1455/auth/callback?error=access_denied&state={STATE}"),
        CODE.to_owned(),
        format!("{CODE}#{STATE}"),
        token,
        format!("sk-{CODE}"),
        format!("CANARY {CODE} somebody"),
        long,
        "\0CANARY\u{1b}[31m".to_owned(),
    ] {
        // No argument holds a NUL.
        if !callback.contains('\0') {
            finish(&["work", &callback], "");
            finish(&[&callback], "");
        }
        finish(&["work"], &callback);
    }
}

#[test]
fn a_callback_behind_another_command_is_not_told_either() {
    use std::os::unix::ffi::OsStrExt;
    let callback = callback();
    let cut = [callback.as_bytes(), b"\xff"].concat();
    let cut = std::ffi::OsStr::from_bytes(&cut);
    for verb in ["start", "status", "retire", "chat"] {
        let output = Command::new(env!("CARGO_BIN_EXE_codex-profiler"))
            .args(["auth", verb, "work"])
            .args([callback.as_ref(), cut])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(!said.contains("CANARY") && !said.contains("panicked"), "{said}");
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn an_error_in_the_command_line_tells_none_of_it() {
    let option = format!("--{CODE}");
    for words in [
        &["work", &option][..],
        &[&option],
        &["work", &callback(), "--agent"],
        &["work", &callback(), "--zone", CODE],
        &["work", &callback(), "--locale", CODE],
    ] {
        let (said, code) = finish(words, "");
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("codex-profiler auth finish [PROFILE]"), "{said}");
    }
}

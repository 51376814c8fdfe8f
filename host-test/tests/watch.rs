//! A watch and the settings as a person at the program has them, none of them waited for.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

#[cfg(target_os = "linux")]
mod pty;

/// The first line of a demo.
const DEMO: &str = " DEMO  six made-up profiles. Yours: codex-profiler usage\n";

/// The text on the screen and the exit code, in a home of one's own.
fn run(home: &Path, words: &[&str]) -> (String, String, i32) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_codex-profiler"))
        .args(words)
        .env_clear()
        .env("HOME", home)
        .env("TZ", "UTC")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(stdout), text(stderr), status.code().unwrap())
}

/// The same, where nothing is kept between runs.
fn codex_profiler(words: &[&str]) -> (String, String, i32) {
    let home = tempfile::tempdir().unwrap();
    let seen = run(home.path(), words);
    assert!(fs::read_dir(home.path()).unwrap().next().is_none());
    seen
}

/// The same with the demo's profiles.
fn demo(words: &[&str]) -> (String, String, i32) {
    codex_profiler(&[words, &["--demo"]].concat())
}

/// A home whose settings are these.
fn home_with(settings: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/codex-profiler");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("settings.json"), settings).unwrap();
    home
}

#[test]
fn a_watch_ends_as_soon_as_what_it_waits_for_is_so() {
    for words in [
        &["usage", "--watch", "60", "--until", "usable"][..],
        &["usage", "personal", "--watch", "--until", "usable"],
        &["usage", "default", "--watch=300", "--until=usable"],
        &["usage", "best", "--watch", "--until", "usable"],
        &["usage", "lab", "--watch", "--until", "blocked"],
        &["usage", "work", "--watch", "--until", "blocked"],
    ] {
        let (stdout, stderr, code) = demo(words);
        assert_eq!((stderr.as_str(), code), ("", 0), "{words:?}");
        assert!(stdout.starts_with(DEMO));
    }
}

#[test]
fn a_watch_shows_what_a_check_shows() {
    let (watched, ..) = demo(&["usage", "--watch", "--until", "usable"]);
    let (checked, ..) = demo(&["usage"]);
    // The demo is as old as its clock: the times in it may be a minute apart.
    let shape = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
    assert_eq!(shape(&watched), shape(&checked));
}

#[test]
fn a_watch_gives_up_when_its_time_is_over() {
    let blocked = ["usage", "--watch", "60", "--until", "blocked", "--for", "1s"];
    let (stdout, stderr, code) = demo(&blocked);
    let gave_up = "codex-profiler: gave up after 1s: not all are known to be blocked\n";
    assert_eq!((stderr.as_str(), code), (gave_up, 1));
    assert_eq!(stdout.matches("Codex usage · ").count(), 1);
    let in_chinese = [&blocked[..], &["--locale", "zh"]].concat();
    let (_, stderr, code) = demo(&in_chinese);
    let gave_up = "codex-profiler: 1s 后放弃：未确认全部受限\n";
    assert_eq!((stderr.as_str(), code), (gave_up, 1));
    let (_, stderr, code) = demo(&["usage", "--watch", "--for", "1s"]);
    assert_eq!((stderr.as_str(), code), ("", 0));
}

#[test]
fn a_watch_for_programs_is_a_document_on_a_line() {
    let words = ["usage", "--watch", "60", "--for", "1s", "--format", "json"];
    let (stdout, _, code) = demo(&words);
    assert_eq!((stdout.lines().count(), code), (1, 0));
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["profiles"].as_array().unwrap().len(), 6);
    let words = [&words[..], &["--replay", "nowhere.json"]].concat();
    let (stdout, _, code) = codex_profiler(&words);
    assert_eq!((stdout.lines().count(), code), (1, 1));
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["error"]["code"], "not_started");
}

#[test]
fn a_watch_that_makes_no_sense_is_refused_with_its_reason() {
    for (words, reason) in [
        (&["--watch", "10"][..], "use at least 60 seconds"),
        (&["--watch", "-60"], "use at least 60 seconds"),
        (&["--watch", "work"], "name a profile before --watch"),
        (&["--until", "usable"], "--watch [<SECONDS>]"),
        (&["--for", "8h"], "--watch [<SECONDS>]"),
        (&["--watch", "--for", "8"], "such as 90m, 8h or 2d"),
        (&["--watch", "--until", "rich"], "[possible values: blocked, usable]"),
    ] {
        let (stdout, stderr, code) = codex_profiler(&[&["usage"], words].concat());
        assert_eq!((stdout.as_str(), code), ("", 2), "{words:?}");
        assert!(stderr.contains(reason), "{stderr}");
    }
    let (stdout, _, code) = demo(&["usage", "nobody", "--watch"]);
    assert!(stdout.starts_with(&format!("{DEMO}No profile with that name.")), "{stdout}");
    assert_eq!(code, 2);
}

#[test]
fn settings_are_followed_and_options_win() {
    let home =
        home_with(r#"{"burnFirst": ["default"], "language": "zh", "timezone": "Asia/Tokyo"}"#);
    let named = home.path().join(".config/codex-profiler/settings.json");
    let named = named.to_str().unwrap();
    let (stdout, ..) = run(home.path(), &["usage", "best", "--demo", "--settings", named]);
    assert!(stdout.contains("（Asia/Tokyo）"), "{stdout}");
    let first = |stdout: &str| {
        let document: Value = serde_json::from_str(stdout).unwrap();
        document["next"].as_str().unwrap().to_owned()
    };
    let json = ["usage", "best", "--demo", "--format", "json", "--settings", named];
    let (stdout, ..) = run(home.path(), &json);
    assert_eq!(first(&stdout), "default");
    let options = ["--burn-first", "personal", "--locale", "en", "--zone", "UTC"];
    let (stdout, ..) = run(home.path(), &[&json[..], &options].concat());
    assert_eq!(first(&stdout), "personal");
    assert!(stdout.contains("▶ Use personal next") && stdout.contains("(UTC)"));
    // A demo reads none by itself.
    let (stdout, ..) = run(home.path(), &["usage", "--demo"]);
    assert!(stdout.starts_with(DEMO) && stdout.contains("(UTC)"), "{stdout}");
    // What is live reads the user's own.
    let (stdout, ..) = run(home.path(), &["auth", "status"]);
    let (expected, ..) = run(home.path(), &["auth", "status", "--locale", "zh"]);
    assert_eq!(stdout, expected);
    assert!(!stdout.is_ascii(), "{stdout}");
}

#[test]
fn settings_that_are_wrong_stop_the_command() {
    let home = home_with(r#"{"colour": "red"}"#);
    let own = home.path().join(".config/codex-profiler/settings.json");
    let own = own.to_str().unwrap();
    let said = format!(
        "codex-profiler: settings file {own}: unknown setting colour; \
         known settings: burnFirst, preserve, language and timezone\n"
    );
    for words in [
        &["usage"][..],
        &[],
        &["usage", "--live"],
        &["usage", "--watch"],
        &["auth", "status"],
        &["auth", "order"],
        &["auth", "finish", "work"],
        &["chat", "/codex_usage"],
        &["usage", "--settings", own],
    ] {
        let (stdout, stderr, code) = run(home.path(), words);
        assert_eq!((stdout.as_str(), stderr.as_str(), code), ("", said.as_str(), 2));
    }
    let (stdout, stderr, code) = run(home.path(), &["usage", "--format", "json"]);
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["error"]["code"], "bad_settings");
    assert_eq!((stderr, code), (said, 2));
    assert!(!home.path().join(".local").exists());
}

#[test]
fn settings_that_are_named_have_to_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (_, stderr, code) = codex_profiler(&["usage", "--settings", &at("nowhere.json")]);
    assert!(stderr.contains("nowhere.json: could not be read: "), "{stderr}");
    assert_eq!(code, 2);
    let (_, stderr, code) = codex_profiler(&["usage", "--settings", &at("")]);
    assert!(stderr.ends_with(": it is not a file\n"), "{stderr}");
    assert_eq!(code, 2);
    let (_, stderr, code) = codex_profiler(&["auth", "status"]);
    assert!(!stderr.contains("settings"), "{stderr}");
    assert_eq!(code, 1);
}

#[cfg(unix)]
#[test]
fn a_pipe_for_settings_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("settings.json");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let (_, stderr, code) = codex_profiler(&["usage", "--settings", pipe.to_str().unwrap()]);
    assert!(stderr.ends_with(": it is not a file\n"), "{stderr}");
    assert_eq!(code, 2);
}

#[test]
fn a_name_that_nobody_has_is_told_and_passed_over() {
    let home = home_with(r#"{"preserve": ["nobody"]}"#);
    let own = home.path().join(".config/codex-profiler/settings.json");
    let own = own.to_str().unwrap();
    let note =
        "\nNote: burnFirst/preserve in your settings match no profile, or more than one: nobody.\n";
    let (stdout, stderr, code) = run(home.path(), &["usage", "--demo", "--settings", own]);
    assert!(stdout.contains(note), "{stdout}");
    assert_eq!((stderr.as_str(), code), ("", 0));
    let words = ["usage", "--demo", "--settings", own, "--preserve", "lab"];
    let (stdout, ..) = run(home.path(), &words);
    assert!(!stdout.contains("nobody"), "{stdout}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_watch_gives_its_terminal_back() {
    use rustix::process::{Pid, Signal, kill_process};
    let (mut owner, side) = pty::terminal();
    let mut command = Command::new(env!("CARGO_BIN_EXE_codex-profiler"));
    command
        .args(["usage", "--demo", "--watch", "60", "--until", "blocked"])
        .env("TERM", "xterm")
        .stdin(side.try_clone().unwrap())
        .stdout(side.try_clone().unwrap())
        .stderr(side);
    let mut child = command.spawn().unwrap();
    // It holds the program's ends of the terminal.
    drop(command);
    let drawn = pty::read_until(&mut owner, "Ctrl-C ends");
    assert!(drawn.contains("\u{1b}[?1049h\u{1b}[?25l"), "{drawn:?}");
    assert!(drawn.contains("until all are blocked"), "{drawn:?}");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let rest = pty::read_until(&mut owner, "nothing of this kind");
    let (_, left) = rest.split_once("\u{1b}[?25h\u{1b}[?1049l").unwrap();
    assert!(left.starts_with(DEMO.trim_end()), "{left:?}");
    assert!(!left.contains("Ctrl-C"), "{left:?}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

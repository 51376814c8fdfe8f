//! The program at a terminal: its width and height, its colours, and a pipe.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fs;
use std::process::Command;

use rustix::termios::{Winsize, tcsetwinsize};

mod pty;

/// The demo as a terminal of this size shows it.
fn shown(columns: u16, rows: u16, words: &[&str], variables: &[(&str, &str)]) -> String {
    let (mut owner, side) = pty::terminal();
    let size = Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&side, size).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_codex-profiler"));
    command
        .args(words)
        .arg("--demo")
        .env_clear()
        .envs([("HOME", "/nowhere"), ("TZ", "UTC"), ("TERM", "xterm")])
        .envs(variables.iter().copied())
        .stdin(side.try_clone().unwrap())
        .stdout(side);
    let mut child = command.spawn().unwrap();
    // It holds the program's ends of the terminal.
    drop(command);
    let shown = pty::read_until(&mut owner, "nothing of this kind");
    assert!(child.wait().unwrap().success(), "{shown}");
    shown
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let plain = [("NO_COLOR", "1")];
    for columns in [38, 60, 80, 110, 200] {
        for words in [
            &["usage"][..],
            &["usage", "best"],
            &["usage", "work"],
            &["auth"],
            &["auth", "order"],
            &["auth", "retire", "work", "--dry-run"],
        ] {
            for locale in ["en", "zh"] {
                let words = [words, &["--locale", locale]].concat();
                let shown = shown(columns, 24, &words, &plain);
                for line in shown.lines() {
                    let cells = textwrap::core::display_width(line);
                    assert!(cells <= columns.into(), "{words:?} {columns}: {line}");
                }
            }
        }
    }
}

#[test]
fn a_demo_shows_the_use_of_four_weeks() {
    for (locale, zone) in [("en", "UTC"), ("zh", "Pacific/Auckland"), ("en", "America/Los_Angeles")]
    {
        let words = ["usage", "history", "--locale", locale];
        let shown = shown(110, 24, &words, &[("NO_COLOR", "1"), ("TZ", zone)]);
        for name in ["default", "personal", "work", "lab"] {
            let line = shown.lines().find(|line| line.contains(name)).unwrap_or_default();
            let days = line.chars().filter(|c| ('▁'..='█').contains(c)).count();
            assert_eq!(days, 28, "{name}: {shown}");
        }
    }
}

#[test]
fn the_time_ahead_is_drawn_where_it_fits_or_is_asked_for() {
    let is_drawn = |rows, words: &[&str]| shown(80, rows, words, &[]).contains("│ resets");
    assert!(!is_drawn(24, &["usage"]));
    assert!(is_drawn(24, &["usage", "--timeline"]));
    let high = shown(80, 50, &["usage"], &[]);
    assert!(high.contains("│ resets"), "{high}");
    let lines = u16::try_from(high.lines().count()).unwrap();
    assert!(is_drawn(lines + 2, &["usage"]));
    assert!(!is_drawn(lines + 1, &["usage"]));
}

#[test]
fn colours_are_for_terminals_that_show_them() {
    let is_coloured = |variables: &[(&str, &str)]| {
        let shown = shown(80, 24, &["usage"], variables);
        shown.contains("\u{1b}[38;5;")
    };
    assert!(is_coloured(&[]));
    assert!(!is_coloured(&[("NO_COLOR", "1")]));
    assert!(!is_coloured(&[("TERM", "dumb")]));
}

#[test]
fn a_pipe_gets_lines_without_bars_and_a_file_gets_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("usage.html");
    let output = Command::new(env!("CARGO_BIN_EXE_codex-profiler"))
        .args(["usage", "--demo", "--timeline", "--html"])
        .arg(&page)
        .env_clear()
        .envs([("HOME", "/nowhere"), ("LANG", "tlh_QO.UTF-8")])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with(" DEMO  six made-up profiles."), "{text}");
    assert!(!text.contains(['▓', '░', '━', '\u{1b}']), "{text}");
    assert!(text.contains("\n✅ personal · week 32% · resets "), "{text}");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once(r#"id="document">"#).unwrap();
    let (document, _) = rest.split_once("</script>").unwrap();
    let document: serde_json::Value = serde_json::from_str(document).unwrap();
    assert_eq!(document["profiles"].as_array().unwrap().len(), 6);
}

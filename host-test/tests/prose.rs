//! Rules for texts that a program can hold. Spelling is checked by typos.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the files below `folder` that are written by hand, by the ends of their names.
fn files(folder: &Path, ends: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        let made = ["target", "node_modules", "build", "dist", "out"];
        let is_made = made.contains(&&*name) && path.is_dir();
        if path.is_dir() && !is_made && !name.starts_with('.') {
            found.extend(files(&path, ends));
        } else if ends.iter().any(|end| name.ends_with(end)) {
            found.push(path);
        }
    }
    found
}

/// Returns the lines of every case's screen, with the case's name in front.
fn seen() -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for case in fs::read_dir(root().join("host-test/cases")).unwrap() {
        let case = case.unwrap().path();
        let text = fs::read_to_string(case.join("out")).unwrap_or_default();
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        lines.extend(text.lines().map(|line| (name.clone(), line.to_owned())));
    }
    lines
}

/// `06/12` is two different days to two readers. Only the nine-line block, whose form is
/// prescribed, has such dates.
#[test]
fn a_date_names_its_month() {
    let is_date = |line: &str| {
        let bytes = line.as_bytes();
        bytes.windows(5).enumerate().any(|(at, window)| {
            let shape = window.iter().enumerate();
            let is_shape = shape.clone().all(|(place, byte)| match place {
                2 => *byte == b'/',
                _ => byte.is_ascii_digit(),
            });
            let is_alone = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
            is_shape && is_alone
        })
    };
    let is_block = |line: &str| line.contains("Reset: ") || line.contains("重置时间: ");
    for (case, line) in seen() {
        assert!(!is_date(&line) || is_block(&line), "{case}: {line}");
    }
}

/// A phone shows 38 characters of a line, so that two rows hold 76.
#[test]
fn the_line_of_a_profile_fits_two_rows_of_a_phone() {
    let signs = ["✅ ", "🟡 ", "❓ ", "💳 ", "⏳ ", "❌ "];
    let mut command = String::new();
    for (case, line) in seen() {
        if line.starts_with("$ ") {
            command = line;
            continue;
        }
        // In a terminal a line is as long as the terminal is wide.
        let is_usage = command.contains("chat '/codex_usage") && !command.contains(" --columns");
        // A profile in full has `name: ` in front.
        let name = line.split_once(" · ").map(|(name, _)| name);
        let is_in_short = name.is_some_and(|name| !name.contains(": ") && !name.contains('：'));
        if is_usage && is_in_short && signs.iter().any(|sign| line.starts_with(sign)) {
            assert!(line.chars().count() <= 76, "{case}: {line}");
        }
    }
}

/// A comment that opens so has to be read twice. One that begins with a noun or a verb
/// says what the thing is or does.
#[test]
fn a_comment_opens_with_a_noun_or_a_verb() {
    let banned = ["What", "Whose", "Whoever", "Who", "How", "Of", "Nobody"];
    for file in files(&root(), &[".rs", ".wit", ".ts", ".mts", ".js"]) {
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_start();
            let opens = ["/// ", "//! ", "/** ", "* "];
            let comment = opens.iter().find_map(|open| line.strip_prefix(open));
            let first = comment.and_then(|comment| comment.split([' ', ':', ',']).next());
            let is_banned = first.is_some_and(|first| banned.contains(&first));
            assert!(!is_banned, "{}:{number}: {line}", file.display());
        }
    }
}

/// A newcomer reads one screen or two, and an agent reads all of the skill each time.
#[test]
fn the_first_texts_are_short() {
    for (name, most) in [("README.md", 130), ("README.zh-CN.md", 130)] {
        let text = fs::read_to_string(root().join(name)).unwrap();
        assert!(text.lines().count() <= most, "{name}: more than {most}");
    }
    let skill = fs::read_to_string(root().join("SKILL.md")).unwrap();
    let body = skill.splitn(3, "---\n").last().unwrap();
    assert!(body.lines().count() <= 80, "SKILL.md: more than 80");
}

//! One folder a case: `cmd` holds the command lines, `out` exactly what a person
//! sees. `BLESS=1 cargo test -p host-test --test cases` writes `out` anew; a person
//! reads the diff. `CODEX_PROFILER_RUNNER` starts a program that is not of this machine.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

use libtest_mimic::{Arguments, Failed, Trial};
use similar::TextDiff;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = folders().map(|folder| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        Trial::test(name, move || check(&folder))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn folders() -> impl Iterator<Item = PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let entries = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.join("cmd").is_file())
}

fn check(folder: &Path) -> Result<(), Failed> {
    let home = tempfile::tempdir()?;
    let lines = fs::read_to_string(folder.join("cmd"))?;
    let mut seen = String::new();
    for line in lines.lines() {
        let line = line.replace("{code}", last_code(&seen));
        seen.push_str(&run(&line, folder, home.path()));
    }
    let expected = folder.join("out");
    if env::var_os("BLESS").is_some() {
        fs::write(&expected, &seen)?;
        return Ok(());
    }
    let wanted = fs::read_to_string(&expected).unwrap_or_default();
    if seen == wanted {
        return Ok(());
    }
    let diff = TextDiff::from_lines(&wanted, &seen);
    Err(format!("\n{}", diff.unified_diff().header("out", "seen")).into())
}

/// The code that a plan showed last: what `{code}` in a line stands for.
fn last_code(seen: &str) -> &str {
    let mut shown = seen.lines().rev().filter(|line| !line.starts_with("$ "));
    let code = shown.find_map(|line| {
        let (_, words) = line.rsplit_once("/codex_auth confirm ")?;
        words.split_whitespace().next()
    });
    code.unwrap_or("NONE")
}

/// The screen of a person who types this line in the case's folder.
fn run(line: &str, folder: &Path, home: &Path) -> String {
    let words = shlex::split(line).expect("a command line");
    let output = program()
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("HOME", home)
        // Where Windows keeps a user's state, and what is needed for a moment.
        .envs([("APPDATA", home), ("TMP", home)])
        .env("TZ", "UTC")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    let exit = if code == 0 { String::new() } else { format!("[exit {code}]\n") };
    // The words for a missing file are the system's.
    let missing = io::Error::from_raw_os_error(2).to_string();
    let stderr = text(output.stderr).replace(&missing, "No such file or directory (os error 2)");
    let stderr: String = stderr.lines().map(|line| format!("stderr: {line}\n")).collect();
    format!("$ codex-profiler {line}\n{}{stderr}{exit}\n", text(output.stdout))
}

/// The program, or a runner such as qemu with the program.
fn program() -> Command {
    let program = env!("CARGO_BIN_EXE_codex-profiler");
    let Ok(runner) = env::var("CODEX_PROFILER_RUNNER") else { return Command::new(program) };
    let words = shlex::split(&runner).expect("a command line");
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).arg(program);
    command
}

//! The command line: what a person types, turned into a call of the component, and
//! what comes back, printed. A change is two calls with a question between them: `change`.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{CommandFactory, FromArgMatches};

use self::args::{Cli, Form, Verb};
use self::output::{NOT_STARTED, error_document, print};
use crate::harness::COMPONENT;

mod args;
mod ask;
mod auth;
mod change;
mod chat;
mod completions;
mod defaults;
mod help;
mod output;
mod page;
mod request;
mod schedule;
mod screen;
mod usage;
mod values;
mod watch;

/// Runs the program.
pub fn main() -> ExitCode {
    completions::answer();
    let mut cli = match parsed() {
        Ok(cli) => cli,
        // An error message would quote the command line, which may contain a callback.
        Err(error) if error.use_stderr() && std::env::args_os().any(|word| is_delicate(&word)) => {
            eprintln!(
                "codex-profiler: invalid command line. To explain a callback: codex-profiler auth \
                 finish [PROFILE] [CALLBACK_URL] [OPTIONS]; leave the address out to be asked \
                 for it. All commands: codex-profiler auth --help"
            );
            return ExitCode::from(2);
        }
        Err(error) => error.exit(),
    };
    if let Err(error) = cli.verb.follow_settings() {
        return not_run(&cli, "bad_settings", &error.to_string(), 2);
    }
    match run(&cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => not_run(&cli, NOT_STARTED, &format!("{error:#}"), 1),
    }
}

/// The command line, read by one tree of commands: to make one takes a while.
fn parsed() -> Result<Cli, clap::Error> {
    let mut program = Cli::command();
    let words = words(&program);
    let matches = program.try_get_matches_from_mut(words)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut program))
}

/// The words of the command line, where a command that is left out is `usage`.
fn words(program: &clap::Command) -> Vec<OsString> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    let rest = words.get(1..).unwrap_or_default();
    let is_option = rest.first().is_none_or(|first| {
        let of_program = ["-h", "--help", "-V", "--version"].iter();
        first.to_string_lossy().starts_with('-') && !of_program.into_iter().any(|of| first == of)
    });
    if is_option && !rest.iter().any(|word| program.find_subcommand(word).is_some()) {
        words.insert(1, "usage".into());
    }
    words
}

fn not_run(cli: &Cli, code: &str, message: &str, exit_code: u8) -> ExitCode {
    eprintln!("codex-profiler: {message}");
    if cli.verb.form() == Form::Document {
        // Whoever reads documents reads why there is none.
        let document = error_document(code, message);
        let _ = match &cli.verb {
            Verb::Usage(args) if args.watch.every.is_some() => print(&format!("{document}\n")),
            _ => print(&format!("{document:#}\n")),
        };
    }
    ExitCode::from(exit_code)
}

/// Returns whether a word may be, or announce, a callback.
fn is_delicate(word: &std::ffi::OsStr) -> bool {
    let word = word.to_string_lossy();
    let parts = ["code=", "state=", "/auth/callback", "code%3D"];
    word == "finish" || parts.iter().any(|part| word.contains(part))
}

fn run(cli: &Cli) -> Result<u8> {
    let form = cli.verb.form();
    match &cli.verb {
        Verb::Usage(args) => usage::usage(args, form),
        Verb::Auth(args) => auth::auth(args, form),
        Verb::Chat(args) => chat::chat_turn(args),
        Verb::Component { file } => {
            let written = std::fs::write(file, COMPONENT);
            written.with_context(|| format!("could not write {}", file.display()))?;
            Ok(0)
        }
        Verb::Completions { shell } => {
            print(&String::from_utf8_lossy(&completions::script(shell)?))?;
            Ok(0)
        }
    }
}

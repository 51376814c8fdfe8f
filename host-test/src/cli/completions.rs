//! Completions of a shell: its script calls this program, which knows the profiles.

use std::io;

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_complete::CompletionCandidate;
use clap_complete::env::{CompleteEnv, Shells};

use super::args::Cli;
use crate::world::{self, Asks, Clock};

/// Names a shell in the call of its script.
const VARIABLE: &str = "CODEX_PROFILER_COMPLETE";

/// Words in the place of a profile.
const WORDS: [(&str, &str); 5] = [
    ("all", "every profile"),
    ("default", "the default profile"),
    ("best", "which one to use next"),
    ("rotation", "rotation guide"),
    ("history", "daily use of the last 28 days"),
];

/// Answers the script of a shell, and ends the program, where that is what called it.
pub(super) fn answer() {
    CompleteEnv::with_factory(Cli::command).var(VARIABLE).complete();
}

/// The script of a shell.
pub(super) fn script(shell: &str) -> Result<Vec<u8>> {
    let shells = Shells::builtins();
    let shell = shells.completer(shell).context("this shell is not known")?;
    let mut script = Vec::new();
    let name = "codex-profiler";
    shell.write_registration(VARIABLE, name, name, name, &mut script)?;
    Ok(script)
}

/// The user's own profiles, and the words that can stand in their place.
pub(super) fn profiles_and_words() -> Vec<CompletionCandidate> {
    let word = |(word, what): (&'static str, &'static str)| {
        CompletionCandidate::new(word).help(Some(what.into()))
    };
    let words = WORDS.into_iter().map(word);
    words.chain(profiles()).collect()
}

/// The user's own profiles by the name to type. One that a shell would take apart is left
/// out, and so is an e-mail address.
pub(super) fn profiles() -> Vec<CompletionCandidate> {
    let ids = ids().unwrap_or_default();
    let is_word = |name: &str| WORDS.iter().any(|(word, _)| *word == name);
    let name = |id: &String| match id.split_once(':') {
        Some((_, label)) if !is_word(label) => label.to_owned(),
        _ => id.clone(),
    };
    let is_plain = |name: &String| {
        let mut characters = name.chars();
        characters.all(|c| c.is_alphanumeric() || "._:-".contains(c)) && !name.starts_with('-')
    };
    let names = ids.iter().map(name).filter(is_plain);
    names.map(CompletionCandidate::new).collect()
}

fn ids() -> Result<Vec<String>> {
    let world = world::live(None, "main", Asks::Nothing)?;
    let sign_ins = world.store.read(Clock::System.now());
    let profiles = sign_ins.map_err(|_| io::Error::from(io::ErrorKind::NotFound))?;
    Ok(profiles.profiles.into_iter().map(|profile| profile.id).collect())
}

//! `codex-profiler usage`.

use anyhow::{Context, Result};

use super::args::{Form, UsageArgs, word};
use super::ask::Ask;
use super::output::exit_code;
use super::page::page;
use super::watch;
use crate::contract::Command;
use crate::contract::commands::About;
use crate::harness::Turn;

pub(super) fn usage(args: &UsageArgs, form: Form) -> Result<u8> {
    // A label may have spaces.
    let whom = if args.whom.is_empty() { args.profile.clone() } else { args.whom.join(" ") };
    let is_a_check = !matches!(whom.split(' ').next(), Some("help" | "history" | "alerts"));
    let mut words = vec![
        format!("--profile={whom}"),
        format!("--format={}", word(args.format)),
        format!("--timeout-sec={}", args.timeout_sec),
        format!("--retries={}", args.retries),
    ];
    words.extend(args.debug.then(|| "--debug".to_owned()));
    let ask = Ask {
        command: Command::Usage,
        words,
        is_a_check,
        preferences: args.preferences.clone(),
        timeline: args.timeline,
        form,
        wants_document: args.html.is_some(),
        common: &args.common,
        terminal: &args.terminal,
    };
    if let Some(every) = args.watch.every {
        return watch::run(&ask, &args.watch, every);
    }
    let turn = ask.once()?;
    if let (Some(file), Some(document)) = (&args.html, &turn.reply.json) {
        let written = std::fs::write(file, page(document));
        written.with_context(|| format!("could not write {}", file.display()))?;
        eprintln!("codex-profiler: wrote {}", file.display());
    }
    Ok(match args.fail_below {
        Some(percent) => least_left(&turn, percent),
        None => exit_code(&turn),
    })
}

/// The exit code where no ready profile has enough left.
const TOO_LITTLE_LEFT: u8 = 3;

/// The exit code of a check that asks for this much, and a word where there is less.
fn least_left(turn: &Turn, percent: u8) -> u8 {
    match (exit_code(turn), turn.reply.about) {
        (0, About::Check(check)) if check.most_left.is_none_or(|left| left < percent) => {
            eprintln!("codex-profiler: no ready profile has {percent}% left in every window");
            TOO_LITTLE_LEFT
        }
        (0, About::Plan | About::Other) => 1,
        (code, _) => code,
    }
}

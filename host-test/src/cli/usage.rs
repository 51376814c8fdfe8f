//! `codex-profiler usage`.

use anyhow::Result;

use super::args::{Form, UsageArgs, word};
use super::ask::Ask;
use super::watch;
use crate::contract::{Command, commands};

pub(super) fn usage(args: &UsageArgs, form: Form) -> Result<u8> {
    // A label may have spaces.
    let whom = match args.whom.is_empty() {
        true => args.profile.clone(),
        false => args.whom.join(" "),
    };
    let mut words = vec![
        format!("--profile={whom}"),
        format!("--format={}", word(args.format)),
        format!("--timeout-sec={}", args.timeout_sec),
        format!("--retries={}", args.retries),
    ];
    words.extend(args.debug.then(|| "--debug".to_owned()));
    let settings = commands::Settings {
        burn_first: args.burn_first.clone(),
        preserve: args.preserve.clone(),
        ..args.terminal.settings()
    };
    let ask = Ask {
        command: Command::Usage,
        words,
        settings,
        form,
        common: &args.common,
        terminal: &args.terminal,
    };
    match args.watch.every() {
        Some(every) => watch::run(&ask, &args.watch, every),
        None => ask.once(),
    }
}

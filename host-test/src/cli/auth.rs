//! `codex-profiler auth`.

use std::io::{self, IsTerminal, Read};

use anyhow::Result;

use super::args::{
    AuthArgs, AuthVerb, Colour, Common, Form, OrderArgs, OrderVerb, Preferences, StatusFormat,
    Terminal, word,
};
use super::ask::Ask;
use super::change;
use super::output::exit_code;
use crate::contract::Command;

pub(super) fn auth(args: &AuthArgs, form: Form) -> Result<u8> {
    let Some(verb) = &args.verb else {
        return status("all", args.format, &args.common, &args.terminal);
    };
    let named = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match verb {
        AuthVerb::Status(args) => {
            let whom = args.whom.as_ref().unwrap_or(&args.profile);
            status(whom, args.format, &args.common, &args.terminal)
        }
        AuthVerb::Order(args) => order(args, form),
        AuthVerb::Retire { profile, change } => {
            change::turn(named(&["retire", profile]), form, change)
        }
        AuthVerb::Restore { profile, end, change } => {
            let end = end.map(word);
            let words = ["restore", profile].into_iter().chain(end.as_deref());
            change::turn(named(&words.collect::<Vec<_>>()), form, change)
        }
        AuthVerb::Delete { profile, word, change } => {
            let words = ["delete", profile].into_iter().chain(word.as_deref());
            change::turn(named(&words.collect::<Vec<_>>()), form, change)
        }
        AuthVerb::Start { whom, profile, change } => {
            let whom = whom.as_ref().or(profile.as_ref());
            let whom = whom.map(|whom| format!("--profile={whom}"));
            let words = std::iter::once("start".to_owned()).chain(whom);
            change::turn(words.collect(), form, change)
        }
        AuthVerb::Alerts { common } => look(named(&["alerts"]), form, common, &NO_OPTIONS),
        AuthVerb::Finish { words, common } => finish(words, common),
    }
}

fn status(whom: &str, format: StatusFormat, common: &Common, terminal: &Terminal) -> Result<u8> {
    let words = vec![
        "status".to_owned(),
        format!("--profile={whom}"),
        format!("--format={}", word(format)),
    ];
    look(words, format.form(), common, terminal)
}

/// Asks for what changes nothing.
fn look(words: Vec<String>, form: Form, common: &Common, terminal: &Terminal) -> Result<u8> {
    let ask = Ask {
        command: Command::Auth,
        words,
        is_a_check: false,
        preferences: Preferences::default(),
        timeline: false,
        form,
        wants_document: false,
        common,
        terminal,
    };
    Ok(exit_code(&ask.once()?))
}

fn order(args: &OrderArgs, form: Form) -> Result<u8> {
    let order = "order".to_owned();
    match &args.verb {
        None => {
            let format = format!("--format={}", word(args.format));
            look(vec![order, format], form, &args.common, &args.terminal)
        }
        Some(OrderVerb::Set { profiles, change }) => {
            let mut words = vec![order, "set".to_owned()];
            words.extend_from_slice(profiles);
            change::turn(words, form, change)
        }
        Some(OrderVerb::Clear { change }) => {
            change::turn(vec![order, "clear".to_owned()], form, change)
        }
    }
}

/// A callback from the command line, or where there is none, from standard input, so
/// that no list of processes and no history holds it.
fn finish(words: &[String], common: &Common) -> Result<u8> {
    let mut words = words.to_vec();
    if words.last().is_some_and(|word| word == "-") {
        words.pop();
    }
    // One short word alone names the profile that waits.
    let names_a_profile = |words: &[String]| matches!(words, [one] if one.len() < 40 && !one.contains(['=', '/', '?']));
    if words.is_empty() || names_a_profile(&words) {
        words.push(pasted()?);
    }
    words.insert(0, "finish".to_owned());
    look(words, Form::Text, common, &NO_OPTIONS)
}

/// A terminal as it is where nothing else is asked for.
const NO_OPTIONS: Terminal = Terminal { full_ids: false, color: Colour::Auto };

/// Bytes that are read of standard input: more than any callback has.
const MOST_PASTED: u64 = 1 << 20;

fn pasted() -> Result<String> {
    if io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password(
            "Paste the address that the browser ended at (it is not shown): ",
        )?);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().take(MOST_PASTED).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

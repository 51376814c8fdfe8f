//! Replies, gateway commands and failures as the terminal shows them.

use std::io::{self, Write};

use anyhow::Result;

use super::args::Form;
use crate::contract::commands::{self, Delivery, Part, Status};
use crate::harness::Turn;
use crate::host::Step;

/// The code of a document that says why there is no other.
pub(super) const NOT_STARTED: &str = "not_started";

/// A refusal in the form of `docs/usage.schema.json`, where the component was not asked.
pub(super) fn error_document(code: &str, message: &str) -> serde_json::Value {
    serde_json::json!({
        "schema_version": 1,
        "demo": false,
        "kind": "refusal",
        "ok": false,
        "source": null,
        "error": { "code": code, "message": message },
        "available_profiles": [],
    })
}

/// Says which gateway command is run, without the ids in it, and how long it took.
pub(super) fn tell_step(step: Step<'_>) {
    let mut stderr = io::stderr().lock();
    // Who does not listen does not matter.
    let _ = match step {
        Step::Started(argvs) => {
            let commands: Vec<String> = argvs.iter().map(|argv| named(argv)).collect();
            // A login goes on in the same terminal.
            let is_login = commands.iter().any(|command| command.contains("login"));
            let end = if is_login { "\n" } else { " " };
            write!(stderr, "… openclaw {}{end}", commands.join(" + "))
        }
        Step::Ended(after) => writeln!(stderr, "({:.1} s)", after.as_secs_f64()),
    };
    let _ = stderr.flush();
}

/// A command without its options and the ids in them.
fn named(argv: &[String]) -> String {
    let is_named = |word: &&String| !word.starts_with("--") || argv.len() == 1;
    let words: Vec<&str> = argv.iter().take_while(is_named).map(String::as_str).collect();
    words.join(" ")
}

pub(super) fn print_reply(turn: &Turn, form: Form) -> Result<()> {
    let document = turn.reply.json.as_deref();
    if let Some(document) = document.filter(|_| form == Form::Document) {
        return print(&format!("{document}\n"));
    }
    for part in parts(turn) {
        print(&format!("{}\n", part.text))?;
    }
    Ok(())
}

pub(super) fn parts(turn: &Turn) -> &[Part] {
    match &turn.reply.delivery {
        Delivery::Parts(parts) => parts,
        Delivery::NoReply | Delivery::Alerts(_) => &[],
    }
}

pub(super) fn exit_code(turn: &Turn) -> u8 {
    match turn.reply.status {
        Status::Ok => 0,
        Status::Failed => 1,
        Status::Misused => 2,
    }
}

pub(super) fn progress(locale: commands::Locale) -> &'static str {
    match locale {
        commands::Locale::En => "Running Codex usage checks now…",
        commands::Locale::Zh => "正在运行 Codex 用量检查……",
    }
}

/// Prints, and ends quietly where the reader went away.
pub(super) fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

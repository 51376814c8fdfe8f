//! `codex-profiler chat`: one chat turn as a gateway runs it.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use anyhow::Result;

use super::args::ChatArgs;
use super::output::{exit_code, parts, print, tell_step};
use super::request::saved_state;
use super::schedule;
use crate::contract::commands::{self, Delivery, Origin};
use crate::contract::{Command, chat};
use crate::harness::Harness;
use crate::host::Host;
use crate::policy::is_button;
use crate::world::{Pin, Session};

/// One chat turn, told message by message.
pub(super) fn chat_turn(args: &ChatArgs) -> Result<u8> {
    if args.schedule {
        return schedule::check(args);
    }
    let Some((command, origin)) = addressed(args) else {
        eprintln!(
            "codex-profiler: the message must start with /codex_usage or /codex_auth; with \
             --press, give a button's value such as usage:all"
        );
        return Ok(2);
    };
    let world = Arc::new(args.common.world(command)?);
    let now = world.clock.now();
    let mut request = args.common.request(origin, now)?;
    request.user.clone_from(&args.user);
    request.is_owner = args.owner;
    args.preferences.add_to(&mut request.settings, &world.classes);
    request.session_profile = world.session.as_ref().map(session_profile);
    request.channel = commands::Channel {
        buttons: args.buttons,
        length: args.length,
        private: !args.group,
        screen: None,
    };
    let (state, salt) = args.common.salted(saved_state(&args.common.state_name()?));
    request.salt = salt;
    let mut host = Host::new(world, state);
    if args.message_path {
        host = host.with_outbox(Box::new(|message: &chat::Message| {
            // A reader that went away is noticed at the reply.
            let text = shown("message", &message.text, &message.buttons);
            let _ = print(&format!("{text}\n"));
        }));
    }
    if args.common.is_live() && io::stderr().is_terminal() {
        host = host.with_progress(Box::new(tell_step));
    }
    let turn = Harness::new()?.call(command, &request, host)?;
    if matches!(turn.reply.delivery, Delivery::NoReply) {
        print("→ reply\nNO_REPLY\n")?;
    }
    let replies = parts(&turn).iter().map(|part| match &part.table {
        Some(table) if args.tables => shown("reply", &with_table(&part.text, table), &part.buttons),
        _ => shown("reply", &part.text, &part.buttons),
    });
    print(&replies.collect::<Vec<_>>().join("\n"))?;
    Ok(exit_code(&turn))
}

fn addressed(args: &ChatArgs) -> Option<(Command, Origin)> {
    if args.press {
        let value = args.message.as_str();
        let command = match value.split(':').next()? {
            "usage" if is_button(value) => Command::Usage,
            "auth" if is_button(value) => Command::Auth,
            _ => return None,
        };
        return Some((command, Origin::Button(value.to_owned())));
    }
    let message = args.message.trim();
    let (name, rest) = message.split_once(char::is_whitespace).unwrap_or((message, ""));
    // In a group the bot's name may stand behind the command.
    let command = match name.split('@').next()? {
        "/codex_usage" => Command::Usage,
        "/codex_auth" => Command::Auth,
        _ => return None,
    };
    let rest = rest.to_owned();
    Some(if args.tool { (command, Origin::Tool(rest)) } else { (command, Origin::Command(rest)) })
}

/// The text with the table in place of the paragraph that it stands for.
fn with_table(text: &str, table: &commands::Table) -> String {
    let line = |cells: &Vec<String>| format!("| {} |", cells.join(" | "));
    let lines = std::iter::once(&table.headers).chain(&table.rows).map(line);
    let lines = lines.collect::<Vec<_>>().join("\n");
    let mut paragraphs: Vec<&str> = text.split("\n\n").collect();
    let place = usize::try_from(table.paragraph).unwrap_or(usize::MAX);
    if let Some(paragraph) = paragraphs.get_mut(place) {
        *paragraph = &lines;
    }
    paragraphs.join("\n\n")
}

pub(super) fn shown(path: &str, text: &str, buttons: &[chat::Button]) -> String {
    let mut shown = format!("→ {path}\n{text}\n");
    for button in buttons {
        shown.push_str(&format!("[{}] {}\n", button.label, button.value));
    }
    shown
}

fn session_profile(session: &Session) -> commands::SessionProfile {
    commands::SessionProfile {
        profile: session.profile.clone(),
        pin: match session.pin {
            Pin::Auto => commands::Pin::Auto,
            Pin::User => commands::Pin::User,
        },
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        chat: ChatArgs,
    }

    #[test]
    fn a_press_is_taken_as_it_came_or_not_at_all() {
        let pressed = |value: &str| addressed(&Line::parse_from(["chat", "--press", value]).chat);
        let found = pressed("auth:confirm:K7");
        assert!(
            matches!(&found, Some((Command::Auth, Origin::Button(value))) if value == "auth:confirm:K7")
        );
        for value in [" auth:confirm:K7", "auth:confirm:K7 ", "usage:\u{a0}all", "usage:\u{e9}"] {
            assert!(pressed(value).is_none(), "{value:?}");
        }
    }
}

//! Help: all commands there are to type.

use super::selector::choices_document;
use super::words::say;
use super::{Message, ReplyContext};

/// All commands behind `/codex_auth`.
pub fn auth_help(context: &ReplyContext) -> Message {
    const COMMANDS: [&str; 11] = [
        "status <profile>",
        "order",
        "order set <profile> <profile>",
        "order clear",
        "retire <profile>",
        "restore <profile> first",
        "delete <profile> permanently",
        "confirm <code>",
        "start <profile>",
        "finish <profile> <callback_url>",
        "help",
    ];
    let commands: Vec<String> = COMMANDS
        .iter()
        .map(|words| context.command("auth", words))
        .collect();
    let commands = commands.join("\n");
    let text = say!(
        context,
        "What there is to type:\n{commands}",
        "可用命令：\n{commands}"
    );
    let document = choices_document(context, "", vec![], &text);
    Message::new(text, document)
}

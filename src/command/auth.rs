//! Reads auth commands.

use super::usage::name_and_options;
use super::{
    AlertsCommand, AuthCommand, ChangeOptions, CommandError, Format, Target, as_text, option,
};
use crate::alerts::AlertKind;
use crate::callback::{self, Kind};
use crate::order::{End, OrderRequest};

const DELETE: &str = "delete <profile> permanently";

pub(super) fn parse(words: &[&str]) -> Result<AuthCommand, CommandError> {
    let [first, rest @ ..] = words else {
        return Ok(AuthCommand::Select(0));
    };
    // Phones begin a message with a capital.
    match first.to_ascii_lowercase().as_str() {
        // The words of a callback are neither options nor names of profiles.
        "finish" | "完成" => finish(rest),
        "help" | "帮助" => Ok(AuthCommand::Help),
        // What people try, and what could be taken for something else.
        "set" | "clear" | "add" | "reorder" | "rename" => Ok(AuthCommand::Help),
        "status" | "状态" => {
            let (name, options) = name_and_options(rest)?;
            let target = name.map_or(Target::All, Target::of_name);
            Ok(AuthCommand::Status(target, options.format))
        }
        "start" | "login" | "登录" => Ok(AuthCommand::Start(name_and_options(rest)?.0)),
        "confirm" | "确认" => {
            let [code, name @ ..] = rest else { return Err(CommandError::MissingCode) };
            Ok(AuthCommand::Confirm(code.to_ascii_uppercase(), name.join(" ")))
        }
        "alerts" | "提醒" => alerts(rest).map(AuthCommand::Alerts),
        verb @ ("order" | "顺序" | "retire" | "停用" | "restore" | "恢复" | "delete" | "删除"
        | "remove" | "移除" | "logout") => change(verb, rest),
        verb if is_permanently(verb) => change(verb, rest),
        _ if is_callback(words) => finish(words),
        _ => {
            let (name, options) = name_and_options(words)?;
            let status = |name| AuthCommand::Status(Target::of_name(name), options.format);
            Ok(name.map_or(AuthCommand::Select(0), status))
        }
    }
}

fn alerts(words: &[&str]) -> Result<AlertsCommand, CommandError> {
    let words: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    match as_text(&words).as_slice() {
        [] => Ok(AlertsCommand::Show),
        ["on" | "开启"] => Ok(AlertsCommand::On(AlertKind::USUAL.to_vec())),
        ["on" | "开启", named @ ..] => {
            let named: Option<Vec<AlertKind>> = named.iter().map(|word| kind(word)).collect();
            let named = named.ok_or(CommandError::BadAlerts)?;
            // In their own order, and each once.
            let kinds = AlertKind::ALL.into_iter().filter(|kind| named.contains(kind));
            Ok(AlertsCommand::On(kinds.collect()))
        }
        ["off" | "关闭"] => Ok(AlertsCommand::Off),
        _ => Err(CommandError::BadAlerts),
    }
}

/// Reads the word for a kind, whatever it is joined by.
fn kind(word: &str) -> Option<AlertKind> {
    let word = word.trim_end_matches([',', '，', '、']).replace('_', "-");
    AlertKind::ALL.into_iter().find(|kind| kind.word() == word)
}

/// Reads a change, or the order alone, behind its verb.
fn change(verb: &str, words: &[&str]) -> Result<AuthCommand, CommandError> {
    let (names, options) = names_and_options(words)?;
    let request = match (verb, names.as_slice()) {
        ("order" | "顺序", []) => return Ok(AuthCommand::Order(options.format)),
        ("order" | "顺序", ["set" | "设置"]) => {
            return Err(CommandError::NameOneProfile("order set <profile> <profile>"));
        }
        ("order" | "顺序", ["set" | "设置", names @ ..]) => {
            OrderRequest::Set(names.iter().map(|&name| name.to_owned()).collect())
        }
        ("order" | "顺序", ["clear" | "清除"]) => OrderRequest::Clear,
        ("order" | "顺序", _) => return Err(CommandError::BadOrder),
        ("retire" | "停用", names) => OrderRequest::Retire(one_name(names, "retire <profile>")?),
        ("restore" | "恢复", names) => {
            let (names, end) = match names {
                [names @ .., "first" | "最前"] if !names.is_empty() => (names, Some(End::First)),
                [names @ .., "last" | "最后"] if !names.is_empty() => (names, Some(End::Last)),
                names => (names, None),
            };
            OrderRequest::Restore(one_name(names, "restore <profile>")?, end)
        }
        ("delete" | "删除", [names @ .., last]) if is_permanently(&last.to_ascii_lowercase()) => {
            OrderRequest::Delete(one_name(names, DELETE)?)
        }
        (verb, names) if is_permanently(verb) => OrderRequest::Delete(one_name(names, DELETE)?),
        // A deletion without its word is explained.
        (_, names) => return one_name(names, DELETE).map(AuthCommand::Delete),
    };
    Ok(AuthCommand::Change(request, options))
}

/// Whether a word asks for a hard delete. Nothing short of these does.
fn is_permanently(word: &str) -> bool {
    matches!(word, "permanently" | "永久删除" | "彻底移除")
}

/// Returns the name that these words make: a label may hold spaces.
fn one_name(words: &[&str], usage: &'static str) -> Result<String, CommandError> {
    if words.is_empty() { Err(CommandError::NameOneProfile(usage)) } else { Ok(words.join(" ")) }
}

fn names_and_options<'a>(words: &[&'a str]) -> Result<(Vec<&'a str>, ChangeOptions), CommandError> {
    let mut options = ChangeOptions { dry_run: false, format: Format::Line };
    let mut names = Vec::new();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match option(word) {
            None => names.push(word),
            Some(("--dry-run", None)) => options.dry_run = true,
            Some(("--format", value)) => {
                options.format = match value.or_else(|| words.next()) {
                    Some("text") => Format::Line,
                    Some("json") => Format::Json,
                    Some(_) | None => return Err(CommandError::UnknownChangeOption),
                };
            }
            Some(_) => return Err(CommandError::UnknownChangeOption),
        }
    }
    Ok((names, options))
}

/// Whether a callback was pasted without its `finish`. Without one of these characters it
/// may be a profile's name: `code`, or `sk-work`.
fn is_callback(words: &[&str]) -> bool {
    let text = words.join(" ");
    text.contains(['=', '%', '/']) && callback::read(&text).is_more_than_a_word()
}

/// The first of several words may name the profile that waits for the callback, which
/// changes nothing about what it holds.
fn finish(words: &[&str]) -> Result<AuthCommand, CommandError> {
    let [first, rest @ ..] = words else { return Err(CommandError::MissingCallback) };
    let start = callback::read(first);
    Ok(AuthCommand::Finish(match rest {
        // The name of a profile, and nothing behind it.
        [] if first.len() < callback::FEWEST_IN_A_CODE && start.kind == Kind::Nothing => {
            return Err(CommandError::MissingCallback);
        }
        [] => start,
        _ if start.is_more_than_a_word() => callback::read(&words.join(" ")),
        _ => callback::read(&rest.join(" ")),
    }))
}

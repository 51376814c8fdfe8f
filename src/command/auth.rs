//! Reads auth commands.

use super::usage::name_and_options;
use super::words::{Word, Words};
use super::{AlertsCommand, AuthCommand, ChangeOptions, CommandError, Format, Target};
use crate::alerts::AlertKind;
use crate::callback::{self, Kind};
use crate::order::{End, OrderRequest};

const ORDER_SET: &str = "order set <profile> <profile>";
const RETIRE: &str = "retire <profile>";
const RESTORE: &str = "restore <profile>";
const DELETE: &str = "delete <profile> permanently";

pub(super) fn parse(mut words: Words<'_>) -> Result<AuthCommand, CommandError> {
    let all = words.clone();
    let Some(first) = words.next() else {
        return Ok(AuthCommand::Select(0));
    };
    // Phones begin a message with a capital.
    match first.to_ascii_lowercase().as_str() {
        // The words of a callback are neither options nor names of profiles.
        "finish" | "完成" => finish(words),
        "help" | "帮助" => Ok(AuthCommand::Help),
        // What people try, and what could be taken for something else.
        "set" | "clear" | "add" | "reorder" | "rename" => Ok(AuthCommand::Help),
        "remove" | "移除" | "logout" => {
            one_name(&names_and_options(words)?.0, DELETE).map(AuthCommand::Delete)
        }
        "status" | "状态" => {
            let (name, options) = name_and_options(words)?;
            let target = name.map_or(Target::All, Target::of_name);
            Ok(AuthCommand::Status(target, options.format))
        }
        "start" | "login" | "登录" => Ok(AuthCommand::Start(name_and_options(words)?.0)),
        "confirm" | "确认" => {
            let code = words.next().ok_or(CommandError::MissingCode)?;
            Ok(AuthCommand::Confirm(code.to_ascii_uppercase(), words.text()))
        }
        "order" | "顺序" => order(words),
        "alerts" | "提醒" => alerts(words).map(AuthCommand::Alerts),
        "retire" | "停用" => {
            change(words, |names| one_name(names, RETIRE).map(OrderRequest::Retire))
        }
        "restore" | "恢复" => change(words, restore),
        "delete" | "删除" => delete(words),
        word if is_permanently(word) => {
            change(words, |names| one_name(names, DELETE).map(OrderRequest::Delete))
        }
        _ if is_callback(all.clone()) => finish(all),
        _ => {
            let (name, options) = name_and_options(all)?;
            let status = |name| AuthCommand::Status(Target::of_name(name), options.format);
            Ok(name.map_or(AuthCommand::Select(0), status))
        }
    }
}

fn alerts(words: Words<'_>) -> Result<AlertsCommand, CommandError> {
    let words: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
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

fn order(words: Words<'_>) -> Result<AuthCommand, CommandError> {
    let (words, options) = names_and_options(words)?;
    let request = match words.as_slice() {
        [] => return Ok(AuthCommand::Order(options.format)),
        ["set" | "设置"] => return Err(CommandError::NameOneProfile(ORDER_SET)),
        ["set" | "设置", names @ ..] => {
            OrderRequest::Set(names.iter().map(|&name| name.to_owned()).collect())
        }
        ["clear" | "清除"] => OrderRequest::Clear,
        _ => return Err(CommandError::BadOrder),
    };
    Ok(AuthCommand::Change(request, options))
}

fn change(
    words: Words<'_>,
    read: impl FnOnce(&[&str]) -> Result<OrderRequest<String>, CommandError>,
) -> Result<AuthCommand, CommandError> {
    let (names, options) = names_and_options(words)?;
    Ok(AuthCommand::Change(read(&names)?, options))
}

fn restore(words: &[&str]) -> Result<OrderRequest<String>, CommandError> {
    let (names, end) = match words {
        [names @ .., "first" | "最前"] if !names.is_empty() => (names, Some(End::First)),
        [names @ .., "last" | "最后"] if !names.is_empty() => (names, Some(End::Last)),
        names => (names, None),
    };
    Ok(OrderRequest::Restore(one_name(names, RESTORE)?, end))
}

fn delete(words: Words<'_>) -> Result<AuthCommand, CommandError> {
    let (names, options) = names_and_options(words)?;
    match names.as_slice() {
        [names @ .., last] if is_permanently(&last.to_ascii_lowercase()) => {
            let name = one_name(names, DELETE)?;
            Ok(AuthCommand::Change(OrderRequest::Delete(name), options))
        }
        names => one_name(names, DELETE).map(AuthCommand::Delete),
    }
}

/// Whether a word asks for a hard delete. Nothing short of these does.
fn is_permanently(word: &str) -> bool {
    matches!(word, "permanently" | "永久删除" | "彻底移除")
}

/// Returns the name that these words make: a label may hold spaces.
fn one_name(words: &[&str], usage: &'static str) -> Result<String, CommandError> {
    if words.is_empty() {
        return Err(CommandError::NameOneProfile(usage));
    }
    Ok(words.join(" "))
}

fn names_and_options(mut words: Words<'_>) -> Result<(Vec<&str>, ChangeOptions), CommandError> {
    let mut options = ChangeOptions { dry_run: false, format: Format::Line };
    let mut names = Vec::new();
    while let Some(word) = words.word() {
        match word {
            Word::Plain(name) => names.push(name),
            Word::Option("--dry-run", None) => options.dry_run = true,
            Word::Option("--format", value) => {
                options.format = match value.or_else(|| words.next()) {
                    Some("text") => Format::Line,
                    Some("json") => Format::Json,
                    Some(_) | None => return Err(CommandError::UnknownChangeOption),
                };
            }
            Word::Option(..) => return Err(CommandError::UnknownChangeOption),
        }
    }
    Ok((names, options))
}

/// Whether a callback was pasted without its `finish`. Without one of these characters it
/// may be a profile's name: `code`, or `sk-work`.
fn is_callback(words: Words<'_>) -> bool {
    let text = words.text();
    text.contains(['=', '%', '/']) && callback::read(&text).is_more_than_a_word()
}

/// The first of several words may name the profile that waits for the callback, which
/// changes nothing about what it holds.
fn finish(mut words: Words<'_>) -> Result<AuthCommand, CommandError> {
    let all = words.clone();
    let first = words.next().ok_or(CommandError::MissingCallback)?;
    let is_alone = words.clone().next().is_none();
    let start = callback::read(first);
    // The name of a profile, and nothing behind it.
    if is_alone && first.len() < callback::FEWEST_IN_A_CODE && start.kind == Kind::Nothing {
        return Err(CommandError::MissingCallback);
    }
    let callback = if is_alone {
        start
    } else if start.is_more_than_a_word() {
        callback::read(&all.text())
    } else {
        callback::read(&words.text())
    };
    Ok(AuthCommand::Finish(callback))
}

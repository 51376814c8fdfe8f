//! Values of buttons: a verb, and a page, a handle, a code or the beginnings of handles.

use super::{
    Advising, AlertsCommand, AuthCommand, CheckOptions, CommandError, Format, Target, UsageCommand,
};
use crate::alerts::AlertKind;

/// Shows the alerts of the conversation.
pub const ALERTS_SHOWN: &str = "auth:alerts";
/// Turns the usual ones on.
pub const ALERTS_ON: &str = "auth:alerts:on";
/// Turns them off.
pub const ALERTS_OFF: &str = "auth:alerts:off";

const ORDER: &str = "auth:order:";

/// The longest value of a button, in bytes.
pub(super) const LONGEST: usize = 52;

/// Reads `usage:all`, `usage:best`, `usage:rotation`, `usage:history`, `usage:page:2` or
/// `usage:<handle>`.
pub(super) fn parse_usage(value: &str) -> Result<UsageCommand, CommandError> {
    let choice = value.strip_prefix("usage:").ok_or(CommandError::UnknownButton)?;
    let options = CheckOptions::default();
    Ok(match (page(choice), choice) {
        (Some(page), _) => UsageCommand::Select(page),
        (None, "best") => UsageCommand::Advise(Advising::Best, options),
        (None, "rotation") => UsageCommand::Advise(Advising::Rotation, options),
        (None, "history") => UsageCommand::History(Target::All, Format::Line),
        (None, _) => UsageCommand::Check(Target::of_name(choice.to_owned()), options),
    })
}

/// Reads `auth:page:2`, `auth:<handle>`, `auth:confirm:<code>`, an order, or what turns
/// alerts on and off.
pub(super) fn parse_auth(value: &str) -> Result<AuthCommand, CommandError> {
    if let Some(code) = value.strip_prefix("auth:confirm:") {
        return Ok(AuthCommand::Confirm(code.to_ascii_uppercase(), String::new()));
    }
    if let Some(handles) = value.strip_prefix(ORDER) {
        return beginnings(handles).map(AuthCommand::Follow).ok_or(CommandError::UnknownButton);
    }
    let choice = value.strip_prefix("auth:").ok_or(CommandError::UnknownButton)?;
    Ok(match (page(choice), value) {
        (Some(page), _) => AuthCommand::Select(page),
        (None, ALERTS_SHOWN) => AuthCommand::Alerts(AlertsCommand::Show),
        (None, ALERTS_ON) => AuthCommand::Alerts(AlertsCommand::On(AlertKind::USUAL.to_vec())),
        (None, ALERTS_OFF) => AuthCommand::Alerts(AlertsCommand::Off),
        (None, _) => AuthCommand::Status(Target::of_name(choice.to_owned()), Format::Line),
    })
}

fn page(choice: &str) -> Option<usize> {
    choice.strip_prefix("page:")?.parse().ok()
}

/// The value of a button that plans an order: the beginnings of its handles, all of the
/// same length, behind that length. None where there is too little room for beginnings
/// that tell each handle from all others of the store.
pub fn order_button(handles: &[&str], all: &[&str]) -> Option<String> {
    let room = LONGEST - ORDER.len() - 2;
    let length = room.checked_div(handles.len())?.min(8);
    let mut value = format!("{ORDER}{length}:");
    for handle in handles {
        let beginning = handle.get(..length)?;
        let is_same = |other: &&&str| other.starts_with(beginning);
        if length < 3 || all.iter().filter(is_same).count() != 1 {
            return None;
        }
        value.push_str(beginning);
    }
    Some(value)
}

fn beginnings(text: &str) -> Option<Vec<String>> {
    let (length, handles) = text.split_once(':')?;
    let length = length.parse().ok().filter(|length| (3..=8).contains(length))?;
    let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    if handles.is_empty() || handles.len() % length != 0 || !handles.chars().all(is_hex) {
        return None;
    }
    let starts = (0..handles.len()).step_by(length);
    Some(starts.map(|start| handles[start..start + length].to_owned()).collect())
}

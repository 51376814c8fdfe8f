//! Turns what the user typed or pressed into a command. Past this module no
//! raw argument text exists.

use serde::Deserialize;

use crate::alerts::AlertKind;
use crate::callback::Callback;
pub use crate::contract::commands::Origin;
use crate::order::OrderRequest;

mod auth;
mod button;
mod nearest;
mod usage;

pub use button::{ALERTS_OFF, ALERTS_ON, ALERTS_SHOWN, order_button};
pub use nearest::{is_a_sentence, nearest};

/// The words of a command that was typed.
fn typed_words(origin: &Origin) -> Vec<&str> {
    match origin {
        Origin::Command(text) | Origin::Tool(text) => text.split_whitespace().collect(),
        Origin::Terminal(words) => as_text(words),
        Origin::Button(_) | Origin::Schedule(_) => vec![],
    }
}

fn as_text(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// Returns an option, `--format`, and what stands behind its `=`.
fn option(word: &str) -> Option<(&str, Option<&str>)> {
    let parts = word.split_once('=');
    let parts = parts.map_or((word, None), |(option, value)| (option, Some(value)));
    word.starts_with("--").then_some(parts)
}

/// `/codex_usage …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageCommand {
    /// Offer the choices, from this page on.
    Select(usize),
    /// Check.
    Check(Target, CheckOptions),
    /// Check all, and advise.
    Advise(Advising, CheckOptions),
    /// Show the use of the last days, without a check.
    History(Target, Format),
    /// Point to the alerts, which are `codex-auth`'s.
    Alerts,
    /// List the commands.
    Help,
}

impl UsageCommand {
    /// Reads a usage command.
    pub fn parse(origin: &Origin) -> Result<Self, CommandError> {
        match origin {
            Origin::Button(value) => button::parse_usage(value),
            typed => usage::parse(&typed_words(typed)),
        }
    }

    /// The format of the answer.
    pub fn format(&self) -> Format {
        match self {
            Self::Select(_) | Self::Alerts | Self::Help => Format::Line,
            Self::History(_, format) => *format,
            Self::Check(_, options) | Self::Advise(_, options) => options.format,
        }
    }
}

/// Kinds of advice on all profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advising {
    /// Which to use next, and why not each other.
    Best,
    /// The rotation guide in a few lines.
    Rotation,
    /// The rotation guide for set-up and trouble.
    DeepDive,
}

/// The profiles of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The default profile.
    Default,
    /// Every one.
    All,
    /// The one that this names: an id, a label, a handle or a list number.
    Named(String),
}

impl Target {
    fn of_name(name: String) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "default" | "默认" => Self::Default,
            "all" | "全部" => Self::All,
            _ => Self::Named(name),
        }
    }
}

/// Options of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckOptions {
    /// The format of the answer.
    pub format: Format,
    /// The longest that one request may take.
    pub timeout_ms: u32,
    /// Whether to retry once where that may help.
    pub retry: bool,
    /// Whether to show attempts, times and statuses.
    pub debug: bool,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self { format: Format::Line, timeout_ms: 25_000, retry: true, debug: false }
    }
}

/// Formats of an answer, by the words that are typed for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One line per profile.
    Line,
    /// Nine lines per profile.
    Block,
    /// Progress, blocks, summary and message.
    Text,
    /// For programs.
    Json,
}

/// `/codex_auth …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthCommand {
    /// Offer the choices, from this page on.
    Select(usize),
    /// The health of one sign-in, or of all.
    Status(Target, Format),
    /// The steps of a sign-in, as this profile or as a new one.
    Start(Option<String>),
    /// Explain a pasted callback, of whose text nothing is kept.
    Finish(Callback),
    /// The order, and what each place in it means.
    Order(Format),
    /// A change, with the profiles as they were named.
    Change(OrderRequest<String>, ChangeOptions),
    /// A deletion of this profile without the word that says permanently.
    Delete(String),
    /// The alerts of the conversation.
    Alerts(AlertsCommand),
    /// List the commands.
    Help,
    /// An order, by the beginnings of its profiles' handles.
    Follow(Vec<String>),
    /// The user's own word for a planned change: its code, and the name behind it,
    /// which is the host's to compare.
    Confirm(String, String),
}

impl AuthCommand {
    /// Reads an auth command.
    pub fn parse(origin: &Origin) -> Result<Self, CommandError> {
        match origin {
            Origin::Button(value) => button::parse_auth(value),
            typed => auth::parse(&typed_words(typed)),
        }
    }

    /// The format of the answer.
    pub fn format(&self) -> Format {
        match self {
            Self::Status(_, format) | Self::Order(format) => *format,
            Self::Change(_, options) => options.format,
            _ => Format::Line,
        }
    }
}

/// `/codex_auth alerts …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertsCommand {
    /// Show which are on.
    Show,
    /// Turn these on, and no others.
    On(Vec<AlertKind>),
    /// Turn all off.
    Off,
}

/// Options of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeOptions {
    /// Stop at the plan.
    pub dry_run: bool,
    /// The format of the plan: lines or JSON.
    pub format: Format,
}

/// Errors in a typed command. None of them holds what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandError {
    /// An option that does not exist.
    UnknownOption,
    /// `--format` with another word, or none.
    BadFormat,
    /// `--timeout-sec` outside 1 to 60.
    BadTimeout,
    /// `--retries` other than 0 or 1.
    BadRetries,
    /// `--profile` without a name.
    MissingProfile,
    /// Two different profiles at once.
    SeveralProfiles,
    /// `rotation` with a word that is not `deep`.
    BadRotation,
    /// A button that this version does not know.
    UnknownButton,
    /// A change that names no profile: its words, as they are typed.
    NameOneProfile(&'static str),
    /// An option that no change has.
    UnknownChangeOption,
    /// `order` with a word that is neither set nor clear.
    BadOrder,
    /// `alerts` with a word that is neither on nor off, or `alerts on` with one of no alert.
    BadAlerts,
    /// `confirm` without a code.
    MissingCode,
    /// `finish` without a callback.
    MissingCallback,
}

/// Whether a typed word means something else than the profile of that name. `default`
/// means the profile called so.
pub fn is_taken(word: &str) -> bool {
    let words: Vec<&str> = word.split_whitespace().collect();
    let names_one = matches!(
        auth::parse(&words),
        Ok(AuthCommand::Status(Target::Named(_) | Target::Default, _))
    );
    let advises = matches!(
        usage::parse(&words),
        Ok(UsageCommand::Advise(..) | UsageCommand::History(..) | UsageCommand::Alerts) | Err(_)
    );
    !names_one || advises || matches!(word, "first" | "last")
}

#[cfg(test)]
mod tests;

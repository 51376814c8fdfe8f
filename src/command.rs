//! What the user typed or pressed, turned into a command. Past this module no
//! raw argument text exists.

use crate::callback::{self, Callback, Kind};
use crate::order::{End, OrderRequest};

/// `/codex_usage …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageCommand {
    /// Offer the choices, from this page on.
    Select(usize),
    /// Check.
    Check(Target, CheckOptions),
    /// Check all, and advise.
    Advise(Advising, CheckOptions),
}

impl UsageCommand {
    /// How to say the answer.
    pub fn format(&self) -> Format {
        match self {
            Self::Select(_) => Format::Line,
            Self::Check(_, options) | Self::Advise(_, options) => options.format,
        }
    }
}

/// What is advised on all profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advising {
    /// Which to use next, and why not each other.
    Best,
    /// The rotation guide in a few lines.
    Rotation,
    /// The rotation guide for set-up and trouble.
    DeepDive,
}

impl Advising {
    /// The word that is typed for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Rotation => "rotation",
            Self::DeepDive => "rotation deep",
        }
    }

    fn of(words: &str) -> Result<Option<Self>, CommandError> {
        let words = words.to_ascii_lowercase();
        let (first, rest) = words.split_once(' ').unwrap_or((&words, ""));
        match (first, rest) {
            ("best" | "推荐", "") => Ok(Some(Self::Best)),
            ("rotation" | "轮换", "") => Ok(Some(Self::Rotation)),
            ("rotation" | "轮换", "deep" | "setup" | "trouble" | "深入" | "配置" | "排障") => {
                Ok(Some(Self::DeepDive))
            }
            ("rotation" | "轮换", _) => Err(CommandError::BadRotation),
            _ => Ok(None),
        }
    }
}

/// Which profiles a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The default profile.
    Default,
    /// Every one.
    All,
    /// The one that this names: an id, a label, a handle or a list number.
    Named(String),
}

/// How to check, and how to say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckOptions {
    /// How to say it.
    pub format: Format,
    /// How long one request may take.
    pub timeout_ms: u32,
    /// Whether to try once more what is worth it.
    pub retry: bool,
    /// Whether to tell attempts, times and statuses.
    pub debug: bool,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            format: Format::Line,
            timeout_ms: 25_000,
            retry: true,
            debug: false,
        }
    }
}

/// How the same facts are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl Format {
    /// The word that is typed for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Block => "block",
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// `/codex_auth …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthCommand {
    /// Offer the choices, from this page on.
    Select(usize),
    /// The health of one sign-in, or of all.
    Status(Target, Format),
    /// How to sign in, as this profile or as a new one.
    Start(Option<String>),
    /// What a pasted callback holds. Nothing of its text is kept.
    Finish(Callback),
    /// The order, and what each place in it means.
    Order(Format),
    /// A change, with the profiles as they were named.
    Change(OrderRequest<String>, ChangeOptions),
    /// What there is to type.
    Help,
    /// An order, by the beginnings of its profiles' handles.
    Follow(Vec<String>),
    /// The user's own word for a planned change: its code, and the name behind it,
    /// which is the host's to compare.
    Confirm(String, String),
}

impl AuthCommand {
    /// How to say the answer.
    pub fn format(&self) -> Format {
        match self {
            Self::Status(_, format) | Self::Order(format) => *format,
            Self::Change(_, options) => options.format,
            Self::Select(_)
            | Self::Start(_)
            | Self::Finish(_)
            | Self::Help
            | Self::Follow(_)
            | Self::Confirm(..) => Format::Line,
        }
    }
}

/// How a change is planned, and how the plan is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeOptions {
    /// Stop at the plan.
    pub dry_run: bool,
    /// How to say it: lines or JSON.
    pub format: Format,
}

/// What is wrong with what was typed. Says what to do, never what was typed.
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
    /// `delete` without the word that says for good, or a word that may mean it.
    NotPermanently,
    /// `confirm` without a code.
    MissingCode,
    /// `finish` without a callback.
    MissingCallback,
}

/// Reads the words of a usage command.
pub fn parse_usage(words: &[String]) -> Result<UsageCommand, CommandError> {
    let (name, options) = parse_words(words)?;
    let is_help = |name: &String| name.eq_ignore_ascii_case("help") || name == "帮助";
    let Some(name) = name.filter(|name| !is_help(name)) else {
        return Ok(UsageCommand::Select(0));
    };
    Ok(match Advising::of(&name)? {
        Some(advising) => UsageCommand::Advise(advising, options),
        None => UsageCommand::Check(target(name), options),
    })
}

/// Reads the value of a pressed usage button, `all`, `page:2` or a handle.
pub fn parse_usage_button(value: &str) -> Result<UsageCommand, CommandError> {
    match value.strip_prefix("usage:").map(pressed) {
        Some(Pressed::Page(page)) => Ok(UsageCommand::Select(page)),
        Some(Pressed::Target(target)) => Ok(UsageCommand::Check(target, CheckOptions::default())),
        None => Err(CommandError::UnknownButton),
    }
}

/// Reads the words of an auth command.
pub fn parse_auth(words: &[String]) -> Result<AuthCommand, CommandError> {
    let Some((first, rest)) = words.split_first() else {
        return Ok(AuthCommand::Select(0));
    };
    // Phones begin a message with a capital.
    let first = first.to_ascii_lowercase();
    let verb = match first.as_str() {
        // What stands behind it is nobody's option and no profile's name.
        "finish" | "完成" => return finish(rest),
        "help" | "帮助" => return Ok(AuthCommand::Help),
        // What people try, and what could be taken for something else.
        "set" | "clear" | "add" | "reorder" | "rename" => return Ok(AuthCommand::Help),
        "remove" | "移除" | "logout" => return Err(CommandError::NotPermanently),
        "status" | "状态" => {
            let (name, options) = parse_words(rest)?;
            let target = name.map_or(Target::All, target);
            return Ok(AuthCommand::Status(target, options.format));
        }
        "start" | "login" | "登录" => {
            return Ok(AuthCommand::Start(parse_words(rest)?.0));
        }
        "confirm" | "确认" => {
            let (code, name) = rest.split_first().ok_or(CommandError::MissingCode)?;
            return Ok(AuthCommand::Confirm(
                code.to_ascii_uppercase(),
                name.join(" "),
            ));
        }
        "order" | "顺序" => Verb::Order,
        "retire" | "停用" => Verb::Retire,
        "restore" | "恢复" => Verb::Restore,
        "delete" | "删除" => Verb::Delete,
        word if is_permanently(word) => Verb::DeletePermanently,
        _ if is_callback(words) => return finish(words),
        _ => {
            let (name, options) = parse_words(words)?;
            let status = |name| AuthCommand::Status(target(name), options.format);
            return Ok(name.map_or(AuthCommand::Select(0), status));
        }
    };
    let (words, options) = change_words(rest)?;
    let request = match verb {
        Verb::Order => match words.split_first() {
            None => return Ok(AuthCommand::Order(options.format)),
            Some((&"set" | &"设置", [])) => {
                return Err(CommandError::NameOneProfile(
                    "order set <profile> <profile>",
                ));
            }
            Some((&"set" | &"设置", names)) => {
                OrderRequest::Set(names.iter().map(|&name| name.to_owned()).collect())
            }
            Some((&"clear" | &"清除", [])) => OrderRequest::Clear,
            Some(_) => return Err(CommandError::BadOrder),
        },
        Verb::Retire => OrderRequest::Retire(one_name(&words, "retire <profile>")?),
        Verb::Restore => {
            let (names, end) = match words.split_last() {
                Some((&"first" | &"最前", names)) if !names.is_empty() => {
                    (names, Some(End::First))
                }
                Some((&"last" | &"最后", names)) if !names.is_empty() => (names, Some(End::Last)),
                _ => (words.as_slice(), None),
            };
            OrderRequest::Restore(one_name(names, "restore <profile>")?, end)
        }
        Verb::Delete => match words.split_last() {
            Some((word, names)) if is_permanently(&word.to_ascii_lowercase()) => {
                OrderRequest::Delete(one_name(names, DELETE)?)
            }
            Some(_) => return Err(CommandError::NotPermanently),
            None => return Err(CommandError::NameOneProfile(DELETE)),
        },
        Verb::DeletePermanently => OrderRequest::Delete(one_name(&words, DELETE)?),
    };
    Ok(AuthCommand::Change(request, options))
}

const DELETE: &str = "delete <profile> permanently";

enum Verb {
    Order,
    Retire,
    Restore,
    Delete,
    DeletePermanently,
}

/// The words that mean a hard delete, and nothing short of them does.
fn is_permanently(word: &str) -> bool {
    matches!(word, "permanently" | "永久删除" | "彻底移除")
}

/// A chat message comes cut at spaces, which a label may hold.
fn one_name(words: &[&str], typed: &'static str) -> Result<String, CommandError> {
    match words {
        [] => Err(CommandError::NameOneProfile(typed)),
        words => Ok(words.join(" ")),
    }
}

fn change_words(words: &[String]) -> Result<(Vec<&str>, ChangeOptions), CommandError> {
    let mut options = ChangeOptions {
        dry_run: false,
        format: Format::Line,
    };
    let mut rest = Vec::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--dry-run" => options.dry_run = true,
            "--format" => options.format = change_format(words.next())?,
            option if option.starts_with("--") => {
                let format = option.strip_prefix("--format=");
                let format = format.ok_or(CommandError::UnknownChangeOption)?;
                options.format = change_format(Some(format))?;
            }
            name => rest.push(name),
        }
    }
    Ok((rest, options))
}

fn change_format(word: Option<&str>) -> Result<Format, CommandError> {
    match word {
        Some("text") => Ok(Format::Line),
        Some("json") => Ok(Format::Json),
        Some(_) | None => Err(CommandError::UnknownChangeOption),
    }
}

/// Whether a callback was pasted without its `finish`. Without one of these characters it
/// may be a profile's name: `code`, or `sk-work`.
fn is_callback(words: &[String]) -> bool {
    let text = words.join(" ");
    text.contains(['=', '%', '/']) && callback::read(&text).is_more_than_a_word()
}

/// The first of several words names the profile that waits for the callback, which
/// changes nothing about what it holds.
fn finish(words: &[String]) -> Result<AuthCommand, CommandError> {
    let callback = match words {
        [] => return Err(CommandError::MissingCallback),
        // A profile's name, and nothing behind it.
        [only]
            if only.len() < callback::FEWEST_IN_A_CODE
                && callback::read(only).kind == Kind::Nothing =>
        {
            return Err(CommandError::MissingCallback);
        }
        [only] => callback::read(only),
        // Without a profile's name in front, the first word is part of it.
        [first, ..] if callback::read(first).is_more_than_a_word() => {
            callback::read(&words.join(" "))
        }
        [_, rest @ ..] => callback::read(&rest.join(" ")),
    };
    Ok(AuthCommand::Finish(callback))
}

const ORDER_BUTTON: &str = "auth:order:";

/// What the value of a button may have, in bytes.
const BUTTON: usize = 52;

/// The value of a button that plans an order: of every handle as much as there is room
/// for, the same of each, behind how much that is. None where that is too little to tell
/// it from all others of the store.
pub fn order_button(handles: &[&str], all: &[&str]) -> Option<String> {
    let room = BUTTON - ORDER_BUTTON.len() - 2;
    let length = room.checked_div(handles.len())?.min(8);
    let mut value = format!("{ORDER_BUTTON}{length}:");
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

fn parse_handles(text: &str) -> Option<AuthCommand> {
    let (length, handles) = text.split_once(':')?;
    let length: usize = length
        .parse()
        .ok()
        .filter(|length| (3..=8).contains(length))?;
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if handles.is_empty() || handles.len() % length != 0 || !handles.bytes().all(is_hex) {
        return None;
    }
    let handles = handles.as_bytes().chunks_exact(length);
    let text = |handle: &[u8]| std::str::from_utf8(handle).ok().map(str::to_owned);
    Some(AuthCommand::Follow(
        handles.map(text).collect::<Option<_>>()?,
    ))
}

/// Reads the value of a pressed auth button.
pub fn parse_auth_button(value: &str) -> Result<AuthCommand, CommandError> {
    if let Some(code) = value.strip_prefix("auth:confirm:") {
        return Ok(AuthCommand::Confirm(
            code.to_ascii_uppercase(),
            String::new(),
        ));
    }
    if let Some(handles) = value.strip_prefix(ORDER_BUTTON) {
        return parse_handles(handles).ok_or(CommandError::UnknownButton);
    }
    match value.strip_prefix("auth:").map(pressed) {
        Some(Pressed::Page(page)) => Ok(AuthCommand::Select(page)),
        Some(Pressed::Target(target)) => Ok(AuthCommand::Status(target, Format::Line)),
        None => Err(CommandError::UnknownButton),
    }
}

/// Whether a word means something else than the profile of that name. `default`
/// means the profile called so.
pub fn is_taken(word: &str) -> bool {
    let read = |word: String| match parse_auth(&[word]) {
        Ok(AuthCommand::Status(Target::Named(_) | Target::Default, _)) => false,
        Ok(_) | Err(_) => true,
    };
    let advises = !matches!(Advising::of(word), Ok(None));
    read(word.to_owned()) || advises || matches!(word, "first" | "last")
}

enum Pressed {
    Page(usize),
    Target(Target),
}

fn pressed(value: &str) -> Pressed {
    match value
        .strip_prefix("page:")
        .and_then(|page| page.parse().ok())
    {
        Some(page) => Pressed::Page(page),
        None => Pressed::Target(target(value.to_owned())),
    }
}

fn target(name: String) -> Target {
    match name.to_ascii_lowercase().as_str() {
        "default" | "默认" => Target::Default,
        "all" | "全部" => Target::All,
        _ => Target::Named(name),
    }
}

fn parse_words(words: &[String]) -> Result<(Option<String>, CheckOptions), CommandError> {
    let mut options = CheckOptions::default();
    let mut named = None;
    let mut rest: Vec<String> = Vec::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if !word.starts_with("--") {
            rest.push(word.to_owned());
            continue;
        }
        let (flag, mut value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (word, None),
        };
        let mut value = || value.take().or_else(|| words.next());
        match flag {
            "--debug" => options.debug = true,
            "--format" => {
                options.format = value().and_then(format).ok_or(CommandError::BadFormat)?
            }
            "--timeout-sec" => {
                options.timeout_ms = value()
                    .and_then(timeout_ms)
                    .ok_or(CommandError::BadTimeout)?
            }
            "--retries" => {
                options.retry = value().and_then(retry).ok_or(CommandError::BadRetries)?
            }
            "--profile" => named = Some(value().ok_or(CommandError::MissingProfile)?),
            _ => return Err(CommandError::UnknownOption),
        }
    }
    // Labels may hold spaces, and a chat message comes cut at them.
    let rest = rest.join(" ");
    match (named, rest.is_empty()) {
        (None, true) => Ok((None, options)),
        (None, false) => Ok((Some(rest), options)),
        (Some(name), true) => Ok((Some(name.to_owned()), options)),
        (Some(name), false) if name == rest => Ok((Some(rest), options)),
        (Some(_), false) => Err(CommandError::SeveralProfiles),
    }
}

fn format(word: &str) -> Option<Format> {
    let formats = [Format::Line, Format::Block, Format::Text, Format::Json];
    formats.into_iter().find(|format| format.word() == word)
}

fn timeout_ms(word: &str) -> Option<u32> {
    let seconds: u32 = word.parse().ok()?;
    (1..=60).contains(&seconds).then(|| seconds * 1000)
}

fn retry(word: &str) -> Option<bool> {
    match word {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

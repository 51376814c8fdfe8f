//! What the user typed or pressed, turned into a command. Past this module no
//! raw argument text exists.

/// `/codex_usage …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageCommand {
    /// Offer the choices, from this page on.
    Select(usize),
    /// Check.
    Check(Target, CheckOptions),
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
    /// A change, which this version leaves to the user.
    Change,
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
    /// A button that this version does not know.
    UnknownButton,
}

/// Reads the words of a usage command.
pub fn parse_usage(words: &[String]) -> Result<UsageCommand, CommandError> {
    let (name, options) = parse_words(words)?;
    Ok(match name {
        None => UsageCommand::Select(0),
        Some(name) => UsageCommand::Check(target(name), options),
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
    const CHANGES: [&str; 15] = [
        "start", "finish", "order", "retire", "restore", "delete", "confirm", "login", "logout",
        "set", "clear", "add", "remove", "reorder", "rename",
    ];
    let first = words.first().map(String::as_str);
    if first.is_some_and(|word| CHANGES.contains(&word)) {
        return Ok(AuthCommand::Change);
    }
    let (words, asked) = match first {
        Some("status") => (&words[1..], true),
        Some(_) | None => (words, false),
    };
    let (name, options) = parse_words(words)?;
    Ok(match (name, asked) {
        (None, false) => AuthCommand::Select(0),
        (None, true) => AuthCommand::Status(Target::All, options.format),
        (Some(name), _) => AuthCommand::Status(target(name), options.format),
    })
}

/// Reads the value of a pressed auth button.
pub fn parse_auth_button(value: &str) -> Result<AuthCommand, CommandError> {
    match value.strip_prefix("auth:").map(pressed) {
        Some(Pressed::Page(page)) => Ok(AuthCommand::Select(page)),
        Some(Pressed::Target(target)) => Ok(AuthCommand::Status(target, Format::Line)),
        None => Err(CommandError::UnknownButton),
    }
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
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn check(text: &str) -> Result<UsageCommand, CommandError> {
        parse_usage(&words(text))
    }

    fn named(name: &str) -> UsageCommand {
        UsageCommand::Check(Target::Named(name.into()), CheckOptions::default())
    }

    #[test]
    fn names_and_options_are_told_apart() {
        assert_eq!(check(""), Ok(UsageCommand::Select(0)));
        assert_eq!(check("My Work"), Ok(named("My Work")));
        assert_eq!(check("--profile work"), Ok(named("work")));
        assert_eq!(
            check("ALL --format=json --timeout-sec 5 --retries 0 --debug"),
            Ok(UsageCommand::Check(
                Target::All,
                CheckOptions {
                    format: Format::Json,
                    timeout_ms: 5000,
                    retry: false,
                    debug: true
                }
            ))
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, error) in [
            ("--frmat json", CommandError::UnknownOption),
            ("all --format xml", CommandError::BadFormat),
            ("all --format", CommandError::BadFormat),
            ("all --timeout-sec 0", CommandError::BadTimeout),
            ("all --timeout-sec 1000000000", CommandError::BadTimeout),
            (
                "all --timeout-sec 99999999999999999999",
                CommandError::BadTimeout,
            ),
            ("all --retries 2", CommandError::BadRetries),
            ("--profile", CommandError::MissingProfile),
            ("work --profile home", CommandError::SeveralProfiles),
        ] {
            assert_eq!(check(text), Err(error), "{text}");
        }
    }

    #[test]
    fn buttons_carry_a_verb_and_a_handle() {
        assert_eq!(parse_usage_button("usage:0badcafe"), Ok(named("0badcafe")));
        assert_eq!(
            parse_usage_button("usage:page:2"),
            Ok(UsageCommand::Select(2))
        );
        assert_eq!(
            parse_usage_button("auth:all"),
            Err(CommandError::UnknownButton)
        );
        assert_eq!(
            parse_auth_button("auth:0badcafe"),
            Ok(AuthCommand::Status(
                Target::Named("0badcafe".into()),
                Format::Line
            ))
        );
    }

    #[test]
    fn changes_are_recognised_before_anything_else_is_read() {
        assert_eq!(
            parse_auth(&words("finish work http://localhost:1455/?code=x --y")),
            Ok(AuthCommand::Change)
        );
        assert_eq!(
            parse_auth(&words("status")),
            Ok(AuthCommand::Status(Target::All, Format::Line))
        );
        assert_eq!(parse_auth(&[]), Ok(AuthCommand::Select(0)));
    }
}

//! Reads usage commands, and the options of everything that looks at profiles.

use super::words::{Word, Words};
use super::{Advising, CheckOptions, CommandError, Format, Target, UsageCommand};

pub(super) fn parse(words: Words<'_>) -> Result<UsageCommand, CommandError> {
    let (name, options) = name_and_options(words)?;
    let Some(name) = name else {
        return Ok(UsageCommand::Select(0));
    };
    if name.eq_ignore_ascii_case("help") || name == "帮助" {
        return Ok(UsageCommand::Help);
    }
    let (first, rest) = name.split_once(' ').unwrap_or((&name, ""));
    match first.to_ascii_lowercase().as_str() {
        "alerts" | "提醒" => return Ok(UsageCommand::Alerts),
        "history" | "历史" => {
            let target = match rest.trim() {
                "" => Target::All,
                name => Target::of_name(name.to_owned()),
            };
            return Ok(UsageCommand::History(target, options.format));
        }
        _ => {}
    }
    Ok(match advising(&name)? {
        Some(advising) => UsageCommand::Advise(advising, options),
        None => UsageCommand::Check(Target::of_name(name), options),
    })
}

fn advising(name: &str) -> Result<Option<Advising>, CommandError> {
    let name = name.to_ascii_lowercase();
    let topic = match name.trim_end() {
        "best" | "推荐" => return Ok(Some(Advising::Best)),
        "rotation" | "轮换" => return Ok(Some(Advising::Rotation)),
        name => name.strip_prefix("rotation ").or(name.strip_prefix("轮换 ")),
    };
    match topic {
        Some("deep" | "setup" | "trouble" | "深入" | "配置" | "排障") => {
            Ok(Some(Advising::DeepDive))
        }
        Some(_) => Err(CommandError::BadRotation),
        None => Ok(None),
    }
}

/// Reads the name of a profile and the options around it.
pub(super) fn name_and_options(
    mut words: Words<'_>,
) -> Result<(Option<String>, CheckOptions), CommandError> {
    let mut options = CheckOptions::default();
    let mut named = None;
    let mut rest = Vec::new();
    while let Some(word) = words.word() {
        let (option, value) = match word {
            Word::Plain(word) => {
                rest.push(word);
                continue;
            }
            Word::Option(option, value) => (option, value),
        };
        let mut value = || value.or_else(|| words.next());
        match option {
            "--debug" => options.debug = true,
            "--format" => {
                options.format = value().and_then(format).ok_or(CommandError::BadFormat)?;
            }
            "--timeout-sec" => {
                let timeout = value().and_then(timeout_ms);
                options.timeout_ms = timeout.ok_or(CommandError::BadTimeout)?;
            }
            "--retries" => {
                options.retry = value().and_then(retry).ok_or(CommandError::BadRetries)?;
            }
            "--profile" => named = Some(value().ok_or(CommandError::MissingProfile)?),
            _ => return Err(CommandError::UnknownOption),
        }
    }
    let rest = rest.join(" ");
    match named {
        None => Ok(((!rest.is_empty()).then_some(rest), options)),
        Some(name) if rest.is_empty() || rest == name => Ok((Some(name.to_owned()), options)),
        Some(_) => Err(CommandError::SeveralProfiles),
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

//! Reads usage commands, and the options of everything that looks at profiles.

use serde::Deserialize;
use serde::de::value::{self, StrDeserializer};

use super::{Advising, CheckOptions, CommandError, Format, Target, UsageCommand, option};

pub(super) fn parse(words: &[&str]) -> Result<UsageCommand, CommandError> {
    let (name, options) = name_and_options(words)?;
    let Some(name) = name else {
        return Ok(UsageCommand::Select(0));
    };
    let typed = name.trim_end();
    let (first, rest) = typed.split_once(' ').unwrap_or((typed, ""));
    let (first, rest) = (first.to_ascii_lowercase(), rest.trim());
    Ok(match (first.as_str(), rest.to_ascii_lowercase().as_str()) {
        ("help" | "帮助", "") => UsageCommand::Help,
        ("alerts" | "提醒", _) => UsageCommand::Alerts,
        ("history" | "历史", "") => UsageCommand::History(Target::All, options.format),
        ("history" | "历史", _) => {
            UsageCommand::History(Target::of_name(rest.to_owned()), options.format)
        }
        ("best" | "推荐", "") => UsageCommand::Advise(Advising::Best, options),
        ("rotation" | "轮换", "") => UsageCommand::Advise(Advising::Rotation, options),
        ("rotation" | "轮换", "deep" | "setup" | "trouble" | "深入" | "配置" | "排障") => {
            UsageCommand::Advise(Advising::DeepDive, options)
        }
        ("rotation" | "轮换", _) => return Err(CommandError::BadRotation),
        _ => UsageCommand::Check(Target::of_name(name), options),
    })
}

/// Reads the name of a profile and the options around it.
pub(super) fn name_and_options(
    words: &[&str],
) -> Result<(Option<String>, CheckOptions), CommandError> {
    let mut options = CheckOptions::default();
    let mut named = None;
    let mut rest = Vec::new();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let Some((option, value)) = option(word) else {
            rest.push(word);
            continue;
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
                options.retry = match value() {
                    Some("0") => false,
                    Some("1") => true,
                    Some(_) | None => return Err(CommandError::BadRetries),
                };
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
    Format::deserialize(StrDeserializer::<value::Error>::new(word)).ok()
}

fn timeout_ms(word: &str) -> Option<u32> {
    let seconds: u32 = word.parse().ok()?;
    (1..=60).contains(&seconds).then(|| seconds * 1000)
}

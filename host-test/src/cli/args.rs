//! The command line's words, their help and their form.
//!
//! Numbers, words of a list and which options go together are checked here, so that the
//! help, the completions and the complaint about a wrong one agree. Names of profiles and
//! the words of an order pass unread: the component's parser knows them, which a chat
//! needs anyway.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::ArgValueCandidates;
use jiff::tz::TimeZone;

use super::completions::{profiles, profiles_and_words};
use super::{help, values};
use crate::zone;

/// Shows which Codex profiles are ready, what is left, and when it resets.
///
/// Checks are read-only. A change runs the gateway's own command after you confirm its plan.
#[derive(Parser)]
#[command(name = "codex-profiler", version, after_help = help::PROGRAM, max_term_width = 100)]
// Windows would add `.exe` to it.
#[command(bin_name = "codex-profiler")]
#[command(override_usage = "codex-profiler [COMMAND] [OPTIONS]")]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Subcommand)]
pub(super) enum Verb {
    /// Check usage (the default command)
    Usage(Box<UsageArgs>),
    /// Show sign-ins and their order, and change them
    Auth(Box<AuthArgs>),
    /// Run one chat message as a gateway would
    Chat(Box<ChatArgs>),
    /// Save the WebAssembly component of this program
    #[command(after_help = help::COMPONENT)]
    Component {
        /// File to write
        file: PathBuf,
    },
    /// Print the completion script of a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// Shell
        #[arg(value_parser = ["bash", "elvish", "fish", "powershell", "zsh"])]
        shell: String,
    },
}

#[derive(Args)]
#[command(after_help = help::USAGE)]
pub(super) struct UsageArgs {
    /// all (default), default, best, rotation, history, or a name
    #[arg(value_name = "PROFILE", conflicts_with = "profile", add = ArgValueCandidates::new(profiles_and_words))]
    pub(super) whom: Vec<String>,
    /// Same as PROFILE
    #[arg(long, short, value_name = "PROFILE", default_value = "all", hide_default_value = true, add = ArgValueCandidates::new(profiles_and_words))]
    pub(super) profile: String,
    #[command(flatten)]
    pub(super) preferences: Preferences,
    /// Timeout of one request, 1 to 60
    #[arg(long, value_name = "SECONDS", default_value_t = 25, allow_negative_numbers = true, value_parser = values::timeout)]
    pub(super) timeout_sec: u32,
    /// Retries after a transient failure, 0 or 1
    #[arg(long, value_name = "COUNT", default_value_t = 1, allow_negative_numbers = true, value_parser = values::retries)]
    pub(super) retries: u32,
    /// Exit 3 unless a ready profile has this much left
    #[arg(long, value_name = "PERCENT", allow_negative_numbers = true, conflicts_with = "every", value_parser = values::percent)]
    pub(super) fail_below: Option<u8>,
    /// Show attempts, times and HTTP statuses
    #[arg(long)]
    pub(super) debug: bool,
    #[command(flatten)]
    pub(super) watch: WatchArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Line, help_heading = "Output")]
    pub(super) format: Format,
    /// Also write a page with charts
    #[arg(long, value_name = "FILE", conflicts_with_all = ["whom", "profile", "every"], help_heading = "Output")]
    pub(super) html: Option<PathBuf>,
    /// Always draw the timeline, whatever the terminal's height
    #[arg(long, help_heading = "Output")]
    pub(super) timeline: bool,
    #[command(flatten)]
    pub(super) terminal: Terminal,
    #[command(flatten)]
    pub(super) common: Common,
}

/// Profiles whose quota the user wants used up first, and kept.
#[derive(Args, Clone, Default)]
pub(super) struct Preferences {
    /// Ready profile to recommend first; repeatable
    #[arg(long, value_name = "PROFILE", add = ArgValueCandidates::new(profiles))]
    pub(super) burn_first: Vec<String>,
    /// Profile to recommend only if no other is ready; repeatable
    #[arg(long, value_name = "PROFILE", add = ArgValueCandidates::new(profiles))]
    pub(super) preserve: Vec<String>,
}

#[derive(Args)]
#[command(next_help_heading = "Watch")]
pub(super) struct WatchArgs {
    /// Check again every SECONDS [default: 300]
    #[arg(long = "watch", value_name = "SECONDS", num_args = 0..=1, default_missing_value = "300", allow_negative_numbers = true, value_parser = values::interval)]
    pub(super) every: Option<Duration>,
    /// Stop at this event
    #[arg(long, value_enum, requires = "every")]
    pub(super) until: Option<Until>,
    /// Stop after this time, such as 90m, 8h or 2d
    #[arg(long = "for", value_name = "DURATION", requires = "every", value_parser = values::patience)]
    pub(super) patience: Option<Duration>,
}

/// The event that a watch waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Until {
    /// Every checked profile is blocked (outages do not count)
    Blocked,
    /// A checked profile is ready at no cost
    Usable,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, after_help = help::AUTH)]
pub(super) struct AuthArgs {
    #[command(subcommand)]
    pub(super) verb: Option<AuthVerb>,
    /// Output format
    #[arg(long, value_enum, default_value_t = StatusFormat::Text, help_heading = "Output")]
    pub(super) format: StatusFormat,
    #[command(flatten)]
    pub(super) terminal: Terminal,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Subcommand)]
pub(super) enum AuthVerb {
    /// Show the health of sign-ins (the default of auth)
    #[command(after_help = help::STATUS)]
    Status(StatusArgs),
    /// Show or change the order the gateway uses
    #[command(args_conflicts_with_subcommands = true, after_help = help::ORDER)]
    Order(OrderArgs),
    /// Take a profile out of the order, keeping its sign-in
    #[command(after_help = help::RETIRE)]
    Retire {
        /// Profile name
        #[arg(add = ArgValueCandidates::new(profiles))]
        profile: String,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Put a profile back into the order
    #[command(after_help = help::RESTORE)]
    Restore {
        /// Profile name
        #[arg(add = ArgValueCandidates::new(profiles))]
        profile: String,
        /// End of the order [default: last]
        #[arg(value_enum)]
        end: Option<End>,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Delete a profile's sign-in permanently
    #[command(after_help = help::DELETE)]
    Delete {
        /// Profile name
        #[arg(add = ArgValueCandidates::new(profiles))]
        profile: String,
        /// The word `permanently`
        #[arg(value_name = "permanently", add = ArgValueCandidates::new(|| vec!["permanently".into()]))]
        word: Option<String>,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Show how to sign in, or run the login
    #[command(after_help = help::START)]
    Start {
        /// Stored profile or new name
        #[arg(value_name = "PROFILE", conflicts_with = "profile", add = ArgValueCandidates::new(profiles))]
        whom: Option<String>,
        /// Same as PROFILE
        #[arg(long, short, value_name = "PROFILE", add = ArgValueCandidates::new(profiles))]
        profile: Option<String>,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Show where alerts are turned on
    Alerts {
        #[command(flatten)]
        common: Common,
    },
    /// Explain a pasted login callback address without showing it
    #[command(after_help = help::FINISH)]
    Finish {
        /// Profile, then address; without an address, it is asked for
        #[arg(value_name = "PROFILE CALLBACK_URL", add = ArgValueCandidates::new(profiles))]
        words: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Args)]
pub(super) struct StatusArgs {
    /// all (default), default, or a name
    #[arg(value_name = "PROFILE", conflicts_with = "profile", add = ArgValueCandidates::new(profiles))]
    pub(super) whom: Option<String>,
    /// Same as PROFILE
    #[arg(long, short, value_name = "PROFILE", default_value = "all", hide_default_value = true, add = ArgValueCandidates::new(profiles))]
    pub(super) profile: String,
    /// Output format
    #[arg(long, value_enum, default_value_t = StatusFormat::Text, help_heading = "Output")]
    pub(super) format: StatusFormat,
    #[command(flatten)]
    pub(super) terminal: Terminal,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Args)]
pub(super) struct OrderArgs {
    #[command(subcommand)]
    pub(super) verb: Option<OrderVerb>,
    /// Output format
    #[arg(long, value_enum, default_value_t = StatusFormat::Text, help_heading = "Output")]
    pub(super) format: StatusFormat,
    #[command(flatten)]
    pub(super) terminal: Terminal,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Subcommand)]
pub(super) enum OrderVerb {
    /// Set the order
    #[command(after_help = help::ORDER_SET)]
    Set {
        /// Profile names, first to be used first
        #[arg(required = true, value_name = "PROFILE", add = ArgValueCandidates::new(profiles))]
        profiles: Vec<String>,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Remove the agent's own order
    #[command(after_help = help::ORDER_CLEAR)]
    Clear {
        #[command(flatten)]
        change: ChangeArgs,
    },
}

/// Options of a change.
#[derive(Args)]
pub(super) struct ChangeArgs {
    /// Show the plan and stop
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Skip the question (a deletion still asks)
    #[arg(long, short, conflicts_with = "dry_run")]
    pub(super) yes: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = StatusFormat::Text, help_heading = "Output")]
    pub(super) format: StatusFormat,
    #[command(flatten)]
    pub(super) terminal: Terminal,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum End {
    /// Used before all others
    First,
    /// Used after all others
    Last,
}

#[derive(Args)]
#[command(after_help = help::CHAT)]
pub(super) struct ChatArgs {
    /// Message, such as '/codex_usage all'
    #[arg(required_unless_present = "schedule", default_value = "")]
    pub(super) message: String,
    /// Check for alerts, as a gateway does by itself
    #[arg(long, conflicts_with_all = ["message", "press", "tool", "owner"])]
    pub(super) schedule: bool,
    /// Treat the message as a pressed button's value
    #[arg(long)]
    pub(super) press: bool,
    /// Treat the message as an agent's tool call
    #[arg(long, conflicts_with = "press")]
    pub(super) tool: bool,
    /// User who asks
    #[arg(long, value_name = "USER", default_value = "you")]
    pub(super) user: String,
    /// Ask as the gateway's owner
    #[arg(long)]
    pub(super) owner: bool,
    /// Buttons that one message can have
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_value_t = 0, default_missing_value = "8", require_equals = true)]
    pub(super) buttons: u16,
    /// Show tables, as some channels do
    #[arg(long)]
    pub(super) tables: bool,
    /// Send messages by the channel's own path
    #[arg(long)]
    pub(super) message_path: bool,
    /// Ask in a group
    #[arg(long)]
    pub(super) group: bool,
    /// Characters that one message can have, at least 64
    #[arg(long, value_name = "CHARACTERS", default_value_t = 4096, value_parser = values::length)]
    pub(super) length: u32,
    /// Follow the settings: a gateway takes no options for it.
    #[arg(skip)]
    pub(super) preferences: Preferences,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Args)]
#[command(next_help_heading = "Sign-ins")]
pub(super) struct Common {
    /// Use six made-up profiles: no network, no files
    #[arg(long, conflicts_with_all = ["live", "replay", "auth_path"])]
    pub(super) demo: bool,
    /// Accepted for scripts that were written when a demo was the default.
    #[arg(long, hide = true)]
    live: bool,
    /// Agent whose sign-ins to use
    #[arg(long, value_name = "AGENT", default_value = "main")]
    pub(super) agent: String,
    /// Read the sign-ins from this file
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub(super) auth_path: Option<PathBuf>,
    /// Play a recorded answer, world or fleet
    #[arg(long, value_name = "FILE", conflicts_with = "live")]
    pub(super) replay: Option<PathBuf>,
    /// Language [default: the environment's]
    #[arg(long, value_enum, help_heading = "Output")]
    pub(super) locale: Option<Locale>,
    /// Time zone, such as Europe/Berlin [default: the system's]
    #[arg(long, value_name = "ZONE", value_parser = zone::parse, help_heading = "Output")]
    pub(super) zone: Option<TimeZone>,
    /// Settings file [default: the user's own]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) settings: Option<PathBuf>,
}

#[derive(Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Terminal {
    /// Show full ids, including e-mail addresses
    #[arg(long)]
    pub(super) full_ids: bool,
    /// Colours
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub(super) color: Colour,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// One line per profile
    Line,
    /// Nine lines per profile
    Block,
    /// Progress, then nine lines and the reason per profile
    Text,
    /// For programs
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum StatusFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Locale {
    /// English
    En,
    /// Chinese
    Zh,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The part of a reply that a terminal prints.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The text that the user reads.
    Text,
    /// The JSON beside it.
    Document,
}

impl Verb {
    pub(super) fn form(&self) -> Form {
        match self {
            Self::Usage(args) => match args.format {
                Format::Json => Form::Document,
                Format::Line | Format::Block | Format::Text => Form::Text,
            },
            Self::Auth(args) => match &args.verb {
                None => args.format.form(),
                Some(verb) => verb.form(),
            },
            Self::Chat(_) | Self::Component { .. } | Self::Completions { .. } => Form::Text,
        }
    }

    pub(super) fn common(&mut self) -> Option<&mut Common> {
        match self {
            Self::Usage(args) => Some(&mut args.common),
            Self::Auth(args) => Some(match &mut args.verb {
                None => &mut args.common,
                Some(verb) => verb.common(),
            }),
            Self::Chat(args) => Some(&mut args.common),
            Self::Component { .. } | Self::Completions { .. } => None,
        }
    }
}

impl AuthVerb {
    pub(super) fn form(&self) -> Form {
        let format = match self {
            Self::Status(args) => args.format,
            Self::Order(OrderArgs { verb, format, .. }) => match verb {
                Some(OrderVerb::Set { change, .. } | OrderVerb::Clear { change }) => change.format,
                None => *format,
            },
            Self::Retire { change, .. }
            | Self::Restore { change, .. }
            | Self::Delete { change, .. }
            | Self::Start { change, .. } => change.format,
            Self::Alerts { .. } | Self::Finish { .. } => StatusFormat::Text,
        };
        format.form()
    }

    pub(super) fn common(&mut self) -> &mut Common {
        match self {
            Self::Status(args) => &mut args.common,
            Self::Order(OrderArgs { verb, common, .. }) => match verb {
                Some(OrderVerb::Set { change, .. } | OrderVerb::Clear { change }) => {
                    &mut change.common
                }
                None => common,
            },
            Self::Retire { change, .. }
            | Self::Restore { change, .. }
            | Self::Delete { change, .. }
            | Self::Start { change, .. } => &mut change.common,
            Self::Alerts { common } | Self::Finish { common, .. } => common,
        }
    }
}

impl StatusFormat {
    pub(super) fn form(self) -> Form {
        match self {
            Self::Json => Form::Document,
            Self::Text => Form::Text,
        }
    }
}

impl Common {
    /// Returns whether this user's own OpenClaw is asked.
    pub(super) fn is_live(&self) -> bool {
        !self.demo && self.replay.is_none()
    }
}

pub(super) fn word(format: impl ValueEnum) -> String {
    let value = format.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

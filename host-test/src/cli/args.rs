//! The command line's words, their help and their form.
//!
//! Numbers, words of a list and which options go together are checked here, so that the
//! help, the completions and the complaint about a wrong one agree. Names of profiles and
//! the words of an order pass unread: the component's parser knows them, which a chat
//! needs anyway.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo};

use crate::zone;

/// Shows which Codex profiles work now, what is left of their windows, when they reset, and
/// in which order the gateway tries them.
///
/// Without --live this shows a demo: six made-up sign-ins, no network, no files.
/// With --live it reads the sign-ins of this user's OpenClaw, read-only, and asks
/// chatgpt.com for their usage. It never refreshes, edits or prints a sign-in; what is
/// changed is changed by the gateway's own commands, after a plan and a question.
#[derive(Parser)]
#[command(name = "codex-profiler", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

const AFTER_HELP: &str = "\
Exit codes: 0 answered or changed, 1 nothing could be checked or confirmed, 2 not
understood or refused.

A few numbers of the last checks, changes that wait for their user and claims against
answering a chat request twice are kept in $XDG_STATE_HOME/codex-profiler, else
~/.local/state/codex-profiler (on Windows in the user's application data), each world
apart; a demo in a terminal keeps nothing. With --live, settings are read from
$XDG_CONFIG_HOME/codex-profiler/settings.json, else ~/.config/codex-profiler/settings.json:
burnFirst, preserve, language and timezone, as in the plugin's configuration; options win.
OPENCLAW_STATE_DIR names another OpenClaw; HTTPS_PROXY, ALL_PROXY, NO_PROXY and
SSL_CERT_FILE are honoured.";

#[derive(Subcommand)]
pub(super) enum Verb {
    /// Check the usage of profiles
    Usage(UsageArgs),
    /// Look at sign-ins and their order, and change them
    Auth(Box<AuthArgs>),
    /// Run one chat turn as a gateway does, and show what was sent by which path
    Chat(ChatArgs),
    /// Write the WebAssembly component that this program runs to a file
    Component {
        /// The file, made anew
        file: PathBuf,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Args)]
#[command(after_help = AFTER_HELP_OF_USAGE)]
pub(super) struct UsageArgs {
    /// Profiles to check: default, all, a label, a full id, or a handle; `best` checks all
    /// and says which to use next, `rotation` and `rotation deep` answer from the guide
    #[arg(long, short, value_name = "PROFILE", default_value = "all")]
    pub(super) profile: String,
    /// The same, without the option
    #[arg(value_name = "PROFILE", conflicts_with = "profile")]
    pub(super) whom: Vec<String>,
    /// Profile to advise first of two that are ready; may be repeated
    #[arg(long, value_name = "PROFILE")]
    pub(super) burn_first: Vec<String>,
    /// This one is advised only where no other is ready; may be repeated
    #[arg(long, value_name = "PROFILE")]
    pub(super) preserve: Vec<String>,
    /// Timeout of one request, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 25, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub(super) timeout_sec: u32,
    /// Retries after a transient failure
    #[arg(long, value_name = "COUNT", default_value_t = 1, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(0..=1))]
    pub(super) retries: u32,
    /// Tell attempts, times and statuses
    #[arg(long)]
    pub(super) debug: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Line)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) watch: WatchArgs,
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    pub(super) terminal: Terminal,
}

/// The text below the options of `usage`.
const AFTER_HELP_OF_USAGE: &str = "\
A watch ends with 0 as soon as what --until names is so, and with 1 when --for is over
before: scripts and a gateway's own cron can wait by it. Without --until, --for ends it
with 0. A check that reached nobody does not end it; where the endpoint answers 429 or
5xx, the next check is put off, by an hour at most or as long as it asks. With --format
json every check is one line.";

#[derive(Args)]
pub(super) struct WatchArgs {
    /// Check again every so many seconds, 60 at least [without SECONDS: 300]
    #[arg(long = "watch", value_name = "SECONDS", num_args = 0..=1, default_missing_value = "300", allow_negative_numbers = true, value_parser = seconds)]
    pub(super) every: Option<Duration>,
    /// End the watch as soon as it is so
    #[arg(long, value_enum, requires = "every")]
    pub(super) until: Option<Until>,
    /// End the watch after this time, as 90m, 8h or 2d
    #[arg(long = "for", value_name = "DURATION", requires = "every", value_parser = patience)]
    pub(super) patience: Option<Duration>,
}

/// The event that a watch waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Until {
    /// Every checked profile is blocked (an outage does not count)
    Blocked,
    /// A checked profile is ready, at no cost
    Usable,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct AuthArgs {
    #[command(subcommand)]
    pub(super) verb: Option<AuthVerb>,
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    pub(super) terminal: Terminal,
}

#[derive(Subcommand)]
pub(super) enum AuthVerb {
    /// Show the health of sign-ins
    Status(StatusArgs),
    /// Show the order in which the gateway tries the profiles, or change it
    #[command(args_conflicts_with_subcommands = true)]
    Order(OrderArgs),
    /// Take a profile out of the order; its sign-in stays stored
    Retire {
        /// The profile: a label, a full id, a handle or a number of the list
        profile: String,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Put a profile back into the order
    Restore {
        /// The profile
        profile: String,
        /// At which end of the order; without it, the last, unless it is in the order already
        #[arg(value_enum)]
        end: Option<End>,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Delete a profile permanently: takes the word `permanently`, and its name once more
    Delete {
        /// The profile
        profile: String,
        /// The word `permanently`
        word: Option<String>,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Tell how to sign in, and on a terminal run the login
    Start {
        /// As which profile, a stored one or a new label
        #[arg(value_name = "PROFILE", conflicts_with = "profile")]
        whom: Option<String>,
        /// The same, as an option
        #[arg(long, short, value_name = "PROFILE")]
        profile: Option<String>,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Tell what the address holds that a login's browser ended at, showing none of it
    Finish {
        /// The profile, then the address; without it, it is read from standard input
        #[arg(value_name = "PROFILE CALLBACK_URL")]
        words: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Args)]
pub(super) struct StatusArgs {
    /// Profiles: default, all, a label, a full id, or a handle
    #[arg(long, short, value_name = "PROFILE", default_value = "all")]
    pub(super) profile: String,
    /// The same, without the option
    #[arg(value_name = "PROFILE", conflicts_with = "profile")]
    pub(super) whom: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
    pub(super) format: StatusFormat,
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    pub(super) terminal: Terminal,
}

#[derive(Args)]
pub(super) struct OrderArgs {
    #[command(subcommand)]
    pub(super) verb: Option<OrderVerb>,
    /// Output format
    #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
    pub(super) format: StatusFormat,
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    pub(super) terminal: Terminal,
}

#[derive(Subcommand)]
pub(super) enum OrderVerb {
    /// Set the order
    Set {
        /// The profiles, the first to be used first
        #[arg(required = true)]
        profiles: Vec<String>,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Remove the agent's own order
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
    /// Do not ask before a change (a deletion asks all the same); needs a terminal
    #[arg(long, short, conflicts_with = "dry_run")]
    pub(super) yes: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
    pub(super) format: StatusFormat,
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    pub(super) terminal: Terminal,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum End {
    /// Tried before all others
    First,
    /// Tried after all others
    Last,
}

#[derive(Args)]
pub(super) struct ChatArgs {
    /// Text as typed, such as '/codex_usage all'
    pub(super) message: String,
    /// The message is the value of a pressed button, as usage:all
    #[arg(long)]
    pub(super) press: bool,
    /// The message is what an agent's tool was called with
    #[arg(long, conflicts_with = "press")]
    pub(super) tool: bool,
    /// User who asks
    #[arg(long, value_name = "USER", default_value = "you")]
    pub(super) user: String,
    /// The user is the gateway's owner
    #[arg(long)]
    pub(super) owner: bool,
    /// The channel has buttons, this many a message
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_value_t = 0, default_missing_value = "8", require_equals = true)]
    pub(super) buttons: u16,
    /// The channel shows tables
    #[arg(long)]
    pub(super) tables: bool,
    /// The channel has a message path of its own
    #[arg(long)]
    pub(super) message_path: bool,
    /// The conversation is a group
    #[arg(long)]
    pub(super) group: bool,
    /// Most characters of one message
    #[arg(long, value_name = "CHARACTERS", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(64..))]
    pub(super) length: u32,
    /// As the settings have it: a gateway takes no options for it.
    #[arg(skip)]
    pub(super) preferences: Preferences,
    #[command(flatten)]
    pub(super) common: Common,
}

/// Profiles whose quota the user wants used up first, and kept.
#[derive(Default)]
pub(super) struct Preferences {
    pub(super) burn_first: Vec<String>,
    pub(super) preserve: Vec<String>,
}

#[derive(Args)]
pub(super) struct Common {
    /// Use this user's OpenClaw and the real endpoint
    #[arg(long, conflicts_with = "replay")]
    pub(super) live: bool,
    /// Use a recorded answer, a recorded world of several profiles, or a fleet
    #[arg(long, value_name = "FILE")]
    pub(super) replay: Option<PathBuf>,
    /// Read the sign-ins from this file instead of finding them
    #[arg(long, value_name = "FILE", requires = "live")]
    pub(super) auth_path: Option<PathBuf>,
    /// Agent whose sign-ins to use
    #[arg(long, value_name = "AGENT", default_value = "main")]
    pub(super) agent: String,
    /// The language of the answer [default: as the environment says]
    #[arg(long, value_enum)]
    pub(super) locale: Option<Locale>,
    /// The time zone of the answer, as Europe/Berlin [default: the system's]
    #[arg(long, value_name = "ZONE", value_parser = zone::parse)]
    pub(super) zone: Option<TimeZone>,
    /// Read the settings from this file [default: with --live the user's own, if any]
    #[arg(long, value_name = "FILE")]
    pub(super) settings: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct Terminal {
    /// Show ids whole, with the e-mail addresses in them
    #[arg(long)]
    pub(super) full_ids: bool,
    /// Use of colour
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub(super) color: Colour,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// One line per profile
    Line,
    /// Nine lines per profile
    Block,
    /// Progress, blocks, summary and message
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
            Self::Usage(UsageArgs {
                format: Format::Json,
                ..
            }) => Form::Document,
            Self::Auth(args) => args.verb.as_ref().map_or(Form::Text, AuthVerb::form),
            Self::Usage(_) | Self::Chat(_) | Self::Component { .. } | Self::Completions { .. } => {
                Form::Text
            }
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
            Self::Finish { .. } => StatusFormat::Text,
        };
        match format {
            StatusFormat::Json => Form::Document,
            StatusFormat::Text => Form::Text,
        }
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
            Self::Finish { common, .. } => common,
        }
    }
}

impl WatchArgs {
    pub(super) fn is_asked(&self) -> bool {
        self.every.is_some()
    }

    pub(super) fn every(&self) -> Option<Duration> {
        self.every
    }
}

pub(super) fn word(format: impl ValueEnum) -> String {
    let value = format.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let (least, most) = (MINUTE.as_secs(), DAY.as_secs());
    match text.parse() {
        Ok(seconds) if (least..=most).contains(&seconds) => Ok(Duration::from_secs(seconds)),
        Ok(seconds) => Err(format!("{seconds} is not in {least}..={most}")),
        Err(_) => Err(format!(
            "it takes seconds, from {least} to {most}; a profile is named before --watch"
        )),
    }
}

pub(super) fn patience(text: &str) -> Result<Duration, String> {
    let span = text.parse::<Span>();
    let duration = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let duration = duration.ok().and_then(|all| Duration::try_from(all).ok());
    duration
        .filter(|all| (Duration::from_secs(1)..=365 * DAY).contains(all))
        .ok_or_else(|| "it takes a time as 90m, 8h or 2d, of 365d at most".to_owned())
}

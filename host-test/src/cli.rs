//! The command line: what a person types, turned into a call of the component, and
//! what comes back, printed. A change is two calls with a question between them: `change`.

use std::io::{self, IsTerminal, Read, Write};
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Once};

use anyhow::{Context, Result};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use jiff::tz::TimeZone;

use crate::contract::chat;
use crate::contract::commands::{self, Delivery, Origin, Part, Request, Status};
use crate::harness::{COMPONENT, Command, Harness, Turn};
use crate::host::{Host, Step};
use crate::policy::is_button;
use crate::settings::{self, SettingsError};
use crate::state::StateFolder;
use crate::world::{self, Asks, Classes, Pin, Session, World};
use crate::zone;

mod change;
mod screen;
mod watch;

/// Which Codex profiles work now, what is left of their windows, when they reset, and
/// in which order the gateway tries them.
///
/// Without --live this shows a demo: six made-up sign-ins, no network, no files.
/// With --live it reads the sign-ins of this user's OpenClaw, read-only, and asks
/// chatgpt.com for their usage. It never refreshes, edits or prints a sign-in; what is
/// changed is changed by the gateway's own commands, after a plan and a question.
#[derive(Parser)]
#[command(name = "codex-profiler", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
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
enum Verb {
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
#[command(after_help = watch::AFTER_HELP)]
struct UsageArgs {
    /// Whom to check: default, all, a label, a full id, or a handle; `best` checks all
    /// and says which to use next, `rotation` and `rotation deep` answer from the guide
    #[arg(long, short, value_name = "PROFILE", default_value = "all")]
    profile: String,
    /// The same, without the option
    #[arg(value_name = "PROFILE", conflicts_with = "profile")]
    whom: Vec<String>,
    /// Of two that are ready, this one is advised first; may be repeated
    #[arg(long, value_name = "PROFILE")]
    burn_first: Vec<String>,
    /// This one is advised only where no other is ready; may be repeated
    #[arg(long, value_name = "PROFILE")]
    preserve: Vec<String>,
    /// How long one request may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 25, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=60))]
    timeout_sec: u32,
    /// How often to try again what is worth it
    #[arg(long, value_name = "COUNT", default_value_t = 1, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(0..=1))]
    retries: u32,
    /// Tell attempts, times and statuses
    #[arg(long)]
    debug: bool,
    /// How to say it
    #[arg(long, value_enum, default_value_t = Format::Line)]
    format: Format,
    #[command(flatten)]
    watch: watch::WatchArgs,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    terminal: Terminal,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
struct AuthArgs {
    #[command(subcommand)]
    verb: Option<AuthVerb>,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    terminal: Terminal,
}

#[derive(Subcommand)]
enum AuthVerb {
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
    /// Delete a profile for good: takes the word `permanently`, and its name once more
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
struct StatusArgs {
    /// Whose: default, all, a label, a full id, or a handle
    #[arg(long, short, value_name = "PROFILE", default_value = "all")]
    profile: String,
    /// The same, without the option
    #[arg(value_name = "PROFILE", conflicts_with = "profile")]
    whom: Option<String>,
    /// How to say it
    #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
    format: StatusFormat,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    terminal: Terminal,
}

#[derive(Args)]
struct OrderArgs {
    #[command(subcommand)]
    verb: Option<OrderVerb>,
    /// How to say it
    #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
    format: StatusFormat,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    terminal: Terminal,
}

#[derive(Subcommand)]
enum OrderVerb {
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

/// How a change is planned and confirmed.
#[derive(Args)]
struct ChangeArgs {
    /// Show the plan and stop
    #[arg(long)]
    dry_run: bool,
    /// Do not ask before a change (a deletion asks all the same); needs a terminal
    #[arg(long, short, conflicts_with = "dry_run")]
    yes: bool,
    /// How to say it
    #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
    format: StatusFormat,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    terminal: Terminal,
}

#[derive(Clone, Copy, ValueEnum)]
enum End {
    /// Tried before all others
    First,
    /// Tried after all others
    Last,
}

#[derive(Args)]
struct ChatArgs {
    /// What the user typed, as '/codex_usage all'
    message: String,
    /// The message is the value of a pressed button, as usage:all
    #[arg(long)]
    press: bool,
    /// The message is what an agent's tool was called with
    #[arg(long, conflicts_with = "press")]
    tool: bool,
    /// Who asks
    #[arg(long, value_name = "USER", default_value = "you")]
    user: String,
    /// The user is the gateway's owner
    #[arg(long)]
    owner: bool,
    /// The channel has buttons, this many a message
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_value_t = 0, default_missing_value = "8", require_equals = true)]
    buttons: u16,
    /// The channel has a message path of its own
    #[arg(long)]
    message_path: bool,
    /// The conversation is a group
    #[arg(long)]
    group: bool,
    /// How many characters one message may have
    #[arg(long, value_name = "CHARACTERS", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(64..))]
    length: u32,
    /// As the settings have it: a gateway takes no options for it.
    #[arg(skip)]
    wishes: Wishes,
    #[command(flatten)]
    common: Common,
}

/// Whose quota the user wants used up first, and whose kept.
#[derive(Default)]
struct Wishes {
    burn_first: Vec<String>,
    preserve: Vec<String>,
}

#[derive(Args)]
struct Common {
    /// Use this user's OpenClaw and the real endpoint
    #[arg(long, conflicts_with = "replay")]
    live: bool,
    /// Use a recorded answer, a recorded world of several profiles, or a fleet
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Read the sign-ins from this file instead of finding them
    #[arg(long, value_name = "FILE", requires = "live")]
    auth_path: Option<PathBuf>,
    /// Whose sign-ins
    #[arg(long, value_name = "AGENT", default_value = "main")]
    agent: String,
    /// The language of the answer [default: as the environment says]
    #[arg(long, value_enum)]
    locale: Option<Locale>,
    /// The time zone of the answer, as Europe/Berlin [default: the system's]
    #[arg(long, value_name = "ZONE", value_parser = zone::parse)]
    zone: Option<TimeZone>,
    /// Read the settings from this file [default: with --live the user's own, if any]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

#[derive(Args)]
struct Terminal {
    /// Show ids whole, with the e-mail addresses in them
    #[arg(long)]
    full_ids: bool,
    /// When to colour
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    color: Colour,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
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
enum StatusFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum Locale {
    /// English
    En,
    /// Chinese
    Zh,
}

#[derive(Clone, Copy, ValueEnum)]
enum Colour {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let mut cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // What is wrong with a command line is told with the words of it: not where
        // they can be a callback.
        Err(error) if error.use_stderr() && std::env::args_os().any(|word| is_delicate(&word)) => {
            eprintln!(
                "codex-profiler: that was not understood. A callback belongs behind finish: \
                 codex-profiler auth finish [PROFILE] [CALLBACK_URL] [OPTIONS]; without an \
                 address it is asked for. All commands: codex-profiler auth --help"
            );
            return ExitCode::from(2);
        }
        Err(error) => error.exit(),
    };
    if let Err(error) = cli.verb.follow_settings() {
        return not_run(&cli, "bad_settings", &error.to_string(), 2);
    }
    match run(&cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => not_run(&cli, NOT_STARTED, &format!("{error:#}"), 1),
    }
}

/// The code of a document that says why there is no other.
const NOT_STARTED: &str = "not_started";

fn not_run(cli: &Cli, code: &str, message: &str, exit_code: u8) -> ExitCode {
    eprintln!("codex-profiler: {message}");
    if cli.verb.form() == Form::Document {
        // Whoever reads documents reads why there is none.
        let document = error_document(code, message);
        let _ = match &cli.verb {
            Verb::Usage(args) if args.watch.is_asked() => print(&format!("{document}\n")),
            _ => print(&format!("{document:#}\n")),
        };
    }
    ExitCode::from(exit_code)
}

fn error_document(code: &str, message: &str) -> serde_json::Value {
    serde_json::json!({
        "ok": false,
        "error": { "code": code, "message": message },
        "profiles": [],
    })
}

/// Whether a word may be, or announce, a callback.
fn is_delicate(word: &std::ffi::OsStr) -> bool {
    let word = word.to_string_lossy();
    let parts = ["code=", "state=", "/auth/callback", "code%3D"];
    word == "finish" || parts.iter().any(|part| word.contains(part))
}

impl Verb {
    fn form(&self) -> Form {
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

    /// Fills in what the command line leaves open, where the settings have it.
    fn follow_settings(&mut self) -> Result<(), SettingsError> {
        let Some(common) = self.common() else {
            return Ok(());
        };
        let settings = match (&common.settings, common.live) {
            (Some(path), _) => settings::read(path)?,
            (None, true) => match settings::path_of_user() {
                Some(path) => settings::read_where_there_is_one(&path)?,
                None => return Ok(()),
            },
            // A demo and what was recorded look the same to everybody.
            (None, false) => return Ok(()),
        };
        let language = settings.language.map(|language| match language {
            commands::Locale::En => Locale::En,
            commands::Locale::Zh => Locale::Zh,
        });
        common.locale = common.locale.or(language);
        common.zone = common.zone.take().or(settings.timezone);
        match self {
            Self::Usage(args) => {
                let lists = [
                    (&mut args.burn_first, settings.burn_first),
                    (&mut args.preserve, settings.preserve),
                ];
                for (list, set) in lists {
                    if list.is_empty() {
                        *list = set;
                    }
                }
            }
            Self::Chat(args) => {
                args.wishes = Wishes {
                    burn_first: settings.burn_first,
                    preserve: settings.preserve,
                };
            }
            Self::Auth(_) | Self::Component { .. } | Self::Completions { .. } => {}
        }
        Ok(())
    }

    fn common(&mut self) -> Option<&mut Common> {
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
    fn form(&self) -> Form {
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

    fn common(&mut self) -> &mut Common {
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

fn run(cli: &Cli) -> Result<u8> {
    let form = cli.verb.form();
    match &cli.verb {
        Verb::Usage(args) => usage(args, form),
        Verb::Auth(args) => auth(args, form),
        Verb::Chat(args) => chat_turn(args),
        Verb::Component { file } => {
            let written = std::fs::write(file, COMPONENT);
            written.with_context(|| format!("could not write {}", file.display()))?;
            Ok(0)
        }
        Verb::Completions { shell } => {
            print(&completions(*shell))?;
            Ok(0)
        }
    }
}

fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "codex-profiler", &mut script);
    // clap_complete 4.6 writes a name with a hyphen in two ways in its bash script,
    // so that no subcommand completes.
    let script = String::from_utf8_lossy(&script);
    script.replace("codex__subcmd__profiler", "codex__profiler")
}

fn usage(args: &UsageArgs, form: Form) -> Result<u8> {
    // A label may have spaces.
    let whom = match args.whom.is_empty() {
        true => args.profile.clone(),
        false => args.whom.join(" "),
    };
    let mut words = vec![
        format!("--profile={whom}"),
        format!("--format={}", word(args.format)),
        format!("--timeout-sec={}", args.timeout_sec),
        format!("--retries={}", args.retries),
    ];
    words.extend(args.debug.then(|| "--debug".to_owned()));
    let settings = commands::Settings {
        burn_first: args.burn_first.clone(),
        preserve: args.preserve.clone(),
        ..args.terminal.settings()
    };
    let ask = Ask {
        command: Command::Usage,
        words,
        settings,
        form,
        common: &args.common,
        terminal: &args.terminal,
    };
    match args.watch.every() {
        Some(every) => watch::run(&ask, &args.watch, every),
        None => ask.once(),
    }
}

fn auth(args: &AuthArgs, form: Form) -> Result<u8> {
    let look = |words, common, terminal: &Terminal| {
        let ask = Ask {
            command: Command::Auth,
            words,
            settings: terminal.settings(),
            form,
            common,
            terminal,
        };
        ask.once()
    };
    let named = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match &args.verb {
        None => look(vec![], &args.common, &args.terminal),
        Some(AuthVerb::Status(args)) => {
            let whom = args.whom.as_ref().unwrap_or(&args.profile);
            let words = vec![
                "status".to_owned(),
                format!("--profile={whom}"),
                format!("--format={}", word(args.format)),
            ];
            look(words, &args.common, &args.terminal)
        }
        Some(AuthVerb::Order(args)) => match &args.verb {
            None => {
                let format = format!("--format={}", word(args.format));
                look(
                    vec!["order".to_owned(), format],
                    &args.common,
                    &args.terminal,
                )
            }
            Some(OrderVerb::Set { profiles, change }) => {
                let mut words: Vec<String> = named(&["order", "set"]);
                words.extend_from_slice(profiles);
                change::turn(words, form, change)
            }
            Some(OrderVerb::Clear { change }) => {
                change::turn(named(&["order", "clear"]), form, change)
            }
        },
        Some(AuthVerb::Retire { profile, change }) => {
            change::turn(named(&["retire", profile]), form, change)
        }
        Some(AuthVerb::Restore {
            profile,
            end,
            change,
        }) => {
            let end = end.map(word);
            let words: Vec<&str> = ["restore", profile]
                .into_iter()
                .chain(end.as_deref())
                .collect();
            change::turn(named(&words), form, change)
        }
        Some(AuthVerb::Delete {
            profile,
            word,
            change,
        }) => {
            let word = word.as_deref().into_iter();
            let words: Vec<&str> = ["delete", profile].into_iter().chain(word).collect();
            change::turn(named(&words), form, change)
        }
        Some(AuthVerb::Start {
            whom,
            profile,
            change,
        }) => {
            let whom = whom.as_ref().or(profile.as_ref());
            let whom = whom.map(|whom| format!("--profile={whom}"));
            let words = std::iter::once("start".to_owned()).chain(whom);
            change::turn(words.collect(), form, change)
        }
        Some(AuthVerb::Finish { words, common }) => finish(words, common),
    }
}

/// A callback from the command line, or where there is none, from standard input, so
/// that no list of processes and no history holds it.
fn finish(words: &[String], common: &Common) -> Result<u8> {
    let mut words = words.to_vec();
    if words.last().is_some_and(|word| word == "-") {
        words.pop();
    }
    // One short word alone names the profile that waits.
    let names_a_profile = |words: &[String]| matches!(words, [one] if one.len() < 40 && !one.contains(['=', '/', '?']));
    if words.is_empty() || names_a_profile(&words) {
        words.push(pasted()?);
    }
    words.insert(0, "finish".to_owned());
    let terminal = Terminal {
        full_ids: false,
        color: Colour::Auto,
    };
    let ask = Ask {
        command: Command::Auth,
        words,
        settings: terminal.settings(),
        form: Form::Text,
        common,
        terminal: &terminal,
    };
    ask.once()
}

/// How much of standard input is read: more than any callback has.
const MOST_PASTED: u64 = 1 << 20;

fn pasted() -> Result<String> {
    if io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password(
            "Paste the address that the browser ended at (it is not shown): ",
        )?);
    }
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(MOST_PASTED)
        .read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Says which gateway command is run, without the ids in it, and how long it took.
fn tell_step(step: Step<'_>) {
    let mut stderr = io::stderr().lock();
    // Who does not listen does not matter.
    let _ = match step {
        Step::Started(argvs) => {
            let commands: Vec<String> = argvs.iter().map(|argv| named(argv)).collect();
            // A login goes on in the same terminal.
            let is_login = commands.iter().any(|command| command.contains("login"));
            let end = if is_login { "\n" } else { " " };
            write!(stderr, "… openclaw {}{end}", commands.join(" + "))
        }
        Step::Ended(after) => writeln!(stderr, "({:.1} s)", after.as_secs_f64()),
    };
    let _ = stderr.flush();
}

/// A command without its options and the ids in them.
fn named(argv: &[String]) -> String {
    let is_named = |word: &&String| !word.starts_with("--") || argv.len() == 1;
    let words: Vec<&str> = argv
        .iter()
        .take_while(is_named)
        .map(String::as_str)
        .collect();
    words.join(" ")
}

fn word(format: impl ValueEnum) -> String {
    let value = format.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// What is asked from a terminal, once or again and again.
struct Ask<'a> {
    command: Command,
    words: Vec<String>,
    settings: commands::Settings,
    form: Form,
    common: &'a Common,
    terminal: &'a Terminal,
}

impl Ask<'_> {
    /// One call, its reply on standard output.
    fn once(&self) -> Result<u8> {
        let world = self.world()?;
        self.announce();
        // The process ends with it: the system takes back all at once.
        let harness = ManuallyDrop::new(Harness::new()?);
        let turn = self.call(&harness, world)?;
        print_reply(&turn, self.form)?;
        Ok(exit_code(&turn))
    }

    fn world(&self) -> Result<World> {
        self.common.world(self.command)
    }

    /// Says that a check begins, where it can take its time.
    fn announce(&self) {
        if self.common.live && self.command == Command::Usage {
            eprintln!("{}", progress(self.common.locale()));
        }
    }

    /// One call in this world, by its own clock.
    fn call(&self, harness: &Harness, world: World) -> Result<Turn> {
        let common = self.common;
        let now = world.clock.now();
        let mut request = common.request(Origin::Terminal(self.words.clone()), now)?;
        self.terminal.seat(&mut request, common);
        request.settings = self.settings.clone();
        request.wants_json = self.form == Form::Document;
        add_classes(&mut request.settings, &world.classes);
        // A terminal never suppresses. What a check of the gateway's own sign-ins found
        // is kept, and nothing else.
        let keeps = common.live && common.auth_path.is_none() && self.command == Command::Usage;
        let state = match keeps {
            true => saved_state("live"),
            false => None,
        };
        let (state, salt) = common.salted(state);
        request.salt = salt;
        harness.call(self.command, &request, Host::new(Arc::new(world), state))
    }
}

/// What a world says of itself is wanted besides what its user says.
fn add_classes(settings: &mut commands::Settings, classes: &Classes) {
    let Classes {
        burn_first,
        preserve,
    } = classes.clone();
    settings.burn_first.extend(burn_first);
    settings.preserve.extend(preserve);
}

fn session_profile(session: &Session) -> commands::SessionProfile {
    commands::SessionProfile {
        profile: session.profile.clone(),
        pin: match session.pin {
            Pin::Auto => commands::Pin::Auto,
            Pin::User => commands::Pin::User,
        },
    }
}

fn print_reply(turn: &Turn, form: Form) -> Result<()> {
    let document = turn.reply.json.as_deref();
    if let Some(document) = document.filter(|_| form == Form::Document) {
        return print(&format!("{document}\n"));
    }
    for part in parts(turn) {
        print(&format!("{}\n", part.text))?;
    }
    Ok(())
}

/// What a terminal prints of a reply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// What the user reads.
    Text,
    /// The JSON beside it.
    Document,
}

/// One chat turn, told message by message.
fn chat_turn(args: &ChatArgs) -> Result<u8> {
    let Some((command, origin)) = addressed(args) else {
        eprintln!(
            "codex-profiler: a chat turn starts with /codex_usage or /codex_auth, \
             or with --press is a button's value such as usage:all"
        );
        return Ok(2);
    };
    let world = Arc::new(args.common.world(command)?);
    let now = world.clock.now();
    let mut request = args.common.request(origin, now)?;
    request.user.clone_from(&args.user);
    request.is_owner = args.owner;
    request
        .settings
        .burn_first
        .clone_from(&args.wishes.burn_first);
    request.settings.preserve.clone_from(&args.wishes.preserve);
    add_classes(&mut request.settings, &world.classes);
    request.session_profile = world.session.as_ref().map(session_profile);
    request.channel = commands::Channel {
        buttons: args.buttons,
        length: args.length,
        private: !args.group,
        screen: None,
    };
    let (state, salt) = args.common.salted(saved_state(&args.common.state_name()?));
    request.salt = salt;
    let mut host = Host::new(world, state);
    if args.message_path {
        host = host.with_outbox(Box::new(|message: &chat::Message| {
            // A reader that went away is noticed at the reply.
            let text = said("message", &message.text, &message.buttons);
            let _ = print(&format!("{text}\n"));
        }));
    }
    if args.common.live && io::stderr().is_terminal() {
        host = host.with_progress(Box::new(tell_step));
    }
    let turn = Harness::new()?.call(command, &request, host)?;
    if matches!(turn.reply.delivery, Delivery::NoReply) {
        print("→ reply\nNO_REPLY\n")?;
    }
    let replies = parts(&turn)
        .iter()
        .map(|part| said("reply", &part.text, &part.buttons));
    print(&replies.collect::<Vec<_>>().join("\n"))?;
    Ok(exit_code(&turn))
}

/// The user's saved state of a world. Where it is not the user's alone that is said once,
/// and whoever only looks goes on without.
fn saved_state(world: &str) -> Option<StateFolder> {
    static SAID: Once = Once::new();
    let not_used = |error| {
        SAID.call_once(|| eprintln!("codex-profiler: {error:#}; nothing is saved until then"));
    };
    StateFolder::of_user(world).map_err(not_used).ok()
}

fn addressed(args: &ChatArgs) -> Option<(Command, Origin)> {
    if args.press {
        let value = args.message.as_str();
        let command = match value.split(':').next()? {
            "usage" if is_button(value) => Command::Usage,
            "auth" if is_button(value) => Command::Auth,
            _ => return None,
        };
        return Some((command, Origin::Button(value.to_owned())));
    }
    let message = args.message.trim();
    let (name, rest) = message
        .split_once(char::is_whitespace)
        .unwrap_or((message, ""));
    // In a group the bot's name may stand behind the command.
    let command = match name.split('@').next()? {
        "/codex_usage" => Command::Usage,
        "/codex_auth" => Command::Auth,
        _ => return None,
    };
    let rest = rest.to_owned();
    Some(match args.tool {
        true => (command, Origin::Tool(rest)),
        false => (command, Origin::Command(rest)),
    })
}

fn said(path: &str, text: &str, buttons: &[chat::Button]) -> String {
    let mut said = format!("→ {path}\n{text}\n");
    for button in buttons {
        said.push_str(&format!("[{}] {}\n", button.label, button.value));
    }
    said
}

fn parts(turn: &Turn) -> &[Part] {
    match &turn.reply.delivery {
        Delivery::Parts(parts) => parts,
        Delivery::NoReply => &[],
    }
}

fn exit_code(turn: &Turn) -> u8 {
    match turn.reply.status {
        Status::Ok => 0,
        Status::Failed => 1,
        Status::Misused => 2,
    }
}

fn progress(locale: commands::Locale) -> &'static str {
    match locale {
        commands::Locale::En => "Running Codex usage checks now…",
        commands::Locale::Zh => "正在运行 Codex 用量检查……",
    }
}

/// Prints, and ends quietly where the reader went away.
fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// How wide the terminal is; 0 where there is none, so that bars are left out.
fn columns() -> u16 {
    if !io::stdout().is_terminal() {
        return 0;
    }
    terminal_size::terminal_size().map_or(80, |(width, _)| width.0.max(20))
}

impl Terminal {
    /// Puts the owner at a terminal into a request.
    fn seat(&self, request: &mut Request, common: &Common) {
        request.channel.screen = Some(commands::Screen {
            colour: self.colours(),
            columns: columns(),
            options: common.options(),
        });
        request.is_owner = true;
        request.settings = self.settings();
    }

    fn settings(&self) -> commands::Settings {
        commands::Settings {
            burn_first: vec![],
            preserve: vec![],
            full_ids: self.full_ids,
            dry_run: false,
        }
    }

    fn colours(&self) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
                io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
            }
        }
    }
}

impl Common {
    fn world(&self, command: Command) -> Result<World> {
        let asks = match command {
            Command::Usage => Asks::Usage,
            Command::Auth => Asks::Nothing,
        };
        match &self.replay {
            Some(path) => world::replay(path),
            None if self.live => world::live(self.auth_path.clone(), &self.agent, asks),
            None => world::demo(world::Clock::System.now()),
        }
    }

    /// What a turn in one world leaves behind is nothing to another.
    fn state_name(&self) -> Result<String> {
        match &self.replay {
            Some(path) => Ok(format!("replay-{}", world::state_name(path)?)),
            None => Ok(if self.live { "live" } else { "demo" }.to_owned()),
        }
    }

    fn locale(&self) -> commands::Locale {
        match self.locale.unwrap_or_else(locale_of_user) {
            Locale::En => commands::Locale::En,
            Locale::Zh => commands::Locale::Zh,
        }
    }

    /// The state folder and the salt of its keys. Without a salt nothing is kept; a
    /// recorded world has nobody to hide.
    fn salted(&self, state: Option<StateFolder>) -> (Option<StateFolder>, String) {
        if !self.live {
            return (state, "demo".to_owned());
        }
        let salt = state.as_ref().and_then(|state| state.salt().ok());
        match salt {
            Some(salt) => (state, salt),
            None => (None, String::new()),
        }
    }

    /// What a command needs behind it to mean the same sign-ins.
    fn options(&self) -> String {
        let mut options: Vec<String> = Vec::new();
        options.extend(self.live.then(|| "--live".to_owned()));
        for (name, path) in [("replay", &self.replay), ("auth-path", &self.auth_path)] {
            let path = path.as_ref().map(|path| path.to_string_lossy());
            let quoted = path.as_deref().and_then(|path| shlex::try_quote(path).ok());
            options.extend(quoted.map(|path| format!("--{name} {path}")));
        }
        let agent = &self.agent;
        options.extend((agent != "main").then(|| format!("--agent {agent}")));
        options.join(" ")
    }

    fn request(&self, origin: Origin, now: i64) -> Result<Request> {
        let zone = zone::read(self.zone.clone(), now)?;
        Ok(Request {
            origin,
            user: "terminal".to_owned(),
            is_owner: false,
            agent: self.agent.clone(),
            channel: commands::Channel {
                buttons: 0,
                length: u32::MAX,
                private: true,
                screen: None,
            },
            now,
            zone: commands::Zone {
                name: zone.name,
                transitions: zone.transitions,
            },
            locale: self.locale(),
            salt: String::new(),
            settings: commands::Settings {
                burn_first: vec![],
                preserve: vec![],
                full_ids: false,
                dry_run: false,
            },
            wants_json: false,
            session_profile: None,
        })
    }
}

fn locale_of_user() -> Locale {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let set = names.iter().filter_map(|name| std::env::var(name).ok());
    match set
        .filter(|value| !value.is_empty())
        .map(|value| value.starts_with("zh"))
        .next()
    {
        Some(true) => Locale::Zh,
        Some(false) | None => Locale::En,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        chat: ChatArgs,
    }

    #[test]
    fn a_press_is_taken_as_it_came_or_not_at_all() {
        let pressed = |value: &str| addressed(&Line::parse_from(["chat", "--press", value]).chat);
        let found = pressed("auth:confirm:K7");
        assert!(
            matches!(&found, Some((Command::Auth, Origin::Button(value))) if value == "auth:confirm:K7")
        );
        for value in [
            " auth:confirm:K7",
            "auth:confirm:K7 ",
            "usage:\u{a0}all",
            "usage:\u{e9}",
        ] {
            assert!(pressed(value).is_none(), "{value:?}");
        }
    }
}

//! The command line: what a person types, turned into one call of the component,
//! and what comes back, printed.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use jiff::tz::TimeZone;

use crate::digest;
use crate::harness::{Command, Harness, Turn};
use crate::host::commands::{self, Delivery, Origin, Part, Request, Status};
use crate::host::{Caller, Host, chat};
use crate::state::StateFolder;
use crate::world::{self, Asks, World};
use crate::zone;

/// Which Codex profiles work now, what is left of their windows, and when they
/// reset.
///
/// Without --live this shows a demo: six made-up sign-ins, no network, no files.
/// With --live it reads the sign-ins of this user's OpenClaw, read-only, and asks
/// chatgpt.com for their usage. It never refreshes, changes or prints a sign-in.
#[derive(Parser)]
#[command(name = "codex-profiler", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

const AFTER_HELP: &str = "\
Exit codes: 0 answered, 1 nothing could be checked, 2 not understood.

State of chat turns (claims against answering the same request twice) is kept in
$XDG_STATE_HOME/codex-profiler, else ~/.local/state/codex-profiler (on Windows in
the user's application data), demo and live apart. OPENCLAW_STATE_DIR names another OpenClaw; HTTPS_PROXY, ALL_PROXY,
NO_PROXY and SSL_CERT_FILE are honoured.";

#[derive(Subcommand)]
enum Verb {
    /// Check the usage of profiles
    Usage(UsageArgs),
    /// Look at sign-ins
    Auth(AuthArgs),
    /// Run one chat turn as a gateway does, and show what was sent by which path
    Chat(ChatArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Args)]
struct UsageArgs {
    /// Whom to check: default, all, a label, a full id, or a handle
    #[arg(long, short, value_name = "PROFILE", default_value = "all")]
    profile: String,
    /// The same, without the option
    #[arg(value_name = "PROFILE", conflicts_with = "profile")]
    whom: Option<String>,
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
    Status {
        /// Whose: default, all, a label, a full id, or a handle
        #[arg(long, short, value_name = "PROFILE", default_value = "all")]
        profile: String,
        /// How to say it
        #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
        format: StatusFormat,
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        terminal: Terminal,
    },
}

#[derive(Args)]
struct ChatArgs {
    /// What the user typed, as '/codex_usage all'
    message: String,
    /// The message is the value of a pressed button, as usage:all
    #[arg(long)]
    press: bool,
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
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Common {
    /// Use this user's OpenClaw and the real endpoint
    #[arg(long, conflicts_with = "replay")]
    live: bool,
    /// Use a recorded answer, or a recorded world of several profiles
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
    let cli = Cli::parse();
    match run(&cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let message = format!("{error:#}");
            eprintln!("codex-profiler: {message}");
            if cli.verb.form() == Form::Document {
                // Whoever reads documents reads why there is none.
                let document = serde_json::json!({
                    "ok": false,
                    "error": { "code": "not_started", "message": message },
                    "profiles": [],
                });
                let _ = print(&format!("{document:#}\n"));
            }
            ExitCode::from(1)
        }
    }
}

impl Verb {
    fn form(&self) -> Form {
        match self {
            Self::Usage(UsageArgs {
                format: Format::Json,
                ..
            })
            | Self::Auth(AuthArgs {
                verb:
                    Some(AuthVerb::Status {
                        format: StatusFormat::Json,
                        ..
                    }),
                ..
            }) => Form::Document,
            Self::Usage(_) | Self::Auth(_) | Self::Chat(_) | Self::Completions { .. } => Form::Text,
        }
    }
}

fn run(cli: &Cli) -> Result<u8> {
    let form = cli.verb.form();
    match &cli.verb {
        Verb::Usage(args) => usage(args, form),
        Verb::Auth(args) => auth(args, form),
        Verb::Chat(args) => chat_turn(args),
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
    let mut words = vec![
        format!("--profile={}", args.whom.as_ref().unwrap_or(&args.profile)),
        format!("--format={}", word(args.format)),
        format!("--timeout-sec={}", args.timeout_sec),
        format!("--retries={}", args.retries),
    ];
    words.extend(args.debug.then(|| "--debug".to_owned()));
    terminal_turn(Command::Usage, words, form, &args.common, &args.terminal)
}

fn auth(args: &AuthArgs, form: Form) -> Result<u8> {
    match &args.verb {
        None => terminal_turn(Command::Auth, vec![], form, &args.common, &args.terminal),
        Some(AuthVerb::Status {
            profile,
            format,
            common,
            terminal,
        }) => {
            let words = vec![
                "status".to_owned(),
                format!("--profile={profile}"),
                format!("--format={}", word(*format)),
            ];
            terminal_turn(Command::Auth, words, form, common, terminal)
        }
    }
}

fn word(format: impl ValueEnum) -> String {
    let value = format.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// One call from a terminal, its reply on standard output.
fn terminal_turn(
    command: Command,
    words: Vec<String>,
    form: Form,
    common: &Common,
    terminal: &Terminal,
) -> Result<u8> {
    let world = Arc::new(common.world(command)?);
    let now = world.clock.now();
    let screen = commands::Screen {
        colour: terminal.colours(),
        columns: columns(),
    };
    let mut request = common.request(Origin::Terminal(words), now)?;
    request.channel.screen = Some(screen);
    request.is_owner = true;
    request.settings.full_ids = terminal.full_ids;
    if common.live && command == Command::Usage {
        eprintln!("{}", progress(request.locale));
    }
    let caller = Caller {
        user: request.user.clone(),
        agent: request.agent.clone(),
        message_path: false,
        length: usize::MAX,
    };
    // A terminal never suppresses and remembers nothing: no state is opened.
    let host = Host::new(world, caller, None, Box::new(|_| {}));
    let turn = Harness::new()?.call(command, &request, host)?;
    match turn
        .reply
        .json
        .as_deref()
        .filter(|_| form == Form::Document)
    {
        Some(document) => print(&format!("{document}\n"))?,
        None => {
            for part in parts(&turn) {
                print(&format!("{}\n", part.text))?;
            }
        }
    }
    Ok(exit_code(&turn))
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
    request.channel = commands::Channel {
        buttons: args.buttons,
        length: args.length,
        private: !args.group,
        screen: None,
    };
    let state = StateFolder::of_user(&args.common.state_name()?)?;
    // Where nothing can be kept, nothing needs a salt.
    request.salt = match args.common.live {
        true => state.salt().unwrap_or_default(),
        false => "demo".to_owned(),
    };
    let caller = Caller {
        user: args.user.clone(),
        agent: args.common.agent.clone(),
        message_path: args.message_path,
        length: args.length as usize,
    };
    let outbox = Box::new(|message: &chat::Message| {
        // A reader that went away is noticed at the reply.
        let _ = print(&format!(
            "{}\n",
            said("message", &message.text, &message.buttons)
        ));
    });
    let host = Host::new(world, caller, Some(state), outbox);
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

fn addressed(args: &ChatArgs) -> Option<(Command, Origin)> {
    let message = args.message.trim();
    if args.press {
        let command = match message.split(':').next()? {
            "usage" => Command::Usage,
            "auth" => Command::Auth,
            _ => return None,
        };
        return Some((command, Origin::Button(message.to_owned())));
    }
    let (name, rest) = message
        .split_once(char::is_whitespace)
        .unwrap_or((message, ""));
    // In a group the bot's name may stand behind the command.
    let command = match name.split('@').next()? {
        "/codex_usage" => Command::Usage,
        "/codex_auth" => Command::Auth,
        _ => return None,
    };
    Some((command, Origin::Command(rest.to_owned())))
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
        let Some(path) = &self.replay else {
            return Ok(if self.live { "live" } else { "demo" }.to_owned());
        };
        let name = digest::short(&std::fs::read(path)?, 4);
        Ok(format!("replay-{name}"))
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
            locale: match self.locale.unwrap_or_else(locale_of_user) {
                Locale::En => commands::Locale::En,
                Locale::Zh => commands::Locale::Zh,
            },
            salt: String::new(),
            settings: commands::Settings {
                burn_first: vec![],
                preserve: vec![],
                full_ids: false,
                dry_run: false,
            },
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

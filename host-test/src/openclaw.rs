//! The real `openclaw`: run with arguments from the policy, a bare environment and
//! a deadline, and nothing of its output kept but what is named.

use std::fmt;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

/// What of the environment a gateway command needs to find its own state.
const ENVIRONMENT: [&str; 7] = [
    "HOME",
    "PATH",
    "OPENCLAW_STATE_DIR",
    "OPENCLAW_CONFIG_PATH",
    "USERPROFILE",
    "APPDATA",
    "SystemRoot",
];

/// How much of each stream is read. A status of a thousand profiles has half a
/// megabyte.
const MOST_OUTPUT: u64 = 4 << 20;

/// What a command left behind. Its `Debug` says how much that is: a program may print
/// whatever it holds.
#[derive(PartialEq, Eq)]
pub struct Output {
    /// Its exit code.
    pub exit_code: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("exit_code", &self.exit_code)
            .field("stdout_bytes", &self.stdout.len())
            .field("stderr_bytes", &self.stderr.len())
            .finish()
    }
}

/// Why there is no output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// There is no such program.
    NotFound,
    /// It could not be started, or was ended by a signal.
    Failed,
    /// It did not end in time, and was ended.
    TimedOut,
}

/// Runs `openclaw` with these arguments.
///
/// # Errors
///
/// A [`Failure`]; an exit code other than 0 is an output.
pub fn run(argv: &[String], timeout: Duration) -> Result<Output, Failure> {
    collect_output(command(argv), timeout)
}

/// Runs `openclaw` with the terminal of this program attached: the person at it
/// answers. What it prints is theirs and is not kept.
///
/// # Errors
///
/// A [`Failure`]; an exit code other than 0 is an output.
pub fn run_attached(argv: &[String], timeout: Duration) -> Result<Output, Failure> {
    let mut command = command(argv);
    // A terminal has more to say of itself than a bare environment does.
    for name in [
        "TERM",
        "COLORTERM",
        "LANG",
        "LC_ALL",
        "SSH_CONNECTION",
        "DISPLAY",
    ] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let mut child = command.spawn().map_err(|error| not_started(&error))?;
    let deadline = Instant::now() + timeout;
    // It hands a signal on to what it started, which a plain end would leave behind.
    #[cfg(unix)]
    {
        let warned = wait_until(&mut child, deadline);
        if warned.is_none() {
            signal(&child, rustix::process::Signal::TERM);
        }
    }
    let grace = Duration::from_secs(3);
    let exit_code = wait(&mut child, deadline + grace)?;
    Ok(Output {
        exit_code,
        stdout: String::new(),
        stderr: String::new(),
    })
}

#[cfg(unix)]
fn wait_until(child: &mut Child, deadline: Instant) -> Option<()> {
    while Instant::now() < deadline {
        if !matches!(child.try_wait(), Ok(None)) {
            return Some(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    None
}

#[cfg(unix)]
fn signal(child: &Child, signal: rustix::process::Signal) {
    let pid = i32::try_from(child.id()).ok();
    if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Keeps this program from being interrupted for as long as it lives: whoever ends a
/// login means the login, and a change that was begun is read back all the same.
#[derive(Debug)]
pub struct Uninterrupted(());

impl Uninterrupted {
    /// From now on.
    pub fn begin() -> Self {
        UNINTERRUPTED.store(true, Ordering::SeqCst);
        // Set once, for the whole program; a second time it is set already.
        let _ = ctrlc::set_handler(|| {
            if !UNINTERRUPTED.load(Ordering::SeqCst) {
                std::process::exit(130);
            }
        });
        Self(())
    }
}

impl Drop for Uninterrupted {
    fn drop(&mut self) {
        UNINTERRUPTED.store(false, Ordering::SeqCst);
    }
}

/// Whether a signal to end is not heard now.
static UNINTERRUPTED: AtomicBool = AtomicBool::new(false);

fn command(argv: &[String]) -> Command {
    let program = if cfg!(windows) {
        "openclaw.cmd"
    } else {
        "openclaw"
    };
    let mut command = Command::new(program);
    command.args(argv).env_clear();
    for name in ENVIRONMENT {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

fn not_started(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => Failure::NotFound,
        _ => Failure::Failed,
    }
}

fn collect_output(mut command: Command, timeout: Duration) -> Result<Output, Failure> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // A group of its own, so that what it starts ends with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| not_started(&error))?;
    let deadline = Instant::now() + timeout;
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let exit_code = wait(&mut child, deadline)?;
    // A grandchild may hold the pipes open: what is not there by the deadline is
    // not waited for.
    let text = |stream: mpsc::Receiver<String>| {
        let left = deadline.saturating_duration_since(Instant::now());
        stream.recv_timeout(left).map_err(|_| Failure::TimedOut)
    };
    Ok(Output {
        exit_code,
        stdout: text(stdout)?,
        stderr: text(stderr)?,
    })
}

fn collect(stream: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What was read before a fault is what there is.
            let _ = stream.by_ref().take(MOST_OUTPUT).read_to_end(&mut bytes);
            // A command that is not listened to any more would fail at its next word.
            let _ = io::copy(&mut stream, &mut io::sink());
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

fn wait(child: &mut Child, deadline: Instant) -> Result<i32, Failure> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.code().ok_or(Failure::Failed),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                end(child);
                return Err(Failure::TimedOut);
            }
            Err(_) => return Err(Failure::Failed),
        }
    }
}

/// Ends a command and what it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The JSON object in an output: warnings may stand before it.
pub fn json_object(stdout: &str) -> Option<Value> {
    let starts = std::iter::once(0).chain(stdout.match_indices('\n').map(|(at, _)| at + 1));
    let objects = starts.filter(|at| stdout[*at..].starts_with('{'));
    let parse = |at: usize| {
        let mut values = serde_json::Deserializer::from_str(&stdout[at..]).into_iter::<Value>();
        values.next()?.ok()
    };
    objects.take(16).find_map(parse)
}

/// `2026.9.6` of `OpenClaw 2026.9.6 (eb377ac)`.
pub fn version(stdout: &str) -> Option<String> {
    let line = stdout.lines().find(|line| line.starts_with("OpenClaw "))?;
    let version = line.split(' ').nth(1)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    (version.len() <= 24 && version.chars().all(plain)).then(|| version.to_owned())
}

/// What a failed command says, for the component to classify: the message of its
/// error envelope, else the end of stderr, at most `most` bytes.
pub fn message(output: &Output, most: usize) -> String {
    let envelope = json_object(&output.stdout);
    let said = envelope
        .as_ref()
        .and_then(|json| json.pointer("/error/message"));
    let text = said.and_then(Value::as_str).unwrap_or(output.stderr.trim());
    let from = text.len().saturating_sub(most);
    let from = (from..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len());
    text[from..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What another host is tried with, too.
    #[derive(serde::Deserialize)]
    struct Table {
        objects: Vec<Found>,
        versions: Vec<Versioned>,
        messages: Vec<Said>,
    }

    #[derive(serde::Deserialize)]
    struct Found {
        stdout: String,
        object: Option<String>,
    }

    #[derive(serde::Deserialize)]
    struct Versioned {
        stdout: String,
        version: Option<String>,
    }

    #[derive(serde::Deserialize)]
    struct Said {
        stdout: String,
        stderr: String,
        most_bytes: usize,
        message: String,
    }

    fn table() -> Table {
        serde_json::from_str(include_str!("../tables/outputs.json")).expect("a table")
    }

    #[test]
    fn an_object_is_found_behind_warnings() {
        for row in table().objects {
            let found = json_object(&row.stdout).map(|json| json.to_string());
            assert_eq!(found, row.object, "{}", row.stdout);
        }
    }

    #[test]
    fn the_version_is_the_word_behind_the_name() {
        for row in table().versions {
            assert_eq!(version(&row.stdout), row.version, "{}", row.stdout);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_does_not_end_is_ended_with_what_it_started() {
        let started = Instant::now();
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & sleep 60"]);
        let ended = collect_output(command, Duration::from_millis(200));
        assert_eq!(ended, Err(Failure::TimedOut));
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_says_too_much_is_heard_out() {
        let mut command = Command::new("sh");
        command.args(["-c", "head -c 10000000 /dev/zero && exit 7"]);
        let output = collect_output(command, Duration::from_secs(60)).expect("an output");
        assert_eq!(output.exit_code, 7);
        assert_eq!(output.stdout.len() as u64, MOST_OUTPUT);
    }

    #[test]
    fn a_message_is_the_envelopes_or_the_end_of_stderr() {
        for row in table().messages {
            let output = Output {
                exit_code: 1,
                stdout: row.stdout,
                stderr: row.stderr,
            };
            assert_eq!(message(&output, row.most_bytes), row.message, "{output:?}");
        }
    }
}

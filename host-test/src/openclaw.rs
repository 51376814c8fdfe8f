//! The real `openclaw`: run with arguments from the policy, a bare environment and
//! a deadline, and nothing of its output kept but what is named.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Variables by which a gateway command finds its own state.
const ENVIRONMENT: [&str; 7] = [
    "HOME",
    "PATH",
    "OPENCLAW_STATE_DIR",
    "OPENCLAW_CONFIG_PATH",
    "USERPROFILE",
    "APPDATA",
    "SystemRoot",
];

/// Bytes that are read of each stream. A status of a thousand profiles has half a
/// megabyte.
const MOST_OUTPUT: usize = 4 << 20;

/// The time for which the pipes of a command that has ended are waited for.
const GRACE: Duration = Duration::from_secs(2);

/// The output of a command. Its `Debug` says only how much that is: a program may print
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

/// The reason for which there is no output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// There is no such program.
    NotFound,
    /// It could not be started, or was ended by a signal.
    Failed,
    /// It did not end in time, and was ended.
    TimedOut,
}

/// Runs `openclaw` with these arguments. The command keeps the lock for as long as it
/// runs, also where this program is killed meanwhile.
///
/// # Errors
///
/// A [`Failure`]; an exit code other than 0 is an output.
pub fn run(argv: &[String], timeout: Duration, lock: Option<&File>) -> Result<Output, Failure> {
    collect_output(command(argv), timeout, lock)
}

/// Runs `openclaw` with the terminal of this program attached: the person at it
/// answers. What it prints is theirs and is not kept. The lock is as in [`run`].
///
/// # Errors
///
/// A [`Failure`]; an exit code other than 0 is an output.
pub fn run_attached(argv: &[String], timeout: Duration, lock: &File) -> Result<Output, Failure> {
    let mut command = command(argv);
    // A terminal has more to say of itself than a bare environment does.
    for name in ["TERM", "COLORTERM", "LANG", "LC_ALL", "SSH_CONNECTION", "DISPLAY"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let mut child = spawn(&mut command, Some(lock))?;
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
    Ok(Output { exit_code, stdout: String::new(), stderr: String::new() })
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

/// Keeps this program from being interrupted while the value lives. Ctrl-C during a login is
/// meant for the login, and a change that has begun is still verified.
#[derive(Debug)]
pub struct Uninterrupted(());

impl Uninterrupted {
    /// From now on.
    pub fn begin() -> Self {
        UNINTERRUPTED.store(true, Ordering::SeqCst);
        listen();
        Self(())
    }
}

impl Drop for Uninterrupted {
    fn drop(&mut self) {
        UNINTERRUPTED.store(false, Ordering::SeqCst);
    }
}

/// Returns whether a signal to end is not heard now.
static UNINTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Hears Ctrl-C from now on: commands have groups of their own, to which a terminal
/// does not hand it on.
fn listen() {
    // Set once, for the whole program; a second time it is set already.
    let _ = ctrlc::set_handler(|| {
        if !UNINTERRUPTED.load(Ordering::SeqCst) {
            end_all();
            std::process::exit(130);
        }
    });
}

/// The commands that run, by process id.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Ends every command that runs, with what it started: for whoever ends this program.
pub fn end_all() {
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    running.iter().copied().for_each(end_group);
}

/// One of them, for as long as it lives.
struct Running(u32);

impl Running {
    fn new(child: &Child) -> Self {
        let id = child.id();
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.push(id);
        Self(id)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|id| *id != self.0);
    }
}

fn command(argv: &[String]) -> Command {
    let program = if cfg!(windows) { "openclaw.cmd" } else { "openclaw" };
    let mut command = Command::new(program);
    command.args(argv).env_clear();
    for name in ENVIRONMENT {
        let value = std::env::var_os(name);
        let value = match name {
            "PATH" => value.and_then(|path| absolute(&path)),
            _ => value,
        };
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command
}

/// A search path without its relative entries. `None` if no entry is left, because an empty path
/// means the current folder.
fn absolute(path: &OsStr) -> Option<OsString> {
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    let path = std::env::join_paths(folders).ok()?;
    (!path.is_empty()).then_some(path)
}

/// Starts a command, which inherits the lock and nothing else of this program.
fn spawn(command: &mut Command, lock: Option<&File>) -> Result<Child, Failure> {
    // One at a time, so that no other command inherits the lock too.
    static SPAWNING: Mutex<()> = Mutex::new(());
    let _alone = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
    // A duplicate that is not closed in the command.
    #[cfg(unix)]
    let _inherited = match lock.map(rustix::io::dup).transpose() {
        Ok(inherited) => inherited,
        Err(_) => return Err(Failure::Failed),
    };
    #[cfg(not(unix))]
    let _ = lock;
    command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::NotFound,
        _ => Failure::Failed,
    })
}

fn collect_output(
    mut command: Command,
    timeout: Duration,
    lock: Option<&File>,
) -> Result<Output, Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, so that what it starts ends with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    listen();
    let mut child = spawn(&mut command, lock)?;
    let _running = Running::new(&child);
    let deadline = Instant::now() + timeout;
    let stdout = Collected::of(child.stdout.take());
    let stderr = Collected::of(child.stderr.take());
    let exit_code = wait(&mut child, deadline)?;
    // What it started may hold the pipes open: it has ended all the same, and so does
    // whatever it left behind.
    let until = deadline.min(Instant::now() + GRACE);
    if !(stdout.is_closed(until) && stderr.is_closed(until)) {
        end(&mut child);
    }
    Ok(Output { exit_code, stdout: stdout.text(), stderr: stderr.text() })
}

/// The part of a stream that has been read so far.
struct Collected {
    bytes: Arc<Mutex<Vec<u8>>>,
    closed: mpsc::Receiver<()>,
}

impl Collected {
    fn of(stream: Option<impl Read + Send + 'static>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        // Closed with the thread that reads.
        let (open, closed) = mpsc::channel::<()>();
        let kept = Arc::clone(&bytes);
        std::thread::spawn(move || {
            let mut chunk = [0; 1 << 16];
            let Some(mut stream) = stream else { return };
            // Reads on past the limit: if the pipe closed, the command would fail at its next
            // write. A read error counts as the end.
            loop {
                let count = match stream.read(&mut chunk) {
                    Ok(0) => break,
                    Ok(count) => count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(_) => break,
                };
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = MOST_OUTPUT - kept.len();
                kept.extend(&chunk[..count.min(room)]);
            }
            drop(open);
        });
        Self { bytes, closed }
    }

    /// Returns whether all of it was read by then.
    fn is_closed(&self, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        self.closed.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Disconnected)
    }

    fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
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
    end_group(child.id());
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(unix)]
fn end_group(id: u32) {
    let group = i32::try_from(id).ok();
    if let Some(group) = group.and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// Without groups, what it started is not known.
#[cfg(not(unix))]
fn end_group(_: u32) {}

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

/// Returns the message of a failed command, for the component to classify: that of its
/// error envelope, else the end of stderr, at most `most` bytes.
pub fn message(output: &Output, most: usize) -> String {
    let envelope = json_object(&output.stdout);
    let said = envelope.as_ref().and_then(|json| json.pointer("/error/message"));
    let text = said.and_then(Value::as_str).unwrap_or(output.stderr.trim());
    let from = text.len().saturating_sub(most);
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    text[from..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases that the other host is tried with, too.
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
        let ended = collect_output(command, Duration::from_millis(200), None);
        assert_eq!(ended, Err(Failure::TimedOut));
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_has_ended_is_not_waited_for_because_of_what_it_left_behind() {
        let started = Instant::now();
        let mut command = Command::new("sh");
        command.args(["-c", "echo said; sleep 600 & exit 3"]);
        let output = collect_output(command, Duration::from_secs(90), None).expect("an output");
        assert_eq!((output.exit_code, output.stdout.as_str()), (3, "said\n"));
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_says_too_much_is_heard_out() {
        let mut command = Command::new("sh");
        command.args(["-c", "head -c 10000000 /dev/zero && exit 7"]);
        let output = collect_output(command, Duration::from_secs(60), None).expect("an output");
        assert_eq!(output.exit_code, 7);
        assert_eq!(output.stdout.len(), MOST_OUTPUT);
    }

    #[cfg(unix)]
    #[test]
    fn a_search_path_keeps_what_is_absolute() {
        let kept =
            |path: &str| absolute(OsStr::new(path)).map(|path| path.into_string().expect("text"));
        assert_eq!(kept("/a:/b/c").as_deref(), Some("/a:/b/c"));
        assert_eq!(kept(":/a::bin:./b:../c:/d:").as_deref(), Some("/a:/d"));
        for nothing in ["", ":", ".", "bin:./b"] {
            assert_eq!(kept(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_message_is_the_envelopes_or_the_end_of_stderr() {
        for row in table().messages {
            let output = Output { exit_code: 1, stdout: row.stdout, stderr: row.stderr };
            assert_eq!(message(&output, row.most_bytes), row.message, "{output:?}");
        }
    }
}

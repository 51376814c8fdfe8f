//! The cases of `host-test/cases`, with every secret in them exchanged for one that is
//! nobody else's.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;
use std::sync::{LazyLock, Mutex};

use host_test::contract::chat;
use host_test::contract::commands::{Origin, Request};
use host_test::harness::Command;
use host_test::host::Host;
use host_test::state::StateFolder;
use host_test::world::{self, Store};
use serde_json::Value;

use crate::crowd;
use crate::guest::{End, SHIPPED, files, run, said};
use crate::needles::{Needles, canary, secrets};

/// All cases, with secrets that can be found.
pub struct Cases {
    pub folder: tempfile::TempDir,
    pub needles: Needles,
    /// The number of secrets.
    pub secrets: usize,
}

pub static CASES: LazyLock<Cases> = LazyLock::new(Cases::new);

impl Cases {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
        let mut planted = BTreeSet::new();
        for (path, bytes) in files(&cases) {
            let into = folder.path().join(path.strip_prefix(&cases).unwrap());
            fs::create_dir_all(into.parent().unwrap()).unwrap();
            let is_world = path.extension().is_some_and(|name| name == "json");
            let bytes = match serde_json::from_slice::<Value>(&bytes) {
                Ok(world) if is_world => exchanged(&bytes, &world, &mut planted),
                _ => bytes,
            };
            fs::write(into, bytes).unwrap();
        }
        // Of a world of one answer the sign-in is made up, and always the same.
        let of_one =
            ["fake-signature-of-a-recorded-world", "fake-refresh-token-of-a-recorded-world"];
        let secrets = planted.len() + of_one.len();
        let whole = of_one.into_iter().map(str::to_owned);
        Self { folder, needles: Needles::new(planted).and_whole(whole), secrets }
    }

    /// The folder of each case.
    pub fn each(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let folders = entries.map(|entry| entry.unwrap().path());
        let mut cases: Vec<_> = folders.filter(|path| path.join("cmd").is_file()).collect();
        cases.sort();
        cases
    }
}

/// A world's text with its secrets exchanged, wherever they stand in it: answers that
/// give one back still do.
fn exchanged(bytes: &[u8], world: &Value, planted: &mut BTreeSet<String>) -> Vec<u8> {
    let mut text = String::from_utf8(bytes.to_vec()).unwrap();
    let mut found: Vec<String> = secrets(&world["store"]);
    found.extend(secrets(&world["shared"]));
    // Of a token the signature; what it says about its owner may be known.
    let telling = |secret: String| match secret.rsplit_once('.') {
        Some((_, signature)) => signature.to_owned(),
        None => secret,
    };
    let mut found: Vec<String> = found.into_iter().map(telling).collect();
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    found.dedup();
    for secret in found {
        let unique = canary(&secret);
        text = text.replace(&secret, &unique);
        planted.insert(unique);
    }
    text.into_bytes()
}

/// Returns what a person sees of a case who types its lines, and what is kept of it.
pub fn seen(folder: &Path) -> (usize, String, Vec<Vec<u8>>) {
    let home = tempfile::tempdir().unwrap();
    let lines = fs::read_to_string(folder.join("cmd")).unwrap();
    let mut seen = String::new();
    for line in lines.lines() {
        let line = line.replace("{code}", last_code(&seen));
        let output = Process::new(env!("CARGO_BIN_EXE_codex-profiler"))
            .args(shlex::split(&line).unwrap())
            .current_dir(folder)
            .env_clear()
            .env("HOME", home.path())
            .env("TZ", "UTC")
            .env("RUST_BACKTRACE", "full")
            .output()
            .unwrap();
        for bytes in [output.stdout, output.stderr] {
            seen.push_str(&String::from_utf8(bytes).unwrap());
        }
    }
    let kept = files(home.path()).into_values().collect();
    (lines.lines().count(), seen, kept)
}

/// The code that a plan showed last.
fn last_code(seen: &str) -> &str {
    let code = seen.lines().rev().find_map(|line| {
        let (_, words) = line.rsplit_once("/codex_auth confirm ")?;
        words.split_whitespace().next()
    });
    code.unwrap_or("NONE")
}

/// A line of a case as one call of the component.
struct Line {
    command: Command,
    request: Request,
    world: PathBuf,
    has_message_path: bool,
}

impl Line {
    fn parse(line: &str, folder: &Path) -> Option<Self> {
        let mut words = shlex::split(line)?.into_iter();
        let program = words.next()?;
        let mut text = Vec::new();
        let (mut user, mut length, mut world, mut buttons) = ("you".to_owned(), 4096, None, 0);
        let mut flags = BTreeSet::new();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--replay" => world = Some(folder.join(words.next()?)),
                "--user" => user = words.next()?,
                "--length" => length = words.next()?.parse().ok()?,
                "--zone" | "--locale" | "--agent" | "--timeout-sec" => drop(words.next()),
                "--press" | "--tool" | "--owner" | "--message-path" | "--group" => {
                    flags.insert(word);
                }
                "--yes" => {}
                _ if word.starts_with("--buttons") => buttons = 8,
                _ => text.push(word),
            }
        }
        let (command, origin) = match program.as_str() {
            "usage" => (Command::Usage, Origin::Terminal(text)),
            "auth" => (Command::Auth, Origin::Terminal(text)),
            "chat" => {
                let message = text.first()?.trim().to_owned();
                let name = message.trim_start_matches('/');
                let command = if name.starts_with("codex_usage") || name.starts_with("usage") {
                    Command::Usage
                } else {
                    Command::Auth
                };
                let (_, rest) = message.split_once(char::is_whitespace).unwrap_or_default();
                match () {
                    () if flags.contains("--press") => (command, Origin::Button(message)),
                    () if flags.contains("--tool") => (command, Origin::Tool(rest.to_owned())),
                    () => (command, Origin::Command(rest.to_owned())),
                }
            }
            _ => return None,
        };
        let world = world.filter(|path| path.is_file())?;
        let mut request = crowd::request(origin, length);
        request.user = user;
        request.is_owner = flags.contains("--owner") || program != "chat";
        request.channel.buttons = buttons;
        request.channel.private = !flags.contains("--group");
        Some(Self { command, request, world, has_message_path: flags.contains("--message-path") })
    }

    /// Calls the component in its world, with what is kept in this folder, to the end of
    /// this much fuel.
    fn play(&self, state: &Path, fuel: Option<u64>) -> Option<Played> {
        let world = world::replay(&self.world).ok()?;
        let mut request = self.request.clone();
        request.now = world.clock.now();
        let known = match &world.store {
            Store::Recorded(sign_ins) => sign_ins.sign_ins(request.now).ok(),
            Store::Live(_) => None,
        };
        let known = known.and_then(|all| Some(all.profiles.first()?.id.clone()));
        let sent = Arc::new(Mutex::new(String::new()));
        let mut host = Host::new(Arc::new(world), Some(StateFolder::at(state)));
        if self.has_message_path {
            let into = Arc::clone(&sent);
            host = host.with_outbox(Box::new(move |message: &chat::Message| {
                into.lock().unwrap().push_str(&format!("{message:?}\n"));
            }));
        }
        let (fuel, end) = run(&SHIPPED, self.command, &request, host, fuel);
        let sent = sent.lock().unwrap().clone();
        Some(Played { fuel, end, sent, known })
    }
}

struct Played {
    fuel: u64,
    end: Result<host_test::contract::commands::Reply, End>,
    sent: String,
    /// A profile that the component was told of, if it asked.
    known: Option<String>,
}

/// The part of the component's memory that was looked at over a case.
#[derive(Default)]
pub struct Looked {
    pub images: usize,
    pub bytes: usize,
    /// Images in which the id of a sign-in was found, which may be known.
    pub telling: usize,
}

/// Plays a case in this process, and looks for secrets in the component's memory at the
/// end of each call and on the way there.
pub fn look(folder: &Path, needles: &Needles) -> Looked {
    let state = tempfile::tempdir().unwrap();
    let before = tempfile::tempdir().unwrap();
    let mut looked = Looked::default();
    let mut all = String::new();
    for line in fs::read_to_string(folder.join("cmd")).unwrap().lines() {
        let line = line.replace("{code}", last_code(&all));
        let Some(call) = Line::parse(&line, folder) else {
            continue;
        };
        // A call that is ended starts from where the one that was not did.
        let restore = |from: &Path, to: &Path| {
            fs::remove_dir_all(to).unwrap();
            fs::create_dir(to).unwrap();
            for (path, bytes) in files(from) {
                let into = to.join(path.strip_prefix(from).unwrap());
                fs::create_dir_all(into.parent().unwrap()).unwrap();
                fs::write(into, bytes).unwrap();
            }
        };
        restore(state.path(), before.path());
        let Some(whole) = call.play(state.path(), None) else {
            continue;
        };
        let reply = whole.end.unwrap_or_else(|end| panic!("{line}: {}", end.text));
        let shown = format!("{reply:?}{}", whole.sent);
        needles.assert_none(&line, shown.as_bytes());
        all.push_str(&said(&reply));
        all.push('\n');
        all.push_str(&whole.sent);
        let cut = tempfile::tempdir().unwrap();
        let near_end = [1, 300, 3_000, 20_000].map(|less| whole.fuel.saturating_sub(less));
        let on_the_way = [whole.fuel / 2];
        let mut is_near = false;
        for fuel in on_the_way.into_iter().chain(near_end) {
            // The first that is near the end and ends it is enough.
            if is_near {
                break;
            }
            restore(before.path(), cut.path());
            let played = call.play(cut.path(), Some(fuel));
            let Some(Err(end)) = played.map(|played| played.end) else {
                continue;
            };
            needles.assert_none(&format!("memory of {line}"), &end.memory);
            assert!(!end.memory.is_empty(), "{line}: {}", end.text);
            looked.images += 1;
            looked.bytes += end.memory.len();
            is_near = near_end.contains(&fuel);
            let is_told = |id: &String| Needles::has(&end.memory, id);
            looked.telling += usize::from(whole.known.as_ref().is_some_and(is_told));
        }
        assert!(is_near, "{line}: it was not ended near its end");
    }
    looked
}

//! The hostile guest of `host-test/hostile` in a world that counts what leaves it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use host_test::contract::chat;
use host_test::contract::commands::{Delivery, Origin, Reply, Request};
use host_test::harness::{self, Command, Harness, Turn};
use host_test::host::{Host, Step};
use host_test::net::Client;
use host_test::state::StateFolder;
use host_test::store::Era;
use host_test::world::{Clock, Endpoint, Gateway, RecordedState, Store, World};
use serde_json::{Value, json};
use wasmtime::component::Component;
use wasmtime::{Engine, Trap, WasmCoreDump};

use crate::crowd;
use crate::loopback::{self, Loopback};
use crate::needles::{Needles, canary};

/// When everything happens.
pub const NOW: i64 = crowd::NOW;

/// The length of a message of the channel, in UTF-16 units.
pub const LENGTH: u32 = 4096;

/// The most buttons a message of the channel may have.
pub const BUTTONS: u16 = 8;

/// The guest, compiled for this machine.
pub static HOSTILE: LazyLock<Harness> = LazyLock::new(|| harness(&HOSTILE_BYTES));

/// The component that ships.
pub static SHIPPED: LazyLock<Harness> = LazyLock::new(|| harness(harness::COMPONENT));

/// The guest as cargo built it.
pub static HOSTILE_BYTES: LazyLock<Vec<u8>> = LazyLock::new(build);

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = harness::config();
    // What a guest that is ended leaves in its memory can be looked at.
    config.coredump_on_trap(true);
    Engine::new(&config).unwrap()
});

/// A component of these bytes under the harness's own rules.
pub fn harness(bytes: &[u8]) -> Harness {
    try_harness(bytes).unwrap()
}

/// The same, where it may be refused.
pub fn try_harness(bytes: &[u8]) -> anyhow::Result<Harness> {
    Harness::of(&Component::new(&ENGINE, bytes)?)
}

/// Builds the guest as the component is built, but for the maximum of its memory: what
/// bounds it is this host.
fn build() -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    let mut cargo = Process::new(env!("CARGO"));
    cargo
        .args(["build", "--quiet", "--package", "hostile", "--lib"])
        .args(["--locked", "--profile", "skill"])
        .args(["--target", "wasm32-wasip2", "--target-dir"])
        .arg(&target)
        .current_dir(root)
        .env("CARGO_ENCODED_RUSTFLAGS", "");
    assert!(cargo.status().unwrap().success(), "it does not build");
    fs::read(target.join("wasm32-wasip2/skill/hostile.wasm")).unwrap()
}

/// The caller, and the way it asks.
#[derive(Clone)]
pub struct Asked {
    pub command: Command,
    pub from: fn(String) -> Origin,
    pub user: &'static str,
    pub is_owner: bool,
    pub dry_run: bool,
    pub now: i64,
    /// The time that the call may take, where that is less than the policy's.
    pub within: Option<Duration>,
}

/// Somebody asks for usage.
pub const USAGE: Asked = Asked {
    command: Command::Usage,
    from: Origin::Command,
    user: "ann",
    is_owner: true,
    dry_run: false,
    now: NOW,
    within: None,
};

/// The owner asks for a change.
pub const AUTH: Asked = Asked { command: Command::Auth, ..USAGE };

/// Everything that left the host.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// The number of requests that arrived at the endpoint.
    pub asked: usize,
    /// The gateway commands that were run.
    pub ran: Vec<String>,
    /// The messages that were sent.
    pub sent: Vec<String>,
    /// The content of the state folder, but for empty files, which are locks.
    pub kept: BTreeMap<PathBuf, usize>,
}

/// A hostile guest, its user, and what it could reach.
pub struct Guest {
    pub server: Loopback,
    pub state: RecordedState,
    /// Steps in which the gateway differs from a healthy one.
    pub script: Value,
    pub needles: Needles,
    folder: tempfile::TempDir,
    seen: Arc<Mutex<Left>>,
}

impl Guest {
    /// In a world whose endpoint answers `{}`.
    pub fn new() -> Self {
        Self::with(|_| loopback::Reply::json(200, "{}"))
    }

    /// In a world whose endpoint answers like this.
    pub fn with(
        answer: impl Fn(&loopback::Request) -> loopback::Reply + Send + Sync + 'static,
    ) -> Self {
        Self {
            server: Loopback::start(answer),
            state: RecordedState::new(sign_ins(), None, Era::Sqlite, "promises"),
            script: json!([]),
            needles: Needles::of(&sign_ins()),
            folder: tempfile::tempdir().unwrap(),
            seen: Arc::default(),
        }
    }

    /// Everything outside the harness, at this instant.
    pub fn world(&self, now: i64) -> World {
        let script = serde_json::from_value(self.script.clone()).unwrap();
        let client = Client::for_loopback(self.server.roots.clone(), self.server.address, None);
        World {
            classes: Default::default(),
            session: None,
            is_subscribable: false,
            store: Store::Recorded(self.state.clone()),
            endpoint: Endpoint::Live(client),
            gateway: Gateway::Recorded(self.state.gateway("2026.9.6", script, now)),
            clock: Clock::Fixed(now),
        }
    }

    pub fn host(&self, asked: &Asked) -> Host {
        self.host_in(self.world(asked.now), asked)
    }

    pub fn host_in(&self, world: World, asked: &Asked) -> Host {
        let state = StateFolder::at(self.folder.path());
        let (of_chat, of_gateway) = (Arc::clone(&self.seen), Arc::clone(&self.seen));
        let mut host = Host::new(Arc::new(world), Some(state))
            .with_outbox(Box::new(move |message: &chat::Message| {
                of_chat.lock().unwrap().sent.push(format!("{message:?}"));
            }))
            .with_progress(Box::new(move |step: Step<'_>| {
                if let Step::Started(argvs) = step {
                    let lines = argvs.iter().map(|argv| argv.join(" "));
                    of_gateway.lock().unwrap().ran.extend(lines);
                }
            }));
        if let Some(within) = asked.within {
            host = host.within(within);
        }
        host
    }

    /// Returns what the host makes of what the guest does when it is told this.
    pub fn turn(&self, text: &str, asked: &Asked) -> anyhow::Result<Turn> {
        let turn = HOSTILE.call(asked.command, &request(text, asked), self.host(asked));
        self.needles.assert_none("a turn", format!("{turn:?}").as_bytes());
        self.assert_no_secret_left();
        turn
    }

    /// Returns what the guest says of what it was told to do.
    pub fn does(&self, text: &str, asked: &Asked) -> String {
        let turn = self.turn(text, asked);
        let turn = turn.unwrap_or_else(|error| panic!("{text:.60}: {error}"));
        said(&turn.reply)
    }

    /// Fails where the guest is not refused with these words, or anything leaves.
    pub fn is_refused(&self, text: &str, asked: &Asked, told: &str) {
        let before = self.left();
        assert_eq!(self.does(text, asked), told, "{text:.60}");
        assert_eq!(self.left(), before, "{text:.60}");
    }

    /// Returns how the guest ends that is told this. Fails where it replies, where anything
    /// leaves, or where the next call does not work.
    pub fn end(&self, text: &str, asked: &Asked) -> End {
        let before = self.left();
        let end = self.run(&HOSTILE, text, asked, None).1.expect_err(text);
        assert_eq!(self.left(), before, "{text:.60}");
        assert_eq!(self.does("say still here", &USAGE), "still here");
        end
    }

    /// Runs a component to its end, or to the end of this much fuel. Returns how much
    /// it used.
    pub fn run(
        &self,
        harness: &Harness,
        text: &str,
        asked: &Asked,
        fuel: Option<u64>,
    ) -> (u64, Result<Reply, End>) {
        let run = run(harness, asked.command, &request(text, asked), self.host(asked), fuel);
        self.assert_no_secret_left();
        run
    }

    /// A folder of what is kept.
    pub fn kept_folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns what has left so far.
    pub fn left(&self) -> Left {
        let seen = self.seen.lock().unwrap();
        let kept = files(self.folder.path()).into_iter();
        Left {
            asked: self.server.requests().len(),
            ran: seen.ran.clone(),
            sent: seen.sent.clone(),
            kept: kept
                .map(|(path, bytes)| (path, bytes.len()))
                .filter(|(_, length)| *length > 0)
                .collect(),
        }
    }

    /// Fails where a message, a command line or a file holds a secret.
    fn assert_no_secret_left(&self) {
        let seen = format!("{:?}", self.seen.lock().unwrap());
        self.needles.assert_none("what left", seen.as_bytes());
        for (path, bytes) in files(self.folder.path()) {
            self.needles.assert_none(&path.display().to_string(), &bytes);
        }
    }
}

/// The end of a guest.
pub struct End {
    /// Its name in wasmtime.
    pub trap: Option<Trap>,
    /// The text of the error, which nobody is shown.
    pub text: String,
    /// All of its linear memory at that moment.
    pub memory: Vec<u8>,
}

/// One call of a component, as [`Harness::call`] makes it, with a look at its memory.
pub fn run(
    harness: &Harness,
    command: Command,
    request: &Request,
    host: Host,
    fuel: Option<u64>,
) -> (u64, Result<Reply, End>) {
    let mut store = harness.store(command, request, host).unwrap();
    let full = store.get_fuel().unwrap();
    let given = fuel.unwrap_or(full);
    store.set_fuel(given).unwrap();
    let called = harness.enter(&mut store, command, request);
    let used = given - store.get_fuel().unwrap();
    let called = called.map_err(|error| {
        let dump = error.downcast_ref::<WasmCoreDump>();
        let memories = dump.map(WasmCoreDump::memories).unwrap_or_default();
        let memories: Vec<&[u8]> = memories.iter().map(|memory| memory.data(&store)).collect();
        End {
            trap: error.downcast_ref::<Trap>().copied(),
            memory: memories.concat(),
            text: format!("{:#}", error),
        }
    });
    (used, called)
}

/// Returns what a user would read.
pub fn said(reply: &Reply) -> String {
    let parts: &[_] = match &reply.delivery {
        Delivery::Parts(parts) => parts,
        Delivery::NoReply | Delivery::Alerts(_) => &[],
    };
    let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
    texts.join("\n\n")
}

pub fn request(text: &str, asked: &Asked) -> Request {
    let mut request = crowd::request((asked.from)(text.to_owned()), LENGTH);
    request.channel.buttons = BUTTONS;
    request.user = asked.user.to_owned();
    request.is_owner = asked.is_owner;
    request.now = asked.now;
    request.settings.dry_run = asked.dry_run;
    request
}

/// Two sign-ins that may be asked for, one that has expired, one that is fenced, a key
/// of the same provider and one of another.
fn sign_ins() -> Value {
    let sign_in = |label: &str, expires: i64| {
        json!({
            "type": "oauth", "provider": "openai", "expires": expires * 1000,
            "access": canary(&format!("access of {label}")),
            "refresh": canary(&format!("refresh of {label}")),
        })
    };
    let mut fenced = sign_in("fenced", 1);
    fenced["access"] = json!("openclaw-oauth-refresh-fence:v1:x");
    json!({
        "version": 1,
        "profiles": {
            "openai:home": sign_in("home", NOW + 864_000),
            "openai:work": sign_in("work", NOW + 864_000),
            "openai:old": sign_in("old", NOW - 60),
            "openai:fenced": fenced,
            "openai:key": { "type": "api_key", "provider": "openai", "key": canary("key") },
            "anthropic:work": {
                "type": "api_key", "provider": "anthropic", "key": canary("another key"),
            },
        },
    })
}

/// Every file below a folder.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

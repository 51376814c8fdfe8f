//! One ask in a world of its own, and everything that its user reads of it.

use std::fs;
use std::sync::{Arc, LazyLock, Mutex};

use host_test::changes::Confirmation;
use host_test::contract::commands::{
    self, Delivery, Origin, Request, Screen, Settings, Status, Zone,
};
use host_test::contract::{chat, memory};
use host_test::harness::{Harness, Turn};
use host_test::host::{Attached, Host, Step};
use host_test::state::StateFolder;
use host_test::world::{RecordedState, Store, World};
use serde_json::Value;
use tempfile::TempDir;

use super::NOW;
use super::asks::{Ask, Channel, From, USAGE};
use super::fault::{Call, Fault};
use super::faulty::{self, Faulty, Log, SharedLog};
use crate::schema;

/// The component, lent to by a host that fails.
static HARNESS: LazyLock<Harness<Faulty>> = LazyLock::new(|| Harness::for_imports().unwrap());

/// The readings of an earlier check of the same profiles.
static KEPT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::new(Arc::new(USAGE.world.fresh()), Some(StateFolder::at(folder.path())));
    let lender = Faulty::new(host, SharedLog::default(), None);
    let ask = Ask { from: From::Terminal, ..USAGE };
    let request = request(&ask, Origin::Terminal(vec!["all".into()]));
    HARNESS.call(ask.command, &request, lender).unwrap();
    StateFolder::at(folder.path()).load(memory::Key::Readings).bytes
});

/// A folder in memory where there is one: what is written is written for a second.
fn folder() -> TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    in_memory.or_else(|_| tempfile::tempdir()).unwrap()
}

/// One user's calls in a world of their own.
pub struct Scene {
    ask: Ask,
    world: Arc<World>,
    state: RecordedState,
    pub folder: TempDir,
    /// The code of the plan that was made before.
    code: String,
    /// The changes that the gateway was told to make.
    runs: Arc<Mutex<Vec<String>>>,
}

/// The result of one call.
pub struct Seen {
    pub outcome: anyhow::Result<Turn>,
    pub log: Log,
}

impl Scene {
    pub fn new(ask: Ask) -> Self {
        let world = Arc::new(ask.world.fresh());
        let folder = folder();
        let memory = [&1_u64.to_le_bytes(), KEPT.as_slice()].concat();
        fs::write(folder.path().join("memory"), memory).unwrap();
        let mut scene = Self {
            ask,
            state: state(&world),
            world,
            folder,
            code: "NOBODYS0".into(),
            runs: Arc::default(),
        };
        if let Some(plan) = ask.plan {
            let from = match ask.from {
                From::Terminal => From::Terminal,
                From::Command | From::Button | From::Tool => From::Command,
            };
            let planned = Ask { text: plan, from, ..ask };
            let planned = scene.call(&planned, None).outcome.unwrap();
            if let Some((code, _)) = planned.proposed {
                scene.code = code;
            }
        }
        scene
    }

    /// The call that the scene is about.
    pub fn ask(&self, fault: Option<(usize, Fault)>) -> Seen {
        self.call(&self.ask, fault)
    }

    fn call(&self, ask: &Ask, fault: Option<(usize, Fault)>) -> Seen {
        let text = ask.text.replace("{code}", &self.code);
        let words = || text.split_whitespace().map(str::to_owned).collect();
        let origin = match ask.from {
            From::Command => Origin::Command(text.clone()),
            From::Button => Origin::Button(text.clone()),
            From::Tool => Origin::Tool(text.clone()),
            From::Terminal => Origin::Terminal(words()),
        };
        let log = SharedLog::default();
        let state = StateFolder::at(self.folder.path());
        let mut host = Host::new(Arc::clone(&self.world), Some(state));
        if ask.channel != Channel::Plain {
            let log = Arc::clone(&log);
            host = host.with_outbox(Box::new(move |message: &chat::Message| {
                faulty::read(&log, |log| log.delivered.push(message.text.clone()));
            }));
        }
        let runs = Arc::clone(&self.runs);
        host = host.with_progress(Box::new(move |step| {
            if let Step::Started(argvs) = step {
                let changes = argvs.iter().map(|argv| argv.join(" "));
                runs.lock().unwrap().extend(changes.filter(|argv| is_change(argv)));
            }
        }));
        if ask.from == From::Terminal {
            let is_confirmed = text.starts_with("confirm");
            host = host.with_terminal(Attached {
                can_log_in: true,
                answered: is_confirmed.then(|| {
                    let name = text.split(' ').nth(2).unwrap_or_default();
                    Confirmation::new(&self.code, name)
                }),
            });
        }
        let lender = Faulty::new(host, Arc::clone(&log), fault);
        let outcome = HARNESS.call(ask.command, &request(ask, origin), lender);
        let log = faulty::read(&log, std::mem::take);
        Seen { outcome, log }
    }

    pub fn order(&self) -> Kept {
        self.state.documents()
    }

    pub fn runs(&self) -> usize {
        self.runs.lock().unwrap().len()
    }
}

/// The gateway's documents: the agent's own store, and the shared one.
type Kept = (Value, Option<Value>);

/// Whether a gateway command changes something.
fn is_change(argv: &str) -> bool {
    ["order set", "order clear", "logout", "login"].iter().any(|words| argv.contains(words))
}

/// The state that a world's gateway changes.
fn state(world: &World) -> RecordedState {
    match &world.store {
        Store::Recorded(state) => state.clone(),
        Store::Live(_) => panic!("no recorded world"),
    }
}

fn request(ask: &Ask, origin: Origin) -> Request {
    let has_buttons = ask.channel == Channel::Rich;
    Request {
        origin,
        user: "somebody".into(),
        is_owner: true,
        agent: "main".into(),
        channel: commands::Channel {
            buttons: if has_buttons { 8 } else { 0 },
            // So short that a reply takes several messages, but for a terminal.
            length: match ask.from {
                From::Terminal => u32::MAX,
                From::Command | From::Button | From::Tool if has_buttons => 2000,
                From::Command | From::Button | From::Tool => 600,
            },
            private: true,
            screen: (ask.from == From::Terminal).then(|| Screen {
                colour: false,
                columns: 80,
                rows: 24,
                options: String::new(),
            }),
        },
        now: NOW,
        zone: Zone { name: "UTC".into(), transitions: vec![] },
        locale: ask.locale,
        salt: "salt".into(),
        settings: Settings {
            burn_first: vec!["work".into()],
            preserve: vec!["nobody".into()],
            full_ids: false,
            dry_run: false,
            alerts_low_percent: 10,
            demo: false,
        },
        wants_json: true,
        session_profile: None,
    }
}

/// Everything a user read of a call, in order: by message, and as the reply.
pub struct Read {
    pub texts: Vec<String>,
    pub status: Status,
    pub document: Value,
}

impl Read {
    pub fn of(seen: &Seen) -> Result<Self, String> {
        let turn = seen.outcome.as_ref().map_err(|error| error.to_string())?;
        let parts = match &turn.reply.delivery {
            Delivery::Parts(parts) => parts.as_slice(),
            Delivery::NoReply | Delivery::Alerts(_) => &[],
        };
        let parts = parts.iter().map(|part| part.text.clone());
        let messages = seen.log.delivered.iter().chain(&seen.log.lost).cloned();
        let document = turn.reply.json.as_deref().ok_or("no document")?;
        let document = serde_json::from_str(document)
            .map_err(|error| format!("the document is none: {error}"))?;
        schema::check(&document)?;
        Ok(Self { texts: messages.chain(parts).collect(), status: turn.reply.status, document })
    }

    pub fn is_a_duplicate(&self) -> bool {
        self.document["error"]["code"] == "duplicate_request"
    }

    pub fn whole(&self) -> String {
        self.texts.join("\n")
    }
}

/// An ask as it goes where nothing fails.
pub struct Baseline {
    pub read: Read,
    pub before: Kept,
    pub after: Kept,
    pub runs: usize,
    pub calls: Vec<Call>,
}

impl Baseline {
    pub fn of(ask: Ask) -> Result<Self, String> {
        let scene = Scene::new(ask);
        let before = scene.order();
        let seen = scene.ask(None);
        let read = Read::of(&seen)?;
        Ok(Self { read, before, after: scene.order(), runs: scene.runs(), calls: seen.log.calls })
    }
}

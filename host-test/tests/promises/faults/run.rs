//! Runs a case with every fault that its calls can have, and judges what the user saw
//! and what was left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use host_test::changes::Confirmation;
use host_test::contract::auth_store::Failure;
use host_test::contract::commands::{
    Channel, Delivery, Locale, Origin, Request, Screen, Settings, Status, Zone,
};
use host_test::contract::{chat, gateway};
use host_test::harness::{Command, Harness, Turn};
use host_test::host::{Attached, Host, Step};
use host_test::state::StateFolder;
use host_test::world::{RecordedState, World};
use libtest_mimic::Failed;
use serde_json::Value;
use tempfile::TempDir;

use super::NOW;
use super::commands::{self, Case, From, Line, Seat};
use super::faulty::{self, Call, Fault, Faulty, Function, Log, SharedLog};
use super::worlds;
use crate::table::{Count, Promise};

/// The component, lent to by a host that fails.
static HARNESS: LazyLock<Harness<Faulty>> = LazyLock::new(|| Harness::for_lender().unwrap());

/// What an earlier check of the same profiles kept.
static KEPT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::new(
        Arc::new(worlds::Kind::Demo.fresh()),
        Some(StateFolder::at(folder.path())),
    );
    let lender = Faulty::new(host, SharedLog::default(), None);
    let seat = Seat {
        from: From::Terminal,
        locale: Locale::En,
        has_path: false,
        has_buttons: false,
        is_owner: true,
    };
    let request = request(&seat, Origin::Terminal(vec!["all".into()]));
    HARNESS.call(Command::Usage, &request, lender).unwrap();
    StateFolder::at(folder.path()).load().bytes
});

/// A folder in memory where there is one: what is written is written for a second.
fn folder() -> TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    in_memory.or_else(|_| tempfile::tempdir()).unwrap()
}

/// One user's calls in a world of their own.
struct Scene {
    case: Case,
    world: Arc<World>,
    state: RecordedState,
    folder: TempDir,
    /// What confirms the plan that was made before.
    code: String,
    /// The changes that the gateway was told to make.
    runs: Arc<Mutex<Vec<String>>>,
}

/// What came of one call.
struct Seen {
    outcome: anyhow::Result<Turn>,
    log: Log,
}

impl Scene {
    fn new(case: Case) -> Self {
        let world = Arc::new(case.world.fresh());
        let folder = folder();
        let memory = [&1_u64.to_le_bytes(), KEPT.as_slice()].concat();
        fs::write(folder.path().join("memory"), memory).unwrap();
        let mut scene = Self {
            case,
            state: worlds::state(&world),
            world,
            folder,
            code: "NOBODYS0".into(),
            runs: Arc::default(),
        };
        if let Some(plan) = case.line.plan {
            let seat = Seat {
                from: match case.seat.from {
                    From::Terminal => From::Terminal,
                    From::Command | From::Button | From::Tool => From::Command,
                },
                is_owner: true,
                ..case.seat
            };
            let planned = scene.call(&seat, plan, None);
            let proposed = planned.outcome.unwrap().proposed;
            if let Some((code, _)) = proposed {
                scene.code = code;
            }
        }
        scene
    }

    /// The call that the case is about.
    fn ask(&self, fault: Option<(usize, Fault)>) -> Seen {
        self.call(&self.case.seat, self.case.line.text, fault)
    }

    fn call(&self, seat: &Seat, text: &str, fault: Option<(usize, Fault)>) -> Seen {
        let text = self.case.world.fill(text).replace("{code}", &self.code);
        let words = || text.split_whitespace().map(str::to_owned).collect();
        let origin = match seat.from {
            From::Command => Origin::Command(text.clone()),
            From::Button => Origin::Button(text.clone()),
            From::Tool => Origin::Tool(text.clone()),
            From::Terminal => Origin::Terminal(words()),
        };
        let log = SharedLog::default();
        let state = StateFolder::at(self.folder.path());
        let mut host = Host::new(Arc::clone(&self.world), Some(state));
        if seat.has_path {
            let log = Arc::clone(&log);
            host = host.with_outbox(Box::new(move |message: &chat::Message| {
                faulty::read(&log, |log| log.delivered.push(message.text.clone()));
            }));
        }
        let runs = Arc::clone(&self.runs);
        host = host.with_progress(Box::new(move |step| {
            if let Step::Started(argvs) = step {
                let changes = argvs.iter().map(|argv| argv.join(" "));
                runs.lock()
                    .unwrap()
                    .extend(changes.filter(|argv| is_change(argv)));
            }
        }));
        if seat.from == From::Terminal {
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
        let outcome = HARNESS.call(self.case.line.command, &request(seat, origin), lender);
        let log = faulty::read(&log, std::mem::take);
        Seen { outcome, log }
    }

    fn order(&self) -> Kept {
        worlds::documents(&self.state)
    }

    fn runs(&self) -> usize {
        self.runs.lock().unwrap().len()
    }
}

type Kept = (Value, Option<Value>);

/// Whether a gateway command changes something.
fn is_change(argv: &str) -> bool {
    ["order set", "order clear", "logout", "login"]
        .iter()
        .any(|words| argv.contains(words))
}

fn request(seat: &Seat, origin: Origin) -> Request {
    Request {
        origin,
        user: "somebody".into(),
        is_owner: seat.is_owner,
        agent: "main".into(),
        channel: Channel {
            buttons: if seat.has_buttons { 8 } else { 0 },
            // So short that a reply takes several messages, but for a terminal.
            length: match seat.from {
                From::Terminal => u32::MAX,
                From::Command | From::Button | From::Tool if seat.has_buttons => 2000,
                From::Command | From::Button | From::Tool => 600,
            },
            private: seat.is_owner || seat.has_buttons,
            screen: (seat.from == From::Terminal).then(|| Screen {
                colour: false,
                columns: 80,
                options: String::new(),
            }),
        },
        now: NOW,
        zone: Zone {
            name: "UTC".into(),
            transitions: vec![],
        },
        locale: seat.locale,
        salt: "salt".into(),
        settings: Settings {
            burn_first: vec!["work".into()],
            preserve: vec!["nobody".into()],
            full_ids: false,
            dry_run: false,
        },
        wants_json: true,
        session_profile: None,
    }
}

/// What a user read of a call, in order: by message, and as the reply.
struct Read {
    texts: Vec<String>,
    status: Status,
    document: Value,
}

impl Read {
    fn of(seen: &Seen) -> Result<Self, String> {
        let turn = seen.outcome.as_ref().map_err(|error| error.to_string())?;
        let parts = match &turn.reply.delivery {
            Delivery::Parts(parts) => parts.as_slice(),
            Delivery::NoReply => &[],
        };
        let parts = parts.iter().map(|part| part.text.clone());
        let messages = seen.log.delivered.iter().chain(&seen.log.lost).cloned();
        let document = turn.reply.json.as_deref().ok_or("no document")?;
        Ok(Self {
            texts: messages.chain(parts).collect(),
            status: turn.reply.status,
            document: serde_json::from_str(document)
                .map_err(|error| format!("the document is none: {error}"))?,
        })
    }

    fn is_a_duplicate(&self) -> bool {
        self.document["error"]["code"] == "duplicate_request"
    }

    fn whole(&self) -> String {
        self.texts.join("\n")
    }
}

/// A case as it goes where nothing fails.
struct Baseline {
    read: Read,
    before: Kept,
    after: Kept,
    runs: usize,
    calls: Vec<Call>,
}

impl Baseline {
    fn of(case: Case) -> Result<Self, String> {
        let scene = Scene::new(case);
        let before = scene.order();
        let seen = scene.ask(None);
        let read = Read::of(&seen)?;
        Ok(Self {
            read,
            before,
            after: scene.order(),
            runs: scene.runs(),
            calls: seen.log.calls,
        })
    }

    /// Everything in which it could differ from another.
    fn way(&self) -> String {
        format!(
            "{:?} {:?} {:?}",
            self.calls, self.read.texts, self.read.status
        )
    }
}

/// What was tried of one command.
#[derive(Default)]
struct Tally {
    /// In how many situations it was asked.
    asked: usize,
    /// In how many of them it went otherwise than in all before.
    differed: usize,
    /// By function: how many calls of it were failed, and in how many runs.
    functions: BTreeMap<Function, (usize, usize)>,
}

impl Tally {
    fn runs(&self) -> usize {
        self.functions.values().map(|(_, runs)| runs).sum()
    }

    fn note(&self) -> String {
        let calls: usize = self.functions.values().map(|(calls, _)| calls).sum();
        match calls {
            0 => "without a host call".to_owned(),
            _ => format!("{calls} calls failed"),
        }
    }

    /// Calls × faults, by function.
    fn cells(&self) -> Vec<(&'static str, String)> {
        let cell = |(function, (calls, runs)): (&Function, &(usize, usize))| {
            let faults = *runs as f64 / *calls as f64;
            (function.name(), format!("{calls} × {faults:.0}"))
        };
        let situations = format!("{}, {} unlike", self.asked, self.differed);
        let cells = self.functions.iter().map(cell);
        cells.chain([("situations", situations)]).collect()
    }
}

/// Fails every call of a case in every way.
fn fail_all(case: Case, baseline: &Baseline, tally: &mut Tally) -> Result<(), String> {
    for (place, &call) in baseline.calls.iter().enumerate() {
        let faults = Fault::of(call);
        let counts = tally.functions.entry(call.function).or_default();
        counts.0 += 1;
        counts.1 += faults.len();
        for fault in faults {
            fail_one(case, baseline, (place, fault)).map_err(|why| {
                let name = call.function.name();
                format!("call {place} ({name}) {fault:?}: {why}")
            })?;
        }
    }
    Ok(())
}

fn fail_one(case: Case, baseline: &Baseline, fault: (usize, Fault)) -> Result<(), String> {
    let scene = Scene::new(case);
    let seen = scene.ask(Some(fault));
    let (place, fault) = fault;
    let is_applied = has_applied(&baseline.calls[..place]);
    judge_state(baseline, &scene)?;
    if fault.is_trap() {
        return match &seen.outcome {
            Ok(_) => Err("a broken host was not noticed".into()),
            Err(error) if error.to_string() == ENDED => judge_next(case, baseline, &scene),
            Err(error) => Err(format!("it ended otherwise: {error}")),
        };
    }
    let read = Read::of(&seen)?;
    judge_text(&case, &read)?;
    judge_status(&read)?;
    judge_truth(baseline, &scene, fault, &read)?;
    judge_cause(&case, baseline, fault, is_applied, &read)?;
    if matches!(fault, Fault::Send(..)) {
        judge_whole(baseline, &read)?;
    }
    Ok(())
}

const ENDED: &str = "the component was ended: it trapped, or used more than one call may";

/// Nothing but the planned change was made, once, and nothing is held any more.
fn judge_state(baseline: &Baseline, scene: &Scene) -> Result<(), String> {
    let now = scene.order();
    if now != baseline.before && now != baseline.after {
        return Err(format!("the order is another: {}", now.0["order"]));
    }
    if scene.runs() > baseline.runs {
        return Err(format!("{} changes were made", scene.runs()));
    }
    for folder in ["claims", "changes"] {
        if let Some(held) = held(&scene.folder.path().join(folder)) {
            return Err(format!("{folder}/{held} is still held"));
        }
    }
    Ok(())
}

/// A file of a folder that somebody keeps locked.
fn held(folder: &Path) -> Option<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let held = entries.flatten().find(|entry| {
        let file = File::open(entry.path()).unwrap();
        file.try_lock().is_err()
    });
    held.map(|entry| entry.file_name().to_string_lossy().into_owned())
}

/// After a host broke down, the same is asked again, and is answered.
fn judge_next(case: Case, baseline: &Baseline, scene: &Scene) -> Result<(), String> {
    let seen = scene.ask(None);
    let read = Read::of(&seen).map_err(|why| format!("the next call: {why}"))?;
    judge_text(&case, &read).map_err(|why| format!("the next call: {why}"))?;
    judge_state(baseline, scene).map_err(|why| format!("after the next call: {why}"))?;
    // Its answer may have been given, though nobody heard it.
    let whole = read.whole();
    let says_running = ["Already running", "正在执行"].map(|words| whole.contains(words));
    match read.is_a_duplicate() && says_running.contains(&true) {
        true => Err("the next call was told that it is running".into()),
        false => Ok(()),
    }
}

/// Words that a program says to its makers.
const DEBUG_WORDS: [&str; 12] = [
    "Err(",
    "Ok(",
    "Some(",
    "None)",
    "Error {",
    "panicked",
    "unwrap",
    "\\u{",
    "::",
    "NaN",
    "null",
    "undefined",
];

/// Everything that was read is sentences, in the language that was asked for, each
/// once.
fn judge_text(case: &Case, read: &Read) -> Result<(), String> {
    if read.texts.is_empty() {
        return Err("nothing was said".into());
    }
    for text in &read.texts {
        if text.trim().is_empty() {
            return Err("an empty message".into());
        }
        if read.texts.iter().filter(|other| *other == text).count() > 1 {
            return Err(format!("said twice: {text}"));
        }
    }
    let whole = read.whole();
    let is_json = case.line.text.contains("json") && whole.contains('{');
    if is_json {
        return Ok(());
    }
    let words = DEBUG_WORDS.iter().find(|word| whole.contains(**word));
    if let Some(word) = words {
        return Err(format!("{word:?} was said: {whole}"));
    }
    if whole.contains(['{', '}']) {
        return Err(format!("braces were said: {whole}"));
    }
    // A part of a reply that was cut may hold commands alone.
    let is_chinese = whole.contains(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    if is_chinese != matches!(case.seat.locale, Locale::Zh) {
        return Err(format!("not in the language asked for: {whole}"));
    }
    let last = whole.trim_end().chars().last().unwrap_or(',');
    if ",:·(（：，→、;".contains(last) {
        return Err(format!("it ends in the middle: {whole}"));
    }
    Ok(())
}

fn judge_status(read: &Read) -> Result<(), String> {
    let is_ok = read.document["ok"] == true;
    let fits = match read.status {
        Status::Ok => is_ok || read.is_a_duplicate(),
        // Another plan in place of the one that was to be applied is one, and no success.
        Status::Failed => !is_ok || read.document["state"] == "planned",
        Status::Misused => !is_ok,
    };
    if fits {
        return Ok(());
    }
    Err(format!(
        "status {:?}, and ok {is_ok}: {}",
        read.status,
        read.whole()
    ))
}

/// What is said of a change is so.
fn judge_truth(
    baseline: &Baseline,
    scene: &Scene,
    fault: Fault,
    read: &Read,
) -> Result<(), String> {
    let now = scene.order();
    let whole = read.whole();
    let says = |en: &str, zh: &str| whole.contains(en) || whole.contains(zh);
    let is_changed = baseline.before != baseline.after;
    if !is_changed {
        return Ok(());
    }
    if says("✅", "✅") && now != baseline.after {
        return Err(format!("it says that it is done, and it is not: {whole}"));
    }
    if says("Not applied", "未生效") && now != baseline.before {
        return Err(format!("it says that nothing was applied: {whole}"));
    }
    if says("Nothing was changed", "没有任何更改") && now != baseline.before {
        return Err(format!("it says that nothing was changed: {whole}"));
    }
    // A store that is told otherwise can hold already what is asked for.
    let is_told_so = matches!(fault, Fault::Snapshot(_)) && read.document["state"] == "already_so";
    let is_done = matches!(read.status, Status::Ok) && !is_told_so && !read.is_a_duplicate();
    if is_done && now != baseline.after {
        return Err(format!("the status says that it is done: {whole}"));
    }
    Ok(())
}

/// Whether one of these calls runs the change: what is read after it is read back.
fn has_applied(calls: &[Call]) -> bool {
    calls.iter().any(|call| call.function == Function::Apply)
}

/// Where one thing can have failed, it is called what it is.
fn judge_cause(
    case: &Case,
    baseline: &Baseline,
    fault: Fault,
    is_applied: bool,
    read: &Read,
) -> Result<(), String> {
    let is_login = case.line.is == "AuthCommand::Start"
        || case.line.plan.is_some_and(|plan| plan.starts_with("start"));
    let code = &read.document["error"]["code"];
    let cause = match fault {
        Fault::Recall(gateway::Error::Busy) => "another_change",
        Fault::Recall(gateway::Error::Failed) => "state_unwritable",
        Fault::Recall(_) => "code_not_valid",
        // Without a code a login is told all the same, for another terminal, and not
        // offered in this one.
        Fault::Propose(..) if is_login => {
            let is_offered = baseline.read.whole() != read.whole();
            return match is_offered == (case.seat.from == From::Terminal) {
                true => Ok(()),
                false => Err("it is offered where it cannot be".into()),
            };
        }
        Fault::Propose(_, gateway::Error::Busy) => "another_change",
        Fault::Propose(_, gateway::Error::Failed) => "state_unwritable",
        // Whoever signs in may have no store, and none that could not be read.
        Fault::Store(Failure::Missing) if is_login => {
            return match code == "store_missing" {
                true => Err("a first login is refused".into()),
                false => Ok(()),
            };
        }
        Fault::Store(Failure::Unreadable) if is_login && !is_applied => "store_unreadable",
        // What is not read back is not confirmed, though it may be done.
        Fault::Store(failure) if !is_login && is_applied && failure != Failure::Missing => {
            return match read.status {
                Status::Failed => Ok(()),
                Status::Ok | Status::Misused => Err("it was not read back".into()),
            };
        }
        _ => return Ok(()),
    };
    match code == cause {
        true => Ok(()),
        false => Err(format!("it is not called {cause}: {}", read.document)),
    }
}

/// Where a message failed, the result is still read whole, and each line as often as
/// where none failed.
fn judge_whole(baseline: &Baseline, read: &Read) -> Result<(), String> {
    let lines = |texts: &[String]| -> Vec<String> {
        texts
            .iter()
            .flat_map(|text| text.lines())
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let now = lines(&read.texts);
    // The first message only announces, where there are several.
    let announced = usize::from(baseline.read.texts.len() > 1);
    let (announced, result) = baseline.read.texts.split_at(announced);
    let announced = lines(announced);
    for line in lines(result) {
        if announced.contains(&line) {
            continue;
        }
        let count = |all: &[String]| all.iter().filter(|each| **each == line).count();
        let (wanted, found) = (count(&lines(&baseline.read.texts)), count(&now));
        if found != wanted {
            return Err(format!(
                "{line:?} was said {found} times, not {wanted}: {}",
                read.whole()
            ));
        }
    }
    Ok(())
}

/// One promise for the commands of each kind.
pub fn promises() -> Vec<Promise> {
    let mut by_kind: BTreeMap<&'static str, Vec<Line>> = BTreeMap::new();
    for line in commands::lines() {
        by_kind.entry(line.is).or_default().push(line);
    }
    let mut promises = vec![Promise::new("fault", "no command is left out", || {
        let forgotten = commands::forgotten();
        match forgotten.is_empty() {
            true => Ok(Count::new(
                commands::lines().len(),
                "lines typed or pressed",
            )),
            false => Err(format!("in no line: {}", forgotten.join(", ")).into()),
        }
    })];
    promises.extend(by_kind.into_iter().map(|(kind, lines)| {
        Promise::new("fault", format!("{kind} ends in a sentence"), move || {
            run_kind(&lines)
        })
    }));
    promises
}

fn run_kind(lines: &[Line]) -> Result<Count, Failed> {
    let mut tally = Tally::default();
    let mut wrong = Vec::new();
    for line in lines {
        // What goes the same way, call by call and letter by letter, is failed once.
        let mut ways = BTreeSet::new();
        for case in commands::cases(*line) {
            tally.asked += 1;
            let tried = Baseline::of(case).and_then(|baseline| {
                judge_text(&case, &baseline.read)?;
                judge_status(&baseline.read)?;
                if !ways.insert(baseline.way()) {
                    return Ok(());
                }
                tally.differed += 1;
                fail_all(case, &baseline, &mut tally)
            });
            if let Err(why) = tried {
                wrong.push(format!("{case}: {why}"));
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(Count {
            tried: tally.asked + tally.runs(),
            note: tally.note(),
            cells: tally.cells(),
        }),
        false => Err(format!("{} situations\n{}", wrong.len(), wrong.join("\n")).into()),
    }
}

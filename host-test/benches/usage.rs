//! The costs of a check: the whole process beside an empty one, the work of the guest and
//! of the host in process, and eight profiles over real TLS on loopback. Prints a table;
//! every ratio is of figures taken in the same run, because machines are noisy.
//!
//! `cargo bench -p host-test`

#![expect(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use host_test::contract::commands::{Origin, Request};
use host_test::harness::{self, Harness};
use host_test::host::Host;
use host_test::net::Client;
use host_test::state::StateFolder;
use host_test::store::Place;
use host_test::world::{self, Classes, Clock, Endpoint, Store, World};

#[path = "../tests/crowd/mod.rs"]
mod crowd;
#[path = "../tests/loopback/mod.rs"]
mod loopback;
mod stopped;

use crowd::{NOW, answer, crowd, gateway, host, request, state};

fn main() {
    let folder = tempfile::tempdir().unwrap();
    println!("| what | median | of 5 % – 95 % |\n|---|---|---|");
    whole_process(folder.path());
    a_profile_more(folder.path());
    certificates(folder.path());
    after_the_last_call(folder.path());
    at_once(folder.path());
    watched(folder.path());
    over_tls();
}

/// Prints a row, and returns the median.
fn row(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    let ms = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
    println!("| {what} | {} | {} – {} |", ms(at(50)), ms(at(5)), ms(at(95)));
    at(50)
}

fn whole_process(folder: &Path) {
    let empty = empty_program(folder);
    let profiler = shipped_program();
    let many = folder.join("1000.json");
    std::fs::write(&many, crowd(1000).to_string()).unwrap();
    let time = |command: &mut Command| {
        let started = Instant::now();
        let command = command.env("HOME", folder).stdout(Stdio::null());
        assert!(command.status().unwrap().success());
        started.elapsed()
    };
    let usage = || {
        let mut command = Command::new(&profiler);
        command.arg("usage");
        command
    };
    let (mut bare, mut demo, mut replayed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..200 {
        bare.push(time(&mut Command::new(&empty)));
        demo.push(time(usage().arg("--demo")));
    }
    for _ in 0..20 {
        replayed.push(time(usage().arg("--replay").arg(&many)));
    }
    let bare = row("an empty Rust process", bare);
    let demo = row("`codex-profiler usage` (demo), whole process", demo);
    println!("| … over the empty one | {:.2} ms | |", (demo - bare).as_secs_f64() * 1000.0);
    if let Some(peak) = peak_memory(&profiler) {
        println!("| … its peak memory | {peak} | |");
    }
    row("1,000 profiles replayed, whole process", replayed);
}

/// Builds the program as it ships: cargo builds a benchmark's programs with all that the
/// tests need, and so with a compiler in them.
fn shipped_program() -> PathBuf {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_codex-profiler"));
    let build = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet"])
        .args(["--package", "host-test", "--bin", "codex-profiler"])
        .arg("--target-dir")
        .arg(program.ancestors().nth(2).unwrap())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(build.unwrap().success());
    program
}

fn empty_program(folder: &Path) -> PathBuf {
    let source = folder.join("empty.rs");
    std::fs::write(&source, "fn main() {}").unwrap();
    let program = folder.join("empty");
    let rustc = Command::new("rustc").arg("-O").arg(&source).arg("-o").arg(&program).status();
    assert!(rustc.unwrap().success());
    program
}

/// The peak resident memory of a run, where `/usr/bin/time` tells it.
fn peak_memory(profiler: &Path) -> Option<String> {
    let time =
        Command::new("/usr/bin/time").arg("-f%M").arg(profiler).args(["usage", "--demo"]).output();
    let stderr = String::from_utf8(time.ok()?.stderr).ok()?;
    let kib: f64 = stderr.lines().last()?.parse().ok()?;
    Some(format!("{:.1} MiB", kib / 1024.0))
}

/// The work of the guest and that of the host, between 10 and 1,000 profiles.
fn a_profile_more(folder: &Path) {
    let harness = Harness::new().unwrap();
    let time = |count: usize| -> (Vec<Duration>, Vec<Duration>) {
        let path = folder.join(format!("{count}.json"));
        std::fs::write(&path, crowd(count).to_string()).unwrap();
        let times = (0..40).map(|_| {
            let host = host(world::replay(&path).unwrap());
            let started = Instant::now();
            let turn = harness.call(harness::Command::Usage, &all(), host);
            let whole = started.elapsed();
            let guest = turn.unwrap().guest;
            (guest, whole - guest)
        });
        times.unzip()
    };
    let ((few_guest, few_host), (guest, host)) = (time(10), time(1000));
    for (who, few, many) in [("guest", few_guest, guest), ("host", few_host, host)] {
        let few = row(&format!("the {who}'s own work, 10 profiles"), few);
        let many = row(&format!("the {who}'s own work, 1,000 profiles"), many);
        println!(
            "| … a profile more | {:.1} µs | |",
            many.saturating_sub(few).as_secs_f64() * 1e6 / 990.0
        );
    }
}

/// Times the reading of the trusted certificates, and what of it is left after the little that
/// comes before the requests of a replay. A live check has more to do meanwhile.
fn certificates(folder: &Path) {
    let read = |_| {
        let started = Instant::now();
        Client::system().unwrap().ready().unwrap();
        started.elapsed()
    };
    row("the system's certificates read", (0..100).map(read).collect());
    let path = folder.join("6.json");
    std::fs::write(&path, crowd(6).to_string()).unwrap();
    let waited = |_| {
        let started = Instant::now();
        let client = Client::system().unwrap();
        let begun = started.elapsed();
        let waited = Arc::new(Mutex::new(Duration::ZERO));
        let lender = stopped::Stopped::new(host(world::replay(&path).unwrap()), Arc::default());
        let lender = lender.before_requests({
            let waited = Arc::clone(&waited);
            move || {
                let started = Instant::now();
                client.ready().unwrap();
                *waited.lock().unwrap() += started.elapsed();
            }
        });
        let harness: Harness<stopped::Stopped> = Harness::for_imports().unwrap();
        harness.call(harness::Command::Usage, &all(), lender).unwrap();
        begun + *waited.lock().unwrap()
    };
    row("… of it left after the work of a replay", (0..100).map(waited).collect());
}

/// Times the work behind the guest's last save: it ranks, looks ahead and writes the reply,
/// and the host checks that. Nothing tells from outside where in it the ranking ends, so
/// this is what bounds it.
fn after_the_last_call(folder: &Path) {
    let harness: Harness<stopped::Stopped> = Harness::for_imports().unwrap();
    let path = folder.join("1000.json");
    let times = (0..40).map(|_| {
        let last = Arc::default();
        let lender = stopped::Stopped::new(host(world::replay(&path).unwrap()), Arc::clone(&last));
        harness.call(harness::Command::Usage, &all(), lender).unwrap();
        let last: Option<Instant> = *last.lock().unwrap();
        last.unwrap().elapsed()
    });
    let times = times.collect();
    row("1,000 profiles, from the last host call to the checked reply", times);
}

/// Two hundred users who ask one process at once, each for six profiles of their own.
fn at_once(folder: &Path) {
    const TURNS: usize = 200;
    let harness = Harness::new().unwrap();
    let path = folder.join("6.json");
    std::fs::write(&path, crowd(6).to_string()).unwrap();
    let state = folder.join("state");
    let mut turns = Vec::new();
    let mut whole = Vec::new();
    for round in 0..5 {
        let start = Barrier::new(TURNS + 1);
        let turn = |index: usize| {
            let world = Arc::new(world::replay(&path).unwrap());
            let host = Host::new(world, Some(StateFolder::at(&state)));
            let request = Request { user: format!("{round}-{index}"), ..all() };
            start.wait();
            let started = Instant::now();
            harness.call(harness::Command::Usage, &request, host).unwrap();
            started.elapsed()
        };
        std::thread::scope(|scope| {
            let turn = &turn;
            let threads: Vec<_> =
                (0..TURNS).map(|index| scope.spawn(move || turn(index))).collect();
            start.wait();
            let started = Instant::now();
            turns.extend(threads.into_iter().map(|thread| thread.join().unwrap()));
            whole.push(started.elapsed());
        });
    }
    row("200 chat turns at once, all of them", whole);
    row("… one of them, from when all ask", turns);
}

/// One turn of a watch, over a store file.
fn watched(folder: &Path) {
    let recorded = crowd(6);
    let store = folder.join("auth-profiles.json");
    std::fs::write(&store, recorded["store"].to_string()).unwrap();
    let answers = folder.join("6.json");
    let times = (0..100).map(|_| {
        let world = World {
            store: Store::Live(Place {
                home: folder.to_owned(),
                state_dir: None,
                auth_path: Some(store.clone()),
                agent: "main".into(),
            }),
            ..world::replay(&answers).unwrap()
        };
        let state = StateFolder::at(folder.join("watch"));
        let started = Instant::now();
        let request = Request {
            wants_json: false,
            ..request(Origin::Terminal(vec!["all".into()]), u32::MAX)
        };
        Harness::new()
            .unwrap()
            .call(harness::Command::Usage, &request, Host::new(Arc::new(world), Some(state)))
            .unwrap();
        started.elapsed()
    });
    row("a watch's turn, 6 profiles", times.collect());
}

/// Eight profiles that each take 200 ms to answer, over TLS to a loopback server.
fn over_tls() {
    const SLOWEST: Duration = Duration::from_millis(200);
    let server = loopback::Loopback::start(|_| {
        loopback::Reply::json(200, answer(1).to_string()).after(SLOWEST)
    });
    let harness = Harness::new().unwrap();
    let times = (0..15).map(|_| {
        let client = Client::for_loopback(server.roots.clone(), server.address, None);
        let world = World {
            store: Store::Recorded(state(crowd(8)["store"].take())),
            endpoint: Endpoint::Live(client),
            gateway: gateway(),
            clock: Clock::Fixed(NOW),
            classes: Classes::default(),
            session: None,
            is_subscribable: false,
        };
        let started = Instant::now();
        harness.call(harness::Command::Usage, &all(), host(world)).unwrap();
        started.elapsed()
    });
    let median = row("8 profiles of 200 ms each, loopback TLS", times.collect());
    let ratio = median.as_secs_f64() / SLOWEST.as_secs_f64();
    println!("| … over the slowest answer | {ratio:.2} × | |");
}

fn all() -> Request {
    Request { wants_json: false, ..request(Origin::Command("all".into()), u32::MAX) }
}

//! What a check costs: the whole process beside an empty one, the guest's work in
//! process, and eight profiles over real TLS on loopback. Prints a table; every
//! ratio is of figures taken in the same run, because machines are noisy.
//!
//! `cargo bench -p host-test`

#![expect(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use host_test::harness::{self, Harness};
use host_test::host::commands::Origin;
use host_test::net::Client;
use host_test::world::{self, Classes, Clock, Endpoint, Store, World};

#[path = "../tests/crowd/mod.rs"]
mod crowd;
#[path = "../tests/loopback/mod.rs"]
mod loopback;

use crowd::{NOW, answer, crowd, gateway, host, request, state};

fn main() {
    let folder = tempfile::tempdir().unwrap();
    println!("| what | median | of 5 % – 95 % |\n|---|---|---|");
    whole_process(folder.path());
    guest(folder.path());
    over_tls();
}

/// Prints a row, and returns the median.
fn row(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    let ms = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
    println!(
        "| {what} | {} | {} – {} |",
        ms(at(50)),
        ms(at(5)),
        ms(at(95))
    );
    at(50)
}

fn whole_process(folder: &Path) {
    let empty = empty_program(folder);
    let profiler = Path::new(env!("CARGO_BIN_EXE_codex-profiler"));
    let time = |program: &Path, arguments: &[&str]| {
        let started = Instant::now();
        let status = Command::new(program)
            .args(arguments)
            .env("HOME", folder)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        started.elapsed()
    };
    let (mut bare, mut usage) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        bare.push(time(&empty, &[]));
        usage.push(time(profiler, &["usage"]));
    }
    let bare = row("an empty Rust process", bare);
    let usage = row("`codex-profiler usage` (demo), whole process", usage);
    println!(
        "| … over the empty one | {:.2} ms | |",
        (usage - bare).as_secs_f64() * 1000.0
    );
    if let Some(peak) = peak_memory(profiler) {
        println!("| … its peak memory | {peak} | |");
    }
}

fn empty_program(folder: &Path) -> PathBuf {
    let source = folder.join("empty.rs");
    std::fs::write(&source, "fn main() {}").unwrap();
    let program = folder.join("empty");
    let rustc = Command::new("rustc")
        .arg("-O")
        .arg(&source)
        .arg("-o")
        .arg(&program)
        .status();
    assert!(rustc.unwrap().success());
    program
}

/// The peak resident memory of a run, where `/usr/bin/time` tells it.
fn peak_memory(profiler: &Path) -> Option<String> {
    let time = Command::new("/usr/bin/time")
        .arg("-f%M")
        .arg(profiler)
        .arg("usage")
        .output();
    let stderr = String::from_utf8(time.ok()?.stderr).ok()?;
    let kib: f64 = stderr.lines().last()?.parse().ok()?;
    Some(format!("{:.1} MiB", kib / 1024.0))
}

fn guest(folder: &Path) {
    let harness = Harness::new().unwrap();
    let time = |count: usize| {
        let path = folder.join(format!("{count}.json"));
        std::fs::write(&path, crowd(count).to_string()).unwrap();
        let times = (0..40).map(|_| {
            let world = world::replay(&path).unwrap();
            harness
                .call(harness::Command::Usage, &all(), host(world))
                .unwrap()
                .guest
        });
        times.collect::<Vec<_>>()
    };
    let few = row("the guest's own work, 10 profiles", time(10));
    let many = row("the guest's own work, 1,000 profiles", time(1000));
    println!(
        "| … a profile more | {:.1} µs | |",
        (many - few).as_secs_f64() * 1e6 / 990.0
    );
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
        };
        let started = Instant::now();
        harness
            .call(harness::Command::Usage, &all(), host(world))
            .unwrap();
        started.elapsed()
    });
    let median = row("8 profiles of 200 ms each, loopback TLS", times.collect());
    let ratio = median.as_secs_f64() / SLOWEST.as_secs_f64();
    println!("| … over the slowest answer | {ratio:.2} × | |");
}

fn all() -> host_test::host::commands::Request {
    request(Origin::Command("all".into()), u32::MAX)
}

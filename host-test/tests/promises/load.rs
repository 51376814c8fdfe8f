//! Much at once, and for long, stays within bounds: each in a process of its own, so
//! that what it holds is its own.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

use libtest_mimic::Failed;

use crate::table::{Count, Promise};

mod turns;
mod watch;

/// The promises of this section.
pub fn promises() -> Vec<Promise> {
    vec![
        alone("200 chat turns at once are answered each to its asker", turns::at_once),
        alone("a store of 1,000 profiles is answered in full", turns::a_thousand_profiles),
        alone("a watch of 8 hours holds nothing", watch::eight_hours),
    ]
}

/// Set in the process that does the work.
const ALONE: &str = "CODEX_PROFILER_PROMISE_ALONE";

/// A promise that is tried in a process of its own: this program, told to run it alone.
fn alone(name: &'static str, run: fn() -> Result<Count, Failed>) -> Promise {
    Promise::new("load", name, move || {
        if env::var_os(ALONE).is_some() {
            return run();
        }
        let output = Command::new(env::current_exe()?)
            .args(["--include-ignored", "--exact", &format!("load: {name}")])
            .env(ALONE, "1")
            .output()?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        let row = stdout.lines().find_map(|line| line.strip_prefix(&format!("| load: {name} | ")));
        let row = row.and_then(|row| row.trim_end_matches(" |").split_once(" | "));
        match row {
            Some((tried, note)) if output.status.success() => Ok(Count::new(tried.parse()?, note)),
            _ => Err(format!("{stdout}{}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    })
    .long()
}

/// Resources that this process holds, where the system tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    descriptors: usize,
    threads: usize,
    resident_kib: usize,
}

impl Held {
    fn now() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let number = |name: &str| -> Option<usize> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Some(Self {
            descriptors: fs::read_dir("/proc/self/fd").ok()?.count(),
            threads: number("Threads:")?,
            resident_kib: number("VmRSS:")?,
        })
    }

    /// Whether no more is held than before, but for so much memory. Waits for it a little: a thread
    /// that was joined may not be gone yet, nor the clock of an engine.
    fn ensure_flat(before: Option<Self>, room_kib: usize) -> Result<String, Failed> {
        let Some(before) = before else {
            return Ok("what is held is not told here".into());
        };
        let until = Instant::now() + Duration::from_secs(5);
        loop {
            let Some(now) = Self::now() else {
                return Ok("what is held is not told here".into());
            };
            let grown = now.resident_kib.saturating_sub(before.resident_kib);
            let is_flat = now.descriptors <= before.descriptors
                && now.threads <= before.threads
                && grown <= room_kib;
            if is_flat {
                return Ok(format!(
                    "{} descriptors, {} threads as before; {:.1} MiB resident, {:.1} MiB more",
                    now.descriptors,
                    now.threads,
                    now.resident_kib as f64 / 1024.0,
                    grown as f64 / 1024.0,
                ));
            }
            if Instant::now() > until {
                return Err(format!("{before:?} became {now:?}").into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

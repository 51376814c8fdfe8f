//! The promises of a component that nobody has to trust, shown and counted:
//! `cargo test -p host-test --test promises -- --include-ignored` prints the whole table;
//! without the last word what takes long is left out.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    reason = "the modules of a test are nobody else's to reach, and it may fail loudly"
)]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::table::{Count, Promise};

mod canary;
mod cases;
mod components;
#[path = "../crowd/mod.rs"]
mod crowd;
mod faults;
mod guest;
mod hostile;
mod load;
#[path = "../loopback/mod.rs"]
mod loopback;
mod needles;
mod network;
#[path = "../schema/mod.rs"]
mod schema;
mod table;

/// The result of each promise that was tried, in the order of the table.
type Results = Arc<Mutex<BTreeMap<usize, Row>>>;

struct Row {
    section: &'static str,
    name: String,
    result: Result<Count, Failed>,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let promises: Vec<Promise> = [
        hostile::promises(),
        network::promises(),
        canary::promises(),
        faults::promises(),
        load::promises(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let results = Results::default();
    let trials = promises.into_iter().enumerate();
    let trials = trials.map(|(place, promise)| trial(place, promise, &results));
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if arguments.list {
        return conclusion.exit_code();
    }
    let rows = results.lock().unwrap_or_else(PoisonError::into_inner);
    print!("{}", table(&rows));
    conclusion.exit_code()
}

fn trial(place: usize, promise: Promise, results: &Results) -> Trial {
    let Promise { section, name, is_long, run } = promise;
    let results = Arc::clone(results);
    let trial = Trial::test(format!("{section}: {name}"), move || {
        // A panic is caught by who runs the trials, and leaves its row as it is here.
        let keep = |result| {
            let row = Row { section, name: name.clone(), result };
            let mut rows = results.lock().unwrap_or_else(PoisonError::into_inner);
            rows.insert(place, row);
        };
        keep(Err("it panicked".into()));
        match run() {
            Ok(Count { tried: 0, .. }) => {
                keep(Err("nothing was tried".into()));
                Err("nothing was tried".into())
            }
            Ok(count) => {
                keep(Ok(count));
                Ok(())
            }
            Err(failed) => {
                keep(Err(failed.clone()));
                Err(failed)
            }
        }
    });
    trial.with_ignored_flag(is_long)
}

impl Row {
    /// As the tables call it, and how much was tried.
    fn shown(&self) -> (String, usize) {
        let tried = self.result.as_ref().map_or(0, |count| count.tried);
        (format!("{}: {}", self.section, self.name), tried)
    }
}

const HEAD: &str = "| promise | tried | result |\n|---|---:|---|\n";

fn table(rows: &BTreeMap<usize, Row>) -> String {
    let mut table = HEAD.to_owned();
    let mut sum = 0;
    for row in rows.values() {
        let (name, tried) = row.shown();
        sum += tried;
        let result = match &row.result {
            Ok(count) => count.note.clone(),
            Err(failed) => format!("**broken**: {}", brief(failed)),
        };
        table.push_str(&format!("| {name} | {tried} | {result} |\n"));
    }
    let broken = rows.values().filter(|row| row.result.is_err()).count();
    let (count, kept) = (rows.len(), rows.len() - broken);
    table + &format!("| {count} promises | {sum} | {kept} kept, {broken} broken |\n")
}

/// The first line of a failure, as far as a table has room.
fn brief(failed: &Failed) -> String {
    let message = failed.message().unwrap_or("failed");
    let line = message.lines().next().unwrap_or_default();
    line.replace('|', "\\|").chars().take(120).collect()
}

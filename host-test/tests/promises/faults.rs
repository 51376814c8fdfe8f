//! Failures around a call end in a sentence: one promise for each import, whose every
//! call fails once with every error that the contract has for it, and in a few ways that
//! it has no word for.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use libtest_mimic::Failed;

use self::asks::ASKS;
use self::fault::{Fault, Function};
use self::scene::Baseline;
use crate::table::{Count, Promise};

mod asks;
mod fault;
mod faulty;
mod judge;
mod scene;

/// When everything here is asked: the recorded worlds' own time.
const NOW: i64 = 1_795_372_800;

/// The table: an import a row.
pub fn promises() -> Vec<Promise> {
    let row = |function: Function| {
        let name = format!("{} fails, and a sentence says so", function.name());
        Promise::new("fault", name, move || fail(function))
    };
    Function::ALL.into_iter().map(row).collect()
}

fn fail(function: Function) -> Result<Count, Failed> {
    let (mut calls, mut runs) = (0, 0);
    let mut wrong = Vec::new();
    for ask in ASKS {
        let baseline = Baseline::of(ask)?;
        judge::judge_text(&ask, &baseline.read)?;
        judge::judge_status(&baseline.read)?;
        for (place, &call) in baseline.calls.iter().enumerate() {
            if call.function != function {
                continue;
            }
            calls += 1;
            for fault in Fault::of(call) {
                runs += 1;
                let judged = judge::fail_one(ask, &baseline, (place, fault));
                wrong.extend(
                    judged.err().map(|why| format!("{ask}, call {place}, {fault:?}: {why}")),
                );
            }
        }
    }
    if wrong.is_empty() {
        Ok(Count::new(runs, format!("{calls} calls of {} commands", ASKS.len())))
    } else {
        Err(wrong.join("\n").into())
    }
}

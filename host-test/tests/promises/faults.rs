//! What fails around a call ends in a sentence: a world of which the k-th host call
//! fails, for every k, in every way that the contract has for that call, over every
//! command.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use crate::table::Promise;

mod commands;
mod faulty;
mod run;
mod worlds;

/// When everything here is asked: the recorded worlds' own time.
const NOW: i64 = 1_795_372_800;

/// What is promised.
pub fn promises() -> Vec<Promise> {
    run::promises()
}

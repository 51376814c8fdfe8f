//! What fails around a call ends in a sentence.

use crate::table::Promise;

/// What is promised.
pub fn promises() -> Vec<Promise> {
    vec![]
}

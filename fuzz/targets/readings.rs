//! Any blob in the place of the readings.

#![no_main]

use codex_profiler::profile::ProfileId;
use codex_profiler::readings::{Found, Readings};
use codex_profiler::usage::Verdict;
use fuzz::NOW;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let read = Readings::from_bytes(input);
    let kept = read.to_bytes();
    assert_eq!(Readings::from_bytes(&kept), read, "not what was kept");
    assert_eq!(Readings::from_bytes(&kept).to_bytes(), kept);
    let id = ProfileId::new("openai:work");
    let found = Found {
        id: &id,
        verdict: Verdict::Usable,
        usage: None,
    };
    let next = read.with(std::iter::once(found), "salt", NOW);
    let next = Readings::from_bytes(&next.to_bytes());
    let reading = next.fresh(&id, "salt", NOW);
    assert_eq!(
        reading.map(|reading| reading.verdict),
        Some(Verdict::Usable)
    );
    // A host takes back what it handed in, and a little more.
    assert!(next.to_bytes().len() <= 2 * input.len() + 128);
    for id in ["openai:work", "openai:lab"].map(ProfileId::new) {
        if let Some(certain) = read
            .of(&id, "salt")
            .and_then(|reading| reading.certain.as_ref())
        {
            certain.changes(&Found { id: &id, ..found }, NOW);
        }
    }
});

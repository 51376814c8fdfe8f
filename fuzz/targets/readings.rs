//! Any blob in the place of the readings.

#![no_main]

use codex_profiler::profile::{Access, Identity, Profile, ProfileId};
use codex_profiler::readings::{Found, Reading, Readings};
use codex_profiler::usage::Verdict;
use fuzz::NOW;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let read = Readings::from_bytes(input);
    let kept = read.to_bytes();
    assert_eq!(Readings::from_bytes(&kept), read, "not what was kept");
    assert_eq!(Readings::from_bytes(&kept).to_bytes(), kept);
    let work = profile("openai:work");
    let found =
        Found { profile: &work, verdict: Verdict::Usable, is_signed_out: false, usage: None };
    let next = read.with(std::iter::once(found), "salt", NOW);
    let next = Readings::from_bytes(&next.to_bytes());
    let reading = next.of(&work, "salt");
    let reading = reading.and_then(|reading| reading.current(&work, "salt"));
    assert_eq!(reading.as_ref().map(Reading::verdict), Some(Verdict::Usable));
    // It fits into a host's memory.
    assert!(next.to_bytes().len() <= 64 << 10);
    for profile in [&work, &profile("openai:lab")] {
        if let Some(certain) = read.of(profile, "salt").and_then(|reading| reading.certain.as_ref())
        {
            certain.changes(&Found { profile, ..found }, NOW);
        }
    }
});

fn profile(id: &str) -> Profile {
    Profile {
        id: ProfileId::new(id),
        handle: String::new(),
        provider: "openai".to_owned(),
        access: Access::Ready,
        expires_at: None,
        has_refresh: true,
        identity: Identity::default(),
        last_used_at: None,
        last_failure_at: None,
        cooldown_until: None,
        cooldown_reason: None,
        error_count: 0,
        failure_counts: vec![],
        name: String::new(),
        place: None,
    }
}

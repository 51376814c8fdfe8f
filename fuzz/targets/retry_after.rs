//! Any `retry-after` header, and every date that one can carry.

#![no_main]

use codex_profiler::time::{LATEST, Zone, parse_imf_date, parse_rfc3339, rfc3339};
use codex_profiler::usage::{HttpResponse, UsageError, read_response};
use fuzz::NOW;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let waits = wait(429, &text, NOW);
    assert_eq!(waits, wait(503, &text, NOW));
    assert!(waits.is_none_or(|seconds| (0..=3600).contains(&seconds)), "{waits:?}");
    if let Ok(seconds) = text.parse::<u64>() {
        assert_eq!(waits, Some(seconds.min(3600) as i64));
    }
    for read in [parse_imf_date(&text), parse_rfc3339(&text)].into_iter().flatten() {
        assert!((-DAYS..=LATEST + DAYS).contains(&read), "{read}");
    }
    for at in input.chunks_exact(8) {
        let at = i64::from_le_bytes(at.try_into().unwrap_or_default()).rem_euclid(LATEST + 1);
        check_date(at);
    }
});

/// As far as the offset of a date may move it.
const DAYS: i64 = 12 * 86_400;

fn wait(status: u16, header: &str, received_at: i64) -> Option<i64> {
    let answer = HttpResponse {
        status,
        retry_after: Some(header.to_owned()),
        content_type: None,
        challenged: false,
        body: Vec::new(),
        received_at,
        elapsed_ms: 0,
    };
    match read_response(&answer) {
        Err(UsageError::RateLimited(after) | UsageError::ServerError(after)) => after,
        other => panic!("{other:?}"),
    }
}

/// Asserts that a written value is read again.
fn check_date(at: i64) {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let zone = Zone { name: "UTC".to_owned(), transitions: vec![] };
    let text = rfc3339(at);
    let (date, time) = (&text[..10], &text[11..19]);
    let month: usize = date[5..7].parse().expect("a month");
    let header = format!(
        "{}, {} {} {} {time} GMT",
        DAYS[zone.civil(at).weekday()],
        &date[8..],
        MONTHS[month - 1],
        &date[..4],
    );
    assert_eq!(parse_imf_date(&header), Some(at), "{header}");
    assert_eq!(parse_rfc3339(&rfc3339(at)), Some(at));
    let before = at.saturating_sub(30);
    assert_eq!(wait(429, &header, before), Some(at - before));
}

//! Shared by the targets: inputs read from text, so that a corpus can be read by a
//! person, and what holds of everything that is shown.

pub mod made;
pub mod shown;
pub mod stored;

use codex_profiler::time::Instant;
use codex_profiler::usage::HttpResponse;

/// When everything happens.
pub const NOW: Instant = 1_795_372_800;

/// A mark put where nothing of it may come out again. Nobody writes it by accident.
pub const CANARY: &str = "CANARY-4f1c9e02-a7";

/// An answer as it would be written down: the status, a header a line, an empty line,
/// the body.
///
/// ```text
/// 429
/// retry-after: 30
///
/// {"error": {"type": "usage_limit_reached"}}
/// ```
pub fn answer(input: &[u8]) -> HttpResponse {
    let end = input.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = match end {
        Some(end) => (&input[..end], &input[end + 2..]),
        None => (&b"200"[..], input),
    };
    let head = String::from_utf8_lossy(head);
    let header = |name: &str| {
        let value = |line: &str| Some(line.strip_prefix(name)?.strip_prefix(':')?.to_owned());
        head.lines().find_map(value)
    };
    HttpResponse {
        status: head.lines().next().and_then(|line| line.trim().parse().ok()).unwrap_or(200),
        retry_after: header("retry-after"),
        content_type: header("content-type"),
        challenged: header("cf-mitigated").is_some(),
        body: body.to_vec(),
        received_at: header("received-at")
            .and_then(|at| at.trim().parse().ok())
            .map_or(NOW, |at: Instant| at.clamp(0, codex_profiler::time::LATEST)),
        elapsed_ms: 0,
    }
}

/// The parts of an input, with a line of three hyphens between them.
pub fn parts(input: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(input);
    text.split("\n---\n").map(str::to_owned).collect()
}

//! The nine-line block of one profile.

use super::{ReplyContext, short_and_long};
use crate::report::Row;
use crate::time::Span;
use crate::usage::{UsageWindow, Verdict};

/// Nine lines.
pub fn block(context: &ReplyContext, row: &Row<'_>) -> String {
    let verdict = row.judgement.verdict;
    let usable = matches!(verdict, Verdict::Usable | Verdict::UsableAtCost);
    let limited = matches!(verdict, Verdict::Wait | Verdict::UsableAtCost);
    let tick = |yes| if yes { "✅" } else { "❌" };
    let usage = row.answer();
    let windows = usage.map(|usage| usage.windows()).unwrap_or_default();
    let (short, long) = short_and_long(windows);
    let words = context.block_words();
    let mut lines = vec![
        format!("{}: {}", words.profile, row.profile.name),
        format!("{}: {}", words.usable, tick(usable)),
        format!("{}: {}", words.limited, tick(limited)),
    ];
    let is_unclear = windows.is_empty() || windows.iter().any(|w| w.length_seconds.is_none());
    let absent_short = if is_unclear {
        words.not_reported
    } else {
        words.not_enforced
    };
    lines.extend(window_lines(context, short, words.five_hours, absent_short));
    lines.extend(window_lines(context, long, words.week, words.not_reported));
    lines.join("\n")
}

fn window_lines(
    context: &ReplyContext,
    window: Option<&UsageWindow>,
    usual: &str,
    absent: &str,
) -> [String; 3] {
    let words = context.block_words();
    let (label, left, reset, time_left) = match window {
        None => (
            usual.to_owned(),
            absent.to_owned(),
            absent.to_owned(),
            absent.to_owned(),
        ),
        Some(window) => (
            context.block_label(window),
            window
                .remaining_percent()
                .map_or(words.not_reported.to_owned(), |left| {
                    format!("{}%", context.percent(left))
                }),
            context.reset_or(window, |at| context.full(at)),
            context.reset_or(window, |at| {
                context.long_span(Span::of_seconds(at - context.now))
            }),
        ),
    };
    [
        format!("{label} {}: {left}", words.left),
        format!("{label} {}: {reset}", words.reset),
        format!("{label} {}: {time_left}", words.time_left),
    ]
}

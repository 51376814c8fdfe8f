//! The nine-line block of one profile.

use super::ReplyContext;
use super::table::short_and_long;
use super::words::say;
use crate::report::Row;
use crate::time::Span;
use crate::usage::{Role, UsageWindow, Verdict};

/// Nine lines.
pub(super) fn block(context: &ReplyContext, row: &Row<'_>) -> String {
    let name = &row.profile.name;
    let verdict = row.judgement.verdict;
    let tick = |is_so| if is_so { "✅" } else { "❌" };
    let usable = tick(matches!(verdict, Verdict::Usable | Verdict::UsableAtCost));
    let limited = tick(matches!(verdict, Verdict::Wait | Verdict::UsableAtCost));
    let usage = row.answer();
    let windows = usage.map(|usage| usage.windows()).unwrap_or_default();
    let [short, long] = short_and_long(windows);
    let mut lines = vec![
        format!("Profile: {name}"),
        say!(context, "Usable: {usable}", "可用: {usable}"),
        say!(context, "Limited: {limited}", "受限: {limited}"),
    ];
    let is_unclear = windows.is_empty() || windows.iter().any(|w| w.length_seconds.is_none());
    let absent_short = if is_unclear {
        not_reported(context)
    } else {
        context.say("not enforced now", "当前未启用")
    };
    lines.extend(match short {
        Some(window) => window_lines(context, window),
        None => three_lines(context, &context.say("5h", "5 小时"), [&absent_short; 3]),
    });
    lines.extend(match long {
        Some(window) => window_lines(context, window),
        None => {
            let absent = not_reported(context);
            three_lines(context, &context.say("Week", "每周"), [&absent; 3])
        }
    });
    lines.join("\n")
}

fn window_lines(context: &ReplyContext, window: &UsageWindow) -> [String; 3] {
    let left = match window.remaining_percent() {
        Some(left) => format!("{}%", context.percent(left)),
        None => not_reported(context),
    };
    let reset = context.reset_or(window, |at| context.full(at));
    let span = |at| long_span(context, Span::of_seconds(at - context.now));
    let time_left = context.reset_or(window, span);
    three_lines(context, &block_label(context, window), [&left, &reset, &time_left])
}

fn three_lines(context: &ReplyContext, label: &str, values: [&str; 3]) -> [String; 3] {
    let [left, reset, time_left] = values;
    [
        say!(context, "{label} Left: {left}", "{label} 剩余: {left}"),
        say!(context, "{label} Reset: {reset}", "{label} 重置时间: {reset}"),
        say!(context, "{label} Time left: {time_left}", "{label} 距重置: {time_left}"),
    ]
}

fn not_reported(context: &ReplyContext) -> String {
    context.say("not reported", "未报告")
}

/// `0 Days, 3 Hours, 41 Minutes`
fn long_span(context: &ReplyContext, span: Span) -> String {
    let Span { days, hours, minutes } = span;
    say!(
        context,
        "{days} Days, {hours} Hours, {minutes} Minutes",
        "{days} 天 {hours} 小时 {minutes} 分钟"
    )
}

/// The label at the head of a line: `Week`.
fn block_label(context: &ReplyContext, window: &UsageWindow) -> String {
    match window.role {
        Role::Weekly => context.say("Week", "每周"),
        Role::Monthly => context.say("Month", "每月"),
        Role::Session | Role::Other => context.label(window),
    }
}

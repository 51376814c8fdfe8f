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
    let is_unclear = windows.is_empty() || windows.iter().any(|w| w.length_seconds.is_none());
    let absent_short = if is_unclear {
        not_reported(context)
    } else {
        context.say("not enforced now", "当前未启用")
    };
    let short = window_lines(context, short, ("5h", "5 小时"), absent_short);
    let long = window_lines(context, long, ("Week", "每周"), not_reported(context));
    say!(
        context,
        "Profile: {name}\nUsable: {usable}\nLimited: {limited}\n{short}\n{long}",
        "Profile: {name}\n可用: {usable}\n受限: {limited}\n{short}\n{long}"
    )
}

/// Three lines; without a window the label of its place, and why there is none.
fn window_lines(
    context: &ReplyContext,
    window: Option<&UsageWindow>,
    (en, zh): (&str, &str),
    absent: String,
) -> String {
    let (label, left, reset, time_left) = match window {
        Some(window) => {
            let left = window.remaining_percent();
            let left = left.map(|left| format!("{}%", context.percent(left)));
            let span = |at| long_span(context, Span::of_seconds(at - context.now));
            (
                block_label(context, window),
                left.unwrap_or_else(|| not_reported(context)),
                context.reset_or(window, |at| context.full(at)),
                context.reset_or(window, span),
            )
        }
        None => (context.say(en, zh), absent.clone(), absent.clone(), absent),
    };
    say!(
        context,
        "{label} Left: {left}\n{label} Reset: {reset}\n{label} Time left: {time_left}",
        "{label} 剩余: {left}\n{label} 重置时间: {reset}\n{label} 距重置: {time_left}"
    )
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
    match window.role() {
        Role::Weekly => context.say("Week", "每周"),
        Role::Monthly => context.say("Month", "每月"),
        Role::Session | Role::Other => context.label(window),
    }
}

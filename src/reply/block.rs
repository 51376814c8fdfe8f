//! The nine-line block of one profile.

use super::ReplyContext;
use super::table::short_and_long;
use crate::report::Row;
use crate::time::days_hours_minutes;
use crate::usage::{Role, UsageWindow, Verdict};

/// Nine lines.
pub(super) fn block(context: &ReplyContext, row: &Row<'_>) -> String {
    let name = &row.profile.name;
    let verdict = row.judgement.verdict;
    let tick = |is_so| if is_so { "✅" } else { "❌" };
    let usable = tick(matches!(verdict, Verdict::Usable | Verdict::UsableAtCost));
    let limited = tick(matches!(verdict, Verdict::Wait | Verdict::UsableAtCost));
    let windows = row.windows();
    let [short, long] = short_and_long(windows);
    let is_unclear = windows.is_empty() || windows.iter().any(|w| w.length_seconds.is_none());
    let not_reported = context.say("not reported", "未报告");
    let not_enforced = context.say("not enforced now", "当前未启用");
    // Without a window, the label of its place, and why there is none.
    let lines = |window: Option<&UsageWindow>, label: String, absent: &str| {
        let [label, left, reset, time_left] = match window {
            Some(window) => facts(context, window),
            None => [label, absent.to_owned(), absent.to_owned(), absent.to_owned()],
        };
        say!(
            context,
            "{label} Left: {left}\n{label} Reset: {reset}\n{label} Time left: {time_left}",
            "{label} 剩余: {left}\n{label} 重置时间: {reset}\n{label} 距重置: {time_left}"
        )
    };
    let absent_short = if is_unclear { &not_reported } else { &not_enforced };
    let short = lines(short, context.say("5h", "5 小时"), absent_short);
    let long = lines(long, context.say("Week", "每周"), &not_reported);
    say!(
        context,
        "Profile: {name}\nUsable: {usable}\nLimited: {limited}\n{short}\n{long}",
        "Profile: {name}\n可用: {usable}\n受限: {limited}\n{short}\n{long}"
    )
}

/// The label of a window, the rest, the reset and the time until then.
fn facts(context: &ReplyContext, window: &UsageWindow) -> [String; 4] {
    let label = match window.role() {
        Role::Weekly => context.say("Week", "每周"),
        Role::Monthly => context.say("Month", "每月"),
        Role::Session | Role::Other => context.label(window),
    };
    let left = match window.remaining_percent() {
        Some(left) => context.percent(left) + "%",
        None => context.say("not reported", "未报告"),
    };
    let reset = context.reset_or(window, |at| context.full(at));
    let time_left = context.reset_or(window, |at| {
        let (days, hours, minutes) = days_hours_minutes(at - context.now);
        say!(
            context,
            "{days} Days, {hours} Hours, {minutes} Minutes",
            "{days} 天 {hours} 小时 {minutes} 分钟"
        )
    });
    [label, left, reset, time_left]
}

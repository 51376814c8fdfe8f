//! The nine-line block of one profile.

use super::profile_line::short_and_long;
use super::words::say;
use super::{Locale, ReplyContext};
use crate::report::Row;
use crate::time::Span;
use crate::usage::{Role, UsageWindow, Verdict};

/// Nine lines.
pub fn block(context: &ReplyContext, row: &Row<'_>) -> String {
    let verdict = row.judgement.verdict;
    let usable = matches!(verdict, Verdict::Usable | Verdict::UsableAtCost);
    let limited = matches!(verdict, Verdict::Wait | Verdict::UsableAtCost);
    let tick = |yes| if yes { "✅" } else { "❌" };
    let usage = row.answer();
    let windows = usage.map(|usage| usage.windows()).unwrap_or_default();
    let (short, long) = short_and_long(windows);
    let words = block_words(context);
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
    let words = block_words(context);
    let (label, left, reset, time_left) = match window {
        None => (
            usual.to_owned(),
            absent.to_owned(),
            absent.to_owned(),
            absent.to_owned(),
        ),
        Some(window) => (
            block_label(context, window),
            window
                .remaining_percent()
                .map_or(words.not_reported.to_owned(), |left| {
                    format!("{}%", context.percent(left))
                }),
            context.reset_or(window, |at| context.full(at)),
            context.reset_or(window, |at| {
                long_span(context, Span::of_seconds(at - context.now))
            }),
        ),
    };
    [
        format!("{label} {}: {left}", words.left),
        format!("{label} {}: {reset}", words.reset),
        format!("{label} {}: {time_left}", words.time_left),
    ]
}

/// The words of the nine-line block.
struct BlockWords {
    /// `Profile`
    pub profile: &'static str,
    /// `Usable`
    pub usable: &'static str,
    /// `Limited`
    pub limited: &'static str,
    /// `5h`
    pub five_hours: &'static str,
    /// `Week`
    pub week: &'static str,
    /// `Left`
    pub left: &'static str,
    /// `Reset`
    pub reset: &'static str,
    /// `Time left`
    pub time_left: &'static str,
    /// `not reported`
    pub not_reported: &'static str,
    /// `not enforced now`
    pub not_enforced: &'static str,
}

/// The words of the nine-line block.
fn block_words(context: &ReplyContext) -> BlockWords {
    match context.locale {
        Locale::En => BlockWords {
            profile: "Profile",
            usable: "Usable",
            limited: "Limited",
            five_hours: "5h",
            week: "Week",
            left: "Left",
            reset: "Reset",
            time_left: "Time left",
            not_reported: "not reported",
            not_enforced: "not enforced now",
        },
        Locale::Zh => BlockWords {
            profile: "Profile",
            usable: "可用",
            limited: "受限",
            five_hours: "5 小时",
            week: "每周",
            left: "剩余",
            reset: "重置时间",
            time_left: "距重置",
            not_reported: "未报告",
            not_enforced: "当前未启用",
        },
    }
}

/// `0 Days, 3 Hours, 41 Minutes`
fn long_span(context: &ReplyContext, span: Span) -> String {
    let Span {
        days,
        hours,
        minutes,
    } = span;
    say!(
        context,
        "{days} Days, {hours} Hours, {minutes} Minutes",
        "{days} 天 {hours} 小时 {minutes} 分钟"
    )
}

/// The label at the head of a line: `Week`.
fn block_label(context: &ReplyContext, window: &UsageWindow) -> String {
    match window.role {
        Role::Weekly => say!(context, "Week", "每周"),
        Role::Monthly => say!(context, "Month", "每月"),
        Role::Session | Role::Other => context.label(window),
    }
}

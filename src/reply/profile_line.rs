//! The line of one profile: its windows, and all that has to be said beside them.

use super::layout::{self, Cell};
use super::words::say;
use super::{ReplyContext, earlier, failure, limits, reason};
use crate::decimal::Decimal;
use crate::outlook::row_pace;
use crate::pace::{Pace, Speed};
use crate::report::{Report, Row};
use crate::time::{DAY, HOUR, Span};
use crate::usage::{ModelAvailability, UsageSnapshot, UsageWindow, Verdict};

/// The amount of detail on a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// Everything, for the only profile that was checked.
    Own,
    /// A glance, for one of several.
    Listed,
}

impl View {
    pub(super) fn of(report: &Report<'_>) -> Self {
        match report.rows.len() {
            1 => Self::Own,
            _ => Self::Listed,
        }
    }
}

/// The parts of the line of one profile.
pub(super) fn profile_line(context: &ReplyContext, row: &Row<'_>, view: View) -> layout::Line {
    let mut line = layout::Line::new(row.judgement.verdict, &row.profile.name);
    match &row.outcome {
        Err(error) => {
            line.lead = failure::failed(context, row, error);
            let is_unknown = row.judgement.verdict == Verdict::Unknown;
            line.tail.extend(
                is_unknown
                    .then(|| earlier::last_read(context, row))
                    .flatten(),
            );
        }
        Ok(_) if row.is_mismatch() => line.lead.push(reason::mismatch(context)),
        Ok(usage) => {
            describe_usage(context, row, usage, &mut line);
            describe_besides(context, usage, view, &mut line);
        }
    }
    line.tail.extend(reason::cooldown(context, row));
    line.tail
        .extend(row.is_left_out.then(|| reason::left_out(context)));
    line
}

fn describe_usage(
    context: &ReplyContext,
    row: &Row<'_>,
    usage: &UsageSnapshot,
    line: &mut layout::Line,
) {
    line.plan = usage.plan.as_ref().map(|plan| plan.label.clone());
    let windows = usage.windows();
    line.lead.extend(earlier::stale(context, row));
    line.lead
        .extend(reason::stop(context, row.judgement.reason, usage));
    let (short, long) = short_and_long(windows);
    let pace = |window| row_pace(row, window, context.now);
    let cell = |window| window_cell(context, window, pace(window).as_ref());
    if windows.is_empty() {
        line.tail.push(reason::no_windows(context, usage));
    } else {
        line.short = Some(match short {
            Some(window) => cell(window),
            None => layout::Cell::text(no_short_window(context, windows)),
        });
        line.long = long.map(cell);
        if long.is_none() {
            line.tail.push(long_not_reported(context));
        }
        let others = windows
            .iter()
            .filter(|window| !is_one_of(window, short, long));
        line.others = others.map(cell).collect();
    }
    let runs_out = |window| runs_out(context, window, &pace(window)?);
    line.tail.extend(windows.iter().filter_map(runs_out));
    line.tail.extend(reason::cost(context, row));
    line.tail
        .extend(limits::spend(context, row.judgement.reason, usage));
    line.tail.extend(credits(context, usage));
}

/// Pools, models and banked resets.
fn describe_besides(
    context: &ReplyContext,
    usage: &UsageSnapshot,
    view: View,
    line: &mut layout::Line,
) {
    let pools = usage.additional.iter().filter(|_| view == View::Own);
    line.tail
        .extend(pools.filter_map(|pool| limits::pool(context, pool)));
    let models = usage.models.iter();
    line.tail
        .extend(models.filter_map(|model| gated_model(context, model)));
    let banked = usage.reset_credits.as_ref();
    let banked = banked
        .filter(|banked| view == View::Own || limits::expires_soon(context, banked).is_some());
    line.tail
        .extend(banked.and_then(|banked| limits::reset_credits(context, banked)));
}

/// The two windows a person asks for: the shortest under a day, and the first of
/// a day or more. Where there are two short ones, the second stands for the long.
pub(super) fn short_and_long(
    windows: &[UsageWindow],
) -> (Option<&UsageWindow>, Option<&UsageWindow>) {
    let is_short = |window: &&UsageWindow| window.length_seconds.is_some_and(|s| s < DAY);
    let short = windows.iter().find(is_short);
    let long = windows.iter().find(|window| !is_short(window));
    let second = || windows.iter().filter(is_short).nth(1);
    (short, long.or_else(second))
}

fn is_one_of(window: &UsageWindow, a: Option<&UsageWindow>, b: Option<&UsageWindow>) -> bool {
    let same = |other: Option<&UsageWindow>| other.is_some_and(|other| std::ptr::eq(window, other));
    same(a) || same(b)
}

/// The parts of one window.
fn window_cell(context: &ReplyContext, window: &UsageWindow, pace: Option<&Pace>) -> Cell {
    let left = window.remaining_percent();
    Cell {
        even_left: pace.map(|pace| pace.even_left),
        label: context.label(window),
        left: match left {
            Some(left) => {
                let percent = context.percent(left);
                say!(context, "{percent}% left", "剩余 {percent}%")
            }
            None => say!(context, "left not reported", "余量未报告"),
        },
        percent: left,
        reset: window_reset(context, window, pace),
    }
}

/// `resets 23:21, in 3h 41m, on pace`
fn window_reset(context: &ReplyContext, window: &UsageWindow, pace: Option<&Pace>) -> String {
    let reset = context.reset_or(window, |at| context.resets(at));
    match pace.map(|pace| pace_in_words(context, pace)) {
        Some(pace) => say!(context, "{reset}, {pace}", "{reset}，{pace}"),
        None => reset,
    }
}

/// `behind pace`
fn pace_in_words(context: &ReplyContext, pace: &Pace) -> String {
    match pace.speed {
        Speed::Ahead => say!(context, "ahead of pace", "消耗偏快"),
        Speed::On => say!(context, "on pace", "消耗均匀"),
        Speed::Behind => say!(context, "behind pace", "消耗偏慢"),
    }
}

/// An answer without a short window. One of unknown length might be it.
fn no_short_window(context: &ReplyContext, windows: &[UsageWindow]) -> String {
    if windows.iter().any(|window| window.length_seconds.is_none()) {
        return say!(context, "5h not reported", "5 小时窗口未报告");
    }
    say!(context, "5h not enforced now", "5 小时窗口当前未启用")
}

/// An answer with a short window only.
fn long_not_reported(context: &ReplyContext) -> String {
    say!(context, "week not reported", "每周窗口未报告")
}

/// `5h runs out about 16:40, 2h before its reset`
fn runs_out(context: &ReplyContext, window: &UsageWindow, pace: &Pace) -> Option<String> {
    let (at, resets_at) = (pace.runs_out_at?, window.resets_at?);
    let label = context.label(window);
    let clock = context.clock(at);
    // As coarse as the time before it.
    let step = if resets_at - at < DAY { 600 } else { HOUR };
    let before = ((resets_at - at + step / 2) / step).max(1) * step;
    let before = context.span(Span::of_seconds(before));
    Some(say!(
        context,
        "{label} runs out about {clock}, {before} before its reset",
        "按此速度，{label}额度约 {clock} 用完，比重置早 {before}"
    ))
}

/// `412 credits`, where there are any.
fn credits(context: &ReplyContext, usage: &UsageSnapshot) -> Option<String> {
    let credits = usage
        .credits
        .as_ref()
        .filter(|credits| credits.has_credits || credits.unlimited)?;
    if credits.unlimited {
        return Some(say!(context, "credits unlimited", "credits 不限"));
    }
    if credits.overage_limit_reached {
        return Some(say!(
            context,
            "credits at their overage limit",
            "credits 已达超额上限"
        ));
    }
    let balance = credits.balance.as_ref().map(|balance| balance.value)?;
    if balance <= Decimal::ZERO {
        return None;
    }
    let balance = context.whole(balance);
    let credits = if balance == "1" { "credit" } else { "credits" };
    Some(say!(
        context,
        "{balance} {credits}",
        "剩余 {balance} credits"
    ))
}

/// A model that cannot be used now: a fact, not a meter.
fn gated_model(context: &ReplyContext, model: &ModelAvailability) -> Option<String> {
    if model.available != Some(false) {
        return None;
    }
    let name = &model.model;
    let mut said = say!(context, "{name} not available", "{name} 不可用");
    if let Some(at) = model.available_at.filter(|at| *at > context.now) {
        let clock = context.clock(at);
        said = say!(context, "{said} until {clock}", "{said}，{clock} 恢复");
    }
    if model.credits_would_enable == Some(true) {
        said.push_str(&say!(
            context,
            " (credits would enable it)",
            "（使用 credits 可启用）"
        ));
    }
    Some(said)
}

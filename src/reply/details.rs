//! All facts of one profile, for who asks for it by its name.

use super::advice::Advice;
use super::table::bar_of;
use super::words::capitalised;
use super::{ReplyContext, earlier, failure, health, limits, profile_line, reason};
use crate::outlook::row_pace;
use crate::pace::{Pace, Speed};
use crate::report::Row;
use crate::rotation::Ranked;
use crate::time::{DAY, HOUR};
use crate::usage::{ModelAvailability, UsageSnapshot, UsageWindow};

/// The line of a profile, and below it everything else that is known of it.
pub(super) fn details(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> Vec<String> {
    let (row, profile) = (advice.row(one), advice.row(one).profile);
    let line = profile_line::profile_line(context, advice, one);
    let mut lines = vec![line.clone(), String::new()];
    if let Some(usage) = row.answer() {
        lines.extend(of_usage(context, row, usage));
    } else {
        // The line may have had no room for all of it.
        let reasons = reason::reasons(context, advice, one).into_iter();
        lines.extend(reasons.filter(|said| !line.contains(said)).map(|said| capitalised(&said)));
        let read = earlier::last_read(context, row);
        lines.extend(named(context, "Last conclusive check", "上次有结果的检查", read));
    }
    lines.extend(reason::cooldown_line(context, profile).map(|said| capitalised(&said)));
    lines.extend(named(context, "History", "历史", health::history_line(context, profile)));
    lines.extend(named(context, "Sign-in", "登录凭据", failure::token_health(context, profile)));
    lines.push(capitalised(&health::order_line(context, advice.report.sign_ins, profile)));
    lines
}

fn named(context: &ReplyContext, en: &str, zh: &str, fact: Option<String>) -> Option<String> {
    fact.map(|fact| context.named(en, zh, &fact))
}

fn of_usage(context: &ReplyContext, row: &Row<'_>, usage: &UsageSnapshot) -> Vec<String> {
    let plan = usage.plan.as_ref().map(|plan| context.named("Plan", "套餐", &plan.label));
    let mut lines = Vec::from_iter(plan);
    let windows = usage.windows();
    let is_long = |window: &UsageWindow| window.length_seconds.is_some_and(|it| it >= DAY);
    if !windows.is_empty() && windows.iter().all(is_long) {
        lines.push(context.say("5 hours: no limit now", "5 小时额度：目前无限制"));
    }
    lines.extend(windows.iter().map(|window| of_window(context, row, window)));
    lines.extend(named(context, "Credits", "credits", reason::credits(context, usage)));
    lines.extend(named(context, "Spending", "支出", limits::spend(context, usage)));
    let banked = usage.reset_credits.as_ref();
    lines.extend(banked.and_then(|banked| limits::reset_credits(context, banked)));
    let pools = usage.additional.iter().map(|pool| limits::pool(context, pool));
    lines.extend(pools.filter_map(|said| named(context, "Pool", "额度池", said)));
    let gated = usage.models.iter().filter(|model| model.available == Some(false));
    lines.extend(gated.map(|model| gated_model(context, model)));
    lines
}

/// `5 hours: 67% left · resets 21:10, in 3h 41m · ahead of pace · empty about 20:10`
fn of_window(context: &ReplyContext, row: &Row<'_>, window: &UsageWindow) -> String {
    let label = context.long_label(window);
    let pace = row_pace(row, window, context.now);
    let mut said = vec![match window.remaining_percent() {
        Some(left) => {
            let bar = bar_of(context, left, pace.map(|pace| pace.even_left));
            let left = context.percent(left);
            say!(context, "{label}: {left}% left{bar}", "{label}：剩 {left}%{bar}")
        }
        None => say!(context, "{label}: left not reported", "{label}：余量未报告"),
    }];
    said.push(context.reset_or(window, |at| context.resets(at)));
    if let Some(pace) = &pace {
        said.push(pace_in_words(context, pace));
        said.extend(runs_out(context, window, pace));
        let average =
            |days| say!(context, "based on a {days}-day average", "按 {days} 天的平均用量");
        said.extend(pace.of_days.map(average));
    }
    capitalised(&context.joined(&said))
}

/// `behind pace`
pub(super) fn pace_in_words(context: &ReplyContext, pace: &Pace) -> String {
    match pace.speed {
        Speed::Ahead => context.say("ahead of pace", "消耗偏快"),
        Speed::On => context.say("on pace", "消耗均匀"),
        Speed::Behind => context.say("behind pace", "消耗偏慢"),
    }
}

/// `empty about 16:40, 2h before its reset`
fn runs_out(context: &ReplyContext, window: &UsageWindow, pace: &Pace) -> Option<String> {
    let (at, resets_at) = (pace.runs_out_at?, window.resets_at?);
    // As coarse as the time before it.
    let step = if resets_at - at < DAY { 600 } else { HOUR };
    let before = context.span(((resets_at - at + step / 2) / step).max(1) * step);
    let clock = context.clock_within(at);
    Some(say!(
        context,
        "empty about {clock}, {before} before its reset",
        "照此速度约{clock} 用完（比重置早 {before}）"
    ))
}

/// A model that cannot be used now: a fact, not a meter.
fn gated_model(context: &ReplyContext, model: &ModelAvailability) -> String {
    let name = &model.model;
    let mut said = say!(context, "Model {name}: not available", "模型 {name}：不可用");
    let until = model.available_at.filter(|at| *at > context.now);
    if let Some(clock) = until.map(|at| context.clock(at)) {
        said += &say!(context, " until {clock}", "，{clock} 恢复");
    }
    if model.credits_would_enable == Some(true) {
        said.push_str(&context.say(" (credits would enable it)", "（使用 credits 可启用）"));
    }
    said
}

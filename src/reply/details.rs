//! All facts of one profile, for who asks for it by its name.

use super::advice::Advice;
use super::table::bar_of;
use super::words::{capitalised, say};
use super::{ReplyContext, earlier, failure, health, limits, profile_line, reason};
use crate::outlook::row_pace;
use crate::pace::{Pace, Speed};
use crate::report::Row;
use crate::rotation::Ranked;
use crate::time::{DAY, HOUR, Span};
use crate::usage::{ModelAvailability, UsageSnapshot, UsageWindow};

/// The line of a profile, and below it everything else that is known of it.
pub(super) fn details(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> Vec<String> {
    let row = advice.row(one);
    let named = |en, zh, fact: Option<String>| fact.map(|fact| context.named(en, zh, &fact));
    let mut lines = vec![profile_line::profile_line(context, advice, one), String::new()];
    if let Some(usage) = row.answer() {
        lines.extend(of_usage(context, row, usage));
    } else {
        // The line may have had no room for all of it.
        let line = lines[0].clone();
        let reasons = reason::reasons(context, advice, one).into_iter();
        lines.extend(reasons.filter(|said| !line.contains(said)).map(|said| capitalised(&said)));
        let read = earlier::last_read(context, row);
        lines.extend(named("Last conclusive check", "上次有结果的检查", read));
    }
    let profile = row.profile;
    let paused = reason::cooldown_line(context, profile);
    lines.extend(paused.map(|said| capitalised(&said)));
    let history = health::history_line(context, profile);
    lines.extend(named("History", "历史", history));
    let token = failure::token_health(context, profile);
    lines.extend(named("Sign-in", "登录", token));
    let order = health::order_line(context, advice.report.sign_ins, profile);
    lines.push(capitalised(&order));
    lines
}

fn of_usage(context: &ReplyContext, row: &Row<'_>, usage: &UsageSnapshot) -> Vec<String> {
    let mut lines = Vec::new();
    let plan = usage.plan.as_ref();
    lines.extend(plan.map(|plan| context.named("Plan", "套餐", &plan.label)));
    let windows = usage.windows();
    let is_session = |window: &UsageWindow| window.length_seconds.is_none_or(|it| it < DAY);
    if !windows.is_empty() && !windows.iter().any(is_session) {
        lines.push(context.say("5 hours: no limit now", "5 小时额度：目前无限制"));
    }
    lines.extend(windows.iter().map(|window| of_window(context, row, window)));
    let credits = reason::credits(context, usage);
    lines.extend(credits.map(|said| context.named("Credits", "credits", &said)));
    let spending = limits::spend(context, usage);
    lines.extend(spending.map(|said| context.named("Spending", "支出", &said)));
    let banked = usage.reset_credits.as_ref();
    lines.extend(banked.and_then(|banked| limits::reset_credits(context, banked)));
    let pools = usage.additional.iter();
    let pools = pools.filter_map(|pool| limits::pool(context, pool));
    lines.extend(pools.map(|said| context.named("Pool", "额度池", &said)));
    let models = usage.models.iter();
    lines.extend(models.filter_map(|model| gated_model(context, model)));
    lines
}

/// `5 hours: 67% left · resets 21:10, in 3h 41m · ahead of pace · empty about 20:10`
fn of_window(context: &ReplyContext, row: &Row<'_>, window: &UsageWindow) -> String {
    let label = context.long_label(window);
    let pace = row_pace(row, window, context.now);
    let mut said = vec![match window.remaining_percent() {
        Some(left) => {
            let bar = context.screen.map_or(String::new(), |screen| {
                bar_of(left, pace.as_ref().map(|pace| pace.even_left), screen)
            });
            let left = context.percent(left);
            say!(context, "{label}: {left}% left{bar}", "{label}：剩 {left}%{bar}")
        }
        None => say!(context, "{label}: left not reported", "{label}：余量未报告"),
    }];
    said.push(context.reset_or(window, |at| context.resets(at)));
    if let Some(pace) = &pace {
        said.push(pace_in_words(context, pace));
        said.extend(runs_out(context, window, pace));
        said.extend(
            pace.of_days.map(|days| {
                say!(context, "based on a {days}-day average", "按 {days} 天的平均用量")
            }),
        );
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
    let clock = context.clock(at);
    // As coarse as the time before it.
    let step = if resets_at - at < DAY { 600 } else { HOUR };
    let before = ((resets_at - at + step / 2) / step).max(1) * step;
    let before = context.span(Span::of_seconds(before));
    let beside = context.beside(&clock);
    Some(say!(
        context,
        "empty about {clock}, {before} before its reset",
        "照此速度约{beside} 用完（比重置早 {before}）"
    ))
}

/// A model that cannot be used now: a fact, not a meter.
fn gated_model(context: &ReplyContext, model: &ModelAvailability) -> Option<String> {
    if model.available != Some(false) {
        return None;
    }
    let name = &model.model;
    let mut said = say!(context, "Model {name}: not available", "模型 {name}：不可用");
    if let Some(at) = model.available_at.filter(|at| *at > context.now) {
        let clock = context.clock(at);
        said = say!(context, "{said} until {clock}", "{said}，{clock} 恢复");
    }
    if model.credits_would_enable == Some(true) {
        said.push_str(&context.say(" (credits would enable it)", "（使用 credits 可启用）"));
    }
    Some(said)
}

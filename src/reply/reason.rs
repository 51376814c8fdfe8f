//! The facts of a profile, the weightiest first: what decides, until when, and the rest.

use super::advice::Advice;
use super::commands::typed_name;
use super::words::say;
use super::{ReplyContext, earlier, failure, limits};
use crate::decimal::Decimal;
use crate::outlook::row_pace;
use crate::profile::Profile;
use crate::report::Row;
use crate::rotation::{Ranked, Tier};
use crate::time::Instant;
use crate::usage::{
    RateLimit, ReachedType, Reason, SpendKind, UsageSnapshot, UsageWindow, Verdict, WindowState,
    scarcest,
};

/// All facts of a profile for its line, the weightiest first.
pub(super) fn facts(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> Vec<String> {
    let mut said = reasons(context, advice, one);
    let mut windows = window_facts(context, advice, one).into_iter();
    said.extend(windows.next());
    if is_single(advice, one) {
        // Its reset.
        said.extend(windows.next());
    }
    said.extend(advice.row(one).is_left_out.then(|| left_out_short(context)));
    said.extend(windows);
    said.extend(besides(context, advice, one));
    said
}

fn is_single(advice: &Advice<'_>, one: &Ranked) -> bool {
    let usage = advice.speaker(one).answer();
    usage.is_some_and(|usage| usage.windows().len() == 1)
}

/// Reasons why a profile is not simply ready; none where it is.
pub(super) fn reasons(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> Vec<String> {
    let row = advice.row(one);
    match one.tier {
        Tier::Ready | Tier::Low => match advice.speaker(one).answer() {
            Some(usage) if usage.windows().is_empty() => ready_without_windows(context, usage),
            Some(_) | None => vec![],
        },
        Tier::Overage => {
            let speaker = advice.speaker(one);
            let mut said = vec![cost(context, one.recovers_at.or(speaker.judgement.until))];
            said.extend(speaker.answer().and_then(|usage| credits(context, usage)));
            said
        }
        Tier::Wait => waits(context, advice, one),
        Tier::Unknown | Tier::Broken => match &row.outcome {
            Err(error) => {
                let state = failure::state(context, row, error);
                let hint = if row.needs_sign_in() {
                    failure::sign_in(context, row.profile)
                } else {
                    failure::hint(context, error, row)
                };
                let known = earlier::last_read(context, row).filter(|_| row.outage().is_some());
                if one.tier == Tier::Broken && row.outage().is_some() {
                    // This check alone does not tell why it is broken.
                    let sign_in = failure::sign_in(context, row.profile);
                    return known.into_iter().chain([sign_in, state]).collect();
                }
                [Some(state), known, Some(hint)].into_iter().flatten().collect()
            }
            Ok(_) if row.is_mismatch() => {
                let name = typed_name(row.profile);
                let look = context.command("auth", &format!("status {name}"));
                vec![mismatch(context), look]
            }
            Ok(usage) => {
                let stale = earlier::stale(context, row);
                vec![stale.unwrap_or_else(|| unclear(context, usage))]
            }
        },
    }
}

/// [`reasons`] in one line.
pub(super) fn why(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> Option<String> {
    let mut said = reasons(context, advice, one);
    if one.tier == Tier::Unknown {
        said.extend(cooldown(context, advice.row(one)));
    }
    (!said.is_empty()).then(|| context.joined(&said))
}

fn ready_without_windows(context: &ReplyContext, usage: &UsageSnapshot) -> Vec<String> {
    let mut said = vec![match usage.rate_limit {
        RateLimit::None => context.say("runs on credits", "使用 credits"),
        RateLimit::Absent | RateLimit::Reported(_) => {
            context.say("ready, windows not reported", "可用，额度未报告")
        }
    }];
    said.extend(credits(context, usage));
    said
}

/// The windows of a profile that works, or would if the gateway let it.
fn window_facts(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> Vec<String> {
    let speaker = advice.speaker(one);
    let windows = speaker.answer().map_or(&[][..], |usage| usage.windows());
    let pace_end = |window: &UsageWindow| runs_out(context, speaker, window);
    match one.tier {
        Tier::Ready | Tier::Low => {
            if let [only] = windows {
                let mut said = vec![left(context, only)];
                said.extend(resets(context, only));
                said.extend(pace_end(only).map(|clock| {
                    let beside = context.beside(&clock);
                    say!(context, "⚠ empty about {clock}", "⚠ 约{beside} 用完")
                }));
                return said;
            }
            // The one that stops the work stands first.
            let (mut windows, others): (Vec<&UsageWindow>, Vec<_>) =
                windows.iter().partition(|window| is_nearly_empty(window));
            windows.extend(others);
            let fact = |(index, window): (usize, &UsageWindow)| {
                let runs = matches!(window.state, WindowState::Running | WindowState::Assumed);
                let runs = runs && window.remaining_percent().is_some();
                let reset = window.resets_at.filter(|_| index == 0 && runs);
                window_fact(context, window, reset, pace_end(window))
            };
            windows.into_iter().enumerate().map(fact).collect()
        }
        Tier::Wait if speaker.server_verdict() == Verdict::Usable => {
            windows.iter().map(|window| left(context, window)).collect()
        }
        Tier::Wait | Tier::Overage | Tier::Unknown | Tier::Broken => vec![],
    }
}

fn is_nearly_empty(window: &UsageWindow) -> bool {
    let left = window.remaining_percent();
    left.is_some_and(|left| left < Decimal::whole(2))
}

/// `5h 67% until 21:10, empty about 20:10`
fn window_fact(
    context: &ReplyContext,
    window: &UsageWindow,
    reset: Option<Instant>,
    empty: Option<String>,
) -> String {
    let left = left(context, window);
    let mut zh = Vec::new();
    let mut en = left.clone();
    if let Some(clock) = reset.map(|at| context.clock(at)) {
        en += &format!(" until {clock}");
        zh.push(format!("{clock} 重置"));
    }
    if let Some(clock) = empty {
        en += &format!(", empty about {clock}");
        zh.push(format!("约{} 用完", context.beside(&clock)));
    }
    let zh = match zh.join("，").as_str() {
        "" => left,
        said => format!("{left}（{said}）"),
    };
    say!(context, "{en}", "{zh}")
}

/// `5h 67%`
pub(super) fn left(context: &ReplyContext, window: &UsageWindow) -> String {
    let label = context.label(window);
    match window.remaining_percent() {
        Some(left) => {
            let left = context.percent(left);
            say!(context, "{label} {left}%", "{label}剩 {left}%")
        }
        None => say!(context, "{label} not reported", "{label}未报告"),
    }
}

/// `resets Sat 18:44`
fn resets(context: &ReplyContext, window: &UsageWindow) -> Option<String> {
    window.resets_at?;
    Some(context.reset_or(window, |at| {
        let clock = context.clock(at);
        say!(context, "resets {clock}", "{clock} 重置")
    }))
}

/// When a window is used up at its pace, where that is before its reset.
pub(super) fn runs_out(
    context: &ReplyContext,
    row: &Row<'_>,
    window: &UsageWindow,
) -> Option<String> {
    let at = row_pace(row, window, context.now)?.runs_out_at?;
    Some(context.clock(at))
}

/// Returns the note beside the windows: banked resets that expire soon.
pub(super) fn besides(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> Option<String> {
    let banked = advice.row(one).answer()?.reset_credits.as_ref()?;
    limits::expires_soon(context, banked)?;
    limits::reset_credits(context, banked)
}

/// Why a profile waits, and when it is back.
fn waits(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> Vec<String> {
    let (row, speaker) = (advice.row(one), advice.speaker(one));
    if speaker.server_verdict() != Verdict::Wait
        && let Some(paused) = cooldown(context, row)
    {
        return vec![paused];
    }
    let mut said = stop(context, speaker);
    let until = one.recovers_at.or(speaker.judgement.until);
    let until = until.filter(|at| *at > context.now);
    said.extend(until.map(|at| context.back(at)));
    said
}

/// The reason for the end of included use, and what helps.
fn stop(context: &ReplyContext, row: &Row<'_>) -> Vec<String> {
    let usage = match &row.outcome {
        Ok(usage) => usage,
        Err(error) => return vec![failure::state(context, row, error)],
    };
    let windows = usage.windows();
    let used_up = windows.iter().filter(|window| window.is_exhausted());
    match row.judgement.reason {
        Reason::SpendLimitReached => {
            let mut said = vec![limits::spend_limit_reached(context, usage)];
            let kind = usage.spend.as_ref().and_then(|spend| spend.kind);
            let is_shared = !matches!(kind, Some(SpendKind::Individual | SpendKind::Other) | None);
            let (en, zh) = AN_OWNER_CAN_RAISE_IT;
            said.extend(is_shared.then(|| context.say(en, zh)));
            said
        }
        Reason::Reached(reached) if reached != ReachedType::RateLimit => {
            limit_reached(context, reached)
        }
        Reason::BlockedDespitePercent => {
            let despite = scarcest(windows).map(|window| despite(context, window));
            despite.into_iter().collect()
        }
        _ => vec![match used_up.max_by_key(|window| window.resets_at) {
            Some(window) => {
                let label = context.label(window);
                say!(context, "{label} used up", "{label}已用完")
            }
            None => context.say("blocked by OpenAI", "被 OpenAI 限制"),
        }],
    }
}

/// `blocked by OpenAI although 38% of the week is left`
fn despite(context: &ReplyContext, window: &UsageWindow) -> String {
    let left = context.percent(window.remaining_percent().unwrap_or(Decimal::ZERO));
    let label = context.long_label(window);
    say!(
        context,
        "blocked by OpenAI although {left}% of the {label} is left",
        "{label}还剩 {left}%，但被 OpenAI 限制"
    )
}

/// A remedy, in English and in Chinese.
const AN_OWNER_CAN_RAISE_IT: (&str, &str) = ("an owner can raise it", "可请所有者提高");

/// A limit that is reached, and the remedy where there is one.
fn limit_reached(context: &ReplyContext, reached: ReachedType) -> Vec<String> {
    let credits = ("workspace credits used up", "工作区 credits 已用完");
    let (limit, remedy) = match reached {
        ReachedType::OwnerCreditsDepleted => (credits, Some(("add credits", "请充值"))),
        ReachedType::MemberCreditsDepleted => {
            (credits, Some(("an owner can add some", "可请所有者充值")))
        }
        ReachedType::OwnerUsageLimit => (
            ("workspace usage limit reached", "已达到工作区用量上限"),
            Some(("raise it in its settings", "可在工作区设置中提高")),
        ),
        ReachedType::MemberUsageLimit => (
            ("your limit in this workspace is reached", "已达到您在此工作区的上限"),
            Some(AN_OWNER_CAN_RAISE_IT),
        ),
        ReachedType::OtherWorkspace => (
            ("a workspace limit is reached", "已达到工作区的某项上限"),
            Some(("ask an owner", "请联系所有者")),
        ),
        ReachedType::RateLimit | ReachedType::Other => {
            (("a limit that this version does not know", "本版本不认识的限制"), None)
        }
    };
    let facts = [Some(limit), remedy].into_iter().flatten();
    facts.map(|(en, zh)| context.say(en, zh)).collect()
}

/// `costs credits until Mon 06:15`
pub(super) fn cost(context: &ReplyContext, until: Option<Instant>) -> String {
    match until.filter(|at| *at > context.now) {
        Some(until) => {
            let clock = context.clock(until);
            say!(context, "costs credits until {clock}", "{clock} 前会扣 credits")
        }
        None => context.say("costs credits", "会扣 credits"),
    }
}

/// `412 left`, of credits, where there are any.
pub(super) fn credits(context: &ReplyContext, usage: &UsageSnapshot) -> Option<String> {
    let credits = usage.credits.as_ref()?;
    if credits.unlimited {
        return Some(context.say("no limit on credits", "credits 不限"));
    }
    if !credits.has_credits {
        return None;
    }
    if credits.overage_limit_reached {
        return Some(context.say("overage limit reached", "已达超额上限"));
    }
    let balance = credits.balance.as_ref().map(|balance| balance.value)?;
    if balance <= Decimal::ZERO {
        return None;
    }
    let balance = context.whole(balance);
    Some(say!(context, "{balance} left", "余 {balance}"))
}

/// `paused by the gateway until 17:59 (OpenAI allows it)`
fn cooldown(context: &ReplyContext, row: &Row<'_>) -> Option<String> {
    let until = row.profile.cooldown_at(context.now)?;
    let clock = context.clock(until);
    let other = match row.judgement.server {
        Some(Verdict::Usable) => context.say(" (OpenAI allows it)", "（OpenAI 侧可用）"),
        Some(_) | None => String::new(),
    };
    let beside = context.beside(&clock);
    Some(say!(
        context,
        "paused by the gateway until {clock}{other}",
        "网关暂停使用到{beside}{other}"
    ))
}

/// `paused by the gateway until 14:20, for 2h (rate_limit)`
pub(super) fn cooldown_line(context: &ReplyContext, profile: &Profile) -> Option<String> {
    let until = profile.cooldown_at(context.now)?;
    let (left, clock) = (context.left_until(until), context.clock(until));
    let why = profile.cooldown_reason.as_deref();
    let why = why.map_or(String::new(), |why| say!(context, " ({why})", "，{why}"));
    let beside = context.beside(&clock);
    Some(say!(
        context,
        "paused by the gateway until {clock}, for {left}{why}",
        "网关暂停使用到{beside}（还有 {left}{why}）"
    ))
}

/// A profile that the order leaves out.
pub(super) fn left_out(context: &ReplyContext) -> String {
    context.say("not in the order, so never used", "不在顺序中，因此不会被使用")
}

/// [`left_out`] in a line that has to be short.
fn left_out_short(context: &ReplyContext) -> String {
    context.say("not in the order", "不在顺序中")
}

/// The answer is about somebody else.
fn mismatch(context: &ReplyContext) -> String {
    context.say("the answer is for another account", "返回的是另一个账号的数据")
}

/// An answer that does not tell whether the profile works.
fn unclear(context: &ReplyContext, usage: &UsageSnapshot) -> String {
    match usage.rate_limit {
        RateLimit::Absent => context.say("quota not reported", "额度未报告"),
        RateLimit::None => context.say("no included quota on this plan", "此套餐不含额度"),
        RateLimit::Reported(_) => context.say("unclear answer", "结果不明"),
    }
}

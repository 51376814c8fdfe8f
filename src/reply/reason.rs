//! The facts of a profile, the weightiest first: what decides, until when, and the rest.

use super::advice::Advice;
use super::commands::typed_name;
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

/// Which windows say when they are empty at their pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// All.
    OfAll,
    /// Only the first.
    OfTheFirst,
}

/// The facts of a profile for its line, the weightiest first: all but what is said [`besides`].
pub(super) fn facts(
    context: &ReplyContext,
    advice: &Advice<'_>,
    one: &Ranked,
    ends: Ends,
) -> Vec<String> {
    let mut said = reasons(context, advice, one);
    let mut windows = window_facts(context, advice, one, ends).into_iter();
    // A single window is told with its reset.
    let first = if advice.quota_source(one).windows().len() == 1 { 2 } else { 1 };
    said.extend(windows.by_ref().take(first));
    let is_left_out = advice.row(one).is_left_out;
    said.extend(is_left_out.then(|| context.say("not in the order", "不在顺序中")));
    said.extend(windows);
    said
}

/// Reasons why a profile is not simply ready; none where it is.
pub(super) fn reasons(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> Vec<String> {
    let (row, source) = (advice.row(one), advice.quota_source(one));
    match one.tier {
        Tier::Ready | Tier::Low => match source.answer() {
            Some(usage) if usage.windows().is_empty() => ready_without_windows(context, usage),
            Some(_) | None => vec![],
        },
        Tier::Overage => {
            let cost = cost(context, one.recovers_at.or(source.judgement.until));
            let credits = source.answer().and_then(|usage| credits(context, usage));
            [cost].into_iter().chain(credits).collect()
        }
        Tier::Wait => waits(context, advice, one),
        Tier::Unknown | Tier::Broken => match &row.outcome {
            Err(error) => {
                let state = Some(failure::state(context, row, error));
                let hint = Some(if row.needs_sign_in() {
                    failure::sign_in(context, row.profile)
                } else {
                    failure::hint(context, error, row)
                });
                let known = earlier::last_read(context, row).filter(|_| row.outage().is_some());
                let said = match one.tier {
                    // This check alone does not tell why it is broken.
                    Tier::Broken if row.outage().is_some() => [known, hint, state],
                    _ => [state, known, hint],
                };
                said.into_iter().flatten().collect()
            }
            Ok(_) if row.is_mismatch() => {
                let look = format!("status {}", typed_name(row.profile));
                let whose =
                    context.say("the answer is for another account", "返回的是另一个账号的数据");
                vec![whose, context.command("auth", &look)]
            }
            Ok(usage) => {
                vec![earlier::stale(context, row).unwrap_or_else(|| unclear(context, usage))]
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
    let (en, zh) = match usage.rate_limit {
        RateLimit::None => ("runs on credits", "使用 credits"),
        RateLimit::Absent | RateLimit::Reported(_) => {
            ("ready, windows not reported", "可用，额度未报告")
        }
    };
    [context.say(en, zh)].into_iter().chain(credits(context, usage)).collect()
}

/// The windows of a profile that works, or would if the gateway let it.
fn window_facts(
    context: &ReplyContext,
    advice: &Advice<'_>,
    one: &Ranked,
    ends: Ends,
) -> Vec<String> {
    let source = advice.quota_source(one);
    let empty = |window: &UsageWindow| empty(context, source, window);
    match (one.tier, source.windows()) {
        (Tier::Ready | Tier::Low, [only]) => {
            let empty = empty(only).map(|empty| format!("⚠ {empty}"));
            let facts = [Some(left(context, only)), resets(context, only), empty];
            facts.into_iter().flatten().collect()
        }
        (Tier::Ready | Tier::Low, windows) => {
            let is_nearly_empty = |window: &&UsageWindow| {
                window.remaining_percent().is_some_and(|left| left < Decimal::whole(2))
            };
            // The one that stops the work stands first.
            let (mut windows, others): (Vec<&UsageWindow>, Vec<_>) =
                windows.iter().partition(is_nearly_empty);
            windows.extend(others);
            let fact = |(index, window): (usize, &UsageWindow)| {
                let runs = matches!(window.state, WindowState::Running | WindowState::Assumed);
                let runs = runs && window.remaining_percent().is_some();
                let reset = window.resets_at.filter(|_| index == 0 && runs);
                let is_told = index == 0 || ends == Ends::OfAll;
                window_fact(context, window, reset, empty(window).filter(|_| is_told))
            };
            windows.into_iter().enumerate().map(fact).collect()
        }
        (Tier::Wait, windows) if source.server_verdict() == Verdict::Usable => {
            windows.iter().map(|window| left(context, window)).collect()
        }
        (Tier::Wait | Tier::Overage | Tier::Unknown | Tier::Broken, _) => vec![],
    }
}

/// `5h 67% until 21:10, empty about 20:10`
pub(super) fn window_fact(
    context: &ReplyContext,
    window: &UsageWindow,
    reset: Option<Instant>,
    empty: Option<String>,
) -> String {
    let left = left(context, window);
    match (reset.map(|at| context.clock(at)), empty) {
        (None, None) => left,
        (None, Some(empty)) => say!(context, "{left}, {empty}", "{left}（{empty}）"),
        (Some(at), None) => say!(context, "{left} until {at}", "{left}（{at} 重置）"),
        (Some(at), Some(empty)) => {
            say!(context, "{left} until {at}, {empty}", "{left}（{at} 重置，{empty}）")
        }
    }
}

/// `5h 67%`
pub(super) fn left(context: &ReplyContext, window: &UsageWindow) -> String {
    let label = context.label(window);
    match window.remaining_percent().map(|left| context.percent(left)) {
        Some(left) => say!(context, "{label} {left}%", "{label}剩 {left}%"),
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

/// `empty about 20:10`, at the present pace, where that is before the reset.
pub(super) fn empty(context: &ReplyContext, row: &Row<'_>, window: &UsageWindow) -> Option<String> {
    let clock = context.clock_within(row_pace(row, window, context.now)?.runs_out_at?);
    Some(say!(context, "empty about {clock}", "约{clock} 用完"))
}

/// Returns the note beside the windows: banked resets that expire soon.
pub(super) fn besides(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> Option<String> {
    let banked = advice.row(one).answer()?.reset_credits?;
    limits::expires_soon(context, &banked).then(|| limits::reset_credits(context, &banked))?
}

/// Why a profile waits, and when it is back.
fn waits(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> Vec<String> {
    let (row, source) = (advice.row(one), advice.quota_source(one));
    if source.server_verdict() != Verdict::Wait
        && let Some(paused) = cooldown(context, row)
    {
        return vec![paused];
    }
    let mut said = stop(context, source);
    let until = one.recovers_at.or(source.judgement.until);
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
            let kind = usage.spend.as_ref().and_then(|spend| spend.kind);
            let is_own = matches!(kind, Some(SpendKind::Individual | SpendKind::Other) | None);
            let (en, zh) = AN_OWNER_CAN_RAISE_IT;
            let remedy = (!is_own).then(|| context.say(en, zh));
            [limits::spend_limit_reached(context, usage)].into_iter().chain(remedy).collect()
        }
        Reason::Reached(reached) if reached != ReachedType::RateLimitReached => {
            limit_reached(context, reached)
        }
        Reason::BlockedDespitePercent => Vec::from_iter(scarcest(windows).map(|window| {
            let left = context.percent(window.remaining_percent().unwrap_or(Decimal::ZERO));
            let label = context.long_label(window);
            say!(
                context,
                "blocked by OpenAI although {left}% of the {label} is left",
                "{label}还剩 {left}%，但被 OpenAI 限制"
            )
        })),
        _ => vec![match used_up.max_by_key(|one| one.resets_at).map(|one| context.label(one)) {
            Some(label) => say!(context, "{label} used up", "{label}已用完"),
            None => context.say("blocked by OpenAI", "被 OpenAI 限制"),
        }],
    }
}

/// A remedy, in English and in Chinese.
const AN_OWNER_CAN_RAISE_IT: (&str, &str) = ("an owner can raise it", "可请所有者提高");

const CREDITS_USED_UP: (&str, &str) = ("workspace credits used up", "工作区 credits 已用完");

/// A limit that is reached, and the remedy where there is one.
fn limit_reached(context: &ReplyContext, reached: ReachedType) -> Vec<String> {
    let facts: &[(&str, &str)] = match reached {
        ReachedType::WorkspaceOwnerCreditsDepleted => &[CREDITS_USED_UP, ("add credits", "请充值")],
        ReachedType::WorkspaceMemberCreditsDepleted => {
            &[CREDITS_USED_UP, ("an owner can add some", "可请所有者充值")]
        }
        ReachedType::WorkspaceOwnerUsageLimitReached => &[
            ("workspace usage limit reached", "已达到工作区用量上限"),
            ("raise it in its settings", "可在工作区设置中提高"),
        ],
        ReachedType::WorkspaceMemberUsageLimitReached => &[
            ("your limit in this workspace is reached", "已达到您在此工作区的上限"),
            AN_OWNER_CAN_RAISE_IT,
        ],
        ReachedType::WorkspaceLimitReached => &[
            ("a workspace limit is reached", "已达到工作区的某项上限"),
            ("ask an owner", "请联系所有者"),
        ],
        ReachedType::RateLimitReached | ReachedType::OtherLimitReached => {
            &[("a limit that this version does not know", "本版本不认识的限制")]
        }
    };
    facts.iter().map(|(en, zh)| context.say(en, zh)).collect()
}

/// `costs credits until Mon 06:15`
fn cost(context: &ReplyContext, until: Option<Instant>) -> String {
    match until.filter(|at| *at > context.now).map(|at| context.clock(at)) {
        Some(clock) => say!(context, "costs credits until {clock}", "{clock} 前会扣 credits"),
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
    let balance = credits.balance.as_ref()?.value;
    let balance = (balance > Decimal::ZERO).then(|| context.whole(balance))?;
    Some(say!(context, "{balance} left", "余 {balance}"))
}

/// `paused by the gateway until 17:59 (OpenAI allows it)`
fn cooldown(context: &ReplyContext, row: &Row<'_>) -> Option<String> {
    let clock = context.clock_within(row.profile.cooldown_at(context.now)?);
    let (en, zh) = match row.judgement.server {
        Some(Verdict::Usable) => (" (OpenAI allows it)", "（OpenAI 侧可用）"),
        Some(_) | None => ("", ""),
    };
    Some(say!(context, "paused by the gateway until {clock}{en}", "网关暂停使用到{clock}{zh}"))
}

/// `paused by the gateway until 14:20, for 2h (rate_limit)`
pub(super) fn cooldown_line(context: &ReplyContext, profile: &Profile) -> Option<String> {
    let until = profile.cooldown_at(context.now)?;
    let (left, clock) = (context.left_until(until), context.clock_within(until));
    let why = profile.cooldown_reason.as_deref();
    let why = why.map_or(String::new(), |why| say!(context, " ({why})", "，{why}"));
    Some(say!(
        context,
        "paused by the gateway until {clock}, for {left}{why}",
        "网关暂停使用到{clock}（还有 {left}{why}）"
    ))
}

/// A profile that the order leaves out.
pub(super) fn left_out(context: &ReplyContext) -> String {
    context.say("not in the order, so never used", "不在顺序中，因此不会被使用")
}

/// An answer that does not tell whether the profile works.
fn unclear(context: &ReplyContext, usage: &UsageSnapshot) -> String {
    let (en, zh) = match usage.rate_limit {
        RateLimit::Absent => ("quota not reported", "额度未报告"),
        RateLimit::None => ("no included quota on this plan", "此套餐不含额度"),
        RateLimit::Reported(_) => ("unclear answer", "结果不明"),
    };
    context.say(en, zh)
}

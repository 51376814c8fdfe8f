//! Reasons why a profile is not simply usable.

use super::words::say;
use super::{ReplyContext, earlier, failure, limits};
use crate::decimal::Decimal;
use crate::profile::Profile;
use crate::report::Row;
use crate::time::Span;
use crate::usage::{RateLimit, ReachedType, Reason, UsageSnapshot, UsageWindow, Verdict, scarcest};

/// All reasons why a profile is not simply usable, in one line.
pub(super) fn why(context: &ReplyContext, row: &Row<'_>) -> Option<String> {
    let mut said = Vec::new();
    match &row.outcome {
        Err(error) => {
            said.extend(failure::failed(context, row, error));
        }
        Ok(_) if row.is_mismatch() => said.push(mismatch(context)),
        Ok(usage) => {
            said.extend(earlier::stale(context, row));
            match row.judgement.reason {
                Reason::Blocked | Reason::Reached(ReachedType::RateLimit)
                    if usage.windows().iter().any(UsageWindow::is_exhausted) =>
                {
                    said.push(say!(context, "usage limit reached", "已达到用量上限"));
                }
                Reason::RateLimitAbsent | Reason::NoQuotaReported => {
                    said.push(no_windows(context, usage))
                }
                reason => said.extend(stop(context, reason, usage)),
            }
            said.extend(cost(context, row));
        }
    }
    said.extend(cooldown(context, row));
    (!said.is_empty()).then(|| said.join(" · "))
}

/// The server's own reason for the end of included use, where it is not simply a
/// window.
pub(super) fn stop(
    context: &ReplyContext,
    reason: Reason,
    usage: &UsageSnapshot,
) -> Option<String> {
    let windows = usage.windows();
    let is_told = windows.iter().any(UsageWindow::is_exhausted);
    match reason {
        Reason::Blocked | Reason::Reached(ReachedType::RateLimit) if !is_told => {
            Some(say!(context, "blocked by the server", "已被服务器限制"))
        }
        Reason::BlockedDespitePercent => scarcest(windows).map(|window| despite(context, window)),
        Reason::SpendLimitReached => Some(limits::spend_limit_reached(context, usage)),
        Reason::Reached(reached) if reached != ReachedType::RateLimit => {
            limit_reached(context, reached)
        }
        _ => None,
    }
}

/// `blocked despite 38% left (week)`
fn despite(context: &ReplyContext, window: &UsageWindow) -> String {
    let left = context.percent(window.remaining_percent().unwrap_or(Decimal::ZERO));
    let label = context.label(window);
    say!(
        context,
        "blocked despite {left}% left ({label})",
        "{label}剩余 {left}%，但被服务器限制"
    )
}

fn limit_reached(context: &ReplyContext, reached: ReachedType) -> Option<String> {
    Some(match reached {
        ReachedType::RateLimit => return None,
        ReachedType::OwnerCreditsDepleted => say!(
            context,
            "workspace credits are used up: add credits",
            "工作区 credits 已用尽：请充值"
        ),
        ReachedType::MemberCreditsDepleted => say!(
            context,
            "workspace credits are used up: ask an owner to add some",
            "工作区 credits 已用尽：请联系所有者充值"
        ),
        ReachedType::OwnerUsageLimit => say!(
            context,
            "workspace usage limit reached: raise it in the workspace's settings",
            "已达到工作区用量上限：可在工作区设置中提高"
        ),
        ReachedType::MemberUsageLimit => say!(
            context,
            "your usage limit in this workspace is reached: ask an owner to raise it",
            "已达到您在该工作区的用量上限：请联系所有者提高"
        ),
        ReachedType::OtherWorkspace => say!(
            context,
            "a limit of the workspace is reached: ask an owner",
            "已达到工作区的某项上限：请联系所有者"
        ),
        ReachedType::Other => say!(
            context,
            "the server names a limit that this version does not know",
            "服务器返回了本版本未知的限制类型"
        ),
    })
}

/// `costs credits until 23/11 08:26`
pub(super) fn cost(context: &ReplyContext, row: &Row<'_>) -> Option<String> {
    if row.judgement.verdict != Verdict::UsableAtCost {
        return None;
    }
    Some(match row.judgement.until {
        Some(until) => {
            let clock = context.clock(until);
            say!(
                context,
                "costs credits until {clock}",
                "{clock} 之前使用会消耗 credits"
            )
        }
        None => say!(context, "costs credits for now", "目前使用会消耗 credits"),
    })
}

/// `the gateway skips it until 14:20, the server says usable`
pub(super) fn cooldown(context: &ReplyContext, row: &Row<'_>) -> Option<String> {
    let until = row.profile.cooldown_at(context.now)?;
    let clock = context.clock(until);
    let why = row.profile.cooldown_reason.as_deref();
    let why = why.map_or(String::new(), |why| say!(context, " ({why})", "（{why}）"));
    Some(match row.judgement.server {
        Some(Verdict::Usable) => say!(
            context,
            "the gateway skips it until {clock}{why}, the server says usable",
            "{clock} 前网关会跳过它{why}，但服务器显示可用"
        ),
        Some(Verdict::Unknown) => say!(
            context,
            "the gateway skips it until {clock}{why}, the server says nothing certain",
            "{clock} 前网关会跳过它{why}，服务器未给出明确状态"
        ),
        Some(_) | None => say!(
            context,
            "the gateway skips it until {clock}{why}",
            "{clock} 前网关会跳过它{why}"
        ),
    })
}

/// `the gateway skips it until 14:20, for 2h (rate_limit)`
pub(super) fn cooldown_line(context: &ReplyContext, profile: &Profile) -> Option<String> {
    let until = profile.cooldown_at(context.now)?;
    let left = context.span(Span::of_seconds(until - context.now));
    let clock = context.clock(until);
    let why = profile.cooldown_reason.as_deref();
    let why = why.map_or(String::new(), |why| say!(context, " ({why})", "，{why}"));
    Some(say!(
        context,
        "the gateway skips it until {clock}, for {left}{why}",
        "{clock} 前网关会跳过它（还有 {left}{why}）"
    ))
}

/// A profile that the order leaves out.
pub(super) fn left_out(context: &ReplyContext) -> String {
    say!(
        context,
        "not in the order, never picked",
        "不在顺序中，不会被选中"
    )
}

/// The answer is about somebody else.
pub(super) fn mismatch(context: &ReplyContext) -> String {
    let look = context.command("auth", "status");
    say!(
        context,
        "the answer belongs to another identity, so its numbers are not shown · look at this sign-in: {look}",
        "响应属于另一个身份，因此不显示数字 · 请检查此登录：{look}"
    )
}

/// An answer without any window.
pub(super) fn no_windows(context: &ReplyContext, usage: &UsageSnapshot) -> String {
    match usage.rate_limit {
        RateLimit::Absent => say!(
            context,
            "quota not reported, so nothing certain is known",
            "未报告额度，无法确定是否可用"
        ),
        RateLimit::None => say!(context, "no included quota on this plan", "此套餐不含额度"),
        RateLimit::Reported(_) => say!(context, "windows not reported", "未报告用量窗口"),
    }
}

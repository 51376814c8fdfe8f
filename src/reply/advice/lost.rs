//! Reasons why a profile is not the next one.

use crate::reply::advice::{Advice, pick};
use crate::reply::words::say;
use crate::reply::{ReplyContext, earlier, reason};
use crate::rotation::{Ranked, Tier, Why};

/// The reason why a profile is not the next one.
pub(in crate::reply) fn reason_lost(
    context: &ReplyContext,
    advice: &Advice<'_>,
    other: &Ranked,
) -> String {
    let row = advice.row(other);
    match other.tier {
        Tier::Overage => reason::cost(context, row)
            .unwrap_or_else(|| say!(context, "using it would cost credits", "使用会消耗 credits")),
        Tier::Wait => match other.recovers_at.or(row.judgement.until) {
            Some(at) => {
                let at = context.clock(at);
                say!(context, "wait until {at}", "等到 {at}")
            }
            None => say!(
                context,
                "blocked, until when is unknown",
                "受限，恢复时间未知"
            ),
        },
        Tier::Unknown | Tier::Broken => {
            let why = reason::why(context, row);
            // This check alone does not tell why it is broken.
            let last = || earlier::last_read(context, row);
            let is_known = other.tier == Tier::Broken && row.outage().is_some();
            let said: Vec<String> = why
                .into_iter()
                .chain(is_known.then(last).flatten())
                .collect();
            if said.is_empty() {
                say!(context, "nothing certain is known", "状态不确定")
            } else {
                said.join(" · ")
            }
        }
        Tier::Low if other.why == Why::Tier => say!(context, "nearly used up", "即将用尽"),
        Tier::Ready | Tier::Low => lost_by(context, advice, other),
    }
}

fn lost_by(context: &ReplyContext, advice: &Advice<'_>, other: &Ranked) -> String {
    match other.why {
        Why::Class => say!(context, "you want another first", "按您的设置靠后"),
        Why::Untouched => match pick::long_reset(context, advice, other) {
            Some(_) => say!(context, "its long window runs already", "长窗口已开始计时"),
            None => say!(
                context,
                "it has no long window that waits for its first use",
                "没有未开始计时的长窗口"
            ),
        },
        Why::LongReset | Why::Recovery => match pick::long_reset(context, advice, other) {
            Some(at) => say!(
                context,
                "its long window resets later, {at}",
                "长窗口 {at} 才重置"
            ),
            None => say!(
                context,
                "no reset of a long window is known",
                "长窗口的重置时间未知"
            ),
        },
        Why::InUse => say!(context, "a switch would win nothing", "切换没有收益"),
        Why::ShortLeft => say!(
            context,
            "less is left of its short window",
            "短窗口剩余较少"
        ),
        Why::LongLeft => say!(context, "less is left of its long window", "长窗口剩余较少"),
        Why::SameQuota(first) => {
            let first = &advice.report.rows[first].profile.name;
            say!(
                context,
                "the same quota as {first}, under another label",
                "与 {first} 同一额度，仅标签不同"
            )
        }
        Why::InOrder => reason::left_out(context),
        Why::Id | Why::Only | Why::Tier | Why::Earlier => say!(
            context,
            "its name comes later, nothing else tells them apart",
            "其他条件相同，名称靠后"
        ),
    }
}

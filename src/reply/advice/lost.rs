//! Reasons why a profile is not the next one.

use crate::reply::advice::{Advice, pick};
use crate::reply::words::say;
use crate::reply::{ReplyContext, failure, reason};
use crate::rotation::{Ranked, Tier, Why};

/// The reason why a profile is not the next one, or what it needs.
pub(crate) fn reason_lost(context: &ReplyContext, advice: &Advice<'_>, other: &Ranked) -> String {
    let row = advice.row(other);
    let reasons = || reason::reasons(context, advice, other);
    match (other.tier, &row.outcome) {
        (Tier::Ready | Tier::Low, _) => lost_by(context, advice, other),
        (Tier::Overage, _) => reasons().into_iter().next().unwrap_or_default(),
        (Tier::Wait, _) => {
            other.recovers_at.map_or_else(|| reasons().join(" · "), |at| context.back(at))
        }
        (Tier::Unknown, Err(error)) => {
            let said = failure::describe(context, error, row.tries.status);
            let hint = failure::hint(context, error, row);
            say!(context, "{said}, {hint}", "{said}，{hint}")
        }
        // The command that repairs it says enough of one that is signed out.
        (Tier::Broken, Err(_)) if row.needs_sign_in() => failure::sign_in(context, row.profile),
        (Tier::Unknown | Tier::Broken, _) => reasons().join(" · "),
    }
}

fn lost_by(context: &ReplyContext, advice: &Advice<'_>, other: &Ranked) -> String {
    let (week, reset) = pick::long_quota_in_words(context, advice, other);
    match (other.why, reset) {
        (Why::Tier, _) if other.tier == Tier::Low => context.say("nearly used up", "即将用完"),
        (Why::Class, _) => context.say("your settings put it later", "您的设置让它靠后"),
        (Why::Untouched, Some(_)) => {
            say!(context, "its {week} is counting already", "{week}已开始计时")
        }
        (Why::Untouched, None) => {
            context.say("it has no window that starts on first use", "没有要等首次使用才计时的额度")
        }
        (Why::LongReset | Why::Recovery, Some(at)) => {
            say!(context, "its {week} resets later ({at})", "{week}较晚重置（{at}）")
        }
        (Why::LongReset | Why::Recovery, None) => {
            say!(context, "the reset of its {week} is unknown", "{week}的重置时间未知")
        }
        (Why::InUse, _) => context.say("switching gains nothing", "切换没有好处"),
        (Why::ShortLeft, _) => context.say("less is left for the next hours", "短期内余量较少"),
        (Why::LongLeft, _) => say!(context, "less is left of its {week}", "{week}剩得较少"),
        (Why::SameQuota, _) => {
            let is_label = |one: &&Ranked| one.read_from == other.read_from;
            let first = advice.ranked.iter().find(is_label).unwrap_or(other);
            let first = advice.name(first.index);
            say!(context, "shares the quota of {first}", "与 {first} 共用一份额度")
        }
        (Why::InOrder, _) => reason::left_out(context),
        (Why::Id | Why::Only | Why::Tier | Why::Earlier, _) => {
            context.say("a tie, so by name", "不分上下，按名称靠后")
        }
    }
}

//! The outlook of all profiles together, in words and for programs.

use super::advice::Advice;
use super::documents::{Ahead, ExpiringUnused, ProfileResets, Recovery, Utc};
use super::{ReplyContext, json};
use crate::outlook::Expiring;
use crate::usage::{ResetCredits, Verdict};

/// From how many profiles on there is an outlook.
const FLEET: usize = 3;

/// The lines of the outlook: none where there are so few profiles that a glance is
/// enough.
pub(super) fn lines(context: &ReplyContext, advice: &Advice<'_>) -> Vec<String> {
    let outlook = &advice.outlook;
    if advice.ranked.len() < FLEET {
        return vec![];
    }
    let end = outlook.ends_at.map(|at| {
        let clock = context.clock_within(at);
        say!(
            context,
            "At this pace everything is used up about {clock}.",
            "照此速度，约{clock} 全部用完。"
        )
    });
    let expiring = (!outlook.expiring.is_empty()).then(|| {
        let expiring = |one: &Expiring| {
            let (name, label) = (advice.name(one.row), context.length(one.length_seconds));
            let (left, clock) = (one.left.trunc(), context.clock(one.at));
            let (en, zh) = if one.is_at_pace { ("about", "约") } else { ("up to", "至多") };
            say!(
                context,
                "{en} {left}% of {name}'s {label}, {clock}",
                "{name} {label}{zh} {left}%（{clock}）"
            )
        };
        let said = context.some_of(outlook.expiring.iter().map(expiring).collect());
        context.named("Would expire unused within 24h", "24 小时内到期、用不完的额度", &said)
    });
    let banked = (!outlook.banked.is_empty()).then(|| {
        let banked = outlook.banked.iter();
        let banked =
            banked.map(|(row, banked)| format!("{} {}", advice.name(*row), banked.list.available));
        let (en, zh) =
            ("Banked resets (this tool never uses them)", "剩余的重置次数（本工具不会使用）");
        context.named(en, zh, &context.some_of(banked.collect()))
    });
    [end, expiring, banked].into_iter().flatten().collect()
}

/// The outlook over all profiles, for programs.
pub(super) fn ahead<'a>(advice: &'a Advice<'_>) -> Ahead<'a> {
    let outlook = &advice.outlook;
    let recovery = |(row, at)| Recovery { label: advice.name(row), usable_at: Utc(at) };
    let expiring = |one: &Expiring| ExpiringUnused {
        label: advice.name(one.row),
        limit_window_seconds: one.length_seconds,
        remaining_percent: one.left,
        at_present_pace: one.is_at_pace,
        resets_at: Utc(one.at),
    };
    Ahead {
        usable: outlook.usable,
        unknown: advice.report.count(Verdict::Unknown),
        next_recovery: outlook.next_recovery.map(recovery),
        all_blocked_at: outlook.ends_at.map(Utc),
        expiring_unused: outlook.expiring.iter().map(expiring).collect(),
        banked_resets: banked_resets(advice),
    }
}

/// All banked resets, for programs.
pub(super) fn banked_resets<'a>(advice: &'a Advice<'_>) -> Vec<ProfileResets<'a>> {
    let of_profile = |(row, banked): &(usize, ResetCredits)| ProfileResets {
        label: advice.name(*row),
        banked: json::banked_resets(*banked),
    };
    advice.outlook.banked.iter().map(of_profile).collect()
}

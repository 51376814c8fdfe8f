//! The sentences that say which profile to use next and why no other is, or when one is back.

use crate::order::OrderRequest;
use crate::outlook::row_pace;
use crate::profile::{KeyKind, ProfileId};
use crate::reply::advice::Advice;
use crate::reply::change::refusal::fault_of_id;
use crate::reply::commands::{MOST_PLACES, typed_name};
use crate::reply::order::key_names;
use crate::reply::{ReplyContext, failure, reason};
use crate::report::Row;
use crate::rotation::{self, Ranked, Tier, Why};
use crate::time::{DAY, Instant};
use crate::usage::{UsageWindow, WindowState};

/// `▶ Use personal next – of the 2 ready, its week resets first (Sat 18:44)`, or when a
/// profile is back, and what has to be known besides.
pub(crate) fn lead(context: &ReplyContext, advice: &Advice<'_>) -> Vec<String> {
    let Some(pick) = rotation::pick(&advice.ranked) else {
        return nobody_ready(context, advice);
    };
    let (name, why) = (advice.name(pick.index), decided(context, advice, pick));
    let mut lines = vec![say!(context, "▶ Use {name} next – {why}", "▶ 下一个用 {name}：{why}")];
    lines.extend(caveats(context, advice, pick));
    lines
}

/// Returns the warnings about the pick.
pub(crate) fn caveats(context: &ReplyContext, advice: &Advice<'_>, pick: &Ranked) -> Vec<String> {
    let is_low = pick.tier == Tier::Low;
    let low = is_low.then(|| context.say("⚠ It is nearly used up.", "⚠ 它即将用完。"));
    let earlier = pick.earlier.filter(|_| advice.report.outage().is_none());
    let state = earlier.and_then(|_| reason::reasons(context, advice, pick).into_iter().next());
    let state = state.map(|why| say!(context, "⚠ Its state now: {why}.", "⚠ 它目前：{why}。"));
    let left_out = left_out_warning(context, advice.row(pick));
    [low, state, left_out].into_iter().flatten().collect()
}

/// The reason that decided for the pick, with the group that was compared where there is
/// one.
pub(crate) fn decided(context: &ReplyContext, advice: &Advice<'_>, pick: &Ranked) -> String {
    if let Some(earlier) = pick.earlier {
        let ago = context.ago(earlier.at);
        return match earlier.tier {
            Tier::Low => say!(context, "nearly used up {ago} ago", "{ago}前即将用完"),
            _ => say!(context, "ready {ago} ago", "{ago}前可用"),
        };
    }
    let ready = advice.ready();
    match pick.why {
        Why::Only => context.say("it is your only quota", "这是唯一的额度"),
        Why::Tier | Why::Earlier if ready == 1 => context.say("the only one ready", "只有它可用"),
        Why::Class => context.say("your settings put it first", "您的设置让它排在最前"),
        Why::InUse => {
            context.say("it is already in use; switching gains nothing", "它已在使用，切换没有好处")
        }
        Why::InOrder => context.say("it is in the order", "它在顺序中"),
        Why::Id | Why::SameQuota => context.say("a tie, so by name", "不分上下，按名称选"),
        _ => {
            let why = best_of_the_ready(context, advice, pick);
            say!(context, "of the {ready} ready, {why}", "{ready} 个可用的当中，{why}")
        }
    }
}

/// `its week resets first (Sat 18:44)`
fn best_of_the_ready(context: &ReplyContext, advice: &Advice<'_>, pick: &Ranked) -> String {
    use Why::*;
    let (week, reset) = long_quota_in_words(context, advice, pick);
    match (pick.why, reset) {
        (Untouched, _) => say!(
            context,
            "its {week} starts counting only when you first use it",
            "它的{week}要等首次使用才开始计时"
        ),
        (LongReset | Recovery, Some(at)) => {
            say!(context, "its {week} resets first ({at})", "{week}最先重置（{at}）")
        }
        (LongReset | Recovery, None) => context.say("its quota resets first", "额度最先到期"),
        (ShortLeft, _) => context.say("it has the most left for the next hours", "短期内余量最多"),
        (LongLeft, _) => say!(context, "it has the most left of its {week}", "{week}剩得最多"),
        _ => context.say("it has the most room", "它余量最足"),
    }
}

/// The reason why a profile is not the next one, or what it needs.
pub(crate) fn reason_lost(context: &ReplyContext, advice: &Advice<'_>, other: &Ranked) -> String {
    let row = advice.row(other);
    let reasons = || reason::reasons(context, advice, other);
    match (other.tier, &row.outcome) {
        (Tier::Ready | Tier::Low, _) => lost_by(context, advice, other),
        (Tier::Overage, _) => reasons().into_iter().next().unwrap_or_default(),
        (Tier::Wait, _) => {
            other.recovers_at.map_or_else(|| context.joined(&reasons()), |at| context.back(at))
        }
        (Tier::Unknown, Err(error)) => {
            let said = failure::describe(context, error, row.tries.status);
            let hint = failure::hint(context, error, row);
            say!(context, "{said}, {hint}", "{said}，{hint}")
        }
        // The command that repairs it says enough of one that is signed out.
        (Tier::Broken, Err(_)) if row.needs_sign_in() => failure::sign_in(context, row.profile),
        (Tier::Unknown | Tier::Broken, _) => context.joined(&reasons()),
    }
}

fn lost_by(context: &ReplyContext, advice: &Advice<'_>, other: &Ranked) -> String {
    let (week, reset) = long_quota_in_words(context, advice, other);
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
        (Why::LongReset | Why::Recovery, None) => no_long_reset(context, advice, other),
        (Why::InUse, _) => context.say("switching gains nothing", "切换没有好处"),
        (Why::ShortLeft, _) => context.say("less is left for the next hours", "短期内余量较少"),
        (Why::LongLeft, _) => say!(context, "less is left of its {week}", "{week}剩得较少"),
        (Why::SameQuota, _) => {
            let first = advice.name(advice.best_label(other).index);
            say!(context, "shares the quota of {first}", "与 {first} 共用一份额度")
        }
        (Why::InOrder, _) => reason::left_out(context),
        (Why::Id | Why::Only | Why::Tier | Why::Earlier, _) => {
            context.say("a tie, so by name", "不分上下，按名称靠后")
        }
    }
}

/// Why no reset of a long window speaks for a profile.
fn no_long_reset(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> String {
    let Some(window) = advice.quota_source(one).windows().iter().find(is_long) else {
        return context.say("it has no week or month", "没有周额度或月额度");
    };
    let week = context.long_label(window);
    match window.state {
        WindowState::Due => say!(
            context,
            "the reset of its {week} is due, check again",
            "{week}已到重置时间，请再查一次"
        ),
        _ => say!(context, "the reset of its {week} is unknown", "{week}的重置时间未知"),
    }
}

/// Returns whether a window may be one of a day or more.
fn is_long(window: &&UsageWindow) -> bool {
    window.length_seconds.is_none_or(|length| length >= DAY)
}

/// The long window that a profile was ranked by.
fn long_quota<'a>(advice: &Advice<'a>, one: &Ranked, now: Instant) -> Option<&'a UsageWindow> {
    let usage = advice.quota_source(one).answer()?;
    let at = rotation::long_reset_at(usage, now);
    usage.windows().iter().find(|window| is_long(window) && window.resets_at == at)
}

/// Its name, and its reset, where that can be believed.
fn long_quota_in_words(
    context: &ReplyContext,
    advice: &Advice<'_>,
    one: &Ranked,
) -> (String, Option<String>) {
    let Some(window) = long_quota(advice, one, context.now) else {
        return (context.say("quota", "额度"), None);
    };
    let reset = window.recovery_at().map(|at| context.clock_and_time(at));
    (context.long_label(window), reset)
}

/// When the long window of the pick is empty, if that is before its reset.
pub(crate) fn empty_at(advice: &Advice<'_>, pick: &Ranked, now: Instant) -> Option<Instant> {
    row_pace(advice.quota_source(pick), long_quota(advice, pick, now)?, now)?.runs_out_at
}

/// `Nothing was switched.`, and the command that would follow the advice.
pub(crate) fn nothing_switched(context: &ReplyContext, advice: &Advice<'_>) -> Vec<String> {
    let pick = rotation::pick(&advice.ranked).map(|pick| advice.name(pick.index));
    let other = advice.in_use().filter(|name| Some(*name) != pick);
    let now = other.map_or(String::new(), |name| {
        say!(context, "; the gateway uses {name} now", "，网关目前使用 {name}")
    });
    let Some(ids) = advice.order() else {
        let why = advice.unwritable().map_or(String::new(), |id| {
            let (name, (en, zh)) = (advice.report.sign_ins.name(id), fault_of_id(id));
            say!(
                context,
                " {name} can't be put in an order here: its id {en}.",
                "{name} 无法写进顺序：它的标识{zh}。"
            )
        });
        return vec![say!(context, "Nothing was switched{now}.{why}", "没有切换{now}。{why}")];
    };
    let has_keys = ids.iter().any(|id| advice.report.sign_ins.key(id).is_some());
    let mut lines = match order_command(context, advice) {
        Some(command) => vec![
            say!(context, "Nothing was switched{now}. To switch:", "没有切换{now}。要按此排序："),
            command,
        ],
        None => vec![say!(
            context,
            "Nothing was switched{now}. The order is too long to type.",
            "没有切换{now}。顺序太长，无法输入。"
        )],
    };
    lines.extend(has_keys.then(|| context.say("(API keys stay last)", "（API key 仍排在最后）")));
    lines.extend(left_out_of_it(context, advice));
    lines
}

/// `(backup is left out: it is signed out)`
fn left_out_of_it(context: &ReplyContext, advice: &Advice<'_>) -> Option<String> {
    let rows = advice.of_tier(Tier::Broken).filter(|row| !row.is_left_out);
    let rows: Vec<&Row<'_>> = rows.collect();
    let names: Vec<&str> = rows.iter().map(|row| row.profile.name.as_str()).collect();
    let list = context.shortened(&names);
    Some(match rows.as_slice() {
        [] => return None,
        [one] if one.needs_sign_in() => {
            say!(context, "({list} is left out: it is signed out)", "（未包含 {list}：需重新登录）")
        }
        _ => say!(context, "(left out until repaired: {list})", "（未包含，需先修复：{list}）"),
    })
}

/// No profile works without a price: the first that is back, and what has to be known
/// besides.
pub(crate) fn nobody_ready(context: &ReplyContext, advice: &Advice<'_>) -> Vec<String> {
    let next = advice.outlook.next_recovery;
    let mut lines = vec![match next {
        Some((row, at)) => {
            let (name, at) = (advice.name(row), context.clock_within(at));
            say!(
                context,
                "▶ Nothing is ready now. {name} is back {at}.",
                "▶ 现在都不可用。{name} 将于{at} 恢复。"
            )
        }
        None => context.say(
            "▶ Nothing is ready now, and no reset time is known.",
            "▶ 现在都不可用，恢复时间也未知。",
        ),
    }];
    // Profiles that could not be checked: better tried than waited for.
    let unknown = advice.of_tier(Tier::Unknown);
    let unknown = unknown.filter(|row| !row.needs_sign_in() && !row.is_left_out);
    let unknown: Vec<&str> = unknown.map(|row| row.profile.name.as_str()).collect();
    if !unknown.is_empty() {
        let names = context.shortened(&unknown);
        lines.push(say!(
            context,
            "Could not be checked, but may work: {names}.",
            "没查成，但也许可用：{names}。"
        ));
    }
    let row = next.map(|(row, _)| &advice.report.rows[row]);
    lines.extend(row.and_then(|row| left_out_warning(context, row)));
    // The gateway does not wait where something else is left for it.
    let sign_ins = advice.report.sign_ins;
    let order = sign_ins.order.in_effect();
    let is_in = |id: &ProfileId| order.is_none_or(|order| order.contains(id));
    let keys = key_names(context, sign_ins, &|key| key.kind == KeyKind::ApiKey && is_in(&key.id));
    lines.extend(keys.map(|names| {
        say!(
            context,
            "⚠ Until then the gateway may use an API key (billed per use): {names}.",
            "⚠ 在此之前，网关可能使用 API key（按量计费）：{names}。"
        )
    }));
    lines
}

/// A warning about a profile that the order leaves out, with the way to bring it back.
fn left_out_warning(context: &ReplyContext, row: &Row<'_>) -> Option<String> {
    let name = typed_name(row.profile);
    let restore = context.command("auth", &format!("restore {name} first"));
    row.is_left_out.then(|| {
        say!(
            context,
            "⚠ It is not in the order, so the gateway won't use it. Add it: {restore}",
            "⚠ 它不在顺序中，网关不会使用。加入：{restore}"
        )
    })
}

/// The command that sets the order of the advice. None where it is too long: a part of it
/// would be another order.
pub(crate) fn order_command(context: &ReplyContext, advice: &Advice<'_>) -> Option<String> {
    let ids = advice.order().filter(|ids| ids.len() <= MOST_PLACES)?;
    Some(context.request(advice.report.sign_ins, &OrderRequest::Set(ids)))
}

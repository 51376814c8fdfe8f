//! The sentence that says which profile to use next, or until when to wait.

use crate::order::OrderRequest;
use crate::profile::{KeyKind, ProfileId};
use crate::reply::advice::Advice;
use crate::reply::commands::{self, MOST_PLACES, typed_name};
use crate::reply::order::key_names;
use crate::reply::words::say;
use crate::reply::{ReplyContext, reason};
use crate::report::Row;
use crate::rotation::{self, Earlier, Ranked, Tier, Why};
use crate::time::Span;

/// The profile to use next and the reason, or the time to wait until.
pub(in crate::reply) fn next_or_wait(context: &ReplyContext, advice: &Advice<'_>) -> String {
    match rotation::pick(&advice.ranked) {
        Some(pick) => picked(context, advice, pick),
        None => nobody_ready(context, advice),
    }
}

/// `Nothing was switched.`, and the command that would follow the advice.
pub(in crate::reply) fn nothing_switched(context: &ReplyContext, advice: &Advice<'_>) -> String {
    let Some(ids) = advice.order() else {
        return say!(context, "Nothing was switched.", "未作切换。");
    };
    let sign_ins = advice.report.sign_ins;
    let has_keys = ids.iter().any(|id| sign_ins.key(id).is_some());
    let keys = if has_keys {
        say!(context, ", keys last", "（密钥排在最后）")
    } else {
        String::new()
    };
    let mut said = match order_command(context, advice, ids) {
        Some(command) => say!(
            context,
            "Nothing was switched. The order that follows this{keys}: {command}",
            "未作切换。按此建议的顺序{keys}：{command}"
        ),
        None => say!(
            context,
            "Nothing was switched. The order that follows this is too long to type.",
            "未作切换。按此建议的顺序太长，无法输入。"
        ),
    };
    let ranked = advice.ranked.iter();
    let broken = ranked.filter(|one| one.tier == Tier::Broken && !advice.row(one).is_left_out);
    let names: Vec<String> = broken
        .map(|one| advice.row(one).profile.name.clone())
        .collect();
    if !names.is_empty() {
        let names = context.list(&names);
        said += &say!(
            context,
            "\nBroken, so it is without them: {names}",
            "\n已失效，因此不含：{names}"
        );
    }
    said
}

/// The pick, and the one reason that decided.
fn picked(context: &ReplyContext, advice: &Advice<'_>, pick: &Ranked) -> String {
    let name = &advice.row(pick).profile.name;
    if let Some(earlier) = &pick.earlier {
        let found = found_earlier(context, earlier);
        let why = why_unknown(context, advice, pick);
        let said = say!(
            context,
            "Next: {name}, {found}{why}.",
            "下一个：{name}，{found}{why}。"
        );
        return said + &left_out_warning(context, advice.row(pick));
    }
    let why = decided(context, advice, pick);
    let mut said = say!(context, "Next: {name}, {why}.", "下一个：{name}，{why}。");
    if pick.tier == Tier::Low {
        said += &say!(context, " ⚠️ It is nearly used up.", " ⚠️ 即将用尽。");
    }
    said + &left_out_warning(context, advice.row(pick))
}

/// ` (not checked now: too many requests (429) · try again in 1m)`, unless the reply has
/// said it of all.
fn why_unknown(context: &ReplyContext, advice: &Advice<'_>, pick: &Ranked) -> String {
    let row = advice.row(pick);
    let is_said = advice.report.outage().is_some();
    match reason::why(context, row).filter(|_| !is_said) {
        Some(why) if row.outcome.is_err() => {
            say!(
                context,
                " (not checked now: {why})",
                "（这次没查成：{why}）"
            )
        }
        Some(why) => say!(context, " (now: {why})", "（目前：{why}）"),
        None => String::new(),
    }
}

/// `ready 3m ago`
fn found_earlier(context: &ReplyContext, earlier: &Earlier) -> String {
    let ago = context.span(Span::of_seconds(context.now - earlier.at));
    match earlier.tier {
        Tier::Low => say!(context, "nearly used up {ago} ago", "{ago}前即将用尽"),
        _ => say!(context, "ready {ago} ago", "{ago}前可用"),
    }
}

fn decided(context: &ReplyContext, advice: &Advice<'_>, pick: &Ranked) -> String {
    match pick.why {
        Why::Only => say!(context, "there is no other quota", "没有其他额度可选"),
        Why::Tier | Why::Earlier => {
            say!(context, "no other is as ready", "其他状态都不如它")
        }
        Why::Class => say!(context, "as you want it", "按您的设置"),
        Why::Untouched => say!(
            context,
            "its long window has not started, and its clock runs only from first use",
            "长窗口首次使用后才开始计时"
        ),
        Why::LongReset | Why::Recovery => match long_reset(context, advice, pick) {
            Some(at) => say!(
                context,
                "its long window resets first, {at}",
                "长窗口最先重置（{at}）"
            ),
            None => say!(context, "its quota expires first", "额度最先到期"),
        },
        Why::InUse => say!(
            context,
            "it is in use now, and a switch would win nothing",
            "正在使用，切换没有收益"
        ),
        Why::ShortLeft => say!(
            context,
            "it has the most left of the short window",
            "短窗口剩余最多"
        ),
        Why::LongLeft => say!(
            context,
            "it has the most left of the long window",
            "长窗口剩余最多"
        ),
        Why::InOrder => say!(context, "it is in the order", "它在顺序中"),
        Why::Id | Why::SameQuota(_) => say!(
            context,
            "by its name: nothing else tells them apart",
            "其他条件相同，按名称选取"
        ),
    }
}

/// The reset that a profile was ranked by, where it can be believed.
pub(super) fn long_reset(
    context: &ReplyContext,
    advice: &Advice<'_>,
    ranked: &Ranked,
) -> Option<String> {
    let usage = advice.usage(ranked)?;
    let at = rotation::long_reset_at(usage, context.now)?;
    let mut windows = usage.windows().iter();
    let is_believed = windows.any(|window| window.recovery_at() == Some(at));
    is_believed.then(|| context.clock(at))
}

/// No profile works without a price: the time to wait until, and the profile.
pub(in crate::reply) fn nobody_ready(context: &ReplyContext, advice: &Advice<'_>) -> String {
    // Profiles that could not be checked: better tried than waited for.
    let mut unknown = Vec::new();
    for one in &advice.ranked {
        let row = advice.row(one);
        if one.tier == Tier::Unknown && !row.needs_sign_in() && !row.is_left_out {
            unknown.push(row.profile.name.clone());
        }
    }
    let mut maybe = String::new();
    if !unknown.is_empty() {
        let names = context.shortened(&unknown);
        maybe = say!(
            context,
            " Unknown, and may well work: {names}.",
            "状态未知、也许可用：{names}。"
        );
    }
    let mut said = match advice.outlook.next_recovery {
        Some((row, at)) => {
            let row = &advice.report.rows[row];
            let name = &row.profile.name;
            let at = context.clock(at);
            let said = say!(
                context,
                "No profile is known to be ready.{maybe} Wait until {at}, then {name}.",
                "目前没有确定可用的。{maybe}请等到 {at}，再用 {name}。"
            );
            said + &left_out_warning(context, row)
        }
        None => say!(
            context,
            "No profile is known to be ready, nor when.{maybe}",
            "目前没有确定可用的，恢复时间也未知。{maybe}"
        ),
    };
    // The gateway does not wait where something else is left for it.
    let sign_ins = advice.report.sign_ins;
    let order = sign_ins.order.in_effect();
    let is_in = |id: &ProfileId| order.is_none_or(|order| order.contains(id));
    let keys = key_names(context, sign_ins, &|key| {
        key.kind == KeyKind::ApiKey && is_in(&key.id)
    });
    if let Some(names) = keys {
        said += &say!(
            context,
            " ⚠️ Until then the gateway may use an API key, which pays by use: {names}.",
            " ⚠️ 在此之前，网关可能使用按量付费的 API key：{names}。"
        );
    }
    said
}

/// A warning about a profile that the order leaves out, with the way to bring it back.
fn left_out_warning(context: &ReplyContext, row: &Row<'_>) -> String {
    if !row.is_left_out {
        return String::new();
    }
    let restore = typed_name(row.profile);
    let restore = context.command("auth", &format!("restore {restore} first"));
    say!(
        context,
        " ⚠️ The order leaves it out, so the gateway never picks it: {restore}",
        " ⚠️ 它不在顺序中，网关不会选中。恢复：{restore}"
    )
}

/// None where it is too long: a part of it would be another order.
pub(in crate::reply) fn order_command(
    context: &ReplyContext,
    advice: &Advice<'_>,
    ids: Vec<&ProfileId>,
) -> Option<String> {
    if ids.len() > MOST_PLACES {
        return None;
    }
    let request = OrderRequest::Set(ids.into_iter().cloned().collect());
    Some(commands::request_command(
        context,
        advice.report.sign_ins,
        &request,
    ))
}

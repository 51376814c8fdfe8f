//! Advice in words: the profile to use next and the reasons, as `/codex_usage best` shows
//! them. Nothing is switched; the command that would follow is the user's to give.

use super::advice::{Advice, pick};
use super::commands::MOST_PLACES;
use super::documents::{Body, Next, RankedProfile, Utc};
use super::outage::outage;
use super::words::{capitalised, tier_sign};
use super::{Button, Message, ReplyContext, check, json, limits, outlook};
use crate::command;
use crate::order::OrderRequest;
use crate::profile::ProfileId;
use crate::report::Report;
use crate::rotation::{self, Ranked, Tier, Why};
use crate::text::clean_and_masked;

/// The most profiles that one part of the advice lists.
const MOST_OTHERS: usize = 40;

/// The profile to use next and why, what keeps each other one, and how to switch.
pub fn best(context: &ReplyContext, advice: &Advice<'_>) -> Message {
    if let Some(lines) = outage_advice(context, advice) {
        return message(context, advice, &lines);
    }
    let mut lines = Vec::new();
    // A chat shows by itself when that was.
    if context.screen.is_some() {
        lines.extend([check::title(context), String::new()]);
    }
    lines.extend(match rotation::pick(&advice.ranked) {
        Some(pick) => picked(context, advice, pick),
        None => pick::nobody_ready(context, advice),
    });
    lines.extend(limits::reserve_pools(context, advice));
    lines.extend(limits::banked_resets(context, advice));
    lines.push(String::new());
    let before = lines.len();
    for part in [ALSO_READY, NOT_CHECKED, NOT_YET, NEEDS_YOU] {
        lines.extend(part_lines(context, advice, part));
    }
    if lines.len() > before {
        lines.push(String::new());
    }
    lines.extend(pick::nothing_switched(context, advice));
    lines.extend(unknown_names(context, advice));
    message(context, advice, &lines)
}

/// The pick, the reason that decided, and what comes of it.
fn picked(context: &ReplyContext, advice: &Advice<'_>, pick: &Ranked) -> Vec<String> {
    let name = advice.name(pick.index);
    let why = capitalised(&pick::decided(context, advice, pick));
    let mut lines = vec![
        say!(context, "▶ Use {name} next", "▶ 下一个用 {name}"),
        say!(context, "{why}.", "{why}。"),
    ];
    if let Some(empty_at) = pick::empty_at(advice, pick, context.now) {
        let is_then =
            |one: &&Ranked| one.tier <= Tier::Low && one.quota_source != pick.quota_source;
        let then = advice.ranked.iter().find(is_then).map(|one| advice.name(one.index));
        let then =
            then.map_or(String::new(), |then| say!(context, " Then: {then}.", "之后用 {then}。"));
        let clock = context.clock_within(empty_at);
        lines.push(say!(
            context,
            "⚠ At this pace it is empty about {clock}.{then}",
            "⚠ 照此速度约{clock} 用完。{then}"
        ));
    } else if pick.why == Why::LongReset {
        lines.push(
            context.say("What is left at the reset is lost.", "到重置时没用完的额度会作废。"),
        );
    }
    lines.extend(pick::caveats(context, advice, pick));
    lines
}

/// A part of the advice on all profiles but the pick, by its title.
pub(super) type Part = (&'static str, &'static str);

const ALSO_READY: Part = ("Also ready", "也可用");
const NOT_CHECKED: Part = ("Not checked", "没查成");
const NOT_YET: Part = ("Not yet", "还不能用");
const NEEDS_YOU: Part = ("Needs you", "需要您处理");

fn part_of(advice: &Advice<'_>, one: &Ranked) -> Part {
    match one.tier {
        Tier::Ready | Tier::Low => ALSO_READY,
        Tier::Unknown if !advice.row(one).needs_sign_in() => NOT_CHECKED,
        Tier::Overage | Tier::Wait => NOT_YET,
        Tier::Unknown | Tier::Broken => NEEDS_YOU,
    }
}

/// `Not yet`, and below it each profile with its reason.
fn part_lines(context: &ReplyContext, advice: &Advice<'_>, part: Part) -> Vec<String> {
    let ones = advice.others_of(part, part_of);
    let line = |one: &&Ranked| {
        let (sign, name) = (tier_sign(one.tier), advice.name(one.index));
        let why = pick::reason_lost(context, advice, one);
        say!(context, "{sign} {name} – {why}", "{sign} {name}：{why}")
    };
    let title = (!ones.is_empty()).then(|| context.say(part.0, part.1));
    let lines = context.at_most(MOST_OTHERS, ones.iter().map(line).collect());
    title.into_iter().chain(lines).collect()
}

/// The outage, where no profile could be checked, and the order that would follow from
/// earlier checks.
pub(super) fn outage_advice(context: &ReplyContext, advice: &Advice<'_>) -> Option<Vec<String>> {
    let mut lines = outage(context, advice)?;
    if rotation::pick(&advice.ranked).is_some() {
        lines.push(String::new());
        lines.extend(pick::nothing_switched(context, advice));
    }
    Some(lines)
}

/// These lines, and the same for programs.
pub(super) fn message(context: &ReplyContext, advice: &Advice<'_>, lines: &[String]) -> Message {
    let without_room = without_room(context, advice.report);
    let text = [lines, without_room.as_slice()].concat().join("\n");
    let buttons = order_button(context, advice).into_iter().chain([all_button(context)]);
    let message = context.message(text, |text| {
        context.json(Body::Advice {
            ok: advice.report.is_a_check(),
            next: next(context, advice),
            banked_resets: outlook::banked_resets(advice),
            suggested_user_message: text,
        })
    });
    Message { buttons: buttons.collect(), ..message }
}

/// Names in the settings that mean no profile here, or several.
pub(super) fn unknown_names(context: &ReplyContext, advice: &Advice<'_>) -> Option<String> {
    let names = advice.unknown_names.iter().take(MOST_OTHERS);
    let names: Vec<String> = names.map(|name| clean_and_masked(name, 64)).collect();
    let list = context.list(&names);
    (!names.is_empty()).then(|| {
        say!(
            context,
            "Note: burnFirst/preserve in your settings match no profile, or more than one: {list}.",
            "注意：设置中的 burnFirst/preserve 没有对应的 profile，或对应多个：{list}。"
        )
    })
}

/// The buttons below a check of all profiles.
pub fn buttons_below_all(context: &ReplyContext, advice: &Advice<'_>) -> Vec<Button> {
    let why = context.button("Why", "为什么", "usage:best");
    let again = context.button("Check again", "再查一次", "usage:all");
    [Some(why), order_button(context, advice), Some(again)].into_iter().flatten().collect()
}

pub(super) fn all_button(context: &ReplyContext) -> Button {
    context.button("All profiles", "全部", "usage:all")
}

/// The button that plans the order which would follow the advice. None where nothing would
/// change, or it does not fit into a button.
pub(super) fn order_button(context: &ReplyContext, advice: &Advice<'_>) -> Option<Button> {
    let sign_ins = advice.report.sign_ins;
    let handle = |id: &ProfileId| {
        let profile = sign_ins.by_id(id).map(|profile| profile.handle.as_str());
        profile.or_else(|| Some(&sign_ins.key(id)?.handle))
    };
    let ids = advice.order().filter(|ids| ids.len() <= MOST_PLACES)?;
    let handles: Option<Vec<&str>> = ids.iter().map(handle).collect();
    let all: Vec<&str> = sign_ins.handles().collect();
    let value = command::order_button(&handles?, &all)?;
    Some(context.button("Plan this order", "按此顺序生成计划", &value))
}

/// The profile to use next, its reason and the order that would follow, for programs.
pub(super) fn next<'a>(context: &ReplyContext, advice: &'a Advice<'_>) -> Next<'a> {
    let pick = rotation::pick(&advice.ranked);
    let ranked = |one: &Ranked| {
        let row = advice.row(one);
        RankedProfile {
            label: advice.name(one.index),
            tier: one.tier,
            why: one.why,
            verdict: row.judgement.verdict,
            usable_at: one.recovers_at.map(Utc),
            earlier_tier: one.earlier.map(|earlier| earlier.tier),
            earlier_at: one.earlier.map(|earlier| Utc(earlier.at)),
            error: json::profile_error(context, row),
        }
    };
    Next {
        next: pick.map(|pick| advice.name(pick.index)),
        decided_by: pick.map(|pick| pick.why),
        ranking: advice.ranked.iter().map(ranked).collect(),
        order_command: advice
            .order()
            .map(|ids| context.request_words(advice.report.sign_ins, &OrderRequest::Set(ids))),
    }
}

/// Says how many profiles found no room in the check.
pub(super) fn without_room(context: &ReplyContext, report: &Report<'_>) -> Option<String> {
    let count = report.without_room;
    (count > 0).then(|| {
        say!(
            context,
            "{count} more were not checked: too many for one check. Check them by name.",
            "另有 {count} 个未检查：一次检查放不下。请按名称单独检查。"
        )
    })
}

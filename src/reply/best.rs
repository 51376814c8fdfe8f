//! Advice in words: the profile to use next and the reasons, as `/codex_usage best` shows
//! them. Nothing is switched; the command that would follow is the user's to give.

use super::advice::{Advice, lost, pick};
use super::commands::MOST_PLACES;
use super::documents::{Advised, Body, Next, RankedProfile, Utc};
use super::outage::outage;
use super::words::{capitalised, say, tier_sign};
use super::{Message, ReplyContext, check, json, limits, outlook};
use crate::command;
use crate::profile::{ProfileId, clean_and_masked};
use crate::report::Report;
use crate::rotation::{self, Ranked, Tier, Why};

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
    for part in Part::ALL {
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
    let name = &advice.row(pick).profile.name;
    let why = capitalised(&pick::decided(context, advice, pick));
    let mut lines = vec![
        say!(context, "▶ Use {name} next", "▶ 下一个用 {name}"),
        say!(context, "{why}.", "{why}。"),
    ];
    if let Some(clock) = pick::empty_before_reset(context, advice, pick) {
        let others = advice.ranked.iter().filter(|one| one.index != pick.index);
        let then = others.filter(|one| one.tier <= Tier::Low && one.read_from != pick.read_from);
        let then = then.map(|one| &advice.row(one).profile.name).next();
        let then =
            then.map_or(String::new(), |then| say!(context, " Then: {then}.", "之后用 {then}。"));
        let beside = context.beside(&clock);
        lines.push(say!(
            context,
            "⚠ At this pace it is empty about {clock}.{then}",
            "⚠ 照此速度约{beside} 用完。{then}"
        ));
    } else if pick.why == Why::LongReset {
        lines.push(
            context.say("What is left at the reset is lost.", "到重置时没用完的额度会作废。"),
        );
    }
    lines.extend(pick::caveats(context, advice, pick));
    lines
}

/// Parts of the advice on all profiles but the pick.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    AlsoReady,
    NotChecked,
    NotYet,
    NeedsYou,
}

impl Part {
    const ALL: [Self; 4] = [Self::AlsoReady, Self::NotChecked, Self::NotYet, Self::NeedsYou];

    fn of(advice: &Advice<'_>, one: &Ranked) -> Self {
        match one.tier {
            Tier::Ready | Tier::Low => Self::AlsoReady,
            Tier::Unknown if advice.row(one).needs_sign_in() => Self::NeedsYou,
            Tier::Unknown => Self::NotChecked,
            Tier::Overage | Tier::Wait => Self::NotYet,
            Tier::Broken => Self::NeedsYou,
        }
    }

    fn title(self, context: &ReplyContext) -> String {
        match self {
            Self::AlsoReady => context.say("Also ready", "也可用"),
            Self::NotChecked => context.say("Not checked", "没查成"),
            Self::NotYet => context.say("Not yet", "还不能用"),
            Self::NeedsYou => context.say("Needs you", "需要您处理"),
        }
    }
}

/// `Not yet`, and below it each profile with its reason.
fn part_lines(context: &ReplyContext, advice: &Advice<'_>, part: Part) -> Vec<String> {
    let pick = rotation::pick(&advice.ranked).map(|pick| pick.index);
    let is_of = |one: &&Ranked| Some(one.index) != pick && Part::of(advice, one) == part;
    let ones: Vec<&Ranked> = advice.ranked.iter().filter(is_of).collect();
    if ones.is_empty() {
        return vec![];
    }
    let mut lines = vec![part.title(context)];
    for one in ones.iter().take(MOST_OTHERS) {
        let name = &advice.row(one).profile.name;
        let (sign, why) = (tier_sign(one.tier), lost::reason_lost(context, advice, one));
        lines.push(say!(context, "{sign} {name} – {why}", "{sign} {name}：{why}"));
    }
    lines.extend(context.and_more(ones.len().saturating_sub(MOST_OTHERS)));
    lines
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
    let lines = lines.iter().chain(&without_room);
    let text = lines.map(String::as_str).collect::<Vec<_>>().join("\n");
    let document = context.document(|| {
        Body::Advice(Advised {
            ok: advice.report.is_a_check(),
            next: next(context, advice),
            banked_resets: outlook::banked_resets(advice.report, &advice.outlook),
            suggested_user_message: &text,
        })
    });
    Message::new(text, document)
}

/// Names in the settings that mean no profile here, or several.
pub(super) fn unknown_names(context: &ReplyContext, advice: &Advice<'_>) -> Option<String> {
    let shown = |name: &&str| clean_and_masked(name, 64);
    let names: Vec<String> = advice.unknown_names.iter().take(MOST_OTHERS).map(shown).collect();
    let list = context.list(&names);
    (!names.is_empty()).then(|| {
        say!(
            context,
            "Note: burnFirst/preserve in your settings match no profile, or more than one: {list}.",
            "注意：设置中的 burnFirst/preserve 没有对应的 profile，或对应多个：{list}。"
        )
    })
}

/// The buttons below a check of all profiles: the label and the value of each.
pub fn buttons_below_all(context: &ReplyContext, advice: &Advice<'_>) -> Vec<(String, String)> {
    let why = context.say("Why", "为什么");
    let again = context.say("Check again", "再查一次");
    let mut buttons = vec![(why, "usage:best".to_owned())];
    buttons.extend(order_button(context, advice));
    buttons.push((again, "usage:all".to_owned()));
    buttons
}

/// The buttons below the advice: the label and the value of each.
pub fn buttons_below_advice(context: &ReplyContext, advice: &Advice<'_>) -> Vec<(String, String)> {
    let all = context.say("All profiles", "全部");
    let mut buttons = Vec::from_iter(order_button(context, advice));
    buttons.push((all, "usage:all".to_owned()));
    buttons
}

/// The button that plans the order which would follow the advice: its label and its
/// value. None where nothing would change, or it does not fit into a button.
pub(super) fn order_button(
    context: &ReplyContext,
    advice: &Advice<'_>,
) -> Option<(String, String)> {
    let sign_ins = advice.report.sign_ins;
    let handle = |id: &ProfileId| {
        let profile = sign_ins.by_id(id).map(|profile| profile.handle.as_str());
        profile.or_else(|| sign_ins.key(id).map(|key| key.handle.as_str()))
    };
    let ids = advice.order().filter(|ids| ids.len() <= MOST_PLACES)?;
    let handles: Option<Vec<&str>> = ids.into_iter().map(handle).collect();
    let all: Vec<&str> = sign_ins.handles().collect();
    let label = context.say("Plan this order", "按此顺序生成计划");
    Some((label, command::order_button(&handles?, &all)?))
}

/// The profile to use next, its reason and the order that would follow, for programs.
pub(super) fn next<'a>(context: &ReplyContext, advice: &'a Advice<'_>) -> Next<'a> {
    let pick = rotation::pick(&advice.ranked);
    let ranked = |one: &Ranked| {
        let row = advice.row(one);
        RankedProfile {
            label: &row.profile.name,
            tier: one.tier.word(),
            why: one.why.word(),
            verdict: row.judgement.verdict,
            usable_at: one.recovers_at.map(Utc),
            earlier_tier: one.earlier.map(|earlier| earlier.tier.word()),
            earlier_at: one.earlier.map(|earlier| Utc(earlier.at)),
            error: json::profile_error(context, row),
        }
    };
    let order = advice.order();
    Next {
        next: pick.map(|pick| advice.row(pick).profile.name.as_str()),
        decided_by: pick.map(|pick| pick.why.word()),
        ranking: advice.ranked.iter().map(ranked).collect(),
        order_command: order.map(|ids| pick::order_words(context, advice, ids)),
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

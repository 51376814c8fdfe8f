//! Advice in words: the profile to use next and the reasons, as `/codex_usage best` shows
//! them. Nothing is switched; the command that would follow is the user's to give.

use super::advice::{Advice, lost, pick};
use super::documents::{Advised, Next, RankedProfile};
use super::outage::outage;
use super::words::{profiles, say};
use super::{Message, ReplyContext, limits, outlook};
use crate::command;
use crate::profile::{ProfileId, clean_and_masked};
use crate::report::Report;
use crate::rotation::{self, Ranked};
use crate::usage::UsageError;

/// The most other profiles that are told one by one.
const MOST_OTHERS: usize = 100;

/// The profile to use next, and for each other one the reason why not.
pub fn best(context: &ReplyContext, advice: &Advice<'_>) -> Message {
    if let Some(lines) = outage_advice(context, advice) {
        return message(context, advice, &lines);
    }
    let mut lines = vec![best_title(context, advice), String::new()];
    lines.push(pick::next_or_wait(context, advice));
    lines.extend(limits::reserve_pools(context, advice));
    lines.extend(limits::banked_resets(context, advice));
    let others = advice.ranked.iter();
    let mut others = others.filter(|one| !advice.is_first(one));
    for other in others.by_ref().take(MOST_OTHERS) {
        let (name, why) = (
            &advice.row(other).profile.name,
            lost::reason_lost(context, advice, other),
        );
        lines.push(say!(context, "Not {name}: {why}", "不选 {name}：{why}"));
    }
    lines.extend(context.and_more(others.count()));
    lines.push(String::new());
    lines.push(pick::nothing_switched(context, advice));
    lines.extend(unknown_names(context, advice));
    message(context, advice, &lines)
}

fn best_title(context: &ReplyContext, advice: &Advice<'_>) -> String {
    let count = advice.ranked.len();
    let (profiles, date) = (profiles(count), context.date());
    say!(
        context,
        "Which Codex profile next · {count} {profiles} · {date}",
        "下一个用哪个 Codex profile · {count} 个 · {date}"
    )
}

/// One line for the end of a check: whom to use next, and the reason that decided. None
/// where there is no choice, or nothing to say.
pub(super) fn closing_line(context: &ReplyContext, advice: &Advice<'_>) -> Option<String> {
    if advice.ranked.len() < 2 {
        return None;
    }
    if rotation::pick(&advice.ranked).is_none() {
        advice.outlook.next_recovery?;
    }
    let mut said = pick::next_or_wait(context, advice);
    // A command at its end would run into the next sentence.
    if !said.ends_with(['.', '。']) {
        said.push('\n');
    }
    let best = context.command("usage", "best");
    let space = if said.ends_with('\n') { "" } else { " " };
    Some(say!(
        context,
        "{said}{space}Why not the others: {best}",
        "{said}为何不选其他：{best}"
    ))
}

/// The outage, where no profile could be checked, and the order that would follow from
/// earlier checks.
pub(super) fn outage_advice(context: &ReplyContext, advice: &Advice<'_>) -> Option<Vec<String>> {
    let mut lines = outage(context, advice)?;
    if rotation::pick(&advice.ranked).is_some() {
        lines.push(pick::nothing_switched(context, advice));
    }
    Some(lines)
}

/// These lines, and the same for programs.
pub(super) fn message(context: &ReplyContext, advice: &Advice<'_>, lines: &[String]) -> Message {
    let without_room = without_room(context, advice.report);
    let lines = lines.iter().chain(&without_room);
    let text = lines.map(String::as_str).collect::<Vec<_>>().join("\n");
    let document = context.document(|| Advised {
        ok: advice.report.is_a_check(),
        next: next(context, advice),
        banked_resets: outlook::banked_resets(advice.report, &advice.outlook),
        suggested_user_message: &text,
    });
    Message::new(text, document)
}

/// Names in the settings that mean no profile here, or several.
pub(super) fn unknown_names(context: &ReplyContext, advice: &Advice<'_>) -> Option<String> {
    let shown = |name: &&str| clean_and_masked(name, 64);
    let names: Vec<String> = advice
        .unknown_names
        .iter()
        .take(MOST_OTHERS)
        .map(shown)
        .collect();
    let list = context.list(&names);
    (!names.is_empty()).then(|| {
        say!(
            context,
            "Note: burn-first or preserve names no profile here, or several: {list}.",
            "注意：burn-first 或 preserve 中的名称在此没有对应的 profile，或对应多个：{list}。"
        )
    })
}

/// The buttons below a check of all profiles: the label and the value of each.
pub fn buttons_below_all(context: &ReplyContext, advice: &Advice<'_>) -> Vec<(String, String)> {
    let why = say!(context, "Why", "为什么");
    let again = say!(context, "Check again", "再查一次");
    let mut buttons = vec![(why, "usage:best".to_owned())];
    buttons.extend(order_button(context, advice));
    buttons.push((again, "usage:all".to_owned()));
    buttons
}

/// The buttons below the advice: the label and the value of each.
pub fn buttons_below_advice(context: &ReplyContext, advice: &Advice<'_>) -> Vec<(String, String)> {
    let all = say!(context, "All profiles", "全部");
    let mut buttons = Vec::from_iter(order_button(context, advice));
    buttons.push((all, "usage:all".to_owned()));
    buttons
}

/// The button that plans the order which would follow the advice: its label and its
/// value. None where nothing would change, or it does not fit into a button.
fn order_button(context: &ReplyContext, advice: &Advice<'_>) -> Option<(String, String)> {
    let sign_ins = advice.report.sign_ins;
    let handle = |id: &ProfileId| {
        let profile = sign_ins.by_id(id).map(|profile| profile.handle.as_str());
        profile.or_else(|| sign_ins.key(id).map(|key| key.handle.as_str()))
    };
    let handles: Option<Vec<&str>> = advice.order()?.into_iter().map(handle).collect();
    let all: Vec<&str> = sign_ins.handles().collect();
    let label = say!(context, "Plan this order", "按此顺序生成计划");
    Some((label, command::order_button(&handles?, &all)?))
}

/// The profile to use next, its reason and the order that would follow, for programs.
pub(super) fn next<'a>(context: &ReplyContext, advice: &'a Advice<'_>) -> Next<'a> {
    let pick = rotation::pick(&advice.ranked);
    let ranked = |one: &Ranked| {
        let row = advice.row(one);
        let error = row.outcome.as_ref().err();
        RankedProfile {
            label: &row.profile.name,
            tier: one.tier.word(),
            why: one.why.word(),
            verdict: row.judgement.verdict.word(),
            recovers_at: one.recovers_at,
            earlier_tier: one.earlier.map(|earlier| earlier.tier.word()),
            earlier_at: one.earlier.map(|earlier| earlier.at),
            remote_error: error.map(UsageError::code),
            retry_after_seconds: error.and_then(UsageError::retry_after),
        }
    };
    let order = advice.order();
    Next {
        next: pick.map(|pick| advice.row(pick).profile.name.as_str()),
        decided_by: pick.map(|pick| pick.why.word()),
        ranking: advice.ranked.iter().map(ranked).collect(),
        order_command: order.and_then(|ids| pick::order_command(context, advice, ids)),
    }
}

/// Says how many profiles found no room in the check.
pub(super) fn without_room(context: &ReplyContext, report: &Report<'_>) -> Option<String> {
    let count = report.without_room;
    (count > 0).then(|| {
        say!(
            context,
            "{count} more were left out: too many for one check. Check them by name.",
            "另有 {count} 个未检查：一次检查放不下。请按名称单独检查。"
        )
    })
}

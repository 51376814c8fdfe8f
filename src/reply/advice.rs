//! Advice: the profile to use next, and the reasons, as `/codex_usage best` shows them.
//! Nothing is switched; the command that would follow the advice is the user's to give.

use super::documents::{Advised, Next, RankedProfile};
use super::outage::outage;
use super::words::{profiles, say};
use super::{Message, ReplyContext, check, limits, outlook};
use crate::command;
use crate::outlook::Outlook;
use crate::profile::{ProfileId, clean_and_masked};
use crate::report::{Report, Row};
use crate::rotation::{self, Preferences, Ranked, Tier};
use crate::time::Instant;
use crate::usage::{UsageError, UsageSnapshot};

pub(super) mod lost;
pub(super) mod pick;

/// The most other profiles that are told one by one.
const MOST_OTHERS: usize = 100;

/// A report, and its profiles ranked.
pub struct Advice<'a> {
    /// The check.
    pub report: &'a Report<'a>,
    /// The outlook of all profiles together.
    pub outlook: Outlook,
    /// Every profile, the best first.
    pub ranked: Vec<Ranked>,
    /// Names in the settings that are nobody's.
    unknown_names: Vec<&'a str>,
}

impl<'a> Advice<'a> {
    /// Ranks the profiles of this report.
    pub fn new(report: &'a Report<'a>, preferences: &Preferences<'a>, now: Instant) -> Self {
        let ranked = report.ranked(preferences, now);
        Self {
            unknown_names: preferences.unknown.clone(),
            outlook: Outlook::new(report, &ranked, now),
            report,
            ranked,
        }
    }

    /// The row of a ranked profile.
    pub fn row(&self, ranked: &Ranked) -> &'a Row<'a> {
        &self.report.rows[ranked.index]
    }

    /// The reading that speaks for this one's quota.
    fn usage(&self, ranked: &Ranked) -> Option<&'a UsageSnapshot> {
        self.report.rows[ranked.read_from].outcome.as_ref().ok()
    }

    /// Tells whether the first sentence says it all of this one: it is the one to use next,
    /// or to wait for.
    pub(super) fn is_first(&self, one: &Ranked) -> bool {
        let next = || self.outlook.next_recovery.map(|(row, _)| row);
        match rotation::pick(&self.ranked) {
            Some(pick) => pick.index == one.index,
            None => one.tier == Tier::Wait && next() == Some(one.index),
        }
    }

    /// The order that would follow the advice: all that are in it now but the broken
    /// ones. None where it is the order already, or there is nobody to put first.
    pub fn order(&self) -> Option<Vec<&'a ProfileId>> {
        let pick = self.row(rotation::pick(&self.ranked)?);
        let sign_ins = self.report.sign_ins;
        if pick.is_left_out || pick.profile.provider != sign_ins.provider {
            return None;
        }
        // Whoever was left out stays out: advice brings nobody back.
        let works = |one: &&Ranked| {
            let row = self.row(one);
            let is_ours = row.profile.provider == sign_ins.provider;
            one.tier != Tier::Broken && is_ours && !row.is_left_out
        };
        let ranked = self.ranked.iter().filter(works);
        let mut order: Vec<&ProfileId> = ranked.map(|one| &self.row(one).profile.id).collect();
        let now = sign_ins.order_in_effect();
        if now.is_none() && order.len() < 2 {
            // It would only lock out whoever signs in later.
            return None;
        }
        // Keys are not ranked, and stay where nothing better is left: a list without
        // them would take them out of use. Without an order the gateway may pick any.
        let all: Vec<&ProfileId> = sign_ins.keys.iter().map(|key| &key.id).collect();
        let now: Vec<&ProfileId> = now.map_or(all, |now| now.iter().collect());
        for id in &now {
            // The gateway takes no name twice, whatever stands in the order.
            if sign_ins.key(id).is_some() && !order.contains(id) {
                order.push(id);
            }
        }
        let is_so = sign_ins.order_in_effect().is_some() && now == order;
        let can_be = !order.is_empty() && order.iter().all(|id| id.is_writable());
        (!is_so && can_be).then_some(order)
    }
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
    let without_room = check::without_room(context, advice.report);
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

/// The button that plans the order which would follow the advice: its label and its
/// value. None where nothing would change, or it does not fit into a button.
pub fn order_button(context: &ReplyContext, advice: &Advice<'_>) -> Option<(String, String)> {
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

fn best_title(context: &ReplyContext, advice: &Advice<'_>) -> String {
    let count = advice.ranked.len();
    let (profiles, date) = (profiles(count), context.date());
    say!(
        context,
        "Which Codex profile next · {count} {profiles} · {date}",
        "下一个用哪个 Codex profile · {count} 个 · {date}"
    )
}

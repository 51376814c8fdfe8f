//! Which profile next, and why: what `/codex_usage best` shows. Advice only; what
//! would follow it is a command for the user to give.

use super::change::{MOST_PLACES, Message};
use super::documents::{Advised, Next, RankedProfile};
use super::outage::outage;
use super::words::{profiles, say};
use super::{ReplyContext, outlook, typed_name};
use crate::command;
use crate::order::OrderRequest;
use crate::outlook::Outlook;
use crate::profile::{KeyKind, ProfileId, clean_and_masked};
use crate::report::{Report, Row};
use crate::rotation::{self, Earlier, Preferences, Ranked, Tier, Why};
use crate::time::{Instant, Span};
use crate::usage::{UsageError, UsageSnapshot};

/// How many of the others are told one by one.
const MOST_OTHERS: usize = 100;

/// A report, and its profiles ranked.
pub struct Advice<'a> {
    /// What was found.
    pub report: &'a Report<'a>,
    /// What lies ahead of all profiles together.
    pub outlook: Outlook,
    /// Every profile, the best first.
    pub ranked: Vec<Ranked>,
    /// Names in the settings that are nobody's.
    unknown_names: Vec<&'a str>,
}

impl<'a> Advice<'a> {
    /// What to advise on this report.
    pub fn new(report: &'a Report<'a>, preferences: &Preferences<'a>, now: Instant) -> Self {
        let ranked = report.ranked(preferences, now);
        Self {
            unknown_names: preferences.unknown.clone(),
            outlook: Outlook::new(report, &ranked, now),
            report,
            ranked,
        }
    }

    /// What was found of this one.
    pub fn row(&self, ranked: &Ranked) -> &'a Row<'a> {
        &self.report.rows[ranked.index]
    }

    /// The reading that speaks for this one's quota.
    fn usage(&self, ranked: &Ranked) -> Option<&'a UsageSnapshot> {
        self.report.rows[ranked.read_from].outcome.as_ref().ok()
    }

    /// Of whom the first sentence says all there is to say: whom to use next, or whom to
    /// wait for.
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
pub fn closing_line(context: &ReplyContext, advice: &Advice<'_>) -> Option<String> {
    if advice.ranked.len() < 2 {
        return None;
    }
    if rotation::pick(&advice.ranked).is_none() {
        advice.outlook.next_recovery?;
    }
    let mut said = context.next_or_wait(advice);
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

/// Which one next, and why not each other.
pub fn best(context: &ReplyContext, advice: &Advice<'_>) -> Message {
    if let Some(lines) = outage_advice(context, advice) {
        return message(context, advice, &lines);
    }
    let mut lines = vec![context.best_title(advice), String::new()];
    lines.push(context.next_or_wait(advice));
    lines.extend(context.reserve_pools(advice));
    lines.extend(context.banked_resets(advice));
    let others = advice.ranked.iter();
    let mut others = others.filter(|one| !advice.is_first(one));
    for other in others.by_ref().take(MOST_OTHERS) {
        let (name, why) = (
            &advice.row(other).profile.name,
            context.reason_lost(advice, other),
        );
        lines.push(say!(context, "Not {name}: {why}", "不选 {name}：{why}"));
    }
    lines.extend(context.and_more(others.count()));
    lines.push(String::new());
    lines.push(context.nothing_switched(advice));
    lines.extend(unknown_names(context, advice));
    message(context, advice, &lines)
}

/// Where nobody could be checked: that, and what follows for whom an earlier check found
/// ready.
pub(super) fn outage_advice(context: &ReplyContext, advice: &Advice<'_>) -> Option<Vec<String>> {
    let mut lines = outage(context, advice)?;
    if rotation::pick(&advice.ranked).is_some() {
        lines.push(context.nothing_switched(advice));
    }
    Some(lines)
}

/// These lines, and the same for programs.
pub(super) fn message(context: &ReplyContext, advice: &Advice<'_>, lines: &[String]) -> Message {
    let without_room = context.without_room(advice.report);
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

/// That the settings name somebody who is not here.
pub fn unknown_names(context: &ReplyContext, advice: &Advice<'_>) -> Option<String> {
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

/// Whom to use next, by what, and the order that would follow, for programs.
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
        order_command: order.and_then(|ids| context.order_command(advice, ids)),
    }
}

impl ReplyContext {
    fn best_title(&self, advice: &Advice<'_>) -> String {
        let count = advice.ranked.len();
        let (profiles, date) = (profiles(count), self.date());
        say!(
            self,
            "Which Codex profile next · {count} {profiles} · {date}",
            "下一个用哪个 Codex profile · {count} 个 · {date}"
        )
    }

    /// Whom to use next and why, or until when to wait.
    pub(super) fn next_or_wait(&self, advice: &Advice<'_>) -> String {
        match rotation::pick(&advice.ranked) {
            Some(pick) => self.picked(advice, pick),
            None => self.nobody_ready(advice),
        }
    }

    /// That advice is all this is, and the command that would follow it.
    pub(super) fn nothing_switched(&self, advice: &Advice<'_>) -> String {
        let Some(ids) = advice.order() else {
            return say!(self, "Nothing was switched.", "未作切换。");
        };
        let sign_ins = advice.report.sign_ins;
        let has_keys = ids.iter().any(|id| sign_ins.key(id).is_some());
        let keys = match has_keys {
            true => say!(self, ", keys last", "（密钥排在最后）"),
            false => String::new(),
        };
        let mut said = match self.order_command(advice, ids) {
            Some(command) => say!(
                self,
                "Nothing was switched. The order that follows this{keys}: {command}",
                "未作切换。按此建议的顺序{keys}：{command}"
            ),
            None => say!(
                self,
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
            let names = self.list(&names);
            said += &say!(
                self,
                "\nBroken, so it is without them: {names}",
                "\n已失效，因此不含：{names}"
            );
        }
        said
    }

    /// The pick, and the one reason that decided.
    fn picked(&self, advice: &Advice<'_>, pick: &Ranked) -> String {
        let name = &advice.row(pick).profile.name;
        if let Some(earlier) = &pick.earlier {
            let found = self.earlier(earlier);
            let why = self.why_unknown(advice, pick);
            let said = say!(
                self,
                "Next: {name}, {found}{why}.",
                "下一个：{name}，{found}{why}。"
            );
            return said + &self.left_out_warning(advice.row(pick));
        }
        let why = self.decided(advice, pick);
        let mut said = say!(self, "Next: {name}, {why}.", "下一个：{name}，{why}。");
        if pick.tier == Tier::Low {
            said += &say!(self, " ⚠️ It is nearly used up.", " ⚠️ 即将用尽。");
        }
        said + &self.left_out_warning(advice.row(pick))
    }

    /// ` (not checked now: too many requests (429) · try again in 1m)`, unless the reply has
    /// said it of all.
    fn why_unknown(&self, advice: &Advice<'_>, pick: &Ranked) -> String {
        let row = advice.row(pick);
        let is_said = advice.report.outage().is_some();
        match self.why(row).filter(|_| !is_said) {
            Some(why) if row.outcome.is_err() => {
                say!(self, " (not checked now: {why})", "（这次没查成：{why}）")
            }
            Some(why) => say!(self, " (now: {why})", "（目前：{why}）"),
            None => String::new(),
        }
    }

    /// `ready 3m ago`
    fn earlier(&self, earlier: &Earlier) -> String {
        let ago = self.span(Span::of_seconds(self.now - earlier.at));
        match earlier.tier {
            Tier::Low => say!(self, "nearly used up {ago} ago", "{ago}前即将用尽"),
            _ => say!(self, "ready {ago} ago", "{ago}前可用"),
        }
    }

    fn decided(&self, advice: &Advice<'_>, pick: &Ranked) -> String {
        match pick.why {
            Why::Only => say!(self, "there is no other quota", "没有其他额度可选"),
            Why::Tier | Why::Earlier => {
                say!(self, "no other is as ready", "其他状态都不如它")
            }
            Why::Class => say!(self, "as you want it", "按您的设置"),
            Why::Untouched => say!(
                self,
                "its long window has not started, and its clock runs only from first use",
                "长窗口首次使用后才开始计时"
            ),
            Why::LongReset | Why::Recovery => match self.long_reset(advice, pick) {
                Some(at) => say!(
                    self,
                    "its long window resets first, {at}",
                    "长窗口最先重置（{at}）"
                ),
                None => say!(self, "its quota expires first", "额度最先到期"),
            },
            Why::InUse => say!(
                self,
                "it is in use now, and a switch would win nothing",
                "正在使用，切换没有收益"
            ),
            Why::ShortLeft => say!(
                self,
                "it has the most left of the short window",
                "短窗口剩余最多"
            ),
            Why::LongLeft => say!(
                self,
                "it has the most left of the long window",
                "长窗口剩余最多"
            ),
            Why::InOrder => say!(self, "it is in the order", "它在顺序中"),
            Why::Id | Why::SameQuota(_) => say!(
                self,
                "by its name: nothing else tells them apart",
                "其他条件相同，按名称选取"
            ),
        }
    }

    /// The reset that a profile was ranked by, where it can be believed.
    fn long_reset(&self, advice: &Advice<'_>, ranked: &Ranked) -> Option<String> {
        let usage = advice.usage(ranked)?;
        let at = rotation::long_reset_at(usage, self.now)?;
        let mut windows = usage.windows().iter();
        let is_believed = windows.any(|window| window.recovery_at() == Some(at));
        is_believed.then(|| self.clock(at))
    }

    /// Where nobody works without a price: until when to wait, and for whom.
    pub(super) fn nobody_ready(&self, advice: &Advice<'_>) -> String {
        // Whom a check could not tell of: better tried than waited for.
        let mut unknown = Vec::new();
        for one in &advice.ranked {
            let row = advice.row(one);
            if one.tier == Tier::Unknown && !row.needs_sign_in() && !row.is_left_out {
                unknown.push(row.profile.name.clone());
            }
        }
        let mut maybe = String::new();
        if !unknown.is_empty() {
            let names = self.shortened(&unknown);
            maybe = say!(
                self,
                " Unknown, and may well work: {names}.",
                "状态未知、也许可用：{names}。"
            );
        }
        let mut said = match advice.outlook.next_recovery {
            Some((row, at)) => {
                let row = &advice.report.rows[row];
                let name = &row.profile.name;
                let at = self.clock(at);
                let said = say!(
                    self,
                    "No profile is known to be ready.{maybe} Wait until {at}, then {name}.",
                    "目前没有确定可用的。{maybe}请等到 {at}，再用 {name}。"
                );
                said + &self.left_out_warning(row)
            }
            None => say!(
                self,
                "No profile is known to be ready, nor when.{maybe}",
                "目前没有确定可用的，恢复时间也未知。{maybe}"
            ),
        };
        // The gateway does not wait where something else is left for it.
        let sign_ins = advice.report.sign_ins;
        let order = sign_ins.order_in_effect();
        let is_in = |id: &ProfileId| order.is_none_or(|order| order.contains(id));
        let keys = self.keys(sign_ins, &|key| {
            key.kind == KeyKind::ApiKey && is_in(&key.id)
        });
        if let Some(names) = keys {
            said += &say!(
                self,
                " ⚠️ Until then the gateway may use an API key, which pays by use: {names}.",
                " ⚠️ 在此之前，网关可能使用按量付费的 API key：{names}。"
            );
        }
        said
    }

    /// Where the order leaves it out, how to bring it back.
    fn left_out_warning(&self, row: &Row<'_>) -> String {
        if !row.is_left_out {
            return String::new();
        }
        let restore = typed_name(row.profile);
        let restore = self.command("auth", &format!("restore {restore} first"));
        say!(
            self,
            " ⚠️ The order leaves it out, so the gateway never picks it: {restore}",
            " ⚠️ 它不在顺序中，网关不会选中。恢复：{restore}"
        )
    }

    /// Why it is not this one.
    pub(super) fn reason_lost(&self, advice: &Advice<'_>, other: &Ranked) -> String {
        let row = advice.row(other);
        match other.tier {
            Tier::Overage => self
                .cost(row)
                .unwrap_or_else(|| say!(self, "using it would cost credits", "使用会消耗 credits")),
            Tier::Wait => match other.recovers_at.or(row.judgement.until) {
                Some(at) => {
                    let at = self.clock(at);
                    say!(self, "wait until {at}", "等到 {at}")
                }
                None => say!(self, "blocked, until when is unknown", "受限，恢复时间未知"),
            },
            Tier::Unknown | Tier::Broken => {
                let why = self.why(row);
                // This check alone does not tell why it is broken.
                let last = || self.last_read(row);
                let is_known = other.tier == Tier::Broken && row.outage().is_some();
                let said: Vec<String> = why
                    .into_iter()
                    .chain(is_known.then(last).flatten())
                    .collect();
                match said.is_empty() {
                    true => say!(self, "nothing certain is known", "状态不确定"),
                    false => said.join(" · "),
                }
            }
            Tier::Low if other.why == Why::Tier => say!(self, "nearly used up", "即将用尽"),
            Tier::Ready | Tier::Low => self.lost_by(advice, other),
        }
    }

    fn lost_by(&self, advice: &Advice<'_>, other: &Ranked) -> String {
        match other.why {
            Why::Class => say!(self, "you want another first", "按您的设置靠后"),
            Why::Untouched => match self.long_reset(advice, other) {
                Some(_) => say!(self, "its long window runs already", "长窗口已开始计时"),
                None => say!(
                    self,
                    "it has no long window that waits for its first use",
                    "没有未开始计时的长窗口"
                ),
            },
            Why::LongReset | Why::Recovery => match self.long_reset(advice, other) {
                Some(at) => say!(
                    self,
                    "its long window resets later, {at}",
                    "长窗口 {at} 才重置"
                ),
                None => say!(
                    self,
                    "no reset of a long window is known",
                    "长窗口的重置时间未知"
                ),
            },
            Why::InUse => say!(self, "a switch would win nothing", "切换没有收益"),
            Why::ShortLeft => say!(self, "less is left of its short window", "短窗口剩余较少"),
            Why::LongLeft => say!(self, "less is left of its long window", "长窗口剩余较少"),
            Why::SameQuota(first) => {
                let first = &advice.report.rows[first].profile.name;
                say!(
                    self,
                    "the same quota as {first}, under another label",
                    "与 {first} 同一额度，仅标签不同"
                )
            }
            Why::InOrder => self.left_out(),
            Why::Id | Why::Only | Why::Tier | Why::Earlier => say!(
                self,
                "its name comes later, nothing else tells them apart",
                "其他条件相同，名称靠后"
            ),
        }
    }

    /// None where it is too long: a part of it would be another order.
    fn order_command(&self, advice: &Advice<'_>, ids: Vec<&ProfileId>) -> Option<String> {
        if ids.len() > MOST_PLACES {
            return None;
        }
        let request = OrderRequest::Set(ids.into_iter().cloned().collect());
        Some(self.request_command(advice.report.sign_ins, &request))
    }
}

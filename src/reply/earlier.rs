//! Findings of earlier checks: how old a reading is, and the changes since the last one.

use super::ReplyContext;
use crate::readings::{Certain, Difference, Reading};
use crate::report::{Report, Row};
use crate::time::Instant;
use crate::usage::{Verdict, is_fresh};

/// `read 2h ago, stale`, where an answer is not of now.
pub(super) fn stale(context: &ReplyContext, row: &Row<'_>) -> Option<String> {
    let since = row.stale_since(context.now)?;
    if since > context.now {
        let (en, zh) =
            ("its reading has a future time (clock wrong?)", "读取时间在未来（时钟有误？）");
        return Some(context.say(en, zh));
    }
    let age = age_in_words(context, since);
    Some(say!(context, "read {age}", "读取于 {age}"))
}

/// `ready 22m ago`: what the last conclusive check of this sign-in found.
pub(super) fn last_read(context: &ReplyContext, row: &Row<'_>) -> Option<String> {
    // A reading of the future comes from a clock that jumped.
    let certain = row.certain.as_ref().filter(|certain| certain.at <= context.now)?;
    Some(found_then(context, certain))
}

fn found_then(context: &ReplyContext, certain: &Certain) -> String {
    let (found, ago) = (found(context, certain), context.ago(certain.at));
    say!(context, "{found} {ago} ago", "{ago}前{found}")
}

/// `ready, checked 3m ago`, and where that check was inconclusive, what the last
/// conclusive one found.
pub(super) fn last_check(context: &ReplyContext, reading: &Reading) -> String {
    let checked = context.ago(reading.checked_at);
    let certain = reading.certain.as_ref();
    if let Some(certain) = certain.filter(|certain| certain.at == reading.checked_at) {
        let found = found(context, certain);
        return say!(context, "{found}, checked {checked} ago", "{found}，{checked}前检查");
    }
    let before = certain.map(|certain| found_then(context, certain));
    let before = before.map_or(String::new(), |then| say!(context, "; {then}", "；{then}"));
    say!(
        context,
        "no clear answer, checked {checked} ago{before}",
        "结果不明，{checked}前检查{before}"
    )
}

/// Says in a word what a conclusive check found.
fn found(context: &ReplyContext, certain: &Certain) -> String {
    if certain.is_signed_out && certain.verdict == Verdict::Broken {
        return context.say("signed out", "需重新登录");
    }
    context.tier_word(certain.tier())
}

/// `Changed since the last check (22m ago, stale): work: ready again · …`
pub(super) fn changes(context: &ReplyContext, report: &Report<'_>) -> Option<String> {
    let mut said = Vec::new();
    let mut ages: Vec<Instant> = Vec::new();
    let mut known: Vec<(Option<&str>, Vec<Difference>)> = Vec::new();
    for row in &report.rows {
        let told = (row.identity.as_deref(), row.changes(context.now));
        // A change of one quota shows under each of its labels.
        let is_told = told.0.is_some() && known.contains(&told);
        if told.1.is_empty() || is_told {
            continue;
        }
        let changes = told.1.iter().map(|one| describe_change(context, row, one));
        let changes = context.list(&changes.collect::<Vec<_>>());
        known.push(told);
        let name = &row.profile.name;
        said.push(say!(context, "{name}: {changes}", "{name}：{changes}"));
        ages.extend(row.last_certain.as_ref().map(|certain| certain.at));
    }
    let (oldest, newest) = (ages.iter().min()?, ages.iter().max()?);
    let mut age = age_in_words(context, *newest);
    if newest - oldest >= 60 {
        let oldest = age_in_words(context, *oldest);
        age = say!(context, "oldest {oldest}; newest {age}", "最早 {oldest}；最近 {age}");
    }
    let said = context.some_of(said);
    Some(say!(
        context,
        "Changed since the last check ({age}): {said}",
        "与上次检查（{age}）相比：{said}"
    ))
}

fn describe_change(context: &ReplyContext, row: &Row<'_>, change: &Difference) -> String {
    use Difference::*;
    match change {
        UsableAgain => context.say("ready again", "恢复可用"),
        Plan => {
            let plan = row.answer().and_then(|usage| usage.plan.as_ref());
            let plan = plan.map_or("?", |plan| plan.label.as_str());
            say!(context, "the plan is now {plan}", "套餐变为 {plan}")
        }
        ResetEarly(length) => {
            let label = context.length(*length);
            say!(context, "{label} was reset early", "{label}已提前重置")
        }
        ResetMoved(length, by) => {
            let (label, span) = (context.length(*length), context.span(by.saturating_abs()));
            let (en, zh) = if *by < 0 { ("earlier", "提前") } else { ("later", "推迟") };
            say!(context, "{label} now resets {span} {en}", "{label}重置{zh} {span}")
        }
        WindowAppeared(length) => {
            let (label, zh) = (context.short_length(*length), context.length(*length));
            say!(context, "{label} window is new", "{zh}新增")
        }
        WindowVanished(length) => {
            let (label, zh) = (context.short_length(*length), context.length(*length));
            say!(context, "{label} window is gone", "{zh}已取消")
        }
        CreditsDropped(was, is) => {
            let (was, is) = (context.whole(*was), context.whole(*is));
            say!(context, "credits dropped from {was} to {is}", "credits 从 {was} 降至 {is}")
        }
    }
}

/// `22m ago`, and that it is stale where it is.
fn age_in_words(context: &ReplyContext, at: Instant) -> String {
    let ago = context.ago(at);
    if is_fresh(at, context.now) {
        say!(context, "{ago} ago", "{ago}前")
    } else {
        say!(context, "{ago} ago, stale", "{ago}前，已过时")
    }
}

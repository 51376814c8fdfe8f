//! The rotation guide, filled in with the user's own profiles: in a few lines for a
//! casual question, and in depth for set-up and trouble.

use super::advice::{Advice, pick};
use super::best::{Part, message, outage_advice};
use super::change::PlanWords;
use super::commands::MOST_PLACES;
use super::order::order_text;
use super::words::{self, profiles};
use super::{
    Message, ReplyContext, failure, findings, health, outage, profile_line, reason, session,
};
use crate::order::{self, End, OrderRequest, Plan};
use crate::profile::{Finding, Ids, ProfileId};
use crate::report::Row;
use crate::rotation::{self, Ranked, Tier};
use crate::usage::Verdict;

/// The most profiles that one line of the short guide names.
const MOST_NAMED: usize = 4;

/// The most profiles that the deep dive tells one by one.
const MOST_ROWS: usize = 40;

const THEN: Part = ("Then", "其次");
const LEFT_OUT: Part = ("Ready but not in the order", "可用但不在顺序中");
const NOT_YET: Part = ("Not yet", "还不能用");
const COSTS_CREDITS: Part = ("Costs credits", "会扣 credits");
const SIGNED_OUT: Part = ("Sign in again", "需要重新登录");
const BROKEN: Part = ("Broken", "已失效");

fn part_of(advice: &Advice<'_>, one: &Ranked) -> Part {
    let row = advice.row(one);
    match one.tier {
        Tier::Ready | Tier::Low if row.is_left_out => LEFT_OUT,
        Tier::Ready | Tier::Low => THEN,
        Tier::Overage => COSTS_CREDITS,
        Tier::Unknown | Tier::Wait | Tier::Broken if row.needs_sign_in() => SIGNED_OUT,
        Tier::Unknown | Tier::Wait => NOT_YET,
        Tier::Broken => BROKEN,
    }
}

/// The guide in a few lines.
pub fn short(context: &ReplyContext, advice: &Advice<'_>) -> Message {
    if let Some(lines) = outage_advice(context, advice) {
        return message(context, advice, &lines);
    }
    let mut lines = pick::lead(context, advice);
    let pick = rotation::pick(&advice.ranked);
    lines.extend(pick.map(|pick| profile_line::profile_line(context, advice, pick)));
    for part @ (en, zh) in [THEN, LEFT_OUT, NOT_YET, COSTS_CREDITS, SIGNED_OUT, BROKEN] {
        let those = advice.others_of(part, part_of);
        let said = match part {
            THEN | NOT_YET | BROKEN => with_reasons(context, advice, &those),
            _ => names_of(context, &mut those.iter().map(|one| advice.row(one))),
        };
        let Some(said) = said else { continue };
        let mut line = say!(context, "{en}: {said}.", "{zh}：{said}。");
        if part == SIGNED_OUT {
            let id = |one: &&Ranked| advice.row(one).profile.id.clone();
            let ids: Vec<ProfileId> = those.iter().map(id).collect();
            let start = context.start(advice.report.sign_ins, &ids);
            line += &say!(context, " How: {start}", "方法：{start}");
        }
        lines.push(line);
    }
    lines.extend(pick::nothing_switched(context, advice));
    lines.push(how_it_switches(context));
    let deep = context.command("usage", "rotation deep");
    lines.push(say!(
        context,
        "Set-up and trouble, with every profile: {deep}",
        "配置与排障（含每个 profile 的详情）：{deep}"
    ));
    message(context, advice, &lines)
}

/// The guide for set-up and trouble.
pub fn deep(context: &ReplyContext, advice: &Advice<'_>, gateway_version: Option<&str>) -> Message {
    let report = advice.report;
    let sign_ins = report.sign_ins;
    let (count, date) = (report.rows.len(), context.date());
    let profiles = profiles(count);
    let version = gateway_version.map(|version| format!("OpenClaw {version}"));
    let version = version.unwrap_or_else(|| context.say("version unknown", "版本未知"));
    let (provider, agent, source) = (&sign_ins.provider, &context.agent, &sign_ins.source);
    let mut lines = vec![say!(
        context,
        "Codex rotation in depth · {count} {profiles} · {date}\n\n\
         Gateway: {version}, provider {provider}, agent {agent}, store {source}\n\
         Profiles:",
        "Codex 轮换详解 · {count} 个 profile · {date}\n\n\
         网关：{version}，provider {provider}，agent {agent}，存储 {source}\n\
         各 profile："
    )];
    let rows = advice.ranked.iter().map(|one| deep_row(context, advice, one));
    lines.extend(context.at_most(MOST_ROWS, rows.collect()));
    let order = order_text(context, sign_ins, &sign_ins.order);
    lines.push(context.named("Order", "顺序", &order));
    let mut findings: Vec<String> =
        report.sign_ins.findings.iter().map(|one| findings::finding(context, *one)).collect();
    let duplicates = report.duplicates.iter();
    findings.extend(duplicates.map(|rows| findings::same_identity(context, report, rows)));
    if findings.is_empty() {
        findings.push(context.say("none", "无"));
    }
    lines.push(context.named("Findings", "备注", &findings.join("\n")));
    lines.push(context.named("Conclusion", "初步判断", &cause(context, advice)));
    lines.extend(session::session_line(context, sign_ins));
    lines.extend([not_checked(context, advice), how_it_switches(context)]);
    lines.push(context.say(
        "After a change of the order, a chat stays on its profile; /new takes the new order. A model chosen as …@<profile> stays on that profile, even after /new.\n",
        "更改顺序后，会话仍用原来的 profile，/new 之后才按新顺序。用 …@<profile> 选定的模型在 /new 之后也不变。\n",
    ));
    lines.push(steps(context, advice));
    message(context, advice, &lines)
}

/// `default – its week resets later (Sun 6 Dec); lab – …`
fn with_reasons(context: &ReplyContext, advice: &Advice<'_>, ranked: &[&Ranked]) -> Option<String> {
    let said = |one: &&Ranked| {
        let row = advice.row(one);
        let name = &row.profile.name;
        let reason = match &row.outcome {
            Err(error) if matches!(one.tier, Tier::Unknown | Tier::Broken) => {
                failure::state(context, row, error)
            }
            _ => pick::reason_lost(context, advice, one),
        };
        say!(context, "{name} – {reason}", "{name}：{reason}")
    };
    let said = a_few(context, ranked.iter().map(said).collect());
    (!said.is_empty()).then(|| said.join(&context.say("; ", "；")))
}

fn names_of<'a>(
    context: &ReplyContext,
    rows: &mut dyn Iterator<Item = &'a Row<'a>>,
) -> Option<String> {
    let names = a_few(context, rows.map(|row| row.profile.name.clone()).collect());
    (!names.is_empty()).then(|| context.list(&names))
}

fn a_few(context: &ReplyContext, mut said: Vec<String>) -> Vec<String> {
    let more = said.len().saturating_sub(MOST_NAMED);
    said.truncate(MOST_NAMED);
    said.extend((more > 0).then(|| say!(context, "{more} more", "另有 {more} 个")));
    said
}

/// `✅ personal: ready · token expires in 10d · 2 of 5 in the order`
fn deep_row(context: &ReplyContext, advice: &Advice<'_>, ranked: &Ranked) -> String {
    let row = advice.row(ranked);
    // A failure that all have in common is the conclusion.
    let is_alike =
        advice.report.outage().is_some_and(|rows| rows.iter().any(|one| std::ptr::eq(*one, row)));
    let mut said = Vec::from_iter(reason::why(context, advice, ranked).filter(|_| !is_alike));
    if said.is_empty() {
        said.push(context.tier_word(ranked.tier));
        said.extend(failure::token_health(context, row.profile));
    }
    let sign_ins = advice.report.sign_ins;
    said.push(health::order_line(context, sign_ins, row.profile));
    let name = format!("{} {}", words::tier_sign(ranked.tier), row.profile.name);
    context.named(&name, &name, &said.join(" · "))
}

/// The most likely cause that keeps profiles from being used, and its remedy.
fn cause(context: &ReplyContext, advice: &Advice<'_>) -> String {
    use Finding::{BothStores, MixedProviders, OrderNamesMissing, SkippedEntries};
    let is_mixed = |finding: &&Finding| {
        matches!(finding, BothStores | MixedProviders | OrderNamesMissing | SkippedEntries)
    };
    // Mixed state comes before any fault of the profiles.
    if let Some(finding) = advice.report.sign_ins.findings.iter().find(is_mixed) {
        return findings::finding(context, *finding);
    }
    if let Some(failed) = advice.report.outage() {
        return outage::nobody_checked(context, &failed, advice.report.rows.len());
    }
    let those = |is_one: fn(&Row<'_>) -> bool| {
        let rows = advice.ranked.iter().map(|one| advice.row(one));
        names_of(context, &mut rows.filter(|row| is_one(row)))
    };
    let is_dead = |row: &Row<'_>| {
        let is_broken = row.judgement.verdict == Verdict::Broken || row.needs_sign_in();
        is_broken && !row.is_left_out
    };
    if let Some(names) = those(is_dead) {
        return say!(
            context,
            "{names} can't work until repaired, but may still be tried by the gateway.",
            "{names} 修复前无法使用，但网关仍可能尝试。"
        );
    }
    if let Some(names) = those(|row| row.judgement.server == Some(Verdict::Usable)) {
        return say!(
            context,
            "the gateway paused {names} after an error, although OpenAI allows it. Wait, or run `openclaw gateway restart` if the pause should be over.",
            "{names} 出错后被网关暂停使用，但 OpenAI 侧可用。请等待；时间已过仍未恢复，可运行 `openclaw gateway restart`。"
        );
    }
    if let Some(names) = those(|row| row.is_left_out && row.judgement.verdict == Verdict::Usable) {
        return say!(
            context,
            "ready but not in the order, so never used: {names}.",
            "{names} 可用但不在顺序中，网关不会使用。"
        );
    }
    if rotation::pick(&advice.ranked).is_none() {
        return pick::nobody_ready(context, advice).join(" ").replace("▶ ", "");
    }
    context.say(
        "no problem found. A chat stays on its profile; /new releases it.",
        "没有发现问题。会话会一直用同一个 profile，/new 可换。",
    )
}

fn not_checked(context: &ReplyContext, advice: &Advice<'_>) -> String {
    let names = names_of(context, &mut advice.of_tier(Tier::Unknown));
    let names = names.map_or(String::new(), |names| say!(context, "{names}, ", "{names}、"));
    let session = match context.session {
        Some(_) => String::new(),
        None => context.say("which profile this chat is on, ", "当前会话用的是哪个 profile、"),
    };
    say!(
        context,
        "Not known: {names}{session}whether models answer, and `auth.order` of the gateway's configuration",
        "未知：{names}{session}模型能否应答、网关配置中的 `auth.order`"
    )
}

/// The gateway's own rule for going from one profile to another.
fn how_it_switches(context: &ReplyContext) -> String {
    context.say(
        "A chat stays on its profile until /new. After a rate limit OpenClaw tries one more profile, then a fallback model: a third profile is not reached.",
        "会话会一直用同一个 profile，直到 /new。遇到限流后，OpenClaw 只再试一个 profile，然后就换备用模型，轮不到第三个。",
    )
}

/// Preflight, apply, verify and the way back, of the order that follows the advice.
fn steps(context: &ReplyContext, advice: &Advice<'_>) -> String {
    let sign_ins = advice.report.sign_ins;
    let (provider, agent) = (&sign_ins.provider, &context.agent);
    let reads = format!(
        "openclaw models status --json --agent {agent}\nopenclaw models auth order get --provider {provider} --agent {agent} --json"
    );
    let Some(plan) = plan_of(advice) else {
        return say!(
            context,
            "No change of the order is advised. To look at it by hand:\n{reads}",
            "无需更改顺序。如需再次查看：\n{reads}"
        );
    };
    let ours = context.request(sign_ins, &plan.request);
    // A command to run by hand needs every id, letter by letter.
    let is_whole =
        plan.request.profiles().iter().all(|id| context.ids == Ids::Full || id.is_plain());
    let apply = if is_whole { context.gateway_command(sign_ins, &plan) } else { ours.clone() };
    let after = order_text(context, sign_ins, &plan.after);
    let undo = PlanWords { context, sign_ins, plan: &plan }.undo();
    say!(
        context,
        "To follow the advice (you confirm first, then it is verified): {ours}\n\
         By hand:\n\
         1. Preflight (the first prints e-mail addresses)\n{reads}\n\
         2. Apply\n{apply}\n\
         3. Verify with the same two reads; expect {after}\n{undo}",
        "按建议更改（先由您确认，再复查）：{ours}\n\
         手动执行：\n\
         1. 预检（第一条会输出邮箱地址）\n{reads}\n\
         2. 应用\n{apply}\n\
         3. 用同样的两条命令验证；应为 {after}\n{undo}"
    )
}

fn plan_of(advice: &Advice<'_>) -> Option<Plan> {
    let sign_ins = advice.report.sign_ins;
    let pick = advice.row(rotation::pick(&advice.ranked)?);
    let request = if pick.is_left_out {
        OrderRequest::Restore(pick.profile.id.clone(), Some(End::First))
    } else {
        OrderRequest::Set(advice.order().filter(|order| order.len() <= MOST_PLACES)?)
    };
    order::plan(sign_ins, &request, |id| sign_ins.is_usable(id)).ok()
}

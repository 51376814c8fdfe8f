//! The plan of a change: before and after, consequences, and how to confirm it.

use crate::order::{Change, End, OrderRequest, Plan};
use crate::profile::{Era, KeyKind, ProfileId, SignIns};
use crate::readings::{Known, Reading};
use crate::reply::change::{self, Confirm, State, named_in};
use crate::reply::commands::{self, named, typed};
use crate::reply::documents::{Body, NoChange, Proposed, Utc};
use crate::reply::order::{key_names, order_text};
use crate::reply::words::say;
use crate::reply::{Message, ReplyContext, earlier, reason, session};
use crate::usage::Verdict;

/// A plan, and how to confirm it. `lead` stands above a plan that takes the place of a
/// confirmed one.
pub fn plan(
    context: &ReplyContext,
    sign_ins: &SignIns,
    plan: &Plan,
    known: &Known,
    confirm: &Confirm,
    lead: Option<String>,
) -> Message {
    let state = match lead {
        Some(_) => State::Moved,
        None => State::Planned,
    };
    let mut lines = Vec::from_iter(lead);
    lines.push(plan_title(context, sign_ins, &plan.request));
    lines.extend(change::before_and_after(context, sign_ins, &plan.before, &plan.after));
    lines.extend(consequences(context, sign_ins, plan, known));
    lines.extend(next_in_line(context, sign_ins, plan, known));
    if !matches!(plan.change, Change::Delete(_)) {
        lines.extend(session::session_after(context, sign_ins, &plan.after));
    }
    let command = commands::gateway_command(context, sign_ins, plan);
    lines.push(say!(context, "Gateway command: {command}", "网关命令：{command}"));
    lines.push(change::undo(context, sign_ins, plan));
    let closing = how_to_confirm(context, sign_ins, plan, confirm);
    lines.extend_from_slice(&closing);
    let text = lines.join("\n");
    let document = context.document(|| {
        let verdict = |id| known.of(id).map_or(Verdict::Unknown, Reading::verdict);
        Body::Plan(Proposed {
            plan: change::planned(context, sign_ins, plan, state, &text),
            next: plan.next.as_ref().map(|id| sign_ins.name(id)),
            next_verdict: plan.next.as_ref().map(verdict),
            confirm_before: match confirm {
                Confirm::ByCode { expires_at, .. } => Some(Utc(*expires_at)),
                Confirm::AtTheTerminal | Confirm::DryRun => None,
            },
        })
    });
    Message { closing: closing.join("\n"), ..Message::new(text, document) }
}

fn plan_title(
    context: &ReplyContext,
    sign_ins: &SignIns,
    request: &OrderRequest<ProfileId>,
) -> String {
    let (agent, name) = (&context.agent, named_in(context, sign_ins, request));
    let what = match request {
        OrderRequest::Set(_) => say!(context, "set the order to {name}", "顺序改为 {name}"),
        OrderRequest::Clear => {
            context.say("clear this agent's own order", "清除本 agent 单独设置的顺序")
        }
        OrderRequest::Retire(_) => say!(
            context,
            "retire {name} (no longer used, sign-in kept)",
            "停用 {name}（不再使用，登录凭据保留）"
        ),
        OrderRequest::Restore(_, Some(End::First)) => {
            say!(context, "restore {name}, first in the order", "恢复 {name}，排在最前")
        }
        OrderRequest::Restore(_, Some(End::Last) | None) => {
            say!(context, "restore {name}, last in the order", "恢复 {name}，排在最后")
        }
        OrderRequest::Delete(_) => say!(context, "delete {name} permanently", "永久删除 {name}"),
    };
    say!(context, "Plan: {what} · agent {agent}", "计划：{what} · agent {agent}")
}

fn consequences(
    context: &ReplyContext,
    sign_ins: &SignIns,
    plan: &Plan,
    known: &Known,
) -> Vec<String> {
    let mut lines = Vec::new();
    if let Change::Delete(id) = &plan.change {
        lines.extend(deletion(context, sign_ins, id));
    }
    // The title of a retirement says it already.
    let is_retirement = matches!(plan.request, OrderRequest::Retire(_));
    if !plan.left_out.is_empty() && !is_retirement {
        let names = change::names(context, sign_ins, &plan.left_out);
        lines.push(say!(
            context,
            "No longer used, sign-in kept: {names}.",
            "不再使用，登录凭据保留：{names}。"
        ));
    }
    lines.extend(gained(context, sign_ins, plan, known));
    if !plan.dropped.is_empty() {
        let names = change::names(context, sign_ins, &plan.dropped);
        lines.push(say!(
            context,
            "Not stored any more, so dropped from the order: {names}.",
            "已不再存储，因此移出顺序：{names}。"
        ));
    }
    lines
}

fn deletion(context: &ReplyContext, sign_ins: &SignIns, id: &ProfileId) -> Vec<String> {
    let name = sign_ins.name(id);
    if sign_ins.key(id).is_some() {
        return vec![say!(
            context,
            "The stored key of {name} is deleted permanently. To keep it, retire it instead.",
            "{name} 存储的密钥会被永久删除。想保留就改用停用。"
        )];
    }
    let mut lines = vec![say!(
        context,
        "The stored sign-in of {name} is deleted; only signing in again brings it back. To keep it, retire it instead.",
        "{name} 存储的登录凭据会被删除，只有重新登录才能恢复。想保留就改用停用。"
    )];
    if sign_ins.era == Era::Sqlite {
        lines.push(context.say(
            "Other agents that share it lose it too; their orders will still list it.",
            "共用它的其他 agent 也会失去它，但它们的顺序里仍会列着它。",
        ));
    }
    lines
}

/// Profiles that the order takes up.
fn gained(context: &ReplyContext, sign_ins: &SignIns, plan: &Plan, known: &Known) -> Vec<String> {
    let mut lines = Vec::new();
    let (usable, unusable): (Vec<ProfileId>, Vec<ProfileId>) =
        plan.gained.iter().cloned().partition(|id| known.is_usable(sign_ins, id));
    if !unusable.is_empty() {
        let names = change::names(context, sign_ins, &unusable);
        let who = match unusable.as_slice() {
            [one] => typed(sign_ins, one),
            _ => "<profile>".to_owned(),
        };
        let start = context.command("auth", &format!("start {who}"));
        lines.push(say!(
            context,
            "⚠️ Added, but must sign in again first: {names}. How: {start}",
            "⚠️ 会加入，但要先重新登录：{names}。方法：{start}"
        ));
    }
    // The title of a restoration says it already.
    let is_restoration = matches!(plan.request, OrderRequest::Restore(..));
    if !usable.is_empty() && !is_restoration {
        let names = change::names(context, sign_ins, &usable);
        lines.push(say!(context, "Added: {names}.", "新加入：{names}。"));
    }
    lines
}

fn next_in_line(
    context: &ReplyContext,
    sign_ins: &SignIns,
    plan: &Plan,
    known: &Known,
) -> Option<String> {
    let Some(next) = &plan.next else {
        return keys_in_play(context, sign_ins, plan);
    };
    let name = sign_ins.name(next);
    let state = state_of_next(context, sign_ins, known, next);
    let cooldown = sign_ins.by_id(next).and_then(|next| reason::cooldown_line(context, next));
    let cooldown = cooldown.map_or(String::new(), |cooldown| format!(" · {cooldown}"));
    // The lines above tell it of a profile that the order takes up.
    let is_told = |id: &ProfileId| plan.gained.contains(id) && !known.is_usable(sign_ins, id);
    let skipped = if plan.skipped.iter().all(is_told) {
        String::new()
    } else {
        let names = change::names(context, sign_ins, &plan.skipped);
        say!(
            context,
            " ⚠️ Above it but unusable now: {names}.",
            " ⚠️ 排在它前面但现在不可用：{names}。"
        )
    };
    Some(say!(
        context,
        "Next in line: {name} – {state}{cooldown}.{skipped}",
        "接下来使用：{name}（{state}{cooldown}）。{skipped}"
    ))
}

fn state_of_next(
    context: &ReplyContext,
    sign_ins: &SignIns,
    known: &Known,
    next: &ProfileId,
) -> String {
    match (sign_ins.key(next), known.of(next)) {
        (Some(key), _) if key.kind == KeyKind::ApiKey => {
            context.say("⚠️ an API key (billed per use)", "⚠️ API key，按量计费")
        }
        (Some(_), _) => context.say("a pasted token", "手动粘贴的令牌"),
        (None, _) if !sign_ins.is_usable(next) => context.say("⚠️ signed out", "⚠️ 需重新登录"),
        (None, None) => {
            let check = context.command("usage", &typed(sign_ins, next));
            say!(
                context,
                "not checked in the last 15 minutes (check: {check})",
                "最近 15 分钟没查过，可查：{check}"
            )
        }
        (None, Some(reading)) => {
            let found = earlier::last_check(context, reading);
            match reading.verdict() {
                Verdict::Usable | Verdict::Unknown => found,
                Verdict::UsableAtCost | Verdict::Wait | Verdict::Broken => {
                    format!("⚠️ {found}")
                }
            }
        }
    }
}

/// Without an order, what pays by use may be picked too.
fn keys_in_play(context: &ReplyContext, sign_ins: &SignIns, plan: &Plan) -> Option<String> {
    let is_there = |id: &ProfileId| match &plan.change {
        Change::Delete(deleted) => id != deleted,
        Change::Set(_) | Change::Clear => true,
    };
    let keys =
        key_names(context, sign_ins, &|key| key.kind == KeyKind::ApiKey && is_there(&key.id));
    keys.map(|list| {
        say!(
            context,
            "⚠️ The gateway may then also use an API key (billed per use): {list}.",
            "⚠️ 网关之后也可能使用 API key（按量计费）：{list}。"
        )
    })
}

fn how_to_confirm(
    context: &ReplyContext,
    sign_ins: &SignIns,
    plan: &Plan,
    confirm: &Confirm,
) -> Vec<String> {
    match confirm {
        Confirm::DryRun => {
            vec![context.say("Dry run: nothing was changed.", "仅为试运行：没有任何更改。")]
        }
        Confirm::AtTheTerminal => vec![context.say(
            "Nothing changes before you confirm. Takes under a minute, at most 5.",
            "确认前不会有任何更改。确认后通常不到一分钟完成，最长五分钟。",
        )],
        Confirm::ByCode { code, expires_at } => {
            let words = match &plan.change {
                Change::Delete(id) => format!("confirm {code} {}", named(sign_ins, id)),
                Change::Set(_) | Change::Clear => format!("confirm {code}"),
            };
            let command = context.command("auth", &words);
            let until = context.clock(*expires_at);
            vec![
                String::new(),
                say!(
                    context,
                    "Confirm by {until}: {command}\nWorks once, only for you. Nothing changes before that. Takes under a minute, at most 5.",
                    "{until} 前确认：{command}\n只能用一次，仅限您本人；确认前不会有任何更改。确认后通常不到一分钟完成，最长五分钟。"
                ),
            ]
        }
    }
}

/// A change that changes nothing.
pub fn already_so(
    context: &ReplyContext,
    sign_ins: &SignIns,
    request: &OrderRequest<ProfileId>,
) -> Message {
    let now = order_text(context, sign_ins, &sign_ins.order);
    let name = named_in(context, sign_ins, request);
    let so = match request {
        OrderRequest::Set(_) => context.say("That is already the order.", "顺序已经是这样。"),
        OrderRequest::Clear => {
            context.say("This agent has no order of its own.", "本 agent 没有单独设置顺序。")
        }
        OrderRequest::Retire(_) => say!(
            context,
            "{name} is already retired: it is not in the order.",
            "{name} 已经停用：它不在顺序中。"
        ),
        OrderRequest::Restore(_, Some(End::First)) => {
            say!(context, "{name} is already first.", "{name} 已经排在最前。")
        }
        OrderRequest::Restore(_, Some(End::Last)) => {
            say!(context, "{name} is already last.", "{name} 已经排在最后。")
        }
        OrderRequest::Restore(_, None) => {
            say!(context, "The gateway can already use {name}.", "网关已经可以使用 {name}。")
        }
        OrderRequest::Delete(_) => say!(context, "{name} is not stored.", "{name} 未存储。"),
    };
    let text =
        say!(context, "{so} Nothing to change.\nOrder: {now}", "{so}无需更改。\n顺序：{now}");
    let document = context.document(|| {
        Body::NoChange(NoChange {
            ok: true,
            state: "already_so",
            change: request.word(),
            suggested_user_message: &text,
        })
    });
    Message::new(text, document)
}

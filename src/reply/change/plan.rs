//! The plan of a change: before and after, consequences, and how to confirm it.

use crate::order::{Change, End, OrderRequest, Plan};
use crate::profile::{Era, KeyKind, ProfileId, SignIns};
use crate::readings::Known;
use crate::reply::change::{self, Confirm, State};
use crate::reply::commands::{self, named, typed};
use crate::reply::documents::{AlreadySo, Proposed};
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
    lines.extend(change::before_and_after(
        context,
        sign_ins,
        &plan.before,
        &plan.after,
    ));
    lines.extend(consequences(context, sign_ins, plan, known));
    lines.extend(next_in_line(context, sign_ins, plan, known));
    if !matches!(plan.change, Change::Delete(_)) {
        lines.extend(session::session_after(context, sign_ins, &plan.after));
    }
    let command = commands::gateway_command(context, sign_ins, plan);
    lines.push(say!(
        context,
        "Gateway command: {command}",
        "网关命令：{command}"
    ));
    lines.push(change::undo(context, sign_ins, plan));
    let closing = how_to_confirm(context, sign_ins, plan, confirm);
    lines.extend_from_slice(&closing);
    let text = lines.join("\n");
    let document = context.document(|| {
        let reading = plan.next.as_ref().and_then(|id| known.of(id));
        Proposed {
            plan: change::planned(context, sign_ins, plan, state, &text),
            next: plan.next.as_ref().map(|id| sign_ins.name(id)),
            next_verdict: reading.map(|reading| reading.verdict().word()),
            confirm_before: match confirm {
                Confirm::ByCode { expires_at, .. } => Some(context.zone.rfc3339(*expires_at)),
                Confirm::AtTheTerminal | Confirm::DryRun => None,
            },
        }
    });
    Message {
        document,
        closing: closing.join("\n"),
        text,
    }
}

fn plan_title(
    context: &ReplyContext,
    sign_ins: &SignIns,
    request: &OrderRequest<ProfileId>,
) -> String {
    let provider = &sign_ins.provider;
    let agent = &context.agent;
    let what = match request {
        OrderRequest::Set(_) => say!(
            context,
            "set the order of {provider}",
            "设置 {provider} 的顺序"
        ),
        OrderRequest::Clear => say!(
            context,
            "clear the agent's own order of {provider}",
            "清除 agent 自己的 {provider} 顺序"
        ),
        OrderRequest::Retire(id) => {
            let name = sign_ins.name(id);
            say!(context, "retire {name}", "停用 {name}")
        }
        OrderRequest::Restore(id, end) => {
            let name = sign_ins.name(id);
            match end {
                Some(End::First) => {
                    say!(context, "restore {name}, first", "恢复 {name}，排在最前")
                }
                Some(End::Last) | None => {
                    say!(context, "restore {name}, last", "恢复 {name}，排在最后")
                }
            }
        }
        OrderRequest::Delete(id) => {
            let name = sign_ins.name(id);
            say!(context, "delete {name} for good", "永久删除 {name}")
        }
    };
    say!(
        context,
        "Plan: {what} · agent {agent}",
        "计划：{what} · agent {agent}"
    )
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
    if !plan.left_out.is_empty() {
        let names = change::names(context, sign_ins, &plan.left_out);
        lines.push(say!(
            context,
            "{names} will no longer be selected; what is stored stays.",
            "{names} 将不再被选中；存储的内容会保留。"
        ));
    }
    lines.extend(gained(context, sign_ins, plan, known));
    if !plan.dropped.is_empty() {
        let names = change::names(context, sign_ins, &plan.dropped);
        lines.push(say!(
            context,
            "Not stored, and so not in the order any more: {names}.",
            "未存储，因此将从顺序中移除：{names}。"
        ));
    }
    lines
}

fn deletion(context: &ReplyContext, sign_ins: &SignIns, id: &ProfileId) -> Vec<String> {
    let name = sign_ins.name(id);
    if sign_ins.key(id).is_some() {
        return vec![say!(
            context,
            "{name}: the stored key is deleted for good. Retiring keeps it.",
            "{name}：存储的密钥将被永久删除；停用则会保留。"
        )];
    }
    let mut lines = vec![say!(
        context,
        "{name}: its stored sign-in is deleted for good. Only signing in again brings it back; retiring keeps it.",
        "{name}：存储的登录信息将被永久删除，只有重新登录才能恢复；停用则会保留。"
    )];
    if sign_ins.era == Era::Sqlite {
        lines.push(say!(
            context,
            "Other agents that share it lose it too, and their own orders go on naming it.",
            "共享此登录的其他 agent 也会失去它，但它们的顺序中仍会保留该名称。"
        ));
    }
    lines
}

/// Profiles that the order takes up.
fn gained(context: &ReplyContext, sign_ins: &SignIns, plan: &Plan, known: &Known) -> Vec<String> {
    let mut lines = Vec::new();
    let (usable, unusable): (Vec<ProfileId>, Vec<ProfileId>) = plan
        .gained
        .iter()
        .cloned()
        .partition(|id| known.is_usable(sign_ins, id));
    if !unusable.is_empty() {
        let names = change::names(context, sign_ins, &unusable);
        let who = match unusable.as_slice() {
            [one] => typed(sign_ins, one),
            _ => "<profile>".to_owned(),
        };
        let start = context.command("auth", &format!("start {who}"));
        lines.push(say!(
            context,
            "⚠️ Can be selected from then on, and of no use before signing in again: {names}. How: {start}",
            "⚠️ 将可以被选中，但需重新登录后才能使用：{names}。方法：{start}"
        ));
    }
    if !usable.is_empty() {
        let names = change::names(context, sign_ins, &usable);
        lines.push(say!(
            context,
            "{names} can be selected from then on.",
            "{names} 将可以被选中。"
        ));
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
    let cooldown = sign_ins
        .by_id(next)
        .and_then(|next| reason::cooldown_line(context, next));
    let cooldown = cooldown.map_or(String::new(), |cooldown| format!(" · {cooldown}"));
    // The lines above tell it of a profile that the order takes up.
    let is_told = |id: &ProfileId| plan.gained.contains(id) && !known.is_usable(sign_ins, id);
    let skipped = if plan.skipped.iter().all(is_told) {
        String::new()
    } else {
        let names = change::names(context, sign_ins, &plan.skipped);
        say!(
            context,
            " ⚠️ Before it, and of no use now: {names}.",
            " ⚠️ 排在它前面但目前不可用：{names}。"
        )
    };
    Some(say!(
        context,
        "Next in line: {name}, {state}{cooldown}.{skipped}",
        "接下来将使用：{name}，{state}{cooldown}。{skipped}"
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
            say!(
                context,
                "⚠️ an API key, which pays by use",
                "⚠️ API key，按量付费"
            )
        }
        (Some(_), _) => say!(context, "a pasted token", "粘贴的令牌"),
        (None, _) if !sign_ins.is_usable(next) => {
            say!(context, "⚠️ needs signing in again", "⚠️ 需要重新登录")
        }
        (None, None) => {
            let check = context.command("usage", &typed(sign_ins, next));
            say!(
                context,
                "not checked in the last 15 minutes ({check})",
                "最近 15 分钟内未检查（{check}）"
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
    let keys = key_names(context, sign_ins, &|key| {
        key.kind == KeyKind::ApiKey && is_there(&key.id)
    });
    keys.map(|list| {
        say!(
            context,
            "⚠️ Among those it may pick is an API key, which pays by use: {list}.",
            "⚠️ 可能被选中的还有按量付费的 API key：{list}。"
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
        Confirm::DryRun => vec![say!(
            context,
            "This is the plan alone: nothing was changed.",
            "以上仅为计划：未作任何更改。"
        )],
        Confirm::AtTheTerminal => vec![],
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
                    "To apply it, until {until}: {command}\nIt works once, and only for you. Until then nothing is changed. Applying takes under a minute as a rule, five at most.",
                    "确认执行（{until} 前有效）：{command}\n仅限本人使用一次。确认之前不会作任何更改。执行通常不到一分钟，最长五分钟。"
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
    let so = match request {
        OrderRequest::Set(_) => say!(context, "This is the order already.", "已是此顺序。"),
        OrderRequest::Clear => say!(
            context,
            "The agent has no order of its own.",
            "该 agent 没有自己的顺序。"
        ),
        OrderRequest::Retire(id) => {
            let name = sign_ins.name(id);
            say!(
                context,
                "{name} is not in the order: it is retired already.",
                "{name} 不在顺序中：已处于停用状态。"
            )
        }
        OrderRequest::Restore(id, end) => {
            let name = sign_ins.name(id);
            match end {
                Some(End::First) => {
                    say!(context, "{name} is first already.", "{name} 已经排在最前。")
                }
                Some(End::Last) => {
                    say!(context, "{name} is last already.", "{name} 已经排在最后。")
                }
                None => say!(
                    context,
                    "{name} can be selected already.",
                    "{name} 已经可以被选中。"
                ),
            }
        }
        OrderRequest::Delete(id) => {
            let name = sign_ins.name(id);
            say!(context, "{name} is not stored.", "{name} 未存储。")
        }
    };
    let text = say!(
        context,
        "{so} Nothing to change.\norder: {now}",
        "{so}无需更改。\n顺序：{now}"
    );
    let document = context.document(|| AlreadySo {
        ok: true,
        state: "already_so",
        change: request.word(),
        suggested_user_message: &text,
    });
    Message::new(text, document)
}

//! The plan of a change: before and after, consequences, and how to confirm it.

use crate::order::{End, OrderRequest, Plan};
use crate::profile::{Era, Key, KeyKind, ProfileId, SignIns};
use crate::readings::{Known, Reading};
use crate::reply::change::{PlanWords, Proposal, named_in};
use crate::reply::commands::{named, typed};
use crate::reply::documents::{Body, State, Utc};
use crate::reply::order::{key_names, order_text};
use crate::reply::{Message, ReplyContext, earlier, reason, session};
use crate::usage::Verdict;

/// A plan, and how to confirm it. Without a proposal it is a dry run. `lead` stands above a
/// plan that takes the place of a confirmed one.
pub fn plan(
    context: &ReplyContext,
    sign_ins: &SignIns,
    plan: &Plan,
    known: &Known,
    proposal: Option<&Proposal>,
    lead: Option<String>,
) -> Message {
    let words = PlanWords { context, sign_ins, plan };
    let state = if lead.is_some() { State::Moved } else { State::Planned };
    let mut lines = Vec::from_iter(lead);
    lines.extend([plan_title(context, sign_ins, &plan.request), words.before_and_after()]);
    lines.extend(words.consequences(known));
    lines.extend(match &plan.next {
        Some(next) => Some(words.next_in_line(known, next)),
        None => words.keys_in_play(),
    });
    if !matches!(plan.request, OrderRequest::Delete(_)) {
        lines.extend(session::session_after(context, sign_ins, &plan.after));
    }
    let command = context.gateway_command(sign_ins, plan);
    let command = context.named("Gateway command", "网关命令", &command);
    let closing = words.how_to_confirm(proposal);
    lines.extend([command, words.undo(), closing.clone()]);
    let text = lines.join("\n");
    let by_code = proposal.filter(|_| context.screen.is_none());
    let verdict = |id| known.of(id).map_or(Verdict::Unknown, Reading::verdict);
    let message = context.message(text, |text| {
        context.json(Body::Plan {
            plan: words.planned(state, text),
            next: plan.next.as_ref().map(|id| sign_ins.name(id)),
            next_verdict: plan.next.as_ref().map(verdict),
            confirm_before: by_code.map(|proposal| Utc(proposal.expires_at)),
        })
    });
    Message { closing, ..message }
}

fn plan_title(context: &ReplyContext, sign_ins: &SignIns, request: &OrderRequest) -> String {
    use OrderRequest::*;
    let (agent, name) = (&context.agent, named_in(context, sign_ins, request));
    let what = match request {
        Set(_) => say!(context, "set the order to {name}", "顺序改为 {name}"),
        Clear => context.say("clear this agent's own order", "清除本 agent 单独设置的顺序"),
        Retire(_) => say!(
            context,
            "retire {name} (no longer used, sign-in kept)",
            "停用 {name}（不再使用，登录凭据保留）"
        ),
        Restore(_, Some(End::First)) => {
            say!(context, "restore {name}, first in the order", "恢复 {name}，排在最前")
        }
        Restore(_, Some(End::Last) | None) => {
            say!(context, "restore {name}, last in the order", "恢复 {name}，排在最后")
        }
        Delete(_) => say!(context, "delete {name} permanently", "永久删除 {name}"),
    };
    say!(context, "Plan: {what} · agent {agent}", "计划：{what} · agent {agent}")
}

impl PlanWords<'_> {
    fn consequences(&self, known: &Known) -> Vec<String> {
        let Self { context, sign_ins, plan } = *self;
        let (usable, unusable): (Vec<_>, Vec<_>) =
            plan.gained.iter().cloned().partition(|id| known.is_usable(sign_ins, id));
        let sentence = |ids: &[ProfileId], en: &str, zh: &str| {
            let said = self.listed(ids, en, zh)?;
            Some(say!(context, "{said}.", "{said}。"))
        };
        let (en, zh) = ("⚠️ Added, but must sign in again first", "⚠️ 会加入，但要先重新登录");
        let signed_out = sentence(&unusable, en, zh).map(|said| {
            let start = context.start(sign_ins, &unusable);
            say!(context, "{said} How: {start}", "{said}方法：{start}")
        });
        // The title of a retirement or a restoration says it already.
        let is_retirement = matches!(plan.request, OrderRequest::Retire(_));
        let is_restoration = matches!(plan.request, OrderRequest::Restore(..));
        let left_out =
            sentence(&plan.left_out, "No longer used, sign-in kept", "不再使用，登录凭据保留");
        let (en, zh) =
            ("Not stored any more, so dropped from the order", "已不再存储，因此移出顺序");
        let lines = [
            self.deletion(),
            left_out.filter(|_| !is_retirement),
            signed_out,
            sentence(&usable, "Added", "新加入").filter(|_| !is_restoration),
            sentence(&plan.dropped, en, zh),
        ];
        lines.into_iter().flatten().collect()
    }

    fn deletion(&self) -> Option<String> {
        let Self { context, sign_ins, plan } = *self;
        let OrderRequest::Delete(id) = &plan.request else { return None };
        let name = sign_ins.name(id);
        if sign_ins.key(id).is_some() {
            return Some(say!(
                context,
                "The stored key of {name} is deleted permanently. To keep it, retire it instead.",
                "{name} 存储的密钥会被永久删除。想保留就改用停用。"
            ));
        }
        let shared = match sign_ins.era {
            Era::Json => String::new(),
            Era::Sqlite => context.say(
                "\nOther agents that share it lose it too; their orders will still list it.",
                "\n共用它的其他 agent 也会失去它，但它们的顺序里仍会列着它。",
            ),
        };
        Some(say!(
            context,
            "The stored sign-in of {name} is deleted; only signing in again brings it back. To keep it, retire it instead.{shared}",
            "{name} 存储的登录凭据会被删除，只有重新登录才能恢复。想保留就改用停用。{shared}"
        ))
    }

    fn next_in_line(&self, known: &Known, next: &ProfileId) -> String {
        let Self { context, sign_ins, plan } = *self;
        let name = sign_ins.name(next);
        let mut state = vec![self.state_of_next(known, next)];
        state.extend(sign_ins.by_id(next).and_then(|next| reason::cooldown_line(context, next)));
        let state = state.join(" · ");
        // The lines above tell it of a profile that the order takes up.
        let is_told = |id: &ProfileId| plan.gained.contains(id) && !known.is_usable(sign_ins, id);
        let (en, zh) = (" ⚠️ Above it but unusable now", " ⚠️ 排在它前面但现在不可用");
        let skipped = self.listed(&plan.skipped, en, zh);
        let skipped = skipped.filter(|_| !plan.skipped.iter().all(is_told));
        let skipped = skipped.map_or(String::new(), |said| say!(context, "{said}.", "{said}。"));
        say!(
            context,
            "Next in line: {name} – {state}.{skipped}",
            "接下来使用：{name}（{state}）。{skipped}"
        )
    }

    fn state_of_next(&self, known: &Known, next: &ProfileId) -> String {
        let Self { context, sign_ins, .. } = *self;
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
    fn keys_in_play(&self) -> Option<String> {
        let is_there = |key: &Key| self.plan.request != OrderRequest::Delete(key.id.clone());
        let is_in_play = |key: &Key| key.kind == KeyKind::ApiKey && is_there(key);
        let list = key_names(self.context, self.sign_ins, &is_in_play)?;
        Some(say!(
            self.context,
            "⚠️ The gateway may then also use an API key (billed per use): {list}.",
            "⚠️ 网关之后也可能使用 API key（按量计费）：{list}。"
        ))
    }

    fn how_to_confirm(&self, proposal: Option<&Proposal>) -> String {
        let Self { context, sign_ins, plan } = *self;
        let Some(Proposal { code, expires_at }) = proposal else {
            return context.say("Dry run: nothing was changed.", "仅为试运行：没有任何更改。");
        };
        // A terminal asks by itself.
        if context.screen.is_some() {
            return context.say(
                "Nothing changes before you confirm. Takes under a minute, at most 5.",
                "确认前不会有任何更改。确认后通常不到一分钟完成，最长五分钟。",
            );
        }
        let words = match &plan.request {
            OrderRequest::Delete(id) => format!("confirm {code} {}", named(sign_ins, id)),
            _ => format!("confirm {code}"),
        };
        let (until, command) = (context.clock(*expires_at), context.command("auth", &words));
        say!(
            context,
            "\nConfirm by {until}: {command}\n\
             Works once, only for you. Nothing changes before that. Takes under a minute, at most 5.",
            "\n{until} 前确认：{command}\n\
             只能用一次，仅限您本人；确认前不会有任何更改。确认后通常不到一分钟完成，最长五分钟。"
        )
    }
}

/// A change that changes nothing.
pub fn already_so(context: &ReplyContext, sign_ins: &SignIns, request: &OrderRequest) -> Message {
    use OrderRequest::*;
    let now = order_text(context, sign_ins, &sign_ins.order);
    let name = named_in(context, sign_ins, request);
    let so = match request {
        Set(_) => context.say("That is already the order.", "顺序已经是这样。"),
        Clear => context.say("This agent has no order of its own.", "本 agent 没有单独设置顺序。"),
        Retire(_) => say!(
            context,
            "{name} is already retired: it is not in the order.",
            "{name} 已经停用：它不在顺序中。"
        ),
        Restore(_, Some(End::First)) => {
            say!(context, "{name} is already first.", "{name} 已经排在最前。")
        }
        Restore(_, Some(End::Last)) => {
            say!(context, "{name} is already last.", "{name} 已经排在最后。")
        }
        Restore(_, None) => {
            say!(context, "The gateway can already use {name}.", "网关已经可以使用 {name}。")
        }
        Delete(_) => say!(context, "{name} is not stored.", "{name} 未存储。"),
    };
    let text =
        say!(context, "{so} Nothing to change.\nOrder: {now}", "{so}无需更改。\n顺序：{now}");
    context.message(text, |text| {
        context.json(Body::NoChange {
            ok: true,
            state: "already_so",
            change: request.word(),
            suggested_user_message: text,
        })
    })
}

//! The result of a change, by what was read back and never by what a command said.

use crate::gateway::GatewayError;
use crate::order::{self, Change, End, GatewayState, OrderRequest, Outcome, Plan, Stored};
use crate::profile::{ProfileId, SignIns};
use crate::reply::change::{self, State, gateway_error};
use crate::reply::documents::AppliedChange;
use crate::reply::order::{no_order, places};
use crate::reply::words::say;
use crate::reply::{Message, ReplyContext, commands, session};

/// A change that was run.
pub struct Applied<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The gateway's state before.
    pub before: &'a GatewayState,
    /// The command said that it could not tell a running gateway.
    pub is_unheard: bool,
    /// The command's own failure.
    pub error: Option<GatewayError>,
    /// The gateway's state now, or the failure to read it.
    pub found: Result<GatewayState, GatewayError>,
    /// The store's content now, where that can be read.
    pub stored: Option<Stored>,
}

impl Applied<'_> {
    /// The outcome, where the state could be read back.
    pub fn outcome(&self) -> Option<Outcome> {
        let found = self.found.as_ref().ok()?;
        let stored = self.stored.as_ref()?;
        Some(self.plan.outcome(self.before, found, stored))
    }
}

/// The result of a change, by what was read back.
pub fn applied(context: &ReplyContext, sign_ins: &SignIns, applied: &Applied<'_>) -> Message {
    let Applied { plan, before, .. } = applied;
    let (state, mut lines) = match applied.outcome() {
        Some(Outcome::Confirmed) => (State::Confirmed, confirmed(context, sign_ins, applied)),
        Some(Outcome::Unchanged) => (State::NotApplied, not_applied(context, sign_ins, applied)),
        Some(Outcome::Different) => (State::Unconfirmed, different(context, sign_ins, applied)),
        None => (
            State::Unconfirmed,
            not_read_back(context, sign_ins, applied),
        ),
    };
    if state != State::Confirmed {
        lines.push(say!(
            context,
            "Nothing was repeated and no file was edited.",
            "没有重复执行，也没有编辑任何文件。"
        ));
    }
    let text = lines.join("\n");
    let names = |order: &Option<Vec<ProfileId>>| {
        let order = order.as_ref();
        order.map(|order| sign_ins.names(order))
    };
    let document = context.document(|| {
        let found = applied.found.as_ref();
        let error = applied.error.or(found.err().copied());
        AppliedChange {
            plan: change::planned(context, sign_ins, plan, state, &text),
            expected: names(&plan.expected(before).order),
            found: found.ok().and_then(|found| names(&found.order)),
            trouble: error.map(GatewayError::word),
        }
    });
    Message::new(text, document)
}

fn confirmed(context: &ReplyContext, sign_ins: &SignIns, applied: &Applied<'_>) -> Vec<String> {
    let Applied { plan, .. } = applied;
    let done = done(context, sign_ins, &plan.request);
    let mut lines = vec![say!(
        context,
        "✅ Confirmed: {done}. Read back by `models status` and `auth order get`.",
        "✅ 已确认：{done}。已通过 `models status` 和 `auth order get` 回读验证。"
    )];
    lines.extend(change::before_and_after(
        context,
        sign_ins,
        &plan.before,
        &plan.after,
    ));
    if let Some(error) = applied.error {
        let error = gateway_error::gateway_error_itself(context, error);
        lines.push(say!(
            context,
            "(The command itself did not say so: {error})",
            "（命令本身没有报告成功：{error}）"
        ));
    }
    if applied.is_unheard {
        lines.push(say!(
            context,
            "The gateway's command could not tell a running gateway. If one runs, it takes the change over after: openclaw gateway restart",
            "命令未能通知网关。如果网关正在运行，请重启使其生效：openclaw gateway restart"
        ));
    }
    // Where a chat was on a deleted profile, it cannot stay there.
    if !matches!(plan.change, Change::Delete(_)) {
        let session = session::session_after(context, sign_ins, &plan.after);
        lines.push(session.unwrap_or_else(|| after_a_change(context)));
    }
    lines.push(change::undo(context, sign_ins, plan));
    lines
}

/// `work is retired; /codex_auth restore work brings it back`
fn done(context: &ReplyContext, sign_ins: &SignIns, request: &OrderRequest<ProfileId>) -> String {
    match request {
        OrderRequest::Set(_) => say!(context, "the order is set", "顺序已设置"),
        OrderRequest::Clear => say!(
            context,
            "the agent's own order is cleared",
            "agent 自己的顺序已清除"
        ),
        OrderRequest::Retire(id) => {
            let name = sign_ins.name(id);
            let back = OrderRequest::Restore(id.clone(), None);
            let back = commands::request_command(context, sign_ins, &back);
            say!(
                context,
                "{name} is retired; {back} brings it back",
                "{name} 已停用；{back} 可恢复"
            )
        }
        OrderRequest::Restore(id, end) => {
            let name = sign_ins.name(id);
            match end {
                Some(End::First) => {
                    say!(
                        context,
                        "{name} is first in the order",
                        "{name} 已排在顺序最前"
                    )
                }
                Some(End::Last) | None => {
                    say!(
                        context,
                        "{name} is last in the order",
                        "{name} 已排在顺序最后"
                    )
                }
            }
        }
        OrderRequest::Delete(id) => {
            let name = sign_ins.name(id);
            say!(context, "{name} is deleted", "{name} 已删除")
        }
    }
}

/// Says what a change of the order means for chats that go on.
fn after_a_change(context: &ReplyContext) -> String {
    match context.screen {
        None => say!(
            context,
            "This chat stays on the profile it uses now; /new takes the new order.",
            "当前会话继续用现在的 profile；发送 /new 后按新顺序使用。"
        ),
        Some(_) => say!(
            context,
            "Open chats stay on the profile they use now; /new in a chat takes the new order.",
            "已打开的会话继续用现在的 profile；在会话中发送 /new 后按新顺序使用。"
        ),
    }
}

fn not_applied(context: &ReplyContext, sign_ins: &SignIns, applied: &Applied<'_>) -> Vec<String> {
    let mut lines = vec![match &applied.plan.change {
        Change::Delete(id) => {
            let name = sign_ins.name(id);
            say!(
                context,
                "❌ Not applied: {name} is still stored, and everything is as it was before.",
                "❌ 未生效：{name} 仍在存储中，一切与变更前相同。"
            )
        }
        Change::Set(_) | Change::Clear => say!(
            context,
            "❌ Not applied: everything is as it was before.",
            "❌ 未生效：一切与变更前相同。"
        ),
    }];
    lines.extend(expected_and_found(context, sign_ins, applied));
    lines.push(match applied.error {
        Some(error) => gateway_error::gateway_error(context, error),
        None => say!(
            context,
            "Likely: the command looked at another home than the gateway, or runtime state or somebody else put it back. It reported success, which proves nothing.",
            "可能原因：命令使用了与网关不同的目录，或者运行时状态或其他人把它改了回去。命令报告成功不足为凭。"
        ),
    });
    lines.push(how_to_look(context, sign_ins));
    lines
}

fn different(context: &ReplyContext, sign_ins: &SignIns, applied: &Applied<'_>) -> Vec<String> {
    let mut lines = vec![say!(
        context,
        "⚠️ Unconfirmed: what was read back is not what was planned.",
        "⚠️ 未确认：回读结果与计划不符。"
    )];
    lines.extend(expected_and_found(context, sign_ins, applied));
    if let Ok(found) = &applied.found {
        let expected = applied.plan.expected(applied.before);
        if found.profiles != expected.profiles {
            lines.push(other_profiles(context, sign_ins, applied, found));
        }
        lines.push(likely_cause(context, applied, found));
    }
    lines.extend(
        applied
            .error
            .map(|error| gateway_error::gateway_error(context, error)),
    );
    lines.push(how_to_look(context, sign_ins));
    lines
}

fn expected_and_found(
    context: &ReplyContext,
    sign_ins: &SignIns,
    applied: &Applied<'_>,
) -> Vec<String> {
    let as_text = |order: &Option<Vec<ProfileId>>| match order {
        Some(ids) => places(context, sign_ins, ids),
        None => no_order(context),
    };
    let wanted = as_text(&applied.plan.expected(applied.before).order);
    let mut lines = vec![say!(context, "expected:  {wanted}", "预期：{wanted}")];
    if let Ok(found) = &applied.found {
        let there = as_text(&found.order);
        lines.push(say!(context, "there now: {there}", "当前：{there}"));
    }
    lines
}

fn other_profiles(
    context: &ReplyContext,
    sign_ins: &SignIns,
    applied: &Applied<'_>,
    found: &GatewayState,
) -> String {
    let expected = applied.plan.expected(applied.before);
    let gone = order::minus(&expected.profiles, &found.profiles);
    let more = order::minus(&found.profiles, &expected.profiles);
    let new = order::minus(&more, &applied.before.profiles);
    let still = order::minus(&more, &new);
    let mut said = Vec::new();
    let mut tell = |ids: &[ProfileId], what: String| {
        if !ids.is_empty() {
            let names = change::names(context, sign_ins, ids);
            said.push(say!(context, "{what}: {names}", "{what}：{names}"));
        }
    };
    tell(&gone, say!(context, "not stored any more", "已不再存储"));
    tell(&still, say!(context, "still stored", "仍在存储"));
    tell(&new, say!(context, "newly stored", "新增存储"));
    said.join(" · ")
}

fn likely_cause(context: &ReplyContext, applied: &Applied<'_>, found: &GatewayState) -> String {
    let Applied { plan, .. } = applied;
    let hidden = plan.after.in_effect().is_none() && found.order.is_some();
    if *found == plan.expected(applied.before) {
        say!(
            context,
            "Likely: the command changed another home than the one whose sign-ins are shown here. Set HOME and OPENCLAW_STATE_DIR as the gateway has them.",
            "可能原因：命令改的不是此处登录信息的目录。请将 HOME 和 OPENCLAW_STATE_DIR 设为与网关一致。"
        )
    } else if found.order.is_none() {
        say!(
            context,
            "Likely: the command and the gateway look at different homes, or runtime state overwrote it.",
            "可能原因：命令与网关使用的目录不同，或变更被运行时状态覆盖。"
        )
    } else if hidden && plan.change == Change::Clear {
        say!(
            context,
            "Likely: an inherited order stands behind the agent's own, and no command of this agent removes it; or somebody else has set one.",
            "可能原因：agent 自己的顺序背后还有继承的顺序，本 agent 的命令无法移除它；或其他人刚设置了顺序。"
        )
    } else {
        say!(
            context,
            "Likely: somebody else changed it at the same time, or runtime state overwrote it.",
            "可能原因：其他人同时作了更改，或变更被运行时状态覆盖。"
        )
    }
}

fn not_read_back(context: &ReplyContext, sign_ins: &SignIns, applied: &Applied<'_>) -> Vec<String> {
    let mut lines = vec![say!(
        context,
        "⚠️ Unconfirmed: what is there now could not be read back.",
        "⚠️ 未确认：无法回读当前状态。"
    )];
    lines.extend(expected_and_found(context, sign_ins, applied));
    lines.extend(
        applied
            .error
            .map(|error| gateway_error::gateway_error(context, error)),
    );
    if let Err(error) = applied.found
        && applied.error != Some(error)
    {
        lines.push(gateway_error::gateway_error(context, error));
    }
    lines.push(how_to_look(context, sign_ins));
    lines
}

fn how_to_look(context: &ReplyContext, sign_ins: &SignIns) -> String {
    let provider = &sign_ins.provider;
    let agent = &context.agent;
    let look = context.command("auth", "order");
    say!(
        context,
        "Look: {look}, or `openclaw models auth order get --provider {provider} --agent {agent} --json`. Then ask for the change again, where it is still needed.",
        "请查看：{look}，或 `openclaw models auth order get --provider {provider} --agent {agent} --json`。如仍需要，请重新发起变更。"
    )
}

//! The result of a change, by what was read back and never by what a command said.

use crate::gateway::GatewayError;
use crate::order::{self, End, GatewayState, OrderRequest, Outcome, Plan};
use crate::profile::{ProfileId, SignIns};
use crate::reply::change::{PlanWords, gateway_error, named_in};
use crate::reply::documents::{Body, Failure, State};
use crate::reply::order::{no_order, places};
use crate::reply::{Message, ReplyContext, session};

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
    /// The outcome, where the state could be read back.
    pub outcome: Option<Outcome>,
}

/// The result of a change, by what was read back.
pub fn applied(context: &ReplyContext, sign_ins: &SignIns, applied: &Applied<'_>) -> Message {
    let Applied { plan, before, outcome, .. } = *applied;
    let words = PlanWords { context, sign_ins, plan };
    let (state, lines) = match outcome {
        Some(Outcome::Confirmed) => (State::Confirmed, words.confirmed(applied)),
        Some(Outcome::Unchanged) => (State::NotApplied, words.failed(applied, outcome)),
        Some(Outcome::Different) | None => (State::Unconfirmed, words.failed(applied, outcome)),
    };
    let mut text = lines.join("\n");
    if context.demo {
        text = say!(
            context,
            "Demo: nothing was changed. With your own profiles you would read:\n{text}",
            "演示：没有任何更改。换成您自己的 profile，会显示：\n{text}"
        );
    }
    let names = |order: &Option<Vec<ProfileId>>| order.as_ref().map(|ids| sign_ins.names(ids));
    let found = applied.found.as_ref();
    let error = applied.error.or(found.err().copied());
    context.message(text, |text| {
        context.json(Body::Change {
            plan: words.planned(state, text),
            expected: names(&plan.expected(before).order),
            found: found.ok().and_then(|found| names(&found.order)),
            error: error.map(|error| Failure {
                code: error.word(),
                message: gateway_error::gateway_error(context, error),
            }),
        })
    })
}

impl PlanWords<'_> {
    fn confirmed(&self, applied: &Applied<'_>) -> Vec<String> {
        let Self { context, sign_ins, plan } = *self;
        let done = done(context, sign_ins, &plan.request);
        let done = say!(context, "✅ Done, verified: {done}.", "✅ 已完成并复查确认：{done}。");
        let mut lines = vec![done, self.before_and_after()];
        if let Some(error) = applied.error {
            let error = gateway_error::gateway_error_itself(context, error);
            lines.push(say!(
                context,
                "(The command itself reported a problem: {error})",
                "（命令本身报告了问题：{error}）"
            ));
        }
        if applied.is_unheard {
            lines.push(context.say(
                "The command could not reach a running gateway. If one is running, restart it: openclaw gateway restart",
                "命令没能联系到正在运行的网关。如果网关在运行，请重启：openclaw gateway restart",
            ));
        }
        // Where a chat was on a deleted profile, it cannot stay there.
        if !matches!(plan.request, OrderRequest::Delete(_)) {
            let session = session::session_after(context, sign_ins, &plan.after);
            lines.push(session.unwrap_or_else(|| after_a_change(context)));
        }
        lines.push(self.undo());
        lines
    }

    /// A change that was not confirmed: expected, found, the likely cause and where to look.
    fn failed(&self, applied: &Applied<'_>, outcome: Option<Outcome>) -> Vec<String> {
        let Self { context, sign_ins, plan } = *self;
        let expected = plan.expected(applied.before);
        let order = |order: &Option<Vec<ProfileId>>| match order {
            Some(ids) => places(context, sign_ins, ids),
            None => no_order(context),
        };
        let mut lines = vec![
            self.headline(outcome),
            context.named("Expected", "预期", &order(&expected.order)),
        ];
        if let Ok(found) = &applied.found {
            lines.push(context.named("Found", "实际", &order(&found.order)));
            if outcome == Some(Outcome::Different) {
                lines.extend(self.other_profiles(applied.before, found));
                lines.push(likely_cause(context, applied, found));
            }
        }
        if outcome == Some(Outcome::Unchanged) && applied.error.is_none() {
            lines.push(context.say(
                "Likely cause: a different HOME than the gateway's, or something changed it back. The command's \"success\" is no proof.",
                "可能原因：命令的 HOME 与网关不同，或之后又被改了回去。命令显示成功并不算数，以复查为准。",
            ));
        }
        let unread = applied.found.as_ref().err().copied();
        let unread = unread.filter(|error| applied.error != Some(*error));
        let errors = applied.error.into_iter().chain(unread);
        lines.extend(errors.map(|error| gateway_error::gateway_error(context, error)));
        let (provider, agent) = (&sign_ins.provider, &context.agent);
        let look = context.command("auth", "order");
        lines.push(say!(
            context,
            "Check: {look}, or `openclaw models auth order get --provider {provider} --agent {agent} --json`. If the change is still needed, ask for it again.\nThe command was not repeated, and no file was edited.",
            "请查看：{look}，或 `openclaw models auth order get --provider {provider} --agent {agent} --json`。如果仍需更改，请重新发起。\n命令没有重复执行，也没有编辑任何文件。"
        ));
        lines
    }

    fn headline(&self, outcome: Option<Outcome>) -> String {
        let Self { context, sign_ins, plan } = *self;
        let (en, zh) = match (outcome, &plan.request) {
            (Some(Outcome::Unchanged), OrderRequest::Delete(id)) => {
                let name = sign_ins.name(id);
                return say!(
                    context,
                    "❌ Not applied: {name} is still stored. Everything is as before.",
                    "❌ 未生效：{name} 还在，一切与之前相同。"
                );
            }
            (Some(Outcome::Unchanged), _) => {
                ("❌ Not applied: everything is as before.", "❌ 未生效：一切与之前相同。")
            }
            (Some(_), _) => (
                "⚠️ Not verified: the result is not what was planned.",
                "⚠️ 未能确认：复查结果与计划不符。",
            ),
            (None, _) => (
                "⚠️ Not verified: the current state could not be read.",
                "⚠️ 未能确认：无法复查当前状态。",
            ),
        };
        context.say(en, zh)
    }

    /// `Still stored: work · Newly stored: home`, where other profiles were found.
    fn other_profiles(&self, before: &GatewayState, found: &GatewayState) -> Option<String> {
        let expected = self.plan.expected(before).profiles;
        let more = order::minus(&found.profiles, &expected);
        let new = order::minus(&more, &before.profiles);
        let gone = order::minus(&expected, &found.profiles);
        let said = [
            self.listed(&gone, "Not stored any more", "已不再存储"),
            self.listed(&order::minus(&more, &new), "Still stored", "仍在存储"),
            self.listed(&new, "Newly stored", "新增"),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        (!said.is_empty()).then(|| said.join(" · "))
    }
}

/// `work is retired: no longer used, sign-in kept`
fn done(context: &ReplyContext, sign_ins: &SignIns, request: &OrderRequest) -> String {
    use OrderRequest::*;
    let name = named_in(context, sign_ins, request);
    match request {
        Set(_) => context.say("the order is set", "顺序已设置"),
        Clear => context.say("this agent's own order is cleared", "本 agent 单独设置的顺序已清除"),
        Retire(_) => say!(
            context,
            "{name} is retired (no longer used, sign-in kept)",
            "{name} 已停用（不再使用，登录凭据保留）"
        ),
        Restore(_, Some(End::First)) => {
            say!(context, "{name} is first in the order", "{name} 已排在顺序最前")
        }
        Restore(_, Some(End::Last) | None) => {
            say!(context, "{name} is last in the order", "{name} 已排在顺序最后")
        }
        Delete(_) => say!(context, "{name} is deleted", "{name} 已删除"),
    }
}

/// Says what a change of the order means for chats that go on.
fn after_a_change(context: &ReplyContext) -> String {
    match context.screen {
        None => context.say(
            "This chat stays on its current profile; /new applies the new order.",
            "当前会话继续用现在的 profile；发送 /new 后采用新顺序。",
        ),
        Some(_) => context.say(
            "Open chats stay on their current profile; /new in a chat applies the new order.",
            "已打开的会话继续用现在的 profile；在会话中发送 /new 后采用新顺序。",
        ),
    }
}

fn likely_cause(context: &ReplyContext, applied: &Applied<'_>, found: &GatewayState) -> String {
    let plan = applied.plan;
    let hidden = plan.after.in_effect().is_none() && found.order.is_some();
    let (en, zh) = if *found == plan.expected(applied.before) {
        (
            "Likely cause: the command changed a different state folder from the one shown here. Set HOME and OPENCLAW_STATE_DIR to the gateway's values.",
            "可能原因：命令改的是另一个状态目录，不是这里显示的。请把 HOME 和 OPENCLAW_STATE_DIR 设成与网关一致。",
        )
    } else if found.order.is_none() {
        (
            "Likely cause: the command and the gateway use different state folders, or the running gateway overwrote the change.",
            "可能原因：命令与网关使用的状态目录不同，或更改被正在运行的网关覆盖。",
        )
    } else if hidden && plan.request == OrderRequest::Clear {
        (
            "Likely cause: an inherited order applies now; this agent cannot remove it. Or someone else has just set one.",
            "可能原因：现在生效的是沿用的共享顺序，本 agent 无法移除它；或其他人刚设置了顺序。",
        )
    } else {
        (
            "Likely cause: someone else changed it at the same time, or the running gateway overwrote the change.",
            "可能原因：其他人同时做了更改，或更改被正在运行的网关覆盖。",
        )
    };
    context.say(en, zh)
}

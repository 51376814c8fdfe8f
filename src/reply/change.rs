//! A change of the order: its announcement, and in the modules below its plan, its
//! result, its refusal, and the gateway's failures.

use super::ReplyContext;
use super::documents::{Planned, State};
use super::order::order_text;
pub use crate::contract::gateway::Proposal;
use crate::order::{OrderRequest, Plan};
use crate::profile::{AuthOrder, ProfileId, SignIns};

pub mod applied;
pub mod gateway_error;
pub mod plan;
pub mod refusal;

/// Both sentences that come before any change, to the letter.
pub fn announcement(context: &ReplyContext) -> String {
    context.say(
        "I will apply this via `openclaw models auth ...` and then verify with `models status` + `auth order get`.\nI won't hand-edit auth files directly, because runtime state can drift or overwrite one-shot edits.",
        "我将通过 `openclaw models auth ...` 执行变更，并随后使用 `models status` 和 `auth order get` 进行验证。\n我不会直接手动编辑认证文件，因为运行时状态可能漂移或覆盖一次性编辑。",
    )
}

/// The message before a plan: the announcement, and how long it may take.
pub fn planning(context: &ReplyContext) -> String {
    let announcement = announcement(context);
    say!(
        context,
        "{announcement}\nRead-only check first (seconds, at most 2 minutes)…",
        "{announcement}\n先做只读检查（通常几秒，最长两分钟）……"
    )
}

/// The message before a confirmed change is run. The announcement stands above the plan.
pub fn applying(context: &ReplyContext) -> String {
    context.say(
        "Checking, applying, verifying (under a minute, at most 5)…",
        "再检查一次 → 执行 → 复查（通常不到一分钟，最长五分钟）……",
    )
}

/// A plan to be put into words, with the sign-ins that it was made on.
#[derive(Clone, Copy)]
pub(super) struct PlanWords<'a> {
    pub(super) context: &'a ReplyContext,
    pub(super) sign_ins: &'a SignIns,
    pub(super) plan: &'a Plan,
}

impl<'a> PlanWords<'a> {
    fn planned(&self, state: State, text: &'a str) -> Planned<'a> {
        let Self { context, sign_ins, plan } = *self;
        let order = |order: &AuthOrder| order.in_effect().map(|order| sign_ins.names(order));
        let undo = plan.undo(sign_ins);
        Planned {
            ok: matches!(state, State::Planned | State::Confirmed),
            state,
            change: plan.request.word(),
            provider: &sign_ins.provider,
            agent: &context.agent,
            before: order(&plan.before),
            before_is_own: plan.before.own.is_some(),
            after: order(&plan.after),
            after_is_own: plan.after.own.is_some(),
            left_out: sign_ins.names(&plan.left_out),
            gained: sign_ins.names(&plan.gained),
            not_stored: sign_ins.names(&plan.dropped),
            gateway_command: context.gateway_words(sign_ins, plan),
            undo: undo.map(|request| context.request_words(sign_ins, &request)),
            suggested_user_message: text,
        }
    }

    /// `Added: work, lab`, where there are any.
    fn listed(&self, ids: &[ProfileId], en: &str, zh: &str) -> Option<String> {
        let names = self.context.list(&self.sign_ins.names(ids));
        (!ids.is_empty()).then(|| self.context.named(en, zh, &names))
    }

    fn before_and_after(&self) -> String {
        let order = |order| order_text(self.context, self.sign_ins, order);
        let (before, after) = (order(&self.plan.before), order(&self.plan.after));
        say!(self.context, "Before: {before}\nAfter: {after}", "变更前：{before}\n变更后：{after}")
    }

    pub(super) fn undo(&self) -> String {
        let Self { context, sign_ins, plan } = *self;
        match plan.undo(sign_ins) {
            Some(undo) => context.named("Undo", "撤销", &context.request(sign_ins, &undo)),
            None => context.say("Undo: not possible", "此操作无法撤销"),
        }
    }
}

/// The profiles that a request names.
fn named_in(context: &ReplyContext, sign_ins: &SignIns, request: &OrderRequest) -> String {
    context.shortened(&sign_ins.names(request.profiles()))
}

/// A confirmed plan that does not hold any more, before the new one.
pub fn plan_has_moved(context: &ReplyContext) -> String {
    context.say(
        "Nothing was changed: the sign-ins changed after you saw this plan. The new plan:\n",
        "没有任何更改：您看到计划之后，登录凭据有变化。新的计划：\n",
    )
}

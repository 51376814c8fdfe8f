//! A change of the order as it is told: announced, planned, and in the modules below
//! applied, refused, or in trouble.

use super::ReplyContext;
use super::documents::{AlreadySo, Planned, Proposed};
use super::words::say;
use crate::command::Format;
use crate::order::{AuthOrder, Change, End, OrderRequest, Plan};
use crate::profile::{Era, Ids, Key, KeyKind, ProfileId, SignIns};
use crate::readings::Known;
use crate::time::Instant;
use crate::usage::Verdict;

pub mod applied;
mod gateway_error;
mod refusal;

/// What there is to say about a change, to the user and to programs.
pub struct Message {
    /// To the user.
    pub text: String,
    /// What of it is said however long it is.
    pub closing: String,
    /// To programs, where they ask.
    pub document: Option<String>,
}

impl Message {
    /// What is short enough to be said whole.
    pub fn new(text: String, document: Option<String>) -> Self {
        Self {
            text,
            closing: String::new(),
            document,
        }
    }

    /// Returns the text or the document, as the format asks.
    pub fn in_format(&self, format: Format) -> &str {
        match (format, &self.document) {
            (Format::Json, Some(document)) => document,
            _ => &self.text,
        }
    }
}

/// How many names of an order are listed.
pub(super) const MOST_PLACES: usize = 40;

impl ReplyContext {
    /// Both sentences that come before any change, to the letter.
    pub fn announcement(&self) -> String {
        say!(
            self,
            "I will apply this via `openclaw models auth ...` and then verify with `models status` + `auth order get`.\nI won't hand-edit auth files directly, because runtime state can drift or overwrite one-shot edits.",
            "我将通过 `openclaw models auth ...` 执行变更，并随后使用 `models status` 和 `auth order get` 进行验证。\n我不会直接手动编辑认证文件，因为运行时状态可能漂移或覆盖一次性编辑。"
        )
    }

    /// The message before a plan: the announcement, and how long it may take.
    pub fn planning(&self) -> String {
        let announcement = self.announcement();
        say!(
            self,
            "{announcement}\nLooking first, read-only: usually seconds, two minutes at most…",
            "{announcement}\n先做只读预检：通常几秒，最长两分钟……"
        )
    }

    /// The message before a confirmed change is run.
    pub fn applying(&self) -> String {
        let steps = say!(
            self,
            "Checking once more, applying once, then reading back: usually under a minute, five minutes at most…",
            "再次预检，执行一次，然后回读验证：通常不到一分钟，最长五分钟……"
        );
        match self.screen {
            // The announcement stands above the question that was just answered.
            Some(_) => steps,
            None => format!("{}\n{steps}", self.announcement()),
        }
    }

    /// A plan, and how to confirm it. `lead` stands above a plan that takes the place of a
    /// confirmed one.
    pub fn plan(
        &self,
        sign_ins: &SignIns,
        plan: &Plan,
        known: &Known,
        confirm: &Confirm,
        lead: Option<String>,
    ) -> Message {
        let state = match lead {
            Some(_) => "moved",
            None => "planned",
        };
        let mut lines = Vec::from_iter(lead);
        lines.push(self.plan_title(sign_ins, &plan.request));
        lines.extend(self.before_and_after(sign_ins, &plan.before, &plan.after));
        lines.extend(self.consequences(sign_ins, plan, known));
        lines.extend(self.next_in_line(sign_ins, plan, known));
        if !matches!(plan.change, Change::Delete(_)) {
            lines.extend(self.session_after(sign_ins, &plan.after));
        }
        let command = self.gateway_command(sign_ins, plan);
        lines.push(say!(
            self,
            "Gateway command: {command}",
            "网关命令：{command}"
        ));
        lines.push(self.undo(sign_ins, plan));
        let closing = self.how_to_confirm(sign_ins, plan, confirm);
        lines.extend_from_slice(&closing);
        let text = lines.join("\n");
        let document = self.document(|| {
            let reading = plan.next.as_ref().and_then(|id| known.of(id));
            Proposed {
                plan: self.planned(sign_ins, plan, state, &text),
                next: plan.next.as_ref().map(|id| sign_ins.name(id)),
                next_verdict: reading.map(|reading| reading.verdict().word()),
                confirm_before: match confirm {
                    Confirm::ByCode { expires_at, .. } => Some(self.zone.rfc3339(*expires_at)),
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

    fn planned<'a>(
        &'a self,
        sign_ins: &'a SignIns,
        plan: &Plan,
        state: &'a str,
        text: &'a str,
    ) -> Planned<'a> {
        let order = |order: &AuthOrder| order.in_effect().map(|order| sign_ins.names(order));
        let undo = plan.undo(sign_ins);
        Planned {
            ok: state == "planned" || state == "confirmed",
            state,
            change: plan.request.word(),
            provider: &sign_ins.provider,
            agent: &self.agent,
            before: order(&plan.before),
            before_is_own: plan.before.own.is_some(),
            after: order(&plan.after),
            after_is_own: plan.after.own.is_some(),
            left_out: sign_ins.names(&plan.left_out),
            gained: sign_ins.names(&plan.gained),
            not_stored: sign_ins.names(&plan.dropped),
            gateway_command: self.gateway_command(sign_ins, plan),
            undo: undo.map(|request| self.request_command(sign_ins, &request)),
            suggested_user_message: text,
        }
    }

    fn names(&self, sign_ins: &SignIns, ids: &[ProfileId]) -> String {
        self.list(&sign_ins.names(ids))
    }

    fn plan_title(&self, sign_ins: &SignIns, request: &OrderRequest<ProfileId>) -> String {
        let provider = &sign_ins.provider;
        let agent = &self.agent;
        let what = match request {
            OrderRequest::Set(_) => say!(
                self,
                "set the order of {provider}",
                "设置 {provider} 的顺序"
            ),
            OrderRequest::Clear => say!(
                self,
                "clear the agent's own order of {provider}",
                "清除 agent 自己的 {provider} 顺序"
            ),
            OrderRequest::Retire(id) => {
                let name = sign_ins.name(id);
                say!(self, "retire {name}", "停用 {name}")
            }
            OrderRequest::Restore(id, end) => {
                let name = sign_ins.name(id);
                match end {
                    Some(End::First) => {
                        say!(self, "restore {name}, first", "恢复 {name}，排在最前")
                    }
                    Some(End::Last) | None => {
                        say!(self, "restore {name}, last", "恢复 {name}，排在最后")
                    }
                }
            }
            OrderRequest::Delete(id) => {
                let name = sign_ins.name(id);
                say!(self, "delete {name} for good", "永久删除 {name}")
            }
        };
        say!(
            self,
            "Plan: {what} · agent {agent}",
            "计划：{what} · agent {agent}"
        )
    }

    fn before_and_after(
        &self,
        sign_ins: &SignIns,
        before: &AuthOrder,
        after: &AuthOrder,
    ) -> Vec<String> {
        let before = self.order_text(sign_ins, before);
        let after = self.order_text(sign_ins, after);
        vec![
            say!(self, "before: {before}", "变更前：{before}"),
            say!(self, "after:  {after}", "变更后：{after}"),
        ]
    }

    /// `1 default · 2 work`, and whether it is the agent's own.
    pub fn order_text(&self, sign_ins: &SignIns, order: &AuthOrder) -> String {
        let inherited = || match order.own {
            Some(_) => String::new(),
            None => say!(self, " (inherited)", "（继承）"),
        };
        match order.in_effect() {
            Some(ids) => format!("{}{}", self.places(sign_ins, ids), inherited()),
            None => self.no_order(),
        }
    }

    fn no_order(&self) -> String {
        say!(
            self,
            "none, the gateway picks by itself",
            "无，由网关自行选择"
        )
    }

    fn places(&self, sign_ins: &SignIns, ids: &[ProfileId]) -> String {
        let listed = ids.iter().take(MOST_PLACES).enumerate();
        let place = |(index, id): (usize, &ProfileId)| {
            let place = index + 1;
            format!("{place} {}", sign_ins.name(id))
        };
        let mut places: Vec<String> = listed.map(place).collect();
        if ids.len() > MOST_PLACES {
            let more = ids.len() - MOST_PLACES;
            places.push(say!(self, "… {more} more", "……另有 {more} 个"));
        }
        places.join(" · ")
    }

    fn consequences(&self, sign_ins: &SignIns, plan: &Plan, known: &Known) -> Vec<String> {
        let mut lines = Vec::new();
        if let Change::Delete(id) = &plan.change
            && sign_ins.key(id).is_some()
        {
            let name = sign_ins.name(id);
            lines.push(say!(
                self,
                "{name}: the stored key is deleted for good. Retiring keeps it.",
                "{name}：存储的密钥将被永久删除；停用则会保留。"
            ));
        } else if let Change::Delete(id) = &plan.change {
            let name = sign_ins.name(id);
            lines.push(say!(
                self,
                "{name}: its stored sign-in is deleted for good. Only signing in again brings it back; retiring keeps it.",
                "{name}：存储的登录信息将被永久删除，只有重新登录才能恢复；停用则会保留。"
            ));
            if sign_ins.era == Era::Sqlite {
                lines.push(say!(
                    self,
                    "Other agents that share it lose it too, and their own orders go on naming it.",
                    "共享此登录的其他 agent 也会失去它，但它们的顺序中仍会保留该名称。"
                ));
            }
        }
        if !plan.left_out.is_empty() {
            let names = self.names(sign_ins, &plan.left_out);
            lines.push(say!(
                self,
                "{names} will no longer be selected; what is stored stays.",
                "{names} 将不再被选中；存储的内容会保留。"
            ));
        }
        let (usable, unusable): (Vec<ProfileId>, Vec<ProfileId>) = plan
            .gained
            .iter()
            .cloned()
            .partition(|id| known.is_usable(sign_ins, id));
        if !unusable.is_empty() {
            let names = self.names(sign_ins, &unusable);
            let who = match unusable.as_slice() {
                [one] => typed(sign_ins, one),
                _ => "<profile>".to_owned(),
            };
            let start = self.command("auth", &format!("start {who}"));
            lines.push(say!(
                self,
                "⚠️ Can be selected from then on, and of no use before signing in again: {names}. How: {start}",
                "⚠️ 将可以被选中，但需重新登录后才能使用：{names}。方法：{start}"
            ));
        }
        if !usable.is_empty() {
            let names = self.names(sign_ins, &usable);
            lines.push(say!(
                self,
                "{names} can be selected from then on.",
                "{names} 将可以被选中。"
            ));
        }
        if !plan.dropped.is_empty() {
            let names = self.names(sign_ins, &plan.dropped);
            lines.push(say!(
                self,
                "Not stored, and so not in the order any more: {names}.",
                "未存储，因此将从顺序中移除：{names}。"
            ));
        }
        lines
    }

    fn next_in_line(&self, sign_ins: &SignIns, plan: &Plan, known: &Known) -> Option<String> {
        let Some(next) = &plan.next else {
            return self.keys_in_play(sign_ins, plan);
        };
        let name = sign_ins.name(next);
        let state = match (sign_ins.key(next), known.of(next)) {
            (Some(key), _) if key.kind == KeyKind::ApiKey => {
                say!(
                    self,
                    "⚠️ an API key, which pays by use",
                    "⚠️ API key，按量付费"
                )
            }
            (Some(_), _) => say!(self, "a pasted token", "粘贴的令牌"),
            (None, _) if !sign_ins.is_usable(next) => {
                say!(self, "⚠️ needs signing in again", "⚠️ 需要重新登录")
            }
            (None, None) => {
                let check = self.command("usage", &typed(sign_ins, next));
                say!(
                    self,
                    "not checked in the last 15 minutes ({check})",
                    "最近 15 分钟内未检查（{check}）"
                )
            }
            (None, Some(reading)) => {
                let found = self.last_check(reading);
                match reading.verdict() {
                    Verdict::Usable | Verdict::Unknown => found,
                    Verdict::UsableAtCost | Verdict::Wait | Verdict::Broken => {
                        format!("⚠️ {found}")
                    }
                }
            }
        };
        let cooldown = sign_ins
            .by_id(next)
            .and_then(|next| self.cooldown_line(next));
        let cooldown = cooldown.map_or(String::new(), |cooldown| format!(" · {cooldown}"));
        // Of who is new in the order it stands above.
        let is_told = |id: &ProfileId| plan.gained.contains(id) && !known.is_usable(sign_ins, id);
        let skipped = match plan.skipped.iter().all(is_told) {
            true => String::new(),
            false => {
                let names = self.names(sign_ins, &plan.skipped);
                say!(
                    self,
                    " ⚠️ Before it, and of no use now: {names}.",
                    " ⚠️ 排在它前面但目前不可用：{names}。"
                )
            }
        };
        Some(say!(
            self,
            "Next in line: {name}, {state}{cooldown}.{skipped}",
            "接下来将使用：{name}，{state}{cooldown}。{skipped}"
        ))
    }

    /// Without an order, what pays by use may be picked too.
    fn keys_in_play(&self, sign_ins: &SignIns, plan: &Plan) -> Option<String> {
        let is_there = |id: &ProfileId| match &plan.change {
            Change::Delete(deleted) => id != deleted,
            Change::Set(_) | Change::Clear => true,
        };
        let keys = self.keys(sign_ins, &|key| {
            key.kind == KeyKind::ApiKey && is_there(&key.id)
        });
        keys.map(|list| {
            say!(
                self,
                "⚠️ Among those it may pick is an API key, which pays by use: {list}.",
                "⚠️ 可能被选中的还有按量付费的 API key：{list}。"
            )
        })
    }

    /// The names of these of the keys, where there are any.
    pub(super) fn keys(&self, sign_ins: &SignIns, is_one: &dyn Fn(&Key) -> bool) -> Option<String> {
        let mut names = Vec::new();
        for key in &sign_ins.keys {
            if is_one(key) {
                names.push(key.name.clone());
            }
        }
        (!names.is_empty()).then(|| self.list(&names))
    }

    pub(super) fn undo(&self, sign_ins: &SignIns, plan: &Plan) -> String {
        match plan.undo(sign_ins) {
            Some(request) => {
                let command = self.request_command(sign_ins, &request);
                say!(self, "Undo: {command}", "撤销：{command}")
            }
            None => say!(
                self,
                "Undo: none, it cannot be taken back",
                "此操作不可撤销"
            ),
        }
    }

    /// What to type for an order request.
    pub fn request_command(&self, sign_ins: &SignIns, request: &OrderRequest<ProfileId>) -> String {
        let one = |id: &ProfileId| typed(sign_ins, id);
        let words = match request {
            OrderRequest::Set(ids) => {
                let more = ids.len().saturating_sub(MOST_PLACES);
                let mut names: Vec<String> = ids.iter().take(MOST_PLACES).map(one).collect();
                names.extend((more > 0).then(|| format!("… (+{more})")));
                format!("order set {}", names.join(" "))
            }
            OrderRequest::Clear => "order clear".to_owned(),
            OrderRequest::Retire(id) => format!("retire {}", one(id)),
            OrderRequest::Restore(id, None) => format!("restore {}", one(id)),
            OrderRequest::Restore(id, Some(End::First)) => format!("restore {} first", one(id)),
            OrderRequest::Restore(id, Some(End::Last)) => format!("restore {} last", one(id)),
            OrderRequest::Delete(id) => format!("delete {} permanently", one(id)),
        };
        self.command("auth", &words)
    }

    /// The gateway command that a plan comes to, ids as they may be shown.
    pub(super) fn gateway_command(&self, sign_ins: &SignIns, plan: &Plan) -> String {
        let provider = &sign_ins.provider;
        let agent = &self.agent;
        let id = |id: &ProfileId| {
            let ids = if id.is_plain() { Ids::Full } else { self.ids };
            id.shown(ids)
        };
        match &plan.change {
            Change::Set(ids) => {
                let more = ids.len().saturating_sub(MOST_PLACES);
                let mut words: Vec<String> = ids.iter().take(MOST_PLACES).map(id).collect();
                words.extend((more > 0).then(|| format!("… (+{more})")));
                let ids = words.join(" ");
                format!(
                    "openclaw models auth order set --provider {provider} --agent {agent} {ids}"
                )
            }
            Change::Clear => {
                format!("openclaw models auth order clear --provider {provider} --agent {agent}")
            }
            Change::Delete(of) => {
                let id = id(of);
                format!("openclaw models auth logout --agent {agent} --yes {id}")
            }
        }
    }

    fn how_to_confirm(&self, sign_ins: &SignIns, plan: &Plan, confirm: &Confirm) -> Vec<String> {
        match confirm {
            Confirm::DryRun => vec![say!(
                self,
                "This is the plan alone: nothing was changed.",
                "以上仅为计划：未作任何更改。"
            )],
            Confirm::AtTheTerminal => vec![],
            Confirm::ByCode { code, expires_at } => {
                let words = match &plan.change {
                    Change::Delete(id) => format!("confirm {code} {}", named(sign_ins, id)),
                    Change::Set(_) | Change::Clear => format!("confirm {code}"),
                };
                let command = self.command("auth", &words);
                let until = self.clock(*expires_at);
                vec![
                    String::new(),
                    say!(
                        self,
                        "To apply it, until {until}: {command}\nIt works once, and only for you. Until then nothing is changed.",
                        "确认执行（{until} 前有效）：{command}\n仅限本人使用一次。确认之前不会作任何更改。"
                    ),
                ]
            }
        }
    }

    /// A change that changes nothing.
    pub fn already_so(&self, sign_ins: &SignIns, request: &OrderRequest<ProfileId>) -> Message {
        let now = self.order_text(sign_ins, &sign_ins.order);
        let so = match request {
            OrderRequest::Set(_) => say!(self, "This is the order already.", "已是此顺序。"),
            OrderRequest::Clear => say!(
                self,
                "The agent has no order of its own.",
                "该 agent 没有自己的顺序。"
            ),
            OrderRequest::Retire(id) => {
                let name = sign_ins.name(id);
                say!(
                    self,
                    "{name} is not in the order: it is retired already.",
                    "{name} 不在顺序中：已处于停用状态。"
                )
            }
            OrderRequest::Restore(id, end) => {
                let name = sign_ins.name(id);
                match end {
                    Some(End::First) => {
                        say!(self, "{name} is first already.", "{name} 已经排在最前。")
                    }
                    Some(End::Last) => {
                        say!(self, "{name} is last already.", "{name} 已经排在最后。")
                    }
                    None => say!(
                        self,
                        "{name} can be selected already.",
                        "{name} 已经可以被选中。"
                    ),
                }
            }
            OrderRequest::Delete(id) => {
                let name = sign_ins.name(id);
                say!(self, "{name} is not stored.", "{name} 未存储。")
            }
        };
        let text = say!(
            self,
            "{so} Nothing to change.\norder: {now}",
            "{so}无需更改。\n顺序：{now}"
        );
        let document = self.document(|| AlreadySo {
            ok: true,
            state: "already_so",
            change: request.word(),
            suggested_user_message: &text,
        });
        Message::new(text, document)
    }

    /// A confirmed plan that does not hold any more, before the new one.
    pub fn moved(&self) -> String {
        say!(
            self,
            "The sign-ins have changed since this was planned: nothing was applied. The plan as of now:\n",
            "计划之后登录信息已发生变化：未执行任何操作。以下是当前的计划：\n"
        )
    }
}

/// How a plan can be confirmed.
pub enum Confirm {
    /// By a code that the host minted.
    ByCode {
        /// The code.
        code: String,
        /// Until when.
        expires_at: Instant,
    },
    /// By the terminal's own question.
    AtTheTerminal,
    /// Not at all.
    DryRun,
}

/// How a deletion names its profile: by its label, or where that is not a plain word by
/// its handle, as the host compares it.
fn named(sign_ins: &SignIns, id: &ProfileId) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    match !id.label().is_empty() && id.label().chars().all(plain) {
        true => id.label().to_owned(),
        false => typed(sign_ins, id),
    }
}

/// What to type for an id: a label where that names it.
fn typed(sign_ins: &SignIns, id: &ProfileId) -> String {
    match sign_ins.by_id(id) {
        Some(profile) => super::typed_name(profile),
        None if id.is_plain() => id.as_str().to_owned(),
        None => sign_ins
            .key(id)
            .map_or_else(|| id.shown(Ids::Masked), |key| key.handle.clone()),
    }
}

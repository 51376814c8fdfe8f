//! A change of the order as it is told: announced, planned, confirmed or not.

use super::words::say;
use super::{Voice, words};
use crate::clock::{Instant, Span};
use crate::document::Item;
use crate::gateway::{Mismatch, Trouble};
use crate::order::{AuthOrder, Change, End, GatewayState, Objection, Outcome, Plan, Wish};
use crate::profile::{Era, ProfileId, SignIns};
use crate::readings::Reading;
use crate::usage::Verdict;

/// What there is to say about a change, to the user and to programs.
pub struct Told {
    /// To the user.
    pub text: String,
    /// To programs.
    pub document: String,
}

/// What became of a change that was run.
pub struct Applied<'a> {
    /// What was planned.
    pub plan: &'a Plan,
    /// What the gateway told before.
    pub before: &'a GatewayState,
    /// Whether the command said that it could not tell a gateway that runs.
    pub is_unheard: bool,
    /// Why the command itself is in doubt.
    pub trouble: Option<Trouble>,
    /// What it tells now, or why it does not.
    pub found: Result<GatewayState, Trouble>,
}

impl Applied<'_> {
    /// What reading back showed, where it could be read back.
    pub fn outcome(&self) -> Option<Outcome> {
        let found = self.found.as_ref().ok()?;
        Some(self.plan.outcome(self.before, found))
    }
}

/// How many names of an order are listed.
const MOST_PLACES: usize = 40;

impl Voice {
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

    /// A plan, and how to confirm it. `next` is the last reading of whom it puts first.
    pub fn plan(
        &self,
        sign_ins: &SignIns,
        plan: &Plan,
        next: Option<&Reading>,
        confirm: &Confirm,
    ) -> Told {
        let mut lines = vec![self.plan_title(sign_ins, &plan.wish)];
        lines.extend(self.before_and_after(sign_ins, &plan.before, &plan.after));
        lines.extend(self.consequences(sign_ins, plan));
        lines.extend(self.next_in_line(sign_ins, plan, next));
        let command = self.gateway_command(sign_ins, plan);
        lines.push(say!(
            self,
            "Gateway command: {command}",
            "网关命令：{command}"
        ));
        lines.push(self.undo(sign_ins, plan));
        lines.extend(self.how_to_confirm(sign_ins, plan, confirm));
        let text = lines.join("\n");
        let mut fields = self.plan_fields(sign_ins, plan, "planned", &text);
        let name = plan.next.as_ref().map(|id| sign_ins.name(id));
        fields.push(("next", name.into()));
        let verdict = next.map(|reading| reading.verdict.word());
        fields.push(("next_verdict", verdict.into()));
        let expires_at = match confirm {
            Confirm::ByCode { expires_at, .. } => Some(self.zone.rfc3339(*expires_at)),
            Confirm::AtTheTerminal | Confirm::DryRun => None,
        };
        fields.push(("confirm_before", expires_at.into()));
        Told {
            document: Item::Object(fields).to_text(),
            text,
        }
    }

    /// What became of a change, by what was read back.
    pub fn applied(&self, sign_ins: &SignIns, applied: &Applied<'_>) -> Told {
        let Applied { plan, before, .. } = applied;
        let (state, mut lines) = match applied.outcome() {
            Some(Outcome::Confirmed) => ("confirmed", self.confirmed(sign_ins, applied)),
            Some(Outcome::Unchanged) => ("not_applied", self.not_applied(sign_ins, applied)),
            Some(Outcome::Different) => ("unconfirmed", self.different(sign_ins, applied)),
            None => ("unconfirmed", self.not_read_back(sign_ins, applied)),
        };
        if state != "confirmed" {
            lines.push(say!(
                self,
                "Nothing was repeated and no file was edited.",
                "没有重复执行，也没有编辑任何文件。"
            ));
        }
        let text = lines.join("\n");
        let mut fields = self.plan_fields(sign_ins, plan, state, &text);
        let ids = |order: &Option<Vec<ProfileId>>| -> Item<'static> {
            order
                .as_ref()
                .map(|order| self.shown(sign_ins, order))
                .into()
        };
        fields.push(("expected", ids(&plan.expected(before).order)));
        let found = applied.found.as_ref();
        fields.push(("found", found.map_or(Item::Null, |found| ids(&found.order))));
        let trouble = applied.trouble.or(found.err().copied());
        fields.push(("trouble", trouble.map(Trouble::word).into()));
        Told {
            document: Item::Object(fields).to_text(),
            text,
        }
    }

    fn plan_fields<'a>(
        &self,
        sign_ins: &'a SignIns,
        plan: &'a Plan,
        state: &'a str,
        text: &'a str,
    ) -> Vec<(&'a str, Item<'a>)> {
        let order = |order: &AuthOrder| -> Item<'a> {
            let in_effect = order.in_effect();
            in_effect.map(|order| self.shown(sign_ins, order)).into()
        };
        let undo = plan.undo(sign_ins);
        vec![
            ("ok", (state == "planned" || state == "confirmed").into()),
            ("state", state.into()),
            ("change", plan.wish.word().into()),
            ("provider", sign_ins.provider.as_str().into()),
            ("agent", self.agent.clone().into()),
            ("before", order(&plan.before)),
            ("before_is_own", plan.before.own.is_some().into()),
            ("after", order(&plan.after)),
            ("after_is_own", plan.after.own.is_some().into()),
            ("left_out", self.shown(sign_ins, &plan.left_out).into()),
            ("gained", self.shown(sign_ins, &plan.gained).into()),
            ("not_stored", self.shown(sign_ins, &plan.dropped).into()),
            (
                "gateway_command",
                self.gateway_command(sign_ins, plan).into(),
            ),
            (
                "undo",
                undo.map(|wish| self.wish_command(sign_ins, &wish)).into(),
            ),
            ("suggested_user_message", text.into()),
        ]
    }

    fn shown(&self, sign_ins: &SignIns, ids: &[ProfileId]) -> Vec<String> {
        ids.iter().map(|id| sign_ins.name(id)).collect()
    }

    fn names(&self, sign_ins: &SignIns, ids: &[ProfileId]) -> String {
        self.list(&self.shown(sign_ins, ids))
    }

    fn plan_title(&self, sign_ins: &SignIns, wish: &Wish<ProfileId>) -> String {
        let provider = &sign_ins.provider;
        let agent = &self.agent;
        let what = match wish {
            Wish::Set(_) => say!(
                self,
                "set the order of {provider}",
                "设置 {provider} 的顺序"
            ),
            Wish::Clear => say!(
                self,
                "clear the agent's own order of {provider}",
                "清除 agent 自己的 {provider} 顺序"
            ),
            Wish::Retire(id) => {
                let name = sign_ins.name(id);
                say!(self, "retire {name}", "停用 {name}")
            }
            Wish::Restore(id, end) => {
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
            Wish::Delete(id) => {
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

    fn consequences(&self, sign_ins: &SignIns, plan: &Plan) -> Vec<String> {
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
                    "共享它的其他 agent 也会失去它，而它们自己的顺序中仍会保留这个名称。"
                ));
            }
        }
        if !plan.left_out.is_empty() {
            let names = self.names(sign_ins, &plan.left_out);
            lines.push(say!(
                self,
                "{names} will no longer be selected; what is stored stays.",
                "{names} 将不再被选中；存储的登录信息会保留。"
            ));
        }
        let (usable, unusable): (Vec<ProfileId>, Vec<ProfileId>) = plan
            .gained
            .iter()
            .cloned()
            .partition(|id| sign_ins.is_usable(id));
        if !unusable.is_empty() {
            let names = self.names(sign_ins, &unusable);
            let start = self.command("auth", "start <profile>");
            lines.push(say!(
                self,
                "⚠️ {names} goes into the order and cannot be used before signing in again: {start}",
                "⚠️ {names} 会进入顺序，但需重新登录后才能使用：{start}"
            ));
        }
        if !usable.is_empty() {
            let names = self.names(sign_ins, &usable);
            lines.push(say!(
                self,
                "{names} can be selected from then on.",
                "{names} 之后可以被选中。"
            ));
        }
        if !plan.dropped.is_empty() {
            let names = self.names(sign_ins, &plan.dropped);
            lines.push(say!(
                self,
                "{names}: in the order and not stored. The gateway takes no such name, so it goes.",
                "{names}：在顺序中但未存储。网关不接受这样的名称，因此会被去掉。"
            ));
        }
        lines
    }

    fn next_in_line(
        &self,
        sign_ins: &SignIns,
        plan: &Plan,
        reading: Option<&Reading>,
    ) -> Option<String> {
        let Some(next) = &plan.next else {
            return self.keys_in_play(sign_ins, plan);
        };
        let name = sign_ins.name(next);
        let state = match (sign_ins.key(next), reading) {
            (Some(key), _) if key.is_api_key => {
                say!(
                    self,
                    "⚠️ an API key, which pays by use",
                    "⚠️ API key，按用量付费"
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
                let ago = self.span(Span::of_seconds(self.now - reading.at));
                let verdict = match reading.verdict {
                    Verdict::Usable => say!(self, "usable", "可用"),
                    Verdict::UsableAtCost => {
                        say!(self, "⚠️ would cost credits", "⚠️ 会消耗 credits")
                    }
                    Verdict::Wait => say!(self, "⚠️ has to wait", "⚠️ 需等待"),
                    Verdict::Broken => say!(self, "⚠️ broken", "⚠️ 已失效"),
                    Verdict::Unknown => say!(self, "unknown", "未知"),
                };
                say!(
                    self,
                    "{verdict}, checked {ago} ago",
                    "{verdict}，{ago}前检查"
                )
            }
        };
        let cooldown = sign_ins
            .by_id(next)
            .and_then(|next| self.cooldown_line(next));
        let cooldown = cooldown.map_or(String::new(), |cooldown| format!(" · {cooldown}"));
        Some(say!(
            self,
            "Next in line: {name}, {state}{cooldown}.",
            "下一个使用：{name}，{state}{cooldown}。"
        ))
    }

    /// Without an order, what pays by use may be picked too.
    fn keys_in_play(&self, sign_ins: &SignIns, plan: &Plan) -> Option<String> {
        let is_there = |id: &ProfileId| match &plan.change {
            Change::Delete(deleted) => id != deleted,
            Change::Set(_) | Change::Clear => true,
        };
        let keys = sign_ins.keys.iter();
        let keys = keys.filter(|key| key.is_api_key && is_there(&key.id));
        let names: Vec<String> = keys.map(|key| key.name.clone()).collect();
        let list = self.list(&names);
        (!names.is_empty()).then(|| {
            say!(
                self,
                "⚠️ Among those it may pick is an API key, which pays by use: {list}.",
                "⚠️ 可能被选中的还有按用量付费的 API key：{list}。"
            )
        })
    }

    fn undo(&self, sign_ins: &SignIns, plan: &Plan) -> String {
        match plan.undo(sign_ins) {
            Some(wish) => {
                let command = self.wish_command(sign_ins, &wish);
                say!(self, "Undo: {command}", "撤销：{command}")
            }
            None => say!(
                self,
                "Undo: none, it cannot be taken back",
                "撤销：不可撤销"
            ),
        }
    }

    /// What to type for a wish.
    pub fn wish_command(&self, sign_ins: &SignIns, wish: &Wish<ProfileId>) -> String {
        let one = |id: &ProfileId| typed(sign_ins, id);
        let words = match wish {
            Wish::Set(ids) => {
                let names: Vec<String> = ids.iter().map(one).collect();
                format!("order set {}", names.join(" "))
            }
            Wish::Clear => "order clear".to_owned(),
            Wish::Retire(id) => format!("retire {}", one(id)),
            Wish::Restore(id, None) => format!("restore {}", one(id)),
            Wish::Restore(id, Some(End::First)) => format!("restore {} first", one(id)),
            Wish::Restore(id, Some(End::Last)) => format!("restore {} last", one(id)),
            Wish::Delete(id) => format!("delete {} permanently", one(id)),
        };
        self.command("auth", &words)
    }

    /// The gateway command that a plan comes to, ids as they may be shown.
    fn gateway_command(&self, sign_ins: &SignIns, plan: &Plan) -> String {
        let provider = &sign_ins.provider;
        let agent = &self.agent;
        let id = |id: &ProfileId| id.shown(self.full_ids || id.is_plain(), true);
        match &plan.change {
            Change::Set(ids) => {
                let ids: Vec<String> = ids.iter().map(id).collect();
                let ids = ids.join(" ");
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
                    Change::Delete(id) => format!("confirm {code} {}", typed(sign_ins, id)),
                    Change::Set(_) | Change::Clear => format!("confirm {code}"),
                };
                let command = self.command("auth", &words);
                let until = self.clock(*expires_at);
                vec![
                    String::new(),
                    say!(
                        self,
                        "To apply it, until {until}: {command}\nIt works once, and only for you. Until then nothing is changed.",
                        "确认执行（{until} 前有效）：{command}\n仅限本人使用一次。在此之前不会作任何更改。"
                    ),
                ]
            }
        }
    }

    fn confirmed(&self, sign_ins: &SignIns, applied: &Applied<'_>) -> Vec<String> {
        let Applied { plan, .. } = applied;
        let done = match &plan.wish {
            Wish::Set(_) => say!(self, "the order is set", "顺序已设置"),
            Wish::Clear => say!(
                self,
                "the agent's own order is cleared",
                "agent 自己的顺序已清除"
            ),
            Wish::Retire(id) => {
                let name = sign_ins.name(id);
                let back = Wish::Restore(id.clone(), None);
                let back = self.wish_command(sign_ins, &back);
                say!(
                    self,
                    "{name} is retired; {back} brings it back",
                    "{name} 已停用；{back} 可恢复"
                )
            }
            Wish::Restore(id, end) => {
                let name = sign_ins.name(id);
                match end {
                    Some(End::First) => {
                        say!(
                            self,
                            "{name} is first in the order",
                            "{name} 已排在顺序最前"
                        )
                    }
                    Some(End::Last) | None => {
                        say!(self, "{name} is last in the order", "{name} 已排在顺序最后")
                    }
                }
            }
            Wish::Delete(id) => {
                let name = sign_ins.name(id);
                say!(self, "{name} is deleted", "{name} 已删除")
            }
        };
        let mut lines = vec![say!(
            self,
            "✅ Confirmed: {done}. Read back by `models status` and `auth order get`.",
            "✅ 已确认：{done}。已通过 `models status` 和 `auth order get` 回读验证。"
        )];
        lines.extend(self.before_and_after(sign_ins, &plan.before, &plan.after));
        if let Some(trouble) = applied.trouble {
            let trouble = self.trouble_itself(trouble);
            lines.push(say!(
                self,
                "(The command itself did not say so: {trouble})",
                "（命令本身没有报告成功：{trouble}）"
            ));
        }
        if applied.is_unheard {
            lines.push(say!(
                self,
                "The gateway's command could not tell a running gateway. If one runs, it takes the change over after: openclaw gateway restart",
                "网关命令未能通知正在运行的网关。如果网关正在运行，请重启使其生效：openclaw gateway restart"
            ));
        }
        lines.push(self.undo(sign_ins, plan));
        lines
    }

    fn not_applied(&self, sign_ins: &SignIns, applied: &Applied<'_>) -> Vec<String> {
        let mut lines = vec![match &applied.plan.change {
            Change::Delete(id) => {
                let name = sign_ins.name(id);
                say!(
                    self,
                    "❌ Not applied: {name} is still stored, and everything is as it was before.",
                    "❌ 未生效：{name} 仍在存储中，一切与变更前相同。"
                )
            }
            Change::Set(_) | Change::Clear => say!(
                self,
                "❌ Not applied: everything is as it was before.",
                "❌ 未生效：一切与变更前相同。"
            ),
        }];
        lines.extend(self.expected_and_found(sign_ins, applied));
        lines.push(match applied.trouble {
            Some(trouble) => self.trouble(trouble),
            None => say!(
                self,
                "Likely: the command looked at another home than the gateway, or runtime state or somebody else put the old order back. It reported success, which proves nothing.",
                "可能原因：命令使用了与网关不同的目录，或被运行时状态或其他人改回。命令报告了成功，但这不能说明问题。"
            ),
        });
        lines.push(self.how_to_look(sign_ins));
        lines
    }

    fn different(&self, sign_ins: &SignIns, applied: &Applied<'_>) -> Vec<String> {
        let mut lines = vec![say!(
            self,
            "⚠️ Unconfirmed: what was read back is not what was planned.",
            "⚠️ 未确认：回读结果与计划不符。"
        )];
        lines.extend(self.expected_and_found(sign_ins, applied));
        if let Ok(found) = &applied.found {
            let expected = applied.plan.expected(applied.before);
            if found.profiles != expected.profiles {
                lines.push(self.other_profiles(sign_ins, applied, found));
            }
            lines.push(self.likely_cause(applied, found));
        }
        lines.extend(applied.trouble.map(|trouble| self.trouble(trouble)));
        lines.push(self.how_to_look(sign_ins));
        lines
    }

    fn expected_and_found(&self, sign_ins: &SignIns, applied: &Applied<'_>) -> Vec<String> {
        let as_text = |order: &Option<Vec<ProfileId>>| match order {
            Some(ids) => self.places(sign_ins, ids),
            None => self.no_order(),
        };
        let wanted = as_text(&applied.plan.expected(applied.before).order);
        let mut lines = vec![say!(self, "expected:  {wanted}", "预期：{wanted}")];
        if let Ok(found) = &applied.found {
            let there = as_text(&found.order);
            lines.push(say!(self, "there now: {there}", "现状：{there}"));
        }
        lines
    }

    fn other_profiles(
        &self,
        sign_ins: &SignIns,
        applied: &Applied<'_>,
        found: &GatewayState,
    ) -> String {
        let expected = applied.plan.expected(applied.before);
        let minus = |all: &[ProfileId], without: &[ProfileId]| -> Vec<ProfileId> {
            let stays = |id: &&ProfileId| !without.contains(id);
            all.iter().filter(stays).cloned().collect()
        };
        let gone = minus(&expected.profiles, &found.profiles);
        let more = minus(&found.profiles, &expected.profiles);
        let mut said = Vec::new();
        if !gone.is_empty() {
            let names = self.names(sign_ins, &gone);
            said.push(say!(
                self,
                "not stored any more: {names}",
                "已不再存储：{names}"
            ));
        }
        if !more.is_empty() {
            let names = self.names(sign_ins, &more);
            said.push(say!(
                self,
                "still or newly stored: {names}",
                "仍在或新增存储：{names}"
            ));
        }
        said.join(" · ")
    }

    fn likely_cause(&self, applied: &Applied<'_>, found: &GatewayState) -> String {
        let Applied { plan, .. } = applied;
        let hidden = plan.after.in_effect().is_none() && found.order.is_some();
        if found.order.is_none() {
            say!(
                self,
                "Likely: the command and the gateway look at different homes, or runtime state overwrote it.",
                "可能原因：命令与网关使用的目录不同，或被运行时状态覆盖。"
            )
        } else if hidden && plan.change == Change::Clear {
            say!(
                self,
                "Likely: an inherited order stands behind the agent's own, and no command of this agent removes it; or somebody else has set one.",
                "可能原因：agent 自己的顺序之后还有继承的顺序，本 agent 的命令无法移除它；或其他人刚设置了顺序。"
            )
        } else {
            say!(
                self,
                "Likely: somebody else changed it at the same time, or runtime state overwrote it.",
                "可能原因：其他人同时作了更改，或被运行时状态覆盖。"
            )
        }
    }

    fn not_read_back(&self, sign_ins: &SignIns, applied: &Applied<'_>) -> Vec<String> {
        let mut lines = vec![say!(
            self,
            "⚠️ Unconfirmed: the change was run once, and could not be read back.",
            "⚠️ 未确认：变更已执行一次，但无法回读验证。"
        )];
        lines.extend(self.expected_and_found(sign_ins, applied));
        lines.extend(applied.trouble.map(|trouble| self.trouble(trouble)));
        if let Err(trouble) = applied.found
            && applied.trouble != Some(trouble)
        {
            lines.push(self.trouble(trouble));
        }
        lines.push(self.how_to_look(sign_ins));
        lines
    }

    fn how_to_look(&self, sign_ins: &SignIns) -> String {
        let provider = &sign_ins.provider;
        let agent = &self.agent;
        let look = self.command("auth", "order");
        say!(
            self,
            "Look: {look}, or `openclaw models auth order get --provider {provider} --agent {agent} --json`. Where it is not as expected, ask for the change again.",
            "请查看：{look}，或 `openclaw models auth order get --provider {provider} --agent {agent} --json`。如与预期不符，再重新发起变更。"
        )
    }

    /// A change that changes nothing.
    pub fn already_so(&self, sign_ins: &SignIns, wish: &Wish<ProfileId>) -> Told {
        let order = AuthOrder {
            own: sign_ins.order.clone(),
            inherited: sign_ins.inherited_order.clone(),
        };
        let now = self.order_text(sign_ins, &order);
        let so = match wish {
            Wish::Set(_) => say!(self, "This is the order already.", "顺序已经如此。"),
            Wish::Clear => say!(
                self,
                "The agent has no order of its own.",
                "该 agent 没有自己的顺序。"
            ),
            Wish::Retire(id) => {
                let name = sign_ins.name(id);
                say!(
                    self,
                    "{name} is not in the order: it is retired already.",
                    "{name} 不在顺序中：已处于停用状态。"
                )
            }
            Wish::Restore(id, end) => {
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
            Wish::Delete(id) => {
                let name = sign_ins.name(id);
                say!(self, "{name} is not stored.", "{name} 未存储。")
            }
        };
        let text = say!(
            self,
            "{so} Nothing to change.\norder: {now}",
            "{so}无需更改。\n顺序：{now}"
        );
        let document = Item::Object(vec![
            ("ok", true.into()),
            ("state", "already_so".into()),
            ("change", wish.word().into()),
            ("suggested_user_message", text.as_str().into()),
        ]);
        Told {
            document: document.to_text(),
            text,
        }
    }

    /// Why there is no plan, and what to type instead.
    pub fn objection(
        &self,
        sign_ins: &SignIns,
        wish: &Wish<ProfileId>,
        objection: &Objection,
    ) -> (&'static str, String) {
        let provider = &sign_ins.provider;
        match objection {
            // Told by itself.
            Objection::AlreadySo => ("already_so", String::new()),
            Objection::NotStored(id) => {
                let name = sign_ins.name(id);
                let text = say!(
                    self,
                    "{name} is not stored any more. Nothing was changed.",
                    "{name} 已不再存储。未作任何更改。"
                );
                ("not_stored", text)
            }
            Objection::OtherProvider(id) => {
                let name = sign_ins.name(id);
                let text = say!(
                    self,
                    "{name} belongs to another provider than the order of {provider}. `openclaw doctor --fix` migrates sign-ins of an older version; nothing was changed.",
                    "{name} 不属于 {provider} 的顺序所在的 provider。可用 `openclaw doctor --fix` 迁移旧版本的登录信息；未作任何更改。"
                );
                ("other_provider", text)
            }
            Objection::Repeated(id) => {
                let name = sign_ins.name(id);
                let text = say!(
                    self,
                    "{name} is named twice. Name each profile once, the first to be used first.",
                    "{name} 出现了两次。请每个 profile 只写一次，先用的写在前面。"
                );
                ("repeated_profile", text)
            }
            Objection::Unwritable(id) => ("unwritable_id", self.unwritable(sign_ins, wish, id)),
            Objection::NothingUsable => ("nothing_usable", self.nothing_usable(sign_ins, wish)),
        }
    }

    fn unwritable(&self, sign_ins: &SignIns, wish: &Wish<ProfileId>, id: &ProfileId) -> String {
        let name = sign_ins.name(id);
        let why = if id.as_str().starts_with('-') {
            say!(self, "begins with a dash", "以短横线开头")
        } else if id.as_str().len() > 200 {
            say!(self, "has more than 200 bytes", "超过 200 字节")
        } else {
            say!(
                self,
                "holds a space or a control character",
                "含有空格或控制字符"
            )
        };
        let others = match wish.profiles().contains(id) {
            true => String::new(),
            false => say!(
                self,
                " This writes down everybody who stays, and",
                "此操作会写入所有保留的 profile，而"
            ),
        };
        let start = self.command("auth", "start <profile>");
        say!(
            self,
            "Nothing was changed.{others} the id of {name} {why}: it is not put on a command line from here. Sign in under a plain name instead ({start}), or use the gateway's own `openclaw models auth` with the id in quotes.",
            "未作任何更改。{others}{name} 的标识{why}，这里不会将其放入命令行。请改用普通名称登录（{start}），或自行使用网关的 `openclaw models auth` 并为标识加引号。"
        )
    }

    fn nothing_usable(&self, sign_ins: &SignIns, wish: &Wish<ProfileId>) -> String {
        let named = wish.profiles();
        let all = sign_ins.all_ids();
        let other = all
            .iter()
            .find(|id| sign_ins.is_usable(id) && !named.contains(id));
        let first = match (other, wish) {
            (Some(other), Wish::Retire(_) | Wish::Delete(_)) => {
                let restore = Wish::Restore(other.clone(), Some(End::First));
                self.wish_command(sign_ins, &restore)
            }
            (Some(_) | None, Wish::Set(_) | Wish::Restore(..)) => {
                self.command("auth", "start <profile>")
            }
            (_, Wish::Clear | Wish::Retire(_) | Wish::Delete(_)) => self.command("auth", "start"),
        };
        say!(
            self,
            "That would leave the gateway nobody to use. Nothing was changed. First: {first}",
            "这样网关将没有可用的 profile。未作任何更改。请先：{first}"
        )
    }

    /// What a gateway command's trouble is, and what to do about it.
    pub fn trouble(&self, trouble: Trouble) -> String {
        let itself = self.trouble_itself(trouble);
        let remedy = match trouble {
            Trouble::NotFound => say!(
                self,
                "Put it on the PATH of whoever runs this.",
                "请将其加入运行者的 PATH。"
            ),
            Trouble::Failed | Trouble::TimedOut | Trouble::NotUnderstood => say!(
                self,
                "See `openclaw --version` and `openclaw gateway status`, then ask again.",
                "请查看 `openclaw --version` 与 `openclaw gateway status`，然后重试。"
            ),
            Trouble::Locked => say!(self, "Wait a moment and ask again.", "请稍候再试。"),
            Trouble::Unmigrated | Trouble::Unreadable => {
                say!(
                    self,
                    "Run: openclaw doctor --fix",
                    "请运行：openclaw doctor --fix"
                )
            }
            Trouble::BadConfig => say!(
                self,
                "Run: openclaw config validate, then openclaw doctor --fix",
                "请依次运行：openclaw config validate、openclaw doctor --fix"
            ),
            Trouble::OtherHome | Trouble::NoProvider => say!(
                self,
                "Set HOME, OPENCLAW_STATE_DIR and OPENCLAW_CONFIG_PATH as the gateway has them; where the sign-ins are of an older version, openclaw doctor --fix",
                "请将 HOME、OPENCLAW_STATE_DIR 和 OPENCLAW_CONFIG_PATH 设为与网关一致；若登录信息来自旧版本，请运行 openclaw doctor --fix"
            ),
            Trouble::UnknownAgent | Trouble::OtherAgent => {
                say!(
                    self,
                    "See: openclaw agents list",
                    "请查看：openclaw agents list"
                )
            }
            Trouble::UnknownProfile => {
                let order = self.command("auth", "order");
                say!(self, "See: {order}", "请查看：{order}")
            }
            Trouble::NoSuchCommand => {
                say!(
                    self,
                    "See: openclaw --version",
                    "请查看：openclaw --version"
                )
            }
            Trouble::Exit(_) => say!(self, "See: openclaw doctor", "请查看：openclaw doctor"),
            Trouble::NeedsTerminal | Trouble::Denied => return itself,
        };
        format!("{itself} {remedy}")
    }

    /// What a gateway command's trouble is.
    fn trouble_itself(&self, trouble: Trouble) -> String {
        match trouble {
            Trouble::NotFound => say!(
                self,
                "There is no `openclaw` command.",
                "没有 `openclaw` 命令。"
            ),
            Trouble::Failed => say!(
                self,
                "The gateway command could not be started, or was ended.",
                "网关命令无法启动，或被终止。"
            ),
            Trouble::TimedOut => say!(
                self,
                "The gateway command gave no answer in 90 seconds and was ended.",
                "网关命令在 90 秒内没有应答，已被终止。"
            ),
            Trouble::Denied => say!(
                self,
                "The host's policy refused it.",
                "宿主的策略拒绝了它。"
            ),
            Trouble::Locked => say!(
                self,
                "Another program holds the sign-ins locked.",
                "登录存储被其他程序锁定。"
            ),
            Trouble::Unmigrated => say!(
                self,
                "The sign-ins wait for the gateway's migration.",
                "登录信息尚待网关迁移。"
            ),
            Trouble::Unreadable => say!(
                self,
                "The gateway cannot read its store of sign-ins.",
                "网关无法读取登录存储。"
            ),
            Trouble::BadConfig => say!(
                self,
                "The gateway's configuration is not valid.",
                "网关配置无效。"
            ),
            Trouble::OtherHome => say!(
                self,
                "The running gateway keeps its state in another folder than this command.",
                "正在运行的网关与此命令使用的状态目录不同。"
            ),
            Trouble::UnknownAgent => {
                say!(
                    self,
                    "The gateway has no such agent.",
                    "网关没有这个 agent。"
                )
            }
            Trouble::UnknownProfile => say!(
                self,
                "The gateway does not know one of these profiles.",
                "网关不认识其中一个 profile。"
            ),
            Trouble::NoSuchCommand => say!(
                self,
                "This version of OpenClaw has no such command.",
                "当前 OpenClaw 版本没有这个命令。"
            ),
            Trouble::NeedsTerminal => say!(
                self,
                "The gateway command wants a terminal.",
                "该网关命令需要在终端中运行。"
            ),
            Trouble::Exit(code) => say!(
                self,
                "The gateway command failed with exit code {code}.",
                "网关命令失败，退出码 {code}。"
            ),
            Trouble::NotUnderstood => say!(
                self,
                "The gateway command answered in a way that is not understood.",
                "无法理解网关命令的应答。"
            ),
            Trouble::OtherAgent => say!(
                self,
                "The gateway command answered for another agent.",
                "网关命令返回了其他 agent 的信息。"
            ),
            Trouble::NoProvider => say!(
                self,
                "The gateway tells of no profile of this provider.",
                "网关没有报告该 provider 的任何 profile。"
            ),
        }
    }

    /// A preflight that found trouble.
    pub fn preflight_failed(&self, trouble: Trouble) -> String {
        let trouble = self.trouble(trouble);
        say!(
            self,
            "Preflight stopped, nothing was changed. {trouble}",
            "预检中止，未作任何更改。{trouble}"
        )
    }

    /// A preflight that failed before a change that its user had confirmed.
    pub fn code_is_still_good(&self, why: &str) -> String {
        say!(
            self,
            "{why}\nThe code was not used up: it can be tried again within its two minutes.",
            "{why}\n确认码尚未使用：两分钟有效期内可以重试。"
        )
    }

    /// A preflight that found the gateway and the store at odds.
    pub fn mismatch_with_gateway(&self, sign_ins: &SignIns, mismatch: Mismatch) -> String {
        let source = &sign_ins.source;
        match mismatch {
            Mismatch::Profiles => say!(
                self,
                "Preflight stopped, nothing was changed. `models status` tells of other profiles than {source}: the command looks at another home or agent, or somebody has just changed something. Set HOME and OPENCLAW_STATE_DIR as the gateway has them, and ask again.",
                "预检中止，未作任何更改。`models status` 报告的 profile 与 {source} 不同：命令使用了其他目录或 agent，或刚被更改。请将 HOME 和 OPENCLAW_STATE_DIR 设为与网关一致后重试。"
            ),
            Mismatch::Order => say!(
                self,
                "Preflight stopped, nothing was changed. `auth order get` reads another order than {source}: somebody has just changed it, or the command looks at another home. Ask again.",
                "预检中止，未作任何更改。`auth order get` 读到的顺序与 {source} 不同：刚被更改，或命令使用了其他目录。请重试。"
            ),
        }
    }

    /// Somebody who is not the owner asked for a change.
    pub fn owner_only(&self) -> String {
        let look = self.command("auth", "status");
        say!(
            self,
            "Only the gateway's owner can change sign-ins and their order. Looking is free: {look}",
            "只有网关所有者可以更改登录和顺序。查看不受限制：{look}"
        )
    }

    /// A code that confirms nothing.
    pub fn code_not_valid(&self) -> String {
        say!(
            self,
            "This confirms nothing: a code works once, within two minutes, typed or pressed by whoever asked for the plan and never by an agent's tool; a deletion also takes the profile's name behind it. Nothing was changed. Ask for the plan again.",
            "确认无效：确认码两分钟内有效、仅限一次，须由发起计划的本人输入或点击，不能由工具代办；删除还需在其后写上 profile 名称。未作任何更改。请重新发起计划。"
        )
    }

    /// Another change of this agent is under way.
    pub fn another_change(&self) -> String {
        say!(
            self,
            "Another change of this agent is under way. Wait until it has answered, then ask again. Nothing was changed.",
            "该 agent 正在执行另一项变更。请等它应答后重试。未作任何更改。"
        )
    }

    /// A confirmed plan that does not hold any more, before the new one.
    pub fn moved(&self) -> String {
        say!(
            self,
            "The sign-ins have changed since this was planned: nothing was applied. The plan as of now:",
            "计划之后登录状态已发生变化：未执行任何操作。以下是当前的计划："
        )
    }

    /// How a profile is deleted where the gateway has no command for it.
    pub fn maintenance_window(
        &self,
        sign_ins: &SignIns,
        id: &ProfileId,
        version: Option<&str>,
    ) -> String {
        let name = sign_ins.name(id);
        let version = version.unwrap_or("?");
        let retire = self.wish_command(sign_ins, &Wish::Retire(id.clone()));
        let delete = self.wish_command(sign_ins, &Wish::Delete(id.clone()));
        let order = self.command("auth", "order");
        say!(
            self,
            "OpenClaw {version} has no command that deletes a profile, and its files are not edited from here. Nothing was done.\nWhat keeps it from ever being used, and can be taken back: {retire}\nTo delete {name} for good takes a maintenance window:\n1. Owner: agree to the downtime. Operator: openclaw gateway stop, until openclaw gateway status shows that nothing runs.\n2. Operator: openclaw backup create, or copy the state folder. Keep it as a secret: it holds every token.\n3. Operator: update OpenClaw to 2026.8.1 or later, openclaw doctor --fix with the network up, openclaw gateway start.\n4. Owner: {delete}\n5. Both: openclaw models status --json and {order} show it gone and all others there. Then destroy the backup.\nWhere no update is possible: leave it retired, and end its sign-in in the account's security settings at OpenAI.",
            "OpenClaw {version} 没有删除 profile 的命令，这里也不会编辑它的文件。未执行任何操作。\n停用即可使其不再被使用，且可撤销：{retire}\n如需永久删除 {name}，请安排维护窗口：\n1. 所有者：同意停机。运维：openclaw gateway stop，直到 openclaw gateway status 显示没有运行。\n2. 运维：openclaw backup create，或复制状态目录。请作为机密保管：其中含有全部令牌。\n3. 运维：将 OpenClaw 升级到 2026.8.1 或更高版本，联网运行 openclaw doctor --fix，再 openclaw gateway start。\n4. 所有者：{delete}\n5. 双方：用 openclaw models status --json 和 {order} 确认它已消失、其余都在，然后销毁备份。\n如无法升级：保持停用，并在 OpenAI 账号的安全设置中结束其登录。"
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

/// What to type for an id: a label where that names it.
fn typed(sign_ins: &SignIns, id: &ProfileId) -> String {
    match sign_ins.by_id(id) {
        Some(profile) => super::typed_name(profile),
        None if id.is_plain() => id.as_str().to_owned(),
        None => words::quoted(&id.shown(false, true)),
    }
}

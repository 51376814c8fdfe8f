//! The health of sign-ins, as the store tells it: what `/codex_auth` shows.

use super::change::Message;
use super::documents::{Health, HealthOfProfile, Order};
use super::words::say;
use super::{ReplyContext, json, sign, typed_name};
use crate::order::AuthOrder;
use crate::profile::{
    self, Access, KeyKind, Profile, ProfileId, SignIns, StoreError, StoreFailure,
};
use crate::readings::{Certain, Known, Reading};
use crate::time::Span;
use crate::usage::Verdict;

/// The health of these profiles, one paragraph each.
pub fn status(
    context: &ReplyContext,
    sign_ins: &SignIns,
    profiles: &[&Profile],
    known: &Known,
    gateway_version: Option<&str>,
) -> Message {
    let mut head = vec![context.health_title(sign_ins, gateway_version)];
    head.extend(context.session_line(sign_ins));
    let mut parts = vec![head.join("\n")];
    parts.extend(profiles.iter().map(|profile| {
        let sign = sign(verdict(profile, known));
        let mut lines = vec![format!("{sign} {}", profile.name)];
        lines.extend(context.health_lines(sign_ins, profile, known));
        lines.join("\n")
    }));
    let mut closing: Vec<String> = sign_ins
        .findings
        .iter()
        .map(|f| context.finding(*f))
        .collect();
    closing.extend(context.keys_besides(sign_ins));
    closing.push(context.what_can_be_done("order"));
    parts.push(closing.join("\n"));
    let text = parts.join("\n\n");
    let document = context.document(|| {
        let order = sign_ins.order_in_effect();
        let each = profiles.iter().copied();
        Health {
            ok: true,
            source: &sign_ins.source,
            provider: &sign_ins.provider,
            gateway_version,
            checked_at: context.zone.rfc3339(context.now),
            order: order.map(|order| sign_ins.names(order)),
            order_is_inherited: sign_ins.order.own.is_none() && order.is_some(),
            session_profile: context.session_profile(sign_ins),
            profiles: each
                .map(|each| of_profile(context, sign_ins, each, known))
                .collect(),
            findings: json::findings(context, &sign_ins.findings),
            suggested_user_message: &text,
        }
    });
    Message::new(text, document)
}

fn of_profile<'a>(
    context: &ReplyContext,
    sign_ins: &SignIns,
    profile: &'a Profile,
    known: &Known,
) -> HealthOfProfile<'a> {
    let reading = known.of(&profile.id);
    HealthOfProfile {
        stored: json::stored_profile(context, profile, sign_ins.leaves_out(profile)),
        last_check: reading.map(|reading| json::last_check(context, reading)),
    }
}

/// The order: the agent's own, the one in effect, and what each place means.
pub fn order(context: &ReplyContext, sign_ins: &SignIns, known: &Known) -> Message {
    let own = match &sign_ins.order.own {
        Some(_) => say!(context, "the agent's own", "agent 自己的顺序"),
        None if sign_ins.order_in_effect().is_some() => {
            say!(
                context,
                "none of the agent's own; inherited",
                "agent 没有自己的顺序，使用继承的"
            )
        }
        None => say!(
            context,
            "none, the gateway picks by itself or as `auth.order` of its configuration says",
            "无，由网关或其配置中的 `auth.order` 决定"
        ),
    };
    let provider = &sign_ins.provider;
    let source = &sign_ins.source;
    let agent = &context.agent;
    let mut lines = vec![
        say!(
            context,
            "Codex order · {provider} · agent {agent} · {source}",
            "Codex 顺序 · {provider} · agent {agent} · {source}"
        ),
        say!(context, "explicit order – {own}", "显式顺序 – {own}"),
        String::new(),
    ];
    let order = sign_ins.order_in_effect().unwrap_or_default();
    for (index, id) in order.iter().enumerate() {
        lines.push(context.place_line(sign_ins, known, index, id));
    }
    let rest = sign_ins
        .all_ids()
        .into_iter()
        .filter(|id| !order.contains(id));
    for id in rest {
        let name = sign_ins.name(&id);
        let state = context.state_of(sign_ins, known, &id);
        lines.push(match order.is_empty() {
            true => format!("· {name}{state}"),
            false => say!(
                context,
                "– {name}: left out, never selected{state}",
                "– {name}：不在顺序中，不会被选中{state}"
            ),
        });
    }
    lines.push(String::new());
    if let Some(order) = &sign_ins.order.inherited
        && sign_ins.order.own.is_some()
    {
        let inherited = AuthOrder {
            own: None,
            inherited: Some(order.clone()),
        };
        let inherited = context.order_text(sign_ins, &inherited);
        lines.push(say!(
            context,
            "Behind it, after `order clear`: {inherited}",
            "清除后（order clear）将使用：{inherited}"
        ));
    }
    lines.extend(sign_ins.findings.iter().map(|f| context.finding(*f)));
    lines.push(context.what_can_be_done("status"));
    let text = lines.join("\n");
    let names = |ids: Option<&[ProfileId]>| ids.map(|ids| sign_ins.names(ids));
    let document = context.document(|| Order {
        ok: true,
        source,
        provider,
        agent,
        own_order: names(sign_ins.order.own.as_deref()),
        inherited_order: names(sign_ins.order.inherited.as_deref()),
        order_in_effect: names(sign_ins.order_in_effect()),
        suggested_user_message: &text,
    });
    Message::new(text, document)
}

/// What the store alone lets one conclude: only a check tells whether the
/// endpoint accepts a sign-in.
fn health(profile: &Profile) -> Verdict {
    match profile.access {
        _ if !profile.is_usable() => Verdict::Broken,
        Access::Ready => Verdict::Usable,
        // The gateway's next use will tell.
        Access::Expired | Access::Fenced | Access::Missing => Verdict::Unknown,
    }
}

/// Concludes from the store and the last check together.
fn verdict(profile: &Profile, known: &Known) -> Verdict {
    match health(profile) {
        Verdict::Usable => known.verdict(&profile.id).unwrap_or(Verdict::Usable),
        stored => stored,
    }
}

/// The other profiles with the same account and user.
fn twins<'a>(sign_ins: &'a SignIns, profile: &Profile) -> Vec<&'a Profile> {
    let identity = &profile.identity;
    if identity.account_id.is_none() || identity.user_id.is_none() {
        return vec![];
    }
    let same = |other: &&Profile| other.id != profile.id && other.identity == *identity;
    sign_ins.profiles.iter().filter(same).collect()
}

impl ReplyContext {
    fn health_title(&self, sign_ins: &SignIns, gateway_version: Option<&str>) -> String {
        let source = &sign_ins.source;
        let gateway =
            gateway_version.map_or(String::new(), |version| format!(" · OpenClaw {version}"));
        let now = self.date();
        say!(
            self,
            "Codex sign-ins · {source}{gateway} · {now}",
            "Codex 登录 · {source}{gateway} · {now}"
        )
    }

    fn health_lines(&self, sign_ins: &SignIns, profile: &Profile, known: &Known) -> Vec<String> {
        let mut lines = vec![self.token_line(profile)];
        let reading = known.of(&profile.id);
        lines.extend(reading.map(|reading| self.last_check(reading)));
        lines.extend(self.cooldown_line(profile));
        lines.extend(self.history_line(profile));
        lines.push(self.order_line(sign_ins, profile));
        let twins = twins(sign_ins, profile);
        if !twins.is_empty() {
            let works = |profile: &Profile| verdict(profile, known) != Verdict::Broken;
            let all_work = works(profile) && twins.iter().all(|twin| works(twin));
            let healthy = self.healthy(all_work);
            let others = self.list(&profile::names(&twins));
            lines.push(say!(
                self,
                "same account and user as {others}{healthy}",
                "与 {others} 是同一账号和用户{healthy}"
            ));
        }
        lines.extend(self.next_step(profile, known));
        lines.into_iter().map(|line| format!("   {line}")).collect()
    }

    fn token_line(&self, profile: &Profile) -> String {
        let health = self.token_health(profile);
        let state = match profile.access {
            Access::Ready => health.unwrap_or_else(|| {
                say!(self, "token without a known expiry", "令牌未注明过期时间")
            }),
            Access::Expired => {
                let refresh = match profile.has_refresh {
                    true => say!(
                        self,
                        "the gateway refreshes it on next use",
                        "网关会在下次使用时刷新"
                    ),
                    false => say!(
                        self,
                        "there is nothing to refresh it with",
                        "没有可用于刷新的凭据"
                    ),
                };
                let expired = health.unwrap_or_else(|| say!(self, "token expired", "令牌已过期"));
                say!(self, "{expired}, {refresh}", "{expired}，{refresh}")
            }
            Access::Fenced => say!(
                self,
                "fenced: the gateway replaced this credential after a refresh that failed",
                "已封锁：刷新失败后网关替换了此凭据"
            ),
            Access::Missing => say!(self, "no usable token stored", "没有可用的令牌"),
        };
        format!("oauth · {state}")
    }

    /// That the gateway skips a profile now, until when and why.
    pub(super) fn cooldown_line(&self, profile: &Profile) -> Option<String> {
        let until = profile.cooldown_at(self.now)?;
        let left = self.span(Span::of_seconds(until - self.now));
        let clock = self.clock(until);
        let why = profile.cooldown_reason.as_deref();
        let why = why.map_or(String::new(), |why| say!(self, " ({why})", "，{why}"));
        Some(say!(
            self,
            "the gateway skips it until {clock}, for {left}{why}",
            "{clock} 前网关会跳过它（还有 {left}{why}）"
        ))
    }

    fn history_line(&self, profile: &Profile) -> Option<String> {
        let ago = |at: i64| self.span(Span::of_seconds(self.now - at));
        let used = profile.last_used_at.map(|at| {
            let ago = ago(at);
            say!(self, "last used {ago} ago", "上次使用：{ago}前")
        });
        let failed = profile.last_failure_at.map(|at| {
            let ago = ago(at);
            say!(self, "last failed {ago} ago", "上次失败：{ago}前")
        });
        let errors = (profile.error_count > 0).then(|| {
            let count = profile.error_count;
            let reasons: Vec<String> = profile
                .failure_counts
                .iter()
                .map(|(reason, count)| format!("{reason} {count}"))
                .collect();
            let list = self.list(&reasons);
            let reasons = match reasons.is_empty() {
                true => String::new(),
                false => say!(self, " ({list})", "（{list}）"),
            };
            let errors = if count == 1 { "error" } else { "errors" };
            say!(
                self,
                "{count} {errors}{reasons}",
                "错误 {count} 次{reasons}"
            )
        });
        let mut said: Vec<String> = Vec::new();
        said.extend(used);
        said.extend(failed);
        said.extend(errors);
        (!said.is_empty()).then(|| said.join(" · "))
    }

    pub(super) fn order_line(&self, sign_ins: &SignIns, profile: &Profile) -> String {
        let all = sign_ins.order_in_effect().map_or(0, <[_]>::len);
        let place = match (profile.place, all) {
            (_, 0) => say!(
                self,
                "no order is set: the gateway picks",
                "未设置顺序：由网关选择"
            ),
            (Some(place), all) => {
                let inherited = match sign_ins.order.own {
                    Some(_) => String::new(),
                    None => say!(self, ", inherited", "，继承"),
                };
                say!(
                    self,
                    "{place} of {all} in the order{inherited}",
                    "在顺序中排第 {place}（共 {all} 个{inherited}）"
                )
            }
            (None, _) => self.left_out(),
        };
        if sign_ins.last_good.as_ref() == Some(&profile.id) {
            let used = say!(self, "in use now", "当前使用中");
            return format!("{place} · {used}");
        }
        place
    }

    /// `ready, checked 3m ago`, and where that check was inconclusive, what the last
    /// conclusive one found.
    pub(super) fn last_check(&self, reading: &Reading) -> String {
        let ago = |at| self.span(Span::of_seconds(self.now - at));
        let checked = ago(reading.checked_at);
        let Some(certain) = &reading.certain else {
            return say!(
                self,
                "no clear answer, checked {checked} ago",
                "结果不明，{checked}前检查"
            );
        };
        let (found, then) = (self.found(certain), ago(certain.at));
        if certain.at == reading.checked_at {
            return say!(
                self,
                "{found}, checked {checked} ago",
                "{found}，{checked}前检查"
            );
        }
        say!(
            self,
            "no clear answer, checked {checked} ago; {found} {then} ago",
            "结果不明，{checked}前检查；{then}前{found}"
        )
    }

    /// Says in a word what a conclusive check found.
    pub(super) fn found(&self, certain: &Certain) -> String {
        match certain.verdict {
            Verdict::Usable if certain.is_low => say!(self, "nearly used up", "即将用尽"),
            Verdict::Usable => say!(self, "ready", "可用"),
            Verdict::UsableAtCost => say!(self, "costs credits", "会扣 credits"),
            Verdict::Wait => say!(self, "waiting", "等待中"),
            Verdict::Broken if certain.is_signed_out => say!(self, "signed out", "需重新登录"),
            Verdict::Broken => say!(self, "broken", "已失效"),
            Verdict::Unknown => say!(self, "unknown", "不明"),
        }
    }

    fn next_step(&self, profile: &Profile, known: &Known) -> Option<String> {
        let reading = known.of(&profile.id);
        let is_signed_out = reading.is_some_and(Reading::is_signed_out);
        if health(profile) != Verdict::Broken && !is_signed_out {
            return None;
        }
        let command = self.login_command(profile);
        Some(say!(
            self,
            "sign in again: {command}",
            "请重新登录：{command}"
        ))
    }

    fn keys_besides(&self, sign_ins: &SignIns) -> Option<String> {
        self.keys(sign_ins, &|_| true).map(|list| {
            say!(
                self,
                "Besides sign-ins, API keys and pasted tokens: {list}",
                "登录之外的 API key 和粘贴的令牌：{list}"
            )
        })
    }

    /// What a place in the order means, and what keeps it from being used.
    fn place_line(
        &self,
        sign_ins: &SignIns,
        known: &Known,
        index: usize,
        id: &ProfileId,
    ) -> String {
        let name = sign_ins.name(id);
        let place = index + 1;
        if !sign_ins.has(id) {
            return say!(
                self,
                "{place} {name}: not stored, skipped",
                "{place} {name}：未存储，会被跳过"
            );
        }
        let state = self.state_of(sign_ins, known, id);
        if !sign_ins.is_usable(id) {
            return say!(
                self,
                "{place} {name}: skipped{state}",
                "{place} {name}：会被跳过{state}"
            );
        }
        match index {
            0 => say!(
                self,
                "{place} {name}: tried first{state}",
                "{place} {name}：最先使用{state}"
            ),
            _ => say!(
                self,
                "{place} {name}: tried where those before it cannot be used{state}",
                "{place} {name}：前面的都不可用时使用{state}"
            ),
        }
    }

    fn state_of(&self, sign_ins: &SignIns, known: &Known, id: &ProfileId) -> String {
        let mut said = Vec::new();
        if let Some(key) = sign_ins.key(id) {
            said.push(match key.kind == KeyKind::ApiKey {
                true => say!(self, "an API key, pays by use", "API key，按量付费"),
                false => say!(self, "a pasted token", "粘贴的令牌"),
            });
        }
        if let Some(profile) = sign_ins.by_id(id) {
            if !profile.is_usable() {
                said.push(say!(self, "⚠️ needs signing in again", "⚠️ 需要重新登录"));
            }
            if profile.access == Access::Expired && profile.has_refresh {
                said.push(say!(self, "refreshed on next use", "下次使用时刷新"));
            }
            if let Some(reading) = known.of(id) {
                let is_broken = known.verdict(id) == Some(Verdict::Broken);
                let warning = if is_broken { "⚠️ " } else { "" };
                said.push(format!("{warning}{}", self.last_check(reading)));
                if reading.is_signed_out() {
                    said.push(self.command("auth", &format!("start {}", typed_name(profile))));
                }
            }
            said.extend(self.cooldown_line(profile));
            if sign_ins.last_good.as_ref() == Some(id) {
                said.push(say!(self, "in use now", "当前使用中"));
            }
        }
        said.into_iter()
            .map(|state| format!(" · {state}"))
            .collect()
    }

    /// What can be done from here: `other` is what this reply does not tell.
    fn what_can_be_done(&self, other: &str) -> String {
        let command = |words: &str| self.command("auth", words);
        let other = command(other);
        let help = match self.screen {
            Some(_) => "codex-profiler auth --help".to_owned(),
            None => command("help"),
        };
        say!(
            self,
            "This is what is stored; only a check asks the endpoint. See also: {other} · all commands: {help}",
            "以上为已存储的状态；只有用量检查才会请求端点。另见：{other} · 全部命令：{help}"
        )
    }

    /// Why there are no sign-ins to speak of.
    pub fn store_failure(&self, error: &StoreError) -> String {
        let source = &error.source;
        let start = self.command("auth", "start");
        match error.failure {
            StoreFailure::Missing => say!(
                self,
                "No sign-ins were found at {source}. How to sign in: {start}. Or name the agent or the file.",
                "在 {source} 没有找到登录信息。如何登录：{start}。也可以指定 agent 或文件。"
            ),
            StoreFailure::Empty => say!(
                self,
                "{source} holds no ChatGPT/Codex sign-in. How to sign in: {start}",
                "{source} 中没有 ChatGPT/Codex 登录。如何登录：{start}"
            ),
            StoreFailure::Unreadable => say!(
                self,
                "{source} cannot be read: it is not a file, or this user may not open it.",
                "无法读取 {source}：它不是文件，或当前用户没有权限。"
            ),
            StoreFailure::Malformed => say!(
                self,
                "{source} is not a store of sign-ins that can be read. Run `openclaw doctor --fix`; nothing was changed.",
                "{source} 不是可读取的登录存储。请运行 `openclaw doctor --fix`；未作任何更改。"
            ),
            StoreFailure::Unmigrated => say!(
                self,
                "{source} was never migrated to this gateway's store. Run `openclaw doctor --fix`.",
                "{source} 尚未迁移到当前网关的存储。请运行 `openclaw doctor --fix`。"
            ),
            StoreFailure::Locked => say!(
                self,
                "{source} is locked by another program. Try again in a moment.",
                "{source} 被其他程序锁定。请稍后再试。"
            ),
            StoreFailure::TooLarge => say!(
                self,
                "{source} is larger than any store of sign-ins; it was not read.",
                "{source} 超过登录存储应有的大小，未读取。"
            ),
            StoreFailure::BadAgent => say!(
                self,
                "That cannot be the name of an agent: letters, digits, dots, dashes and underscores, at most 64.",
                "agent 名称无效：仅限字母、数字、点、横线和下划线，最多 64 个字符。"
            ),
            StoreFailure::Denied => say!(
                self,
                "{source} held something that the policy does not let in.",
                "{source} 含有策略不允许读入的内容。"
            ),
        }
    }
}

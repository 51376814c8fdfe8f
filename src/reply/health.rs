//! The health of sign-ins, as the store tells it: what `/codex_auth` shows.

use super::words::say;
use super::{Voice, sign};
use crate::clock::Span;
use crate::profile::{Access, Profile, SignIns, StoreError, StoreFailure};
use crate::usage::Verdict;

/// What is said of these profiles, one paragraph each.
pub fn health_message(
    voice: &Voice,
    sign_ins: &SignIns,
    profiles: &[&Profile],
    gateway_version: Option<&str>,
) -> String {
    let mut parts = vec![voice.health_title(sign_ins, gateway_version)];
    parts.extend(profiles.iter().map(|profile| {
        let mut lines = vec![format!("{} {}", sign(health(profile)), profile.name)];
        lines.extend(voice.health_lines(sign_ins, profile));
        lines.join("\n")
    }));
    let mut closing: Vec<String> = sign_ins
        .findings
        .iter()
        .map(|f| voice.finding(*f))
        .collect();
    closing.push(voice.changes_are_the_gateways());
    parts.push(closing.join("\n"));
    parts.join("\n\n")
}

/// What the store alone lets one conclude: only a check tells whether the
/// endpoint accepts a sign-in.
fn health(profile: &Profile) -> Verdict {
    match profile.access {
        Access::Ready => Verdict::Usable,
        // The gateway's next use will tell.
        Access::Expired if profile.has_refresh => Verdict::Unknown,
        Access::Expired | Access::Fenced | Access::Missing => Verdict::Broken,
    }
}

/// The names of the other profiles with the same account and user.
fn twins(sign_ins: &SignIns, profile: &Profile) -> Vec<String> {
    let identity = &profile.identity;
    if identity.account_id.is_none() || identity.user_id.is_none() {
        return vec![];
    }
    let same = |other: &&Profile| other.id != profile.id && other.identity == *identity;
    let others = sign_ins.profiles.iter().filter(same);
    others.map(|other| other.name.clone()).collect()
}

impl Voice {
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

    fn health_lines(&self, sign_ins: &SignIns, profile: &Profile) -> Vec<String> {
        let mut lines = vec![self.token_line(profile)];
        lines.extend(self.cooldown_line(profile));
        lines.extend(self.history_line(profile));
        lines.push(self.order_line(sign_ins, profile));
        let twins = twins(sign_ins, profile);
        if !twins.is_empty() {
            let others = twins.join(", ");
            lines.push(say!(
                self,
                "same account and user as {others}: healthy",
                "与 {others} 是同一账号和用户：属正常情况"
            ));
        }
        lines.extend(self.next_step(profile));
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

    fn cooldown_line(&self, profile: &Profile) -> Option<String> {
        let until = profile.cooldown_at(self.now)?;
        let left = self.span(Span::of_seconds(until - self.now));
        let clock = self.clock(until);
        let why = profile.cooldown_reason.as_deref();
        let why = why.map_or(String::new(), |why| say!(self, " ({why})", "（{why}）"));
        Some(say!(
            self,
            "the gateway skips it until {clock}, for {left}{why}",
            "网关在 {clock} 前跳过它（还有 {left}）{why}"
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
            let reasons = if reasons.is_empty() {
                String::new()
            } else {
                format!(" ({})", reasons.join(", "))
            };
            say!(self, "{count} errors{reasons}", "错误 {count} 次{reasons}")
        });
        let mut said: Vec<String> = Vec::new();
        said.extend(used);
        said.extend(failed);
        said.extend(errors);
        (!said.is_empty()).then(|| said.join(" · "))
    }

    fn order_line(&self, sign_ins: &SignIns, profile: &Profile) -> String {
        let all = sign_ins.order_in_effect().map_or(0, <[_]>::len);
        let place = match (profile.place, all) {
            (_, 0) => say!(
                self,
                "no order is set: the gateway picks",
                "未设置顺序：由网关选择"
            ),
            (Some(place), all) => {
                let inherited = match sign_ins.order {
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

    fn next_step(&self, profile: &Profile) -> Option<String> {
        if health(profile) != Verdict::Broken {
            return None;
        }
        let command = self.login_command(profile);
        Some(say!(
            self,
            "sign in again: {command}",
            "请重新登录：{command}"
        ))
    }

    /// That this version looks and does not change.
    pub fn changes_are_the_gateways(&self) -> String {
        say!(
            self,
            "This version only looks, at what is stored (/codex_usage asks the endpoint): change an order, retire a profile or sign in with the gateway's own `openclaw models auth …`.",
            "当前版本仅查看已存储的状态（/codex_usage 会查询端点）：调整顺序、停用 profile 或登录，请使用网关自带的 `openclaw models auth …`。"
        )
    }

    /// Why there are no sign-ins to speak of.
    pub fn store_failure(&self, error: &StoreError) -> String {
        let source = &error.source;
        match error.failure {
            StoreFailure::Missing => say!(
                self,
                "No sign-ins were found at {source}. Sign in with `openclaw models auth login --provider openai`, or name the agent or the file.",
                "在 {source} 没有找到登录信息。请用 `openclaw models auth login --provider openai` 登录，或指定 agent 或文件。"
            ),
            StoreFailure::Empty => say!(
                self,
                "{source} holds no ChatGPT/Codex sign-in. Sign in with `openclaw models auth login --provider openai`.",
                "{source} 中没有 ChatGPT/Codex 登录。请用 `openclaw models auth login --provider openai` 登录。"
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

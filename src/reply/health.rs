//! The health of sign-ins, as the store tells it: what `/codex_auth` shows.

use super::words::login_command;
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
        Access::Expired if profile.has_refresh => Verdict::Usable,
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
        self.say(
            format!("Codex sign-ins · {source}{gateway}"),
            format!("Codex 登录 · {source}{gateway}"),
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
            lines.push(self.say(
                format!("same account and user as {others}: healthy"),
                format!("与 {others} 是同一账号和用户：属正常情况"),
            ));
        }
        lines.extend(self.next_step(profile));
        lines.into_iter().map(|line| format!("   {line}")).collect()
    }

    fn token_line(&self, profile: &Profile) -> String {
        let kind = profile.kind;
        let health = self.token_health(profile);
        let state = match profile.access {
            Access::Ready => health
                .unwrap_or_else(|| self.say("token without a known expiry", "令牌未注明过期时间")),
            Access::Expired => {
                let refresh = match profile.has_refresh {
                    true => self.say(
                        "the gateway refreshes it on next use",
                        "网关会在下次使用时刷新",
                    ),
                    false => self.say(
                        "there is nothing to refresh it with",
                        "没有可用于刷新的凭据",
                    ),
                };
                let expired = health.unwrap_or_else(|| self.say("token expired", "令牌已过期"));
                self.say(
                    format!("{expired}, {refresh}"),
                    format!("{expired}，{refresh}"),
                )
            }
            Access::Fenced => self.say(
                "fenced: the gateway replaced this credential after a refresh that failed",
                "已封锁：刷新失败后网关替换了此凭据",
            ),
            Access::Missing => self.say("no usable token stored", "没有可用的令牌"),
        };
        format!("{kind} · {state}")
    }

    fn cooldown_line(&self, profile: &Profile) -> Option<String> {
        let until = profile.cooldown_at(self.now)?;
        let left = self.span(Span::of_seconds(until - self.now));
        let clock = self.zone.civil(until).short(&self.zone.civil(self.now));
        let why = profile
            .cooldown_reason
            .as_deref()
            .map_or(String::new(), |why| format!(" ({why})"));
        Some(self.say(
            format!("the gateway skips it until {clock}, for {left}{why}"),
            format!("网关在 {clock} 前跳过它（还有 {left}）{why}"),
        ))
    }

    fn history_line(&self, profile: &Profile) -> Option<String> {
        let ago = |at: i64| self.span(Span::of_seconds(self.now - at));
        let used = profile.last_used_at.map(|at| {
            let ago = ago(at);
            self.say(format!("last used {ago} ago"), format!("上次使用：{ago}前"))
        });
        let failed = profile.last_failure_at.map(|at| {
            let ago = ago(at);
            self.say(
                format!("last failed {ago} ago"),
                format!("上次失败：{ago}前"),
            )
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
            self.say(
                format!("{count} errors{reasons}"),
                format!("错误 {count} 次{reasons}"),
            )
        });
        let said: Vec<String> = [used, failed, errors].into_iter().flatten().collect();
        (!said.is_empty()).then(|| said.join(" · "))
    }

    fn order_line(&self, sign_ins: &SignIns, profile: &Profile) -> String {
        let all = sign_ins.order_in_effect().map_or(0, <[_]>::len);
        let place = match (profile.place, all) {
            (_, 0) => self.say(
                "no order is set: the gateway picks",
                "未设置顺序：由网关选择",
            ),
            (Some(place), all) => {
                let inherited = match sign_ins.order {
                    Some(_) => String::new(),
                    None => self.say(", inherited", "，继承"),
                };
                self.say(
                    format!("{place} of {all} in the order{inherited}"),
                    format!("在顺序中排第 {place}（共 {all} 个{inherited}）"),
                )
            }
            (None, _) => self.left_out(),
        };
        if sign_ins.last_good.as_ref() == Some(&profile.id) {
            let used = self.say("in use now", "当前使用中");
            return format!("{place} · {used}");
        }
        place
    }

    fn next_step(&self, profile: &Profile) -> Option<String> {
        if health(profile) != Verdict::Broken {
            return None;
        }
        let command = login_command(profile);
        Some(self.say(
            format!("sign in again: {command}"),
            format!("请重新登录：{command}"),
        ))
    }

    /// That this version looks and does not change.
    pub fn changes_are_the_gateways(&self) -> String {
        self.say(
            "This version only looks, at what is stored (/codex_usage asks the endpoint): change an order, retire a profile or sign in with the gateway's own `openclaw models auth …`.",
            "当前版本仅查看已存储的状态（/codex_usage 会查询端点）：调整顺序、停用 profile 或登录，请使用网关自带的 `openclaw models auth …`。",
        )
    }

    /// Why there are no sign-ins to speak of.
    pub fn store_failure(&self, error: &StoreError) -> String {
        let source = &error.source;
        match error.failure {
            StoreFailure::Missing => self.say(
                format!("No sign-ins were found at {source}. Sign in with `openclaw models auth login --provider openai`, or name the agent or the file."),
                format!("在 {source} 没有找到登录信息。请用 `openclaw models auth login --provider openai` 登录，或指定 agent 或文件。"),
            ),
            StoreFailure::Empty => self.say(
                format!("{source} holds no ChatGPT/Codex sign-in. Sign in with `openclaw models auth login --provider openai`."),
                format!("{source} 中没有 ChatGPT/Codex 登录。请用 `openclaw models auth login --provider openai` 登录。"),
            ),
            StoreFailure::Unreadable => self.say(
                format!("{source} cannot be read: it is not a file, or this user may not open it."),
                format!("无法读取 {source}：它不是文件，或当前用户没有权限。"),
            ),
            StoreFailure::Malformed => self.say(
                format!("{source} is not a store of sign-ins that can be read. Run `openclaw doctor --fix`; nothing was changed."),
                format!("{source} 不是可读取的登录存储。请运行 `openclaw doctor --fix`；未作任何更改。"),
            ),
            StoreFailure::Unmigrated => self.say(
                format!("{source} was never migrated to this gateway's store. Run `openclaw doctor --fix`."),
                format!("{source} 尚未迁移到当前网关的存储。请运行 `openclaw doctor --fix`。"),
            ),
            StoreFailure::Locked => self.say(
                format!("{source} is locked by another program. Try again in a moment."),
                format!("{source} 被其他程序锁定。请稍后再试。"),
            ),
            StoreFailure::TooLarge => self.say(
                format!("{source} is larger than any store of sign-ins; it was not read."),
                format!("{source} 超过登录存储应有的大小，未读取。"),
            ),
            StoreFailure::BadAgent => self.say(
                "That cannot be the name of an agent: letters, digits, dots, dashes and underscores, at most 64.",
                "agent 名称无效：仅限字母、数字、点、横线和下划线，最多 64 个字符。",
            ),
            StoreFailure::Denied => self.say(
                format!("{source} held something that the policy does not let in."),
                format!("{source} 含有策略不允许读入的内容。"),
            ),
        }
    }
}

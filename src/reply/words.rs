//! Every sentence the user reads, in English and in Chinese.

use std::fmt;

use super::layout::Cell;
use super::{Locale, Purpose, ReplyContext};
use crate::command::CommandError;
use crate::decimal::Decimal;
use crate::pace::Pace;
use crate::profile::{Access, Finding, Profile};
use crate::report::{Report, Row, Tries};
use crate::time::{Instant, Span};
use crate::usage::{
    ModelAvailability, RateLimit, ReachedType, Reason, Rejection, Role, UsageError, UsageSnapshot,
    UsageWindow, Verdict, WindowState, scarcest,
};

/// The message that comes before a check, to the letter.
pub fn progress(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Running Codex usage checks now…",
        Locale::Zh => "正在运行 Codex 用量检查……",
    }
}

/// `attempt 1, 203 ms, HTTP 200`
pub fn tries(tries: &Tries) -> String {
    let status = tries
        .status
        .map_or(String::new(), |status| format!(", HTTP {status}"));
    format!("attempt {}, {} ms{status}", tries.attempt, tries.elapsed_ms)
}

/// The words of the nine-line block.
pub struct BlockWords {
    /// `Profile`
    pub profile: &'static str,
    /// `Usable`
    pub usable: &'static str,
    /// `Limited`
    pub limited: &'static str,
    /// `5h`
    pub five_hours: &'static str,
    /// `Week`
    pub week: &'static str,
    /// `Left`
    pub left: &'static str,
    /// `Reset`
    pub reset: &'static str,
    /// `Time left`
    pub time_left: &'static str,
    /// `not reported`
    pub not_reported: &'static str,
    /// `not enforced now`
    pub not_enforced: &'static str,
}

/// A sentence in English and in Chinese: only the one of the context's language is
/// put together.
macro_rules! say {
    ($context:expr, $en:literal, $zh:literal) => {
        $context.say(format_args!($en), format_args!($zh))
    };
}
pub(super) use say;

impl ReplyContext {
    // Every sentence calls this: one copy is enough.
    #[inline(never)]
    pub(super) fn say(&self, en: fmt::Arguments<'_>, zh: fmt::Arguments<'_>) -> String {
        fmt::format(match self.locale {
            Locale::En => en,
            Locale::Zh => zh,
        })
    }

    pub(super) fn list(&self, names: &[String]) -> String {
        names.join(match self.locale {
            Locale::En => ", ",
            Locale::Zh => "、",
        })
    }

    /// The words of the nine-line block.
    pub fn block_words(&self) -> BlockWords {
        match self.locale {
            Locale::En => BlockWords {
                profile: "Profile",
                usable: "Usable",
                limited: "Limited",
                five_hours: "5h",
                week: "Week",
                left: "Left",
                reset: "Reset",
                time_left: "Time left",
                not_reported: "not reported",
                not_enforced: "not enforced now",
            },
            Locale::Zh => BlockWords {
                profile: "Profile",
                usable: "可用",
                limited: "受限",
                five_hours: "5 小时",
                week: "每周",
                left: "剩余",
                reset: "重置时间",
                time_left: "距重置",
                not_reported: "未报告",
                not_enforced: "当前未启用",
            },
        }
    }

    /// `67`, `0.4`, `<0.1`: never zero while something is left, never all of it
    /// while something is gone.
    pub fn percent(&self, percent: Decimal) -> String {
        let hundredths = percent.hundredths();
        match (hundredths + 5) / 10 {
            0 if hundredths > 0 => "<0.1".to_owned(),
            1000 if hundredths < 10_000 => "99.9".to_owned(),
            tenths if tenths % 10 == 0 => (tenths / 10).to_string(),
            tenths => format!("{}.{}", tenths / 10, tenths % 10),
        }
    }

    /// `3h 41m`
    pub fn span(&self, span: Span) -> String {
        let Span {
            days,
            hours,
            minutes,
        } = span;
        match (days, hours, minutes) {
            (0, 0, 0) => say!(self, "<1m", "<1 分钟"),
            (0, 0, m) => say!(self, "{m}m", "{m} 分钟"),
            (0, h, 0) => say!(self, "{h}h", "{h} 小时"),
            (0, h, m) => say!(self, "{h}h {m}m", "{h} 小时 {m} 分钟"),
            (d, 0, _) => say!(self, "{d}d", "{d} 天"),
            (d, h, _) => say!(self, "{d}d {h}h", "{d} 天 {h} 小时"),
        }
    }

    /// `0 Days, 3 Hours, 41 Minutes`
    pub fn long_span(&self, span: Span) -> String {
        let Span {
            days,
            hours,
            minutes,
        } = span;
        say!(
            self,
            "{days} Days, {hours} Hours, {minutes} Minutes",
            "{days} 天 {hours} 小时 {minutes} 分钟"
        )
    }

    /// `23:21`, with the offset where it is not the one of now.
    pub(super) fn clock(&self, at: Instant) -> String {
        let clock = self.zone.civil(at).short(&self.zone.civil(self.now));
        clock + &self.other_offset(at)
    }

    /// `22/11/2026, 23:21`, with the offset where it is not the one of now.
    pub fn full(&self, at: Instant) -> String {
        self.zone.civil(at).full() + &self.other_offset(at)
    }

    fn other_offset(&self, at: Instant) -> String {
        if self.zone.offset_at(at) == self.zone.offset_at(self.now) {
            return String::new();
        }
        format!(" ({})", self.zone.offset_name(at))
    }

    fn left_until(&self, at: Instant) -> String {
        self.span(Span::of_seconds(at - self.now))
    }

    /// `23:21, in 3h 41m`
    fn point(&self, at: Instant) -> String {
        let (clock, left) = (self.clock(at), self.left_until(at));
        say!(self, "{clock}, in {left}", "{clock}（{left}后）")
    }

    pub(super) fn resets(&self, at: Instant) -> String {
        let point = self.point(at);
        say!(self, "resets {point}", "重置 {point}")
    }

    /// `Codex usage · 5 profiles · Sun 22/11/2026, 19:40 (Europe/Berlin, UTC+01:00)`
    pub fn title(&self, report: &Report<'_>) -> String {
        let count = report.rows.len();
        let (profiles, now) = (profiles(count), self.date());
        say!(
            self,
            "Codex usage · {count} {profiles} · {now}",
            "Codex 用量 · {count} 个 profile · {now}"
        )
    }

    /// `Sun 22/11/2026, 19:40 (Europe/Berlin, UTC+01:00)`
    pub(super) fn date(&self) -> String {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        const DAYS_ZH: [&str; 7] = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];
        let civil = self.zone.civil(self.now);
        let offset = self.zone.offset_name(self.now);
        let zone = match self.zone.name.as_str() {
            "" => offset,
            "UTC" => "UTC".to_owned(),
            name => format!("{name}, {offset}"),
        };
        let full = civil.full();
        let (day, day_zh) = (DAYS[civil.weekday()], DAYS_ZH[civil.weekday()]);
        say!(self, "{day} {full} ({zone})", "{day_zh} {full}（{zone}）")
    }

    /// `5h`, `week`, `3h`, `2d`
    pub fn label(&self, window: &UsageWindow) -> String {
        self.role_label(window.role, window.length_seconds)
    }

    pub(super) fn role_label(&self, role: Role, length_seconds: Option<i64>) -> String {
        match (role, length_seconds) {
            (Role::Session, _) => say!(self, "5h", "5 小时"),
            (Role::Weekly, _) => say!(self, "week", "每周"),
            (Role::Monthly, _) => say!(self, "month", "每月"),
            (Role::Other, None) => say!(self, "window", "窗口"),
            (Role::Other, Some(seconds)) => match self.locale {
                Locale::En => length_label(seconds),
                Locale::Zh => length_label_zh(seconds),
            },
        }
    }

    /// The label at the head of a line: `Week`.
    pub fn block_label(&self, window: &UsageWindow) -> String {
        match window.role {
            Role::Weekly => say!(self, "Week", "每周"),
            Role::Monthly => say!(self, "Month", "每月"),
            Role::Session | Role::Other => self.label(window),
        }
    }

    /// What is said of one window.
    pub fn window_cell(&self, window: &UsageWindow, pace: Option<&Pace>) -> Cell {
        let left = window.remaining_percent();
        Cell {
            even_left: pace.map(|pace| pace.even_left),
            label: self.label(window),
            left: match left {
                Some(left) => {
                    let percent = self.percent(left);
                    say!(self, "{percent}% left", "剩余 {percent}%")
                }
                None => say!(self, "left not reported", "余量未报告"),
            },
            percent: left,
            reset: self.window_reset(window, pace),
        }
    }

    /// `resets 23:21, in 3h 41m, on pace`
    fn window_reset(&self, window: &UsageWindow, pace: Option<&Pace>) -> String {
        let reset = self.reset_or(window, |at| self.resets(at));
        match pace.map(|pace| self.pace(pace)) {
            Some(pace) => say!(self, "{reset}, {pace}", "{reset}，{pace}"),
            None => reset,
        }
    }

    /// What `say` makes of a reset that lies ahead and can be believed, else why
    /// there is none.
    pub fn reset_or(&self, window: &UsageWindow, say: impl Fn(Instant) -> String) -> String {
        match (window.state, window.resets_at) {
            (_, None) => say!(self, "reset not reported", "重置时间未报告"),
            (WindowState::NotStarted, _) => say!(self, "starts on first use", "首次使用后开始计时"),
            (WindowState::Due, _) => say!(
                self,
                "reset is due, check again",
                "已到重置时间，请再查一次"
            ),
            (WindowState::Inconsistent, _) => say!(
                self,
                "reset reported beyond the window's length",
                "报告的重置时间超出窗口长度"
            ),
            (WindowState::Running | WindowState::Assumed, Some(at)) => say(at),
        }
    }

    /// Where no short window was reported. One of unknown length might be it.
    pub fn no_short_window(&self, windows: &[UsageWindow]) -> String {
        if windows.iter().any(|window| window.length_seconds.is_none()) {
            return say!(self, "5h not reported", "5 小时窗口未报告");
        }
        say!(self, "5h not enforced now", "5 小时窗口当前未启用")
    }

    /// Where only a short window was reported.
    pub fn long_not_reported(&self) -> String {
        say!(self, "week not reported", "每周窗口未报告")
    }

    /// Where no window was reported at all.
    pub fn no_windows(&self, usage: &UsageSnapshot) -> String {
        match usage.rate_limit {
            RateLimit::Absent => say!(
                self,
                "quota not reported, so nothing certain is known",
                "未报告额度，无法确定是否可用"
            ),
            RateLimit::None => say!(self, "no included quota on this plan", "此套餐不含额度"),
            RateLimit::Reported(_) => say!(self, "windows not reported", "未报告用量窗口"),
        }
    }

    /// `blocked despite 38% left (week)`
    fn despite(&self, window: &UsageWindow) -> String {
        let left = self.percent(window.remaining_percent().unwrap_or(Decimal::ZERO));
        let label = self.label(window);
        say!(
            self,
            "blocked despite {left}% left ({label})",
            "{label}剩余 {left}%，但被服务器限制"
        )
    }

    /// What the server named as the end of included use, where it is not simply
    /// a window.
    pub fn stop(&self, reason: Reason, usage: &UsageSnapshot) -> Option<String> {
        let windows = usage.windows();
        let is_told = windows.iter().any(UsageWindow::is_exhausted);
        match reason {
            Reason::Blocked | Reason::Reached(ReachedType::RateLimit) if !is_told => {
                Some(say!(self, "blocked by the server", "已被服务器限制"))
            }
            Reason::BlockedDespitePercent => scarcest(windows).map(|window| self.despite(window)),
            Reason::SpendLimitReached => Some(self.spend_limit_reached(usage)),
            Reason::Reached(reached) if reached != ReachedType::RateLimit => self.reached(reached),
            _ => None,
        }
    }

    fn reached(&self, reached: ReachedType) -> Option<String> {
        Some(match reached {
            ReachedType::RateLimit => return None,
            ReachedType::OwnerCreditsDepleted => say!(
                self,
                "workspace credits are used up: add credits",
                "工作区 credits 已用尽：请充值"
            ),
            ReachedType::MemberCreditsDepleted => say!(
                self,
                "workspace credits are used up: ask an owner to add some",
                "工作区 credits 已用尽：请联系所有者充值"
            ),
            ReachedType::OwnerUsageLimit => say!(
                self,
                "workspace usage limit reached: raise it in the workspace's settings",
                "已达到工作区用量上限：可在工作区设置中提高"
            ),
            ReachedType::MemberUsageLimit => say!(
                self,
                "your usage limit in this workspace is reached: ask an owner to raise it",
                "已达到您在该工作区的用量上限：请联系所有者提高"
            ),
            ReachedType::OtherWorkspace => say!(
                self,
                "a limit of the workspace is reached: ask an owner",
                "已达到工作区的某项上限：请联系所有者"
            ),
            ReachedType::Other => say!(
                self,
                "the server names a limit that this version does not know",
                "服务器返回了本版本未知的限制类型"
            ),
        })
    }

    /// `costs credits until 23/11 08:26`
    pub fn cost(&self, row: &Row<'_>) -> Option<String> {
        if row.judgement.verdict != Verdict::UsableAtCost {
            return None;
        }
        Some(match row.judgement.until {
            Some(until) => {
                let clock = self.clock(until);
                say!(
                    self,
                    "costs credits until {clock}",
                    "{clock} 之前使用会消耗 credits"
                )
            }
            None => say!(self, "costs credits for now", "目前使用会消耗 credits"),
        })
    }

    /// `412 credits`, where there are any.
    pub fn credits(&self, usage: &UsageSnapshot) -> Option<String> {
        let credits = usage
            .credits
            .as_ref()
            .filter(|credits| credits.has_credits || credits.unlimited)?;
        if credits.unlimited {
            return Some(say!(self, "credits unlimited", "credits 不限"));
        }
        if credits.overage_limit_reached {
            return Some(say!(
                self,
                "credits at their overage limit",
                "credits 已达超额上限"
            ));
        }
        let balance = credits.balance.as_ref().map(|balance| balance.value)?;
        if balance <= Decimal::ZERO {
            return None;
        }
        let balance = self.whole(balance);
        let credits = if balance == "1" { "credit" } else { "credits" };
        Some(say!(self, "{balance} {credits}", "剩余 {balance} credits"))
    }

    /// `412`, and below one `0.5`.
    pub(super) fn whole(&self, amount: Decimal) -> String {
        match amount.trunc() {
            0 => amount.to_text(),
            whole => whole.to_string(),
        }
    }

    /// A model that cannot be used now: a fact, not a meter.
    pub fn gated_model(&self, model: &ModelAvailability) -> Option<String> {
        if model.available != Some(false) {
            return None;
        }
        let name = &model.model;
        let mut said = say!(self, "{name} not available", "{name} 不可用");
        if let Some(at) = model.available_at.filter(|at| *at > self.now) {
            let clock = self.clock(at);
            said = say!(self, "{said} until {clock}", "{said}，{clock} 恢复");
        }
        if model.credits_would_enable == Some(true) {
            said.push_str(&say!(
                self,
                " (credits would enable it)",
                "（使用 credits 可启用）"
            ));
        }
        Some(said)
    }

    /// `the gateway skips it until 14:20, the server says usable`
    pub fn cooldown(&self, row: &Row<'_>) -> Option<String> {
        let until = row.profile.cooldown_at(self.now)?;
        let clock = self.clock(until);
        let why = row.profile.cooldown_reason.as_deref();
        let why = why.map_or(String::new(), |why| say!(self, " ({why})", "（{why}）"));
        Some(match row.judgement.server {
            Some(Verdict::Usable) => say!(
                self,
                "the gateway skips it until {clock}{why}, the server says usable",
                "{clock} 前网关会跳过它{why}，但服务器显示可用"
            ),
            Some(Verdict::Unknown) => say!(
                self,
                "the gateway skips it until {clock}{why}, the server says nothing certain",
                "{clock} 前网关会跳过它{why}，服务器未给出明确状态"
            ),
            Some(_) | None => say!(
                self,
                "the gateway skips it until {clock}{why}",
                "{clock} 前网关会跳过它{why}"
            ),
        })
    }

    /// Where there is an order and the profile is not in it.
    pub fn left_out(&self) -> String {
        say!(
            self,
            "not in the order, never picked",
            "不在顺序中，不会被选中"
        )
    }

    /// The answer is about somebody else.
    pub fn mismatch(&self) -> String {
        let look = self.command("auth", "status");
        say!(
            self,
            "the answer belongs to another identity, so its numbers are not shown · look at this sign-in: {look}",
            "响应属于另一个身份，因此不显示数字 · 请检查此登录：{look}"
        )
    }

    /// Why the profile is not simply usable, in one line.
    pub fn why(&self, row: &Row<'_>) -> Option<String> {
        let mut said = Vec::new();
        match &row.outcome {
            Err(error) => {
                said.extend(self.failed(row, error));
            }
            Ok(_) if row.is_mismatch() => said.push(self.mismatch()),
            Ok(usage) => {
                said.extend(self.stale(row));
                match row.judgement.reason {
                    Reason::Blocked | Reason::Reached(ReachedType::RateLimit)
                        if usage.windows().iter().any(UsageWindow::is_exhausted) =>
                    {
                        said.push(say!(self, "usage limit reached", "已达到用量上限"));
                    }
                    Reason::RateLimitAbsent | Reason::NoQuotaReported => {
                        said.push(self.no_windows(usage))
                    }
                    reason => said.extend(self.stop(reason, usage)),
                }
                said.extend(self.cost(row));
            }
        }
        said.extend(self.cooldown(row));
        (!said.is_empty()).then(|| said.join(" · "))
    }

    /// What went wrong, how the token is, and what to do.
    pub fn failed(&self, row: &Row<'_>, error: &UsageError) -> Vec<String> {
        let failure = self.failure(error, row.tries.status);
        let health = self.token_health(row.profile);
        let mut said = match (error, health) {
            // The token is the failure.
            (UsageError::MissingAccessToken(Access::Expired), Some(health)) => {
                vec![health, failure]
            }
            (_, health) => std::iter::once(failure).chain(health).collect(),
        };
        said.extend(self.hint(error, row));
        said
    }

    /// What went wrong: `sign-in not accepted (401, revoked)`.
    pub fn failure(&self, error: &UsageError, status: Option<u16>) -> String {
        let code = status.map_or(String::new(), |status| status.to_string());
        let status = |said: String| match code.as_str() {
            "" => said,
            code => say!(self, "{said} ({code})", "{said}，HTTP {code}"),
        };
        match error {
            UsageError::AuthNotAccepted(rejection) => {
                let reason = match rejection {
                    Rejection::Expired => say!(self, "expired", "已过期"),
                    Rejection::Revoked => say!(self, "revoked", "已吊销"),
                    Rejection::Unknown => say!(self, "no reason given", "未说明原因"),
                };
                say!(
                    self,
                    "sign-in not accepted (401, {reason})",
                    "登录未被接受（401，{reason}）"
                )
            }
            UsageError::AccountDeactivated => {
                status(say!(self, "workspace deactivated", "工作区已停用"))
            }
            UsageError::BillingRequired => status(say!(self, "billing required", "需要处理账单")),
            UsageError::Forbidden => status(say!(
                self,
                "refused by the usage endpoint",
                "被用量端点拒绝"
            )),
            UsageError::UpstreamChallenge => status(say!(
                self,
                "stopped by an upstream check before the sign-in was looked at",
                "登录校验前被上游防护拦截"
            )),
            UsageError::EndpointMissing => {
                status(say!(self, "usage endpoint not found", "找不到用量端点"))
            }
            UsageError::RateLimited(_) => status(say!(self, "too many requests", "请求过于频繁")),
            UsageError::QuotaExhausted(_) => {
                status(say!(self, "usage limit reached", "已达到用量上限"))
            }
            UsageError::UnexpectedRedirect => {
                status(say!(self, "redirected, not followed", "被重定向，未跟随"))
            }
            UsageError::ServerError(_) => status(say!(self, "server error", "服务器错误")),
            UsageError::BadContent => {
                say!(self, "the answer could not be read", "无法读取响应内容")
            }
            UsageError::Timeout => say!(self, "no answer in time", "未在时限内收到响应"),
            UsageError::RequestFailed if code.is_empty() => {
                say!(
                    self,
                    "chatgpt.com could not be reached",
                    "无法连接 chatgpt.com"
                )
            }
            UsageError::RequestFailed => {
                status(say!(self, "an unexpected answer", "意料之外的响应"))
            }
            UsageError::NotChecked => say!(
                self,
                "not checked: no time or room was left",
                "未检查：时间或容量不足"
            ),
            UsageError::MissingAccessToken(Access::Fenced) => say!(
                self,
                "sign-in fenced by the gateway after a failed refresh",
                "刷新失败后，网关已封锁此登录"
            ),
            UsageError::MissingAccessToken(Access::Expired) => {
                say!(self, "nothing was sent", "未发送请求")
            }
            UsageError::MissingAccessToken(Access::Missing | Access::Ready) => say!(
                self,
                "no usable token stored, nothing was sent",
                "没有可用的令牌，未发送请求"
            ),
        }
    }

    /// `token expires in 4d`
    pub fn token_health(&self, profile: &Profile) -> Option<String> {
        if profile.access == Access::Fenced {
            return None;
        }
        let at = profile.expires_at?;
        Some(if at > self.now {
            let left = self.left_until(at);
            say!(self, "token expires in {left}", "令牌 {left}后过期")
        } else {
            let ago = self.span(Span::of_seconds(self.now - at));
            say!(self, "token expired {ago} ago", "令牌已过期 {ago}")
        })
    }

    /// What to do about a failure.
    pub fn hint(&self, error: &UsageError, row: &Row<'_>) -> Option<String> {
        let (profile, status) = (row.profile, row.tries.status);
        let refreshed = || {
            say!(
                self,
                "the gateway refreshes it on next use",
                "网关会在下次使用时刷新"
            )
        };
        Some(match error {
            UsageError::AuthNotAccepted(Rejection::Expired)
            | UsageError::MissingAccessToken(Access::Expired) => match profile.has_refresh {
                true => refreshed(),
                false => self.sign_in_again(profile),
            },
            UsageError::AuthNotAccepted(Rejection::Unknown) => {
                let expired = profile.expires_at.is_some_and(|at| at <= self.now);
                if expired && profile.has_refresh {
                    refreshed()
                } else {
                    let login = self.sign_in_again(profile);
                    say!(
                        self,
                        "if the gateway's next use fails too, {login}",
                        "如果网关下次使用仍失败，{login}"
                    )
                }
            }
            UsageError::AuthNotAccepted(Rejection::Revoked)
            | UsageError::MissingAccessToken(Access::Fenced | Access::Missing | Access::Ready) => {
                self.sign_in_again(profile)
            }
            UsageError::AccountDeactivated => say!(
                self,
                "ask the workspace's owner, or take this profile out of the order",
                "请联系工作区所有者，或将此 profile 移出顺序"
            ),
            UsageError::BillingRequired => say!(
                self,
                "settle the plan's billing at chatgpt.com",
                "请在 chatgpt.com 处理套餐账单"
            ),
            UsageError::Forbidden => say!(
                self,
                "the sign-in may still work for models; check again later",
                "该登录可能仍可调用模型；请稍后再查"
            ),
            UsageError::UpstreamChallenge => say!(
                self,
                "says nothing about the sign-in; try again in a few minutes",
                "与登录状态无关；请几分钟后再试"
            ),
            UsageError::EndpointMissing => say!(
                self,
                "the endpoint may have moved: look for a newer codex-profiler",
                "端点可能已变更：请查看 codex-profiler 是否有新版本"
            ),
            UsageError::QuotaExhausted(resets_at) => match resets_at {
                Some(at) if *at > self.now => self.resets(*at),
                Some(_) => say!(
                    self,
                    "reset is due, check again",
                    "已到重置时间，请再查一次"
                ),
                None => say!(self, "reset not reported", "重置时间未报告"),
            },
            UsageError::RateLimited(after) | UsageError::ServerError(after) => match after {
                Some(seconds) if *seconds > 0 => {
                    let wait = self.span(Span::of_seconds(*seconds));
                    say!(self, "try again in {wait}", "请 {wait}后再试")
                }
                Some(_) | None => say!(self, "try again in a few minutes", "请几分钟后再试"),
            },
            UsageError::UnexpectedRedirect => say!(
                self,
                "the sign-in was not sent on; try again later",
                "未向其他地址发送登录信息；请稍后再试"
            ),
            UsageError::BadContent => say!(
                self,
                "no part of it is shown; try again later",
                "其中数据均不显示；请稍后再试"
            ),
            // In chat nobody waits any longer.
            UsageError::Timeout if self.screen.is_none() => {
                say!(self, "try again in a few minutes", "请几分钟后再试")
            }
            UsageError::Timeout => say!(
                self,
                "try again, or allow more time with --timeout-sec",
                "请重试，或用 --timeout-sec 延长时限"
            ),
            UsageError::RequestFailed if status.is_some() => {
                say!(self, "try again later", "请稍后再试")
            }
            UsageError::RequestFailed => say!(
                self,
                "check the network and the proxy settings",
                "请检查网络与代理设置"
            ),
            UsageError::NotChecked => say!(self, "check it alone by its name", "请按名称单独检查"),
        })
    }

    /// `openclaw models auth login …`, as far as it can be said without showing an
    /// id that is not to be shown.
    pub fn login_command(&self, profile: &Profile) -> String {
        const LOGIN: &str = "openclaw models auth login --provider";
        // Neither a profile nor an agent could be named in the days of this id.
        if profile.provider == "openai-codex" {
            return format!("{LOGIN} openai-codex");
        }
        let mut command = format!("{LOGIN} openai");
        if profile.id.is_plain() {
            command.push_str(" --profile-id ");
            command.push_str(profile.id.as_str());
        }
        if self.agent != "main" {
            command.push_str(" --agent ");
            command.push_str(&self.agent);
        }
        command
    }

    fn sign_in_again(&self, profile: &Profile) -> String {
        let command = self.login_command(profile);
        say!(self, "sign in again: {command}", "请重新登录：{command}")
    }

    /// `5 checked: 2 usable, 1 at a cost, 1 waiting, 1 broken.`
    pub fn summary(&self, report: &Report<'_>) -> String {
        let all = report.rows.len();
        let mut said = Vec::new();
        for verdict in Verdict::ALL {
            let count = report.count(verdict);
            if count > 0 {
                let word = self.verdict(verdict);
                said.push(say!(self, "{count} {word}", "{count} 个{word}"));
            }
        }
        let (en, zh) = (said.join(", "), said.join("，"));
        say!(self, "{all} checked: {en}.", "共检查 {all} 个：{zh}。")
    }

    /// Says how many profiles found no room in the check.
    pub(super) fn without_room(&self, report: &Report<'_>) -> Option<String> {
        let count = report.without_room;
        (count > 0).then(|| {
            say!(
                self,
                "{count} more were left out: too many for one check. Check them by name.",
                "另有 {count} 个未检查：一次检查放不下。请按名称单独检查。"
            )
        })
    }

    /// What is concluded of a profile, in a word.
    pub(super) fn verdict(&self, verdict: Verdict) -> String {
        match verdict {
            Verdict::Usable => say!(self, "usable", "可用"),
            Verdict::UsableAtCost => say!(self, "at a cost", "需消耗 credits"),
            Verdict::Wait => say!(self, "waiting", "需等待"),
            Verdict::Broken => say!(self, "broken", "已失效"),
            Verdict::Unknown => say!(self, "unknown", "未知"),
        }
    }

    /// How many more there are than were told, where there are any.
    pub(super) fn and_more(&self, more: usize) -> Option<String> {
        (more > 0).then(|| say!(self, "… and {more} more", "……另有 {more} 个"))
    }

    /// Two labels of one identity: nothing to look into as long as all of them work.
    pub fn same_identity(&self, report: &Report<'_>, rows: &[usize]) -> String {
        let mut names = Vec::new();
        let mut all_work = true;
        for row in rows {
            let row = &report.rows[*row];
            names.push(row.profile.name.clone());
            all_work &= row.outcome.is_ok() && row.judgement.verdict != Verdict::Broken;
        }
        let healthy = self.healthy(all_work);
        let count = names.len();
        let names = self.list(&names);
        say!(
            self,
            "{names} are one sign-in under {count} labels{healthy}.",
            "{names} 是同一身份的 {count} 个标签{healthy}。"
        )
    }

    /// That this is no defect, where it is none.
    pub(super) fn healthy(&self, is_so: bool) -> String {
        match is_so {
            true => say!(self, ": healthy", "：属正常情况"),
            false => String::new(),
        }
    }

    /// Mixed state of the store, and what to do about it.
    pub fn finding(&self, finding: Finding) -> String {
        match finding {
            Finding::BothStores => say!(
                self,
                "Note: both the old JSON store and the SQLite store hold sign-ins. The gateway uses SQLite and may refuse to work until `openclaw doctor --fix` has tidied up.",
                "注意：旧的 JSON 存储与 SQLite 存储中都有登录信息。网关使用 SQLite，在运行 `openclaw doctor --fix` 整理之前可能拒绝工作。"
            ),
            Finding::LegacyAuthJson => say!(
                self,
                "Note: an auth.json of an older version is left over; nothing reads it as the source of truth.",
                "注意：存在旧版本遗留的 auth.json；现已不以它为准。"
            ),
            Finding::MigratedPlainTokens => say!(
                self,
                "Note: the migration left auth-profiles.json.migrated-… with every token in plain text; remove it once the gateway works.",
                "注意：迁移遗留的 auth-profiles.json.migrated-… 以明文保存了全部令牌；确认网关正常后请删除。"
            ),
            Finding::StaleCooldown => say!(
                self,
                "Note: a cooldown that has passed is still recorded; the gateway clears it on next use.",
                "注意：仍记录着已过期的冷却状态；网关下次使用时会清除。"
            ),
            Finding::OrderNamesMissing => say!(
                self,
                "Note: the order names a profile that is not stored; set the order again.",
                "注意：顺序中包含未存储的 profile；请重新设置顺序。"
            ),
            Finding::MixedProviders => say!(
                self,
                "Note: sign-ins carry provider ids of two eras (openai-codex and openai); `openclaw doctor --fix` migrates them.",
                "注意：登录信息混有两代 provider 标识（openai-codex 与 openai）；可运行 `openclaw doctor --fix` 迁移。"
            ),
            Finding::SkippedEntries => say!(
                self,
                "Note: part of the store could not be understood and was left out; run `openclaw doctor`.",
                "注意：存储中有部分内容无法识别，已略过；请运行 `openclaw doctor`。"
            ),
        }
    }

    /// Where a reply takes too many messages. `closing` is said all the same.
    pub fn rest(&self, lines: usize, closing: &str) -> String {
        say!(
            self,
            "… more lines: {lines}. Ask for one profile, or use codex-profiler in a terminal.\n{closing}",
            "……还有 {lines} 行。请查询单个 profile，或在终端使用 codex-profiler。\n{closing}"
        )
    }

    /// `/codex_usage work` in chat, `codex-profiler usage work --live` in a terminal.
    pub fn command(&self, verb: &str, words: &str) -> String {
        let options = &self.options;
        match (self.screen, verb) {
            (None, _) => format!("/codex_{verb} {words}"),
            (Some(_), _) if options.is_empty() => format!("codex-profiler {verb} {words}"),
            (Some(_), _) => format!("codex-profiler {verb} {words} {options}"),
        }
    }

    /// The question above the choices.
    pub fn question(&self, purpose: Purpose) -> String {
        match purpose {
            Purpose::Usage => say!(
                self,
                "Codex usage: check which profile?",
                "Codex 用量：查询哪个 profile？"
            ),
            Purpose::Auth => say!(
                self,
                "Codex sign-ins: look at which profile?",
                "Codex 登录：查看哪个 profile？"
            ),
        }
    }

    /// The choice of the default profile.
    pub fn choice_default(&self, name: Option<&str>) -> String {
        match name {
            Some(name) if name != "default" => {
                say!(self, "default ({name})", "默认（{name}）")
            }
            Some(_) | None => say!(self, "default", "默认"),
        }
    }

    /// The choice of all profiles.
    pub fn choice_all(&self, count: usize) -> String {
        say!(self, "all {count}", "全部 {count} 个")
    }

    /// The label of the button that turns the page.
    pub fn next_page(&self) -> String {
        say!(self, "more…", "更多……")
    }

    /// That there are more pages.
    pub fn more_pages(&self, page: usize, pages: usize, count: usize) -> String {
        say!(
            self,
            "Page {page} of {pages}, {count} profiles. Any of them can be typed by its name.",
            "第 {page}/{pages} 页，共 {count} 个 profile。也可以直接输入名称。"
        )
    }

    /// The same request is being answered, or was a moment ago.
    pub fn duplicate(&self, running: bool) -> String {
        if running {
            say!(
                self,
                "This is already running: the answer is on its way.",
                "该请求正在执行，结果马上就到。"
            )
        } else {
            say!(
                self,
                "This was just answered, see above. Ask again in a few seconds.",
                "刚刚已回答，请看上文。请过几秒再试。"
            )
        }
    }

    /// No profile has the name that was typed.
    pub fn unknown_profile(&self, names: &[String]) -> String {
        let list = self.shortened(names);
        say!(
            self,
            "There is no such profile. Profiles here: {list}.",
            "没有这个 profile。现有：{list}。"
        )
    }

    /// More than one profile has the label that was typed: those.
    pub fn ambiguous_profile(&self, names: &[String]) -> String {
        let list = self.shortened(names);
        say!(
            self,
            "More than one profile has this label; use the full id: {list}.",
            "有多个 profile 使用此标签，请使用完整标识：{list}。"
        )
    }

    /// The first names, and how many more there are.
    pub(super) fn shortened(&self, names: &[String]) -> String {
        let most = names.len().min(MOST_NAMES);
        let list = self.list(&names[..most]);
        match names.len() - most {
            0 => list,
            more => say!(self, "{list} and {more} more", "{list}，另有 {more} 个"),
        }
    }

    /// A button of a list that has changed since.
    pub fn list_changed(&self) -> String {
        say!(
            self,
            "The list of profiles has changed. Ask for it again.",
            "profile 列表已变化，请重新查询列表。"
        )
    }

    /// What there is to type about sign-ins.
    pub fn auth_help(&self) -> String {
        const COMMANDS: [&str; 11] = [
            "status <profile>",
            "order",
            "order set <profile> <profile>",
            "order clear",
            "retire <profile>",
            "restore <profile> first",
            "delete <profile> permanently",
            "confirm <code>",
            "start <profile>",
            "finish <profile> <callback_url>",
            "help",
        ];
        let commands: Vec<String> = COMMANDS
            .iter()
            .map(|words| self.command("auth", words))
            .collect();
        let commands = commands.join("\n");
        say!(
            self,
            "What there is to type:\n{commands}",
            "可用命令：\n{commands}"
        )
    }

    /// What is wrong with what was typed.
    pub fn misuse(&self, error: CommandError) -> String {
        match error {
            CommandError::UnknownOption => say!(
                self,
                "There is no such option. Options: --profile, --format, --timeout-sec, --retries, --debug.",
                "没有这个选项。可用选项：--profile、--format、--timeout-sec、--retries、--debug。"
            ),
            CommandError::BadFormat => say!(
                self,
                "--format takes line, block, text or json.",
                "--format 可取 line、block、text 或 json。"
            ),
            CommandError::BadTimeout => say!(
                self,
                "--timeout-sec takes whole seconds from 1 to 60.",
                "--timeout-sec 可取 1 到 60 的整数秒。"
            ),
            CommandError::BadRetries => {
                say!(self, "--retries takes 0 or 1.", "--retries 可取 0 或 1。")
            }
            CommandError::MissingProfile => say!(
                self,
                "--profile takes a name: default, all, a label or a full id.",
                "--profile 需要名称：default、all、标签或完整标识。"
            ),
            CommandError::SeveralProfiles => say!(
                self,
                "Name one profile, or all.",
                "请只指定一个 profile，或使用 all。"
            ),
            CommandError::BadRotation => {
                let (short, deep) = (
                    self.command("usage", "rotation"),
                    self.command("usage", "rotation deep"),
                );
                say!(
                    self,
                    "The rotation guide: {short}\nFor set-up and trouble: {deep}",
                    "轮换指南：{short}\n配置与排障：{deep}"
                )
            }
            CommandError::UnknownButton => self.list_changed(),
            CommandError::NameOneProfile(typed) => {
                let command = self.command("auth", typed);
                say!(
                    self,
                    "Name the profile: {command}",
                    "请写出 profile 名称：{command}"
                )
            }
            CommandError::UnknownChangeOption => say!(
                self,
                "There is no such option here. Options: --dry-run, --format text or json.",
                "这里没有这个选项。可用选项：--dry-run、--format text 或 json。"
            ),
            CommandError::BadOrder => {
                let set = self.command("auth", "order set <profile> <profile>");
                let clear = self.command("auth", "order clear");
                let look = self.command("auth", "order");
                say!(
                    self,
                    "An order is looked at, set or cleared: {look}\n{set}\n{clear}",
                    "顺序可以查看、设置或清除：{look}\n{set}\n{clear}"
                )
            }
            CommandError::NotPermanently => {
                let retire = self.command("auth", "retire <profile>");
                let delete = self.command("auth", "delete <profile> permanently");
                say!(
                    self,
                    "Nothing was deleted. To keep the sign-in and never select it: {retire}\nTo delete it for good, say so: {delete}",
                    "未删除任何内容。如只需停用并保留登录：{retire}\n如需永久删除，请明确说明：{delete}"
                )
            }
            CommandError::MissingCode => say!(
                self,
                "The code of the plan is missing. It stands below the plan.",
                "缺少确认码，请见计划末尾。"
            ),
            CommandError::MissingCallback => say!(
                self,
                "The address that the browser ended at is missing. It begins with http://localhost:1455/auth/callback.",
                "缺少浏览器最后到达的地址，它以 http://localhost:1455/auth/callback 开头。"
            ),
        }
    }
}

/// One profile, two profiles.
pub(super) fn profiles(count: usize) -> &'static str {
    if count == 1 { "profile" } else { "profiles" }
}

/// How many names a sentence lists.
const MOST_NAMES: usize = 12;

/// A word as it is typed where it may hold spaces.
pub fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

/// `3h`, `24h`, `2d`, `90m`
pub fn length_label(seconds: i64) -> String {
    let (count, unit) = length_units(seconds);
    format!("{count}{unit}")
}

fn length_label_zh(seconds: i64) -> String {
    let (count, unit) = length_units(seconds);
    let unit = match unit {
        "d" => "天",
        "h" => "小时",
        "m" => "分钟",
        _ => "秒",
    };
    format!("{count} {unit}")
}

fn length_units(seconds: i64) -> (i64, &'static str) {
    match seconds {
        s if s % 86_400 == 0 && s >= 172_800 => (s / 86_400, "d"),
        s if s % 3600 == 0 => (s / 3600, "h"),
        s if s >= 172_800 => ((s + 43_200) / 86_400, "d"),
        s if s >= 60 => ((s + 30) / 60, "m"),
        s => (s, "s"),
    }
}

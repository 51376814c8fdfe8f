//! A check that failed: the failure, the state of the token, and the remedy.

use super::words::say;
use super::{ReplyContext, commands};
use crate::profile::{Access, Profile};
use crate::report::Row;
use crate::time::{Instant, Span};
use crate::usage::{Rejection, UsageError};

/// The failure, the state of the token, and the remedy.
pub(super) fn failed(context: &ReplyContext, row: &Row<'_>, error: &UsageError) -> Vec<String> {
    let failure = describe(context, error, row.tries.status);
    let health = token_health(context, row.profile);
    let mut said = match (error, health) {
        // The token is the failure.
        (UsageError::MissingAccessToken(Access::Expired), Some(health)) => {
            vec![health, failure]
        }
        (_, health) => std::iter::once(failure).chain(health).collect(),
    };
    said.push(hint(context, error, row));
    said
}

/// `sign-in not accepted (401, revoked)`
pub(super) fn describe(context: &ReplyContext, error: &UsageError, status: Option<u16>) -> String {
    let code = status.map_or(String::new(), |status| status.to_string());
    let status = |said: String| match code.as_str() {
        "" => said,
        code => say!(context, "{said} ({code})", "{said}，HTTP {code}"),
    };
    match error {
        UsageError::AuthNotAccepted(rejection) => {
            let reason = match rejection {
                Rejection::Expired => say!(context, "expired", "已过期"),
                Rejection::Revoked => say!(context, "revoked", "已吊销"),
                Rejection::Unknown => say!(context, "no reason given", "未说明原因"),
            };
            say!(
                context,
                "sign-in not accepted (401, {reason})",
                "登录未被接受（401，{reason}）"
            )
        }
        UsageError::AccountDeactivated => {
            status(say!(context, "workspace deactivated", "工作区已停用"))
        }
        UsageError::BillingRequired => status(say!(context, "billing required", "需要处理账单")),
        UsageError::Forbidden => status(say!(
            context,
            "refused by the usage endpoint",
            "被用量端点拒绝"
        )),
        UsageError::UpstreamChallenge => status(say!(
            context,
            "stopped by an upstream check before the sign-in was looked at",
            "登录校验前被上游防护拦截"
        )),
        UsageError::EndpointMissing => {
            status(say!(context, "usage endpoint not found", "找不到用量端点"))
        }
        UsageError::RateLimited(_) => status(say!(context, "too many requests", "请求过于频繁")),
        UsageError::QuotaExhausted(_) => {
            status(say!(context, "usage limit reached", "已达到用量上限"))
        }
        UsageError::UnexpectedRedirect => status(say!(
            context,
            "redirected, not followed",
            "被重定向，未跟随"
        )),
        UsageError::ServerError(_) => status(say!(context, "server error", "服务器错误")),
        UsageError::BadContent => {
            say!(context, "the answer could not be read", "无法读取响应内容")
        }
        UsageError::Timeout => say!(context, "no answer in time", "未在时限内收到响应"),
        UsageError::RequestFailed if code.is_empty() => {
            say!(
                context,
                "chatgpt.com could not be reached",
                "无法连接 chatgpt.com"
            )
        }
        UsageError::RequestFailed => {
            status(say!(context, "an unexpected answer", "意料之外的响应"))
        }
        UsageError::NotChecked => say!(
            context,
            "not checked: no time or room was left",
            "未检查：时间或容量不足"
        ),
        UsageError::MissingAccessToken(Access::Fenced) => say!(
            context,
            "sign-in fenced by the gateway after a failed refresh",
            "刷新失败后，网关已封锁此登录"
        ),
        UsageError::MissingAccessToken(Access::Expired) => {
            say!(context, "nothing was sent", "未发送请求")
        }
        UsageError::MissingAccessToken(Access::Missing | Access::Ready) => say!(
            context,
            "no usable token stored, nothing was sent",
            "没有可用的令牌，未发送请求"
        ),
    }
}

/// `token expires in 4d`
pub(super) fn token_health(context: &ReplyContext, profile: &Profile) -> Option<String> {
    if profile.access == Access::Fenced {
        return None;
    }
    let at = profile.expires_at?;
    Some(if at > context.now {
        let left = context.left_until(at);
        say!(context, "token expires in {left}", "令牌 {left}后过期")
    } else {
        let ago = context.span(Span::of_seconds(context.now - at));
        say!(context, "token expired {ago} ago", "令牌已过期 {ago}")
    })
}

/// The remedy for a failure.
pub(super) fn hint(context: &ReplyContext, error: &UsageError, row: &Row<'_>) -> String {
    match error {
        UsageError::AuthNotAccepted(rejection) => renewal(context, row.profile, *rejection),
        UsageError::MissingAccessToken(Access::Expired) => {
            renewal(context, row.profile, Rejection::Expired)
        }
        UsageError::MissingAccessToken(Access::Fenced | Access::Missing | Access::Ready) => {
            sign_in_again(context, row.profile)
        }
        UsageError::AccountDeactivated => say!(
            context,
            "ask the workspace's owner, or take this profile out of the order",
            "请联系工作区所有者，或将此 profile 移出顺序"
        ),
        UsageError::BillingRequired => say!(
            context,
            "settle the plan's billing at chatgpt.com",
            "请在 chatgpt.com 处理套餐账单"
        ),
        UsageError::Forbidden => say!(
            context,
            "the sign-in may still work for models; check again later",
            "该登录可能仍可调用模型；请稍后再查"
        ),
        UsageError::UpstreamChallenge => say!(
            context,
            "says nothing about the sign-in; try again in a few minutes",
            "与登录状态无关；请几分钟后再试"
        ),
        UsageError::EndpointMissing => say!(
            context,
            "the endpoint may have moved: look for a newer codex-profiler",
            "端点可能已变更：请查看 codex-profiler 是否有新版本"
        ),
        UsageError::QuotaExhausted(resets_at) => reset(context, *resets_at),
        UsageError::RateLimited(after) | UsageError::ServerError(after) => wait(context, *after),
        UsageError::UnexpectedRedirect => say!(
            context,
            "the sign-in was not sent on; try again later",
            "未向其他地址发送登录信息；请稍后再试"
        ),
        UsageError::BadContent => say!(
            context,
            "no part of it is shown; try again later",
            "其中数据均不显示；请稍后再试"
        ),
        // In chat nobody waits any longer.
        UsageError::Timeout if context.screen.is_none() => {
            say!(context, "try again in a few minutes", "请几分钟后再试")
        }
        UsageError::Timeout => say!(
            context,
            "try again, or allow more time with --timeout-sec",
            "请重试，或用 --timeout-sec 延长时限"
        ),
        UsageError::RequestFailed if row.tries.status.is_some() => {
            say!(context, "try again later", "请稍后再试")
        }
        UsageError::RequestFailed => say!(
            context,
            "check the network and the proxy settings",
            "请检查网络与代理设置"
        ),
        UsageError::NotChecked => say!(context, "check it alone by its name", "请按名称单独检查"),
    }
}

/// The remedy for a token that is not accepted.
fn renewal(context: &ReplyContext, profile: &Profile, rejection: Rejection) -> String {
    let has_expired = match rejection {
        Rejection::Expired => true,
        Rejection::Revoked => false,
        Rejection::Unknown => profile.expires_at.is_some_and(|at| at <= context.now),
    };
    if has_expired && profile.has_refresh {
        return say!(
            context,
            "the gateway refreshes it on next use",
            "网关会在下次使用时刷新"
        );
    }
    let login = sign_in_again(context, profile);
    match rejection {
        Rejection::Expired | Rejection::Revoked => login,
        Rejection::Unknown => say!(
            context,
            "if the gateway's next use fails too, {login}",
            "如果网关下次使用仍失败，{login}"
        ),
    }
}

fn reset(context: &ReplyContext, at: Option<Instant>) -> String {
    match at {
        Some(at) if at > context.now => context.resets(at),
        Some(_) => say!(
            context,
            "reset is due, check again",
            "已到重置时间，请再查一次"
        ),
        None => say!(context, "reset not reported", "重置时间未报告"),
    }
}

fn wait(context: &ReplyContext, seconds: Option<i64>) -> String {
    match seconds {
        Some(seconds) if seconds > 0 => {
            let wait = context.span(Span::of_seconds(seconds));
            say!(context, "try again in {wait}", "请 {wait}后再试")
        }
        Some(_) | None => say!(context, "try again in a few minutes", "请几分钟后再试"),
    }
}

fn sign_in_again(context: &ReplyContext, profile: &Profile) -> String {
    let command = commands::login_command(context, profile);
    say!(context, "sign in again: {command}", "请重新登录：{command}")
}

//! A check that failed: the failure, the state of the token, and the remedy.

use super::ReplyContext;
use super::commands::typed_name;
use crate::profile::{Access, Profile};
use crate::report::Row;
use crate::time::Instant;
use crate::usage::Rejection;
use crate::usage::UsageError::{self, *};

/// The state that a failed check leaves its profile in: `not checked (Cloudflare, 403)`,
/// `signed out`.
pub(super) fn state(context: &ReplyContext, row: &Row<'_>, error: &UsageError) -> String {
    let status = row.tries.status;
    let is_refused_check = matches!(
        error,
        UpstreamChallenge | EndpointMissing | RateLimited(_) | UnexpectedRedirect | ServerError(_)
    );
    match (error, status) {
        (Timeout, _) if row.tries.elapsed_ms >= 1000 => {
            let seconds = row.tries.elapsed_ms / 1000;
            say!(context, "no answer in {seconds} s", "{seconds} 秒内没有响应")
        }
        (_, Some(status)) if is_refused_check && context.screen.is_none() => {
            let cause = cause(context, error, row.tries.status);
            say!(context, "not checked ({cause}, {status})", "没查成（{cause} {status}）")
        }
        _ if is_refused_check => {
            let said = describe(context, error, status);
            say!(context, "not checked: {said}", "没查成：{said}")
        }
        // In a chat the command that helps needs the room.
        (AuthNotAccepted(_), _) if context.screen.is_none() => cause(context, error, status),
        _ => describe(context, error, status),
    }
}

/// `too many requests (429)`
pub(super) fn describe(context: &ReplyContext, error: &UsageError, status: Option<u16>) -> String {
    let cause = cause(context, error, status);
    let status = match error {
        AuthNotAccepted(_) => Some(401),
        BadContent | Timeout | NotChecked | MissingAccessToken(_) => None,
        _ => status,
    };
    match status {
        Some(status) => say!(context, "{cause} ({status})", "{cause}（{status}）"),
        None => cause,
    }
}

/// `too many requests`
fn cause(context: &ReplyContext, error: &UsageError, status: Option<u16>) -> String {
    let (en, zh) = match error {
        AuthNotAccepted(Rejection::Revoked) => ("signed out", "需重新登录"),
        AuthNotAccepted(Rejection::Expired) => ("token expired", "令牌已过期"),
        AuthNotAccepted(Rejection::Unknown) => ("token not accepted", "令牌未被接受"),
        AccountDeactivated => ("workspace deactivated", "工作区已停用"),
        BillingRequired => ("billing required", "需要处理账单"),
        Forbidden => ("usage check refused", "用量检查被拒绝"),
        UpstreamChallenge => ("Cloudflare", "Cloudflare"),
        EndpointMissing => ("usage endpoint not found", "找不到用量端点"),
        RateLimited(_) => ("too many requests", "请求过于频繁"),
        QuotaExhausted(_) => ("usage limit reached", "额度已用完"),
        UnexpectedRedirect => ("redirected, not followed", "被重定向，未跟随"),
        ServerError(_) => ("server error", "服务器错误"),
        BadContent => ("unreadable answer", "响应内容无法读取"),
        Timeout => ("no answer in time", "没有及时收到响应"),
        RequestFailed if status.is_some() => ("unexpected answer", "意料之外的响应"),
        RequestFailed => ("no connection to chatgpt.com", "连不上 chatgpt.com"),
        NotChecked => ("not checked: this run's limit was reached", "没查成：超出一次检查的上限"),
        MissingAccessToken(Access::Fenced) => {
            ("sign-in disabled by the gateway", "网关已停用此登录")
        }
        MissingAccessToken(Access::Expired) => ("token expired", "令牌已过期"),
        MissingAccessToken(Access::Missing | Access::Ready) => ("no token stored", "没有令牌"),
    };
    context.say(en, zh)
}

/// `token expires in 4d`
pub(super) fn token_health(context: &ReplyContext, profile: &Profile) -> Option<String> {
    let at = profile.expires_at.filter(|_| profile.access != Access::Fenced)?;
    Some(if at > context.now {
        let left = context.left_until(at);
        say!(context, "token expires in {left}", "令牌 {left}后过期")
    } else {
        let ago = context.ago(at);
        say!(context, "token expired {ago} ago", "令牌已过期 {ago}")
    })
}

/// The remedy for a failure.
pub(super) fn hint(context: &ReplyContext, error: &UsageError, row: &Row<'_>) -> String {
    let (en, zh) = match error {
        AuthNotAccepted(rejection) => return renewal(context, row.profile, *rejection),
        MissingAccessToken(Access::Expired) => {
            return renewal(context, row.profile, Rejection::Expired);
        }
        MissingAccessToken(Access::Fenced | Access::Missing | Access::Ready) => {
            return sign_in_again(context, row.profile);
        }
        QuotaExhausted(resets_at) => return reset(context, *resets_at),
        RateLimited(after) | ServerError(after) => return wait(context, *after),
        UpstreamChallenge => return wait(context, None),
        // In chat nobody waits any longer.
        Timeout if context.screen.is_none() => return wait(context, None),
        NotChecked => {
            let check = context.command("usage", &typed_name(row.profile));
            return context.named("check it by itself", "请单独检查", &check);
        }
        AccountDeactivated => {
            ("ask its owner, or take it out of the order", "请联系其所有者，或移出顺序")
        }
        BillingRequired => ("settle the bill at chatgpt.com", "请在 chatgpt.com 处理账单"),
        Forbidden => ("models may still work; check again later", "也许仍可调用模型；请稍后再查"),
        EndpointMissing => {
            ("look for a newer codex-profiler", "请查看是否有新版本的 codex-profiler")
        }
        UnexpectedRedirect => (
            "the token was not sent anywhere else; try again later",
            "令牌没有发往别处；请稍后再试",
        ),
        BadContent => ("the answer was discarded; try again later", "响应已丢弃；请稍后再试"),
        Timeout => (
            "try again, or allow more time with --timeout-sec",
            "请重试，或用 --timeout-sec 延长时限",
        ),
        RequestFailed if row.tries.status.is_some() => ("try again later", "请稍后再试"),
        RequestFailed => ("check the network and the proxy settings", "请检查网络与代理设置"),
    };
    context.say(en, zh)
}

/// The remedy for a token that is not accepted.
fn renewal(context: &ReplyContext, profile: &Profile, rejection: Rejection) -> String {
    let has_expired = match rejection {
        Rejection::Expired => true,
        Rejection::Revoked => false,
        Rejection::Unknown => profile.expires_at.is_some_and(|at| at <= context.now),
    };
    if has_expired && profile.has_refresh {
        return context
            .say("the gateway refreshes it when it next uses it", "网关下次使用时会刷新");
    }
    let login = sign_in_again(context, profile);
    if rejection != Rejection::Unknown {
        return login;
    }
    say!(context, "if the gateway fails too, {login}", "如果网关也失败，{login}")
}

fn reset(context: &ReplyContext, at: Option<Instant>) -> String {
    match at {
        Some(at) if at > context.now => context.back(at),
        Some(_) => context.say("reset is due, check again", "已到重置时间，请再查一次"),
        None => context.say("reset not reported", "重置时间未报告"),
    }
}

fn wait(context: &ReplyContext, seconds: Option<i64>) -> String {
    match seconds.filter(|seconds| *seconds > 0).map(|seconds| context.span(seconds)) {
        Some(wait) => say!(context, "try again in {wait}", "请 {wait}后再试"),
        None => context.say("try again in a few minutes", "过几分钟再试"),
    }
}

fn sign_in_again(context: &ReplyContext, profile: &Profile) -> String {
    context.named("sign in again", "请重新登录", &sign_in(context, profile))
}

/// `/codex_auth start backup`
pub(super) fn sign_in(context: &ReplyContext, profile: &Profile) -> String {
    context.command("auth", &format!("start {}", typed_name(profile)))
}

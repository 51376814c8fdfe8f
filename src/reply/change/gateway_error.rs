//! Failures of gateway commands and of their answers, with a remedy for each.

use crate::gateway::{GatewayError, Mismatch};
use crate::profile::SignIns;
use crate::reply::ReplyContext;
use crate::reply::words::say;

/// The failure of a gateway command, and the remedy.
pub(in crate::reply) fn gateway_error(context: &ReplyContext, error: GatewayError) -> String {
    let itself = gateway_error_itself(context, error);
    let remedy = match error {
        GatewayError::NotFound => say!(
            context,
            "Put it on the PATH of whoever runs this.",
            "请将其加入运行者的 PATH。"
        ),
        GatewayError::Failed | GatewayError::TimedOut | GatewayError::NotUnderstood => say!(
            context,
            "See `openclaw --version` and `openclaw gateway status`, then ask again.",
            "请查看 `openclaw --version` 与 `openclaw gateway status`，然后重试。"
        ),
        GatewayError::Locked => say!(context, "Wait a moment and ask again.", "请稍后再试。"),
        GatewayError::Unmigrated | GatewayError::Unreadable => {
            say!(
                context,
                "Run: openclaw doctor --fix",
                "请运行：openclaw doctor --fix"
            )
        }
        GatewayError::BadConfig => say!(
            context,
            "Run: openclaw config validate, then openclaw doctor --fix",
            "请依次运行：openclaw config validate、openclaw doctor --fix"
        ),
        GatewayError::OtherHome | GatewayError::NoProvider => say!(
            context,
            "Set HOME, OPENCLAW_STATE_DIR and OPENCLAW_CONFIG_PATH as the gateway has them; where the sign-ins are of an older version, openclaw doctor --fix",
            "请将 HOME、OPENCLAW_STATE_DIR 和 OPENCLAW_CONFIG_PATH 设为与网关一致；若登录信息来自旧版本，请运行 openclaw doctor --fix"
        ),
        GatewayError::UnknownAgent | GatewayError::OtherAgent => {
            say!(
                context,
                "See: openclaw agents list",
                "请查看：openclaw agents list"
            )
        }
        GatewayError::UnknownProfile => {
            let order = context.command("auth", "order");
            say!(context, "See: {order}", "请查看：{order}")
        }
        GatewayError::NoSuchCommand => {
            say!(
                context,
                "See: openclaw --version",
                "请查看：openclaw --version"
            )
        }
        GatewayError::Exit(_) => say!(context, "See: openclaw doctor", "请查看：openclaw doctor"),
        GatewayError::NeedsTerminal | GatewayError::Denied => return itself,
    };
    say!(context, "{itself} {remedy}", "{itself}{remedy}")
}

/// The failure of a gateway command.
pub(super) fn gateway_error_itself(context: &ReplyContext, error: GatewayError) -> String {
    match error {
        GatewayError::NotFound => say!(
            context,
            "There is no `openclaw` command.",
            "没有 `openclaw` 命令。"
        ),
        GatewayError::Failed => say!(
            context,
            "The gateway command could not be started, or was ended.",
            "网关命令无法启动，或被终止。"
        ),
        GatewayError::TimedOut => say!(
            context,
            "The gateway command was not done in its time.",
            "网关命令未在限定时间内完成。"
        ),
        GatewayError::Denied => say!(context, "The host's policy refused it.", "被宿主策略拒绝。"),
        GatewayError::Locked => say!(
            context,
            "Another program holds the sign-ins locked.",
            "登录存储被其他程序锁定。"
        ),
        GatewayError::Unmigrated => say!(
            context,
            "The sign-ins wait for the gateway's migration.",
            "登录信息尚待网关迁移。"
        ),
        GatewayError::Unreadable => say!(
            context,
            "The gateway cannot read its store of sign-ins.",
            "网关无法读取登录存储。"
        ),
        GatewayError::BadConfig => say!(
            context,
            "The gateway's configuration is not valid.",
            "网关配置无效。"
        ),
        GatewayError::OtherHome => say!(
            context,
            "The running gateway keeps its state in another folder than this command.",
            "正在运行的网关与此命令使用的状态目录不同。"
        ),
        GatewayError::UnknownAgent => {
            say!(
                context,
                "The gateway has no such agent.",
                "网关没有这个 agent。"
            )
        }
        GatewayError::UnknownProfile => say!(
            context,
            "The gateway does not know one of these profiles.",
            "网关不认识其中一个 profile。"
        ),
        GatewayError::NoSuchCommand => say!(
            context,
            "This version of OpenClaw has no such command.",
            "当前 OpenClaw 版本没有这个命令。"
        ),
        GatewayError::NeedsTerminal => say!(
            context,
            "The gateway command wants a terminal.",
            "该网关命令需要在终端中运行。"
        ),
        GatewayError::Exit(code) => say!(
            context,
            "The gateway command failed with exit code {code}.",
            "网关命令失败，退出码 {code}。"
        ),
        GatewayError::NotUnderstood => say!(
            context,
            "The gateway command answered in a way that is not understood.",
            "无法解析网关命令的输出。"
        ),
        GatewayError::OtherAgent => say!(
            context,
            "The gateway command answered for another agent.",
            "网关命令返回了其他 agent 的信息。"
        ),
        GatewayError::NoProvider => say!(
            context,
            "The gateway tells of no profile of this provider.",
            "网关没有报告该 provider 的任何 profile。"
        ),
    }
}

/// A preflight that found trouble.
pub fn preflight_failed(context: &ReplyContext, error: GatewayError) -> String {
    let error = gateway_error(context, error);
    say!(
        context,
        "Preflight stopped, nothing was changed. {error}",
        "预检中止，未作任何更改。{error}"
    )
}

/// A preflight that failed before a change that its user had confirmed.
pub fn code_is_still_good(context: &ReplyContext, why: &str) -> String {
    say!(
        context,
        "{why}\nThe code was not used up: it can be tried again within its two minutes.",
        "{why}\n确认码尚未使用：两分钟有效期内可以重试。"
    )
}

/// A preflight that found the gateway and the store at odds.
pub fn mismatch_with_gateway(
    context: &ReplyContext,
    sign_ins: &SignIns,
    mismatch: Mismatch,
) -> String {
    let source = &sign_ins.source;
    match mismatch {
        Mismatch::Profiles => say!(
            context,
            "Preflight stopped, nothing was changed. `models status` tells of other profiles than {source}: the command looks at another home or agent, or somebody has just changed something. Set HOME and OPENCLAW_STATE_DIR as the gateway has them, and ask again.",
            "预检中止，未作任何更改。`models status` 报告的 profile 与 {source} 不同：命令使用了其他目录或 agent，或刚被更改。请将 HOME 和 OPENCLAW_STATE_DIR 设为与网关一致后重试。"
        ),
        Mismatch::Order => say!(
            context,
            "Preflight stopped, nothing was changed. `auth order get` reads another order than {source}: somebody has just changed it, or the command looks at another home. Ask again.",
            "预检中止，未作任何更改。`auth order get` 读到的顺序与 {source} 不同：刚被更改，或命令使用了其他目录。请重试。"
        ),
    }
}

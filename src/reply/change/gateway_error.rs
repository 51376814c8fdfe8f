//! Failures of gateway commands and of their answers, with a remedy for each.

use crate::gateway::{GatewayError, Mismatch};
use crate::reply::ReplyContext;

/// The failure of a gateway command, and the remedy.
pub(in crate::reply) fn gateway_error(context: &ReplyContext, error: GatewayError) -> String {
    use GatewayError::*;
    let itself = gateway_error_itself(context, error);
    let (en, zh) = match error {
        NotFound => (
            "Put it on the PATH of the user who runs codex-profiler.",
            "请把它加入运行 codex-profiler 的用户的 PATH。",
        ),
        Failed | TimedOut | NotUnderstood => (
            "Check `openclaw --version` and `openclaw gateway status`, then ask again.",
            "请检查 `openclaw --version` 和 `openclaw gateway status`，然后重试。",
        ),
        Locked => ("Wait a moment and ask again.", "请稍后再试。"),
        Unmigrated | StoreUnreadable => {
            ("Run: openclaw doctor --fix", "请运行：openclaw doctor --fix")
        }
        BadConfig => (
            "Run: openclaw config validate, then openclaw doctor --fix",
            "请依次运行：openclaw config validate、openclaw doctor --fix",
        ),
        OtherHome | NoProvider => (
            "Set HOME, OPENCLAW_STATE_DIR and OPENCLAW_CONFIG_PATH to the gateway's values. If the sign-ins come from an older version, run: openclaw doctor --fix",
            "请把 HOME、OPENCLAW_STATE_DIR 和 OPENCLAW_CONFIG_PATH 设成与网关一致。如果登录凭据来自旧版本，请运行：openclaw doctor --fix",
        ),
        UnknownAgent | OtherAgent => {
            ("List the agents: openclaw agents list", "列出 agent：openclaw agents list")
        }
        UnknownProfile => {
            let order = context.command("auth", "order");
            return say!(context, "{itself} Check: {order}", "{itself}请查看：{order}");
        }
        NoSuchCommand => {
            ("Check the version: openclaw --version", "请查看版本：openclaw --version")
        }
        Exit(_) => ("Run: openclaw doctor", "请运行：openclaw doctor"),
        NeedsTerminal | Denied => return itself,
    };
    say!(context, "{itself} {en}", "{itself}{zh}")
}

/// The failure of a gateway command.
pub(super) fn gateway_error_itself(context: &ReplyContext, error: GatewayError) -> String {
    use GatewayError::*;
    let (en, zh) = match error {
        NotFound => ("The `openclaw` command was not found.", "找不到 `openclaw` 命令。"),
        Failed => (
            "The gateway command could not start, or was stopped.",
            "网关命令无法启动，或被中途停止。",
        ),
        TimedOut => ("The gateway command timed out.", "网关命令超时。"),
        Denied => {
            ("Refused by codex-profiler's own safety rules.", "被 codex-profiler 的安全规则拒绝。")
        }
        Locked => ("Another program has locked the sign-ins.", "登录凭据被其他程序锁定。"),
        Unmigrated => ("The sign-ins have not been migrated yet.", "登录凭据还没有迁移。"),
        StoreUnreadable => {
            ("The gateway cannot read its sign-in store.", "网关无法读取它的登录凭据。")
        }
        BadConfig => ("The gateway's configuration is invalid.", "网关配置无效。"),
        OtherHome => (
            "The running gateway uses a different state folder from this command.",
            "正在运行的网关与此命令使用的状态目录不同。",
        ),
        UnknownAgent => ("The gateway has no agent with that name.", "网关没有这个 agent。"),
        UnknownProfile => {
            ("The gateway does not know one of these profiles.", "网关不认识其中一个 profile。")
        }
        NoSuchCommand => (
            "This OpenClaw version does not have that command.",
            "此版本的 OpenClaw 没有这个命令。",
        ),
        NeedsTerminal => {
            ("The gateway command needs a terminal.", "这个网关命令需要在终端中运行。")
        }
        Exit(code) => {
            return say!(
                context,
                "The gateway command failed with exit code {code}.",
                "网关命令失败，退出码 {code}。"
            );
        }
        NotUnderstood => {
            ("The gateway command returned something unreadable.", "网关命令的输出无法识别。")
        }
        OtherAgent => (
            "The gateway command answered for a different agent.",
            "网关命令返回的是另一个 agent 的信息。",
        ),
        NoProvider => (
            "The gateway lists no profile of this provider.",
            "网关没有列出这个 provider 的任何 profile。",
        ),
    };
    context.say(en, zh)
}

/// A preflight that failed.
pub fn preflight_failed(context: &ReplyContext, error: GatewayError) -> String {
    let error = gateway_error(context, error);
    say!(
        context,
        "Nothing was changed: the read-only check failed. {error}",
        "没有任何更改：只读检查没有通过。{error}"
    )
}

/// A preflight that failed before a change that its user had confirmed.
pub fn code_is_still_good(context: &ReplyContext, why: &str) -> String {
    say!(
        context,
        "{why}\nYour code is still valid: you can confirm again within its 2 minutes.",
        "{why}\n确认码仍然有效：两分钟内可以再次确认。"
    )
}

/// A preflight that found the gateway and the store at odds: a word, and the sentence.
pub fn mismatch_with_gateway(
    context: &ReplyContext,
    source: &str,
    mismatch: Mismatch,
) -> (&'static str, String) {
    match mismatch {
        Mismatch::Profiles => (
            "gateway_other_profiles",
            say!(
                context,
                "Nothing was changed: `models status` and {source} list different profiles. The command uses a different state folder or agent, or someone has just changed something. Set HOME and OPENCLAW_STATE_DIR to the gateway's values, and ask again.",
                "没有任何更改：`models status` 列出的 profile 与 {source} 不一致。可能是命令使用了别的状态目录或 agent，或刚刚有人改过。请把 HOME 和 OPENCLAW_STATE_DIR 设成与网关一致，再试一次。"
            ),
        ),
        Mismatch::Order => (
            "gateway_other_order",
            say!(
                context,
                "Nothing was changed: `auth order get` and {source} show different orders. Someone has just changed the order, or the command uses a different state folder. Ask again.",
                "没有任何更改：`auth order get` 读到的顺序与 {source} 不一致。可能刚刚有人改过，或命令使用了别的状态目录。请再试一次。"
            ),
        ),
    }
}

//! Requests that are not carried out, with the reason and a way on.

use super::documents::{Failure, Refused};
use super::words::say;
use super::{Message, ReplyContext};
use crate::command::CommandError;
use crate::profile::{StoreError, StoreFailure};

/// A request that could not be carried out: why, where the host looked, and the names
/// that there are.
pub fn refused(
    context: &ReplyContext,
    code: &str,
    text: String,
    source: Option<&str>,
    names: &[String],
) -> Message {
    let document = context.document(|| Refused {
        ok: false,
        source,
        error: Failure {
            code,
            message: &text,
        },
        profiles: names,
    });
    Message::new(text, document)
}

/// The mistake in a command, and the right form.
pub fn misuse(context: &ReplyContext, error: CommandError) -> String {
    match error {
        CommandError::UnknownOption => say!(
            context,
            "There is no such option. Options: --profile, --format, --timeout-sec, --retries, --debug.",
            "没有这个选项。可用选项：--profile、--format、--timeout-sec、--retries、--debug。"
        ),
        CommandError::BadFormat => say!(
            context,
            "--format takes line, block, text or json.",
            "--format 可取 line、block、text 或 json。"
        ),
        CommandError::BadTimeout => say!(
            context,
            "--timeout-sec takes whole seconds from 1 to 60.",
            "--timeout-sec 可取 1 到 60 的整数秒。"
        ),
        CommandError::BadRetries => {
            say!(
                context,
                "--retries takes 0 or 1.",
                "--retries 可取 0 或 1。"
            )
        }
        CommandError::MissingProfile => say!(
            context,
            "--profile takes a name: default, all, a label or a full id.",
            "--profile 需要名称：default、all、标签或完整标识。"
        ),
        CommandError::SeveralProfiles => say!(
            context,
            "Name one profile, or all.",
            "请只指定一个 profile，或使用 all。"
        ),
        CommandError::BadRotation => {
            let (short, deep) = (
                context.command("usage", "rotation"),
                context.command("usage", "rotation deep"),
            );
            say!(
                context,
                "The rotation guide: {short}\nFor set-up and trouble: {deep}",
                "轮换指南：{short}\n配置与排障：{deep}"
            )
        }
        CommandError::UnknownButton => list_changed(context),
        CommandError::NameOneProfile(typed) => {
            let command = context.command("auth", typed);
            say!(
                context,
                "Name the profile: {command}",
                "请写出 profile 名称：{command}"
            )
        }
        CommandError::UnknownChangeOption => say!(
            context,
            "There is no such option here. Options: --dry-run, --format text or json.",
            "这里没有这个选项。可用选项：--dry-run、--format text 或 json。"
        ),
        CommandError::BadOrder => {
            let set = context.command("auth", "order set <profile> <profile>");
            let clear = context.command("auth", "order clear");
            let look = context.command("auth", "order");
            say!(
                context,
                "An order is looked at, set or cleared: {look}\n{set}\n{clear}",
                "顺序可以查看、设置或清除：{look}\n{set}\n{clear}"
            )
        }
        CommandError::NotPermanently => {
            let retire = context.command("auth", "retire <profile>");
            let delete = context.command("auth", "delete <profile> permanently");
            say!(
                context,
                "Nothing was deleted. To keep the sign-in and never select it: {retire}\nTo delete it for good, say so: {delete}",
                "未删除任何内容。如只需停用并保留登录：{retire}\n如需永久删除，请明确说明：{delete}"
            )
        }
        CommandError::MissingCode => say!(
            context,
            "The code of the plan is missing. It stands below the plan.",
            "缺少确认码，请见计划末尾。"
        ),
        CommandError::MissingCallback => say!(
            context,
            "The address that the browser ended at is missing. It begins with http://localhost:1455/auth/callback.",
            "缺少浏览器最后到达的地址，它以 http://localhost:1455/auth/callback 开头。"
        ),
    }
}

/// No profile has the name that was typed.
pub fn unknown_profile(context: &ReplyContext, names: &[String]) -> String {
    let list = context.shortened(names);
    say!(
        context,
        "There is no such profile. Profiles here: {list}.",
        "没有这个 profile。现有：{list}。"
    )
}

/// More than one profile has the label that was typed: those.
pub fn ambiguous_profile(context: &ReplyContext, names: &[String]) -> String {
    let list = context.shortened(names);
    say!(
        context,
        "More than one profile has this label; use the full id: {list}.",
        "有多个 profile 使用此标签，请使用完整标识：{list}。"
    )
}

/// A button of a list that has changed since.
pub fn list_changed(context: &ReplyContext) -> String {
    say!(
        context,
        "The list of profiles has changed. Ask for it again.",
        "profile 列表已变化，请重新查询列表。"
    )
}

/// The same request is being answered.
pub fn still_running(context: &ReplyContext) -> String {
    say!(
        context,
        "This is already running: the answer is on its way.",
        "该请求正在执行，结果马上就到。"
    )
}

/// The same request was answered a moment ago.
pub fn just_answered(context: &ReplyContext) -> String {
    say!(
        context,
        "This was just answered, see above. Ask again in a few seconds.",
        "刚刚已回答，请看上文。请过几秒再试。"
    )
}

/// A store without sign-ins that can be read.
pub fn store_failure(context: &ReplyContext, error: &StoreError) -> String {
    let source = &error.source;
    let start = context.command("auth", "start");
    match error.failure {
        StoreFailure::Missing => say!(
            context,
            "No sign-ins were found at {source}. How to sign in: {start}. Or name the agent or the file.",
            "在 {source} 没有找到登录信息。如何登录：{start}。也可以指定 agent 或文件。"
        ),
        StoreFailure::Empty => say!(
            context,
            "{source} holds no ChatGPT/Codex sign-in. How to sign in: {start}",
            "{source} 中没有 ChatGPT/Codex 登录。如何登录：{start}"
        ),
        StoreFailure::Unreadable => say!(
            context,
            "{source} cannot be read: it is not a file, or this user may not open it.",
            "无法读取 {source}：它不是文件，或当前用户没有权限。"
        ),
        StoreFailure::Malformed => say!(
            context,
            "{source} is not a store of sign-ins that can be read. Run `openclaw doctor --fix`; nothing was changed.",
            "{source} 不是可读取的登录存储。请运行 `openclaw doctor --fix`；未作任何更改。"
        ),
        StoreFailure::Unmigrated => say!(
            context,
            "{source} was never migrated to this gateway's store. Run `openclaw doctor --fix`.",
            "{source} 尚未迁移到当前网关的存储。请运行 `openclaw doctor --fix`。"
        ),
        StoreFailure::Locked => say!(
            context,
            "{source} is locked by another program. Try again in a moment.",
            "{source} 被其他程序锁定。请稍后再试。"
        ),
        StoreFailure::TooLarge => say!(
            context,
            "{source} is larger than any store of sign-ins; it was not read.",
            "{source} 超过登录存储应有的大小，未读取。"
        ),
        StoreFailure::BadAgent => say!(
            context,
            "That cannot be the name of an agent: letters, digits, dots, dashes and underscores, at most 64.",
            "agent 名称无效：仅限字母、数字、点、横线和下划线，最多 64 个字符。"
        ),
        StoreFailure::Denied => say!(
            context,
            "{source} held something that the policy does not let in.",
            "{source} 含有策略不允许读入的内容。"
        ),
    }
}

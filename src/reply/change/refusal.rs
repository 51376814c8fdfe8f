//! Changes that are not made, with the reason and the command to type instead.

use crate::order::{End, OrderRequest, PlanError};
use crate::profile::{ProfileId, SignIns};
use crate::reply::words::say;
use crate::reply::{ReplyContext, commands};

/// The reason why there is no plan, as a code and in words. `is_usable` is the rule that
/// the plan went by.
pub fn plan_error(
    context: &ReplyContext,
    sign_ins: &SignIns,
    request: &OrderRequest<ProfileId>,
    plan_error: &PlanError,
    is_usable: &dyn Fn(&ProfileId) -> bool,
) -> (&'static str, String) {
    let provider = &sign_ins.provider;
    match plan_error {
        // Message by itself.
        PlanError::AlreadySo => ("already_so", String::new()),
        PlanError::NotStored(id) => {
            let name = sign_ins.name(id);
            let text = say!(
                context,
                "{name} is not stored any more. Nothing was changed.",
                "{name} 已不再存储。未作任何更改。"
            );
            ("not_stored", text)
        }
        PlanError::OtherProvider(id) => {
            let name = sign_ins.name(id);
            let text = say!(
                context,
                "{name} belongs to another provider than the order of {provider}. `openclaw doctor --fix` migrates sign-ins of an older version; nothing was changed.",
                "{name} 属于其他 provider，不能放入 {provider} 的顺序。可用 `openclaw doctor --fix` 迁移旧版本的登录信息；未作任何更改。"
            );
            ("other_provider", text)
        }
        PlanError::Repeated(id) => {
            let name = sign_ins.name(id);
            let text = say!(
                context,
                "{name} is named twice. Name each profile once, the first to be used first.",
                "{name} 出现了两次。请每个 profile 只写一次，先用的写在前面。"
            );
            ("repeated_profile", text)
        }
        PlanError::Unwritable(id) => ("unwritable_id", unwritable(context, sign_ins, request, id)),
        PlanError::NothingUsable => (
            "nothing_usable",
            nothing_usable(context, sign_ins, request, is_usable),
        ),
    }
}

fn unwritable(
    context: &ReplyContext,
    sign_ins: &SignIns,
    request: &OrderRequest<ProfileId>,
    id: &ProfileId,
) -> String {
    let name = sign_ins.name(id);
    let why = if id.as_str().starts_with('-') {
        say!(context, "begins with a dash", "以横线开头")
    } else if id.as_str().len() > 200 {
        say!(context, "has more than 200 bytes", "超过 200 字节")
    } else {
        say!(
            context,
            "holds a space or a control character",
            "含有空格或控制字符"
        )
    };
    let others = if request.profiles().contains(id) {
        String::new()
    } else {
        say!(
            context,
            " This writes down everybody who stays.",
            "此操作会写入所有保留的 profile。"
        )
    };
    let start = context.command("auth", "start <profile>");
    say!(
        context,
        "Nothing was changed.{others} The id of {name} {why}: it is not put on a command line from here. Sign in under a plain name instead ({start}), or use the gateway's own `openclaw models auth` with the id in quotes.",
        "未作任何更改。{others}{name} 的标识{why}，本工具不会将其放入命令行。请改用普通名称登录（{start}），或自行使用网关的 `openclaw models auth` 并为标识加引号。"
    )
}

fn nothing_usable(
    context: &ReplyContext,
    sign_ins: &SignIns,
    request: &OrderRequest<ProfileId>,
    is_usable: &dyn Fn(&ProfileId) -> bool,
) -> String {
    let named = request.profiles();
    let all = sign_ins.all_ids();
    let other = all.iter().find(|id| is_usable(id) && !named.contains(id));
    let first = match (other, request) {
        (Some(other), OrderRequest::Retire(_) | OrderRequest::Delete(_)) => {
            let restore = OrderRequest::Restore(other.clone(), Some(End::First));
            commands::request_command(context, sign_ins, &restore)
        }
        (Some(_) | None, OrderRequest::Set(_) | OrderRequest::Restore(..)) => {
            context.command("auth", "start <profile>")
        }
        (_, OrderRequest::Clear | OrderRequest::Retire(_) | OrderRequest::Delete(_)) => {
            context.command("auth", "start")
        }
    };
    say!(
        context,
        "That would leave the gateway no profile to use. Nothing was changed. First: {first}",
        "这样网关将没有可用的 profile。未作任何更改。请先：{first}"
    )
}

/// Somebody who is not the owner asked for a change.
pub fn owner_only(context: &ReplyContext) -> String {
    let look = context.command("auth", "status");
    say!(
        context,
        "Only the gateway's owner can change sign-ins and their order. Looking is free: {look}",
        "只有网关所有者可以更改登录和顺序。查看不受限制：{look}"
    )
}

/// A code that confirms nothing.
pub fn code_not_valid(context: &ReplyContext) -> String {
    if context.screen.is_some() {
        return say!(
            context,
            "Nothing was changed: the plan has lapsed, or the sign-ins have changed since. Ask again.",
            "未作任何更改：计划已过期，或登录信息已变化。请重新发起。"
        );
    }
    say!(
        context,
        "This confirms nothing: a code works once, for two minutes, typed or pressed by whoever asked for the plan, never by an agent's tool; a deletion also takes the profile's name behind it. Nothing was changed. Type it as the plan shows, or ask anew.",
        "确认无效：确认码两分钟内有效、仅限一次，须由计划发起人输入或点击，不能由工具代办；删除还需附上 profile 名称。未作任何更改。请按计划所示输入，或重新发起计划。"
    )
}

/// The host could not keep the plan, or nobody can hold the lock.
pub fn state_unwritable(context: &ReplyContext) -> String {
    say!(
        context,
        "Nothing was changed: the host cannot write to its own state folder, where plans wait for their confirmation.",
        "未作任何更改：宿主无法写入自己的状态目录，无法保存待确认的计划。"
    )
}

/// Another change of this agent is under way.
pub fn another_change(context: &ReplyContext) -> String {
    say!(
        context,
        "Another change of this agent is under way. Wait until it has answered, then ask again. Nothing was changed.",
        "该 agent 正在执行另一项变更。请等它完成后重试。未作任何更改。"
    )
}

/// The steps to delete a profile where the gateway has no command for it.
pub fn maintenance_window(
    context: &ReplyContext,
    sign_ins: &SignIns,
    id: &ProfileId,
    version: Option<&str>,
) -> String {
    let name = sign_ins.name(id);
    let openclaw = match version {
        Some(version) => format!("OpenClaw {version}"),
        None => say!(context, "This OpenClaw", "此 OpenClaw"),
    };
    let retire = commands::request_command(context, sign_ins, &OrderRequest::Retire(id.clone()));
    let delete = commands::request_command(context, sign_ins, &OrderRequest::Delete(id.clone()));
    let order = context.command("auth", "order");
    say!(
        context,
        "{openclaw} has no command that deletes a profile, and its files are not edited from here. Nothing was done.\nWhat keeps it from ever being used, and can be taken back: {retire}\nTo delete {name} for good takes a maintenance window:\n1. Owner: agree to the downtime. Operator: openclaw gateway stop, until openclaw gateway status shows that nothing runs.\n2. Operator: openclaw backup create, or copy the state folder. Keep it as a secret: it holds every token.\n3. Operator: update OpenClaw to 2026.8.1 or later, openclaw doctor --fix with the network up, openclaw gateway start.\n4. Owner: {delete}\n5. Both: openclaw models status --json and {order} show it gone and all others there. Then destroy the backup.\nWhere no update is possible: leave it retired, and end its sign-in in the account's security settings at OpenAI.",
        "{openclaw} 没有删除 profile 的命令，本工具也不会编辑其文件。未执行任何操作。\n停用即可使其不再被使用，且可撤销：{retire}\n如需永久删除 {name}，请安排维护窗口：\n1. 所有者：同意停机。运维：openclaw gateway stop，直到 openclaw gateway status 显示已停止。\n2. 运维：openclaw backup create，或复制状态目录。请作为机密保管：其中含有全部令牌。\n3. 运维：将 OpenClaw 升级到 2026.8.1 或更高版本，联网运行 openclaw doctor --fix，再 openclaw gateway start。\n4. 所有者：{delete}\n5. 双方：用 openclaw models status --json 和 {order} 确认它已消失、其余都在，然后销毁备份。\n如无法升级：保持停用，并在 OpenAI 账号的安全设置中结束其登录。"
    )
}

//! Changes that are not made, with the reason and the command to type instead.

use crate::contract::gateway::Error;
use crate::order::{End, OrderRequest, PlanError};
use crate::profile::{ProfileId, SignIns};
use crate::reply::ReplyContext;

/// The reason why there is no plan, as a code and in words. `is_usable` is the rule that
/// the plan went by.
pub fn plan_error(
    context: &ReplyContext,
    sign_ins: &SignIns,
    request: &OrderRequest,
    plan_error: &PlanError,
    is_usable: &dyn Fn(&ProfileId) -> bool,
) -> (&'static str, String) {
    let (code, id, en, zh) = match plan_error {
        // Message by itself.
        PlanError::AlreadySo => return ("already_so", String::new()),
        PlanError::NothingUsable => {
            return ("nothing_usable", nothing_usable(context, sign_ins, request, is_usable));
        }
        PlanError::Unwritable(id) => {
            return ("unwritable_id", bad_id(context, &sign_ins.name(id), request, id));
        }
        PlanError::OtherProvider(id) => {
            let (name, provider) = (sign_ins.name(id), &sign_ins.provider);
            let text = say!(
                context,
                "Nothing was changed: {name} belongs to another provider, so it cannot be in the order of {provider}. If it comes from an older version, `openclaw doctor --fix` migrates it.",
                "没有任何更改：{name} 属于其他 provider，不能放进 {provider} 的顺序。如果它来自旧版本，可用 `openclaw doctor --fix` 迁移。"
            );
            return ("other_provider", text);
        }
        PlanError::NotStored(id) => ("not_stored", id, "is not stored any more.", "已不再存储。"),
        PlanError::Repeated(id) => (
            "repeated_profile",
            id,
            "is named twice. Name each profile once, in the order to use them.",
            "写了两次。每个 profile 只写一次，先用的写在前面。",
        ),
    };
    let name = sign_ins.name(id);
    (code, say!(context, "Nothing was changed: {name} {en}", "没有任何更改：{name} {zh}"))
}

/// The reason why an id cannot be an argument of a gateway command, in both languages.
pub(crate) fn fault_of_id(id: &ProfileId) -> (&'static str, &'static str) {
    if id.as_str().starts_with('-') {
        ("starts with a dash", "以横线开头")
    } else if id.as_str().len() > 200 {
        ("is longer than 200 bytes", "超过 200 字节")
    } else {
        ("contains a space or a control character", "含有空格或控制字符")
    }
}

fn bad_id(context: &ReplyContext, name: &str, request: &OrderRequest, id: &ProfileId) -> String {
    let is_an_option = id.as_str().starts_with('-');
    let (en, zh) = fault_of_id(id);
    let others = if request.profiles().contains(id) {
        String::new()
    } else {
        context.say(
            " The new order has to list every profile that stays.",
            "新的顺序要列出所有保留的 profile。",
        )
    };
    // Quotes do not keep a command line from reading a dash as an option.
    let or_quoted = if is_an_option {
        String::new()
    } else {
        context.say(
            ", or run `openclaw models auth` yourself with the id in quotes",
            "，或自己运行 `openclaw models auth`，给标识加上引号",
        )
    };
    let start = context.command("auth", "start <profile>");
    say!(
        context,
        "Nothing was changed.{others} {name} can't be used here: its id {en}. Sign in under a simpler name ({start}){or_quoted}.",
        "没有任何更改。{others}{name} 在这里用不了：它的标识{zh}。请换个简单的名称登录（{start}）{or_quoted}。"
    )
}

fn nothing_usable(
    context: &ReplyContext,
    sign_ins: &SignIns,
    request: &OrderRequest,
    is_usable: &dyn Fn(&ProfileId) -> bool,
) -> String {
    let named = request.profiles();
    let all = sign_ins.all_ids();
    let other = all.iter().find(|id| is_usable(id) && !named.contains(id));
    let first = match (request, other) {
        (OrderRequest::Retire(_) | OrderRequest::Delete(_), Some(other)) => {
            let restore = OrderRequest::Restore(other.clone(), Some(End::First));
            context.request(sign_ins, &restore)
        }
        (OrderRequest::Set(_) | OrderRequest::Restore(..), _) => {
            context.command("auth", "start <profile>")
        }
        (OrderRequest::Clear | OrderRequest::Retire(_) | OrderRequest::Delete(_), _) => {
            context.command("auth", "start")
        }
    };
    say!(
        context,
        "Nothing was changed: the gateway would have no profile left to use. First: {first}",
        "没有任何更改：否则网关就没有可用的 profile 了。请先：{first}"
    )
}

/// The user who asked for a change is not the owner.
pub fn owner_only(context: &ReplyContext) -> String {
    let look = context.command("auth", "status");
    say!(
        context,
        "Nothing was changed: only the gateway's owner can change sign-ins and their order. You can look: {look}",
        "没有任何更改：只有网关所有者可以更改登录凭据和顺序。您可以查看：{look}"
    )
}

/// A change that the host did not take up.
pub fn not_confirmed(context: &ReplyContext, error: Error) -> String {
    match error {
        Error::Busy => context.say(
            "Nothing was changed: another change for this agent is still running. Ask again when it has finished.",
            "没有任何更改：这个 agent 的另一项更改还在进行。请等它完成后再试。",
        ),
        // The plan could not be kept, or nobody can hold the lock.
        Error::Failed => context.say(
            "Nothing was changed: codex-profiler cannot write to its state folder, so it cannot keep the plan. Check the folder's permissions and free space.",
            "没有任何更改：codex-profiler 无法写入它的状态目录，不能保存待确认的计划。请检查目录权限和剩余空间。",
        ),
        _ if context.screen.is_some() => context.say(
            "Nothing was changed: the plan has expired, or the sign-ins changed after it. Ask again.",
            "没有任何更改：计划已过期，或登录凭据有变化。请重新发起。",
        ),
        _ => context.say(
            "That code is not valid: it works once, for 2 minutes, only for the person who asked (for a deletion, with the profile's name). Nothing was changed. Ask for a new plan.",
            "确认码无效：只能用一次、两分钟内、由发起人本人使用（删除还要加上 profile 名称）。没有任何更改，请重新发起。",
        ),
    }
}

/// The steps to delete a profile where the gateway has no command for it.
pub fn maintenance_window(
    context: &ReplyContext,
    sign_ins: &SignIns,
    id: &ProfileId,
    version: Option<&str>,
) -> String {
    let name = sign_ins.name(id);
    let version = version.map(|version| format!("OpenClaw {version}"));
    let this = || context.say("this OpenClaw version", "此版本的 OpenClaw");
    let openclaw = version.unwrap_or_else(this);
    let [retire, delete] = context.retire_and_delete(sign_ins, id);
    let order = context.command("auth", "order");
    say!(
        context,
        "Nothing was deleted: {openclaw} has no command that deletes a profile, and codex-profiler does not edit its files.\nTo stop using it (keeps the sign-in): {retire}\nTo delete {name} permanently, plan a maintenance window:\n1. Owner: agree to the downtime. Operator: run openclaw gateway stop, until openclaw gateway status shows nothing running.\n2. Operator: run openclaw backup create, or copy the state folder. Keep the copy secret: it contains every token.\n3. Operator: update OpenClaw to 2026.8.1 or later, run openclaw doctor --fix while online, then openclaw gateway start.\n4. Owner: {delete}\n5. Both: check with openclaw models status --json and {order} that it is gone and the others are there. Then destroy the backup.\nNo update possible? Leave it retired, and end its session in the account's security settings at OpenAI.",
        "没有删除：{openclaw} 没有删除 profile 的命令，codex-profiler 也不会编辑它的文件。\n不再使用它（保留登录凭据）：{retire}\n要永久删除 {name}，请安排一次维护：\n1. 所有者：同意停机。运维：运行 openclaw gateway stop，直到 openclaw gateway status 显示已停止。\n2. 运维：运行 openclaw backup create，或复制状态目录。副本含有全部令牌，请妥善保密。\n3. 运维：把 OpenClaw 升级到 2026.8.1 或更高版本，联网运行 openclaw doctor --fix，再运行 openclaw gateway start。\n4. 所有者：{delete}\n5. 双方：用 openclaw models status --json 和 {order} 确认它已消失、其他都在，然后销毁备份。\n无法升级？让它保持停用，并在 OpenAI 账号的安全设置中结束它的会话。"
    )
}

//! Requests that are not carried out, with the reason and a way on.

use super::documents::{Body, Failure};
use super::selector::Purpose;
use super::{Message, ReplyContext, help};
use crate::alerts::AlertKind;
use crate::command::CommandError;
use crate::profile::{Key, KeyKind, ProfileId, SignIns, StoreError, StoreFailure};

/// A request that could not be carried out: why, where the host looked, and the names
/// that there are.
pub fn refused(
    context: &ReplyContext,
    code: &str,
    text: String,
    source: Option<&str>,
    names: &[String],
) -> Message {
    context.message(text, |text| {
        context.json(Body::Refusal {
            ok: false,
            source,
            error: Failure { code, message: text.to_owned() },
            available_profiles: names,
        })
    })
}

/// The mistake in a command, and the right form.
pub fn misuse(context: &ReplyContext, error: CommandError) -> String {
    use CommandError::*;
    let auth = |words: &str| context.command("auth", words);
    let (en, zh) = match error {
        UnknownOption => (
            "Unknown option. Options: --profile, --format, --timeout-sec, --retries, --debug.",
            "没有这个选项。可用选项：--profile、--format、--timeout-sec、--retries、--debug。",
        ),
        BadFormat => (
            "--format must be line, block, text or json.",
            "--format 只能是 line、block、text 或 json。",
        ),
        BadTimeout => (
            "--timeout-sec must be a whole number from 1 to 60.",
            "--timeout-sec 只能是 1 到 60 的整数。",
        ),
        BadRetries => ("--retries must be 0 or 1.", "--retries 只能是 0 或 1。"),
        MissingProfile => (
            "--profile needs a name: default, all, a label or a full id.",
            "--profile 后面要写名称：default、all、标签或完整标识。",
        ),
        SeveralProfiles => ("Name only one profile, or all.", "只能写一个 profile，或写 all。"),
        BadRotation => return rotation_forms(context),
        UnknownButton => return list_changed(context),
        NameOneProfile(typed) => {
            return context.named("Add the profile's name", "请加上 profile 名称", &auth(typed));
        }
        UnknownChangeOption => (
            "Unknown option. A change takes --dry-run, --format text and --format json.",
            "没有这个选项。更改命令可用：--dry-run、--format text、--format json。",
        ),
        BadOrder => return order_forms(context),
        BadAlerts => return alerts_forms(context),
        MissingCode => {
            let (en, zh) = ("Add the code from the end of the plan", "请加上计划末尾的确认码");
            return context.named(en, zh, &auth("confirm <code>"));
        }
        MissingCallback => (
            "Paste the address your browser ended on. It starts with http://localhost:1455/auth/callback.",
            "请粘贴浏览器最后停留的地址，它以 http://localhost:1455/auth/callback 开头。",
        ),
    };
    context.say(en, zh)
}

fn rotation_forms(context: &ReplyContext) -> String {
    let usage = |words| context.command("usage", words);
    let (short, deep) = (usage("rotation"), usage("rotation deep"));
    say!(
        context,
        "Rotation guide: {short}\nSet-up and troubleshooting: {deep}",
        "轮换指南：{short}\n配置与排障：{deep}"
    )
}

fn order_forms(context: &ReplyContext) -> String {
    let auth = |words| context.command("auth", words);
    let (look, clear) = (auth("order"), auth("order clear"));
    let set = auth("order set <profile> <profile>");
    say!(
        context,
        "To see, set or clear the order: {look}\n{set}\n{clear}",
        "查看、设置或清除顺序：{look}\n{set}\n{clear}"
    )
}

fn alerts_forms(context: &ReplyContext) -> String {
    let auth = |words| context.command("auth", words);
    let (show, on, off) = (auth("alerts"), auth("alerts on"), auth("alerts off"));
    let words = AlertKind::ALL.map(AlertKind::word).join(" ");
    say!(
        context,
        "To see or set alerts: {show}, {on}, {off}. To get only some, add them to the second command: {words}.",
        "查看或设置提醒：{show}、{on}、{off}。只要其中几项时，写在 on 后面：{words}。"
    )
}

/// No profile has the name that was typed: the ones that there are, and the words that
/// could stand in its place.
pub fn unknown_profile(
    context: &ReplyContext,
    names: &[String],
    words: &[&str],
    meant: Option<&str>,
) -> String {
    let list = context.shortened(names);
    let meant = meant.map_or(String::new(), |meant| {
        say!(context, " Did you mean {meant}?", "您是不是想输入 {meant}？")
    });
    let words = match context.list(words).as_str() {
        "" => String::new(),
        words => say!(context, " Or: {words}.", "也可用：{words}。"),
    };
    say!(
        context,
        "No profile with that name.{meant} Yours: {list}.{words}",
        "没有叫这个名称的 profile。{meant}现有：{list}。{words}"
    )
}

/// A key was named where a profile is to be checked: the profiles that there are.
pub fn key_has_no_quota(context: &ReplyContext, names: &[String], key: &Key) -> String {
    let (name, list) = (&key.name, context.shortened(names));
    let kind = match key.kind {
        KeyKind::ApiKey => context.say("an API key (billed per use)", " API key（按量计费）"),
        KeyKind::Token => context.say("a pasted token", "手动粘贴的令牌"),
    };
    say!(
        context,
        "{name} is {kind}: it has no quota to check. Yours: {list}.",
        "{name} 是{kind}，没有可查的额度。现有：{list}。"
    )
}

/// A sentence, where the name of a profile could stand.
pub fn not_understood(context: &ReplyContext, purpose: Purpose) -> String {
    let help = help::help(context, purpose).text;
    say!(
        context,
        "That is neither a command nor a profile.\n{help}",
        "这不是命令，也不是 profile 名称。\n{help}"
    )
}

/// A deletion without the word that says so: both ways, for this profile.
pub fn not_deleted(context: &ReplyContext, sign_ins: &SignIns, id: &ProfileId) -> String {
    let [retire, delete] = context.retire_and_delete(sign_ins, id);
    say!(
        context,
        "Nothing was deleted. To stop using it (keeps the sign-in): {retire}\nTo delete it permanently: {delete}",
        "没有删除。只停用（保留登录凭据）：{retire}\n永久删除：{delete}"
    )
}

/// More than one profile has the label that was typed: those.
pub fn ambiguous_profile(context: &ReplyContext, names: &[String]) -> String {
    let list = context.shortened(names);
    say!(
        context,
        "More than one profile has that name. Use the full id: {list}.",
        "有多个 profile 叫这个名称，请用完整标识：{list}。"
    )
}

/// A button of a list that has changed since.
pub fn list_changed(context: &ReplyContext) -> String {
    context.say(
        "The list of profiles has changed. Ask for it again.",
        "profile 列表已变化，请重新查询。",
    )
}

/// The same request is being answered.
pub fn still_running(context: &ReplyContext) -> String {
    context.say("Already running – the answer is on its way.", "正在执行，结果马上就到。")
}

/// The same request was answered a moment ago.
pub fn just_answered(context: &ReplyContext) -> String {
    context.say(
        "Just answered, see above. You can ask again in a few seconds.",
        "刚刚回答过，请看上文。过几秒可以再问。",
    )
}

/// A store without a ChatGPT/Codex sign-in.
pub fn store_empty(context: &ReplyContext, source: &str) -> String {
    let start = context.command("auth", "start");
    say!(
        context,
        "{source} contains no ChatGPT/Codex sign-in. Sign in: {start}",
        "{source} 中没有 ChatGPT/Codex 登录凭据。登录：{start}"
    )
}

/// A store without sign-ins that can be read.
pub fn store_failure(context: &ReplyContext, error: &StoreError) -> String {
    use StoreFailure::*;
    let source = &error.source;
    let start = context.command("auth", "start");
    match error.failure {
        Missing if context.screen.is_some() => say!(
            context,
            "No OpenClaw sign-ins found in {source}.\nSign in: {start} · stored elsewhere: OPENCLAW_STATE_DIR, --agent or --auth-path\nLook around first: codex-profiler usage --demo",
            "在 {source} 没有找到 OpenClaw 登录凭据。\n登录：{start} · 存在别处：OPENCLAW_STATE_DIR、--agent 或 --auth-path\n先看演示：codex-profiler usage --demo"
        ),
        Missing => say!(
            context,
            "No OpenClaw sign-ins found in {source}. Sign in: {start}",
            "在 {source} 没有找到 OpenClaw 登录凭据。登录：{start}"
        ),
        Unreadable => say!(
            context,
            "{source} cannot be read: it is not a file, or this user may not open it. Check its permissions.",
            "无法读取 {source}：它不是文件，或当前用户没有权限。请检查权限。"
        ),
        Malformed => say!(
            context,
            "{source} is damaged or not a sign-in store. Nothing was changed. Run `openclaw doctor --fix`.",
            "{source} 已损坏，或不是登录凭据的存储文件。没有任何更改。请运行 `openclaw doctor --fix`。"
        ),
        Unmigrated => say!(
            context,
            "{source} has not been migrated to this gateway version yet. Run `openclaw doctor --fix`.",
            "{source} 还没有迁移到当前版本的网关。请运行 `openclaw doctor --fix`。"
        ),
        Locked => say!(
            context,
            "{source} is locked by another program. Try again in a moment.",
            "{source} 被其他程序锁定。请稍后再试。"
        ),
        TooLarge => say!(
            context,
            "{source} is too large to be a sign-in store, so it was not read. Check the path.",
            "{source} 太大，不像是登录凭据的存储文件，因此没有读取。请检查路径。"
        ),
        BadAgent => context.say(
            "That is not a valid agent name. Use letters, digits, dots, dashes and underscores, at most 64.",
            "agent 名称无效：只能用字母、数字、点、横线和下划线，最多 64 个字符。",
        ),
        Denied => say!(
            context,
            "{source} contains data this tool refuses to read.",
            "{source} 含有 codex-profiler 拒绝读取的内容。"
        ),
    }
}

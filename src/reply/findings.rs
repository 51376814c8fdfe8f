//! Oddities of the store, and profiles that share one identity.

use super::ReplyContext;
use super::words::say;
use crate::profile::Finding;
use crate::report::Report;
use crate::usage::Verdict;

/// Mixed state of the store, and what to do about it.
pub(super) fn finding(context: &ReplyContext, finding: Finding) -> String {
    match finding {
        Finding::BothStores => say!(
            context,
            "Note: both the old JSON store and the SQLite store hold sign-ins. The gateway uses SQLite and may refuse to work until `openclaw doctor --fix` has tidied up.",
            "注意：旧的 JSON 存储与 SQLite 存储中都有登录信息。网关使用 SQLite，在运行 `openclaw doctor --fix` 整理之前可能拒绝工作。"
        ),
        Finding::LegacyAuthJson => say!(
            context,
            "Note: an auth.json of an older version is left over; nothing reads it as the source of truth.",
            "注意：存在旧版本遗留的 auth.json；现已不以它为准。"
        ),
        Finding::MigratedPlainTokens => say!(
            context,
            "Note: the migration left auth-profiles.json.migrated-… with every token in plain text; remove it once the gateway works.",
            "注意：迁移遗留的 auth-profiles.json.migrated-… 以明文保存了全部令牌；确认网关正常后请删除。"
        ),
        Finding::StaleCooldown => say!(
            context,
            "Note: a cooldown that has passed is still recorded; the gateway clears it on next use.",
            "注意：仍记录着已过期的冷却状态；网关下次使用时会清除。"
        ),
        Finding::OrderNamesMissing => say!(
            context,
            "Note: the order names a profile that is not stored; set the order again.",
            "注意：顺序中包含未存储的 profile；请重新设置顺序。"
        ),
        Finding::MixedProviders => say!(
            context,
            "Note: sign-ins carry provider ids of two eras (openai-codex and openai); `openclaw doctor --fix` migrates them.",
            "注意：登录信息混有两代 provider 标识（openai-codex 与 openai）；可运行 `openclaw doctor --fix` 迁移。"
        ),
        Finding::SkippedEntries => say!(
            context,
            "Note: part of the store could not be understood and was left out; run `openclaw doctor`.",
            "注意：存储中有部分内容无法识别，已略过；请运行 `openclaw doctor`。"
        ),
    }
}

/// Two labels of one identity: nothing to look into as long as all of them work.
pub(super) fn same_identity(context: &ReplyContext, report: &Report<'_>, rows: &[usize]) -> String {
    let mut names = Vec::new();
    let mut all_work = true;
    for row in rows {
        let row = &report.rows[*row];
        names.push(row.profile.name.clone());
        all_work &= row.outcome.is_ok() && row.judgement.verdict != Verdict::Broken;
    }
    let healthy = if all_work {
        healthy(context)
    } else {
        String::new()
    };
    let count = names.len();
    let names = context.list(&names);
    say!(
        context,
        "{names} are one sign-in under {count} labels{healthy}.",
        "{names} 是同一身份的 {count} 个标签{healthy}。"
    )
}

/// Behind labels of one identity that all work: this is no defect.
pub(super) fn healthy(context: &ReplyContext) -> String {
    say!(context, ": healthy", "：属正常情况")
}

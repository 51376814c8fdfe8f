//! Oddities of the store, and profiles that share one identity.

use super::ReplyContext;
use crate::profile::Finding;
use crate::report::{Report, Row};
use crate::usage::Verdict;

/// Mixed state of the store, and what to do about it.
pub(super) fn finding(context: &ReplyContext, finding: Finding) -> String {
    let (en, zh) = match finding {
        Finding::BothStores => (
            "Note: sign-ins are stored twice, in an old JSON file and in SQLite. The gateway uses SQLite and may refuse to work until you run `openclaw doctor --fix`.",
            "注意：旧的 JSON 文件和 SQLite 里都有登录凭据。网关使用 SQLite；在运行 `openclaw doctor --fix` 之前，它可能拒绝工作。",
        ),
        Finding::LegacyAuthJson => (
            "Note: an old auth.json is still there. It is ignored; leave it alone.",
            "注意：还留有旧版本的 auth.json。它不会被使用，不用管它。",
        ),
        Finding::MigratedPlainTokens => (
            "Note: the migration left auth-profiles.json.migrated-… behind, with every token in plain text. Delete it once the gateway works.",
            "注意：迁移留下了 auth-profiles.json.migrated-…，里面有全部令牌的明文。确认网关正常后请删除它。",
        ),
        Finding::StaleCooldown => (
            "Note: a pause that is over is still recorded. The gateway clears it on next use.",
            "注意：还留有已经结束的暂停记录，网关下次使用时会清除。",
        ),
        Finding::OrderNamesMissing => (
            "Note: the order lists a profile that is not stored. Set the order again.",
            "注意：顺序里有一个没有存储的 profile。请重新设置顺序。",
        ),
        Finding::MixedProviders => (
            "Note: sign-ins use both the old provider id openai-codex and the new one, openai. To migrate them: `openclaw doctor --fix`",
            "注意：登录凭据同时使用旧的 provider 标识 openai-codex 和新的 openai。迁移：`openclaw doctor --fix`",
        ),
        Finding::SkippedEntries => (
            "Note: some stored sign-ins could not be read and were skipped. Run `openclaw doctor`.",
            "注意：有些登录凭据无法识别，已跳过。请运行 `openclaw doctor`。",
        ),
    };
    context.say(en, zh)
}

/// Two labels of one identity: nothing to look into as long as all of them work.
pub(super) fn same_identity(context: &ReplyContext, report: &Report<'_>, rows: &[usize]) -> String {
    let rows = || rows.iter().map(|row| &report.rows[*row]);
    let works = |row: &Row<'_>| row.outcome.is_ok() && row.judgement.verdict != Verdict::Broken;
    let names: Vec<&str> = rows().map(|row| row.profile.name.as_str()).collect();
    let fine = if rows().all(works) { that_is_fine(context) } else { String::new() };
    let names = context.list(&names);
    say!(
        context,
        "{names} share one account and quota{fine}.",
        "{names} 是同一个账号、共用一份额度{fine}。"
    )
}

/// Behind labels of one identity that all work.
pub(super) fn that_is_fine(context: &ReplyContext) -> String {
    context.say(" (that is fine)", "（正常）")
}

//! Sentences beside the ordinary quota: spend limits, pools and banked resets.

use super::ReplyContext;
use super::advice::Advice;
use crate::rotation;
use crate::time::{HOUR, Instant};
use crate::usage::{Pool, ReachedType, Reason, ResetCredits, SpendKind, UsageSnapshot, scarcest};

/// Seconds to its expiry within which a banked reset is worth a word unasked.
const SOON: i64 = 48 * HOUR;

/// The most profiles whose banked resets the advice tells one by one.
const MOST_BANKED: usize = 5;

/// `workspace spend limit 79% left · resets …`
pub(super) fn spend(context: &ReplyContext, usage: &UsageSnapshot) -> Option<String> {
    let spend = usage.spend.as_ref()?;
    let limit = spend.limit.as_ref();
    let said = if spend.reached {
        spend_limit_reached(context, usage)
    } else {
        let name = spend_limit(context, spend.kind);
        let left = context.percent(limit?.remaining_percent?);
        say!(context, "{name} {left}% left", "{name}剩 {left}%")
    };
    Some(with_reset(context, said, limit.and_then(|limit| limit.resets_at)))
}

fn with_reset(context: &ReplyContext, said: String, at: Option<Instant>) -> String {
    match at.filter(|at| *at > context.now) {
        Some(at) => format!("{said} · {}", context.resets(at)),
        None => said,
    }
}

/// `workspace spend limit reached`
pub(super) fn spend_limit_reached(context: &ReplyContext, usage: &UsageSnapshot) -> String {
    let kind = usage.spend.as_ref().and_then(|spend| spend.kind);
    let limit = spend_limit(context, kind);
    match kind {
        Some(SpendKind::GroupShared | SpendKind::RoleBudget) => {
            say!(context, "{limit} used up", "{limit}已用完")
        }
        _ => say!(context, "{limit} reached", "已达到{limit}"),
    }
}

/// `gpt-reserve (for gpt-5.6-luna) 97% left`; of a pool that nobody has used yet,
/// nothing.
pub(super) fn pool(context: &ReplyContext, pool: &Pool) -> Option<String> {
    if pool.is_untouched() && !pool.is_blocked() { None } else { pool_left(context, pool) }
}

/// `2 banked resets, the first expires Tue 14:13`
pub(super) fn reset_credits(context: &ReplyContext, banked: &ResetCredits) -> Option<String> {
    let count = Some(banked.list.available).filter(|count| *count > 0)?;
    let plural = if count == 1 { "reset" } else { "resets" };
    let mut said = say!(context, "{count} banked {plural}", "剩余重置 {count} 次");
    if let Some(now) = banked.applicable.filter(|now| *now < count) {
        said += &say!(context, " ({now} usable now)", "（目前可用 {now} 次）");
    }
    let expiry = banked.list.next_expires_at.filter(|at| *at > context.now);
    let (en, zh) =
        if count == 1 { ("expires", "到期") } else { ("the first expires", "最早到期") };
    Some(match expiry.map(|at| context.clock(at)) {
        Some(clock) => say!(context, "{said}, {en} {clock}", "{said}，{clock} {zh}"),
        None => said,
    })
}

/// Tells if the first banked reset expires soon.
pub(super) fn expires_soon(context: &ReplyContext, banked: &ResetCredits) -> bool {
    let soon = context.now + 1..=context.now + SOON;
    banked.list.next_expires_at.is_some_and(|at| soon.contains(&at))
}

/// Reserve pools that are still open where no profile is ready.
pub(super) fn reserve_pools(context: &ReplyContext, advice: &Advice<'_>) -> Option<String> {
    if rotation::pick(&advice.ranked).is_some() {
        return None;
    }
    let mut said = Vec::new();
    for one in &advice.ranked {
        let row = advice.row(one);
        // A cap on spending or of the workspace stops them as well.
        let is_capped = match row.judgement.reason {
            Reason::SpendLimitReached => true,
            Reason::Reached(kind) => kind.is_workspace(),
            _ => false,
        };
        // Labels of one identity share their pools.
        let usage = row.answer().filter(|_| one.quota_source == one.index && !is_capped);
        let pools = usage.map_or(&[][..], |usage| &usage.additional);
        for pool in pools.iter().filter(|pool| pool.is_reserve() && pool.is_open()) {
            let (name, pool_name) = (advice.name(one.index), pool_name(context, pool));
            let is_open = pool.quota.allowed == Some(true) && pool.quota.windows.is_empty();
            let open = || is_open.then(|| say!(context, "{pool_name} open", "{pool_name}：可用"));
            let left = pool_left(context, pool).or_else(open);
            said.extend(left.map(|left| say!(context, "{name}: {left}", "{name} 的 {left}")));
        }
    }
    (!said.is_empty()).then(|| {
        let said = context.some_of(said);
        say!(context, "Reserve pool still open – {said}", "备用池仍可用：{said}")
    })
}

/// Banked resets that are a reason to use a profile, or the reset, first: those that
/// expire soon, and those of a profile that waits.
pub(super) fn banked_resets(context: &ReplyContext, advice: &Advice<'_>) -> Vec<String> {
    let line = |(index, banked): &(usize, ResetCredits)| {
        let (row, name) = (&advice.report.rows[*index], advice.name(*index));
        let said = reset_credits(context, banked)?;
        let is_applicable = banked.applicable != Some(0);
        // A reset gives back what was used up, and lifts no other block.
        let is_used_up = matches!(
            row.judgement.reason,
            Reason::Blocked | Reason::Reached(ReachedType::RateLimitReached)
        );
        if is_used_up && is_applicable {
            return Some(say!(
                context,
                "{name} has {said}. Using one would make it ready now.",
                "{name} 有{said}。用一次即可马上恢复。"
            ));
        }
        let how = match (row.is_usable(context.now), is_applicable) {
            (true, true) => say!(
                context,
                " Use {name} first, or the reset, before it expires.",
                "请在到期前优先使用 {name}，或使用这次重置。"
            ),
            (true, false) => say!(
                context,
                " Use {name} first, before it expires.",
                "请在到期前优先使用 {name}。"
            ),
            (false, true) => {
                context.say(" Use the reset before it expires.", "请在到期前使用这次重置。")
            }
            (false, false) => String::new(),
        };
        let is_soon = expires_soon(context, banked);
        is_soon.then(|| say!(context, "{name} has {said}.{how}", "{name} 有{said}。{how}"))
    };
    let lines: Vec<String> = advice.outlook.banked.iter().filter_map(line).collect();
    let mut lines = context.at_most(MOST_BANKED, lines);
    if !lines.is_empty() {
        lines.push(context.say("This tool never uses a banked reset.", "本工具不会使用重置次数。"));
    }
    lines
}

/// `workspace spend limit`
fn spend_limit(context: &ReplyContext, kind: Option<SpendKind>) -> String {
    use SpendKind::*;
    let (en, zh) = match kind {
        Some(Individual) => ("your spend limit", "您的支出上限"),
        Some(GroupDefault) => ("your group's default spend limit", "所在群组的默认支出上限"),
        Some(WorkspaceDefault) => ("workspace default spend limit", "工作区默认支出上限"),
        Some(RoleBudget) => ("your role's budget", "所在角色的预算"),
        Some(GroupShared) => ("your group's budget", "所在群组的预算"),
        Some(WorkspaceShared) => ("workspace spend limit", "工作区支出上限"),
        Some(Other) | None => ("spend limit", "支出上限"),
    };
    context.say(en, zh)
}

/// `gpt-reserve (for gpt-5.6-luna)`
fn pool_name(context: &ReplyContext, pool: &Pool) -> String {
    let name = &pool.name;
    match &pool.model {
        Some(model) if model != name => {
            say!(context, "{name} (for {model})", "{name}（用于 {model}）")
        }
        Some(_) | None => name.clone(),
    }
}

fn pool_left(context: &ReplyContext, pool: &Pool) -> Option<String> {
    let name = pool_name(context, pool);
    if pool.is_blocked() {
        let said = say!(context, "{name} blocked", "{name}：已受限");
        return Some(with_reset(context, said, pool.recovery_at()));
    }
    let left = context.percent(scarcest(&pool.quota.windows)?.remaining_percent()?);
    let gap = if name.ends_with('）') { "" } else { " " };
    Some(say!(context, "{name} {left}% left", "{name}{gap}剩 {left}%"))
}

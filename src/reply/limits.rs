//! Sentences beside the ordinary quota: spend limits, pools and banked resets.

use super::ReplyContext;
use super::advice::Advice;
use super::words::say;
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
    let said = if spend.reached {
        spend_limit_reached(context, usage)
    } else {
        let name = spend_limit(context, spend.kind);
        let left = context.percent(spend.limit.as_ref()?.remaining_percent?);
        say!(context, "{name} {left}% left", "{name}剩 {left}%")
    };
    Some(match spend_resets(context, usage) {
        Some(resets) => format!("{said} · {resets}"),
        None => said,
    })
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
    let count = banked.available;
    if count == 0 {
        return None;
    }
    let plural = if count == 1 { "reset" } else { "resets" };
    let mut said = say!(context, "{count} banked {plural}", "可用重置 {count} 次");
    if let Some(now) = banked.applicable.filter(|now| *now < count) {
        said += &say!(context, " ({now} applicable now)", "（目前能用 {now} 次）");
    }
    let expiry = banked.next_expires_at.filter(|at| *at > context.now);
    Some(match expiry.map(|at| context.clock(at)) {
        Some(clock) if count == 1 => {
            say!(context, "{said}, expires {clock}", "{said}，{clock} 到期")
        }
        Some(clock) => {
            say!(context, "{said}, the first expires {clock}", "{said}，{clock} 最早到期")
        }
        None => said,
    })
}

/// Expiry of the first banked reset, where that is soon.
pub(super) fn expires_soon(context: &ReplyContext, banked: &ResetCredits) -> Option<Instant> {
    let is_soon = |at: &Instant| (context.now + 1..=context.now + SOON).contains(at);
    banked.next_expires_at.filter(is_soon)
}

/// Reserve pools that are still open where no profile is ready.
pub(super) fn reserve_pools(context: &ReplyContext, advice: &Advice<'_>) -> Option<String> {
    if rotation::pick(&advice.ranked).is_some() {
        return None;
    }
    let mut said = Vec::new();
    for one in &advice.ranked {
        let row = advice.row(one);
        // Labels of one identity share their pools.
        let usage = row.answer().filter(|_| one.read_from == one.index);
        // A cap on spending or of the workspace stops them as well.
        let is_capped = match row.judgement.reason {
            Reason::SpendLimitReached => true,
            Reason::Reached(kind) => kind.is_workspace(),
            _ => false,
        };
        let usage = usage.filter(|_| !is_capped);
        let pools = usage.map_or(&[][..], |usage| &usage.additional);
        let open = pools.iter().filter(|pool| pool.is_reserve() && pool.is_open());
        let name = &row.profile.name;
        let left = |pool: &Pool| {
            let is_allowed = pool.quota.allowed == Some(true);
            let open = || {
                let name = pool_name(context, pool);
                say!(context, "{name} open", "{name}：可用")
            };
            let is_without_windows = pool.quota.windows.is_empty();
            pool_left(context, pool).or_else(|| (is_allowed && is_without_windows).then(open))
        };
        for pool in open.filter_map(left) {
            said.push(say!(context, "{name}: {pool}", "{name} 的 {pool}"));
        }
    }
    if said.is_empty() {
        return None;
    }
    let said = context.some_of(said);
    Some(say!(context, "Reserve pool still open – {said}", "备用池仍可用：{said}"))
}

/// Banked resets that are a reason to use a profile, or the reset, first: those that
/// expire soon, and those of a profile that waits.
pub(super) fn banked_resets(context: &ReplyContext, advice: &Advice<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, banked) in &advice.outlook.banked {
        let Some(one) = advice.ranked.iter().find(|one| one.index == *index) else {
            continue;
        };
        let name = &advice.row(one).profile.name;
        let Some(said) = reset_credits(context, banked) else {
            continue;
        };
        // A reset gives back what was used up, and lifts no other block.
        let is_used_up = matches!(
            advice.row(one).judgement.reason,
            Reason::Blocked | Reason::Reached(ReachedType::RateLimit)
        );
        if is_used_up && banked.applicable != Some(0) {
            lines.push(say!(
                context,
                "{name} has {said}. Using one would make it ready now.",
                "{name} 有{said}。用一次即可马上恢复。"
            ));
        } else if expires_soon(context, banked).is_some() {
            let is_usable = advice.row(one).is_usable(context.now);
            let how = match (is_usable, banked.applicable != Some(0)) {
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
            lines.push(say!(context, "{name} has {said}.{how}", "{name} 有{said}。{how}"));
        }
    }
    let more = lines.len().saturating_sub(MOST_BANKED);
    lines.truncate(MOST_BANKED);
    lines.extend(context.and_more(more));
    if !lines.is_empty() {
        lines.push(context.say("This tool never uses a banked reset.", "本工具不会使用重置次数。"));
    }
    lines
}

/// `workspace spend limit`
fn spend_limit(context: &ReplyContext, kind: Option<SpendKind>) -> String {
    let (en, zh) = match kind {
        Some(SpendKind::Individual) => ("your spend limit", "您的支出上限"),
        Some(SpendKind::GroupDefault) => {
            ("your group's default spend limit", "所在群组的默认支出上限")
        }
        Some(SpendKind::WorkspaceDefault) => {
            ("workspace default spend limit", "工作区默认支出上限")
        }
        Some(SpendKind::RoleBudget) => ("your role's budget", "所在角色的预算"),
        Some(SpendKind::GroupShared) => ("your group's budget", "所在群组的预算"),
        Some(SpendKind::WorkspaceShared) => ("workspace spend limit", "工作区支出上限"),
        Some(SpendKind::Other) | None => ("spend limit", "支出上限"),
    };
    context.say(en, zh)
}

fn spend_resets(context: &ReplyContext, usage: &UsageSnapshot) -> Option<String> {
    let at = usage.spend.as_ref()?.limit.as_ref()?.resets_at?;
    (at > context.now).then(|| context.resets(at))
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
        let recovery = pool.recovery_at().filter(|at| *at > context.now);
        return Some(match recovery.map(|at| context.resets(at)) {
            Some(resets) => format!("{said} · {resets}"),
            None => said,
        });
    }
    let left = context.percent(scarcest(&pool.quota.windows)?.remaining_percent()?);
    Some(say!(context, "{name} {left}% left", "{name}剩 {left}%"))
}

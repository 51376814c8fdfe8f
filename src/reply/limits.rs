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

impl ReplyContext {
    /// `workspace spend limit`
    fn spend_limit(&self, kind: Option<SpendKind>) -> String {
        match kind {
            Some(SpendKind::Individual) => say!(self, "your spend limit", "您的支出上限"),
            Some(SpendKind::GroupDefault) => {
                say!(
                    self,
                    "your group's default spend limit",
                    "所在群组的默认支出上限"
                )
            }
            Some(SpendKind::WorkspaceDefault) => {
                say!(self, "workspace default spend limit", "工作区默认支出上限")
            }
            Some(SpendKind::RoleBudget) => say!(self, "your role's budget", "所在角色的预算"),
            Some(SpendKind::GroupShared) => say!(self, "your group's budget", "所在群组的预算"),
            Some(SpendKind::WorkspaceShared) => {
                say!(self, "workspace spend limit", "工作区支出上限")
            }
            Some(SpendKind::Other) | None => say!(self, "spend limit", "支出上限"),
        }
    }

    /// `workspace spend limit reached, resets …`
    pub(super) fn spend_limit_reached(&self, usage: &UsageSnapshot) -> String {
        let kind = usage.spend.as_ref().and_then(|spend| spend.kind);
        let limit = self.spend_limit(kind);
        let said = match kind {
            Some(SpendKind::GroupShared | SpendKind::RoleBudget) => {
                say!(self, "{limit} is used up", "{limit}已用完")
            }
            _ => say!(self, "{limit} reached", "已达到{limit}"),
        };
        match self.spend_resets(usage) {
            Some(resets) => say!(self, "{said}, {resets}", "{said}，{resets}"),
            None => said,
        }
    }

    fn spend_resets(&self, usage: &UsageSnapshot) -> Option<String> {
        let at = usage.spend.as_ref()?.limit.as_ref()?.resets_at?;
        (at > self.now).then(|| self.resets(at))
    }

    /// `workspace spend limit 79% left resets …`. None where the verdict's reason says it.
    pub fn spend(&self, reason: Reason, usage: &UsageSnapshot) -> Option<String> {
        let spend = usage.spend.as_ref()?;
        if reason == Reason::SpendLimitReached {
            return None;
        }
        if spend.reached {
            return Some(self.spend_limit_reached(usage));
        }
        let limit = spend.limit.as_ref()?;
        let name = self.spend_limit(spend.kind);
        let left = self.percent(limit.remaining_percent?);
        let said = say!(self, "{name} {left}% left", "{name}剩余 {left}%");
        Some(match self.spend_resets(usage) {
            Some(resets) => format!("{said} {resets}"),
            None => said,
        })
    }

    /// `gpt-reserve (for gpt-5.6-luna) 97% left`; of a pool that nobody has used yet,
    /// nothing.
    pub fn pool(&self, pool: &Pool) -> Option<String> {
        match pool.is_untouched() && !pool.is_blocked() {
            true => None,
            false => self.pool_left(pool),
        }
    }

    /// `gpt-reserve (for gpt-5.6-luna)`
    fn pool_name(&self, pool: &Pool) -> String {
        let name = &pool.name;
        match &pool.model {
            Some(model) if model != name => {
                say!(self, "{name} (for {model})", "{name}（用于 {model}）")
            }
            Some(_) | None => name.clone(),
        }
    }

    fn pool_left(&self, pool: &Pool) -> Option<String> {
        let name = self.pool_name(pool);
        if pool.is_blocked() {
            let said = say!(self, "{name} blocked", "{name}：已受限");
            let recovery = pool.recovery_at().filter(|at| *at > self.now);
            return Some(match recovery.map(|at| self.resets(at)) {
                Some(resets) => say!(self, "{said}, {resets}", "{said}，{resets}"),
                None => said,
            });
        }
        let left = self.percent(scarcest(&pool.quota.windows)?.remaining_percent()?);
        Some(say!(self, "{name} {left}% left", "{name}：剩余 {left}%"))
    }

    /// `2 banked resets, the first expires 22/09 14:13`
    pub fn reset_credits(&self, banked: &ResetCredits) -> Option<String> {
        let count = banked.available;
        if count == 0 {
            return None;
        }
        let plural = if count == 1 { "reset" } else { "resets" };
        let mut said = say!(self, "{count} banked {plural}", "{count} 次备用重置");
        if let Some(now) = banked.applicable.filter(|now| *now < count) {
            said += &say!(self, " ({now} applicable now)", "（当前可用 {now} 次）");
        }
        let expiry = banked.next_expires_at.filter(|at| *at > self.now);
        Some(match expiry.map(|at| self.clock(at)) {
            Some(clock) if count == 1 => {
                say!(self, "{said}, expires {clock}", "{said}，{clock} 到期")
            }
            Some(clock) => say!(
                self,
                "{said}, the first expires {clock}",
                "{said}，最早 {clock} 到期"
            ),
            None => said,
        })
    }

    /// When the first banked reset expires, where that is soon.
    pub(super) fn expires_soon(&self, banked: &ResetCredits) -> Option<Instant> {
        let is_soon = |at: &Instant| (self.now + 1..=self.now + SOON).contains(at);
        banked.next_expires_at.filter(is_soon)
    }

    /// Which reserve pools are left where nothing else is ready.
    pub(super) fn reserve_pools(&self, advice: &Advice<'_>) -> Option<String> {
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
            let open = pools
                .iter()
                .filter(|pool| pool.is_reserve() && pool.is_open());
            let name = &row.profile.name;
            let left = |pool: &Pool| {
                let is_allowed = pool.quota.allowed == Some(true);
                let open = || {
                    let name = self.pool_name(pool);
                    say!(self, "{name} open", "{name}：可用")
                };
                let is_without_windows = pool.quota.windows.is_empty();
                self.pool_left(pool)
                    .or_else(|| (is_allowed && is_without_windows).then(open))
            };
            for pool in open.filter_map(left) {
                said.push(say!(self, "{name}: {pool}", "{name} 的 {pool}"));
            }
        }
        if said.is_empty() {
            return None;
        }
        let said = self.some_of(said);
        Some(say!(
            self,
            "Reserve pool still open – {said}",
            "备用池仍可用 – {said}"
        ))
    }

    /// Banked resets that are a reason to use a profile, or the reset, first: those that
    /// expire soon, and those of a profile that waits.
    pub(super) fn banked_resets(&self, advice: &Advice<'_>) -> Vec<String> {
        let mut lines = Vec::new();
        for (index, banked) in &advice.outlook.banked {
            let Some(one) = advice.ranked.iter().find(|one| one.index == *index) else {
                continue;
            };
            let name = &advice.row(one).profile.name;
            let Some(said) = self.reset_credits(banked) else {
                continue;
            };
            // A reset gives back what was used up, and lifts no other block.
            let is_used_up = matches!(
                advice.row(one).judgement.reason,
                Reason::Blocked | Reason::Reached(ReachedType::RateLimit)
            );
            if is_used_up && banked.applicable != Some(0) {
                lines.push(say!(
                    self,
                    "{name} has {said}. Using one would make it ready now.",
                    "{name} 有 {said}。使用一次即可立刻恢复。"
                ));
            } else if self.expires_soon(banked).is_some() {
                let is_usable = advice.row(one).is_usable(self.now);
                lines.push(match (is_usable, banked.applicable != Some(0)) {
                    (true, true) => say!(
                        self,
                        "{name} has {said}. Use {name} first, or the reset, before it expires.",
                        "{name} 有 {said}。请在到期前优先使用 {name}，或使用这次重置。"
                    ),
                    (true, false) => say!(
                        self,
                        "{name} has {said}. Use {name} first, before it expires.",
                        "{name} 有 {said}。请在到期前优先使用 {name}。"
                    ),
                    (false, true) => say!(
                        self,
                        "{name} has {said}. Use the reset before it expires.",
                        "{name} 有 {said}。请在到期前使用这次重置。"
                    ),
                    (false, false) => say!(self, "{name} has {said}.", "{name} 有 {said}。"),
                });
            }
        }
        let more = lines.len().saturating_sub(MOST_BANKED);
        lines.truncate(MOST_BANKED);
        lines.extend(self.and_more(more));
        if !lines.is_empty() {
            lines.push(say!(
                self,
                "This tool never uses a banked reset.",
                "本工具不会使用备用重置。"
            ));
        }
        lines
    }
}

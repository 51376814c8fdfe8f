//! What is said beside the ordinary quota: spend limits, pools and banked resets.

use super::Voice;
use super::words::say;
use crate::clock::{HOUR, Instant};
use crate::usage::{Pool, ResetCredits, SpendKind, UsageSnapshot, scarcest};

/// How soon a banked reset has to expire to be worth a word unasked.
const SOON: i64 = 48 * HOUR;

impl Voice {
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

    /// `workspace spend limit reached`
    pub(super) fn spend_limit_reached(&self, usage: &UsageSnapshot) -> String {
        let kind = usage.spend.as_ref().and_then(|spend| spend.kind);
        let limit = self.spend_limit(kind);
        match kind {
            Some(SpendKind::GroupShared | SpendKind::RoleBudget) => {
                say!(self, "{limit} is used up", "{limit}已用完")
            }
            _ => say!(self, "{limit} reached", "已达到{limit}"),
        }
    }

    /// `workspace spend limit 79% left resets …`; of a limit that is reached its reset
    /// alone.
    pub fn spend(&self, usage: &UsageSnapshot) -> Option<String> {
        let spend = usage.spend.as_ref()?;
        let limit = spend.limit.as_ref()?;
        let name = self.spend_limit(spend.kind);
        let resets = limit.resets_at.filter(|at| *at > self.now);
        let resets = resets.map(|at| self.resets(at));
        if spend.reached {
            return resets.map(|resets| say!(self, "{name} {resets}", "{name}{resets}"));
        }
        let left = self.percent(limit.remaining_percent?);
        let said = say!(self, "{name} {left}% left", "{name}剩余 {left}%");
        Some(match resets {
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

    fn pool_left(&self, pool: &Pool) -> Option<String> {
        let name = &pool.name;
        let name = match &pool.model {
            Some(model) if model != name => {
                say!(self, "{name} (for {model})", "{name}（用于 {model}）")
            }
            Some(_) | None => name.clone(),
        };
        if pool.is_blocked() {
            let said = say!(self, "{name} blocked", "{name} 已受限");
            let recovery = pool.recovery_at().filter(|at| *at > self.now);
            return Some(match recovery.map(|at| self.resets(at)) {
                Some(resets) => say!(self, "{said}, {resets}", "{said}，{resets}"),
                None => said,
            });
        }
        let left = self.percent(scarcest(&pool.quota.windows)?.remaining_percent()?);
        Some(say!(self, "{name} {left}% left", "{name} 剩余 {left}%"))
    }

    /// The reserve pools that can still be used where the ordinary quota has ended.
    pub(super) fn reserves(&self, usage: &UsageSnapshot) -> Vec<String> {
        let pools = usage.additional.iter();
        let open = pools.filter(|pool| pool.is_reserve() && pool.is_open());
        open.filter_map(|pool| self.pool_left(pool)).collect()
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
}

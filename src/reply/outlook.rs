//! What is concluded from the numbers of a check: pace, what has changed since the last
//! one, and what lies ahead of all profiles together.

use super::documents::{Ahead, Changed, ExpiringUnused, ProfileResets, Recovery, WindowPace};
use super::words::say;
use super::{ReplyContext, json};
use crate::outlook::{Expiring, Outlook};
use crate::pace::{Pace, Speed};
use crate::readings::{Difference, KnownWindow};
use crate::report::{Report, Row};
use crate::time::{DAY, HOUR, Instant, Span};
use crate::usage::{ResetCredits, Role, UsageWindow, is_fresh};

/// From how many profiles on there is an outlook.
const FLEET: usize = 3;

/// How many profiles one of these lines names.
const MOST_NAMED: usize = 5;

impl ReplyContext {
    /// `behind pace`
    pub fn pace(&self, pace: &Pace) -> String {
        match pace.speed {
            Speed::Ahead => say!(self, "ahead of pace", "消耗偏快"),
            Speed::On => say!(self, "on pace", "消耗均匀"),
            Speed::Behind => say!(self, "behind pace", "消耗偏慢"),
        }
    }

    /// `5h runs out about 16:40, 2h before its reset`
    pub fn runs_out(&self, window: &UsageWindow, pace: &Pace) -> Option<String> {
        let (at, resets_at) = (pace.runs_out_at?, window.resets_at?);
        let label = self.label(window);
        let clock = self.clock(at);
        // As coarse as the time before it.
        let step = if resets_at - at < DAY { 600 } else { HOUR };
        let before = ((resets_at - at + step / 2) / step).max(1) * step;
        let before = self.span(Span::of_seconds(before));
        Some(say!(
            self,
            "{label} runs out about {clock}, {before} before its reset",
            "按此速度，{label}额度约 {clock} 用完，比重置早 {before}"
        ))
    }

    /// `22m ago`, and that it is stale where it is.
    fn age(&self, at: Instant) -> String {
        let age = (self.now - at).max(0);
        let ago = self.span(Span::of_seconds(age));
        match is_fresh(at, self.now) {
            true => say!(self, "{ago} ago", "{ago}前"),
            false => say!(self, "{ago} ago, stale", "{ago}前，已过时"),
        }
    }

    /// `read 2h ago, stale`, where an answer is not of now.
    pub fn stale(&self, row: &Row<'_>) -> Option<String> {
        let since = row.stale_since(self.now)?;
        if since > self.now {
            return Some(say!(
                self,
                "read in the future, stale",
                "读取时间在未来，不可靠"
            ));
        }
        let age = self.age(since);
        Some(say!(self, "read {age}", "读取于{age}"))
    }

    /// Where a check failed: `last read 22m ago, stale: usable, week 32% left`
    pub fn last_read(&self, row: &Row<'_>) -> Option<String> {
        // Of the future is what a clock that jumped has left behind.
        let certain = row.known.as_ref().filter(|known| known.at <= self.now)?;
        let mut said = vec![match certain.is_signed_out {
            true => self.found(certain),
            false => self.verdict(certain.verdict),
        }];
        for window in certain.windows.as_deref().unwrap_or_default() {
            said.extend(self.was_left(window));
        }
        let said = self.list(&said);
        let age = self.age(certain.at);
        Some(say!(
            self,
            "last read {age}: {said}",
            "上次读取（{age}）：{said}"
        ))
    }

    /// What was left of a window that has not reset since.
    fn was_left(&self, window: &KnownWindow) -> Option<String> {
        window.resets_at.filter(|at| *at > self.now)?;
        let left = self.percent(window.used_percent?.complement());
        let label = self.length(window.length_seconds);
        Some(say!(self, "{label} {left}% left", "{label}剩余 {left}%"))
    }

    /// `Changed since the last reading (22m ago, stale): work usable again · …`
    pub fn changes(&self, report: &Report<'_>) -> Option<String> {
        let mut said = Vec::new();
        let mut ages: Vec<Instant> = Vec::new();
        let mut known: Vec<(Option<String>, Vec<Difference>)> = Vec::new();
        for row in &report.rows {
            let changes = row.changes(self.now);
            let told = (row.identity.clone(), changes);
            // What happened to one quota shows under each of its labels.
            let is_told = told.0.is_some() && known.contains(&told);
            if told.1.is_empty() || is_told {
                continue;
            }
            let changes = told.1.clone();
            known.push(told);
            let changes: Vec<String> = changes.iter().map(|one| self.change(row, one)).collect();
            let (name, changes) = (&row.profile.name, self.list(&changes));
            said.push(say!(self, "{name}: {changes}", "{name}：{changes}"));
            let past = row.past.as_ref().and_then(|past| past.certain.as_ref());
            ages.extend(past.map(|past| past.at));
        }
        let (oldest, newest) = (ages.iter().min()?, ages.iter().max()?);
        let mut age = self.age(*newest);
        if newest - oldest >= 60 {
            let oldest = self.age(*oldest);
            age = say!(
                self,
                "oldest {oldest}; newest {age}",
                "最早 {oldest}；最近 {age}"
            );
        }
        let said = self.some_of(said);
        Some(say!(
            self,
            "Changed since the last reading ({age}): {said}",
            "自上次读取（{age}）以来的变化：{said}"
        ))
    }

    fn change(&self, row: &Row<'_>, change: &Difference) -> String {
        match change {
            Difference::UsableAgain => say!(self, "usable again", "恢复可用"),
            Difference::Plan => {
                let plan = row.answer().and_then(|usage| usage.plan.as_ref());
                let plan = plan.map_or("?", |plan| plan.label.as_str());
                say!(self, "the plan is now {plan}", "套餐变为 {plan}")
            }
            Difference::ResetEarly(length) => {
                let label = self.length(*length);
                say!(self, "{label} was reset early", "{label}额度已提前重置")
            }
            Difference::ResetMoved(length, by) => {
                let label = self.length(*length);
                let span = self.span(Span::of_seconds(by.saturating_abs()));
                match *by < 0 {
                    true => say!(
                        self,
                        "{label} reset moved by -{span}",
                        "{label}重置提前 {span}"
                    ),
                    false => say!(
                        self,
                        "{label} reset moved by +{span}",
                        "{label}重置推迟 {span}"
                    ),
                }
            }
            Difference::WindowAppeared(length) => {
                let label = self.length(*length);
                say!(self, "{label} window is new", "{label}窗口新出现")
            }
            Difference::WindowVanished(length) => {
                let label = self.length(*length);
                say!(self, "{label} window is gone", "{label}窗口已消失")
            }
            Difference::CreditsDropped(was, is) => {
                let (was, is) = (self.whole(*was), self.whole(*is));
                say!(
                    self,
                    "credits dropped from {was} to {is}",
                    "credits 从 {was} 降至 {is}"
                )
            }
        }
    }

    /// What lies ahead, a line each: where there are so few profiles that a glance is
    /// enough, nothing.
    pub fn outlook(&self, report: &Report<'_>, outlook: &Outlook) -> Vec<String> {
        if outlook.checked < FLEET {
            return vec![];
        }
        let name = |row: usize| report.rows[row].profile.name.as_str();
        let (usable, checked) = (outlook.usable, outlook.checked);
        let unknown = outlook.unknown;
        let mut first = vec![match (usable, unknown) {
            (0, 1..) => say!(
                self,
                "Outlook: 0 of {checked} known to be usable · {unknown} unknown",
                "整体：{checked} 个中没有已知可用的 · {unknown} 个未知"
            ),
            _ => say!(
                self,
                "Outlook: {usable} of {checked} usable now",
                "整体：{checked} 个中现有 {usable} 个可用"
            ),
        }];
        if outlook.left_out > 0 {
            let count = outlook.left_out;
            first[0] += &say!(
                self,
                ", {count} of them not in the order",
                "（其中 {count} 个不在顺序中）"
            );
        }
        if let Some((row, at)) = outlook.next_recovery {
            let (name, clock) = (name(row), self.clock(at));
            first.push(say!(
                self,
                "next back: {name}, {clock}",
                "最先恢复：{name}（{clock}）"
            ));
        }
        if let Some(at) = outlook.ends_at {
            let clock = self.clock(at);
            let mut said = say!(
                self,
                "at the present pace no included use is left from about {clock}",
                "按当前速度，约 {clock} 起全部受限"
            );
            if unknown > 0 {
                said += &say!(self, " ({unknown} unknown)", "（{unknown} 个未知）");
            }
            first.push(said);
        }
        let mut lines = Vec::new();
        if unknown < checked {
            lines.push(first.join(" · "));
        }
        if !outlook.expiring.is_empty() {
            let expiring = outlook.expiring.iter();
            let said = expiring
                .map(|one| self.expiring(name(one.row), one))
                .collect();
            let said = self.some_of(said);
            lines.push(say!(
                self,
                "Would expire unused within 24h: {said}",
                "24 小时内将作废：{said}"
            ));
        }
        if !outlook.banked.is_empty() {
            let banked = outlook.banked.iter();
            let said: Vec<String> = banked
                .map(|(row, banked)| format!("{} {}", name(*row), banked.available))
                .collect();
            let said = self.some_of(said);
            lines.push(say!(
                self,
                "Banked resets (this tool never uses them): {said}",
                "可用的重置次数（本工具不会使用）：{said}"
            ));
        }
        lines
    }

    fn expiring(&self, name: &str, one: &Expiring) -> String {
        let label = self.length(one.length_seconds);
        let left = one.left.trunc();
        let clock = self.clock(one.at);
        match one.is_at_pace {
            true => say!(
                self,
                "about {left}% of {name}'s {label}, {clock}",
                "{name} {label}额度约 {left}%（{clock}）"
            ),
            false => say!(
                self,
                "up to {left}% of {name}'s {label}, {clock}",
                "{name} {label}额度至多 {left}%（{clock}）"
            ),
        }
    }

    /// The first few, and how many more there are.
    pub(super) fn some_of(&self, mut said: Vec<String>) -> String {
        let more = said.len().saturating_sub(MOST_NAMED);
        said.truncate(MOST_NAMED);
        said.extend(self.and_more(more));
        said.join(" · ")
    }

    /// `5h`, `week`, `3d`: a window by its length alone.
    fn length(&self, seconds: i64) -> String {
        self.role_label(Role::of_length(seconds), Some(seconds))
    }
}

/// The pace of a window, for programs.
pub(super) fn window_pace(pace: Pace) -> WindowPace {
    WindowPace {
        speed: pace.speed.word(),
        even_left_percent: pace.even_left.into(),
        runs_out_at: pace.runs_out_at,
        left_at_reset_percent: pace.left_at_reset.into(),
    }
}

/// All that has changed on a profile, for programs.
pub(super) fn changes(row: &Row<'_>, now: Instant) -> Vec<Changed> {
    let changed = |change: &Difference| {
        let (kind, length, by) = match *change {
            Difference::UsableAgain => ("usable_again", None, None),
            Difference::Plan => ("plan", None, None),
            Difference::ResetEarly(length) => ("reset_early", Some(length), None),
            Difference::ResetMoved(length, by) => ("reset_moved", Some(length), Some(by)),
            Difference::WindowAppeared(length) => ("window_appeared", Some(length), None),
            Difference::WindowVanished(length) => ("window_vanished", Some(length), None),
            Difference::CreditsDropped(..) => ("credits_dropped", None, None),
        };
        let (from, to) = match *change {
            Difference::CreditsDropped(was, is) => (Some(was.into()), Some(is.into())),
            _ => (None, None),
        };
        Changed {
            change: kind,
            limit_window_seconds: length,
            moved_seconds: by,
            from,
            to,
        }
    };
    row.changes(now).iter().map(changed).collect()
}

/// The outlook over all profiles, for programs.
pub(super) fn ahead<'a>(report: &'a Report<'_>, outlook: &Outlook) -> Ahead<'a> {
    let label = |row: usize| report.rows[row].profile.name.as_str();
    let recovery = |(row, recovers_at)| Recovery {
        label: label(row),
        recovers_at,
    };
    let expiring = |one: &Expiring| ExpiringUnused {
        label: label(one.row),
        limit_window_seconds: one.length_seconds,
        left_percent: one.left.into(),
        at_present_pace: one.is_at_pace,
        expires_at: one.at,
    };
    Ahead {
        usable: outlook.usable,
        unknown: outlook.unknown,
        next_recovery: outlook.next_recovery.map(recovery),
        all_blocked_at: outlook.ends_at,
        expiring_unused: outlook.expiring.iter().map(expiring).collect(),
        banked_resets: banked_resets(report, outlook),
    }
}

/// All banked resets, for programs.
pub(super) fn banked_resets<'a>(
    report: &'a Report<'_>,
    outlook: &Outlook,
) -> Vec<ProfileResets<'a>> {
    let of_profile = |(row, banked): &(usize, ResetCredits)| ProfileResets {
        label: &report.rows[*row].profile.name,
        banked: json::banked_resets(*banked),
    };
    outlook.banked.iter().map(of_profile).collect()
}

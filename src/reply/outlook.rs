//! The outlook of all profiles together, in words and for programs.

use super::documents::{Ahead, ExpiringUnused, ProfileResets, Recovery, Utc};
use super::words::say;
use super::{ReplyContext, json};
use crate::outlook::{Expiring, Outlook};
use crate::report::Report;
use crate::usage::ResetCredits;

/// From how many profiles on there is an outlook.
const FLEET: usize = 3;

/// The lines of the outlook: none where there are so few profiles that a glance is
/// enough.
pub(super) fn lines(context: &ReplyContext, report: &Report<'_>, outlook: &Outlook) -> Vec<String> {
    if outlook.checked < FLEET {
        return vec![];
    }
    let name = |row: usize| report.rows[row].profile.name.as_str();
    let mut lines = Vec::new();
    lines.extend(outlook.ends_at.map(|at| {
        let clock = context.clock(at);
        let beside = context.beside(&clock);
        say!(
            context,
            "At this pace everything is used up about {clock}.",
            "照此速度，约{beside} 全部用完。"
        )
    }));
    if !outlook.expiring.is_empty() {
        let expiring = outlook.expiring.iter();
        let said = expiring.map(|one| expiring_one(context, name(one.row), one)).collect();
        let said = context.some_of(said);
        lines.push(say!(
            context,
            "Would expire unused within 24h: {said}",
            "24 小时内到期、用不完的额度：{said}"
        ));
    }
    if !outlook.banked.is_empty() {
        let banked = outlook.banked.iter();
        let said: Vec<String> =
            banked.map(|(row, banked)| format!("{} {}", name(*row), banked.available)).collect();
        let said = context.some_of(said);
        lines.push(say!(
            context,
            "Banked resets (this tool never uses them): {said}",
            "可用的重置次数（本工具不会使用）：{said}"
        ));
    }
    lines
}

fn expiring_one(context: &ReplyContext, name: &str, one: &Expiring) -> String {
    let label = context.length(one.length_seconds);
    let left = one.left.trunc();
    let clock = context.clock(one.at);
    if one.is_at_pace {
        say!(
            context,
            "about {left}% of {name}'s {label}, {clock}",
            "{name} {label}约 {left}%（{clock}）"
        )
    } else {
        say!(
            context,
            "up to {left}% of {name}'s {label}, {clock}",
            "{name} {label}至多 {left}%（{clock}）"
        )
    }
}

/// The outlook over all profiles, for programs.
pub(super) fn ahead<'a>(report: &'a Report<'_>, outlook: &Outlook) -> Ahead<'a> {
    let label = |row: usize| report.rows[row].profile.name.as_str();
    let recovery = |(row, at)| Recovery { label: label(row), usable_at: Utc(at) };
    let expiring = |one: &Expiring| ExpiringUnused {
        label: label(one.row),
        limit_window_seconds: one.length_seconds,
        remaining_percent: one.left.into(),
        at_present_pace: one.is_at_pace,
        resets_at: Utc(one.at),
    };
    Ahead {
        usable: outlook.usable,
        unknown: outlook.unknown,
        next_recovery: outlook.next_recovery.map(recovery),
        all_blocked_at: outlook.ends_at.map(Utc),
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

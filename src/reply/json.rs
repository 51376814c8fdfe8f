//! Fills the documents that tell of profiles.

use super::documents::*;
use super::{ReplyContext, failure, findings, words};
use crate::command::CheckOptions;
use crate::outlook::row_pace;
use crate::pace::Pace;
use crate::profile::{Access, Finding, Ids, Profile, SignIns};
use crate::readings::{Difference, Reading};
use crate::report::{Report, Row};
use crate::time::Instant;
use crate::usage::{
    ModelAvailability, NOTHING, Pool, Reason, ResetCredits, Role, SpendControl, UsageSnapshot,
    UsageWindow, Verdict, WindowState,
};

/// The id, masked unless ids may be shown whole: a name that is the whole id tells.
fn shown_id(profile: &Profile) -> String {
    let full = profile.id.shown(Ids::Full);
    if profile.name == full { full } else { profile.id.shown(Ids::Masked) }
}

pub(super) fn duplicates(report: &Report<'_>) -> Vec<Vec<String>> {
    let id = |row: &usize| shown_id(report.rows[*row].profile);
    report.duplicates.iter().map(|rows| rows.iter().map(id).collect()).collect()
}

pub(super) fn summary(report: &Report<'_>) -> Summary {
    let answered = report.rows.iter().filter(|row| row.outcome.is_ok()).count();
    Summary {
        profiles_checked: report.rows.len(),
        remote_ok_count: answered,
        remote_failed_count: report.rows.len() - answered,
        verdicts: VerdictCounts {
            usable: report.count(Verdict::Usable),
            usable_at_cost: report.count(Verdict::UsableAtCost),
            wait: report.count(Verdict::Wait),
            broken: report.count(Verdict::Broken),
            unknown: report.count(Verdict::Unknown),
        },
        profiles_left_out: report.without_room,
    }
}

/// The oddities of a store.
pub(super) fn findings(context: &ReplyContext, findings: &[Finding]) -> Vec<FindingNote> {
    let note = |finding: &Finding| FindingNote {
        code: *finding,
        message: findings::finding(context, *finding),
    };
    findings.iter().map(note).collect()
}

/// A profile as it is stored.
pub(super) fn stored_profile<'a>(sign_ins: &SignIns, profile: &'a Profile) -> StoredProfile<'a> {
    let is_left_out = sign_ins.leaves_out(profile);
    StoredProfile {
        profile: shown_id(profile),
        label: &profile.name,
        handle: &profile.handle,
        provider: &profile.provider,
        r#type: "oauth",
        token: match profile.access {
            Access::Ready => "ready",
            Access::Expired => "expired",
            Access::Fenced => "fenced",
            Access::Missing => "missing",
        },
        token_expiry: profile.expires_at.map(Utc),
        last_used: profile.last_used_at.map(Utc),
        last_failure: profile.last_failure_at.map(Utc),
        cooldown_until: profile.cooldown_until.map(Utc),
        cooldown_reason: profile.cooldown_reason.as_deref(),
        error_count: profile.error_count,
        failure_counts: &profile.failure_counts,
        order_position: profile.place,
        in_order: (profile.place.is_some() || is_left_out).then_some(!is_left_out),
    }
}

pub(super) fn checked_profile<'a>(
    context: &ReplyContext,
    report: &Report<'_>,
    row: &'a Row<'_>,
    options: &CheckOptions,
) -> CheckedProfile<'a> {
    // Numbers of another account are not shown.
    let usage = row.outcome.as_ref().ok();
    let usage = usage.map(|usage| if row.is_mismatch() { &*NOTHING } else { usage });
    CheckedProfile {
        stored: stored_profile(report.sign_ins, row.profile),
        verdict: row.judgement.verdict,
        verdict_reason: row.judgement.reason,
        server_verdict: row.server_verdict(),
        usable_at: row.judgement.until.map(Utc),
        notes: notes(row),
        changes: row.changes(context.now).into_iter().map(changed).collect(),
        remote_usage_ok: row.outcome.is_ok(),
        remote_usage: usage.map(|usage| remote_usage(row, usage, context.now)),
        error: profile_error(context, row),
        remote_debug: options.debug.then_some(row.tries),
    }
}

/// A change on a profile, for programs.
fn changed(change: Difference) -> Changed {
    let (change, length, by, credits) = match change {
        Difference::UsableAgain => ("usable_again", None, None, None),
        Difference::Plan => ("plan", None, None, None),
        Difference::ResetEarly(length) => ("reset_early", Some(length), None, None),
        Difference::ResetMoved(length, by) => ("reset_moved", Some(length), Some(by), None),
        Difference::WindowAppeared(length) => ("window_appeared", Some(length), None, None),
        Difference::WindowVanished(length) => ("window_vanished", Some(length), None, None),
        Difference::CreditsDropped(was, is) => ("credits_dropped", None, None, Some((was, is))),
    };
    let (from, to) = credits.unzip();
    Changed { change, limit_window_seconds: length, moved_seconds: by, from, to }
}

/// Why the usage of a profile could not be read.
pub(super) fn profile_error(context: &ReplyContext, row: &Row<'_>) -> Option<ProfileError> {
    let error = row.outcome.as_ref().err()?;
    Some(ProfileError {
        code: error.code(),
        reason: error.reason(),
        status: row.tries.status,
        hint: failure::hint(context, error, row),
        retry_after_seconds: error.retry_after(),
        resets_at: error.resets_at().map(Utc),
    })
}

fn notes(row: &Row<'_>) -> Vec<&'static str> {
    let has = |state| row.windows().iter().any(|window| window.state == state);
    let notes = [
        (row.judgement.reason == Reason::BlockedDespitePercent, "blocked_despite_percent"),
        (has(WindowState::Due), "reset_due"),
        (has(WindowState::NotStarted), "unstarted"),
        (has(WindowState::Inconsistent), "reset_inconsistent"),
    ];
    notes.into_iter().filter_map(|(holds, note)| holds.then_some(note)).collect()
}

fn remote_usage<'a>(row: &Row<'_>, usage: &'a UsageSnapshot, now: Instant) -> RemoteUsage<'a> {
    let quota = usage.quota();
    let plan = usage.plan.as_ref();
    let credits = usage.credits.as_ref();
    let windows = usage.windows().iter();
    RemoteUsage {
        plan: plan.map(|plan| plan.name.as_str()),
        plan_label: plan.map(|plan| plan.label.as_str()),
        allowed: quota.and_then(|quota| quota.allowed),
        limit_reached: quota.and_then(|quota| quota.limit_reached),
        credits_balance: credits.and_then(|credits| credits.balance.as_ref()),
        credits,
        spend: usage.spend.as_ref().map(|limits| spend(limits, now)),
        reset_credits: usage.reset_credits.map(banked_resets),
        models: usage.models.iter().map(|each| model(each, now)).collect(),
        windows: windows.map(|each| window(each, usage.as_of, row_pace(row, each, now))).collect(),
        additional: usage.additional.iter().map(|each| pool(each, usage.as_of)).collect(),
        unknown_fields: usage.unknown_fields,
    }
}

fn pool(pool: &Pool, as_of: Instant) -> AdditionalPool<'_> {
    AdditionalPool {
        name: &pool.name,
        model: pool.model.as_deref(),
        blocked: pool.is_blocked(),
        allowed: pool.quota.allowed,
        limit_reached: pool.quota.limit_reached,
        windows: pool.quota.windows.iter().map(|each| window(each, as_of, None)).collect(),
    }
}

fn spend(spend: &SpendControl, now: Instant) -> Spend<'_> {
    let limit = spend.limit.as_ref();
    let resets_at = limit.and_then(|limit| limit.resets_at);
    Spend {
        reached: spend.reached,
        kind: spend.kind,
        limit: limit.and_then(|limit| limit.limit.as_ref()),
        remaining: limit.and_then(|limit| limit.remaining.as_ref()),
        remaining_percent: limit.and_then(|limit| limit.remaining_percent),
        resets_at: resets_at.map(Utc),
        resets_in_seconds: resets_at.map(|at| at - now),
    }
}

/// Banked resets, and where their list was read.
pub(super) fn banked_resets(banked: ResetCredits) -> BankedResets {
    BankedResets {
        available: banked.list.available,
        applicable: banked.applicable,
        next_expires_at: banked.list.next_expires_at.map(Utc),
        list: banked.source,
    }
}

fn model(model: &ModelAvailability, now: Instant) -> Model<'_> {
    Model {
        model: &model.model,
        available: model.available,
        available_at: model.available_at.map(Utc),
        available_in_seconds: model.available_at.map(|at| at - now),
        credits_would_enable: model.credits_would_enable,
    }
}

fn window(window: &UsageWindow, as_of: Instant, pace: Option<Pace>) -> Window {
    let (role, label) = match window.role() {
        Role::Session => ("session", Some("5h".to_owned())),
        Role::Weekly => ("weekly", Some("week".to_owned())),
        Role::Monthly => ("monthly", Some("month".to_owned())),
        Role::Other => ("other", window.length_seconds.map(words::length_label)),
    };
    Window {
        role,
        label,
        used_percent: window.used_percent,
        remaining_percent: window.remaining_percent(),
        resets_at: window.resets_at.map(Utc),
        resets_in_seconds: window.resets_at.map(|at| at - as_of),
        limit_window_seconds: window.length_seconds.filter(|_| !window.is_assumed),
        state: window.state,
        pace: pace.map(|pace| WindowPace {
            speed: pace.speed,
            even_remaining_percent: pace.even_left,
            runs_out_at: pace.runs_out_at.map(Utc),
            remaining_at_reset_percent: pace.left_at_reset,
            average_of_days: pace.of_days,
        }),
    }
}

/// An earlier check of the sign-in that is stored now.
pub(super) fn last_check(reading: &Reading) -> LastCheck {
    let certain = reading.certain.as_ref();
    LastCheck {
        checked_at: Utc(reading.checked_at),
        verdict: reading.verdict(),
        conclusive_at: certain.map(|certain| Utc(certain.at)),
        conclusive_verdict: certain.map(|certain| certain.verdict),
        signed_out: reading.is_signed_out(),
    }
}

/// The ids whose token was rejected.
pub(super) fn rejected_tokens(report: &Report<'_>) -> Vec<String> {
    let is_rejected = |row: &&Row<'_>| row.outcome.is_err() && row.tries.status == Some(401);
    report.rows.iter().filter(is_rejected).map(|row| shown_id(row.profile)).collect()
}

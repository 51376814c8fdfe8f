//! Fills the documents that tell of profiles.

use super::documents::{
    AdditionalPool, Balance, BankedResets, Changed, CheckedProfile, FindingNote, LastCheck, Model,
    ProfileError, RemoteUsage, Requests, Spend, StoredProfile, Summary, Utc, VerdictCounts, Window,
    WindowPace,
};
use super::{ReplyContext, failure, findings, windows};
use crate::command::CheckOptions;
use crate::outlook::row_pace;
use crate::pace::Pace;
use crate::profile::{Access, Finding, Ids, Profile, SignIns};
use crate::readings::{Difference, Reading};
use crate::report::{Report, Row};
use crate::time::Instant;
use crate::usage::{
    Credits, ModelAvailability, NOTHING, Pool, RateLimit, Reason, ResetCredits, Role, SpendControl,
    SpendKind, UsageSnapshot, UsageWindow, Verdict, WindowState,
};

/// The id, masked unless ids may be shown whole: a name that is the whole id tells.
fn shown_id(profile: &Profile) -> String {
    let full = profile.id.shown(Ids::Full);
    if profile.name == full { full } else { profile.id.shown(Ids::Masked) }
}

pub(super) fn duplicates(report: &Report<'_>) -> Vec<Vec<String>> {
    let id = |row: &usize| shown_id(report.rows[*row].profile);
    let ids = |rows: &Vec<usize>| rows.iter().map(id).collect();
    report.duplicates.iter().map(ids).collect()
}

pub(super) fn summary(report: &Report<'_>) -> Summary {
    let answered = report.answered();
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
        code: finding.word(),
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
    let judgement = &row.judgement;
    // Numbers of another account are not shown.
    let usage = row.outcome.as_ref().ok();
    let usage = usage.map(|usage| if row.is_mismatch() { &NOTHING } else { usage });
    CheckedProfile {
        stored: stored_profile(report.sign_ins, row.profile),
        verdict: judgement.verdict,
        verdict_reason: judgement.reason.word(),
        server_verdict: row.server_verdict(),
        usable_at: judgement.until.map(Utc),
        notes: notes(row),
        changes: changes(row, context.now),
        remote_usage_ok: row.outcome.is_ok(),
        remote_usage: usage.map(|usage| remote_usage(context, row, usage)),
        error: profile_error(context, row),
        remote_debug: options.debug.then_some(Requests {
            attempt: row.tries.attempt,
            elapsed_ms: row.tries.elapsed_ms,
            status: row.tries.status,
        }),
    }
}

/// All that has changed on a profile, for programs.
fn changes(row: &Row<'_>, now: Instant) -> Vec<Changed> {
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
        Changed { change: kind, limit_window_seconds: length, moved_seconds: by, from, to }
    };
    row.changes(now).iter().map(changed).collect()
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
    let Some(usage) = row.answer() else {
        return vec![];
    };
    let has = |state: WindowState| usage.windows().iter().any(|window| window.state == state);
    let despite = row.judgement.reason == Reason::BlockedDespitePercent;
    let notes = [
        (despite, "blocked_despite_percent"),
        (has(WindowState::Due), "reset_due"),
        (has(WindowState::NotStarted), "unstarted"),
        (has(WindowState::Inconsistent), "reset_inconsistent"),
    ];
    let held = notes.into_iter().filter(|(holds, _)| *holds);
    held.map(|(_, note)| note).collect()
}

fn remote_usage<'a>(
    context: &ReplyContext,
    row: &Row<'_>,
    usage: &'a UsageSnapshot,
) -> RemoteUsage<'a> {
    let quota = match &usage.rate_limit {
        RateLimit::Reported(quota) => Some(quota),
        RateLimit::Absent | RateLimit::None => None,
    };
    let plan = usage.plan.as_ref();
    let pool = |pool: &'a Pool| AdditionalPool {
        name: &pool.name,
        model: pool.model.as_deref(),
        blocked: pool.is_blocked(),
        allowed: pool.quota.allowed,
        limit_reached: pool.quota.limit_reached,
        windows: windows(&pool.quota.windows, usage.as_of, |_| None),
    };
    let pace = |window: &UsageWindow| row_pace(row, window, context.now);
    let models = usage.models.iter();
    let credits = usage.credits.as_ref();
    RemoteUsage {
        plan: plan.map(|plan| plan.name.as_str()),
        plan_label: plan.map(|plan| plan.label.as_str()),
        allowed: quota.and_then(|quota| quota.allowed),
        limit_reached: quota.and_then(|quota| quota.limit_reached),
        credits_balance: credits.and_then(|credits| credits.balance.as_ref().map(Into::into)),
        credits: credits.map(balance),
        spend: usage.spend.as_ref().map(|limits| spend(limits, context.now)),
        reset_credits: usage.reset_credits.map(banked_resets),
        models: models.map(|each| model(each, context.now)).collect(),
        windows: windows(usage.windows(), usage.as_of, pace),
        additional: usage.additional.iter().map(pool).collect(),
        unknown_fields: usage.unknown_fields,
    }
}

fn balance(credits: &Credits) -> Balance {
    Balance {
        has_credits: credits.has_credits,
        unlimited: credits.unlimited,
        overage_limit_reached: credits.overage_limit_reached,
        balance: credits.balance.as_ref().map(Into::into),
    }
}

fn spend(spend: &SpendControl, now: Instant) -> Spend {
    let limit = spend.limit.as_ref();
    let resets_at = limit.and_then(|limit| limit.resets_at);
    let share = limit.and_then(|limit| limit.remaining_percent);
    let total = limit.and_then(|limit| limit.limit.as_ref());
    let remaining = limit.and_then(|limit| limit.remaining.as_ref());
    Spend {
        reached: spend.reached,
        kind: spend.kind.map(SpendKind::word),
        limit: total.map(Into::into),
        remaining: remaining.map(Into::into),
        remaining_percent: share.map(Into::into),
        resets_at: resets_at.map(Utc),
        resets_in_seconds: resets_at.map(|at| at - now),
    }
}

/// Banked resets, and where their list was read.
pub(super) fn banked_resets(banked: ResetCredits) -> BankedResets {
    BankedResets {
        available: banked.available,
        applicable: banked.applicable,
        next_expires_at: banked.next_expires_at.map(Utc),
        list: banked.list.word(),
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

fn windows(
    windows: &[UsageWindow],
    as_of: Instant,
    pace: impl Fn(&UsageWindow) -> Option<Pace>,
) -> Vec<Window> {
    let filled = |each| window(each, as_of, pace(each));
    windows.iter().map(filled).collect()
}

fn window(window: &UsageWindow, as_of: Instant, pace: Option<Pace>) -> Window {
    let (role, label) = match window.role {
        Role::Session => ("session", Some("5h".to_owned())),
        Role::Weekly => ("weekly", Some("week".to_owned())),
        Role::Monthly => ("monthly", Some("month".to_owned())),
        Role::Other => ("other", window.length_seconds.map(windows::length_label)),
    };
    Window {
        role,
        label,
        used_percent: window.used_percent.map(Into::into),
        remaining_percent: window.remaining_percent().map(Into::into),
        resets_at: window.resets_at.map(Utc),
        resets_in_seconds: window.resets_in(as_of),
        limit_window_seconds: window.length_seconds.filter(|_| !window.is_assumed),
        state: window.state.word(),
        pace: pace.map(window_pace),
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

/// The pace of a window, for programs.
fn window_pace(pace: Pace) -> WindowPace {
    WindowPace {
        speed: pace.speed.word(),
        even_remaining_percent: pace.even_left.into(),
        runs_out_at: pace.runs_out_at.map(Utc),
        remaining_at_reset_percent: pace.left_at_reset.into(),
        average_of_days: pace.of_days,
    }
}

/// The note of the Python skill where a token was rejected, and the ids whose token it was.
pub(super) fn rejected_tokens(report: &Report<'_>) -> (Option<&'static str>, Vec<String>) {
    let is_rejected = |row: &&Row<'_>| row.outcome.is_err() && row.tries.status == Some(401);
    let rejected = report.rows.iter().filter(is_rejected);
    let ids: Vec<String> = rejected.map(|row| shown_id(row.profile)).collect();
    let note = "usage_endpoint_rejected_available_oauth_tokens_401";
    ((!ids.is_empty()).then_some(note), ids)
}

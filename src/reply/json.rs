//! The same facts for programs. `checked_at`, `confirm_before` and what the store tells
//! (`token_expiry`, `last_used`, `last_failure`, `cooldown_until`) are RFC 3339 in the
//! user's zone; every other `…_at`, being an answer's or reckoned from one, is epoch
//! seconds. What was not reported is null.

use super::advice::{self, Advice};
use super::{Voice, outlook, words};
use crate::clock::Instant;
use crate::document::Item;
use crate::outlook::row_pace;
use crate::pace::Pace;
use crate::profile::{Access, Finding, Profile, SignIns, clean};
use crate::readings::{Known, Reading};
use crate::report::{Report, Row};
use crate::usage::{
    Credits, ModelAvailability, NOTHING, Pool, RateLimit, Reason, ResetCredits, Role, SpendControl,
    SpendKind, UsageError, UsageSnapshot, UsageWindow, Verdict, WindowState,
};

/// The endpoint that a check asks.
const REMOTE_ENDPOINT: &str = "https://chatgpt.com/backend-api/wham/usage";

/// The document of a check, with the line of each profile and the whole message.
pub fn usage_document(
    voice: &Voice,
    advice: &Advice<'_>,
    debug: bool,
    lines: Vec<String>,
    message: &str,
) -> String {
    let report = advice.report;
    let rows = report.rows.iter();
    let profiles = rows.map(|row| checked_profile(voice, row, debug));
    Item::Object(vec![
        ("ok", report.is_a_check().into()),
        ("source", report.sign_ins.source.as_str().into()),
        ("remote_endpoint", REMOTE_ENDPOINT.into()),
        ("checked_at", voice.zone.rfc3339(voice.now).into()),
        ("zone", voice.zone.name.as_str().into()),
        ("progress_message", words::progress(voice.locale).into()),
        ("summary", summary(report)),
        ("formatted_profiles", lines.into()),
        ("suggested_user_message", message.into()),
        ("profiles", Item::List(profiles.collect())),
        ("findings", findings(voice, report.findings())),
        ("duplicates", duplicates(report)),
        ("advice", advice::advice_document(voice, advice)),
        (
            "outlook",
            outlook::outlook_document(report, &advice.outlook),
        ),
    ])
    .to_text()
}

/// The id, masked unless ids may be shown whole: a name that is the whole id tells.
fn shown_id(profile: &Profile) -> String {
    let full = profile.name == clean(profile.id.as_str(), 128);
    profile.id.shown(full, true)
}

fn duplicates(report: &Report<'_>) -> Item<'static> {
    let id = |row: &usize| shown_id(report.rows[*row].profile);
    let ids = |rows: &Vec<usize>| rows.iter().map(id).collect();
    let groups: Vec<Vec<String>> = report.duplicates.iter().map(ids).collect();
    groups.into()
}

fn summary(report: &Report<'_>) -> Item<'static> {
    let answered = report.answered();
    let count = |verdict: Verdict| (verdict.word(), report.count(verdict).into());
    Item::Object(vec![
        ("profiles_checked", report.rows.len().into()),
        ("remote_ok_count", answered.into()),
        ("remote_failed_count", (report.rows.len() - answered).into()),
        ("verdicts", Item::Object(Verdict::ALL.map(count).into())),
        ("profiles_left_out", report.without_room.into()),
    ])
}

fn findings(voice: &Voice, findings: &[Finding]) -> Item<'static> {
    let document = |finding: &Finding| {
        Item::Object(vec![
            ("code", finding.word().into()),
            ("message", voice.finding(*finding).into()),
        ])
    };
    Item::List(findings.iter().map(document).collect())
}

/// What the store says of a profile.
fn stored_profile<'a>(
    voice: &Voice,
    profile: &'a Profile,
    is_left_out: bool,
) -> Vec<(&'a str, Item<'a>)> {
    let time = |at: Option<Instant>| at.map(|at| voice.zone.rfc3339(at)).into();
    let counts = profile.failure_counts.iter();
    let counts = counts.map(|(reason, count)| (reason.as_str(), i64::from(*count).into()));
    let token = match profile.access {
        Access::Ready => "ready",
        Access::Expired => "expired",
        Access::Fenced => "fenced",
        Access::Missing => "missing",
    };
    vec![
        ("profile", shown_id(profile).into()),
        ("label", profile.name.as_str().into()),
        ("handle", profile.handle.as_str().into()),
        ("provider", profile.provider.as_str().into()),
        ("type", "oauth".into()),
        ("token", token.into()),
        ("token_expiry", time(profile.expires_at)),
        ("last_used", time(profile.last_used_at)),
        ("last_failure", time(profile.last_failure_at)),
        ("cooldown_until", time(profile.cooldown_until)),
        ("cooldown_reason", profile.cooldown_reason.as_deref().into()),
        ("error_count", i64::from(profile.error_count).into()),
        ("failure_counts", Item::Object(counts.collect())),
        ("order_position", profile.place.into()),
        (
            "in_order",
            (profile.place.is_some() || is_left_out)
                .then_some(!is_left_out)
                .into(),
        ),
    ]
}

/// What the store says of a profile, and what the endpoint said.
fn checked_profile<'a>(voice: &Voice, row: &'a Row<'_>, debug: bool) -> Item<'a> {
    let judgement = &row.judgement;
    let mut fields = stored_profile(voice, row.profile, row.is_left_out);
    fields.extend([
        ("verdict", judgement.verdict.word().into()),
        ("verdict_reason", judgement.reason.word().into()),
        ("server_verdict", judgement.server.map(Verdict::word).into()),
        ("usable_at", judgement.until.into()),
        ("notes", notes(row)),
        ("changes", outlook::changes_document(row, voice.now)),
        ("remote_usage_ok", row.outcome.is_ok().into()),
    ]);
    match &row.outcome {
        // Somebody else's numbers are nobody's here.
        Ok(_) if row.is_mismatch() => {
            fields.push(("remote_usage", remote_usage(voice, row, &NOTHING)))
        }
        Ok(usage) => fields.push(("remote_usage", remote_usage(voice, row, usage))),
        Err(error) => fields.extend(remote_failure(voice, row, error)),
    }
    if debug {
        fields.extend([
            ("attempt", i64::from(row.tries.attempt).into()),
            ("elapsed_ms", i64::from(row.tries.elapsed_ms).into()),
            ("status", row.tries.status.map(i64::from).into()),
        ]);
    }
    Item::Object(fields)
}

fn remote_failure<'a>(
    voice: &Voice,
    row: &Row<'_>,
    error: &UsageError,
) -> [(&'a str, Item<'a>); 6] {
    [
        ("remote_error", error.code().into()),
        ("remote_reason", error.reason().into()),
        ("remote_status", row.tries.status.map(i64::from).into()),
        ("remote_hint", voice.hint(error, row).into()),
        ("retry_after_seconds", error.retry_after().into()),
        ("resets_at", error.resets_at().into()),
    ]
}

fn notes(row: &Row<'_>) -> Item<'static> {
    let Some(usage) = row.answer() else {
        return Item::List(vec![]);
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
    Item::List(held.map(|(_, note)| note.into()).collect())
}

fn remote_usage<'a>(voice: &Voice, row: &Row<'_>, usage: &'a UsageSnapshot) -> Item<'a> {
    let quota = match &usage.rate_limit {
        RateLimit::Reported(quota) => Some(quota),
        RateLimit::Absent | RateLimit::None => None,
    };
    let plan = usage.plan.as_ref();
    let pool = |pool: &'a Pool| {
        let quota = &pool.quota;
        Item::Object(vec![
            ("name", pool.name.as_str().into()),
            ("model", pool.model.as_deref().into()),
            ("blocked", pool.is_blocked().into()),
            ("allowed", quota.allowed.into()),
            ("limit_reached", quota.limit_reached.into()),
            ("windows", windows(&quota.windows, usage.as_of, |_| None)),
        ])
    };
    let models = usage.models.iter().map(|each| model(each, voice.now));
    Item::Object(vec![
        ("plan", plan.map(|plan| plan.name.as_str()).into()),
        ("plan_label", plan.map(|plan| plan.label.as_str()).into()),
        ("allowed", quota.and_then(|quota| quota.allowed).into()),
        (
            "limit_reached",
            quota.and_then(|quota| quota.limit_reached).into(),
        ),
        ("credits", usage.credits.as_ref().map(credits).into()),
        (
            "spend",
            usage
                .spend
                .as_ref()
                .map(|spend| spend_control(spend, voice.now))
                .into(),
        ),
        (
            "reset_credits",
            usage
                .reset_credits
                .map(|banked| Item::Object(reset_credits(banked).into()))
                .into(),
        ),
        ("models", Item::List(models.collect())),
        (
            "windows",
            windows(usage.windows(), usage.as_of, |window| {
                row_pace(row, window, voice.now)
            }),
        ),
        (
            "additional",
            Item::List(usage.additional.iter().map(pool).collect()),
        ),
        ("unknown_fields", usage.unknown_fields.into()),
    ])
}

fn credits(credits: &Credits) -> Item<'_> {
    Item::Object(vec![
        ("has_credits", credits.has_credits.into()),
        ("unlimited", credits.unlimited.into()),
        (
            "overage_limit_reached",
            credits.overage_limit_reached.into(),
        ),
        ("balance", credits.balance.as_ref().into()),
    ])
}

fn spend_control(spend: &SpendControl, now: Instant) -> Item<'_> {
    let limit = spend.limit.as_ref();
    let resets_at = limit.and_then(|limit| limit.resets_at);
    let share = limit.and_then(|limit| limit.remaining_percent);
    let total = limit.and_then(|limit| limit.limit.as_ref());
    let remaining = limit.and_then(|limit| limit.remaining.as_ref());
    Item::Object(vec![
        ("reached", spend.reached.into()),
        ("kind", spend.kind.map(SpendKind::word).into()),
        ("limit", total.into()),
        ("remaining", remaining.into()),
        ("remaining_percent", share.into()),
        ("resets_at", resets_at.into()),
        ("resets_in_seconds", resets_at.map(|at| at - now).into()),
    ])
}

/// Banked resets, and where their list was read.
pub fn reset_credits(banked: ResetCredits) -> [(&'static str, Item<'static>); 4] {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    [
        ("available", count(banked.available).into()),
        ("applicable", banked.applicable.map(count).into()),
        ("next_expires_at", banked.next_expires_at.into()),
        ("list", banked.list.word().into()),
    ]
}

fn model(model: &ModelAvailability, now: Instant) -> Item<'_> {
    Item::Object(vec![
        ("model", model.model.as_str().into()),
        ("available", model.available.into()),
        ("available_at", model.available_at.into()),
        (
            "available_in_seconds",
            model.available_at.map(|at| at - now).into(),
        ),
        ("credits_would_enable", model.credits_would_enable.into()),
    ])
}

fn windows(
    windows: &[UsageWindow],
    as_of: Instant,
    pace: impl Fn(&UsageWindow) -> Option<Pace>,
) -> Item<'static> {
    let document = |each| window(each, as_of, pace(each));
    Item::List(windows.iter().map(document).collect())
}

fn window(window: &UsageWindow, as_of: Instant, pace: Option<Pace>) -> Item<'static> {
    let (role, label) = match window.role {
        Role::Session => ("session", Some("5h".to_owned())),
        Role::Weekly => ("weekly", Some("week".to_owned())),
        Role::Monthly => ("monthly", Some("month".to_owned())),
        Role::Other => ("other", window.length_seconds.map(words::length_label)),
    };
    let reported = window.length_seconds.filter(|_| !window.is_assumed);
    Item::Object(vec![
        ("role", role.into()),
        ("label", label.into()),
        ("used_percent", window.used_percent.into()),
        ("remaining_percent", window.remaining_percent().into()),
        ("resets_at", window.resets_at.into()),
        ("resets_in_seconds", window.resets_in(as_of).into()),
        ("limit_window_seconds", reported.into()),
        ("state", window.state.word().into()),
        ("pace", outlook::pace_document(pace.as_ref())),
    ])
}

/// The document of a request that could not be carried out. `names` are the
/// profiles that exist.
pub fn error_document<'a>(
    code: &'a str,
    message: &'a str,
    source: Option<&'a str>,
    names: Vec<String>,
) -> Item<'a> {
    Item::Object(vec![
        ("ok", false.into()),
        ("source", source.into()),
        (
            "error",
            Item::Object(vec![("code", code.into()), ("message", message.into())]),
        ),
        ("profiles", names.into()),
    ])
}

/// The document of a question which profile is meant.
pub fn selector_document<'a>(source: &'a str, text: &'a str, names: Vec<String>) -> Item<'a> {
    Item::Object(vec![
        ("ok", true.into()),
        ("source", source.into()),
        ("profiles", names.into()),
        ("suggested_user_message", text.into()),
    ])
}

/// The document of the health of sign-ins.
pub fn health_document<'a>(
    voice: &Voice,
    sign_ins: &'a SignIns,
    profiles: &[&'a Profile],
    known: &Known,
    gateway_version: Option<&'a str>,
    message: &'a str,
) -> Item<'a> {
    let order = sign_ins.order_in_effect();
    let mut documents = Vec::new();
    for profile in profiles {
        let mut fields = stored_profile(voice, profile, sign_ins.leaves_out(profile));
        let reading = known.of(&profile.id);
        let last_check = reading.map(|reading| last_check(voice, reading));
        fields.push(("last_check", last_check.unwrap_or(Item::Null)));
        documents.push(Item::Object(fields));
    }
    Item::Object(vec![
        ("ok", true.into()),
        ("source", sign_ins.source.as_str().into()),
        ("provider", sign_ins.provider.as_str().into()),
        ("gateway_version", gateway_version.into()),
        ("checked_at", voice.zone.rfc3339(voice.now).into()),
        ("order", order.map(|order| sign_ins.names(order)).into()),
        (
            "order_is_inherited",
            (sign_ins.order.is_none() && order.is_some()).into(),
        ),
        ("session_profile", voice.session_document(sign_ins)),
        ("profiles", Item::List(documents)),
        ("findings", findings(voice, &sign_ins.findings)),
        ("suggested_user_message", message.into()),
    ])
}

/// What an earlier check found of the sign-in that is stored now.
fn last_check<'a>(voice: &Voice, reading: &Reading) -> Item<'a> {
    let certain = reading.certain.as_ref();
    let conclusive_at = certain.map(|certain| voice.zone.rfc3339(certain.at));
    let conclusive = certain.map(|certain| certain.verdict.word());
    Item::Object(vec![
        ("at", voice.zone.rfc3339(reading.checked_at).into()),
        ("verdict", reading.verdict().word().into()),
        ("conclusive_at", conclusive_at.into()),
        ("conclusive_verdict", conclusive.into()),
        ("signed_out", reading.is_signed_out().into()),
    ])
}

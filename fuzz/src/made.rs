//! Sign-ins, answers and contexts made of arbitrary bytes, as a host could hand them in:
//! the same bytes make the same.

use codex_profiler::profile::{
    Access, AuthOrder, Era, Finding, Identity, Ids, Key, KeyKind, Profile, ProfileId, SignIns,
    names_to_show,
};
use codex_profiler::reply::{Locale, ReplyContext, Screen};
use codex_profiler::report::Tries;
use codex_profiler::text::clean;
use codex_profiler::time::{LATEST, Zone};
use codex_profiler::usage::{Outcome, UsageError, read_response};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

use crate::{CANARY, NOW};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Both languages in chat.
pub fn contexts() -> [ReplyContext; 2] {
    [Locale::En, Locale::Zh].map(|locale| ReplyContext {
        locale,
        zone: Zone { name: "UTC".to_owned(), transitions: vec![] },
        now: NOW,
        agent: "main".to_owned(),
        screen: None,
        ids: Ids::Masked,
        demo: false,
        wants_json: true,
        session: None,
    })
}

/// A context, for a chat or a terminal of any width.
pub fn context(u: &mut Unstructured<'_>) -> Result<ReplyContext> {
    let screen = Screen {
        colour: u.arbitrary()?,
        columns: *u.choose(&[0, 1, 20, 40, 79, 80, 81, 100, 120, 200, u16::MAX])?,
        rows: *u.choose(&[2, 24, 60, u16::MAX])?,
        options: (*u.choose(&["", "--demo"])?).to_owned(),
    };
    let transitions = (0..u.int_in_range(0..=3)?).map(|index| {
        let from = NOW - 400 * DAY + index * 200 * DAY;
        Ok((from, u.int_in_range(-93_599..=93_599)?))
    });
    let transitions = transitions.collect::<Result<Vec<_>>>()?;
    Ok(ReplyContext {
        locale: *u.choose(&[Locale::En, Locale::Zh])?,
        zone: Zone { name: clean(&text(u, 48)?, 40), transitions },
        now: instant(u)?,
        agent: clean(&text(u, 80)?, 64),
        screen: Some(screen).filter(|_| u.arbitrary().unwrap_or(false)),
        ids: if u.ratio(1, 8)? { Ids::Full } else { Ids::Masked },
        demo: false,
        wants_json: true,
        session: None,
    })
}

/// Up to `most` characters, most of them plain, some of what breaks layouts.
pub fn text(u: &mut Unstructured<'_>, most: usize) -> Result<String> {
    const ODD: [&str; 24] = [
        "@",
        ":",
        " ",
        "\n",
        "\u{1b}[31m",
        "\t",
        "\0",
        "\"",
        "\\",
        "é",
        "\u{301}",
        "默认",
        "💳",
        "👩‍💻",
        "\u{202e}",
        "\u{2028}",
        "\u{200b}",
        "\u{85}",
        "\u{feff}",
        " · ",
        "…",
        "%",
        "-",
        "{}",
    ];
    let mut text = String::new();
    for _ in 0..u.int_in_range(0..=most)? {
        match u.int_in_range(0..=9)? {
            0 => text.push_str(u.choose(&ODD)?),
            1 => text.push(u.arbitrary()?),
            _ => text.push(char::from(u.int_in_range(b'a'..=b'z')?)),
        }
    }
    Ok(text.chars().take(most).collect())
}

/// About now, or anywhere.
fn instant(u: &mut Unstructured<'_>) -> Result<i64> {
    match u.int_in_range(0..=9)? {
        0 => u.int_in_range(0..=LATEST),
        1 => Ok(*u.choose(&[0, 1, LATEST, NOW])?),
        _ => u.int_in_range(NOW - 40 * DAY..=NOW + 40 * DAY),
    }
}

fn maybe<T>(
    u: &mut Unstructured<'_>,
    make: impl FnOnce(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Option<T>> {
    match u.arbitrary()? {
        true => make(u).map(Some),
        false => Ok(None),
    }
}

/// Sign-ins as a store may hold them: every id once.
pub fn sign_ins(u: &mut Unstructured<'_>, shown: Ids) -> Result<SignIns> {
    let mut ids: Vec<ProfileId> = Vec::new();
    let most = if u.ratio(1, 16)? { 40 } else { 6 };
    for _ in 0..u.int_in_range(1..=most)? {
        let id = ProfileId::new(id(u)?);
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let keys = ids.split_off(u.int_in_range(1..=ids.len())?);
    let number = |index: usize| format!("{:08x}", (index as u32 + 1).wrapping_mul(0x9e37_79b9));
    let key = |(index, id): (usize, ProfileId)| {
        Ok(Key {
            name: id.shown(shown),
            id,
            handle: number(100 + index),
            kind: *u.choose(&[KeyKind::ApiKey, KeyKind::Token])?,
        })
    };
    let keys = keys.into_iter().enumerate().map(key).collect::<Result<_>>()?;
    let order = |u: &mut Unstructured<'_>| {
        let mut order = Vec::new();
        for _ in 0..u.int_in_range(1..=ids.len() + 1)? {
            let id = match u.ratio(1, 8)? {
                true => ProfileId::new(self::id(u)?),
                false => u.choose(&ids)?.clone(),
            };
            if !order.contains(&id) {
                order.push(id);
            }
        }
        Ok(order)
    };
    let order = AuthOrder { own: maybe(u, order)?, inherited: maybe(u, order)? };
    let places = order.places();
    let handles: Vec<String> = (0..ids.len()).map(number).collect();
    let named: Vec<(ProfileId, &str)> =
        ids.iter().cloned().zip(handles.iter().map(String::as_str)).collect();
    let names = names_to_show(&named, shown);
    let mut profiles = Vec::new();
    for ((id, handle), name) in named.into_iter().zip(names) {
        let place = places.get(&id).copied();
        profiles.push(Profile { name, place, ..profile(u, id, handle.to_owned())? });
    }
    let findings = [
        Finding::BothStores,
        Finding::LegacyAuthJson,
        Finding::MigratedPlainTokens,
        Finding::StaleCooldown,
        Finding::OrderNamesMissing,
        Finding::MixedProviders,
        Finding::SkippedEntries,
    ];
    Ok(SignIns {
        era: *u.choose(&[Era::Json, Era::Sqlite])?,
        source: clean(&text(u, 60)?, 200),
        provider: (*u.choose(&["openai", "openai-codex"])?).to_owned(),
        profiles,
        keys,
        order,
        last_good: maybe(u, |u| u.choose(&ids).cloned())?,
        findings: findings.into_iter().filter(|_| u.ratio(1, 8).unwrap_or(false)).collect(),
    })
}

fn id(u: &mut Unstructured<'_>) -> Result<String> {
    const LABELS: [&str; 12] = [
        "default",
        "work",
        "all",
        "best",
        "3",
        "#3",
        "rotation",
        "status",
        "finish",
        "first",
        "somebody.long@example.invalid",
        "0badcafe",
    ];
    let provider = *u.choose(&["openai:", "openai-codex:", ""])?;
    let label = match u.ratio(1, 2)? {
        true => (*u.choose(&LABELS)?).to_owned(),
        false => text(u, 60)?,
    };
    Ok(format!("{provider}{label}"))
}

fn profile(u: &mut Unstructured<'_>, id: ProfileId, handle: String) -> Result<Profile> {
    const REASONS: [&str; 4] = ["rate_limit", "auth_permanent", "billing", "odd-one"];
    let reason = |u: &mut Unstructured<'_>| Ok((*u.choose(&REASONS)?).to_owned());
    let failures = (0..u.int_in_range(0..=3)?).map(|_| Ok((reason(u)?, u.arbitrary()?)));
    let failure_counts = failures.collect::<Result<_>>()?;
    Ok(Profile {
        id,
        handle,
        provider: (*u.choose(&["openai", "openai-codex"])?).to_owned(),
        access: *u.choose(&[Access::Ready, Access::Expired, Access::Fenced, Access::Missing])?,
        expires_at: maybe(u, instant)?,
        has_refresh: u.arbitrary()?,
        identity: Identity { account_id: maybe(u, whom)?, user_id: maybe(u, whom)? },
        last_used_at: maybe(u, instant)?,
        last_failure_at: maybe(u, instant)?,
        cooldown_until: maybe(u, instant)?,
        cooldown_reason: maybe(u, reason)?,
        error_count: u.arbitrary()?,
        failure_counts,
        name: String::new(),
        place: None,
    })
}

/// One of a few, so that some are the same. None may be shown.
fn whom(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(format!("{CANARY}-{}", u.int_in_range(0..=2)?))
}

/// The outcome of asking for a profile, and how it was asked.
pub fn outcome(u: &mut Unstructured<'_>, now: i64) -> Result<(Outcome, Tries)> {
    let received_at = now.saturating_sub(u.int_in_range(0..=90)?);
    let mut tries = Tries {
        attempt: u.int_in_range(0..=2)?,
        elapsed_ms: u.arbitrary()?,
        status: None,
        answered_at: None,
    };
    let unanswered = [
        UsageError::Timeout,
        UsageError::RequestFailed,
        UsageError::NotChecked,
        UsageError::MissingAccessToken(Access::Missing),
        UsageError::MissingAccessToken(Access::Expired),
        UsageError::MissingAccessToken(Access::Fenced),
    ];
    if u.ratio(1, 8)? {
        return Ok((Err(u.choose(&unanswered)?.clone()), tries));
    }
    let status = match u.ratio(3, 4)? {
        true => 200,
        false => *u.choose(&[204, 302, 401, 402, 403, 404, 418, 429, 500, 503])?,
    };
    let body = match status {
        200 => usage_body(u, received_at)?,
        _ => complaint_body(u, received_at)?,
    };
    tries.status = Some(status);
    tries.answered_at = Some(received_at);
    let answer = codex_profiler::usage::HttpResponse {
        status,
        retry_after: maybe(u, |u| Ok(u.arbitrary::<u16>()?.to_string()))?,
        content_type: None,
        challenged: u.ratio(1, 32)?,
        body: body.to_string().into_bytes(),
        received_at,
        elapsed_ms: 0,
    };
    Ok((read_response(&answer), tries))
}

fn complaint_body(u: &mut Unstructured<'_>, at: i64) -> Result<Value> {
    const CODES: [&str; 7] = [
        "token_expired",
        "token_revoked",
        "deactivated_workspace",
        "usage_limit_reached",
        "rate_limited",
        "invalid_grant",
        CANARY,
    ];
    let code = *u.choose(&CODES)?;
    let reset = at.saturating_add(u.int_in_range(-DAY..=8 * DAY)?);
    Ok(json!({"error": {"code": code, "message": CANARY, "resets_at": reset}, "detail": CANARY}))
}

fn usage_body(u: &mut Unstructured<'_>, at: i64) -> Result<Value> {
    let mut body = Map::new();
    body.insert("email".into(), format!("{CANARY}@example.invalid").into());
    body.insert(CANARY.into(), CANARY.into());
    for name in ["account_id", "user_id"] {
        if let Some(whom) = maybe(u, whom)? {
            body.insert(name.into(), whom.into());
        }
    }
    if let Some(plan) = maybe(u, |u| match u.arbitrary()? {
        true => Ok((*u.choose(&["plus", "pro", "prolite", "team", "free"])?).to_owned()),
        false => text(u, 50),
    })? {
        body.insert("plan_type".into(), plan.into());
    }
    if u.ratio(9, 10)? {
        let quota = match u.ratio(1, 10)? {
            true => Value::Null,
            false => quota(u, at)?,
        };
        body.insert("rate_limit".into(), quota);
    }
    if let Some(pool) = maybe(u, |u| quota(u, at))? {
        body.insert("code_review_rate_limit".into(), pool);
    }
    if let Some(limits) = maybe(u, |u| quota(u, at))? {
        let pool = json!({"limit_name": "gpt-reserve", "normal_model_slug": "gpt-5.6-luna", "rate_limit": limits});
        body.insert("additional_rate_limits".into(), json!([pool]));
    }
    if let Some(credits) = maybe(u, |u| {
        Ok(json!({"has_credits": u.arbitrary::<bool>()?, "unlimited": u.ratio(1, 8)?,
            "overage_limit_reached": u.arbitrary::<bool>()?, "balance": number(u)?}))
    })? {
        body.insert("credits".into(), credits);
    }
    if let Some(spend) = maybe(u, |u| {
        let limit = json!({"limit": number(u)?, "remaining": number(u)?, "used_percent": percent(u)?,
            "reset_at": at.saturating_add(u.int_in_range(-DAY..=40 * DAY)?)});
        let kind = *u.choose(&["individual", "workspace_shared", "group_shared"])?;
        let mut spend = json!({"reached": u.arbitrary::<bool>()?, "reached_limit_type": kind});
        spend[format!("{kind}_limit")] = match kind {
            "group_shared" => json!({"group_id": "group", "details": limit}),
            _ => limit,
        };
        Ok(spend)
    })? {
        body.insert("spend_control".into(), spend);
    }
    if let Some(word) = maybe(u, |u| {
        Ok(*u.choose(&[
            "rate_limit_reached",
            "workspace_owner_credits_depleted",
            "workspace_member_credits_depleted",
            "workspace_owner_usage_limit_reached",
            "workspace_member_usage_limit_reached",
            "workspace_other",
            "other",
        ])?)
    })?
    .filter(|_| u.ratio(1, 3).unwrap_or(false))
    {
        body.insert("rate_limit_reached_type".into(), word.into());
    }
    if let Some(count) = maybe(u, |u| u.arbitrary::<u8>())? {
        let mut resets =
            json!({"available_count": count, "applicable_available_count": number(u)?});
        if u.arbitrary()? {
            let expires_at = at.saturating_add(u.int_in_range(-DAY..=9 * DAY)?);
            resets["credits"] = json!([{"status": "available", "expires_at": expires_at}]);
        }
        body.insert("rate_limit_reset_credits".into(), resets);
    }
    if u.ratio(1, 4)? {
        let model = json!({"available": u.arbitrary::<bool>()?, "available_at": at + HOUR,
            "credits_would_enable": u.arbitrary::<bool>()?});
        body.insert("model_usage".into(), json!({ "gpt-5.4": model }));
    }
    Ok(Value::Object(body))
}

fn quota(u: &mut Unstructured<'_>, at: i64) -> Result<Value> {
    let mut quota = Map::new();
    for name in ["allowed", "limit_reached"] {
        if let Some(truth) = maybe(u, |u| u.arbitrary::<bool>())? {
            quota.insert(name.into(), truth.into());
        }
    }
    for slot in ["primary_window", "secondary_window", "third_window"] {
        if let Some(window) = maybe(u, |u| window(u, at))? {
            quota.insert(slot.into(), window);
        }
    }
    Ok(Value::Object(quota))
}

fn window(u: &mut Unstructured<'_>, at: i64) -> Result<Value> {
    let mut window = Map::new();
    let length = match u.ratio(1, 6)? {
        true => u.arbitrary::<u32>()?.into(),
        false => *u.choose(&[5 * HOUR, 7 * DAY, 30 * DAY, DAY, HOUR, 60])?,
    };
    if u.ratio(5, 6)? {
        window.insert("limit_window_seconds".into(), length.into());
    }
    if u.ratio(5, 6)? {
        let left = u.int_in_range(-HOUR..=length.max(1) + HOUR)?;
        window.insert("reset_at".into(), at.saturating_add(left).into());
    }
    if u.ratio(5, 6)? {
        window.insert("used_percent".into(), percent(u)?);
    }
    Ok(Value::Object(window))
}

fn percent(u: &mut Unstructured<'_>) -> Result<Value> {
    match u.int_in_range(0..=9)? {
        0 => number(u),
        1 => Ok(json!(u.int_in_range(0..=100_000_i64)? as f64 / 1000.0)),
        _ => Ok(json!(u.int_in_range(0..=100)?)),
    }
}

fn number(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match u.int_in_range(0..=5)? {
        0 => json!(u.arbitrary::<f64>()?),
        1 => json!(u.arbitrary::<i64>()?),
        2 => json!(u.arbitrary::<u64>()?),
        3 => json!(format!("{}.{}", u.arbitrary::<u32>()?, u.arbitrary::<u16>()?)),
        4 => json!(*u.choose(&["NaN", "inf", "1e400", "-0", "", "0.001", "00.5", "-3"])?),
        _ => json!(u.arbitrary::<u16>()?),
    })
}

//! The health of sign-ins, as the store tells it: what `/codex_auth` shows.

use super::documents::{Health, HealthOfProfile};
use super::order::{key_names, what_can_be_done};
use super::words::{say, sign};
use super::{Message, ReplyContext, commands, earlier, failure, findings, json, reason, session};
use crate::profile::{self, Access, Profile, SignIns};
use crate::readings::{Known, Reading};
use crate::time::Span;
use crate::usage::Verdict;

/// The health of these profiles, one paragraph each.
pub fn status(
    context: &ReplyContext,
    sign_ins: &SignIns,
    profiles: &[&Profile],
    known: &Known,
    gateway_version: Option<&str>,
) -> Message {
    let mut head = vec![health_title(context, sign_ins, gateway_version)];
    head.extend(session::session_line(context, sign_ins));
    let mut parts = vec![head.join("\n")];
    parts.extend(profiles.iter().map(|profile| {
        let sign = sign(verdict(profile, known));
        let mut lines = vec![format!("{sign} {}", profile.name)];
        lines.extend(health_lines(context, sign_ins, profile, known));
        lines.join("\n")
    }));
    let mut closing: Vec<String> = sign_ins
        .findings
        .iter()
        .map(|f| findings::finding(context, *f))
        .collect();
    closing.extend(keys_besides(context, sign_ins));
    closing.push(what_can_be_done(context, "order"));
    parts.push(closing.join("\n"));
    let text = parts.join("\n\n");
    let document = context.document(|| {
        let order = sign_ins.order_in_effect();
        let each = profiles.iter().copied();
        Health {
            ok: true,
            source: &sign_ins.source,
            provider: &sign_ins.provider,
            gateway_version,
            checked_at: context.zone.rfc3339(context.now),
            order: order.map(|order| sign_ins.names(order)),
            order_is_inherited: sign_ins.order.own.is_none() && order.is_some(),
            session_profile: session::session_profile(context, sign_ins),
            profiles: each
                .map(|each| of_profile(context, sign_ins, each, known))
                .collect(),
            findings: json::findings(context, &sign_ins.findings),
            suggested_user_message: &text,
        }
    });
    Message::new(text, document)
}

fn of_profile<'a>(
    context: &ReplyContext,
    sign_ins: &SignIns,
    profile: &'a Profile,
    known: &Known,
) -> HealthOfProfile<'a> {
    let reading = known.of(&profile.id);
    HealthOfProfile {
        stored: json::stored_profile(context, sign_ins, profile),
        last_check: reading.map(|reading| json::last_check(context, reading)),
    }
}

/// The verdict by the store alone: only a check tells whether the endpoint accepts a
/// sign-in.
fn health(profile: &Profile) -> Verdict {
    match profile.access {
        _ if !profile.is_usable() => Verdict::Broken,
        Access::Ready => Verdict::Usable,
        // The gateway's next use will tell.
        Access::Expired | Access::Fenced | Access::Missing => Verdict::Unknown,
    }
}

/// Concludes from the store and the last check together.
fn verdict(profile: &Profile, known: &Known) -> Verdict {
    match health(profile) {
        Verdict::Usable => known.verdict(&profile.id).unwrap_or(Verdict::Usable),
        stored => stored,
    }
}

/// The other profiles with the same account and user.
fn twins<'a>(sign_ins: &'a SignIns, profile: &Profile) -> Vec<&'a Profile> {
    let identity = &profile.identity;
    if identity.account_id.is_none() || identity.user_id.is_none() {
        return vec![];
    }
    let same = |other: &&Profile| other.id != profile.id && other.identity == *identity;
    sign_ins.profiles.iter().filter(same).collect()
}

fn health_title(
    context: &ReplyContext,
    sign_ins: &SignIns,
    gateway_version: Option<&str>,
) -> String {
    let source = &sign_ins.source;
    let gateway = gateway_version.map_or(String::new(), |version| format!(" · OpenClaw {version}"));
    let now = context.date();
    say!(
        context,
        "Codex sign-ins · {source}{gateway} · {now}",
        "Codex 登录 · {source}{gateway} · {now}"
    )
}

fn health_lines(
    context: &ReplyContext,
    sign_ins: &SignIns,
    profile: &Profile,
    known: &Known,
) -> Vec<String> {
    let mut lines = vec![token_line(context, profile)];
    let reading = known.of(&profile.id);
    lines.extend(reading.map(|reading| earlier::last_check(context, reading)));
    lines.extend(reason::cooldown_line(context, profile));
    lines.extend(history_line(context, profile));
    lines.push(order_line(context, sign_ins, profile));
    let twins = twins(sign_ins, profile);
    if !twins.is_empty() {
        let works = |profile: &Profile| verdict(profile, known) != Verdict::Broken;
        let all_work = works(profile) && twins.iter().all(|twin| works(twin));
        let healthy = if all_work {
            findings::healthy(context)
        } else {
            String::new()
        };
        let others = context.list(&profile::names(&twins));
        lines.push(say!(
            context,
            "same account and user as {others}{healthy}",
            "与 {others} 是同一账号和用户{healthy}"
        ));
    }
    lines.extend(next_step(context, profile, known));
    lines.into_iter().map(|line| format!("   {line}")).collect()
}

fn token_line(context: &ReplyContext, profile: &Profile) -> String {
    let health = failure::token_health(context, profile);
    let state = match profile.access {
        Access::Ready => health.unwrap_or_else(|| {
            say!(
                context,
                "token without a known expiry",
                "令牌未注明过期时间"
            )
        }),
        Access::Expired => {
            let refresh = if profile.has_refresh {
                say!(
                    context,
                    "the gateway refreshes it on next use",
                    "网关会在下次使用时刷新"
                )
            } else {
                say!(
                    context,
                    "there is nothing to refresh it with",
                    "没有可用于刷新的凭据"
                )
            };
            let expired = health.unwrap_or_else(|| say!(context, "token expired", "令牌已过期"));
            say!(context, "{expired}, {refresh}", "{expired}，{refresh}")
        }
        Access::Fenced => say!(
            context,
            "fenced: the gateway replaced this credential after a refresh that failed",
            "已封锁：刷新失败后网关替换了此凭据"
        ),
        Access::Missing => say!(context, "no usable token stored", "没有可用的令牌"),
    };
    format!("oauth · {state}")
}

pub(super) fn history_line(context: &ReplyContext, profile: &Profile) -> Option<String> {
    let ago = |at: i64| context.span(Span::of_seconds(context.now - at));
    let used = profile.last_used_at.map(|at| {
        let ago = ago(at);
        say!(context, "last used {ago} ago", "上次使用：{ago}前")
    });
    let failed = profile.last_failure_at.map(|at| {
        let ago = ago(at);
        say!(context, "last failed {ago} ago", "上次失败：{ago}前")
    });
    let errors = (profile.error_count > 0).then(|| {
        let count = profile.error_count;
        let reasons: Vec<String> = profile
            .failure_counts
            .iter()
            .map(|(reason, count)| format!("{reason} {count}"))
            .collect();
        let list = context.list(&reasons);
        let reasons = if reasons.is_empty() {
            String::new()
        } else {
            say!(context, " ({list})", "（{list}）")
        };
        let errors = if count == 1 { "error" } else { "errors" };
        say!(
            context,
            "{count} {errors}{reasons}",
            "错误 {count} 次{reasons}"
        )
    });
    let mut said: Vec<String> = Vec::new();
    said.extend(used);
    said.extend(failed);
    said.extend(errors);
    (!said.is_empty()).then(|| said.join(" · "))
}

pub(super) fn order_line(context: &ReplyContext, sign_ins: &SignIns, profile: &Profile) -> String {
    let all = sign_ins.order_in_effect().map_or(0, <[_]>::len);
    let place = match (profile.place, all) {
        (_, 0) => say!(
            context,
            "no order is set: the gateway picks",
            "未设置顺序：由网关选择"
        ),
        (Some(place), all) => {
            let inherited = match sign_ins.order.own {
                Some(_) => String::new(),
                None => say!(context, ", inherited", "，继承"),
            };
            say!(
                context,
                "{place} of {all} in the order{inherited}",
                "在顺序中排第 {place}（共 {all} 个{inherited}）"
            )
        }
        (None, _) => reason::left_out(context),
    };
    if sign_ins.last_good.as_ref() == Some(&profile.id) {
        let used = say!(context, "in use now", "当前使用中");
        return format!("{place} · {used}");
    }
    place
}

fn next_step(context: &ReplyContext, profile: &Profile, known: &Known) -> Option<String> {
    let reading = known.of(&profile.id);
    let is_signed_out = reading.is_some_and(Reading::is_signed_out);
    if health(profile) != Verdict::Broken && !is_signed_out {
        return None;
    }
    let command = commands::login_command(context, profile);
    Some(say!(
        context,
        "sign in again: {command}",
        "请重新登录：{command}"
    ))
}

fn keys_besides(context: &ReplyContext, sign_ins: &SignIns) -> Option<String> {
    key_names(context, sign_ins, &|_| true).map(|list| {
        say!(
            context,
            "Besides sign-ins, API keys and pasted tokens: {list}",
            "登录之外的 API key 和粘贴的令牌：{list}"
        )
    })
}

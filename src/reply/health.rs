//! The health of sign-ins, as the store tells it: what `/codex_auth` shows.

use super::commands::typed;
use super::documents::{Body, SessionProfile, SignIn, Utc};
use super::order::{key_names, what_can_be_done};
use super::profile_line::name_in_line;
use super::session::Pin;
use super::words::tier_sign;
use super::{Message, ReplyContext, earlier, failure, findings, json, reason, session};
use crate::profile::{self, Access, Profile, SignIns};
use crate::readings::{Known, Reading};
use crate::rotation::Tier;
use crate::time::Instant;
use crate::usage::Verdict;

/// The health of these profiles, a short block each: ready first, broken last.
pub fn status(
    context: &ReplyContext,
    sign_ins: &SignIns,
    profiles: &[&Profile],
    known: &Known,
    gateway_version: Option<&str>,
) -> Message {
    let (source, now) = (&sign_ins.source, context.date());
    let gateway = gateway_version.map_or(String::new(), |version| format!(" · OpenClaw {version}"));
    let mut head = vec![say!(
        context,
        "Codex sign-ins · {source}{gateway} · {now}",
        "Codex 登录凭据 · {source}{gateway} · {now}"
    )];
    let mut sorted = profiles.to_vec();
    sorted.sort_by_key(|profile| known.tier(profile));
    head.extend(summary(context, &sorted, known));
    head.extend(session::session_line(context, sign_ins));
    let block = |profile: &&Profile| block(context, sign_ins, profile, known);
    let blocks: Vec<String> = sorted.iter().map(block).collect();
    let mut closing: Vec<String> =
        sign_ins.findings.iter().map(|f| findings::finding(context, *f)).collect();
    closing.extend(key_names(context, sign_ins, &|_| true).map(|keys| {
        let en = "API keys and pasted tokens, not checked here";
        context.named(en, "另有 API key 和手动粘贴的令牌（这里不检查）", &keys)
    }));
    closing.push(what_can_be_done(context, "order"));
    let text = [head.join("\n"), blocks.join("\n"), closing.join("\n")].join("\n\n");
    let order = sign_ins.order.in_effect();
    let checked = profiles.iter().copied().map(|profile| SignIn {
        stored: json::stored_profile(sign_ins, profile),
        last_check: known.of(&profile.id).map(json::last_check),
    });
    context.message(text, |text| {
        context.json(Body::SignIns {
            ok: true,
            source: &sign_ins.source,
            provider: &sign_ins.provider,
            gateway_version,
            checked_at: Utc(context.now),
            order: order.map(|order| sign_ins.names(order)),
            order_is_inherited: sign_ins.order.own.is_none() && order.is_some(),
            session_profile: context.session.as_ref().map(|session| SessionProfile {
                label: sign_ins.name(&session.id()),
                pin: match session.pin {
                    Pin::Auto => "auto",
                    Pin::User => "user",
                },
            }),
            profiles: checked.collect(),
            findings: json::findings(context, &sign_ins.findings),
            suggested_user_message: text,
        })
    })
}

/// `5 of 8 ready`, and the profiles that need their user.
fn summary(context: &ReplyContext, sorted: &[&Profile], known: &Known) -> Option<String> {
    let before = |tier| sorted.partition_point(|profile| known.tier(profile) < tier);
    let ready = context.ready_of(before(Tier::Unknown), sorted.len());
    let broken = profile::names(&sorted[before(Tier::Broken)..]);
    (sorted.len() > 1).then(|| match context.shortened(&broken).as_str() {
        "" => ready,
        broken => {
            say!(context, "{ready} · need attention: {broken}", "{ready} · 需要处理：{broken}")
        }
    })
}

/// The sign, the name and the fact that decides; below them the rest, and the next step.
fn block(context: &ReplyContext, sign_ins: &SignIns, profile: &Profile, known: &Known) -> String {
    let tier = known.tier(profile);
    let token = token_line(context, profile);
    let place = order_line(context, sign_ins, profile);
    let paused = reason::cooldown_line(context, profile);
    let reading = known.of(&profile.id);
    let is_signed_out = reading.is_some_and(Reading::is_signed_out);
    let checked = reading.map(|reading| earlier::last_check(context, reading));
    let is_found_broken = known.verdict(&profile.id) == Some(Verdict::Broken);
    let decides = match tier {
        Tier::Ready => Some(place.clone()),
        Tier::Wait => paused.clone().or_else(|| checked.clone()),
        Tier::Low | Tier::Overage => checked.clone(),
        Tier::Broken if is_found_broken => checked.clone(),
        _ if profile.access != Access::Ready => Some(token.clone()),
        Tier::Unknown => checked.clone(),
        Tier::Broken => paused.clone(),
    };
    // A permanent pause may have no end in the future.
    let decides = decides
        .unwrap_or_else(|| context.say("given up by the gateway", "网关已放弃使用此登录凭据"));
    let rest = [Some(token), checked, paused, Some(place)];
    let rest: Vec<String> = rest.into_iter().flatten().filter(|fact| *fact != decides).collect();
    let mut lines = vec![rest.join(" · ")];
    lines.extend(history_line(context, profile));
    let twins = twins(sign_ins, profile);
    if !twins.is_empty() {
        let works = |profile: &&Profile| known.tier(profile) != Tier::Broken;
        let is_fine = works(&profile) && twins.iter().all(works);
        let fine = if is_fine { findings::that_is_fine(context) } else { String::new() };
        let others = context.list(&profile::names(&twins));
        lines.push(say!(
            context,
            "shares one account and quota with {others}{fine}",
            "与 {others} 是同一个账号、共用一份额度{fine}"
        ));
    }
    if is_found_broken && !is_signed_out && profile.access == Access::Ready {
        // A sign-in may be fine whose workspace is not. A check says what is wrong.
        let command = context.command("usage", &typed(sign_ins, &profile.id));
        lines.push(context.named("See why", "查看原因", &command));
    } else if tier == Tier::Broken || is_signed_out {
        let command = failure::sign_in(context, profile);
        lines.push(context.named("Sign in again", "重新登录", &command));
    }
    let sign = tier_sign(tier);
    let name = name_in_line(context, sign_ins, &profile.id);
    let rest: String = lines.iter().map(|line| format!("\n   {line}")).collect();
    format!("{sign} {name} · {decides}{rest}")
}

/// The other profiles with the same account and user.
fn twins<'a>(sign_ins: &'a SignIns, profile: &Profile) -> Vec<&'a Profile> {
    let identity = &profile.identity;
    let is_known = identity.account_id.is_some() && identity.user_id.is_some();
    let is_twin = |other: &&Profile| other.id != profile.id && other.identity == *identity;
    sign_ins.profiles.iter().filter(|other| is_known && is_twin(other)).collect()
}

fn token_line(context: &ReplyContext, profile: &Profile) -> String {
    let health = failure::token_health(context, profile);
    let (en, zh) = match profile.access {
        Access::Ready => ("token expiry unknown", "令牌过期时间未知"),
        Access::Expired => {
            let expired = health.unwrap_or_else(|| context.say("token expired", "令牌已过期"));
            let (en, zh) = if profile.has_refresh {
                ("the gateway refreshes it on next use", "网关下次使用时会刷新")
            } else {
                ("it cannot be refreshed", "无法刷新")
            };
            return say!(context, "{expired}, {en}", "{expired}，{zh}");
        }
        Access::Fenced => {
            ("sign-in disabled by the gateway after a failed refresh", "刷新失败，网关已停用此登录")
        }
        Access::Missing => ("no usable token stored", "没有可用的令牌"),
    };
    health.filter(|_| profile.access == Access::Ready).unwrap_or_else(|| context.say(en, zh))
}

pub(super) fn history_line(context: &ReplyContext, profile: &Profile) -> Option<String> {
    let past = |at: Option<Instant>, en: &str, zh: &str| {
        let ago = context.ago(at?);
        Some(say!(context, "{en} {ago} ago", "{ago}前{zh}"))
    };
    let mut said = Vec::from_iter(past(profile.last_used_at, "last used", "用过"));
    said.extend(past(profile.last_failure_at, "last failed", "失败过"));
    let count = profile.error_count;
    if count > 0 {
        let counts = profile.failure_counts.iter();
        let reasons: Vec<String> = counts.map(|(why, count)| format!("{why} {count}")).collect();
        let reasons = match context.list(&reasons).as_str() {
            "" => String::new(),
            list => say!(context, " ({list})", "（{list}）"),
        };
        let errors = if count == 1 { "error" } else { "errors" };
        said.push(say!(context, "{count} {errors}{reasons}", "连续出错 {count} 次{reasons}"));
    }
    (!said.is_empty()).then(|| said.join(" · "))
}

pub(super) fn order_line(context: &ReplyContext, sign_ins: &SignIns, profile: &Profile) -> String {
    let all = sign_ins.order.in_effect().map_or(0, <[_]>::len);
    let (en, zh) = match sign_ins.order.own {
        Some(_) => ("", ""),
        None => (", inherited", "，沿用共享设置"),
    };
    let place = match (profile.place, all) {
        (_, 0) => context.say("no order set, the gateway chooses", "未设置顺序，由网关选择"),
        (Some(place), all) => {
            say!(context, "{place} of {all} in the order{en}", "顺序第 {place}（共 {all} 个{zh}）")
        }
        (None, _) => reason::left_out(context),
    };
    if sign_ins.last_good.as_ref() == Some(&profile.id) {
        let used = context.say("in use now", "正在使用");
        return format!("{used} · {place}");
    }
    place
}

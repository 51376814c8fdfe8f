//! The order of profiles: the message that shows it, and its text in other messages.

use super::commands::MOST_PLACES;
use super::documents::Body;
use super::profile_line::name_in_line;
use super::words::tier_sign;
use super::{Message, ReplyContext, earlier, failure, findings, reason};
use crate::profile::{Access, AuthOrder, Key, KeyKind, Profile, ProfileId, SignIns};
use crate::readings::{Known, Reading};

/// The order: the agent's own, the one in effect, and what each place means.
pub fn order(context: &ReplyContext, sign_ins: &SignIns, known: &Known) -> Message {
    let SignIns { provider, source, order, .. } = sign_ins;
    let (agent, whose) = (&context.agent, whose(context, order));
    let mut lines = vec![say!(
        context,
        "Codex order · {provider} · agent {agent} · {source}\n{whose}\n",
        "Codex 顺序 · {provider} · agent {agent} · {source}\n{whose}\n"
    )];
    lines.extend(place_lines(context, sign_ins, known));
    lines.push(String::new());
    if order.own.is_some() && order.inherited.is_some() {
        let inherited = AuthOrder { own: None, ..order.clone() };
        let inherited = order_text(context, sign_ins, &inherited);
        let (en, zh) = ("After `order clear` this one applies", "`order clear` 之后采用");
        lines.push(context.named(en, zh, &inherited));
    }
    lines.extend(sign_ins.findings.iter().map(|f| findings::finding(context, *f)));
    lines.push(what_can_be_done(context, "status"));
    let text = lines.join("\n");
    let names = |ids: Option<&[ProfileId]>| ids.map(|ids| sign_ins.names(ids));
    context.message(text, |text| {
        context.json(Body::Order {
            ok: true,
            source,
            provider,
            agent,
            own_order: names(order.own.as_deref()),
            inherited_order: names(order.inherited.as_deref()),
            order_in_effect: names(order.in_effect()),
            suggested_user_message: text,
        })
    })
}

/// Says whether the order is the agent's own, and what it means.
fn whose(context: &ReplyContext, order: &AuthOrder) -> String {
    let (en, zh) = match order.own {
        Some(_) => ("set for this agent", "本 agent 单独设置"),
        None if order.in_effect().is_some() => {
            ("inherited, none set for this agent", "沿用共享设置")
        }
        None => (
            "none set; the gateway chooses (or `auth.order` in its config)",
            "未设置，由网关选择（或按其配置中的 `auth.order`）",
        ),
    };
    if order.in_effect().is_none() {
        return say!(context, "Order: {en}", "顺序：{zh}");
    }
    say!(
        context,
        "Order: {en}\nUsed from the top; the next one only when those above can't be used.",
        "顺序：{zh}\n从上到下依次使用，前面的不可用才用后面的。"
    )
}

/// A line for each place, then one for each profile that has none.
fn place_lines(context: &ReplyContext, sign_ins: &SignIns, known: &Known) -> Vec<String> {
    let mut lines = Vec::new();
    let order = sign_ins.order.in_effect().unwrap_or_default();
    let state = |id| state_of(context, sign_ins, known, id);
    lines.extend((1..).zip(order).map(|(place, id)| format!("{place} {}", state(id))));
    let mut rest = sign_ins.all_ids();
    rest.retain(|id| !order.contains(id));
    if !order.is_empty() && !rest.is_empty() {
        lines.push(String::new());
        lines.push(context.say("Not in the order, so never used:", "不在顺序中，不会使用："));
    }
    lines.extend(rest.iter().map(|id| format!("– {}", state(id))));
    lines
}

/// `1 default · 2 work`, and whether it is the agent's own.
pub(super) fn order_text(context: &ReplyContext, sign_ins: &SignIns, order: &AuthOrder) -> String {
    let Some(ids) = order.in_effect() else { return no_order(context) };
    let places = places(context, sign_ins, ids);
    match order.own {
        Some(_) => places,
        None => say!(context, "{places} (inherited)", "{places}（沿用共享设置）"),
    }
}

pub(super) fn no_order(context: &ReplyContext) -> String {
    context.say("none set, the gateway chooses", "未设置，由网关选择")
}

pub(super) fn places(context: &ReplyContext, sign_ins: &SignIns, ids: &[ProfileId]) -> String {
    let place = |(place, id)| format!("{place} {}", sign_ins.name(id));
    let mut places: Vec<String> = (1..).zip(ids).take(MOST_PLACES).map(place).collect();
    let more = ids.len().saturating_sub(MOST_PLACES);
    places.extend((more > 0).then(|| say!(context, "… {more} more", "……另有 {more} 个")));
    places.join(" · ")
}

/// The sign and name of a profile, and the obstacle to its use.
fn state_of(context: &ReplyContext, sign_ins: &SignIns, known: &Known, id: &ProfileId) -> String {
    let name = name_in_line(context, sign_ins, id);
    let (sign, state) = match (sign_ins.by_id(id), sign_ins.key(id)) {
        (Some(profile), _) => {
            (tier_sign(known.tier(profile)), state_of_profile(context, profile, known))
        }
        (None, Some(key)) if key.kind == KeyKind::ApiKey => {
            ("🔑", vec![context.say("API key, billed per use", "API key，按量计费")])
        }
        (None, Some(_)) => ("🔑", vec![context.say("pasted token", "手动粘贴的令牌")]),
        (None, None) => ("❌", vec![context.say("not stored, skipped", "未存储，会跳过")]),
    };
    let mut said = vec![format!("{sign} {name}")];
    said.extend(state);
    if sign_ins.last_good.as_ref() == Some(id) {
        said.push(context.say("in use now", "正在使用"));
    }
    said.join(" · ")
}

fn state_of_profile(context: &ReplyContext, profile: &Profile, known: &Known) -> Vec<String> {
    let mut said = Vec::new();
    let reading = known.of(&profile.id);
    let is_signed_out = reading.is_some_and(Reading::is_signed_out);
    if !profile.is_usable() && !is_signed_out {
        let (en, zh) = match profile.access {
            Access::Fenced => ("sign-in disabled by the gateway", "网关已停用此登录"),
            Access::Expired | Access::Missing | Access::Ready => ("signed out", "需重新登录"),
        };
        said.push(context.say(en, zh));
    }
    if profile.access == Access::Expired && profile.has_refresh {
        let (en, zh) = ("token expired, refreshed on next use", "令牌已过期，下次使用时刷新");
        said.push(context.say(en, zh));
    }
    said.extend(reading.map(|reading| earlier::last_check(context, reading)));
    if profile.is_usable() {
        said.extend(reason::cooldown_line(context, profile));
    }
    if !profile.is_usable() || is_signed_out {
        said.push(failure::sign_in(context, profile));
    }
    said
}

/// The names of these of the keys, where there are any.
pub(super) fn key_names(
    context: &ReplyContext,
    sign_ins: &SignIns,
    is_one: &dyn Fn(&Key) -> bool,
) -> Option<String> {
    let keys = sign_ins.keys.iter().filter(|key| is_one(key));
    let names: Vec<&str> = keys.map(|key| key.name.as_str()).collect();
    (!names.is_empty()).then(|| context.list(&names))
}

/// Commands to go on with: `other` shows what this reply does not.
pub(super) fn what_can_be_done(context: &ReplyContext, other: &str) -> String {
    let usage = context.command("usage", "all");
    let other = context.command("auth", other);
    let help = match context.screen {
        Some(_) => "codex-profiler auth --help".to_owned(),
        None => context.command("auth", "help"),
    };
    say!(
        context,
        "Stored state only – OpenAI was not asked. Check: {usage}\n\
         See also: {other} · all commands: {help}",
        "以上只是本地记录，没有问过 OpenAI。实际检查：{usage}\n\
         另见：{other} · 全部命令：{help}"
    )
}

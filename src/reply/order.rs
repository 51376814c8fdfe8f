//! The order of profiles: the message that shows it, and its text in other messages.

use super::commands::{MOST_PLACES, typed_name};
use super::documents::{Body, Order};
use super::profile_line::name_in_line;
use super::words::{say, tier_sign};
use super::{Message, ReplyContext, earlier, findings, reason};
use crate::profile::{Access, AuthOrder, Key, KeyKind, Profile, ProfileId, SignIns};
use crate::readings::{Known, Reading};

/// The order: the agent's own, the one in effect, and what each place means.
pub fn order(context: &ReplyContext, sign_ins: &SignIns, known: &Known) -> Message {
    let provider = &sign_ins.provider;
    let source = &sign_ins.source;
    let agent = &context.agent;
    let mut lines = vec![
        say!(
            context,
            "Codex order · {provider} · agent {agent} · {source}",
            "Codex 顺序 · {provider} · agent {agent} · {source}"
        ),
        whose(context, sign_ins),
    ];
    if sign_ins.order.in_effect().is_some() {
        lines.push(context.say(
            "Used from the top; the next one only when those above can't be used.",
            "从上到下依次使用，前面的不可用才用后面的。",
        ));
    }
    lines.push(String::new());
    lines.extend(place_lines(context, sign_ins, known));
    lines.push(String::new());
    if let Some(order) = &sign_ins.order.inherited
        && sign_ins.order.own.is_some()
    {
        let inherited = AuthOrder { own: None, inherited: Some(order.clone()) };
        let inherited = order_text(context, sign_ins, &inherited);
        lines.push(say!(
            context,
            "After `order clear` this one applies: {inherited}",
            "`order clear` 之后采用：{inherited}"
        ));
    }
    lines.extend(sign_ins.findings.iter().map(|f| findings::finding(context, *f)));
    lines.extend(what_can_be_done(context, "status"));
    let text = lines.join("\n");
    let names = |ids: Option<&[ProfileId]>| ids.map(|ids| sign_ins.names(ids));
    let document = context.document(|| {
        Body::Order(Order {
            ok: true,
            source,
            provider,
            agent,
            own_order: names(sign_ins.order.own.as_deref()),
            inherited_order: names(sign_ins.order.inherited.as_deref()),
            order_in_effect: names(sign_ins.order.in_effect()),
            suggested_user_message: &text,
        })
    });
    Message::new(text, document)
}

/// Says whether the order is the agent's own.
fn whose(context: &ReplyContext, sign_ins: &SignIns) -> String {
    match &sign_ins.order.own {
        Some(_) => context.say("Order: set for this agent", "顺序：本 agent 单独设置"),
        None if sign_ins.order.in_effect().is_some() => {
            context.say("Order: inherited, none set for this agent", "顺序：沿用共享设置")
        }
        None => context.say(
            "Order: none set; the gateway chooses (or `auth.order` in its config)",
            "顺序：未设置，由网关选择（或按其配置中的 `auth.order`）",
        ),
    }
}

/// A line for each place, then one for each profile that has none.
fn place_lines(context: &ReplyContext, sign_ins: &SignIns, known: &Known) -> Vec<String> {
    let mut lines = Vec::new();
    let order = sign_ins.order.in_effect().unwrap_or_default();
    for (index, id) in order.iter().enumerate() {
        let (place, state) = (index + 1, state_of(context, sign_ins, known, id));
        lines.push(format!("{place} {state}"));
    }
    let mut rest = sign_ins.all_ids();
    rest.retain(|id| !order.contains(id));
    if !order.is_empty() && !rest.is_empty() {
        lines.push(String::new());
        lines.push(context.say("Not in the order, so never used:", "不在顺序中，不会使用："));
    }
    let rest = rest.iter();
    lines.extend(rest.map(|id| format!("– {}", state_of(context, sign_ins, known, id))));
    lines
}

/// `1 default · 2 work`, and whether it is the agent's own.
pub(super) fn order_text(context: &ReplyContext, sign_ins: &SignIns, order: &AuthOrder) -> String {
    let inherited = || match order.own {
        Some(_) => String::new(),
        None => context.say(" (inherited)", "（沿用共享设置）"),
    };
    match order.in_effect() {
        Some(ids) => format!("{}{}", places(context, sign_ins, ids), inherited()),
        None => no_order(context),
    }
}

pub(super) fn no_order(context: &ReplyContext) -> String {
    context.say("none set, the gateway chooses", "未设置，由网关选择")
}

pub(super) fn places(context: &ReplyContext, sign_ins: &SignIns, ids: &[ProfileId]) -> String {
    let listed = ids.iter().take(MOST_PLACES).enumerate();
    let place = |(index, id): (usize, &ProfileId)| {
        let place = index + 1;
        format!("{place} {}", sign_ins.name(id))
    };
    let mut places: Vec<String> = listed.map(place).collect();
    if ids.len() > MOST_PLACES {
        let more = ids.len() - MOST_PLACES;
        places.push(say!(context, "… {more} more", "……另有 {more} 个"));
    }
    places.join(" · ")
}

/// The sign and name of a profile, and the obstacle to its use.
fn state_of(context: &ReplyContext, sign_ins: &SignIns, known: &Known, id: &ProfileId) -> String {
    let name = name_in_line(context, sign_ins, id);
    let mut said = match (sign_ins.by_id(id), sign_ins.key(id)) {
        (Some(profile), _) => {
            let sign = tier_sign(known.tier(profile));
            let mut said = vec![format!("{sign} {name}")];
            said.extend(state_of_profile(context, profile, known));
            said
        }
        (None, Some(key)) if key.kind == KeyKind::ApiKey => {
            let key = context.say("API key, billed per use", "API key，按量计费");
            vec![format!("🔑 {name}"), key]
        }
        (None, Some(_)) => {
            let token = context.say("pasted token", "手动粘贴的令牌");
            vec![format!("🔑 {name}"), token]
        }
        (None, None) => {
            let missing = context.say("not stored, skipped", "未存储，会跳过");
            vec![format!("❌ {name}"), missing]
        }
    };
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
        said.push(context.say("signed out", "需重新登录"));
    }
    if profile.access == Access::Expired && profile.has_refresh {
        said.push(
            context.say("token expired, refreshed on next use", "令牌已过期，下次使用时刷新"),
        );
    }
    said.extend(reading.map(|reading| earlier::last_check(context, reading)));
    if profile.is_usable() {
        said.extend(reason::cooldown_line(context, profile));
    }
    if !profile.is_usable() || is_signed_out {
        said.push(context.command("auth", &format!("start {}", typed_name(profile))));
    }
    said
}

/// The names of these of the keys, where there are any.
pub(super) fn key_names(
    context: &ReplyContext,
    sign_ins: &SignIns,
    is_one: &dyn Fn(&Key) -> bool,
) -> Option<String> {
    let mut names = Vec::new();
    for key in &sign_ins.keys {
        if is_one(key) {
            names.push(key.name.clone());
        }
    }
    (!names.is_empty()).then(|| context.list(&names))
}

/// Commands to go on with: `other` shows what this reply does not.
pub(super) fn what_can_be_done(context: &ReplyContext, other: &str) -> [String; 2] {
    let usage = context.command("usage", "all");
    let other = context.command("auth", other);
    let help = match context.screen {
        Some(_) => "codex-profiler auth --help".to_owned(),
        None => context.command("auth", "help"),
    };
    [
        say!(
            context,
            "Stored state only – OpenAI was not asked. Check: {usage}",
            "以上只是本地记录，没有问过 OpenAI。实际检查：{usage}"
        ),
        say!(
            context,
            "See also: {other} · all commands: {help}",
            "另见：{other} · 全部命令：{help}"
        ),
    ]
}

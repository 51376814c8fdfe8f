//! The order of profiles: the message that shows it, and its text in other messages.

use super::commands::{MOST_PLACES, typed_name};
use super::documents::Order;
use super::words::say;
use super::{Message, ReplyContext, earlier, findings, reason};
use crate::profile::{Access, AuthOrder, Key, KeyKind, ProfileId, SignIns};
use crate::readings::Known;
use crate::usage::Verdict;

/// The order: the agent's own, the one in effect, and what each place means.
pub fn order(context: &ReplyContext, sign_ins: &SignIns, known: &Known) -> Message {
    let own = whose(context, sign_ins);
    let provider = &sign_ins.provider;
    let source = &sign_ins.source;
    let agent = &context.agent;
    let mut lines = vec![
        say!(
            context,
            "Codex order · {provider} · agent {agent} · {source}",
            "Codex 顺序 · {provider} · agent {agent} · {source}"
        ),
        say!(context, "explicit order – {own}", "显式顺序 – {own}"),
        String::new(),
    ];
    lines.extend(place_lines(context, sign_ins, known));
    lines.push(String::new());
    if let Some(order) = &sign_ins.order.inherited
        && sign_ins.order.own.is_some()
    {
        let inherited = AuthOrder {
            own: None,
            inherited: Some(order.clone()),
        };
        let inherited = order_text(context, sign_ins, &inherited);
        lines.push(say!(
            context,
            "Behind it, after `order clear`: {inherited}",
            "清除后（order clear）将使用：{inherited}"
        ));
    }
    lines.extend(
        sign_ins
            .findings
            .iter()
            .map(|f| findings::finding(context, *f)),
    );
    lines.push(what_can_be_done(context, "status"));
    let text = lines.join("\n");
    let names = |ids: Option<&[ProfileId]>| ids.map(|ids| sign_ins.names(ids));
    let document = context.document(|| Order {
        ok: true,
        source,
        provider,
        agent,
        own_order: names(sign_ins.order.own.as_deref()),
        inherited_order: names(sign_ins.order.inherited.as_deref()),
        order_in_effect: names(sign_ins.order.in_effect()),
        suggested_user_message: &text,
    });
    Message::new(text, document)
}

/// Says whether the order is the agent's own.
fn whose(context: &ReplyContext, sign_ins: &SignIns) -> String {
    match &sign_ins.order.own {
        Some(_) => say!(context, "the agent's own", "agent 自己的顺序"),
        None if sign_ins.order.in_effect().is_some() => {
            say!(
                context,
                "none of the agent's own; inherited",
                "agent 没有自己的顺序，使用继承的"
            )
        }
        None => say!(
            context,
            "none, the gateway picks by itself or as `auth.order` of its configuration says",
            "无，由网关或其配置中的 `auth.order` 决定"
        ),
    }
}

/// A line for each place, then one for each profile that has none.
fn place_lines(context: &ReplyContext, sign_ins: &SignIns, known: &Known) -> Vec<String> {
    let mut lines = Vec::new();
    let order = sign_ins.order.in_effect().unwrap_or_default();
    for (index, id) in order.iter().enumerate() {
        lines.push(place_line(context, sign_ins, known, index, id));
    }
    let rest = sign_ins
        .all_ids()
        .into_iter()
        .filter(|id| !order.contains(id));
    for id in rest {
        let name = sign_ins.name(&id);
        let state = state_of(context, sign_ins, known, &id);
        lines.push(if order.is_empty() {
            format!("· {name}{state}")
        } else {
            say!(
                context,
                "– {name}: left out, never selected{state}",
                "– {name}：不在顺序中，不会被选中{state}"
            )
        });
    }
    lines
}

/// `1 default · 2 work`, and whether it is the agent's own.
pub(super) fn order_text(context: &ReplyContext, sign_ins: &SignIns, order: &AuthOrder) -> String {
    let inherited = || match order.own {
        Some(_) => String::new(),
        None => say!(context, " (inherited)", "（继承）"),
    };
    match order.in_effect() {
        Some(ids) => format!("{}{}", places(context, sign_ins, ids), inherited()),
        None => no_order(context),
    }
}

pub(super) fn no_order(context: &ReplyContext) -> String {
    say!(
        context,
        "none, the gateway picks by itself",
        "无，由网关自行选择"
    )
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

/// The meaning of a place in the order, and the obstacle to its use.
fn place_line(
    context: &ReplyContext,
    sign_ins: &SignIns,
    known: &Known,
    index: usize,
    id: &ProfileId,
) -> String {
    let name = sign_ins.name(id);
    let place = index + 1;
    if !sign_ins.has(id) {
        return say!(
            context,
            "{place} {name}: not stored, skipped",
            "{place} {name}：未存储，会被跳过"
        );
    }
    let state = state_of(context, sign_ins, known, id);
    if !sign_ins.is_usable(id) {
        return say!(
            context,
            "{place} {name}: skipped{state}",
            "{place} {name}：会被跳过{state}"
        );
    }
    match index {
        0 => say!(
            context,
            "{place} {name}: tried first{state}",
            "{place} {name}：最先使用{state}"
        ),
        _ => say!(
            context,
            "{place} {name}: tried where those before it cannot be used{state}",
            "{place} {name}：前面的都不可用时使用{state}"
        ),
    }
}

fn state_of(context: &ReplyContext, sign_ins: &SignIns, known: &Known, id: &ProfileId) -> String {
    let mut said = Vec::new();
    if let Some(key) = sign_ins.key(id) {
        said.push(if key.kind == KeyKind::ApiKey {
            say!(context, "an API key, pays by use", "API key，按量付费")
        } else {
            say!(context, "a pasted token", "粘贴的令牌")
        });
    }
    if let Some(profile) = sign_ins.by_id(id) {
        if !profile.is_usable() {
            said.push(say!(
                context,
                "⚠️ needs signing in again",
                "⚠️ 需要重新登录"
            ));
        }
        if profile.access == Access::Expired && profile.has_refresh {
            said.push(say!(context, "refreshed on next use", "下次使用时刷新"));
        }
        if let Some(reading) = known.of(id) {
            let is_broken = known.verdict(id) == Some(Verdict::Broken);
            let warning = if is_broken { "⚠️ " } else { "" };
            said.push(format!(
                "{warning}{}",
                earlier::last_check(context, reading)
            ));
            if reading.is_signed_out() {
                said.push(context.command("auth", &format!("start {}", typed_name(profile))));
            }
        }
        said.extend(reason::cooldown_line(context, profile));
        if sign_ins.last_good.as_ref() == Some(id) {
            said.push(say!(context, "in use now", "当前使用中"));
        }
    }
    said.into_iter()
        .map(|state| format!(" · {state}"))
        .collect()
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
pub(super) fn what_can_be_done(context: &ReplyContext, other: &str) -> String {
    let command = |words: &str| context.command("auth", words);
    let other = command(other);
    let help = match context.screen {
        Some(_) => "codex-profiler auth --help".to_owned(),
        None => command("help"),
    };
    say!(
        context,
        "This is what is stored; only a check asks the endpoint. See also: {other} · all commands: {help}",
        "以上为已存储的状态；只有用量检查才会请求端点。另见：{other} · 全部命令：{help}"
    )
}

//! Alerts in words: the message of a change, and the commands that turn alerts on and off.

use super::advice::{Advice, pick};
use super::history::rounded;
use super::reason::Ends;
use super::selector::choices;
use super::{Button, Message, ReplyContext, best, limits, reason};
use crate::alerts::{AlertKind, Change};
use crate::command::{ALERTS_OFF, ALERTS_ON, ALERTS_SHOWN};
use crate::contract::chat::SubscribeError;
use crate::outlook::row_pace;
use crate::report::Row;
use crate::rotation::{self, Ranked, Tier};
use crate::usage::scarcest;

/// The most changes that one message lists.
const MOST_CHANGES: usize = 10;

/// The longest message, in UTF-16 units, that holds the command of a plan: the ids in it may
/// be longer than everything else together.
const LONGEST_WITH_PLAN: usize = 1_900;

/// The message of these changes, and its buttons. `buttons` is how many the channel shows,
/// `length` how many UTF-16 units its messages may have.
pub fn alert(
    context: &ReplyContext,
    advice: &Advice<'_>,
    changes: &[Change],
    buttons: usize,
    length: usize,
) -> (String, Vec<Button>) {
    let lines: Vec<String> =
        changes.iter().map(|change| format!("🔔 {}", line(context, advice, *change))).collect();
    let in_use = in_use(context, advice, changes);
    // Without buttons, their commands.
    let plan = (buttons == 0).then(|| pick::order_command(context, advice)).flatten();
    let plan = plan.map(|command| context.named("Plan an order", "生成顺序计划", &command));
    let off = context.command("auth", "alerts off");
    let stop_command = (buttons == 0).then(|| context.named("Stop alerts", "关闭提醒", &off));
    let text = |most: usize, plan: &Option<String>| {
        let mut said = context.at_most(most, lines.clone());
        said.extend(in_use.iter().chain(plan).chain(&stop_command).cloned());
        said.join("\n")
    };
    let units = |text: &String| text.encode_utf16().count();
    let fitting = |plan: &Option<String>| {
        (1..=MOST_CHANGES).rev().map(|most| text(most, plan)).find(|text| units(text) <= length)
    };
    let planning = fitting(&plan).filter(|text| units(text) <= LONGEST_WITH_PLAN);
    let said = planning.or_else(|| fitting(&None)).unwrap_or_else(|| text(1, &None));
    let pressed = plan_button(context, advice).into_iter();
    let pressed = pressed.chain([best::all_button(context), stop(context)]);
    (said, pressed.take(buttons).collect())
}

fn stop(context: &ReplyContext) -> Button {
    context.button("Stop alerts", "关闭提醒", ALERTS_OFF)
}

fn turn_on(context: &ReplyContext) -> Button {
    context.button("Turn on", "开启提醒", ALERTS_ON)
}

/// `lab is ready again · 5h 100% · week 38%`
fn line(context: &ReplyContext, advice: &Advice<'_>, change: Change) -> String {
    use Change::*;
    let row = match change {
        Ready(row) | Low(row) | EmptySoon(row, _) | Broken(row) | Unused(row) | Banked(row) => row,
        AllOut => return all_out(context, advice),
    };
    let name = advice.short_name(row);
    let Some(one) = advice.ranked.iter().find(|one| one.index == row) else {
        return name;
    };
    let source = advice.quota_source(one);
    let (said, facts) = match change {
        Ready(_) => (
            say!(context, "{name} is ready again", "{name} 恢复可用"),
            reason::facts(context, advice, one, Ends::OfAll)
                .into_iter()
                .chain(reason::besides(context, advice, one))
                .collect(),
        ),
        Low(_) => (
            say!(context, "{name} is nearly used up", "{name} 即将用完"),
            low_facts(context, source),
        ),
        Broken(_) => (
            say!(context, "{name} stopped working", "{name} 不能用了"),
            reason::reasons(context, advice, one),
        ),
        EmptySoon(_, seconds) => {
            return empty_soon(context, source, &name, seconds).unwrap_or(name);
        }
        Unused(_) => return unused(context, advice, one, &name).unwrap_or(name),
        AllOut => return all_out(context, advice),
        Banked(_) => {
            let banked = source.answer().and_then(|usage| usage.reset_credits);
            let said = banked.and_then(|banked| limits::reset_credits(context, &banked));
            let said = said.unwrap_or_default();
            return say!(context, "{name} has {said}", "{name} 有{said}");
        }
    };
    context.joined(&[vec![said], facts].concat())
}

/// `5h 8% until 21:10 · week 61%`: what is short stands first.
fn low_facts(context: &ReplyContext, row: &Row<'_>) -> Vec<String> {
    let short = scarcest(row.windows());
    let said = short.map(|one| reason::window_fact(context, one, one.recovery_at(), None));
    let others = row.windows().iter().filter(|window| Some(*window) != short);
    said.into_iter().chain(others.map(|window| reason::left(context, window))).collect()
}

/// `lab: at this pace its week is empty about Mon 04:00 · resets Sat 18:44`
fn empty_soon(context: &ReplyContext, row: &Row<'_>, name: &str, seconds: i64) -> Option<String> {
    let mut windows = row.windows().iter();
    let window = windows.find(|window| window.length_seconds == Some(seconds))?;
    let empty_at = row_pace(row, window, context.now)?.runs_out_at?;
    let (label, empty) = (context.length(seconds), context.clock_within(empty_at));
    let resets = context.clock(window.resets_at?);
    Some(say!(
        context,
        "{name}: at this pace its {label} is empty about {empty} · resets {resets}",
        "{name}：照此速度{label}约{empty} 用完 · {resets} 重置"
    ))
}

/// `lab: at this pace about 45% of its week will expire unused Sat 18:44`
fn unused(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked, name: &str) -> Option<String> {
    let best = advice.best_label(one);
    let expiring = advice.outlook.expiring.iter().find(|expiring| expiring.row == best.index)?;
    let (left, label) = (rounded(expiring.left), context.length(expiring.length_seconds));
    let clock = context.clock(expiring.at);
    Some(if expiring.is_at_pace {
        say!(
            context,
            "{name}: at this pace about {left}% of its {label} will expire unused {clock}",
            "{name}：照此速度{label}约有 {left}% 用不完（{clock} 重置）"
        )
    } else {
        say!(
            context,
            "{name}: {left}% of its {label} is left and expires {clock}",
            "{name}：{label}还剩 {left}%，{clock} 作废"
        )
    })
}

/// `No profile is ready any more · lab is back first, 17:59 · until then, costs credits: work`
fn all_out(context: &ReplyContext, advice: &Advice<'_>) -> String {
    let mut said = vec![context.say("No profile is ready any more", "没有可用的 profile 了")];
    said.extend(advice.outlook.next_recovery.map(|(row, at)| {
        let (name, clock) = (advice.short_name(row), context.clock(at));
        say!(context, "{name} is back first, {clock}", "{name} 最先恢复（{clock}）")
    }));
    let costly = advice.ranked.iter().filter(|one| one.tier == Tier::Overage);
    let costly: Vec<String> = costly.map(|one| advice.short_name(one.index)).collect();
    if !costly.is_empty() {
        let names = context.shortened(&costly);
        said.push(context.named("until then, costs credits", "恢复前会扣 credits", &names));
    }
    context.joined(&said)
}

/// The profile that the gateway uses, where it could use the one that is ready again.
fn in_use(context: &ReplyContext, advice: &Advice<'_>, changes: &[Change]) -> Option<String> {
    let is_ready_again = changes.iter().any(|change| matches!(change, Change::Ready(_)));
    let name = advice.in_use().filter(|_| is_ready_again)?;
    let mut ranked = advice.ranked.iter();
    match ranked.find(|one| advice.row(one).profile.name == name)?.tier {
        Tier::Overage => Some(say!(
            context,
            "   The gateway uses {name} now, which costs credits.",
            "   网关目前使用 {name}，会扣 credits。"
        )),
        Tier::Wait | Tier::Broken => Some(say!(
            context,
            "   The gateway last used {name}, which is not ready.",
            "   网关上次使用 {name}，它现在不可用。"
        )),
        Tier::Ready | Tier::Low | Tier::Unknown => None,
    }
}

/// `Plan: lab first`: it plans the order that would follow, by the name of its first.
fn plan_button(context: &ReplyContext, advice: &Advice<'_>) -> Option<Button> {
    let button = best::order_button(context, advice)?;
    let name = advice.short_name(rotation::pick(&advice.ranked)?.index);
    let label = say!(context, "Plan: {name} first", "计划：{name} 优先");
    Some(Button { label, ..button })
}

/// The alerts of the asking conversation: which are on, what each tells, and its buttons.
pub fn settings(context: &ReplyContext, kinds: Option<&[AlertKind]>, low_percent: u8) -> Message {
    let on = context.command("auth", "alerts on");
    let off = context.command("auth", "alerts off");
    let some = context.command("auth", "alerts on ready low");
    let (state, commands, button) = match kinds {
        Some(_) => (
            context.say("🔔 Alerts are on in this chat.", "🔔 本聊天已开启提醒。"),
            say!(
                context,
                "Only some of them: {some}\nTurn all off: {off}",
                "只要其中几项：{some}\n全部关闭：{off}"
            ),
            stop(context),
        ),
        None => (
            context.say("🔕 Alerts are off in this chat.", "🔕 本聊天未开启提醒。"),
            say!(
                context,
                "Turn on the ticked ones: {on}\nOnly some: {some}",
                "开启已勾选的：{on}\n只要其中几项：{some}"
            ),
            turn_on(context),
        ),
    };
    let mut lines = vec![state, String::new()];
    for kind in AlertKind::ALL {
        let is_on = kinds.unwrap_or(&AlertKind::USUAL).contains(&kind);
        let (word, meaning) = (kind.word(), meaning(context, kind, low_percent));
        let mark = if is_on { "☑" } else { "☐" };
        lines.push(say!(context, "{mark} {word} – {meaning}", "{mark} {word}：{meaning}"));
    }
    lines.extend([String::new(), commands]);
    answer(context, lines.join("\n"), vec![button])
}

fn answer(context: &ReplyContext, text: String, buttons: Vec<Button>) -> Message {
    Message { buttons, ..choices(context, None, vec![], text) }
}

fn meaning(context: &ReplyContext, kind: AlertKind, low_percent: u8) -> String {
    match kind {
        AlertKind::Ready => context.say("a profile works again", "有 profile 恢复可用"),
        AlertKind::Low => say!(
            context,
            "less than {low_percent}% of a window is left",
            "某项额度剩不到 {low_percent}%"
        ),
        AlertKind::EmptySoon => context.say(
            "at this pace a window will be empty an hour or more before its reset",
            "照此速度，额度会比重置早一小时以上用完",
        ),
        AlertKind::Broken => context.say("a sign-in stopped working", "有登录凭据失效，需重新登录"),
        AlertKind::Expiring => context.say(
            "a banked reset or over 30% of a week is about to expire unused",
            "重置次数或 30% 以上的周额度即将作废",
        ),
        AlertKind::AllOut => context.say("no profile is ready any more", "没有可用的 profile 了"),
    }
}

/// The answer to `alerts on`.
pub fn turned_on(context: &ReplyContext, kinds: &[AlertKind]) -> Message {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
    let (list, off) = (context.list(&words), context.command("auth", "alerts off"));
    let text = say!(
        context,
        "🔔 Alerts are on in this chat: {list}.\nYou get one message per change. An alert changes nothing by itself.\nStop: {off}",
        "🔔 本聊天已开启提醒：{list}。\n每次变化只发一条消息。提醒本身不作任何更改。\n关闭：{off}"
    );
    answer(context, text, vec![context.button("Settings", "设置", ALERTS_SHOWN), stop(context)])
}

/// The answer to `alerts off`.
pub fn turned_off(context: &ReplyContext) -> Message {
    let on = context.command("auth", "alerts on");
    let text = say!(
        context,
        "🔕 Alerts are off in this chat.\nTurn on: {on}",
        "🔕 本聊天已关闭提醒。\n重新开启：{on}"
    );
    answer(context, text, vec![turn_on(context)])
}

/// The answer to `/codex_usage alerts`, which does not know the owner.
pub fn are_the_owners(context: &ReplyContext) -> Message {
    if context.screen.is_some() {
        return answer(context, at_a_terminal(context), vec![]);
    }
    let alerts = context.command("auth", "alerts");
    let text = say!(
        context,
        "Alerts belong to the owner of this gateway. To see or set them: {alerts}",
        "提醒由网关的所有者设置。查看或设置：{alerts}"
    );
    answer(context, text, vec![context.button("Alerts", "提醒", ALERTS_SHOWN)])
}

/// A refusal to turn alerts on or off.
pub fn refused(context: &ReplyContext, error: SubscribeError) -> String {
    let on = context.command("auth", "alerts on");
    let off = context.command("auth", "alerts off");
    match error {
        SubscribeError::Unavailable if context.screen.is_some() => at_a_terminal(context),
        SubscribeError::Unavailable => say!(
            context,
            "Alerts don't work here: messages can't be sent to this chat unprompted. Type {on} in a Telegram or Discord chat.",
            "无法主动向本聊天发消息，因此不能在这里开启提醒。请在 Telegram 或 Discord 的聊天中输入 {on}。"
        ),
        SubscribeError::Denied => say!(
            context,
            "Only the owner of this gateway can set alerts, by typing {on}. Nothing was changed.",
            "只有网关的所有者本人输入 {on} 才能设置提醒。没有任何更改。"
        ),
        SubscribeError::Full => say!(
            context,
            "20 chats get alerts already, and there is no room for more. Type {off} in one of them first.",
            "已有 20 个聊天开启提醒，不能再增加。请先在其中一个聊天中输入 {off}。"
        ),
        SubscribeError::Failed => context.say(
            "Not saved: codex-profiler cannot write to its state folder. Nothing was changed.",
            "没有保存：codex-profiler 无法写入它的状态目录。没有任何更改。",
        ),
    }
}

fn at_a_terminal(context: &ReplyContext) -> String {
    let watch = context.command("usage", "--watch");
    say!(context, "Alerts come in chat. Here: {watch}", "提醒只在聊天中发送。在终端请用：{watch}")
}

//! Help: every command with a line on what it does.

use super::selector::{Purpose, choices};
use super::{Message, ReplyContext};

/// The words of each command, and what it does in English and in Chinese.
type Commands = [(&'static str, &'static str, &'static str)];

const USAGE: &Commands = &[
    ("all", "every profile, best first", "全部 profile，推荐的在前"),
    ("best", "which one to use next, and why", "接下来用哪个，为什么"),
    ("<profile>", "one profile in detail", "单个 profile 的详情"),
    ("default", "the default profile", "默认 profile"),
    ("rotation", "rotation guide", "轮换指南"),
    ("rotation deep", "rotation set-up and troubleshooting", "轮换的配置与排障"),
    ("history", "daily use of the last 28 days", "最近 28 天每天的用量"),
    ("alerts", "alerts in chat: where to turn them on", "聊天提醒：在哪里开启"),
    ("help", "this list", "本列表"),
];

const AUTH: &Commands = &[
    ("status", "health of all sign-ins", "全部登录凭据的状态"),
    ("status <profile>", "health of one sign-in", "单个登录凭据的状态"),
    ("order", "the order the gateway uses", "网关使用的顺序"),
    ("order set <profile> <profile>", "set the order", "设置顺序"),
    ("order clear", "remove this agent's own order", "清除本 agent 单独设置的顺序"),
    ("retire <profile>", "stop using it, keep the sign-in", "停用，保留登录凭据"),
    (
        "restore <profile> first",
        "use it again, as first or last in the order",
        "恢复使用，排在最前（first）或最后（last）",
    ),
    ("delete <profile> permanently", "delete the sign-in", "永久删除登录凭据"),
    ("confirm <code>", "confirm a plan", "确认计划"),
    ("alerts on", "a message in this chat when something changes", "有变化时在本聊天收到一条消息"),
    ("start <profile>", "how to sign in", "如何登录"),
    ("finish <callback_url>", "explain a pasted callback address", "解释粘贴的回调地址"),
    ("help", "this list", "本列表"),
];

/// All commands behind `/codex_usage` or `/codex_auth`.
pub fn help(context: &ReplyContext, purpose: Purpose) -> Message {
    let (verb, commands, other) = match purpose {
        Purpose::Usage => ("usage", USAGE, "auth"),
        Purpose::Auth => ("auth", AUTH, "usage"),
    };
    let line = |(words, en, zh): &(&str, &str, &str)| {
        let command = context.command(verb, words);
        say!(context, "{command} – {en}", "{command} – {zh}")
    };
    let commands = commands.iter().map(line).collect::<Vec<_>>().join("\n");
    let other = context.command(other, "help");
    let text = match purpose {
        Purpose::Usage => say!(
            context,
            "Commands (all read-only):\n{commands}\nSign-ins and their order: {other}",
            "命令（全部只读）：\n{commands}\n登录与顺序：{other}"
        ),
        Purpose::Auth => say!(
            context,
            "Commands (a change is planned first; nothing changes before you confirm):\n{commands}\nUsage and advice: {other}",
            "命令（更改会先给出计划，确认前不会有任何更改）：\n{commands}\n用量与建议：{other}"
        ),
    };
    choices(context, None, vec![], text)
}

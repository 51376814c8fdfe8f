//! Everything that can be typed or pressed, and the situations it is asked in.

use std::collections::BTreeSet;
use std::fmt;

use host_test::contract::commands::Locale;
use host_test::harness::Command;

use crate::faults::worlds::Kind;

/// One thing that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// The command that it is, as `src/command.rs` calls it.
    pub is: &'static str,
    pub command: Command,
    /// What is typed or pressed. `{work}` is that profile's handle, `{code}` what
    /// confirms the plan.
    pub text: &'static str,
    pub is_pressed: bool,
    /// What is planned before, by the same user.
    pub plan: Option<&'static str>,
}

/// Who asks, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Seat {
    pub from: From,
    pub locale: Locale,
    pub has_path: bool,
    pub has_buttons: bool,
    pub is_owner: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    Command,
    Button,
    Tool,
    Terminal,
}

/// A line, asked by somebody in some world.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub line: Line,
    pub seat: Seat,
    pub world: Kind,
}

const USAGE_TYPED: &[(&str, &str)] = &[
    ("UsageCommand::Select", ""),
    ("UsageCommand::Help", "help"),
    ("UsageCommand::Help", "帮助"),
    ("UsageCommand::Check", "all"),
    ("UsageCommand::Check", "全部 --format block"),
    ("UsageCommand::Check", "all --format text --debug"),
    ("UsageCommand::Check", "all --format=json --retries 0"),
    ("UsageCommand::Check", "default --timeout-sec 5"),
    ("UsageCommand::Check", "默认"),
    ("UsageCommand::Check", "--profile work"),
    ("UsageCommand::Check", "{work}"),
    ("UsageCommand::Check", "3"),
    ("UsageCommand::Check", "nobody"),
    ("UsageCommand::Check", "which one now"),
    ("UsageCommand::Advise", "best"),
    ("UsageCommand::Advise", "推荐 --format json"),
    ("UsageCommand::Advise", "rotation"),
    ("UsageCommand::Advise", "轮换"),
    ("UsageCommand::Advise", "rotation deep"),
    ("UsageCommand::Advise", "轮换 深入"),
    ("CommandError", "rotation work"),
    ("CommandError", "--nope"),
];

const USAGE_PRESSED: &[(&str, &str)] = &[
    ("UsageCommand::Select", "usage:page:1"),
    ("UsageCommand::Check", "usage:all"),
    ("UsageCommand::Check", "usage:default"),
    ("UsageCommand::Check", "usage:{work}"),
    ("UsageCommand::Check", "usage:00000000"),
    ("CommandError", "nothing"),
];

const AUTH_TYPED: &[(&str, &str)] = &[
    ("AuthCommand::Select", ""),
    ("AuthCommand::Status", "status"),
    ("AuthCommand::Status", "状态 work --format json"),
    ("AuthCommand::Status", "work"),
    ("AuthCommand::Status", "nobody"),
    ("AuthCommand::Status", "what now?"),
    ("AuthCommand::Order", "order"),
    ("AuthCommand::Order", "顺序 --format json"),
    ("AuthCommand::Start", "start"),
    ("AuthCommand::Start", "login work"),
    ("AuthCommand::Start", "登录 somebody-new"),
    (
        "AuthCommand::Finish",
        "finish http://localhost:1455/auth/callback?code=typed-code-1&state=typed-state-1",
    ),
    ("AuthCommand::Finish", "完成 work code=typed-code-2"),
    (
        "AuthCommand::Finish",
        "http://localhost:1455/auth/callback?code=typed-code-3&state=typed-state-3",
    ),
    ("AuthCommand::Help", "help"),
    ("AuthCommand::Help", "帮助"),
    ("AuthCommand::Help", "set"),
    ("AuthCommand::Help", "clear"),
    ("AuthCommand::Help", "add"),
    ("AuthCommand::Help", "reorder"),
    ("AuthCommand::Help", "rename"),
    ("AuthCommand::Change Set", "order set work default"),
    ("AuthCommand::Change Set", "顺序 设置 backup --dry-run"),
    ("AuthCommand::Change Set", "order set default work backup"),
    ("AuthCommand::Change Clear", "order clear"),
    ("AuthCommand::Change Clear", "order 清除 --format json"),
    ("AuthCommand::Change Retire", "retire work"),
    ("AuthCommand::Change Retire", "停用 backup"),
    ("AuthCommand::Change Restore", "restore work first"),
    ("AuthCommand::Change Restore", "恢复 backup 最前"),
    ("AuthCommand::Change Restore", "restore default last"),
    ("AuthCommand::Change Restore", "restore default 最后"),
    ("AuthCommand::Change Delete", "delete work permanently"),
    ("AuthCommand::Change Delete", "删除 backup 永久删除"),
    ("AuthCommand::Change Delete", "彻底移除 work"),
    ("AuthCommand::Confirm", "confirm NOBODYS0"),
    ("AuthCommand::Confirm", "确认 NOBODYS0 work"),
    ("AuthCommand::Delete", "delete work"),
    ("AuthCommand::Delete", "remove work"),
    ("AuthCommand::Delete", "移除 work"),
    ("AuthCommand::Delete", "logout work"),
    ("CommandError", "finish work"),
    ("CommandError", "order sideways"),
    ("CommandError", "confirm"),
];

const AUTH_PRESSED: &[(&str, &str)] = &[
    ("AuthCommand::Select", "auth:page:1"),
    ("AuthCommand::Status", "auth:all"),
    ("AuthCommand::Status", "auth:{work}"),
    ("AuthCommand::Follow", "auth:order:8:{work}{default}"),
    ("AuthCommand::Follow", "auth:order:3:000"),
    ("CommandError", "auth"),
];

/// What is planned and then confirmed, with the name that is typed behind the code.
const CONFIRMED: &[(&str, &str)] = &[
    ("order set work default", ""),
    ("order clear", ""),
    ("retire work", ""),
    ("restore backup first", ""),
    ("delete work permanently", " work"),
];

/// Everything that can be asked for.
pub fn lines() -> Vec<Line> {
    let tables = [
        (Command::Usage, false, USAGE_TYPED),
        (Command::Usage, true, USAGE_PRESSED),
        (Command::Auth, false, AUTH_TYPED),
        (Command::Auth, true, AUTH_PRESSED),
    ];
    let mut lines = Vec::new();
    for (command, is_pressed, table) in tables {
        lines.extend(table.iter().map(|&(is, text)| Line {
            is,
            command,
            text,
            is_pressed,
            plan: None,
        }));
    }
    for &(plan, name) in CONFIRMED {
        let line = |text, is_pressed| Line {
            is: "AuthCommand::Confirm",
            command: Command::Auth,
            text,
            is_pressed,
            plan: Some(plan),
        };
        match name {
            "" => lines.extend([
                line("confirm {code}", false),
                line("auth:confirm:{code}", true),
            ]),
            _ => lines.push(line("confirm {code} work", false)),
        }
    }
    // A login, which a terminal alone can run.
    lines.push(Line {
        is: "AuthCommand::Confirm",
        command: Command::Auth,
        text: "confirm {code}",
        is_pressed: false,
        plan: Some("start somebody-new"),
    });
    lines
}

/// Every situation that a line is asked in.
pub fn cases(line: Line) -> Vec<Case> {
    // What depends on the gateway's version and on whose order holds is asked in worlds
    // that differ in it.
    let worlds: &[Kind] = match line.command {
        Command::Usage => &[Kind::Demo],
        Command::Auth => &[Kind::Demo, Kind::Old, Kind::Inherited],
    };
    let mut cases = Vec::new();
    for &world in worlds {
        let case = |seat| Case { line, seat, world };
        // Who asks, and by what channel, makes the same difference in every world.
        let is_told = |seat: &Seat| world == Kind::Demo || seat.is_plain();
        cases.extend(seats(&line).into_iter().filter(is_told).map(case));
    }
    cases
}

/// The language, whether there is a message path, whether there are buttons, and whether
/// the owner asks: every two of them in every way.
const SEATS: [(Locale, bool, bool, bool); 6] = [
    (Locale::En, true, true, true),
    (Locale::Zh, true, false, true),
    (Locale::En, false, false, true),
    (Locale::Zh, false, true, true),
    (Locale::En, true, true, false),
    (Locale::Zh, false, false, false),
];

fn seats(line: &Line) -> Vec<Seat> {
    let from: &[From] = match (line.is_pressed, line.plan) {
        (true, _) => &[From::Button],
        // Nobody else can run a login.
        (false, Some("start somebody-new")) => &[From::Terminal],
        (false, _) => &[From::Command, From::Tool, From::Terminal],
    };
    let mut seats = Vec::new();
    for &from in from {
        for (locale, has_path, has_buttons, is_owner) in SEATS {
            let seat = Seat {
                from,
                locale,
                has_path,
                has_buttons,
                is_owner,
            };
            // At a terminal sits the owner, who reads everything and presses nothing.
            if from != From::Terminal || has_path && is_owner {
                seats.push(seat);
            }
        }
    }
    seats
}

impl Seat {
    /// Whether it is the one that every world is asked from.
    fn is_plain(&self) -> bool {
        let is_chat = matches!(self.from, From::Command | From::Button);
        is_chat && self.is_owner && self.has_path && self.has_buttons
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, seat, world } = self;
        write!(f, "{:?} {seat:?} {world:?}", line.text)
    }
}

/// What is in `src/command.rs` and in no line: the list of what is asked for is nobody's
/// to forget.
pub fn forgotten() -> Vec<String> {
    let source = include_str!("../../../../src/command.rs");
    let wishes = include_str!("../../../../src/order.rs");
    let lines = lines();
    let is: BTreeSet<&str> = lines.iter().map(|line| line.is).collect();
    let mut missing = Vec::new();
    for (text, name) in [
        (source, "UsageCommand"),
        (source, "AuthCommand"),
        (wishes, "Wish"),
    ] {
        for variant in variants(text, name) {
            let has = match name {
                "Wish" => is.contains(format!("AuthCommand::Change {variant}").as_str()),
                _ => is.iter().any(|is| {
                    let first = is.split(' ').next().unwrap_or_default();
                    first == format!("{name}::{variant}")
                }),
            };
            if !has {
                missing.push(format!("{name}::{variant}"));
            }
        }
    }
    // Every word that an arm of the readers knows.
    let typed: BTreeSet<&str> = lines
        .iter()
        .flat_map(|line| line.text.split([' ', ':', '=']).chain(line.plan))
        .collect();
    for word in words(source) {
        // These say the same as the words beside them.
        let same = ["setup", "trouble", "配置", "排障"];
        if !typed.contains(word) && !same.contains(&word) {
            missing.push(word.to_owned());
        }
    }
    missing
}

/// The variants of an enum, by the text of its file.
fn variants<'a>(source: &'a str, name: &str) -> Vec<&'a str> {
    let head = format!("pub enum {name}");
    let body = source
        .split_once(&head)
        .and_then(|(_, rest)| rest.split_once("\n}"))
        .map_or("", |(body, _)| body);
    let names = body.lines().skip(1).map(str::trim);
    names
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| line.split(['(', ',', ' ']).next().unwrap_or_default())
        .collect()
}

/// The words in the patterns of the functions that read a command.
fn words(source: &str) -> Vec<&str> {
    let before_tests = source.split("#[cfg(test)]").next().unwrap_or_default();
    let patterns = before_tests.lines().filter(|line| {
        let line = line.trim_start();
        let is_arm = line.starts_with(['"', '(', 'S']) && line.contains("=>");
        is_arm || line.starts_with("matches!(word")
    });
    // Every second piece is between quotation marks.
    let pieces = patterns.flat_map(|line| {
        let pattern = line.split("=>").next().unwrap_or_default();
        pattern.split('"').skip(1).step_by(2)
    });
    pieces
        .filter(|word| !word.is_empty() && !word.contains(['{', ' ']))
        .collect()
}

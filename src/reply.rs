//! What the user reads: every message put together here, every sentence in
//! [`words`], English and Chinese.

use serde::Serialize;

use self::advice::Advice;
use self::change::Message;
use self::documents::{Choices, Failure, Refused};
use self::session::Session;
use crate::command::{self, CheckOptions, Format};
use crate::outlook::row_pace;
use crate::profile::{Ids, Profile, SignIns};
use crate::report::{Report, Row};
use crate::time::{DAY, Instant, Zone};
use crate::usage::{UsageSnapshot, UsageWindow, Verdict};

pub mod advice;
pub mod block;
pub mod change;
mod documents;
pub mod guide;
pub mod health;
mod json;
pub mod layout;
pub mod limits;
pub mod login;
mod outage;
pub mod outlook;
pub mod session;
pub mod timeline;
pub mod words;

/// The language of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    /// English.
    En,
    /// Chinese.
    Zh,
}

/// How a terminal shows text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Whether verdicts are coloured.
    pub colour: bool,
    /// How many cells a line has; 0 where nobody looks, and bars are left out.
    pub columns: u16,
}

/// To whom, when and where a reply is said.
#[derive(Debug, Clone)]
pub struct ReplyContext {
    /// The language.
    pub locale: Locale,
    /// The user's time zone.
    pub zone: Zone,
    /// When.
    pub now: Instant,
    /// Whose sign-ins.
    pub agent: String,
    /// The terminal, or none in chat.
    pub screen: Option<Screen>,
    /// What a command typed in this terminal needs behind it.
    pub options: String,
    /// The form in which ids are shown.
    pub ids: Ids,
    /// Whether anybody reads the JSON document beside the text.
    pub wants_json: bool,
    /// The profile of the chat session that asked, where that is known.
    pub session: Option<Session>,
}

impl ReplyContext {
    /// The document, put together only where somebody reads it.
    fn document<T: Serialize>(&self, build: impl FnOnce() -> T) -> Option<String> {
        let write = |document| serde_json::to_string_pretty(&document).unwrap_or_default();
        self.wants_json.then(|| write(build()))
    }

    fn choices(&self, source: &str, profiles: Vec<&str>, text: &str) -> Option<String> {
        self.document(|| Choices {
            ok: true,
            source,
            profiles,
            suggested_user_message: text,
        })
    }
}

/// Says a check, and in one line what it advises.
pub fn usage(context: &ReplyContext, advice: &Advice<'_>, options: &CheckOptions) -> Message {
    let document = context.document(|| {
        // A document carries no terminal's columns and colours.
        let plain = ReplyContext {
            screen: None,
            ..context.clone()
        };
        let lines = all_lines(&plain, advice.report, options.debug);
        let message = Shown::new(&plain, advice, &lines, options.debug).message;
        json::usage(&plain, advice, options.debug, lines, message)
    });
    let lines = all_lines(context, advice.report, options.debug);
    let shown = Shown::new(context, advice, &lines, options.debug);
    let Shown {
        message, closing, ..
    } = &shown;
    let text = match options.format {
        Format::Line => message.clone(),
        Format::Block if shown.is_outage => message.clone(),
        Format::Block => {
            let title = context.title(advice.report);
            let blocks = blocks(context, advice.report);
            format!("{title}\n\n{blocks}\n\n{closing}")
        }
        Format::Text => {
            let progress = words::progress(context.locale);
            if shown.is_outage {
                format!("{progress}\n\n{message}")
            } else {
                let blocks = blocks(context, advice.report);
                format!("{progress}\n\n{blocks}\n\n{message}")
            }
        }
        Format::Json => document.as_ref().unwrap_or(message).clone(),
    };
    Message {
        text,
        closing: shown.closing,
        document,
    }
}

/// A check as it is shown.
struct Shown {
    message: String,
    closing: String,
    /// Whether the message is of an outage, and not of the profiles.
    is_outage: bool,
}

impl Shown {
    /// An outage, or else title, lines, the time ahead where there is room to draw it, and
    /// what closes. Whoever debugs wants to see every attempt, also in an outage.
    fn new(context: &ReplyContext, advice: &Advice<'_>, lines: &[String], debug: bool) -> Self {
        if !debug && let Some(lines) = outage::outage(context, advice) {
            return Self {
                message: lines.join("\n"),
                closing: String::new(),
                is_outage: true,
            };
        }
        let title = context.title(advice.report);
        let mut shown = lines.join("\n");
        if let Some(timeline) = timeline::timeline(context, advice.report) {
            shown += "\n\n";
            shown += &timeline;
        }
        let closing = closing_lines(context, advice).join("\n");
        Self {
            message: format!("{title}\n\n{shown}\n\n{closing}"),
            closing,
            is_outage: false,
        }
    }
}

/// A block for each profile, then why those that are not simply usable are not.
fn blocks(context: &ReplyContext, report: &Report<'_>) -> String {
    let mut parts = Vec::new();
    let mut whys = Vec::new();
    for row in &report.rows {
        parts.push(block::block(context, row));
        whys.extend(
            context
                .why(row)
                .map(|why| format!("{}: {why}", row.profile.name)),
        );
    }
    if !whys.is_empty() {
        parts.push(whys.join("\n"));
    }
    parts.join("\n\n")
}

/// How many identities under several labels are told one by one.
const MOST_DUPLICATES: usize = 5;

fn closing_lines(context: &ReplyContext, advice: &Advice<'_>) -> Vec<String> {
    let report = advice.report;
    let mut lines = vec![context.summary(report)];
    lines.extend(context.without_room(report));
    lines.extend(advice::closing_line(context, advice));
    lines.extend(context.changes(report));
    lines.extend(context.outlook(report, &advice.outlook));
    let duplicates = report.duplicates.iter();
    lines.extend(
        duplicates
            .take(MOST_DUPLICATES)
            .map(|rows| context.same_identity(report, rows)),
    );
    lines.extend(context.and_more(report.duplicates.len().saturating_sub(MOST_DUPLICATES)));
    lines.extend(advice::unknown_names(context, advice));
    let findings = report
        .findings()
        .iter()
        .map(|finding| context.finding(*finding));
    lines.extend(findings);
    lines
}

fn all_lines(context: &ReplyContext, report: &Report<'_>, debug: bool) -> Vec<String> {
    let rows: Vec<&Row<'_>> = report.rows.iter().collect();
    profile_lines(context, &rows, View::of(report), debug)
}

/// One line per profile: aligned on a terminal, in one flow in chat.
fn profile_lines(
    context: &ReplyContext,
    rows: &[&Row<'_>],
    view: View,
    debug: bool,
) -> Vec<String> {
    let lines: Vec<layout::Line> = rows
        .iter()
        .map(|row| profile_line(context, row, view, debug))
        .collect();
    match context.screen {
        None => lines.iter().map(layout::Line::in_chat).collect(),
        Some(screen) => layout::on_screen(&lines, screen),
    }
}

/// How much is said of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    /// Nobody else was checked: everything.
    Own,
    /// It is one of several: what matters at a glance.
    Listed,
}

impl View {
    fn of(report: &Report<'_>) -> Self {
        match report.rows.len() {
            1 => Self::Own,
            _ => Self::Listed,
        }
    }
}

fn profile_line(context: &ReplyContext, row: &Row<'_>, view: View, debug: bool) -> layout::Line {
    let mut line = layout::Line::new(row.judgement.verdict, &row.profile.name);
    match &row.outcome {
        Err(error) => {
            line.lead = context.failed(row, error);
            let is_unknown = row.judgement.verdict == Verdict::Unknown;
            line.tail
                .extend(is_unknown.then(|| context.last_read(row)).flatten());
        }
        Ok(_) if row.is_mismatch() => line.lead.push(context.mismatch()),
        Ok(usage) => {
            describe_usage(context, row, usage, &mut line);
            describe_besides(context, usage, view, &mut line);
        }
    }
    line.tail.extend(context.cooldown(row));
    line.tail
        .extend(row.is_left_out.then(|| context.left_out()));
    line.tail.extend(debug.then(|| words::tries(&row.tries)));
    line
}

fn describe_usage(
    context: &ReplyContext,
    row: &Row<'_>,
    usage: &UsageSnapshot,
    line: &mut layout::Line,
) {
    line.plan = usage.plan.as_ref().map(|plan| plan.label.clone());
    let windows = usage.windows();
    line.lead.extend(context.stale(row));
    line.lead.extend(context.stop(row.judgement.reason, usage));
    let (short, long) = short_and_long(windows);
    let pace = |window| row_pace(row, window, context.now);
    let cell = |window| context.window_cell(window, pace(window).as_ref());
    if windows.is_empty() {
        line.tail.push(context.no_windows(usage));
    } else {
        line.short = Some(match short {
            Some(window) => cell(window),
            None => layout::Cell::text(context.no_short_window(windows)),
        });
        line.long = long.map(cell);
        if long.is_none() {
            line.tail.push(context.long_not_reported());
        }
        let others = windows
            .iter()
            .filter(|window| !is_one_of(window, short, long));
        line.others = others.map(cell).collect();
    }
    let runs_out = |window| context.runs_out(window, &pace(window)?);
    line.tail.extend(windows.iter().filter_map(runs_out));
    line.tail.extend(context.cost(row));
    line.tail.extend(context.spend(row.judgement.reason, usage));
    line.tail.extend(context.credits(usage));
}

/// Pools, models and banked resets.
fn describe_besides(
    context: &ReplyContext,
    usage: &UsageSnapshot,
    view: View,
    line: &mut layout::Line,
) {
    let pools = usage.additional.iter().filter(|_| view == View::Own);
    line.tail
        .extend(pools.filter_map(|pool| context.pool(pool)));
    let models = usage.models.iter();
    line.tail
        .extend(models.filter_map(|model| context.gated_model(model)));
    let banked = usage.reset_credits.as_ref();
    let banked =
        banked.filter(|banked| view == View::Own || context.expires_soon(banked).is_some());
    line.tail
        .extend(banked.and_then(|banked| context.reset_credits(banked)));
}

fn is_one_of(window: &UsageWindow, a: Option<&UsageWindow>, b: Option<&UsageWindow>) -> bool {
    let same = |other: Option<&UsageWindow>| other.is_some_and(|other| std::ptr::eq(window, other));
    same(a) || same(b)
}

/// The two windows a person asks for: the shortest under a day, and the first of
/// a day or more. Where there are two short ones, the second stands for the long.
pub fn short_and_long(windows: &[UsageWindow]) -> (Option<&UsageWindow>, Option<&UsageWindow>) {
    let is_short = |window: &&UsageWindow| window.length_seconds.is_some_and(|s| s < DAY);
    let short = windows.iter().find(is_short);
    let long = windows.iter().find(|window| !is_short(window));
    let second = || windows.iter().filter(is_short).nth(1);
    (short, long.or_else(second))
}

/// The question which profile to check, with its choices as buttons and as the
/// commands to type.
pub struct Selector {
    /// The question and the commands.
    pub text: String,
    /// To programs, where they ask.
    pub document: Option<String>,
    /// Label and value of each button.
    pub buttons: Vec<(String, String)>,
}

/// What is selected for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// `/codex_usage`
    Usage,
    /// `/codex_auth`
    Auth,
}

impl Purpose {
    fn verb(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Auth => "auth",
        }
    }
}

/// How many profiles one page of a selector lists.
const PAGE: usize = 20;

/// One line of a selector, and the button for it.
struct Choice {
    number: usize,
    label: String,
    typed: String,
    value: String,
}

/// Offers the profiles. `buttons` is how many one message may carry.
pub fn selector(
    context: &ReplyContext,
    sign_ins: &SignIns,
    purpose: Purpose,
    page: usize,
    buttons: usize,
) -> Selector {
    let verb = purpose.verb();
    let mut choices = words_to_choose(context, sign_ins, purpose);
    let profiles = sign_ins.in_order();
    // One button turns the page.
    let size = match buttons {
        0 => PAGE,
        most => most.saturating_sub(choices.len() + 1).clamp(1, PAGE),
    };
    let pages = profiles.len().div_ceil(size).max(1);
    let page = page.min(pages - 1);
    let first = choices.len() + page * size + 1;
    let shown = profiles.iter().skip(page * size).take(size).enumerate();
    choices.extend(shown.map(|(index, profile)| Choice {
        number: first + index,
        label: profile.name.clone(),
        typed: typed_name(profile),
        value: profile.handle.clone(),
    }));
    let mut lines = vec![context.question(purpose)];
    let mut pressed = Vec::new();
    for choice in choices {
        let Choice {
            number,
            label,
            typed,
            value,
        } = choice;
        let command = match (purpose, context.screen) {
            (Purpose::Auth, Some(_)) => context.command(verb, &format!("status {typed}")),
            (Purpose::Auth, None) | (Purpose::Usage, _) => context.command(verb, &typed),
        };
        lines.push(format!("{number}. {label}: {command}"));
        pressed.push((label, format!("{verb}:{value}")));
    }
    if pages > 1 {
        lines.push(context.more_pages(page + 1, pages, profiles.len()));
        let next = (page + 1) % pages;
        pressed.push((context.next_page(), format!("{verb}:page:{next}")));
    }
    if buttons == 0 {
        pressed.clear();
    }
    let text = lines.join("\n");
    let stored = sign_ins.profiles.iter();
    let names = stored.map(|profile| profile.name.as_str());
    Selector {
        document: context.choices(&sign_ins.source, names.collect(), &text),
        text,
        buttons: pressed,
    }
}

/// All that there is to type behind `/codex_auth`.
pub fn auth_help(context: &ReplyContext) -> Message {
    let text = context.auth_help();
    let document = context.choices("", vec![], &text);
    Message::new(text, document)
}

/// A request that could not be carried out: why, where the host looked, and the names
/// that there are.
pub fn refused(
    context: &ReplyContext,
    code: &str,
    text: String,
    source: Option<&str>,
    names: &[String],
) -> Message {
    let document = context.document(|| Refused {
        ok: false,
        source,
        error: Failure {
            code,
            message: &text,
        },
        profiles: names,
    });
    Message::new(text, document)
}

/// The choices that stand on every page.
fn words_to_choose(context: &ReplyContext, sign_ins: &SignIns, purpose: Purpose) -> Vec<Choice> {
    let choice = |number: usize, label: String, word: &str| Choice {
        number,
        label,
        typed: word.to_owned(),
        value: word.to_owned(),
    };
    let default = sign_ins
        .default_profile()
        .map(|profile| profile.name.as_str());
    match purpose {
        Purpose::Usage => vec![
            choice(1, context.choice_default(default), "default"),
            choice(2, context.choice_all(sign_ins.profiles.len()), "all"),
        ],
        Purpose::Auth => vec![],
    }
}

/// The profiles that stand at a number of a selector, `3` or `#3`.
pub fn listed<'a>(
    sign_ins: &'a SignIns,
    purpose: Purpose,
    number: &str,
) -> Option<Vec<&'a Profile>> {
    let number = number.strip_prefix('#').unwrap_or(number);
    let index = number.parse::<usize>().ok()?.checked_sub(1)?;
    let profiles = sign_ins.in_order();
    match (purpose, index) {
        (Purpose::Usage, 0) => Some(sign_ins.default_profile().into_iter().collect()),
        (Purpose::Usage, 1) => Some(profiles),
        (Purpose::Usage, _) => Some(vec![profiles.get(index - 2)?]),
        (Purpose::Auth, _) => Some(vec![profiles.get(index)?]),
    }
}

/// What to type for a profile: its shown name where that names it and is one word,
/// else its handle.
fn typed_name(profile: &Profile) -> String {
    let name = profile.name.as_str();
    let is_itself = name == profile.id.label() || name == profile.id.as_str();
    // Labels may be written in any script.
    let is_plain_char = |c: char| match c.is_ascii() {
        true => c.is_ascii_alphanumeric() || b":._-@+".contains(&(c as u8)),
        false => !c.is_whitespace(),
    };
    let is_plain = !name.starts_with('-') && name.chars().all(is_plain_char);
    if is_itself && is_plain && !command::is_taken(name) {
        name.to_owned()
    } else {
        profile.handle.clone()
    }
}

/// The colour and the sign of a verdict.
pub fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Usable => "✅",
        Verdict::UsableAtCost => "💳",
        Verdict::Wait => "⏳",
        Verdict::Broken => "❌",
        Verdict::Unknown => "❔",
    }
}

#[cfg(test)]
mod tests;

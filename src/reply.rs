//! What the user reads: every message put together here, every sentence in
//! [`words`], English and Chinese.

use serde::Serialize;

use self::advice::Advice;
use self::change::Told;
use self::documents::{Choices, Failure, Refused};
use self::session::Session;
use crate::clock::{DAY, Instant, Zone};
use crate::command::{self, CheckOptions, Format};
use crate::outlook::row_pace;
use crate::profile::{Profile, SignIns};
use crate::report::{Report, Row};
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
pub struct Voice {
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
    /// Whether ids are shown whole, in the owner's own terminal.
    pub full_ids: bool,
    /// Whether anybody reads the JSON document beside the text.
    pub wants_json: bool,
    /// The profile of the chat session that asked, where that is known.
    pub session: Option<Session>,
}

impl Voice {
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
pub fn usage(voice: &Voice, advice: &Advice<'_>, options: &CheckOptions) -> Told {
    let document = voice.document(|| {
        // A document carries no terminal's columns and colours.
        let plain = Voice {
            screen: None,
            ..voice.clone()
        };
        let lines = all_lines(&plain, advice.report, options.debug);
        let message = Shown::new(&plain, advice, &lines, options.debug).message;
        json::usage(&plain, advice, options.debug, lines, message)
    });
    let lines = all_lines(voice, advice.report, options.debug);
    let shown = Shown::new(voice, advice, &lines, options.debug);
    let Shown {
        message, closing, ..
    } = &shown;
    let text = match options.format {
        Format::Line => message.clone(),
        Format::Block if shown.is_outage => message.clone(),
        Format::Block => {
            let title = voice.title(advice.report);
            let blocks = blocks(voice, advice.report);
            format!("{title}\n\n{blocks}\n\n{closing}")
        }
        Format::Text => {
            let progress = words::progress(voice.locale);
            if shown.is_outage {
                format!("{progress}\n\n{message}")
            } else {
                let blocks = blocks(voice, advice.report);
                format!("{progress}\n\n{blocks}\n\n{message}")
            }
        }
        Format::Json => document.as_ref().unwrap_or(message).clone(),
    };
    Told {
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
    fn new(voice: &Voice, advice: &Advice<'_>, lines: &[String], debug: bool) -> Self {
        if !debug && let Some(lines) = outage::outage(voice, advice) {
            return Self {
                message: lines.join("\n"),
                closing: String::new(),
                is_outage: true,
            };
        }
        let title = voice.title(advice.report);
        let mut shown = lines.join("\n");
        if let Some(timeline) = timeline::timeline(voice, advice.report) {
            shown += "\n\n";
            shown += &timeline;
        }
        let closing = closing_lines(voice, advice).join("\n");
        Self {
            message: format!("{title}\n\n{shown}\n\n{closing}"),
            closing,
            is_outage: false,
        }
    }
}

/// A block for each profile, then why those that are not simply usable are not.
fn blocks(voice: &Voice, report: &Report<'_>) -> String {
    let mut parts = Vec::new();
    let mut whys = Vec::new();
    for row in &report.rows {
        parts.push(block::block(voice, row));
        whys.extend(
            voice
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

fn closing_lines(voice: &Voice, advice: &Advice<'_>) -> Vec<String> {
    let report = advice.report;
    let mut lines = vec![voice.summary(report)];
    lines.extend(voice.without_room(report));
    lines.extend(advice::closing_line(voice, advice));
    lines.extend(voice.changes(report));
    lines.extend(voice.outlook(report, &advice.outlook));
    let duplicates = report.duplicates.iter();
    lines.extend(
        duplicates
            .take(MOST_DUPLICATES)
            .map(|rows| voice.same_identity(report, rows)),
    );
    lines.extend(voice.and_more(report.duplicates.len().saturating_sub(MOST_DUPLICATES)));
    lines.extend(advice::unknown_names(voice, advice));
    let findings = report
        .findings()
        .iter()
        .map(|finding| voice.finding(*finding));
    lines.extend(findings);
    lines
}

fn all_lines(voice: &Voice, report: &Report<'_>, debug: bool) -> Vec<String> {
    let rows: Vec<&Row<'_>> = report.rows.iter().collect();
    profile_lines(voice, &rows, View::of(report), debug)
}

/// One line per profile: aligned on a terminal, in one flow in chat.
fn profile_lines(voice: &Voice, rows: &[&Row<'_>], view: View, debug: bool) -> Vec<String> {
    let lines: Vec<layout::Line> = rows
        .iter()
        .map(|row| profile_line(voice, row, view, debug))
        .collect();
    match voice.screen {
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

fn profile_line(voice: &Voice, row: &Row<'_>, view: View, debug: bool) -> layout::Line {
    let mut line = layout::Line::new(row.judgement.verdict, &row.profile.name);
    match &row.outcome {
        Err(error) => {
            line.lead = voice.failed(row, error);
            let is_unknown = row.judgement.verdict == Verdict::Unknown;
            line.tail
                .extend(is_unknown.then(|| voice.last_read(row)).flatten());
        }
        Ok(_) if row.is_mismatch() => line.lead.push(voice.mismatch()),
        Ok(usage) => {
            describe_usage(voice, row, usage, &mut line);
            describe_besides(voice, usage, view, &mut line);
        }
    }
    line.tail.extend(voice.cooldown(row));
    line.tail.extend(row.is_left_out.then(|| voice.left_out()));
    line.tail.extend(debug.then(|| words::tries(&row.tries)));
    line
}

fn describe_usage(voice: &Voice, row: &Row<'_>, usage: &UsageSnapshot, line: &mut layout::Line) {
    line.plan = usage.plan.as_ref().map(|plan| plan.label.clone());
    let windows = usage.windows();
    line.lead.extend(voice.stale(row));
    line.lead.extend(voice.stop(row.judgement.reason, usage));
    let (short, long) = short_and_long(windows);
    let pace = |window| row_pace(row, window, voice.now);
    let cell = |window| voice.window_cell(window, pace(window).as_ref());
    if windows.is_empty() {
        line.tail.push(voice.no_windows(usage));
    } else {
        line.short = Some(match short {
            Some(window) => cell(window),
            None => layout::Cell::text(voice.no_short_window(windows)),
        });
        line.long = long.map(cell);
        if long.is_none() {
            line.tail.push(voice.long_not_reported());
        }
        let others = windows
            .iter()
            .filter(|window| !is_one_of(window, short, long));
        line.others = others.map(cell).collect();
    }
    let runs_out = |window| voice.runs_out(window, &pace(window)?);
    line.tail.extend(windows.iter().filter_map(runs_out));
    line.tail.extend(voice.cost(row));
    line.tail.extend(voice.spend(row.judgement.reason, usage));
    line.tail.extend(voice.credits(usage));
}

/// Pools, models and banked resets.
fn describe_besides(voice: &Voice, usage: &UsageSnapshot, view: View, line: &mut layout::Line) {
    let pools = usage.additional.iter().filter(|_| view == View::Own);
    line.tail.extend(pools.filter_map(|pool| voice.pool(pool)));
    let models = usage.models.iter();
    line.tail
        .extend(models.filter_map(|model| voice.gated_model(model)));
    let banked = usage.reset_credits.as_ref();
    let banked = banked.filter(|banked| view == View::Own || voice.expires_soon(banked).is_some());
    line.tail
        .extend(banked.and_then(|banked| voice.reset_credits(banked)));
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
    voice: &Voice,
    sign_ins: &SignIns,
    purpose: Purpose,
    page: usize,
    buttons: usize,
) -> Selector {
    let verb = purpose.verb();
    let mut choices = words_to_choose(voice, sign_ins, purpose);
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
    let mut lines = vec![voice.question(purpose)];
    let mut pressed = Vec::new();
    for choice in choices {
        let Choice {
            number,
            label,
            typed,
            value,
        } = choice;
        let command = match (purpose, voice.screen) {
            (Purpose::Auth, Some(_)) => voice.command(verb, &format!("status {typed}")),
            (Purpose::Auth, None) | (Purpose::Usage, _) => voice.command(verb, &typed),
        };
        lines.push(format!("{number}. {label}: {command}"));
        pressed.push((label, format!("{verb}:{value}")));
    }
    if pages > 1 {
        lines.push(voice.more_pages(page + 1, pages, profiles.len()));
        let next = (page + 1) % pages;
        pressed.push((voice.next_page(), format!("{verb}:page:{next}")));
    }
    if buttons == 0 {
        pressed.clear();
    }
    let text = lines.join("\n");
    let stored = sign_ins.profiles.iter();
    let names = stored.map(|profile| profile.name.as_str());
    Selector {
        document: voice.choices(&sign_ins.source, names.collect(), &text),
        text,
        buttons: pressed,
    }
}

/// All that there is to type behind `/codex_auth`.
pub fn auth_help(voice: &Voice) -> Told {
    let text = voice.auth_help();
    let document = voice.choices("", vec![], &text);
    Told::new(text, document)
}

/// A request that could not be carried out: why, where the host looked, and the names
/// that there are.
pub fn refused(
    voice: &Voice,
    code: &str,
    text: String,
    source: Option<&str>,
    names: &[String],
) -> Told {
    let document = voice.document(|| Refused {
        ok: false,
        source,
        error: Failure {
            code,
            message: &text,
        },
        profiles: names,
    });
    Told::new(text, document)
}

/// The choices that stand on every page.
fn words_to_choose(voice: &Voice, sign_ins: &SignIns, purpose: Purpose) -> Vec<Choice> {
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
            choice(1, voice.choice_default(default), "default"),
            choice(2, voice.choice_all(sign_ins.profiles.len()), "all"),
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

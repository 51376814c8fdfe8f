//! A check of some or all profiles: the progress message, and the answer in each format.

use super::advice::{Advice, pick};
use super::documents::{Body, Usage, Utc};
use super::layout::wrapped;
use super::profile_line::profile_line;
use super::words::say;
use super::{
    Locale, Message, ReplyContext, Table, best, block, details, earlier, findings, history, json,
    outage, outlook, reason, table, timeline,
};
use crate::command::{CheckOptions, Format};
use crate::report::{Row, Tries};
use crate::rotation::Ranked;

/// A check in the format asked for.
pub fn check(context: &ReplyContext, advice: &Advice<'_>, options: &CheckOptions) -> Message {
    let document = context.document(|| Body::Usage(Box::new(document(context, advice, options))));
    let frame = Frame::new(context, advice);
    let text = match options.format {
        Format::Line => in_lines(context, advice, options, &frame),
        Format::Block => in_blocks(context, advice, options, &frame),
        Format::Text => {
            let blocks = in_blocks(context, advice, options, &frame);
            format!("{}\n\n{blocks}", progress(context.locale))
        }
        Format::Json => document.clone().unwrap_or_default(),
    };
    Message {
        closing: frame.lines().join("\n"),
        table: chat_table(context, advice, options, &frame),
        ..Message::new(text, document)
    }
}

/// Lines around those of the profiles.
struct Frame {
    /// The profile to use next, where there is a choice.
    lead: Vec<String>,
    /// Everything else that is worth a word.
    closing: Vec<String>,
}

impl Frame {
    fn new(context: &ReplyContext, advice: &Advice<'_>) -> Self {
        Self {
            lead: match advice.ranked.as_slice() {
                [] | [_] => vec![],
                _ => pick::lead(context, advice),
            },
            closing: closing_lines(context, advice),
        }
    }

    fn lines(&self) -> Vec<String> {
        [self.lead.as_slice(), &self.closing].concat()
    }
}

/// The message that comes before a check, to the letter.
pub fn progress(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Running Codex usage checks now…",
        Locale::Zh => "正在运行 Codex 用量检查……",
    }
}

/// The endpoint that a check asks.
const REMOTE_ENDPOINT: &str = "https://chatgpt.com/backend-api/wham/usage";

/// A check, with the line of each profile and the whole message.
fn document<'a>(
    context: &ReplyContext,
    advice: &'a Advice<'_>,
    options: &CheckOptions,
) -> Usage<'a> {
    // Its texts carry no terminal's columns and colours.
    let plain = ReplyContext { screen: None, ..context.clone() };
    let report = advice.report;
    let rows = report.rows.iter();
    let ranked = advice.as_reported();
    let lines = ranked.iter();
    let (remote_auth_note, remote_auth_affected_profiles) = json::rejected_tokens(report);
    Usage {
        ok: report.is_a_check(),
        source: &report.sign_ins.source,
        remote_endpoint: REMOTE_ENDPOINT,
        checked_at: Utc(context.now),
        zone: context.zone.name.clone(),
        progress_message: progress(context.locale),
        summary: json::summary(report),
        formatted_profiles: lines.map(|one| line(&plain, advice, options, one)).collect(),
        suggested_user_message: in_lines(&plain, advice, options, &Frame::new(&plain, advice)),
        remote_auth_note,
        remote_auth_affected_profiles,
        profiles: rows.map(|row| json::checked_profile(context, report, row, options)).collect(),
        findings: json::findings(context, report.findings()),
        duplicates: json::duplicates(report),
        advice: (advice.ranked.len() > 1).then(|| best::next(context, advice)),
        outlook: outlook::ahead(report, &advice.outlook),
        history: report
            .rows
            .iter()
            .filter_map(|row| {
                history::of_profile(context, &row.profile.name, row.history.as_ref()?)
            })
            .collect(),
    }
}

/// The parts that are not empty, a blank line between them.
fn paragraphs(parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    said.join("\n\n")
}

/// The answer first, a line for each profile, and what is left to say.
fn in_lines(
    context: &ReplyContext,
    advice: &Advice<'_>,
    options: &CheckOptions,
    frame: &Frame,
) -> String {
    if let Some(outage) = outage_lines(context, advice, options) {
        return outage;
    }
    let mut parts = vec![
        opening(context, &frame.lead),
        profiles(context, advice, options),
        wrapped_lines(context, &frame.closing),
    ];
    let used = paragraphs(&parts).lines().count() + usize::from(context.demo);
    if let Some(timeline) = timeline::timeline(context, advice, used) {
        parts.insert(parts.len() - 1, timeline);
    }
    paragraphs(&parts)
}

/// The lines above the profiles.
fn opening(context: &ReplyContext, lead: &[String]) -> String {
    paragraphs(&[wrapped_lines(context, &[title(context)]), wrapped_lines(context, lead)])
}

/// The most profiles of a table in a chat: with more of them it fits no message.
const MOST_IN_A_TABLE: usize = 100;

/// The lines of several profiles as a table for a chat.
fn chat_table(
    context: &ReplyContext,
    advice: &Advice<'_>,
    options: &CheckOptions,
    frame: &Frame,
) -> Option<Table> {
    let has_lines = options.format == Format::Line && !options.debug && context.screen.is_none();
    let fits = (2..=MOST_IN_A_TABLE).contains(&advice.ranked.len());
    if !has_lines || !fits || outage::outage(context, advice).is_some() {
        return None;
    }
    let paragraph = opening(context, &frame.lead).split("\n\n").count();
    table::chat_table(context, advice, paragraph as u32)
}

/// The same, with nine lines for each profile.
fn in_blocks(
    context: &ReplyContext,
    advice: &Advice<'_>,
    options: &CheckOptions,
    frame: &Frame,
) -> String {
    if let Some(outage) = outage_lines(context, advice, options) {
        return outage;
    }
    let closing = frame.lines().join("\n");
    let blocks = blocks(context, advice, options.format);
    paragraphs(&[title(context), blocks, closing])
}

/// An outage in place of the profiles. With `--debug` every attempt is shown.
fn outage_lines(
    context: &ReplyContext,
    advice: &Advice<'_>,
    options: &CheckOptions,
) -> Option<String> {
    let lines = outage::outage(context, advice).filter(|_| !options.debug)?;
    Some(wrapped_lines(context, &lines))
}

/// The profiles in the order of the ranking: one in full, several in a line each.
fn profiles(context: &ReplyContext, advice: &Advice<'_>, options: &CheckOptions) -> String {
    if let [one] = advice.ranked.as_slice() {
        let mut lines = details::details(context, advice, one);
        lines.extend(options.debug.then(|| tries(&advice.row(one).tries)));
        return wrapped_lines(context, &lines);
    }
    let notes = |row: &Row<'_>| options.debug.then(|| tries(&row.tries));
    if let Some(table) = table::table(context, advice, notes) {
        return table;
    }
    let ranked = advice.ranked.iter();
    let lines: Vec<String> = ranked.map(|one| line(context, advice, options, one)).collect();
    wrapped_lines(context, &lines)
}

fn line(
    context: &ReplyContext,
    advice: &Advice<'_>,
    options: &CheckOptions,
    one: &Ranked,
) -> String {
    let line = profile_line(context, advice, one);
    if options.debug { format!("{line} · {}", tries(&advice.row(one).tries)) } else { line }
}

/// Lines that end between words where a terminal ends.
fn wrapped_lines(context: &ReplyContext, lines: &[String]) -> String {
    let columns = context.screen.map_or(0, |screen| screen.columns.into());
    let wrapped = lines.iter().map(|line| wrapped(line, columns, 3));
    wrapped.collect::<Vec<_>>().join("\n")
}

/// A block for each profile, and why those that are not simply ready are not: in their
/// own block, or below the last one, so that a block has nine lines.
fn blocks(context: &ReplyContext, advice: &Advice<'_>, format: Format) -> String {
    let mut parts = Vec::new();
    let mut whys = Vec::new();
    for one in advice.as_reported() {
        let row = advice.row(one);
        let mut block = block::block(context, row);
        match (reason::why(context, advice, one), format) {
            (Some(why), Format::Text) => {
                block += &say!(context, "\nWhy: {why}", "\n原因: {why}");
            }
            (Some(why), _) => whys.push(format!("{}: {why}", row.profile.name)),
            (None, _) => {}
        }
        parts.push(block);
    }
    if !whys.is_empty() {
        parts.push(whys.join("\n"));
    }
    parts.join("\n\n")
}

/// The most identities under several labels that are told one by one.
const MOST_DUPLICATES: usize = 5;

/// Returns the notes below a check, and at the end how many profiles are ready.
fn closing_lines(context: &ReplyContext, advice: &Advice<'_>) -> Vec<String> {
    let report = advice.report;
    let mut lines = Vec::new();
    lines.extend(best::without_room(context, report));
    lines.extend(earlier::changes(context, report));
    lines.extend(outlook::lines(context, report, &advice.outlook));
    let duplicates = report.duplicates.iter();
    lines.extend(
        duplicates.take(MOST_DUPLICATES).map(|rows| findings::same_identity(context, report, rows)),
    );
    lines.extend(context.and_more(report.duplicates.len().saturating_sub(MOST_DUPLICATES)));
    lines.extend(best::unknown_names(context, advice));
    let findings = report.findings().iter().map(|finding| findings::finding(context, *finding));
    lines.extend(findings);
    lines.extend(foot(context, advice));
    lines
}

/// `2 of 6 ready · the gateway uses default now`, and in a terminal, which has no buttons,
/// `2 of 6 ready · lab is back 17:59 · why: codex-profiler usage best`.
fn foot(context: &ReplyContext, advice: &Advice<'_>) -> Option<String> {
    let all = advice.ranked.len();
    if all < 2 {
        return None;
    }
    let ready = advice.ready();
    let mut said = vec![context.ready_of(ready, all)];
    let in_use = advice
        .in_use()
        .map(|name| say!(context, "the gateway uses {name} now", "网关目前使用 {name}"));
    if context.screen.is_none() {
        said.extend(in_use);
        return Some(said.join(" · "));
    }
    let back = advice.outlook.next_recovery.filter(|_| ready > 0);
    let back = back.map(|(row, at)| {
        let (name, clock) = (&advice.report.rows[row].profile.name, context.clock(at));
        say!(context, "{name} is back {clock}", "{name} {clock} 恢复")
    });
    said.extend(back.or(in_use));
    let why = context.command("usage", "best");
    said.push(context.named("why", "原因", &why));
    Some(said.join(" · "))
}

/// `Codex usage · Sun 22 Nov, 19:40 (Europe/Berlin)`
pub(super) fn title(context: &ReplyContext) -> String {
    let now = context.date();
    say!(context, "Codex usage · {now}", "Codex 用量 · {now}")
}

/// `attempt 1, 203 ms, HTTP 200`
fn tries(tries: &Tries) -> String {
    let status = tries.status.map_or(String::new(), |status| format!(", HTTP {status}"));
    format!("attempt {}, {} ms{status}", tries.attempt, tries.elapsed_ms)
}

//! A check of some or all profiles: the progress message, and the answer in each format.

use super::advice::Advice;
use super::documents::Usage;
use super::layout::{self, Line};
use super::profile_line::{View, profile_line};
use super::words::{profiles, say};
use super::{
    Locale, Message, ReplyContext, best, block, earlier, findings, json, outage, outlook, reason,
    timeline,
};
use crate::command::{CheckOptions, Format};
use crate::report::{Report, Row, Tries};
use crate::usage::Verdict;

/// A check in the format asked for, and one line of advice.
pub fn check(context: &ReplyContext, advice: &Advice<'_>, options: &CheckOptions) -> Message {
    let document = context.document(|| {
        // A document carries no terminal's columns and colours.
        let plain = ReplyContext {
            screen: None,
            ..context.clone()
        };
        let lines = all_lines(&plain, advice.report, options);
        let message = Shown::new(&plain, advice, &lines, options).message;
        document(&plain, advice, options, lines, message)
    });
    let lines = all_lines(context, advice.report, options);
    let shown = Shown::new(context, advice, &lines, options);
    let Shown {
        message, closing, ..
    } = &shown;
    let text = match options.format {
        Format::Line => message.clone(),
        Format::Block if shown.is_outage => message.clone(),
        Format::Block => {
            let title = title(context, advice.report);
            let blocks = blocks(context, advice.report);
            format!("{title}\n\n{blocks}\n\n{closing}")
        }
        Format::Text => {
            let progress = progress(context.locale);
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
    lines: Vec<String>,
    message: String,
) -> Usage<'a> {
    let report = advice.report;
    let rows = report.rows.iter();
    Usage {
        ok: report.is_a_check(),
        source: &report.sign_ins.source,
        remote_endpoint: REMOTE_ENDPOINT,
        checked_at: context.zone.rfc3339(context.now),
        zone: context.zone.name.clone(),
        progress_message: progress(context.locale),
        summary: json::summary(report),
        formatted_profiles: lines,
        suggested_user_message: message,
        profiles: rows
            .map(|row| json::checked_profile(context, report, row, options))
            .collect(),
        findings: json::findings(context, report.findings()),
        duplicates: json::duplicates(report),
        advice: (advice.ranked.len() > 1).then(|| best::next(context, advice)),
        outlook: outlook::ahead(report, &advice.outlook),
    }
}

/// A check as it is shown.
struct Shown {
    message: String,
    closing: String,
    /// The message is of an outage, and not of the profiles.
    is_outage: bool,
}

impl Shown {
    /// An outage, or else title, lines, the time ahead where there is room to draw it, and
    /// the closing lines. With `--debug` every attempt is shown, also in an outage.
    fn new(
        context: &ReplyContext,
        advice: &Advice<'_>,
        lines: &[String],
        options: &CheckOptions,
    ) -> Self {
        if !options.debug
            && let Some(lines) = outage::outage(context, advice)
        {
            return Self {
                message: lines.join("\n"),
                closing: String::new(),
                is_outage: true,
            };
        }
        let title = title(context, advice.report);
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

/// One line per profile.
fn all_lines(context: &ReplyContext, report: &Report<'_>, options: &CheckOptions) -> Vec<String> {
    let line = |row: &Row<'_>| {
        let mut line = profile_line(context, row, View::of(report));
        line.tail.extend(options.debug.then(|| tries(&row.tries)));
        line
    };
    let lines: Vec<Line> = report.rows.iter().map(line).collect();
    layout::shown(&lines, context.screen)
}

/// A block for each profile, then why those that are not simply usable are not.
fn blocks(context: &ReplyContext, report: &Report<'_>) -> String {
    let mut parts = Vec::new();
    let mut whys = Vec::new();
    for row in &report.rows {
        parts.push(block::block(context, row));
        whys.extend(reason::why(context, row).map(|why| format!("{}: {why}", row.profile.name)));
    }
    if !whys.is_empty() {
        parts.push(whys.join("\n"));
    }
    parts.join("\n\n")
}

/// The most identities under several labels that are told one by one.
const MOST_DUPLICATES: usize = 5;

fn closing_lines(context: &ReplyContext, advice: &Advice<'_>) -> Vec<String> {
    let report = advice.report;
    let mut lines = vec![summary(context, report)];
    lines.extend(best::without_room(context, report));
    lines.extend(best::closing_line(context, advice));
    lines.extend(earlier::changes(context, report));
    lines.extend(outlook::lines(context, report, &advice.outlook));
    let duplicates = report.duplicates.iter();
    lines.extend(
        duplicates
            .take(MOST_DUPLICATES)
            .map(|rows| findings::same_identity(context, report, rows)),
    );
    lines.extend(context.and_more(report.duplicates.len().saturating_sub(MOST_DUPLICATES)));
    lines.extend(best::unknown_names(context, advice));
    let findings = report
        .findings()
        .iter()
        .map(|finding| findings::finding(context, *finding));
    lines.extend(findings);
    lines
}

/// `Codex usage · 5 profiles · Sun 22/11/2026, 19:40 (Europe/Berlin, UTC+01:00)`
fn title(context: &ReplyContext, report: &Report<'_>) -> String {
    let count = report.rows.len();
    let (profiles, now) = (profiles(count), context.date());
    say!(
        context,
        "Codex usage · {count} {profiles} · {now}",
        "Codex 用量 · {count} 个 profile · {now}"
    )
}

/// `5 checked: 2 usable, 1 at a cost, 1 waiting, 1 broken.`
fn summary(context: &ReplyContext, report: &Report<'_>) -> String {
    let all = report.rows.len();
    let mut said = Vec::new();
    for verdict in Verdict::ALL {
        let count = report.count(verdict);
        if count > 0 {
            let word = context.verdict(verdict);
            said.push(say!(context, "{count} {word}", "{count} 个{word}"));
        }
    }
    let (en, zh) = (said.join(", "), said.join("，"));
    say!(context, "{all} checked: {en}.", "共检查 {all} 个：{zh}。")
}

/// `attempt 1, 203 ms, HTTP 200`
fn tries(tries: &Tries) -> String {
    let status = tries
        .status
        .map_or(String::new(), |status| format!(", HTTP {status}"));
    format!("attempt {}, {} ms{status}", tries.attempt, tries.elapsed_ms)
}

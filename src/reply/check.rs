//! A check of some or all profiles: the progress message, and the answer in each format.

use super::advice::{Advice, pick};
use super::documents::{Body, Utc};
use super::layout::wrapped;
use super::profile_line::profile_line;
use super::{
    Locale, Message, ReplyContext, Table, best, block, details, earlier, findings, history, json,
    outage, outlook, reason, table, timeline,
};
use crate::command::{CheckOptions, Format};
use crate::report::{Row, Tries};
use crate::rotation::Ranked;

/// A check in the format asked for.
pub fn check(context: &ReplyContext, advice: &Advice<'_>, options: &CheckOptions) -> Message {
    let page = Page::new(context, advice, options);
    let text = match options.format {
        Format::Line => page.in_lines(),
        Format::Block => page.in_blocks(),
        Format::Text => format!("{}\n\n{}", progress(context.locale), page.in_blocks()),
        // The document stands for it.
        Format::Json => String::new(),
    };
    Message {
        closing: page.frame().join("\n"),
        table: page.chat_table(),
        ..context.message(text, |_| context.json(body(context, advice, options)))
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
fn body<'a>(context: &ReplyContext, advice: &'a Advice<'_>, options: &CheckOptions) -> Body<'a> {
    // Its texts carry no terminal's columns and colours.
    let plain = ReplyContext { screen: None, ..context.clone() };
    let page = Page::new(&plain, advice, options);
    let report = advice.report;
    let rows = report.rows.iter();
    let profile = |row| json::checked_profile(context, report, row, options);
    let history =
        |row: &'a Row<'_>| history::of_profile(context, &row.profile.name, row.history.as_ref()?);
    let rejected = json::rejected_tokens(report);
    let note = "usage_endpoint_rejected_available_oauth_tokens_401";
    Body::Usage {
        ok: report.is_a_check(),
        source: &report.sign_ins.source,
        remote_endpoint: REMOTE_ENDPOINT,
        checked_at: Utc(context.now),
        zone: context.zone.name.clone(),
        progress_message: progress(context.locale),
        summary: json::summary(report),
        formatted_profiles: advice.as_reported().into_iter().map(|one| page.line(one)).collect(),
        suggested_user_message: page.in_lines(),
        remote_auth_note: (!rejected.is_empty()).then_some(note),
        remote_auth_affected_profiles: rejected,
        profiles: rows.clone().map(profile).collect(),
        findings: json::findings(context, &report.sign_ins.findings),
        duplicates: json::duplicates(report),
        advice: (advice.ranked.len() > 1).then(|| best::next(context, advice)),
        outlook: outlook::ahead(advice),
        history: rows.filter_map(history).collect(),
    }
}

/// The parts that are not empty, a blank line between them.
fn paragraphs(parts: &[String]) -> String {
    let parts = parts.iter().map(String::as_str);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Lines that end between words where a terminal ends.
fn wrapped_lines(context: &ReplyContext, lines: &[String]) -> String {
    let wrapped = lines.iter().map(|line| wrapped(line, context.columns(), 3));
    wrapped.collect::<Vec<_>>().join("\n")
}

/// The most profiles of a table in a chat: with more of them it fits no message.
const MOST_IN_A_TABLE: usize = 100;

/// A check, and the lines around those of its profiles.
struct Page<'a> {
    context: &'a ReplyContext,
    advice: &'a Advice<'a>,
    options: &'a CheckOptions,
    /// The profile to use next, where there is a choice.
    lead: Vec<String>,
    /// Everything else that is worth a word.
    closing: Vec<String>,
}

impl<'a> Page<'a> {
    fn new(context: &'a ReplyContext, advice: &'a Advice<'_>, options: &'a CheckOptions) -> Self {
        let has_choice = advice.ranked.len() > 1;
        let lead = if has_choice { pick::lead(context, advice) } else { vec![] };
        Self { context, advice, options, lead, closing: closing_lines(context, advice) }
    }

    fn frame(&self) -> Vec<String> {
        [self.lead.as_slice(), &self.closing].concat()
    }

    /// The answer first, a line for each profile, and what is left to say.
    fn in_lines(&self) -> String {
        if let Some(outage) = self.outage() {
            return outage;
        }
        let closing = wrapped_lines(self.context, &self.closing);
        let mut parts = vec![self.opening(), self.profiles(), closing];
        let used = paragraphs(&parts).lines().count() + usize::from(self.context.demo);
        if let Some(timeline) = timeline::timeline(self.context, self.advice, used) {
            parts.insert(2, timeline);
        }
        paragraphs(&parts)
    }

    /// The same, with nine lines for each profile.
    fn in_blocks(&self) -> String {
        self.outage().unwrap_or_else(|| {
            paragraphs(&[title(self.context), self.blocks(), self.frame().join("\n")])
        })
    }

    /// The lines above the profiles.
    fn opening(&self) -> String {
        let title = wrapped_lines(self.context, &[title(self.context)]);
        paragraphs(&[title, wrapped_lines(self.context, &self.lead)])
    }

    /// An outage in place of the profiles. With `--debug` every attempt is shown.
    fn outage(&self) -> Option<String> {
        let lines = outage::outage(self.context, self.advice);
        lines.filter(|_| !self.options.debug).map(|lines| wrapped_lines(self.context, &lines))
    }

    /// The lines of several profiles as a table for a chat.
    fn chat_table(&self) -> Option<Table> {
        let has_lines = self.options.format == Format::Line && !self.options.debug;
        let fits = (2..=MOST_IN_A_TABLE).contains(&self.advice.ranked.len());
        if !has_lines || !fits || self.context.screen.is_some() || self.outage().is_some() {
            return None;
        }
        let paragraph = self.opening().split("\n\n").count();
        table::chat_table(self.context, self.advice, paragraph as u32)
    }

    /// The profiles in the order of the ranking: one in full, several in a line each.
    fn profiles(&self) -> String {
        let (context, advice) = (self.context, self.advice);
        if let [one] = advice.ranked.as_slice() {
            let mut lines = details::details(context, advice, one);
            lines.extend(self.tries(advice.row(one)));
            return wrapped_lines(context, &lines);
        }
        table::table(context, advice, &|row| self.tries(row)).unwrap_or_else(|| {
            let lines: Vec<String> = advice.ranked.iter().map(|one| self.line(one)).collect();
            wrapped_lines(context, &lines)
        })
    }

    fn line(&self, one: &Ranked) -> String {
        let line = profile_line(self.context, self.advice, one);
        match self.tries(self.advice.row(one)) {
            Some(tries) => format!("{line} · {tries}"),
            None => line,
        }
    }

    /// With `--debug`, `attempt 1, 203 ms, HTTP 200`.
    fn tries(&self, row: &Row<'_>) -> Option<String> {
        let Tries { attempt, elapsed_ms, status, .. } = row.tries;
        let status = status.map_or(String::new(), |status| format!(", HTTP {status}"));
        self.options.debug.then(|| format!("attempt {attempt}, {elapsed_ms} ms{status}"))
    }

    /// A block for each profile, and why those that are not simply ready are not: in their
    /// own block, or below the last one, so that a block has nine lines.
    fn blocks(&self) -> String {
        let (context, advice) = (self.context, self.advice);
        let mut parts = Vec::new();
        let mut whys = Vec::new();
        for one in advice.as_reported() {
            let row = advice.row(one);
            let mut block = block::block(context, row);
            match reason::why(context, advice, one) {
                Some(why) if self.options.format == Format::Text => {
                    block += &say!(context, "\nWhy: {why}", "\n原因: {why}");
                }
                Some(why) => whys.push(format!("{}: {why}", row.profile.name)),
                None => {}
            }
            parts.push(block);
        }
        parts.push(whys.join("\n"));
        paragraphs(&parts)
    }
}

/// The most identities under several labels that are told one by one.
const MOST_DUPLICATES: usize = 5;

/// Returns the notes below a check, and at the end how many profiles are ready.
fn closing_lines(context: &ReplyContext, advice: &Advice<'_>) -> Vec<String> {
    let report = advice.report;
    let mut lines = Vec::from_iter(best::without_room(context, report));
    lines.extend(earlier::changes(context, report));
    lines.extend(outlook::lines(context, advice));
    let same = |rows: &Vec<usize>| findings::same_identity(context, report, rows);
    let same = report.duplicates.iter().map(same).collect();
    lines.extend(context.at_most(MOST_DUPLICATES, same));
    lines.extend(best::unknown_names(context, advice));
    lines.extend(report.sign_ins.findings.iter().map(|one| findings::finding(context, *one)));
    lines.extend(foot(context, advice));
    lines
}

/// `2 of 6 ready · the gateway uses default now`, and in a terminal, which has no buttons,
/// `2 of 6 ready · lab is back 17:59 · why: codex-profiler usage best`.
fn foot(context: &ReplyContext, advice: &Advice<'_>) -> Option<String> {
    let (ready, all) = (advice.ready(), advice.ranked.len());
    let mut said = vec![context.ready_of(ready, all)];
    let in_use = advice.in_use();
    let in_use =
        in_use.map(|name| say!(context, "the gateway uses {name} now", "网关目前使用 {name}"));
    if context.screen.is_none() {
        said.extend(in_use);
    } else {
        let back = advice.outlook.next_recovery.filter(|_| ready > 0).map(|(row, at)| {
            let (name, clock) = (advice.name(row), context.clock(at));
            say!(context, "{name} is back {clock}", "{name} {clock} 恢复")
        });
        said.extend(back.or(in_use));
        said.push(context.named("why", "原因", &context.command("usage", "best")));
    }
    (all > 1).then(|| said.join(" · "))
}

/// `Codex usage · Sun 22 Nov, 19:40 (Europe/Berlin)`
pub(super) fn title(context: &ReplyContext) -> String {
    let now = context.date();
    say!(context, "Codex usage · {now}", "Codex 用量 · {now}")
}

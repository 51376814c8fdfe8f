//! Delivery: by the channel's message path, or as the reply; never by both.

use super::bindings::codex_profiler::skill::chat;
use super::bindings::exports::codex_profiler::skill::commands::{
    About, Button, Delivery, Origin, Part, Reply, Status, Table,
};
use super::call::Call;
use crate::command::Format;
use crate::reply::{self, Message};

/// A reply before it is delivered.
pub(super) struct Draft {
    pub(super) message: Message,
    pub(super) format: Format,
    pub(super) status: Status,
    pub(super) about: About,
    /// Label and value of each button.
    pub(super) buttons: Vec<(String, String)>,
}

/// The fate of the message that comes before a result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Announced {
    /// Sent by the channel's message path, which the result has to take too.
    ByMessage,
    /// Shown to the person at the terminal.
    AtTerminal,
    /// Not sent: it has to stand above the result.
    NotYet,
    /// There is nothing to announce.
    Needless,
}

impl Draft {
    pub(super) fn new(message: Message, format: Format, status: Status) -> Self {
        Self { message, format, status, about: About::Other, buttons: vec![] }
    }

    /// Delivers the draft in messages of the channel's length, with its buttons below the
    /// last one.
    pub(super) fn deliver(self, call: &Call<'_>, announced: Announced) -> Reply {
        let text = self.message.in_format(self.format);
        let text = if announced == Announced::NotYet && self.format != Format::Json {
            format!("{}\n\n{text}", reply::change::announcement(&call.context))
        } else {
            text.to_owned()
        };
        // At a terminal an announcement stands just above, and said so.
        let text = if announced == Announced::AtTerminal || self.format == Format::Json {
            text
        } else {
            reply::demo(&call.context) + &text
        };
        let mut parts = split(call, text, &self.message.closing);
        if let ([whole], Format::Line) = (parts.as_mut_slice(), self.format) {
            whole.table = self.message.table.and_then(|table| fitting(call, table));
        }
        if let Some(last) = parts.last_mut() {
            let button = |(label, value)| Button { label, value };
            let most = usize::from(call.request.channel.buttons);
            last.buttons = self.buttons.into_iter().take(most).map(button).collect();
        }
        Reply {
            delivery: match announced {
                Announced::ByMessage => send_all(parts),
                Announced::AtTerminal | Announced::NotYet | Announced::Needless => {
                    Delivery::Parts(parts)
                }
            },
            json: self.message.document,
            status: self.status,
            about: self.about,
        }
    }
}

fn part(text: String) -> Part {
    Part { text, buttons: vec![], table: None }
}

/// The table, where it is no longer than a message with a letter between its cells.
fn fitting(call: &Call<'_>, table: reply::Table) -> Option<Table> {
    let texts = std::iter::once(&table.caption).chain(&table.headers);
    let texts = texts.chain(table.rows.iter().flatten());
    let units: usize = texts.map(|text| text.encode_utf16().count() + 1).sum();
    let length = usize::try_from(call.request.channel.length).unwrap_or(usize::MAX);
    (units + table.rows.len() <= length).then(|| Table {
        caption: table.caption,
        headers: table.headers,
        rows: table.rows,
        paragraph: table.paragraph.try_into().unwrap_or(u32::MAX),
    })
}

/// A text whose lines fit the terminal, if there is one.
fn fitted(call: &Call<'_>, text: &str) -> String {
    let columns = call.context.screen.map_or(0, |screen| screen.columns);
    reply::layout::fitted(text, columns.into())
}

fn split(call: &Call<'_>, text: String, closing: &str) -> Vec<Part> {
    if call.is_at_terminal() {
        return vec![part(fitted(call, &text))];
    }
    let length = usize::try_from(call.request.channel.length).unwrap_or(usize::MAX);
    let texts = reply::messages::split(&call.context, &text, closing, length);
    texts.into_iter().map(part).collect()
}

/// Sends the prescribed message of progress to a chat.
pub(super) fn announce_progress(call: &Call<'_>) -> Announced {
    match call.request.origin {
        Origin::Command(_) | Origin::Button(_) => {
            let progress = reply::check::progress(call.context.locale);
            match send(&part(progress.to_owned())) {
                Sent::Maybe => Announced::ByMessage,
                Sent::No => Announced::Needless,
            }
        }
        Origin::Terminal(_) | Origin::Tool(_) | Origin::Schedule(_) => Announced::Needless,
    }
}

/// Announces a change before anything is run, where that can be sent by itself.
pub(super) fn announce_change(call: &Call<'_>, text: String) -> Announced {
    if matches!(call.request.origin, Origin::Tool(_)) {
        return Announced::NotYet;
    }
    match send(&part(fitted(call, &text))) {
        Sent::Maybe if call.is_at_terminal() => Announced::AtTerminal,
        Sent::Maybe => Announced::ByMessage,
        Sent::No => Announced::NotYet,
    }
}

enum Sent {
    /// It was delivered, or may have been.
    Maybe,
    No,
}

fn send(part: &Part) -> Sent {
    let message = chat::Message { text: part.text.clone(), buttons: part.buttons.clone() };
    match chat::send(&message) {
        Ok(()) | Err(chat::Error::Unclear) => Sent::Maybe,
        Err(chat::Error::Unavailable | chat::Error::Refused | chat::Error::Failed) => Sent::No,
    }
}

/// Sends every part by message. From the first one on that was definitely not delivered,
/// they are the reply.
fn send_all(mut parts: Vec<Part>) -> Delivery {
    let unsent = parts.iter().position(|part| matches!(send(part), Sent::No));
    match unsent {
        Some(unsent) => Delivery::Parts(parts.split_off(unsent)),
        None => Delivery::NoReply,
    }
}

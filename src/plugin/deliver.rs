//! Delivery: by the channel's message path, or as the reply; never by both.

use super::call::Call;
use crate::command::Format;
use crate::contract::chat;
use crate::contract::commands::{About, Channel, Delivery, Origin, Part, Reply, Status, Table};
use crate::reply::{self, Message};

/// A reply before it is delivered.
pub(super) struct Draft {
    pub(super) message: Message,
    pub(super) format: Format,
    pub(super) status: Status,
    pub(super) about: About,
}

/// The delivery of the message that comes before a result.
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

/// Replies with a message that nothing had to be announced for.
pub(super) fn show(call: &Call<'_>, message: Message, format: Format) -> Reply {
    Draft::new(message, format, Status::Ok).deliver(call, Announced::Needless)
}

impl Draft {
    pub(super) fn new(message: Message, format: Format, status: Status) -> Self {
        Self { message, format, status, about: About::Other }
    }

    /// Delivers the draft in messages of the channel's length, with its buttons below the
    /// last one.
    pub(super) fn deliver(self, call: &Call<'_>, announced: Announced) -> Reply {
        let channel = &call.request.channel;
        let Message { text, closing, document, table, mut buttons } = self.message;
        let mut text = match &document {
            Some(document) if self.format == Format::Json => document.clone(),
            Some(_) | None => text,
        };
        if self.format != Format::Json {
            if announced == Announced::NotYet {
                text = format!("{}\n\n{text}", reply::change::announcement(&call.context));
            }
            // At a terminal an announcement stands just above, and said so.
            if announced != Announced::AtTerminal {
                text.insert_str(0, &reply::demo(&call.context));
            }
        }
        let mut parts = split(call, text, &closing);
        if let ([whole], Format::Line) = (parts.as_mut_slice(), self.format) {
            whole.table = table.filter(|table| fits(channel, table));
        }
        if let Some(last) = parts.last_mut() {
            buttons.truncate(channel.buttons.into());
            last.buttons = buttons;
        }
        Reply {
            delivery: match announced {
                Announced::ByMessage => send_all(parts),
                _ => Delivery::Parts(parts),
            },
            json: document,
            status: self.status,
            about: self.about,
        }
    }
}

fn part(text: String) -> Part {
    Part { text, buttons: vec![], table: None }
}

/// Whether the table is no longer than a message with a letter between its cells.
fn fits(channel: &Channel, table: &Table) -> bool {
    let texts = std::iter::once(&table.caption).chain(&table.headers);
    let texts = texts.chain(table.rows.iter().flatten());
    let units: usize = texts.map(|text| text.encode_utf16().count() + 1).sum();
    units + table.rows.len() <= length(channel)
}

/// The length that one message may have.
pub(super) fn length(channel: &Channel) -> usize {
    usize::try_from(channel.length).unwrap_or(usize::MAX)
}

/// A text whose lines fit the terminal, if there is one.
fn fitted(call: &Call<'_>, text: &str) -> String {
    reply::layout::fitted(text, call.context.columns())
}

fn split(call: &Call<'_>, text: String, closing: &str) -> Vec<Part> {
    if call.is_at_terminal() {
        return vec![part(fitted(call, &text))];
    }
    let length = length(&call.request.channel);
    let texts = reply::messages::split(&call.context, &text, closing, length);
    texts.into_iter().map(part).collect()
}

/// Sends the prescribed message of progress to a chat.
pub(super) fn announce_progress(call: &Call<'_>) -> Announced {
    let is_in_chat = matches!(call.request.origin, Origin::Command(_) | Origin::Button(_));
    let progress = || part(reply::check::progress(call.context.locale).to_owned());
    if is_in_chat && send(&progress()) { Announced::ByMessage } else { Announced::Needless }
}

/// Announces a change before anything is run, where that can be sent by itself.
pub(super) fn announce_change(call: &Call<'_>, text: &str) -> Announced {
    let is_tool = matches!(call.request.origin, Origin::Tool(_));
    if is_tool || !send(&part(fitted(call, text))) {
        Announced::NotYet
    } else if call.is_at_terminal() {
        Announced::AtTerminal
    } else {
        Announced::ByMessage
    }
}

/// Sends a part, and returns whether it was delivered or may have been.
fn send(part: &Part) -> bool {
    let message = chat::Message { text: part.text.clone(), buttons: part.buttons.clone() };
    matches!(chat::send(&message), Ok(()) | Err(chat::Error::Unclear))
}

/// Sends every part by message. From the first one on that was definitely not delivered,
/// they are the reply.
fn send_all(mut parts: Vec<Part>) -> Delivery {
    match parts.iter().position(|part| !send(part)) {
        Some(unsent) => Delivery::Parts(parts.split_off(unsent)),
        None => Delivery::NoReply,
    }
}

//! Delivery: by the channel's message path, or as the reply; never by both.

use super::bindings::codex_profiler::skill::chat;
use super::bindings::exports::codex_profiler::skill::commands::{
    About, Button, Delivery, Origin, Part, Reply, Request, Status,
};
use crate::command::Format;
use crate::reply::{self, Message, ReplyContext};

/// A look at what is stored: as text or as JSON.
pub(super) fn looked(
    request: &Request,
    context: &ReplyContext,
    message: Message,
    format: Format,
) -> Reply {
    Reply {
        delivery: deliver(request, context, message.in_format(format), "", false),
        json: message.document,
        status: Status::Ok,
        about: About::Other,
    }
}

/// A reply of one message.
pub(super) fn message(message: Message, status: Status) -> Reply {
    let part = Part {
        text: message.text,
        buttons: vec![],
    };
    Reply {
        delivery: Delivery::Parts(vec![part]),
        json: message.document,
        status,
        about: About::Other,
    }
}

/// Sends a message that comes before the result, and tells whether the channel's
/// message path carried it: then the result has to take the same path.
pub(super) fn announce(request: &Request, text: String) -> bool {
    match request.origin {
        Origin::Terminal(_) | Origin::Tool(_) => false,
        Origin::Command(_) | Origin::Button(_) => is_sent(&Part {
            text,
            buttons: vec![],
        }),
    }
}

/// Sends a message. What may have been delivered counts as delivered.
pub(super) fn is_sent(part: &Part) -> bool {
    let message = chat::Message {
        text: part.text.clone(),
        buttons: part.buttons.clone(),
    };
    match chat::send(&message) {
        Ok(()) | Err(chat::Error::Unclear) => true,
        Err(chat::Error::Unavailable | chat::Error::Refused | chat::Error::Failed) => false,
    }
}

/// Delivers by the message path, or as the reply: never by both. What
/// definitely was not delivered by message becomes the reply.
pub(super) fn deliver(
    request: &Request,
    context: &ReplyContext,
    text: &str,
    closing: &str,
    by_message: bool,
) -> Delivery {
    deliver_parts(parts(request, context, text, closing), by_message)
}

/// A text in messages of the channel's length.
pub(super) fn parts(
    request: &Request,
    context: &ReplyContext,
    text: &str,
    closing: &str,
) -> Vec<Part> {
    let length = usize::try_from(request.channel.length).unwrap_or(usize::MAX);
    let texts = match request.origin {
        Origin::Terminal(_) => vec![text.to_owned()],
        Origin::Command(_) | Origin::Button(_) | Origin::Tool(_) => {
            reply::messages::split(context, text, closing, length)
        }
    };
    let mut parts = Vec::new();
    for text in texts {
        let buttons = vec![];
        parts.push(Part { text, buttons });
    }
    parts
}

/// Sends every part by message, or leaves them to the reply. From the first part on
/// that was definitely not delivered, they are the reply.
pub(super) fn deliver_parts(mut parts: Vec<Part>, by_message: bool) -> Delivery {
    let sent = match by_message {
        true => parts.iter().position(|part| !is_sent(part)),
        false => Some(0),
    };
    match sent {
        Some(unsent) => Delivery::Parts(parts.split_off(unsent)),
        None => Delivery::NoReply,
    }
}

/// Puts buttons, label and value each, below the last part.
pub(super) fn put_buttons(parts: &mut [Part], buttons: Vec<(String, String)>) {
    let button = |(label, value): (String, String)| Button { label, value };
    if let Some(last) = parts.last_mut() {
        last.buttons = buttons.into_iter().map(button).collect();
    }
}

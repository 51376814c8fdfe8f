//! What the user reads: every message put together here, every sentence in
//! [`words`], English and Chinese.

use serde::Serialize;

use self::session::Session;
use crate::command::Format;
use crate::time::{Instant, Zone};

pub mod advice;
pub mod block;
pub mod callback;
pub mod change;
pub mod check;
mod commands;
mod dates;
mod documents;
mod earlier;
mod failure;
mod findings;
pub mod guide;
pub mod health;
pub mod help;
mod json;
pub mod layout;
mod limits;
pub mod login;
pub mod messages;
pub mod order;
mod outage;
mod outlook;
mod profile_line;
mod reason;
pub mod refusal;
pub mod selector;
pub mod session;
pub mod timeline;
mod windows;
mod words;

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
    /// Whether ids are shown whole, in the owner's own terminal.
    pub full_ids: bool,
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
}

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

/// What there is to say about a change, to the user and to programs.
pub struct Message {
    /// To the user.
    pub text: String,
    /// What of it is said however long it is.
    pub closing: String,
    /// To programs, where they ask.
    pub document: Option<String>,
}

impl Message {
    /// What is short enough to be said whole.
    pub fn new(text: String, document: Option<String>) -> Self {
        Self {
            text,
            closing: String::new(),
            document,
        }
    }

    /// Returns the text or the document, as the format asks.
    pub fn in_format(&self, format: Format) -> &str {
        match (format, &self.document) {
            (Format::Json, Some(document)) => document,
            _ => &self.text,
        }
    }
}

#[cfg(test)]
mod tests;

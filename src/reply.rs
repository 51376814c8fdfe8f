//! Replies: the messages that a user reads, in English and in Chinese, and the JSON
//! documents beside them. A sentence stands in the file of its message.
//!
//! ```text
//! messages   check  best  guide  health  order  selector  help  login  callback  alert
//!            history
//!            change (plan, applied, refusal, gateway_error)  refusal
//!    ▼
//! parts      advice (pick)  profile_line  table  details  block  timeline  outlook
//!            limits  outage  earlier  reason  failure  findings  session  json
//!    ▼
//! shared     words  commands  layout  messages  documents
//! ```

use self::documents::{Body, Document, SCHEMA_VERSION};
use self::session::SessionProfile;
pub use crate::contract::chat::Button;
pub use crate::contract::commands::{Locale, Screen, Table};
use crate::profile::Ids;
use crate::time::{Instant, Zone};

#[macro_use]
mod words;

pub mod advice;
pub mod alert;
pub mod best;
mod block;
pub mod callback;
pub mod change;
pub mod check;
mod commands;
mod details;
mod documents;
mod earlier;
mod failure;
mod findings;
pub mod guide;
pub mod health;
pub mod help;
pub mod history;
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
mod table;
pub mod timeline;

/// The user, the instant and the place that a reply is written for.
#[derive(Debug, Clone)]
pub struct ReplyContext {
    /// The language.
    pub locale: Locale,
    /// The user's time zone.
    pub zone: Zone,
    /// The instant of the reply.
    pub now: Instant,
    /// The agent that the sign-ins belong to.
    pub agent: String,
    /// The terminal, or none in chat.
    pub screen: Option<Screen>,
    /// The form in which ids are shown.
    pub ids: Ids,
    /// The sign-ins are made up, which each reply says first.
    pub demo: bool,
    /// Somebody reads the JSON document beside the text.
    pub wants_json: bool,
    /// The profile of the chat session that asked, where that is known.
    pub session: Option<SessionProfile>,
}

impl ReplyContext {
    /// Cells of a line of the terminal; 0 where there is none.
    pub fn columns(&self) -> usize {
        self.screen.as_ref().map_or(0, |screen| screen.columns.into())
    }

    fn button(&self, en: &str, zh: &str, value: &str) -> Button {
        Button { label: self.say(en, zh), value: value.to_owned() }
    }

    /// Says `text`, beside its document where somebody reads one.
    fn message(&self, text: String, document: impl FnOnce(&str) -> String) -> Message {
        let document = self.wants_json.then(|| document(&text));
        Message { text, document, ..Message::default() }
    }

    fn json(&self, body: Body<'_>) -> String {
        let document = Document { schema_version: SCHEMA_VERSION, demo: self.demo, body };
        serde_json::to_string_pretty(&document).unwrap_or_default()
    }
}

/// The first line of a demo, before all else that it says. Empty where it is none.
pub fn demo(context: &ReplyContext) -> String {
    if !context.demo {
        return String::new();
    }
    let yours = if context.screen.is_some() { "codex-profiler usage" } else { "/codex_usage" };
    say!(
        context,
        " DEMO  six made-up profiles. Yours: {yours}\n",
        " 演示  六个虚构的 profile。查看您自己的：{yours}\n"
    )
}

/// A reply, to the user and to programs.
#[derive(Default)]
pub struct Message {
    /// To the user.
    pub text: String,
    /// The part that is said however long the text is.
    pub closing: String,
    /// To programs, where they ask.
    pub document: Option<String>,
    /// To a channel that shows tables, in place of a paragraph of the text.
    pub table: Option<Table>,
    /// Below the last part of the text.
    pub buttons: Vec<Button>,
}

#[cfg(test)]
mod tests;

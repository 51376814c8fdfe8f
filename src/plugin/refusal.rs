//! Requests that end before they are carried out.

use super::bindings::exports::codex_profiler::skill::commands::{Reply, Status};
use super::deliver::message;
use crate::command::CommandError;
use crate::profile::{Profile, SignIns, names};
use crate::reply::{self, Message, ReplyContext};

/// A request that ends before it is carried out.
pub(super) struct Refusal {
    pub(super) status: Status,
    pub(super) code: &'static str,
    pub(super) text: String,
    pub(super) source: Option<String>,
    pub(super) names: Vec<String>,
}

impl Refusal {
    pub(super) fn new(status: Status, code: &'static str, text: String) -> Self {
        Self {
            status,
            code,
            text,
            source: None,
            names: vec![],
        }
    }

    pub(super) fn misuse(context: &ReplyContext, error: CommandError) -> Self {
        Self::new(
            Status::Misused,
            "bad_request",
            reply::refusal::misuse(context, error),
        )
    }

    pub(super) fn message(self, context: &ReplyContext) -> Message {
        let source = self.source.as_deref();
        reply::refusal::refused(context, self.code, self.text, source, &self.names)
    }

    pub(super) fn reply(self, context: &ReplyContext) -> Reply {
        let status = self.status;
        message(self.message(context), status)
    }
}

/// A name that means nobody. `keys` could have been named, too.
pub(super) fn unknown_profile(
    context: &ReplyContext,
    sign_ins: &SignIns,
    keys: Vec<String>,
) -> Refusal {
    let mut names = names(&sign_ins.in_order());
    names.extend(keys);
    let text = reply::refusal::unknown_profile(context, &names);
    Refusal {
        names,
        ..Refusal::new(Status::Misused, "unknown_profile", text)
    }
}

/// A name that means more than one: those.
pub(super) fn ambiguous_profile(context: &ReplyContext, those: &[&Profile]) -> Refusal {
    let shown = |profile: &&Profile| profile.id.shown(false, true);
    let names: Vec<String> = those.iter().map(shown).collect();
    let text = reply::refusal::ambiguous_profile(context, &names);
    Refusal {
        names,
        ..Refusal::new(Status::Misused, "ambiguous_profile", text)
    }
}

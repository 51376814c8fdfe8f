//! Requests that end before they are carried out.

use super::call::Call;
use super::deliver::{Announced, Draft};
use crate::command::{CommandError, Format, is_a_sentence, nearest};
use crate::contract::commands::{Reply, Status};
use crate::contract::gateway::Error;
use crate::profile::{Ids, Key, Profile};
use crate::reply::change::refusal;
use crate::reply::{self, selector::Purpose};

/// The code for a store without sign-ins.
pub(super) const STORE_EMPTY: &str = "store_empty";

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
        Self { status, code, text, source: None, names: vec![] }
    }

    pub(super) fn misuse(call: &Call<'_>, error: CommandError) -> Self {
        Self::new(Status::Misused, "bad_request", reply::refusal::misuse(&call.context, error))
    }

    /// A button of a list that is not up to date any more.
    pub(super) fn list_changed(call: &Call<'_>) -> Self {
        Self::new(Status::Misused, "list_changed", reply::refusal::list_changed(&call.context))
    }

    /// The refusal as the result of a change, which may have been announced.
    pub(super) fn draft(self, call: &Call<'_>) -> Draft {
        let Self { status, code, text, source, names } = self;
        let context = &call.context;
        let message = reply::refusal::refused(context, code, text, source.as_deref(), &names);
        Draft::new(message, Format::Line, status)
    }

    /// Whether nobody is signed in, so that there is nothing to overwrite.
    pub(super) fn is_signed_out(&self) -> bool {
        matches!(self.code, "store_missing" | STORE_EMPTY)
    }

    /// The refusal in the format of the command.
    pub(super) fn reply(self, call: &Call<'_>, format: Format) -> Reply {
        Draft { format, ..self.draft(call) }.deliver(call, Announced::Needless)
    }
}

/// A name of no profile: one that is misspelt, or a sentence. These could have been named,
/// and the words of `purpose` typed instead.
pub(super) fn unknown_profile(
    call: &Call<'_>,
    names: Vec<String>,
    purpose: Option<Purpose>,
    typed: &str,
) -> Refusal {
    let words: &[&str] = match purpose {
        Some(Purpose::Usage) => &["all", "best", "rotation", "history", "help"],
        Some(Purpose::Auth) => &["status", "order", "help"],
        None => &[],
    };
    let meant = nearest(typed, names.iter().map(String::as_str).chain(words.iter().copied()));
    let text = match purpose {
        Some(purpose) if meant.is_none() && is_a_sentence(typed) => {
            reply::refusal::not_understood(&call.context, purpose)
        }
        _ => reply::refusal::unknown_profile(&call.context, &names, words, meant),
    };
    Refusal { names, ..Refusal::new(Status::Misused, "unknown_profile", text) }
}

/// The name of a key where a profile is to be checked. These could have been named.
pub(super) fn key_has_no_quota(call: &Call<'_>, names: Vec<String>, key: &Key) -> Refusal {
    let text = reply::refusal::key_has_no_quota(&call.context, &names, key);
    Refusal { names, ..Refusal::new(Status::Misused, "unknown_profile", text) }
}

/// A name that means more than one: those.
pub(super) fn ambiguous_profile(call: &Call<'_>, those: &[&Profile]) -> Refusal {
    let shown = |profile: &&Profile| profile.id.shown(Ids::Masked);
    let names: Vec<String> = those.iter().map(shown).collect();
    let text = reply::refusal::ambiguous_profile(&call.context, &names);
    Refusal { names, ..Refusal::new(Status::Misused, "ambiguous_profile", text) }
}

/// A change that the host did not take as confirmed.
pub(super) fn not_confirmed(call: &Call<'_>, error: Error) -> Refusal {
    let (status, code) = match error {
        Error::Busy => (Status::Failed, "another_change"),
        Error::Failed => (Status::Failed, "state_unwritable"),
        _ => (Status::Misused, "code_not_valid"),
    };
    Refusal::new(status, code, refusal::not_confirmed(&call.context, error))
}

//! Commands as they are shown: for chat, for this terminal, and for the gateway.

use std::slice;

use super::ReplyContext;
use crate::command;
use crate::order::{End, OrderRequest, Plan};
use crate::profile::{Ids, Profile, ProfileId, SignIns};

impl ReplyContext {
    /// `/codex_usage work` in chat, `codex-profiler usage work --demo` in a terminal.
    pub(super) fn command(&self, verb: &str, words: &str) -> String {
        let Some(screen) = &self.screen else {
            return format!("/codex_{verb} {words}");
        };
        format!("codex-profiler {verb} {words} {}", screen.options).trim_end().to_owned()
    }

    /// The command to type for an order request.
    pub(super) fn request(&self, sign_ins: &SignIns, request: &OrderRequest) -> String {
        self.command("auth", &listed(&words_to_type(sign_ins, request), 2))
    }

    /// The same command for programs, a word each.
    pub(super) fn request_words(&self, sign_ins: &SignIns, request: &OrderRequest) -> Vec<String> {
        let words = words_to_type(sign_ins, request);
        let Some(screen) = &self.screen else {
            return [vec!["/codex_auth".to_owned()], words].concat();
        };
        let command = vec!["codex-profiler".to_owned(), "auth".to_owned()];
        [command, words, shlex::split(&screen.options).unwrap_or_default()].concat()
    }

    /// The command that signs in the only one of these, or any of them.
    pub(super) fn start(&self, sign_ins: &SignIns, ids: &[ProfileId]) -> String {
        let who = match ids {
            [id] => typed(sign_ins, id),
            _ => "<profile>".to_owned(),
        };
        self.command("auth", &format!("start {who}"))
    }

    /// The commands that retire a profile and that delete it.
    pub(super) fn retire_and_delete(&self, all: &SignIns, id: &ProfileId) -> [String; 2] {
        [OrderRequest::Retire(id.clone()), OrderRequest::Delete(id.clone())]
            .map(|request| self.request(all, &request))
    }

    /// The gateway command that a plan comes to, ids as they may be shown.
    pub(super) fn gateway_command(&self, sign_ins: &SignIns, plan: &Plan) -> String {
        listed(&self.gateway_words(sign_ins, plan), 9)
    }

    /// The same command for programs, a word each.
    pub(super) fn gateway_words(&self, sign_ins: &SignIns, plan: &Plan) -> Vec<String> {
        let provider = sign_ins.provider.as_str();
        let (verb, yes, ids): (&[&str], &[&str], &[ProfileId]) = match &plan.request {
            OrderRequest::Delete(id) => (&["logout"], &["--yes"], slice::from_ref(id)),
            OrderRequest::Clear => (&["order", "clear", "--provider", provider], &[], &[]),
            OrderRequest::Set(_) | OrderRequest::Retire(_) | OrderRequest::Restore(..) => {
                let order = plan.after.own.as_deref().unwrap_or_default();
                (&["order", "set", "--provider", provider], &[], order)
            }
        };
        let agent: &[&str] = &["--agent", &self.agent];
        let words = [&["openclaw", "models", "auth"], verb, agent, yes].concat();
        let words = words.into_iter().map(String::from);
        words.chain(ids.iter().map(|id| self.id_to_run(id))).collect()
    }

    /// An id in a command of the gateway: whole where it needs no quotes.
    pub(super) fn id_to_run(&self, id: &ProfileId) -> String {
        id.shown(if id.is_plain() { Ids::Full } else { self.ids })
    }
}

/// The word to type for a profile: its shown name where that is one word, its full id
/// where that word means something else, and otherwise its handle.
pub(super) fn typed_name(profile: &Profile) -> String {
    let (name, id) = (profile.name.as_str(), profile.id.as_str());
    // Labels may be written in any script.
    let is_plain_char = |c: char| {
        c.is_ascii_alphanumeric() || ":._-@+".contains(c) || !(c.is_ascii() || c.is_whitespace())
    };
    let is_plain = !name.starts_with('-') && name.chars().all(is_plain_char);
    let word = if !is_plain || (name != profile.id.label() && name != id) {
        &profile.handle
    } else if !command::is_taken(name) {
        name
    } else if profile.id.is_plain() && !command::is_taken(id) {
        id
    } else {
        &profile.handle
    };
    word.to_owned()
}

/// The word to type for an id: a label where that names it.
pub(super) fn typed(sign_ins: &SignIns, id: &ProfileId) -> String {
    match sign_ins.by_id(id) {
        Some(profile) => typed_name(profile),
        None if id.is_plain() => id.as_str().to_owned(),
        None => sign_ins.key(id).map_or_else(|| id.shown(Ids::Masked), |key| key.handle.clone()),
    }
}

/// The name of a profile in the confirmation of its deletion: its label, or where that
/// is not a plain word its handle, as the host compares it.
pub(super) fn named(sign_ins: &SignIns, id: &ProfileId) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !id.label().is_empty() && id.label().chars().all(plain) {
        id.label().to_owned()
    } else {
        typed(sign_ins, id)
    }
}

/// The most names of an order that are listed.
pub(super) const MOST_PLACES: usize = 40;

/// A command as text: of the words behind the first `fixed` only so many as are listed.
fn listed(words: &[String], fixed: usize) -> String {
    let most = words.len().min(fixed + MOST_PLACES);
    let text = words[..most].join(" ");
    match words.len() - most {
        0 => text,
        more => format!("{text} … (+{more})"),
    }
}

/// The words to type for an order request, behind the command's name.
fn words_to_type(sign_ins: &SignIns, request: &OrderRequest) -> Vec<String> {
    let (before, after) = match request {
        OrderRequest::Set(_) => ("order set", ""),
        OrderRequest::Clear => ("order clear", ""),
        OrderRequest::Retire(_) => ("retire", ""),
        OrderRequest::Restore(_, None) => ("restore", ""),
        OrderRequest::Restore(_, Some(End::First)) => ("restore", "first"),
        OrderRequest::Restore(_, Some(End::Last)) => ("restore", "last"),
        OrderRequest::Delete(_) => ("delete", "permanently"),
    };
    let words = |text: &'static str| text.split_whitespace().map(String::from);
    let names = request.profiles().iter().map(|id| typed(sign_ins, id));
    words(before).chain(names).chain(words(after)).collect()
}

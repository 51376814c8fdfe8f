//! Commands as they are shown: for chat, for this terminal, and for the gateway.

use super::ReplyContext;
use crate::command;
use crate::order::{Change, End, OrderRequest, Plan};
use crate::profile::{Ids, Profile, ProfileId, SignIns};

impl ReplyContext {
    /// `/codex_usage work` in chat, `codex-profiler usage work --demo` in a terminal.
    pub(super) fn command(&self, verb: &str, words: &str) -> String {
        let options = &self.options;
        match (self.screen, verb) {
            (None, _) => format!("/codex_{verb} {words}"),
            (Some(_), _) if options.is_empty() => format!("codex-profiler {verb} {words}"),
            (Some(_), _) => format!("codex-profiler {verb} {words} {options}"),
        }
    }
}

/// The word to type for a profile: its shown name where that is one word, its full id
/// where that word means something else, and otherwise its handle.
pub(super) fn typed_name(profile: &Profile) -> String {
    let name = profile.name.as_str();
    let is_itself = name == profile.id.label() || name == profile.id.as_str();
    // Labels may be written in any script.
    let is_plain_char = |c: char| {
        if c.is_ascii() {
            c.is_ascii_alphanumeric() || b":._-@+".contains(&(c as u8))
        } else {
            !c.is_whitespace()
        }
    };
    let is_plain = !name.starts_with('-') && name.chars().all(is_plain_char);
    if !is_itself || !is_plain {
        profile.handle.clone()
    } else if !command::is_taken(name) {
        name.to_owned()
    } else if profile.id.is_plain() && !command::is_taken(profile.id.as_str()) {
        profile.id.as_str().to_owned()
    } else {
        profile.handle.clone()
    }
}

/// The word to type for an id: a label where that names it.
pub(super) fn typed(sign_ins: &SignIns, id: &ProfileId) -> String {
    match sign_ins.by_id(id) {
        Some(profile) => typed_name(profile),
        None if id.is_plain() => id.as_str().to_owned(),
        None => sign_ins
            .key(id)
            .map_or_else(|| id.shown(Ids::Masked), |key| key.handle.clone()),
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

/// A word as it is typed where it may hold spaces.
pub(super) fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

/// The most names of an order that are listed.
pub(super) const MOST_PLACES: usize = 40;

/// The command to type for an order request.
pub(super) fn request_command(
    context: &ReplyContext,
    sign_ins: &SignIns,
    request: &OrderRequest<ProfileId>,
) -> String {
    let one = |id: &ProfileId| typed(sign_ins, id);
    let words = match request {
        OrderRequest::Set(ids) => {
            let more = ids.len().saturating_sub(MOST_PLACES);
            let mut names: Vec<String> = ids.iter().take(MOST_PLACES).map(one).collect();
            names.extend((more > 0).then(|| format!("… (+{more})")));
            format!("order set {}", names.join(" "))
        }
        OrderRequest::Clear => "order clear".to_owned(),
        OrderRequest::Retire(id) => format!("retire {}", one(id)),
        OrderRequest::Restore(id, None) => format!("restore {}", one(id)),
        OrderRequest::Restore(id, Some(End::First)) => format!("restore {} first", one(id)),
        OrderRequest::Restore(id, Some(End::Last)) => format!("restore {} last", one(id)),
        OrderRequest::Delete(id) => format!("delete {} permanently", one(id)),
    };
    context.command("auth", &words)
}

/// The gateway command that a plan comes to, ids as they may be shown.
pub(super) fn gateway_command(context: &ReplyContext, sign_ins: &SignIns, plan: &Plan) -> String {
    let provider = &sign_ins.provider;
    let agent = &context.agent;
    let id = |id: &ProfileId| {
        let ids = if id.is_plain() {
            Ids::Full
        } else {
            context.ids
        };
        id.shown(ids)
    };
    match &plan.change {
        Change::Set(ids) => {
            let more = ids.len().saturating_sub(MOST_PLACES);
            let mut words: Vec<String> = ids.iter().take(MOST_PLACES).map(id).collect();
            words.extend((more > 0).then(|| format!("… (+{more})")));
            let ids = words.join(" ");
            format!("openclaw models auth order set --provider {provider} --agent {agent} {ids}")
        }
        Change::Clear => {
            format!("openclaw models auth order clear --provider {provider} --agent {agent}")
        }
        Change::Delete(of) => {
            let id = id(of);
            format!("openclaw models auth logout --agent {agent} --yes {id}")
        }
    }
}

//! Looks at what is stored: the choices, the health of sign-ins, the order.

use super::bindings::exports::codex_profiler::skill::commands::{Reply, Status};
use super::call::Call;
use super::claim::{Claim, whom};
use super::deliver::{Announced, Draft};
use super::refusal::Refusal;
use super::{gateway_commands, memory};
use crate::command::{Format, Target};
use crate::reply::{self, health, selector::Purpose};

/// `/codex_usage` or `/codex_auth` alone, or a page of their choices.
pub(super) fn select(call: &Call<'_>, purpose: Purpose, page: usize) -> Result<Reply, Refusal> {
    let sign_ins = call.read_sign_ins()?;
    let key = match purpose {
        Purpose::Usage => "usage select",
        Purpose::Auth => "auth select",
    };
    let _claim = Claim::of_selector(call, key)?;
    let most = usize::from(call.request.channel.buttons);
    let (message, buttons) =
        reply::selector::selector(&call.context, &sign_ins, purpose, page, most);
    let mut draft = Draft::new(message, Format::Line, Status::Ok);
    draft.buttons = buttons;
    Ok(draft.deliver(call, Announced::Needless))
}

/// `/codex_usage history`
pub(super) fn history(call: &Call<'_>, target: &Target, format: Format) -> Result<Reply, Refusal> {
    let sign_ins = call.read_sign_ins()?;
    let profiles = call.find(&sign_ins, Purpose::Usage, target)?;
    let key = format!("usage history {} {}", whom(&profiles), format.word());
    let _claim = Claim::take(call, &key)?;
    let history = memory::history();
    let salt = memory::readings_salt(call.request);
    let pasts: Vec<_> =
        profiles.into_iter().map(|profile| (profile, history.of(profile, &salt))).collect();
    let message = reply::history::history(&call.context, &pasts);
    Ok(Draft::new(message, format, Status::Ok).deliver(call, Announced::Needless))
}

/// `/codex_auth order`
pub(super) fn order(call: &Call<'_>, format: Format) -> Result<Reply, Refusal> {
    let sign_ins = call.read_sign_ins()?;
    let _claim = Claim::take(call, &format!("auth order {}", format.word()))?;
    let known = memory::known(call.request, &sign_ins);
    let message = reply::order::order(&call.context, &sign_ins, &known);
    Ok(Draft::new(message, format, Status::Ok).deliver(call, Announced::Needless))
}

/// `/codex_auth status`
pub(super) fn status(call: &Call<'_>, target: &Target, format: Format) -> Result<Reply, Refusal> {
    let sign_ins = call.read_sign_ins()?;
    let profiles = call.find(&sign_ins, Purpose::Auth, target)?;
    let mut key = format!("auth {} {}", whom(&profiles), format.word());
    // Another chat of the same user may be answered otherwise.
    if let Some(session) = &call.context.session {
        key = format!("{key} {} {:?}", session.profile.as_str(), session.pin);
    }
    let _claim = Claim::take(call, &key)?;
    let version = gateway_commands::version().ok();
    let known = memory::known(call.request, &sign_ins);
    let message = health::status(&call.context, &sign_ins, &profiles, &known, version.as_deref());
    Ok(Draft::new(message, format, Status::Ok).deliver(call, Announced::Needless))
}

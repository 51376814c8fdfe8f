//! Looks at what is stored: the choices, the health of sign-ins, the order.

use super::call::Call;
use super::claim::{Claim, claimed_profiles};
use super::deliver::show;
use super::refusal::Refusal;
use super::{gateway_commands, memory};
use crate::command::{Format, Target};
use crate::contract::commands::{Origin, Reply};
use crate::reply::{self, health, selector::Purpose};

/// `/codex_usage` or `/codex_auth` alone, or a page of their choices.
pub(super) fn select(call: &Call<'_>, purpose: Purpose, page: usize) -> Result<Reply, Refusal> {
    let sign_ins = call.read_sign_ins()?;
    let key = match purpose {
        Purpose::Usage => "usage select",
        Purpose::Auth => "auth select",
    };
    // A selector that is typed for twice is shown once; its pages are turned at will.
    let is_typed = !matches!(call.request.origin, Origin::Button(_));
    let _claim = is_typed.then(|| Claim::take(call, key.to_owned())).transpose()?;
    let most = usize::from(call.request.channel.buttons);
    let message = reply::selector::selector(&call.context, &sign_ins, purpose, page, most);
    Ok(show(call, message, Format::Line))
}

/// `/codex_usage history`
pub(super) fn history(call: &Call<'_>, target: &Target, format: Format) -> Result<Reply, Refusal> {
    let sign_ins = call.read_sign_ins()?;
    let profiles = call.find(&sign_ins, Purpose::Usage, target)?;
    let _claim =
        Claim::take(call, format!("usage history {} {format:?}", claimed_profiles(&profiles)))?;
    let history = memory::history();
    let salt = memory::readings_salt(call.request);
    let pasts: Vec<_> =
        profiles.into_iter().map(|profile| (profile, history.of(profile, &salt))).collect();
    Ok(show(call, reply::history::history(&call.context, &pasts), format))
}

/// `/codex_auth order`
pub(super) fn order(call: &Call<'_>, format: Format) -> Result<Reply, Refusal> {
    let sign_ins = call.read_sign_ins()?;
    let _claim = Claim::take(call, format!("auth order {format:?}"))?;
    let known = memory::known(call.request, &sign_ins);
    Ok(show(call, reply::order::order(&call.context, &sign_ins, &known), format))
}

/// `/codex_auth status`
pub(super) fn status(call: &Call<'_>, target: &Target, format: Format) -> Result<Reply, Refusal> {
    let sign_ins = call.read_sign_ins()?;
    let profiles = call.find(&sign_ins, Purpose::Auth, target)?;
    // Another chat of the same user may be answered otherwise.
    let mut key = format!("auth {} {format:?}", claimed_profiles(&profiles));
    if let Some(session) = &call.context.session {
        key = format!("{key} {} {}", session.profile, session.pin as u8);
    }
    let _claim = Claim::take(call, key)?;
    let version = gateway_commands::version().ok();
    let known = memory::known(call.request, &sign_ins);
    let message = health::status(&call.context, &sign_ins, &profiles, &known, version.as_deref());
    Ok(show(call, message, format))
}

//! Logins: how to sign in, the login that a person at a terminal confirms, and what a
//! pasted callback holds.

use super::call::Call;
use super::deliver::{Announced, Draft, show};
use super::gateway_commands;
use super::refusal::{Refusal, not_confirmed};
use crate::callback::Callback;
use crate::command::Format;
use crate::contract::commands::{Reply, Status};
use crate::contract::gateway::{self as commands, Error};
use crate::gateway::{CALLS_IT_OPENAI, LOGIN_NAMES_PROFILES, is_at_least};
use crate::profile::{Era, ProfileId, SignIns};
use crate::reply;
use crate::reply::login::{Login, SignedIn};

/// `/codex_auth start [<profile>]`: explains how to sign in. At a terminal, proposes to do it.
pub(super) fn start(call: &Call<'_>, name: Option<&str>) -> Result<Reply, Refusal> {
    let sign_ins = call.read_any_sign_ins()?;
    let version = gateway_commands::version().ok();
    let version = version.as_deref();
    let provider = match (&sign_ins, version) {
        (Some(sign_ins), _) => sign_ins.provider.clone(),
        (None, Some(version)) if !is_at_least(version, CALLS_IT_OPENAI) => {
            "openai-codex".to_owned()
        }
        (None, _) => "openai".to_owned(),
    };
    let is_sqlite = sign_ins.as_ref().is_some_and(|sign_ins| sign_ins.era == Era::Sqlite);
    let names_profiles =
        is_sqlite || version.is_none_or(|version| is_at_least(version, LOGIN_NAMES_PROFILES));
    let profile = name
        .map(|name| profile_to_sign_in(call, sign_ins.as_ref(), &provider, name))
        .transpose()?
        .filter(|_| names_profiles);
    let mut login = Login {
        provider,
        profile,
        names_profiles,
        version: version.map(str::to_owned),
        is_offered: false,
    };
    login.is_offered = call.is_at_terminal()
        && !call.request.settings.dry_run
        && commands::propose(&to_change(&login), "start").is_ok();
    let message = reply::login::start(&call.context, sign_ins.as_ref(), &login);
    Ok(show(call, message, Format::Line))
}

/// Finds the profile of this name, or takes the name as the label of a new one.
fn profile_to_sign_in(
    call: &Call<'_>,
    sign_ins: Option<&SignIns>,
    provider: &str,
    name: &str,
) -> Result<ProfileId, Refusal> {
    if let Some(sign_ins) = sign_ins
        && let Some(profile) = call.find_one(sign_ins, name)?
    {
        return Ok(profile.id.clone());
    }
    let prefix = format!("{provider}:");
    let label = name.strip_prefix(&prefix).unwrap_or(name);
    let id = ProfileId::new(format!("{prefix}{label}"));
    if id.is_plain() && !label.is_empty() && !label.contains(':') {
        return Ok(id);
    }
    let text = reply::login::bad_label(&call.context, provider);
    Err(Refusal::new(Status::Misused, "bad_label", text))
}

fn to_change(login: &Login) -> commands::Change {
    commands::Change::AuthLogin(commands::Login {
        provider: login.provider.clone(),
        profile: login.profile.as_ref().map(|id| id.as_str().to_owned()),
    })
}

/// Runs the login that the person at the terminal confirmed, and compares the sign-ins
/// before and after it.
pub(super) fn sign_in(call: &Call<'_>, code: &str, provider: &str) -> Result<Draft, Refusal> {
    let before = call.read_any_sign_ins()?;
    let ran = match commands::apply(code) {
        Err(error @ (Error::Busy | Error::NotConfirmed | Error::Moved | Error::NeedsTerminal)) => {
            return Err(not_confirmed(call, error));
        }
        ran => ran,
    };
    let signed_in = SignedIn {
        before: before.as_ref(),
        after: call.read_sign_ins().ok(),
        error: ran.map_or_else(|error| Some(error.into()), |output| output.error()),
        gateway: gateway_commands::state(&call.request.agent, provider),
    };
    let status = if signed_in.is_done() { Status::Ok } else { Status::Failed };
    let message = reply::login::signed_in(&call.context, &signed_in);
    Ok(Draft::new(message, Format::Line, status))
}

/// `/codex_auth finish <callback>`: explains what the callback holds.
pub(super) fn finish(call: &Call<'_>, pasted: &Callback) -> Result<Reply, Refusal> {
    if !call.request.channel.private {
        let text = reply::callback::not_in_a_group(&call.context);
        return Err(Refusal::new(Status::Misused, "not_in_a_group", text));
    }
    let status = if pasted.is_complete() { Status::Ok } else { Status::Failed };
    let message = reply::callback::finish(&call.context, pasted);
    Ok(Draft::new(message, Format::Line, status).deliver(call, Announced::Needless))
}

//! Logins: how to sign in, the login that a person at a terminal confirms, and what a
//! pasted callback holds.

use super::bindings::codex_profiler::skill::gateway as commands;
use super::bindings::exports::codex_profiler::skill::commands::{Reply, Status};
use super::call::Call;
use super::deliver::{Announced, Draft};
use super::refusal::{Refusal, ambiguous_profile, not_confirmed};
use super::{convert, gateway_commands};
use crate::callback::Callback;
use crate::command::Format;
use crate::gateway;
use crate::profile::{Era, Found, ProfileId, SignIns};
use crate::reply;
use crate::reply::login::{Login, SignedIn};

/// `/codex_auth start [<profile>]`: explains how to sign in. At a terminal, proposes to do it.
pub(super) fn start(call: &Call<'_>, name: Option<&str>) -> Result<Reply, Refusal> {
    let sign_ins = read_any_sign_ins(call)?;
    let version = gateway_commands::version().ok();
    let version = version.as_deref();
    let provider = match (&sign_ins, version) {
        (Some(sign_ins), _) => sign_ins.provider.clone(),
        (None, Some(version)) if !gateway::calls_it_openai(version) => "openai-codex".to_owned(),
        (None, _) => "openai".to_owned(),
    };
    let names_profiles = match &sign_ins {
        Some(sign_ins) if sign_ins.era == Era::Sqlite => true,
        Some(_) | None => version.is_none_or(gateway::login_names_profiles),
    };
    let profile = match name {
        Some(name) => Some(profile_to_sign_in(call, sign_ins.as_ref(), &provider, name)?),
        None => None,
    };
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
    let draft = Draft::new(message, Format::Line, Status::Ok);
    Ok(draft.deliver(call, Announced::Needless))
}

/// Reads the sign-ins; none where nobody has signed in yet.
fn read_any_sign_ins(call: &Call<'_>) -> Result<Option<SignIns>, Refusal> {
    match call.read_sign_ins() {
        Ok(sign_ins) => Ok(Some(sign_ins)),
        Err(refusal) if refusal.is_signed_out() => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// Finds the profile of this name, or takes the name as the label of a new one.
fn profile_to_sign_in(
    call: &Call<'_>,
    sign_ins: Option<&SignIns>,
    provider: &str,
    name: &str,
) -> Result<ProfileId, Refusal> {
    match sign_ins.map_or(Found::None, |sign_ins| sign_ins.find(name)) {
        Found::One(profile) => return Ok(profile.id.clone()),
        Found::Several(those) => return Err(ambiguous_profile(call, &those)),
        Found::None => {}
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
    let profile = login.profile.as_ref().filter(|_| login.names_profiles);
    commands::Change::AuthLogin(commands::Login {
        provider: login.provider.clone(),
        profile: profile.map(|id| id.as_str().to_owned()),
    })
}

/// Runs the login that the person at the terminal confirmed, and compares the sign-ins
/// before and after it.
pub(super) fn sign_in(call: &Call<'_>, code: &str, provider: &str) -> Result<Draft, Refusal> {
    let before = read_any_sign_ins(call)?;
    let ran = match commands::apply(code) {
        Err(
            error @ (commands::Error::Busy
            | commands::Error::NotConfirmed
            | commands::Error::Moved
            | commands::Error::NeedsTerminal),
        ) => return Err(not_confirmed(call, error)),
        ran => convert::output(ran),
    };
    let signed_in = SignedIn {
        before: before.as_ref(),
        after: call.read_sign_ins().ok(),
        error: match &ran {
            Ok(output) => output.error(),
            Err(error) => Some(*error),
        },
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

//! The only place that knows WebAssembly: the exports, and the effects of a command in the
//! order they happen. `check` asks the endpoint, `change` makes a change, `convert` turns
//! the contract's types into ours.

use bindings::codex_profiler::skill::{auth_store, gateway};
use bindings::exports::codex_profiler::skill::commands::{
    About, Delivery, Guest, Origin, Reply, Request, Status,
};
use check::{known, review};
use claim::{Claim, check_key, whom};
use convert::store_error;
use deliver::{announce, deliver, deliver_parts, looked, message, parts, put_buttons};
use refusal::{Refusal, ambiguous_profile, unknown_profile};
use serde_json::Value;

use crate::command::{
    self, Advising, AuthCommand, CheckOptions, CommandError, Format, Target, UsageCommand,
};
use crate::gateway::GatewayError;
use crate::profile::{Found, Profile, SignIns, StoreError, StoreFailure, clean};
use crate::reply::advice::Advice;
use crate::reply::selector::Purpose;
use crate::reply::{self, ReplyContext, best, guide, health};
use crate::rotation::Preferences;

mod change;
mod check;
mod claim;
mod convert;
mod deliver;
mod refusal;
mod reset_credits;

#[allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    reason = "glue written by wit-bindgen"
)]
mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "skill" });
    #[cfg(target_family = "wasm")]
    export!(Component with_types_in self);
    #[cfg(target_family = "wasm")]
    use super::Component;
}

struct Component;

// Other linkers than that of WebAssembly cannot spell the names of the exports. This
// keeps what they reach alive, so that the compiler still tells what nobody calls.
#[cfg(not(target_family = "wasm"))]
const _: [fn(Request) -> Reply; 2] = [Component::codex_usage, Component::codex_auth];

impl Guest for Component {
    fn codex_usage(request: Request) -> Reply {
        let command = usage_command(&request.origin);
        let format = command.as_ref().map_or(Format::Line, UsageCommand::format);
        let context = convert::context(&request, format);
        let reply = command.map_err(|error| Refusal::misuse(&context, error));
        let reply = reply.and_then(|command| codex_usage(&request, &context, command));
        reply.unwrap_or_else(|refusal| refusal.reply(&context))
    }

    fn codex_auth(request: Request) -> Reply {
        let command = auth_command(&request.origin);
        let format = command.as_ref().map_or(Format::Line, AuthCommand::format);
        let context = convert::context(&request, format);
        let reply = command.map_err(|error| Refusal::misuse(&context, error));
        let reply = reply.and_then(|command| codex_auth(&request, &context, command));
        reply.unwrap_or_else(|refusal| refusal.reply(&context))
    }
}

fn codex_usage(
    request: &Request,
    context: &ReplyContext,
    command: UsageCommand,
) -> Result<Reply, Refusal> {
    let sign_ins = read_sign_ins(request, context)?;
    match command {
        UsageCommand::Select(page) => {
            let _claim = Claim::of_selector(request, context, "usage select")?;
            Ok(select(request, context, &sign_ins, Purpose::Usage, page))
        }
        UsageCommand::Advise(advising, options) => {
            advise(request, context, &sign_ins, advising, &options)
        }
        UsageCommand::Check(target, options) => {
            let profiles = chosen(request, context, &sign_ins, Purpose::Usage, &target)?;
            let _claim = Claim::take(request, context, &check_key(whom(&profiles), &options))?;
            let by_message = announce(request, reply::check::progress(context.locale).to_owned());
            let report = review(request, &sign_ins, &profiles, &options);
            let advice = Advice::new(&report, &preferences(request, &sign_ins), context.now);
            let said = reply::check::check(context, &advice, &options);
            Ok(Reply {
                delivery: deliver(request, context, &said.text, &said.closing, by_message),
                json: said.document,
                status: match report.is_a_check() {
                    true => Status::Ok,
                    false => Status::Failed,
                },
                about: convert::about(&report),
            })
        }
    }
}

/// Checks all, and advises.
fn advise(
    request: &Request,
    context: &ReplyContext,
    sign_ins: &SignIns,
    advising: Advising,
    options: &CheckOptions,
) -> Result<Reply, Refusal> {
    let _claim = Claim::take(request, context, &check_key(advising.word(), options))?;
    let by_message = announce(request, reply::check::progress(context.locale).to_owned());
    let report = review(request, sign_ins, &sign_ins.in_order(), options);
    let advice = Advice::new(&report, &preferences(request, sign_ins), context.now);
    let message = match advising {
        Advising::Best => best::best(context, &advice),
        Advising::Rotation => guide::short(context, &advice),
        Advising::DeepDive => guide::deep(context, &advice, gateway_version().ok().as_deref()),
    };
    let mut parts = parts(request, context, message.in_format(options.format), "");
    // A button is for whoever may plan, and never does anything by itself.
    if request.channel.buttons > 0 && request.is_owner && options.format != Format::Json {
        put_buttons(
            &mut parts,
            best::order_button(context, &advice).into_iter().collect(),
        );
    }
    Ok(Reply {
        delivery: deliver_parts(parts, by_message),
        json: message.document,
        status: match report.is_a_check() {
            true => Status::Ok,
            false => Status::Failed,
        },
        about: convert::about(&report),
    })
}

/// How the user wants each profile's quota treated. Names that are nobody's here, or not
/// only one's, are told and passed over: settings outlive profiles.
fn preferences<'a>(request: &'a Request, sign_ins: &SignIns) -> Preferences<'a> {
    let mut unknown = Vec::new();
    let mut named = |names: &'a [String]| {
        let mut ids = Vec::new();
        for name in names {
            match sign_ins.find(name) {
                Found::One(profile) => ids.push(profile.id.clone()),
                Found::Several(_) | Found::None => unknown.push(name.as_str()),
            }
        }
        ids
    };
    Preferences {
        preserve: named(&request.settings.preserve),
        burn_first: named(&request.settings.burn_first),
        unknown,
    }
}

fn codex_auth(
    request: &Request,
    context: &ReplyContext,
    command: AuthCommand,
) -> Result<Reply, Refusal> {
    match command {
        AuthCommand::Finish(callback) => {
            if !request.channel.private {
                let text = reply::callback::not_in_a_group(context);
                return Err(Refusal::new(Status::Misused, "not_in_a_group", text));
            }
            let status = match callback.is_complete() {
                true => Status::Ok,
                false => Status::Failed,
            };
            Ok(message(reply::callback::finish(context, &callback), status))
        }
        AuthCommand::Help => Ok(message(reply::help::auth_help(context), Status::Ok)),
        AuthCommand::Change(order_request, options) => {
            change::plan(request, context, &order_request, options)
        }
        AuthCommand::Follow(handles) => change::follow(request, context, &handles),
        AuthCommand::Confirm(code, name) => change::confirm(request, context, &code, &name),
        AuthCommand::Start(name) => change::start(request, context, name.as_deref()),
        AuthCommand::Select(page) => {
            let sign_ins = read_sign_ins(request, context)?;
            let _claim = Claim::of_selector(request, context, "auth select")?;
            Ok(select(request, context, &sign_ins, Purpose::Auth, page))
        }
        AuthCommand::Order(format) => {
            let sign_ins = read_sign_ins(request, context)?;
            let _claim = Claim::take(request, context, &format!("auth order {}", format.word()))?;
            let known = known(request, &sign_ins);
            let message = reply::order::order(context, &sign_ins, &known);
            Ok(looked(request, context, message, format))
        }
        AuthCommand::Status(target, format) => {
            let sign_ins = read_sign_ins(request, context)?;
            let profiles = chosen(request, context, &sign_ins, Purpose::Auth, &target)?;
            let mut key = format!("auth {} {}", whom(&profiles), format.word());
            // Another chat of the same user may be told another thing.
            if let Some(session) = &context.session {
                key = format!("{key} {} {:?}", session.profile.as_str(), session.pin);
            }
            let _claim = Claim::take(request, context, &key)?;
            let version = gateway_version().ok();
            let version = version.as_deref();
            let known = known(request, &sign_ins);
            let message = health::status(context, &sign_ins, &profiles, &known, version);
            Ok(looked(request, context, message, format))
        }
    }
}

fn usage_command(origin: &Origin) -> Result<UsageCommand, CommandError> {
    match origin {
        Origin::Command(text) | Origin::Tool(text) => command::parse_usage(&split_words(text)),
        Origin::Button(value) => command::parse_usage_button(value),
        Origin::Terminal(words) => command::parse_usage(words),
    }
}

fn auth_command(origin: &Origin) -> Result<AuthCommand, CommandError> {
    match origin {
        Origin::Command(text) | Origin::Tool(text) => command::parse_auth(&split_words(text)),
        Origin::Button(value) => command::parse_auth_button(value),
        Origin::Terminal(words) => command::parse_auth(words),
    }
}

fn split_words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The profiles that a target means, in the order they are shown.
fn chosen<'a>(
    request: &Request,
    context: &ReplyContext,
    sign_ins: &'a SignIns,
    purpose: Purpose,
    target: &Target,
) -> Result<Vec<&'a Profile>, Refusal> {
    let named = match target {
        Target::All => return Ok(sign_ins.in_order()),
        Target::Default => return Ok(sign_ins.default_profile().into_iter().collect()),
        Target::Named(name) => name,
    };
    match sign_ins.find(named) {
        Found::One(profile) => Ok(vec![profile]),
        Found::Several(those) => Err(ambiguous_profile(context, &those)),
        Found::None if matches!(request.origin, Origin::Button(_)) => {
            let text = reply::refusal::list_changed(context);
            Err(Refusal::new(Status::Misused, "list_changed", text))
        }
        Found::None => reply::selector::listed(sign_ins, purpose, named)
            .ok_or_else(|| unknown_profile(context, sign_ins, vec![])),
    }
}

/// The gateway's version, where there is a gateway that tells it.
fn gateway_version() -> Result<String, GatewayError> {
    let answer = gateway::read(&[gateway::Query::Version]).pop();
    let output = answer.map_or(Err(GatewayError::Failed), convert::output)?;
    if let Some(error) = output.error() {
        return Err(error);
    }
    let version = || {
        let json: Value = serde_json::from_slice(output.json?.as_bytes()).ok()?;
        Some(clean(json.as_object()?.get("version")?.as_str()?, 24))
    };
    version().ok_or(GatewayError::NotUnderstood)
}

fn select(
    request: &Request,
    context: &ReplyContext,
    sign_ins: &SignIns,
    purpose: Purpose,
    page: usize,
) -> Reply {
    let buttons = usize::from(request.channel.buttons);
    let selector = reply::selector::selector(context, sign_ins, purpose, page, buttons);
    let mut parts = parts(request, context, &selector.text, "");
    put_buttons(&mut parts, selector.buttons);
    Reply {
        delivery: Delivery::Parts(parts),
        json: selector.document,
        status: Status::Ok,
        about: About::Other,
    }
}

fn read_sign_ins(request: &Request, context: &ReplyContext) -> Result<SignIns, Refusal> {
    let refuse = |error: StoreError| Refusal {
        source: Some(error.source.clone()),
        ..Refusal::new(
            match error.failure {
                StoreFailure::BadAgent => Status::Misused,
                _ => Status::Failed,
            },
            error.failure.word(),
            reply::refusal::store_failure(context, &error),
        )
    };
    let snapshot = auth_store::read().map_err(|error| refuse(store_error(error)))?;
    let mut sign_ins = convert::sign_ins(snapshot);
    sign_ins.describe(request.settings.full_ids);
    if sign_ins.profiles.is_empty() {
        let source = sign_ins.source;
        return Err(refuse(StoreError {
            failure: StoreFailure::Empty,
            source,
        }));
    }
    Ok(sign_ins)
}

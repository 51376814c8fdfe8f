//! The exports, and what carries out each command. The modules below perform the effects,
//! one straight function per command.

use call::Call;
use deliver::show;
use refusal::Refusal;

use crate::command::{AuthCommand, CommandError, Format, UsageCommand};
use crate::contract::commands::{Guest, Origin, Reply, Request, Status};
use crate::reply::{self, selector::Purpose};

mod alerts;
mod call;
mod change;
mod check;
mod claim;
mod convert;
mod deliver;
mod fetch;
mod gateway_commands;
mod login;
mod look;
mod memory;
mod refusal;
mod reset_credits;

pub(crate) struct Component;

// Other linkers than that of WebAssembly cannot spell the names of the exports. This
// keeps what they reach alive, so that the compiler still finds dead code.
#[cfg(not(target_family = "wasm"))]
const _: [fn(Request) -> Reply; 2] = [Component::codex_usage, Component::codex_auth];

impl Guest for Component {
    fn codex_usage(request: Request) -> Reply {
        if let Origin::Schedule(_) = request.origin {
            return alerts::nothing(0, Status::Misused);
        }
        let command = UsageCommand::parse(&request.origin);
        answer(&request, command, UsageCommand::format, carry_out_usage)
    }

    fn codex_auth(request: Request) -> Reply {
        if let Origin::Schedule(subscriptions) = &request.origin {
            return alerts::tell(&request, subscriptions);
        }
        let command = AuthCommand::parse(&request.origin);
        answer(&request, command, AuthCommand::format, carry_out_auth)
    }
}

/// Answers a request, also where it cannot be understood or carried out.
fn answer<C>(
    request: &Request,
    command: Result<C, CommandError>,
    format: fn(&C) -> Format,
    carry_out: fn(&Call<'_>, C) -> Result<Reply, Refusal>,
) -> Reply {
    let format = command.as_ref().map_or(Format::Line, format);
    let call = Call::new(request, format);
    let reply = match command {
        Ok(command) => carry_out(&call, command),
        Err(error) => Err(Refusal::misuse(&call, error)),
    };
    reply.unwrap_or_else(|refusal| refusal.reply(&call, format))
}

fn carry_out_usage(call: &Call<'_>, command: UsageCommand) -> Result<Reply, Refusal> {
    match command {
        UsageCommand::Select(page) => look::select(call, Purpose::Usage, page),
        UsageCommand::Check(target, options) => check::check(call, &target, &options),
        UsageCommand::Advise(advising, options) => check::advise(call, advising, &options),
        UsageCommand::History(target, format) => look::history(call, &target, format),
        UsageCommand::Alerts => Ok(alerts::point(call)),
        UsageCommand::Help => Ok(help(call, Purpose::Usage)),
    }
}

fn carry_out_auth(call: &Call<'_>, command: AuthCommand) -> Result<Reply, Refusal> {
    match command {
        AuthCommand::Select(page) => look::select(call, Purpose::Auth, page),
        AuthCommand::Status(target, format) => look::status(call, &target, format),
        AuthCommand::Order(format) => look::order(call, format),
        AuthCommand::Alerts(command) => alerts::set(call, command),
        AuthCommand::Help => Ok(help(call, Purpose::Auth)),
        AuthCommand::Start(name) => login::start(call, name.as_deref()),
        AuthCommand::Finish(callback) => login::finish(call, &callback),
        AuthCommand::Change(request, options) => change::plan(call, &request, options),
        AuthCommand::Delete(name) => change::explain_deletion(call, &name),
        AuthCommand::Follow(handles) => change::follow(call, &handles),
        AuthCommand::Confirm(code, name) => change::confirm(call, &code, &name),
    }
}

fn help(call: &Call<'_>, purpose: Purpose) -> Reply {
    show(call, reply::help::help(&call.context, purpose), Format::Line)
}

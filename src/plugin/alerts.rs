//! Alerts: the commands that turn them on and off, and the checks by schedule.

use super::call::Call;
use super::deliver::{self, show};
use super::memory::readings_salt;
use super::refusal::Refusal;
use super::{check, convert};
use crate::alerts::{self, Change, Told};
use crate::command::{AlertsCommand, CheckOptions, Format};
use crate::contract::chat::{self, SubscribeError};
use crate::contract::commands::{About, Delivery, Part, Reply, Request, Status, Subscription};
use crate::contract::memory::{self, Key};
use crate::readings::hashed;
use crate::reply::{ReplyContext, advice::Advice, alert};

/// `/codex_auth alerts …`
pub(super) fn set(call: &Call<'_>, command: AlertsCommand) -> Result<Reply, Refusal> {
    let context = &call.context;
    let refuse = |error| refused(call, error);
    let reply = match command {
        AlertsCommand::Show if context.screen.is_some() => alert::are_the_owners(context),
        AlertsCommand::Show => {
            let kinds = chat::subscriptions().map_err(refuse)?;
            alert::settings(context, kinds.as_deref(), low_percent(call.request))
        }
        AlertsCommand::On(kinds) => {
            chat::subscribe(&kinds).map_err(refuse)?;
            alert::turned_on(context, &kinds)
        }
        AlertsCommand::Off => {
            chat::unsubscribe().map_err(refuse)?;
            alert::turned_off(context)
        }
    };
    Ok(show(call, reply, Format::Line))
}

/// `/codex_usage alerts`, which does not know who is the owner.
pub(super) fn point(call: &Call<'_>) -> Reply {
    show(call, alert::are_the_owners(&call.context), Format::Line)
}

fn refused(call: &Call<'_>, error: SubscribeError) -> Refusal {
    let (status, code) = match error {
        SubscribeError::Unavailable => (Status::Misused, "alerts_unavailable"),
        SubscribeError::Denied => (Status::Misused, "alerts_denied"),
        SubscribeError::Full => (Status::Misused, "alerts_full"),
        SubscribeError::Failed => (Status::Failed, "state_unwritable"),
    };
    Refusal::new(status, code, alert::refused(&call.context, error))
}

/// Checks once for everybody who subscribed, and tells each of the changes it asked for.
pub(super) fn tell(request: &Request, subscriptions: &[Subscription]) -> Reply {
    let call = Call::new(request, Format::Line);
    let Ok(sign_ins) = call.read_sign_ins() else {
        return nothing(subscriptions.len(), Status::Failed);
    };
    let options = CheckOptions::default();
    let report = check::review(&call, &sign_ins, &sign_ins.in_order(), &options);
    let preferences = check::preferences(request, &sign_ins);
    let advice = Advice::new(&report, &preferences, request.now);
    let changes = changes(request, &advice);
    let alert = |to: &Subscription| {
        let is_wanted = |change: &&Change| to.kinds.contains(&change.kind());
        let wanted: Vec<Change> = changes.iter().filter(is_wanted).copied().collect();
        (!wanted.is_empty()).then(|| part(&call.context, &advice, &wanted, to))
    };
    Reply {
        delivery: Delivery::Alerts(subscriptions.iter().map(alert).collect()),
        json: None,
        status: check::status(&report),
        about: convert::about(&report),
    }
}

/// Finds the changes since what was told last, and keeps them as told. Where that cannot
/// be kept there are none: another gateway tells them, or the next check does.
fn changes(request: &Request, advice: &Advice<'_>) -> Vec<Change> {
    let salt = readings_salt(request);
    let kept = memory::load(Key::Alerts);
    let told = Told::from_bytes(&kept.bytes);
    let (report, now) = (advice.report, request.now);
    let found = alerts::facts(report, &advice.ranked, &advice.outlook, &salt, now);
    let agent = hashed(&[&salt, "agent"]);
    let (next, changes) = told.with(&agent, &found, low_percent(request), now);
    match memory::save(Key::Alerts, &next.to_bytes(), kept.version) {
        Ok(_) => changes,
        Err(_) => vec![],
    }
}

fn part(
    context: &ReplyContext,
    advice: &Advice<'_>,
    changes: &[Change],
    to: &Subscription,
) -> Part {
    let context = ReplyContext { locale: to.locale, ..context.clone() };
    let (buttons, length) = (to.channel.buttons.into(), deliver::length(&to.channel));
    let (text, buttons) = alert::alert(&context, advice, changes, buttons, length);
    Part { text, buttons, table: None }
}

/// Tells nothing to so many subscriptions.
pub(super) fn nothing(subscriptions: usize, status: Status) -> Reply {
    let delivery = Delivery::Alerts(vec![None; subscriptions]);
    Reply { delivery, json: None, status, about: About::Other }
}

fn low_percent(request: &Request) -> u8 {
    request.settings.alerts_low_percent.clamp(1, 50)
}

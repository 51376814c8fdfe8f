//! Alerts: the commands that turn them on and off, and the checks by schedule.

use super::bindings::codex_profiler::skill::chat::{self, SubscribeError};
use super::bindings::codex_profiler::skill::memory::{self, Key};
use super::bindings::exports::codex_profiler::skill::commands::{
    About, Button, Delivery, Part, Reply, Request, Status, Subscription,
};
use super::call::Call;
use super::check;
use super::convert;
use super::deliver::{Announced, Draft};
use super::memory::readings_salt;
use super::refusal::Refusal;
use crate::alerts::{self, AlertKind, Change, Told};
use crate::command::{AlertsCommand, CheckOptions, Format};
use crate::readings::hashed;
use crate::reply::Message;
use crate::reply::advice::Advice;
use crate::reply::alert::{self, Denial};

/// `/codex_auth alerts …`
pub(super) fn set(call: &Call<'_>, command: AlertsCommand) -> Result<Reply, Refusal> {
    let context = &call.context;
    let refuse = |error| refused(call, error);
    let (message, buttons) = match command {
        AlertsCommand::Show if context.screen.is_some() => alert::are_the_owners(context),
        AlertsCommand::Show => {
            let kinds = chat::subscriptions().map_err(refuse)?;
            let kinds: Option<Vec<AlertKind>> =
                kinds.map(|kinds| kinds.into_iter().map(kind).collect());
            alert::settings(context, kinds.as_deref(), low_percent(call.request))
        }
        AlertsCommand::On(kinds) => {
            let asked: Vec<chat::AlertKind> = kinds.iter().copied().map(alert_kind).collect();
            chat::subscribe(&asked).map_err(refuse)?;
            alert::turned_on(context, &kinds)
        }
        AlertsCommand::Off => {
            chat::unsubscribe().map_err(refuse)?;
            alert::turned_off(context)
        }
    };
    Ok(deliver(call, message, buttons))
}

/// `/codex_usage alerts`, which does not know who is the owner.
pub(super) fn point(call: &Call<'_>) -> Reply {
    let (message, buttons) = alert::are_the_owners(&call.context);
    deliver(call, message, buttons)
}

fn deliver(call: &Call<'_>, message: Message, buttons: Vec<(String, String)>) -> Reply {
    let mut draft = Draft::new(message, Format::Line, Status::Ok);
    draft.buttons = buttons;
    draft.deliver(call, Announced::Needless)
}

fn refused(call: &Call<'_>, error: SubscribeError) -> Refusal {
    let (status, code, denial) = match error {
        SubscribeError::Unavailable => (Status::Misused, "alerts_unavailable", Denial::Unavailable),
        SubscribeError::Denied => (Status::Misused, "alerts_denied", Denial::NotTheOwner),
        SubscribeError::Full => (Status::Misused, "alerts_full", Denial::Full),
        SubscribeError::Failed => (Status::Failed, "state_unwritable", Denial::Failed),
    };
    Refusal::new(status, code, alert::denied(&call.context, denial))
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
        let is_wanted = |change: &&Change| to.kinds.iter().any(|each| kind(*each) == change.kind());
        let wanted: Vec<Change> = changes.iter().filter(is_wanted).copied().collect();
        (!wanted.is_empty()).then(|| part(&call, &advice, &wanted, to))
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

fn part(call: &Call<'_>, advice: &Advice<'_>, changes: &[Change], to: &Subscription) -> Part {
    let mut context = call.context.clone();
    context.locale = convert::locale(to.locale);
    let most = usize::from(to.channel.buttons);
    let length = usize::try_from(to.channel.length).unwrap_or(usize::MAX);
    let (text, buttons) = alert::alert(&context, advice, changes, most, length);
    let button = |(label, value)| Button { label, value };
    Part { text, buttons: buttons.into_iter().take(most).map(button).collect(), table: None }
}

/// Tells nothing to so many subscriptions.
pub(super) fn nothing(subscriptions: usize, status: Status) -> Reply {
    Reply {
        delivery: Delivery::Alerts(vec![None; subscriptions]),
        json: None,
        status,
        about: About::Other,
    }
}

fn low_percent(request: &Request) -> u8 {
    request.settings.alerts_low_percent.clamp(1, 50)
}

fn kind(kind: chat::AlertKind) -> AlertKind {
    match kind {
        chat::AlertKind::Ready => AlertKind::Ready,
        chat::AlertKind::Low => AlertKind::Low,
        chat::AlertKind::EmptySoon => AlertKind::EmptySoon,
        chat::AlertKind::Broken => AlertKind::Broken,
        chat::AlertKind::Expiring => AlertKind::Expiring,
        chat::AlertKind::AllOut => AlertKind::AllOut,
    }
}

fn alert_kind(kind: AlertKind) -> chat::AlertKind {
    match kind {
        AlertKind::Ready => chat::AlertKind::Ready,
        AlertKind::Low => chat::AlertKind::Low,
        AlertKind::EmptySoon => chat::AlertKind::EmptySoon,
        AlertKind::Broken => chat::AlertKind::Broken,
        AlertKind::Expiring => chat::AlertKind::Expiring,
        AlertKind::AllOut => chat::AlertKind::AllOut,
    }
}

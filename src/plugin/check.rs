//! Checks profiles, and advises which to use next.

use super::call::Call;
use super::claim::{Claim, claimed_profiles};
use super::deliver::{Draft, announce_progress};
use super::memory::{self, readings_salt};
use super::refusal::Refusal;
use super::{convert, fetch, gateway_commands, reset_credits};
use crate::command::{Advising, CheckOptions, Format, Target};
use crate::contract::commands::{Reply, Request, Status};
use crate::profile::{Profile, SignIns};
use crate::reply::advice::Advice;
use crate::reply::{self, Message, best, guide, selector::Purpose};
use crate::report::Report;
use crate::rotation::Preferences;

/// The most profiles that one check takes: as many as a call has memory for.
const MOST_CHECKED: usize = 2_000;

/// `/codex_usage all` or the name of a profile.
pub(super) fn check(
    call: &Call<'_>,
    target: &Target,
    options: &CheckOptions,
) -> Result<Reply, Refusal> {
    let context = &call.context;
    let sign_ins = call.read_sign_ins()?;
    let profiles = call.find(&sign_ins, Purpose::Usage, target)?;
    answer(call, &sign_ins, &profiles, claimed_profiles(&profiles), options, &|advice| {
        let mut message = reply::check::check(context, advice, options);
        // Everybody sees the buttons; a plan is refused to all but the owner.
        if let Target::All = target {
            message.buttons = best::buttons_below_all(context, advice);
        }
        message
    })
}

/// `/codex_usage best` or `rotation`: checks all, and advises.
pub(super) fn advise(
    call: &Call<'_>,
    advising: Advising,
    options: &CheckOptions,
) -> Result<Reply, Refusal> {
    let context = &call.context;
    let sign_ins = call.read_sign_ins()?;
    let what = format!("{advising:?}");
    answer(call, &sign_ins, &sign_ins.in_order(), &what, options, &|advice| match advising {
        Advising::Best => best::best(context, advice),
        Advising::Rotation => guide::short(context, advice),
        Advising::DeepDive => {
            let version = gateway_commands::version().ok();
            guide::deep(context, advice, version.as_deref())
        }
    })
}

/// Checks these profiles, and replies with the message and the buttons that are made of it.
fn answer(
    call: &Call<'_>,
    sign_ins: &SignIns,
    profiles: &[&Profile],
    what: &str,
    options: &CheckOptions,
    write: &dyn Fn(&Advice<'_>) -> Message,
) -> Result<Reply, Refusal> {
    // A check with other options is another request.
    let _claim = Claim::take(call, format!("usage {what} {options:?}"))?;
    let announced = announce_progress(call);
    let report = review(call, sign_ins, profiles, options);
    let preferences = preferences(call.request, sign_ins);
    let mut message = write(&Advice::new(&report, &preferences, call.context.now));
    if options.format == Format::Json {
        message.buttons.clear();
    }
    let draft = Draft::new(message, options.format, status(&report));
    Ok(Draft { about: convert::about(&report), ..draft }.deliver(call, announced))
}

pub(super) fn status(report: &Report<'_>) -> Status {
    if report.is_a_check() { Status::Ok } else { Status::Failed }
}

/// Checks, puts together what came back and what was known before, and keeps it.
pub(super) fn review<'a>(
    call: &Call<'_>,
    sign_ins: &'a SignIns,
    profiles: &[&'a Profile],
    options: &CheckOptions,
) -> Report<'a> {
    let request = call.request;
    let (profiles, without_room) = profiles.split_at(profiles.len().min(MOST_CHECKED));
    let mut checked = fetch::check(call, profiles, options);
    let known = || memory::known(request, sign_ins);
    reset_credits::read_lists(&mut checked, known, request.now, options);
    let mut report = Report::new(sign_ins, checked, request.now);
    report.without_room = without_room.len();
    let past = memory::remember(request, &report);
    let salt = readings_salt(request);
    report.recall(&past, &salt);
    let zone = &call.context.zone;
    let history = memory::remember_days(request, &report, zone);
    report.recall_days(history, &salt, zone, request.now);
    report
}

/// Reads from the settings how each profile's quota is to be treated. Names that mean no
/// profile, or several, are kept apart: settings outlive profiles.
pub(super) fn preferences<'a>(request: &'a Request, sign_ins: &SignIns) -> Preferences<'a> {
    let mut unknown = Vec::new();
    let mut id = |name: &'a String| match sign_ins.find(name) {
        Ok(Some(profile)) => Some(profile.id.clone()),
        Ok(None) | Err(_) => {
            unknown.push(name.as_str());
            None
        }
    };
    let settings = &request.settings;
    let preserve = settings.preserve.iter().filter_map(&mut id).collect();
    let burn_first = settings.burn_first.iter().filter_map(&mut id).collect();
    Preferences { preserve, burn_first, unknown }
}

//! The only place that knows WebAssembly: the effects of a command, in the order they
//! happen. `change` has those of a change, `convert` turns the contract's types into
//! ours.

use bindings::codex_profiler::skill::{auth_store, chat, gateway, https, memory};
use bindings::exports::codex_profiler::skill::commands::{
    self, About, Button, Delivery, Guest, Origin, Part, Reply, Request, Status,
};

use convert::{answer, store_error, transport_error};

use crate::command::{
    self, Advising, AuthCommand, CheckOptions, CommandError, Format, Target, UsageCommand,
};
use crate::gateway::Trouble;
use crate::profile::{Access, Found, Profile, SignIns, StoreError, StoreFailure, clean, names};
use crate::readings::{Known, Readings};
use crate::reply::advice::{self, Advice};
use crate::reply::change::Told;
use crate::reply::{self, Purpose, Voice, guide, health, layout, login, words};
use crate::report::{Report, Row, Tries};
use crate::rotation::Wishes;
use crate::usage::{self, LONGEST_RETRY_DELAY, Outcome, UsageError};
use serde_json::Value;

mod change;
mod convert;
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
        let voice = convert::voice(&request, format);
        let reply = command.map_err(|error| Refusal::misuse(&voice, error));
        let reply = reply.and_then(|command| codex_usage(&request, &voice, command));
        reply.unwrap_or_else(|refusal| refusal.reply(&voice))
    }

    fn codex_auth(request: Request) -> Reply {
        let command = auth_command(&request.origin);
        let format = command.as_ref().map_or(Format::Line, AuthCommand::format);
        let voice = convert::voice(&request, format);
        let reply = command.map_err(|error| Refusal::misuse(&voice, error));
        let reply = reply.and_then(|command| codex_auth(&request, &voice, command));
        reply.unwrap_or_else(|refusal| refusal.reply(&voice))
    }
}

/// The most profiles that one check takes: as many as a call has memory for.
const MOST_CHECKED: usize = 2_000;

/// How long a request counts as the same again.
const DUPLICATE_SECONDS: u32 = 20;

fn codex_usage(request: &Request, voice: &Voice, command: UsageCommand) -> Result<Reply, Refusal> {
    let sign_ins = read_sign_ins(request, voice)?;
    match command {
        UsageCommand::Select(page) => {
            let _claim = Claim::of_selector(request, voice, "usage select")?;
            Ok(select(request, voice, &sign_ins, Purpose::Usage, page))
        }
        UsageCommand::Advise(advising, options) => {
            advise(request, voice, &sign_ins, advising, &options)
        }
        UsageCommand::Check(target, options) => {
            let profiles = chosen(request, voice, &sign_ins, Purpose::Usage, &target)?;
            let _claim = Claim::take(request, voice, &check_key(whom(&profiles), &options))?;
            let by_message = announce(request, words::progress(voice.locale).to_owned());
            let report = review(request, &sign_ins, &profiles, &options);
            let advice = Advice::new(&report, &wishes(request, &sign_ins), voice.now);
            let said = reply::usage(voice, &advice, &options);
            Ok(Reply {
                delivery: deliver(request, voice, &said.text, &said.closing, by_message),
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
    voice: &Voice,
    sign_ins: &SignIns,
    advising: Advising,
    options: &CheckOptions,
) -> Result<Reply, Refusal> {
    let _claim = Claim::take(request, voice, &check_key(advising.word(), options))?;
    let by_message = announce(request, words::progress(voice.locale).to_owned());
    let report = review(request, sign_ins, &sign_ins.in_order(), options);
    let advice = Advice::new(&report, &wishes(request, sign_ins), voice.now);
    let told = match advising {
        Advising::Best => advice::best(voice, &advice),
        Advising::Rotation => guide::short(voice, &advice),
        Advising::DeepDive => guide::deep(voice, &advice, gateway_version().ok().as_deref()),
    };
    let mut parts = parts(request, voice, told.said(options.format), "");
    // A button is for whoever may plan, and never does anything by itself.
    if request.channel.buttons > 0 && request.is_owner && options.format != Format::Json {
        put_buttons(
            &mut parts,
            advice::order_button(voice, &advice).into_iter().collect(),
        );
    }
    Ok(Reply {
        delivery: deliver_parts(parts, by_message),
        json: told.document,
        status: match report.is_a_check() {
            true => Status::Ok,
            false => Status::Failed,
        },
        about: convert::about(&report),
    })
}

/// How the user wants each profile's quota treated. Names that are nobody's here, or not
/// only one's, are told and passed over: settings outlive profiles.
fn wishes<'a>(request: &'a Request, sign_ins: &SignIns) -> Wishes<'a> {
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
    Wishes {
        preserve: named(&request.settings.preserve),
        burn_first: named(&request.settings.burn_first),
        unknown,
    }
}

fn codex_auth(request: &Request, voice: &Voice, command: AuthCommand) -> Result<Reply, Refusal> {
    match command {
        AuthCommand::Finish(callback) => {
            if !request.channel.private {
                let text = voice.not_in_a_group();
                return Err(Refusal::new(Status::Misused, "not_in_a_group", text));
            }
            let status = match callback.is_complete() {
                true => Status::Ok,
                false => Status::Failed,
            };
            Ok(told(login::finish(voice, &callback), status))
        }
        AuthCommand::Help => Ok(told(reply::auth_help(voice), Status::Ok)),
        AuthCommand::Change(wish, options) => change::plan(request, voice, &wish, options),
        AuthCommand::Follow(handles) => change::follow(request, voice, &handles),
        AuthCommand::Confirm(code, name) => change::confirm(request, voice, &code, &name),
        AuthCommand::Start(name) => change::start(request, voice, name.as_deref()),
        AuthCommand::Select(page) => {
            let sign_ins = read_sign_ins(request, voice)?;
            let _claim = Claim::of_selector(request, voice, "auth select")?;
            Ok(select(request, voice, &sign_ins, Purpose::Auth, page))
        }
        AuthCommand::Order(format) => {
            let sign_ins = read_sign_ins(request, voice)?;
            let _claim = Claim::take(request, voice, &format!("auth order {}", format.word()))?;
            let known = known(request, &sign_ins);
            let told = health::order(voice, &sign_ins, &known);
            Ok(looked(request, voice, told, format))
        }
        AuthCommand::Status(target, format) => {
            let sign_ins = read_sign_ins(request, voice)?;
            let profiles = chosen(request, voice, &sign_ins, Purpose::Auth, &target)?;
            let key = format!("auth {} {}", whom(&profiles), format.word());
            let _claim = Claim::take(request, voice, &key)?;
            let version = gateway_version().ok();
            let version = version.as_deref();
            let known = known(request, &sign_ins);
            let told = health::status(voice, &sign_ins, &profiles, &known, version);
            Ok(looked(request, voice, told, format))
        }
    }
}

/// A look at what is stored: as text or as JSON.
fn looked(request: &Request, voice: &Voice, told: Told, format: Format) -> Reply {
    Reply {
        delivery: deliver(request, voice, told.said(format), "", false),
        json: told.document,
        status: Status::Ok,
        about: About::Other,
    }
}

/// A reply of one message.
fn told(told: Told, status: Status) -> Reply {
    let part = Part {
        text: told.text,
        buttons: vec![],
    };
    Reply {
        delivery: Delivery::Parts(vec![part]),
        json: told.document,
        status,
        about: About::Other,
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
    voice: &Voice,
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
        Found::Several(those) => Err(ambiguous_profile(voice, &those)),
        Found::None if matches!(request.origin, Origin::Button(_)) => {
            let text = voice.list_changed();
            Err(Refusal::new(Status::Misused, "list_changed", text))
        }
        Found::None => reply::listed(sign_ins, purpose, named)
            .ok_or_else(|| unknown_profile(voice, sign_ins, vec![])),
    }
}

/// A name that means nobody. `keys` could have been named, too.
fn unknown_profile(voice: &Voice, sign_ins: &SignIns, keys: Vec<String>) -> Refusal {
    let mut names = names(&sign_ins.in_order());
    names.extend(keys);
    let text = voice.unknown_profile(&names);
    Refusal {
        names,
        ..Refusal::new(Status::Misused, "unknown_profile", text)
    }
}

/// A name that means more than one: those.
fn ambiguous_profile(voice: &Voice, those: &[&Profile]) -> Refusal {
    let shown = |profile: &&Profile| profile.id.shown(false, true);
    let names: Vec<String> = those.iter().map(shown).collect();
    let text = voice.ambiguous_profile(&names);
    Refusal {
        names,
        ..Refusal::new(Status::Misused, "ambiguous_profile", text)
    }
}

/// The same for the same profiles, whatever they were called.
fn whom<'a>(profiles: &[&'a Profile]) -> &'a str {
    match profiles {
        [profile] => profile.id.as_str(),
        _ => "all",
    }
}

/// Whoever tries a check again with other options asks another thing.
fn check_key(what: &str, options: &CheckOptions) -> String {
    let mut key = format!("usage {what} {}", options.format.word());
    if options.timeout_ms != CheckOptions::default().timeout_ms {
        key = format!("{key} {}", options.timeout_ms);
    }
    if !options.retry {
        key += " once";
    }
    if options.debug {
        key += " debug";
    }
    key
}

/// A request that is under way, so that the same one is not answered twice.
/// Gives the key back when the answer is made.
struct Claim(Option<String>);

impl Claim {
    /// A selector that is typed for twice is shown once; its pages are turned at
    /// will.
    fn of_selector(request: &Request, voice: &Voice, key: &str) -> Result<Self, Refusal> {
        match request.origin {
            Origin::Button(_) => Ok(Self(None)),
            _ => Self::take(request, voice, key),
        }
    }

    /// Fails where the same user asked the same a moment ago. A terminal is
    /// never suppressed.
    fn take(request: &Request, voice: &Voice, key: &str) -> Result<Self, Refusal> {
        if matches!(request.origin, Origin::Terminal(_)) {
            return Ok(Self(None));
        }
        let running = match memory::take(key, DUPLICATE_SECONDS) {
            memory::Claim::Claimed => return Ok(Self(Some(key.to_owned()))),
            memory::Claim::Running => true,
            memory::Claim::Recent => false,
        };
        Err(Refusal::new(
            Status::Ok,
            "duplicate_request",
            voice.duplicate(running),
        ))
    }

    /// Lets the same be asked again as soon as the call has ended.
    fn forget(mut self) {
        // A key that is not given back is free then.
        self.0 = None;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(key) = &self.0 {
            memory::release(key);
        }
    }
}

type Checked<'a> = Vec<(&'a Profile, Outcome, Tries)>;

/// How long a check may take: the host's own deadline, which ends it with what it has.
fn time_ms(request: &Request) -> u32 {
    match request.origin {
        Origin::Terminal(_) => 60_000,
        Origin::Command(_) | Origin::Button(_) | Origin::Tool(_) => 25_000,
    }
}

/// What took longer than this is not tried once more: it would take as long again.
const QUICK_MS: u32 = 5000;

/// Asks for all profiles in one batch, then once more for what is worth it. All of it
/// takes no longer than `time_ms`.
fn check<'a>(profiles: &[&'a Profile], options: &CheckOptions, time_ms: u32) -> Checked<'a> {
    let unasked = |profile: &&'a Profile| {
        let outcome = Err(UsageError::MissingAccessToken(profile.access));
        (*profile, outcome, Tries::default())
    };
    let mut checked: Checked<'a> = profiles.iter().map(unasked).collect();
    let ready = |checked: &Checked<'_>, index: &usize| checked[*index].0.access == Access::Ready;
    let first = (0..checked.len())
        .filter(|index| ready(&checked, index))
        .collect();
    fetch(&mut checked, first, options.timeout_ms.min(time_ms), |_| 0);
    let slowest = checked.iter().map(|(_, _, tries)| tries.elapsed_ms).max();
    let left_ms = time_ms.saturating_sub(slowest.unwrap_or(0));
    if options.retry {
        let again = |index: &usize| {
            let (_, outcome, tries) = &checked[*index];
            let is_quick = tries.attempt > 0 && tries.elapsed_ms <= QUICK_MS;
            let is_in_time = retry_delay_ms(outcome) < left_ms;
            let is_worth_it = outcome.as_ref().is_err_and(UsageError::is_worth_a_retry);
            is_quick && is_in_time && is_worth_it
        };
        let second = (0..checked.len()).filter(again).collect();
        let timeout_ms = options.timeout_ms.min(left_ms);
        fetch(&mut checked, second, timeout_ms, retry_delay_ms);
    }
    checked
}

fn fetch(
    checked: &mut Checked<'_>,
    indices: Vec<usize>,
    timeout_ms: u32,
    delay_ms: fn(&Outcome) -> u32,
) {
    if indices.is_empty() {
        return;
    }
    let request = |index: &usize| https::Request {
        endpoint: https::Endpoint::Usage,
        profile: checked[*index].0.id.as_str().to_owned(),
        timeout_ms,
        delay_ms: delay_ms(&checked[*index].1),
    };
    let requests: Vec<https::Request> = indices.iter().map(request).collect();
    for (index, result) in indices.into_iter().zip(https::fetch_all(&requests)) {
        let (profile, outcome, tries) = &mut checked[index];
        if let Err(error) = &result
            && is_untried(error)
        {
            // A second try that was not made leaves the first answer standing.
            if tries.attempt == 0 {
                *outcome = Err(transport_error(error, profile));
            }
            continue;
        }
        tries.attempt += 1;
        match result {
            Ok(response) => {
                tries.elapsed_ms = response.elapsed_ms;
                tries.status = Some(response.status);
                tries.answered_at = Some(response.received_at);
                *outcome = usage::read_response(&answer(response));
            }
            Err(error) => {
                tries.elapsed_ms = error.elapsed_ms;
                tries.status = None;
                tries.answered_at = None;
                *outcome = Err(transport_error(&error, profile));
            }
        }
    }
}

/// Whether nobody even tried to connect.
fn is_untried(error: &https::Error) -> bool {
    match error.failure {
        https::Failure::Denied | https::Failure::NoCredential => true,
        // It may have been spent by the answer.
        https::Failure::BudgetSpent => !error.sent,
        https::Failure::TimedOut
        | https::Failure::TooLarge
        | https::Failure::Unreachable
        | https::Failure::SecretEchoed => false,
    }
}

fn retry_delay_ms(outcome: &Outcome) -> u32 {
    match outcome {
        Err(UsageError::ServerError(after)) => {
            let seconds = after.unwrap_or(1).clamp(1, LONGEST_RETRY_DELAY);
            u32::try_from(seconds * 1000).unwrap_or(1000)
        }
        Err(UsageError::UpstreamChallenge) => 1000,
        Ok(_) | Err(_) => 250,
    }
}

/// The gateway's version, where there is a gateway that tells it.
fn gateway_version() -> Result<String, Trouble> {
    let answer = gateway::read(&[gateway::Query::Version]).pop();
    let output = answer.map_or(Err(Trouble::Failed), convert::output)?;
    if let Some(trouble) = output.trouble() {
        return Err(trouble);
    }
    let version = || {
        let json: Value = serde_json::from_slice(output.json?.as_bytes()).ok()?;
        Some(clean(json.as_object()?.get("version")?.as_str()?, 24))
    };
    version().ok_or(Trouble::NotUnderstood)
}

/// Checks, puts together what came back and what was known before, and keeps it.
fn review<'a>(
    request: &Request,
    sign_ins: &'a SignIns,
    profiles: &[&'a Profile],
    options: &CheckOptions,
) -> Report<'a> {
    let (profiles, without_room) = profiles.split_at(profiles.len().min(MOST_CHECKED));
    let mut checked = check(profiles, options, time_ms(request));
    let known = known(request, sign_ins);
    reset_credits::read_lists(&mut checked, &known, request.now, options);
    let mut report = Report::new(sign_ins, checked, request.now);
    report.without_room = without_room.len();
    let past = remember(request, &report);
    report.recall(&past, &readings_salt(request));
    report
}

/// What earlier checks found of the stored sign-ins.
fn known(request: &Request, sign_ins: &SignIns) -> Known {
    let readings = Readings::from_bytes(&memory::load().bytes);
    readings.known(sign_ins, &readings_salt(request), request.now)
}

/// What the keys of readings are made with: agents may have profiles of one name.
fn readings_salt(request: &Request) -> String {
    [request.salt.as_str(), &request.agent].join("\n")
}

/// Keeps what a check found, so that the next one can say what has changed, and a
/// change whom it puts next. Returns what was kept before.
fn remember(request: &Request, report: &Report<'_>) -> Readings {
    let mut past = Readings::default();
    // Of two checks that end at once the second takes in what the first one kept.
    for _ in 0..2 {
        let kept = memory::load();
        past = Readings::from_bytes(&kept.bytes);
        let found = report.rows.iter().map(Row::found);
        let readings = past.with(found, &readings_salt(request), request.now);
        match memory::save(&readings.to_bytes(), kept.version) {
            Err(memory::Error::Conflict) => {}
            // What cannot be kept is merely not known later.
            Ok(_) | Err(_) => break,
        }
    }
    past
}

/// Sends a message that comes before the result, and tells whether the channel's
/// message path carried it: then the result has to take the same path.
fn announce(request: &Request, text: String) -> bool {
    match request.origin {
        Origin::Terminal(_) | Origin::Tool(_) => false,
        Origin::Command(_) | Origin::Button(_) => is_sent(&Part {
            text,
            buttons: vec![],
        }),
    }
}

/// Sends a message. What may have been delivered counts as delivered.
fn is_sent(part: &Part) -> bool {
    let message = chat::Message {
        text: part.text.clone(),
        buttons: part.buttons.clone(),
    };
    match chat::send(&message) {
        Ok(()) | Err(chat::Error::Unclear) => true,
        Err(chat::Error::Unavailable | chat::Error::Refused | chat::Error::Failed) => false,
    }
}

/// Delivers by the message path, or as the reply: never by both. What
/// definitely was not delivered by message becomes the reply.
fn deliver(
    request: &Request,
    voice: &Voice,
    text: &str,
    closing: &str,
    by_message: bool,
) -> Delivery {
    deliver_parts(parts(request, voice, text, closing), by_message)
}

/// A text in messages of the channel's length.
fn parts(request: &Request, voice: &Voice, text: &str, closing: &str) -> Vec<Part> {
    let length = usize::try_from(request.channel.length).unwrap_or(usize::MAX);
    let texts = match request.origin {
        Origin::Terminal(_) => vec![text.to_owned()],
        Origin::Command(_) | Origin::Button(_) | Origin::Tool(_) => {
            layout::split(text, length, |lines| voice.rest(lines, closing))
        }
    };
    let mut parts = Vec::new();
    for text in texts {
        let buttons = vec![];
        parts.push(Part { text, buttons });
    }
    parts
}

/// Sends every part by message, or leaves them to the reply. From the first part on
/// that was definitely not delivered, they are the reply.
fn deliver_parts(mut parts: Vec<Part>, by_message: bool) -> Delivery {
    let sent = match by_message {
        true => parts.iter().position(|part| !is_sent(part)),
        false => Some(0),
    };
    match sent {
        Some(unsent) => Delivery::Parts(parts.split_off(unsent)),
        None => Delivery::NoReply,
    }
}

fn select(
    request: &Request,
    voice: &Voice,
    sign_ins: &SignIns,
    purpose: Purpose,
    page: usize,
) -> Reply {
    let buttons = usize::from(request.channel.buttons);
    let selector = reply::selector(voice, sign_ins, purpose, page, buttons);
    let mut parts = parts(request, voice, &selector.text, "");
    put_buttons(&mut parts, selector.buttons);
    Reply {
        delivery: Delivery::Parts(parts),
        json: selector.document,
        status: Status::Ok,
        about: About::Other,
    }
}

/// Puts buttons, label and value each, below the last part.
fn put_buttons(parts: &mut [Part], buttons: Vec<(String, String)>) {
    let button = |(label, value): (String, String)| Button { label, value };
    if let Some(last) = parts.last_mut() {
        last.buttons = buttons.into_iter().map(button).collect();
    }
}

/// A request that ends before it is carried out.
struct Refusal {
    status: Status,
    code: &'static str,
    text: String,
    source: Option<String>,
    names: Vec<String>,
}

impl Refusal {
    fn new(status: Status, code: &'static str, text: String) -> Self {
        Self {
            status,
            code,
            text,
            source: None,
            names: vec![],
        }
    }

    fn misuse(voice: &Voice, error: CommandError) -> Self {
        Self::new(Status::Misused, "bad_request", voice.misuse(error))
    }

    fn told(self, voice: &Voice) -> Told {
        let source = self.source.as_deref();
        reply::refused(voice, self.code, self.text, source, &self.names)
    }

    fn reply(self, voice: &Voice) -> Reply {
        let status = self.status;
        told(self.told(voice), status)
    }
}

fn read_sign_ins(request: &Request, voice: &Voice) -> Result<SignIns, Refusal> {
    let refuse = |error: StoreError| Refusal {
        source: Some(error.source.clone()),
        ..Refusal::new(
            match error.failure {
                StoreFailure::BadAgent => Status::Misused,
                _ => Status::Failed,
            },
            error.failure.word(),
            voice.store_failure(&error),
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

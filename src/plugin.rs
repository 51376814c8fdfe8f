//! The only file that knows WebAssembly: the effects of a command, in the order
//! they happen, and the conversions between the contract's types and ours.

use bindings::codex_profiler::skill::{auth_store, chat, gateway, https, memory};
use bindings::exports::codex_profiler::skill::commands::{
    self, Button, Delivery, Guest, Origin, Part, Reply, Request, Status,
};

use crate::clock::Zone;
use crate::command::{self, AuthCommand, CheckOptions, CommandError, Format, Target, UsageCommand};
use crate::profile::{
    Access, Era, Finding, Found, Identity, Profile, ProfileId, SignIns, StoreError, StoreFailure,
    clean,
};
use crate::reply::{self, Locale, Purpose, Screen, Voice, health, json, layout, words};
use crate::report::{Report, Tries};
use crate::usage::{self, Answer, LONGEST_RETRY_DELAY, Outcome, UsageError};
use serde_json::Value;

#[allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    reason = "glue written by wit-bindgen"
)]
mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "skill" });
    export!(Component with_types_in self);
    use super::Component;
}

struct Component;

impl Guest for Component {
    fn codex_usage(request: Request) -> Reply {
        let voice = voice(&request);
        codex_usage(&request, &voice).unwrap_or_else(|refusal| refusal.reply())
    }

    fn codex_auth(request: Request) -> Reply {
        let voice = voice(&request);
        codex_auth(&request, &voice).unwrap_or_else(|refusal| refusal.reply())
    }
}

/// How long a request counts as the same again.
const DUPLICATE_SECONDS: u32 = 20;

fn codex_usage(request: &Request, voice: &Voice) -> Result<Reply, Refusal> {
    let command = usage_command(&request.origin).map_err(|error| Refusal::misuse(voice, error))?;
    let sign_ins = read_sign_ins(request, voice)?;
    match command {
        UsageCommand::Select(page) => {
            let _claim = Claim::of_selector(request, voice, "usage select")?;
            Ok(select(request, voice, &sign_ins, Purpose::Usage, page))
        }
        UsageCommand::Check(target, options) => {
            let profiles = chosen(request, voice, &sign_ins, Purpose::Usage, &target)?;
            let _claim = Claim::take(
                request,
                voice,
                &request_key("usage", &profiles, options.format),
            )?;
            let by_message = announce(request, voice);
            let checked = check(&profiles, &options);
            let report = Report::new(&sign_ins, checked, voice.now);
            let said = reply::usage(voice, &report, &options);
            Ok(Reply {
                delivery: deliver(request, voice, &said.text, &said.closing, by_message),
                json: said.document,
                status: match report.is_a_check() {
                    true => Status::Ok,
                    false => Status::Failed,
                },
            })
        }
    }
}

fn codex_auth(request: &Request, voice: &Voice) -> Result<Reply, Refusal> {
    let command = auth_command(&request.origin).map_err(|error| Refusal::misuse(voice, error))?;
    match command {
        AuthCommand::Change => {
            let text = voice.changes_are_the_gateways();
            Err(Refusal::new(Status::Misused, "not_in_this_version", text))
        }
        AuthCommand::Select(page) => {
            let sign_ins = read_sign_ins(request, voice)?;
            let _claim = Claim::of_selector(request, voice, "auth select")?;
            Ok(select(request, voice, &sign_ins, Purpose::Auth, page))
        }
        AuthCommand::Status(target, format) => {
            let sign_ins = read_sign_ins(request, voice)?;
            let profiles = chosen(request, voice, &sign_ins, Purpose::Auth, &target)?;
            let _claim = Claim::take(request, voice, &request_key("auth", &profiles, format))?;
            let version = gateway_version();
            let version = version.as_deref();
            let text = health::health_message(voice, &sign_ins, &profiles, version);
            let document = json::health_document(voice, &sign_ins, &profiles, version, &text);
            let said = match format {
                Format::Json => &document,
                Format::Line | Format::Block | Format::Text => &text,
            };
            Ok(Reply {
                delivery: deliver(request, voice, said, "", false),
                json: Some(document),
                status: Status::Ok,
            })
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

fn voice(request: &Request) -> Voice {
    Voice {
        locale: match request.locale {
            commands::Locale::En => Locale::En,
            commands::Locale::Zh => Locale::Zh,
        },
        zone: Zone {
            name: clean(&request.zone.name, 40),
            transitions: request.zone.transitions.clone(),
        },
        now: request.now,
        agent: clean(&request.agent, 64),
        screen: request.channel.screen.as_ref().map(|screen| Screen {
            colour: screen.colour,
            columns: screen.columns,
        }),
    }
}

/// The profiles that a target means, in the order they are shown.
fn chosen<'a>(
    request: &Request,
    voice: &Voice,
    sign_ins: &'a SignIns,
    purpose: Purpose,
    target: &Target,
) -> Result<Vec<&'a Profile>, Refusal> {
    let is_button = matches!(request.origin, Origin::Button(_));
    match target {
        Target::All => Ok(sign_ins.in_order()),
        Target::Default => Ok(sign_ins.default_profile().into_iter().collect()),
        Target::Named(name) => match sign_ins.find(name) {
            Found::One(profile) => Ok(vec![profile]),
            Found::None if is_button => {
                let text = voice.list_changed();
                Err(Refusal::new(Status::Misused, "list_changed", text))
            }
            Found::None if let Some(profiles) = reply::listed(sign_ins, purpose, name) => {
                Ok(profiles)
            }
            Found::None => {
                let names: Vec<String> = sign_ins
                    .in_order()
                    .iter()
                    .map(|profile| profile.name.clone())
                    .collect();
                let text = voice.unknown_profile(&names);
                Err(Refusal {
                    names,
                    ..Refusal::new(Status::Misused, "unknown_profile", text)
                })
            }
            Found::Several => {
                let shown = |profile: &&Profile| profile.id.shown(false, true);
                let names: Vec<String> = sign_ins.in_order().iter().map(shown).collect();
                let text = voice.ambiguous_profile(&names);
                Err(Refusal {
                    names,
                    ..Refusal::new(Status::Misused, "ambiguous_profile", text)
                })
            }
        },
    }
}

/// The same for the same profiles, whatever they were called.
fn request_key(verb: &str, profiles: &[&Profile], format: Format) -> String {
    let whom = match profiles {
        [profile] => profile.id.as_str(),
        _ => "all",
    };
    format!("{verb} {whom} {}", format.word())
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
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(key) = &self.0 {
            memory::release(key);
        }
    }
}

type Checked<'a> = Vec<(&'a Profile, Outcome, Tries)>;

/// Asks for all profiles in one batch, then once more for what is worth it.
fn check<'a>(profiles: &[&'a Profile], options: &CheckOptions) -> Checked<'a> {
    let unasked = |profile: &&'a Profile| {
        let outcome = Err(UsageError::MissingAccessToken(profile.access));
        (*profile, outcome, Tries::default())
    };
    let mut checked: Checked<'a> = profiles.iter().map(unasked).collect();
    let ready = |checked: &Checked<'_>, index: &usize| checked[*index].0.access == Access::Ready;
    let first = (0..checked.len())
        .filter(|index| ready(&checked, index))
        .collect();
    fetch(&mut checked, first, options, |_| 0);
    if options.retry {
        let again = |index: &usize| {
            let (_, outcome, tries) = &checked[*index];
            tries.attempt > 0 && outcome.as_ref().is_err_and(UsageError::is_worth_a_retry)
        };
        let second = (0..checked.len()).filter(again).collect();
        fetch(&mut checked, second, options, retry_delay_ms);
    }
    checked
}

fn fetch(
    checked: &mut Checked<'_>,
    indices: Vec<usize>,
    options: &CheckOptions,
    delay_ms: fn(&Outcome) -> u32,
) {
    if indices.is_empty() {
        return;
    }
    let request = |index: &usize| https::Request {
        endpoint: https::Endpoint::Usage,
        profile: checked[*index].0.id.as_str().to_owned(),
        timeout_ms: options.timeout_ms,
        delay_ms: delay_ms(&checked[*index].1),
    };
    let requests: Vec<https::Request> = indices.iter().map(request).collect();
    for (index, result) in indices.into_iter().zip(https::fetch_all(&requests)) {
        let (profile, outcome, tries) = &mut checked[index];
        if let Err(error) = &result
            && is_untried(error.failure)
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
                *outcome = usage::read_response(&answer(response));
            }
            Err(error) => {
                tries.elapsed_ms = error.elapsed_ms;
                tries.status = None;
                *outcome = Err(transport_error(&error, profile));
            }
        }
    }
}

/// Whether nobody even tried to connect.
fn is_untried(failure: https::Failure) -> bool {
    match failure {
        https::Failure::Denied | https::Failure::NoCredential | https::Failure::BudgetSpent => true,
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

fn answer(response: https::Response) -> Answer {
    Answer {
        status: response.status,
        retry_after: response.retry_after,
        content_type: response.content_type,
        challenged: response.challenged,
        body: response.body,
        received_at: response.received_at,
    }
}

fn transport_error(error: &https::Error, profile: &Profile) -> UsageError {
    match error.failure {
        https::Failure::NoCredential => UsageError::MissingAccessToken(match profile.access {
            Access::Ready => Access::Missing,
            known => known,
        }),
        https::Failure::BudgetSpent => UsageError::NotChecked,
        https::Failure::TimedOut => UsageError::Timeout,
        https::Failure::TooLarge | https::Failure::SecretEchoed => UsageError::BadContent,
        https::Failure::Denied | https::Failure::Unreachable => UsageError::RequestFailed,
    }
}

/// The gateway's version, where there is a gateway that tells it.
fn gateway_version() -> Option<String> {
    let output = gateway::read(&gateway::Query::Version).ok()?;
    let json: Value = serde_json::from_slice(output.json?.as_bytes()).ok()?;
    Some(clean(json.as_object()?.get("version")?.as_str()?, 24))
}

/// Sends the progress message, and tells whether the channel's message path
/// carried it: then the result has to take the same path.
fn announce(request: &Request, voice: &Voice) -> bool {
    match request.origin {
        Origin::Terminal(_) | Origin::Tool(_) => false,
        Origin::Command(_) | Origin::Button(_) => {
            let message = chat::Message {
                text: words::progress(voice.locale).to_owned(),
                buttons: vec![],
            };
            match chat::send(&message) {
                Ok(()) | Err(chat::Error::Unclear) => true,
                Err(chat::Error::Unavailable | chat::Error::Refused | chat::Error::Failed) => false,
            }
        }
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
    let length = usize::try_from(request.channel.length).unwrap_or(usize::MAX);
    let parts = match request.origin {
        Origin::Terminal(_) => vec![text.to_owned()],
        Origin::Command(_) | Origin::Button(_) | Origin::Tool(_) => {
            layout::split(text, length, |lines| voice.rest(lines, closing))
        }
    };
    let mut parts = parts.into_iter().map(|text| Part {
        text,
        buttons: vec![],
    });
    if !by_message {
        return Delivery::Parts(parts.collect());
    }
    while let Some(part) = parts.next() {
        let message = chat::Message {
            text: part.text.clone(),
            buttons: vec![],
        };
        match chat::send(&message) {
            Ok(()) | Err(chat::Error::Unclear) => {}
            Err(chat::Error::Unavailable | chat::Error::Refused | chat::Error::Failed) => {
                return Delivery::Parts(std::iter::once(part).chain(parts).collect());
            }
        }
    }
    Delivery::NoReply
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
    let names: Vec<String> = sign_ins
        .profiles
        .iter()
        .map(|each| each.name.clone())
        .collect();
    let button = |(label, value): (String, String)| Button { label, value };
    let mut parts: Vec<Part> = match deliver(request, voice, &selector.text, "", false) {
        Delivery::Parts(parts) => parts,
        Delivery::NoReply => vec![],
    };
    if let Some(last) = parts.last_mut() {
        last.buttons = selector.buttons.into_iter().map(button).collect();
    }
    Reply {
        delivery: Delivery::Parts(parts),
        json: Some(json::selector_document(
            &sign_ins.source,
            &selector.text,
            names,
        )),
        status: Status::Ok,
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

    fn reply(self) -> Reply {
        let document =
            json::error_document(self.code, &self.text, self.source.as_deref(), self.names);
        Reply {
            delivery: Delivery::Parts(vec![Part {
                text: self.text,
                buttons: vec![],
            }]),
            json: Some(document),
            status: self.status,
        }
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
    let mut sign_ins = sign_ins(snapshot);
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

fn store_error(error: auth_store::Error) -> StoreError {
    let failure = match error.failure {
        auth_store::Failure::Missing => StoreFailure::Missing,
        auth_store::Failure::Unreadable => StoreFailure::Unreadable,
        auth_store::Failure::Malformed => StoreFailure::Malformed,
        auth_store::Failure::Unmigrated => StoreFailure::Unmigrated,
        auth_store::Failure::Locked => StoreFailure::Locked,
        auth_store::Failure::TooLarge => StoreFailure::TooLarge,
        auth_store::Failure::BadAgent => StoreFailure::BadAgent,
        auth_store::Failure::Denied => StoreFailure::Denied,
    };
    StoreError {
        failure,
        source: clean(&error.source, 200),
    }
}

fn sign_ins(snapshot: auth_store::Snapshot) -> SignIns {
    let ids = |order: Vec<String>| order.into_iter().map(ProfileId::new).collect();
    SignIns {
        era: match snapshot.era {
            auth_store::Era::Json => Era::Json,
            auth_store::Era::Sqlite => Era::Sqlite,
        },
        source: clean(&snapshot.source, 200),
        provider: snapshot.provider,
        profiles: snapshot.profiles.into_iter().map(profile).collect(),
        order: snapshot.order.map(ids),
        inherited_order: snapshot.inherited_order.map(ids),
        last_good: snapshot.last_good.map(ProfileId::new),
        findings: snapshot.findings.into_iter().map(finding).collect(),
    }
}

fn profile(profile: auth_store::Profile) -> Profile {
    Profile {
        id: ProfileId::new(profile.id),
        handle: profile.handle,
        provider: profile.provider,
        access: match profile.access {
            auth_store::Access::Ready => Access::Ready,
            auth_store::Access::Expired => Access::Expired,
            auth_store::Access::Fenced => Access::Fenced,
            auth_store::Access::Missing => Access::Missing,
        },
        expires_at: profile.expires_at,
        has_refresh: profile.has_refresh,
        identity: Identity {
            account_id: profile.account_id,
            user_id: profile.user_id,
        },
        last_used_at: profile.last_used_at,
        last_failure_at: profile.last_failure_at,
        cooldown_until: profile.cooldown_until,
        cooldown_reason: profile.cooldown_reason.map(|reason| clean(&reason, 40)),
        error_count: profile.error_count,
        failure_counts: profile.failure_counts,
        name: String::new(),
        place: None,
    }
}

fn finding(finding: auth_store::Finding) -> Finding {
    match finding {
        auth_store::Finding::BothStores => Finding::BothStores,
        auth_store::Finding::LegacyAuthJson => Finding::LegacyAuthJson,
        auth_store::Finding::MigratedPlainTokens => Finding::MigratedPlainTokens,
        auth_store::Finding::StaleCooldown => Finding::StaleCooldown,
        auth_store::Finding::OrderNamesMissing => Finding::OrderNamesMissing,
        auth_store::Finding::MixedProviders => Finding::MixedProviders,
        auth_store::Finding::SkippedEntries => Finding::SkippedEntries,
    }
}

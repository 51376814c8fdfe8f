//! The effects of a change: look, plan, let the user confirm, apply once, read back.
//!
//! Two turns make a change. The first one looks and proposes, and the host mints a
//! code. The second one comes with that code, which the host itself has to have seen
//! in the user's own words: it looks again, applies if the plan still holds, and
//! tells what it then reads, never what the command said.

use super::bindings::codex_profiler::skill::gateway as commands;
use super::bindings::codex_profiler::skill::memory;
use super::bindings::exports::codex_profiler::skill::commands::{
    About, Origin, Part, Reply, Request, Status,
};
use super::check::readings_salt;
use super::claim::Claim;
use super::deliver::{deliver_parts, is_sent, parts, put_buttons};
use super::refusal::{Refusal, ambiguous_profile, unknown_profile};
use super::{convert, gateway_version, read_sign_ins};
use crate::command::{ChangeOptions, Format};
use crate::gateway::{self, Output, Trouble};
use crate::order::{self, Change, GatewayState, Objection, Outcome, Plan, Stored, Wish};
use crate::profile::{Era, Found, Key, ProfileId, SignIns};
use crate::readings::{Known, Readings};
use crate::reply::change::applied::Applied;
use crate::reply::change::{Confirm, Told};
use crate::reply::login::{self, Login, SignedIn};
use crate::reply::{self, Purpose, Voice};

/// What a turn comes to, before it is delivered.
struct Answer {
    told: Told,
    status: Status,
    about: About,
    buttons: Vec<(String, String)>,
}

impl Answer {
    fn new(told: Told, status: Status) -> Self {
        Self {
            told,
            status,
            about: About::Other,
            buttons: vec![],
        }
    }

    fn ok(told: Told) -> Self {
        Self::new(told, Status::Ok)
    }

    fn refused(voice: &Voice, refusal: Refusal) -> Self {
        let status = refusal.status;
        Self::new(refusal.told(voice), status)
    }
}

/// `/codex_auth order set …` and its like: looks, and proposes.
pub(super) fn plan(
    request: &Request,
    voice: &Voice,
    wish: &Wish<String>,
    options: ChangeOptions,
) -> Result<Reply, Refusal> {
    ensure_owner(request, voice)?;
    let sign_ins = read_sign_ins(request, voice)?;
    let wish = wish.resolve(|name| named(voice, &sign_ins, name))?;
    let ids: Vec<&str> = wish.profiles().iter().map(ProfileId::as_str).collect();
    let key = format!(
        "auth {} {} {} {}",
        wish.word(),
        ids.join(" "),
        options.format.word(),
        options.dry_run || request.settings.dry_run,
    );
    let claim = Claim::take(request, voice, &key)?;
    let desk = Desk::new(request, voice);
    let plan = match desk.planned(&sign_ins, &wish) {
        Ok(plan) => plan,
        Err(Objection::AlreadySo) => {
            let told = voice.already_so(&sign_ins, &wish);
            return Ok(desk.deliver(Announced::Needless, Answer::ok(told), options.format));
        }
        Err(objection) => return Err(desk.objection(&sign_ins, &wish, &objection)),
    };
    if let Change::Delete(id) = &plan.change
        && let Some(answer) = desk.no_command_to_delete(&sign_ins, id)?
    {
        return Ok(desk.deliver(Announced::Needless, answer, options.format));
    }
    let announced = desk.announce(voice.planning());
    let proposed = || {
        desk.preflight(&sign_ins)?;
        desk.propose(&sign_ins, &plan, options.dry_run, None)
    };
    let answer = proposed().unwrap_or_else(|refusal| {
        // What stood in the way may be gone at the next try.
        claim.forget();
        Answer::refused(voice, refusal)
    });
    Ok(desk.deliver(announced, answer, options.format))
}

/// The order of a button: a plan like any other, of the profiles whose handles begin so.
pub(super) fn follow(
    request: &Request,
    voice: &Voice,
    beginnings: &[String],
) -> Result<Reply, Refusal> {
    let sign_ins = read_sign_ins(request, voice)?;
    let whole = |beginning: &String| {
        let is_one = |handle: &&str| handle.starts_with(beginning.as_str());
        let mut those = sign_ins.handles().filter(is_one);
        those
            .next()
            .filter(|_| those.next().is_none())
            .map(str::to_owned)
    };
    let handles: Option<Vec<String>> = beginnings.iter().map(whole).collect();
    let handles = handles.ok_or_else(|| {
        let text = voice.list_changed();
        Refusal::new(Status::Misused, "list_changed", text)
    })?;
    let options = ChangeOptions {
        dry_run: false,
        format: Format::Line,
    };
    plan(request, voice, &Wish::Set(handles), options)
}

/// `/codex_auth confirm <code>`: looks again, applies once, and reads back.
pub(super) fn confirm(
    request: &Request,
    voice: &Voice,
    code: &str,
    name: &str,
) -> Result<Reply, Refusal> {
    ensure_owner(request, voice)?;
    let unconfirmed = |error| Err(not_confirmed(voice, error));
    if let Origin::Tool(_) = request.origin {
        return unconfirmed(commands::Error::NotConfirmed);
    }
    let claim = Claim::take(request, voice, &format!("auth confirm {code} {name}"))?;
    let pending = match commands::recall(code) {
        Ok(pending) => pending,
        Err(error) => {
            claim.forget();
            return unconfirmed(error);
        }
    };
    let desk = Desk::new(request, voice);
    let set = match &pending.change {
        commands::Change::AuthLogin(login) => {
            let answer = desk.sign_in(code, &login.provider);
            return Ok(desk.deliver(Announced::Said, answer, Format::Line));
        }
        commands::Change::AuthOrderSet(order) => {
            Some(order.profiles.iter().map(ProfileId::new).collect())
        }
        commands::Change::AuthOrderClear(_) | commands::Change::AuthLogout(_) => None,
    };
    let Some(wish) = Wish::from_note(&pending.note, set) else {
        return unconfirmed(commands::Error::NotConfirmed);
    };
    let announced = desk.announce(voice.applying());
    let answer = desk.apply(code, &pending.change, &wish);
    let answer = answer.unwrap_or_else(|refusal| {
        claim.forget();
        Answer::refused(voice, refusal)
    });
    Ok(desk.deliver(announced, answer, Format::Line))
}

/// `/codex_auth start [<profile>]`: how to sign in. A terminal can be asked to.
pub(super) fn start(
    request: &Request,
    voice: &Voice,
    name: Option<&str>,
) -> Result<Reply, Refusal> {
    // Whoever signs in for the first time has no store yet.
    let sign_ins = match read_sign_ins(request, voice) {
        Ok(sign_ins) => Some(sign_ins),
        Err(refusal) if is_signed_out(&refusal) => None,
        Err(refusal) => return Err(refusal),
    };
    let version = gateway_version().ok();
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
    let profile = match (name, &sign_ins) {
        (None, _) => None,
        (Some(name), Some(sign_ins)) => match sign_ins.find(name) {
            Found::One(profile) => Some(profile.id.clone()),
            Found::Several(those) => return Err(ambiguous_profile(voice, &those)),
            Found::None => Some(new_profile(voice, &provider, name)?),
        },
        (Some(name), None) => Some(new_profile(voice, &provider, name)?),
    };
    let login = Login {
        agent: request.agent.clone(),
        provider,
        profile,
        names_profiles,
        version: version.map(str::to_owned),
    };
    let desk = Desk::new(request, voice);
    let is_offered = matches!(request.origin, Origin::Terminal(_))
        && !request.settings.dry_run
        && commands::propose(&login.to_change(), "start").is_ok();
    let told = login::start(voice, sign_ins.as_ref(), &login, is_offered);
    Ok(desk.deliver(Announced::Needless, Answer::ok(told), Format::Line))
}

impl Login {
    fn to_change(&self) -> commands::Change {
        let profile = self.profile.as_ref().filter(|_| self.names_profiles);
        commands::Change::AuthLogin(commands::Login {
            provider: self.provider.clone(),
            profile: profile.map(|id| id.as_str().to_owned()),
        })
    }
}

/// Whether there is nobody to speak of, and so nothing that a login could overwrite.
fn is_signed_out(refusal: &Refusal) -> bool {
    matches!(refusal.code, "store_missing" | "store_empty")
}

/// A label that nobody has yet, as the id of a new profile.
fn new_profile(voice: &Voice, provider: &str, name: &str) -> Result<ProfileId, Refusal> {
    let prefix = format!("{provider}:");
    let label = name.strip_prefix(&prefix).unwrap_or(name);
    let id = ProfileId::new(format!("{prefix}{label}"));
    if id.is_plain() && !label.is_empty() && !label.contains(':') {
        return Ok(id);
    }
    let text = voice.bad_label(provider);
    Err(Refusal::new(Status::Misused, "bad_label", text))
}

fn ensure_owner(request: &Request, voice: &Voice) -> Result<(), Refusal> {
    match request.is_owner {
        true => Ok(()),
        false => Err(Refusal::new(
            Status::Misused,
            "not_owner",
            voice.owner_only(),
        )),
    }
}

fn not_confirmed(voice: &Voice, error: commands::Error) -> Refusal {
    match error {
        commands::Error::Busy => {
            Refusal::new(Status::Failed, "another_change", voice.another_change())
        }
        commands::Error::Failed => {
            Refusal::new(Status::Failed, "state_unwritable", voice.state_unwritable())
        }
        _ => Refusal::new(Status::Misused, "code_not_valid", voice.code_not_valid()),
    }
}

/// The profile or key that a change names.
fn named(voice: &Voice, sign_ins: &SignIns, name: &str) -> Result<ProfileId, Refusal> {
    match sign_ins.find(name) {
        Found::One(profile) => return Ok(profile.id.clone()),
        Found::Several(those) => return Err(ambiguous_profile(voice, &those)),
        Found::None => {}
    }
    let is_it = |id: &ProfileId| id.as_str() == name || id.label() == name;
    let key = |key: &&Key| is_it(&key.id) || key.handle == name;
    if let Some(key) = sign_ins.keys.iter().find(key) {
        return Ok(key.id.clone());
    }
    match reply::listed(sign_ins, Purpose::Auth, name).as_deref() {
        Some([profile]) => Ok(profile.id.clone()),
        Some(_) | None => {
            let keys = sign_ins.keys.iter().map(|key| key.name.clone());
            Err(unknown_profile(voice, sign_ins, keys.collect()))
        }
    }
}

/// Where the announcement of a change went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Announced {
    /// By the channel's message path, which the result has to take too.
    ByMessage,
    /// To the person at the terminal.
    Said,
    /// Nowhere: it stands above the result.
    NotYet,
    /// Nothing is changed, and nothing has to be announced.
    Needless,
}

/// One turn of a change: who asked, and how they are spoken to.
struct Desk<'a> {
    request: &'a Request,
    voice: &'a Voice,
    readings: Readings,
}

impl<'a> Desk<'a> {
    fn new(request: &'a Request, voice: &'a Voice) -> Self {
        Self {
            request,
            voice,
            readings: Readings::from_bytes(&memory::load(memory::Key::Readings).bytes),
        }
    }

    fn planned(&self, sign_ins: &SignIns, wish: &Wish<ProfileId>) -> Result<Plan, Objection> {
        let known = self.known(sign_ins);
        order::plan(sign_ins, wish, |id| known.is_usable(sign_ins, id))
    }

    fn known(&self, sign_ins: &SignIns) -> Known {
        let salt = readings_salt(self.request);
        self.readings.known(sign_ins, &salt, self.request.now)
    }

    fn objection(
        &self,
        sign_ins: &SignIns,
        wish: &Wish<ProfileId>,
        objection: &Objection,
    ) -> Refusal {
        let known = self.known(sign_ins);
        let is_usable = |id: &ProfileId| known.is_usable(sign_ins, id);
        let voice = self.voice;
        let (code, text) = voice.objection(sign_ins, wish, objection, &is_usable);
        Refusal::new(Status::Misused, code, text)
    }

    /// What to say instead of deleting, where the gateway has no command for it.
    fn no_command_to_delete(
        &self,
        sign_ins: &SignIns,
        id: &ProfileId,
    ) -> Result<Option<Answer>, Refusal> {
        let version = match gateway_version() {
            Ok(version) if gateway::deletes_profiles(&version) => return Ok(None),
            Ok(version) => Some(version),
            // No version that has files of JSON has the command.
            Err(_) if sign_ins.era == Era::Json => None,
            Err(trouble) => return Err(self.trouble(trouble)),
        };
        let version = version.as_deref();
        let text = self.voice.maintenance_window(sign_ins, id, version);
        let refusal = Refusal::new(Status::Failed, "no_command_to_delete", text);
        Ok(Some(Answer::refused(self.voice, refusal)))
    }

    fn trouble(&self, trouble: Trouble) -> Refusal {
        let text = self.voice.preflight_failed(trouble);
        Refusal::new(Status::Failed, trouble.word(), text)
    }

    /// Both commands that only look, and whether they fit what is stored.
    fn preflight(&self, sign_ins: &SignIns) -> Result<GatewayState, Refusal> {
        let state = self.gateway_state(&sign_ins.provider);
        let state = state.map_err(|trouble| self.trouble(trouble))?;
        let stored = sign_ins.all_ids();
        let fits = gateway::compare(&state, &stored, sign_ins.order_in_effect());
        fits.map_err(|mismatch| {
            let text = self.voice.mismatch_with_gateway(sign_ins, mismatch);
            Refusal::new(Status::Failed, mismatch.word(), text)
        })?;
        Ok(state)
    }

    fn gateway_state(&self, provider: &str) -> Result<GatewayState, Trouble> {
        let agent = &self.request.agent;
        let queries = [
            commands::Query::ModelsStatus,
            commands::Query::AuthOrderGet(provider.to_owned()),
        ];
        let mut answers = commands::read(&queries).into_iter().map(convert::output);
        let mut next = || answers.next().unwrap_or(Err(Trouble::Failed));
        let (status, order) = (next(), next());
        Ok(GatewayState {
            profiles: gateway::read_status(&status?, agent, provider)?,
            order: gateway::read_order(&order?, agent, provider)?,
        })
    }

    /// Shows a plan, and has the host mint the code that confirms it.
    fn propose(
        &self,
        sign_ins: &SignIns,
        plan: &Plan,
        dry_run: bool,
        lead: Option<String>,
    ) -> Result<Answer, Refusal> {
        let mut buttons = vec![];
        let confirm = if dry_run || self.request.settings.dry_run {
            Confirm::DryRun
        } else {
            let change = convert::change(&plan.change, &sign_ins.provider);
            let proposal = commands::propose(&change, &plan.wish.to_note());
            let proposal = proposal.map_err(|error| match error {
                commands::Error::Busy | commands::Error::Failed => not_confirmed(self.voice, error),
                _ => self.trouble(Trouble::Denied),
            })?;
            match (&self.request.origin, &plan.change) {
                (Origin::Terminal(_), _) => Confirm::AtTheTerminal,
                (_, change) => {
                    // A deletion is confirmed by typing the profile's name.
                    if !matches!(change, Change::Delete(_)) && self.request.channel.buttons > 0 {
                        let value = format!("auth:confirm:{}", proposal.code);
                        // The host puts its own words on it.
                        buttons.push((String::new(), value));
                    }
                    Confirm::ByCode {
                        code: proposal.code,
                        expires_at: proposal.expires_at,
                    }
                }
            }
        };
        let known = self.known(sign_ins);
        Ok(Answer {
            told: self.voice.plan(sign_ins, plan, &known, &confirm, lead),
            status: Status::Ok,
            about: About::Plan,
            buttons,
        })
    }

    fn apply(
        &self,
        code: &str,
        pending: &commands::Change,
        wish: &Wish<ProfileId>,
    ) -> Result<Answer, Refusal> {
        let sign_ins = read_sign_ins(self.request, self.voice)?;
        let plan = match self.planned(&sign_ins, wish) {
            Ok(plan) => plan,
            Err(Objection::AlreadySo) => {
                return Ok(Answer::ok(self.voice.already_so(&sign_ins, wish)));
            }
            Err(objection) => return Err(self.objection(&sign_ins, wish, &objection)),
        };
        let before = self.preflight(&sign_ins).map_err(|refusal| Refusal {
            text: self.voice.code_is_still_good(&refusal.text),
            ..refusal
        })?;
        let ours = convert::change(&plan.change, &sign_ins.provider);
        if !convert::is_same_change(pending, &ours) {
            return self.plan_anew(&sign_ins, &plan);
        }
        let ran = match commands::apply(code) {
            Err(commands::Error::Moved) => {
                let sign_ins = read_sign_ins(self.request, self.voice)?;
                return match self.planned(&sign_ins, wish) {
                    Ok(plan) => {
                        self.preflight(&sign_ins)?;
                        self.plan_anew(&sign_ins, &plan)
                    }
                    Err(Objection::AlreadySo) => {
                        Ok(Answer::ok(self.voice.already_so(&sign_ins, wish)))
                    }
                    Err(objection) => Err(self.objection(&sign_ins, wish, &objection)),
                };
            }
            Err(error @ (commands::Error::Busy | commands::Error::NotConfirmed)) => {
                return Err(not_confirmed(self.voice, error));
            }
            ran => ran,
        };
        // Whatever became of the command, what is there now decides.
        let ran = convert::output(ran);
        let applied = Applied {
            plan: &plan,
            before: &before,
            is_unheard: ran.as_ref().is_ok_and(Output::is_unheard),
            trouble: match ran {
                Ok(output) => output.trouble(),
                Err(trouble) => Some(trouble),
            },
            found: self.gateway_state(&sign_ins.provider),
            stored: match read_sign_ins(self.request, self.voice) {
                Ok(stored) => Some(Stored::of(&stored)),
                // The last sign-in was deleted, and keys are left.
                Err(refusal) if is_signed_out(&refusal) => Some(Stored::default()),
                Err(_) => None,
            },
        };
        let status = match applied.outcome() {
            Some(Outcome::Confirmed) => Status::Ok,
            Some(Outcome::Unchanged | Outcome::Different) | None => Status::Failed,
        };
        Ok(Answer::new(self.voice.applied(&sign_ins, &applied), status))
    }

    /// The plan as of now, in place of one that does not hold any more.
    fn plan_anew(&self, sign_ins: &SignIns, plan: &Plan) -> Result<Answer, Refusal> {
        let mut answer = self.propose(sign_ins, plan, false, Some(self.voice.moved()))?;
        answer.status = Status::Failed;
        answer.about = About::Other;
        Ok(answer)
    }

    /// Runs the login that the person at the terminal asked for, and tells who is
    /// signed in then that was not before.
    fn sign_in(&self, code: &str, provider: &str) -> Answer {
        let read = || read_sign_ins(self.request, self.voice);
        let before = match read() {
            Ok(before) => Some(before),
            Err(refusal) if is_signed_out(&refusal) => None,
            Err(refusal) => return Answer::refused(self.voice, refusal),
        };
        let ran = match commands::apply(code) {
            Err(
                error @ (commands::Error::Busy
                | commands::Error::NotConfirmed
                | commands::Error::Moved
                | commands::Error::NeedsTerminal),
            ) => return Answer::refused(self.voice, not_confirmed(self.voice, error)),
            ran => convert::output(ran),
        };
        let signed_in = SignedIn {
            before: before.as_ref(),
            after: read().ok(),
            trouble: match &ran {
                Ok(output) => output.trouble(),
                Err(trouble) => Some(*trouble),
            },
            gateway: self.gateway_state(provider),
        };
        let status = match signed_in.is_done() {
            true => Status::Ok,
            false => Status::Failed,
        };
        Answer::new(login::signed_in(self.voice, &signed_in), status)
    }

    /// Says both sentences before anything is run, where that can be said by itself.
    fn announce(&self, text: String) -> Announced {
        let part = Part {
            text,
            buttons: vec![],
        };
        match self.request.origin {
            Origin::Tool(_) => Announced::NotYet,
            Origin::Terminal(_) if is_sent(&part) => Announced::Said,
            Origin::Command(_) | Origin::Button(_) if is_sent(&part) => Announced::ByMessage,
            Origin::Terminal(_) | Origin::Command(_) | Origin::Button(_) => Announced::NotYet,
        }
    }

    fn deliver(&self, announced: Announced, answer: Answer, format: Format) -> Reply {
        let Answer {
            told,
            status,
            about,
            buttons,
        } = answer;
        let said = told.said(format);
        let text = match (format, announced) {
            (Format::Line | Format::Block | Format::Text, Announced::NotYet) => {
                format!("{}\n\n{said}", self.voice.announcement())
            }
            _ => said.to_owned(),
        };
        let mut parts = parts(self.request, self.voice, &text, &told.closing);
        put_buttons(&mut parts, buttons);
        Reply {
            delivery: deliver_parts(parts, announced == Announced::ByMessage),
            json: told.document,
            status,
            about,
        }
    }
}

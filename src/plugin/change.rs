//! The effects of a change: look, plan, let the user confirm, apply once, read back.
//!
//! Two turns make a change. The first one looks and proposes, and the host mints a
//! code. The second one comes with that code, which the host itself has to have seen
//! in the user's own words: it looks again, applies if the plan still holds, and
//! reports what it then reads, never what the command said.

use super::bindings::codex_profiler::skill::gateway as commands;
use super::bindings::exports::codex_profiler::skill::commands::{About, Origin, Reply, Status};
use super::call::Call;
use super::claim::Claim;
use super::deliver::{Announced, Draft, announce_change};
use super::memory::{self, readings_salt};
use super::refusal::{Refusal, ambiguous_profile, not_confirmed, unknown_profile};
use super::{convert, gateway_commands, login};
use crate::command::{ChangeOptions, Format};
use crate::gateway::{self, GatewayError, Output};
use crate::order::{self, Change, GatewayState, OrderRequest, Outcome, Plan, PlanError, Stored};
use crate::profile::{Era, Found, Key, ProfileId, SignIns};
use crate::readings::{Known, Readings};
use crate::reply::change::Confirm;
use crate::reply::change::applied::Applied;
use crate::reply::{self, selector::Purpose};

/// `/codex_auth order set …` and its like: looks, and proposes.
pub(super) fn plan(
    call: &Call<'_>,
    order_request: &OrderRequest<String>,
    options: ChangeOptions,
) -> Result<Reply, Refusal> {
    ensure_owner(call)?;
    let sign_ins = call.read_sign_ins()?;
    let order_request = order_request.resolve(|name| find(call, &sign_ins, name))?;
    let dry_run = options.dry_run || call.request.settings.dry_run;
    let confirmation = if dry_run { Confirmation::DryRun } else { Confirmation::Asked };
    let claim = Claim::take(call, &claim_key(&order_request, options.format, dry_run))?;
    let turn = ChangeTurn::new(call);
    let plan = match turn.plan(&sign_ins, &order_request) {
        Ok(plan) => plan,
        Err(PlanError::AlreadySo) => {
            let mut draft = turn.already_so(&sign_ins, &order_request);
            draft.format = options.format;
            return Ok(draft.deliver(call, Announced::Needless));
        }
        Err(error) => return Err(turn.plan_error(&sign_ins, &order_request, &error)),
    };
    if let Change::Delete(id) = &plan.change
        && let Err(refusal) = turn.ensure_command_to_delete(&sign_ins, id)
    {
        let mut draft = refusal.draft(call);
        draft.format = options.format;
        return Ok(draft.deliver(call, Announced::Needless));
    }
    let announced =
        announce_change(call, reply::demo(&call.context) + &reply::change::planning(&call.context));
    let proposed = turn.preflight(&sign_ins);
    let proposed = proposed.and_then(|_| turn.propose(&sign_ins, &plan, confirmation, None));
    let mut draft = proposed.unwrap_or_else(|refusal| {
        // The obstacle may be gone at the next try.
        claim.forget();
        refusal.draft(call)
    });
    draft.format = options.format;
    Ok(draft.deliver(call, announced))
}

fn claim_key(order_request: &OrderRequest<ProfileId>, format: Format, dry_run: bool) -> String {
    let ids = order_request.profiles().iter();
    let ids: Vec<&str> = ids.map(ProfileId::as_str).collect();
    let (verb, ids) = (order_request.word(), ids.join(" "));
    format!("auth {verb} {ids} {} {dry_run}", format.word())
}

/// `/codex_auth delete work` without the word that says permanently: both ways on.
pub(super) fn explain_deletion(call: &Call<'_>, name: &str) -> Result<Reply, Refusal> {
    ensure_owner(call)?;
    let sign_ins = call.read_sign_ins()?;
    // Another word may stand behind the name.
    let first = name.split_whitespace().next().unwrap_or(name);
    let id = find(call, &sign_ins, name).or_else(|_| find(call, &sign_ins, first))?;
    let text = reply::refusal::not_deleted(&call.context, &sign_ins, &id);
    Err(Refusal::new(Status::Misused, "bad_request", text))
}

/// The order of a button: a plan like any other, of the profiles whose handles begin so.
pub(super) fn follow(call: &Call<'_>, beginnings: &[String]) -> Result<Reply, Refusal> {
    let sign_ins = call.read_sign_ins()?;
    let whole = |beginning: &String| {
        let mut handles = sign_ins.handles();
        let is_one = |handle: &&str| handle.starts_with(beginning.as_str());
        let handle = handles.find(is_one)?;
        (!handles.any(|other| is_one(&other))).then(|| handle.to_owned())
    };
    let handles: Option<Vec<String>> = beginnings.iter().map(whole).collect();
    let handles = handles.ok_or_else(|| Refusal::list_changed(call))?;
    let options = ChangeOptions { dry_run: false, format: Format::Line };
    plan(call, &OrderRequest::Set(handles), options)
}

/// `/codex_auth confirm <code>`: looks again, applies once, and reads back.
pub(super) fn confirm(call: &Call<'_>, code: &str, name: &str) -> Result<Reply, Refusal> {
    ensure_owner(call)?;
    let unconfirmed = |error| Err(not_confirmed(call, error));
    if let Origin::Tool(_) = call.request.origin {
        return unconfirmed(commands::Error::NotConfirmed);
    }
    let claim = Claim::take(call, &format!("auth confirm {code} {name}"))?;
    let pending = match commands::recall(code) {
        Ok(pending) => pending,
        Err(error) => {
            claim.forget();
            return unconfirmed(error);
        }
    };
    let set = match &pending.change {
        commands::Change::AuthLogin(login) => {
            let signed_in = login::sign_in(call, code, &login.provider);
            let draft = signed_in.unwrap_or_else(|refusal| refusal.draft(call));
            return Ok(draft.deliver(call, Announced::AtTerminal));
        }
        commands::Change::AuthOrderSet(order) => {
            Some(order.profiles.iter().map(ProfileId::new).collect())
        }
        commands::Change::AuthOrderClear(_) | commands::Change::AuthLogout(_) => None,
    };
    let Some(order_request) = OrderRequest::from_note(&pending.note, set) else {
        return unconfirmed(commands::Error::NotConfirmed);
    };
    // Where nothing can be sent meanwhile, the plan has said how long it takes.
    let announced = match announce_change(call, reply::change::applying(&call.context)) {
        Announced::NotYet => Announced::Needless,
        announced => announced,
    };
    let applied = ChangeTurn::new(call).apply(code, &pending.change, &order_request);
    let draft = applied.unwrap_or_else(|refusal| {
        claim.forget();
        refusal.draft(call)
    });
    Ok(draft.deliver(call, announced))
}

fn ensure_owner(call: &Call<'_>) -> Result<(), Refusal> {
    if call.request.is_owner {
        return Ok(());
    }
    let text = reply::change::refusal::owner_only(&call.context);
    Err(Refusal::new(Status::Misused, "not_owner", text))
}

/// Finds the profile or key that a change names.
fn find(call: &Call<'_>, sign_ins: &SignIns, name: &str) -> Result<ProfileId, Refusal> {
    match sign_ins.find(name) {
        Found::One(profile) => return Ok(profile.id.clone()),
        Found::Several(those) => return Err(ambiguous_profile(call, &those)),
        Found::None => {}
    }
    let is_it = |id: &ProfileId| id.as_str() == name || id.label() == name;
    let key = |key: &&Key| is_it(&key.id) || key.handle == name;
    if let Some(key) = sign_ins.keys.iter().find(key) {
        return Ok(key.id.clone());
    }
    match reply::selector::listed(sign_ins, Purpose::Auth, name).as_deref() {
        Some([profile]) => Ok(profile.id.clone()),
        Some(_) | None => {
            let keys = sign_ins.keys.iter().map(|key| key.name.clone());
            let keys = keys.collect();
            Err(unknown_profile(call, sign_ins, keys, &[], name))
        }
    }
}

/// The end of a turn that plans: a code that confirms the plan, or the plan alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Confirmation {
    Asked,
    DryRun,
}

/// One turn of a change: the call, and the findings of earlier checks.
struct ChangeTurn<'a> {
    call: &'a Call<'a>,
    readings: Readings,
}

impl<'a> ChangeTurn<'a> {
    fn new(call: &'a Call<'a>) -> Self {
        Self { call, readings: memory::readings() }
    }

    fn known(&self, sign_ins: &SignIns) -> Known {
        let request = self.call.request;
        let salt = readings_salt(request);
        self.readings.known(sign_ins, &salt, request.now)
    }

    fn plan(
        &self,
        sign_ins: &SignIns,
        order_request: &OrderRequest<ProfileId>,
    ) -> Result<Plan, PlanError> {
        let known = self.known(sign_ins);
        order::plan(sign_ins, order_request, |id| known.is_usable(sign_ins, id))
    }

    fn plan_error(
        &self,
        sign_ins: &SignIns,
        order_request: &OrderRequest<ProfileId>,
        error: &PlanError,
    ) -> Refusal {
        let known = self.known(sign_ins);
        let is_usable = |id: &ProfileId| known.is_usable(sign_ins, id);
        let context = &self.call.context;
        let (code, text) =
            reply::change::refusal::plan_error(context, sign_ins, order_request, error, &is_usable);
        Refusal::new(Status::Misused, code, text)
    }

    fn already_so(&self, sign_ins: &SignIns, order_request: &OrderRequest<ProfileId>) -> Draft {
        let message = reply::change::plan::already_so(&self.call.context, sign_ins, order_request);
        Draft::new(message, Format::Line, Status::Ok)
    }

    /// Refuses a deletion where the gateway has no command for it.
    fn ensure_command_to_delete(&self, sign_ins: &SignIns, id: &ProfileId) -> Result<(), Refusal> {
        let version = match gateway_commands::version() {
            Ok(version) if gateway::deletes_profiles(&version) => return Ok(()),
            Ok(version) => Some(version),
            // No version that has files of JSON has the command.
            Err(_) if sign_ins.era == Era::Json => None,
            Err(error) => return Err(self.preflight_error(error)),
        };
        let context = &self.call.context;
        let text =
            reply::change::refusal::maintenance_window(context, sign_ins, id, version.as_deref());
        Err(Refusal::new(Status::Failed, "no_command_to_delete", text))
    }

    fn preflight_error(&self, error: GatewayError) -> Refusal {
        let text = reply::change::gateway_error::preflight_failed(&self.call.context, error);
        Refusal::new(Status::Failed, error.word(), text)
    }

    /// Runs both commands that only look, and compares them with what is stored.
    fn preflight(&self, sign_ins: &SignIns) -> Result<GatewayState, Refusal> {
        let state = self.gateway_state(sign_ins);
        let state = state.map_err(|error| self.preflight_error(error))?;
        let stored = sign_ins.all_ids();
        let fits = gateway::compare(&state, &stored, sign_ins.order.in_effect());
        fits.map_err(|mismatch| {
            let text = reply::change::gateway_error::mismatch_with_gateway(
                &self.call.context,
                sign_ins,
                mismatch,
            );
            Refusal::new(Status::Failed, mismatch.word(), text)
        })?;
        Ok(state)
    }

    fn gateway_state(&self, sign_ins: &SignIns) -> Result<GatewayState, GatewayError> {
        gateway_commands::state(&self.call.request.agent, &sign_ins.provider)
    }

    /// Shows a plan, and has the host mint the code that confirms it.
    fn propose(
        &self,
        sign_ins: &SignIns,
        plan: &Plan,
        confirmation: Confirmation,
        lead: Option<String>,
    ) -> Result<Draft, Refusal> {
        let call = self.call;
        let mut buttons = vec![];
        let confirm = if confirmation == Confirmation::DryRun {
            Confirm::DryRun
        } else {
            let change = convert::change(&plan.change, &sign_ins.provider);
            let proposal = commands::propose(&change, &plan.request.to_note());
            let proposal = proposal.map_err(|error| match error {
                commands::Error::Busy | commands::Error::Failed => not_confirmed(call, error),
                _ => self.preflight_error(GatewayError::Denied),
            })?;
            // A deletion is confirmed by typing the profile's name.
            let is_deletion = matches!(plan.change, Change::Delete(_));
            if !call.is_at_terminal() && !is_deletion && call.request.channel.buttons > 0 {
                // The host labels it.
                buttons.push((String::new(), format!("auth:confirm:{}", proposal.code)));
            }
            if call.is_at_terminal() {
                Confirm::AtTheTerminal
            } else {
                Confirm::ByCode { code: proposal.code, expires_at: proposal.expires_at }
            }
        };
        let known = self.known(sign_ins);
        let message =
            reply::change::plan::plan(&call.context, sign_ins, plan, &known, &confirm, lead);
        let mut draft = Draft::new(message, Format::Line, Status::Ok);
        draft.about = About::Plan;
        draft.buttons = buttons;
        Ok(draft)
    }

    fn apply(
        &self,
        code: &str,
        pending: &commands::Change,
        order_request: &OrderRequest<ProfileId>,
    ) -> Result<Draft, Refusal> {
        let sign_ins = self.call.read_sign_ins()?;
        let plan = match self.plan(&sign_ins, order_request) {
            Ok(plan) => plan,
            Err(PlanError::AlreadySo) => return Ok(self.already_so(&sign_ins, order_request)),
            Err(error) => return Err(self.plan_error(&sign_ins, order_request, &error)),
        };
        let before = self.preflight(&sign_ins).map_err(|refusal| Refusal {
            text: reply::change::gateway_error::code_is_still_good(
                &self.call.context,
                &refusal.text,
            ),
            ..refusal
        })?;
        let ours = convert::change(&plan.change, &sign_ins.provider);
        if !convert::is_same_change(pending, &ours) {
            return self.plan_anew(&sign_ins, &plan);
        }
        match commands::apply(code) {
            Err(commands::Error::Moved) => self.plan_after_move(order_request),
            Err(error @ (commands::Error::Busy | commands::Error::NotConfirmed)) => {
                Err(not_confirmed(self.call, error))
            }
            // Whatever became of the command, what is there now decides.
            ran => Ok(self.read_back(&sign_ins, &plan, &before, convert::output(ran))),
        }
    }

    fn read_back(
        &self,
        sign_ins: &SignIns,
        plan: &Plan,
        before: &GatewayState,
        ran: Result<Output, GatewayError>,
    ) -> Draft {
        let applied = Applied {
            plan,
            before,
            is_unheard: ran.as_ref().is_ok_and(Output::is_unheard),
            error: match ran {
                Ok(output) => output.error(),
                Err(error) => Some(error),
            },
            found: self.gateway_state(sign_ins),
            stored: match self.call.read_sign_ins() {
                Ok(stored) => Some(Stored::of(&stored)),
                // The last sign-in was deleted, and keys are left.
                Err(refusal) if refusal.is_signed_out() => Some(Stored::default()),
                Err(_) => None,
            },
        };
        let status = match applied.outcome() {
            Some(Outcome::Confirmed) => Status::Ok,
            Some(Outcome::Unchanged | Outcome::Different) | None => Status::Failed,
        };
        let message = reply::change::applied::applied(&self.call.context, sign_ins, &applied);
        Draft::new(message, Format::Line, status)
    }

    /// Plans once more, after the store changed between the preflight and the change.
    fn plan_after_move(&self, order_request: &OrderRequest<ProfileId>) -> Result<Draft, Refusal> {
        let sign_ins = self.call.read_sign_ins()?;
        match self.plan(&sign_ins, order_request) {
            Ok(plan) => {
                self.preflight(&sign_ins)?;
                self.plan_anew(&sign_ins, &plan)
            }
            Err(PlanError::AlreadySo) => Ok(self.already_so(&sign_ins, order_request)),
            Err(error) => Err(self.plan_error(&sign_ins, order_request, &error)),
        }
    }

    /// Proposes the plan as of now, in place of one that does not hold any more.
    fn plan_anew(&self, sign_ins: &SignIns, plan: &Plan) -> Result<Draft, Refusal> {
        let confirmation = if self.call.request.settings.dry_run {
            Confirmation::DryRun
        } else {
            Confirmation::Asked
        };
        let lead = reply::change::plan_has_moved(&self.call.context);
        let mut draft = self.propose(sign_ins, plan, confirmation, Some(lead))?;
        draft.status = Status::Failed;
        draft.about = About::Other;
        Ok(draft)
    }
}

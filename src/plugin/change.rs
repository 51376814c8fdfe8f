//! The effects of a change: look, plan, let the user confirm, apply once, read back.
//!
//! Two turns make a change. The first one looks and proposes, and the host mints a
//! code. The second one comes with that code, which the host itself has to have seen
//! in the user's own words: it looks again, applies if the plan still holds, and
//! reports what it then reads, never what the command said.

use super::call::Call;
use super::claim::Claim;
use super::deliver::{Announced, Draft, announce_change};
use super::refusal::{Refusal, not_confirmed, unknown_profile};
use super::{convert, gateway_commands, login, memory};
use crate::command::{ChangeOptions, Format};
use crate::contract::commands::{About, Origin, Reply, Status};
use crate::contract::gateway as commands;
use crate::gateway::{self, DELETES_PROFILES, GatewayError, is_at_least};
use crate::order::{self, GatewayState, OrderRequest, Outcome, Plan, PlanError};
use crate::profile::{Era, ProfileId, SignIns, names};
use crate::readings::Known;
use crate::reply::change::applied::{self, Applied};
use crate::reply::change::{self, gateway_error, refusal};
use crate::reply::{self, Button, ReplyContext, selector::Purpose};

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
    let format = options.format;
    let ids: Vec<&str> = order_request.profiles().iter().map(ProfileId::as_str).collect();
    let (verb, ids) = (order_request.word(), ids.join(" "));
    let claim = Claim::take(call, format!("auth {verb} {ids} {format:?} {dry_run}"))?;
    let turn = ChangeTurn::new(call, sign_ins, order_request, dry_run);
    let at_once = |draft: Draft| Draft { format, ..draft }.deliver(call, Announced::Needless);
    let plan = match turn.plan()? {
        Ok(plan) => plan,
        Err(already_so) => return Ok(at_once(already_so)),
    };
    if let OrderRequest::Delete(id) = &plan.request
        && let Err(refusal) = turn.ensure_command_to_delete(id)
    {
        return Ok(at_once(refusal.draft(call)));
    }
    let announcement = reply::demo(&call.context) + &change::planning(&call.context);
    let announced = announce_change(call, &announcement);
    let proposed = turn.preflight().and_then(|_| turn.propose(&plan, None));
    let draft = proposed.unwrap_or_else(|refusal| {
        // The obstacle may be gone at the next try.
        claim.forget();
        refusal.draft(call)
    });
    Ok(Draft { format, ..draft }.deliver(call, announced))
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
        let mut those = sign_ins.handles().filter(|handle| handle.starts_with(beginning.as_str()));
        those.next().filter(|_| those.next().is_none()).map(str::to_owned)
    };
    let handles: Option<Vec<String>> = beginnings.iter().map(whole).collect();
    let handles = handles.ok_or_else(|| Refusal::list_changed(call))?;
    let options = ChangeOptions { dry_run: false, format: Format::Line };
    plan(call, &OrderRequest::Set(handles), options)
}

/// `/codex_auth confirm <code>`: looks again, applies once, and reads back.
pub(super) fn confirm(call: &Call<'_>, code: &str, name: &str) -> Result<Reply, Refusal> {
    ensure_owner(call)?;
    let unconfirmed = |error| not_confirmed(call, error);
    if let Origin::Tool(_) = call.request.origin {
        return Err(unconfirmed(commands::Error::NotConfirmed));
    }
    let claim = Claim::take(call, format!("auth confirm {code} {name}"))?;
    let pending = match commands::recall(code) {
        Ok(pending) => pending,
        Err(error) => {
            claim.forget();
            return Err(unconfirmed(error));
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
    let order_request = OrderRequest::from_note(&pending.note, set)
        .ok_or_else(|| unconfirmed(commands::Error::NotConfirmed))?;
    // Where nothing can be sent meanwhile, the plan has said how long it takes.
    let announced = match announce_change(call, &change::applying(&call.context)) {
        Announced::NotYet => Announced::Needless,
        announced => announced,
    };
    let applied =
        ChangeTurn::of_now(call, order_request).and_then(|turn| turn.apply(code, &pending.change));
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
    let text = refusal::owner_only(&call.context);
    Err(Refusal::new(Status::Misused, "not_owner", text))
}

/// Finds the profile or key that a change names.
fn find(call: &Call<'_>, sign_ins: &SignIns, name: &str) -> Result<ProfileId, Refusal> {
    if let Some(profile) = call.find_one(sign_ins, name)? {
        return Ok(profile.id.clone());
    }
    if let Some(key) = sign_ins.find_key(name) {
        return Ok(key.id.clone());
    }
    if let Some([profile]) = reply::selector::listed(sign_ins, Purpose::Auth, name).as_deref() {
        return Ok(profile.id.clone());
    }
    let mut known = names(&sign_ins.in_order());
    known.extend(sign_ins.keys.iter().map(|key| key.name.clone()));
    Err(unknown_profile(call, known, None, name))
}

/// One turn of a change: the request, and the sign-ins with what is known of them.
struct ChangeTurn<'a> {
    call: &'a Call<'a>,
    sign_ins: SignIns,
    known: Known,
    order_request: OrderRequest<ProfileId>,
    /// The plan is shown and cannot be confirmed.
    dry_run: bool,
}

impl<'a> ChangeTurn<'a> {
    fn new(
        call: &'a Call<'a>,
        sign_ins: SignIns,
        order_request: OrderRequest<ProfileId>,
        dry_run: bool,
    ) -> Self {
        let known = memory::known(call.request, &sign_ins);
        Self { call, sign_ins, known, order_request, dry_run }
    }

    /// A turn on the sign-ins as they are now.
    fn of_now(call: &'a Call<'a>, order_request: OrderRequest<ProfileId>) -> Result<Self, Refusal> {
        let dry_run = call.request.settings.dry_run;
        Ok(Self::new(call, call.read_sign_ins()?, order_request, dry_run))
    }

    fn context(&self) -> &'a ReplyContext {
        &self.call.context
    }

    /// Plans the change. Where there is nothing to change, the draft says so.
    fn plan(&self) -> Result<Result<Plan, Draft>, Refusal> {
        let (sign_ins, request) = (&self.sign_ins, &self.order_request);
        let is_usable = |id: &ProfileId| self.known.is_usable(sign_ins, id);
        match order::plan(sign_ins, request, is_usable) {
            Ok(plan) => Ok(Ok(plan)),
            Err(PlanError::AlreadySo) => {
                let message = change::plan::already_so(self.context(), sign_ins, request);
                Ok(Err(Draft::new(message, Format::Line, Status::Ok)))
            }
            Err(error) => {
                let (code, text) =
                    refusal::plan_error(self.context(), sign_ins, request, &error, &is_usable);
                Err(Refusal::new(Status::Misused, code, text))
            }
        }
    }

    /// Refuses a deletion where the gateway has no command for it.
    fn ensure_command_to_delete(&self, id: &ProfileId) -> Result<(), Refusal> {
        let version = match gateway_commands::version() {
            Ok(version) if is_at_least(&version, DELETES_PROFILES) => return Ok(()),
            Ok(version) => Some(version),
            // No version that has files of JSON has the command.
            Err(_) if self.sign_ins.era == Era::Json => None,
            Err(error) => return Err(self.preflight_error(error)),
        };
        let text =
            refusal::maintenance_window(self.context(), &self.sign_ins, id, version.as_deref());
        Err(Refusal::new(Status::Failed, "no_command_to_delete", text))
    }

    fn preflight_error(&self, error: GatewayError) -> Refusal {
        let text = gateway_error::preflight_failed(self.context(), error);
        Refusal::new(Status::Failed, error.word(), text)
    }

    /// Runs both commands that only look, and compares them with what is stored.
    fn preflight(&self) -> Result<GatewayState, Refusal> {
        let SignIns { source, order, .. } = &self.sign_ins;
        let state = self.gateway_state().map_err(|error| self.preflight_error(error))?;
        let compared = gateway::compare(&state, &self.sign_ins.all_ids(), order.in_effect());
        compared.map(|()| state).map_err(|mismatch| {
            let (code, text) =
                gateway_error::mismatch_with_gateway(self.context(), source, mismatch);
            Refusal::new(Status::Failed, code, text)
        })
    }

    fn gateway_state(&self) -> Result<GatewayState, GatewayError> {
        gateway_commands::state(&self.call.request.agent, &self.sign_ins.provider)
    }

    /// The planned change as the host is asked for it.
    fn change(&self, plan: &Plan) -> commands::Change {
        convert::change(plan, &self.sign_ins.provider)
    }

    /// Shows a plan, and has the host mint the code that confirms it.
    fn propose(&self, plan: &Plan, lead: Option<String>) -> Result<Draft, Refusal> {
        let call = self.call;
        let propose = || commands::propose(&self.change(plan), &plan.request.to_note());
        let proposal = (!self.dry_run).then(propose).transpose().map_err(|error| match error {
            commands::Error::Busy | commands::Error::Failed => not_confirmed(call, error),
            _ => self.preflight_error(GatewayError::Denied),
        })?;
        let proposal = proposal.as_ref();
        let (context, sign_ins) = (self.context(), &self.sign_ins);
        let mut message = change::plan::plan(context, sign_ins, plan, &self.known, proposal, lead);
        // A deletion is confirmed by typing the profile's name.
        let by_button = !call.is_at_terminal() && !matches!(plan.request, OrderRequest::Delete(_));
        message.buttons.extend(proposal.filter(|_| by_button).map(|proposal| Button {
            // The host labels it.
            label: String::new(),
            value: format!("auth:confirm:{}", proposal.code),
        }));
        let draft = Draft::new(message, Format::Line, Status::Ok);
        Ok(Draft { about: About::Plan, ..draft })
    }

    fn apply(self, code: &str, pending: &commands::Change) -> Result<Draft, Refusal> {
        let plan = match self.plan()? {
            Ok(plan) => plan,
            Err(already_so) => return Ok(already_so),
        };
        let before = self.preflight().map_err(|refusal| Refusal {
            text: gateway_error::code_is_still_good(self.context(), &refusal.text),
            ..refusal
        })?;
        if *pending != self.change(&plan) {
            return self.plan_anew(&plan);
        }
        match commands::apply(code) {
            // The store changed between the preflight and the change: it is planned once more.
            Err(commands::Error::Moved) => {
                let turn = Self::of_now(self.call, self.order_request)?;
                match turn.plan()? {
                    Ok(plan) => turn.preflight().and_then(|_| turn.plan_anew(&plan)),
                    Err(already_so) => Ok(already_so),
                }
            }
            Err(error @ (commands::Error::Busy | commands::Error::NotConfirmed)) => {
                Err(not_confirmed(self.call, error))
            }
            // Whatever became of the command, what is there now decides.
            ran => Ok(self.read_back(&plan, &before, &ran)),
        }
    }

    fn read_back(
        &self,
        plan: &Plan,
        before: &GatewayState,
        ran: &Result<commands::Output, commands::Error>,
    ) -> Draft {
        let found = self.gateway_state();
        let stored = self.call.read_any_sign_ins();
        let outcome = found.as_ref().ok().zip(stored.as_ref().ok());
        let outcome = outcome.map(|(found, stored)| plan.outcome(before, found, stored.as_ref()));
        let applied = Applied {
            plan,
            before,
            is_unheard: ran.as_ref().is_ok_and(commands::Output::is_unheard),
            error: match ran {
                Ok(output) => output.error(),
                Err(error) => Some((*error).into()),
            },
            found,
            outcome,
        };
        let is_confirmed = outcome == Some(Outcome::Confirmed);
        let status = if is_confirmed { Status::Ok } else { Status::Failed };
        let message = applied::applied(self.context(), &self.sign_ins, &applied);
        Draft::new(message, Format::Line, status)
    }

    /// Proposes the plan as of now, in place of one that does not hold any more.
    fn plan_anew(&self, plan: &Plan) -> Result<Draft, Refusal> {
        let lead = change::plan_has_moved(self.context());
        let draft = self.propose(plan, Some(lead))?;
        Ok(Draft { status: Status::Failed, about: About::Other, ..draft })
    }
}

//! Gateway commands: asked, proposed, confirmed by their user, and run once.

use std::fs::File;
use std::time::Instant;

use super::{Caller, Host, Step};
use crate::changes::{self, Proposal};
use crate::claims::{self, Claim, Taken};
use crate::clock::Clock;
use crate::contract::{Change, gateway};
use crate::openclaw;
use crate::policy::{Granted, policy};
use crate::store::{self, SignIns};
use crate::world::World;

type Result<T> = std::result::Result<T, gateway::Error>;

impl gateway::Host for Host {
    fn read(
        &mut self,
        queries: Vec<gateway::Query>,
    ) -> wasmtime::Result<Vec<Result<gateway::Output>>> {
        self.count()?;
        Ok(self.ask_gateway(&queries))
    }

    fn propose(
        &mut self,
        change: gateway::Change,
        note: String,
    ) -> wasmtime::Result<Result<gateway::Proposal>> {
        self.count()?;
        Ok(self.propose_change(wanted(change), note))
    }

    fn recall(&mut self, code: String) -> wasmtime::Result<Result<gateway::Pending>> {
        self.count()?;
        Ok(self.recall_change(&code))
    }

    fn apply(&mut self, code: String) -> wasmtime::Result<Result<gateway::Output>> {
        self.count()?;
        let away_since = Instant::now();
        let applied = self.apply_change(&code);
        self.away += away_since.elapsed();
        Ok(applied)
    }
}

impl Host {
    fn ask_gateway(&mut self, queries: &[gateway::Query]) -> Vec<Result<gateway::Output>> {
        // Without the sign-ins, the secrets to look for in the output are not known.
        let fits = self.is_known() && queries.len() <= policy().gateway.queries_at_once;
        let granted: Vec<Option<Granted>> =
            queries.iter().map(|query| self.granted_query(query).filter(|_| fits)).collect();
        let away_since = Instant::now();
        let commands: Vec<&Granted> = granted.iter().flatten().collect();
        let argvs: Vec<&[String]> = commands.iter().map(|each| &*each.argv).collect();
        if commands.is_empty() {
            return queries.iter().map(|_| Err(gateway::Error::Denied)).collect();
        }
        let mut runs = self.told(&argvs, |world| world.gateway.run_all(&commands)).into_iter();
        self.away += away_since.elapsed();
        let mut answer = |(query, granted): (_, &Option<Granted>)| {
            granted.as_ref().ok_or(gateway::Error::Denied)?;
            let run = runs.next().unwrap_or(Err(openclaw::Failure::Failed));
            self.answered(query, run.map_err(failure)?)
        };
        queries.iter().zip(&granted).map(&mut answer).collect()
    }

    /// Returns whether the secrets are known. Where nobody has signed in yet, there are none.
    fn is_known(&mut self) -> bool {
        let Err(error) = self.load() else {
            return true;
        };
        error.failure == store::Failure::Missing
    }

    fn granted_query(&self, query: &gateway::Query) -> Option<Granted> {
        let (name, provider) = named(query);
        let grants = &policy().gateway;
        // Of another store than the one that was read, nobody knows the secrets.
        let is_of_no_store = matches!(query, gateway::Query::Version);
        if !is_of_no_store && !self.world.store.is_the_gateways() {
            return None;
        }
        Some(Granted {
            argv: grants.argv(name, &self.caller.agent, provider)?,
            patience: grants.patience(name).min(self.left()),
        })
    }

    /// Returns the part of an answer that enters the guest.
    fn answered(
        &self,
        query: &gateway::Query,
        output: openclaw::Output,
    ) -> Result<gateway::Output> {
        let (name, _) = named(query);
        let found = match query {
            gateway::Query::Version => openclaw::version(&output.stdout)
                .map(|version| serde_json::json!({ "version": version })),
            gateway::Query::ModelsStatus | gateway::Query::AuthOrderGet(_) => {
                openclaw::json_object(&output.stdout)
            }
        };
        let json = found.and_then(|found| policy().gateway.filtered(name, &found));
        let message = match output.exit_code {
            0 => String::new(),
            _ => openclaw::message(&output, policy().gateway.message_bytes),
        };
        self.hand_in(output.exit_code, json.map(|json| json.to_string()), message)
    }

    fn hand_in(
        &self,
        exit_code: i32,
        json: Option<String>,
        message: String,
    ) -> Result<gateway::Output> {
        if self.leaks([json.as_deref().unwrap_or_default(), &message]) {
            return Err(gateway::Error::Denied);
        }
        Ok(gateway::Output { exit_code, json, message })
    }

    /// Runs commands and tells of them.
    fn told<R>(&mut self, argvs: &[&[String]], run: impl FnOnce(&World) -> R) -> R {
        let started = Instant::now();
        let mut tell = |step: Step<'_>| {
            if let Some(progress) = &mut self.progress {
                progress(step);
            }
        };
        tell(Step::Started(argvs));
        let run = run(&self.world);
        tell(Step::Ended(started.elapsed()));
        run
    }

    fn propose_change(&mut self, change: Change, note: String) -> Result<gateway::Proposal> {
        let grants = &policy().gateway;
        // A plan outlives the call, as a blob does: none is kept of a call that heard a callback.
        if !self.caller.may_change || self.heard_callback || note.len() > grants.note_bytes {
            return Err(gateway::Error::Denied);
        }
        let can_log_in = self.terminal.as_ref().is_some_and(|at| at.can_log_in);
        if matches!(change, Change::AuthLogin { .. }) && !can_log_in {
            return Err(gateway::Error::NeedsTerminal);
        }
        let is_known = self.is_known();
        let sign_ins = self.known();
        let is_granted = grants.granted(&change, &self.caller.agent).is_some();
        let is_the_gateways = self.world.store.is_the_gateways();
        if !is_known || !is_granted || !is_the_gateways || !names_what_is_stored(&change, sign_ins)
        {
            return Err(gateway::Error::Denied);
        }
        let state = digest_of(sign_ins);
        // What is kept outlives the call, and what is run is seen by others.
        if self.tells(change.ids().chain([note.as_str()])) {
            return Err(gateway::Error::Denied);
        }
        // A plan that is made while somebody else changes something is old already.
        if self.changing.is_none() {
            drop(self.change_lock()?);
        }
        let folder = self.state.as_ref().ok_or(gateway::Error::Denied)?.proposals();
        let expires_at = self.now() + grants.code_seconds;
        let proposal = Proposal {
            change,
            note,
            user: self.caller.user.clone(),
            agent: self.caller.agent.clone(),
            state,
            expires_at,
        };
        let code = changes::mint(self.world.clock, &proposal);
        let code = code.map_err(|_| gateway::Error::Failed)?;
        changes::put(&folder, &code, &proposal, self.left()).map_err(|_| gateway::Error::Failed)?;
        self.proposed = Some((code.clone(), proposal));
        Ok(gateway::Proposal { code, expires_at })
    }

    /// The proposal of a code that this host saw in its user's own confirmation.
    fn confirmed(&self, code: &str) -> Result<Proposal> {
        let found = || {
            let seen = self.caller.seen.as_ref()?;
            let folder = self.state.as_ref()?.proposals();
            let Caller { user, agent, .. } = &self.caller;
            let is_seen = self.caller.may_change && seen.code == code;
            let proposal = changes::get(&folder, code, user, agent, self.now(), self.left())?;
            (is_seen && proposal.is_named_by(seen)).then_some(proposal)
        };
        found().ok_or(gateway::Error::NotConfirmed)
    }

    fn recall_change(&mut self, code: &str) -> Result<gateway::Pending> {
        let proposal = self.confirmed(code)?;
        self.hold_changes()?;
        Ok(gateway::Pending { change: shown(proposal.change), note: proposal.note })
    }

    /// Keeps everybody else from changing this agent until the call ends, so that
    /// what it reads before and after is this change and no other. Returns what its command
    /// inherits of the lock.
    fn hold_changes(&mut self) -> Result<File> {
        let (lock, _) = match self.changing.take() {
            Some(held) => self.changing.insert(held),
            None => {
                let lock = self.change_lock()?;
                let held = (lock, openclaw::Uninterrupted::begin());
                self.changing.insert(held)
            }
        };
        lock.shared().map_err(|_| gateway::Error::Failed)
    }

    fn change_lock(&self) -> Result<Claim> {
        let state = self.state.as_ref().ok_or(gateway::Error::Denied)?;
        let agent = self.caller.agent.to_ascii_lowercase();
        let now = || Clock::System.now();
        match claims::take(&state.changes(), &agent, 0, self.left(), now) {
            Ok(Taken::Claimed(claim)) => Ok(claim),
            Ok(Taken::Running | Taken::Recent) => Err(gateway::Error::Busy),
            Err(_) => Err(gateway::Error::Failed),
        }
    }

    fn apply_change(&mut self, code: &str) -> Result<gateway::Output> {
        let proposal = self.confirmed(code)?;
        let lock = self.hold_changes()?;
        let granted = policy().gateway.granted(&proposal.change, &proposal.agent);
        let Granted { argv, patience } = granted.ok_or(gateway::Error::Denied)?;
        let is_login = matches!(proposal.change, Change::AuthLogin { .. });
        // A change that would be ended half-way is not begun.
        if !is_login && self.left() < patience {
            return Err(gateway::Error::TimedOut);
        }
        let taken = self.take_proposal(code)?;
        let now = match self.world.store.read(self.now()) {
            Ok(sign_ins) => Some(sign_ins),
            Err(error) if error.failure == store::Failure::Missing => None,
            Err(_) => return Err(gateway::Error::Moved),
        };
        if digest_of(now.as_ref()) != taken.state {
            self.sign_ins = None;
            return Err(gateway::Error::Moved);
        }
        // The command's output must not hold them, whether or not the guest has asked
        // for the sign-ins.
        if let Some(sign_ins) = &now {
            self.learn(sign_ins);
        }
        let since = Instant::now();
        let output = self.told(&[&argv], |world| {
            if is_login {
                world.gateway.run_attached(&argv, patience, &lock)
            } else {
                world.gateway.run(&argv, patience, Some(&lock))
            }
        });
        if is_login {
            self.paused += since.elapsed();
        }
        // Whatever came of it, the sign-ins are others now.
        self.sign_ins = None;
        let output = output.map_err(failure)?;
        let message = openclaw::message(&output, policy().gateway.message_bytes);
        self.hand_in(output.exit_code, None, message)
    }

    fn take_proposal(&self, code: &str) -> Result<Proposal> {
        let state = self.state.as_ref().ok_or(gateway::Error::NotConfirmed)?;
        let Caller { user, agent, .. } = &self.caller;
        let proposals = state.proposals();
        match changes::take(&proposals, code, user, agent, self.now(), self.left()) {
            Ok(Some(proposal)) => Ok(proposal),
            Ok(None) => Err(gateway::Error::NotConfirmed),
            Err(_) => Err(gateway::Error::Failed),
        }
    }
}

/// A query's name in the policy, and the provider it is about.
fn named(query: &gateway::Query) -> (&'static str, Option<&str>) {
    match query {
        gateway::Query::Version => ("version", None),
        gateway::Query::ModelsStatus => ("models-status", None),
        gateway::Query::AuthOrderGet(provider) => ("auth-order-get", Some(provider)),
    }
}

fn failure(failure: openclaw::Failure) -> gateway::Error {
    match failure {
        openclaw::Failure::NotFound => gateway::Error::NotFound,
        openclaw::Failure::Failed => gateway::Error::Failed,
        openclaw::Failure::TimedOut => gateway::Error::TimedOut,
    }
}

/// The state that a change is planned on.
fn digest_of(sign_ins: Option<&SignIns>) -> String {
    sign_ins.map_or_else(|| "nobody".to_owned(), SignIns::digest)
}

/// Returns whether every profile that a change needs is there, under the provider whose
/// orders are kept.
fn names_what_is_stored(change: &Change, sign_ins: Option<&SignIns>) -> bool {
    let has = |id: &String| sign_ins.is_some_and(|all| all.has(id));
    let keeps = |provider: &String| sign_ins.is_some_and(|all| all.provider == *provider);
    match change {
        Change::AuthOrderSet { provider, profiles } => keeps(provider) && profiles.iter().all(has),
        Change::AuthOrderClear { provider } => keeps(provider),
        // A login may be the first, and may make a profile.
        Change::AuthLogin { provider, profile } => {
            let of_provider = |id: &String| {
                let rest = id.strip_prefix(provider.as_str());
                has(id) || rest.is_some_and(|rest| rest.starts_with(':'))
            };
            (sign_ins.is_none() || keeps(provider)) && profile.as_ref().is_none_or(of_provider)
        }
        Change::AuthLogout { profile } => has(profile),
    }
}

fn wanted(change: gateway::Change) -> Change {
    match change {
        gateway::Change::AuthOrderSet(gateway::Order { provider, profiles }) => {
            Change::AuthOrderSet { provider, profiles }
        }
        gateway::Change::AuthOrderClear(provider) => Change::AuthOrderClear { provider },
        gateway::Change::AuthLogin(gateway::Login { provider, profile }) => {
            Change::AuthLogin { provider, profile }
        }
        gateway::Change::AuthLogout(profile) => Change::AuthLogout { profile },
    }
}

pub(super) fn shown(change: Change) -> gateway::Change {
    match change {
        Change::AuthOrderSet { provider, profiles } => {
            gateway::Change::AuthOrderSet(gateway::Order { provider, profiles })
        }
        Change::AuthOrderClear { provider } => gateway::Change::AuthOrderClear(provider),
        Change::AuthLogin { provider, profile } => {
            gateway::Change::AuthLogin(gateway::Login { provider, profile })
        }
        Change::AuthLogout { profile } => gateway::Change::AuthLogout(profile),
    }
}

#[cfg(test)]
mod tests;

//! Gateway commands: asked, proposed, confirmed by their user, and run once.

use std::fs::File;
use std::time::Instant;

use super::{Asker, Host, Step};
use crate::changes::{self, Change, Proposal};
use crate::claims::{self, Claim, Taken};
use crate::contract::gateway;
use crate::openclaw;
use crate::policy::{Granted, policy};
use crate::store::{self, SignIns};
use crate::world::{Clock, World};

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
        // Without the sign-ins nobody knows what its output must not hold.
        let fits = self.is_known() && queries.len() <= policy().gateway.queries_at_once;
        let granted: Vec<Option<Granted>> = queries
            .iter()
            .map(|query| self.granted_query(query).filter(|_| fits))
            .collect();
        let away_since = Instant::now();
        let commands: Vec<&Granted> = granted.iter().flatten().collect();
        let argvs: Vec<&[String]> = commands.iter().map(|each| &*each.argv).collect();
        if commands.is_empty() {
            return queries
                .iter()
                .map(|_| Err(gateway::Error::Denied))
                .collect();
        }
        let mut runs = self
            .told(&argvs, |world| world.gateway.run_all(&commands))
            .into_iter();
        self.away += away_since.elapsed();
        let mut answer = |(query, granted): (_, &Option<Granted>)| {
            granted.as_ref().ok_or(gateway::Error::Denied)?;
            let run = runs.next().unwrap_or(Err(openclaw::Failure::Failed));
            self.answered(query, run.map_err(failure)?)
        };
        queries.iter().zip(&granted).map(&mut answer).collect()
    }

    /// Whether the secrets are known. Where nobody has signed in yet, there are none.
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
            argv: grants.argv(name, &self.asker.agent, provider)?,
            patience: grants.patience(name).min(self.left()),
        })
    }

    /// What of an answer enters the guest.
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
        Ok(gateway::Output {
            exit_code,
            json,
            message,
        })
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
        if !self.asker.may_change || self.heard_callback || note.len() > grants.note_bytes {
            return Err(gateway::Error::Denied);
        }
        let can_log_in = self.terminal.as_ref().is_some_and(|at| at.can_log_in);
        if matches!(change, Change::AuthLogin { .. }) && !can_log_in {
            return Err(gateway::Error::NeedsTerminal);
        }
        let is_known = self.is_known();
        let sign_ins = self.known();
        let is_granted = grants.granted(&change, &self.asker.agent).is_some();
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
        let folder = self
            .state
            .as_ref()
            .ok_or(gateway::Error::Denied)?
            .proposals();
        let expires_at = self.now() + grants.code_seconds;
        let proposal = Proposal {
            change,
            note,
            user: self.asker.user.clone(),
            agent: self.asker.agent.clone(),
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
            let seen = self.asker.seen.as_ref()?;
            let folder = self.state.as_ref()?.proposals();
            let Asker { user, agent, .. } = &self.asker;
            let is_seen = self.asker.may_change && seen.code == code;
            let proposal = changes::get(&folder, code, user, agent, self.now(), self.left())?;
            (is_seen && proposal.is_named_by(seen)).then_some(proposal)
        };
        found().ok_or(gateway::Error::NotConfirmed)
    }

    fn recall_change(&mut self, code: &str) -> Result<gateway::Pending> {
        let proposal = self.confirmed(code)?;
        self.hold_changes()?;
        Ok(gateway::Pending {
            change: shown(proposal.change),
            note: proposal.note,
        })
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
        let agent = self.asker.agent.to_ascii_lowercase();
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
        let output = self.told(&[&argv], |world| match is_login {
            true => world.gateway.run_attached(&argv, patience, &lock),
            false => world.gateway.run(&argv, patience, Some(&lock)),
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
        let Asker { user, agent, .. } = &self.asker;
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

/// What a change is planned on.
fn digest_of(sign_ins: Option<&SignIns>) -> String {
    sign_ins.map_or_else(|| "nobody".to_owned(), SignIns::digest)
}

/// Whether every profile that a change needs is there, under the provider whose
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
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::sync::Arc;
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::changes::Confirmation;
    use crate::host::fixtures::*;
    use crate::host::{Asker, Attached};
    use crate::state::StateFolder;
    use crate::store::Place;
    use crate::world::{Gateway, Store};

    #[test]
    fn of_another_store_the_gateway_is_not_asked() {
        let place = Place {
            home: "/nowhere".into(),
            state_dir: None,
            auth_path: Some("/nowhere/copy.json".into()),
            agent: "main".into(),
        };
        let world = World {
            store: Store::Live(place),
            ..Arc::into_inner(world(&sign_ins())).unwrap()
        };
        let mut host = Host::new(Arc::new(world), None);
        host.asker = asker();
        let queries = vec![
            gateway::Query::ModelsStatus,
            gateway::Query::AuthOrderGet("openai".into()),
            gateway::Query::Version,
        ];
        let answers = gateway::Host::read(&mut host, queries).unwrap();
        let is_denied = |answer: &Result<_>| matches!(answer, Err(gateway::Error::Denied));
        assert_eq!(
            answers.iter().map(is_denied).collect::<Vec<_>>(),
            [true, true, false]
        );
    }

    #[test]
    fn a_gateway_is_asked_what_is_granted() {
        let mut host = host();
        let mut read = |query: gateway::Query| {
            let mut answers = gateway::Host::read(&mut host, vec![query]).unwrap();
            answers.pop().unwrap()
        };
        let version = read(gateway::Query::Version).unwrap();
        assert_eq!(version.json.as_deref(), Some(r#"{"version":"2026.9.6"}"#));
        for provider in ["anthropic", "--help", "openai; rm"] {
            let answer = read(gateway::Query::AuthOrderGet(provider.into()));
            assert!(matches!(answer, Err(gateway::Error::Denied)), "{provider}");
        }
        let many = vec![gateway::Query::Version; 5];
        let answers = gateway::Host::read(&mut host, many).unwrap();
        let denied = |answer| matches!(answer, Err(gateway::Error::Denied));
        assert!(answers.into_iter().all(denied));
    }

    #[test]
    fn what_a_command_says_beside_its_answer_is_no_message() {
        let state = sign_ins();
        let answer = |step: serde_json::Value| {
            let script = vec![serde_json::from_value(step).unwrap()];
            let world = World {
                gateway: Gateway::Recorded(state.gateway("2026.9.6", script, NOW)),
                ..Arc::into_inner(world(&state)).unwrap()
            };
            let mut host = Host::new(Arc::new(world), None);
            host.asker = asker();
            let query = gateway::Query::ModelsStatus;
            let mut answers = gateway::Host::read(&mut host, vec![query]).unwrap();
            answers.pop().unwrap().unwrap()
        };
        let on = "models-status";
        let fine = answer(json!({ "on": on, "stdout": "{}", "stderr": "a warning" }));
        assert_eq!((fine.exit_code, fine.message.as_str()), (0, ""));
        let failed = answer(json!({ "on": on, "exit": 3, "stdout": "", "stderr": "an error" }));
        assert_eq!((failed.exit_code, failed.message.as_str()), (3, "an error"));
    }

    fn is_refused(applied: &Applied) -> bool {
        matches!(applied, Err(gateway::Error::NotConfirmed))
    }

    #[test]
    fn a_change_runs_once_after_its_own_user_confirmed_it() {
        let calls = Calls::new();
        let code = calls
            .propose("ann", set(&["openai:work", "openai:key"]))
            .unwrap();
        assert!(is_refused(&calls.apply("bob", &code, "")), "another user");
        assert!(
            is_refused(&calls.apply("ann", "WRONG000", "")),
            "another code"
        );
        // Known to the guest, and not seen in anybody's words.
        let mut unseen = calls.call("ann", None);
        assert!(is_refused(
            &gateway::Host::apply(&mut unseen, code.clone()).unwrap()
        ));
        let mut other = calls.call("ann", Some(Confirmation::new("OTHER000", "")));
        assert!(is_refused(
            &gateway::Host::apply(&mut other, code.clone()).unwrap()
        ));
        let mut guest = calls.call("ann", Some(Confirmation::new(&code, "")));
        guest.asker.may_change = false;
        assert!(is_refused(
            &gateway::Host::apply(&mut guest, code.clone()).unwrap()
        ));
        assert_eq!(calls.order(), None);

        let applied = calls.apply("ann", &code, "").unwrap();
        assert_eq!(applied.exit_code, 0);
        assert_eq!(applied.json, None);
        assert_eq!(calls.order().unwrap(), ["openai:work", "openai:key"]);
        assert!(is_refused(&calls.apply("ann", &code, "")), "a second time");
    }

    #[test]
    fn a_code_confirms_only_the_sign_ins_it_was_made_from() {
        let calls = Calls::new();
        let stale = calls.propose("ann", set(&["openai:work"])).unwrap();
        let code = calls.propose("bob", set(&["openai:home"])).unwrap();
        calls.apply("bob", &code, "").unwrap();
        let moved = calls.apply("ann", &stale, "");
        assert!(matches!(moved, Err(gateway::Error::Moved)));
        assert_eq!(calls.order().unwrap(), ["openai:home"]);
        assert!(is_refused(&calls.apply("ann", &stale, "")), "it is used up");
    }

    #[test]
    fn a_deletion_also_takes_the_profiles_name() {
        let calls = Calls::new();
        let profile = || "openai:work".to_owned();
        let delete = || Change::AuthLogout { profile: profile() };
        let code = calls.propose("ann", delete()).unwrap();
        for name in ["", "home", "openai:home", "Work", "wor"] {
            assert!(is_refused(&calls.apply("ann", &code, name)), "{name}");
        }
        calls.apply("ann", &code, "work").unwrap();
        assert!(!calls.state.sign_ins(NOW).unwrap().has("openai:work"));
    }

    #[test]
    fn only_an_owner_proposes_and_only_what_is_stored() {
        let calls = Calls::new();
        let refused = |change: Change| {
            let denied = calls.propose("ann", change.clone());
            assert!(matches!(denied, Err(gateway::Error::Denied)), "{change:?}");
        };
        refused(set(&["openai:nope"]));
        refused(set(&[]));
        refused(set(&["openai:work", "openai:work"]));
        refused(set(&["--help"]));
        refused(Change::AuthOrderSet {
            provider: "openai-codex".into(),
            profiles: vec!["openai:work".into()],
        });
        refused(Change::AuthOrderClear {
            provider: "openai-codex".into(),
        });
        refused(Change::AuthLogout {
            profile: "openai:nope".into(),
        });
        // No terminal is attached.
        let login = Change::AuthLogin {
            provider: "openai".into(),
            profile: None,
        };
        let login = calls.propose("ann", login);
        assert!(matches!(login, Err(gateway::Error::NeedsTerminal)));
        let mut guest = calls.call("ann", None);
        guest.asker.may_change = false;
        let change = shown(set(&["openai:work"]));
        let denied = gateway::Host::propose(&mut guest, change, String::new()).unwrap();
        assert!(matches!(denied, Err(gateway::Error::Denied)));
        let change = shown(set(&["openai:work"]));
        let mut long = calls.call("ann", None);
        let denied = gateway::Host::propose(&mut long, change.clone(), "x".repeat(2049)).unwrap();
        assert!(matches!(denied, Err(gateway::Error::Denied)));
        let kept = gateway::Host::propose(&mut long, change, "x".repeat(2048)).unwrap();
        assert!(kept.is_ok());
    }

    const AT_A_TERMINAL: Attached = Attached {
        can_log_in: true,
        answered: None,
    };

    fn login(provider: &str, profile: Option<&str>) -> gateway::Change {
        shown(Change::AuthLogin {
            provider: provider.into(),
            profile: profile.map(str::to_owned),
        })
    }

    #[test]
    fn a_login_is_of_the_provider_that_is_stored() {
        let calls = Calls::new();
        let is_granted = |provider: &str, profile: Option<&str>| {
            let mut host = calls.call("ann", None).with_terminal(AT_A_TERMINAL);
            let proposed =
                gateway::Host::propose(&mut host, login(provider, profile), String::new());
            proposed.unwrap().is_ok()
        };
        for profile in [None, Some("openai:work"), Some("openai:new")] {
            assert!(is_granted("openai", profile), "{profile:?}");
        }
        for profile in ["openai-codex:new", "openaix", "openai", "new"] {
            assert!(!is_granted("openai", Some(profile)), "{profile}");
        }
        assert!(!is_granted("openai-codex", None));
        assert!(!is_granted("openai-codex", Some("openai-codex:new")));
    }

    #[test]
    fn nobody_signs_in_over_what_cannot_be_read() {
        let (home, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let call = |seen: Option<&str>| {
            let world = World {
                store: Store::Live(Place {
                    home: home.path().to_owned(),
                    state_dir: None,
                    auth_path: None,
                    agent: "main".into(),
                }),
                ..Arc::into_inner(world(&sign_ins())).unwrap()
            };
            let state = StateFolder::at(folder.path());
            let mut host = Host::new(Arc::new(world), Some(state)).with_terminal(AT_A_TERMINAL);
            host.asker = Asker {
                seen: seen.map(|code| Confirmation::new(code, "")),
                ..asker()
            };
            host
        };
        let propose = || {
            let login = login("openai", Some("openai:work"));
            let proposed = gateway::Host::propose(&mut call(None), login, String::new()).unwrap();
            proposed.map(|proposal| proposal.code)
        };
        let apply = |code: String| gateway::Host::apply(&mut call(Some(&code)), code).unwrap();
        // The first one needs no store.
        let code = propose().unwrap();
        assert!(apply(code).is_ok());
        let code = propose().unwrap();
        let agent = home.path().join(".openclaw/agents/main/agent");
        std::fs::create_dir_all(&agent).unwrap();
        std::fs::write(agent.join("auth-profiles.json"), "{").unwrap();
        assert!(matches!(apply(code), Err(gateway::Error::Moved)));
        assert!(matches!(propose(), Err(gateway::Error::Denied)));
    }

    #[test]
    fn one_change_at_a_time_for_an_agent() {
        let calls = Calls::new();
        let code = calls.propose("ann", set(&["openai:work"])).unwrap();
        let mine = calls.propose("bob", set(&["openai:home"])).unwrap();
        let mut ann = calls.call("ann", Some(Confirmation::new(&code, "")));
        gateway::Host::recall(&mut ann, code.clone())
            .unwrap()
            .unwrap();
        // From recalling on, until the call ends.
        let busy = calls.apply("bob", &mine, "");
        assert!(matches!(busy, Err(gateway::Error::Busy)));
        let busy = calls.propose("bob", set(&["openai:home"]));
        assert!(matches!(busy, Err(gateway::Error::Busy)));
        gateway::Host::apply(&mut ann, code).unwrap().unwrap();
        drop(ann);
        // Who was told to wait still has their code, for sign-ins that are no more.
        let moved = calls.apply("bob", &mine, "");
        assert!(matches!(moved, Err(gateway::Error::Moved)));
    }

    #[test]
    fn a_change_that_would_be_ended_half_way_is_not_begun() {
        let calls = Calls::new();
        let code = calls.propose("ann", set(&["openai:work"])).unwrap();
        let mut late = calls.call("ann", Some(Confirmation::new(&code, "")));
        late.deadline = Duration::from_secs(60);
        let applied = gateway::Host::apply(&mut late, code.clone()).unwrap();
        assert!(matches!(applied, Err(gateway::Error::TimedOut)));
        assert_eq!(calls.order(), None);
        drop(late);
        calls.apply("ann", &code, "").unwrap();
        assert_eq!(calls.order().unwrap(), ["openai:work"]);
    }
}

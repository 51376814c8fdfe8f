//! The five imports as the harness lends them: every grant checked, every secret
//! kept on this side.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;
use std::time::{Duration, Instant};

use wasmtime::StoreLimits;

use crate::changes::{Confirmation, Proposal};
use crate::claims::{self, Claim, Taken};
use crate::digest;
use crate::harness::Command;
use crate::net;
use crate::openclaw;
use crate::policy::policy;
use crate::printable::printable;
use crate::secret::{Secret, SecretScan};
use crate::state::{SaveError, StateFolder};
use crate::store::{self, SignIns};
use crate::world::{Clock, World};

mod callback;
mod gateway_commands;

#[allow(
    missing_docs,
    reason = "glue written by wasmtime from the documented contract"
)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "skill",
        imports: { default: trappable },
    });
}

pub use bindings::codex_profiler::skill::{auth_store, chat, gateway, https, memory};
pub use bindings::exports::codex_profiler::skill::commands;
pub use bindings::{Skill, SkillPre};

/// How the value of a button begins that confirms a proposed change.
pub(crate) const CONFIRMS: &str = "auth:confirm:";

/// Where messages of the channel go.
pub type Outbox = Box<dyn FnMut(&chat::Message) + Send>;

/// Who is told of the gateway commands that are run.
pub type Progress = Box<dyn FnMut(Step<'_>) + Send>;

/// Gateway commands that are run.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// They were started side by side, with these arguments.
    Started(&'a [&'a [String]]),
    /// They have ended, after this long.
    Ended(Duration),
}

/// What one call of the component can reach.
pub struct Host {
    world: Arc<World>,
    state: Option<StateFolder>,
    outbox: Option<Outbox>,
    progress: Option<Progress>,
    terminal: Option<Attached>,
    asker: Asker,
    started: Instant,
    /// How long the call waited for a person.
    paused: Duration,
    deadline: Duration,
    /// How long all batches may take together.
    batch_deadline: Duration,
    sign_ins: Option<SignIns>,
    secrets: Vec<Secret>,
    scan: SecretScan,
    /// Account and user ids: the guest may know them, and nobody is shown them, nor are
    /// they kept.
    unshown: SecretScan,
    claims: Vec<(String, Claim)>,
    /// Held while this call changes something.
    changing: Option<(Claim, openclaw::Uninterrupted)>,
    proposed: Option<(String, Proposal)>,
    spent: Spent,
    pub(crate) limits: StoreLimits,
    /// How long the guest waited for the store, for answers and for commands.
    pub(crate) away: Duration,
}

/// Who asks for what, as the host itself knows it.
struct Asker {
    user: String,
    agent: String,
    /// How many characters one message may have, in UTF-16 units.
    length: usize,
    /// The gateway's owner, asking for `codex-auth` and not for a dry run.
    may_change: bool,
    locale: commands::Locale,
    seen: Option<Confirmation>,
}

/// A terminal with a person at it.
#[derive(Debug, Clone, Default)]
pub struct Attached {
    /// Whether a login can be run in it.
    pub can_log_in: bool,
    /// What they answered to this host's own question.
    pub answered: Option<Confirmation>,
}

/// What a call has used of its budget.
#[derive(Default)]
struct Spent {
    host_calls: u32,
    requests: usize,
    messages: usize,
}

impl Host {
    /// A host for one call. Without a state folder nothing outlives it, and no
    /// change can be proposed.
    pub fn new(world: Arc<World>, state: Option<StateFolder>) -> Self {
        Self {
            world,
            state,
            outbox: None,
            progress: None,
            terminal: None,
            asker: Asker {
                user: String::new(),
                agent: String::new(),
                length: 0,
                may_change: false,
                locale: commands::Locale::En,
                seen: None,
            },
            started: Instant::now(),
            paused: Duration::ZERO,
            deadline: Duration::from_secs(policy().limits.change_deadline_seconds),
            batch_deadline: Duration::from_secs(policy().limits.batch_deadline_seconds),
            sign_ins: None,
            secrets: Vec::new(),
            scan: SecretScan::default(),
            unshown: SecretScan::default(),
            claims: Vec::new(),
            changing: None,
            proposed: None,
            spent: Spent::default(),
            limits: StoreLimits::default(),
            away: Duration::ZERO,
        }
    }

    /// Gives the channel a message path.
    #[must_use]
    pub fn with_outbox(mut self, outbox: Outbox) -> Self {
        self.outbox = Some(outbox);
        self
    }

    /// Tells of every gateway command that is run.
    #[must_use]
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Attaches a terminal: a login can be run in it, and its answer confirms.
    #[must_use]
    pub fn with_terminal(mut self, terminal: Attached) -> Self {
        self.terminal = Some(terminal);
        self
    }

    /// Ends the call sooner than the policy does.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.deadline = self.deadline.min(time);
        self
    }

    /// Takes in who asks for what, before the guest does. What was typed as a
    /// callback is a secret from here on.
    pub(crate) fn hear(&mut self, command: Command, request: &commands::Request) {
        let answered = self.terminal.as_mut().and_then(|at| at.answered.take());
        self.asker = Asker {
            user: request.user.clone(),
            agent: request.agent.clone(),
            length: usize::try_from(request.channel.length).unwrap_or(usize::MAX),
            // A dry run changes nothing, whatever the guest makes of it.
            may_change: command == Command::Auth && request.is_owner && !request.settings.dry_run,
            locale: request.locale,
            seen: Confirmation::seen(&request.origin).or(answered),
        };
        let limits = &policy().limits;
        let most = match command {
            Command::Usage => limits.call_deadline_seconds,
            Command::Auth => limits.change_deadline_seconds,
        };
        self.deadline = self.deadline.min(Duration::from_secs(most));
        self.batch_deadline = Duration::from_secs(match request.origin {
            commands::Origin::Terminal(_) => limits.batch_deadline_seconds,
            // Somebody waits for the reply.
            commands::Origin::Command(_)
            | commands::Origin::Button(_)
            | commands::Origin::Tool(_) => limits.chat_deadline_seconds,
        });
        if command == Command::Auth {
            self.secrets = callback::secrets(&request.origin);
            self.scan = SecretScan::new(&self.secrets);
        }
    }

    /// The change that this call proposed and its code, for whoever asks the person
    /// at the terminal.
    pub(crate) fn proposed(&mut self) -> Option<(String, Proposal)> {
        self.proposed.take()
    }

    /// Makes buttons fit to be shown. One that confirms says what the host would do, in
    /// the host's own words, and only of what this call has proposed. A value that could
    /// not be printed is nobody's button.
    pub(crate) fn fit_buttons(&self, buttons: &mut Vec<chat::Button>) {
        buttons.retain(|button| printable(&button.value, false) == button.value);
        buttons.retain_mut(|button| {
            let Some(code) = button.value.strip_prefix(CONFIRMS) else {
                button.label = printable(&button.label, false);
                return true;
            };
            let proposed = self.proposed.as_ref().filter(|(of, _)| of == code);
            if let Some((_, proposal)) = proposed {
                let words = proposal.words();
                button.label = match self.asker.locale {
                    commands::Locale::En => format!("Apply: {words}"),
                    commands::Locale::Zh => format!("确认执行：{words}"),
                };
            }
            proposed.is_some()
        });
    }

    /// Whether the call has used up its time.
    pub(crate) fn is_overdue(&self) -> bool {
        self.left().is_zero()
    }

    /// Whether any of these holds a secret that this call read.
    pub(crate) fn leaks<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        texts
            .into_iter()
            .any(|text| self.scan.finds(text.as_bytes()))
    }

    /// Whether any of these may not be shown: for a secret in it, or the id of an account
    /// or a user.
    pub(crate) fn tells<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        texts.into_iter().any(|text| {
            let bytes = text.as_bytes();
            self.scan.finds(bytes) || self.unshown.finds(bytes)
        })
    }

    /// Counts a call of the host: a guest that calls without end is ended.
    fn count(&mut self) -> wasmtime::Result<()> {
        self.spent.host_calls += 1;
        if self.spent.host_calls > policy().limits.host_calls {
            return Err(wasmtime::Error::msg("the budget of host calls is spent"));
        }
        Ok(())
    }

    /// What is left of the time of this call.
    fn left(&self) -> Duration {
        let spent = self.started.elapsed().saturating_sub(self.paused);
        self.deadline.saturating_sub(spent)
    }

    fn now(&self) -> i64 {
        self.world.clock.now()
    }

    fn grant(&mut self, request: &https::Request) -> Result<Grant, https::Failure> {
        if self.spent.requests >= policy().limits.requests_a_call {
            return Err(https::Failure::BudgetSpent);
        }
        let https::Endpoint::Usage = request.endpoint;
        if !policy().endpoints.contains_key("usage") {
            return Err(https::Failure::Denied);
        }
        let profiles = self.sign_ins.as_ref().map(|sign_ins| &sign_ins.profiles);
        let profile = profiles.and_then(|all| all.iter().find(|each| each.id == request.profile));
        let profile = profile.ok_or(https::Failure::Denied)?;
        let store::Access::Ready(token) = &profile.access else {
            return Err(https::Failure::NoCredential);
        };
        self.spent.requests += 1;
        Ok(Grant {
            profile: request.profile.clone(),
            token: token.clone(),
            account_id: profile.account_id.clone(),
            expires_at: profile.expires_at,
            timeout: Duration::from_millis(request.timeout_ms.into()),
            delay: Duration::from_millis(request.delay_ms.into()),
        })
    }
}

/// A host lends by itself.
impl AsMut<Host> for Host {
    fn as_mut(&mut self) -> &mut Host {
        self
    }
}

/// A request that the policy lets through, with the credential it gets.
struct Grant {
    profile: String,
    token: Secret,
    account_id: Option<String>,
    expires_at: Option<i64>,
    timeout: Duration,
    delay: Duration,
}

type Fetched = Result<https::Response, https::Error>;

impl https::Host for Host {
    fn fetch_all(&mut self, requests: Vec<https::Request>) -> wasmtime::Result<Vec<Fetched>> {
        self.count()?;
        let away_since = Instant::now();
        let grants: Vec<Result<Grant, https::Failure>> =
            requests.iter().map(|request| self.grant(request)).collect();
        let batch = Batch {
            world: &self.world,
            scan: &self.scan,
            started: Instant::now(),
            deadline: self.started + self.batch_deadline,
            bodies: AtomicUsize::new(0),
        };
        let fetched = batch.run(&grants);
        self.away += away_since.elapsed();
        Ok(fetched)
    }
}

/// Requests that go out together.
struct Batch<'a> {
    world: &'a World,
    scan: &'a SecretScan,
    started: Instant,
    deadline: Instant,
    bodies: AtomicUsize,
}

impl Batch<'_> {
    fn run(&self, grants: &[Result<Grant, https::Failure>]) -> Vec<Fetched> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(grant) = grants.get(index) else {
                    return done;
                };
                let fetched = match grant {
                    Ok(grant) => self.fetch(grant),
                    Err(failure) => Err(unsent(*failure)),
                };
                done.push((index, fetched));
            }
        };
        // This thread is one of the workers.
        let others = grants
            .len()
            .min(policy().limits.requests_at_once)
            .saturating_sub(1);
        let mut results: Vec<Option<Fetched>> = grants.iter().map(|_| None).collect();
        let done = std::thread::scope(|scope| {
            // Where the system has no thread left, this one does the work alone.
            let spawn = |_| Builder::new().spawn_scoped(scope, work).ok();
            let handles: Vec<_> = (0..others).filter_map(spawn).collect();
            let mut done = work();
            for handle in handles {
                // A worker that panicked loses its results and nobody else's.
                done.extend(handle.join().unwrap_or_default());
            }
            done
        });
        for (index, fetched) in done {
            results[index] = Some(fetched);
        }
        let lost = https::Error {
            failure: https::Failure::Unreachable,
            sent: true,
            elapsed_ms: 0,
        };
        results
            .into_iter()
            .map(|fetched| fetched.unwrap_or(Err(lost)))
            .collect()
    }

    fn fetch(&self, grant: &Grant) -> Fetched {
        if self.bodies.load(Ordering::Relaxed) >= policy().limits.batch_body_bytes {
            return Err(unsent(https::Failure::BudgetSpent));
        }
        // A delay counts from the start of the batch: those behind do not add up.
        let delay = (self.started + grant.delay).saturating_duration_since(Instant::now());
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left <= delay {
            return Err(unsent(https::Failure::BudgetSpent));
        }
        self.world.endpoint.wait(delay);
        // It may have been the last of the token's time.
        let now = self.world.clock.now();
        if grant.expires_at.is_some_and(|at| at <= now) {
            return Err(unsent(https::Failure::NoCredential));
        }
        let timeout = grant.timeout.min(left - delay);
        let account_id = grant.account_id.as_deref();
        let endpoint = &self.world.endpoint;
        match endpoint.get_usage(&grant.profile, &grant.token, account_id, timeout) {
            Ok(answer) => self.admit(answer),
            Err(fault) => Err(https::Error {
                failure: match fault.failure {
                    net::Failure::Denied => https::Failure::Denied,
                    net::Failure::TimedOut => https::Failure::TimedOut,
                    net::Failure::TooLarge => https::Failure::TooLarge,
                    net::Failure::Unreachable => https::Failure::Unreachable,
                },
                sent: fault.sent,
                elapsed_ms: fault.elapsed_ms,
            }),
        }
    }

    /// Lets an answer into the guest: within the batch's budget, and only where
    /// nothing in it is a secret that the host holds.
    fn admit(&self, answer: net::Answer) -> Fetched {
        let elapsed_ms = answer.elapsed_ms;
        let refuse = |failure| https::Error {
            failure,
            sent: true,
            elapsed_ms,
        };
        if answer.body.len() > policy().limits.body_bytes {
            return Err(refuse(https::Failure::TooLarge));
        }
        let before = self.bodies.fetch_add(answer.body.len(), Ordering::Relaxed);
        if before + answer.body.len() > policy().limits.batch_body_bytes {
            return Err(refuse(https::Failure::BudgetSpent));
        }
        let is_secret = |text: &Option<String>| {
            text.as_ref()
                .is_some_and(|text| self.scan.finds(text.as_bytes()))
        };
        if self.scan.finds(&answer.body)
            || is_secret(&answer.retry_after)
            || is_secret(&answer.content_type)
        {
            return Err(refuse(https::Failure::SecretEchoed));
        }
        Ok(https::Response {
            status: answer.status,
            retry_after: answer.retry_after,
            content_type: answer.content_type,
            challenged: answer.challenged,
            has_location: answer.has_location,
            body: answer.body,
            received_at: answer.received_at,
            elapsed_ms: answer.elapsed_ms,
        })
    }
}

fn unsent(failure: https::Failure) -> https::Error {
    https::Error {
        failure,
        sent: false,
        elapsed_ms: 0,
    }
}

impl auth_store::Host for Host {
    fn read(&mut self) -> wasmtime::Result<Result<auth_store::Snapshot, auth_store::Error>> {
        self.count()?;
        let away_since = Instant::now();
        let snapshot = self.snapshot();
        self.away += away_since.elapsed();
        Ok(snapshot)
    }
}

impl Host {
    /// Reads the sign-ins once per call, and from then on knows what may not cross.
    fn load(&mut self) -> Result<(), auth_store::Error> {
        if self.sign_ins.is_none() {
            let read = self.world.store.read(self.now());
            let sign_ins = read.map_err(|error| store_error(&error))?;
            self.learn(&sign_ins);
            self.sign_ins = Some(sign_ins);
        }
        Ok(())
    }

    /// From now on these secrets do not cross. What was one before a change is one
    /// after it.
    fn learn(&mut self, sign_ins: &SignIns) {
        self.secrets.extend(sign_ins.secrets.iter().cloned());
        self.scan = SecretScan::new(&self.secrets);
        self.unshown = unshown(sign_ins);
    }

    fn snapshot(&mut self) -> Result<auth_store::Snapshot, auth_store::Error> {
        self.load()?;
        match &self.sign_ins {
            Some(sign_ins) if !self.leaks(shown_texts(sign_ins)) => Ok(snapshot(sign_ins)),
            Some(SignIns { source, .. }) => Err(auth_store::Error {
                failure: auth_store::Failure::Denied,
                source: source.clone(),
            }),
            None => Err(auth_store::Error {
                failure: auth_store::Failure::Missing,
                source: String::new(),
            }),
        }
    }
}

/// Finds the ids of accounts and users, but for those that a profile is called by: its
/// name is said.
fn unshown(sign_ins: &SignIns) -> SecretScan {
    let profiles = sign_ins.profiles.iter();
    let ids = profiles.flat_map(|profile| [&profile.account_id, &profile.user_id]);
    let mut ids: Vec<Secret> = ids.flatten().map(Secret::new).collect();
    let all = SecretScan::new(&ids);
    let is_found = |scan: &SecretScan, name: &&str| scan.finds(name.as_bytes());
    let named: Vec<&str> = names(sign_ins)
        .filter(|name| is_found(&all, name))
        .collect();
    // Seldom any: a gateway that knows no e-mail address names a profile after its user.
    if named.is_empty() {
        return all;
    }
    ids.retain(|id| {
        let scan = SecretScan::new([id]);
        !named.iter().any(|name| is_found(&scan, name))
    });
    SecretScan::new(&ids)
}

/// What profiles and keys are called by, wherever it is stored.
fn names(sign_ins: &SignIns) -> impl Iterator<Item = &str> {
    let profiles = sign_ins.profiles.iter().map(|profile| &profile.id);
    let keys = sign_ins.keys.iter().map(|key| &key.id);
    let orders = sign_ins.order.iter().chain(&sign_ins.inherited_order);
    let all = profiles.chain(keys).chain(orders.flatten());
    all.map(String::as_str)
}

/// Every text of a snapshot that somebody else wrote.
fn shown_texts(sign_ins: &SignIns) -> impl Iterator<Item = &str> {
    let about = sign_ins.profiles.iter().flat_map(|profile| {
        let optional = [
            &profile.account_id,
            &profile.user_id,
            &profile.cooldown_reason,
        ];
        let reasons = profile
            .failure_counts
            .iter()
            .map(|(reason, _)| reason.as_str());
        let optional = optional.into_iter().filter_map(|text| text.as_deref());
        optional.chain(reasons)
    });
    names(sign_ins)
        .chain(about)
        .chain(sign_ins.last_good.as_deref())
}

fn store_error(error: &store::StoreError) -> auth_store::Error {
    auth_store::Error {
        failure: match error.failure {
            store::Failure::Missing => auth_store::Failure::Missing,
            store::Failure::Unreadable => auth_store::Failure::Unreadable,
            store::Failure::Malformed => auth_store::Failure::Malformed,
            store::Failure::Unmigrated => auth_store::Failure::Unmigrated,
            store::Failure::Locked => auth_store::Failure::Locked,
            store::Failure::TooLarge => auth_store::Failure::TooLarge,
            store::Failure::BadAgent => auth_store::Failure::BadAgent,
        },
        source: error.source.clone(),
    }
}

fn snapshot(sign_ins: &SignIns) -> auth_store::Snapshot {
    auth_store::Snapshot {
        era: match sign_ins.era {
            store::Era::Json => auth_store::Era::Json,
            store::Era::Sqlite => auth_store::Era::Sqlite,
        },
        source: sign_ins.source.clone(),
        provider: sign_ins.provider.clone(),
        profiles: sign_ins.profiles.iter().map(redacted).collect(),
        keys: sign_ins.keys.iter().map(key).collect(),
        order: sign_ins.order.clone(),
        inherited_order: sign_ins.inherited_order.clone(),
        last_good: sign_ins.last_good.clone(),
        findings: sign_ins
            .findings
            .iter()
            .map(|finding| match finding {
                store::Finding::BothStores => auth_store::Finding::BothStores,
                store::Finding::LegacyAuthJson => auth_store::Finding::LegacyAuthJson,
                store::Finding::MigratedPlainTokens => auth_store::Finding::MigratedPlainTokens,
                store::Finding::StaleCooldown => auth_store::Finding::StaleCooldown,
                store::Finding::OrderNamesMissing => auth_store::Finding::OrderNamesMissing,
                store::Finding::MixedProviders => auth_store::Finding::MixedProviders,
                store::Finding::SkippedEntries => auth_store::Finding::SkippedEntries,
            })
            .collect(),
    }
}

fn key(key: &store::Key) -> auth_store::Key {
    auth_store::Key {
        id: key.id.clone(),
        handle: digest::short(key.id.as_bytes(), 4),
        kind: match key.kind {
            store::KeyKind::ApiKey => auth_store::KeyKind::ApiKey,
            store::KeyKind::Token => auth_store::KeyKind::Token,
        },
    }
}

fn redacted(profile: &store::Profile) -> auth_store::Profile {
    auth_store::Profile {
        id: profile.id.clone(),
        handle: profile.handle.clone(),
        provider: profile.provider.clone(),
        access: match profile.access {
            store::Access::Ready(_) => auth_store::Access::Ready,
            store::Access::Expired => auth_store::Access::Expired,
            store::Access::Fenced => auth_store::Access::Fenced,
            store::Access::Missing => auth_store::Access::Missing,
        },
        expires_at: profile.expires_at,
        has_refresh: profile.has_refresh,
        account_id: profile.account_id.clone(),
        user_id: profile.user_id.clone(),
        last_used_at: profile.last_used_at,
        last_failure_at: profile.last_failure_at,
        cooldown_until: profile.cooldown_until,
        cooldown_reason: profile.cooldown_reason.clone(),
        error_count: profile.error_count,
        failure_counts: profile.failure_counts.clone(),
    }
}

impl chat::Host for Host {
    fn send(&mut self, mut message: chat::Message) -> wasmtime::Result<Result<(), chat::Error>> {
        self.count()?;
        if self.outbox.is_none() {
            return Ok(Err(chat::Error::Unavailable));
        }
        let limits = &policy().limits;
        message.text = printable(&message.text, false);
        self.fit_buttons(&mut message.buttons);
        let buttons = message.buttons.iter();
        let values = buttons.flat_map(|button| [button.label.as_str(), button.value.as_str()]);
        let texts: Vec<&str> = std::iter::once(message.text.as_str())
            .chain(values)
            .collect();
        let long = message.text.encode_utf16().count() > self.asker.length;
        let wide = message
            .buttons
            .iter()
            .any(|button| button.value.len() > limits.button_bytes);
        let many = self.spent.messages >= limits.messages_a_call;
        if long || wide || many || self.tells(texts) {
            return Ok(Err(chat::Error::Refused));
        }
        self.spent.messages += 1;
        if let Some(outbox) = &mut self.outbox {
            outbox(&message);
        }
        Ok(Ok(()))
    }
}

impl memory::Host for Host {
    fn load(&mut self) -> wasmtime::Result<memory::Blob> {
        self.count()?;
        let blob = self
            .state
            .as_ref()
            .map(StateFolder::load)
            .unwrap_or_default();
        Ok(memory::Blob {
            bytes: blob.bytes,
            version: blob.version,
        })
    }

    fn save(
        &mut self,
        bytes: Vec<u8>,
        expected_version: u64,
    ) -> wasmtime::Result<Result<u64, memory::Error>> {
        self.count()?;
        if bytes.len() > policy().limits.memory_blob_bytes {
            return Ok(Err(memory::Error::TooLarge));
        }
        if self.scan.finds(&bytes) || self.unshown.finds(&bytes) {
            return Ok(Err(memory::Error::Denied));
        }
        let Some(state) = &self.state else {
            return Ok(Err(memory::Error::Failed));
        };
        Ok(state
            .save(&bytes, expected_version)
            .map_err(|error| match error {
                SaveError::Conflict => memory::Error::Conflict,
                SaveError::Failed(_) => memory::Error::Failed,
            }))
    }

    fn take(&mut self, key: String, ttl_seconds: u32) -> wasmtime::Result<memory::Claim> {
        self.count()?;
        let Some(state) = &self.state else {
            return Ok(memory::Claim::Claimed);
        };
        let full = format!("{}\n{}\n{key}", self.asker.user, self.asker.agent);
        // Where claims cannot be kept, answering twice is better than not at all.
        Ok(
            match claims::take(&state.claims(), &full, ttl_seconds, || Clock::System.now()) {
                Ok(Taken::Running) => memory::Claim::Running,
                Ok(Taken::Recent) => memory::Claim::Recent,
                Ok(Taken::Claimed(claim)) => {
                    self.claims.push((key, claim));
                    memory::Claim::Claimed
                }
                Err(_) => memory::Claim::Claimed,
            },
        )
    }

    fn release(&mut self, key: String) -> wasmtime::Result<()> {
        self.count()?;
        // Whoever repeats a request does so in real time, whatever the world's is.
        let now = Clock::System.now();
        let held = self.claims.iter().position(|(each, _)| *each == key);
        if let Some(index) = held {
            self.claims.swap_remove(index).1.release(now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use serde_json::json;

    use super::*;
    use crate::changes::Change;
    use crate::store::{Era, Place};
    use crate::world::{Classes, Endpoint, Gateway, RecordedState, Store};

    const SECRET: &str = "canary-refresh-token-of-work";

    const NOW: i64 = 1_790_000_000;

    /// Two profiles and an API key.
    fn sign_ins() -> RecordedState {
        let sign_in = json!({
            "type": "oauth", "provider": "openai", "expires": 4_000_000_000_000_i64,
            "access": "canary-access-token-of-work", "refresh": SECRET,
        });
        let key =
            json!({ "type": "api_key", "provider": "openai", "key": "canary-api-key-of-key" });
        let store = json!({ "version": 1, "profiles": {
            "openai:work": sign_in, "openai:home": sign_in, "openai:key": key,
        }});
        RecordedState::new(store, None, Era::Sqlite, "test")
    }

    fn world(state: &RecordedState) -> Arc<World> {
        Arc::new(World {
            store: Store::Recorded(state.clone()),
            endpoint: Endpoint::Nowhere,
            gateway: Gateway::Recorded(state.gateway("2026.9.6", vec![], NOW)),
            clock: Clock::Fixed(NOW),
            classes: Classes::default(),
        })
    }

    /// A host of the owner's call, with a message path.
    fn host() -> Host {
        let mut host = Host::new(world(&sign_ins()), None).with_outbox(Box::new(|_| {}));
        host.asker = Asker {
            user: "somebody".into(),
            agent: "main".into(),
            length: 100,
            may_change: true,
            locale: commands::Locale::En,
            seen: None,
        };
        host
    }

    fn message(text: &str) -> chat::Message {
        chat::Message {
            text: text.into(),
            buttons: vec![],
        }
    }

    fn sent(host: &mut Host, message: chat::Message) -> Result<(), chat::Error> {
        chat::Host::send(host, message).unwrap()
    }

    fn usage_of(profile: &str) -> https::Request {
        https::Request {
            endpoint: https::Endpoint::Usage,
            profile: profile.into(),
            timeout_ms: 1000,
            delay_ms: 0,
        }
    }

    #[test]
    fn a_snapshot_holds_no_token() {
        let snapshot = auth_store::Host::read(&mut host()).unwrap().unwrap();
        assert!(!format!("{snapshot:?}").contains("canary"));
        assert_eq!(snapshot.profiles.len(), 2);
        assert_eq!(snapshot.keys.len(), 1);
    }

    #[test]
    fn no_message_and_no_blob_carries_a_secret_out() {
        let mut host = host();
        auth_store::Host::read(&mut host).unwrap().unwrap();
        assert!(sent(&mut host, message("hello")).is_ok());
        assert!(matches!(
            sent(&mut host, message(SECRET)),
            Err(chat::Error::Refused)
        ));
        // Hidden behind what nobody sees.
        let hidden = SECRET.replace("token", "to\u{200b}ken");
        assert!(matches!(
            sent(&mut host, message(&hidden)),
            Err(chat::Error::Refused)
        ));
        let button = chat::Button {
            label: SECRET.into(),
            value: "x".into(),
        };
        let pressed = chat::Message {
            text: String::new(),
            buttons: vec![button],
        };
        assert!(matches!(
            sent(&mut host, pressed),
            Err(chat::Error::Refused)
        ));
        let saved = memory::Host::save(&mut host, SECRET.as_bytes().to_vec(), 0).unwrap();
        assert!(matches!(saved, Err(memory::Error::Denied)));
    }

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
        host.asker = self::host().asker;
        let queries = vec![
            gateway::Query::ModelsStatus,
            gateway::Query::AuthOrderGet("openai".into()),
            gateway::Query::Version,
        ];
        let answers = gateway::Host::read(&mut host, queries).unwrap();
        let is_denied = |answer: &Result<_, _>| matches!(answer, Err(gateway::Error::Denied));
        assert_eq!(
            answers.iter().map(is_denied).collect::<Vec<_>>(),
            [true, true, false]
        );
    }

    #[test]
    fn a_button_whose_value_cannot_be_printed_is_left_out() {
        let button = |value: &str| chat::Button {
            label: "All\u{202e}".into(),
            value: value.into(),
        };
        let mut buttons = vec![
            button("usage:\u{1b}[2Jall"),
            button("usage:all"),
            button("usage:\u{202e}all"),
        ];
        host().fit_buttons(&mut buttons);
        let left: Vec<_> = buttons
            .iter()
            .map(|one| (&*one.label, &*one.value))
            .collect();
        assert_eq!(left, [("All", "usage:all")]);
    }

    #[test]
    fn a_token_that_ends_during_a_delay_is_not_sent() {
        let mut host = host();
        auth_store::Host::read(&mut host).unwrap().unwrap();
        let sign_ins = host.sign_ins.as_mut().unwrap();
        let work = sign_ins.profiles.iter_mut();
        let work = work.filter(|profile| profile.id == "openai:work");
        work.for_each(|profile| profile.expires_at = Some(NOW));
        let fetched = https::Host::fetch_all(&mut host, vec![usage_of("openai:work")]).unwrap();
        let error = fetched.into_iter().next().unwrap().unwrap_err();
        assert!(matches!(error.failure, https::Failure::NoCredential));
        assert!(!error.sent);
    }

    #[test]
    fn a_message_is_bounded_in_length_in_buttons_and_in_number() {
        let mut host = host();
        assert!(matches!(
            sent(&mut host, message(&"💳".repeat(51))),
            Err(chat::Error::Refused)
        ));
        let button = chat::Button {
            label: "x".into(),
            value: "x".repeat(53),
        };
        let wide = chat::Message {
            text: String::new(),
            buttons: vec![button],
        };
        assert!(matches!(sent(&mut host, wide), Err(chat::Error::Refused)));
        let all = (0..30).map(|_| sent(&mut host, message("hello")).is_ok());
        assert_eq!(
            all.filter(|sent| *sent).count(),
            policy().limits.messages_a_call
        );
    }

    #[test]
    fn only_a_profile_of_this_calls_snapshot_is_asked_for() {
        let mut host = host();
        let mut failure = |profile: &str| {
            let fetched = https::Host::fetch_all(&mut host, vec![usage_of(profile)]).unwrap();
            let error = fetched.into_iter().next().unwrap().unwrap_err();
            assert!(!error.sent);
            error.failure
        };
        // Before the snapshot was read nothing is.
        assert!(matches!(failure("openai:work"), https::Failure::Denied));
        auth_store::Host::read(&mut host).unwrap().unwrap();
        for profile in [
            "openai:other",
            "",
            "work",
            "openai:work\0",
            &"x".repeat(1 << 20),
        ] {
            let fetched = https::Host::fetch_all(&mut host, vec![usage_of(profile)]).unwrap();
            let error = fetched.into_iter().next().unwrap().unwrap_err();
            assert!(
                matches!(error.failure, https::Failure::Denied),
                "{profile:.20}"
            );
        }
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
            host.asker = self::host().asker;
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

    /// The calls of one user, one after the other, on the same sign-ins.
    struct Calls {
        state: RecordedState,
        folder: tempfile::TempDir,
    }

    type Applied = Result<gateway::Output, gateway::Error>;

    impl Calls {
        fn new() -> Self {
            Self {
                state: sign_ins(),
                folder: tempfile::tempdir().unwrap(),
            }
        }

        fn call(&self, user: &str, seen: Option<Confirmation>) -> Host {
            let state = StateFolder::at(self.folder.path());
            let mut host = Host::new(world(&self.state), Some(state));
            host.deadline = Duration::from_secs(policy().limits.change_deadline_seconds);
            host.asker = Asker {
                user: user.into(),
                seen,
                ..self::host().asker
            };
            host
        }

        fn propose(&self, user: &str, change: Change) -> Result<String, gateway::Error> {
            let mut host = self.call(user, None);
            let change = gateway_commands::shown(change);
            let proposed = gateway::Host::propose(&mut host, change, "note".into()).unwrap();
            proposed.map(|proposal| proposal.code)
        }

        /// A call in which this user was seen to confirm with this code and name.
        fn apply(&self, user: &str, code: &str, name: &str) -> Applied {
            let mut host = self.call(user, Some(Confirmation::new(code, name)));
            gateway::Host::apply(&mut host, code.into()).unwrap()
        }

        fn order(&self) -> Option<Vec<String>> {
            self.state.sign_ins(NOW).unwrap().order
        }
    }

    fn set(ids: &[&str]) -> Change {
        Change::AuthOrderSet {
            provider: "openai".into(),
            profiles: ids.iter().copied().map(str::to_owned).collect(),
        }
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
        let change = gateway_commands::shown(set(&["openai:work"]));
        let denied = gateway::Host::propose(&mut guest, change, String::new()).unwrap();
        assert!(matches!(denied, Err(gateway::Error::Denied)));
        let change = gateway_commands::shown(set(&["openai:work"]));
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
        gateway_commands::shown(Change::AuthLogin {
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
                ..self::host().asker
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
    fn a_button_that_confirms_says_what_the_host_would_do() {
        let calls = Calls::new();
        let mut host = calls.call("ann", None);
        let button = |code: &str| chat::Button {
            label: "Next page".into(),
            value: format!("{CONFIRMS}{code}"),
        };
        let mut buttons = vec![button("GUESSED0")];
        host.fit_buttons(&mut buttons);
        assert!(buttons.is_empty(), "nothing was proposed");
        let change = gateway_commands::shown(set(&["openai:work"]));
        let proposed = gateway::Host::propose(&mut host, change, String::new());
        let code = proposed.unwrap().unwrap().code;
        let mut buttons = vec![button("GUESSED0"), button(&code)];
        host.fit_buttons(&mut buttons);
        let labels: Vec<&str> = buttons.iter().map(|button| button.label.as_str()).collect();
        assert_eq!(labels, ["Apply: order set"]);
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

    #[test]
    fn whoever_waits_in_a_chat_is_answered_sooner() {
        let deadline = |origin: commands::Origin| {
            let mut host = host();
            let request = commands::Request {
                origin,
                ..request_of("all")
            };
            host.hear(Command::Usage, &request);
            host.batch_deadline.as_secs()
        };
        let typed = |text: &str| commands::Origin::Command(text.into());
        assert_eq!(deadline(typed("all --timeout-sec 60")), 25);
        assert_eq!(deadline(commands::Origin::Tool("all".into())), 25);
        assert_eq!(deadline(commands::Origin::Terminal(vec![])), 60);
        // What would come later is ended then, and what has no time left is not sent.
        let mut host = host();
        auth_store::Host::read(&mut host).unwrap().unwrap();
        host.batch_deadline = Duration::ZERO;
        let fetched = https::Host::fetch_all(&mut host, vec![usage_of("openai:work")]).unwrap();
        let spent =
            |error: &https::Error| error.failure == https::Failure::BudgetSpent && !error.sent;
        assert!(fetched[0].as_ref().is_err_and(spent), "{fetched:?}");
    }

    #[test]
    fn what_was_pasted_as_a_callback_does_not_leave() {
        let mut host = host();
        let mut request = request_of(
            "finish work http://localhost:1455/auth/callback?code=ac_FAKE0123456789&state=x",
        );
        host.hear(Command::Auth, &request);
        assert!(matches!(
            sent(&mut host, message("ac_FAKE0123456789")),
            Err(chat::Error::Refused)
        ));
        // What the store holds is a secret besides.
        auth_store::Host::read(&mut host).unwrap().unwrap();
        assert!(host.leaks(["ac_FAKE0123456789"]) && host.leaks([SECRET]));
        request.is_owner = false;
        host.hear(Command::Auth, &request);
        assert!(!host.asker.may_change);
        request.is_owner = true;
        host.hear(Command::Usage, &request);
        assert!(!host.asker.may_change, "a check changes nothing");
        request.settings.dry_run = true;
        host.hear(Command::Auth, &request);
        assert!(!host.asker.may_change, "nor does a dry run");
    }

    fn request_of(text: &str) -> commands::Request {
        commands::Request {
            origin: commands::Origin::Command(text.into()),
            user: "ann".into(),
            is_owner: true,
            agent: "main".into(),
            channel: commands::Channel {
                buttons: 0,
                length: 4096,
                private: true,
                screen: None,
            },
            now: NOW,
            zone: commands::Zone {
                name: "UTC".into(),
                transitions: vec![],
            },
            locale: commands::Locale::En,
            salt: String::new(),
            settings: commands::Settings {
                burn_first: vec![],
                preserve: vec![],
                full_ids: false,
                dry_run: false,
            },
        }
    }

    #[test]
    fn a_guest_that_calls_without_end_is_ended() {
        let mut host = host();
        let calls = policy().limits.host_calls;
        for _ in 0..calls {
            assert!(memory::Host::load(&mut host).is_ok());
        }
        assert!(memory::Host::load(&mut host).is_err());
        assert!(https::Host::fetch_all(&mut host, vec![]).is_err());
    }
}

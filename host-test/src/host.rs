//! The five imports as the harness lends them: every grant checked, every secret
//! kept on this side.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::StoreLimits;

use crate::changes::{self, Confirmation, Proposal};
use crate::claims::Claim;
use crate::contract::{self, Command, commands};
use crate::openclaw;
use crate::policy::policy;
use crate::secret::{Secret, SecretScan};
use crate::state::StateFolder;
use crate::store::{SignIns, StoreError};
use crate::world::World;

mod auth_store;
mod blob;
mod callback;
pub(crate) mod chat;
#[cfg(test)]
mod fixtures;
mod gateway_commands;
mod https;
mod memory;

/// Receives the messages of the channel.
pub type Outbox = Box<dyn FnMut(&contract::chat::Message) + Send>;

/// Is told of the gateway commands that are run.
pub type Progress = Box<dyn FnMut(Step<'_>) + Send>;

/// Gateway commands that are run.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// They were started side by side, with these arguments.
    Started(&'a [&'a [String]]),
    /// They have ended, after this long.
    Ended(Duration),
}

/// Everything that one call of the component can reach.
pub struct Host {
    world: Arc<World>,
    state: Option<StateFolder>,
    outbox: Option<Outbox>,
    progress: Option<Progress>,
    terminal: Option<Attached>,
    caller: Caller,
    /// True if the user typed a callback in this call.
    heard_callback: bool,
    started: Instant,
    /// The time that the call waited for a person.
    paused: Duration,
    deadline: Duration,
    /// The time all batches may take together.
    batch_deadline: Duration,
    /// As they were read, or why they were not.
    sign_ins: Option<Result<SignIns, StoreError>>,
    secrets: Vec<Secret>,
    scan: SecretScan,
    /// Account and user ids: the guest may know them, and nobody is shown them, nor are
    /// they kept.
    unshown: SecretScan,
    /// All of these ids that the call has read, also those that a change deleted since.
    ids: Vec<Secret>,
    claims: Vec<(String, Claim)>,
    /// Held while this call changes something.
    changing: Option<(Claim, openclaw::Uninterrupted)>,
    proposed: Option<(String, Proposal)>,
    /// All that was sent: a secret could be split over messages.
    said: Vec<contract::chat::Message>,
    spent: Spent,
    /// The reason for which this call could ask nobody, and was ended.
    pub(crate) unready: Option<anyhow::Error>,
    pub(crate) limits: StoreLimits,
    /// The time that the guest waited for the store, for answers and for commands.
    pub(crate) away: Duration,
}

/// The user, the agent and the channel of a call, as the host itself knows them.
struct Caller {
    user: String,
    agent: String,
    channel: commands::Channel,
    /// The gateway's owner, asking for `codex-auth` and not for a dry run.
    may_change: bool,
    /// An agent's tool, which is answered as often as it asks.
    is_tool: bool,
    /// The host itself, which checks for alerts.
    is_scheduled: bool,
    /// Whether its conversation may be subscribed to alerts, as far as who asks decides.
    subscribing: Result<(), contract::chat::SubscribeError>,
    locale: commands::Locale,
    seen: Option<Confirmation>,
}

/// A terminal with a person at it.
#[derive(Debug, Clone, Default)]
pub struct Attached {
    /// True if a login can be run in it.
    pub can_log_in: bool,
    /// The person's answer to this host's own question.
    pub answered: Option<Confirmation>,
}

/// The part of its budget that a call has used.
#[derive(Default)]
struct Spent {
    host_calls: u32,
    requests: usize,
    /// To each endpoint, for each profile.
    requests_of: BTreeMap<(&'static str, String), usize>,
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
            caller: Caller {
                user: String::new(),
                agent: String::new(),
                channel: commands::Channel { buttons: 0, length: 0, private: true, screen: None },
                may_change: false,
                is_tool: false,
                is_scheduled: false,
                subscribing: Err(contract::chat::SubscribeError::Denied),
                locale: commands::Locale::En,
                seen: None,
            },
            heard_callback: false,
            started: Instant::now(),
            paused: Duration::ZERO,
            deadline: Duration::from_secs(policy().limits.change_deadline_seconds),
            batch_deadline: Duration::from_secs(policy().limits.batch_deadline_seconds),
            sign_ins: None,
            secrets: Vec::new(),
            scan: SecretScan::default(),
            unshown: SecretScan::default(),
            ids: Vec::new(),
            claims: Vec::new(),
            changing: None,
            proposed: None,
            said: Vec::new(),
            spent: Spent::default(),
            unready: None,
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
    pub(crate) fn begin_call(&mut self, command: Command, request: &commands::Request) {
        let answered = self.terminal.as_mut().and_then(|at| at.answered.take());
        self.caller = Caller {
            user: request.user.clone(),
            agent: request.agent.clone(),
            channel: request.channel.clone(),
            // A dry run changes nothing, whatever the guest makes of it.
            may_change: command == Command::Auth && request.is_owner && !request.settings.dry_run,
            is_tool: matches!(request.origin, commands::Origin::Tool(_)),
            is_scheduled: matches!(request.origin, commands::Origin::Schedule(_)),
            subscribing: chat::subscribing(command, request),
            locale: request.locale,
            seen: Confirmation::seen(&request.origin).or(answered),
        };
        let limits = &policy().limits;
        let most = match command {
            Command::Usage => limits.call_deadline_seconds,
            Command::Auth => limits.change_deadline_seconds,
        };
        self.deadline = self.deadline.min(Duration::from_secs(most));
        if let Some(state) = &self.state {
            changes::sweep(&state.proposals(), self.now());
        }
        self.batch_deadline = Duration::from_secs(match request.origin {
            commands::Origin::Terminal(_) | commands::Origin::Schedule(_) => {
                limits.batch_deadline_seconds
            }
            // Somebody waits for the reply.
            commands::Origin::Command(_)
            | commands::Origin::Button(_)
            | commands::Origin::Tool(_) => limits.chat_deadline_seconds,
        });
        self.secrets = callback::secrets(&request.origin);
        self.scan = SecretScan::new(&self.secrets);
        self.heard_callback = !self.secrets.is_empty();
    }

    /// The change that this call proposed and its code, for whoever asks the person
    /// at the terminal.
    pub(crate) fn proposed(&mut self) -> Option<(String, Proposal)> {
        self.proposed.take()
    }

    /// Returns whether the call has used up its time.
    pub(crate) fn is_overdue(&self) -> bool {
        self.left().is_zero()
    }

    /// Returns whether any of these holds a secret that this call read.
    pub(crate) fn leaks<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        texts.into_iter().any(|text| self.scan.finds(text.as_bytes()))
    }

    /// Returns whether any of these holds a secret, or the id of an account or a user. Reads the
    /// sign-ins if the guest has not; if they cannot be read, the guest has nothing from them.
    pub(crate) fn tells<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        texts.into_iter().any(|text| self.tells_of(text.as_bytes()))
    }

    fn tells_of(&mut self, bytes: &[u8]) -> bool {
        // Read once: what comes of it is known from then on.
        let _ = self.load();
        self.scan.finds(bytes) || self.unshown.finds(bytes)
    }

    /// Counts a call of the host: a guest that calls without end is ended.
    fn count(&mut self) -> wasmtime::Result<()> {
        self.spent.host_calls += 1;
        if self.spent.host_calls > policy().limits.host_calls {
            return Err(wasmtime::Error::msg("the budget of host calls is used up"));
        }
        Ok(())
    }

    /// Returns the time that is left to this call.
    fn left(&self) -> Duration {
        let spent = self.started.elapsed().saturating_sub(self.paused);
        self.deadline.saturating_sub(spent)
    }

    fn now(&self) -> i64 {
        self.world.clock.now()
    }
}

/// A host lends by itself.
impl AsMut<Host> for Host {
    fn as_mut(&mut self) -> &mut Host {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{https, memory};
    use crate::host::fixtures::host;

    #[test]
    fn a_guest_that_calls_without_end_is_ended() {
        let mut host = host();
        let calls = policy().limits.host_calls;
        for _ in 0..calls {
            assert!(memory::Host::load(&mut host, memory::Key::Readings).is_ok());
        }
        assert!(memory::Host::load(&mut host, memory::Key::Readings).is_err());
        assert!(https::Host::fetch_all(&mut host, vec![]).is_err());
    }
}

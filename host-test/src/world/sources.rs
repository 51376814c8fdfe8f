//! A world as a call finds it: the sign-ins, the answers, the gateway and the time.

use std::fs::File;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::gateway::{RecordedGateway, ScriptStep};
use super::recorded::{Answers, Recorded};
use super::state::RecordedState;
use crate::clock::Clock;
use crate::net::{self, Answer, Client, Fault};
use crate::openclaw::{self, Output};
use crate::policy::Granted;
use crate::secret::Secret;
use crate::store::{self, Place, SignIns, StoreError};

/// Everything outside the harness.
pub struct World {
    /// The source of the sign-ins.
    pub store: Store,
    /// The source of the answers.
    pub endpoint: Endpoint,
    /// The runner of gateway commands.
    pub gateway: Gateway,
    /// The time of a call.
    pub clock: Clock,
    /// Profiles whose quota is treated otherwise than that of others.
    pub classes: Classes,
    /// The profile that the chat session of a recorded world uses.
    pub session: Option<Session>,
    /// Whether its conversations can be written to unasked.
    pub is_subscribable: bool,
}

/// The profile that a chat session uses.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Session {
    /// Its id, stored or not.
    pub profile: String,
    /// The reason for which it uses this one.
    pub pin: Pin,
}

/// The reason for which a chat session uses its profile.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pin {
    /// The gateway chose it.
    Auto,
    /// The user chose it.
    User,
}

/// Profiles whose quota is used first, and last, by id. A fleet names them itself;
/// elsewhere only the user does.
#[derive(Debug, Clone, Default)]
pub struct Classes {
    /// Profiles that come first of two that are ready.
    pub burn_first: Vec<String>,
    /// These only where no other is ready.
    pub preserve: Vec<String>,
}

/// The source of the sign-ins.
pub enum Store {
    /// Recorded, and changed by nobody but the recorded gateway.
    Recorded(RecordedState),
    /// On this machine.
    Live(Place),
}

/// The source of the answers.
pub enum Endpoint {
    /// Recorded, by profile.
    Recorded(Recorded),
    /// Through this client.
    Live(Client),
    /// None: a command that asks for no usage.
    Nowhere,
}

/// The runner of gateway commands.
pub enum Gateway {
    /// One that was recorded.
    Recorded(RecordedGateway),
    /// The `openclaw` of this machine.
    Live,
}

impl Store {
    /// Returns whether this is where the gateway's commands look, so that they can change it.
    pub fn is_the_gateways(&self) -> bool {
        match self {
            Self::Recorded(_) => true,
            Self::Live(place) => place.auth_path.is_none(),
        }
    }

    /// Returns the history that it has before anything was saved: a demo's is made up.
    pub(crate) fn history(&self) -> &[u8] {
        match self {
            Self::Recorded(state) => state.history(),
            Self::Live(_) => &[],
        }
    }

    /// The sign-ins as they are now.
    ///
    /// # Errors
    ///
    /// Returns an error if they cannot be read.
    pub fn read(&self, now: i64) -> Result<SignIns, StoreError> {
        match self {
            Self::Recorded(state) => state.sign_ins(now),
            Self::Live(place) => store::read(place, now),
        }
    }
}

impl Endpoint {
    /// Waits before a request. What is recorded waits for nobody.
    pub fn wait(&self, delay: Duration) {
        match self {
            Self::Recorded(_) | Self::Nowhere => {}
            Self::Live(_) => std::thread::sleep(delay),
        }
    }

    /// Returns whether no answer takes time, so that asking side by side gains nothing.
    pub fn is_instant(&self) -> bool {
        match self {
            Self::Recorded(recorded) => recorded.is_instant(),
            Self::Live(_) => false,
            Self::Nowhere => true,
        }
    }

    /// Waits until it can be asked.
    ///
    /// # Errors
    ///
    /// Returns an error if no certificate is trusted.
    pub fn ready(&self) -> Result<()> {
        match self {
            Self::Live(client) => client.ready(),
            Self::Recorded(_) | Self::Nowhere => Ok(()),
        }
    }

    /// Asks an endpoint about one profile.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no answer.
    pub fn get(
        &self,
        endpoint: net::Endpoint,
        profile: &str,
        token: &Secret,
        account_id: Option<&str>,
        timeout: Duration,
    ) -> Result<Answer, Fault> {
        match self {
            Self::Recorded(recorded) => recorded.answer(endpoint, profile, timeout),
            Self::Live(client) => client.get(endpoint, token, account_id, timeout),
            Self::Nowhere => {
                Err(Fault { failure: net::Failure::Denied, sent: false, elapsed_ms: 0 })
            }
        }
    }
}

impl Gateway {
    /// Runs a gateway command, which keeps the lock for as long as it runs.
    ///
    /// # Errors
    ///
    /// Returns an error if it has no output.
    pub fn run(
        &self,
        argv: &[String],
        timeout: Duration,
        lock: Option<&File>,
    ) -> Result<Output, openclaw::Failure> {
        match self {
            Self::Live => openclaw::run(argv, timeout, lock),
            Self::Recorded(gateway) => gateway.run(argv),
        }
    }

    /// Runs gateway commands that only look, side by side: neither of two versions
    /// answered otherwise for it, or left another file behind. A recorded one runs
    /// them in turn, so that its script is played the same every time.
    pub fn run_all(&self, commands: &[&Granted]) -> Vec<Result<Output, openclaw::Failure>> {
        let run = |command: &&Granted| self.run(&command.argv, command.patience, None);
        match self {
            Self::Recorded(_) => commands.iter().map(run).collect(),
            Self::Live => std::thread::scope(|scope| {
                let start = |command| scope.spawn(move || run(command));
                let threads: Vec<_> = commands.iter().map(start).collect();
                let failed = |_| Err(openclaw::Failure::Failed);
                let runs = threads.into_iter().map(|thread| thread.join());
                runs.map(|run| run.unwrap_or_else(failed)).collect()
            }),
        }
    }

    /// Runs a gateway command that talks to the person at the terminal, and keeps the lock
    /// for as long as it runs.
    ///
    /// # Errors
    ///
    /// Returns an error if it has no output.
    pub fn run_attached(
        &self,
        argv: &[String],
        timeout: Duration,
        lock: &File,
    ) -> Result<Output, openclaw::Failure> {
        match self {
            Self::Live => openclaw::run_attached(argv, timeout, lock),
            Self::Recorded(gateway) => gateway.run(argv),
        }
    }
}

/// The end of the year 9998: a later `now` leaves no room for a reset.
pub(super) const LATEST: i64 = 253_370_764_799;

/// The version that a recorded world's gateway has where none is said.
pub(super) const GATEWAY: &str = "2026.9.6";

pub(super) fn ensure_instant(now: i64) -> Result<()> {
    let is_instant = (1..=LATEST).contains(&now);
    ensure!(is_instant, "`now` must be an instant in epoch seconds");
    Ok(())
}

pub(super) fn world(
    now: i64,
    state: RecordedState,
    answers: Answers,
    version: &str,
    script: Vec<ScriptStep>,
) -> Result<World> {
    let gateway = state.gateway(version, script, now);
    Ok(World {
        store: Store::Recorded(state),
        endpoint: Endpoint::Recorded(Recorded::new(now, answers)),
        gateway: Gateway::Recorded(gateway),
        clock: Clock::Fixed(now),
        classes: Classes::default(),
        session: None,
        is_subscribable: false,
    })
}

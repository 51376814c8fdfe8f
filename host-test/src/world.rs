//! The world that a call runs in: where sign-ins, answers and gateway commands
//! come from. What is granted and what may cross is the same in every world.

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::net::{self, Answer, Client, Fault};
use crate::openclaw::{self, Output};
use crate::policy::Granted;
use crate::secret::Secret;
use crate::store::{self, Place, SignIns, StoreError};

mod demo;
mod fleet;
mod gateway;
mod recorded;

pub use demo::demo;
pub use gateway::{RecordedGateway, Step};
pub use recorded::{Recorded, RecordedState, replay, state_name};

/// Everything outside the harness.
pub struct World {
    /// Where the sign-ins are.
    pub store: Store,
    /// Where answers come from.
    pub endpoint: Endpoint,
    /// Who runs gateway commands.
    pub gateway: Gateway,
    /// What time it is.
    pub clock: Clock,
    /// Whose quota is to be treated otherwise than that of others.
    pub classes: Classes,
    /// The profile that the chat session of a recorded world uses.
    pub session: Option<Session>,
}

/// The profile that a chat session uses.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Session {
    /// Its id, stored or not.
    pub profile: String,
    /// Why this one.
    pub pin: Pin,
}

/// Why a chat session uses its profile.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pin {
    /// The gateway chose it.
    Auto,
    /// The user chose it.
    User,
}

/// Whose quota is to be used first and whose last, by id. A fleet says so itself;
/// elsewhere only the user does.
#[derive(Debug, Clone, Default)]
pub struct Classes {
    /// Of two that are ready, these first.
    pub burn_first: Vec<String>,
    /// These only where no other is ready.
    pub preserve: Vec<String>,
}

/// Where the sign-ins are.
pub enum Store {
    /// Recorded, and changed by nobody but the recorded gateway.
    Recorded(RecordedState),
    /// On this machine.
    Live(Place),
}

/// Where answers come from.
pub enum Endpoint {
    /// Recorded, by profile.
    Recorded(Recorded),
    /// Through this client.
    Live(Client),
    /// None: a command that asks for no usage.
    Nowhere,
}

/// Who runs gateway commands.
pub enum Gateway {
    /// One that was recorded.
    Recorded(RecordedGateway),
    /// The `openclaw` of this machine.
    Live,
}

/// What time it is.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// Always this, in epoch seconds.
    Fixed(i64),
    /// The system's.
    System,
}

impl Clock {
    /// Now, in epoch seconds.
    pub fn now(self) -> i64 {
        let system = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        match self {
            Self::Fixed(now) => now,
            Self::System => system().map_or(0, |since| since.as_secs().cast_signed()),
        }
    }
}

/// What a command asks of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Usage, so that trusted certificates and proxies have to be known.
    Usage,
    /// Nothing.
    Nothing,
}

/// The real world: the user's stores, chatgpt.com, and the `openclaw` on the path.
///
/// # Errors
///
/// Where the user has no home, a proxy variable holds no address, or a variable moves
/// OpenClaw in a way that its store is not looked for.
pub fn live(auth_path: Option<PathBuf>, agent: &str, asks: Asks) -> Result<World> {
    let home = etcetera::home_dir().map_err(|_| anyhow::anyhow!("this user has no home folder"))?;
    for name in ["OPENCLAW_HOME", "OPENCLAW_PROFILE"] {
        let is_set = std::env::var_os(name).is_some_and(|value| !value.is_empty());
        anyhow::ensure!(
            !is_set,
            "{name} is set: name the gateway's state folder by OPENCLAW_STATE_DIR instead"
        );
    }
    let state_dir = std::env::var_os("OPENCLAW_STATE_DIR").filter(|dir| !dir.is_empty());
    Ok(World {
        store: Store::Live(Place {
            home,
            state_dir: state_dir.map(PathBuf::from),
            auth_path,
            agent: agent.to_owned(),
        }),
        endpoint: match asks {
            Asks::Usage => Endpoint::Live(Client::system()?),
            Asks::Nothing => Endpoint::Nowhere,
        },
        gateway: Gateway::Live,
        clock: Clock::System,
        classes: Classes::default(),
        session: None,
    })
}

impl Store {
    /// Whether this is where the gateway's commands look, so that they can change it.
    pub fn is_the_gateways(&self) -> bool {
        match self {
            Self::Recorded(_) => true,
            Self::Live(place) => place.auth_path.is_none(),
        }
    }

    /// The sign-ins as they are now.
    ///
    /// # Errors
    ///
    /// Where they cannot be read.
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

    /// Asks an endpoint about one profile.
    ///
    /// # Errors
    ///
    /// Where there is no answer.
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
            Self::Nowhere => Err(Fault {
                failure: net::Failure::Denied,
                sent: false,
                elapsed_ms: 0,
            }),
        }
    }
}

impl Gateway {
    /// Runs a gateway command, which keeps the lock for as long as it runs.
    ///
    /// # Errors
    ///
    /// Where it has no output.
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
    /// Where it has no output.
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

//! The table of imports and errors: every way in which a call of an import can fail.

use host_test::contract::{auth_store, chat, gateway, https, memory};

/// A function that the component imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    FetchAll,
    ReadGateway,
    Propose,
    Recall,
    Apply,
    ReadStore,
    Send,
    Subscribe,
    Unsubscribe,
    Subscriptions,
    Load,
    Save,
    Take,
    Release,
}

impl Function {
    pub const ALL: [Self; 14] = [
        Self::FetchAll,
        Self::ReadGateway,
        Self::Propose,
        Self::Recall,
        Self::Apply,
        Self::ReadStore,
        Self::Send,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Subscriptions,
        Self::Load,
        Self::Save,
        Self::Take,
        Self::Release,
    ];

    /// As the contract spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::FetchAll => "https.fetch-all",
            Self::ReadGateway => "gateway.read",
            Self::Propose => "gateway.propose",
            Self::Recall => "gateway.recall",
            Self::Apply => "gateway.apply",
            Self::ReadStore => "auth-store.read",
            Self::Send => "chat.send",
            Self::Subscribe => "chat.subscribe",
            Self::Unsubscribe => "chat.unsubscribe",
            Self::Subscriptions => "chat.subscriptions",
            Self::Load => "memory.load",
            Self::Save => "memory.save",
            Self::Take => "memory.take",
            Self::Release => "memory.release",
        }
    }
}

/// One call of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub function: Function,
    /// The number of its results.
    pub results: usize,
}

/// Whether what was asked for was done, whatever is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Really {
    Done,
    NotDone,
}

/// Which results of a list are the fault's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    All,
    First,
    Last,
}

/// One way to fail.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// The host itself breaks down, and the call ends.
    Trap(Really),
    Fetch(Whom, Fetched),
    Query(Whom, Queried),
    Propose(Really, gateway::Error),
    Recall(gateway::Error),
    Apply(Really, gateway::Error),
    /// The command ends with this exit code.
    Ran(Really, i32),
    Store(auth_store::Failure),
    Snapshot(Snapshot),
    Send(Really, chat::Error),
    Subscription(Really, chat::SubscribeError),
    Blob(Blob),
    Save(Really, memory::Error),
    /// `claimed` is the answer of a host that keeps nothing.
    Taken(memory::Claim),
    /// The key stays with the call until it ends.
    Kept,
}

/// The result of one request instead.
#[derive(Debug, Clone, Copy)]
pub enum Fetched {
    Failed {
        failure: https::Failure,
        sent: bool,
    },
    Status(u16),
    /// With this `retry-after`.
    RetryAfter(u16, &'static str),
    Redirect,
    Challenge,
    /// A 200 with this body.
    Body(&'static str),
    /// The real body up to its middle.
    Cut,
    NotText,
}

/// The result of one query instead.
#[derive(Debug, Clone, Copy)]
pub enum Queried {
    Error(gateway::Error),
    Exit(i32, &'static str),
    Json(&'static str),
    NoJson,
    Cut,
}

/// A difference in the sign-ins.
#[derive(Debug, Clone, Copy)]
pub enum Snapshot {
    Empty,
    All(auth_store::Access),
    WithoutOrder,
    OrderOfNobody,
    EveryFinding,
    WithoutTheFirst,
    Cooling,
}

/// The blob that is loaded instead.
#[derive(Debug, Clone, Copy)]
pub enum Blob {
    /// As of a first start, whatever there is.
    Nothing,
    /// With the right version.
    Noise,
    /// The real bytes up to their middle.
    Cut,
    /// As much as a blob may have.
    Full,
    /// The real bytes, one version ahead.
    OtherVersion,
    OldVersion,
}

const GATEWAY_ERRORS: [gateway::Error; 8] = [
    gateway::Error::NotFound,
    gateway::Error::Failed,
    gateway::Error::TimedOut,
    gateway::Error::Busy,
    gateway::Error::NeedsTerminal,
    gateway::Error::NotConfirmed,
    gateway::Error::Moved,
    gateway::Error::Denied,
];

impl Fault {
    /// Every fault that a call can have.
    pub fn of(call: Call) -> Vec<Self> {
        use Really::{Done, NotDone};
        let mut faults = vec![Self::Trap(NotDone)];
        // A look leaves nothing behind, whether it was had or not.
        let looks = [
            Function::FetchAll,
            Function::ReadGateway,
            Function::ReadStore,
            Function::Subscriptions,
            Function::Load,
        ];
        if !looks.contains(&call.function) {
            faults.push(Self::Trap(Done));
        }
        let gateway = || GATEWAY_ERRORS.into_iter();
        // Of one result, the first and the last are all.
        let some = |whom: &'static [Whom]| match call.results {
            0 | 1 => &whom[..1],
            _ => whom,
        };
        match call.function {
            Function::FetchAll => {
                for &whom in some(&[Whom::All, Whom::First]) {
                    faults.extend(Fetched::all().into_iter().map(|each| Self::Fetch(whom, each)));
                }
            }
            Function::ReadGateway => {
                for &whom in some(&[Whom::All, Whom::Last]) {
                    faults.extend(Queried::all().into_iter().map(|each| Self::Query(whom, each)));
                }
            }
            Function::Propose => {
                faults.extend(gateway().map(|error| Self::Propose(NotDone, error)));
                faults.push(Self::Propose(Done, gateway::Error::Failed));
            }
            Function::Recall => faults.extend(gateway().map(Self::Recall)),
            Function::Apply => {
                faults.extend(gateway().map(|error| Self::Apply(NotDone, error)));
                // What a command that ran can be said to have come to.
                let ran =
                    [gateway::Error::Failed, gateway::Error::TimedOut, gateway::Error::Denied];
                faults.extend(ran.map(|error| Self::Apply(Done, error)));
                faults.extend([Self::Ran(NotDone, 0), Self::Ran(NotDone, 1)]);
                faults.extend([Self::Ran(Done, 1), Self::Ran(Done, 137)]);
            }
            Function::ReadStore => {
                use auth_store::Failure;
                let failures = [
                    Failure::Missing,
                    Failure::Unreadable,
                    Failure::Malformed,
                    Failure::Unmigrated,
                    Failure::Locked,
                    Failure::TooLarge,
                    Failure::BadAgent,
                    Failure::Denied,
                ];
                faults.extend(failures.map(Self::Store));
                faults.extend(Snapshot::all().map(Self::Snapshot));
            }
            Function::Send => {
                let errors = [
                    chat::Error::Unavailable,
                    chat::Error::Refused,
                    chat::Error::Failed,
                    chat::Error::Unclear,
                ];
                faults.extend(errors.map(|error| Self::Send(NotDone, error)));
                faults.push(Self::Send(Done, chat::Error::Unclear));
            }
            Function::Subscribe | Function::Unsubscribe | Function::Subscriptions => {
                let errors = [
                    chat::SubscribeError::Unavailable,
                    chat::SubscribeError::Denied,
                    chat::SubscribeError::Full,
                    chat::SubscribeError::Failed,
                ];
                faults.extend(errors.map(|error| Self::Subscription(NotDone, error)));
                if !looks.contains(&call.function) {
                    faults.push(Self::Subscription(Done, chat::SubscribeError::Failed));
                }
            }
            Function::Load => {
                let blobs = [
                    Blob::Nothing,
                    Blob::Noise,
                    Blob::Cut,
                    Blob::Full,
                    Blob::OtherVersion,
                    Blob::OldVersion,
                ];
                faults.extend(blobs.map(Self::Blob));
            }
            Function::Save => {
                let errors = [
                    memory::Error::Conflict,
                    memory::Error::TooLarge,
                    memory::Error::Denied,
                    memory::Error::Failed,
                ];
                faults.extend(errors.map(|error| Self::Save(NotDone, error)));
                faults.push(Self::Save(Done, memory::Error::Conflict));
                faults.push(Self::Save(Done, memory::Error::Failed));
            }
            Function::Take => {
                let claims =
                    [memory::Claim::Claimed, memory::Claim::Running, memory::Claim::Recent];
                faults.extend(claims.map(Self::Taken));
            }
            Function::Release => faults.push(Self::Kept),
        }
        faults
    }

    pub fn is_trap(self) -> bool {
        matches!(self, Self::Trap(_))
    }
}

impl Fetched {
    fn all() -> Vec<Self> {
        use https::Failure;
        let failed = |failure, sent| Self::Failed { failure, sent };
        let mut all = vec![
            failed(Failure::Denied, false),
            failed(Failure::NoCredential, false),
            failed(Failure::BudgetSpent, false),
            failed(Failure::BudgetSpent, true),
            failed(Failure::TimedOut, false),
            failed(Failure::TimedOut, true),
            failed(Failure::TooLarge, true),
            failed(Failure::Unreachable, false),
            failed(Failure::Unreachable, true),
            failed(Failure::SecretEchoed, true),
        ];
        all.extend([401, 402, 403, 404, 429, 500, 502, 503].map(Self::Status));
        all.extend([
            Self::RetryAfter(429, "30"),
            Self::RetryAfter(429, "Wed, 21 Oct 2099 07:28:00 GMT"),
            Self::RetryAfter(503, "999999999999999999999"),
            Self::Redirect,
            Self::Challenge,
            Self::Body(""),
            Self::Body("{}"),
            Self::Body("null"),
            Self::Body("<!DOCTYPE html><title>Just a moment...</title>"),
            Self::Body(r#"{"plan_type": "plus", "rate_limit": null}"#),
            Self::Body(r#"{"user_id": "somebody-else", "account_id": "another-account"}"#),
            Self::Cut,
            Self::NotText,
        ]);
        all
    }

    /// Puts itself in the place of what was answered.
    pub fn replace(self, real: &mut Result<https::Response, https::Error>) {
        let elapsed_ms = 1;
        let mut response = match real {
            Ok(response) => response.clone(),
            Err(_) => https::Response {
                status: 200,
                retry_after: None,
                content_type: Some("application/json".into()),
                challenged: false,
                body: vec![],
                received_at: super::NOW,
                elapsed_ms,
            },
        };
        match self {
            Self::Failed { failure, sent } => {
                *real = Err(https::Error { failure, sent, elapsed_ms });
                return;
            }
            Self::Status(status) => {
                response.status = status;
                response.body = b"{}".to_vec();
            }
            Self::RetryAfter(status, after) => {
                response.status = status;
                response.retry_after = Some(after.into());
                response.body = vec![];
            }
            Self::Redirect => {
                response.status = 302;
                response.body = vec![];
            }
            Self::Challenge => {
                response.status = 403;
                response.challenged = true;
                response.content_type = Some("text/html".into());
                response.body = b"<!DOCTYPE html>".to_vec();
            }
            Self::Body(body) => {
                response.status = 200;
                response.body = body.into();
            }
            Self::Cut => {
                let middle = response.body.len() / 2;
                response.body.truncate(middle);
            }
            Self::NotText => {
                response.status = 200;
                response.body = vec![0xff, 0xfe, 0x00, 0x80];
            }
        }
        *real = Ok(response);
    }
}

impl Queried {
    fn all() -> Vec<Self> {
        let mut all: Vec<Self> = GATEWAY_ERRORS.into_iter().map(Self::Error).collect();
        all.extend([
            Self::Exit(1, "error: something went wrong"),
            Self::Exit(1, ""),
            Self::Exit(127, "openclaw: command not found"),
            Self::Json("{}"),
            Self::Json(r#"{"agentId": "another", "provider": "another", "order": ["a"]}"#),
            Self::Json(r#"{"version": "\u001b[2J"}"#),
            Self::Json(""),
            Self::NoJson,
            Self::Cut,
        ]);
        all
    }

    pub fn replace(self, real: &mut Result<gateway::Output, gateway::Error>) {
        let mut output = match real {
            Ok(output) => output.clone(),
            Err(_) => gateway::Output { exit_code: 0, json: None, message: String::new() },
        };
        match self {
            Self::Error(error) => {
                *real = Err(error);
                return;
            }
            Self::Exit(code, message) => {
                output.exit_code = code;
                output.json = None;
                output.message = message.into();
            }
            Self::Json(json) => output.json = Some(json.into()),
            Self::NoJson => output.json = None,
            Self::Cut => {
                output.json = output.json.map(|json| json[..json.len() / 2].to_owned());
            }
        }
        *real = Ok(output);
    }
}

impl Snapshot {
    fn all() -> [Self; 9] {
        use auth_store::Access;
        [
            Self::Empty,
            Self::All(Access::Expired),
            Self::All(Access::Fenced),
            Self::All(Access::Missing),
            Self::WithoutOrder,
            Self::OrderOfNobody,
            Self::EveryFinding,
            Self::WithoutTheFirst,
            Self::Cooling,
        ]
    }

    pub fn replace(self, snapshot: &mut auth_store::Snapshot) {
        use auth_store::Finding;
        match self {
            Self::Empty => {
                snapshot.profiles.clear();
                snapshot.keys.clear();
                snapshot.order = None;
            }
            Self::All(access) => {
                for profile in &mut snapshot.profiles {
                    profile.access = access;
                }
            }
            Self::WithoutOrder => {
                snapshot.order = None;
                snapshot.inherited_order = None;
            }
            Self::OrderOfNobody => snapshot.order = Some(vec!["openai:gone".into()]),
            Self::EveryFinding => {
                snapshot.findings = vec![
                    Finding::BothStores,
                    Finding::LegacyAuthJson,
                    Finding::MigratedPlainTokens,
                    Finding::StaleCooldown,
                    Finding::OrderNamesMissing,
                    Finding::MixedProviders,
                    Finding::SkippedEntries,
                ];
            }
            Self::WithoutTheFirst => drop(snapshot.profiles.remove(0)),
            Self::Cooling => {
                for profile in &mut snapshot.profiles {
                    profile.cooldown_until = Some(super::NOW + 600);
                    profile.cooldown_reason = Some("rate_limit".into());
                    profile.error_count = u32::MAX;
                }
            }
        }
    }
}

impl Blob {
    pub fn replace(self, blob: &mut memory::Blob) {
        match self {
            Self::Nothing => {
                blob.bytes.clear();
                blob.version = 0;
            }
            Self::Noise => blob.bytes = (0..999).map(|index| (index * 37 % 251) as u8).collect(),
            Self::Cut => {
                let middle = blob.bytes.len() / 2;
                blob.bytes.truncate(middle);
            }
            Self::Full => blob.bytes.resize(64 << 10, 0xff),
            Self::OtherVersion => blob.version += 1,
            Self::OldVersion => blob.version = blob.version.saturating_sub(1),
        }
    }
}

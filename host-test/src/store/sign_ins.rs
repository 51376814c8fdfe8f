//! The sign-ins of an agent as they were read, and the ways in which reading them fails.

use std::fmt;

use crate::digest;
use crate::secret::Secret;

/// No store that people have is near this. More is refused rather than parsed.
pub(super) const LIMIT: u64 = 32 * 1024 * 1024;

/// The kind of store, which tells what the gateway can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// `auth-profiles.json`: OpenClaw up to 2026.6.1.
    Json,
    /// SQLite: later ones.
    Sqlite,
}

/// The credential that could be sent for a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// An access token that has not expired, fit to be an HTTP header.
    Ready(Secret),
    /// Past its expiry. The gateway refreshes it on next use; nothing here does.
    Expired,
    /// The gateway replaced the credential after a failed refresh.
    Fenced,
    /// No token is stored, or none that could be sent.
    Missing,
}

/// Mixed state that explains odd behaviour of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finding {
    /// Both a JSON store and a SQLite store hold sign-ins. SQLite was read.
    BothStores,
    /// `auth.json` of an older version is still there. It is not read.
    LegacyAuthJson,
    /// `auth-profiles.json.migrated-…` or its like holds tokens in plain text.
    MigratedPlainTokens,
    /// A cooldown that has passed is still recorded.
    StaleCooldown,
    /// An order names a profile that is not stored.
    OrderNamesMissing,
    /// Profiles carry provider ids of both eras.
    MixedProviders,
    /// Part of the store could not be understood and was left out.
    SkippedEntries,
}

/// A stored ChatGPT/Codex sign-in. Instants are seconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// `provider:label`, as the gateway spells it.
    pub id: String,
    /// The first eight hex digits of the id's SHA-256.
    pub handle: String,
    /// The provider stored with it, or else the one its id begins with.
    pub provider: String,
    /// The credential that could be sent for it.
    pub access: Access,
    /// The earlier of the stored expiry and the token's own `exp`.
    pub expires_at: Option<i64>,
    /// True if the gateway could refresh it.
    pub has_refresh: bool,
    /// The upstream account: the stored id, or else the token's claim.
    pub account_id: Option<String>,
    /// The upstream user, out of the token's claims.
    pub user_id: Option<String>,
    /// The instant at which the gateway last used it.
    pub last_used_at: Option<i64>,
    /// The instant at which it last failed.
    pub last_failure_at: Option<i64>,
    /// The gateway skips the profile until then. Never in the past.
    pub cooldown_until: Option<i64>,
    /// The gateway's word for why: 1 to 40 of `a-z`, `0-9`, `_`, `-`.
    pub cooldown_reason: Option<String>,
    /// Failures in a row.
    pub error_count: u32,
    /// Failures by the gateway's word for them, sorted.
    pub failure_counts: Vec<(String, u32)>,
}

/// A profile of the same provider that is no ChatGPT/Codex sign-in, and can stand in
/// the order all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `provider:label`, as the gateway spells it.
    pub id: String,
    /// The kind of entry that is stored.
    pub kind: KeyKind,
}

/// The kind of a profile that is no sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// An API key.
    ApiKey,
    /// A token that was pasted.
    Token,
}

/// The credentials of an agent of the gateway.
#[derive(Debug, Clone)]
pub struct SignIns {
    /// The kind of store they came from.
    pub era: Era,
    /// That store's path, the home folder shortened to `~`.
    pub source: String,
    /// The provider under which orders are kept.
    pub provider: String,
    /// Every ChatGPT/Codex sign-in, sorted by id.
    pub profiles: Vec<Profile>,
    /// Other entries of the provider, sorted by id.
    pub keys: Vec<Key>,
    /// The agent's own order.
    pub order: Option<Vec<String>>,
    /// The order that holds, or would hold, where the agent has none of its own.
    pub inherited_order: Option<Vec<String>>,
    /// The profile that last worked, if it is still stored.
    pub last_good: Option<String>,
    /// Sorted, each once.
    pub findings: Vec<Finding>,
    /// Every secret seen on the way, of every provider and kind: to find leaks
    /// by, never to send.
    pub secrets: Vec<Secret>,
}

/// The reason for which there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// There is no store.
    Missing,
    /// It is there and may not be read, or is not a file.
    Unreadable,
    /// It was read and is not a store.
    Malformed,
    /// A SQLite gateway without sign-ins beside a JSON store with some.
    Unmigrated,
    /// Another program holds it locked, or kept changing it while it was read.
    Locked,
    /// It is larger than 32 MiB.
    TooLarge,
    /// The agent's name is not one that can name a folder.
    BadAgent,
}

/// A failure, and where it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// The kind of failure.
    pub failure: Failure,
    /// The path looked at, the home folder shortened to `~`; for
    /// [`Failure::BadAgent`] the folder of the agents.
    pub source: String,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = &self.source;
        match self.failure {
            Failure::Missing => write!(
                f,
                "no sign-ins are stored at {at}: sign in with `openclaw models auth login`"
            ),
            Failure::Unreadable => {
                write!(f, "{at} could not be read: it must be a file that this user may read")
            }
            Failure::Malformed => {
                write!(f, "{at} is not a store of sign-ins: run `openclaw doctor --fix`")
            }
            Failure::Unmigrated => write!(
                f,
                "the sign-ins at {at} have not been migrated to this OpenClaw yet: run `openclaw doctor --fix`"
            ),
            Failure::Locked => write!(f, "{at} is in use by another program: try again"),
            Failure::TooLarge => {
                write!(f, "{at} is larger than {} MiB: run `openclaw doctor --fix`", LIMIT >> 20)
            }
            Failure::BadAgent => write!(
                f,
                "not a valid agent name for {at}: use one that `openclaw agents list` shows"
            ),
        }
    }
}

impl std::error::Error for StoreError {}

impl SignIns {
    /// A digest of what a change is planned on: who is signed in under which name, and
    /// the orders. What moves by itself, as expiries and cooldowns do, is left out.
    pub fn digest(&self) -> String {
        let whom =
            |each: &Profile| (each.id.clone(), each.account_id.clone(), each.user_id.clone());
        let profiles: Vec<_> = self.profiles.iter().map(whom).collect();
        let keys: Vec<&str> = self.keys.iter().map(|key| key.id.as_str()).collect();
        let era = format!("{:?}", self.era);
        let state = serde_json::json!([
            era,
            self.source,
            self.provider,
            profiles,
            keys,
            self.order,
            self.inherited_order,
        ]);
        digest::short(state.to_string().as_bytes(), 32)
    }

    /// Returns whether a profile of this id is stored.
    pub fn has(&self, id: &str) -> bool {
        self.profiles.iter().any(|each| each.id == id) || self.keys.iter().any(|key| key.id == id)
    }
}

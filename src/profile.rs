//! The stored sign-ins as the gateway keeps them: ids, local health, order and
//! identity, and how a profile is named to a person.

pub use crate::contract::auth_store::{
    Access, Era, Error as StoreError, Failure as StoreFailure, Finding, KeyKind,
};
use crate::time::Instant;

mod auth_order;
mod id;
mod look;
mod naming;
mod sign_ins;

pub use auth_order::AuthOrder;
pub use id::{Ids, ProfileId};
pub use naming::names_to_show;
pub use sign_ins::SignIns;

impl StoreFailure {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "store_missing",
            Self::Unreadable => "store_unreadable",
            Self::Malformed => "store_malformed",
            Self::Unmigrated => "store_unmigrated",
            Self::Locked => "store_locked",
            Self::TooLarge => "store_too_large",
            Self::BadAgent => "bad_agent",
            Self::Denied => "store_denied",
        }
    }
}

/// The upstream identity of a sign-in: the same only if account **and** user
/// agree, because members of a team share the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The account, where known.
    pub account_id: Option<String>,
    /// The user, where known.
    pub user_id: Option<String>,
}

impl Identity {
    /// Whether `answer` names somebody else. A part that either side does not
    /// report says nothing. Personal accounts are answered with the user's id in
    /// the place of the account's: that is not compared with an account id.
    pub fn contradicts(&self, answer: &Identity) -> bool {
        let differ = |part: fn(&Identity) -> Option<&str>| {
            part(self).zip(part(answer)).filter(|(ours, theirs)| ours != theirs)
        };
        let names_a_user = |id: &str| id.starts_with("user-");
        let accounts = differ(|identity| identity.account_id.as_deref());
        accounts.is_some_and(|(ours, theirs)| names_a_user(ours) == names_a_user(theirs))
            || differ(|identity| identity.user_id.as_deref()).is_some()
    }
}

/// One stored ChatGPT/Codex sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// `provider:label`.
    pub id: ProfileId,
    /// Eight hex digits that name it in a button or on a command line.
    pub handle: String,
    /// The provider of the models, as stored.
    pub provider: String,
    /// Its access token.
    pub access: Access,
    /// The earlier of the stored expiry and the token's own.
    pub expires_at: Option<Instant>,
    /// Whether the gateway can refresh it.
    pub has_refresh: bool,
    /// The identity that it signs in.
    pub identity: Identity,
    /// When the gateway last used it.
    pub last_used_at: Option<Instant>,
    /// When it last failed in the gateway.
    pub last_failure_at: Option<Instant>,
    /// The gateway skips it until then.
    pub cooldown_until: Option<Instant>,
    /// The gateway's word for why.
    pub cooldown_reason: Option<String>,
    /// The number of failures in a row.
    pub error_count: u32,
    /// The number of failures, by reason.
    pub failure_counts: Vec<(String, u32)>,
    /// Its name for a person, by [`names_to_show`].
    pub name: String,
    /// Its place in the order in effect, from 1.
    pub place: Option<usize>,
}

impl Profile {
    /// Whether the gateway could use it: an expired token counts where it can be
    /// refreshed, one that the gateway itself gave up does not.
    pub fn is_usable(&self) -> bool {
        let has_token = match self.access {
            Access::Ready => true,
            Access::Expired => self.has_refresh,
            Access::Fenced | Access::Missing => false,
        };
        has_token && self.cooldown_reason.as_deref() != Some("auth_permanent")
    }

    /// The cooldown, where it still runs.
    pub fn cooldown_at(&self, now: Instant) -> Option<Instant> {
        self.cooldown_until.filter(|until| *until > now)
    }
}

/// A profile of the same provider that is no ChatGPT/Codex sign-in, and can stand in
/// the order all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `provider:label`.
    pub id: ProfileId,
    /// Eight hex digits that name it on a command line.
    pub handle: String,
    /// Its name for a person.
    pub name: String,
    /// Its kind.
    pub kind: KeyKind,
}

/// The names of these profiles.
pub fn names(profiles: &[&Profile]) -> Vec<String> {
    profiles.iter().map(|profile| profile.name.clone()).collect()
}

#[cfg(test)]
pub(crate) mod tests;

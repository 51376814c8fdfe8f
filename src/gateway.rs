//! Reads the answers of the gateway's commands where they gave JSON, and classifies them where
//! they failed. Their words are compared and never shown.

use serde_json_borrow::Value;
use strum::IntoStaticStr;

pub use crate::contract::gateway::Output;
use crate::order::GatewayState;
use crate::profile::ProfileId;

/// Failures of a gateway command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(prefix = "gateway_", serialize_all = "snake_case")]
pub enum GatewayError {
    /// There is no `openclaw` command.
    NotFound,
    /// It was not started, or was ended.
    Failed,
    /// It gave no answer in time.
    TimedOut,
    /// The host does not run it.
    Denied,
    /// Another program holds the sign-ins locked.
    Locked,
    /// The store waits for the gateway's migration.
    Unmigrated,
    /// The store cannot be read.
    StoreUnreadable,
    /// The gateway's configuration is wrong.
    BadConfig,
    /// A running gateway keeps its state elsewhere.
    OtherHome,
    /// The gateway has no such agent.
    UnknownAgent,
    /// The gateway has no such profile.
    UnknownProfile,
    /// This version has no such command.
    NoSuchCommand,
    /// It wants a terminal.
    NeedsTerminal,
    /// It failed with another message and this exit code.
    Exit(i32),
    /// It succeeded and its output was not understood.
    NotUnderstood,
    /// It answered for another agent.
    OtherAgent,
    /// It knows nothing of this provider.
    NoProvider,
}

impl GatewayError {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        self.into()
    }
}

impl Output {
    /// The reason of a failure, by its message. The exit code decides whether it failed.
    pub fn error(&self) -> Option<GatewayError> {
        // As the two versions and those between them say it.
        const MESSAGES: [(&[&str], GatewayError); 11] = [
            (&["different state directories"], GatewayError::OtherHome),
            (&["legacy credential migration", "MIGRATION_REQUIRED"], GatewayError::Unmigrated),
            (&["database is locked", "lock may be busy"], GatewayError::Locked),
            (&["is unreadable", "file is not a database"], GatewayError::StoreUnreadable),
            (&["config is invalid", "Invalid config", "JSON5"], GatewayError::BadConfig),
            (&["Unknown agent id"], GatewayError::UnknownAgent),
            (&["interactive TTY"], GatewayError::NeedsTerminal),
            (&["unknown command", "unknown option"], GatewayError::NoSuchCommand),
            (&["does not recognize option", "too many arguments"], GatewayError::NoSuchCommand),
            (&["not found in", "not found for agent"], GatewayError::UnknownProfile),
            (&["auth state lock"], GatewayError::Locked),
        ];
        if self.exit_code == 0 {
            return None;
        }
        let is_said = |part: &&str| self.message.contains(part);
        let known = MESSAGES.into_iter().find(|(parts, _)| parts.iter().any(is_said));
        Some(known.map_or(GatewayError::Exit(self.exit_code), |(_, error)| error))
    }

    /// Whether a change was saved and a running gateway did not take it over.
    pub fn is_unheard(&self) -> bool {
        self.exit_code == 0 && self.message.contains("Gateway could not refresh")
    }

    /// The JSON object, where it is about this agent.
    fn answer(&self, agent: &str) -> Result<Value<'_>, GatewayError> {
        if let Some(error) = self.error() {
            return Err(error);
        }
        let answer = serde_json::from_str(self.json.as_deref().unwrap_or_default());
        let answer: Value<'_> = answer.map_err(|_| GatewayError::NotUnderstood)?;
        match answer.get("agentId").as_str() {
            Some(of) if of.eq_ignore_ascii_case(agent) => Ok(answer),
            Some(_) => Err(GatewayError::OtherAgent),
            None => Err(GatewayError::NotUnderstood),
        }
    }
}

/// Every profile of the provider that `models status` lists, sorted.
///
/// # Errors
///
/// The [`GatewayError`] with it: among others that it is about another agent, or knows
/// nothing of this provider, as a gateway of another home or another era.
pub fn read_status(
    output: &Output,
    agent: &str,
    provider: &str,
) -> Result<Vec<ProfileId>, GatewayError> {
    let status = output.answer(agent)?;
    let oauth = status.get("auth").get("oauth");
    let list = |name: &'static str| oauth.get(name).as_array().ok_or(GatewayError::NotUnderstood);
    let (providers, profiles) = (list("providers")?, list("profiles")?);
    let is_of_provider = |value: &&Value<'_>| value.get("provider").as_str() == Some(provider);
    let ids =
        profiles.iter().filter(is_of_provider).filter_map(|one| one.get("profileId").as_str());
    let mut sorted: Vec<ProfileId> = ids.map(ProfileId::new).collect();
    sorted.sort();
    sorted.dedup();
    if sorted.is_empty() || !providers.iter().any(|value| is_of_provider(&value)) {
        return Err(GatewayError::NoProvider);
    }
    Ok(sorted)
}

/// The order that `auth order get` reports.
///
/// # Errors
///
/// The [`GatewayError`] with it.
pub fn read_order(
    output: &Output,
    agent: &str,
    provider: &str,
) -> Result<Option<Vec<ProfileId>>, GatewayError> {
    let answer = output.answer(agent)?;
    if answer.get("provider").as_str() != Some(provider) {
        return Err(GatewayError::NotUnderstood);
    }
    match answer.as_object().and_then(|answer| answer.get("order")) {
        Some(Value::Null) => Ok(None),
        Some(Value::Array(ids)) => {
            let ids = ids.iter().map(|id| id.as_str().map(ProfileId::new));
            let ids = ids.collect::<Option<Vec<_>>>().ok_or(GatewayError::NotUnderstood)?;
            Ok(Some(ids).filter(|ids| !ids.is_empty()))
        }
        Some(_) | None => Err(GatewayError::NotUnderstood),
    }
}

/// Differences between the store and the gateway's view of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// Other profiles are signed in.
    Profiles,
    /// Another order is in effect.
    Order,
}

/// Compares the gateway's state with what is stored, as ids and the order in
/// effect. The gateway may know more: profiles that it borrows from other programs.
///
/// # Errors
///
/// The difference: the command looks at another home, or somebody changed
/// something a moment ago.
pub fn compare(
    gateway: &GatewayState,
    stored: &[ProfileId],
    order: Option<&[ProfileId]>,
) -> Result<(), Mismatch> {
    // They are sorted.
    let is_known = |id: &ProfileId| gateway.profiles.binary_search(id).is_ok();
    match (stored.iter().all(is_known), gateway.order.as_deref() == order) {
        (false, _) => Err(Mismatch::Profiles),
        (true, false) => Err(Mismatch::Order),
        (true, true) => Ok(()),
    }
}

/// A version of the gateway: year, month and number.
type Version = [u32; 3];

/// The first version that deletes a profile by a command of its own.
pub const DELETES_PROFILES: Version = [2026, 8, 1];

/// The first version whose login takes the profile to write.
pub const LOGIN_NAMES_PROFILES: Version = [2026, 5, 26];

/// The first version that signs in from a private chat, by `/login`.
pub const HAS_CHAT_LOGIN: Version = [2026, 7, 1];

/// The first version that keeps its sign-ins under the provider `openai`.
pub const CALLS_IT_OPENAI: Version = [2026, 6, 1];

/// Whether this version is `least` or a later one.
pub fn is_at_least(version: &str, least: Version) -> bool {
    version.split(['.', '-']).map(|part| part.parse().unwrap_or(0)).ge(least)
}

#[cfg(test)]
mod tests;

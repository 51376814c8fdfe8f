//! Conversations that asked for alerts, in one file of the state folder: written whole or
//! not at all, readable by the user alone.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::contract::chat::{AlertKind, SubscribeError};
use crate::contract::commands;
use crate::files::{Access, Folder, read_whole};
use crate::policy::policy;
use crate::state::StateFolder;

const FILE: &str = "subscriptions";

/// The most bytes of the file that are read.
const MOST_BYTES: u64 = 64 << 10;

/// One conversation that asked for alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribed {
    /// The conversation; in a recorded world whoever talks there.
    pub user: String,
    /// The agent whose profiles it asked about.
    pub agent: String,
    /// The words of the kinds it asked for.
    pub kinds: Vec<String>,
    /// Whether alerts are told in Chinese.
    pub is_chinese: bool,
    /// The buttons of one message there.
    pub buttons: u16,
    /// The UTF-16 units of one message there.
    pub length: u32,
}

const KINDS: [(AlertKind, &str); 6] = [
    (AlertKind::Ready, "ready"),
    (AlertKind::Low, "low"),
    (AlertKind::EmptySoon, "empty-soon"),
    (AlertKind::Broken, "broken"),
    (AlertKind::Expiring, "expiring"),
    (AlertKind::AllOut, "all-out"),
];

/// Returns the words for kinds of alerts.
pub fn words(kinds: &[AlertKind]) -> Vec<String> {
    let is_asked = |(kind, _): &&(AlertKind, &str)| kinds.contains(kind);
    let asked = KINDS.iter().filter(is_asked);
    asked.map(|(_, word)| (*word).to_owned()).collect()
}

impl Subscribed {
    /// Returns the kinds that it asked for.
    pub fn kinds(&self) -> Vec<AlertKind> {
        let is_asked = |(_, word): &&(AlertKind, &str)| self.kinds.iter().any(|kind| kind == word);
        let asked = KINDS.iter().filter(is_asked);
        asked.map(|(kind, _)| *kind).collect()
    }

    /// Returns it as the component gets to know it.
    pub fn lent(&self) -> commands::Subscription {
        commands::Subscription {
            kinds: self.kinds(),
            locale: if self.is_chinese { commands::Locale::Zh } else { commands::Locale::En },
            channel: commands::Channel {
                buttons: self.buttons,
                length: self.length,
                private: true,
                screen: None,
            },
        }
    }
}

/// Returns the subscriptions of an agent, the oldest first.
pub fn of_agent(state: &StateFolder, agent: &str) -> Vec<Subscribed> {
    let all = state.open().map(|folder| read(&folder)).unwrap_or_default();
    all.into_iter().filter(|one| one.agent == agent).collect()
}

/// Keeps a subscription in place of the one that its conversation had.
///
/// # Errors
///
/// Returns an error if there are too many, or the disk refuses.
pub fn keep(state: &StateFolder, new: Subscribed, left: Duration) -> Result<(), SubscribeError> {
    change(state, left, |all| {
        let old = all.iter().position(|old| is_same(old, &new.user, &new.agent));
        if let Some(index) = old {
            all[index] = new;
        } else if all.len() < policy().limits.subscriptions {
            all.push(new);
        } else {
            return Err(SubscribeError::Full);
        }
        Ok(())
    })
}

/// Ends the subscription of a conversation, where it has one.
///
/// # Errors
///
/// Returns an error if the disk refuses.
pub fn end(
    state: &StateFolder,
    user: &str,
    agent: &str,
    left: Duration,
) -> Result<(), SubscribeError> {
    change(state, left, |all| {
        all.retain(|old| !is_same(old, user, agent));
        Ok(())
    })
}

fn is_same(one: &Subscribed, user: &str, agent: &str) -> bool {
    one.user == user && one.agent == agent
}

fn change(
    state: &StateFolder,
    left: Duration,
    change: impl FnOnce(&mut Vec<Subscribed>) -> Result<(), SubscribeError>,
) -> Result<(), SubscribeError> {
    let locked = || -> io::Result<_> {
        let folder = state.make()?;
        let lock = folder.lock("subscriptions.lock", left)?;
        Ok((folder, lock))
    };
    let (folder, _lock) = locked().map_err(|_| SubscribeError::Failed)?;
    let mut all = read(&folder);
    change(&mut all)?;
    let bytes = serde_json::to_vec(&all).unwrap_or_default();
    folder.replace(FILE, &bytes).map_err(|_| SubscribeError::Failed)
}

/// A file that is not whole is none.
fn read(folder: &Folder) -> Vec<Subscribed> {
    let file = folder.file(FILE, Access::Read);
    let bytes = file.and_then(|file| read_whole(file, MOST_BYTES));
    let all = bytes.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    all.unwrap_or_default()
}

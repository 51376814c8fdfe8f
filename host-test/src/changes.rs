//! Proposed changes that wait for their user's confirmation. Each is kept for two minutes under
//! a code that only this host knows, and can be used once.
//!
//! A user has at most one per agent: proposing another replaces it. It is kept in a file of the
//! state folder that only the user can read, so that a code from one process can be confirmed in
//! the next.

use std::fs::File;
use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::contract::Change;
use crate::contract::commands::Origin;
use crate::digest;
use crate::files::{Access, Folder, read_whole};
use crate::policy::{is_button, policy};
use crate::state::StateFolder;

/// The beginning of a button's value that confirms a proposed change.
pub(crate) const CONFIRMS: &str = "auth:confirm:";

/// A proposed change, and everything it is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The change itself.
    pub change: Change,
    /// The component's own note beside it.
    pub note: String,
    /// The user who asked, the only one who can confirm.
    pub user: String,
    /// The agent whose sign-ins it changes.
    pub agent: String,
    /// A digest of the sign-ins it was made from.
    pub state: String,
    /// The instant at which it lapses, in epoch seconds.
    pub expires_at: i64,
}

impl Proposal {
    /// Returns whether a confirmation names the profile that would be deleted: by its id, its
    /// label, or where that is not a plain word by its handle. Nothing else has to be
    /// named.
    pub fn is_named_by(&self, seen: &Confirmation) -> bool {
        let Change::AuthLogout { profile } = &self.change else {
            return true;
        };
        let label = profile.split_once(':').map_or("", |(_, label)| label);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let is_plain = !label.is_empty() && label.chars().all(plain);
        let handle = digest::short(profile.as_bytes(), 4);
        let by_handle = !is_plain && seen.name == handle;
        by_handle || !seen.name.is_empty() && [profile, label].contains(&seen.name.as_str())
    }

    fn made_at(&self) -> i64 {
        self.expires_at.saturating_sub(policy().gateway.code_seconds)
    }

    /// A clock that was set back does not prolong it.
    fn lives(&self, now: i64) -> bool {
        (self.made_at()..self.expires_at).contains(&now)
    }

    /// The proposed change in the host's own words: for a button, or above a question.
    pub fn words(&self) -> &'static str {
        match self.change {
            Change::AuthOrderSet { .. } => "order set",
            Change::AuthOrderClear { .. } => "order clear",
            Change::AuthLogin { .. } => "login",
            Change::AuthLogout { .. } => "logout",
        }
    }
}

/// A code that the user gave back, as the host itself saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The code, in capitals.
    pub code: String,
    /// The name of a profile that stood behind it.
    pub name: String,
}

impl Confirmation {
    /// A code and the name behind it, as typed.
    pub fn new(code: &str, name: &str) -> Self {
        Self { code: code.to_ascii_uppercase(), name: name.to_owned() }
    }

    /// Reads the confirmation in a message. The arguments of a tool never confirm anything, and a
    /// terminal confirms by answering the host's question.
    pub fn seen(origin: &Origin) -> Option<Self> {
        match origin {
            Origin::Command(text) => {
                let mut words = text.split_whitespace();
                // Phones begin a message with a capital.
                let verb = words.next()?.to_ascii_lowercase();
                matches!(verb.as_str(), "confirm" | "确认").then_some(())?;
                let code = words.next()?;
                let name: Vec<&str> = words.collect();
                Some(Self::new(code, &name.join(" ")))
            }
            Origin::Button(value) if is_button(value) => {
                Some(Self::new(value.strip_prefix(CONFIRMS)?, ""))
            }
            Origin::Button(_) | Origin::Tool(_) | Origin::Terminal(_) | Origin::Schedule(_) => None,
        }
    }
}

/// The letters of a code: no two of them look alike.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Makes a new code from the system's random numbers. If the clock stands still, the code comes
/// from the proposal, so that a recorded world plays the same every time.
///
/// # Errors
///
/// Returns an error if the system has no random numbers.
pub fn mint(clock: Clock, proposal: &Proposal) -> io::Result<String> {
    let mut random = [0; 8];
    match clock {
        Clock::System => getrandom::fill(&mut random)?,
        Clock::Fixed(_) => {
            let digest = digest::short(&serde_json::to_vec(proposal)?, 4);
            random.copy_from_slice(digest.as_bytes());
        }
    }
    Ok(code(random))
}

/// A code of eight letters out of as many random bytes.
fn code(random: [u8; 8]) -> String {
    let letter = |byte: u8| char::from(LETTERS[usize::from(byte % 32)]);
    random.into_iter().map(letter).collect()
}

/// A proposal as it is kept on the disk.
#[derive(Serialize, Deserialize)]
struct KeptProposal {
    code: String,
    proposal: Proposal,
}

/// The file that is locked while proposals are looked at.
const LOCK: &str = "lock";

/// More than the longest order takes.
const MOST_KEPT: u64 = 1 << 20;

/// Keeps a proposal under a code, in place of the one its user had. `left` is how long
/// that may take, here and below.
///
/// # Errors
///
/// Returns an error if the folder cannot be written.
pub fn put(
    folder: &StateFolder,
    code: &str,
    proposal: &Proposal,
    left: Duration,
) -> io::Result<()> {
    let folder = folder.make()?;
    let _lock = locked(&folder, proposal.made_at(), left)?;
    let kept = KeptProposal { code: hidden(code), proposal: proposal.clone() };
    let name = name(&proposal.user, &proposal.agent);
    folder.replace(&name, &serde_json::to_vec(&kept)?)
}

/// The proposal that this user's code stands for, where it has not lapsed.
pub fn get(
    folder: &StateFolder,
    code: &str,
    user: &str,
    agent: &str,
    now: i64,
    left: Duration,
) -> Option<Proposal> {
    let folder = folder.open().ok()?;
    let _lock = locked(&folder, now, left).ok()?;
    found(&folder, code, user, agent)
}

/// Takes the proposal away. If several callers try at once, only one gets it.
///
/// # Errors
///
/// Returns an error if it cannot be removed: it must not be used then.
pub fn take(
    folder: &StateFolder,
    code: &str,
    user: &str,
    agent: &str,
    now: i64,
    left: Duration,
) -> io::Result<Option<Proposal>> {
    let folder = folder.open()?;
    let _lock = locked(&folder, now, left)?;
    let found = found(&folder, code, user, agent);
    if found.is_some() {
        folder.remove(&name(user, agent))?;
    }
    Ok(found)
}

/// Deletes lapsed proposals, unless another process holds the lock.
pub fn sweep(folder: &StateFolder, now: i64) {
    if let Ok(folder) = folder.open() {
        // A process that holds the lock deletes them itself.
        let _ = locked(&folder, now, Duration::ZERO);
    }
}

/// Takes the lock and deletes lapsed proposals, which are useless and name profiles.
fn locked(folder: &Folder, now: i64, left: Duration) -> io::Result<File> {
    let lock = folder.lock(LOCK, left)?;
    for name in folder.names()?.iter().filter(|name| *name != LOCK) {
        if !kept(folder, name).is_some_and(|kept| kept.proposal.lives(now)) {
            let _ = folder.remove(name);
        }
    }
    Ok(lock)
}

fn kept(folder: &Folder, name: &str) -> Option<KeptProposal> {
    let file = folder.file(name, Access::Read).ok()?;
    let bytes = read_whole(file, MOST_KEPT).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn found(folder: &Folder, code: &str, user: &str, agent: &str) -> Option<Proposal> {
    let KeptProposal { code: of, proposal } = kept(folder, &name(user, agent))?;
    let is_its_users = proposal.user == user && proposal.agent == agent;
    (of == hidden(code) && is_its_users).then_some(proposal)
}

fn name(user: &str, agent: &str) -> String {
    // A length in front, so that no two pairs read the same.
    let whose = format!("{} {user} {agent}", user.len());
    digest::short(whose.as_bytes(), 16)
}

/// The hash of a code. Reading the file is not enough to confirm.
fn hidden(code: &str) -> String {
    digest::short(code.as_bytes(), 16)
}

#[cfg(test)]
mod tests;

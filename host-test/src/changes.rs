//! Changes that were proposed and wait for their user: each kept under a code that
//! only this host knows, for two minutes, and used once.
//!
//! A user has at most one for an agent: proposing another replaces it. What is
//! kept is a file of the state folder that the user alone can read, so that a code
//! given in one process can be confirmed in the next.

use std::fs::File;
use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::contract::commands::Origin;
use crate::digest;
use crate::files::{Access, Folder, read_whole};
use crate::policy::{is_button, policy};
use crate::state::StateFolder;
use crate::world::Clock;

/// The beginning of a button's value that confirms a proposed change.
pub(crate) const CONFIRMS: &str = "auth:confirm:";

/// A change of the gateway's sign-in state, as the contract's `change`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The order of a provider becomes these profiles.
    AuthOrderSet {
        /// The provider.
        provider: String,
        /// Profile ids, first to be used first.
        profiles: Vec<String>,
    },
    /// The agent's own order of a provider goes.
    AuthOrderClear {
        /// The provider.
        provider: String,
    },
    /// Somebody signs in, in the terminal.
    AuthLogin {
        /// The provider.
        provider: String,
        /// As which profile.
        profile: Option<String>,
    },
    /// A profile is deleted.
    AuthLogout {
        /// Its id.
        profile: String,
    },
}

impl Change {
    /// The profiles it names.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let ids: &[String] = match self {
            Self::AuthOrderSet { profiles, .. } => profiles,
            Self::AuthOrderClear { .. } => &[],
            Self::AuthLogin { profile, .. } => profile.as_slice(),
            Self::AuthLogout { profile } => std::slice::from_ref(profile),
        };
        ids.iter().map(String::as_str)
    }
}

/// A proposed change, and everything it is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What would be done.
    pub change: Change,
    /// What the component wants to remember of it.
    pub note: String,
    /// Who asked, the only one who can confirm.
    pub user: String,
    /// Whose sign-ins.
    pub agent: String,
    /// A digest of the sign-ins it was made from.
    pub state: String,
    /// When it lapses, in epoch seconds.
    pub expires_at: i64,
}

impl Proposal {
    /// Whether a confirmation names the profile that would be deleted: by its id, its
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
        self.expires_at
            .saturating_sub(policy().gateway.code_seconds)
    }

    /// A clock that was set back does not prolong it.
    fn lives(&self, now: i64) -> bool {
        (self.made_at()..self.expires_at).contains(&now)
    }

    /// What is proposed, in the host's own words: for a button, or above a question.
    pub fn words(&self) -> &'static str {
        match self.change {
            Change::AuthOrderSet { .. } => "order set",
            Change::AuthOrderClear { .. } => "order clear",
            Change::AuthLogin { .. } => "login",
            Change::AuthLogout { .. } => "logout",
        }
    }
}

/// What the user gave back, as the host itself saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The code, in capitals.
    pub code: String,
    /// What stood behind it: the name of a profile.
    pub name: String,
}

impl Confirmation {
    /// A code and the name behind it, as typed.
    pub fn new(code: &str, name: &str) -> Self {
        Self {
            code: code.to_ascii_uppercase(),
            name: name.to_owned(),
        }
    }

    /// What a message confirms. Nothing that a tool was called with does, and a
    /// terminal confirms by its own question.
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
            Origin::Button(_) | Origin::Tool(_) | Origin::Terminal(_) => None,
        }
    }
}

/// The letters of a code: no two of them look alike.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new code: out of the system's random numbers, or where the clock stands still
/// out of the proposal, so that a recorded world plays the same every time.
///
/// # Errors
///
/// Where the system has no random numbers.
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

/// What is kept of a proposal on the disk.
#[derive(Serialize, Deserialize)]
struct Kept {
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
/// Where the folder cannot be written.
pub fn put(
    folder: &StateFolder,
    code: &str,
    proposal: &Proposal,
    left: Duration,
) -> io::Result<()> {
    let folder = folder.make()?;
    let _lock = locked(&folder, proposal.made_at(), left)?;
    let kept = Kept {
        code: hidden(code),
        proposal: proposal.clone(),
    };
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

/// Takes the proposal away: of several callers at once, one gets it.
///
/// # Errors
///
/// Where it cannot be taken away, so that it must not be used.
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

/// Sweeps away what has lapsed, where nobody is at it.
pub fn sweep(folder: &StateFolder, now: i64) {
    if let Ok(folder) = folder.open() {
        // Whoever is at it does it.
        let _ = locked(&folder, now, Duration::ZERO);
    }
}

/// Takes the lock, and leaves nothing that has lapsed: it is of no use any more, and names
/// profiles.
fn locked(folder: &Folder, now: i64, left: Duration) -> io::Result<File> {
    let lock = folder.lock(LOCK, left)?;
    for name in folder.names()?.iter().filter(|name| *name != LOCK) {
        if !kept(folder, name).is_some_and(|kept| kept.proposal.lives(now)) {
            let _ = folder.remove(name);
        }
    }
    Ok(lock)
}

fn kept(folder: &Folder, name: &str) -> Option<Kept> {
    let file = folder.file(name, Access::Read).ok()?;
    let bytes = read_whole(file, MOST_KEPT).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn found(folder: &Folder, code: &str, user: &str, agent: &str) -> Option<Proposal> {
    let Kept { code: of, proposal } = kept(folder, &name(user, agent))?;
    let is_its_users = proposal.user == user && proposal.agent == agent;
    (of == hidden(code) && is_its_users).then_some(proposal)
}

fn name(user: &str, agent: &str) -> String {
    // A length in front, so that no two pairs read the same.
    let whose = format!("{} {user} {agent}", user.len());
    digest::short(whose.as_bytes(), 16)
}

/// A code as it is written down: whoever reads the file cannot confirm with it.
fn hidden(code: &str) -> String {
    digest::short(code.as_bytes(), 16)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::fs;
    use std::path::Path;

    use super::*;

    fn put(folder: &Path, code: &str, proposal: &Proposal) {
        super::put(&StateFolder::at(folder), code, proposal, Duration::MAX).unwrap();
    }

    fn get(folder: &Path, code: &str, user: &str, agent: &str, now: i64) -> Option<Proposal> {
        let folder = StateFolder::at(folder);
        super::get(&folder, code, user, agent, now, Duration::MAX)
    }

    fn take(folder: &Path, code: &str, user: &str, agent: &str, now: i64) -> Option<Proposal> {
        let folder = StateFolder::at(folder);
        super::take(&folder, code, user, agent, now, Duration::MAX).unwrap()
    }

    fn proposal(user: &str) -> Proposal {
        Proposal {
            change: Change::AuthOrderClear {
                provider: "openai".into(),
            },
            note: "clear".into(),
            user: user.into(),
            agent: "main".into(),
            state: "digest".into(),
            expires_at: 1120,
        }
    }

    #[test]
    fn a_code_is_good_for_its_user_for_its_time_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert_eq!(get(folder, "CODE", "ann", "main", 1000), None);
        put(folder, "CODE", &proposal("ann"));
        let got = |code: &str, user: &str, agent: &str, now| {
            get(folder, code, user, agent, now).is_some()
        };
        assert!(got("CODE", "ann", "main", 1000));
        assert!(got("CODE", "ann", "main", 1119));
        assert!(!got("code", "ann", "main", 1000));
        assert!(!got("", "ann", "main", 1000));
        assert!(!got("CODE", "bob", "main", 1000));
        assert!(!got("CODE", "ann", "ops", 1000));
        assert!(!got("CODE", "ann main", "", 1000));
        assert_eq!(take(folder, "NOPE", "ann", "main", 1000), None);
        let taken = take(folder, "CODE", "ann", "main", 1000);
        assert_eq!(taken, Some(proposal("ann")));
        assert_eq!(take(folder, "CODE", "ann", "main", 1000), None);
        for lapsed in [1120, 999] {
            put(folder, "CODE", &proposal("ann"));
            assert!(!got("CODE", "ann", "main", lapsed));
            assert!(!got("CODE", "ann", "main", 1000), "it is gone");
        }
    }

    #[test]
    fn another_proposal_of_the_same_user_replaces_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        put(folder, "ONE", &proposal("ann"));
        put(folder, "BOB", &proposal("bob"));
        put(folder, "TWO", &proposal("ann"));
        assert_eq!(get(folder, "ONE", "ann", "main", 1000), None);
        assert!(get(folder, "TWO", "ann", "main", 1000).is_some());
        assert!(get(folder, "BOB", "bob", "main", 1000).is_some());
    }

    #[test]
    fn what_has_lapsed_is_swept_away_whoever_asks_next() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let files = || fs::read_dir(folder).unwrap().count();
        put(folder, "ANN", &proposal("ann"));
        fs::write(folder.join(".tmpAbCdEf"), "of one that was ended").unwrap();
        put(folder, "BOB", &proposal("bob"));
        // With the lock.
        assert_eq!(files(), 3);
        sweep(&StateFolder::at(folder), 1119);
        assert_eq!(files(), 3);
        sweep(&StateFolder::at(folder), 1120);
        assert_eq!(files(), 1);
        put(folder, "ANN", &proposal("ann"));
        let mut later = proposal("bob");
        later.expires_at += 120;
        put(folder, "BOB", &later);
        assert_eq!(files(), 2);
    }

    #[test]
    fn a_deletion_is_named_by_whoever_knows_what_it_deletes() {
        let handle = |id: &str| digest::short(id.as_bytes(), 4);
        let odd = "openai:my label";
        for (id, name, is_named) in [
            ("openai:work", "work", true),
            ("openai:work", "openai:work", true),
            ("openai:work", "", false),
            ("openai:work", "Work", false),
            ("openai:work", "openai", false),
            ("openai:work", "openai:work ", false),
            ("openai:work", &handle("openai:work"), false),
            (odd, "my label", true),
            (odd, &handle(odd), true),
            (odd, &handle("openai:work"), false),
            (odd, "", false),
            ("openai:", "", false),
            ("openai:", &handle("openai:"), true),
            ("bare", "bare", true),
            ("bare", "", false),
        ] {
            let mut proposal = proposal("a");
            proposal.change = Change::AuthLogout { profile: id.into() };
            assert_eq!(
                proposal.is_named_by(&Confirmation::new("K7", name)),
                is_named,
                "{id} {name}"
            );
        }
        assert!(proposal("a").is_named_by(&Confirmation::new("K7", "")));
    }

    #[test]
    fn a_change_names_these_profiles() {
        let provider = || "openai".to_owned();
        let login = |profile| Change::AuthLogin {
            provider: provider(),
            profile,
        };
        let [a, b] = ["openai:a", "openai:b"].map(str::to_owned);
        let set = Change::AuthOrderSet {
            provider: provider(),
            profiles: vec![a.clone(), b],
        };
        let clear = Change::AuthOrderClear {
            provider: provider(),
        };
        for (change, ids, words) in [
            (set, vec!["openai:a", "openai:b"], "order set"),
            (clear, vec![], "order clear"),
            (login(None), vec![], "login"),
            (login(Some(a.clone())), vec!["openai:a"], "login"),
            (
                Change::AuthLogout { profile: a },
                vec!["openai:a"],
                "logout",
            ),
        ] {
            assert_eq!(change.ids().collect::<Vec<_>>(), ids);
            let mut proposal = proposal("a");
            proposal.change = change;
            assert_eq!(proposal.words(), words);
        }
    }

    #[test]
    fn a_file_in_anothers_place_is_not_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        put(folder, "CODE", &proposal("ann"));
        for (user, agent) in [("bob", "main"), ("ann", "ops")] {
            let path = |user, agent| folder.join(name(user, agent));
            fs::copy(path("ann", "main"), path(user, agent)).unwrap();
            assert_eq!(
                get(folder, "CODE", user, agent, 1000),
                None,
                "{user} {agent}"
            );
        }
    }

    #[test]
    fn of_many_at_once_one_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "CODE", &proposal("ann"));
        let take = || take(folder.path(), "CODE", "ann", "main", 1000);
        let taken = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(take)).collect();
            let results = threads.into_iter().map(|thread| thread.join().unwrap());
            results.flatten().count()
        });
        assert_eq!(taken, 1);
    }

    #[test]
    fn no_file_holds_the_code() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "CODE1234", &proposal("ann"));
        for entry in fs::read_dir(folder.path()).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains("CODE1234"), "{text}");
        }
    }

    /// What another host is tried with, too.
    #[derive(Deserialize)]
    struct Row {
        from: String,
        text: String,
        seen: Option<Seen>,
    }

    #[derive(Deserialize)]
    struct Seen {
        code: String,
        name: String,
    }

    #[test]
    fn only_a_users_own_command_or_button_confirms() {
        let table = include_str!("../tables/confirmations.json");
        let rows: Vec<Row> = serde_json::from_str(table).unwrap();
        for Row { from, text, seen } in rows {
            let origin = match from.as_str() {
                "command" => Origin::Command(text.clone()),
                "button" => Origin::Button(text.clone()),
                "tool" => Origin::Tool(text.clone()),
                _ => Origin::Terminal(text.split(' ').map(str::to_owned).collect()),
            };
            let seen = seen.map(|Seen { code, name }| Confirmation { code, name });
            assert_eq!(Confirmation::seen(&origin), seen, "{from} {text:?}");
        }
    }

    #[test]
    fn a_code_is_nobodys_guess_and_in_a_recorded_world_always_the_same() {
        let [ann, bob] = ["ann", "bob"].map(proposal);
        let code = |clock, proposal| mint(clock, proposal).unwrap();
        let (one, another) = (code(Clock::System, &ann), code(Clock::System, &ann));
        assert_eq!((one.len(), another.len()), (8, 8));
        assert_ne!(one, another);
        assert_eq!(code(Clock::Fixed(1), &ann), code(Clock::Fixed(2), &ann));
        assert_ne!(code(Clock::Fixed(1), &ann), code(Clock::Fixed(1), &bob));
    }

    #[test]
    fn a_code_has_eight_letters_that_are_told_apart() {
        assert_eq!(code([0, 31, 32, 10, 255, 18, 20, 30]), "0Z0AZJMY");
    }
}

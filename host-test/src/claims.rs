//! Claims against doing a thing twice, atomic across processes.
//!
//! A claim is a file that its holder keeps locked. The system drops the lock when the holder
//! ends, even by a crash, so a claim never outlives its check. When a claim is released, the
//! file records until when it counts as recent.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::time::Duration;

use crate::digest;
use crate::files::{Access, Folder};
use crate::policy::policy;
use crate::state::StateFolder;

/// The result of an attempt to take a claim.
#[derive(Debug)]
pub enum Taken {
    /// The caller has it.
    Claimed(Claim),
    /// Another call has it.
    Running,
    /// It was given back a moment ago.
    Recent,
}

/// A claim that is held. Dropped without [`Claim::release`], it is free at once.
#[derive(Debug)]
pub struct Claim {
    file: File,
    ttl_seconds: u32,
}

impl Claim {
    /// Gives the claim back; until its time has passed it counts as recent.
    pub fn release(mut self, now: i64) {
        let until = now.saturating_add(i64::from(self.ttl_seconds));
        // Where this fails the next call is merely answered again.
        let _ = write_until(&mut self.file, until);
    }

    /// Returns a descriptor for a command to inherit, which holds the claim for as long as it runs.
    ///
    /// # Errors
    ///
    /// Returns an error if the system has no descriptor left.
    pub fn shared(&self) -> io::Result<File> {
        self.file.try_clone()
    }
}

impl Drop for Claim {
    /// Unlocks the file even if a process that the command left behind has inherited it.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// Tries to take `key`. `now` returns epoch seconds; it is called only under a lock, since
/// claims may be released during the wait for it. No claim counts as recent for longer than the
/// policy allows. `left` limits the wait.
///
/// # Errors
///
/// Returns an error if the folder cannot be written.
pub fn take(
    folder: &StateFolder,
    key: &str,
    ttl_seconds: u32,
    left: Duration,
    now: impl Fn() -> i64,
) -> io::Result<Taken> {
    let ttl_seconds = ttl_seconds.min(policy().limits.claim_seconds);
    let folder = folder.make()?;
    // Each file is opened for it, so it waits until there are too many.
    if folder.names().is_ok_and(|names| names.len() > policy().limits.recent_claims) {
        let _table = folder.lock(TABLE, left)?;
        prune(&folder, now());
    }
    // Nobody deletes a claim meanwhile.
    let _table = folder.lock_shared(TABLE, left)?;
    let mut file = folder.file(&name(key), Access::Change)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Taken::Running),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let until = read_until(&mut file).unwrap_or(i64::MIN);
    let now = now();
    // A clock that was set back must not silence a user for longer.
    let longest = now.saturating_add(i64::from(ttl_seconds));
    if now < until && until <= longest {
        return Ok(Taken::Recent);
    }
    Ok(Taken::Claimed(Claim { file, ttl_seconds }))
}

/// The file that is locked while claims are looked at.
const TABLE: &str = "table";

fn name(key: &str) -> String {
    digest::short(key.as_bytes(), 16)
}

fn read_until(file: &mut File) -> Option<i64> {
    let mut bytes = [0; 8];
    file.rewind().ok()?;
    file.read_exact(&mut bytes).ok()?;
    Some(i64::from_le_bytes(bytes))
}

fn write_until(file: &mut File, until: i64) -> io::Result<()> {
    file.rewind()?;
    file.write_all(&until.to_le_bytes())
}

/// Removes unheld claims whose time has passed. If too many others are left, removes the unheld
/// ones that would lapse first.
fn prune(folder: &Folder, now: i64) {
    let names = folder.names().unwrap_or_default();
    let mut recent = Vec::new();
    for name in names.into_iter().filter(|name| name != TABLE) {
        // Held while it is read: whoever has it may be giving it back just now.
        let Some(mut file) = free(folder, &name) else {
            continue;
        };
        match read_until(&mut file) {
            Some(until) if until > now => recent.push((until, name)),
            _ => drop(folder.remove(&name)),
        }
    }
    // Room for the one that is about to be taken.
    let excess = (recent.len() + 1).saturating_sub(policy().limits.recent_claims);
    if excess > 0 {
        recent.sort_unstable();
    }
    // Nobody takes one meanwhile: the table is locked.
    for (_, name) in recent.iter().take(excess) {
        let _ = folder.remove(name);
    }
}

/// A claim's file, locked, unless somebody holds it.
fn free(folder: &Folder, name: &str) -> Option<File> {
    let file = folder.file(name, Access::Read).ok()?;
    file.try_lock().is_ok().then_some(file)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::fs;
    use std::path::Path;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    fn take(folder: &Path, key: &str, ttl_seconds: u32, now: impl Fn() -> i64) -> Taken {
        let folder = StateFolder::at(folder);
        super::take(&folder, key, ttl_seconds, Duration::MAX, now).unwrap()
    }

    fn word(taken: &Taken) -> &'static str {
        match taken {
            Taken::Claimed(_) => "claimed",
            Taken::Running => "running",
            Taken::Recent => "recent",
        }
    }

    #[test]
    fn a_claim_runs_then_is_recent_then_free() {
        let folder = tempfile::tempdir().unwrap();
        let at = |now| take(folder.path(), "me all", 20, || now);
        let held = match at(100) {
            Taken::Claimed(claim) => claim,
            other => panic!("{}", word(&other)),
        };
        assert_eq!(word(&at(100)), "running");
        assert_eq!(word(&at(100_000)), "running");
        held.release(100);
        assert_eq!(word(&at(119)), "recent");
        assert_eq!(word(&at(120)), "claimed");
    }

    #[test]
    fn a_claim_that_was_never_given_back_is_free_once_its_holder_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        drop(take(folder.path(), "k", 20, || 0));
        assert_eq!(word(&take(folder.path(), "k", 20, || 0)), "claimed");
    }

    #[test]
    fn a_claim_that_is_given_back_while_others_look_is_not_free() {
        let folder = tempfile::tempdir().unwrap();
        let take = |key: &str| take(folder.path(), key, 20, || 100);
        let opened = StateFolder::at(folder.path()).open().unwrap();
        for round in 0..3_000 {
            let key = format!("mine {round}");
            let Taken::Claimed(mine) = take(&key) else {
                panic!("somebody has {key}");
            };
            std::thread::scope(|scope| {
                scope.spawn(|| mine.release(100));
                for _ in 0..4 {
                    let _table = opened.lock(TABLE, Duration::MAX).unwrap();
                    prune(&opened, 100);
                }
            });
            // Or running: a program that another test just starts has all files open.
            assert_ne!(word(&take(&key)), "claimed", "{key}");
            // All that is there is looked at.
            fs::remove_file(folder.path().join(name(&key))).unwrap();
        }
    }

    #[test]
    fn whoever_waits_to_look_meets_what_was_given_back_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let clock = AtomicI64::new(100);
        let take = || take(folder.path(), "k", 20, || clock.load(Ordering::SeqCst));
        let Taken::Claimed(held) = take() else {
            panic!("nobody had it");
        };
        let opened = StateFolder::at(folder.path()).open().unwrap();
        let table = opened.lock(TABLE, Duration::MAX).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(take);
            std::thread::sleep(Duration::from_millis(100));
            clock.store(105, Ordering::SeqCst);
            held.release(105);
            drop(table);
            assert_eq!(word(&waiting.join().unwrap()), "recent");
        });
    }

    #[test]
    fn a_clock_set_back_silences_nobody() {
        let folder = tempfile::tempdir().unwrap();
        if let Taken::Claimed(claim) = take(folder.path(), "k", 20, || 1_000_000) {
            claim.release(1_000_000);
        }
        assert_eq!(word(&take(folder.path(), "k", 20, || 500)), "claimed");
    }

    #[test]
    fn of_many_at_once_exactly_one_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let claims: Vec<Taken> = std::thread::scope(|scope| {
            let handles: Vec<_> =
                (0..16).map(|_| scope.spawn(|| take(folder.path(), "k", 20, || 7))).collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        assert_eq!(claims.iter().filter(|taken| word(taken) == "claimed").count(), 1);
        assert_eq!(claims.iter().filter(|taken| word(taken) == "running").count(), 15);
    }

    #[test]
    fn claims_do_not_pile_up_whatever_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let keep = |key: &str, now| {
            if let Taken::Claimed(claim) = take(folder.path(), key, u32::MAX, || now) {
                claim.release(now);
            }
        };
        let most = policy().limits.recent_claims;
        keep("first", 0);
        for index in 0..most {
            keep(&index.to_string(), 1);
        }
        // Those that are recent, and the table.
        let files = || fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files(), most + 1);
        let word = |key: &str, now| word(&take(folder.path(), key, u32::MAX, || now));
        assert_eq!(word("first", 2), "claimed", "it gave way");
        assert_eq!(word("999", 2), "recent");
        let longest = i64::from(policy().limits.claim_seconds);
        assert_eq!(word("998", longest), "recent");
        assert_eq!(word("998", longest + 1), "claimed");
        // There is room for one more; the next one finds the others lapsed.
        keep("late", longest + 2);
        keep("later", longest + 2);
        assert_eq!(files(), 3);
    }
}

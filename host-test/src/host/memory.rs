//! The memory between calls: one blob for each key, and claims.

use super::{Caller, Host, blob};
use crate::claims::{self, Taken};
use crate::clock::Clock;
use crate::contract::memory;
use crate::policy::policy;
use crate::state::{Blob, SaveError};

impl memory::Host for Host {
    fn load(&mut self, key: memory::Key) -> wasmtime::Result<memory::Blob> {
        self.count()?;
        // A blob could hold an encoded secret, so it is lent only once the secrets are known.
        let known = self.load();
        let state = self.state.as_ref().filter(|_| known.is_ok());
        let Blob { mut bytes, version } = state.map(|state| state.load(key)).unwrap_or_default();
        if version == 0 && known.is_ok() && matches!(key, memory::Key::History) {
            bytes = self.world.store.history().to_vec();
        }
        if !blob::is_lent(key, &bytes) {
            bytes.clear();
        }
        Ok(memory::Blob { bytes, version })
    }

    fn save(
        &mut self,
        key: memory::Key,
        bytes: Vec<u8>,
        expected_version: u64,
    ) -> wasmtime::Result<Result<u64, memory::Error>> {
        self.count()?;
        if bytes.len() > policy().memory.rule(key).bytes {
            return Ok(Err(memory::Error::TooLarge));
        }
        if self.state.is_none() {
            return Ok(Err(memory::Error::Failed));
        }
        // A component could encode a callback as numbers, which no search would find.
        let is_lendable = !self.heard_callback && self.load().is_ok();
        if !is_lendable || !blob::is_kept(key, &bytes) || self.tells_of(&bytes) {
            return Ok(Err(memory::Error::Denied));
        }
        let Some(state) = &self.state else {
            return Ok(Err(memory::Error::Failed));
        };
        Ok(state.save(key, &bytes, expected_version, self.left()).map_err(|error| match error {
            SaveError::Conflict => memory::Error::Conflict,
            SaveError::Failed(_) => memory::Error::Failed,
        }))
    }

    fn take(&mut self, key: String, ttl_seconds: u32) -> wasmtime::Result<memory::Claim> {
        self.count()?;
        // A claim outlives the call, as a blob does: none is kept of a call that heard a callback.
        let takes = !self.heard_callback && !self.caller.is_tool;
        let Some(state) = self.state.as_ref().filter(|_| takes) else {
            return Ok(memory::Claim::Claimed);
        };
        let Caller { user, agent, .. } = &self.caller;
        // Lengths in front, so that no two read the same.
        let full = format!("{} {} {user}{agent}{key}", user.len(), agent.len());
        // Where claims cannot be kept, answering twice is better than not at all.
        let now = || Clock::System.now();
        Ok(match claims::take(&state.claims(), &full, ttl_seconds, self.left(), now) {
            Ok(Taken::Running) => memory::Claim::Running,
            Ok(Taken::Recent) => memory::Claim::Recent,
            Ok(Taken::Claimed(claim)) => {
                self.claims.push((key, claim));
                memory::Claim::Claimed
            }
            Err(_) => memory::Claim::Claimed,
        })
    }

    fn release(&mut self, key: String) -> wasmtime::Result<()> {
        self.count()?;
        // Whoever repeats a request does so in real time, whatever the world's is.
        let now = Clock::System.now();
        let held = self.claims.iter().position(|(each, _)| *each == key);
        if let Some(index) = held {
            self.claims.swap_remove(index).1.release(now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::sync::Arc;

    use super::*;
    use crate::contract::Command;
    use crate::contract::chat;
    use crate::contract::memory::Key;
    use crate::host::fixtures::*;
    use crate::store::Place;
    use crate::world::{Store, World};

    const BLOB: &[u8] = br#"{"version":3,"readings":[]}"#;

    fn saved(host: &mut Host, bytes: &[u8]) -> Result<u64, memory::Error> {
        memory::Host::save(host, Key::Readings, bytes.to_vec(), 0).unwrap()
    }

    fn is_denied(saved: &Result<u64, memory::Error>) -> bool {
        matches!(saved, Err(memory::Error::Denied))
    }

    #[test]
    fn a_call_that_did_not_ask_for_the_sign_ins_lets_nothing_out() {
        let calls = Calls::new();
        assert!(is_denied(&saved(&mut calls.call("ann", None), SECRET.as_bytes())));
        assert!(matches!(sent(&mut host(), message(SECRET)), Err(chat::Error::Refused)));
        assert!(host().tells([SECRET]));
    }

    #[test]
    fn a_call_that_heard_a_callback_keeps_nothing() {
        let calls = Calls::new();
        let save = |text: &str| {
            let mut host = calls.call("ann", None);
            let request = request_of(text);
            host.begin_call(Command::Auth, &request);
            saved(&mut host, BLOB)
        };
        for text in [
            "finish work http://localhost:1455/auth/callback?code=ac_FAKE0123456789&state=x",
            "http://localhost:1455/auth/callback?code=ac_FAKE0123456789&state=x",
            "finish ac_FAKE0123456789",
        ] {
            assert!(is_denied(&save(text)), "{text}");
        }
        assert!(save("status").is_ok());
    }

    #[test]
    fn where_the_sign_ins_cannot_be_read_there_is_no_memory() {
        let calls = Calls::new();
        saved(&mut calls.call("ann", None), BLOB).unwrap();
        let home = tempfile::tempdir().unwrap();
        let agent = home.path().join(".openclaw/agents/main/agent");
        std::fs::create_dir_all(&agent).unwrap();
        let mut host = calls.call("ann", None);
        host.world = Arc::new(World {
            store: Store::Live(Place {
                home: home.path().to_owned(),
                state_dir: None,
                auth_path: None,
                agent: "main".into(),
            }),
            ..Arc::into_inner(world(&calls.state)).unwrap()
        });
        for store in [None, Some("{")] {
            if let Some(store) = store {
                std::fs::write(agent.join("auth-profiles.json"), store).unwrap();
            }
            host.sign_ins = None;
            let blob = memory::Host::load(&mut host, Key::Readings).unwrap();
            assert_eq!((blob.bytes.len(), blob.version), (0, 0), "{store:?}");
            assert!(is_denied(&saved(&mut host, BLOB)), "{store:?}");
        }
        let blob = memory::Host::load(&mut calls.call("ann", None), Key::Readings).unwrap();
        assert_eq!((&*blob.bytes, blob.version), (BLOB, 1));
    }
}

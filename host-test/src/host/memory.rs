//! The memory between calls: one blob, and claims.

use super::Host;
use crate::claims::{self, Taken};
use crate::contract::memory;
use crate::policy::policy;
use crate::state::{SaveError, StateFolder};
use crate::world::Clock;

impl memory::Host for Host {
    fn load(&mut self) -> wasmtime::Result<memory::Blob> {
        self.count()?;
        let blob = self
            .state
            .as_ref()
            .map(StateFolder::load)
            .unwrap_or_default();
        Ok(memory::Blob {
            bytes: blob.bytes,
            version: blob.version,
        })
    }

    fn save(
        &mut self,
        bytes: Vec<u8>,
        expected_version: u64,
    ) -> wasmtime::Result<Result<u64, memory::Error>> {
        self.count()?;
        if bytes.len() > policy().limits.memory_blob_bytes {
            return Ok(Err(memory::Error::TooLarge));
        }
        if self.scan.finds(&bytes) || self.unshown.finds(&bytes) {
            return Ok(Err(memory::Error::Denied));
        }
        let Some(state) = &self.state else {
            return Ok(Err(memory::Error::Failed));
        };
        Ok(state
            .save(&bytes, expected_version)
            .map_err(|error| match error {
                SaveError::Conflict => memory::Error::Conflict,
                SaveError::Failed(_) => memory::Error::Failed,
            }))
    }

    fn take(&mut self, key: String, ttl_seconds: u32) -> wasmtime::Result<memory::Claim> {
        self.count()?;
        let Some(state) = &self.state else {
            return Ok(memory::Claim::Claimed);
        };
        let full = format!("{}\n{}\n{key}", self.asker.user, self.asker.agent);
        // Where claims cannot be kept, answering twice is better than not at all.
        Ok(
            match claims::take(&state.claims(), &full, ttl_seconds, || Clock::System.now()) {
                Ok(Taken::Running) => memory::Claim::Running,
                Ok(Taken::Recent) => memory::Claim::Recent,
                Ok(Taken::Claimed(claim)) => {
                    self.claims.push((key, claim));
                    memory::Claim::Claimed
                }
                Err(_) => memory::Claim::Claimed,
            },
        )
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

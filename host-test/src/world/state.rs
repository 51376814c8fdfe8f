//! The sign-ins of a recorded world.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::gateway::{RecordedGateway, ScriptStep, Stores};
use crate::store::{self, Era, SignIns, StoreError};

/// The sign-ins of a recorded world, which its gateway changes.
#[derive(Clone)]
pub struct RecordedState {
    stores: Arc<Mutex<Stores>>,
    era: Era,
    source: String,
    history: Vec<u8>,
}

impl RecordedState {
    /// Documents as a JSON store holds them, whatever the era they play.
    pub fn new(own: Value, shared: Option<Value>, era: Era, source: &str) -> Self {
        Self {
            stores: Arc::new(Mutex::new(Stores { own, shared })),
            era,
            source: source.to_owned(),
            history: Vec::new(),
        }
    }

    /// Gives the world a past, in the form of the component's history.
    #[must_use]
    pub(super) fn with_history(mut self, history: Vec<u8>) -> Self {
        self.history = history;
        self
    }

    /// Returns the history of this world from before anything was saved.
    pub(crate) fn history(&self) -> &[u8] {
        &self.history
    }

    /// The sign-ins as they are now.
    ///
    /// # Errors
    ///
    /// Returns an error if a document is not a store.
    pub fn sign_ins(&self, now: i64) -> Result<SignIns, StoreError> {
        let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = stores.shared.as_ref().map(Value::to_string);
        let own = stores.own.to_string();
        store::parse(&own, shared.as_deref(), self.era, &self.source, now)
    }

    /// The agent's own store and the shared one as they are now, for another host to
    /// read in its own way.
    pub fn documents(&self) -> (Value, Option<Value>) {
        let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        (stores.own.clone(), stores.shared.clone())
    }

    /// Returns the era they play.
    pub fn era(&self) -> Era {
        self.era
    }

    /// The store as a person would name it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The gateway of this version that keeps them.
    pub fn gateway(&self, version: &str, script: Vec<ScriptStep>, now: i64) -> RecordedGateway {
        RecordedGateway::new(version, self.era, now, Arc::clone(&self.stores), script)
    }
}

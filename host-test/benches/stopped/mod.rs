//! A host that keeps when its memory answered last, and waits before it asks.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use host_test::contract::{auth_store, chat, gateway, https, memory};
use host_test::host::Host;
use wasmtime::Result;

/// When it was.
pub(crate) type Last = Arc<Mutex<Option<Instant>>>;

/// A host, a note of its last answer, and the work that comes before its requests.
pub(crate) struct Stopped {
    host: Host,
    last: Last,
    before_requests: Box<dyn FnMut() + Send>,
}

impl Stopped {
    pub(crate) fn new(host: Host, last: Last) -> Self {
        Self { host, last, before_requests: Box::new(|| ()) }
    }

    pub(crate) fn before_requests(mut self, work: impl FnMut() + Send + 'static) -> Self {
        self.before_requests = Box::new(work);
        self
    }

    fn stop(&self) {
        *self.last.lock().unwrap() = Some(Instant::now());
    }
}

impl AsMut<Host> for Stopped {
    fn as_mut(&mut self) -> &mut Host {
        &mut self.host
    }
}

impl https::Host for Stopped {
    fn fetch_all(
        &mut self,
        requests: Vec<https::Request>,
    ) -> Result<Vec<Result<https::Response, https::Error>>> {
        (self.before_requests)();
        self.host.fetch_all(requests)
    }
}

impl gateway::Host for Stopped {
    fn read(
        &mut self,
        queries: Vec<gateway::Query>,
    ) -> Result<Vec<Result<gateway::Output, gateway::Error>>> {
        gateway::Host::read(&mut self.host, queries)
    }

    fn propose(
        &mut self,
        change: gateway::Change,
        note: String,
    ) -> Result<Result<gateway::Proposal, gateway::Error>> {
        self.host.propose(change, note)
    }

    fn recall(&mut self, code: String) -> Result<Result<gateway::Pending, gateway::Error>> {
        self.host.recall(code)
    }

    fn apply(&mut self, code: String) -> Result<Result<gateway::Output, gateway::Error>> {
        self.host.apply(code)
    }
}

impl auth_store::Host for Stopped {
    fn read(&mut self) -> Result<Result<auth_store::Snapshot, auth_store::Error>> {
        auth_store::Host::read(&mut self.host)
    }
}

impl chat::Host for Stopped {
    fn send(&mut self, message: chat::Message) -> Result<Result<(), chat::Error>> {
        self.host.send(message)
    }

    fn subscribe(
        &mut self,
        kinds: Vec<chat::AlertKind>,
    ) -> Result<Result<(), chat::SubscribeError>> {
        self.host.subscribe(kinds)
    }

    fn unsubscribe(&mut self) -> Result<Result<(), chat::SubscribeError>> {
        self.host.unsubscribe()
    }

    fn subscriptions(
        &mut self,
    ) -> Result<Result<Option<Vec<chat::AlertKind>>, chat::SubscribeError>> {
        self.host.subscriptions()
    }
}

impl memory::Host for Stopped {
    fn load(&mut self, key: memory::Key) -> Result<memory::Blob> {
        self.host.load(key)
    }

    fn save(
        &mut self,
        key: memory::Key,
        bytes: Vec<u8>,
        expected: u64,
    ) -> Result<Result<u64, memory::Error>> {
        let saved = self.host.save(key, bytes, expected);
        self.stop();
        saved
    }

    fn take(&mut self, key: String, ttl_seconds: u32) -> Result<memory::Claim> {
        self.host.take(key, ttl_seconds)
    }

    fn release(&mut self, key: String) -> Result<()> {
        self.host.release(key)
    }
}

//! A host of which one call fails, as the contract allows it to fail.

use std::sync::{Arc, Mutex, PoisonError};

use host_test::contract::{auth_store, chat, gateway, https, memory};
use host_test::host::Host;

use super::fault::{Call, Fault, Function, Really, Whom};

/// The calls of a host, and what it sent by message.
#[derive(Debug, Default)]
pub struct Log {
    /// Every call, in order.
    pub calls: Vec<Call>,
    /// The texts that were delivered.
    pub delivered: Vec<String>,
    /// The texts of which nobody knows whether they were, and which were not.
    pub lost: Vec<String>,
}

/// A log that outlives its call.
pub type SharedLog = Arc<Mutex<Log>>;

/// Looks into a log.
pub fn read<T>(log: &SharedLog, look: impl FnOnce(&mut Log) -> T) -> T {
    look(&mut log.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A host whose call of this number, counted from 0, fails so.
pub struct Faulty {
    host: Host,
    log: SharedLog,
    fault: Option<(usize, Fault)>,
}

impl AsMut<Host> for Faulty {
    fn as_mut(&mut self) -> &mut Host {
        &mut self.host
    }
}

impl Faulty {
    pub fn new(host: Host, log: SharedLog, fault: Option<(usize, Fault)>) -> Self {
        Self { host, log, fault }
    }

    /// Counts a call, and tells the fault that this one has.
    fn due(&mut self, function: Function) -> Option<Fault> {
        self.due_of(function, 1)
    }

    /// The same for a call with so many results.
    fn due_of(&mut self, function: Function, results: usize) -> Option<Fault> {
        let place = read(&self.log, |log| {
            log.calls.push(Call { function, results });
            log.calls.len() - 1
        });
        let (at, fault) = self.fault?;
        (at == place).then_some(fault)
    }

    /// Does what was asked, or breaks down before or after it.
    fn unless_trapped<T>(
        &mut self,
        fault: Option<Fault>,
        ask: impl FnOnce(&mut Host) -> wasmtime::Result<T>,
    ) -> wasmtime::Result<T> {
        let broken = || wasmtime::Error::msg("the host broke down");
        match fault {
            Some(Fault::Trap(Really::NotDone)) => Err(broken()),
            Some(Fault::Trap(Really::Done)) => ask(&mut self.host).and_then(|_| Err(broken())),
            _ => ask(&mut self.host),
        }
    }
}

/// An answer about the subscription of a conversation.
type Subscribed<T> = wasmtime::Result<Result<T, chat::SubscribeError>>;

impl Faulty {
    fn subscription<T>(
        &mut self,
        function: Function,
        ask: impl FnOnce(&mut Host) -> Subscribed<T>,
    ) -> Subscribed<T> {
        let fault = self.due(function);
        match fault {
            Some(Fault::Subscription(Really::NotDone, error)) => Ok(Err(error)),
            Some(Fault::Subscription(Really::Done, error)) => {
                ask(&mut self.host).map(|done| done.and(Err(error)))
            }
            _ => self.unless_trapped(fault, ask),
        }
    }
}

/// The results that a fault is about.
fn those<T>(results: &mut [T], whom: Whom) -> &mut [T] {
    let last = results.len().saturating_sub(1);
    match whom {
        Whom::All => results,
        Whom::First => results.get_mut(..1).unwrap_or_default(),
        Whom::Last => &mut results[last..],
    }
}

impl https::Host for Faulty {
    fn fetch_all(
        &mut self,
        requests: Vec<https::Request>,
    ) -> wasmtime::Result<Vec<Result<https::Response, https::Error>>> {
        let fault = self.due_of(Function::FetchAll, requests.len());
        let mut results = self.unless_trapped(fault, |host| host.fetch_all(requests))?;
        if let Some(Fault::Fetch(whom, fetched)) = fault {
            for result in those(&mut results, whom) {
                fetched.replace(result);
            }
        }
        Ok(results)
    }
}

impl gateway::Host for Faulty {
    fn read(
        &mut self,
        queries: Vec<gateway::Query>,
    ) -> wasmtime::Result<Vec<Result<gateway::Output, gateway::Error>>> {
        let fault = self.due_of(Function::ReadGateway, queries.len());
        let read = |host: &mut Host| gateway::Host::read(host, queries);
        let mut results = self.unless_trapped(fault, read)?;
        if let Some(Fault::Query(whom, queried)) = fault {
            for result in those(&mut results, whom) {
                queried.replace(result);
            }
        }
        Ok(results)
    }

    fn propose(
        &mut self,
        change: gateway::Change,
        note: String,
    ) -> wasmtime::Result<Result<gateway::Proposal, gateway::Error>> {
        let fault = self.due(Function::Propose);
        match fault {
            Some(Fault::Propose(Really::NotDone, error)) => return Ok(Err(error)),
            Some(Fault::Propose(Really::Done, error)) => {
                return self.host.propose(change, note).map(|_| Err(error));
            }
            _ => {}
        }
        self.unless_trapped(fault, |host| host.propose(change, note))
    }

    fn recall(
        &mut self,
        code: String,
    ) -> wasmtime::Result<Result<gateway::Pending, gateway::Error>> {
        let fault = self.due(Function::Recall);
        if let Some(Fault::Recall(error)) = fault {
            return Ok(Err(error));
        }
        self.unless_trapped(fault, |host| host.recall(code))
    }

    fn apply(&mut self, code: String) -> wasmtime::Result<Result<gateway::Output, gateway::Error>> {
        let fault = self.due(Function::Apply);
        let output =
            |exit_code| Ok(Ok(gateway::Output { exit_code, json: None, message: String::new() }));
        match fault {
            Some(Fault::Apply(Really::NotDone, error)) => return Ok(Err(error)),
            Some(Fault::Apply(Really::Done, error)) => {
                return self.host.apply(code).map(|_| Err(error));
            }
            Some(Fault::Ran(Really::NotDone, exit_code)) => return output(exit_code),
            Some(Fault::Ran(Really::Done, exit_code)) => {
                return self.host.apply(code).and_then(|_| output(exit_code));
            }
            _ => {}
        }
        self.unless_trapped(fault, |host| host.apply(code))
    }
}

impl auth_store::Host for Faulty {
    fn read(&mut self) -> wasmtime::Result<Result<auth_store::Snapshot, auth_store::Error>> {
        let fault = self.due(Function::ReadStore);
        let mut read = self.unless_trapped(fault, auth_store::Host::read)?;
        match (fault, &mut read) {
            (Some(Fault::Store(failure)), _) => {
                let source = "~/somewhere".into();
                read = Err(auth_store::Error { failure, source });
            }
            (Some(Fault::Snapshot(snapshot)), Ok(read)) => snapshot.replace(read),
            _ => {}
        }
        Ok(read)
    }
}

impl chat::Host for Faulty {
    fn send(&mut self, message: chat::Message) -> wasmtime::Result<Result<(), chat::Error>> {
        let fault = self.due(Function::Send);
        match fault {
            Some(Fault::Send(Really::NotDone, error)) => {
                if matches!(error, chat::Error::Unclear) {
                    read(&self.log, |log| log.lost.push(message.text));
                }
                return Ok(Err(error));
            }
            Some(Fault::Send(Really::Done, error)) => {
                return self.host.send(message).map(|sent| sent.and(Err(error)));
            }
            _ => {}
        }
        self.unless_trapped(fault, |host| host.send(message))
    }

    fn subscribe(
        &mut self,
        kinds: Vec<chat::AlertKind>,
    ) -> wasmtime::Result<Result<(), chat::SubscribeError>> {
        self.subscription(Function::Subscribe, |host| host.subscribe(kinds))
    }

    fn unsubscribe(&mut self) -> wasmtime::Result<Result<(), chat::SubscribeError>> {
        self.subscription(Function::Unsubscribe, chat::Host::unsubscribe)
    }

    fn subscriptions(
        &mut self,
    ) -> wasmtime::Result<Result<Option<Vec<chat::AlertKind>>, chat::SubscribeError>> {
        self.subscription(Function::Subscriptions, chat::Host::subscriptions)
    }
}

impl memory::Host for Faulty {
    fn load(&mut self, key: memory::Key) -> wasmtime::Result<memory::Blob> {
        let fault = self.due(Function::Load);
        let mut blob = self.unless_trapped(fault, |host| memory::Host::load(host, key))?;
        if let Some(Fault::Blob(instead)) = fault {
            instead.replace(&mut blob);
        }
        Ok(blob)
    }

    fn save(
        &mut self,
        key: memory::Key,
        bytes: Vec<u8>,
        expected_version: u64,
    ) -> wasmtime::Result<Result<u64, memory::Error>> {
        let fault = self.due(Function::Save);
        match fault {
            Some(Fault::Save(Really::NotDone, error)) => return Ok(Err(error)),
            Some(Fault::Save(Really::Done, error)) => {
                let saved = self.host.save(key, bytes, expected_version)?;
                return Ok(saved.and(Err(error)));
            }
            _ => {}
        }
        self.unless_trapped(fault, |host| host.save(key, bytes, expected_version))
    }

    fn take(&mut self, key: String, ttl_seconds: u32) -> wasmtime::Result<memory::Claim> {
        let fault = self.due(Function::Take);
        if let Some(Fault::Taken(claim)) = fault {
            return Ok(claim);
        }
        self.unless_trapped(fault, |host| host.take(key, ttl_seconds))
    }

    fn release(&mut self, key: String) -> wasmtime::Result<()> {
        let fault = self.due(Function::Release);
        if let Some(Fault::Kept) = fault {
            return Ok(());
        }
        self.unless_trapped(fault, |host| host.release(key))
    }
}

//! Fixtures that the tests of the imports share.

#![allow(unreachable_pub, reason = "of the tests alone")]
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{Caller, Host, gateway_commands};
use crate::changes::Confirmation;
use crate::clock::Clock;
use crate::contract::{Change, chat, commands, gateway, https, plain_request};
use crate::policy::policy;
use crate::state::StateFolder;
use crate::store::Era;
use crate::world::{Classes, Endpoint, Gateway, RecordedState, Store, World};

pub const SECRET: &str = "canary-refresh-token-of-work";

pub const NOW: i64 = 1_790_000_000;

/// Two profiles and an API key.
pub fn sign_ins() -> RecordedState {
    let sign_in = json!({
        "type": "oauth", "provider": "openai", "expires": 4_000_000_000_000_i64,
        "access": "canary-access-token-of-work", "refresh": SECRET,
    });
    let key = json!({ "type": "api_key", "provider": "openai", "key": "canary-api-key-of-key" });
    let store = json!({ "version": 1, "profiles": {
        "openai:work": sign_in, "openai:home": sign_in, "openai:key": key,
    }});
    RecordedState::new(store, None, Era::Sqlite, "test")
}

pub fn world(state: &RecordedState) -> Arc<World> {
    Arc::new(World {
        store: Store::Recorded(state.clone()),
        endpoint: Endpoint::Nowhere,
        gateway: Gateway::Recorded(state.gateway("2026.9.6", vec![], NOW)),
        clock: Clock::Fixed(NOW),
        classes: Classes::default(),
        session: None,
        is_subscribable: false,
    })
}

/// A host of the owner's call, with a message path.
pub fn host() -> Host {
    let mut host = Host::new(world(&sign_ins()), None).with_outbox(Box::new(|_| {}));
    host.caller = caller();
    host
}

/// The owner, in a channel of short messages.
pub fn caller() -> Caller {
    Caller {
        user: "somebody".into(),
        agent: "main".into(),
        channel: commands::Channel { buttons: 3, length: 100, private: true, screen: None },
        is_scheduled: false,
        subscribing: Ok(()),
        may_change: true,
        is_tool: false,
        locale: commands::Locale::En,
        seen: None,
    }
}

pub fn message(text: &str) -> chat::Message {
    chat::Message { text: text.into(), buttons: vec![] }
}

pub fn sent(host: &mut Host, message: chat::Message) -> Result<(), chat::Error> {
    chat::Host::send(host, message).unwrap()
}

pub fn usage_of(profile: &str) -> https::Request {
    https::Request {
        endpoint: https::Endpoint::Usage,
        profile: profile.into(),
        timeout_ms: 1000,
        delay_ms: 0,
    }
}

/// The calls of one user, one after the other, on the same sign-ins.
pub struct Calls {
    pub state: RecordedState,
    folder: tempfile::TempDir,
}

pub type Applied = Result<gateway::Output, gateway::Error>;

impl Calls {
    pub fn new() -> Self {
        Self { state: sign_ins(), folder: tempfile::tempdir().unwrap() }
    }

    pub fn call(&self, user: &str, seen: Option<Confirmation>) -> Host {
        let state = StateFolder::at(self.folder.path());
        let mut host = Host::new(world(&self.state), Some(state));
        host.deadline = Duration::from_secs(policy().limits.change_deadline_seconds);
        host.caller = Caller { user: user.into(), seen, ..caller() };
        host
    }

    pub fn propose(&self, user: &str, change: Change) -> Result<String, gateway::Error> {
        let mut host = self.call(user, None);
        let change = gateway_commands::shown(change);
        let proposed = gateway::Host::propose(&mut host, change, "note".into()).unwrap();
        proposed.map(|proposal| proposal.code)
    }

    /// A call in which this user was seen to confirm with this code and name.
    pub fn apply(&self, user: &str, code: &str, name: &str) -> Applied {
        let mut host = self.call(user, Some(Confirmation::new(code, name)));
        gateway::Host::apply(&mut host, code.into()).unwrap()
    }

    pub fn order(&self) -> Option<Vec<String>> {
        self.state.sign_ins(NOW).unwrap().order
    }
}

pub fn set(ids: &[&str]) -> Change {
    Change::AuthOrderSet {
        provider: "openai".into(),
        profiles: ids.iter().copied().map(str::to_owned).collect(),
    }
}

pub fn request_of(text: &str) -> commands::Request {
    let origin = commands::Origin::Command(text.into());
    commands::Request {
        user: "ann".into(),
        is_owner: true,
        wants_json: true,
        ..plain_request(origin, NOW)
    }
}

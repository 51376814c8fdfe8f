//! The readers of `host-test` that take in what others wrote, out of its own files and
//! without the runtime beside them, which would take minutes to build.

#[path = "../../../host-test/src"]
mod host_test {
    pub(crate) mod digest;
    #[allow(dead_code, reason = "of a file, only how it is opened is of use here")]
    pub(crate) mod files;
    pub mod openclaw;
    pub mod policy;
    pub mod printable;
    pub mod secret;
    pub mod store;
}

use host_test::{digest, files};
pub use host_test::{openclaw, policy, printable, secret, store};

/// The types of the contract that these files name.
#[allow(missing_docs, reason = "documented in the contract")]
pub mod contract {
    #[allow(dead_code, reason = "named by the policy, and never made here")]
    #[derive(Debug)]
    pub enum Change {
        AuthOrderSet { provider: String, profiles: Vec<String> },
        AuthOrderClear { provider: String },
        AuthLogin { provider: String, profile: Option<String> },
        AuthLogout { profile: String },
    }

    pub mod memory {
        #[allow(dead_code, reason = "named by the policy, and never made here")]
        pub enum Key {
            Readings,
            Alerts,
            History,
        }
    }
    pub(crate) mod commands {
        #[allow(dead_code, reason = "named by a reader, and never made here")]
        pub(crate) enum Origin {
            Command(String),
            Tool(String),
            Button(String),
            Terminal(Vec<String>),
            Schedule(()),
        }
    }
}

#[path = "../../../host-test/src/host"]
mod host {
    mod callback;

    use crate::contract::commands;
    use crate::secret::Secret;

    pub(crate) fn secrets_typed(text: &str) -> Vec<Secret> {
        callback::secrets(&commands::Origin::Command(text.to_owned()))
    }
}

/// The secrets that the host finds in a typed callback.
pub fn secrets_typed(text: &str) -> Vec<secret::Secret> {
    host::secrets_typed(text)
}

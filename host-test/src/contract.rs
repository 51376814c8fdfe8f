//! The contract of `wit/skill.wit`: the glue that wasmtime writes out of it, and the types
//! of ours that say the same to all modules.

use serde::{Deserialize, Serialize};

#[allow(missing_docs, reason = "glue written by wasmtime from the documented contract")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "skill",
        imports: { default: trappable },
    });
}

pub use bindings::codex_profiler::skill::{auth_store, chat, gateway, https, memory};
pub use bindings::exports::codex_profiler::skill::commands;
pub use bindings::{Skill, SkillPre};

/// One of the two commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `/codex_usage`
    Usage,
    /// `/codex_auth`
    Auth,
}

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

/// Returns a request that each caller makes its own of: English, UTC, a private channel
/// without buttons, nobody in particular.
pub fn plain_request(origin: commands::Origin, now: i64) -> commands::Request {
    commands::Request {
        origin,
        user: String::new(),
        is_owner: false,
        agent: "main".to_owned(),
        channel: commands::Channel { buttons: 0, length: u32::MAX, private: true, screen: None },
        now,
        zone: commands::Zone { name: "UTC".to_owned(), transitions: vec![] },
        locale: commands::Locale::En,
        salt: String::new(),
        settings: commands::Settings {
            burn_first: vec![],
            preserve: vec![],
            full_ids: false,
            dry_run: false,
            alerts_low_percent: 10,
            demo: false,
        },
        wants_json: false,
        session_profile: None,
    }
}

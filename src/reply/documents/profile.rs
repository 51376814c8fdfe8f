//! Profiles as they are stored.

use serde::Serialize;

use super::Utc;
use crate::profile::Finding;
use crate::usage::Verdict;

/// The stored sign-ins.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct StoredSignIns<'a> {
    /// Always true.
    pub(crate) ok: bool,
    /// The store that was read.
    pub(crate) source: &'a str,
    /// The provider that the order is for.
    pub(crate) provider: &'a str,
    /// The gateway's version, where its command told it.
    pub(crate) gateway_version: Option<&'a str>,
    /// The instant of this document.
    pub(crate) checked_at: Utc,
    /// The names in the order in effect. Null where there is no order.
    pub(crate) order: Option<Vec<String>>,
    /// True where that order is not the agent's own.
    pub(crate) order_is_inherited: bool,
    /// The profile of the chat session that asked, where that is known.
    pub(crate) session_profile: Option<SessionProfile>,
    /// The profiles, in the order they are stored.
    pub(crate) profiles: Vec<SignIn<'a>>,
    /// Oddities of the store.
    pub(crate) findings: Vec<FindingNote>,
    /// The reply that a person reads.
    pub(crate) suggested_user_message: &'a str,
}

/// A profile as it is stored, and its last check.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SignIn<'a> {
    #[serde(flatten)]
    pub(crate) stored: StoredProfile<'a>,
    /// The last check of the sign-in that is stored now. Null without one.
    pub(crate) last_check: Option<LastCheck>,
}

/// A profile as it is stored.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct StoredProfile<'a> {
    /// The id, masked where it holds an e-mail address: `openai:work`.
    pub(crate) profile: String,
    /// The name that people read: `work`.
    pub(crate) label: &'a str,
    /// A short name that never holds white space and can be typed in its place.
    pub(crate) handle: &'a str,
    /// The provider in the id: `openai` or `openai-codex`.
    pub(crate) provider: &'a str,
    /// Always `oauth`: keys and pasted tokens are not checked.
    pub(crate) r#type: &'a str,
    /// `ready`, `expired`, `fenced` (the gateway disabled it) or `missing`.
    pub(crate) token: &'a str,
    /// When the stored token expires.
    pub(crate) token_expiry: Option<Utc>,
    /// When the gateway last used it.
    pub(crate) last_used: Option<Utc>,
    /// When it last failed for the gateway.
    pub(crate) last_failure: Option<Utc>,
    /// Until when the gateway paused it.
    pub(crate) cooldown_until: Option<Utc>,
    /// The gateway's reason for that.
    pub(crate) cooldown_reason: Option<&'a str>,
    /// Failures in a row, as the gateway counts them.
    pub(crate) error_count: u32,
    /// Those by their reason.
    #[serde(serialize_with = "super::object")]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, u32>"))]
    pub(crate) failure_counts: &'a [(String, u32)],
    /// The place in the order in effect, from 1.
    pub(crate) order_position: Option<usize>,
    /// Whether the order in effect names it. Null where there is no order.
    pub(crate) in_order: Option<bool>,
}

/// An earlier check of the sign-in that is stored now.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LastCheck {
    /// When it was checked.
    pub(crate) checked_at: Utc,
    /// The verdict then.
    pub(crate) verdict: Verdict,
    /// The last time that a check came to a conclusion.
    pub(crate) conclusive_at: Option<Utc>,
    /// That conclusion.
    pub(crate) conclusive_verdict: Option<Verdict>,
    /// Whether nothing but signing in again helps.
    pub(crate) signed_out: bool,
}

/// The profile that the chat session uses.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SessionProfile {
    /// The name that people read.
    pub(crate) label: String,
    /// `auto` where the gateway chose it, `user` where the user pinned it.
    pub(crate) pin: &'static str,
}

/// An oddity of the store.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FindingNote {
    /// A stable word.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) code: Finding,
    /// The sentence that a person reads.
    pub(crate) message: String,
}

//! Changes of the order, planned and made.

use super::*;

/// The state of a change.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Planned,
    /// Planned again, in place of a confirmed plan that no longer holds.
    Moved,
    Confirmed,
    NotApplied,
    Unconfirmed,
}

/// The part that a plan and its outcome have in common.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Planned<'a> {
    /// Whether it went as it should: planned, or confirmed by reading back.
    pub(crate) ok: bool,
    /// `planned`, `moved` (planned anew because the sign-ins changed), `confirmed`,
    /// `not_applied` or `unconfirmed`.
    pub(crate) state: State,
    /// `order_set`, `order_clear`, `retire`, `restore`, `restore_first`, `restore_last` or
    /// `delete`.
    pub(crate) change: &'a str,
    /// The provider that the order is for.
    pub(crate) provider: &'a str,
    /// The agent.
    pub(crate) agent: &'a str,
    /// The names in the order before. Null where there is none.
    pub(crate) before: Option<Vec<String>>,
    /// Whether that is the agent's own.
    pub(crate) before_is_own: bool,
    /// The names in the order that is planned. Null where there is none.
    pub(crate) after: Option<Vec<String>>,
    /// Whether that is the agent's own.
    pub(crate) after_is_own: bool,
    /// The names that the gateway no longer uses.
    pub(crate) left_out: Vec<String>,
    /// The names that the gateway uses again.
    pub(crate) gained: Vec<String>,
    /// The names that leave the order because they are not stored any more.
    pub(crate) not_stored: Vec<String>,
    /// The gateway's command, a word each.
    pub(crate) gateway_command: Vec<String>,
    /// The command that takes it back, a word each. Null where none does.
    pub(crate) undo: Option<Vec<String>>,
    /// The reply that a person reads.
    pub(crate) suggested_user_message: &'a str,
}

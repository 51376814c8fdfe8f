//! The order of profiles, and changes of it.

use super::*;

/// The order of profiles.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Order<'a> {
    /// Always true.
    pub(crate) ok: bool,
    /// The store that was read.
    pub(crate) source: &'a str,
    /// The provider that the order is for.
    pub(crate) provider: &'a str,
    /// The agent.
    pub(crate) agent: &'a str,
    /// The names in the agent's own order. Null where it has none.
    pub(crate) own_order: Option<Vec<String>>,
    /// The names in the shared order. Null where there is none.
    pub(crate) inherited_order: Option<Vec<String>>,
    /// The names in the order that the gateway goes by. Null where it chooses.
    pub(crate) order_in_effect: Option<Vec<String>>,
    /// The reply that a person reads.
    pub(crate) suggested_user_message: &'a str,
}

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

/// A change that waits for its confirmation.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Proposed<'a> {
    #[serde(flatten)]
    pub(crate) plan: Planned<'a>,
    /// The name that the gateway uses first then. Null where it chooses.
    pub(crate) next: Option<String>,
    /// The verdict of the last check of that one. Null where `next` is.
    pub(crate) next_verdict: Option<Verdict>,
    /// Until when it can be confirmed. Null where a code does not confirm it.
    pub(crate) confirm_before: Option<Utc>,
}

/// A change that was confirmed and run.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AppliedChange<'a> {
    #[serde(flatten)]
    pub(crate) plan: Planned<'a>,
    /// The names in the order that had to be found. Null where none had to be.
    pub(crate) expected: Option<Vec<String>>,
    /// The names in the order that was found. Null where none was, or it could not be read.
    pub(crate) found: Option<Vec<String>>,
    /// The failure of the gateway's command, or of reading back.
    pub(crate) error: Option<Failure<'a>>,
}

/// A change that would change nothing.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct NoChange<'a> {
    /// Always true.
    pub(crate) ok: bool,
    /// Always `already_so`.
    pub(crate) state: &'a str,
    /// `order_set`, `order_clear`, `retire`, `restore`, `restore_first`, `restore_last` or
    /// `delete`.
    pub(crate) change: &'a str,
    /// The reply that a person reads.
    pub(crate) suggested_user_message: &'a str,
}

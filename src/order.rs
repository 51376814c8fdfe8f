//! A change of the order, planned on what is stored and judged by what is read
//! back: who is tried first, who is left out, and what undoes it.
//!
//! Nothing is changed here. A plan names one change, the state before it and the
//! state that has to be there after it; whatever else is read back is not a success.
use crate::profile::ProfileId;

mod outcome;
mod plan;
mod request;

pub use outcome::{GatewayState, Outcome, Stored};
pub use plan::{Change, Plan, PlanError, plan};
pub use request::{End, OrderRequest};

/// The order of one agent: its own, and the one it falls back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthOrder {
    /// The agent's own.
    pub own: Option<Vec<ProfileId>>,
    /// What holds where it has none; without it the gateway picks by itself.
    pub inherited: Option<Vec<ProfileId>>,
}

impl AuthOrder {
    /// The order that the gateway goes by, or none where it picks by itself.
    pub fn in_effect(&self) -> Option<&[ProfileId]> {
        let set = |order: &&[ProfileId]| !order.is_empty();
        let own = self.own.as_deref().filter(set);
        own.or(self.inherited.as_deref().filter(set))
    }

    fn without(&self, id: &ProfileId) -> Self {
        let rest = |order: &Option<Vec<ProfileId>>| {
            let rest: Vec<ProfileId> = others(order.as_deref()?, id);
            (!rest.is_empty()).then_some(rest)
        };
        Self {
            own: rest(&self.own),
            inherited: rest(&self.inherited),
        }
    }
}

fn others(order: &[ProfileId], id: &ProfileId) -> Vec<ProfileId> {
    minus(order, std::slice::from_ref(id))
}

/// Those of `all` that are not in `without`, in their order.
pub fn minus(all: &[ProfileId], without: &[ProfileId]) -> Vec<ProfileId> {
    let stays = |id: &&ProfileId| !without.contains(id);
    all.iter().filter(stays).cloned().collect()
}

#[cfg(test)]
mod tests;

//! A change of the order, planned on what is stored and judged by what is read
//! back: who is tried first, who is left out, and what undoes it.
//!
//! Nothing is changed here. A plan names one change, the state before it and the
//! state that has to be there after it; whatever else is read back is not a success.

use crate::profile::ProfileId;

mod plan;
mod request;

pub use plan::{GatewayState, Outcome, Plan, PlanError, plan};
pub use request::{End, OrderRequest};

/// Those of `all` that are not in `without`, in their order.
pub fn minus(all: &[ProfileId], without: &[ProfileId]) -> Vec<ProfileId> {
    let stays = |id: &&ProfileId| !without.contains(id);
    all.iter().filter(stays).cloned().collect()
}

#[cfg(test)]
mod tests;

//! Judges a change by what is read back after it.

use super::{Change, OrderRequest, Plan};
use crate::profile::{ProfileId, SignIns};

/// A provider's sign-ins as the gateway's own commands report them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayState {
    /// Every stored profile, sorted.
    pub profiles: Vec<ProfileId>,
    /// The order in effect.
    pub order: Option<Vec<ProfileId>>,
}

/// The store that the plan was made on, after a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// The agent's own order.
    pub own: Option<Vec<ProfileId>>,
    /// Everybody of the provider.
    pub profiles: Vec<ProfileId>,
}

impl Stored {
    /// Takes them from these sign-ins.
    pub fn of(sign_ins: &SignIns) -> Self {
        Self { own: sign_ins.order.own.clone(), profiles: sign_ins.all_ids() }
    }
}

/// Results of reading back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Exactly what was planned, and nothing else.
    Confirmed,
    /// Exactly what was there before.
    Unchanged,
    /// Something else.
    Different,
}

impl Plan {
    /// The state that has to be read back.
    pub fn expected(&self, before: &GatewayState) -> GatewayState {
        let mut profiles = before.profiles.clone();
        if let Change::Delete(id) = &self.change {
            profiles.retain(|each| each != id);
        }
        GatewayState { profiles, order: self.after.in_effect().map(<[_]>::to_vec) }
    }

    /// Judges what was read back after this change, from the gateway and from its
    /// store. Never by what the command said.
    pub fn outcome(&self, before: &GatewayState, found: &GatewayState, stored: &Stored) -> Outcome {
        let (is_done, is_as_before) = match &self.change {
            Change::Set(_) | Change::Clear => {
                (stored.own == self.after.own, stored.own == self.before.own)
            }
            Change::Delete(id) => {
                let is_stored = stored.profiles.contains(id);
                (!is_stored, is_stored)
            }
        };
        if *found == self.expected(before) && is_done {
            Outcome::Confirmed
        } else if found == before && is_as_before {
            Outcome::Unchanged
        } else {
            Outcome::Different
        }
    }

    /// The request that brings back the order before; nothing brings back what was
    /// deleted.
    pub fn undo(&self, sign_ins: &SignIns) -> Option<OrderRequest<ProfileId>> {
        if let Change::Delete(_) = self.change {
            return None;
        }
        let mut order = self.before.own.clone().unwrap_or_default();
        order.retain(|id| sign_ins.has(id));
        Some(if order.is_empty() { OrderRequest::Clear } else { OrderRequest::Set(order) })
    }
}

//! Judges a change by what is read back after it.

use super::{OrderRequest, Plan};
use crate::profile::{ProfileId, SignIns};

/// A provider's sign-ins as the gateway's own commands report them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayState {
    /// Every stored profile, sorted.
    pub profiles: Vec<ProfileId>,
    /// The order in effect.
    pub order: Option<Vec<ProfileId>>,
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
        if let OrderRequest::Delete(id) = &self.request {
            profiles.retain(|each| each != id);
        }
        GatewayState { profiles, order: self.after.in_effect().map(<[_]>::to_vec) }
    }

    /// Judges what was read back after this change, from the gateway and from its
    /// store, which is none where nobody is signed in any more. Never by what the command
    /// said.
    pub fn outcome(
        &self,
        before: &GatewayState,
        found: &GatewayState,
        stored: Option<&SignIns>,
    ) -> Outcome {
        let (is_done, is_as_before) = if let OrderRequest::Delete(id) = &self.request {
            let is_stored = stored.is_some_and(|sign_ins| sign_ins.has(id));
            (!is_stored, is_stored)
        } else {
            let own = stored.and_then(|sign_ins| sign_ins.order.own.as_ref());
            (own == self.after.own.as_ref(), own == self.before.own.as_ref())
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
        if let OrderRequest::Delete(_) = self.request {
            return None;
        }
        let mut order = self.before.own.clone().unwrap_or_default();
        order.retain(|id| sign_ins.has(id));
        Some(if order.is_empty() { OrderRequest::Clear } else { OrderRequest::Set(order) })
    }
}

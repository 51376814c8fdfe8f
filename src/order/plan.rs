//! Plans one change on what is stored, and judges it by what is read back.

use super::{End, OrderRequest, minus};
use crate::profile::{AuthOrder, ProfileId, SignIns};

/// A change that may be proposed. The gateway is asked to delete the profile of the request,
/// to clear the order, or else to set the one that has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The user's request.
    pub request: OrderRequest,
    /// The order as it is.
    pub before: AuthOrder,
    /// The order as it has to be.
    pub after: AuthOrder,
    /// Profiles that the change deselects.
    pub left_out: Vec<ProfileId>,
    /// Profiles that the change selects.
    pub gained: Vec<ProfileId>,
    /// Named in the order and not stored: the gateway takes no such name.
    pub dropped: Vec<ProfileId>,
    /// The profile that the gateway uses first then; without an order it picks by itself.
    pub next: Option<ProfileId>,
    /// Profiles before that one in the order that cannot be used now.
    pub skipped: Vec<ProfileId>,
}

/// Reasons against a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanError {
    /// The order is so already.
    AlreadySo,
    /// Nothing is stored under this name any more.
    NotStored(ProfileId),
    /// This profile belongs to another provider than the order.
    OtherProvider(ProfileId),
    /// This profile was named twice.
    Repeated(ProfileId),
    /// This id cannot stand on a command line.
    Unwritable(ProfileId),
    /// No profile would be left that the gateway can use.
    NothingUsable,
}

/// Plans a request on what is stored. `is_usable` decides whether the gateway could use a
/// profile that is stored.
///
/// # Errors
///
/// The [`PlanError`] that stands against it.
pub fn plan(
    sign_ins: &SignIns,
    request: &OrderRequest,
    is_usable: impl Fn(&ProfileId) -> bool,
) -> Result<Plan, PlanError> {
    for id in request.profiles() {
        if !sign_ins.has(id) {
            return Err(match request {
                OrderRequest::Delete(_) => PlanError::AlreadySo,
                _ => PlanError::NotStored(id.clone()),
            });
        }
        if !sign_ins.is_of_provider(id) {
            return Err(PlanError::OtherProvider(id.clone()));
        }
    }
    let before = sign_ins.order.clone();
    let after = order_after(sign_ins, request)?;
    let mut selected_before = selected(sign_ins, &before);
    let mut selected_after = selected(sign_ins, &after);
    let writes_order = !matches!(request, OrderRequest::Clear | OrderRequest::Delete(_));
    let is_dropped = |id: &&ProfileId| writes_order && !sign_ins.has(id);
    let dropped = selected_before.iter().filter(is_dropped).cloned().collect();
    // A name that is not stored is selected in no order.
    let is_deleted =
        |id: &ProfileId| matches!(request, OrderRequest::Delete(deleted) if deleted == id);
    let is_there = |id: &ProfileId| sign_ins.has(id) && !is_deleted(id);
    selected_before.retain(is_there);
    selected_after.retain(is_there);
    if !selected_after.iter().any(&is_usable) {
        return Err(PlanError::NothingUsable);
    }
    let has_order = after.in_effect().is_some();
    let first = selected_after.iter().position(|id| has_order && is_usable(id));
    Ok(Plan {
        request: request.clone(),
        next: first.map(|first| selected_after[first].clone()),
        skipped: selected_after[..first.unwrap_or(0)].to_vec(),
        left_out: minus(&selected_before, &selected_after),
        gained: minus(&selected_after, &selected_before),
        before,
        after,
        dropped,
    })
}

/// The order as it has to be after a request.
fn order_after(sign_ins: &SignIns, request: &OrderRequest) -> Result<AuthOrder, PlanError> {
    let before = &sign_ins.order;
    let mut list = selected(sign_ins, before);
    match request {
        OrderRequest::Set(ids) => list.clone_from(ids),
        OrderRequest::Clear if before.own.is_none() => return Err(PlanError::AlreadySo),
        OrderRequest::Clear => return Ok(AuthOrder { own: None, ..before.clone() }),
        OrderRequest::Delete(id) => return writable(id).map(|()| before.without(id)),
        OrderRequest::Retire(id) if !list.contains(id) => return Err(PlanError::AlreadySo),
        OrderRequest::Retire(id) => list.retain(|each| each != id),
        // Without an order nobody is left out.
        OrderRequest::Restore(id, None) if list.contains(id) => return Err(PlanError::AlreadySo),
        OrderRequest::Restore(id, end) => {
            list.retain(|each| each != id);
            let at = if *end == Some(End::First) { 0 } else { list.len() };
            list.insert(at, id.clone());
        }
    }
    let named_twice = |(index, id): &(usize, &ProfileId)| list[..*index].contains(id);
    if let Some((_, id)) = list.iter().enumerate().find(named_twice) {
        return Err(PlanError::Repeated(id.clone()));
    }
    // The gateway takes no name that is not stored.
    list.retain(|id| sign_ins.has(id));
    if list.is_empty() {
        return Err(PlanError::NothingUsable);
    }
    if before.in_effect() == Some(list.as_slice()) {
        return Err(PlanError::AlreadySo);
    }
    list.iter().try_for_each(writable)?;
    Ok(AuthOrder { own: Some(list), ..before.clone() })
}

fn writable(id: &ProfileId) -> Result<(), PlanError> {
    if id.is_writable() { Ok(()) } else { Err(PlanError::Unwritable(id.clone())) }
}

/// Profiles that the gateway may select: the order, or without one all of them.
fn selected(sign_ins: &SignIns, order: &AuthOrder) -> Vec<ProfileId> {
    order.in_effect().map_or_else(|| sign_ins.all_ids(), <[_]>::to_vec)
}

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

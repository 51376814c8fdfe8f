//! Plans one change on what is stored.

use super::{End, OrderRequest, minus, others};
use crate::profile::{AuthOrder, ProfileId, SignIns};

/// A change that the gateway is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Replace the order.
    Set(Vec<ProfileId>),
    /// Drop the agent's own order.
    Clear,
    /// Delete a profile.
    Delete(ProfileId),
}

/// A change that may be proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The user's request.
    pub request: OrderRequest<ProfileId>,
    /// The change that fulfils it.
    pub change: Change,
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
    request: &OrderRequest<ProfileId>,
    is_usable: impl Fn(&ProfileId) -> bool,
) -> Result<Plan, PlanError> {
    let before = sign_ins.order.clone();
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
    let change = change(sign_ins, &before, request)?;
    let after = after(&before, &change);
    let mut selected_before = selected(sign_ins, &before);
    let mut selected_after = selected(sign_ins, &after);
    let mut dropped = Vec::new();
    if let Change::Set(_) = change {
        dropped.clone_from(&selected_before);
        dropped.retain(|id| !sign_ins.has(id));
    }
    // A name that is not stored is selected in no order.
    let deleted = match &change {
        Change::Delete(id) => Some(id),
        Change::Set(_) | Change::Clear => None,
    };
    let is_there = |id: &ProfileId| sign_ins.has(id) && Some(id) != deleted;
    selected_before.retain(is_there);
    selected_after.retain(is_there);
    if !selected_after.iter().any(&is_usable) {
        return Err(PlanError::NothingUsable);
    }
    let has_order = after.in_effect().is_some();
    let first = selected_after.iter().position(|id| has_order && is_usable(id));
    let next = first.map(|first| selected_after[first].clone());
    let skipped = selected_after[..first.unwrap_or(0)].to_vec();
    Ok(Plan {
        request: request.clone(),
        change,
        next,
        skipped,
        left_out: minus(&selected_before, &selected_after),
        gained: minus(&selected_after, &selected_before),
        before,
        after,
        dropped,
    })
}

/// The order after a change.
fn after(before: &AuthOrder, change: &Change) -> AuthOrder {
    let own = match change {
        Change::Set(list) => Some(list.clone()),
        Change::Clear => None,
        Change::Delete(id) => return before.without(id),
    };
    AuthOrder { own, inherited: before.inherited.clone() }
}

fn change(
    sign_ins: &SignIns,
    before: &AuthOrder,
    request: &OrderRequest<ProfileId>,
) -> Result<Change, PlanError> {
    let in_effect = before.in_effect();
    let list = match request {
        OrderRequest::Set(list) => list.clone(),
        OrderRequest::Clear if before.own.is_none() => return Err(PlanError::AlreadySo),
        OrderRequest::Clear => return Ok(Change::Clear),
        OrderRequest::Delete(id) => return writable(id).map(|()| Change::Delete(id.clone())),
        OrderRequest::Retire(id) => match in_effect {
            Some(order) if !order.contains(id) => return Err(PlanError::AlreadySo),
            Some(order) => others(order, id),
            None => others(&sign_ins.all_ids(), id),
        },
        OrderRequest::Restore(id, end) => match (in_effect, end) {
            // Without an order nobody is left out.
            (None, None) => return Err(PlanError::AlreadySo),
            (Some(order), None) if order.contains(id) => return Err(PlanError::AlreadySo),
            (order, end) => {
                let all = || sign_ins.all_ids();
                let mut list = others(&order.map_or_else(all, <[_]>::to_vec), id);
                match end {
                    Some(End::First) => list.insert(0, id.clone()),
                    Some(End::Last) | None => list.push(id.clone()),
                }
                list
            }
        },
    };
    let named_twice = |(index, id): &(usize, &ProfileId)| list[..*index].contains(id);
    if let Some((_, id)) = list.iter().enumerate().find(named_twice) {
        return Err(PlanError::Repeated(id.clone()));
    }
    // The gateway takes no name that is not stored.
    let stored: Vec<ProfileId> = list.into_iter().filter(|id| sign_ins.has(id)).collect();
    if stored.is_empty() {
        return Err(PlanError::NothingUsable);
    }
    if in_effect == Some(stored.as_slice()) {
        return Err(PlanError::AlreadySo);
    }
    for id in &stored {
        writable(id)?;
    }
    Ok(Change::Set(stored))
}

fn writable(id: &ProfileId) -> Result<(), PlanError> {
    if id.is_writable() { Ok(()) } else { Err(PlanError::Unwritable(id.clone())) }
}

/// Profiles that the gateway may select: the order, or without one all of them.
fn selected(sign_ins: &SignIns, order: &AuthOrder) -> Vec<ProfileId> {
    match order.in_effect() {
        Some(order) => order.to_vec(),
        None => sign_ins.all_ids(),
    }
}

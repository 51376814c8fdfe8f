//! A change of the order, planned on what is stored and judged by what is read
//! back: who is tried first, who is left out, and what undoes it.
//!
//! Nothing is changed here. A plan names one change, the state before it and the
//! state that has to be there after it; whatever else is read back is not a success.
use crate::profile::{ProfileId, SignIns};

/// What the user wants, with profiles as `P`: a name as typed, or an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderRequest<P> {
    /// Exactly this order.
    Set(Vec<P>),
    /// No order of the agent's own.
    Clear,
    /// Out of the order; what is stored stays.
    Retire(P),
    /// Back into the order, at this end of it.
    Restore(P, Option<End>),
    /// Deleted for good.
    Delete(P),
}

/// An end of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Tried before all others.
    First,
    /// Tried after all others.
    Last,
}

impl<P> OrderRequest<P> {
    /// The word for it in JSON and in a note.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Set(_) => "order_set",
            Self::Clear => "order_clear",
            Self::Retire(_) => "retire",
            Self::Restore(_, None) => "restore",
            Self::Restore(_, Some(End::First)) => "restore_first",
            Self::Restore(_, Some(End::Last)) => "restore_last",
            Self::Delete(_) => "delete",
        }
    }

    /// The profiles it names.
    pub fn profiles(&self) -> &[P] {
        match self {
            Self::Set(all) => all,
            Self::Clear => &[],
            Self::Retire(one) | Self::Restore(one, _) | Self::Delete(one) => {
                std::slice::from_ref(one)
            }
        }
    }

    /// The same request for the profiles that `find` knows by these names.
    ///
    /// # Errors
    ///
    /// The first that `find` does not know.
    pub fn resolve<Q, E>(
        &self,
        mut find: impl FnMut(&P) -> Result<Q, E>,
    ) -> Result<OrderRequest<Q>, E> {
        Ok(match self {
            Self::Set(all) => {
                let mut found = Vec::new();
                for one in all {
                    found.push(find(one)?);
                }
                OrderRequest::Set(found)
            }
            Self::Clear => OrderRequest::Clear,
            Self::Retire(one) => OrderRequest::Retire(find(one)?),
            Self::Restore(one, end) => OrderRequest::Restore(find(one)?, *end),
            Self::Delete(one) => OrderRequest::Delete(find(one)?),
        })
    }
}

impl OrderRequest<ProfileId> {
    /// The wish as a line of text that [`OrderRequest::from_note`] reads again: what a host
    /// keeps beside a proposed change. The list of an order stands in the change.
    pub fn to_note(&self) -> String {
        match self {
            Self::Set(_) | Self::Clear => self.word().to_owned(),
            // No id of a change holds white space.
            Self::Retire(id) | Self::Restore(id, _) | Self::Delete(id) => {
                format!("{} {}", self.word(), id.as_str())
            }
        }
    }

    /// Reads what [`OrderRequest::to_note`] wrote beside a change that sets this order.
    pub fn from_note(note: &str, set: Option<Vec<ProfileId>>) -> Option<Self> {
        let (verb, id) = note.split_once(' ').unwrap_or((note, ""));
        let id = ProfileId::new(id);
        Some(match verb {
            "order_set" => Self::Set(set?),
            "order_clear" => Self::Clear,
            "retire" => Self::Retire(id),
            "restore" => Self::Restore(id, None),
            "restore_first" => Self::Restore(id, Some(End::First)),
            "restore_last" => Self::Restore(id, Some(End::Last)),
            "delete" => Self::Delete(id),
            _ => return None,
        })
    }
}

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

/// What the gateway has to do for a wish.
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
    /// What the user wants.
    pub request: OrderRequest<ProfileId>,
    /// What the gateway has to do.
    pub change: Change,
    /// The order as it is.
    pub before: AuthOrder,
    /// The order as it has to be.
    pub after: AuthOrder,
    /// Selected now, and not any more.
    pub left_out: Vec<ProfileId>,
    /// Not selected now, and then.
    pub gained: Vec<ProfileId>,
    /// Named in the order and not stored: the gateway takes no such name.
    pub dropped: Vec<ProfileId>,
    /// Whom the gateway uses first then; without an order it picks by itself.
    pub next: Option<ProfileId>,
    /// Who stands before that one in the order and is of no use now.
    pub skipped: Vec<ProfileId>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanError {
    /// It is so already.
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

/// Plans a wish on what is stored. `is_usable` tells whether the gateway could use a
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
    let before = AuthOrder {
        own: sign_ins.order.clone(),
        inherited: sign_ins.inherited_order.clone(),
    };
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
    let after = match &change {
        Change::Set(list) => AuthOrder {
            own: Some(list.clone()),
            inherited: before.inherited.clone(),
        },
        Change::Clear => AuthOrder {
            own: None,
            inherited: before.inherited.clone(),
        },
        Change::Delete(id) => before.without(id),
    };
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
    let first = selected_after
        .iter()
        .position(|id| has_order && is_usable(id));
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
    match id.is_writable() {
        true => Ok(()),
        false => Err(PlanError::Unwritable(id.clone())),
    }
}

/// Whom the gateway may select: the order, or without one everybody.
fn selected(sign_ins: &SignIns, order: &AuthOrder) -> Vec<ProfileId> {
    match order.in_effect() {
        Some(order) => order.to_vec(),
        None => sign_ins.all_ids(),
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

/// What the gateway's own commands tell of a provider's sign-ins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayState {
    /// Every stored profile, sorted.
    pub profiles: Vec<ProfileId>,
    /// The order in effect.
    pub order: Option<Vec<ProfileId>>,
}

/// What the store that the plan was made on holds after a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// The agent's own order.
    pub own: Option<Vec<ProfileId>>,
    /// Everybody of the provider.
    pub profiles: Vec<ProfileId>,
}

impl Stored {
    /// Of these sign-ins.
    pub fn of(sign_ins: &SignIns) -> Self {
        Self {
            own: sign_ins.order.clone(),
            profiles: sign_ins.all_ids(),
        }
    }
}

/// What reading back showed.
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
    /// What has to be read back.
    pub fn expected(&self, before: &GatewayState) -> GatewayState {
        let mut profiles = before.profiles.clone();
        if let Change::Delete(id) = &self.change {
            profiles.retain(|each| each != id);
        }
        GatewayState {
            profiles,
            order: self.after.in_effect().map(<[_]>::to_vec),
        }
    }

    /// Judges what was read back after this change, from the gateway and from its
    /// store. Never by what the command said.
    pub fn outcome(&self, before: &GatewayState, found: &GatewayState, stored: &Stored) -> Outcome {
        let is_stored = match &self.change {
            Change::Set(_) | Change::Clear => stored.own == self.after.own,
            Change::Delete(id) => !stored.profiles.contains(id),
        };
        let is_as_before = match &self.change {
            Change::Set(_) | Change::Clear => stored.own == self.before.own,
            Change::Delete(id) => stored.profiles.contains(id),
        };
        if *found == self.expected(before) && is_stored {
            Outcome::Confirmed
        } else if found == before && is_as_before {
            Outcome::Unchanged
        } else {
            Outcome::Different
        }
    }

    /// What brings the order back that there was; nothing brings back what was
    /// deleted.
    pub fn undo(&self, sign_ins: &SignIns) -> Option<OrderRequest<ProfileId>> {
        if let Change::Delete(_) = self.change {
            return None;
        }
        let stored = |order: &Vec<ProfileId>| -> Vec<ProfileId> {
            let stays = |id: &&ProfileId| sign_ins.has(id);
            order.iter().filter(stays).cloned().collect()
        };
        match self.before.own.as_ref().map(stored) {
            Some(order) if !order.is_empty() => Some(OrderRequest::Set(order)),
            Some(_) | None => Some(OrderRequest::Clear),
        }
    }
}

#[cfg(test)]
mod tests;

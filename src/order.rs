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
mod tests {
    use super::*;
    use crate::profile::tests::sign_ins;

    fn id(name: &str) -> ProfileId {
        ProfileId::new(format!("openai:{name}"))
    }

    fn ids(names: &str) -> Vec<ProfileId> {
        names.split_whitespace().map(id).collect()
    }

    /// Profiles a to d, with these orders.
    fn stored(own: Option<&str>, inherited: Option<&str>) -> SignIns {
        let mut all = sign_ins(&["openai:a", "openai:b", "openai:c", "openai:d"]);
        all.order = own.map(ids);
        all.inherited_order = inherited.map(ids);
        all.describe(false);
        all
    }

    fn planned(sign_ins: &SignIns, request: OrderRequest<ProfileId>) -> Result<Plan, PlanError> {
        plan(sign_ins, &request, |_| true)
    }

    fn set(sign_ins: &SignIns, request: OrderRequest<ProfileId>) -> Option<Vec<ProfileId>> {
        match planned(sign_ins, request).ok()?.change {
            Change::Set(list) => Some(list),
            Change::Clear | Change::Delete(_) => None,
        }
    }

    #[test]
    fn retiring_takes_one_out_and_keeps_the_rest_in_its_order() {
        let all = stored(Some("c a b"), None);
        let plan = planned(&all, OrderRequest::Retire(id("a"))).expect("a plan");
        assert_eq!(plan.change, Change::Set(ids("c b")));
        assert_eq!(plan.left_out, ids("a"));
        assert_eq!(plan.gained, ids(""));
        assert_eq!(plan.undo(&all), Some(OrderRequest::Set(ids("c a b"))));
        let gone = planned(&all, OrderRequest::Retire(id("d")));
        assert_eq!(gone, Err(PlanError::AlreadySo));
    }

    #[test]
    fn retiring_without_an_order_writes_down_all_the_others() {
        let all = stored(None, None);
        let plan = planned(&all, OrderRequest::Retire(id("b"))).expect("a plan");
        assert_eq!(plan.change, Change::Set(ids("a c d")));
        assert_eq!(plan.left_out, ids("b"));
        assert_eq!(plan.undo(&all), Some(OrderRequest::Clear));
    }

    #[test]
    fn an_inherited_order_is_the_base_and_comes_back_by_clearing() {
        let all = stored(None, Some("b a"));
        let plan = planned(&all, OrderRequest::Retire(id("b"))).expect("a plan");
        assert_eq!(plan.change, Change::Set(ids("a")));
        assert_eq!(plan.undo(&all), Some(OrderRequest::Clear));
        assert_eq!(
            planned(&all, OrderRequest::Clear),
            Err(PlanError::AlreadySo)
        );
        let own = stored(Some("d"), Some("b a"));
        let plan = planned(&own, OrderRequest::Clear).expect("a plan");
        assert_eq!(plan.after.in_effect(), Some(ids("b a").as_slice()));
        assert_eq!(plan.left_out, ids("d"));
        assert_eq!(plan.gained, ids("b a"));
    }

    #[test]
    fn restoring_puts_one_back_where_it_is_wanted() {
        let all = stored(Some("a b"), None);
        let request = |end| OrderRequest::Restore(id("d"), end);
        assert_eq!(set(&all, request(None)), Some(ids("a b d")));
        assert_eq!(set(&all, request(Some(End::Last))), Some(ids("a b d")));
        assert_eq!(set(&all, request(Some(End::First))), Some(ids("d a b")));
        let there = |end| planned(&all, OrderRequest::Restore(id("b"), end));
        assert_eq!(there(None), Err(PlanError::AlreadySo));
        assert_eq!(there(Some(End::Last)), Err(PlanError::AlreadySo));
        assert_eq!(
            there(Some(End::First)).map(|plan| plan.change),
            Ok(Change::Set(ids("b a")))
        );
        let free = planned(&stored(None, None), OrderRequest::Restore(id("b"), None));
        assert_eq!(free, Err(PlanError::AlreadySo));
    }

    #[test]
    fn what_cannot_be_is_objected_to() {
        let all = stored(Some("a b"), None);
        let set = |names: &str| planned(&all, OrderRequest::Set(ids(names)));
        assert_eq!(set("a b"), Err(PlanError::AlreadySo));
        assert_eq!(set("a b a"), Err(PlanError::Repeated(id("a"))));
        assert!(set("b a").is_ok());
        let nothing = plan(&all, &OrderRequest::Set(ids("c")), |id| id.label() != "c");
        assert_eq!(nothing, Err(PlanError::NothingUsable));
        let last = plan(
            &stored(Some("a"), None),
            &OrderRequest::Retire(id("a")),
            |_| true,
        );
        assert_eq!(last, Err(PlanError::NothingUsable));
        let mut odd = sign_ins(&["openai:a", "openai:my own", "openai-codex:old"]);
        odd.describe(false);
        let own = ProfileId::new("openai:my own");
        assert_eq!(
            planned(&odd, OrderRequest::Set(vec![own.clone()])),
            Err(PlanError::Unwritable(own.clone()))
        );
        // Nobody is left out in silence because it cannot be written.
        assert_eq!(
            planned(
                &odd,
                OrderRequest::Set(vec![ProfileId::new("openai-codex:old")])
            ),
            Err(PlanError::OtherProvider(ProfileId::new("openai-codex:old")))
        );
    }

    #[test]
    fn what_is_so_already_stays_as_it_stands() {
        // Where the list is not what the gateway would take, too.
        let all = stored(Some("gone a b"), None);
        let retired = planned(&all, OrderRequest::Retire(id("c")));
        assert_eq!(retired, Err(PlanError::AlreadySo));
        let there = planned(&all, OrderRequest::Restore(id("a"), None));
        assert_eq!(there, Err(PlanError::AlreadySo));
    }

    #[test]
    fn an_order_of_nobody_who_is_stored_is_undone_by_clearing() {
        let all = stored(Some("gone"), None);
        let plan = planned(&all, OrderRequest::Set(ids("a b"))).expect("a plan");
        assert_eq!(plan.undo(&all), Some(OrderRequest::Clear));
    }

    #[test]
    fn what_is_stored_is_the_agents_own_order_and_everybody() {
        let stored = Stored::of(&stored(Some("b a"), Some("c")));
        assert_eq!(stored.own, Some(ids("b a")));
        assert_eq!(stored.profiles, ids("b a c d"));
    }

    #[test]
    fn a_name_that_is_not_stored_is_left_behind_and_told() {
        let all = stored(Some("gone a b"), None);
        let plan = planned(&all, OrderRequest::Retire(id("b"))).expect("a plan");
        assert_eq!(plan.change, Change::Set(ids("a")));
        assert_eq!(plan.dropped, ids("gone"));
        assert_eq!(plan.left_out, ids("b"));
        assert_eq!(plan.undo(&all), Some(OrderRequest::Set(ids("a b"))));
    }

    #[test]
    fn what_is_not_stored_is_neither_promised_nor_next() {
        let all = stored(Some("a"), Some("gone b a"));
        let plan = planned(&all, OrderRequest::Clear).expect("a plan");
        assert_eq!(plan.gained, ids("b"));
        assert_eq!(plan.next, Some(id("b")));
        let fenced = plan_without(&all, "b");
        assert_eq!(fenced.next, Some(id("a")));
        assert_eq!(fenced.skipped, ids("b"));
        let gone = planned(&all, OrderRequest::Restore(id("gone"), None));
        assert_eq!(gone, Err(PlanError::NotStored(id("gone"))));
        let gone = planned(&all, OrderRequest::Delete(id("gone")));
        assert_eq!(gone, Err(PlanError::AlreadySo));
        let free = planned(&stored(Some("a"), None), OrderRequest::Clear).expect("a plan");
        assert_eq!(free.next, None);
    }

    /// The plan to clear, where this one is of no use.
    fn plan_without(all: &SignIns, useless: &str) -> Plan {
        let is_usable = |id: &ProfileId| id.label() != useless;
        super::plan(all, &OrderRequest::Clear, is_usable).expect("a plan")
    }

    #[test]
    fn deleting_takes_the_profile_out_of_both_orders() {
        let all = stored(Some("a"), Some("b a"));
        let plan = planned(&all, OrderRequest::Delete(id("a"))).expect("a plan");
        assert_eq!(plan.after.own, None);
        assert_eq!(plan.after.in_effect(), Some(ids("b").as_slice()));
        assert_eq!(plan.undo(&all), None);
        let only = plan_for_one();
        assert_eq!(only, Err(PlanError::NothingUsable));
    }

    fn plan_for_one() -> Result<Plan, PlanError> {
        let mut one = sign_ins(&["openai:a"]);
        one.describe(false);
        planned(&one, OrderRequest::Delete(id("a")))
    }

    #[test]
    fn only_exactly_what_was_planned_is_confirmed() {
        let all = stored(Some("a b"), None);
        let plan = planned(&all, OrderRequest::Set(ids("b a"))).expect("a plan");
        let state = |order: &str| GatewayState {
            profiles: ids("a b c d"),
            order: Some(ids(order)),
        };
        let before = state("a b");
        let stored = |own: Option<&str>| Stored {
            own: own.map(ids),
            profiles: ids("a b c d"),
        };
        let outcome = |found: &GatewayState| plan.outcome(&before, found, &stored(Some("b a")));
        assert_eq!(outcome(&state("b a")), Outcome::Confirmed);
        // Another home was changed than the one that was planned on.
        let elsewhere = plan.outcome(&before, &state("b a"), &stored(Some("a b")));
        assert_eq!(elsewhere, Outcome::Different);
        let unchanged = plan.outcome(&before, &before, &stored(Some("a b")));
        assert_eq!(unchanged, Outcome::Unchanged);
        for found in [
            state("b"),
            state("b a c"),
            GatewayState {
                order: None,
                ..state("")
            },
            GatewayState {
                profiles: ids("a b c"),
                ..state("b a")
            },
        ] {
            assert_eq!(outcome(&found), Outcome::Different, "{found:?}");
        }
        let clear = planned(&all, OrderRequest::Clear).expect("a plan");
        let cleared = GatewayState {
            order: None,
            ..state("")
        };
        let outcome = clear.outcome(&before, &cleared, &stored(None));
        assert_eq!(outcome, Outcome::Confirmed);
        // Where the inherited order is the same, only the store tells.
        let mut same = all.clone();
        same.inherited_order = Some(ids("a b"));
        let clear = planned(&same, OrderRequest::Clear).expect("a plan");
        let outcome = |own| clear.outcome(&before, &before, &stored(own));
        assert_eq!(outcome(Some("a b")), Outcome::Unchanged);
        assert_eq!(outcome(None), Outcome::Confirmed);
        let delete = planned(&all, OrderRequest::Delete(id("a"))).expect("a plan");
        let deleted = GatewayState {
            profiles: ids("b c d"),
            order: Some(ids("b")),
        };
        let gone = Stored {
            own: Some(ids("b")),
            profiles: ids("b c d"),
        };
        let outcome =
            |found: &GatewayState, stored: &Stored| delete.outcome(&before, found, stored);
        assert_eq!(outcome(&deleted, &gone), Outcome::Confirmed);
        // Out of the order and still stored is not deleted.
        assert_eq!(outcome(&state("b"), &gone), Outcome::Different);
        let still = stored(Some("a b"));
        assert_eq!(outcome(&deleted, &still), Outcome::Different);
    }

    #[test]
    fn a_note_is_read_as_it_was_written() {
        for request in [
            OrderRequest::Set(ids("b a")),
            OrderRequest::Clear,
            OrderRequest::Retire(id("a")),
            OrderRequest::Restore(id("a"), None),
            OrderRequest::Restore(id("a"), Some(End::First)),
            OrderRequest::Restore(id("a"), Some(End::Last)),
            OrderRequest::Delete(id("a")),
        ] {
            let set = match &request {
                OrderRequest::Set(ids) => Some(ids.clone()),
                _ => None,
            };
            assert_eq!(
                OrderRequest::from_note(&request.to_note(), set),
                Some(request)
            );
        }
        for note in ["", "order_set", "start", "grow a"] {
            assert_eq!(OrderRequest::from_note(note, None), None, "{note}");
        }
    }
}

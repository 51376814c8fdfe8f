use super::*;
use crate::profile::SignIns;
use crate::profile::tests::{name_and_place, sign_ins};

fn id(name: &str) -> ProfileId {
    ProfileId::new(format!("openai:{name}"))
}

fn ids(names: &str) -> Vec<ProfileId> {
    names.split_whitespace().map(id).collect()
}

/// Profiles a to d, with these orders.
fn stored(own: Option<&str>, inherited: Option<&str>) -> SignIns {
    let mut all = sign_ins(&["openai:a", "openai:b", "openai:c", "openai:d"]);
    all.order.own = own.map(ids);
    all.order.inherited = inherited.map(ids);
    name_and_place(&mut all);
    all
}

fn planned(sign_ins: &SignIns, request: OrderRequest<ProfileId>) -> Result<Plan, PlanError> {
    plan(sign_ins, &request, |_| true)
}

fn set(sign_ins: &SignIns, request: OrderRequest<ProfileId>) -> Option<Vec<ProfileId>> {
    planned(sign_ins, request).ok()?.after.own
}

#[test]
fn retiring_takes_one_out_and_keeps_the_rest_in_its_order() {
    let all = stored(Some("c a b"), None);
    let plan = planned(&all, OrderRequest::Retire(id("a"))).expect("a plan");
    assert_eq!(plan.after.own, Some(ids("c b")));
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
    assert_eq!(plan.after.own, Some(ids("a c d")));
    assert_eq!(plan.left_out, ids("b"));
    assert_eq!(plan.undo(&all), Some(OrderRequest::Clear));
}

#[test]
fn an_inherited_order_is_the_base_and_comes_back_by_clearing() {
    let all = stored(None, Some("b a"));
    let plan = planned(&all, OrderRequest::Retire(id("b"))).expect("a plan");
    assert_eq!(plan.after.own, Some(ids("a")));
    assert_eq!(plan.undo(&all), Some(OrderRequest::Clear));
    assert_eq!(planned(&all, OrderRequest::Clear), Err(PlanError::AlreadySo));
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
    assert_eq!(there(Some(End::First)).map(|plan| plan.after.own), Ok(Some(ids("b a"))));
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
    let last = plan(&stored(Some("a"), None), &OrderRequest::Retire(id("a")), |_| true);
    assert_eq!(last, Err(PlanError::NothingUsable));
    let mut odd = sign_ins(&["openai:a", "openai:my own", "openai-codex:old"]);
    name_and_place(&mut odd);
    let own = ProfileId::new("openai:my own");
    assert_eq!(
        planned(&odd, OrderRequest::Set(vec![own.clone()])),
        Err(PlanError::Unwritable(own.clone()))
    );
    // Nobody is left out in silence because it cannot be written.
    assert_eq!(
        planned(&odd, OrderRequest::Set(vec![ProfileId::new("openai-codex:old")])),
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
fn everybody_stands_in_the_order_of_use() {
    assert_eq!(stored(Some("b a"), Some("c")).all_ids(), ids("b a c d"));
}

#[test]
fn a_name_that_is_not_stored_is_left_behind_and_told() {
    let all = stored(Some("gone a b"), None);
    let plan = planned(&all, OrderRequest::Retire(id("b"))).expect("a plan");
    assert_eq!(plan.after.own, Some(ids("a")));
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
    name_and_place(&mut one);
    planned(&one, OrderRequest::Delete(id("a")))
}

#[test]
fn only_exactly_what_was_planned_is_confirmed() {
    let all = stored(Some("a b"), None);
    let plan = planned(&all, OrderRequest::Set(ids("b a"))).expect("a plan");
    let state = |order: &str| GatewayState { profiles: ids("a b c d"), order: Some(ids(order)) };
    let before = state("a b");
    let stored = |own: Option<&str>| stored(own, None);
    let outcome = |found: &GatewayState| plan.outcome(&before, found, Some(&stored(Some("b a"))));
    assert_eq!(outcome(&state("b a")), Outcome::Confirmed);
    // Another home was changed than the one that was planned on.
    let elsewhere = plan.outcome(&before, &state("b a"), Some(&stored(Some("a b"))));
    assert_eq!(elsewhere, Outcome::Different);
    let unchanged = plan.outcome(&before, &before, Some(&stored(Some("a b"))));
    assert_eq!(unchanged, Outcome::Unchanged);
    for found in [
        state("b"),
        state("b a c"),
        GatewayState { order: None, ..state("") },
        GatewayState { profiles: ids("a b c"), ..state("b a") },
    ] {
        assert_eq!(outcome(&found), Outcome::Different, "{found:?}");
    }
    let clear = planned(&all, OrderRequest::Clear).expect("a plan");
    let cleared = GatewayState { order: None, ..state("") };
    let outcome = clear.outcome(&before, &cleared, Some(&stored(None)));
    assert_eq!(outcome, Outcome::Confirmed);
    // Where the inherited order is the same, only the store tells.
    let mut same = all.clone();
    same.order.inherited = Some(ids("a b"));
    let clear = planned(&same, OrderRequest::Clear).expect("a plan");
    let outcome = |own| clear.outcome(&before, &before, Some(&stored(own)));
    assert_eq!(outcome(Some("a b")), Outcome::Unchanged);
    assert_eq!(outcome(None), Outcome::Confirmed);
    let delete = planned(&all, OrderRequest::Delete(id("a"))).expect("a plan");
    let deleted = GatewayState { profiles: ids("b c d"), order: Some(ids("b")) };
    let mut gone = stored(Some("b"));
    gone.profiles.retain(|profile| profile.id != id("a"));
    let outcome =
        |found: &GatewayState, stored: &SignIns| delete.outcome(&before, found, Some(stored));
    assert_eq!(outcome(&deleted, &gone), Outcome::Confirmed);
    assert_eq!(delete.outcome(&before, &deleted, None), Outcome::Confirmed);
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
        assert_eq!(OrderRequest::from_note(&request.to_note(), set), Some(request));
    }
    for note in ["", "order_set", "start", "grow a"] {
        assert_eq!(OrderRequest::from_note(note, None), None, "{note}");
    }
}

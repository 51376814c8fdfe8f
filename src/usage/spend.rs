//! Limits on spending, and which of them binds.

use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};
use serde_json_borrow::Value;

use super::Amount;
use super::value::{amount, object, percent, resets_at, truth, type_word};
use crate::decimal::Decimal;
use crate::time::Instant;

/// A cap on spending.
#[derive(Debug, Clone, PartialEq)]
pub struct SpendControl {
    /// Whether it is reached: a hard stop.
    pub reached: bool,
    /// The limit that binds: the one that is reached, else the one with the least left.
    pub kind: Option<SpendKind>,
    /// Its amounts, where they were reported.
    pub limit: Option<SpendLimit>,
}

/// Kinds of spend limits. Of several with equally much left the first counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpendKind {
    /// Set for this user.
    Individual,
    /// Every member of a group has it.
    GroupDefault,
    /// Every member of the workspace has it.
    WorkspaceDefault,
    /// Comes with the user's role.
    RoleBudget,
    /// The members of a group share it.
    GroupShared,
    /// The whole workspace shares it.
    WorkspaceShared,
    /// One that this version does not know.
    #[serde(other)]
    Other,
}

impl SpendKind {
    /// The kind with this name, as `reached_limit_type` spells it.
    fn of_name(name: &str) -> Self {
        let name = name.strip_suffix("_limit").unwrap_or(name);
        Self::deserialize(StrDeserializer::<Error>::new(name)).unwrap_or(Self::Other)
    }
}

/// One spend limit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpendLimit {
    /// 0 to 100.
    pub remaining_percent: Option<Decimal>,
    /// The limit, in credits.
    pub limit: Option<Amount>,
    /// The rest of it, in credits.
    pub remaining: Option<Amount>,
    /// When it resets.
    pub resets_at: Option<Instant>,
}

/// A limit as it was reported: its name, its kind and its amounts.
type Reported<'a> = (&'a str, SpendKind, SpendLimit);

/// Reads the limits of an answer, wherever they stand.
pub(super) fn spend_control(body: &Value<'_>, as_of: Instant) -> Option<SpendControl> {
    let control = body.get("spend_control");
    let limits = control.iter_object().into_iter().flatten();
    let mut limits: Vec<Reported<'_>> =
        limits.filter_map(|(key, value)| reported(key, value, as_of)).collect();
    let is_own = |(_, kind, _): &Reported<'_>| *kind == SpendKind::Individual;
    if !limits.iter().any(|one| is_own(one) && one.2 != SpendLimit::default()) {
        let places = [body, body.get("rate_limit")].map(|place| place.get("individual_limit"));
        let own = places.map(|own| spend_limit(own, as_of));
        if let Some(own) = own.into_iter().find(|own| *own != SpendLimit::default()) {
            limits.retain(|one| !is_own(one));
            limits.push(("individual", SpendKind::Individual, own));
        }
    }
    let named = type_word(control.get("reached_limit_type")).map(str::to_ascii_lowercase);
    let reached = truth(control.get("reached")).unwrap_or(named.is_some());
    let (kind, limit) = if let Some(name) = named.filter(|_| reached) {
        let name = name.strip_suffix("_limit").unwrap_or(&name);
        let named = limits.into_iter().find(|(each, ..)| *each == name);
        (Some(SpendKind::of_name(name)), named.map(|(.., limit)| limit))
    } else {
        let left = |limit: &SpendLimit, unknown| limit.remaining_percent.unwrap_or(unknown);
        // A limit of which something is left is not the one that is reached.
        limits.retain(|(.., limit)| !reached || left(limit, Decimal::ZERO) == Decimal::ZERO);
        let limits = limits.into_iter();
        let binds = limits.min_by_key(|(_, kind, limit)| (left(limit, Decimal::HUNDRED), *kind));
        binds.map(|(_, kind, limit)| (kind, limit)).unzip()
    };
    (control.is_object() || limit.is_some()).then_some(SpendControl { reached, kind, limit })
}

fn reported<'a>(key: &'a str, value: &Value<'_>, as_of: Instant) -> Option<Reported<'a>> {
    let name = key.strip_suffix("_limit")?;
    Some((name, SpendKind::of_name(name), spend_limit(object(value)?, as_of)))
}

fn spend_limit(limit: &Value<'_>, as_of: Instant) -> SpendLimit {
    // A group's limit has its amounts one level down, beside the group's id and name.
    let places = [limit.get("details"), limit];
    let amount = |key: &'static str| places.iter().find_map(|place| amount(place.get(key)));
    let share = |key: &'static str| places.iter().find_map(|place| percent(place.get(key)));
    let resets_at = places.iter().find_map(|place| resets_at(place, as_of));
    let (limit, remaining) = (amount("limit"), amount("remaining"));
    let by_used = || share("used_percent").map(Decimal::complement);
    let by_amounts = || {
        let limit = limit.as_ref()?.value;
        let used = || Some(limit.minus(amount("used")?.value));
        let left = remaining.as_ref().map(|remaining| remaining.value);
        left.or_else(used)?.percent_of(limit)
    };
    let remaining_percent = share("remaining_percent").or_else(by_used).or_else(by_amounts);
    SpendLimit { remaining_percent, limit, remaining, resets_at }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::usage::tests::{NOW, read};

    /// The kind that binds, and how much is left of it in hundredths of a percent.
    fn binding(body: Value) -> Option<(Option<SpendKind>, Option<i64>)> {
        let spend = read(&body).spend?;
        let left = spend.limit.and_then(|limit| limit.remaining_percent);
        Some((spend.kind, left.map(Decimal::hundredths)))
    }

    fn left(percent: i64) -> Value {
        json!({ "limit": "100.00", "remaining_percent": percent })
    }

    fn of_group(details: Value) -> Value {
        json!({ "group_id": "grp-FAKE", "group_name": "Research", "details": details })
    }

    #[test]
    fn the_limit_that_binds_is_the_one_that_is_named() {
        for (name, kind) in [
            ("individual", SpendKind::Individual),
            ("group_default", SpendKind::GroupDefault),
            ("workspace_default", SpendKind::WorkspaceDefault),
            ("role_budget", SpendKind::RoleBudget),
            ("group_shared", SpendKind::GroupShared),
            ("workspace_shared", SpendKind::WorkspaceShared),
            ("team_shared", SpendKind::Other),
        ] {
            let mut control = json!({ "reached": true, "reached_limit_type": name });
            // Nothing of another limit is told where the one that is named has no amounts.
            control["monthly_limit"] = left(60);
            let nothing = json!({ "spend_control": control });
            assert_eq!(binding(nothing), Some((Some(kind), None)), "{name}");
            for limit in [left(0), of_group(left(0))] {
                control[format!("{name}_limit")] = limit;
                let body = json!({ "spend_control": control });
                assert_eq!(binding(body), Some((Some(kind), Some(0))), "{name}");
            }
        }
    }

    #[test]
    fn where_none_is_named_it_is_the_one_with_the_least_left() {
        let limits = |reached: bool, individual: Value, group: Value| {
            binding(json!({ "spend_control": {
                "reached": reached, "reached_limit_type": null,
                "individual_limit": individual, "group_shared_limit": of_group(group),
            } }))
        };
        let individual = Some(SpendKind::Individual);
        let group = Some(SpendKind::GroupShared);
        assert_eq!(limits(false, left(60), left(40)), Some((group, Some(40_00))));
        assert_eq!(limits(false, left(40), left(40)), Some((individual, Some(40_00))));
        assert_eq!(limits(false, json!({}), left(99)), Some((group, Some(99_00))));
        assert_eq!(limits(false, json!(null), json!({})), Some((group, None)));
        assert_eq!(limits(true, left(60), left(0)), Some((group, Some(0))));
        // Of a limit that is reached nothing is left: it is neither of these.
        assert_eq!(limits(true, left(60), left(40)), Some((None, None)));
        assert_eq!(binding(json!({ "spend_control": {} })), Some((None, None)));
        assert_eq!(binding(json!({})), None);
    }

    #[test]
    fn an_individual_limit_may_stand_outside() {
        let individual = Some((Some(SpendKind::Individual), Some(79_00)));
        let at_the_root = json!({ "individual_limit": left(79) });
        assert_eq!(binding(at_the_root), individual);
        let under_the_rate_limit = json!({ "rate_limit": { "individual_limit": left(79) } });
        assert_eq!(binding(under_the_rate_limit), individual);
        let beside = json!({
            "spend_control": { "reached": false, "individual_limit": null },
            "individual_limit": left(79),
        });
        assert_eq!(binding(beside), individual);
        for empty in [json!({}), json!({ "limit": null, "remaining_percent": null })] {
            let beside = json!({
                "spend_control": { "individual_limit": empty }, "individual_limit": left(79),
            });
            assert_eq!(binding(beside), individual);
        }
        let twice = json!({
            "spend_control": { "individual_limit": left(79) }, "individual_limit": left(1),
        });
        assert_eq!(binding(twice), individual);
        let reached = json!({
            "spend_control": { "reached": true, "reached_limit_type": "individual" },
            "individual_limit": left(0),
        });
        assert_eq!(binding(reached), Some((Some(SpendKind::Individual), Some(0))));
    }

    #[test]
    fn a_limit_that_is_named_is_reached_unless_that_is_denied() {
        let reached = |control: Value| {
            let spend = read(&json!({ "spend_control": control })).spend;
            spend.map(|spend| (spend.reached, spend.kind))
        };
        let named =
            |reached: Value, name: &str| json!({ "reached": reached, "reached_limit_type": name });
        let individual = Some(SpendKind::Individual);
        for name in ["individual", "INDIVIDUAL", "Individual_Limit"] {
            assert_eq!(reached(named(json!(null), name)), Some((true, individual)));
            assert_eq!(reached(named(json!(true), name)), Some((true, individual)));
        }
        assert_eq!(
            reached(json!({ "reached_limit_type": "individual" })),
            Some((true, individual))
        );
        assert_eq!(reached(named(json!(false), "individual")), Some((false, None)));
        assert_eq!(reached(named(json!(null), "")), Some((false, None)));
    }

    #[test]
    fn what_stands_beside_the_details_counts_too() {
        for details in [json!({}), json!(null), json!({ "remaining_percent": null })] {
            let mut limit = of_group(details.clone());
            limit["remaining_percent"] = json!(12);
            limit["resets_at"] = json!(NOW + 60);
            let body = json!({ "spend_control": { "group_shared_limit": limit } });
            let limit = read(&body).spend.and_then(|spend| spend.limit);
            let limit = limit.expect("a limit");
            let left = limit.remaining_percent.map(Decimal::hundredths);
            assert_eq!((left, limit.resets_at), (Some(12_00), Some(NOW + 60)), "{details}");
        }
    }

    #[test]
    fn amounts_are_read_as_numbers_and_as_text() {
        for (limit, expected) in [
            (json!({ "remaining_percent": "12.5" }), Some(12_50)),
            (json!({ "used_percent": 12.5 }), Some(87_50)),
            (json!({ "limit": "500.00", "remaining": "125.00" }), Some(25_00)),
            (json!({ "limit": 500, "used": 500 }), Some(0)),
            (json!({ "limit": 500, "used": "600" }), Some(0)),
            (json!({ "limit": 0, "remaining": 0 }), None),
            (json!({ "limit": "500" }), None),
        ] {
            let body = json!({ "individual_limit": limit });
            let found = binding(body).and_then(|(_, left)| left);
            assert_eq!(found, expected, "{limit}");
        }
    }

    #[test]
    fn a_reset_has_several_names() {
        for reset in [
            json!({ "reset_at": NOW + 60 }),
            json!({ "resets_at": NOW + 60 }),
            json!({ "resets_at": "2026-09-21T14:14:20Z" }),
            json!({ "reset_after_seconds": "60" }),
        ] {
            let spend = read(&json!({ "individual_limit": reset })).spend.expect("a limit");
            let at = spend.limit.and_then(|limit| limit.resets_at);
            assert_eq!(at, Some(NOW + 60), "{reset}");
        }
    }
}

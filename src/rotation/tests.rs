use serde_json::{Value, json};

use super::rank::BUCKET;
use super::*;
use crate::decimal::Decimal;
use crate::profile::tests::profile;
use crate::time::{DAY, HOUR};
use crate::usage::tests::answer;
use crate::usage::{
    Credits, HttpResponse, Outcome, Quota, RateLimit, ReachedType, Reason, Rejection, SpendControl,
    SpendLimit, UsageError, UsageWindow, Verdict, WindowState, judge, read_response,
};

const NOW: Instant = 1_790_000_000;
const WEEK: i64 = 7 * DAY;

/// A candidate that owns what it is made of.
#[derive(Debug, Clone)]
struct Row {
    id: ProfileId,
    identity: Option<String>,
    judgement: Judgement,
    usage: Option<UsageSnapshot>,
    read_at: Instant,
    earlier: Option<Earlier>,
    cooldown_until: Option<Instant>,
    class: Class,
    is_in_use: bool,
    is_left_out: bool,
}

impl Row {
    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            id: &self.id,
            identity: self.identity.as_deref(),
            judgement: self.judgement,
            usage: self.usage.as_ref(),
            read_at: self.read_at,
            earlier: self.earlier,
            cooldown_until: self.cooldown_until,
            class: self.class,
            is_in_use: self.is_in_use,
            is_left_out: self.is_left_out,
        }
    }

    fn windows(&mut self) -> &mut Vec<UsageWindow> {
        match self.usage.as_mut().map(|usage| &mut usage.rate_limit) {
            Some(RateLimit::Reported(quota)) => &mut quota.windows,
            _ => panic!("no windows"),
        }
    }
}

fn ranked(rows: &[Row], now: Instant) -> Vec<Ranked> {
    let candidates: Vec<Candidate<'_>> = rows.iter().map(Row::candidate).collect();
    rank(&candidates, now)
}

/// `b a`, the ids in their order.
fn order(rows: &[Row]) -> String {
    let ranked = ranked(rows, NOW);
    let ids = ranked.iter().map(|one| rows[one.index].id.as_str());
    ids.collect::<Vec<_>>().join(" ")
}

fn tier(row: &Row) -> Tier {
    ranked(std::slice::from_ref(row), NOW)[0].tier
}

/// The way from one line of a fleet to a candidate is the real one: an answer is
/// read and judged.
fn row(line: &Value) -> Row {
    let id = line["id"].as_str().expect("id");
    let age = line["age"].as_i64().unwrap_or(0);
    let outcome = outcome(line, NOW.saturating_sub(age));
    let mut profile = profile(id);
    profile.cooldown_until = line["cooldown_until"].as_i64();
    Row {
        id: ProfileId::new(id),
        identity: line["identity"].as_str().map(str::to_owned),
        judgement: judge(&profile, &outcome, NOW),
        usage: outcome.ok(),
        read_at: NOW.saturating_sub(age),
        earlier: None,
        cooldown_until: profile.cooldown_until,
        class: match line["class"].as_str() {
            Some("burn_first") => Class::BurnFirst,
            Some("preserve") => Class::Preserve,
            _ => Class::Normal,
        },
        is_in_use: line["in_use"] == true,
        is_left_out: false,
    }
}

fn outcome(line: &Value, received_at: Instant) -> Outcome {
    if line["auth"] == "reauth" {
        return Err(UsageError::AuthNotAccepted(Rejection::Revoked));
    }
    match line["fetch_error"].as_str() {
        Some("quota_exhausted") => {
            return Err(UsageError::QuotaExhausted(line["reset"].as_i64()));
        }
        Some(_) => return Err(UsageError::UpstreamChallenge),
        None => {}
    }
    let mut quota = json!({"allowed": line["allowed"], "limit_reached": line["limit_reached"]});
    for (index, window) in line["windows"].as_array().iter().copied().flatten().enumerate() {
        quota[format!("w{index}_window")] = json!({
            "used_percent": window["left"].as_f64().map(|left| 100.0 - left),
            "limit_window_seconds": window["len"],
            "reset_at": window["reset"],
        });
    }
    let mut body = json!({"rate_limit": quota});
    if line["credits_usable"] == true {
        body["credits"] = json!({"has_credits": true, "balance": "120"});
    }
    if let Some(left) = line["spend_left"].as_i64() {
        body["rate_limit"] = Value::Null;
        body["credits"] = json!({"has_credits": true, "balance": null});
        body["spend_control"] =
            json!({"reached": left == 0, "individual_limit": {"remaining_percent": left}});
    }
    read_response(&HttpResponse { received_at, ..answer(200, &body) })
}

fn fleet(lines: Value) -> Vec<Row> {
    lines.as_array().expect("a list").iter().map(row).collect()
}

/// A profile that works: a session and a week.
fn working(id: &str) -> Row {
    row(&json!({"id": id, "allowed": true, "windows": [
        {"len": 5 * HOUR, "left": 50, "reset": NOW + HOUR},
        {"len": WEEK, "left": 50, "reset": NOW + 2 * DAY},
    ]}))
}

fn changed(id: &str, change: impl FnOnce(&mut Row)) -> Row {
    let mut row = working(id);
    change(&mut row);
    row
}

fn left(percent: i64) -> Option<Decimal> {
    Some(Decimal::whole(percent).complement())
}

/// Asserts the order, whichever way round they come, and why the second lost.
fn assert_before(better: Row, worse: Row, why: Why) {
    let what = format!("{} before {}", better.id.as_str(), worse.id.as_str());
    for rows in [[better.clone(), worse.clone()], [worse, better.clone()]] {
        let ranked = ranked(&rows, NOW);
        assert_eq!(rows[ranked[0].index].id, better.id, "{what}: {ranked:?}");
        assert_eq!((ranked[0].why, ranked[1].why), (why, why), "{what}");
    }
}

#[test]
fn the_fleet_of_the_policy_stands_in_its_order() {
    let rows = fleet(json!([
        {"id": "a_fresh_week", "allowed": true, "windows": [
            {"len": 18000, "left": 95, "reset": 1_790_009_000},
            {"len": 604_800, "left": 96, "reset": 1_790_518_400}]},
        {"id": "b_resets_20h", "allowed": true, "windows": [
            {"len": 18000, "left": 60, "reset": 1_790_004_000},
            {"len": 604_800, "left": 18, "reset": 1_790_072_000}]},
        {"id": "c_resets_20h_low_burst", "allowed": true, "windows": [
            {"len": 18000, "left": 6, "reset": 1_790_000_600},
            {"len": 604_800, "left": 40, "reset": 1_790_072_000}]},
        {"id": "d_untouched", "allowed": true, "windows": [
            {"len": 18000, "left": 100, "reset": 1_790_018_000},
            {"len": 604_800, "left": 100, "reset": 1_790_604_800}]},
        {"id": "e_limited_5h", "allowed": false, "limit_reached": true, "windows": [
            {"len": 18000, "left": 0, "reset": 1_790_002_400},
            {"len": 604_800, "left": 50, "reset": 1_790_259_200}]},
        {"id": "f_limited_week", "allowed": false, "limit_reached": true, "windows": [
            {"len": 604_800, "left": 0, "reset": 1_790_045_962}], "credits_usable": true},
        {"id": "g_cooldown_but_ok", "allowed": true, "cooldown_until": 1_790_345_600, "windows": [
            {"len": 604_800, "left": 80, "reset": 1_790_259_200}]},
        {"id": "h_reauth", "auth": "reauth"},
        {"id": "i_cf", "fetch_error": "upstream_challenge"},
        {"id": "j_business", "allowed": null, "spend_left": 79, "windows": []},
        {"id": "k_work", "allowed": true, "class": "preserve", "windows": [
            {"len": 604_800, "left": 70, "reset": 1_790_018_000}]},
    ]));
    let told: Vec<_> = ranked(&rows, NOW)
        .into_iter()
        .map(|one| {
            let id = rows[one.index].id.as_str();
            (id, one.tier, one.recovers_at, one.why)
        })
        .collect();
    let expected = [
        ("d_untouched", Tier::Ready, None, Why::Untouched),
        ("b_resets_20h", Tier::Ready, None, Why::Untouched),
        ("a_fresh_week", Tier::Ready, None, Why::Untouched),
        ("j_business", Tier::Ready, None, Why::Untouched),
        ("k_work", Tier::Ready, None, Why::Class),
        ("c_resets_20h_low_burst", Tier::Low, None, Why::Tier),
        ("i_cf", Tier::Unknown, None, Why::Tier),
        ("f_limited_week", Tier::Overage, Some(1_790_045_962), Why::Tier),
        ("e_limited_5h", Tier::Wait, Some(1_790_002_400), Why::Tier),
        ("g_cooldown_but_ok", Tier::Wait, Some(1_790_345_600), Why::Tier),
        ("h_reauth", Tier::Broken, None, Why::Tier),
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_first_tier_that_matches_is_the_tier() {
    let stale = json!({"id": "x", "age": 901, "allowed": false, "windows": [
        {"len": WEEK, "left": 0, "reset": NOW + DAY}]});
    for (line, expected) in [
        // A broken sign-in is so whatever else holds.
        (
            json!({"id": "x", "auth": "reauth", "age": 9000, "cooldown_until": NOW + 9}),
            Tier::Broken,
        ),
        // A failed check and an old reading come before a cooldown and a block.
        (json!({"id": "x", "fetch_error": "any", "cooldown_until": NOW + 9}), Tier::Unknown),
        (stale, Tier::Unknown),
        (json!({"id": "x", "allowed": true, "cooldown_until": NOW + 9, "age": 901}), Tier::Unknown),
        // What costs credits does so in a cooldown too.
        (
            json!({"id": "x", "allowed": false, "credits_usable": true, "cooldown_until": NOW + 9}),
            Tier::Overage,
        ),
        (json!({"id": "x", "allowed": false}), Tier::Wait),
        (json!({"id": "x", "fetch_error": "quota_exhausted"}), Tier::Wait),
        (json!({"id": "x", "allowed": true, "cooldown_until": NOW + 1}), Tier::Wait),
        // A cooldown that has passed is none.
        (json!({"id": "x", "allowed": true, "cooldown_until": NOW}), Tier::Ready),
        // A plan that runs on credits, with its limit open, reached, or not told of.
        (json!({"id": "x", "spend_left": 1}), Tier::Ready),
        (json!({"id": "x", "spend_left": 0}), Tier::Wait),
        (json!({"id": "x", "spend_left": 1, "cooldown_until": NOW + 9}), Tier::Wait),
        // Permission goes before the percentage.
        (json!({"id": "x", "allowed": true, "windows": [{"len": WEEK, "left": 0}]}), Tier::Low),
        (json!({"id": "x", "allowed": false, "windows": [{"len": WEEK, "left": 62}]}), Tier::Wait),
    ] {
        assert_eq!(tier(&row(&line)), expected, "{line}");
    }
}

#[test]
fn a_window_is_low_under_the_floor_of_its_length() {
    for (length, left, expected) in [
        (json!(5 * HOUR), 9.9, Tier::Low),
        (json!(5 * HOUR), 10.0, Tier::Ready),
        (json!(DAY - 1), 9.9, Tier::Low),
        (json!(DAY), 9.9, Tier::Ready),
        (json!(DAY), 1.9, Tier::Low),
        (json!(WEEK), 2.0, Tier::Ready),
        (json!(WEEK), 1.99, Tier::Low),
        (json!(30 * DAY), 0.0, Tier::Low),
        // Of unknown length only what is low in any window is.
        (json!(null), 9.9, Tier::Ready),
        (json!(-5), 1.9, Tier::Low),
    ] {
        let line = json!({"id": "x", "allowed": true, "windows": [
            {"len": length, "left": left, "reset": NOW + 600}]});
        assert_eq!(tier(&row(&line)), expected, "{line}");
    }
}

#[test]
fn a_percentage_that_was_not_reported_is_not_low() {
    let silent = changed("x", |row| row.windows()[0].used_percent = None);
    assert_eq!(tier(&silent), Tier::Ready);
}

#[test]
fn a_reading_speaks_for_a_quarter_of_an_hour_before_and_after() {
    for (age, expected) in [
        (900, Tier::Ready),
        (901, Tier::Unknown),
        // Answers come after the `now` of their check; further off, a clock jumped.
        (-60, Tier::Ready),
        (-901, Tier::Unknown),
        (i64::MAX, Tier::Unknown),
    ] {
        let read_at = NOW.saturating_sub(age);
        assert_eq!(tier(&changed("x", |row| row.read_at = read_at)), expected, "{age}");
    }
}

#[test]
fn a_verdict_without_a_reading_is_not_believed() {
    assert_eq!(tier(&changed("x", |row| row.usage = None)), Tier::Unknown);
}

#[test]
fn tiers_stand_in_the_order_of_preference() {
    let rows = fleet(json!([
        {"id": "broken", "auth": "reauth", "class": "burn_first"},
        {"id": "wait", "allowed": false, "class": "burn_first"},
        {"id": "overage", "allowed": false, "credits_usable": true, "in_use": true},
        {"id": "unknown", "fetch_error": "any"},
        {"id": "low", "allowed": true, "class": "burn_first", "windows": [
            {"len": WEEK, "left": 1, "reset": NOW + 60}]},
        {"id": "ready", "allowed": true, "class": "preserve"},
    ]));
    assert_eq!(order(&rows), "ready low unknown overage wait broken");
}

#[test]
fn the_users_class_decides_before_every_number() {
    let burn = changed("z", |row| row.class = Class::BurnFirst);
    let preserve = changed("a", |row| {
        row.class = Class::Preserve;
        row.is_in_use = true;
        row.windows()[1].state = WindowState::NotStarted;
    });
    assert_before(burn.clone(), working("n"), Why::Class);
    assert_before(working("n"), preserve.clone(), Why::Class);
    assert_before(burn, preserve, Why::Class);
}

#[test]
fn an_untouched_long_window_is_started_first() {
    let untouched = |id: &str, place: usize| {
        changed(id, |row| row.windows()[place].state = WindowState::NotStarted)
    };
    let sooner = changed("a", |row| {
        row.windows()[1].resets_at = Some(NOW + HOUR);
        row.is_in_use = true;
    });
    assert_before(untouched("z", 1), sooner, Why::Untouched);
    // A session that has not started is worth nothing.
    assert_before(working("a"), untouched("z", 0), Why::Id);
}

#[test]
fn long_resets_are_compared_in_six_hours_of_absolute_time() {
    let edge = (NOW + 2 * DAY).div_euclid(BUCKET) * BUCKET;
    let at =
        |id: &str, reset: Option<Instant>| changed(id, |row| row.windows()[1].resets_at = reset);
    assert_before(at("z", Some(edge - 1)), at("a", Some(edge)), Why::LongReset);
    assert_before(at("a", Some(edge + BUCKET - 1)), at("z", Some(edge)), Why::Id);
    // Missing or past comes last, and one is as late as the other.
    for late in [None, Some(NOW), Some(NOW - 1), Some(-5), Some(i64::MIN)] {
        let far = at("z", Some(NOW + 400 * DAY));
        assert_before(far, at("a", late), Why::LongReset);
        assert_before(at("a", None), at("z", late), Why::Id);
    }
    // Absurd, and still ahead.
    assert_before(at("z", Some(i64::MAX)), at("a", None), Why::LongReset);
}

#[test]
fn of_several_long_windows_the_soonest_reset_that_lies_ahead_counts() {
    let month = |id: &str, week_resets_at| {
        changed(id, |row| {
            let mut month = row.windows()[1].clone();
            month.length_seconds = Some(30 * DAY);
            month.resets_at = Some(NOW + 3 * DAY);
            row.windows()[1].resets_at = week_resets_at;
            row.windows().push(month);
        })
    };
    assert_before(month("z", Some(NOW + DAY)), working("a"), Why::LongReset);
    assert_before(working("z"), month("a", Some(NOW - 1)), Why::LongReset);
}

#[test]
fn a_window_is_long_from_a_day_on_or_where_its_reset_proves_it() {
    let with = |length: Option<i64>, reset: Instant| {
        changed("z", |row| {
            row.windows()[1].length_seconds = length;
            row.windows()[1].resets_at = Some(reset);
        })
    };
    let none = changed("a", |row| row.windows().truncate(1));
    assert_before(with(Some(DAY), NOW + 60), none.clone(), Why::LongReset);
    assert_before(with(None, NOW + DAY + 1), none.clone(), Why::LongReset);
    assert_before(with(Some(0), NOW + DAY + 1), none.clone(), Why::LongReset);
    assert_before(none.clone(), with(None, NOW + DAY), Why::Id);
    assert_before(none, with(Some(DAY - 1), NOW + DAY), Why::Id);
}

#[test]
fn the_profile_in_use_stays_unless_a_reset_or_more_speaks_against_it() {
    let used = |id: &str| changed(id, |row| row.is_in_use = true);
    let fuller = changed("a", |row| row.windows()[0].used_percent = left(90));
    assert_before(used("z"), fuller, Why::InUse);
    let sooner = changed("b", |row| row.windows()[1].resets_at = Some(NOW + DAY));
    assert_before(sooner, used("a"), Why::LongReset);
}

#[test]
fn then_more_of_the_short_window_and_of_the_long_one_comes_first() {
    let with = |id: &str, place: usize, percent: i64| {
        changed(id, |row| row.windows()[place].used_percent = left(percent))
    };
    assert_before(with("z", 0, 51), with("a", 1, 90), Why::ShortLeft);
    assert_before(with("z", 1, 51), working("a"), Why::LongLeft);
    assert_before(working("a"), working("z"), Why::Id);
    // No short window at all cannot run out; one that does not tell may be empty.
    let weekly_only = |id: &str| {
        changed(id, |row| {
            row.windows().remove(0);
        })
    };
    let silent = changed("a", |row| row.windows()[0].used_percent = None);
    assert_before(weekly_only("z"), with("a", 0, 99), Why::ShortLeft);
    assert_before(weekly_only("a"), with("z", 0, 100), Why::Id);
    assert_before(with("z", 0, 10), silent, Why::ShortLeft);
}

#[test]
fn recovery_is_the_latest_of_what_is_used_up_and_of_the_cooldown() {
    let (soon, late) = (NOW + HOUR, NOW + DAY);
    let windows = |session: i64, session_at: Value, week: i64, week_at: Value| {
        json!([{"len": 5 * HOUR, "left": session, "reset": session_at},
            {"len": WEEK, "left": week, "reset": week_at}])
    };
    for (windows, cooldown, expected) in [
        (windows(0, json!(soon), 40, json!(late)), None, Some(soon)),
        (windows(0, json!(soon), 0, json!(late)), None, Some(late)),
        (windows(0, json!(soon), 40, json!(late)), Some(soon + 5), Some(soon + 5)),
        (windows(0, json!(soon), 40, json!(late)), Some(soon - 5), Some(soon)),
        // A reset that nobody knows, that has passed, or that cannot be.
        (windows(0, json!(soon), 0, json!(null)), Some(late), None),
        (windows(0, json!(NOW - 5), 40, json!(late)), None, None),
        (windows(0, json!(NOW - 5), 0, json!(late)), None, Some(late)),
        (windows(0, json!(NOW + 2 * DAY), 40, json!(late)), None, None),
        // Blocked despite what is left: the scarcest window says when it ends, and
        // no cooldown ends it sooner.
        (windows(60, json!(soon), 40, json!(late)), None, Some(late)),
        (windows(60, json!(soon), 40, json!(late)), Some(soon), Some(late)),
        (windows(60, json!(soon), 40, json!(late)), Some(late + 5), Some(late + 5)),
        (json!([]), None, None),
        (json!([]), Some(soon), None),
        (json!([]), Some(i64::MAX), None),
    ] {
        for credits in [false, true] {
            let line = json!({"id": "x", "allowed": false, "windows": windows,
                "cooldown_until": cooldown, "credits_usable": credits});
            let ranked = ranked(&[row(&line)], NOW);
            let tier = if credits { Tier::Overage } else { Tier::Wait };
            assert_eq!((ranked[0].tier, ranked[0].recovers_at), (tier, expected), "{line}");
        }
    }
}

#[test]
fn a_profile_that_only_the_gateway_skips_is_back_when_the_cooldown_ends() {
    let line = json!({"id": "x", "allowed": true, "cooldown_until": NOW + 60, "windows": [
        {"len": WEEK, "left": 0, "reset": NOW + DAY}]});
    assert_eq!(ranked(&[row(&line)], NOW)[0].recovers_at, Some(NOW + 60));
}

#[test]
fn a_spending_cap_outlasts_an_earlier_reset() {
    let capped = |cap: Option<Instant>| {
        changed("x", |row| {
            row.judgement.verdict = Verdict::Wait;
            row.windows()[0].used_percent = left(0);
            let limit = SpendLimit {
                remaining_percent: None,
                limit: None,
                remaining: None,
                resets_at: cap,
            };
            let limit = Some(limit);
            let spend = SpendControl { reached: true, kind: None, limit };
            row.usage.as_mut().expect("usage").spend = Some(spend);
        })
    };
    assert_eq!(ranked(&[capped(None)], NOW)[0].recovers_at, None);
    let until = ranked(&[capped(Some(NOW + DAY))], NOW)[0].recovers_at;
    assert_eq!(until, Some(NOW + DAY));
}

#[test]
fn what_recovers_earlier_stands_first_and_the_unknown_last() {
    let rows = fleet(json!([
        {"id": "a", "allowed": false},
        {"id": "b", "fetch_error": "quota_exhausted"},
        {"id": "c", "allowed": true, "cooldown_until": NOW + 90},
        {"id": "d", "fetch_error": "quota_exhausted", "reset": NOW + 80},
        {"id": "e", "allowed": false, "windows": [{"len": WEEK, "left": 0, "reset": NOW + 70}]},
        {"id": "f", "allowed": false, "windows": [{"len": WEEK, "left": 0, "reset": NOW + 70}]},
    ]));
    assert_eq!(order(&rows), "e f d c a b");
    let whys: Vec<Why> = ranked(&rows, NOW).iter().map(|one| one.why).collect();
    assert_eq!(whys[..3], [Why::Id, Why::Id, Why::Recovery]);
}

#[test]
fn the_unknown_and_the_broken_stand_by_their_ids() {
    let rows = fleet(json!([
        {"id": "d", "auth": "reauth", "class": "burn_first", "in_use": true},
        {"id": "b", "fetch_error": "any", "class": "burn_first", "in_use": true},
        {"id": "c", "auth": "reauth"},
        {"id": "a", "fetch_error": "any", "class": "preserve"},
    ]));
    assert_eq!(order(&rows), "a b c d");
}

#[test]
fn of_the_unknown_those_that_were_checked_a_moment_ago_stand_first() {
    let unknown = |id: &str, earlier: Option<(Tier, i64)>| {
        changed(id, |row| {
            row.judgement.verdict = Verdict::Unknown;
            row.usage = None;
            row.earlier = earlier.map(|(tier, age)| Earlier { tier, at: NOW - age });
        })
    };
    let picked = |rows: &[Row]| {
        let ranked = ranked(rows, NOW);
        pick(&ranked).map(|one| rows[one.index].id.as_str().to_owned())
    };
    let rows = [
        unknown("a", None),
        unknown("b", Some((Tier::Ready, 901))),
        unknown("c", Some((Tier::Broken, 1))),
        unknown("d", Some((Tier::Wait, 1))),
        unknown("e", Some((Tier::Low, 1))),
        unknown("f", Some((Tier::Ready, 900))),
        unknown("g", Some((Tier::Ready, 1))),
        unknown("h", Some((Tier::Ready, -1))),
    ];
    assert_eq!(order(&rows), "f g e d c a b h");
    assert_eq!(picked(&rows).as_deref(), Some("f"));
    assert_eq!(picked(&rows[..4]), None);
    // The gateway does not use it now.
    let cooling = changed("f", |row| {
        *row = unknown("f", Some((Tier::Ready, 1)));
        row.cooldown_until = Some(NOW + 60);
    });
    assert_eq!(picked(&[cooling]), None);
    // Whoever is known to be ready comes first, and who costs credits is no pick.
    let low = changed("z", |row| row.windows()[0].used_percent = left(9));
    assert_eq!(picked(&[rows[6].clone(), low]).as_deref(), Some("z"));
    let paid = changed("a", |row| row.judgement.verdict = Verdict::UsableAtCost);
    assert_eq!(picked(&[rows[6].clone(), paid]).as_deref(), Some("g"));
    // The settings, the order and the profile in use count as among the ready.
    let like_g = |id: &str, change: fn(&mut Row)| {
        changed(id, |row| {
            *row = unknown(id, Some((Tier::Ready, 1)));
            change(row);
        })
    };
    let preserved = like_g("a", |row| row.class = Class::Preserve);
    let left_out = like_g("b", |row| row.is_left_out = true);
    let in_use = like_g("z", |row| row.is_in_use = true);
    let rows = [preserved, left_out, rows[6].clone(), in_use];
    assert_eq!(order(&rows), "z g b a");
}

#[test]
fn nothing_is_picked_where_nothing_works_for_free() {
    let rows = fleet(json!([
        {"id": "unknown", "fetch_error": "any"},
        {"id": "paid", "allowed": false, "credits_usable": true, "windows": [
            {"len": WEEK, "left": 0, "reset": NOW + 70}]},
        {"id": "wait", "allowed": false, "windows": [{"len": WEEK, "left": 0, "reset": NOW + 60}]},
        {"id": "broken", "auth": "reauth"},
    ]));
    let ranked = ranked(&rows, NOW);
    assert_eq!(pick(&ranked), None);
    let next = next_recovery(ranked.iter()).map(|one| rows[one.index].id.as_str());
    assert_eq!(next, Some("wait"));
    assert_eq!((pick(&[]), next_recovery([].iter())), (None, None));
    assert_eq!(next_recovery(ranked[..1].iter()), None);
}

fn label(id: &str, change: impl FnOnce(&mut Row)) -> Row {
    let mut row = changed(id, change);
    row.identity = Some("account\nuser".into());
    row
}

#[test]
fn two_labels_of_one_identity_are_one_quota() {
    let blocked = |row: &mut Row| {
        row.judgement.verdict = Verdict::Wait;
        row.read_at += 1;
    };
    // The newer reading speaks for both, whichever of them was asked.
    let rows = [label("a", |_| {}), label("b", blocked), working("c")];
    let ranked = ranked(&rows, NOW);
    let told: Vec<_> = ranked.iter().map(|one| (one.index, one.tier)).collect();
    assert_eq!(told, [(2, Tier::Ready), (0, Tier::Wait), (1, Tier::Wait)]);
    assert_eq!((ranked[1].quota_source, ranked[2].quota_source), (1, 1));
    // Of two readings of one second, the worse.
    let rows = [label("a", |_| {}), label("b", |row| row.judgement.verdict = Verdict::Wait)];
    assert_eq!(order(&rows), "a b");
    assert_eq!(super::tests::ranked(&rows, NOW)[0].tier, Tier::Wait);
}

#[test]
fn a_label_never_is_better_than_its_own_sign_in() {
    let verdict = |verdict| move |row: &mut Row| row.judgement.verdict = verdict;
    let cooling = |row: &mut Row| row.cooldown_until = Some(NOW + 60);
    for (other, expected) in [
        (label("b", verdict(Verdict::Broken)), Tier::Broken),
        (label("b", verdict(Verdict::Unknown)), Tier::Unknown),
        (label("b", cooling), Tier::Wait),
        // Only old: the other label's reading is as good.
        (label("b", |row| row.read_at -= 9000), Tier::Ready),
    ] {
        let told = ranked(&[label("a", |_| {}), other], NOW);
        assert_eq!((told[0].tier, told[1].tier), (Tier::Ready, expected));
        assert_eq!(told[0].why, Why::Only);
        // The tier says more than that it is the same quota.
        let is_same = expected == Tier::Ready;
        let why = if is_same { Why::SameQuota } else { Why::Tier };
        assert_eq!(told[1].why, why);
    }
    // Nor better than its quota: a failed check hides no block.
    for (blocked, expected) in [(Verdict::UsableAtCost, Tier::Overage), (Verdict::Wait, Tier::Wait)]
    {
        let rows = [label("a", verdict(blocked)), label("b", verdict(Verdict::Unknown))];
        let told = ranked(&rows, NOW);
        assert_eq!((told[0].tier, told[1].tier), (expected, expected));
    }
}

#[test]
fn another_label_loses_because_it_is_the_same_quota_and_decides_nothing() {
    let used = label("b", |row| row.is_in_use = true);
    let rows = [label("a", |_| {}), used, working("c")];
    let ranked = ranked(&rows, NOW);
    let told: Vec<_> = ranked.iter().map(|one| (one.index, one.why)).collect();
    // Against the next quota, not against its own other label.
    assert_eq!(told, [(1, Why::InUse), (0, Why::SameQuota), (2, Why::InUse)]);
}

#[test]
fn members_of_a_team_and_the_unidentified_are_strangers() {
    let of = |id: &str, identity: Option<&str>, verdict| {
        let mut row = changed(id, |row| row.judgement.verdict = verdict);
        row.identity = identity.map(Into::into);
        row
    };
    for (ours, theirs) in [(Some("team\none"), Some("team\ntwo")), (None, None), (None, Some("x"))]
    {
        let rows = [of("a", ours, Verdict::Wait), of("b", theirs, Verdict::Usable)];
        let ranked = ranked(&rows, NOW);
        assert_eq!((ranked[0].tier, ranked[1].tier), (Tier::Ready, Tier::Wait));
    }
}

#[test]
fn what_is_preserved_under_one_label_is_not_burnt_under_another() {
    let preserved = label("a", |row| row.class = Class::Preserve);
    let burnt = label("b", |row| row.class = Class::BurnFirst);
    assert_eq!(order(&[preserved.clone(), label("b", |_| {}), working("c")]), "c a b");
    assert_eq!(order(&[preserved, burnt.clone(), working("c")]), "c a b");
    assert_eq!(order(&[label("a", |_| {}), burnt, working("0")]), "a b 0");
}

/// A generator that gives the same numbers each time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // Steele and Vigna's SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    pub(crate) fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    pub(crate) fn maybe<T: Copy>(&mut self, values: &[T]) -> Option<T> {
        (self.below(4) > 0).then(|| self.of(values))
    }

    pub(crate) fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }

    fn window(&mut self, now: Instant) -> UsageWindow {
        let at = |by: i64| now.saturating_add(by);
        let states = [
            WindowState::Running,
            WindowState::NotStarted,
            WindowState::Due,
            WindowState::Inconsistent,
            WindowState::Assumed,
        ];
        let resets = [
            at(-9),
            now,
            at(1),
            at(HOUR),
            at(DAY),
            at(DAY + 1),
            at(WEEK),
            i64::MIN,
            -1,
            0,
            i64::MAX,
        ];
        let lengths = [5 * HOUR, WEEK, 30 * DAY, DAY, i64::MIN, -1, 0, i64::MAX];
        UsageWindow {
            used_percent: self
                .maybe(&[0, 1, 50, 91, 99, 100, -7, i64::MIN, i64::MAX])
                .map(Decimal::whole),
            reached: self.below(9) == 0,
            resets_at: self.maybe(&resets),
            length_seconds: self.maybe(&lengths),
            is_assumed: false,
            state: self.of(&states),
        }
    }

    fn usage(&mut self, now: Instant) -> UsageSnapshot {
        let windows = (0..self.below(4)).map(|_| self.window(now)).collect();
        let quota = Quota {
            allowed: self.maybe(&[true, true, false]),
            limit_reached: self.maybe(&[true, false]),
            windows,
        };
        let limit = SpendLimit {
            remaining_percent: None,
            limit: None,
            remaining: None,
            resets_at: self.maybe(&[now, i64::MIN, i64::MAX]),
        };
        let spend = SpendControl {
            reached: self.below(3) == 0,
            kind: None,
            limit: (self.below(2) == 0).then_some(limit),
        };
        let credits = Credits {
            has_credits: true,
            unlimited: self.below(2) == 0,
            overage_limit_reached: false,
            balance: None,
        };
        UsageSnapshot {
            rate_limit: match self.below(8) {
                0 => RateLimit::Absent,
                1 => RateLimit::None,
                _ => RateLimit::Reported(quota),
            },
            reached: (self.below(9) == 0).then_some(ReachedType::RateLimitReached),
            credits: (self.below(2) == 0).then_some(credits),
            spend: (self.below(4) == 0).then_some(spend),
            ..UsageSnapshot::default()
        }
    }

    fn row(&mut self, id: usize, now: Instant) -> Row {
        let at = |by: i64| now.saturating_add(by);
        let id = format!("p{id}");
        let mut profile = profile(&id);
        profile.cooldown_until = self
            .maybe(&[at(-1), now, at(1), at(DAY), i64::MIN, i64::MAX])
            .filter(|_| self.below(3) == 0);
        let outcome = match self.below(8) {
            0 => Err(UsageError::AuthNotAccepted(Rejection::Revoked)),
            1 => Err(UsageError::Timeout),
            2 => Err(UsageError::QuotaExhausted(self.maybe(&[at(5), i64::MAX]))),
            _ => Ok(self.usage(now)),
        };
        let mut judgement = judge(&profile, &outcome, now);
        if self.below(6) == 0 {
            // What no check concludes: verdicts that contradict their numbers.
            judgement = Judgement {
                verdict: self.of(&Verdict::ALL),
                reason: Reason::Allowed,
                server: self.maybe(&Verdict::ALL),
                until: self.maybe(&[now, at(9), i64::MIN, i64::MAX]),
            };
        }
        Row {
            id: ProfileId::new(id),
            identity: self
                .maybe(&["x", "y", "z"])
                .map(str::to_owned)
                .filter(|_| self.below(2) == 0),
            judgement,
            usage: outcome.ok(),
            read_at: self.of(&[
                now,
                now,
                now,
                at(-1),
                at(1),
                at(-900),
                at(-901),
                i64::MIN,
                i64::MAX,
            ]),
            earlier: (self.below(2) == 0).then(|| Earlier {
                tier: self.of(&[Tier::Ready, Tier::Low, Tier::Overage, Tier::Wait]),
                at: self.of(&[now, at(-180), at(-901), at(1), i64::MIN, i64::MAX]),
            }),
            cooldown_until: profile.cooldown_until,
            class: self.of(&[Class::Normal, Class::Normal, Class::BurnFirst, Class::Preserve]),
            is_in_use: self.below(4) == 0,
            is_left_out: self.below(4) == 0,
        }
    }

    fn fleet(&mut self, most: usize) -> (Vec<Row>, Instant) {
        let now = self.of(&[NOW, NOW, NOW, NOW, NOW, 0, -1, i64::MIN, i64::MAX]);
        let rows = (0..self.below(most + 1)).map(|id| self.row(id, now)).collect();
        (rows, now)
    }
}

const FLEETS: usize = 24_000;

#[test]
fn any_permutation_of_any_fleet_gives_the_same_order_for_the_same_reasons() {
    let mut dice = Dice(1);
    for _ in 0..FLEETS {
        let (mut rows, now) = dice.fleet(9);
        let told = |rows: &[Row]| -> Vec<_> {
            let id = |index: usize| rows[index].id.clone();
            let mut told = Vec::new();
            for one in ranked(rows, now) {
                told.push((
                    id(one.index),
                    one.tier,
                    one.recovers_at,
                    one.why,
                    id(one.quota_source),
                ));
            }
            told
        };
        let before = told(&rows);
        dice.shuffle(&mut rows);
        assert_eq!(told(&rows), before, "{rows:#?}");
    }
}

#[test]
fn the_comparison_is_total_and_transitive() {
    let mut dice = Dice(2);
    for _ in 0..FLEETS {
        let (rows, now) = dice.fleet(6);
        let candidates: Vec<_> = rows.iter().map(Row::candidate).collect();
        let standings = standings(&candidates, &quota_sources(&candidates, now), now);
        let compare = |a: usize, b: usize| standings[a].rank.cmp(&standings[b].rank);
        for a in 0..rows.len() {
            for b in 0..rows.len() {
                assert_eq!(compare(a, b), compare(b, a).reverse());
                assert_eq!(compare(a, b).is_eq(), a == b);
                for c in 0..rows.len() {
                    let chained = compare(a, b).is_lt() && compare(b, c).is_lt();
                    assert!(!chained || compare(a, c).is_lt(), "{rows:#?}");
                }
            }
        }
    }
}

#[test]
fn no_fleet_is_advised_against_what_is_known_of_it() {
    let mut dice = Dice(3);
    for _ in 0..FLEETS {
        let (rows, now) = dice.fleet(9);
        let ranked = ranked(&rows, now);
        let mut indices: Vec<usize> = ranked.iter().map(|one| one.index).collect();
        indices.sort_unstable();
        assert_eq!(indices, (0..rows.len()).collect::<Vec<_>>());
        // Overage never before what is free or may be, broken never before anything.
        assert!(ranked.is_sorted_by_key(|one| one.tier), "{ranked:?}");
        let picked = pick(&ranked).map(|one| (one, &rows[one.index]));
        assert!(picked.is_none_or(|(one, row)| {
            let is_cooling = row.cooldown_until.is_some_and(|until| until > now);
            let verdict = row.judgement.verdict;
            let is_known = match one.earlier {
                Some(earlier) => earlier.tier <= Tier::Low && one.tier == Tier::Unknown,
                None => verdict != Verdict::Unknown,
            };
            verdict != Verdict::Broken && is_known && !is_cooling
        }));
        for one in &ranked {
            let (row, source) = (&rows[one.index], &rows[one.quota_source]);
            let is_blocked = matches!(one.tier, Tier::Overage | Tier::Wait);
            assert!(one.recovers_at.is_none_or(|at| at > now && is_blocked));
            let is_broken = row.candidate().judgement.server_verdict() == Verdict::Broken;
            assert_eq!(one.tier == Tier::Broken, is_broken);
            assert!(is_broken || row.judgement.verdict != Verdict::Broken);
            assert!(one.index == one.quota_source || row.identity == source.identity);
            if one.tier <= Tier::Low {
                assert!(source.candidate().is_fresh(now) && source.usage.is_some());
                assert_eq!(source.candidate().judgement.server_verdict(), Verdict::Usable);
            }
        }
    }
}

#[test]
fn labels_of_one_quota_never_disagree_about_it() {
    let mut dice = Dice(4);
    for _ in 0..FLEETS {
        let (rows, now) = dice.fleet(9);
        let ranked = ranked(&rows, now);
        for one in &ranked {
            let identity = &rows[one.index].identity;
            let is_twin =
                |other: &&Ranked| identity.is_some() && rows[other.index].identity == *identity;
            for other in ranked.iter().filter(is_twin) {
                assert_eq!(one.quota_source, other.quota_source);
                let tiers = (one.tier, other.tier);
                let is_odd = matches!(
                    tiers,
                    (Tier::Ready, Tier::Low | Tier::Overage) | (Tier::Low, Tier::Overage)
                );
                assert!(!is_odd, "{rows:#?}");
            }
        }
    }
}

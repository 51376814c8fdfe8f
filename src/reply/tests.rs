//! Properties of replies about generated fleets: whatever profiles answer, and whatever
//! is remembered of them, a reply stays true.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::fleets::{CANARY, NOW, SALT, each_world, zone};
use super::advice::Advice;
use super::alert::alert;
use super::change;
use super::check::check;
use super::profile_line::profile_line;
use super::{Locale, ReplyContext, Screen, best, guide, layout, words};
use crate::alerts::Change;
use crate::command::{CheckOptions, Format};
use crate::decimal::Decimal;
use crate::order::{self, OrderRequest};
use crate::pace::pace;
use crate::profile::ProfileId;
use crate::profile::tests::sign_ins as stored;
use crate::readings::{Difference, Known, Readings};
use crate::report::{Report, Row, Tries};
use crate::rotation::tests::Dice;
use crate::rotation::{self, Preferences, Tier};
use crate::time::{self, HOUR};
use crate::usage::{
    HttpResponse, Outcome, Rejection, UsageError, Verdict, WindowState, read_response,
};

mod fleets;

/// Asserts that a text says nothing absurd and nothing private.
fn check_text(text: &str, which: &str) {
    let fail = |what: &str| panic!("{which}: {what} in\n{text}");
    for odd in ["NaN", "{", "}", " in -", "None", "Some("] {
        if text.contains(odd) {
            fail(odd);
        }
    }
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    if words.any(|word| word == "inf") {
        fail("inf");
    }
    if text.to_ascii_lowercase().contains(CANARY) {
        fail(CANARY);
    }
    if text.lines().any(|line| line.len() > 4000 && line.chars().count() > 4000) {
        fail("a line without an end");
    }
    for (at, _) in text.match_indices('-') {
        let rest = &text[at + 1..];
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_number = unit.len() < rest.len();
        let units = [
            "%", "m ", "h ", "d ", "m,", "h,", "d,", " 分", " 小时", " 天", " Days", " Hours",
            " Minutes",
        ];
        if is_number && units.iter().any(|each| unit.starts_with(each)) {
            fail("a negative number");
        }
    }
    let mut parts = text.split('/').peekable();
    while let (Some(day), Some(month)) = (parts.next(), parts.next_if(|part| is_two_digits(part))) {
        let Some(rest) = parts.peek().filter(|_| day.len() >= 2 && month.len() == 2) else {
            continue;
        };
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let year: i64 = rest[..length].parse().expect("a year");
        if !(1970..=9999).contains(&year) {
            fail("a year that nobody meant");
        }
    }
}

fn is_two_digits(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Asserts that a document is JSON, and holds no number or time that cannot be.
fn check_document(document: &str, which: &str) {
    let value: Value = serde_json::from_str(document)
        .unwrap_or_else(|error| panic!("{which}: {error} in {document}"));
    check_value("", &value, which);
}

/// Names of instants that do not end in `_at`.
const INSTANTS: [&str; 4] = ["token_expiry", "last_used", "last_failure", "cooldown_until"];

fn check_value(key: &str, value: &Value, which: &str) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                check_text(key, which);
                check_value(key, value, which);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| check_value(key, item, which)),
        Value::Number(number) if key.ends_with("percent") => {
            let is_percent = number.as_f64().is_some_and(|share| (0.0..=100.0).contains(&share));
            assert!(is_percent, "{which}: {key} is {number}");
        }
        Value::String(text) => {
            check_text(text, which);
            let is_time = INSTANTS.contains(&key) || key.ends_with("_at");
            let is_utc = text.ends_with('Z') && time::parse_rfc3339(text).is_some();
            assert!(!is_time || is_utc, "{which}: {key} is {text}");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn whatever_a_fleet_answers_nothing_absurd_and_nothing_secret_is_said() {
    each_world(1, 400, |world, which| {
        for (text, document) in world.said() {
            if world.options.format != Format::Json {
                check_text(&text, which);
            }
            check_document(&document, which);
        }
    });
}

#[test]
fn the_same_check_is_told_in_the_same_words_twice() {
    for number in 0..50 {
        let world = || Dice(2 << 32 | number).world();
        let (first, second) = (world(), world());
        assert_eq!(first.said(), first.said());
        assert_eq!(first.said(), second.said());
    }
}

#[test]
fn advice_is_never_without_its_caveat() {
    let mut seen = BTreeSet::new();
    each_world(3, 900, |world, which| {
        let (context, now) = (&world.context, world.context.now);
        let is_english = context.locale == Locale::En;
        let says = |text: &str, en: &str, zh: &str| text.contains(if is_english { en } else { zh });
        let report = world.report(now);
        let advice = Advice::new(&report, &world.preferences(), now);
        let best = best::best(context, &advice).text;
        let short = guide::short(context, &advice).text;
        let pick = rotation::pick(&advice.ranked);
        let has_next = pick.is_some();
        for text in [&best, &short] {
            let names_one = says(text, "▶ Use ", "▶ 下一个用 ");
            assert_eq!(names_one, has_next, "{which}: {text}");
        }
        if report.outage().is_some() {
            seen.insert("outage");
            assert!(says(&best, "check", "没查成"), "{which}: {best}");
            return;
        }
        for said in [&best, &short] {
            let Some(pick) = pick else {
                seen.insert("nobody");
                let nobody = says(said, "▶ Nothing is ready now", "▶ 现在都不可用");
                assert!(nobody, "{which}: {said}");
                continue;
            };
            let is_left_out = advice.row(pick).is_left_out;
            let warns = says(said, "⚠ It is not in the order", "⚠ 它不在顺序中");
            assert_eq!(warns, is_left_out, "{which}: {said}");
            if pick.tier == Tier::Unknown {
                seen.insert("ready a moment ago");
                assert!(says(said, " ago", "前"), "{which}: {said}");
            } else {
                seen.insert(if is_left_out { "left out" } else { "ready" });
                let is_low = says(said, "⚠ It is nearly used up", "⚠ 它即将用完");
                assert_eq!(is_low, pick.tier == Tier::Low, "{which}: {said}");
            }
        }
        // A price is said of each that has one.
        let has_paid = advice.ranked.iter().any(|one| one.tier == Tier::Overage);
        assert_eq!(says(&short, "Costs credits: ", "会扣 credits："), has_paid, "{which}: {short}");
    });
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[test]
fn a_line_is_short_and_names_its_profile_once() {
    each_world(9, 600, |world, which| {
        let report = world.report(world.context.now);
        let advice = Advice::new(&report, &world.preferences(), world.context.now);
        let line = |one| profile_line(&world.context, &advice, one);
        let lines: Vec<String> = advice.ranked.iter().map(line).collect();
        for line in &lines {
            assert!(line.chars().count() <= 76, "{which}: {line}");
            assert!(line.split(" · ").count() > 1, "{which}: {line}");
        }
        let heads: BTreeSet<&str> =
            lines.iter().filter_map(|line| line.split(" · ").next()).collect();
        assert_eq!(heads.len(), report.rows.len(), "{which}: {lines:?}");
    });
}

#[test]
fn a_terminal_cuts_no_line_and_no_word() {
    each_world(10, 300, |world, which| {
        let report = world.report(world.context.now);
        let advice = Advice::new(&report, &world.preferences(), world.context.now);
        let said = |columns| {
            let context = ReplyContext {
                screen: Some(Screen {
                    colour: true,
                    columns,
                    rows: u16::MAX,
                    options: String::new(),
                }),
                locale: Locale::En,
                ..world.context.clone()
            };
            check(&context, &advice, &CheckOptions::default()).text
        };
        for columns in [40, 60, 80, 110, 200] {
            let text = said(columns);
            for line in text.lines() {
                let is_one_word = line.split_whitespace().count() < 2;
                let fits = layout::width(line) <= columns.into() || is_one_word;
                assert!(fits, "{which}: {columns}\n{text}");
            }
        }
    });
}

#[test]
fn a_pick_works_by_the_newest_reading_of_its_quota() {
    each_world(3, 900, |world, which| {
        let now = world.context.now;
        let report = world.report(now);
        let advice = Advice::new(&report, &world.preferences(), now);
        let Some(pick) = rotation::pick(&advice.ranked) else {
            assert_eq!(advice.order(), None, "{which}");
            return;
        };
        let row = advice.row(pick);
        assert!(row.profile.cooldown_at(now).is_none(), "{which}: {row:?}");
        if let Some(earlier) = pick.earlier {
            assert!(earlier.tier <= Tier::Low, "{which}: {earlier:?}");
            assert!((now - 900..=now).contains(&earlier.at), "{which}: {earlier:?}");
            return;
        }
        // A label whose own answer said otherwise shortly before may be picked by it.
        let source = &report.rows[pick.quota_source].judgement;
        let server = source.server.unwrap_or(source.verdict);
        assert_eq!(server, Verdict::Usable, "{which}: {source:?}");
        let verdict = row.judgement.verdict;
        let is_its_own = pick.quota_source == pick.index;
        assert!(!is_its_own || verdict == Verdict::Usable, "{which}: {row:?}");
        assert!(pick.tier <= Tier::Low, "{which}: {row:?}");
    });
}

#[test]
fn an_advised_order_brings_nobody_back_and_names_nobody_twice() {
    each_world(3, 900, |world, which| {
        let report = world.report(world.context.now);
        let advice = Advice::new(&report, &world.preferences(), world.context.now);
        let order = advice.order().unwrap_or_default();
        let distinct: BTreeSet<&ProfileId> = order.iter().collect();
        assert_eq!(distinct.len(), order.len(), "{which}: {order:?}");
        let broken = advice.ranked.iter().filter(|one| one.tier == Tier::Broken);
        let broken: Vec<&ProfileId> = broken.map(|one| &advice.row(one).profile.id).collect();
        let in_effect = world.sign_ins.order.in_effect();
        for id in &order {
            assert!(id.is_writable() && world.sign_ins.has(id), "{which}: {id:?}");
            assert!(in_effect.is_none_or(|now| now.contains(id)), "{which}: {id:?}");
            assert!(!broken.contains(&id), "{which}: {id:?}");
        }
    });
}

#[test]
fn a_pace_is_of_a_clock_that_runs_and_ends_before_its_reset() {
    let (mut seen, mut ends) = (0, 0);
    each_world(4, 300, |world, which| {
        for row in &world.report(world.context.now).rows {
            let Ok(usage) = &row.outcome else {
                continue;
            };
            let pools = usage.additional.iter().flat_map(|pool| &pool.quota.windows);
            for window in usage.windows().iter().chain(pools) {
                let Some(pace) = pace(window, usage.as_of) else {
                    continue;
                };
                seen += 1;
                let percents = Decimal::ZERO..=Decimal::HUNDRED;
                assert!(percents.contains(&pace.even_left), "{which}: {pace:?}");
                assert!(percents.contains(&pace.left_at_reset), "{which}: {pace:?}");
                assert_eq!(window.state, WindowState::Running, "{which}");
                let (length, resets_at) = (window.length_seconds, window.resets_at);
                let (length, resets_at) = (length.expect("a length"), resets_at.expect("a reset"));
                let elapsed = length - (resets_at - usage.as_of);
                assert!(elapsed * 10 >= length, "{which}: {window:?}");
                if let Some(at) = pace.runs_out_at {
                    ends += 1;
                    assert!((usage.as_of..resets_at).contains(&at), "{which}: {pace:?}");
                }
            }
        }
    });
    assert!(seen > 500 && ends > 100, "{seen} {ends}");
}

#[test]
fn what_lies_ahead_lies_ahead() {
    let (mut ends, mut expiring, mut back) = (0, 0, 0);
    each_world(5, 600, |world, which| {
        let now = world.context.now;
        let report = world.report(now);
        let outlook = Advice::new(&report, &world.preferences(), now).outlook;
        let usable = report.rows.iter().filter(|row| row.is_usable(now));
        assert_eq!(outlook.usable, usable.count(), "{which}");
        ends += usize::from(outlook.ends_at.is_some());
        assert!(outlook.ends_at.is_none_or(|at| at >= now), "{which}: {outlook:?}");
        back += usize::from(outlook.next_recovery.is_some());
        assert!(outlook.next_recovery.is_none_or(|(_, at)| at > now), "{which}: {outlook:?}");
        expiring += outlook.expiring.len();
        for one in &outlook.expiring {
            assert!(now < one.at && one.at <= now + 86_400, "{which}: {outlook:?}");
            assert!((Decimal::ZERO..=Decimal::HUNDRED).contains(&one.left), "{which}");
        }
        assert!(outlook.expiring.is_sorted_by_key(|one| one.at), "{which}");
    });
    assert!(ends > 15 && expiring > 30 && back > 100, "{ends} {expiring} {back}");
}

#[test]
fn it_does_not_matter_in_which_order_the_profiles_came() {
    let mut dice = Dice(6);
    each_world(7, 400, |world, which| {
        let now = world.context.now;
        let mut came = world.came.clone();
        dice.shuffle(&mut came);
        let told = |report: &Report<'_>| {
            let advice = Advice::new(report, &world.preferences(), now);
            let next = serde_json::to_value(best::next(&world.context, &advice));
            let name = |row: usize| report.rows[row].profile.name.clone();
            let outlook = &advice.outlook;
            let expiring = outlook.expiring.iter();
            let banked = outlook.banked.iter();
            (
                best::best(&world.context, &advice).text,
                next.expect("JSON"),
                (outlook.usable, outlook.ends_at),
                outlook.next_recovery.map(|(row, at)| (name(row), at)),
                expiring.map(|one| (name(one.row), one.at, one.left)).collect::<Vec<_>>(),
                banked
                    .map(|(row, banked)| (name(*row), banked.list.available))
                    .collect::<BTreeSet<_>>(),
            )
        };
        let before = told(&world.report_of(&world.came, now));
        assert_eq!(told(&world.report_of(&came, now)), before, "{which}");
    });
}

#[test]
fn nothing_changes_by_itself_nor_backwards() {
    let mut seen = 0;
    each_world(8, 400, |world, which| {
        let now = world.context.now;
        seen += world.report(now).rows.iter().map(|row| row.changes(now).len()).sum::<usize>();
        let report = world.report_of(&world.came, now);
        let found = || report.rows.iter().map(Row::found);
        let readings = Readings::default().with(found(), SALT, now);
        let kept = Readings::from_bytes(&readings.to_bytes());
        assert_eq!(kept, readings, "{which}");
        for later in [0, 1, 30] {
            let mut again = world.report_of(&world.came, now + later);
            again.recall(&kept, SALT);
            for row in &again.rows {
                let mut changes = row.changes(now + later);
                // The end of a cooldown is a change.
                let cooldown = row.profile.cooldown_until;
                if cooldown.is_some_and(|until| until > now && until <= now + later) {
                    changes.retain(|change| *change != Difference::UsableAgain);
                }
                assert_eq!(changes, [], "{which}: {:?} {row:?}", row.last_certain);
            }
        }
        // The clock has jumped back since.
        let future = Readings::default().with(found(), SALT, now + 1);
        let mut earlier = world.report(now);
        earlier.recall(&future, SALT);
        assert!(earlier.rows.iter().all(|row| row.changes(now).is_empty()), "{which}");
    });
    assert!(seen > 200, "{seen}");
}

#[test]
fn a_plan_in_place_of_a_confirmed_one_is_told_to_programs_too() {
    let sign_ins = stored(&["openai:work", "openai:home"]);
    let request = OrderRequest::Retire(ProfileId::new("openai:work"));
    let plan = order::plan(&sign_ins, &request, |_| true).expect("a plan");
    let context = Dice(1).context(NOW);
    let message = |lead: Option<String>| {
        let message = change::plan::plan(&context, &sign_ins, &plan, &Known::default(), None, lead);
        let document: Value =
            serde_json::from_str(&message.document.expect("a document")).expect("JSON");
        assert_eq!(document["suggested_user_message"], message.text);
        (document["ok"].clone(), document["state"].clone(), message.text)
    };
    let (ok, state, text) = message(None);
    assert_eq!((ok, state), (true.into(), "planned".into()));
    let moved = change::plan_has_moved(&context);
    let (ok, state, moved_text) = message(Some(moved.clone()));
    assert_eq!((ok, state), (false.into(), "moved".into()));
    assert_eq!(moved_text, format!("{moved}\n{text}"));
}

/// The advice and the check of profiles that answered so now, and earlier so.
fn told_of(earlier: &[(&str, Outcome)], came: &[(&str, Outcome)], wait: i64) -> (String, String) {
    told_on(None, earlier, came, wait)
}

fn told_on(
    screen: Option<Screen>,
    earlier: &[(&str, Outcome)],
    came: &[(&str, Outcome)],
    wait: i64,
) -> (String, String) {
    let ids: Vec<&str> = came.iter().map(|(id, _)| *id).collect();
    let sign_ins = stored(&ids);
    let report = |outcomes: &[(&str, Outcome)], now| {
        let checked = outcomes.iter().map(|(id, outcome)| {
            let profile = sign_ins.by_id(&ProfileId::new(*id)).expect("a profile");
            let mut outcome = outcome.clone();
            if let Ok(usage) = &mut outcome {
                usage.as_of = now;
            }
            let status = match &outcome {
                Ok(_) => 200,
                Err(UsageError::RateLimited(_)) => 429,
                Err(UsageError::ServerError(_)) if *id == "openai:c" => 503,
                Err(UsageError::ServerError(_)) => 500,
                Err(_) => 401,
            };
            let tries = Tries {
                attempt: 1,
                status: Some(status),
                answered_at: Some(now),
                ..Tries::default()
            };
            (profile, outcome, tries)
        });
        Report::new(&sign_ins, checked.collect(), now)
    };
    let before = report(earlier, NOW);
    let readings = before.rows.iter().map(Row::found);
    let readings = Readings::default().with(readings, SALT, NOW);
    let mut report = report(came, NOW + wait);
    report.recall(&readings, SALT);
    let context = ReplyContext {
        locale: Locale::En,
        zone: zone("UTC", &[]),
        screen,
        now: NOW + wait,
        ..Dice(1).context(NOW)
    };
    let advice = Advice::new(&report, &Preferences::default(), context.now);
    let best = best::best(&context, &advice).text;
    (best, check(&context, &advice, &CheckOptions::default()).text)
}

fn answered(body: &Value) -> Outcome {
    read_response(&HttpResponse { received_at: NOW, ..crate::usage::tests::answer(200, body) })
}

fn with_left(percent: i64) -> Outcome {
    let window = json!({
        "used_percent": 100 - percent, "limit_window_seconds": 18_000, "reset_after_seconds": 9000,
    });
    answered(&json!({ "rate_limit": { "allowed": percent > 0, "primary_window": window } }))
}

#[test]
fn a_terminal_shows_windows_in_columns_and_below_them_what_decides() {
    let window = |left: i64, length: i64, resets_in: i64| {
        json!({
            "used_percent": 100 - left, "limit_window_seconds": length,
            "reset_at": NOW + resets_in,
        })
    };
    let both = json!({ "rate_limit": {
        "allowed": true,
        "primary_window": window(67, 5 * HOUR, 4 * HOUR),
        "secondary_window": window(95, 168 * HOUR, 160 * HOUR),
    } });
    let paid = json!({
        "credits": { "has_credits": true, "balance": "412" },
        "rate_limit": { "allowed": false, "secondary_window": window(0, 168 * HOUR, 30 * HOUR) },
    });
    let came = [
        ("openai:default", answered(&both)),
        ("openai:work", answered(&paid)),
        ("openai:backup", Err(UsageError::AuthNotAccepted(Rejection::Revoked))),
    ];
    let screen =
        |columns| Some(Screen { colour: false, columns, rows: u16::MAX, options: String::new() });
    let (_, all) = told_on(screen(79), &[], &came, 0);
    let table = "\
            5 hours                  week
✅ default  67% ▓▓▓▓▓▓▓░│░ → 22:40   95% ▓▓▓▓▓▓▓▓▓▓ → Sun 29 Nov 10:40
            5 hours empty about 20:40
💳 work     –                         0% ░░░░░░░░░░ → Tue 00:40
            costs credits until Tue 00:40 · 412 left
❌ backup   signed out (401) · codex-profiler auth start backup
";
    assert!(all.contains(table), "{all}");
    let (_, narrow) = told_on(screen(30), &[], &came, 0);
    let line = "💳 work · costs credits until\n   Tue 00:40 · 412 left\n";
    assert!(narrow.contains(line), "{narrow}");
}

#[test]
fn a_profile_that_was_signed_out_stays_so_while_it_cannot_be_checked() {
    let revoked = Err(UsageError::AuthNotAccepted(Rejection::Revoked));
    let busy = Err(UsageError::RateLimited(Some(60)));
    for wait in [100, 4000] {
        let earlier = [("openai:b", revoked.clone())];
        let came = [("openai:a", with_left(0)), ("openai:b", busy.clone())];
        let (best, all) = told_of(&earlier, &came, wait);
        assert!(best.contains("Needs you\n❌ b – /codex_auth start b"), "{best}");
        assert!(all.contains("❌ b · signed out "), "{all}");
        for said in [best, all] {
            assert!(!said.contains("may work"), "{said}");
        }
    }
    let earlier = [("openai:b", revoked)];
    let ready = with_left(50);
    let came = [("openai:a", ready.clone()), ("openai:b", busy), ("openai:c", ready)];
    let (best, _) = told_of(&earlier, &came, 100);
    assert!(best.contains("(b is left out: it is signed out)"), "{best}");
}

#[test]
fn a_pick_by_an_earlier_reading_says_why_it_was_not_checked() {
    let busy = Err(UsageError::RateLimited(Some(60)));
    let earlier = [("openai:a", with_left(50))];
    let came = [("openai:a", busy.clone()), ("openai:b", with_left(0))];
    let (best, _) = told_of(&earlier, &came, 180);
    let next =
        "▶ Use a next\nReady 3m ago.\n⚠ Its state now: not checked (too many requests, 429).";
    assert!(best.contains(next), "{best}");
    // Where all failed alike, that is said once.
    let (best, _) = told_of(&earlier, &came.map(|(id, _)| (id, busy.clone())), 180);
    assert!(best.contains("▶ Use a next – ready 3m ago\n"), "{best}");
}

#[test]
fn server_errors_are_alike_whatever_their_number() {
    let failed = |id| (id, Err(UsageError::ServerError(None)));
    let (_, all) = told_of(&[], &[failed("openai:a"), failed("openai:c")], 0);
    assert!(all.contains("All 2 checks failed: server error;"), "{all}");
    let (_, all) = told_of(&[], &[failed("openai:a"), failed("openai:b")], 0);
    assert!(all.contains("server error (500);"), "{all}");
}

#[test]
fn nobody_ready_names_the_unknown() {
    let unknown = |id| (id, answered(&json!({})));
    let ids = ["openai:b", "openai:c"];
    let (_, all) = told_of(&[], &[unknown("openai:a"), unknown(ids[0]), unknown(ids[1])], 0);
    assert!(all.contains("may work: a, b, c."), "{all}");
    let waits = ("openai:a", with_left(0));
    let (_, all) = told_of(&[], &[waits, unknown(ids[0]), unknown(ids[1])], 0);
    assert!(all.contains("may work: b, c."), "{all}");
    assert!(all.ends_with("0 of 3 ready"), "{all}");
}

#[test]
fn a_banked_reset_is_advised_only_to_whom_it_helps() {
    let banked = |allowed: bool, applicable: Value| {
        let body = json!({
            "rate_limit": { "allowed": allowed, "primary_window": {
                "used_percent": 50, "limit_window_seconds": 18_000, "reset_after_seconds": 9000,
            } },
            "spend_control": { "reached": !allowed },
            "rate_limit_reset_credits": {
                "available_count": 1, "applicable_available_count": applicable,
                "credits": [{ "status": "available", "expires_at": NOW + HOUR }],
            },
        });
        told_of(&[], &[("openai:a", answered(&body)), ("openai:b", with_left(9))], 0).0
    };
    for (allowed, applicable, said) in [
        (true, json!(1), "Use a first, or the reset, before it expires."),
        (true, json!(0), "Use a first, before it expires."),
        (false, json!(1), "Use the reset before it expires."),
        (false, json!(0), ".\nThis tool never"),
    ] {
        let best = banked(allowed, applicable);
        assert!(best.contains(said), "{best}");
        let advises = best.contains("Use a first") || best.contains("Use the reset");
        assert_eq!(advises, said.contains("Use "), "{best}");
    }
}

#[test]
fn a_reserve_pool_is_named_unless_a_cap_stops_it_too() {
    let reserve = |limits: Value, spend: bool, reached: Value| {
        let body = json!({
            "rate_limit": { "allowed": false }, "spend_control": { "reached": spend },
            "rate_limit_reached_type": reached,
            "additional_rate_limits": [{ "limit_name": "GPT-Reserve", "rate_limit": limits }],
        });
        told_of(&[], &[("openai:a", answered(&body)), ("openai:b", with_left(0))], 0).0
    };
    let open = || json!({ "allowed": true });
    let offer = "Reserve pool still open – a: GPT-Reserve open";
    let best = reserve(open(), false, json!(null));
    assert!(best.contains(offer), "{best}");
    for best in [
        reserve(json!({ "allowed": null }), false, json!(null)),
        reserve(open(), true, json!(null)),
        reserve(open(), false, json!("workspace_member_credits_depleted")),
    ] {
        assert!(!best.contains("Reserve pool"), "{best}");
    }
}

#[test]
fn an_alert_leaves_out_a_plan_for_which_it_has_no_room() {
    let said = |profiles: usize, length: usize| {
        let ids: Vec<String> = (10..10 + profiles)
            .map(|number| format!("openai:{}{number}", "a".repeat(44)))
            .collect();
        let sign_ins = stored(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        let tries = Tries { answered_at: Some(NOW), ..Tries::default() };
        let checked = sign_ins.profiles.iter().map(|profile| (profile, with_left(50), tries));
        let report = Report::new(&sign_ins, checked.collect(), NOW);
        let advice = Advice::new(&report, &Preferences::default(), NOW);
        let context = ReplyContext { locale: Locale::En, screen: None, ..Dice(1).context(NOW) };
        alert(&context, &advice, &[Change::Ready(0), Change::Ready(1)], 0, length).0
    };
    for (profiles, length, has_plan) in
        [(2, 2_000, true), (40, 2_000, false), (40, 4_096, false), (2, 260, true), (2, 150, false)]
    {
        let text = said(profiles, length);
        assert!(text.encode_utf16().count() <= length, "{text}");
        assert_eq!(text.contains("Plan an order: /codex_auth order set "), has_plan, "{text}");
        assert!(text.ends_with("Stop alerts: /codex_auth alerts off"), "{text}");
        assert!(text.starts_with("🔔 aaaa"), "{text}");
    }
}

#[test]
fn a_length_a_minute_short_reads_as_the_round_one() {
    for (seconds, label) in [
        (10_740, "3h"),
        (86_340, "24h"),
        (172_740, "2d"),
        (100_000, "28h"),
        (5400, "90m"),
        (59, "59s"),
    ] {
        assert_eq!(words::length_label(seconds), label);
    }
}

use serde_json::{Value, json};

use super::*;
use crate::decimal::Decimal;
use crate::profile::Access;
use crate::profile::tests::{profile, sign_ins};
use crate::rotation::tests::Dice;
use crate::time::{DAY, HOUR};
use crate::usage::tests::answer;
use crate::usage::{HttpResponse, read_response};
use crate::usage::{LONGEST_WINDOW, ResetList, UsageError};

const NOW: Instant = 1_795_372_800;

fn found<'a>(
    profile: &'a Profile,
    verdict: Verdict,
    usage: Option<&'a UsageSnapshot>,
) -> Found<'a> {
    Found { profile, verdict, is_signed_out: false, usage }
}

fn with(readings: &Readings, name: &str, verdict: Verdict, now: Instant) -> Readings {
    let id = profile(name);
    readings.with(std::iter::once(found(&id, verdict, None)), "salt", now)
}

fn known(readings: &Readings, profile: &Profile, now: Instant) -> Known {
    let mut sign_ins = sign_ins(&[]);
    sign_ins.profiles.push(profile.clone());
    readings.known(&sign_ins, "salt", now)
}

fn verdict(readings: &Readings, name: &str, now: Instant) -> Option<Verdict> {
    let profile = profile(name);
    known(readings, &profile, now).verdict(&profile.id)
}

fn usage(body: Value, received_at: Instant) -> UsageSnapshot {
    let answer = HttpResponse { received_at, ..answer(200, &body) };
    read_response(&answer).expect("a usage")
}

fn window(used: i64, length: i64, reset_at: Instant) -> Value {
    json!({ "used_percent": used, "limit_window_seconds": length, "reset_at": reset_at })
}

fn of_windows(windows: &[Value], received_at: Instant) -> UsageSnapshot {
    let mut quota = json!({ "allowed": true });
    for (index, window) in windows.iter().enumerate() {
        quota[format!("w{index}_window")] = window.clone();
    }
    usage(json!({ "rate_limit": quota }), received_at)
}

/// Differences of `new` from `old`, an hour later, by way of the readings kept.
fn changes(old: &UsageSnapshot, new: &UsageSnapshot) -> Vec<Difference> {
    changed_verdict((Verdict::Usable, Some(old)), (Verdict::Usable, Some(new)), NOW + HOUR)
}

fn changed_verdict(
    old: (Verdict, Option<&UsageSnapshot>),
    new: (Verdict, Option<&UsageSnapshot>),
    now: Instant,
) -> Vec<Difference> {
    let id = profile("a");
    let before = found(&id, old.0, old.1);
    let readings = Readings::default().with(std::iter::once(before), "salt", NOW);
    let readings = Readings::from_bytes(&readings.to_bytes());
    let certain = readings.of(&id, "salt").and_then(|past| past.certain.as_ref());
    certain.map_or(vec![], |past| past.changes(&found(&id, new.0, new.1), now))
}

#[test]
fn a_reading_speaks_for_a_quarter_of_an_hour() {
    let readings = with(&Readings::default(), "a", Verdict::Usable, NOW);
    let readings = with(&readings, "b", Verdict::Wait, NOW);
    let readings = with(&readings, "a", Verdict::Broken, NOW + 10);
    let readings = Readings::from_bytes(&readings.to_bytes());
    assert_eq!(verdict(&readings, "a", NOW + 10), Some(Verdict::Broken));
    assert_eq!(verdict(&readings, "b", NOW + 900), Some(Verdict::Wait));
    assert_eq!(verdict(&readings, "b", NOW + 901), None);
    assert_eq!(verdict(&readings, "a", NOW), None);
    assert_eq!(verdict(&readings, "c", NOW), None);
    assert_eq!(readings.of(&profile("a"), "other salt"), None);
}

#[test]
fn a_tier_is_concluded_from_the_store_the_pause_and_the_last_check() {
    let tier = |change: &dyn Fn(&mut Profile), found: Option<Verdict>| {
        let mut profile = profile("a");
        change(&mut profile);
        let readings = found.map_or_else(Readings::default, |verdict| {
            let found = self::found(&profile, verdict, None);
            Readings::default().with(std::iter::once(found), "salt", NOW)
        });
        known(&readings, &profile, NOW).tier(&profile)
    };
    let paused = |profile: &mut Profile| profile.cooldown_until = Some(NOW + 60);
    let expired = |profile: &mut Profile| {
        profile.access = Access::Expired;
        profile.has_refresh = true;
    };
    let fenced = |profile: &mut Profile| profile.access = Access::Fenced;
    let unchanged = |_: &mut Profile| {};
    assert_eq!(tier(&unchanged, None), Tier::Ready);
    assert_eq!(tier(&unchanged, Some(Verdict::Usable)), Tier::Ready);
    assert_eq!(tier(&unchanged, Some(Verdict::UsableAtCost)), Tier::Overage);
    assert_eq!(tier(&unchanged, Some(Verdict::Wait)), Tier::Wait);
    assert_eq!(tier(&unchanged, Some(Verdict::Broken)), Tier::Broken);
    assert_eq!(tier(&paused, Some(Verdict::Usable)), Tier::Wait);
    assert_eq!(tier(&paused, Some(Verdict::Broken)), Tier::Broken);
    assert_eq!(tier(&expired, None), Tier::Unknown);
    assert_eq!(tier(&expired, Some(Verdict::Broken)), Tier::Broken);
    assert_eq!(tier(&fenced, None), Tier::Broken);
}

#[test]
fn a_reading_is_of_the_sign_in_that_was_stored_then() {
    let work = profile("work");
    let revoked = Found { is_signed_out: true, ..found(&work, Verdict::Broken, None) };
    let readings = Readings::default().with(std::iter::once(revoked), "salt", NOW);
    let broken = |profile: &Profile, now| {
        known(&readings, profile, now).verdict(&profile.id) == Some(Verdict::Broken)
    };
    // However long ago: nothing but signing in again helps.
    assert!(broken(&work, NOW) && broken(&work, NOW + 30 * DAY));
    assert!(!broken(&work, NOW - 1));
    let changed = |change: fn(&mut Profile)| {
        let mut work = work.clone();
        change(&mut work);
        work
    };
    // A token that expires is still the same.
    assert!(broken(&changed(|it| it.access = Access::Expired), NOW));
    for other in [
        changed(|it| it.expires_at = Some(NOW + 10 * DAY)),
        changed(|it| it.has_refresh = false),
        changed(|it| it.access = Access::Fenced),
        changed(|it| it.identity.user_id = Some("another".into())),
    ] {
        assert!(!broken(&other, NOW), "{other:?}");
    }
    // A check that says nothing of the new one brings the old one not back.
    let anew = changed(|it| it.expires_at = Some(NOW + 10 * DAY));
    let mut readings = readings.clone();
    for later in [1, 2] {
        let failed = found(&anew, Verdict::Unknown, None);
        readings = readings.with(std::iter::once(failed), "salt", NOW + later);
        readings = Readings::from_bytes(&readings.to_bytes());
        let known = known(&readings, &anew, NOW + later);
        assert_eq!(known.verdict(&anew.id), Some(Verdict::Unknown));
        let usable = found(&anew, Verdict::Usable, None);
        let past = readings.of(&anew, "salt").expect("a reading");
        let certain = past.certain.as_ref().expect("what was before");
        assert_eq!(certain.changes(&usable, NOW + 9), [Difference::UsableAgain]);
    }
}

#[test]
fn what_is_kept_names_nobody() {
    let mail = "openai:canary@example.invalid";
    let body = json!({
        "email": "canary@example.invalid",
        "account_id": "canary",
        "plan_type": "canary",
        "rate_limit": { "allowed": true, "primary_window": window(5, DAY, NOW + HOUR) },
    });
    let (id, usage) = (profile(mail), usage(body, NOW));
    let found = found(&id, Verdict::Usable, Some(&usage));
    let readings = Readings::default().with(std::iter::once(found), "salt", NOW);
    let kept = String::from_utf8(readings.to_bytes()).expect("text");
    assert!(!kept.contains("canary"), "{kept}");
}

/// `count` profiles with these windows and as much else as there can be.
fn crowd(name: &str, count: usize, windows: &[Value]) -> Vec<(Profile, UsageSnapshot)> {
    let mut usage = of_windows(windows, NOW);
    usage.credits = usage_of_credits("123456789.25").credits;
    usage.plan = usage_of_plan("plus").plan;
    let one = |number| (profile(&format!("{name} {number}")), usage.clone());
    (0..count).map(one).collect()
}

fn with_crowd(readings: &Readings, crowd: &[(Profile, UsageSnapshot)]) -> Readings {
    let found = crowd.iter().map(|(profile, usage)| found(profile, Verdict::Usable, Some(usage)));
    readings.with(found, "salt", NOW)
}

#[test]
fn the_newest_two_hundred_are_kept_and_fit() {
    let windows = [window(99, DAY, NOW + HOUR), window(99, 7 * DAY, NOW + DAY)];
    let (old, new) = (crowd("old", 150, &windows), crowd("new", 150, &windows));
    let readings = with_crowd(&with_crowd(&Readings::default(), &old), &new);
    assert_eq!(readings.0.len(), 200);
    for (profile, _) in &new {
        assert!(readings.of(profile, "salt").is_some());
    }
    let bytes = readings.to_bytes();
    assert!(bytes.len() <= MOST_BYTES, "{}", bytes.len());
    assert_eq!(Readings::from_bytes(&bytes), readings);
}

#[test]
fn where_not_all_readings_fit_the_oldest_go() {
    let windows: Vec<Value> =
        (1..=8).map(|days| window(99, days * DAY, NOW + days * DAY - 1)).collect();
    let readings = with_crowd(&Readings::default(), &crowd("a", 200, &windows));
    let bytes = readings.to_bytes();
    assert!(bytes.len() <= MOST_BYTES, "{}", bytes.len());
    let kept = Readings::from_bytes(&bytes).0;
    assert!(kept.len() > 100, "{}", kept.len());
    assert_eq!(kept, readings.0[..kept.len()]);
}

fn usage_of_credits(balance: &str) -> UsageSnapshot {
    usage(
        json!({
            "rate_limit": { "allowed": true },
            "credits": { "has_credits": true, "balance": balance },
        }),
        NOW,
    )
}

fn usage_of_plan(plan: &str) -> UsageSnapshot {
    let quota = json!({ "allowed": true });
    usage(json!({ "plan_type": plan, "rate_limit": quota }), NOW)
}

/// A blob of one reading.
fn blob() -> Value {
    json!({ "version": 3, "readings": [{
        "key": "0123456789abcdef",
        "sign_in": 7,
        "checked_at": NOW,
        "resets": { "at": NOW, "counted": 2, "available": 1, "next_expires_at": NOW + HOUR },
        "certain": {
            "at": NOW, "verdict": "usable", "low": true, "plan": 7, "credits": 41_250,
            "windows": [{ "seconds": 18_000, "used": 9500, "resets_at": NOW + HOUR }],
        },
    }]})
}

#[test]
fn what_is_kept_has_the_documented_format() {
    let (work, spare) = (profile("work"), profile("spare"));
    let quota = json!({ "allowed": true, "primary_window": window(95, 5 * HOUR, NOW + 2 * HOUR) });
    let credits = json!({ "has_credits": true, "balance": "412.5" });
    let banked = json!({ "available_count": 2 });
    let mut usage = usage(
        json!({
            "plan_type": "plus", "rate_limit": quota, "credits": credits,
            "rate_limit_reset_credits": banked,
        }),
        NOW,
    );
    let banked = usage.reset_credits.as_mut().expect("banked resets");
    banked.take(Ok(ResetList { available: 1, next_expires_at: Some(NOW + HOUR), of_codex: None }));
    let signed_out = Found { is_signed_out: true, ..found(&spare, Verdict::Broken, None) };
    let found = [found(&work, Verdict::Usable, Some(&usage)), signed_out];
    let readings = Readings::default().with(found.into_iter(), "salt", NOW);
    let kept: Value = serde_json::from_slice(&readings.to_bytes()).expect("JSON");
    let expected = json!({ "version": 3, "readings": [
        {
            "key": "7a09bff173cc560a", "sign_in": 5_735_369_873_115_367_u64, "checked_at": NOW,
            "resets": { "at": NOW, "counted": 2, "available": 1, "next_expires_at": NOW + HOUR },
            "certain": {
                "at": NOW, "verdict": "usable", "low": true,
                "plan": 8_527_445_431_150_624_u64, "credits": 41_250,
                "windows": [{ "seconds": 18_000, "used": 9500, "resets_at": NOW + 2 * HOUR }],
            },
        },
        {
            "key": "abe555e0f015bfd1", "sign_in": 5_735_369_873_115_367_u64, "checked_at": NOW,
            "certain": { "at": NOW, "verdict": "broken", "signed_out": true },
        },
    ]});
    assert_eq!(kept, expected);
}

#[test]
fn a_list_of_banked_resets_is_kept_for_six_hours() {
    let id = profile("work");
    let list = ResetList { available: 1, next_expires_at: Some(NOW + 9 * HOUR), of_codex: Some(0) };
    let with = |readings: &Readings, taken: Option<Result<ResetList, UsageError>>, now| {
        let body = json!({ "rate_limit_reset_credits": { "available_count": 2 } });
        let mut usage = usage(body, now);
        if let (Some(taken), Some(banked)) = (taken, &mut usage.reset_credits) {
            banked.take(taken);
        }
        let found = found(&id, Verdict::Usable, Some(&usage));
        let kept = readings.with(std::iter::once(found), "salt", now);
        Readings::from_bytes(&kept.to_bytes())
    };
    let kept = |readings: &Readings, counted: u64, now: Instant| {
        readings.of(&id, "salt")?.reset_list(counted, now)
    };
    let read = with(&Readings::default(), Some(Ok(list)), NOW);
    assert_eq!(kept(&read, 2, NOW + 6 * HOUR - 1), Some(Ok(list)));
    assert_eq!(kept(&read, 2, NOW + 6 * HOUR), None);
    assert_eq!(kept(&read, 2, NOW - 1), None, "a clock jumped");
    assert_eq!(kept(&read, 3, NOW), None, "one was earned since");
    // What did not ask leaves it as it is.
    for taken in [None, Some(Err(UsageError::NotChecked))] {
        let later = with(&read, taken, NOW + HOUR);
        assert_eq!(kept(&later, 2, NOW + 6 * HOUR - 1), Some(Ok(list)));
        assert_eq!(kept(&later, 2, NOW + 6 * HOUR), None);
    }
    let soon = ResetList { next_expires_at: Some(NOW + HOUR), ..list };
    let read = with(&read, Some(Ok(soon)), NOW);
    assert_eq!(kept(&read, 2, NOW + HOUR - 1), Some(Ok(soon)));
    assert_eq!(kept(&read, 2, NOW + HOUR), None, "one has expired since");
    let last = |readings: &Readings, counted: u64, now: Instant| {
        readings.of(&id, "salt")?.last_reset_list(counted, now)
    };
    let read = with(&read, Some(Ok(list)), NOW);
    for failed_at in [NOW + HOUR, NOW + 7 * HOUR] {
        let failed = with(&read, Some(Err(UsageError::Timeout)), failed_at);
        assert_eq!(kept(&failed, 2, failed_at + 899), Some(Err(Unreadable)));
        assert_eq!(kept(&failed, 2, failed_at + 900), None);
        assert_eq!(last(&failed, 2, failed_at + 900), Some(list));
        assert_eq!(last(&failed, 3, failed_at + 900), None);
        assert_eq!(last(&failed, 2, NOW + 9 * HOUR), None);
    }
    let failed = with(&Readings::default(), Some(Err(UsageError::Timeout)), NOW);
    assert_eq!(kept(&failed, 2, NOW + 899), Some(Err(Unreadable)));
    assert_eq!(kept(&failed, 2, NOW + 900), None);
}

#[test]
fn what_is_broken_stays_so_until_a_check_finds_otherwise() {
    let broken = with(&Readings::default(), "work", Verdict::Broken, NOW);
    assert_eq!(verdict(&broken, "work", NOW + 5000), Some(Verdict::Broken));
    // An unclear check leaves it unclear, however old it grows.
    let unclear = with(&broken, "work", Verdict::Unknown, NOW + 60);
    for age in [0, 5000] {
        let found = verdict(&unclear, "work", NOW + 60 + age);
        assert_eq!(found, Some(Verdict::Unknown), "{age}");
    }
    let usable = with(&unclear, "work", Verdict::Usable, NOW + 120);
    assert_eq!(verdict(&usable, "work", NOW + 120), Some(Verdict::Usable));
    assert_eq!(verdict(&usable, "work", NOW + 5000), None);
}

#[test]
fn what_is_no_memory_of_ours_is_an_empty_one() {
    let mut newer = blob();
    newer["version"] = 4.into();
    let newer = newer.to_string();
    for bytes in [&b""[..], b"\xff", b"[]", b"{}", newer.as_bytes()] {
        assert_eq!(Readings::from_bytes(bytes), Readings::default());
    }
}

#[test]
fn what_no_check_could_have_left_behind_is_no_reading() {
    let read = |blob: &Value| Readings::from_bytes(blob.to_string().as_bytes()).0.len();
    assert_eq!(read(&blob()), 1);
    for (place, value) in [
        ("/key", json!("short")),
        ("/checked_at", json!(-1)),
        ("/resets/at", json!(-1)),
        ("/resets/available", json!(-1)),
        ("/resets/next_expires_at", json!(i64::MAX)),
        ("/certain/at", json!(i64::MAX)),
        ("/certain/verdict", json!("unknown")),
        ("/certain/verdict", json!("other")),
        ("/certain/windows/0/seconds", json!(0)),
        ("/certain/windows/0/seconds", json!(i64::MAX)),
        ("/certain/windows/0/used", json!(10_001)),
        ("/certain/windows/0/used", json!(-1)),
        ("/certain/windows/0/resets_at", json!(0)),
    ] {
        let mut blob = blob();
        *blob.pointer_mut(&format!("/readings/0{place}")).expect("a field") = value;
        assert_eq!(read(&blob), 0, "{blob}");
    }
}

#[test]
fn what_0_1_0_kept_is_still_read() {
    let (work, spare) = (profile("work"), profile("spare"));
    let usage = |reset_at| {
        let quota = json!({ "allowed": true, "primary_window": window(33, 5 * HOUR, reset_at) });
        let credits = json!({ "has_credits": true, "balance": "412.5" });
        let plus = json!({ "plan_type": "plus", "rate_limit": quota, "credits": credits });
        self::usage(plus, NOW)
    };
    // As that version wrote it.
    let kept = "codex-profiler readings 2\n\
        abe555e0f015bfd1 1795372800 4 1795369200 3 - - - \n\
        7a09bff173cc560a 1795369200 0 1795369200 0 8732104121498239337 41250 1 18000 3300 1795380000 \n";
    let readings = Readings::from_bytes(kept.as_bytes());
    let certain = |id| readings.of(id, "salt").expect("a reading").certain.clone();
    let work_was = certain(&work).expect("a conclusive check");
    let same = usage(NOW + 2 * HOUR);
    assert_eq!(work_was.changes(&found(&work, Verdict::Usable, Some(&same)), NOW), []);
    let moved = usage(NOW + 3 * HOUR);
    assert_eq!(
        work_was.changes(&found(&work, Verdict::Usable, Some(&moved)), NOW),
        [Difference::ResetMoved(5 * HOUR, HOUR)]
    );
    assert_eq!(certain(&spare).map(|was| was.verdict), Some(Verdict::Broken));
    assert_eq!(verdict(&readings, "spare", NOW), Some(Verdict::Unknown));
    assert_eq!(Readings::from_bytes(&readings.to_bytes()), readings);
}

#[test]
fn a_reset_that_lies_ahead_may_have_moved() {
    let week = |reset_at| of_windows(&[window(40, 7 * DAY, reset_at)], NOW);
    let old = week(NOW + 2 * DAY);
    assert_eq!(changes(&old, &old), []);
    assert_eq!(changes(&old, &week(NOW + 2 * DAY + 599)), []);
    assert_eq!(
        changes(&old, &week(NOW + 2 * DAY + 2 * HOUR)),
        [Difference::ResetMoved(7 * DAY, 2 * HOUR)]
    );
    assert_eq!(changes(&old, &week(NOW + DAY)), [Difference::ResetMoved(7 * DAY, -DAY)]);
    // One that has passed since has only come round.
    assert_eq!(changes(&week(NOW + HOUR / 2), &week(NOW + 6 * DAY)), []);
}

#[test]
fn the_reset_of_a_clock_that_does_not_run_moves_by_itself() {
    let untouched = |at: Instant| of_windows(&[window(0, 7 * DAY, at + 7 * DAY)], at);
    let later = untouched(NOW + HOUR);
    assert_eq!(changes(&untouched(NOW), &later), []);
    // A reset before its time shows in the same way, and is one.
    let running = of_windows(&[window(90, 7 * DAY, NOW + 2 * DAY)], NOW);
    assert_eq!(changes(&running, &later), [Difference::ResetEarly(7 * DAY)]);
}

#[test]
fn windows_come_and_go_by_their_length() {
    let week = window(10, 7 * DAY, NOW + 3 * DAY);
    let short = |length| window(10, length, NOW + 2 * HOUR);
    let one = of_windows(std::slice::from_ref(&week), NOW);
    let two = of_windows(&[week.clone(), short(5 * HOUR)], NOW);
    assert_eq!(changes(&one, &two), [Difference::WindowAppeared(5 * HOUR)]);
    assert_eq!(changes(&two, &one), [Difference::WindowVanished(5 * HOUR)]);
    // A minute short is the same window, and one without a length is none that
    // could be told apart.
    let about = of_windows(&[week, short(5 * HOUR - 60)], NOW);
    assert_eq!(changes(&two, &about), []);
    let unknown = of_windows(&[json!({ "used_percent": 3 })], NOW);
    assert_eq!(changes(&unknown, &unknown), []);
}

#[test]
fn windows_of_one_length_and_more_than_are_kept_do_not_change_by_themselves() {
    let twin = |reset_at| window(10, 5 * HOUR, reset_at);
    let (soon, late) = (twin(NOW + 2 * HOUR), twin(NOW + 4 * HOUR));
    let twins = of_windows(&[soon.clone(), late], NOW);
    assert_eq!(changes(&twins, &twins), []);
    let moved = of_windows(&[soon, twin(NOW + 5 * HOUR)], NOW);
    assert_eq!(changes(&twins, &moved), [Difference::ResetMoved(5 * HOUR, HOUR)]);
    let windows: Vec<Value> =
        (1..=9).map(|days| window(10, days * DAY, NOW + days * DAY - HOUR)).collect();
    let many = of_windows(&windows, NOW);
    assert_eq!(changes(&many, &many), []);
}

#[test]
fn a_plan_and_credits_are_compared_where_both_are_known() {
    let plan = usage_of_plan;
    assert_eq!(changes(&plan("plus"), &plan("plus")), []);
    assert_eq!(changes(&plan("plus"), &plan("pro")), [Difference::Plan]);
    let (much, less) = (usage_of_credits("412.5"), usage_of_credits("300"));
    let dropped = Difference::CreditsDropped(Decimal::of_hundredths(41_250), Decimal::whole(300));
    assert_eq!(changes(&much, &less), [dropped]);
    assert_eq!(changes(&less, &much), []);
    assert_eq!(changes(&much, &plan("plus")), []);
}

/// The hosts keep no blob with such a number.
#[test]
fn a_number_that_not_every_reader_takes_is_left_out() {
    let known = |balance: &str| {
        let usage = usage_of_credits(balance);
        let profile = profile("a");
        let found = found(&profile, Verdict::Usable, Some(&usage));
        Certain::of(&found, NOW).and_then(|certain| certain.credits)
    };
    assert!(known("90071992547409.91").is_some());
    assert_eq!(known("90071992547409.93"), None);
}

#[test]
fn usable_again_is_said_of_what_was_known_not_to_be() {
    use Verdict::{Broken, Unknown, Usable, UsableAtCost, Wait};
    let said = |old, new| changed_verdict((old, None), (new, None), NOW + HOUR);
    for old in [UsableAtCost, Wait, Broken] {
        assert_eq!(said(old, Usable), [Difference::UsableAgain]);
    }
    assert_eq!(said(Unknown, Usable), []);
    assert_eq!(said(Usable, Usable), []);
    assert_eq!(said(Usable, Wait), []);
    // A failed check in between is forgotten, and says nothing.
    let readings = with(&Readings::default(), "a", Wait, NOW);
    let readings = with(&readings, "a", Unknown, NOW + HOUR);
    let past = readings.of(&profile("a"), "salt").expect("a reading");
    let certain = past.certain.as_ref().expect("a certain one");
    assert_eq!((past.verdict(), certain.verdict, certain.at), (Unknown, Wait, NOW));
    assert_eq!(said(Wait, Unknown), []);
}

/// Whatever a disk or another program makes of what is kept, it is read without a
/// panic, and what is read is kept as it is.
#[test]
fn what_is_read_of_any_bytes_is_kept_as_it_is() {
    let windows = [
        window(99, 5 * HOUR, NOW + HOUR),
        window(5, 7 * DAY, NOW + DAY),
        json!({ "limit_window_seconds": 30 * DAY }),
    ];
    let mut usage = of_windows(&windows, NOW);
    usage.credits = usage_of_credits("412.5").credits;
    let ids: Vec<Profile> = ["a", "b", "c"].map(profile).into();
    let found = |id| found(id, Verdict::Usable, Some(&usage));
    let whole = Readings::default().with(ids.iter().map(found), "salt", NOW);
    let mut dice = Dice(1);
    let mut read = 0;
    for number in 0..3000 {
        let mut bytes = whole.to_bytes();
        dice.mutate(&mut bytes);
        let readings = Readings::from_bytes(&bytes);
        let kept = Readings::from_bytes(&readings.to_bytes());
        assert_eq!(kept, readings, "{number}");
        for id in &ids {
            let past = readings.of(id, "salt");
            let Some(certain) = past.and_then(|past| past.certain.as_ref()) else {
                continue;
            };
            read += 1;
            assert!((0..=LATEST).contains(&certain.at), "{number}");
            for known in certain.windows.iter().flatten() {
                assert!(
                    (1..=LONGEST_WINDOW).contains(&known.length_seconds),
                    "{number}: {known:?}"
                );
            }
            certain.changes(&found(id), NOW);
            certain.changes(&self::found(id, Verdict::Wait, None), i64::MIN);
            certain.changes(&found(id), i64::MAX);
        }
    }
    assert!(read > 200, "{read}");
}

#[test]
fn a_reading_of_the_future_says_nothing() {
    let (old, new) = ((Verdict::Wait, None), (Verdict::Usable, None));
    assert_eq!(changed_verdict(old, new, NOW - 1), []);
}

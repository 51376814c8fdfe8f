use super::*;
use crate::decimal::Decimal;
use crate::time::DAY;

const NOW: Instant = 1_795_372_800;
const MINUTE: i64 = 60;
const WEEK: i64 = 7 * DAY;

/// A profile in row 0 that is in this state and has so many percent left.
fn lab(state: State, left: i64) -> Facts {
    Facts {
        key: "lab".into(),
        state: Some(state),
        left: Some(Decimal::whole(left)),
        ..Facts::default()
    }
}

fn ready(left: i64) -> Facts {
    lab(State::Ready, left)
}

fn out() -> Facts {
    lab(State::Out, 0)
}

fn broken() -> Facts {
    lab(State::Broken, 100)
}

fn unknown() -> Facts {
    Facts { state: None, ..ready(100) }
}

/// Checks at these minutes, and the changes that each has told; between two the state is
/// written and read again, as a restart does.
fn told(checks: &[(i64, Facts)]) -> Vec<(i64, Vec<Change>)> {
    let mut told = Told::default();
    let mut all = Vec::new();
    for (minute, facts) in checks {
        let now = NOW + minute * MINUTE;
        let (next, changes) = told.with("agent", std::slice::from_ref(facts), 10, now);
        told = Told::from_bytes(&next.to_bytes());
        assert_eq!(told, next);
        if !changes.is_empty() {
            all.push((*minute, changes));
        }
    }
    all
}

#[test]
fn a_change_is_told_once_and_the_first_check_tells_nothing() {
    use Change::*;
    let all_out = || vec![AllOut];
    for (checks, expected) in [
        (vec![(0, out())], vec![]),
        (vec![(0, broken()), (10, broken())], vec![]),
        (vec![(0, ready(5)), (10, ready(5))], vec![]),
        (vec![(0, out()), (10, ready(100)), (20, ready(99))], vec![(10, vec![Ready(0)])]),
        (vec![(0, ready(50)), (10, broken()), (20, broken())], vec![(10, vec![Broken(0), AllOut])]),
        (vec![(0, ready(50)), (10, out()), (20, out())], vec![(10, all_out())]),
        // Nothing is certain: nothing changes, whatever was before.
        (
            vec![(0, out()), (10, unknown()), (20, ready(80)), (30, unknown())],
            vec![(20, vec![Ready(0)])],
        ),
        (vec![(0, unknown()), (10, ready(80)), (20, unknown()), (30, ready(80))], vec![]),
        (vec![(0, unknown()), (10, out()), (20, broken())], vec![(20, vec![Broken(0)])]),
        (vec![(0, broken()), (10, ready(80))], vec![(10, vec![Ready(0)])]),
    ] {
        assert_eq!(told(&checks), expected, "{checks:?}");
    }
}

#[test]
fn a_profile_that_flaps_is_told_of_once_an_hour_and_then_as_it_is() {
    use Change::*;
    // To and fro every ten minutes for six hours: of each kind at most one an hour.
    let flaps: Vec<(i64, Facts)> =
        (0..36).map(|turn| (turn * 10, if turn % 2 == 0 { out() } else { ready(90) })).collect();
    let all = told(&flaps);
    for kind in [AlertKind::Ready, AlertKind::AllOut] {
        let at: Vec<i64> = all
            .iter()
            .filter(|(_, changes)| changes.iter().any(|change| change.kind() == kind))
            .map(|(minute, _)| *minute)
            .collect();
        assert!(at.windows(2).all(|two| two[1] - two[0] >= 60), "{kind:?} {at:?}");
        assert!((4..=6).contains(&at.len()), "{kind:?} {at:?}");
    }
    // It broke within the hour: that is told after it.
    assert_eq!(
        told(&[(0, out()), (10, ready(90)), (20, broken()), (69, broken()), (70, broken())]),
        [(10, vec![Ready(0)]), (20, vec![AllOut]), (70, vec![Broken(0)])]
    );
    // It is as it was told when the hour is over.
    assert_eq!(
        told(&[(0, out()), (10, ready(90)), (20, out()), (30, ready(90)), (80, ready(90))]),
        [(10, vec![Ready(0)]), (20, vec![AllOut])]
    );
}

#[test]
fn a_window_that_is_nearly_used_up_is_told_of_once_until_there_is_more() {
    use Change::*;
    let lefts = |lefts: &[i64]| -> Vec<(i64, Facts)> {
        (0..).zip(lefts).map(|(turn, left)| (turn * 70, ready(*left))).collect()
    };
    for (checks, expected) in [
        (lefts(&[50, 10, 10]), vec![]),
        (lefts(&[50, 9, 8, 12, 14, 9]), vec![(70, vec![Low(0)])]),
        (lefts(&[50, 9, 15, 9]), vec![(70, vec![Low(0)]), (210, vec![Low(0)])]),
        // Told at first sight, it would be news to nobody.
        (lefts(&[9, 9, 60, 9]), vec![(210, vec![Low(0)])]),
        // Within the hour.
        (
            vec![(0, ready(50)), (10, ready(9)), (20, ready(90)), (30, ready(9)), (70, ready(9))],
            vec![(10, vec![Low(0)]), (70, vec![Low(0)])],
        ),
    ] {
        assert_eq!(told(&checks), expected, "{checks:?}");
    }
}

#[test]
fn what_ends_at_an_instant_is_told_once_for_it() {
    use Change::*;
    let run = |seconds, resets_at| Run { seconds, resets_at };
    let empty = |runs: &[Run]| Facts { empty: runs.to_vec(), ..ready(50) };
    let (week, session) = (run(WEEK, NOW + DAY), run(18_000, NOW + HOUR));
    let moved = run(WEEK - 60, NOW + DAY + 300);
    let next = run(WEEK, NOW + 8 * DAY);
    assert_eq!(
        told(&[
            (0, ready(50)),
            (10, empty(&[session, week])),
            (20, empty(&[week])),
            (30, empty(&[])),
            (40, empty(&[session, moved])),
            (50, empty(&[next])),
        ]),
        [(10, vec![EmptySoon(0, 18_000), EmptySoon(0, WEEK)]), (50, vec![EmptySoon(0, WEEK)])]
    );
    let lapses = |unused, banked| Facts { unused, banked, ..ready(50) };
    let (one, other) = (Some(NOW + DAY), Some(NOW + 2 * DAY));
    assert_eq!(
        told(&[
            (0, ready(50)),
            (10, lapses(one, None)),
            (20, lapses(None, other)),
            (30, lapses(one, one)),
            (40, lapses(one, other)),
            (50, lapses(other, None)),
        ]),
        [
            (10, vec![Unused(0)]),
            (20, vec![Banked(0)]),
            (30, vec![Banked(0)]),
            (50, vec![Unused(0)])
        ]
    );
}

#[test]
fn a_clock_that_jumps_tells_nothing_twice_and_holds_nothing_up() {
    use Change::*;
    let year = 366 * 24 * 60;
    // A year ahead and back: what was told then holds nothing up now.
    assert_eq!(
        told(&[(0, out()), (year, ready(90)), (10, ready(90)), (20, broken()), (30, broken()),]),
        [(year, vec![Ready(0)]), (20, vec![Broken(0), AllOut])]
    );
    let lapses = Facts { banked: Some(NOW + DAY), ..ready(50) };
    assert_eq!(
        told(&[
            (0, ready(50)),
            (10, lapses.clone()),
            (year, lapses.clone()),
            (-year, lapses.clone()),
            (20, lapses),
        ]),
        [(10, vec![Banked(0)])]
    );
}

#[test]
fn nobody_is_ready_only_where_that_is_known_of_everybody() {
    let of = |key: &str, row, state| Facts {
        key: key.into(),
        row,
        quota_source: row,
        state,
        ..Facts::default()
    };
    let check = |told: &Told, one, other, minute: i64| {
        let found = [of("a", 0, one), of("b", 1, other)];
        told.with("agent", &found, 10, NOW + minute * MINUTE)
    };
    let (ready, out) = (Some(State::Ready), Some(State::Out));
    let (told, changes) = check(&Told::default(), out, ready, 0);
    assert_eq!(changes, []);
    // Of one nothing is known, and it was ready.
    let (told, changes) = check(&told, out, None, 10);
    assert_eq!(changes, []);
    let (told, changes) = check(&told, None, None, 20);
    assert_eq!(changes, []);
    let (told, changes) = check(&told, None, out, 30);
    assert_eq!(changes, [Change::AllOut]);
    let (_, changes) = check(&told, ready, out, 100);
    assert_eq!(changes, [Change::Ready(0)]);
}

#[test]
fn labels_of_one_quota_are_told_of_once() {
    let both = |state| {
        let of = |key: &str, row| Facts {
            key: key.into(),
            row,
            quota_source: 1,
            state: Some(state),
            ..Facts::default()
        };
        [of("a", 1), of("b", 0)]
    };
    let (told, _) = Told::default().with("agent", &both(State::Out), 10, NOW);
    let (told, changes) = told.with("agent", &both(State::Ready), 10, NOW + HOUR);
    assert_eq!(changes, [Change::Ready(1)]);
    // The other one ranks first now, and has been told of, too.
    let [a, b] = both(State::Ready);
    let (told, changes) = told.with("agent", &[b, a], 10, NOW + 2 * HOUR);
    assert_eq!(changes, []);
    // Each sign-in is repaired by itself.
    let (_, changes) = told.with("agent", &both(State::Broken), 10, NOW + 3 * HOUR);
    assert_eq!(changes, [Change::Broken(1), Change::Broken(0), Change::AllOut]);
}

#[test]
fn agents_do_not_know_of_each_other() {
    let facts = |state| [lab(state, 100)];
    let (told, _) = Told::default().with("one", &facts(State::Out), 10, NOW);
    let (told, changes) = told.with("other", &facts(State::Ready), 10, NOW);
    assert_eq!(changes, [], "its first check");
    let (_, changes) = told.with("one", &facts(State::Ready), 10, NOW);
    assert_eq!(changes, [Change::Ready(0)]);
}

/// A profile of which everything has been told that can be.
fn full(index: usize) -> Facts {
    let run = |seconds| Run { seconds, resets_at: NOW + seconds };
    Facts {
        key: format!("{index:016x}"),
        row: index,
        quota_source: index,
        left: Some(Decimal::whole(5)),
        state: Some(State::Ready),
        empty: vec![run(18_000), run(WEEK)],
        unused: Some(NOW + DAY),
        banked: Some(NOW + 2 * DAY),
    }
}

#[test]
fn two_hundred_profiles_fit_whatever_was_told_and_more_are_cut() {
    let (mut told, mut at) = (Told::default(), NOW);
    let mut check = |state: State, count: usize| {
        let found: Vec<Facts> = (0..count)
            .map(|index| Facts { state: Some(state), banked: Some(at + DAY), ..full(index) })
            .collect();
        at += 2 * HOUR;
        let (next, changes) = told.with("0123456789abcdef", &found, 10, at);
        told = Told::from_bytes(&next.to_bytes());
        assert!(next.to_bytes().len() <= MOST_BYTES);
        (told.clone() == next, changes.len())
    };
    check(State::Broken, 200);
    let mut whole = Vec::new();
    for turn in 0..8 {
        let state = if turn % 2 == 0 { State::Ready } else { State::Broken };
        whole.push(check(state, 200).0);
    }
    assert_eq!(whole, [true; 8]);
    let (is_whole, _) = check(State::Ready, 5000);
    assert!(!is_whole);
}

#[test]
fn what_is_not_ours_is_nothing() {
    for bytes in [
        "",
        "{}",
        "[]",
        r#"{"version":2,"agents":[]}"#,
        r#"{"version":1,"agents":[{"key":"a"}]}"#,
        r#"{"version":1,"agents":"#,
    ] {
        assert_eq!(Told::from_bytes(bytes.as_bytes()), Told::default());
    }
    // What a later version adds to the state of this one is no reason to tell it anew.
    let (told, _) = Told::default().with("agent", &[ready(50)], 10, NOW);
    let bytes = String::from_utf8(told.to_bytes()).expect("text");
    let more = bytes.replacen("\"checked_at\"", "\"more\":1,\"checked_at\"", 1);
    assert_eq!(Told::from_bytes(more.as_bytes()), told);
}

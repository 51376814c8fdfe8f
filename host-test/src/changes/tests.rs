#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fs;
use std::path::Path;

use super::*;

fn put(folder: &Path, code: &str, proposal: &Proposal) {
    super::put(&StateFolder::at(folder), code, proposal, Duration::MAX).unwrap();
}

fn get(folder: &Path, code: &str, user: &str, agent: &str, now: i64) -> Option<Proposal> {
    let folder = StateFolder::at(folder);
    super::get(&folder, code, user, agent, now, Duration::MAX)
}

fn take(folder: &Path, code: &str, user: &str, agent: &str, now: i64) -> Option<Proposal> {
    let folder = StateFolder::at(folder);
    super::take(&folder, code, user, agent, now, Duration::MAX).unwrap()
}

fn proposal(user: &str) -> Proposal {
    Proposal {
        change: Change::AuthOrderClear { provider: "openai".into() },
        note: "clear".into(),
        user: user.into(),
        agent: "main".into(),
        state: "digest".into(),
        expires_at: 1120,
    }
}

#[test]
fn a_code_is_good_for_its_user_for_its_time_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(get(folder, "CODE", "ann", "main", 1000), None);
    put(folder, "CODE", &proposal("ann"));
    let got =
        |code: &str, user: &str, agent: &str, now| get(folder, code, user, agent, now).is_some();
    assert!(got("CODE", "ann", "main", 1000));
    assert!(got("CODE", "ann", "main", 1119));
    assert!(!got("code", "ann", "main", 1000));
    assert!(!got("", "ann", "main", 1000));
    assert!(!got("CODE", "bob", "main", 1000));
    assert!(!got("CODE", "ann", "ops", 1000));
    assert!(!got("CODE", "ann main", "", 1000));
    assert_eq!(take(folder, "NOPE", "ann", "main", 1000), None);
    let taken = take(folder, "CODE", "ann", "main", 1000);
    assert_eq!(taken, Some(proposal("ann")));
    assert_eq!(take(folder, "CODE", "ann", "main", 1000), None);
    for lapsed in [1120, 999] {
        put(folder, "CODE", &proposal("ann"));
        assert!(!got("CODE", "ann", "main", lapsed));
        assert!(!got("CODE", "ann", "main", 1000), "it is gone");
    }
}

#[test]
fn another_proposal_of_the_same_user_replaces_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "ONE", &proposal("ann"));
    put(folder, "BOB", &proposal("bob"));
    put(folder, "TWO", &proposal("ann"));
    assert_eq!(get(folder, "ONE", "ann", "main", 1000), None);
    assert!(get(folder, "TWO", "ann", "main", 1000).is_some());
    assert!(get(folder, "BOB", "bob", "main", 1000).is_some());
}

#[test]
fn what_has_lapsed_is_swept_away_whoever_asks_next() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let files = || fs::read_dir(folder).unwrap().count();
    put(folder, "ANN", &proposal("ann"));
    fs::write(folder.join(".tmpAbCdEf"), "of one that was ended").unwrap();
    put(folder, "BOB", &proposal("bob"));
    // With the lock.
    assert_eq!(files(), 3);
    sweep(&StateFolder::at(folder), 1119);
    assert_eq!(files(), 3);
    sweep(&StateFolder::at(folder), 1120);
    assert_eq!(files(), 1);
    put(folder, "ANN", &proposal("ann"));
    let mut later = proposal("bob");
    later.expires_at += 120;
    put(folder, "BOB", &later);
    assert_eq!(files(), 2);
}

#[test]
fn a_deletion_is_named_by_whoever_knows_what_it_deletes() {
    let handle = |id: &str| digest::short(id.as_bytes(), 4);
    let odd = "openai:my label";
    for (id, name, is_named) in [
        ("openai:work", "work", true),
        ("openai:work", "openai:work", true),
        ("openai:work", "", false),
        ("openai:work", "Work", false),
        ("openai:work", "openai", false),
        ("openai:work", "openai:work ", false),
        ("openai:work", &handle("openai:work"), false),
        (odd, "my label", true),
        (odd, &handle(odd), true),
        (odd, &handle("openai:work"), false),
        (odd, "", false),
        ("openai:", "", false),
        ("openai:", &handle("openai:"), true),
        ("bare", "bare", true),
        ("bare", "", false),
    ] {
        let mut proposal = proposal("a");
        proposal.change = Change::AuthLogout { profile: id.into() };
        assert_eq!(proposal.is_named_by(&Confirmation::new("K7", name)), is_named, "{id} {name}");
    }
    assert!(proposal("a").is_named_by(&Confirmation::new("K7", "")));
}

#[test]
fn a_change_names_these_profiles() {
    let provider = || "openai".to_owned();
    let login = |profile| Change::AuthLogin { provider: provider(), profile };
    let [a, b] = ["openai:a", "openai:b"].map(str::to_owned);
    let set = Change::AuthOrderSet { provider: provider(), profiles: vec![a.clone(), b] };
    let clear = Change::AuthOrderClear { provider: provider() };
    for (change, ids, words) in [
        (set, vec!["openai:a", "openai:b"], "order set"),
        (clear, vec![], "order clear"),
        (login(None), vec![], "login"),
        (login(Some(a.clone())), vec!["openai:a"], "login"),
        (Change::AuthLogout { profile: a }, vec!["openai:a"], "logout"),
    ] {
        assert_eq!(change.ids().collect::<Vec<_>>(), ids);
        let mut proposal = proposal("a");
        proposal.change = change;
        assert_eq!(proposal.words(), words);
    }
}

#[test]
fn a_file_in_the_place_of_another_is_not_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "CODE", &proposal("ann"));
    for (user, agent) in [("bob", "main"), ("ann", "ops")] {
        let path = |user, agent| folder.join(name(user, agent));
        fs::copy(path("ann", "main"), path(user, agent)).unwrap();
        assert_eq!(get(folder, "CODE", user, agent, 1000), None, "{user} {agent}");
    }
}

#[test]
fn of_many_at_once_one_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "CODE", &proposal("ann"));
    let take = || take(folder.path(), "CODE", "ann", "main", 1000);
    let taken = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(take)).collect();
        let results = threads.into_iter().map(|thread| thread.join().unwrap());
        results.flatten().count()
    });
    assert_eq!(taken, 1);
}

#[test]
fn no_file_holds_the_code() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "CODE1234", &proposal("ann"));
    for entry in fs::read_dir(folder.path()).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("CODE1234"), "{text}");
    }
}

/// Cases that the other host is tried with, too.
#[derive(Deserialize)]
struct Row {
    from: String,
    text: String,
    seen: Option<Seen>,
}

#[derive(Deserialize)]
struct Seen {
    code: String,
    name: String,
}

#[test]
fn only_a_users_own_command_or_button_confirms() {
    let table = include_str!("../../tables/confirmations.json");
    let rows: Vec<Row> = serde_json::from_str(table).unwrap();
    for Row { from, text, seen } in rows {
        let origin = match from.as_str() {
            "command" => Origin::Command(text.clone()),
            "button" => Origin::Button(text.clone()),
            "tool" => Origin::Tool(text.clone()),
            _ => Origin::Terminal(text.split(' ').map(str::to_owned).collect()),
        };
        let seen = seen.map(|Seen { code, name }| Confirmation { code, name });
        assert_eq!(Confirmation::seen(&origin), seen, "{from} {text:?}");
    }
}

#[test]
fn a_code_is_nobodys_guess_and_in_a_recorded_world_always_the_same() {
    let [ann, bob] = ["ann", "bob"].map(proposal);
    let code = |clock, proposal| mint(clock, proposal).unwrap();
    let (one, another) = (code(Clock::System, &ann), code(Clock::System, &ann));
    assert_eq!((one.len(), another.len()), (8, 8));
    assert_ne!(one, another);
    assert_eq!(code(Clock::Fixed(1), &ann), code(Clock::Fixed(2), &ann));
    assert_ne!(code(Clock::Fixed(1), &ann), code(Clock::Fixed(1), &bob));
}

#[test]
fn a_code_has_eight_letters_that_are_told_apart() {
    assert_eq!(code([0, 31, 32, 10, 255, 18, 20, 30]), "0Z0AZJMY");
}

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::changes::Confirmation;
use crate::host::fixtures::*;
use crate::host::{Attached, Caller};
use crate::state::StateFolder;
use crate::store::Place;
use crate::world::{Gateway, Store};

#[test]
fn of_another_store_the_gateway_is_not_asked() {
    let place = Place {
        home: "/nowhere".into(),
        state_dir: None,
        auth_path: Some("/nowhere/copy.json".into()),
        agent: "main".into(),
    };
    let world = World { store: Store::Live(place), ..Arc::into_inner(world(&sign_ins())).unwrap() };
    let mut host = Host::new(Arc::new(world), None);
    host.caller = caller();
    let queries = vec![
        gateway::Query::ModelsStatus,
        gateway::Query::AuthOrderGet("openai".into()),
        gateway::Query::Version,
    ];
    let answers = gateway::Host::read(&mut host, queries).unwrap();
    let is_denied = |answer: &Result<_>| matches!(answer, Err(gateway::Error::Denied));
    assert_eq!(answers.iter().map(is_denied).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn a_gateway_is_asked_what_is_granted() {
    let mut host = host();
    let mut read = |query: gateway::Query| {
        let mut answers = gateway::Host::read(&mut host, vec![query]).unwrap();
        answers.pop().unwrap()
    };
    let version = read(gateway::Query::Version).unwrap();
    assert_eq!(version.json.as_deref(), Some(r#"{"version":"2026.9.6"}"#));
    for provider in ["anthropic", "--help", "openai; rm"] {
        let answer = read(gateway::Query::AuthOrderGet(provider.into()));
        assert!(matches!(answer, Err(gateway::Error::Denied)), "{provider}");
    }
    let many = vec![gateway::Query::Version; 5];
    let answers = gateway::Host::read(&mut host, many).unwrap();
    let denied = |answer| matches!(answer, Err(gateway::Error::Denied));
    assert!(answers.into_iter().all(denied));
}

#[test]
fn what_a_command_says_beside_its_answer_is_no_message() {
    let state = sign_ins();
    let answer = |step: serde_json::Value| {
        let script = vec![serde_json::from_value(step).unwrap()];
        let world = World {
            gateway: Gateway::Recorded(state.gateway("2026.9.6", script, NOW)),
            ..Arc::into_inner(world(&state)).unwrap()
        };
        let mut host = Host::new(Arc::new(world), None);
        host.caller = caller();
        let query = gateway::Query::ModelsStatus;
        let mut answers = gateway::Host::read(&mut host, vec![query]).unwrap();
        answers.pop().unwrap().unwrap()
    };
    let on = "models-status";
    let fine = answer(json!({ "on": on, "stdout": "{}", "stderr": "a warning" }));
    assert_eq!((fine.exit_code, fine.message.as_str()), (0, ""));
    let failed = answer(json!({ "on": on, "exit": 3, "stdout": "", "stderr": "an error" }));
    assert_eq!((failed.exit_code, failed.message.as_str()), (3, "an error"));
}

fn is_refused(applied: &Applied) -> bool {
    matches!(applied, Err(gateway::Error::NotConfirmed))
}

#[test]
fn a_change_runs_once_after_its_own_user_confirmed_it() {
    let calls = Calls::new();
    let code = calls.propose("ann", set(&["openai:work", "openai:key"])).unwrap();
    assert!(is_refused(&calls.apply("bob", &code, "")), "another user");
    assert!(is_refused(&calls.apply("ann", "WRONG000", "")), "another code");
    // Known to the guest, and not seen in anybody's words.
    let mut unseen = calls.call("ann", None);
    assert!(is_refused(&gateway::Host::apply(&mut unseen, code.clone()).unwrap()));
    let mut other = calls.call("ann", Some(Confirmation::new("OTHER000", "")));
    assert!(is_refused(&gateway::Host::apply(&mut other, code.clone()).unwrap()));
    let mut guest = calls.call("ann", Some(Confirmation::new(&code, "")));
    guest.caller.may_change = false;
    assert!(is_refused(&gateway::Host::apply(&mut guest, code.clone()).unwrap()));
    assert_eq!(calls.order(), None);

    let applied = calls.apply("ann", &code, "").unwrap();
    assert_eq!(applied.exit_code, 0);
    assert_eq!(applied.json, None);
    assert_eq!(calls.order().unwrap(), ["openai:work", "openai:key"]);
    assert!(is_refused(&calls.apply("ann", &code, "")), "a second time");
}

#[test]
fn a_code_confirms_only_the_sign_ins_it_was_made_from() {
    let calls = Calls::new();
    let stale = calls.propose("ann", set(&["openai:work"])).unwrap();
    let code = calls.propose("bob", set(&["openai:home"])).unwrap();
    calls.apply("bob", &code, "").unwrap();
    let moved = calls.apply("ann", &stale, "");
    assert!(matches!(moved, Err(gateway::Error::Moved)));
    assert_eq!(calls.order().unwrap(), ["openai:home"]);
    assert!(is_refused(&calls.apply("ann", &stale, "")), "it is used up");
}

#[test]
fn a_deletion_also_takes_the_profiles_name() {
    let calls = Calls::new();
    let profile = || "openai:work".to_owned();
    let delete = || Change::AuthLogout { profile: profile() };
    let code = calls.propose("ann", delete()).unwrap();
    for name in ["", "home", "openai:home", "Work", "wor"] {
        assert!(is_refused(&calls.apply("ann", &code, name)), "{name}");
    }
    calls.apply("ann", &code, "work").unwrap();
    assert!(!calls.state.sign_ins(NOW).unwrap().has("openai:work"));
}

#[test]
fn only_an_owner_proposes_and_only_what_is_stored() {
    let calls = Calls::new();
    let refused = |change: Change| {
        let denied = calls.propose("ann", change.clone());
        assert!(matches!(denied, Err(gateway::Error::Denied)), "{change:?}");
    };
    refused(set(&["openai:nope"]));
    refused(set(&[]));
    refused(set(&["openai:work", "openai:work"]));
    refused(set(&["--help"]));
    refused(Change::AuthOrderSet {
        provider: "openai-codex".into(),
        profiles: vec!["openai:work".into()],
    });
    refused(Change::AuthOrderClear { provider: "openai-codex".into() });
    refused(Change::AuthLogout { profile: "openai:nope".into() });
    // No terminal is attached.
    let login = Change::AuthLogin { provider: "openai".into(), profile: None };
    let login = calls.propose("ann", login);
    assert!(matches!(login, Err(gateway::Error::NeedsTerminal)));
    let mut guest = calls.call("ann", None);
    guest.caller.may_change = false;
    let change = shown(set(&["openai:work"]));
    let denied = gateway::Host::propose(&mut guest, change, String::new()).unwrap();
    assert!(matches!(denied, Err(gateway::Error::Denied)));
    let change = shown(set(&["openai:work"]));
    let mut long = calls.call("ann", None);
    let denied = gateway::Host::propose(&mut long, change.clone(), "x".repeat(2049)).unwrap();
    assert!(matches!(denied, Err(gateway::Error::Denied)));
    let kept = gateway::Host::propose(&mut long, change, "x".repeat(2048)).unwrap();
    assert!(kept.is_ok());
}

const AT_A_TERMINAL: Attached = Attached { can_log_in: true, answered: None };

fn login(provider: &str, profile: Option<&str>) -> gateway::Change {
    shown(Change::AuthLogin { provider: provider.into(), profile: profile.map(str::to_owned) })
}

#[test]
fn a_login_is_of_the_provider_that_is_stored() {
    let calls = Calls::new();
    let is_granted = |provider: &str, profile: Option<&str>| {
        let mut host = calls.call("ann", None).with_terminal(AT_A_TERMINAL);
        let proposed = gateway::Host::propose(&mut host, login(provider, profile), String::new());
        proposed.unwrap().is_ok()
    };
    for profile in [None, Some("openai:work"), Some("openai:new")] {
        assert!(is_granted("openai", profile), "{profile:?}");
    }
    for profile in ["openai-codex:new", "openaix", "openai", "new"] {
        assert!(!is_granted("openai", Some(profile)), "{profile}");
    }
    assert!(!is_granted("openai-codex", None));
    assert!(!is_granted("openai-codex", Some("openai-codex:new")));
}

#[test]
fn nobody_signs_in_over_what_cannot_be_read() {
    let (home, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let call = |seen: Option<&str>| {
        let world = World {
            store: Store::Live(Place {
                home: home.path().to_owned(),
                state_dir: None,
                auth_path: None,
                agent: "main".into(),
            }),
            ..Arc::into_inner(world(&sign_ins())).unwrap()
        };
        let state = StateFolder::at(folder.path());
        let mut host = Host::new(Arc::new(world), Some(state)).with_terminal(AT_A_TERMINAL);
        host.caller = Caller { seen: seen.map(|code| Confirmation::new(code, "")), ..caller() };
        host
    };
    let propose = || {
        let login = login("openai", Some("openai:work"));
        let proposed = gateway::Host::propose(&mut call(None), login, String::new()).unwrap();
        proposed.map(|proposal| proposal.code)
    };
    let apply = |code: String| gateway::Host::apply(&mut call(Some(&code)), code).unwrap();
    // The first one needs no store.
    let code = propose().unwrap();
    assert!(apply(code).is_ok());
    let code = propose().unwrap();
    let agent = home.path().join(".openclaw/agents/main/agent");
    std::fs::create_dir_all(&agent).unwrap();
    std::fs::write(agent.join("auth-profiles.json"), "{").unwrap();
    assert!(matches!(apply(code), Err(gateway::Error::Moved)));
    assert!(matches!(propose(), Err(gateway::Error::Denied)));
}

#[test]
fn one_change_at_a_time_for_an_agent() {
    let calls = Calls::new();
    let code = calls.propose("ann", set(&["openai:work"])).unwrap();
    let mine = calls.propose("bob", set(&["openai:home"])).unwrap();
    let mut ann = calls.call("ann", Some(Confirmation::new(&code, "")));
    gateway::Host::recall(&mut ann, code.clone()).unwrap().unwrap();
    // From recalling on, until the call ends.
    let busy = calls.apply("bob", &mine, "");
    assert!(matches!(busy, Err(gateway::Error::Busy)));
    let busy = calls.propose("bob", set(&["openai:home"]));
    assert!(matches!(busy, Err(gateway::Error::Busy)));
    gateway::Host::apply(&mut ann, code).unwrap().unwrap();
    drop(ann);
    // Who was told to wait still has their code, for sign-ins that are no more.
    let moved = calls.apply("bob", &mine, "");
    assert!(matches!(moved, Err(gateway::Error::Moved)));
}

#[test]
fn a_change_that_would_be_ended_half_way_is_not_begun() {
    let calls = Calls::new();
    let code = calls.propose("ann", set(&["openai:work"])).unwrap();
    let mut late = calls.call("ann", Some(Confirmation::new(&code, "")));
    late.deadline = Duration::from_secs(60);
    let applied = gateway::Host::apply(&mut late, code.clone()).unwrap();
    assert!(matches!(applied, Err(gateway::Error::TimedOut)));
    assert_eq!(calls.order(), None);
    drop(late);
    calls.apply("ann", &code, "").unwrap();
    assert_eq!(calls.order().unwrap(), ["openai:work"]);
}

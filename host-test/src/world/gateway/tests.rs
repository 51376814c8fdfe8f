//! Against the recorded runs: each command line of theirs is run here too, and the
//! outputs are compared but for what moves by itself.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::*;

const ERAS: [Era; 2] = [Era::Json, Era::Sqlite];

#[derive(Deserialize)]
struct Run {
    command: Vec<String>,
    exit: i32,
    stdout: String,
    stderr: String,
}

fn recorded(era: Era, name: &str) -> Run {
    let text = match era {
        Era::Json => include_str!("json-runs.json"),
        Era::Sqlite => include_str!("sqlite-runs.json"),
    };
    let mut runs: BTreeMap<String, Run> = serde_json::from_str(text).unwrap();
    runs.remove(name).unwrap()
}

/// A gateway over the sign-ins of the recorded ones.
struct World {
    era: Era,
    gateway: RecordedGateway,
    stores: Arc<Mutex<Stores>>,
}

impl World {
    fn new(era: Era, script: Value) -> Self {
        let store = json!({ "version": 1, "profiles": sign_ins(era) });
        let stores = match era {
            Era::Json => (store, None),
            Era::Sqlite => (json!({}), Some(store)),
        };
        Self::of(era, stores, script)
    }

    fn of(era: Era, (own, shared): (Value, Option<Value>), script: Value) -> Self {
        let stores = Arc::new(Mutex::new(Stores { own, shared }));
        let (version, now) = match era {
            Era::Json => ("2026.3.8", 1_795_371_675),
            Era::Sqlite => ("2026.9.6", 1_795_369_529),
        };
        let script = serde_json::from_value(script).unwrap();
        Self {
            era,
            gateway: RecordedGateway::new(version, era, now, stores.clone(), script),
            stores,
        }
    }

    fn stores(&self) -> Stores {
        lock(&self.stores).clone()
    }

    fn try_run(&self, line: &str) -> Result<Output, Failure> {
        let line = line.replace("{p}", provider(self.era));
        let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        self.gateway.run(&argv)
    }

    fn run(&self, line: &str) -> Output {
        self.try_run(line).unwrap()
    }

    fn order(&self) -> Value {
        object_in(&self.run(GET).stdout)["order"].clone()
    }

    /// Runs the command of a recorded run.
    fn play(&self, name: &str) {
        let run = recorded(self.era, name);
        let output = self.gateway.run(&run.command).unwrap();
        assert_same(&output, &run, name);
    }
}

const GET: &str = "models auth order get --provider {p} --agent main --json";
const SET: &str = "models auth order set --provider {p} --agent main {p}:work";
const CLEAR: &str = "models auth order clear --provider {p} --agent main";
const STATUS: &str = "models status --json --agent main";

fn provider(era: Era) -> &'static str {
    match era {
        Era::Json => "openai-codex",
        Era::Sqlite => "openai",
    }
}

fn sign_ins(era: Era) -> Value {
    let provider = provider(era);
    let (first, rest) = match era {
        Era::Json => (1_795_285_265_000, vec!["stale"]),
        Era::Sqlite => (1_795_283_045_000, vec![]),
    };
    let days = |name: &str| match name {
        "default" => ("me", 11),
        "work" => ("work", 6),
        "backup" => ("backup", 4),
        _ => ("stale", 0),
    };
    let sign_in = |name: &str| {
        let (person, days) = days(name);
        let entry = json!({
            "type": "oauth", "provider": provider, "access": "a", "refresh": "r",
            "expires": first + days * 86_400_000_i64, "email": format!("{person}@example.com"),
        });
        (format!("{provider}:{name}"), entry)
    };
    let names = ["default", "work", "backup"].into_iter().chain(rest);
    Value::Object(names.map(sign_in).collect())
}

fn object_in(stdout: &str) -> Value {
    serde_json::from_str(stdout).unwrap()
}

fn assert_same(output: &Output, run: &Run, name: &str) {
    assert_eq!(output.exit_code, run.exit, "{name}");
    assert_eq!(output.stderr, run.stderr, "{name}");
    match serde_json::from_str::<Value>(&run.stdout) {
        Ok(expected) => assert_eq!(object_in(&output.stdout), expected, "{name}"),
        Err(_) => assert_eq!(output.stdout, run.stdout, "{name}"),
    }
}

/// Without what moves by itself: the time left, and the order of lists, which in a
/// real store is that of signing in.
fn settled(mut value: Value) -> Value {
    match &mut value {
        Value::Object(object) => {
            object.remove("remainingMs");
            let entries = std::mem::take(object).into_iter();
            *object = entries.map(|(key, value)| (key, settled(value))).collect();
        }
        Value::Array(items) => {
            *items = std::mem::take(items).into_iter().map(settled).collect();
            items.sort_by_key(Value::to_string);
        }
        _ => {}
    }
    value
}

fn ids(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|item| item["profileId"].as_str().unwrap()).collect()
}

// What the recorded runs did.

#[test]
fn reading_says_what_the_recorded_runs_said() {
    for era in ERAS {
        for name in [
            "version",
            "status_json_unknown_agent",
            "order_get_json_unset",
            "order_get_unknown_agent",
        ] {
            World::new(era, json!([])).play(name);
        }
        let text = match era {
            Era::Json => include_str!("json-status.json"),
            Era::Sqlite => include_str!("sqlite-status.json"),
        };
        let output = World::new(era, json!([])).run(STATUS);
        assert_eq!((output.exit_code, output.stderr.as_str()), (0, ""));
        assert_eq!(settled(object_in(&output.stdout)), settled(object_in(text)));
    }
}

#[test]
fn orders_are_set_read_and_cleared_as_recorded() {
    for era in ERAS {
        let world = World::new(era, json!([]));
        for name in
            ["order_set_valid", "order_get_json_set", "order_get_json_bogus", "order_set_dup"]
        {
            world.play(name);
        }
        let id = |name: &str| format!("{}:{name}", provider(era));
        assert_eq!(world.order(), json!([id("work"), id("default")]));
        world.play("order_clear");
        world.play("order_get_json_cleared");
        assert_eq!(world.stores().own.get("order"), None);
    }
}

#[test]
fn a_refused_order_says_why_and_writes_nothing() {
    for era in ERAS {
        let world = World::new(era, json!([]));
        world.run(SET);
        let before = world.stores().own;
        for name in [
            "order_set_blank",
            "order_set_empty",
            "order_set_unknown_id",
            "order_set_wrong_provider",
            "order_set_unknown_agent",
        ] {
            world.play(name);
        }
        let output = world.run("models auth order clear --provider bogus --agent main");
        assert_eq!(output.exit_code, 0);
        assert!(output.stdout.contains("leared"), "{}", output.stdout);
        if era == Era::Sqlite {
            world.play("order_clear_codex");
        }
        assert_eq!(world.stores().own, before);
    }
}

#[test]
fn a_status_of_no_profiles_is_the_recorded_one() {
    for (era, text) in [
        (Era::Json, include_str!("json-status-empty.json")),
        (Era::Sqlite, include_str!("sqlite-status-empty.json")),
    ] {
        let world = World::of(era, (json!({ "profiles": {} }), None), json!([]));
        let mut expected = object_in(text);
        let mut status = object_in(&world.run(STATUS).stdout);
        assert_eq!(status["agentId"], "main");
        for document in [&mut status, &mut expected] {
            let paths = json!({ "agentId": null, "agentDir": null, "auth": { "storePath": null } });
            merge(document, &paths);
        }
        assert_eq!(status, expected);
        assert_eq!(world.order(), Value::Null);
        assert_eq!(world.run(SET).exit_code, 1);
    }
}

/// The store of the recorded run with a profile of every kind.
fn every_kind() -> Value {
    let oauth = |email: &str, expires: i64| {
        let email = format!("{email}@example.com");
        json!({ "type": "oauth", "provider": "openai", "access": "a", "refresh": "r", "expires": expires, "email": email })
    };
    let fenced = |email: &str| {
        let mut entry = oauth(email, 1);
        entry["access"] = json!("openclaw-oauth-refresh-fence:v1:00:access:00");
        entry
    };
    let mut named = oauth("named", 1_795_803_859_000);
    named["displayName"] = json!("My Work");
    json!({ "version": 1, "profiles": {
        "openai:default": oauth("me", 1_796_235_859_000),
        "openai:work": oauth("work", 1_795_803_859_000),
        "openai:backup": oauth("backup", 1_795_631_059_000),
        "openai:stale": oauth("stale", 1_795_285_459_000),
        "openai:fenced": fenced("fenced"),
        "openai:pending": fenced("pending"),
        "openai:bare": { "type": "oauth", "provider": "openai", "access": "a", "refresh": "r" },
        "openai:named user@example.com": named,
        "openai:key": { "type": "api_key", "provider": "openai", "key": "sk-FAKEKEY1234567890abcdef" },
        "openai:tok": { "type": "token", "provider": "openai", "token": "tok_FAKE_TOKEN_1234567890" },
    }, "order": { "openai": ["openai:work", "openai:default", "openai:backup"] } })
}

#[test]
fn a_profile_of_every_kind_is_told_as_recorded() {
    let world = World::of(Era::Sqlite, (every_kind(), None), json!([]));
    let expected = object_in(include_str!("sqlite-status-every-kind.json"))["auth"].take();
    let mut auth = object_in(&world.run(STATUS).stdout)["auth"].take();
    let effective = "/oauth/providers/0/effectiveProfiles";
    assert_eq!(ids(auth.pointer(effective).unwrap()), ids(expected.pointer(effective).unwrap()));
    auth["providers"][0]["effective"] = expected["providers"][0]["effective"].clone();
    let settled_auth = settled(auth);
    for (key, expected) in settled(expected).as_object().unwrap() {
        assert_eq!(&settled_auth[key], expected, "{key}");
    }
}

#[test]
fn a_profile_is_logged_out_as_recorded_of_all_that_names_it() {
    let mut store = every_kind();
    store["lastGood"] = json!({ "openai": "openai:backup" });
    store["usageStats"] = json!({ "openai:backup": {}, "openai:work": {} });
    store["order"]["other"] = json!(["openai:backup"]);
    let world = World::of(Era::Sqlite, (store.clone(), Some(store)), json!([]));
    let output = world.run("models auth logout --agent main --yes openai:backup");
    assert_same(&output, &recorded(Era::Sqlite, "edge_logout_yes"), "logout");
    assert_eq!(world.order(), json!(["openai:work", "openai:default"]));
    let stores = world.stores();
    for store in [&stores.own, &stores.shared.unwrap()] {
        assert!(!store.to_string().contains("openai:backup"), "{store}");
        assert_eq!(store["usageStats"], json!({ "openai:work": {} }));
        assert_eq!(store["order"].get("other"), None);
    }
}

#[test]
fn a_logout_that_cannot_be_is_refused_as_recorded() {
    let world = World::new(Era::Sqlite, json!([]));
    let output = world.run("models auth logout --agent main --yes openai:nope");
    let run = recorded(Era::Sqlite, "logout_unknown");
    assert_same(&output, &run, "logout_unknown");

    let world = World::new(Era::Json, json!([]));
    let output = world.run("models auth logout --agent main --yes {p}:backup");
    let run = recorded(Era::Json, "logout_nosuchcmd");
    assert_same(&output, &run, "logout_nosuchcmd");
    assert_eq!(world.stores().own["profiles"], sign_ins(Era::Json));
    World::new(Era::Json, json!([])).play("login_nontty_profileid");
}

#[test]
fn the_last_profile_of_a_provider_can_be_logged_out() {
    let one = json!({ "profiles": { "openai:a": { "type": "oauth" } }, "order": { "openai": ["openai:a"] } });
    let world = World::of(Era::Sqlite, (one, None), json!([]));
    let output = world.run("models auth logout --agent main --yes openai:a");
    assert!(output.stdout.contains("No auth profiles remain for openai."));
    assert_eq!(world.stores().own, json!({ "profiles": {} }));
}

#[test]
fn a_version_decides_which_commands_there_are() {
    for (version, can_log_out) in
        [("2026.7.31", false), ("2026.8.1-beta.1", true), ("2026.8.1", true), ("2026.10.0", true)]
    {
        let mut world = World::new(Era::Sqlite, json!([]));
        world.gateway.version = version.to_owned();
        let output = world.run("models auth logout --agent main --yes openai:work");
        assert_eq!(output.exit_code == 0, can_log_out, "{version}");
        let line = format!("OpenClaw {version} (eb377ac)\n");
        assert_eq!(world.run("--version").stdout, line);
    }
}

// What follows from the program's source.

#[test]
fn an_inherited_order_is_read_and_cannot_be_cleared() {
    let shared = json!({ "profiles": { "openai:a": { "type": "oauth" } }, "order": { "openai": ["openai:a"] } });
    let own = json!({ "profiles": { "openai:z": { "type": "oauth" } } });
    for (era, expected) in
        [(Era::Json, json!(["openai:a"])), (Era::Sqlite, json!(["openai:z", "openai:a"]))]
    {
        let world = World::of(era, (own.clone(), Some(shared.clone())), json!([]));
        let line = GET.replace("{p}", "openai");
        let order = || object_in(&world.run(&line).stdout)["order"].clone();
        assert_eq!(order(), expected);
        world.run(&SET.replace("{p}:work", "openai:z").replace("{p}", "openai"));
        assert_eq!(order(), json!(["openai:z"]));
        assert_eq!(world.run(&CLEAR.replace("{p}", "openai")).exit_code, 0);
        assert_eq!(order(), expected);
    }
}

#[test]
fn a_login_adds_or_replaces_one_profile() {
    let world = World::new(Era::Sqlite, json!([]));
    let login = "models auth login --provider openai --profile-id openai:work --agent main";
    assert_eq!(world.run(login).exit_code, 0);
    let stores = world.stores();
    let replaced = &stores.shared.as_ref().unwrap()["profiles"]["openai:work"];
    assert_eq!(replaced["email"], "work@example.com");
    assert_eq!(replaced["expires"], json!((1_795_369_529_i64 + 864_000) * 1000));
    assert_eq!(stores.own, json!({}));

    world.run("models auth login --provider openai --profile-id openai:new");
    let added = &world.stores().own["profiles"]["openai:new"];
    assert!(added["access"].as_str().unwrap().split('.').count() == 3);
    assert_eq!(added["provider"], "openai");

    let world = World::of(Era::Json, (Value::Null, None), json!([]));
    world.run("models auth login --provider {p}");
    let own = world.stores().own;
    assert!(own["profiles"]["openai-codex:default"].is_object(), "{own}");
}

#[test]
fn a_cooldown_shows_and_puts_a_profile_last() {
    let mut store = every_kind();
    let later = 1_795_369_529_000_i64 + 60_000;
    store["usageStats"] = json!({
        "openai:work": { "cooldownUntil": later, "cooldownReason": "rate_limit" },
        "openai:default": { "disabledUntil": 5, "disabledReason": "billing" },
    });
    let world = World::of(Era::Sqlite, (store, None), json!([]));
    let auth = object_in(&world.run(STATUS).stdout)["auth"].take();
    let unusable = json!([{
        "profileId": "openai:work", "provider": "openai", "kind": "cooldown",
        "reason": "rate_limit", "until": later, "remainingMs": 60_000,
    }]);
    assert_eq!(auth["unusableProfiles"], unusable);
    assert_eq!(
        ids(&auth["oauth"]["providers"][0]["effectiveProfiles"]),
        ["openai:default", "openai:backup", "openai:work"]
    );
}

#[test]
fn agents_are_those_that_the_own_store_lists() {
    let script = json!([{ "on": "version", "after": { "agents": ["main", "lab"] } }]);
    let world = World::new(Era::Sqlite, script);
    let line = "models status --json --agent lab";
    assert_eq!(world.run(line).exit_code, 1);
    world.run("--version");
    assert_eq!(object_in(&world.run(line).stdout)["agentId"], "lab");
}

#[test]
fn another_command_line_is_unknown() {
    let world = World::new(Era::Sqlite, json!([]));
    for line in [
        "doctor --fix",
        "--version --json",
        "models status --json",
        "models auth order set --json --provider openai --agent main openai:work",
        "models auth logout openai:backup",
    ] {
        let output = world.run(line);
        assert_eq!((output.exit_code, output.stdout.as_str()), (1, ""), "{line}");
        assert_eq!(output.stderr, format!("error: unknown command '{line}'\n"));
    }
}

// The script.

#[test]
fn a_step_is_about_the_runs_that_it_names() {
    let script =
        json!([{ "on": "auth-order-get", "nth": 2, "exit": 7 }, { "on": "version", "exit": 8 }]);
    let world = World::new(Era::Sqlite, script);
    let exits: Vec<i32> = (0..3).map(|_| world.run(GET).exit_code).collect();
    assert_eq!(exits, [0, 7, 0]);
    let exits: Vec<i32> = (0..2).map(|_| world.run("--version").exit_code).collect();
    assert_eq!(exits, [8, 8]);
}

#[test]
fn before_and_after_are_somebody_elses_changes() {
    let script = json!([{
        "on": "auth-order-get", "nth": 1,
        "before": { "order": { "openai": ["openai:work"] } },
        "after": { "order": { "openai": null, "other": ["x"] } },
    }]);
    let world = World::new(Era::Sqlite, script);
    assert_eq!(world.order(), json!(["openai:work"]));
    assert_eq!(world.order(), Value::Null);
    assert_eq!(world.stores().own, json!({ "order": { "other": ["x"] } }));
}

#[test]
fn a_fault_leaves_no_output() {
    for (fault, failure) in [
        ("not-found", Failure::NotFound),
        ("failed", Failure::Failed),
        ("timed-out", Failure::TimedOut),
    ] {
        let world = World::new(Era::Json, json!([{ "on": "auth-order-set", "fault": fault }]));
        assert_eq!(world.try_run(SET), Err(failure));
        assert_eq!(world.order(), Value::Null);
    }
}

#[test]
fn an_effect_is_taken_or_withheld() {
    for (step, is_set) in [
        (json!({}), true),
        (json!({ "stdout": "odd" }), true),
        (json!({ "effect": false }), false),
        (json!({ "exit": 1 }), false),
        (json!({ "exit": 1, "effect": true }), true),
        (json!({ "fault": "timed-out", "effect": true }), true),
    ] {
        let mut whole = json!({ "on": "auth-order-set" });
        merge(&mut whole, &step);
        let world = World::new(Era::Sqlite, json!([whole]));
        let _ = world.try_run(SET);
        assert_eq!(world.order().is_array(), is_set, "{step}");
    }
}

#[test]
fn an_output_is_overridden_part_by_part() {
    let output = |step: Value| {
        let mut whole = json!({ "on": "auth-order-clear" });
        merge(&mut whole, &step);
        World::new(Era::Json, json!([whole])).run(CLEAR)
    };
    let own = output(json!({}));
    assert_eq!(output(json!({ "exit": 3 })).exit_code, 3);
    assert_eq!(output(json!({ "stdout": "no" })).stdout, "no");
    assert_eq!(output(json!({ "stderr": "why" })).stderr, "why");
    assert_eq!(output(json!({ "fill": 5 })).stdout, "xxxxx");
    let noisy = output(json!({ "noise": "Warning!\n" }));
    assert_eq!(noisy.stdout, format!("Warning!\n{}", own.stdout));
    assert_eq!(output(json!({ "status": { "a": 1 } })), own);
}

#[test]
fn a_status_is_patched_behind_the_noise() {
    let script = json!([
        { "on": "models-status", "status": { "agentId": "other", "auth": { "oauth": null } } },
        { "on": "models-status", "noise": "Doctor warnings\n" },
    ]);
    let stdout = World::new(Era::Json, script).run(STATUS).stdout;
    let status = object_in(stdout.strip_prefix("Doctor warnings\n").unwrap());
    assert_eq!(status["agentId"], "other");
    assert_eq!(status["auth"].get("oauth"), None);
    assert_eq!(status["auth"]["providers"].as_array().unwrap().len(), 1);
}

#[test]
fn a_script_names_nothing_unknown() {
    for step in [json!({ "on": "auth-logins" }), json!({ "on": "version", "nht": 1 })] {
        assert!(serde_json::from_value::<ScriptStep>(step).is_err());
    }
}

//! The real program and what the system may put in its way: state of somebody else, links,
//! pipes, locks that are held, a kill in the middle of a change, and an odd search path.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

/// The time a call may take.
const DEADLINE: Duration = Duration::from_secs(75);

/// A gateway of two profiles. A change of its goes on until there is a file `go`.
const OPENCLAW: &str = r#"#!/bin/sh
case "$*" in
  --version) echo 'OpenClaw 2026.3.8 (3caab92)' ;;
  'models status '*) cat "$HOME/status" ;;
  *'order get '*) echo '{"agentId":"main","provider":"openai-codex","order":null}' ;;
  *'order set '*)
    : >"$HOME/began"
    while [ ! -e "$HOME/go" ]; do sleep 0.05; done ;;
esac
"#;

const LOOK: &[&str] = &["chat", "/codex_usage all", "--owner"];
const PLAN: &[&str] = &["chat", "/codex_auth order set b a", "--owner"];

/// A user's home, with sign-ins that have expired: nothing is sent for them.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        let entry = |label: &str| {
            json!({
                "type": "oauth", "provider": "openai-codex", "expires": 1000,
                "access": format!("fake-access-token-of-{label}"),
                "refresh": format!("fake-refresh-token-of-{label}"),
            })
        };
        let store = json!({ "version": 1, "profiles": {
            "openai-codex:a": entry("a"), "openai-codex:b": entry("b"),
        }});
        let stored = |id: &str| {
            json!({
                "profileId": id, "provider": "openai-codex", "type": "oauth", "status": "ok",
            })
        };
        let profiles = json!([stored("openai-codex:a"), stored("openai-codex:b")]);
        let oauth = json!({ "profiles": profiles, "providers": [
            { "provider": "openai-codex", "status": "ok", "profiles": profiles },
        ]});
        let status = json!({
            "agentId": "main", "auth": { "oauth": oauth, "unusableProfiles": [] },
        });
        let agent = home.at(".openclaw/agents/main/agent");
        fs::create_dir_all(&agent).unwrap();
        fs::write(agent.join("auth-profiles.json"), store.to_string()).unwrap();
        fs::write(home.at("status"), status.to_string()).unwrap();
        fs::create_dir(home.at("bin")).unwrap();
        write_program(&home.at("bin/openclaw"), OPENCLAW);
        home
    }

    /// One whose state folder holds all that can be in it.
    fn with_state() -> Self {
        let home = Self::new();
        home.run(LOOK);
        home.run(PLAN);
        home
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn state(&self) -> PathBuf {
        self.at(".local/state/codex-profiler/live")
    }

    /// Every file of the state.
    fn files(&self) -> Vec<PathBuf> {
        let folders = ["", "claims", "proposals", "changes"].map(|name| self.state().join(name));
        let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        let paths = entries.map(|entry| entry.unwrap().path());
        let files: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
        assert!(files.len() >= 9, "{files:?}");
        files
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_codex-profiler"));
        command
            .args(words)
            .env_clear()
            .env("HOME", self.0.path())
            .env("PATH", format!("{}:/usr/bin:/bin", self.at("bin").display()))
            // Nobody answers there, so that nothing leaves this machine.
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        ended(self.command(words).spawn().unwrap())
    }

    /// The answer to a look, which always has one.
    fn look(&self) -> Output {
        let output = self.run(&[LOOK, &["--user", &somebody()]].concat());
        let said = text(&output.stdout);
        assert!(said.contains("of 2 ready"), "{said}\n{}", text(&output.stderr));
        output
    }

    /// A plan of this user.
    fn plan(&self, user: &str) -> Output {
        self.run(&[PLAN, &["--user", user]].concat())
    }

    /// The confirmation of this user's plan.
    fn confirmation(&self, user: &str) -> Command {
        let code = code(&self.plan(user)).unwrap();
        let confirm = format!("/codex_auth confirm {code}");
        self.command(&["chat", &confirm, "--owner", "--user", user])
    }
}

/// A user who has asked for nothing yet.
fn somebody() -> String {
    static USERS: AtomicUsize = AtomicUsize::new(0);
    USERS.fetch_add(1, Ordering::Relaxed).to_string()
}

/// The code of a plan, where there is one.
fn code(plan: &Output) -> Option<String> {
    let said = text(&plan.stdout);
    let (_, rest) = said.split_once("/codex_auth confirm ")?;
    Some(rest[..8].to_owned())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn write_program(path: &Path, script: &str) {
    fs::write(path, script).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}

/// The output of a program that has to end within the deadline of a call.
fn ended(mut child: Child) -> Output {
    let until = Instant::now() + DEADLINE;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("it has not ended: {:?}", child.wait_with_output());
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < until, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn after_a_kill_the_lock_is_held_for_as_long_as_the_gateways_command_runs() {
    let home = Home::new();
    let mut changing = home.confirmation("ann").spawn().unwrap();
    wait_until("the change begins", || home.at("began").exists());
    changing.kill().unwrap();
    changing.wait().unwrap();
    assert_eq!(code(&home.plan(&somebody())), None);
    fs::write(home.at("go"), "").unwrap();
    wait_until("it is over", || code(&home.plan(&somebody())).is_some());
}

#[test]
fn what_a_change_left_behind_does_not_hold_its_lock() {
    let home = Home::new();
    // It leaves the group that ends with the command.
    let script = OPENCLAW.replace(": >", "setsid sleep 30 >/dev/null 2>&1 & : >");
    write_program(&home.at("bin/openclaw"), &script);
    fs::write(home.at("go"), "").unwrap();
    ended(home.confirmation("ann").spawn().unwrap());
    assert!(home.at("began").exists());
    assert!(code(&home.plan(&somebody())).is_some());
}

/// Looks, and plans a change, with a state folder that is not to be trusted.
fn assert_is_not_used(home: &Home, sentence: &str) {
    let before = listing(&home.at(".local/state"));
    for words in [LOOK, &["usage"]] {
        let output = home.run(words);
        let (said, beside) = (text(&output.stdout), text(&output.stderr));
        assert!(said.contains("of 2 ready"), "{said}\n{beside}");
        assert_eq!(beside.matches(sentence).count(), 1, "{beside}");
    }
    let output = home.run(PLAN);
    assert!(text(&output.stderr).contains(sentence));
    assert_eq!(code(&output), None);
    assert_eq!(listing(&home.at(".local/state")), before);
}

/// Every name, size and time of change.
fn listing(folder: &Path) -> Vec<(PathBuf, u64, i64)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            all.extend(listing(&path));
        }
        all.push((path, metadata.len(), metadata.mtime_nsec()));
    }
    all.sort();
    all
}

#[test]
fn a_folder_of_another_user_is_not_used() {
    let home = Home::with_state();
    if home.0.path().metadata().unwrap().uid() != 0 {
        eprintln!("NOT TESTED: only root can give a folder to another user");
        return;
    }
    let state = home.state();
    for folder in [state.parent().unwrap(), &state, &state.join("claims")] {
        chown(folder, Some(65534), None).unwrap();
        let sentence = format!("state folder {} belongs to another user", folder.display());
        assert_is_not_used(&home, &sentence);
        chown(folder, Some(0), None).unwrap();
    }
    assert_eq!(text(&home.look().stderr), "");
}

#[test]
fn a_folder_that_others_can_change_is_not_used() {
    let home = Home::with_state();
    let state = home.state();
    for (folder, mode) in
        [(state.parent().unwrap(), 0o770), (&state, 0o702), (&state.join("proposals"), 0o777)]
    {
        fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
        let sentence = format!("state folder {} can be changed by other users", folder.display());
        assert_is_not_used(&home, &sentence);
        fs::set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
    }
    assert_eq!(text(&home.look().stderr), "");
}

#[test]
fn a_link_in_place_of_a_folder_is_not_followed() {
    let home = Home::with_state();
    let state = home.state();
    for folder in [state.join("claims"), state.clone(), home.at(".local/state/codex-profiler")] {
        let elsewhere = home.at("elsewhere");
        fs::rename(&folder, &elsewhere).unwrap();
        symlink(&elsewhere, &folder).unwrap();
        let sentence = format!("state folder {} is a link", folder.display());
        assert_is_not_used(&home, &sentence);
        fs::remove_file(&folder).unwrap();
        fs::rename(&elsewhere, &folder).unwrap();
    }
}

#[test]
fn a_link_in_place_of_a_file_is_not_followed() {
    let home = Home::with_state();
    let config = home.at(".openclaw/openclaw.json");
    let content = r#"{"gateway":{"mode":"local"}}"#;
    fs::write(&config, content).unwrap();
    for file in home.files() {
        let kept = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        symlink(&config, &file).unwrap();
        home.look();
        home.run(LOOK);
        home.plan(&somebody());
        let now = fs::read_to_string(&config).unwrap_or_default();
        assert_eq!(now, content, "{}", file.display());
        let _ = fs::remove_file(&file);
        fs::write(&file, kept).unwrap();
    }
}

#[test]
fn a_pipe_in_place_of_a_file_is_not_waited_for() {
    let home = Home::with_state();
    for file in home.files() {
        let content = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        make_pipe(&file);
        home.look();
        home.plan(&somebody());
        let _ = fs::remove_file(&file);
        fs::write(&file, content).unwrap();
    }
}

#[test]
fn a_lock_that_is_held_is_not_waited_for_without_end() {
    let wait = |lock| {
        let home = Home::with_state();
        let held = File::open(home.state().join(lock)).unwrap();
        held.lock().unwrap();
        home.look();
        home.plan(&somebody());
    };
    thread::scope(|scope| {
        for lock in ["memory.lock", "claims/table", "proposals/lock", "changes/table"] {
            scope.spawn(move || wait(lock));
        }
    });
}

#[test]
fn pipes_in_place_of_stores_and_settings_are_not_waited_for() {
    let home = Home::new();
    let pipe = home.at("pipe");
    make_pipe(&pipe);
    let pipe = pipe.to_str().unwrap();
    for option in ["--auth-path", "--settings"] {
        let output = home.run(&["usage", option, pipe]);
        assert!(!output.status.success(), "{option}");
    }
}

#[test]
fn a_plan_that_has_lapsed_is_swept_away_by_whoever_comes_next() {
    let home = Home::with_state();
    let proposals = home.state().join("proposals");
    let plans = || {
        let entries = fs::read_dir(&proposals).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let plans: Vec<PathBuf> = paths.filter(|path| !path.ends_with("lock")).collect();
        plans
    };
    let [plan] = &plans()[..] else {
        panic!("one plan waits");
    };
    home.look();
    assert!(plan.exists());
    let mut kept: serde_json::Value = serde_json::from_slice(&fs::read(plan).unwrap()).unwrap();
    let expires_at = kept["proposal"]["expires_at"].as_i64().unwrap();
    kept["proposal"]["expires_at"] = json!(expires_at - 120);
    fs::write(plan, kept.to_string()).unwrap();
    home.look();
    assert_eq!(plans(), Vec::<PathBuf>::new());
}

#[test]
fn a_program_of_the_folder_one_stands_in_is_not_run() {
    let home = Home::new();
    let here = home.at("here");
    fs::create_dir_all(here.join("below")).unwrap();
    let script = "#!/bin/sh\n: >\"$HOME/ran\"\n";
    for name in ["openclaw", "below/openclaw", "below/sh"] {
        write_program(&here.join(name), script);
    }
    for path in ["", ":", ".", "below:/usr/bin", ":/usr/bin:/bin", "/usr/bin::./below"] {
        let mut command = home.command(&["auth", "status"]);
        command.current_dir(&here).env("PATH", path);
        ended(command.spawn().unwrap());
        assert!(!home.at("ran").exists(), "{path:?}");
    }
    // Nor by a gateway's program that is found.
    let mut command = home.command(&["auth", "status"]);
    write_program(&home.at("bin/openclaw"), "#!/bin/sh\nexec openclaw2\n");
    write_program(&here.join("openclaw2"), script);
    let path = format!(":{}:/usr/bin:/bin", home.at("bin").display());
    command.current_dir(&here).env("PATH", path);
    ended(command.spawn().unwrap());
    assert!(!home.at("ran").exists());
}

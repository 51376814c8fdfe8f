//! Every line of `policy.json` matters to some test: one after the other, each is
//! changed or taken away, and then the tests have to fail.
//!
//! The policy stands in the tests' programs as the text that it is, and a changed one
//! without its white space has room in its place. So nothing is built anew.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::{env, fs, thread};

use serde_json::{Value, json};

const POLICY: &str = include_str!("../policy.json");

/// The tests that are asked, the quick ones first: what runs in their own process, and
/// last the cases, whose process is the program.
const TESTS: [(&str, &[&str]); 4] = [
    ("lib", &["policy::"]),
    ("lib", &[]),
    ("surface", &[]),
    ("cases", &[]),
];

/// What no test notices, and why that is well. An entry that is noticed has to go.
const EXPLAINED: [(&str, &str); 0] = [];

#[test]
#[ignore = "runs the tests once for every line of the policy"]
fn every_change_of_the_policy_is_noticed() {
    let programs = Programs::built();
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    assert_eq!(programs.notice(&policy), None, "what is not changed fails");
    let mutants = Mutex::new(mutants(&policy).into_iter());
    let seen = Mutex::new(Vec::new());
    let work = || {
        loop {
            let Some((name, mutant)) = mutants.lock().unwrap().next() else {
                return;
            };
            let by = programs.notice(&mutant);
            seen.lock().unwrap().push((name, by));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().unwrap().get() {
            scope.spawn(work);
        }
    });
    let mut seen = seen.into_inner().unwrap();
    seen.sort();
    let survived: Vec<&str> = seen
        .iter()
        .filter(|(_, by)| by.is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    let explained: Vec<&str> = EXPLAINED.iter().map(|(name, _)| *name).collect();
    println!(
        "policy.json: {} mutants, {} caught, {} survived, {} of them explained",
        seen.len(),
        seen.len() - survived.len(),
        survived.len(),
        explained.len()
    );
    assert_eq!(survived, explained);
}

/// The programs of the tests, as `cargo test` has them.
struct Programs {
    tests: Vec<(String, Program)>,
    /// The program that the cases run.
    binary: Program,
    /// Held while files are written and processes begin.
    alone: Mutex<()>,
}

/// A program, and where in it the policy stands.
struct Program {
    bytes: Vec<u8>,
    places: Vec<usize>,
}

impl Programs {
    fn built() -> Self {
        let mut cargo = Command::new(env!("CARGO"));
        // What the outer cargo says of this test is another build's to ring's build script.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                cargo.env_remove(&name);
            }
        }
        let output = cargo
            .args(["test", "--no-run", "--locked", "--message-format=json"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success());
        let messages = String::from_utf8(output.stdout).unwrap();
        let tests = messages.lines().filter_map(|line| {
            let message: Value = serde_json::from_str(line).unwrap();
            let target = &message["target"];
            let is_lib = target["kind"] == json!(["lib"]);
            let name = if is_lib {
                "lib"
            } else {
                target["name"].as_str()?
            };
            let file = message["executable"].as_str()?;
            let asked = TESTS.iter().any(|(test, _)| *test == name);
            asked.then(|| (name.to_owned(), Program::read(file)))
        });
        Self {
            tests: tests.collect(),
            binary: Program::read(env!("CARGO_BIN_EXE_codex-profiler")),
            alone: Mutex::new(()),
        }
    }

    /// Which of the tests fail first with this policy.
    fn notice(&self, policy: &Value) -> Option<String> {
        let scratch = tempfile::tempdir().unwrap();
        let fails = |(name, filters): &&(&str, &[&str])| {
            let (_, program) = self.tests.iter().find(|(test, _)| test == name).unwrap();
            let binary = scratch.path().join("codex-profiler");
            // A process that begins while a file is written keeps it open, and what is
            // open for writing cannot be run.
            let alone = self.alone.lock().unwrap();
            if *name == "cases" {
                self.binary.going_by(policy, &binary);
            }
            let mut running = Command::new(program.going_by(policy, &scratch.path().join(name)))
                .args(*filters)
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .env("CODEX_PROFILER_CASES_PROGRAM", &binary)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            drop(alone);
            !running.wait().unwrap().success()
        };
        TESTS
            .iter()
            .find(fails)
            .map(|(name, filters)| format!("{name} {}", filters.join(" ")))
    }
}

impl Program {
    fn read(file: impl AsRef<Path>) -> Self {
        let bytes = fs::read(file).unwrap();
        let policy = POLICY.as_bytes();
        let is_there = |at: &usize| bytes[*at..].starts_with(policy);
        let places = (0..bytes.len()).filter(|at| bytes[*at] == policy[0]);
        let places = places.filter(is_there).collect();
        Self { bytes, places }
    }

    /// Writes a program that goes by another policy.
    fn going_by(&self, policy: &Value, to: &Path) -> PathBuf {
        let text = format!("{:width$}", policy.to_string(), width = POLICY.len());
        assert_eq!(text.len(), POLICY.len());
        let mut bytes = self.bytes.clone();
        for at in &self.places {
            bytes[*at..at + text.len()].copy_from_slice(text.as_bytes());
        }
        fs::write(to, bytes).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
        }
        to.to_owned()
    }
}

/// Every policy that differs from this one in one place, by a name that says where.
fn mutants(policy: &Value) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    collect(policy, String::new(), &mut places);
    let mut mutants = Vec::new();
    for place in places {
        let mut add = |how: &str, change: &dyn Fn(&mut Value)| {
            let mut mutant = policy.clone();
            change(&mut mutant);
            if mutant != *policy {
                mutants.push((format!("{place} {how}"), mutant));
            }
        };
        let (parent, key) = place.rsplit_once('/').unwrap();
        add(
            "removed",
            &|mutant| match mutant.pointer_mut(parent).unwrap() {
                Value::Object(object) => drop(object.remove(key)),
                Value::Array(array) => drop(array.remove(key.parse().unwrap())),
                _ => unreachable!("a parent"),
            },
        );
        match policy.pointer(&place).unwrap() {
            Value::Number(number) => {
                let number = number.as_u64().unwrap();
                for other in [number - 1, number + 1, number * 2] {
                    add(&format!("is {other}"), &|mutant| {
                        *mutant.pointer_mut(&place).unwrap() = json!(other);
                    });
                }
            }
            Value::String(text) => {
                for other in others(text) {
                    add(&format!("is {other:?}"), &|mutant| {
                        *mutant.pointer_mut(&place).unwrap() = json!(other);
                    });
                }
            }
            Value::Object(keys) if place.contains("/keys") => {
                for more in MORE_KEYS.iter().filter(|more| !keys.contains_key(**more)) {
                    add(&format!("has {more:?}"), &|mutant| {
                        mutant.pointer_mut(&place).unwrap()[more] = json!(true);
                    });
                }
            }
            Value::Array(_) if place.ends_with("/argv") || place == "/gateway/providers" => {
                add("has more", &|mutant| {
                    let list = mutant.pointer_mut(&place).unwrap();
                    list.as_array_mut().unwrap().push(json!("anthropic"));
                });
            }
            _ => {}
        }
    }
    mutants
}

/// Keys of the gateway's output that tell more than is needed.
const MORE_KEYS: [&str; 3] = ["storePath", "access", "remainingMs"];

/// Other texts in the place of this one: of a URL, each part changed.
fn others(text: &str) -> Vec<String> {
    if !text.contains("://") {
        return vec!["x".to_owned(), format!("{text}x")];
    }
    let changes = [
        ("https:", "http:"),
        ("chatgpt.com", "chatgpt.org"),
        ("chatgpt.com", "x.chatgpt.com"),
        ("chatgpt.com", "chatgpt.com:8443"),
        ("//", "//user@"),
        ("/backend-api", ""),
        ("/wham", "/wham/x"),
        ("/usage", "/usages"),
        ("/usage", "/usage?x"),
        ("/usage", "/usage/"),
        ("/usage", ""),
        ("-credits", "-credit"),
        ("-credits", "-credits?x"),
        ("-credits", "-credits/"),
        ("-credits", "-credits/consume"),
        ("/rate-limit-reset-credits", ""),
    ];
    let fit = changes.iter().filter(|(from, _)| text.contains(from));
    fit.map(|(from, to)| text.replacen(from, to, 1)).collect()
}

/// Where everything is, as JSON pointers.
fn collect(value: &Value, place: String, places: &mut Vec<String>) {
    if !place.is_empty() {
        places.push(place.clone());
    }
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                collect(value, format!("{place}/{key}"), places);
            }
        }
        Value::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                collect(value, format!("{place}/{index}"), places);
            }
        }
        _ => {}
    }
}

//! What this is made of: packages of one registry, under licences of one list, each once
//! or with a reason; sums for all of them; and no `unsafe` but what RISK.md tells of.
//!
//! The lists are `deny.toml`, cargo-deny's own file, so that a machine without cargo-deny
//! goes by the same. Advisories are not in here: their database is not.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use spdx::{Expression, ParseMode};

/// Where everything of Rust is from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The workspaces: all that ships and its tests, and what fuzzes them.
const WORKSPACES: [&str; 2] = [".", "fuzz"];

/// Packages of the plugin's tools that want to run something when they are installed.
/// `plugin/.npmrc` lets none of them.
const INSTALL_SCRIPTS: [&str; 1] = ["node_modules/esbuild"];

/// The lint, in two parts, so that this file does not count.
const LINT: &str = concat!("unsafe", "_code");
const DENIED: &str = concat!("\nunsafe", "_code = \"deny\"\n");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// The texts in quotation marks of a list in `deny.toml`.
fn listed(list: &str) -> Vec<String> {
    let file = read("deny.toml");
    let (_, rest) = file.split_once(&format!("\n{list} = [")).unwrap();
    let (body, _) = rest.split_once("]").unwrap();
    let first = |line: &str| Some(line.split('"').nth(1)?.to_owned());
    body.lines().filter_map(first).collect()
}

fn packages(workspace: &str) -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version=1"])
        .current_dir(root().join(workspace))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

#[test]
fn every_package_is_of_the_registry_and_under_a_licence_of_the_list() {
    let allowed = listed("allow");
    let mut used = BTreeSet::new();
    for package in WORKSPACES.into_iter().flat_map(packages) {
        let name = package["name"].as_str().unwrap();
        let source = package["source"].as_str();
        assert!(
            source.is_none_or(|source| source == REGISTRY),
            "{name}: {source:?}"
        );
        let licence = package["license"].as_str().unwrap_or_default();
        let licence = Expression::parse_mode(licence, ParseMode::LAX).unwrap();
        let passes = licence.evaluate(|one| allowed.contains(&one.to_string()));
        assert!(passes, "{name}: {licence}");
        used.extend(licence.requirements().map(|one| one.req.to_string()));
    }
    let unused: Vec<_> = allowed.iter().filter(|one| !used.contains(*one)).collect();
    assert!(unused.is_empty(), "nothing is under {unused:?}");
}

#[test]
fn a_package_is_there_once_or_for_a_reason() {
    let skipped = listed("skip");
    let mut known = BTreeSet::new();
    for workspace in WORKSPACES {
        let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for package in packages(workspace) {
            let text = |key: &str| package[key].as_str().unwrap().to_owned();
            versions
                .entry(text("name"))
                .or_default()
                .insert(text("version"));
        }
        for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
            let names = versions.iter().map(|version| format!("{name}@{version}"));
            let (skips, kept): (Vec<_>, Vec<_>) = names.partition(|name| skipped.contains(name));
            assert!(kept.len() <= 1, "{kept:?}: deny.toml has no reason for it");
            known.extend(skips);
        }
    }
    assert_eq!(known.into_iter().collect::<Vec<_>>(), skipped);
}

#[test]
fn every_package_of_a_registry_has_its_sum() {
    for workspace in WORKSPACES {
        let lock = read(&format!("{workspace}/Cargo.lock"));
        for package in lock.split("\n[[package]]\n").skip(1) {
            let is_ours = !package.contains("\nsource = ");
            assert!(is_ours || package.contains("\nchecksum = "), "{package}");
        }
    }
    let lock: Value = serde_json::from_str(&read("plugin/package-lock.json")).unwrap();
    let packages = lock["packages"].as_object().unwrap();
    let mut scripts = Vec::new();
    for (place, package) in packages.iter().filter(|(place, _)| !place.is_empty()) {
        let sum = package["integrity"].as_str().unwrap_or_default();
        assert!(sum.starts_with("sha512-"), "{place}: {sum}");
        // From the registry that npm is set up with, and from nowhere else.
        assert_eq!(package.get("resolved"), None, "{place}");
        assert_eq!(
            package["dev"], true,
            "{place}: the plugin itself depends on nothing"
        );
        if package["hasInstallScript"] == true {
            scripts.push(place.as_str());
        }
    }
    assert_eq!(scripts, INSTALL_SCRIPTS);
    assert!(
        read("plugin/.npmrc")
            .lines()
            .any(|line| line == "ignore-scripts=true")
    );
}

/// Every file of this kind that is written by hand.
fn files(folder: &Path, is_wanted: &impl Fn(&Path) -> bool, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        let is_made = name == "target" || name == "node_modules" || name.starts_with('.');
        if path.is_dir() && !is_made {
            files(&path, is_wanted, found);
        } else if is_wanted(&path) {
            found.push(path);
        }
    }
}

fn texts(is_wanted: impl Fn(&Path) -> bool) -> Vec<(String, String)> {
    let root = root().canonicalize().unwrap();
    let mut found = Vec::new();
    files(&root, &is_wanted, &mut found);
    found.sort();
    let named = found.into_iter().map(|path| {
        let name = path
            .strip_prefix(&root)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        (name.replace('\\', "/"), fs::read_to_string(&path).unwrap())
    });
    named.collect()
}

#[test]
fn every_manifest_denies_what_is_unsafe() {
    for (name, manifest) in texts(|path| path.ends_with("Cargo.toml")) {
        let denies = ["[lints]\nworkspace = true", DENIED];
        assert!(
            denies.iter().any(|denies| manifest.contains(denies)),
            "{name}"
        );
    }
    assert!(read("Cargo.toml").contains(DENIED));
}

#[test]
fn what_is_unsafe_is_in_the_list_of_risk_md() {
    let mut counted = Vec::new();
    for (name, text) in texts(|path| path.extension().is_some_and(|kind| kind == "rs")) {
        let exceptions = text.matches(LINT).count();
        // Of the glue nobody knows whether it is all there; the rest says when it is not.
        let expected = text.matches(&format!("expect({LINT}, reason =")).count();
        let expected = expected
            + text
                .matches(&format!("expect(\n    {LINT},\n    reason ="))
                .count();
        let glue = text
            .matches("reason = \"glue written by wit-bindgen\"")
            .count();
        assert_eq!(exceptions, expected + glue, "{name}");
        if exceptions > 0 {
            counted.push(format!("| `{name}` | {exceptions} |"));
        }
    }
    let risk = read("RISK.md");
    let (_, list) = risk.split_once("\n## Unsafe code\n").unwrap();
    let rows = list.lines().filter(|line| line.starts_with("| `"));
    let cut = |row: &str| row.splitn(4, '|').take(3).collect::<Vec<_>>().join("|") + "|";
    assert_eq!(rows.map(cut).collect::<Vec<_>>(), counted);
}

#[test]
fn what_risk_md_says_that_something_is_shown_by_is_there() {
    let risk = read("RISK.md");
    let (_, checks) = risk.split_once("\n| Promise | Shown by |\n").unwrap();
    let (table, _) = checks.split_once("\n\n").unwrap();
    let mut named = 0;
    for row in table.lines() {
        let (_, shown_by) = row
            .trim_end_matches(" |")
            .rsplit_once(" | ")
            .unwrap_or_default();
        for path in shown_by.split('`').skip(1).step_by(2) {
            assert!(root().join(path).exists(), "{path}: {row}");
            named += 1;
        }
    }
    assert!(named > 0);
}

//! Every fleet in `fleets` stands in the order that it says, through the program and the
//! component as they are used. The orders were found by reading the policy, never by
//! running it.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn every_fleet_is_ranked_as_its_file_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fleets");
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let wrong: Vec<String> = files.iter().filter_map(|file| difference(file)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Compares what a fleet's file expects with what the program says.
fn difference(file: &Path) -> Option<String> {
    let fleet: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let tiers: BTreeMap<String, String> =
        serde_json::from_value(fleet["expected_tiers"].clone()).unwrap();
    let order: Vec<String> = serde_json::from_value(fleet["expected_order"].clone()).unwrap();
    assert_eq!(order.len(), tiers.len(), "{}", file.display());
    let expected: Vec<(String, String)> =
        order.into_iter().map(|id| (id.clone(), tiers[&id].to_lowercase())).collect();
    let seen = ranking(file);
    (seen != expected).then(|| {
        let file = file.display();
        format!("{file}\nexpected {expected:#?}\nseen {seen:#?}")
    })
}

/// The labels and tiers that the program advises, the best first.
fn ranking(file: &Path) -> Vec<(String, String)> {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_codex-profiler"))
        .args(["usage", "best", "--format", "json", "--replay"])
        .arg(file)
        .env_clear()
        .env("HOME", home.path())
        .env("TZ", "UTC")
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let word = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let ranking = document["ranking"].as_array().unwrap().iter();
    ranking.map(|one| (word(one, "label"), word(one, "tier"))).collect()
}

//! The component comes out the same wherever it is built: from nothing, in another place,
//! by way of another cargo home, it is the one that this harness runs.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};

use host_test::harness::COMPONENT;
use sha2::{Digest, Sha256};

/// Files of a clone that cargo needs to build the component of it.
const PARTS: [&str; 7] =
    ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "host-test", "invisible", "src", "wit"];

#[test]
#[ignore = "builds the component from nothing"]
fn a_clean_build_in_another_place_is_this_one() {
    let scratch = tempfile::tempdir().unwrap();
    let scratch = scratch.path().canonicalize().unwrap();
    let home = component_build::cargo_home().unwrap();
    let theirs = built(&scratch.join("somebody else's/clone of it"), &alias(&home, &scratch));
    let ours = sum(COMPONENT);
    println!("component: {} bytes, sha256 {ours}", COMPONENT.len());
    assert_eq!(theirs, ours);
}

/// The sum of what a copy of this tree is built to, from nothing.
fn built(root: &Path, cargo_home: &Path) -> String {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::create_dir_all(root).unwrap();
    for part in PARTS {
        copy(&ours.join(part), &root.join(part));
    }
    let target_dir = root.join("target");
    let wasm = component_build::build(env!("CARGO"), Some(cargo_home), root, &target_dir).unwrap();
    sum(&fs::read(wasm).unwrap())
}

/// The same cargo home under another path, where a system has links.
fn alias(home: &Path, scratch: &Path) -> PathBuf {
    #[cfg(unix)]
    {
        let alias = scratch.join("their cargo");
        std::os::unix::fs::symlink(home, &alias).unwrap();
        alias
    }
    #[cfg(not(unix))]
    {
        let _ = scratch;
        home.to_owned()
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        if name != "target" {
            copy(&from.join(&name), &to.join(&name));
        }
    }
}

fn sum(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes);
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

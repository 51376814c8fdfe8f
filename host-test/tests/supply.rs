//! Lists where `unsafe` and the host's functions may stand. Licences, sources and duplicates are
//! cargo-deny's.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};

/// The files with an exception from the lint, and how many.
const EXCEPTIONS: [(&str, usize); 5] = [
    // Aliases and hoards memory on purpose, for the tests.
    ("host-test/hostile/src/allocator.rs", 1),
    // wit-bindgen's glue.
    ("host-test/hostile/src/lib.rs", 1),
    // Loads the precompiled component, bytes that this program's own build wrote, and lets
    // them be run.
    ("host-test/src/compiled.rs", 3),
    // wit-bindgen's glue.
    ("src/contract.rs", 1),
    // C symbols that std would take from WASI. The hostile guest shares the file.
    ("src/no_wasi.rs", 4),
];

/// The lint's name, in two parts, so that this file does not count.
const LINT: &str = concat!("unsafe", "_code");

#[test]
fn exceptions_from_the_lint_are_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for file in rust_files(&root) {
        let text = fs::read_to_string(&file).unwrap();
        let exceptions = text.matches(LINT).count();
        if exceptions > 0 {
            let name = file.strip_prefix(&root).unwrap().to_string_lossy();
            found.push((name.replace('\\', "/"), exceptions));
        }
    }
    found.sort();
    let listed = EXCEPTIONS.map(|(name, count)| (name.to_owned(), count));
    assert_eq!(found, listed);
}

#[test]
fn only_the_plugin_calls_what_the_host_lends() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
    for file in rust_files(&source) {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(&source).unwrap();
        if name.starts_with("plugin") || name.starts_with("plugin.rs") {
            continue;
        }
        // Elsewhere each mention names an interface and types of it: no function, no alias.
        for (at, _) in text.match_indices("contract::") {
            let path = text[at..].trim_start_matches("contract::");
            let named = path
                .split_once("::")
                .map_or("", |(_, rest)| rest.trim_start_matches('{').trim_start());
            let is_type = named.starts_with(|first: char| first.is_ascii_uppercase());
            assert!(is_type, "{}: {}", name.display(), path.lines().next().unwrap());
        }
    }
}

/// Returns every Rust file below `folder` that is written by hand.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        let is_made = name == "target" || name == "node_modules" || name.starts_with('.');
        if path.is_dir() && !is_made {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
    found
}

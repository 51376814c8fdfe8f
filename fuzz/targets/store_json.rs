//! Any `auth-profiles.json`, with an `auth-state.json` beside it and the store of the
//! agent `main` below it. Nothing of it is written.

#![no_main]

use std::cell::OnceCell;
use std::fs;
use std::path::Path;

use fuzz::parts;
use fuzz::stored::{check, check_canaries, check_read, place, with_canaries};
use host::store::{self, Era};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

thread_local! {
    static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
}

fuzz_target!(|input: &[u8]| {
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| tempfile::tempdir().expect("a folder"));
        run(folder.path(), input);
    });
});

fn run(folder: &Path, input: &[u8]) {
    let own = folder.join("agents/ops/agent");
    let main = folder.join("agents/main/agent");
    if !own.exists() {
        fs::create_dir_all(&own).expect("a folder");
        fs::create_dir_all(&main).expect("a folder");
    }
    let parts = parts(input);
    let part = |index: usize| parts.get(index).filter(|part| !part.is_empty());
    let files = [
        (own.join("auth-profiles.json"), part(0)),
        (own.join("auth-state.json"), part(1)),
        (main.join("auth-profiles.json"), part(2)),
    ];
    for (path, text) in &files {
        match text {
            Some(text) => fs::write(path, text).expect("written"),
            None => drop(fs::remove_file(path)),
        }
    }
    check_read(&place(folder, None, "ops"));
    // Bytes that are no text, too.
    fs::write(&files[0].0, input).expect("written");
    check_read(&place(folder, Some(&files[0].0), "main"));
    assert_eq!(fs::read(&files[0].0).ok().as_deref(), Some(input), "it was written");
    for (path, text) in &files[1..] {
        let text = text.map(String::as_bytes);
        assert_eq!(fs::read(path).ok().as_deref(), text, "it was written");
    }
    let text = part(0).map_or("", String::as_str);
    let shared = part(2).map(String::as_str);
    for era in [Era::Json, Era::Sqlite] {
        check(store::parse(text, shared, era, "recorded", 1_795_372_800));
        let canaries = with_canaries(text);
        let read = canaries.map(|text| store::parse(&text, None, era, "recorded", 1_795_372_800));
        if let Some(sign_ins) = read.and_then(check) {
            check_canaries(&sign_ins);
        }
    }
}

//! JSON documents: each in a case follows `docs/usage.schema.json`, and each answer in
//! `docs/json.md` is what jq finds in the demo.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read};
use serde_json::{Deserializer, Value};

mod schema;

/// The kinds that cases show. The promises check the others.
const KINDS: [&str; 10] = [
    "advice",
    "choices",
    "history",
    "login_steps",
    "no_change",
    "order",
    "plan",
    "refusal",
    "sign_ins",
    "usage",
];

fn root(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// Returns the documents in what a person saw: a brace alone on its line begins one. A
/// long one in chat is cut at a line's end.
fn documents(seen: &str) -> Vec<Value> {
    let seen = seen.replace("\n\n→ reply\n", "\n");
    let starts = seen.match_indices("\n{\n");
    starts
        .map(|(at, _)| {
            let mut values = Deserializer::from_str(&seen[at..]).into_iter();
            values.next().unwrap().unwrap()
        })
        .collect()
}

#[test]
fn every_document_of_a_case_follows_the_schema() {
    let mut kinds = BTreeSet::new();
    for case in fs::read_dir(root("host-test/cases")).unwrap() {
        let case = case.unwrap().path();
        let Ok(seen) = fs::read_to_string(case.join("out")) else {
            continue;
        };
        for document in documents(&seen) {
            schema::check(&document).unwrap_or_else(|error| panic!("{}: {error}", case.display()));
            kinds.insert(document["kind"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(Vec::from_iter(kinds), KINDS);
}

#[test]
fn the_answers_in_the_manual_are_those_of_the_demo() {
    let manual = fs::read_to_string(root("docs/json.md")).unwrap();
    let mut questions = 0;
    for block in manual.split("```sh\n").skip(1) {
        let (command, rest) = block.split_once("```").unwrap();
        let Some((program, filter)) = command.split_once(" | jq -r '") else {
            continue;
        };
        let filter = filter.trim_end().strip_suffix('\'').unwrap();
        let answer = rest.trim_start().strip_prefix("```text\n").unwrap();
        let (answer, _) = answer.split_once("```").unwrap();
        let found = jq(filter, &run(program));
        assert_eq!(timeless(&found), timeless(answer), "{command}");
        questions += 1;
    }
    assert_eq!(questions, 5);
}

/// Runs a command line that begins with `codex-profiler`, as it stands in the manual.
fn run(line: &str) -> Vec<u8> {
    let home = tempfile::tempdir().unwrap();
    let words = shlex::split(line).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_codex-profiler"))
        .args(&words[1..])
        .env_clear()
        .env("HOME", home.path())
        .env("TZ", "UTC")
        .output()
        .unwrap();
    assert_eq!(words[0], "codex-profiler");
    assert!(output.status.success(), "{line}: {output:?}");
    output.stdout
}

/// Returns the texts that `jq -r` prints, a line each.
fn jq(filter: &str, document: &[u8]) -> String {
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let arena = Arena::default();
    let file = File { code: filter, path: () };
    let modules = Loader::new(definitions).load(&arena, file).unwrap();
    let compiler = Compiler::default().with_funs(functions);
    let program = compiler.compile(modules).unwrap();
    let context = Ctx::<data::JustLut<Val>>::new(&program.lut, Vars::new([]));
    let input = read::parse_single(document).unwrap();
    let found = program.id.run((context, input)).map(unwrap_valr);
    found
        .map(|value| match value.unwrap() {
            Val::TStr(text) => format!("{}\n", std::str::from_utf8(&text).unwrap()),
            other => panic!("no text: {other}"),
        })
        .collect()
}

/// The text with every instant replaced: the demo's lie around now.
fn timeless(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']);
    let is_instant = |word: &str| word.len() > 19 && word.as_bytes()[10] == b'T';
    words.map(|word| if is_instant(word) { "<instant>\n" } else { word }).collect()
}

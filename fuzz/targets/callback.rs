//! Any pasted callback: nothing of it is kept, said or let out.

#![no_main]

use std::cell::RefCell;
use std::collections::HashSet;

use codex_profiler::callback::{self, Callback};
use codex_profiler::command::{AuthCommand, Origin};
use codex_profiler::reply::callback::finish;
use fuzz::made::contexts;
use fuzz::shown::{check_document, check_text};
use host::secret::SecretScan;
use libfuzzer_sys::fuzz_target;

/// A value that only a callback would carry.
const CODE: &str = "ac_CANARY4f1c9e02a7CANARY4f1c9e02a7";

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    check(&callback::read(&text));
    // With a code behind and in the middle of it, as a person may have typed it.
    let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
    let (before, after) = text.split_at(middle);
    for typed in [format!("{text}&code={CODE}"), format!("{before}code={CODE}&{after}")] {
        if typed.matches("CANARY").count() > 2 {
            continue;
        }
        let callback = callback::read(&typed);
        check(&callback);
        let words: Vec<String> =
            format!("finish {typed}").split_whitespace().map(str::to_owned).collect();
        let command = AuthCommand::parse(&Origin::Terminal(words.to_vec()));
        assert!(!format!("{command:?}").contains("CANARY"));
    }
    // The host lets nothing out that holds what was typed.
    if !text.contains(char::is_whitespace) {
        let typed = format!("finish work http://localhost:1455/auth/callback?{text}&code={CODE}");
        let scan = SecretScan::new(&host::secrets_typed(&typed));
        assert!(scan.finds(CODE.as_bytes()), "{typed}");
    }
});

fn check(callback: &Callback) {
    let debug = format!("{callback:?}");
    let is_ours = |c: char| c.is_ascii_alphabetic() || "{}[](): ,".contains(c);
    assert!(debug.chars().all(is_ours), "{debug}");
    for (index, oddity) in callback.oddities.iter().enumerate() {
        assert!(!callback.oddities[..index].contains(oddity), "twice: {debug}");
    }
    // What is said of it is made of nothing else.
    if !SAID.with_borrow_mut(|said| said.insert(debug)) {
        return;
    }
    for context in contexts() {
        let told = finish(&context, callback);
        assert!(!told.text.contains("CANARY"), "{}", told.text);
        check_text(&told.text, false);
        check_document(told.document.as_deref());
    }
}

thread_local! {
    /// The callbacks that were told already: there are a few hundred.
    static SAID: RefCell<HashSet<String>> = RefCell::default();
}

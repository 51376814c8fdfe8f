//! Runs an ask with one fault, and judges what its user reads and what is left behind.

use std::fs::{self, File};
use std::path::Path;

use host_test::contract::auth_store::Failure;
use host_test::contract::chat::SubscribeError;
use host_test::contract::commands::{Locale, Status};
use host_test::contract::gateway;

use super::asks::{Ask, From};
use super::fault::{Call, Fault, Function};
use super::scene::{Baseline, Read, Scene};

/// Asks with the call at this place failing so.
pub fn fail_one(ask: Ask, baseline: &Baseline, fault: (usize, Fault)) -> Result<(), String> {
    let scene = Scene::new(ask);
    let seen = scene.ask(Some(fault));
    let (place, fault) = fault;
    let is_applied = has_applied(&baseline.calls[..place]);
    judge_state(baseline, &scene)?;
    if fault.is_trap() {
        return match &seen.outcome {
            Ok(_) => Err("a broken host was not noticed".into()),
            Err(error) if error.to_string() == ENDED => judge_next(ask, baseline, &scene),
            Err(error) => Err(format!("it ended otherwise: {error}")),
        };
    }
    let read = Read::of(&seen)?;
    judge_text(&ask, &read)?;
    judge_status(&read)?;
    judge_truth(baseline, &scene, fault, &read)?;
    judge_cause(&ask, baseline, fault, is_applied, &read)?;
    if matches!(fault, Fault::Send(..)) {
        judge_whole(baseline, &read)?;
    }
    Ok(())
}

const ENDED: &str = "the component was ended: it trapped, or used more than one call may";

/// Checks that only the planned change was made, once, and that nothing is still held.
fn judge_state(baseline: &Baseline, scene: &Scene) -> Result<(), String> {
    let now = scene.order();
    if now != baseline.before && now != baseline.after {
        return Err(format!("the order is another: {}", now.0["order"]));
    }
    if scene.runs() > baseline.runs {
        return Err(format!("{} changes were made", scene.runs()));
    }
    for folder in ["claims", "changes"] {
        if let Some(held) = held(&scene.folder.path().join(folder)) {
            return Err(format!("{folder}/{held} is still held"));
        }
    }
    Ok(())
}

/// A file of a folder that somebody keeps locked.
fn held(folder: &Path) -> Option<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let held = entries.flatten().find(|entry| {
        let file = File::open(entry.path()).unwrap();
        file.try_lock().is_err()
    });
    held.map(|entry| entry.file_name().to_string_lossy().into_owned())
}

/// After a host broke down, the same is asked again, and is answered.
fn judge_next(ask: Ask, baseline: &Baseline, scene: &Scene) -> Result<(), String> {
    let seen = scene.ask(None);
    let read = Read::of(&seen).map_err(|why| format!("the next call: {why}"))?;
    judge_text(&ask, &read).map_err(|why| format!("the next call: {why}"))?;
    judge_state(baseline, scene).map_err(|why| format!("after the next call: {why}"))?;
    // Its answer may have been given, though nobody heard it.
    let whole = read.whole();
    let says_running = ["already running", "正在执行"].map(|words| whole.contains(words));
    if read.is_a_duplicate() && says_running.contains(&true) {
        Err("the next call was told that it is running".into())
    } else {
        Ok(())
    }
}

/// Words that a program says to its makers.
const DEBUG_WORDS: [&str; 12] = [
    "Err(",
    "Ok(",
    "Some(",
    "None)",
    "Error {",
    "panicked",
    "unwrap",
    "\\u{",
    "::",
    "NaN",
    "null",
    "undefined",
];

/// Everything that was read is sentences, in the language that was asked for, each
/// once.
pub fn judge_text(ask: &Ask, read: &Read) -> Result<(), String> {
    if read.texts.is_empty() {
        return Err("nothing was said".into());
    }
    for text in &read.texts {
        if text.trim().is_empty() {
            return Err("an empty message".into());
        }
        if read.texts.iter().filter(|other| *other == text).count() > 1 {
            return Err(format!("said twice: {text}"));
        }
    }
    let whole = read.whole();
    let is_json = ask.text.contains("json") && whole.contains('{');
    if is_json {
        return Ok(());
    }
    let words = DEBUG_WORDS.iter().find(|word| whole.contains(**word));
    if let Some(word) = words {
        return Err(format!("{word:?} was said: {whole}"));
    }
    if whole.contains(['{', '}']) {
        return Err(format!("braces were said: {whole}"));
    }
    // A part of a reply that was cut may hold commands alone.
    let is_chinese = whole.contains(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    if is_chinese != matches!(ask.locale, Locale::Zh) {
        return Err(format!("not in the language asked for: {whole}"));
    }
    let last = whole.trim_end().chars().last().unwrap_or(',');
    if ",:·(（：，→、;".contains(last) {
        return Err(format!("it ends in the middle: {whole}"));
    }
    Ok(())
}

pub fn judge_status(read: &Read) -> Result<(), String> {
    let is_ok = read.document["ok"] == true;
    let fits = match read.status {
        Status::Ok => is_ok || read.is_a_duplicate(),
        // Another plan in place of the one that was to be applied is one, and no success.
        Status::Failed => !is_ok || read.document["state"] == "planned",
        Status::Misused => !is_ok,
    };
    if fits {
        return Ok(());
    }
    Err(format!("status {:?}, and ok {is_ok}: {}", read.status, read.whole()))
}

/// Checks that the reply says nothing false about a change.
fn judge_truth(
    baseline: &Baseline,
    scene: &Scene,
    fault: Fault,
    read: &Read,
) -> Result<(), String> {
    let now = scene.order();
    let whole = read.whole();
    let says = |en: &str, zh: &str| whole.contains(en) || whole.contains(zh);
    let is_changed = baseline.before != baseline.after;
    if !is_changed {
        return Ok(());
    }
    if says("✅", "✅") && now != baseline.after {
        return Err(format!("it says that it is done, and it is not: {whole}"));
    }
    if says("Not applied", "未生效") && now != baseline.before {
        return Err(format!("it says that nothing was applied: {whole}"));
    }
    if says("Nothing was changed", "没有任何更改") && now != baseline.before {
        return Err(format!("it says that nothing was changed: {whole}"));
    }
    // A store that is told otherwise can hold already what is asked for.
    let is_told_so = matches!(fault, Fault::Snapshot(_)) && read.document["state"] == "already_so";
    let is_done = matches!(read.status, Status::Ok) && !is_told_so && !read.is_a_duplicate();
    if is_done && now != baseline.after {
        return Err(format!("the status says that it is done: {whole}"));
    }
    Ok(())
}

/// Whether one of these calls runs the change: what is read after it is read back.
fn has_applied(calls: &[Call]) -> bool {
    calls.iter().any(|call| call.function == Function::Apply)
}

/// Where one thing can have failed, it is called what it is.
fn judge_cause(
    ask: &Ask,
    baseline: &Baseline,
    fault: Fault,
    is_applied: bool,
    read: &Read,
) -> Result<(), String> {
    let is_login = ask.plan.unwrap_or(ask.text).starts_with("start");
    let code = &read.document["error"]["code"];
    let cause = match fault {
        Fault::Recall(gateway::Error::Busy) => "another_change",
        Fault::Recall(gateway::Error::Failed) => "state_unwritable",
        Fault::Recall(_) => "code_not_valid",
        Fault::Subscription(_, SubscribeError::Unavailable) => "alerts_unavailable",
        Fault::Subscription(_, SubscribeError::Denied) => "alerts_denied",
        Fault::Subscription(_, SubscribeError::Full) => "alerts_full",
        Fault::Subscription(_, SubscribeError::Failed) => "state_unwritable",
        // Without a code a login is told all the same, for another terminal, and not
        // offered in this one.
        Fault::Propose(..) if is_login => {
            let is_offered = baseline.read.whole() != read.whole();
            return if is_offered == (ask.from == From::Terminal) {
                Ok(())
            } else {
                Err("it is offered where it cannot be".into())
            };
        }
        Fault::Propose(_, gateway::Error::Busy) => "another_change",
        Fault::Propose(_, gateway::Error::Failed) => "state_unwritable",
        // Whoever signs in may have no store, and none that could not be read.
        Fault::Store(Failure::Missing) if is_login => {
            return if code == "store_missing" {
                Err("a first login is refused".into())
            } else {
                Ok(())
            };
        }
        Fault::Store(Failure::Unreadable) if is_login && !is_applied => "store_unreadable",
        // What is not read back is not confirmed, though it may be done.
        Fault::Store(failure) if !is_login && is_applied && failure != Failure::Missing => {
            return match read.status {
                Status::Failed => Ok(()),
                Status::Ok | Status::Misused => Err("it was not read back".into()),
            };
        }
        _ => return Ok(()),
    };
    if code == cause { Ok(()) } else { Err(format!("it is not called {cause}: {}", read.document)) }
}

/// Where a message failed, the result is still read whole, and each line as often as
/// where none failed.
fn judge_whole(baseline: &Baseline, read: &Read) -> Result<(), String> {
    let lines = |texts: &[String]| -> Vec<String> {
        texts
            .iter()
            .flat_map(|text| text.lines())
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let now = lines(&read.texts);
    // The first message only announces, where there are several.
    let announced = usize::from(baseline.read.texts.len() > 1);
    let (announced, result) = baseline.read.texts.split_at(announced);
    let announced = lines(announced);
    for line in lines(result) {
        if announced.contains(&line) {
            continue;
        }
        let count = |all: &[String]| all.iter().filter(|each| **each == line).count();
        let (wanted, found) = (count(&lines(&baseline.read.texts)), count(&now));
        if found != wanted {
            return Err(format!("{line:?} was said {found} times, not {wanted}: {}", read.whole()));
        }
    }
    Ok(())
}

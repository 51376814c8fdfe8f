//! Many turns at once, and many profiles in one.

use std::sync::{Arc, Barrier, Mutex};
use std::time::Instant;

use host_test::contract::chat;
use host_test::contract::commands::{Delivery, Origin, Request};
use host_test::harness::{Command, Harness};
use host_test::host::Host;
use host_test::state::StateFolder;
use host_test::world::{self, World};
use libtest_mimic::Failed;
use serde_json::Value;

use super::Held;
use crate::crowd::{crowd, host, request};
use crate::table::Count;

/// The people who ask at once.
const TURNS: usize = 200;
/// Those of them who are one person, asking the same.
const SAME: usize = 40;
/// The rounds in which all ask.
const ROUNDS: usize = 6;
/// For how long the component takes a request as answered just now.
const RECENT_SECONDS: u64 = 20;
/// After how many rounds what is held is looked at: threads have their stacks and the
/// allocator its arenas then.
const WARM: usize = 3;

/// The memory that all other rounds may add, in KiB: an arena more. A single instance that was kept
/// of each turn, of a MiB and more, would add 600 MiB.
const ROOM_KIB: usize = 16 << 10;

/// A world of three profiles that carry this name.
fn world_of(name: &str) -> World {
    let named = |text: String| text.replace("profile-", &format!("{name}-"));
    written(&named(crowd(3).to_string()))
}

/// The world of this file.
fn written(text: &str) -> World {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    world::replay(file.path()).unwrap()
}

/// Asks for all, and returns everything that was read.
fn ask(harness: &Harness, user: &str, world: World, state: StateFolder) -> Vec<String> {
    let texts = Arc::new(Mutex::new(Vec::new()));
    let sent = Arc::clone(&texts);
    let host = Host::new(Arc::new(world), Some(state)).with_outbox(Box::new(
        move |message: &chat::Message| sent.lock().unwrap().push(message.text.clone()),
    ));
    let request = Request { user: user.to_owned(), ..request(Origin::Command("all".into()), 4096) };
    let turn = harness.call(Command::Usage, &request, host).unwrap();
    let mut texts = texts.lock().unwrap().clone();
    if let Delivery::Parts(parts) = turn.reply.delivery {
        texts.extend(parts.into_iter().map(|part| part.text));
    }
    texts
}

pub fn at_once() -> Result<Count, Failed> {
    let harness = Harness::new()?;
    let folder = tempfile::tempdir()?;
    let state = || StateFolder::at(folder.path().join("state"));
    // What one of them reads who asks alone; in every other their own name stands.
    let alone =
        ask(&harness, "alone", world_of("r0-u000"), StateFolder::at(folder.path().join("alone")));
    let mut carried_out = 0;
    let mut before = None;
    for round in 1..=ROUNDS {
        let start = Barrier::new(TURNS);
        let started = Instant::now();
        let turn = |index: usize| {
            // The first ones are one person, in one world.
            let who = if index < SAME { 0 } else { index };
            let name = format!("r{round}-u{who:03}");
            let world = world_of(&name);
            start.wait();
            (name.clone(), ask(&harness, &name, world, state()))
        };
        let turns: Vec<(String, Vec<String>)> = std::thread::scope(|scope| {
            let turn = &turn;
            let threads: Vec<_> =
                (0..TURNS).map(|index| scope.spawn(move || turn(index))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut answered: u64 = 0;
        for (index, (name, texts)) in turns.iter().enumerate() {
            let own: Vec<String> = alone.iter().map(|text| text.replace("r0-u000", name)).collect();
            let is_own = *texts == own;
            answered += u64::from(is_own && index < SAME);
            let is_told = texts.len() == 1
                && (texts[0].starts_with("Already running")
                    || texts[0].starts_with("Just answered"));
            let fits = if index < SAME { is_own || is_told } else { is_own };
            if !fits {
                return Err(format!("{name} read {texts:?}\nnot {own:?}").into());
            }
        }
        // What was answered may be asked again after a while, which a slow machine is.
        let whiles = started.elapsed().as_secs() / RECENT_SECONDS;
        if !(1..=1 + whiles).contains(&answered) {
            return Err(format!("the same was carried out {answered} times").into());
        }
        carried_out += answered + (TURNS - SAME) as u64;
        if round == WARM {
            before = Held::now();
        }
    }
    let held = Held::ensure_flat(before, ROOM_KIB)?;
    Ok(Count::new(ROUNDS * TURNS, format!("{carried_out} carried out, the others told so; {held}")))
}

pub fn a_thousand_profiles() -> Result<Count, Failed> {
    const PROFILES: usize = 1000;
    let harness = Harness::new()?;
    let world = crowd(PROFILES).to_string();
    let call = |command, text: &str, length| {
        let request = request(Origin::Command(text.into()), length);
        harness.call(command, &request, host(written(&world)))
    };
    let mut tried = 0;
    for (command, text, list) in [
        (Command::Usage, "all", "profiles"),
        (Command::Usage, "best", "ranking"),
        (Command::Auth, "status", "profiles"),
    ] {
        let whole = call(command, text, u32::MAX)?;
        let document: Value = serde_json::from_str(whole.reply.json.as_deref().unwrap())?;
        let rows = document[list].as_array().map_or(0, Vec::len);
        if rows != PROFILES {
            return Err(format!("{text}: {rows} of {PROFILES} profiles in {list}").into());
        }
        // In chat it is as many messages as a call may send, and says what is left out.
        let chat = call(command, text, 4096)?;
        let Delivery::Parts(parts) = &chat.reply.delivery else {
            return Err(format!("{text}: no reply").into());
        };
        if parts.is_empty() || parts.len() > 20 {
            return Err(format!("{text}: {} messages", parts.len()).into());
        }
        tried += PROFILES;
    }
    Ok(Count::new(tried, "all, best and auth status: every profile is in the answer"))
}

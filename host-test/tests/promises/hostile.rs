//! Each hostile guest tries one thing. It is refused or ended, nothing leaves the
//! host, and the next call works.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use host_test::contract::commands::{Delivery, Origin};
use host_test::contract::memory::Key;
use host_test::net::Client;
use host_test::policy::policy;
use host_test::store::{Era, Place};
use host_test::world::{Endpoint, RecordedState, Store};
use libtest_mimic::Failed;
use serde_json::json;
use wasmtime::Trap;

use crate::components::{self, ALLOCATE};
use crate::guest::{self, AUTH, Asked, Guest, HOSTILE, Left, NOW, USAGE};
use crate::loopback;
use crate::needles::canary;
use crate::table::{Count, Promise};

/// The promises of this section.
pub fn promises() -> Vec<Promise> {
    let promise =
        |name: &str, run: fn() -> Result<Count, Failed>| Promise::new("hostile guest", name, run);
    vec![
        promise("a profile is asked for only out of this call's sign-ins", profiles),
        promise("what another agent has is neither asked for nor changed", another_agent),
        promise("there is no third endpoint to name", endpoints),
        promise("a gateway is asked what is granted and nothing else", queries),
        promise("a change names what is stored, in plain arguments", changes),
        promise("nobody but the owner, inside codex-auth, proposes", proposers),
        promise("a change takes its own user's code, in time, once", codes),
        promise("a code stands for the change that it was given for", switched),
        promise("a deletion takes the profile's name, too", deletion),
        promise("a guest that dies in the middle of a change has made it once", trap_in_change),
        promise("what is no text, or lies elsewhere, is not read", texts),
        promise("a component that asks for WASI is not loaded", wasi),
        promise("calls, requests and messages are counted", budgets),
        promise("work is bounded by fuel", fuel),
        promise("work is bounded by time", time),
        promise("memory, stack, tables and instances are bounded", room),
        promise("what a guest hands out is bounded", output),
        promise("a host that hands in an answer is not called out of the middle of it", reentrance),
        promise("a reply is held to its channel", replies),
        promise("what is forged is not shown", forged),
        promise("a button of the guest's own confirms nothing", sly_buttons),
        promise("what outlives a call is bounded", kept),
    ]
}

type Line = (String, &'static str, Asked);

/// Fails where one of these is not refused in these words, or anything leaves.
fn refused(guest: &Guest, lines: impl IntoIterator<Item = Line>) -> usize {
    let mut tried = 0;
    for (text, told, asked) in lines {
        guest.is_refused(&text, &asked, told);
        tried += 1;
    }
    assert_eq!(guest.left(), Left::default());
    tried
}

const DENIED: &str = r#"Err("denied")"#;
const NOT_CONFIRMED: &str = r#"Err("not-confirmed")"#;
const UNASKED: &str = "Err(Error { failure: Failure::Denied, sent: false, elapsed-ms: 0 })";
const NO_TOKEN: &str = "Err(Error { failure: Failure::NoCredential, sent: false, elapsed-ms: 0 })";

fn repeated(told: &str, count: usize) -> &'static str {
    vec![told; count].join("\n").leak()
}

/// Ids that no profile has, and that nothing may come of.
fn odd_ids() -> Vec<String> {
    let plain = [
        "",
        "-",
        "--yes",
        "-openai:work",
        "work",
        "openai",
        "openai:",
        ":work",
        "openai:nobody",
        "openai:work ",
        " openai:work",
        "openai:work\0",
        "openai:work\n",
        "openai:work\r\nauthorization: Bearer x",
        "openai:work\t",
        "openai:work;$(id)",
        "openai:work`id`",
        "$(openai:work)",
        "openai:work|openai:home",
        "openai:work&&id",
        "openai:work\\",
        "openai:work'",
        "openai:work\"",
        "openai:work/../home",
        "openai:%77ork",
        "OPENAI:WORK",
        "openai:Work",
        "openai:w\u{43e}rk",
        "openai\u{ff1a}work",
        "openai:work\u{200b}",
        "openai:work\u{202e}",
        "\u{feff}openai:work",
        "openai-codex:work",
        "anthropic:work",
        "constructor",
        "__proto__",
        "https://evil.invalid/",
        "//evil.invalid/",
        "@evil.invalid",
        "../../backend-api/other",
    ];
    let long = ["x".repeat(201), format!("openai:work{}", "x".repeat(1 << 20))];
    plain.map(str::to_owned).into_iter().chain(long).collect()
}

fn profiles() -> Result<Count, Failed> {
    let guest = Guest::new();
    let ids = odd_ids().into_iter();
    let lines = ids.map(|id| (format!("ask {id}"), UNASKED, USAGE));
    let mut tried = refused(&guest, lines);
    let odd = [
        ("ask-long 10000000", UNASKED),
        ("ask-unread openai:work", UNASKED),
        ("ask openai:key", UNASKED),
        ("ask openai:old", NO_TOKEN),
        ("ask openai:fenced", NO_TOKEN),
        ("ask-list openai:nobody", UNASKED),
        ("ask-list openai:key", UNASKED),
        ("ask-list openai:old", NO_TOKEN),
    ];
    let odd = odd.map(|(text, told)| (text.to_owned(), told, USAGE));
    tried += refused(&guest, odd);
    // What is granted does leave, and is counted here.
    for granted in ["ask openai:work", "ask-list openai:work"] {
        assert_eq!(guest.does(granted, &USAGE), r#"Ok((200, None, "{}"))"#);
    }
    let asked = guest.server.requests();
    let lines: Vec<&str> = asked.iter().map(|request| request.line()).collect();
    let expected = ["usage", "rate-limit-reset-credits"]
        .map(|path| format!("GET /backend-api/wham/{path} HTTP/1.1"));
    assert_eq!(lines, expected);
    Ok(Count::new(tried, "denied, no request"))
}

/// On real stores: each agent has its own, and the guest is asked of one.
fn another_agent() -> Result<Count, Failed> {
    let guest = Guest::new();
    let home = tempfile::tempdir()?;
    for (agent, label) in [("main", "work"), ("ops", "spare")] {
        let folder = home.path().join(format!(".openclaw/agents/{agent}/agent"));
        std::fs::create_dir_all(&folder)?;
        let sign_in = json!({
            "type": "oauth", "provider": "openai-codex", "expires": 4_000_000_000_000_i64,
            "access": canary(&format!("access of {agent}")),
            "refresh": canary(&format!("refresh of {agent}")),
        });
        let id = format!("openai-codex:{label}");
        let store = json!({ "version": 1, "profiles": { id: sign_in } });
        std::fs::write(folder.join("auth-profiles.json"), store.to_string())?;
    }
    let before = guest::files(home.path());
    let does = |text: &str, asked: &Asked| {
        let mut world = guest.world(NOW);
        world.store = Store::Live(Place {
            home: home.path().to_owned(),
            state_dir: None,
            auth_path: None,
            agent: "main".to_owned(),
        });
        let request = guest::request(text, asked);
        let turn = HOSTILE.call(asked.command, &request, guest.host_in(world, asked));
        guest::said(&turn.unwrap().reply)
    };
    let refused = [
        ("ask openai-codex:spare", UNASKED, USAGE),
        ("ask ops/openai-codex:spare", UNASKED, USAGE),
        ("propose-set openai-codex openai-codex:spare", DENIED, AUTH),
        ("propose-set openai-codex openai-codex:work openai-codex:spare", DENIED, AUTH),
        ("propose-logout openai-codex:spare", DENIED, AUTH),
    ];
    for (text, told, asked) in &refused {
        assert_eq!(does(text, asked), *told, "{text}");
    }
    assert!(!does("sign-ins", &USAGE).contains("spare"));
    assert_eq!(guest.left(), Left::default());
    // Its own is.
    assert!(does("ask openai-codex:work", &USAGE).starts_with("Ok"));
    assert_eq!(guest.left().asked, 1);
    assert_eq!(guest::files(home.path()), before, "a store was changed");
    Ok(Count::new(refused.len() + 1, "denied, no request, no code"))
}

/// The contract has two cases; a guest that writes another number in their place does
/// not get a word in.
fn endpoints() -> Result<Count, Failed> {
    let mut tried = 0;
    for endpoint in [0, 1, 2, 3, 127, 128, 255] {
        let guest = Guest::new();
        // One request at 1024: the endpoint, and an id of no letters.
        let body = format!(
            "(i32.store8 (i32.const 1024) (i32.const {endpoint}))
             (call $fetch-all (i32.const 1024) (i32.const 1) (i32.const 2048))
             (i32.const 0)"
        );
        let bytes = components::around(&components::module("2", ALLOCATE, &body));
        let (_, ended) = guest.run(&guest::harness(&bytes), "", &USAGE, None);
        match (endpoint, ended) {
            (0 | 1, Ok(_)) => {}
            (0 | 1, Err(end)) => return Err(format!("case {endpoint}: {}", end.text).into()),
            (_, Ok(_)) => return Err(format!("endpoint {endpoint} was taken").into()),
            (_, Err(_)) => tried += 1,
        }
        assert_eq!(guest.left(), Left::default());
    }
    Ok(Count::new(tried, "ended, no request"))
}

fn queries() -> Result<Count, Failed> {
    let guest = Guest::new();
    let providers = odd_ids().into_iter().filter(|id| id != "openai");
    let lines = providers.map(|id| (format!("read-order {id}"), DENIED, USAGE));
    let mut tried = refused(&guest, lines);
    let many = ("many-queries 5".to_owned(), repeated(DENIED, 5), USAGE);
    tried += refused(&guest, [many]);
    assert!(guest.does("read-order openai", &USAGE).starts_with("Ok(Output"));
    let argv = "models auth order get --provider openai --agent main --json";
    assert_eq!(guest.left().ran, [argv]);
    Ok(Count::new(tried, "denied, no command"))
}

fn changes() -> Result<Count, Failed> {
    let guest = Guest::new();
    let of_id = |id: &String| [format!("propose-line openai {id}"), format!("propose-logout {id}")];
    let mut texts: Vec<String> = odd_ids().iter().flat_map(of_id).collect();
    let providers = odd_ids().into_iter().filter(|id| id != "openai");
    texts.extend(providers.map(|provider| format!("propose-clear {provider}")));
    let others = [
        "propose-long 10000000",
        "propose-set openai",
        "propose-set openai openai:work openai:work",
        "propose-set openai openai:work openai:nobody",
        "propose-set anthropic openai:work",
        "propose-set openai-codex openai:work",
        "propose-clear openai-codex",
        "propose-set --agent openai:work",
        "propose-noted 2049 openai openai:work",
    ];
    texts.extend(others.map(str::to_owned));
    let mut tried = refused(&guest, texts.into_iter().map(|text| (text, DENIED, AUTH)));
    let terminal = r#"Err("needs-terminal")"#;
    tried += refused(&guest, [("propose-login".to_owned(), terminal, AUTH)]);
    Ok(Count::new(tried, "denied, no command, no code"))
}

fn proposers() -> Result<Count, Failed> {
    let guest = Guest::new();
    let not_owner = Asked { is_owner: false, ..AUTH };
    let dry = Asked { dry_run: true, ..AUTH };
    let in_usage = USAGE;
    let stranger_in_usage = Asked { is_owner: false, ..USAGE };
    let changes = [
        "propose-set openai openai:work",
        "propose-clear openai",
        "propose-logout openai:work",
        "propose-login",
    ];
    let mut tried = 0;
    for asked in [not_owner, dry, in_usage, stranger_in_usage] {
        let lines = changes.map(|text| (text.to_owned(), DENIED, asked.clone()));
        tried += refused(&guest, lines);
        let all = ("change-in-usage".to_owned(), repeated(DENIED, 4), asked);
        tried += 4 * refused(&guest, [all]);
    }
    Ok(Count::new(tried, "denied, no command, no code"))
}

const ORDER: &str = "propose-set openai openai:work openai:home";
const ORDER_ARGV: &str =
    "models auth order set --provider openai --agent main openai:work openai:home";

/// Proposes, and gives the code.
fn propose(guest: &Guest, change: &str) -> String {
    let told = guest.does(change, &AUTH);
    let code = told.split("code: \"").nth(1).and_then(|rest| rest.get(..8));
    code.unwrap_or_else(|| panic!("{told}")).to_owned()
}

fn codes() -> Result<Count, Failed> {
    let guest = Guest::new();
    let mut tried = 0;
    let mut no = |text: &str, asked: &Asked| {
        let before = guest.left().ran;
        let told = guest.does(text, asked);
        let all = told.lines().all(|line| line == NOT_CONFIRMED);
        assert!(all && !told.is_empty(), "{text}: {told}");
        assert_eq!(guest.left().ran, before, "{text}");
        tried += told.lines().count();
    };
    // Without any proposal.
    no("apply XXXXXXXX", &AUTH);
    no("recall XXXXXXXX", &AUTH);
    no("confirm XXXXXXXX", &AUTH);
    no("confirm ", &AUTH);
    no("apply-own openai openai:work openai:home", &AUTH);
    let code = propose(&guest, ORDER);
    // Guessed, from what is known of it, and given by nobody.
    for index in 0..code.len() {
        let mut near = code.clone().into_bytes();
        near[index] = if near[index] == b'0' { b'1' } else { b'0' };
        no(&format!("confirm {}", String::from_utf8_lossy(&near)), &AUTH);
    }
    no(&format!("confirm {}", &code[..7]), &AUTH);
    no(&format!("confirm {code}0"), &AUTH);
    no(&format!("apply {code}"), &AUTH);
    no(&format!("recall {code}"), &AUTH);
    no(&format!("status confirm {code}").replacen("status ", "apply ", 1), &AUTH);
    // Stolen.
    let confirm = format!("confirm {code}");
    no(&confirm, &Asked { user: "bob", ..AUTH });
    no(&confirm, &Asked { is_owner: false, ..AUTH });
    no(&confirm, &Asked { dry_run: true, ..AUTH });
    no(&confirm, &USAGE);
    let by_tool = Asked { from: Origin::Tool, ..AUTH };
    let in_terminal = Asked {
        from: |text| Origin::Terminal(text.split(' ').map(str::to_owned).collect()),
        ..AUTH
    };
    let by_button = Asked { from: Origin::Button, ..AUTH };
    no(&confirm, &by_tool);
    no(&format!("auth:confirm:{code}"), &by_tool);
    no(&confirm, &in_terminal);
    no(&confirm, &by_button);
    no(&format!("auth:confirm:{code}"), &AUTH);
    // Made from a time that has not come, and kept until it is over.
    no(&confirm, &Asked { now: NOW - 1, ..AUTH });
    let code = propose(&guest, ORDER);
    let late = NOW + policy().gateway.code_seconds;
    no(&format!("confirm {code}"), &Asked { now: late, ..AUTH });
    // Another plan takes the place of the first.
    let first = propose(&guest, ORDER);
    let second = propose(&guest, "propose-clear openai");
    assert_ne!(first, second);
    no(&format!("confirm {first}"), &AUTH);
    // Given by its user, it works once.
    let code = propose(&guest, ORDER);
    let told = guest.does(&format!("auth:confirm:{code}"), &by_button);
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].starts_with("Ok(Pending"), "{told}");
    assert!(lines[1].starts_with("Ok(Output"), "{told}");
    assert_eq!(lines[2..], [NOT_CONFIRMED]);
    assert_eq!(guest.left().ran, [ORDER_ARGV]);
    no(&format!("confirm {code}"), &AUTH);
    no(&format!("auth:confirm:{code}"), &by_button);
    assert_eq!(guest.left().ran, [ORDER_ARGV]);
    Ok(Count::new(tried, "not confirmed, no command"))
}

fn switched() -> Result<Count, Failed> {
    let guest = Guest::new();
    let code = propose(&guest, ORDER);
    // The user confirms, the guest proposes another and uses the user's code for it.
    let told = guest.does(&format!("confirm {code} switch openai openai:home"), &AUTH);
    assert_eq!(told.lines().nth(1), Some(NOT_CONFIRMED), "{told}");
    assert_eq!(guest.left().ran, [""; 0]);
    // The same with the code of its own proposal, which nobody was shown.
    let code = propose(&guest, ORDER);
    let told = guest.does(&format!("confirm {code} forge openai openai:home"), &AUTH);
    assert_eq!(told, repeated(NOT_CONFIRMED, 2));
    assert_eq!(guest.left().ran, [""; 0]);
    // Somebody changes the sign-ins between the plan and its confirmation.
    let code = propose(&guest, ORDER);
    let other = propose_as(&guest, "bob", "propose-set openai openai:home");
    let told = guest.does(&format!("confirm {other}"), &Asked { user: "bob", ..AUTH });
    assert!(told.contains("Ok(Output"), "{told}");
    let told = guest.does(&format!("confirm {code}"), &AUTH);
    assert_eq!(told.lines().nth(1), Some(r#"Err("moved")"#), "{told}");
    assert_eq!(guest.left().ran.len(), 1);
    // A proposal whose file was exchanged for another's does not answer to the code.
    let code = propose(&guest, ORDER);
    let folder = guest.kept_folder("proposals");
    let own = guest::files(&folder);
    for (path, bytes) in own.iter().filter(|(_, bytes)| !bytes.is_empty()) {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains(&code), "the code stands in the file");
        let of_bob = text.replace(r#""user":"ann""#, r#""user":"bob""#);
        assert_ne!(of_bob, text);
        std::fs::write(path, of_bob)?;
    }
    let told = guest.does(&format!("confirm {code}"), &AUTH);
    assert_eq!(told, repeated(NOT_CONFIRMED, 3));
    assert_eq!(guest.left().ran.len(), 1);
    Ok(Count::new(4, "not confirmed or moved, no command"))
}

fn propose_as(guest: &Guest, user: &'static str, change: &str) -> String {
    let told = guest.does(change, &Asked { user, ..AUTH });
    let code = told.split("code: \"").nth(1).and_then(|rest| rest.get(..8));
    code.unwrap_or_else(|| panic!("{told}")).to_owned()
}

fn deletion() -> Result<Count, Failed> {
    let guest = Guest::new();
    let code = propose(&guest, "propose-logout openai:work");
    let names = ["", " home", " openai:home", " Work", " wor", " openai:", " work home"];
    for name in names {
        let told = guest.does(&format!("confirm {code}{name}"), &AUTH);
        let last = told.lines().last();
        assert_eq!(last, Some(NOT_CONFIRMED), "{name}");
        assert_eq!(guest.left().ran, [""; 0]);
    }
    // A button carries no name.
    let by_button = Asked { from: Origin::Button, ..AUTH };
    let told = guest.does(&format!("auth:confirm:{code}"), &by_button);
    assert_eq!(told, repeated(NOT_CONFIRMED, 3));
    guest.does(&format!("confirm {code} work"), &AUTH);
    assert_eq!(guest.left().ran, ["models auth logout --agent main --yes openai:work"]);
    Ok(Count::new(names.len() + 1, "not confirmed, no command"))
}

fn trap_in_change() -> Result<Count, Failed> {
    let guest = Guest::new();
    let code = propose(&guest, ORDER);
    let told = guest.turn(&format!("confirm {code} trap"), &AUTH);
    assert!(told.is_err(), "it replied");
    // It was made, as its user said; neither its code nor anybody's is held on to.
    assert_eq!(guest.left().ran, [ORDER_ARGV]);
    let told = guest.does(&format!("confirm {code}"), &AUTH);
    assert_eq!(told, repeated(NOT_CONFIRMED, 3));
    let next = propose(&guest, "propose-clear openai");
    let told = guest.does(&format!("confirm {next}"), &AUTH);
    assert!(told.contains("Ok(Output"), "{told}");
    assert_eq!(guest.left().ran.len(), 2);
    Ok(Count::new(1, "ended; made once, the next change works"))
}

fn texts() -> Result<Count, Failed> {
    let guest = Guest::new();
    let places = ["ask", "read", "propose", "note", "apply", "chat", "take", "reply"];
    let broken = [
        "ff",
        "80",
        "c080",
        "c3",
        "eda080",
        "f4908080",
        "f8888080",
        "6f70656e61693a776f726bff",
        "e28280e282",
    ];
    let outside = [
        (8_u32, u32::MAX),
        (u32::MAX, 1),
        (0x7fff_ffff, 0x7fff_ffff),
        (32 << 20, 16),
        (65_536, 1 << 31),
    ];
    let mut tried = 0;
    for place in places {
        let raw = broken.map(|hex| format!("raw {place} {hex}"));
        let wild = outside.map(|(start, length)| format!("wild {place} {start} {length}"));
        for text in raw.into_iter().chain(wild) {
            let end = guest.end(&text, &AUTH);
            let is_told = |why: &&str| end.text.contains(*why);
            let whys = ["utf-8", "out of bounds", "beyond end of memory"];
            assert!(whys.iter().any(is_told), "{text}: {}", end.text);
            tried += 1;
        }
    }
    assert_eq!(guest.left(), Left::default());
    // The same road is open to what is a text.
    let told = guest.does("raw reply e29c85", &USAGE);
    assert_eq!(told, "\u{2705}");
    Ok(Count::new(tried, "ended, nothing left"))
}

fn wasi() -> Result<Count, Failed> {
    let interfaces = [
        (
            "wasi:cli/environment@0.2.3",
            r#"(export "get-environment" (func (result (list (tuple string string)))))"#,
        ),
        ("wasi:cli/stdout@0.2.3", ""),
        ("wasi:cli/exit@0.2.3", r#"(export "exit" (func (param "status" (result))))"#),
        ("wasi:filesystem/preopens@0.2.3", ""),
        ("wasi:filesystem/types@0.2.3", r#"(export "descriptor" (type (sub resource)))"#),
        ("wasi:sockets/tcp-create-socket@0.2.3", r#"(export "create" (func))"#),
        ("wasi:sockets/ip-name-lookup@0.2.3", r#"(export "resolve" (func))"#),
        ("wasi:http/outgoing-handler@0.2.3", r#"(export "handle" (func))"#),
        ("wasi:clocks/wall-clock@0.2.3", r#"(export "now" (func (result u64)))"#),
        ("wasi:clocks/monotonic-clock@0.2.3", r#"(export "now" (func (result u64)))"#),
        ("wasi:random/random@0.2.3", r#"(export "get-random-u64" (func (result u64)))"#),
        ("wasi:random/insecure-seed@0.2.3", ""),
        ("wasi:io/streams@0.2.3", r#"(export "input-stream" (type (sub resource)))"#),
        ("wasi:keyvalue/store@0.2.0", r#"(export "open" (func))"#),
        ("codex-profiler:skill/shell@1.0.0", r#"(export "run" (func (param "line" string)))"#),
        ("codex-profiler:skill/https@2.0.0", r#"(export "fetch" (func (param "url" string)))"#),
    ];
    for (name, exports) in interfaces {
        let import = format!(r#"(import "{name}" (instance {exports}))"#);
        let loaded = guest::try_harness(&components::asking_for(&import));
        let Err(error) = loaded else {
            return Err(format!("{name} was lent").into());
        };
        // An interface of nothing is nothing: it lacks the commands, and that is all.
        let why = format!("{error:#}");
        assert!(why.contains(name) || exports.is_empty(), "{name}: {why}");
    }
    let of_ours = r#"(import "codex-profiler:skill/https@1.0.0" (instance (export "fetch" (func (param "url" string)))))"#;
    assert!(guest::try_harness(&components::asking_for(of_ours)).is_err());
    Ok(Count::new(interfaces.len() + 1, "not instantiated"))
}

fn budgets() -> Result<Count, Failed> {
    let limits = &policy().limits;
    let guest = Guest::new();
    let most = limits.host_calls;
    assert_eq!(guest.does(&format!("calls {most}"), &USAGE).lines().count() as u32, most);
    let beyond = [
        format!("calls {}", most + 1),
        "calls 10000".to_owned(),
        "loop-of-calls".to_owned(),
        format!("take {}", most + 1),
    ];
    for text in &beyond {
        let end = guest.end(text, &USAGE);
        assert!(end.text.contains("the budget of host calls is used up"), "{}", end.text);
    }
    // What was taken is free once its holder is gone.
    assert_eq!(guest.does("take 100", &USAGE), repeated("Claim::Claimed", 100));

    let most = limits.messages_a_call;
    let told = guest.does(&format!("chat {}", most + 50), &USAGE);
    let refused = told.lines().filter(|line| *line == r#"Err("refused")"#).count();
    assert_eq!((refused, guest.left().sent.len()), (50, most));
    guest.is_refused("chat-long", &USAGE, r#"Err("refused")"#);

    // An endpoint that hangs up at once, and counts.
    let limits = &policy().limits;
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let address = loopback::listen(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    let asks = |state: &RecordedState, text: &str| -> Result<(usize, String), Failed> {
        let before = connections.load(Ordering::SeqCst);
        let mut world = guest.world(NOW);
        world.store = Store::Recorded(state.clone());
        let client = Client::for_loopback(guest.server.roots.clone(), address, None);
        world.endpoint = Endpoint::Live(client);
        let request = guest::request(text, &USAGE);
        let turn = HOSTILE.call(USAGE.command, &request, guest.host_in(world, &USAGE))?;
        let asked = connections.load(Ordering::SeqCst) - before;
        Ok((asked, guest::said(&turn.reply)))
    };
    let spent = "Err(Error { failure: Failure::BudgetSpent, sent: false, elapsed-ms: 0 })";
    let unreachable = "Err(Error { failure: Failure::Unreachable";
    let of_profile = limits.requests_a_profile;
    for text in [
        "many-requests 10000 openai:work",
        "batches 20 openai:work",
        "delays openai:work 1 2 3 4 5 6 7 8 9 10 11 12 13",
    ] {
        let (asked, told) = asks(&guest.state, text)?;
        assert!(told.starts_with(unreachable), "{told}");
        assert_eq!(told.lines().last(), Some(spent));
        assert_eq!(asked, of_profile, "{text}");
    }
    let sign_in = |each: usize| {
        let entry = json!({
            "type": "oauth", "provider": "openai", "expires": (NOW + 864_000) * 1000,
            "access": canary(&format!("access of {each}")),
        });
        (format!("openai:{each}"), entry)
    };
    let many = limits.requests_a_call / of_profile + 1;
    let profiles: serde_json::Map<_, _> = (0..many).map(sign_in).collect();
    let store = json!({ "version": 1, "profiles": profiles });
    let crowd = RecordedState::new(store, None, Era::Sqlite, "promises");
    let (asked, told) = asks(&crowd, &format!("everyone {of_profile}"))?;
    assert_eq!(told.lines().last(), Some(spent));
    assert_eq!(asked, limits.requests_a_call);
    let refused = 10_000 + 20 + 13 - 3 * of_profile + many * of_profile - asked;
    let tried = beyond.len() + 51 + refused;
    Ok(Count::new(tried, "refused or ended"))
}

fn fuel() -> Result<Count, Failed> {
    let guest = Guest::new();
    let mut slowest = Duration::ZERO;
    for text in ["loop", "linger"] {
        let started = Instant::now();
        let end = guest.end(text, &USAGE);
        slowest = slowest.max(started.elapsed());
        assert_eq!(end.trap, Some(Trap::OutOfFuel), "{text}: {}", end.text);
    }
    Ok(Count::new(2, format!("ended, after {} s", slowest.as_secs())))
}

fn time() -> Result<Count, Failed> {
    let guest = Guest::new();
    // Before its fuel is spent, which takes a tight loop a third of a second.
    let soon = Duration::from_millis(100);
    let asked = [&USAGE, &AUTH].map(|asked| Asked { within: Some(soon), ..asked.clone() });
    for (text, asked) in
        ["loop", "linger"].iter().flat_map(|text| asked.iter().map(move |asked| (text, asked)))
    {
        let started = Instant::now();
        let end = guest.end(text, asked);
        let took = started.elapsed();
        assert!(end.text.contains("the time of the call is spent"), "{text}: {}", end.text);
        assert!(took >= soon && took < Duration::from_secs(3), "{text}: {took:?}");
    }
    // However much time is asked for, the policy's is the most.
    let long = Asked { within: Some(Duration::MAX), ..USAGE };
    assert_eq!(guest.does("say still here", &long), "still here");
    Ok(Count::new(4, "ended at the deadline"))
}

fn room() -> Result<Count, Failed> {
    let guest = Guest::new();
    let mut tried = 0;
    let end = guest.end("recurse", &USAGE);
    assert_eq!(end.trap, Some(Trap::StackOverflow), "{}", end.text);
    let end = guest.end("allocate", &USAGE);
    let most = policy().limits.guest_memory_bytes;
    assert!((most / 2..=most).contains(&end.memory.len()), "{}", end.memory.len());
    tried += 2;
    // Guests of which nothing but their start is hostile: they do not come to be.
    let (memory, table) = ("2", "(table 1 funcref)");
    let stillborn = [
        ("65536", ALLOCATE.to_owned(), "exceeds memory limits"),
        ("513", ALLOCATE.to_owned(), "exceeds memory limits"),
        (memory, format!("(memory 2) {ALLOCATE}"), "memory count too high"),
        (memory, format!("(table 10001 funcref) {ALLOCATE}"), "exceeds table limits"),
        (memory, format!("{} {ALLOCATE}", table.repeat(5)), "table count too high"),
        (
            memory,
            format!("(func $start (loop (br 0))) (start $start) {ALLOCATE}"),
            "all fuel consumed",
        ),
    ];
    for (memory, extra, why) in stillborn {
        let bytes = components::around(&components::module(memory, &extra, "(i32.const 0)"));
        let harness = guest::try_harness(&bytes)?;
        let (_, Err(end)) = guest.run(&harness, "", &USAGE, Some(1_000_000)) else {
            return Err(format!("it came to be, though {why}").into());
        };
        assert!(end.text.contains(why), "{why}: {}", end.text);
        tried += 1;
    }
    // Those that grow are told that they cannot: they reply where they were, and trap
    // where they got more than there may be.
    let until_refused = |grow: &str, most: usize| {
        format!(
            "(local $times i32)
             (loop $again
                (local.set $times (i32.add (local.get $times) (i32.const 1)))
                (if (i32.gt_u (local.get $times) (i32.const {most})) (then unreachable))
                (br_if $again (i32.ne {grow} (i32.const -1))))
             (i32.const 0)"
        )
    };
    let growing = [
        (
            "a table",
            format!("{table} {ALLOCATE}"),
            until_refused("(table.grow (ref.null func) (i32.const 1000))", 10),
        ),
        (
            "a table, at once",
            format!("{table} {ALLOCATE}"),
            until_refused("(table.grow (ref.null func) (i32.const 10000000))", 1),
        ),
        ("memory", ALLOCATE.to_owned(), until_refused("(memory.grow (i32.const 16))", 32)),
        (
            "memory, at once",
            ALLOCATE.to_owned(),
            until_refused("(memory.grow (i32.const 65535))", 1),
        ),
    ];
    for (what, extra, body) in growing {
        let bytes = components::around(&components::module(memory, &extra, &body));
        let (_, ended) = guest.run(&guest::harness(&bytes), "", &USAGE, None);
        if let Err(end) = ended {
            return Err(format!("{what} grew: {}", end.text).into());
        }
        tried += 1;
    }
    assert_eq!(guest.left(), Left::default());
    assert_eq!(guest.does("say still here", &USAGE), "still here");
    Ok(Count::new(tried, "ended, not loaded, or not given"))
}

fn output() -> Result<Count, Failed> {
    let guest = Guest::new();
    let ended = [
        "big-reply 100000000",
        "big-reply 17000000",
        "aliased-texts 1000 1500000",
        "aliased-texts 300000 100",
        "aliased-lists 3000",
        "aliased-requests 1000 1500000",
        "many-requests 1000000 openai:nobody",
    ];
    for text in ended {
        guest.end(text, &USAGE);
    }
    assert_eq!(guest.left(), Left::default());
    // What is large and within the bounds comes out: the bounds are what ends the others.
    for text in ["big-reply 100000", "aliased-texts 100 1000"] {
        let (_, replied) = guest.run(&HOSTILE, text, &USAGE, None);
        assert_eq!(guest::said(&replied.map_err(|end| end.text)?).len() / 1000, 100);
    }
    Ok(Count::new(ended.len(), "ended, nothing shown"))
}

const TOO_MUCH: &str = "the component's reply was larger than its channel allows and was withheld";

fn replies() -> Result<Count, Failed> {
    let guest = Guest::new();
    let (length, buttons) = (guest::LENGTH as usize, usize::from(guest::BUTTONS));
    let parts = policy().limits.parts_a_reply;
    let withheld = [
        format!("big-reply {}", length + 1),
        "big-reply 100000".to_owned(),
        "big-reply 16000000".to_owned(),
        format!("many-parts {}", parts + 1),
        "many-parts 100000".to_owned(),
        "aliased-texts 100 1000".to_owned(),
        format!("many-buttons {}", buttons + 1),
        "many-buttons 5000".to_owned(),
        format!("many-cells {}", length + 1),
        "many-cells 100000".to_owned(),
    ];
    for text in &withheld {
        let why = guest.turn(text, &USAGE).expect_err(text).to_string();
        assert_eq!(why, TOO_MUCH, "{text}");
    }
    assert_eq!(guest.left(), Left::default());
    // As much as it takes is shown, and sent.
    assert_eq!(guest.does(&format!("big-reply {length}"), &USAGE).len(), length);
    let told = guest.does(&format!("many-parts {parts}"), &USAGE);
    assert_eq!(told.split("\n\n").count(), parts);
    assert_eq!(guest.does(&format!("many-buttons {buttons}"), &USAGE), "Ok(())");
    assert_eq!(guest.left().sent.len(), 1);
    Ok(Count::new(withheld.len(), "withheld whole"))
}

/// In the proposing call itself, under a label that says nothing of a change.
fn sly_buttons() -> Result<Count, Failed> {
    let guest = Guest::new();
    let turn = guest.turn("sly-button openai openai:work openai:home", &AUTH)?;
    let (code, _) = turn.proposed.as_ref().ok_or("nothing was proposed")?;
    assert!(!format!("{:?}", turn.reply).contains(code), "{turn:?}");
    let Delivery::Parts(parts) = &turn.reply.delivery else {
        return Err("no reply".into());
    };
    assert!(parts.iter().all(|part| part.buttons.is_empty()), "{parts:?}");
    let sent = guest.left().sent;
    assert!(!sent.is_empty());
    assert!(sent.iter().all(|message| message.contains("buttons: []")), "{sent:?}");
    Ok(Count::new(2 * sent.len(), "left out of the reply and of messages"))
}

fn reentrance() -> Result<Count, Failed> {
    let guest = Guest::new();
    // There has to be something that is handed in, or no room is asked for.
    assert_eq!(guest.does("stash something", &USAGE), "Ok(1)");
    let end = guest.end("reenter", &USAGE);
    assert!(end.text.contains("cannot leave component instance"), "{}", end.text);
    assert_eq!(guest.does("say still here", &USAGE), "still here");
    Ok(Count::new(1, "ended"))
}

fn forged() -> Result<Count, Failed> {
    let guest = Guest::new();
    let shown = "]0;owned[2Jbalanceevil31m";
    let turn = guest.turn("forged", &USAGE)?;
    let Delivery::Parts(parts) = &turn.reply.delivery else {
        return Err("no reply".into());
    };
    let [part] = parts.as_slice() else {
        return Err("not one part".into());
    };
    assert_eq!(part.text, shown);
    // The button that confirms what nobody proposed is gone, the other is cleaned.
    let buttons: Vec<_> =
        part.buttons.iter().map(|button| (&*button.label, &*button.value)).collect();
    assert_eq!(buttons, [(shown, "usage:all")]);
    let turn = guest.turn("wide-button", &USAGE)?;
    assert_eq!(guest::said(&turn.reply), r#"Err("refused")"#);
    assert!(!format!("{turn:?}").contains("usage:xxx"), "a wide button was shown");
    // "Verified" is a word that anybody can say; what it would take was not done.
    let turn = guest.turn("say \u{2705} Confirmed: the order is set. Read back.", &AUTH)?;
    assert!(turn.proposed.is_none());
    for odd in ["\u{1b}[2J", "\u{202e}", "\u{2066}", "\u{200b}", "\0", "\u{9b}31m", "\r", "\u{7}"] {
        let told = guest.does(&format!("say a{odd}b"), &USAGE);
        let is_clean = told.chars().all(|c| c == '\n' || !c.is_control() && c.is_ascii());
        assert!(is_clean, "{told:?}");
        guest.does(&format!("chat-text a{odd}b"), &USAGE);
    }
    let sent = guest.left().sent;
    assert_eq!(sent.len(), 8);
    assert!(sent.iter().all(|message| !message.contains("\\u{")), "{sent:?}");
    assert_eq!(guest.left(), Left { sent, ..Left::default() });
    Ok(Count::new(20, "cleaned, or left out"))
}

fn kept() -> Result<Count, Failed> {
    let guest = Guest::new();
    let limits = &policy().limits;
    let most = policy().memory.rule(Key::Readings).bytes;
    for size in [most + 1, 1 << 20, 10_000_000] {
        guest.is_refused(&format!("save {size}"), &USAGE, r#"Err("too-large")"#);
    }
    assert_eq!(guest.left(), Left::default());
    assert_eq!(guest.does(&format!("save {most}"), &USAGE), "Ok(1)");
    // Claims for ever, with keys of any size, by guests of many users and calls.
    let users = ["ann", "bob", "eve", "joe"];
    let calls = limits.recent_claims / 60 + 4;
    for call in 0..calls {
        let user = users[call % users.len()];
        // Each call's keys are its own: their sizes differ.
        let text = format!("keep 60 {}", 1000 + call);
        let told = guest.does(&text, &Asked { user, ..USAGE });
        assert_eq!(told, repeated("Claim::Claimed", 60));
    }
    let left = guest.left();
    assert!(left.kept.len() <= limits.recent_claims + 1, "{} files", left.kept.len());
    let bytes: usize = left.kept.values().sum();
    assert!(bytes <= most + 8 + 8 * limits.recent_claims, "{bytes} bytes");
    Ok(Count::new(3 + calls * 60, "refused, or the oldest give way"))
}

//! No secret comes to a guest, and none goes out: each one that the host is lent is a
//! text that is nobody else's, looked for in every form and everywhere.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use host_test::net::{Answer, Client};
use host_test::openclaw::Output;
use host_test::secret::Secret;
use host_test::store::Era;
use host_test::world::{RecordedState, Store};
use libtest_mimic::Failed;
use serde_json::json;

use crate::cases::{self, CASES, Looked};
use crate::guest::{self, AUTH, Asked, Guest, HOSTILE, Left, NOW, USAGE};
use crate::loopback::Reply;
use crate::needles::{Needles, canary, forms};
use crate::table::{Count, Promise};

/// The promises of this section.
pub fn promises() -> Vec<Promise> {
    let promise =
        |name: &str, run: fn() -> Result<Count, Failed>| Promise::new("canary", name, run);
    vec![
        promise("a search that finds nothing would find something", search),
        promise("no hostile guest has a secret in its memory", hostile_memory),
        promise("the component has none in its memory, over all cases", memory_of_cases).long(),
        promise("nobody is shown one, over all cases", output_of_cases).long(),
        promise("an answer or an output that gives one back is dropped whole", echoes),
        promise("one that is encoded or broken up is, too", encoded_echoes),
        promise("a guest that came to know one cannot pass it on", told),
        promise("nor the id of an account or a user, which it knows", unshown),
        promise("what one call hid in a code, another does not show", stashed),
        promise("one that is woven into what nobody sees is found", woven),
        promise("what a program prints of its own values holds none", debug_output),
    ]
}

/// In every form, in the middle of other bytes.
fn search() -> Result<Count, Failed> {
    let secret = canary("of the search");
    let needles = Needles::new([secret.clone()]);
    let all = forms(secret.as_bytes());
    for (form, bytes) in &all {
        let hay = [b"some bytes ", &bytes[..], b" and more"].concat();
        assert!(needles.find(&hay).is_some(), "{form}");
    }
    // At whatever place of an encoded whole.
    for lead in 0..6 {
        let whole = format!("{}{secret}yyyy", "x".repeat(lead));
        assert!(needles.find(BASE64_STANDARD.encode(whole).as_bytes()).is_some());
    }
    assert!(needles.find(canary("another").as_bytes()).is_none());
    // In a guest that has one, because its user said it.
    let guest = Guest::new();
    let end = guest.run(&HOSTILE, &format!("loop {secret}"), &USAGE, Some(1_000_000)).1;
    let end = end.expect_err("it replied");
    assert!(needles.find(&end.memory).is_some(), "not in {} bytes", end.memory.len());
    Ok(Count::new(all.len() + 7, format!("found, in {} forms", all.len())))
}

/// Whatever a hostile guest does, with a world that gives secrets back.
fn hostile_memory() -> Result<Count, Failed> {
    let behaviours: &[(&str, &Asked)] = &[
        ("loop", &USAGE),
        ("calls 100", &USAGE),
        ("loop-of-calls", &USAGE),
        ("linger", &USAGE),
        ("reenter", &USAGE),
        ("recurse", &USAGE),
        ("allocate", &USAGE),
        ("trap", &USAGE),
        ("big-reply 100000", &USAGE),
        ("aliased-texts 100 1000", &USAGE),
        ("aliased-lists 100", &USAGE),
        ("forged", &USAGE),
        ("say something", &USAGE),
        ("sign-ins", &USAGE),
        ("ask openai:work", &USAGE),
        ("ask openai:home", &USAGE),
        ("ask openai:old", &USAGE),
        ("ask openai:nobody", &USAGE),
        ("ask-unread openai:work", &USAGE),
        ("many-requests 20 openai:work", &USAGE),
        ("read-status", &USAGE),
        ("read-status", &AUTH),
        ("read-order openai", &AUTH),
        ("many-queries 3", &AUTH),
        ("propose-set openai openai:work openai:home", &AUTH),
        ("propose-clear openai", &AUTH),
        ("propose-logout openai:work", &AUTH),
        ("propose-login", &AUTH),
        ("apply-own openai openai:work", &AUTH),
        ("confirm XXXXXXXX", &AUTH),
        ("change-in-usage", &USAGE),
        ("chat 3", &USAGE),
        ("save 100", &USAGE),
        ("take 10", &USAGE),
        ("keep 10 100", &USAGE),
        ("raw ask ff", &USAGE),
        ("wild chat 4294967295 1", &USAGE),
    ];
    let token = canary("access of work");
    let echo = json!({ "email": token, "plan_type": canary("refresh of home") }).to_string();
    let stdout = json!({ "agentId": token, "order": [canary("key")] }).to_string();
    let echoing = json!([
        { "on": "version", "stdout": format!("OpenClaw 2026.9.6 {token}\n") },
        { "on": "models-status", "stdout": stdout },
        { "on": "auth-order-get", "stdout": "{}", "exit": 1, "stderr": format!("error: {token}\n") },
        { "on": "auth-order-set", "exit": 1, "stderr": canary("refresh of work") },
    ]);
    let (mut images, mut bytes, mut telling) = (0, 0, 0);
    for is_echoing in [false, true] {
        for (text, asked) in behaviours {
            let answer = echo.clone();
            let mut guest = if is_echoing {
                Guest::with(move |_| Reply::json(200, answer.clone()))
            } else {
                Guest::new()
            };
            if is_echoing {
                guest.script = echoing.clone();
            }
            let mut look = |fuel: u64| {
                let (used, end) = guest.run(&HOSTILE, text, asked, Some(fuel));
                if let Err(end) = &end {
                    guest.needles.assert_none(&format!("memory of {text}"), &end.memory);
                    images += 1;
                    bytes += end.memory.len();
                    telling += usize::from(Needles::has(&end.memory, "openai:work"));
                }
                (used, end.is_err())
            };
            // The long-winded are ended sooner than the policy has it.
            let (used, was_ended) = look(200_000_000);
            look(used / 2);
            if !was_ended {
                let near = [1, 300, 3_000, 20_000, 100_000];
                let ended = near.iter().any(|less| look(used.saturating_sub(*less)).1);
                assert!(ended, "{text}: it was not ended near its end");
            }
        }
    }
    // What may be known is found there: these are the guest's memories, and full.
    assert!(telling > images / 2, "{telling} of {images}");
    let note = format!("0 in {images} images of {} MB", bytes / 1_000_000);
    Ok(Count::new(images, note))
}

fn memory_of_cases() -> Result<Count, Failed> {
    let folders = CASES.each();
    let (left, right) = folders.split_at(folders.len() / 2);
    let look = |folders: &[std::path::PathBuf]| {
        let each = folders.iter().map(|folder| cases::look(folder, &CASES.needles));
        each.collect::<Vec<Looked>>()
    };
    let looked = std::thread::scope(|scope| {
        let other = scope.spawn(|| look(right));
        let mut looked = look(left);
        looked.extend(other.join().unwrap());
        looked
    });
    let sum = |of: fn(&Looked) -> usize| looked.iter().map(of).sum::<usize>();
    let (images, bytes) = (sum(|each| each.images), sum(|each| each.bytes));
    let telling = sum(|each| each.telling);
    assert!(telling > images / 2, "{telling} of {images}");
    let note =
        format!("0 of {} secrets in {images} images of {} MB", CASES.secrets, bytes / 1_000_000);
    Ok(Count::new(images, note))
}

fn output_of_cases() -> Result<Count, Failed> {
    let (mut lines, mut kept) = (0, 0);
    for folder in CASES.each() {
        let (count, seen, files) = cases::seen(&folder);
        let case = folder.display().to_string();
        CASES.needles.assert_none(&case, seen.as_bytes());
        assert!(!seen.contains("panicked"), "{case}: {seen}");
        for bytes in &files {
            CASES.needles.assert_none(&format!("what is kept of {case}"), bytes);
        }
        lines += count;
        kept += files.len();
    }
    Ok(Count::new(lines, format!("0 in stdout, stderr and {kept} files")))
}

/// In a body, in a header, in an output, in an error: the guest is told that there was
/// one, and no more.
fn echoes() -> Result<Count, Failed> {
    let mut tried = 0;
    let names = [
        "access of work",
        "refresh of work",
        "access of home",
        "refresh of old",
        "key",
        "another key",
    ];
    for secret in names.map(canary) {
        let replies = [
            Reply::json(200, json!({ "email": secret }).to_string()),
            Reply::json(
                401,
                json!({ "error": { "message": format!("bad {secret}!") } }).to_string(),
            ),
            Reply::new(500, &[], format!("<html>{secret}</html>")),
            Reply::new(429, &[("retry-after", &secret)], "{}"),
            Reply::new(403, &[("content-type", &secret)], "{}"),
        ];
        for reply in replies {
            let guest = Guest::with(move |_| reply.clone());
            let told = guest.does("ask openai:work", &USAGE);
            assert!(
                told.starts_with("Err(Error { failure: Failure::SecretEchoed, sent: true"),
                "{told}"
            );
            tried += 1;
        }
        // Of the other headers none comes in.
        let location = secret.clone();
        let guest = Guest::with(move |_| {
            Reply::new(
                302,
                &[("location", &location), ("set-cookie", &location), ("x-y", &location)],
                "",
            )
        });
        assert_eq!(guest.does("ask openai:work", &USAGE), r#"Ok((302, None, ""))"#);
        let line = format!("{secret}\n");
        let outputs = [
            (json!({ "stdout": json!({ "agentId": secret }).to_string() }), r#"Err("denied")"#),
            (json!({ "exit": 1, "stdout": "", "stderr": line }), r#"Err("denied")"#),
            (
                json!({ "exit": 1, "stdout": json!({ "error": secret }).to_string(), "stderr": "" }),
                "no secret",
            ),
            // Keys that the policy does not name stay outside.
            (json!({ "stdout": json!({ "storePath": secret }).to_string() }), "no secret"),
            (json!({ "noise": line }), "no secret"),
        ];
        for (mut step, told) in outputs {
            step["on"] = json!("models-status");
            let mut guest = Guest::new();
            guest.script = json!([step]);
            let said = guest.does("read-status", &AUTH);
            // Whatever was said, `does` looked for the secret in it.
            assert!(said == told || told == "no secret", "{said}");
            tried += 1;
        }
        // Of a change that was confirmed, before the guest has asked for anything else.
        let mut guest = Guest::new();
        guest.script = json!([
            { "on": "auth-order-set", "exit": 1, "stdout": "", "stderr": line }
        ]);
        let planned = guest.turn("propose-set openai openai:work", &AUTH)?;
        let (code, _) = planned.proposed.ok_or("nothing was proposed")?;
        let told = guest.does(&format!("confirm {code}"), &AUTH);
        assert!(told.contains(r#"Err("denied")"#), "{told}");
        assert_eq!(guest.left().ran.len(), 1);
        tried += 1;
    }
    Ok(Count::new(tried + names.len(), "dropped; 0 came in"))
}

/// As programs write text without being asked to: escaped, encoded, over several lines.
fn encoded_echoes() -> Result<Count, Failed> {
    let mut tried = 0;
    for secret in ["access of work", "refresh of home", "key"].map(canary) {
        // What is like one and is none comes in, and what is kept is kept.
        let guest = Guest::with(|_| Reply::json(200, BASE64_STANDARD.encode(canary("nobody's"))));
        assert!(guest.does("ask openai:work", &USAGE).starts_with("Ok"));
        for echo in encoded(&secret) {
            let answer = [b"{\"email\":\"", &echo[..], b"\"}"].concat();
            let guest = Guest::with(move |_| Reply::json(200, &answer));
            let told = guest.does("ask openai:work", &USAGE);
            let text = String::from_utf8(echo)?;
            assert!(told.contains("SecretEchoed"), "{told}: {text}");
            let mut guest = Guest::new();
            // What a program writes has no NUL and one end.
            let line = text.replace('\0', "\u{1}");
            guest.script = json!([
                { "on": "models-status", "exit": 1, "stdout": "", "stderr": line }
            ]);
            assert_eq!(guest.does("read-status", &AUTH), r#"Err("denied")"#);
            // Its user told it, and it hides what it knows in what is kept.
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            guest.is_refused(&format!("raw note {hex}"), &AUTH, r#"Err("denied")"#);
            tried += 3;
        }
    }
    Ok(Count::new(tried, "dropped; 0 came in"))
}

fn encoded(secret: &str) -> Vec<Vec<u8>> {
    let all = forms(secret.as_bytes()).into_iter();
    // Of these, pieces: what is shorter than a secret's tail is not recognised.
    let is_whole = |form: &str| !["text", "base64 form"].contains(&form);
    let mut echoes: Vec<Vec<u8>> =
        all.filter(|(form, _)| is_whole(form)).map(|(_, bytes)| bytes).collect();
    for lead in ["", "Bearer ", "u:"] {
        let whole = format!("{lead}{secret}");
        echoes.push(BASE64_STANDARD.encode(&whole).into_bytes());
        echoes.push(BASE64_URL_SAFE_NO_PAD.encode(&whole).into_bytes());
    }
    let (head, tail) = secret.split_at(20);
    let encoded = BASE64_STANDARD.encode(secret);
    let (encoded_head, encoded_tail) = encoded.split_at(33);
    for broken in [
        format!("{head}\r\n\t{tail}"),
        format!(r"{head}\n{tail}"),
        format!("{encoded_head}\n{encoded_tail}"),
    ] {
        echoes.push(broken.into_bytes());
    }
    echoes
}

/// A guest that has a secret, here by its user's words, and tries each way out.
fn told() -> Result<Count, Failed> {
    let mut tried = 0;
    for name in ["access of work", "refresh of home", "key", "another key"] {
        let secret = canary(name);
        let hidden = format!("{}\u{200b}{}", &secret[..20], &secret[20..]);
        for secret in [&secret, &hidden] {
            let guest = Guest::new();
            for way in ["say", "say-json", "say-button", "say-table"] {
                let text = format!("{way} {secret}");
                let turn =
                    HOSTILE.call(USAGE.command, &guest::request(&text, &USAGE), guest.host(&USAGE));
                let why = turn.expect_err("it was shown").to_string();
                assert_eq!(why, WITHHELD);
                tried += 1;
            }
            guest.is_refused(&format!("chat-text {secret}"), &USAGE, r#"Err("refused")"#);
            tried += 1;
        }
        let guest = Guest::new();
        guest.is_refused(&format!("save-text {secret}"), &USAGE, r#"Err("denied")"#);
        for way in ["propose-logout", "propose-clear", "propose-line openai"] {
            guest.is_refused(&format!("{way} {secret}"), &AUTH, r#"Err("denied")"#);
            tried += 1;
        }
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        guest.is_refused(&format!("raw note {hex}"), &AUTH, r#"Err("denied")"#);
        // A key is kept as a digest, and an id that is asked for is nobody's.
        guest.does(&format!("raw take {hex}"), &USAGE);
        guest.does(&format!("raw ask {hex}"), &USAGE);
        guest.does(&format!("raw read {hex}"), &USAGE);
        assert_eq!(guest.left().asked, 0);
        tried += 5;
        // It dies with the secret in its words: nobody hears them.
        let turn = guest.turn(&format!("trap {secret}"), &USAGE);
        guest
            .needles
            .assert_none("an error", format!("{:?}", turn.expect_err("it lives")).as_bytes());
        tried += 1;
    }
    Ok(Count::new(tried, "refused or withheld"))
}

const ACCOUNT: &str = "acct-of-work-0123456789";
const USER: &str = "user-Work0123456789";

/// Profiles of these ids, all of that account and that user.
fn signed_in(ids: &[&str]) -> RecordedState {
    let claims = json!({ "https://api.openai.com/auth": { "chatgpt_user_id": USER } });
    let part = |value: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let entry = json!({
        "type": "oauth", "provider": "openai", "expires": 4_000_000_000_000_i64,
        "access": format!("{}.{}.signature-of-work", part(&json!({})), part(&claims)),
        "accountId": ACCOUNT,
    });
    let entries = ids.iter().map(|id| ((*id).to_owned(), entry.clone()));
    let profiles: serde_json::Map<_, _> = entries.collect();
    let store = json!({ "version": 1, "profiles": profiles });
    RecordedState::new(store, None, Era::Sqlite, "promises")
}

const WITHHELD: &str = "the component's reply held a secret and was withheld";

/// One user's call keeps it, another's that asks for no sign-ins hands it out.
fn stashed() -> Result<Count, Failed> {
    let mut tried = 0;
    let token = canary("access of work");
    for stash in ["stash-ids".to_owned(), format!("stash {token}")] {
        let mut guest = Guest::new();
        if stash == "stash-ids" {
            guest.state = signed_in(&["openai:work"]);
        }
        assert_eq!(guest.does(&stash, &USAGE), "Ok(1)");
        let bob = Asked { user: "bob", ..USAGE };
        for way in ["reply", "json", "button"] {
            let turn = guest.turn(&format!("unstash {way}"), &bob);
            assert_eq!(turn.expect_err(way).to_string(), WITHHELD);
        }
        guest.is_refused("unstash chat", &bob, r#"Err("refused")"#);
        guest.is_refused("unstash save", &bob, r#"Err("denied")"#);
        tried += 5;
    }
    let callback =
        "http://localhost:1455/auth/callback?code=ac_FAKE0123456789&state=FAKE9876543210";
    for text in [callback, &format!("finish {callback}"), &format!("finish work {callback}")] {
        let guest = Guest::new();
        guest.is_refused(text, &AUTH, r#"Err("denied")"#);
        assert_eq!(guest.does("unstash reply", &USAGE), "");
        tried += 1;
    }
    Ok(Count::new(tried, "refused or withheld"))
}

/// A character between any two of its letters that takes no room, or next to none.
fn woven() -> Result<Count, Failed> {
    let table: BTreeMap<String, Vec<(String, String)>> =
        serde_json::from_str(include_str!("../../tables/invisible.json"))?;
    let ranges = table["blank"].iter();
    let mut ends: Vec<&str> = ranges.flat_map(|(first, last)| [&**first, last]).collect();
    ends.extend(["A0", "1680", "2009", "202F", "3000", "FE0F", "2065", "FFF4", "E0020"]);
    for hex in &ends {
        let guest = Guest::new();
        let turn = guest.turn(&format!("woven {hex} {}", canary("access of work")), &USAGE);
        assert_eq!(turn.expect_err(hex).to_string(), WITHHELD);
        assert_eq!(guest.left(), Left::default(), "{hex}");
    }
    Ok(Count::new(3 * ends.len(), "refused or withheld"))
}

/// The name of a profile is said all the same.
fn unshown() -> Result<Count, Failed> {
    let mut tried = 0;
    for id in [ACCOUNT, USER] {
        let mut guest = Guest::new();
        guest.state = signed_in(&["openai:work"]);
        for way in ["say", "say-json", "say-button", "say-table"] {
            let turn = guest.turn(&format!("{way} so it is {id}!"), &USAGE);
            let why = turn.expect_err("it was shown").to_string();
            assert_eq!(why, WITHHELD);
        }
        let encoded = BASE64_STANDARD.encode(id);
        for text in [id, &encoded] {
            guest.is_refused(&format!("chat-text {text}"), &USAGE, r#"Err("refused")"#);
            guest.is_refused(&format!("save-text {text}"), &USAGE, r#"Err("denied")"#);
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            guest.is_refused(&format!("raw note {hex}"), &AUTH, r#"Err("denied")"#);
        }
        let name = format!("openai:{id}");
        guest.state = signed_in(&["openai:work", &name]);
        assert_eq!(guest.does(&format!("say {name}"), &USAGE), name);
        tried += 10;
    }
    Ok(Count::new(tried, "refused or withheld, but for its own name"))
}

/// Values that hold a secret, printed as a log or a panic would print them.
fn debug_output() -> Result<Count, Failed> {
    let guest = Guest::new();
    let secret = canary("access of work");
    let world = guest.world(NOW);
    let Store::Recorded(state) = &world.store else {
        return Err("no recorded store".into());
    };
    let sign_ins = state.sign_ins(NOW)?;
    assert!(sign_ins.secrets.iter().any(|each| each.expose() == secret));
    let printed = [
        format!("{sign_ins:?} {sign_ins:#?}"),
        format!("{:?}", sign_ins.profiles),
        format!("{:?}", sign_ins.secrets),
        format!("{:?}", Secret::new(&*secret)),
        format!("{:?}", sign_ins.profiles.iter().map(|each| &each.access).collect::<Vec<_>>()),
    ];
    let answer = Answer {
        status: 200,
        retry_after: Some(secret.clone()),
        content_type: Some(secret.clone()),
        challenged: false,
        body: secret.clone().into_bytes(),
        received_at: NOW,
        elapsed_ms: 1,
    };
    let output = Output { exit_code: 0, stdout: secret.clone(), stderr: secret.clone() };
    let of_others = [format!("{answer:?} {answer:#?}"), format!("{output:?} {output:#?}")];
    for text in &of_others {
        guest.needles.assert_none("debug output", text.as_bytes());
    }
    for text in &printed {
        assert!(text.contains("Secret(…)") || text.contains("Ready"), "{text:.200}");
        guest.needles.assert_none("debug output", text.as_bytes());
    }
    // A proxy's password is a secret of the user's, too.
    let proxied = |scheme: &str| {
        let proxy = format!("{scheme}://user:{secret}@127.0.0.1:1");
        let roots = guest.server.roots.clone();
        Client::for_loopback(roots, guest.server.address, Some(&proxy))
    };
    for scheme in ["http", "socks5"] {
        let client = proxied(scheme);
        let text = format!("{client:?} {client:#?}");
        guest.needles.assert_none("a client", text.as_bytes());
    }
    Ok(Count::new(printed.len() + of_others.len() + 2, "0 found"))
}

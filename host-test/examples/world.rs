//! A recorded world for another host: the same stores, answers and gateway that the
//! case folders have here, one JSON line in and one out.
//!
//! ```text
//! world [--replay FILE]
//!
//! {"do":"now"}                               {"now":1795372800}
//! {"do":"classes"}                           {"burn_first":[],"preserve":["openai:work"]}
//! {"do":"session"}                           {"profile":"openai:work","pin":"auto"}
//! {"do":"store"}                             {"era":"sqlite","source":"replay","own":{…},"shared":null}
//! {"do":"usage","profile":"openai:work"}     {"status":200,"headers":{…},"body_b64":"…"}
//!                                            {"fault":"timeout","sent":true}
//! {"do":"reset-credits","profile":"openai:work"}   as usage
//! {"do":"run","argv":["--version"]}          {"exit":0,"stdout":"…","stderr":""}
//!                                            {"failure":"timed-out"}
//! ```
//!
//! It stays one world for as long as it runs: what the gateway changes is changed.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};

use host_test::net::{self, Answer};
use host_test::openclaw;
use host_test::secret::Secret;
use host_test::store::Era;
use host_test::world::{self, Clock, Store, World};

#[derive(Parser)]
struct Arguments {
    /// A recorded answer, or a recorded world; without it, the demo
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
}

/// The question.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
enum Ask {
    Now,
    Classes,
    Session,
    Store,
    Usage { profile: String, timeout_ms: u64 },
    ResetCredits { profile: String, timeout_ms: u64 },
    Run { argv: Vec<String> },
}

fn main() -> Result<()> {
    let world = match Arguments::parse().replay {
        Some(path) => world::replay(&path)?,
        None => world::demo(Clock::System.now())?,
    };
    let mut stdout = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = answer(&world, serde_json::from_str(&line?)?)?;
        writeln!(stdout, "{answer}")?;
        stdout.flush()?;
    }
    Ok(())
}

fn answer(world: &World, ask: Ask) -> Result<Value> {
    Ok(match ask {
        Ask::Now => json!({ "now": world.clock.now() }),
        Ask::Classes => json!({
            "burn_first": world.classes.burn_first,
            "preserve": world.classes.preserve,
        }),
        Ask::Session => json!(world.session),
        Ask::Store => store(world)?,
        Ask::Usage { profile, timeout_ms } => {
            fetch(world, net::Endpoint::Usage, &profile, timeout_ms)
        }
        Ask::ResetCredits { profile, timeout_ms } => {
            fetch(world, net::Endpoint::ResetCredits, &profile, timeout_ms)
        }
        Ask::Run { argv } => run(world, &argv),
    })
}

fn store(world: &World) -> Result<Value> {
    let Store::Recorded(state) = &world.store else {
        bail!("only a recorded world is lent");
    };
    let (own, shared) = state.documents();
    let era = match state.era() {
        Era::Json => "json",
        Era::Sqlite => "sqlite",
    };
    Ok(json!({ "era": era, "source": state.source(), "own": own, "shared": shared }))
}

fn fetch(world: &World, endpoint: net::Endpoint, profile: &str, timeout_ms: u64) -> Value {
    // What is recorded goes by the profile alone.
    let (token, timeout) = (Secret::new(""), Duration::from_millis(timeout_ms));
    let answer = world.endpoint.get(endpoint, profile, &token, None, timeout);
    match answer {
        Ok(answer) => json!({
            "status": answer.status,
            "headers": headers(&answer),
            "body_b64": BASE64_STANDARD.encode(&answer.body),
        }),
        Err(fault) => json!({
            "fault": match fault.failure {
                net::Failure::Denied => "denied",
                net::Failure::TimedOut => "timeout",
                net::Failure::TooLarge => "too-large",
                net::Failure::Unreachable => "unreachable",
            },
            "sent": fault.sent,
        }),
    }
}

/// The headers that an answer was read from.
fn headers(answer: &Answer) -> BTreeMap<&'static str, &str> {
    let given = [
        ("retry-after", answer.retry_after.as_deref()),
        ("content-type", answer.content_type.as_deref()),
        ("cf-mitigated", answer.challenged.then_some("challenge")),
    ];
    let given = given.into_iter();
    given.filter_map(|(name, value)| Some((name, value?))).collect()
}

fn run(world: &World, argv: &[String]) -> Value {
    match world.gateway.run(argv, Duration::MAX, None) {
        Ok(output) => json!({
            "exit": output.exit_code,
            "stdout": output.stdout,
            "stderr": output.stderr,
        }),
        Err(failure) => json!({
            "failure": match failure {
                openclaw::Failure::NotFound => "not-found",
                openclaw::Failure::Failed => "failed",
                openclaw::Failure::TimedOut => "timed-out",
            },
        }),
    }
}

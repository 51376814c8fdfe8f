//! codex-profiler: Codex usage and sign-in care for OpenClaw, as a WebAssembly
//! component that nobody has to trust.
//!
//! ```text
//!   user ──"/codex_usage all"──▶ gateway (host)                    chatgpt.com
//!                                  │  holds every token               ▲
//!                  ┌───────────────┴────────────────┐                 │
//!                  │ commands.codex-usage(request)  │   https ────────┘
//!                  ▼                                │   gateway ──▶ openclaw …
//!   ┌─ this component ──────────────────────────┐   │   auth-store ─▶ sign-ins, redacted
//!   │ plugin ─▶ command   what was asked        │◀──┤   chat ─────▶ the same conversation
//!   │        ─▶ profile   who is signed in      │   │   memory ───▶ claims, a few numbers
//!   │        ─▶ usage     what the answers mean │   │
//!   │        ─▶ report    side by side          │   │  five imports, no wasi:*
//!   │        ─▶ reply     what the user reads   │   │
//!   └───────────────────────────────────────────┘   │
//!                  │ reply, or no-reply             │
//!                  └────────────────────────────────┘
//! ```
//!
//! The component decides what to say. Everything it can touch is one of five
//! interfaces of `wit/skill.wit`, and each lends one narrow thing: it can ask for
//! the usage of a profile, and cannot name a host, a header or a token; it can
//! name a gateway command by its kind, and cannot spell one.
//!
//! # Invariants
//!
//! 1. Only `plugin` performs effects. No other module reads a clock, the
//!    environment or a random source: `now`, the zone and the locale are
//!    arguments.
//! 2. No secret enters this component's memory. Hosts attach credentials and scan
//!    what they hand in.
//! 3. A check changes nothing: no refresh, no reordering, no model request.
//! 4. One failed profile is a row; one failed host call is a sentence; a trap is a
//!    bug.
//! 5. The import list is the capability list: the five interfaces, nothing of WASI
//!    (see `no_wasi`).
//!
//! # One check, as data
//!
//! `/codex_usage all`: words → [`command::UsageCommand`] → sign-ins
//! ([`profile::SignIns`]) → claim against a duplicate → progress message → one
//! batch of requests → each answer to a [`usage::UsageSnapshot`] or a
//! [`usage::UsageError`] → a second, smaller batch for what is worth a retry →
//! [`usage::judge`] → [`report::Report`] → [`reply`] by the path that the progress
//! took.
//!
//! Dependencies point one way: `plugin → reply → report → usage → profile →
//! clock`, and `command`, `decimal` and `value` stand alone. Nothing imports `plugin`.

pub mod callback;
pub mod clock;
pub mod command;
pub mod decimal;
pub mod gateway;
mod no_wasi;
pub mod order;
mod plugin;
pub mod profile;
pub mod readings;
pub mod reply;
pub mod report;
pub mod usage;

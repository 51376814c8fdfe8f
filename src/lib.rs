//! codex-profiler: Codex usage and sign-in care for OpenClaw, as a WebAssembly
//! component that nobody has to trust.
//!
//! ```text
//!   user ──"/codex_usage all"──▶ gateway (host)                    chatgpt.com
//!        ──"/codex_auth retire"▶   │  holds every token               ▲
//!                  ┌───────────────┴────────────────┐                 │
//!                  │ commands.codex-usage(request)  │   https ────────┘
//!                  │ commands.codex-auth(request)   │   gateway ──▶ openclaw …
//!                  ▼                                │
//!   ┌─ this component ──────────────────────────┐   │   auth-store ─▶ sign-ins, redacted
//!   │ plugin ─▶ command   what was asked        │◀──┤   chat ─────▶ the same conversation
//!   │        ─▶ callback  a pasted address      │   │   memory ───▶ claims, a few numbers
//!   │        ─▶ profile   who is signed in      │   │
//!   │        ─▶ usage     what the answers mean │   │  five imports, no wasi:*
//!   │        ─▶ pace      how fast it is used   │   │
//!   │        ─▶ report    side by side          │   │
//!   │        ─▶ readings  what has changed      │   │
//!   │        ─▶ history   use of the last days  │   │
//!   │        ─▶ rotation  which one next        │   │
//!   │        ─▶ outlook   what lies ahead       │   │
//!   │        ─▶ alerts    what to tell unasked  │   │
//!   │        ─▶ order     what a change means   │   │
//!   │        ─▶ gateway   what commands said    │   │
//!   │        ─▶ reply     what the user reads   │   │
//!   └───────────────────────────────────────────┘   │
//!                  │ reply, or no-reply             │
//!                  └────────────────────────────────┘
//! ```
//!
//! Two hosts run the same bytes: `host-test`, for terminals and tests, and `plugin/`,
//! inside a gateway. Both go by `host-test/policy.json`, and the same cases show the
//! same in both.
//!
//! The component decides what to say. Everything it can touch is one of five
//! interfaces of `wit/skill.wit`, and each lends one narrow thing: it can ask for
//! the usage of a profile, and cannot name a host, a header or a token; it can
//! name a gateway command by its kind, and cannot spell one; it can propose a
//! change, and cannot make one that its user did not confirm to the host.
//!
//! # Invariants
//!
//! 1. Only `plugin` performs effects. No other module reads a clock, the
//!    environment or a random source: `now`, the zone and the locale are
//!    arguments.
//! 2. No secret enters this component's memory. Hosts attach credentials and scan
//!    what they hand in. The one exception is a callback that a user types:
//!    [`callback`] keeps nothing of it, and the host lets nothing of it out.
//! 3. A check changes nothing: no refresh, no reordering, no model request.
//! 4. A change is preflight → plan → the user's own confirmation, seen by the host →
//!    apply once → verify by reading back. An unclear result is read back, never
//!    repeated. No file is edited.
//! 5. One failed profile is a row; one failed host call is a sentence; a trap is a
//!    bug.
//! 6. The import list is the capability list: the five interfaces, nothing of WASI
//!    (see `no_wasi`).
//!
//! # One check, as data
//!
//! `/codex_usage all`: text or words → [`command::UsageCommand`] → sign-ins
//! ([`profile::SignIns`]) → claim against a duplicate → progress message → one
//! batch of requests → each answer to a [`usage::UsageSnapshot`] or a
//! [`usage::UsageError`] → a second, smaller batch for what is worth a retry →
//! [`usage::judge`] → [`report::Report`] → the last [`readings::Readings`] and the
//! [`history::History`] of the last days beside it, the new ones kept → [`rotation::rank`] →
//! [`outlook::Outlook`], each window's [`pace::Pace`] → [`reply`] by the path that the
//! progress took. `/codex_usage best` and `rotation` go the same way and show other parts of it.
//!
//! `origin.schedule`, where nobody asked: the same check and the same report → [`alerts::facts`]
//! → what was told last beside it ([`alerts::Told`]), the new state kept → the changes →
//! a message for each subscription that asked for one of them.
//!
//! # One change, as data
//!
//! `/codex_auth retire work`: words → [`command::AuthCommand`] → sign-ins →
//! [`order::plan`] → announcement → two queries, read by [`gateway`] and compared
//! with the sign-ins → `propose`, which gives a code → the plan, with the line that
//! confirms it.
//!
//! `/codex_auth confirm <code>`: `recall`, which gives the request back and keeps others
//! from changing anything → sign-ins, plan and queries once more (another plan? shown
//! instead) → `apply` → the queries again → [`order::Outcome`] → the reply.
//!
//! Dependencies point one way, down this list: a module imports only modules that stand
//! below its own line.
//!
//! ```text
//! plugin
//! reply
//! command
//! alerts    gateway
//! outlook   order     callback
//! report
//! history
//! readings  pace
//! rotation
//! usage
//! profile
//! decimal   text      time
//! contract
//! ```

pub mod alerts;
pub mod callback;
pub mod command;
mod contract;
pub mod decimal;
pub mod gateway;
pub mod history;
mod no_wasi;
pub mod order;
pub mod outlook;
pub mod pace;
mod plugin;
pub mod profile;
pub mod readings;
pub mod reply;
pub mod report;
pub mod rotation;
pub mod text;
pub mod time;
pub mod usage;

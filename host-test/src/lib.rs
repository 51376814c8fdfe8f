//! The harness: runs the codex-profiler component the way a gateway does, for
//! tests and for local runs.
//!
//! ```text
//!  codex-profiler (cli) ──▶ harness ──▶ the component (wasmtime)
//!     │                       │  ▲          │ five imports
//!     │                       │  └── host ◀─┘
//!     ▼                       ▼       │ blob, callback: what may be kept and what is a secret
//!   world: demo · replay · live      ▼
//!              live: store (read-only) · net (TLS) · openclaw
//! ```
//!
//! Every module imports only from lines below its own:
//!
//! | Module | imports |
//! |---|---|
//! | `cli` | `harness`, `host`, `changes`, `settings`, `subscriptions`, `state`, `world`, `openclaw`, `digest`, `policy`, `contract`, `printable`, `zone` |
//! | `harness` | `compiled`, `engine`, `host`, `changes`, `policy`, `contract`, `printable` |
//! | `compiled` | `engine` |
//! | `engine` | – |
//! | `host` | `changes`, `claims`, `subscriptions`, `state`, `world`, `clock`, `net`, `openclaw`, `store`, `digest`, `policy`, `contract`, `secret`, `printable` |
//! | `changes` | `state`, `clock`, `digest`, `files`, `policy`, `contract` |
//! | `claims` | `state`, `digest`, `files`, `policy` |
//! | `settings` | `files`, `contract`, `printable`, `zone` |
//! | `subscriptions` | `state`, `files`, `policy`, `contract` |
//! | `state` | `files`, `policy`, `contract` |
//! | `world` | `clock`, `net`, `openclaw`, `store`, `digest`, `files`, `policy`, `secret` |
//! | `clock` | – |
//! | `net` | `secret` |
//! | `openclaw` | – |
//! | `store` | `digest`, `files`, `policy`, `secret` |
//! | `digest` | – |
//! | `files` | `printable` |
//! | `policy` | `contract` |
//! | `contract` | – |
//! | `secret` | `printable` |
//! | `printable` | – |
//! | `zone` | – |
//!
//! The files below `cli` run from `args` (the words, with `help`, `values` and
//! `completions`) over `defaults` (the settings), `request` and `ask` (one call) to `usage`,
//! `auth`, `chat`, `schedule`, `change` and `watch` (one subject each), and `output`, `screen`
//! and `page` print. Those of `store` run from `sign_ins`
//! (the types) over `profile`, `layer`, `json`, `sqlite` and `stored` to `place` (where to
//! look); those of `world` from `gateway`, `state` and `recorded` over `sources` to `demo`
//! (with `past`), `replay` and `live`.
//!
//! A call gets a fresh instance, a deadline, a cap on memory and a budget of host
//! calls. The host attaches credentials, scans everything it hands in and
//! everything that comes out for every secret it holds, and refuses by default:
//! what is granted is in `policy.json`.

pub mod changes;
pub mod claims;
pub mod cli;
pub mod clock;
mod compiled;
pub mod contract;
mod digest;
pub mod engine;
mod files;
pub mod harness;
pub mod host;
pub mod net;
pub mod openclaw;
pub mod policy;
pub mod printable;
pub mod secret;
pub mod settings;
pub mod state;
pub mod store;
pub mod subscriptions;
pub mod world;
pub mod zone;

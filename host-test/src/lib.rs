//! The harness: runs the codex-profiler component the way a gateway does, for
//! tests and for local runs.
//!
//! ```text
//!  codex-profiler (cli) ─▶ turn ─▶ harness ──▶ the component (wasmtime)
//!                                    │  ▲           │ five imports
//!                                    │  └── host ◀──┘
//!                                    │       │ policy: what is granted
//!                                    │       │ changes: what waits for its user
//!                                    │       │ secret: what may not cross
//!                                    ▼       ▼
//!                                  world: demo · replay · live
//!                                           live: store (read-only) · net (TLS) · openclaw
//! ```
//!
//! A call gets a fresh instance, a deadline, a cap on memory and a budget of host
//! calls. The host attaches credentials, scans everything it hands in and
//! everything that comes out for every secret it holds, and refuses by default:
//! what is granted is in `policy.json`.

pub mod changes;
pub mod claims;
pub mod cli;
pub mod clock;
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
pub mod world;
pub mod zone;

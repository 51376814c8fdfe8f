//! The real OpenClaw, of both eras, and the real program beside it: its stores are
//! read, and changed by its own commands. `.ci/openclaw.sh` installs the two
//! versions and prints the variables that name them. Each test has a home folder of
//! its own; every sign-in is made up, and the only chatgpt.com they reach is on this
//! machine.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
#![cfg(unix)]

mod changing;
mod chatgpt;
mod faults;
mod gateway;
mod looking;
#[path = "../loopback/mod.rs"]
mod loopback;
mod pty;
mod running;
mod sign_in;
mod terminal;
mod wrapper;

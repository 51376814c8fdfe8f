//! The world that a call runs in: where sign-ins, answers and gateway commands
//! come from. What is granted and what may cross is the same in every world.
//!
//! `demo`, `replay` (with `fleet`) and `live` each make a world of the `sources` below
//! them: a `store` of this machine or a recorded `state`, answers of chatgpt.com or
//! `recorded` ones, the real gateway or a recorded one.

mod credential;
mod demo;
mod fleet;
mod gateway;
mod live;
mod past;
mod recorded;
mod replay;
mod sources;
mod state;

pub use self::demo::demo;
pub use self::gateway::{RecordedGateway, ScriptStep};
pub use self::live::{Asks, live};
pub use self::recorded::Recorded;
pub use self::replay::{replay, state_name};
pub use self::sources::{Classes, Endpoint, Gateway, Pin, Session, Store, World};
pub use self::state::RecordedState;
pub use crate::clock::Clock;

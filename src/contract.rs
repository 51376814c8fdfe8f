//! The contract with the host, `wit/skill.wit`, as wit-bindgen writes it. Every module may
//! use its types; only `plugin` calls its functions.

#![allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    reason = "glue written by wit-bindgen"
)]

wit_bindgen::generate!({
    path: "wit",
    world: "skill",
    additional_derives: [PartialEq, Eq],
    additional_type_attributes: {
        "codex-profiler:skill/auth-store@1.0.0/finding": [
            #[derive(serde::Serialize)]
            #[serde(rename_all = "snake_case")]
        ],
        "codex-profiler:skill/gateway@1.0.0/output": [#[derive(Default)]],
    },
});

#[cfg(target_family = "wasm")]
use crate::plugin::Component;
#[cfg(target_family = "wasm")]
export!(Component with_types_in self);

pub use self::codex_profiler::skill::{auth_store, chat, gateway, https, memory};
pub use self::exports::codex_profiler::skill::commands;

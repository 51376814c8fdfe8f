//! The contract of `wit/skill.wit` as wasmtime writes it out: what the component asks of
//! a host, and the commands that it has.

#[allow(
    missing_docs,
    reason = "glue written by wasmtime from the documented contract"
)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "skill",
        imports: { default: trappable },
    });
}

pub use bindings::codex_profiler::skill::{auth_store, chat, gateway, https, memory};
pub use bindings::exports::codex_profiler::skill::commands;
pub use bindings::{Skill, SkillPre};

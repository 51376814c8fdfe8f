//! Components that no compiler would write: the hostile guest with its core module
//! exchanged for another, and components that ask for more than they are lent.

use wasmparser::{Parser, Payload};

use crate::guest::HOSTILE_BYTES;

/// A core module that can take the place of the guest's own. `body` is
/// what both commands do; returning 0 is an empty reply.
pub fn module(memory: &str, extra: &str, body: &str) -> Vec<u8> {
    let commands = "codex-profiler:skill/commands@1.0.0";
    let text = format!(
        r#"(module
            (import "codex-profiler:skill/https@1.0.0" "fetch-all"
                (func $fetch-all (param i32 i32 i32)))
            (import "codex-profiler:skill/memory@1.0.0" "load" (func $load (param i32 i32)))
            (memory (export "memory") {memory})
            {extra}
            (global $end (mut i32) (i32.const 4096))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (call $allocate (local.get 3)))
            (func $command (param i32) (result i32) {body})
            (func (export "{commands}#codex-usage") (param i32) (result i32)
                (call $command (local.get 0)))
            (func (export "{commands}#codex-auth") (param i32) (result i32)
                (call $command (local.get 0)))
            (func (export "cabi_post_{commands}#codex-usage") (param i32))
            (func (export "cabi_post_{commands}#codex-auth") (param i32)))"#
    );
    wat::parse_str(text).unwrap()
}

/// An allocator that gives out what comes next.
pub const ALLOCATE: &str = "(func $allocate (param $size i32) (result i32)
    (local $start i32)
    (local.set $start (i32.and (i32.add (global.get $end) (i32.const 7)) (i32.const -8)))
    (global.set $end (i32.add (local.get $start) (local.get $size)))
    (local.get $start))";

/// The hostile guest's component around another core module.
pub fn around(module: &[u8]) -> Vec<u8> {
    let bytes = HOSTILE_BYTES.as_slice();
    let modules = Parser::new(0).parse_all(bytes).map(Result::unwrap);
    let ranges = modules.filter_map(|payload| match payload {
        Payload::ModuleSection { unchecked_range, .. } => Some(unchecked_range),
        _ => None,
    });
    // The guest's own is the largest; the others connect it with its imports.
    let own = ranges.max_by_key(|range| range.end - range.start).unwrap();
    let length = u32::try_from(own.end - own.start).unwrap();
    let start = own.start as usize - leb128(length).len();
    let size = leb128(u32::try_from(module.len()).unwrap());
    let parts = [&bytes[..start], &size, module, &bytes[own.end as usize..]];
    parts.concat()
}

/// A component that asks for this, and offers nothing.
pub fn asking_for(import: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {import})")).unwrap()
}

fn leb128(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

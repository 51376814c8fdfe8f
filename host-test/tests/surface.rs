//! The import list is the capability list: exactly these, and nothing of WASI.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use host_test::harness::COMPONENT;
use host_test::policy::policy;
use wasmparser::{Parser, Payload};

/// The component's imports.
const IMPORTS: [&str; 5] = [
    "codex-profiler:skill/auth-store@1.0.0",
    "codex-profiler:skill/chat@1.0.0",
    "codex-profiler:skill/gateway@1.0.0",
    "codex-profiler:skill/https@1.0.0",
    "codex-profiler:skill/memory@1.0.0",
];

/// Its exports.
const EXPORTS: [&str; 1] = ["codex-profiler:skill/commands@1.0.0"];

#[test]
fn the_component_imports_five_interfaces_and_nothing_else() {
    let mut imports: Vec<String> = outermost()
        .filter_map(|payload| match payload {
            Payload::ComponentImportSection(section) => Some(section),
            _ => None,
        })
        .flatten()
        .map(|import| import.unwrap().name.name.to_owned())
        .collect();
    imports.sort();
    assert_eq!(imports, IMPORTS);
}

#[test]
fn the_component_exports_the_commands_and_nothing_else() {
    let exports: Vec<String> = outermost()
        .filter_map(|payload| match payload {
            Payload::ComponentExportSection(section) => Some(section),
            _ => None,
        })
        .flatten()
        .map(|export| export.unwrap().name.name.to_owned())
        .collect();
    assert_eq!(exports, EXPORTS);
}

#[test]
fn no_name_of_wasi_and_no_path_of_the_building_machine_is_left_in_it() {
    let home = std::env::var("HOME").unwrap();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let needles = ["wasi:", "wasi_snapshot", home.as_str(), root.to_str().unwrap()];
    for needle in needles.into_iter().filter(|needle| needle.len() > 1) {
        let found = COMPONENT.windows(needle.len()).any(|window| window == needle.as_bytes());
        assert!(!found, "{needle} is in the component");
    }
}

#[test]
fn its_memory_carries_its_own_maximum() {
    let maxima: Vec<Option<u64>> = payloads()
        .filter_map(|payload| match payload {
            Payload::MemorySection(section) => Some(section),
            _ => None,
        })
        .flatten()
        .map(|memory| memory.unwrap().maximum)
        .collect();
    let pages = (policy().limits.guest_memory_bytes / 65_536) as u64;
    assert_eq!(maxima, [Some(pages)]);
}

fn payloads() -> impl Iterator<Item = Payload<'static>> {
    Parser::new(0).parse_all(COMPONENT).map(Result::unwrap)
}

/// The payloads of the component itself, without those of what is nested in it.
fn outermost() -> impl Iterator<Item = Payload<'static>> {
    let mut depth = 0;
    payloads().filter(move |payload| {
        let is_outermost = depth == 0;
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
        is_outermost
    })
}

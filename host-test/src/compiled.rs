//! The component as machine code, a part of this program. On Linux it runs from the program's
//! own pages: nothing of it is copied, and what is not run is not read.

use std::env::consts::OS;

use anyhow::{Result, anyhow};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::engine;

/// Bytes that begin at a page, where they are run in place: as large a one as this kind of
/// machine can have. From there on wasmtime aligns the code in them.
#[cfg_attr(all(target_os = "linux", target_arch = "x86_64"), repr(align(4096)))]
#[cfg_attr(all(target_os = "linux", not(target_arch = "x86_64")), repr(align(65536)))]
struct Paged<Bytes: ?Sized>(Bytes);

static COMPILED: &Paged<[u8]> =
    &Paged(*include_bytes!(concat!(env!("OUT_DIR"), "/codex_profiler.cwasm")));

/// Loads the component that was compiled with this program. Its code stands in one place,
/// and wasmtime takes it once.
///
/// # Errors
///
/// Returns an error if it cannot run on this machine.
pub(crate) fn load() -> Result<Component> {
    let mut config = engine::config(OS);
    in_place::allow(&mut config);
    let engine = Engine::new(&config)
        .map_err(|error| anyhow!(error).context("this machine cannot run WebAssembly"))?;
    let component = in_place::component(&engine, &COMPILED.0);
    component.map_err(|error| {
        anyhow!(error).context("the component was compiled for another kind of machine")
    })
}

#[cfg(target_os = "linux")]
mod in_place {
    use std::ptr::NonNull;
    use std::sync::Arc;

    use rustix::mm::{MprotectFlags, mprotect};
    use rustix::param::page_size;
    use wasmtime::component::Component;
    use wasmtime::{Config, CustomCodeMemory, Engine, Result};

    /// Runs code where it stands.
    struct InPlace;

    pub(super) fn allow(config: &mut Config) {
        config.with_custom_code_memory(Some(Arc::new(InPlace)));
    }

    #[expect(unsafe_code, reason = "loads what this program's own build compiled")]
    pub(super) fn component(engine: &Engine, compiled: &'static [u8]) -> Result<Component> {
        // SAFETY: the bytes are part of this program, written by its build script with
        // the same version of wasmtime. They stay where they are and nobody changes them.
        unsafe { Component::deserialize_raw(engine, NonNull::from(compiled)) }
    }

    impl CustomCodeMemory for InPlace {
        fn required_alignment(&self) -> usize {
            page_size()
        }

        #[expect(unsafe_code, reason = "makes the component's code executable")]
        fn publish_executable(&self, code: *const u8, length: usize) -> Result<()> {
            let access = MprotectFlags::READ | MprotectFlags::EXEC;
            // SAFETY: the pages hold constants of this program and can still be read.
            // None of them was ever written, so that no cache holds another instruction.
            unsafe { mprotect(code.cast_mut().cast(), length, access) }?;
            Ok(())
        }

        /// It stays as it is until the program ends.
        fn unpublish_executable(&self, _: *const u8, _: usize) -> Result<()> {
            Ok(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod in_place {
    use wasmtime::component::Component;
    use wasmtime::{Config, Engine, Result};

    /// Elsewhere the code is copied.
    pub(super) fn allow(_: &mut Config) {}

    #[expect(unsafe_code, reason = "loads what this program's own build compiled")]
    pub(super) fn component(engine: &Engine, compiled: &'static [u8]) -> Result<Component> {
        // SAFETY: the bytes are part of this program, written by its build script with
        // the same version of wasmtime; nobody else can have changed them.
        unsafe { Component::deserialize(engine, compiled) }
    }
}

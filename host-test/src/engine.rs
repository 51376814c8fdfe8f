//! The settings with which components are compiled and run. The build script reads this file too:
//! what it compiles is what the harness can load.

use wasmtime::Config;

/// The settings that decide whether a precompiled component can be loaded. `system` is the
/// one it runs on, by its name in [`std::env::consts::OS`].
pub(crate) fn config(system: &str) -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    // Fuel bounds the work of a call, epochs bound its time.
    config.consume_fuel(true);
    config.epoch_interruption(true);
    // Nothing reports where a trap happened, nor its backtrace.
    config.generate_address_map(false);
    config.wasm_backtrace_max_frames(None);
    // Windows walks the stack with it, so wasmtime requires it there.
    config.native_unwind_info(system == "windows");
    // Each run makes one instance, and copying its data is faster than mapping it.
    config.memory_init_cow(false);
    config
}

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
    // A trap's place and its backtrace are told to nobody.
    config.generate_address_map(false);
    config.wasm_backtrace_max_frames(None);
    // Windows itself walks the stack by it, and no engine there does without.
    config.native_unwind_info(system == "windows");
    // An instance is made once a run: copying its data is quicker than mapping it.
    config.memory_init_cow(false);
    config
}

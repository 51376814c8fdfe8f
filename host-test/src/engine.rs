//! The settings with which components are compiled and run. The build script reads this file too:
//! what it compiles is what the harness can load.

use wasmtime::Config;

/// The settings that decide whether a precompiled component can be loaded.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    // Fuel bounds the work of a call, epochs bound its time.
    config.consume_fuel(true);
    config.epoch_interruption(true);
    config
}

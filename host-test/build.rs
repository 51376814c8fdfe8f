//! Builds the component for wasm32-wasip2 with a cargo of its own, compiles it to
//! machine code, and leaves both where the harness embeds them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

#[path = "src/engine.rs"]
mod engine;

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let root = variable("CARGO_MANIFEST_DIR").map(|dir| Path::new(&dir).join(".."))?;
    let root = root.canonicalize().map_err(|e| format!("no workspace: {e}"))?;
    for watched in ["Cargo.toml", "Cargo.lock", "invisible", "rust-toolchain.toml", "src", "wit"] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/engine.rs");
    let out = PathBuf::from(variable("OUT_DIR")?);
    let wasm = build_component(&root, &out)?;
    let component =
        fs::read(&wasm).map_err(|e| format!("no component at {}: {e}", wasm.display()))?;
    let compiled = precompile(&component)?;
    write(&out.join("codex_profiler.cwasm"), &compiled)?;
    write(&out.join("codex_profiler.wasm"), &component)
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("cargo did not set {name}"))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|e| format!("could not write {}: {e}", path.display()))
}

fn build_component(root: &Path, out: &Path) -> Result<PathBuf, String> {
    let home = component_build::cargo_home();
    println!("cargo::rerun-if-env-changed=CARGO_TARGET_DIR");
    let target_dir = component_build::target_dir(root, out);
    component_build::build(&variable("CARGO")?, home.as_deref(), root, &target_dir)
        .map_err(|e| e.to_string())
}

fn precompile(component: &[u8]) -> Result<Vec<u8>, String> {
    let mut config = engine::config(&variable("CARGO_CFG_TARGET_OS")?);
    // Named, so that the code runs on every machine of this kind and not only on
    // those with this one's extensions.
    let target = variable("TARGET")?;
    config.target(&target).map_err(|e| format!("cannot compile for {target}: {e}"))?;
    let engine = wasmtime::Engine::new(&config).map_err(|e| format!("no compiler: {e}"))?;
    engine
        .precompile_component(component)
        .map_err(|e| format!("the component does not compile: {e:?}"))
}

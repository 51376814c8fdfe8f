//! How the component is built: with a cargo of its own, the same everywhere. The build
//! script does it for the harness, and a test does it twice more, somewhere else.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the component is built for.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// A cargo that builds the component of the workspace at `root` into `target_dir`, and
/// the file that comes of it.
pub(crate) fn build(
    cargo: &str,
    cargo_home: Option<&Path>,
    root: &Path,
    target_dir: &Path,
) -> (Command, PathBuf) {
    let mut command = Command::new(cargo);
    command
        .args(["build", "--package", "codex-profiler", "--lib", "--locked"])
        .args(["--profile", "skill", "--target", TARGET])
        .arg("--target-dir")
        .arg(target_dir)
        .current_dir(root)
        // What the outer cargo set for the host does not hold for the component.
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            flags(cargo_home, root).join("\x1f"),
        );
    if let Some(home) = cargo_home {
        command.env("CARGO_HOME", home);
    }
    let wasm = target_dir.join(TARGET).join("skill");
    (command, wasm.join("codex_profiler.wasm"))
}

/// Where cargo keeps the sources of the packages.
pub(crate) fn cargo_home() -> Option<PathBuf> {
    let home = || env::home_dir().map(|home| home.join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
}

/// Nothing may carry this machine's paths, and the module carries its own maximum of
/// memory, because not every host can set one.
fn flags(cargo_home: Option<&Path>, root: &Path) -> Vec<String> {
    let mut flags = vec![
        format!("--remap-path-prefix={}=", root.display()),
        "-Clink-arg=--max-memory=33554432".to_owned(),
    ];
    if let Some(home) = cargo_home {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
    }
    flags
}

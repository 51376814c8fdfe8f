//! Builds the component with a cargo of its own and the same flags everywhere: for the
//! harness, which embeds it, for the plugin's package, and for the test that compares
//! two builds.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt};

/// The target the component is built for.
pub const TARGET: &str = "wasm32-wasip2";

/// Why there is no component.
#[derive(Debug)]
pub enum Error {
    /// Cargo could not be started.
    Cargo(std::io::Error),
    /// The Rust toolchain lacks [`TARGET`].
    Target,
    /// The component's sources do not compile; cargo has said why.
    Build,
}

impl fmt::Display for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cargo(error) => write!(to, "could not start cargo: {error}"),
            Self::Target => {
                write!(to, "the {TARGET} target is not installed: run `rustup target add {TARGET}`")
            }
            Self::Build => {
                write!(to, "the component did not build: the compiler's messages are above")
            }
        }
    }
}

impl std::error::Error for Error {}

/// Builds the component of the workspace at `root` into `target_dir` and returns its file.
pub fn build(
    cargo: &str,
    cargo_home: Option<&Path>,
    root: &Path,
    target_dir: &Path,
) -> Result<PathBuf, Error> {
    let mut command = Command::new(cargo);
    command
        .args(["build", "--package", "codex-profiler", "--lib", "--locked"])
        .args(["--profile", "skill", "--target", TARGET])
        .arg("--target-dir")
        .arg(target_dir)
        .current_dir(root)
        // Settings that an outer cargo made for its own build.
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env("CARGO_ENCODED_RUSTFLAGS", flags(cargo_home, root).join("\x1f"));
    if let Some(home) = cargo_home {
        command.env("CARGO_HOME", home);
    }
    let status = command.status().map_err(Error::Cargo)?;
    if !status.success() {
        return Err(if has_target() { Error::Build } else { Error::Target });
    }
    Ok(target_dir.join(TARGET).join("skill/codex_profiler.wasm"))
}

/// Returns the folder in which cargo keeps the sources of packages.
pub fn cargo_home() -> Option<PathBuf> {
    let home = || env::home_dir().map(|home| home.join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
}

/// Returns the folder to build the component in: below `CARGO_TARGET_DIR`, where the harness
/// and the plugin find what the other has built, or else below `otherwise`. Relative to `root`.
pub fn target_dir(root: &Path, otherwise: &Path) -> PathBuf {
    let named = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    root.join(named.as_deref().unwrap_or(otherwise)).join("component")
}

/// Keeps this machine's paths out of the component, and gives its memory a maximum of
/// its own, because not every host can set one.
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

fn has_target() -> bool {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

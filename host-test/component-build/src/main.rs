//! Builds the component into a file: `cargo run -p component-build -- FILE`.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let Some(file) = env::args_os().nth(1) else {
        eprintln!("usage: component-build FILE");
        return ExitCode::from(2);
    };
    match build(Path::new(&file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn build(file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    // Of this run: in a target folder that checkouts share, another may have built the program.
    let crate_dir = env::var_os("CARGO_MANIFEST_DIR").ok_or("run it with cargo run")?;
    let root = Path::new(&crate_dir).join("../..").canonicalize()?;
    let target_dir = component_build::target_dir(&root, Path::new("target"));
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let home = component_build::cargo_home();
    let wasm = component_build::build(&cargo, home.as_deref(), &root, &target_dir)?;
    fs::copy(&wasm, file).map_err(|e| format!("could not write {}: {e}", file.display()))?;
    Ok(())
}

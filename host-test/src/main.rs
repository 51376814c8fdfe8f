//! The `codex-profiler` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    host_test::cli::main()
}

//! Keeps the component free of WASI.
//!
//! The standard library reaches for WASI through C symbols, three of them on the path
//! of a panic: it writes the message, reads `RUST_BACKTRACE`, and aborts. Defining
//! them here leaves nothing of libc's own to link, so a panic is a plain trap and
//! the component imports its five interfaces only. A fourth symbol would only bring
//! in the name of every error of an operating system. This leans on how std happens
//! to be built; the exact-surface test of the harness is its guard.

#![cfg(target_os = "wasi")]

/// Nowhere to write to: says that it wrote.
#[expect(unsafe_code, reason = "replaces the C symbol std writes panics with")]
#[unsafe(no_mangle)]
extern "C" fn write(_descriptor: i32, _bytes: *const u8, length: usize) -> isize {
    length.cast_signed()
}

/// There is no environment.
#[expect(unsafe_code, reason = "replaces the C symbol std reads RUST_BACKTRACE with")]
#[unsafe(no_mangle)]
extern "C" fn getenv(_name: *const u8) -> *const u8 {
    std::ptr::null()
}

/// A trap.
#[expect(unsafe_code, reason = "replaces the C symbol std aborts with")]
#[unsafe(no_mangle)]
extern "C" fn abort() -> ! {
    core::arch::wasm32::unreachable()
}

/// Errors without a name: no operating system is there to fail.
#[expect(unsafe_code, reason = "replaces the C symbol std names errors with")]
#[unsafe(no_mangle)]
extern "C" fn strerror_r(_error: i32, _text: *mut u8, _length: usize) -> i32 {
    0
}

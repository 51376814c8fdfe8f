//! A terminal with a program at it.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fs;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Both ends of a terminal: a person's and the program's.
pub(crate) fn terminal() -> (fs::File, fs::File) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let owner = openpt(flags).unwrap();
    grantpt(&owner).unwrap();
    unlockpt(&owner).unwrap();
    let name = ptsname(&owner, Vec::new()).unwrap().into_string().unwrap();
    // Not the terminal of the tests themselves.
    let apart = OpenptFlags::NOCTTY.bits().cast_signed();
    let side = fs::OpenOptions::new().read(true).write(true).custom_flags(apart).open(name);
    (fs::File::from(owner), side.unwrap())
}

/// Returns the output up to these words, or all of it once the program has closed its end.
pub(crate) fn read_until(owner: &mut fs::File, words: &str) -> String {
    let mut shown = Vec::new();
    let mut bytes = [0; 4096];
    loop {
        match owner.read(&mut bytes) {
            Ok(length @ 1..) => shown.extend_from_slice(&bytes[..length]),
            // What Linux says where nobody holds the other end.
            Ok(0) | Err(_) => return String::from_utf8_lossy(&shown).into_owned(),
        }
        let text = String::from_utf8_lossy(&shown);
        if text.contains(words) {
            return text.into_owned();
        }
    }
}

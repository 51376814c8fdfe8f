//! A pseudo terminal with a program at it, and the keys that a person presses.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::fs::OFlags;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::gateway::Said;
use crate::wrapper::wait_until;

pub(super) const CTRL_C: &str = "\x03";

/// A program that has the terminal to itself. It is ended with this.
pub(super) struct Terminal {
    child: Child,
    keys: File,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    /// `command` has to make what it is given on its streams its terminal: `setsid
    /// --ctty` does that.
    pub(super) fn start(mut command: Command) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        #[cfg(target_os = "linux")]
        let flags = flags | OpenptFlags::CLOEXEC;
        let owner = openpt(flags).unwrap();
        // macOS has no flag for it.
        fcntl_setfd(&owner, FdFlags::CLOEXEC).unwrap();
        grantpt(&owner).unwrap();
        unlockpt(&owner).unwrap();
        let size = Winsize { ws_row: 50, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&owner, size).unwrap();
        let name = ptsname(&owner, Vec::new()).unwrap().into_string().unwrap();
        let side = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOCTTY.bits() as i32)
            .open(name)
            .unwrap();
        let child = command
            .env("TERM", "xterm")
            .stdin(side.try_clone().unwrap())
            .stdout(side.try_clone().unwrap())
            .stderr(side)
            .spawn()
            .unwrap();
        // It holds the program's ends of the terminal.
        drop(command);
        let keys = File::from(owner);
        let shown = Arc::default();
        thread::spawn({
            let screen = keys.try_clone().unwrap();
            let shown = Arc::clone(&shown);
            move || watch(screen, &shown)
        });
        Self { child, keys, shown }
    }

    /// All that was shown so far.
    pub(super) fn shown(&self) -> String {
        let shown = self.shown.lock().unwrap();
        String::from_utf8_lossy(&shown).replace("\r\n", "\n")
    }

    /// Waits until a text is shown.
    pub(super) fn wait_for(&mut self, text: &str) {
        wait_until(text, || {
            let has_ended = self.child.try_wait().unwrap().is_some();
            let shown = self.shown();
            assert!(!has_ended || shown.contains(text), "no {text:?}: {shown}");
            shown.contains(text)
        });
    }

    pub(super) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the program has ended.
    pub(super) fn end(mut self) -> Said {
        let mut code = None;
        wait_until("the end of the program", || {
            code = self.child.try_wait().unwrap();
            code.is_some()
        });
        // What was shown last may be on its way.
        wait_until("the end of what it shows", || Arc::strong_count(&self.shown) == 1);
        Said { code: code.unwrap().code().unwrap(), text: self.shown(), errors: String::new() }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // With the terminal goes who else is at it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Keeps what is shown until nobody is at the terminal any more.
fn watch(mut screen: File, shown: &Mutex<Vec<u8>>) {
    let mut part = [0; 4096];
    while let Ok(length @ 1..) = screen.read(&mut part) {
        shown.lock().unwrap().extend_from_slice(&part[..length]);
    }
}

//! An `openclaw` on PATH in front of the real one: it writes down which commands
//! start and end, and may do otherwise than the real one does.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::gateway::Gateway;

/// The time that anything here may take, also on a machine several times slower than most.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);

pub(super) struct Wrapper {
    folder: TempDir,
}

impl Wrapper {
    /// One that only writes down.
    pub(super) fn new(gateway: &Gateway) -> Self {
        Self::otherwise(gateway, "")
    }

    /// One that does otherwise: `cases` are those of a shell's `case` over all words
    /// of the command; `real "$@"` runs the real one.
    pub(super) fn otherwise(gateway: &Gateway, cases: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let real = gateway.folder().join("openclaw");
        let script = format!(
            "#!/bin/sh
log='{log}'
real() {{ '{real}' \"$@\"; }}
answer() {{
  case \"$*\" in
    {cases}
    *) real \"$@\" ;;
  esac
}}
echo \"start $*\" >>\"$log\"
answer \"$@\"
code=$?
echo \"end $*\" >>\"$log\"
exit $code
",
            log = folder.path().join("log").display(),
            real = real.display(),
        );
        let path = folder.path().join("openclaw");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        Self { folder }
    }

    /// The environment of a program that meets it.
    pub(super) fn ways(&self) -> [(&'static str, String); 1] {
        let folder = self.folder.path().display();
        [("PATH", format!("{folder}:/usr/bin:/bin"))]
    }

    /// Counts the commands that begin like this and have started, or ended.
    pub(super) fn count(&self, what: &str) -> usize {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        log.lines().filter(|line| line.starts_with(what)).count()
    }

    /// Waits until so many have.
    pub(super) fn wait_for(&self, what: &str, count: usize) {
        wait_until(what, || self.count(what) >= count);
    }

    /// Waits until all that started have ended.
    pub(super) fn wait_for_all(&self) {
        wait_until("the end of all commands", || self.count("start") == self.count("end"));
    }
}

/// Waits for a condition, and fails where it never holds.
pub(super) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

//! The store of OpenClaw up to 2026.6.1: a JSON file in the agent's folder.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::layer::Layer;
use super::sign_ins::{Failure, LIMIT};
use crate::files::{open_regular, read_whole};

const STORE: &str = "auth-profiles.json";

/// From 2026.4 on the order, the last good profile and the usage records were
/// written here, and what is here wins.
const STATE: &str = "auth-state.json";

/// The store of an agent's folder.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(STORE)
}

/// Reads a store and the state beside it. `None` if there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Layer>, Failure> {
    let Some(text) = text(path)? else {
        return Ok(None);
    };
    let mut layer = Layer::parse(&text).ok_or(Failure::Malformed)?;
    if path.ends_with(STORE)
        && let Some(state) = text_of_state(path)
    {
        layer.add_state(&state);
    }
    Ok(Some(layer))
}

/// The state is a convenience: without it the profiles are still there, so that
/// an unreadable one counts as one that cannot be understood.
fn text_of_state(store: &Path) -> Option<String> {
    text(&store.with_file_name(STATE)).unwrap_or_else(|_| Some(String::new()))
}

fn text(path: &Path) -> Result<Option<String>, Failure> {
    let Some((file, size)) = open(path)? else {
        return Ok(None);
    };
    if size > LIMIT {
        return Err(Failure::TooLarge);
    }
    // It may have grown since.
    let bytes = read_whole(file, LIMIT).map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => Failure::TooLarge,
        _ => Failure::Unreadable,
    })?;
    String::from_utf8(bytes).map(Some).map_err(|_| Failure::Malformed)
}

/// The file at `path` and its size, `None` if there is nothing. Anything but a file is
/// refused.
pub(super) fn open(path: &Path) -> Result<Option<(File, u64)>, Failure> {
    let opened = open_regular(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    match opened {
        Ok((size, file)) => Ok(Some((file, size))),
        Err(error) if is_absence(&error) => Ok(None),
        Err(_) => Err(Failure::Unreadable),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::fs;

    use super::*;

    fn failure(path: &Path) -> Option<Failure> {
        read(path).err()
    }

    #[test]
    fn what_is_no_store_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(dir.path());
        assert!(read(&path).unwrap().is_none());
        assert!(read(&path.join("below")).unwrap().is_none());
        for bytes in [b"".as_slice(), b"hello", br#"{"profiles":{"a":{"ty"#, b"\xff\xfe{}"] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(failure(&path), Some(Failure::Malformed), "{bytes:?}");
        }
        assert_eq!(failure(dir.path()), Some(Failure::Unreadable));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_without_waiting() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(dir.path());
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        if made.is_ok_and(|status| status.success()) {
            assert_eq!(failure(&path), Some(Failure::Unreadable));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_permission_is_unreadable() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().unwrap();
        let path = path(dir.path());
        fs::write(&path, r#"{"profiles":{}}"#).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        // The superuser reads it all the same.
        if File::open(&path).is_err() {
            assert_eq!(failure(&path), Some(Failure::Unreadable));
        }
    }

    #[test]
    fn a_huge_file_is_refused_before_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(dir.path());
        File::create(&path).unwrap().set_len(50 << 20).unwrap();
        assert_eq!(failure(&path), Some(Failure::TooLarge));
    }

    #[test]
    fn the_state_beside_the_store_is_read_and_may_be_broken() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(dir.path());
        fs::write(&path, r#"{"profiles":{},"order":{"p":["a"]}}"#).unwrap();
        let state = dir.path().join(STATE);
        fs::write(&state, r#"{"version":1,"order":{"p":["b"]}}"#).unwrap();
        let layer = read(&path).unwrap().unwrap();
        assert_eq!((layer.order["p"][0].as_str(), layer.skipped), ("b", false));
        fs::write(&state, "{").unwrap();
        let layer = read(&path).unwrap().unwrap();
        assert_eq!((layer.order["p"][0].as_str(), layer.skipped), ("a", true));
    }
}

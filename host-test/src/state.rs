//! The state that outlives a call: the memory blobs, the claims and the salt, in the user's
//! state folder, readable by the user alone.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use etcetera::BaseStrategy;

use crate::contract::memory::Key;
use crate::files::{Access, Folder, read_whole};
use crate::policy::policy;

/// The folder of one world's state, or a folder in it. Each time it is opened, it must belong
/// to the user alone.
#[derive(Debug, Clone)]
pub struct StateFolder {
    /// The topmost folder that has to be the user's own.
    root: PathBuf,
    /// The folders from there down.
    below: Vec<String>,
}

/// One blob of the memory and how often it was saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blob {
    /// The bytes that were saved.
    pub bytes: Vec<u8>,
    /// 0 if nothing was ever saved.
    pub version: u64,
}

/// The reason for which a blob was not saved.
#[derive(Debug)]
pub enum SaveError {
    /// Somebody else saved in between.
    Conflict,
    /// The disk refused.
    Failed(io::Error),
}

/// The most bytes that precede a blob.
const HEADER_BYTES: usize = 32;

/// The letters of a salt.
const SALT: usize = 32;

/// The wait for a salt, before a call begins.
const SALT_PATIENCE: Duration = Duration::from_secs(2);

impl StateFolder {
    /// The folder of `world` (`demo` or `live`) below the user's state folder.
    ///
    /// # Errors
    ///
    /// Returns an error if the user has no home, or what is there is not the user's alone: a
    /// sentence that names the folder.
    pub fn of_user(world: &str) -> Result<Self> {
        let folder = Self { root: default_folder()?, below: vec![world.to_owned()] };
        for folder in [&folder, &folder.claims(), &folder.proposals(), &folder.changes()] {
            match folder.open() {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(folder)
    }

    /// A folder of the caller's choice.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { root: path.into(), below: vec![] }
    }

    /// The folder with all claims.
    pub fn claims(&self) -> Self {
        self.below("claims")
    }

    /// The folder with the changes that wait for their users.
    pub fn proposals(&self) -> Self {
        self.below("proposals")
    }

    /// The folder with the locks of those who change something.
    pub fn changes(&self) -> Self {
        self.below("changes")
    }

    fn below(&self, name: &str) -> Self {
        let mut folder = self.clone();
        folder.below.push(name.to_owned());
        folder
    }

    /// Opens it, where it is there.
    pub(crate) fn open(&self) -> io::Result<Folder> {
        let root = Folder::open(&self.root)?;
        self.below.iter().try_fold(root, |folder, name| folder.below(name))
    }

    /// Opens it, and makes it where it is not there.
    pub(crate) fn make(&self) -> io::Result<Folder> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt;
            builder.mode(0o700);
        }
        builder.create(&self.root)?;
        let root = Folder::open(&self.root)?;
        self.below.iter().try_fold(root, |folder, name| folder.make_below(name))
    }

    /// The blob; empty where there is none or it is not whole.
    pub fn load(&self, key: Key) -> Blob {
        let read = |folder: Folder| read_blob(&folder, key);
        self.open().ok().and_then(read).unwrap_or_default()
    }

    /// Replaces the blob of this key, unless somebody saved it after version `expected`. Returns
    /// the new version. `left` limits the wait for the lock.
    ///
    /// # Errors
    ///
    /// [`SaveError::Conflict`] where somebody did.
    pub fn save(
        &self,
        key: Key,
        bytes: &[u8],
        expected: u64,
        left: Duration,
    ) -> Result<u64, SaveError> {
        let (folder, _lock) = self.locked(left).map_err(SaveError::Failed)?;
        let version = read_blob(&folder, key).unwrap_or_default().version;
        if version != expected {
            return Err(SaveError::Conflict);
        }
        let next = version + 1;
        let blob = [format!("{next} {}\n", bytes.len()).as_bytes(), bytes].concat();
        folder.replace(file_name(key), &blob).map_err(SaveError::Failed)?;
        Ok(next)
    }

    /// A few random letters, made once. They are made anew if somebody else could have read them,
    /// or if they are incomplete.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder cannot be written.
    pub fn salt(&self) -> Result<String> {
        if let Some(salt) = self.open().ok().and_then(|folder| read_salt(&folder)) {
            return Ok(salt);
        }
        let made = || -> io::Result<String> {
            let (folder, _lock) = self.locked(SALT_PATIENCE)?;
            // If two processes make one at once, the first one stays.
            if let Some(salt) = read_salt(&folder) {
                return Ok(salt);
            }
            let mut random = [0; SALT / 2];
            getrandom::fill(&mut random)?;
            let salt: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
            folder.replace("salt", salt.as_bytes())?;
            Ok(salt)
        };
        made().with_context(|| format!("could not write to {}", self.root.display()))
    }

    fn locked(&self, left: Duration) -> io::Result<(Folder, File)> {
        let folder = self.make()?;
        let lock = folder.lock("memory.lock", left)?;
        Ok((folder, lock))
    }
}

/// `$XDG_STATE_HOME/codex-profiler` or what the system has in its place.
fn default_folder() -> Result<PathBuf> {
    let base = etcetera::choose_base_strategy().context("this user has no home folder")?;
    let state = base.state_dir().unwrap_or_else(|| base.data_dir());
    Ok(state.join("codex-profiler"))
}

/// Returns the name of the file that a blob is kept in.
fn file_name(key: Key) -> &'static str {
    match key {
        // As 0.1.0 called it.
        Key::Readings => "memory",
        Key::Alerts => "alerts",
        Key::History => "history",
    }
}

fn read_blob(folder: &Folder, key: Key) -> Option<Blob> {
    let file = folder.file(file_name(key), Access::Read).ok()?;
    let most = policy().memory.rule(key).bytes + HEADER_BYTES;
    let bytes = read_whole(file, most as u64).ok()?;
    whole_blob(&bytes).or_else(|| blob_of_0_1_0(&bytes))
}

/// Reads the version and the length in front of a blob, and refuses one that was cut off.
fn whole_blob(file: &[u8]) -> Option<Blob> {
    let end = file.iter().take(HEADER_BYTES).position(|byte| *byte == b'\n')?;
    let (version, length) = std::str::from_utf8(&file[..end]).ok()?.split_once(' ')?;
    let bytes = &file[end + 1..];
    (length.parse() == Ok(bytes.len()))
        .then_some(Blob { bytes: bytes.to_vec(), version: version.parse().ok()? })
}

/// Reads what 0.1.0 kept: eight bytes of the version, and the blob, which begins with the
/// number of its own format.
fn blob_of_0_1_0(file: &[u8]) -> Option<Blob> {
    let (version, bytes) = file.split_at_checked(8)?;
    let version = u64::from_le_bytes(version.try_into().ok()?);
    // A later header reads as a version that nobody reaches.
    (version < 1 << 32).then_some(Blob { bytes: bytes.to_vec(), version })
}

fn read_salt(folder: &Folder) -> Option<String> {
    let file = folder.file("salt", Access::Read).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        (file.metadata().ok()?.mode() & 0o077 == 0).then_some(())?;
    }
    let salt = String::from_utf8(read_whole(file, SALT as u64).ok()?).ok()?;
    let is_whole = salt.len() == SALT && salt.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_whole.then_some(salt)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::path::Path;

    use super::*;

    #[test]
    fn a_blob_is_saved_whole_and_only_on_what_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::at(folder.path().join("live"));
        assert_eq!(state.load(Key::Readings), Blob::default());
        assert_eq!(state.save(Key::Readings, b"one", 0, SALT_PATIENCE).unwrap(), 1);
        assert!(matches!(
            state.save(Key::Readings, b"two", 0, SALT_PATIENCE),
            Err(SaveError::Conflict)
        ));
        assert_eq!(state.load(Key::Readings), Blob { bytes: b"one".to_vec(), version: 1 });
    }

    #[test]
    fn a_corrupt_blob_is_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("memory"), b"short").unwrap();
        assert_eq!(StateFolder::at(folder.path()).load(Key::Readings), Blob::default());
    }

    #[test]
    fn a_blob_that_is_longer_than_any_is_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::at(folder.path());
        let longest = vec![0; 64 << 10];
        state.save(Key::Readings, &longest, 0, SALT_PATIENCE).unwrap();
        assert_eq!(state.load(Key::Readings).bytes, longest);
        let memory = fs::read(folder.path().join("memory")).unwrap();
        fs::write(folder.path().join("memory"), [memory, vec![0]].concat()).unwrap();
        assert_eq!(state.load(Key::Readings), Blob::default());
    }

    #[test]
    fn a_salt_that_is_not_whole_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::at(folder.path());
        let path = folder.path().join("salt");
        let salt = state.salt().unwrap();
        assert_eq!(state.salt().unwrap(), salt);
        for bad in ["", "abc", &"a".repeat(33), &"x".repeat(32), &"é".repeat(16)] {
            fs::write(&path, bad).unwrap();
            let other = state.salt().unwrap();
            assert_eq!((other.len(), other == salt), (SALT, false), "{bad}");
            assert_eq!(state.salt().unwrap(), other);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_salt_that_others_could_read_is_made_anew() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::at(folder.path());
        let path = folder.path().join("salt");
        for mode in [0o640, 0o604, 0o620] {
            let salt = state.salt().unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_ne!(state.salt().unwrap(), salt, "{mode:o}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn state_is_readable_by_its_user_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("live");
        StateFolder::at(&path).save(Key::Readings, b"x", 0, SALT_PATIENCE).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("memory")), 0o600);
        assert_eq!(mode(&path.join("memory.lock")), 0o600);
    }
}

//! What outlives a call: the memory blob, the claims and the salt, in the user's
//! state folder, readable by the user alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;

/// The folder of one world's state.
#[derive(Debug, Clone)]
pub struct StateFolder {
    path: PathBuf,
}

/// The memory blob and how often it was saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blob {
    /// What was saved.
    pub bytes: Vec<u8>,
    /// 0 where nothing ever was.
    pub version: u64,
}

/// Why a blob was not saved.
#[derive(Debug)]
pub enum SaveError {
    /// Somebody else saved in between.
    Conflict,
    /// The disk refused.
    Failed(io::Error),
}

impl StateFolder {
    /// The folder of `world` (`demo` or `live`) below the user's state folder.
    ///
    /// # Errors
    ///
    /// Where the user has no home.
    pub fn of_user(world: &str) -> Result<Self> {
        Ok(Self::at(default_folder()?.join(world)))
    }

    /// A folder of the caller's choice.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder with all claims.
    pub fn claims(&self) -> PathBuf {
        self.path.join("claims")
    }

    /// The folder with the changes that wait for their users.
    pub fn proposals(&self) -> PathBuf {
        self.path.join("proposals")
    }

    /// The folder with the locks of those who change something.
    pub fn changes(&self) -> PathBuf {
        self.path.join("changes")
    }

    /// The blob; empty where there is none or it is not whole.
    pub fn load(&self) -> Blob {
        read_blob(&self.path.join("memory")).unwrap_or_default()
    }

    /// Replaces the blob where nobody saved since `expected`, and returns the new
    /// version.
    ///
    /// # Errors
    ///
    /// [`SaveError::Conflict`] where somebody did.
    pub fn save(&self, bytes: &[u8], expected: u64) -> Result<u64, SaveError> {
        self.locked(|path| {
            let version = read_blob(path).unwrap_or_default().version;
            if version != expected {
                return Err(SaveError::Conflict);
            }
            let next = version + 1;
            write_blob(path, bytes, next).map_err(SaveError::Failed)?;
            Ok(next)
        })
    }

    /// A few random letters, made once.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written.
    pub fn salt(&self) -> Result<String> {
        let path = self.path.join("salt");
        if let Ok(salt) = fs::read_to_string(&path)
            && salt.len() == 32
        {
            return Ok(salt);
        }
        let made = || -> io::Result<String> {
            create_folder(&self.path)?;
            let mut random = [0; 16];
            getrandom::fill(&mut random)?;
            let salt: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
            let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
            file.write_all(salt.as_bytes())?;
            // Of two that make one at once, the first one's stays.
            match file.persist_noclobber(&path) {
                Ok(_) => Ok(salt),
                Err(_) => fs::read_to_string(&path),
            }
        };
        made().with_context(|| format!("could not write to {}", self.path.display()))
    }

    fn locked<T>(&self, act: impl FnOnce(&Path) -> Result<T, SaveError>) -> Result<T, SaveError> {
        create_folder(&self.path).map_err(SaveError::Failed)?;
        let lock = open_private(&self.path.join("memory.lock")).map_err(SaveError::Failed)?;
        lock.lock().map_err(SaveError::Failed)?;
        act(&self.path.join("memory"))
    }
}

/// `$XDG_STATE_HOME/codex-profiler` or what the system has in its place.
fn default_folder() -> Result<PathBuf> {
    let base = etcetera::choose_base_strategy().context("this user has no home folder")?;
    let state = base.state_dir().unwrap_or_else(|| base.data_dir());
    Ok(state.join("codex-profiler"))
}

/// Makes a folder that only the user can enter.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Opens a file that only the user can read, making it where it is not there.
pub(crate) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

fn read_blob(path: &Path) -> Option<Blob> {
    // A blob that is longer than any that was saved is not one.
    const MOST: u64 = (64 << 10) + 8;
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(MOST)
        .read_to_end(&mut bytes)
        .ok()?;
    let whole = bytes.len() as u64 <= MOST;
    let (version, bytes) = bytes.split_at_checked(8).filter(|_| whole)?;
    let version = u64::from_le_bytes(version.try_into().ok()?);
    Some(Blob {
        bytes: bytes.to_vec(),
        version,
    })
}

fn write_blob(path: &Path, bytes: &[u8], version: u64) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    // A temporary file of the tempfile crate is private from the start, and a
    // rename replaces the old blob whole.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&version.to_le_bytes())?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn a_blob_is_saved_whole_and_only_on_what_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::at(folder.path().join("live"));
        assert_eq!(state.load(), Blob::default());
        assert_eq!(state.save(b"one", 0).unwrap(), 1);
        assert!(matches!(state.save(b"two", 0), Err(SaveError::Conflict)));
        assert_eq!(
            state.load(),
            Blob {
                bytes: b"one".to_vec(),
                version: 1
            }
        );
    }

    #[test]
    fn a_corrupt_blob_is_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("memory"), b"short").unwrap();
        assert_eq!(StateFolder::at(folder.path()).load(), Blob::default());
    }

    #[cfg(unix)]
    #[test]
    fn state_is_readable_by_its_user_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("live");
        StateFolder::at(&path).save(b"x", 0).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("memory")), 0o600);
        assert_eq!(mode(&path.join("memory.lock")), 0o600);
    }
}

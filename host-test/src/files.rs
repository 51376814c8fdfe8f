//! Files that open without blocking, and folders that only the user can change.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::printable::printable;

/// The longest wait for a lock. One of ours is held for a moment.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// Opens a file to read it, and nothing but a file: a pipe would be waited for.
///
/// # Errors
///
/// Returns an error if it cannot be opened or is not a file.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(sys::AT_ONCE.bits().cast_signed());
    }
    regular(options.open(path)?)
}

/// Reads a file of at most this many bytes, however long it is said to be.
///
/// # Errors
///
/// Returns an error if it cannot be read, or [`io::ErrorKind::FileTooLarge`].
pub(crate) fn read_whole(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Checks the open file, which nobody can replace, rather than the path.
fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a file")) }
}

/// Refuses a file that belongs to somebody else or has a second (hard) link: it could be any
/// of the user's files.
fn own(file: File) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let about = file.metadata()?;
        if about.uid() != rustix::process::geteuid().as_raw() || about.nlink() > 1 {
            return Err(io::Error::other("it is not a file of this user's own"));
        }
    }
    Ok(file)
}

/// A folder of the user's own, opened: nobody else can write to it, and no link in it is
/// followed.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    #[cfg(unix)]
    handle: File,
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    ///
    /// Returns an error if it is missing or is not the user's own: a sentence that says so.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::at(path.to_owned(), None)
    }

    /// Opens a folder of this one.
    ///
    /// # Errors
    ///
    /// As [`Folder::open`].
    pub(crate) fn below(&self, name: &str) -> io::Result<Self> {
        Self::at(self.path.join(name), Some((self, name)))
    }

    /// Opens a file.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot be opened, is a link or is not a file of the user's own.
    pub(crate) fn file(&self, name: &str, access: Access) -> io::Result<File> {
        own(regular(self.opened(name, access)?)?)
    }

    /// Replaces a file in one step; only the user can read it. The caller holds a lock, so a
    /// half-written file must come from a program that was killed, and is overwritten.
    ///
    /// # Errors
    ///
    /// Returns an error if the disk refuses.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let new = format!("{name}.new");
        // The file exists only if a program was killed at this point.
        let _ = self.remove(&new);
        let mut file = self.opened(&new, Access::New)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        self.rename(&new, name)
    }

    /// Takes a lock, once whoever has it gives it back.
    ///
    /// # Errors
    ///
    /// Returns an error if it is not given back in time, or there can be none.
    pub(crate) fn lock(&self, name: &str, left: Duration) -> io::Result<File> {
        self.locked(name, left, File::try_lock)
    }

    /// Takes a lock that others may have too, if they take it the same way.
    ///
    /// # Errors
    ///
    /// As [`Folder::lock`].
    pub(crate) fn lock_shared(&self, name: &str, left: Duration) -> io::Result<File> {
        self.locked(name, left, File::try_lock_shared)
    }

    fn locked(
        &self,
        name: &str,
        left: Duration,
        try_lock: fn(&File) -> Result<(), TryLockError>,
    ) -> io::Result<File> {
        let file = self.file(name, Access::Change)?;
        let until = Instant::now() + left.min(LOCK_PATIENCE);
        loop {
            match try_lock(&file) {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if Instant::now() >= until => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    /// The reason not to use the folder, as a sentence.
    fn refuse(path: &Path, error: &io::Error) -> io::Error {
        let path = printable(&path.to_string_lossy());
        let sentence = format!("state folder {path} {error}");
        io::Error::new(error.kind(), sentence)
    }
}

/// The purpose a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// It is read.
    Read,
    /// It is read and written, and made where it is not there.
    Change,
    /// It is written, and was not there.
    New,
}

#[cfg(unix)]
mod sys {
    use std::os::unix::fs::MetadataExt;

    use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags};
    use rustix::io::Errno;

    use super::*;

    /// Waits for nobody at the other end.
    pub(super) const AT_ONCE: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);

    const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW);

    impl Folder {
        /// Makes a folder of this one, where there is none, and opens it.
        ///
        /// # Errors
        ///
        /// As [`Folder::open`].
        pub(crate) fn make_below(&self, name: &str) -> io::Result<Self> {
            match rustix::fs::mkdirat(&self.handle, name, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => self.below(name),
                Err(error) => Err(error.into()),
            }
        }

        pub(super) fn at(path: PathBuf, within: Option<(&Self, &str)>) -> io::Result<Self> {
            let flags = FOLDER | OFlags::CLOEXEC;
            let opened = match within {
                Some((folder, name)) => {
                    rustix::fs::openat(&folder.handle, name, flags, Mode::empty())
                }
                None => rustix::fs::openat(CWD, &path, flags, Mode::empty()),
            };
            let handle = match opened {
                Ok(handle) => File::from(handle),
                Err(error) => {
                    let error = match error {
                        Errno::LOOP | Errno::NOTDIR | Errno::MLINK => io::Error::other(
                            "is a link or a file: put a folder of your own in its place",
                        ),
                        error => {
                            let error = io::Error::from(error);
                            io::Error::new(error.kind(), format!("could not be opened: {error}"))
                        }
                    };
                    return Err(Self::refuse(&path, &error));
                }
            };
            let metadata = handle.metadata()?;
            let wrong = if metadata.uid() != rustix::process::geteuid().as_raw() {
                "belongs to another user: remove it, or set XDG_STATE_HOME to another folder"
            } else if metadata.mode() & 0o022 != 0 {
                "can be changed by other users: run `chmod go-w` on it"
            } else {
                return Ok(Self { path, handle });
            };
            Err(Self::refuse(&path, &io::Error::other(wrong)))
        }

        pub(super) fn opened(&self, name: &str, access: Access) -> io::Result<File> {
            let access = match access {
                Access::Read => OFlags::RDONLY,
                Access::Change => OFlags::RDWR | OFlags::CREATE,
                Access::New => OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL,
            };
            let flags = access | AT_ONCE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let mode = Mode::RUSR | Mode::WUSR;
            Ok(File::from(rustix::fs::openat(&self.handle, name, flags, mode)?))
        }

        pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
            Ok(rustix::fs::renameat(&self.handle, from, &self.handle, to)?)
        }

        /// Removes a file.
        ///
        /// # Errors
        ///
        /// Returns an error if it cannot be removed.
        pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
            Ok(rustix::fs::unlinkat(&self.handle, name, AtFlags::empty())?)
        }

        /// The names of all files.
        ///
        /// # Errors
        ///
        /// Returns an error if the folder cannot be read.
        pub(crate) fn names(&self) -> io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in Dir::read_from(&self.handle)? {
                // One of ours is plain.
                let name = entry?.file_name().to_str().map(str::to_owned);
                names.extend(name.ok().filter(|name| name != "." && name != ".."));
            }
            Ok(names)
        }
    }
}

/// Opens by path, since there are no folder descriptors. Users' folders are private there.
#[cfg(not(unix))]
mod sys {
    use super::*;

    impl Folder {
        /// Makes a folder of this one, where there is none, and opens it.
        ///
        /// # Errors
        ///
        /// As [`Folder::open`].
        pub(crate) fn make_below(&self, name: &str) -> io::Result<Self> {
            match fs::create_dir(self.path.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                _ => self.below(name),
            }
        }

        pub(super) fn at(path: PathBuf, _: Option<(&Self, &str)>) -> io::Result<Self> {
            let metadata = fs::symlink_metadata(&path);
            if metadata.map_err(|error| Self::refuse(&path, &error))?.is_dir() {
                Ok(Self { path })
            } else {
                Err(Self::refuse(&path, &io::ErrorKind::NotADirectory.into()))
            }
        }

        pub(super) fn opened(&self, name: &str, access: Access) -> io::Result<File> {
            let mut options = fs::OpenOptions::new();
            match access {
                Access::Read => options.read(true),
                Access::Change => options.read(true).write(true).create(true),
                Access::New => options.write(true).create_new(true),
            };
            options.open(self.path.join(name))
        }

        pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
            fs::rename(self.path.join(from), self.path.join(to))
        }

        /// Removes a file.
        ///
        /// # Errors
        ///
        /// Returns an error if it cannot be removed.
        pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
            fs::remove_file(self.path.join(name))
        }

        /// The names of all files.
        ///
        /// # Errors
        ///
        /// Returns an error if the folder cannot be read.
        pub(crate) fn names(&self) -> io::Result<Vec<String>> {
            let entries = fs::read_dir(&self.path)?;
            let names = entries.flatten().map(|entry| entry.file_name());
            Ok(names.filter_map(|name| name.into_string().ok()).collect())
        }
    }
}

//! The stores of OpenClaw from 2026.6 on: rows of SQLite databases in WAL mode.
//!
//! A gateway may be writing while this reads, and reading must not leave a file
//! behind. SQLite by itself does: it creates the `-shm` index of a database in
//! WAL mode, and the `-wal` too. So the files decide how a database is opened:
//!
//! - No `-wal`: nothing is pending and nobody has it open. `immutable=1` reads the
//!   one file and looks at no other.
//! - `-wal` and `-shm`: somebody has it open, or did not close it. `mode=ro` takes
//!   part in SQLite's own protocol; both files exist already, and
//!   `readonly_shm=1` keeps the index as it is.
//! - `-wal` without `-shm`: a restored backup, or a writer that keeps its index in
//!   memory. This reader keeps its own in memory likewise, and takes no locks,
//!   because that is the only way SQLite offers.
//!
//! SQLite opens these files by their names. What is no file is not left to it, and where a
//! pipe is put in a file's place just then, nobody waits for longer than [`DEADLINE`].
//! Memory, the length of values and work are bounded: a schema can compute values, and that
//! of somebody else could compute large ones.
//!
//! Data read without locks is believed only if the files are afterwards what
//! they were before. What remains is the instant between looking and opening: a
//! writer that closes just then makes SQLite put empty files where its own were.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, OptionalExtension as _};

use super::json;
use super::layer::Layer;
use super::sign_ins::{Failure, LIMIT};

/// The bytes that every database starts with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// SQLite's system layer without locks.
const WITHOUT_LOCKS: &str = if cfg!(windows) { "win32-none" } else { "unix-none" };

/// The time for which a locked database is waited for.
const PATIENCE: Duration = Duration::from_millis(500);

/// The time a whole read may take, and SQLite's work at one try of it.
const DEADLINE: Duration = Duration::from_secs(10);
const WORK: Duration = Duration::from_secs(2);

/// Instructions of SQLite between two looks at the time.
const BETWEEN_LOOKS: i32 = 10_000;

/// The memory SQLite may take, for all connections: several times the largest store.
const MEMORY: u64 = 4 * LIMIT;

/// The number of tries of a read while somebody changes what is read.
const TRIES: usize = 4;

/// The owner of the sign-ins that agents share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The shared database.
    State,
    /// The database of the agent `main`.
    Main,
    /// Nothing says so.
    Unsaid,
}

/// The contents of the shared database.
pub(super) struct Shared {
    /// True if it has the table that the sign-ins would be in.
    pub(super) has_table: bool,
    pub(super) owner: Owner,
    pub(super) layer: Option<Layer>,
}

/// The database of an agent's folder.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join("openclaw-agent.sqlite")
}

/// Returns whether a file is a database by its content. A missing one is not.
pub(super) fn is_database(path: &Path) -> Result<bool, Failure> {
    match json::open(path)? {
        Some((file, _)) => has_magic(&file),
        None => Ok(false),
    }
}

fn has_magic(file: &File) -> Result<bool, Failure> {
    let mut start = Vec::new();
    file.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(|_| Failure::Unreadable)?;
    Ok(start == MAGIC)
}

/// Reads the shared database. A missing one says nothing.
pub(super) fn shared(path: &Path) -> Result<Shared, Failure> {
    in_time(path, read_shared)
}

fn read_shared(path: &Path) -> Result<Shared, Failure> {
    let cells = read(path, |connection| {
        Ok((
            has_table(connection, SHARED_STORE.table)?,
            cell(connection, &SHARED_OWNER)?,
            cell(connection, &SHARED_STORE)?,
            cell(connection, &SHARED_STATE)?,
        ))
    })?;
    let (has_table, owner, store, state) = cells.unwrap_or_default();
    Ok(Shared {
        has_table,
        owner: owner.as_deref().map_or(Owner::Unsaid, owner_named),
        layer: layer(store, state)?,
    })
}

/// Reads an agent's database. `None` if it is missing or holds no store.
pub(super) fn agent(path: &Path) -> Result<Option<Layer>, Failure> {
    in_time(path, read_agent)
}

fn read_agent(path: &Path) -> Result<Option<Layer>, Failure> {
    let cells = read(path, |connection| {
        Ok((cell(connection, &AGENT_STORE)?, cell(connection, &AGENT_STATE)?))
    })?;
    let (store, state) = cells.unwrap_or_default();
    layer(store, state)
}

/// Reads a database of either kind.
pub(super) fn any(path: &Path) -> Result<Option<Layer>, Failure> {
    match agent(path)? {
        Some(layer) => Ok(Some(layer)),
        None => Ok(shared(path)?.layer),
    }
}

/// Reads in a thread that nobody waits for once the deadline has passed.
fn in_time<T: Send + 'static>(
    path: &Path,
    read: fn(&Path) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (done, outcome) = mpsc::channel();
    let path = path.to_owned();
    let reader = thread::Builder::new().spawn(move || {
        // Whoever does not wait any more does not listen.
        let _ = done.send(read(&path));
    });
    let reader = reader.map_err(|_| Failure::Unreadable)?;
    let outcome = outcome.recv_timeout(DEADLINE).map_err(|_| Failure::Locked)?;
    // It has ended but for its last few instructions.
    let _ = reader.join();
    outcome
}

/// The gateway looks at the state only where there is a store, and ignores one
/// that it cannot read.
fn layer(store: Option<String>, state: Option<String>) -> Result<Option<Layer>, Failure> {
    let mut layer = match &store {
        Some(store) => Layer::parse(store).ok_or(Failure::Malformed)?,
        // An order may be kept where no sign-in is.
        None if state.is_some() => Layer::default(),
        None => return Ok(None),
    };
    if let Some(state) = state.filter(|state| state != "null") {
        layer.add_state(&state);
    }
    Ok(Some(layer))
}

fn owner_named(json: &str) -> Owner {
    let value: Option<serde_json::Value> = serde_json::from_str(json).ok();
    match value.as_ref().and_then(|value| value["location"].as_str()) {
        Some("state-db") => Owner::State,
        Some("legacy-main") => Owner::Main,
        _ => Owner::Unsaid,
    }
}

/// A cell of JSON: its table, the two columns and the key of its row.
struct Cell {
    table: &'static str,
    key_column: &'static str,
    column: &'static str,
    key: &'static str,
}

const SHARED_OWNER: Cell = shared_cell("auth.sharedStore");
const SHARED_STORE: Cell = shared_cell("authProfiles.store");
const SHARED_STATE: Cell = shared_cell("authProfiles.state");

const AGENT_STORE: Cell = Cell {
    table: "auth_profile_store",
    key_column: "store_key",
    column: "store_json",
    key: "primary",
};

const AGENT_STATE: Cell = Cell {
    table: "auth_profile_state",
    key_column: "state_key",
    column: "state_json",
    key: "primary",
};

const fn shared_cell(key: &'static str) -> Cell {
    Cell { table: "config_machine_state", key_column: "state_key", column: "value_json", key }
}

/// The text of a cell, `None` if its table or its row is missing.
fn cell(connection: &Connection, cell: &Cell) -> Result<Option<String>, TryError> {
    let Cell { table, key_column, column, key } = cell;
    if !has_table(connection, table)? {
        return Ok(None);
    }
    let size: Option<Option<i64>> = connection
        .query_row(
            &format!("SELECT octet_length({column}) FROM {table} WHERE {key_column} = ?1"),
            [key],
            |row| row.get(0),
        )
        .optional()?;
    match size.flatten() {
        None => return Ok(None),
        Some(size) if size.unsigned_abs() > LIMIT => {
            return Err(TryError::Failed(Failure::TooLarge));
        }
        Some(_) => {}
    }
    Ok(connection
        .query_row(&format!("SELECT {column} FROM {table} WHERE {key_column} = ?1"), [key], |row| {
            row.get(0)
        })
        .optional()?)
}

/// Returns whether there is a table of this name, as the gateway makes them: no view or virtual
/// table, and without columns that are computed. Others it may have got since are welcome.
fn has_table(connection: &Connection, name: &str) -> Result<bool, TryError> {
    let is_table: Option<bool> = connection.query_row(
        "SELECT min(type = 'table' AND rootpage > 0 AND sql LIKE 'CREATE TABLE%')
        FROM sqlite_master WHERE name = ?1",
        [name],
        |row| row.get(0),
    )?;
    match is_table {
        None => return Ok(false),
        Some(false) => return Err(TryError::Failed(Failure::Malformed)),
        Some(true) => {}
    }
    let is_plain: bool = connection.query_row(
        "SELECT max(hidden) = 0 FROM pragma_table_xinfo(?1)",
        [name],
        |row| row.get(0),
    )?;
    if is_plain { Ok(true) } else { Err(TryError::Failed(Failure::Malformed)) }
}

/// The reason for which one try came to nothing.
enum TryError {
    /// Trying again changes nothing.
    Failed(Failure),
    /// SQLite cannot take part in its own protocol here.
    NeedsNoLocks,
}

impl From<Error> for TryError {
    fn from(error: Error) -> Self {
        use ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseCorrupt, DatabaseLocked, FileLockingProtocolFailed,
            NotADatabase, OperationInterrupted, OutOfMemory, ReadOnly, TooBig,
        };
        match error.sqlite_error_code() {
            Some(ReadOnly | CannotOpen) => Self::NeedsNoLocks,
            Some(DatabaseBusy | DatabaseLocked | FileLockingProtocolFailed) => {
                Self::Failed(Failure::Locked)
            }
            // One of the bounds: no store that people have is near them.
            Some(TooBig | OutOfMemory | OperationInterrupted) => Self::Failed(Failure::TooLarge),
            // Or a column is missing or of another type: it is another's table.
            Some(NotADatabase | DatabaseCorrupt | ErrorCode::Unknown) | None => {
                Self::Failed(Failure::Malformed)
            }
            Some(_) => Self::Failed(Failure::Unreadable),
        }
    }
}

/// The way in which a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Immutable,
    ReadOnly,
    WithoutLocks,
}

/// Runs `query` on one consistent state of the database at `path`. `None` if
/// there is no such file, or if it is empty.
fn read<T>(
    path: &Path,
    query: impl Fn(&Connection) -> Result<T, TryError>,
) -> Result<Option<T>, Failure> {
    match json::open(path)? {
        // SQLite would delete the `-wal` of an empty database.
        None | Some((_, 0)) => return Ok(None),
        Some((file, _)) if !has_magic(&file)? => return Err(Failure::Malformed),
        Some(_) => {}
    }
    // SQLite follows a link and keeps its files beside what it points at.
    let path = &fs::canonicalize(path).map_err(|_| Failure::Unreadable)?;
    for _ in 0..TRIES {
        let before = Files::at(path);
        if !before.are_files {
            return Err(Failure::Unreadable);
        }
        let mode = before.mode();
        let (mode, tried) = match query_once(path, mode, &query) {
            Err(TryError::NeedsNoLocks) if before.wal.is_some() => {
                let mode = Mode::WithoutLocks;
                (mode, query_once(path, mode, &query))
            }
            tried => (mode, tried),
        };
        // What went wrong while the files changed says nothing about them.
        let unchanged = Files::at(path) == before;
        match tried {
            Ok(value) if unchanged || mode == Mode::ReadOnly => return Ok(Some(value)),
            Err(TryError::Failed(failure)) if unchanged => return Err(failure),
            Err(TryError::NeedsNoLocks) if unchanged => return Err(Failure::Unreadable),
            Ok(_) | Err(_) => {}
        }
    }
    Err(Failure::Locked)
}

fn query_once<T>(
    path: &Path,
    mode: Mode,
    query: &impl Fn(&Connection) -> Result<T, TryError>,
) -> Result<T, TryError> {
    let connection = open(path, mode)?;
    // One transaction: the cells belong together.
    connection.execute_batch("BEGIN")?;
    query(&connection)
}

fn open(path: &Path, mode: Mode) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(uri(path, mode), flags)?;
    let until = Instant::now() + WORK;
    connection.progress_handler(BETWEEN_LOOKS, Some(move || Instant::now() > until))?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LIMIT as i32)?;
    // That one is the whole process's.
    connection.execute_batch(&format!("PRAGMA hard_heap_limit = {MEMORY}"))?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    if mode == Mode::WithoutLocks {
        // Makes SQLite keep the index of the `-wal` in memory.
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    }
    // A file can ask for a larger one.
    connection.execute_batch("PRAGMA cache_size = -2000")?;
    Ok(connection)
}

fn uri(path: &Path, mode: Mode) -> String {
    // With an authority, so that a path may begin with two slashes.
    let mut uri = String::from(if path.is_absolute() { "file://" } else { "file:" });
    let path = if cfg!(windows) {
        Cow::Owned(slashed(&path.to_string_lossy()).into_bytes())
    } else {
        Cow::Borrowed(path.as_os_str().as_encoded_bytes())
    };
    for byte in path.iter() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            // Writing to a string does not fail.
            _ => _ = write!(uri, "%{byte:02x}"),
        }
    }
    match mode {
        Mode::Immutable => uri + "?mode=ro&immutable=1",
        Mode::ReadOnly => uri + "?mode=ro&readonly_shm=1",
        Mode::WithoutLocks => uri + "?mode=ro&vfs=" + WITHOUT_LOCKS,
    }
}

/// Returns a path of Windows as a URI has it: `/C:/x` for `\\?\C:\x`, whose question mark
/// would begin a query.
fn slashed(path: &str) -> String {
    let path = path.replace('\\', "/");
    if let Some(share) = path.strip_prefix("//?/UNC/") {
        return format!("//{share}");
    }
    let path = path.strip_prefix("//?/").unwrap_or(&path);
    match path.as_bytes() {
        [letter, b':', ..] if letter.is_ascii_alphabetic() => format!("/{path}"),
        _ => path.to_owned(),
    }
}

/// A file's size and last change, or that it is not there.
type Stamp = Option<(u64, Option<SystemTime>)>;

/// The files that make up a database.
#[derive(PartialEq, Eq)]
struct Files {
    database: Stamp,
    wal: Stamp,
    journal: Stamp,
    has_shm: bool,
    /// True if SQLite would open a file, each time it opened one.
    are_files: bool,
}

impl Files {
    fn at(path: &Path) -> Self {
        let mut are_files = true;
        let mut stamp = |suffix: &str| -> Stamp {
            let metadata = fs::metadata(beside(path, suffix)).ok()?;
            are_files &= metadata.is_file();
            Some((metadata.len(), metadata.modified().ok()))
        };
        Self {
            database: stamp(""),
            wal: stamp("-wal"),
            journal: stamp("-journal"),
            has_shm: stamp("-shm").is_some(),
            are_files,
        }
    }

    fn mode(&self) -> Mode {
        match (&self.wal, self.has_shm) {
            (Some(_), true) => Mode::ReadOnly,
            (Some(_), false) => Mode::WithoutLocks,
            // Not in WAL mode, and somebody is writing.
            (None, _) if self.journal.is_some() => Mode::ReadOnly,
            (None, _) => Mode::Immutable,
        }
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests;

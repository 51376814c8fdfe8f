//! Any rows in the tables of the gateway's databases, and any bytes in the place of a
//! database. Nothing of it is written.

#![no_main]

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

use fuzz::parts;
use fuzz::stored::{check_canaries, check_read, place, with_canaries};
use libfuzzer_sys::fuzz_target;
use rusqlite::Connection;
use tempfile::TempDir;

struct Databases {
    folder: TempDir,
    agent: (PathBuf, Connection),
    shared: (PathBuf, Connection),
}

thread_local! {
    static DATABASES: OnceCell<Databases> = const { OnceCell::new() };
}

fuzz_target!(|input: &[u8]| {
    DATABASES.with(|databases| run(databases.get_or_init(Databases::new), input));
});

/// The rows by their tables: the columns, and the key of the row.
const STORE: &str = "auth_profile_store";
const STATE: &str = "auth_profile_state";
const SHARED: &str = "config_machine_state";

impl Databases {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let open = |path: &str, tables: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            let database = Connection::open(&path).expect("a database");
            // Nothing is kept for longer than this program runs.
            let quick = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;";
            database.execute_batch(&format!("{quick}{tables}")).expect("tables");
            (path, database)
        };
        Self {
            agent: open(
                "agents/main/agent/openclaw-agent.sqlite",
                "CREATE TABLE auth_profile_store(store_key TEXT PRIMARY KEY, store_json);
                 CREATE TABLE auth_profile_state(state_key TEXT PRIMARY KEY, state_json);",
            ),
            shared: open(
                "state/openclaw.sqlite",
                "CREATE TABLE config_machine_state(state_key TEXT PRIMARY KEY, value_json);",
            ),
            folder,
        }
    }

    fn put(&self, table: &str, key: &str, cell: Option<&String>) {
        let database = if table == SHARED { &self.shared.1 } else { &self.agent.1 };
        let (key_column, _) = columns(table);
        let done = match cell {
            None => {
                database.execute(&format!("DELETE FROM {table} WHERE {key_column} = ?1"), [key])
            }
            Some(cell) => {
                let insert = format!("INSERT OR REPLACE INTO {table} VALUES (?1, ?2)");
                // What is no text: a number, nothing, or bytes.
                match cell.as_bytes() {
                    b"NULL" => database.execute(&insert, (key, None::<String>)),
                    [b'0'..=b'9'] => {
                        database.execute(&insert, (key, i64::from(cell.as_bytes()[0])))
                    }
                    [0, bytes @ ..] => database.execute(&insert, (key, bytes)),
                    _ => database.execute(&insert, (key, cell)),
                }
            }
        };
        done.expect("a row");
    }
}

fn columns(table: &str) -> (&str, &str) {
    match table {
        STORE => ("store_key", "store_json"),
        _ => ("state_key", "state_json"),
    }
}

fn run(databases: &Databases, input: &[u8]) {
    let folder = databases.folder.path();
    let file = folder.join("file.sqlite");
    if input.starts_with(b"SQLite format 3\0") {
        fs::write(&file, input).expect("written");
        check_read(&place(folder, Some(&file), "main"));
        assert_eq!(fs::read(&file).ok().as_deref(), Some(input), "it was written");
        return;
    }
    let parts = parts(input);
    let part = |index: usize| parts.get(index).filter(|part| !part.is_empty());
    databases.put(STORE, "primary", part(0));
    databases.put(STATE, "primary", part(1));
    databases.put(SHARED, "auth.sharedStore", part(2));
    databases.put(SHARED, "authProfiles.store", part(3));
    databases.put(SHARED, "authProfiles.state", part(4));
    let before = bytes(databases);
    let of = |agent: &str| check_read(&place(folder, None, agent));
    of("main");
    of("ops");
    check_read(&place(folder, Some(&databases.shared.0), "main"));
    assert_eq!(bytes(databases), before, "it was written");
    if let Some(store) = part(0).and_then(|store| with_canaries(store)) {
        databases.put(STORE, "primary", Some(&store));
        if let Some(sign_ins) = check_read(&place(folder, Some(&databases.agent.0), "main")) {
            check_canaries(&sign_ins);
        }
    }
    assert_eq!(files_in(folder), 0, "it left a file");
}

fn bytes(databases: &Databases) -> [Option<Vec<u8>>; 2] {
    [&databases.agent.0, &databases.shared.0].map(|path| fs::read(path).ok())
}

/// The number of files that SQLite left beside the databases.
fn files_in(folder: &Path) -> usize {
    let beside = ["agents/main/agent/openclaw-agent.sqlite", "state/openclaw.sqlite"];
    let there = |path: &&&str| {
        ["-wal", "-shm", "-journal"].iter().any(|end| folder.join(format!("{path}{end}")).exists())
    };
    beside.iter().filter(there).count()
}

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeMap;

use tempfile::TempDir;

use super::*;

const TABLE: &str = "CREATE TABLE auth_profile_store(store_key TEXT PRIMARY KEY, store_json TEXT)";

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn database(&self) -> PathBuf {
        path(self.0.path())
    }

    /// A gateway's connection, with a store in the database.
    fn writer(&self) -> Connection {
        let writer = Connection::open(self.database()).unwrap();
        writer.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap();
        writer.execute_batch(TABLE).unwrap();
        write(&writer, "openai:first");
        writer
    }

    /// Every file's name and content, but for the content of the shared
    /// index, which is the readers' too.
    fn listing(&self) -> BTreeMap<String, Vec<u8>> {
        let files = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap());
        files
            .map(|file| {
                let name = file.file_name().to_string_lossy().into_owned();
                let content = fs::read(file.path()).unwrap();
                let content = if name.ends_with("-shm") { Vec::new() } else { content };
                (name, content)
            })
            .collect()
    }

    /// Reads, and checks that nothing beside what was read has changed.
    fn read(&self) -> Result<Option<String>, Failure> {
        let before = self.listing();
        let layer = agent(&self.database());
        assert_eq!(self.listing(), before);
        layer.map(|layer| layer.and_then(|layer| layer.entries.into_keys().next()))
    }

    /// A copy as a restored backup has it: without the shared index.
    fn copy(&self, suffixes: &[&str]) -> Self {
        let copy = Self::new();
        for suffix in suffixes {
            fs::copy(beside(&self.database(), suffix), beside(&copy.database(), suffix)).unwrap();
        }
        copy
    }
}

fn write(writer: &Connection, id: &str) {
    let store = format!(r#"{{"profiles":{{"{id}":{{}}}}}}"#);
    let replace = "INSERT OR REPLACE INTO auth_profile_store VALUES ('primary', ?1)";
    writer.execute(replace, [store]).unwrap();
}

fn first() -> Result<Option<String>, Failure> {
    Ok(Some("openai:first".to_owned()))
}

fn second() -> Result<Option<String>, Failure> {
    Ok(Some("openai:second".to_owned()))
}

#[test]
fn a_closed_database_is_read_and_stays_one_file() {
    let folder = Folder::new();
    folder.writer().close().unwrap();
    assert_eq!(folder.listing().len(), 1);
    assert_eq!(folder.read(), first());
}

#[test]
fn what_a_living_writer_has_not_flushed_is_read() {
    let folder = Folder::new();
    let writer = folder.writer();
    assert_eq!(folder.listing().len(), 3);
    assert_eq!(folder.read(), first());
    write(&writer, "openai:second");
    assert_eq!(folder.read(), second());
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    write(&writer, "openai:third");
    assert_eq!(folder.read(), second(), "not committed");
    writer.execute_batch("ROLLBACK; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    assert_eq!(folder.read(), second());
}

#[test]
fn a_log_without_its_index_is_read_without_making_one() {
    let folder = Folder::new();
    let writer = folder.writer();
    write(&writer, "openai:second");
    let copy = folder.copy(&["", "-wal"]);
    assert_eq!(copy.read(), second());
    assert_eq!(copy.listing().len(), 2);
    assert_eq!(folder.copy(&["", "-wal", "-shm"]).read(), second(), "a crash");
    let empty_log = folder.copy(&["", "-wal"]);
    writer.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    fs::copy(folder.database(), empty_log.database()).unwrap();
    fs::write(beside(&empty_log.database(), "-wal"), "").unwrap();
    assert_eq!(empty_log.read(), second());
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_to_the_log_of_its_target() {
    let (folder, links) = (Folder::new(), Folder::new());
    let writer = folder.writer();
    write(&writer, "openai:second");
    std::os::unix::fs::symlink(folder.database(), links.database()).unwrap();
    assert_eq!(links.read(), second());
    assert_eq!(folder.listing().len(), 3);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_read() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let writer = folder.writer();
    write(&writer, "openai:second");
    for suffixes in [["", "-wal", "-shm"].as_slice(), &["", "-wal"]] {
        let copy = folder.copy(suffixes);
        for suffix in suffixes {
            let read_only = fs::Permissions::from_mode(0o400);
            fs::set_permissions(beside(&copy.database(), suffix), read_only).unwrap();
        }
        fs::set_permissions(copy.0.path(), fs::Permissions::from_mode(0o500)).unwrap();
        let outcome = copy.read();
        fs::set_permissions(copy.0.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(outcome, second());
    }
}

#[test]
fn a_database_that_its_writer_keeps_to_itself_is_locked() {
    let folder = Folder::new();
    let writer = Connection::open(folder.database()).unwrap();
    writer.execute_batch(TABLE).unwrap();
    write(&writer, "openai:first");
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    write(&writer, "openai:second");
    assert_eq!(folder.read(), Err(Failure::Locked));
    writer.execute_batch("ROLLBACK").unwrap();
    assert_eq!(folder.read(), first());
}

#[test]
fn a_writer_without_an_index_file_is_read_at_its_last_commit() {
    let folder = Folder::new();
    folder.writer().close().unwrap();
    let writer = Connection::open(folder.database()).unwrap();
    writer.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE").unwrap();
    write(&writer, "openai:second");
    writer.execute_batch("COMMIT; BEGIN IMMEDIATE").unwrap();
    write(&writer, "openai:third");
    assert!(!folder.listing().contains_key("openclaw-agent.sqlite-shm"));
    assert_eq!(folder.read(), second());
}

/// Names the database of [`a_busy_writer`].
const BUSY: &str = "CODEX_PROFILER_TEST_BUSY_DATABASE";

/// The gateway of the next test, in a process of its own: within one process
/// SQLite shares what it knows of a database between reader and writer.
#[test]
#[ignore = "run by the test below"]
fn a_busy_writer() {
    let database = std::env::var_os(BUSY).unwrap();
    let mut writer = Connection::open(&database).unwrap();
    for round in 0..200 {
        write(&writer, &format!("openai:{round}"));
        if round % 20 == 0 {
            writer.close().unwrap();
            writer = Connection::open(&database).unwrap();
        }
    }
}

#[test]
fn reading_beside_a_busy_writer_is_always_one_whole_state() {
    let folder = Folder::new();
    folder.writer().close().unwrap();
    let mut writer = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::sqlite::tests::a_busy_writer", "--ignored"])
        .env(BUSY, folder.database())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut reads = 0;
    let status = loop {
        match agent(&folder.database()) {
            Ok(layer) => assert_eq!(layer.unwrap().entries.len(), 1),
            Err(failure) => assert_eq!(failure, Failure::Locked),
        }
        reads += 1;
        if let Some(status) = writer.try_wait().unwrap() {
            break status;
        }
    };
    assert!(status.success());
    assert!(reads > 1);
}

#[test]
fn what_changed_while_it_was_read_is_read_again() {
    let folder = Folder::new();
    folder.writer().close().unwrap();
    let database = folder.database();
    let changes = |times: usize| {
        let tries = std::cell::Cell::new(0);
        let outcome = read(&database, |connection| {
            tries.set(tries.get() + 1);
            if tries.get() <= times {
                // Opens, writes and is gone before anybody looks for its log.
                write(&Connection::open(&database).unwrap(), &"x".repeat(5000 * tries.get()));
            }
            cell(connection, &AGENT_STORE)
        });
        (tries.get(), outcome.map(|text| text.is_some()))
    };
    assert_eq!(changes(0), (1, Ok(true)));
    assert_eq!(changes(2), (3, Ok(true)));
    assert_eq!(changes(TRIES), (TRIES, Err(Failure::Locked)));
}

#[test]
fn what_is_not_the_gateways_table_is_malformed() {
    let folder = Folder::new();
    for schema in [
        "CREATE TABLE auth_profile_store(other TEXT)",
        "CREATE VIEW auth_profile_store AS SELECT 'primary' AS store_key, '{}' AS store_json",
        "CREATE TABLE auth_profile_store(store_key TEXT, store_json BLOB);
        INSERT INTO auth_profile_store VALUES ('primary', x'ff')",
        "CREATE TABLE auth_profile_store(store_key TEXT,
            store_json TEXT GENERATED ALWAYS AS (hex(zeroblob(2000))));
        INSERT INTO auth_profile_store VALUES ('primary')",
        "CREATE TABLE auth_profile_store(store_key TEXT, store_json TEXT,
            length INTEGER AS (length(store_json)) STORED);
        INSERT INTO auth_profile_store VALUES ('primary', '{\"profiles\":{}}')",
        "CREATE VIRTUAL TABLE auth_profile_store USING rtree(id, store_key, store_json)",
        "CREATE TABLE other(a); CREATE TRIGGER auth_profile_store AFTER INSERT ON other
            BEGIN SELECT 1; END",
        // A view that says of itself that it is a table.
        "CREATE TABLE auth_profile_store(store_key TEXT, store_json TEXT);
        PRAGMA writable_schema = ON;
        UPDATE sqlite_master SET sql =
            'CREATE VIEW auth_profile_store AS SELECT ''primary'' AS store_key, ''{}'' AS store_json'",
    ] {
        let database = folder.database();
        Connection::open(&database)
            .unwrap()
            .execute_batch(schema)
            .unwrap();
        assert_eq!(folder.read(), Err(Failure::Malformed), "{schema}");
        fs::remove_file(database).unwrap();
    }
    fs::write(folder.database(), "hello, this is text").unwrap();
    assert_eq!(folder.read(), Err(Failure::Malformed));
    let mut torn = MAGIC.to_vec();
    torn.resize(4096, 7);
    fs::write(folder.database(), torn).unwrap();
    assert_eq!(folder.read(), Err(Failure::Malformed));
}

#[test]
fn columns_that_a_later_gateway_adds_are_welcome() {
    let folder = Folder::new();
    let writer = folder.writer();
    let add = "ALTER TABLE auth_profile_store ADD COLUMN updated_at INTEGER DEFAULT 0;
        ALTER TABLE auth_profile_store ADD COLUMN note TEXT;
        CREATE INDEX newest ON auth_profile_store(updated_at);
        CREATE TRIGGER stamp AFTER INSERT ON auth_profile_store BEGIN SELECT 1; END";
    writer.execute_batch(add).unwrap();
    assert_eq!(folder.read(), first());
}

/// Work that a schema can ask for by an expression, here in the query itself.
#[test]
fn length_and_work_are_bounded() {
    let folder = Folder::new();
    folder.writer().close().unwrap();
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)";
    for query in [
        "SELECT hex(zeroblob(200000000))".to_owned(),
        format!("{many} SELECT length(group_concat(hex(zeroblob(1000000)))) FROM n"),
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
            .to_owned(),
    ] {
        let asked =
            read(
                &folder.database(),
                |connection| Ok(connection.query_row(&query, [], |_| Ok(()))?),
            );
        assert_eq!(asked, Err(Failure::TooLarge), "{query}");
    }
}

#[cfg(unix)]
#[test]
fn pipes_beside_a_database_are_not_waited_for() {
    for beside_it in [["-journal"].as_slice(), &["-wal"], &["-wal", "-shm"], &["-shm"]] {
        let folder = Folder::new();
        folder.writer().close().unwrap();
        for suffix in beside_it {
            let pipe = beside(&folder.database(), suffix);
            let made = std::process::Command::new("mkfifo").arg(pipe).status();
            assert!(made.unwrap().success());
        }
        let started = Instant::now();
        assert_eq!(agent(&folder.database()).err(), Some(Failure::Unreadable));
        assert!(started.elapsed() < DEADLINE, "{beside_it:?}");
    }
}

/// As SQLite does where a pipe is put in a file's place between the look and the opening.
#[cfg(unix)]
#[test]
fn a_read_that_does_not_end_is_not_waited_for() {
    let folder = Folder::new();
    let made = std::process::Command::new("mkfifo").arg(folder.database()).status();
    assert!(made.unwrap().success());
    let waits = |path: &Path| File::open(path).map(drop).map_err(|_| Failure::Unreadable);
    assert_eq!(in_time(&folder.database(), waits), Err(Failure::Locked));
}

#[test]
fn a_database_without_sign_ins_is_no_store() {
    let folder = Folder::new();
    assert_eq!(folder.read(), Ok(None));
    fs::write(folder.database(), "").unwrap();
    fs::write(beside(&folder.database(), "-wal"), "left over").unwrap();
    assert_eq!(folder.read(), Ok(None), "and SQLite did not delete the log");
    fs::remove_file(beside(&folder.database(), "-wal")).unwrap();
    Connection::open(folder.database()).unwrap().execute_batch(TABLE).unwrap();
    assert_eq!(folder.read(), Ok(None));
}

#[test]
fn a_huge_row_is_refused_unread() {
    let folder = Folder::new();
    let writer = Connection::open(folder.database()).unwrap();
    writer.execute_batch(TABLE).unwrap();
    let insert = "INSERT INTO auth_profile_store VALUES ('primary', zeroblob(50 << 20))";
    writer.execute_batch(insert).unwrap();
    drop(writer);
    assert_eq!(folder.read(), Err(Failure::TooLarge));
}

#[cfg(unix)]
#[test]
fn a_path_may_hold_what_means_something_in_a_uri() {
    let dir = tempfile::tempdir().unwrap();
    let odd = dir.path().join("a?mode=rwc#b%20c d&é");
    fs::create_dir(&odd).unwrap();
    let writer = Connection::open(path(&odd)).unwrap();
    writer.execute_batch(TABLE).unwrap();
    write(&writer, "openai:first");
    drop(writer);
    assert!(agent(&path(&odd)).unwrap().is_some());
}

#[test]
fn an_owner_is_one_of_two() {
    assert_eq!(owner_named(r#"{"location":"state-db"}"#), Owner::State);
    assert_eq!(owner_named(r#"{"location":"legacy-main"}"#), Owner::Main);
    assert_eq!(owner_named("{"), Owner::Unsaid);
}

#[test]
fn a_path_of_windows_has_no_prefix_in_a_uri() {
    for (path, expected) in [
        (r"\\?\C:\Users\me\x.sqlite", "/C:/Users/me/x.sqlite"),
        (r"C:\Users\me\x.sqlite", "/C:/Users/me/x.sqlite"),
        (r"\\?\UNC\host\share\x.sqlite", "//host/share/x.sqlite"),
        (r"\\host\share\x.sqlite", "//host/share/x.sqlite"),
        (r"folder\x.sqlite", "folder/x.sqlite"),
    ] {
        assert_eq!(slashed(path), expected);
    }
}

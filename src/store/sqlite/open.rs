//! Opens the database: pragmas, migrations, and hints for the operator in its errors.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::files::{Files, refuse_lost};
use jobs_error::{Error, Result};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("sqlite/migrations");

/// How long a connection waits for the lock of another process, in milliseconds.
pub(super) const BUSY_MS: u32 = 5_000;

/// Opens the connection of the writer, and creates or migrates the tables. A missing file is created.
pub(super) fn writing(path: &Path) -> Result<(SqliteConnection, Files)> {
    refuse_lost(path)?;
    // First the mode of the database: SQLite gives the same mode to the files that it creates beside it.
    only_ours(path).map_err(|error| while_opening(path, error))?;
    reopened(path).map_err(|error| while_opening(path, error))
}

/// Opens the connection of the writer to a file that exists.
pub(super) fn reopened(path: &Path) -> Result<(SqliteConnection, Files)> {
    // Before anything of it is read. A missing file is none of another account.
    refuse_unsafe(path)?;
    // Before the connection: the file is closed after it.
    let held = jobs_fs::open_file(path)
        .map_err(|error| Error::io(format!("cannot open `{}`", path.display()), error))?;
    let connection = opened(path)?;
    Ok((connection, Files::of(path, held)?))
}

/// Checks a file that has come to the place of the database: whether it is sound, and a database of this program.
pub(super) fn check(path: &Path) -> Result<()> {
    refuse_unsafe(path)?;
    let mut connection = reading(path)?;
    let found = diesel::sql_query("PRAGMA quick_check(1)")
        .get_result::<Soundness>(&mut connection)
        .map_err(|error| at(path, store_error(error)))?;
    if found.quick_check != "ok" {
        return Err(at(path, Error::Store(explain("malformed"))));
    }
    connection
        .batch_execute("SELECT 1 FROM executions, jobs LIMIT 1")
        .map_err(|error| at(path, store_error(error)))
}

#[derive(QueryableByName)]
struct Soundness {
    #[diesel(sql_type = Text)]
    quick_check: String,
}

fn opened(path: &Path) -> Result<SqliteConnection> {
    let mut connection = connect(path)?;
    // The order matters: each pragma may need the one before. FULL: an acknowledged commit survives a power cut.
    connection
        .batch_execute(&format!(
            "PRAGMA busy_timeout = {BUSY_MS};
             PRAGMA journal_mode = WAL;
             PRAGMA foreign_keys = ON;
             PRAGMA synchronous = FULL;
             PRAGMA journal_size_limit = 67108864;"
        ))
        .map_err(|error| at(path, store_error(error)))?;
    refuse_newer(&mut connection, path)?;
    connection
        .run_pending_migrations(MIGRATIONS)
        .map_err(|error| at(path, Error::Store(explain(&error.to_string()))))?;
    super::fill::fill(&mut connection).map_err(|error| at(path, error))?;
    // The queries suit a history of any length. Statistics from an ANALYZE of a short history would make SQLite scan all of a
    // long one.
    connection
        .batch_execute("DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4;")
        .map_err(|error| at(path, store_error(error)))?;
    Ok(connection)
}

/// Replaces an error of opening when the disk is full: SQLite may report a full disk as an I/O error.
fn while_opening(path: &Path, error: Error) -> Error {
    if !is_full(path.parent().unwrap_or(path)) {
        return error;
    }
    Error::Store(format!(
        "`{}`: the disk is full\nhint: free some space, then start again",
        path.display()
    ))
}

#[cfg(unix)]
fn is_full(folder: &Path) -> bool {
    rustix::fs::statvfs(folder).is_ok_and(|disk| disk.f_bavail == 0)
}

#[cfg(not(unix))]
fn is_full(_: &Path) -> bool {
    false
}

/// Page cache of a reader, in KiB. Small, because a count over all jobs would fill any cache; the system caches the rest.
const READER_CACHE_KIB: u32 = 512;

/// Opens a connection that can only read.
pub(super) fn reading(path: &Path) -> Result<SqliteConnection> {
    prepare_reader(connect(path)?, path)
}

fn prepare_reader(mut connection: SqliteConnection, path: &Path) -> Result<SqliteConnection> {
    connection
        .batch_execute(&format!(
            "PRAGMA busy_timeout = {BUSY_MS}; PRAGMA query_only = ON; PRAGMA cache_size = -{READER_CACHE_KIB};"
        ))
        .map_err(|error| at(path, store_error(error)))?;
    Ok(connection)
}

/// Opens a connection to a file that exists: SQLite would create a missing one, at the place of a database that was moved.
fn connect(path: &Path) -> Result<SqliteConnection> {
    establish(path, "rw")
}

/// Opens a connection that can't write, and creates no file. SQLite refuses to write whatever the statements are.
pub(super) fn read_only(path: &Path) -> Result<SqliteConnection> {
    prepare_reader(establish(path, "ro")?, path)
}

fn establish(path: &Path, mode: &str) -> Result<SqliteConnection> {
    let text = path.to_str().ok_or_else(|| {
        Error::invalid(
            "database.path",
            format!("`{}` is not UTF-8", path.display()),
        )
    })?;
    let address = match cfg!(unix) && path.is_absolute() {
        true => format!("file:{}?mode={mode}", escaped(text)),
        // No URI: SQLite creates a missing file, without tables.
        false => text.to_string(),
    };
    SqliteConnection::establish(&address)
        .map_err(|error| at(path, Error::Store(explain(&error.to_string()))))
}

/// A path as SQLite reads it in a URI.
fn escaped(path: &str) -> String {
    path.replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23")
}

/// Refuses a database with migrations that this version does not know: a newer version has written it.
fn refuse_newer(connection: &mut SqliteConnection, path: &Path) -> Result<()> {
    let known: Vec<String> = MigrationSource::<Sqlite>::migrations(&MIGRATIONS)
        .map_err(|error| Error::Store(error.to_string()))?
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    let applied = connection
        .applied_migrations()
        .map_err(|error| at(path, Error::Store(explain(&error.to_string()))))?;
    match applied
        .iter()
        .find(|version| !known.contains(&version.to_string()))
    {
        None => Ok(()),
        Some(version) => Err(at(
            path,
            Error::Store(format!(
                "the database was written by a newer version of jobs (it has migration {version}); \
                 use that version, or restore an older copy of the database"
            )),
        )),
    }
}

/// Creates the file with mode 0600 if it is missing, since the database contains commands and their output. Refuses one that
/// another account could have written.
///
/// The folder was checked before: only root and the own account can replace a file in it.
#[cfg(unix)]
fn only_ours(path: &Path) -> Result<()> {
    refuse_foreign_files(path)?;
    let mut options = std::fs::OpenOptions::new();
    match jobs_fs::private(options.create_new(true).write(true)).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => restrict(path),
        Err(error) => Err(Error::io(
            format!("cannot make `{}`", path.display()),
            error,
        )),
    }
}

/// Checks the files at the place of the database before they are opened, at a start and by a running daemon: refuses those
/// that another account could have written, and takes the right to read from others.
#[cfg(unix)]
pub(super) fn refuse_unsafe(path: &Path) -> Result<()> {
    refuse_foreign_files(path)?;
    match path.exists() {
        true => restrict(path),
        false => Ok(()),
    }
}

#[cfg(not(unix))]
pub(super) fn refuse_unsafe(_: &Path) -> Result<()> {
    Ok(())
}

/// SQLite opens files beside the database that are there when it opens or makes the database.
#[cfg(unix)]
fn refuse_foreign_files(path: &Path) -> Result<()> {
    ["-wal", "-shm", "-journal", ""]
        .map(|end| beside(path, end))
        .iter()
        .try_for_each(|file| refuse_foreign(file))
}

/// Refuses a database with several names, and takes the right to read from others.
#[cfg(unix)]
fn restrict(path: &Path) -> Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let failed = |error| {
        Error::io(
            format!("cannot set the mode of `{}`", path.display()),
            error,
        )
    };
    let found = std::fs::symlink_metadata(path).map_err(failed)?;
    if found.nlink() > 1 {
        let names = found.nlink();
        return Err(Error::Conflict(format!(
            "the database `{0}` has {names} names (hard links): a daemon that opens it by another name would damage it\n\
             hint: `find / -xdev -samefile {0}` shows the names; remove all but one, or `cp` the file and use the copy",
            path.display()
        )));
    }
    if found.mode() & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)
}

#[cfg(unix)]
fn beside(path: &Path, end: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Refuses a file of the database that is a link, that another account owns, or that others may write to.
#[cfg(unix)]
fn refuse_foreign(file: &Path) -> Result<()> {
    use jobs_fs::{PlaceError, Problem, Refusal};
    let refusal = match std::fs::symlink_metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Ok(found) if found.is_symlink() => std::fs::read_link(file).map(|target| Refusal {
            path: file.to_path_buf(),
            problem: Problem::Link(target),
        }),
        // The folder is the daemon's own by now, so this finds what is wrong with the file.
        Ok(found) if found.is_file() => match jobs_fs::check_file(file) {
            Ok(_) => return Ok(()),
            Err(PlaceError::Refused(refusal)) => Ok(refusal),
            Err(PlaceError::Io { error, .. }) => Err(error),
        },
        Ok(_) => Err(std::io::Error::other("it is not a file")),
        Err(error) => Err(error),
    };
    Err(match refusal {
        Ok(refusal) => Error::Conflict(format!("{refusal}\nhint: {}", refusal.mend())),
        Err(error) => Error::io(format!("cannot use `{}`", file.display()), error),
    })
}

#[cfg(not(unix))]
fn only_ours(_: &Path) -> Result<()> {
    Ok(())
}

/// Converts an error of diesel to an error of the store.
pub(super) fn store_error(error: diesel::result::Error) -> Error {
    Error::Store(explain(&error.to_string()))
}

fn at(path: &Path, error: Error) -> Error {
    match error {
        Error::Store(problem) => Error::Store(format!("`{}`: {problem}", path.display())),
        other => other,
    }
}

/// SQLite's message with a hint for the operator. For people only: no code decides by this text.
fn explain(sentence: &str) -> String {
    let advice = [
        (
            "disk is full",
            "free some space; the daemon goes on by itself",
        ),
        (
            "database is locked",
            "another process holds it; end that process",
        ),
        (
            "readonly database",
            "check the owner and the mode of the file and its folder",
        ),
        (
            "malformed",
            "the file is damaged; restore a copy, or try `sqlite3 FILE .recover`",
        ),
        ("not a database", "check `database.path`, or restore a copy"),
        (
            "unable to open database file",
            "check that its folder exists and can be written",
        ),
        ("disk I/O error", "check the disk and the system's log"),
    ];
    match advice.iter().find(|(part, _)| sentence.contains(part)) {
        Some((_, advice)) => format!("{sentence}\nhint: {advice}"),
        None => sentence.to_string(),
    }
}

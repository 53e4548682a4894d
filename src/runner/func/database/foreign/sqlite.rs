//! Queries and changes on SQLite files of others, and queries on the daemon's own database.
//!
//! A query cannot write, for four reasons, each of which is enough: the file is opened read-only, `query_only` is
//! set, an authorizer checks every action while the statement is compiled, and the compiled statement itself reports
//! whether it writes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Statement};

use super::Place;
use super::values::{self, Gathering};
use jobs_error::{Error, Result};
use jobs_fs::PlaceError;
use jobs_model::Rows;
use jobs_work as work;

/// How long to wait while another process has locked the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Upper bound on a value that SQLite creates or reads, in bytes.
const MAX_VALUE_BYTES: i32 = 64 * 1024 * 1024;

/// Pragmas that only read, with or without a value.
const READING_PRAGMAS: [&str; 14] = [
    "collation_list",
    "compile_options",
    "database_list",
    "foreign_key_check",
    "foreign_key_list",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "module_list",
    "pragma_list",
    "quick_check",
    "table_info",
];

/// Pragmas that only read without a value; with one they write.
const READING_WITHOUT_VALUE: [&str; 14] = [
    "application_id",
    "auto_vacuum",
    "data_version",
    "encoding",
    "foreign_keys",
    "freelist_count",
    "journal_mode",
    "page_count",
    "page_size",
    "query_only",
    "schema_version",
    "synchronous",
    "table_list",
    "user_version",
];

/// The first action that the authorizer refused while a statement was compiled.
type Refused = Arc<Mutex<Option<String>>>;

/// Runs one query. With `is_ours`, the database contains the work of jobs, whose secrets are shown as `***`.
pub(super) fn query(
    place: Place<'_>,
    path: &Path,
    is_ours: bool,
    sql: &str,
    most: usize,
) -> Result<Rows> {
    super::check(place, sql)?;
    let connection = open(place, path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let refused = Refused::default();
    only_reads(&connection, is_ours, &refused)
        .map_err(|error| sqlite_error(place, path, &error))?;
    let mut statement = connection
        .prepare(sql)
        .map_err(|error| match taken(&refused) {
            Some(what) => writes(place, &what),
            None => sqlite_error(place, path, &error),
        })?;
    if !statement.readonly() {
        return Err(writes(place, "this would write"));
    }
    gather(&connection, &mut statement, is_ours, most)
        .map_err(|error| sqlite_error(place, path, &error))
}

/// Runs one statement, which takes effect completely or not at all. Returns the number of changed rows.
pub(super) fn execute(place: Place<'_>, path: &Path, sql: &str) -> Result<u64> {
    super::check(place, sql)?;
    let connection = open(place, path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let refused = Refused::default();
    stays_in_file(&connection, &refused).map_err(|error| sqlite_error(place, path, &error))?;
    change(&connection, sql).map_err(|error| match taken(&refused) {
        Some(what) => place.error(what),
        None => sqlite_error(place, path, &error),
    })?;
    if !connection.is_autocommit() {
        return Err(place.error(
            "a transaction that begins here would end here; nothing was changed\n\
             hint: a statement is a transaction of its own",
        ));
    }
    Ok(connection.changes())
}

fn change(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    // `RETURNING` and some pragmas return rows; ignore them.
    while rows.next()?.is_some() {}
    Ok(())
}

/// Opens an existing file. SQLite also opens, and removes, files beside it whose content decides what happens: so no other account
/// may be able to write to the file or to a folder above it.
fn open(place: Place<'_>, path: &Path, access: OpenFlags) -> Result<Connection> {
    let checked = match jobs_fs::check_file(path) {
        Ok(found) => found,
        Err(PlaceError::Refused(refusal)) => {
            return Err(place.error(format!(
                "{refusal}\nhint: {}, or let the job run as the owner of the file (--user)",
                refusal.mend()
            )));
        }
        Err(PlaceError::Io { error, .. }) => {
            return Err(place.error(format!("`{}` can't be opened: {error}", path.display())));
        }
    };
    let path = checked.as_deref().unwrap_or(path);
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(place.error(format!("`{}` is not a file", path.display()))),
        Err(error) => {
            return Err(place.error(format!(
                "`{}` can't be opened: {error}; it has to be there already",
                path.display()
            )));
        }
    }
    let opened = || {
        let connection =
            Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)?;
        // The author of the file must not decide which functions are called while it is read.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        Ok(connection)
    };
    opened().map_err(|error| sqlite_error(place, path, &error))
}

/// Tables of the daemon's own database about access and audit. Neither jobs nor readers of their output may see them.
const ACCESS_TABLES: [&str; 4] = ["admins", "tokens", "networks", "audit"];

/// Restricts a connection to reading; in the daemon's own database without the tables about access.
fn only_reads(connection: &Connection, is_ours: bool, refused: &Refused) -> rusqlite::Result<()> {
    connection.pragma_update(None, "query_only", true)?;
    let refused = Arc::clone(refused);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        if is_ours
            && let AuthAction::Read { table_name, .. } = context.action
            && let Some(table) = ACCESS_TABLES
                .iter()
                .find(|table| table.eq_ignore_ascii_case(table_name))
        {
            return refuse(
                &refused,
                format!("this would read `{table}`, which is not for jobs"),
            );
        }
        if reads(context.action) {
            return Authorization::Allow;
        }
        refuse(
            &refused,
            format!("this would {}", action_in_words(context.action)),
        )
    }))
}

/// Restricts a connection to changes of its own file.
fn stays_in_file(connection: &Connection, refused: &Refused) -> rusqlite::Result<()> {
    let refused = Arc::clone(refused);
    connection.authorizer(Some(move |context: AuthContext<'_>| match context.action {
        // VACUUM itself attaches a file without a name.
        AuthAction::Attach { filename: "" } => Authorization::Allow,
        AuthAction::Attach { filename } => refuse(
            &refused,
            format!("a statement changes its own database only, and this would open `{filename}`"),
        ),
        AuthAction::Function { function_name } if loads(function_name) => {
            refuse(&refused, format!("this would call `{function_name}`"))
        }
        _ => Authorization::Allow,
    }))
}

fn refuse(refused: &Refused, what: String) -> Authorization {
    refused.lock().get_or_insert(what);
    Authorization::Deny
}

fn taken(refused: &Refused) -> Option<String> {
    refused.lock().take()
}

fn reads(action: AuthAction<'_>) -> bool {
    let is_one_of =
        |names: &[&str], name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    match action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => !loads(function_name),
        AuthAction::Pragma {
            pragma_name,
            pragma_value,
        } => {
            is_one_of(&READING_PRAGMAS, pragma_name)
                || pragma_name.eq_ignore_ascii_case("table_xinfo")
                || (pragma_value.is_none() && is_one_of(&READING_WITHOUT_VALUE, pragma_name))
        }
        // SQLite compiles such statements when a query reads an R-tree, but does not run them. A statement of this
        // kind in the query itself reports that it writes.
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name } => ["_node", "_rowid", "_parent"]
            .iter()
            .any(|end| table_name.ends_with(end)),
        _ => false,
    }
}

/// Functions that load code.
fn loads(function: &str) -> bool {
    ["load_extension", "fts3_tokenizer"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(function))
}

/// An action in words.
fn action_in_words(action: AuthAction<'_>) -> String {
    match action {
        AuthAction::Insert { table_name } => format!("insert into `{table_name}`"),
        AuthAction::Update { table_name, .. } => format!("update `{table_name}`"),
        AuthAction::Delete { table_name } => format!("delete from `{table_name}`"),
        AuthAction::Pragma { pragma_name, .. } => format!("use the pragma `{pragma_name}`"),
        AuthAction::Function { function_name } => format!("call `{function_name}`"),
        AuthAction::Attach { filename } => format!("open `{filename}`"),
        AuthAction::Detach { database_name } => format!("close `{database_name}`"),
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => {
            "begin or end a transaction".into()
        }
        AuthAction::AlterTable { table_name, .. } => format!("alter `{table_name}`"),
        AuthAction::Analyze { .. } | AuthAction::Reindex { .. } => "rebuild an index".into(),
        _ => "change the tables".into(),
    }
}

fn gather(
    connection: &Connection,
    statement: &mut Statement<'_>,
    is_ours: bool,
    most: usize,
) -> rusqlite::Result<Rows> {
    let columns: Vec<String> = statement
        .column_names()
        .iter()
        .map(|name| values::text(name.as_bytes()))
        .collect();
    let width = columns.len();
    let mut real = connection.prepare("SELECT CAST(?1 AS TEXT)")?;
    let mut gathering = Gathering::new(columns, most);
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if !gathering.takes_another() {
            break;
        }
        gathering.add(shown(row, width, is_ours, &mut real)?);
    }
    Ok(gathering.end())
}

fn shown(
    row: &Row<'_>,
    width: usize,
    is_ours: bool,
    real: &mut Statement<'_>,
) -> rusqlite::Result<Vec<Option<String>>> {
    (0..width)
        .map(|column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Null => None,
                ValueRef::Integer(number) => Some(number.to_string()),
                // Format the number as SQLite and its shell do.
                ValueRef::Real(number) => real.query_row([number], |row| row.get(0))?,
                ValueRef::Text(text) if is_ours => {
                    let text = String::from_utf8_lossy(text);
                    Some(values::text(
                        work::masked_text_of_any_mode(&text).as_bytes(),
                    ))
                }
                ValueRef::Text(text) => Some(values::text(text)),
                ValueRef::Blob(bytes) => Some(values::blob(bytes)),
            })
        })
        .collect()
}

fn writes(place: Place<'_>, what: &str) -> Error {
    let hint = match place {
        Place::Own => "the daemon's own database is changed by the commands of jobs only",
        Place::Named(_) => "use `Database execute,SQL,NAME`",
    };
    place.error(format!("`query` only reads, and {what}\nhint: {hint}"))
}

/// An error of SQLite with a remedy.
fn sqlite_error(place: Place<'_>, path: &Path, error: &rusqlite::Error) -> Error {
    let sentence = match error {
        rusqlite::Error::MultipleStatement => {
            return place.error("there is more than one statement; one is taken at a time");
        }
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    let path = path.display();
    let problem = match error.sqlite_error_code() {
        Some(ErrorCode::ApiMisuse) => "there is no statement".to_string(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("{sentence}: another process holds `{path}`")
        }
        Some(ErrorCode::CannotOpen) => {
            format!("`{path}`: {sentence}; check the owner and the mode of the file and its folder")
        }
        Some(ErrorCode::ReadOnly) => format!(
            "`{path}`: {sentence}; this account can't write it or its folder, which in WAL mode even reading needs"
        ),
        Some(ErrorCode::TooBig) => {
            format!("{sentence}; ask for a part of it with `substr`, or for its `length`")
        }
        Some(
            ErrorCode::PermissionDenied
            | ErrorCode::NotADatabase
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure,
        ) => format!("`{path}`: {sentence}"),
        _ => sentence,
    };
    place.error(problem)
}

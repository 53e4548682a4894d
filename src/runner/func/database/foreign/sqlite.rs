//! SQLite files that are not ours, and ours to read only.
//!
//! A query can't write for four reasons, each enough by itself: the file is opened to read only, SQLite is told so once more
//! (`query_only`), every action that a statement consists of is looked at while it is compiled, and the compiled statement
//! says of itself whether it writes.

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
use crate::error::{Error, Result};
use crate::model::Rows;
use crate::work;

/// How long a connection waits for another process that holds the database.
const BUSY: Duration = Duration::from_secs(5);

/// The longest value that SQLite may make or read, in bytes.
const LONGEST_VALUE: i32 = 64 * 1024 * 1024;

/// Pragmas that read, whether they are given something or not.
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

/// Pragmas that read, and would write if they were given something.
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

/// What was refused first while a statement was compiled.
type Refused = Arc<Mutex<Option<String>>>;

/// Reads with one statement. In what `is_ours`, the work of jobs stands, and that may hold secrets: they read as `***`.
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

/// Does one statement, which is kept as a whole or not at all; how many rows it has changed.
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
    // `RETURNING` and some pragmas have rows; nobody wants them.
    while rows.next()?.is_some() {}
    Ok(())
}

/// Opens a file that is there.
fn open(place: Place<'_>, path: &Path, access: OpenFlags) -> Result<Connection> {
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
        connection.busy_timeout(BUSY)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE)?;
        // Whoever wrote the file does not get to say what is called while it is read.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        Ok(connection)
    };
    opened().map_err(|error| sqlite_error(place, path, &error))
}

/// The tables of our own that say who may come in, and what they did: they are not for jobs, nor for whoever reads their output.
const OF_ACCESS: [&str; 4] = ["admins", "tokens", "networks", "audit"];

/// Lets a connection read and nothing else; of our own database not what is about access.
fn only_reads(connection: &Connection, is_ours: bool, refused: &Refused) -> rusqlite::Result<()> {
    connection.pragma_update(None, "query_only", true)?;
    let refused = Arc::clone(refused);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        if is_ours
            && let AuthAction::Read { table_name, .. } = context.action
            && let Some(table) = OF_ACCESS
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
        refuse(&refused, format!("this would {}", deed(context.action)))
    }))
}

/// Lets a connection change its own file and no other.
fn stays_in_file(connection: &Connection, refused: &Refused) -> rusqlite::Result<()> {
    let refused = Arc::clone(refused);
    connection.authorizer(Some(move |context: AuthContext<'_>| match context.action {
        // VACUUM attaches a file without a name for itself.
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
        // SQLite compiles statements for both when somebody reads an R-tree. None of them is carried out, and one that
        // somebody gives us says of itself that it writes.
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name } => ["_node", "_rowid", "_parent"]
            .iter()
            .any(|end| table_name.ends_with(end)),
        _ => false,
    }
}

/// Functions that bring in code.
fn loads(function: &str) -> bool {
    ["load_extension", "fts3_tokenizer"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(function))
}

/// What an action would do.
fn deed(action: AuthAction<'_>) -> String {
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
                // SQLite's own way to write it, which its shell has too.
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

/// What SQLite says, and what can be done about it.
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

//! Queries and changes on MySQL and MariaDB.
//!
//! A query cannot change a table, for two reasons. The server runs it in a read-only transaction, which refuses
//! changes by any routine and on any engine. And a statement that such a transaction does not prevent from doing harm
//! itself (files, settings, locks) is refused by [`super::tokens`]. Every statement is sent through `PREPARE`, which
//! accepts exactly one statement.
//!
//! One case remains: an existing stored function that the query calls, directly or through a view. No transaction
//! keeps its body from `SELECT ... INTO OUTFILE` or `SET GLOBAL`; only the rights of the account do. An account
//! without `EXECUTE` cannot call it, but through a view it runs with the rights of the view's author.

use std::fmt::Write;
use std::io::ErrorKind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use mysql::consts::ColumnType;
use mysql::prelude::Queryable;
use mysql::{Column, Conn, DriverError, LocalInfileHandler, OptsBuilder, SslOpts, Value};

use super::Place;
use super::address::{Server, Tls};
use super::tokens::{self, Quoting};
use super::values::{self, Gathering};
use jobs_error::Result;
use jobs_model::Rows;

/// Timeout for connecting and logging in.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 15 });

/// Upper bound on the silence of the server. A statement may take long; the timeout of the job limits it.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(3600);

/// Idle time after which TCP probes whether the server's machine is still reachable, in milliseconds.
const KEEPALIVE_MS: u32 = 30_000;

/// Upper bound on a row, in bytes.
const MAX_ROW_BYTES: usize = 64 * 1024 * 1024;

/// The number of the character set `binary`, used by columns without characters.
const BINARY: u16 = 63;

/// Error code of the server: a change in a read-only transaction.
const READ_ONLY: u16 = 1792;
const SYNTAX: u16 = 1064;
const NOT_PREPARED: u16 = 1295;

/// The error of a statement: a message of ours, or an error of the library.
enum Trouble {
    Ours(String),
    Theirs(mysql::Error),
}

impl From<mysql::Error> for Trouble {
    fn from(error: mysql::Error) -> Trouble {
        Trouble::Theirs(error)
    }
}

type Done<T> = std::result::Result<T, Trouble>;

/// The messages of the thread that talks to the server.
enum Progress<T> {
    NotConnected(mysql::Error),
    Connected,
    Done(Done<T>),
}

/// Runs one query.
pub(super) fn query(place: Place<'_>, server: Server, sql: &str, most: usize) -> Result<Rows> {
    super::check(place, sql)?;
    let sql = sql.to_string();
    on_server(place, server, move |connection| {
        tokens::only_reads(&sql, quoting(connection)?).map_err(Trouble::Ours)?;
        // Set the session too, in case the statement ends the transaction.
        connection.query_drop("SET SESSION TRANSACTION READ ONLY")?;
        connection.query_drop("START TRANSACTION READ ONLY")?;
        prepare(connection, &sql)?;
        let rows = gather(connection, most)?;
        Ok(rows)
    })
}

/// Runs one statement and returns the number of changed rows.
pub(super) fn execute(place: Place<'_>, server: Server, sql: &str) -> Result<u64> {
    super::check(place, sql)?;
    let sql = sql.to_string();
    on_server(place, server, move |connection| {
        let quoting = quoting(connection)?;
        // With a transaction the server rolls the change back when this process is ended; otherwise it would finish
        // it.
        connection.query_drop("START TRANSACTION")?;
        prepare(connection, &sql).map_err(|trouble| match trouble {
            Trouble::Theirs(mysql::Error::MySqlError(error))
                if error.code == SYNTAX && tokens::is_many(&sql, quoting) =>
            {
                Trouble::Ours("there is more than one statement; one is taken at a time".into())
            }
            other => other,
        })?;
        let returns = matches!(
            tokens::keyword(&sql, quoting).as_deref(),
            Some("INSERT" | "REPLACE" | "DELETE" | "UPDATE")
        );
        let changed = carry_out(connection, returns)?;
        connection.query_drop("COMMIT")?;
        Ok(changed)
    })
}

/// Logs in and runs `work`, in a thread of its own: nothing else gets away from a server that accepts a connection
/// and then stays silent, and the library panics on some malformed responses.
fn on_server<T: Send + 'static>(
    place: Place<'_>,
    server: Server,
    work: impl FnOnce(&mut Conn) -> Done<T> + Send + 'static,
) -> Result<T> {
    let at = server.place();
    let password = server.password.clone();
    let (sender, receiver) = channel();
    std::thread::Builder::new()
        .name("mysql".into())
        .spawn(move || run_on_server(server, work, &sender))
        .map_err(|error| place.error(format!("cannot start a thread: {error}")))?;
    outcome(&receiver, &at).map_err(|problem| place.error(without(problem, password.reveal())))
}

fn run_on_server<T>(
    server: Server,
    work: impl FnOnce(&mut Conn) -> Done<T>,
    sender: &Sender<Progress<T>>,
) {
    // The caller may have given up: ignore send errors.
    let progress = match connect(server) {
        Err(error) => Progress::NotConnected(error),
        Ok(mut connection) => {
            let _ = sender.send(Progress::Connected);
            Progress::Done(work(&mut connection))
        }
    };
    let _ = sender.send(progress);
}

fn outcome<T>(receiver: &Receiver<Progress<T>>, at: &str) -> std::result::Result<T, String> {
    let progress = match receiver.recv_timeout(CONNECT_TIMEOUT) {
        Ok(Progress::Connected) => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
        other => other,
    };
    match progress {
        Ok(Progress::Done(Ok(value))) => Ok(value),
        Ok(Progress::Done(Err(Trouble::Ours(problem)))) => Err(problem),
        Ok(Progress::Done(Err(Trouble::Theirs(error)))) => Err(sentence(&error)),
        Ok(Progress::NotConnected(error)) => {
            Err(format!("cannot connect to {at}: {}", greeting(&error)))
        }
        Err(RecvTimeoutError::Timeout) => Err(format!(
            "cannot connect to {at}: no answer within {} s",
            CONNECT_TIMEOUT.as_secs()
        )),
        Ok(Progress::Connected) | Err(RecvTimeoutError::Disconnected) => Err(format!(
            "the server at {at} gives an answer that makes no sense"
        )),
    }
}

fn connect(server: Server) -> std::result::Result<Conn, mysql::Error> {
    if let Some(ca) = &server.ca {
        // The library's own error does not name the file, and it would wait for a pipe.
        jobs_fs::open_file(ca).map_err(|error| {
            std::io::Error::new(error.kind(), format!("`{}`: {error}", ca.display()))
        })?;
    }
    let tls = (server.tls != Tls::Off).then(|| {
        SslOpts::default()
            .with_danger_accept_invalid_certs(server.tls == Tls::Unverified)
            .with_danger_skip_domain_validation(server.tls == Tls::Unverified)
            .with_root_cert_path(server.ca)
    });
    let host = if server.host.contains(':') {
        format!("[{}]", server.host)
    } else {
        server.host
    };
    let options = OptsBuilder::new()
        .ip_or_hostname(Some(host))
        .tcp_port(server.port)
        .socket(server.socket)
        // Use exactly the configured address, not a local socket instead of it.
        .prefer_socket(false)
        .user(Some(server.user))
        .pass(Some(server.password.reveal()))
        .db_name(server.base)
        .ssl_opts(tls)
        .tcp_connect_timeout(Some(CONNECT_TIMEOUT))
        .tcp_keepalive_time_ms(Some(KEEPALIVE_MS))
        .read_timeout(Some(SILENCE_TIMEOUT))
        .write_timeout(Some(SILENCE_TIMEOUT))
        .max_allowed_packet(Some(MAX_ROW_BYTES))
        // Never send a file of this machine, whether a statement or a malicious server asks for it.
        .local_infile_handler(Some(LocalInfileHandler::new(|_, _| {
            Err(std::io::Error::other(
                "files of this machine are not sent to the server",
            ))
        })))
        .init(vec!["SET NAMES utf8mb4"]);
    Conn::new(options)
}

fn quoting(connection: &mut Conn) -> Done<Quoting> {
    let mode: Option<String> = connection.query_first("SELECT @@SESSION.sql_mode")?;
    Ok(Quoting::of_mode(&mode.unwrap_or_default()))
}

/// Prepares the statement on the server, so that no part of it can be taken for a second one. It is sent in hex, in
/// which quotes have no meaning.
fn prepare(connection: &mut Conn, sql: &str) -> Done<()> {
    let mut hex = String::with_capacity(sql.len() * 2);
    for byte in sql.bytes() {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    connection.query_drop(format!("SET @jobs_sql = CONVERT(x'{hex}' USING utf8mb4)"))?;
    connection.query_drop("PREPARE jobs_statement FROM @jobs_sql")?;
    Ok(())
}

fn gather(connection: &mut Conn, most: usize) -> Done<Rows> {
    let mut result = connection.query_iter("EXECUTE jobs_statement")?;
    let columns: Vec<Column> = result.columns().as_ref().to_vec();
    let names = columns
        .iter()
        .map(|column| values::text(column.name_ref()))
        .collect();
    let mut gathering = Gathering::new(names, most);
    while let Some(row) = result.next() {
        let row = row?.unwrap_raw();
        if !gathering.takes_another() {
            // Dropping the result would read all remaining rows, so leave it; the connection ends in the middle of
            // it.
            std::mem::forget(result);
            return Ok(gathering.end());
        }
        let row = row.into_iter().zip(&columns);
        gathering.add(row.map(|(value, column)| shown(value, column)).collect());
    }
    Ok(gathering.end())
}

/// Executes the prepared statement and returns the number of changed rows. With `returns`, rows that it returns count
/// as changed.
fn carry_out(connection: &mut Conn, returns: bool) -> Done<u64> {
    let mut result = connection.query_iter("EXECUTE jobs_statement")?;
    let mut changed = 0_u64;
    while let Some(set) = result.iter() {
        changed = changed.saturating_add(set.affected_rows());
        for row in set {
            row?;
            changed = changed.saturating_add(u64::from(returns));
        }
    }
    Ok(changed)
}

fn shown(value: Option<Value>, column: &Column) -> Option<String> {
    let bytes = match value {
        None | Some(Value::NULL) => return None,
        Some(Value::Bytes(bytes)) => bytes,
        // Values of the text protocol never take this form.
        Some(other) => return Some(other.as_sql(true)),
    };
    Some(match column.column_type() {
        ColumnType::MYSQL_TYPE_BIT if bytes.len() <= 8 => bytes
            .iter()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
            .to_string(),
        ColumnType::MYSQL_TYPE_GEOMETRY => values::blob(&bytes),
        kind if column.character_set() == BINARY && has_characters(kind) => values::blob(&bytes),
        _ => values::text(&bytes),
    })
}

/// Whether the type holds text, unless its character set is binary.
fn has_characters(kind: ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::MYSQL_TYPE_VARCHAR
            | ColumnType::MYSQL_TYPE_VAR_STRING
            | ColumnType::MYSQL_TYPE_STRING
            | ColumnType::MYSQL_TYPE_TINY_BLOB
            | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
            | ColumnType::MYSQL_TYPE_LONG_BLOB
            | ColumnType::MYSQL_TYPE_BLOB
    )
}

/// The error of a server before the login is complete.
fn greeting(error: &mysql::Error) -> String {
    match error {
        mysql::Error::CodecError(error) if std::error::Error::source(error).is_none() => {
            format!("what answers there is neither MySQL nor MariaDB ({error})")
        }
        other => sentence(other),
    }
}

/// An error of the server or the connection in words.
fn sentence(error: &mysql::Error) -> String {
    match error {
        mysql::Error::MySqlError(error) => match error.code {
            READ_ONLY => format!(
                "`query` only reads, and the server says: {}\nhint: use `Database execute,SQL,NAME`",
                error.message
            ),
            NOT_PREPARED => format!("the server does not take this: {}", error.message),
            code => format!("{} (error {code})", error.message),
        },
        mysql::Error::IoError(error) => io_sentence(error),
        mysql::Error::DriverError(DriverError::CouldNotConnect(Some((_, problem, _)))) => {
            problem.clone()
        }
        mysql::Error::DriverError(error) => error.to_string(),
        mysql::Error::CodecError(error) => codec_sentence(error),
        mysql::Error::TlsError(error) => format!("TLS: {error}"),
        other => other.to_string(),
    }
}

/// The error in words. The library hides its type, so the kinds are told apart by the source below it.
fn codec_sentence(error: &(dyn std::error::Error + 'static)) -> String {
    let io = error.source().and_then(|below| below.downcast_ref());
    match io {
        Some(error) => io_sentence(error),
        None => {
            let sentence = error.to_string();
            if sentence.contains("max_allowed_packet") {
                return format!(
                    "there is a row of more than {} MiB; ask for a part of it with `LEFT`, or for its `LENGTH`",
                    MAX_ROW_BYTES / (1024 * 1024)
                );
            }
            sentence
        }
    }
}

fn io_sentence(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            format!("no answer within {} s", SILENCE_TIMEOUT.as_secs())
        }
        ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
            format!("the server has closed the connection ({error})")
        }
        _ => error.to_string(),
    }
}

/// Removes the password from an error. Neither the library nor the server shows it today; this guards against a
/// change.
fn without(problem: String, password: &str) -> String {
    if password.len() < 4 {
        return problem;
    }
    problem.replace(password, "***")
}

//! MySQL and MariaDB.
//!
//! A query can't change a table, for two reasons: the server gets it in a transaction that can only read, which refuses that
//! to every routine and on every engine; and what such a transaction does not hinder a statement to do itself (files,
//! settings, locks) does not pass [`super::tokens`]. The server is given every statement through `PREPARE`, which takes one
//! and no more.
//!
//! What is left is a stored function that is there already and that a query calls, itself or through a view: no transaction
//! keeps its body from `SELECT ... INTO OUTFILE` or `SET GLOBAL`. Only the server's rights do: an account without `EXECUTE`
//! can't call it, but through a view it runs with the rights of whoever made the view.

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
use crate::error::Result;
use crate::model::Rows;

/// How long it may take until somebody is logged in.
const CONNECTING: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 15 });

/// How long the server may be silent. A statement may take its time; how much is what the timeout of a job says.
const SILENCE: Duration = Duration::from_secs(3600);

/// After how much of it the server's machine is asked whether it is still there.
const KEEPALIVE_MS: u32 = 30_000;

/// The longest row, in bytes.
const LONGEST_ROW: usize = 64 * 1024 * 1024;

/// The character set of everything that has no characters.
const BINARY: u16 = 63;

/// The server refuses a change in a transaction that only reads.
const READ_ONLY: u16 = 1792;
const SYNTAX: u16 = 1064;
const NOT_PREPARED: u16 = 1295;

/// What goes wrong with a statement: something to say, or something that the server or the wire says.
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

/// What the thread that talks to the server has to tell.
enum Told<T> {
    NotConnected(mysql::Error),
    Connected,
    Done(Done<T>),
}

/// Reads with one statement.
pub(super) fn query(place: Place<'_>, server: Server, sql: &str, most: usize) -> Result<Rows> {
    super::check(place, sql)?;
    let sql = sql.to_string();
    on_server(place, server, move |connection| {
        tokens::only_reads(&sql, quoting(connection)?).map_err(Trouble::Ours)?;
        // The first for whatever follows the transaction, should anything end it.
        connection.query_drop("SET SESSION TRANSACTION READ ONLY")?;
        connection.query_drop("START TRANSACTION READ ONLY")?;
        prepare(connection, &sql)?;
        let rows = gather(connection, most)?;
        Ok(rows)
    })
}

/// Does one statement; how many rows it has changed.
pub(super) fn execute(place: Place<'_>, server: Server, sql: &str) -> Result<u64> {
    super::check(place, sql)?;
    let sql = sql.to_string();
    on_server(place, server, move |connection| {
        let quoting = quoting(connection)?;
        // When this process is ended, the server undoes what it was at; without a transaction it would go through with it.
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

/// Logs in and does `work`. In a thread of its own: nothing else ends a server that takes a connection and then says nothing,
/// and the library takes some answers that make no sense for an impossibility.
fn on_server<T: Send + 'static>(
    place: Place<'_>,
    server: Server,
    work: impl FnOnce(&mut Conn) -> Done<T> + Send + 'static,
) -> Result<T> {
    let at = server.place();
    let password = server.password.clone();
    let (tell, told) = channel();
    std::thread::Builder::new()
        .name("mysql".into())
        .spawn(move || talk(server, work, &tell))
        .map_err(|error| place.error(format!("cannot start a thread: {error}")))?;
    outcome(&told, &at).map_err(|problem| place.error(without(problem, password.reveal())))
}

fn talk<T>(server: Server, work: impl FnOnce(&mut Conn) -> Done<T>, tell: &Sender<Told<T>>) {
    // Whoever asked may have given up; then nobody wants to know.
    let told = match connect(server) {
        Err(error) => Told::NotConnected(error),
        Ok(mut connection) => {
            let _ = tell.send(Told::Connected);
            Told::Done(work(&mut connection))
        }
    };
    let _ = tell.send(told);
}

fn outcome<T>(told: &Receiver<Told<T>>, at: &str) -> std::result::Result<T, String> {
    let told = match told.recv_timeout(CONNECTING) {
        Ok(Told::Connected) => told.recv().map_err(|_| RecvTimeoutError::Disconnected),
        other => other,
    };
    match told {
        Ok(Told::Done(Ok(value))) => Ok(value),
        Ok(Told::Done(Err(Trouble::Ours(problem)))) => Err(problem),
        Ok(Told::Done(Err(Trouble::Theirs(error)))) => Err(sentence(&error)),
        Ok(Told::NotConnected(error)) => {
            Err(format!("cannot connect to {at}: {}", greeting(&error)))
        }
        Err(RecvTimeoutError::Timeout) => Err(format!(
            "cannot connect to {at}: no answer within {} s",
            CONNECTING.as_secs()
        )),
        Ok(Told::Connected) | Err(RecvTimeoutError::Disconnected) => Err(format!(
            "the server at {at} gives an answer that makes no sense"
        )),
    }
}

fn connect(server: Server) -> std::result::Result<Conn, mysql::Error> {
    if let Some(ca) = &server.ca {
        // The library's own error does not say which file.
        std::fs::File::open(ca).map_err(|error| {
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
        // What is asked for at one place is not to be found at another.
        .prefer_socket(false)
        .user(Some(server.user))
        .pass(Some(server.password.reveal()))
        .db_name(server.base)
        .ssl_opts(tls)
        .tcp_connect_timeout(Some(CONNECTING))
        .tcp_keepalive_time_ms(Some(KEEPALIVE_MS))
        .read_timeout(Some(SILENCE))
        .write_timeout(Some(SILENCE))
        .max_allowed_packet(Some(LONGEST_ROW))
        // Neither a statement nor a server that is not what it seems gets a file of ours.
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

/// Hands the statement over, so that nothing in it can be taken for a second one. In hex no quote has a meaning.
fn prepare(connection: &mut Conn, sql: &str) -> Done<()> {
    let mut hex = String::with_capacity(sql.len() * 2);
    for byte in sql.bytes() {
        // Writing into a String does not fail.
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
            // To drop it would be to read all that there is; so the connection ends in the middle of it.
            std::mem::forget(result);
            return Ok(gathering.end());
        }
        let row = row.into_iter().zip(&columns);
        gathering.add(row.map(|(value, column)| shown(value, column)).collect());
    }
    Ok(gathering.end())
}

/// `returns`: the rows that it returns, if any, are the rows that it has changed.
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
        // Does not come as text does.
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

/// Whether the type is one of texts, unless its character set is that of bytes.
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

/// What is wrong with a server before anybody is logged in.
fn greeting(error: &mysql::Error) -> String {
    match error {
        mysql::Error::CodecError(error) if std::error::Error::source(error).is_none() => {
            format!("what answers there is neither MySQL nor MariaDB ({error})")
        }
        other => sentence(other),
    }
}

/// What the server or the wire says.
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

/// The library keeps the type of this error to itself; what lies below it tells the kinds apart.
fn codec_sentence(error: &(dyn std::error::Error + 'static)) -> String {
    let io = error.source().and_then(|below| below.downcast_ref());
    match io {
        Some(error) => io_sentence(error),
        None => {
            let sentence = error.to_string();
            if sentence.contains("max_allowed_packet") {
                return format!(
                    "there is a row of more than {} MiB; ask for a part of it with `LEFT`, or for its `LENGTH`",
                    LONGEST_ROW / (1024 * 1024)
                );
            }
            sentence
        }
    }
}

fn io_sentence(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            format!("no answer within {} s", SILENCE.as_secs())
        }
        ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
            format!("the server has closed the connection ({error})")
        }
        _ => error.to_string(),
    }
}

/// The library does not say passwords, and neither does the server; should one of them begin to, it stays among us.
fn without(problem: String, password: &str) -> String {
    if password.len() < 4 {
        return problem;
    }
    problem.replace(password, "***")
}

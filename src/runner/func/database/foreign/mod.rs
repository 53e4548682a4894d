//! Configured databases, by name, for queries and changes; and the daemon's own database, for queries only.

mod address;
mod mysql;
mod sqlite;
#[cfg(all(test, unix))]
mod tests;
mod tokens;
mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use self::address::Address;
use jobs_config::Secret;
use jobs_error::{Error, Result};
use jobs_fs::FileId;
use jobs_model::Rows;
use jobs_text::{cut, listed};

/// Upper bound on an error, in characters.
const MAX_ERROR_CHARS: usize = 2_000;

/// The configured databases and the daemon's own.
#[derive(Clone, Debug)]
pub struct Foreign {
    own: PathBuf,
    folder: PathBuf,
    named: BTreeMap<String, Secret>,
}

/// A database, for an error.
#[derive(Clone, Copy)]
enum Place<'a> {
    Own,
    Named(&'a str),
}

impl Foreign {
    /// `named` are the databases by name, each as the path of a SQLite file, `sqlite:///path` or
    /// `mysql://user:password@host:port/db`. `own` is the file of the daemon's own database. Relative paths count
    /// from `folder`.
    pub fn new(
        own: &Path,
        folder: &Path,
        named: impl IntoIterator<Item = (String, Secret)>,
    ) -> Foreign {
        Foreign {
            own: own.to_path_buf(),
            folder: folder.to_path_buf(),
            named: named.into_iter().collect(),
        }
    }

    /// The names of the configured databases, sorted.
    pub fn names(&self) -> Vec<String> {
        self.named.keys().cloned().collect()
    }

    /// Runs one query and returns at most `most` rows. It cannot write, whatever the SQL is. On MySQL there is one
    /// exception, which depends on the account: a stored function may write files or change settings if the account
    /// has the right to.
    ///
    /// # Errors
    ///
    /// Fails when the database does not exist, cannot be reached, or refuses the SQL.
    pub fn query(&self, base: Option<&str>, sql: &str, most: usize) -> Result<Rows> {
        let Some(name) = base else {
            return sqlite::query(Place::Own, &self.own, true, sql, most);
        };
        let place = Place::Named(name);
        match self.address(name)? {
            // Open it by the daemon's own path: the WAL file lies beside that name.
            Address::Sqlite(path) if is_same_file(&path, &self.own) => {
                sqlite::query(place, &self.own, true, sql, most)
            }
            Address::Sqlite(path) => sqlite::query(place, &path, false, sql, most),
            Address::Mysql(server) => mysql::query(place, server, sql, most),
        }
    }

    /// Runs one statement and returns the number of changed rows.
    ///
    /// # Errors
    ///
    /// Like [`Foreign::query`]; also fails when the database is the daemon's own under another name.
    pub fn execute(&self, base: &str, sql: &str) -> Result<u64> {
        let place = Place::Named(base);
        match self.address(base)? {
            Address::Sqlite(path) if is_same_file(&path, &self.own) => Err(Error::invalid(
                key(base),
                format!("`{}` is the daemon's own database", path.display()),
            )
            .hint("it is changed by the commands of jobs only; read it with `query`")),
            Address::Sqlite(path) => sqlite::execute(place, &path, sql),
            Address::Mysql(server) => mysql::execute(place, server, sql),
        }
    }

    fn address(&self, name: &str) -> Result<Address> {
        let Some(text) = self.named.get(name) else {
            return Err(Error::invalid(key(name), "is not configured").hint(
                if self.named.is_empty() {
                    "no database is: add it under `databases` in the configuration".to_string()
                } else {
                    format!(
                        "the names under `databases` are {}",
                        listed(self.named.keys())
                    )
                },
            ));
        };
        Address::parse(text.reveal(), &self.folder).map_err(|problem| {
            Error::invalid(key(name), problem).hint(
                "the path of a SQLite file, `sqlite:///path` or `mysql://user:password@host:port/db`",
            )
        })
    }
}

impl Place<'_> {
    /// An error of this database.
    fn error(self, problem: impl fmt::Display) -> Error {
        // Servers often repeat the SQL in an error, so cut it.
        Error::Io(cut(&format!("{self}: {problem}"), MAX_ERROR_CHARS))
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Own => f.write_str("the daemon's own database"),
            Place::Named(name) => write!(f, "database `{name}`"),
        }
    }
}

fn key(name: &str) -> String {
    format!("databases.{name}")
}

/// Whether two paths lead to the same file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    if let (Some(one), Some(other)) = (FileId::at(one), FileId::at(other)) {
        return one == other;
    }
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Refuses SQL that is empty or contains a NUL character.
fn check(place: Place<'_>, sql: &str) -> Result<()> {
    if sql.trim().is_empty() {
        return Err(place.error("there is no SQL"));
    }
    if sql.contains('\0') {
        return Err(place.error("the SQL has a NUL character in it"));
    }
    Ok(())
}

//! Databases of the configuration, by name, to read and to change; and the daemon's own database, to read only.

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
use crate::config::Secret;
use crate::error::{Error, Result};
use crate::fs::FileId;
use crate::model::Rows;
use crate::text::{cut, listed};

/// The longest error, in characters.
const LONGEST_ERROR: usize = 2_000;

/// The databases of the configuration, and the daemon's own.
#[derive(Clone, Debug)]
pub struct Foreign {
    own: PathBuf,
    folder: PathBuf,
    named: BTreeMap<String, Secret>,
}

/// A database, as an error names it.
#[derive(Clone, Copy)]
enum Place<'a> {
    Own,
    Named(&'a str),
}

impl Foreign {
    /// The databases by name, each a path of a SQLite file, `sqlite:///path` or `mysql://user:password@host:port/db`, besides
    /// our own in the file `own`. A relative path counts from `folder`.
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

    /// Their names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.named.keys().cloned().collect()
    }

    /// Reads with one statement, at most `most` rows. It cannot write, however the SQL is put; on MySQL, with one exception
    /// that lies with the account: stored functions that write files or set settings need a right that it should not have.
    ///
    /// # Errors
    ///
    /// When there is no such database, it can't be reached, or it does not take the SQL.
    pub fn query(&self, base: Option<&str>, sql: &str, most: usize) -> Result<Rows> {
        let Some(name) = base else {
            return sqlite::query(Place::Own, &self.own, true, sql, most);
        };
        let place = Place::Named(name);
        match self.address(name)? {
            // What it has not yet written back lies beside the name that the daemon uses.
            Address::Sqlite(path) if is_same_file(&path, &self.own) => {
                sqlite::query(place, &self.own, true, sql, most)
            }
            Address::Sqlite(path) => sqlite::query(place, &path, false, sql, most),
            Address::Mysql(server) => mysql::query(place, server, sql, most),
        }
    }

    /// Does one statement; how many rows it has changed.
    ///
    /// # Errors
    ///
    /// As [`Foreign::query`], and when the database is our own under another name.
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
        // Servers like to say the SQL again.
        Error::Io(cut(&format!("{self}: {problem}"), LONGEST_ERROR))
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

/// The same file, by whatever name.
fn is_same_file(one: &Path, other: &Path) -> bool {
    if let (Some(one), Some(other)) = (FileId::at(one), FileId::at(other)) {
        return one == other;
    }
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Refuses SQL that is empty or has a NUL character.
fn check(place: Place<'_>, sql: &str) -> Result<()> {
    if sql.trim().is_empty() {
        return Err(place.error("there is no SQL"));
    }
    if sql.contains('\0') {
        return Err(place.error("the SQL has a NUL character in it"));
    }
    Ok(())
}

//! Keeps the connection of the writer: refuses to write when the files of the database are not its own any more, opens it again
//! when that is safe, and writes the log back into the database when nothing was written for a while.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Session;
use super::files::{self, Files, Loss};
use super::open::{self, store_error};
use super::readers::Readers;
use jobs_error::{Error, Result};

/// How long after the last write the log is written back into the database. Then a plain copy of its file is complete.
pub(super) const IDLE: Duration = Duration::from_secs(5);

/// How often that is tried again when a read is under way.
const ATTEMPTS: u32 = 5;

/// The connection of the writer with the files that it has open.
pub(super) struct Keeper {
    path: PathBuf,
    /// Absent when the database could not be opened again.
    open: Option<Open>,
    readers: Arc<Readers>,
    /// The last number of an execution, from the connection that was given up. The file that is opened next may be older.
    last_number: i64,
    /// Whether the readers know of a loss.
    is_lost: bool,
    /// The error of the last commit, which is logged once.
    trouble: Option<String>,
    /// How often the log may still be written back since the last write; 0: nothing to do.
    checkpoints: u32,
}

/// Dropped in this order: the file is closed after the connection.
struct Open {
    connection: SqliteConnection,
    files: Files,
}

/// The answer of `PRAGMA wal_checkpoint`.
#[derive(QueryableByName)]
struct Checkpoint {
    /// 1 when a reader or another process kept it from being completed.
    #[diesel(sql_type = BigInt)]
    busy: i64,
    /// Pages in the log.
    #[diesel(sql_type = BigInt)]
    log: i64,
    /// Pages of the log that are in the database.
    #[diesel(sql_type = BigInt)]
    checkpointed: i64,
}

impl Keeper {
    pub(super) fn of(connection: SqliteConnection, files: Files, readers: Arc<Readers>) -> Keeper {
        Keeper {
            path: files.path().to_path_buf(),
            open: Some(Open { connection, files }),
            readers,
            last_number: 0,
            is_lost: false,
            trouble: None,
            checkpoints: ATTEMPTS,
        }
    }

    /// The connection for a transaction.
    ///
    /// # Errors
    ///
    /// When the files of the database are not those that were opened.
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection> {
        let found = match self.open.as_ref().map(|open| open.files.look()) {
            // The same file is back, perhaps with another owner or mode.
            Some(Ok(())) if self.is_lost => open::refuse_unsafe(&self.path),
            Some(Ok(())) => Ok(()),
            Some(Err(loss)) => self.regain(&loss),
            None => self.reopen(),
        };
        if found.is_err() != self.is_lost {
            self.is_lost = found.is_err();
            self.readers.set_loss(found.clone().err());
        }
        found?;
        match &mut self.open {
            Some(open) => Ok(&mut open.connection),
            None => Err(closed()),
        }
    }

    /// Checks after a commit that it went into the files of the database.
    ///
    /// # Errors
    ///
    /// When it did not, or when that is unknown.
    pub(super) fn check_commit(&mut self) -> Result<()> {
        self.checkpoints = ATTEMPTS;
        let Some(open) = &mut self.open else {
            return Err(closed());
        };
        match open.files.look_after() {
            Ok(()) => Ok(()),
            Err(loss) => self.regain(&loss),
        }
    }

    /// Logs the error of a commit, or that commits succeed again; each only once.
    pub(super) fn note(&mut self, committed: &Result<()>) {
        let error = committed.as_ref().err().map(ToString::to_string);
        match (&error, &self.trouble) {
            (None, Some(_)) => tracing::warn!("the store can be written again"),
            (Some(error), before) if before.as_ref() != Some(error) => {
                tracing::error!(error, "the store could not be written");
            }
            (None, None) | (Some(_), _) => {}
        }
        self.trouble = error;
    }

    /// How long the writer waits for the next write before it calls [`Keeper::write_back`]; without end when there is nothing to do.
    pub(super) fn idle(&self) -> Option<Duration> {
        (self.checkpoints > 0).then_some(IDLE)
    }

    /// Writes the log back into the database and empties it. Blocks nobody: what a reader needs stays in the log.
    pub(super) fn write_back(&mut self) {
        self.checkpoints = self.checkpoints.saturating_sub(1);
        let Some(open) = &mut self.open else {
            return;
        };
        if open.files.look_at_all().is_err() {
            return;
        }
        match empty_log(&mut open.connection) {
            Ok(true) => self.checkpoints = 0,
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "the log can't be written back now"),
        }
        if let Err(loss) = open.files.look_after() {
            tracing::debug!(
                ?loss,
                "the database has gone while its log was written back"
            );
        }
    }

    /// Closes the database, with its log written back when that reaches the right file.
    pub(super) fn close(self) {
        let Some(mut open) = self.open else {
            return;
        };
        let path = self.path.display().to_string();
        let loss = open.files.look_at_all().err();
        match &loss {
            None | Some(Loss::NoLog) => {}
            // Sound together with its log, as after a checkpoint of another program.
            Some(Loss::Overwritten) if open::check(&self.path).is_ok() => {}
            Some(Loss::Missing) if open.files.has_a_name() => {
                tracing::warn!(
                    path,
                    "the database was moved away: the moved file gets all changes"
                );
            }
            Some(Loss::Missing | Loss::Truncated(0) | Loss::Unknown(_)) => {
                tracing::error!(
                    path,
                    "the database is lost: its log is kept, perhaps the last copy"
                );
                // Closed by SQLite, the connection would remove the log.
                return std::mem::forget(open);
            }
            Some(Loss::Replaced | Loss::Truncated(_) | Loss::Overwritten) => {
                // A copy of the lost file belongs to the log. A file that was written in place is no copy, but the same one.
                if loss != Some(Loss::Replaced) || !open.files.is_a_copy() {
                    match open.files.put_log_aside() {
                        Ok(Some(aside)) => {
                            let aside = aside.display().to_string();
                            tracing::error!(
                                path,
                                aside,
                                "another file is at the place of the database: the log was moved aside"
                            );
                        }
                        Ok(None) => {}
                        Err(error) => {
                            tracing::error!(path, %error, "the log of the lost database can't be moved aside")
                        }
                    }
                }
                return std::mem::forget(open);
            }
        }
        // Leaves one file behind instead of three; what fails here is done by the next start.
        if let Err(error) = checkpoint(&mut open.connection) {
            tracing::warn!(%error, "the store could not be tidied up at its end");
        }
    }

    /// Opens the database again after a loss, if that can do no harm.
    fn regain(&mut self, loss: &Loss) -> Result<()> {
        let Some(open) = &mut self.open else {
            return Err(closed());
        };
        let refusal = open.files.refusal(loss);
        // Before its content is compared with that of the lost file.
        open::refuse_unsafe(&self.path)?;
        let may_open = match loss {
            Loss::Missing | Loss::Truncated(_) | Loss::Unknown(_) => false,
            // Without a log the other file is complete. A copy of the lost file belongs to the log.
            Loss::Replaced => open.files.log_is_empty() || open.files.is_a_copy(),
            // Another program may only have written the log back, or set the time of the file. Then the log belongs to it still.
            Loss::Overwritten => {
                open.files.log_is_empty()
                    || (files::has_content(&self.path) && open::check(&self.path).is_ok())
            }
            // The connection still has the log open, and can write it back.
            Loss::NoLog => open.files.is_in_place() && empty_log(&mut open.connection)?,
        };
        if !may_open || !files::has_content(&self.path) {
            return Err(refusal);
        }
        let last = Session::of(&mut open.connection).last_number();
        let readers = self.readers.clone();
        let Some(_suspended) = readers.suspend() else {
            return Err(refusal);
        };
        self.last_number = self.last_number.max(last.unwrap_or_default());
        self.open = None;
        self.reopen()
    }

    /// Opens the file that is at the path now. It must be a sound database of this program.
    fn reopen(&mut self) -> Result<()> {
        files::refuse_lost(&self.path)?;
        if !files::has_content(&self.path) {
            return Err(Error::Store(format!(
                "`{}`: the database is missing or empty; no change is accepted\nhint: copy a backup to its place; the daemon \
                 goes on by itself",
                self.path.display()
            )));
        }
        open::check(&self.path)?;
        let (mut connection, files) = open::reopened(&self.path)?;
        Session::of(&mut connection).skip_numbers(self.last_number)?;
        self.open = Some(Open { connection, files });
        tracing::warn!(path = %self.path.display(), "the database was opened again");
        Ok(())
    }
}

fn closed() -> Error {
    Error::Store("the database is not open".to_string())
}

/// Writes the log back and empties it. Waits for no reader; whether all was written.
fn empty_log(connection: &mut SqliteConnection) -> Result<bool> {
    let wait = |connection: &mut SqliteConnection, millis: u32| {
        connection
            .batch_execute(&format!("PRAGMA busy_timeout = {millis}"))
            .map_err(store_error)
    };
    wait(connection, 0)?;
    let done = checkpoint(connection);
    wait(connection, open::BUSY_MS)?;
    let done = done?;
    Ok(done.busy == 0 && done.log == done.checkpointed)
}

fn checkpoint(connection: &mut SqliteConnection) -> Result<Checkpoint> {
    diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)")
        .get_result(connection)
        .map_err(store_error)
}

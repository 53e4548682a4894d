//! Group commit: one thread owns the writing connection, takes the units that have gathered and commits them together.
//!
//! A commit costs a flush to the disk, so up to [`BATCH`] units share one. Each unit has a savepoint of its own: a unit that
//! fails leaves nothing behind and does not disturb the others. A unit that is alone needs no savepoint: the transaction is its
//! own, and SQLite need not copy each page that it changes. No caller is answered and no event published before the commit.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

use diesel::SqliteConnection;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use parking_lot::Mutex;
use prometheus::{Histogram, HistogramOpts};
use tokio::sync::oneshot;

use super::Session;
use super::keeper::Keeper;
use super::open::store_error;
use crate::reader::Link;
use crate::tx::Pending;
use crate::{Owner, Tx, Watch};
use jobs_error::{Error, Result};
use jobs_events::Events;

/// How many units may share a commit.
const BATCH: usize = 256;

type Manager = AnsiTransactionManager;

/// A unit of work that waits for the writer, with the caller's reply channel. The work gets the connection, or the reason why
/// there is none, and whether the transaction is its own.
pub(crate) struct Unit(Box<Work>);

type Work = dyn FnOnce(Result<&mut SqliteConnection>, bool) -> Outcome + Send;

/// The result of a unit, before the commit.
struct Outcome {
    /// To be called once the commit has succeeded or failed.
    answer: Answer,
    /// Set when the store itself failed, not the work: the rest of the transaction can't be trusted.
    broken: Option<Error>,
    /// Whether none of its changes may be kept: the work failed, or was only a dry run.
    is_void: bool,
}

impl Unit {
    pub(crate) fn new<T, F>(
        work: F,
        owner: Owner,
        (events, watch): (Events, Arc<Watch>),
        reply: oneshot::Sender<Result<T>>,
    ) -> Unit
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        Unit(Box::new(move |connection, is_alone| {
            let result = connection.and_then(|connection| match is_alone {
                true => guarded(connection, owner, &watch, work),
                false => in_savepoint(connection, true, |connection| {
                    guarded(connection, owner, &watch, work)
                }),
            });
            Outcome {
                broken: broken_by(&result),
                is_void: result.is_err(),
                answer: Box::new(move |committed| {
                    let answer = result.and_then(|(value, pending)| {
                        committed.map(|()| {
                            events.publish_all(pending.events);
                            if pending.has_notices {
                                watch.outbox.notify_one();
                            }
                            value
                        })
                    });
                    // If the caller has gone, the answer is dropped.
                    let _ = reply.send(answer);
                }),
            }
        }))
    }

    /// A unit whose changes are taken back before the commit. Its events are dropped.
    pub(crate) fn undone<T, F>(
        work: F,
        owner: Owner,
        watch: Arc<Watch>,
        reply: oneshot::Sender<Result<T>>,
    ) -> Unit
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        Unit(Box::new(move |connection, is_alone| {
            let result = connection.and_then(|connection| match is_alone {
                true => guarded(connection, owner, &watch, work),
                false => in_savepoint(connection, false, |connection| {
                    guarded(connection, owner, &watch, work)
                }),
            });
            Outcome {
                broken: broken_by(&result),
                is_void: true,
                answer: Box::new(move |_| {
                    // If the caller has gone, the answer is dropped.
                    let _ = reply.send(result.map(|(value, _)| value));
                }),
            }
        }))
    }
}

/// The error that makes the rest of the transaction void.
fn broken_by<T>(result: &Result<T>) -> Option<Error> {
    match result {
        Err(error @ Error::Store(_)) => Some(error.clone()),
        Ok(_) | Err(_) => None,
    }
}

/// Does the work in a savepoint. Its changes are taken back when it fails, and unless `keeps`.
fn in_savepoint<T>(
    connection: &mut SqliteConnection,
    keeps: bool,
    work: impl FnOnce(&mut SqliteConnection) -> Result<T>,
) -> Result<T> {
    Manager::begin_transaction(connection).map_err(store_error)?;
    let result = work(connection);
    match keeps && result.is_ok() {
        true => Manager::commit_transaction(connection),
        false => Manager::rollback_transaction(connection),
    }
    .map_err(store_error)?;
    result
}

/// Does the work. A panic in it becomes an error.
fn guarded<T>(
    connection: &mut SqliteConnection,
    owner: Owner,
    watch: &Arc<Watch>,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T>,
) -> Result<(T, Pending)> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let link = Link::Sqlite(Session::of(connection));
        let mut tx = Tx::new(link, owner, watch.clone());
        let value = work(&mut tx)?;
        tx.complete()?;
        Ok((value, tx.into_pending()))
    }))
    .unwrap_or_else(|_| {
        Err(Error::Store(
            "a write failed inside; nothing of it was kept".into(),
        ))
    })
}

pub(super) struct Writer {
    units: Mutex<Option<Sender<Unit>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    pub(super) commits: Histogram,
}

/// Upper bounds of the histogram's buckets, in seconds.
const COMMIT_SECONDS: [f64; 13] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];

fn commits() -> Histogram {
    let options = HistogramOpts::new(
        "jobs_store_write_seconds",
        "How long the transactions of the store took, until they were on disk.",
    );
    Histogram::with_opts(options.buckets(COMMIT_SECONDS.to_vec()))
        .expect("the name is one and the bounds rise")
}

impl Writer {
    pub(super) fn start(keeper: Keeper) -> Result<Writer> {
        let (units, waiting) = channel();
        let commits = commits();
        let measured = commits.clone();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || write_all(keeper, &waiting, &measured))
            .map_err(|error| Error::io("cannot start a thread for the store", error))?;
        Ok(Writer {
            units: Mutex::new(Some(units)),
            thread: Mutex::new(Some(thread)),
            commits,
        })
    }

    /// Hands a unit over. When the writer has ended, the unit is dropped, which closes its reply channel.
    pub(super) fn submit(&self, unit: Unit) {
        if let Some(units) = &*self.units.lock() {
            // Sending fails only when the thread has ended; that drops the unit.
            let _ = units.send(unit);
        }
    }

    pub(super) fn close(&self) {
        drop(self.units.lock().take());
        let thread = self.thread.lock().take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the store's writer ended by a panic");
        }
    }
}

fn write_all(mut keeper: Keeper, waiting: &Receiver<Unit>, commits: &Histogram) {
    while let Some(first) = next(&mut keeper, waiting) {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        commit(&mut keeper, batch, commits);
    }
    keeper.close();
}

/// The next unit. When none comes for a while, the log is written back into the database once.
fn next(keeper: &mut Keeper, waiting: &Receiver<Unit>) -> Option<Unit> {
    while let Some(idle) = keeper.idle() {
        match waiting.recv_timeout(idle) {
            Ok(unit) => return Some(unit),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => keeper.write_back(),
        }
    }
    waiting.recv().ok()
}

fn commit(keeper: &mut Keeper, batch: Vec<Unit>, commits: &Histogram) {
    let timer = commits.start_timer();
    let (answers, mut committed) = match keeper.connection() {
        Ok(connection) => transaction(connection, batch),
        Err(error) => refuse(batch, &error),
    };
    if committed.is_ok() {
        committed = keeper.check_commit();
    }
    keeper.note(&committed);
    timer.observe_duration();
    for answer in answers {
        answer(committed.clone());
    }
}

type Answer = Box<dyn FnOnce(Result<()>) + Send>;

/// Answers units for which there is no connection.
fn refuse(batch: Vec<Unit>, error: &Error) -> (Vec<Answer>, Result<()>) {
    let answers = batch
        .into_iter()
        .map(|Unit(work)| work(Err(error.clone()), false).answer)
        .collect();
    (answers, Err(error.clone()))
}

/// Does the units in one transaction, and commits it.
fn transaction(connection: &mut SqliteConnection, batch: Vec<Unit>) -> (Vec<Answer>, Result<()>) {
    // IMMEDIATE: another process that writes is waited for here, not in the middle.
    let mut state =
        Manager::begin_transaction_sql(connection, "BEGIN IMMEDIATE").map_err(store_error);
    let begun = state.is_ok();
    let mut answers = Vec::with_capacity(batch.len());
    let is_alone = batch.len() == 1;
    let mut is_void = false;
    for Unit(work) in batch {
        let outcome = work(state.clone().map(|()| &mut *connection), is_alone);
        answers.push(outcome.answer);
        is_void = is_alone && outcome.is_void;
        // On a full disk SQLite may undo the whole transaction by itself. A unit that went on after that would commit
        // alone, so the rest of the batch fails with the unit that broke it, and callers that need to try again.
        if let (Ok(()), Some(error)) = (&state, outcome.broken) {
            state = Err(error);
        }
    }
    let committed = state.and_then(|()| match is_void {
        true => Manager::rollback_transaction(connection).map_err(store_error),
        false => Manager::commit_transaction(connection).map_err(store_error),
    });
    // SQLite may have rolled back by itself already; this corrects diesel's own count of transactions.
    if committed.is_err() && begun && Manager::rollback_transaction(connection).is_err() {
        tracing::debug!("nothing was left to roll back");
    }
    (answers, committed)
}

//! Records how executions ended, several in one transaction, then publishes the events and starts the executions that waited.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::admit::{self, Effects};
use super::alerts::{Ended, Shown};
use super::{Scheduler, ending, retry};
use jobs_error::{Error, Result};
use jobs_events::Event;
use jobs_model::{Admitted, ExecId};
use jobs_output::Settled;
use jobs_store::{Finished, Tx};
use jobs_work::Work;

/// An execution that has ended and is not recorded yet.
pub(super) struct Closing {
    admitted: Admitted,
    finished: Finished,
    settled: Result<Settled>,
    /// Whether its output was written to files, because the store is slow.
    is_kept: AtomicBool,
    event: Event,
    /// The parts of it that an alert may show.
    shown: Option<Shown>,
}

impl Closing {
    /// `work` is absent when its text could not be read.
    pub(super) fn new(
        admitted: Admitted,
        finished: Finished,
        settled: Result<Settled>,
        (work, shown): (Option<&Work>, Option<Shown>),
    ) -> Closing {
        let event = ending::event(&admitted, &finished, work);
        Closing {
            admitted,
            finished,
            settled,
            is_kept: AtomicBool::new(false),
            event,
            shown,
        }
    }

    /// Its output, once, to be written to files.
    fn to_keep(&self) -> Option<(ExecId, Settled)> {
        let settled = self.settled.as_ref().ok()?;
        let is_first = !self.is_kept.swap(true, Ordering::Relaxed);
        is_first.then(|| (self.exec_id(), settled.clone()))
    }

    /// Whether its record does not wait for other ends.
    fn is_long(&self) -> bool {
        self.finished.duration_ms.is_none_or(|ms| ms > SHORT_MS)
    }

    const fn exec_id(&self) -> ExecId {
        self.admitted.exec_id
    }

    const fn ended(&self) -> Ended<'_> {
        Ended {
            exec_id: self.admitted.exec_id,
            job_id: self.admitted.job_id,
            end: &self.finished,
            shown: self.shown.as_ref(),
        }
    }
}

/// How long ends gather while other executions begin: each commit costs a flush and writes whole pages, however little changes.
const GATHERS_FOR: Duration = Duration::from_millis(10);

/// The end of an execution that took longer is recorded at once: the job's next execution may wait for it, or be skipped as long as
/// it is not recorded.
const SHORT_MS: i64 = 200;

/// How long the output of an execution that has ended may be in memory only, when the store is slow. With the time of a flush it is
/// on disk within 100 ms.
const KEEP_AFTER: Duration = Duration::from_millis(50);

/// Ends that wait for the store.
#[derive(Default)]
pub(super) struct Closings {
    waiting: Mutex<Vec<Closing>>,
    /// Notified when an end joins that is to be recorded at once.
    hurry: Notify,
}

impl Closings {
    /// Adds an end; whether it is the first. The task of the first records all that join it until the store takes them.
    fn join(&self, closing: Closing) -> bool {
        let mut waiting = self.waiting();
        if closing.is_long() {
            self.hurry.notify_one();
        }
        waiting.push(closing);
        waiting.len() == 1
    }

    /// Waits for other ends to join, for [`GATHERS_FOR`] at most.
    async fn gather(&self) {
        let until = Instant::now() + GATHERS_FOR;
        while !self.waiting().iter().any(Closing::is_long) {
            // The permit may be left over from an end that was taken before.
            tokio::select! {
                () = self.hurry.notified() => {}
                () = tokio::time::sleep_until(until) => return,
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Closing>> {
        self.waiting.lock()
    }

    fn take(&self) -> Vec<Closing> {
        std::mem::take(&mut *self.waiting())
    }
}

impl Scheduler {
    /// Records how an execution ended. When other ends wait for the store already, it joins them and this returns at once.
    pub(super) async fn close(self: &Arc<Self>, closing: Closing) {
        if !self.launcher.closings.join(closing) {
            return;
        }
        if self.launcher.start_limit.is_starting() {
            // Executions that begin now are about to end as well, and get the cores first.
            self.launcher.closings.gather().await;
        }
        let taken: Arc<OnceLock<Vec<Closing>>> = Arc::default();
        let (scheduler, together) = (self.clone(), taken.clone());
        let mut writing = pin!(self.store.write_async(move |tx| {
            let together = together.get_or_init(|| scheduler.launcher.closings.take());
            scheduler.finish(tx, together)
        }));
        let written = loop {
            tokio::select! {
                biased;
                written = &mut writing => break written,
                () = tokio::time::sleep(KEEP_AFTER) => {
                    let keep = |ends: &Vec<Closing>| ends.iter().filter_map(Closing::to_keep).collect();
                    let outputs = match taken.get() {
                        Some(together) => keep(together),
                        None => keep(&self.launcher.closings.waiting()),
                    };
                    self.keep(outputs).await;
                }
            }
        };
        // A closed store has not taken the ends.
        let together = Arc::into_inner(taken)
            .and_then(OnceLock::into_inner)
            .unwrap_or_else(|| self.launcher.closings.take());
        match written {
            Ok(effects) => self.closed(together, effects),
            // A single end may have caused the failure: from here on each end is recorded in a transaction of its own.
            Err(_) => {
                for closing in together {
                    let scheduler = self.clone();
                    let alone = async move { scheduler.close_alone(closing).await };
                    self.launcher.tasks.spawn(alone);
                }
            }
        }
    }

    /// Records one end; tries again until the store can be written.
    async fn close_alone(self: &Arc<Self>, closing: Closing) {
        self.keep(closing.to_keep().into_iter().collect()).await;
        let closing = Arc::new(closing);
        let exec_id = closing.exec_id();
        let mut pause = Duration::from_millis(100);
        let mut is_told = false;
        loop {
            let (scheduler, this) = (self.clone(), closing.clone());
            let written = self
                .store
                .write_async(move |tx| scheduler.finish(tx, std::slice::from_ref(&*this)))
                .await;
            match written {
                Ok(effects) => return self.closed(Arc::into_inner(closing), effects),
                Err(Error::Store(problem)) if !self.launcher.abandoned.is_cancelled() => {
                    // Told once: on a full disk it is tried again and again.
                    if !std::mem::replace(&mut is_told, true) {
                        tracing::warn!(
                            exec_id,
                            problem,
                            "the end of an execution waits for the store"
                        );
                    }
                    tokio::select! {
                        () = self.launcher.abandoned.cancelled() => {}
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
                Err(error) => {
                    // The row still says `running`; the next start shows it as interrupted, with the output that is in its files.
                    tracing::error!(%error, exec_id, "the end of an execution could not be recorded");
                    self.store.events().publish(closing.event.clone());
                    return self.launcher.over(&closing.admitted);
                }
            }
        }
    }

    /// Writes output to files that would be in memory only until the store has taken it.
    async fn keep(&self, ended: Vec<(ExecId, Settled)>) {
        if ended.is_empty() {
            return;
        }
        let outputs = self.launcher.outputs.clone();
        let kept = spawn_blocking(move || outputs.keep(&ended)).await;
        if let Ok(Err(error)) = kept {
            tracing::warn!(%error, "the output of executions that wait for the store can't be kept");
        }
    }

    fn finish(&self, tx: &mut Tx<'_>, closings: &[Closing]) -> Result<Effects> {
        let now = self.now();
        let ends: Vec<Ended<'_>> = closings.iter().map(Closing::ended).collect();
        retry::finish(tx, &ends, &self.settings().alerts, now)?;
        let mut effects = Effects::default();
        if self.is_running() {
            admit::promote(tx, self.settings().concurrency, now, &mut effects)?;
        }
        Ok(effects)
    }

    /// Publishes the events and applies the effects, once the ends are on disk.
    fn closed(self: &Arc<Self>, closings: impl IntoIterator<Item = Closing>, effects: Effects) {
        let mut some_failed = false;
        let mut events = Vec::new();
        let mut over = Vec::new();
        for closing in closings {
            some_failed |= closing.finished.status.is_failure();
            self.discard_small(&closing);
            events.push(closing.event);
            over.push(closing.admitted);
        }
        self.store.events().publish_all(events);
        for admitted in &over {
            self.launcher.over(admitted);
        }
        self.apply(effects);
        if some_failed {
            // A retry may wait now: the loop has to learn when it is due.
            self.poke();
        }
    }

    /// Removes the files of output that is in the rows now.
    fn discard_small(&self, closing: &Closing) {
        let outputs = &self.launcher.outputs;
        let exec_id = closing.exec_id();
        let discarded = match (&closing.settled, closing.is_kept.load(Ordering::Relaxed)) {
            (Ok(settled), true) => outputs.discard_kept(exec_id, settled),
            (Ok(settled), false) => outputs.discard_small(exec_id, settled),
            (Err(error), _) => Err(error.clone()),
        };
        if let Err(error) = discarded {
            tracing::warn!(%error, exec_id, "output can't be put in order");
        }
    }
}

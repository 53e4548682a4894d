//! The scheduler loop: claims due jobs in the store, starts their executions, then sleeps until the next instant or until it is poked.

mod admit;
mod age;
mod ahead;
mod alerts;
mod closing;
mod ending;
mod late;
mod launch;
mod moving;
pub mod overlap;
pub mod pause;
pub mod plan;
mod recovery;
mod retention;
pub mod retry;
pub mod review;
mod round;
pub mod rules;
mod settings;
mod slots;
#[cfg(test)]
mod tests;
pub mod tick;
mod waits;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

pub use admit::{Effects, has_run_enough};
pub use ahead::{AHEAD, Change};
pub use alerts::{AlertSettings, OfDaemon, close_of_daemon, daemon_channels, of_daemon};
pub use settings::Settings;
pub use slots::{Concurrency, holders};

use admit::Admittance;
use age::Age;
use ahead::WriteQueue;
use jobs_clock::{Clock, Jump};
use jobs_error::{Error, Result};
use jobs_model::{Condition, ExecId, JobId, Overlap, Source};
use jobs_output::Outputs;
use jobs_schedule::Time;
use jobs_store::Store;
use launch::Launcher;
use waits::WaitLog;

/// The scheduler and what it runs. One per daemon, shared by the loop and the service.
pub struct Scheduler {
    store: Store,
    settings: RwLock<Arc<Settings>>,
    launcher: Launcher,
    clock: Arc<dyn Clock>,
    /// When this scheduler was created. Earlier occurrences are missed: `catch_up` decides about them.
    since: Time,
    poked: Notify,
    /// Counts the rounds of the loop, so that a health check can detect a loop that hangs.
    looks: watch::Sender<u64>,
    write_queue: WriteQueue,
    trouble: Mutex<Option<String>>,
    /// The time by which things are deleted for their age.
    age: Mutex<Option<Age>>,
    wait_log: WaitLog,
    stopping: CancellationToken,
}

impl Scheduler {
    /// A scheduler that does nothing until [`Scheduler::run`].
    pub fn new(
        store: Store,
        outputs: Outputs,
        settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Arc<Scheduler> {
        Arc::new(Scheduler {
            launcher: Launcher::new(outputs),
            store,
            settings: RwLock::new(Arc::new(settings)),
            since: clock.read().wall,
            clock,
            poked: Notify::new(),
            looks: watch::Sender::new(0),
            write_queue: WriteQueue::default(),
            trouble: Mutex::new(None),
            age: Mutex::default(),
            wait_log: WaitLog::default(),
            stopping: CancellationToken::new(),
        })
    }

    /// Wakes the loop: something changed in the store.
    pub fn poke(&self) {
        self.poked.notify_one();
    }

    /// Whether the loop is alive: wakes it and waits for its next round, `within` at most.
    pub async fn answers(&self, within: Duration) -> bool {
        let mut looks = self.looks.subscribe();
        self.poke();
        tokio::time::timeout(within, looks.changed()).await.is_ok()
    }

    /// Whether the scheduler still starts executions.
    pub fn is_running(&self) -> bool {
        !self.stopping.is_cancelled()
    }

    /// Why the loop can't work at present, such as a full disk.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().clone()
    }

    /// Runs a job now, beside its schedule and by its overlap policy. Blocks.
    pub fn run_now(self: &Arc<Self>, job_id: JobId) -> Result<Admittance> {
        let change = self.change();
        if !self.is_running() {
            return Err(Error::ShuttingDown);
        }
        let settings = self.settings();
        let now = self.now();
        let (admittance, effects) = self.store.write(move |tx| {
            let mut job = tx
                .job(job_id)?
                .ok_or_else(|| Error::NoSuchJob(job_id.to_string()))?;
            admit::refuse_if_run_enough(&job)?;
            let was_stopped = job.is_stopped();
            let mut effects = Effects::default();
            let mut slots = slots::Slots::of(tx, settings.concurrency)?;
            let policy = if settings.manual_runs_overlap {
                Overlap::Parallel
            } else {
                job.allow_mode
            };
            let firing = admit::Firing {
                at: now,
                source: Source::Manual,
                policy,
                delay: Duration::ZERO,
            };
            let admittance = admit::admit(tx, &mut job, firing, now, &mut slots, &mut effects)?;
            tx.advance_job_from(was_stopped, &job)?;
            Ok((admittance, effects))
        })?;
        drop(change);
        self.apply(effects);
        Ok(admittance)
    }

    /// Stops an execution that runs or is about to start. Its row gets the reason `why`.
    pub fn stop_execution(&self, exec_id: ExecId, why: &'static str) {
        self.launcher.stop(exec_id, why);
    }

    /// Waits until an execution has started or ended since `seen`, or until `deadline`. Blocks.
    pub fn wait_activity(&self, seen: u64, deadline: std::time::Instant) -> u64 {
        self.launcher.wait_activity(seen, deadline)
    }

    /// A generation counter that rises whenever an execution starts or ends.
    pub fn activity(&self) -> u64 {
        self.launcher.activity()
    }

    /// Starts and stops executions as a transaction has decided, once it is on disk.
    pub fn apply(self: &Arc<Self>, effects: Effects) {
        self.wait_log.report(effects.waits);
        for (exec_id, why) in effects.stop {
            self.launcher.stop(exec_id, why);
        }
        for admitted in effects.start {
            self.launch(admitted);
        }
    }

    /// The loop. Returns when [`Scheduler::stop`] is called, and fails only when the system has no timer for it.
    pub async fn run(self: Arc<Self>) -> Result<()> {
        let mut alarm = self.clock.alarm()?;
        let mut last = self.clock.read();
        let retention = tokio::spawn(self.clone().keep_within_limits());
        let mut is_awake = false;
        let mut next: Option<Time> = None;
        let mut deferred: Option<Time> = None;
        while self.is_running() {
            let reading = self.clock.read();
            let near = next.filter(|at| {
                is_awake && deferred != Some(*at) && ahead::is_near(*at, &reading, &last)
            });
            let looked = match near {
                Some(at) => self.claim_ahead(at, &mut *alarm).await,
                None => self.look(&reading, &last, is_awake).await,
            };
            let looked = match looked {
                Ok(found) => self.look_at_alerts(self.now()).await.map(|()| found),
                Err(error) => Err(error),
            };
            let wake = match looked {
                Ok(found) => {
                    if let Some(trouble) = self.note_trouble(None) {
                        let reason = format!("it can be written again; before: {trouble}");
                        self.tell_of_daemon(Condition::CannotRecord, reason).await;
                    }
                    is_awake = true;
                    last = near.map_or(reading, |at| reading.at(at));
                    next = found;
                    // A job that could not be claimed ahead of its instant is claimed at its instant.
                    deferred = near.filter(|at| next == Some(*at));
                    next.map(|at| {
                        if deferred.is_some() {
                            at
                        } else {
                            at.minus(AHEAD)
                        }
                    })
                }
                Err(error) => {
                    self.note_trouble(Some(&error));
                    next = None;
                    Some(reading.wall.plus(RETRY))
                }
            };
            self.looks.send_modify(|looks| *looks += 1);
            if near.is_some() && self.clock.read().jump_since(&last) != Jump::None {
                // The alarm has already reported that the clock was set, while claims waited for their instant.
                next = None;
                continue;
            }
            let watch = self.store.watch();
            let wake = wake.into_iter().chain(watch.next()).min();
            tokio::select! {
                biased;
                () = self.stopping.cancelled() => {}
                // An instant of an alert that is earlier than the alarm.
                () = watch.earlier.notified() => next = None,
                // Another job may be due next by now.
                () = self.poked.notified() => next = None,
                slept = alarm.sleep(wake) => slept?,
            }
        }
        retention
            .await
            .map_err(|error| Error::io("the history could not be kept within its limits", error))
    }

    /// Starts no more executions.
    pub fn halt(&self) {
        self.stopping.cancel();
    }

    /// Starts no more executions. Waits `grace` for the running ones to end, then stops them.
    pub async fn stop(&self, grace: Duration) {
        self.halt();
        self.launcher.wind_down(grace).await;
        self.remember_the_clock().await;
        // All executions have ended, so no event follows.
        self.store.events().close();
        self.launcher.notify_activity();
    }

    /// The clock of the scheduler, which the service uses too.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn now(&self) -> Time {
        self.clock.now()
    }

    /// Returns the trouble that is over.
    fn note_trouble(&self, error: Option<&Error>) -> Option<String> {
        let mut trouble = self.trouble.lock();
        match (error, trouble.is_some()) {
            (Some(error), false) => {
                tracing::error!(%error, "the scheduler can't work; it tries again every second")
            }
            (None, true) => tracing::info!("the scheduler works again"),
            (Some(_), true) | (None, false) => {}
        }
        let before = std::mem::replace(&mut *trouble, error.map(ToString::to_string));
        before.filter(|_| error.is_none())
    }
}

/// How long the loop waits after a failure of the store.
const RETRY: Duration = Duration::from_secs(1);

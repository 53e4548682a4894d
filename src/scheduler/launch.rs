//! Starts executions, keeps track of those that run, and stops them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::closing::{Closing, Closings};
use super::ending::{self, SHUT_DOWN};
use super::{Scheduler, Settings};
use jobs_error::{Error, Result};
use jobs_events::{Event, Started};
use jobs_model::{Admitted, ExecId, JobId, Mode};
use jobs_output::{Outputs, ROW_BYTES, Settled};
use jobs_runner::{self as runner, Daemon, Ended, Spec, StartLimit};
use jobs_schedule::{Time, Zone};
use jobs_work::{HTTP_TIMEOUT_SECONDS, Work};

/// Output beyond this many bytes is settled on a blocking thread: it stays in a file, which is flushed.
const QUICK_BYTES: u64 = ROW_BYTES;

/// Timeout of an HTTP request that names none.
const HTTP_TIMEOUT: Duration = Duration::from_secs(HTTP_TIMEOUT_SECONDS);

/// How long a shutdown waits for the ends of executions that it has stopped.
const LAST: Duration = Duration::from_secs(60);

/// The executions that run now.
pub(super) struct Launcher {
    pub(super) outputs: Outputs,
    /// The runtime in which executions run: a caller may be in another runtime, which may end.
    runtime: OnceLock<Handle>,
    running: Mutex<Runs>,
    pub(super) tasks: TaskTracker,
    pub(super) closings: Closings,
    /// Cancelled when the grace of a shutdown is over: then no write is tried again.
    pub(super) abandoned: CancellationToken,
    activity: Mutex<u64>,
    moved: Condvar,
    pub(super) ended: EndedJobs,
    pub(super) start_limit: StartLimit,
}

/// Executions that run, and early stops of executions that do not run yet.
#[derive(Default)]
struct Runs {
    started: HashMap<ExecId, Arc<Running>>,
    /// Stops that came between the commit that admitted an execution and its start. An entry whose execution was over already stays;
    /// that does no harm, as numbers are never used again, and there are at most [`EARLY_MAX`].
    early: BTreeMap<ExecId, &'static str>,
}

/// Upper bound on early stops that are remembered.
const EARLY_MAX: usize = 4_096;

/// Jobs of which executions have ended since the last pass over the history.
#[derive(Default)]
pub(super) struct EndedJobs {
    pub(super) jobs: Mutex<BTreeSet<JobId>>,
    some: Notify,
}

impl EndedJobs {
    pub(super) async fn wait(&self) {
        self.some.notified().await;
    }

    /// Causes another pass: the limits of the history may have changed.
    pub(super) fn look_again(&self) {
        self.some.notify_one();
    }

    fn add(&self, job_id: JobId) {
        self.jobs.lock().insert(job_id);
        self.some.notify_one();
    }
}

/// A running execution: its stop token, and the reason of the stop for the history.
#[derive(Default)]
struct Running {
    stop: CancellationToken,
    why: OnceLock<&'static str>,
}

impl Running {
    fn stop(&self, why: &'static str) {
        // The first reason is the true one.
        self.why.get_or_init(|| why);
        self.stop.cancel();
    }
}

impl Launcher {
    /// The marks of this daemon's processes.
    pub(super) fn daemon(&self, settings: &Settings) -> Daemon {
        Daemon {
            socket: settings.socket.clone(),
            id: self.outputs.daemon_id(),
        }
    }

    pub(super) fn new(outputs: Outputs) -> Launcher {
        Launcher {
            outputs,
            runtime: OnceLock::new(),
            running: Mutex::default(),
            tasks: TaskTracker::new(),
            closings: Closings::default(),
            abandoned: CancellationToken::new(),
            activity: Mutex::new(0),
            moved: Condvar::new(),
            ended: EndedJobs::default(),
            start_limit: StartLimit::default(),
        }
    }

    /// From now on executions run in the current runtime.
    pub(super) fn settle_here(&self) {
        self.runtime.get_or_init(Handle::current);
    }

    /// Stops an execution that was admitted, whether it has been started yet or not.
    pub(super) fn stop(&self, exec_id: ExecId, why: &'static str) {
        let mut runs = self.running.lock();
        match runs.started.get(&exec_id) {
            Some(execution) => execution.stop(why),
            None => {
                runs.early.insert(exec_id, why);
                if runs.early.len() > EARLY_MAX {
                    runs.early.pop_first();
                }
            }
        }
    }

    pub(super) fn activity(&self) -> u64 {
        *self.activity.lock()
    }

    pub(super) fn wait_activity(&self, seen: u64, deadline: Instant) -> u64 {
        let mut activity = self.activity.lock();
        while *activity == seen {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.moved.wait_for(&mut activity, left);
        }
        *activity
    }

    /// Gives running executions `grace` to end, then stops them and waits for their ends.
    pub(super) async fn wind_down(&self, grace: Duration) {
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_ok() {
            return;
        }
        self.abandoned.cancel();
        let ids: Vec<ExecId> = self.running.lock().started.keys().copied().collect();
        tracing::warn!(executions = ids.len(), "stopping what still runs");
        for exec_id in ids {
            self.stop(exec_id, SHUT_DOWN);
        }
        // Each execution has its own bounds; if one hangs all the same, the daemon ends without it.
        if tokio::time::timeout(LAST, self.tasks.wait()).await.is_err() {
            tracing::error!(
                executions = self.tasks.len(),
                "some executions did not end; the next start ends and records them"
            );
        }
    }

    fn began(&self, admitted: &Admitted) -> Arc<Running> {
        let running = Arc::new(Running::default());
        let mut runs = self.running.lock();
        if let Some(why) = runs.early.remove(&admitted.exec_id) {
            running.stop(why);
        } else if self.abandoned.is_cancelled() {
            running.stop(SHUT_DOWN);
        }
        runs.started.insert(admitted.exec_id, running.clone());
        drop(runs);
        self.notify_activity();
        running
    }

    pub(super) fn over(&self, admitted: &Admitted) {
        self.running.lock().started.remove(&admitted.exec_id);
        self.outputs.finished(admitted.exec_id);
        self.ended.add(admitted.job_id);
        self.notify_activity();
    }

    /// Wakes callers that wait until an execution has started or ended.
    pub(super) fn notify_activity(&self) {
        *self.activity.lock() += 1;
        self.moved.notify_all();
    }
}

impl Scheduler {
    /// Starts an execution that is recorded as running.
    pub(super) fn launch(self: &Arc<Self>, admitted: Admitted) {
        let running = self.launcher.began(&admitted);
        let runtime = self.launcher.runtime.get_or_init(Handle::current);
        self.launcher
            .tasks
            .spawn_on(self.clone().execute(admitted, running), runtime);
    }

    async fn execute(self: Arc<Self>, admitted: Admitted, running: Arc<Running>) {
        let permit = tokio::select! {
            biased;
            permit = self.launcher.start_limit.acquire() => Some(permit),
            // A stopped execution needs no permit: its work does not begin.
            () = running.stop.cancelled() => None,
        };
        let settings = self.settings();
        let began = self.now();
        let events = self.store.events();
        events.publish(started(&admitted, began));
        let watch = Instant::now();
        let outputs = &self.launcher.outputs;
        // Parsed once: the runner does this work, and its secrets are masked in the event of the end.
        let spec = Work::parse(admitted.mode, &admitted.command)
            .map(|work| spec(&admitted, work, &settings, self.launcher.daemon(&settings)));
        let ended = match &spec {
            Ok(spec) => runner::run(spec, outputs, &running.stop, permit).await,
            Err(error) => Ended::not_started(error.to_string()),
        };
        let took = watch.elapsed();
        let settled = settle(&self.launcher.outputs, admitted.exec_id).await;
        let why = running.why.get().copied();
        let finished = ending::finished(&admitted.command, ended, &settled, why, began, took);
        let status = finished.status;
        if settings.logs_ends {
            let secrets = spec.as_ref().map(|spec| runner::secrets(&spec.work));
            let secrets = secrets.unwrap_or_default();
            let why = finished.error.as_deref().map(|error| secrets.error(error));
            tracing::info!(
                exec_id = admitted.exec_id,
                job = admitted.job_name,
                status = status.as_str(),
                exit_code = finished.exit_code,
                why,
                "execution ended"
            );
        }
        let work = spec.ok().map(|spec| spec.work);
        let shown = self.shown(&finished, work.as_ref());
        let closing = Closing::new(admitted, finished, settled, (work.as_ref(), shown));
        self.close(closing).await;
    }
}

fn started(admitted: &Admitted, began: Time) -> Event {
    Event::Started(Started {
        exec_id: admitted.exec_id,
        job_id: admitted.job_id,
        job_name: admitted.job_name.clone(),
        mode: admitted.mode,
        source: admitted.source,
        scheduled_at: admitted.scheduled_at,
        started_at: began,
        jitter_ms: admitted.jitter_ms,
    })
}

/// The runner's input for an execution.
fn spec(admitted: &Admitted, work: Work, settings: &Settings, daemon: Daemon) -> Spec {
    // Only functions use the zone.
    let own = admitted
        .timezone
        .as_deref()
        .filter(|_| work.mode() == Mode::Func);
    // The zone was checked when it was stored; the work runs also if the zone was removed from the system since.
    let zone = own.and_then(|name| Zone::find(name).ok());
    Spec {
        exec_id: admitted.exec_id,
        job_id: admitted.job_id,
        job_name: admitted.job_name.clone(),
        source: admitted.source.to_string(),
        scheduled_at: admitted.scheduled_at.rfc3339(&settings.zone),
        daemon,
        zone: zone.unwrap_or_else(|| settings.zone.clone()),
        timeout: match (work.timeout(), work.mode()) {
            (Some(0), _) => None,
            (Some(seconds), _) => Some(Duration::from_secs(seconds)),
            (None, Mode::Http) => Some(HTTP_TIMEOUT),
            (None, Mode::Command | Mode::Func) => settings.default_timeout,
        },
        attempts: work.attempts(),
        interval: Duration::from_secs(work.interval()),
        kill_grace: settings.kill_grace,
        tools: settings.tools.clone(),
        work,
    }
}

/// Settles the output: removes the middle of what exceeds the budget, flushes the files that stay, and reads their ends.
async fn settle(outputs: &Outputs, exec_id: ExecId) -> Result<Settled> {
    if outputs.size(exec_id) <= QUICK_BYTES {
        return outputs.settle(exec_id);
    }
    let outputs = outputs.clone();
    tokio::task::spawn_blocking(move || outputs.settle(exec_id))
        .await
        .unwrap_or_else(|error| Err(Error::io("the output can't be put in order", error)))
}

//! Settings of the scheduler, and the work that a change of them needs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::{AlertSettings, Concurrency, Effects, Scheduler, admit};
use jobs_error::Result;
use jobs_model::Overlap;
use jobs_runner::Tools;
use jobs_schedule::Zone;
use jobs_store::Limits;

/// Settings of the scheduler, from the configuration. They may change while the daemon is up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Time zone of schedules that name none.
    pub zone: Zone,
    /// Upper bounds on executions that run at the same time.
    pub concurrency: Concurrency,
    /// Timeout of work that names none. None: no limit.
    pub default_timeout: Option<Duration>,
    /// Overlap policy of new jobs that name none.
    pub default_overlap: Overlap,
    /// Whether a manual run ignores the overlap policy of the job.
    pub manual_runs_overlap: bool,
    /// Whether the system log gets a line for each end of an execution.
    pub logs_ends: bool,
    /// Time between SIGTERM and SIGKILL.
    pub kill_grace: Duration,
    /// Tools that all work shares.
    pub tools: Arc<Tools>,
    /// Path of the daemon's socket; commands get it as JOBS_SOCKET.
    pub socket: PathBuf,
    /// Limits of the history.
    pub limits: Limits,
    /// Settings of alerts.
    pub alerts: AlertSettings,
}

impl Scheduler {
    /// The current settings.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.read().clone()
    }

    /// Replaces the settings. A new zone moves the next runs of jobs without a zone of their own. Blocks; call it on a thread of the
    /// runtime that may block.
    pub fn configure(self: &Arc<Self>, settings: Settings) -> Result<()> {
        let _change = self.change();
        let has_another_zone = self.settings().zone != settings.zone;
        let limits = settings.concurrency;
        *self.settings.write() = Arc::new(settings);
        if has_another_zone {
            Handle::current().block_on(self.move_all(self.now(), false, |until| until))?;
        }
        if self.is_running() {
            // More slots may be free than before.
            let now = self.now();
            let effects = self.store.write(move |tx| {
                let mut effects = Effects::default();
                admit::promote(tx, limits, now, &mut effects)?;
                Ok(effects)
            })?;
            self.apply(effects);
        }
        self.launcher.ended.look_again();
        self.poke();
        Ok(())
    }
}

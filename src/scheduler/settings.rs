//! What the configuration says to the scheduler, and what follows when it says something else.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::{Effects, Scheduler, admit};
use jobs_error::Result;
use jobs_model::Overlap;
use jobs_runner::Tools;
use jobs_schedule::Zone;
use jobs_store::Limits;

/// What the configuration says to the scheduler. It may change while the daemon is up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The zone in which schedules without one of their own are read.
    pub zone: Zone,
    /// How many executions run at the same time.
    pub max_concurrent: u32,
    /// For work without a timeout of its own; nothing is for ever.
    pub default_timeout: Option<Duration>,
    /// What a new job does when it overlaps itself.
    pub default_overlap: Overlap,
    /// Whether a run by hand starts whatever the policy of the job says.
    pub manual_runs_overlap: bool,
    /// Whether each end of an execution is a line in the system log.
    pub logs_ends: bool,
    /// Between SIGTERM and SIGKILL.
    pub kill_grace: Duration,
    /// What the work of all jobs needs.
    pub tools: Arc<Tools>,
    /// The daemon's socket, told to commands as JOBS_SOCKET.
    pub socket: PathBuf,
    /// What the history keeps.
    pub limits: Limits,
}

impl Scheduler {
    /// What the configuration says now.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.read().clone()
    }

    /// What the configuration says from now on. A new zone moves the jobs that are read in it. Blocks, on a thread of the
    /// runtime that may.
    pub fn configure(self: &Arc<Self>, settings: Settings) -> Result<()> {
        let _change = self.change();
        let has_another_zone = self.settings().zone != settings.zone;
        let max = settings.max_concurrent;
        *self.settings.write() = Arc::new(settings);
        if has_another_zone {
            Handle::current().block_on(self.move_all(self.now(), |until| until))?;
        }
        if self.is_running() {
            // There may be room for more than before.
            let now = self.now();
            let effects = self.store.write(move |tx| {
                let mut effects = Effects::default();
                admit::promote(tx, max, now, &mut effects)?;
                Ok(effects)
            })?;
            self.apply(effects);
        }
        self.launcher.ended.look_again();
        self.poke();
        Ok(())
    }
}

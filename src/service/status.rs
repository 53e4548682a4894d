//! How the daemon is.

use super::Service;
use crate::api::DaemonStatus;
use crate::error::Result;
use crate::scheduler::clock;

impl Service {
    pub(super) fn daemon_status(&self) -> Result<DaemonStatus> {
        let now = clock::now();
        let (counts, live, next, is_paused) = self.store.read(|reader| {
            Ok((
                reader.job_counts(now)?,
                reader.live_total()?,
                reader.next_due()?,
                reader.pause()?.is_on(),
            ))
        })?;
        let facts = self.host.facts();
        // Nothing is due in a pause, whatever the schedules say.
        let (next_job, next_run) = next.filter(|_| !is_paused).unzip();
        Ok(DaemonStatus {
            name: self.host.app_name(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_string(),
            started_at: facts.started_at,
            uptime_seconds: now.since(facts.started_at).as_secs(),
            scheduler_running: self.scheduler.is_running(),
            paused: is_paused,
            trouble: self.scheduler.trouble(),
            timezone: self.scheduler.settings().zone.name().to_string(),
            jobs: counts.jobs,
            stopped: counts.stopped,
            running: u64::from(live.running),
            queued: u64::from(live.queued),
            next_job,
            next_run,
            config_file: facts.config_file.clone(),
            database: facts.database.clone(),
            log_folder: facts.log_folder.clone(),
            socket: facts.socket.clone(),
            http: self.host.http_url(),
        })
    }
}

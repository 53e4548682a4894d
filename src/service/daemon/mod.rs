//! The daemon: status, configuration, reload, shutdown; health and metrics in files of their own.

mod counts;
mod health;
mod metrics;
mod usage;
mod waits;

use super::{Cx, Service, import, summary};
pub(super) use counts::ExecutionCounts;
use jobs_api::{
    DaemonStatus, Done, JobsConfig, ProgramVersion, Reload, Reloaded, Settings, Shutdown, Status,
    Version,
};
use jobs_error::Result;
use jobs_schedule::Zone;

impl Service {
    pub(super) fn version(&self, _: &Cx, _: Version) -> Result<ProgramVersion> {
        Ok(ProgramVersion::own())
    }

    pub(super) fn status(&self, cx: &Cx, _: Status) -> Result<DaemonStatus> {
        let now = cx.now;
        let limits = self.scheduler.settings().concurrency;
        let (counts, live, next, is_paused, waits, open_alerts) = self.store.read(|reader| {
            Ok((
                reader.job_counts(now)?,
                reader.live_total()?,
                reader.next_due()?,
                reader.pause()?.is_on(),
                waits::waits(reader, limits, now)?,
                summary::open_alerts(reader)?,
            ))
        })?;
        let facts = self.host.facts();
        // No job is due in a pause.
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
            warnings: Zone::system_warning().into_iter().collect(),
            jobs: counts.jobs,
            stopped: counts.stopped,
            running: u64::from(live.running),
            queued: u64::from(live.queued),
            open_alerts,
            waits,
            next_job,
            next_run,
            config_file: facts.config_file.clone(),
            database: facts.database.clone(),
            log_folder: facts.log_folder.clone(),
            socket: facts.socket.clone(),
            http: self.host.http_url(),
        })
    }

    pub(super) fn config(&self, _: &Cx, _: Settings) -> Result<JobsConfig> {
        Ok(self.host.jobs_config())
    }

    pub(super) fn reload(&self, cx: &Cx, _: Reload) -> Result<Reloaded> {
        let mut warnings = self.host.reload()?;
        if let Some(crontab) = &self.host.facts().crontab {
            warnings.extend(import::news(&self.import_file(cx, crontab)?));
        }
        for warning in &warnings {
            tracing::warn!("reload: {warning}");
        }
        Ok(Reloaded { warnings })
    }

    pub(super) fn shutdown(&self, _: &Cx, _: Shutdown) -> Result<Done> {
        self.host.shut_down();
        Ok(Done {})
    }
}

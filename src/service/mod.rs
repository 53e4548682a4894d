//! What each verb means. The doors call it; it decides, and leaves the work to the store and the scheduler.

mod change;
mod given;
mod import;
mod jobs;
mod logs;
mod names;
mod shown;
mod status;
mod work;

use std::path::PathBuf;
use std::sync::Arc;

use crate::api::{
    Add, Added, Cancel, DaemonStatus, Done, Edit, Env, Environment, FunctionInfo, Functions,
    History, Import, ImportReport, JobRef, JobView, List, LogChunk, Logs, Next, NextRuns,
    Operations, Ran, Reload, Reloaded, Restart, Rm, Run, Show, Shutdown, Skip, Status, Stop,
};
use crate::error::{Error, Result};
use crate::model::{Execution, Job};
use crate::output::Outputs;
use crate::schedule::Time;
use crate::scheduler::{Scheduler, clock};
use crate::store::{HistoryFilter, Reader, Store};

/// What the service needs to know of the daemon around it, and may ask of it.
pub struct Surroundings {
    /// The name of this installation.
    pub app_name: Box<dyn Fn() -> String + Send + Sync>,
    pub started_at: Time,
    pub config_file: String,
    pub database: String,
    pub log_folder: String,
    pub socket: String,
    /// The crontab of `start --crontab`, taken over again at each reload.
    pub crontab: Option<PathBuf>,
    /// Reads the configuration again; returns what the operator should know.
    pub reload: Box<dyn Fn() -> Result<Vec<String>> + Send + Sync>,
    /// Begins the end of the daemon.
    pub shut_down: Box<dyn Fn() + Send + Sync>,
}

/// The operations, done for real.
pub struct Service {
    store: Store,
    outputs: Outputs,
    scheduler: Arc<Scheduler>,
    surroundings: Surroundings,
}

impl Service {
    /// A service over the rooms that the daemon has built.
    pub fn new(
        store: Store,
        outputs: Outputs,
        scheduler: Arc<Scheduler>,
        surroundings: Surroundings,
    ) -> Service {
        Service {
            store,
            outputs,
            scheduler,
            surroundings,
        }
    }
}

impl Operations for Service {
    fn status(&self, _: Status) -> Result<DaemonStatus> {
        self.daemon_status()
    }

    fn add(&self, ask: Add) -> Result<Added> {
        self.add_job(&ask)
    }

    fn list(&self, ask: List) -> Result<Vec<JobView>> {
        self.list_jobs(&ask)
    }

    fn show(&self, ask: Show) -> Result<JobView> {
        self.store.read(|reader| {
            let job = find(reader, &ask.job)?;
            jobs::view(reader, job, clock::now())
        })
    }

    fn edit(&self, ask: Edit) -> Result<Added> {
        self.edit_job(&ask)
    }

    fn rm(&self, ask: Rm) -> Result<Vec<JobView>> {
        self.remove_jobs(ask.jobs)
    }

    fn run(&self, ask: Run) -> Result<Ran> {
        let job = self.store.read(|reader| find(reader, &ask.job))?;
        self.run_job(&job)
    }

    fn stop(&self, ask: Stop) -> Result<Vec<JobView>> {
        self.stop_jobs(ask)
    }

    fn skip(&self, ask: Skip) -> Result<JobView> {
        self.skip_occurrences(ask)
    }

    fn restart(&self, ask: Restart) -> Result<Vec<JobView>> {
        self.restart_jobs(ask.jobs)
    }

    fn cancel(&self, ask: Cancel) -> Result<Execution> {
        self.cancel_execution(ask.exec_id).map(shown::execution)
    }

    fn logs(&self, ask: Logs) -> Result<LogChunk> {
        self.read_logs(&ask)
    }

    fn history(&self, ask: History) -> Result<Vec<Execution>> {
        const DEFAULT: u32 = 20;
        const MAX: u32 = 500;
        let limit = ask.limit.unwrap_or(DEFAULT);
        if !(1..=MAX).contains(&limit) {
            return Err(
                Error::invalid("limit", format!("`{limit}` is not in 1 to {MAX}"))
                    .hint("ask for the next page with `before`"),
            );
        }
        self.store.read(|reader| {
            let job_id = match &ask.job {
                Some(job) => Some(find(reader, job)?.id),
                None => None,
            };
            if let Some(exec_id) = ask.exec_id
                && reader.execution(exec_id)?.is_none()
            {
                return Err(Error::NoSuchExecution(exec_id));
            }
            let filter = HistoryFilter {
                job_id,
                status: ask.status,
                before: ask.before,
                exec_id: ask.exec_id,
            };
            let found = reader.history(&filter, i64::from(limit))?;
            Ok(found.into_iter().map(shown::execution).collect())
        })
    }

    fn next(&self, ask: Next) -> Result<NextRuns> {
        self.next_runs(&ask)
    }

    fn env(&self, ask: Env) -> Result<Environment> {
        self.environment(&ask.job)
    }

    fn functions(&self, _: Functions) -> Result<Vec<FunctionInfo>> {
        Ok(work::functions())
    }

    fn import(&self, ask: Import) -> Result<ImportReport> {
        self.import_crontab(ask)
    }

    fn reload(&self, _: Reload) -> Result<Reloaded> {
        let mut warnings = (self.surroundings.reload)()?;
        if let Some(crontab) = &self.surroundings.crontab {
            warnings.extend(import::news(&self.take_over(crontab)?));
        }
        for warning in &warnings {
            tracing::warn!("reload: {warning}");
        }
        Ok(Reloaded { warnings })
    }

    fn shutdown(&self, _: Shutdown) -> Result<Done> {
        (self.surroundings.shut_down)();
        Ok(Done {})
    }
}

/// The job that somebody refers to.
fn find(reader: &mut Reader<'_>, job: &JobRef) -> Result<Job> {
    if job.as_str().is_empty() {
        return Err(Error::invalid("job", "is missing").hint("give the name or the id of a job"));
    }
    let found = match job.id() {
        Some(id) => reader.job(id)?,
        None => reader.job_named(job.as_str())?,
    };
    found.ok_or_else(|| Error::NoSuchJob(job.to_string()))
}

/// All the jobs that somebody refers to, each once; none of them when one does not exist.
fn find_all(reader: &mut Reader<'_>, jobs: &[JobRef]) -> Result<Vec<Job>> {
    if jobs.is_empty() {
        return Err(Error::invalid("jobs", "is missing").hint("give the names or ids of jobs"));
    }
    let mut found: Vec<Job> = Vec::with_capacity(jobs.len());
    for job in jobs {
        let job = find(reader, job)?;
        if found.iter().all(|other| other.id != job.id) {
            found.push(job);
        }
    }
    Ok(found)
}

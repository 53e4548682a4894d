//! What each verb means. The doors call it; it decides, and leaves the work to the store and the scheduler.

mod access;
mod audit;
mod calls;
mod change;
mod figures;
mod given;
mod host;
mod import;
mod jobs;
mod kept;
mod logs;
mod names;
mod shown;
mod status;
mod views;
mod work;

use std::sync::Arc;

use crate::api::{
    Account, Add, Added, AdminAdd, AdminEdit, AdminList, AdminPasswd, AdminRm, AdminRotateKey,
    AdminStatus, Audit, AuditEntry, Cancel, Check, Checked, ClearLogs, Cleared, DaemonStatus, Done,
    Edit, Entries, Entry, Env, Environment, Exposition, FunctionInfo, Functions, Health,
    HealthReport, History, Import, ImportReport, IpAdd, IpLists, IpRemove, IpStatus, JobCount,
    JobRef, JobState, JobStatus, JobView, JobsConfig, List, LogChunk, LogEntry, LoggedIn, Login,
    Logs, Metrics, NewToken, Next, NextRuns, Operations, Page, Pause, Profile, ProfileEdit, Ran,
    Reload, Reloaded, Restart, Resume, Rm, Run, SchedulerJobs, SchedulerState, SchedulerView,
    Settings, Show, Shutdown, Skip, Status, Stop, SwitchState, Switches, SystemLog, SystemLogFile,
    SystemLogLine, SystemLogPart, TaskCount, TokenAdd, TokenInfo, TokenList, TokenRm,
};
use crate::error::{Error, Result};
use crate::model::{Execution, Job};
use crate::output::Outputs;
use crate::scheduler::{Scheduler, clock};
use crate::store::{HistoryFilter, Reader, Store};
pub use access::{Access, AccessSettings};
use audit::Deed;
use figures::Figures;
pub use host::{Host, HostFacts};
use kept::Kept;

/// The operations, done for real. Cheap to clone; every clone is the same service.
#[derive(Clone)]
pub struct Service {
    store: Store,
    outputs: Outputs,
    scheduler: Arc<Scheduler>,
    access: Arc<Access>,
    figures: Arc<Figures>,
    kept: Arc<Kept>,
    host: Arc<dyn Host>,
    /// What is being done and by whom, when it is a change that a door asked for.
    deed: Option<Arc<Deed>>,
}

impl Service {
    /// A service over the rooms that the daemon has built.
    pub fn new(
        store: Store,
        outputs: Outputs,
        scheduler: Arc<Scheduler>,
        access: Arc<Access>,
        host: Arc<dyn Host>,
    ) -> Service {
        Service {
            figures: Figures::of(store.events()),
            kept: Arc::default(),
            store,
            outputs,
            scheduler,
            access,
            host,
            deed: None,
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

    fn list(&self, ask: List) -> Result<Page<JobView>> {
        self.store
            .read(|reader| jobs::list(reader, &ask, clock::now()))
    }

    fn show(&self, ask: Show) -> Result<JobView> {
        self.store
            .read(|reader| jobs::show(reader, &ask, clock::now()))
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
        given::exec_id(ask.exec_id)?;
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
        let mut warnings = self.host.reload()?;
        if let Some(crontab) = &self.host.facts().crontab {
            warnings.extend(import::news(&self.take_over(crontab)?));
        }
        for warning in &warnings {
            tracing::warn!("reload: {warning}");
        }
        Ok(Reloaded { warnings })
    }

    fn shutdown(&self, _: Shutdown) -> Result<Done> {
        self.host.shut_down();
        Ok(Done {})
    }

    fn health(&self, _: Health) -> Result<HealthReport> {
        self.health_report()
    }

    fn metrics(&self, _: Metrics) -> Result<Exposition> {
        self.exposition()
    }

    fn pause(&self, _: Pause) -> Result<SchedulerState> {
        self.pause_scheduler(true)
    }

    fn resume(&self, _: Resume) -> Result<SchedulerState> {
        self.pause_scheduler(false)
    }

    fn check(&self, _: Check) -> Result<Checked> {
        self.check_jobs()
    }

    fn scheduler(&self, _: SchedulerJobs) -> Result<SchedulerView> {
        self.scheduler_view()
    }

    fn job_state(&self, _: JobState) -> Result<JobCount> {
        self.job_count()
    }

    fn job_status(&self, _: JobStatus) -> Result<TaskCount> {
        self.task_count()
    }

    fn entries(&self, ask: Entries) -> Result<Page<LogEntry>> {
        self.log_entries(&ask)
    }

    fn entry(&self, ask: Entry) -> Result<LogEntry> {
        self.log_entry(&ask)
    }

    fn clear_logs(&self, ask: ClearLogs) -> Result<Cleared> {
        self.clear(&ask)
    }

    fn system_log(&self, ask: SystemLog) -> Result<Page<SystemLogLine>> {
        self.system_log_lines(&ask)
    }

    fn system_log_file(&self, ask: SystemLogFile) -> Result<SystemLogPart> {
        self.system_log_part(&ask)
    }

    fn switch_state(&self, _: SwitchState) -> Result<Switches> {
        Ok(self.host.switches())
    }

    fn config(&self, _: Settings) -> Result<JobsConfig> {
        Ok(self.host.jobs_config())
    }

    fn login(&self, ask: Login) -> Result<LoggedIn> {
        self.log_in(&ask)
    }

    fn profile(&self, _: Profile) -> Result<Account> {
        self.own_account()
    }

    fn profile_edit(&self, ask: ProfileEdit) -> Result<Account> {
        self.edit_own_account(ask)
    }

    fn admin_add(&self, ask: AdminAdd) -> Result<Account> {
        self.add_admin(ask)
    }

    fn admin_list(&self, ask: AdminList) -> Result<Page<Account>> {
        self.list_admins(&ask)
    }

    fn admin_edit(&self, ask: AdminEdit) -> Result<Account> {
        self.edit_admin(ask)
    }

    fn admin_passwd(&self, ask: AdminPasswd) -> Result<Account> {
        self.change_password(ask)
    }

    fn admin_status(&self, ask: AdminStatus) -> Result<Account> {
        self.enable_admin(ask)
    }

    fn admin_rm(&self, ask: AdminRm) -> Result<Account> {
        self.remove_admin(ask)
    }

    fn admin_rotate_key(&self, _: AdminRotateKey) -> Result<Done> {
        self.rotate_key()
    }

    fn token_add(&self, ask: TokenAdd) -> Result<NewToken> {
        self.add_token(ask)
    }

    fn token_list(&self, _: TokenList) -> Result<Vec<TokenInfo>> {
        self.list_tokens()
    }

    fn token_rm(&self, ask: TokenRm) -> Result<TokenInfo> {
        self.remove_token(ask)
    }

    fn ip_status(&self, _: IpStatus) -> Result<IpLists> {
        self.ip_lists()
    }

    fn ip_add(&self, ask: IpAdd) -> Result<IpLists> {
        self.add_network(&ask)
    }

    fn ip_remove(&self, ask: IpRemove) -> Result<IpLists> {
        self.remove_network(&ask)
    }

    fn audit(&self, ask: Audit) -> Result<Page<AuditEntry>> {
        self.list_audit(&ask)
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

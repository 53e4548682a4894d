//! Questions to the store: each method of [`Reader`] forwards to the backend.

use std::collections::HashMap;

use super::sqlite;
use super::{
    DueNotices, EntryFilter, HistoryFilter, Hours, JobCounts, JobFilter, JobListing, JobName,
    JobOutcome, Lease, LiveCounts, Owner, PlannedJob, RetryLink, SlowRun, Startable, Troubles,
    Waiting,
};
use jobs_error::Result;
use jobs_model::{
    Admin, Admitted, Alert, AlertRule, AlertTime, AuditFilter, AuditRow, Channel, Condition,
    ExecId, Execution, IpList, Job, JobFigures, JobId, JobRuns, LastExecution, NoticeRow,
    NoticeState, Overlap, Session, Status, StripRun, TimeKind, Token,
};
use jobs_schedule::Time;

/// A consistent view of the database: all answers are of the same version of it.
pub struct Reader<'c> {
    pub(super) link: Link<'c>,
}

/// The backend's side of a reader or of a transaction. A second backend is a second variant.
pub(crate) enum Link<'c> {
    Sqlite(sqlite::Session<'c>),
}

/// Methods that the backend answers: their signatures, without `&mut self` and with `Result` left out.
macro_rules! forward {
    ($($(#[$meta:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $answer:ty;)+) => {
        $($(#[$meta])*
        $visibility fn $name(&mut self, $($argument: $type),*) -> Result<$answer> {
            match self.link() {
                $crate::reader::Link::Sqlite(session) => session.$name($($argument),*),
            }
        })+
    };
}

pub(super) use forward;

/// Jobs.
impl<'c> Reader<'c> {
    pub(super) fn link(&mut self) -> &mut Link<'c> {
        &mut self.link
    }

    forward! {
        /// The job with that id.
        pub fn job(id: JobId) -> Option<Job>;

        /// The job with that name.
        pub fn job_named(name: &str) -> Option<Job>;

        /// Whether there is a job with that name.
        pub fn has_job_named(name: &str) -> bool;

        /// All names that begin so.
        pub fn job_names_from(beginning: &str) -> Vec<String>;

        /// The names of those of the jobs that exist, and whether each is stopped at `now`.
        pub fn job_names(ids: &[JobId], now: Time) -> HashMap<JobId, JobName>;

        /// The jobs that pass the filter, in its order.
        pub fn jobs(filter: &JobFilter) -> Vec<Job>;

        /// As [`Reader::jobs`], at most `limit` without the first `skipped`.
        pub fn page_of_jobs(filter: &JobFilter, skipped: i64, limit: i64) -> Vec<Job>;

        /// As [`Reader::page_of_jobs`], the ids alone.
        pub fn page_of_job_ids(filter: &JobFilter, skipped: i64, limit: i64) -> Vec<JobId>;

        /// The number of jobs that pass the filter.
        pub fn jobs_total(filter: &JobFilter) -> u64;

        /// A page of the jobs that pass the filter: at most as many as the second number without the first ones; their total; and if
        /// wanted the number of jobs in each choice.
        pub fn job_listing(filter: &JobFilter, page: (i64, i64), with_counts: bool) -> JobListing;

        /// How the last executions of these jobs went.
        pub fn job_runs(ids: &[JobId]) -> HashMap<JobId, JobRuns>;

        /// The latest executions of a job that ran or were missed, at most `most`, the oldest first. Looks at the last few hundred
        /// rows of the history only.
        pub fn strip(job_id: JobId, most: u32) -> Vec<StripRun>;

        /// The running execution of a job that started first, and when.
        pub fn oldest_running(job_id: JobId) -> Option<(ExecId, Option<Time>)>;

        /// The number of jobs, and of those that are stopped at `now`.
        pub fn job_counts(now: Time) -> JobCounts;

        /// At most `limit` jobs that are due at `now`, the longest overdue first.
        pub fn due(now: Time, limit: i64) -> Vec<Job>;

        /// As [`Reader::due`], the latest due first.
        pub fn newest_due(now: Time, limit: i64) -> Vec<Job>;

        /// The name of the job that is due next, and when.
        pub fn next_due() -> Option<(String, Time)>;

        /// The number of jobs, without `other_than`, whose next occurrence is at that instant.
        pub fn jobs_scheduled_at(at: Time, other_than: JobId) -> u64;

        /// The jobs that are not stopped for good, in the order of their ids: at most `limit` with a greater id.
        pub fn active_jobs_after(id: JobId, limit: i64) -> Vec<Job>;

        /// As [`Reader::active_jobs_after`], only what decides when they start.
        pub fn planned_jobs_after(id: JobId, limit: i64) -> Vec<PlannedJob>;

        /// The jobs that are not stopped for good and whose schedule names `@reboot`, in the order of their ids.
        pub fn boot_jobs() -> Vec<Job>;

        /// At most `limit` jobs that are not stopped at `now`: the one that is due next first, then those that are never due.
        pub fn active_jobs(now: Time, limit: i64) -> Vec<Job>;

        /// All jobs in the order of their ids: at most `limit` with a greater id.
        pub fn jobs_after(id: JobId, limit: i64) -> Vec<Job>;

        /// The jobs that were imported from a crontab, in the order in which they were added.
        pub fn jobs_from(origin: &str) -> Vec<Job>;
    }
}

/// Executions.
impl Reader<'_> {
    forward! {
        /// The execution with that number.
        pub fn execution(exec_id: ExecId) -> Option<Execution>;

        /// The lease of an execution: absent before it was claimed.
        pub fn lease(exec_id: ExecId) -> Option<Lease>;

        /// The last number that an execution got; 0 before the first.
        pub fn last_number() -> ExecId;

        /// Whether there is no execution at all.
        pub fn is_new() -> bool;

        /// At most `limit` executions that pass the filter: the one with the greatest number first, or with a time in the filter the
        /// one that was due last.
        pub fn history(filter: &HistoryFilter, limit: i64) -> Vec<Execution>;

        /// The executions that ended from `from` to before `until`, and the occurrences that did not run, by the begin of their
        /// quarter of an hour and by status.
        pub fn counts_by_quarter(from: Time, until: Time) -> Vec<(Time, Status, u64)>;

        /// Whether executions are left for [`super::Tx::count_history`].
        pub fn has_uncounted() -> bool;

        /// The executions that failed and the occurrences that were missed, recorded from `from` to before `until`, by job; and how
        /// many occurrences of each gap were missed.
        pub fn troubles(from: Time, until: Time, gaps: &[(Time, Time)]) -> Troubles;

        /// The longest execution of each job that took longer than usual and ended from `from` to before `until`, the longest first.
        pub fn slow_runs(from: Time, until: Time) -> Vec<SlowRun>;

        /// At most `limit` executions that pass the filter, without the first `skipped`.
        pub fn entries(filter: &EntryFilter, skipped: i64, limit: i64) -> Vec<Execution>;

        /// The number of executions that pass the filter.
        pub fn entries_total(filter: &EntryFilter) -> u64;

        /// The number of the latest execution of a job; 0 when it has none.
        pub fn last_execution(job_id: JobId) -> ExecId;

        /// The instant for which the latest execution of a job was due.
        pub fn last_due(job_id: JobId) -> Option<Time>;

        /// When the latest successful execution of a job ended.
        pub fn last_success(job_id: JobId) -> Option<Time>;

        /// The latest execution of a job that has ended or did not run, without its output.
        pub fn last_ended(job_id: JobId) -> Option<LastExecution>;

        /// How the last executions of at most `limit` jobs ended: those with the smallest numbers.
        pub fn last_outcomes(limit: i64) -> Vec<JobOutcome>;

        /// The executions with these numbers, in this order, without those that are gone.
        pub fn executions(numbers: &[ExecId]) -> Vec<Execution>;

        /// The latest execution of a job, later than `after`, that has output or may get some. `times` are now and the end of
        /// the time for which executions are claimed ahead: an execution that begins in between has no output yet.
        pub fn last_with_output(job_id: JobId, after: ExecId, times: (Time, Time)) -> Option<Execution>;

        /// The sum of what the executions keep, output and rows, in bytes.
        pub fn kept_bytes() -> i64;

        /// The executions that ended from `from` to before `until`, counted by job and sorted by name: of all jobs, also of those
        /// without any, and of removed jobs that have some; or of `job` alone, a name or an id.
        ///
        /// A change is counted between an execution and the one before it (by number) in the time, where one ended well and the
        /// other failed; cancelled executions and occurrences that did not run are left out of that.
        ///
        /// # Errors
        ///
        /// [`jobs_error::Error::NoSuchJob`] when `job` is neither a job nor a removed one that has executions in the time.
        pub fn figures(from: Time, until: Time, job: Option<&str>) -> Vec<JobFigures>;
    }
}

/// Executions that are not over.
impl Reader<'_> {
    forward! {
        /// The numbers of executions that run and wait, by job; only jobs that have some.
        pub fn live_counts() -> HashMap<JobId, LiveCounts>;

        /// The numbers of executions of one job that run and wait.
        pub fn live_counts_of(job_id: JobId) -> LiveCounts;

        /// The same without the retries that wait for a time after `now`.
        pub fn live_counts_at(job_id: JobId, now: Time) -> LiveCounts;

        /// The numbers of executions that run and wait, of all jobs.
        pub fn live_total() -> LiveCounts;

        /// The number of executions that run, of all jobs. Its cost does not depend on how many wait.
        pub fn running_total() -> u32;

        /// The numbers of executions that run, by job; only jobs that have some. Its cost does not depend on how many wait.
        pub fn running_counts() -> HashMap<JobId, u32>;

        /// The jobs of which executions wait and need not wait past `now`: the number of these executions, and when the first was due.
        pub fn waiting(now: Time) -> Vec<Waiting>;

        /// The executions with a status that is not final, the oldest first.
        pub fn live(status: Status) -> Vec<Execution>;

        /// The executions of a job that run or wait, the oldest first.
        pub fn live_of(job_id: JobId) -> Vec<Execution>;

        /// The executions that run by a lease of another owner, or by none, the oldest first.
        pub fn running_of_others(owner: Owner) -> Vec<Execution>;

        /// Executions that wait and may start, the oldest first: their job lets them overlap, or none of it runs. Of a job that runs
        /// one at a time there may be several here, of which only the first may start. A retry waits for its time.
        pub fn startable(wanted: Startable) -> Vec<(Admitted, Overlap)>;

        /// The time of the next retry that waits for one after `after`.
        pub fn next_retry(after: Time) -> Option<Time>;

        /// The place of an execution in its chain of retries.
        pub fn retry_link(exec_id: ExecId) -> Option<RetryLink>;
    }
}

/// Accounts, tokens, networks, the audit.
impl Reader<'_> {
    forward! {
        /// The account of that name or number.
        pub fn admin(name: &str) -> Option<Admin>;

        /// The account of that name, in any case.
        pub fn admin_named(name: &str) -> Option<Admin>;

        /// All accounts, the newest first.
        pub fn admins() -> Vec<Admin>;

        /// At most `limit` accounts without the first `skipped`, the newest first.
        pub fn page_of_admins(skipped: i64, limit: i64) -> Vec<Admin>;

        /// The number of accounts.
        pub fn admins_total() -> u64;

        /// Whether an account other than this one may log in and has the role `admin`.
        pub fn has_admin_other_than(id: i64) -> bool;

        /// The token of that name or number.
        pub fn token(name: &str) -> Option<Token>;

        /// All tokens, the newest first.
        pub fn tokens() -> Vec<Token>;

        /// All sessions of the web page, the newest first.
        pub fn sessions() -> Vec<Session>;

        /// The channel of that name or number.
        pub fn channel(name: &str) -> Option<Channel>;

        /// All channels, in the order of their names.
        pub fn channels() -> Vec<Channel>;

        /// The networks of both lists, in the order in which they were added.
        pub fn networks() -> Vec<(IpList, String)>;

        /// The rows of the audit that pass the filter, the newest first: at most `limit` without the first `skipped`.
        pub fn audit(filter: &AuditFilter, skipped: i64, limit: i64) -> Vec<AuditRow>;

        /// The number of rows of the audit that pass the filter.
        pub fn audit_total(filter: &AuditFilter) -> u64;

        /// The rows of the audit that concern a job, the newest first: at most `limit` without the first `skipped`. With each the
        /// name that the job has in `before` and `after`. The job may be removed.
        pub fn audit_of_job(job_id: JobId, skipped: i64, limit: i64) -> Vec<(AuditRow, String)>;

        /// The number of rows of the audit that concern a job.
        pub fn audit_of_job_total(job_id: JobId) -> u64;

        /// The row of the audit with that number, if it concerns the job.
        pub fn audit_row_of_job(job_id: JobId, id: i64) -> Option<(AuditRow, String)>;
    }
}

/// Alerts.
impl Reader<'_> {
    forward! {
        /// All rules, sorted by name.
        pub fn alert_rules() -> Vec<AlertRule>;

        /// The open alerts of a job (0: of the daemon), the oldest first.
        pub fn open_alerts(job_id: JobId) -> Vec<Alert>;

        /// The alert with that number.
        pub fn alert(id: i64) -> Option<Alert>;

        /// At most `limit` alerts, the newest first; of one job, or of all; only those that are open, or also those that have closed.
        pub fn alerts(job_id: Option<JobId>, only_open: bool, limit: i64) -> Vec<Alert>;

        /// The names of at most `limit` jobs whose `notify` has that channel.
        pub fn jobs_that_notify(channel: &str, limit: i64) -> Vec<String>;

        /// The number of open alerts by condition.
        pub fn open_alert_counts() -> Vec<(Condition, u64)>;

        /// An instant at which something is to be looked at.
        pub fn alert_time(kind: TimeKind, job_id: JobId, of: i64) -> Option<Time>;

        /// At most `limit` of the instants up to `now`, the earliest first.
        pub fn due_alert_times(now: Time, limit: i64) -> Vec<AlertTime>;

        /// The channels for which notices wait, with the instant at which the first of them may be sent.
        pub fn channels_with_notices() -> Vec<(String, Time)>;

        /// At most `limit` notices that wait for a channel and may be sent at `now`, the oldest first.
        pub fn due_notices(channel: &str, now: Time, limit: i64) -> Vec<NoticeRow>;

        /// The number of the newest notice that waits for a channel and may be sent at `now`.
        pub fn last_due_notice(channel: &str, now: Time) -> Option<i64>;

        /// The numbers of these notices, and of those of them that tell the end of an alert.
        pub fn due_recovered(which: &DueNotices) -> (u64, u64);

        /// The number of these notices, and of those of them that have expired.
        pub fn due_total(which: &DueNotices) -> (u64, u64);

        /// At most `limit` notices, the newest first; of one job, or of all.
        pub fn notices(job_id: Option<JobId>, limit: i64) -> Vec<NoticeRow>;

        /// When messages were sent to a channel after `since`. A message may hold several notices.
        pub fn messages_since(channel: &str, since: Time) -> Vec<Time>;

        /// When the last message to a channel was sent.
        pub fn last_message(channel: &str) -> Option<Time>;

        /// When a channel is left alone.
        pub fn channel_hours_of(channel: &str) -> Hours;

        /// The number of notices by channel and state.
        pub fn notice_counts() -> Vec<(String, NoticeState, u64)>;
    }
}

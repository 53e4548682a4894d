//! Parameters and results of the store: filters, counts, ends of executions.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use jobs_model::{
    ExecId, Job, JobId, JobSort, JobsOnly, ListCounts, Mode, NoticeState, Overlap, Source, State,
    Status,
};
use jobs_schedule::Time;

/// Filter for jobs. An absent field matches every job.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// Part of the name.
    pub name: Option<String>,
    /// The kind of work.
    pub mode: Option<Mode>,
    /// The state at `now`.
    pub state: Option<State>,
    /// The status of the latest execution that has ended or did not run is one of these. Empty: any.
    pub last: Vec<Status>,
    /// Part of the name, the description, the schedule or the work with secrets masked, in any case.
    pub text: Option<String>,
    pub tag: Option<String>,
    pub only: Option<JobsOnly>,
    /// Only these jobs.
    pub ids: Option<Vec<JobId>>,
    /// The present: some states end by themselves.
    pub now: Option<Time>,
    /// The order; absent: by the next run.
    pub sort: Option<JobSort>,
    /// Whether the order is reversed. Jobs without the value stay last.
    pub is_reversed: bool,
}

/// A page of a list of jobs.
#[derive(Clone, Debug)]
pub struct JobListing {
    pub jobs: Vec<Job>,
    /// The number of jobs that pass the filter.
    pub total: u64,
    /// The number of jobs in each choice that pass the filter; its own choice does not count. Absent unless wanted.
    pub counts: Option<ListCounts>,
}

/// Number of jobs, and number of stopped jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobCounts {
    pub jobs: u64,
    pub stopped: u64,
}

/// Labels of a job's figures: its name, and whether it is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobName {
    pub name: String,
    pub is_stopped: bool,
}

/// The fields that decide when a job starts, and its usual duration.
#[derive(Clone, Debug)]
pub struct PlannedJob {
    pub id: JobId,
    pub name: String,
    pub cron_expr: String,
    pub timezone: Option<String>,
    pub allow_mode: Overlap,
    pub max_run_count: i64,
    pub run_count: i64,
    pub start_at: Option<Time>,
    pub end_at: Option<Time>,
    pub stopped_until: Option<Time>,
    pub skip_next: i64,
    pub anchor_at: Time,
    pub claimed_until: Option<Time>,
    /// Usual duration, in milliseconds; absent with few successes.
    pub usual_ms: Option<i64>,
}

/// Filter for executions. An absent field matches every execution.
#[derive(Clone, Debug, Default)]
pub struct HistoryFilter {
    pub job_id: Option<JobId>,
    /// Any of these statuses; empty: every status.
    pub statuses: Vec<Status>,
    /// Only executions with a smaller number; with a time: only those that come after this one in the order of the answer.
    pub before: Option<ExecId>,
    /// Only executions with a greater number.
    pub after: Option<ExecId>,
    pub exec_id: Option<ExecId>,
    /// Only executions that were due at this instant or later.
    pub since: Option<Time>,
    /// Only executions that were due before this instant.
    pub until: Option<Time>,
    pub source: Option<Source>,
    /// Only executions that took longer than this, or that run and have begun before the time beside it.
    pub longer_than: Option<(Duration, Time)>,
    /// Whether the output is left out.
    pub without_output: bool,
}

/// The end of an execution, as it is recorded.
#[derive(Clone, Debug)]
pub struct Finished {
    pub status: Status,
    pub exit_code: Option<i32>,
    /// When the work began; absent when it never began.
    pub started_at: Option<Time>,
    pub ended_at: Time,
    pub duration_ms: Option<i64>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub stdout_bytes: i64,
    pub stderr_bytes: i64,
    /// Size of the stored output in the row and in files, in bytes.
    pub kept_bytes: i64,
    /// Whether the output has files.
    pub in_file: bool,
    pub error: Option<String>,
    pub attempts: i32,
    pub cpu_ms: Option<i64>,
    pub max_rss_bytes: Option<i64>,
}

/// Filter for executions. An absent field matches every execution.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    pub job_id: Option<JobId>,
    pub status: Option<Status>,
    /// Range of `scheduled_at`.
    pub due: Option<Range<Time>>,
    /// Whether the first admitted execution comes first. Otherwise the last one does.
    pub oldest_first: bool,
}

/// Which executions of a job to delete.
#[derive(Clone, Debug)]
pub struct Clearing {
    pub job_id: JobId,
    /// Range of `scheduled_at`. Each step moves its start past the executions that it has examined.
    pub due: Option<Range<Time>>,
    /// The latest execution at the time of the request; newer ones stay.
    pub up_to: ExecId,
}

/// Which waiting executions may start.
#[derive(Clone, Copy, Debug)]
pub struct Startable {
    /// Upper bound on their number.
    pub limit: usize,
    /// The present: a retry waits for its time.
    pub now: Time,
    /// Whether only executions may start that a caller asked for.
    pub by_hand_only: bool,
    /// Only executions of jobs of which fewer than so many run; absent: of all jobs.
    pub fewer_than: Option<u32>,
}

/// The executions of a job that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub job_id: JobId,
    pub executions: u32,
    /// When the first of them was due.
    pub since: Time,
}

/// Position of an execution in a chain of retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryLink {
    pub job_id: JobId,
    pub scheduled_at: Time,
    /// The first execution of the chain.
    pub first: ExecId,
    /// Number of the retry; 0 is the first execution.
    pub number: i64,
    /// How many retries may follow.
    pub left: i64,
}

/// The executions that failed in a time and the occurrences that were missed, by job.
#[derive(Clone, Debug, Default)]
pub struct Troubles {
    pub failed: HashMap<JobId, FailedRuns>,
    pub missed: HashMap<JobId, MissedOccurrences>,
    /// The occurrences that were due in each of the gaps and recorded in the time.
    pub missed_in_gaps: Vec<u64>,
}

/// The executions of a job that failed in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedRuns {
    pub number: u64,
    /// The one with the greatest number, how it ended, and when.
    pub last: ExecId,
    pub status: Status,
    pub ended_at: Time,
}

/// The occurrences of a job that were recorded as missed in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissedOccurrences {
    pub number: u64,
    /// When the first of them was due, and when the last of them was recorded.
    pub from: Time,
    pub until: Time,
    /// The number of the last record.
    pub last: ExecId,
}

/// An execution that took longer than usual, with its duration and the usual one at its end, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowRun {
    pub job_id: JobId,
    pub exec_id: ExecId,
    pub took_ms: i64,
    pub usual_ms: i64,
}

/// Number of running and of waiting executions of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveCounts {
    pub running: u32,
    pub queued: u32,
}

impl LiveCounts {
    /// Adds `number` executions with a status. Ignores final statuses.
    pub(super) fn add(&mut self, status: Status, number: i64) {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        match status {
            Status::Running => self.running += number,
            Status::Queued => self.queued += number,
            Status::Success
            | Status::Failed
            | Status::Timeout
            | Status::Cancelled
            | Status::Interrupted
            | Status::Skipped
            | Status::Missed => {}
        }
    }
}

/// Notices that wait for a channel.
#[derive(Clone, Debug)]
pub struct DueNotices {
    pub channel: String,
    /// Only those that may be sent by now.
    pub now: Time,
    /// Only those with a number up to this one.
    pub up_to: i64,
    /// Only those that expire up to then; absent: all.
    pub expired_at: Option<Time>,
    /// Only these.
    pub ids: Option<Vec<i64>>,
}

/// The end of notices.
#[derive(Clone, Copy, Debug)]
pub struct NoticeEnd<'e> {
    pub state: NoticeState,
    pub at: Time,
    pub reason: Option<&'e str>,
}

/// A delay of notices.
#[derive(Clone, Copy, Debug)]
pub struct NoticeDelay<'d> {
    pub due_at: Time,
    /// Set when the delay is meant: then they do not expire before.
    pub expires_at: Option<Time>,
    pub reason: &'d str,
    /// Whether sending was tried.
    pub was_tried: bool,
    /// Whether critical ones are left as they are.
    pub but_critical: bool,
}

/// When a channel is left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    pub channel: String,
    /// Quiet hours, as a caller gave them; empty: none.
    pub quiet: String,
    /// Upper bound on messages in an hour; 0: that of the configuration.
    pub max_per_hour: u64,
}

/// How the last execution of a job ended, or that an occurrence did not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobOutcome {
    /// The job.
    pub job_id: JobId,
    /// Whether it succeeded.
    pub is_success: bool,
    /// How long it took, in milliseconds.
    pub took_ms: Option<i64>,
    /// When the last execution that succeeded ended.
    pub last_success: Option<Time>,
}

//! The answers that are not nouns, and how a job is referred to.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::model::{Bytes, ExecId, Execution, Job, JobId, LastExecution, State, Status};
use crate::schedule::Time;

/// A job as somebody refers to it: by name, or by id when it is digits only. In JSON a string or a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JobRef(String);

impl JobRef {
    /// What was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id, when it is one.
    pub fn id(&self) -> Option<JobId> {
        let digits = !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_digit());
        if digits { self.0.parse().ok() } else { None }
    }
}

impl From<String> for JobRef {
    fn from(text: String) -> Self {
        JobRef(text)
    }
}

impl From<&str> for JobRef {
    fn from(text: &str) -> Self {
        JobRef(text.to_string())
    }
}

impl From<JobId> for JobRef {
    fn from(id: JobId) -> Self {
        JobRef(id.to_string())
    }
}

impl std::fmt::Display for JobRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for JobRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = JobRef;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("the name or the id of a job")
            }

            fn visit_str<E>(self, name: &str) -> Result<JobRef, E> {
                Ok(JobRef::from(name))
            }

            fn visit_u64<E>(self, id: u64) -> Result<JobRef, E> {
                Ok(JobRef(id.to_string()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for JobRef {
    fn schema_name() -> Cow<'static, str> {
        "JobRef".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "a job, by name or id",
            "type": ["string", "integer"]
        })
    }
}

/// How the daemon, its scheduler and its jobs are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DaemonStatus {
    /// The name of this installation (`app.name`).
    pub name: String,
    /// Its process id.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// When it started.
    pub started_at: Time,
    /// How long it has been up, in seconds.
    pub uptime_seconds: u64,
    /// Whether the scheduler runs jobs; it does not while the daemon shuts down.
    pub scheduler_running: bool,
    /// Whether the scheduler is paused: no job is due until `resume`.
    pub paused: bool,
    /// What keeps the scheduler from doing its work, such as a full disk.
    pub trouble: Option<String>,
    /// The zone in which schedules without one of their own are read.
    pub timezone: String,
    /// How many jobs there are.
    pub jobs: u64,
    /// How many of them are stopped.
    pub stopped: u64,
    /// How many executions run.
    pub running: u64,
    /// How many executions wait.
    pub queued: u64,
    /// The job that is due next.
    pub next_job: Option<String>,
    /// When it is due.
    pub next_run: Option<Time>,
    /// The configuration file.
    pub config_file: String,
    /// The database.
    pub database: String,
    /// The folder of the system log.
    pub log_folder: String,
    /// The socket on which it answers.
    pub socket: String,
    /// Where the HTTP door is open, as a URL.
    pub http: Option<String>,
}

/// A job as a person or a program sees it: what is stored and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobView {
    /// What is stored of it.
    #[serde(flatten)]
    pub job: Job,
    /// How it stands: 0 waiting, 1 running, 2 stopped.
    pub state: State,
    /// How many executions of it run.
    pub running: u32,
    /// How many executions of it wait for their turn.
    pub queued: u32,
    /// Its latest execution that has ended (or did not run).
    pub last: Option<LastExecution>,
}

/// A job that was added or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Added {
    /// The job as it is now.
    pub job: JobView,
    /// What the operator may not have meant.
    pub warnings: Vec<String>,
    /// The execution that `now` started.
    pub run: Option<Ran>,
}

/// An execution that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ran {
    /// Its number.
    pub exec_id: ExecId,
    /// How it stands: `running`, `queued`, or `skipped`.
    pub status: Status,
    /// Whether it was skipped.
    pub skipped: bool,
    /// Why it was skipped or waits.
    pub reason: Option<String>,
}

/// A part of the output of an execution, and where the next part begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogChunk {
    /// The execution as it is now, without its output; absent when the wait for one was in vain.
    pub execution: Option<Execution>,
    /// What it printed from the offset on.
    pub stdout: Bytes,
    /// What it printed to stderr from the offset on.
    pub stderr: Bytes,
    /// The offset of the next part.
    pub stdout_next: u64,
    /// The offset of the next part of stderr.
    pub stderr_next: u64,
    /// How many bytes before this part are not kept, because there were too many.
    pub stdout_cut: u64,
    /// The same of stderr.
    pub stderr_cut: u64,
    /// Whether the execution is over and this was the last part.
    pub done: bool,
}

/// When a job is due next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextRuns {
    /// The job's name.
    pub name: String,
    /// Its schedule.
    pub cron_expr: String,
    /// The zone in which it is read.
    pub timezone: String,
    /// The runs, the first one first; empty when it is stopped or never due again.
    pub next: Vec<NextRun>,
}

/// One run that is to come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextRun {
    /// When; of the first one with its random delay.
    pub at: Time,
    /// What is to be said of it: that it is skipped, or that a change of the clock moves it.
    pub note: Option<String>,
}

/// The environment that the command of a job gets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// The variables, by name. `JOBS_EXEC_ID`, `JOBS_SCHEDULED_AT` and `JOBS_SOURCE`, which differ from one execution to the
    /// next, are not among them.
    pub variables: Vec<Variable>,
}

/// A variable of an environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; `***` for one that looks like a secret.
    pub value: String,
}

/// A built-in function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionInfo {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Its arguments, as a usage line has them.
    pub parameters: String,
    /// A call of it: its name and its arguments.
    pub example: String,
}

/// What became of a crontab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImportReport {
    /// Whether it was only a report.
    pub dry_run: bool,
    /// Each line that is a job, in their order, then the jobs whose lines are gone.
    pub lines: Vec<ImportLine>,
}

/// What became of one line of a crontab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImportLine {
    /// Its number, from 1; 0 for a line that is gone.
    pub line: usize,
    /// Its text; the job's schedule and command for a line that is gone.
    pub text: String,
    /// What became of it.
    pub result: Imported,
    /// The job.
    pub job: Option<String>,
    /// Why it was refused, or what changed.
    pub reason: Option<String>,
    /// What the operator may not have meant, and what is different from cron.
    pub warnings: Vec<String>,
}

/// What became of a line of a crontab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Imported {
    /// A new job.
    Imported,
    /// A job that was there, with something different.
    Changed,
    /// A job that was there, just so.
    Unchanged,
    /// No job: the line is at fault.
    Refused,
    /// A job whose line is gone.
    Stopped,
}

/// What a reload did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reloaded {
    /// What the operator should know, such as keys that need a restart.
    pub warnings: Vec<String>,
}

/// It was done; there is nothing else to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Done {}

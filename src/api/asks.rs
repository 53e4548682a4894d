//! The asks: the parameters of each operation. Their field docs are the `--help` text and the schema.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answers::JobRef;
use super::ask::ask;
use super::values::{is_default, one_or_more_jobs, state, state_or_all};
use crate::model::{ExecId, Mode, Status as ExecutionStatus};
use crate::schedule::Time;

ask! {
    /// Tells how the daemon, its scheduler and its jobs are.
    Status {}
}

ask! {
    /// Lists the jobs, the one that is due next first.
    List {
        /// Only jobs whose name contains this text.
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        /// Only jobs in this state: 0 waiting, 1 running, 2 stopped; -1 is all.
        #[arg(long, value_name = "STATE", value_parser = state)]
        #[serde(deserialize_with = "state_or_all")]
        #[schemars(with = "Option<i8>", range(min = -1, max = 2))]
        state: Option<u8>,
        /// Only jobs of this kind of work.
        #[arg(long, value_enum)]
        mode: Option<Mode>,
        /// Which page, from 1 [default: 1].
        #[arg(skip)]
        page: Option<u32>,
        /// How many on a page, 1 to 500 [default: 10; without `page`, and by the operation's own name, all of them].
        #[arg(skip)]
        size: Option<u32>,
        /// `due`, the one that is due next first, or `newest` [default: due].
        #[arg(skip)]
        order: Option<JobOrder>,
    }
}

/// In which order jobs are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobOrder {
    /// The one that is due next first.
    #[default]
    Due,
    /// The one that was added last first.
    Newest,
}

ask! {
    /// Shows one job.
    Show {
        /// The job, by name or id.
        job: JobRef,
    }
}

ask! {
    /// Removes jobs with their history; what runs of them is stopped.
    Rm {
        /// The jobs, by name or id.
        #[arg(required = true, value_name = "JOB")]
        #[serde(deserialize_with = "one_or_more_jobs")]
        jobs: Vec<JobRef>,
    }
}

ask! {
    /// Runs a job now, beside its schedule and by its overlap policy.
    Run {
        /// The job, by name or id.
        job: JobRef,
    }
}

ask! {
    /// Stops jobs: they are not due any more. What runs of them goes on, unless --running is given.
    Stop {
        /// The jobs, by name or id.
        #[arg(required = true, value_name = "JOB")]
        #[serde(deserialize_with = "one_or_more_jobs")]
        jobs: Vec<JobRef>,
        /// Stop what runs of them too, and drop what waits.
        #[arg(long)]
        running: bool,
        /// Only until this time, such as "18:00" or "in 2h": then they go on by themselves.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    }
}

ask! {
    /// Skips the next occurrences of a job; the history says so.
    Skip {
        /// The job, by name or id.
        job: JobRef,
        /// How many of the next occurrences; 0 skips none of them [default: 1].
        #[arg(value_name = "N")]
        count: Option<u32>,
    }
}

ask! {
    /// Sets stopped jobs going again and counts their runs anew.
    Restart {
        /// The jobs, by name or id.
        #[arg(required = true, value_name = "JOB")]
        #[serde(deserialize_with = "one_or_more_jobs")]
        jobs: Vec<JobRef>,
    }
}

ask! {
    /// Stops one execution: its process group gets SIGTERM, after `jobs.kill_grace` SIGKILL.
    Cancel {
        /// The number of the execution, as `history` shows it.
        #[arg(value_name = "EXEC")]
        exec_id: ExecId,
    }
}

ask! {
    /// Reads the output of one execution from an offset on, and waits for more if asked to.
    ///
    /// Give `exec_id`, or a `job` for its running or else its latest execution.
    Logs {
        /// The job, by name or id.
        job: Option<JobRef>,
        /// The number of the execution.
        exec_id: Option<ExecId>,
        /// With `job`: only an execution later than this one; waits for it.
        after: Option<ExecId>,
        /// From which byte of stdout on.
        stdout_offset: u64,
        /// From which byte of stderr on.
        stderr_offset: u64,
        /// How long to wait for output that is not there yet, in seconds, at most 30.
        wait: u64,
    }
}

ask! {
    /// Lists executions, the newest first.
    History {
        /// The job, by name or id; all jobs when absent.
        #[arg(value_name = "JOB")]
        job: Option<JobRef>,
        /// At most this many, 1 to 500 [default: 20].
        #[arg(short = 'n', long, value_name = "N")]
        limit: Option<u32>,
        /// Only executions before this one, for the next page.
        #[arg(long, value_name = "EXEC")]
        before: Option<ExecId>,
        /// Only executions with this status.
        #[arg(long, value_enum)]
        status: Option<ExecutionStatus>,
        /// Only this execution.
        #[arg(long = "exec", value_name = "EXEC")]
        exec_id: Option<ExecId>,
    }
}

ask! {
    /// Tells when a job is due next.
    Next {
        /// The job, by name or id.
        job: JobRef,
        /// How many times to tell, 1 to 1000 [default: 5].
        #[arg(long)]
        count: Option<u32>,
        /// Only after this instant.
        #[arg(skip)]
        from: Option<Time>,
        /// Only up to this instant.
        #[arg(skip)]
        until: Option<Time>,
    }
}

ask! {
    /// Tells the environment that the command of a job gets; secrets in it read as `***`.
    Env {
        /// The job, by name or id.
        job: JobRef,
    }
}

ask! {
    /// Lists the built-in functions.
    Functions {}
}

ask! {
    /// Takes over a crontab: adds what is new, changes what has changed, and reports each line.
    ///
    /// All of it or nothing: when the store cannot take it, no job is changed.
    Import {
        /// The text of the crontab.
        text: String,
        /// Where it comes from: a path, or `-`. A line is recognised by it on the next import.
        origin: String,
        /// Only report what would be done.
        #[arg(long)]
        dry_run: bool,
        /// Stop the jobs that came from the same place and whose lines are gone.
        #[arg(long)]
        stop_missing: bool,
        /// Whether its lines have a column with the account, as /etc/crontab has.
        #[arg(long)]
        system: bool,
        /// The account whose crontab it is: its commands run as that.
        #[arg(long, conflicts_with = "system")]
        user: Option<String>,
    }
}

ask! {
    /// Reads the configuration file (and the crontab of `start --crontab`) again.
    Reload {}
}

ask! {
    /// Ends the daemon, as SIGTERM does.
    Shutdown {}
}

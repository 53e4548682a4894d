//! The command line: global flags and the list of commands. The arguments of a command are the request of its operation; the
//! CLI's own flags are in the file of the command.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::accounts::AdminArgs;
use super::addresses::IpArgs;
use super::daemon::{ConfigArgs, StartArgs};
use super::executions::RunArgs;
use super::explain::ExplainArgs;
use super::import::ImportArgs;
use super::job_input::{ADD_EXAMPLES, AddArgs, EditArgs};
use super::later::Later;
use super::logs::{LOGS_EXAMPLES, LogsArgs};
use super::next::NextArgs;
use super::tokens::TokenArgs;
use crate::api;

/// Keeps, schedules, runs and remembers jobs: a daemon that replaces cron, and its client.
#[derive(Parser, Debug)]
#[command(
    name = "jobs",
    version = env!("CARGO_PKG_VERSION"),
    after_help = "Exit status: 0 done, 1 it failed, 2 usage, 3 the daemon is not reachable, 4 no such job.\n\
                  Shells have a builtin `jobs` that wins over this program: use an alias, or the whole path.\n\
                  `jobs COMMAND --help` tells more; `jobs man | man -l -` shows the manual.",
    disable_help_subcommand = true,
    max_term_width = 100,
)]
pub struct Cli {
    /// The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Another configuration file [env: JOBS_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print data, and only data, as JSON
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub verb: Verb,
}

/// The text of `--version`. The release of the time zones is read from a file, so this text is made only when it is printed.
pub fn version() -> String {
    format!(
        "jobs {} (time zones: {})",
        env!("CARGO_PKG_VERSION"),
        crate::schedule::Zone::database()
    )
}

#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Start the daemon, in the foreground or with -d in the background
    Start(Later<StartArgs>),
    /// Stop the daemon, and its guard
    Shutdown,
    /// Tell how the daemon, its scheduler and its jobs are
    Status,
    /// Tell whether the daemon is in order, and what it uses; the exit status is 1 when it is not
    Health,
    /// Pause the scheduler: no job is due until resume; what runs goes on
    #[command(
        after_help = "It outlives a restart of the daemon. `jobs run` works all the same. What is missed meanwhile is the business of --catch-up."
    )]
    Pause,
    /// End a pause of the scheduler
    Resume,
    /// Go through all jobs: mend next runs that are not what the schedule says, tell which jobs can't run (exit status 1)
    Check,
    /// Add a job
    #[command(after_help = ADD_EXAMPLES)]
    Add(Later<AddArgs>),
    /// List the jobs, the one that is due next first
    #[command(alias = "ls")]
    List(Later<api::List>),
    /// Show one job
    Show(Later<api::Show>),
    /// Change what is given of a job and leave the rest
    #[command(after_help = "Example:\n  jobs edit backup --cron '0 30 2 * * *' --timeout 2h")]
    Edit(Later<EditArgs>),
    /// Remove jobs with their history; what runs of them is stopped
    Rm(Later<api::Rm>),
    /// Run a job now, beside its schedule and by its overlap policy
    Run(Later<RunArgs>),
    /// Stop jobs: they are not due any more; what runs of them goes on
    #[command(
        after_help = "Examples:\n  jobs stop backup report\n  jobs stop backup --until 'tomorrow 9:00'"
    )]
    Stop(Later<api::Stop>),
    /// Skip the next occurrences of a job, one or N
    #[command(
        after_help = "Examples:\n  jobs skip backup 3\n  jobs skip backup 0     skips none of them after all"
    )]
    Skip(Later<api::Skip>),
    /// Set stopped jobs going again and count their runs anew
    Restart(Later<api::Restart>),
    /// Stop one execution
    Cancel(Later<api::Cancel>),
    /// Show the output of executions, or the system log
    #[command(after_help = LOGS_EXAMPLES)]
    Logs(Later<LogsArgs>),
    /// List executions, the newest first
    History(Later<api::History>),
    /// Tell when a job or an expression is due next
    #[command(
        after_help = "Examples:\n  jobs next backup\n  jobs next '0 0 9 * * MON-FRI' --tz Europe/Berlin --count 3\n  \
                      echo '{\"expr\":\"@daily\",\"tz\":\"UTC\",\"count\":2}' | jobs next --batch --json"
    )]
    Next(Later<NextArgs>),
    /// Say in plain words when an expression is due, and what may not be meant
    #[command(
        after_help = "Examples:\n  jobs explain '*/7 9-17 * * MON-FRI'\n  jobs explain '0 2 13 * FRI' --lang zh\n  jobs explain 'H H(1-5) * * *' --name backup"
    )]
    Explain(Later<ExplainArgs>),
    /// Print the environment that the command of a job gets
    #[command(
        after_help = "JOBS_EXEC_ID, JOBS_SCHEDULED_AT and JOBS_SOURCE differ from one execution to the next and are not shown; what looks like a secret reads as ***."
    )]
    Env(Later<api::Env>),
    /// List the built-in functions
    Functions,
    /// Take over jobs from elsewhere
    Import(Later<ImportArgs>),
    /// Read the configuration file (and the crontab of start --crontab) again
    Reload,
    /// Show, check or find the configuration
    Config(Later<ConfigArgs>),
    /// Show or change from which addresses the HTTP door may be used
    #[command(
        after_help = "Examples:\n  jobs ip status\n  jobs ip add whitelist 10.0.0.0/8\n  jobs ip remove whitelist ::1"
    )]
    Ip(Later<IpArgs>),
    /// Manage the accounts that may log in over HTTP
    #[command(
        after_help = "Examples:\n  jobs admin add alice --role admin\n  pass show jobs | jobs admin passwd alice --password-stdin"
    )]
    Admin(Later<AdminArgs>),
    /// Manage the tokens by which programs come in over HTTP
    #[command(
        after_help = "Example:\n  jobs token add ci --role operator --expires 'in 90d' > token"
    )]
    Token(Later<TokenArgs>),
    /// List the changes that were made, the newest first: who, from where, what, and what came of it
    #[command(
        after_help = "Examples:\n  jobs audit --who alice --since '2026-12-01 10:00'\n  jobs audit --operation rm --json"
    )]
    Audit(Later<api::Audit>),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

//! The command line: global flags and the list of commands. The arguments of a command are the request of its operation; the
//! CLI's own flags are in the file of the command.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::accounts::AdminArgs;
use super::addresses::IpArgs;
use super::alerts::{AlertArgs, RuleArgs};
use super::changes::{RestartArgs, RmArgs, StopArgs};
use super::channels::ChannelArgs;
use super::config_file::ConfigArgs;
use super::daemon::{StartArgs, StatusArgs};
use super::deferred::Deferred;
use super::definitions::{ExportArgs, RenameArgs};
use super::diagnose::DiagnoseArgs;
use super::events::EventsArgs;
use super::executions::RunArgs;
use super::explain::ExplainArgs;
use super::import::ImportArgs;
use super::job_input::{ADD_EXAMPLES, ADD_USAGE, AddArgs, EditArgs};
use super::list::ListArgs;
use super::logs::{LOGS_EXAMPLES, LogsArgs};
use super::next::NextArgs;
use super::overview::{StatsArgs, WaitArgs};
use super::page::PageArgs;
use super::scheduler::{PauseArgs, ResumeArgs};
use super::sessions::SessionArgs;
use super::tokens::TokenArgs;
use jobs_api as api;

/// Schedules, runs and records jobs: a daemon that replaces cron, and its client.
#[derive(Parser, Debug)]
#[command(
    name = "jobs",
    version = env!("CARGO_PKG_VERSION"),
    after_help = "Exit status: 0 done, 1 failed, 2 wrong usage, 3 the daemon cannot be reached, 4 no such job or execution.\n\
                  Shells have a builtin `jobs` that is chosen before this program: use an alias, or the whole path.\n\
                  `jobs COMMAND --help` describes a command; `jobs man | man -l -` shows the manual.",
    disable_help_subcommand = true,
    max_term_width = 100,
)]
pub struct Cli {
    /// The folder of the daemon: configuration, data, socket [env: JOBS_HOME]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Another configuration file [env: JOBS_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print data, and only data, as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// The form of the output: json is --json; name and wide are for lists of jobs
    #[arg(short = 'o', long, global = true, value_enum, value_name = "FORM")]
    pub output: Option<Form>,
    #[command(subcommand)]
    pub verb: Verb,
}

/// A form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// The table or the text that is printed without -o
    Text,
    /// Data as JSON, as with --json
    Json,
    /// The names of the jobs, one on each line (list)
    Name,
    /// All columns, whatever the width of the terminal (list)
    Wide,
}

/// The text of `--version`. The release of the time zones is read from a file, so this text is made only when it is printed.
pub fn version() -> String {
    format!(
        "jobs {} (time zones: {})",
        env!("CARGO_PKG_VERSION"),
        jobs_schedule::Zone::database()
    )
}

#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Start the daemon, in the foreground or with -d in the background
    Start(Deferred<StartArgs>),
    /// Stop the daemon and its guard
    Shutdown,
    /// Show the state of the daemon, its scheduler and its jobs; with JOB the same as `show`
    Status(Deferred<StatusArgs>),
    /// Show the versions of the client and of the daemon, and whether they differ
    #[command(after_help = "Without a daemon it shows the client, and the exit status is 3.")]
    Version,
    /// Show whether the daemon works, and its memory and database; the exit status is 1 when something is wrong
    Health,
    /// Pause the scheduler: no job is due until `resume`; running executions go on. With JOB it stops only these jobs
    #[command(
        after_help = "A pause outlives a restart of the daemon. `jobs run` still works. At `resume`, missed occurrences are treated as --catch-up says."
    )]
    Pause(Deferred<PauseArgs>),
    /// End the pause of the scheduler. With JOB it starts these stopped jobs again, and keeps their run count
    #[command(aliases = ["unpause", "continue"])]
    Resume(Deferred<ResumeArgs>),
    /// Check all jobs: repair next runs that do not match the schedule, list jobs that cannot run (exit status 1)
    Check,
    /// Add a job
    #[command(alias = "new", override_usage = ADD_USAGE, after_help = ADD_EXAMPLES)]
    Add(Deferred<AddArgs>),
    /// List the jobs; the job that is due next comes first
    #[command(aliases = ["ls", "l", "ps", "list-timers", "list-units", "list-jobs", "atq"])]
    List(Deferred<ListArgs>),
    /// Show one job
    #[command(aliases = ["info", "describe", "inspect", "view"])]
    Show(Deferred<api::Show>),
    /// Change the given fields of a job and keep the others
    #[command(
        after_help = "Without a field it opens the job in $VISUAL or $EDITOR, checks it, and shows the difference.\n\nExamples:\n  jobs edit backup\n  jobs edit backup --cron '0 30 2 * * *' --timeout 2h"
    )]
    Edit(Deferred<EditArgs>),
    /// Give a job another name
    #[command(alias = "mv")]
    Rename(Deferred<RenameArgs>),
    /// Add a job with the schedule, the work and the rules of another one; its secrets are copied too
    #[command(aliases = ["cp", "clone", "duplicate"])]
    Copy(Deferred<api::CopyJob>),
    /// Print jobs as YAML, for `jobs import FILE`
    #[command(
        aliases = ["cat", "dump"],
        after_help = "Secrets are printed as ***. An import keeps the secret of a job that is there; for a new job it asks for the secret.\n\nExamples:\n  jobs export > jobs.yaml\n  jobs export backup 'etl-*'"
    )]
    Export(Deferred<ExportArgs>),
    /// Remove jobs with their history; their running executions are stopped
    #[command(aliases = ["delete", "remove", "del"])]
    Rm(Deferred<RmArgs>),
    /// Run a job now, in addition to its schedule and by its overlap policy
    #[command(aliases = ["trigger", "fire"])]
    Run(Deferred<RunArgs>),
    /// Stop jobs: they are not due any more; their running executions go on
    #[command(
        aliases = ["suspend", "hold"],
        after_help = "Examples:\n  jobs stop backup report\n  jobs stop backup --until 'tomorrow 9:00'\n  jobs stop --all --for 2h"
    )]
    Stop(Deferred<StopArgs>),
    /// Skip the next occurrences of a job, one or N
    #[command(
        after_help = "Examples:\n  jobs skip backup 3\n  jobs skip backup 0     takes it back: skips none"
    )]
    Skip(Deferred<api::Skip>),
    /// Start stopped jobs again and set their run count to 0
    Restart(Deferred<RestartArgs>),
    /// Stop one execution
    Cancel(Deferred<api::Cancel>),
    /// Show the output of executions, or the system log
    #[command(aliases = ["log", "tail", "journal", "journalctl"], after_help = LOGS_EXAMPLES)]
    Logs(Deferred<LogsArgs>),
    /// Wait until executions have ended, and end with the exit status of the first that failed
    Wait(Deferred<WaitArgs>),
    /// Watch the jobs on a screen of the terminal: run, stop, skip, follow logs; `q` ends it
    Top,
    /// Sum up how the last executions of each job went
    Stats(Deferred<StatsArgs>),
    /// Print what happens, as it happens: executions that start and end, jobs that change
    Events(Deferred<EventsArgs>),
    /// List executions, the newest first
    #[command(aliases = ["executions", "runs", "last"])]
    History(Deferred<api::History>),
    /// Find why an execution failed: at most three causes, with evidence and remedies
    #[command(
        after_help = "A number is an execution, as `jobs history` shows it.\n\nExamples:\n  jobs diagnose backup\n  jobs diagnose 812 --lang zh"
    )]
    Diagnose(Deferred<DiagnoseArgs>),
    /// Sum up what has happened since yesterday 18:00: failures, missed runs, slow runs
    #[command(after_help = "Examples:\n  jobs summary\n  jobs summary --since 02:00 --until 04:00")]
    Summary(Deferred<api::Summary>),
    /// List the next runs of a job, of an expression, or of all jobs
    #[command(
        after_help = "Examples:\n  jobs next backup\n  jobs next -n 20                the next 20 runs of all jobs\n  jobs next '0 0 9 * * MON-FRI' --tz Europe/Berlin --count 3\n  \
                      echo '{\"expr\":\"@daily\",\"tz\":\"UTC\",\"count\":2}' | jobs next --batch --json"
    )]
    Next(Deferred<NextArgs>),
    /// Count the starts of all jobs in the next week: the fullest quarters of an hour, and jobs that overlap themselves
    #[command(
        after_help = "Examples:\n  jobs week\n  jobs week --at 'tomorrow 2:30'       who starts in that quarter of an hour\n  jobs week --from 'tomorrow' --until 'in 2d' --step 1h"
    )]
    Week(Deferred<api::Upcoming>),
    /// Describe a schedule in plain words, with warnings about probable mistakes
    #[command(
        after_help = "Examples:\n  jobs explain '*/7 9-17 * * MON-FRI'\n  jobs explain '0 2 13 * FRI' --lang zh\n  jobs explain 'H H(1-5) * * *' --name backup"
    )]
    Explain(Deferred<ExplainArgs>),
    /// Print the environment that the command of a job gets
    #[command(
        after_help = "JOBS_EXEC_ID, JOBS_SCHEDULED_AT and JOBS_SOURCE are different in each execution and are not shown. Values that look like secrets are shown as ***."
    )]
    Env(Deferred<api::Env>),
    /// List the built-in functions
    Functions,
    /// Import jobs
    Import(Deferred<ImportArgs>),
    /// Read the configuration file (and the crontab of `start --crontab`) again
    Reload,
    /// Show, check or find the configuration
    Config(Deferred<ConfigArgs>),
    /// Manage the rules that say which conditions of which jobs are told to which channels
    #[command(
        alias = "rules",
        after_help = "Examples:\n  jobs rule add all --to ops\n  jobs rule list\n  jobs rule rm all"
    )]
    Rule(Deferred<RuleArgs>),
    /// List what is wrong; what was told to whom, and why something was not told
    #[command(
        alias = "alert",
        after_help = "Examples:\n  jobs alerts\n  jobs alerts --all backup\n  jobs alerts log backup\n  jobs alerts preview backup --on failed\n  jobs alerts hours ops '22:00-07:00'"
    )]
    Alerts(Deferred<AlertArgs>),
    /// Acknowledge an open alert, or all of a job: it is not told again, and goes to nobody else
    #[command(
        alias = "acknowledge",
        after_help = "Examples:\n  jobs ack 12\n  jobs ack backup"
    )]
    Ack(Deferred<api::Ack>),
    /// Tell nobody of the alerts of a job for a time; what is still open then is told
    #[command(
        after_help = "Examples:\n  jobs snooze backup 2h\n  jobs snooze backup 0     ends it"
    )]
    Snooze(Deferred<api::Snooze>),
    /// Show or change the addresses that may use the HTTP server
    #[command(
        after_help = "Examples:\n  jobs ip status\n  jobs ip add whitelist 10.0.0.0/8\n  jobs ip remove whitelist ::1"
    )]
    Ip(Deferred<IpArgs>),
    /// Manage the accounts that may log in over HTTP
    #[command(
        after_help = "Examples:\n  jobs admin add alice --role admin\n  pass show jobs | jobs admin passwd alice --password-stdin"
    )]
    Admin(Deferred<AdminArgs>),
    /// Manage the tokens with which programs use the HTTP API
    #[command(
        after_help = "Example:\n  jobs token add ci --role operator --expires 'in 90d' > token"
    )]
    Token(Deferred<TokenArgs>),
    /// Manage the channels: where the daemon tells that something is wrong
    #[command(
        alias = "channels",
        after_help = "Examples:\n  jobs channel presets\n  jobs channel add ops --preset ntfy --set topic=my-team\n  jobs channel test ops"
    )]
    Channel(Deferred<ChannelArgs>),
    /// Print a link to the web page, which is good once and for two minutes; on a desktop, open it
    #[command(
        after_help = "Examples:\n  jobs page\n  jobs page --as alice --for 8h\n  jobs page --role viewer --print      a link for a person who only reads"
    )]
    Page(Deferred<PageArgs>),
    /// List or end the sessions of the web page
    #[command(
        alias = "sessions",
        after_help = "Examples:\n  jobs session list --all\n  jobs session rm 3\n  jobs session rm --all-mine"
    )]
    Session(Deferred<SessionArgs>),
    /// List the changes that were made, the newest first: who, from where, what, and the outcome
    #[command(
        after_help = "Examples:\n  jobs audit --who alice --since '2026-12-01 10:00'\n  jobs audit --operation rm --json"
    )]
    Audit(Deferred<api::Audit>),
    /// List the changes of one job, the newest first, also those under former names
    Changes(Deferred<api::Changes>),
    /// Set the fields that a change of a job has set to what they were before it
    #[command(
        after_help = "Secrets are not in the audit: they keep their present values, and a warning says so.\n\nExamples:\n  jobs changes backup\n  jobs put-back backup 812 --dry-run"
    )]
    PutBack(Deferred<api::PutBack>),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

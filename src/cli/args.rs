//! What can be typed. The parameters of the operations are their asks; here stands only what is the CLI's own.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::access_args::{AdminArgs, IpArgs, TokenArgs};
use super::later::Later;
use super::listen::Listen;
use crate::api;
use crate::api::JobRef;
use crate::model::ExecId;

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

/// What `--version` prints. Its release of the time zones is read from a file: nothing to do before other verbs.
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

const ADD_EXAMPLES: &str = "Examples:
  jobs add backup --cron '0 30 3 * * *' --timeout 2h -- /usr/local/bin/backup.sh --full
  jobs add tidy --every 10m --overlap skip -- 'find /tmp -name \"*.old\" | xargs rm -f'
  jobs add once --at 'tomorrow 9:00' --env GREETING=hello -- 'echo $GREETING'

What follows -- is the command: one word is taken as it is, so it may hold pipes and
variables; several words are quoted, so each reaches the command as it was typed.
Without --timeout an attempt is stopped after jobs.default_timeout_seconds (30).";

const LOGS_EXAMPLES: &str = "Examples:
  jobs logs backup              the last 10 executions
  jobs logs backup -f           follow the one that runs, or the next one, until it ends
  jobs logs --exec 42 > file    the output of execution 42, byte for byte
  jobs logs --system            what the daemon itself has to say";

#[derive(Args, Debug)]
pub struct StartArgs {
    /// In the background; returns when the daemon answers
    #[arg(short = 'd', long)]
    pub detach: bool,
    /// With -d: under a guard that restarts the daemon when it dies
    #[arg(short = 'f', long = "forever", requires = "detach")]
    pub guard: bool,
    /// Open the HTTP door, at IP:PORT, IP, PORT or :PORT [default: server.address and server.port, 127.0.0.1:36363]
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "")]
    pub http: Option<Listen>,
    /// Take this crontab over (again at each reload); in the foreground, show what the jobs print
    #[arg(long, value_name = "FILE")]
    pub crontab: Option<PathBuf>,
    /// Tell on stdout when the daemon is ready
    #[arg(long, hide = true)]
    pub announce: bool,
}

#[derive(Args, Debug)]
#[command(group(clap::ArgGroup::new("schedule").args(["cron_expr", "every", "at"]).required(true)))]
pub struct AddArgs {
    #[command(flatten)]
    pub ask: api::Add,
    /// The command
    #[arg(last = true, value_name = "COMMAND")]
    pub words: Vec<String>,
}

#[derive(Args, Debug)]
pub struct EditArgs {
    #[command(flatten)]
    pub ask: api::Edit,
    /// The new command
    #[arg(last = true, value_name = "COMMAND")]
    pub words: Vec<String>,
}

#[derive(Args, Debug)]
pub struct RunArgs {
    #[command(flatten)]
    pub ask: api::Run,
    /// Show the output as it comes, and end as the command does
    #[arg(short = 'w', long)]
    pub wait: bool,
}

#[derive(Args, Debug)]
pub struct LogsArgs {
    /// The job, by name or id
    #[arg(required_unless_present_any = ["exec_id", "system"], conflicts_with_all = ["exec_id", "system"])]
    pub job: Option<JobRef>,
    /// Follow the running (or the next) execution until it ends; with --system, for ever
    #[arg(short = 'f', long)]
    pub follow: bool,
    /// How many executions [default: 10]; with --system how many lines [default: 100]
    #[arg(short = 'n', long, value_name = "N")]
    pub number: Option<u32>,
    /// Only this execution: its stdout to stdout, its stderr to stderr, byte for byte
    #[arg(long = "exec", value_name = "EXEC", conflicts_with = "system")]
    pub exec_id: Option<ExecId>,
    /// The system log of the daemon; needs no daemon
    #[arg(long)]
    pub system: bool,
}

#[derive(Args, Debug)]
pub struct NextArgs {
    /// A job, or an expression: what has a blank or begins with @ is one, and needs no daemon
    #[arg(value_name = "JOB|EXPR", required_unless_present = "batch")]
    pub what: Option<String>,
    /// How many times to tell, 1 to 1000 [default: 5; with --until 1000]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub count: Option<u32>,
    /// The zone in which the expression is read [default: the system's]
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Tell what comes after this instant, such as 2026-12-01T10:00:00+08:00 [default: now]
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Tell what comes up to this instant
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// The name of the job that the expression is for: what H stands for
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Answer lines of JSON from standard input, {"expr","tz","from","until","count","name"}, each with
    /// {"next":[...]} or {"error":"..."}
    #[arg(long, requires = "json", conflicts_with_all = ["what", "tz", "from", "until", "count", "name"])]
    pub batch: bool,
}

#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The expression
    #[arg(value_name = "EXPR")]
    pub expr: String,
    /// The zone in which it is read [default: the system's]
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// The name of the job that it is for: what H stands for
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The language, en or zh [default: by LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, value_name = "LANG", value_parser = ["en", "zh"])]
    pub lang: Option<String>,
}

#[derive(Args, Debug)]
pub struct ImportArgs {
    #[command(subcommand)]
    pub verb: ImportVerb,
}

#[derive(Subcommand, Debug)]
pub enum ImportVerb {
    /// Take over a crontab; taking it over again changes only what has changed
    #[command(
        after_help = "Examples:\n  jobs import crontab /etc/my.crontab --dry-run\n  jobs import crontab --system /etc/crontab\n  jobs import crontab --user alice"
    )]
    Crontab {
        /// The file, or - for standard input; with --user the usual place of that account's crontab
        #[arg(required_unless_present = "user")]
        file: Option<PathBuf>,
        /// Its lines have a column with the account, as those of /etc/crontab and /etc/cron.d have
        #[arg(long)]
        system: bool,
        /// It is the crontab of this account: its commands run as that
        #[arg(long, value_name = "NAME", conflicts_with = "system")]
        user: Option<String>,
        /// Only report what would be done
        #[arg(long)]
        dry_run: bool,
        /// Stop the jobs that came from the same file and whose lines are gone; not while a line is refused
        #[arg(long)]
        stop_missing: bool,
        /// Where it comes from, instead of its path (or `-`): lines are recognised by it the next time
        #[arg(long, value_name = "NAME")]
        origin: Option<String>,
    },
}

#[derive(Args, Debug)]
pub struct ConfigArgs {
    #[command(subcommand)]
    pub verb: ConfigVerb,
}

#[derive(Subcommand, Clone, Copy, Debug)]
pub enum ConfigVerb {
    /// Print every key with the value that holds
    Show,
    /// Say whether the configuration will do
    Check,
    /// Print where the configuration file is looked for
    Path,
}

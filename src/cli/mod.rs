//! The command line: parses what a person types, calls the daemon, and prints the answer. The only place that prints. A file
//! per noun has its arguments and its output.

mod accounts;
mod addresses;
mod args;
mod audit;
mod daemon;
mod executions;
mod explain;
mod generate;
mod import;
mod job_input;
mod jobs;
mod later;
mod listen;
mod live;
mod logs;
mod next;
mod out;
mod scheduler;
mod system_log;
mod table;
mod text;
mod tokens;
mod work;

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use clap::error::ErrorKind;

pub use generate::{completions, man_page};
pub use listen::Listen;
pub use live::LiveView;

use args::{Cli, Verb};
use jobs_config::{Config, Env, Paths};
use jobs_rpc::{Client, ClientError, code};
use later::Later;
use out::Out;

/// It was done.
const DONE: i32 = 0;
/// It failed.
const FAILED: i32 = 1;
/// Wrong usage, or a value that is not valid.
const USAGE: i32 = 2;
/// No daemon answers.
const UNREACHABLE: i32 = 3;
/// There is no such job, or no such execution.
const NO_SUCH_JOB: i32 = 4;

/// How `jobs start` was typed.
#[derive(Clone, Debug)]
pub struct Start {
    /// Where everything is, before the configuration is read.
    pub paths: Paths,
    /// `-d`
    pub detach: bool,
    /// `-f`
    pub guard: bool,
    /// `--http`
    pub http: Option<Listen>,
    /// `--crontab`, absolute.
    pub crontab: Option<PathBuf>,
    /// What a guard adds: tell on stdout when it is ready.
    pub announce: bool,
}

impl Start {
    /// Whether somebody looks on: then what the jobs print is shown as they print it.
    pub fn shows_output(&self) -> bool {
        self.crontab.is_some() && !self.detach && !self.announce
    }
}

/// Starts a daemon and returns its exit code; tells the process id of one in the background.
pub type Starter<'a> = &'a dyn Fn(&Start, &dyn Fn(u32)) -> anyhow::Result<i32>;

/// Refuses a configuration that `start` would refuse although each of its values is acceptable.
pub type Checker<'a> = &'a dyn Fn(&Config) -> jobs_error::Result<()>;

/// Does what was typed and returns the exit status.
pub fn run(
    typed: impl Iterator<Item = OsString>,
    starter: Starter<'_>,
    checker: Checker<'_>,
) -> i32 {
    let cli = match Cli::try_parse_from(typed) {
        Ok(cli) => cli,
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            out::print(&args::version());
            return DONE;
        }
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { DONE };
            // Nothing is left to be said when even that can't be printed.
            let _ = error.print();
            return code;
        }
    };
    let mut out = Out::new(cli.json);
    let result = act(cli, &mut out, starter, checker).and_then(|code| {
        out.flush()?;
        Ok(code)
    });
    match result {
        Ok(code) => code,
        Err(error) => out::explain(&error, exit_code),
    }
}

fn act(cli: Cli, out: &mut Out, starter: Starter<'_>, checker: Checker<'_>) -> anyhow::Result<i32> {
    let here = Here {
        home: cli.home,
        config: cli.config,
    };
    match cli.verb {
        Verb::Start(Later(start)) => daemon::start(&here, start, out, starter),
        Verb::Shutdown => daemon::shutdown(&here, out),
        Verb::Status => daemon::status(&here, out),
        Verb::Version => daemon::version(&here, out),
        Verb::Health => daemon::health(&here, out),
        Verb::Pause => scheduler::pause(&here, out),
        Verb::Resume => scheduler::resume(&here, out),
        Verb::Check => scheduler::check(&here, out),
        Verb::Reload => daemon::reload(&here, out),
        Verb::Config(Later(config)) => daemon::config(&here, &config.verb, out, checker),
        Verb::Add(Later(add)) => job_input::add(&here, add, out),
        Verb::List(Later(request)) => jobs::list(&here, &request, out),
        Verb::Show(Later(request)) => jobs::show(&here, &request, out),
        Verb::Edit(Later(edit)) => job_input::edit(&here, edit, out),
        Verb::Rm(Later(request)) => jobs::each(&here, &request, "removed", true, out),
        Verb::Stop(Later(request)) => jobs::each(&here, &request, "stopped", request.running, out),
        Verb::Skip(Later(request)) => jobs::skip(&here, &request, out),
        Verb::Restart(Later(request)) => jobs::each(&here, &request, "restarted", false, out),
        Verb::Run(Later(run)) => executions::run(&here, &run, out),
        Verb::Cancel(Later(request)) => executions::cancel(&here, &request, out),
        Verb::History(Later(request)) => executions::history(&here, &request, out),
        Verb::Logs(Later(logs)) => logs::logs(&here, &logs, out),
        Verb::Next(Later(next)) => next::next(&here, &next, out),
        Verb::Explain(Later(explain)) => explain::explain(&explain, out),
        Verb::Env(Later(request)) => work::env(&here, &request, out),
        Verb::Functions => work::functions(&here, out),
        Verb::Import(Later(import)) => import::import(&here, &import.verb, out),
        Verb::Ip(Later(ip)) => addresses::ip(&here, ip.verb, out),
        Verb::Admin(Later(admin)) => accounts::admin(&here, admin.verb, out),
        Verb::Token(Later(token)) => tokens::token(&here, token.verb, out),
        Verb::Audit(Later(request)) => audit::audit(&here, &request, out),
        Verb::Completions { shell } => {
            out.raw(completions(shell).as_bytes())?;
            Ok(DONE)
        }
        Verb::Man => {
            out.raw(man_page().as_bytes())?;
            Ok(DONE)
        }
    }
}

/// Which daemon is meant.
struct Here {
    home: Option<PathBuf>,
    config: Option<PathBuf>,
}

impl Here {
    /// Where everything is, by what was typed and the environment.
    fn paths(&self) -> anyhow::Result<Paths> {
        let paths = Paths::resolve(self.home.as_deref(), &Env::process(), is_root())?;
        match &self.config {
            Some(file) => Ok(paths.with_config_file(file)?),
            None => Ok(paths),
        }
    }

    /// A connection to the daemon.
    fn client(&self) -> anyhow::Result<Client> {
        let paths = self.paths()?;
        Client::connect(&paths.socket).map_err(|mut error| {
            if let ClientError::Unreachable { hint, .. } = &mut error
                && let Some(pid) = holder(&paths.lock, &paths.pid_file)
            {
                *hint = format!(
                    "a daemon runs, pid {pid}: it is starting or ending, or somebody has removed its socket; \
                     `jobs shutdown` ends it anyway"
                );
            }
            anyhow::Error::from(error)
        })
    }
}

/// The process that holds a lock, by its pid file.
fn holder(lock: &std::path::Path, pid_file: &std::path::Path) -> Option<i32> {
    let lock = std::fs::File::open(lock).ok()?;
    match lock.try_lock_shared() {
        Err(std::fs::TryLockError::WouldBlock) => {
            std::fs::read_to_string(pid_file).ok()?.trim().parse().ok()
        }
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => None,
    }
}

/// A path that does not depend on where a daemon works.
fn absolute(path: &std::path::Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path)
        .with_context(|| format!("`{}` can't be made absolute", path.display()))
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// Whether it failed because no daemon answers.
fn is_unreachable(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<ClientError>()
        .is_some_and(ClientError::is_unreachable)
}

/// The exit status for an error.
fn exit_code(error: &anyhow::Error) -> i32 {
    use jobs_error::Error;
    if let Some(Error::Invalid { .. } | Error::Schedule { .. }) = error.downcast_ref() {
        return USAGE;
    }
    match error.downcast_ref::<ClientError>() {
        Some(ClientError::Unreachable { .. }) => UNREACHABLE,
        Some(ClientError::Remote { code, .. }) => match *code {
            code::NO_SUCH_JOB | code::NO_SUCH_EXECUTION => NO_SUCH_JOB,
            code::INVALID_PARAMS => USAGE,
            _ => FAILED,
        },
        Some(ClientError::Broken(_)) | None => FAILED,
    }
}

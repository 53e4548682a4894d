//! The command line: parses what a person types, calls the daemon, and prints the answer. The only place that prints. A file
//! per noun has its arguments and its output.

mod accounts;
mod add_words;
mod addresses;
mod alerts;
mod args;
mod audit;
mod changes;
mod channels;
mod complete;
mod config_file;
mod config_text;
mod cron_places;
mod cron_rules;
mod daemon;
mod deferred;
mod definitions;
mod diagnose;
mod editor;
mod events;
mod executions;
mod explain;
mod generate;
mod habits;
mod import;
mod job_fields;
mod job_input;
mod jobs;
mod list;
mod listen;
mod live;
mod logs;
mod logs_of_all;
mod next;
mod next_of_all;
mod out;
mod overview;
mod page;
mod scheduler;
mod sessions;
mod summary;
mod system_log;
mod table;
mod terminal;
mod text;
mod tokens;
mod top;
mod waits;
mod week;
mod work;
mod yaml;

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

pub use complete::script as completions;
pub use generate::man_page;
pub use listen::Listen;
pub use live::LiveView;
pub use page::print_page_link;

use args::{Cli, Form, Verb};
use deferred::Deferred;
use jobs_config::{Config, Env, Paths};
use jobs_fs::Holder;
use jobs_rpc::{Client, ClientError, code};
use out::Out;

/// Exit status: success.
const DONE: i32 = 0;
/// Exit status: failure.
const FAILED: i32 = 1;
/// Exit status: wrong usage, or an invalid value.
const USAGE: i32 = 2;
/// Exit status: no daemon answers.
const UNREACHABLE: i32 = 3;
/// Exit status: no such job, or no such execution.
const NO_SUCH_JOB: i32 = 4;

/// The arguments of `jobs start`.
#[derive(Clone, Debug)]
pub struct Start {
    /// The folders and files, before the configuration is read.
    pub paths: Paths,
    /// `-d`
    pub detach: bool,
    /// `-f`
    pub guard: bool,
    /// `--http`
    pub http: Option<Listen>,
    /// `--crontab`, absolute.
    pub crontab: Option<PathBuf>,
    /// Set by the guard for its child: the daemon reports on stdout when it is ready.
    pub announce: bool,
}

impl Start {
    /// Whether a user watches the daemon in a terminal: then the output of jobs is printed while they run.
    pub fn shows_output(&self) -> bool {
        self.crontab.is_some() && !self.detach && !self.announce
    }

    /// Whether a person has started the daemon in the foreground at a terminal.
    pub fn is_at_terminal(&self) -> bool {
        !self.detach && !self.announce && page::is_at_terminal()
    }
}

/// Starts a daemon and returns its exit code. The callback receives the process id of a daemon in the background.
pub type Starter<'a> = &'a dyn Fn(&Start, &dyn Fn(u32)) -> anyhow::Result<i32>;

/// Refuses a configuration that `start` would refuse although each of its values is acceptable.
pub type Checker<'a> = &'a dyn Fn(&Config) -> jobs_error::Result<()>;

/// Runs the command line and returns the exit status.
pub fn run(
    typed: impl Iterator<Item = OsString>,
    starter: Starter<'_>,
    checker: Checker<'_>,
) -> i32 {
    let typed: Vec<OsString> = typed.collect();
    if complete::complete(&typed) {
        return DONE;
    }
    let typed = habits::rewrite(typed);
    let wants_json = habits::wants_json(&typed);
    let cli = match Cli::try_parse_from(&typed) {
        Ok(cli) => cli,
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            out::print(&args::version());
            return DONE;
        }
        Err(error) => {
            if let Some(answer) = habits::explain(&error, &typed) {
                return out::report(&anyhow::Error::from(answer), wants_json, exit_code);
            }
            let code = if error.use_stderr() { USAGE } else { DONE };
            if wants_json && error.use_stderr() {
                let text = error.render().to_string();
                let text = text.trim_start_matches("error: ").trim_end();
                return out::report(&usage_error(text), wants_json, exit_code);
            }
            // A failure is ignored: it could not be printed either.
            let _ = harmless(error, &typed).print();
            return code;
        }
    };
    let wants_json = cli.json || cli.output == Some(Form::Json);
    let mut out = Out::new(wants_json);
    let result = act(cli, &mut out, starter, checker).and_then(|code| {
        out.flush()?;
        Ok(code)
    });
    match result {
        Ok(code) => code,
        Err(error) => out::report(&error, wants_json, exit_code),
    }
}

/// An error of clap, which shows arguments as they were typed, with escapes for the characters in them that control a terminal.
fn harmless(error: clap::Error, typed: &[OsString]) -> clap::Error {
    let escaped: Vec<OsString> = typed
        .iter()
        .map(
            |word| match jobs_text::for_terminal(&word.to_string_lossy()) {
                Cow::Borrowed(_) => word.clone(),
                Cow::Owned(escaped) => OsString::from(escaped),
            },
        )
        .collect();
    if escaped == typed {
        return error;
    }
    match Cli::try_parse_from(&escaped) {
        Err(error) => error,
        // Only a character that was escaped is refused.
        Ok(_) => {
            let text = error.render().to_string();
            let text = text.trim_start_matches("error: ").trim_end();
            Cli::command().error(error.kind(), jobs_text::escaped(text))
        }
    }
}

/// A line that clap refuses, in clap's words.
fn usage_error(text: &str) -> anyhow::Error {
    anyhow::Error::from(habits::UsageError {
        message: text.to_string(),
        commands: Vec::new(),
        hint: None,
    })
}

/// Refuses a form of the output that the command does not have.
fn check_form(form: Option<Form>, verb: &Verb) -> anyhow::Result<()> {
    match form {
        None | Some(Form::Text | Form::Json) => Ok(()),
        Some(Form::Name | Form::Wide) if matches!(verb, Verb::List(_)) => Ok(()),
        Some(Form::Name | Form::Wide) => Err(jobs_error::Error::invalid(
            "output",
            "only `jobs list` has the forms `name` and `wide`",
        )
        .hint("`-o json` works with every command")
        .into()),
    }
}

fn act(cli: Cli, out: &mut Out, starter: Starter<'_>, checker: Checker<'_>) -> anyhow::Result<i32> {
    let context = Context {
        home: cli.home,
        config: cli.config,
    };
    check_form(cli.output, &cli.verb)?;
    if cli.output == Some(Form::Wide) {
        out.widen();
    }
    match cli.verb {
        Verb::Start(Deferred(start)) => daemon::start(&context, start, out, starter),
        Verb::Shutdown => daemon::shutdown(&context, out),
        Verb::Status(Deferred(args)) => daemon::status_of(&context, &args, out),
        Verb::Version => daemon::version(&context, out),
        Verb::Health => daemon::health(&context, out),
        Verb::Pause(Deferred(args)) => scheduler::pause(&context, args, out),
        Verb::Resume(Deferred(args)) => scheduler::resume(&context, args, out),
        Verb::Check => scheduler::check(&context, out),
        Verb::Reload => daemon::reload(&context, out),
        Verb::Config(Deferred(config)) => config_file::config(&context, &config.verb, out, checker),
        Verb::Add(Deferred(add)) => job_input::add(&context, add, out),
        Verb::List(Deferred(list)) => list::list(&context, &list, cli.output, out),
        Verb::Show(Deferred(request)) => jobs::show(&context, &request, out),
        Verb::Edit(Deferred(edit)) => job_input::edit(&context, edit, out),
        Verb::Rename(Deferred(names)) => definitions::rename(&context, names, out),
        Verb::Copy(Deferred(request)) => definitions::copy(&context, &request, out),
        Verb::Export(Deferred(args)) => definitions::export(&context, &args, out),
        Verb::Rm(Deferred(rm)) => changes::rm(&context, rm, out),
        Verb::Stop(Deferred(stop)) => changes::stop(&context, stop, out),
        Verb::Skip(Deferred(request)) => jobs::skip(&context, &request, out),
        Verb::Restart(Deferred(restart)) => changes::restart(&context, restart, out),
        Verb::Run(Deferred(run)) => executions::run(&context, &run, out),
        Verb::Cancel(Deferred(request)) => executions::cancel(&context, &request, out),
        Verb::History(Deferred(request)) => executions::history(&context, &request, out),
        Verb::Diagnose(Deferred(args)) => diagnose::diagnose(&context, args, out),
        Verb::Summary(Deferred(request)) => summary::summary(&context, &request, out),
        Verb::Wait(Deferred(args)) => overview::wait(&context, &args, out),
        Verb::Top => top::top(&context, out),
        Verb::Stats(Deferred(args)) => overview::stats(&context, &args, out),
        Verb::Events(Deferred(args)) => events::events(&context, &args, out),
        Verb::Logs(Deferred(logs)) => logs::logs(&context, &logs, out),
        Verb::Next(Deferred(next)) => next::next(&context, &next, out),
        Verb::Week(Deferred(request)) => week::week(&context, &request, out),
        Verb::Explain(Deferred(explain)) => explain::explain(&explain, out),
        Verb::Env(Deferred(request)) => work::env(&context, &request, out),
        Verb::Functions => work::functions(&context, out),
        Verb::Import(Deferred(import)) => import::import(&context, import, out),
        Verb::Rule(Deferred(rule)) => alerts::rule(&context, rule.verb, out),
        Verb::Alerts(Deferred(args)) => alerts::alerts(&context, args, out),
        Verb::Ack(Deferred(request)) => alerts::ack(&context, &request, out),
        Verb::Snooze(Deferred(request)) => alerts::snooze(&context, &request, out),
        Verb::Ip(Deferred(ip)) => addresses::ip(&context, ip.verb, out),
        Verb::Admin(Deferred(admin)) => accounts::admin(&context, admin.verb, out),
        Verb::Token(Deferred(token)) => tokens::token(&context, token.verb, out),
        Verb::Channel(Deferred(channel)) => channels::channel(&context, channel.verb, out),
        Verb::Page(Deferred(args)) => page::page(&context, &args, out),
        Verb::Session(Deferred(session)) => sessions::session(&context, session.verb, out),
        Verb::Audit(Deferred(request)) => audit::audit(&context, &request, out),
        Verb::Changes(Deferred(request)) => audit::changes(&context, &request, out),
        Verb::PutBack(Deferred(request)) => audit::put_back(&context, &request, out),
        Verb::Completions { shell } => {
            out.raw(complete::script(shell)?.as_bytes())?;
            Ok(DONE)
        }
        Verb::Man => {
            out.raw(man_page().as_bytes())?;
            Ok(DONE)
        }
    }
}

/// Which daemon is meant.
#[derive(Clone)]
struct Context {
    home: Option<PathBuf>,
    config: Option<PathBuf>,
}

impl Context {
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
                && let Some(pid) = holder(&paths.lock)
            {
                *hint = format!(
                    "a daemon runs, pid {pid}: it is starting or ending, or its socket was removed; \
                     `jobs shutdown` ends it in each case"
                );
            }
            anyhow::Error::from(error)
        })
    }
}

/// The process that holds a lock, if only root and the own account can have written that, and the process is visible here.
fn holder(lock: &std::path::Path) -> Option<i32> {
    jobs_fs::check_file(lock).ok()??;
    let holder = Holder::of(lock).filter(Holder::is_here)?;
    i32::try_from(holder.pid?).ok()
}

/// An absolute path, because the daemon has another working directory.
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
    if let Some(Error::NoSuchJob(_) | Error::NoSuchExecution(_)) = error.downcast_ref() {
        return NO_SUCH_JOB;
    }
    if error.is::<habits::UsageError>() {
        return USAGE;
    }
    match error.downcast_ref::<ClientError>() {
        Some(ClientError::Unreachable { .. }) => UNREACHABLE,
        Some(ClientError::Remote { code, .. }) => match *code {
            code::NO_SUCH_JOB | code::NO_SUCH_EXECUTION => NO_SUCH_JOB,
            code::INVALID_PARAMS => USAGE,
            _ => FAILED,
        },
        Some(ClientError::Broken(_) | ClientError::Untrusted(_)) | None => FAILED,
    }
}

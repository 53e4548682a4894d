//! The work of jobs: its mode, the check that this machine can run it, its environment; and the list of functions.

use super::{Cx, Service, find};
use jobs_api::{Env, Environment, FunctionInfo, Functions, Variable};
use jobs_crontab::has_pipe;
use jobs_error::{Error, Result};
use jobs_mask::{self as mask, MASK};
use jobs_model::Mode;
use jobs_runner::{self as runner, Account, Tools, func, http};
use jobs_scheduler::Settings;
use jobs_text::listed;
use jobs_work::{Command, HTTP_TIMEOUT_SECONDS, Work, WorkFields};

/// The kind of work: the named one, else the one that the fields imply.
pub(super) fn mode_of(named: Option<Mode>, fields: &WorkFields) -> Mode {
    named.unwrap_or(match (&fields.url, &fields.func) {
        (Some(_), _) => Mode::Http,
        (None, Some(_)) => Mode::Func,
        (None, None) => Mode::Command,
    })
}

/// Refuses work that parses but that this machine cannot run.
pub(super) fn check_work(work: &Work) -> Result<()> {
    match work {
        Work::Command(command) => check_command(command),
        Work::Http(request) => http::check(request).map_err(refused_request),
        Work::Func(call) => {
            if let Some(user) = &call.user {
                Account::other(user)?;
            }
            check_function(&call.name)
        }
    }
}

pub(super) fn check_command(command: &Command) -> Result<()> {
    check_length(command)?;
    if let Some(user) = &command.user {
        Account::other(user)?;
    }
    for (field, path) in [
        ("workdir", &command.workdir),
        ("env_file", &command.env_file),
    ] {
        if let Some(path) = path
            && !std::path::Path::new(path).is_absolute()
        {
            return Err(Error::invalid(
                field,
                format!("`{path}` is relative, but the daemon has another working directory"),
            )
            .hint("give the whole path, such as `/srv/app`"));
        }
    }
    Ok(())
}

/// Refuses a command that the system would not start, because it or its variables are too long.
pub(super) fn check_length(command: &Command) -> Result<()> {
    match runner::too_long(command) {
        None => Ok(()),
        Some((field, problem)) => Err(Error::invalid(field, problem)
            .hint("put the text into a file that the command reads, or give it as its standard input (--stdin)")),
    }
}

/// The warnings about a command that can fail without a sign of it.
pub(super) fn command_doubts(command: &Command, tools: &Tools) -> Vec<String> {
    let mut doubts = Vec::new();
    doubts.extend(runner::shell_problem(command, &tools.shell));
    doubts.extend(runner::folder_problem(command));
    doubts.extend(unseen_failure(command, tools));
    doubts
}

/// The warning about a pipe of which only the last program decides about success.
fn unseen_failure(command: &Command, tools: &Tools) -> Option<String> {
    if !has_pipe(&command.command) || command.command.contains("pipefail") {
        return None;
    }
    let shell = runner::shell_of(command, &tools.shell, tools.pipefail);
    if !shell.is_known() || shell.says_pipefail() {
        return None;
    }
    let name = shell.program.display();
    let advice = if shell.has_pipefail() {
        format!("--shell '{name} -o pipefail', or `jobs.pipefail: true` for all jobs")
    } else {
        format!("--shell 'bash -o pipefail' (`{name}` does not know the option)")
    };
    Some(format!(
        "it has a pipe: it succeeds when the last program of the pipe succeeds, even if one before it fails; {advice} lets it fail then"
    ))
}

pub(super) fn check_function(name: &str) -> Result<()> {
    if func::find(name).is_some() {
        return Ok(());
    }
    let names = listed(func::FUNCTIONS.iter().map(|function| function.name));
    Err(
        Error::invalid("func", format!("there is no function `{name}`"))
            .hint(format!("the functions are {names}")),
    )
}

/// The note about the timeout of a job that names none.
pub(super) fn timeout_note(work: &Work, settings: &Settings) -> Option<String> {
    match (work.timeout(), settings.default_timeout) {
        (None, _) if work.mode() == Mode::Http => Some(format!(
            "no timeout was given: an attempt is ended after {HTTP_TIMEOUT_SECONDS} s; 0 means no limit"
        )),
        (None, Some(timeout)) => Some(format!(
            "no timeout was given: an attempt is stopped after {} s (`jobs.default_timeout_seconds`); 0 means no limit",
            timeout.as_secs()
        )),
        (Some(_), _) | (None, None) => None,
    }
}

impl Service {
    pub(super) fn env(&self, _: &Cx, request: Env) -> Result<Environment> {
        let job = self.store.read(|reader| find(reader, &request.job))?;
        let Work::Command(work) = Work::parse(job.mode, &job.command)? else {
            return Err(Error::Conflict(format!(
                "`{}` is of mode `{}`: only commands have an environment",
                job.name, job.mode
            )));
        };
        let settings = self.scheduler.settings();
        let variables = vec![
            ("JOBS_JOB_ID", job.id.to_string()),
            ("JOBS_JOB_NAME", job.name.clone()),
            ("JOBS_SOCKET", settings.socket.display().to_string()),
            ("JOBS_DAEMON_ID", self.outputs.daemon_id().to_string()),
        ];
        let all = runner::environment(&work, &settings.tools.shell, variables)
            .map_err(Error::Conflict)?;
        let variables = all.sorted().into_iter().map(|(name, value)| {
            let name = name.to_string_lossy().into_owned();
            let value = value.to_string_lossy().into_owned();
            let value = if mask::is_secret_name(&name) && !value.is_empty() {
                MASK.to_string()
            } else {
                mask::text(&value).into_owned()
            };
            Variable { name, value }
        });
        Ok(Environment {
            variables: variables.collect(),
        })
    }

    pub(super) fn functions(&self, _: &Cx, _: Functions) -> Result<Vec<FunctionInfo>> {
        let functions = func::FUNCTIONS.iter().map(|function| FunctionInfo {
            name: function.name.to_string(),
            description: function.description.trim().to_string(),
            parameters: function.arguments.to_string(),
            example: function.example.to_string(),
        });
        Ok(functions.collect())
    }
}

/// A request that cannot be sent, as an error of the field that causes it.
fn refused_request(problem: http::Problem) -> Error {
    if let http::Problem::Invalid { field, reason } = problem {
        return Error::invalid(field, reason);
    }
    Error::invalid("command", problem.to_string())
}

//! What was given of the work of a job: which kind it is, and whether it can be done here.

use crate::error::{Error, Result};
use crate::model::Mode;
use crate::runner::{Account, func};
use crate::scheduler::Settings;
use crate::work::{Command, Fields, HTTP_TIMEOUT_SECONDS, Work};

/// The kind of work: what was named, else what the fields tell.
pub(super) fn mode_of(named: Option<Mode>, fields: &Fields) -> Mode {
    named.unwrap_or(match (&fields.url, &fields.func) {
        (Some(_), _) => Mode::Http,
        (None, Some(_)) => Mode::Func,
        (None, None) => Mode::Command,
    })
}

/// Refuses work that can be written down, but not be done.
pub(super) fn check_work(work: &Work) -> Result<()> {
    match work {
        Work::Command(command) => check_command(command),
        Work::Http(_) => Ok(()),
        Work::Func(call) => check_function(&call.name),
    }
}

pub(super) fn check_command(command: &Command) -> Result<()> {
    if let Some(user) = &command.user {
        Account::other(user).map_err(|problem| {
            let problem = problem.strip_prefix("user: ").unwrap_or(&problem);
            Error::invalid("user", problem.to_string())
        })?;
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
                format!("`{path}` is relative, and the daemon is somewhere else"),
            )
            .hint("give the whole path, such as `/srv/app`"));
        }
    }
    Ok(())
}

pub(super) fn check_function(name: &str) -> Result<()> {
    if func::find(name).is_some() {
        return Ok(());
    }
    let names: Vec<String> = func::FUNCTIONS
        .iter()
        .map(|function| format!("`{}`", function.name))
        .collect();
    Err(Error::invalid("func", format!("`{name}` is no function"))
        .hint(format!("there are {}", names.join(", "))))
}

/// What is told of a job without a timeout of its own.
pub(super) fn timeout_note(work: &Work, settings: &Settings) -> Option<String> {
    match (work.timeout(), settings.default_timeout) {
        (None, _) if work.mode() == Mode::Http => Some(format!(
            "no timeout was given: an attempt is ended after {HTTP_TIMEOUT_SECONDS} s; 0 lets it run for ever"
        )),
        (None, Some(timeout)) => Some(format!(
            "no timeout was given: an attempt is stopped after {} s (`jobs.default_timeout_seconds`); 0 lets it run for ever",
            timeout.as_secs()
        )),
        (Some(_), _) | (None, None) => None,
    }
}

//! One attempt of a shell command.

use std::path::{Path, PathBuf};
use std::process::{self, Child, Stdio};

use tokio_util::sync::CancellationToken;

use super::account::{self, Account};
use super::cgroup::Cgroup;
use super::environment::{self, Environment};
use super::process::{see_out, start};
use super::setup::{self, Setup};
use super::{Ended, Outcome, Spec};
use crate::output::{Capture, Outputs};
use crate::work::Command;

pub(super) async fn attempt(
    spec: &Spec,
    work: &Command,
    outputs: &Outputs,
    capture: &Capture,
    stop: &CancellationToken,
) -> Ended {
    let account = match other_account(work).await {
        Ok(account) => account,
        Err(why) => return Ended::not_started(why),
    };
    let needs_setup = Setup::is_needed(work, account.as_ref());
    let cgroup = needs_setup
        .then(|| Cgroup::make(spec.exec_id, &work.limits))
        .flatten();
    let started = prepare(spec, work, account, cgroup.as_ref(), needs_setup)
        .and_then(|command| run(command, spec, work, outputs, capture));
    let child = match started {
        Ok(child) => child,
        Err(why) => return Ended::not_started(why),
    };
    let mut ended = see_out(child, spec, capture, cgroup.as_ref(), stop).await;
    if needs_setup && ended.outcome == Outcome::Failed && ended.exit_code == Some(setup::FAILED) {
        ended.error = Some(format!(
            "exit status {}: it could not be set up as the job says (its stderr tells why), or that is its own status",
            setup::FAILED
        ));
    }
    ended
}

/// The account that it runs as, when that is not the daemon's own.
async fn other_account(work: &Command) -> Result<Option<Account>, String> {
    let Some(name) = work.user.clone() else {
        return Ok(None);
    };
    // The system may have to ask a server for it.
    tokio::task::spawn_blocking(move || Account::other(&name))
        .await
        .unwrap_or_else(|error| Err(format!("user: can't be looked up: {error}")))
}

/// The environment that a command gets, with `told` of what `jobs` tells it.
///
/// # Errors
///
/// When there is no such account, or the file of variables can't be read.
pub fn environment(
    work: &Command,
    default_shell: &Path,
    told: Vec<(&'static str, String)>,
) -> Result<Environment, String> {
    let account = match &work.user {
        Some(name) => Account::other(name)?,
        None => None,
    };
    let shell = shell(work, default_shell);
    environment::of_command(work, &shell, account.as_ref(), told)
}

fn shell(work: &Command, default_shell: &Path) -> PathBuf {
    work.shell
        .as_ref()
        .map_or_else(|| default_shell.to_path_buf(), PathBuf::from)
}

/// Where the command runs: where the job says, else at home as cron would.
fn workdir(work: &Command, account: Option<&Account>) -> PathBuf {
    if let Some(workdir) = &work.workdir {
        return PathBuf::from(workdir);
    }
    let home = match work.env.iter().find(|(name, _)| name == "HOME") {
        Some((_, home)) => Some(PathBuf::from(home)),
        None => account.map_or_else(account::home, |account| Some(account.home.clone())),
    };
    home.filter(|home| home.is_dir())
        .unwrap_or_else(|| PathBuf::from("/"))
}

/// The process that is to be started.
fn prepare(
    spec: &Spec,
    work: &Command,
    account: Option<Account>,
    cgroup: Option<&Cgroup>,
    needs_setup: bool,
) -> Result<process::Command, String> {
    let shell = shell(work, &spec.tools.shell);
    let environment = environment::of_command(work, &shell, account.as_ref(), told(spec))?;
    let workdir = workdir(work, account.as_ref());
    if !workdir.is_dir() {
        let why = match std::fs::metadata(&workdir) {
            Ok(_) => "is not a folder".to_string(),
            Err(error) => error.to_string(),
        };
        return Err(format!("workdir: `{}`: {why}", workdir.display()));
    }
    let mut command = if needs_setup {
        let setup = Setup::new(work, account, &workdir, cgroup);
        let mut command = process::Command::new(super::this_program());
        command.args([setup::WORD, &setup.argument()]).arg(&shell);
        // It goes there itself, as whoever it is then.
        command.current_dir("/");
        command
    } else {
        let mut command = process::Command::new(&shell);
        command.current_dir(&workdir);
        command
    };
    command
        .arg(if cfg!(windows) { "/C" } else { "-c" })
        .arg(&work.command)
        .env_clear()
        .envs(environment);
    Ok(command)
}

fn run(
    mut command: process::Command,
    spec: &Spec,
    work: &Command,
    outputs: &Outputs,
    capture: &Capture,
) -> Result<Child, String> {
    command.stdin(match &work.stdin {
        Some(text) => Stdio::from(
            outputs
                .input(spec.exec_id, text)
                .map_err(|error| error.to_string())?,
        ),
        None => Stdio::null(),
    });
    start(command, capture).map_err(|error| {
        format!(
            "cannot start `{}`: {error}",
            shell(work, &spec.tools.shell).display()
        )
    })
}

/// What an execution is told of itself.
pub(super) fn told(spec: &Spec) -> Vec<(&'static str, String)> {
    vec![
        ("JOBS_JOB_ID", spec.job_id.to_string()),
        ("JOBS_JOB_NAME", spec.job_name.clone()),
        ("JOBS_EXEC_ID", spec.exec_id.to_string()),
        ("JOBS_SCHEDULED_AT", spec.scheduled_at.clone()),
        ("JOBS_SOURCE", spec.source.clone()),
        ("JOBS_SOCKET", spec.socket.display().to_string()),
    ]
}

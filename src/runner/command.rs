//! One attempt of a shell command.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Stdio};

use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::cgroup::Cgroup;
use super::environment::{self, Environment};
use super::process::{over, see_out, start, start_setup, why};
use super::setup::{self, Setup, Workdir};
use super::{Cgroups, Ended, Outcome, Spec, direct};
use crate::output::{Capture, Outputs};
use crate::work::Command;

pub(super) async fn attempt(
    spec: &Spec,
    work: &Command,
    outputs: &Outputs,
    capture: &Capture,
    stop: &CancellationToken,
) -> Ended {
    let plan = tokio::select! {
        plan = make_plan(spec, work) => plan,
        () = stop.cancelled() => return before_it_began(Outcome::Cancelled, spec),
        () = over(spec.timeout) => return before_it_began(Outcome::Timeout, spec),
    };
    let needs_setup = plan
        .as_ref()
        .is_ok_and(|plan| Setup::is_needed(work, plan.account.as_ref()));
    let wants_cgroup = match spec.tools.cgroups {
        Cgroups::All => true,
        Cgroups::SetUp => needs_setup,
        Cgroups::None => false,
    };
    let cgroup = wants_cgroup
        .then(|| Cgroup::make(&spec.socket, spec.exec_id, &work.limits))
        .flatten();
    // It goes in by itself: put in from outside, it may have started something already.
    let needs_setup = needs_setup || cgroup.is_some();
    let started = plan.and_then(|plan| {
        if needs_setup {
            let command = set_up(plan, spec, work, cgroup.as_ref())?;
            return run(command, needs_setup, spec, work, outputs, capture);
        }
        let start = |command| run(command, needs_setup, spec, work, outputs, capture);
        // What can't be started is the shell's to explain.
        match itself(&plan, work).map(start) {
            Some(Ok(child)) => Ok(child),
            Some(Err(_)) | None => start(by_shell(&plan, work)),
        }
    });
    let child = match started {
        Ok(child) => child,
        Err(why) => return Ended::not_started(why),
    };
    let mut ended = see_out(child, spec, capture, cgroup.as_ref(), stop).await;
    if ended.outcome == Outcome::Failed
        && let Some(error) = &mut ended.error
    {
        if needs_setup && ended.exit_code == Some(setup::FAILED) {
            error.push_str(
                ": it could not be set up as the job says (its stderr tells why), or that is its own status",
            );
        }
        if cgroup.is_some_and(|cgroup| cgroup.was_out_of_memory()) {
            error.push_str(": it was over its limit of memory");
        }
    }
    ended
}

fn before_it_began(outcome: Outcome, spec: &Spec) -> Ended {
    let what = why(outcome, spec.timeout);
    Ended {
        outcome,
        ..Ended::not_started(format!("{what} before it began"))
    }
}

/// How a command is to be run.
struct Plan {
    shell: PathBuf,
    account: Option<Account>,
    environment: Environment,
    workdir: Workdir,
}

async fn make_plan(spec: &Spec, work: &Command) -> Result<Plan, String> {
    if work.user.is_none() && work.env_file.is_none() && work.workdir.is_none() {
        return plan(work, &spec.tools.shell, told(spec));
    }
    // The system may have to ask a server for the account, the file or the folder.
    let (work, tools, told) = (work.clone(), spec.tools.clone(), told(spec));
    tokio::task::spawn_blocking(move || plan(&work, &tools.shell, told))
        .await
        .unwrap_or_else(|error| Err(format!("its surroundings can't be learned: {error}")))
}

fn plan(
    work: &Command,
    default_shell: &Path,
    told: Vec<(&'static str, String)>,
) -> Result<Plan, String> {
    let account = match &work.user {
        Some(name) => Account::other(name)?,
        None => None,
    };
    let shell = match &work.shell {
        Some(shell) => PathBuf::from(shell),
        None => default_shell.to_path_buf(),
    };
    let environment = environment::of_command(work, &shell, account.as_ref(), told)?;
    let workdir = workdir(work, account.as_ref(), &environment)?;
    Ok(Plan {
        shell,
        account,
        environment,
        workdir,
    })
}

/// The environment that a command gets, with `told` of what `jobs` tells it.
///
/// # Errors
///
/// When there is no such account, the file of variables can't be read, or the folder is missing.
pub fn environment(
    work: &Command,
    default_shell: &Path,
    told: Vec<(&'static str, String)>,
) -> Result<Environment, String> {
    plan(work, default_shell, told).map(|plan| plan.environment)
}

/// Where the command runs: where the job says, else at home as cron would.
fn workdir(
    work: &Command,
    account: Option<&Account>,
    environment: &Environment,
) -> Result<Workdir, String> {
    let Some(folder) = work.workdir.as_ref().map(PathBuf::from) else {
        let home = environment.get(OsStr::new("HOME")).map(PathBuf::from);
        let path = home.filter(|home| home.is_absolute());
        return Ok(Workdir {
            path: path.unwrap_or_else(|| PathBuf::from("/")),
            or_root: true,
        });
    };
    let problem = match std::fs::metadata(&folder) {
        Ok(metadata) if metadata.is_dir() => None,
        Ok(_) => Some("is not a folder".to_string()),
        // Not even root may look into some folders of others, such as on a server.
        Err(error) if error.kind() == ErrorKind::PermissionDenied && account.is_some() => None,
        Err(error) => Some(error.to_string()),
    };
    match problem {
        Some(problem) => Err(format!("workdir: `{}`: {problem}", folder.display())),
        None => Ok(Workdir {
            path: folder,
            or_root: false,
        }),
    }
}

/// The process of a command that needs no shell.
#[cfg(unix)]
fn itself(plan: &Plan, work: &Command) -> Option<process::Command> {
    let direct = direct::direct(&work.command, &plan.shell, &plan.environment)?;
    let mut command = process::Command::new(direct.program);
    std::os::unix::process::CommandExt::arg0(&mut command, direct.name);
    command.args(direct.arguments);
    let folder = surround(&mut command, plan);
    // A shell says where it runs.
    command.env("PWD", folder);
    Some(command)
}

#[cfg(not(unix))]
fn itself(_: &Plan, _: &Command) -> Option<process::Command> {
    None
}

/// The process of a command that a shell reads.
fn by_shell(plan: &Plan, work: &Command) -> process::Command {
    let mut command = process::Command::new(&plan.shell);
    command.args([SHELL_RUNS, &work.command]);
    surround(&mut command, plan);
    command
}

/// Says where it runs and with what; where that is.
fn surround<'p>(command: &mut process::Command, plan: &'p Plan) -> &'p Path {
    let is_missing = plan.workdir.or_root && !plan.workdir.path.is_dir();
    let folder = match is_missing {
        true => Path::new("/"),
        false => &plan.workdir.path,
    };
    command
        .current_dir(folder)
        .env_clear()
        .envs(&plan.environment);
    folder
}

/// The process that sets itself up and then becomes the command.
fn set_up(
    plan: Plan,
    spec: &Spec,
    work: &Command,
    cgroup: Option<&Cgroup>,
) -> Result<process::Command, String> {
    let setup = Setup::new(work, plan.account, plan.workdir, cgroup);
    let mut command = process::Command::new(super::this_program());
    command
        .args([setup::WORD, &setup.argument()?])
        .arg(&plan.shell)
        .args([SHELL_RUNS, &work.command])
        // It goes where it should be itself, as whoever it is then.
        .current_dir("/")
        .env_clear()
        // The mark by which it is found.
        .envs(told(spec))
        .envs(setup::kept(plan.environment));
    Ok(command)
}

/// What stands before a command for a shell.
const SHELL_RUNS: &str = if cfg!(windows) { "/C" } else { "-c" };

fn run(
    mut command: process::Command,
    needs_setup: bool,
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
    let program = command.get_program().display().to_string();
    let started = match needs_setup {
        true => start_setup(command, capture),
        false => start(command, capture),
    };
    started.map_err(|error| format!("cannot start `{program}`: {error}"))
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

//! One attempt of a shell command.

use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::cgroup::Cgroup;
use super::environment::{self, Environment};
use super::process::{over, see_out, why};
use super::program::{Process, Program};
use super::setup::{self, Setup, Workdir};
use super::{Ended, Outcome, Spec, direct};
use crate::config::CgroupUse;
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
        CgroupUse::Always => true,
        CgroupUse::Limits => needs_setup,
        CgroupUse::Never => false,
    };
    let cgroup = wants_cgroup
        .then(|| Cgroup::make(&spec.socket, spec.exec_id, &work.limits))
        .flatten();
    // It goes in by itself: put in from outside, it may have started something already.
    let needs_setup = needs_setup || cgroup.is_some();
    let started = plan.and_then(|plan| {
        let stdin = stdin(spec, work, outputs)?;
        match needs_setup {
            true => started(&set_up(plan, stdin, spec, work, cgroup.as_ref())?, capture),
            false => start(plan, stdin, work, capture),
        }
    });
    let process = match started {
        Ok(process) => process,
        Err(why) => return Ended::not_started(why),
    };
    let mut ended = see_out(process, spec, capture, cgroup.as_ref(), stop).await;
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
        let home = environment.get("HOME").map(PathBuf::from);
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

/// What a command reads.
fn stdin(spec: &Spec, work: &Command, outputs: &Outputs) -> Result<Option<File>, String> {
    work.stdin
        .as_ref()
        .map(|text| outputs.input(spec.exec_id, text))
        .transpose()
        .map_err(|error| error.to_string())
}

/// Starts a command as the daemon's own account: itself where that makes no difference to it, else by its shell.
fn start(
    plan: Plan,
    stdin: Option<File>,
    work: &Command,
    capture: &Capture,
) -> Result<Process, String> {
    let mut program = by_shell(plan, stdin, work);
    #[cfg(unix)]
    if let Some(direct) = direct::direct(&work.command, &program.path, &program.environment) {
        let shell = program.path;
        // A shell says where it runs.
        let before = program.environment.set("PWD", &program.folder);
        program.path = direct.program;
        program.name = Some(direct.name.into());
        program.arguments = direct.arguments.into_iter().map(OsString::from).collect();
        if let Ok(process) = program.start(capture) {
            return Ok(process);
        }
        // What can't be started is the shell's to explain.
        program.path = shell;
        program.name = None;
        program.arguments = shell_arguments(work);
        program.environment.set_back("PWD", before);
    }
    started(&program, capture)
}

fn started(program: &Program, capture: &Capture) -> Result<Process, String> {
    program
        .start(capture)
        .map_err(|error| format!("cannot start `{}`: {error}", program.path.display()))
}

/// A command that its shell reads.
fn by_shell(plan: Plan, stdin: Option<File>, work: &Command) -> Program {
    let is_missing = plan.workdir.or_root && !plan.workdir.path.is_dir();
    Program {
        path: plan.shell,
        name: None,
        arguments: shell_arguments(work),
        environment: plan.environment,
        folder: match is_missing {
            true => PathBuf::from("/"),
            false => plan.workdir.path,
        },
        stdin,
        sets_itself_up: false,
    }
}

fn shell_arguments(work: &Command) -> Vec<OsString> {
    vec![SHELL_RUNS.into(), work.command.clone().into()]
}

/// The process that sets itself up and then becomes the command.
fn set_up(
    plan: Plan,
    stdin: Option<File>,
    spec: &Spec,
    work: &Command,
    cgroup: Option<&Cgroup>,
) -> Result<Program, String> {
    let environment = setup::kept(&plan.environment, told(spec));
    let setup = Setup::new(work, plan.account, plan.workdir, cgroup);
    let mut arguments = vec![
        setup::WORD.into(),
        setup.argument()?.into(),
        plan.shell.into(),
    ];
    arguments.extend(shell_arguments(work));
    Ok(Program {
        path: super::this_program(),
        name: None,
        arguments,
        environment,
        // It goes where it should be itself, as whoever it is then.
        folder: PathBuf::from("/"),
        stdin,
        sets_itself_up: true,
    })
}

/// What stands before a command for a shell.
const SHELL_RUNS: &str = if cfg!(windows) { "/C" } else { "-c" };

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

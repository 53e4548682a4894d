//! One attempt of a shell command.

use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::cgroup::Cgroup;
use super::environment::{self, Environment};
use super::process::{stop_reason, timeout_elapsed, wait_for_end};
use super::program::{Process, Program};
use super::setup::{self, Setup, Workdir};
use super::shell::Shell;
use super::shortage::{descriptors_are_used_up, is_shortage};
use super::{Ended, Outcome, Spec, direct};
use jobs_config::CgroupUse;
use jobs_output::{Capture, Outputs};
use jobs_work::Command;

pub(super) async fn attempt(
    spec: &Spec,
    work: &Command,
    outputs: &Outputs,
    capture: &Capture,
    stop: &CancellationToken,
) -> Ended {
    let plan = tokio::select! {
        plan = make_plan(spec, work) => plan,
        () = stop.cancelled() => return stopped_before_start(Outcome::Cancelled, spec),
        () = timeout_elapsed(spec.timeout) => return stopped_before_start(Outcome::Timeout, spec),
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
        .then(|| Cgroup::make(&spec.daemon, spec.exec_id, &work.limits))
        .flatten();
    // The process joins the cgroup itself: moved in from outside, it might have started a child before.
    let needs_setup = needs_setup || cgroup.is_some();
    let started = plan.map_err(NotStarted::from).and_then(|plan| {
        let stdin = stdin(spec, work, outputs)?;
        match needs_setup {
            true => started(&set_up(plan, stdin, spec, work, cgroup.as_ref())?, capture),
            false => start(plan, stdin, work, capture),
        }
    });
    let process = match started {
        Ok(process) => process,
        Err(problem) => return problem.ended(),
    };
    let mut ended = wait_for_end(process, spec, capture, cgroup.as_ref(), stop).await;
    if ended.outcome == Outcome::Failed
        && let Some(error) = &mut ended.error
    {
        if needs_setup && ended.exit_code == Some(setup::FAILED) {
            error.push_str(
                ": the setup of the process failed (see stderr), or the command itself ended with this status",
            );
        }
        if cgroup.is_some_and(|cgroup| cgroup.was_out_of_memory()) {
            error.push_str(": the memory limit was exceeded");
        }
    }
    ended
}

fn stopped_before_start(outcome: Outcome, spec: &Spec) -> Ended {
    let reason = stop_reason(outcome, spec.timeout);
    Ended {
        outcome,
        ..Ended::not_started(format!("{reason} before it began"))
    }
}

/// How the command will be run.
pub(super) struct Plan {
    pub(super) shell: Shell,
    account: Option<Account>,
    pub(super) environment: Environment,
    workdir: Workdir,
}

async fn make_plan(spec: &Spec, work: &Command) -> Result<Plan, String> {
    let is_quick = work.user.is_none() && work.env_file.is_none() && work.workdir.is_none();
    if is_quick && !spec.tools.pipefail {
        return plan(work, &spec.tools.shell, false, job_variables(spec));
    }
    // Looking up the account, the file or the folder may block on a server, and a shell may be asked for its options.
    let (work, tools, job_variables) = (work.clone(), spec.tools.clone(), job_variables(spec));
    tokio::task::spawn_blocking(move || plan(&work, &tools.shell, tools.pipefail, job_variables))
        .await
        .unwrap_or_else(|error| Err(format!("its environment can't be prepared: {error}")))
}

/// Finds out how the command will be run. With `pipefail`, a shell that knows the option gets it.
pub(super) fn plan(
    work: &Command,
    default_shell: &Path,
    pipefail: bool,
    job_variables: Vec<(&'static str, String)>,
) -> Result<Plan, String> {
    let account = match &work.user {
        Some(name) => Account::other(name).map_err(|error| error.to_string())?,
        None => None,
    };
    let shell = shell_of(work, default_shell, pipefail);
    let environment =
        environment::of_command(work, &shell.program, account.as_ref(), job_variables)?;
    let workdir = workdir(work, account.as_ref(), &environment)?;
    Ok(Plan {
        shell,
        account,
        environment,
        workdir,
    })
}

/// The shell of a command. With `pipefail`, a shell that knows the option gets it.
pub fn shell_of(work: &Command, default_shell: &Path, pipefail: bool) -> Shell {
    let shell = match &work.shell {
        Some(shell) => Shell::parse(shell),
        None => Shell::parse(&default_shell.to_string_lossy()),
    };
    match pipefail {
        true => shell.with_pipefail(),
        false => shell,
    }
}

/// The environment of a command. `job_variables` are those that describe the execution.
///
/// # Errors
///
/// Fails when the account does not exist, the file of variables cannot be read, or the working directory is missing.
pub fn environment(
    work: &Command,
    default_shell: &Path,
    job_variables: Vec<(&'static str, String)>,
) -> Result<Environment, String> {
    plan(work, default_shell, false, job_variables).map(|plan| plan.environment)
}

/// The working directory: the one of the job, else the home directory, as under cron.
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
        // Some folders of other accounts are closed even to root, for example on a network file system.
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

/// The file for the command's stdin.
fn stdin(spec: &Spec, work: &Command, outputs: &Outputs) -> Result<Option<File>, String> {
    work.stdin
        .as_ref()
        .map(|text| outputs.input(spec.exec_id, text))
        .transpose()
        .map_err(|error| error.to_string())
}

/// Starts a command as the daemon's account: without a shell where the result is the same, else with it.
fn start(
    plan: Plan,
    stdin: Option<File>,
    work: &Command,
    capture: &Capture,
) -> Result<Process, NotStarted> {
    // A shell with arguments may do more than run the command, such as read a profile.
    let is_plain_shell = plan.shell.arguments.is_empty() || plan.shell.only_sets_pipefail();
    let mut program = by_shell(plan, stdin, work);
    #[cfg(unix)]
    if is_plain_shell
        && let Some(direct) = direct::direct(&work.command, &program.path, &program.environment)
    {
        let shell = program.path;
        let arguments = program.arguments;
        // A shell sets PWD to its working directory.
        let before = program.environment.set("PWD", &program.folder);
        program.path = direct.program;
        program.name = Some(direct.name.into());
        program.arguments = direct.arguments.into_iter().map(OsString::from).collect();
        if let Ok(process) = program.start(capture) {
            return Ok(process);
        }
        // On failure let the shell try, so that it prints the error.
        program.path = shell;
        program.name = None;
        program.arguments = arguments;
        program.environment.restore("PWD", before);
    }
    started(&program, capture)
}

fn started(program: &Program, capture: &Capture) -> Result<Process, NotStarted> {
    program.start(capture).map_err(|error| NotStarted {
        is_shortage: is_shortage(&error),
        problem: match program.folder_problem(&error) {
            Some(problem) => problem,
            None => format!("cannot start `{}`: {error}", program.path.display()),
        },
    })
}

/// Why a process could not be started.
struct NotStarted {
    problem: String,
    /// Whether descriptors, processes or memory are used up.
    is_shortage: bool,
}

impl NotStarted {
    fn ended(self) -> Ended {
        Ended {
            is_shortage: self.is_shortage,
            ..Ended::not_started(self.problem)
        }
    }
}

/// Some failures do not tell their reason: an account is not found, too, when its file can't be opened.
impl From<String> for NotStarted {
    fn from(problem: String) -> NotStarted {
        NotStarted {
            problem,
            is_shortage: descriptors_are_used_up(),
        }
    }
}

/// The program that runs the command by a shell.
fn by_shell(plan: Plan, stdin: Option<File>, work: &Command) -> Program {
    let is_missing = plan.workdir.or_root && !plan.workdir.path.is_dir();
    Program {
        arguments: shell_arguments(&plan.shell, work),
        path: plan.shell.program,
        name: None,
        environment: plan.environment,
        folder: match is_missing {
            true => PathBuf::from("/"),
            false => plan.workdir.path,
        },
        stdin,
        sets_itself_up: false,
    }
}

fn shell_arguments(shell: &Shell, work: &Command) -> Vec<OsString> {
    let mut arguments = shell.arguments.clone();
    arguments.extend([SHELL_FLAG.into(), work.command.clone().into()]);
    arguments
}

/// The program that sets up its own process and then becomes the command.
fn set_up(
    plan: Plan,
    stdin: Option<File>,
    spec: &Spec,
    work: &Command,
    cgroup: Option<&Cgroup>,
) -> Result<Program, String> {
    let environment = setup::prefixed(&plan.environment, job_variables(spec));
    let setup = Setup::new(work, plan.account, plan.workdir, cgroup);
    let mut arguments = vec![
        setup::SUBCOMMAND.into(),
        setup.argument()?.into(),
        plan.shell.program.clone().into(),
    ];
    arguments.extend(shell_arguments(&plan.shell, work));
    Ok(Program {
        path: super::this_program(),
        name: None,
        arguments,
        environment,
        // The process changes into the working directory itself, once it runs as the right account.
        folder: PathBuf::from("/"),
        stdin,
        sets_itself_up: true,
    })
}

/// The shell's flag before the command.
const SHELL_FLAG: &str = if cfg!(windows) { "/C" } else { "-c" };

/// The variables that tell an execution about itself.
pub(super) fn job_variables(spec: &Spec) -> Vec<(&'static str, String)> {
    vec![
        ("JOBS_JOB_ID", spec.job_id.to_string()),
        ("JOBS_JOB_NAME", spec.job_name.clone()),
        ("JOBS_EXEC_ID", spec.exec_id.to_string()),
        ("JOBS_SCHEDULED_AT", spec.scheduled_at.clone()),
        ("JOBS_SOURCE", spec.source.clone()),
        ("JOBS_SOCKET", spec.daemon.socket.display().to_string()),
        ("JOBS_DAEMON_ID", spec.daemon.id.to_string()),
    ]
}

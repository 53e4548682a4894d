//! Sets up the process of a command between its start and the command itself: account, limits, priorities, umask,
//! working directory.
//!
//! The process is a re-exec of this program. The daemon must not do the setup itself between fork and exec: that
//! would need a real fork, which copies the page tables of all its memory.

use std::ffi::OsString;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::cgroup::Cgroup;
use super::descriptors;
use super::environment::Environment;
use jobs_work::{Command, IoPriority};

/// The first argument of such a process. No subcommand of the command line begins like this.
pub const SUBCOMMAND: &str = "__command";

/// The exit status of a process whose setup failed, the same as of nice(1) and env(1).
pub(super) const FAILED: i32 = 125;

/// Prefix of the names of the command's variables, so that they have no effect on the setup itself: the process may
/// still be root, and another person may control the variables (`LD_PRELOAD` in a file of variables). As arguments,
/// every account could read them.
pub(super) const PREFIX: &str = "+";

/// The steps of the setup, passed as JSON in the second argument. They contain no secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// The folder of the cgroup to join.
    cgroup: Option<PathBuf>,
    /// The resource limits as text, see [`jobs_work::Limits`].
    limits: String,
    /// Whether the cgroup limits memory, and whether it limits the number of processes.
    limits_by_cgroup: (bool, bool),
    /// The limit of open files at the daemon's start; set when the daemon has raised its own.
    files: Option<(Option<u64>, Option<u64>)>,
    nice: Option<i32>,
    ionice: Option<String>,
    umask: Option<u32>,
    account: Option<Account>,
    workdir: Workdir,
}

/// The working directory of the command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Workdir {
    pub(super) path: PathBuf,
    /// Whether to use `/` when the folder is missing: true for a home directory, which the job did not ask for.
    pub(super) or_root: bool,
}

impl Setup {
    /// Whether the command needs settings that a new process cannot be started with directly.
    pub(super) fn is_needed(work: &Command, account: Option<&Account>) -> bool {
        account.is_some()
            || !work.limits.is_none()
            || work.nice.is_some()
            || work.ionice.is_some()
            || work.umask.is_some()
    }

    pub(super) fn new(
        work: &Command,
        account: Option<Account>,
        workdir: Workdir,
        cgroup: Option<&Cgroup>,
    ) -> Setup {
        Setup {
            cgroup: cgroup.map(|cgroup| cgroup.path().to_path_buf()),
            limits: work.limits.to_string(),
            limits_by_cgroup: cgroup.map_or((false, false), |cgroup| {
                (cgroup.limits_memory, cgroup.limits_processes)
            }),
            files: descriptors::original(),
            nice: work.nice,
            ionice: work.ionice.as_ref().map(IoPriority::to_string),
            umask: work.umask,
            account,
            workdir,
        }
    }

    /// The setup as an argument.
    pub(super) fn argument(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|error| format!("cannot be set up: {error}"))
    }
}

/// The environment for such a process: the command's variables with a prefix, and `job_variables`, by which the
/// process is found.
pub(super) fn prefixed(
    environment: &Environment,
    job_variables: Vec<(&'static str, String)>,
) -> Environment {
    let mut all: Environment = job_variables.into_iter().collect();
    for (name, value) in environment.sorted() {
        let mut prefixed = OsString::from(PREFIX);
        prefixed.push(name);
        all.set(prefixed, value);
    }
    all
}

/// Removes the prefix again.
fn without_prefix(
    all: impl Iterator<Item = (OsString, OsString)>,
) -> impl Iterator<Item = (OsString, OsString)> {
    all.filter_map(|(name, value)| {
        let name = name.as_encoded_bytes().strip_prefix(PREFIX.as_bytes())?;
        Some((os_string(name)?, value))
    })
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> Option<OsString> {
    Some(std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec()))
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> Option<OsString> {
    std::str::from_utf8(bytes).ok().map(OsString::from)
}

/// Performs the setup in the arguments, then becomes the command. Returns an exit status only on failure.
pub fn become_command(mut arguments: impl Iterator<Item = OsString>) -> i32 {
    let setup = arguments
        .next()
        .and_then(|text| text.into_string().ok())
        .and_then(|text| serde_json::from_str::<Setup>(&text).ok());
    let (Some(setup), Some(program)) = (setup, arguments.next()) else {
        eprintln!("jobs: `{SUBCOMMAND}` is internal: the daemon starts commands with it");
        return 2;
    };
    let mut command = std::process::Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(without_prefix(std::env::vars_os()));
    let problem = match system::apply(&setup) {
        Ok(()) => system::exec(command),
        Err(problem) => problem,
    };
    eprintln!("jobs: {problem}");
    FAILED
}

#[cfg(unix)]
pub(crate) mod system {
    use std::os::unix::process::CommandExt;

    use rustix::fs::{FileType, Mode, fchown, fstat};
    use rustix::io::Errno;
    use rustix::process::{
        Resource, Rlimit, geteuid, getpid, getrlimit, getsid, setpriority_process, setrlimit,
        setsid, umask,
    };
    use rustix::thread::{Gid, Uid, set_thread_gid, set_thread_groups, set_thread_uid};

    use super::{Account, Setup, Workdir};
    use jobs_work::Limits;

    /// Performs the steps in an order in which no step removes a right that a later step needs.
    pub(super) fn apply(setup: &Setup) -> Result<(), String> {
        // A session without a terminal: another account must not be able to type into the daemon's terminal. On Linux the process
        // was started with one.
        if !getsid(None).is_ok_and(|session| session == getpid()) {
            setsid().map_err(|error| format!("cannot begin a session: {error}"))?;
        }
        let is_inside = setup.cgroup.as_ref().is_some_and(|cgroup| {
            let own = std::process::id().to_string();
            // Some containers allow to create a group but not to join it. Then run without a group.
            std::fs::write(cgroup.join("cgroup.procs"), own).is_ok()
        });
        limit(setup, is_inside)?;
        if let Some(nice) = setup.nice {
            set_nice(nice)?;
        }
        if let Some(priority) = &setup.ionice {
            ionice(priority)?;
        }
        if let Some(mask) = setup.umask {
            umask(Mode::from_bits_truncate(mask));
        }
        if let Some(account) = &setup.account {
            hand_over_streams(account)?;
            become_account(account)?;
        }
        // Enter the folder as the account of the command: root may enter folders that others may not.
        change_folder(&setup.workdir)
    }

    fn change_folder(workdir: &Workdir) -> Result<(), String> {
        let error = match std::env::set_current_dir(&workdir.path) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let is_missing = matches!(
            error.kind(),
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
        );
        if workdir.or_root && is_missing {
            return std::env::set_current_dir("/")
                .map_err(|error| format!("workdir: `/`: {error}"));
        }
        Err(format!("workdir: `{}`: {error}", workdir.path.display()))
    }

    fn limit(setup: &Setup, is_inside: bool) -> Result<(), String> {
        let limits = Limits::parse(&setup.limits).map_err(|error| error.to_string())?;
        let (memory_is_limited, processes_are_limited) = match is_inside {
            true => setup.limits_by_cgroup,
            false => (false, false),
        };
        if let Some((current, maximum)) = setup.files.filter(|_| limits.files.is_none()) {
            let limit = Rlimit { current, maximum };
            setrlimit(Resource::Nofile, limit)
                .map_err(|error| format!("limit: `nofile`: {error}"))?;
        }
        let processes = limits.processes.filter(|_| !processes_are_limited);
        let becomes_root = match &setup.account {
            Some(account) => account.uid == 0,
            None => geteuid().is_root(),
        };
        if processes.is_some() && becomes_root {
            return Err(
                "limit: `nproc`: the kernel does not apply it to root, and the daemon has no cgroup with the \
                 controller `pids` here: run the command as another account"
                    .to_string(),
            );
        }
        let all = [
            (Resource::Cpu, limits.cpu, "cpu"),
            (Resource::Nofile, limits.files, "nofile"),
            (Resource::Nproc, processes, "nproc"),
            // The memory limit comes last: after it an allocation may fail.
            (
                Resource::As,
                limits.memory.filter(|_| !memory_is_limited),
                "mem",
            ),
        ];
        for (resource, value, name) in all {
            if let Some(value) = value {
                set(resource, value, name)?;
            }
        }
        Ok(())
    }

    fn set(resource: Resource, value: u64, name: &str) -> Result<(), String> {
        // SIGXCPU first, which can be caught; SIGKILL five seconds later.
        let hard = value + if resource == Resource::Cpu { 5 } else { 0 };
        let maximum = getrlimit(resource).maximum;
        let limit = Rlimit {
            current: Some(value),
            maximum: Some(match maximum {
                Some(maximum) if maximum >= value => hard.min(maximum),
                // Only root can raise the limit.
                Some(_) | None => hard,
            }),
        };
        setrlimit(resource, limit).map_err(|error| match maximum {
            Some(maximum) if error == Errno::PERM => {
                format!("limit: `{name}={value}` is more than the limit of the daemon itself ({maximum})")
            }
            Some(_) | None => format!("limit: `{name}={value}`: {error}"),
        })
    }

    fn set_nice(nice: i32) -> Result<(), String> {
        setpriority_process(None, nice).map_err(|error| format!("nice: `{nice}`: {error}"))?;
        // Where Linux groups processes by session, nice values count only within the session. So the new session must
        // get a nice value too. Some kernels lack the file, and some let only root write to it often.
        #[cfg(target_os = "linux")]
        let _ = std::fs::write("/proc/self/autogroup", nice.to_string());
        Ok(())
    }

    /// Gives the account the standard streams, so that it can open them again (`echo oops > /dev/stderr`). They were
    /// created by the daemon for this command alone.
    fn hand_over_streams(account: &Account) -> Result<(), String> {
        let (stdin, stdout, stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
        let streams = [
            rustix::fd::AsFd::as_fd(&stdin),
            rustix::fd::AsFd::as_fd(&stdout),
            rustix::fd::AsFd::as_fd(&stderr),
        ];
        for stream in streams {
            fstat(stream)
                .and_then(|stat| match FileType::from_raw_mode(stat.st_mode) {
                    FileType::Fifo | FileType::RegularFile => {
                        let owner = (Uid::from_raw(account.uid), Gid::from_raw(account.gid));
                        fchown(stream, Some(owner.0), Some(owner.1))
                    }
                    // `/dev/null` is open to every account.
                    _ => Ok(()),
                })
                .map_err(|error| format!("user: cannot hand over the streams: {error}"))?;
        }
        Ok(())
    }

    /// Becomes the account. Groups first: afterwards the process may no longer change them.
    pub(crate) fn become_account(account: &Account) -> Result<(), String> {
        let groups: Vec<Gid> = account.groups.iter().copied().map(Gid::from_raw).collect();
        set_thread_groups(&groups)
            .and_then(|()| set_thread_gid(Gid::from_raw(account.gid)))
            .and_then(|()| set_thread_uid(Uid::from_raw(account.uid)))
            .map_err(|error| format!("user: cannot become `{}`: {error}", account.name))
    }

    #[cfg(target_os = "linux")]
    fn ionice(text: &str) -> Result<(), String> {
        use ioprio::{BePriorityLevel, Class, Pid, Priority, RtPriorityLevel, Target};

        use jobs_work::IoPriority;

        let class = match IoPriority::parse(text).map_err(|error| error.to_string())? {
            IoPriority::Idle => Some(Class::Idle),
            IoPriority::BestEffort(level) => {
                BePriorityLevel::from_level(level).map(Class::BestEffort)
            }
            IoPriority::Realtime(level) => RtPriorityLevel::from_level(level).map(Class::Realtime),
        };
        let class = class.ok_or_else(|| format!("ionice: `{text}` is no priority"))?;
        ioprio::set_priority(Target::Process(Pid::this()), Priority::new(class))
            .map_err(|error| format!("ionice: `{text}`: {error}"))
    }

    #[cfg(not(target_os = "linux"))]
    fn ionice(text: &str) -> Result<(), String> {
        Err(format!("ionice: `{text}`: this system does not have it"))
    }

    pub(super) fn exec(mut command: std::process::Command) -> String {
        let error = command.exec();
        format!(
            "cannot start `{}`: {error}",
            command.get_program().display()
        )
    }
}

#[cfg(not(unix))]
mod system {
    use super::Setup;

    pub(super) fn apply(_: &Setup) -> Result<(), String> {
        Err("another account, limits, nice and umask are not available on this system".into())
    }

    pub(super) fn exec(_: std::process::Command) -> String {
        String::new()
    }
}

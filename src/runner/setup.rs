//! What a process of `jobs` does between its start and the command: it becomes another account, confines itself, stands back.
//!
//! It is a small re-exec of this program. The daemon must not do any of it between a fork and an exec of its own: that would be a real
//! fork, which copies the tables of all its memory.

use std::ffi::OsString;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::cgroup::Cgroup;
use super::descriptors;
use super::environment::Environment;
use crate::work::{Command, IoPriority};

/// The first argument of such a process; no verb of the command line begins like this.
pub const WORD: &str = "__command";

/// The exit status of a process that could not be set up, as of nice(1) and env(1).
pub(super) const FAILED: i32 = 125;

/// What stands before the names of the command's variables while they are not for the process itself: it may be root still, and
/// somebody else may have a say in them (`LD_PRELOAD` in a file of variables). As arguments everybody could read them.
const KEPT: &str = "+";

/// What is to be done; in JSON the second argument of such a process. There is no secret in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    cgroup: Option<PathBuf>,
    limits: String,
    /// Whether the group limits memory and processes for all of its processes together.
    limits_by_cgroup: (bool, bool),
    /// The limit of open files that the daemon was started with, when it has raised its own.
    files: Option<(Option<u64>, Option<u64>)>,
    nice: Option<i32>,
    ionice: Option<String>,
    umask: Option<u32>,
    account: Option<Account>,
    workdir: Workdir,
}

/// Where the command runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Workdir {
    pub(super) path: PathBuf,
    /// Whether `/` will do when it is missing: nobody has asked for a home.
    pub(super) or_root: bool,
}

impl Setup {
    /// Whether a command needs more than a process can be started with.
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
            files: descriptors::before(),
            nice: work.nice,
            ionice: work.ionice.as_ref().map(IoPriority::to_string),
            umask: work.umask,
            account,
            workdir,
        }
    }

    /// As an argument.
    pub(super) fn argument(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|error| format!("cannot be set up: {error}"))
    }
}

/// The environment of such a process, of which it makes that of the command; `told` is the mark by which it is found.
pub(super) fn kept(environment: &Environment, told: Vec<(&'static str, String)>) -> Environment {
    let mut all: Environment = told.into_iter().collect();
    for (name, value) in environment.sorted() {
        let mut kept = OsString::from(KEPT);
        kept.push(name);
        all.set(kept, value);
    }
    all
}

/// The other way round.
fn given_back(
    all: impl Iterator<Item = (OsString, OsString)>,
) -> impl Iterator<Item = (OsString, OsString)> {
    all.filter_map(|(name, value)| {
        let name = name.as_encoded_bytes().strip_prefix(KEPT.as_bytes())?;
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

/// Does what the arguments say, then becomes the command. Returns only when that fails, with the exit status.
pub fn become_command(mut arguments: impl Iterator<Item = OsString>) -> i32 {
    let setup = arguments
        .next()
        .and_then(|text| text.into_string().ok())
        .and_then(|text| serde_json::from_str::<Setup>(&text).ok());
    let (Some(setup), Some(program)) = (setup, arguments.next()) else {
        eprintln!("jobs: `{WORD}` is not for people: the daemon starts commands with it");
        return 2;
    };
    let mut command = std::process::Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(given_back(std::env::vars_os()));
    let why = match system::do_all(&setup) {
        Ok(()) => system::exec(command),
        Err(why) => why,
    };
    eprintln!("jobs: {why}");
    FAILED
}

#[cfg(unix)]
mod system {
    use std::os::unix::process::CommandExt;

    use rustix::fs::{FileType, Mode, fchown, fstat};
    use rustix::io::Errno;
    use rustix::process::{
        Resource, Rlimit, geteuid, getrlimit, setpriority_process, setrlimit, setsid, umask,
    };
    use rustix::thread::{Gid, Uid, set_thread_gid, set_thread_groups, set_thread_uid};

    use super::{Account, Setup, Workdir};
    use crate::work::Limits;

    /// In an order in which nothing takes away what the next needs.
    pub(super) fn do_all(setup: &Setup) -> Result<(), String> {
        // A session without a terminal: another account must not type into that of the daemon.
        setsid().map_err(|error| format!("cannot begin a session: {error}"))?;
        let is_inside = setup.cgroup.as_ref().is_some_and(|cgroup| {
            let own = std::process::id().to_string();
            // Some containers let a group be made, but nobody in. Then there is none.
            std::fs::write(cgroup.join("cgroup.procs"), own).is_ok()
        });
        limit(setup, is_inside)?;
        if let Some(nice) = setup.nice {
            stand_back(nice)?;
        }
        if let Some(priority) = &setup.ionice {
            ionice(priority)?;
        }
        if let Some(mask) = setup.umask {
            umask(Mode::from_bits_truncate(mask));
        }
        if let Some(account) = &setup.account {
            give_streams(account)?;
            become_account(account)?;
        }
        // As that account: root may enter folders that others may not.
        enter(&setup.workdir)
    }

    fn enter(workdir: &Workdir) -> Result<(), String> {
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
                "limit: `nproc`: the kernel does not hold root to it, and the daemon has no cgroup with the \
                 controller `pids` here: let the command run as another account"
                    .to_string(),
            );
        }
        let all = [
            (Resource::Cpu, limits.cpu, "cpu"),
            (Resource::Nofile, limits.files, "nofile"),
            (Resource::Nproc, processes, "nproc"),
            // Last: from here on there may be no memory to be had.
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
        // SIGXCPU first, which can be caught; SIGKILL a little later.
        let hard = value + if resource == Resource::Cpu { 5 } else { 0 };
        let most = getrlimit(resource).maximum;
        let limit = Rlimit {
            current: Some(value),
            maximum: Some(match most {
                Some(most) if most >= value => hard.min(most),
                // Only root may raise it.
                Some(_) | None => hard,
            }),
        };
        setrlimit(resource, limit).map_err(|error| match most {
            Some(most) if error == Errno::PERM => {
                format!("limit: `{name}={value}` is more than the daemon itself may have ({most})")
            }
            Some(_) | None => format!("limit: `{name}={value}`: {error}"),
        })
    }

    fn stand_back(nice: i32) -> Result<(), String> {
        setpriority_process(None, nice).map_err(|error| format!("nice: `{nice}`: {error}"))?;
        // Where Linux groups processes by session, their own numbers count only among themselves: the session, which is new,
        // has to stand back too. Other kernels lack the file, and some let only root write it often.
        #[cfg(target_os = "linux")]
        let _ = std::fs::write("/proc/self/autogroup", nice.to_string());
        Ok(())
    }

    /// Lets the account open its standard streams anew (`echo oops > /dev/stderr`): they are the daemon's, made for this command
    /// alone.
    fn give_streams(account: &Account) -> Result<(), String> {
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
                    // `/dev/null` is everybody's.
                    _ => Ok(()),
                })
                .map_err(|error| format!("user: cannot hand over the streams: {error}"))?;
        }
        Ok(())
    }

    /// Groups first: afterwards it may not change them any more.
    fn become_account(account: &Account) -> Result<(), String> {
        let groups: Vec<Gid> = account.groups.iter().copied().map(Gid::from_raw).collect();
        set_thread_groups(&groups)
            .and_then(|()| set_thread_gid(Gid::from_raw(account.gid)))
            .and_then(|()| set_thread_uid(Uid::from_raw(account.uid)))
            .map_err(|error| format!("user: cannot become `{}`: {error}", account.name))
    }

    #[cfg(target_os = "linux")]
    fn ionice(text: &str) -> Result<(), String> {
        use ioprio::{BePriorityLevel, Class, Pid, Priority, RtPriorityLevel, Target};

        use crate::work::IoPriority;

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

    pub(super) fn do_all(_: &Setup) -> Result<(), String> {
        Err("another account, limits, nice and umask are not available on this system".into())
    }

    pub(super) fn exec(_: std::process::Command) -> String {
        String::new()
    }
}

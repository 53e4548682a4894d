//! What a process of `jobs` does between its start and the command: it becomes another account, confines itself, stands back.
//!
//! It is a small re-exec of this program. The daemon must not do any of it between a fork and an exec of its own: that would be a real
//! fork, which copies the tables of all its memory.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::cgroup::Cgroup;
use super::descriptors;
use crate::work::{Command, IoPriority, Limits};

/// The first argument of such a process; no verb of the command line begins like this.
pub const WORD: &str = "__command";

/// The exit status of a process that could not be set up, as of nice(1) and env(1).
pub(super) const FAILED: i32 = 125;

/// What is to be done; in JSON the second argument of such a process. There is no secret in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    cgroup: Option<PathBuf>,
    limits: String,
    /// The limit of open files that the daemon was started with, when it has raised its own.
    files: Option<(Option<u64>, Option<u64>)>,
    nice: Option<i32>,
    ionice: Option<String>,
    umask: Option<u32>,
    account: Option<Account>,
    workdir: PathBuf,
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
        workdir: &Path,
        cgroup: Option<&Cgroup>,
    ) -> Setup {
        // What the group limits for all of its processes need not be limited for each.
        let limits = Limits {
            memory: work
                .limits
                .memory
                .filter(|_| !cgroup.is_some_and(|cgroup| cgroup.limits_memory)),
            processes: work
                .limits
                .processes
                .filter(|_| !cgroup.is_some_and(|cgroup| cgroup.limits_processes)),
            ..work.limits
        };
        Setup {
            cgroup: cgroup.map(|cgroup| cgroup.path().to_path_buf()),
            limits: limits.to_string(),
            files: descriptors::before(),
            nice: work.nice,
            ionice: work.ionice.as_ref().map(IoPriority::to_string),
            umask: work.umask,
            account,
            workdir: workdir.to_path_buf(),
        }
    }

    /// As an argument.
    pub(super) fn argument(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
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
    let why = match system::do_all(&setup) {
        Ok(()) => system::exec(&program, arguments),
        Err(why) => why,
    };
    eprintln!("jobs: {why}");
    FAILED
}

#[cfg(unix)]
mod system {
    use std::ffi::OsStr;
    use std::os::unix::process::CommandExt;

    use rustix::fs::Mode;
    use rustix::process::{Resource, Rlimit, getrlimit, setpriority_process, setrlimit, umask};
    use rustix::thread::{Gid, Uid, set_thread_gid, set_thread_groups, set_thread_uid};

    use super::{Account, Limits, OsString, Setup};

    /// In an order in which nothing takes away what the next needs.
    pub(super) fn do_all(setup: &Setup) -> Result<(), String> {
        if let Some(cgroup) = &setup.cgroup {
            std::fs::write(cgroup.join("cgroup.procs"), std::process::id().to_string())
                .map_err(|error| format!("cannot enter `{}`: {error}", cgroup.display()))?;
        }
        limit(setup)?;
        if let Some(nice) = setup.nice {
            setpriority_process(None, nice).map_err(|error| format!("nice: `{nice}`: {error}"))?;
        }
        if let Some(priority) = &setup.ionice {
            ionice(priority)?;
        }
        if let Some(mask) = setup.umask {
            umask(Mode::from_bits_truncate(mask));
        }
        if let Some(account) = &setup.account {
            become_account(account)?;
        }
        // As that account: root may enter folders that others may not.
        std::env::set_current_dir(&setup.workdir)
            .map_err(|error| format!("workdir: `{}`: {error}", setup.workdir.display()))
    }

    fn limit(setup: &Setup) -> Result<(), String> {
        let limits = Limits::parse(&setup.limits).map_err(|error| error.to_string())?;
        if let Some((current, maximum)) = setup.files.filter(|_| limits.files.is_none()) {
            set(Resource::Nofile, Rlimit { current, maximum }, "nofile")?;
        }
        let all = [
            (Resource::As, limits.memory, "mem"),
            (Resource::Cpu, limits.cpu, "cpu"),
            (Resource::Nofile, limits.files, "nofile"),
            (Resource::Nproc, limits.processes, "nproc"),
        ];
        for (resource, value, name) in all {
            let Some(value) = value else { continue };
            // SIGXCPU first, which can be caught; SIGKILL a little later.
            let hard = if resource == Resource::Cpu {
                value + 5
            } else {
                value
            };
            let most = getrlimit(resource).maximum;
            if most.is_some_and(|most| value > most) {
                return Err(format!(
                    "limit: `{name}={value}` is more than the daemon itself may have ({})",
                    most.unwrap_or_default()
                ));
            }
            let limit = Rlimit {
                current: Some(value),
                maximum: Some(most.map_or(hard, |most| hard.min(most))),
            };
            set(resource, limit, name)?;
        }
        Ok(())
    }

    fn set(resource: Resource, limit: Rlimit, name: &str) -> Result<(), String> {
        setrlimit(resource, limit).map_err(|error| format!("limit: `{name}`: {error}"))
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

    pub(super) fn exec(program: &OsStr, arguments: impl Iterator<Item = OsString>) -> String {
        let error = std::process::Command::new(program).args(arguments).exec();
        format!("cannot start `{}`: {error}", program.display())
    }
}

#[cfg(not(unix))]
mod system {
    use super::{OsString, Setup};

    pub(super) fn do_all(_: &Setup) -> Result<(), String> {
        Err("another account, limits, nice and umask are not available on this system".into())
    }

    pub(super) fn exec(_: &OsString, _: impl Iterator<Item = OsString>) -> String {
        String::new()
    }
}

//! All the processes of an execution: those in its group or its cgroup, their descendants, and those that bear its mark.
//!
//! A process can leave its group (`setsid`), its parent (a double fork) and its environment (`sudo`), but seldom all three
//! and the output as well. So who belongs to an execution is found by all four, and each is signalled by a descriptor: a
//! pid that was used again is never hit.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cgroup::{self, Cgroup};
use crate::model::ExecId;

/// What the environment of a process says when it belongs to certain executions of this daemon.
#[derive(Clone, Debug)]
pub struct Mark {
    socket: PathBuf,
    exec_ids: Vec<ExecId>,
    /// The pipes of their output, which no other process has.
    pipes: Vec<u64>,
    /// The groups of their own, which none of them can leave.
    cgroups: Vec<PathBuf>,
}

impl Mark {
    pub(super) fn new(
        socket: &Path,
        exec_ids: &[ExecId],
        pipes: &[u64],
        cgroup: Option<&Cgroup>,
    ) -> Mark {
        let cgroup = cgroup.map(|cgroup| cgroup.path().to_path_buf());
        Mark {
            socket: socket.to_path_buf(),
            exec_ids: exec_ids.to_vec(),
            pipes: pipes.to_vec(),
            cgroups: cgroup.into_iter().collect(),
        }
    }

    /// Of executions that a dead daemon with this socket left behind.
    #[cfg(target_os = "linux")]
    fn of_dead(socket: &Path, exec_ids: &[ExecId]) -> Mark {
        let find = |exec_id: &ExecId| cgroup::find(socket, *exec_id);
        Mark {
            cgroups: exec_ids.iter().filter_map(find).collect(),
            ..Mark::new(socket, exec_ids, &[], None)
        }
    }
}

pub(super) use system::end;
pub use system::{Leftover, leftovers, stop_leftovers};

#[cfg(target_os = "linux")]
mod system {
    use std::collections::{BTreeMap, BTreeSet};
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt;

    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
    use tokio::time::Instant;

    use super::{Duration, ExecId, Mark, Path, cgroup};
    use crate::fs::Readable;

    /// A process that a dead daemon left behind.
    pub struct Leftover {
        process: Process,
        mark: Mark,
    }

    /// How long processes may take to vanish after SIGKILL.
    const VANISH: Duration = Duration::from_secs(5);

    struct Process {
        pid: u32,
        fd: OwnedFd,
    }

    /// A line of the process table.
    struct Row {
        pid: u32,
        parent: u32,
        group: u32,
    }

    /// Ends all processes of the execution whose shell is `root`: SIGTERM, `grace`, SIGKILL. Whether all are gone.
    pub async fn end(root: u32, mark: Mark, grace: Duration, vanish: Duration) -> bool {
        // Descendants are looked for before the first signal: afterwards they may have lost their parent.
        let mut known = BTreeSet::from([root]);
        end_by(&mut known, &mark, Signal::TERM, grace).await
            || end_by(&mut known, &mark, Signal::KILL, vanish).await
    }

    /// Sends a signal to whoever belongs to it, also to who comes while it waits, until nobody is left or time is up.
    async fn end_by(
        known: &mut BTreeSet<u32>,
        mark: &Mark,
        signal: Signal,
        within: Duration,
    ) -> bool {
        let deadline = Instant::now() + within;
        let mut signalled = BTreeSet::new();
        loop {
            let (roots, looked_for) = (known.clone(), mark.clone());
            let found = tokio::task::spawn_blocking(move || members(&roots, &looked_for))
                .await
                .unwrap_or_default();
            if found.is_empty() {
                return true;
            }
            known.extend(found.iter().map(|process| process.pid));
            if signal == Signal::KILL {
                mark.cgroups.iter().for_each(|group| cgroup::kill(group));
            }
            for process in &found {
                if signalled.insert(process.pid) {
                    send(process, signal);
                }
            }
            if !wait_for(found, deadline).await {
                return false;
            }
        }
    }

    fn send(process: &Process, signal: Signal) {
        // A stopped process does not see SIGTERM before it goes on.
        for signal in [signal, Signal::CONT] {
            if let Err(error) = pidfd_send_signal(&process.fd, signal)
                && error != rustix::io::Errno::SRCH
            {
                tracing::warn!(pid = process.pid, %error, "a process can't be signalled");
            }
        }
    }

    /// Waits until one of the processes after the other has ended; not past the deadline.
    async fn wait_for(processes: Vec<Process>, deadline: Instant) -> bool {
        for process in processes {
            let Ok(fd) = Readable::new(process.fd) else {
                return false;
            };
            if tokio::time::timeout_at(deadline, fd.wait()).await.is_err() {
                return false;
            }
        }
        true
    }

    /// The live processes that descend from `roots`, are in a group that one of them leads, or bear the mark.
    fn members(roots: &BTreeSet<u32>, mark: &Mark) -> Vec<Process> {
        let table = table();
        let mut members: BTreeSet<u32> = table
            .values()
            .filter(|row| {
                roots.contains(&row.pid) || roots.contains(&row.group) || bears(row.pid, mark)
            })
            .map(|row| row.pid)
            .collect();
        for group in &mark.cgroups {
            let inside = cgroup::members(group);
            members.extend(inside.iter().filter(|pid| table.contains_key(pid)));
        }
        loop {
            let more: Vec<u32> = table
                .values()
                .filter(|row| !members.contains(&row.pid) && members.contains(&row.parent))
                .map(|row| row.pid)
                .collect();
            if more.is_empty() {
                break;
            }
            members.extend(more);
        }
        members.remove(&std::process::id());
        members.into_iter().filter_map(open).collect()
    }

    fn open(pid: u32) -> Option<Process> {
        let raw = Pid::from_raw(i32::try_from(pid).ok()?)?;
        let fd = pidfd_open(raw, PidfdFlags::empty()).ok()?;
        // It may have ended between the table and the descriptor, and be waited for by its parent only later.
        let is_alive = row(pid).is_some();
        is_alive.then_some(Process { pid, fd })
    }

    fn table() -> BTreeMap<u32, Row> {
        let Ok(entries) = std::fs::read_dir("/proc") else {
            return BTreeMap::new();
        };
        entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(|pid| Some((pid, row(pid)?)))
            .collect()
    }

    /// What /proc says of a process; nothing when it is gone or a zombie.
    fn row(pid: u32) -> Option<Row> {
        let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
        // The name is in parentheses and may hold anything, parentheses too.
        let after_name = stat.iter().rposition(|byte| *byte == b')')?;
        let text = std::str::from_utf8(stat.get(after_name + 1..)?).ok()?;
        let mut fields = text.split_ascii_whitespace();
        let state = fields.next()?;
        if matches!(state, "Z" | "X") {
            return None;
        }
        Some(Row {
            pid,
            parent: fields.next()?.parse().ok()?,
            group: fields.next()?.parse().ok()?,
        })
    }

    /// Whether its environment says so, or it prints into one of the pipes.
    fn bears(pid: u32, mark: &Mark) -> bool {
        says(pid, mark) || prints(pid, mark)
    }

    fn prints(pid: u32, mark: &Mark) -> bool {
        [1, 2].iter().any(|fd| {
            let link = std::fs::read_link(format!("/proc/{pid}/fd/{fd}"));
            link.ok()
                .and_then(|link| {
                    let name = link.to_str()?;
                    name.strip_prefix("pipe:[")?.strip_suffix(']')?.parse().ok()
                })
                .is_some_and(|pipe: u64| mark.pipes.contains(&pipe))
        })
    }

    fn says(pid: u32, mark: &Mark) -> bool {
        let Ok(environ) = std::fs::read(format!("/proc/{pid}/environ")) else {
            return false;
        };
        let value = |name: &[u8]| {
            environ
                .split(|byte| *byte == 0)
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix(b"="))
        };
        value(b"JOBS_SOCKET") == Some(mark.socket.as_os_str().as_bytes())
            && value(b"JOBS_EXEC_ID")
                .and_then(|id| std::str::from_utf8(id).ok()?.parse().ok())
                .is_some_and(|id: ExecId| mark.exec_ids.contains(&id))
    }

    /// The processes of executions that a dead daemon with this socket left behind.
    pub fn leftovers(socket: &Path, exec_ids: &[ExecId]) -> Vec<Leftover> {
        let mark = Mark::of_dead(socket, exec_ids);
        members(&BTreeSet::new(), &mark)
            .into_iter()
            .map(|process| Leftover {
                process,
                mark: mark.clone(),
            })
            .collect()
    }

    /// Ends them: SIGTERM, `grace`, SIGKILL, also what they have started meanwhile. How many there were.
    pub async fn stop_leftovers(found: Vec<Leftover>, grace: Duration) -> usize {
        let number = found.len();
        let mut known: BTreeSet<u32> = found.iter().map(|leftover| leftover.process.pid).collect();
        let Some(mark) = found.into_iter().next().map(|leftover| leftover.mark) else {
            return 0;
        };
        if !end_by(&mut known, &mark, Signal::TERM, grace).await
            && !end_by(&mut known, &mark, Signal::KILL, VANISH).await
        {
            tracing::warn!("some processes of a dead daemon could not be ended");
        }
        number
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Duration, ExecId, Mark, Path};

    /// A process that a dead daemon left behind. Here they can't be found.
    pub struct Leftover(());

    /// Ends the process group (on Windows nothing: the shell ends by its own).
    pub async fn end(root: u32, _: Mark, grace: Duration, vanish: Duration) -> bool {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            let Some(group) = i32::try_from(root).ok().and_then(Pid::from_raw) else {
                return false;
            };
            for (signal, within) in [(Signal::TERM, grace), (Signal::KILL, vanish)] {
                if kill_process_group(group, signal).is_err() {
                    return true;
                }
                tokio::time::sleep(within).await;
            }
        }
        let _ = (root, grace, vanish);
        false
    }

    pub fn leftovers(_: &Path, _: &[ExecId]) -> Vec<Leftover> {
        Vec::new()
    }

    pub async fn stop_leftovers(found: Vec<Leftover>, _: Duration) -> usize {
        found.len()
    }
}

//! Finds and ends all processes of an execution: those in its process group or cgroup, their descendants, and those
//! that carry its marks.
//!
//! A process can leave its group (`setsid`), its parent (a double fork) and its environment (`sudo`), but seldom all
//! three and the output as well. So membership is tested by all four. Each process is signalled by a pidfd, so that a
//! reused pid is never hit.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cgroup::{self, Cgroup};
use jobs_model::ExecId;

/// The marks by which processes are recognized as belonging to certain executions of this daemon.
#[derive(Clone, Debug)]
pub struct ProcessMarks {
    /// Expected value of `JOBS_SOCKET` in the environment of a process.
    socket: PathBuf,
    /// Expected values of `JOBS_EXEC_ID`.
    exec_ids: Vec<ExecId>,
    /// Inode numbers of the output pipes, which no other process has open.
    pipes: Vec<u64>,
    /// The cgroups, which no process can leave.
    cgroups: Vec<PathBuf>,
}

impl ProcessMarks {
    pub(super) fn new(
        socket: &Path,
        exec_ids: &[ExecId],
        pipes: &[u64],
        cgroup: Option<&Cgroup>,
    ) -> ProcessMarks {
        let cgroup = cgroup.map(|cgroup| cgroup.path().to_path_buf());
        ProcessMarks {
            socket: socket.to_path_buf(),
            exec_ids: exec_ids.to_vec(),
            pipes: pipes.to_vec(),
            cgroups: cgroup.into_iter().collect(),
        }
    }

    /// The marks of executions that a dead daemon with this socket left behind.
    #[cfg(target_os = "linux")]
    fn of_dead(socket: &Path, exec_ids: &[ExecId]) -> ProcessMarks {
        let find = |exec_id: &ExecId| cgroup::find(socket, *exec_id);
        ProcessMarks {
            cgroups: exec_ids.iter().filter_map(find).collect(),
            ..ProcessMarks::new(socket, exec_ids, &[], None)
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

    use super::{Duration, ExecId, Path, ProcessMarks, cgroup};
    use jobs_fs::Readable;

    /// A process that a dead daemon left behind.
    pub struct Leftover {
        process: Process,
        marks: ProcessMarks,
    }

    /// Upper bound on the time until processes are gone after SIGKILL.
    const VANISH: Duration = Duration::from_secs(5);

    struct Process {
        pid: u32,
        fd: OwnedFd,
    }

    /// The entry of a process in the process table.
    struct Row {
        pid: u32,
        parent: u32,
        group: u32,
    }

    /// Ends all processes of the execution whose shell is `root`: SIGTERM, `grace`, SIGKILL. Returns whether all are
    /// gone.
    pub async fn end(root: u32, marks: ProcessMarks, grace: Duration, vanish: Duration) -> bool {
        // Collect the descendants before the first signal: afterwards they may have lost their parent.
        let mut known = BTreeSet::from([root]);
        signal_all(&mut known, &marks, Signal::TERM, grace).await
            || signal_all(&mut known, &marks, Signal::KILL, vanish).await
    }

    /// Signals all members, including new ones that appear meanwhile, until none is left or the time is up.
    async fn signal_all(
        known: &mut BTreeSet<u32>,
        marks: &ProcessMarks,
        signal: Signal,
        within: Duration,
    ) -> bool {
        let deadline = Instant::now() + within;
        let mut signalled = BTreeSet::new();
        loop {
            let (roots, wanted) = (known.clone(), marks.clone());
            let found = tokio::task::spawn_blocking(move || members(&roots, &wanted))
                .await
                .unwrap_or_default();
            if found.is_empty() {
                return true;
            }
            known.extend(found.iter().map(|process| process.pid));
            if signal == Signal::KILL {
                marks.cgroups.iter().for_each(|group| cgroup::kill(group));
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
        // A stopped process handles SIGTERM only after SIGCONT.
        for signal in [signal, Signal::CONT] {
            if let Err(error) = pidfd_send_signal(&process.fd, signal)
                && error != rustix::io::Errno::SRCH
            {
                tracing::warn!(pid = process.pid, %error, "a process can't be signalled");
            }
        }
    }

    /// Waits until all of the processes have ended. Returns false at the deadline.
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

    /// The live processes that descend from `roots`, are in a group led by one of them, or carry the marks.
    fn members(roots: &BTreeSet<u32>, marks: &ProcessMarks) -> Vec<Process> {
        let table = table();
        let mut members: BTreeSet<u32> = table
            .values()
            .filter(|row| {
                roots.contains(&row.pid) || roots.contains(&row.group) || has_marks(row.pid, marks)
            })
            .map(|row| row.pid)
            .collect();
        for group in &marks.cgroups {
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
        // The process may have ended between the table and the descriptor, and still wait to be reaped.
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

    /// Reads the entry of a process from /proc; `None` when it is gone or a zombie.
    fn row(pid: u32) -> Option<Row> {
        let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
        // The name is in parentheses and may contain any character, parentheses too.
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

    /// Whether the environment of the process has the marks, or its output goes into one of the pipes.
    fn has_marks(pid: u32, marks: &ProcessMarks) -> bool {
        has_environment_marks(pid, marks) || writes_to_pipes(pid, marks)
    }

    fn writes_to_pipes(pid: u32, marks: &ProcessMarks) -> bool {
        [1, 2].iter().any(|fd| {
            let link = std::fs::read_link(format!("/proc/{pid}/fd/{fd}"));
            link.ok()
                .and_then(|link| {
                    let name = link.to_str()?;
                    name.strip_prefix("pipe:[")?.strip_suffix(']')?.parse().ok()
                })
                .is_some_and(|pipe: u64| marks.pipes.contains(&pipe))
        })
    }

    fn has_environment_marks(pid: u32, marks: &ProcessMarks) -> bool {
        let Ok(environ) = std::fs::read(format!("/proc/{pid}/environ")) else {
            return false;
        };
        let value = |name: &[u8]| {
            environ
                .split(|byte| *byte == 0)
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix(b"="))
        };
        value(b"JOBS_SOCKET") == Some(marks.socket.as_os_str().as_bytes())
            && value(b"JOBS_EXEC_ID")
                .and_then(|id| std::str::from_utf8(id).ok()?.parse().ok())
                .is_some_and(|id: ExecId| marks.exec_ids.contains(&id))
    }

    /// The processes of executions that a dead daemon with this socket left behind.
    pub fn leftovers(socket: &Path, exec_ids: &[ExecId]) -> Vec<Leftover> {
        let marks = ProcessMarks::of_dead(socket, exec_ids);
        members(&BTreeSet::new(), &marks)
            .into_iter()
            .map(|process| Leftover {
                process,
                marks: marks.clone(),
            })
            .collect()
    }

    /// Ends the processes: SIGTERM, `grace`, SIGKILL, including the ones that they start meanwhile. Returns how many
    /// there were.
    pub async fn stop_leftovers(found: Vec<Leftover>, grace: Duration) -> usize {
        let number = found.len();
        let mut known: BTreeSet<u32> = found.iter().map(|leftover| leftover.process.pid).collect();
        let Some(marks) = found.into_iter().next().map(|leftover| leftover.marks) else {
            return 0;
        };
        if !signal_all(&mut known, &marks, Signal::TERM, grace).await
            && !signal_all(&mut known, &marks, Signal::KILL, VANISH).await
        {
            tracing::warn!("some processes of a dead daemon could not be ended");
        }
        number
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Duration, ExecId, Path, ProcessMarks};

    /// A process that a dead daemon left behind. On this system they cannot be found.
    pub struct Leftover(());

    /// Ends the process group. On Windows this does nothing: the shell ends by itself.
    pub async fn end(root: u32, _: ProcessMarks, grace: Duration, vanish: Duration) -> bool {
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

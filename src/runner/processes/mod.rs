//! Finds and ends all processes of an execution: those in its process group or cgroup, their descendants, and those
//! that carry its marks.
//!
//! A process can leave its group (`setsid`), its parent (a double fork) and its environment (`sudo`), but seldom all
//! three and the output as well. So membership is tested by all four. A process is known by its pid and its start, and
//! signalled by a pidfd, so that a reused pid is never hit.

#[cfg(target_os = "linux")]
mod search;
#[cfg(target_os = "linux")]
mod table;

use std::path::PathBuf;
use std::time::Duration;

use super::Daemon;
use super::cgroup::{self, Cgroup};
use jobs_model::ExecId;
use jobs_output::StartRecord;

/// The marks by which processes are recognized as belonging to certain executions of this daemon.
#[derive(Clone, Debug)]
pub struct ProcessMarks {
    /// Expected values of `JOBS_SOCKET` and `JOBS_DAEMON_ID` in the environment of a process.
    daemon: Daemon,
    /// Expected values of `JOBS_EXEC_ID`.
    exec_ids: Vec<ExecId>,
    /// Inode numbers of the output pipes, which no other process has open.
    pipes: Vec<u64>,
    /// The cgroups, which no process can leave.
    cgroups: Vec<PathBuf>,
}

impl ProcessMarks {
    pub(super) fn new(
        daemon: &Daemon,
        exec_ids: &[ExecId],
        pipes: &[u64],
        cgroup: Option<&Cgroup>,
    ) -> ProcessMarks {
        let cgroup = cgroup.map(|cgroup| cgroup.path().to_path_buf());
        ProcessMarks {
            daemon: daemon.clone(),
            exec_ids: exec_ids.to_vec(),
            pipes: pipes.to_vec(),
            cgroups: cgroup.into_iter().collect(),
        }
    }

    /// The marks of executions that the daemon left behind when it died.
    #[cfg(target_os = "linux")]
    fn of_dead(daemon: &Daemon, exec_ids: &[ExecId]) -> ProcessMarks {
        let find = |exec_id: &ExecId| cgroup::find(daemon, *exec_id);
        ProcessMarks {
            cgroups: exec_ids.iter().filter_map(find).collect(),
            ..ProcessMarks::new(daemon, exec_ids, &[], None)
        }
    }
}

pub(super) use system::end;
pub use system::{Leftovers, leftovers};
#[cfg(target_os = "linux")]
pub(super) use table::since_boot;

#[cfg(target_os = "linux")]
mod system {
    use std::collections::BTreeSet;

    use rustix::process::{Signal, pidfd_send_signal};
    use tokio::time::Instant;

    use super::search::{Known, Process, members};
    use super::{Daemon, Duration, ExecId, ProcessMarks, StartRecord, cgroup};
    use jobs_fs::Readable;

    /// The processes that a dead daemon left behind.
    pub struct Leftovers {
        known: Known,
        marks: ProcessMarks,
        /// How many there were when they were searched for.
        pub number: usize,
    }

    /// Upper bound on the time until processes are gone after SIGKILL.
    const VANISH: Duration = Duration::from_secs(5);

    /// Ends all processes of the execution whose shell is `root`, a child that is not reaped before this returns: SIGTERM, `grace`,
    /// SIGKILL. Returns whether all are gone.
    pub async fn end(root: u32, marks: ProcessMarks, grace: Duration, vanish: Duration) -> bool {
        // Collect the descendants before the first signal: afterwards they may have lost their parent.
        let mut known = Known::of_child(root);
        signal_all(&mut known, &marks, Signal::TERM, grace).await
            || signal_all(&mut known, &marks, Signal::KILL, vanish).await
    }

    /// Signals all members, including new ones that appear meanwhile, until none is left or the time is up.
    async fn signal_all(
        known: &mut Known,
        marks: &ProcessMarks,
        signal: Signal,
        within: Duration,
    ) -> bool {
        let deadline = Instant::now() + within;
        let mut signalled = BTreeSet::new();
        loop {
            let (mut searched, wanted) = (known.clone(), marks.clone());
            let search = tokio::task::spawn_blocking(move || {
                let found = members(&mut searched, &wanted);
                (searched, found)
            });
            let Ok((searched, found)) = search.await else {
                return false;
            };
            *known = searched;
            if found.is_empty() {
                return true;
            }
            if signal == Signal::KILL {
                marks.cgroups.iter().for_each(|group| cgroup::kill(group));
            }
            for process in &found {
                known.add(process);
                if signalled.insert((process.pid, process.start)) {
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

    /// Searches for the processes of executions that the daemon left behind when it died. `records` are those that it wrote when it
    /// started them.
    pub fn leftovers(daemon: &Daemon, exec_ids: &[ExecId], records: &[StartRecord]) -> Leftovers {
        let records = records
            .iter()
            .filter(|record| exec_ids.contains(&record.exec_id));
        let mut marks = ProcessMarks::of_dead(daemon, exec_ids);
        let mut known = Known::default();
        for record in records {
            known.add_recorded(record);
            let pipes = record.pipes.into_iter().filter(|pipe| *pipe != 0);
            marks.pipes.extend(pipes);
        }
        let found = members(&mut known, &marks);
        found.iter().for_each(|process| known.add(process));
        Leftovers {
            known,
            marks,
            number: found.len(),
        }
    }

    impl Leftovers {
        /// Ends the processes: SIGTERM, `grace`, SIGKILL, including the ones that they start meanwhile.
        pub async fn stop(mut self, grace: Duration) {
            let (known, marks) = (&mut self.known, &self.marks);
            if !signal_all(known, marks, Signal::TERM, grace).await
                && !signal_all(known, marks, Signal::KILL, VANISH).await
            {
                tracing::warn!("some processes of a dead daemon could not be ended");
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Daemon, Duration, ExecId, ProcessMarks, StartRecord};

    /// The processes that a dead daemon left behind. On this system they cannot be found.
    pub struct Leftovers {
        pub number: usize,
    }

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

    pub fn leftovers(_: &Daemon, _: &[ExecId], _: &[StartRecord]) -> Leftovers {
        Leftovers { number: 0 }
    }

    impl Leftovers {
        pub async fn stop(self, _: Duration) {}
    }
}

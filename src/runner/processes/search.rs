//! Finds the processes of an execution in the process table. A process is known by its pid and its start, never by its pid alone:
//! the pid of a process that has ended soon belongs to another one, perhaps of another account.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::table::{self, Row};
use super::{ExecId, ProcessMarks};
use crate::cgroup;

/// A process that was found.
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) start: u64,
    /// Signals through it reach this process alone, or none.
    pub(super) fd: OwnedFd,
}

/// The processes of an execution that were found so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The start of each process, by its pid.
    starts: BTreeMap<u32, u64>,
    /// The numbers of sessions and groups that one of them has led.
    led: BTreeSet<u32>,
    /// A child of this daemon that is not reaped: its number cannot be given to another process or session.
    unreaped: Option<u32>,
}

impl Known {
    /// `root` is a child of this daemon that leads a session, and is not reaped before the search is over.
    pub(super) fn of_child(root: u32) -> Known {
        let mut known = Known {
            unreaped: Some(root),
            ..Known::default()
        };
        known.led.insert(root);
        if let Some(row) = table::row(root) {
            known.starts.insert(root, row.start);
        }
        known
    }

    /// Adds the process that a record of a dead daemon describes, if it still exists.
    pub(super) fn add_recorded(&mut self, record: &jobs_output::StartRecord) {
        if record.pid == 0 {
            return;
        }
        match table::row(record.pid) {
            Some(row)
                if table::ticks_between(record.earliest, record.latest).contains(&row.start) =>
            {
                self.starts.insert(row.pid, row.start);
                self.led.insert(row.pid);
            }
            // Another process has the number now, so the session has ended.
            Some(_) => {}
            // The leader has ended, but the session may still have other processes.
            None => drop(self.led.insert(record.pid)),
        }
    }

    pub(super) fn add(&mut self, process: &Process) {
        self.starts.insert(process.pid, process.start);
    }

    fn has(&self, row: &Row) -> bool {
        self.starts.get(&row.pid) == Some(&row.start)
    }
}

/// The live processes that are known, descend from known ones, are in a session or group that one of them has led, or carry the
/// marks.
pub(super) fn members(known: &mut Known, marks: &ProcessMarks) -> Vec<Process> {
    let table = table::table();
    let in_cgroups: BTreeSet<u32> = marks
        .cgroups
        .iter()
        .flat_map(|group| cgroup::members(group))
        .collect();
    let mut members: BTreeSet<u32> = table
        .values()
        .filter(|row| known.has(row) || in_cgroups.contains(&row.pid) || has_marks(row.pid, marks))
        .map(|row| row.pid)
        .collect();
    let own = ancestors(&table);
    members.retain(|pid| !own.contains(pid));
    let mut is_unchanged = BTreeMap::new();
    loop {
        let groups = groups_of(&members, &table, known);
        let more: Vec<u32> = table
            .values()
            .filter(|row| !members.contains(&row.pid) && !own.contains(&row.pid))
            .filter(|row| {
                groups.contains(&row.session)
                    || groups.contains(&row.group)
                    || members.contains(&row.parent)
                        && *is_unchanged
                            .entry(row.parent)
                            .or_insert_with(|| is_same(&table[&row.parent]))
            })
            .map(|row| row.pid)
            .collect();
        if more.is_empty() {
            break;
        }
        members.extend(more);
    }
    members.iter().filter_map(|pid| open(&table[pid])).collect()
}

/// The numbers of the sessions and groups that members have led and that still exist as such. A number belongs to a session or
/// group as long as a process is in it, so a member in it shows that it is still the same.
fn groups_of(
    members: &BTreeSet<u32>,
    table: &BTreeMap<u32, Row>,
    known: &mut Known,
) -> BTreeSet<u32> {
    let rows = || members.iter().filter_map(|pid| table.get(pid));
    let leaders = rows().filter(|row| row.pid == row.session || row.pid == row.group);
    known.led.extend(leaders.map(|row| row.pid));
    rows()
        .flat_map(|row| [row.session, row.group])
        .filter(|number| known.led.contains(number))
        .chain(known.unreaped)
        .collect()
}

/// Whether a process of the table still is the same. A process that has ended meanwhile counts as the same: its number was not
/// given to another one within the time of a search.
fn is_same(row: &Row) -> bool {
    table::row(row.pid).is_none_or(|now| now.start == row.start)
}

/// This daemon and its ancestors, which may carry marks: a command may have started this daemon.
fn ancestors(table: &BTreeMap<u32, Row>) -> BTreeSet<u32> {
    let mut ancestors = BTreeSet::new();
    let mut next = Some(std::process::id());
    while let Some(pid) = next
        && ancestors.insert(pid)
    {
        next = table.get(&pid).map(|row| row.parent);
    }
    ancestors
}

/// Opens a process of the table. All that was read about it since is about the same process if its start is still the same.
fn open(row: &Row) -> Option<Process> {
    let raw = Pid::from_raw(i32::try_from(row.pid).ok()?)?;
    let fd = pidfd_open(raw, PidfdFlags::empty()).ok()?;
    let is_same = table::row(row.pid).is_some_and(|now| now.start == row.start);
    is_same.then_some(Process {
        pid: row.pid,
        start: row.start,
        fd,
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
    value(b"JOBS_SOCKET") == Some(marks.daemon.socket.as_os_str().as_bytes())
        && value(b"JOBS_EXEC_ID")
            .and_then(|id| std::str::from_utf8(id).ok()?.parse().ok())
            .is_some_and(|id: ExecId| marks.exec_ids.contains(&id))
        && (value(b"JOBS_DAEMON_ID") == Some(marks.daemon.id.as_bytes()) || is_beside_us(pid))
}

/// Whether the process is in the namespaces of this daemon. There no other daemon has the same socket, so a process with another id was
/// started before the id was lost. In another container the path of the socket and the number of the execution say nothing.
fn is_beside_us(pid: u32) -> bool {
    ["pid", "mnt"].iter().all(|kind| {
        let theirs = std::fs::read_link(format!("/proc/{pid}/ns/{kind}"));
        let ours = std::fs::read_link(format!("/proc/self/ns/{kind}"));
        matches!((theirs, ours), (Ok(theirs), Ok(ours)) if theirs == ours)
    })
}

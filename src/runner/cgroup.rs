//! A control group (cgroup v2) for the processes of one execution, where the daemon may make one: none of them can leave it, so
//! none escapes a stop, and memory and processes are limited for all of them together.
//!
//! Under systemd the daemon needs `Delegate=yes`; with `DelegateSubgroup=daemon` the limits of memory and processes work too,
//! for the kernel lets a group that has processes of its own hand down no controllers.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::model::ExecId;
use crate::work::Limits;

/// The subgroup in which the unit file puts the daemon itself.
const DAEMON: &str = "daemon";

/// What the names of the groups begin with; the daemon's pid follows, so that two daemons do not meet.
const PREFIX: &str = "jobs-";

/// The group of an execution. It is removed when it is dropped, unless a process that the command left in the background is
/// still in it.
#[derive(Debug)]
pub struct Cgroup {
    path: PathBuf,
    /// Whether memory is limited for all of its processes together.
    pub(super) limits_memory: bool,
    /// Whether their number is.
    pub(super) limits_processes: bool,
}

impl Cgroup {
    /// Makes a group for an execution; nothing when this system, or the place of the daemon in it, has none to give.
    pub(super) fn make(exec_id: ExecId, limits: &Limits) -> Option<Cgroup> {
        let root = root()?;
        let path = root.join(format!("{PREFIX}{}-{exec_id}", std::process::id()));
        match fs::create_dir(&path) {
            Ok(()) => {}
            // An attempt before this one left processes in it.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                tracing::debug!(%error, path = %path.display(), "no cgroup");
                return None;
            }
        }
        let limit = |file: &str, value: Option<u64>| {
            value.is_some_and(|value| fs::write(path.join(file), value.to_string()).is_ok())
        };
        let limits_memory = limit("memory.max", limits.memory);
        if limits_memory {
            // What is over the limit goes as a whole, and is not moved to the swap instead. Older kernels lack the one or the other.
            let _ = fs::write(path.join("memory.oom.group"), "1");
            let _ = fs::write(path.join("memory.swap.max"), "0");
        }
        let limits_processes = limit("pids.max", limits.processes);
        Some(Cgroup {
            path,
            limits_memory,
            limits_processes,
        })
    }

    /// Where a process writes itself in.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // Refused while it has a process.
        let _ = fs::remove_dir(&self.path);
    }
}

/// The processes in a group and in those below it.
pub(super) fn members(path: &Path) -> Vec<u32> {
    let text = fs::read_to_string(path.join("cgroup.procs")).unwrap_or_default();
    let below = fs::read_dir(path).into_iter().flatten().flatten();
    let folders = below.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    text.lines()
        .filter_map(|line| line.parse().ok())
        .chain(folders.flat_map(|folder| members(&folder.path())))
        .collect()
}

/// Ends all processes of a group at once, also those that it is just starting.
pub(super) fn kill(path: &Path) {
    // Kernels before 5.14 do not have it; there each process is signalled.
    let _ = fs::write(path.join("cgroup.kill"), "1");
}

/// Removes the empty groups that a dead daemon left. To be called once, when its processes have been ended.
pub(super) fn sweep() {
    let Some(root) = root() else { return };
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let is_ours = entry
            .file_name()
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX)?.split_once('-'))
            .is_some_and(|(pid, exec_id)| {
                let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                is_number(pid) && is_number(exec_id)
            });
        if is_ours {
            // Refused while it has a process.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// The group below which those of the executions are made.
fn root() -> Option<&'static Path> {
    static ROOT: OnceLock<Option<PathBuf>> = OnceLock::new();
    ROOT.get_or_init(|| {
        let own = own(
            &fs::read_to_string("/proc/self/mountinfo").ok()?,
            &fs::read_to_string("/proc/self/cgroup").ok()?,
        )?;
        let root = match own.file_name() {
            Some(name) if name == DAEMON => own.parent()?.to_path_buf(),
            _ => own,
        };
        // Refused where the daemon itself is in the group; then there are no limits by it, but groups all the same.
        let _ = fs::write(root.join("cgroup.subtree_control"), "+memory +pids");
        Some(root)
    })
    .as_deref()
}

/// The daemon's own group: where version 2 is mounted, and where in it the daemon is.
fn own(mountinfo: &str, cgroup: &str) -> Option<PathBuf> {
    let mount = mountinfo.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        let point = mount.split(' ').nth(4)?;
        kind.starts_with("cgroup2 ").then(|| point.to_string())
    })?;
    let own = cgroup.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(Path::new(&mount).join(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_daemons_own_group_is_found() {
        let mountinfo = "30 23 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
        let cgroup = "1:name=systemd:/x\n0::/system.slice/jobs.service/daemon\n";
        assert_eq!(
            own(mountinfo, cgroup).as_deref(),
            Some(Path::new("/sys/fs/cgroup/system.slice/jobs.service/daemon"))
        );
        assert_eq!(own("30 23 0:26 / /tmp rw - tmpfs tmpfs rw\n", cgroup), None);
    }
}

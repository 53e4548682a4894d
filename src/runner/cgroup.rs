//! A control group (cgroup v2) for the processes of one execution, where the daemon may create one. A process cannot
//! leave its group, so a stop reaches all of them, and the limits of memory and processes apply to all of them
//! together.
//!
//! The kernel does not let a group with processes of its own give controllers to child groups. So the daemon moves
//! itself into a group beside those of the executions. It does this only where systemd has delegated the group to the
//! daemon (`Delegate=`): elsewhere other programs rely on the daemon's place.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use parking_lot::{Mutex, MutexGuard};
use sha2::{Digest, Sha256};

use super::Daemon;
use jobs_model::ExecId;
use jobs_work::Limits;

/// Name of the group for the daemon itself, beside those of the executions.
const DAEMON: &str = "daemon";

/// Groups of ended executions that still hold a background process.
static LEFTOVERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The group of an execution. It is removed on drop, or later if a background process of the command is still in it.
#[derive(Debug)]
pub struct Cgroup {
    /// The folder of the group.
    path: PathBuf,
    /// Whether the group limits the memory of all its processes together.
    pub(super) limits_memory: bool,
    /// Whether the group limits the number of its processes.
    pub(super) limits_processes: bool,
}

impl Cgroup {
    /// Creates the group for an execution of a daemon. `None` when the system has no cgroups, or
    /// when the daemon may not create one.
    pub(super) fn make(daemon: &Daemon, exec_id: ExecId, limits: &Limits) -> Option<Cgroup> {
        remove_some_leftovers();
        let path = path_of(daemon, exec_id)?;
        match fs::create_dir(&path) {
            Ok(()) => {}
            // An earlier attempt left processes in it.
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
            // When the limit is exceeded, end the whole group and do not swap instead. Older kernels lack one or both
            // of these files.
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

    /// The folder of the group. A process joins by writing its number into a file there.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the kernel has ended a process of the group because memory was over the limit.
    pub(super) fn was_out_of_memory(&self) -> bool {
        self.limits_memory
            && fs::read_to_string(self.path.join("memory.events"))
                .is_ok_and(|events| is_nonzero(&events, "oom_kill"))
    }
}

/// Removes groups whose last process has ended meanwhile. Only a few at a time, so that a command does not wait for
/// many removals.
fn remove_some_leftovers() {
    const AT_ONCE: usize = 8;
    let mut leftovers = leftovers();
    let some = leftovers.len().min(AT_ONCE);
    let mut oldest: Vec<PathBuf> = leftovers.drain(..some).collect();
    oldest.retain(|path| !remove(path));
    // Groups that are still in use are checked last the next time.
    leftovers.extend(oldest);
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        if !remove(&self.path) {
            leftovers().push(self.path.clone());
        }
    }
}

fn leftovers() -> MutexGuard<'static, Vec<PathBuf>> {
    LEFTOVERS.lock()
}

/// Whether a line `NAME N` has a number other than 0.
fn is_nonzero(events: &str, name: &str) -> bool {
    events
        .lines()
        .filter_map(|line| line.split_once(' '))
        .any(|(known, number)| known == name && number != "0")
}

/// The existing group of an execution, for example of a daemon that has died.
pub(super) fn find(daemon: &Daemon, exec_id: ExecId) -> Option<PathBuf> {
    path_of(daemon, exec_id).filter(|path| path.is_dir())
}

/// The processes in a group and its child groups.
pub(super) fn members(path: &Path) -> Vec<u32> {
    let text = fs::read_to_string(path.join("cgroup.procs")).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.parse().ok())
        .chain(child_groups(path).flat_map(|folder| members(&folder)))
        .collect()
}

fn child_groups(path: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
}

/// Ends all processes of a group at once, including those that they are just starting.
pub(super) fn kill(path: &Path) {
    // Kernels before 5.14 lack this file; there the processes are signalled one by one.
    let _ = fs::write(path.join("cgroup.kill"), "1");
}

/// Removes a group without processes, with the child groups that the command created. Returns whether the group is
/// gone.
fn remove(path: &Path) -> bool {
    let events = fs::read_to_string(path.join("cgroup.events")).unwrap_or_default();
    if is_nonzero(&events, "populated") {
        return false;
    }
    for folder in child_groups(path) {
        remove(&folder);
    }
    match fs::remove_dir(path) {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Removes the groups without processes that the daemon left before it died, and moves this daemon beside the
/// future groups. Call it once, before the first command.
pub(super) fn sweep(daemon: &Daemon) {
    let Some(root) = root() else { return };
    let prefix = prefix(daemon);
    for path in child_groups(root) {
        let is_ours = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_prefix(&prefix))
            .is_some_and(|exec_id| exec_id.bytes().all(|byte| byte.is_ascii_digit()));
        if is_ours && !remove(&path) {
            leftovers().push(path);
        }
    }
}

fn path_of(daemon: &Daemon, exec_id: ExecId) -> Option<PathBuf> {
    Some(root()?.join(format!("{}{exec_id}", prefix(daemon))))
}

/// The prefix of the group names of a daemon: two daemons may share a parent group, and a restarted daemon must find
/// its old groups.
fn prefix(daemon: &Daemon) -> String {
    let hash = Sha256::new()
        .chain_update(daemon.socket.as_os_str().as_encoded_bytes())
        .chain_update(daemon.id.as_bytes())
        .finalize();
    let digits: String = hash
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("jobs-{digits}-")
}

/// The parent of the groups of executions.
fn root() -> Option<&'static Path> {
    static ROOT: OnceLock<Option<PathBuf>> = OnceLock::new();
    ROOT.get_or_init(|| {
        let own_group = own_group(
            &fs::read_to_string("/proc/self/mountinfo").ok()?,
            &fs::read_to_string("/proc/self/cgroup").ok()?,
        )?;
        let root = match own_group.file_name() {
            Some(name) if name == DAEMON => own_group.parent()?.to_path_buf(),
            _ => own_group,
        };
        if is_delegated(&root)
            && let Err(error) = move_daemon_into(&root)
        {
            tracing::warn!(%error, path = %root.display(), "the daemon can't move into a cgroup of its own");
        }
        // The kernel refuses this when the daemon itself is in the group, and when the controller is missing. Then
        // there are groups but no limits by them. Enable the controllers one by one: together, both are refused when
        // one is missing.
        for controller in ["+memory", "+pids"] {
            let _ = fs::write(root.join("cgroup.subtree_control"), controller);
        }
        Some(root)
    })
    .as_deref()
}

/// Whether the service manager has delegated the group to this daemon.
#[cfg(target_os = "linux")]
fn is_delegated(group: &Path) -> bool {
    // Only root can read the first attribute; the second one is set by a user's own service manager.
    ["trusted.delegate", "user.delegate"].iter().any(|name| {
        let mut value = [0; 8];
        rustix::fs::getxattr(group, *name, &mut value).is_ok_and(|length| value[..length] == *b"1")
    })
}

#[cfg(not(target_os = "linux"))]
fn is_delegated(_: &Path) -> bool {
    false
}

/// Moves this process into a child group of `root`.
fn move_daemon_into(root: &Path) -> io::Result<()> {
    let own_group = root.join(DAEMON);
    match fs::create_dir(&own_group) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    fs::write(
        own_group.join("cgroup.procs"),
        std::process::id().to_string(),
    )
}

/// The group of this process: the mount point of cgroup v2, and the path below it. In a container the mount may show
/// only part of the tree, and the path may be one of the host.
fn own_group(mountinfo: &str, cgroup: &str) -> Option<PathBuf> {
    let own_group = Path::new(cgroup.lines().find_map(|line| line.strip_prefix("0::"))?);
    mountinfo.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(3);
        let (shown, point) = (plain(fields.next()?), plain(fields.next()?));
        if !kind.starts_with("cgroup2 ") {
            return None;
        }
        let child_groups = own_group.strip_prefix(&shown).ok()?;
        let is_inside = child_groups
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        is_inside.then(|| Path::new(&point).join(child_groups))
    })
}

/// Decodes a field of mountinfo, which writes a space as `\040`.
fn plain(field: &str) -> String {
    [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ]
    .into_iter()
    .fold(field.to_string(), |text, (code, plain)| {
        text.replace(code, plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_group_is_found_in_mountinfo() {
        let host = "30 23 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
        let part = "29 1 0:5 / /x\\040y rw - tmpfs tmpfs rw\n\
                    30 23 0:26 /docker/abc /sys/fs\\040/cgroup ro - cgroup2 cgroup rw\n";
        for (mountinfo, cgroup, expected) in [
            (
                host,
                "1:name=systemd:/x\n0::/system.slice/jobs.service/daemon\n",
                Some("/sys/fs/cgroup/system.slice/jobs.service/daemon"),
            ),
            (host, "0::/\n", Some("/sys/fs/cgroup")),
            // A container without its own cgroup namespace.
            (part, "0::/docker/abc/x\n", Some("/sys/fs /cgroup/x")),
            (part, "0::/docker/abc\n", Some("/sys/fs /cgroup")),
            (part, "0::/docker/abcd\n", None),
            // The process was moved out of the part that its namespace shows.
            (host, "0::/../other\n", None),
            (host, "4:memory:/x\n", None),
            ("30 23 0:26 / /tmp rw - tmpfs tmpfs rw\n", "0::/\n", None),
            ("nonsense\n - cgroup2 \n", "0::/\n", None),
        ] {
            assert_eq!(
                own_group(mountinfo, cgroup).as_deref(),
                expected.map(Path::new),
                "{cgroup} in {mountinfo}"
            );
        }
    }

    #[test]
    fn prefix_differs_per_daemon() {
        let of = |socket: &str, id: &str| {
            prefix(&Daemon {
                socket: socket.into(),
                id: id.into(),
            })
        };
        let name = of("/run/jobs/jobs.sock", "a");
        assert_eq!(name, of("/run/jobs/jobs.sock", "a"));
        assert_ne!(name, of("/run/jobs/jobs.sock", "b"));
        assert_ne!(name, of("/tmp/jobs.sock", "a"));
        assert_eq!(name.len(), "jobs-0123456789ab-".len());
    }

    #[test]
    fn is_nonzero_reads_events() {
        let events = "low 0\nmax 3\noom 2\noom_kill 1\noom_group_kill 0\n";
        assert!(is_nonzero(events, "oom_kill") && is_nonzero(events, "max"));
        assert!(!is_nonzero(events, "oom_group_kill") && !is_nonzero(events, "oom_kil"));
        assert!(!is_nonzero("", "populated") && is_nonzero("populated 1\nfrozen 0\n", "populated"));
    }

    #[test]
    fn remove_of_missing_group_succeeds() {
        let folder = tempfile::tempdir().unwrap();
        let group = folder.path().join("group");
        fs::create_dir_all(group.join("a/b")).unwrap();
        assert!(remove(&group) && !group.exists() && remove(&group));
        fs::create_dir(&group).unwrap();
        fs::write(group.join("cgroup.events"), "populated 1\n").unwrap();
        assert!(!remove(&group) && group.exists());
    }
}

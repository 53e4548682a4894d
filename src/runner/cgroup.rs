//! A control group (cgroup v2) for the processes of one execution, where the daemon may make one: none of them can leave it, so
//! none escapes a stop, and memory and processes are limited for all of them together.
//!
//! The kernel lets a group that has processes of its own hand down no controllers, so the daemon moves into a group beside
//! those of the executions; but only where systemd has told that the place is the daemon's (`Delegate=`), for elsewhere
//! others count on where it is.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use parking_lot::{Mutex, MutexGuard};
use sha2::{Digest, Sha256};

use crate::model::ExecId;
use crate::work::Limits;

/// The group of the daemon itself, beside those of the executions.
const DAEMON: &str = "daemon";

/// Groups of executions that are over, in which a process was left in the background.
static LEFT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The group of an execution. It goes when it is dropped, or, while a process that the command left in the background is in
/// it, some time after that.
#[derive(Debug)]
pub struct Cgroup {
    path: PathBuf,
    /// Whether memory is limited for all of its processes together.
    pub(super) limits_memory: bool,
    /// Whether their number is.
    pub(super) limits_processes: bool,
}

impl Cgroup {
    /// Makes a group for an execution of the daemon with this socket; nothing when this system, or the place of the daemon in
    /// it, has none to give.
    pub(super) fn make(socket: &Path, exec_id: ExecId, limits: &Limits) -> Option<Cgroup> {
        tidy_some();
        let path = path_of(socket, exec_id)?;
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

    /// Whether the kernel has ended something in it that was over the limit of memory.
    pub(super) fn was_out_of_memory(&self) -> bool {
        self.limits_memory
            && fs::read_to_string(self.path.join("memory.events"))
                .is_ok_and(|events| counts(&events, "oom_kill"))
    }
}

/// Removes groups whose last process has ended meanwhile, a few at a time: a command must not wait for those of many others.
fn tidy_some() {
    const AT_ONCE: usize = 8;
    let mut left = left();
    let some = left.len().min(AT_ONCE);
    let mut oldest: Vec<PathBuf> = left.drain(..some).collect();
    oldest.retain(|path| !remove(path));
    // Those that are still in use come last the next time.
    left.extend(oldest);
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        if !remove(&self.path) {
            left().push(self.path.clone());
        }
    }
}

fn left() -> MutexGuard<'static, Vec<PathBuf>> {
    LEFT.lock()
}

/// Whether a line `NAME N` has another number than 0.
fn counts(events: &str, name: &str) -> bool {
    events
        .lines()
        .filter_map(|line| line.split_once(' '))
        .any(|(known, number)| known == name && number != "0")
}

/// The group of an execution that is there, such as one of a daemon that has died.
pub(super) fn find(socket: &Path, exec_id: ExecId) -> Option<PathBuf> {
    path_of(socket, exec_id).filter(|path| path.is_dir())
}

/// The processes in a group and in those below it.
pub(super) fn members(path: &Path) -> Vec<u32> {
    let text = fs::read_to_string(path.join("cgroup.procs")).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.parse().ok())
        .chain(below(path).flat_map(|folder| members(&folder)))
        .collect()
}

fn below(path: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
}

/// Ends all processes of a group at once, also those that it is just starting.
pub(super) fn kill(path: &Path) {
    // Kernels before 5.14 do not have it; there each process is signalled.
    let _ = fs::write(path.join("cgroup.kill"), "1");
}

/// Removes a group without processes, and those that a command has made in it. Whether it is gone.
fn remove(path: &Path) -> bool {
    let events = fs::read_to_string(path.join("cgroup.events")).unwrap_or_default();
    if counts(&events, "populated") {
        return false;
    }
    for folder in below(path) {
        remove(&folder);
    }
    match fs::remove_dir(path) {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Removes the groups without processes that a dead daemon with this socket left, and takes this daemon's place beside those
/// that are to come. To be called once, before the first command.
pub(super) fn sweep(socket: &Path) {
    let Some(root) = root() else { return };
    let prefix = prefix(socket);
    for path in below(root) {
        let is_ours = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_prefix(&prefix))
            .is_some_and(|exec_id| exec_id.bytes().all(|byte| byte.is_ascii_digit()));
        if is_ours && !remove(&path) {
            left().push(path);
        }
    }
}

fn path_of(socket: &Path, exec_id: ExecId) -> Option<PathBuf> {
    Some(root()?.join(format!("{}{exec_id}", prefix(socket))))
}

/// What the names of the groups of a daemon begin with: two daemons may share a place, and one that was started again must
/// find what it left.
fn prefix(socket: &Path) -> String {
    let hash = Sha256::digest(socket.as_os_str().as_encoded_bytes());
    let digits: String = hash
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("jobs-{digits}-")
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
        if is_delegated(&root)
            && let Err(error) = stand_beside(&root)
        {
            tracing::warn!(%error, path = %root.display(), "the daemon gets no cgroup of its own");
        }
        // Refused where the daemon itself is in the group, and where there is no such controller; then there are no limits by
        // it, but groups all the same. One by one: together both are refused when one is missing.
        for controller in ["+memory", "+pids"] {
            let _ = fs::write(root.join("cgroup.subtree_control"), controller);
        }
        Some(root)
    })
    .as_deref()
}

/// Whether the service manager has left a group to this daemon.
#[cfg(target_os = "linux")]
fn is_delegated(group: &Path) -> bool {
    // The first is for root alone to see, the second for a user's own service manager.
    ["trusted.delegate", "user.delegate"].iter().any(|name| {
        let mut value = [0; 8];
        rustix::fs::getxattr(group, *name, &mut value).is_ok_and(|length| value[..length] == *b"1")
    })
}

#[cfg(not(target_os = "linux"))]
fn is_delegated(_: &Path) -> bool {
    false
}

/// Moves this process into a group below `root`.
fn stand_beside(root: &Path) -> io::Result<()> {
    let own = root.join(DAEMON);
    match fs::create_dir(&own) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    fs::write(own.join("cgroup.procs"), std::process::id().to_string())
}

/// The daemon's own group: where version 2 is mounted, and where in it the daemon is. In a container the mount may show only a
/// part of the tree, and the name may be one of the host's.
fn own(mountinfo: &str, cgroup: &str) -> Option<PathBuf> {
    let own = Path::new(cgroup.lines().find_map(|line| line.strip_prefix("0::"))?);
    mountinfo.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(3);
        let (shown, point) = (plain(fields.next()?), plain(fields.next()?));
        if !kind.starts_with("cgroup2 ") {
            return None;
        }
        let below = own.strip_prefix(&shown).ok()?;
        let is_inside = below
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        is_inside.then(|| Path::new(&point).join(below))
    })
}

/// A field of mountinfo, in which blanks are written as `\040`.
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
    fn the_daemons_own_group_is_found() {
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
            // A container without a namespace of its own for them.
            (part, "0::/docker/abc/x\n", Some("/sys/fs /cgroup/x")),
            (part, "0::/docker/abc\n", Some("/sys/fs /cgroup")),
            (part, "0::/docker/abcd\n", None),
            // Moved out of what its namespace shows.
            (host, "0::/../other\n", None),
            (host, "4:memory:/x\n", None),
            ("30 23 0:26 / /tmp rw - tmpfs tmpfs rw\n", "0::/\n", None),
            ("nonsense\n - cgroup2 \n", "0::/\n", None),
        ] {
            assert_eq!(
                own(mountinfo, cgroup).as_deref(),
                expected.map(Path::new),
                "{cgroup} in {mountinfo}"
            );
        }
    }

    #[test]
    fn daemons_have_names_of_their_own() {
        let name = prefix(Path::new("/run/jobs/jobs.sock"));
        assert_eq!(name, prefix(Path::new("/run/jobs/jobs.sock")));
        assert_ne!(name, prefix(Path::new("/tmp/jobs.sock")));
        assert_eq!(name.len(), "jobs-0123456789ab-".len());
    }

    #[test]
    fn events_are_counted() {
        let events = "low 0\nmax 3\noom 2\noom_kill 1\noom_group_kill 0\n";
        assert!(counts(events, "oom_kill") && counts(events, "max"));
        assert!(!counts(events, "oom_group_kill") && !counts(events, "oom_kil"));
        assert!(!counts("", "populated") && counts("populated 1\nfrozen 0\n", "populated"));
    }

    #[test]
    fn a_folder_that_is_gone_is_removed_already() {
        let folder = tempfile::tempdir().unwrap();
        let group = folder.path().join("group");
        fs::create_dir_all(group.join("a/b")).unwrap();
        assert!(remove(&group) && !group.exists() && remove(&group));
        fs::create_dir(&group).unwrap();
        fs::write(group.join("cgroup.events"), "populated 1\n").unwrap();
        assert!(!remove(&group) && group.exists());
    }
}

//! `Monitor disk[,PATH][,PERCENT]`: how full file systems are.

use std::path::{Path, PathBuf};

use sysinfo::{DiskRefreshKind, Disks};

use super::super::{Call, Failure};
use super::arguments::{percent, usage, wrong};
use jobs_text::{plain, quoted};

/// File systems without storage of their own: in memory, made by the kernel or a program, or read-only images, which
/// are always full. An overlay uses the space of the file system below it, and counts only as the root of a
/// container.
const WITHOUT_STORAGE: [&str; 18] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "configfs",
    "cramfs",
    "debugfs",
    "devtmpfs",
    "efivarfs",
    "erofs",
    "fuse.gvfsd-fuse",
    "fuse.lxcfs",
    "fuse.portal",
    "fuse.snapfuse",
    "fuse.squashfuse",
    "nsfs",
    "ramfs",
    "tmpfs",
    "tracefs",
];

/// Space of a file system, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Space {
    pub(super) total: u64,
    pub(super) used: u64,
    /// Space for unprivileged accounts. The reserve of root is neither free nor used.
    pub(super) free: u64,
}

/// A file system, or a path in one, that is measured.
#[derive(Debug)]
struct Target {
    path: PathBuf,
    /// ` (ext4 on /dev/sda1)`; empty for a given path.
    what: String,
}

pub(super) fn run(call: &mut Call<'_>, args: &[&str]) -> Result<(), Failure> {
    let (path, limit) = match args {
        [] => (None, None),
        [one] if Path::new(one).is_absolute() => (Some(*one), None),
        [one] => (None, Some(limit_or_path(one)?)),
        [path, limit] => (Some(*path), Some(percent(limit)?)),
        _ => return Err(usage("disk[,PATH][,PERCENT]")),
    };
    let targets = match path {
        Some(path) => vec![target(path)?],
        None => real_targets()?,
    };
    let mut measured = 0;
    let mut exceeded = Vec::new();
    for target in &targets {
        let shown = quoted(&target.path.to_string_lossy());
        let space = match space(&target.path) {
            // A file system without space stores nothing.
            Ok(space) if space.total == 0 && path.is_none() => continue,
            Ok(space) => space,
            Err(error) if path.is_none() => {
                writeln!(call.out, "disk: {shown} can't be measured: {error}")?;
                continue;
            }
            Err(error) => return Err(Failure(format!("disk: {shown} can't be measured: {error}"))),
        };
        measured += 1;
        let used = space.percent();
        writeln!(call.out, "disk: {shown} {}{}", space.shown(), target.what)?;
        if limit.is_some_and(|limit| used > limit) {
            exceeded.push(format!("{shown} is {used:.1} % used"));
        }
    }
    check_limit(measured, &exceeded, limit)
}

fn check_limit(measured: usize, exceeded: &[String], limit: Option<f64>) -> Result<(), Failure> {
    if measured == 0 {
        return Err(Failure(
            "disk: no file system could be measured; name one, for example `disk,/`".to_owned(),
        ));
    }
    match limit {
        Some(limit) if !exceeded.is_empty() => Err(Failure(format!(
            "disk: {}, the limit is {limit} %",
            exceeded.join(" and ")
        ))),
        _ => Ok(()),
    }
}

fn limit_or_path(text: &str) -> Result<f64, Failure> {
    percent(text).map_err(|failure| {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            failure
        } else {
            wrong("path", text, "an absolute path or a percentage")
        }
    })
}

fn target(path: &str) -> Result<Target, Failure> {
    let given = Path::new(path);
    if !given.is_absolute() {
        return Err(wrong("path", path, "an absolute path"));
    }
    match given.metadata() {
        Ok(_) => Ok(Target {
            path: given.to_owned(),
            what: String::new(),
        }),
        Err(error) => Err(Failure::argument(
            "path",
            format!("{}: {error}", quoted(path)),
        )),
    }
}

/// Each file system that can fill up, once. Network file systems are left out: a query would hang if the server is
/// gone.
fn real_targets() -> Result<Vec<Target>, Failure> {
    let targets = only_real(mounted()?).into_iter().map(|mount| Target {
        what: plain(&format!(" ({} on {})", mount.kind, mount.device)),
        path: mount.point,
    });
    Ok(targets.collect())
}

/// A mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) device: String,
    pub(super) kind: String,
    pub(super) point: PathBuf,
}

fn mounted() -> Result<Vec<Mount>, Failure> {
    let disks = Disks::new_with_refreshed_list_specifics(DiskRefreshKind::nothing())
        .map_err(|error| Failure(format!("disk: the file systems can't be listed: {error}")))?;
    let mounts = disks.iter().map(|disk| Mount {
        device: disk.name().to_string_lossy().into_owned(),
        kind: disk.file_system().to_string_lossy().into_owned(),
        point: disk.mount_point().to_owned(),
    });
    Ok(mounts.collect())
}

/// The mounts that can fill up. Of several mounts of a device, the one with the shortest path. Sorted by path.
pub(super) fn only_real(mut mounts: Vec<Mount>) -> Vec<Mount> {
    mounts.sort_by_key(|mount| (mount.point.as_os_str().len(), mount.point.clone()));
    let mut real: Vec<Mount> = Vec::new();
    for mount in mounts {
        let is_real = !WITHOUT_STORAGE.contains(&mount.kind.as_str())
            && (mount.kind != "overlay" || mount.point == Path::new("/"));
        let is_there = real.iter().any(|other| {
            other.point == mount.point
                || (other.device == mount.device && mount.device.starts_with('/'))
        });
        if is_real && !is_there {
            real.push(mount);
        }
    }
    real.sort_by(|a, b| a.point.cmp(&b.point));
    real
}

/// The same numbers as in `df`.
#[cfg(unix)]
fn space(path: &Path) -> std::io::Result<Space> {
    let stat = rustix::fs::statvfs(path)?;
    let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
    Ok(Space {
        total: bytes(stat.f_blocks),
        used: bytes(stat.f_blocks.saturating_sub(stat.f_bfree)),
        free: bytes(stat.f_bavail),
    })
}

/// The space of the disk whose mount point is the longest prefix of the path.
#[cfg(not(unix))]
fn space(path: &Path) -> std::io::Result<Space> {
    let disks = Disks::new_with_refreshed_list().map_err(std::io::Error::other)?;
    disks
        .iter()
        .filter(|disk| path.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len())
        .map(|disk| Space {
            total: disk.total_space(),
            used: disk.total_space().saturating_sub(disk.available_space()),
            free: disk.available_space(),
        })
        .ok_or_else(|| std::io::Error::other("it is on no known disk"))
}

impl Space {
    /// Used space in percent of the usable space.
    pub(super) fn percent(self) -> f64 {
        part(self.used, self.used.saturating_add(self.free))
    }

    pub(super) fn shown(self) -> String {
        format!(
            "{:.1} % used, {} of {}, {} free",
            self.percent(),
            size(self.used),
            size(self.total),
            size(self.free)
        )
    }
}

/// `part` in percent of `whole`, rounded to a tenth; 0 of 0 is 0.
pub(super) fn part(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    rounded(part as f64 * 100.0 / whole as f64)
}

/// Rounds to a tenth, so that the printed value is the one that is compared.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// A size in the largest suitable unit, `1.5 GiB`.
pub(super) fn size(bytes: u64) -> String {
    let mut number = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
        if number < 1023.95 {
            return match unit {
                "B" => format!("{bytes} B"),
                _ => format!("{number:.1} {unit}"),
            };
        }
        number /= 1024.0;
    }
    format!("{number:.1} PiB")
}

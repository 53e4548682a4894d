//! `Monitor disk[,PATH][,PERCENT]`: how full file systems are.

use std::path::{Path, PathBuf};

use sysinfo::{DiskRefreshKind, Disks};

use super::super::{Call, Failure};
use super::arguments::{percent, usage, wrong};
use crate::text::{plain, quoted};

/// File systems that hold nothing of their own: in memory, made by the kernel or a program, or full by nature. An overlay
/// is the room of the one below it, unless it is all that a container sees.
const NOT_REAL: [&str; 18] = [
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

/// How full a file system is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) total: u64,
    pub(super) used: u64,
    /// For an account without privileges: what is kept back for root is neither free nor used.
    pub(super) free: u64,
}

/// A file system, or a path in one, that is looked at.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// ` (ext4 on /dev/sda1)`, as far as it is known.
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
    let places = match path {
        Some(path) => vec![place(path)?],
        None => real_places()?,
    };
    let mut measured = 0;
    let mut past = Vec::new();
    for place in &places {
        let shown = quoted(&place.path.to_string_lossy());
        let room = match room(&place.path) {
            // Nothing can be stored there.
            Ok(room) if room.total == 0 && path.is_none() => continue,
            Ok(room) => room,
            Err(error) if path.is_none() => {
                writeln!(call.out, "disk: {shown} can't be measured: {error}")?;
                continue;
            }
            Err(error) => return Err(Failure(format!("disk: {shown} can't be measured: {error}"))),
        };
        measured += 1;
        let used = room.percent();
        writeln!(call.out, "disk: {shown} {}{}", room.shown(), place.what)?;
        if limit.is_some_and(|limit| used > limit) {
            past.push(format!("{shown} is {used:.1} % used"));
        }
    }
    judge(measured, &past, limit)
}

fn judge(measured: usize, past: &[String], limit: Option<f64>) -> Result<(), Failure> {
    if measured == 0 {
        return Err(Failure(
            "disk: no file system could be measured; name one, for example `disk,/`".to_owned(),
        ));
    }
    match limit {
        Some(limit) if !past.is_empty() => Err(Failure(format!(
            "disk: {}, the limit is {limit} %",
            past.join(" and ")
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

fn place(path: &str) -> Result<Place, Failure> {
    let given = Path::new(path);
    if !given.is_absolute() {
        return Err(wrong("path", path, "an absolute path"));
    }
    match given.metadata() {
        Ok(_) => Ok(Place {
            path: given.to_owned(),
            what: String::new(),
        }),
        Err(error) => Err(Failure::argument(
            "path",
            format!("{}: {error}", quoted(path)),
        )),
    }
}

/// Every file system that can fill up, once. Those of other hosts are left out: asking one that is gone would wait for it.
fn real_places() -> Result<Vec<Place>, Failure> {
    let places = only_real(mounted()?).into_iter().map(|mount| Place {
        what: plain(&format!(" ({} on {})", mount.kind, mount.device)),
        path: mount.point,
    });
    Ok(places.collect())
}

/// What is mounted where.
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

/// Of several mounts of a device the one with the shortest path; ordered by path.
pub(super) fn only_real(mut mounts: Vec<Mount>) -> Vec<Mount> {
    mounts.sort_by_key(|mount| (mount.point.as_os_str().len(), mount.point.clone()));
    let mut real: Vec<Mount> = Vec::new();
    for mount in mounts {
        let is_real = !NOT_REAL.contains(&mount.kind.as_str())
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

/// The same numbers as those of `df`.
#[cfg(unix)]
fn room(path: &Path) -> std::io::Result<Room> {
    let told = rustix::fs::statvfs(path)?;
    let bytes = |blocks: u64| blocks.saturating_mul(told.f_frsize);
    Ok(Room {
        total: bytes(told.f_blocks),
        used: bytes(told.f_blocks.saturating_sub(told.f_bfree)),
        free: bytes(told.f_bavail),
    })
}

/// That of the disk whose mount point is the longest beginning of the path.
#[cfg(not(unix))]
fn room(path: &Path) -> std::io::Result<Room> {
    let disks = Disks::new_with_refreshed_list().map_err(std::io::Error::other)?;
    disks
        .iter()
        .filter(|disk| path.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len())
        .map(|disk| Room {
            total: disk.total_space(),
            used: disk.total_space().saturating_sub(disk.available_space()),
            free: disk.available_space(),
        })
        .ok_or_else(|| std::io::Error::other("it is on no known disk"))
}

impl Room {
    /// How much of what can be used is used.
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

/// A part in percent, to a tenth; nothing of nothing is 0.
pub(super) fn part(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    rounded(part as f64 * 100.0 / whole as f64)
}

/// To a tenth: as it is shown, so that what is shown is what is judged.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// A size in the largest unit of which there is one, `1.5 GiB`.
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

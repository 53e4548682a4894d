//! The existing archives of a source: removes unfinished files of killed runs, and archives beyond `keep`.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind, Write};

use rustix::fs::{AtFlags, Dir, FlockOperation, OFlags, flock, unlinkat};

use super::Folder;
use super::names::{ArchiveName, ArchiveNames};
use crate::func::Failure;
use crate::func::entry::{self, FileInfo, shown};

/// Removes unfinished files of killed runs: those that no process has locked.
pub(super) fn remove_stale(
    folder: &Folder,
    names: &ArchiveNames,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let stale = list(folder, |name| {
        names.is_partial(name).then(|| name.to_os_string())
    })?;
    for name in stale {
        let path = shown(folder.path.join(&name));
        match remove_unlocked(folder, &name) {
            Ok(true) => writeln!(
                out,
                "removed `{path}`, which an earlier run left unfinished"
            )?,
            Ok(false) => {}
            Err(error) => writeln!(
                out,
                "warning: `{path}` is left over and can't be removed: {error}"
            )?,
        }
    }
    Ok(())
}

/// Returns whether the file was removed.
fn remove_unlocked(folder: &Folder, name: &OsStr) -> io::Result<bool> {
    let opened = match entry::open_file(&folder.open, name, OFlags::RDWR) {
        Ok(Ok((file, _))) => file,
        Ok(Err(_)) => return Ok(false),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    // A run is writing the file. On a file system without locks this is unknown, so keep the file.
    if flock(&opened, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Ok(false);
    }
    // Its writer may have finished it, and another run may have begun a file of the same name.
    match FileInfo::at(&folder.open, name) {
        Ok(info) if info.is_same(&FileInfo::of(&opened)?) => {}
        Ok(_) => return Ok(false),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    }
    unlinkat(&folder.open, name, AtFlags::empty())?;
    Ok(true)
}

/// Removes archives older than `new`, so that at most `keep` archives of its kind are left.
///
/// Complete and incomplete archives are counted separately: an incomplete one never replaces a complete one.
/// Incomplete ones that are older than all remaining complete ones are removed with those.
pub(super) fn remove_surplus(
    folder: &Folder,
    names: &ArchiveNames,
    new: &ArchiveName,
    keep: usize,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut older = list(folder, |name| {
        names.read(name).filter(|archive| archive < new)
    })?;
    older.sort();
    older.reverse();
    let (mut removed, mut failed) = (Vec::new(), None);
    for archive in surplus(&older, new, keep) {
        match remove(folder, archive) {
            Ok(true) => removed.push(format!("`{}`", archive.name)),
            Ok(false) => {}
            Err(error) => {
                let path = shown(folder.path.join(&archive.name));
                failed.get_or_insert(format!(
                    "the archive was created, but older ones can't be removed; the first: `{path}`: {error}"
                ));
            }
        }
    }
    if removed.is_empty() {
        writeln!(out, "nothing to remove by keep={keep}")?;
    } else {
        writeln!(out, "removed by keep={keep}: {}", removed.join(", "))?;
    }
    match failed {
        None => Ok(()),
        Some(failure) => Err(Failure(failure)),
    }
}

/// The archives to remove. `older` is sorted from new to old.
fn surplus<'a>(older: &'a [ArchiveName], new: &ArchiveName, keep: usize) -> Vec<&'a ArchiveName> {
    let of_kind = |archive: &&ArchiveName| archive.is_complete == new.is_complete;
    // The new archive counts too.
    let kept = keep.saturating_sub(1);
    let mut surplus: Vec<&ArchiveName> = older.iter().filter(of_kind).skip(kept).collect();
    if new.is_complete
        && let Some(newest_of_surplus) = surplus.first().copied()
    {
        let is_older =
            |archive: &&ArchiveName| !archive.is_complete && *archive < newest_of_surplus;
        surplus.extend(older.iter().filter(is_older));
    }
    surplus
}

/// Returns whether the archive was removed. An entry that is not a regular file was not created here, so it stays.
fn remove(folder: &Folder, archive: &ArchiveName) -> io::Result<bool> {
    let name = OsStr::new(&archive.name);
    let removed = FileInfo::at(&folder.open, name).and_then(|info| {
        if info.is_file() {
            unlinkat(&folder.open, name, AtFlags::empty())?;
        }
        Ok(info.is_file())
    });
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        removed => removed,
    }
}

fn list<T>(
    folder: &Folder,
    mut wanted: impl FnMut(&OsStr) -> Option<T>,
) -> Result<Vec<T>, Failure> {
    let mut list = || -> io::Result<Vec<T>> {
        let mut found = Vec::new();
        let open = entry::open_folder(&folder.open, &OsString::from("."))?;
        let mut open = Dir::new(open)?;
        while let Some(entry) = entry::next(&mut open) {
            found.extend(wanted(entry::name(&entry?)));
        }
        Ok(found)
    };
    list().map_err(|error| {
        let path = shown(&folder.path);
        Failure(format!("`{path}` can't be read: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::names::Stamp;
    use super::*;
    use jobs_schedule::{Time, Zone};

    /// Applies `keep` to a series: `c` is a complete archive, `i` an incomplete one, from old to new, the last one is
    /// the new one. Returns what is left.
    fn left(all: &str, keep: usize) -> String {
        let names = ArchiveNames::new(Path::new("/srv/www"));
        let archive = |(n, kind): (usize, char)| {
            let stamp = Stamp::of(Time::from_millis(n as i64), &Zone::utc());
            let name = names.archive(&stamp, 1, kind == 'c');
            names.read(OsStr::new(&name)).unwrap()
        };
        let mut older: Vec<ArchiveName> = all.chars().enumerate().map(archive).collect();
        let new = older.pop().unwrap();
        older.reverse();
        let surplus = surplus(&older, &new, keep);
        let mut left: Vec<&ArchiveName> = older
            .iter()
            .filter(|archive| !surplus.contains(archive))
            .collect();
        left.reverse();
        left.push(&new);
        let kind = |archive: &&ArchiveName| if archive.is_complete { 'c' } else { 'i' };
        left.iter().map(kind).collect()
    }

    #[test]
    fn surplus_keeps_given_number_per_kind() {
        for (all, keep, is_left) in [
            ("c", 1, "c"),
            ("cc", 1, "c"),
            ("ccc", 2, "cc"),
            ("ccc", 5, "ccc"),
            ("ccc", usize::MAX, "ccc"),
            // An incomplete archive replaces no complete one,
            ("ccci", 1, "ccci"),
            ("ccciii", 2, "cccii"),
            // and is not counted among them.
            ("ciic", 2, "ciic"),
            ("iccic", 2, "cic"),
            ("cic", 1, "ic"),
            ("icic", 1, "ic"),
        ] {
            assert_eq!(left(all, keep), is_left, "{all} {keep}");
        }
    }
}

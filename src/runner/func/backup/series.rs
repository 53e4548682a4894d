//! The archives of a source that are there: stale beginnings are removed, and what is more than `keep`.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind, Write};

use rustix::fs::{AtFlags, Dir, FlockOperation, OFlags, flock, unlinkat};

use super::Folder;
use super::names::{Made, Names};
use crate::runner::func::Failure;
use crate::runner::func::entry::{self, Facts, shown};

/// Removes what runs that were killed have left: what nobody holds the lock of.
pub(super) fn remove_stale(
    folder: &Folder,
    names: &Names,
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

/// Whether it was removed.
fn remove_unlocked(folder: &Folder, name: &OsStr) -> io::Result<bool> {
    let opened = match entry::open_file(&folder.open, name, OFlags::RDWR) {
        Ok(Ok((file, _))) => file,
        Ok(Err(_)) => return Ok(false),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    // Not to be had: it is being written. Without locks there is no telling.
    if flock(&opened, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Ok(false);
    }
    // Its writer may have finished it and another begun one of that name.
    match Facts::at(&folder.open, name) {
        Ok(facts) if facts.is_same(&Facts::of(&opened)?) => {}
        Ok(_) => return Ok(false),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    }
    unlinkat(&folder.open, name, AtFlags::empty())?;
    Ok(true)
}

/// Removes archives older than `new` so that at most `keep` of its kind are left.
///
/// Complete and incomplete ones are counted each by themselves: an incomplete one never costs a complete one its place.
/// Incomplete ones that are older than all complete ones go with those.
pub(super) fn thin(
    folder: &Folder,
    names: &Names,
    new: &Made,
    keep: usize,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut older = list(folder, |name| names.read(name).filter(|made| made < new))?;
    older.sort();
    older.reverse();
    let (mut removed, mut failed) = (Vec::new(), None);
    for made in surplus(&older, new, keep) {
        match remove(folder, made) {
            Ok(true) => removed.push(format!("`{}`", made.name)),
            Ok(false) => {}
            Err(error) => {
                let path = shown(folder.path.join(&made.name));
                failed.get_or_insert(format!(
                    "the archive is made, but older ones can't be removed; the first: `{path}`: {error}"
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

/// Which of the older ones, the newest first, are too many.
fn surplus<'a>(older: &'a [Made], new: &Made, keep: usize) -> Vec<&'a Made> {
    let of_kind = |made: &&Made| made.is_complete == new.is_complete;
    // The new one takes a place.
    let kept = keep.saturating_sub(1);
    let mut surplus: Vec<&Made> = older.iter().filter(of_kind).skip(kept).collect();
    if new.is_complete
        && let Some(newest_of_surplus) = surplus.first().copied()
    {
        let is_outlived = |made: &&Made| !made.is_complete && *made < newest_of_surplus;
        surplus.extend(older.iter().filter(is_outlived));
    }
    surplus
}

/// Whether it was removed; what is no file is not from here.
fn remove(folder: &Folder, made: &Made) -> io::Result<bool> {
    let name = OsStr::new(&made.name);
    let removed = Facts::at(&folder.open, name).and_then(|facts| {
        if facts.is_file() {
            unlinkat(&folder.open, name, AtFlags::empty())?;
        }
        Ok(facts.is_file())
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
    use crate::schedule::{Time, Zone};

    /// `c` is a complete archive, `i` an incomplete one, from old to new; the last is the new one. What is left.
    fn left(all: &str, keep: usize) -> String {
        let names = Names::new(Path::new("/srv/www"));
        let made = |(n, kind): (usize, char)| {
            let stamp = Stamp::of(Time::from_millis(n as i64), &Zone::utc());
            let name = names.archive(&stamp, 1, kind == 'c');
            names.read(OsStr::new(&name)).unwrap()
        };
        let mut older: Vec<Made> = all.chars().enumerate().map(made).collect();
        let new = older.pop().unwrap();
        older.reverse();
        let surplus = surplus(&older, &new, keep);
        let mut left: Vec<&Made> = older
            .iter()
            .filter(|made| !surplus.contains(made))
            .collect();
        left.reverse();
        left.push(&new);
        let kind = |made: &&Made| if made.is_complete { 'c' } else { 'i' };
        left.iter().map(kind).collect()
    }

    #[test]
    fn what_is_left_by_keep() {
        for (all, keep, is_left) in [
            ("c", 1, "c"),
            ("cc", 1, "c"),
            ("ccc", 2, "cc"),
            ("ccc", 5, "ccc"),
            ("ccc", usize::MAX, "ccc"),
            // Incomplete ones push no complete one out,
            ("ccci", 1, "ccci"),
            ("ccciii", 2, "cccii"),
            // and are not counted among them.
            ("ciic", 2, "ciic"),
            ("iccic", 2, "cic"),
            ("cic", 1, "ic"),
            ("icic", 1, "ic"),
        ] {
            assert_eq!(left(all, keep), is_left, "{all} {keep}");
        }
    }
}

//! `File OP,PATH[,TEXT]`: reads, writes, appends to, deletes, looks for, measures or hashes a file.
//!
//! `write` puts a new file in the place of the old one, so that nobody ever sees half of it. The new one has the mode, and
//! where that is allowed the owner, of the old one; not its ACL, its extended attributes or its other names.

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, OFlags};
use sha2::{Digest, Sha256};

use super::entry::{self, Facts, shown};
use super::roots::{self, Place};
use super::{Call, Failure};

const USAGE: &str = "usage: File read|write|append|delete|exists|size|hash,PATH[,TEXT]";

/// How much of a file `read` prints.
const READ_MOST: u64 = 64 * 1024 * 1024;

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// Does what the first argument says.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let [op, path, text @ ..] = call.args else {
        return Err(Failure(USAGE.into()));
    };
    let takes_text = match op.as_str() {
        "write" | "append" => true,
        "read" | "delete" | "exists" | "size" | "hash" => false,
        _ => return Err(unknown(op)),
    };
    if takes_text == text.is_empty() {
        let problem = if takes_text { "needs a" } else { "takes no" };
        return Err(Failure(format!("`{op}` {problem} TEXT; {USAGE}")));
    }
    let path = roots::absolute("path", path)?;
    if roots::has_slash_at_end(path) {
        let problem = format!(
            "`{}` is written as a folder; leave the last `/` out",
            shown(path)
        );
        return Err(Failure::argument("path", problem));
    }
    let text = call.rest(2);
    let roots = &call.settings.roots;
    match op.as_str() {
        "write" => write(&roots::target("path", path, roots)?, &text, call.out),
        "append" => append(&roots::target("path", path, roots)?, &text, call.out),
        "read" => read(&roots::target("path", path, roots)?, call.out),
        "delete" => delete(&roots::itself("path", path, roots)?, call.out),
        "exists" => exists(path, roots, call.out),
        "size" => size(&roots::target("path", path, roots)?, call.out),
        _ => hash(&roots::target("path", path, roots)?, path, call.out),
    }
}

fn unknown(op: &str) -> Failure {
    let op = shown(op);
    Failure::argument(
        "op",
        format!(
            "`{op}` is not one of `read`, `write`, `append`, `delete`, `exists`, `size`, `hash`"
        ),
    )
}

fn read(place: &Place, out: &mut dyn Write) -> Result<(), Failure> {
    let (mut file, facts) = open(place, "read")?;
    let mut left = READ_MOST;
    let is_whole = pieces(&mut file, place, |piece| {
        let fits = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        left -= fits as u64;
        out.write_all(piece.get(..fits).unwrap_or_default())?;
        Ok(fits == piece.len())
    })?;
    if !is_whole {
        let size = facts.size.max(READ_MOST);
        writeln!(out, "\n[the first {READ_MOST} bytes of {size} are shown]")?;
    }
    Ok(())
}

/// Reads to the end, or until `each` says that it has enough. Whether it came to the end.
fn pieces(
    file: &mut File,
    place: &Place,
    mut each: impl FnMut(&[u8]) -> Result<bool, Failure>,
) -> Result<bool, Failure> {
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(true),
            Ok(length) => {
                if !each(piece.get(..length).unwrap_or_default())? {
                    return Ok(false);
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(cannot("read", place, error)),
        }
    }
}

fn size(place: &Place, out: &mut dyn Write) -> Result<(), Failure> {
    let facts = Facts::at(&place.folder, &place.name).map_err(|e| cannot("measured", place, e))?;
    only_files(&facts, "measured", place)?;
    writeln!(out, "{}", facts.size)?;
    Ok(())
}

/// As `sha256sum` has it, which marks the line of a name that would break it.
fn hash(place: &Place, given: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let (mut file, _) = open(place, "hashed")?;
    let mut hash = Sha256::new();
    pieces(&mut file, place, |piece| {
        hash.update(piece);
        Ok(true)
    })?;
    write!(out, "{}", mark(given))?;
    for byte in hash.finalize() {
        write!(out, "{byte:02x}")?;
    }
    writeln!(out, "  {}", escaped(given))?;
    Ok(())
}

fn mark(path: &Path) -> &'static str {
    let is_plain = !path.to_string_lossy().contains(['\\', '\n', '\r']);
    if is_plain { "" } else { "\\" }
}

fn escaped(path: &Path) -> String {
    path.to_string_lossy()
        .replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}

/// Prints it either way; what is not there is a failure, so that a job can raise an alarm.
fn exists(path: &Path, roots: &[PathBuf], out: &mut dyn Write) -> Result<(), Failure> {
    let place = roots::open(roots::resolved("path", path, roots)?);
    let found = match &place {
        Ok(place) => Facts::at(&place.folder, &place.name).map(|_| ()),
        // `/` is a folder of no folder.
        Err(error) if error.kind() == ErrorKind::IsADirectory => Ok(()),
        Err(error) => Err(io::Error::from(error.kind())),
    };
    match found {
        Ok(()) => {
            writeln!(out, "true")?;
            Ok(())
        }
        Err(error) if roots::is_missing(&error) => {
            writeln!(out, "false")?;
            Err(Failure(format!("`{}` does not exist", shown(path))))
        }
        Err(error) => Err(Failure(format!(
            "`{}` can't be looked for: {error}",
            shown(path)
        ))),
    }
}

fn delete(place: &Place, out: &mut dyn Write) -> Result<(), Failure> {
    let facts = Facts::at(&place.folder, &place.name).map_err(|e| cannot("deleted", place, e))?;
    if !facts.is_link() {
        only_files(&facts, "deleted", place)?;
    }
    rustix::fs::unlinkat(&place.folder, &place.name, AtFlags::empty())
        .map_err(|error| cannot("deleted", place, error.into()))?;
    writeln!(out, "deleted `{}`", shown(&place.path))?;
    Ok(())
}

fn append(place: &Place, text: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let is_new = before(place, "written")?.is_none();
    let append = || -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::APPEND;
        let mut file = entry::make_file(&place.folder, &place.name, flags, 0o666)?;
        // It may have become something else meanwhile.
        if !Facts::of(&file)?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        if is_new {
            entry::sync_folder(&place.folder)?;
        }
        Ok(())
    };
    append().map_err(|error| cannot("written", place, error))?;
    writeln!(
        out,
        "appended {} bytes to `{}`",
        text.len(),
        shown(&place.path)
    )?;
    Ok(())
}

fn write(place: &Place, text: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let before = before(place, "written")?;
    let replaced = replace(place, text, before.as_ref());
    let keeps_owner = replaced.map_err(|error| cannot("written", place, error))?;
    writeln!(
        out,
        "wrote {} bytes to `{}`",
        text.len(),
        shown(&place.path)
    )?;
    if !keeps_owner {
        writeln!(
            out,
            "its owner could not be kept: only root can give files away"
        )?;
    }
    Ok(())
}

/// Whether the new file could be given the owner of the old one.
fn replace(place: &Place, text: &str, before: Option<&Facts>) -> io::Result<bool> {
    if before.is_some() {
        // To replace a file one needs no right to write to it, which is not what somebody expects who took it away.
        rustix::fs::accessat(
            &place.folder,
            &place.name,
            Access::WRITE_OK,
            AtFlags::empty(),
        )?;
    }
    let mut new = Temporary::new(place, before)?;
    new.file.write_all(text.as_bytes())?;
    let keeps_owner = match before {
        Some(before) => new.take_after(before)?,
        None => true,
    };
    new.file.sync_all()?;
    new.becomes(place)?;
    entry::sync_folder(&place.folder)?;
    Ok(keeps_owner)
}

/// A new file that is removed again unless it gets its name.
struct Temporary<'a> {
    place: &'a Place,
    name: OsString,
    file: File,
    is_named: bool,
}

impl<'a> Temporary<'a> {
    fn new(place: &'a Place, before: Option<&Facts>) -> io::Result<Temporary<'a>> {
        // Not the target's name with something added: that could be too long for a name.
        let name = format!(".jobs-{:016x}.tmp", fastrand::u64(..));
        let name = OsString::from(name);
        // The text may be one that only readers of the old file may see.
        let mode = if before.is_some() { 0o600 } else { 0o666 };
        let flags = OFlags::WRONLY | OFlags::EXCL;
        let file = entry::make_file(&place.folder, &name, flags, mode)?;
        Ok(Temporary {
            place,
            name,
            file,
            is_named: false,
        })
    }

    /// Gets the owner and the mode of the file that it replaces; whether it got the owner.
    fn take_after(&self, before: &Facts) -> io::Result<bool> {
        let now = Facts::of(&self.file)?;
        let gets = |uid, gid| match fchown(&self.file, uid, gid) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(false),
            Err(error) => Err(error),
        };
        let has_group = now.gid == before.gid || gets(None, Some(before.gid))?;
        let has_owner = now.uid == before.uid || gets(Some(before.uid), None)?;
        // The bits that lend rights lend those of an owner or a group: only of the same one.
        let lost = if has_owner { 0 } else { 0o4000 } | if has_group { 0 } else { 0o2000 };
        self.file
            .set_permissions(Permissions::from_mode(before.mode & !lost))?;
        Ok(has_owner && has_group)
    }

    fn becomes(mut self, place: &Place) -> io::Result<()> {
        rustix::fs::renameat(&place.folder, &self.name, &place.folder, &place.name)?;
        self.is_named = true;
        Ok(())
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.is_named {
            // The failure that led here is the one to tell.
            let _ = rustix::fs::unlinkat(&self.place.folder, &self.name, AtFlags::empty());
        }
    }
}

/// What is there before it is written to; none when nothing is.
fn before(place: &Place, done: &str) -> Result<Option<Facts>, Failure> {
    match Facts::at(&place.folder, &place.name) {
        Ok(facts) => {
            only_files(&facts, done, place)?;
            Ok(Some(facts))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot(done, place, error)),
    }
}

fn open(place: &Place, done: &str) -> Result<(File, Facts), Failure> {
    let opened = entry::open_file(&place.folder, &place.name, OFlags::RDONLY);
    match opened.map_err(|error| cannot(done, place, error))? {
        Ok(found) => Ok(found),
        Err(facts) => Err(not_a_file(&facts, done, place)),
    }
}

fn only_files(facts: &Facts, done: &str, place: &Place) -> Result<(), Failure> {
    if facts.is_file() {
        Ok(())
    } else {
        Err(not_a_file(facts, done, place))
    }
}

fn not_a_file(facts: &Facts, done: &str, place: &Place) -> Failure {
    let path = shown(&place.path);
    Failure(format!("`{path}` can't be {done}: it is {}", facts.what()))
}

fn cannot(done: &str, place: &Place, error: io::Error) -> Failure {
    let path = shown(&place.path);
    match error.kind() {
        ErrorKind::NotFound => Failure(format!("`{path}` does not exist")),
        _ => Failure(format!("`{path}` can't be {done}: {error}")),
    }
}

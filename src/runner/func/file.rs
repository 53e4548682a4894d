//! `File OP,PATH[,TEXT]`: reads, writes, appends to, deletes, checks, measures or hashes a file.
//!
//! `write` replaces the old file with a new one in one step, so that no reader sees half of it. The new file has the
//! mode of the old one and, where allowed, its owner, but not its ACL, extended attributes or hard links.

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::{Access, AtFlags, OFlags};
use sha2::{Digest, Sha256};

use super::entry::{self, FileInfo, shown};
use super::roots::{self, Location, Roots};
use super::{Call, Failure};

const USAGE: &str = "usage: File read|write|append|delete|exists|size|hash,PATH[,TEXT]";

/// Upper bound on the bytes that `read` prints.
const MAX_READ_BYTES: u64 = 64 * 1024 * 1024;

/// Size of one read, in bytes.
const READ_SIZE: usize = 64 * 1024;

/// Runs the operation in the first argument.
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
            "`{}` ends with `/`, which means a folder; remove the `/`",
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
        "delete" => delete(&roots::target_itself("path", path, roots)?, call.out),
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

fn read(location: &Location, out: &mut dyn Write) -> Result<(), Failure> {
    let (mut file, info) = open(location, "read")?;
    let mut left = MAX_READ_BYTES;
    let is_whole = pieces(&mut file, location, |piece| {
        let fits = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        left -= fits as u64;
        out.write_all(piece.get(..fits).unwrap_or_default())?;
        Ok(fits == piece.len())
    })?;
    if !is_whole {
        let size = info.size.max(MAX_READ_BYTES);
        writeln!(
            out,
            "\n[the first {MAX_READ_BYTES} bytes of {size} are shown]"
        )?;
    }
    Ok(())
}

/// Reads to the end, or until `each` returns false. Returns whether the end was reached.
fn pieces(
    file: &mut File,
    location: &Location,
    mut each: impl FnMut(&[u8]) -> Result<bool, Failure>,
) -> Result<bool, Failure> {
    let mut piece = vec![0; READ_SIZE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(true),
            Ok(length) => {
                if !each(piece.get(..length).unwrap_or_default())? {
                    return Ok(false);
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(cannot("read", location, error)),
        }
    }
}

fn size(location: &Location, out: &mut dyn Write) -> Result<(), Failure> {
    let info = FileInfo::at(&location.folder, &location.name)
        .map_err(|e| cannot("measured", location, e))?;
    only_files(&info, "measured", location)?;
    writeln!(out, "{}", info.size)?;
    Ok(())
}

/// Prints the line of `sha256sum`, which marks and escapes names with line breaks.
fn hash(location: &Location, given: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let (mut file, _) = open(location, "hashed")?;
    let mut hash = Sha256::new();
    pieces(&mut file, location, |piece| {
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

/// Prints true or false. A missing file is a failure, so that a job can raise an alarm.
fn exists(path: &Path, roots: &Roots, out: &mut dyn Write) -> Result<(), Failure> {
    let location = roots::open(roots::resolved("path", path, roots)?);
    let found = match &location {
        Ok(location) => FileInfo::at(&location.folder, &location.name).map(|_| ()),
        // `/` has no parent folder.
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
            "`{}` can't be checked: {error}",
            shown(path)
        ))),
    }
}

fn delete(location: &Location, out: &mut dyn Write) -> Result<(), Failure> {
    let info = FileInfo::at(&location.folder, &location.name)
        .map_err(|e| cannot("deleted", location, e))?;
    if !info.is_link() {
        only_files(&info, "deleted", location)?;
    }
    rustix::fs::unlinkat(&location.folder, &location.name, AtFlags::empty())
        .map_err(|error| cannot("deleted", location, error.into()))?;
    writeln!(out, "deleted `{}`", shown(&location.path))?;
    Ok(())
}

fn append(location: &Location, text: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let is_new = existing(location, "written")?.is_none();
    let append = || -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::APPEND;
        let mut file = entry::make_file(&location.folder, &location.name, flags, 0o666)?;
        // The entry may have been replaced meanwhile.
        if !FileInfo::of(&file)?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        if is_new {
            entry::sync_folder(&location.folder)?;
        }
        Ok(())
    };
    append().map_err(|error| cannot("written", location, error))?;
    writeln!(
        out,
        "appended {} bytes to `{}`",
        text.len(),
        shown(&location.path)
    )?;
    Ok(())
}

fn write(location: &Location, text: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let existing = existing(location, "written")?;
    let replaced = replace(location, text, existing.as_ref());
    let keeps_owner = replaced.map_err(|error| cannot("written", location, error))?;
    writeln!(
        out,
        "wrote {} bytes to `{}`",
        text.len(),
        shown(&location.path)
    )?;
    if !keeps_owner {
        writeln!(
            out,
            "the owner could not be kept: only root can change the owner of a file"
        )?;
    }
    Ok(())
}

/// Replaces the file. Returns whether the new file has the owner of the old one.
fn replace(location: &Location, text: &str, existing: Option<&FileInfo>) -> io::Result<bool> {
    if existing.is_some() {
        // Replacing a file needs no permission to write to it. Check it, since a user who removed the permission
        // expects that the file stays.
        rustix::fs::accessat(
            &location.folder,
            &location.name,
            Access::WRITE_OK,
            AtFlags::empty(),
        )?;
    }
    let mut new = Temporary::new(location, existing)?;
    new.file.write_all(text.as_bytes())?;
    let keeps_owner = match existing {
        Some(existing) => new.copy_owner_and_mode(existing)?,
        None => true,
    };
    new.file.sync_all()?;
    new.rename_to(location)?;
    entry::sync_folder(&location.folder)?;
    Ok(keeps_owner)
}

/// A new file that is removed on drop unless it was renamed.
struct Temporary<'a> {
    location: &'a Location,
    name: OsString,
    file: File,
    is_renamed: bool,
}

impl<'a> Temporary<'a> {
    fn new(location: &'a Location, existing: Option<&FileInfo>) -> io::Result<Temporary<'a>> {
        // Do not derive the name from the target: it could become too long.
        let name = format!(".jobs-{:016x}.tmp", fastrand::u64(..));
        let name = OsString::from(name);
        // Only readers of the old file may read the new text.
        let mode = if existing.is_some() { 0o600 } else { 0o666 };
        let flags = OFlags::WRONLY | OFlags::EXCL;
        let file = entry::make_file(&location.folder, &name, flags, mode)?;
        Ok(Temporary {
            location,
            name,
            file,
            is_renamed: false,
        })
    }

    /// Takes the owner and the mode of the old file. Returns whether the owner was taken.
    fn copy_owner_and_mode(&self, existing: &FileInfo) -> io::Result<bool> {
        let now = FileInfo::of(&self.file)?;
        let set_owner = |uid, gid| match fchown(&self.file, uid, gid) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(false),
            Err(error) => Err(error),
        };
        let has_group = now.gid == existing.gid || set_owner(None, Some(existing.gid))?;
        let has_owner = now.uid == existing.uid || set_owner(Some(existing.uid), None)?;
        // Set-user-id and set-group-id lend rights of the owner and the group: keep them only for the same ones.
        let lost = if has_owner { 0 } else { 0o4000 } | if has_group { 0 } else { 0o2000 };
        self.file
            .set_permissions(Permissions::from_mode(existing.mode & !lost))?;
        Ok(has_owner && has_group)
    }

    fn rename_to(mut self, location: &Location) -> io::Result<()> {
        rustix::fs::renameat(
            &location.folder,
            &self.name,
            &location.folder,
            &location.name,
        )?;
        self.is_renamed = true;
        Ok(())
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.is_renamed {
            // Report the failure that led here, not this one.
            let _ = rustix::fs::unlinkat(&self.location.folder, &self.name, AtFlags::empty());
        }
    }
}

/// The metadata of the file before a write; `None` when it does not exist.
fn existing(location: &Location, done: &str) -> Result<Option<FileInfo>, Failure> {
    match FileInfo::at(&location.folder, &location.name) {
        Ok(info) => {
            only_files(&info, done, location)?;
            Ok(Some(info))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot(done, location, error)),
    }
}

fn open(location: &Location, done: &str) -> Result<(File, FileInfo), Failure> {
    let opened = entry::open_file(&location.folder, &location.name, OFlags::RDONLY);
    match opened.map_err(|error| cannot(done, location, error))? {
        Ok(found) => Ok(found),
        Err(info) => Err(not_a_file(&info, done, location)),
    }
}

fn only_files(info: &FileInfo, done: &str, location: &Location) -> Result<(), Failure> {
    if info.is_file() {
        Ok(())
    } else {
        Err(not_a_file(info, done, location))
    }
}

fn not_a_file(info: &FileInfo, done: &str, location: &Location) -> Failure {
    let path = shown(&location.path);
    Failure(format!("`{path}` can't be {done}: it is {}", info.what()))
}

fn cannot(done: &str, location: &Location, error: io::Error) -> Failure {
    let path = shown(&location.path);
    match error.kind() {
        ErrorKind::NotFound => Failure(format!("`{path}` does not exist")),
        _ => Failure(format!("`{path}` can't be {done}: {error}")),
    }
}

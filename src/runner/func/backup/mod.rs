//! `Backup SRC,DST[,keep=N]`: a dated, verified `.tar.zst` of a file or folder.
//!
//! - A SRC that is a link is followed; the archive is named after the link. Links below SRC are archived as links.
//! - DST must exist: a missing one may be a disk that is not mounted, so it is not created. A DST below SRC is left out.
//! - Other file systems mounted below SRC are included. ACLs and extended attributes are not archived.
//! - A file that changes or vanishes while it is read is reported but is no failure: every folder in use has some. The
//!   archive is still valid; such a file has its first size in it, cut or filled with zeros.
//! - An entry that cannot be read is a failure. The archive is kept under a name with `incomplete`: it is better than none,
//!   and it does not replace a complete one.

mod archive;
mod content;
mod names;
mod owners;
mod partial;
mod series;
mod source;
#[cfg(test)]
mod tests;
mod verify;
mod walk;

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Instant;

use self::archive::Tar;
use self::names::{ArchiveNames, Stamp};
use self::partial::Partial;
use self::source::Source;
use self::walk::Walk;
use super::entry::{self, FileInfo, shown};
use super::roots::{self, Location};
use super::{Call, Failure};

const USAGE: &str = "usage: Backup SRC,DST[,keep=N]";

/// zstd's default level: fast, with most of the possible compression.
const LEVEL: i32 = zstd::DEFAULT_COMPRESSION_LEVEL;

/// Creates an archive, verifies it, gives it its name, and removes older ones.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let started = Instant::now();
    let arguments = Arguments::read(call.args)?;
    let roots = &call.settings.roots;
    let source = roots::target("src", arguments.source, roots)?;
    let folder = Folder::open(&roots::target("dst", arguments.folder, roots)?)?;
    let names = ArchiveNames::new(arguments.source);
    let source = Source::open(&source, &names, &folder)?;
    entry::allow_many_open();
    series::remove_stale(&folder, &names, call.out)?;

    let stamp = Stamp::of(call.now, call.zone);
    let mut partial = Partial::new(&folder, &names, &stamp)?;
    let walk = archive(source, &mut partial, &folder, call.out)?;
    let after = partial.size()?;
    // An empty source is more likely a disk that is not mounted. It must not replace older archives.
    let is_empty = walk.found.files + walk.found.links == 0 && walk.found.folders <= 1;
    let is_complete = walk.unreadable.count == 0 && !is_empty;
    let published = partial.publish(&names, &stamp, is_complete)?;

    let found = &walk.found;
    writeln!(call.out, "`{}`", shown(folder.path.join(&published.name)))?;
    writeln!(
        call.out,
        "{} files, {} folders, {} links, {} other names of files; {} bytes before, {after} after; took {:.1} s; verified",
        found.files,
        found.folders,
        found.links,
        found.hard_links,
        found.bytes,
        started.elapsed().as_secs_f64()
    )?;
    if walk.changed.count > 0 {
        let changed = format!(
            "{} changed or vanished while they were read",
            walk.changed.count
        );
        writeln!(call.out, "warning: {changed}")?;
        *call.note = Some(changed);
    }
    if let Some(keep) = arguments.keep {
        series::remove_surplus(&folder, &names, &published, keep, call.out)?;
    }
    match walk.unreadable.first {
        None if is_empty => Err(Failure(format!(
            "src: `{}` is empty: is its disk mounted? The archive is kept as incomplete",
            shown(arguments.source)
        ))),
        None => Ok(()),
        Some(first) => Err(Failure(format!(
            "{} could not be read and are not in the archive, which is kept as incomplete; the first: {first}",
            walk.unreadable.count
        ))),
    }
}

/// Writes the archive and reads it back.
fn archive(
    source: Source<'_>,
    partial: &mut Partial<'_>,
    folder: &Folder,
    out: &mut dyn Write,
) -> Result<Walk, Failure> {
    let failed = |error| partial::unfinished(folder, error);
    let file = partial.file().try_clone().map_err(failed)?;
    let mut tar = Tar::new(encoder(file).map_err(failed)?);
    let walk = walk::walk(source, &mut tar, folder, out)?;
    let (encoder, sum) = tar.finish().map_err(failed)?;
    let file = encoder.finish().map_err(failed)?;
    file.sync_all().map_err(failed)?;
    verify::verify(file, sum)?;
    Ok(walk)
}

fn encoder(file: File) -> std::io::Result<zstd::Encoder<'static, File>> {
    let mut encoder = zstd::Encoder::new(file, LEVEL)?;
    encoder.include_checksum(true)?;
    Ok(encoder)
}

/// The arguments.
struct Arguments<'a> {
    source: &'a Path,
    folder: &'a Path,
    keep: Option<usize>,
}

impl Arguments<'_> {
    fn read(args: &[String]) -> Result<Arguments<'_>, Failure> {
        let (source, folder, keep) = match args {
            [source, folder] => (source, folder, None),
            [source, folder, keep] => (source, folder, Some(keep_count(keep)?)),
            _ => return Err(Failure(USAGE.into())),
        };
        Ok(Arguments {
            source: checked_path("src", source)?,
            folder: checked_path("dst", folder)?,
            keep,
        })
    }
}

fn checked_path<'a>(argument: &str, text: &'a str) -> Result<&'a Path, Failure> {
    let path = roots::absolute_without_parent(argument, text)?;
    if path.file_name().is_none() {
        let problem = format!(
            "`{}` is the root of the system; name a folder in it",
            shown(text)
        );
        return Err(Failure::argument(argument, problem));
    }
    Ok(path)
}

fn keep_count(text: &str) -> Result<usize, Failure> {
    let value = shown(text);
    let Some(number) = text.strip_prefix("keep=") else {
        return Err(Failure(format!("`{value}` is not `keep=N`; {USAGE}")));
    };
    let number = number.trim();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let keep = number.parse().ok().filter(|keep| is_number && *keep >= 1);
    keep.ok_or_else(|| {
        let problem = format!("`{}` is not a whole number of at least 1", shown(number));
        Failure::argument("keep", problem)
    })
}

/// The open folder of the archives.
struct Folder {
    open: OwnedFd,
    info: FileInfo,
    path: std::path::PathBuf,
}

impl Folder {
    fn open(location: &Location) -> Result<Folder, Failure> {
        let path = shown(&location.path);
        let refused = |problem: String| Failure::argument("dst", format!("`{path}` {problem}"));
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                refused("does not exist; is it a disk that is not mounted?".into())
            }
            _ => refused(format!("can't be read: {error}")),
        };
        let info = FileInfo::at(&location.folder, &location.name).map_err(failed)?;
        if !info.is_folder() {
            return Err(refused(format!("is {}, not a folder", info.what())));
        }
        let open = entry::open_folder(&location.folder, &location.name).map_err(failed)?;
        let info = FileInfo::of(&open).map_err(failed)?;
        let path = location.path.clone();
        Ok(Folder { open, info, path })
    }
}

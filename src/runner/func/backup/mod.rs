//! `Backup SRC,DST[,keep=N]`: a dated, verified `.tar.zst` of a file or folder.
//!
//! - A SRC that is a link is followed; its own name is what the archive is called by. Links below it are kept as links.
//! - DST must be there: one that is missing may be a disk that is not mounted, and is not made up for. Below SRC it is
//!   left out of the archive.
//! - Other file systems that are mounted below SRC belong to it. ACLs and extended attributes are not kept.
//! - A file that changes or vanishes while it is read is reported and no failure: there is one in every folder that is in
//!   use. The archive is sound; such a file has the size it had at first, cut or filled with zeros.
//! - What can't be read is a failure. The archive is kept all the same, under a name that says `incomplete`: it is better
//!   than none, and does not push a complete one out.

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
use self::names::{Names, Stamp};
use self::partial::Partial;
use self::source::Source;
use self::walk::Walk;
use super::entry::{self, Facts, shown};
use super::roots::{self, Place};
use super::{Call, Failure};

const USAGE: &str = "usage: Backup SRC,DST[,keep=N]";

/// The level of zstd's own choice: fast, and most of what there is to gain.
const LEVEL: i32 = zstd::DEFAULT_COMPRESSION_LEVEL;

/// Makes an archive, verifies it, names it, and removes older ones.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let began = Instant::now();
    let asked = Asked::read(call.args)?;
    let roots = &call.settings.roots;
    let source = roots::target("src", asked.source, roots)?;
    let folder = Folder::open(&roots::target("dst", asked.folder, roots)?)?;
    let names = Names::new(asked.source);
    let source = Source::open(&source, &names, &folder)?;
    entry::allow_many_open();
    series::remove_stale(&folder, &names, call.out)?;

    let stamp = Stamp::of(call.now, call.zone);
    let mut partial = Partial::new(&folder, &names, &stamp)?;
    let walk = archive(source, &mut partial, &folder, call.out)?;
    let after = partial.size()?;
    // A source that is empty is more likely a disk that is not mounted, and must not push older archives out.
    let is_empty = walk.found.files + walk.found.links == 0 && walk.found.folders <= 1;
    let is_complete = walk.unreadable.count == 0 && !is_empty;
    let made = partial.publish(&names, &stamp, is_complete)?;

    let found = &walk.found;
    writeln!(call.out, "`{}`", shown(folder.path.join(&made.name)))?;
    writeln!(
        call.out,
        "{} files, {} folders, {} links, {} other names of files; {} bytes before, {after} after; took {:.1} s; verified",
        found.files,
        found.folders,
        found.links,
        found.hard_links,
        found.bytes,
        began.elapsed().as_secs_f64()
    )?;
    if walk.changed.count > 0 {
        let changed = format!(
            "{} changed or vanished while they were read",
            walk.changed.count
        );
        writeln!(call.out, "warning: {changed}")?;
        *call.note = Some(changed);
    }
    if let Some(keep) = asked.keep {
        series::thin(&folder, &names, &made, keep, call.out)?;
    }
    match walk.unreadable.first {
        None if is_empty => Err(Failure(format!(
            "src: `{}` is empty: is its disk mounted? The archive is kept as incomplete",
            shown(asked.source)
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
struct Asked<'a> {
    source: &'a Path,
    folder: &'a Path,
    keep: Option<usize>,
}

impl Asked<'_> {
    fn read(args: &[String]) -> Result<Asked<'_>, Failure> {
        let (source, folder, keep) = match args {
            [source, folder] => (source, folder, None),
            [source, folder, keep] => (source, folder, Some(how_many(keep)?)),
            _ => return Err(Failure(USAGE.into())),
        };
        Ok(Asked {
            source: a_path("src", source)?,
            folder: a_path("dst", folder)?,
            keep,
        })
    }
}

fn a_path<'a>(argument: &str, text: &'a str) -> Result<&'a Path, Failure> {
    let path = roots::straight(argument, text)?;
    if path.file_name().is_none() {
        let problem = format!(
            "`{}` is the root of the system; name a folder in it",
            shown(text)
        );
        return Err(Failure::argument(argument, problem));
    }
    Ok(path)
}

fn how_many(text: &str) -> Result<usize, Failure> {
    let value = shown(text);
    let Some(number) = text.strip_prefix("keep=") else {
        return Err(Failure(format!("`{value}` is not `keep=N`; {USAGE}")));
    };
    let number = number.trim();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let keep = number.parse().ok().filter(|keep| is_number && *keep >= 1);
    keep.ok_or_else(|| {
        let problem = format!("`{}` is not a whole number from 1 on", shown(number));
        Failure::argument("keep", problem)
    })
}

/// The folder of the archives.
struct Folder {
    open: OwnedFd,
    facts: Facts,
    path: std::path::PathBuf,
}

impl Folder {
    fn open(place: &Place) -> Result<Folder, Failure> {
        let path = shown(&place.path);
        let refused = |problem: String| Failure::argument("dst", format!("`{path}` {problem}"));
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                refused("does not exist; is it a disk that is not mounted?".into())
            }
            _ => refused(format!("can't be read: {error}")),
        };
        let facts = Facts::at(&place.folder, &place.name).map_err(failed)?;
        if !facts.is_folder() {
            return Err(refused(format!("is {}, not a folder", facts.what())));
        }
        let open = entry::open_folder(&place.folder, &place.name).map_err(failed)?;
        let facts = Facts::of(&open).map_err(failed)?;
        let path = place.path.clone();
        Ok(Folder { open, facts, path })
    }
}

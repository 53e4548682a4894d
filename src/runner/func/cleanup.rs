//! `Cleanup PATH,DAYS[,GLOB][,dry]`: deletes regular files that were last changed more than DAYS days ago.
//!
//! The tree is walked by the descriptors of its folders and never through a link, and each file is checked right
//! before its deletion by the same descriptor. So an attacker who replaces a folder with a link during the run
//! redirects nothing. The walk stays on the file system of PATH; a second mount of the same file system is not
//! recognized as different. Empty folders and links stay.

#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use globset::{GlobBuilder, GlobMatcher};
use rustix::fs::{AtFlags, Dir};

use super::entry::{self, FileInfo, shown};
use super::roots::{self, Location};
use super::{Call, Failure};
use jobs_schedule::{Time, Zone};

const USAGE: &str = "usage: Cleanup PATH,DAYS[,GLOB][,dry]";

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Upper bound on the failures that are listed; of the others only the number is printed.
const MAX_REASONS: u64 = 10;

/// Deletes the files that are old enough.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let arguments = Arguments::read(call.args)?;
    let location = roots::target_itself("path", arguments.path, &call.settings.roots)?;
    let (folder, info) = open(&location)?;
    entry::allow_many_open();
    let age = Duration::from_secs(u64::from(arguments.days) * DAY);
    let mut cleaner = Cleaner {
        cutoff: i128::from(call.now.minus(age).millis()) * 1_000_000,
        arguments: &arguments,
        root: &location.path,
        device: info.id.device,
        zone: call.zone,
        out: &mut *call.out,
        totals: Totals::default(),
    };
    cleaner.walk(folder)?;
    cleaner.finish()
}

/// The arguments.
struct Arguments<'a> {
    path: &'a Path,
    days: u32,
    pattern: Option<Pattern>,
    dry: bool,
}

impl Arguments<'_> {
    fn read(args: &[String]) -> Result<Arguments<'_>, Failure> {
        let [path, days, rest @ ..] = args else {
            return Err(Failure(USAGE.into()));
        };
        // Accept `dry` in any case: a user who asks for a trial run must not be misread.
        let (dry, rest) = match rest {
            [glob @ .., last] if last.eq_ignore_ascii_case("dry") => (true, glob),
            _ => (false, rest),
        };
        let pattern = match rest {
            [] => None,
            glob => Some(Pattern::read(&glob.join(","))?),
        };
        Ok(Arguments {
            path: checked(path)?,
            days: whole_days(days)?,
            pattern,
            dry,
        })
    }
}

fn checked(text: &str) -> Result<&Path, Failure> {
    let path = roots::absolute_without_parent("path", text)?;
    if path.file_name().is_none() {
        let problem = format!("`{}` is the root of the system", shown(text));
        return Err(Failure::argument("path", problem));
    }
    Ok(path)
}

fn whole_days(text: &str) -> Result<u32, Failure> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let days = text.parse().ok().filter(|days| is_number && *days >= 1);
    days.ok_or_else(|| {
        let value = shown(text);
        Failure::argument(
            "days",
            format!("`{value}` is not a whole number of at least 1"),
        )
    })
}

/// Selects files by their name or path.
struct Pattern {
    matcher: GlobMatcher,
    /// Whether the pattern has a `/` and is matched against the path below PATH instead of the name.
    is_for_path: bool,
}

impl Pattern {
    fn read(text: &str) -> Result<Pattern, Failure> {
        let refused = |problem: String| {
            let value = shown(text);
            Err(Failure::argument("glob", format!("`{value}` {problem}")))
        };
        if text.is_empty() {
            return refused("matches nothing; leave it out for all files".into());
        }
        if text.starts_with('/') {
            return refused("begins with `/`, but is matched against the path below PATH".into());
        }
        if has_loose_comma(text) {
            return refused(
                "has a `,` outside of braces; write several patterns as `{*.log,*.gz}`".into(),
            );
        }
        match GlobBuilder::new(text).literal_separator(true).build() {
            Ok(glob) => Ok(Pattern {
                matcher: glob.compile_matcher(),
                is_for_path: text.contains('/'),
            }),
            Err(error) => refused(format!("is not a pattern: {}", error.kind())),
        }
    }

    fn matches(&self, name: &OsStr, below: &Path) -> bool {
        let text = if self.is_for_path {
            below
        } else {
            Path::new(name)
        };
        self.matcher.is_match(text)
    }
}

fn has_loose_comma(text: &str) -> bool {
    let mut depth = 0u32;
    text.chars().any(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
}

fn open(location: &Location) -> Result<(Dir, FileInfo), Failure> {
    let path = shown(&location.path);
    let refused = |problem: &str| Failure::argument("path", format!("`{path}` {problem}"));
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => refused("does not exist"),
        _ => refused(&format!("can't be read: {error}")),
    };
    let info = FileInfo::at(&location.folder, &location.name).map_err(failed)?;
    if info.is_link() {
        return Err(refused(
            "is a symbolic link; give the folder that it points to",
        ));
    }
    if !info.is_folder() {
        return Err(refused(&format!("is {}, not a folder", info.what())));
    }
    let folder = entry::open_folder(&location.folder, &location.name).map_err(failed)?;
    let info = FileInfo::of(&folder).map_err(failed)?;
    let folder = Dir::new(folder).map_err(|error| failed(error.into()))?;
    Ok((folder, info))
}

/// The totals of a run.
#[derive(Default)]
struct Totals {
    deleted: u64,
    freed: u64,
    kept: u64,
    /// Number of folders on another file system.
    on_other_file_system: u64,
    failed: u64,
    first: Option<String>,
}

struct Cleaner<'a, 'out> {
    arguments: &'a Arguments<'a>,
    root: &'a Path,
    device: u64,
    /// Files changed before this time are deleted, in nanoseconds since 1970.
    cutoff: i128,
    zone: &'a Zone,
    out: &'out mut dyn Write,
    totals: Totals,
}

impl Cleaner<'_, '_> {
    /// Walks the tree. The open folders are on a stack on the heap: the tree may be deeper than the call stack
    /// allows.
    fn walk(&mut self, root: Dir) -> Result<(), Failure> {
        let mut open = vec![root];
        let mut below = PathBuf::new();
        while let Some(folder) = open.last_mut() {
            let entry = match entry::next(folder) {
                Some(Ok(entry)) => entry,
                ended => {
                    if let Some(Err(error)) = ended {
                        self.failed(&below, "read", &error)?;
                    }
                    open.pop();
                    below.pop();
                    continue;
                }
            };
            let name = entry::name(&entry);
            below.push(name);
            match self.visit(folder, name, &below)? {
                Some(inner) => open.push(inner),
                None => {
                    below.pop();
                }
            }
        }
        Ok(())
    }

    /// Handles one entry. Returns a folder that must be walked.
    fn visit(&mut self, folder: &Dir, name: &OsStr, below: &Path) -> Result<Option<Dir>, Failure> {
        let done = folder.fd().map_err(io::Error::from).and_then(|folder| {
            let info = FileInfo::at(folder, name)?;
            Ok((folder, info))
        });
        let (folder, info) = match done {
            Ok(found) => found,
            Err(error) => return self.failed(below, "read", &error).map(|()| None),
        };
        if info.id.device != self.device {
            self.totals.on_other_file_system += 1;
            return Ok(None);
        }
        if info.is_folder() {
            return match self.enter(folder, name) {
                Ok(inner) => Ok(inner),
                Err(error) => self.failed(below, "read", &error).map(|()| None),
            };
        }
        if info.is_file() {
            self.file(folder, name, below, &info)?;
        }
        Ok(None)
    }

    fn enter(&mut self, folder: impl std::os::fd::AsFd, name: &OsStr) -> io::Result<Option<Dir>> {
        let inner = entry::open_folder(folder, name)?;
        // A file system may have been mounted here meanwhile.
        if FileInfo::of(&inner)?.id.device != self.device {
            self.totals.on_other_file_system += 1;
            return Ok(None);
        }
        Ok(Some(Dir::new(inner)?))
    }

    fn file(
        &mut self,
        folder: impl std::os::fd::AsFd,
        name: &OsStr,
        below: &Path,
        info: &FileInfo,
    ) -> Result<(), Failure> {
        let is_selected = |pattern: &Pattern| pattern.matches(name, below);
        let modified = i128::from(info.modified) * 1_000_000_000 + i128::from(info.modified_nanos);
        if modified >= self.cutoff || !self.arguments.pattern.as_ref().is_none_or(is_selected) {
            self.totals.kept += 1;
            return Ok(());
        }
        if !self.arguments.dry
            && let Err(error) = rustix::fs::unlinkat(folder, name, AtFlags::empty())
        {
            return self.failed(below, "deleted", &error.into());
        }
        self.list(below, info)?;
        self.totals.deleted += 1;
        if info.hard_links <= 1 {
            self.totals.freed = self.totals.freed.saturating_add(info.size);
        }
        Ok(())
    }

    fn list(&mut self, below: &Path, info: &FileInfo) -> Result<(), Failure> {
        let modified = Time::from_millis(info.modified.saturating_mul(1000)).local(self.zone);
        writeln!(
            self.out,
            "{} `{}`, {} bytes, modified {modified}",
            if self.arguments.dry {
                "would delete"
            } else {
                "deleted"
            },
            shown(self.root.join(below)),
            info.size
        )?;
        Ok(())
    }

    /// Records a failure and goes on. An entry that has disappeared is no failure.
    fn failed(&mut self, below: &Path, done: &str, error: &io::Error) -> Result<(), Failure> {
        if error.kind() == ErrorKind::NotFound {
            return Ok(());
        }
        let path = shown(self.root.join(below));
        let reason = format!("`{path}` can't be {done}: {error}");
        self.totals.failed += 1;
        if self.totals.failed <= MAX_REASONS {
            writeln!(self.out, "{reason}")?;
        }
        self.totals.first.get_or_insert(reason);
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        let totals = self.totals;
        let (deleted, freed) = if self.arguments.dry {
            ("would be deleted", "would be freed")
        } else {
            ("deleted", "freed")
        };
        writeln!(
            self.out,
            "{} files {deleted}, {} bytes {freed}, {} files kept, {} could not be read or deleted",
            totals.deleted, totals.freed, totals.kept, totals.failed
        )?;
        if totals.on_other_file_system > 0 {
            writeln!(
                self.out,
                "{} entries are on another file system and were skipped",
                totals.on_other_file_system
            )?;
        }
        match totals.first {
            None => Ok(()),
            Some(first) if totals.failed == 1 => Err(Failure(first)),
            Some(first) => Err(Failure(format!(
                "{} files or folders could not be read or deleted; the first: {first}",
                totals.failed
            ))),
        }
    }
}

//! `Cleanup PATH,DAYS[,GLOB][,dry]`: deletes regular files that nobody has changed for so many days.
//!
//! The tree is walked by descriptors of its folders, through no link, and what is deleted was looked at right before by the
//! same descriptor. So who swaps a folder for a link while it runs leads it nowhere. It stays on the file system of PATH;
//! another mount of the same one is not told from it. Empty folders stay, links stay.

#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use globset::{GlobBuilder, GlobMatcher};
use rustix::fs::{AtFlags, Dir};

use super::entry::{self, Facts, shown};
use super::roots::{self, Place};
use super::{Call, Failure};
use crate::schedule::{Time, Zone};

const USAGE: &str = "usage: Cleanup PATH,DAYS[,GLOB][,dry]";

/// Seconds.
const DAY: u64 = 86_400;

/// As many reasons are told; of the rest only how many there are.
const REASONS_MOST: u64 = 10;

/// Deletes what is due.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let asked = Asked::read(call.args)?;
    let place = roots::itself("path", asked.path, &call.settings.roots)?;
    let (folder, facts) = open(&place)?;
    entry::allow_many_open();
    let age = Duration::from_secs(u64::from(asked.days) * DAY);
    let mut sweep = Sweep {
        cutoff: i128::from(call.now.minus(age).millis()) * 1_000_000,
        asked: &asked,
        root: &place.path,
        device: facts.id.device,
        zone: call.zone,
        out: &mut *call.out,
        told: Told::default(),
    };
    sweep.walk(folder)?;
    sweep.conclude()
}

/// The arguments.
struct Asked<'a> {
    path: &'a Path,
    days: u32,
    pattern: Option<Pattern>,
    dry: bool,
}

impl Asked<'_> {
    fn read(args: &[String]) -> Result<Asked<'_>, Failure> {
        let [path, days, rest @ ..] = args else {
            return Err(Failure(USAGE.into()));
        };
        // In any case of its letters: who asked for nothing to be deleted must not be misread.
        let (dry, rest) = match rest {
            [glob @ .., last] if last.eq_ignore_ascii_case("dry") => (true, glob),
            _ => (false, rest),
        };
        let pattern = match rest {
            [] => None,
            glob => Some(Pattern::read(&glob.join(","))?),
        };
        Ok(Asked {
            path: checked(path)?,
            days: whole_days(days)?,
            pattern,
            dry,
        })
    }
}

fn checked(text: &str) -> Result<&Path, Failure> {
    let path = roots::straight("path", text)?;
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
        Failure::argument("days", format!("`{value}` is not a whole number from 1 on"))
    })
}

/// Which files are meant.
struct Pattern {
    matcher: GlobMatcher,
    /// It has a `/`, and is for the path below PATH, not for the name.
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
            return refused("begins with `/`; it is for the path below PATH".into());
        }
        if has_loose_comma(text) {
            return refused("has a `,` outside of braces; several are `{*.log,*.gz}`".into());
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

fn open(place: &Place) -> Result<(Dir, Facts), Failure> {
    let path = shown(&place.path);
    let refused = |problem: &str| Failure::argument("path", format!("`{path}` {problem}"));
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => refused("does not exist"),
        _ => refused(&format!("can't be read: {error}")),
    };
    let facts = Facts::at(&place.folder, &place.name).map_err(failed)?;
    if facts.is_link() {
        return Err(refused(
            "is a symbolic link; write the folder that it leads to",
        ));
    }
    if !facts.is_folder() {
        return Err(refused(&format!("is {}, not a folder", facts.what())));
    }
    let folder = entry::open_folder(&place.folder, &place.name).map_err(failed)?;
    let facts = Facts::of(&folder).map_err(failed)?;
    let folder = Dir::new(folder).map_err(|error| failed(error.into()))?;
    Ok((folder, facts))
}

/// What there is to report.
#[derive(Default)]
struct Told {
    deleted: u64,
    freed: u64,
    kept: u64,
    /// Folders of another file system.
    elsewhere: u64,
    failed: u64,
    first: Option<String>,
}

struct Sweep<'a, 'out> {
    asked: &'a Asked<'a>,
    root: &'a Path,
    device: u64,
    /// What was changed before is due: nanoseconds since 1970.
    cutoff: i128,
    zone: &'a Zone,
    out: &'out mut dyn Write,
    told: Told,
}

impl Sweep<'_, '_> {
    /// The open folders are held on a stack of their own: the tree may be deeper than that of the process.
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

    /// Looks at an entry; it is a folder to be walked when it returns one.
    fn visit(&mut self, folder: &Dir, name: &OsStr, below: &Path) -> Result<Option<Dir>, Failure> {
        let done = folder.fd().map_err(io::Error::from).and_then(|folder| {
            let facts = Facts::at(folder, name)?;
            Ok((folder, facts))
        });
        let (folder, facts) = match done {
            Ok(found) => found,
            Err(error) => return self.failed(below, "read", &error).map(|()| None),
        };
        if facts.id.device != self.device {
            self.told.elsewhere += 1;
            return Ok(None);
        }
        if facts.is_folder() {
            return match self.enter(folder, name) {
                Ok(inner) => Ok(inner),
                Err(error) => self.failed(below, "read", &error).map(|()| None),
            };
        }
        if facts.is_file() {
            self.file(folder, name, below, &facts)?;
        }
        Ok(None)
    }

    fn enter(&mut self, folder: impl std::os::fd::AsFd, name: &OsStr) -> io::Result<Option<Dir>> {
        let inner = entry::open_folder(folder, name)?;
        // Something may have been mounted on it meanwhile.
        if Facts::of(&inner)?.id.device != self.device {
            self.told.elsewhere += 1;
            return Ok(None);
        }
        Ok(Some(Dir::new(inner)?))
    }

    fn file(
        &mut self,
        folder: impl std::os::fd::AsFd,
        name: &OsStr,
        below: &Path,
        facts: &Facts,
    ) -> Result<(), Failure> {
        let is_meant = |pattern: &Pattern| pattern.matches(name, below);
        let modified =
            i128::from(facts.modified) * 1_000_000_000 + i128::from(facts.modified_nanos);
        if modified >= self.cutoff || !self.asked.pattern.as_ref().is_none_or(is_meant) {
            self.told.kept += 1;
            return Ok(());
        }
        if !self.asked.dry
            && let Err(error) = rustix::fs::unlinkat(folder, name, AtFlags::empty())
        {
            return self.failed(below, "deleted", &error.into());
        }
        self.list(below, facts)?;
        self.told.deleted += 1;
        if facts.names <= 1 {
            self.told.freed = self.told.freed.saturating_add(facts.size);
        }
        Ok(())
    }

    fn list(&mut self, below: &Path, facts: &Facts) -> Result<(), Failure> {
        let modified = Time::from_millis(facts.modified.saturating_mul(1000)).local(self.zone);
        writeln!(
            self.out,
            "{} `{}`, {} bytes, of {modified}",
            if self.asked.dry {
                "would delete"
            } else {
                "deleted"
            },
            shown(self.root.join(below)),
            facts.size
        )?;
        Ok(())
    }

    /// Notes what did not work, and goes on. What is gone by itself is no failure.
    fn failed(&mut self, below: &Path, done: &str, error: &io::Error) -> Result<(), Failure> {
        if error.kind() == ErrorKind::NotFound {
            return Ok(());
        }
        let path = shown(self.root.join(below));
        let reason = format!("`{path}` can't be {done}: {error}");
        self.told.failed += 1;
        if self.told.failed <= REASONS_MOST {
            writeln!(self.out, "{reason}")?;
        }
        self.told.first.get_or_insert(reason);
        Ok(())
    }

    fn conclude(self) -> Result<(), Failure> {
        let told = self.told;
        let (deleted, freed) = if self.asked.dry {
            ("would be deleted", "would be freed")
        } else {
            ("deleted", "freed")
        };
        writeln!(
            self.out,
            "{} files {deleted}, {} bytes {freed}, {} files kept, {} could not be read or deleted",
            told.deleted, told.freed, told.kept, told.failed
        )?;
        if told.elsewhere > 0 {
            writeln!(
                self.out,
                "{} entries are of another file system and were left alone",
                told.elsewhere
            )?;
        }
        match told.first {
            None => Ok(()),
            Some(first) if told.failed == 1 => Err(Failure(first)),
            Some(first) => Err(Failure(format!(
                "{} files or folders could not be read or deleted; the first: {first}",
                told.failed
            ))),
        }
    }
}

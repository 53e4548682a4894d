//! The system log, read from its files: a file of JSON lines a day, named by the day in UTC.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::super::{Service, shown};
use super::log_lines;
use crate::api::{
    Caller, Cleared, Page, PageAt, SystemLog, SystemLogFile, SystemLogLine, SystemLogPart,
};
use crate::error::{Error, Result};
use crate::mask;
use crate::model::{Bytes, Role};
use crate::schedule::{Zone, parse_day};
use crate::scheduler::clock;

/// The most bytes of a file in one answer.
const PART: u64 = 256 * 1024;

/// The words for levels.
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

impl Service {
    pub(in crate::service) fn system_log_lines(
        &self,
        ask: &SystemLog,
    ) -> Result<Page<SystemLogLine>> {
        const DEFAULT: u32 = 10;
        let at = PageAt::given(ask.page, ask.size, DEFAULT)?;
        let level = level(ask.level.as_deref())?;
        let path = self.log_file(ask.date.as_deref())?;
        let Some(file) = open(&path)? else {
            return Ok(Page::of(Vec::new(), 0, at));
        };
        let has_level = |line: &str| match &level {
            None => true,
            Some(wanted) => SystemLogLine::level_of(line)
                .is_some_and(|level| level.eq_ignore_ascii_case(wanted)),
        };
        let skipped = at.skipped().unsigned_abs();
        let found = log_lines::last_matching(&file, skipped, u64::from(at.size), has_level)
            .map_err(|error| unreadable(&path, error))?;
        let lines = found.lines.iter().map(|line| as_shown(line)).collect();
        Ok(Page::of(lines, found.total, at))
    }

    pub(in crate::service) fn system_log_part(&self, ask: &SystemLogFile) -> Result<SystemLogPart> {
        let path = self.log_file(ask.date.as_deref())?;
        let Some(file) = open(&path)? else {
            return Ok(SystemLogPart {
                text: Bytes::default(),
                next: 0,
                done: true,
            });
        };
        part(file, ask.offset).map_err(|error| unreadable(&path, error))
    }

    /// Empties the file of a day, or all of them.
    pub(in crate::service) fn clear_system_log(&self, date: Option<&str>) -> Result<Cleared> {
        may_empty(self.caller())?;
        let paths = match date.filter(|date| !date.is_empty()) {
            Some(date) => vec![self.log_file(Some(date))?],
            None => files(Path::new(&self.host.facts().log_folder))?,
        };
        let mut count = 0;
        for path in paths {
            count += empty(&path)
                .map_err(|error| Error::io(format!("cannot empty `{}`", path.display()), error))?;
        }
        Ok(Cleared {
            cleared: count > 0,
            count,
        })
    }

    /// The file of a day, which may not be there; of today when none is given.
    fn log_file(&self, date: Option<&str>) -> Result<PathBuf> {
        let utc = Zone::utc();
        let today = clock::now().local(&utc);
        let day = match date.filter(|date| !date.is_empty()) {
            // A day to the letter is no path to elsewhere.
            Some(date) => parse_day(date, &utc).map(|_| date)?,
            None => today.split(' ').next().unwrap_or_default(),
        };
        Ok(Path::new(&self.host.facts().log_folder).join(format!("jobs.{day}.log")))
    }
}

/// Whether the caller may empty the system log: where nobody calls, the daemon does.
fn may_empty(caller: Option<&Caller>) -> Result<()> {
    match caller {
        Some(caller) if caller.role != Some(Role::Admin) => Err(Error::Forbidden(
            "emptying the system log needs the role admin".into(),
        )),
        Some(_) | None => Ok(()),
    }
}

/// The level that was given, if any.
fn level(given: Option<&str>) -> Result<Option<String>> {
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        return Ok(None);
    };
    let level = given.to_ascii_lowercase();
    if LEVELS.contains(&level.as_str()) {
        return Ok(Some(level));
    }
    Err(
        Error::invalid("level", format!("`{}` is no level", given.escape_debug()))
            .hint(format!("it is one of {}", LEVELS.join(", "))),
    )
}

/// A line as it may be shown.
fn as_shown(line: &str) -> SystemLogLine {
    let Ok(mut line) = line.parse::<SystemLogLine>();
    line.msg = mask::text(&line.msg).into_owned();
    for value in line.more.values_mut() {
        if let Some(text) = value.as_str() {
            *value = mask::text(text).into_owned().into();
        }
    }
    line
}

/// A part of a file, of whole lines where they are not longer than that.
fn part(mut file: File, offset: u64) -> std::io::Result<SystemLogPart> {
    let size = file.metadata()?.len();
    // It may have been emptied since the last part: go on where it is now.
    let from = offset.min(size);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take((size - from).min(PART)).read_to_end(&mut bytes)?;
    if from + (bytes.len() as u64) < size
        && let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n')
    {
        bytes.truncate(end + 1);
    }
    let next = from + bytes.len() as u64;
    shown::hide(&mut bytes, &[]);
    Ok(SystemLogPart {
        text: Bytes(bytes),
        next,
        done: next >= size,
    })
}

/// The files of all days.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(folder, error))?;
        let name = entry.file_name();
        let day = name
            .to_str()
            .and_then(|name| name.strip_prefix("jobs.")?.strip_suffix(".log"));
        if day.is_some_and(|day| parse_day(day, &Zone::utc()).is_ok()) {
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// Empties a file, which the log goes on with at its beginning. How many lines it had.
fn empty(path: &Path) -> std::io::Result<u64> {
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let lines = log_lines::count(&file)?;
    file.set_len(0)?;
    Ok(lines)
}

/// Opens a file that may be missing.
fn open(path: &Path) -> Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, error)),
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::io(format!("cannot read `{}`", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_admin_empties_the_system_log() {
        let caller = |role| Caller {
            role,
            ..Caller::user(None)
        };
        for (role, may) in [
            (Some(Role::Admin), true),
            (Some(Role::Operator), false),
            (Some(Role::Viewer), false),
            (None, false),
        ] {
            assert_eq!(may_empty(Some(&caller(role))).is_ok(), may, "{role:?}");
        }
        assert!(may_empty(None).is_ok());
    }

    #[test]
    fn a_level_is_a_word_of_five() {
        for (given, read) in [
            (None, None),
            (Some(""), None),
            (Some("WARN"), Some("warn")),
            (Some("trace"), Some("trace")),
        ] {
            assert_eq!(level(given).unwrap().as_deref(), read);
        }
        for bad in ["fatal", " info", "info\n", "*"] {
            let error = level(Some(bad)).unwrap_err().to_string();
            assert!(
                error.starts_with("level: ") && error.contains("error, warn"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_part_ends_with_a_line_and_hides_secrets_in_their_place() {
        let line = "{\"msg\":\"token=abc\"}\n";
        let text = line.repeat(20_000);
        let size = text.len() as u64;
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        let (mut at, mut seen) = (0, Vec::new());
        loop {
            let part = part(file.try_clone().unwrap(), at).unwrap();
            assert!(part.text.0.len() as u64 <= PART && part.text.0.ends_with(b"\n"));
            seen.extend(part.text.0);
            at = part.next;
            if part.done {
                break;
            }
        }
        assert_eq!(at, size);
        assert_eq!(seen, text.replace("abc", "***").into_bytes());
        for offset in [size, size + 1, u64::MAX] {
            let end = part(file.try_clone().unwrap(), offset).unwrap();
            assert_eq!((end.next, end.done, end.text.0.len()), (size, true, 0));
        }
    }
}

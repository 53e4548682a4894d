//! The system log: one file of JSON lines per day, named by the day in UTC. Read a page at a time or as a file, and emptied.

mod lines;

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Cx, Service};
use jobs_api::{
    Caller, Cleared, Page, PageAt, SystemLog, SystemLogFile, SystemLogLine, SystemLogPart,
};
use jobs_error::{Error, Result};
use jobs_fs::{open_file, open_private};
use jobs_mask::{self as mask, Secrets};
use jobs_model::{Bytes, Role};
use jobs_schedule::{Zone, parse_day};

/// Upper bound on the bytes of a file in one answer.
const PART: u64 = 256 * 1024;

/// The names of the levels.
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

impl Service {
    pub(super) fn system_log(&self, cx: &Cx, request: SystemLog) -> Result<Page<SystemLogLine>> {
        const DEFAULT: u32 = 10;
        let at = PageAt::given(request.page, request.size, DEFAULT)?;
        let level = level(request.level.as_deref())?;
        let path = self.log_file(cx, request.date.as_deref())?;
        let Some(file) = open(&path)? else {
            return Ok(Page::of(Vec::new(), 0, at));
        };
        let has_level = |line: &str| match &level {
            None => true,
            Some(wanted) => SystemLogLine::level_of(line)
                .is_some_and(|level| level.eq_ignore_ascii_case(wanted)),
        };
        let skipped = at.skipped().unsigned_abs();
        let found = lines::last_matching(&file, skipped, u64::from(at.size), has_level)
            .map_err(|error| unreadable(&path, error))?;
        let lines = found.lines.iter().map(|line| as_shown(line)).collect();
        Ok(Page::of(lines, found.total, at))
    }

    pub(super) fn system_log_file(&self, cx: &Cx, request: SystemLogFile) -> Result<SystemLogPart> {
        let path = self.log_file(cx, request.date.as_deref())?;
        let Some(file) = open(&path)? else {
            return Ok(SystemLogPart {
                text: Bytes::default(),
                next: 0,
                done: true,
            });
        };
        part(file, request.offset).map_err(|error| unreadable(&path, error))
    }

    /// Empties the file of a day, or all files. Needs the role admin, while `clear_logs` itself needs operator.
    pub(super) fn clear_system_log(&self, cx: &Cx, date: Option<&str>) -> Result<Cleared> {
        may_empty(cx.caller)?;
        let paths = match date.filter(|date| !date.is_empty()) {
            Some(date) => vec![self.log_file(cx, Some(date))?],
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

    /// The path of the file of a day, by default today. The file may be missing.
    fn log_file(&self, cx: &Cx, date: Option<&str>) -> Result<PathBuf> {
        let utc = Zone::utc();
        let today = cx.now.local(&utc);
        let day = match date.filter(|date| !date.is_empty()) {
            // Only an exact day passes, so the text can't be a path to another file.
            Some(date) => parse_day(date, &utc).map(|_| date)?,
            None => today.split(' ').next().unwrap_or_default(),
        };
        Ok(Path::new(&self.host.facts().log_folder).join(format!("jobs.{day}.log")))
    }
}

/// Refuses a caller without the role admin.
fn may_empty(caller: &Caller) -> Result<()> {
    if caller.role == Some(Role::Admin) {
        return Ok(());
    }
    Err(Error::Forbidden(
        "emptying the system log needs the role admin".into(),
    ))
}

/// Parses the level that a request gives, if any.
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

/// A line with secrets masked.
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

/// A part of a file. The part ends with a whole line, unless the line is longer than [`PART`].
fn part(mut file: File, offset: u64) -> std::io::Result<SystemLogPart> {
    /// The bytes before and behind a part by which the secrets in it are found.
    const AROUND: u64 = 16 * 1024;
    let size = file.metadata()?.len();
    // The file may have been emptied since the last part: go on at its end.
    let from = offset.min(size);
    let first = (from / AROUND).saturating_sub(1) * AROUND;
    file.seek(SeekFrom::Start(first))?;
    let mut bytes = Vec::new();
    let most = (from - first) + (size - from).min(PART) + AROUND;
    file.take(most).read_to_end(&mut bytes)?;
    Secrets::default().hide(&mut bytes);
    let start = usize::try_from(from - first).unwrap_or(0).min(bytes.len());
    bytes.drain(..start);
    bytes.truncate(usize::try_from((size - from).min(PART)).unwrap_or(0));
    if from + (bytes.len() as u64) < size
        && let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n')
    {
        bytes.truncate(end + 1);
    }
    let next = from + bytes.len() as u64;
    Ok(SystemLogPart {
        text: Bytes(bytes),
        next,
        done: next >= size,
    })
}

/// The files of all days.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = jobs_fs::entries(folder).map_err(|error| unreadable(folder, error))?;
    files.retain(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        let day = name.and_then(|name| name.strip_prefix("jobs.")?.strip_suffix(".log"));
        day.is_some_and(|day| parse_day(day, &Zone::utc()).is_ok())
    });
    Ok(files)
}

/// Empties a file, to which the log then appends. Returns the number of lines that it had.
fn empty(path: &Path) -> std::io::Result<u64> {
    let file = match open_private(OpenOptions::new().read(true).write(true), path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let lines = lines::count(&file)?;
    file.set_len(0)?;
    Ok(lines)
}

/// Opens a file that may be missing.
fn open(path: &Path) -> Result<Option<File>> {
    match open_file(path) {
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
    fn clear_system_log_without_role_admin_is_refused() {
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
            assert_eq!(may_empty(&caller(role)).is_ok(), may, "{role:?}");
        }
        assert!(may_empty(&Caller::daemon()).is_ok());
    }

    #[test]
    fn level_unknown_is_refused() {
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
    fn part_ends_with_a_line_and_masks_secrets_in_place() {
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

//! The files of the system log, one per day (UTC), which only their owner can read (mode 0600).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::old_logs::OldFiles;
use jobs_clock as clock;
use jobs_fs::open_private;
use jobs_schedule::{Time, Zone};

/// Log files are named `PREFIX.DATE.log`.
const PREFIX: &str = "jobs.";
const SUFFIX: &str = ".log";

/// Appends to the file of the day.
pub(super) struct LogFiles {
    folder: PathBuf,
    old: OldFiles,
    file: File,
    date: String,
    /// The current second, to format the date once per second at most.
    second: Time,
    reopen: Reopen,
    /// Whether the log says already that the file cannot be changed.
    has_complained: bool,
}

/// Has the file be opened again at the next line: after its folder was removed and made anew.
#[derive(Clone, Default)]
pub(super) struct Reopen(Arc<AtomicBool>);

impl Reopen {
    pub(super) fn at_next_line(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl LogFiles {
    /// Opens the file of the day in `folder`, which must exist.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, or is a link or a file of another account.
    pub(super) fn open(folder: &Path, old: OldFiles, reopen: Reopen) -> io::Result<LogFiles> {
        let second = clock::now().floor_to_second();
        let date = date(second);
        Ok(LogFiles {
            file: open(folder, &date)?,
            folder: folder.to_path_buf(),
            old,
            date,
            second,
            reopen,
            has_complained: false,
        })
    }

    /// Changes to another file when the day has changed. When that is impossible, the old file is used.
    fn follow_date(&mut self) -> io::Result<()> {
        let second = clock::now().floor_to_second();
        let must_reopen = self.reopen.0.swap(false, Ordering::Relaxed);
        if second == self.second && !must_reopen {
            return Ok(());
        }
        self.second = second;
        let date = date(second);
        if date == self.date && !must_reopen {
            return Ok(());
        }
        self.file = open(&self.folder, &date)?;
        self.date = date;
        self.has_complained = false;
        self.old.delete();
        Ok(())
    }
}

impl Write for LogFiles {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let changed = self.follow_date();
        let written = self.file.write(bytes)?;
        // The line is more important than the reason why it stands in another file or an old file stays.
        match changed {
            Ok(()) => {}
            Err(error) if !self.has_complained => {
                self.has_complained = true;
                writeln!(self.file, "{}", complaint(&error))?;
            }
            Err(_) => {}
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A line of the log, written without `tracing`: that would lead back to this file.
fn complaint(error: &io::Error) -> String {
    let message =
        format!("the log file of the day cannot be used: {error}").replace(['"', '\\'], "'");
    let now = clock::now().rfc3339(&Zone::system());
    format!(r#"{{"timestamp":"{now}","level":"WARN","message":"{message}"}}"#)
}

fn open(folder: &Path, date: &str) -> io::Result<File> {
    let path = folder.join(format!("{PREFIX}{date}{SUFFIX}"));
    open_private(OpenOptions::new().append(true).create(true), &path)
}

/// The date in UTC: `2026-11-24`.
fn date(time: Time) -> String {
    let text = time.rfc3339(&Zone::utc());
    text.split('T').next().unwrap_or_default().to_string()
}

/// The date in the name of a log file; none for other files.
pub(super) fn date_of(name: &str) -> Option<&str> {
    let date = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let has_form = date.len() == 10
        && date.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    has_form.then_some(date)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// Deletes nothing.
    fn old(folder: &Path) -> OldFiles {
        OldFiles::of(folder, 0)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn file_is_private_on_each_day() {
        let folder = tempfile::tempdir().unwrap();
        let today = format!("jobs.{}.log", date(clock::now()));
        let path = folder.path().join(&today);
        std::fs::write(&path, "before\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        let mut files =
            LogFiles::open(folder.path(), old(folder.path()), Reopen::default()).unwrap();
        writeln!(files, "line").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before\nline\n");
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        // The day changes: the next file is opened in the same way.
        std::fs::remove_file(&path).unwrap();
        (files.date, files.second) = ("2001-01-03".into(), Time::from_millis(0));
        writeln!(files, "next day").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "next day\n");
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn folder_made_anew_gets_the_lines_after_a_reopen() {
        let folder = tempfile::tempdir().unwrap();
        let (logs, reopen) = (folder.path().join("logs"), Reopen::default());
        std::fs::create_dir(&logs).unwrap();
        let mut files = LogFiles::open(&logs, old(&logs), reopen.clone()).unwrap();
        std::fs::remove_dir_all(&logs).unwrap();
        std::fs::create_dir(&logs).unwrap();
        reopen.at_next_line();
        writeln!(files, "line").unwrap();
        assert_eq!(names(&logs).len(), 1);
    }

    #[test]
    fn link_in_the_place_of_the_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "").unwrap();
        symlink(
            &victim,
            folder
                .path()
                .join(format!("jobs.{}.log", date(clock::now()))),
        )
        .unwrap();
        LogFiles::open(folder.path(), old(folder.path()), Reopen::default())
            .map(drop)
            .unwrap_err();
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "");
    }
}

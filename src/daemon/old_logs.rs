//! Deletes the files of the system log that are too old, by the days in their names. The wall clock does not decide alone what is
//! old: it may have jumped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::log_files::date_of;
use jobs_schedule::{Time, Zone, parse_day};

const DAY_MS: i64 = 86_400_000;

/// Deletes files that are older than the limit. A clone has the same clock.
#[derive(Clone)]
pub(super) struct OldFiles {
    folder: PathBuf,
    /// 0 keeps all.
    keep_days: i64,
    /// The time by which files are deleted for their age; unknown until the store is open.
    age: Arc<Mutex<Option<AgeTime>>>,
}

/// Returns the time by which files are deleted for their age, when it is known.
pub(super) type AgeTime = Box<dyn Fn() -> Option<Time> + Send>;

impl OldFiles {
    pub(super) fn of(folder: &Path, keep_days: u64) -> OldFiles {
        OldFiles {
            folder: folder.to_path_buf(),
            keep_days: i64::try_from(keep_days).unwrap_or(0),
            age: Arc::default(),
        }
    }

    /// Deletes files from now on, by this time.
    pub(super) fn delete_by(&self, age: AgeTime) {
        *self.age.lock() = Some(age);
        self.delete();
    }

    /// Deletes the files that are too old. An error is no reason to write no log: the next day tries again.
    pub(super) fn delete(&self) {
        let now = self.age.lock().as_ref().and_then(|age| age());
        let Some(now) = now.filter(|_| self.keep_days > 0) else {
            return;
        };
        let today = now.millis().div_euclid(DAY_MS);
        for entry in std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten()
        {
            let day = entry.file_name().to_str().and_then(day_of);
            if day.is_some_and(|day| day <= today - self.keep_days) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

/// The day of a file with this name, counted from 1970; none for files that are not of the log.
fn day_of(name: &str) -> Option<i64> {
    let span = parse_day(date_of(name)?, &Zone::utc()).ok()?;
    Some(span.start.millis().div_euclid(DAY_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(day: i64) -> String {
        let at = Time::from_millis(day * DAY_MS).rfc3339(&Zone::utc());
        format!("jobs.{}.log", &at[..10])
    }

    #[test]
    fn old_files_are_deleted_by_the_time_that_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = |day: i64| folder.path().join(name(day));
        for day in 100..=110 {
            std::fs::write(path(day), "x").unwrap();
        }
        let left = || {
            (0..200)
                .filter(|day| path(*day).exists())
                .collect::<Vec<_>>()
        };
        let old = OldFiles::of(folder.path(), 3);
        old.delete();
        assert_eq!(left().len(), 11, "the time is not known yet");
        old.delete_by(Box::new(|| Some(Time::from_millis(110 * DAY_MS + 5))));
        assert_eq!(left(), [108, 109, 110]);
        OldFiles::of(folder.path(), 0).delete_by(Box::new(|| Some(Time::from_millis(i64::MAX))));
        assert_eq!(left().len(), 3);
    }
}

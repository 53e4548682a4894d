//! The system log: JSON lines in daily files, and text on stderr while the daemon is in the foreground.

use std::path::Path;
use std::time::Duration;

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use super::log_files::{LogFiles, Reopen};
use super::old_logs::{AgeTime, OldFiles};
use jobs_clock as clock;
use jobs_config::{LogLevel, Logs};
use jobs_error::{Error, Result};
use jobs_fs::{LineQueue, unlocked_stderr};
use jobs_schedule::Zone;

/// Upper bound on the bytes of lines that wait for the reader of stderr. A full queue drops lines: a reader that has stopped must not
/// delay the scheduler.
const QUEUED_BYTES: usize = 2 * 1024 * 1024;

/// Upper bound on the lines that wait for the disk. The queue is allocated at the start, so an idle daemon pays for its length.
const QUEUED_LINES: usize = 8_192;

/// How long the end of the daemon waits for the reader of stderr.
const AT_END: Duration = Duration::from_secs(1);

/// Keeps the system log running. When it is dropped, the queued lines are written.
pub struct Logging {
    level: Level,
    reopen: Reopen,
    targets: Targets,
    old_files: Option<OldFiles>,
    /// Writes the queued lines to the files when it is dropped, for about a second at most.
    _flush: Option<WorkerGuard>,
}

/// The targets of the log, with the lines that each could not write. A clone has the same targets.
#[derive(Clone, Default)]
pub struct Targets {
    files: Option<ErrorCounter>,
    stderr: Option<LineQueue>,
}

impl Targets {
    /// How many lines could not be written since the start.
    pub fn lost_lines(&self) -> u64 {
        let files = self.files.as_ref().map_or(0, ErrorCounter::dropped_lines);
        let stderr = self.stderr.as_ref().map_or(0, LineQueue::lost);
        stderr.saturating_add(u64::try_from(files).unwrap_or(u64::MAX))
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        let lost = self.targets.lost_lines();
        if lost > 0 {
            tracing::warn!(
                lines = lost,
                "lines of the system log could not be written in time"
            );
        }
        if let Some(stderr) = &self.targets.stderr {
            stderr.close(AT_END);
        }
    }
}

/// Which lines of the system log also go to stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stderr {
    /// None: stderr is closed.
    Nothing,
    /// Warnings and errors.
    Warnings,
    /// All that the files get.
    Everything,
}

impl Logging {
    /// Opens the log in `folder`, which must exist.
    pub fn start(logs: &Logs, folder: &Path, stderr: Stderr) -> Result<Logging> {
        let (level, handle) = reload::Layer::new(level(logs));
        let reopen = Reopen::default();
        let old_files = logs.enabled.then(|| OldFiles::of(folder, logs.keep_days));
        let files = match &old_files {
            Some(old) => Some(files_writer(folder, old.clone(), reopen.clone())?),
            None => None,
        };
        let (files, flush) = files.unzip();
        let people_level = match stderr {
            Stderr::Nothing => None,
            Stderr::Warnings => Some(LevelFilter::WARN),
            Stderr::Everything => Some(LevelFilter::TRACE),
        };
        let stderr = match people_level {
            None => None,
            Some(_) => Some(stderr_queue()?),
        };
        let lost = files.as_ref().map(NonBlocking::error_counter);
        let machines = files.map(|writer| {
            fmt::layer()
                .json()
                .flatten_event(true)
                .with_writer(writer)
                .with_timer(Clock)
        });
        let people = stderr.clone().map(|queue| {
            fmt::layer()
                .with_writer(move || queue.clone())
                .with_timer(Clock)
                .with_target(false)
                .with_ansi(shows_colour())
                .with_filter(people_level.unwrap_or(LevelFilter::OFF))
        });
        tracing_subscriber::registry()
            .with(level)
            .with(machines)
            .with(people)
            .try_init()
            .map_err(|error| Error::io("cannot start the system log", error))?;
        Ok(Logging {
            level: Level(handle),
            reopen,
            targets: Targets {
                files: lost,
                stderr,
            },
            old_files,
            _flush: flush,
        })
    }

    /// A handle that has the files be opened again.
    pub(super) fn reopen(&self) -> Reopen {
        self.reopen.clone()
    }

    /// The targets, to ask how many lines they have lost.
    pub fn targets(&self) -> Targets {
        self.targets.clone()
    }

    /// Deletes files older than `logs.keep_days` from now on. `age` returns the time by which files are old, when it is known.
    pub fn delete_by(&self, age: AgeTime) {
        if let Some(old) = &self.old_files {
            old.delete_by(age);
        }
    }

    /// A handle that changes the level while the log is running.
    pub fn level(&self) -> Level {
        self.level.clone()
    }
}

/// Handle for changing the level of the running system log.
#[derive(Clone)]
pub struct Level(Handle<LevelFilter, Registry>);

impl Level {
    /// Applies the level of a configuration that was read again.
    pub fn configure(&self, logs: &Logs) -> Result<()> {
        self.0
            .reload(level(logs))
            .map_err(|error| Error::io("cannot change the level of the system log", error))
    }
}

/// The files, written by a thread. A full queue drops lines: a slow disk must not delay the scheduler.
fn files_writer(
    folder: &Path,
    old: OldFiles,
    reopen: Reopen,
) -> Result<(NonBlocking, WorkerGuard)> {
    let files = LogFiles::open(folder, old, reopen).map_err(|error| {
        Error::io(
            format!("cannot write the system log in `{}`", folder.display()),
            error,
        )
    })?;
    Ok(NonBlockingBuilder::default()
        .thread_name("log-files")
        .buffered_lines_limit(QUEUED_LINES)
        .finish(files))
}

fn stderr_queue() -> Result<LineQueue> {
    let stderr = unlocked_stderr().map_err(not_started)?;
    LineQueue::start("log-stderr", QUEUED_BYTES, stderr, |lines| {
        format!("{lines} lines are missing here: they could not be written in time\n")
    })
    .map_err(not_started)
}

fn not_started(error: std::io::Error) -> Error {
    Error::io("cannot start the system log", error)
}

fn level(logs: &Logs) -> LevelFilter {
    match logs.level {
        LogLevel::Trace => LevelFilter::TRACE,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
    }
}

fn shows_colour() -> bool {
    use std::io::IsTerminal;
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// RFC 3339 in the zone of the system.
struct Clock;

impl FormatTime for Clock {
    fn format_time(&self, writer: &mut format::Writer<'_>) -> std::fmt::Result {
        writer.write_str(&clock::now().rfc3339(&Zone::system()))
    }
}

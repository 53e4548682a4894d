//! The system log: JSON lines in daily files, and text on stderr while the daemon is in the foreground.

use std::path::Path;
use std::time::Duration;

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

/// Upper bound on the bytes of lines that wait for the disk or for the reader of stderr. A full queue drops lines: a slow disk or a
/// reader that has stopped must not delay the scheduler.
const QUEUED_BYTES: usize = 2 * 1024 * 1024;

/// How long the end of the daemon waits for queued lines, for each target.
const AT_END: Duration = Duration::from_secs(1);

/// Keeps the system log running. When it is dropped, the queued lines are written.
pub struct Logging {
    level: Level,
    reopen: Reopen,
    targets: Targets,
    old_files: Option<OldFiles>,
}

/// The targets of the log, with the lines that each could not write. A clone has the same targets.
#[derive(Clone, Default)]
pub struct Targets {
    files: Option<LineQueue>,
    stderr: Option<LineQueue>,
}

impl Targets {
    /// How many lines could not be written since the start.
    pub fn lost_lines(&self) -> u64 {
        [&self.files, &self.stderr]
            .into_iter()
            .flatten()
            .map(LineQueue::lost)
            .sum()
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        let Targets { files, stderr } = &self.targets;
        if let Some(lost) = stderr
            .as_ref()
            .map(LineQueue::lost)
            .filter(|lost| *lost > 0)
        {
            tracing::warn!(lines = lost, "lines could not be written to stderr");
        }
        for target in [stderr, files].into_iter().flatten() {
            target.close(AT_END);
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
            Some(old) => Some(files_queue(folder, old.clone(), reopen.clone())?),
            None => None,
        };
        let people_level = match stderr {
            Stderr::Nothing => None,
            Stderr::Warnings => Some(LevelFilter::WARN),
            Stderr::Everything => Some(LevelFilter::TRACE),
        };
        let stderr = match people_level {
            None => None,
            Some(_) => Some(stderr_queue()?),
        };
        let machines = files.clone().map(|queue| {
            fmt::layer()
                .json()
                .flatten_event(true)
                .with_writer(move || queue.clone())
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
            targets: Targets { files, stderr },
            old_files,
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

fn files_queue(folder: &Path, old: OldFiles, reopen: Reopen) -> Result<LineQueue> {
    let files = LogFiles::open(folder, old, reopen).map_err(|error| {
        Error::io(
            format!("cannot write the system log in `{}`", folder.display()),
            error,
        )
    })?;
    // A line of JSON, as the others in the files.
    LineQueue::start("log-files", QUEUED_BYTES, files, |lines| {
        let at = clock::now().rfc3339(&Zone::system());
        let message = missing(lines);
        format!("{{\"timestamp\":\"{at}\",\"level\":\"WARN\",\"message\":\"{message}\"}}\n")
    })
    .map_err(not_started)
}

fn stderr_queue() -> Result<LineQueue> {
    let stderr = unlocked_stderr().map_err(not_started)?;
    LineQueue::start("log-stderr", QUEUED_BYTES, stderr, |lines| {
        format!("{}\n", missing(lines))
    })
    .map_err(not_started)
}

/// The message in place of lines that are missing.
fn missing(lines: u64) -> String {
    format!("{lines} lines are missing here: they could not be written in time")
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

//! The system log: JSON lines in daily files, and text on stderr while the daemon is in the foreground.

use std::path::Path;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use super::log_files::{LogFiles, Reopen};
use jobs_clock as clock;
use jobs_config::{LogLevel, Logs};
use jobs_error::{Error, Result};
use jobs_schedule::Zone;

/// Capacity of the queue of lines that wait for the disk.
const QUEUED_LINES: usize = 8_192;

/// Keeps the system log running. When it is dropped, all queued lines are written to disk.
pub struct Logging {
    level: Level,
    reopen: Reopen,
    _flush: Option<WorkerGuard>,
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
    /// Opens the log in `folder`, which must exist. Deletes files older than `logs.keep_days`.
    pub fn start(logs: &Logs, folder: &Path, stderr: Stderr) -> Result<Logging> {
        let (level, handle) = reload::Layer::new(level(logs));
        let reopen = Reopen::default();
        let (files, flush) = if logs.enabled {
            files(logs, folder, reopen.clone())?
        } else {
            (None, None)
        };
        let stderr = match stderr {
            Stderr::Nothing => None,
            Stderr::Warnings => Some(LevelFilter::WARN),
            Stderr::Everything => Some(LevelFilter::TRACE),
        };
        let people = stderr.map(|level| {
            fmt::layer()
                .with_writer(std::io::stderr)
                .with_timer(Clock)
                .with_target(false)
                .with_ansi(shows_colour())
                .with_filter(level)
        });
        tracing_subscriber::registry()
            .with(level)
            .with(files)
            .with(people)
            .try_init()
            .map_err(|error| Error::io("cannot start the system log", error))?;
        Ok(Logging {
            level: Level(handle),
            reopen,
            _flush: flush,
        })
    }

    /// A handle that has the files be opened again.
    pub(super) fn reopen(&self) -> Reopen {
        self.reopen.clone()
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

type Boxed = Box<
    dyn Layer<tracing_subscriber::layer::Layered<reload::Layer<LevelFilter, Registry>, Registry>>
        + Send
        + Sync,
>;

fn files(
    logs: &Logs,
    folder: &Path,
    reopen: Reopen,
) -> Result<(Option<Boxed>, Option<WorkerGuard>)> {
    let keep = usize::try_from(logs.keep_days)
        .ok()
        .filter(|days| *days > 0);
    let appender = LogFiles::open(folder, keep, reopen).map_err(|error| {
        Error::io(
            format!("cannot write the system log in `{}`", folder.display()),
            error,
        )
    })?;
    // A full queue drops lines: a slow disk must not delay the scheduler's tick. The queue is allocated at the start, so an
    // idle daemon pays for its length: the default length takes 4 MB.
    let (writer, flush) = NonBlockingBuilder::default()
        .buffered_lines_limit(QUEUED_LINES)
        .finish(appender);
    let layer = fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(writer)
        .with_timer(Clock);
    Ok((Some(layer.boxed()), Some(flush)))
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
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        writer.write_str(&clock::now().rfc3339(&Zone::system()))
    }
}

//! The system log: JSON lines in daily files, and for people on stderr while the daemon is in the foreground.

use std::path::Path;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::clock;
use crate::config::{LogLevel, Logs};
use crate::error::{Error, Result};
use crate::schedule::Zone;

/// The names of the log files: this, the date, `log`.
pub const PREFIX: &str = "jobs";

/// How many lines may wait for the disk.
const QUEUED_LINES: usize = 8_192;

/// The system log, kept going as long as this lives; what is written is on disk when it is dropped.
pub struct Logging {
    level: Level,
    _flush: Option<WorkerGuard>,
}

/// What stderr gets to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stderr {
    /// Nothing: it is closed.
    Nothing,
    /// Warnings and errors.
    Warnings,
    /// What the files get.
    Everything,
}

impl Logging {
    /// Opens the log in `folder`, which must exist. Files older than `logs.keep_days` go.
    pub fn start(logs: &Logs, folder: &Path, stderr: Stderr) -> Result<Logging> {
        let (level, handle) = reload::Layer::new(level(logs));
        let (files, flush) = if logs.enabled {
            files(logs, folder)?
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
            _flush: flush,
        })
    }

    /// What changes the level while the log goes on.
    pub fn level(&self) -> Level {
        self.level.clone()
    }
}

/// The level of the system log, while the daemon is up.
#[derive(Clone)]
pub struct Level(Handle<LevelFilter, Registry>);

impl Level {
    /// Takes the level of a configuration that was read again.
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

fn files(logs: &Logs, folder: &Path) -> Result<(Option<Boxed>, Option<WorkerGuard>)> {
    let mut builder = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(PREFIX)
        .filename_suffix("log");
    if let Ok(days) = usize::try_from(logs.keep_days)
        && days > 0
    {
        builder = builder.max_log_files(days);
    }
    let appender = builder.build(folder).map_err(|error| {
        Error::io(
            format!("cannot write the system log in `{}`", folder.display()),
            error,
        )
    })?;
    // A full queue drops lines: the log must not hold up a tick when the disk does. The queue is there from the beginning, so
    // its length is memory that an idle daemon has: the default takes 4 MB.
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

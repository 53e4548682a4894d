//! `start -d -f`: the guard, a small process that restarts the daemon when it dies.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::announce::{self, Announcement, Announcer};
use super::lock::Lock;
use super::places::Places;
use jobs_cli::Start;
use jobs_config::Config;

/// After the daemon has been up for so long, the count of its deaths starts again at zero.
const STABLE: Duration = Duration::from_secs(600);

/// How long the guard waits before it tries again to start a program that is missing or can't be run, for example because a package
/// manager replaces it. Each wait is twice as long as the one before, up to [`ABSENCE_MAX`].
const ABSENCE_FIRST: Duration = Duration::from_secs(1);

const ABSENCE_MAX: Duration = Duration::from_secs(60);

/// The signals that the guard handles.
struct Signals {
    end: Signal,
    interrupt: Signal,
    reload: Signal,
}

/// The reason why a daemon under guard ended.
enum End {
    /// The daemon ended with success, or after a signal to end.
    Wanted,
    /// The daemon died; its exit status.
    Died(String),
}

/// Keeps a daemon running until it ends with success or dies too often. Returns the exit code of the guard.
pub fn watch_over(options: &Start, config: &Config, announcer: Announcer) -> i32 {
    // A single worker thread: to take a lock again, a task blocks its thread.
    let result = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start a runtime")
        .and_then(|runtime| runtime.block_on(guard(options, config, announcer)));
    match result {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("the guard ends: {error:#}");
            1
        }
    }
}

async fn guard(options: &Start, config: &Config, mut announcer: Announcer) -> anyhow::Result<i32> {
    let signals = Signals {
        end: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        reload: signal(SignalKind::hangup())?,
    };
    let lock = match Lock::guard(&options.paths) {
        Ok(lock) => Arc::new(lock),
        Err(error) => {
            announcer.send(&Announcement::Failed(error.to_string()));
            return Err(error.into());
        }
    };
    let places = Places {
        paths: options.paths.clone(),
        lock: lock.clone(),
        of_daemon: None,
    };
    let places = tokio::spawn(places.keep());
    let code = restart(options, config, announcer, signals).await;
    places.abort();
    // The task ends with an error of its abortion. It holds the lock until then.
    drop(places.await);
    drop(lock);
    code
}

/// Starts the daemon, and again each time it dies. Returns the exit code of the guard.
async fn restart(
    options: &Start,
    config: &Config,
    mut announcer: Announcer,
    mut signals: Signals,
) -> anyhow::Result<i32> {
    // Looked up once, as a path: after an upgrade in place, a restart starts the new program.
    let program = std::env::current_exe().context("cannot find the program itself")?;
    let mut deaths = 0;
    let mut was_ready = false;
    let mut absence = ABSENCE_FIRST;
    loop {
        let began = Instant::now();
        let mut child = match start(&program, options) {
            Ok(child) => child,
            Err(error) if was_ready => {
                tracing::error!(
                    "{error:#}; the guard tries again in {} s",
                    absence.as_secs()
                );
                if !signals.sleep(absence).await {
                    return Ok(0);
                }
                absence = (absence * 2).min(ABSENCE_MAX);
                continue;
            }
            Err(error) => return Err(error),
        };
        absence = ABSENCE_FIRST;
        let mut seen = Seen::default();
        let end = watch(&mut child, &mut signals, &mut announcer, &mut seen).await?;
        was_ready |= seen.ready;
        match end {
            End::Wanted => return Ok(0),
            // The first start failed: the operator has been told, so do not retry.
            End::Died(_) if !was_ready => return Ok(1),
            End::Died(how) => {
                if began.elapsed() >= STABLE {
                    deaths = 0;
                }
                // A start that failed on a full disk is no death of the program: it succeeds when there is room.
                if seen.ready || !seen.waiting {
                    deaths += 1;
                }
                let limit = config.daemon.max_restarts;
                if limit > 0 && deaths > limit {
                    tracing::error!(how, deaths, "the daemon died too often; the guard gives up");
                    return Ok(1);
                }
                let delay = config.daemon.restart_delay.duration();
                tracing::error!(
                    how,
                    deaths,
                    "the daemon died; the guard starts it again in {} s",
                    delay.as_secs()
                );
                if !signals.sleep(delay).await {
                    return Ok(0);
                }
            }
        }
    }
}

fn start(program: &Path, options: &Start) -> anyhow::Result<Child> {
    let mut command = Command::new(program);
    if let Some(home) = &options.paths.root {
        command.arg("--home").arg(home);
    }
    if options.paths.config_is_required {
        command.arg("--config").arg(&options.paths.config_file);
    }
    command.args(["start", "--announce"]);
    if let Some(http) = &options.http {
        command.arg(format!("--http={http}"));
    }
    if let Some(crontab) = &options.crontab {
        command.arg("--crontab").arg(crontab);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start the daemon")
}

/// Watches a daemon from its start to its end: passes its announcements on, and signals to it.
async fn watch(
    child: &mut Child,
    signals: &mut Signals,
    announcer: &mut Announcer,
    seen: &mut Seen,
) -> anyhow::Result<End> {
    let stdout = child.stdout.take().context("the daemon has no stdout")?;
    let mut lines = BufReader::new(stdout.take(64 * 1024)).lines();
    let mut has_lines = true;
    let mut is_wanted = false;
    loop {
        tokio::select! {
            biased;
            // The lines first: the daemon may have ended after the last of them.
            line = lines.next_line(), if has_lines => match line {
                Ok(Some(line)) => seen.note(&line, announcer),
                Ok(None) | Err(_) => has_lines = false,
            },
            status = child.wait() => return Ok(judge(status?, is_wanted)),
            _ = signals.end.recv() => { is_wanted = true; forward(child, rustix::process::Signal::TERM); }
            _ = signals.interrupt.recv() => { is_wanted = true; forward(child, rustix::process::Signal::TERM); }
            _ = signals.reload.recv() => forward(child, rustix::process::Signal::HUP),
        }
    }
}

/// The announcements of a daemon.
#[derive(Default)]
struct Seen {
    ready: bool,
    waiting: bool,
}

impl Seen {
    fn note(&mut self, line: &str, announcer: &mut Announcer) {
        let Some(announcement) = announce::read(line) else {
            return;
        };
        match &announcement {
            Announcement::Ready(pid) => {
                tracing::info!(pid, "the guard has started the daemon");
                self.ready = true;
            }
            Announcement::Failed(why) => tracing::error!(why, "the daemon can't start"),
            Announcement::Waiting(why) => {
                tracing::error!(why, "the daemon waits");
                self.waiting = true;
            }
        }
        announcer.send(&announcement);
    }
}

impl Signals {
    /// Sleeps. Returns false when the guard is to end.
    async fn sleep(&mut self, time: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(time) => true,
            _ = self.end.recv() => false,
            _ = self.interrupt.recv() => false,
        }
    }
}

fn judge(status: ExitStatus, is_wanted: bool) -> End {
    if status.success() || is_wanted {
        End::Wanted
    } else {
        End::Died(status.to_string())
    }
}

fn forward(child: &Child, signal: rustix::process::Signal) {
    let pid = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(rustix::process::Pid::from_raw);
    // The child has not been waited for yet, so its pid can't have been reused.
    if let Some(pid) = pid
        && let Err(error) = rustix::process::kill_process(pid, signal)
    {
        tracing::warn!(%error, "a signal can't be forwarded to the daemon");
    }
}

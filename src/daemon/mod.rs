//! The daemon: detaching, locks, logging, signals. `build` makes its parts and opens them, `serve` runs until the end,
//! `close` closes them, each in an order that the code explains.

mod announce;
mod build;
mod child;
mod close;
mod crontab;
mod database;
#[cfg(unix)]
mod detach;
#[cfg(unix)]
mod guard;
mod heartbeat;
mod host;
#[cfg(feature = "http")]
mod http;
#[cfg(not(feature = "http"))]
#[path = "no_http.rs"]
mod http;
#[cfg(unix)]
mod inherited;
#[cfg(target_os = "linux")]
mod init;
mod live_view;
mod lock;
mod log_files;
mod logging;
mod old_logs;
mod outbox;
mod page_link;
#[cfg(feature = "http")]
mod page_urls;
mod places;
mod room;
mod serve;
mod settings;
mod signals;
mod variables;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Runtime;

use announce::{Announcement, Announcer};
pub use child::child;
use jobs_cli::Start;
use jobs_config::{Config, Env, Loaded};
use jobs_error::Error;
use jobs_memory as memory;
use jobs_runner::descriptors;
use jobs_schedule::Zone;
use lock::Lock;
use logging::{Logging, Stderr};
use places::{OfDaemon, Places};

/// The umask of the daemon, which commands inherit; the same as under cron.
#[cfg(unix)]
const UMASK: u32 = 0o022;

/// Refuses a configuration that `start` would refuse although each of its values is acceptable.
///
/// # Errors
///
/// When the configuration asks for an HTTP server that cannot be started as it says.
pub fn check(config: &Config) -> Result<(), Error> {
    http::check(config, false)
}

/// Starts the daemon with `options` and returns its exit code: in the foreground after the daemon has ended, in the
/// background (`-d`) as soon as it answers. `ready` is called with the process id of a daemon in the background.
pub fn start(options: &Start, ready: &dyn Fn(u32)) -> anyhow::Result<i32> {
    #[cfg(target_os = "linux")]
    if !options.detach && init::is_first_process() {
        return init::run();
    }
    // Before the first zone is looked up.
    variables::check()?;
    // Load the configuration before detaching: the operator sees errors on the terminal.
    let mut loaded = Config::load(&options.paths, &Env::process())?;
    loaded.warnings.extend(Zone::system_warning());
    http::check(&loaded.config, options.http.is_some())?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    if !options.detach {
        let stderr = match (options.announce, options.shows_output()) {
            (true, _) => Stderr::Nothing,
            (false, true) => Stderr::Warnings,
            (false, false) => Stderr::Everything,
        };
        let announcer = if options.announce {
            Announcer::stdout()
        } else {
            Announcer::silent()
        };
        return run(options, loaded, stderr, announcer);
    }
    detached(options, loaded, ready)
}

#[cfg(unix)]
fn detached(options: &Start, loaded: Loaded, ready: &dyn Fn(u32)) -> anyhow::Result<i32> {
    let pid = if options.guard {
        // Check both locks before detaching: a second guard would try to start a second daemon again and again.
        let paths = &loaded.paths;
        room::Wait::new(&mut Announcer::stderr()).until_done(paths, || {
            paths.create()?;
            Lock::daemon(paths)?.release();
            Lock::guard(paths)?.release();
            Ok(())
        })?;
        detach::detach(|announcer| {
            let logging = Logging::start(&loaded.config.logs, &loaded.paths.logs, Stderr::Nothing);
            let code = guard::watch_over(options, &loaded.config, announcer);
            drop(logging);
            code
        })?
    } else {
        detach::detach(|announcer| run(options, loaded, Stderr::Nothing, announcer).unwrap_or(1))?
    };
    ready(pid);
    Ok(0)
}

#[cfg(not(unix))]
fn detached(_: &Start, _: Loaded, _: &dyn Fn(u32)) -> anyhow::Result<i32> {
    anyhow::bail!("`start -d` is not available on this system; start it as a service")
}

/// Runs the daemon in this process until it is asked to end.
fn run(
    options: &Start,
    loaded: Loaded,
    stderr: Stderr,
    mut announcer: Announcer,
) -> anyhow::Result<i32> {
    let result = prepare(&loaded, stderr, &mut announcer).and_then(|(logging, lock, runtime)| {
        let result = runtime.block_on(run_until_end(
            options,
            &loaded,
            &logging,
            &lock,
            &mut announcer,
        ));
        runtime.shutdown_timeout(Duration::from_secs(1));
        drop(lock);
        if let Err(error) = &result {
            tracing::error!("the daemon ends: {error:#}");
        }
        result
    });
    if let Err(error) = &result {
        announcer.send(&Announcement::Failed(format!("{error:#}")));
    }
    result.map(|()| 0)
}

fn prepare(
    loaded: &Loaded,
    stderr: Stderr,
    announcer: &mut Announcer,
) -> anyhow::Result<(Logging, Arc<Lock>, Runtime)> {
    memory::bound();
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(UMASK));
    #[cfg(unix)]
    inherited::keep_from_commands().context("cannot keep open descriptors from the commands")?;
    let paths = &loaded.paths;
    let mut room = room::Wait::new(announcer);
    let lock = room.until_done(paths, || {
        paths.create()?;
        Ok(Arc::new(Lock::daemon(paths)?))
    })?;
    let logging = room.until_done(paths, || {
        Ok(Logging::start(&loaded.config.logs, &paths.logs, stderr)?)
    })?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    descriptors::raise();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        // Each execution and each client that waits for output can block one thread.
        .max_blocking_threads(1_024)
        .enable_all()
        .build()
        .context("cannot start a runtime")?;
    Ok((logging, lock, runtime))
}

/// Builds the parts of the daemon, serves until it is asked to end, and closes them in order.
async fn run_until_end(
    options: &Start,
    loaded: &Loaded,
    logging: &Logging,
    lock: &Arc<Lock>,
    announcer: &mut Announcer,
) -> anyhow::Result<()> {
    let (daemon, socket) = build_with_room(options, loaded, logging, announcer).await?;
    // The scheduler knows whether the clock can be believed. It is held weakly: the log outlives it.
    let scheduler = Arc::downgrade(&daemon.scheduler);
    logging.delete_by(Box::new(move || scheduler.upgrade()?.age_time().ok()));
    let places = Places {
        paths: loaded.paths.clone(),
        lock: lock.clone(),
        of_daemon: Some(OfDaemon {
            socket: socket.rebind(),
            logs: logging.reopen(),
            end: daemon.host.end.clone(),
        }),
    };
    let mut serving = serve::start(daemon, socket, places, announcer);
    if options.is_at_terminal() {
        page_link::print(&serving.daemon).await;
    }
    let outcome = serving.until_end().await;
    close::close(serving, outcome).await
}

/// Builds the parts of the daemon. On a full disk it waits until there is room.
async fn build_with_room(
    options: &Start,
    loaded: &Loaded,
    logging: &Logging,
    announcer: &mut Announcer,
) -> anyhow::Result<(build::Daemon, jobs_rpc::Listener)> {
    let mut signals = signals::Signals::new()?;
    let mut room = room::Wait::new(announcer);
    loop {
        match build::build(options, loaded, logging).await {
            Err(error) if room.is_needed(&loaded.paths, &error) => {}
            built => {
                room.is_over();
                return built;
            }
        }
        tokio::select! {
            () = signals.end_again() => return Err(room::ended()),
            () = tokio::time::sleep(room::RETRY) => {}
        }
    }
}

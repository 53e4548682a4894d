//! The porch: detach, lock, logging, signals. Builds every room, opens the doors, and closes them in order.

mod announce;
mod child;
mod crontab;
#[cfg(unix)]
mod detach;
#[cfg(unix)]
mod guard;
#[cfg(feature = "http")]
mod http;
#[cfg(not(feature = "http"))]
#[path = "no_http.rs"]
mod http;
#[cfg(unix)]
mod inherited;
mod live;
mod lock;
mod logging;
mod settings;
mod signals;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use parking_lot::{Mutex, MutexGuard};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::api::{Call, Caller, Calls, Reload, Switches};
use crate::cli::{LiveView, Start};
use crate::clock::{self, SystemClock};
use crate::config::{Config, Env, Loaded};
use crate::error::Error;
use crate::memory;
use crate::output::Outputs;
use crate::rpc;
use crate::runner::descriptors;
use crate::scheduler::Scheduler;
use crate::service::{Access, Service, Surroundings};
use crate::store::Store;
use announce::{Announcement, Announcer};
pub use child::child;
use crontab::take_over;
use http::Doorway;
use lock::Lock;
use logging::{Level, Logging, Stderr};
use settings::{access, settings, waits_for_a_start};
use signals::{Signals, Wish};
use watch::ConfigWatch;

/// Refuses a configuration that `start` would refuse although each of its values is acceptable.
///
/// # Errors
///
/// When the configuration asks for an HTTP server that cannot be started as it says.
pub fn check(config: &Config) -> Result<(), Error> {
    http::check(config, false)
}

/// Starts the daemon as `options` say and returns its exit code: in the foreground when it has ended, in the background
/// once it answers. `ready` gets the process id of a daemon in the background.
pub fn start(options: &Start, ready: &dyn Fn(u32)) -> anyhow::Result<i32> {
    // A mistake in the configuration is told here, where somebody looks.
    let loaded = Config::load(&options.paths, &Env::process())?;
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
            Announcer::nobody()
        };
        return run(options, loaded, stderr, announcer);
    }
    detached(options, loaded, ready)
}

#[cfg(unix)]
fn detached(options: &Start, loaded: Loaded, ready: &dyn Fn(u32)) -> anyhow::Result<i32> {
    let pid = if options.guard {
        // A second guard would start a second daemon again and again.
        loaded.paths.create()?;
        Lock::daemon(&loaded.paths)?.release();
        Lock::guard(&loaded.paths)?.release();
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
    let result = prepare(&loaded, stderr).and_then(|(logging, lock, runtime)| {
        let result = runtime.block_on(live(options, &loaded, &logging, &mut announcer));
        runtime.shutdown_timeout(Duration::from_secs(1));
        drop(lock);
        if let Err(error) = &result {
            tracing::error!("the daemon ends: {error:#}");
        }
        result
    });
    if let Err(error) = &result {
        announcer.say(&Announcement::Failed(format!("{error:#}")));
    }
    result.map(|()| 0)
}

fn prepare(loaded: &Loaded, stderr: Stderr) -> anyhow::Result<(Logging, Lock, Runtime)> {
    memory::bound();
    #[cfg(unix)]
    inherited::keep_from_commands().context("cannot keep open descriptors from the commands")?;
    loaded.paths.create()?;
    let lock = Lock::daemon(&loaded.paths)?;
    std::fs::create_dir_all(&loaded.paths.logs)
        .with_context(|| format!("cannot make the folder `{}`", loaded.paths.logs.display()))?;
    let logging = Logging::start(&loaded.config.logs, &loaded.paths.logs, stderr)?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    descriptors::raise();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        // A follower takes one while it waits, and there may be as many as executions and waiting clients together.
        .max_blocking_threads(1_024)
        .enable_all()
        .build()
        .context("cannot start a runtime")?;
    Ok((logging, lock, runtime))
}

/// Builds the rooms, opens the door, waits for the end, closes in order.
async fn live(
    options: &Start,
    loaded: &Loaded,
    logging: &Logging,
    announcer: &mut Announcer,
) -> anyhow::Result<()> {
    let paths = &loaded.paths;
    let mut signals = Signals::new()?;
    let (store, outputs) = {
        let (database, folder) = (paths.database.clone(), paths.output.clone());
        let budget = loaded.config.jobs.output_max_bytes.0;
        tokio::task::spawn_blocking(move || {
            Ok::<_, Error>((Store::open(&database)?, Outputs::open(folder, budget)?))
        })
        .await??
    };
    let scheduler = Scheduler::new(
        store.clone(),
        outputs.clone(),
        settings(&loaded.config, paths),
        Arc::new(SystemClock),
    );
    // First, for somebody may answer there, whose executions are not ours to end. Nobody is let in yet.
    let door = rpc::Listener::bind(&paths.socket)?;
    scheduler.recover().await?;

    let end = CancellationToken::new();
    let access = {
        let (store, settings) = (store.clone(), access(&loaded.config, paths));
        Arc::new(tokio::task::spawn_blocking(move || Access::open(&store, settings)).await??)
    };
    let inside = Inside {
        store: store.clone(),
        doorway: Arc::new(Doorway::new(options.http, access.clone())),
        watch: Arc::new(ConfigWatch::new(&paths.config_file)),
        access,
        scheduler: scheduler.clone(),
        outputs: outputs.clone(),
        end: end.clone(),
        log_level: logging.level(),
        config: Arc::new(Mutex::new(loaded.config.clone())),
    };
    let service = Arc::new(Service::new(
        store.clone(),
        outputs.clone(),
        scheduler.clone(),
        inside.access.clone(),
        surroundings(options, loaded, &inside),
    ));
    let mut stamp = inside.watch.stamp();
    for warning in open(&inside, service.clone()).await? {
        tracing::warn!("{warning}");
    }
    let mut live_view = None;
    if let Some(crontab) = &options.crontab {
        let jobs = take_over(&service, crontab).await?;
        if options.shows_output() {
            let view = LiveView::new();
            view.begin(jobs, crontab, &paths.socket);
            live_view = Some(tokio::spawn(live::show(
                view,
                store.events().listen(),
                service.clone(),
            )));
        }
    }

    let closing = CancellationToken::new();
    let mut looping = tokio::spawn(scheduler.clone().run());
    let serving = tokio::spawn(rpc::serve(door, service.clone(), closing.clone()));
    announcer.say(&Announcement::Ready(std::process::id()));
    signals::tell_system(signals::Told::Ready);
    let watchdog = tokio::spawn(signals::feed_watchdog(scheduler.clone()));
    tracing::info!(version = env!("CARGO_PKG_VERSION"), socket = %paths.socket.display(), "the daemon is up");

    let outcome = loop {
        let wish = tokio::select! {
            wish = signals.next() => wish,
            () = inside.watch.changed(&mut stamp) => Wish::Reload,
            () = end.cancelled() => Wish::End,
            // The loop ends only by an error before it is stopped.
            ended = &mut looping => break ended.context("the scheduler broke").and_then(|ended| Ok(ended?)),
        };
        match wish {
            Wish::End => break Ok(()),
            Wish::Reload => reload(&service).await,
        }
    };

    signals::tell_system(signals::Told::Stopping);
    watchdog.abort();
    tracing::info!("the daemon is going down");
    closing.cancel();
    scheduler.halt();
    inside.watch.set(false);
    inside.doorway.close().await;
    if let Err(error) = serving
        .await
        .context("the door broke")
        .and_then(|served| Ok(served?))
    {
        tracing::error!("the socket was closed by an error: {error:#}");
    }
    // First the loop, whose last tick may still start something, then what runs.
    if outcome.is_ok() {
        looping.await.context("the scheduler broke")??;
    }
    let grace = inside.config().daemon.stop_grace.duration();
    tokio::select! {
        () = scheduler.stop(grace) => {}
        // Asked a second time: no more grace.
        () = signals.end_again() => scheduler.stop(Duration::ZERO).await,
    }
    outputs.close();
    if let Some(view) = live_view {
        view.await.context("the live view broke")?;
    }
    let closing_store = store.clone();
    tokio::task::spawn_blocking(move || closing_store.close()).await?;
    tracing::info!("the daemon has ended");
    outcome
}

/// What a reload reaches.
#[derive(Clone)]
struct Inside {
    store: Store,
    access: Arc<Access>,
    doorway: Arc<Doorway>,
    watch: Arc<ConfigWatch>,
    scheduler: Arc<Scheduler>,
    outputs: Outputs,
    end: CancellationToken,
    log_level: Level,
    /// What was read last. What can change while the daemon is up is looked up here when it is needed.
    config: Arc<Mutex<Config>>,
}

impl Inside {
    fn config(&self) -> MutexGuard<'_, Config> {
        self.config.lock()
    }
}

/// Opens the doors that the configuration may open or close while the daemon is up; what the operator should know.
async fn open(inside: &Inside, service: Arc<Service>) -> anyhow::Result<Vec<String>> {
    let inside = inside.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let config = inside.config().clone();
        let mut warnings = inside.doorway.open(&config, service)?;
        warnings.extend(inside.watch.set(config.server.watch_config));
        Ok::<_, Error>(warnings)
    });
    Ok(opened.await??)
}

fn surroundings(options: &Start, loaded: &Loaded, inside: &Inside) -> Surroundings {
    let paths = &loaded.paths;
    let reload = {
        let (options, running) = (options.clone(), paths.clone());
        let (inside, started_with) = (inside.clone(), loaded.config.clone());
        let had_file = loaded.file.is_some();
        move || {
            let loaded = Config::load(&options.paths, &Env::process())?;
            if had_file && loaded.file.is_none() {
                return Err(Error::Conflict(format!(
                    "the configuration `{}` is gone; what was read of it before holds",
                    options.paths.config_file.display()
                )));
            }
            let new = settings(&loaded.config, &loaded.paths);
            inside.doorway.change(&loaded.config, || {
                inside
                    .access
                    .configure(&inside.store, access(&loaded.config, &running))?;
                inside.scheduler.configure(new)?;
                inside
                    .outputs
                    .set_budget(loaded.config.jobs.output_max_bytes.0);
                inside.log_level.configure(&loaded.config.logs)
            })?;
            let mut warnings = loaded.warnings.clone();
            warnings.extend(inside.doorway.warnings(&loaded.config));
            warnings.extend(inside.watch.set(loaded.config.server.watch_config));
            let waits = waits_for_a_start(&started_with, &loaded, &running, options.announce);
            warnings.extend(waits);
            *inside.config() = loaded.config;
            Ok(warnings)
        }
    };
    let end = inside.end.clone();
    Surroundings {
        app_name: Box::new({
            let inside = inside.clone();
            move || inside.config().app.name.clone()
        }),
        started_at: clock::now(),
        config_file: paths.config_file.display().to_string(),
        database: paths.database.display().to_string(),
        log_folder: paths.logs.display().to_string(),
        socket: paths.socket.display().to_string(),
        crontab: options.crontab.clone(),
        jobs_config: Box::new({
            let inside = inside.clone();
            move || settings::jobs_config(&inside.config())
        }),
        switches: Box::new({
            let inside = inside.clone();
            move || Switches {
                system: inside.config().logs.enabled,
                jobs: true,
            }
        }),
        shown_config: Box::new({
            let inside = inside.clone();
            move |things| things.add_members(&*inside.config())
        }),
        http_address: Box::new({
            let doorway = inside.doorway.clone();
            move || doorway.address()
        }),
        http_url: Box::new({
            let doorway = inside.doorway.clone();
            move || doorway.url()
        }),
        reload: Box::new(reload),
        shut_down: Box::new(move || end.cancel()),
    }
}

/// SIGHUP, or a file that changed: the same as `jobs reload`, but told in the system log.
async fn reload(service: &Arc<Service>) {
    let service = service.clone();
    let answered = tokio::task::spawn_blocking(move || {
        service.answer(&Caller::daemon(), Call::Reload(Reload {}))
    });
    match answered.await {
        Ok(Ok(_)) => tracing::info!("the configuration was read again"),
        Ok(Err(error)) => {
            tracing::error!(%error, "the configuration was not taken over; the one before holds")
        }
        Err(error) => tracing::error!(%error, "the reload broke"),
    }
}

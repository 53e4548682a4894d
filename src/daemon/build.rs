//! Builds the parts of the daemon and opens them, in the order that recovery needs.

use std::sync::Arc;

use anyhow::Context;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::crontab;
use super::host::{DaemonHost, Parts};
use super::http::HttpServer;
use super::live_view;
use super::logging::Logging;
use super::settings::{access, settings};
use super::signals::Signals;
use super::watch::ConfigWatch;
use jobs_cli::{LiveView, Start};
use jobs_clock::{Clock, SystemClock};
use jobs_config::Loaded;
use jobs_error::Error;
use jobs_fs::Stamp;
use jobs_output::Outputs;
use jobs_rpc as rpc;
use jobs_scheduler::Scheduler;
use jobs_service::{Access, Service};
use jobs_store::Store;

/// The parts of the daemon.
pub(super) struct Daemon {
    pub signals: Signals,
    pub store: Store,
    pub outputs: Outputs,
    pub scheduler: Arc<Scheduler>,
    pub host: Arc<DaemonHost>,
    pub service: Arc<Service>,
    /// The configuration file as it was before it was watched: a change since then counts.
    pub config_stamp: Option<Stamp>,
    /// The task of `start --crontab` in the foreground that shows the output of jobs.
    pub live_view: Option<JoinHandle<()>>,
}

/// Builds the parts, closes the executions of a daemon that died, opens the HTTP server if it is configured, and imports
/// the crontab of `start --crontab`. The socket that it returns is bound but accepts nobody yet, and the scheduler's loop
/// does not run yet.
pub(super) async fn build(
    options: &Start,
    loaded: &Loaded,
    logging: &Logging,
) -> anyhow::Result<(Daemon, rpc::Listener)> {
    // First: from here on a signal leads to an orderly end.
    let signals = Signals::new()?;
    let (store, outputs) = open_storage(loaded).await?;
    #[cfg(unix)]
    outputs.hand_pipes_to(Box::new(jobs_runner::drain::Drain::default()));
    let scheduler = Scheduler::new(
        store.clone(),
        outputs.clone(),
        settings(&loaded.config, &loaded.paths),
        Arc::new(SystemClock),
    );
    // Bound before the recovery: if another daemon answers on the socket, its executions must not be closed here.
    let socket = rpc::Listener::bind(&loaded.paths.socket)?;
    scheduler.recover().await?;

    let access = open_access(&store, loaded, scheduler.clock()).await?;
    let host = Arc::new(DaemonHost::new(
        options,
        loaded,
        Parts {
            store: store.clone(),
            outputs: outputs.clone(),
            scheduler: scheduler.clone(),
            http: HttpServer::new(options.http, access.clone()),
            watch: ConfigWatch::new(&loaded.paths.config_file),
            access: access.clone(),
            end: CancellationToken::new(),
            log_level: logging.level(),
            log_targets: logging.targets(),
        },
    ));
    let service = Arc::new(Service::new(
        store.clone(),
        outputs.clone(),
        scheduler.clone(),
        access,
        host.clone(),
    ));
    let config_stamp = host.watch.stamp();
    for warning in host.open(service.clone()).await? {
        tracing::warn!("{warning}");
    }
    let live_view = import_crontab(options, loaded, &store, &service).await?;
    let daemon = Daemon {
        signals,
        store,
        outputs,
        scheduler,
        host,
        service,
        config_stamp,
        live_view,
    };
    Ok((daemon, socket))
}

async fn open_storage(loaded: &Loaded) -> anyhow::Result<(Store, Outputs)> {
    let (database, folder) = (loaded.paths.database.clone(), loaded.paths.output.clone());
    let budget = loaded.config.jobs.output_max_bytes.0;
    let opened = spawn_blocking(move || {
        Ok::<_, Error>((Store::open(&database)?, Outputs::open(folder, budget)?))
    });
    Ok(opened.await??)
}

async fn open_access(
    store: &Store,
    loaded: &Loaded,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Arc<Access>> {
    let (store, settings) = (store.clone(), access(&loaded.config, &loaded.paths));
    let opened = spawn_blocking(move || Access::open(&store, settings, clock));
    Ok(Arc::new(opened.await??))
}

/// Imports the crontab of `start --crontab` before the first job is due. In the foreground it also starts the task that
/// shows the output of jobs.
async fn import_crontab(
    options: &Start,
    loaded: &Loaded,
    store: &Store,
    service: &Arc<Service>,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    let Some(file) = &options.crontab else {
        return Ok(None);
    };
    let jobs = crontab::import(service, file).await?;
    if !options.shows_output() {
        return Ok(None);
    }
    let view = LiveView::new().context("the output of jobs can't be shown")?;
    view.begin(jobs, file, &loaded.paths.socket);
    let showing = live_view::show(view, store.events().subscribe(), service.clone());
    Ok(Some(tokio::spawn(showing)))
}

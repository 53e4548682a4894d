//! Runs the daemon: the scheduler's loop and the socket, until a signal, a call or an error ends it.

use std::sync::Arc;

use anyhow::Context;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::announce::{Announcement, Announcer};
use super::build::Daemon;
use super::database;
use super::places::Places;
use super::signals::{self, Action, ServiceState};
use super::{heartbeat, outbox};
use jobs_api::{Call, Caller, Handler, Reload};
use jobs_error::Error;
use jobs_model::Condition;
use jobs_rpc as rpc;
use jobs_scheduler::{OfDaemon, Scheduler};
use jobs_service::Service;

/// A daemon that runs, with its tasks. Each of them is awaited when the daemon closes.
pub(super) struct Serving {
    pub daemon: Daemon,
    /// The scheduler's loop.
    pub scheduler_loop: JoinHandle<Result<(), Error>>,
    /// The JSON-RPC server on the socket.
    pub rpc_server: JoinHandle<Result<(), Error>>,
    /// Stops the JSON-RPC server.
    pub stop_rpc: CancellationToken,
    pub watchdog: JoinHandle<()>,
    /// Makes the socket and the folders again when they are removed.
    pub places: JoinHandle<()>,
    /// Notices when the database is moved or deleted.
    pub database_watch: JoinHandle<()>,
    /// Requests the URL of the heartbeat.
    pub heartbeat: JoinHandle<()>,
    /// Sends what waits in the outbox.
    pub outbox: JoinHandle<()>,
    /// Stops the outbox.
    pub stop_outbox: CancellationToken,
}

/// Starts the scheduler's loop and the JSON-RPC server, and announces that the daemon is ready.
pub(super) fn start(
    daemon: Daemon,
    socket: rpc::Listener,
    places: Places,
    announcer: &mut Announcer,
) -> Serving {
    let (scheduler, service) = (daemon.scheduler.clone(), daemon.service.clone());
    let stop_rpc = CancellationToken::new();
    let scheduler_loop = tokio::spawn(scheduler.clone().run());
    let rpc_server = tokio::spawn(rpc::serve(socket, service, stop_rpc.clone()));
    announcer.send(&Announcement::Ready(std::process::id()));
    signals::notify_system(ServiceState::Ready);
    let database_watch = tokio::spawn(database::watch(
        daemon.host.database(),
        daemon.store.clone(),
        scheduler.clone(),
    ));
    let stop_outbox = CancellationToken::new();
    let outbox = tokio::spawn(outbox::serve(
        daemon.service.clone(),
        daemon.store.clone(),
        scheduler.clock(),
        stop_outbox.clone(),
    ));
    let heartbeat = tokio::spawn(heartbeat::beat(daemon.host.heartbeat(), scheduler.clone()));
    let watchdog = tokio::spawn(signals::feed_watchdog(scheduler));
    let places = tokio::spawn(places.keep());
    let socket = daemon.host.socket();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        socket,
        "the daemon is up"
    );
    Serving {
        daemon,
        scheduler_loop,
        rpc_server,
        stop_rpc,
        watchdog,
        places,
        database_watch,
        heartbeat,
        outbox,
        stop_outbox,
    }
}

impl Serving {
    /// Waits until the daemon is to end, and reloads the configuration whenever that is asked for meanwhile.
    ///
    /// # Errors
    ///
    /// When the scheduler's loop has ended by an error. Then it must not be awaited again.
    pub(super) async fn until_end(&mut self) -> anyhow::Result<()> {
        let Daemon {
            signals,
            host,
            service,
            scheduler,
            config_stamp,
            ..
        } = &mut self.daemon;
        loop {
            let action = tokio::select! {
                action = signals.next() => action,
                () = host.watch.changed(config_stamp) => Action::Reload,
                () = host.end.cancelled() => Action::End,
                // The loop ends only by an error before it is stopped.
                ended = &mut self.scheduler_loop => {
                    return ended.context("the scheduler failed").and_then(|ended| Ok(ended?));
                }
            };
            match action {
                Action::End => return Ok(()),
                Action::Reload => reload(service, scheduler).await,
            }
        }
    }
}

/// Reload after SIGHUP or after a change of the file: as `jobs reload` does, with the result in the system log.
async fn reload(service: &Arc<Service>, scheduler: &Arc<Scheduler>) {
    let service = service.clone();
    let answered = tokio::task::spawn_blocking(move || {
        service.answer(&Caller::daemon(), Call::Reload(Reload {}))
    });
    let told = match answered.await {
        Ok(Ok(_)) => {
            tracing::info!("the configuration was read again");
            scheduler.clear_of_daemon(Condition::ReloadRefused).await
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "the configuration was not applied; the previous one stays in use");
            let what = OfDaemon {
                condition: Condition::ReloadRefused,
                reason: format!("{}; the previous one stays in use", error.one_sentence()),
                is_over: false,
            };
            scheduler.raise_of_daemon(what).await
        }
        Err(error) => {
            tracing::error!(%error, "the reload failed");
            Ok(())
        }
    };
    if let Err(error) = told {
        tracing::warn!(%error, "an alert about the reload can't be recorded");
    }
}

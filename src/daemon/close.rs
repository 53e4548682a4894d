//! Closes the daemon: first the servers, then the scheduler's loop, then the executions, last the store.

use std::time::Duration;

use anyhow::Context;

use super::serve::Serving;
use super::signals::{self, ServiceState};

/// Closes all parts in order, and returns `outcome`, the result of serving.
///
/// # Errors
///
/// `outcome`, or when a task of the daemon has panicked.
pub(super) async fn close(serving: Serving, outcome: anyhow::Result<()>) -> anyhow::Result<()> {
    let Serving {
        mut daemon,
        scheduler_loop,
        rpc_server,
        stop_rpc,
        watchdog,
        places,
        database_watch,
        heartbeat,
        outbox,
        stop_outbox,
    } = serving;
    signals::notify_system(ServiceState::Stopping);
    watchdog.abort();
    database_watch.abort();
    heartbeat.abort();
    places.abort();
    // Awaited: it must not make the socket again that is removed below.
    if let Err(error) = places.await
        && error.is_panic()
    {
        tracing::error!(%error, "the watch of the socket and the folders failed");
    }
    tracing::info!("the daemon is shutting down");
    stop_rpc.cancel();
    daemon.scheduler.halt();
    daemon.host.watch.set(false);
    // This also drops the HTTP server's handler, which is the service, which holds the host.
    daemon.host.http.close().await;
    let served = rpc_server.await.context("the JSON-RPC server failed");
    if let Err(error) = served.and_then(|served| Ok(served?)) {
        tracing::error!("the socket was closed by an error: {error:#}");
    }
    // The loop before the executions: its last tick may still start one. After an error it was awaited already.
    if outcome.is_ok() {
        scheduler_loop.await.context("the scheduler failed")??;
    }
    let grace = daemon.host.stop_grace();
    tokio::select! {
        () = daemon.scheduler.stop(grace) => {}
        // A second signal: end the executions without grace.
        () = daemon.signals.end_again() => daemon.scheduler.stop(Duration::ZERO).await,
    }
    daemon.outputs.close().await;
    // After the last execution: its alert is tried, if the channel answers at once.
    stop_outbox.cancel();
    if outbox.await.is_err_and(|error| error.is_panic()) {
        tracing::error!("the task that sends notices failed");
    }
    if let Some(view) = daemon.live_view {
        view.await.context("the live view failed")?;
    }
    let store = daemon.store.clone();
    tokio::task::spawn_blocking(move || store.close()).await?;
    tracing::info!("the daemon has ended");
    outcome
}

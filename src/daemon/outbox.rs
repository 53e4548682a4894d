//! Sends what waits in the outbox: a task that sleeps until a notice is due, and one blocking thread for each channel that is called.
//! A channel that hangs holds up neither the others nor the end of the daemon.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinSet, spawn_blocking};
use tokio_util::sync::CancellationToken;

use jobs_clock::Clock;
use jobs_error::Error;
use jobs_schedule::Time;
use jobs_service::Service;
use jobs_store::Store;

/// How long the task waits after a failure of the store.
const RETRY: Duration = Duration::from_secs(5);

/// The longest sleep while something waits: a machine that was suspended, or whose clock was set, is noticed after it.
const AT_MOST: Duration = Duration::from_secs(60);

/// How long the end of the daemon waits for messages that are under way. One that is cut off is sent again at the next start.
const LAST: Duration = Duration::from_millis(500);

/// Upper bound on channels that are called at once.
const AT_ONCE: usize = 16;

/// Sends until `stop` is cancelled.
pub(super) async fn serve(
    service: Arc<Service>,
    store: Store,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    let mut called: HashSet<String> = HashSet::new();
    let mut calls: JoinSet<(String, Result<(), Error>)> = JoinSet::new();
    while !stop.is_cancelled() {
        let reader = service.clone();
        let waiting = spawn_blocking(move || reader.channels_with_notices()).await;
        let now = clock.now();
        let wait = match waiting {
            Ok(Ok(waiting)) => call(&service, waiting, now, &mut called, &mut calls),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the outbox can't be read");
                Some(RETRY)
            }
            Err(_) => Some(RETRY),
        };
        let sleep = async {
            match wait {
                Some(wait) => tokio::time::sleep(wait.min(AT_MOST)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => break,
            () = store.watch().outbox.notified() => {}
            Some(done) = calls.join_next() => match done {
                Ok((channel, outcome)) => {
                    called.remove(&channel);
                    if let Err(error) = outcome {
                        tracing::warn!(%error, channel, "messages of a channel wait for the store");
                        tokio::time::sleep(RETRY).await;
                    }
                }
                Err(error) => {
                    // The panic is in the log. Which channel it was is not known, so none counts as called.
                    tracing::error!(%error, "a message could not be sent");
                    called.clear();
                    tokio::time::sleep(RETRY).await;
                }
            },
            () = sleep => {}
        }
    }
    let _ = tokio::time::timeout(LAST, async { while calls.join_next().await.is_some() {} }).await;
    calls.detach_all();
}

/// Calls the channels for which something is due. Returns how long until something is due for another one.
fn call(
    service: &Arc<Service>,
    waiting: Vec<(String, Time)>,
    now: Time,
    called: &mut HashSet<String>,
    calls: &mut JoinSet<(String, Result<(), Error>)>,
) -> Option<Duration> {
    let mut next: Option<Time> = None;
    for (channel, at) in waiting {
        if called.contains(&channel) {
            continue;
        }
        if at > now {
            next = Some(next.map_or(at, |next| next.min(at)));
        } else if called.len() < AT_ONCE {
            called.insert(channel.clone());
            let service = service.clone();
            calls.spawn_blocking(move || {
                let outcome = service.send_notices(&channel);
                (channel, outcome)
            });
        }
    }
    next.map(|at| at.since(now).max(Duration::from_millis(1)))
}

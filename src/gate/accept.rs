//! The accept loop of all servers: a task per connection, a pause after an error, and a deadline when it stops.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Upper bound on connections over the limit that are answered at the same time. Further ones are closed without an answer.
const TURNED_AWAY: usize = 128;

/// How long to wait after an error of accept, such as that there are no free descriptors.
pub(super) const BACK_OFF: Duration = Duration::from_millis(100);

/// A socket that is listened on. It is closed when it is dropped.
pub trait Listen: Send {
    /// A connection that was accepted.
    type Connection: Send + 'static;

    /// Waits for the next connection. Nothing is lost when the future is dropped.
    fn accept(&self) -> impl Future<Output = io::Result<Self::Connection>> + Send;
}

/// A server: what it does with its connections.
pub trait Connections<C>: Send + Sync + 'static {
    /// The name of the server in the system log.
    const NAME: &'static str;

    /// How long open connections get to end after the stop.
    const GRACE: Duration;

    /// Counts a connection against the server's limits until it is dropped.
    type Permit: Send + 'static;

    /// A permit for a new connection; none when there are too many.
    fn admit(self: &Arc<Self>, connection: &C) -> Option<Self::Permit>;

    /// Serves a connection until it ends. It must end soon after the stop.
    fn serve(
        self: Arc<Self>,
        connection: C,
        permit: Self::Permit,
    ) -> impl Future<Output = ()> + Send;

    /// Tells a client that there are too many connections.
    fn turn_away(self: Arc<Self>, connection: C) -> impl Future<Output = ()> + Send;
}

/// Accepts connections until `stop`, closes `listener`, and waits until all connections have ended or the grace is over.
/// Returns the connections that are still open then.
pub async fn accept_connections<L, S>(
    listener: L,
    server: Arc<S>,
    stop: CancellationToken,
) -> TaskTracker
where
    L: Listen,
    S: Connections<L::Connection>,
{
    let connections = TaskTracker::new();
    let turned_away = Arc::new(Semaphore::new(TURNED_AWAY));
    let mut has_failed = false;
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let connection = match accepted {
            Ok(connection) => connection,
            Err(error) if concerns_one_client(&error) => continue,
            Err(error) => {
                // Logged once, not ten times a second for as long as it lasts.
                if !has_failed {
                    tracing::warn!(%error, server = S::NAME, "connections can't be accepted now");
                }
                has_failed = true;
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(BACK_OFF) => {}
                }
                continue;
            }
        };
        has_failed = false;
        if let Some(permit) = server.admit(&connection) {
            connections.spawn(server.clone().serve(connection, permit));
        } else if let Ok(permit) = turned_away.clone().try_acquire_owned() {
            let server = server.clone();
            connections.spawn(async move {
                server.turn_away(connection).await;
                drop(permit);
            });
        }
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(S::GRACE, connections.wait())
        .await
        .is_err()
    {
        tracing::debug!(
            connections = connections.len(),
            server = S::NAME,
            "the grace is over and connections are still open"
        );
    }
    connections
}

/// Whether accept failed because of the client that was connecting; then the next connection is accepted at once.
fn concerns_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

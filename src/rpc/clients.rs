//! The open connections of the socket: which one is closed for a new one, and the memory that half lines may take together.
//!
//! A connection that waits for its client can be closed; one whose call runs can not. No account can take all connections or all
//! memory: the account that has the most gives way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::IMPORT_MAX;

/// Upper bounds on what the connections take together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Open connections.
    pub(super) connections: usize,
    /// Open connections of one account; the rest is kept for the other account that may connect.
    pub(super) per_account: usize,
    /// Bytes of lines that are being read or answered.
    pub(super) line_bytes: usize,
}

impl Bounds {
    pub(super) const USUAL: Bounds = Bounds {
        connections: 1_024,
        per_account: 960,
        // Two of the longest lines, and some short ones.
        line_bytes: 2 * IMPORT_MAX + 8 * 1024 * 1024,
    };
}

/// A half line of which no byte has come for this long is discarded when others need its memory.
const STALLED: Duration = Duration::from_secs(1);

/// How long a line waits for memory.
const PATIENCE: Duration = Duration::from_secs(10);

/// All open connections.
pub(super) struct Clients {
    bounds: Bounds,
    state: Mutex<State>,
    /// Notified when memory was released.
    released: Notify,
}

#[derive(Default)]
struct State {
    last_id: u64,
    open: HashMap<u64, Connection>,
    /// Sum of the memory of all lines.
    held: usize,
}

struct Connection {
    /// The user id at the other end; none where the system does not tell.
    account: Option<u32>,
    /// When the client last sent something or got an answer.
    active_at: Instant,
    /// Whether a call of it runs.
    is_busy: bool,
    /// Memory of its line, in bytes.
    held: usize,
    closed: Arc<Closed>,
}

/// How a connection learns that it was closed, and why.
#[derive(Default)]
struct Closed {
    token: CancellationToken,
    why: Mutex<&'static str>,
}

/// An open connection; it is forgotten when this is dropped.
pub(super) struct Client {
    id: u64,
    clients: Arc<Clients>,
    closed: Arc<Closed>,
}

/// There is no memory for a longer line.
pub(super) struct NoMemory;

const IDLE_LONGEST: &str =
    "this connection was idle for longer than all others, and is closed for a new one";

const HALF_LINE: &str = "the rest of this line did not come, and other lines need its memory";

impl Clients {
    pub(super) fn new(bounds: Bounds) -> Arc<Clients> {
        Arc::new(Clients {
            bounds,
            state: Mutex::default(),
            released: Notify::new(),
        })
    }

    /// Adds a connection of an account. When there are too many, closes the one that has been idle the longest: of the account itself
    /// when it has as many as it may, else of the account that has the most. None when all of them are busy.
    pub(super) fn admit(self: &Arc<Clients>, account: Option<u32>) -> Option<Client> {
        let mut state = self.lock();
        let own = state.connections_of(account);
        let from = if own >= self.bounds.per_account {
            Some(account)
        } else if state.open.len() >= self.bounds.connections {
            state.account_with_most(|_| 1)
        } else {
            None
        };
        if let Some(from) = from {
            let idle = state.longest_idle(|connection| connection.account == from)?;
            state.close(idle, IDLE_LONGEST);
            self.released.notify_waiters();
        }
        state.last_id += 1;
        let id = state.last_id;
        let closed = Arc::new(Closed::default());
        state.open.insert(
            id,
            Connection {
                account,
                active_at: Instant::now(),
                is_busy: false,
                held: 0,
                closed: closed.clone(),
            },
        );
        drop(state);
        Some(Client {
            id,
            clients: self.clone(),
            closed,
        })
    }

    /// Takes memory for the line of a connection, `held` bytes in all. If the memory of all lines is used up, discards a half line: one
    /// of the account that holds the most, if that is another account, else the one that has stalled the longest.
    fn try_hold(&self, id: u64, held: usize) -> bool {
        let mut state = self.lock();
        loop {
            let Some(connection) = state.open.get(&id) else {
                // The connection was closed meanwhile, and its reader learns that soon.
                return true;
            };
            let (account, before) = (connection.account, connection.held);
            if state.held - before + held <= self.bounds.line_bytes {
                state.held = state.held - before + held;
                if let Some(connection) = state.open.get_mut(&id) {
                    connection.held = held;
                    connection.active_at = Instant::now();
                }
                return true;
            }
            let most = state.account_with_most(|connection| connection.held);
            let is_of_others = most.is_some_and(|most| most != account);
            let victim = state.longest_idle(|connection| {
                connection.held > 0
                    && if is_of_others {
                        Some(connection.account) == most
                    } else {
                        connection.active_at.elapsed() >= STALLED
                    }
            });
            match victim.filter(|victim| *victim != id) {
                Some(victim) => state.close(victim, HALF_LINE),
                None => return false,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    fn connections_of(&self, account: Option<u32>) -> usize {
        self.open
            .values()
            .filter(|connection| connection.account == account)
            .count()
    }

    /// The account with the largest sum of `size`.
    fn account_with_most(&self, size: impl Fn(&Connection) -> usize) -> Option<Option<u32>> {
        let mut sums: HashMap<Option<u32>, usize> = HashMap::new();
        for connection in self.open.values() {
            *sums.entry(connection.account).or_default() += size(connection);
        }
        sums.into_iter()
            .max_by_key(|(_, sum)| *sum)
            .map(|(account, _)| account)
    }

    /// The connection that waits for its client the longest, among those that `may_be` allows.
    fn longest_idle(&self, may_be: impl Fn(&Connection) -> bool) -> Option<u64> {
        self.open
            .iter()
            .filter(|(_, connection)| !connection.is_busy && may_be(connection))
            .min_by_key(|(id, connection)| (connection.active_at, **id))
            .map(|(id, _)| *id)
    }

    /// Forgets a connection and tells its task to close it.
    fn close(&mut self, id: u64, why: &'static str) {
        if let Some(connection) = self.open.remove(&id) {
            self.held -= connection.held;
            *connection.closed.why.lock() = why;
            connection.closed.token.cancel();
        }
    }
}

impl Client {
    /// Waits until the connection is to be closed for others. Returns the reason.
    pub(super) async fn closed(&self) -> &'static str {
        self.closed.token.cancelled().await;
        *self.closed.why.lock()
    }

    /// Notes that the client has sent something.
    pub(super) fn touch(&self) {
        self.change(|connection| connection.active_at = Instant::now());
    }

    /// Notes whether a call of the connection runs.
    pub(super) fn set_busy(&self, is_busy: bool) {
        self.change(|connection| {
            connection.is_busy = is_busy;
            connection.active_at = Instant::now();
        });
    }

    /// Takes memory for a line, `bytes` in all; waits while other lines have it.
    pub(super) async fn hold(&self, bytes: usize) -> Result<(), NoMemory> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let released = self.clients.released.notified();
            tokio::pin!(released);
            released.as_mut().enable();
            if self.clients.try_hold(self.id, bytes) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(NoMemory);
            }
            // A line may stall without a notification.
            let _ = tokio::time::timeout(STALLED, released).await;
        }
    }

    /// Gives back the memory of a line.
    pub(super) fn release(&self) {
        let mut state = self.clients.lock();
        if let Some(connection) = state.open.get_mut(&self.id) {
            let held = std::mem::take(&mut connection.held);
            state.held -= held;
            if held > 0 {
                self.clients.released.notify_waiters();
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Connection)) {
        if let Some(connection) = self.clients.lock().open.get_mut(&self.id) {
            change(connection);
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.release();
        self.clients.lock().open.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(connections: usize, per_account: usize, line_bytes: usize) -> Arc<Clients> {
        Clients::new(Bounds {
            connections,
            per_account,
            line_bytes,
        })
    }

    fn is_closed(client: &Client) -> bool {
        client.closed.token.is_cancelled()
    }

    #[test]
    fn admit_with_too_many_closes_the_longest_idle() {
        let clients = clients(3, 3, 100);
        let open: Vec<Client> = (0..3).map(|_| clients.admit(Some(7)).unwrap()).collect();
        open[0].set_busy(true);
        open[1].touch();
        let fourth = clients.admit(Some(7)).unwrap();
        let closed: Vec<bool> = open.iter().map(is_closed).collect();
        assert_eq!(closed, [false, false, true]);
        drop(open);
        assert!(!is_closed(&fourth));
        assert_eq!(clients.lock().open.len(), 1);
    }

    #[test]
    fn admit_with_busy_connections_only_turns_away() {
        let clients = clients(2, 2, 100);
        let open: Vec<Client> = (0..2).map(|_| clients.admit(Some(7)).unwrap()).collect();
        open.iter().for_each(|client| client.set_busy(true));
        assert!(clients.admit(Some(7)).is_none());
        open[1].set_busy(false);
        assert!(clients.admit(Some(7)).is_some());
        assert!(is_closed(&open[1]) && !is_closed(&open[0]));
    }

    #[test]
    fn admit_of_another_account_has_places_left() {
        let clients = clients(4, 3, 100);
        let busy: Vec<Client> = (0..3).map(|_| clients.admit(Some(7)).unwrap()).collect();
        busy.iter().for_each(|client| client.set_busy(true));
        assert!(clients.admit(Some(7)).is_none(), "its own places are taken");
        let root = clients.admit(Some(0)).unwrap();
        // The account with the most connections gives way.
        busy[1].set_busy(false);
        let second = clients.admit(Some(0)).unwrap();
        assert!(is_closed(&busy[1]) && !is_closed(&root) && !is_closed(&second));
    }

    #[tokio::test]
    async fn hold_beyond_the_memory_discards_a_stalled_half_line() {
        let clients = clients(9, 9, 100);
        let [first, second, third] = [(); 3].map(|()| clients.admit(Some(7)).unwrap());
        assert!(first.hold(60).await.is_ok() && second.hold(40).await.is_ok());
        assert!(!clients.try_hold(third.id, 10), "no line has stalled yet");
        clients.lock().open.get_mut(&first.id).unwrap().active_at -= STALLED;
        assert!(third.hold(10).await.is_ok());
        assert!(is_closed(&first) && !is_closed(&second));
        assert_eq!(first.closed().await, HALF_LINE);
        drop(first);
        assert_eq!(clients.lock().held, 50);
        // A line that is answered is not discarded; it gives its memory back at its end.
        second.set_busy(true);
        clients.lock().open.get_mut(&second.id).unwrap().active_at -= STALLED;
        assert!(!clients.try_hold(third.id, 90));
        second.release();
        assert!(third.hold(90).await.is_ok());
    }

    #[tokio::test]
    async fn hold_of_another_account_takes_the_memory_of_the_largest() {
        let clients = clients(9, 9, 100);
        let [first, second] = [(); 2].map(|()| clients.admit(Some(7)).unwrap());
        let root = clients.admit(Some(0)).unwrap();
        assert!(first.hold(50).await.is_ok() && second.hold(50).await.is_ok());
        assert!(root.hold(30).await.is_ok());
        assert!(is_closed(&first) && !is_closed(&second));
    }
}

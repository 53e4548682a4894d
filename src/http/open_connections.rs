//! The open connections: how many there are, how many each client has, and which one gives way to a new one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use super::conn_timeout::ConnTimeout;

/// Upper bounds on open connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenLimits {
    pub all: usize,
    pub per_client: usize,
}

/// All open connections.
#[derive(Default)]
pub(super) struct OpenConnections {
    by_number: HashMap<u64, Open>,
    by_client: HashMap<IpAddr, usize>,
    last: u64,
}

struct Open {
    client: IpAddr,
    timeout: Arc<ConnTimeout>,
}

impl OpenConnections {
    /// Adds a connection, and returns its number. When there are too many, one that waits for its client is closed, so that
    /// clients that send nothing can't keep others out. `None` when all are being answered.
    pub(super) fn add(
        &mut self,
        client: IpAddr,
        timeout: &Arc<ConnTimeout>,
        limits: OpenLimits,
    ) -> Option<u64> {
        if self.of(client) >= limits.per_client {
            self.drop_longest_waiting(Some(client))?;
        } else if self.by_number.len() >= limits.all {
            self.drop_longest_waiting(None)?;
        }
        self.last += 1;
        let timeout = timeout.clone();
        self.by_number.insert(self.last, Open { client, timeout });
        *self.by_client.entry(client).or_default() += 1;
        Some(self.last)
    }

    /// Removes a connection, if it is still there.
    pub(super) fn remove(&mut self, number: u64) {
        let Some(open) = self.by_number.remove(&number) else {
            return;
        };
        if let Some(count) = self.by_client.get_mut(&open.client) {
            *count -= 1;
            if *count == 0 {
                self.by_client.remove(&open.client);
            }
        }
    }

    /// Closes the connection that has waited longest for its client: of one client, or of the client that has most connections.
    fn drop_longest_waiting(&mut self, only: Option<IpAddr>) -> Option<()> {
        let now = Instant::now();
        let waiting = self.by_number.iter().filter_map(|(number, open)| {
            let since = open.timeout.waits_since().filter(|since| *since <= now)?;
            let is_asked = only.is_none_or(|only| only == open.client);
            is_asked.then(|| (self.of(open.client), now - since, *number))
        });
        let (_, _, number) = waiting.max()?;
        if let Some(open) = self.by_number.get(&number) {
            open.timeout.drop_connection();
        }
        self.remove(number);
        Some(())
    }

    fn of(&self, client: IpAddr) -> usize {
        self.by_client.get(&client).copied().unwrap_or(0)
    }
}

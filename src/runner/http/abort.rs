//! Ends a request from another thread.

use std::future::Future;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// Lets another thread end a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Abort {
    waiter: Waiter,
    agent: Arc<Mutex<Option<ureq::Agent>>>,
}

/// Waits for what cannot be interrupted otherwise. An agent may hold one, but no [`Abort`]: that holds the agent.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiter {
    token: CancellationToken,
    /// Without it, what is waited for ends by its timeout.
    runtime: Option<Handle>,
}

impl Abort {
    /// For a request in a thread that is none of the runtime's own.
    pub(super) fn with_runtime(runtime: Handle) -> Abort {
        Abort {
            waiter: Waiter {
                token: CancellationToken::new(),
                runtime: Some(runtime),
            },
            agent: Arc::default(),
        }
    }

    /// Ends the request: what waits for the network returns with an error.
    pub(super) fn abort(&self) {
        self.waiter.token.cancel();
        let agent = self.agent.lock().take();
        if let Some(agent) = agent {
            agent.shutdown();
        }
    }

    /// Whether it goes on, with that agent.
    pub(super) fn goes_on_with(&self, agent: &ureq::Agent) -> bool {
        let mut known = self.agent.lock();
        *known = Some(agent.clone());
        // Looked at under the lock: who aborts after this finds the agent.
        !self.waiter.token.is_cancelled()
    }

    pub(super) fn waiter(&self) -> &Waiter {
        &self.waiter
    }
}

impl Waiter {
    /// Waits for something until it is done or the request is ended. Without a runtime it is nothing.
    pub(super) fn wait<T>(
        &self,
        something: impl Future<Output = io::Result<T>>,
    ) -> Option<io::Result<T>> {
        let runtime = self.runtime.as_ref()?;
        Some(runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.token.cancelled() => Err(io::Error::other("cancelled")),
                done = something => done,
            }
        }))
    }
}

//! The gate between the transports and the service: it limits how many calls run at once, and runs them on threads that may
//! block. Every transport has a gate of its own over the same service.
//!
//! Calls are sorted into lanes, each with permits of its own, so that calls that wait for long never delay the quick ones.

mod accept;
#[cfg(test)]
mod tests;

pub use accept::{Connections, Listen, accept_connections};

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use jobs_api::{Answer, Call, Caller, Handler, Lane, SharedAnswer};
use jobs_error::Error;
use jobs_model::Role;

/// How long a call of `logs` is delayed that may not wait for output because all permits for that are taken.
const SLOW_DOWN: Duration = Duration::from_secs(1);

/// How many calls of each lane run at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Calls that are answered soon.
    pub quick: usize,
    /// Calls of `logs` that wait for output.
    pub waiting: usize,
    /// Calls of `cancel`, which wait until the execution has ended.
    pub cancelling: usize,
    /// Logins, which hash a password. `None`: they count as quick.
    pub logins: Option<usize>,
    /// Calls that compute for long.
    pub heavy: usize,
}

/// The gate of one transport.
pub struct Gate {
    handler: Arc<dyn Handler>,
    quick: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    cancelling: Arc<Semaphore>,
    logins: Arc<Semaphore>,
    heavy: Arc<Semaphore>,
}

/// Why a call got no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The operation refused it or failed.
    #[error(transparent)]
    Failed(#[from] Error),
    /// The operation panicked. The gate has logged it.
    #[error("the operation broke; the system log tells more")]
    Panicked,
}

impl Gate {
    /// A gate before `handler`.
    pub fn new(handler: Arc<dyn Handler>, limits: Limits) -> Gate {
        let permits = |number| Arc::new(Semaphore::new(number));
        let quick = permits(limits.quick);
        Gate {
            handler,
            waiting: permits(limits.waiting),
            cancelling: permits(limits.cancelling),
            heavy: permits(limits.heavy),
            logins: limits.logins.map_or_else(|| quick.clone(), permits),
            quick,
        }
    }

    /// The service behind the gate, for what is not a call: authentication, events.
    pub fn handler(&self) -> &Arc<dyn Handler> {
        &self.handler
    }

    /// Answers a call, and converts the answer with `write`. A cached answer needs no permit and no thread.
    ///
    /// # Errors
    ///
    /// [`Failure`], as the operation ended.
    pub async fn answer<T, W>(&self, caller: &Caller, call: Call, write: W) -> Result<T, Failure>
    where
        T: Send + 'static,
        W: FnOnce(&SharedAnswer) -> T + Send + 'static,
    {
        if let Some(answered) = self.handler.cached(caller, &call) {
            return Ok(write(&answered));
        }
        self.run(caller, call, |handler, caller, call| {
            handler
                .answer_text(caller, call)
                .map(|answered| write(&answered))
        })
        .await
    }

    /// Answers a call for a transport that needs the answer itself, not its text.
    ///
    /// # Errors
    ///
    /// [`Failure`], as the operation ended.
    pub async fn reply(&self, caller: &Caller, call: Call) -> Result<Answer, Failure> {
        self.run(caller, call, |handler, caller, call| {
            handler.answer(caller, call)
        })
        .await
    }

    /// Has the service audit that a caller was refused an operation whose parameters were not read.
    pub async fn audit_denied(
        &self,
        caller: &Caller,
        operation: &'static str,
        needed: Option<Role>,
    ) {
        // A semaphore of the gate is never closed.
        let Ok(permit) = self.quick.clone().acquire_owned().await else {
            return;
        };
        let (handler, caller) = (self.handler.clone(), caller.clone());
        let auditing = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            handler.audit_denied(&caller, operation, needed);
        });
        if let Err(error) = auditing.await {
            tracing::error!(%error, operation, "a refusal could not be audited");
        }
    }

    /// Runs a call on a thread that may block, as soon as its lane has a permit.
    async fn run<T, W>(&self, caller: &Caller, mut call: Call, work: W) -> Result<T, Failure>
    where
        T: Send + 'static,
        W: FnOnce(&dyn Handler, &Caller, Call) -> Result<T, Error> + Send + 'static,
    {
        let permit = self.permit(&mut call).await?;
        let operation = call.method();
        let (handler, caller) = (self.handler.clone(), caller.clone());
        let running = tokio::task::spawn_blocking(move || {
            // Held until the thread is free, even if the client has disconnected meanwhile.
            let _permit = permit;
            work(handler.as_ref(), &caller, call)
        });
        match running.await {
            Ok(result) => Ok(result?),
            Err(error) => {
                tracing::error!(%error, operation, "an operation broke");
                Err(Failure::Panicked)
            }
        }
    }

    /// Waits for a permit of the call's lane. A `logs` that would wait for output does not queue for a permit to wait: when
    /// all are taken it is delayed, and then answered with the output that there is.
    async fn permit(&self, call: &mut Call) -> Result<OwnedSemaphorePermit, Error> {
        if call.lane() == Lane::Waiting {
            if let Ok(permit) = self.waiting.clone().try_acquire_owned() {
                return Ok(permit);
            }
            tokio::time::sleep(SLOW_DOWN).await;
            call.set_no_wait();
        }
        let lane = match call.lane() {
            Lane::Quick => &self.quick,
            Lane::Waiting => &self.waiting,
            Lane::Cancelling => &self.cancelling,
            Lane::Login => &self.logins,
            Lane::Heavy => &self.heavy,
        };
        // A semaphore of the gate is never closed.
        lane.clone()
            .acquire_owned()
            .await
            .map_err(|_| Error::ShuttingDown)
    }
}

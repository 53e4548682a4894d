//! What a stream tells, in the words of Server-Sent Events.

use std::time::Duration;

use axum::response::sse;
use serde::Serialize;
use tokio::sync::mpsc;

use super::follow::Look;
use super::mark::{Mark, Place};
use super::stream::{Gone, Stream, Wanted};
use crate::api::{Finished, LogChunk, OutputPart, OutputStream, Started, Unfollowed};
use crate::events::Event;
use crate::model::{ExecId, Execution, JobId};

/// After what time a client is to come back.
const COME_BACK: Duration = Duration::from_secs(3);

impl Stream {
    pub(super) async fn tell_event(&mut self, event: &Event) -> Result<(), Gone> {
        match event {
            Event::Job(change) => {
                let is_wanted = match self.wanted {
                    Wanted::Everything { .. } => true,
                    Wanted::Job(id) => change.job_id.is_none_or(|of| of == id),
                    Wanted::Execution(_) => false,
                };
                if is_wanted {
                    self.send("job", change).await?;
                }
            }
            Event::Started(started) => {
                if self.wants_execution(started.exec_id, started.job_id) {
                    self.tell_start(started).await?;
                }
            }
            Event::Finished(finished) => {
                if self.followers.was_over(finished.exec_id) {
                    return Ok(());
                }
                if let Some(follower) = self.followers.of(finished.exec_id) {
                    // It is told after all that it printed.
                    follower.finished = Some(finished.clone());
                } else if self.wants_execution(finished.exec_id, finished.job_id) {
                    self.tell_end(finished).await?;
                }
            }
        }
        Ok(())
    }

    fn wants_execution(&self, exec_id: ExecId, job_id: JobId) -> bool {
        match self.wanted {
            Wanted::Everything { .. } => true,
            Wanted::Job(wanted) => job_id == wanted,
            Wanted::Execution(wanted) => exec_id == wanted,
        }
    }

    async fn tell_start(&mut self, started: &Started) -> Result<(), Gone> {
        // First, so that the id of this event names it.
        let unfollowed = match self.wants_output() {
            true => self.follow(started.exec_id, started.job_name.clone()),
            false => None,
        };
        self.send("started", started).await?;
        self.tell_unfollowed(unfollowed).await
    }

    async fn tell_end(&mut self, finished: &Finished) -> Result<(), Gone> {
        self.is_over = self.wanted == Wanted::Execution(finished.exec_id);
        self.send("finished", finished).await
    }

    /// Tells what an execution has printed, and then that it is over.
    pub(super) async fn tell_look(&mut self, look: Look) -> Result<(), Gone> {
        let exec_id = look.exec_id;
        match look.found {
            Ok(ref chunk) => {
                self.tell_output(exec_id, chunk).await?;
                if !chunk.done {
                    self.followers.look(exec_id);
                    return Ok(());
                }
                let follower = self.followers.remove(exec_id);
                if follower.is_none_or(|follower| follower.finished.is_none()) {
                    self.followers.set_over(exec_id);
                }
                match &chunk.execution {
                    Some(execution) => self.tell_end(&end_of(execution)).await,
                    None => Ok(()),
                }
            }
            Err(ref error) => {
                let follower = self.followers.remove(exec_id).unwrap_or_default();
                if let Some(finished) = &follower.finished {
                    return self.tell_end(finished).await;
                }
                // Its end is told when it comes.
                let unfollowed = Unfollowed {
                    exec_id,
                    job_name: follower.job_name,
                    reason: error.to_string(),
                };
                self.is_over = self.wanted == Wanted::Execution(exec_id);
                self.send("unfollowed", &unfollowed).await
            }
        }
    }

    async fn tell_output(&mut self, exec_id: ExecId, chunk: &LogChunk) -> Result<(), Gone> {
        for stream in [OutputStream::Stdout, OutputStream::Stderr] {
            let Some(follower) = self.followers.of(exec_id) else {
                return Ok(());
            };
            if let Some(execution) = &chunk.execution {
                follower.job_name = Some(execution.job_name.clone());
            }
            let job_name = follower.job_name.clone().unwrap_or_default();
            let (side, bytes, next, cut) = match stream {
                OutputStream::Stdout => (
                    &mut follower.stdout,
                    &chunk.stdout,
                    chunk.stdout_next,
                    chunk.stdout_cut,
                ),
                OutputStream::Stderr => (
                    &mut follower.stderr,
                    &chunk.stderr,
                    chunk.stderr_next,
                    chunk.stderr_cut,
                ),
            };
            let text = side.take(&bytes.0, next, chunk.done);
            if text.is_empty() && cut == 0 {
                continue;
            }
            let part = OutputPart {
                exec_id,
                job_name,
                stream,
                text,
                cut,
            };
            self.send("output", &part).await?;
        }
        Ok(())
    }

    /// Up to where the client has been told once it has read what is sent next.
    fn mark(&self) -> Mark {
        let mut position = self.reader.position();
        position.seq = self.seen;
        let mut followed = self.followers.places();
        if let (true, Wanted::Execution(exec_id)) = (self.is_over, self.wanted) {
            followed.insert(exec_id, Place::Over);
        }
        Mark { position, followed }
    }

    /// Tells the client how far it has come, and nothing else: a browser takes the id without an event.
    pub(super) async fn tell_place(&mut self) -> Result<(), Gone> {
        let event = sse::Event::default()
            .retry(COME_BACK)
            .id(self.mark().to_string());
        self.pass(event).await
    }

    pub(super) async fn send(&mut self, name: &str, data: &impl Serialize) -> Result<(), Gone> {
        match self.event(name, data) {
            Some(event) => self.pass(event).await,
            None => Ok(()),
        }
    }

    pub(super) fn event(&self, name: &str, data: &impl Serialize) -> Option<sse::Event> {
        match serde_json::to_string(data) {
            Ok(data) => Some(
                sse::Event::default()
                    .event(name)
                    .id(self.mark().to_string())
                    .data(data),
            ),
            Err(error) => {
                tracing::error!(%error, name, "an event can't be written as JSON");
                None
            }
        }
    }

    /// Hands an event over, as soon as the client has read those before it.
    async fn pass(&mut self, event: sse::Event) -> Result<(), Gone> {
        // Whoever may not come in any more hears nothing more, from the next event on.
        let access = self.door.calls.access_version();
        if access != self.access {
            self.access = access;
            if !self.is_welcome().await {
                self.is_void = true;
                return Err(Gone);
            }
        }
        self.told = self.seen;
        let event = match self.out.try_send(Ok(event)) {
            Ok(()) => return Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Gone),
            Err(mpsc::error::TrySendError::Full(event)) => event,
        };
        let within = self.door.events.periods.read_within;
        tokio::select! {
            () = self.door.stop.cancelled() => Err(Gone),
            sent = self.out.send_timeout(event, within) => sent.map_err(|_| Gone),
        }
    }
}

/// How an execution ended, as it is told.
fn end_of(execution: &Execution) -> Finished {
    Finished {
        exec_id: execution.exec_id,
        job_id: execution.job_id,
        job_name: execution.job_name.clone(),
        mode: execution.mode,
        status: execution.status,
        exit_code: execution.exit_code,
        duration_ms: execution.duration_ms,
        error: execution.error.clone(),
        count: execution.count,
    }
    .shortened()
}

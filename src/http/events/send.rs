//! Writes what a stream sends as Server-Sent Events.

use std::time::Duration;

use axum::response::sse;
use serde::Serialize;
use tokio::sync::mpsc;

use super::cursor::{Cursor, Offsets};
use super::follow::ReadOutput;
use super::stream::{Disconnected, Filter, Stream};
use jobs_api::{Finished, LogChunk, OutputPart, OutputStream, Started, Unfollowed};
use jobs_events::Event;
use jobs_model::{ExecId, Execution, JobId};

/// How long a client waits before it reconnects.
const RECONNECT: Duration = Duration::from_secs(3);

impl Stream {
    pub(super) async fn send_event(&mut self, event: &Event) -> Result<(), Disconnected> {
        match event {
            Event::Job(change) => {
                let is_wanted = match self.filter {
                    Filter::Everything { .. } => true,
                    Filter::Job(id) => change.job_id.is_none_or(|of| of == id),
                    Filter::Execution(_) => false,
                };
                if is_wanted {
                    self.send("job", change).await?;
                }
            }
            Event::Pause(pause) => {
                if matches!(self.filter, Filter::Everything { .. }) {
                    self.send("pause", pause).await?;
                }
            }
            Event::Started(started) => {
                if self.wants_execution(started.exec_id, started.job_id) {
                    self.send_start(started).await?;
                }
            }
            Event::Finished(finished) => {
                if self.followers.was_over(finished.exec_id) {
                    return Ok(());
                }
                if let Some(follower) = self.followers.of(finished.exec_id) {
                    // The end is sent after all output.
                    follower.finished = Some(finished.clone());
                } else if self.wants_execution(finished.exec_id, finished.job_id) {
                    self.send_end(finished).await?;
                }
            }
        }
        Ok(())
    }

    fn wants_execution(&self, exec_id: ExecId, job_id: JobId) -> bool {
        match self.filter {
            Filter::Everything { .. } => true,
            Filter::Job(only) => job_id == only,
            Filter::Execution(only) => exec_id == only,
        }
    }

    async fn send_start(&mut self, started: &Started) -> Result<(), Disconnected> {
        // Before the event is sent, so that the id of the event names the execution.
        let unfollowed = match self.wants_output() {
            true => self.follow(started.exec_id, started.job_name.clone()),
            false => None,
        };
        self.send("started", started).await?;
        self.send_unfollowed(unfollowed).await
    }

    async fn send_end(&mut self, finished: &Finished) -> Result<(), Disconnected> {
        self.is_over = self.filter == Filter::Execution(finished.exec_id);
        self.send("finished", finished).await
    }

    /// Sends what was read of an execution, and its end once it has ended.
    pub(super) async fn send_read(&mut self, read: ReadOutput) -> Result<(), Disconnected> {
        let exec_id = read.exec_id;
        match read.found {
            Ok(ref chunk) => {
                self.send_output(exec_id, chunk).await?;
                if !chunk.done {
                    self.followers.read(exec_id);
                    return Ok(());
                }
                let follower = self.followers.remove(exec_id);
                if follower.is_none_or(|follower| follower.finished.is_none()) {
                    self.followers.set_over(exec_id);
                }
                match &chunk.execution {
                    Some(execution) => self.send_end(&end_of(execution)).await,
                    None => Ok(()),
                }
            }
            Err(ref error) => {
                let follower = self.followers.remove(exec_id).unwrap_or_default();
                if let Some(finished) = &follower.finished {
                    return self.send_end(finished).await;
                }
                // Its end is sent when its event comes.
                let unfollowed = Unfollowed {
                    exec_id,
                    job_name: follower.job_name,
                    reason: error.to_string(),
                };
                self.is_over = self.filter == Filter::Execution(exec_id);
                self.send("unfollowed", &unfollowed).await
            }
        }
    }

    async fn send_output(&mut self, exec_id: ExecId, chunk: &LogChunk) -> Result<(), Disconnected> {
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
                    chunk.stdout_cut + chunk.stdout_lost,
                ),
                OutputStream::Stderr => (
                    &mut follower.stderr,
                    &chunk.stderr,
                    chunk.stderr_next,
                    chunk.stderr_cut + chunk.stderr_lost,
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

    /// The cursor of the client once it has received what is sent next.
    fn cursor(&self) -> Cursor {
        let mut position = self.reader.position();
        position.seq = self.seen;
        let mut followed = self.followers.offsets();
        if let (true, Filter::Execution(exec_id)) = (self.is_over, self.filter) {
            followed.insert(exec_id, Offsets::Over);
        }
        Cursor { position, followed }
    }

    /// Sends an id without an event: a browser remembers it.
    pub(super) async fn send_id(&mut self) -> Result<(), Disconnected> {
        let event = sse::Event::default()
            .retry(RECONNECT)
            .id(self.cursor().to_string());
        self.pass(event).await
    }

    pub(super) async fn send(
        &mut self,
        name: &str,
        data: &impl Serialize,
    ) -> Result<(), Disconnected> {
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
                    .id(self.cursor().to_string())
                    .data(data),
            ),
            Err(error) => {
                tracing::error!(%error, name, "an event can't be written as JSON");
                None
            }
        }
    }

    /// Sends an event as soon as the client has read those before it.
    async fn pass(&mut self, event: sse::Event) -> Result<(), Disconnected> {
        // A caller who has lost access receives no further event.
        let version = self.server.handler().access_version();
        if version != self.access_version {
            self.access_version = version;
            if !self.still_has_access().await {
                self.is_void = true;
                return Err(Disconnected);
            }
        }
        self.sent = self.seen;
        let event = match self.out.try_send(Ok(event)) {
            Ok(()) => return Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Disconnected),
            Err(mpsc::error::TrySendError::Full(event)) => event,
        };
        let within = self.server.streams.periods.read_within;
        tokio::select! {
            () = self.server.stop.cancelled() => Err(Disconnected),
            sent = self.out.send_timeout(event, within) => sent.map_err(|_| Disconnected),
        }
    }
}

/// The event of an execution's end.
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

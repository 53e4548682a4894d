//! A stream: sends events until the client disconnects, the server closes or the token is void.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::cursor::{Cursor, InvalidCursor, Offsets};
use super::follow::{Follower, Followers, Side};
use super::{FOLLOWED, Server};
use jobs_api::{Bye, Caller, History, Reset, Unfollowed};
use jobs_events::{Batch, Events, Reader};
use jobs_model::{ExecId, JobId, Status};

/// Upper bound on events that are read together.
const BATCH: usize = 64;

/// After this number of events that the filter has left out, the client gets a new id without an event.
const UNSENT_MAX: u64 = 512;

/// How long the client may take to read the last event.
const LAST_EVENT: Duration = Duration::from_secs(1);

/// Which events a client receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Everything { output: bool },
    Job(JobId),
    Execution(ExecId),
}

/// Whether the caller still has access. Blocks.
pub(super) type HasAccess = dyn Fn() -> bool + Send + Sync;

/// The stream can't go on: the client has disconnected or does not read, or its token is void.
pub(super) struct Disconnected;

pub(super) struct Stream {
    pub(super) server: Arc<Server>,
    pub(super) caller: Caller,
    pub(super) has_access: Arc<HasAccess>,
    pub(super) filter: Filter,
    pub(super) reader: Reader,
    pub(super) events: Events,
    pub(super) followers: Followers,
    /// The number of the last event that was read.
    pub(super) seen: u64,
    /// The number of the last event that the client knows of by an id.
    pub(super) sent: u64,
    /// The version of access that the caller was last checked against.
    pub(super) access_version: u64,
    /// The caller has no access any more.
    pub(super) is_void: bool,
    /// The one execution of the filter has ended, and its end was sent.
    pub(super) is_over: bool,
    pub(super) out: mpsc::Sender<Result<sse::Event, Infallible>>,
}

impl Stream {
    pub(super) fn new(
        server: Arc<Server>,
        caller: Caller,
        has_access: Arc<HasAccess>,
        filter: Filter,
        events: Events,
        out: mpsc::Sender<Result<sse::Event, Infallible>>,
    ) -> Stream {
        let access_version = server.handler().access_version();
        let followers = Followers::new(
            server.handler().clone(),
            caller.clone(),
            server.streams.threads.clone(),
        );
        Stream {
            server,
            caller,
            has_access,
            filter,
            reader: events.subscribe(),
            events,
            followers,
            seen: 0,
            sent: 0,
            access_version,
            is_void: false,
            is_over: false,
            out,
        }
    }

    /// Sends the events after `last`, or from now on.
    pub(super) async fn run(mut self, last: Option<Result<Cursor, InvalidCursor>>) {
        let reason = match self.send_all(last).await {
            Ok(reason) => reason,
            Err(Disconnected) if self.is_void => VOID,
            Err(Disconnected) => return,
        };
        let bye = Bye {
            reason: reason.into(),
        };
        if let Some(event) = self.event("bye", &bye) {
            // A client that does not read it sees the end of the stream.
            let _ = self.out.send_timeout(Ok(event), LAST_EVENT).await;
        }
    }

    async fn send_all(
        &mut self,
        last: Option<Result<Cursor, InvalidCursor>>,
    ) -> Result<&'static str, Disconnected> {
        self.begin(last).await?;
        let every = self.server.streams.periods.access_check;
        let mut access_checks = interval_at(Instant::now() + every, every);
        access_checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.server.stop.clone();
        let mut access_changes = self.server.access_changes.subscribe();
        while !self.is_over {
            tokio::select! {
                () = self.out.closed() => return Err(Disconnected),
                () = stop.cancelled() => return Ok(ENDING),
                Ok(()) = access_changes.changed() => {
                    if !self.still_has_access().await {
                        return Ok(VOID);
                    }
                }
                _ = access_checks.tick() => {
                    if !self.still_has_access().await {
                        return Ok(VOID);
                    }
                }
                Some(read) = self.followers.next() => self.send_read(read).await?,
                news = self.reader.next(BATCH) => match news {
                    Batch::Events(news) => {
                        for (seq, event) in news {
                            self.seen = seq;
                            self.send_event(&event).await?;
                        }
                        if self.seen - self.sent >= UNSENT_MAX {
                            self.send_id().await?;
                        }
                    }
                    Batch::Lost => self.reset("too many events at once").await?,
                    Batch::Closed => return Ok(ENDING),
                },
            }
        }
        Ok("the execution has ended")
    }

    async fn begin(
        &mut self,
        last: Option<Result<Cursor, InvalidCursor>>,
    ) -> Result<(), Disconnected> {
        let resumed = match &last {
            Some(Ok(cursor)) => self
                .events
                .subscribe_after(cursor.position)
                .map(|reader| (reader, cursor)),
            Some(Err(InvalidCursor)) | None => None,
        };
        if let Some((reader, cursor)) = resumed {
            self.reader = reader;
            self.seen = cursor.position.seq;
            self.follow_again(&cursor.followed);
            // The stream that had this id may have had another filter, and not have followed this execution.
            if let Filter::Execution(exec_id) = self.filter {
                self.followers.add(exec_id, Follower::default());
            }
            return self.send_id().await;
        }
        match last {
            None => {
                self.seen = self.reader.position().seq;
                let unfollowed = self.follow_running().await;
                self.send_id().await?;
                self.send_unfollowed(unfollowed).await
            }
            Some(Err(InvalidCursor)) => {
                self.reset("the last event id is not an id of this server")
                    .await
            }
            Some(Ok(_)) => {
                self.reset("the events after the last event id are not kept any more")
                    .await
            }
        }
    }

    /// Events were lost: sends `reset`, and goes on with the events from now on.
    async fn reset(&mut self, reason: &str) -> Result<(), Disconnected> {
        self.seen = self.reader.position().seq;
        self.followers.forget_ends();
        let unfollowed = self.follow_running().await;
        let reset = Reset {
            reason: reason.into(),
        };
        self.send("reset", &reset).await?;
        self.send_unfollowed(unfollowed).await
    }

    pub(super) fn wants_output(&self) -> bool {
        self.filter != Filter::Everything { output: false }
    }

    fn follow_again(&mut self, followed: &BTreeMap<ExecId, Offsets>) {
        for (exec_id, offsets) in followed {
            let is_wanted = match self.filter {
                Filter::Everything { output } => output,
                Filter::Job(_) => true,
                Filter::Execution(only) => only == *exec_id,
            };
            match *offsets {
                Offsets::Over => self.followers.set_over(*exec_id),
                Offsets::At { stdout, stderr } if is_wanted => {
                    let follower = Follower {
                        stdout: Side::at(stdout),
                        stderr: Side::at(stderr),
                        ..Follower::default()
                    };
                    self.followers.add(*exec_id, follower);
                }
                Offsets::At { .. } => {}
            }
        }
    }

    /// Follows the executions that run already, from the beginning of their output. Returns those that are too many.
    async fn follow_running(&mut self) -> Vec<Unfollowed> {
        const MOST: u32 = 500;
        if !self.wants_output() {
            return Vec::new();
        }
        let mut request = History {
            status: Some(Status::Running),
            limit: Some(MOST),
            ..History::default()
        };
        match self.filter {
            Filter::Execution(exec_id) => {
                self.followers.add(exec_id, Follower::default());
                return Vec::new();
            }
            Filter::Job(job_id) => request.job = Some(job_id.to_string().into()),
            Filter::Everything { .. } => {}
        }
        let running = match self.server.history(&self.caller, request).await {
            Ok(running) => running,
            Err(fault) => {
                tracing::warn!(
                    problem = fault.message,
                    "running executions can't be followed"
                );
                return Vec::new();
            }
        };
        running
            .into_iter()
            .rev()
            .filter_map(|execution| self.follow(execution.exec_id, execution.job_name))
            .collect()
    }

    /// Follows an execution from the beginning of its output, unless the stream follows too many already.
    pub(super) fn follow(&mut self, exec_id: ExecId, job_name: String) -> Option<Unfollowed> {
        let follower = Follower {
            job_name: Some(job_name.clone()),
            ..Follower::default()
        };
        let is_followed = self.followers.add(exec_id, follower);
        (!is_followed).then(|| Unfollowed {
            exec_id,
            job_name: Some(job_name),
            reason: format!("{FOLLOWED} executions are followed already"),
        })
    }

    pub(super) async fn send_unfollowed(
        &mut self,
        unfollowed: impl IntoIterator<Item = Unfollowed>,
    ) -> Result<(), Disconnected> {
        for unfollowed in unfollowed {
            self.send("unfollowed", &unfollowed).await?;
        }
        Ok(())
    }

    pub(super) async fn still_has_access(&self) -> bool {
        let has_access = self.has_access.clone();
        let checked = tokio::task::spawn_blocking(move || has_access()).await;
        checked.unwrap_or(false)
    }
}

/// Why a stream ends when its caller has no access any more.
const VOID: &str = "the token is void";

/// Why a stream ends when the daemon or the HTTP server closes.
const ENDING: &str = "the HTTP server closes";

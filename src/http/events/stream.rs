//! One stream: tells its client what happens until the client goes, the daemon ends or the token is void.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::follow::{Follower, Followers, Side};
use super::mark::{Mark, NoMark, Place};
use super::{Door, FOLLOWED};
use crate::api::{Bye, Caller, History, Reset, Unfollowed};
use crate::events::{Events, News, Reader};
use crate::model::{ExecId, JobId, Status};

/// How many events are looked at together.
const AT_ONCE: usize = 64;

/// After so many events that the client does not want, it is told how far it has come all the same.
const UNTOLD: u64 = 512;

/// How long the last event is waited for.
const LAST_WORD: Duration = Duration::from_secs(1);

/// What a client wants to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Everything { output: bool },
    Job(JobId),
    Execution(ExecId),
}

/// Whether the caller may still listen. Blocks.
pub(super) type Welcome = dyn Fn() -> bool + Send + Sync;

/// The client has gone, or does not read.
pub(super) struct Gone;

pub(super) struct Stream {
    pub(super) door: Arc<Door>,
    pub(super) caller: Caller,
    pub(super) welcome: Arc<Welcome>,
    pub(super) wanted: Wanted,
    pub(super) reader: Reader,
    pub(super) events: Events,
    pub(super) followers: Followers,
    /// The number of the last event that was looked at, and of the last one that the client knows of.
    pub(super) seen: u64,
    pub(super) told: u64,
    /// Of the access that the caller was last held against.
    pub(super) access: u64,
    /// The caller may not listen any more.
    pub(super) is_void: bool,
    /// The execution that alone was wanted has been told to its end.
    pub(super) is_over: bool,
    pub(super) out: mpsc::Sender<Result<sse::Event, Infallible>>,
}

impl Stream {
    pub(super) fn new(
        door: Arc<Door>,
        caller: Caller,
        welcome: Arc<Welcome>,
        wanted: Wanted,
        events: Events,
        out: mpsc::Sender<Result<sse::Event, Infallible>>,
    ) -> Stream {
        let access = door.calls.access_version();
        let followers = Followers::new(
            door.calls.clone(),
            caller.clone(),
            door.events.threads.clone(),
        );
        Stream {
            door,
            caller,
            welcome,
            wanted,
            reader: events.listen(),
            events,
            followers,
            seen: 0,
            told: 0,
            access,
            is_void: false,
            is_over: false,
            out,
        }
    }

    /// Tells what happens after `last`, or from now on.
    pub(super) async fn run(mut self, last: Option<Result<Mark, NoMark>>) {
        let reason = match self.tell_all(last).await {
            Ok(reason) => reason,
            Err(Gone) if self.is_void => VOID,
            Err(Gone) => return,
        };
        let bye = Bye {
            reason: reason.into(),
        };
        if let Some(event) = self.event("bye", &bye) {
            // Whoever does not read it sees the end of the stream.
            let _ = self.out.send_timeout(Ok(event), LAST_WORD).await;
        }
    }

    async fn tell_all(&mut self, last: Option<Result<Mark, NoMark>>) -> Result<&'static str, Gone> {
        self.begin(last).await?;
        let every = self.door.events.periods.asked_every;
        let mut asking = interval_at(Instant::now() + every, every);
        asking.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.door.stop.clone();
        while !self.is_over {
            tokio::select! {
                () = self.out.closed() => return Err(Gone),
                () = stop.cancelled() => return Ok(ENDING),
                _ = asking.tick() => {
                    if !self.is_welcome().await {
                        return Ok(VOID);
                    }
                }
                Some(look) = self.followers.next() => self.tell_look(look).await?,
                news = self.reader.next(AT_ONCE) => match news {
                    News::Events(news) => {
                        for (seq, event) in news {
                            self.seen = seq;
                            self.tell_event(&event).await?;
                        }
                        if self.seen - self.told >= UNTOLD {
                            self.tell_place().await?;
                        }
                    }
                    News::Lost => self.reset("too much has happened").await?,
                    News::Closed => return Ok(ENDING),
                },
            }
        }
        Ok("nothing more is to come of the execution")
    }

    async fn begin(&mut self, last: Option<Result<Mark, NoMark>>) -> Result<(), Gone> {
        let resumed = match &last {
            Some(Ok(mark)) => self
                .events
                .resume(mark.position)
                .map(|reader| (reader, mark)),
            Some(Err(NoMark)) | None => None,
        };
        if let Some((reader, mark)) = resumed {
            self.reader = reader;
            self.seen = mark.position.seq;
            self.follow_again(&mark.followed);
            // An execution that alone is wanted may not have been followed by whoever had this id.
            if let Wanted::Execution(exec_id) = self.wanted {
                self.followers.add(exec_id, Follower::default());
            }
            return self.tell_place().await;
        }
        match last {
            None => {
                self.seen = self.reader.position().seq;
                let unfollowed = self.follow_what_runs().await;
                self.tell_place().await?;
                self.tell_unfollowed(unfollowed).await
            }
            Some(Err(NoMark)) => self.reset("the last event id is none of ours").await,
            Some(Ok(_)) => {
                self.reset("what happened since the last event id is not known any more")
                    .await
            }
        }
    }

    /// Events are lost: the client is told so, and is told what happens from now on.
    async fn reset(&mut self, reason: &str) -> Result<(), Gone> {
        self.seen = self.reader.position().seq;
        self.followers.forget_ends();
        let unfollowed = self.follow_what_runs().await;
        let reset = Reset {
            reason: reason.into(),
        };
        self.send("reset", &reset).await?;
        self.tell_unfollowed(unfollowed).await
    }

    pub(super) fn wants_output(&self) -> bool {
        self.wanted != Wanted::Everything { output: false }
    }

    fn follow_again(&mut self, followed: &BTreeMap<ExecId, Place>) {
        for (exec_id, place) in followed {
            let is_wanted = match self.wanted {
                Wanted::Everything { output } => output,
                Wanted::Job(_) => true,
                Wanted::Execution(wanted) => wanted == *exec_id,
            };
            match *place {
                Place::Over => self.followers.set_over(*exec_id),
                Place::At { stdout, stderr } if is_wanted => {
                    let follower = Follower {
                        stdout: Side::at(stdout),
                        stderr: Side::at(stderr),
                        ..Follower::default()
                    };
                    self.followers.add(*exec_id, follower);
                }
                Place::At { .. } => {}
            }
        }
    }

    /// Follows what has begun before this stream, from its beginning. Returns those for which there is no room.
    async fn follow_what_runs(&mut self) -> Vec<Unfollowed> {
        const MOST: u32 = 500;
        if !self.wants_output() {
            return Vec::new();
        }
        let mut ask = History {
            status: Some(Status::Running),
            limit: Some(MOST),
            ..History::default()
        };
        match self.wanted {
            Wanted::Execution(exec_id) => {
                self.followers.add(exec_id, Follower::default());
                return Vec::new();
            }
            Wanted::Job(job_id) => ask.job = Some(job_id.to_string().into()),
            Wanted::Everything { .. } => {}
        }
        let running = match self.door.history(&self.caller, ask).await {
            Ok(running) => running,
            Err(fault) => {
                tracing::warn!(problem = fault.message, "what runs can't be followed");
                return Vec::new();
            }
        };
        running
            .into_iter()
            .rev()
            .filter_map(|execution| self.follow(execution.exec_id, execution.job_name))
            .collect()
    }

    /// Follows an execution from its beginning, unless there is no room for it.
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

    pub(super) async fn tell_unfollowed(
        &mut self,
        unfollowed: impl IntoIterator<Item = Unfollowed>,
    ) -> Result<(), Gone> {
        for unfollowed in unfollowed {
            self.send("unfollowed", &unfollowed).await?;
        }
        Ok(())
    }

    pub(super) async fn is_welcome(&self) -> bool {
        let welcome = self.welcome.clone();
        let asked = tokio::task::spawn_blocking(move || welcome()).await;
        asked.unwrap_or(false)
    }
}

/// Why a stream ends when its caller may not listen any more.
const VOID: &str = "the token is void";

/// Why a stream ends when the daemon does, or the door alone.
const ENDING: &str = "the door closes";

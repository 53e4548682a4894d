//! The pulse of a connection: whether it waits for a request, reads the head of one, or answers, and for how long.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame as Piece, SizeHint};
use parking_lot::{Mutex, MutexGuard};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use super::frame::Frame;

/// What a connection is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing has come yet.
    New,
    /// It waits for the next request.
    Idle,
    /// A request has begun to come.
    Head,
    /// A request is answered.
    Busy,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    since: Instant,
    /// Since when the client has taken nothing of what we have for it.
    stuck: Option<Instant>,
    /// When somebody looks whether it has taken too long, at the latest. It may be early: to put it off with each request
    /// would cost more than to look once more.
    alarm: Option<Instant>,
}

/// How a connection is. hyper's own timer counts the wait for a request as a part of its head, and knows nothing of
/// clients that do not read.
#[derive(Debug)]
pub(super) struct Pulse {
    state: Mutex<State>,
    /// The alarm is earlier than it was.
    hastened: Notify,
    idle: Duration,
    head: Duration,
    stuck: Duration,
}

impl Pulse {
    pub(super) fn new(frame: &Frame) -> Arc<Pulse> {
        let now = Instant::now();
        Arc::new(Pulse {
            state: Mutex::new(State {
                phase: Phase::New,
                since: now,
                stuck: None,
                alarm: Some(now + frame.idle_timeout),
            }),
            hastened: Notify::new(),
            idle: frame.idle_timeout,
            head: frame.header_timeout,
            stuck: frame.request_timeout,
        })
    }

    /// Waits until it has taken too long; what it was about then, and None when the client does not read.
    pub(super) async fn overdue(&self) -> Option<Phase> {
        loop {
            let alarm = {
                let mut state = self.state();
                let now = Instant::now();
                if state.alarm.is_some_and(|alarm| alarm <= now) {
                    let (deadline, phase) = self.deadline(&state);
                    if deadline.is_some_and(|deadline| deadline <= now) {
                        return phase;
                    }
                    state.alarm = deadline;
                }
                state.alarm
            };
            match alarm {
                Some(alarm) => tokio::select! {
                    () = tokio::time::sleep_until(alarm.into()) => {}
                    () = self.hastened.notified() => {}
                },
                None => self.hastened.notified().await,
            }
        }
    }

    /// Its request has come.
    pub(super) fn begin(&self) {
        self.enter(Phase::Busy);
    }

    /// Whether nothing has come yet.
    pub(super) fn is_new(&self) -> bool {
        self.state().phase == Phase::New
    }

    fn enter(&self, phase: Phase) {
        let mut state = self.state();
        state.phase = phase;
        state.since = Instant::now();
        self.hasten(state);
    }

    /// Sees to it that somebody looks when its time is up.
    fn hasten(&self, mut state: MutexGuard<'_, State>) {
        let (deadline, _) = self.deadline(&state);
        if deadline.is_some_and(|deadline| state.alarm.is_none_or(|alarm| deadline < alarm)) {
            state.alarm = deadline;
            drop(state);
            self.hastened.notify_one();
        }
    }

    fn deadline(&self, state: &State) -> (Option<Instant>, Option<Phase>) {
        if let Some(since) = state.stuck {
            return (Some(since + self.stuck), None);
        }
        let deadline = match state.phase {
            Phase::New | Phase::Idle => Some(state.since + self.idle),
            Phase::Head => Some(state.since + self.head),
            Phase::Busy => None,
        };
        (deadline, Some(state.phase))
    }

    fn has_read(&self) {
        let phase = self.state().phase;
        if matches!(phase, Phase::New | Phase::Idle) {
            self.enter(Phase::Head);
        }
    }

    fn has_written(&self, is_stuck: bool) {
        let mut state = self.state();
        match (is_stuck, state.stuck) {
            (true, None) => {
                state.stuck = Some(Instant::now());
                self.hasten(state);
            }
            (false, Some(_)) => state.stuck = None,
            (true, Some(_)) | (false, None) => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

/// A stream whose pulse is felt.
pub(super) struct Felt<S> {
    pub(super) stream: S,
    pub(super) pulse: Arc<Pulse>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Felt<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.pulse.has_read();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Felt<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.pulse.has_written(written.is_pending());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.pulse.has_written(written.is_pending());
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.pulse.has_written(flushed.is_pending());
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The body of an answer, after which the connection is idle again.
pub(super) struct Answer {
    pub(super) body: Body,
    pub(super) pulse: Arc<Pulse>,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.pulse.enter(Phase::Idle);
    }
}

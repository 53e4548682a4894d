//! Timeouts of a connection: waiting for a request, reading the head of one, and a client that does not read its answer.
//!
//! hyper's own timer counts the wait for a request as a part of its head, and it does not watch clients that do not read.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use parking_lot::{Mutex, MutexGuard};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use super::settings::HttpSettings;

/// The phase of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// No byte has come yet.
    New,
    /// The server waits for the next request.
    Idle,
    /// The head of a request is being received.
    Head,
    /// A request is being answered.
    Busy,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// When this phase began.
    since: Instant,
    /// Since when the client has not read what is to be written.
    stuck: Option<Instant>,
    /// When `expired` looks at the deadline again. It may be before the deadline: moving it with each request would cost
    /// more than looking once more. `None`: there is no deadline.
    alarm: Option<Instant>,
}

/// The timeouts of one connection.
#[derive(Debug)]
pub(super) struct ConnTimeout {
    state: Mutex<State>,
    /// Notified when the alarm is moved to an earlier time.
    earlier: Notify,
    idle_timeout: Duration,
    head_timeout: Duration,
    write_timeout: Duration,
}

impl ConnTimeout {
    pub(super) fn new(settings: &HttpSettings) -> Arc<ConnTimeout> {
        let now = Instant::now();
        Arc::new(ConnTimeout {
            state: Mutex::new(State {
                phase: Phase::New,
                since: now,
                stuck: None,
                alarm: Some(now + settings.idle_timeout),
            }),
            earlier: Notify::new(),
            idle_timeout: settings.idle_timeout,
            head_timeout: settings.header_timeout,
            write_timeout: settings.request_timeout,
        })
    }

    /// Waits until a timeout has passed. Returns the phase of the connection then, or `None` when its client does not read.
    pub(super) async fn expired(&self) -> Option<Phase> {
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
                    () = self.earlier.notified() => {}
                },
                None => self.earlier.notified().await,
            }
        }
    }

    /// The head of a request has come.
    pub(super) fn begin_request(&self) {
        self.enter(Phase::Busy);
    }

    /// Whether the connection has received nothing yet.
    pub(super) fn is_new(&self) -> bool {
        self.state().phase == Phase::New
    }

    fn enter(&self, phase: Phase) {
        let mut state = self.state();
        state.phase = phase;
        state.since = Instant::now();
        self.move_alarm(state);
    }

    /// Moves the alarm to the deadline if that is earlier.
    fn move_alarm(&self, mut state: MutexGuard<'_, State>) {
        let (deadline, _) = self.deadline(&state);
        if deadline.is_some_and(|deadline| state.alarm.is_none_or(|alarm| deadline < alarm)) {
            state.alarm = deadline;
            drop(state);
            self.earlier.notify_one();
        }
    }

    /// When the connection has taken too long, and what [`ConnTimeout::expired`] returns then.
    fn deadline(&self, state: &State) -> (Option<Instant>, Option<Phase>) {
        if let Some(since) = state.stuck {
            return (Some(since + self.write_timeout), None);
        }
        let deadline = match state.phase {
            Phase::New | Phase::Idle => Some(state.since + self.idle_timeout),
            Phase::Head => Some(state.since + self.head_timeout),
            Phase::Busy => None,
        };
        (deadline, Some(state.phase))
    }

    /// Bytes have come.
    fn has_read(&self) {
        let phase = self.state().phase;
        if matches!(phase, Phase::New | Phase::Idle) {
            self.enter(Phase::Head);
        }
    }

    /// A write has succeeded, or would block.
    fn has_written(&self, is_blocked: bool) {
        let mut state = self.state();
        match (is_blocked, state.stuck) {
            (true, None) => {
                state.stuck = Some(Instant::now());
                self.move_alarm(state);
            }
            (false, Some(_)) => state.stuck = None,
            (true, Some(_)) | (false, None) => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

/// A stream that reports its reads and writes to the timeouts.
pub(super) struct TimedStream<S> {
    pub(super) stream: S,
    pub(super) timeout: Arc<ConnTimeout>,
}

impl<S: AsyncRead + Unpin> AsyncRead for TimedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.timeout.has_read();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timeout.has_written(written.is_pending());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.timeout.has_written(written.is_pending());
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.timeout.has_written(flushed.is_pending());
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The body of an answer. When it is dropped, the connection is idle again.
pub(super) struct TimedBody {
    pub(super) body: Body,
    pub(super) timeout: Arc<ConnTimeout>,
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for TimedBody {
    fn drop(&mut self) {
        self.timeout.enter(Phase::Idle);
    }
}

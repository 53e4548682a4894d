//! Timeouts of a connection: waiting for a request, reading the head of one, and a client that does not read its answer.
//!
//! This module also tells which connections wait for their client, and how much memory the heads of half-read requests hold.
//!
//! hyper's own timer counts the wait for a request as a part of its head, and it does not watch clients that do not read.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use parking_lot::{Mutex, MutexGuard};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

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
    /// The server waits for the body of a request, or for the client to close the connection.
    Body,
    /// A request is being answered.
    Busy,
}

/// How many bytes of a head count as nothing: usual heads are smaller, and every connection has a buffer of this size.
const HEAD_FREE: usize = 8 * 1024;

/// Upper bound on the bytes of half-read heads of all connections together, without the free ones.
const HEADS_MAX: usize = 16 * 1024 * 1024;

/// A client that does not read counts as waited for after this time.
const STUCK_AFTER: Duration = Duration::from_secs(1);

/// The bytes of half-read heads of all connections.
pub(super) type HalfReadHeads = Arc<AtomicUsize>;

#[derive(Debug)]
struct State {
    phase: Phase,
    /// When this phase began.
    since: Instant,
    /// Since when the client has not read what is to be written.
    stuck: Option<Instant>,
    /// How many bytes of the head have come.
    head: usize,
    /// How many of them count in [`HalfReadHeads`].
    counted: usize,
    /// When `expired` looks at the deadline again. It may be before the deadline: moving it with each request would cost
    /// more than looking once more. `None`: there is no deadline.
    alarm: Option<Instant>,
}

/// The error of a connection that is closed because half-read heads hold too much memory.
#[derive(Debug, thiserror::Error)]
#[error("the heads of half-read requests hold too much memory")]
pub(super) struct TooManyHeads;

/// The timeouts of one connection.
#[derive(Debug)]
pub(super) struct ConnTimeout {
    state: Mutex<State>,
    /// Notified when the alarm is moved to an earlier time.
    earlier: Notify,
    idle_timeout: Duration,
    head_timeout: Duration,
    write_timeout: Duration,
    heads: HalfReadHeads,
    /// Set when the body of the last request is not read: the connection is closed after the answer.
    leaves_body: AtomicBool,
    /// Cancelled to close the connection in favour of a new one.
    dropped: CancellationToken,
}

impl Drop for ConnTimeout {
    fn drop(&mut self) {
        self.heads
            .fetch_sub(self.state.get_mut().counted, Ordering::Relaxed);
    }
}

impl ConnTimeout {
    pub(super) fn new(settings: &HttpSettings, heads: HalfReadHeads) -> Arc<ConnTimeout> {
        let now = Instant::now();
        Arc::new(ConnTimeout {
            state: Mutex::new(State {
                phase: Phase::New,
                since: now,
                stuck: None,
                head: 0,
                counted: 0,
                alarm: Some(now + settings.idle_timeout),
            }),
            earlier: Notify::new(),
            idle_timeout: settings.idle_timeout,
            head_timeout: settings.header_timeout,
            write_timeout: settings.request_timeout,
            heads,
            leaves_body: AtomicBool::new(false),
            dropped: CancellationToken::new(),
        })
    }

    /// Since when the connection waits for its client; none while a request is being answered.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        let state = self.state();
        match (state.stuck, state.phase) {
            (Some(stuck), _) => Some(stuck + STUCK_AFTER),
            (None, Phase::Busy) => None,
            (None, Phase::New | Phase::Idle | Phase::Head | Phase::Body) => Some(state.since),
        }
    }

    /// Has the connection closed at once.
    pub(super) fn drop_connection(&self) {
        self.dropped.cancel();
    }

    /// Waits until [`ConnTimeout::drop_connection`] is called.
    pub(super) async fn connection_dropped(&self) {
        self.dropped.cancelled().await;
    }

    /// The body of the request will not be read to its end.
    pub(super) fn leave_body_unread(&self) {
        self.leaves_body.store(true, Ordering::Relaxed);
    }

    /// Whether the body of the last request was not read to its end.
    pub(super) fn leaves_body(&self) -> bool {
        self.leaves_body.load(Ordering::Relaxed)
    }

    /// Begins or ends a wait for the client during a request.
    pub(super) fn wait_for_client(&self, waits: bool) {
        let phase = if waits { Phase::Body } else { Phase::Busy };
        if self.state().phase != phase {
            self.enter(phase);
        }
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
        if phase != Phase::Head {
            self.heads.fetch_sub(state.counted, Ordering::Relaxed);
            (state.head, state.counted) = (0, 0);
        }
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
            Phase::Body | Phase::Busy => None,
        };
        (deadline, Some(state.phase))
    }

    /// Bytes have come.
    ///
    /// # Errors
    ///
    /// When the heads of half-read requests hold too much memory, and this connection has a large one.
    fn has_read(&self, bytes: usize) -> io::Result<()> {
        let phase = self.state().phase;
        match phase {
            Phase::New | Phase::Idle => self.enter(Phase::Head),
            Phase::Head => {}
            Phase::Body | Phase::Busy => return Ok(()),
        }
        let mut state = self.state();
        state.head += bytes;
        let more = state.head.saturating_sub(HEAD_FREE) - state.counted;
        if more == 0 {
            return Ok(());
        }
        state.counted += more;
        let all = self.heads.fetch_add(more, Ordering::Relaxed) + more;
        match all > HEADS_MAX {
            true => Err(io::Error::other(TooManyHeads)),
            false => Ok(()),
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
        match buffer.filled().len() - before {
            0 => Poll::Ready(Ok(())),
            bytes => Poll::Ready(self.timeout.has_read(bytes)),
        }
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

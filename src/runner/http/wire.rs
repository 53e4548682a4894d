//! HTTP/1.1 on a connection, by hyper: sends a request, reads the head and the body of its answer, opens tunnels.
//!
//! The connection is driven by the task that awaits the answer, so that dropping the task's future ends the request.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{self, HeaderValue};
use hyper::http::response::Parts;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

use super::connect::BoxStream;
use super::problem::{Problem, ProxyFault};
use super::proxy::Proxy;
use super::{HEAD_MAX, USER_AGENT};

/// How many bytes are read from a connection at once. hyper's buffer grows to twice that.
const READ_MAX: usize = 8 * 1024;

/// Upper bound on the headers of an answer; their size is bounded by [`HEAD_MAX`].
const HEADERS_MAX: usize = 2_000;

/// How many bytes of a body are given to hyper at once.
const PIECE: usize = 16 * 1024;

/// How long a request with `Expect: 100-continue` waits before it sends its body.
const CONTINUE_WAIT: Duration = Duration::from_secs(1);

/// The body of an answer, still to be read.
pub(super) struct OpenBody {
    body: Incoming,
    driver: Driver,
    /// The connection closes when it is dropped.
    _sender: SendRequest<Outgoing>,
}

/// Sends a request and waits for the head of its answer. `peer` names the other end in messages.
pub(super) async fn send(
    stream: BoxStream,
    mut request: Request<Outgoing>,
    peer: &str,
) -> Result<(Parts, OpenBody), Problem> {
    let received = Arc::new(AtomicUsize::new(0));
    let failed = |error| Problem::of_answer(peer, error, received.load(Ordering::Relaxed));
    let gate = BodyGate::of(&mut request);
    let counted = Counted {
        stream,
        received: received.clone(),
        has_sent: false,
        reader: None,
    };
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_MAX)
        .max_header_size(HEAD_MAX)
        .max_headers(HEADERS_MAX)
        // Old servers send these, and curl takes them.
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true)
        .handshake(TokioIo::new(counted))
        .await
        .map_err(failed)?;
    let mut driver = Driver(Some(Box::pin(connection.with_upgrades())));
    let answered = driver.drive(async {
        let mut answered = pin!(sender.send_request(request));
        if let Some(gate) = &gate {
            tokio::select! {
                biased;
                answered = &mut answered => return answered,
                () = tokio::time::sleep(CONTINUE_WAIT) => gate.open(),
            }
        }
        answered.await
    });
    let (head, body) = answered.await.map_err(failed)?.into_parts();
    if let Some(gate) = gate {
        gate.close();
    }
    let body = OpenBody {
        body,
        driver,
        _sender: sender,
    };
    Ok((head, body))
}

impl OpenBody {
    /// The next bytes of the body; none at its end.
    pub(super) async fn next(&mut self) -> Option<hyper::Result<Bytes>> {
        loop {
            let body = &mut self.body;
            let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx));
            match self.driver.drive(frame).await? {
                // The other frames hold trailers, which nobody needs.
                Ok(frame) => match frame.into_data() {
                    Ok(bytes) => return Some(Ok(bytes)),
                    Err(_trailers) => {}
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Has an HTTP proxy connect to `authority` (CONNECT), and returns the connection to there.
pub(super) async fn open_tunnel(
    stream: BoxStream,
    authority: &str,
    proxy: &Proxy,
    peer: &str,
    refused: impl Fn(ProxyFault) -> Problem,
) -> Result<BoxStream, Problem> {
    let invalid = |error: &dyn std::fmt::Display| Problem::invalid("url", error);
    let target: Uri = authority.parse().map_err(|error| invalid(&error))?;
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(target)
        .header(header::HOST, authority)
        .header(header::USER_AGENT, USER_AGENT);
    if let Some(login) = &proxy.login {
        request = request.header(header::PROXY_AUTHORIZATION, login.basic());
    }
    let request = request
        .body(Outgoing::empty())
        .map_err(|error| invalid(&error))?;
    let (head, body) = send(stream, request, peer).await?;
    match head.status {
        status if status.is_success() => {}
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => return Err(proxy.login_problem()),
        status => return Err(refused(ProxyFault::Status(status))),
    }
    let OpenBody {
        body,
        mut driver,
        _sender,
    } = body;
    let upgraded = hyper::upgrade::on(Response::from_parts(head, body));
    match driver.drive(upgraded).await {
        Ok(upgraded) => Ok(Box::new(TokioIo::new(upgraded))),
        Err(error) => Err(Problem::of_answer(peer, error, 0)),
    }
}

/// Does the work of a connection while something that depends on it is awaited.
struct Driver(Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>);

impl Driver {
    async fn drive<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(done) = work.as_mut().poll(cx) {
                    return Poll::Ready(done);
                }
                let Some(connection) = &mut self.0 else {
                    return Poll::Pending;
                };
                // An error of the connection reaches `work` too.
                let _ended = ready!(connection.as_mut().poll(cx));
                self.0 = None;
            }
        })
        .await
    }
}

/// The body of a request.
pub(super) struct Outgoing {
    rest: Bytes,
    wait: BodyWait,
}

/// Whether a body waits for a `100 Continue`.
enum BodyWait {
    No,
    ForGate(oneshot::Receiver<()>),
    /// The final answer came before the body was wanted.
    ForEver,
}

impl Outgoing {
    pub(super) fn empty() -> Outgoing {
        Outgoing::new(Bytes::new())
    }

    pub(super) fn new(body: Bytes) -> Outgoing {
        Outgoing {
            rest: body,
            wait: BodyWait::No,
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.wait {
            BodyWait::No => {}
            BodyWait::ForGate(gate) => match ready!(Pin::new(gate).poll(cx)) {
                Ok(()) => self.wait = BodyWait::No,
                Err(_closed) => {
                    self.wait = BodyWait::ForEver;
                    return Poll::Pending;
                }
            },
            BodyWait::ForEver => return Poll::Pending,
        }
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

/// Holds back the body of a request that has `Expect: 100-continue`.
#[derive(Clone)]
struct BodyGate(Arc<Mutex<Option<oneshot::Sender<()>>>>);

impl BodyGate {
    /// A gate for a request that wants one. An informational answer 100 opens it.
    fn of(request: &mut Request<Outgoing>) -> Option<BodyGate> {
        let expects = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
        let is_wanted = request.headers().get(header::EXPECT).is_some_and(expects);
        if !is_wanted || request.body().rest.is_empty() {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        request.body_mut().wait = BodyWait::ForGate(receiver);
        let gate = BodyGate(Arc::new(Mutex::new(Some(sender))));
        hyper::ext::on_informational(request, {
            let gate = gate.clone();
            move |answer| {
                if answer.status() == StatusCode::CONTINUE {
                    gate.open();
                }
            }
        });
        Some(gate)
    }

    /// Lets the body be sent.
    fn open(&self) {
        if let Some(sender) = self.take() {
            // The request may have ended meanwhile.
            let _ = sender.send(());
        }
    }

    /// The final answer has come: a body that was not sent by now is not sent at all.
    fn close(self) {
        drop(self.take());
    }

    fn take(&self) -> Option<oneshot::Sender<()>> {
        self.0.lock().take()
    }
}

/// A connection that counts what it receives, and receives in small pieces so that buffers stay small.
struct Counted {
    stream: BoxStream,
    received: Arc<AtomicUsize>,
    /// Nothing is read before the request is sent: hyper takes early bytes, such as the greeting of a mail server, for a reason
    /// to cancel the request, and not for an answer that is not HTTP.
    has_sent: bool,
    /// Woken when the request is sent.
    reader: Option<Waker>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.has_sent {
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let room = buffer.initialize_unfilled_to(buffer.remaining().min(READ_MAX));
        let mut piece = ReadBuf::new(room);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut piece))?;
        let length = piece.filled().len();
        buffer.advance(length);
        self.received.fetch_add(length, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.has_sent = true;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

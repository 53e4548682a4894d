//! Listening: a task per connection, nobody held up by another, and an end in order.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::client::{Peer, household, is_in};
use super::frame::{Frame, around, envelope};
use super::pulse::{Answer, Felt, Phase, Pulse};
use crate::error::{Error, Result};

/// How many connections may wait to be taken.
const BACKLOG: u32 = 1024;

/// The largest head of a request, in bytes.
const HEAD_MAX: usize = 64 * 1024;

/// How long what is under way may take when the door closes.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// How many connections past the limit are told so at once; those that come then are closed without a word.
const TURNED_AWAY: usize = 128;

/// How long a client that is sent away gets to read why.
const FAREWELL: Duration = Duration::from_secs(1);

/// An address that is ours.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    /// Dropped after the listener.
    _released: mpsc::Sender<()>,
}

/// Tells when an address is free again.
#[derive(Debug)]
pub struct Released(mpsc::Receiver<()>);

impl Released {
    /// Blocks until nobody listens any more; false when that does not come within `limit`.
    pub fn wait(&self, limit: Duration) -> bool {
        self.0.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Disconnected)
    }
}

impl Listening {
    /// Takes an address; port 0 is any that is free. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] with what to do, when it is taken, not ours, or only for root.
    pub fn bind(address: SocketAddr) -> Result<(Listening, Released)> {
        let listener = listen(address).map_err(|error| refused(address, &error))?;
        let address = listener
            .local_addr()
            .map_err(|error| refused(address, &error))?;
        let (released, receiver) = mpsc::channel();
        let listening = Listening {
            listener,
            address,
            _released: released,
        };
        Ok((listening, Released(receiver)))
    }

    /// The address, with the port that it has in the end.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Elsewhere it would let two listen at the same address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn refused(address: SocketAddr, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "something else listens there; choose another port in `server.port` or with `--http`"
        }
        io::ErrorKind::AddrNotAvailable => {
            "`server.address` must be an address of this machine, or 0.0.0.0 or :: for all of them"
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are for root; choose another in `server.port` or with `--http`"
        }
        _ => return Error::io(format!("cannot listen on `{address}`"), error),
    };
    Error::Io(format!(
        "cannot listen on `{address}`: {error}\nhint: {hint}"
    ))
}

/// Answers with `router` at an address until `stop`; by then open requests have ended, or were cut off after
/// a few seconds.
pub async fn serve(
    listening: Listening,
    router: Router,
    settings: watch::Receiver<Arc<Frame>>,
    stop: CancellationToken,
) {
    let door = Arc::new(Door {
        router: around(router, settings.clone()),
        counts: Mutex::default(),
        stop: stop.clone(),
        cut: CancellationToken::new(),
    });
    let connections = TaskTracker::new();
    let turned_away = Arc::new(tokio::sync::Semaphore::new(TURNED_AWAY));
    let mut is_deaf = false;
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listening.listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                is_deaf = false;
                let frame = settings.borrow().clone();
                let peer = Peer::new(address, frame.tls.is_some());
                match door.place(peer.address, &frame) {
                    Some(place) => {
                        connections.spawn(door.clone().attend(stream, peer, frame, place));
                    }
                    // What is not encrypted means nothing to a client that waits for a handshake.
                    None if frame.tls.is_some() => drop(stream),
                    None => {
                        if let Ok(permit) = turned_away.clone().try_acquire_owned() {
                            connections.spawn(async move {
                                let message = "there are too many connections already";
                                send_away(stream, StatusCode::SERVICE_UNAVAILABLE, message).await;
                                drop(permit);
                            });
                        }
                    }
                }
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                if !is_deaf {
                    tracing::warn!(%error, "connections to the HTTP door can't be taken now");
                }
                is_deaf = true;
                // Out of descriptors, say: the next try must not come at once.
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(Duration::from_millis(100)) => {}
                }
            }
        }
    }
    drop(listening);
    connections.close();
    if tokio::time::timeout(LAST_WORDS, connections.wait())
        .await
        .is_err()
    {
        tracing::debug!(
            connections = connections.len(),
            "the HTTP door closes on requests that are under way"
        );
        door.cut.cancel();
        connections.wait().await;
    }
}

/// Whether a connection could not be taken because of whoever wanted it.
fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// What all connections share.
struct Door {
    router: Router,
    counts: Mutex<Counts>,
    stop: CancellationToken,
    /// No more grace.
    cut: CancellationToken,
}

#[derive(Default)]
struct Counts {
    all: usize,
    by_client: HashMap<IpAddr, usize>,
}

/// The place of one connection, given back in the end.
struct Place {
    door: Arc<Door>,
    client: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.door.counts.lock();
        counts.all -= 1;
        if let Some(count) = counts.by_client.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                counts.by_client.remove(&self.client);
            }
        }
    }
}

impl Door {
    /// A place for a connection from that address, if there is one.
    fn place(self: &Arc<Door>, address: IpAddr, frame: &Frame) -> Option<Place> {
        let client = household(address);
        let mut counts = self.counts.lock();
        let has_many = counts
            .by_client
            .get(&client)
            .is_some_and(|count| *count >= frame.max_connections_per_client);
        // All clients of a proxy come from one address.
        let is_one_client = !is_in(&frame.trusted_proxies, address);
        if counts.all >= frame.max_connections || (has_many && is_one_client) {
            return None;
        }
        counts.all += 1;
        *counts.by_client.entry(client).or_default() += 1;
        Some(Place {
            door: self.clone(),
            client,
        })
    }

    async fn attend(
        self: Arc<Door>,
        stream: TcpStream,
        peer: Peer,
        frame: Arc<Frame>,
        _place: Place,
    ) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection is gone already");
            return;
        }
        let Some(tls) = &frame.tls else {
            return self.converse(stream, peer, &frame).await;
        };
        let handshake = TlsAcceptor::from(tls.current()).accept(stream);
        let shaken = tokio::select! {
            () = self.stop.cancelled() => return,
            shaken = tokio::time::timeout(frame.header_timeout, handshake) => shaken,
        };
        match shaken {
            Ok(Ok(stream)) => self.converse(stream, peer, &frame).await,
            Ok(Err(error)) => {
                tracing::debug!(%error, client = %peer.address, "a TLS handshake failed");
            }
            Err(_) => {
                tracing::debug!(client = %peer.address, "a TLS handshake did not come to an end");
            }
        }
    }

    /// Answers the requests of a connection until it ends, takes too long, or the door closes.
    async fn converse<S>(&self, stream: S, peer: Peer, frame: &Frame)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let pulse = Pulse::new(frame);
        let felt = Felt {
            stream,
            pulse: pulse.clone(),
        };
        let answer = service_fn(|request: hyper::Request<Incoming>| {
            pulse.begin();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            let (answering, pulse) = (self.router.clone().oneshot(request), pulse.clone());
            Box::pin(async move {
                let response = answering.await?;
                Ok::<_, std::convert::Infallible>(response.map(|body| Answer { body, pulse }))
            })
        });
        let mut connection = http1::Builder::new()
            .header_read_timeout(None)
            .max_buf_size(HEAD_MAX)
            .max_header_size(HEAD_MAX)
            .serve_connection(TokioIo::new(felt), answer);
        let mut is_ending = false;
        let overdue = loop {
            tokio::select! {
                ended = Pin::new(&mut connection) => {
                    let Err(error) = ended else { return };
                    tracing::debug!(%error, client = %peer.address, "a connection broke");
                    if error.is_parse() {
                        // hyper has told the client what is wrong; see that it can read it.
                        let stream = connection.into_parts().io.into_inner().stream;
                        let _ = tokio::time::timeout(FAREWELL, read_off(stream)).await;
                    }
                    return;
                }
                phase = pulse.overdue() => break phase,
                () = self.cut.cancelled() => return,
                () = self.stop.cancelled(), if !is_ending => {
                    if pulse.is_new() {
                        return;
                    }
                    is_ending = true;
                    Pin::new(&mut connection).graceful_shutdown();
                }
            }
        };
        tracing::debug!(phase = ?overdue, client = %peer.address, "a connection took too long");
        if overdue == Some(Phase::Head) {
            let message = format!(
                "the head of the request did not come within {} s",
                frame.header_timeout.as_secs()
            );
            let stream = connection.into_parts().io.into_inner().stream;
            send_away(stream, StatusCode::REQUEST_TIMEOUT, &message).await;
        }
    }
}

/// Says why, and closes.
async fn send_away<S>(mut stream: S, status: StatusCode, message: &str)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let body = envelope(status, message);
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let farewell = async {
        stream.write_all(text.as_bytes()).await?;
        stream.shutdown().await?;
        read_off(stream).await
    };
    // Whoever does not listen is not told.
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
}

/// Reads until the client has nothing more to say. Closed with something unread in it, a connection would take the answer
/// with it.
async fn read_off(mut stream: impl AsyncRead + Unpin) -> io::Result<()> {
    let mut rest = [0; 4096];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

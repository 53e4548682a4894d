//! The connections of the HTTP server: limits per client, TLS, and HTTP/1.1 by hyper.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::IsAllowed;
use super::auth::not_allowed;
use super::client::{Peer, client_prefix, is_in};
use super::conn_timeout::{
    ConnTimeout, HalfReadHeads, Phase, TimedBody, TimedStream, TooManyHeads,
};
use super::listen::HttpListener;
use super::middleware::{Context, Next, envelope};
use super::open_connections::{OpenConnections, OpenLimits};
use super::response::HttpError;
use super::settings::HttpSettings;
use jobs_gate::{Connections, accept_connections};

/// The largest head of a request, in bytes.
const HEAD_MAX: usize = 64 * 1024;

/// How long a client gets to read why its connection is closed.
const LAST_ANSWER: Duration = Duration::from_secs(1);

/// How much of a body that no handler has read is read and discarded after the answer, so that the client reads the answer and
/// not an error.
const DISCARDED_BYTES: u64 = 16 * 1024 * 1024;
const DISCARDED_TIME: Duration = Duration::from_secs(5);

/// The state that all connections share.
struct HttpConnections<N> {
    /// The middleware and the routes.
    stack: N,
    is_allowed: IsAllowed,
    settings: watch::Receiver<Arc<HttpSettings>>,
    open: Mutex<OpenConnections>,
    heads: HalfReadHeads,
    stop: CancellationToken,
    /// Cancelled when the grace after the stop is over: connections are closed at once.
    cut: CancellationToken,
}

/// Serves connections until `stop`. When it returns, all have ended or were closed at the end of the grace.
pub(super) async fn serve<N: Next>(
    listener: HttpListener,
    stack: N,
    is_allowed: IsAllowed,
    settings: watch::Receiver<Arc<HttpSettings>>,
    stop: CancellationToken,
) {
    let cut = CancellationToken::new();
    let server = Arc::new(HttpConnections {
        stack,
        is_allowed,
        settings,
        open: Mutex::default(),
        heads: HalfReadHeads::default(),
        stop: stop.clone(),
        cut: cut.clone(),
    });
    let still_open = accept_connections(listener, server, stop).await;
    cut.cancel();
    still_open.wait().await;
}

/// A connection that counts against the limits until this is dropped, with the settings that it was accepted with.
struct Admitted<N> {
    server: Arc<HttpConnections<N>>,
    settings: Arc<HttpSettings>,
    timeout: Arc<ConnTimeout>,
    number: u64,
}

impl<N> Drop for Admitted<N> {
    fn drop(&mut self) {
        self.server.open.lock().remove(self.number);
    }
}

impl<N> HttpConnections<N> {
    /// Whether a connection from that address may be served. A trusted proxy has clients with other addresses, which are checked
    /// with each request.
    fn may_connect(&self, settings: &HttpSettings, address: IpAddr) -> bool {
        is_in(&settings.trusted_proxies, address) || (self.is_allowed)(address)
    }
}

impl<N: Next> Connections<(TcpStream, SocketAddr)> for HttpConnections<N> {
    const NAME: &'static str = "HTTP";
    const GRACE: Duration = Duration::from_secs(3);

    type Permit = Admitted<N>;

    fn admit(self: &Arc<Self>, (_, address): &(TcpStream, SocketAddr)) -> Option<Admitted<N>> {
        let settings = self.settings.borrow().clone();
        let address = address.ip().to_canonical();
        if !self.may_connect(&settings, address) {
            return None;
        }
        let limits = OpenLimits {
            all: settings.max_connections,
            // A trusted proxy has connections for many clients.
            per_client: match is_in(&settings.trusted_proxies, address) {
                true => usize::MAX,
                false => settings.max_connections_per_client,
            },
        };
        let timeout = ConnTimeout::new(&settings, self.heads.clone());
        let client = client_prefix(address);
        let number = self.open.lock().add(client, &timeout, limits)?;
        Some(Admitted {
            server: self.clone(),
            settings,
            timeout,
            number,
        })
    }

    async fn serve(
        self: Arc<Self>,
        (stream, address): (TcpStream, SocketAddr),
        admitted: Admitted<N>,
    ) {
        let peer = Peer::new(address, admitted.settings.tls.is_some());
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection is closed already");
            return;
        }
        tokio::select! {
            () = self.serve_peer(stream, peer, &admitted) => {}
            () = admitted.timeout.connection_dropped() => {
                tracing::debug!(client = %peer.address, "a connection that waited gave way to a new one");
            }
        }
    }

    async fn turn_away(self: Arc<Self>, (stream, address): (TcpStream, SocketAddr)) {
        let settings = self.settings.borrow().clone();
        // A client that waits for a TLS handshake can't read an answer that is not encrypted.
        if settings.tls.is_some() {
            return;
        }
        let address = address.ip().to_canonical();
        if !self.may_connect(&settings, address) {
            let HttpError {
                status, message, ..
            } = not_allowed(address);
            return refuse(stream, status, &message).await;
        }
        let message = "there are too many connections already";
        refuse(stream, StatusCode::SERVICE_UNAVAILABLE, message).await;
    }
}

impl<N: Next> HttpConnections<N> {
    /// Does TLS if there is any, and answers the requests of a connection.
    async fn serve_peer(&self, stream: TcpStream, peer: Peer, admitted: &Admitted<N>) {
        let settings = &*admitted.settings;
        let timeout = &admitted.timeout;
        let Some(tls) = &settings.tls else {
            return self.serve_stream(stream, peer, settings, timeout).await;
        };
        let handshake = TlsAcceptor::from(tls.current()).accept(stream);
        let handshake = tokio::select! {
            () = self.stop.cancelled() => return,
            done = tokio::time::timeout(settings.header_timeout, handshake) => done,
        };
        match handshake {
            Ok(Ok(stream)) => self.serve_stream(stream, peer, settings, timeout).await,
            Ok(Err(error)) => {
                tracing::debug!(%error, client = %peer.address, "a TLS handshake failed");
            }
            Err(_) => {
                tracing::debug!(client = %peer.address, "a TLS handshake took too long");
            }
        }
    }

    /// Answers the requests of a connection until it ends, a timeout passes, or the server stops.
    async fn serve_stream<S>(
        &self,
        stream: S,
        peer: Peer,
        settings: &HttpSettings,
        timeout: &Arc<ConnTimeout>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = TimedStream {
            stream,
            timeout: timeout.clone(),
        };
        let answer = service_fn(|request: hyper::Request<Incoming>| {
            timeout.begin_request();
            let request = request.map(Body::new);
            let settings = self.settings.borrow().clone();
            let (context, timeout) = (
                Context::new(peer, request.headers(), settings, timeout.clone()),
                timeout.clone(),
            );
            Box::pin(async move {
                let response = self.stack.answer(&context, request).await;
                Ok::<_, Infallible>(response.map(|body| TimedBody { body, timeout }))
            })
        });
        let mut connection = http1::Builder::new()
            .header_read_timeout(None)
            .max_buf_size(HEAD_MAX)
            .max_header_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), answer);
        let mut is_ending = false;
        let expired = loop {
            tokio::select! {
                ended = Pin::new(&mut connection) => {
                    let Err(error) = ended else {
                        if timeout.leaves_body() {
                            timeout.wait_for_client(true);
                            let stream = connection.into_parts().io.into_inner().stream;
                            self.discard_body(stream).await;
                        }
                        return;
                    };
                    tracing::debug!(%error, client = %peer.address, "a connection broke");
                    let stream = connection.into_parts().io.into_inner().stream;
                    if error.is_parse() {
                        // hyper has answered what is wrong; let the client read that.
                        let _ = tokio::time::timeout(LAST_ANSWER, discard(stream)).await;
                    } else if is_of_heads(&error) {
                        let message = TooManyHeads.to_string();
                        refuse(stream, StatusCode::SERVICE_UNAVAILABLE, &message).await;
                    }
                    return;
                }
                phase = timeout.expired() => break phase,
                () = self.cut.cancelled() => return,
                () = self.stop.cancelled(), if !is_ending => {
                    if timeout.is_new() {
                        return;
                    }
                    is_ending = true;
                    Pin::new(&mut connection).graceful_shutdown();
                }
            }
        };
        tracing::debug!(phase = ?expired, client = %peer.address, "a connection took too long");
        if expired == Some(Phase::Head) {
            let message = format!(
                "the head of the request did not come within {} s",
                settings.header_timeout.as_secs()
            );
            let stream = connection.into_parts().io.into_inner().stream;
            refuse(stream, StatusCode::REQUEST_TIMEOUT, &message).await;
        }
    }
}

impl<N> HttpConnections<N> {
    /// Reads what is left of a body after its request was answered. If a connection is closed with unread bytes, the client gets
    /// a reset and may lose the answer.
    async fn discard_body(&self, stream: impl AsyncRead + Unpin) {
        let discarding = discard(stream.take(DISCARDED_BYTES));
        tokio::select! {
            _ = tokio::time::timeout(DISCARDED_TIME, discarding) => {}
            () = self.stop.cancelled() => {}
        }
    }
}

/// Whether a connection was closed because of [`TooManyHeads`].
fn is_of_heads(error: &hyper::Error) -> bool {
    let io = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    let inner = io.and_then(io::Error::get_ref);
    inner.is_some_and(|inner| inner.is::<TooManyHeads>())
}

/// Writes an answer to a request that was not read, and closes the connection.
async fn refuse<S>(mut stream: S, status: StatusCode, message: &str)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let body = envelope(status, message);
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let writing = async {
        stream.write_all(text.as_bytes()).await?;
        stream.shutdown().await?;
        discard(stream).await
    };
    // A client that does not read misses the answer.
    let _ = tokio::time::timeout(LAST_ANSWER, writing).await;
}

/// Reads until the client closes its side. If a connection is closed with unread bytes, the client gets a reset and may lose
/// the answer.
async fn discard(mut stream: impl AsyncRead + Unpin) -> io::Result<()> {
    let mut rest = [0; 4096];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

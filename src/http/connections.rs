//! The connections of the HTTP server: limits per client, TLS, and HTTP/1.1 by hyper.

use std::collections::HashMap;
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
use parking_lot::{Mutex, MutexGuard};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::client::{Peer, client_prefix, is_in};
use super::conn_timeout::{ConnTimeout, Phase, TimedBody, TimedStream};
use super::listen::HttpListener;
use super::middleware::{Context, Next, envelope};
use super::settings::HttpSettings;
use jobs_gate::{Connections, accept_connections};

/// The largest head of a request, in bytes.
const HEAD_MAX: usize = 64 * 1024;

/// How long a client gets to read why its connection is closed.
const LAST_ANSWER: Duration = Duration::from_secs(1);

/// The state that all connections share.
struct HttpConnections<N> {
    /// The middleware and the routes.
    stack: N,
    settings: watch::Receiver<Arc<HttpSettings>>,
    counts: Mutex<Counts>,
    stop: CancellationToken,
    /// Cancelled when the grace after the stop is over: connections are closed at once.
    cut: CancellationToken,
}

/// How many connections are open.
#[derive(Default)]
struct Counts {
    all: usize,
    by_client: HashMap<IpAddr, usize>,
}

/// Serves connections until `stop`. When it returns, all have ended or were closed at the end of the grace.
pub(super) async fn serve<N: Next>(
    listener: HttpListener,
    stack: N,
    settings: watch::Receiver<Arc<HttpSettings>>,
    stop: CancellationToken,
) {
    let cut = CancellationToken::new();
    let server = Arc::new(HttpConnections {
        stack,
        settings,
        counts: Mutex::default(),
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
    client: IpAddr,
}

impl<N> Drop for Admitted<N> {
    fn drop(&mut self) {
        let mut counts = self.server.counts();
        counts.all -= 1;
        if let Some(count) = counts.by_client.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                counts.by_client.remove(&self.client);
            }
        }
    }
}

impl<N: Next> Connections<(TcpStream, SocketAddr)> for HttpConnections<N> {
    const NAME: &'static str = "HTTP";
    const GRACE: Duration = Duration::from_secs(3);

    type Permit = Admitted<N>;

    fn admit(self: &Arc<Self>, (_, address): &(TcpStream, SocketAddr)) -> Option<Admitted<N>> {
        let settings = self.settings.borrow().clone();
        let address = address.ip().to_canonical();
        let client = client_prefix(address);
        let mut counts = self.counts();
        let has_many = counts
            .by_client
            .get(&client)
            .is_some_and(|count| *count >= settings.max_connections_per_client);
        // A trusted proxy has connections for many clients.
        let is_one_client = !is_in(&settings.trusted_proxies, address);
        if counts.all >= settings.max_connections || (has_many && is_one_client) {
            return None;
        }
        counts.all += 1;
        *counts.by_client.entry(client).or_default() += 1;
        drop(counts);
        Some(Admitted {
            server: self.clone(),
            settings,
            client,
        })
    }

    async fn serve(
        self: Arc<Self>,
        (stream, address): (TcpStream, SocketAddr),
        admitted: Admitted<N>,
    ) {
        let settings = &*admitted.settings;
        let peer = Peer::new(address, settings.tls.is_some());
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection is closed already");
            return;
        }
        let Some(tls) = &settings.tls else {
            return self.serve_stream(stream, peer, settings).await;
        };
        let handshake = TlsAcceptor::from(tls.current()).accept(stream);
        let handshake = tokio::select! {
            () = self.stop.cancelled() => return,
            done = tokio::time::timeout(settings.header_timeout, handshake) => done,
        };
        match handshake {
            Ok(Ok(stream)) => self.serve_stream(stream, peer, settings).await,
            Ok(Err(error)) => {
                tracing::debug!(%error, client = %peer.address, "a TLS handshake failed");
            }
            Err(_) => {
                tracing::debug!(client = %peer.address, "a TLS handshake took too long");
            }
        }
    }

    async fn turn_away(self: Arc<Self>, (stream, _): (TcpStream, SocketAddr)) {
        // A client that waits for a TLS handshake can't read an answer that is not encrypted.
        if self.settings.borrow().tls.is_none() {
            let message = "there are too many connections already";
            refuse(stream, StatusCode::SERVICE_UNAVAILABLE, message).await;
        }
    }
}

impl<N> HttpConnections<N> {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock()
    }
}

impl<N: Next> HttpConnections<N> {
    /// Answers the requests of a connection until it ends, a timeout passes, or the server stops.
    async fn serve_stream<S>(&self, stream: S, peer: Peer, settings: &HttpSettings)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let timeout = ConnTimeout::new(settings);
        let stream = TimedStream {
            stream,
            timeout: timeout.clone(),
        };
        let answer = service_fn(|request: hyper::Request<Incoming>| {
            timeout.begin_request();
            let request = request.map(Body::new);
            let settings = self.settings.borrow().clone();
            let (context, timeout) = (
                Context::new(peer, request.headers(), settings),
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
                    let Err(error) = ended else { return };
                    tracing::debug!(%error, client = %peer.address, "a connection broke");
                    if error.is_parse() {
                        // hyper has answered what is wrong; let the client read that.
                        let stream = connection.into_parts().io.into_inner().stream;
                        let _ = tokio::time::timeout(LAST_ANSWER, discard(stream)).await;
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

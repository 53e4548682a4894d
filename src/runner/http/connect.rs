//! The connection to a server, directly or through a proxy: names, TCP, TLS, tunnels. Each step is noted in [`Progress`].

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time;
use url::Url;

use super::problem::{Problem, ProxyFault};
use super::progress::{Progress, Stage, with_address};
use super::proxy::{Kind, Proxy};
use super::socks::{self, SocksFault};
use super::target::PeerNames;
use super::{tls, wire};

/// The longest time for all steps until the connection is made.
pub(super) const CONNECT_MAX: Duration = Duration::from_secs(30);

/// How many addresses of a host are tried.
const ADDRESSES_MAX: usize = 16;

/// A connection, whatever its layers.
pub(super) type BoxStream = Box<dyn Stream>;

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The way to a server.
#[derive(Debug)]
pub(super) struct Route<'a> {
    pub(super) url: &'a Url,
    pub(super) proxy: Option<&'a Proxy>,
    pub(super) names: PeerNames,
    /// Present if the server or the proxy speaks TLS.
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// When the whole request must be done.
    pub(super) deadline: Option<Instant>,
}

/// Connects, within [`CONNECT_MAX`]. The request may be sent on the connection.
pub(super) async fn connect(
    route: &Route<'_>,
    progress: &mut Progress,
) -> Result<BoxStream, Problem> {
    let until = Instant::now() + CONNECT_MAX;
    match time::timeout_at(until.into(), route.connect(until, progress)).await {
        Ok(done) => done,
        Err(_) => Err(Problem::Timeout {
            after: Some(CONNECT_MAX),
            stage: progress.stage.clone(),
        }),
    }
}

impl Route<'_> {
    async fn connect(&self, until: Instant, progress: &mut Progress) -> Result<BoxStream, Problem> {
        let until = self.deadline.map_or(until, |deadline| deadline.min(until));
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port_or_known_default().unwrap_or_default();
        let stream = match (self.proxy, &self.names.proxy) {
            (Some(proxy), Some(name)) => {
                let stream = open(&proxy.host, proxy.port, name, until, progress).await?;
                self.pass_proxy(stream, proxy, name, (host, port), progress)
                    .await?
            }
            _ => {
                let stream = open(host, port, &self.names.server, until, progress).await?;
                progress.connected();
                stream
            }
        };
        if self.url.scheme() == "https" {
            let peer = self.names.server_and_proxy();
            return self.secure(stream, host, peer, progress).await;
        }
        Ok(stream)
    }

    /// Has a proxy connect to the server, unless it forwards the request itself.
    async fn pass_proxy(
        &self,
        mut stream: BoxStream,
        proxy: &Proxy,
        name: &str,
        (host, port): (&str, u16),
        progress: &mut Progress,
    ) -> Result<BoxStream, Problem> {
        if proxy.kind == Kind::Https {
            progress.connected();
            stream = self
                .secure(stream, &proxy.host, name.to_string(), progress)
                .await?;
        }
        if proxy.forwards(self.url) {
            if proxy.kind == Kind::Http {
                progress.connected();
            }
            return Ok(stream);
        }
        progress.stage = Stage::Waiting {
            peer: name.to_string(),
        };
        let refused = |fault| Problem::Proxy {
            proxy: name.to_string(),
            target: self.names.server.clone(),
            fault,
        };
        let stream = match proxy.kind {
            Kind::Http | Kind::Https => {
                let authority = format!("{host}:{port}");
                wire::open_tunnel(stream, &authority, proxy, name, refused).await?
            }
            Kind::Socks5 => {
                let login = proxy.login.as_ref();
                match socks::connect(&mut stream, login, host, port).await {
                    Ok(()) => stream,
                    Err(SocksFault::Refused(why)) => {
                        return Err(refused(ProxyFault::Socks(why)));
                    }
                    Err(SocksFault::Broken(error)) => {
                        return Err(Problem::of_broken_connection(name, &error));
                    }
                }
            }
        };
        progress.connected();
        Ok(stream)
    }

    async fn secure(
        &self,
        stream: BoxStream,
        host: &str,
        peer: String,
        progress: &mut Progress,
    ) -> Result<BoxStream, Problem> {
        let config = self.tls.clone().ok_or(Problem::NoTrustedCertificates)?;
        progress.stage = Stage::TlsHandshake { peer: peer.clone() };
        let stream = tls::handshake(stream, host, config, &peer).await?;
        progress.secured();
        Ok(stream)
    }
}

/// Connects by TCP to the first address of a host that accepts.
async fn open(
    host: &str,
    port: u16,
    peer: &str,
    until: Instant,
    progress: &mut Progress,
) -> Result<BoxStream, Problem> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    progress.stage = Stage::Resolving {
        host: bare.to_string(),
    };
    let addresses = resolve(bare, port).await?;
    progress.resolved();
    let mut problem = Problem::NoAddress {
        host: bare.to_string(),
    };
    let mut others = addresses.len();
    for address in addresses {
        others -= 1;
        progress.stage = Stage::Connecting {
            peer: peer.to_string(),
            address: Some(address),
        };
        let connecting = TcpStream::connect(address);
        let connected = if others > 0 {
            // An address that does not answer must leave time for the others.
            let share = until.saturating_duration_since(Instant::now()) / 2;
            time::timeout(share, connecting)
                .await
                .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        } else {
            connecting.await
        };
        match connected.and_then(|stream| stream.set_nodelay(true).map(|()| stream)) {
            Ok(stream) => {
                return Ok(Box::new(Tcp {
                    stream,
                    discards_writes: false,
                }));
            }
            Err(error) => {
                problem = Problem::Connect {
                    peer: with_address(peer, Some(address)),
                    error,
                };
            }
        }
    }
    Err(problem)
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Problem> {
    // An address needs no look-up, and no thread for one.
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let found = tokio::net::lookup_host((host, port)).await;
    let found = found.map_err(|error| Problem::Resolve {
        host: host.to_string(),
        error,
    })?;
    Ok(found.take(ADDRESSES_MAX).collect())
}

/// A TCP connection that still reads after the peer has stopped reading: a server may answer, such as with 413, and close the
/// connection before it has read the whole request.
struct Tcp {
    stream: TcpStream,
    /// Set once the peer has reset the connection for writing.
    discards_writes: bool,
}

impl AsyncRead for Tcp {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.discards_writes {
            match Pin::new(&mut self.stream).poll_write(cx, bytes) {
                Poll::Ready(Err(error)) if is_reset(&error) => self.discards_writes = true,
                other => return other,
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
    )
}

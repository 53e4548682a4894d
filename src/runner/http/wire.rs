//! The way to the server, step by step: names, proxies, TCP, TLS. Each step leaves the time at which it was done, so that an error can tell
//! where it happened and the output where the time went.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Scheme;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, NextTimeout,
    RustlsConnector, SocksConnector, TcpConnector, Transport,
};
use ureq::{Agent, Error, ProxyProtocol};

/// How far a request has come, and when.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Steps {
    /// The last name that was looked up was found.
    pub(super) resolved: Option<Instant>,
    /// Where it connects to.
    pub(super) address: Option<SocketAddr>,
    pub(super) connected: Option<Instant>,
    pub(super) secured: Option<Instant>,
}

/// The steps of one request, told by those who take them.
#[derive(Clone, Debug, Default)]
pub(super) struct Trace(Arc<Mutex<Steps>>);

impl Trace {
    pub(super) fn steps(&self) -> Steps {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Steps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An agent for one request.
pub(super) fn agent(config: Config, trace: &Trace) -> Agent {
    let connector = ()
        .chain(SocksConnector::default())
        .chain(ForwardConnector)
        .chain(ConnectProxyConnector::default())
        .chain(TcpConnector::default())
        .chain(Mark(trace.clone(), |steps, now| {
            steps.connected = Some(now)
        }))
        .chain(RustlsConnector::default())
        .chain(Mark(trace.clone(), |steps, now| steps.secured = Some(now)));
    Agent::with_parts(config, connector, Names(trace.clone()))
}

/// Notes the time at which the step before it was done.
struct Mark(Trace, fn(&mut Steps, Instant));

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mark")
    }
}

impl<In: Transport> Connector<In> for Mark {
    type Out = In;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        (self.1)(&mut self.0.lock(), Instant::now());
        Ok(chained)
    }
}

/// Looks names up, and says which one there is not.
#[derive(Debug)]
struct Names(Trace);

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        let found = self.found(uri, config, timeout);
        let mut steps = self.0.lock();
        match found {
            Ok(addresses) => {
                steps.resolved = Some(Instant::now());
                steps.address = addresses.iter().next().copied();
                Ok(addresses)
            }
            Err(timeout @ Error::Timeout(_)) => Err(timeout),
            Err(Error::HostNotFound) => Err(Error::Other(
                format!("no such host: `{host}` has no address").into(),
            )),
            Err(error) => Err(Error::Other(
                format!("no such host: `{host}`: {error}").into(),
            )),
        }
    }
}

impl Names {
    fn found(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        // An address needs no look-up, and no thread for one.
        let port = uri.port_u16().or(match uri.scheme_str() {
            Some("https") => Some(443),
            Some("http") => Some(80),
            _ => None,
        });
        let literal = uri.host().zip(port).and_then(|(host, port)| {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            let address: std::net::IpAddr = bare.parse().ok()?;
            (address, port).to_socket_addrs().ok()?.next()
        });
        match literal {
            Some(address) => {
                let mut addresses = DefaultResolver::default().empty();
                addresses.push(address);
                Ok(addresses)
            }
            None => DefaultResolver::default().resolve(uri, config, timeout),
        }
    }
}

/// Sends a plain request through an HTTP proxy as proxies expect it: with the whole URL in its first line. Many let nobody CONNECT to other
/// ports than 443.
#[derive(Debug)]
struct ForwardConnector;

impl<In: Transport> Connector<In> for ForwardConnector {
    type Out = Either<In, Forward>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if chained.is_some() {
            return Ok(chained.map(Either::A));
        }
        let forwards = details.config.proxy().filter(|proxy| {
            let is_http = matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https);
            is_http
                && details.uri.scheme() == Some(&Scheme::HTTP)
                && !proxy.is_no_proxy(details.uri)
        });
        let Some(proxy) = forwards else {
            return Ok(None);
        };
        let addresses = details
            .resolver
            .resolve(proxy.uri(), details.config, details.timeout)?;
        let mut config = details.config.clone();
        // The way to the proxy itself is a plain one.
        config = without_proxy(config);
        let to_proxy = ConnectionDetails {
            uri: proxy.uri(),
            addrs: addresses,
            config: &config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let inner = (details.run_connector)(&to_proxy)?;
        let origin = format!(
            "http://{}",
            details
                .uri
                .authority()
                .map(|authority| authority.as_str())
                .unwrap_or_default()
        );
        let login = proxy.username().or(proxy.password()).map(|_| {
            let user = proxy.username().unwrap_or_default();
            let password = proxy.password().unwrap_or_default();
            let login = BASE64_STANDARD.encode(format!("{user}:{password}"));
            format!("Proxy-Authorization: Basic {login}\r\n")
        });
        Ok(Some(Either::B(Forward {
            inner,
            origin,
            login: login.unwrap_or_default(),
            has_begun: false,
        })))
    }
}

/// A configuration that goes straight there.
fn without_proxy(config: Config) -> Config {
    Config::builder()
        .proxy(None)
        .tls_config(config.tls_config().clone())
        .input_buffer_size(config.input_buffer_size())
        .output_buffer_size(config.output_buffer_size())
        .build()
}

/// A connection to a proxy that is asked for whole URLs.
#[derive(Debug)]
struct Forward {
    inner: Box<dyn Transport>,
    /// `http://host:port` of the server.
    origin: String,
    /// The header with which the proxy lets it in.
    login: String,
    has_begun: bool,
}

impl Forward {
    /// Puts the origin before the path in the first line, and the header after that line. Returns how long it is then.
    fn begin(&mut self, amount: usize) -> Result<usize, Error> {
        let output = self.inner.buffers().output();
        let head = output.get(..amount).unwrap_or_default();
        let path = head.iter().position(|byte| *byte == b' ').map(|at| at + 1);
        let line = head
            .windows(2)
            .position(|pair| pair == b"\r\n")
            .map(|at| at + 2);
        let (Some(path), Some(line)) = (path, line) else {
            return Err(Error::Other("the request is too large for a proxy".into()));
        };
        let mut whole = Vec::with_capacity(amount + self.origin.len() + self.login.len());
        whole.extend_from_slice(&head[..path]);
        whole.extend_from_slice(self.origin.as_bytes());
        whole.extend_from_slice(&head[path..line]);
        whole.extend_from_slice(self.login.as_bytes());
        whole.extend_from_slice(&head[line..]);
        match output.get_mut(..whole.len()) {
            Some(room) => room.copy_from_slice(&whole),
            None => {
                return Err(Error::Other("the headers are too large for a proxy".into()));
            }
        }
        self.has_begun = true;
        Ok(whole.len())
    }
}

impl Transport for Forward {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let amount = if self.has_begun {
            amount
        } else {
            self.begin(amount)?
        };
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        // The next request over it would need its own first line.
        false
    }
}

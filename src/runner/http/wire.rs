//! The way to the server, step by step: names, proxies, TCP, TLS. Each step leaves the time at which it was done, so that an error can tell
//! where it happened and the output where the time went.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Instant;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use parking_lot::{Mutex, MutexGuard};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Scheme;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, NextTimeout,
    RustlsConnector, Transport,
};
use ureq::{Agent, Error, ProxyProtocol};
use url::Url;

use super::abort::Waiter;
use super::proxy::Chosen;
use super::socks::Socks;
use super::tcp::Tcp;

/// What a request is at.
#[derive(Clone, Debug, Default)]
pub(super) enum Doing {
    #[default]
    Beginning,
    /// Looks this name up.
    Resolving(String),
    Connecting,
    Securing,
    Talking,
}

/// How far a request has come, and when.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    pub(super) doing: Doing,
    /// With whom, such as `` `host:80` `` or ``the proxy `host:3128` ``.
    pub(super) peer: String,
    /// Where it connects to.
    pub(super) address: Option<SocketAddr>,
    pub(super) resolved: Option<Instant>,
    pub(super) connected: Option<Instant>,
    pub(super) secured: Option<Instant>,
}

/// The steps of one request, told by those who take them.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    steps: Arc<Mutex<Steps>>,
    target: Arc<str>,
    proxy: Option<Arc<str>>,
}

impl Trace {
    pub(super) fn new(proxy: Option<&Chosen>, url: &Url) -> Trace {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        Trace {
            steps: Arc::default(),
            target: format!("`{host}:{port}`").into(),
            proxy: proxy.map(|proxy| format!("the proxy `{}`", proxy.name()).into()),
        }
    }

    pub(super) fn steps(&self) -> Steps {
        self.lock().clone()
    }

    /// Who is asked in the end.
    pub(super) fn target(&self) -> &str {
        &self.target
    }

    pub(super) fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// With whom a connector connects: the way to a proxy leads through no other.
    pub(super) fn peer(&self, details: &ConnectionDetails) -> String {
        match &self.proxy {
            Some(proxy) if details.config.proxy().is_none() => proxy.to_string(),
            _ => self.target.to_string(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock()
    }
}

/// An agent for one request, which ends at its deadline.
pub(super) fn agent(
    config: Config,
    trace: &Trace,
    waiter: &Waiter,
    deadline: Option<Instant>,
) -> Agent {
    let tcp = Tcp::new(trace, waiter, deadline);
    let mark = |mark| Mark(trace.clone(), mark);
    let connector = ()
        .chain(Socks(tcp.clone()))
        .chain(Forward)
        .chain(ConnectProxyConnector::default())
        .chain(tcp)
        .chain(mark(|steps, details| {
            steps.connected = Some(Instant::now());
            if details.needs_tls() {
                steps.doing = Doing::Securing;
            }
        }))
        .chain(RustlsConnector::default())
        .chain(mark(|steps, details| {
            if details.needs_tls() {
                steps.secured = Some(Instant::now());
            }
            steps.doing = Doing::Talking;
        }));
    let names = Names {
        trace: trace.clone(),
        waiter: waiter.clone(),
    };
    Agent::with_parts(config, connector, names)
}

/// Notes that the step before it is done.
struct Mark(Trace, fn(&mut Steps, &ConnectionDetails));

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mark")
    }
}

impl<In: Transport> Connector<In> for Mark {
    type Out = In;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let mut steps = self.0.lock();
        steps.peer = self.0.peer(details);
        (self.1)(&mut steps, details);
        Ok(chained)
    }
}

/// Looks names up, and says which one there is not.
#[derive(Debug)]
struct Names {
    trace: Trace,
    waiter: Waiter,
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        self.trace.lock().doing = Doing::Resolving(host.to_string());
        let found = self.found(uri, config, timeout);
        match found {
            Ok(addresses) if !addresses.is_empty() => {
                self.trace.lock().resolved = Some(Instant::now());
                Ok(addresses)
            }
            Ok(_) => Err(Error::HostNotFound),
            Err(error) => Err(error),
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
        let host = uri.host().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().or(match uri.scheme_str() {
            Some("https") => Some(443),
            Some("http") => Some(80),
            Some("socks5h") => Some(1080),
            _ => None,
        });
        let port = port.ok_or_else(|| Error::BadUri(uri.to_string()))?;
        // An address needs no look-up, and no thread for one.
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(self.collect((address, port).to_socket_addrs()?));
        }
        let limit = timeout.not_zero().map(|limit| *limit);
        let looked_up = self.waiter.wait(async {
            let look_up = tokio::net::lookup_host((bare, port));
            let Some(limit) = limit else {
                return look_up.await.map(Iterator::collect);
            };
            match tokio::time::timeout(limit, look_up).await {
                Ok(found) => found.map(Iterator::collect),
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            }
        });
        match looked_up {
            Some(Ok(addresses)) => {
                let addresses: Vec<SocketAddr> = addresses;
                Ok(self.collect(addresses))
            }
            Some(Err(error)) if error.kind() == io::ErrorKind::TimedOut => {
                Err(Error::Timeout(timeout.reason))
            }
            Some(Err(error)) => Err(error.into()),
            None => DefaultResolver::default().resolve(uri, config, timeout),
        }
    }

    fn collect(&self, found: impl IntoIterator<Item = SocketAddr>) -> ResolvedSocketAddrs {
        /// So many are tried.
        const MOST: usize = 16;
        let mut addresses = self.empty();
        for address in found.into_iter().take(MOST) {
            addresses.push(address);
        }
        addresses
    }
}

/// Sends a plain request through an HTTP proxy as proxies expect it: with the whole URL in its first line. Many let nobody CONNECT to other
/// ports than 443.
#[derive(Debug)]
struct Forward;

impl<In: Transport> Connector<In> for Forward {
    type Out = Either<In, Forwarding>;

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
            is_http && details.uri.scheme() == Some(&Scheme::HTTP)
        });
        let Some(proxy) = forwards else {
            return Ok(None);
        };
        let addresses = details
            .resolver
            .resolve(proxy.uri(), details.config, details.timeout)?;
        let config = without_proxy(details.config);
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
        let authority = details.uri.authority().map(|authority| authority.as_str());
        let login = proxy.username().or(proxy.password()).map(|_| {
            let user = proxy.username().unwrap_or_default();
            let password = proxy.password().unwrap_or_default();
            let login = BASE64_STANDARD.encode(format!("{user}:{password}"));
            format!("Proxy-Authorization: Basic {login}\r\n")
        });
        Ok(Some(Either::B(Forwarding {
            inner,
            origin: format!("http://{}", authority.unwrap_or_default()),
            login: login.unwrap_or_default(),
            has_begun: false,
        })))
    }
}

/// A configuration that goes straight there.
fn without_proxy(config: &Config) -> Config {
    Config::builder()
        .proxy(None)
        .tls_config(config.tls_config().clone())
        .input_buffer_size(config.input_buffer_size())
        .output_buffer_size(config.output_buffer_size())
        .build()
}

/// A connection to a proxy that is asked for whole URLs.
#[derive(Debug)]
struct Forwarding {
    inner: Box<dyn Transport>,
    /// `http://host:port` of the server.
    origin: String,
    /// The header with which the proxy lets it in.
    login: String,
    has_begun: bool,
}

impl Forwarding {
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

impl Transport for Forwarding {
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

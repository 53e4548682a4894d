//! A request from a process of its own, such as that of a function: the calling thread sends it with ureq and waits.
//!
//! From the first URL that needs a proxy or `jobs.http_ca_file`, the client of jobs of mode `http` goes on. Through an HTTP proxy ureq opens a tunnel even to
//! `http://`, and many proxies allow tunnels to port 443 only. It also reports the refusal of a proxy as a text, not as a type.

#[cfg(test)]
mod tests;

use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::http::{Request, Response};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Timeout};
use url::{Host, Url};

use super::connect::CONNECT_MAX;
use super::hop::Hop;
use super::problem::{AnswerFault, BodyFault, Problem};
use super::progress::{Progress, Stage};
use super::receive::{About, Receiver};
use super::target::PeerNames;
use super::tls::{self, TlsFault};
use super::{
    HEAD_MAX, HttpAnswer, HttpRequest, HttpSettings, Outputs, REDIRECTS_MAX, Received, exchange,
    log_head, proxy,
};

/// How many bytes are read or sent at once.
const PIECE: usize = 16 * 1024;

/// Sends a request, follows redirects and reads the answer. The request and the head of the answer are written to `log`, without
/// secrets.
///
/// # Errors
///
/// When no answer comes, or not all of it. A status other than 2xx is no error.
pub fn fetch(
    request: &HttpRequest,
    settings: &HttpSettings,
    mut log: &mut dyn Write,
) -> Result<HttpAnswer, Problem> {
    let mut progress = Progress::new();
    let mut body = Vec::new();
    let mut outputs = Outputs {
        body: &mut body,
        log: &mut log,
    };
    let received = send(request, settings, &mut progress, &mut outputs);
    if received.is_err() {
        progress.log_times(&mut log)?;
    }
    let received = received?;
    let headers = received.head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), value)
    });
    Ok(HttpAnswer {
        status: received.head.status.as_u16(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        body_bytes: received.body.bytes,
        is_cut: received.body.is_cut,
        took: progress.began().elapsed(),
    })
}

/// Sends a request and those to which its answers redirect it.
fn send<L: Write>(
    request: &HttpRequest,
    settings: &HttpSettings,
    progress: &mut Progress,
    outputs: &mut Outputs<'_, L>,
) -> Result<Received, Problem> {
    let deadline = progress.deadline(request.timeout);
    let mut hop = Hop::first(request)?;
    for _ in 0..=REDIRECTS_MAX {
        // ureq takes a certificate of `jobs.http_ca_file` for an authority only, not for that of the server itself.
        let has_list = hop.url.scheme() == "https" && settings.ca_file.is_some();
        if has_list || proxy::choose(request.proxy.as_deref(), &hop.url)?.is_some() {
            return send_by_hyper(hop, request, settings, progress, outputs);
        }
        let limits = Limits {
            whole: request.timeout,
            left: deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())),
        };
        let agent = agent(&hop, settings, &limits)?;
        let peer = PeerNames::new(&hop.url, None).server;
        hop.log(outputs.log)?;
        outputs.log.flush()?;
        progress.start_hop();
        let answer = run(&agent, hop.to_plain()?)
            .map_err(|error| answer_problem(error, &hop.url, &peer, &limits))?;
        progress.first_byte();
        let (head, body) = answer.into_parts();
        log_head(&head, outputs.log)?;
        if let Some(next) = hop.redirected(&head)? {
            progress.log_times(outputs.log)?;
            hop = next;
            continue;
        }
        let about = About::of(&head);
        let kept_max = settings.body_max_bytes;
        let receiver = Receiver::new(&about, None, kept_max, &mut *outputs.body);
        let (receiver, fault) = read(body, receiver, &peer, &limits, progress)?;
        let body = receiver.finish(fault, &peer, progress, outputs.log)?;
        return Ok(Received {
            head,
            body,
            from: peer,
        });
    }
    Err(hop.too_many())
}

/// The client of one request. Redirects are followed by the caller, so that passwords do not go to other servers.
fn agent(hop: &Hop, settings: &HttpSettings, limits: &Limits) -> Result<Agent, Problem> {
    let mut config = Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .max_redirects(0)
        .max_response_header_size(HEAD_MAX)
        .output_buffer_size(PIECE.max(hop.head_size()))
        .max_idle_connections(0)
        .timeout_global(limits.left)
        .timeout_resolve(Some(limits.connect()))
        .timeout_connect(Some(limits.connect()));
    if hop.url.scheme() == "https" {
        let trusted = tls::trusted(settings.ca_file.as_deref())?;
        let roots = trusted
            .iter()
            .map(|certificate| Certificate::from_der(certificate).to_owned());
        let provider = rustls::crypto::ring::default_provider();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(roots.collect())))
            .unversioned_rustls_crypto_provider(Arc::new(provider));
        config = config.tls_config(tls.build());
    }
    Ok(config.build().new_agent())
}

/// Sends a request and waits for the head of its answer.
fn run(agent: &Agent, request: Request<Option<&str>>) -> Result<Response<ureq::Body>, ureq::Error> {
    let (head, body) = request.into_parts();
    match body {
        Some(body) => agent.run(Request::from_parts(head, body)),
        None => agent.run(Request::from_parts(head, ())),
    }
}

/// Reads a body to its end, or to the fault that ends it too early.
fn read<'a>(
    mut body: ureq::Body,
    mut receiver: Receiver<'a>,
    peer: &str,
    limits: &Limits,
    progress: &mut Progress,
) -> Result<(Receiver<'a>, Option<BodyFault>), Problem> {
    let mut source = body.with_config().limit(u64::MAX).reader();
    let mut piece = vec![0; PIECE];
    loop {
        progress.stage = receiver.stage(peer);
        let fault = match source.read(&mut piece) {
            Ok(0) => return Ok((receiver, None)),
            Ok(length) => receiver.push(piece.get(..length).unwrap_or_default())?,
            Err(error) => match ureq::Error::from(error) {
                ureq::Error::Timeout(_) => {
                    return Err(Problem::Timeout {
                        after: limits.whole,
                        stage: progress.stage.clone(),
                    });
                }
                error => Some(read_fault(error)),
            },
        };
        if fault.is_some() {
            return Ok((receiver, fault));
        }
    }
}

/// Goes on with the client of jobs, in a runtime of its own.
fn send_by_hyper<L: Write>(
    hop: Hop,
    request: &HttpRequest,
    settings: &HttpSettings,
    progress: &mut Progress,
    outputs: &mut Outputs<'_, L>,
) -> Result<Received, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(Problem::Start)?;
    let received = runtime.block_on(exchange(hop, request, settings, None, progress, outputs));
    // A look-up that takes too long must not be waited for.
    runtime.shutdown_background();
    received
}

/// The time limits of one request of a chain of redirects.
struct Limits {
    /// The limit of the whole chain.
    whole: Option<Duration>,
    /// The part of it that is left.
    left: Option<Duration>,
}

impl Limits {
    /// The limit of the steps until the connection is made.
    fn connect(&self) -> Duration {
        self.left.map_or(CONNECT_MAX, |left| left.min(CONNECT_MAX))
    }

    /// The problem that a limit was reached before the answer.
    fn problem(&self, reason: Timeout, host: &str, peer: String) -> Problem {
        let after = match self.left {
            Some(left) if left <= CONNECT_MAX => self.whole,
            _ => Some(CONNECT_MAX),
        };
        let (after, stage) = match reason {
            Timeout::Resolve => {
                let host = host.to_string();
                (after, Stage::Resolving { host })
            }
            Timeout::Connect => {
                let address = None;
                (after, Stage::Connecting { peer, address })
            }
            _ => (self.whole, Stage::NotAnswered { peer }),
        };
        Problem::Timeout { after, stage }
    }
}

/// The problem behind an error of ureq that came before the answer. Other errors than the named ones keep the words of ureq.
fn answer_problem(error: ureq::Error, url: &Url, peer: &str, limits: &Limits) -> Problem {
    let host = || url.host_str().unwrap_or_default().to_string();
    let peer = peer.to_string();
    let fault = match error {
        ureq::Error::Timeout(reason) => return limits.problem(reason, &host(), peer),
        ureq::Error::HostNotFound => return Problem::NoAddress { host: host() },
        ureq::Error::Rustls(error) => {
            let fault = TlsFault::Rustls(error);
            return Problem::Tls { peer, fault };
        }
        // With rustls, ureq has this error only for a name that no certificate can have.
        ureq::Error::Tls(_) => {
            let fault = TlsFault::HostName;
            return Problem::Tls { peer, fault };
        }
        ureq::Error::Io(error) if is_of_connect(error.kind()) => {
            return Problem::Connect { peer, error };
        }
        ureq::Error::Io(error) if is_of_lookup(&error, url) => {
            let host = host();
            return Problem::Resolve { host, error };
        }
        ureq::Error::Io(error) => return Problem::of_broken_connection(&peer, &error),
        ureq::Error::LargeResponseHeader(..) => AnswerFault::HeadTooLarge,
        error @ ureq::Error::Protocol(_) => AnswerFault::NotHttp(error.into()),
        other => AnswerFault::Client(other.into()),
    };
    Problem::Answer { peer, fault }
}

/// Whether an error can only come from the attempt to connect.
fn is_of_connect(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::AddrNotAvailable
            | ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::NetworkUnreachable
            | ErrorKind::PermissionDenied
    )
}

/// Whether an error is that of a look-up. Such an error has no number of the operating system, because `getaddrinfo` has numbers of
/// its own. The other errors without such a number come from ureq and rustls, and have one of two kinds.
fn is_of_lookup(error: &std::io::Error, url: &Url) -> bool {
    matches!(url.host(), Some(Host::Domain(_)))
        && error.raw_os_error().is_none()
        && !matches!(
            error.kind(),
            ErrorKind::UnexpectedEof | ErrorKind::InvalidData
        )
}

/// The fault behind an error of ureq that ended a body too early.
fn read_fault(error: ureq::Error) -> BodyFault {
    match error {
        ureq::Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => BodyFault::Closed,
        ureq::Error::Io(error) => BodyFault::Broken(error),
        ureq::Error::Protocol(_) => BodyFault::Chunks,
        other => BodyFault::Client(other.into()),
    }
}

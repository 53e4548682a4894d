//! HTTP requests: those of jobs of mode `http`, and those of functions ([`fetch`]).
//!
//! The body of the answer is the output of the job (stdout). The request and the head of the answer are logged beside it (stderr),
//! without secrets. The client of jobs is hyper on connections of our own (`connect`): hyper-util's connectors for proxies report
//! neither the status of a refused tunnel nor a SOCKS reply as a type.

mod attempt;
mod body;
mod charset;
mod connect;
mod hop;
mod plain;
mod problem;
mod progress;
mod proxy;
mod receive;
mod socks;
mod target;
mod tls;
mod tls_fault;
mod verifier;
mod wire;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use hyper::StatusCode;
use hyper::http::response::Parts;

pub(super) use attempt::attempt;
pub use attempt::check;
pub use plain::fetch;
pub use problem::Problem;

use body::Summary;
use connect::Route;
use hop::Hop;
use problem::BodyFault;
use progress::{Progress, Stage};
use proxy::Kind;
use receive::{About, Receiver};
use target::PeerNames;
use wire::OpenBody;

use jobs_mask as mask;

/// How many redirects are followed.
const REDIRECTS_MAX: usize = 10;

/// The largest head of an answer, in bytes.
const HEAD_MAX: usize = 64 * 1024;

/// The header `User-Agent`, unless the request has its own.
const USER_AGENT: &str = concat!("jobs/", env!("CARGO_PKG_VERSION"));

/// A request.
#[derive(Clone, Debug, Default)]
pub struct HttpRequest {
    /// The method; empty is GET.
    pub method: String,
    /// The URL, perhaps with a user and a password.
    pub url: String,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
    /// The header `Cookie`.
    pub cookies: Option<String>,
    /// `http://`, `https://` or `socks5://`, perhaps with a user and a password. If absent, the environment of the daemon may name
    /// a proxy (`http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in either case).
    pub proxy: Option<String>,
    /// How long the request may take in all, redirects and body included.
    pub timeout: Option<Duration>,
    /// Whether a redirect that would lose the body is an error.
    pub keeps_body: bool,
}

/// The settings of the configuration for all requests.
#[derive(Clone, Debug, Default)]
pub struct HttpSettings {
    /// How much of the body is kept, in bytes; 0 is no limit.
    pub body_max_bytes: u64,
    /// A PEM file of certificates that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// The answer to a request, after redirects.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// The body, decoded and cut.
    pub body: String,
    /// How many bytes it had.
    pub body_bytes: u64,
    pub is_cut: bool,
    pub took: Duration,
}

/// An answer whose body went to [`Outputs::body`].
struct Received {
    head: Parts,
    body: Summary,
    /// The server, such as `` `host:80` ``, and the proxy.
    from: String,
}

/// Where the output of a request goes.
struct Outputs<'a, L> {
    /// The body, decoded and cut, as it comes.
    body: &'a mut (dyn Write + Send),
    /// The request and the head of the answer. Flushed before each wait for the network.
    log: &'a mut L,
}

/// Sends a request, follows redirects, reads the answer, all within the timeout of the request. `wanted` is looked for in the whole
/// body. Dropping the future ends the request; `progress` tells how far it had come.
async fn exchange<L: Write>(
    first: Hop,
    request: &HttpRequest,
    settings: &HttpSettings,
    wanted: Option<&str>,
    progress: &mut Progress,
    outputs: &mut Outputs<'_, L>,
) -> Result<Received, Problem> {
    let deadline = progress.deadline(request.timeout);
    let done = {
        let all = follow(first, request, settings, wanted, progress, outputs);
        match deadline {
            Some(deadline) => tokio::time::timeout_at(deadline.into(), all).await,
            None => Ok(all.await),
        }
    };
    let done = done.unwrap_or_else(|_| {
        Err(Problem::Timeout {
            after: request.timeout,
            stage: progress.stage.clone(),
        })
    });
    if done.is_err() {
        progress.log_times(outputs.log)?;
    }
    done
}

/// Sends a request and those to which its answers redirect it.
async fn follow<L: Write>(
    mut hop: Hop,
    request: &HttpRequest,
    settings: &HttpSettings,
    wanted: Option<&str>,
    progress: &mut Progress,
    outputs: &mut Outputs<'_, L>,
) -> Result<Received, Problem> {
    let deadline = progress.deadline(request.timeout);
    for _ in 0..=REDIRECTS_MAX {
        let proxy = proxy::choose(request.proxy.as_deref(), &hop.url)?;
        let proxy_has_tls = proxy
            .as_ref()
            .is_some_and(|proxy| proxy.kind == Kind::Https);
        let has_tls = hop.url.scheme() == "https" || proxy_has_tls;
        let route = Route {
            url: &hop.url,
            proxy: proxy.as_ref(),
            names: PeerNames::new(&hop.url, proxy.as_ref()),
            tls: match has_tls {
                true => Some(tls::config(settings.ca_file.as_deref())?),
                false => None,
            },
            deadline,
        };
        let from = route.names.server_and_proxy();
        hop.log(outputs.log)?;
        if let Some(proxy) = &proxy {
            writeln!(outputs.log, "* through the proxy {}", proxy.shown)?;
        }
        outputs.log.flush()?;
        let http = hop.to_http(proxy.as_ref())?;
        progress.start_hop();
        let stream = connect::connect(&route, progress).await?;
        progress.stage = Stage::Waiting { peer: from.clone() };
        let (head, body) = wire::send(stream, http, &from).await?;
        progress.first_byte();
        log_head(&head, outputs.log)?;
        if let Some(next) = hop.redirected(&head)? {
            progress.log_times(outputs.log)?;
            hop = next;
            continue;
        }
        if let Some(proxy) = &proxy
            && head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
        {
            return Err(proxy.login_problem());
        }
        return receive((head, body), from, wanted, settings, progress, outputs).await;
    }
    Err(hop.too_many())
}

/// Reads the body of an answer to its end.
async fn receive<L: Write>(
    (head, mut body): (Parts, OpenBody),
    from: String,
    wanted: Option<&str>,
    settings: &HttpSettings,
    progress: &mut Progress,
    outputs: &mut Outputs<'_, L>,
) -> Result<Received, Problem> {
    let about = About::of(&head);
    let kept_max = settings.body_max_bytes;
    let mut receiver = Receiver::new(&about, wanted, kept_max, &mut *outputs.body);
    let fault = loop {
        progress.stage = receiver.stage(&from);
        match body.next().await {
            None => break None,
            Some(Err(error)) => break Some(BodyFault::of(error)),
            Some(Ok(piece)) => {
                if let Some(fault) = receiver.push(&piece)? {
                    break Some(fault);
                }
            }
        }
    };
    let body = receiver.finish(fault, &from, progress, outputs.log)?;
    Ok(Received { head, body, from })
}

/// Writes the head of an answer, without secrets.
fn log_head(head: &Parts, log: &mut impl Write) -> Result<(), Problem> {
    writeln!(log, "< {}", problem::status_words(head.status))?;
    for (name, value) in &head.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let shown = mask::header(name.as_str(), &value);
        writeln!(log, "< {}: {shown}", name.as_str())?;
    }
    log.flush()?;
    Ok(())
}

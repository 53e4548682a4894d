//! HTTP requests: those of jobs of mode `http`, and those that some functions send.
//!
//! The body of the answer is the output of the job (stdout). The request and the head of the answer are logged beside it (stderr),
//! without secrets. The client is hyper on connections of our own ([`connect`]): hyper-util's connectors for proxies report
//! neither the status of a refused tunnel nor a SOCKS reply as a type.

mod attempt;
mod body;
mod charset;
mod connect;
mod hop;
mod problem;
mod progress;
mod proxy;
mod socks;
mod target;
mod tls;
mod wire;

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use hyper::header::{self, HeaderName};
use hyper::http::response::Parts;

pub(super) use attempt::attempt;
pub use attempt::check;
pub use problem::Problem;

use body::{Fault, Reader, Reading, Summary};
use connect::Route;
use hop::Hop;
use problem::{BodyFault, RedirectFault};
use progress::{Progress, Stage};
use proxy::Kind;
use target::PeerNames;
use wire::OpenAnswer;

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

/// Sends a request and reads the answer, in a runtime of its own: for functions, which run in a process without one. The request
/// and the head of the answer are written to `log`, without secrets.
///
/// # Errors
///
/// When no answer comes, or not all of it. A status other than 2xx is no error.
pub fn fetch(
    request: &HttpRequest,
    settings: &HttpSettings,
    mut log: &mut dyn Write,
) -> Result<HttpAnswer, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(Problem::Start)?;
    let began = Instant::now();
    let mut body = Vec::new();
    let received = runtime.block_on(exchange(
        request,
        settings,
        None,
        &mut Progress::new(),
        &mut Outputs {
            body: &mut body,
            log: &mut log,
        },
    ));
    // A look-up that takes too long must not be waited for.
    runtime.shutdown_background();
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
        took: began.elapsed(),
    })
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
    request: &HttpRequest,
    settings: &HttpSettings,
    wanted: Option<&str>,
    progress: &mut Progress,
    outputs: &mut Outputs<'_, L>,
) -> Result<Received, Problem> {
    let deadline = request
        .timeout
        .and_then(|timeout| progress.began().checked_add(timeout));
    let done = {
        let all = follow(request, settings, wanted, deadline, progress, outputs);
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
    request: &HttpRequest,
    settings: &HttpSettings,
    wanted: Option<&str>,
    deadline: Option<Instant>,
    progress: &mut Progress,
    outputs: &mut Outputs<'_, L>,
) -> Result<Received, Problem> {
    let mut hop = Hop::first(request)?;
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
        let answer = wire::send(stream, http, &from).await?;
        progress.first_byte();
        log_head(&answer.head, outputs.log)?;
        if let Some(next) = hop.redirected(&answer.head)? {
            progress.log_times(outputs.log)?;
            hop = next;
            continue;
        }
        if let Some(proxy) = &proxy
            && answer.head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
        {
            return Err(proxy.login_problem());
        }
        return receive(answer, from, wanted, settings, progress, outputs).await;
    }
    Err(Problem::Redirect(RedirectFault::TooMany {
        last: mask::url(hop.url.as_str()).into_owned(),
    }))
}

/// Reads the body of an answer to its end.
async fn receive<L: Write>(
    mut answer: OpenAnswer,
    from: String,
    wanted: Option<&str>,
    settings: &HttpSettings,
    progress: &mut Progress,
    outputs: &mut Outputs<'_, L>,
) -> Result<Received, Problem> {
    let text = |name: HeaderName| {
        let value = answer.head.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let content_type = text(header::CONTENT_TYPE);
    let is_gzip = text(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip");
    let announced = text(header::CONTENT_LENGTH)
        .and_then(|length| length.parse().ok())
        // The length of a packed body is not that of its text.
        .filter(|_| !is_gzip);
    let reading = Reading {
        content_type: content_type.as_deref(),
        is_gzip,
        wanted,
        kept_max: settings.body_max_bytes,
    };
    let mut reader = Reader::new(reading, &mut *outputs.body);
    let mut fault = loop {
        progress.stage = Stage::ReadingBody {
            from: from.clone(),
            received: reader.bytes(),
        };
        match answer.next().await {
            None => break None,
            Some(Err(error)) => break Some(BodyFault::of(error)),
            Some(Ok(piece)) => {
                if let Err(fault) = reader.push(&piece) {
                    break Some(body_fault(fault)?);
                }
            }
        }
    };
    let (body, finished) = reader.finish(fault.is_none());
    if let Stage::ReadingBody { received, .. } = &mut progress.stage {
        *received = body.bytes;
    }
    progress.log_times(outputs.log)?;
    if body.is_cut {
        writeln!(
            outputs.log,
            "* {} bytes of the body are shown (`jobs.http_response_max_bytes`)",
            body.kept
        )?;
    }
    if let Err(finished) = finished
        && fault.is_none()
    {
        fault = Some(body_fault(finished)?);
    }
    match fault {
        Some(fault) => Err(Problem::Body {
            from,
            received: body.bytes,
            announced,
            fault,
        }),
        None => Ok(Received {
            head: answer.head,
            body,
            from,
        }),
    }
}

/// A fault of the body, or the problem that the output takes no more.
fn body_fault(fault: Fault) -> Result<BodyFault, Problem> {
    match fault {
        Fault::Gzip(error) => Ok(BodyFault::Gzip(error)),
        Fault::Output(error) => Err(Problem::Output(error)),
    }
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

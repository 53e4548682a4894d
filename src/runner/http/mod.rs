//! HTTP requests: what jobs of mode `http` are, and what some functions send.
//!
//! The body of the answer is the output (stdout); what was sent and what came back is told beside it (stderr), without secrets.

mod abort;
mod attempt;
mod body;
mod hop;
mod problem;
mod proxy;
mod socks;
mod tcp;
mod trust;
mod wire;

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http;

pub(super) use attempt::attempt;
pub use attempt::check;
pub use problem::Problem;

use abort::Abort;
use body::Body;
use hop::Hop;
use problem::Context;
use proxy::Chosen;
use wire::Trace;

use crate::mask;

/// How many redirects are followed.
const REDIRECTS_MAX: usize = 10;

/// Connecting may take so long, when the whole may take longer.
const CONNECT_MAX: Duration = Duration::from_secs(30);

/// The size of the buffer of a connection for what is sent.
const OUTPUT: usize = 16 * 1024;

/// The one for what comes: the head of an answer fits in as a whole, and one that is too large is seen to be.
const INPUT: usize = HEAD_MAX + 16 * 1024;

/// The largest head of an answer.
const HEAD_MAX: usize = 64 * 1024;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The method; empty is GET.
    pub method: String,
    /// Where to; may hold a user and a password.
    pub url: String,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
    /// The header `Cookie`.
    pub cookies: Option<String>,
    /// `http://`, `https://` or `socks5://`, perhaps with a user and a password; absent is what the environment of the daemon says
    /// (`http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in either case).
    pub proxy: Option<String>,
    /// How long it may take in all.
    pub timeout: Option<Duration>,
    /// Whether a redirect that would lose the body is an error.
    pub keeps_body: bool,
}

/// What is kept of an answer, and who is trusted.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// How much of the body is kept, in bytes; 0 is no limit.
    pub body_max_bytes: u64,
    /// A PEM file of certificates that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// An answer, after redirects.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// The body, decoded and cut.
    pub body: String,
    /// How many bytes it had.
    pub body_bytes: u64,
    pub is_cut: bool,
    pub took: Duration,
}

/// An answer whose body went elsewhere.
struct Told {
    head: http::response::Parts,
    body: Body,
    /// Who has answered, such as `` `host:80` ``.
    who: String,
}

/// Sends a request and reads the answer. What was sent, without secrets, and what came back is written to `log`.
///
/// # Errors
///
/// When no answer comes, or not all of it. A status that is no 2xx is no error.
pub fn fetch(request: &Request, limits: &Limits, log: &mut dyn Write) -> Result<Answer, Problem> {
    let began = Instant::now();
    let mut body = Vec::new();
    let told = exchange(
        request,
        limits,
        None,
        &Abort::default(),
        &mut Outputs {
            body: &mut body,
            log,
        },
    )?;
    let headers = told.head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), value)
    });
    Ok(Answer {
        status: told.head.status.as_u16(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        body_bytes: told.body.bytes,
        is_cut: told.body.is_cut,
        took: began.elapsed(),
    })
}

/// Where an exchange is written to.
struct Outputs<'a> {
    /// The body, decoded and cut, as it comes.
    body: &'a mut dyn Write,
    /// What is told about it.
    log: &'a mut dyn Write,
}

/// Sends a request, follows redirects, reads the answer. `wanted` is looked for in the whole body, and `abort` ends it all.
fn exchange(
    request: &Request,
    limits: &Limits,
    wanted: Option<&str>,
    abort: &Abort,
    outputs: &mut Outputs,
) -> Result<Told, Problem> {
    let began = Instant::now();
    let deadline = request
        .timeout
        .and_then(|timeout| began.checked_add(timeout));
    let mut hop = Hop::first(request)?;
    for _ in 0..=REDIRECTS_MAX {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            let place = "while it followed redirects";
            return Err(Problem::timeout(request.timeout, place));
        }
        let proxy = proxy::choose(request.proxy.as_deref(), &hop.url)?;
        let trace = Trace::new(proxy.as_ref(), &hop.url);
        let config = config(&hop, limits, left, proxy.as_ref())?;
        hop.tell(outputs.log)?;
        if let Some(proxy) = &proxy {
            writeln!(outputs.log, "* through the proxy {}", proxy.told)?;
        }
        let agent = wire::agent(config, &trace, abort.waiter(), deadline);
        if !abort.goes_on_with(&agent) {
            return Err(Problem::new("cancelled".to_string()));
        }
        let mut exchange = Exchange {
            context: Context::new(&hop.url, &trace, proxy.as_ref(), request.timeout, left),
            began,
            hop_began: Instant::now(),
            first_byte: None,
        };
        let response = hop.send(&agent);
        let response = match response {
            Ok(response) => response,
            Err(error) => {
                exchange.tell_times(None, outputs.log)?;
                return Err(exchange.context.problem(&error));
            }
        };
        exchange.first_byte = Some(exchange.hop_began.elapsed());
        tell_head(&response, outputs.log)?;
        if let Some(next) = hop.redirected(&response)? {
            exchange.tell_times(None, outputs.log)?;
            hop = next;
            continue;
        }
        if let Some(proxy) = &proxy
            && response.status() == http::StatusCode::PROXY_AUTHENTICATION_REQUIRED
        {
            return Err(problem::login(proxy));
        }
        return exchange.read(response, wanted, limits, outputs);
    }
    Err(Problem::new(format!(
        "more than {REDIRECTS_MAX} redirects, the last to `{}`",
        mask::url(hop.url.as_str())
    )))
}

/// One request of a chain of redirects, under way.
struct Exchange<'a> {
    context: Context<'a>,
    began: Instant,
    hop_began: Instant,
    first_byte: Option<Duration>,
}

impl Exchange<'_> {
    fn read(
        mut self,
        response: http::Response<ureq::Body>,
        wanted: Option<&str>,
        limits: &Limits,
        outputs: &mut Outputs,
    ) -> Result<Told, Problem> {
        let (head, mut body) = response.into_parts();
        let header = |name: http::HeaderName| {
            let value = head.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let content_type = header(http::header::CONTENT_TYPE);
        let length = body.content_length();
        let mut read = body::read(
            body.with_config().limit(u64::MAX).reader(),
            content_type.as_deref(),
            wanted,
            limits.body_max_bytes,
            outputs.body,
        )?;
        self.tell_times(Some(read.bytes), outputs.log)?;
        if read.is_cut {
            writeln!(
                outputs.log,
                "* {} bytes of the body are shown (`jobs.http_response_max_bytes`)",
                read.kept
            )?;
        }
        let problem = read
            .problem
            .take()
            // Nothing at all is said to be packed, too.
            .filter(|error| read.bytes > 0 || !problem::is_unpacked(error));
        if let Some(error) = problem {
            self.context.body = Some((read.bytes, length));
            return Err(self.context.problem(&error.into()));
        }
        Ok(Told {
            head,
            body: read,
            who: self.context.target(),
        })
    }

    /// Writes where the time went.
    fn tell_times(&self, body_bytes: Option<u64>, log: &mut dyn Write) -> Result<(), Problem> {
        let steps = self.context.trace.steps();
        let millis = |duration: Duration| format!("{:.1} ms", duration.as_secs_f64() * 1000.0);
        let mut parts = Vec::new();
        if let Some(resolved) = steps.resolved {
            parts.push(format!("name {}", millis(resolved - self.hop_began)));
        }
        if let Some(connected) = steps.connected {
            let from = steps.resolved.unwrap_or(self.hop_began);
            let took = connected.saturating_duration_since(from);
            parts.push(format!("connect {}", millis(took)));
            if let Some(secured) = steps.secured {
                let took = secured.saturating_duration_since(connected);
                parts.push(format!("TLS {}", millis(took)));
            }
        }
        if let Some(first_byte) = self.first_byte {
            parts.push(format!("first byte {}", millis(first_byte)));
        }
        parts.push(format!("total {}", millis(self.began.elapsed())));
        if let Some(bytes) = body_bytes {
            parts.push(format!("{bytes} bytes of body"));
        }
        writeln!(log, "* {}", parts.join(", "))?;
        Ok(())
    }
}

fn config(
    hop: &Hop,
    limits: &Limits,
    left: Option<Duration>,
    proxy: Option<&Chosen>,
) -> Result<Config, Problem> {
    let needs_tls = hop.url.scheme() == "https" || proxy.is_some_and(|proxy| proxy.is_https());
    let mut config = Config::builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        // Ours, for credentials must not go with them to other hosts.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .input_buffer_size(INPUT)
        .output_buffer_size(OUTPUT.max(hop.head_size()))
        .max_response_header_size(HEAD_MAX)
        .max_idle_connections(0)
        .timeout_global(left)
        .timeout_connect(Some(left.map_or(CONNECT_MAX, |left| left.min(CONNECT_MAX))))
        .proxy(proxy.map(|proxy| proxy.proxy.clone()));
    if needs_tls {
        config = config.tls_config(trust::tls(limits.ca_file.as_deref())?);
    }
    Ok(config.build())
}

/// Writes the head of an answer.
fn tell_head(response: &http::Response<ureq::Body>, log: &mut dyn Write) -> Result<(), Problem> {
    let status = response.status();
    let words = status.canonical_reason().unwrap_or_default();
    writeln!(
        log,
        "{}",
        format!("< {} {words}", status.as_u16()).trim_end()
    )?;
    for (name, value) in response.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        let shown = mask::header(name.as_str(), &value);
        writeln!(log, "< {}: {shown}", name.as_str())?;
    }
    Ok(())
}

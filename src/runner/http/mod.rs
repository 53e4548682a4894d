//! HTTP requests: what jobs of mode `http` are, and what some functions send.
//!
//! The body of the answer is the output (stdout); what was sent and what came back is told beside it (stderr), without secrets.

mod attempt;
mod body;
mod problem;
mod trust;
mod wire;

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ureq::config::Config;
use ureq::http;
use url::Url;

pub(super) use attempt::attempt;
pub use problem::Problem;
use wire::Trace;

use crate::mask;

/// How many redirects are followed.
const REDIRECTS_MAX: usize = 10;

/// Connecting may take so long, when the whole may take longer.
const CONNECT_MAX: Duration = Duration::from_secs(30);

/// The size of the buffers of a connection, for each direction.
const BUFFER: usize = 16 * 1024;

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
    /// `http://`, `https://`, `socks4://`, `socks4a://` or `socks5://`, perhaps with a user and a password; absent is what the
    /// environment of the daemon says (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`).
    pub proxy: Option<String>,
    /// How long it may take in all.
    pub timeout: Option<Duration>,
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
    /// Whether the text that was looked for is in the whole body; absent when none was.
    pub found: Option<bool>,
    pub took: Duration,
}

/// Lets another thread end a request.
#[derive(Clone, Debug, Default)]
pub struct Abort(Arc<Mutex<Aborting>>);

#[derive(Debug, Default)]
struct Aborting {
    is_asked_for: bool,
    agent: Option<ureq::Agent>,
}

impl Abort {
    /// Ends the request: what waits for the network returns with an error.
    pub fn abort(&self) {
        let mut aborting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        aborting.is_asked_for = true;
        if let Some(agent) = aborting.agent.take() {
            agent.shutdown();
        }
    }

    /// Whether it goes on, with that agent.
    fn goes_on_with(&self, agent: &ureq::Agent) -> bool {
        let mut aborting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        aborting.agent = Some(agent.clone());
        !aborting.is_asked_for
    }
}

/// Sends a request and reads the answer. What was sent, without secrets, and what came back is written to `log`.
///
/// # Errors
///
/// When no answer comes, or not all of it. A status that is no 2xx is no error.
pub fn fetch(request: &Request, limits: &Limits, log: &mut dyn Write) -> Result<Answer, Problem> {
    fetch_looking_for(None, request, limits, &Abort::default(), log)
}

/// The same; `wanted` is looked for in the whole body, and `abort` ends it.
///
/// # Errors
///
/// As [`fetch`].
pub fn fetch_looking_for(
    wanted: Option<&str>,
    request: &Request,
    limits: &Limits,
    abort: &Abort,
    log: &mut dyn Write,
) -> Result<Answer, Problem> {
    let began = Instant::now();
    let mut hop = Hop::first(request)?;
    let mut redirects = 0;
    loop {
        let left = match request.timeout {
            None => None,
            Some(timeout) => Some(
                timeout
                    .checked_sub(began.elapsed())
                    .filter(|left| !left.is_zero())
                    .ok_or_else(|| Problem::timeout("while it followed redirects"))?,
            ),
        };
        let config = config(request, limits, &hop.url, left)?;
        hop.tell(log)?;
        let trace = Trace::default();
        let agent = wire::agent(config, &trace);
        if !abort.goes_on_with(&agent) {
            return Err(Problem::new("cancelled".to_string()));
        }
        let hop_began = Instant::now();
        let response = hop
            .send(&agent)
            .map_err(|error| problem::of(&error, &hop.url, &trace, None))?;
        let first_byte = hop_began.elapsed();
        tell_head(&response, log)?;
        if let Some(next) = hop.redirected(&response)? {
            redirects += 1;
            if redirects > REDIRECTS_MAX {
                return Err(Problem::new(format!(
                    "more than {REDIRECTS_MAX} redirects, the last to `{}`",
                    mask::url(next.url.as_str())
                )));
            }
            hop = next;
            continue;
        }
        let answer = read(response, wanted, limits, began);
        let times = times(&trace, &hop.url, hop_began, first_byte, began.elapsed());
        let (mut answer, problem) = answer;
        writeln!(log, "* {times}, {} bytes of body", answer.body_bytes)?;
        answer.took = began.elapsed();
        return match problem {
            None => Ok(answer),
            Some(error) => Err(problem::of(&error.into(), &hop.url, &trace, Some(&answer))),
        };
    }
}

fn read(
    response: http::Response<ureq::Body>,
    wanted: Option<&str>,
    limits: &Limits,
    began: Instant,
) -> (Answer, Option<std::io::Error>) {
    let (head, mut body) = response.into_parts();
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        })
        .collect();
    let content_type = head
        .headers
        .get(http::header::CONTENT_TYPE)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let reader = body.with_config().limit(u64::MAX).reader();
    let read = body::read(
        reader,
        content_type.as_deref(),
        wanted,
        limits.body_max_bytes,
    );
    let answer = Answer {
        status: head.status.as_u16(),
        headers,
        body: read.text,
        body_bytes: read.bytes,
        is_cut: read.is_cut,
        found: read.found,
        took: began.elapsed(),
    };
    (answer, read.problem)
}

/// Where the time went.
fn times(
    trace: &Trace,
    url: &Url,
    began: Instant,
    first_byte: Duration,
    total: Duration,
) -> String {
    let steps = trace.steps();
    let millis = |duration: Duration| format!("{:.1} ms", duration.as_secs_f64() * 1000.0);
    let mut parts = Vec::new();
    if let Some(resolved) = steps.resolved.filter(|resolved| *resolved >= began) {
        parts.push(format!("name {}", millis(resolved - began)));
    }
    if let Some(connected) = steps.connected {
        let from = steps.resolved.filter(|at| *at >= began).unwrap_or(began);
        parts.push(format!(
            "connect {}",
            millis(connected.saturating_duration_since(from))
        ));
        if let Some(secured) = steps.secured.filter(|_| url.scheme() == "https") {
            parts.push(format!(
                "TLS {}",
                millis(secured.saturating_duration_since(connected))
            ));
        }
    }
    parts.push(format!("first byte {}", millis(first_byte)));
    parts.push(format!("total {}", millis(total)));
    parts.join(", ")
}

fn config(
    request: &Request,
    limits: &Limits,
    url: &Url,
    left: Option<Duration>,
) -> Result<Config, Problem> {
    let proxy = match &request.proxy {
        Some(proxy) => Some(problem::proxy(proxy)?),
        None => ureq::Proxy::try_from_env(),
    };
    let needs_tls = url.scheme() == "https"
        || proxy
            .as_ref()
            .is_some_and(|proxy| proxy.protocol() == ureq::ProxyProtocol::Https);
    let mut config = Config::builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        // Ours, for credentials must not go with them to other hosts.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .input_buffer_size(BUFFER)
        .output_buffer_size(BUFFER)
        .max_response_header_size(HEAD_MAX)
        .max_idle_connections(0)
        .user_agent(concat!("jobs/", env!("CARGO_PKG_VERSION")))
        .timeout_global(left)
        .timeout_connect(Some(left.map_or(CONNECT_MAX, |left| left.min(CONNECT_MAX))))
        .proxy(proxy);
    if needs_tls {
        config = config.tls_config(trust::tls(limits.ca_file.as_deref())?);
    }
    Ok(config.build())
}

/// One request of a chain of redirects.
#[derive(Debug)]
struct Hop {
    method: http::Method,
    url: Url,
    headers: Vec<(http::HeaderName, http::HeaderValue)>,
    body: Option<String>,
}

impl Hop {
    fn first(request: &Request) -> Result<Hop, Problem> {
        let mut url = problem::url(&request.url)?;
        let method = match request.method.as_str() {
            "" => http::Method::GET,
            word => http::Method::from_bytes(word.as_bytes())
                .map_err(|_| Problem::new(format!("method: `{word}` is not an HTTP method")))?,
        };
        let mut hop = Hop {
            method,
            headers: Vec::new(),
            body: request.body.clone(),
            url: url.clone(),
        };
        for (name, value) in &request.headers {
            hop.push(name, value)?;
        }
        if let Some(cookies) = &request.cookies {
            hop.push("Cookie", cookies)?;
        }
        if !url.username().is_empty() || url.password().is_some() {
            if !hop.has(&http::header::AUTHORIZATION) {
                let decoded = |text: &str| {
                    percent_encoding::percent_decode_str(text)
                        .decode_utf8_lossy()
                        .into_owned()
                };
                let login = format!(
                    "{}:{}",
                    decoded(url.username()),
                    decoded(url.password().unwrap_or_default())
                );
                hop.push(
                    "Authorization",
                    &format!("Basic {}", BASE64_STANDARD.encode(login)),
                )?;
            }
            // Refused only for URLs without a host, and this has one.
            let _ = url.set_username("");
            let _ = url.set_password(None);
        }
        if let Some(body) = hop.body.as_deref().filter(|body| !body.is_empty())
            && !hop.has(&http::header::CONTENT_TYPE)
        {
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok()
                && body.trim_start().starts_with(['{', '[']);
            let kind = if is_json {
                "application/json"
            } else {
                "application/x-www-form-urlencoded"
            };
            hop.push("Content-Type", kind)?;
        }
        url.set_fragment(None);
        hop.url = url;
        Ok(hop)
    }

    fn push(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        // The value may be a secret: only its name is told.
        let bad = |what: &str| Problem::new(format!("headers: `{name}`: {what}"));
        let header = http::HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| bad("is not the name of a header"))?;
        let value = http::HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| bad("its value holds a line break or another control character"))?;
        self.headers.push((header, value));
        Ok(())
    }

    fn has(&self, wanted: &http::HeaderName) -> bool {
        self.headers.iter().any(|(name, _)| name == wanted)
    }

    /// Writes what is sent.
    fn tell(&self, log: &mut dyn Write) -> Result<(), Problem> {
        writeln!(log, "> {} {}", self.method, mask::url(self.url.as_str()))?;
        for (name, value) in &self.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            writeln!(
                log,
                "> {}: {}",
                name.as_str(),
                mask::header(name.as_str(), &value)
            )?;
        }
        if let Some(body) = self.body.as_deref().filter(|body| !body.is_empty()) {
            const SHOWN: usize = 4096;
            let end = body.floor_char_boundary(SHOWN.min(body.len()));
            writeln!(log, ">")?;
            for line in mask::text(&body[..end]).lines() {
                writeln!(log, "> {line}")?;
            }
            if end < body.len() {
                writeln!(log, "> ... ({} bytes in all)", body.len())?;
            }
        }
        Ok(())
    }

    fn send(&self, agent: &ureq::Agent) -> Result<http::Response<ureq::Body>, ureq::Error> {
        let uri: http::Uri = self
            .url
            .as_str()
            .parse()
            .map_err(|error: http::uri::InvalidUri| ureq::Error::BadUri(error.to_string()))?;
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(uri);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let wants_a_body = matches!(
            self.method,
            http::Method::POST | http::Method::PUT | http::Method::PATCH
        );
        match (self.body.as_deref(), wants_a_body) {
            (Some(body), _) if !body.is_empty() => {
                agent.run(request.body(body.as_bytes()).map_err(ureq::Error::Http)?)
            }
            (_, true) => agent.run(request.body("").map_err(ureq::Error::Http)?),
            (_, false) => agent.run(request.body(()).map_err(ureq::Error::Http)?),
        }
    }

    /// Where an answer sends it, and with what.
    fn redirected(&self, response: &http::Response<ureq::Body>) -> Result<Option<Hop>, Problem> {
        let status = response.status().as_u16();
        let location = response.headers().get(http::header::LOCATION);
        let (301 | 302 | 303 | 307 | 308, Some(location)) = (status, location) else {
            return Ok(None);
        };
        let location = String::from_utf8_lossy(location.as_bytes());
        let url = self
            .url
            .join(&location)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
        let Some(mut url) = url else {
            return Err(Problem::new(format!(
                "redirected to `{}`, which is no HTTP address",
                mask::url(&location)
            )));
        };
        url.set_fragment(None);
        let is_elsewhere = url.origin() != self.url.origin();
        let becomes_get = match (status, self.method.as_str()) {
            (303, "HEAD") => false,
            (303, _) | (301 | 302, "POST") => true,
            _ => false,
        };
        let body = self.body.clone().filter(|_| !becomes_get);
        if is_elsewhere
            && let Some(body) = &body
            && mask::text(body) != body.as_str()
        {
            return Err(Problem::new(format!(
                "redirected to another host, `{}`, and the body holds what looks like a secret: it is not sent there",
                mask::url(url.as_str())
            )));
        }
        let headers = self.headers.iter().filter(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let is_secret = mask::header(name.as_str(), &value) != value;
            let is_of_body = becomes_get && name.as_str().starts_with("content-");
            !(is_of_body || is_elsewhere && (is_secret || name == http::header::HOST))
        });
        Ok(Some(Hop {
            method: if becomes_get {
                http::Method::GET
            } else {
                self.method.clone()
            },
            headers: headers.cloned().collect(),
            body,
            url,
        }))
    }
}

/// Writes the head of an answer.
fn tell_head(response: &http::Response<ureq::Body>, log: &mut dyn Write) -> Result<(), Problem> {
    let status = response.status();
    writeln!(
        log,
        "< {} {}",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default()
    )?;
    for (name, value) in response.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        writeln!(
            log,
            "< {}: {}",
            name.as_str(),
            mask::header(name.as_str(), &value)
        )?;
    }
    Ok(())
}

//! Why a request has no answer, in one sentence: what went wrong, and where.

use std::fmt;
use std::io;

use ureq::{Error, Timeout};
use url::Url;

use super::Answer;
use super::wire::Trace;
use crate::mask;

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    message: String,
    /// Whether time was up.
    pub is_timeout: bool,
}

impl Problem {
    pub(super) fn new(message: String) -> Problem {
        Problem {
            message,
            is_timeout: false,
        }
    }

    pub(super) fn timeout(where_it_was: &str) -> Problem {
        Problem {
            message: format!("timed out {where_it_was}"),
            is_timeout: true,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Problem {
        Problem::new(format!("its output can't be written: {error}"))
    }
}

/// Reads an address.
pub(super) fn url(text: &str) -> Result<Url, Problem> {
    let shown = || mask::url(text).into_owned();
    match Url::parse(text.trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Ok(url),
        Ok(_) => Err(Problem::new(format!(
            "url: `{}` is not an address of http or https",
            shown()
        ))),
        Err(error) => Err(Problem::new(format!(
            "url: `{}` is not an address: {error}",
            shown()
        ))),
    }
}

/// Reads the address of a proxy.
pub(super) fn proxy(text: &str) -> Result<ureq::Proxy, Problem> {
    let known = [
        "http://",
        "https://",
        "socks4://",
        "socks4a://",
        "socks5://",
        "socks5h://",
    ];
    let text = text.trim();
    // Its name goes to the proxy in any case.
    let text_of_ureq = text.replacen("socks5h://", "socks5://", 1);
    if known.iter().any(|scheme| text.starts_with(scheme))
        && let Ok(proxy) = ureq::Proxy::new(&text_of_ureq)
    {
        return Ok(proxy);
    }
    Err(Problem::new(format!(
        "proxy: `{}` is none: such as http://proxy:3128, https://..., socks5://user:password@proxy:1080",
        mask::url(text)
    )))
}

/// What an error means. `answer` is what had come of the body, when its head had come already.
pub(super) fn of(error: &Error, url: &Url, trace: &Trace, answer: Option<&Answer>) -> Problem {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let there = format!("`{host}:{port}`");
    let steps = trace.steps();
    let address = steps
        .address
        .map(|address| format!(" ({address})"))
        .unwrap_or_default();
    if let Some(timeout) = timeout_of(error) {
        let secured = url.scheme() != "https" || steps.secured.is_some();
        let place = match (timeout, answer) {
            (_, Some(answer)) => {
                format!("after {} bytes of the body from {there}", answer.body_bytes)
            }
            (Timeout::Resolve, _) => format!("while it looked up `{host}`"),
            _ if steps.connected.is_none() => format!("while it connected to {there}{address}"),
            _ if !secured => format!("in the TLS handshake with {there}"),
            _ => format!("while it waited for the answer of {there}"),
        };
        return Problem::timeout(&place);
    }
    if let Some(answer) = answer {
        return Problem::new(format!(
            "the answer of {there} breaks off after {} bytes of its body: {}",
            answer.body_bytes,
            plain(error)
        ));
    }
    Problem::new(match error {
        Error::Other(told) => told.to_string(),
        Error::ConnectProxyFailed(reason) => {
            format!("the proxy lets nobody through to {there}: {reason}")
        }
        Error::Rustls(error) => tls(&error.to_string(), &there),
        Error::Tls(reason) => tls(reason, &there),
        Error::Protocol(error) => format!("{there} answers with what is not HTTP: {error}"),
        Error::LargeResponseHeader(_, most) => {
            format!("the head of the answer of {there} is larger than {most} bytes")
        }
        Error::Io(io) => match rustls_error(io) {
            Some(error) => tls(&error, &there),
            None if steps.connected.is_none() => {
                format!("cannot connect to {there}{address}: {}", plain(error))
            }
            None if io.kind() == io::ErrorKind::UnexpectedEof => {
                format!("{there} closed the connection without an answer")
            }
            None => format!("the connection to {there} broke: {}", plain(error)),
        },
        other => format!("the request to {there} failed: {other}"),
    })
}

fn tls(reason: &str, there: &str) -> String {
    let hint = if reason.contains("UnknownIssuer") {
        " (nobody whom this machine trusts has signed it; `jobs.http_ca_file` adds somebody)"
    } else {
        ""
    };
    format!("TLS with {there} failed: {reason}{hint}")
}

/// The timeout in an error, which may be wrapped once more.
fn timeout_of(error: &Error) -> Option<Timeout> {
    match error {
        Error::Timeout(timeout) => Some(*timeout),
        Error::Io(io) => io
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Error>())
            .and_then(timeout_of),
        Error::Decompress(_, io) => io
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Error>())
            .and_then(timeout_of),
        _ => None,
    }
}

fn rustls_error(io: &io::Error) -> Option<String> {
    let inner = io.get_ref()?;
    if let Some(error) = inner.downcast_ref::<rustls::Error>() {
        return Some(error.to_string());
    }
    inner
        .source()
        .and_then(|source| source.downcast_ref::<rustls::Error>())
        .map(ToString::to_string)
}

/// The innermost words, without the name of a library before them.
fn plain(error: &Error) -> String {
    match error {
        Error::Io(io) => io.to_string(),
        other => other.to_string(),
    }
}

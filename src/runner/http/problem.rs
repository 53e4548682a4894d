//! Why a request has no answer, in one sentence: what went wrong, and where.

use std::fmt;
use std::io;
use std::time::Duration;

use rustls::CertificateError;
use ureq::{Error, Timeout};
use url::Url;

use super::CONNECT_MAX;
use super::proxy::Chosen;
use super::wire::{Doing, Steps, Trace};
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

    pub(super) fn timeout(after: Option<Duration>, where_it_was: &str) -> Problem {
        let after = match after {
            Some(after) if after.subsec_nanos() == 0 => format!(" after {} s", after.as_secs()),
            Some(after) => format!(" after {:.3} s", after.as_secs_f64()),
            None => String::new(),
        };
        Problem {
            message: format!("timed out{after} {where_it_was}"),
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

/// An address as it may be shown, also when it is none.
pub(super) fn shown(text: &str) -> String {
    let masked = mask::url(text);
    // A password that should have been escaped hides the end of itself.
    match masked.rsplit_once('@') {
        Some((before, host)) if masked == text => {
            let scheme = before.find("://").map_or(0, |at| at + 3);
            format!("{}{}@{host}", &before[..scheme], mask::MASK)
        }
        _ => masked.into_owned(),
    }
}

/// Reads an address.
pub(super) fn url(text: &str) -> Result<Url, Problem> {
    match Url::parse(text.trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Ok(url),
        Ok(_) => Err(Problem::new(format!(
            "url: `{}` is not an address of http or https",
            shown(text)
        ))),
        Err(error) => Err(Problem::new(format!(
            "url: `{}` is not an address: {error}",
            shown(text)
        ))),
    }
}

/// A proxy that lets nobody in without a login, or not with this one.
pub(super) fn login(proxy: &Chosen) -> Problem {
    let what = match proxy.has_login() {
        true => "does not accept the login",
        false => "wants a login",
    };
    Problem::new(format!(
        "the proxy `{}` {what} (407 Proxy Authentication Required)",
        proxy.name()
    ))
}

/// A request to which an error may happen.
pub(super) struct Context<'a> {
    url: &'a Url,
    pub(super) trace: &'a Trace,
    proxy: Option<&'a Chosen>,
    /// How long it may take in all, and to connect.
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    /// How many bytes of the body have come, and how many were announced, once the head has come.
    pub(super) body: Option<(u64, Option<u64>)>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        url: &'a Url,
        trace: &'a Trace,
        proxy: Option<&'a Chosen>,
        timeout: Option<Duration>,
        left: Option<Duration>,
    ) -> Context<'a> {
        Context {
            url,
            trace,
            proxy,
            timeout,
            connect_timeout: match left {
                Some(left) if left <= CONNECT_MAX => timeout,
                _ => Some(CONNECT_MAX),
            },
            body: None,
        }
    }

    /// What an error means.
    pub(super) fn problem(&self, error: &Error) -> Problem {
        let steps = self.trace.steps();
        if let Some(timeout) = timeout_of(error) {
            let after = match timeout {
                Timeout::Connect => self.connect_timeout,
                _ => self.timeout,
            };
            return Problem::timeout(after, &self.place(&steps));
        }
        Problem::new(match self.body {
            Some(body) => self.broken_body(body, error),
            None => self.broken(&steps, error),
        })
    }

    /// What it was at, after "while it ...".
    fn place(&self, steps: &Steps) -> String {
        let target = self.target();
        if let Some((came, _)) = self.body {
            return format!("while it read the body from {target}: {came} bytes had come");
        }
        let peer = self.peer(steps);
        match &steps.doing {
            Doing::Beginning => "before it had begun".to_string(),
            Doing::Resolving(host) => format!("while it looked up `{host}`"),
            Doing::Connecting => format!("while it connected to {}", with_address(steps)),
            Doing::Securing => format!("in the TLS handshake with {peer}"),
            Doing::Talking => format!("while it waited for the answer of {peer}"),
        }
    }

    fn broken_body(&self, (came, length): (u64, Option<u64>), error: &Error) -> String {
        let of_all = match length {
            // What is packed is counted otherwise.
            Some(length) if length > came => format!("{came} of {length}"),
            _ => came.to_string(),
        };
        format!(
            "the answer of {} breaks off after {of_all} bytes of its body: {}",
            self.target(),
            plain(error)
        )
    }

    fn broken(&self, steps: &Steps, error: &Error) -> String {
        let peer = self.peer(steps);
        match error {
            Error::ConnectProxyFailed(reason) => self.refused_by_proxy(reason),
            Error::Rustls(error) => tls(error, &peer),
            Error::Protocol(error) => format!(
                "{peer} answers with what is not HTTP: {}",
                lower(&error.to_string()).trim_start_matches("http parse fail: ")
            ),
            Error::LargeResponseHeader(_, most) => {
                format!("the head of the answer of {peer} is larger than {most} bytes")
            }
            Error::HostNotFound => {
                format!("no such host: `{}` has no address", host(steps, self.url))
            }
            Error::Io(io) => match (rustls_error(io), &steps.doing) {
                (Some(error), _) => tls(error, &peer),
                (None, Doing::Resolving(host)) => look_up(host, &plain(error)),
                (None, Doing::Beginning | Doing::Connecting) => {
                    format!(
                        "cannot connect to {}: {}",
                        with_address(steps),
                        plain(error)
                    )
                }
                (None, Doing::Securing) => {
                    format!("TLS with {peer} failed: {}", plain(error))
                }
                (None, Doing::Talking) if io.kind() == io::ErrorKind::UnexpectedEof => {
                    format!("{peer} closed the connection before it had answered")
                }
                (None, Doing::Talking) => {
                    format!(
                        "the connection to {peer} broke before the answer: {}",
                        plain(error)
                    )
                }
            },
            other => format!("the request to {peer} failed: {other}"),
        }
    }

    fn refused_by_proxy(&self, reason: &str) -> String {
        let proxy = self.trace.proxy().unwrap_or("the proxy");
        let target = self.trace.target();
        let status = reason
            .strip_prefix("proxy server responded ")
            .and_then(|status| status.split('/').next());
        let reason = match (status, self.proxy) {
            (Some("407"), Some(proxy)) => return login(proxy).to_string(),
            (Some(status), _) => format!("it answers {}", super::attempt::status(status)),
            (None, _) => reason.to_string(),
        };
        format!("{proxy} does not connect to {target}: {reason}")
    }

    /// Who is asked, and through whom.
    pub(super) fn target(&self) -> String {
        match self.trace.proxy() {
            Some(proxy) => format!("{} (through {proxy})", self.trace.target()),
            None => self.trace.target().to_string(),
        }
    }

    /// With whom it had to do.
    fn peer(&self, steps: &Steps) -> String {
        if steps.peer.is_empty() || steps.peer == self.trace.target() {
            self.target()
        } else {
            steps.peer.clone()
        }
    }
}

fn host(steps: &Steps, url: &Url) -> String {
    match &steps.doing {
        Doing::Resolving(host) => host.clone(),
        _ => url.host_str().unwrap_or_default().to_string(),
    }
}

fn look_up(host: &str, reason: &str) -> String {
    // The words of the system's own library.
    const UNKNOWN: [&str; 3] = ["not known", "no address", "nodename nor servname"];
    let lower = reason.to_ascii_lowercase();
    if UNKNOWN.iter().any(|words| lower.contains(words)) {
        return format!("no such host: `{host}`");
    }
    let reason = reason.trim_start_matches("failed to lookup address information: ");
    format!("cannot look up `{host}`: {}", self::lower(reason))
}

/// Whom it connects to, with the address that was tried last.
fn with_address(steps: &Steps) -> String {
    match steps.address {
        Some(address) if !steps.peer.contains(&address.to_string()) => {
            format!("{} ({address})", steps.peer)
        }
        _ => steps.peer.clone(),
    }
}

fn tls(error: &rustls::Error, there: &str) -> String {
    let reason = match error {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        rustls::Error::InvalidMessage(_) => format!("it does not speak TLS ({error})"),
        other => other.to_string(),
    };
    format!("TLS with {there} failed: {reason}")
}

const UNTRUSTED: &str = "nobody whom this machine trusts has signed its certificate";

/// What is wrong with a certificate.
fn certificate(error: &CertificateError) -> String {
    let date = |time: &rustls::pki_types::UnixTime| {
        i64::try_from(time.as_secs())
            .ok()
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
            .map_or_else(String::new, |time| format!(" {time}"))
    };
    match error {
        CertificateError::UnknownIssuer => {
            format!("{UNTRUSTED} (`jobs.http_ca_file` adds somebody to trust)")
        }
        CertificateError::BadSignature => format!(
            "{UNTRUSTED}: who is trusted under that name has another key (`jobs.http_ca_file` adds somebody to trust)"
        ),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate has expired{}", date(not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("its certificate is not valid before{}", date(not_before))
        }
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => format!(
            "its certificate is not for `{}` but for {}",
            expected.to_str(),
            names(presented).join(", ")
        ),
        other => format!("its certificate is not valid: {other}"),
    }
}

/// The names of a certificate, as it has them: rustls tells each with its kind, `DnsName("a.example")`.
fn names(presented: &[String]) -> Vec<&str> {
    presented
        .iter()
        .map(|name| name.split('"').nth(1).unwrap_or(name))
        .collect()
}

/// The timeout in an error, which may be wrapped once more.
fn timeout_of(error: &Error) -> Option<Timeout> {
    let inner = match error {
        Error::Timeout(timeout) => return Some(*timeout),
        Error::Io(io) | Error::Decompress(_, io) => io,
        _ => return None,
    };
    inner.get_ref()?.downcast_ref().and_then(timeout_of)
}

fn rustls_error(io: &io::Error) -> Option<&rustls::Error> {
    let inner = io.get_ref()?;
    let direct = inner.downcast_ref::<rustls::Error>();
    direct.or_else(|| inner.source()?.downcast_ref())
}

/// The words of an error without the names of libraries and the numbers of the system.
fn plain(error: &Error) -> String {
    let text = match error {
        Error::Io(io) => match io.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(inner) => return plain(inner),
            None => return plain_io(io),
        },
        Error::Decompress(name, io) => match io.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(inner) => return plain(inner),
            None if is_cut_off(io) => return plain_io(io),
            None => format!("its {name} is broken: {io}"),
        },
        Error::Protocol(error) => error.to_string(),
        other => other.to_string(),
    };
    lower(&text)
}

/// Whether the connection has ended, and not only what was packed.
fn is_cut_off(io: &io::Error) -> bool {
    match io.kind() {
        io::ErrorKind::UnexpectedEof => io.to_string() == "Peer disconnected",
        _ => io.raw_os_error().is_some(),
    }
}

fn plain_io(io: &io::Error) -> String {
    match io.kind() {
        io::ErrorKind::UnexpectedEof => "the connection was closed".to_string(),
        _ => words(io),
    }
}

/// The words of an error of the system without its number.
pub(super) fn words(io: &io::Error) -> String {
    let text = io.to_string();
    lower(text.split(" (os error").next().unwrap_or_default())
}

/// Whether it is what was packed that ends too early, and not the connection.
pub(super) fn is_unpacked(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    matches!(inner, Some(Error::Decompress(_, io)) if io.kind() == io::ErrorKind::UnexpectedEof && !is_cut_off(io))
}

/// As in the middle of a sentence.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !text.chars().nth(1).is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_string(),
    }
}

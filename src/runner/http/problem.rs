//! The kinds of problems that leave a request without an answer, and their words for users.

use std::fmt;
use std::io;
use std::time::Duration;

use hyper::StatusCode;
use thiserror::Error;

use super::progress::Stage;
use super::socks::Refusal;
use super::tls::TlsFault;
use super::{HEAD_MAX, REDIRECTS_MAX};

/// Why a request has no answer.
#[derive(Debug, Error)]
pub enum Problem {
    /// A part of the request, or a setting, cannot be used. Nothing was sent.
    #[error("{field}: {reason}")]
    Invalid {
        /// The key of the job, of the configuration or of the environment.
        field: &'static str,
        reason: String,
    },
    /// The look-up of a name failed.
    #[error("cannot look up `{host}`: {}", lookup_words(.error))]
    Resolve { host: String, error: io::Error },
    /// The look-up of a name found nothing.
    #[error("no such host: `{host}` has no address")]
    NoAddress { host: String },
    /// No TCP connection. `peer` has the address that was tried last.
    #[error("cannot connect to {peer}: {}", io_words(.error))]
    Connect { peer: String, error: io::Error },
    /// No TLS connection, or a TLS connection that broke.
    #[error("TLS with {peer} failed: {fault}")]
    Tls { peer: String, fault: TlsFault },
    /// Neither the system nor the configuration names a certificate to trust.
    #[error(
        "this system has no certificates to trust (Debian's package `ca-certificates`), and `jobs.http_ca_file` names none"
    )]
    NoTrustedCertificates,
    /// An HTTP proxy answered 407. `was_sent` tells whether the request had a login for it.
    #[error("the proxy `{proxy}` {} (407 Proxy Authentication Required)", login_words(*.was_sent))]
    ProxyLogin { proxy: String, was_sent: bool },
    /// A proxy did not connect to the server.
    #[error("{proxy} does not connect to {target}: {fault}")]
    Proxy {
        proxy: String,
        target: String,
        fault: ProxyFault,
    },
    /// A time limit was reached. `after` is the limit, `stage` the step that did not end.
    #[error("timed out{} {stage}", limit_words(*.after))]
    Timeout {
        after: Option<Duration>,
        stage: Stage,
    },
    /// No head of an answer came that can be understood.
    #[error("{}", .fault.words(.peer))]
    Answer { peer: String, fault: AnswerFault },
    /// The body of an answer ended too early.
    #[error("the answer of {from} breaks off after {} bytes of its body: {fault}", of_announced(*.received, *.announced))]
    Body {
        from: String,
        /// How many bytes came, unpacked.
        received: u64,
        /// The `Content-Length`, if the body was not packed.
        announced: Option<u64>,
        fault: BodyFault,
    },
    /// A redirect that is not followed.
    #[error(transparent)]
    Redirect(RedirectFault),
    /// The operating system gives no means to wait for the network.
    #[error("the HTTP client cannot start: {}", io_words(.0))]
    Start(io::Error),
    /// The output of the request could not be written.
    #[error("the output of the request cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// Why a proxy did not connect to the server.
#[derive(Debug, Error)]
pub enum ProxyFault {
    #[error("it answers {}", status_words(*.0))]
    Status(StatusCode),
    #[error(transparent)]
    Socks(Refusal),
}

/// Why there is no head of an answer.
#[derive(Debug)]
pub enum AnswerFault {
    /// Bytes came that are not HTTP.
    NotHttp(ClientError),
    /// More than [`HEAD_MAX`] bytes came before the end of the head.
    HeadTooLarge,
    /// The peer closed the connection.
    Closed,
    /// The connection broke.
    Broken(io::Error),
    /// Another fault of the HTTP client.
    Client(ClientError),
}

/// An error of hyper or of ureq.
type ClientError = Box<dyn std::error::Error + Send + Sync>;

/// Why the body of an answer ended too early.
#[derive(Debug, Error)]
pub enum BodyFault {
    #[error("the connection was closed")]
    Closed,
    #[error("chunked encoding is not valid")]
    Chunks,
    #[error("its gzip is broken: {0}")]
    Gzip(io::Error),
    #[error("{}", io_words(.0))]
    Broken(io::Error),
    #[error("{0}")]
    Client(ClientError),
}

/// Why a redirect is not followed. All addresses are masked.
#[derive(Debug, Error)]
pub enum RedirectFault {
    #[error("more than {REDIRECTS_MAX} redirects, the last to `{last}`")]
    TooMany { last: String },
    #[error("redirected by {status} to `{to}`, which would lose the data: it has not arrived")]
    LosesBody { status: u16, to: String },
    #[error(
        "redirected to another server, `{to}`: the body is not sent there, for it seems to hold a secret"
    )]
    SecretBody { to: String },
    #[error("`{from}` redirects to `{to}`, which is no HTTP address")]
    NotHttp { from: String, to: String },
}

impl Problem {
    pub(super) fn invalid(field: &'static str, reason: impl fmt::Display) -> Problem {
        Problem::Invalid {
            field,
            reason: reason.to_string(),
        }
    }

    /// Whether a time limit was reached.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Problem::Timeout { .. })
    }

    /// An error of the HTTP client while it waited for the head of an answer of which `received` bytes had come.
    pub(super) fn of_answer(peer: &str, error: hyper::Error, received: usize) -> Problem {
        let fault = match io_source(&error) {
            Some(io) => return Problem::of_broken_connection(peer, io),
            None if error.is_parse() && received >= HEAD_MAX => AnswerFault::HeadTooLarge,
            None if error.is_parse() => AnswerFault::NotHttp(error.into()),
            None if error.is_incomplete_message() || error.is_canceled() || error.is_closed() => {
                AnswerFault::Closed
            }
            None => AnswerFault::Client(error.into()),
        };
        Problem::Answer {
            peer: peer.to_string(),
            fault,
        }
    }

    /// An error of a connection whose peer should have answered.
    pub(super) fn of_broken_connection(peer: &str, error: &io::Error) -> Problem {
        let peer = peer.to_string();
        if let Some(fault) = TlsFault::in_io(error) {
            return Problem::Tls { peer, fault };
        }
        let fault = match error.kind() {
            io::ErrorKind::UnexpectedEof => AnswerFault::Closed,
            _ => AnswerFault::Broken(copied(error)),
        };
        Problem::Answer { peer, fault }
    }
}

impl AnswerFault {
    fn words(&self, peer: &str) -> String {
        match self {
            AnswerFault::NotHttp(error) => {
                format!("{peer} sends an answer that is not HTTP: {error}")
            }
            AnswerFault::HeadTooLarge => {
                format!("the head of the answer of {peer} is larger than {HEAD_MAX} bytes")
            }
            AnswerFault::Closed => {
                format!("{peer} closed the connection before it had answered")
            }
            AnswerFault::Broken(error) => format!(
                "the connection to {peer} broke before the answer: {}",
                io_words(error)
            ),
            AnswerFault::Client(error) => format!("the request to {peer} failed: {error}"),
        }
    }
}

impl BodyFault {
    /// An error of the HTTP client while it read a body.
    pub(super) fn of(error: hyper::Error) -> BodyFault {
        match io_source(&error) {
            Some(io) => match io.kind() {
                io::ErrorKind::UnexpectedEof => BodyFault::Closed,
                // The kinds with which hyper reports the framing of chunks.
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
                    if TlsFault::in_io(io).is_none() =>
                {
                    BodyFault::Chunks
                }
                _ => BodyFault::Broken(copied(io)),
            },
            None if error.is_incomplete_message() => BodyFault::Closed,
            None => BodyFault::Client(error.into()),
        }
    }
}

/// The error of the connection under an error of the HTTP client.
fn io_source(error: &hyper::Error) -> Option<&io::Error> {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref() {
            return Some(io);
        }
        source = inner.source();
    }
    None
}

/// The same error; the HTTP client keeps its own.
fn copied(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// A status with its words, such as `404 Not Found`.
pub(super) fn status_words(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(words) => format!("{} {words}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

/// The words of an error of the system, without its number.
pub(super) fn io_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the connection was closed".to_string(),
        _ => {
            let text = error.to_string();
            lower(text.split(" (os error").next().unwrap_or_default())
        }
    }
}

fn lookup_words(error: &io::Error) -> String {
    let words = io_words(error);
    let reason = words.strip_prefix("failed to lookup address information: ");
    lower(reason.unwrap_or(&words))
}

fn login_words(was_sent: bool) -> &'static str {
    if was_sent {
        "does not accept the login"
    } else {
        "wants a login"
    }
}

fn limit_words(limit: Option<Duration>) -> String {
    match limit {
        Some(limit) if limit.subsec_nanos() == 0 => format!(" after {} s", limit.as_secs()),
        Some(limit) => format!(" after {:.3} s", limit.as_secs_f64()),
        None => String::new(),
    }
}

fn of_announced(received: u64, announced: Option<u64>) -> String {
    match announced {
        Some(announced) if announced > received => format!("{received} of {announced}"),
        _ => received.to_string(),
    }
}

/// As in the middle of a sentence: the first letter is small unless the first word is an abbreviation.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !text.chars().nth(1).is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_string(),
    }
}

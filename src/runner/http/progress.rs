//! How far a request has come, and when each step was done: for the message of a timeout and for the line of times in the log.

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The step at which a request is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    #[default]
    NotStarted,
    Resolving {
        host: String,
    },
    Connecting {
        /// Such as `` `host:80` `` or ``the proxy `host:3128` ``.
        peer: String,
        /// The address that is tried.
        address: Option<SocketAddr>,
    },
    TlsHandshake {
        peer: String,
    },
    /// The request is sent, or its answer awaited.
    Waiting {
        peer: String,
    },
    /// One of the steps until the answer: ureq does not tell them apart.
    NotAnswered {
        peer: String,
    },
    ReadingBody {
        from: String,
        /// How many bytes have come, unpacked.
        received: u64,
    },
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stage::NotStarted => f.write_str("before it had begun"),
            Stage::Resolving { host } => write!(f, "while it looked up `{host}`"),
            Stage::Connecting { peer, address } => {
                write!(f, "while it connected to {}", with_address(peer, *address))
            }
            Stage::TlsHandshake { peer } => write!(f, "in the TLS handshake with {peer}"),
            Stage::Waiting { peer } => write!(f, "while it waited for the answer of {peer}"),
            Stage::NotAnswered { peer } => write!(f, "before {peer} had answered"),
            Stage::ReadingBody { from, received } => write!(
                f,
                "while it read the body from {from}: {received} bytes had come"
            ),
        }
    }
}

/// A peer with the address that was tried, unless its name is that address.
pub(super) fn with_address(peer: &str, address: Option<SocketAddr>) -> String {
    match address {
        Some(address) if !peer.contains(&address.to_string()) => format!("{peer} ({address})"),
        _ => peer.to_string(),
    }
}

/// How far a request has come.
#[derive(Debug)]
pub(super) struct Progress {
    began: Instant,
    pub(super) stage: Stage,
    /// The times of the request of a chain of redirects that is under way; none once they are in the log.
    times: Option<Times>,
}

/// When the steps of one request were done.
#[derive(Debug)]
struct Times {
    began: Instant,
    resolved: Option<Instant>,
    connected: Option<Instant>,
    secured: Option<Instant>,
    first_byte: Option<Instant>,
}

impl Progress {
    pub(super) fn new() -> Progress {
        Progress {
            began: Instant::now(),
            stage: Stage::NotStarted,
            times: None,
        }
    }

    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// When the request must be done, redirects and body included.
    pub(super) fn deadline(&self, timeout: Option<Duration>) -> Option<Instant> {
        timeout.and_then(|timeout| self.began.checked_add(timeout))
    }

    /// One request of a chain of redirects begins.
    pub(super) fn start_hop(&mut self) {
        self.stage = Stage::NotStarted;
        self.times = Some(Times {
            began: Instant::now(),
            resolved: None,
            connected: None,
            secured: None,
            first_byte: None,
        });
    }

    pub(super) fn resolved(&mut self) {
        self.note(|times, now| times.resolved = Some(now));
    }

    pub(super) fn connected(&mut self) {
        self.note(|times, now| times.connected = Some(now));
    }

    pub(super) fn secured(&mut self) {
        self.note(|times, now| times.secured = Some(now));
    }

    pub(super) fn first_byte(&mut self) {
        self.note(|times, now| times.first_byte = Some(now));
    }

    fn note(&mut self, set: impl FnOnce(&mut Times, Instant)) {
        if let Some(times) = &mut self.times {
            set(times, Instant::now());
        }
    }

    /// Writes where the time went, once per request.
    pub(super) fn log_times(&mut self, log: &mut impl Write) -> io::Result<()> {
        let Some(times) = self.times.take() else {
            return Ok(());
        };
        let millis = |duration: Duration| format!("{:.1} ms", duration.as_secs_f64() * 1000.0);
        let mut parts = Vec::new();
        if let Some(resolved) = times.resolved {
            parts.push(format!("name {}", millis(resolved - times.began)));
        }
        if let Some(connected) = times.connected {
            let from = times.resolved.unwrap_or(times.began);
            let took = connected.saturating_duration_since(from);
            parts.push(format!("connect {}", millis(took)));
            if let Some(secured) = times.secured {
                let took = secured.saturating_duration_since(connected);
                parts.push(format!("TLS {}", millis(took)));
            }
        }
        if let Some(first_byte) = times.first_byte {
            parts.push(format!("first byte {}", millis(first_byte - times.began)));
        }
        parts.push(format!("total {}", millis(self.began.elapsed())));
        if let Stage::ReadingBody { received, .. } = self.stage {
            parts.push(format!("{received} bytes of body"));
        }
        writeln!(log, "* {}", parts.join(", "))
    }
}

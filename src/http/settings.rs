//! The settings of the HTTP server that can change while it is open.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::tls::Tls;
use jobs_model::Network;

/// The settings of the HTTP server. Each request is answered with those that are in force when it comes.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Certificate and key. Without them connections are not encrypted.
    pub tls: Option<Arc<Tls>>,
    /// Host names of the server, besides `localhost`, that requests may have in `Host`.
    pub names: Vec<String>,
    /// Whether the routes of the original system give in to its clients.
    pub is_compatible: bool,
    /// Whether the server has the web page.
    pub has_page: bool,
    /// Origins whose pages may call the server (CORS), as browsers send them.
    pub cors_origins: Vec<String>,
    /// Networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// The rate limit per client; none when absent.
    pub rate: Option<Rate>,
    /// The largest body of a request, in bytes.
    pub max_body: u64,
    /// Upper bound on open connections.
    pub max_connections: usize,
    /// Upper bound on open connections of one client.
    pub max_connections_per_client: usize,
    /// How long a client may take to send the head of a request.
    pub header_timeout: Duration,
    /// How long a client may take to send the body of a request, and then the server until its answer begins.
    pub request_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub idle_timeout: Duration,
    /// Access to the metrics.
    pub metrics: MetricsAccess,
    /// The HTTP methods whose requests are logged in the system log.
    pub logged_methods: Vec<String>,
}

/// A rate limit: a token bucket per client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests per second in the long run.
    pub per_second: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

/// The callers who may read the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsAccess {
    /// Callers with a token.
    Token,
    /// Everyone whose address is allowed.
    Everyone,
    /// Nobody.
    Nobody,
}

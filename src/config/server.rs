//! The sections about the HTTP server, with their defaults, and the rules between their keys.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Config;
use super::units::{Bytes, Seconds, empty_is_none};
use super::words::MetricsAccess;
use jobs_error::{Error, Result};
use jobs_model::Network;

/// `server`: the HTTP server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Whether the server is started; `start --http` starts it in any case.
    pub enabled: bool,
    /// The address of this machine on which the server listens.
    pub address: IpAddr,
    /// The TCP port; 0 takes a free one.
    pub port: u16,
    /// The certificate for HTTPS; without one the server speaks plain HTTP.
    pub tls: Tls,
    /// Host names by which clients reach the server, besides IP addresses and `localhost`. A request with another name in its
    /// header `Host` is refused.
    pub names: Vec<String>,
    /// Whether the routes under `/jobs/` and `/admin/` give in to clients of the original system.
    pub compatible: bool,
    /// Whether the server has the web page.
    pub page: bool,
    /// Scripts of web pages from these origins may use the server; an origin is written as browsers send it.
    pub cors_origins: Vec<String>,
    /// Proxies in these networks may say in `X-Forwarded-For` who the client is.
    pub trusted_proxies: Vec<Network>,
    /// How many requests a client may send in a second, on average; 0 is no limit.
    pub rate_limit: u32,
    /// How many requests of a client may come at once.
    pub rate_burst: u32,
    /// The largest body of a request, in bytes.
    pub max_body: Bytes,
    /// How many connections may be open.
    pub max_connections: u32,
    /// How many connections one client may have.
    pub max_connections_per_client: u32,
    /// How long a client may take to send the head of a request, in seconds.
    pub header_timeout: Seconds,
    /// How long a client may take to send the body of a request, and then the answer to begin, in seconds.
    pub request_timeout: Seconds,
    /// How long a connection waits for its next request, in seconds.
    pub idle_timeout: Seconds,
    /// How long the token of a login is valid, in seconds.
    pub login_lifetime: Seconds,
    /// How long a session of the web page lasts without a request, in seconds.
    pub session_idle: Seconds,
    /// How long a session of the web page lasts at most, in seconds.
    pub session_max: Seconds,
    /// The callers that may read `/metrics`.
    pub metrics: MetricsAccess,
    /// Whether the daemon reads its configuration file again when the file changes.
    pub watch_config: bool,
}

impl Default for Server {
    fn default() -> Self {
        Server {
            enabled: false,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 36363,
            tls: Tls::default(),
            names: Vec::new(),
            compatible: true,
            page: true,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            rate_limit: 50,
            rate_burst: 200,
            max_body: Bytes(1024 * 1024),
            max_connections: 4096,
            max_connections_per_client: 2000,
            header_timeout: Seconds(10),
            request_timeout: Seconds(30),
            idle_timeout: Seconds(75),
            login_lifetime: Seconds(24 * 3600),
            session_idle: Seconds(8 * 3600),
            session_max: Seconds(7 * 24 * 3600),
            metrics: MetricsAccess::Token,
            watch_config: false,
        }
    }
}

/// `server.tls`: the certificate of the HTTP server; both files or none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// The PEM file with the certificate, followed by those up to its authority; none is no TLS.
    #[serde(with = "empty_is_none")]
    pub cert: Option<PathBuf>,
    /// The PEM file with the key of the certificate.
    #[serde(with = "empty_is_none")]
    pub key: Option<PathBuf>,
}

impl Tls {
    /// The files of the certificate and of its key; none without TLS.
    pub fn files(&self) -> Option<(&Path, &Path)> {
        self.cert.as_deref().zip(self.key.as_deref())
    }
}

/// `audit`: the record of all changes and of who made them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// Days that an entry is kept; 0 keeps all.
    pub keep_days: u64,
    /// How many entries are kept at most; 0 keeps all. The oldest are removed first.
    pub max_entries: u64,
}

impl Default for Audit {
    fn default() -> Self {
        Audit {
            keep_days: 365,
            max_entries: 1_000_000,
        }
    }
}

/// Refuses keys that contradict each other, though each alone is accepted.
pub(super) fn check(config: &Config) -> Result<()> {
    let tls = &config.server.tls;
    let missing = match (tls.cert.is_none(), tls.key.is_none()) {
        (true, false) => Some(("server.tls.cert", "server.tls.key")),
        (false, true) => Some(("server.tls.key", "server.tls.cert")),
        (true, true) | (false, false) => None,
    };
    match missing {
        Some((missing, given)) => Err(Error::invalid(
            missing,
            format!("is missing, though `{given}` is set"),
        )
        .hint("set both for TLS, or none")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::load;

    #[test]
    fn server_keys_are_read_or_refused() {
        let good = [
            ("address: '::'", "/server/address", "\"::\""),
            ("address: 0.0.0.0", "/server/address", "\"0.0.0.0\""),
            ("enabled: on", "/server/enabled", "true"),
            ("max_body: 2MiB", "/server/max_body", "2097152"),
            ("login_lifetime: 365d", "/server/login_lifetime", "31536000"),
            ("metrics: OPEN", "/server/metrics", "\"open\""),
            (
                "cors_origins: [HTTPS://Example.com:443/, 'http://localhost:8080']",
                "/server/cors_origins",
                "[\"https://example.com\",\"http://localhost:8080\"]",
            ),
            (
                "names: [Jobs.Example.com., intranet]",
                "/server/names",
                "[\"jobs.example.com\",\"intranet\"]",
            ),
            ("compatible: off", "/server/compatible", "false"),
            (
                "tls: {cert: /c.pem, key: /k.pem}",
                "/server/tls/cert",
                "\"/c.pem\"",
            ),
        ];
        for (yaml, pointer, value) in good {
            let loaded = load(&format!("server: {{{yaml}}}"), &[]).unwrap();
            let json = loaded.config.to_json();
            assert_eq!(json.pointer(pointer).unwrap().to_string(), value, "{yaml}");
        }
        let bad = [
            ("address: localhost", "`localhost` is not an IP address"),
            (
                "address: 127.0.0.1:80",
                "`127.0.0.1:80` is not an IP address",
            ),
            ("cors_origins: ['*']", "every web page"),
            (
                "cors_origins: [example.com]",
                "`example.com` is not an origin",
            ),
            ("cors_origins: ['ftp://a']", "`ftp://a` is not an origin"),
            (
                "cors_origins: ['https://a/b']",
                "more than scheme, host and port",
            ),
            ("cors_origins: ['null']", "`null` is not an origin"),
            (
                "trusted_proxies: [proxy]",
                "`proxy` is not an address or network",
            ),
            ("names: ['*']", "`*` is not the name of a host"),
            ("names: ['a.b:80']", "`a.b:80` is not the name of a host"),
            (
                "names: ['http://a.b']",
                "`http://a.b` is not the name of a host",
            ),
            ("names: [a..b]", "`a..b` is not the name of a host"),
            ("rate_burst: 0", "`0` is out of range"),
            ("header_timeout: 0", "`0` is out of range"),
            ("login_lifetime: 59", "`59` is out of range"),
            ("metrics: everyone", "`everyone` is unknown"),
            ("tls: {cert: c.pem}", "`c.pem` is not an absolute path"),
            ("tls: {cert: /c.pem}", "server.tls.key: is missing"),
            ("tls: {key: /k.pem}", "server.tls.cert: is missing"),
        ];
        for (yaml, message) in bad {
            let error = load(&format!("server: {{{yaml}}}"), &[]).unwrap_err();
            assert!(error.to_string().contains(message), "{yaml}: {error}");
        }
    }

    #[test]
    fn environment_sets_server_keys() {
        let variables = [
            ("JOBS_SERVER_ENABLED", "true"),
            ("JOBS_SERVER_TLS_CERT", "/c.pem"),
            ("JOBS_SERVER_TLS_KEY", "/k.pem"),
            ("JOBS_SERVER_CORS_ORIGINS", "https://a.test, https://b.test"),
            ("JOBS_AUDIT_KEEP_DAYS", "0"),
        ];
        let config = load("", &variables).unwrap().config;
        assert!(config.server.enabled);
        assert_eq!(config.server.tls.key, Some("/k.pem".into()));
        assert_eq!(config.server.cors_origins.len(), 2);
        assert_eq!(config.audit.keep_days, 0);
    }
}

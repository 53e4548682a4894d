//! The URL of a request: read, shown without secrets, and named in messages.

use url::Url;

use super::problem::Problem;
use super::proxy::Proxy;
use jobs_mask as mask;

/// Reads the URL of a request.
pub(super) fn parse(text: &str) -> Result<Url, Problem> {
    let refused = |why: String| Problem::invalid("url", format!("`{}` {why}", shown(text)));
    match Url::parse(text.trim()) {
        Ok(url) if is_http(&url) => Ok(url),
        Ok(_) => Err(refused("is not an address of http or https".to_string())),
        Err(error) => Err(refused(format!("is not an address: {error}"))),
    }
}

/// Whether a URL is one of http or https, with a host.
pub(super) fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.host().is_some()
}

/// A URL as it may be shown. The text may be no URL at all.
pub(super) fn shown(text: &str) -> String {
    let masked = mask::url(text);
    // An unescaped character in a password, such as `/`, ends the part in which `mask` looks for it.
    match masked.rsplit_once('@') {
        Some((before, host)) if masked == text => {
            let scheme = before.find("://").map_or(0, |at| at + 3);
            format!("{}{}@{host}", &before[..scheme], mask::MASK)
        }
        _ => masked.into_owned(),
    }
}

/// The names of the server and of the proxy before it, for messages.
#[derive(Clone, Debug)]
pub(super) struct PeerNames {
    /// `` `host:port` ``
    pub(super) server: String,
    /// ``the proxy `host:port` ``
    pub(super) proxy: Option<String>,
}

impl PeerNames {
    pub(super) fn new(url: &Url, proxy: Option<&Proxy>) -> PeerNames {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        PeerNames {
            server: format!("`{host}:{port}`"),
            proxy: proxy.map(|proxy| format!("the proxy `{}`", proxy.name())),
        }
    }

    /// The server, and the proxy through which the request goes.
    pub(super) fn server_and_proxy(&self) -> String {
        match &self.proxy {
            Some(proxy) => format!("{} (through {proxy})", self.server),
            None => self.server.clone(),
        }
    }
}

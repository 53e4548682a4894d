//! The proxy of a request: the one that the job names, else the one that the environment of the daemon names.
//!
//! `hyper_util::client::proxy::matcher` is not used: it knows no ports in `NO_PROXY`, ignores a proxy that it cannot read instead of
//! refusing it, and does not tell which variable named the proxy.

use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::problem::Problem;
use super::target::shown;
use jobs_model::{Network, NetworkError};

/// The proxy of a request.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    pub(super) kind: Kind,
    /// An IPv6 address has its brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) login: Option<Login>,
    /// The URL as it may be shown, and the variable that named the proxy.
    pub(super) shown: String,
}

/// The protocol of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Http,
    /// HTTP, in TLS as far as the proxy.
    Https,
    /// SOCKS 5; the proxy looks the names up, for it may know names that are unknown here.
    Socks5,
}

/// The user and the password for a proxy.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) user: Vec<u8>,
    pub(super) password: Vec<u8>,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login")
    }
}

impl Login {
    fn of(url: &Url) -> Option<Login> {
        if url.username().is_empty() && url.password().is_none() {
            return None;
        }
        Some(Login {
            user: percent_decode_str(url.username()).collect(),
            password: percent_decode_str(url.password().unwrap_or_default()).collect(),
        })
    }

    /// The value of the header `Proxy-Authorization`.
    pub(super) fn basic(&self) -> String {
        let login = [&self.user, b":".as_slice(), &self.password].concat();
        format!("Basic {}", BASE64_STANDARD.encode(login))
    }
}

impl Proxy {
    /// `host:port`.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Whether the proxy is asked for the whole URL instead of a tunnel: many HTTP proxies allow tunnels to port 443 only.
    pub(super) fn forwards(&self, url: &Url) -> bool {
        match self.kind {
            Kind::Http | Kind::Https => url.scheme() == "http",
            Kind::Socks5 => false,
        }
    }

    /// The proxy has answered that it wants a login, or another one.
    pub(super) fn login_problem(&self) -> Problem {
        Problem::ProxyLogin {
            proxy: self.name(),
            was_sent: self.login.is_some(),
        }
    }
}

/// The proxy for a URL; none when the request goes there directly.
pub(super) fn choose(own: Option<&str>, url: &Url) -> Result<Option<Proxy>, Problem> {
    match own {
        Some(own) => parse(own, "proxy").map(Some),
        None => from_env(url, &|name| std::env::var(name).ok()),
    }
}

fn from_env(url: &Url, env: &dyn Fn(&str) -> Option<String>) -> Result<Option<Proxy>, Problem> {
    let find = |names: &[&'static str]| {
        names.iter().find_map(|name| {
            let value = env(name)?;
            let value = value.trim();
            (!value.is_empty()).then(|| (*name, value.to_string()))
        })
    };
    let of_scheme = match url.scheme() {
        "https" => ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
        _ => ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
    };
    let Some((name, value)) = find(&of_scheme) else {
        return Ok(None);
    };
    if find(&["no_proxy", "NO_PROXY"]).is_some_and(|(_, list)| is_exempt(&list, url)) {
        return Ok(None);
    }
    // In the environment a proxy may stand without its scheme.
    let text = match value.contains("://") {
        true => value,
        false => format!("http://{value}"),
    };
    let mut proxy = parse(&text, name)?;
    proxy.shown = format!("{} (`{name}`)", proxy.shown);
    Ok(Some(proxy))
}

/// Reads the URL of a proxy. `field` is the key or the variable that holds it.
fn parse(text: &str, field: &'static str) -> Result<Proxy, Problem> {
    let text = text.trim();
    read(text).ok_or_else(|| {
        Problem::invalid(
            field,
            format!(
                "`{}` is no proxy, such as `http://proxy:3128`, `https://...` or `socks5://user:password@proxy:1080`",
                shown(text)
            ),
        )
    })
}

fn read(text: &str) -> Option<Proxy> {
    let url = Url::parse(text).ok().filter(|_| text.contains("://"))?;
    let (kind, usual_port) = match url.scheme() {
        "http" => (Kind::Http, 80),
        "https" => (Kind::Https, 443),
        "socks5" | "socks5h" => (Kind::Socks5, 1080),
        _ => return None,
    };
    // An unescaped character in a password, such as `/`, makes a path of the rest.
    let is_whole =
        matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let host = url.host_str().filter(|host| is_whole && !host.is_empty())?;
    Some(Proxy {
        kind,
        host: host.to_string(),
        port: url.port().unwrap_or(usual_port),
        login: Login::of(&url),
        shown: format!("`{}`", shown(text)),
    })
}

/// Whether `NO_PROXY` names the host of a URL. An entry is a host, a domain, an address, a network such as `10.0.0.0/8`, or `*`; all but
/// the last two may have a port.
fn is_exempt(list: &str, url: &Url) -> bool {
    let port = url.port_or_known_default().unwrap_or_default();
    let (name, address) = match url.host() {
        Some(Host::Domain(name)) => (name.trim_end_matches('.').to_ascii_lowercase(), None),
        Some(Host::Ipv4(address)) => (address.to_string(), Some(IpAddr::V4(address))),
        Some(Host::Ipv6(address)) => (address.to_string(), Some(IpAddr::V6(address))),
        None => return false,
    };
    list.split([',', ' ', '\t'])
        .filter(|entry| !entry.is_empty())
        .any(|entry| {
            if entry == "*" {
                return true;
            }
            if let (true, Some(address)) = (entry.contains('/'), address) {
                return network(entry).is_some_and(|network| network.contains(address));
            }
            let (host, its_port) = split_port(entry);
            if its_port.is_some_and(|its| its != port) {
                return false;
            }
            if let Some(address) = address {
                return host.parse() == Ok(address);
            }
            let domain = host
                .trim_start_matches("*.")
                .trim_matches('.')
                .to_ascii_lowercase();
            name.strip_suffix(&domain)
                .is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
}

/// `host`, `host:port`, `::1`, `[::1]`, `[::1]:port`.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().ok())
        }
        _ => (entry, None),
    };
    (host.trim_start_matches('[').trim_end_matches(']'), port)
}

/// A network of `NO_PROXY`. As in other programs that read the variable, bits beyond the prefix do not count.
fn network(entry: &str) -> Option<Network> {
    match entry.parse() {
        Ok(network) | Err(NetworkError::HostBits { network, .. }) => Some(network),
        Err(NetworkError::Unreadable { .. }) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown_proxy(url: &str, env: &[(&str, &str)]) -> Option<String> {
        let env: Vec<(String, String)> = env
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        let look = |name: &str| {
            let found = env.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let proxy = from_env(&Url::parse(url).unwrap(), &look).unwrap();
        proxy.map(|proxy| proxy.shown)
    }

    #[test]
    fn environment_with_proxies_chooses_by_scheme() {
        let env = [
            ("HTTP_PROXY", "one:1"),
            ("https_proxy", "http://u:secret@two:2"),
            ("ALL_PROXY", "socks5://three:3"),
        ];
        let shown = |url: &str, env| shown_proxy(url, env).unwrap_or_default();
        assert_eq!(shown("http://h/", &env), "`http://one:1` (`HTTP_PROXY`)");
        assert_eq!(
            shown("https://h/", &env),
            "`http://u:***@two:2` (`https_proxy`)"
        );
        assert_eq!(
            shown("https://h/", &env[2..]),
            "`socks5://three:3` (`ALL_PROXY`)"
        );
        assert_eq!(shown_proxy("http://h/", &[("HTTP_PROXY", " ")]), None);
        assert_eq!(shown_proxy("http://h/", &env[1..2]), None);
    }

    #[test]
    fn invalid_proxy_is_refused() {
        let url = Url::parse("http://h/").unwrap();
        for value in [
            "ftp://proxy:1",
            "http://",
            "http://a b",
            "socks4://p:1",
            "http://u:p/w@h:1",
            "http://h:port",
            "http://h:99999",
            "http://[::1]x",
            "http://h:1/path",
        ] {
            let look = |name: &str| (name == "http_proxy").then(|| value.to_string());
            let problem = from_env(&url, &look).unwrap_err().to_string();
            assert!(problem.starts_with("http_proxy: `"), "{problem}");
        }
        let problem = choose(Some("proxy:3128"), &url).unwrap_err().to_string();
        assert!(
            problem.starts_with("proxy: `proxy:3128` is no proxy"),
            "{problem}"
        );
    }

    #[test]
    fn no_proxy_exempts_hosts_domains_addresses_and_networks() {
        for (list, url, is_exempt) in [
            ("*", "http://h/", true),
            ("h", "http://h/", true),
            ("h", "http://H:8080/", true),
            ("h:80", "http://h/", true),
            ("h:81", "http://h/", false),
            ("h:443", "https://h/", true),
            ("example.com", "http://a.example.com/", true),
            (".example.com", "http://a.example.com/", true),
            ("*.example.com", "http://example.com/", true),
            ("example.com", "http://badexample.com/", false),
            ("a, b\tc", "http://c/", true),
            ("", "http://c/", false),
            (".", "http://c/", false),
            ("127.0.0.1", "http://127.0.0.1:1/", true),
            ("127.0.0.0/8", "http://127.3.4.5/", true),
            ("127.0.0.0/8", "http://128.3.4.5/", false),
            ("127.0.0.1/8", "http://127.3.4.5/", true),
            ("0.0.0.0/0", "http://128.3.4.5/", true),
            ("10.0.0.0/99", "http://10.0.0.0/", false),
            ("10.0.0.1/32", "http://10.0.0.1/", true),
            ("::1", "http://[::1]:9/", true),
            ("[::1]:9", "http://[::1]:9/", true),
            ("[::1]:8", "http://[::1]:9/", false),
            ("fd00::/8", "http://[fd12::1]/", true),
            ("::/0", "http://[fd12::1]/", true),
            ("1.2.3.4", "http://h/", false),
        ] {
            let env = [
                ("HTTP_PROXY", "p:1"),
                ("HTTPS_PROXY", "p:1"),
                ("NO_PROXY", list),
            ];
            assert_eq!(shown_proxy(url, &env).is_none(), is_exempt, "{list} {url}");
        }
    }
}

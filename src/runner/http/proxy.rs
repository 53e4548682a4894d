//! Which proxy a request goes through: the one that it names, else what the environment of the daemon says.

use std::net::IpAddr;

use ureq::ProxyProtocol;
use url::{Host, Url};

use super::Problem;
use super::problem::shown;

/// The proxy of a request.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) proxy: ureq::Proxy,
    /// As it may be shown, and where it comes from.
    pub(super) told: String,
}

impl Chosen {
    pub(super) fn is_https(&self) -> bool {
        self.proxy.protocol() == ProxyProtocol::Https
    }

    pub(super) fn has_login(&self) -> bool {
        self.proxy.username().or(self.proxy.password()).is_some()
    }

    /// `host:port`.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.proxy.host(), self.proxy.port())
    }
}

/// The proxy for an address; none when it goes there directly.
pub(super) fn choose(own: Option<&str>, url: &Url) -> Result<Option<Chosen>, Problem> {
    if let Some(own) = own {
        return parse(own, "proxy", own.contains("://")).map(Some);
    }
    from_env(url, &|name| std::env::var(name).ok())
}

fn from_env(url: &Url, env: &dyn Fn(&str) -> Option<String>) -> Result<Option<Chosen>, Problem> {
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
    let mut chosen = parse(&text, name, true)?;
    chosen.told = format!("{} (`{name}`)", chosen.told);
    Ok(Some(chosen))
}

/// Reads the address of a proxy.
fn parse(text: &str, key: &str, has_scheme: bool) -> Result<Chosen, Problem> {
    let text = text.trim();
    let scheme = text
        .split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let proxy = match scheme.as_str() {
        // The proxy looks the name up: it knows names that nobody knows here.
        "socks5" | "socks5h" => text
            .get(scheme.len()..)
            .map(|rest| format!("socks5h{rest}")),
        "http" | "https" => Some(text.to_string()),
        _ => None,
    };
    match proxy
        .filter(|_| has_scheme)
        .map(|text| ureq::Proxy::new(&text))
    {
        Some(Ok(proxy)) if is_whole(&proxy) => Ok(Chosen {
            proxy,
            told: format!("`{}`", shown(text)),
        }),
        _ => Err(Problem::new(format!(
            "{key}: `{}` is no proxy, such as `http://proxy:3128`, `https://...` or `socks5://user:password@proxy:1080`",
            shown(text)
        ))),
    }
}

/// Whether an address is that of a proxy and no more: what should have been escaped in a password ends the host.
fn is_whole(proxy: &ureq::Proxy) -> bool {
    let uri = proxy.uri();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let host = authority.rsplit('@').next().unwrap_or_default();
    let port = match host.rsplit_once(']') {
        Some((_, port)) => port,
        None => host.find(':').map_or("", |at| &host[at..]),
    };
    let has_port = port.starts_with(':');
    !proxy.host().is_empty()
        && (has_port || port.is_empty())
        && has_port == uri.port_u16().is_some()
        && matches!(uri.path(), "" | "/")
}

/// Whether `NO_PROXY` names the host: itself or a domain of it, an address, a network such as `10.0.0.0/8`, `*`; each but the last two
/// may have a port.
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
            if let (Some((network, bits)), Some(address)) = (entry.split_once('/'), address) {
                return is_within(address, network, bits);
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

fn is_within(address: IpAddr, network: &str, bits: &str) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    let (one, other, width) = match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            (u128::from(one.to_bits()), u128::from(other.to_bits()), 32)
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits(), other.to_bits(), 128),
        _ => return false,
    };
    // Nothing is left to differ in a network of 0 bits, and more bits than there are mean nothing.
    bits <= width && (one ^ other).checked_shr(width - bits).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(url: &str, env: &[(&str, &str)]) -> Option<String> {
        let env: Vec<(String, String)> = env
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        let look = |name: &str| {
            let found = env.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let chosen = from_env(&Url::parse(url).unwrap(), &look).unwrap();
        chosen.map(|chosen| chosen.told)
    }

    #[test]
    fn the_environment_names_a_proxy_for_each_scheme() {
        let env = [
            ("HTTP_PROXY", "one:1"),
            ("https_proxy", "http://u:secret@two:2"),
            ("ALL_PROXY", "socks5://three:3"),
        ];
        let told = |url: &str, env| chosen(url, env).unwrap_or_default();
        assert_eq!(told("http://h/", &env), "`http://one:1` (`HTTP_PROXY`)");
        assert_eq!(
            told("https://h/", &env),
            "`http://u:***@two:2` (`https_proxy`)"
        );
        assert_eq!(
            told("https://h/", &env[2..]),
            "`socks5://three:3` (`ALL_PROXY`)"
        );
        assert_eq!(chosen("http://h/", &[("HTTP_PROXY", " ")]), None);
        assert_eq!(chosen("http://h/", &env[1..2]), None);
    }

    #[test]
    fn a_proxy_that_is_none_is_not_passed_by() {
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
            assert_eq!(chosen(url, &env).is_none(), is_exempt, "{list} {url}");
        }
    }
}

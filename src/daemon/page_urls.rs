//! The addresses of the web page.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use jobs_config::Server;
use jobs_error::{Error, Result};

/// The addresses of the page for browsers, the best one first. `open` is the scheme and the address of the server while it is open.
///
/// # Errors
///
/// [`Error::Conflict`] when the server or the page is closed.
pub(super) fn of(
    server: &Server,
    config_file: &str,
    open: Option<(&'static str, SocketAddr)>,
) -> Result<Vec<String>> {
    let Some((scheme, address)) = open else {
        let address = SocketAddr::new(server.address, server.port);
        return Err(Error::Conflict(format!(
            "the HTTP server is closed, so there is no page\n\
             hint: `server.enabled: true` in `{config_file}` and `jobs reload` open it at `{address}`; so does `jobs shutdown` \
             and then `jobs start --http`"
        )));
    };
    if !server.page {
        return Err(Error::Conflict(format!(
            "the page is closed: `server.page` is false in `{config_file}`\n\
             hint: set it to true, then `jobs reload`"
        )));
    }
    Ok(urls(scheme, address, &server.names))
}

/// A server on the loopback has its names by a proxy, whose port is not known here.
fn urls(scheme: &str, address: SocketAddr, names: &[String]) -> Vec<String> {
    let (ip, port) = (address.ip(), address.port());
    let reachable = match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let mut urls = vec![format!("{scheme}://{}/", SocketAddr::new(reachable, port))];
    if !ip.to_canonical().is_loopback() {
        // A certificate is for names.
        let at = usize::from(scheme == "http");
        let named = names
            .iter()
            .map(|name| format!("{scheme}://{name}:{port}/"));
        urls.splice(at..at, named);
    }
    urls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_those_that_a_browser_reaches() {
        let names = ["jobs.example.com".to_string()];
        for (scheme, address, expected) in [
            ("http", "127.0.0.1:1", vec!["http://127.0.0.1:1/"]),
            ("https", "[::1]:1", vec!["https://[::1]:1/"]),
            (
                "http",
                "0.0.0.0:1",
                vec!["http://127.0.0.1:1/", "http://jobs.example.com:1/"],
            ),
            (
                "https",
                "[::]:1",
                vec!["https://jobs.example.com:1/", "https://[::1]:1/"],
            ),
            (
                "http",
                "192.0.2.7:1",
                vec!["http://192.0.2.7:1/", "http://jobs.example.com:1/"],
            ),
        ] {
            assert_eq!(
                urls(scheme, address.parse().unwrap(), &names),
                expected,
                "{address}"
            );
        }
    }

    #[test]
    fn closed_page_tells_what_opens_it() {
        let mut server = Server::default();
        let error = of(&server, "/x/config.yaml", None).unwrap_err().to_string();
        for part in [
            "closed",
            "server.enabled: true",
            "/x/config.yaml",
            "127.0.0.1:36363",
        ] {
            assert!(error.contains(part), "{error}");
        }
        server.page = false;
        let open = Some(("http", "127.0.0.1:1".parse().unwrap()));
        let error = of(&server, "/x/config.yaml", open).unwrap_err().to_string();
        assert!(error.contains("`server.page` is false"), "{error}");
    }
}

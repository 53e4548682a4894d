//! The origin of a request: a browser tells from which page a script sends it.

use axum::http::header::{self, HeaderMap};
use axum::http::{StatusCode, uri};

use super::client::Client;
use super::response::HttpError;
use jobs_text::cut;

/// Says from where a browser sends a request; a script cannot set it.
const FETCH_SITE: &str = "sec-fetch-site";

/// How many characters of an origin are shown in an error.
const SHOWN: usize = 100;

/// Refuses a request that a page of another origin sends.
pub(super) fn check_origin(headers: &HeaderMap, client: Client) -> Result<(), HttpError> {
    for site in headers.get_all(FETCH_SITE) {
        if site != "same-origin" {
            let site = String::from_utf8_lossy(site.as_bytes());
            return Err(foreign(FETCH_SITE, &site));
        }
    }
    for origin in headers.get_all(header::ORIGIN) {
        let text = String::from_utf8_lossy(origin.as_bytes());
        if !is_own(&text, headers, client) {
            return Err(foreign("origin", &text));
        }
    }
    Ok(())
}

fn foreign(name: &str, value: &str) -> HttpError {
    let message = format!(
        "{name}: `{}` is not this page\nhint: a proxy before the server must pass on the header `Host`",
        cut(value, SHOWN)
    );
    HttpError::new(StatusCode::FORBIDDEN, message)
}

/// Whether an origin is that of this server by the name that the request has in `Host`. A proxy may add TLS, so only a
/// connection that is encrypted itself needs the scheme `https`.
fn is_own(origin: &str, headers: &HeaderMap, client: Client) -> bool {
    let (is_https, authority) = match origin.split_once("://") {
        Some(("https", authority)) => (true, authority),
        Some(("http", authority)) if !client.is_tls => (false, authority),
        Some(_) | None => return false,
    };
    let own = host(headers).map(|host| host_and_port(host, is_https));
    own.is_some_and(|own| own == host_and_port(authority, is_https))
}

pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

/// A host in lower case and its port, which is that of the scheme when it is left out.
pub(super) fn host_and_port(authority: &str, is_https: bool) -> Option<(String, u16)> {
    let authority: uri::Authority = authority.parse().ok()?;
    if authority.as_str().contains('@') {
        return None;
    }
    let port = match authority.port() {
        Some(port) => port.as_str().parse().ok()?,
        None if is_https => 443,
        None => 80,
    };
    Some((authority.host().to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_str(value).unwrap())
        });
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        headers
    }

    fn client(is_tls: bool) -> Client {
        Client {
            address: "127.0.0.1".parse().unwrap(),
            is_tls,
        }
    }

    #[test]
    fn origin_must_be_the_host_of_the_request() {
        for (is_tls, host, origin, expected) in [
            (false, "localhost:36363", "http://localhost:36363", true),
            (false, "LOCALHOST:36363", "http://localhost:36363", true),
            (false, "127.0.0.1:36363", "http://127.0.0.1:36363", true),
            (false, "[::1]:36363", "http://[::1]:36363", true),
            (false, "localhost:36363", "http://localhost:9999", false),
            (false, "localhost:36363", "http://localhost", false),
            (false, "localhost:36363", "http://127.0.0.1:36363", false),
            (false, "localhost:36363", "null", false),
            (false, "localhost:36363", "", false),
            (false, "localhost:36363", "file://", false),
            (false, "localhost:36363", "ftp://localhost:36363", false),
            (false, "localhost:36363", "http://x@localhost:36363", false),
            (false, "localhost:36363", "http://localhost:36363/x", false),
            (
                false,
                "localhost:36363",
                "http://localhost:36363.evil",
                false,
            ),
            (false, "x.example", "http://x.example", true),
            (false, "x.example:80", "http://x.example", true),
            // A proxy before the server speaks TLS.
            (false, "x.example", "https://x.example", true),
            (false, "x.example:443", "https://x.example", true),
            (false, "x.example", "https://y.example", false),
            (true, "x.example", "https://x.example", true),
            (true, "x.example", "http://x.example", false),
            (true, "x.example:8443", "https://x.example:8443", true),
        ] {
            let given = headers(&[("host", host), ("origin", origin)]);
            let found = check_origin(&given, client(is_tls)).is_ok();
            assert_eq!(found, expected, "{host} {origin}");
        }
        let two = headers(&[
            ("host", "x"),
            ("origin", "http://x"),
            ("origin", "http://evil"),
        ]);
        assert!(check_origin(&two, client(false)).is_err());
        assert!(check_origin(&headers(&[("host", "x")]), client(false)).is_ok());
    }

    #[test]
    fn fetch_site_must_be_the_same_origin() {
        for (site, expected) in [
            ("same-origin", true),
            ("same-site", false),
            ("cross-site", false),
            ("none", false),
            ("", false),
        ] {
            let given = headers(&[("host", "x"), (FETCH_SITE, site)]);
            assert_eq!(
                check_origin(&given, client(false)).is_ok(),
                expected,
                "{site}"
            );
        }
    }
}

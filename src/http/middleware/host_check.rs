//! Refuses requests whose `Host` is not a name of this server.
//!
//! A web page at `evil.example` can have its name resolve to the address of this server (DNS rebinding). The scripts of the page
//! then read the answers of this server as their own. Such requests have the name of the page as their host. A page cannot give
//! itself an IP address or `localhost` as its name.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::{StatusCode, Version, header};
use axum::response::Response;

use super::{Context, Middleware, Next, close_after, refusal};
use jobs_text::cut;

/// How many characters of a host are shown in an error.
const SHOWN: usize = 100;

pub(super) struct HostCheck;

impl Middleware for HostCheck {
    async fn handle(&self, context: &Context, request: Request, next: &impl Next) -> Response {
        let Err((status, message)) = check(&request, &context.settings.names) else {
            return next.answer(context, request).await;
        };
        let mut response = refusal(status, &message);
        if !request.body().is_end_stream() {
            context.connection.leave_body_unread();
            close_after(&mut response);
        }
        response
    }
}

/// Checks the header `Host`, and the host of a target in absolute form (`GET http://host/path`), which stands above the header.
fn check(request: &Request, names: &[String]) -> Result<(), (StatusCode, String)> {
    let mut given = request.headers().get_all(header::HOST).iter();
    let header = match (given.next(), given.next()) {
        (Some(host), None) => Some(host.as_bytes()),
        (Some(_), Some(_)) => {
            let message = "host: there is more than one";
            return Err((StatusCode::BAD_REQUEST, message.into()));
        }
        // HTTP/1.0 has no such header: no browser speaks it, but the health checks of load balancers do.
        (None, _) if request.version() == Version::HTTP_10 => None,
        (None, _) => return Err((StatusCode::BAD_REQUEST, "host: is missing".into())),
    };
    let target = request.uri().authority();
    let target = target.map(|authority| authority.as_str().as_bytes());
    for host in [header, target].into_iter().flatten() {
        let text = String::from_utf8_lossy(host);
        if !is_of_this_server(&text, names) {
            let message = format!(
                "host: `{}` is not a name of this server\n\
                 hint: use its IP address or `localhost`, or add the name to `server.names` in the configuration",
                cut(&text, SHOWN)
            );
            return Err((StatusCode::MISDIRECTED_REQUEST, message));
        }
    }
    Ok(())
}

/// Whether a host, perhaps with a port, is an IP address, `localhost` or one of the names.
fn is_of_this_server(host: &str, names: &[String]) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if address.parse::<Ipv6Addr>().is_ok() => return is_port(port),
            _ => return false,
        },
        None => match host.find(':') {
            Some(at) => host.split_at(at),
            None => (host, ""),
        },
    };
    // `localhost.` is the same name, written in full.
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_known = name.parse::<Ipv4Addr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || names.iter().any(|known| name.eq_ignore_ascii_case(known));
    is_known && is_port(port)
}

/// Whether a text is nothing, or a colon and a port.
fn is_port(text: &str) -> bool {
    match text.strip_prefix(':') {
        Some(port) => port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit()),
        None => text.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_is_an_address_localhost_or_a_configured_name() {
        let names = ["jobs.example.com".to_string()];
        for (host, expected) in [
            ("127.0.0.1", true),
            ("127.0.0.1:36363", true),
            ("192.0.2.7:80", true),
            ("[::1]", true),
            ("[::1]:36363", true),
            ("[2001:db8::1]:", true),
            ("localhost", true),
            ("LocalHost:36363", true),
            ("localhost.", true),
            ("jobs.example.com", true),
            ("JOBS.example.com:443", true),
            ("", false),
            ("x", false),
            ("localhost.evil.com", false),
            ("evil.localhost", false),
            ("localhost..", false),
            ("evil.com", false),
            ("127.0.0.1.evil.com", false),
            ("127.0.0.1:99@evil", false),
            ("127.0.0.1@evil.com:80", false),
            ("user@127.0.0.1", false),
            ("127.0.0.1:80:90", false),
            ("127.0.0.1:x", false),
            ("127.0.0.1:123456", false),
            ("127.1", false),
            ("2130706433", false),
            ("0x7f000001", false),
            ("0177.0.0.1", false),
            ("127.0.0.1 ", false),
            ("::1", false),
            ("[::1", false),
            ("[::1]evil.com", false),
            ("[::1%25eth0]", false),
            ("[localhost]", false),
            ("example.com", false),
            ("jobs.example.com.evil", false),
            ("xjobs.example.com", false),
            ("localhost/evil.com", false),
            ("localhost#evil.com", false),
            ("ⅼocalhost", false),
        ] {
            assert_eq!(is_of_this_server(host, &names), expected, "{host:?}");
        }
    }
}

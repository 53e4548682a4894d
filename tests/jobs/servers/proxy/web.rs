//! The HTTP proxy (RFC 9110): CONNECT, and requests for absolute URLs.

use std::io::{self, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;

use super::super::http::Received;
use super::super::listen::Life;
use super::super::wire::Wire;
use super::{Record, Seen, tunnel};

/// Headers for the proxy itself, and those of the framing of a body, which the proxy sets anew.
const HOP: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(super) fn serve(
    stream: TcpStream,
    tls: Option<&Arc<ServerConfig>>,
    record: &Record,
    life: &Life,
) -> io::Result<()> {
    let mut wire = BufReader::new(Wire::accept(stream, tls)?);
    while let Some(request) = Received::read(&mut wire)? {
        let seen = look(&request, record);
        let is_let_in = seen.is_let_in;
        record.note(seen);
        if is_let_in {
            return pass(&request, wire, record, life);
        }
        // A refused client may try again on the same connection.
        refuse(&mut wire, "407 Proxy Authentication Required")?;
        if request.wants_close() || !request.is_whole {
            break;
        }
    }
    wire.get_mut().close();
    Ok(())
}

fn look(request: &Received, record: &Record) -> Seen {
    let authorization = request.header("proxy-authorization").map(str::to_string);
    let login = authorization.as_deref().and_then(basic);
    Seen {
        asked: match request.method.as_str() {
            "CONNECT" => format!("CONNECT {}", request.target),
            _ => request.target.clone(),
        },
        is_let_in: record.is_allowed(login.as_ref()),
        login,
        authorization,
        headers: request.headers.clone(),
    }
}

/// The user and the password of a header.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, login) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let login = String::from_utf8(STANDARD.decode(login.trim()).ok()?).ok()?;
    let (user, password) = login.split_once(':')?;
    Some((user.to_string(), password.to_string()))
}

/// Forwards a request. The connection serves only this request from then on.
fn pass(
    request: &Received,
    mut wire: BufReader<Wire>,
    record: &Record,
    life: &Life,
) -> io::Result<()> {
    let is_connect = request.method == "CONNECT";
    let Some((host, port)) = destination(request, is_connect) else {
        return give_up(wire, "400 Bad Request");
    };
    let Ok(upstream) = record.connect(host, port, life) else {
        return give_up(wire, "502 Bad Gateway");
    };
    let _adopted = life.adopt(&upstream)?;
    if is_connect {
        say(&mut wire, "HTTP/1.1 200 Connection established\r\n\r\n")?;
    } else {
        (&upstream).write_all(&forwarded(request))?;
    }
    tunnel::run(wire, &upstream)
}

/// The host and the port of the target of a request.
fn destination(request: &Received, is_connect: bool) -> Option<(&str, u16)> {
    let target = request.target.as_str();
    if is_connect {
        let (host, port) = target.rsplit_once(':')?;
        return Some((host, port.parse().ok()?));
    }
    let (scheme, rest) = target.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let authority = rest.split(['/', '?']).next()?;
    match authority.rsplit_once(':') {
        // The colons of an IPv6 address do not begin a port.
        Some((host, port)) if !port.ends_with(']') => Some((host, port.parse().ok()?)),
        _ => Some((authority, 80)),
    }
}

/// The request as forwarded to the server.
fn forwarded(request: &Received) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path());
    for (name, value) in &request.headers {
        if !HOP.contains(&name.to_ascii_lowercase().as_str()) {
            head += &format!("{name}: {value}\r\n");
        }
    }
    let has_framing = ["content-length", "transfer-encoding"]
        .iter()
        .any(|name| request.header(name).is_some());
    if has_framing {
        head += &format!("Content-Length: {}\r\n", request.body.len());
    }
    head += "Via: 1.1 jobs-test\r\nConnection: close\r\n\r\n";
    [head.as_bytes(), &request.body].concat()
}

fn give_up(mut wire: BufReader<Wire>, status: &str) -> io::Result<()> {
    refuse(&mut wire, status)?;
    wire.get_mut().close();
    Ok(())
}

fn refuse(wire: &mut BufReader<Wire>, status: &str) -> io::Result<()> {
    let challenge = match status.starts_with("407") {
        true => "Proxy-Authenticate: Basic realm=\"proxy\"\r\n",
        false => "Connection: close\r\n",
    };
    let length = status.len() + 1;
    say(
        wire,
        &format!("HTTP/1.1 {status}\r\n{challenge}Content-Length: {length}\r\n\r\n{status}\n"),
    )
}

fn say(wire: &mut BufReader<Wire>, text: &str) -> io::Result<()> {
    let wire = wire.get_mut();
    wire.write_all(text.as_bytes())?;
    wire.flush()
}

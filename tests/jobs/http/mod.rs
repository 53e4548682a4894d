//! The HTTP server and its API: every route, over real HTTP, against a real daemon.

mod audit;
pub mod client;
mod compatible;
mod documentation;
mod downloads;
mod events;
mod guards;
mod hostile;
mod listening;
mod page;
mod reload;
mod response_cache;
mod roles;
mod routes;
mod tokens;
mod watch;

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::{Home, SOON};

/// The address of the HTTP server of a home, such as `127.0.0.1:36363`.
#[track_caller]
pub fn address(home: &Home) -> String {
    let status = home.jobs(&["status", "--json"]).ok().json();
    let url = status["http"].as_str().expect("the HTTP server is open");
    url.split_once("://").unwrap().1.to_string()
}

/// Connects, unless the connection is refused.
pub fn connect(address: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(SOON))?;
    stream.set_write_timeout(Some(SOON))?;
    Ok(stream)
}

/// The whole answer to a GET, or why there is none.
pub fn get(address: &str, path: &str) -> std::io::Result<String> {
    let mut stream = connect(address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// Asserts that the server answers at this address.
#[track_caller]
pub fn answers(address: &str) {
    let text = get(address, "/jobs/health").unwrap();
    assert!(text.starts_with("HTTP/1.1 "), "{text}");
    assert!(text.contains("\"code\":"), "{text}");
}

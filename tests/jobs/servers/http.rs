//! An HTTP/1.1 server whose path selects its behaviour (see [`pages`]). It records every request byte for byte.

pub mod charsets;
pub mod pages;
mod request;

use std::collections::HashMap;
use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;

pub use request::Received;

use super::listen::{Life, Listener};
use super::tls::{Ca, NAMES};
use super::wire::Wire;

/// A server on loopback.
pub struct Server {
    listener: Listener,
    scheme: &'static str,
    record: Arc<Record>,
}

/// The requests that a server has recorded.
#[derive(Default)]
struct Record {
    received: Mutex<Vec<Received>>,
    /// The number of requests for `/flaky`, by its ID.
    flaky: Mutex<HashMap<String, u64>>,
}

impl Server {
    /// Without TLS, on a port of 127.0.0.1.
    pub fn http() -> Server {
        Server::http_at("127.0.0.1:0")
    }

    /// Without TLS, at an address such as `[::1]:0`.
    pub fn http_at(address: &str) -> Server {
        Server::start(address, None)
    }

    /// With TLS and a valid certificate.
    pub fn https(ca: &Ca) -> Server {
        Server::https_with(ca.server_config(NAMES))
    }

    /// With TLS and this certificate.
    pub fn https_with(config: Arc<ServerConfig>) -> Server {
        Server::start("127.0.0.1:0", Some(config))
    }

    fn start(address: &str, tls: Option<Arc<ServerConfig>>) -> Server {
        let record = Arc::new(Record::default());
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listener = Listener::start(address, {
            let record = Arc::clone(&record);
            move |stream, life| serve(stream, tls.as_ref(), &record, life)
        });
        Server {
            listener,
            scheme,
            record,
        }
    }

    /// The URL of a page, with the IP address of the server as its host.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address())
    }

    /// The URL of a page, with another name of the host.
    pub fn url_at(&self, host: &str, path: &str) -> String {
        format!("{}://{host}:{}{path}", self.scheme, self.port())
    }

    pub fn port(&self) -> u16 {
        self.address().port()
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// The requests received so far, in order.
    pub fn requests(&self) -> Vec<Received> {
        self.record.received.lock().unwrap().clone()
    }
}

/// Serves a connection until the client or the server closes it.
fn serve(
    stream: TcpStream,
    tls: Option<&Arc<ServerConfig>>,
    record: &Record,
    life: &Life,
) -> io::Result<()> {
    let mut wire = BufReader::new(Wire::accept(stream, tls)?);
    let ended = exchange(&mut wire, record, life);
    wire.get_mut().close();
    ended
}

fn exchange(wire: &mut BufReader<Wire>, record: &Record, life: &Life) -> io::Result<()> {
    while let Some(request) = Received::read(wire)? {
        record.received.lock().unwrap().push(request.clone());
        if !request.is_http() {
            let refusal =
                b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            return wire.get_mut().write_all(refusal);
        }
        let is_last = !request.is_whole || request.wants_close();
        let stays = pages::answer(&request, wire, record, life)?;
        if is_last || !stays {
            break;
        }
    }
    Ok(())
}

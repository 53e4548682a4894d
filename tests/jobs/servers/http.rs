//! An HTTP/1.1 server whose path says how it behaves (see [`pages`]), and which keeps every request to the byte.

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
    book: Arc<Book>,
}

/// What a server remembers.
#[derive(Default)]
struct Book {
    received: Mutex<Vec<Received>>,
    /// How often `/flaky` was asked, by its ID.
    flaky: Mutex<HashMap<String, u64>>,
}

impl Server {
    /// In the clear, on a port of 127.0.0.1.
    pub fn http() -> Server {
        Server::http_at("127.0.0.1:0")
    }

    /// In the clear, at an address such as `[::1]:0`.
    pub fn http_at(address: &str) -> Server {
        Server::start(address, None)
    }

    /// In TLS, with a certificate that is as it should be.
    pub fn https(ca: &Ca) -> Server {
        Server::https_with(ca.server_config(NAMES))
    }

    /// In TLS, with the certificate given.
    pub fn https_with(config: Arc<ServerConfig>) -> Server {
        Server::start("127.0.0.1:0", Some(config))
    }

    fn start(address: &str, tls: Option<Arc<ServerConfig>>) -> Server {
        let book = Arc::new(Book::default());
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listener = Listener::start(address, {
            let book = Arc::clone(&book);
            move |stream, life| serve(stream, tls.as_ref(), &book, life)
        });
        Server {
            listener,
            scheme,
            book,
        }
    }

    /// The address of a page, with the server's number as its host.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address())
    }

    /// The address of a page under another name of the host.
    pub fn url_at(&self, host: &str, path: &str) -> String {
        format!("{}://{host}:{}{path}", self.scheme, self.port())
    }

    pub fn port(&self) -> u16 {
        self.address().port()
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// What has come so far, in the order of its coming.
    pub fn requests(&self) -> Vec<Received> {
        self.book.received.lock().unwrap().clone()
    }
}

/// Serves a connection until one of the two has enough.
fn serve(
    stream: TcpStream,
    tls: Option<&Arc<ServerConfig>>,
    book: &Book,
    life: &Life,
) -> io::Result<()> {
    let mut wire = BufReader::new(Wire::accept(stream, tls)?);
    let ended = exchange(&mut wire, book, life);
    wire.get_mut().close();
    ended
}

fn exchange(wire: &mut BufReader<Wire>, book: &Book, life: &Life) -> io::Result<()> {
    while let Some(request) = Received::read(wire)? {
        book.received.lock().unwrap().push(request.clone());
        if !request.is_http() {
            let refusal =
                b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            return wire.get_mut().write_all(refusal);
        }
        let is_last = !request.is_whole || request.wants_close();
        let stays = pages::answer(&request, wire, book, life)?;
        if is_last || !stays {
            break;
        }
    }
    Ok(())
}

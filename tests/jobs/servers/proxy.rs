//! Proxies: HTTP, HTTP whose own connection is in TLS, and SOCKS 5. They know names that no resolver knows, so that a test
//! can prove who did the resolving, and go nowhere but to loopback.

mod socks;
mod tunnel;
mod web;

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};

use rustls::ServerConfig;

use super::listen::{Life, Listener};
use super::tls::{Ca, NAMES};

/// A proxy on loopback.
pub struct Proxy {
    listener: Listener,
    scheme: &'static str,
    book: Arc<Book>,
}

/// What somebody asked of a proxy.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// `CONNECT host:port`, an absolute URL, or the `host:port` that SOCKS was asked for; nothing when a login to SOCKS failed.
    pub asked: String,
    /// The user and the password that were given.
    pub login: Option<(String, String)>,
    /// The header `Proxy-Authorization` as given.
    pub authorization: Option<String>,
    /// The headers that the proxy was given; none with SOCKS.
    pub headers: Vec<(String, String)>,
    /// Whether the login was right, or none was needed.
    pub is_let_in: bool,
}

/// What a proxy knows and remembers.
struct Book {
    login: OnceLock<(String, String)>,
    names: Mutex<HashMap<String, IpAddr>>,
    seen: Mutex<Vec<Seen>>,
}

impl Proxy {
    /// Takes requests for absolute URLs, and CONNECT.
    pub fn http() -> Proxy {
        Proxy::web("http", None)
    }

    /// The same, in TLS as far as the proxy.
    pub fn https(ca: &Ca) -> Proxy {
        Proxy::https_with(ca.server_config(NAMES))
    }

    /// The same, with the certificate given.
    pub fn https_with(config: Arc<ServerConfig>) -> Proxy {
        Proxy::web("https", Some(config))
    }

    pub fn socks5() -> Proxy {
        Proxy::start("socks5", socks::serve)
    }

    fn web(scheme: &'static str, tls: Option<Arc<ServerConfig>>) -> Proxy {
        Proxy::start(scheme, move |stream, book, life| {
            web::serve(stream, tls.as_ref(), book, life)
        })
    }

    fn start<S>(scheme: &'static str, serve: S) -> Proxy
    where
        S: Fn(TcpStream, &Book, &Life) -> io::Result<()> + Send + Sync + 'static,
    {
        let book = Arc::new(Book::new());
        let listener = Listener::start("127.0.0.1:0", {
            let book = Arc::clone(&book);
            move |stream, life| serve(stream, &book, life)
        });
        Proxy {
            listener,
            scheme,
            book,
        }
    }

    /// From now on only this user is let in.
    pub fn with_login(self, user: &str, password: &str) -> Proxy {
        let login = (user.to_string(), password.to_string());
        self.book.login.set(login).expect("a proxy has one login");
        self
    }

    /// From now on this name is at that address. `localhost` and `proxy-only.test` are known as 127.0.0.1, `proxy-only-6.test`
    /// as ::1.
    pub fn with_name(self, name: &str, address: IpAddr) -> Proxy {
        let mut names = self.book.names.lock().unwrap();
        names.insert(name.to_ascii_lowercase(), address);
        drop(names);
        self
    }

    /// Its URL, without a login: `http://`, `https://` or `socks5://`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address())
    }

    /// Its URL with a login.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        let (user, password) = (escaped(user), escaped(password));
        format!("{}://{user}:{password}@{}", self.scheme, self.address())
    }

    pub fn port(&self) -> u16 {
        self.address().port()
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// What was asked so far, in that order.
    pub fn seen(&self) -> Vec<Seen> {
        self.book.seen.lock().unwrap().clone()
    }
}

/// As a part of a URL.
fn escaped(text: &str) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

impl Book {
    fn new() -> Book {
        let four = IpAddr::from(Ipv4Addr::LOCALHOST);
        let six = IpAddr::from(Ipv6Addr::LOCALHOST);
        let names = [
            ("localhost", four),
            ("proxy-only.test", four),
            ("proxy-only-6.test", six),
        ];
        let names = names.map(|(name, address)| (name.to_string(), address));
        Book {
            login: OnceLock::new(),
            names: Mutex::new(names.into()),
            seen: Mutex::default(),
        }
    }

    fn lets_in(&self, login: Option<&(String, String)>) -> bool {
        self.login.get().is_none_or(|right| login == Some(right))
    }

    fn note(&self, seen: Seen) {
        self.seen.lock().unwrap().push(seen);
    }

    /// Connects to what is named; only to loopback, and never by the system's resolver.
    fn connect(&self, host: &str, port: u16, life: &Life) -> io::Result<TcpStream> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let known = || {
            let names = self.names.lock().unwrap();
            names.get(&bare.to_ascii_lowercase()).copied()
        };
        let address: IpAddr = match bare.parse() {
            Ok(address) => address,
            Err(_) => known().ok_or(ErrorKind::NotFound)?,
        };
        if !address.is_loopback() {
            return Err(ErrorKind::PermissionDenied.into());
        }
        life.connect(SocketAddr::new(address, port))
    }
}

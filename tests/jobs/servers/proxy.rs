//! Proxies: HTTP, HTTP over TLS, and SOCKS 5. They know names that no resolver knows, so that a test
//! can prove that the proxy resolved the name. They connect to loopback only.

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
    record: Arc<Record>,
}

/// A request to a proxy.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// `CONNECT host:port`, an absolute URL, or the `host:port` of a SOCKS request; empty if a login to SOCKS failed.
    pub asked: String,
    /// The user and the password of the request.
    pub login: Option<(String, String)>,
    /// The header `Proxy-Authorization`.
    pub authorization: Option<String>,
    /// The headers of the request; none with SOCKS.
    pub headers: Vec<(String, String)>,
    /// Whether the login was right, or not needed.
    pub is_let_in: bool,
}

/// The names and the login of a proxy, and what it has recorded.
struct Record {
    login: OnceLock<(String, String)>,
    names: Mutex<HashMap<String, IpAddr>>,
    seen: Mutex<Vec<Seen>>,
}

impl Proxy {
    /// An HTTP proxy for absolute URLs and CONNECT.
    pub fn http() -> Proxy {
        Proxy::web("http", None)
    }

    /// An HTTP proxy that is reached over TLS.
    pub fn https(ca: &Ca) -> Proxy {
        Proxy::https_with(ca.server_config(NAMES))
    }

    /// An HTTP proxy that is reached over TLS, with this certificate.
    pub fn https_with(config: Arc<ServerConfig>) -> Proxy {
        Proxy::web("https", Some(config))
    }

    pub fn socks5() -> Proxy {
        Proxy::start("socks5", socks::serve)
    }

    fn web(scheme: &'static str, tls: Option<Arc<ServerConfig>>) -> Proxy {
        Proxy::start(scheme, move |stream, record, life| {
            web::serve(stream, tls.as_ref(), record, life)
        })
    }

    fn start<S>(scheme: &'static str, serve: S) -> Proxy
    where
        S: Fn(TcpStream, &Record, &Life) -> io::Result<()> + Send + Sync + 'static,
    {
        let record = Arc::new(Record::new());
        let listener = Listener::start("127.0.0.1:0", {
            let record = Arc::clone(&record);
            move |stream, life| serve(stream, &record, life)
        });
        Proxy {
            listener,
            scheme,
            record,
        }
    }

    /// Requires this login.
    pub fn with_login(self, user: &str, password: &str) -> Proxy {
        let login = (user.to_string(), password.to_string());
        self.record.login.set(login).expect("a proxy has one login");
        self
    }

    /// Adds a name with its address. `localhost` and `proxy-only.test` are known as 127.0.0.1, `proxy-only-6.test`
    /// as ::1.
    pub fn with_name(self, name: &str, address: IpAddr) -> Proxy {
        let mut names = self.record.names.lock().unwrap();
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

    /// The requests so far, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.record.seen.lock().unwrap().clone()
    }
}

/// Encodes a text for a part of a URL.
fn escaped(text: &str) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

impl Record {
    fn new() -> Record {
        let four = IpAddr::from(Ipv4Addr::LOCALHOST);
        let six = IpAddr::from(Ipv6Addr::LOCALHOST);
        let names = [
            ("localhost", four),
            ("proxy-only.test", four),
            ("proxy-only-6.test", six),
        ];
        let names = names.map(|(name, address)| (name.to_string(), address));
        Record {
            login: OnceLock::new(),
            names: Mutex::new(names.into()),
            seen: Mutex::default(),
        }
    }

    fn is_allowed(&self, login: Option<&(String, String)>) -> bool {
        self.login.get().is_none_or(|right| login == Some(right))
    }

    fn note(&self, seen: Seen) {
        self.seen.lock().unwrap().push(seen);
    }

    /// Connects to a known name or a loopback address, without the resolver of the system.
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

//! A mail server on loopback with prepared answers. It records the messages that it receives.
#![allow(dead_code, reason = "each test uses a part of it")]

#[path = "smtp_session.rs"]
mod session;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use session::Session;

/// How a connection gets TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    #[default]
    Never,
    /// With the command `STARTTLS`.
    Starttls,
    /// From the first byte.
    Always,
}

/// A reaction in place of the usual answer.
#[derive(Clone, Debug)]
pub enum Say {
    /// Send this answer; it is given without the line end.
    Reply(String),
    /// Send nothing until the client disconnects.
    Silence,
    /// Send single bytes with pauses, never a whole line.
    Drip,
    /// Close the connection.
    Close,
}

/// The settings of a server.
#[derive(Clone, Debug, Default)]
pub struct Mode {
    pub tls: Tls,
    /// The name in its certificate; empty stands for `localhost` and `127.0.0.1`.
    pub name: String,
    /// The account that may log in, and its password.
    pub login: Option<(String, String)>,
    /// The mechanisms that are offered, as in `PLAIN LOGIN`.
    pub mechanisms: String,
    /// Reactions to commands that begin with this text (case matters); `HELLO` is the greeting, `.` the
    /// end of a message.
    pub rules: Vec<(String, Say)>,
}

impl Mode {
    pub fn tls(mut self, tls: Tls) -> Mode {
        self.tls = tls;
        self
    }

    pub fn login(mut self, user: &str, password: &str, mechanisms: &str) -> Mode {
        self.login = Some((user.to_string(), password.to_string()));
        self.mechanisms = mechanisms.to_string();
        self
    }

    pub fn reply(self, command: &str, answer: &str) -> Mode {
        self.say(command, Say::Reply(answer.to_string()))
    }

    pub fn say(mut self, command: &str, say: Say) -> Mode {
        self.rules.push((command.to_string(), say));
        self
    }
}

/// A message as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body, without the dots that SMTP adds.
    pub data: String,
    /// The account that had logged in.
    pub user: Option<String>,
    pub is_encrypted: bool,
}

impl Mail {
    /// The value of a header as received, its folded lines joined.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.data.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        let prefix = format!("{name}: ");
        head.split("\r\n")
            .find_map(|line| line.strip_prefix(&prefix).map(str::to_string))
    }

    /// The text after the headers, as received.
    pub fn body(&self) -> &str {
        self.data
            .split_once("\r\n\r\n")
            .map_or("", |(_, body)| body)
    }
}

/// A running server.
pub struct Smtp {
    port: u16,
    certificate: String,
    shared: Arc<Shared>,
}

struct Shared {
    mode: Mode,
    tls: Arc<ServerConfig>,
    mails: Mutex<Vec<Mail>>,
    heard: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Smtp {
    pub fn start(mode: Mode) -> Smtp {
        let names = match mode.name.as_str() {
            "" => vec!["localhost".to_string(), "127.0.0.1".to_string()],
            name => vec![name.to_string()],
        };
        let own = rcgen::generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            mode,
            tls: Arc::new(tls),
            mails: Mutex::default(),
            heard: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let of_thread = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if of_thread.is_over.load(Ordering::SeqCst) {
                    break;
                }
                let shared = of_thread.clone();
                // A client that disconnects is not an error of the server.
                std::thread::spawn(move || {
                    stream.map(|stream| Session::new(&shared, stream).run())
                });
            }
        });
        Smtp {
            port,
            certificate: own.cert.pem(),
            shared,
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its certificate in PEM, for clients that shall trust it.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The messages that it has accepted.
    pub fn received(&self) -> Vec<Mail> {
        self.shared.mails.lock().unwrap().clone()
    }

    /// Every command that it has received, on all connections.
    pub fn heard(&self) -> Vec<String> {
        self.shared.heard.lock().unwrap().clone()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

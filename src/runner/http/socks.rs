//! SOCKS 5 (RFC 1928), with the login of RFC 1929. The proxy looks the names up.

use std::io::{self, Read, Write};
use std::net::IpAddr;

use ureq::unversioned::transport::{
    ConnectionDetails, Connector, Either, Transport, TransportAdapter,
};
use ureq::{Error, Proxy, ProxyProtocol};

use super::tcp::{Connection, Tcp};
use super::wire::Doing;

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const LOGIN: u8 = 2;
const NO_METHOD: u8 = 0xff;
const CONNECT: u8 = 1;

/// The longest name, user or password.
const LONGEST: usize = 255;

/// Connects through a SOCKS proxy, when there is one.
#[derive(Debug)]
pub(super) struct Socks(pub(super) Tcp);

impl<In: Transport> Connector<In> for Socks {
    type Out = Either<In, Connection>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let socks = details
            .config
            .proxy()
            .filter(|proxy| proxy.protocol() == ProxyProtocol::Socks5h);
        let Some(proxy) = socks else {
            return Ok(chained.map(Either::A));
        };
        let trace = self.0.trace();
        let name = trace.proxy().unwrap_or_default().to_string();
        let addresses = details
            .resolver
            .resolve(proxy.uri(), details.config, details.timeout)?;
        let connection = self.0.open(name.clone(), &addresses, details)?;
        trace.lock().doing = Doing::Talking;
        let mut wire = TransportAdapter::new(connection, details.current_time.clone());
        wire.set_timeout(details.timeout);
        let host = details.uri.host().unwrap_or_default();
        let port = details.uri.port_u16().unwrap_or(match details.needs_tls() {
            true => 443,
            false => 80,
        });
        match greet(&mut wire, proxy).and_then(|()| ask(&mut wire, host, port)) {
            Ok(()) => Ok(Some(Either::B(wire.into_inner()))),
            Err(Refusal::Broke(error)) => Err(error.into()),
            Err(Refusal::Said(what)) => Err(Error::ConnectProxyFailed(what)),
        }
    }
}

/// Why it comes to no connection.
enum Refusal {
    Broke(io::Error),
    /// What is wrong, such as "it wants a login".
    Said(String),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Refusal {
        Refusal::Broke(error)
    }
}

fn said<T>(what: &str) -> Result<T, Refusal> {
    Err(Refusal::Said(what.to_string()))
}

/// Agrees on a login, and logs in.
fn greet(wire: &mut (impl Read + Write), proxy: &Proxy) -> Result<(), Refusal> {
    let login = proxy.username().or(proxy.password()).map(|_| {
        let user = proxy.username().unwrap_or_default();
        (user, proxy.password().unwrap_or_default())
    });
    match login {
        Some(_) => wire.write_all(&[VERSION, 2, NO_LOGIN, LOGIN])?,
        None => wire.write_all(&[VERSION, 1, NO_LOGIN])?,
    }
    let [version, method] = bytes(wire)?;
    if version != VERSION {
        return said("it does not speak SOCKS 5");
    }
    match (method, login) {
        (NO_LOGIN, _) => Ok(()),
        (LOGIN, Some((user, password))) => log_in(wire, user, password),
        (NO_METHOD, None) => said("it wants a login"),
        _ => said("it wants another kind of login than a user and a password"),
    }
}

fn log_in(wire: &mut (impl Read + Write), user: &str, password: &str) -> Result<(), Refusal> {
    let mut message = vec![1];
    for text in [user, password] {
        message.extend(counted(text)?);
    }
    wire.write_all(&message)?;
    match bytes(wire)? {
        [_, 0] => Ok(()),
        _ => said("it does not accept the login"),
    }
}

/// Asks for a connection to the host.
fn ask(wire: &mut (impl Read + Write), host: &str, port: u16) -> Result<(), Refusal> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let mut message = vec![VERSION, CONNECT, 0];
    match bare.parse() {
        Ok(IpAddr::V4(address)) => {
            message.push(1);
            message.extend(address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            message.push(4);
            message.extend(address.octets());
        }
        Err(_) => {
            message.push(3);
            message.extend(counted(bare)?);
        }
    }
    message.extend(port.to_be_bytes());
    wire.write_all(&message)?;
    let [version, reply] = bytes(wire)?;
    if version != VERSION {
        return said("it does not speak SOCKS 5");
    }
    if reply != 0 {
        return said(meaning(reply));
    }
    // The address from which it has connected tells nothing.
    let [_, kind] = bytes(wire)?;
    match kind {
        1 => bytes::<6>(wire).map(drop)?,
        4 => bytes::<18>(wire).map(drop)?,
        3 => {
            let [length] = bytes(wire)?;
            let mut rest = vec![0; usize::from(length) + 2];
            wire.read_exact(&mut rest)?;
        }
        _ => return said("it does not speak SOCKS 5"),
    }
    Ok(())
}

fn meaning(reply: u8) -> &'static str {
    match reply {
        2 => "its rules forbid the connection",
        3 => "the network cannot be reached from there",
        4 => "the host cannot be reached from there",
        5 => "the connection is refused there",
        6 => "the way from there is too long",
        7 => "it does not know how to connect",
        8 => "it does not know this kind of address",
        _ => "it failed to connect",
    }
}

/// A text after the byte that counts it.
fn counted(text: &str) -> Result<Vec<u8>, Refusal> {
    match u8::try_from(text.len()) {
        Ok(length) => Ok([&[length], text.as_bytes()].concat()),
        Err(_) => said(&format!(
            "the user, the password or the name of the host is longer than {LONGEST} bytes"
        )),
    }
}

fn bytes<const N: usize>(wire: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    wire.read_exact(&mut bytes)?;
    Ok(bytes)
}

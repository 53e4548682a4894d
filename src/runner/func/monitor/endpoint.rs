//! A host with its port, and how it is reached.

use std::fmt;
use std::io;
use std::net::{Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;

use super::super::Failure;
use super::arguments::{whole, wrong};
use super::deadline::{Deadline, whole_millis};
use crate::text::quoted;

/// `example.com:443`, `127.0.0.1:80`, `[::1]:80`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// Without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Endpoint {
    /// Reads it; `usual` is the port when none is given, which is wrong when there is none.
    pub(super) fn read(text: &str, usual: Option<u16>) -> Result<Endpoint, Failure> {
        let (host, port) = split(text).ok_or_else(|| not_one(text, usual))?;
        let port = match port {
            Some(port) => whole(port)
                .filter(|port| *port > 0)
                .ok_or_else(|| wrong("port", port, "a whole number from 1 to 65535"))?,
            None => usual.ok_or_else(|| not_one(text, usual))?,
        };
        Ok(Endpoint {
            host: host.to_owned(),
            port,
        })
    }

    /// Connects to the first of its addresses that takes it, each of which gets its share of the time.
    pub(super) fn connect(&self, deadline: &Deadline) -> Result<(TcpStream, SocketAddr), String> {
        let addresses = self.addresses(deadline)?;
        let mut why = format!("`{self}` has no address");
        for (index, address) in addresses.iter().enumerate() {
            let share = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
            let Some(left) = deadline.left() else {
                return Err(self.late(deadline));
            };
            match TcpStream::connect_timeout(address, left / share) {
                Ok(stream) => return Ok((stream, *address)),
                Err(error) => why = self.unreachable(*address, &error, deadline),
            }
        }
        Err(why)
    }

    /// Its addresses. The system is asked in a thread, for it may take longer than the deadline allows.
    fn addresses(&self, deadline: &Deadline) -> Result<Vec<SocketAddr>, String> {
        let (host, port) = (self.host.clone(), self.port);
        let (tell, told) = mpsc::channel();
        let ask = move || {
            let found = (host.as_str(), port).to_socket_addrs();
            // Nobody may be waiting any more.
            let _ = tell.send(found.map(Iterator::collect::<Vec<_>>));
        };
        thread::Builder::new()
            .spawn(ask)
            .map_err(|error| format!("a thread can't be started: {error}"))?;
        match told.recv_timeout(deadline.left().unwrap_or_default()) {
            Ok(found) => {
                found.map_err(|error| format!("{} has no address: {error}", quoted(&self.host)))
            }
            Err(_) => Err(format!(
                "the address of {} was not found within {}",
                quoted(&self.host),
                whole_millis(deadline.whole())
            )),
        }
    }

    fn unreachable(&self, address: SocketAddr, error: &io::Error, deadline: &Deadline) -> String {
        if matches!(
            error.kind(),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
        ) {
            return self.late(deadline);
        }
        format!("{} can't be reached: {error}", self.at(address))
    }

    fn late(&self, deadline: &Deadline) -> String {
        format!(
            "`{self}` did not answer within {}",
            whole_millis(deadline.whole())
        )
    }

    /// Its name, and its address when that says more.
    pub(super) fn at(&self, address: SocketAddr) -> String {
        if address.to_string() == self.to_string() {
            format!("`{self}`")
        } else {
            format!("`{self}` ({})", address.ip())
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Host and port; none when it is neither a name nor an address with or without a port.
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        // A zone may follow the address, as in `fe80::1%eth0`.
        let address = host.split('%').next()?;
        address.parse::<Ipv6Addr>().ok()?;
        return match after {
            "" => Some((host, None)),
            _ => Some((host, Some(after.strip_prefix(':')?))),
        };
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let is_name = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let has_one_colon = port.is_none_or(|port| !port.contains(':'));
    (is_name && has_one_colon).then_some((host, port))
}

fn not_one(text: &str, usual: Option<u16>) -> Failure {
    let wanted = match usual {
        Some(_) => {
            "a host, with or without a port: `example.com`, `127.0.0.1:8443` or `[::1]:8443`"
        }
        None => "a host and a port: `example.com:80`, `127.0.0.1:80` or `[::1]:80`",
    };
    wrong("host", text, wanted)
}

//! A host and port to connect to.

use std::fmt;
use std::io;
use std::net::{Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;

use super::super::Failure;
use super::arguments::{whole, wrong};
use super::deadline::{Deadline, whole_millis};
use jobs_text::quoted;

/// For example `example.com:443`, `127.0.0.1:80` or `[::1]:80`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// The name or address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Endpoint {
    /// Parses a host with an optional port. `default` is the port if none is given; without a default the port is
    /// required.
    pub(super) fn read(text: &str, default: Option<u16>) -> Result<Endpoint, Failure> {
        let (host, port) = split(text).ok_or_else(|| invalid(text, default))?;
        let port = match port {
            Some(port) => whole(port)
                .filter(|port| *port > 0)
                .ok_or_else(|| wrong("port", port, "a whole number from 1 to 65535"))?,
            None => default.ok_or_else(|| invalid(text, default))?,
        };
        Ok(Endpoint {
            host: host.to_owned(),
            port,
        })
    }

    /// Connects to the first address that accepts; each one gets its share of the remaining time.
    pub(super) fn connect(&self, deadline: &Deadline) -> Result<(TcpStream, SocketAddr), String> {
        let addresses = self.addresses(deadline)?;
        let mut why = format!("`{self}` has no address");
        for (index, address) in addresses.iter().enumerate() {
            let share = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
            let Some(left) = deadline.left() else {
                return Err(self.timed_out(deadline));
            };
            match TcpStream::connect_timeout(address, left / share) {
                Ok(stream) => return Ok((stream, *address)),
                Err(error) => why = self.unreachable(*address, &error, deadline),
            }
        }
        Err(why)
    }

    /// Resolves the host. The lookup runs in a thread, since it may take longer than the deadline.
    fn addresses(&self, deadline: &Deadline) -> Result<Vec<SocketAddr>, String> {
        let (host, port) = (self.host.clone(), self.port);
        let (sender, receiver) = mpsc::channel();
        let look_up = move || {
            let found = (host.as_str(), port).to_socket_addrs();
            // The caller may have given up.
            let _ = sender.send(found.map(Iterator::collect::<Vec<_>>));
        };
        thread::Builder::new()
            .spawn(look_up)
            .map_err(|error| format!("a thread can't be started: {error}"))?;
        match receiver.recv_timeout(deadline.left().unwrap_or_default()) {
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
            return self.timed_out(deadline);
        }
        format!("{} can't be reached: {error}", self.at(address))
    }

    fn timed_out(&self, deadline: &Deadline) -> String {
        format!(
            "`{self}` did not answer within {}",
            whole_millis(deadline.whole())
        )
    }

    /// The name, and the address if it differs.
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

/// Splits host and port; `None` when the text is neither a name nor an address, with or without a port.
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

fn invalid(text: &str, default: Option<u16>) -> Failure {
    let wanted = match default {
        Some(_) => {
            "a host, with or without a port: `example.com`, `127.0.0.1:8443` or `[::1]:8443`"
        }
        None => "a host and a port: `example.com:80`, `127.0.0.1:80` or `[::1]:80`",
    };
    wrong("host", text, wanted)
}

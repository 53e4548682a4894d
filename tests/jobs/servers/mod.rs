//! Real servers on loopback: HTTP, TLS, proxies and mail, and two ports that do not answer. They use no protocol library,
//! so that a test sees the bytes that were sent and can answer with bytes that no library would send.
//!
//! Each server has a port that the system chose and a thread per connection, and ends with all of its threads when
//! it is dropped.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::OnceLock;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType};

// The servers can do more than the tests use.
#[allow(dead_code)]
pub mod http;
mod listen;
#[allow(dead_code)]
pub mod proxy;
pub mod smtp;
#[allow(dead_code)]
pub mod tls;
mod wire;

/// A port of 127.0.0.1 that refuses connections. It stays bound, so that no other test can listen on it.
#[allow(dead_code)]
pub fn closed_port() -> u16 {
    static TAKEN: OnceLock<(OwnedFd, u16)> = OnceLock::new();
    TAKEN.get_or_init(|| bound().expect("a port is free")).1
}

/// A socket that is bound to a port and does not listen.
fn bound() -> rustix::io::Result<(OwnedFd, u16)> {
    let socket = rustix::net::socket_with(
        AddressFamily::INET,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    rustix::net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    let address = SocketAddrV4::try_from(rustix::net::getsockname(&socket)?)?;
    Ok((socket, address.port()))
}

/// A port of 127.0.0.1 where connecting hangs: its queue is full and no thread accepts. Dropping it frees the port.
#[allow(dead_code)]
pub struct BlackHole {
    listener: TcpListener,
    /// The connections that fill the queue.
    queued: Vec<TcpStream>,
}

#[allow(dead_code)]
impl BlackHole {
    pub fn port(&self) -> u16 {
        self.address().port()
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }
}

/// Makes a port where connecting hangs.
#[allow(dead_code)]
pub fn black_hole() -> BlackHole {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // A second `listen` sets the length of the queue to 0.
    rustix::net::listen(&listener, 0).unwrap();
    let mut hole = BlackHole {
        listener,
        queued: Vec::new(),
    };
    // The system decides how many connections a queue of length 0 takes.
    for _ in 0..64 {
        match TcpStream::connect_timeout(&hole.address(), Duration::from_millis(200)) {
            Ok(stream) => hole.queued.push(stream),
            Err(error) if error.kind() == ErrorKind::TimedOut => return hole,
            Err(error) => panic!("a full queue refuses: {error}"),
        }
    }
    panic!("the queue does not fill");
}

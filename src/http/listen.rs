//! Binds the address of the HTTP server.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use jobs_error::{Error, Result};
use jobs_gate as gate;

/// Length of the kernel's queue of connections that were not accepted yet.
const BACKLOG: u32 = 1024;

/// An address that is bound and listened on.
#[derive(Debug)]
pub struct HttpListener {
    listener: TcpListener,
    address: SocketAddr,
    /// Tells [`Released`]. Dropped after the listener.
    _released: mpsc::Sender<()>,
}

/// Tells when the listener has been closed and its address is free again.
#[derive(Debug)]
pub struct Released(mpsc::Receiver<()>);

impl Released {
    /// Blocks until the listener is closed; false when that has not happened within `limit`.
    pub fn wait(&self, limit: Duration) -> bool {
        self.0.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Disconnected)
    }
}

impl HttpListener {
    /// Binds an address; port 0 is any free port. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] with a hint, when the address is in use, not of this machine, or only for root.
    pub fn bind(address: SocketAddr) -> Result<(HttpListener, Released)> {
        let listener = listen(address).map_err(|error| refused(address, &error))?;
        let address = listener
            .local_addr()
            .map_err(|error| refused(address, &error))?;
        let (released, receiver) = mpsc::channel();
        let listener = HttpListener {
            listener,
            address,
            _released: released,
        };
        Ok((listener, Released(receiver)))
    }

    /// The address, with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl gate::Listen for HttpListener {
    type Connection = (TcpStream, SocketAddr);

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        self.listener.accept().await
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // On other systems this would let two programs listen on the same address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn refused(address: SocketAddr, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "something else listens there; choose another port in `server.port` or with `--http`"
        }
        io::ErrorKind::AddrNotAvailable => {
            "`server.address` must be an address of this machine, or 0.0.0.0 or :: for all of them"
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are for root; choose another in `server.port` or with `--http`"
        }
        _ => return Error::io(format!("cannot listen on `{address}`"), error),
    };
    Error::Io(format!(
        "cannot listen on `{address}`: {error}\nhint: {hint}"
    ))
}

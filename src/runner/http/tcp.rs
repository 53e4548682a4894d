//! Connections that can be given up at once, that keep to a deadline, and that hear an answer which comes before the request was sent.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use ureq::unversioned::resolver::ResolvedSocketAddrs;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, ShutdownHandle,
    Transport,
};
use ureq::{Error, Timeout};

use super::abort::Waiter;
use super::wire::{Doing, Trace};

/// Connects by TCP.
#[derive(Clone)]
pub(super) struct Tcp {
    trace: Trace,
    waiter: Waiter,
    deadline: Option<Instant>,
}

impl fmt::Debug for Tcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tcp")
    }
}

impl<In: Transport> Connector<In> for Tcp {
    type Out = Either<In, Connection>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if chained.is_some() {
            return Ok(chained.map(Either::A));
        }
        let peer = self.trace.peer(details);
        Ok(Some(Either::B(self.open(peer, &details.addrs, details)?)))
    }
}

impl Tcp {
    pub(super) fn new(trace: &Trace, waiter: &Waiter, deadline: Option<Instant>) -> Tcp {
        Tcp {
            trace: trace.clone(),
            waiter: waiter.clone(),
            deadline,
        }
    }

    pub(super) fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Connects to the first of the addresses that lets it.
    pub(super) fn open(
        &self,
        peer: String,
        addresses: &ResolvedSocketAddrs,
        details: &ConnectionDetails,
    ) -> Result<Connection, Error> {
        {
            let mut steps = self.trace.lock();
            steps.doing = Doing::Connecting;
            steps.peer = peer;
        }
        let stream = self.dial(addresses, details.timeout)?;
        stream.set_nodelay(true)?;
        let stream = Arc::new(stream);
        let handle: Weak<TcpStream> = Arc::downgrade(&stream);
        (details.register_shutdown)(handle as Weak<dyn ShutdownHandle>)?;
        let config = details.config;
        Ok(Connection {
            stream,
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
            deadline: self.deadline,
            is_deaf: false,
        })
    }

    fn dial(
        &self,
        addresses: &ResolvedSocketAddrs,
        timeout: NextTimeout,
    ) -> Result<TcpStream, Error> {
        let limit = Limit::new(timeout, self.deadline);
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable).into();
        let mut others = addresses.iter().count();
        for address in addresses {
            self.trace.lock().address = Some(*address);
            others = others.saturating_sub(1);
            // One that does not answer must leave time for the others.
            let share = match limit.left()? {
                Some(left) if others > 0 => Some(left / 2),
                left => left,
            };
            match self.dial_one(*address, share) {
                Ok(stream) => return Ok(stream),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    last = Error::Timeout(timeout.reason);
                }
                Err(error) => last = error.into(),
            }
        }
        Err(last)
    }

    fn dial_one(&self, address: SocketAddr, limit: Option<Duration>) -> io::Result<TcpStream> {
        let connected = self.waiter.wait(async {
            let connect = tokio::net::TcpStream::connect(address);
            let stream = match limit {
                None => connect.await?,
                Some(limit) => tokio::time::timeout(limit, connect).await??,
            };
            let stream = stream.into_std()?;
            stream.set_nonblocking(false)?;
            Ok(stream)
        });
        match (connected, limit) {
            (Some(connected), _) => connected,
            (None, Some(limit)) => TcpStream::connect_timeout(&address, limit),
            (None, None) => TcpStream::connect(address),
        }
    }
}

/// How long something may take.
struct Limit {
    until: Option<Instant>,
    reason: Timeout,
}

impl Limit {
    fn new(timeout: NextTimeout, deadline: Option<Instant>) -> Limit {
        let until = timeout
            .not_zero()
            .and_then(|after| Instant::now().checked_add(*after));
        Limit {
            until: until.into_iter().chain(deadline).min(),
            reason: timeout.reason,
        }
    }

    /// How long it may still take; without an end none.
    fn left(&self) -> Result<Option<Duration>, Error> {
        let Some(until) = self.until else {
            return Ok(None);
        };
        match until.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(Error::Timeout(self.reason)),
            left => Ok(Some(left)),
        }
    }
}

/// A connection by TCP.
pub(super) struct Connection {
    /// Shared with who may end the request meanwhile.
    stream: Arc<TcpStream>,
    buffers: LazyBuffers,
    deadline: Option<Instant>,
    /// Whether the other end listens no more. What it has said before that may be an answer.
    is_deaf: bool,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let limit = Limit::new(timeout, self.deadline);
        let mut stream = &*self.stream;
        let mut rest = self.buffers.output().get(..amount).unwrap_or_default();
        while !rest.is_empty() && !self.is_deaf {
            stream.set_write_timeout(limit.left()?)?;
            match stream.write(rest) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) => match error.kind() {
                    io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => {
                        self.is_deaf = true;
                    }
                    // Whether the time is up is looked at above.
                    io::ErrorKind::Interrupted
                    | io::ErrorKind::WouldBlock
                    | io::ErrorKind::TimedOut => {}
                    _ => return Err(error.into()),
                },
            }
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let limit = Limit::new(timeout, self.deadline);
        let mut stream = &*self.stream;
        loop {
            stream.set_read_timeout(limit.left()?)?;
            match stream.read(self.buffers.input_append_buf()) {
                Ok(came) => {
                    self.buffers.input_appended(came);
                    return Ok(came > 0);
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted
                    | io::ErrorKind::WouldBlock
                    | io::ErrorKind::TimedOut => {}
                    _ => return Err(error.into()),
                },
            }
        }
    }

    fn is_open(&mut self) -> bool {
        // Each request has a connection of its own.
        false
    }
}

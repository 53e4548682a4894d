//! A listener with a thread that accepts and a thread per connection. Dropping it ends all of them.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// A server that ends, with all of its threads, when it is dropped.
pub(super) struct Listener {
    address: SocketAddr,
    life: Arc<Life>,
    acceptor: Option<JoinHandle<()>>,
}

impl Listener {
    /// Listens and serves each connection in a thread of its own. Errors of connections are ignored.
    pub(super) fn start<S>(address: &str, serve: S) -> Listener
    where
        S: Fn(TcpStream, &Life) -> io::Result<()> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let life = Arc::new(Life::default());
        let acceptor = spawn({
            let life = Arc::clone(&life);
            move || accept(&listener, &life, &Arc::new(serve))
        });
        Listener {
            address,
            life,
            acceptor: Some(acceptor),
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.life.end();
        // A connection wakes the thread that accepts.
        let woken = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let (Ok(_), Some(acceptor)) = (woken, self.acceptor.take()) {
            let _ = acceptor.join();
        }
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    let builder = Builder::new().name("server".into());
    builder.spawn(work).expect("a thread starts")
}

fn accept<S>(listener: &TcpListener, life: &Arc<Life>, serve: &Arc<S>)
where
    S: Fn(TcpStream, &Life) -> io::Result<()> + Send + Sync + 'static,
{
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    while !life.is_over() {
        let Ok((stream, _)) = listener.accept() else {
            // For example, out of descriptors: try again.
            let _ = life.sleep(Duration::from_millis(10));
            continue;
        };
        let (life, serve) = (Arc::clone(life), Arc::clone(serve));
        threads.retain(|thread| !thread.is_finished());
        threads.push(spawn(move || {
            // Clients that disconnect are normal.
            let _ = life
                .adopt(&stream)
                .and_then(|_adopted| serve(stream, &life));
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
}

/// Whether a server still runs, and the connections that end with it.
#[derive(Default)]
pub(super) struct Life {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    is_over: bool,
    count: u64,
    streams: HashMap<u64, TcpStream>,
}

impl Life {
    pub(super) fn is_over(&self) -> bool {
        self.state.lock().unwrap().is_over
    }

    /// Waits, and returns an error if the server ends in the meantime.
    pub(super) fn sleep(&self, time: Duration) -> io::Result<()> {
        let state = self.state.lock().unwrap();
        let (state, _) = self
            .ended
            .wait_timeout_while(state, time, |state| !state.is_over)
            .unwrap();
        if state.is_over { Err(over()) } else { Ok(()) }
    }

    /// Connects. Tries a peer that does not answer until the server ends, at most for some seconds.
    pub(super) fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    if self.is_over() || Instant::now() > deadline {
                        return Err(error);
                    }
                }
                done => return done,
            }
        }
    }

    /// Registers a connection with the server. It is shut down when the returned guard is dropped, or when the server ends.
    pub(super) fn adopt(&self, stream: &TcpStream) -> io::Result<Adopted<'_>> {
        stream.set_nodelay(true)?;
        let stream = stream.try_clone()?;
        let mut state = self.state.lock().unwrap();
        if state.is_over {
            return Err(over());
        }
        state.count += 1;
        let number = state.count;
        state.streams.insert(number, stream);
        Ok(Adopted { life: self, number })
    }

    fn end(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_over = true;
        // Wakes the thread that reads or writes.
        for stream in state.streams.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.ended.notify_all();
    }
}

fn over() -> io::Error {
    io::Error::other("the server ends")
}

/// A connection that ends with its server.
pub(super) struct Adopted<'a> {
    life: &'a Life,
    number: u64,
}

impl Drop for Adopted<'_> {
    fn drop(&mut self) {
        let stream = self.life.state.lock().unwrap().streams.remove(&self.number);
        if let Some(stream) = stream {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

//! Servers that send raw bytes, also such that no HTTP server would send.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A server that treats each connection in the same way.
pub struct Raw {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    acceptor: Option<JoinHandle<()>>,
    /// The most connections that were open at once.
    pub most: Arc<AtomicUsize>,
}

impl Raw {
    /// Reads the head of a request, sends these bytes and closes the connection.
    pub fn answering(bytes: &'static [u8]) -> Raw {
        Raw::start(move |mut stream| {
            read_head(&mut stream);
            let _ = stream.write_all(bytes);
        })
    }

    /// Accepts connections and sends nothing.
    pub fn silent() -> Raw {
        Raw::start(|mut stream| while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {})
    }

    /// Sends each answer after a pause.
    pub fn slow(pause: Duration) -> Raw {
        Raw::start(move |mut stream| {
            read_head(&mut stream);
            std::thread::sleep(pause);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n");
        })
    }

    pub fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Raw {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ends = Arc::new(AtomicBool::new(false));
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut raw = Raw {
            address,
            ends: Arc::clone(&ends),
            open: Arc::clone(&open),
            acceptor: None,
            most: Arc::clone(&most),
        };
        let acceptor = std::thread::spawn(move || {
            let serve = &serve;
            std::thread::scope(|scope| {
                while let Ok((stream, _)) = listener.accept() {
                    if ends.load(Ordering::SeqCst) {
                        break;
                    }
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    open.lock().unwrap().push(stream.try_clone().unwrap());
                    let now = &now;
                    scope.spawn(move || {
                        let other = stream.try_clone().unwrap();
                        serve(stream);
                        now.fetch_sub(1, Ordering::SeqCst);
                        let _ = other.shutdown(Shutdown::Both);
                    });
                }
            });
        });
        raw.acceptor = Some(acceptor);
        raw
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn address(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // A connection wakes the thread that accepts.
        let woken = TcpStream::connect(self.address);
        if let (Ok(_), Some(acceptor)) = (woken, self.acceptor.take()) {
            let _ = acceptor.join();
        }
    }
}

/// Reads up to the empty line that ends a head.
pub fn read_head(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    head
}

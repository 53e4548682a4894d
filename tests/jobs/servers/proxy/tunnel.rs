//! Copies bytes in both directions between a client and a server, until both have finished.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::thread;

use rustls::ServerConnection;

use super::super::wire::Wire;

/// Copies bytes in both directions until the end.
pub(super) fn run(client: BufReader<Wire>, mut server: &TcpStream) -> io::Result<()> {
    // Bytes that arrived after the request.
    server.write_all(client.buffer())?;
    match client.into_inner() {
        Wire::Plain(client) => {
            both(&client, &client, &client, server, || {
                client.shutdown(Shutdown::Write)
            });
        }
        Wire::Tls(stream) => {
            let socket = &stream.sock;
            let connection = Mutex::new(stream.conn);
            let reader = TlsReader {
                connection: &connection,
                socket,
                raw: Vec::new(),
            };
            let writer = TlsWriter {
                connection: &connection,
                socket,
            };
            both(reader, writer, socket, server, || {
                goodbye(&connection, socket)
            });
        }
    }
    Ok(())
}

fn both<C>(
    from_client: impl Read + Send,
    to_client: impl Write,
    client: &TcpStream,
    server: &TcpStream,
    close_client: C,
) where
    C: FnOnce() -> io::Result<()>,
{
    let ends = [client, server];
    thread::scope(|scope| {
        let upwards = scope.spawn(|| {
            pump(from_client, server, ends, || {
                server.shutdown(Shutdown::Write)
            })
        });
        pump(server, to_client, ends, close_client);
        // The scope alone does not wait until the thread has been removed.
        let _ = upwards.join();
    });
}

/// Copies bytes in one direction. The end of the input ends the output; an error ends both directions.
fn pump(
    mut from: impl Read,
    mut to: impl Write,
    ends: [&TcpStream; 2],
    close: impl FnOnce() -> io::Result<()>,
) {
    let carried = io::copy(&mut from, &mut to).and_then(|_| close());
    if carried.is_err() {
        for end in ends {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

/// Reads from a TLS connection while another thread writes to it.
struct TlsReader<'a> {
    connection: &'a Mutex<ServerConnection>,
    socket: &'a TcpStream,
    /// Bytes that were received and not yet decrypted.
    raw: Vec<u8>,
}

impl Read for TlsReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.take(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                done => return done,
            }
            // Read without the lock: it may block.
            let mut raw = [0; 16 * 1024];
            let came = self.socket.read(&mut raw)?;
            if came == 0 {
                return Ok(0);
            }
            self.raw.extend(&raw[..came]);
        }
    }
}

impl TlsReader<'_> {
    /// Takes the decrypted bytes that are available.
    fn take(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut connection = self.connection.lock().unwrap();
        loop {
            match connection.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock && !self.raw.is_empty() => {}
                done => return done,
            }
            let mut rest = self.raw.as_slice();
            connection.read_tls(&mut rest)?;
            let used = self.raw.len() - rest.len();
            self.raw.drain(..used);
            connection.process_new_packets().map_err(io::Error::other)?;
            send(&mut connection, self.socket)?;
        }
    }
}

struct TlsWriter<'a> {
    connection: &'a Mutex<ServerConnection>,
    socket: &'a TcpStream,
}

impl Write for TlsWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut connection = self.connection.lock().unwrap();
        let taken = connection.writer().write(bytes)?;
        send(&mut connection, self.socket)?;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn goodbye(connection: &Mutex<ServerConnection>, socket: &TcpStream) -> io::Result<()> {
    let mut connection = connection.lock().unwrap();
    connection.send_close_notify();
    send(&mut connection, socket)?;
    socket.shutdown(Shutdown::Write)
}

fn send(connection: &mut ServerConnection, mut socket: &TcpStream) -> io::Result<()> {
    while connection.wants_write() {
        connection.write_tls(&mut socket)?;
    }
    Ok(())
}

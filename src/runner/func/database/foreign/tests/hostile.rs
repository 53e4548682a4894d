//! Servers that are not what they seem.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;

/// A server that says `bytes` to whoever comes, and what we say to that.
fn answer_to(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(&bytes).unwrap();
        // Until the other side goes.
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
    });
    let url = format!("mysql://u:geheim@{place}/db");
    let named = [("m".to_string(), Secret::new(url))];
    let foreign = Foreign::new(Path::new("/none"), Path::new("/"), named);
    let error = foreign.query(Some("m"), "SELECT 1", 1).unwrap_err();
    error.to_string()
}

#[test]
fn query_of_hostile_server_fails() {
    let packet = |bytes: &[u8]| {
        let mut packet = vec![bytes.len() as u8, 0, 0, 0];
        packet.extend(bytes);
        packet
    };
    for bytes in [
        packet(b""),
        packet(b"\x0a"),
        packet(b"\x0a8.0\0"),
        packet(b"SSH-2.0-OpenSSH_9.6"),
        packet(b"\xff\x10\x04Too many connections"),
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        vec![0xff; 1_000_000],
        vec![0; 1_000_000],
        Vec::new(),
    ] {
        let error = answer_to(bytes);
        eprintln!("{error}");
        assert!(error.starts_with("database `m`: "), "{error}");
        assert!(error.contains("127.0.0.1:"), "{error}");
        assert!(!error.contains("geheim"), "{error}");
    }
}

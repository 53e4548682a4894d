//! A request as the server received it.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};

use super::super::wire::Wire;

/// The maximum size of a request line and its headers.
const LONGEST_HEAD: usize = 8 * 1024 * 1024;

/// A request as the server received it.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub method: String,
    /// The target as sent: a path, an absolute URL, or the host and port of a CONNECT.
    pub target: String,
    pub version: String,
    /// The headers as sent, in order, with duplicates.
    pub headers: Vec<(String, String)>,
    /// The body without the framing of chunks.
    pub body: Vec<u8>,
    /// The bytes of the request line and the headers, with the empty line.
    pub head: Vec<u8>,
    /// Whether the body arrived in full.
    pub is_whole: bool,
}

impl Received {
    /// The first header of this name, in upper or lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The target without the host of an absolute URL.
    pub(in super::super) fn path(&self) -> &str {
        match self.target.split_once("://") {
            Some((_, rest)) if !self.target.starts_with('/') => {
                rest.find('/').map_or("/", |start| &rest[start..])
            }
            _ => &self.target,
        }
    }

    pub(in super::super) fn is_http(&self) -> bool {
        !self.target.is_empty() && self.version.starts_with("HTTP/1.")
    }

    pub(in super::super) fn wants_close(&self) -> bool {
        self.names("connection", "close")
            || (self.version == "HTTP/1.0" && !self.names("connection", "keep-alive"))
    }

    fn names(&self, header: &str, word: &str) -> bool {
        self.headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(header))
            .flat_map(|(_, value)| value.split(','))
            .any(|given| given.trim().eq_ignore_ascii_case(word))
    }

    /// Reads the next request, or `None` if the client has disconnected.
    pub(in super::super) fn read(wire: &mut BufReader<Wire>) -> io::Result<Option<Received>> {
        let head = read_head(wire)?;
        if head.is_empty() {
            return Ok(None);
        }
        let mut request = Received::of(head);
        if request.names("expect", "100-continue") {
            wire.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        // Return the part that arrived before the connection broke.
        request.is_whole = request.read_body(wire).is_ok();
        Ok(Some(request))
    }

    fn of(head: Vec<u8>) -> Received {
        let text = String::from_utf8_lossy(&head).into_owned();
        let mut lines = text.lines();
        let mut words = lines.next().unwrap_or_default().splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default().to_string();
        Received {
            method: word(),
            target: word(),
            version: word(),
            headers: lines
                .take_while(|line| !line.is_empty())
                .map(|line| line.split_once(':').unwrap_or((line, "")))
                .map(|(name, value)| (name.to_string(), value.trim().to_string()))
                .collect(),
            head,
            ..Received::default()
        }
    }

    fn read_body(&mut self, wire: &mut BufReader<Wire>) -> io::Result<()> {
        if self.names("transfer-encoding", "chunked") {
            return self.read_chunks(wire);
        }
        let length = match self.header("content-length") {
            Some(length) => length.parse().map_err(|_| garbled())?,
            None => 0,
        };
        self.read_part(wire, length)
    }

    fn read_chunks(&mut self, wire: &mut BufReader<Wire>) -> io::Result<()> {
        loop {
            let line = read_line(wire)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).map_err(|_| garbled())?;
            if size == 0 {
                break;
            }
            self.read_part(wire, size)?;
            if !read_line(wire)?.is_empty() {
                return Err(garbled());
            }
        }
        // The trailers.
        while !read_line(wire)?.is_empty() {}
        Ok(())
    }

    fn read_part(&mut self, wire: &mut BufReader<Wire>, length: u64) -> io::Result<()> {
        let came = wire.by_ref().take(length).read_to_end(&mut self.body)?;
        if came as u64 == length {
            Ok(())
        } else {
            Err(ErrorKind::UnexpectedEof.into())
        }
    }
}

fn garbled() -> io::Error {
    ErrorKind::InvalidData.into()
}

/// Reads the request line and the headers with the empty line after them, or less if the client disconnects.
fn read_head(wire: &mut BufReader<Wire>) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    loop {
        let start = head.len();
        let room = (LONGEST_HEAD - start) as u64;
        wire.by_ref().take(room).read_until(b'\n', &mut head)?;
        if matches!(&head[start..], b"" | b"\n" | b"\r\n") || !head.ends_with(b"\n") {
            return Ok(head);
        }
    }
}

fn read_line(wire: &mut BufReader<Wire>) -> io::Result<String> {
    let mut line = String::new();
    if wire.by_ref().take(64 * 1024).read_line(&mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_string())
}

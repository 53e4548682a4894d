//! The answers of the server by path:
//!
//! | path | answer |
//! |---|---|
//! | `/ok` | 200, `ok` and a newline |
//! | `/echo` | 200, the request as text |
//! | `/status/NNN` | that status, `status NNN` and a newline |
//! | `/204` | 204, without a body |
//! | `/redirect/N` | 302, N times, and then `/ok` |
//! | `/redirect-to?STATUS&URL` | that status with that Location, as written |
//! | `/loop` | 302 to itself |
//! | `/charset/NAME` | the text of [`CHARSETS`] with that name |
//! | `/gzip` | [`GZIP_TEXT`], as gzip, whatever the client accepts |
//! | `/big/BYTES` | [`big_body`] in chunks |
//! | `/endless` | chunks until the client disconnects |
//! | `/drip/MS` | a byte every MS milliseconds until the client disconnects |
//! | `/hang` | nothing, and the connection stays |
//! | `/hang-body` | the headers, and then nothing |
//! | `/close` | nothing, and the connection ends |
//! | `/garbage` | bytes that are not HTTP |
//! | `/truncated` | 10 bytes of 100, and the connection ends |
//! | `/headers` | many headers |
//! | `/huge-header` | a header of 1 MiB |
//! | `/basic` | 401, unless it is `user` with the password `secret` |
//! | `/flaky/ID/N` | 500 for the first N requests with that ID, then 200 |
//!
//! Anything else is 404.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::listen::Life;
use super::super::wire::Wire;
use super::charsets::CHARSETS;
use super::{Received, Record};

const TEXT: &str = "text/plain; charset=utf-8";

/// The body of `/gzip`, decompressed.
pub const GZIP_TEXT: &str = "this was packed, wie schön\n";

/// The body of `/big/BYTES`: the alphabet again and again.
pub fn big_body(bytes: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(bytes).collect()
}

/// Answers a request, and returns whether the connection may stay open.
pub(super) fn answer(
    request: &Received,
    wire: &mut BufReader<Wire>,
    record: &Record,
    life: &Life,
) -> io::Result<bool> {
    let (path, query) = request
        .path()
        .split_once('?')
        .unwrap_or((request.path(), ""));
    let mut page = Page {
        request,
        wire,
        record,
        life,
    };
    match page.answer(path, query) {
        // The path is not valid.
        Err(error) if error.kind() == ErrorKind::InvalidInput => page.not_found(),
        done => done,
    }
}

struct Page<'a> {
    request: &'a Received,
    wire: &'a mut BufReader<Wire>,
    record: &'a Record,
    life: &'a Life,
}

impl Page<'_> {
    fn answer(&mut self, path: &str, query: &str) -> io::Result<bool> {
        let words: Vec<&str> = path.split('/').skip(1).collect();
        match words.as_slice() {
            ["ok"] => self.ok(),
            ["echo"] => self.echo(),
            ["status", status] => self.status(number(status)?),
            ["204"] => self.reply(204, &[], b""),
            ["redirect", left] => self.redirect(number(left)?),
            ["redirect-to"] => self.redirect_to(query),
            ["loop"] => self.reply(302, &[("Location", "/loop")], b""),
            ["charset", name] => self.charset(name),
            ["gzip"] => self.gzip(),
            ["big", bytes] => self.big(number(bytes)?),
            ["endless"] => self.endless(),
            ["drip", pause] => self.drip(Duration::from_millis(number(pause)?)),
            ["hang"] => self.hang(),
            ["hang-body"] => {
                self.head(200, &[("Content-Type", TEXT), ("Content-Length", "100")])?;
                self.hang()
            }
            ["close"] => Ok(false),
            ["garbage"] => self.garbage(),
            ["truncated"] => self.truncated(),
            ["headers"] => self.headers(),
            ["huge-header"] => self.reply(200, &[("X-Huge", &"h".repeat(1024 * 1024))], b"huge\n"),
            ["basic"] => self.basic(),
            ["flaky", id, failures] => self.flaky(id, number(failures)?),
            _ => self.not_found(),
        }
    }

    fn ok(&mut self) -> io::Result<bool> {
        self.text(200, "ok\n")
    }

    fn not_found(&mut self) -> io::Result<bool> {
        self.text(404, "no such page\n")
    }

    fn status(&mut self, status: u16) -> io::Result<bool> {
        if !(100..1000).contains(&status) {
            return self.not_found();
        }
        self.text(status, &format!("status {status}\n"))
    }

    fn echo(&mut self) -> io::Result<bool> {
        let request = self.request;
        let mut text = format!(
            "{} {} {}\n",
            request.method, request.target, request.version
        );
        for (name, value) in &request.headers {
            text += &format!("{name}: {value}\n");
        }
        text.push('\n');
        let body = [text.as_bytes(), &request.body].concat();
        self.reply(200, &[("Content-Type", TEXT)], &body)
    }

    fn redirect(&mut self, left: u64) -> io::Result<bool> {
        let next = match left {
            0 | 1 => "/ok".to_string(),
            more => format!("/redirect/{}", more - 1),
        };
        self.reply(302, &[("Location", &next)], b"")
    }

    fn redirect_to(&mut self, query: &str) -> io::Result<bool> {
        let (status, url) = query.split_once('&').ok_or(ErrorKind::InvalidInput)?;
        self.reply(number(status)?, &[("Location", url)], b"elsewhere\n")
    }

    fn charset(&mut self, name: &str) -> io::Result<bool> {
        let page = CHARSETS.iter().find(|page| page.name == name);
        let page = page.ok_or(ErrorKind::InvalidInput)?;
        self.reply(200, &[("Content-Type", page.content_type)], page.bytes)
    }

    fn gzip(&mut self) -> io::Result<bool> {
        let level = flate2::Compression::default();
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), level);
        packer.write_all(GZIP_TEXT.as_bytes())?;
        let headers = [("Content-Type", TEXT), ("Content-Encoding", "gzip")];
        self.reply(200, &headers, &packer.finish()?)
    }

    fn big(&mut self, bytes: usize) -> io::Result<bool> {
        self.stream(|page| {
            // Whole alphabets, so that the next chunk continues this one.
            let chunk = big_body(26 * 2048);
            let mut left = bytes;
            while left > 0 {
                let part = left.min(chunk.len());
                page.chunk(&chunk[..part])?;
                left -= part;
            }
            page.send(b"0\r\n\r\n")
        })
    }

    fn endless(&mut self) -> io::Result<bool> {
        let chunk = big_body(26 * 2048);
        self.stream(|page| {
            loop {
                page.chunk(&chunk)?;
            }
        })
    }

    fn drip(&mut self, pause: Duration) -> io::Result<bool> {
        self.stream(|page| {
            loop {
                page.chunk(b".")?;
                page.life.sleep(pause)?;
            }
        })
    }

    /// Waits until the client disconnects or the server ends.
    fn hang(&mut self) -> io::Result<bool> {
        let mut ignored = [0; 1024];
        while self.wire.read(&mut ignored)? > 0 {}
        Ok(false)
    }

    fn garbage(&mut self) -> io::Result<bool> {
        self.send(b"\x00\xff\xfeNOT/HTTP at all\n\x01\x02\x03\n\n")?;
        Ok(false)
    }

    fn truncated(&mut self) -> io::Result<bool> {
        self.head(200, &[("Content-Type", TEXT), ("Content-Length", "100")])?;
        if self.has_body(200) {
            self.send(b"ten bytes\n")?;
        }
        Ok(false)
    }

    fn headers(&mut self) -> io::Result<bool> {
        let long = "l".repeat(4000);
        let headers = [
            ("Content-Type", TEXT),
            ("Set-Cookie", "first=1; Path=/; HttpOnly"),
            ("Set-Cookie", "second=two words; Secure"),
            ("X-Twice", "one"),
            ("x-twice", "two"),
            ("X-Empty", ""),
            ("X-Colon", "a: b, c"),
            ("X-Accent", "schön"),
            ("X-Long", &long),
            ("ETag", "\"abc\""),
            ("Cache-Control", "no-store, max-age=0"),
            ("Link", "</ok>; rel=\"next\""),
            ("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT"),
        ];
        self.reply(200, &headers, b"headers\n")
    }

    fn basic(&mut self) -> io::Result<bool> {
        let right = format!("Basic {}", STANDARD.encode("user:secret"));
        if self.request.header("authorization") == Some(&right) {
            return self.text(200, "welcome\n");
        }
        let headers = [
            ("Content-Type", TEXT),
            ("WWW-Authenticate", "Basic realm=\"jobs\""),
        ];
        self.reply(401, &headers, b"who are you?\n")
    }

    fn flaky(&mut self, id: &str, failures: u64) -> io::Result<bool> {
        let asked = {
            let mut flaky = self.record.flaky.lock().unwrap();
            let asked = flaky.entry(id.to_string()).or_default();
            *asked += 1;
            *asked
        };
        if asked > failures {
            return self.ok();
        }
        self.text(500, &format!("failure {asked} of {failures}\n"))
    }

    fn text(&mut self, status: u16, text: &str) -> io::Result<bool> {
        self.reply(status, &[("Content-Type", TEXT)], text.as_bytes())
    }

    fn reply(&mut self, status: u16, headers: &[(&str, &str)], body: &[u8]) -> io::Result<bool> {
        let length = body.len().to_string();
        let mut headers = headers.to_vec();
        if !is_bodiless(status) {
            headers.push(("Content-Length", &length));
        }
        self.head(status, &headers)?;
        if self.has_body(status) {
            self.send(body)?;
        }
        Ok(true)
    }

    /// An answer in chunks, of unknown length.
    fn stream(&mut self, body: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<bool> {
        let headers = [("Content-Type", TEXT), ("Transfer-Encoding", "chunked")];
        self.head(200, &headers)?;
        if self.has_body(200) {
            body(self)?;
        }
        Ok(true)
    }

    fn head(&mut self, status: u16, headers: &[(&str, &str)]) -> io::Result<()> {
        let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if self.request.wants_close() {
            head += "Connection: close\r\n";
        }
        head += "\r\n";
        self.send(head.as_bytes())
    }

    fn chunk(&mut self, bytes: &[u8]) -> io::Result<()> {
        let size = format!("{:x}\r\n", bytes.len());
        self.send(&[size.as_bytes(), bytes, b"\r\n"].concat())
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let wire = self.wire.get_mut();
        wire.write_all(bytes)?;
        wire.flush()
    }

    fn has_body(&self, status: u16) -> bool {
        self.request.method != "HEAD" && !is_bodiless(status)
    }
}

fn number<T: std::str::FromStr>(word: &str) -> io::Result<T> {
    word.parse().map_err(|_| ErrorKind::InvalidInput.into())
}

fn is_bodiless(status: u16) -> bool {
    matches!(status, 100..200 | 204 | 304)
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

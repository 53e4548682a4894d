//! SOCKS 5 (RFC 1928), with the login of RFC 1929. Only CONNECT.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};

use super::super::listen::Life;
use super::super::wire::Wire;
use super::{Record, Seen, tunnel};

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const LOGIN: u8 = 2;
const NO_METHOD: u8 = 0xff;

/// The reply codes of SOCKS.
mod reply {
    pub const DONE: u8 = 0;
    pub const FAILED: u8 = 1;
    pub const NOT_ALLOWED: u8 = 2;
    pub const HOST_UNREACHABLE: u8 = 4;
    pub const REFUSED: u8 = 5;
    pub const UNKNOWN_COMMAND: u8 = 7;
    pub const UNKNOWN_ADDRESS: u8 = 8;
}

pub(super) fn serve(stream: TcpStream, record: &Record, life: &Life) -> io::Result<()> {
    let mut wire = BufReader::new(Wire::Plain(stream));
    let mut seen = Seen::default();
    if !greet(&mut wire, record, &mut seen)? {
        record.note(seen);
        return Ok(());
    }
    seen.is_let_in = true;
    match target(&mut wire)? {
        Ok((host, port)) => {
            seen.asked = match host.contains(':') {
                true => format!("[{host}]:{port}"),
                false => format!("{host}:{port}"),
            };
            record.note(seen);
            pass(wire, &host, port, record, life)
        }
        Err(code) => {
            record.note(seen);
            answer(&mut wire, code, None)
        }
    }
}

/// Agrees on a login and checks it.
fn greet(wire: &mut BufReader<Wire>, record: &Record, seen: &mut Seen) -> io::Result<bool> {
    if byte(wire)? != VERSION {
        return Err(ErrorKind::InvalidData.into());
    }
    let methods = counted(wire)?;
    let wants_login = record.login.get().is_some();
    // A proxy without a login accepts any login that the client sends.
    let method = match () {
        () if !wants_login && methods.contains(&NO_LOGIN) => NO_LOGIN,
        () if methods.contains(&LOGIN) => LOGIN,
        () => NO_METHOD,
    };
    say(wire, &[VERSION, method])?;
    match method {
        NO_LOGIN => Ok(true),
        LOGIN => log_in(wire, record, seen),
        _ => Ok(false),
    }
}

fn log_in(wire: &mut BufReader<Wire>, record: &Record, seen: &mut Seen) -> io::Result<bool> {
    if byte(wire)? != 1 {
        return Err(ErrorKind::InvalidData.into());
    }
    let user = text(counted(wire)?);
    let password = text(counted(wire)?);
    seen.login = Some((user, password));
    let is_right = record.is_allowed(seen.login.as_ref());
    say(wire, &[1, u8::from(!is_right)])?;
    Ok(is_right)
}

/// The requested host and port, or the code of the refusal.
fn target(wire: &mut BufReader<Wire>) -> io::Result<Result<(String, u16), u8>> {
    let [version, command, _, kind] = bytes(wire)?;
    if version != VERSION {
        return Err(ErrorKind::InvalidData.into());
    }
    let host = match kind {
        1 => Ipv4Addr::from(bytes::<4>(wire)?).to_string(),
        3 => text(counted(wire)?),
        4 => Ipv6Addr::from(bytes::<16>(wire)?).to_string(),
        _ => return Ok(Err(reply::UNKNOWN_ADDRESS)),
    };
    let port = u16::from_be_bytes(bytes(wire)?);
    if command != 1 {
        return Ok(Err(reply::UNKNOWN_COMMAND));
    }
    Ok(Ok((host, port)))
}

fn pass(
    mut wire: BufReader<Wire>,
    host: &str,
    port: u16,
    record: &Record,
    life: &Life,
) -> io::Result<()> {
    let upstream = match record.connect(host, port, life) {
        Ok(upstream) => upstream,
        Err(error) => return answer(&mut wire, code(error.kind()), None),
    };
    let _adopted = life.adopt(&upstream)?;
    answer(&mut wire, reply::DONE, upstream.local_addr().ok())?;
    tunnel::run(wire, &upstream)
}

fn code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::PermissionDenied => reply::NOT_ALLOWED,
        ErrorKind::NotFound | ErrorKind::TimedOut => reply::HOST_UNREACHABLE,
        ErrorKind::ConnectionRefused => reply::REFUSED,
        _ => reply::FAILED,
    }
}

fn answer(wire: &mut BufReader<Wire>, code: u8, bound: Option<SocketAddr>) -> io::Result<()> {
    let bound = bound.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)));
    let mut answer = vec![VERSION, code, 0];
    match bound.ip() {
        IpAddr::V4(ip) => {
            answer.push(1);
            answer.extend(ip.octets());
        }
        IpAddr::V6(ip) => {
            answer.push(4);
            answer.extend(ip.octets());
        }
    }
    answer.extend(bound.port().to_be_bytes());
    say(wire, &answer)
}

fn say(wire: &mut BufReader<Wire>, bytes: &[u8]) -> io::Result<()> {
    wire.get_mut().write_all(bytes)
}

fn bytes<const N: usize>(wire: &mut BufReader<Wire>) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    wire.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn byte(wire: &mut BufReader<Wire>) -> io::Result<u8> {
    let [byte] = bytes(wire)?;
    Ok(byte)
}

/// Reads a byte with a length, and then this number of bytes.
fn counted(wire: &mut BufReader<Wire>) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; byte(wire)?.into()];
    wire.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

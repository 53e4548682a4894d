//! SOCKS 5 (RFC 1928) with the login of RFC 1929. The proxy looks the names up.

use std::io;
use std::net::IpAddr;

use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::connect::BoxStream;
use super::proxy::Login;

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const LOGIN: u8 = 2;
const NO_METHOD: u8 = 0xff;
const CONNECT: u8 = 1;

/// The longest name, user or password, in bytes.
const TEXT_MAX: usize = 255;

/// Why the proxy is of no use.
#[derive(Debug)]
pub(super) enum SocksFault {
    Broken(io::Error),
    Refused(Refusal),
}

/// Why a SOCKS proxy does not connect to the server.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    #[error("it does not speak SOCKS 5")]
    NotSocks5,
    #[error("it wants a login")]
    LoginWanted,
    #[error("it wants another kind of login than a user and a password")]
    OtherLoginWanted,
    #[error("it does not accept the login")]
    LoginRefused,
    #[error("the user, the password or the name of the host is longer than {TEXT_MAX} bytes")]
    TextTooLong,
    /// The code of a reply to CONNECT.
    #[error("{}", reply_words(*.0))]
    Reply(u8),
}

impl From<io::Error> for SocksFault {
    fn from(error: io::Error) -> SocksFault {
        SocksFault::Broken(error)
    }
}

impl From<Refusal> for SocksFault {
    fn from(refusal: Refusal) -> SocksFault {
        SocksFault::Refused(refusal)
    }
}

/// Has the proxy at the other end of a connection connect to the host.
pub(super) async fn connect(
    stream: &mut BoxStream,
    login: Option<&Login>,
    host: &str,
    port: u16,
) -> Result<(), SocksFault> {
    negotiate_login(stream, login).await?;
    request_connection(stream, host, port).await
}

async fn negotiate_login(stream: &mut BoxStream, login: Option<&Login>) -> Result<(), SocksFault> {
    let methods: &[u8] = match login {
        Some(_) => &[VERSION, 2, NO_LOGIN, LOGIN],
        None => &[VERSION, 1, NO_LOGIN],
    };
    send(stream, methods).await?;
    let [version, method] = receive(stream).await?;
    if version != VERSION {
        return Err(Refusal::NotSocks5.into());
    }
    match (method, login) {
        (NO_LOGIN, _) => Ok(()),
        (LOGIN, Some(login)) => log_in(stream, login).await,
        (NO_METHOD, None) => Err(Refusal::LoginWanted.into()),
        _ => Err(Refusal::OtherLoginWanted.into()),
    }
}

async fn log_in(stream: &mut BoxStream, login: &Login) -> Result<(), SocksFault> {
    let mut message = vec![1];
    message.extend(with_length(&login.user)?);
    message.extend(with_length(&login.password)?);
    send(stream, &message).await?;
    match receive(stream).await? {
        [_, 0] => Ok(()),
        _ => Err(Refusal::LoginRefused.into()),
    }
}

async fn request_connection(
    stream: &mut BoxStream,
    host: &str,
    port: u16,
) -> Result<(), SocksFault> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let mut message = vec![VERSION, CONNECT, 0];
    match bare.parse() {
        Ok(IpAddr::V4(address)) => {
            message.push(1);
            message.extend(address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            message.push(4);
            message.extend(address.octets());
        }
        Err(_) => {
            message.push(3);
            message.extend(with_length(bare.as_bytes())?);
        }
    }
    message.extend(port.to_be_bytes());
    send(stream, &message).await?;
    let [version, reply] = receive(stream).await?;
    if version != VERSION {
        return Err(Refusal::NotSocks5.into());
    }
    if reply != 0 {
        return Err(Refusal::Reply(reply).into());
    }
    // The address from which the proxy has connected is of no use, but has to be read.
    let [_, kind] = receive(stream).await?;
    match kind {
        1 => receive::<6>(stream).await.map(drop)?,
        4 => receive::<18>(stream).await.map(drop)?,
        3 => {
            let [length] = receive(stream).await?;
            let mut rest = vec![0; usize::from(length) + 2];
            stream.read_exact(&mut rest).await?;
        }
        _ => return Err(Refusal::NotSocks5.into()),
    }
    Ok(())
}

fn reply_words(reply: u8) -> &'static str {
    match reply {
        2 => "its rules forbid the connection",
        3 => "the network cannot be reached from there",
        4 => "the host cannot be reached from there",
        5 => "the connection is refused there",
        6 => "the way from there is too long",
        7 => "it does not know how to connect",
        8 => "it does not know this kind of address",
        _ => "it failed to connect",
    }
}

/// A text after the byte that has its length.
fn with_length(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    let length = u8::try_from(text.len()).map_err(|_| Refusal::TextTooLong)?;
    Ok([&[length], text].concat())
}

async fn send(stream: &mut BoxStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

async fn receive<const N: usize>(stream: &mut BoxStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

//! The account at the other end of a connection, as the kernel tells it.

use std::io;

use interprocess::local_socket::Stream;
use interprocess::local_socket::tokio::Stream as TokioStream;
use jobs_api::Caller;

#[cfg(unix)]
use std::os::fd::AsFd;

/// Refuses accounts other than root and the daemon's own. The mode of the socket's file refuses them too.
pub(super) fn check(stream: &TokioStream) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(uid) = uid_of(stream)?
        && !jobs_fs::is_trusted(uid)
    {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("uid {uid} is not allowed to call this daemon"),
        ));
    }
    #[cfg(not(unix))]
    let _ = stream;
    Ok(())
}

/// The account that listens, if it is neither root nor the client's own. The kernel tells the account that called `listen`.
pub(super) fn listener(stream: &Stream) -> io::Result<Option<u32>> {
    #[cfg(unix)]
    let uid = {
        let Stream::UdSocket(socket) = stream;
        uid_of_socket(socket)?
    };
    #[cfg(not(unix))]
    let uid = {
        let _ = stream;
        None
    };
    Ok(uid.filter(|uid| !jobs_fs::is_trusted(*uid)))
}

/// The caller at the other end, by its user id.
pub(super) fn caller(stream: &TokioStream) -> Caller {
    Caller::user(account(stream))
}

/// The user id at the other end; none where the system does not tell it.
pub(super) fn account(stream: &TokioStream) -> Option<u32> {
    #[cfg(unix)]
    let uid = uid_of(stream).ok().flatten();
    #[cfg(not(unix))]
    let uid = {
        let _ = stream;
        None
    };
    uid
}

#[cfg(unix)]
fn uid_of(stream: &TokioStream) -> io::Result<Option<u32>> {
    let TokioStream::UdSocket(socket) = stream;
    uid_of_socket(socket)
}

/// The account of the peer. Its process id is not asked for: that of a process in another pid namespace is 0, which
/// interprocess takes for an error.
#[cfg(target_os = "linux")]
fn uid_of_socket(socket: &impl AsFd) -> io::Result<Option<u32>> {
    use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
    Ok(Some(getsockopt(socket, PeerCredentials)?.uid()))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn uid_of_socket(
    socket: &impl interprocess::local_socket::traits::StreamCommon,
) -> io::Result<Option<u32>> {
    Ok(socket.peer_creds()?.euid())
}

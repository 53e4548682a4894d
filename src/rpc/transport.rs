//! The local socket: a Unix socket, on Windows a named pipe. Who may bind it, and who may speak.

use std::io;
use std::path::{Path, PathBuf};

use interprocess::local_socket::tokio::{Listener as TokioListener, Stream};
use interprocess::local_socket::traits::tokio::Listener as _;
use interprocess::local_socket::{GenericFilePath, ListenerOptions, Name, ToFsName};

use crate::api::Caller;
use crate::error::{Error, Result};
use crate::fs::FileId;

/// The daemon's end of the socket. The file goes when it is dropped.
pub struct Listener {
    socket: TokioListener,
    _file: OwnFile,
}

impl Listener {
    /// Binds the socket, mode 0600 from its first moment. The caller holds the lock of the home, so a file that is there
    /// is stale; should somebody answer on it all the same, it is not touched.
    pub fn bind(path: &Path) -> Result<Listener> {
        let doing = || format!("cannot listen on `{}`", path.display());
        let file = OwnFile::make_room(path)?;
        let name = name(path).map_err(|error| Error::io(doing(), error))?;
        // The name is reclaimed by us: only we look whether it is still ours.
        let options = ListenerOptions::new().name(name).reclaim_name(false);
        #[cfg(unix)]
        let options =
            interprocess::os::unix::local_socket::ListenerOptionsExt::mode(options, 0o600);
        let socket = options
            .create_tokio()
            .map_err(|error| Error::io(doing(), error))?;
        Ok(Listener {
            socket,
            _file: file.bound(),
        })
    }

    /// The next connection of somebody who may speak.
    pub(super) async fn accept(&self) -> io::Result<Stream> {
        let stream = self.socket.accept().await?;
        may_speak(&stream)?;
        Ok(stream)
    }
}

/// How interprocess calls a path.
pub(super) fn name(path: &Path) -> io::Result<Name<'_>> {
    path.to_fs_name::<GenericFilePath>()
}

/// Only root and the daemon's own account speak; the mode of the socket says the same.
#[cfg(unix)]
fn may_speak(stream: &Stream) -> io::Result<()> {
    use interprocess::local_socket::traits::StreamCommon;
    let ours = rustix::process::geteuid().as_raw();
    match stream.peer_creds()?.euid() {
        Some(uid) if uid != 0 && uid != ours => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("uid {uid} may not speak to this daemon"),
        )),
        Some(_) | None => Ok(()),
    }
}

#[cfg(not(unix))]
fn may_speak(_: &Stream) -> io::Result<()> {
    Ok(())
}

/// Who is at the other end.
#[cfg(unix)]
pub(super) fn caller(stream: &Stream) -> Caller {
    use interprocess::local_socket::traits::StreamCommon;
    Caller::user(stream.peer_creds().ok().and_then(|creds| creds.euid()))
}

/// Who is at the other end.
#[cfg(not(unix))]
pub(super) fn caller(_: &Stream) -> Caller {
    Caller::user(None)
}

/// The file of the socket, as long as it is ours.
struct OwnFile {
    path: PathBuf,
    id: Option<FileId>,
}

impl OwnFile {
    #[cfg(unix)]
    fn make_room(path: &Path) -> Result<OwnFile> {
        use std::os::unix::fs::FileTypeExt;
        let own = OwnFile {
            path: path.to_path_buf(),
            id: None,
        };
        let metadata = match std::fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(own),
            Err(error) => {
                return Err(Error::io(
                    format!("cannot look at `{}`", path.display()),
                    error,
                ));
            }
        };
        if !metadata.file_type().is_socket() {
            return Err(Error::Conflict(format!(
                "`{}` is in the way: it is not a socket\nhint: move it away",
                path.display()
            )));
        }
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(Error::Conflict(format!(
                "somebody answers on `{}` already\nhint: `jobs status` shows who",
                path.display()
            )));
        }
        std::fs::remove_file(path).map_err(|error| {
            Error::io(
                format!("cannot remove the stale socket `{}`", path.display()),
                error,
            )
        })?;
        Ok(own)
    }

    #[cfg(not(unix))]
    fn make_room(path: &Path) -> Result<OwnFile> {
        Ok(OwnFile {
            path: path.to_path_buf(),
            id: None,
        })
    }

    fn bound(mut self) -> OwnFile {
        self.id = FileId::at_link(&self.path);
        self
    }
}

impl Drop for OwnFile {
    fn drop(&mut self) {
        if self.id.is_some() && FileId::at_link(&self.path) == self.id {
            // One that stays is stale, and the next start knows what to do with it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

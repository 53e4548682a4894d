//! The local socket: a Unix socket, on Windows a named pipe. Binds it, and accepts only root and the daemon's own account.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use interprocess::local_socket::tokio::{Listener as TokioListener, Stream};
use interprocess::local_socket::traits::tokio::Listener as _;
use interprocess::local_socket::{GenericFilePath, ListenerOptions, Name, ToFsName};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::peer;
use jobs_error::{Error, Result};
use jobs_fs::FileId;

/// The listening socket. Its file is removed when it is dropped.
pub struct Listener {
    shared: Arc<Shared>,
}

/// Binds the socket of a [`Listener`] again. It does not keep the listener open.
#[derive(Clone)]
pub struct Rebind {
    shared: Weak<Shared>,
}

struct Shared {
    path: PathBuf,
    current: Mutex<Arc<Bound>>,
    /// Wakes `accept` when another socket has been bound.
    replaced: Notify,
}

/// A bound socket.
struct Bound {
    socket: TokioListener,
    file: OwnFile,
}

impl Listener {
    /// Binds the socket; its file has mode 0600 from the moment it is created. The caller holds the lock of the home, so a
    /// file that exists already is stale and is replaced. A socket on which another program answers is not touched.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] when another program answers on it or the file is not a socket, [`Error::Io`] else.
    pub fn bind(path: &Path) -> Result<Listener> {
        Ok(Listener {
            shared: Arc::new(Shared {
                path: path.to_path_buf(),
                current: Mutex::new(Arc::new(Bound::to(path)?)),
                replaced: Notify::new(),
            }),
        })
    }

    /// A handle that binds the socket again when its file is gone.
    pub fn rebind(&self) -> Rebind {
        Rebind {
            shared: Arc::downgrade(&self.shared),
        }
    }

    /// Waits for the next connection of root or the daemon's own account. Other connections are closed and logged.
    pub(super) async fn accept(&self) -> io::Result<Stream> {
        loop {
            // Before the look at the current socket: from here on a replacement wakes this task.
            let replaced = self.shared.replaced.notified();
            let bound = self.shared.current.lock().clone();
            let stream = tokio::select! {
                stream = bound.socket.accept() => stream?,
                () = replaced => continue,
            };
            match peer::check(&stream) {
                Ok(()) => return Ok(stream),
                Err(error) => tracing::warn!(%error, "a connection to the socket was refused"),
            }
        }
    }
}

impl Rebind {
    /// Binds the socket again if its path does not lead to it any more. Returns whether it did. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// As [`Listener::bind`].
    pub fn bind_if_gone(&self) -> Result<bool> {
        let Some(shared) = self.shared.upgrade() else {
            return Ok(false);
        };
        if shared.current.lock().file.is_in_place() {
            return Ok(false);
        }
        let bound = Arc::new(Bound::to(&shared.path)?);
        *shared.current.lock() = bound;
        shared.replaced.notify_waiters();
        Ok(true)
    }
}

impl Bound {
    fn to(path: &Path) -> Result<Bound> {
        let doing = || format!("cannot listen on `{}`", path.display());
        let file = OwnFile::clear(path)?;
        let name = name(path).map_err(|error| Error::io(doing(), error))?;
        // `OwnFile` removes the file, not interprocess: only `OwnFile` checks that it is still ours.
        let options = ListenerOptions::new().name(name).reclaim_name(false);
        #[cfg(unix)]
        let options =
            interprocess::os::unix::local_socket::ListenerOptionsExt::mode(options, 0o600);
        let socket = options
            .create_tokio()
            .map_err(|error| Error::io(doing(), error))?;
        Ok(Bound {
            socket,
            file: file.bound(),
        })
    }
}

/// A path as the name of a socket.
pub(super) fn name(path: &Path) -> io::Result<Name<'_>> {
    path.to_fs_name::<GenericFilePath>()
}

/// The file of the socket. It is removed when this is dropped, if it is still the file that was bound.
struct OwnFile {
    path: PathBuf,
    id: Option<FileId>,
}

impl OwnFile {
    /// Removes a stale file at `path`.
    #[cfg(unix)]
    fn clear(path: &Path) -> Result<OwnFile> {
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
                "cannot listen on `{}`: a file that is not a socket has this path\nhint: move the file away",
                path.display()
            )));
        }
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(Error::Conflict(format!(
                "another program answers on `{}` already\nhint: `jobs status` shows which",
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
    fn clear(path: &Path) -> Result<OwnFile> {
        Ok(OwnFile {
            path: path.to_path_buf(),
            id: None,
        })
    }

    /// Whether the path leads to the file that was bound. Always true where files have no ids: a pipe has no file.
    fn is_in_place(&self) -> bool {
        self.id.is_none() || FileId::at_link(&self.path) == self.id
    }

    /// Remembers which file was bound.
    fn bound(mut self) -> OwnFile {
        self.id = FileId::at_link(&self.path);
        self
    }
}

impl Drop for OwnFile {
    fn drop(&mut self) {
        if self.id.is_some() && FileId::at_link(&self.path) == self.id {
            // A file that can't be removed is stale, and the next start replaces it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

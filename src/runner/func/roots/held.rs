//! The folders of `jobs.func_roots`, each opened when the daemon reads its configuration, and held open.
//!
//! A function works below the held folder, wherever that folder is by then: a folder or a link that somebody puts in its place
//! later is never entered unnoticed.

use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

use super::walk;
use jobs_fs::FileId;

/// Upper bound on the folders that a message takes, as in Linux. The configuration allows fewer.
const MESSAGE_MAX: usize = 253;

/// The folders to which functions that read or write files are restricted; none means no restriction.
#[derive(Clone, Debug, Default)]
pub struct Roots(Arc<[Root]>);

/// A folder of `jobs.func_roots`.
#[derive(Debug)]
pub(super) struct Root {
    /// The path in the configuration.
    pub(super) configured: PathBuf,
    /// Absent when the folder could not be opened, for example because it did not exist.
    pub(super) held: Option<Held>,
}

/// A folder that is held open.
#[derive(Debug)]
pub(super) struct Held {
    /// The path to which the configured path led.
    pub(super) path: PathBuf,
    folder: OwnedFd,
}

/// A root, as it is sent to the process of a function. The held folders follow as descriptors, in the same order.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RootMessage {
    configured: PathBuf,
    held: Option<PathBuf>,
}

impl Roots {
    /// Opens the folders. A function can enter a folder that cannot be opened now once it exists, but not by a link.
    pub fn open(folders: &[PathBuf]) -> Roots {
        let root = |configured: &PathBuf| Root {
            configured: configured.clone(),
            held: Held::open(configured).ok(),
        };
        Roots(folders.iter().map(root).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Root> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The folders for the process of a function: what is sent as text, and the descriptors that belong to it.
    pub(crate) fn message(&self) -> (Vec<RootMessage>, Vec<BorrowedFd<'_>>) {
        let text = self.iter().map(|root| RootMessage {
            configured: root.configured.clone(),
            held: root.held.as_ref().map(|held| held.path.clone()),
        });
        let held = self.iter().filter_map(|root| root.held.as_ref());
        (
            text.collect(),
            held.map(|held| held.folder.as_fd()).collect(),
        )
    }

    /// Sends the held folders, with one byte: a message needs one.
    pub(crate) fn send(&self, socket: &UnixStream) -> io::Result<()> {
        let (_, folders) = self.message();
        let rights = SendAncillaryMessage::ScmRights(&folders);
        let mut space = vec![MaybeUninit::uninit(); rights.size()];
        let mut message = SendAncillaryBuffer::new(&mut space);
        if !folders.is_empty() && !message.push(rights) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let bytes = [io::IoSlice::new(b"+")];
        sendmsg(socket, &bytes, &mut message, SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// Receives the folders of [`Roots::send`].
    pub(crate) fn receive(socket: &UnixStream) -> io::Result<Vec<OwnedFd>> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MESSAGE_MAX))];
        let mut message = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0; 1];
        let mut bytes = [io::IoSliceMut::new(&mut byte)];
        recvmsg(socket, &mut bytes, &mut message, RecvFlags::CMSG_CLOEXEC)?;
        let mut folders = Vec::new();
        for message in message.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                folders.extend(received);
            }
        }
        Ok(folders)
    }

    /// The folders that [`Roots::message`] has described. Descriptors that are missing leave their folders closed.
    pub(crate) fn received(text: Vec<RootMessage>, folders: Vec<OwnedFd>) -> Roots {
        let mut folders = folders.into_iter();
        let root = |message: RootMessage| Root {
            configured: message.configured,
            held: message.held.and_then(|path| {
                let folder = folders.next()?;
                Some(Held { path, folder })
            }),
        };
        Roots(text.into_iter().map(root).collect())
    }
}

/// By their paths: a root that is opened again is the same root.
impl PartialEq for Roots {
    fn eq(&self, other: &Roots) -> bool {
        let paths = |roots: &Roots| -> Vec<PathBuf> {
            roots.iter().map(|root| root.configured.clone()).collect()
        };
        paths(self) == paths(other)
    }
}

impl Held {
    fn open(configured: &Path) -> io::Result<Held> {
        let path = fs::canonicalize(configured)?;
        let folder = walk(None, &path)?;
        Ok(Held { path, folder })
    }

    /// Whether this folder is the one at `path` now.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        let held = rustix::fs::fstat(&self.folder).ok();
        let id = held.map(|held| FileId {
            device: device(held.st_dev),
            inode: held.st_ino,
        });
        id.is_some() && id == FileId::at_link(path)
    }

    pub(super) fn folder(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }
}

/// A device number as the standard library gives it: its type differs from system to system.
fn device<T: TryInto<u64>>(number: T) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}

//! Waiting for a descriptor of the kernel (a timer, a process, a watch) without a thread.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};

/// A descriptor that is waited for until it can be read.
pub struct Readable(AsyncFd<OwnedFd>);

impl Readable {
    /// Registers a descriptor. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the kernel takes no more descriptors to wait for.
    #[allow(unsafe_code)]
    pub fn new(fd: OwnedFd) -> io::Result<Readable> {
        // SAFETY: an `OwnedFd` is open and stays the same descriptor as long as it lives; it lives in the private field
        // of this struct, which gives out no `&mut` to it and no way to take it out before the `AsyncFd` is dropped.
        let registered = unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) };
        registered.map(Readable).map_err(io::Error::from)
    }

    /// Waits until it can be read. Clear the guard's readiness when a read says that it would block.
    ///
    /// # Errors
    ///
    /// When the runtime is going down.
    pub async fn wait(&self) -> io::Result<AsyncFdReadyGuard<'_, OwnedFd>> {
        self.0.readable().await
    }
}

impl AsFd for Readable {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.get_ref().as_fd()
    }
}

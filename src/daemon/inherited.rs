//! Descriptors inherited by accident from the process that starts the daemon. A lock that a script holds
//! (`exec 9>lock; flock 9`) would otherwise be held as long as the daemon lives.

use std::io;
use std::os::fd::{BorrowedFd, RawFd};

/// Closes every descriptor from 3 on that this program has not opened itself. Call it before there are threads.
pub fn close() {
    for fd in open_descriptors() {
        close_if_inherited(fd);
    }
}

/// Keeps inherited descriptors open but sets CLOEXEC, so that commands do not inherit them: a daemon in the foreground may
/// be meant to hold a lock. Call it before there are threads.
pub fn keep_from_commands() -> io::Result<()> {
    for fd in open_descriptors().into_iter().filter_map(inherited) {
        rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::CLOEXEC)?;
    }
    Ok(())
}

fn open_descriptors() -> Vec<RawFd> {
    let folder = if cfg!(target_os = "linux") {
        "/proc/self/fd"
    } else {
        "/dev/fd"
    };
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|fd| *fd > 2)
        .collect()
}

/// Returns the descriptor if this program has not opened it itself.
#[allow(unsafe_code)]
fn inherited(fd: RawFd) -> Option<BorrowedFd<'static>> {
    // SAFETY: the descriptor was open a moment ago and no other thread closes descriptors. The one of the listing itself is
    // closed by now; for it `fcntl` returns an error.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    // The standard library and every crate here open with CLOEXEC, so a descriptor without it was inherited.
    rustix::io::fcntl_getfd(borrowed)
        .is_ok_and(|flags| !flags.contains(rustix::io::FdFlags::CLOEXEC))
        .then_some(borrowed)
}

#[allow(unsafe_code)]
fn close_if_inherited(fd: RawFd) {
    if inherited(fd).is_some() {
        // SAFETY: this program has not opened the descriptor, so no value in it owns the descriptor.
        unsafe { rustix::io::close(fd) };
    }
}

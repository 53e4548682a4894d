//! Taking the middle out of a file while somebody goes on writing at its end.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

/// A stream is let grow by this much over its budget before more of its middle is taken out, in bytes.
pub(super) const STEP: u64 = 1024 * 1024;

/// File systems work in blocks of this size or a divisor of it, in bytes.
const BLOCK: u64 = 4096;

/// Keeps a file to `budget` bytes of disk: its first half and its last half stay. Does nothing while it is over by
/// less than `slack`, or when the file is missing.
pub(super) fn keep_to(path: &Path, budget: u64, slack: u64) -> std::io::Result<()> {
    let size = match std::fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if size <= budget.saturating_add(slack) {
        return Ok(());
    }
    let file = OpenOptions::new().write(true).read(true).open(path)?;
    let half = budget / 2;
    let start = half.next_multiple_of(BLOCK);
    let end = size.saturating_sub(half) / BLOCK * BLOCK;
    let cut_so_far = find(&file, size)?.map_or(start, |hole| hole.end);
    if end <= cut_so_far.max(start) || end - cut_so_far < slack.min(STEP) {
        return Ok(());
    }
    match punch(&file, start..end) {
        // A file system that can't do it keeps the output whole.
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(()),
        done => done,
    }
}

#[cfg(target_os = "linux")]
fn punch(file: &File, range: Range<u64>) -> std::io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    Ok(fallocate(
        file,
        flags,
        range.start,
        range.end - range.start,
    )?)
}

/// Elsewhere there is no such call; the output is kept whole.
#[cfg(not(target_os = "linux"))]
fn punch(_: &File, _: Range<u64>) -> std::io::Result<()> {
    Ok(())
}

/// The hole in a file of `size` bytes, if it has one. The file itself is asked, so a restart forgets nothing.
#[cfg(target_os = "linux")]
pub(super) fn find(file: &File, size: u64) -> std::io::Result<Option<Range<u64>>> {
    use rustix::fs::{SeekFrom, seek};
    use rustix::io::Errno;
    if size < BLOCK {
        return Ok(None);
    }
    let start = match seek(file, SeekFrom::Hole(0)) {
        Ok(start) => start,
        // The file system does not say, so it has none.
        Err(Errno::INVAL | Errno::NXIO | Errno::OPNOTSUPP) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if start >= size {
        // Every file ends in a hole, past its last byte.
        return Ok(None);
    }
    let end = match seek(file, SeekFrom::Data(start)) {
        Ok(end) => end,
        Err(Errno::NXIO) => size,
        Err(error) => return Err(error.into()),
    };
    Ok(Some(start..end))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn find(_: &File, _: u64) -> std::io::Result<Option<Range<u64>>> {
    Ok(None)
}

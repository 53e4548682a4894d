//! Removes the middle of an output file by punching a hole, while the job continues to write at its end.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

/// A stream may exceed its budget by this much before the next part of its middle is removed, in bytes.
pub(super) const STEP: u64 = 1024 * 1024;

/// Block size in bytes. File systems punch holes in blocks of this size or of a divisor of it.
const BLOCK: u64 = 4096;

/// Limits a file to `budget` bytes of disk by removing its middle: the first half and the last half of the budget
/// stay. Does nothing while the file exceeds the budget by less than `slack`, or when it is missing.
pub(super) fn trim_to_budget(path: &Path, budget: u64, slack: u64) -> std::io::Result<()> {
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
    let cut_so_far = find_hole(&file, size)?.map_or(start, |hole| hole.end);
    if end <= cut_so_far.max(start) || end - cut_so_far < slack.min(STEP) {
        return Ok(());
    }
    match punch(&file, start..end) {
        // On a file system without holes the output stays complete.
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

/// Other systems have no such call; the output stays complete.
#[cfg(not(target_os = "linux"))]
fn punch(_: &File, _: Range<u64>) -> std::io::Result<()> {
    Ok(())
}

/// The hole in a file of `size` bytes, if there is one. It is read from the file system, so it is known after a
/// restart too.
#[cfg(target_os = "linux")]
pub(super) fn find_hole(file: &File, size: u64) -> std::io::Result<Option<Range<u64>>> {
    use rustix::fs::{SeekFrom, seek};
    use rustix::io::Errno;
    if size < BLOCK {
        return Ok(None);
    }
    let start = match seek(file, SeekFrom::Hole(0)) {
        Ok(start) => start,
        // The file system does not report holes, so the file has none.
        Err(Errno::INVAL | Errno::NXIO | Errno::OPNOTSUPP) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if start >= size {
        // Every file has a virtual hole after its last byte.
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
pub(super) fn find_hole(_: &File, _: u64) -> std::io::Result<Option<Range<u64>>> {
    Ok(None)
}

//! The content of a file: the data between its holes, and a checksum for which holes cost almost nothing.

use std::fs::File;
use std::io;

use sha2::{Digest, Sha256};

/// Size of a block in bytes. A block of zeros is not hashed, only counted.
const BLOCK: usize = 64 * 1024;
static ZEROS: [u8; BLOCK] = [0; BLOCK];

/// Record size of a tar, in bytes.
pub(super) const RECORD: u64 = 512;

/// A file with more pieces, which has at least some gigabytes of data, is archived with its holes filled. A lower bound would let
/// a small file of many pieces and vast holes take very long.
const MAX_PIECES: usize = 1_000_000;

/// The checksum of a content: SHA-256 over its nonzero blocks, each with its offset, and over the length.
#[derive(Default)]
pub(super) struct Sum {
    hash: Sha256,
    block: Vec<u8>,
    /// The offset of the block.
    at: u64,
}

impl Sum {
    pub(super) fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(now);
            bytes = later;
            self.close_if_full();
        }
    }

    pub(super) fn add_zeros(&mut self, mut count: u64) {
        while count > 0 {
            if self.block.is_empty() {
                let whole = count - count % BLOCK as u64;
                self.at = self.at.saturating_add(whole);
                count -= whole;
            }
            let room = BLOCK - self.block.len();
            let now = usize::try_from(count).unwrap_or(room).min(room);
            self.block.resize(self.block.len() + now, 0);
            count -= now as u64;
            self.close_if_full();
        }
    }

    pub(super) fn finish(mut self) -> (u64, [u8; 32]) {
        self.close();
        self.hash.update(self.at.to_le_bytes());
        (self.at, self.hash.finalize().into())
    }

    fn close_if_full(&mut self) {
        if self.block.len() == BLOCK {
            self.close();
        }
    }

    fn close(&mut self) {
        if ZEROS.get(..self.block.len()) != Some(&self.block[..]) {
            self.hash.update(self.at.to_le_bytes());
            self.hash.update(&self.block);
        }
        self.at = self.at.saturating_add(self.block.len() as u64);
        self.block.clear();
    }
}

/// A part of a file that is not a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) at: u64,
    pub(super) length: u64,
}

/// The pieces of a file between its holes. `None` when it has no holes, too many, or the file system does not report
/// them.
#[cfg(target_os = "linux")]
pub(super) fn pieces(file: &File, size: u64) -> Option<Vec<Piece>> {
    use rustix::fs::{SeekFrom, seek};
    use rustix::io::Errno;
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    while at < size {
        let begin = match seek(file, SeekFrom::Data(at)) {
            Ok(begin) => begin.max(at),
            Err(Errno::NXIO) => break,
            Err(_) => return None,
        };
        let end = seek(file, SeekFrom::Hole(begin)).ok()?;
        // The file may have changed meanwhile: the result may be wrong but must stay within the file.
        let end = end.max(begin.saturating_add(1)).min(size);
        if begin >= end {
            break;
        }
        push(&mut pieces, begin, end, size);
        if pieces.len() > MAX_PIECES {
            return None;
        }
        at = end;
    }
    let whole = Piece {
        at: 0,
        length: size,
    };
    (pieces != [whole]).then_some(pieces)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn pieces(_: &File, _: u64) -> Option<Vec<Piece>> {
    None
}

/// Adds a piece, extended to whole records.
#[cfg(target_os = "linux")]
fn push(pieces: &mut Vec<Piece>, begin: u64, end: u64, size: u64) {
    let begin = begin - begin % RECORD;
    let end = end.div_ceil(RECORD).saturating_mul(RECORD).min(size);
    match pieces.last_mut() {
        Some(last) if last.at + last.length >= begin => last.length = end - last.at,
        _ => pieces.push(Piece {
            at: begin,
            length: end - begin,
        }),
    }
}

/// Reads at an offset, as much as the file has.
pub(super) fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    use std::os::unix::fs::FileExt;
    loop {
        match file.read_at(buffer, at) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sum_is_independent_of_chunks() {
        let of = |parts: &[&[u8]]| {
            let mut sum = Sum::default();
            for part in parts {
                if part.iter().all(|byte| *byte == 0) {
                    sum.add_zeros(part.len() as u64);
                } else {
                    sum.add(part);
                }
            }
            sum.finish()
        };
        let zeros = vec![0; BLOCK * 3 + 7];
        let whole = [b"abc", &zeros[..], b"def"].concat();
        assert_eq!(of(&[b"abc", &zeros, b"def"]), of(&[&whole]));
        assert_eq!(of(&[&whole]).0, whole.len() as u64);
        let mut plain = Sum::default();
        whole.chunks(1000).for_each(|chunk| plain.add(chunk));
        assert_eq!(plain.finish(), of(&[&whole]));
        for other in [
            &[b"abc", &zeros[1..], b"def"].concat()[..],
            &[b"abc", &zeros[..], b"deg"].concat(),
            &[b"abc", &zeros[..], b"def", b"\0"].concat(),
            &[&b"\0"[..], b"abc", &zeros[..], b"def"].concat(),
        ] {
            assert_ne!(of(&[&whole]).1, of(&[other]).1);
        }
        let mut many = Sum::default();
        many.add_zeros(u64::MAX / 2);
        assert_eq!(many.finish().0, u64::MAX / 2);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn pieces_are_joined_at_records() {
        let mut pieces = Vec::new();
        push(&mut pieces, 10, 700, 5000);
        push(&mut pieces, 1024, 1030, 5000);
        push(&mut pieces, 4096, 4999, 4999);
        let found: Vec<_> = pieces
            .iter()
            .map(|piece| (piece.at, piece.length))
            .collect();
        assert_eq!(found, [(0, 1536), (4096, 903)]);
    }
}

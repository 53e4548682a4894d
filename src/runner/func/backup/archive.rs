//! Writes a tar in GNU's format (long names, large numbers, holes), with fractions of seconds as POSIX extended
//! headers.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

use sha2::{Digest, Sha256};
use tar::{EntryType, GnuExtSparseHeader, GnuSparseHeader, Header};

use super::content::{Piece, RECORD};
use super::owners::Owners;
use crate::func::entry::FileInfo;

/// Largest time that a header can store in plain digits, in seconds since 1970.
const MAX_TIME: i64 = 0o77_777_777_777;

/// An entry, for the comparison with the archive that is read back.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) kind: u8,
    pub(super) path: &'a [u8],
    pub(super) link: &'a [u8],
    pub(super) mode: u64,
    pub(super) uid: u64,
    pub(super) gid: u64,
    pub(super) time: u64,
    pub(super) size: u64,
    pub(super) sum: [u8; 32],
}

/// The number of entries and one checksum over all of them: a list of them might not fit into memory.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) count: u64,
    hash: Sha256,
}

impl Entries {
    pub(super) fn add(&mut self, record: &Record<'_>) {
        self.count += 1;
        self.hash.update([record.kind]);
        for text in [record.path, record.link] {
            self.hash.update((text.len() as u64).to_le_bytes());
            self.hash.update(text);
        }
        let numbers = [
            record.mode,
            record.uid,
            record.gid,
            record.time,
            record.size,
        ];
        for number in numbers {
            self.hash.update(number.to_le_bytes());
        }
        self.hash.update(record.sum);
    }

    pub(super) fn sum(self) -> (u64, [u8; 32]) {
        (self.count, self.hash.finalize().into())
    }
}

/// The metadata of an entry, written before its content.
pub(super) struct EntryHead<'a> {
    pub(super) kind: EntryType,
    pub(super) path: &'a OsStr,
    pub(super) link: &'a OsStr,
    pub(super) info: &'a FileInfo,
    /// The data pieces of a file with holes.
    pub(super) pieces: Option<&'a [Piece]>,
}

impl EntryHead<'_> {
    fn size(&self) -> u64 {
        match self.kind {
            EntryType::Regular | EntryType::GNUSparse => self.info.size,
            _ => 0,
        }
    }

    /// Number of content bytes in the archive.
    fn stored(&self) -> u64 {
        match self.pieces {
            Some(pieces) => pieces.iter().map(|piece| piece.length).sum(),
            None => self.size(),
        }
    }

    fn time(&self) -> u64 {
        u64::try_from(self.info.modified.clamp(0, MAX_TIME)).unwrap_or(0)
    }
}

/// Writes a tar to a writer.
pub(super) struct Tar<W: Write> {
    to: W,
    owners: Owners,
    entries: Entries,
}

impl<W: Write> Tar<W> {
    pub(super) fn new(to: W) -> Tar<W> {
        Tar {
            to,
            owners: Owners::default(),
            entries: Entries::default(),
        }
    }

    /// Writes the header of an entry. The content of a file must follow by [`Tar::content`]; [`Tar::end`] finishes
    /// the entry.
    pub(super) fn begin(&mut self, head: &EntryHead<'_>) -> io::Result<()> {
        self.exact_time(head.info)?;
        self.long(b'K', head.link)?;
        self.long(b'L', head.path)?;
        let mut header = Header::new_gnu();
        header.set_entry_type(head.kind);
        header.set_mode(head.info.mode);
        header.set_uid(head.info.uid.into());
        header.set_gid(head.info.gid.into());
        header.set_mtime(head.time());
        header.set_size(head.stored());
        // A name that does not fit is omitted: the number identifies the owner too.
        if let Some(name) = self.owners.user(head.info.uid) {
            let _ = header.set_username(name);
        }
        if let Some(name) = self.owners.group(head.info.gid) {
            let _ = header.set_groupname(name);
        }
        let mut more = Vec::new();
        if let Some(gnu) = header.as_gnu_mut() {
            fill(&mut gnu.name, head.path);
            fill(&mut gnu.linkname, head.link);
            if let Some(pieces) = head.pieces {
                gnu.set_real_size(head.info.size);
                more = map(pieces, head.info.size, &mut gnu.sparse);
                gnu.set_is_extended(!more.is_empty());
            }
        }
        header.set_cksum();
        self.to.write_all(header.as_bytes())?;
        for part in &more {
            self.to.write_all(part.as_bytes())?;
        }
        Ok(())
    }

    /// Writes part of a file's content.
    pub(super) fn content(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(bytes)
    }

    /// Finishes an entry whose content has the checksum `sum`.
    pub(super) fn end(&mut self, head: &EntryHead<'_>, sum: [u8; 32]) -> io::Result<()> {
        self.pad(head.stored())?;
        self.entries.add(&Record {
            kind: head.kind.as_byte(),
            path: head.path.as_bytes(),
            link: head.link.as_bytes(),
            mode: head.info.mode.into(),
            uid: head.info.uid.into(),
            gid: head.info.gid.into(),
            time: head.time(),
            size: head.size(),
            sum,
        });
        Ok(())
    }

    /// Finishes the tar with two empty records.
    pub(super) fn finish(mut self) -> io::Result<(W, Entries)> {
        self.to.write_all(&[0; 2 * RECORD as usize])?;
        Ok((self.to, self.entries))
    }

    fn pad(&mut self, length: u64) -> io::Result<()> {
        let rest = length.next_multiple_of(RECORD) - length;
        let zeros = [0; RECORD as usize];
        let zeros = zeros.get(..usize::try_from(rest).unwrap_or(0));
        self.to.write_all(zeros.unwrap_or_default())
    }

    /// Writes a name that does not fit into the header in an extra entry before it.
    fn long(&mut self, kind: u8, name: &OsStr) -> io::Result<()> {
        const MAX_NAME_BYTES: usize = 100;
        if name.len() <= MAX_NAME_BYTES {
            return Ok(());
        }
        let mut text = name.as_bytes().to_vec();
        text.push(0);
        self.extra(kind, b"././@LongLink", &text)
    }

    /// Writes a time that does not fit into the header in an extra entry before it. The header stores whole seconds
    /// from 1970 on.
    fn exact_time(&mut self, info: &FileInfo) -> io::Result<()> {
        let (seconds, nanos) = (info.modified, info.modified_nanos.clamp(0, 999_999_999));
        if nanos == 0 && (0..=MAX_TIME).contains(&seconds) {
            return Ok(());
        }
        // -0.25 is second -1 plus 750 million nanoseconds.
        let value = if seconds < 0 && nanos > 0 {
            let whole = seconds.saturating_add(1).unsigned_abs();
            format!("-{whole}.{:09}", 1_000_000_000 - nanos)
        } else {
            format!("{seconds}.{nanos:09}")
        };
        let text = format!(" mtime={value}\n");
        // The length includes its own digits.
        let mut length = text.len() + 2;
        if length > 99 {
            length += 1;
        }
        self.extra(
            b'x',
            b"././@PaxHeader",
            format!("{length}{text}").as_bytes(),
        )
    }

    fn extra(&mut self, kind: u8, name: &[u8], text: &[u8]) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::new(kind));
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(text.len() as u64);
        fill(&mut header.as_old_mut().name, OsStr::from_bytes(name));
        header.set_cksum();
        self.to.write_all(header.as_bytes())?;
        self.to.write_all(text)?;
        self.pad(text.len() as u64)
    }
}

/// Copies as much of a name as fits.
fn fill(slot: &mut [u8], name: &OsStr) {
    for (to, from) in slot.iter_mut().zip(name.as_bytes()) {
        *to = *from;
    }
}

/// Writes the map of a file's data pieces: as many as fit into the header, the others into further headers.
fn map(pieces: &[Piece], size: u64, first: &mut [GnuSparseHeader]) -> Vec<GnuExtSparseHeader> {
    // A piece without length at the end marks the end of the last hole.
    let end = Piece {
        at: size,
        length: 0,
    };
    let all = [pieces, &[end]].concat();
    let (here, later) = all.split_at(all.len().min(first.len()));
    write_down(first, here);
    let mut more: Vec<GnuExtSparseHeader> = Vec::new();
    for part in later.chunks(GnuExtSparseHeader::new().sparse().len()) {
        if let Some(last) = more.last_mut() {
            last.set_is_extended(true);
        }
        let mut next = GnuExtSparseHeader::new();
        write_down(next.sparse_mut(), part);
        more.push(next);
    }
    more
}

fn write_down(slots: &mut [GnuSparseHeader], pieces: &[Piece]) {
    for (slot, piece) in slots.iter_mut().zip(pieces) {
        slot.set_offset(piece.at);
        slot.set_length(piece.length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(size: u64, modified: i64, modified_nanos: i64) -> FileInfo {
        FileInfo {
            size,
            modified,
            modified_nanos,
            ..FileInfo::of(std::fs::File::open("/").unwrap()).unwrap()
        }
    }

    fn written(info: &FileInfo, pieces: Option<&[Piece]>) -> Vec<u8> {
        let mut tar = Tar::new(Vec::new());
        let head = EntryHead {
            kind: EntryType::GNUSparse,
            path: OsStr::new("x"),
            link: OsStr::new(""),
            info,
            pieces,
        };
        tar.begin(&head).unwrap();
        tar.finish().unwrap().0
    }

    #[test]
    fn header_stores_sizes_beyond_octal_digits() {
        let size = (20 << 30) + 7;
        let tar = written(&info(size, 0, 0), Some(&[]));
        let header = Header::from_byte_slice(&tar[..512]);
        assert_eq!(header.as_gnu().unwrap().real_size().unwrap(), size);
        assert_eq!(header.entry_size().unwrap(), 0);
        let tar = written(&info(size, 0, 0), None);
        let header = Header::from_byte_slice(&tar[..512]);
        assert_eq!(header.entry_size().unwrap(), size);
    }

    #[test]
    fn exact_time_keeps_nanoseconds() {
        for (seconds, nanos, text) in [
            (1, 5, "21 mtime=1.000000005\n"),
            (-1, 0, "22 mtime=-1.000000000\n"),
            (-1, 750_000_000, "22 mtime=-0.250000000\n"),
            (-4, 250_000_000, "22 mtime=-3.750000000\n"),
            (1_800_000_000, 1, "30 mtime=1800000000.000000001\n"),
        ] {
            let tar = written(&info(0, seconds, nanos), Some(&[]));
            assert_eq!(&tar[512..512 + text.len()], text.as_bytes(), "{text}");
            assert_eq!(text.len().to_string(), text[..2]);
        }
        assert_eq!(written(&info(0, 7, 0), Some(&[])).len(), 3 * 512);
    }
}

//! The tar that is written: GNU's format (long names, large numbers, holes), with the fractions of times as POSIX has them.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

use sha2::{Digest, Sha256};
use tar::{EntryType, GnuExtSparseHeader, GnuSparseHeader, Header};

use super::content::{Piece, RECORD};
use super::owners::Owners;
use crate::runner::func::entry::Facts;

/// Seconds since 1970 that a header can tell in plain numbers.
const TIME_MOST: i64 = 0o77_777_777_777;

/// An entry as it is compared with what is read back.
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

/// How many entries there are, and one sum over all of them: a list would not fit into memory.
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

/// What an entry begins with; its content, if any, follows.
pub(super) struct Head<'a> {
    pub(super) kind: EntryType,
    pub(super) path: &'a OsStr,
    pub(super) link: &'a OsStr,
    pub(super) facts: &'a Facts,
    /// Of a file with holes.
    pub(super) pieces: Option<&'a [Piece]>,
}

impl Head<'_> {
    fn size(&self) -> u64 {
        match self.kind {
            EntryType::Regular | EntryType::GNUSparse => self.facts.size,
            _ => 0,
        }
    }

    /// How much of the content is in the archive.
    fn stored(&self) -> u64 {
        match self.pieces {
            Some(pieces) => pieces.iter().map(|piece| piece.length).sum(),
            None => self.size(),
        }
    }

    fn time(&self) -> u64 {
        u64::try_from(self.facts.modified.clamp(0, TIME_MOST)).unwrap_or(0)
    }
}

/// A tar on its way to a writer.
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

    /// Writes the head of an entry. A file's content must follow by [`Tar::content`], and [`Tar::end`] end it.
    pub(super) fn begin(&mut self, head: &Head<'_>) -> io::Result<()> {
        self.exact_time(head.facts)?;
        self.long(b'K', head.link)?;
        self.long(b'L', head.path)?;
        let mut header = Header::new_gnu();
        header.set_entry_type(head.kind);
        header.set_mode(head.facts.mode);
        header.set_uid(head.facts.uid.into());
        header.set_gid(head.facts.gid.into());
        header.set_mtime(head.time());
        header.set_size(head.stored());
        // A name that does not fit is left out: the number tells as well.
        if let Some(name) = self.owners.user(head.facts.uid) {
            let _ = header.set_username(name);
        }
        if let Some(name) = self.owners.group(head.facts.gid) {
            let _ = header.set_groupname(name);
        }
        let mut more = Vec::new();
        if let Some(gnu) = header.as_gnu_mut() {
            fill(&mut gnu.name, head.path);
            fill(&mut gnu.linkname, head.link);
            if let Some(pieces) = head.pieces {
                gnu.set_real_size(head.facts.size);
                more = map(pieces, head.facts.size, &mut gnu.sparse);
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

    /// Writes some of a file's content.
    pub(super) fn content(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(bytes)
    }

    /// Ends an entry, whose content has that sum.
    pub(super) fn end(&mut self, head: &Head<'_>, sum: [u8; 32]) -> io::Result<()> {
        self.pad(head.stored())?;
        self.entries.add(&Record {
            kind: head.kind.as_byte(),
            path: head.path.as_bytes(),
            link: head.link.as_bytes(),
            mode: head.facts.mode.into(),
            uid: head.facts.uid.into(),
            gid: head.facts.gid.into(),
            time: head.time(),
            size: head.size(),
            sum,
        });
        Ok(())
    }

    /// Ends the tar: with two empty records.
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

    /// A name that does not fit into a header goes before it.
    fn long(&mut self, kind: u8, name: &OsStr) -> io::Result<()> {
        const FITS: usize = 100;
        if name.len() <= FITS {
            return Ok(());
        }
        let mut text = name.as_bytes().to_vec();
        text.push(0);
        self.extra(kind, b"././@LongLink", &text)
    }

    /// The time of a header is in whole seconds from 1970 on; what that can't tell goes before it.
    fn exact_time(&mut self, facts: &Facts) -> io::Result<()> {
        let (seconds, nanos) = (facts.modified, facts.modified_nanos.clamp(0, 999_999_999));
        if nanos == 0 && (0..=TIME_MOST).contains(&seconds) {
            return Ok(());
        }
        // -0.25 is second -1 and 750 million nanoseconds on.
        let value = if seconds < 0 && nanos > 0 {
            let whole = seconds.saturating_add(1).unsigned_abs();
            format!("-{whole}.{:09}", 1_000_000_000 - nanos)
        } else {
            format!("{seconds}.{nanos:09}")
        };
        let text = format!(" mtime={value}\n");
        // The length counts its own digits.
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

/// As much of a name as fits.
fn fill(slot: &mut [u8], name: &OsStr) {
    for (to, from) in slot.iter_mut().zip(name.as_bytes()) {
        *to = *from;
    }
}

/// Writes down where the pieces of a file lie: as many as there is room for in its header, the rest in further ones.
fn map(pieces: &[Piece], size: u64, first: &mut [GnuSparseHeader]) -> Vec<GnuExtSparseHeader> {
    // One without length at the end tells where the last hole ends.
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

    fn facts(size: u64, modified: i64, modified_nanos: i64) -> Facts {
        Facts {
            size,
            modified,
            modified_nanos,
            ..Facts::of(std::fs::File::open("/").unwrap()).unwrap()
        }
    }

    fn written(facts: &Facts, pieces: Option<&[Piece]>) -> Vec<u8> {
        let mut tar = Tar::new(Vec::new());
        let head = Head {
            kind: EntryType::GNUSparse,
            path: OsStr::new("x"),
            link: OsStr::new(""),
            facts,
            pieces,
        };
        tar.begin(&head).unwrap();
        tar.finish().unwrap().0
    }

    #[test]
    fn sizes_past_the_octal_digits() {
        let size = (20 << 30) + 7;
        let tar = written(&facts(size, 0, 0), Some(&[]));
        let header = Header::from_byte_slice(&tar[..512]);
        assert_eq!(header.as_gnu().unwrap().real_size().unwrap(), size);
        assert_eq!(header.entry_size().unwrap(), 0);
        let tar = written(&facts(size, 0, 0), None);
        let header = Header::from_byte_slice(&tar[..512]);
        assert_eq!(header.entry_size().unwrap(), size);
    }

    #[test]
    fn times_are_exact() {
        for (seconds, nanos, text) in [
            (1, 5, "21 mtime=1.000000005\n"),
            (-1, 0, "22 mtime=-1.000000000\n"),
            (-1, 750_000_000, "22 mtime=-0.250000000\n"),
            (-4, 250_000_000, "22 mtime=-3.750000000\n"),
            (1_800_000_000, 1, "30 mtime=1800000000.000000001\n"),
        ] {
            let tar = written(&facts(0, seconds, nanos), Some(&[]));
            assert_eq!(&tar[512..512 + text.len()], text.as_bytes(), "{text}");
            assert_eq!(text.len().to_string(), text[..2]);
        }
        assert_eq!(written(&facts(0, 7, 0), Some(&[])).len(), 3 * 512);
    }
}

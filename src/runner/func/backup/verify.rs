//! Reads a whole archive back and compares it with what was written. Holes are counted, not read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use tar::{EntryType, GnuExtSparseHeader, GnuSparseHeader, Header};

use super::archive::{Entries, Record};
use super::content::{RECORD, Sum};
use crate::func::Failure;

/// Size of one read, in bytes.
const READ_SIZE: usize = 64 * 1024;

/// Upper bound on a name or other text in an extra entry, in bytes.
const MAX_TEXT_BYTES: u64 = 1024 * 1024;

/// Checks that the archive contains exactly the entries that were written.
pub(super) fn verify(file: File, written: Entries) -> Result<(), Failure> {
    let read = read(file).map_err(|error| {
        Failure(format!(
            "the archive can't be read back and was removed: {error}"
        ))
    })?;
    let (written, read) = (written.sum(), read.sum());
    if written != read {
        return Err(Failure(format!(
            "the archive differs from what was written and was removed: {} entries were written, {} read",
            written.0, read.0
        )));
    }
    Ok(())
}

fn read(mut file: File) -> io::Result<Entries> {
    drop_from_cache(&file);
    file.seek(SeekFrom::Start(0))?;
    let mut archive = Archive {
        from: zstd::Decoder::new(file)?,
        buffer: vec![0; READ_SIZE],
    };
    let entries = archive.entries()?;
    // Read to the very end: that is where the checksum is.
    io::copy(&mut archive.from, &mut io::sink())?;
    Ok(entries)
}

/// An archive as [`super::archive::Tar`] writes it.
struct Archive<R: Read> {
    from: R,
    buffer: Vec<u8>,
}

impl<R: Read> Archive<R> {
    fn entries(&mut self) -> io::Result<Entries> {
        let mut entries = Entries::default();
        let (mut long_path, mut long_link) = (None, None);
        while let Some(header) = self.header()? {
            match header.entry_type() {
                EntryType::GNULongName => long_path = Some(self.text(&header)?),
                EntryType::GNULongLink => long_link = Some(self.text(&header)?),
                EntryType::XHeader => drop(self.text(&header)?),
                kind => {
                    let (size, sum) = self.content(&header)?;
                    let path = long_path.take();
                    let link = long_link.take();
                    let short_link = header.link_name_bytes().unwrap_or_default();
                    entries.add(&Record {
                        kind: kind.as_byte(),
                        path: path.as_deref().unwrap_or(&header.path_bytes()),
                        link: link.as_deref().unwrap_or(&short_link),
                        mode: header.mode()?.into(),
                        uid: header.uid()?,
                        gid: header.gid()?,
                        time: header.mtime()?,
                        size,
                        sum,
                    });
                }
            }
        }
        Ok(entries)
    }

    /// The next header; none at the end of the archive, which is an empty record.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut header = Header::new_old();
        self.from.read_exact(header.as_mut_bytes())?;
        if header.as_bytes().iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let bytes = header.as_bytes();
        // The field of the checksum itself counts as blanks.
        let sum = bytes.iter().enumerate().map(|(at, byte)| match at {
            148..156 => u32::from(b' '),
            _ => u32::from(*byte),
        });
        if sum.sum::<u32>() != header.cksum()? {
            return Err(broken("a header has a wrong checksum"));
        }
        Ok(Some(header))
    }

    /// The text of an extra entry, without the NUL byte at its end.
    fn text(&mut self, header: &Header) -> io::Result<Vec<u8>> {
        let size = header.entry_size()?;
        if size > MAX_TEXT_BYTES {
            return Err(broken("a name is too long"));
        }
        let mut text = Vec::new();
        self.from.by_ref().take(size).read_to_end(&mut text)?;
        self.skip_padding(size)?;
        if text.last() == Some(&0) {
            text.pop();
        }
        Ok(text)
    }

    /// Reads the content of an entry. Returns its size, holes included, and its checksum.
    fn content(&mut self, header: &Header) -> io::Result<(u64, [u8; 32])> {
        let stored = header.entry_size()?;
        let mut sum = Sum::default();
        let sparse = header
            .as_gnu()
            .filter(|_| header.entry_type() == EntryType::GNUSparse);
        let Some(gnu) = sparse else {
            self.add(&mut sum, stored)?;
            self.skip_padding(stored)?;
            return Ok(sum.finish());
        };
        let mut pieces = Vec::new();
        push(&mut pieces, &gnu.sparse)?;
        let mut is_extended = gnu.is_extended();
        while is_extended {
            let mut more = GnuExtSparseHeader::new();
            self.from.read_exact(more.as_mut_bytes())?;
            push(&mut pieces, more.sparse())?;
            is_extended = more.is_extended();
        }
        let mut at = 0;
        for (begin, length) in pieces {
            let hole = begin.checked_sub(at);
            sum.add_zeros(hole.ok_or_else(|| broken("the pieces of a file overlap"))?);
            self.add(&mut sum, length)?;
            at = begin.saturating_add(length);
        }
        let rest = gnu.real_size()?.checked_sub(at);
        sum.add_zeros(rest.ok_or_else(|| broken("a file is longer than its size"))?);
        self.skip_padding(stored)?;
        Ok(sum.finish())
    }

    /// Adds the next bytes to a checksum.
    fn add(&mut self, sum: &mut Sum, mut length: u64) -> io::Result<()> {
        while length > 0 {
            let most = usize::try_from(length).unwrap_or(READ_SIZE).min(READ_SIZE);
            let part = &mut self.buffer[..most];
            self.from.read_exact(part)?;
            sum.add(part);
            length -= most as u64;
        }
        Ok(())
    }

    fn skip_padding(&mut self, length: u64) -> io::Result<()> {
        let mut rest = [0; RECORD as usize];
        let rest_bytes = length.next_multiple_of(RECORD) - length;
        let rest = rest.get_mut(..usize::try_from(rest_bytes).unwrap_or(0));
        self.from.read_exact(rest.unwrap_or_default())
    }
}

/// Adds the offset and length of each piece in a part of the map. Unused slots are empty.
fn push(pieces: &mut Vec<(u64, u64)>, slots: &[GnuSparseHeader]) -> io::Result<()> {
    for slot in slots.iter().filter(|slot| !slot.is_empty()) {
        pieces.push((slot.offset()?, slot.length()?));
    }
    Ok(())
}

fn broken(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

/// Drops the file from the page cache, so that it is read from the disk.
fn drop_from_cache(file: &File) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    #[cfg(not(target_os = "linux"))]
    let _ = file;
}

//! Reads a whole archive back and compares it with what was written.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::archive::{Entries, Record};
use super::content::Sum;
use crate::func::Failure;

/// Size of one read, in bytes.
const READ_SIZE: usize = 64 * 1024;

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
    let mut archive = tar::Archive::new(zstd::Decoder::new(file)?);
    let mut entries = Entries::default();
    let mut piece = vec![0; READ_SIZE];
    for entry in archive.entries()? {
        let mut entry = entry?;
        let mut sum = Sum::default();
        loop {
            match entry.read(&mut piece)? {
                0 => break,
                length => sum.add(piece.get(..length).unwrap_or_default()),
            }
        }
        let (size, sum) = sum.finish();
        entries.add(&Record {
            kind: entry.header().entry_type().as_byte(),
            path: &entry.path_bytes(),
            link: &entry.link_name_bytes().unwrap_or_default(),
            mode: entry.header().mode()?.into(),
            uid: entry.header().uid()?,
            gid: entry.header().gid()?,
            time: entry.header().mtime()?,
            size,
            sum,
        });
    }
    // Read to the very end: that is where the checksum is.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    Ok(entries)
}

/// Drops the file from the page cache, so that it is read from the disk.
fn drop_from_cache(file: &File) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    #[cfg(not(target_os = "linux"))]
    let _ = file;
}

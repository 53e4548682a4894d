//! The key that signs the tokens of logins: 32 random bytes in a file that only its owner can read.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{DecodingKey, EncodingKey};

use super::password::random;
use jobs_error::{Error, Result};
use jobs_fs::{open_own, private, sync_folder_of};

const LENGTH: usize = 32;

/// Upper bound on the length of a key file, in bytes.
const FILE_MAX: u64 = 1_024;

/// The key that signs the tokens of logins and checks their signatures.
pub(super) struct Key {
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
}

impl Key {
    /// Reads the key from a file. If the file does not exist, makes a key and writes it.
    ///
    /// # Errors
    ///
    /// When others may read the file, it holds no key, or the system refuses it.
    pub(super) fn open(file: &Path) -> Result<Key> {
        // A link is refused, as for every file that is private to the daemon.
        match open_own(OpenOptions::new().read(true), file) {
            Ok(opened) => read(file, opened).map(|bytes| Key::of(&bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Key::renew(file),
            Err(error) => Err(Error::io(
                format!("cannot open `{}`", file.display()),
                format!(
                    "{error}\nhint: it holds the key that signs all logins; put a copy of it there, or remove it: then the next start makes a new key and all users have to log in again"
                ),
            )),
        }
    }

    /// Makes a new key and replaces the file. After a crash the file holds the old key or the new one, complete.
    pub(super) fn renew(file: &Path) -> Result<Key> {
        let bytes = random::<LENGTH>()?;
        write(file, &format!("{}\n", STANDARD.encode(bytes)))
            .map_err(|error| Error::io(format!("cannot write `{}`", file.display()), error))?;
        Ok(Key::of(&bytes))
    }

    pub(super) fn of(bytes: &[u8; LENGTH]) -> Key {
        Key {
            encoding: EncodingKey::from_secret(bytes),
            decoding: DecodingKey::from_secret(bytes),
        }
    }
}

fn read(file: &Path, opened: File) -> Result<[u8; LENGTH]> {
    let shown = file.display();
    let failed = |error| Error::io(format!("cannot read `{shown}`"), error);
    // Checks the opened file: another file may have that name by now.
    check_rights(file, &opened)?;
    let mut text = String::new();
    let read = opened.take(FILE_MAX).read_to_string(&mut text);
    let bytes = match read {
        Ok(_) => STANDARD.decode(text.trim()).ok(),
        Err(error) if error.kind() == ErrorKind::InvalidData => None,
        Err(error) => return Err(failed(error)),
    };
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| {
            Error::Io(format!(
                "`{shown}` holds no key, which is {LENGTH} bytes in base64\n\
                 hint: put the file back from a copy, or remove it: then the next start makes a new key and all users \
                 have to log in again"
            ))
        })
}

#[cfg(unix)]
fn check_rights(file: &Path, opened: &File) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let shown = file.display();
    let found = opened
        .metadata()
        .map_err(|error| Error::io(format!("cannot look at `{shown}`"), error))?;
    let mode = found.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(Error::Io(format!(
            "`{shown}` has the mode {mode:04o}: other accounts can read the key that signs all logins\n\
             hint: `chmod 600 {shown}`; if somebody may have read the file, run `jobs admin rotate-key` after the start"
        )));
    }
    let (owner, ours) = (found.uid(), rustix::process::geteuid().as_raw());
    if owner != ours && owner != 0 {
        return Err(Error::Io(format!(
            "`{shown}` belongs to the account {owner}, and the daemon runs as {ours}: that account can read the key that signs \
             all logins\nhint: `chown {ours} {shown}`; if somebody may have read the file, run `jobs admin rotate-key` after the start"
        )));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_rights(_: &Path, _: &File) -> Result<()> {
    Ok(())
}

/// Writes a file that only its owner can read: to a temporary file beside it, which is then renamed.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let new = beside(file);
    // A crash may have left a temporary file. The daemon holds its lock, so no other process uses that file.
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let written = private(&mut options).open(&new).and_then(|mut opened| {
        opened.write_all(text.as_bytes())?;
        opened.sync_all()
    });
    let moved = written.and_then(|()| std::fs::rename(&new, file));
    if let Err(error) = moved {
        // An incomplete file is useless. The first error is reported.
        let _ = std::fs::remove_file(&new);
        return Err(error);
    }
    sync_folder_of(file)
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(file: &Path) -> u32 {
        std::fs::metadata(file).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn open_makes_the_key_once_and_renew_replaces_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("login.key");
        std::fs::write(beside(&file), "left by a crash").unwrap();
        Key::open(&file).unwrap();
        let first = std::fs::read_to_string(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert!(!beside(&file).exists());
        Key::open(&file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), first);
        Key::renew(&file).unwrap();
        assert_ne!(std::fs::read_to_string(&file).unwrap(), first);
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn open_invalid_file_is_refused_and_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("login.key");
        for bytes in [
            &b""[..],
            b"c2hvcnQ=\n",
            b"\xff\xfe\x00",
            "x".repeat(2_000).as_bytes(),
        ] {
            std::fs::write(&file, bytes).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
            let error = Key::open(&file).err().unwrap().to_string();
            assert!(
                error.contains("holds no key") && error.contains("hint: "),
                "{error}"
            );
            assert_eq!(std::fs::read(&file).unwrap(), bytes);
        }
        std::fs::remove_file(&file).unwrap();
        Key::open(&file).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = Key::open(&file).err().unwrap().to_string();
        assert!(
            error.contains("mode 0640") && error.contains("chmod 600"),
            "{error}"
        );
    }
}

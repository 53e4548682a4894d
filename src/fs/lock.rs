//! Locks on files, and who holds them. The kernel releases a lock when its process dies; the text in the file tells people and
//! clients who holds the lock, and counts only while the lock is held.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jobs_text::escaped;

use super::{FileId, open_own, open_private};

/// Upper bound on the text of a lock file that is read, in bytes.
const TEXT_MAX: u64 = 8 * 1024;

/// The process that holds a lock, by the text in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// The process id in the holder's own pid namespace.
    pub pid: Option<u32>,
    /// When that process began, in clock ticks since the boot; a process with the same id and another start is another process.
    pub start: Option<u64>,
    /// The name of the machine or the container.
    pub host: String,
    /// The socket on which the holder listens.
    pub socket: String,
}

/// A lock that is held.
pub struct FileLock {
    file: File,
    path: PathBuf,
}

/// The result of an attempt to take a lock.
pub enum Attempt {
    /// The lock is taken.
    Taken(FileLock),
    /// Another process holds the lock.
    HeldBy(Holder),
}

impl FileLock {
    /// Takes the lock on a file, which is made if it is missing, and writes into it that this process holds it.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, written or locked.
    pub fn attempt(path: &Path, socket: &Path) -> io::Result<Attempt> {
        loop {
            let mut options = OpenOptions::new();
            options.create(true).truncate(false).read(true).write(true);
            let mut file = open_private(&mut options, path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Ok(Attempt::HeldBy(Holder::read(&mut file)));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            let lock = FileLock {
                file,
                path: path.to_path_buf(),
            };
            // The file may have been removed between the opening and the lock. Then another process can lock another file.
            if lock.is_in_place() {
                lock.write(&Holder::own(socket))?;
                return Ok(Attempt::Taken(lock));
            }
        }
    }

    /// Whether the path still leads to the file that is locked.
    pub fn is_in_place(&self) -> bool {
        let locked = self.file.metadata().ok();
        match locked.as_ref().and_then(FileId::of) {
            Some(id) => FileId::at_link(&self.path) == Some(id),
            // Without ids of files: here a file that is open cannot be removed.
            None => true,
        }
    }

    fn write(&self, holder: &Holder) -> io::Result<()> {
        let mut file = &self.file;
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(holder.text().as_bytes())
    }
}

impl Holder {
    /// This process.
    fn own(socket: &Path) -> Holder {
        let pid = std::process::id();
        Holder {
            pid: Some(pid),
            start: process_start(pid),
            host: host(),
            socket: socket.display().to_string(),
        }
    }

    /// The holder of the lock on a file; none when the lock is free, or there is no such file.
    pub fn of(path: &Path) -> Option<Holder> {
        let mut file = open_own(OpenOptions::new().read(true), path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(Holder::read(&mut file)),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }

    /// Whether the process is visible here: it has the id and the start that the holder has written down. In another pid
    /// namespace the id belongs to another process or to none.
    pub fn is_here(&self) -> bool {
        match (self.pid, self.start) {
            (Some(pid), Some(start)) => process_start(pid) == Some(start),
            // A system without start times.
            (Some(_), None) => cfg!(not(target_os = "linux")),
            (None, _) => false,
        }
    }

    fn text(&self) -> String {
        let number =
            |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        format!(
            "pid: {}\nstart: {}\nhost: {}\nsocket: {}\n",
            number(self.pid.map(u64::from)),
            number(self.start),
            escaped(&self.host),
            escaped(&self.socket)
        )
    }

    /// Reads what the holder has written. A file that is empty or has other text gives a holder of which nothing is known.
    fn read(file: &mut File) -> Holder {
        let mut text = Vec::new();
        // The text is only for messages: one that can't be read is as good as none.
        let _ = file.take(TEXT_MAX).read_to_end(&mut text);
        Holder::parse(&String::from_utf8_lossy(&text))
    }

    fn parse(text: &str) -> Holder {
        let value = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
                .unwrap_or_default()
        };
        Holder {
            pid: value("pid").parse().ok(),
            start: value("start").parse().ok(),
            host: value("host").to_string(),
            socket: value("socket").to_string(),
        }
    }
}

/// `pid 41 on \`web1\`, socket \`/run/jobs/jobs.sock\``: as much as is known.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(pid) = self.pid else {
            return f.write_str("of which nothing is known");
        };
        write!(f, "pid {pid}")?;
        if !self.host.is_empty() {
            write!(f, " on `{}`", escaped(&self.host))?;
        }
        if !self.socket.is_empty() {
            write!(f, ", socket `{}`", escaped(&self.socket))?;
        }
        Ok(())
    }
}

/// The name of the machine or the container.
fn host() -> String {
    #[cfg(unix)]
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    #[cfg(not(unix))]
    let host = std::env::var("COMPUTERNAME").unwrap_or_default();
    host
}

/// When a process began, in clock ticks since the boot. None when there is no such process, or the system does not tell.
fn process_start(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program stands in brackets and may contain blanks and brackets.
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_is_taken_once_and_its_holder_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert_eq!(Holder::of(&path), None);
        let Attempt::Taken(lock) = FileLock::attempt(&path, Path::new("/x/jobs.sock")).unwrap()
        else {
            panic!("the lock is free");
        };
        let holder = Holder::of(&path).unwrap();
        assert_eq!(holder.pid, Some(std::process::id()));
        assert!(holder.is_here());
        assert!(
            holder.to_string().ends_with(", socket `/x/jobs.sock`"),
            "{holder}"
        );
        assert!(matches!(
            FileLock::attempt(&path, Path::new("/y")).unwrap(),
            Attempt::HeldBy(found) if found == holder
        ));
        // Another file under the name: the lock is another one.
        assert!(lock.is_in_place());
        std::fs::remove_file(&path).unwrap();
        assert!(!lock.is_in_place());
        drop(lock);
        assert_eq!(Holder::of(&path), None);
    }

    #[test]
    fn holder_of_unknown_text_is_unknown() {
        for text in ["", "4711\n", "pid: x\n", "\u{1b}[2J"] {
            let holder = Holder::parse(text);
            assert!(!holder.is_here(), "{text:?}");
            assert_eq!(holder.to_string(), "of which nothing is known");
        }
        // Another process has the id by now.
        let reused = Holder::parse(&format!("pid: {}\nstart: 1\n", std::process::id()));
        assert!(!reused.is_here() || cfg!(not(target_os = "linux")));
    }
}

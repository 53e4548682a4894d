//! One daemon per home: a lock that the kernel takes back on death, and a pid file for people.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;

use crate::config::Paths;
use crate::error::{Error, Result};

/// The lock of a home, held as long as this lives.
pub struct Lock {
    _file: File,
    paths: Paths,
}

impl Lock {
    /// Takes the lock and writes the pid file. Fails with [`Error::Conflict`] when another daemon has it.
    ///
    /// A lock file that a dead daemon left is no obstacle: the kernel has let go of its lock.
    pub fn acquire(paths: &Paths) -> Result<Lock> {
        let path = &paths.lock;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(|error| Error::io(format!("cannot open `{}`", path.display()), error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(already_running(paths)),
            Err(TryLockError::Error(error)) => {
                return Err(Error::io(
                    format!("cannot lock `{}`", path.display()),
                    error,
                ));
            }
        }
        write_pid(&paths.pid_file)?;
        Ok(Lock {
            _file: file,
            paths: paths.clone(),
        })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        remove(&self.paths.pid_file);
    }
}

/// Writes this process's id to a file.
pub fn write_pid(path: &std::path::Path) -> Result<()> {
    File::create(path)
        .and_then(|mut file| writeln!(file, "{}", std::process::id()))
        .map_err(|error| Error::io(format!("cannot write `{}`", path.display()), error))
}

/// Removes a pid file. One that stays behind is only untidy: nothing is decided by it.
pub fn remove(path: &std::path::Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::debug!(path = %path.display(), %error, "a pid file stays behind");
    }
}

fn already_running(paths: &Paths) -> Error {
    let pid = std::fs::read_to_string(&paths.pid_file).unwrap_or_default();
    let whose = match pid.trim() {
        "" => String::new(),
        pid => format!(" (pid {pid})"),
    };
    Error::Conflict(format!(
        "another daemon{whose} runs here already: it holds `{}`\nhint: `jobs status` shows it; `jobs shutdown` ends it",
        paths.lock.display()
    ))
}

//! Locks that allow one daemon and one guard per home. The kernel releases them when the process dies; pid files are only
//! for people.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jobs_config::Paths;
use jobs_error::{Error, Result};

/// How long the lock may still be held after its owner died: a child that was just forked keeps the owner's descriptors
/// until it executes its command.
const LINGER: Duration = Duration::from_millis(500);

/// How long to wait between two attempts to take the lock meanwhile.
const RETRY: Duration = Duration::from_millis(10);

/// A lock of a home, held until the process ends, however it ends.
///
/// The lock is not released before the process ends. A process that waits for the lock can rely on that: the owner has done
/// all its work, and the program's file is no longer in use.
pub struct Lock {
    file: Option<File>,
    pid_file: PathBuf,
}

impl Lock {
    /// Takes the lock of the daemon and writes its pid file. Fails with [`Error::Conflict`] when another daemon has it.
    ///
    /// A lock file that a dead daemon left does not matter: the kernel has released its lock.
    pub fn daemon(paths: &Paths) -> Result<Lock> {
        acquire("daemon", &paths.lock, &paths.pid_file)
    }

    /// Takes the lock of the guard, in the same way.
    pub fn guard(paths: &Paths) -> Result<Lock> {
        acquire("guard", &paths.guard_lock, &paths.guard_pid_file)
    }

    /// Releases the lock at once: the caller only wanted to know whether it is free.
    pub fn release(mut self) {
        self.file.take();
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A pid file that stays behind does no harm: no decision depends on it.
        if let Err(error) = std::fs::remove_file(&self.pid_file) {
            tracing::debug!(path = %self.pid_file.display(), %error, "a pid file stays behind");
        }
        std::mem::forget(self.file.take());
    }
}

fn acquire(whose: &str, path: &Path, pid_file: &Path) -> Result<Lock> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|error| Error::io(format!("cannot open `{}`", path.display()), error))?;
    let deadline = Instant::now() + LINGER;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(RETRY),
            Err(TryLockError::WouldBlock) => return Err(already_running(whose, path, pid_file)),
            Err(TryLockError::Error(error)) => {
                return Err(Error::io(
                    format!("cannot lock `{}`", path.display()),
                    error,
                ));
            }
        }
    }
    File::create(pid_file)
        .and_then(|mut file| writeln!(file, "{}", std::process::id()))
        .map_err(|error| Error::io(format!("cannot write `{}`", pid_file.display()), error))?;
    Ok(Lock {
        file: Some(file),
        pid_file: pid_file.to_path_buf(),
    })
}

fn already_running(whose: &str, path: &Path, pid_file: &Path) -> Error {
    let pid = std::fs::read_to_string(pid_file).unwrap_or_default();
    let pid = match pid.trim() {
        "" => String::new(),
        pid => format!(" (pid {pid})"),
    };
    Error::Conflict(format!(
        "another {whose}{pid} is already running here: it holds `{}`\nhint: `jobs status` shows it; `jobs shutdown` ends it",
        path.display()
    ))
}

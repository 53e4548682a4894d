//! Locks that allow one daemon and one guard per home, and one daemon per database. The kernel releases them when the process
//! dies; pid files are only for people.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use jobs_config::Paths;
use jobs_error::{Error, Result};
use jobs_fs::{Attempt, FileLock, Holder, open_private};

/// How long the lock may still be held after its owner died: a child that was just forked keeps the owner's descriptors
/// until it executes its command.
const LINGER: Duration = Duration::from_millis(500);

/// How long to wait between two attempts to take the lock meanwhile.
const RETRY: Duration = Duration::from_millis(10);

/// The locks of a process, held until it ends, however it ends.
///
/// They are not released before the process ends. A process that waits for a lock can rely on that: the owner has done
/// all its work, and the program's file is no longer in use.
pub struct Lock {
    subjects: Vec<Subject>,
    /// One lock per subject, in the same order.
    held: Mutex<Vec<FileLock>>,
    pid_file: PathBuf,
    socket: PathBuf,
}

/// A thing that one process alone may use.
enum Subject {
    /// The home, or the runtime folder: by a daemon or a guard.
    Home { whose: &'static str, lock: PathBuf },
    /// The database, which several homes and runtime folders can name.
    Database { database: PathBuf, lock: PathBuf },
}

impl Lock {
    /// Takes the locks of the daemon on its home and its database, and writes its pid file. Fails with [`Error::Conflict`]
    /// when another daemon has one of them.
    ///
    /// A lock file that a dead daemon left does not matter: the kernel has released its lock.
    pub fn daemon(paths: &Paths) -> Result<Lock> {
        if is_mounted(&paths.database) {
            return Err(Error::Conflict(format!(
                "`{}` is mounted by itself, so that its lock and its log do not lie beside it\nhint: mount the folder of the database instead",
                paths.database.display()
            )));
        }
        let subjects = vec![
            Subject::Home {
                whose: "daemon",
                lock: paths.lock.clone(),
            },
            Subject::Database {
                database: paths.database.clone(),
                lock: paths.database_lock.clone(),
            },
        ];
        Lock::take(subjects, &paths.pid_file, &paths.socket)
    }

    /// Takes the lock of the guard, in the same way.
    pub fn guard(paths: &Paths) -> Result<Lock> {
        let subjects = vec![Subject::Home {
            whose: "guard",
            lock: paths.guard_lock.clone(),
        }];
        Lock::take(subjects, &paths.guard_pid_file, &paths.socket)
    }

    fn take(subjects: Vec<Subject>, pid_file: &Path, socket: &Path) -> Result<Lock> {
        let held = subjects
            .iter()
            .map(|subject| subject.lock(socket))
            .collect::<Result<_>>()?;
        write_pid(pid_file)?;
        Ok(Lock {
            subjects,
            held: Mutex::new(held),
            pid_file: pid_file.to_path_buf(),
            socket: socket.to_path_buf(),
        })
    }

    /// Releases the locks at once: the caller only wanted to know whether they are free.
    pub fn release(self) {
        self.held.lock().clear();
    }

    /// Takes locks again whose files have been removed, and writes the pid file again if it is gone. Returns whether
    /// anything was missing.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] when another process has taken one of the locks meanwhile.
    pub fn renew(&self) -> Result<bool> {
        let mut was_missing = false;
        for (subject, held) in self.subjects.iter().zip(self.held.lock().iter_mut()) {
            if !held.is_in_place() {
                *held = subject.lock(&self.socket)?;
                was_missing = true;
            }
        }
        if std::fs::symlink_metadata(&self.pid_file).is_err() {
            write_pid(&self.pid_file)?;
            was_missing = true;
        }
        Ok(was_missing)
    }

    /// The files that [`Lock::renew`] makes again.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let locks = self.subjects.iter().map(Subject::file);
        locks.chain([self.pid_file.as_path()])
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A pid file that stays behind does no harm: no decision depends on it.
        if let Err(error) = std::fs::remove_file(&self.pid_file) {
            tracing::debug!(path = %self.pid_file.display(), %error, "a pid file stays behind");
        }
        for lock in self.held.lock().drain(..) {
            std::mem::forget(lock);
        }
    }
}

/// Whether a file is the root of a mount. Another daemon may have the same file by another name, with a lock and a log of its own.
#[cfg(target_os = "linux")]
fn is_mounted(file: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};

    // An error means that the file does not exist, or that the kernel cannot tell.
    statx(CWD, file, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)
        .is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

#[cfg(not(target_os = "linux"))]
fn is_mounted(_: &Path) -> bool {
    false
}

impl Subject {
    fn file(&self) -> &Path {
        match self {
            Subject::Home { lock, .. } | Subject::Database { lock, .. } => lock,
        }
    }

    fn lock(&self, socket: &Path) -> Result<FileLock> {
        let file = self.file();
        let deadline = Instant::now() + LINGER;
        loop {
            let attempt = FileLock::attempt(file, socket)
                .map_err(|error| Error::io(format!("cannot lock `{}`", file.display()), error))?;
            match attempt {
                Attempt::Taken(lock) => return Ok(lock),
                Attempt::HeldBy(_) if Instant::now() < deadline => std::thread::sleep(RETRY),
                Attempt::HeldBy(holder) => return Err(self.is_held_by(&holder)),
            }
        }
    }

    fn is_held_by(&self, holder: &Holder) -> Error {
        let file = self.file().display();
        Error::Conflict(match self {
            Subject::Home { whose, .. } => format!(
                "another {whose} ({holder}) is already running here: it holds `{file}`\n\
                 hint: `jobs status` shows it; `jobs shutdown` ends it"
            ),
            Subject::Database { database, .. } => format!(
                "another daemon ({holder}) works on the database `{}`: it holds `{file}`\n\
                 hint: end it with `jobs shutdown` in its home, or set another `database.path` or `JOBS_HOME` here",
                database.display()
            ),
        })
    }
}

fn write_pid(file: &Path) -> Result<()> {
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let mut opened = open_private(&mut options, file)?;
        opened.set_len(0)?;
        writeln!(opened, "{}", std::process::id())
    };
    write().map_err(|error| Error::io(format!("cannot write `{}`", file.display()), error))
}

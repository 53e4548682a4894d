//! A program to start, and the process that it becomes.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use super::environment::Environment;
#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::Process;
use jobs_output::Capture;
#[cfg(target_os = "linux")]
pub(super) use linux::Process;

/// A program with everything that its process gets.
#[derive(Debug)]
pub(super) struct Program {
    /// The path of the program, or its name in `PATH`.
    pub(super) path: PathBuf,
    /// The value of argv[0], when it differs from the path.
    pub(super) name: Option<OsString>,
    pub(super) arguments: Vec<OsString>,
    pub(super) environment: Environment,
    /// The working directory.
    pub(super) folder: PathBuf,
    /// The stdin; `/dev/null` when there is none.
    pub(super) stdin: Option<File>,
    /// Whether the process sets its limits itself. Otherwise it gets the limit of open files that the daemon was started with.
    pub(super) sets_itself_up: bool,
}

/// How a process ended, and the resources that it and its reaped children used.
pub(super) struct Usage {
    pub(super) status: ExitStatus,
    /// User and system CPU time.
    pub(super) cpu: Duration,
    pub(super) max_rss_bytes: i64,
}

impl Program {
    /// The problem, if a start failed because the working directory can't be entered. The system reports the same error when the
    /// program can't be run.
    pub(super) fn folder_problem(&self, error: &io::Error) -> Option<String> {
        match error.kind() {
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory => {}
            _ => return None,
        }
        // The entry `.` is found only in a folder that may be entered.
        let problem = std::fs::metadata(self.folder.join(".")).err()?;
        let folder = self.folder.display();
        Some(format!(
            "cannot start the command: the working directory `{folder}` can't be entered: {problem}"
        ))
    }

    fn name(&self) -> &OsStr {
        self.name.as_deref().unwrap_or(self.path.as_os_str())
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::borrow::Cow;
    use std::ffi::{CStr, CString};
    use std::os::fd::AsFd;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    use super::{Capture, OsStr, Program, Usage, io};
    use crate::posix::{self, Image, PreparedImage};
    use crate::processes::since_boot;
    use crate::{descriptors, direct};
    use jobs_fs::Readable;

    /// A child that is not reaped yet.
    #[derive(Debug)]
    pub(crate) struct Process(Pid);

    impl Program {
        /// Starts the program; its output goes into the capture.
        pub(crate) fn start(&self, capture: &Capture) -> io::Result<Process> {
            let path = string(self.located()?.as_os_str())?;
            let folder = string(self.folder.as_os_str())?;
            let name = string(self.name())?;
            let arguments = self.arguments.iter().map(|argument| string(argument));
            let arguments: Vec<CString> = arguments.collect::<io::Result<_>>()?;
            let arguments: Vec<&CStr> = std::iter::once(name.as_c_str())
                .chain(arguments.iter().map(CString::as_c_str))
                .collect();
            let own = self.environment.own_entries()?;
            let environment: Vec<&CStr> = self
                .environment
                .common_entries()
                .chain(own.iter().map(CString::as_c_str))
                .collect();
            let ready = PreparedImage::new(&Image {
                program: &path,
                arguments: &arguments,
                environment: &environment,
                folder: &folder,
                stdin: self.stdin.as_ref().map(AsFd::as_fd),
                stdout: capture.out.as_fd(),
                stderr: capture.err.as_fd(),
            })?;
            let start = || ready.spawn().map(Process);
            capture.before_start(since_boot());
            let process = match self.sets_itself_up {
                true => start(),
                false => descriptors::start_with_original_limit(start),
            }?;
            capture.after_start(process.id(), since_boot());
            Ok(process)
        }

        /// The path of the program. A plain name is searched for in the program's own `PATH` only.
        fn located(&self) -> io::Result<Cow<'_, Path>> {
            let name = match self.path.to_str() {
                Some(name) if !name.contains('/') => name,
                Some(_) | None => return Ok(Cow::Borrowed(&self.path)),
            };
            self.environment
                .get("PATH")
                .and_then(|path| direct::find(name, path))
                .map(Cow::Owned)
                .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "not found in PATH"))
        }
    }

    fn string(text: &OsStr) -> io::Result<CString> {
        // The text may be a secret, so it is not shown.
        CString::new(text.as_bytes()).map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "the command line or the folder contains a NUL byte",
            )
        })
    }

    impl Process {
        pub(crate) fn pid(&self) -> Pid {
            self.0
        }

        pub(crate) fn id(&self) -> u32 {
            self.0.as_raw_nonzero().get().unsigned_abs()
        }

        /// Waits for the end of the process, without a thread for it. The process is not reaped: its pid stays its own.
        pub(crate) async fn exited(&self) -> io::Result<()> {
            let watched = pidfd_open(self.0, PidfdFlags::empty())
                .ok()
                .and_then(|fd| Readable::new(fd).ok());
            match watched {
                Some(fd) => fd.wait().await.map(drop),
                // No descriptor is left: wait in a thread.
                None => super::exited_in_thread(self.0).await,
            }
        }

        /// Reaps the process, which has ended.
        pub(crate) fn wait(self) -> io::Result<Usage> {
            posix::wait(self.0)
        }
    }
}

/// Waits for the end of a child in a thread, and does not reap it.
#[cfg(unix)]
async fn exited_in_thread(pid: rustix::process::Pid) -> io::Result<()> {
    use rustix::process::{WaitId, WaitIdOptions, waitid};

    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    tokio::task::spawn_blocking(move || {
        loop {
            match waitid(WaitId::Pid(pid), options) {
                Err(rustix::io::Errno::INTR) => {}
                ended => return ended.map(drop).map_err(io::Error::from),
            }
        }
    })
    .await
    .unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::process::{Child, Command, Stdio};
    use std::sync::Arc;

    use parking_lot::Mutex;
    use wait4::Wait4;

    use super::{Capture, Program, Usage, io};

    /// A child that is not reaped yet.
    #[derive(Debug)]
    pub(crate) struct Process(Arc<Mutex<Child>>);

    impl Program {
        /// Starts the program; its output goes into the capture.
        pub(crate) fn start(&self, capture: &Capture) -> io::Result<Process> {
            let mut command = Command::new(&self.path);
            command
                .args(&self.arguments)
                .current_dir(&self.folder)
                .env_clear()
                .envs(self.environment.sorted())
                .stdin(match &self.stdin {
                    Some(file) => Stdio::from(file.try_clone()?),
                    None => Stdio::null(),
                })
                .stdout(capture.out.try_clone()?)
                .stderr(capture.err.try_clone()?);
            #[cfg(unix)]
            {
                use std::os::unix::process::CommandExt;
                command.arg0(self.name());
                if !self.sets_itself_up {
                    command.process_group(0);
                }
            }
            let child = command.spawn()?;
            Ok(Process(Arc::new(Mutex::new(child))))
        }
    }

    impl Process {
        pub(crate) fn id(&self) -> u32 {
            self.0.lock().id()
        }

        /// Waits for the end of the process in a thread. The process is not reaped: its pid stays its own.
        #[cfg(unix)]
        pub(crate) async fn exited(&self) -> io::Result<()> {
            let pid = rustix::process::Pid::from_child(&self.0.lock());
            super::exited_in_thread(pid).await
        }

        /// Waits for the end of the process in a thread.
        #[cfg(not(unix))]
        pub(crate) async fn exited(&self) -> io::Result<()> {
            let child = self.0.clone();
            tokio::task::spawn_blocking(move || child.lock().wait().map(drop))
                .await
                .unwrap_or_else(|error| Err(io::Error::other(error)))
        }

        /// Reaps the process, which has ended.
        pub(crate) fn wait(self) -> io::Result<Usage> {
            let used = self.0.lock().wait4()?;
            Ok(Usage {
                status: used.status,
                cpu: used.rusage.utime + used.rusage.stime,
                max_rss_bytes: i64::try_from(used.rusage.maxrss).unwrap_or(i64::MAX),
            })
        }
    }
}

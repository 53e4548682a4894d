//! Starts a process and waits for its end, with direct system calls. The standard library could do both, but it
//! copies each environment variable several times per process, and it cannot wait for a process of which only the
//! number is known.

use std::ffi::{CStr, c_char, c_int, c_short};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::ptr;
use std::time::Duration;

use rustix::process::Pid;

use super::program::Usage;

/// The program and settings of a new process. It starts with no signal blocked and SIGPIPE not ignored, and leads a session of its
/// own: it has no controlling terminal, so a question to the terminal is an error and stops nothing.
pub(super) struct Image<'a> {
    /// The path of the program.
    pub(super) program: &'a CStr,
    /// The arguments, beginning with the name of the program.
    pub(super) arguments: &'a [&'a CStr],
    /// The variables, each as `NAME=value`.
    pub(super) environment: &'a [&'a CStr],
    /// The working directory.
    pub(super) folder: &'a CStr,
    /// `/dev/null` when there is none. The three streams must not have the numbers 0, 1 and 2, which are open in this
    /// program from its start.
    pub(super) stdin: Option<BorrowedFd<'a>>,
    pub(super) stdout: BorrowedFd<'a>,
    pub(super) stderr: BorrowedFd<'a>,
}

/// An image in the form that the system call needs. Everything that may depend on the limit of descriptors is done.
pub(super) struct PreparedImage<'a> {
    program: &'a CStr,
    /// The pointers here and in `environment` refer to strings that are borrowed for `'a`.
    arguments: Vec<*mut c_char>,
    environment: Vec<*mut c_char>,
    actions: Actions,
    attributes: Attributes,
}

impl<'a> PreparedImage<'a> {
    pub(super) fn new(image: &Image<'a>) -> io::Result<PreparedImage<'a>> {
        let mut actions = Actions::new()?;
        actions.chdir(image.folder)?;
        match image.stdin {
            Some(stdin) => actions.dup2(stdin, 0)?,
            None => actions.open(c"/dev/null", 0)?,
        }
        actions.dup2(image.stdout, 1)?;
        actions.dup2(image.stderr, 2)?;
        Ok(PreparedImage {
            program: image.program,
            arguments: pointers(image.arguments),
            environment: pointers(image.environment),
            actions,
            attributes: Attributes::new()?,
        })
    }

    /// Starts the process. No code of this program runs in it, and no memory is copied: the calling thread is
    /// suspended until the process has become its program.
    #[allow(unsafe_code)]
    pub(super) fn spawn(&self) -> io::Result<Pid> {
        let mut pid = 0;
        // SAFETY: both arrays end with a null pointer. They and the program point to zero-terminated strings that are
        // borrowed for longer than `self` lives, and the call only reads them. The actions and the attributes are
        // initialized.
        check(unsafe {
            libc::posix_spawn(
                &raw mut pid,
                self.program.as_ptr(),
                &raw const self.actions.0,
                &raw const self.attributes.0,
                self.arguments.as_ptr(),
                self.environment.as_ptr(),
            )
        })?;
        Pid::from_raw(pid).ok_or_else(|| io::Error::other("the system gave it no number"))
    }
}

/// Waits until a child has ended and reaps it. Its number must not be used afterwards.
#[allow(unsafe_code)]
pub(super) fn wait(pid: Pid) -> io::Result<Usage> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    loop {
        // SAFETY: both pointers refer to memory of the right type, which is written only during the call.
        let ended = unsafe {
            libc::wait4(
                pid.as_raw_nonzero().get(),
                &raw mut status,
                0,
                usage.as_mut_ptr(),
            )
        };
        if ended >= 0 {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    // SAFETY: a struct of integers, for which zeros are valid, and the system has filled it.
    let usage = unsafe { usage.assume_init() };
    Ok(Usage {
        status: ExitStatus::from_raw(status),
        cpu: duration(usage.ru_utime) + duration(usage.ru_stime),
        // The system counts in KiB.
        max_rss_bytes: usage.ru_maxrss.saturating_mul(1024),
    })
}

fn duration(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}

/// The strings as an array for the system call: it ends with a null pointer.
fn pointers(strings: &[&CStr]) -> Vec<*mut c_char> {
    let all = strings.iter().map(|string| string.as_ptr().cast_mut());
    all.chain([ptr::null_mut()]).collect()
}

/// Turns a nonzero result into an error.
fn check(result: c_int) -> io::Result<()> {
    match result {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

/// The steps of the new process before it becomes its program.
struct Actions(libc::posix_spawn_file_actions_t);

#[allow(unsafe_code)]
impl Actions {
    fn new() -> io::Result<Actions> {
        let mut actions = MaybeUninit::uninit();
        // SAFETY: the call initializes the memory, which is used only after it succeeded. Moving it is allowed: it
        // refers to memory that it has allocated, not to itself.
        unsafe {
            check(libc::posix_spawn_file_actions_init(actions.as_mut_ptr()))?;
            Ok(Actions(actions.assume_init()))
        }
    }

    fn chdir(&mut self, folder: &CStr) -> io::Result<()> {
        // SAFETY: `self.0` is initialized, and the call copies the string.
        check(unsafe {
            libc::posix_spawn_file_actions_addchdir_np(&raw mut self.0, folder.as_ptr())
        })
    }

    fn open(&mut self, path: &CStr, number: c_int) -> io::Result<()> {
        // SAFETY: `self.0` is initialized, and the call copies the string.
        check(unsafe {
            libc::posix_spawn_file_actions_addopen(
                &raw mut self.0,
                number,
                path.as_ptr(),
                libc::O_RDONLY,
                0,
            )
        })
    }

    fn dup2(&mut self, file: BorrowedFd<'_>, number: c_int) -> io::Result<()> {
        debug_assert!(
            file.as_raw_fd() > 2,
            "an action before may have replaced it"
        );
        // SAFETY: `self.0` is initialized. A number that is not open when the process starts is reported as an error.
        check(unsafe {
            libc::posix_spawn_file_actions_adddup2(&raw mut self.0, file.as_raw_fd(), number)
        })
    }
}

#[allow(unsafe_code)]
impl Drop for Actions {
    fn drop(&mut self) {
        // SAFETY: it is initialized and not used afterwards.
        unsafe { libc::posix_spawn_file_actions_destroy(&raw mut self.0) };
    }
}

/// Attributes in which the new process differs from this one.
struct Attributes(libc::posix_spawnattr_t);

#[allow(unsafe_code)]
impl Attributes {
    fn new() -> io::Result<Attributes> {
        let mut attributes = MaybeUninit::uninit();
        let mut signals = MaybeUninit::<libc::sigset_t>::uninit();
        let flags = libc::POSIX_SPAWN_SETSIGMASK
            | libc::POSIX_SPAWN_SETSIGDEF
            | libc::POSIX_SPAWN_SETSID as c_int;
        // SAFETY: `init` and `sigemptyset` initialize the memory before it is used; the other calls only copy from
        // their arguments. Moving it is allowed, as with the actions.
        unsafe {
            check(libc::posix_spawnattr_init(attributes.as_mut_ptr()))?;
            let mut attributes = Attributes(attributes.assume_init());
            let this = &raw mut attributes.0;
            libc::sigemptyset(signals.as_mut_ptr());
            check(libc::posix_spawnattr_setsigmask(this, signals.as_ptr()))?;
            // Rust programs ignore SIGPIPE; the new process must not.
            libc::sigaddset(signals.as_mut_ptr(), libc::SIGPIPE);
            check(libc::posix_spawnattr_setsigdefault(this, signals.as_ptr()))?;
            check(libc::posix_spawnattr_setflags(this, flags as c_short))?;
            Ok(attributes)
        }
    }
}

#[allow(unsafe_code)]
impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: it is initialized and not used afterwards.
        unsafe { libc::posix_spawnattr_destroy(&raw mut self.0) };
    }
}

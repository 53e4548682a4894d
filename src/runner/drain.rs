//! The process that reads and discards the output of background programs, in place of the daemon. It goes on when the daemon ends,
//! so that these programs do not get SIGPIPE. It ends once the daemon has ended and all pipes are closed.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

use super::this_program;
use jobs_output::PipeKeeper;

/// The first argument of such a process. No subcommand of the command line begins like this.
pub const SUBCOMMAND: &str = "__drain";

/// Pause after each round of reads. It limits the share of a core that programs which print without end cost.
const PAUSE: Duration = Duration::from_millis(10);

/// Upper bound on one read, in bytes: the default capacity of a pipe.
const READ_SIZE: usize = 64 * 1024;

/// Upper bound on the pipes that arrive in one message. The daemon sends one at a time.
const PIPES_PER_MESSAGE: usize = 8;

/// Sends pipes to a process that reads them. The process is started with the first pipe.
#[derive(Default)]
pub struct Drain {
    helper: Mutex<Option<Helper>>,
}

struct Helper {
    socket: UnixStream,
    process: Child,
}

impl PipeKeeper for Drain {
    fn take_over(&self, pipe: BorrowedFd<'_>) -> io::Result<()> {
        let mut helper = self.helper.lock();
        if let Some(mut known) = helper.take() {
            if send(&known.socket, pipe).is_ok() {
                *helper = Some(known);
                return Ok(());
            }
            // The helper was killed, or takes no more pipes. The helper ends by itself once its pipes are closed.
            known.process.try_wait()?;
        }
        let new = Helper::start()?;
        send(&new.socket, pipe)?;
        *helper = Some(new);
        Ok(())
    }
}

impl Helper {
    fn start() -> io::Result<Helper> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let process = Command::new(this_program())
            .arg(SUBCOMMAND)
            .env_clear()
            .current_dir("/")
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Helper {
            socket: ours,
            process,
        })
    }
}

fn send(socket: &UnixStream, pipe: BorrowedFd<'_>) -> io::Result<()> {
    let pipes = [pipe];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut message = SendAncillaryBuffer::new(&mut space);
    message.push(SendAncillaryMessage::ScmRights(&pipes));
    // A message needs at least one byte.
    let bytes = [io::IoSlice::new(b"+")];
    sendmsg(socket, &bytes, &mut message, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Reads pipes from the socket on standard input, and discards what comes out of them. Returns the exit status.
pub fn drain() -> i32 {
    let Ok(socket) = std::io::stdin().as_fd().try_clone_to_owned() else {
        return 1;
    };
    if rustix::net::getsockname(&socket).is_err() {
        eprintln!("jobs: `{SUBCOMMAND}` is internal: the daemon starts it");
        return 2;
    }
    // Without a session of its own it would end with the terminal of a daemon in the foreground. An error means that it leads one.
    let _ = rustix::process::setsid();
    let mut socket = Some(socket);
    let mut pipes = Vec::new();
    let mut piece = vec![0; READ_SIZE];
    while socket.is_some() || !pipes.is_empty() {
        let ready = match ready(&socket, &pipes) {
            Ok(ready) => ready,
            Err(Errno::INTR) => continue,
            Err(_) => return 1,
        };
        let (of_socket, of_pipes) = ready.split_at(usize::from(socket.is_some()));
        let mut has_read = false;
        let mut of_pipes = of_pipes.iter();
        pipes.retain(|pipe: &OwnedFd| {
            if of_pipes.next() != Some(&true) {
                return true;
            }
            match rustix::io::read(pipe, piece.as_mut_slice()) {
                Ok(0) => false,
                Ok(_) => {
                    has_read = true;
                    true
                }
                Err(error) => matches!(error, Errno::AGAIN | Errno::INTR),
            }
        });
        if of_socket == [true] && !receive(socket.as_ref(), &mut pipes) {
            socket = None;
        }
        if has_read {
            std::thread::sleep(PAUSE);
        }
    }
    0
}

/// Waits until some of the descriptors can be read; for each of them, whether it can.
fn ready(socket: &Option<OwnedFd>, pipes: &[OwnedFd]) -> Result<Vec<bool>, Errno> {
    let mut wanted: Vec<PollFd<'_>> = socket
        .iter()
        .chain(pipes)
        .map(|fd| PollFd::new(fd, PollFlags::IN))
        .collect();
    poll(&mut wanted, None)?;
    Ok(wanted.iter().map(|fd| !fd.revents().is_empty()).collect())
}

/// Receives pipes. Returns false when the daemon has ended.
fn receive(socket: Option<&OwnedFd>, pipes: &mut Vec<OwnedFd>) -> bool {
    let Some(socket) = socket else { return false };
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(PIPES_PER_MESSAGE))];
    let mut message = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0; 1];
    let mut bytes = [io::IoSliceMut::new(&mut byte)];
    match recvmsg(socket, &mut bytes, &mut message, RecvFlags::CMSG_CLOEXEC) {
        Ok(received) => {
            let before = pipes.len();
            for message in message.drain() {
                if let RecvAncillaryMessage::ScmRights(received) = message {
                    pipes.extend(received);
                }
            }
            // No descriptor is left for the pipe: the next one gets another process.
            received.bytes > 0 && pipes.len() > before
        }
        Err(error) => matches!(error, Errno::AGAIN | Errno::INTR),
    }
}

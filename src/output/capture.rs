//! From the pipes of a command into files, as it comes.
//!
//! Pipes and not the files themselves, for a script may open `/dev/stderr` anew (`echo oops > /dev/stderr`): a file would
//! be emptied by that. A task empties the pipes whatever happens to the disk, so no job is ever stalled by its output.

use std::io::{PipeReader, PipeWriter};
#[cfg(unix)]
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
#[cfg(unix)]
use rustix::buffer::spare_capacity;
#[cfg(unix)]
use rustix::io::Errno;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
#[cfg(unix)]
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::sink::{Sink, lock};
use super::{Outputs, Stream};
use crate::error::{Error, Result};
#[cfg(unix)]
use crate::fs::Readable;
use crate::model::ExecId;

/// How much is read at once, in bytes: what a pipe holds.
const PIECE: usize = 64 * 1024;

/// How much is read at first, in bytes: most print less, and more room is not had for nothing.
#[cfg(unix)]
const LITTLE: usize = 1024;

/// For how long output may be in memory only. A crash of the daemon loses no more than that, and followers wait no longer.
pub(super) const HELD_FOR: Duration = Duration::from_millis(50);

/// The most that a pipe holds unless root has made it larger, in bytes. Without this bound a process in the background
/// that prints without end would keep an execution from ending.
const PIPE_MAX: u64 = 1024 * 1024;

/// The ends of the pipes that a command writes to, and what happens at the others.
pub struct Capture {
    pub out: PipeWriter,
    pub err: PipeWriter,
    collectors: [Collector; 2],
    /// Notified when a [`super::Writer`] holds something.
    pub(super) holds: Arc<Notify>,
}

/// The reading end of a pipe.
struct Collector {
    sink: Arc<Mutex<Sink>>,
    /// Set once the command has ended: what is in the pipe is read still, but nothing more is waited for.
    ended: CancellationToken,
    reading: Mutex<State>,
}

/// Who reads a pipe.
enum State {
    /// Nobody yet.
    Idle(Reading, PipeReader),
    Busy(JoinHandle<()>),
}

impl Outputs {
    /// Makes the pipes for the output of an execution. Nobody reads them before [`Capture::collect`] or [`Capture::finish`].
    ///
    /// # Errors
    ///
    /// When there are no descriptors left for pipes.
    pub fn capture(&self, exec_id: ExecId) -> Result<Capture> {
        let doing = "cannot make a pipe for the output";
        let pipe = |stream| {
            let (reader, writer) = std::io::pipe().map_err(|error| Error::io(doing, error))?;
            #[cfg(unix)]
            rustix::io::ioctl_fionbio(&reader, true).map_err(|error| Error::io(doing, error))?;
            let sink = Arc::new(Mutex::new(Sink::new(self, exec_id, stream)));
            let ended = CancellationToken::new();
            let reading = Reading {
                sink: sink.clone(),
                ended: ended.clone(),
                closed: self.shared.closed.clone(),
            };
            let collector = Collector {
                sink,
                ended,
                reading: Mutex::new(State::Idle(reading, reader)),
            };
            Ok::<_, Error>((writer, collector))
        };
        let (out, out_collector) = pipe(Stream::Out)?;
        let (err, err_collector) = pipe(Stream::Err)?;
        self.shared.lives.begin(exec_id);
        Ok(Capture {
            out,
            err,
            collectors: [out_collector, err_collector],
            holds: Arc::default(),
        })
    }
}

impl Capture {
    /// Reads the pipes from now on, whenever there is something in them. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the kernel takes no more descriptors to wait for; it can be tried again.
    pub fn collect(&self) -> Result<()> {
        for collector in &self.collectors {
            let mut state = lock(&collector.reading);
            if let State::Idle(reading, reader) = &*state {
                let started = reader
                    .try_clone()
                    .and_then(|reader| reading.clone().start(reader));
                *state = State::Busy(
                    started.map_err(|error| Error::io("the output can't be waited for", error))?,
                );
            }
        }
        Ok(())
    }

    /// Which pipes they are, as `/proc/PID/fd` names them.
    pub fn pipes(&self) -> Vec<u64> {
        [&self.out, &self.err]
            .into_iter()
            .filter_map(inode)
            .collect()
    }

    pub(super) fn sink(&self, stream: Stream) -> Arc<Mutex<Sink>> {
        let [out, err] = &self.collectors;
        match stream {
            Stream::Out => out.sink.clone(),
            Stream::Err => err.sink.clone(),
        }
    }

    /// Adds a line of the daemon's own to stderr.
    pub fn note(&self, line: &str) {
        let [_, err] = &self.collectors;
        let mut sink = lock(&err.sink);
        sink.take(format!("{line}\n").as_bytes());
        sink.write_held();
    }

    /// The command has ended: takes what is in the pipes and lets go of them. What a process that it left in the background
    /// prints later is not kept, but read, so that the process does not die of it.
    ///
    /// # Errors
    ///
    /// When some of the output could not be written, such as on a full disk.
    pub async fn finish(self) -> Result<()> {
        drop((self.out, self.err));
        for collector in &self.collectors {
            collector.ended.cancel();
        }
        let mut lost = None;
        for collector in self.collectors {
            let state = collector.reading.into_inner();
            let read = match state {
                State::Idle(reading, reader) => reading.rest(reader).await,
                State::Busy(task) => task.await.map_err(std::io::Error::other),
            };
            if let Err(error) = read {
                lost = Some(Error::io("the output could not be collected", error));
            }
            let mut sink = lock(&collector.sink);
            sink.end();
            if let Some(error) = sink.failed() {
                lost = Some(Error::io("some of its output could not be kept", error));
            }
            // A follower sees it whole now.
            sink.ring();
        }
        lost.map_or(Ok(()), Err)
    }
}

/// What a reading task has to know.
#[derive(Clone)]
struct Reading {
    sink: Arc<Mutex<Sink>>,
    ended: CancellationToken,
    closed: CancellationToken,
}

#[cfg(unix)]
impl Reading {
    fn start(self, reader: PipeReader) -> std::io::Result<JoinHandle<()>> {
        let pipe = Readable::new(reader.into())?;
        Ok(tokio::spawn(self.collect(pipe)))
    }

    /// Takes what the command has printed, which has ended.
    async fn rest(self, reader: PipeReader) -> std::io::Result<()> {
        if let Emptied::ForNow = self.empty(&reader, PIPE_MAX).await {
            tokio::spawn(drain(Readable::new(reader.into())?, self.closed));
        }
        Ok(())
    }

    async fn collect(self, pipe: Readable) {
        let mut held_until = None;
        loop {
            tokio::select! {
                biased;
                () = self.ended.cancelled() => break,
                ready = pipe.wait() => {
                    let Ok(mut ready) = ready else { return };
                    match self.empty(&pipe, u64::MAX).await {
                        Emptied::ForNow => ready.clear_ready(),
                        Emptied::ForEver => return self.wait_for_end(held_until).await,
                    }
                }
                () = until(held_until) => blocking(|| lock(&self.sink).write_held()),
            }
            held_until = self.hold_until(held_until);
        }
        // What is in the pipe by now is all that the command itself has printed.
        if let Emptied::ForNow = self.empty(&pipe, PIPE_MAX).await {
            tokio::spawn(drain(pipe, self.closed));
        }
    }

    /// A command may close its streams long before it ends: what it has printed does not stay in memory until then.
    async fn wait_for_end(&self, held_until: Option<Instant>) {
        let held_until = self.hold_until(held_until);
        if held_until.is_none() {
            return;
        }
        tokio::select! {
            biased;
            () = self.ended.cancelled() => {}
            () = until(held_until) => blocking(|| lock(&self.sink).write_held()),
        }
    }

    /// Until when what is held may be, if something is. `before` is what was said of it last.
    fn hold_until(&self, before: Option<Instant>) -> Option<Instant> {
        let holds = lock(&self.sink).holds_something();
        holds.then(|| before.unwrap_or_else(|| Instant::now() + HELD_FOR))
    }

    /// Takes what is in the pipe, and no more than about `most` bytes of it.
    async fn empty(&self, pipe: &impl AsFd, most: u64) -> Emptied {
        // The buffer is there only while there is something to read: a job that is silent for days costs nothing.
        let mut piece = Vec::with_capacity(LITTLE);
        let mut taken = 0;
        while taken < most {
            piece.clear();
            match rustix::io::read(pipe, spare_capacity(&mut piece)) {
                Ok(0) => return Emptied::ForEver,
                Ok(length) => {
                    taken += length as u64;
                    self.take(&piece);
                    if length == piece.capacity() && length < PIECE {
                        piece = Vec::with_capacity(PIECE);
                    }
                    if most == u64::MAX && self.ended.is_cancelled() {
                        // The command has ended meanwhile; a process in the background may print for ever.
                        return Emptied::ForNow;
                    }
                    // A job that prints without end must not keep the others from their turn.
                    tokio::task::yield_now().await;
                }
                Err(Errno::AGAIN) => return Emptied::ForNow,
                Err(Errno::INTR) => {}
                Err(error) => {
                    lock(&self.sink).fail(error.into());
                    return Emptied::ForEver;
                }
            }
        }
        Emptied::ForNow
    }

    fn take(&self, piece: &[u8]) {
        let mut sink = lock(&self.sink);
        if sink.can_hold(piece) {
            return sink.take(piece);
        }
        blocking(|| sink.take(piece));
    }
}

/// Returns at `instant`; without one never.
#[cfg(unix)]
async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// What an empty pipe means.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Emptied {
    /// Somebody may write to it still.
    ForNow,
    /// The last writer has gone.
    ForEver,
}

/// Reads and throws away what comes, until the last writer has gone or the daemon ends.
#[cfg(unix)]
async fn drain(pipe: Readable, closed: CancellationToken) {
    let mut piece = [0; 4096];
    loop {
        let ready = tokio::select! {
            () = closed.cancelled() => return,
            ready = pipe.wait() => ready,
        };
        let Ok(mut ready) = ready else { return };
        match rustix::io::read(&pipe, &mut piece) {
            Ok(0) => return,
            Ok(_) => tokio::task::yield_now().await,
            Err(Errno::AGAIN) => ready.clear_ready(),
            Err(Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// Elsewhere a thread reads until the last writer has gone, and is not waited for after the end of the command.
#[cfg(not(unix))]
impl Reading {
    async fn rest(self, reader: PipeReader) -> std::io::Result<()> {
        self.start(reader)?.await.map_err(std::io::Error::other)
    }

    fn start(self, mut reader: PipeReader) -> std::io::Result<JoinHandle<()>> {
        use std::io::Read;
        let (ended, closed, sink) = (self.ended, self.closed, self.sink);
        let reading = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE];
            while let Ok(length @ 1..) = reader.read(&mut piece) {
                let mut sink = lock(&sink);
                sink.take(&piece[..length]);
                sink.write_held();
            }
        });
        Ok(tokio::spawn(async move {
            tokio::pin!(reading);
            tokio::select! {
                _ = &mut reading => return,
                () = closed.cancelled() => return,
                () = ended.cancelled() => {}
            }
            let _ = tokio::time::timeout(std::time::Duration::from_millis(200), reading).await;
        }))
    }
}

/// Does what may have to wait for a disk, without holding up the other tasks of this thread.
pub(super) fn blocking(work: impl FnOnce()) {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// The number of a pipe.
#[cfg(unix)]
fn inode(pipe: &PipeWriter) -> Option<u64> {
    rustix::fs::fstat(pipe).ok().map(|stat| stat.st_ino)
}

#[cfg(not(unix))]
fn inode(_: &PipeWriter) -> Option<u64> {
    None
}

//! Copies what a command prints from pipes into files, while the command runs.
//!
//! The command gets pipes instead of the files themselves: a script may open `/dev/stderr` again (`echo oops >
//! /dev/stderr`), which would truncate a file. A task reads the pipes even when writing to the disk fails, so no job
//! ever waits for its output.

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
use tokio::task::JoinHandle;
#[cfg(unix)]
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::sink::{Sink, lock};
use super::starts::{Place, StartRecord};
use super::watch::{Progress, Watch};
use super::{Outputs, Stream};
use jobs_error::{Error, Result};
#[cfg(unix)]
use jobs_fs::Readable;
use jobs_model::ExecId;

/// Upper bound on one read, in bytes: the default capacity of a pipe.
pub(super) const READ_SIZE: usize = 64 * 1024;

/// Size of the first read, in bytes. Most jobs print less, and a larger buffer costs memory.
#[cfg(unix)]
const FIRST_READ_SIZE: usize = 1024;

/// Upper bound on the time that output stays only in memory. A crash of the daemon loses no more than this, and
/// followers wait no longer.
pub(super) const FLUSH_AFTER: Duration = Duration::from_millis(50);

/// Upper bound on the bytes that are read after the command has ended: the largest capacity that a pipe has unless
/// root has raised it. Without the bound, a background process that prints without end would keep an execution from
/// ending.
const PIPE_MAX: u64 = 1024 * 1024;

/// The write ends of the pipes of a command, and the collectors at the read ends.
pub struct Capture {
    /// The write end for stdout.
    pub out: PipeWriter,
    /// The write end for stderr.
    pub err: PipeWriter,
    collectors: [Collector; 2],
    pub(super) progress: Arc<Progress>,
    /// Sees the lines of the attempt that runs.
    pub(super) watched: Mutex<Option<Arc<dyn Watch>>>,
    pub(super) exec_id: ExecId,
    pub(super) outputs: Outputs,
    /// The record of the process; set from the first start on.
    pub(super) start: Mutex<Option<(Place, StartRecord)>>,
}

/// Reads one pipe.
struct Collector {
    sink: Arc<Mutex<Sink>>,
    /// Cancelled when the command has ended: the collector then reads what is in the pipe and waits for nothing more.
    ended: CancellationToken,
    reading: Mutex<ReaderState>,
}

/// Whether a task reads the pipe.
enum ReaderState {
    /// No task has been started.
    Idle(PipeTask, PipeReader),
    Busy(JoinHandle<()>),
}

impl Outputs {
    /// Creates the pipes for the output of an execution. They are read from [`Capture::collect`] or
    /// [`Capture::finish`] on.
    ///
    /// # Errors
    ///
    /// Fails when the process has no file descriptors left for pipes.
    pub fn capture(&self, exec_id: ExecId) -> Result<Capture> {
        let doing = "cannot make a pipe for the output";
        let progress = Arc::<Progress>::default();
        let pipe = |stream| {
            let (reader, writer) = std::io::pipe().map_err(|error| Error::io(doing, error))?;
            #[cfg(unix)]
            rustix::io::ioctl_fionbio(&reader, true).map_err(|error| Error::io(doing, error))?;
            let sink = Arc::new(Mutex::new(Sink::new(self, exec_id, stream)));
            let ended = CancellationToken::new();
            let reading = PipeTask {
                sink: sink.clone(),
                ended: ended.clone(),
                outputs: self.clone(),
                stream,
                progress: progress.clone(),
            };
            let collector = Collector {
                sink,
                ended,
                reading: Mutex::new(ReaderState::Idle(reading, reader)),
            };
            Ok::<_, Error>((writer, collector))
        };
        let (out, out_collector) = pipe(Stream::Out)?;
        let (err, err_collector) = pipe(Stream::Err)?;
        self.shared.generations.begin(exec_id);
        Ok(Capture {
            out,
            err,
            collectors: [out_collector, err_collector],
            progress,
            watched: Mutex::default(),
            exec_id,
            outputs: self.clone(),
            start: Mutex::new(None),
        })
    }
}

impl Capture {
    /// Starts the tasks that read the pipes whenever they hold something. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// Fails when the kernel accepts no more descriptors to wait for. The call can be repeated.
    pub fn collect(&self) -> Result<()> {
        for collector in &self.collectors {
            let mut state = lock(&collector.reading);
            if let ReaderState::Idle(reading, reader) = &*state {
                let started = reader
                    .try_clone()
                    .and_then(|reader| reading.clone().start(reader));
                *state = ReaderState::Busy(
                    started.map_err(|error| Error::io("the output can't be waited for", error))?,
                );
            }
        }
        Ok(())
    }

    /// The inode numbers of the two pipes, as `/proc/PID/fd` shows them.
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

    /// Appends a line of the daemon to stderr.
    pub fn note(&self, line: &str) {
        let [_, err] = &self.collectors;
        let mut sink = lock(&err.sink);
        sink.keep(format!("{line}\n").as_bytes());
        sink.flush();
    }

    /// Reads the rest of the pipes after the command has ended, and releases them. Output that a background process
    /// prints later is read and discarded, so that the process does not get SIGPIPE; see the module `background`.
    ///
    /// # Errors
    ///
    /// Fails when some of the output could not be written, for example on a full disk.
    pub async fn finish(self) -> Result<()> {
        drop((self.out, self.err, self.start));
        for collector in &self.collectors {
            collector.ended.cancel();
        }
        let mut lost = None;
        for collector in self.collectors {
            let state = collector.reading.into_inner();
            let read = match state {
                ReaderState::Idle(reading, reader) => reading.read_rest(reader).await,
                ReaderState::Busy(task) => task.await.map_err(std::io::Error::other),
            };
            if let Err(error) = read {
                lost = Some(Error::io("the output could not be collected", error));
            }
            let mut sink = lock(&collector.sink);
            sink.end();
            if let Some(error) = sink.take_error() {
                lost = Some(Error::io("some of its output could not be kept", error));
            }
            // Followers can read all of the output now.
            sink.notify();
        }
        lost.map_or(Ok(()), Err)
    }
}

/// State of the task that reads a pipe.
#[derive(Clone)]
struct PipeTask {
    sink: Arc<Mutex<Sink>>,
    ended: CancellationToken,
    outputs: Outputs,
    stream: Stream,
    progress: Arc<Progress>,
}

#[cfg(unix)]
impl PipeTask {
    fn start(self, reader: PipeReader) -> std::io::Result<JoinHandle<()>> {
        let pipe = Readable::new(reader.into())?;
        Ok(tokio::spawn(self.collect(pipe)))
    }

    /// Reads what the pipe holds after the command has ended.
    async fn read_rest(self, reader: PipeReader) -> std::io::Result<()> {
        if let PipeState::Open = self.read_available(&reader, PIPE_MAX).await {
            self.outputs.discard_rest(Readable::new(reader.into())?);
        }
        Ok(())
    }

    async fn collect(self, pipe: Readable) {
        let mut flush_at = None;
        loop {
            tokio::select! {
                biased;
                () = self.ended.cancelled() => break,
                ready = pipe.wait() => {
                    let Ok(mut ready) = ready else { return };
                    match self.read_available(&pipe, u64::MAX).await {
                        PipeState::Open => ready.clear_ready(),
                        PipeState::Closed => return self.wait_for_end(flush_at).await,
                    }
                }
                () = sleep_until_some(flush_at) => blocking(|| lock(&self.sink).flush()),
            }
            flush_at = self.next_flush(flush_at);
        }
        // The command itself has ended: all of its output is in the pipe by now.
        if let PipeState::Open = self.read_available(&pipe, PIPE_MAX).await {
            self.outputs.discard_rest(pipe);
        }
    }

    /// Waits until the end of the command or until the flush. A command may close its streams long before it ends:
    /// its output must not stay only in memory until then.
    async fn wait_for_end(&self, flush_at: Option<Instant>) {
        let flush_at = self.next_flush(flush_at);
        if flush_at.is_none() {
            return;
        }
        tokio::select! {
            biased;
            () = self.ended.cancelled() => {}
            () = sleep_until_some(flush_at) => blocking(|| lock(&self.sink).flush()),
        }
    }

    /// The time of the next flush; `None` while nothing is buffered. `before` is the time that was planned before.
    fn next_flush(&self, before: Option<Instant>) -> Option<Instant> {
        let has_buffered = lock(&self.sink).has_buffered();
        has_buffered.then(|| before.unwrap_or_else(|| Instant::now() + FLUSH_AFTER))
    }

    /// Reads what the pipe holds, but stops after about `most` bytes.
    async fn read_available(&self, pipe: &impl AsFd, most: u64) -> PipeState {
        // The buffer is allocated only while there is something to read: a job that is silent for days uses no
        // memory.
        let mut piece = Vec::with_capacity(FIRST_READ_SIZE);
        let mut taken = 0;
        while taken < most {
            piece.clear();
            self.progress.begin(self.stream);
            let read = rustix::io::read(pipe, spare_capacity(&mut piece));
            if !piece.is_empty() {
                self.append(&piece);
            }
            self.progress.end(self.stream, piece.len());
            match read {
                Ok(0) => return PipeState::Closed,
                Ok(length) => {
                    taken += length as u64;
                    if length == piece.capacity() && length < READ_SIZE {
                        piece = Vec::with_capacity(READ_SIZE);
                    }
                    if most == u64::MAX && self.ended.is_cancelled() {
                        // The command has ended meanwhile; a background process may print without end.
                        return PipeState::Open;
                    }
                    // Yield: a job that prints without end must not block the tasks of other jobs.
                    tokio::task::yield_now().await;
                }
                Err(Errno::AGAIN) => return PipeState::Open,
                Err(Errno::INTR) => {}
                Err(error) => {
                    lock(&self.sink).set_error(error.into());
                    return PipeState::Closed;
                }
            }
        }
        PipeState::Open
    }

    fn append(&self, piece: &[u8]) {
        let mut sink = lock(&self.sink);
        if sink.is_quick(piece) {
            return sink.append(piece);
        }
        blocking(|| sink.append(piece));
    }
}

/// Sleeps until `instant`; without an instant it never returns.
#[cfg(unix)]
async fn sleep_until_some(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// The state of a pipe after all of its bytes were read.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PipeState {
    /// A process still holds the write end.
    Open,
    /// All write ends are closed.
    Closed,
}

/// On other systems a thread reads until all write ends are closed. After the end of the command it is awaited for
/// 200 ms at most.
#[cfg(not(unix))]
impl PipeTask {
    async fn read_rest(self, reader: PipeReader) -> std::io::Result<()> {
        self.start(reader)?.await.map_err(std::io::Error::other)
    }

    fn start(self, mut reader: PipeReader) -> std::io::Result<JoinHandle<()>> {
        use std::io::Read;
        let (ended, closed, sink) = (self.ended, self.outputs.shared.closed.clone(), self.sink);
        let reading = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; READ_SIZE];
            while let Ok(length @ 1..) = reader.read(&mut piece) {
                let mut sink = lock(&sink);
                sink.append(&piece[..length]);
                sink.flush();
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

/// Runs work that may wait for the disk without blocking the other tasks of this thread.
pub(super) fn blocking(work: impl FnOnce()) {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// The inode number of a pipe.
#[cfg(unix)]
pub(super) fn inode(pipe: &PipeWriter) -> Option<u64> {
    rustix::fs::fstat(pipe).ok().map(|stat| stat.st_ino)
}

#[cfg(not(unix))]
fn inode(_: &PipeWriter) -> Option<u64> {
    None
}

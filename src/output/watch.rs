//! Passes the lines that an execution prints to its runner, which may judge the work by them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::Stream;
#[cfg(not(unix))]
use super::capture;
use super::capture::Capture;
use super::sink::lock;

/// Sees the lines of an attempt.
pub trait Watch: Send + Sync {
    /// A line of one of the two streams, without its end. Of a longer line, only the first 64 KiB.
    fn line(&self, line: &[u8]);
}

/// Upper bound on the part of a line that is passed on, in bytes.
const LINE_MAX: usize = 64 * 1024;

/// Upper bound on the wait until the output of an ended attempt has been read. A background process may print without end.
const CATCH_UP: Duration = Duration::from_secs(2);

/// Cuts a stream into lines.
pub(super) struct Lines {
    watch: Arc<dyn Watch>,
    /// The beginning of a line whose end has not been printed.
    begun: Vec<u8>,
}

impl Lines {
    pub(super) fn see(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            if self.begun.is_empty() {
                self.pass(&bytes[..end]);
            } else {
                self.begin(&bytes[..end]);
                self.end();
            }
            bytes = &bytes[end + 1..];
        }
        self.begin(bytes);
    }

    /// The stream or the attempt ends within a line.
    pub(super) fn end(&mut self) {
        if !self.begun.is_empty() {
            let line = std::mem::take(&mut self.begun);
            self.pass(&line);
        }
    }

    fn begin(&mut self, bytes: &[u8]) {
        let room = LINE_MAX - self.begun.len();
        self.begun
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn pass(&self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.watch.line(&line[..line.len().min(LINE_MAX)]);
    }
}

/// How far the two streams have been read and written.
#[derive(Default)]
pub(super) struct Progress {
    /// Whether bytes were taken from the pipe that are not in the sink yet.
    is_reading: [AtomicBool; 2],
    changed: Notify,
    /// Notified when a [`super::Writer`] has buffered output.
    pub(super) buffered: Notify,
}

impl Progress {
    pub(super) fn begin(&self, stream: Stream) {
        self.is_reading[stream as usize].store(true, Ordering::SeqCst);
    }

    pub(super) fn end(&self, stream: Stream) {
        self.is_reading[stream as usize].store(false, Ordering::SeqCst);
        self.changed.notify_waiters();
    }
}

impl Capture {
    /// Passes the lines of the next attempt to `watch`.
    pub fn watch(&self, watch: &Arc<dyn Watch>) {
        for stream in Stream::BOTH {
            let lines = Lines {
                watch: watch.clone(),
                begun: Vec::new(),
            };
            lock(&self.sink(stream)).lines = Some(lines);
        }
    }

    /// Passes on what the ended attempt has printed up to now, and ends the watch.
    pub async fn end_watch(&self) {
        if let Err(error) = self.collect() {
            tracing::warn!(%error, "the output of a job can't be read yet");
        }
        for stream in Stream::BOTH {
            let caught_up = tokio::time::timeout(CATCH_UP, self.caught_up(stream)).await;
            if caught_up.is_err() {
                tracing::warn!(
                    exec_id = self.exec_id,
                    "output is judged before all of it was read"
                );
            }
            let sink = self.sink(stream);
            let lines = lock(&sink).lines.take();
            if let Some(mut lines) = lines {
                lines.end();
            }
        }
    }

    #[cfg(unix)]
    async fn caught_up(&self, stream: Stream) {
        let pipe = match stream {
            Stream::Out => &self.out,
            Stream::Err => &self.err,
        };
        loop {
            let changed = self.progress.changed.notified();
            // In this order: bytes that have left the pipe before are in the sink, or are being read.
            let is_empty = rustix::io::ioctl_fionread(pipe).is_ok_and(|left| left == 0);
            if is_empty && !self.progress.is_reading[stream as usize].load(Ordering::SeqCst) {
                return;
            }
            changed.await;
        }
    }

    #[cfg(not(unix))]
    async fn caught_up(&self, _: Stream) {
        // A thread reads the pipe, and cannot tell how much is left in it.
        tokio::time::sleep(capture::FLUSH_AFTER).await;
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;

    #[derive(Default)]
    struct Seen(Mutex<Vec<Vec<u8>>>);

    impl Watch for Seen {
        fn line(&self, line: &[u8]) {
            self.0.lock().push(line.to_vec());
        }
    }

    #[test]
    fn lines_are_whole_however_the_stream_is_cut() {
        let text = b"one\n\ntwo\r\nthree";
        for size in 1..=text.len() {
            let seen = Arc::new(Seen::default());
            let mut lines = Lines {
                watch: seen.clone(),
                begun: Vec::new(),
            };
            text.chunks(size).for_each(|piece| lines.see(piece));
            lines.end();
            lines.end();
            let expected: [&[u8]; 4] = [b"one", b"", b"two", b"three"];
            assert_eq!(*seen.0.lock(), expected, "pieces of {size}");
        }
    }

    #[test]
    fn line_without_end_takes_bounded_memory() {
        let seen = Arc::new(Seen::default());
        let mut lines = Lines {
            watch: seen.clone(),
            begun: Vec::new(),
        };
        for _ in 0..100 {
            lines.see(&[b'x'; 10_000]);
            assert!(lines.begun.capacity() <= 2 * LINE_MAX);
        }
        lines.see(b"\nnext\n");
        let lengths: Vec<usize> = seen.0.lock().iter().map(Vec::len).collect();
        assert_eq!(lengths, [LINE_MAX, 4]);
    }
}

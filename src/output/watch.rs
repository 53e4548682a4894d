//! Passes the lines that an execution prints to its runner, which may judge the work by them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

use super::Stream;
use super::capture::{self, Capture};
use super::sink::lock;

/// Sees the lines of an attempt.
pub trait Watch: Send + Sync {
    /// A line of one of the two streams, without its end. Of a longer line, only the first 64 KiB.
    fn line(&self, line: &[u8]);

    /// Whether `bytes` of output may take so long that the caller must not look at them on a thread that also runs other tasks.
    fn may_take_long(&self, bytes: usize) -> bool;

    /// Nobody waits for the judgement any more: calls of [`Watch::line`] return soon, those that have begun too.
    fn abandon(&self);
}

/// Upper bound on the part of a line that is passed on, in bytes.
const LINE_MAX: usize = 64 * 1024;

/// Cuts a stream into lines.
pub(super) struct Lines {
    watch: Arc<dyn Watch>,
    /// The beginning of a line whose end has not been printed.
    begun: Vec<u8>,
}

impl Lines {
    pub(super) fn see(&mut self, mut bytes: &[u8]) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
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

    pub(super) fn may_take_long(&self, bytes: usize) -> bool {
        self.watch.may_take_long(self.begun.len() + bytes)
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
    /// Number of bytes that are in the sink.
    read: [AtomicU64; 2],
    changed: Notify,
    /// Notified when a [`super::Writer`] has buffered output.
    pub(super) buffered: Notify,
}

impl Progress {
    pub(super) fn begin(&self, stream: Stream) {
        self.is_reading[stream as usize].store(true, Ordering::SeqCst);
    }

    pub(super) fn end(&self, stream: Stream, bytes: usize) {
        self.read[stream as usize].fetch_add(bytes as u64, Ordering::SeqCst);
        self.is_reading[stream as usize].store(false, Ordering::SeqCst);
        self.changed.notify_waiters();
    }
}

impl Capture {
    /// Passes the lines of the next attempt to `watch`.
    pub fn watch(&self, watch: &Arc<dyn Watch>) {
        *lock(&self.watched) = Some(watch.clone());
        for stream in Stream::BOTH {
            let lines = Lines {
                watch: watch.clone(),
                begun: Vec::new(),
            };
            lock(&self.sink(stream)).lines = Some(lines);
        }
    }

    /// The watch of the attempt that runs.
    pub fn watched(&self) -> Option<Arc<dyn Watch>> {
        lock(&self.watched).clone()
    }

    /// Waits until what the ended attempt has printed up to now was passed on. A background process may print on meanwhile.
    pub async fn catch_up(&self) {
        if let Err(error) = self.collect() {
            tracing::warn!(%error, "the output of a job can't be read yet");
        }
        for stream in Stream::BOTH {
            self.caught_up(stream).await;
        }
    }

    /// Ends the watch; passes on the last line if it has no end.
    pub async fn end_watch(&self) {
        *lock(&self.watched) = None;
        for stream in Stream::BOTH {
            let sink = self.sink(stream);
            // The reader holds the lock while it passes lines on.
            let lines = match sink.try_lock() {
                Some(mut sink) => match sink.lines.take() {
                    Some(mut lines) if !lines.may_take_long(0) => {
                        lines.end();
                        continue;
                    }
                    Some(lines) => Some(lines),
                    None => continue,
                },
                None => None,
            };
            let end = move || {
                if let Some(mut lines) = lines.or_else(|| lock(&sink).lines.take()) {
                    lines.end();
                }
            };
            if let Err(error) = tokio::task::spawn_blocking(end).await {
                tracing::error!(%error, exec_id = self.exec_id, "the last line of an output was not judged");
            }
        }
    }

    #[cfg(unix)]
    async fn caught_up(&self, stream: Stream) {
        let pipe = match stream {
            Stream::Out => &self.out,
            Stream::Err => &self.err,
        };
        let progress = &self.progress;
        let read = || progress.read[stream as usize].load(Ordering::SeqCst);
        // In this order: bytes that have left the pipe before are counted, or are a read that has not been counted yet.
        let before = read();
        let left = rustix::io::ioctl_fionread(pipe).unwrap_or_default();
        let enough = before + left + capture::READ_SIZE as u64;
        loop {
            let changed = progress.changed.notified();
            // In this order, for the same reason.
            let is_empty = rustix::io::ioctl_fionread(pipe).is_ok_and(|left| left == 0);
            let is_reading = progress.is_reading[stream as usize].load(Ordering::SeqCst);
            if (is_empty && !is_reading) || read() >= enough {
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

        fn may_take_long(&self, _: usize) -> bool {
            false
        }

        fn abandon(&self) {}
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

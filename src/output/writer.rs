//! Writers for work that runs in the daemon itself: their output goes into the streams without a pipe.

use std::convert::Infallible;
use std::io::{self, Write};
use std::sync::Arc;

use parking_lot::Mutex;

use super::Stream;
use super::capture::{Capture, FLUSH_AFTER, blocking};
use super::sink::{Sink, lock};
use super::watch::Progress;

/// Writes to a stream of an execution. Needs a tokio runtime.
pub struct Writer {
    sink: Arc<Mutex<Sink>>,
    /// Wakes [`Capture::flush_regularly`] when output is buffered.
    progress: Arc<Progress>,
}

impl Capture {
    /// A writer to a stream. [`Capture::flush_regularly`] must be awaited while it is used.
    pub fn writer(&self, stream: Stream) -> Writer {
        Writer {
            sink: self.sink(stream),
            progress: self.progress.clone(),
        }
    }

    /// Writes the buffered output of the writers into the files, shortly after it was written. Await it beside the work;
    /// it never returns.
    pub async fn flush_regularly(&self) -> Infallible {
        loop {
            self.progress.buffered.notified().await;
            tokio::time::sleep(FLUSH_AFTER).await;
            for stream in Stream::BOTH {
                let sink = self.sink(stream);
                let mut sink = lock(&sink);
                if sink.has_buffered() {
                    blocking(|| sink.flush());
                }
            }
        }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut sink = lock(&self.sink);
        if sink.is_quick(bytes) {
            sink.append(bytes);
        } else {
            blocking(|| sink.append(bytes));
        }
        if sink.has_buffered() {
            self.progress.buffered.notify_one();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

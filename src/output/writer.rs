//! Output of work that runs in the daemon itself: it goes into the streams without a pipe.

use std::convert::Infallible;
use std::io::{self, Write};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::Stream;
use super::capture::{Capture, HELD_FOR, blocking};
use super::sink::{Sink, lock};

/// Writes to a stream of an execution. Needs a tokio runtime.
pub struct Writer {
    sink: Arc<Mutex<Sink>>,
    /// Wakes [`Capture::write_held_regularly`] when something is held.
    holds: Arc<Notify>,
}

impl Capture {
    /// A writer to a stream. [`Capture::write_held_regularly`] must be awaited while it is used.
    pub fn writer(&self, stream: Stream) -> Writer {
        Writer {
            sink: self.sink(stream),
            holds: self.holds.clone(),
        }
    }

    /// Writes what the writers hold into the files, soon after it came. To be awaited beside the work; never returns.
    pub async fn write_held_regularly(&self) -> Infallible {
        loop {
            self.holds.notified().await;
            tokio::time::sleep(HELD_FOR).await;
            for stream in Stream::BOTH {
                let sink = self.sink(stream);
                let mut sink = lock(&sink);
                if sink.holds_something() {
                    blocking(|| sink.write_held());
                }
            }
        }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut sink = lock(&self.sink);
        if sink.can_hold(bytes) {
            sink.take(bytes);
            self.holds.notify_one();
        } else {
            blocking(|| {
                sink.take(bytes);
                sink.write_held();
            });
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

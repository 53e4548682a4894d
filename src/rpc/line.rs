//! Reads lines of bounded length: a longer line is discarded, not kept in memory.

use std::io;
use std::time::Duration;

use interprocess::local_socket::tokio::Stream;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{IMPORT_MAX, LINE_MAX};

/// How long the rest of a line of more than [`LINE_MAX`] may take: other clients may wait to send one.
const LONG_LINE_TIMEOUT: Duration = Duration::from_secs(10);

/// Capacity that the line buffer keeps between two lines: a long line must not keep its memory while the connection is idle.
const IDLE_CAPACITY: usize = 4096;

/// The result of reading a line.
pub(super) enum Line<'a> {
    /// A whole line. With the permit for a long line if it has more than [`LINE_MAX`] bytes.
    Whole(Option<SemaphorePermit<'a>>),
    /// A line of more bytes than this maximum. Its rest was read and discarded.
    TooLong(usize),
    /// A line of more than [`LINE_MAX`] bytes whose rest did not come within this time. The rest was discarded.
    TooSlow(Duration),
    /// The client has closed the connection.
    End,
}

/// Reads a connection line by line. A line may have [`LINE_MAX`] bytes, and [`IMPORT_MAX`] with the permit for a long line.
pub(super) struct LineReader<'a> {
    stream: BufReader<Stream>,
    line: Vec<u8>,
    long_line: &'a Semaphore,
}

/// How far a line was read.
enum Progress {
    /// To its end. Bytes before the end of the stream without a line break are a line too.
    Whole,
    /// To the maximum; there are more bytes.
    Full,
    /// The stream ended before a further byte.
    End,
}

impl<'a> LineReader<'a> {
    pub(super) fn new(stream: Stream, long_line: &'a Semaphore) -> LineReader<'a> {
        LineReader {
            stream: BufReader::new(stream),
            line: Vec::new(),
            long_line,
        }
    }

    /// The line that was read last, without its line break.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    /// Whether that line has nothing but whitespace.
    pub(super) fn is_blank(&self) -> bool {
        self.line.trim_ascii().is_empty()
    }

    /// Discards the line, with most of its memory. Returns its length.
    pub(super) fn clear(&mut self) -> usize {
        let length = self.line.len();
        self.line.clear();
        self.line.shrink_to(IDLE_CAPACITY);
        length
    }

    /// The stream, to write to.
    pub(super) fn stream(&mut self) -> &mut Stream {
        self.stream.get_mut()
    }

    /// Reads the next line.
    pub(super) async fn next(&mut self) -> io::Result<Line<'a>> {
        match self.read_up_to(LINE_MAX).await? {
            Progress::Whole => return Ok(Line::Whole(None)),
            Progress::End => return Ok(Line::End),
            Progress::Full => {}
        }
        let permit = self.long_line.acquire().await.ok();
        let rest = self.read_up_to(IMPORT_MAX);
        let line = match tokio::time::timeout(LONG_LINE_TIMEOUT, rest).await {
            Ok(read) => match read? {
                Progress::Whole => return Ok(Line::Whole(permit)),
                Progress::End => return Ok(Line::End),
                Progress::Full => Line::TooLong(IMPORT_MAX),
            },
            Err(_) => Line::TooSlow(LONG_LINE_TIMEOUT),
        };
        drop(permit);
        self.line = Vec::new();
        self.discard_line().await?;
        Ok(line)
    }

    /// Reads on until the line is whole or has `max` bytes and goes on.
    async fn read_up_to(&mut self, max: usize) -> io::Result<Progress> {
        loop {
            let available = self.stream.fill_buf().await?;
            if available.is_empty() {
                return Ok(if self.line.is_empty() {
                    Progress::End
                } else {
                    Progress::Whole
                });
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = end.map_or(available, |end| &available[..end]);
            if self.line.len() + part.len() > max {
                return Ok(Progress::Full);
            }
            self.line.extend_from_slice(part);
            let used = end.map_or(available.len(), |end| end + 1);
            self.stream.consume(used);
            if end.is_some() {
                return Ok(Progress::Whole);
            }
        }
    }

    /// Reads to the end of the line, and keeps nothing.
    async fn discard_line(&mut self) -> io::Result<()> {
        loop {
            let available = self.stream.fill_buf().await?;
            let end = available.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(available.len(), |end| end + 1);
            let is_over = end.is_some() || available.is_empty();
            self.stream.consume(used);
            if is_over {
                return Ok(());
            }
        }
    }
}

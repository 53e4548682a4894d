//! Reads lines of bounded length: a longer line is discarded, not kept in memory.

use std::io;
use std::time::Duration;

use interprocess::local_socket::tokio::Stream;
use tokio::io::{AsyncBufReadExt, BufReader};

use super::clients::{Client, NoMemory};
use super::{IMPORT_MAX, LINE_MAX};

/// How long the rest of a line of more than [`LINE_MAX`] may take: it holds much memory.
const LONG_LINE_TIMEOUT: Duration = Duration::from_secs(10);

/// Capacity that the line buffer keeps between two lines: a long line must not keep its memory while the connection is idle.
const IDLE_CAPACITY: usize = 4096;

/// By how much the line buffer grows at least.
const GROWS_BY: usize = 64 * 1024;

/// The result of reading a line.
pub(super) enum Line {
    /// A whole line.
    Whole,
    /// The line can't be kept: other lines have the memory. The rest was discarded.
    NoMemory,
    /// A line of more bytes than this maximum. Its rest was read and discarded.
    TooLong(usize),
    /// A line of more than [`LINE_MAX`] bytes whose rest did not come within this time. The rest was discarded.
    TooSlow(Duration),
    /// The client has closed the connection.
    End,
}

/// Reads a connection line by line. A line may have [`IMPORT_MAX`] bytes; the memory of all lines together is bounded.
pub(super) struct LineReader<'a> {
    stream: BufReader<Stream>,
    line: Vec<u8>,
    client: &'a Client,
}

/// How far a line was read.
enum Progress {
    /// To its end. Bytes before the end of the stream without a line break are a line too.
    Whole,
    /// To the maximum; there are more bytes.
    Full,
    /// The stream ended before a further byte.
    End,
    /// There is no memory for more.
    NoMemory,
}

impl<'a> LineReader<'a> {
    pub(super) fn new(stream: Stream, client: &'a Client) -> LineReader<'a> {
        LineReader {
            stream: BufReader::new(stream),
            line: Vec::new(),
            client,
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

    /// Discards the line, with most of its buffer. Returns its length. Its memory stays counted until [`Client::release`].
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
    pub(super) async fn next(&mut self) -> io::Result<Line> {
        let line = match self.read_up_to(LINE_MAX).await? {
            Progress::Whole => return Ok(Line::Whole),
            Progress::End => return Ok(Line::End),
            Progress::NoMemory => Line::NoMemory,
            Progress::Full => {
                let rest = self.read_up_to(IMPORT_MAX);
                match tokio::time::timeout(LONG_LINE_TIMEOUT, rest).await {
                    Ok(read) => match read? {
                        Progress::Whole => return Ok(Line::Whole),
                        Progress::End => return Ok(Line::End),
                        Progress::NoMemory => Line::NoMemory,
                        Progress::Full => Line::TooLong(IMPORT_MAX),
                    },
                    Err(_) => Line::TooSlow(LONG_LINE_TIMEOUT),
                }
            }
        };
        self.line = Vec::new();
        self.client.release();
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
            let length = part.len();
            if self.grow(length).await.is_err() {
                return Ok(Progress::NoMemory);
            }
            let part = &self.stream.buffer()[..length];
            self.line.extend_from_slice(part);
            let used = end.map_or(length, |end| end + 1);
            self.stream.consume(used);
            self.client.touch();
            if end.is_some() {
                return Ok(Progress::Whole);
            }
        }
    }

    /// Makes room for `more` bytes, within the memory of all lines.
    async fn grow(&mut self, more: usize) -> Result<(), NoMemory> {
        let length = self.line.len() + more;
        if length > self.line.capacity().max(IDLE_CAPACITY) {
            // A step that grows with the line, up to the longest line.
            let step = GROWS_BY.max(length / 2);
            let capacity = (length + step).min(IMPORT_MAX.max(length));
            self.client.hold(capacity).await?;
            self.line.reserve_exact(capacity - self.line.len());
        }
        Ok(())
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

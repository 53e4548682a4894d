//! How whoever started the daemon learns that it is ready, or why it is not: one line through a pipe.

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};

const READY: &str = "ready ";
const FAILED: &str = "failed ";

/// What a daemon said of its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// It answers on its socket; its process id.
    Ready(u32),
    /// It can't start; why.
    Failed(String),
}

/// The end of the pipe that the starting daemon holds. Says one thing, once.
pub struct Announcer(Option<Box<dyn Write + Send>>);

impl Announcer {
    /// Nobody wants to know.
    pub fn nobody() -> Announcer {
        Announcer(None)
    }

    /// Tells it through a pipe.
    pub fn pipe(writer: PipeWriter) -> Announcer {
        Announcer(Some(Box::new(writer)))
    }

    /// Tells it on stdout, which a guard reads.
    pub fn stdout() -> Announcer {
        Announcer(Some(Box::new(std::io::stdout())))
    }

    /// Says it. A listener that has gone has stopped waiting.
    pub fn say(&mut self, announcement: &Announcement) {
        if let Some(mut writer) = self.0.take() {
            let line = match announcement {
                Announcement::Ready(pid) => format!("{READY}{pid}\n"),
                // One line: the breaks within come back on the other side.
                Announcement::Failed(why) => format!("{FAILED}{}\n", why.replace('\n', "\u{2028}")),
            };
            if let Err(error) = writer
                .write_all(line.as_bytes())
                .and_then(|()| writer.flush())
            {
                tracing::debug!(%error, "nobody waits for the daemon any more");
            }
        }
    }
}

/// Waits for what the daemon says; nothing when it ended without a word.
pub fn listen(reader: PipeReader) -> Option<Announcement> {
    let mut line = String::new();
    let mut reader = BufReader::new(reader.take(64 * 1024));
    reader.read_line(&mut line).ok()?;
    read(&line)
}

/// Reads a line that [`Announcer::say`] wrote.
pub fn read(line: &str) -> Option<Announcement> {
    let line = line.trim_end_matches('\n');
    match (line.strip_prefix(READY), line.strip_prefix(FAILED)) {
        (Some(pid), _) => pid.parse().ok().map(Announcement::Ready),
        (None, Some(why)) => Some(Announcement::Failed(why.replace('\u{2028}', "\n"))),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_heard() {
        for announcement in [
            Announcement::Ready(42),
            Announcement::Failed("config: line 3: `x`\nhint: remove it".into()),
        ] {
            let (reader, writer) = std::io::pipe().unwrap();
            Announcer::pipe(writer).say(&announcement);
            assert_eq!(listen(reader), Some(announcement));
        }
        let (reader, writer) = std::io::pipe().unwrap();
        drop(writer);
        assert_eq!(listen(reader), None);
    }
}

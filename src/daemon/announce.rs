//! The announcement of a daemon that starts: one line through a pipe that says that it is ready, or why it is not.

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};

const READY: &str = "ready ";
const FAILED: &str = "failed ";

/// The result of a daemon's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// The daemon answers on its socket; its process id.
    Ready(u32),
    /// The daemon can't start; the reason.
    Failed(String),
}

/// The writing end of the pipe, held by the daemon that starts. It sends one announcement; later ones are ignored.
pub struct Announcer(Option<Box<dyn Write + Send>>);

impl Announcer {
    /// Sends nothing: no process waits for the announcement.
    pub fn silent() -> Announcer {
        Announcer(None)
    }

    /// Sends through a pipe.
    pub fn pipe(writer: PipeWriter) -> Announcer {
        Announcer(Some(Box::new(writer)))
    }

    /// Sends on stdout, which the guard reads.
    pub fn stdout() -> Announcer {
        Announcer(Some(Box::new(std::io::stdout())))
    }

    /// Sends the announcement. An error is only logged: then no process waits for it any more.
    pub fn send(&mut self, announcement: &Announcement) {
        if let Some(mut writer) = self.0.take() {
            let line = match announcement {
                Announcement::Ready(pid) => format!("{READY}{pid}\n"),
                // One line: `read` turns U+2028 back into line breaks.
                Announcement::Failed(why) => format!("{FAILED}{}\n", why.replace('\n', "\u{2028}")),
            };
            if let Err(error) = writer
                .write_all(line.as_bytes())
                .and_then(|()| writer.flush())
            {
                tracing::debug!(%error, "no process waits for the announcement");
            }
        }
    }
}

/// Waits for the announcement of the daemon; `None` when the daemon ended without one.
pub fn listen(reader: PipeReader) -> Option<Announcement> {
    let mut line = String::new();
    let mut reader = BufReader::new(reader.take(64 * 1024));
    reader.read_line(&mut line).ok()?;
    read(&line)
}

/// Reads a line that [`Announcer::send`] wrote.
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
    fn announcement_through_a_pipe_is_read_back() {
        for announcement in [
            Announcement::Ready(42),
            Announcement::Failed("config: line 3: `x`\nhint: remove it".into()),
        ] {
            let (reader, writer) = std::io::pipe().unwrap();
            Announcer::pipe(writer).send(&announcement);
            assert_eq!(listen(reader), Some(announcement));
        }
        let (reader, writer) = std::io::pipe().unwrap();
        drop(writer);
        assert_eq!(listen(reader), None);
    }
}

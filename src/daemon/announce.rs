//! The announcements of a daemon that starts: lines through a pipe. The last one says that it is ready, or why it is not.

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};

const READY: &str = "ready ";
const FAILED: &str = "failed ";
const WAITING: &str = "waiting ";

/// The state of a daemon's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// The daemon answers on its socket; its process id.
    Ready(u32),
    /// The daemon can't start; the reason.
    Failed(String),
    /// The daemon starts later; what it waits for. Another announcement follows.
    Waiting(String),
}

/// The writing end of the pipe, held by the daemon that starts. Announcements after the last one are ignored.
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

    /// Sends on stderr, which a person reads.
    #[cfg(unix)]
    pub fn stderr() -> Announcer {
        Announcer(Some(Box::new(std::io::stderr())))
    }

    /// Sends on stdout, which the guard reads.
    pub fn stdout() -> Announcer {
        Announcer(Some(Box::new(std::io::stdout())))
    }

    /// Sends the announcement. An error is only logged: then no process waits for it any more.
    pub fn send(&mut self, announcement: &Announcement) {
        if let Some(mut writer) = self.0.take() {
            // One line: `read` turns U+2028 back into line breaks.
            let one_line = |text: &str| text.replace('\n', "\u{2028}");
            let (line, is_last) = match announcement {
                Announcement::Ready(pid) => (format!("{READY}{pid}\n"), true),
                Announcement::Failed(why) => (format!("{FAILED}{}\n", one_line(why)), true),
                Announcement::Waiting(why) => (format!("{WAITING}{}\n", one_line(why)), false),
            };
            if let Err(error) = writer
                .write_all(line.as_bytes())
                .and_then(|()| writer.flush())
            {
                tracing::debug!(%error, "no process waits for the announcement");
            } else if !is_last {
                self.0 = Some(writer);
            }
        }
    }
}

/// Waits for the last announcement of the daemon, and hands those before it to `waiting`. `None` when the daemon ended without one.
pub fn listen(reader: PipeReader, waiting: impl Fn(&str)) -> Option<Announcement> {
    let mut reader = BufReader::new(reader.take(64 * 1024));
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match read(&line)? {
            Announcement::Waiting(why) => waiting(&why),
            last @ (Announcement::Ready(_) | Announcement::Failed(_)) => return Some(last),
        }
    }
}

/// Reads a line that [`Announcer::send`] wrote.
pub fn read(line: &str) -> Option<Announcement> {
    let line = line.trim_end_matches('\n');
    let lines = |text: &str| text.replace('\u{2028}', "\n");
    if let Some(pid) = line.strip_prefix(READY) {
        return pid.parse().ok().map(Announcement::Ready);
    }
    if let Some(why) = line.strip_prefix(FAILED) {
        return Some(Announcement::Failed(lines(why)));
    }
    line.strip_prefix(WAITING)
        .map(|why| Announcement::Waiting(lines(why)))
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
            let mut announcer = Announcer::pipe(writer);
            announcer.send(&Announcement::Waiting("room\non the disk".into()));
            announcer.send(&announcement);
            announcer.send(&Announcement::Failed("nobody reads this".into()));
            let waited = std::cell::RefCell::new(Vec::new());
            let last = listen(reader, |why| waited.borrow_mut().push(why.to_string()));
            assert_eq!(last, Some(announcement));
            assert_eq!(*waited.borrow(), ["room\non the disk"]);
        }
        let (reader, writer) = std::io::pipe().unwrap();
        drop(writer);
        assert_eq!(listen(reader, |_| ()), None);
    }
}

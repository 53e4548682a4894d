//! A thread that writes lines to a target that may stall, such as a pipe whose reader has stopped. Nobody else waits for it.

use std::collections::VecDeque;
#[cfg(unix)]
use std::fs::File;
use std::io::{self, Write};
#[cfg(unix)]
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// How long [`LineQueue::send_slowly`] waits for room while nothing is written. Then the target counts as stalled.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bounded queue of lines, and the thread that writes them. Lines that find no room are dropped and counted. A clone is the same
/// queue.
#[derive(Clone)]
pub struct LineQueue {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Upper bound on the bytes that wait.
    most: usize,
}

#[derive(Default)]
struct State {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    /// All lines that were dropped or failed.
    lost: u64,
    /// The lines that were dropped since the target was told last.
    untold: u64,
    /// Set when nothing was written for [`PATIENCE`] although lines waited; cleared by the next write.
    is_stalled: bool,
    is_closing: bool,
    /// Set by the thread when it has ended.
    has_ended: bool,
}

impl LineQueue {
    /// Starts the thread. `notice` makes the line that tells the target how many lines before it are missing.
    ///
    /// # Errors
    ///
    /// When the system starts no more threads.
    pub fn start(
        name: &str,
        most: usize,
        target: impl Write + Send + 'static,
        notice: impl Fn(u64) -> String + Send + 'static,
    ) -> io::Result<LineQueue> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            most,
        });
        let queue = LineQueue {
            shared: shared.clone(),
        };
        std::thread::Builder::new()
            .name(name.to_string())
            .spawn(move || shared.write_all(target, notice))?;
        Ok(queue)
    }

    /// Adds a line, or drops it when the queue is full. Never waits.
    pub fn send(&self, line: &[u8]) {
        self.shared.add(&mut self.shared.state.lock(), line);
    }

    /// Adds a line; waits for room as long as the target takes lines. Blocks.
    pub fn send_slowly(&self, line: &[u8]) {
        let shared = &self.shared;
        let mut state = shared.state.lock();
        let mut deadline = Instant::now() + PATIENCE;
        let mut seen = state.bytes;
        while !shared.has_room(&state, line) && !state.is_stalled && !state.is_closing {
            if shared.changed.wait_until(&mut state, deadline).timed_out() {
                state.is_stalled |= state.bytes == seen;
            }
            if state.bytes != seen {
                seen = state.bytes;
                deadline = Instant::now() + PATIENCE;
            }
        }
        shared.add(&mut state, line);
    }

    /// How many lines were dropped or could not be written since the start.
    pub fn lost(&self) -> u64 {
        self.shared.state.lock().lost
    }

    /// Has the thread write what waits and end. Waits for it `within` this time at most. Blocks.
    pub fn close(&self, within: Duration) {
        let shared = &self.shared;
        let deadline = Instant::now() + within;
        let mut state = shared.state.lock();
        state.is_closing = true;
        shared.changed.notify_all();
        while !state.has_ended {
            if shared.changed.wait_until(&mut state, deadline).timed_out() {
                return;
            }
        }
    }
}

/// Standard output for a [`LineQueue`]. A stalled write holds no lock that the rest of the program waits for.
///
/// # Errors
///
/// When the process has no descriptors left.
pub fn unlocked_stdout() -> io::Result<Box<dyn Write + Send>> {
    #[cfg(unix)]
    return Ok(Box::new(File::from(
        io::stdout().as_fd().try_clone_to_owned()?,
    )));
    #[cfg(not(unix))]
    Ok(Box::new(io::stdout()))
}

/// As [`unlocked_stdout`], standard error.
///
/// # Errors
///
/// When the process has no descriptors left.
pub fn unlocked_stderr() -> io::Result<Box<dyn Write + Send>> {
    #[cfg(unix)]
    return Ok(Box::new(File::from(
        io::stderr().as_fd().try_clone_to_owned()?,
    )));
    #[cfg(not(unix))]
    Ok(Box::new(io::stderr()))
}

/// Each call adds one line.
impl Write for LineQueue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.send(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn has_room(&self, state: &State, line: &[u8]) -> bool {
        state.lines.is_empty() || state.bytes + line.len() <= self.most
    }

    fn add(&self, state: &mut State, line: &[u8]) {
        if !self.has_room(state, line) || state.has_ended {
            state.lost += 1;
            state.untold += 1;
            return;
        }
        // The thread sleeps only while no line waits.
        if state.lines.is_empty() {
            self.changed.notify_all();
        }
        state.bytes += line.len();
        state.lines.push_back(line.to_vec());
    }

    fn write_all(&self, mut target: impl Write, notice: impl Fn(u64) -> String) {
        loop {
            let mut state = self.state.lock();
            while state.lines.is_empty() && state.untold == 0 && !state.is_closing {
                self.changed.wait(&mut state);
            }
            // Lines are dropped only while others wait: those come first, then the notice.
            if let Some(line) = state.lines.front_mut().map(std::mem::take) {
                drop(state);
                let written = target.write_all(&line).and_then(|()| target.flush());
                let mut state = self.state.lock();
                state.lines.pop_front();
                state.bytes -= line.len();
                state.is_stalled = false;
                state.lost += u64::from(written.is_err());
                self.changed.notify_all();
            } else if state.untold > 0 {
                let missing = std::mem::take(&mut state.untold);
                drop(state);
                // An error is ignored: the lines are counted all the same.
                let _ = target.write_all(notice(missing).as_bytes());
            } else {
                state.has_ended = true;
                self.changed.notify_all();
                return;
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{BufRead, BufReader};

    use super::*;

    fn notice(lines: u64) -> String {
        format!("{lines} missing\n")
    }

    #[test]
    fn lines_for_a_reader_that_has_stopped_are_counted_and_told() {
        let (reader, writer) = std::io::pipe().unwrap();
        let queue = LineQueue::start("lines", 64 * 1024, writer, notice).unwrap();
        let line = [b"x".repeat(99), b"\n".to_vec()].concat();
        let begin = Instant::now();
        for _ in 0..10_000 {
            queue.send(&line);
        }
        queue.send_slowly(&line);
        queue.send_slowly(&line);
        assert!(
            begin.elapsed() < 3 * PATIENCE,
            "the second one knows that the target is stalled"
        );
        let lost = queue.lost();
        assert!((8_000..9_999).contains(&lost), "{lost}");
        // The thread ends although nobody reads.
        queue.close(Duration::from_millis(10));
        let mut read = BufReader::new(reader).lines().map(Result::unwrap);
        let lines: Vec<String> = read
            .by_ref()
            .take_while(|line| line.starts_with('x'))
            .collect();
        assert_eq!(lines.len() as u64 + lost, 10_002);
        queue.close(Duration::from_secs(10));
    }

    #[test]
    fn lines_for_a_slow_reader_are_all_written_by_one_who_waits() {
        let (reader, writer) = std::io::pipe().unwrap();
        let queue = LineQueue::start("lines", 1_000, writer, notice).unwrap();
        let reading = std::thread::spawn(move || {
            BufReader::with_capacity(16, reader)
                .lines()
                .inspect(|_| std::thread::sleep(Duration::from_micros(100)))
                .count()
        });
        for number in 0..2_000 {
            queue.send_slowly(format!("line {number}\n").as_bytes());
        }
        queue.close(Duration::from_secs(10));
        drop(queue);
        assert_eq!(reading.join().unwrap(), 2_000);
    }

    #[test]
    fn lines_for_a_reader_that_has_gone_are_counted() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let queue = LineQueue::start("lines", 1_000, writer, notice).unwrap();
        queue.send(b"one\n");
        queue.close(Duration::from_secs(10));
        assert_eq!(queue.lost(), 1);
    }
}

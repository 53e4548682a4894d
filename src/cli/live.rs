//! Live view of `jobs start --crontab`: prints the output of running jobs, each line with the name of its job before it.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use parking_lot::Mutex;

use super::out::{Highlight, is_colour_allowed, paint, print_message};
use super::terminal::Filter;
use super::text;
use jobs_fs::{LineQueue, unlocked_stdout};
use jobs_model::{ExecId, Execution};

/// Names are padded to this number of characters, so that most lines are aligned.
const NAME: usize = 16;

/// Upper bound on the buffered part of an incomplete line, in bytes. A longer part is printed as a line.
const BUFFER_MAX: usize = 8 * 1024;

/// Upper bound on the bytes of lines that wait for the reader of stdout.
const QUEUED_BYTES: usize = 1024 * 1024;

/// How long the end of the view waits for its last lines.
const AT_END: Duration = Duration::from_secs(1);

/// Prints the output of many simultaneous executions, in whole lines.
pub struct LiveView {
    /// To stdout, whose reader may be slow or may stop.
    shown: LineQueue,
    /// The streams that have not ended; the key is the execution and whether the stream is stderr.
    streams: Mutex<HashMap<(ExecId, bool), Incomplete>>,
    has_colour: bool,
    is_terminal: bool,
}

/// A stream that goes on.
#[derive(Default)]
struct Incomplete {
    /// The part after the last line end.
    line: Vec<u8>,
    filter: Filter,
}

impl LiveView {
    /// A view on standard output.
    ///
    /// # Errors
    ///
    /// When the system starts no more threads.
    pub fn new() -> std::io::Result<LiveView> {
        Ok(LiveView {
            shown: LineQueue::start("live-view", QUEUED_BYTES, unlocked_stdout()?, missing)?,
            streams: Mutex::default(),
            has_colour: std::io::stdout().is_terminal() && is_colour_allowed(),
            is_terminal: std::io::stdout().is_terminal(),
        })
    }

    /// Shows what is left, for a bounded time. Returns how many lines could not be shown.
    pub fn close(&self) -> u64 {
        self.shown.close(AT_END);
        self.shown.lost()
    }

    /// Prints an introduction to stderr: which jobs run, and how to reach the daemon.
    pub fn begin(&self, jobs: usize, crontab: &Path, socket: &Path) {
        print_message(&format!(
            "{jobs} jobs of `{}` run from now on. Their output is shown here; Ctrl-C stops the daemon.\n\
             The daemon answers on `{}`: try `jobs list` in another terminal.",
            crontab.display(),
            socket.display()
        ));
    }

    /// Prints the whole lines of new output and buffers the rest.
    pub fn output(&self, job: &str, exec_id: ExecId, is_stderr: bool, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut streams = self.streams.lock();
        let Incomplete { line, filter } = streams.entry((exec_id, is_stderr)).or_default();
        let filtered;
        let bytes = if self.is_terminal {
            filtered = filter.pass(bytes);
            filtered.as_bytes()
        } else {
            bytes
        };
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(piece);
            if line.ends_with(b"\n") || line.len() > BUFFER_MAX {
                self.print(job, None, line);
                line.clear();
            }
        }
    }

    /// Prints the rest of the output of an execution that has ended, and its status unless it succeeded.
    pub fn ended(&self, job: &str, execution: &Execution) {
        let mut streams = self.streams.lock();
        for is_stderr in [false, true] {
            if let Some(stream) = streams
                .remove(&(execution.exec_id, is_stderr))
                .filter(|stream| !stream.line.is_empty())
            {
                self.print(job, None, &stream.line);
            }
        }
        let highlight = text::highlight(execution.status);
        if highlight != Some(Highlight::Good) {
            let why = execution
                .error
                .as_deref()
                .map(|error| format!(": {}", text::visible(error)));
            let line = format!("[{}{}]", execution.status, why.unwrap_or_default());
            self.print(job, highlight, line.as_bytes());
        }
    }

    fn print(&self, job: &str, highlight: Option<Highlight>, line: &[u8]) {
        let mut shown = format!("{:<NAME$} | ", text::visible(job));
        if self.has_colour {
            shown = paint(highlight.unwrap_or(Highlight::Dim), &shown);
        }
        let mut shown = shown.into_bytes();
        shown.extend_from_slice(line);
        if self.is_terminal && line.contains(&0x1b) {
            // A colour that is left on must not reach the lines of other jobs.
            shown.extend_from_slice(b"\x1b[0m");
        }
        if !line.ends_with(b"\n") {
            shown.push(b'\n');
        }
        self.shown.send_slowly(&shown);
    }
}

/// The line in place of output that is missing.
fn missing(lines: u64) -> String {
    format!("[{lines} lines are not shown here: too many at once; `jobs logs` has all of them]\n")
}

//! What jobs print, a line at a time, each with the name of its job before it.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::path::Path;

use parking_lot::Mutex;

use super::out::{Tone, is_colour_allowed, paint, say};
use super::text;
use jobs_model::{ExecId, Execution};

/// Names are padded to this many characters, so that most lines begin at the same place.
const NAME: usize = 16;

/// The longest piece of a line that is held back until its end comes, in bytes.
const HELD: usize = 8 * 1024;

/// Shows the output of many executions at once, whole lines only.
pub struct LiveView {
    held: Mutex<HashMap<(ExecId, bool), Vec<u8>>>,
    has_colour: bool,
}

impl LiveView {
    /// A view on standard output.
    pub fn new() -> LiveView {
        LiveView {
            held: Mutex::default(),
            has_colour: std::io::stdout().is_terminal() && is_colour_allowed(),
        }
    }

    /// Tells, on stderr, what is going to be shown and how more can be learned.
    pub fn begin(&self, jobs: usize, crontab: &Path, socket: &Path) {
        say(&format!(
            "{jobs} jobs of `{}` run from now on. Their output is shown here; Ctrl-C stops the daemon.\n\
             The daemon answers on `{}`: try `jobs list` in another terminal.",
            crontab.display(),
            socket.display()
        ));
    }

    /// Something was printed.
    pub fn output(&self, job: &str, exec_id: ExecId, is_stderr: bool, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut held = self.held.lock();
        let line = held.entry((exec_id, is_stderr)).or_default();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(piece);
            if line.ends_with(b"\n") || line.len() > HELD {
                self.print(job, None, line);
                line.clear();
            }
        }
    }

    /// An execution is over: shows what is left of its last line, and how it ended unless it ended well.
    pub fn ended(&self, job: &str, execution: &Execution) {
        let mut held = self.held.lock();
        for is_stderr in [false, true] {
            if let Some(line) = held
                .remove(&(execution.exec_id, is_stderr))
                .filter(|line| !line.is_empty())
            {
                self.print(job, None, &line);
            }
        }
        let tone = text::tone(execution.status);
        if tone != Some(Tone::Good) {
            let why = execution
                .error
                .as_deref()
                .map(|error| format!(": {}", text::visible(error)));
            let line = format!("[{}{}]", execution.status, why.unwrap_or_default());
            self.print(job, tone, line.as_bytes());
        }
    }

    fn print(&self, job: &str, tone: Option<Tone>, line: &[u8]) {
        let mut shown = format!("{:<NAME$} | ", text::visible(job));
        if self.has_colour {
            shown = paint(tone.unwrap_or(Tone::Dim), &shown);
        }
        let mut shown = shown.into_bytes();
        shown.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            shown.push(b'\n');
        }
        let mut stdout = std::io::stdout().lock();
        // The jobs go on when nobody looks any more.
        let _ = stdout.write_all(&shown).and_then(|()| stdout.flush());
    }
}

impl Default for LiveView {
    fn default() -> Self {
        LiveView::new()
    }
}

//! `jobs logs -f` without a job: follows the output of all executions, each line with the name of its job before it.

use std::collections::{HashSet, VecDeque};
use std::io::Write;
use std::sync::Arc;

use parking_lot::Mutex;

use super::events::Listener;
use super::out::{Highlight, Out, paint, print_message, warn};
use super::terminal::Filter;
use super::{Context, text};
use jobs_api::{EventEntry, History, Logs};
use jobs_model::{ExecId, Execution, Status};
use jobs_rpc::Client;
use jobs_text::json_for_terminal;

/// Executions that are followed at the same time; each needs a connection. Further ones are shown when one of them has ended.
const WORKERS: usize = 16;

/// Names are padded to this number of characters, so that most lines are aligned.
const NAME: usize = 16;

/// Upper bound on the buffered part of an incomplete line, in bytes. A longer part is printed as a line.
const LINE_MAX: usize = 8 * 1024;

/// The longest wait of one call for output, in seconds. Then the client calls again.
const WAIT: u64 = 30;

/// Follows all executions until stdout is closed or the daemon ends.
pub fn follow(context: &Context, client: &mut Client, out: &mut Out) -> anyhow::Result<i32> {
    let followers = Arc::new(Followers {
        is_json: out.wants_json(),
        has_colour: out.has_colour(),
        is_filtered: out.filter().is_some(),
        queue: Mutex::default(),
    });
    // Subscribe first: an execution that starts between the two calls is found twice, and followed once.
    let mut listener = Listener::subscribe(client)?;
    let mut seen = HashSet::new();
    let running = client.call(&History {
        status: Some(Status::Running),
        limit: Some(500),
        ..History::default()
    })?;
    if running.is_empty() {
        print_message("no execution runs now; waiting for the next ones");
    }
    for execution in running.iter().rev() {
        seen.insert(execution.exec_id);
        followers.add(context, execution.exec_id)?;
    }
    loop {
        let page = listener.next(client)?;
        if page.lost {
            warn(
                "some executions are not shown: this client was too slow, or the daemon was started again",
            );
        }
        for event in page.events {
            match event {
                EventEntry::Started(started) => {
                    if seen.insert(started.exec_id) {
                        followers.add(context, started.exec_id)?;
                    }
                }
                EventEntry::Finished(finished) => {
                    let never_ran = !seen.remove(&finished.exec_id);
                    if never_ran && !followers.is_json {
                        let why = finished.error.as_deref().unwrap_or_default();
                        print_message(&format!(
                            "{}: {} {}",
                            text::visible(&finished.job_name),
                            finished.status,
                            text::visible(why)
                        ));
                    }
                }
                EventEntry::Job(_) | EventEntry::Pause(_) => {}
            }
        }
    }
}

/// The executions that are followed.
struct Followers {
    is_json: bool,
    has_colour: bool,
    /// Whether a terminal is spared what it would obey.
    is_filtered: bool,
    queue: Mutex<Queue>,
}

/// Executions that wait for a worker, and the number of workers.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<ExecId>,
    workers: usize,
}

impl Followers {
    fn add(self: &Arc<Self>, context: &Context, exec_id: ExecId) -> anyhow::Result<()> {
        let mut queue = self.queue.lock();
        queue.waiting.push_back(exec_id);
        if queue.workers == WORKERS {
            return Ok(());
        }
        let client = context.client()?;
        queue.workers += 1;
        let followers = self.clone();
        std::thread::spawn(move || followers.work(client));
        Ok(())
    }

    /// Follows executions until none waits.
    fn work(&self, mut client: Client) {
        loop {
            let next = {
                let mut queue = self.queue.lock();
                let next = queue.waiting.pop_front();
                if next.is_none() {
                    queue.workers -= 1;
                }
                next
            };
            let Some(exec_id) = next else {
                return;
            };
            if let Err(error) = self.show(&mut client, exec_id) {
                warn(&format!("execution {exec_id} is not shown: {error:#}"));
            }
        }
    }

    fn show(&self, client: &mut Client, exec_id: ExecId) -> anyhow::Result<()> {
        let mut request = Logs {
            exec_id: Some(exec_id),
            wait: WAIT,
            ..Logs::default()
        };
        let mut streams = [Stream::default(), Stream::default()];
        loop {
            let chunk = client.call(&request)?;
            request.stdout_offset = chunk.stdout_next;
            request.stderr_offset = chunk.stderr_next;
            let text = if self.is_json {
                format!("{}\n", json_for_terminal(&serde_json::to_string(&chunk)?)).into_bytes()
            } else {
                let mut lines = Vec::new();
                if let Some(execution) = &chunk.execution {
                    let name = &execution.job_name;
                    self.add_lines(name, &mut streams[0], &chunk.stdout.0, &mut lines);
                    self.add_lines(name, &mut streams[1], &chunk.stderr.0, &mut lines);
                    if chunk.done {
                        self.add_end(execution, &mut streams, &mut lines);
                    }
                }
                lines
            };
            print(&text);
            if chunk.done {
                return Ok(());
            }
        }
    }

    /// Adds the whole lines of new output and keeps the rest.
    fn add_lines(&self, job: &str, stream: &mut Stream, bytes: &[u8], lines: &mut Vec<u8>) {
        let filtered;
        let bytes = if self.is_filtered {
            filtered = stream.filter.pass(bytes);
            filtered.as_bytes()
        } else {
            bytes
        };
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            stream.line.extend_from_slice(piece);
            if stream.line.ends_with(b"\n") || stream.line.len() > LINE_MAX {
                self.add_line(job, Highlight::Dim, &stream.line, lines);
                stream.line.clear();
            }
        }
    }

    /// Adds what is left of the output, and the status unless it succeeded.
    fn add_end(&self, execution: &Execution, streams: &mut [Stream], lines: &mut Vec<u8>) {
        let job = &execution.job_name;
        for stream in streams.iter().filter(|stream| !stream.line.is_empty()) {
            self.add_line(job, Highlight::Dim, &stream.line, lines);
        }
        let highlight = text::highlight(execution.status);
        if highlight != Some(Highlight::Good) {
            let why = execution
                .error
                .as_deref()
                .map(|error| format!(": {}", text::visible(error)))
                .unwrap_or_default();
            let line = format!("[{}{why}]", execution.status);
            self.add_line(
                job,
                highlight.unwrap_or(Highlight::Dim),
                line.as_bytes(),
                lines,
            );
        }
    }

    fn add_line(&self, job: &str, highlight: Highlight, line: &[u8], lines: &mut Vec<u8>) {
        let before = format!("{:<NAME$} | ", text::visible(job));
        let before = match self.has_colour {
            true => paint(highlight, &before),
            false => before,
        };
        lines.extend_from_slice(before.as_bytes());
        lines.extend_from_slice(line);
        if self.is_filtered && line.contains(&0x1b) {
            // A colour that is left on must not reach the lines of other jobs.
            lines.extend_from_slice(b"\x1b[0m");
        }
        if !line.ends_with(b"\n") {
            lines.push(b'\n');
        }
    }
}

/// A stream of an execution: its incomplete last line, and the filter for a terminal.
#[derive(Default)]
struct Stream {
    line: Vec<u8>,
    filter: Filter,
}

/// Prints whole lines. Ends the program when its reader has read enough, as `jobs logs -f | head` does: the main thread waits
/// for the daemon and would notice it with the next event only.
fn print(lines: &[u8]) {
    let mut stdout = std::io::stdout().lock();
    if stdout
        .write_all(lines)
        .and_then(|()| stdout.flush())
        .is_err()
    {
        std::process::exit(super::DONE);
    }
}

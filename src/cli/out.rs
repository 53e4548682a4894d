//! Output: data on stdout, which may be a pipe that closes or a full disk, and messages on stderr.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Stdout, Write};

use serde::Serialize;

use jobs_text::{for_terminal, json_for_terminal};

use super::terminal::Filter;

/// Standard output.
pub struct Out {
    json: bool,
    is_wide: bool,
    stdout: BufWriter<Stdout>,
    is_terminal: bool,
    /// Whether output of jobs is shown unchanged on a terminal too.
    is_raw: bool,
}

/// The meaning of a text that is shown in a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Highlight {
    Good,
    Bad,
    Warn,
    Dim,
}

impl Out {
    pub fn new(json: bool) -> Out {
        let stdout = io::stdout();
        Out {
            json,
            is_raw: false,
            is_wide: false,
            is_terminal: stdout.is_terminal(),
            stdout: BufWriter::new(stdout),
        }
    }

    /// Whether the output is JSON (`--json`).
    pub fn wants_json(&self) -> bool {
        self.json
    }

    /// Prints tables with all columns from now on, whatever the width of the terminal (`-o wide`).
    pub fn widen(&mut self) {
        self.is_wide = true;
    }

    pub fn is_wide(&self) -> bool {
        self.is_wide
    }

    /// Whether stdout is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Whether stdout is a terminal and the environment allows colour.
    pub fn has_colour(&self) -> bool {
        self.is_terminal && is_colour_allowed()
    }

    /// Shows output of jobs unchanged on a terminal too (`--raw`).
    pub fn set_raw(&mut self, is_raw: bool) {
        self.is_raw = is_raw;
    }

    /// The filter for output of a job to stdout; none when it is shown unchanged.
    pub fn filter(&self) -> Option<Filter> {
        (self.is_terminal && !self.is_raw).then(Filter::default)
    }

    /// The filter for output of a job to stderr.
    pub fn error_filter(&self) -> Option<Filter> {
        (io::stderr().is_terminal() && !self.is_raw).then(Filter::default)
    }

    /// Writes a line. Nothing in it but our own colours controls a terminal.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(for_terminal(text).as_bytes())?;
        self.stdout.write_all(b"\n")
    }

    /// Writes bytes unchanged.
    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stdout.write_all(bytes)
    }

    /// Writes data as indented JSON.
    pub fn data(&mut self, data: &impl Serialize) -> anyhow::Result<()> {
        if self.is_terminal {
            let text = serde_json::to_string_pretty(data)?;
            self.stdout.write_all(json_for_terminal(&text).as_bytes())?;
        } else {
            serde_json::to_writer_pretty(&mut self.stdout, data)?;
        }
        self.line("")?;
        Ok(())
    }

    /// Writes data as one line of JSON, and flushes.
    pub fn data_line(&mut self, data: &impl Serialize) -> anyhow::Result<()> {
        let text = serde_json::to_string(data)?;
        self.stdout.write_all(json_for_terminal(&text).as_bytes())?;
        self.line("")?;
        self.flush()?;
        Ok(())
    }

    /// Text in a colour, if [`Out::has_colour`].
    pub fn paint(&self, highlight: Highlight, text: &str) -> String {
        if self.has_colour() {
            paint(highlight, text)
        } else {
            text.to_string()
        }
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// Text in a colour.
pub fn paint(highlight: Highlight, text: &str) -> String {
    let code = match highlight {
        Highlight::Good => "32",
        Highlight::Bad => "31",
        Highlight::Warn => "33",
        Highlight::Dim => "2",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// Whether the environment allows colour (`NO_COLOR` is empty or absent).
pub fn is_colour_allowed() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Writes a line to stdout, for output that needs no [`Out`].
pub fn print(text: &str) {
    // As with the help, a failure is ignored: it could not be printed either.
    let _ = writeln!(io::stdout(), "{text}");
}

/// Writes a message to stderr. Nothing in it but our own colours controls a terminal: the text may come from a daemon.
pub fn print_message(text: &str) {
    // A failure is ignored: stderr is closed, so it could not be printed either.
    let _ = writeln!(io::stderr(), "{}", for_terminal(text));
}

/// Writes a warning to stderr.
pub fn warn(text: &str) {
    print_message(&format!("{} {text}", label("warning:", Highlight::Warn)));
}

/// Writes output of a job to stderr.
pub fn print_error_output(bytes: &[u8]) {
    let _ = io::stderr().write_all(bytes);
}

/// Prints an error, with `--json` as one object, and returns its exit status. A closed pipe on stdout counts as success: its
/// reader has read enough.
pub fn report(
    error: &anyhow::Error,
    wants_json: bool,
    exit_code: impl Fn(&anyhow::Error) -> i32,
) -> i32 {
    let is_closed_pipe = error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|error| error.io_error_kind() == Some(ErrorKind::BrokenPipe))
    });
    if is_closed_pipe {
        return 0;
    }
    let status = exit_code(error);
    if wants_json {
        let object = serde_json::json!({ "error": format!("{error:#}"), "exit_status": status });
        print_message(&object.to_string());
    } else {
        print_message(&format!("{} {error:#}", label("error:", Highlight::Bad)));
    }
    status
}

/// Whether stderr is a terminal and the environment allows colour.
pub fn has_colour_on_stderr() -> bool {
    io::stderr().is_terminal() && is_colour_allowed()
}

fn label(text: &str, highlight: Highlight) -> String {
    if has_colour_on_stderr() {
        paint(highlight, text)
    } else {
        text.to_string()
    }
}

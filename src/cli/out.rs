//! Printing: one way to stdout, which may be a pipe that closes or a disk that fills.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Stdout, Write};

use serde::Serialize;

/// Standard output.
pub struct Out {
    json: bool,
    stdout: BufWriter<Stdout>,
    is_terminal: bool,
}

/// What a colour is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
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
            is_terminal: stdout.is_terminal(),
            stdout: BufWriter::new(stdout),
        }
    }

    /// Whether data is wanted, and only data.
    pub fn wants_json(&self) -> bool {
        self.json
    }

    /// Whether a person reads it at once.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Whether colour is welcome.
    pub fn has_colour(&self) -> bool {
        self.is_terminal && is_colour_allowed()
    }

    /// A line.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(text.as_bytes())?;
        self.stdout.write_all(b"\n")
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stdout.write_all(bytes)
    }

    /// Data, in a form that a person can read too.
    pub fn data(&mut self, data: &impl Serialize) -> anyhow::Result<()> {
        serde_json::to_writer_pretty(&mut self.stdout, data)?;
        self.line("")?;
        Ok(())
    }

    /// Data on a line of its own.
    pub fn data_line(&mut self, data: &impl Serialize) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.stdout, data)?;
        self.line("")?;
        self.flush()?;
        Ok(())
    }

    /// Text in a colour, when colour is welcome.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if self.has_colour() {
            paint(tone, text)
        } else {
            text.to_string()
        }
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// Text in a colour.
pub fn paint(tone: Tone, text: &str) -> String {
    let code = match tone {
        Tone::Good => "32",
        Tone::Bad => "31",
        Tone::Warn => "33",
        Tone::Dim => "2",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// Whether the environment lets colour be used (`NO_COLOR`).
pub fn is_colour_allowed() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A line that is all there is to be told.
pub fn print(text: &str) {
    // As with the help: nothing is left to be said when even that can't be printed.
    let _ = writeln!(io::stdout(), "{text}");
}

/// A message, which is not data: on stderr.
pub fn say(text: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(io::stderr(), "{text}");
}

/// What the user may not have meant.
pub fn warn(text: &str) {
    say(&format!("{} {text}", label("warning:", Tone::Warn)));
}

/// Bytes to stderr, as they are.
pub fn raw_to_stderr(bytes: &[u8]) {
    let _ = io::stderr().write_all(bytes);
}

/// Tells an error and returns the exit status for it. A reader that has gone is no error.
pub fn explain(error: &anyhow::Error, exit_code: impl Fn(&anyhow::Error) -> i32) -> i32 {
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
    say(&format!("{} {error:#}", label("error:", Tone::Bad)));
    exit_code(error)
}

fn label(text: &str, tone: Tone) -> String {
    if io::stderr().is_terminal() && is_colour_allowed() {
        paint(tone, text)
    } else {
        text.to_string()
    }
}

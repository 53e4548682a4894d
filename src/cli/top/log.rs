//! The log of one execution on the screen: its last lines with their colours, stdout and stderr told apart.

use std::collections::VecDeque;

use jobs_api::LogChunk;
use jobs_model::{ExecId, Execution};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use crate::terminal::Filter;

/// Lines that are kept; older ones are dropped, and the screen says so.
const LINES: usize = 20_000;

/// A longer line is cut into pieces, in bytes.
const LINE_BYTES: usize = 8 * 1024;

/// More output of an execution.
#[derive(Debug)]
pub struct Part {
    pub exec_id: ExecId,
    pub chunk: Box<LogChunk>,
}

/// A line of output.
#[derive(Debug)]
struct LogLine {
    is_stderr: bool,
    text: String,
}

/// A stream whose last line goes on.
#[derive(Default)]
struct Incomplete {
    filter: Filter,
    text: String,
}

/// The log that is shown.
pub struct LogView {
    pub exec_id: ExecId,
    pub job: String,
    pub execution: Option<Execution>,
    pub is_done: bool,
    lines: VecDeque<LogLine>,
    /// Lines before those in `lines`.
    pub dropped: usize,
    /// Bytes that the daemon has not kept.
    pub cut: u64,
    stdout: Incomplete,
    stderr: Incomplete,
    first: usize,
    pub is_following: bool,
    height: usize,
}

impl LogView {
    pub fn new(exec_id: ExecId, job: String) -> LogView {
        LogView {
            exec_id,
            job,
            execution: None,
            is_done: false,
            lines: VecDeque::new(),
            dropped: 0,
            cut: 0,
            stdout: Incomplete::default(),
            stderr: Incomplete::default(),
            first: 0,
            is_following: true,
            height: 1,
        }
    }

    pub fn take(&mut self, part: Part) {
        if part.exec_id != self.exec_id {
            return;
        }
        let Part { chunk, .. } = part;
        self.cut += chunk.stdout_cut + chunk.stderr_cut + chunk.stdout_lost + chunk.stderr_lost;
        self.add(false, &chunk.stdout.0, chunk.done);
        self.add(true, &chunk.stderr.0, chunk.done);
        self.is_done = chunk.done;
        if chunk.execution.is_some() {
            self.execution = chunk.execution;
        }
        self.clamp();
    }

    fn add(&mut self, is_stderr: bool, bytes: &[u8], is_end: bool) {
        let stream = if is_stderr {
            &mut self.stderr
        } else {
            &mut self.stdout
        };
        let shown = stream.filter.pass(bytes);
        stream.text.push_str(&shown);
        let mut rest = std::mem::take(&mut stream.text);
        let mut lines = Vec::new();
        while let Some(end) = rest.find('\n') {
            let after = rest.split_off(end + 1);
            rest.pop();
            lines.push(std::mem::replace(&mut rest, after));
        }
        if rest.len() > LINE_BYTES || (is_end && !rest.is_empty()) {
            lines.push(std::mem::take(&mut rest));
        }
        stream.text = rest;
        for text in lines {
            self.lines.push_back(LogLine { is_stderr, text });
        }
        let surplus = self.lines.len().saturating_sub(LINES);
        self.lines.drain(..surplus);
        self.dropped += surplus;
        self.first = self.first.saturating_sub(surplus);
    }

    /// Sets how many lines fit.
    pub fn fit(&mut self, height: usize) {
        self.height = height.max(1);
        self.clamp();
    }

    pub fn page(&self) -> i64 {
        i64::try_from(self.height.saturating_sub(1).max(1)).unwrap_or(1)
    }

    /// Moves by lines. At the end it follows again.
    pub fn scroll(&mut self, lines: i64) {
        let by = usize::try_from(lines.unsigned_abs()).unwrap_or(usize::MAX);
        self.is_following = false;
        self.first = if lines < 0 {
            self.first.saturating_sub(by)
        } else {
            self.first.saturating_add(by)
        };
        let last = self.last_first();
        if self.first >= last && lines > 0 {
            self.is_following = true;
        }
        self.clamp();
    }

    pub fn follow(&mut self) {
        self.is_following = true;
        self.clamp();
    }

    fn last_first(&self) -> usize {
        self.lines.len().saturating_sub(self.height)
    }

    fn clamp(&mut self) {
        let last = self.last_first();
        self.first = if self.is_following {
            last
        } else {
            self.first.min(last)
        };
    }

    /// The lines on the screen, and the number of the first of them, from 1.
    pub fn shown(&self) -> (usize, Vec<Line<'_>>) {
        let lines = self.lines.iter().skip(self.first).take(self.height);
        (self.dropped + self.first + 1, lines.map(styled).collect())
    }

    /// Lines that have come in all.
    pub fn number(&self) -> usize {
        self.dropped + self.lines.len()
    }
}

/// A line in its colours; one of stderr has a mark.
fn styled(line: &LogLine) -> Line<'_> {
    let mark = match line.is_stderr {
        true => Span::styled("! ", Style::new().fg(Color::Red)),
        false => Span::raw("  "),
    };
    let mut spans = vec![mark];
    let mut style = Style::new();
    let mut rest = line.text.as_str();
    // The filter leaves no other sequence than that of a colour.
    while let Some((before, after)) = rest.split_once("\x1b[") {
        spans.push(Span::styled(before, style));
        let (colours, after) = after.split_once('m').unwrap_or(("", after));
        style = coloured(style, colours);
        rest = after;
    }
    spans.push(Span::styled(rest, style));
    Line::from(spans)
}

/// The style after a sequence of colours, such as `1;31`.
fn coloured(mut style: Style, codes: &str) -> Style {
    let mut codes = codes
        .split([';', ':'])
        .map(|code| code.parse().unwrap_or(0_u8));
    while let Some(code) = codes.next() {
        style = match code {
            0 => Style::new(),
            1 => style.add_modifier(Modifier::BOLD),
            2 => style.add_modifier(Modifier::DIM),
            3 => style.add_modifier(Modifier::ITALIC),
            4 => style.add_modifier(Modifier::UNDERLINED),
            7 => style.add_modifier(Modifier::REVERSED),
            9 => style.add_modifier(Modifier::CROSSED_OUT),
            22 => style.remove_modifier(Modifier::BOLD | Modifier::DIM),
            23 => style.remove_modifier(Modifier::ITALIC),
            24 => style.remove_modifier(Modifier::UNDERLINED),
            27 => style.remove_modifier(Modifier::REVERSED),
            29 => style.remove_modifier(Modifier::CROSSED_OUT),
            30..=37 => style.fg(Color::Indexed(code - 30)),
            90..=97 => style.fg(Color::Indexed(code - 90 + 8)),
            40..=47 => style.bg(Color::Indexed(code - 40)),
            100..=107 => style.bg(Color::Indexed(code - 100 + 8)),
            39 => Style { fg: None, ..style },
            49 => Style { bg: None, ..style },
            38 | 48 => {
                let color = match codes.next() {
                    Some(5) => codes.next().map(Color::Indexed),
                    Some(2) => {
                        let mut next = || codes.next();
                        match (next(), next(), next()) {
                            (Some(red), Some(green), Some(blue)) => {
                                Some(Color::Rgb(red, green, blue))
                            }
                            _ => None,
                        }
                    }
                    _ => None,
                };
                match (color, code) {
                    (Some(color), 38) => style.fg(color),
                    (Some(color), _) => style.bg(color),
                    (None, _) => style,
                }
            }
            _ => style,
        };
    }
    style
}

//! The facts from which causes are found.

use jobs_model::Status;

/// Lines at the end of a stream in which a cause is looked for.
const LINES: usize = 60;

/// Upper bound on the length of a line that is matched, in bytes.
const LINE: usize = 4_096;

/// A line that was printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The line as it was printed. Rules match it; it is never shown.
    pub raw: String,
    /// The line with secrets masked.
    pub shown: String,
}

/// The facts about an execution that has ended.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The status.
    pub status: Status,
    /// The exit code of a command.
    pub exit: Option<i32>,
    /// The work as text. Rules match it; it is never shown.
    pub command: String,
    /// The error of the runner, if it says more than the exit code.
    pub error: Option<Line>,
    /// The last lines of stderr and then of stdout, of each the last line first.
    pub printed: [Vec<Line>; 2],
    /// The name of the job, for the commands of remedies.
    pub job: String,
    /// How long it took, in milliseconds.
    pub took_ms: Option<i64>,
}

/// The last lines of a stream, the last one first. `shown` is `raw` with secrets masked in place.
pub fn lines(raw: &[u8], shown: &[u8]) -> Vec<Line> {
    let mut found = Vec::new();
    let mut end = raw.len();
    while found.len() < LINES {
        let begin = raw[..end]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let stop = end.min(begin + LINE);
        let text = |bytes: &[u8]| {
            let part = bytes.get(begin..stop).unwrap_or_default();
            String::from_utf8_lossy(part).trim().to_string()
        };
        let line = Line {
            raw: text(raw),
            shown: text(shown),
        };
        if !line.raw.is_empty() {
            found.push(line);
        }
        if begin == 0 {
            break;
        }
        end = begin - 1;
    }
    found
}

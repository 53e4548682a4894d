//! Small parts of the screen: signs, strips, texts in a number of columns.

use jobs_model::{Status, StripRun};
use ratatui::style::{Color, Style};
use ratatui::text::Span;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::text::duration;

/// The heights of a bar, the smallest first.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A sign for each status, so that none depends on its colour.
pub fn sign(status: Status) -> char {
    match status {
        Status::Success => '✓',
        Status::Failed => '✗',
        Status::Timeout => 't',
        Status::Interrupted => '!',
        Status::Missed => 'm',
        Status::Cancelled => 'c',
        Status::Skipped => '-',
        Status::Running => '▶',
        Status::Queued => '…',
    }
}

pub fn style(status: Status) -> Style {
    let color = match status {
        Status::Success => Color::Green,
        Status::Failed => Color::Red,
        Status::Timeout | Status::Interrupted => Color::Yellow,
        Status::Missed => Color::Magenta,
        Status::Running | Status::Queued => Color::Blue,
        Status::Cancelled | Status::Skipped => Color::DarkGray,
    };
    Style::new().fg(color)
}

/// The last executions: a bar by its duration for a success, the sign of another status.
pub fn strip(runs: &[StripRun], width: usize) -> Vec<Span<'static>> {
    let shown = &runs[runs.len().saturating_sub(width)..];
    let longest = shown.iter().filter_map(|run| run.duration_ms).max();
    let longest = longest.unwrap_or(1).max(1);
    let mut spans = vec![Span::raw(" ".repeat(width - shown.len()))];
    for run in shown {
        let shown = match (run.status, run.duration_ms) {
            (Status::Success, Some(took)) => {
                let top = i64::try_from(BARS.len() - 1).unwrap_or(0);
                let height = usize::try_from(took.max(0).saturating_mul(top) / longest);
                BARS[height.unwrap_or(0).min(BARS.len() - 1)]
            }
            (status, _) => sign(status),
        };
        spans.push(Span::styled(shown.to_string(), style(run.status)));
    }
    spans
}

/// A duration with its largest unit, as in `12 min`.
pub fn short(millis: i64) -> String {
    let text = duration(millis);
    let mut words = text.split(' ');
    match (words.next(), words.next()) {
        (Some(number), Some("s")) if millis >= 10_000 => {
            format!("{} s", number.split('.').next().unwrap_or(number))
        }
        (Some(number), Some(unit)) => format!("{number} {unit}"),
        _ => text,
    }
}

/// A text in exactly this many columns, cut with `…`.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return format!("{text}{}", " ".repeat(width - text.width()));
    }
    let mut shown = String::new();
    let mut used = 0;
    for char in text.chars() {
        let columns = char.width().unwrap_or(0);
        if used + columns + 1 > width {
            break;
        }
        shown.push(char);
        used += columns;
    }
    if width > 0 {
        shown.push('…');
        used += 1;
    }
    shown.push_str(&" ".repeat(width.saturating_sub(used)));
    shown
}

/// As [`fit`], at the right.
pub fn right(text: &str, width: usize) -> String {
    let text = fit(text, width.min(text.width()));
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

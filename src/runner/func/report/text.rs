//! A report as text that fits into a mail.

use unicode_width::UnicodeWidthStr;

use super::sections::{self, Row, Section, Side};
use super::summary::Summary;

/// The most columns of a line.
const WIDTH: usize = 80;

/// Before each line of a table.
const INDENT: &str = "  ";

/// The most columns of a table besides its indent.
const TABLE: usize = WIDTH - INDENT.len();

/// Between two columns.
const GAP: &str = "  ";

/// The fewest columns for the name of a job.
const NARROWEST_NAME: usize = 12;

pub(super) fn report(summary: &Summary<'_>) -> String {
    let mut lines = vec![
        cut(&sections::title(summary), WIDTH),
        cut(&sections::period(summary), WIDTH),
        String::new(),
    ];
    if summary.totals.executions() == 0 {
        lines.push("No execution ended in this time.".to_string());
        lines.push(String::new());
    }
    for (name, value) in sections::totals(summary) {
        lines.push(cut(&format!("{INDENT}{name:<13}{value}"), WIDTH));
    }
    for section in sections::sections(summary) {
        lines.push(String::new());
        lines.push(section.title.to_uppercase());
        lines.extend(table(&section));
        if section.more > 0 {
            lines.push(format!("{INDENT}and {} more", section.more));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

fn table(section: &Section) -> Vec<String> {
    let head = Row {
        cells: section
            .columns
            .iter()
            .map(|(name, _)| (*name).to_string())
            .collect(),
        note: None,
    };
    let rows: Vec<&Row> = [&head].into_iter().chain(&section.rows).collect();
    let mut widths: Vec<usize> = (0..section.columns.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.cells.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        })
        .collect();
    if let Some((name, others)) = widths.split_first_mut() {
        let taken: usize = others.iter().map(|width| width + GAP.len()).sum();
        *name = (*name).min(TABLE.saturating_sub(taken).max(NARROWEST_NAME));
    }
    let mut lines = Vec::new();
    for row in rows {
        let cells = row.cells.iter().zip(section.columns).zip(&widths);
        let cells: Vec<String> = cells
            .map(|((cell, (_, side)), width)| pad(cell, *width, *side))
            .collect();
        let line = format!("{INDENT}{}", cells.join(GAP));
        lines.push(cut(line.trim_end(), WIDTH));
        if let Some(note) = &row.note {
            lines.push(cut(&format!("{INDENT}{INDENT}{note}"), WIDTH));
        }
    }
    lines
}

/// A cell of exactly so many columns.
fn pad(text: &str, width: usize, side: Side) -> String {
    let text = cut(text, width);
    let blanks = " ".repeat(width.saturating_sub(text.width()));
    match side {
        Side::Left => text + &blanks,
        Side::Right => blanks + &text,
    }
}

/// At most so many columns, the rest as `…`.
fn cut(text: &str, most: usize) -> String {
    // Characters without a width (accents) could make a short text very long.
    const MOST_CHARS: usize = 4;
    let longest = most.saturating_mul(MOST_CHARS);
    if text.chars().nth(longest).is_none() && text.width() <= most {
        return text.to_string();
    }
    let mut short = String::new();
    for c in text.chars().take(longest) {
        short.push(c);
        // A character can change the width of those before it, so the whole is measured.
        if short.width() >= most {
            short.pop();
            break;
        }
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_columns() {
        for (text, most, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("备份备份", 8, "备份备份"),
            ("备份备份", 7, "备份备…"),
            ("备份备份", 6, "备份…"),
            ("", 3, ""),
        ] {
            assert_eq!(cut(text, most), expected, "{text} {most}");
        }
        let long = cut(&"a\u{301}".repeat(10_000), 20);
        assert!(long.width() <= 20 && long.chars().count() <= 81, "{long}");
        assert_eq!(pad("备", 4, Side::Left), "备  ");
        assert_eq!(pad("7", 4, Side::Right), "   7");
    }
}

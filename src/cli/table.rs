//! Tables: a row is one line at every width. On a narrow terminal, texts that may be long are shortened, times get a shorter
//! form, and then whole columns are dropped, the least important one first. In a pipe nothing is left out, unless `COLUMNS`
//! names a width, as `watch` does.

use std::io;

use comfy_table::{Attribute, CellAlignment, Color, ContentArrangement};
use unicode_width::UnicodeWidthStr;

use super::out::{Highlight, Out};
use super::text;

/// The width of a terminal that does not say how wide it is.
const UNKNOWN_WIDTH: usize = 80;

/// Below this width one blank separates two columns, else two.
const NARROW: usize = 100;

/// A column: its header, and what happens to it when the table is too wide.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    header: &'a str,
    is_number: bool,
    /// The column with the largest rank is dropped first; 0 is never dropped.
    rank: u8,
    /// The width to which its texts may be shortened before a column is dropped. Absent: the texts are shortened only in a
    /// column that is never dropped.
    shortest: Option<usize>,
}

impl<'a> Column<'a> {
    /// A column that is never dropped.
    pub const fn new(header: &'a str) -> Column<'a> {
        Column {
            header,
            is_number: false,
            rank: 0,
            shortest: None,
        }
    }

    /// A column of numbers: right-aligned.
    pub const fn number(header: &'a str) -> Column<'a> {
        Column {
            is_number: true,
            ..Column::new(header)
        }
    }

    /// Sets the rank: columns with a larger rank are dropped first.
    pub const fn rank(self, rank: u8) -> Column<'a> {
        Column { rank, ..self }
    }

    /// Allows its texts to be shortened to this width.
    pub const fn shortest(self, width: usize) -> Column<'a> {
        Column {
            shortest: Some(width),
            ..self
        }
    }
}

/// A cell: one line, without control characters.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The text, then shorter forms of it.
    forms: Vec<String>,
    highlight: Option<Highlight>,
}

impl Cell {
    pub fn new(text: impl AsRef<str>) -> Cell {
        Cell {
            forms: vec![text::visible(text.as_ref())],
            highlight: None,
        }
    }

    pub fn number(number: impl ToString) -> Cell {
        Cell::new(number.to_string())
    }

    /// A cell with shorter forms of the same text, for narrow terminals.
    pub fn with_forms(forms: impl IntoIterator<Item = String>) -> Cell {
        Cell {
            forms: forms.into_iter().map(|form| text::visible(&form)).collect(),
            highlight: None,
        }
    }

    /// Sets the colour.
    pub fn highlight(self, highlight: Option<Highlight>) -> Cell {
        Cell { highlight, ..self }
    }

    fn form(&self, level: usize) -> &str {
        let last = self.forms.len().saturating_sub(1);
        self.forms.get(level.min(last)).map_or("", String::as_str)
    }
}

/// A table: columns and rows.
#[derive(Debug)]
pub struct Table<'a> {
    columns: Vec<Column<'a>>,
    rows: Vec<Vec<Cell>>,
}

impl<'a> Table<'a> {
    pub fn new(columns: &[Column<'a>]) -> Table<'a> {
        Table {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row: a cell for each column.
    pub fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// Prints the table in the width of `out`.
    pub fn print(&self, out: &mut Out) -> io::Result<()> {
        let width = width(out).filter(|_| !out.is_wide());
        let shown = self.render(width, out.has_colour());
        out.line(&shown)
    }

    fn render(&self, width: Option<usize>, has_colour: bool) -> String {
        let gap = match width {
            Some(width) if width < NARROW => 1,
            Some(_) | None => 2,
        };
        let layout = self.layout(width, gap);
        let shown: Vec<(usize, &Column<'_>, usize)> = self
            .columns
            .iter()
            .enumerate()
            .filter_map(|(index, column)| layout.widths[index].map(|room| (index, column, room)))
            .collect();
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(shown.iter().map(|(_, column, room)| {
            let cell = comfy_table::Cell::new(shorten(column.header, *room));
            if has_colour {
                cell.add_attribute(Attribute::Bold)
            } else {
                cell
            }
        }));
        for row in &self.rows {
            table.add_row(shown.iter().map(|(index, _, room)| {
                row.get(*index).map_or_else(
                    || comfy_table::Cell::new(""),
                    |cell| {
                        let text = shorten(cell.form(layout.level), *room);
                        coloured(text, cell.highlight.filter(|_| has_colour))
                    },
                )
            }));
        }
        for (position, (_, column, _)) in shown.iter().enumerate() {
            if let Some(drawn) = table.column_mut(position) {
                let gap = u16::try_from(gap).unwrap_or(1);
                drawn.set_padding((0, gap));
                if column.is_number {
                    drawn.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        table.trim_fmt()
    }

    /// The widths of the columns in a terminal of `width`; in a pipe (`None`) the natural ones.
    fn layout(&self, width: Option<usize>, gap: usize) -> Layout {
        let levels = self
            .rows
            .iter()
            .flatten()
            .map(|cell| cell.forms.len())
            .max()
            .unwrap_or(1);
        let mut is_shown = vec![true; self.columns.len()];
        let Some(width) = width else {
            return self.at_most(&is_shown, 0, None, gap);
        };
        for level in 0..levels {
            let layout = self.at_most(&is_shown, level, Some(width), gap);
            if layout.fits {
                return layout;
            }
        }
        let level = levels.saturating_sub(1);
        while let Some(index) = self.least_important(&is_shown) {
            is_shown[index] = false;
            let layout = self.at_most(&is_shown, level, Some(width), gap);
            if layout.fits {
                return layout;
            }
        }
        // Only columns that are never dropped are left: shorten their texts, the widest column first.
        let mut layout = self.at_most(&is_shown, level, Some(width), gap);
        while total(&layout.widths, gap) > width
            && let Some(widest) = layout.widths.iter_mut().flatten().max()
            && *widest > 1
        {
            *widest -= 1;
        }
        layout
    }

    fn least_important(&self, is_shown: &[bool]) -> Option<usize> {
        (0..self.columns.len())
            .filter(|index| is_shown[*index] && self.columns[*index].rank > 0)
            .max_by_key(|index| self.columns[*index].rank)
    }

    /// The widths of these columns: texts that may be shortened take the room that the others leave.
    fn at_most(&self, is_shown: &[bool], level: usize, width: Option<usize>, gap: usize) -> Layout {
        let natural = |index: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(index))
                .map(|cell| cell.form(level).width())
                .max()
                .unwrap_or(0)
                .max(self.columns[index].header.width())
        };
        let mut widths: Vec<Option<usize>> = is_shown
            .iter()
            .enumerate()
            .map(|(index, is_shown)| is_shown.then(|| natural(index)))
            .collect();
        let Some(width) = width else {
            return Layout {
                widths,
                level,
                fits: true,
            };
        };
        // The columns that may be shortened give way in the order of their ranks.
        let mut flexible: Vec<usize> = (0..self.columns.len())
            .filter(|index| self.columns[*index].shortest.is_some())
            .collect();
        flexible.sort_by_key(|index| std::cmp::Reverse(self.columns[*index].rank));
        for index in flexible {
            let over = total(&widths, gap).saturating_sub(width);
            if let (Some(room), Some(shortest)) =
                (widths[index].as_mut(), self.columns[index].shortest)
            {
                let shortest = shortest.max(self.columns[index].header.width());
                *room = room.saturating_sub(over).max(shortest.min(*room));
            }
        }
        Layout {
            fits: total(&widths, gap) <= width,
            widths,
            level,
        }
    }
}

/// The widths that were chosen.
#[derive(Debug)]
struct Layout {
    /// The width of each column; `None` for a column that is dropped.
    widths: Vec<Option<usize>>,
    /// Which form of the cells is shown.
    level: usize,
    /// Whether all of it fits.
    fits: bool,
}

/// The width of a line; no gap follows the last column.
fn total(widths: &[Option<usize>], gap: usize) -> usize {
    let shown = widths.iter().flatten().count();
    widths.iter().flatten().sum::<usize>() + shown.saturating_sub(1) * gap
}

/// A text of at most `most` columns, the last of which is `…` when a part is left out.
fn shorten(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_string();
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        if short.width() + 1 > most {
            short.pop();
            break;
        }
    }
    let mut short = short.trim_end().to_string();
    short.push('…');
    short
}

fn coloured(text: String, highlight: Option<Highlight>) -> comfy_table::Cell {
    let cell = comfy_table::Cell::new(text);
    match highlight {
        None => cell,
        Some(Highlight::Good) => cell.fg(Color::Green),
        Some(Highlight::Bad) => cell.fg(Color::Red),
        Some(Highlight::Warn) => cell.fg(Color::Yellow),
        Some(Highlight::Dim) => cell.add_attribute(Attribute::Dim),
    }
}

/// The width for output in columns: `COLUMNS`, else that of the terminal. `None` in a pipe: nothing is left out.
fn width(out: &Out) -> Option<usize> {
    let named = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.trim().parse().ok())
        .filter(|columns| *columns > 0);
    named.or_else(|| {
        out.is_terminal().then(|| {
            comfy_table::Table::new()
                .width()
                .map(usize::from)
                .filter(|width| *width > 0)
                .unwrap_or(UNKNOWN_WIDTH)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Table<'static> {
        let mut table = Table::new(&[
            Column::number("ID").rank(3),
            Column::new("NAME"),
            Column::new("NEXT").rank(1),
            Column::new("WORK").rank(5).shortest(8),
        ]);
        for (id, name, work) in [
            ("1", "backup", "pg_dump --format custom shop"),
            ("23", "备份备份", "x\ny"),
        ] {
            table.push(vec![
                Cell::number(id),
                Cell::new(name),
                Cell::with_forms(["2026-12-01 (in 1 d)".to_string(), "in 1 d".to_string()]),
                Cell::new(work),
            ]);
        }
        table
    }

    #[test]
    fn table_at_every_width_has_a_line_per_row_that_fits() {
        let table = example();
        for width in 1..120 {
            let shown = table.render(Some(width), false);
            assert_eq!(shown.lines().count(), 3, "{width}: {shown}");
            for line in shown.lines() {
                // A Chinese character takes two columns, and each column shows at least one character.
                assert!(line.width() <= width.max(2), "{width}: {line}");
            }
        }
    }

    #[test]
    fn table_too_wide_shortens_then_drops() {
        for (width, expected) in [
            (
                None,
                "ID  NAME      NEXT                 WORK\n 1  backup    2026-12-01 (in 1 d)  pg_dump --format custom shop\n23  备份备份  2026-12-01 (in 1 d)  x⏎y",
            ),
            (
                Some(50),
                "ID NAME     NEXT                WORK\n 1 backup   2026-12-01 (in 1 d) pg_dump --format…\n23 备份备份 2026-12-01 (in 1 d) x⏎y",
            ),
            (
                Some(36),
                "ID NAME     NEXT   WORK\n 1 backup   in 1 d pg_dump --format…\n23 备份备份 in 1 d x⏎y",
            ),
            (
                Some(20),
                "ID NAME     NEXT\n 1 backup   in 1 d\n23 备份备份 in 1 d",
            ),
            (Some(16), "NAME     NEXT\nbackup   in 1 d\n备份备份 in 1 d"),
            (Some(8), "NAME\nbackup\n备份备份"),
            (Some(5), "NAME\nback…\n备份…"),
        ] {
            let shown = example().render(width, false);
            assert_eq!(shown, expected, "{width:?}");
        }
    }

    #[test]
    fn table_with_colour_has_no_code_in_a_plain_one() {
        let mut table = Table::new(&[Column::new("STATE")]);
        table.push(vec![Cell::new("failed").highlight(Some(Highlight::Bad))]);
        assert!(!table.render(Some(80), false).contains('\u{1b}'));
    }
}

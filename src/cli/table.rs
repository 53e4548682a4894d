//! Tables: fitted to the width of the terminal; in a pipe, lines are not wrapped.

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};

use super::out::{Highlight, Out};

/// An empty table with these column headers.
pub fn table(out: &Out, columns: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(if out.is_terminal() {
        ContentArrangement::Dynamic
    } else {
        ContentArrangement::Disabled
    });
    let header: Vec<Cell> = columns
        .iter()
        .map(|column| {
            let cell = Cell::new(column);
            if out.has_colour() {
                cell.add_attribute(Attribute::Bold)
            } else {
                cell
            }
        })
        .collect();
    table.set_header(header);
    table
}

/// Reduces the padding between columns to one blank, for narrow terminals.
pub fn narrow(table: &mut Table) {
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
}

/// A cell, in a colour if [`Out::has_colour`].
pub fn cell(out: &Out, text: &str, highlight: Option<Highlight>) -> Cell {
    let cell = Cell::new(text);
    match highlight.filter(|_| out.has_colour()) {
        None => cell,
        Some(Highlight::Good) => cell.fg(Color::Green),
        Some(Highlight::Bad) => cell.fg(Color::Red),
        Some(Highlight::Warn) => cell.fg(Color::Yellow),
        Some(Highlight::Dim) => cell.add_attribute(Attribute::Dim),
    }
}

/// The width of the terminal in columns, or `None` when stdout is no terminal.
pub fn width(out: &Out) -> Option<usize> {
    out.is_terminal()
        .then(|| Table::new().width().map_or(80, usize::from))
}

//! Tables for people: fitted to the terminal, and unbroken in a pipe.

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};

use super::out::{Out, Tone};

/// A table with these columns.
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

/// Takes the blanks between columns that a narrow terminal has no room for.
pub fn narrow(table: &mut Table) {
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
}

/// A cell in a colour, when colour is welcome.
pub fn cell(out: &Out, text: &str, tone: Option<Tone>) -> Cell {
    let cell = Cell::new(text);
    match tone.filter(|_| out.has_colour()) {
        None => cell,
        Some(Tone::Good) => cell.fg(Color::Green),
        Some(Tone::Bad) => cell.fg(Color::Red),
        Some(Tone::Warn) => cell.fg(Color::Yellow),
        Some(Tone::Dim) => cell.add_attribute(Attribute::Dim),
    }
}

/// The width of the terminal in columns, when there is one.
pub fn width(out: &Out) -> Option<usize> {
    out.is_terminal()
        .then(|| Table::new().width().map_or(80, usize::from))
}

//! `Database query|execute,SQL[,NAME]`: asks a database, or changes one.

pub mod foreign;

use comfy_table::{ContentArrangement, Table, presets};
use unicode_width::UnicodeWidthStr;

use super::{Call, Databases, Failure};
use crate::model::Rows;
use crate::text::listed;

const USAGE: &str = "usage: Database query|execute,SQL[,NAME]";

/// A table of more characters than this has little but blanks in it; its rows are shown one below the other then.
const LARGEST_TABLE: usize = 2 * 1024 * 1024;

/// What is asked for: SQL, and of which database; none is the daemon's own.
#[derive(Debug, PartialEq)]
struct Asked {
    sql: String,
    base: Option<String>,
    /// The last argument, when it may have been meant for the name of a database that is not configured.
    maybe_base: Option<String>,
}

/// Reads with `query`, from the daemon's own database or one of the configuration, and prints a table; or changes one of the
/// configuration with `execute`, and prints how many rows.
///
/// The arguments are split at commas. When there are three or more and the last is the name of a configured database, it is
/// that; all between is the SQL, put together again as it was. Only SQL that is meant to end in such a name, and SQL that
/// begins with a `"`, is to be quoted as one argument.
///
/// A query changes no table. A stored function of MySQL that it calls may still write a file or set a setting, unless the
/// account has no right to: an account for queries should have `SELECT` only.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let (Some(action), Some((_, rest))) = (call.args.first(), call.raw.split_first()) else {
        return Err(Failure(USAGE.into()));
    };
    if rest.is_empty() {
        return Err(Failure(USAGE.into()));
    }
    let asked = asked(rest, &call.databases.names());
    if asked.sql.is_empty() {
        return Err(Failure::argument("SQL", "is empty; give a statement"));
    }
    match action.to_ascii_lowercase().as_str() {
        "query" => query(call, &asked),
        "execute" => execute(call, &asked),
        _ => Err(Failure::argument(
            "action",
            format!("`{action}` is not `query` or `execute`"),
        )),
    }
}

fn query(call: &mut Call<'_>, asked: &Asked) -> Result<(), Failure> {
    let most = call.settings.query_max_rows;
    let rows = call
        .databases
        .query(asked.base.as_deref(), &asked.sql, most)
        .map_err(|error| asked.explain(error.into(), call.databases))?;
    print(call, &rows, most)
}

fn execute(call: &mut Call<'_>, asked: &Asked) -> Result<(), Failure> {
    let Some(base) = &asked.base else {
        let failure = Failure(
            "the daemon's own database is changed by the commands of jobs only; \
             `execute` needs the name of another one as its last argument"
                .into(),
        );
        return Err(asked.explain(failure, call.databases));
    };
    let changed = call.databases.execute(base, &asked.sql)?;
    writeln!(call.out, "{} changed", rows_of(changed))?;
    Ok(())
}

/// Tells the SQL from the name behind it. The arguments have the blanks around them: in a text, one behind a comma counts.
fn asked(args: &[String], names: &[String]) -> Asked {
    let mut asked = Asked {
        sql: String::new(),
        base: None,
        maybe_base: None,
    };
    let mut parts = args;
    if let Some((last, before)) = args.split_last()
        && !before.is_empty()
    {
        let last = last.trim();
        if names.iter().any(|name| name == last) {
            asked.base = Some(last.to_string());
            parts = before;
        } else if is_like_name(last) {
            asked.maybe_base = Some(last.to_string());
        }
    }
    asked.sql = parts.join(",").trim().to_string();
    asked
}

impl Asked {
    /// Adds that the last word is not the name of a database, in case that was what it was meant for.
    fn explain(&self, failure: Failure, databases: &dyn Databases) -> Failure {
        let known = databases.names();
        let known = if known.is_empty() {
            "no database is configured under `databases`".to_string()
        } else {
            format!("the names under `databases` are {}", listed(known))
        };
        match (&self.base, &self.maybe_base) {
            (None, Some(word)) => Failure(format!(
                "{failure}\nhint: if `{word}` is to be the name of a database: `databases.{word}` is not configured; {known}"
            )),
            _ => failure,
        }
    }
}

/// One word, as a key of the configuration is and a part of SQL may be. A number is no name.
fn is_like_name(text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.chars().all(is_part) && text.chars().any(char::is_alphabetic)
}

fn print(call: &mut Call<'_>, rows: &Rows, most: usize) -> Result<(), Failure> {
    if area(rows) > LARGEST_TABLE {
        print_records(call, rows)?;
    } else {
        writeln!(call.out, "{}", table(rows))?;
    }
    let shown = rows.rows.len();
    let number = rows_of(u64::try_from(shown).unwrap_or(u64::MAX));
    if !rows.more {
        writeln!(call.out, "{number}")?;
    } else if shown < most {
        writeln!(
            call.out,
            "{number}, there are more, but these are as large as an answer may be"
        )?;
    } else {
        writeln!(call.out, "{number}, there are more (jobs.query_max_rows)")?;
    }
    Ok(())
}

fn table(rows: &Rows) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::ASCII_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Disabled)
        .force_no_tty()
        .set_header(&rows.columns);
    for row in &rows.rows {
        table.add_row(row.iter().map(text));
    }
    table
}

/// How many characters a table of the rows would have, about.
fn area(rows: &Rows) -> usize {
    let mut widths: Vec<usize> = rows.columns.iter().map(|name| name.width()).collect();
    for row in &rows.rows {
        for (width, value) in widths.iter_mut().zip(row) {
            *width = (*width).max(text(value).width());
        }
    }
    let width: usize = widths.iter().map(|width| width + 3).sum();
    width.saturating_mul(rows.rows.len() + 4)
}

/// A line for each value.
fn print_records(call: &mut Call<'_>, rows: &Rows) -> Result<(), Failure> {
    for (index, row) in rows.rows.iter().enumerate() {
        writeln!(call.out, "-- row {}", index + 1)?;
        for (name, value) in rows.columns.iter().zip(row) {
            writeln!(call.out, "{name}: {}", text(value))?;
        }
    }
    Ok(())
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("NULL")
}

fn rows_of(number: u64) -> String {
    match number {
        1 => "1 row".into(),
        number => format!("{number} rows"),
    }
}

#[cfg(test)]
mod tests;

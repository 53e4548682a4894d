//! `Database query|execute,SQL[,NAME]`: queries a database, or changes one.

pub mod foreign;

use comfy_table::{ContentArrangement, Table, presets};
use unicode_width::UnicodeWidthStr;

use super::{Call, Databases, Failure};
use jobs_model::Rows;
use jobs_text::listed;

const USAGE: &str = "usage: Database query|execute,SQL[,NAME]";

/// Upper bound on a table, in characters. A larger table consists mostly of blanks, so its rows are printed one value
/// per line.
const MAX_TABLE_CHARS: usize = 2 * 1024 * 1024;

/// The arguments: the SQL, and the name of the database; `None` is the daemon's own.
#[derive(Debug, PartialEq)]
struct Arguments {
    sql: String,
    database: Option<String>,
    /// The last argument, when it may be meant as the name of a database that is not configured.
    maybe_database: Option<String>,
}

/// Runs `query` on the daemon's own database or a configured one and prints a table, or `execute` on a configured one
/// and prints the number of changed rows.
///
/// The arguments are split at commas. When there are three or more and the last one is the name of a configured
/// database, it selects the database; everything between is the SQL, joined as it was written. SQL must be quoted as
/// one argument only if it ends with such a name or begins with `"`.
///
/// A query changes no table. A stored function of MySQL that the query calls may still write a file or change a
/// setting, unless the account is not allowed to: an account for queries should have only the `SELECT` right.
/// account has no right to: an account for queries should have `SELECT` only.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let (Some(action), Some((_, rest))) = (call.args.first(), call.raw.split_first()) else {
        return Err(Failure(USAGE.into()));
    };
    if rest.is_empty() {
        return Err(Failure(USAGE.into()));
    }
    let parsed = parsed(rest, &call.databases.names());
    if parsed.sql.is_empty() {
        return Err(Failure::argument("SQL", "is empty; give a statement"));
    }
    match action.to_ascii_lowercase().as_str() {
        "query" => query(call, &parsed),
        "execute" => execute(call, &parsed),
        _ => Err(Failure::argument(
            "action",
            format!("`{action}` is not `query` or `execute`"),
        )),
    }
}

fn query(call: &mut Call<'_>, parsed: &Arguments) -> Result<(), Failure> {
    let max_rows = call.settings.query_max_rows;
    let rows = call
        .databases
        .query(parsed.database.as_deref(), &parsed.sql, max_rows)
        .map_err(|error| parsed.explain(error.into(), call.databases))?;
    print(call, &rows, max_rows)
}

fn execute(call: &mut Call<'_>, parsed: &Arguments) -> Result<(), Failure> {
    let Some(database) = &parsed.database else {
        let failure = Failure(
            "the daemon's own database is changed by the commands of jobs only; \
             `execute` needs the name of another one as its last argument"
                .into(),
        );
        return Err(parsed.explain(failure, call.databases));
    };
    let changed = call.databases.execute(database, &parsed.sql)?;
    writeln!(call.out, "{} changed", rows_of(changed))?;
    Ok(())
}

/// Separates the SQL from the name after it. The arguments are untrimmed: within a text, a blank after a comma
/// matters.
fn parsed(args: &[String], names: &[String]) -> Arguments {
    let mut parsed = Arguments {
        sql: String::new(),
        database: None,
        maybe_database: None,
    };
    let mut parts = args;
    if let Some((last, before)) = args.split_last()
        && !before.is_empty()
    {
        let last = last.trim();
        if names.iter().any(|name| name == last) {
            parsed.database = Some(last.to_string());
            parts = before;
        } else if may_be_name(last) {
            parsed.maybe_database = Some(last.to_string());
        }
    }
    parsed.sql = parts.join(",").trim().to_string();
    parsed
}

impl Arguments {
    /// Adds a hint that the last word is not the name of a database, in case it was meant as one.
    fn explain(&self, failure: Failure, databases: &dyn Databases) -> Failure {
        let known = databases.names();
        let known = if known.is_empty() {
            "no database is configured under `databases`".to_string()
        } else {
            format!("the names under `databases` are {}", listed(known))
        };
        match (&self.database, &self.maybe_database) {
            (None, Some(word)) => Failure(format!(
                "{failure}\nhint: if `{word}` is meant as the name of a database: `databases.{word}` is not configured; {known}"
            )),
            _ => failure,
        }
    }
}

/// Whether a text can be a name in the configuration as well as part of SQL. A number cannot be a name.
fn may_be_name(text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.chars().all(is_part) && text.chars().any(char::is_alphabetic)
}

fn print(call: &mut Call<'_>, rows: &Rows, max_rows: usize) -> Result<(), Failure> {
    if area(rows) > MAX_TABLE_CHARS {
        print_records(call, rows)?;
    } else {
        writeln!(call.out, "{}", table(rows))?;
    }
    let shown = rows.rows.len();
    let number = rows_of(u64::try_from(shown).unwrap_or(u64::MAX));
    if !rows.more {
        writeln!(call.out, "{number}")?;
    } else if shown < max_rows {
        writeln!(
            call.out,
            "{number}, there are more, but the result has reached its size limit"
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

/// Approximate size of a table of the rows, in characters.
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

/// Prints one value per line.
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

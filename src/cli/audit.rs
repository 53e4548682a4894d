//! `jobs audit`: what was changed, by whom and from where.

use serde_json::{Map, Value};

use super::job_input::{changed_word, show_change};
use super::out::{Highlight, Out, print_message};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, text};
use jobs_api::{Audit, AuditEntry, Changes, PutBack};
use jobs_clock::now;
use jobs_model::Outcome;
use jobs_schedule::{Time, Zone};

pub fn audit(context: &Context, request: &Audit, out: &mut Out) -> anyhow::Result<i32> {
    let page = context.client()?.call(request)?;
    if out.wants_json() {
        out.data(&page.items)?;
        return Ok(DONE);
    }
    if page.items.is_empty() {
        print_message("no changes match");
        return Ok(DONE);
    }
    let mut table = Table::new(&[
        Column::new("WHEN").rank(1),
        Column::new("WHO").rank(2),
        Column::new("FROM").rank(5),
        Column::new("WHAT"),
        Column::new("TARGET").rank(3).shortest(20),
        Column::new("OUTCOME").rank(4).shortest(20),
    ]);
    let now = now();
    for entry in &page.items {
        table.push(row(entry, now));
    }
    table.print(out)?;
    out.flush()?;
    if page.pages_total > 1 {
        print_message(&format!(
            "page {} of {}, {} changes in all; `--page` shows another page, `--json` the values before and after",
            page.page, page.pages_total, page.total
        ));
    }
    Ok(DONE)
}

/// `jobs changes`: the audit of one job.
pub fn changes(context: &Context, request: &Changes, out: &mut Out) -> anyhow::Result<i32> {
    let page = context.client()?.call(request)?;
    if out.wants_json() {
        out.data(&page.items)?;
        return Ok(DONE);
    }
    if page.items.is_empty() {
        print_message("the audit has no change of this job");
        return Ok(DONE);
    }
    let mut table = Table::new(&[
        Column::new("CHANGE"),
        Column::new("WHEN").rank(1),
        Column::new("WHO").rank(3),
        Column::new("WHAT"),
        Column::new("FIELDS").rank(2).shortest(20),
        Column::new("OUTCOME").rank(4).shortest(12),
    ]);
    let now = now();
    for entry in &page.items {
        let mut cells = row(entry, now);
        let outcome = cells.pop();
        // The target is the job.
        cells.truncate(4);
        cells.remove(2);
        cells.insert(0, Cell::new(entry.id.to_string()));
        cells.push(Cell::new(text::visible(&fields(entry))));
        cells.extend(outcome);
        table.push(cells);
    }
    table.print(out)?;
    out.flush()?;
    if page.pages_total > 1 {
        print_message(&format!(
            "page {} of {}, {} changes in all; `--page` shows another page, `--json` whole values",
            page.page, page.pages_total, page.total
        ));
    }
    Ok(DONE)
}

/// `jobs put-back`.
pub fn put_back(context: &Context, request: &PutBack, out: &mut Out) -> anyhow::Result<i32> {
    let changed = context.client()?.call(request)?;
    show_change(&changed, changed_word(request.dry_run), out)
}

/// The fields of a job that a row changed: `cron_expr: 0 3 * * * > 0 4 * * *`.
fn fields(entry: &AuditEntry) -> String {
    /// Members that change with every change.
    const FOLLOWING: [&str; 3] = ["updated_at", "next_run", "anchor_at"];
    let side = |side: &Option<Value>| -> Map<String, Value> {
        let job = side.as_ref().and_then(Value::as_object);
        let fields = job.and_then(|jobs| jobs.values().next());
        fields
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    };
    let (before, after) = (side(&entry.before), side(&entry.after));
    // A job that was added or removed has all its fields on one side.
    let (Some(_), Some(_)) = (&entry.before, &entry.after) else {
        return String::new();
    };
    let shown = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.replace('\n', " "),
        Some(value) => value.to_string(),
        None => "null".to_string(),
    };
    let fields: Vec<String> = after
        .iter()
        .filter(|(field, _)| !FOLLOWING.contains(&field.as_str()))
        .map(|(field, value)| {
            format!(
                "{field}: {} > {}",
                shown(before.get(field)),
                shown(Some(value))
            )
        })
        .collect();
    fields.join(", ")
}

fn row(entry: &AuditEntry, now: Time) -> Vec<Cell> {
    let (outcome, highlight) = match (entry.outcome, &entry.error) {
        (Outcome::Done, _) => ("done".to_string(), Highlight::Good),
        (outcome, Some(error)) => {
            // The first line says what, the others what would do.
            let what = error.lines().next().unwrap_or_default();
            (format!("{outcome}: {what}"), Highlight::Bad)
        }
        (outcome, None) => (outcome.to_string(), Highlight::Bad),
    };
    let zone = Zone::system();
    vec![
        Cell::with_forms([
            entry.at.local(&zone),
            text::short_clock(entry.at, now, &zone),
        ]),
        Cell::new(&entry.who),
        Cell::new(entry.address.as_deref().unwrap_or(&entry.transport)),
        Cell::new(&entry.operation),
        Cell::new(&entry.target),
        Cell::new(outcome).highlight(Some(highlight)),
    ]
}

//! `jobs audit`: what was changed, by whom and from where.

use super::out::{Highlight, Out, print_message};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, text};
use jobs_api::{Audit, AuditEntry};
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

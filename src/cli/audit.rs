//! `jobs audit`: what was changed, by whom and from where.

use comfy_table::Cell;

use super::out::{Highlight, Out, print_message};
use super::{Context, DONE, table, text};
use jobs_api::{Audit, AuditEntry};
use jobs_model::Outcome;
use jobs_schedule::Zone;

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
    let columns = ["WHEN", "WHO", "FROM", "WHAT", "TARGET", "OUTCOME"];
    let mut table = table::table(out, &columns);
    for entry in &page.items {
        table.add_row(row(entry, out));
    }
    out.line(&table.trim_fmt())?;
    out.flush()?;
    if page.pages_total > 1 {
        print_message(&format!(
            "page {} of {}, {} changes in all; `--page` shows another page, `--json` the values before and after",
            page.page, page.pages_total, page.total
        ));
    }
    Ok(DONE)
}

fn row(entry: &AuditEntry, out: &Out) -> Vec<Cell> {
    let room = if out.is_terminal() { 40 } else { usize::MAX };
    let shown = |text: &str| Cell::new(text::ellipsis(&text::visible(text), room));
    let (outcome, highlight) = match (entry.outcome, &entry.error) {
        (Outcome::Done, _) => ("done".to_string(), Highlight::Good),
        (outcome, Some(error)) => {
            // The first line says what, the others what would do.
            let what = error.lines().next().unwrap_or_default();
            let what = text::ellipsis(&text::visible(what), room);
            (format!("{outcome}: {what}"), Highlight::Bad)
        }
        (outcome, None) => (outcome.to_string(), Highlight::Bad),
    };
    vec![
        Cell::new(entry.at.local(&Zone::system())),
        shown(&entry.who),
        shown(entry.address.as_deref().unwrap_or(&entry.transport)),
        shown(&entry.operation),
        shown(&entry.target),
        table::cell(out, &outcome, Some(highlight)),
    ]
}

//! A report as one page of HTML, without images, scripts or styles from elsewhere.

use super::sections::{self, Section, Side};
use super::summary::Summary;

/// The most characters of a cell or a note.
const LONGEST: usize = 200;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c1c1c;--paper:#fff;--dim:#666;--line:#ddd;--bad:#b00020}
@media (prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#161616;--dim:#a0a0a0;--line:#3a3a3a;--bad:#ff8a80}}
body{margin:2rem auto;max-width:60rem;padding:0 1rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin-bottom:0;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:2rem 0 .5rem}
p{color:var(--dim);margin:.2rem 0}table{border-collapse:collapse;width:100%}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
td:first-child,.note{overflow-wrap:anywhere}th{font-weight:600;color:var(--dim)}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.note td{color:var(--bad);border-bottom:1px solid var(--line)}.has-note td{border-bottom:0}
.totals{width:auto}";

pub(super) fn report(summary: &Summary<'_>) -> String {
    let title = cell(&sections::title(summary));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>\n{STYLE}\n</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n<p>{}</p>\n",
        cell(&sections::period(summary))
    );
    if summary.totals.executions() == 0 {
        page.push_str("<p>No execution ended in this time.</p>\n");
    }
    page.push_str("<table class=\"totals\">\n");
    for (name, value) in sections::totals(summary) {
        page.push_str(&format!(
            "<tr><th>{}</th><td>{}</td></tr>\n",
            cell(name),
            cell(&value)
        ));
    }
    page.push_str("</table>\n");
    for section in sections::sections(summary) {
        page.push_str(&table(&section));
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn table(section: &Section) -> String {
    let mut html = format!("<h2>{}</h2>\n<table>\n<tr>", cell(section.title));
    for (name, side) in section.columns {
        html.push_str(&format!(
            "<th{}>{}</th>",
            class(*side),
            cell(&name.to_lowercase())
        ));
    }
    html.push_str("</tr>\n");
    for row in &section.rows {
        html.push_str(if row.note.is_some() {
            "<tr class=\"has-note\">"
        } else {
            "<tr>"
        });
        for (text, (_, side)) in row.cells.iter().zip(section.columns) {
            html.push_str(&format!("<td{}>{}</td>", class(*side), cell(text)));
        }
        html.push_str("</tr>\n");
        if let Some(note) = &row.note {
            let width = section.columns.len();
            html.push_str(&format!(
                "<tr class=\"note\"><td colspan=\"{width}\">{}</td></tr>\n",
                cell(note)
            ));
        }
    }
    html.push_str("</table>\n");
    if section.more > 0 {
        html.push_str(&format!("<p>and {} more</p>\n", section.more));
    }
    html
}

fn class(side: Side) -> &'static str {
    match side {
        Side::Left => "",
        Side::Right => " class=\"n\"",
    }
}

/// A text for HTML: cut, with every character that has a meaning in HTML escaped.
fn cell(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len().min(LONGEST));
    for (index, c) in text.chars().enumerate() {
        if index == LONGEST {
            escaped.push('…');
            break;
        }
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

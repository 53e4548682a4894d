//! `jobs explain`: an expression in plain words, its next runs, and warnings about likely mistakes.

use clap::Args;
use serde::Serialize;

use super::next::ExpressionRequest;
use super::out::{Highlight, Out};
use super::{DONE, text};
use jobs_clock::now;
use jobs_schedule::{ExplainedRun, Language};

/// Runs shown.
const RUNS: usize = 5;

#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The expression
    #[arg(value_name = "EXPR")]
    pub expr: String,
    /// The time zone of the expression [default: that of the system]
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// The name of the job that it is for; the value of H depends on it
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The language, en or zh [default: by LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, value_name = "LANG", value_parser = ["en", "zh"])]
    pub lang: Option<String>,
}

#[derive(Serialize)]
struct Shown<'a> {
    expr: &'a str,
    canonical: &'a str,
    description: &'a str,
    timezone: &'a str,
    next: Vec<String>,
    warnings: &'a [String],
}

pub fn explain(args: &ExplainArgs, out: &mut Out) -> anyhow::Result<i32> {
    let language = text::language(args.lang.as_deref());
    let request = ExpressionRequest {
        expr: args.expr.clone(),
        tz: args.tz.clone(),
        name: args.name.clone(),
        ..ExpressionRequest::default()
    };
    let parsed = request.parse(now())?;
    let explained = parsed
        .schedule
        .explain(&parsed.zone, parsed.from, RUNS, language);
    if out.wants_json() {
        out.data(&Shown {
            expr: &args.expr,
            canonical: &explained.canonical,
            description: &explained.words,
            timezone: parsed.zone.name(),
            next: explained
                .next
                .iter()
                .map(|run| run.at.rfc3339(&parsed.zone))
                .collect(),
            warnings: &explained.warnings,
        })?;
        return Ok(DONE);
    }
    out.line(&explained.words)?;
    let (canonical, next, never, warning) = match language {
        Language::English => ("canonical", "next", "never", "warning"),
        Language::Chinese => ("规范形式", "接下来", "不再执行", "警告"),
    };
    out.line(&fact(out, canonical, &explained.canonical))?;
    if explained.next.is_empty() {
        out.line(&fact(out, next, never))?;
    }
    for (index, run) in explained.next.iter().enumerate() {
        let key = if index == 0 { next } else { "" };
        out.line(&fact(out, key, &line(run, &parsed.zone, language)))?;
    }
    for text in &explained.warnings {
        out.line(&format!(
            "{} {text}",
            out.paint(Highlight::Warn, &format!("{warning}:"))
        ))?;
    }
    Ok(DONE)
}

fn fact(out: &Out, key: &str, value: &str) -> String {
    // A Chinese character takes two columns.
    let width: usize = key.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    let key = format!("{}{key}", " ".repeat(11usize.saturating_sub(width)));
    format!("{}  {value}", out.paint(Highlight::Dim, &key))
}

fn line(run: &ExplainedRun, zone: &jobs_schedule::Zone, language: Language) -> String {
    let note = run
        .note
        .as_ref()
        .map(|note| format!("  {note}"))
        .unwrap_or_default();
    let relative = match language {
        Language::English => format!(" ({})", text::relative(run.at, now())),
        Language::Chinese => String::new(),
    };
    format!("{}{relative}{note}", run.at.local(zone))
}

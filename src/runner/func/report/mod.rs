//! `Report daily|weekly|monthly|job NAME[,text|html|json]`: how the executions of all jobs, or of one, ended.
//!
//! `daily`, `weekly` and `monthly` are the 24 hours, 7 days and 30 days (of 24 hours each) before the call, whatever a
//! calendar says, so that reports that are made one after another leave nothing out; `job` is the last 30 days. An
//! execution belongs to the time in which it ended.

mod html;
mod json;
mod sections;
mod summary;
#[cfg(test)]
mod tests;
mod text;

use std::time::Duration;

use super::{Call, Failure};
use summary::Summary;

const USAGE: &str = "usage: Report daily|weekly|monthly|job NAME[,text|html|json]";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The jobs of the report, and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Daily,
    Weekly,
    Monthly,
    Job(String),
}

impl Kind {
    fn word(&self) -> &'static str {
        match self {
            Kind::Daily => "daily",
            Kind::Weekly => "weekly",
            Kind::Monthly => "monthly",
            Kind::Job(_) => "job",
        }
    }

    fn job(&self) -> Option<&str> {
        match self {
            Kind::Job(name) => Some(name),
            Kind::Daily | Kind::Weekly | Kind::Monthly => None,
        }
    }

    fn days(&self) -> u32 {
        match self {
            Kind::Daily => 1,
            Kind::Weekly => 7,
            Kind::Monthly | Kind::Job(_) => 30,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Html,
    Json,
}

impl Format {
    fn of(word: &str) -> Option<Format> {
        match word {
            "text" => Some(Format::Text),
            "html" => Some(Format::Html),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
}

/// Prints the report.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let (kind, format) = read(call.args)?;
    let (from, until) = (call.now.minus(DAY * kind.days()), call.now);
    let figures = call.databases.figures(from, until, kind.job())?;
    if let (Some(name), true) = (kind.job(), figures.is_empty()) {
        return Err(Failure(format!("no such job: `{}`", name.escape_debug())));
    }
    let summary = Summary::new(&kind, from, until, call.zone, &figures);
    let report = match format {
        Format::Text => text::report(&summary),
        Format::Html => html::report(&summary),
        Format::Json => json::report(&summary)?,
    };
    call.out.write_all(report.as_bytes())?;
    Ok(())
}

/// Reads the arguments. The last one is the format when it names one, unless nothing else is left for the name of the job.
fn read(args: &[String]) -> Result<(Kind, Format), Failure> {
    let (first, rest) = args
        .split_first()
        .ok_or_else(|| Failure(USAGE.to_string()))?;
    let (rest, format) = match rest.split_last() {
        Some((last, before)) if first != "job" || !before.is_empty() => match Format::of(last) {
            Some(format) => (before, format),
            None => (rest, Format::Text),
        },
        _ => (rest, Format::Text),
    };
    let named = first.strip_prefix("job ").map(str::trim_start);
    let kind = match (first.as_str(), named, rest) {
        ("daily", _, []) => Kind::Daily,
        ("weekly", _, []) => Kind::Weekly,
        ("monthly", _, []) => Kind::Monthly,
        ("job", _, [_, ..]) => Kind::Job(rest.join(",")),
        (_, Some(name), rest) => {
            let words: Vec<&str> = [name]
                .into_iter()
                .chain(rest.iter().map(String::as_str))
                .collect();
            Kind::Job(words.join(","))
        }
        ("job", _, []) => {
            return Err(Failure::argument(
                "name",
                "it is missing, `job` needs one, such as `job backup`",
            ));
        }
        ("daily" | "weekly" | "monthly", _, [other, ..]) => {
            return Err(Failure::argument(
                "format",
                format!("`{}` is not `text`, `html` or `json`", other.escape_debug()),
            ));
        }
        _ => {
            return Err(Failure::argument(
                "kind",
                format!(
                    "`{}` is not `daily`, `weekly`, `monthly` or `job NAME`",
                    first.escape_debug()
                ),
            ));
        }
    };
    match kind {
        Kind::Job(name) if name.trim().is_empty() => Err(Failure::argument(
            "name",
            "it is empty, `job` needs one, such as `job backup`",
        )),
        kind => Ok((kind, format)),
    }
}

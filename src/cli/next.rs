//! `jobs next`: the next runs of a job, asked of the daemon, or of an expression, computed without a daemon.

use std::io::BufRead;

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::out::{Out, warn};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, next_of_all, text};
use jobs_api::{JobRef, Next};
use jobs_clock::now;
use jobs_error::{Error, Result};
use jobs_schedule::{ExplainedRun, Language, Schedule, Time, Zone, parse_when};

/// Runs shown by default.
const COUNT: u32 = 5;

/// Upper bound on shown runs.
pub(super) const MOST: u32 = 1_000;

/// The longest line of a batch, in bytes.
const LINE_MAX: usize = 1024 * 1024;

#[derive(Args, Debug)]
pub struct NextArgs {
    /// A job or an expression; without it the next runs of all jobs. A text with a blank, or with @ before it, is an
    /// expression, unless a job has that name, and needs no running daemon
    #[arg(value_name = "JOB|EXPR")]
    pub what: Option<String>,
    /// The number of runs, 1 to 1000 [default: 5, of all jobs 10; with --until 1000]
    #[arg(short = 'n', long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub count: Option<u32>,
    /// The time zone of the expression [default: that of the system]
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Only runs after this time, such as 2026-12-01T10:00:00+08:00 [default: now]
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Only runs up to this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// The name of the job that the expression is for; the value of H depends on it
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Read lines of JSON from standard input, {"expr","tz","from","until","count","name"}, and answer each with
    /// {"next":[...]} or {"error":"..."}
    #[arg(long, requires = "json", conflicts_with_all = ["what", "tz", "from", "until", "count", "name"])]
    pub batch: bool,
}

/// A request for the next runs of an expression. In a batch it is a line of JSON.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExpressionRequest {
    pub expr: String,
    /// The time zone of the expression; absent is the zone of the system.
    pub tz: Option<String>,
    /// Only runs after this time; absent is now.
    pub from: Option<String>,
    /// Only runs up to this time.
    pub until: Option<String>,
    pub count: Option<u32>,
    /// The name of the job that the expression is for; the value of `H` depends on it.
    pub name: Option<String>,
}

/// A valid request: its texts are parsed.
pub struct ParsedExpression {
    pub schedule: Schedule,
    pub zone: Zone,
    pub from: Time,
    until: Option<Time>,
    count: usize,
}

impl ExpressionRequest {
    pub fn parse(&self, now: Time) -> Result<ParsedExpression> {
        let schedule = match &self.name {
            Some(name) => Schedule::parse_for(&self.expr, name)?,
            None => Schedule::parse(&self.expr)?,
        };
        let zone = match &self.tz {
            Some(name) => Zone::find(name)?,
            None => Zone::system(),
        };
        let instant = |text: &String| instant(text, &zone, now);
        let count = count(self.count, self.until.is_some());
        if !(1..=MOST).contains(&count) {
            return Err(Error::invalid(
                "count",
                format!("`{count}` is not in 1 to {MOST}"),
            ));
        }
        Ok(ParsedExpression {
            from: self.from.as_ref().map_or(Ok(now), instant)?,
            until: self.until.as_ref().map(instant).transpose()?,
            count: count as usize,
            schedule,
            zone,
        })
    }
}

impl ParsedExpression {
    /// At most `most` runs.
    pub fn runs(&self, most: usize, language: Language) -> Vec<ExplainedRun> {
        self.schedule
            .explained_runs(&self.zone, self.from, language)
            .take_while(|run| self.until.is_none_or(|until| run.at <= until))
            .take(most)
            .collect()
    }
}

/// The number of runs to show: by default [`MOST`] if the request has an end, else [`COUNT`].
fn count(given: Option<u32>, has_end: bool) -> u32 {
    given.unwrap_or(if has_end { MOST } else { COUNT })
}

/// Parses a time. Without an offset it is a local time of the zone.
pub(super) fn instant(text: &str, zone: &Zone, now: Time) -> Result<Time> {
    Time::parse_rfc3339(text).or_else(|_| parse_when(text, zone, now))
}

pub fn next(context: &Context, args: &NextArgs, out: &mut Out) -> anyhow::Result<i32> {
    if args.batch {
        return batch(out);
    }
    let Some(what) = &args.what else {
        return next_of_all::show(context, args, out);
    };
    let is_expression = what.contains(char::is_whitespace) || what.starts_with('@');
    let named = match is_expression {
        true => of_job_that_looks_like_one(context, what, args),
        false => Some(of_job(context, what, args)?),
    };
    let (zone, runs, is_paused) = match named {
        Some(of_job) => of_job,
        None => {
            let (zone, runs) = of_expression(what, args)?;
            (zone, runs, false)
        }
    };
    if out.wants_json() {
        let texts: Vec<String> = runs.iter().map(|run| run.at.rfc3339(&zone)).collect();
        out.data(&texts)?;
        return Ok(DONE);
    }
    if runs.is_empty() {
        warn("there is no next run");
        return Ok(DONE);
    }
    if is_paused {
        warn("the scheduler is paused: no job is due until `jobs resume`");
    }
    let now = now();
    let utc = Zone::utc();
    let mut table = Table::new(&[
        Column::new(zone.name()),
        Column::new("UTC").rank(3),
        Column::new("").rank(1),
        Column::new("").rank(2).shortest(12),
    ]);
    for run in runs {
        table.push(vec![
            Cell::new(run.at.local(&zone)),
            Cell::new(run.at.local(&utc)),
            Cell::new(text::relative(run.at, now)),
            Cell::new(run.note.unwrap_or_default()),
        ]);
    }
    table.print(out)?;
    Ok(DONE)
}

/// The runs of a job whose name could be an expression. `None` when no such job is known, or no daemon runs.
fn of_job_that_looks_like_one(
    context: &Context,
    name: &str,
    args: &NextArgs,
) -> Option<(Zone, Vec<ExplainedRun>, bool)> {
    // These flags are for expressions.
    if args.tz.is_some() || args.name.is_some() {
        return None;
    }
    of_job(context, name, args).ok()
}

fn of_expression(expr: &str, args: &NextArgs) -> anyhow::Result<(Zone, Vec<ExplainedRun>)> {
    let request = ExpressionRequest {
        expr: expr.to_string(),
        tz: args.tz.clone(),
        from: args.from.clone(),
        until: args.until.clone(),
        count: args.count,
        name: args.name.clone(),
    };
    let parsed = request.parse(now())?;
    let runs = parsed.runs(parsed.count, Language::English);
    if args.tz.is_none()
        && let Some(warning) = Zone::system_warning()
    {
        warn(&warning);
    }
    for warning in parsed.schedule.warnings(&parsed.zone, parsed.from) {
        warn(&warning.to_string());
    }
    Ok((parsed.zone, runs))
}

fn of_job(
    context: &Context,
    job: &str,
    args: &NextArgs,
) -> anyhow::Result<(Zone, Vec<ExplainedRun>, bool)> {
    if args.tz.is_some() || args.name.is_some() {
        let problem = format!(
            "`{job}` is the name of a job (it has no space and does not begin with @); --tz and --name are for expressions"
        );
        return Err(Error::invalid("next", problem).into());
    }
    let (system, now) = (Zone::system(), now());
    let instant = |text: &String| instant(text, &system, now);
    let until = args.until.as_ref().map(instant).transpose()?;
    let answer = context.client()?.call(&Next {
        job: JobRef::from(job),
        count: Some(count(args.count, until.is_some())),
        from: args.from.as_ref().map(instant).transpose()?,
        until,
    })?;
    let runs = answer
        .next
        .into_iter()
        .map(|run| ExplainedRun {
            at: run.at,
            note: run.note,
        })
        .collect();
    let zone = Zone::find_once(&answer.timezone).unwrap_or(system);
    Ok((zone, runs, answer.paused))
}

/// Answers each line of JSON from standard input at once. An invalid line gets an error as its answer, and the next line is
/// read.
fn batch(out: &mut Out) -> anyhow::Result<i32> {
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read =
            std::io::Read::take(&mut input, LINE_MAX as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(DONE);
        }
        let is_too_long = line.len() > LINE_MAX && !line.ends_with(b"\n");
        if is_too_long {
            skip_line(&mut input)?;
        } else if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = if is_too_long {
            Err(Error::invalid(
                "line",
                format!("it has more than {LINE_MAX} bytes"),
            ))
        } else {
            answer(&line)
        };
        match answer {
            Ok(next) => out.data_line(&json!({ "next": next }))?,
            Err(error) => out.data_line(&json!({ "error": error.to_string() }))?,
        }
    }
}

fn skip_line(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

fn answer(line: &[u8]) -> Result<Vec<String>> {
    let request: ExpressionRequest =
        serde_json::from_slice(line).map_err(|error| Error::invalid("line", error.to_string()))?;
    let parsed = request.parse(now())?;
    let runs = parsed.runs(parsed.count, Language::English);
    Ok(runs
        .iter()
        .map(|run| run.at.rfc3339(&parsed.zone))
        .collect())
}

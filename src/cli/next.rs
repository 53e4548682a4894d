//! When is it due? Of a job the daemon knows; an expression needs no daemon.

use super::args::NextArgs;
use super::jobs::now;
use super::out::{Out, warn};
use super::{DONE, Here, table, text};
use crate::api::{JobRef, Next};
use crate::error::Error;
use crate::schedule::{Schedule, Time, Zone};

pub fn next(here: &Here, args: &NextArgs, out: &mut Out) -> anyhow::Result<i32> {
    let is_expression = args.what.contains(char::is_whitespace) || args.what.starts_with('@');
    let (zone, instants) = if is_expression {
        of_expression(args)?
    } else {
        of_job(here, args)?
    };
    if out.wants_json() {
        let texts: Vec<String> = instants.iter().map(|at| at.rfc3339(&zone)).collect();
        out.data(&texts)?;
        return Ok(DONE);
    }
    if instants.is_empty() {
        warn("it is never due");
        return Ok(DONE);
    }
    let now = now();
    let utc = Zone::utc();
    let mut table = table::table(out, &[zone.name(), "UTC", ""]);
    for at in instants {
        table.add_row(vec![
            at.local(&zone),
            at.local(&utc),
            text::relative(at, now),
        ]);
    }
    out.line(&table.trim_fmt())?;
    Ok(DONE)
}

fn of_expression(args: &NextArgs) -> anyhow::Result<(Zone, Vec<Time>)> {
    let schedule = Schedule::parse(&args.what).map_err(Error::from)?;
    let zone = match &args.tz {
        Some(name) => Zone::find(name)?,
        None => Zone::system(),
    };
    let from = match &args.from {
        Some(text) => Time::parse_rfc3339(text)?,
        None => now(),
    };
    let mut instants = Vec::new();
    let mut after = from;
    while instants.len() < args.count as usize
        && let Some(at) = schedule.next_after(after, &zone, from)
    {
        instants.push(at);
        after = at;
    }
    for warning in schedule.warnings(&zone, from) {
        warn(&warning);
    }
    Ok((zone, instants))
}

fn of_job(here: &Here, args: &NextArgs) -> anyhow::Result<(Zone, Vec<Time>)> {
    if args.tz.is_some() || args.from.is_some() {
        let problem = format!(
            "`{}` is a job (it has no blank and no @ before it); --tz and --from are for expressions",
            args.what
        );
        return Err(Error::invalid("next", problem).into());
    }
    let answer = here.client()?.call(&Next {
        job: JobRef::from(args.what.as_str()),
        count: Some(args.count),
    })?;
    let zone = Zone::find(&answer.timezone).unwrap_or_else(|_| Zone::system());
    Ok((zone, answer.next))
}

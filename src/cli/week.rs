//! `jobs week`: the starts that are to come, per step of time.

use super::out::{Out, print_message};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, text};
use jobs_api::{StartsAhead, Upcoming};
use jobs_clock::now;
use jobs_schedule::{Time, Zone};

/// Steps shown.
const FULLEST: usize = 10;

pub fn week(context: &Context, request: &Upcoming, out: &mut Out) -> anyhow::Result<i32> {
    let ahead = context.client()?.call(request)?;
    if out.wants_json() {
        out.data(&ahead)?;
        return Ok(DONE);
    }
    let zone = Zone::system();
    if let Some(names) = &ahead.names {
        let mut table = Table::new(&[
            Column::new(zone.name()),
            Column::new("JOB"),
            Column::new("USUALLY").rank(1),
        ]);
        for start in names {
            table.push(vec![
                Cell::new(start.at.local(&zone)),
                Cell::new(text::visible(&start.job_name)),
                Cell::new(start.usual_ms.map(text::duration).unwrap_or_default()),
            ]);
        }
        table.print(out)?;
        let total = ahead.names_total.unwrap_or(0);
        if total > names.len() as u64 {
            out.line(&format!("and {} more", total - names.len() as u64))?;
        }
    } else {
        fullest(&ahead, &zone, out)?;
    }
    overlaps(&ahead, out)?;
    let frequent = ahead.frequent;
    if frequent.jobs > 0 {
        let number = match frequent.jobs {
            1 => "1 job starts more often than once in an hour".to_string(),
            jobs => format!("{jobs} jobs start more often than once in an hour"),
        };
        out.line(&format!(
            "{number}, {} times in all; these starts are not counted above",
            frequent.starts_per_hour
        ))?;
    }
    Ok(DONE)
}

/// The steps with the most starts, in the order of time.
fn fullest(ahead: &StartsAhead, zone: &Zone, out: &mut Out) -> anyhow::Result<()> {
    let mut steps: Vec<usize> = (0..ahead.starts.len())
        .filter(|step| ahead.starts[*step] > 0)
        .collect();
    if steps.is_empty() {
        print_message("no job starts in that time");
        return Ok(());
    }
    steps.sort_by_key(|step| (std::cmp::Reverse(ahead.starts[*step]), *step));
    steps.truncate(FULLEST);
    let mut table = Table::new(&[
        Column::new(zone.name()),
        Column::new("").rank(1),
        Column::new("STARTS"),
        Column::new("AT ONCE"),
    ]);
    let now = now();
    for step in steps {
        let at = begin(ahead, step);
        table.push(vec![
            Cell::new(at.local(zone)),
            Cell::new(text::relative(at, now)),
            Cell::new(ahead.starts[step].to_string()),
            Cell::new(ahead.at_once[step].to_string()),
        ]);
    }
    table.print(out)?;
    let quiet: Vec<String> = ahead.quiet.iter().map(|at| at.local(zone)).collect();
    out.line(&format!("fewest starts: {}", quiet.join(", ")))?;
    Ok(())
}

fn begin(ahead: &StartsAhead, step: usize) -> Time {
    let passed = ahead.step_seconds.saturating_mul(step as u64);
    ahead.from.plus(std::time::Duration::from_secs(passed))
}

fn overlaps(ahead: &StartsAhead, out: &mut Out) -> anyhow::Result<()> {
    if ahead.overlaps.is_empty() {
        return Ok(());
    }
    out.line("jobs that usually still run when they are due again:")?;
    let mut table = Table::new(&[
        Column::new("JOB"),
        Column::new("USUALLY"),
        Column::new("EVERY"),
    ]);
    for overlap in &ahead.overlaps {
        table.push(vec![
            Cell::new(text::visible(&overlap.job_name)),
            Cell::new(text::duration(overlap.usual_ms)),
            Cell::new(text::duration(overlap.interval_ms)),
        ]);
    }
    Ok(table.print(out)?)
}

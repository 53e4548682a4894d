//! `jobs next` without a job: the next runs of all jobs, in the order of time.

use std::collections::BinaryHeap;

use serde_json::json;

use super::next::{MOST, NextArgs, instant};
use super::out::{Out, warn};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, text};
use jobs_api::{JobRef, List, Next, Status};
use jobs_clock::now;
use jobs_error::Error;
use jobs_model::JobId;
use jobs_rpc::Client;
use jobs_schedule::{Time, Zone};

/// Runs shown by default.
const COUNT: u32 = 10;

pub fn show(context: &Context, args: &NextArgs, out: &mut Out) -> anyhow::Result<i32> {
    if args.tz.is_some() || args.name.is_some() {
        return Err(Error::invalid("next", "--tz and --name are for expressions").into());
    }
    let (system, now) = (Zone::system(), now());
    let instant = |text: &String| instant(text, &system, now);
    let until = args.until.as_ref().map(instant).transpose()?;
    let from = args.from.as_ref().map(instant).transpose()?;
    let most = args
        .count
        .unwrap_or(if until.is_some() { MOST } else { COUNT });
    let mut client = context.client()?;
    let is_paused = client.call(&Status {})?.paused;
    let runs = runs(&mut client, most, from, until)?;
    if out.wants_json() {
        let runs: Vec<_> = runs
            .iter()
            .map(|run| json!({ "job": run.job, "at": run.at.rfc3339(&system) }))
            .collect();
        out.data(&runs)?;
        return Ok(DONE);
    }
    if is_paused {
        warn("the scheduler is paused: no job is due until `jobs resume`");
    }
    if runs.is_empty() {
        warn("no job has a next run");
        return Ok(DONE);
    }
    let mut table = Table::new(&[
        Column::new(system.name()),
        Column::new("").rank(1),
        Column::new("JOB"),
        Column::new("").rank(2).shortest(12),
    ]);
    for run in runs {
        table.push(vec![
            Cell::new(run.at.local(&system)),
            Cell::new(text::relative(run.at, now)),
            Cell::new(text::visible(&run.job)),
            Cell::new(run.note.unwrap_or_default()),
        ]);
    }
    table.print(out)?;
    Ok(DONE)
}

/// A future run of a job.
struct JobRun {
    at: Time,
    job: String,
    note: Option<String>,
}

/// The first `most` runs of all jobs. The jobs are asked in the order of their first run, and only as long as a first run can
/// still be among the first `most`.
fn runs(
    client: &mut Client,
    most: u32,
    from: Option<Time>,
    until: Option<Time>,
) -> anyhow::Result<Vec<JobRun>> {
    let mut jobs: Vec<(Time, JobId, String)> = client
        .call(&List::default())?
        .items
        .into_iter()
        .filter_map(|view| Some((view.job.next_at?, view.job.id, view.job.name)))
        .collect();
    jobs.sort();
    let wanted = most as usize;
    let mut runs = Vec::new();
    // The latest of the first `most` runs so far is on top.
    let mut first: BinaryHeap<Time> = BinaryHeap::new();
    for (next_at, id, name) in jobs {
        // With --from the first run of a job is not the one that the list shows.
        let last = first.peek().copied().filter(|_| first.len() == wanted);
        if from.is_none() && last.is_some_and(|last| next_at > last) {
            break;
        }
        let limit = [until, last].into_iter().flatten().min();
        let answer = client.call(&Next {
            job: JobRef::from(id),
            count: Some(most),
            from,
            until: limit,
        })?;
        for run in answer.next {
            first.push(run.at);
            if first.len() > wanted {
                first.pop();
            }
            runs.push(JobRun {
                at: run.at,
                job: name.clone(),
                note: run.note,
            });
        }
    }
    runs.sort_by_key(|run| run.at);
    runs.truncate(wanted);
    Ok(runs)
}

//! Verbs of those who look on, and on the scheduler as a whole: pause, resume, check, health.

use super::out::{Out, Tone, warn};
use super::{DONE, FAILED, Here, text};
use crate::api::{Check, Health, Pause, Resume};

pub fn pause(here: &Here, out: &mut Out) -> anyhow::Result<i32> {
    let state = here.client()?.call(&Pause {})?;
    if out.wants_json() {
        out.data(&state)?;
    } else {
        out.line("the scheduler is paused: no job is due until `jobs resume`")?;
    }
    Ok(DONE)
}

pub fn resume(here: &Here, out: &mut Out) -> anyhow::Result<i32> {
    let state = here.client()?.call(&Resume {})?;
    if out.wants_json() {
        out.data(&state)?;
    } else {
        out.line("the scheduler goes on")?;
    }
    Ok(DONE)
}

pub fn check(here: &Here, out: &mut Out) -> anyhow::Result<i32> {
    let checked = here.client()?.call(&Check {})?;
    let code = if checked.broken.is_empty() {
        DONE
    } else {
        FAILED
    };
    if out.wants_json() {
        out.data(&checked)?;
        return Ok(code);
    }
    for job in &checked.mended {
        out.line(&format!(
            "`{}`: its next run was mended",
            text::visible(job)
        ))?;
    }
    for broken in &checked.broken {
        let problem = format!(
            "`{}` can't run: {}",
            text::visible(&broken.job),
            broken.problem
        );
        out.line(&out.paint(Tone::Bad, &problem))?;
    }
    out.line(&format!(
        "{} jobs checked, {} mended, {} broken",
        checked.jobs,
        checked.mended.len(),
        checked.broken.len()
    ))?;
    Ok(code)
}

pub fn health(here: &Here, out: &mut Out) -> anyhow::Result<i32> {
    let report = here.client()?.call(&Health {})?;
    let code = if report.healthy { DONE } else { FAILED };
    if out.wants_json() {
        out.data(&report)?;
        return Ok(code);
    }
    for problem in &report.problems {
        warn(problem);
    }
    let bytes = |bytes: u64| text::size(i64::try_from(bytes).unwrap_or(i64::MAX));
    let database = &report.database;
    let scheduler = &report.scheduler;
    let yes_or_no = match report.healthy {
        true => out.paint(Tone::Good, "yes"),
        false => out.paint(Tone::Bad, "no"),
    };
    for (key, value) in [
        ("healthy", yes_or_no),
        (
            "memory",
            format!(
                "{} ({} reserved), {} threads",
                bytes(report.memory.rss),
                bytes(report.memory.reserved),
                report.threads
            ),
        ),
        (
            "database",
            match &database.error {
                None => format!(
                    "{}, a write takes {:.1} ms",
                    bytes(database.size_bytes),
                    database.latency_ms
                ),
                Some(_) => out.paint(Tone::Bad, "can't be written"),
            },
        ),
        (
            "scheduler",
            match (scheduler.running, scheduler.paused) {
                (false, _) => out.paint(Tone::Bad, "stopped"),
                (true, true) => out.paint(Tone::Warn, "paused"),
                (true, false) => format!("running, {} ms late", scheduler.lag_ms),
            },
        ),
    ] {
        out.line(&format!(
            "{}  {value}",
            out.paint(Tone::Dim, &format!("{key:>9}"))
        ))?;
    }
    Ok(code)
}

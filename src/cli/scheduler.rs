//! Commands on the scheduler as a whole: pause, resume, check.

use super::out::{Highlight, Out};
use super::{Context, DONE, FAILED, text};
use jobs_api::{Check, Pause, Resume};

pub fn pause(context: &Context, out: &mut Out) -> anyhow::Result<i32> {
    let state = context.client()?.call(&Pause {})?;
    if out.wants_json() {
        out.data(&state)?;
    } else {
        out.line("the scheduler is paused: no job is due until `jobs resume`")?;
    }
    Ok(DONE)
}

pub fn resume(context: &Context, out: &mut Out) -> anyhow::Result<i32> {
    let state = context.client()?.call(&Resume {})?;
    if out.wants_json() {
        out.data(&state)?;
    } else {
        out.line("the scheduler runs again")?;
    }
    Ok(DONE)
}

pub fn check(context: &Context, out: &mut Out) -> anyhow::Result<i32> {
    let checked = context.client()?.call(&Check {})?;
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
        out.line(&out.paint(Highlight::Bad, &problem))?;
    }
    out.line(&format!(
        "{} jobs checked, {} mended, {} broken",
        checked.jobs,
        checked.mended.len(),
        checked.broken.len()
    ))?;
    Ok(code)
}

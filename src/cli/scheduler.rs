//! Commands on the scheduler as a whole: pause, resume, check.

use clap::Args;

use super::changes::{each, time_after};
use super::out::{Highlight, Out, warn};
use super::{Context, DONE, FAILED, text};
use jobs_api::{Check, JobRef, Pause, Restart, Resume, Stop};

#[derive(Args, Debug)]
pub struct PauseArgs {
    /// Stop only these jobs, as `jobs stop` does
    #[arg(value_name = "JOB")]
    pub jobs: Vec<JobRef>,
    /// Stop the jobs only until this time, such as \"18:00\" or \"in 2h\"
    #[arg(long, value_name = "TIME", requires = "jobs")]
    pub until: Option<String>,
    /// Stop the jobs only for this long, such as 2h or 90m
    #[arg(
        long = "for",
        value_name = "DURATION",
        requires = "jobs",
        conflicts_with = "until"
    )]
    pub length: Option<String>,
}

#[derive(Args, Debug)]
pub struct ResumeArgs {
    /// Start these stopped jobs again, as `jobs restart --keep-count` does
    #[arg(value_name = "JOB")]
    pub jobs: Vec<JobRef>,
}

pub fn pause(context: &Context, args: PauseArgs, out: &mut Out) -> anyhow::Result<i32> {
    if !args.jobs.is_empty() {
        let until = match &args.length {
            Some(length) => Some(time_after(length)?),
            None => args.until,
        };
        let request = Stop {
            jobs: args.jobs,
            until,
            running: false,
        };
        return each(context, &request, "stopped", false, out);
    }
    let state = context.client()?.call(&Pause {})?;
    if out.wants_json() {
        out.data(&state)?;
    } else {
        out.line("the scheduler is paused: no job is due until `jobs resume`")?;
    }
    Ok(DONE)
}

pub fn resume(context: &Context, args: ResumeArgs, out: &mut Out) -> anyhow::Result<i32> {
    if !args.jobs.is_empty() {
        let request = Restart {
            jobs: args.jobs,
            keep_count: true,
        };
        return each(context, &request, "restarted", false, out);
    }
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
    for warning in &checked.warnings {
        warn(warning);
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
            text::visible(&broken.problem)
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

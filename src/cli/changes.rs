//! Commands that change several jobs and answer with them: rm, stop, restart, and `pause` and `resume` with jobs.

use std::collections::HashSet;

use clap::Args;

use super::jobs::instant;
use super::list::expanded;
use super::out::{Out, print_message};
use super::{Context, DONE, text};
use jobs_api::{self as api, JobRef, JobView, List, Request};
use jobs_error::Error;
use jobs_rpc::Client;
use jobs_schedule::parse_duration;

#[derive(Args, Debug)]
pub struct RmArgs {
    #[command(flatten)]
    pub request: api::Rm,
    /// A job that does not exist is no error
    #[arg(short = 'f', long)]
    pub force: bool,
}

#[derive(Args, Debug)]
pub struct StopArgs {
    #[command(flatten)]
    pub request: api::Stop,
    /// All jobs
    #[arg(long, conflicts_with = "jobs")]
    pub all: bool,
    /// Stop only for this long, such as 2h or 90m; then the jobs continue by themselves
    #[arg(long = "for", value_name = "DURATION", conflicts_with = "until")]
    pub length: Option<String>,
}

#[derive(Args, Debug)]
pub struct RestartArgs {
    #[command(flatten)]
    pub request: api::Restart,
    /// All jobs that are stopped
    #[arg(long, conflicts_with = "jobs")]
    pub all: bool,
}

pub fn rm(context: &Context, args: RmArgs, out: &mut Out) -> anyhow::Result<i32> {
    let mut request = args.request;
    if args.force {
        let mut client = context.client()?;
        let (mut names, mut ids) = (HashSet::new(), HashSet::new());
        for view in client.call(&List::default())?.items {
            ids.insert(view.job.id);
            names.insert(view.job.name);
        }
        request.jobs = expanded(&mut client, &request.jobs)?;
        request.jobs.retain(|job| {
            let exists = match job.id() {
                Some(id) => ids.contains(&id),
                None => names.contains(job.as_str()),
            };
            if !exists {
                print_message(&format!("no such job: `{}`", text::visible(job.as_str())));
            }
            exists
        });
        if request.jobs.is_empty() {
            if out.wants_json() {
                out.data(&Vec::<JobView>::new())?;
            }
            return Ok(DONE);
        }
    }
    each(context, &request, "removed", true, out)
}

pub fn stop(context: &Context, args: StopArgs, out: &mut Out) -> anyhow::Result<i32> {
    let mut request = args.request;
    if let Some(length) = &args.length {
        request.until = Some(time_after(length)?);
    }
    if args.all {
        request.jobs = all(&mut context.client()?, |view| !view.job.stopped)?;
        if request.jobs.is_empty() {
            return nothing("every job is stopped already", out);
        }
    }
    let stops_what_runs = request.running;
    each(context, &request, "stopped", stops_what_runs, out)
}

pub fn restart(context: &Context, args: RestartArgs, out: &mut Out) -> anyhow::Result<i32> {
    let mut request = args.request;
    if args.all {
        request.jobs = all(&mut context.client()?, |view| view.job.is_stopped())?;
        if request.jobs.is_empty() {
            return nothing("no job is stopped", out);
        }
    }
    each(context, &request, "restarted", false, out)
}

/// The time that lies a duration ahead, as a request gives it.
pub fn time_after(length: &str) -> anyhow::Result<String> {
    match parse_duration(length) {
        Ok(_) => Ok(format!("in {length}")),
        Err(Error::Invalid { problem, hint, .. }) => Err(Error::Invalid {
            field: "for".into(),
            problem,
            hint,
        }
        .into()),
        Err(error) => Err(error.into()),
    }
}

/// The ids of the jobs that are wanted. The request names each of them, so that the audit does too.
fn all(client: &mut Client, is_wanted: impl Fn(&JobView) -> bool) -> anyhow::Result<Vec<JobRef>> {
    let views = client.call(&List::default())?.items;
    Ok(views
        .into_iter()
        .filter(|view| is_wanted(view))
        .map(|view| JobRef::from(view.job.id))
        .collect())
}

fn nothing(message: &str, out: &mut Out) -> anyhow::Result<i32> {
    print_message(message);
    if out.wants_json() {
        out.data(&Vec::<JobView>::new())?;
    }
    Ok(DONE)
}

/// Calls an operation that changes several jobs and answers with them. `stops_what_runs`: the operation also ends running
/// executions, which may take long.
pub fn each<A: Request<Answer = Vec<JobView>>>(
    context: &Context,
    request: &A,
    what: &str,
    stops_what_runs: bool,
    out: &mut Out,
) -> anyhow::Result<i32> {
    let views = context.client()?.call(request)?;
    if out.wants_json() {
        out.data(&views)?;
        return Ok(DONE);
    }
    for view in views {
        let running = match (view.running, stops_what_runs) {
            (0, _) => String::new(),
            (1, false) => " (1 execution still runs)".to_string(),
            (number, false) => format!(" ({number} executions still run)"),
            (1, true) => " (1 execution is being stopped)".to_string(),
            (number, true) => format!(" ({number} executions are being stopped)"),
        };
        let until = view
            .job
            .stopped_until
            .map(|until| format!(" until {}", instant(until, view.job.timezone.as_deref())))
            .unwrap_or_default();
        out.line(&format!(
            "{what} `{}`{until}{running}",
            text::visible(&view.job.name)
        ))?;
    }
    Ok(DONE)
}

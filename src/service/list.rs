//! The job list: filters, order, pages, and a job as callers see it.

use std::collections::HashMap;

use super::jobs::state;
use super::{Cx, Service, masked, why};
use jobs_api::{JobOrder, JobPage, JobView, List, Page, PageAt};
use jobs_error::{Error, Result};
use jobs_model::{Job, JobId, JobRuns, JobSort, State, Status};
use jobs_schedule::Time;
use jobs_store::{JobFilter, JobListing, LiveCounts, Reader};

/// Upper bound on the executions in a strip.
const STRIP_MAX: u32 = 100;

impl Service {
    pub(super) fn list(&self, cx: &Cx, request: List) -> Result<JobPage> {
        self.store.read(|reader| list(reader, &request, cx.now))
    }
}

/// The jobs, or a page of them.
pub(super) fn list(reader: &mut Reader<'_>, request: &List, now: Time) -> Result<JobPage> {
    const SIZE: u32 = 10;
    let filter = filter(request, now)?;
    if request.strip > STRIP_MAX {
        return Err(Error::invalid(
            "strip",
            format!("`{}` is not in 0 to {STRIP_MAX}", request.strip),
        ));
    }
    let at = match (request.page, request.size) {
        (None, None) => None,
        (page, size) => Some(PageAt::given(page, size, SIZE)?),
    };
    let (skipped, limit) = at.map_or((0, i64::MAX), |at| (at.skipped(), i64::from(at.size)));
    let JobListing {
        jobs,
        total,
        counts,
    } = reader.job_listing(&filter, (skipped, limit), request.counts)?;
    let views = views(reader, jobs, request.strip, now)?;
    let page = match at {
        Some(at) => Page::of(views, total, at),
        None => Page::whole(views),
    };
    Ok(JobPage::of(page, counts))
}

/// The filter and the order of a request.
pub(super) fn filter(request: &List, now: Time) -> Result<JobFilter> {
    let state = request.state.map(state_of).transpose()?;
    // `/jobs/list` always gives an order.
    let sort = request.sort.or(match request.order {
        Some(JobOrder::Newest) => Some(JobSort::Newest),
        Some(JobOrder::Due) | None => None,
    });
    Ok(JobFilter {
        name: request.name.clone(),
        mode: request.mode,
        state,
        last: final_ones(&request.last)?,
        text: request.text.clone().filter(|text| !text.is_empty()),
        tag: request.tag.as_deref().map(tag),
        only: request.only,
        ids: None,
        now: Some(now),
        sort,
        is_reversed: request.desc,
    })
}

/// A tag as a filter gives it, with or without the `@` that stands before it where jobs are named.
fn tag(text: &str) -> String {
    text.strip_prefix('@').unwrap_or(text).to_string()
}

/// The state with that number.
fn state_of(number: u8) -> Result<State> {
    match number {
        0 => Ok(State::Waiting),
        1 => Ok(State::Running),
        2 => Ok(State::Stopped),
        _ => Err(
            Error::invalid("state", format!("`{number}` is not 0, 1 or 2"))
                .hint("0 waiting, 1 running, 2 stopped"),
        ),
    }
}

/// The statuses of last executions, which have ended.
fn final_ones(statuses: &[Status]) -> Result<Vec<Status>> {
    match statuses.iter().find(|status| !status.is_final()) {
        None => Ok(statuses.to_vec()),
        Some(status) => Err(Error::invalid(
            "last",
            format!("`{status}` is no status of an execution that has ended"),
        )
        .hint("for jobs of which an execution runs use `only: running`")),
    }
}

/// A job with its state, as callers see it.
pub(super) fn view(reader: &mut Reader<'_>, job: Job, now: Time) -> Result<JobView> {
    let live = reader.live_counts_of(job.id)?;
    let is_paused = reader.pause()?.is_on();
    let runs = reader.job_runs(&[job.id])?.remove(&job.id);
    let mut view = view_with(reader, job, live, runs.unwrap_or_default(), is_paused, now)?;
    why::of_jobs(reader, std::slice::from_mut(&mut view))?;
    Ok(view)
}

/// The jobs as callers see them, each with its last executions in a strip if `strip` is not 0.
fn views(reader: &mut Reader<'_>, jobs: Vec<Job>, strip: u32, now: Time) -> Result<Vec<JobView>> {
    let live = reader.live_counts()?;
    let is_paused = reader.pause()?.is_on();
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    let mut runs: HashMap<JobId, JobRuns> = reader.job_runs(&ids)?;
    let view = |job: Job| {
        let id = job.id;
        let live = live.get(&id).copied().unwrap_or_default();
        let runs = runs.remove(&id).unwrap_or_default();
        let mut view = view_with(reader, job, live, runs, is_paused, now)?;
        if strip > 0 {
            view.strip = Some(reader.strip(id, strip)?);
        }
        Ok(view)
    };
    let mut views = jobs
        .into_iter()
        .map(view)
        .collect::<Result<Vec<JobView>>>()?;
    why::of_jobs(reader, &mut views)?;
    Ok(views)
}

fn view_with(
    reader: &mut Reader<'_>,
    job: Job,
    live: LiveCounts,
    runs: JobRuns,
    is_paused: bool,
    now: Time,
) -> Result<JobView> {
    let last = reader.last_ended(job.id)?;
    let running = match live.running {
        0 => None,
        _ => reader.oldest_running(job.id)?,
    };
    Ok(JobView {
        state: state(&job, live, now),
        running: live.running,
        queued: live.queued,
        last: last.map(|last| masked::last(last, &job)),
        paused: is_paused,
        strip: None,
        usual_ms: runs.usual_ms,
        streak: runs.streak,
        failing_since: runs.failing_since,
        running_since: running.and_then(|(_, since)| since),
        running_exec: running.map(|(exec_id, _)| exec_id),
        work: None,
        job: masked::job(job),
    })
}

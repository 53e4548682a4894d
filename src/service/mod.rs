//! The meaning of each operation, a file or folder per noun. Transports call [`Service`] through the trait [`Handler`]; the
//! service decides, and leaves the work to the store and the scheduler.
//!
//! Every operation is a method with the name of the operation: `fn add(&self, cx: &Cx, request: Add) -> Result<Added>`. The
//! macro in `handler.rs` calls it.
//!
//! [`Handler`]: jobs_api::Handler

mod access;
mod alerts;
mod audit;
mod bulk;
mod channels;
mod context;
mod daemon;
mod diagnose;
mod digest;
mod events;
mod executions;
mod explain;
mod handler;
mod host;
mod import;
mod job_input;
mod jobs;
mod list;
mod logs;
mod masked;
mod response_cache;
mod scheduler;
mod stream_part;
mod summary;
mod system_log;
mod upcoming;
mod why;
mod work;

use std::collections::HashSet;
use std::sync::Arc;

pub use access::{Access, AccessSettings};
use context::Cx;
use daemon::ExecutionCounts;
pub use host::{Host, HostFacts};
use jobs_api::JobRef;
use jobs_clock::Clock;
use jobs_error::{Error, Result};
use jobs_model::{Job, JobSort};
use jobs_output::Outputs;
use jobs_schedule::Time;
use jobs_scheduler::Scheduler;
use jobs_store::{JobFilter, Reader, Store};
use response_cache::ResponseCache;

/// The operations. One per daemon, shared by all transports.
pub struct Service {
    store: Store,
    outputs: Outputs,
    scheduler: Arc<Scheduler>,
    clock: Arc<dyn Clock>,
    access: Arc<Access>,
    counts: Arc<ExecutionCounts>,
    responses: ResponseCache,
    starts: upcoming::StartsCache,
    /// The refusals and failures that the audit counts.
    repeats: audit::Repeats,
    host: Arc<dyn Host>,
}

impl Service {
    /// A service over the parts that the daemon has built. Its clock is the one of the scheduler.
    pub fn new(
        store: Store,
        outputs: Outputs,
        scheduler: Arc<Scheduler>,
        access: Arc<Access>,
        host: Arc<dyn Host>,
    ) -> Service {
        Service {
            counts: ExecutionCounts::of(store.events()),
            responses: ResponseCache::default(),
            starts: upcoming::StartsCache::default(),
            repeats: audit::Repeats::default(),
            clock: scheduler.clock(),
            store,
            outputs,
            scheduler,
            access,
            host,
        }
    }

    /// The time now. A method that has waited reads it again; otherwise it uses `cx.now`.
    fn now(&self) -> Time {
        self.clock.now()
    }
}

/// The job to which a caller refers.
fn find(reader: &mut Reader<'_>, job: &JobRef) -> Result<Job> {
    if job.as_str().is_empty() {
        return Err(Error::invalid("job", "is missing").hint("give the name or the id of a job"));
    }
    let found = match job.id() {
        Some(id) => reader.job(id)?,
        None => reader.job_named(job.as_str())?,
    };
    found.ok_or_else(|| Error::NoSuchJob(job.to_string()))
}

/// The jobs to which a caller refers, each once.
///
/// # Errors
///
/// [`Error::NoSuchJob`] when one of them does not exist.
fn find_all(reader: &mut Reader<'_>, jobs: &[JobRef]) -> Result<Vec<Job>> {
    if jobs.is_empty() {
        return Err(Error::invalid("jobs", "is missing").hint("give the names or ids of jobs"));
    }
    let mut found: Vec<Job> = Vec::with_capacity(jobs.len());
    let mut ids = HashSet::new();
    for job in jobs {
        let each = find_each(reader, job)?;
        found.extend(each.into_iter().filter(|job| ids.insert(job.id)));
    }
    Ok(found)
}

/// The job to which a caller refers, or with `@TAG` the jobs that have the tag.
fn find_each(reader: &mut Reader<'_>, job: &JobRef) -> Result<Vec<Job>> {
    let Some(tag) = job.as_str().strip_prefix('@') else {
        return Ok(vec![find(reader, job)?]);
    };
    // A name may begin so as well.
    if let Some(named) = reader.job_named(job.as_str())? {
        return Ok(vec![named]);
    }
    let filter = JobFilter {
        tag: Some(tag.to_string()),
        sort: Some(JobSort::Name),
        ..JobFilter::default()
    };
    let tagged = reader.jobs(&filter)?;
    if tagged.is_empty() {
        return Err(Error::NoSuchJob(job.to_string()));
    }
    Ok(tagged)
}

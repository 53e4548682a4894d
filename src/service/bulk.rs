//! The operation `bulk`: one action on all jobs that pass a filter.

use super::audit::AuditRecord;
use super::jobs::{restart_job, skip_job, stop_job, stop_live};
use super::list::filter;
use super::{Cx, Service, find_all};
use jobs_api::{Bulk, BulkAction, BulkDone, BulkFailure, List};
use jobs_error::{Error, Result};
use jobs_model::{Job, JobId, JobSort};
use jobs_schedule::Time;
use jobs_scheduler::{Effects, Settings};
use jobs_store::{JobFilter, Reader, Tx};

/// Upper bound on names and on failures in the answer.
const NAMED: usize = 20;

/// Jobs that are changed before the next ones are read. Each is a unit of its own in the store; the units share their commits.
const AT_ONCE: usize = 250;

/// A change of one job, as all units of a bulk call make it.
#[derive(Clone)]
struct Change {
    action: BulkAction,
    until: Option<String>,
    running: bool,
}

impl Service {
    pub(super) fn bulk(&self, cx: &Cx, request: Bulk) -> Result<BulkDone> {
        let Some(action) = request.action else {
            return Err(Error::invalid("action", "is missing")
                .hint("give `run`, `stop`, `restart`, `rm` or `skip`"));
        };
        if action != BulkAction::Stop && (request.until.is_some() || request.running) {
            let field = if request.running { "running" } else { "until" };
            return Err(Error::invalid(field, format!("it does not fit `{action}`"))
                .hint("`until` and `running` are for `stop`"));
        }
        let (ids, names) = self
            .store
            .read(|reader| matching(reader, &request, cx.now))?;
        let matched = ids.len() as u64;
        if matched != request.count {
            return Err(Error::Conflict(format!(
                "count: {matched} jobs pass the filter, not {}; nothing was done\nhint: look at them with `list`, and give their number",
                request.count
            )));
        }
        let mut answer = BulkDone {
            matched,
            done: 0,
            failed: Vec::new(),
            more_failed: 0,
            names,
        };
        if request.dry_run {
            return Ok(answer);
        }
        let change = Change {
            action,
            until: request.until,
            running: request.running,
        };
        for part in ids.chunks(AT_ONCE) {
            let results = match action {
                BulkAction::Run => self.run_each(part)?,
                BulkAction::Stop | BulkAction::Restart | BulkAction::Rm | BulkAction::Skip => {
                    self.change_each(cx, &change, part)
                }
            };
            for (id, result) in part.iter().zip(results) {
                match result {
                    Ok(()) => answer.done += 1,
                    Err(_) if answer.failed.len() == NAMED => answer.more_failed += 1,
                    Err(error) => answer.failed.push(BulkFailure {
                        job: self.name_of(*id),
                        error: error.to_string(),
                    }),
                }
            }
        }
        self.scheduler.poke();
        if action == BulkAction::Rm {
            self.scheduler.tidy_up();
        }
        Ok(answer)
    }

    fn run_each(&self, ids: &[JobId]) -> Result<Vec<Result<()>>> {
        let mut results = Vec::with_capacity(ids.len());
        for id in ids {
            let job = self.store.read(|reader| reader.job(*id))?;
            let ran = job
                .ok_or_else(|| Error::NoSuchJob(id.to_string()))
                .and_then(|job| self.run_job(&job));
            results.push(
                ran.and_then(|ran| match ran.reason.filter(|_| ran.skipped) {
                    Some(reason) => Err(Error::Conflict(format!("skipped: {reason}"))),
                    None => Ok(()),
                }),
            );
        }
        Ok(results)
    }

    fn change_each(&self, cx: &Cx, change: &Change, ids: &[JobId]) -> Vec<Result<()>> {
        let guard = self.scheduler.change();
        let units = ids.iter().map(|id| {
            let (id, change) = (*id, change.clone());
            let (settings, clock) = (self.scheduler.settings(), self.clock.clone());
            let audit = AuditRecord::of_job(cx.caller, "bulk", id);
            move |tx: &mut Tx<'_>| {
                let now = clock.now();
                let before = audit.before(tx)?;
                let job = tx
                    .job(id)?
                    .ok_or_else(|| Error::NoSuchJob(id.to_string()))?;
                let effects = change.apply(tx, job, &settings, now)?;
                audit.record_done(tx, &before, now)?;
                Ok(effects)
            }
        });
        let written = self.store.write_each(units);
        drop(guard);
        let apply = |effects: Result<Effects>| effects.map(|effects| self.scheduler.apply(effects));
        written.into_iter().map(apply).collect()
    }

    /// The name of a job, or its id when it was removed meanwhile.
    fn name_of(&self, id: JobId) -> String {
        let found = self.store.read(|reader| reader.job(id)).ok().flatten();
        found.map_or_else(|| id.to_string(), |job| job.name)
    }
}

impl Change {
    fn apply(&self, tx: &mut Tx<'_>, job: Job, settings: &Settings, now: Time) -> Result<Effects> {
        let mut effects = Effects::default();
        let zone = &settings.zone;
        match self.action {
            BulkAction::Stop => {
                let job = stop_job(tx, job, zone, now, self.until.as_deref())?;
                if self.running {
                    stop_live(tx, &job, now, &mut effects)?;
                }
            }
            BulkAction::Restart => drop(restart_job(tx, job, zone, now, false)?),
            BulkAction::Skip => drop(skip_job(tx, job, 1, now)?),
            BulkAction::Rm => {
                stop_live(tx, &job, now, &mut effects)?;
                tx.delete_job(job.id)?;
            }
            // The scheduler runs a job, in a unit of its own.
            BulkAction::Run => {}
        }
        Ok(effects)
    }
}

/// The jobs that pass the filter, in the order of their ids, and the names of the first.
fn matching(
    reader: &mut Reader<'_>,
    request: &Bulk,
    now: Time,
) -> Result<(Vec<JobId>, Vec<String>)> {
    let list = List {
        name: request.name.clone(),
        state: request.state,
        mode: request.mode,
        last: request.last.clone(),
        text: request.text.clone(),
        tag: request.tag.clone(),
        only: request.only,
        ..List::default()
    };
    let ids = match request.jobs.as_slice() {
        [] => None,
        jobs => Some(find_all(reader, jobs)?.iter().map(|job| job.id).collect()),
    };
    let filter = JobFilter {
        ids,
        sort: Some(JobSort::Newest),
        is_reversed: true,
        ..filter(&list, now)?
    };
    let ids = reader.page_of_job_ids(&filter, 0, i64::MAX)?;
    let first = reader.page_of_jobs(&filter, 0, NAMED as i64)?;
    Ok((ids, first.into_iter().map(|job| job.name).collect()))
}

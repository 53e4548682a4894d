//! The operation `copy`: a new job with the fields of another one. It is done here and not by a client, because a client sees
//! secrets masked.

use super::super::list::view;
use super::super::{Cx, Service, find};
use super::{crowd, doubts, name};
use jobs_api::{Added, CopyJob};
use jobs_error::Result;
use jobs_model::Job;
use jobs_scheduler::rules;

impl Service {
    pub(crate) fn copy(&self, cx: &Cx, request: CopyJob) -> Result<Added> {
        name::check(&request.name)?;
        let settings = self.scheduler.settings();
        let now = cx.now;
        let (job, warnings) = self.write(cx, move |tx| {
            let original = find(tx, &request.job)?;
            let stopped = request.stopped || original.stopped;
            // A copy is no line of a crontab, and has not run.
            let mut job = Job {
                name: request.name,
                stopped,
                origin: None,
                id: 0,
                run_count: 0,
                skip_next: 0,
                stopped_from: None,
                stopped_until: None,
                next_at: None,
                scheduled_at: None,
                anchor_at: now,
                created_at: now,
                updated_at: now,
                ..original
            };
            let zone = rules::zone_of(&job, &settings.zone)?;
            let mut warnings = doubts(&job, &zone, now)?;
            rules::set_next(&mut job, &settings.zone, now, None)?;
            warnings.extend(crowd(tx, &job, &settings.zone)?);
            let job = tx.insert_job(&job)?;
            Ok((view(tx, job, now)?, warnings))
        })?;
        self.scheduler.poke();
        Ok(Added {
            job,
            warnings,
            run: None,
            next: None,
            changes: None,
        })
    }
}

//! The scheduler and its jobs: shown, paused, checked.

use super::super::Service;
use crate::api::{Checked, JobCount, SchedulerState, SchedulerView, TaskCount};
use crate::error::{Error, Result};

impl Service {
    pub(in crate::service) fn scheduler_view(&self) -> Result<SchedulerView> {
        Err(Error::Conflict("PENDING".into()))
    }

    pub(in crate::service) fn job_count(&self) -> Result<JobCount> {
        Err(Error::Conflict("PENDING".into()))
    }

    pub(in crate::service) fn task_count(&self) -> Result<TaskCount> {
        Err(Error::Conflict("PENDING".into()))
    }

    pub(in crate::service) fn pause_scheduler(&self, _paused: bool) -> Result<SchedulerState> {
        Err(Error::Conflict("PENDING".into()))
    }

    pub(in crate::service) fn check_jobs(&self) -> Result<Checked> {
        Err(Error::Conflict("PENDING".into()))
    }
}

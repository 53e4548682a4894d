//! Executions as entries of a log.

use super::super::Service;
use crate::api::{ClearLogs, Cleared, Entries, Entry, LogEntry, Page};
use crate::error::{Error, Result};

impl Service {
    pub(in crate::service) fn log_entries(&self, _ask: &Entries) -> Result<Page<LogEntry>> {
        Err(Error::Conflict("PENDING".into()))
    }

    pub(in crate::service) fn log_entry(&self, _ask: &Entry) -> Result<LogEntry> {
        Err(Error::Conflict("PENDING".into()))
    }

    pub(in crate::service) fn clear(&self, _ask: &ClearLogs) -> Result<Cleared> {
        Err(Error::Conflict("PENDING".into()))
    }
}

//! The system log, read from its files.

use super::super::Service;
use crate::api::{Page, SystemLog, SystemLogFile, SystemLogLine, SystemLogPart};
use crate::error::{Error, Result};

impl Service {
    pub(in crate::service) fn system_log_lines(
        &self,
        _ask: &SystemLog,
    ) -> Result<Page<SystemLogLine>> {
        Err(Error::Conflict("PENDING".into()))
    }

    pub(in crate::service) fn system_log_part(
        &self,
        _ask: &SystemLogFile,
    ) -> Result<SystemLogPart> {
        Err(Error::Conflict("PENDING".into()))
    }
}

//! The crontab of `start --crontab`: the daemon reads it itself, now and at each reload.

use std::path::Path;

use super::super::{Cx, Service};
use jobs_api::{Caller, Import, ImportReport};
use jobs_error::{Error, Result};

/// Upper bound on the size of a crontab that the daemon reads itself, in bytes; the same as of one that a client sends.
const CRONTAB_MAX: u64 = 32 * 1024 * 1024;

impl Service {
    /// Imports the crontab of `start --crontab` and stops the jobs whose lines are gone. The daemon calls this when it starts.
    ///
    /// # Errors
    ///
    /// When the file can't be read, or the store fails.
    pub fn take_over(&self, crontab: &Path) -> Result<ImportReport> {
        let caller = Caller::daemon();
        self.import_file(&Cx::unaudited(self, &caller), crontab)
    }

    /// The same as part of another call, such as a reload.
    pub(crate) fn import_file(&self, cx: &Cx, crontab: &Path) -> Result<ImportReport> {
        let unreadable = |error| {
            Error::io(
                format!("cannot read the crontab `{}`", crontab.display()),
                error,
            )
        };
        let file = jobs_fs::open_input(crontab).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        refuse_of_others(crontab, &metadata)?;
        // Before it is read: a daemon that gets no memory for it would end.
        let size = metadata.len();
        if size > CRONTAB_MAX {
            return Err(Error::invalid(
                "crontab",
                format!(
                    "`{}` has {size} bytes; {CRONTAB_MAX} is the most",
                    crontab.display()
                ),
            ));
        }
        let bytes = jobs_fs::read_at_most(file, CRONTAB_MAX).map_err(unreadable)?;
        let request = Import {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            origin: crontab.display().to_string(),
            dry_run: false,
            stop_missing: true,
            ..Import::default()
        };
        self.import(cx, request)
    }
}

/// Refuses a crontab that other accounts could have written: its lines run with the rights of the daemon. A person's own group
/// may write to it, since many systems have a group for each person.
fn refuse_of_others(crontab: &Path, file: &std::fs::Metadata) -> Result<()> {
    let refusal = match file.is_file() {
        true => jobs_fs::written_by_others(crontab, file, &jobs_fs::trusted_owners()),
        // A pipe of the shell.
        false => None,
    };
    match refusal {
        Some(refusal) if !jobs_fs::is_own_group(&refusal.problem) => Err(Error::invalid(
            "crontab",
            format!(
                "`{}` is not imported, because {}: its lines run with the rights of the daemon",
                crontab.display(),
                refusal.reason()
            ),
        )
        .hint(refusal.mend())),
        Some(_) | None => Ok(()),
    }
}

//! `start --crontab FILE`: imports the crontab before the first job is due.

use std::path::Path;
use std::sync::Arc;

use jobs_api::Imported;
use jobs_service::Service;

/// Imports a crontab and logs the result of each line. Returns the number of jobs in it.
pub(super) async fn import(service: &Arc<Service>, crontab: &Path) -> anyhow::Result<usize> {
    let (service, crontab) = (service.clone(), crontab.to_path_buf());
    let report = tokio::task::spawn_blocking(move || service.take_over(&crontab)).await??;
    let mut jobs = 0;
    for line in &report.lines {
        if matches!(
            line.result,
            Imported::Imported | Imported::Changed | Imported::Unchanged
        ) {
            jobs += 1;
        }
        let job = line.job.as_deref().unwrap_or_default();
        match line.result {
            Imported::Refused => {
                let reason = line.reason.as_deref().unwrap_or_default();
                tracing::warn!(line = line.line, text = line.text, "refused: {reason}");
            }
            Imported::Imported | Imported::Changed | Imported::Stopped => {
                tracing::info!(line = line.line, job, result = ?line.result, "crontab");
            }
            Imported::Unchanged => {}
        }
        for warning in &line.warnings {
            tracing::warn!(line = line.line, job, "{warning}");
        }
    }
    Ok(jobs)
}

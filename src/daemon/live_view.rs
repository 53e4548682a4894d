//! `start --crontab` in the foreground: shows the output of jobs while they run.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use crate::api::{Logs, Operations};
use crate::cli::LiveView;
use crate::events::{Batch, Event, Reader};
use crate::model::ExecId;

/// Upper bound on the events that are read together.
const BATCH: usize = 256;

/// Shows executions until the event stream is closed, at the end of the daemon.
pub async fn show(view: LiveView, mut events: Reader, operations: Arc<dyn Operations>) {
    let view = Arc::new(view);
    let followers = TaskTracker::new();
    loop {
        match events.next(BATCH).await {
            Batch::Events(news) => {
                for (_, event) in news {
                    let Event::Started(started) = &*event else {
                        continue;
                    };
                    let (exec_id, job_name) = (started.exec_id, started.job_name.clone());
                    let (view, operations) = (view.clone(), operations.clone());
                    followers.spawn_blocking(move || {
                        follow(&view, operations.as_ref(), exec_id, &job_name)
                    });
                }
            }
            Batch::Lost => {
                tracing::warn!(
                    "some output is not shown here: too many events at once; `jobs logs` has all of it"
                );
            }
            Batch::Closed => break,
        }
    }
    followers.close();
    followers.wait().await;
}

fn follow(view: &LiveView, operations: &dyn Operations, exec_id: ExecId, job: &str) {
    let mut ask = Logs {
        exec_id: Some(exec_id),
        wait: 30,
        ..Logs::default()
    };
    loop {
        let chunk = match operations.logs(ask.clone()) {
            Ok(chunk) => chunk,
            Err(error) => {
                tracing::warn!(%error, exec_id, "the output can't be shown");
                return;
            }
        };
        view.output(job, exec_id, false, &chunk.stdout.0);
        view.output(job, exec_id, true, &chunk.stderr.0);
        ask.stdout_offset = chunk.stdout_next;
        ask.stderr_offset = chunk.stderr_next;
        if let Some(execution) = chunk.execution.filter(|_| chunk.done) {
            view.ended(job, &execution);
            return;
        }
    }
}

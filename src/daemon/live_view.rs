//! `start --crontab` in the foreground: shows the output of jobs while they run.

use std::sync::Arc;

use tokio::task::spawn_blocking;
use tokio_util::task::TaskTracker;

use jobs_api::{Answer, Call, Caller, Handler, Logs};
use jobs_cli::LiveView;
use jobs_events::{Batch, Event, Reader};
use jobs_model::ExecId;

/// Upper bound on the events that are read together.
const BATCH: usize = 256;

/// Shows executions until the event stream is closed, at the end of the daemon.
pub async fn show(view: LiveView, mut events: Reader, handler: Arc<dyn Handler>) {
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
                    let (view, handler) = (view.clone(), handler.clone());
                    followers.spawn_blocking(move || {
                        follow(&view, handler.as_ref(), exec_id, &job_name)
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
    let lost = spawn_blocking(move || view.close()).await.unwrap_or(0);
    if lost > 0 {
        tracing::warn!(lines = lost, "output of jobs could not be shown on stdout");
    }
}

fn follow(view: &LiveView, handler: &dyn Handler, exec_id: ExecId, job: &str) {
    let mut request = Logs {
        exec_id: Some(exec_id),
        wait: 30,
        ..Logs::default()
    };
    loop {
        let call = Call::Logs(request.clone());
        let chunk = match handler.answer(&Caller::daemon(), call) {
            Ok(Answer::Logs(chunk)) => *chunk,
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, exec_id, "the output can't be shown");
                return;
            }
        };
        view.output(job, exec_id, false, &chunk.stdout.0);
        view.output(job, exec_id, true, &chunk.stderr.0);
        request.stdout_offset = chunk.stdout_next;
        request.stderr_offset = chunk.stderr_next;
        if let Some(execution) = chunk.execution.filter(|_| chunk.done) {
            view.ended(job, &execution);
            return;
        }
    }
}

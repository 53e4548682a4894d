//! The heartbeat: a URL that is requested each minute while the scheduler works, so that somebody else notices when it does not.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio::task::spawn_blocking;

use jobs_config::Secret;
use jobs_runner::http::{HttpRequest, HttpSettings, fetch};
use jobs_scheduler::Scheduler;

/// How often the URL is requested.
const EVERY: Duration = Duration::from_secs(60);

/// How long the scheduler has to go round, and how long the request may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Requests the URL in `url`, each minute; waits while there is none.
pub(super) async fn beat(mut url: Receiver<Secret>, scheduler: Arc<Scheduler>) {
    let mut has_failed = false;
    loop {
        let target = url.borrow_and_update().clone();
        if target.is_empty() {
            if url.changed().await.is_err() {
                return;
            }
            continue;
        }
        // A scheduler that hangs is to be noticed by the missing request.
        if scheduler.answers(PATIENCE).await {
            let sent = spawn_blocking(move || request(&target)).await;
            let problem = sent.unwrap_or_else(|error| Some(error.to_string()));
            // Told once, until it works again.
            match (&problem, has_failed) {
                (Some(problem), false) => tracing::warn!(problem, "the heartbeat fails"),
                (None, true) => tracing::info!("the heartbeat works again"),
                (Some(_), true) | (None, false) => {}
            }
            has_failed = problem.is_some();
        }
        tokio::select! {
            changed = url.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Requests the URL; the problem, without the URL, which may have a key in it.
fn request(url: &Secret) -> Option<String> {
    let request = HttpRequest {
        method: "GET".into(),
        url: url.reveal().to_string(),
        timeout: Some(PATIENCE),
        ..HttpRequest::default()
    };
    match fetch(&request, &HttpSettings::default(), &mut std::io::sink()) {
        Ok(answer) if (200..300).contains(&answer.status) => None,
        Ok(answer) => Some(format!("it answers with the status {}", answer.status)),
        Err(problem) => Some(problem.to_string()),
    }
}

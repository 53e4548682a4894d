//! Jobs of which executions wait for a place, in words.

use super::text;
use jobs_api::JobWait;
use jobs_clock::now;

/// The line of `jobs status` with the jobs of which executions wait for a place; none when no job waits.
pub fn lines(waits: &[JobWait]) -> Option<(&'static str, String)> {
    let lines: Vec<String> = waits.iter().map(in_words).collect();
    (!lines.is_empty()).then(|| ("waiting", lines.join("\n            ")))
}

/// A job of which executions wait for a place, in words.
pub fn in_words(wait: &JobWait) -> String {
    format!(
        "`{}`: {} executions wait, the first was due {}: {}",
        text::visible(&wait.job),
        wait.executions,
        text::relative(wait.since, now()),
        text::visible(&wait.reason)
    )
}

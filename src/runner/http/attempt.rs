//! One attempt of a job of mode `http`.

use std::io::Write;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Abort, Answer, Limits, Problem, Request, fetch_looking_for};
use crate::output::Capture;
use crate::runner::process::{over, why};
use crate::runner::{Ended, Outcome, Spec};
use crate::work::Http;

/// How long a request may go on after its time was up: it notices by itself, and says where it was.
const LATE: Duration = Duration::from_secs(1);

pub(in crate::runner) async fn attempt(
    spec: &Spec,
    work: &Http,
    capture: &Capture,
    stop: &CancellationToken,
) -> Ended {
    // Requests have threads of their own, and those are not without end.
    let permit = tokio::select! {
        () = stop.cancelled() => None,
        permit = spec.tools.http_gate.acquire() => permit.ok(),
    };
    if permit.is_none() {
        return ended(Outcome::Cancelled, Some("cancelled before it began".into()));
    }
    let (mut out, mut log) = match (capture.out.try_clone(), capture.err.try_clone()) {
        (Ok(out), Ok(log)) => (out, log),
        (Err(error), _) | (_, Err(error)) => {
            return Ended::not_started(format!("there are no descriptors left for it: {error}"));
        }
    };
    let request = request(work, spec.timeout);
    let limits = Limits {
        body_max_bytes: spec.tools.functions.response_max_bytes,
        ca_file: spec.tools.functions.ca_file.clone(),
    };
    let wanted = work.result.clone();
    let abort = Abort::default();
    let mut thread = {
        let abort = abort.clone();
        tokio::task::spawn_blocking(move || {
            let answer = fetch_looking_for(wanted.as_deref(), &request, &limits, &abort, &mut log)?;
            out.write_all(answer.body.as_bytes())?;
            if answer.is_cut {
                writeln!(
                    log,
                    "* {} bytes of the body are shown (`jobs.http_response_max_bytes`)",
                    answer.body.len()
                )?;
            }
            Ok::<_, Problem>(answer)
        })
    };
    let outcome = tokio::select! {
        biased;
        answer = &mut thread => {
            return match answer {
                Ok(answer) => judge(work, answer),
                Err(error) => ended(Outcome::Failed, Some(format!("the request broke: {error}"))),
            };
        }
        () = stop.cancelled() => Outcome::Cancelled,
        () = over(spec.timeout.map(|timeout| timeout + LATE)) => Outcome::Timeout,
    };
    // It returns at once, unless it waits for a name to be looked up; then its thread ends by itself later.
    abort.abort();
    ended(outcome, Some(why(outcome, spec.timeout)))
}

fn request(work: &Http, timeout: Option<Duration>) -> Request {
    Request {
        method: work.method.clone().unwrap_or_default(),
        url: work.url.clone(),
        headers: work.headers.clone(),
        body: work.data.clone(),
        cookies: work.cookies.clone(),
        proxy: work.proxy.clone(),
        timeout,
    }
}

/// Whether an answer is a success: a 2xx status, or the text that it must contain, whatever the status.
fn judge(work: &Http, answer: Result<Answer, Problem>) -> Ended {
    let answer = match answer {
        Ok(answer) => answer,
        Err(problem) => {
            let outcome = if problem.is_timeout {
                Outcome::Timeout
            } else {
                Outcome::Failed
            };
            return ended(outcome, Some(problem.to_string()));
        }
    };
    let error = match (answer.found, &work.result) {
        (Some(true), _) => None,
        (Some(false), Some(wanted)) => Some(format!(
            "the answer ({}) does not contain `{}`",
            answer.status,
            shortened(wanted)
        )),
        _ if (200..300).contains(&answer.status) => None,
        _ => Some(format!("the answer is {}", status(answer.status))),
    };
    match error {
        None => ended(Outcome::Success, None),
        Some(error) => ended(Outcome::Failed, Some(error)),
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_string();
    }
    text.chars().take(MOST).chain("...".chars()).collect()
}

/// A status with its words.
fn status(code: u16) -> String {
    let words = ureq::http::StatusCode::from_u16(code)
        .ok()
        .and_then(|status| status.canonical_reason());
    match words {
        Some(words) => format!("{code} {words}"),
        None => code.to_string(),
    }
}

fn ended(outcome: Outcome, error: Option<String>) -> Ended {
    Ended {
        outcome,
        exit_code: None,
        error,
        attempts: 1,
        cpu_ms: 0,
        max_rss_bytes: 0,
    }
}

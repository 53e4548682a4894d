//! One attempt of a job of mode `http`.

use std::io::BufWriter;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::hop::Hop;
use super::problem::{Problem, status_words};
use super::progress::Progress;
use super::{HttpRequest, HttpSettings, Outputs, Received, exchange, proxy};
use crate::process::stop_reason;
use crate::success::abandon_at_end;
use crate::{Ended, Outcome, Spec};
use jobs_mask as mask;
use jobs_output::{Capture, Stream};
use jobs_text::cut;
use jobs_work::Http;

/// How many characters of a wanted text are shown when the answer does not contain it.
const WANTED_SHOWN: usize = 60;

/// Sends the request and judges its answer. A stop drops the request at once.
pub(crate) async fn attempt(
    spec: &Spec,
    work: &Http,
    capture: &Capture,
    stop: &CancellationToken,
) -> Ended {
    // Memory and descriptors of requests are bounded by their number.
    let permit = tokio::select! {
        () = stop.cancelled() => None,
        permit = spec.tools.http_gate.acquire() => permit.ok(),
    };
    let Some(_permit) = permit else {
        return ended(Outcome::Cancelled, Some("cancelled before it began".into()));
    };
    let _abandons = abandon_at_end(capture, spec.timeout, stop);
    let request = request(work, spec.timeout);
    let functions = &spec.tools.functions;
    let settings = HttpSettings {
        body_max_bytes: functions.response_max_bytes,
        ca_file: functions.ca_file.clone(),
    };
    let mut progress = Progress::new();
    let mut body = capture.writer(Stream::Out);
    let mut log = BufWriter::new(capture.writer(Stream::Err));
    let received = {
        let mut outputs = Outputs {
            body: &mut body,
            log: &mut log,
        };
        let wanted = work.result.as_deref();
        let received = async {
            let first = Hop::first(&request)?;
            exchange(
                first,
                &request,
                &settings,
                wanted,
                &mut progress,
                &mut outputs,
            )
            .await
        };
        tokio::select! {
            biased;
            received = received => Some(received),
            () = stop.cancelled() => None,
            never = capture.flush_regularly() => match never {},
        }
    };
    match received {
        Some(received) => judge(work, received),
        None => {
            // The log is of no use to a request that was stopped if it cannot be written.
            let _ = progress.log_times(&mut log);
            ended(
                Outcome::Cancelled,
                Some(stop_reason(Outcome::Cancelled, None)),
            )
        }
    }
}

fn request(work: &Http, timeout: Option<Duration>) -> HttpRequest {
    HttpRequest {
        method: work.method.clone().unwrap_or_default(),
        url: work.url.clone(),
        headers: work.headers.clone(),
        body: work.data.clone(),
        cookies: work.cookies.clone(),
        proxy: work.proxy.clone(),
        timeout,
        keeps_body: false,
    }
}

/// Checks that a request can be sent, as far as that is known before.
///
/// # Errors
///
/// The key that cannot be used, and why.
pub fn check(work: &Http) -> Result<(), Problem> {
    let first = Hop::first(&request(work, None))?;
    match &work.proxy {
        Some(own) => proxy::choose(Some(own), &first.url).map(drop),
        // A proxy of the environment is not the job's own.
        None => Ok(()),
    }
}

/// Whether an answer is a success: a 2xx status, or the text that it must contain, whatever the status.
fn judge(work: &Http, received: Result<Received, Problem>) -> Ended {
    let received = match received {
        Ok(received) => received,
        Err(problem) => {
            let outcome = match problem.is_timeout() {
                true => Outcome::Timeout,
                false => Outcome::Failed,
            };
            return ended(outcome, Some(problem.to_string()));
        }
    };
    let status = status_words(received.head.status);
    let error = match (received.body.found, &work.result) {
        (Some(true), _) => None,
        (Some(false), Some(wanted)) => Some(format!(
            "the answer of {} ({status}, {} bytes) does not contain `{}`",
            received.from,
            received.body.bytes,
            cut(&mask::text(wanted), WANTED_SHOWN)
        )),
        _ if received.head.status.is_success() => None,
        _ => Some(format!("{} answers {status}", received.from)),
    };
    match error {
        None => ended(Outcome::Success, None),
        Some(error) => ended(Outcome::Failed, Some(error)),
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
        is_shortage: false,
    }
}

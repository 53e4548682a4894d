//! One attempt of a job of mode `http`.

use std::io::{LineWriter, PipeWriter};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::abort::Abort;
use super::hop::Hop;
use super::proxy;
use super::{Limits, Outputs, Problem, Request, Told, exchange};
use crate::mask;
use crate::output::Capture;
use crate::runner::process::{over, why};
use crate::runner::{Ended, Outcome, Spec};
use crate::work::Http;

/// How long a request may go on after its time was up: it notices by itself, and says where it was.
const LATE: Duration = Duration::from_secs(1);

/// How long a request that was ended may take to notice: it comes back from what it waits for at once.
const LAST: Duration = Duration::from_secs(1);

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
    let Some(_permit) = permit else {
        return ended(Outcome::Cancelled, Some("cancelled before it began".into()));
    };
    let abort = Abort::with_runtime(Handle::current());
    let mut answer = match start(spec, work, capture, &abort) {
        Ok(answer) => answer,
        Err(why) => return Ended::not_started(why),
    };
    let outcome = tokio::select! {
        biased;
        answer = &mut answer => {
            return match answer {
                Ok(answer) => judge(work, answer),
                Err(_) => ended(Outcome::Failed, Some("the request broke off by a fault of `jobs` itself".into())),
            };
        }
        () = stop.cancelled() => Outcome::Cancelled,
        () = over(spec.timeout.map(|timeout| timeout + LATE)) => Outcome::Timeout,
    };
    abort.abort();
    // What it has to say still belongs to the output.
    let _ = tokio::time::timeout(LAST, answer).await;
    ended(outcome, Some(why(outcome, spec.timeout)))
}

type Said = Result<Told, Problem>;

/// Begins a request in a thread of its own.
fn start(
    spec: &Spec,
    work: &Http,
    capture: &Capture,
    abort: &Abort,
) -> Result<oneshot::Receiver<Said>, String> {
    let pipe = |pipe: &PipeWriter| {
        pipe.try_clone()
            .map_err(|error| format!("there are no descriptors left for it: {error}"))
    };
    // Whole lines, so that nothing of the body comes into the middle of one.
    let (mut out, mut log) = (pipe(&capture.out)?, LineWriter::new(pipe(&capture.err)?));
    let request = request(work, spec.timeout);
    let settings = &spec.tools.functions;
    let limits = Limits {
        body_max_bytes: settings.response_max_bytes,
        ca_file: settings.ca_file.clone(),
    };
    let wanted = work.result.clone();
    let abort = abort.clone();
    let (say, answer) = oneshot::channel();
    let exchange = move || {
        let mut outputs = Outputs {
            body: &mut out,
            log: &mut log,
        };
        let said = exchange(&request, &limits, wanted.as_deref(), &abort, &mut outputs);
        drop((out, log));
        // Nobody listens any more when it was given up.
        let _ = say.send(said);
    };
    std::thread::Builder::new()
        .name("http".to_string())
        .spawn(exchange)
        .map_err(|error| format!("there is no thread left for it: {error}"))?;
    Ok(answer)
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
        keeps_body: false,
    }
}

/// Whether a request can be sent at all, as far as that is known before.
///
/// # Errors
///
/// When it can't: which key, and why.
pub fn check(work: &Http) -> Result<(), Problem> {
    let first = Hop::first(&request(work, None))?;
    match &work.proxy {
        Some(own) => proxy::choose(Some(own), &first.url).map(drop),
        // What the environment says is not the job's own.
        None => Ok(()),
    }
}

/// Whether an answer is a success: a 2xx status, or the text that it must contain, whatever the status.
fn judge(work: &Http, answer: Said) -> Ended {
    let told = match answer {
        Ok(told) => told,
        Err(problem) => {
            let outcome = if problem.is_timeout {
                Outcome::Timeout
            } else {
                Outcome::Failed
            };
            return ended(outcome, Some(problem.to_string()));
        }
    };
    let code = told.head.status.as_u16();
    let status = status(told.head.status.as_str());
    let error = match (told.body.found, &work.result) {
        (Some(true), _) => None,
        (Some(false), Some(wanted)) => Some(format!(
            "the answer of {} ({status}, {} bytes) does not contain `{}`",
            told.who,
            told.body.bytes,
            shortened(&mask::text(wanted))
        )),
        _ if (200..300).contains(&code) => None,
        _ => Some(format!("{} answers {status}", told.who)),
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
pub(super) fn status(code: &str) -> String {
    let words = code
        .parse::<ureq::http::StatusCode>()
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

//! Logs as files: streamed a part at a time, however long they are.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, header};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::answer::{self, Answer, Fault};
use super::work::address;
use super::{Door, attachment, guard};
use crate::api::{Call, Caller, Calls, Entries, JobRef, Logs, Order, Reply, SystemLogFile};
use crate::error::Error;
use crate::model::{ExecId, Role};
use crate::schedule::Zone;

/// How many parts may wait for a client that reads slowly.
const AHEAD: usize = 2;

/// How many executions are asked for at once.
const PAGE: u32 = 100;

/// How long a client may take to read a part.
const READ_WITHIN: Duration = Duration::from_secs(30);

/// Where the parts of a file go, as long as whoever wants them may have them.
struct Parts {
    door: Arc<Door>,
    out: mpsc::Sender<Result<Bytes, Error>>,
    /// Whether the caller may still come in, and of the access that this was last asked.
    welcome: Box<dyn Fn() -> bool + Send>,
    access: Cell<u64>,
}

/// What is downloaded.
enum What {
    /// One execution: its stdout or its stderr, as far as it was kept.
    Execution { exec_id: ExecId, is_stderr: bool },
    /// All executions of a job, of one day perhaps, with a line before each.
    Job { job: JobRef, date: Option<String> },
    /// The system log of a day.
    System { date: Option<String> },
}

/// `GET /jobs/logs/download`: `type=job` (the default) with `exec_id` (and `stream=stderr`) or with `id` and perhaps `date`;
/// `type=zap` with `date`.
pub(super) async fn download(State(door): State<Arc<Door>>, request: Request) -> Answer {
    let answered = async {
        let (headers, from) = (request.headers().clone(), address(request.extensions())?);
        let (caller, sent) = door.open(request, Some(Role::Viewer)).await?;
        caller
            .may("logs", Some(Role::Viewer))
            .map_err(|error| Fault::of(error, str::to_string))?;
        let (what, name) = asked(sent.read()?)?;
        let (parts, mut coming) = mpsc::channel(AHEAD);
        let place = door.downloads.clone().try_acquire_owned().map_err(|_| {
            let too_many = Error::TooMany {
                problem: "too many downloads at once".into(),
                retry_after: 5,
            };
            Fault::of(too_many, str::to_string)
        })?;
        let parts = Parts {
            access: Cell::new(door.calls.access_version()),
            welcome: Box::new(guard::welcome(&door, headers, from)),
            door: door.clone(),
            out: parts,
        };
        tokio::task::spawn_blocking(move || {
            let _place = place;
            if let Err(error) = send(parts.door.calls.as_ref(), &caller, &what, &parts) {
                // Whoever has gone does not need to know.
                let _ = parts.out.blocking_send(Err(error));
            }
        });
        // What can't even begin is told as an error, not as an empty file.
        let first = match coming.recv().await {
            Some(Err(error)) => return Err(Fault::of(error, str::to_string)),
            first => first,
        };
        let parts = tokio_stream::iter(first).chain(ReceiverStream::new(coming));
        // The client sees by the broken body that the file ends too early.
        let body = Body::from_stream(parts.map(|part| part.map_err(|error| error.to_string())));
        let mut answer = Response::new(body);
        let (header, value) = attachment(&name);
        answer.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        );
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(header, value);
        }
        Ok(answer)
    };
    answered.await.unwrap_or_else(|fault| answer::fault(&fault))
}

fn asked(params: super::params::Params) -> Result<(What, String), Fault> {
    let text = |name: &str| {
        params
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_string)
    };
    let date = text("date");
    for name in params.keys() {
        if !["type", "id", "exec_id", "date", "stream"].contains(&name.as_str()) {
            return Err(Fault::field(name, "no such parameter here"));
        }
    }
    match text("type").as_deref() {
        None | Some("job") => {}
        Some("zap") => {
            let day = date.clone().unwrap_or_else(|| "today".into());
            let name = format!("jobs.{}.log", safe(&day));
            return Ok((What::System { date }, name));
        }
        Some(other) => {
            return Err(Fault::field(
                "type",
                format!("`{other}` is neither job nor zap"),
            ));
        }
    }
    if let Some(exec_id) = text("exec_id") {
        let exec_id = exec_id
            .parse()
            .map_err(|_| Fault::field("exec_id", format!("`{exec_id}` is no number")))?;
        let stream = text("stream").unwrap_or_else(|| "stdout".into());
        let is_stderr = match stream.as_str() {
            "stdout" => false,
            "stderr" => true,
            other => {
                return Err(Fault::field(
                    "stream",
                    format!("`{other}` is neither stdout nor stderr"),
                ));
            }
        };
        let name = format!("execution-{exec_id}.{stream}");
        return Ok((What::Execution { exec_id, is_stderr }, name));
    }
    let Some(id) = text("id") else {
        return Err(Fault::field("id", "is missing: give `id` or `exec_id`"));
    };
    let name = format!("job-{}.log", safe(&id));
    Ok((
        What::Job {
            job: JobRef::from(id),
            date,
        },
        name,
    ))
}

/// A part of a file name that does no harm.
fn safe(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' => c,
            _ => '_',
        })
        .take(100)
        .collect()
}

/// Sends all parts; ends early when the client has gone.
fn send(calls: &dyn Calls, caller: &Caller, what: &What, parts: &Parts) -> Result<(), Error> {
    match what {
        What::Execution { exec_id, is_stderr } => {
            output(calls, caller, *exec_id, &mut |out, err| {
                let bytes = if *is_stderr { err } else { out };
                pass(parts, bytes)
            })
        }
        What::Job { job, date } => {
            let mut page = 1;
            loop {
                let ask = Entries {
                    job: Some(job.clone()),
                    date: date.clone(),
                    page: Some(page),
                    size: Some(PAGE),
                    order: Some(Order::Asc),
                    ..Entries::default()
                };
                let Reply::Entries(found) = calls.answer(caller, Call::Entries(ask))? else {
                    return Ok(());
                };
                for entry in &found.items {
                    let head = format!(
                        "==> execution {} of {} {} {}\n",
                        entry.exec_id,
                        entry.job_name,
                        entry.time.rfc3339(&Zone::system()),
                        entry.status
                    );
                    if !pass(parts, head.into_bytes()) {
                        return Ok(());
                    }
                    let mut is_there = true;
                    output(calls, caller, entry.exec_id, &mut |out, err| {
                        is_there = pass(parts, out) && pass(parts, err);
                        is_there
                    })?;
                    if !is_there {
                        return Ok(());
                    }
                }
                if u64::from(page) >= found.pages_total {
                    return Ok(());
                }
                page += 1;
            }
        }
        What::System { date } => {
            let mut offset = 0;
            loop {
                let ask = SystemLogFile {
                    date: date.clone(),
                    offset,
                };
                let reply = calls.answer(caller, Call::SystemLogFile(ask))?;
                let Reply::SystemLogFile(part) = reply else {
                    return Ok(());
                };
                offset = part.next;
                if !pass(parts, part.text.0) || part.done {
                    return Ok(());
                }
            }
        }
    }
}

/// Reads what an execution has printed so far, a part at a time, until `take` wants no more.
fn output(
    calls: &dyn Calls,
    caller: &Caller,
    exec_id: ExecId,
    take: &mut dyn FnMut(Vec<u8>, Vec<u8>) -> bool,
) -> Result<(), Error> {
    let mut ask = Logs {
        exec_id: Some(exec_id),
        ..Logs::default()
    };
    loop {
        let Reply::Logs(chunk) = calls.answer(caller, Call::Logs(ask.clone()))? else {
            return Ok(());
        };
        let has_more =
            chunk.stdout_next > ask.stdout_offset || chunk.stderr_next > ask.stderr_offset;
        ask.stdout_offset = chunk.stdout_next;
        ask.stderr_offset = chunk.stderr_next;
        let out = marked(chunk.stdout_cut, chunk.stdout.0);
        let err = marked(chunk.stderr_cut, chunk.stderr.0);
        if !take(out, err) || chunk.done || !has_more {
            return Ok(());
        }
    }
}

/// A part with a line before it that says what is not kept, where something is not.
fn marked(cut: u64, part: Vec<u8>) -> Vec<u8> {
    match cut {
        0 => part,
        cut => [
            format!("\n[... {cut} bytes were not kept ...]\n").as_bytes(),
            &part,
        ]
        .concat(),
    }
}

/// Hands a part over; false when the client has gone.
fn pass(parts: &Parts, bytes: Vec<u8>) -> bool {
    let access = parts.door.calls.access_version();
    if parts.access.replace(access) != access && !(parts.welcome)() {
        // A body that breaks off is seen to be no whole file.
        let void = Error::Unauthorized("the token is void".into());
        let _ = parts.out.blocking_send(Err(void));
        return false;
    }
    // An empty part would end nothing and help nobody.
    bytes.is_empty()
        || Handle::current()
            .block_on(parts.out.send_timeout(Ok(Bytes::from(bytes)), READ_WITHIN))
            .is_ok()
}

//! `GET /jobs/logs/download`: output and logs as files, streamed in parts.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::calls::{Need, client, is_compatible};
use super::params::{self, Params};
use super::places::{Full, PlaceLimits};
use super::response::{self, HttpError};
use super::{Server, attachment, auth};
use jobs_api::{Answer, Call, Caller, Entries, Handler, JobRef, Logs, Order, SystemLogFile};
use jobs_error::Error;
use jobs_model::ExecId;
use jobs_schedule::Zone;

/// Upper bounds on downloads at once.
pub(super) const DOWNLOADS: PlaceLimits = PlaceLimits {
    all: 32,
    per_caller: 8,
    for_admins: 8,
};

/// Capacity of the queue of parts that wait for a slow client.
const AHEAD: usize = 2;

/// How many executions are listed per call.
const PAGE: u32 = 100;

/// How long a client may take to read a part.
const READ_WITHIN: Duration = Duration::from_secs(30);

/// Sends the parts of a file, as long as the caller has access.
struct Sender {
    server: Arc<Server>,
    out: mpsc::Sender<Result<Bytes, Error>>,
    /// Whether the caller still has access. Asked again when the version of access has changed.
    has_access: Box<dyn Fn() -> bool + Send>,
    access_version: Cell<u64>,
}

/// The file that is downloaded.
enum Target {
    /// The stdout or the stderr of one execution, as far as it was kept.
    Execution { exec_id: ExecId, is_stderr: bool },
    /// The output of all executions of a job, or of those of one day, with a line before each.
    Job { job: JobRef, date: Option<String> },
    /// The system log of a day.
    System { date: Option<String> },
}

/// `GET /jobs/logs/download`: `type=job` (the default) with `exec_id` (and `stream=stderr`) or with `id` and perhaps `date`;
/// `type=zap` with `date`.
pub(super) async fn download(State(server): State<Arc<Server>>, request: Request) -> Response {
    let compatible = is_compatible(request.extensions());
    let answered = async {
        let (headers, from) = (request.headers().clone(), client(request.extensions())?);
        let (caller, sent) = server.authenticate(request, Need::viewer("logs")).await?;
        let (target, name) = parse(sent.params()?, compatible)?;
        let (out, mut coming) = mpsc::channel(AHEAD);
        let permit = server.downloads.take(&caller).map_err(full)?;
        let sender = Sender {
            access_version: Cell::new(server.handler().access_version()),
            has_access: Box::new(auth::still_has_access(&server, headers, from)),
            server: server.clone(),
            out,
        };
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            if let Err(error) = send(sender.server.handler().as_ref(), &caller, &target, &sender) {
                // Sending fails when the client has disconnected.
                let _ = sender.out.blocking_send(Err(error));
            }
        });
        // An error before the first part is answered as an error, not as an empty file.
        let first = match coming.recv().await {
            Some(Err(error)) => return Err(HttpError::of(error, str::to_string)),
            first => first,
        };
        let parts = tokio_stream::iter(first).chain(ReceiverStream::new(coming));
        // After an error the body breaks off, by which the client sees that the file is not complete.
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
    answered
        .await
        .unwrap_or_else(|fault| response::error_for(compatible, &fault))
}

/// The answer when there are too many downloads.
fn full(why: Full) -> HttpError {
    let problem = match why {
        Full::ForAll => format!("{} downloads run already", DOWNLOADS.all),
        Full::ForCaller => format!("{} downloads of yours run already", DOWNLOADS.per_caller),
    };
    let too_many = Error::TooMany {
        problem,
        retry_after: 5,
    };
    HttpError::of(too_many, str::to_string)
}

/// Which file the parameters ask for, and its name. With `ignores_unknown`, other parameters are ignored.
fn parse(params: Params, ignores_unknown: bool) -> Result<(Target, String), HttpError> {
    let text = |name: &str| {
        params
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_string)
    };
    let date = text("date");
    for name in params.keys().filter(|_| !ignores_unknown) {
        if !["type", "id", "exec_id", "date", "stream"].contains(&name.as_str()) {
            return Err(HttpError::field(name, "no such parameter here"));
        }
    }
    match text("type").as_deref() {
        None | Some("job") => {}
        Some("zap") => {
            let day = date.clone().unwrap_or_else(|| "today".into());
            let name = format!("jobs.{}.log", safe(&day));
            return Ok((Target::System { date }, name));
        }
        Some(other) => {
            return Err(HttpError::field(
                "type",
                format!("`{other}` is neither job nor zap"),
            ));
        }
    }
    if let Some(exec_id) = text("exec_id") {
        let exec_id = params::exec_id(&exec_id)?;
        let stream = text("stream").unwrap_or_else(|| "stdout".into());
        let is_stderr = match stream.as_str() {
            "stdout" => false,
            "stderr" => true,
            other => {
                return Err(HttpError::field(
                    "stream",
                    format!("`{other}` is neither stdout nor stderr"),
                ));
            }
        };
        let name = format!("execution-{exec_id}.{stream}");
        return Ok((Target::Execution { exec_id, is_stderr }, name));
    }
    let Some(id) = text("id") else {
        return Err(HttpError::field("id", "is missing: give `id` or `exec_id`"));
    };
    let name = format!("job-{}.log", safe(&id));
    Ok((
        Target::Job {
            job: JobRef::from(id),
            date,
        },
        name,
    ))
}

/// Text as a part of a file name: other characters become `_`.
fn safe(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' => c,
            _ => '_',
        })
        .take(100)
        .collect()
}

/// Sends all parts. Ends early when the client has disconnected.
fn send(
    handler: &dyn Handler,
    caller: &Caller,
    target: &Target,
    sender: &Sender,
) -> Result<(), Error> {
    match target {
        Target::Execution { exec_id, is_stderr } => {
            output(handler, caller, *exec_id, &mut |out, err| {
                let bytes = if *is_stderr { err } else { out };
                pass(sender, bytes)
            })
        }
        Target::Job { job, date } => {
            let mut page = 1;
            loop {
                let request = Entries {
                    job: Some(job.clone()),
                    date: date.clone(),
                    page: Some(page),
                    size: Some(PAGE),
                    order: Some(Order::Asc),
                    ..Entries::default()
                };
                let Answer::Entries(found) = handler.answer(caller, Call::Entries(request))? else {
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
                    if !pass(sender, head.into_bytes()) {
                        return Ok(());
                    }
                    let mut is_there = true;
                    output(handler, caller, entry.exec_id, &mut |out, err| {
                        is_there = pass(sender, out) && pass(sender, err);
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
        Target::System { date } => {
            let mut offset = 0;
            loop {
                let request = SystemLogFile {
                    date: date.clone(),
                    offset,
                };
                let answer = handler.answer(caller, Call::SystemLogFile(request))?;
                let Answer::SystemLogFile(part) = answer else {
                    return Ok(());
                };
                offset = part.next;
                if !pass(sender, part.text.0) || part.done {
                    return Ok(());
                }
            }
        }
    }
}

/// Reads the output of an execution in parts, as far as it goes, until `take` returns false.
fn output(
    handler: &dyn Handler,
    caller: &Caller,
    exec_id: ExecId,
    take: &mut dyn FnMut(Vec<u8>, Vec<u8>) -> bool,
) -> Result<(), Error> {
    let mut request = Logs {
        exec_id: Some(exec_id),
        ..Logs::default()
    };
    loop {
        let Answer::Logs(chunk) = handler.answer(caller, Call::Logs(request.clone()))? else {
            return Ok(());
        };
        let has_more =
            chunk.stdout_next > request.stdout_offset || chunk.stderr_next > request.stderr_offset;
        request.stdout_offset = chunk.stdout_next;
        request.stderr_offset = chunk.stderr_next;
        let out = marked(chunk.stdout_cut + chunk.stdout_lost, chunk.stdout.0);
        let err = marked(chunk.stderr_cut + chunk.stderr_lost, chunk.stderr.0);
        if !take(out, err) || chunk.done || !has_more {
            return Ok(());
        }
    }
}

/// A part, with a line before it that says how many bytes before it were not kept.
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

/// Sends a part; false when the client has disconnected or has no access any more.
fn pass(sender: &Sender, bytes: Vec<u8>) -> bool {
    let version = sender.server.handler().access_version();
    if sender.access_version.replace(version) != version && !(sender.has_access)() {
        // The body breaks off, so that the client sees that the file is not complete.
        let void = Error::Unauthorized("the token is void".into());
        let _ = sender.out.blocking_send(Err(void));
        return false;
    }
    // An empty part is not sent.
    bytes.is_empty()
        || Handle::current()
            .block_on(sender.out.send_timeout(Ok(Bytes::from(bytes)), READ_WITHIN))
            .is_ok()
}

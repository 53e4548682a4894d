//! A function runs in a process of its own, a re-exec of this program: so a timeout, a stop and the end of the daemon end it as they end
//! a command, whatever it waits for; and what it uses is never the daemon's.
//!
//! The process has a socket as its standard input. On it comes one line of JSON, the call; back goes one line, how it went.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{Call, Databases, Failure, Settings, ending, find};
#[cfg(unix)]
use crate::clock;
use crate::config::{Secret, Sms, Smtp, Webhook};
use crate::output::Capture;
use crate::runner::process::see_out;
use crate::runner::program::Program;
use crate::runner::{Ended, Outcome, Spec, command, environment, this_program};
use crate::schedule::Zone;
#[cfg(unix)]
use crate::text::cut_bytes;
use crate::work::Func;

/// The first argument of such a process; no verb of the command line begins like this.
pub const WORD: &str = "__function";

/// The longest answer that is read.
const LONGEST: u64 = 64 * 1024;

/// The longest error that is written into it, in bytes.
#[cfg(unix)]
const LONGEST_ERROR: usize = 4096;

/// The call as it goes over the socket, secrets and all.
#[derive(Serialize, Deserialize)]
struct Line {
    name: String,
    args: Vec<String>,
    job_name: String,
    zone: String,
    timeout: Option<u64>,
    /// The daemon's own database.
    database: PathBuf,
    databases: BTreeMap<String, String>,
    roots: Vec<PathBuf>,
    query_max_rows: usize,
    response_max_bytes: u64,
    ca_file: Option<PathBuf>,
    smtp: Smtp,
    smtp_password: String,
    sms: Sms,
    sms_secrets: [String; 3],
    webhook: Webhook,
    webhook_secret: String,
}

/// How it went.
#[derive(Serialize, Deserialize)]
struct Answer {
    error: Option<String>,
    /// Whether it has failed because its time was up.
    is_timeout: bool,
    /// What is to be said of one that did well.
    note: Option<String>,
}

impl Line {
    fn new(spec: &Spec, work: &Func) -> Line {
        let tools = &spec.tools;
        let settings = &tools.functions;
        let revealed = |secret: &Secret| secret.reveal().to_string();
        Line {
            name: work.name.clone(),
            args: work.args.clone(),
            job_name: spec.job_name.clone(),
            zone: spec.zone.name().to_string(),
            timeout: spec.timeout.map(|timeout| timeout.as_secs()),
            database: tools.database.clone(),
            databases: tools
                .databases
                .iter()
                .map(|(name, place)| (name.clone(), revealed(place)))
                .collect(),
            roots: settings.roots.clone(),
            query_max_rows: settings.query_max_rows,
            response_max_bytes: settings.response_max_bytes,
            ca_file: settings.ca_file.clone(),
            smtp: settings.smtp.clone(),
            smtp_password: revealed(&settings.smtp.password),
            sms: settings.sms.clone(),
            sms_secrets: [
                revealed(&settings.sms.url),
                revealed(&settings.sms.headers),
                revealed(&settings.sms.body),
            ],
            webhook: settings.webhook.clone(),
            webhook_secret: revealed(&settings.webhook.secret),
        }
    }

    fn settings(&self) -> Settings {
        let [url, headers, body] = self.sms_secrets.clone().map(Secret::new);
        Settings {
            roots: self.roots.clone(),
            query_max_rows: self.query_max_rows,
            response_max_bytes: self.response_max_bytes,
            ca_file: self.ca_file.clone(),
            smtp: Smtp {
                password: Secret::new(self.smtp_password.clone()),
                ..self.smtp.clone()
            },
            sms: Sms {
                url,
                headers,
                body,
                ..self.sms.clone()
            },
            webhook: Webhook {
                secret: Secret::new(self.webhook_secret.clone()),
                ..self.webhook.clone()
            },
        }
    }
}

/// One attempt of a function.
#[cfg(unix)]
pub(in crate::runner) async fn attempt(
    spec: &Spec,
    work: &Func,
    capture: &Capture,
    stop: &CancellationToken,
) -> Ended {
    use std::os::fd::OwnedFd;

    let line = Line::new(spec, work);
    let Ok((ours, theirs)) = std::os::unix::net::UnixStream::pair() else {
        return Ended::not_started("there are no descriptors left for it".to_string());
    };
    let program = Program {
        path: this_program(),
        name: None,
        arguments: vec![WORD.into()],
        environment: environment::of_function(command::told(spec)),
        folder: "/".into(),
        stdin: Some(OwnedFd::from(theirs).into()),
        sets_itself_up: false,
    };
    let process = match program.start(capture) {
        Ok(process) => process,
        Err(error) => return Ended::not_started(format!("cannot start a process: {error}")),
    };
    // Its end of the socket is its own now.
    drop(program);
    let talk = tokio::spawn(talk(ours, line));
    let mut ended = see_out(process, spec, capture, None, stop).await;
    // The process has ended, so its end of the socket is closed.
    let answer = tokio::time::timeout(Duration::from_secs(5), talk).await;
    let answer = answer.ok().and_then(Result::ok).flatten();
    if ended.outcome == Outcome::Success || ended.outcome == Outcome::Failed {
        // The exit code says no more than the outcome, unless a signal has ended it.
        ended.exit_code = ended.exit_code.filter(|code| *code > 128);
        match answer {
            Some(Answer {
                error: Some(error),
                is_timeout,
                ..
            }) => {
                ended.outcome = if is_timeout {
                    Outcome::Timeout
                } else {
                    Outcome::Failed
                };
                ended.error = Some(error);
            }
            Some(Answer { note, .. }) => ended.error = note,
            None => {
                ended.outcome = Outcome::Failed;
                ended.error = Some(match ended.error {
                    Some(error) => format!("the function broke: {error}"),
                    None => "the function ended without an answer".to_string(),
                });
            }
        }
    }
    ended
}

#[cfg(not(unix))]
pub(in crate::runner) async fn attempt(
    _: &Spec,
    work: &Func,
    _: &Capture,
    _: &CancellationToken,
) -> Ended {
    Ended::not_started(format!(
        "function `{}`: functions are not available on this system",
        work.name
    ))
}

/// Hands the call over and waits for the answer.
#[cfg(unix)]
async fn talk(stream: std::os::unix::net::UnixStream, line: Line) -> Option<Answer> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    stream.set_nonblocking(true).ok()?;
    let mut stream = tokio::net::UnixStream::from_std(stream).ok()?;
    let mut text = serde_json::to_vec(&line).ok()?;
    drop(line);
    text.push(b'\n');
    // A process that has ended already is noticed by its missing answer.
    let _ = stream.write_all(&text).await;
    drop(text);
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await.ok()?;
    serde_json::from_slice(&answer).ok()
}

/// Reads a call from standard input, does it, and returns the exit status. `databases` opens the rooms that know SQL: the
/// daemon's own database, and the others by name.
#[cfg(unix)]
pub fn answer_call(
    databases: &dyn Fn(PathBuf, BTreeMap<String, String>) -> Box<dyn Databases>,
) -> i32 {
    use std::io::{BufRead, BufReader, Write};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    let socket = std::io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .map(UnixStream::from);
    let mut text = Vec::new();
    let line = socket.as_ref().ok().and_then(|socket| {
        socket.peer_addr().ok()?;
        BufReader::new(socket).read_until(b'\n', &mut text).ok()?;
        serde_json::from_slice::<Line>(&text).ok()
    });
    let (Ok(mut socket), Some(line)) = (socket, line) else {
        eprintln!("jobs: `{WORD}` is not for people: the daemon calls functions with it");
        return 2;
    };
    drop(text);
    if let Err(error) = ending::tidy_up_at_sigterm() {
        eprintln!("jobs: a stop will not be tidy: {error}");
    }
    let began = Instant::now();
    let mut note = None;
    let result = call(&line, databases, &mut note);
    let answer = Answer {
        is_timeout: result.is_err() && ending::time_was_up() && is_near_its_end(&line, began),
        // One sentence: what would do instead follows what is wrong.
        error: result
            .err()
            .map(|failure| cut_bytes(failure.0.replace("\nhint: ", "; "), LONGEST_ERROR)),
        note,
    };
    let code = i32::from(answer.error.is_some());
    let told = serde_json::to_vec(&answer)
        .map_err(std::io::Error::other)
        .and_then(|text| socket.write_all(&text));
    // A daemon that has gone does not want to know.
    if told.is_err() { 1 } else { code }
}

/// Whether the time that the job gives it is all but over: a function ends a little before, to be able to say why.
#[cfg(unix)]
fn is_near_its_end(line: &Line, began: Instant) -> bool {
    line.timeout
        .is_some_and(|timeout| began.elapsed() >= Duration::from_secs(timeout).mul_f64(0.8))
}

#[cfg(not(unix))]
pub fn answer_call(_: &dyn Fn(PathBuf, BTreeMap<String, String>) -> Box<dyn Databases>) -> i32 {
    2
}

#[cfg(unix)]
fn call(
    line: &Line,
    databases: &dyn Fn(PathBuf, BTreeMap<String, String>) -> Box<dyn Databases>,
    note: &mut Option<String>,
) -> Result<(), Failure> {
    use std::io::Write;

    let function =
        find(&line.name).ok_or_else(|| Failure(format!("there is no function `{}`", line.name)))?;
    let zone = Zone::find(&line.zone).unwrap_or_else(|_| Zone::system());
    let settings = line.settings();
    let databases = databases(line.database.clone(), line.databases.clone());
    // Line by line, so that a follower sees it as it comes.
    let mut out = std::io::stdout().lock();
    let args: Vec<String> = line.args.iter().map(|arg| arg.trim().to_string()).collect();
    let mut call = Call {
        args: &args,
        raw: &line.args,
        job_name: &line.job_name,
        now: clock::now(),
        zone: &zone,
        timeout: line.timeout.map(Duration::from_secs),
        settings: &settings,
        databases: &*databases,
        note,
        out: &mut out,
    };
    let result = (function.run)(&mut call);
    // What it has printed comes first, also when it has failed.
    let printed = out.flush().map_err(Failure::from);
    result.and(printed)
}

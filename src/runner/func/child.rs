//! Runs a function in a process of its own, a re-exec of this program. So a timeout, a stop and the end of the daemon
//! end the function like a command, whatever it waits for, and the daemon never pays for its memory.
//!
//! The standard input of the process is a socket: the daemon writes the call as one line of JSON, and the process
//! answers with one line, the result.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::roots::{RootMessage, Roots};
use super::{Call, Databases, Failure, Settings, ending, find};
use crate::account::Account;
use crate::process::wait_for_end;
use crate::program::Program;
#[cfg(unix)]
use crate::setup::system::become_account;
use crate::{Ended, Outcome, Spec, command, environment, this_program};
#[cfg(unix)]
use jobs_clock as clock;
use jobs_config::{Secret, Sms, Smtp, Webhook};
use jobs_output::Capture;
use jobs_schedule::Zone;
#[cfg(unix)]
use jobs_text::cut_bytes;
use jobs_work::Func;

/// The first argument of such a process. No subcommand of the command line begins like this.
pub const SUBCOMMAND: &str = "__function";

/// Upper bound on the result that is read, in bytes.
const MAX_RESULT_BYTES: u64 = 64 * 1024;

/// Upper bound on an error in the result, in bytes.
#[cfg(unix)]
const MAX_ERROR_BYTES: usize = 4096;

/// The call as it is sent over the socket, secrets included.
#[derive(Serialize, Deserialize)]
struct CallMessage {
    name: String,
    args: Vec<String>,
    /// The account that the process becomes before it does anything else; absent means the daemon's own.
    account: Option<Account>,
    job_name: String,
    zone: String,
    timeout: Option<u64>,
    /// The path of the daemon's own database.
    database: PathBuf,
    databases: BTreeMap<String, String>,
    /// The folders that follow as descriptors.
    roots: Vec<RootMessage>,
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

/// The result of a call.
#[derive(Serialize, Deserialize)]
struct CallResult {
    error: Option<String>,
    /// Whether the function failed because its time was up.
    is_timeout: bool,
    /// A remark for the history, although the function succeeded.
    note: Option<String>,
}

impl CallMessage {
    fn new(spec: &Spec, work: &Func, account: Option<Account>) -> CallMessage {
        let tools = &spec.tools;
        let settings = &tools.functions;
        let revealed = |secret: &Secret| secret.reveal().to_string();
        CallMessage {
            name: work.name.clone(),
            args: work.args.clone(),
            account,
            job_name: spec.job_name.clone(),
            zone: spec.zone.name().to_string(),
            timeout: spec.timeout.map(|timeout| timeout.as_secs()),
            database: tools.database.clone(),
            databases: tools
                .databases
                .iter()
                .map(|(name, place)| (name.clone(), revealed(place)))
                .collect(),
            roots: settings.roots.message().0,
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

    /// The settings of the call, with the roots that came beside it.
    fn settings(&self, roots: Roots) -> Settings {
        let [url, headers, body] = self.sms_secrets.clone().map(Secret::new);
        Settings {
            roots,
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

/// Runs one attempt of a function.
#[cfg(unix)]
pub(crate) async fn attempt(
    spec: &Spec,
    work: &Func,
    capture: &Capture,
    stop: &CancellationToken,
) -> Ended {
    use std::os::fd::OwnedFd;

    use crate::shortage::is_shortage;

    let account = match account(work).await {
        Ok(account) => account,
        Err(problem) => return Ended::not_started(problem),
    };
    let environment = environment::of_function(account.as_ref(), command::job_variables(spec));
    let message = CallMessage::new(spec, work, account);
    let Ok((ours, theirs)) = std::os::unix::net::UnixStream::pair() else {
        return Ended {
            is_shortage: true,
            ..Ended::not_started("no file descriptors are left for its socket".to_string())
        };
    };
    if let Err(error) = spec.tools.functions.roots.send(&ours) {
        return Ended {
            is_shortage: is_shortage(&error),
            ..Ended::not_started(format!(
                "its process can't get the folders of `jobs.func_roots`: {error}"
            ))
        };
    }
    let program = Program {
        path: this_program(),
        name: None,
        arguments: vec![SUBCOMMAND.into()],
        environment,
        folder: "/".into(),
        stdin: Some(OwnedFd::from(theirs).into()),
        sets_itself_up: false,
    };
    let process = match program.start(capture) {
        Ok(process) => process,
        Err(error) => {
            return Ended {
                is_shortage: is_shortage(&error),
                ..Ended::not_started(format!("cannot start a process: {error}"))
            };
        }
    };
    // Close our copy of the child's end of the socket.
    drop(program);
    let exchange = tokio::spawn(exchange(ours, message));
    let mut ended = wait_for_end(process, spec, capture, None, stop).await;
    // The process has ended, so its end of the socket is closed.
    let result = tokio::time::timeout(Duration::from_secs(5), exchange).await;
    let result = result.ok().and_then(Result::ok).flatten();
    if ended.outcome == Outcome::Success || ended.outcome == Outcome::Failed {
        // The exit code repeats the outcome, unless a signal has ended the process.
        ended.exit_code = ended.exit_code.filter(|code| *code > 128);
        match result {
            Some(CallResult {
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
            Some(CallResult { note, .. }) => ended.error = note,
            None => {
                ended.outcome = Outcome::Failed;
                ended.error = Some(match ended.error {
                    Some(error) => format!("the function crashed: {error}"),
                    None => "the function ended without a result".to_string(),
                });
            }
        }
    }
    ended
}

#[cfg(not(unix))]
pub(crate) async fn attempt(_: &Spec, work: &Func, _: &Capture, _: &CancellationToken) -> Ended {
    Ended::not_started(format!(
        "function `{}`: functions are not available on this system",
        work.name
    ))
}

/// The account that the function runs as, when that is not the daemon's own. Looking it up may block on a server.
#[cfg(unix)]
async fn account(work: &Func) -> Result<Option<Account>, String> {
    let Some(user) = work.user.clone() else {
        return Ok(None);
    };
    tokio::task::spawn_blocking(move || Account::other(&user).map_err(|error| error.to_string()))
        .await
        .unwrap_or_else(|error| Err(format!("its account can't be looked up: {error}")))
}

/// Sends the call and waits for the result.
#[cfg(unix)]
async fn exchange(
    stream: std::os::unix::net::UnixStream,
    message: CallMessage,
) -> Option<CallResult> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    stream.set_nonblocking(true).ok()?;
    let mut stream = tokio::net::UnixStream::from_std(stream).ok()?;
    let mut text = serde_json::to_vec(&message).ok()?;
    drop(message);
    text.push(b'\n');
    // If the process has ended already, its result is missing below.
    let _ = stream.write_all(&text).await;
    drop(text);
    let mut result = Vec::new();
    stream
        .take(MAX_RESULT_BYTES)
        .read_to_end(&mut result)
        .await
        .ok()?;
    serde_json::from_slice(&result).ok()
}

/// Reads a call from standard input, runs the function, and returns the exit status. `databases` opens the daemon's
/// own database and the configured ones by name: only the caller knows SQL.
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
    let mut folders = Vec::new();
    let message = socket.as_ref().ok().and_then(|socket| {
        socket.peer_addr().ok()?;
        folders = Roots::receive(socket).ok()?;
        BufReader::new(socket).read_until(b'\n', &mut text).ok()?;
        serde_json::from_slice::<CallMessage>(&text).ok()
    });
    let (Ok(mut socket), Some(mut message)) = (socket, message) else {
        eprintln!("jobs: `{SUBCOMMAND}` is internal: the daemon calls functions with it");
        return 2;
    };
    drop(text);
    let roots = Roots::received(std::mem::take(&mut message.roots), folders);
    let became = message.account.as_ref().map_or(Ok(()), become_account);
    if let Err(error) = ending::remove_file_on_sigterm() {
        eprintln!("jobs: a stop will leave an unfinished file: {error}");
    }
    let started = Instant::now();
    let mut note = None;
    let result = became
        .map_err(Failure)
        .and_then(|()| call(&message, roots, databases, &mut note));
    let result = CallResult {
        is_timeout: result.is_err()
            && ending::has_timed_out()
            && is_near_timeout(&message, started),
        // An error is one sentence: append the hint to the problem.
        error: result
            .err()
            .map(|failure| cut_bytes(failure.0.replace("\nhint: ", "; "), MAX_ERROR_BYTES)),
        note,
    };
    let code = i32::from(result.error.is_some());
    let sent = serde_json::to_vec(&result)
        .map_err(std::io::Error::other)
        .and_then(|text| socket.write_all(&text));
    // If the daemon has gone, the result is not needed.
    if sent.is_err() { 1 } else { code }
}

/// Whether the timeout of the job is nearly over. A function ends shortly before it, to be able to name the reason.
#[cfg(unix)]
fn is_near_timeout(message: &CallMessage, started: Instant) -> bool {
    message
        .timeout
        .is_some_and(|timeout| started.elapsed() >= Duration::from_secs(timeout).mul_f64(0.8))
}

#[cfg(not(unix))]
pub fn answer_call(_: &dyn Fn(PathBuf, BTreeMap<String, String>) -> Box<dyn Databases>) -> i32 {
    2
}

#[cfg(unix)]
fn call(
    message: &CallMessage,
    roots: Roots,
    databases: &dyn Fn(PathBuf, BTreeMap<String, String>) -> Box<dyn Databases>,
    note: &mut Option<String>,
) -> Result<(), Failure> {
    use std::io::Write;

    let function = find(&message.name)
        .ok_or_else(|| Failure(format!("there is no function `{}`", message.name)))?;
    let zone = Zone::find(&message.zone).unwrap_or_else(|_| Zone::system());
    let settings = message.settings(roots);
    let databases = databases(message.database.clone(), message.databases.clone());
    // Print line by line, so that a follower sees the output at once.
    let mut out = std::io::stdout().lock();
    let args: Vec<String> = message
        .args
        .iter()
        .map(|arg| arg.trim().to_string())
        .collect();
    let mut call = Call {
        args: &args,
        raw: &message.args,
        job_name: &message.job_name,
        now: clock::now(),
        zone: &zone,
        timeout: message.timeout.map(Duration::from_secs),
        settings: &settings,
        databases: &*databases,
        note,
        out: &mut out,
    };
    let result = (function.run)(&mut call);
    // Write the output first, even after a failure.
    let printed = out.flush().map_err(Failure::from);
    result.and(printed)
}

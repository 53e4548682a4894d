//! Channels on this machine: a command, and the program sendmail.

use std::process::ExitStatus;

use super::preset::Preset;
use super::program::{RunProblem, run};
use super::settings::{Resolved, invalid};
use super::values::Values;
use super::{RETRY_AFTER, SendResult, SendSettings, Sending};
use jobs_clock as clock;
use jobs_error::Result;
use jobs_mask as mask;
use jobs_model::{Channel, Notice};
use jobs_runner::func::email;
use jobs_runner::func::sending::{masked, one_line};

/// The shell of commands.
const SHELL: &str = "/bin/sh";

/// The exit status of sendmail for a failure that may pass (`EX_TEMPFAIL`).
const TRY_AGAIN: i32 = 75;

/// The exit statuses of a shell for a command that cannot be started.
const NOT_STARTED: [i32; 2] = [126, 127];

/// Runs the command of a channel with the notice as JSON on its standard input.
pub(super) fn command(resolved: &Resolved, notice: &Notice, settings: &SendSettings) -> Sending {
    let command = resolved.get("command").unwrap_or_default();
    let mut input = match serde_json::to_string(notice) {
        Ok(text) => text,
        Err(error) => return Sending::not_made(error.to_string(), None),
    };
    input.push('\n');
    let shown = format!("{}\n{input}", mask::text(command));
    let ran = run(SHELL, &["-c", command], input.into_bytes(), settings.total);
    let is_temporary = |code: Option<i32>| !code.is_some_and(|code| NOT_STARTED.contains(&code));
    ended("the command", ran, shown, resolved, settings, is_temporary)
}

/// Sends a mail by the program sendmail.
pub(super) fn sendmail(
    channel: &Channel,
    preset: &Preset,
    resolved: &Resolved,
    notice: &Notice,
    settings: &SendSettings,
) -> Sending {
    let values = Values::new(channel, preset, resolved, notice, settings);
    let text = |name: &str| values.get(name).unwrap_or_default().into_owned();
    let to = resolved.get("to").unwrap_or_default();
    let from = sender(resolved, settings);
    let made = email::addresses(to).and_then(|addresses| {
        let message = email::message_text(&from, to, &text("title"), text("text"), clock::now())?;
        Ok((addresses, message))
    });
    let (addresses, message) = match made {
        Ok(made) => made,
        Err(failure) => return Sending::not_made(failure.0, None),
    };
    // A line with a dot alone does not end the message.
    let mut arguments = vec!["-i"];
    if let Some(from) = resolved.get("from").filter(|from| !from.is_empty()) {
        arguments.extend(["-f", from]);
    }
    arguments.push("--");
    arguments.extend(addresses.iter().map(String::as_str));
    let program = resolved.get("program").unwrap_or_default();
    let shown = format!(
        "{program} {}\n{}",
        arguments.join(" "),
        String::from_utf8_lossy(&message)
    );
    let ran = run(program, &arguments, message, settings.total);
    let is_temporary = |code: Option<i32>| code == Some(TRY_AGAIN);
    ended(program, ran, shown, resolved, settings, is_temporary)
}

/// Checks the settings of a mail by sendmail.
///
/// # Errors
///
/// [`jobs_error::Error::Invalid`] that names the setting.
pub(super) fn check_sendmail(resolved: &Resolved) -> Result<()> {
    let to = resolved.get("to").unwrap_or_default();
    email::addresses(to).map_err(|failure| invalid("to", failure.0))?;
    if let Some(from) = resolved.get("from").filter(|from| !from.is_empty()) {
        email::addresses(from).map_err(|failure| invalid("from", failure.0))?;
    }
    let program = resolved.get("program").unwrap_or_default();
    if !std::path::Path::new(program).is_absolute() {
        return Err(invalid(
            "program",
            format!("`{program}` is not an absolute path"),
        ));
    }
    Ok(())
}

/// The sender: that of the channel, else of the section `smtp`, else `jobs` at this machine.
fn sender(resolved: &Resolved, settings: &SendSettings) -> String {
    let own = resolved.get("from").unwrap_or_default();
    let configured = settings.smtp.from.as_str();
    match (own, configured) {
        ("", "") => {
            let host = format!("jobs@{}", settings.host);
            match email::addresses(&host) {
                Ok(_) => host,
                Err(_) => "jobs@localhost".into(),
            }
        }
        ("", configured) => configured.to_string(),
        (own, _) => own.to_string(),
    }
}

/// The result of a program that has ended, or was killed because its time was up.
fn ended(
    name: &str,
    ran: std::result::Result<super::program::Ran, RunProblem>,
    request: String,
    resolved: &Resolved,
    settings: &SendSettings,
    is_temporary: impl Fn(Option<i32>) -> bool,
) -> Sending {
    let request = masked(&request, resolved.secrets());
    let ran = match ran {
        Ok(ran) => ran,
        Err(problem) => {
            let reason = match problem {
                RunProblem::Start(error) => format!("`{name}` cannot be started: {error}"),
                RunProblem::TimedOut => format!(
                    "`{name}` did not end within {:?} and was killed; the message may or may not have been sent",
                    settings.total
                ),
            };
            return Sending {
                result: SendResult::Unreachable { reason },
                request,
                answer: String::new(),
            };
        }
    };
    let answer = masked(&mask::text(&ran.output), resolved.secrets());
    let result = if ran.status.success() {
        SendResult::Sent
    } else {
        let why = match one_line(&answer) {
            text if text.is_empty() => text,
            text => format!(": {text}"),
        };
        SendResult::Refused {
            reason: format!("`{name}` ended with {}{why}", status_words(ran.status)),
            retry_after: is_temporary(ran.status.code()).then_some(RETRY_AFTER),
        }
    };
    Sending {
        result,
        request,
        answer,
    }
}

fn status_words(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("status {code}"),
        // `signal: 9 (SIGKILL)`
        None => status.to_string(),
    }
}

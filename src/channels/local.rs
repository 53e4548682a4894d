//! Channels on this machine: a command, and the program sendmail.

use std::process::ExitStatus;

use super::program::{RunProblem, run};
use super::settings::invalid;
use super::values::Values;
use super::{Prepared, RETRY_AFTER, SendResult, SendSettings, Sending};
use jobs_clock as clock;
use jobs_error::Result;
use jobs_mask as mask;
use jobs_model::Notice;
use jobs_runner::func::email;
use jobs_runner::func::sending::one_line;

/// The shell of commands.
const SHELL: &str = "/bin/sh";

/// The exit status of sendmail for a failure that may pass (`EX_TEMPFAIL`).
const TRY_AGAIN: i32 = 75;

/// The exit statuses of a shell for a command that cannot be started.
const NOT_STARTED: [i32; 2] = [126, 127];

/// Runs the command of a channel with the notice as JSON on its standard input.
pub(super) fn command(prepared: &Prepared<'_>, notice: &Notice) -> Sending {
    let command = prepared.get("command");
    let mut input = match serde_json::to_string(notice) {
        Ok(text) => text,
        Err(error) => return Sending::not_made(error.to_string(), None),
    };
    input.push('\n');
    let shown = format!("{}\n{input}", mask::text(command));
    let ran = run(
        SHELL,
        &["-c", command],
        input.into_bytes(),
        prepared.settings.total,
    );
    let is_temporary = |code: Option<i32>| !code.is_some_and(|code| NOT_STARTED.contains(&code));
    ended(prepared, "the command", ran, &shown, is_temporary)
}

/// Sends a mail by the program sendmail.
pub(super) fn sendmail(prepared: &Prepared<'_>, notice: &Notice) -> Sending {
    let values = Values::new(prepared, notice);
    let text = |name: &str| values.get(name).unwrap_or_default().into_owned();
    let to = prepared.get("to");
    let from = sender(prepared);
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
    match prepared.get("from") {
        "" => {}
        from => arguments.extend(["-f", from]),
    }
    arguments.push("--");
    arguments.extend(addresses.iter().map(String::as_str));
    let program = prepared.get("program");
    let shown = format!(
        "{program} {}\n{}",
        arguments.join(" "),
        String::from_utf8_lossy(&message)
    );
    let ran = run(program, &arguments, message, prepared.settings.total);
    let is_temporary = |code: Option<i32>| code == Some(TRY_AGAIN);
    ended(prepared, program, ran, &shown, is_temporary)
}

/// Checks the settings of a mail by sendmail.
///
/// # Errors
///
/// [`jobs_error::Error::Invalid`] that names the setting.
pub(super) fn check_sendmail(prepared: &Prepared<'_>) -> Result<()> {
    email::addresses(prepared.get("to")).map_err(|failure| invalid("to", failure.0))?;
    match prepared.get("from") {
        "" => {}
        from => drop(email::addresses(from).map_err(|failure| invalid("from", failure.0))?),
    }
    let program = prepared.get("program");
    if !std::path::Path::new(program).is_absolute() {
        return Err(invalid(
            "program",
            format!("`{program}` is not an absolute path"),
        ));
    }
    Ok(())
}

/// The sender: that of the channel, else of the section `smtp`, else `jobs` at this machine.
fn sender(prepared: &Prepared<'_>) -> String {
    let SendSettings { smtp, host, .. } = prepared.settings;
    match (prepared.get("from"), smtp.from.as_str()) {
        ("", "") => {
            let own = format!("jobs@{host}");
            match email::addresses(&own) {
                Ok(_) => own,
                Err(_) => "jobs@localhost".into(),
            }
        }
        ("", configured) => configured.to_string(),
        (own, _) => own.to_string(),
    }
}

/// The result of a program that has ended, or was killed because its time was up.
fn ended(
    prepared: &Prepared<'_>,
    name: &str,
    ran: std::result::Result<super::program::Ran, RunProblem>,
    request: &str,
    is_temporary: impl Fn(Option<i32>) -> bool,
) -> Sending {
    let request = prepared.masked(request);
    let ran = match ran {
        Ok(ran) => ran,
        Err(problem) => {
            let reason = match problem {
                RunProblem::Start(error) => format!("`{name}` cannot be started: {error}"),
                RunProblem::TimedOut => format!(
                    "`{name}` did not end within {:?} and was killed; the message may or may not have been sent",
                    prepared.settings.total
                ),
            };
            return Sending {
                result: SendResult::Unreachable { reason },
                request,
                answer: String::new(),
            };
        }
    };
    let answer = prepared.masked(&mask::text(&ran.output));
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

//! Sends a notice as a mail by an SMTP server, or as a text message by the gateway of the configuration.

use super::answer::is_temporary;
use super::http::{Made, exchange};
use super::settings::invalid;
use super::values::Values;
use super::{Prepared, RETRY_AFTER, SendResult, Sending, test_notice};
use jobs_clock as clock;
use jobs_config::{Secret, Smtp, SmtpTls};
use jobs_error::Result;
use jobs_model::{Notice, NoticeEvent};
use jobs_runner::func::email::{MailFault, ReadyMail};
use jobs_runner::func::sending::one_line;
use jobs_runner::func::sms::{SmsMessage, check_response};

/// Sends a mail.
pub(super) fn send(prepared: &Prepared<'_>, notice: &Notice) -> Sending {
    let mail = match ready(prepared, notice) {
        Ok(mail) => mail,
        Err(error) => return Sending::not_made(error.one_sentence(), None),
    };
    let request = format!("by {}\n{}", mail.way(), mail.text());
    let (result, answer) = match mail.send(prepared.settings.total) {
        Ok(answer) => (SendResult::Sent, answer),
        Err(problem) => {
            let reason = prepared.masked(&problem.text);
            let result = match problem.fault {
                MailFault::Refused => SendResult::Refused {
                    reason,
                    retry_after: None,
                },
                MailFault::Busy => SendResult::Refused {
                    reason,
                    retry_after: Some(RETRY_AFTER),
                },
                MailFault::Unreachable | MailFault::TimedOut => SendResult::Unreachable { reason },
            };
            (result, String::new())
        }
    };
    Sending {
        result,
        request: prepared.masked(&request),
        answer: prepared.masked(&answer),
    }
}

/// Checks the settings of a mail.
///
/// # Errors
///
/// [`jobs_error::Error::Invalid`] that names the setting.
pub(super) fn check(prepared: &Prepared<'_>) -> Result<()> {
    let (name, host) = (&prepared.channel.name, &prepared.settings.host);
    ready(prepared, &test_notice(name, NoticeEvent::Test, host)).map(drop)
}

fn ready(prepared: &Prepared<'_>, notice: &Notice) -> Result<ReadyMail> {
    let values = Values::new(prepared, notice);
    let text = |name: &str| values.get(name).unwrap_or_default().into_owned();
    let smtp = smtp(prepared)?;
    let server = (&smtp, prepared.settings.ca_file.as_deref());
    let to = prepared.get("to");
    ReadyMail::new(server, to, &text("title"), text("text"), clock::now()).map_err(|failure| {
        // The function names its arguments and the keys of the section `smtp`.
        match failure.0.split_once(": ") {
            Some(("to", problem)) => invalid("to", problem),
            _ if smtp.host.is_empty() => invalid(
                "host",
                "is missing, and so is `smtp.host` in the configuration",
            ),
            _ => jobs_error::Error::invalid("set", failure.0),
        }
    })
}

/// The mail server of a channel: its own, else that of the configuration.
fn smtp(prepared: &Prepared<'_>) -> Result<Smtp> {
    let get = |name: &str| prepared.get(name);
    let configured = &prepared.settings.smtp;
    let from = match get("from") {
        "" => configured.from.clone(),
        own => own.to_string(),
    };
    if get("host").is_empty() {
        for name in ["port", "username", "password"] {
            if !get(name).is_empty() {
                return Err(invalid(name, "needs the setting `host`"));
            }
        }
        return Ok(Smtp {
            from,
            ..configured.clone()
        });
    }
    let port = match get("port") {
        "" => 0,
        text => text
            .parse()
            .map_err(|_| invalid("port", format!("`{text}` is not a port from 1 to 65535")))?,
    };
    let tls = match get("tls") {
        "starttls" => SmtpTls::Starttls,
        "tls" => SmtpTls::Tls,
        "none" => SmtpTls::None,
        other => {
            return Err(invalid(
                "tls",
                format!("`{other}` is none of `starttls`, `tls` and `none`"),
            ));
        }
    };
    Ok(Smtp {
        host: get("host").to_string(),
        port,
        tls,
        username: get("username").to_string(),
        password: Secret::new(get("password")),
        from,
    })
}

/// Sends a text message by the gateway of the section `sms`.
pub(super) fn send_sms(prepared: &Prepared<'_>, notice: &Notice) -> Sending {
    let values = Values::new(prepared, notice);
    let text = values.get("message").unwrap_or_default().into_owned();
    let gateway = &prepared.settings.sms;
    let message = match SmsMessage::new(gateway, prepared.get("phone"), &text) {
        Ok(message) => message,
        Err(failure) => return Sending::not_made(failure.0, None),
    };
    let made = Made {
        request: message.request,
        secrets: message.secrets,
    };
    exchange(
        made,
        prepared.settings,
        |answer, shown| match check_response(answer, &message.gateway, &gateway.success, shown) {
            Ok(()) => SendResult::Sent,
            Err(failure) => SendResult::Refused {
                reason: one_line(&failure.0),
                retry_after: is_temporary(answer.status).then_some(RETRY_AFTER),
            },
        },
    )
}

/// Checks the settings of a text message.
///
/// # Errors
///
/// [`jobs_error::Error::Invalid`] that names the setting or the key of the configuration.
pub(super) fn check_sms(prepared: &Prepared<'_>) -> Result<()> {
    SmsMessage::new(&prepared.settings.sms, prepared.get("phone"), "text")
        .map(drop)
        .map_err(|failure| match failure.0.split_once(": ") {
            Some(("phone", problem)) => invalid("phone", problem),
            _ => jobs_error::Error::invalid("set", failure.0),
        })
}
